"""The trials of the sandbox and the suspected duplicates as sheets."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.models import SandboxTrial
from enterprises.queries import own, trials
from enterprises.roles import Permission
from enterprises.rules.upload_faults import fault_classes
from traceability.models import DuplicateSuspect
from traceability.queries import duplicates
from traceability.sandbox_forms import SuspectFilter, TrialFilter

CHUNK = 500
FAULTS_TOLD = 5
TRIALS = ("时间", "方式", "记录种类", "文件", "系统", "条数", "合格", "退回", "有提示", "退回原因", "提交人")  # fmt: skip


SUSPECTS = ("经营主体", "统一社会信用代码", "种类", "日期", "食品名称", "往来单位", "数量", "单位", "先到渠道", "后到渠道", "状态", "发现时间", "核对时间", "核对人")  # fmt: skip


@extract("trials", "试传记录", Permission.IMPORT_RECORDS, page="traceability:sandbox")
def tried(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator = own.own_operator(actor)
    if operator is None:
        raise OutOfScope
    found = trials.list_trials(actor, operator, TrialFilter(asked).chosen())
    rows = found.order_by("-id")[:limit].iterator(chunk_size=CHUNK)
    return Extract(f"试传记录-{operator.name}", "试传记录", TRIALS, map(_trial, rows))


def _trial(row: SandboxTrial) -> list[Any]:
    faults = fault_classes(row.errors, most=FAULTS_TOLD)
    return [
        row.at, row.get_door_display(), row.get_record_kind_display(), row.file_name,
        row.system.name if row.system else "", row.sent_count, row.good_count,
        row.sent_count - row.good_count, row.warned_count,
        "；".join(f"{fault.text} {fault.count} 条" for fault in faults), row.person_name,
    ]  # fmt: skip


@extract("suspects", "疑似重复", Permission.VIEW_RECORDS, page="traceability:suspects")
def suspected(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = duplicates.list_suspects(actor, SuspectFilter(asked).chosen())
    rows = found.order_by("-id")[:limit].iterator(chunk_size=CHUNK)
    return Extract("疑似重复", "疑似重复", SUSPECTS, map(_suspect, rows))


def _suspect(row: DuplicateSuspect) -> list[Any]:
    return [
        row.operator.name, row.operator.credit_code, row.get_kind_display(), row.happened_on,
        row.name, row.partner_name, row.quantity, row.unit, row.get_earlier_channel_display(),
        row.get_channel_display(), row.get_state_display(), row.found_at, row.decided_at,
        row.decided_name,
    ]  # fmt: skip
