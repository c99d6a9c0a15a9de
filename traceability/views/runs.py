"""Runs with several outputs, splits, merges, repacks and boxes: batches in, batches out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Problem, Rejected, errors
from traceability.forms import ConfirmedForm, LineForm, fingerprint
from traceability.operations import runs as operations
from traceability.queries import pickers, submissions
from traceability.queries import runs as queries
from traceability.rules import shortage
from traceability.rules.runs import OutputDraft, RunDraft
from traceability.run_forms import BoxForm, MergeForm, OutputLine, PartLine, RunForm
from traceability.views.materials import Materials
from traceability.views.outputs import Outputs
from traceability.views.pages import operator_page, page
from traceability.views.saved import saved_address
from traceability.views.typed import (
    Fault,
    Typed,
    faults_of,
    said,
    share_out,
    typed_in,
    unconfirmed,
)


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of run as its page says it; ``line`` is the form of one output, if it asks for any."""

    kind: str
    label: str
    title: str
    inputs: str
    outputs: str
    form: type[ConfirmedForm]
    line: type[LineForm] | None
    note: str
    asked: str
    counted: str = "样"


# The outputs are asked for below; a longer list of batches would hide them.
OFFERED = 12
# Said of sums: while a quantity cannot be read, a sum with its stand-in would be a made-up number.
SUMMED = {"split_differs", "merge_differs"}
SHARED = (
    "几样产出共用的原料，按数量占比分到每一样；单位或规格不同的先换算成重量，不能换算的平均分。"
)
WORKS = {
    "several": Work(
        "transformation", "几样产出", "登记生产（几样产出）", "用了哪些原料？", "做成了哪几样？",
        RunForm, OutputLine, SHARED, "用了多少",
    ),
    "split": Work(
        "split", "拆分", "把一批拆成几批", "拆哪一批、一共多少？", "拆成哪几批？",
        RunForm, PartLine, "各批加起来要等于拆掉的数量；品名、生产日期、保质期和检验结论跟着原来那批。",
        "拆多少", "批",
    ),
    "merge": Work(
        "merge", "合并", "把几批合成一批", "合并哪几批、各多少？", "",
        MergeForm, None, "只合并同一个商品。保质期按最早到期的那批算。", "合多少",
    ),
    "repack": Work(
        "repack", "分装", "登记分装", "分装了哪一批、多少？", "分装成了什么？",
        RunForm, OutputLine, f"{SHARED}保质期不会长于原来那批；生产单位分装成新产品的，出厂前要另做检验。",
        "分装多少",
    ),
    "box": Work(
        "aggregation", "装箱", "装箱、码托盘", "里面装什么、各多少？", "",
        BoxForm, None, "箱子可以再码进托盘。箱里货的检验结论跟着走。", "装多少",
    ),
}  # fmt: skip


@operator_page(Permission.RECORD_PRODUCTION)
def run_new(request: Visit, operator: Operator, kind: str) -> HttpResponseBase:
    """Record one run of the kind."""
    if kind not in WORKS:
        raise Http404
    sheet = _Sheet(request, operator, kind)
    if sheet.typed.judged:
        sheet.judge()
        key = sheet.head.cleaned_data.get("submit_key")
        if key is not None and submissions.records_of(operator, key):
            return redirect(saved_address("run", key, f"run-{kind}"))
    return sheet.shown()


