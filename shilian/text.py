"""Typed and pasted text: codes and names made comparable, prose cleaned and left as it was written."""

from __future__ import annotations

import re
import unicodedata

# Format, control and surrogate characters carry nothing a person typed on purpose; among them are
# zero-width spaces, byte-order marks and the marks that turn the reading direction. Private-use
# and not yet named characters stay: rare personal names are written with them.
_UNSEEN = frozenset({"Cf", "Cc", "Cs"})
# Fillers and blanks that Unicode counts as letters or symbols although nothing is drawn.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Visible ASCII and common ideographs, which none of the steps below would change.
_PLAIN = re.compile(r"[!-~\u4e00-\u9fff]*\Z")
_SPACES = re.compile(r"\s+")
# Visible ASCII as East Asian keyboards write it; of it, what is neither letter nor digit.
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_WIDE_MARKS = {code: wide for code, wide in _WIDE.items() if not chr(code).isalnum()}
_LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")


def normalise(raw: str) -> str:
    """One line of text as everything compares and stores it.

    Full-width letters, digits and punctuation become half-width (NFKC), invisible and
    direction-turning characters go, every run of blanks becomes one space, the ends are bare.
    Applying it twice changes nothing more.
    """
    if _PLAIN.match(raw):
        return raw
    spaced = _SPACES.sub(" ", raw)
    folded = unicodedata.normalize("NFKC", _without_unseen(spaced))
    # Folding may bring blanks back (the ideographic space, the spacing accents).
    return _SPACES.sub(" ", _without_unseen(folded)).strip()


def tidy_prose(raw: str) -> str:
    """One line of what somebody wrote for others to read: a reason, a note, a finding.

    Its full-width punctuation stays, as Chinese is written; only what nobody sees goes, and blanks
    as above. Applying it twice changes nothing more.
    """
    if _PLAIN.match(raw):
        return raw
    seen = _without_unseen(_SPACES.sub(" ", raw))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", seen)).strip()


def tidy_lines(raw: str) -> str:
    """The same for prose of several lines: line ends stay, blank lines at the ends go."""
    return "\n".join(tidy_prose(line) for line in _LINE_ENDS.split(raw)).strip("\n")


def spellings(text: str) -> tuple[str, ...]:
    """The ways in which a name may stand in the books that somebody looks for with this text.

    Names are kept as they were written; who looks for one types a half-width bracket as likely as
    a full-width one. Half-width first; just the one for text without such characters.
    """
    half = normalise(text)
    return tuple(dict.fromkeys((half, half.translate(_WIDE_MARKS), half.translate(_WIDE))))


def _without_unseen(text: str) -> str:
    return "".join(
        char
        for char in text
        if not _is_variation(char)
        and char not in _BLANK
        and (char == " " or unicodedata.category(char) not in _UNSEEN)
    )


def _is_variation(char: str) -> bool:
    """Whether the character only picks a drawing of the one before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
