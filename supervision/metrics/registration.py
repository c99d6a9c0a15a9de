"""注册率."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

REGISTRATION = Indicator(
    code="registration",
    name="注册率",
    numerator="registered_count",
    denominator="operator_count",
    numerator_name="已激活的经营主体",
    denominator_name="在册经营主体",
    formula="已激活账号的经营主体数 ÷ 月末名册内计入的经营主体数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=date(2026, 11, 1),
)
