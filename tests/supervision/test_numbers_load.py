"""How large the measured month is."""

from __future__ import annotations

import pytest

from supervision.measures.numbers_load import OPERATORS, RECORDS, SIZE, Size


def test_is_a_whole_province_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SIZE, raising=False)

    assert Size.asked() == Size(OPERATORS, RECORDS) == Size(1_000_000, 30_000_000)


def test_takes_a_smaller_size_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SIZE, "20000x400000")

    assert Size.asked() == Size(20_000, 400_000)


@pytest.mark.parametrize("text", ["20000", "x", "20000x", "0x5", "5x0", "a×b", "-1x5"])
def test_refuses_what_is_no_size(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SIZE, text)

    with pytest.raises(SystemExit, match="20000x400000"):
        Size.asked()


def test_asks_for_room_on_the_disk_first() -> None:
    with pytest.raises(SystemExit, match="GB 空闲磁盘"):
        Size(10**9, 10**12).require_room()
