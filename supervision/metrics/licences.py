"""证照有效率: shown beside the four on the pages, without target, and no part of the bulletin."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

LICENCES = Indicator(
    code="licences",
    name="证照有效率",
    numerator="licence_valid_count",
    denominator="licensed_count",
    numerator_name="许可证均在有效期内的主体",
    denominator_name="有许可证在册的主体",
    formula="月末许可证均在有效期内的经营主体数 ÷ 有许可证在册的经营主体数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=date(2026, 11, 22),
    is_ranked=False,
)
