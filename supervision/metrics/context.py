"""及时率、完整率、断链率: shown beside the four, without targets and unranked."""

from __future__ import annotations

from datetime import date

from supervision.metrics.base import Indicator

REVIEWED_ON = date(2026, 11, 1)

TIMELINESS = Indicator(
    code="timeliness",
    name="数据及时率",
    numerator="timely_count",
    denominator="record_count",
    numerator_name="按时录入的记录",
    denominator_name="全部记录",
    formula="发生后规定天数内录入的记录数 ÷ 全部记录数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=REVIEWED_ON,
    is_ranked=False,
)
COMPLETENESS = Indicator(
    code="completeness",
    name="数据完整率",
    numerator="complete_count",
    denominator="record_count",
    numerator_name="法定要素齐全的记录",
    denominator_name="全部记录",
    formula="法定要素齐全的记录数 ÷ 全部记录数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=REVIEWED_ON,
    is_ranked=False,
)
BROKEN_LINKS = Indicator(
    code="broken_links",
    name="断链率",
    numerator="unmatched_count",
    denominator="matchable_count",
    numerator_name="上下游未对应的记录",
    denominator_name="应当对应的记录",
    formula="与已注册上游对应不上、或到货逾期未确认的记录数 ÷ 应当对应的记录数",
    source="平台建议口径，省局正式公式发布后按其更新",
    reviewed_on=REVIEWED_ON,
    higher_is_better=False,
    is_ranked=False,
)
