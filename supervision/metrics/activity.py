"""上链活跃度."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

ACTIVITY = Indicator(
    code="activity",
    name="上链活跃度",
    numerator="active_count",
    denominator="obliged_count",
    numerator_name="活跃的经营主体",
    denominator_name="已激活且应上传的经营主体",
    formula="当月有效记录达到规定天数的经营主体数 ÷ 已激活且应上传的经营主体数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=date(2026, 11, 1),
)
