from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.runs import (
    SSCC,
    make_box,
    make_run,
    make_split,
    output,
    run_draft,
    taken,
)
from tests.builders.traceability import make_incoming, make_product
from tests.traceability.operations.test_record_runs import flour, on_hand, refused
from tests.traceability.operations.test_returns import at_once, sold
from traceability.graph.trace import trace
from traceability.models import BatchRevision, Package
from traceability.operations import batches, incoming, runs
from traceability.queries import boxes
from traceability.rules.incoming import AcceptDraft
from traceability.rules.sscc import check_digit

pytestmark = pytest.mark.django_db


def test_a_box_inside_a_pallet_is_found_by_its_number() -> None:
    shop = make_operator()
    bulk = flour(shop)

    box = make_box(shop, taken(bulk, 12), sscc=f"(00){SSCC}")
    pallet = make_box(shop, taken(box, 12), pack="pallet", company_prefix="6901234")

    assert (box.quantity, box.name, box.origin_kind) == (12, bulk.name, "packed")
    packages = {row.batch_id: row for row in Package.objects.all()}
    assert packages[box.pk].sscc == SSCC
    assert packages[pallet.pk].sscc == "069012340000000016"
    assert set(trace([pallet.pk], "up").hops) == {pallet.pk, box.pk, bulk.pk}
    next_one = make_box(shop, taken(bulk, 1), company_prefix="6901234")
    assert Package.objects.get(pk=next_one.pk).sscc == "069012340000000023"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"sscc": "12345"}, "sscc_not_18_digits"),
        ({"sscc": SSCC[:-1] + "8"}, "sscc_wrong_check_digit"),
        ({"sscc": "１" + SSCC[1:]}, None),
        ({"pack": "barrel"}, "pack_unknown"),
        ({"company_prefix": "69"}, "prefix_not_a_number"),
    ],
)
def test_the_number_on_a_box(facts: dict[str, str], code: str | None) -> None:
    shop = make_operator()
    draft = run_draft("aggregation", [taken(flour(shop), 1)], [], **({"pack": "box"} | facts))

    if code is None:
        assert runs.record_run(by=owner_of(shop), operator=shop, draft=draft, at=AT)
    else:
        assert refused(shop, draft) == [code]


def test_a_box_is_not_in_itself_nor_a_pallet_in_a_box_nor_a_number_used_twice() -> None:
    shop = make_operator()
    bulk = flour(shop)
    box = make_box(shop, taken(bulk, 12), sscc=SSCC)
    itself = run_draft("aggregation", [taken(box, 12)], [], pack="pallet", sscc=SSCC)
    again = run_draft("aggregation", [taken(bulk, 1)], [], pack="box", sscc=SSCC)

    assert refused(shop, itself) == ["box_in_itself"]
    assert refused(shop, again) == ["sscc_taken"]
    pallet = make_box(shop, taken(box, 12), pack="pallet")
    within = run_draft("aggregation", [taken(pallet, 12)], [], pack="box")
    assert refused(shop, within) == ["pallet_in_box"]


def test_a_mixed_box_needs_a_product_of_its_own() -> None:
    shop = make_operator()
    contents = [taken(flour(shop), 2), taken(flour(shop), 3)]

    assert refused(shop, run_draft("aggregation", contents, [], pack="box")) == [
        "box_needs_product"
    ]
    gift = make_product(shop, name="礼盒", unit="盒")
    [box] = make_run(shop, "aggregation", contents, [output(gift, 1)], pack="box")
    assert (box.name, box.quantity, box.unit) == ("礼盒", 1, "盒")


def test_a_voided_box_frees_its_number() -> None:
    shop = make_operator()
    bulk = flour(shop)
    box = make_box(shop, taken(bulk, 12), sscc=SSCC)

    batches.void_batch(by=owner_of(shop), operator=shop, batch_id=box.pk, reason="装错了", at=AT)

    assert on_hand(bulk) == 100
    assert make_box(shop, taken(bulk, 12), sscc=SSCC)
    assert set(Package.objects.values_list("sscc", "is_void")) == {(SSCC, True), (SSCC, False)}


