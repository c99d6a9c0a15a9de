"""物料平衡: whether what came in explains what went out, with tolerances per process.

Source: Food Safety Law articles 46 (materials are controlled by batch) and 50. The limits are
reviewed and dated data, not law: beyond them somebody is asked to look, nothing is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from traceability.rules.shares import Amount, measured

DATA = Path(__file__).parent.parent / "data" / "balance_tolerances.json"
ZERO, ONE = Decimal(0), Decimal(1)
STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Between which shares of what came in the goods that come out are not remarkable."""

    process: str
    name: str
    goods_class: str
    class_name: str
    lowest: Decimal
    highest: Decimal
    note: str
    effective_from: date
    effective_to: date | None
    legal_basis: str
    reviewed_on: date

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def most_lost(self) -> Decimal:
        """The share that may be lost without remark."""
        return ONE - self.lowest


@dataclass(frozen=True, slots=True)
class Flag:
    """What does not balance, said so that somebody can look into it."""

    code: str
    message: str


@cache
def reviewed_tolerances() -> tuple[Tolerance, ...]:
    """The tolerances as they were reviewed."""
    return tuple(_tolerance(row) for row in json.loads(DATA.read_text(encoding="utf-8")))


def _tolerance(row: dict[str, Any]) -> Tolerance:
    until = row["effective_to"]
    return Tolerance(
        process=row["process"],
        name=row["name"],
        goods_class=row["goods_class"],
        class_name=row["class_name"],
        lowest=Decimal(row["lowest"]),
        highest=Decimal(row["highest"]),
        note=row["note"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(until) if until else None,
        legal_basis=row["legal_basis"],
        reviewed_on=date.fromisoformat(row["reviewed_on"]),
    )


def tolerance_for(
    process: str,
    goods_class: str,
    *,
    on: date,
    tolerances: Sequence[Tolerance] | None = None,
) -> Tolerance | None:
    """The line of the class, else that of every class; None where nothing is said of the process."""
    rows = reviewed_tolerances() if tolerances is None else tolerances
    found = {row.goods_class: row for row in rows if row.process == process and row.is_in_force(on)}
    return found.get(goods_class, found.get(""))


def share_out(inputs: Sequence[Amount], outputs: Sequence[Amount]) -> Decimal | None:
    """All that came out as a share of all that went in; None when they cannot be compared.

    Pieces are compared only with pieces of the same product: a hundred eggs are not a hundred cakes.
    Units: 0–.
    """
    if not inputs or not outputs:
        return None
    every = [*inputs, *outputs]
    if len({(each.product_id, each.unit, each.specification) for each in every}) == 1:
        return _ratio(_counted(outputs), _counted(inputs))
    told = [measured(each) for each in every]
    if None in told or len({each[0] for each in told if each is not None}) != 1:
        return None
    return _ratio(_weighed(outputs), _weighed(inputs))


def _counted(amounts: Iterable[Amount]) -> Decimal:
    return sum((each.quantity for each in amounts), ZERO)


def _weighed(amounts: Iterable[Amount]) -> Decimal:
    told = (measured(each) for each in amounts)
    return sum((each[1] for each in told if each is not None), ZERO)


def _ratio(out: Decimal, into: Decimal) -> Decimal | None:
    return (out / into).quantize(Decimal("0.0001")) if into > ZERO else None


def check_run(share: Decimal | None, tolerance: Tolerance | None) -> list[Flag]:
    """What a making, split, merge or repack says that is remarkable."""
    if share is None or tolerance is None:
        return []
    told = f"产出是投料的{_percent(share)}"
    if share > tolerance.highest:
        text = f"{told}，超过{tolerance.name}的提示线{_percent(tolerance.highest)}：请核对是否有投料没登记。"
        return [Flag("output_too_high", text)]
    if share < tolerance.lowest:
        text = f"{told}，低于{tolerance.name}的提示线{_percent(tolerance.lowest)}：请核对产出或登记损耗。"
        return [Flag("output_too_low", text)]
    return []


def check_stock(
    *,
    unit: str,
    available: Decimal,
    lost: Decimal,
    closing: Decimal,
    negative_batches: int,
    tolerance: Tolerance | None,
) -> list[Flag]:
    """What the movements of a product or batch say that is remarkable."""
    flags = []
    if closing < ZERO:
        flags.append(
            Flag(
                "negative_stock",
                f"出的比进的多{_plain(-closing)}{unit}：多半有进货没登记，请补登。",
            )
        )
    elif negative_batches:
        text = f"有{negative_batches}批是负库存：多半记错了批次，或有进货没登记。"
        flags.append(Flag("negative_batches", text))
    if tolerance is not None and available > ZERO and lost / available > tolerance.most_lost:
        text = f"损耗占{_percent(lost / available)}，超过提示线{_percent(tolerance.most_lost)}：请核对原因。"
        flags.append(Flag("loss_too_high", text))
    return flags


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.1')).normalize():f}%"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
