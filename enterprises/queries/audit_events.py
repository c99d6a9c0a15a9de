"""The audit trail's events in words."""

from __future__ import annotations

EVENTS = {
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "account_opened": "开通账号",
    "application_approved": "通过注册申请",
    "application_handed_in": "提交注册申请",
    "application_refused": "不通过注册申请",
    "clerk_removed": "移除店员",
    "code_sent": "发送验证码",
    "contact_changed": "变更联系人",
    "contact_revealed": "查看联系方式",
    "divisions_loaded": "装入行政区划",
    "evidence_retired": "停用凭证",
    "evidence_stored": "保存凭证",
    "incoming_accepted": "收下来货",
    "incoming_refused": "拒收来货",
    "inspections_recorded": "登记出厂检验",
    "export_fetched": "下载导出的名单",
    "invitation_accepted": "接受邀请",
    "invitation_withdrawn": "撤回邀请",
    "job_cancelled": "取消后台任务",
    "ledger_import_started": "开始导入台账",
    "ledger_imported": "导入台账",
    "list_exported": "导出名单",
    "month_frozen": "冻结当月数字",
    "operator_activated": "激活账号",
    "operators_activated": "批量激活",
    "operators_listed": "列入名册",
    "partner_looked_up": "查询往来单位",
    "partner_retired": "停用往来单位",
    "password_changed": "修改密码",
    "password_reset": "重设密码",
    "person_invited": "发出邀请",
    "product_retired": "停用商品",
    "purchases_recorded": "登记进货",
    "quiet_month_declared": "声明本期无进货",
    "records_seen": "查看经营记录",
    "roster_cancelled": "放弃名录导入",
    "roster_imported": "导入许可名录",
    "roster_uploaded": "上传许可名录",
    "sales_recorded": "登记销售",
    "sign_in_refused": "登录未成功",
    "signed_in": "登录",
    "signed_out": "退出登录",
    "standing_changed": "变更经营状态",
    "system_days_recorded": "登记自建系统上传",
    "system_registered": "登记自建系统",
}


def event_name(event: str) -> str:
    """The event in words; one that another app writes is shown as it is kept."""
    return EVENTS.get(event, event)
