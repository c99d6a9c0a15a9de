"""“10+3”覆盖率."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

COVERAGE = Indicator(
    code="coverage",
    name="“10+3”覆盖率",
    numerator="covered_count",
    denominator="ten_three_count",
    numerator_name="已上链的“10+3”主体",
    denominator_name="“10+3”主体",
    formula=(
        "当月至少有一条本类品种有效记录（三类餐饮为任意品种）的“10+3”主体数 ÷ 全部“10+3”主体数"
    ),
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=date(2026, 11, 1),
)