def test_a_number_once_given_out_is_not_given_out_again() -> None:
    shop = make_operator()
    bulk = flour(shop)
    first = make_box(shop, taken(bulk, 1), company_prefix="6901234")

    batches.void_run(by=owner_of(shop), operator=shop, batch_id=first.pk, reason="装错了", at=AT)
    second = make_box(shop, taken(bulk, 2), company_prefix="6901234")

    numbers = dict(Package.objects.values_list("batch_id", "sscc"))
    assert numbers == {first.pk: "069012340000000016", second.pk: "069012340000000023"}
    kept = BatchRevision.objects.get(batch_id=first.pk).before
    assert kept["box"] == {"kind": "box", "sscc": "069012340000000016"}
    listed = boxes.list_boxes(owner_of(shop), shop)
    assert [row.batch_id for row in listed] == [second.pk]


@pytest.mark.parametrize(
    ("typed", "prefix", "given_out"),
    [
        (["06901234000000001"], "6901234", "06901234000000002"),
        (["06901234000000001", "06901234000000002"], "6901234", "06901234000000003"),
        (["06901234000000002"], "6901234", "06901234000000001"),
        (["06901234999999999"], "6901234", "06901234000000001"),
        (["16901234000000001"], "6901234", "06901234000000001"),
        (["06901234500000001"], "69012345", "06901234500000002"),
    ],
)
def test_a_number_on_a_label_already_is_passed_over(
    typed: list[str], prefix: str, given_out: str
) -> None:
    shop = make_operator()
    bulk = flour(shop)
    for digits in typed:
        make_box(shop, taken(bulk, 1), sscc=digits + check_digit(digits))

    box = make_box(shop, taken(bulk, 1), company_prefix=prefix)

    assert Package.objects.get(pk=box.pk).sscc == given_out + check_digit(given_out)


@pytest.mark.django_db(transaction=True)
def test_boxes_packed_at_once_never_share_a_number() -> None:
    shop = make_operator()
    bulk, by = flour(shop), owner_of(shop)
    typed = run_draft("aggregation", [taken(bulk, 1)], [], pack="box", sscc=SSCC)
    drawn = run_draft("aggregation", [taken(bulk, 1)], [], pack="box", company_prefix="6901234")

    answers = at_once(
        *[
            partial(runs.record_run, by=by, operator=shop, draft=draft, at=AT)
            for draft in (typed, typed, drawn, drawn)
        ]
    )

    assert answers.count(["sscc_taken"]) == 1
    numbers = list(Package.objects.values_list("sscc", flat=True))
    assert len(numbers) == len(set(numbers)) == 3
    assert on_hand(bulk) == 97


def test_a_box_on_a_bought_pallet_is_found_by_its_own_number() -> None:
    factory, dealer, shop = make_operator(), make_operator(), make_operator()
    box = make_box(factory, taken(flour(factory), 12), sscc=SSCC)
    pallet = make_box(factory, taken(box, 12), pack="pallet", company_prefix="6901234")
    _, bought = sold(factory, dealer, pallet)
    part, _ = make_split(bought, 2, 2)
    waiting = make_incoming(shop, seller=dealer, batch=part, quantity=Decimal(2))
    [purchase] = incoming.accept_incoming(
        by=owner_of(shop), operator=shop, drafts=[AcceptDraft(waiting.pk)], at=AT
    )

    assert boxes.batch_by_number(owner_of(dealer), dealer, SSCC) == bought.pk
    assert boxes.batch_by_number(owner_of(shop), shop, SSCC) == purchase.batch_id
    stranger = make_operator()
    assert boxes.batch_by_number(owner_of(stranger), stranger, SSCC) is None
