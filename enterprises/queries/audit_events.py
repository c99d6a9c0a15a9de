"""The audit trail in words: what happened, and to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enterprises.actor import Actor
from enterprises.extracts import find_source
from enterprises.models import AuditEntry, Operator, Person
from enterprises.roles import Permission

EVENTS = {
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "account_opened": "开通账号",
    "application_approved": "通过注册申请",
    "application_handed_in": "提交注册申请",
    "application_refused": "不通过注册申请",
    "batch_corrected": "更正生产或采收",
    "batch_voided": "作废生产或采收",
    "batches_held": "冻结批次",
    "batches_released": "解除冻结",
    "bulletin_comment_answered": "答复通报意见",
    "bulletin_commented": "对通报提意见",
    "bulletin_comments_asked": "就通报征求意见",
    "bulletin_discarded": "删除通报代拟稿",
    "bulletin_drafted": "拟写通报",
    "bulletin_published": "标记通报已印发",
    "bulletin_reminded": "提醒印发通报",
    "bulletin_returned": "退回通报修改",
    "bulletin_reviewed": "审核通报",
    "bulletin_reworded": "改写通报段落",
    "clerk_removed": "移除店员",
    "code_sent": "发送验证码",
    "contact_changed": "变更联系人",
    "contact_revealed": "查看联系方式",
    "demonstration_step_done": "装入演示数据",
    "divisions_loaded": "装入行政区划",
    "divisions_replaced": "登记区划撤并",
    "duplicate_different": "确认不是重复",
    "duplicate_same": "确认重复并作废后到的记录",
    "duplicates_found": "发现疑似重复",
    "entries_confirmed": "核对导入的商品和单位",
    "entries_merged": "合并商品或往来单位",
    "evidence_retired": "停用凭证",
    "evidence_stored": "保存凭证",
    "export_fetched": "下载导出的名单",
    "findings_assigned": "分派断链线索",
    "findings_told": "发送断链提醒",
    "harvests_recorded": "登记采收",
    "incoming_accepted": "收下来货",
    "incoming_refused": "拒收来货",
    "inspection_corrected": "更正出厂检验",
    "inspection_voided": "作废出厂检验",
    "inspections_recorded": "登记出厂检验",
    "invitation_accepted": "接受邀请",
    "invitation_withdrawn": "撤回邀请",
    "job_cancelled": "取消后台任务",
    "ledger_import_cancelled": "取消导入台账",
    "change_declined": "不批准数值修改",
    "change_proposed": "提出数值修改",
    "change_withdrawn": "撤回数值修改",
    "ledger_import_started": "开始导入台账",
    "ledger_imported": "导入台账",
    "list_exported": "导出名单",
    "month_excluded": "核查不实，当月不计活跃",
    "month_frozen": "冻结当月数字",
    "month_readmitted": "撤销不计活跃",
    "month_upheld": "核查属实，照常计入",
    "movement_voided": "作废损耗、销毁、退货",
    "movements_recorded": "登记损耗、销毁、退货",
    "operator_activated": "激活账号",
    "operators_activated": "批量激活",
    "operators_listed": "列入名册",
    "epcis_captured": "上传 EPCIS 事件",
    "epcis_query_deleted": "删除 EPCIS 查询",
    "epcis_query_saved": "保存 EPCIS 查询",
    "epcis_subscribed": "订阅 EPCIS 事件",
    "epcis_unsubscribed": "取消 EPCIS 订阅",
    "gln_registered": "登记位置码",
    "gln_withdrawn": "删除位置码",
    "parameter_changed": "批准修改计算参数",
    "partner_added": "新增往来单位",
    "partner_changed": "修改往来单位",
    "partner_looked_up": "查询往来单位",
    "partner_retired": "停用往来单位",
    "partners_saved": "保存往来单位",
    "password_changed": "修改密码",
    "password_reset": "重设密码",
    "person_invited": "发出邀请",
    "photos_matched": "按文件名对照凭证照片",
    "photos_uploaded": "成批上传凭证照片",
    "product_added": "新增商品",
    "product_changed": "修改商品",
    "product_retired": "停用商品",
    "production_recorded": "登记生产",
    "products_saved": "保存商品",
    "purchase_corrected": "更正进货",
    "purchase_voided": "作废进货",
    "purchases_recorded": "登记进货",
    "quiet_month_declared": "声明本期无进货",
    "recall_acknowledged": "确认召回通知",
    "recall_answered": "填报召回数量",
    "recall_cancelled": "撤销召回",
    "recall_corrected": "更正召回数量",
    "recall_finished": "完成召回",
    "recall_narrowed": "缩小召回范围",
    "recall_started": "启动召回",
    "recall_widened": "扩大召回范围",
    "records_seen": "查看经营记录",
    "return_accepted": "收回退货",
    "return_refused": "不收退货",
    "roster_cancelled": "放弃名录导入",
    "roster_imported": "导入许可名录",
    "roster_uploaded": "上传许可名录",
    "run_recorded": "登记生产、拆并、分装、装箱",
    "run_voided": "作废整次生产、拆并、分装、装箱",
    "sale_corrected": "更正销售",
    "sale_voided": "作废销售",
    "sales_recorded": "登记销售",
    "sandbox_tried": "试传检查",
    "sheet_import_cancelled": "取消导入表格",
    "sheet_import_started": "开始导入表格",
    "sheet_imported": "导入表格",
    "sign_in_refused": "登录未成功",
    "signed_in": "登录",
    "signed_out": "退出登录",
    "standing_changed": "变更经营状态",
    "system_applied": "申报自建系统",
    "system_approved": "审核通过自建系统",
    "system_changed": "变更自建系统",
    "system_client_confirmed": "同意渠道代传",
    "system_client_ended": "解除渠道代传",
    "system_client_refused": "不同意渠道代传",
    "system_clients_claimed": "申请代经营户上传",
    "system_days_recorded": "登记自建系统上传",
    "system_ended": "停用自建系统",
    "system_refused": "退回自建系统",
    "system_registered": "登记自建系统",
    "system_withdrawn": "撤回自建系统申报",
    "systems_silent": "提醒自建系统上传中断",
    "take_back_voided": "作废收回的退货",
    "target_changed": "批准修改目标",
    "trace_case_approved": "批准追溯案件",
    "trace_case_closed": "追溯案件结案",
    "trace_case_extended": "追溯案件延期",
    "trace_case_refused": "不批准追溯案件",
    "trace_case_requested": "申请追溯案件",
    "weights_changed": "批准修改考核权重",
    "wholesale_changed": "变更是否从事批发",
    "webhook_ended": "取消推送地址",
    "webhook_paused": "暂停推送地址",
    "webhook_pinged": "发测试推送",
    "webhook_resumed": "恢复推送地址",
    "webhook_stopped": "停用送不到的推送地址",
    "webhook_subscribed": "登记推送地址",
}


def event_name(event: str) -> str:
    """The event in words; one that another app writes is shown as it is kept."""
    return EVENTS.get(event, event)


# Only these are about a list, by the list's name.
EXPORTS = ("export_fetched", "list_exported")
# What an entry may be about, by the name it is kept under.
SUBJECTS = {
    "Batch": "批次",
    "Bulletin": "通报",
    "Division": "行政区划",
    "DuplicateSuspect": "疑似重复",
    "FactoryInspection": "出厂检验记录",
    "ImportSession": "导入",
    "Invitation": "邀请",
    "Job": "后台任务",
    "Membership": "岗位",
    "MonthFreeze": "当月数字",
    "Operator": "主体",
    "Partner": "往来单位",
    "Person": "账号",
    "Product": "商品",
    "Purchase": "进货记录",
    "Recall": "召回",
    "RegistrationApplication": "注册申请",
    "ReturnedGoods": "退货",
    "Finding": "断链线索",
    "Run": "生产",
    "EpcisQuery": "EPCIS 查询",
    "EpcisSubscription": "EPCIS 订阅",
    "Sale": "销售记录",
    "Suspicion": "疑似造数",
    "TraceCase": "追溯案件",
    "Webhook": "推送地址",
    "bulletin": "通报表格",
    "common_source": "共同来源",
    "dashboard": "指标表格",
    "evidence": "凭证",
    "system": "自建系统",
    "trial": "试传",
}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry with its event and its subject in words."""

    entry: AuditEntry
    event: str
    subject: str


