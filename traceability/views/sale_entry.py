"""The sale page's forms as one: buyer, quantities from the batches on hand, papers."""

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
from enterprises.roles import Role
from shilian.problems import Problem, Rejected, errors
from shilian.web.forms import TidyForm
from traceability.forms import SaleHead, SaleLine, fingerprint
from traceability.models import EvidenceDocument
from traceability.operations import sales
from traceability.queries import batches, stock, suppliers
from traceability.queries.stock import StockLine
from traceability.rules import coverage, shortage
from traceability.rules.sales import SaleDraft
from traceability.views import allocation, partner_entry, photos
from traceability.views.typed import Fault, Typed, faults_of, said, share_out, unconfirmed

PAGE = reverse_lazy("traceability:sale_new")
SHOWN = 30
# Stands in for a quantity that could not be read.
LEAST = Decimal("0.001")
NOTHING_TYPED = Typed()


@dataclass(slots=True)
class Line:
    """One batch on hand and how much of it goes."""

    batch: StockLine
    form: SaleLine

    @property
    def number(self) -> int:
        return self.batch.batch_id

    @property
    def product(self) -> StockLine:
        """What the shared fragment of faults calls by name."""
        return self.batch


class SaleEntry:
    """The page as the person left it; only batches with a quantity beside them are sold."""

    draft_key = "sale"

    def __init__(self, actor: Actor, operator: Operator, typed: Typed, today: date) -> None:
        self.proposal = allocation.propose(actor, operator, typed, today=today)
        typed = self.proposal.typed
        self.actor, self.operator, self.typed, self.today = actor, operator, typed, today
        first = {"sold_on": today, "buyer_id": ""}
        self.head = typed.form(SaleHead, initial=first)
        self.subject = coverage.subject_of(operator)
        self.picker = partner_entry.picker(
            operator, typed, self.head, "buyer", url=str(PAGE), basis=self._basis(), on=today
        )
        self.text = typed.text("batch_q")
        self.lines = self._lines()
        self.unconfirmed: list[str] = []

    def _basis(self) -> str:
        asked = {field.code: field for field in coverage.required_fields(self.subject, "sale")}
        field = asked.get("buyer_contact")
        return f"{field.why}依据：{field.basis}。" if field else ""

    def _lines(self) -> list[Line]:
        on_hand = stock.batches_on_hand(
            self.actor, self.operator, on=self.today, search=self.text, limit=SHOWN
        )
        known = {batch.batch_id: batch for batch in on_hand}
        typed = [
            number for number in self.typed.lines() if self.typed.text(f"lines-{number}-quantity")
        ]
        gone = [number for number in typed if number not in known]
        if gone:
            known |= self._sold_out(gone)
        found = [batch.batch_id for batch in on_hand]
        return [
            self._line(known[number], self.typed if number in typed else NOTHING_TYPED)
            for number in dict.fromkeys([*typed, *found])
        ]

    @staticmethod
    def _line(batch: StockLine, typed: Typed) -> Line:
        first = {"batch_id": batch.batch_id, "unit": batch.unit}
        return Line(batch, typed.form(SaleLine, f"lines-{batch.batch_id}", first))

    def _sold_out(self, ids: list[int]) -> dict[int, StockLine]:
        """Own batches of which nothing is left any more; raises 404 for somebody else's."""
        found = batches.stock_lines(self.actor, self.operator, ids, on=self.today)
        if set(ids) - found.keys():
            raise Http404
        return found

    @property
    def labels(self) -> list[str]:
        """What may be named when the batches are to be proposed."""
        shown = (f"{line.batch.name} {line.batch.specification}".strip() for line in self.lines)
        return list(dict.fromkeys(shown))

    @property
    def may_override(self) -> bool:
        return Role.OWNER in self.actor.roles

    @property
    def has_closed_gate(self) -> bool:
        return any(not line.batch.may_be_sold for line in self.lines)

    @property
    def asks_certificate(self) -> bool:
        return any(
            field.code == "certificate_number"
            for field in coverage.required_fields(self.subject, "sale")
        )

    @cached_property
    def papers(self) -> list[EvidenceDocument]:
        return []

    @property
    def confirm_key(self) -> str:
        return fingerprint(self.unconfirmed) if self.unconfirmed else ""

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

    @property
    def _sold(self) -> list[Line]:
        """The lines with something typed beside them."""
        return [line for line in self.lines if line.form.is_bound]

    def _is_filled_in(self) -> bool:
        forms = [self.head, *(line.form for line in self._sold)]
        faulty = [form for form in forms if not form.is_valid()]
        if not self._sold:
            message = "请在要卖的那一批后面填数量。"
            self.head.add_problems([Problem("no_lines", "", message)])
        return not faulty and bool(self._sold)

    def _record(self, at: datetime, is_readable: bool) -> bool:
        by: dict[str, Any] = {"by": self.actor, "operator": self.operator, "at": at}
        head = self._said_head
        reason = {"override_reason": head["override_reason"]}
        buyer = self._buyer(at)
        new, problems = photos.try_store(self.head, partner_id=buyer, **by)
        drafts = self._drafts(buyer or 0, head["evidence_ids"] + new)
        problems += sales.preview_sales(drafts=drafts, **reason, **by)
        if buyer is None:
            problems = [problem for problem in problems if problem.field != "buyer_id"]
        if not is_readable or buyer is None or errors(problems):
            self._show(problems)
            return False
        self.unconfirmed = unconfirmed(self.head, problems)
        if self.unconfirmed:
            self._show(problems)
            return False
        sales.record_sales(
            drafts=drafts,
            submit_key=head["submit_key"],
            short_confirmed=shortage.is_among(problems),
            **reason,
            **by,
        )
        return True

    def _buyer(self, at: datetime) -> int | None:
        """None when there is none yet; why is told where it is asked."""
        if self.picker.is_new:
            return partner_entry.save_new(
                self.picker.form, "buyer", by=self.actor, operator=self.operator, at=at
            )
        chosen = self.picker.chosen
        if chosen is None and not self.head.errors.get("buyer_id"):
            raise Http404
        if chosen and not suppliers.partner_facts(self.operator, [chosen]):
            raise Http404
        return chosen

    @property
    def _said_head(self) -> dict[str, Any]:
        return said(self.head, sold_on=self.today, evidence_ids=())

    def _drafts(self, buyer: int, papers: tuple[int, ...]) -> list[SaleDraft]:
        head = self._said_head
        return [
            SaleDraft(
                batch_id=line.number,
                buyer_id=buyer,
                quantity=said(line.form, quantity=LEAST)["quantity"],
                unit=line.batch.unit,
                sold_on=head["sold_on"],
                certificate_number=head["certificate_number"],
                voucher_number=head["voucher_number"],
                evidence_ids=papers,
                raw=line.form.typed_otherwise(),
                row=line.number,
            )
            for line in self._sold
        ]

    def _show(self, problems: list[Problem]) -> None:
        share_out(problems, self.head, {line.number: line.form for line in self.lines})
