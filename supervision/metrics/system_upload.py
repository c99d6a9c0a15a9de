"""自建系统数据上传率."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

SYSTEM_UPLOAD = Indicator(
    code="system_upload",
    name="自建系统数据上传率",
    numerator="system_met_count",
    denominator="system_count",
    numerator_name="达标的自建系统",
    denominator_name="登记在用的自建系统",
    formula="上传天数和接收条数均达标的自建系统数 ÷ 登记造册且在用的自建系统数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=date(2026, 11, 1),
)
