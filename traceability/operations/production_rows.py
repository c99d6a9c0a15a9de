"""What was made or grown as rows: the batch, and its links to what went in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from enterprises.models import Operator
from traceability.models import BatchOrigin, Link, LinkKind, Run, RunOutput
from traceability.operations import writing
from traceability.operations.writing import Pen, Row
from traceability.queries import suppliers
from traceability.rules.goods import ProductFacts
from traceability.rules.production import HarvestDraft, ProductionDraft
from traceability.rules.shelf_life import earliest


def own_products(
    operator: Operator,
    drafts: Sequence[ProductionDraft | HarvestDraft],
    *,
    locked: bool = False,
) -> dict[int, ProductFacts]:
    """The products as this operator makes them: it is their maker from now on."""
    wanted = {draft.product_id for draft in drafts}
    found = suppliers.product_facts(operator, wanted, locked=locked)
    return {id_: as_maker(operator, product) for id_, product in found.items()}


def as_maker(operator: Operator, product: ProductFacts) -> ProductFacts:
    """The product with this operator for its maker."""
    return replace(
        product, is_own_made=True, maker_name=operator.name, maker_operator_id=operator.pk
    )


def made_row(
    pen: Pen,
    products: Mapping[int, ProductFacts],
    draft: ProductionDraft,
    id_: int,
    salt: int,
    *,
    kept_until: date | None = None,
) -> Row:
    """One made batch; repacked from goods that keep until a day, it keeps no longer than they."""
    ends = (products[draft.product_id].expires_on(draft.produced_on), kept_until)
    day, end = draft.produced_on, earliest(ends)
    return _row(pen, products, draft, id_, salt, day, end, BatchOrigin.MADE, "")


def grown_row(
    pen: Pen, products: Mapping[int, ProductFacts], draft: HarvestDraft, id_: int, salt: int
) -> Row:
    """One grown batch; its harvest is the day on which it was made."""
    day, place = draft.harvested_on, draft.origin_place
    end = products[draft.product_id].expires_on(day)
    return _row(pen, products, draft, id_, salt, day, end, BatchOrigin.GROWN, place)


def _row(
    pen: Pen,
    products: Mapping[int, ProductFacts],
    draft: ProductionDraft | HarvestDraft,
    id_: int,
    salt: int,
    day: date,
    end: date | None,
    origin: BatchOrigin,
    place: str,
) -> Row:
    product = products[draft.product_id]
    return writing.batch_row(
        pen,
        id_,
        salt,
        product,
        unit=draft.unit,
        quantity=draft.quantity,
        received_on=day,
        batch_number=draft.batch_number,
        produced_on=day,
        expires_on=end,
        origin_kind=origin.value,
        origin_place=place,
    )


def write_links(
    drafts: Sequence[ProductionDraft],
    ids: Sequence[int],
    *,
    kind: str = LinkKind.TRANSFORMATION.value,
) -> None:
    links = sorted(
        (id_, part.batch_id, kind, part.quantity)
        for draft, id_ in zip(drafts, ids, strict=True)
        for part in draft.inputs
    )
    if links:
        writing.copy_records(Link, links)


def write_lines(pen: Pen, drafts: Sequence[ProductionDraft], ids: Sequence[int]) -> None:
    """A run for each batch whose line was named; the others say everything themselves."""
    named = [(draft, id_) for draft, id_ in zip(drafts, ids, strict=True) if draft.line.strip()]
    holder, division, county = pen.holder
    runs = [
        Run(
            id=run_id,
            operator_id=holder,
            division_id=division,
            county_id=county,
            kind=LinkKind.TRANSFORMATION,
            line=draft.line.strip(),
            done_on=draft.produced_on,
            recorded_at=pen.at,
            recorded_by=pen.person_id,
            channel=pen.channel,
        )
        for run_id, (draft, _) in zip(pen.ids(len(named)), named, strict=True)
    ]
    writing.copy_models(Run, runs)
    outputs = zip(runs, named, strict=True)
    writing.copy_models(
        RunOutput, [RunOutput(batch_id=id_, run_id=run.pk) for run, (_, id_) in outputs]
    )


def follow_run(pen: Pen, run: Run | None, draft: ProductionDraft, batch_id: int) -> None:
    """Let the run of a corrected batch say its day and line; a line named only now begins one."""
    if run is None:
        write_lines(pen, [draft], [batch_id])
    else:
        rows = Run.objects.filter(operator=pen.operator, pk=run.pk)
        rows.update(done_on=draft.produced_on, line=draft.line.strip())
