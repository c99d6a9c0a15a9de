"""How the commands take a month."""

from __future__ import annotations

from datetime import date

from django.core.management.base import CommandError

from shilian import clock


def month_from(text: str) -> date:
    """The first day of a month written 2026-10.

    Raises: CommandError with a sentence.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CommandError(f"月份“{text}”看不懂，请写成 2026-10 的样子。") from None


def months_between(first: date, last: date) -> list[date]:
    """Every month from the first to the last, both included."""
    months = []
    while first <= last:
        months.append(first)
        first = clock.next_month(first)
    return months