class _Sheet:
    """The page's forms as one: what went in, what came out, and what they share."""

    def __init__(self, request: Visit, operator: Operator, kind: str) -> None:
        self.request, self.operator, self.kind = request, operator, kind
        self.work = WORKS[kind]
        is_sent = request.method == "POST" and request.POST.get("do") not in ("look", "more")
        self.typed = typed_in(request, judged=is_sent)
        self.head = self._head()
        self.materials = Materials(
            request.actor,
            operator,
            self.typed,
            clock.today(),
            with_made=kind != "several",
            most=OFFERED,
        )
        self.outputs = self._outputs()
        self.doubts: list[str] = []

    def _head(self) -> ConfirmedForm:
        initial: dict[str, Any] = {"done_on": clock.today()}
        if self.kind != "box":
            return self.typed.form(self.work.form, initial=initial)
        initial |= {"pack": "box", "company_prefix": queries.last_prefix(self.operator)}
        return self.typed.form(self.work.form, initial=initial, products=self._choices())

    def _outputs(self) -> Outputs:
        if self.work.line is None:
            return Outputs(Typed(), PartLine)
        more = {"products": self._choices()} if self.work.line is OutputLine else {}
        return Outputs(self.typed, self.work.line, **more)

    def _choices(self) -> list[tuple[int, str]]:
        is_own = self.kind == "several" or None
        found = pickers.products(self.operator, own_made=bool(is_own), limit=None)
        return pickers.product_labels(found)

    def judge(self) -> None:
        """Show every fault at its field, the doubts once nothing else is wrong, or record."""
        parts = (self.head.is_valid(), self.materials.are_valid(), self.outputs.are_valid())
        is_readable = all(parts)
        draft = self._draft()
        by: dict[str, Any] = {"by": self.request.actor, "operator": self.operator}
        by |= {"draft": draft, "at": clock.now()}
        found = operations.preview_run(**by)
        if not is_readable:
            found = [problem for problem in found if problem.code not in SUMMED]
        if errors(found) or not is_readable:
            self._tell(errors(found))
            return
        self.doubts = unconfirmed(self.head, found)
        if self.doubts:
            return
        try:
            operations.record_run(
                submit_key=self.head.cleaned_data["submit_key"],
                short_confirmed=shortage.is_among(found),
                **by,
            )
        except Rejected as refused:
            self._tell(refused.problems)

    def _tell(self, problems: list[Problem]) -> None:
        went_in = [problem for problem in problems if problem.field == "inputs"]
        came_out = [problem for problem in problems if problem.field != "inputs"]
        share_out(went_in, self.head, self.materials.forms())
        share_out(came_out, self.head, self.outputs.forms())

    def _draft(self) -> RunDraft:
        stand_ins: dict[str, Any] = {"done_on": clock.today()}
        if self.kind == "box":
            stand_ins |= {"pack": "box", "product_id": None}
        typed = said(self.head, **stand_ins)
        inputs = self.materials.chosen()
        return RunDraft(
            kind=self.work.kind,
            done_on=typed["done_on"],
            inputs=inputs,
            outputs=self._came_out(typed, sum((part.quantity for part in inputs), Decimal(0))),
            line=typed.get("production_line", ""),
            pack=typed.get("pack", ""),
            sscc=typed.get("sscc", ""),
            company_prefix=typed.get("company_prefix", ""),
        )

    def _came_out(self, typed: dict[str, Any], total: Decimal) -> tuple[OutputDraft, ...]:
        number = typed.get("batch_number", "")
        if self.kind == "merge":
            return (OutputDraft(total, batch_number=number),)
        if self.kind == "box":
            return (OutputDraft(Decimal(1), typed["product_id"], batch_number=number),)
        return self.outputs.drafts()

    def shown(self) -> HttpResponseBase:
        url = reverse("traceability:run_new", args=[self.kind])
        faults = self._faults()
        context = {
            "work": self.work,
            "kind": self.kind,
            "works": WORKS,
            "form": self.head,
            "entry": {"faults": faults},
            "materials": self.materials,
            "materials_url": url,
            "asked": self.work.asked,
            "outputs": self.outputs if self.work.line else None,
            "action_url": url,
            "warnings": self.doubts,
            "confirm_key": fingerprint(self.doubts) if self.doubts else "",
        }
        htmx: Any = self.request.htmx  # type: ignore[attr-defined]
        if htmx and htmx.target == "batch-choices":
            return render(self.request, "traceability/_materials.html", context)
        status = 422 if faults else 200
        template = "traceability/run_form.html"
        return page(
            self.request, self.operator, template, context, tab="home", back="home", status=status
        )

    def _faults(self) -> list[Fault]:
        """Everything that is wrong with the page, in the order in which it is read."""
        counted = self.work.counted
        return faults_of([*self.materials.named, *self.outputs.named(counted), ("", self.head)])
