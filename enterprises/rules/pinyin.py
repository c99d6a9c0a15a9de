"""Pinyin initials, so that a name is found by the letters people type."""

from __future__ import annotations


def initials(name: str) -> str:
    """``张记粮油`` as ``zjly``; letters and digits stay, signs go."""
    # Its tables of phrases take a fifth of a process's start, and most processes never ask.
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors="default")
    return "".join(char for char in "".join(letters).lower() if char.isalnum())