def audit_rows(actor: Actor, entries: Sequence[AuditEntry]) -> list[AuditRow]:
    """The entries in words, for the audit administrator, who sees the trail everywhere.

    Raises: Forbidden. Cost: two queries, whatever their number.
    """
    actor.require(Permission.VIEW_AUDIT)
    operators = dict(
        Operator.objects.filter(
            pk__in={entry.operator_id for entry in entries if entry.operator_id}
        ).values_list("pk", "name")
    )
    about = {entry.about_id for entry in entries if entry.about == "Person" and entry.about_id}
    people = dict(Person.objects.filter(pk__in=about).values_list("pk", "name"))
    return [
        AuditRow(entry, event_name(entry.event), _subject(entry, operators, people))
        for entry in entries
    ]


def _subject(entry: AuditEntry, operators: dict[int, str], people: dict[int, str]) -> str:
    """Whom or what it is about: a name where there is one, else the kind of thing."""
    said = []
    if entry.operator_id:
        said.append(operators.get(entry.operator_id, f"主体 {entry.operator_id}"))
    if entry.about == "Person" and entry.about_id in people:
        said.append(f"账号 {people[entry.about_id]}")
    elif entry.about:
        source = find_source(entry.about) if entry.event in EXPORTS else None
        word = source.title if source else SUBJECTS.get(entry.about, "")
        said.append(" ".join(filter(None, (word, _which(entry)))))
    return "，".join(filter(None, said)) or "—"


def _which(entry: AuditEntry) -> str:
    """Which file or month, where the entry tells."""
    return str(entry.details.get("file") or entry.details.get("month") or "")
