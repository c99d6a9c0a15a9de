"""The purchase page's forms as one: supplier, lines of goods, papers; filled, judged, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import reverse_lazy

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Problem, Rejected, errors
from shilian.web.forms import TidyForm
from traceability.forms import PurchaseHead, PurchaseLine, fingerprint
from traceability.models import EvidenceDocument
from traceability.operations import purchases
from traceability.queries import pickers, suppliers
from traceability.rules import coverage
from traceability.rules.goods import ProductFacts
from traceability.rules.purchases import PurchaseDraft
from traceability.views import partner_entry, photos
from traceability.views.typed import Fault, Typed, faults_of, said, share_out, unconfirmed

PAGE = reverse_lazy("traceability:purchase_new")
ONE = Decimal(1)
# What the page folds away where the law does not ask for it.
FOLDED = {"produced_on", "batch_number", "origin_place"}


def _same(last: pickers.DeliveryLine | None, product_id: int) -> pickers.DeliveryLine | None:
    """The line of the repeated delivery, when it is of this product."""
    return last if last is not None and last.product_id == product_id else None


@dataclass(slots=True)
class Line:
    """One kind of goods: its form, its product, and what the law asks about it."""

    number: int
    form: PurchaseLine
    product: ProductFacts
    asked: dict[str, coverage.LegalField]
    last: pickers.DeliveryLine | None = None

    @property
    def asks_date(self) -> bool:
        return "produced_on_or_batch_number" in self.asked

    @property
    def has_folded_fault(self) -> bool:
        """Whether something that the page folds away has to be put right."""
        folded = {"origin_place"} if self.asks_date else FOLDED
        return self.form.is_bound and not folded.isdisjoint(self.form.errors)

    @property
    def repeats_batch(self) -> bool:
        """Whether the person said that it is the last delivery's batch, and typed no other."""
        return bool(self._said["same_batch"] and self.last is not None and not self._typed)

    @property
    def _said(self) -> dict[str, Any]:
        return said(self.form, produced_on=None)

    @property
    def _typed(self) -> bool:
        return bool(self._said["batch_number"] or self._said["produced_on"])

    @property
    def batch_number(self) -> str:
        if self.repeats_batch and self.last is not None:
            return self.last.batch_number
        return str(self._said["batch_number"])

    @property
    def produced_on(self) -> date | None:
        if self.repeats_batch and self.last is not None:
            return self.last.produced_on
        typed: date | None = self._said["produced_on"]
        return typed

    @property
    def basis(self) -> str:
        """Why the date or batch number is asked; empty when it is not."""
        field = self.asked.get("produced_on_or_batch_number")
        return f"{field.why}依据：{field.basis}。" if field else ""

    @property
    def lacks(self) -> list[str]:
        """Legal facts that belong to the product and are not filled in there."""
        return [
            self.asked[code].label
            for code, value in (
                ("specification", self.product.specification),
                ("shelf_life", self.product.shelf_life),
            )
            if code in self.asked and not value
        ]


