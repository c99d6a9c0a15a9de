"""The forms of holds and recalls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from shilian import clock
from shilian.web.forms import FilterForm, RecordForm, TidyForm
from traceability.forms import ConfirmedForm, PhotosField, QuantityField, TextField
from traceability.models import Recall
from traceability.queries.recall_notices import NoticeLine
from traceability.rules.recall_clocks import reviewed_clocks
from traceability.rules.recalls import PART_NAMES, PARTS, AnswerLine

MOMENT = "%Y-%m-%dT%H:%M"
LARGEST_ID = 2**63 - 1
LEVELS = [
    (
        each.level,
        f"{each.name}：{each.meaning}（{each.start_hours}小时内启动，"
        f"{each.finish_working_days}个工作日内完成）",
    )
    for each in reviewed_clocks()
]


class StartRecallForm(RecordForm):
    """Level, cause and reason; which batches stands beside it."""

    level = forms.ChoiceField(
        label="召回级别",
        choices=LEVELS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择召回级别。"},
    )
    cause = forms.ChoiceField(
        label="来由", choices=Recall.Cause.choices, error_messages={"required": "请选择来由。"}
    )
    reason = TextField(
        "召回原因", 200, error_messages={"required": "请写明召回原因，经营者会看到这句话。"}
    )
    known_at = forms.DateTimeField(
        label="知悉风险的时间",
        required=False,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        help_text="启动时限从这时算起；不填就是现在。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": "时间没看懂，请写成 2026-05-01 08:30 这样。"},
    )
    is_drill = forms.BooleanField(label="这是演练：不停售，消费者看不到，只计时", required=False)


class CodeForm(TidyForm):
    """A further batch by its code."""

    code = forms.CharField(
        label="追溯码",
        required=False,
        max_length=120,
        help_text="标签上的26位数字和字母。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ChangeForm(TidyForm):
    """Widening, narrowing, finishing or cancelling; every one says why."""

    note = forms.CharField(
        label="原因或总结",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明原因，会记入召回经过。"},
    )
    code = forms.CharField(
        label="追溯码",
        required=False,
        max_length=120,
        help_text="扩大、缩小范围时填要加入或移出的批次；扩大时不填，就按最新流向重新追踪。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    accepts_unanswered = forms.BooleanField(label="不再等待没有回复的主体", required=False)


class HoldForm(TidyForm):
    """A batch by its code, and why."""

    code = forms.CharField(label="追溯码", max_length=120, help_text="标签上的26位数字和字母。")
    reason = forms.CharField(
        label="原因",
        max_length=200,
        error_messages={"required": "请写明原因，例如：样品待复检。"},
    )


class RecallFilter(FilterForm):
    level = forms.ChoiceField(
        label="级别", required=False, choices=[("", "全部"), *Recall.Level.choices]
    )
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *Recall.State.choices]
    )
    clock = forms.ChoiceField(
        label="时限",
        required=False,
        choices=[("", "全部"), ("overdue", "已超期"), ("soon", "3天内到期")],
    )
    drill = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部"), ("no", "召回"), ("yes", "演练")]
    )


class NoticeFilter(FilterForm):
    county = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label="回复",
        required=False,
        choices=[("", "全部"), ("unanswered", "没有回复"), ("answered", "已回复")],
    )


class AnswerForm(ConfirmedForm):
    """What is common to all lines of an answer."""

    note = forms.CharField(
        label="说明", required=False, max_length=200, help_text="例如：已贴停售告示。"
    )
    correction = forms.CharField(label="更正原因", required=False, max_length=200)
    photos = PhotosField(label="拍照（封存、告示、销毁现场）", required=False)


class AnswerLineForm(TidyForm):
    """Where the goods of one batch are."""

    left = QuantityField(label=PART_NAMES["left"], required=False)
    recovered = QuantityField(label=PART_NAMES["recovered"], required=False)
    sold = QuantityField(label=PART_NAMES["sold"], required=False)
    destroyed = QuantityField(label=PART_NAMES["destroyed"], required=False)

    def line(self, batch_id: int) -> AnswerLine:
        values = {part: self.cleaned_data.get(part) or Decimal(0) for part in PARTS}
        return AnswerLine(batch_id, **values)


def filled_in(line: NoticeLine) -> dict[str, Any]:
    """The former answer, or what the operator's own books suggest."""
    if line.left is None:
        zero = Decimal(0)
        told = (line.suggested_left, zero, line.suggested_sold, line.suggested_destroyed)
        return dict(zip(PARTS, (_plain(each) for each in told), strict=True))
    return {part: _plain(getattr(line, part)) for part in PARTS}


def _plain(value: Decimal | None) -> str:
    return f"{(value or Decimal(0)).normalize():f}"


def now_for_form() -> str:
    """The present minute as the field prints it."""
    return clock.now().astimezone(clock.SHANGHAI).strftime(MOMENT)
