from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.rules import codes
from traceability.rules.codes import CodeContent

BATCH = 913_225_117_843_456_001
IDS = st.integers(min_value=0, max_value=(1 << 63) - 1)
SALTS = st.integers(min_value=0, max_value=(1 << 16) - 1)


@given(IDS, SALTS)
def test_a_code_says_its_batch_and_salt(batch_id: int, salt: int) -> None:
    code = codes.public_code(batch_id, salt)

    assert len(code) == 26
    assert set(code) <= set(codes.ALPHABET)
    assert codes.read_code(code) == CodeContent(batch_id, salt)


@given(st.integers(0, 25), st.integers(1, 31))
def test_one_wrong_character_is_no_code(place: int, shift: int) -> None:
    code = codes.public_code(BATCH, 7)
    wrong = codes.ALPHABET[(codes.ALPHABET.index(code[place]) + shift) % 32]
    altered = code[:place] + wrong + code[place + 1 :]

    assert codes.read_code(altered) is None
    assert codes.fault_of(altered) == "forged"


def test_neighbouring_batches_have_unlike_codes() -> None:
    first, second = codes.public_code(BATCH, 7), codes.public_code(BATCH + 1, 7)

    assert sum(a == b for a, b in zip(first, second, strict=True)) < 8


@pytest.mark.parametrize(
    "dress",
    [
        str.lower,
        codes.grouped,
        lambda code: f"  {code[:13]}-{code[13:]}\u200b",
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("1", "I").lower(),
        lambda code: "".join(chr(ord(char) + 0xFEE0) for char in code),
        lambda code: f"HTTPS://SHILIAN.EXAMPLE/Q/{code}",
        lambda code: f"https://shilian.example/q/{code.lower()}",
    ],
)
def test_forgives_how_people_type(dress) -> None:  # type: ignore[no-untyped-def]
    for batch_id in range(BATCH, BATCH + 20):
        code = codes.public_code(batch_id, 9)

        assert codes.read_code(dress(code)) == CodeContent(batch_id, 9)


@pytest.mark.parametrize("text", ["", "1", "7" * 25, "7" * 27, "U" * 26, "码" * 26, "x" * 100_000])
def test_what_no_code_looks_like_is_mistyped(text: str) -> None:
    assert codes.read_code(text) is None
    assert codes.fault_of(text) == "mistyped"


def test_another_key_makes_other_codes(settings) -> None:  # type: ignore[no-untyped-def]
    code = codes.public_code(BATCH, 7)
    codes._key.cache_clear()
    settings.CODE_KEY = "another installation"

    assert codes.read_code(code) is None
    codes._key.cache_clear()
