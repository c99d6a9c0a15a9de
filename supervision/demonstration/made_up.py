"""Two shops whose month was made up in one night, and an operator that was told of a broken chain.

So that the lists of the bureau show what they are for; the numbers are of invented operators.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Operator, OperatorState, Sector, Standing
from shilian import clock
from supervision.demonstration.accounts import COUNTY
from supervision.models import Finding
from supervision.operations import findings
from traceability.models import Channel, Purchase
from traceability.operations import catalogue, partners, purchases
from traceability.rules.catalogue import ProductDraft
from traceability.rules.partners import PartnerDraft
from traceability.rules.purchases import PurchaseDraft

SHOPS = 2
# Fewer days than these tell nothing; then the night lies in the month before.
LEAST_DAYS = 12
NIGHT = timedelta(hours=2, minutes=40)
QUANTITY = Decimal(50)
SUPPLIER = PartnerDraft(
    name="河北唐山蔬菜有限公司",
    is_supplier=True,
    is_outside_province=True,
    address="河北省唐山市新华路2号",
    contact_name="孙经理",
    contact_phone="13900000001",
)


def make_up_months(*, today: date, spared: Collection[int]) -> int:
    """Let some shops that write nothing make up their month. Returns: how many there were."""
    night = today if today.day > LEAST_DAYS else clock.month_of(today) - timedelta(days=1)
    written = Purchase.objects.filter(operator_id=OuterRef("pk"))
    quiet = Operator.objects.filter(
        ~Exists(written),
        is_demonstration=True,
        county__code=COUNTY,
        sector=Sector.CIRCULATION,
        standing=Standing.NORMAL,
    ).exclude(state=OperatorState.LISTED)
    shops = list(quiet.exclude(pk__in=spared).order_by("pk")[:SHOPS])
    for shop in shops:
        _make_up(shop, night)
    return len(shops)


def _make_up(shop: Operator, night: date) -> None:
    """The same fifty kilograms for every day of the month so far, all typed in at night."""
    at = clock.start_of(night) + NIGHT
    # Typed by hand: whoever tries it goes by the form.
    by = actor_for_operator(shop, channel=Channel.FORM)
    about = {"by": by, "operator": shop, "at": at}
    [product] = catalogue.save_products(
        drafts=[
            ProductDraft(
                name="大白菜",
                unit="千克",
                specification="散装",
                category="vegetable",
                origin="河北",
            )
        ],
        **about,  # type: ignore[arg-type]
    )
    supplier = partners.save_partner(draft=SUPPLIER, **about)  # type: ignore[arg-type]
    days = [night.replace(day=day) for day in range(1, night.day)]
    purchases.record_purchases(
        drafts=[
            PurchaseDraft(
                product_id=product.pk,
                supplier_id=supplier.pk,
                quantity=QUANTITY,
                unit="千克",
                purchased_on=day,
                produced_on=day,
                voucher_number=f"{day:%m%d}",
            )
            for day in days
        ],
        **about,  # type: ignore[arg-type]
    )


def tell_of_findings(by: Actor, operators: Collection[int], *, at: datetime) -> None:
    """Put the message of the gravest finding on the first page of each of these operators."""
    rows = Finding.objects.open().filter(operator_id__in=operators)
    ids = rows.order_by("operator_id", "severity", "pk").distinct("operator_id").values_list("pk")
    if told := [pk for (pk,) in ids]:
        findings.send_messages(by=by, finding_ids=told, at=at)
