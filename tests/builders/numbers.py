"""Records as the filler meets them: committed rows, with or without a mark beside them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from enterprises.models import Operator, SelfBuiltSystem, SystemDay
from shilian import clock
from shilian.db.ids import new_id
from traceability.models import (
    Batch,
    BatchOrigin,
    FactoryInspection,
    GoodsClass,
    IncomingDraft,
    MonthMark,
    Purchase,
    RecordState,
    Sale,
)

_numbers = count(1)
NOON = timedelta(hours=12)
REVIEWED = date(2026, 1, 1)


def noon(day: date) -> datetime:
    return clock.start_of(day) + NOON


def make_goods_class(
    code: str = "K06_DAIRY", bit: int = 5, group: str = GoodsClass.Group.TEN
) -> GoodsClass:
    made, _ = GoodsClass.objects.get_or_create(
        code=code,
        defaults={
            "name": code,
            "group": group,
            "bit": bit,
            "legal_basis": "测试",
            "effective_from": REVIEWED,
            "reviewed_on": REVIEWED,
        },
    )
    return made


def mark(operator: Operator, day: date) -> None:
    MonthMark.objects.create(operator_id=operator.pk, month=clock.month_of(day))


def make_batch(
    operator: Operator,
    *,
    on: date,
    goods_class: str = "",
    origin_kind: str = BatchOrigin.PURCHASED,
) -> Batch:
    return Batch.objects.create(
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        product_id=1,
        name="鲜牛奶",
        unit="箱",
        goods_class=goods_class,
        origin_kind=origin_kind,
        quantity=Decimal(10),
        received_on=on,
        recorded_at=noon(on),
        token_salt=1,
    )


def make_purchase(
    operator: Operator,
    *,
    on: date,
    recorded_at: datetime | None = None,
    goods_class: str = "",
    marked: bool = True,
    **facts: object,
) -> Purchase:
    batch = make_batch(operator, on=on, goods_class=goods_class)
    made = Purchase.objects.create(
        **_record(operator, recorded_at or noon(on)),
        batch=batch,
        product_id=1,
        supplier_name="某供货者",
        quantity=Decimal(10),
        unit="箱",
        purchased_on=on,
        **facts,
    )
    if marked:
        mark(operator, on)
    return made


def make_sale(
    operator: Operator, *, on: date, goods_class: str = "", marked: bool = True, **facts: object
) -> Sale:
    made = Sale.objects.create(
        **_record(operator, noon(on)),
        batch=make_batch(operator, on=on, goods_class=goods_class),
        product_id=1,
        buyer_name="某购货者",
        quantity=Decimal(1),
        unit="箱",
        sold_on=on,
        **facts,
    )
    if marked:
        mark(operator, on)
    return made


def make_inspection(operator: Operator, *, on: date, marked: bool = True) -> FactoryInspection:
    made = FactoryInspection.objects.create(
        **_record(operator, noon(on)),
        batch=make_batch(operator, on=on),
        product_id=1,
        inspected_on=on,
        result=FactoryInspection.Result.PASSED,
        certificate_number="HG1",
    )
    if marked:
        mark(operator, on)
    return made


def correct_purchase(purchase: Purchase, *, at: datetime, on: date) -> Purchase:
    """A later record in the place of the first, as a correction leaves it."""
    made = make_purchase(
        purchase.operator, on=on, recorded_at=at, supersedes_id=purchase.pk, reason="日期写错"
    )
    Purchase.objects.filter(pk=purchase.pk).update(
        state=RecordState.SUPERSEDED, superseded_by_id=made.pk
    )
    mark(purchase.operator, purchase.purchased_on)
    return made


def make_incoming(operator: Operator, *, sold_on: date, marked: bool = True) -> IncomingDraft:
    made = IncomingDraft.objects.create(
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        seller_operator_id=1,
        sale_id=next(_numbers),
        seller_batch_id=1,
        facts={"name": "鲜牛奶"},
        quantity=Decimal(1),
        unit="箱",
        sold_on=sold_on,
        created_at=noon(sold_on),
    )
    if marked:
        mark(operator, sold_on)
    return made


def make_system(operator: Operator, *, since: date) -> SelfBuiltSystem:
    return SelfBuiltSystem.objects.create(
        operator=operator,
        name=f"进销存{SelfBuiltSystem.objects.filter(operator=operator).count() + 1}",
        state=SelfBuiltSystem.State.IN_SERVICE,
        registered_at=noon(since),
        in_service_since=since,
    )


def send_rows(
    system: SelfBuiltSystem,
    day: date,
    *,
    sent: int = 100,
    accepted: int = 100,
    duplicates: int = 0,
) -> None:
    SystemDay.objects.create(
        system=system,
        day=day,
        sent_count=sent,
        accepted_count=accepted,
        duplicate_count=duplicates,
    )


def _record(operator: Operator, recorded_at: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "operator": operator,
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "recorded_at": recorded_at,
        "channel": "form",
        "retain_until": date(2030, 1, 1),
        "leaf_salt": b"0" * 16,
        "leaf_hash": b"0" * 32,
    }
