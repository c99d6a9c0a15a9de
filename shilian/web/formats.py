"""Numbers, days and changes as a Chinese reader expects them on a page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from shilian.clock import SHANGHAI

NO_DATA = "—"

Number = Decimal | int | float


def quantity(value: Number | str | None, places: int | None = None) -> str:
    """``1234567.500`` as ``1,234,567.5``; "—" when there is none.

    With ``places`` the number is rounded, half up, to exactly that many decimals.
    """
    number = _decimal(value)
    if number is None:
        return NO_DATA
    if places is not None:
        return f"{_round(number, places):,f}"
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Number | str | None, places: int = 1) -> str:
    """``95.4`` as ``95.4%``; "—" when there is no data. Units: per cent, 0–100."""
    number = _decimal(value)
    return NO_DATA if number is None else f"{_round(number, places):,f}%"


def ratio(value: Number | str | None, places: int = 1) -> str:
    """``0.954`` as ``95.4%``; "—" when there is no data. Units: a share, 0–1."""
    number = _decimal(value)
    return NO_DATA if number is None else percent(number * 100, places)


def change(value: Number | str | None, unit: str = "", places: int = 1) -> str:
    """The change in words: ``上升 0.8``, ``下降 1.3``, ``持平``; empty when it is not known."""
    number = _decimal(value)
    if number is None:
        return ""
    rounded = _round(number, places)
    if not rounded:
        return "持平"
    word = "上升" if rounded > 0 else "下降"
    amount = quantity(abs(rounded)) if not unit else f"{quantity(abs(rounded))} {unit}"
    return f"{word} {amount}"


def change_pp(value: Number | str | None) -> str:
    """A change of a rate: ``上升 0.8 个百分点``. Units: percentage points."""
    return change(value, "个百分点") or NO_DATA


def day(value: date | datetime | None) -> str:
    """``2026-05-03``, by the Shanghai calendar; "—" when there is none."""
    if value is None or value == "":
        return NO_DATA
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    return value.isoformat()


def month_cn(value: date | None) -> str:
    """``2026年5月``."""
    return f"{value.year}年{value.month}月" if value else NO_DATA


def moment(value: datetime | None) -> str:
    """``2026-05-03 09:12``, Shanghai time."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if value else NO_DATA


def _decimal(value: Number | str | None) -> Decimal | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