class PurchaseEntry:
    """The page as the person left it, with everything there is to pick from."""

    def __init__(
        self,
        actor: Actor,
        operator: Operator,
        typed: Typed,
        today: date,
        repeat: int | None = None,
        supplier: int | None = None,
    ) -> None:
        self.actor, self.operator, self.typed, self.today = actor, operator, typed, today
        self.first_supplier = supplier
        self.delivery = pickers.find_delivery(operator, repeat) if repeat else None
        self.head = typed.form(PurchaseHead, initial=self._first_head())
        self.url = f"{PAGE}?repeat={self.delivery.id}" if self.delivery else str(PAGE)
        self.picker = partner_entry.picker(
            operator,
            typed,
            self.head,
            "supplier",
            url=self.url,
            basis="",
            on=today,
        )
        self.lines = self._lines()
        self.picker.basis = self._supplier_basis()
        self.unconfirmed: list[str] = []
        self.draft_key = f"purchase-{repeat}" if self.delivery else "purchase"

    @property
    def supplier_id(self) -> int | None:
        return self.picker.chosen

    @property
    def subject(self) -> coverage.Subject:
        return coverage.subject_of(self.operator)

    def _supplier_basis(self) -> str:
        """Why the supplier's contact is asked; empty when the law does not ask for these goods."""
        asked = {field.code: field for field in coverage.required_fields(self.subject, "purchase")}
        for line in self.lines:
            asked |= line.asked
        field = asked.get("supplier_contact")
        return f"{field.why}依据：{field.basis}。" if field else ""

    def _first_head(self) -> dict[str, Any]:
        chosen = self.delivery.supplier_id if self.delivery else self.first_supplier
        return {"purchased_on": self.today, "supplier_id": chosen or ""}

    def _lines(self) -> list[Line]:
        numbered = dict.fromkeys(self.typed.lines())
        last = dict(enumerate(self.delivery.lines)) if self.delivery else {}
        numbered |= dict.fromkeys(last) if self.typed.is_empty else {}
        ids = {
            number: self.typed.number(f"lines-{number}-product_id")
            or (last[number].product_id if number in last else None)
            for number in numbered
        }
        products = suppliers.product_facts(self.operator, {id_ for id_ in ids.values() if id_})
        if {id_ for id_ in ids.values() if id_} - products.keys():
            raise Http404
        return [
            self._line(number, products[id_], _same(last.get(number), id_))
            for number, id_ in ids.items()
            if id_ is not None
        ]

    def _line(
        self, number: int, product: ProductFacts, last: pickers.DeliveryLine | None = None
    ) -> Line:
        first: dict[str, Any] = {"product_id": product.id, "unit": product.unit}
        if last is not None:
            first |= {"quantity": f"{last.quantity.normalize():f}", "unit": last.unit}
            first |= {"origin_place": last.origin_place}
        form = self.typed.form(PurchaseLine, f"lines-{number}", first)
        subject = self.subject.with_goods(
            is_farm_produce=product.is_farm_produce,
            is_imported=product.is_imported,
            is_own_made=product.is_own_made,
            needs_no_shelf_life=product.needs_no_shelf_life(self.today),
        )
        asked = {field.code: field for field in coverage.required_fields(subject, "purchase")}
        return Line(number, form, product, asked, last)

    def add(self, product_id: int) -> None:
        """One more line on the page; raises 404 for a product of somebody else."""
        found = suppliers.product_facts(self.operator, [product_id])
        if product_id not in found:
            raise Http404
        if product_id in {line.product.id for line in self.lines}:
            return
        number = max((line.number for line in self.lines), default=-1) + 1
        self.lines.append(self._line(number, found[product_id]))

    def drop(self, number: int) -> None:
        self.lines = [line for line in self.lines if line.number != number]

    # What the templates read

    @property
    def product_text(self) -> str:
        return self.typed.text("product_q")

    @cached_property
    def products(self) -> list[pickers.ProductChoice]:
        """The products to add, those already on the page left out."""
        chosen = {line.product.id for line in self.lines}
        found = pickers.products(self.operator, self.product_text, supplier=self.supplier_id)
        return [row for row in found if row.id not in chosen]

    @cached_property
    def papers(self) -> list[EvidenceDocument]:
        if self.supplier_id is None:
            return []
        return suppliers.valid_papers(self.operator, self.supplier_id, on=self.today)

    @property
    def ticked_papers(self) -> set[int]:
        """What was ticked for this supplier; at first, every paper that serves again and again."""
        if self.typed.number("papers_of") == self.supplier_id:
            value = self.head["evidence_ids"].value() or ()
            return {int(text) for text in value if str(text).isdecimal()}
        once = EvidenceDocument.Kind.VOUCHER
        return {paper.pk for paper in self.papers if paper.kind != once}

    @property
    def lacks_voucher(self) -> bool:
        """Whether the law asks for a voucher of these goods and none is at hand yet."""
        is_asked = any("voucher" in line.asked for line in self.lines)
        return is_asked and not (self.ticked_papers or self.head["voucher_number"].value())

    @property
    def has_faults(self) -> bool:
        return bool(self.faults)

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong with the page, in the order in which it is read."""
        parts: list[tuple[str, TidyForm]] = [("", self.head)]
        parts += [(f"新{self.picker.word}", self.picker.form)] if self.picker.is_new else []
        parts += [(line.product.name, line.form) for line in self.lines]
        return faults_of(parts)

    # Recording

    def record(self, at: datetime) -> bool:
        """Write what the page holds, all or nothing; False when something is still to be said.

        Whatever is wrong is told at once: what could not be read, and what the rules say of the rest.
        """
        is_readable = self._is_filled_in()
        try:
            with transaction.atomic():
                done = self._record(at, is_readable)
                transaction.set_rollback(not done)
                return done
        except Rejected as refused:
            self._show(refused.problems)
            return False

    def _is_filled_in(self) -> bool:
        faulty = [
            form for form in (self.head, *(line.form for line in self.lines)) if not form.is_valid()
        ]
        if not self.lines:
            message = "请点一下进的什么货；没有就新增一个商品。"
            self.head.add_problems([Problem("no_lines", "", message)])
        return not faulty and bool(self.lines)

    def _record(self, at: datetime, is_readable: bool) -> bool:
        by: dict[str, Any] = {"by": self.actor, "operator": self.operator, "at": at}
        supplier = self._supplier(at)
        new, problems = photos.try_store(self.head, partner_id=supplier, **by)
        drafts = self._drafts(supplier or 0, self._said_head["evidence_ids"] + new)
        problems += purchases.preview_purchases(drafts=drafts, **by)
        if not is_readable or supplier is None or errors(problems):
            self._show(self._without_supplier(problems) if supplier is None else problems)
            return False
        if self._agreed(problems):
            key = self.head.cleaned_data["submit_key"]
            purchases.record_purchases(drafts=drafts, submit_key=key, **by)
            return True
        self._show(problems)
        return False

    @staticmethod
    def _without_supplier(problems: list[Problem]) -> list[Problem]:
        """What does not follow from a supplier whose own faults are told already."""
        return [problem for problem in problems if problem.field != "supplier_id"]

    def _supplier(self, at: datetime) -> int | None:
        """None when there is none yet; why is told where it is asked."""
        if self.picker.is_new:
            return partner_entry.save_new(
                self.picker.form, "supplier", by=self.actor, operator=self.operator, at=at
            )
        if self.supplier_id is None and not self.head.errors.get("supplier_id"):
            raise Http404
        if self.supplier_id and not suppliers.partner_facts(self.operator, [self.supplier_id]):
            raise Http404
        return self.supplier_id

    @property
    def _said_head(self) -> dict[str, Any]:
        return said(self.head, purchased_on=self.today, evidence_ids=())

    def _drafts(self, supplier: int, papers: tuple[int, ...]) -> list[PurchaseDraft]:
        head = self._said_head
        return [self._draft(line, supplier, papers, head) for line in self.lines]

    def _draft(
        self, line: Line, supplier: int, papers: tuple[int, ...], head: dict[str, Any]
    ) -> PurchaseDraft:
        own = said(line.form, quantity=ONE, unit=line.product.unit)
        return PurchaseDraft(
            product_id=line.product.id,
            supplier_id=supplier,
            quantity=own["quantity"],
            unit=own["unit"],
            purchased_on=head["purchased_on"],
            batch_number=line.batch_number,
            produced_on=line.produced_on,
            voucher_number=head["voucher_number"],
            evidence_ids=papers,
            origin_place=own["origin_place"],
            raw=line.form.typed_otherwise(),
            row=line.number,
        )

    @property
    def confirm_key(self) -> str:
        """What the next press says that it has seen."""
        return fingerprint(self.unconfirmed) if self.unconfirmed else ""

    def _agreed(self, problems: list[Problem]) -> bool:
        """Whether the person has seen exactly these warnings and pressed on."""
        self.unconfirmed = unconfirmed(self.head, problems)
        return not self.unconfirmed

    def _show(self, problems: list[Problem]) -> None:
        share_out(problems, self.head, {line.number: line.form for line in self.lines})
