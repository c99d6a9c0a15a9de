"""What came out of a run as rows: batches that are new goods, and batches that are the old ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from enterprises.models import Sector
from traceability.models import Batch, BatchOrigin, LinkKind, Run
from traceability.operations import production_rows, writing
from traceability.operations.writing import Pen, Row
from traceability.rules import runs as rules
from traceability.rules import shares
from traceability.rules.goods import ProductFacts
from traceability.rules.production import ProductionDraft
from traceability.rules.runs import OutputDraft, RunDraft, RunFacts
from traceability.rules.shares import Amount
from traceability.rules.shelf_life import earliest


@dataclass(frozen=True, slots=True)
class Work:
    """A checked run: its draft, what is known, the batches that went in, the products by id."""

    draft: RunDraft
    facts: RunFacts
    sources: Sequence[Batch]
    products: Mapping[int, ProductFacts]

    @property
    def outputs(self) -> tuple[OutputDraft, ...]:
        """What came out; of a box the one batch that it is."""
        if self.draft.kind != LinkKind.AGGREGATION:
            return self.draft.outputs
        typed = self.draft.outputs[0] if self.draft.outputs else OutputDraft(quantity=shares.NONE)
        return (replace(typed, quantity=rules.box_amount(self.draft, self.facts).quantity),)

    def unit_of(self, output: OutputDraft) -> str:
        if self.draft.kind == LinkKind.AGGREGATION:
            return rules.box_amount(self.draft, self.facts).unit
        return rules.output_unit(self.draft, output, self.facts)

    def amounts(self) -> list[Amount]:
        if self.draft.kind == LinkKind.AGGREGATION:
            return [rules.box_amount(self.draft, self.facts)]
        return rules.output_amounts(self.draft, self.facts)


def output_rows(pen: Pen, work: Work, ids: Sequence[int]) -> list[Row]:
    """A batch for each output."""
    salts = writing.token_salts(len(ids))
    drawn = zip(work.outputs, ids, salts, strict=True)
    return [_output_row(pen, work, output, id_, salt) for output, id_, salt in drawn]


def link_rows(work: Work, ids: Sequence[int]) -> list[Row]:
    """Every input shared over every output; the parts of each input add up to it exactly."""
    weights, _ = shares.weights_of(work.amounts())
    return sorted(
        (id_, part.batch_id, work.draft.kind, quantity)
        for part in work.draft.inputs
        for id_, quantity in zip(ids, shares.share(part.quantity, weights), strict=True)
    )


def run_row(pen: Pen, id_: int, draft: RunDraft, warnings: list[str]) -> Run:
    holder, division, county = pen.holder
    return Run(
        id=id_,
        operator_id=holder,
        division_id=division,
        county_id=county,
        kind=draft.kind,
        line=draft.line.strip(),
        done_on=draft.done_on,
        recorded_at=pen.at,
        recorded_by=pen.person_id,
        channel=pen.channel,
        warnings=warnings,
    )


def _output_row(pen: Pen, work: Work, output: OutputDraft, id_: int, salt: int) -> Row:
    origin = _origin(pen, work, output)
    if origin == BatchOrigin.MADE:
        return _made(pen, work, output, id_, salt)
    facts = _same_goods(work, output)
    return writing.batch_row(
        pen,
        id_,
        salt,
        facts,
        unit=work.unit_of(output),
        quantity=output.quantity,
        received_on=work.draft.done_on,
        batch_number=output.batch_number.strip() or _agreed(work.sources, "batch_number", ""),
        produced_on=earliest(source.produced_on for source in work.sources),
        expires_on=earliest(source.expires_on for source in work.sources),
        origin_kind=origin.value,
        origin_place=_agreed(work.sources, "origin_place", ""),
    )


def _origin(pen: Pen, work: Work, output: OutputDraft) -> BatchOrigin:
    """Repacking into another product is making for a producer (分装), and handling for a shop."""
    kind = work.draft.kind
    if kind == LinkKind.TRANSFORMATION:
        return BatchOrigin.MADE
    if kind == LinkKind.AGGREGATION:
        return BatchOrigin.PACKED
    is_other = {output.product_id} != {source.product_id for source in work.sources}
    is_maker = pen.operator.sector == Sector.PRODUCTION
    if kind == LinkKind.REPACK and is_other and is_maker:
        return BatchOrigin.MADE
    return BatchOrigin.REPACKED


def _made(pen: Pen, work: Work, output: OutputDraft, id_: int, salt: int) -> Row:
    """New goods; repacked ones keep no longer than what went in.

    Source: GB 7718 section 2.4 (the day of packing is a day of production).
    """
    product = work.products[output.product_id or 0]
    draft = ProductionDraft(
        product.id,
        output.quantity,
        work.unit_of(output),
        work.draft.done_on,
        batch_number=output.batch_number.strip(),
    )
    products = {product.id: production_rows.as_maker(pen.operator, product)}
    is_repacked = work.draft.kind == LinkKind.REPACK
    end = earliest(source.expires_on for source in work.sources) if is_repacked else None
    return production_rows.made_row(pen, products, draft, id_, salt, kept_until=end)


def _same_goods(work: Work, output: OutputDraft) -> ProductFacts:
    """The goods as they came in; under another product's name when the operator gave them one."""
    first = work.sources[0]
    maker: dict[str, Any] = {
        "maker_name": _agreed(work.sources, "maker_name", ""),
        "maker_operator_id": _agreed(work.sources, "maker_operator_id", None),
        "origin": "",
    }
    named = work.products.get(output.product_id or 0)
    if named is not None and output.product_id != first.product_id:
        return replace(named, **maker)
    return replace(goods_of(first), **maker)


def goods_of(batch: Batch) -> ProductFacts:
    """The product as the batch has it, whatever the catalogue says by now."""
    return ProductFacts(
        batch.product_id,
        batch.name,
        batch.specification,
        batch.unit,
        goods_class=batch.goods_class,
        is_farm_produce=batch.is_farm_produce,
        shelf_life=batch.shelf_life,
        maker_name=batch.maker_name,
        maker_operator_id=batch.maker_operator_id,
    )


def _agreed(sources: Iterable[Batch], name: str, otherwise: Any) -> Any:
    """What all of them say; something else when they differ."""
    said = {getattr(source, name) for source in sources}
    return said.pop() if len(said) == 1 else otherwise
