"""What is said of a bulletin on its way from draft to issue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from shilian.web.forms import TidyForm
from supervision.forms import DiscardForm
from supervision.models import Bulletin
from supervision.rules.bulletins import NUMBER_EXAMPLE

COMMENT_DAYS = 2
# The page has another form that asks for a reason.
RETURN = "return"


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AskCommentsForm(TidyForm):
    """Until when the bureaus may comment."""

    until = forms.DateField(
        label="意见截止日期",
        widget=_day_input(),
        help_text="各市、县从通报页提意见，到这一天为止。",
    )

    @classmethod
    def on(cls, today: date) -> AskCommentsForm:
        return cls(initial={"until": today + timedelta(days=COMMENT_DAYS)})


class CommentForm(TidyForm):
    """What is wrong with the draft."""

    comment = forms.CharField(
        label="意见",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明哪个数字或哪句话、应当怎样、依据是什么。",
        error_messages={"required": "请写明意见，例如哪个数字、应当是多少、依据是什么。"},
    )


class AnswerForm(TidyForm):
    """What became of a comment."""

    is_adopted = forms.TypedChoiceField(
        label="处理",
        choices=[("yes", "采纳"), ("no", "不采纳")],
        coerce=lambda value: value == "yes",
    )
    answer = forms.CharField(
        label="答复", max_length=500, required=False, help_text="不采纳必须写明理由。"
    )

    @classmethod
    def of(cls, comment_id: int, data: Any = None) -> AnswerForm:
        """The form of one comment; a page has several."""
        return cls(data, prefix=f"answer-{comment_id}")


class WordingForm(TidyForm):
    """A person's paragraphs in the place of the drafted ones."""

    problems = forms.CharField(
        label="三、存在的问题",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="一行一段，自动编号。清空即恢复按数字拟写的段落；数字不能在这里改。",
    )
    requirements = forms.CharField(
        label="四、下一步要求",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="一行一段，自动编号。",
    )


class ReturnForm(TidyForm):
    """Why a reviewed bulletin goes back."""

    reason = forms.CharField(
        label="退回原因",
        max_length=200,
        error_messages={"required": "请写明退回修改的原因。"},
    )


class IssueForm(TidyForm):
    """The office's number and the day of issue."""

    number = forms.CharField(
        label="发文字号",
        max_length=40,
        required=False,
        help_text=f"由办公室编号，例如“{NUMBER_EXAMPLE}”。平台不编号、不盖章。",
    )
    issued_on = forms.DateField(label="印发日期", required=False, widget=_day_input())


def forms_of(bulletin: Bulletin, drafted: dict[str, str], today: date) -> dict[str, Any]:
    """Every form of the bulletin's page as it first appears, by the name of its step."""
    wording = {part: bulletin.wording.get(part) or text for part, text in drafted.items()}
    return {
        "ask": AskCommentsForm.on(today),
        "comment": CommentForm(),
        "wording": WordingForm(initial=wording),
        "return": ReturnForm(prefix=RETURN),
        "discard": DiscardForm(),
        "issue": IssueForm(initial={"issued_on": today}),
    }
