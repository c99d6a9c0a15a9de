"""Runs, boxes and pallets as the rules and the pages ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enterprises.models import Operator
from traceability.models import Batch, Package, Product, Run, RunOutput
from traceability.rules import sscc
from traceability.rules.runs import Content, RunDraft, RunFacts
from traceability.rules.sales import BatchFacts


def run_facts(operator: Operator, draft: RunDraft, batches: Mapping[int, BatchFacts]) -> RunFacts:
    """What is known of the products, contents and box numbers that the draft names.

    Cost: at most four queries.
    """
    named = {output.product_id for output in draft.outputs if output.product_id}
    products = Product.objects.filter(operator=operator, pk__in=named)
    told = {pk: said for pk, *said in products.values_list("pk", "unit", "specification")}
    rows = Batch.objects.filter(operator=operator, pk__in=batches)
    boxes = Package.objects.filter(operator=operator, batch_id__in=batches)
    packs = {pk: (kind, number) for pk, kind, number in boxes.values_list("pk", "kind", "sscc")}
    return RunFacts(
        units={pk: unit for pk, (unit, _) in told.items()},
        specifications={pk: specification for pk, (_, specification) in told.items()},
        batches=batches,
        contents={
            pk: Content(product, *packs.get(pk, ("", "")), specification=specification)
            for pk, product, specification in rows.values_list("pk", "product_id", "specification")
        },
        is_sscc_taken=_is_taken(operator, sscc.canonical(draft.sscc)),
    )


def _is_taken(operator: Operator, number: str) -> bool:
    rows = Package.objects.filter(operator=operator, sscc=number, is_void=False)
    return bool(number) and rows.exists()


def batches_by_id(operator: Operator, ids: Sequence[int]) -> list[Batch]:
    return list(Batch.objects.filter(operator=operator, pk__in=ids).order_by("pk"))


def next_number(operator: Operator, prefix: str) -> str:
    """The number after the highest that the operator gave out, and that no label of its bears yet.

    The caller lets the writers of the operator's boxes take turns. Cost: two queries.
    """
    rows = Package.objects.filter(operator=operator, company_prefix=prefix)
    highest = rows.order_by("-sscc").values_list("sscc", flat=True).first() or ""
    number = sscc.next_sscc(prefix, highest)
    # Typed from labels that were printed elsewhere, or given out under a shorter prefix.
    while number in (known := _numbers_from(operator, number, 1 + len(prefix))):
        while number in known:
            number = sscc.next_sscc(prefix, number)
    return number


def _numbers_from(operator: Operator, number: str, places: int) -> set[str]:
    """The operator's numbers that begin with the same places and are not lower."""
    rows = Package.objects.filter(operator=operator, sscc__gte=number)
    same = rows.filter(sscc__startswith=number[:places])
    return set(same.values_list("sscc", flat=True))


def last_prefix(operator: Operator) -> str:
    """The company prefix of the number that the operator gave out last; empty for none."""
    rows = Package.objects.filter(operator=operator).exclude(company_prefix="")
    return rows.order_by("-batch_id").values_list("company_prefix", flat=True).first() or ""


def run_of(operator: Operator, batch_id: int) -> Run | None:
    """The run that the batch came out of; None when it has none of its own. Cost: one query."""
    runs = RunOutput.objects.filter(batch_id=batch_id).values("run_id")
    return Run.objects.filter(operator=operator, pk__in=runs).first()


def count_together(operator: Operator, batch_id: int) -> int:
    """How many batches came out of the batch's run that still hold. Cost: one query."""
    runs = RunOutput.objects.filter(batch_id=batch_id).values("run_id")
    together = RunOutput.objects.filter(run_id__in=runs).values("batch_id")
    return Batch.objects.current().filter(operator=operator, pk__in=together).count()
