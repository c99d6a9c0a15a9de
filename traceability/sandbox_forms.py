"""Forms of what systems and channels bring: trials in the sandbox, and suspected duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from enterprises.models import RecordKind, SandboxTrial, SelfBuiltSystem
from shilian.web.forms import FilterForm
from traceability.import_forms import ImportForm
from traceability.models import DuplicateSuspect

ANY = ("", "全部")
TRIAL_SHEET = "支持 .xlsx 和 .csv，一次最多 3,000 行、2 MB，再多的请截取一部分"


class TrialForm(ImportForm):
    """A file to be tried, and the system whose badge it counts for."""

    system = forms.ChoiceField(
        label="替哪个系统试",
        required=False,
        help_text="选了系统，结果计入它的“数据合格”标识",
    )

    def __init__(self, *args: Any, systems: Sequence[SelfBuiltSystem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].label = "检查什么"
        self.fields["sheet"].help_text = TRIAL_SHEET
        self._systems = {str(system.pk): system for system in systems if system.is_alive}
        choices = [(pk, system.name) for pk, system in self._systems.items()]
        self.fields["system"].choices = [("", "不替系统试"), *choices]  # type: ignore[attr-defined]
        self.order_fields(["kind", "sheet", "source", "system", "month"])

    def system_chosen(self) -> SelfBuiltSystem | None:
        return self._systems.get(self.cleaned_data["system"])


class TrialFilter(FilterForm):
    kind = forms.ChoiceField(label="种类", required=False, choices=[ANY, *RecordKind.choices])
    door = forms.ChoiceField(
        label="方式", required=False, choices=[ANY, *SandboxTrial.Door.choices]
    )
    verdict = forms.ChoiceField(
        label="结果", required=False, choices=[ANY, ("clean", "全部合格"), ("faulty", "有退回")]
    )


class SuspectFilter(FilterForm):
    state = forms.ChoiceField(
        label="状态", required=False, choices=[ANY, *DuplicateSuspect.State.choices]
    )
    kind = forms.ChoiceField(
        label="种类", required=False, choices=[ANY, *DuplicateSuspect.Kind.choices]
    )
    search = forms.CharField(label="食品或主体名称", required=False, max_length=60)
