"""The numbers: one narrow row per operator and month, and their sums per leaf division.

All rows are derived: the filler recomputes them from committed records and can rebuild them.
"""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from enterprises.models import Sector, Standing
from enterprises.scope import Reach, ScopedQuerySet
from traceability.models import Channel

# Stored as small integers, because a narrow row is what makes a month's answer fast.
SECTOR_CODES: dict[str, int] = {
    Sector.PRODUCTION: 1,
    Sector.CIRCULATION: 2,
    Sector.CATERING: 3,
    Sector.SPECIAL: 4,
    Sector.FARM: 5,
}
SECTORS_BY_CODE: dict[int, Sector] = {code: Sector(name) for name, code in SECTOR_CODES.items()}
STANDING_CODES: dict[str, int] = {
    Standing.NORMAL: 0,
    Standing.CLOSED: 1,
    Standing.SUSPENDED: 2,
    Standing.UNREACHABLE: 3,
}
CHANNEL_BITS: dict[str, int] = {name: bit for bit, name in enumerate(Channel.values)}


class OperatorMonthQuerySet(ScopedQuerySet["OperatorMonth"]):
    def of_month(self, month: date) -> OperatorMonthQuerySet:
        return self.filter(month=month)

    def inactive(self) -> OperatorMonthQuerySet:
        """Activated and obliged, below the required days."""
        return self.filter(in_scope=True, obliged=True, active=False)


class OperatorMonth(models.Model):
    """One operator in one month: where it stood, what it recorded, and how it is judged.

    ``days`` holds a bit for each day of the month with a valid record (bit 0 is the first);
    ``classes`` and ``own_classes`` use the bits of the goods classes. The first group of columns
    is the register as at the month's end and does not change afterwards.
    """

    pk = models.CompositePrimaryKey("operator_id", "month")
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="经营主体",
    )
    month = models.DateField("月份")

    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    sector = models.PositiveSmallIntegerField("环节")
    standing = models.PositiveSmallIntegerField("经营状态")
    own_classes = models.IntegerField("应上链品种")
    required_days = models.PositiveSmallIntegerField("应有天数")
    register_mark = models.IntegerField("名册指纹")
    in_scope = models.BooleanField("计入")
    activated = models.BooleanField("已激活")
    obliged = models.BooleanField("应上传")
    ten_plus_three = models.BooleanField("“10+3”主体")

    days = models.IntegerField("有效记录日", default=0)
    classes = models.IntegerField("已上链品种", default=0)
    channels = models.PositiveSmallIntegerField("渠道", default=0)
    last_day = models.PositiveSmallIntegerField("最后有效日", default=0)
    purchase_count = models.PositiveIntegerField("进货", default=0)
    sale_count = models.PositiveIntegerField("销售", default=0)
    inspection_count = models.PositiveIntegerField("出厂检验", default=0)
    valid_count = models.PositiveIntegerField("有效", default=0)
    late_count = models.PositiveIntegerField("迟报", default=0)
    incomplete_count = models.PositiveIntegerField("要素不全", default=0)
    matchable_count = models.PositiveIntegerField("可对应", default=0)
    unmatched_count = models.PositiveIntegerField("未对应", default=0)
    system_count = models.PositiveSmallIntegerField("自建系统", default=0)
    system_met_count = models.PositiveSmallIntegerField("达标自建系统", default=0)
    quiet = models.BooleanField("声明无进货", default=False)

    active = models.BooleanField("活跃", default=False)
    covered = models.BooleanField("“10+3”已覆盖", default=False)
    excluded = models.BooleanField(
        "经核查不计",
        default=False,
        db_default=False,
        help_text="经监管人员核查记录不实，不计入活跃和已覆盖",
    )

    objects = OperatorMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "主体月"
        verbose_name_plural = "主体月"
        indexes = [
            models.Index(fields=["month", "division_id"], name="operator_month_division"),
            # Few rows have any: looking for them reads no others.
            models.Index(
                fields=["month", "operator"],
                name="operator_month_unmatched",
                condition=models.Q(unmatched_count__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.month:%Y-%m}"

    @property
    def day_count(self) -> int:
        return self.days.bit_count()

    @property
    def record_count(self) -> int:
        return self.purchase_count + self.sale_count + self.inspection_count

    @property
    def last_on(self) -> date | None:
        """The day of the last valid record; None when the month has none."""
        return self.month.replace(day=self.last_day) if self.last_day else None


class OperatorMonthDays(models.Model):
    """How many records one operator has on each day of a month; apart, to keep the month narrow."""

    pk = models.CompositePrimaryKey("operator_id", "month")
    operator_id = models.BigIntegerField("经营主体")
    month = models.DateField("月份")
    counts = ArrayField(models.IntegerField(), verbose_name="每日记录数")

    class Meta:
        verbose_name = "主体逐日记录数"
        verbose_name_plural = "主体逐日记录数"

    def __str__(self) -> str:
        return f"{self.operator_id} {self.month:%Y-%m}"


class MonthCounts(models.Model):
    """Every numerator and denominator of a month and link, as counts.

    A rate of a larger area is the sum of numerators over the sum of denominators, never a mean.
    """

    operator_count = models.IntegerField("在册主体", default=0)
    registered_count = models.IntegerField("已注册", default=0)
    obliged_count = models.IntegerField("应上传", default=0)
    active_count = models.IntegerField("活跃", default=0)
    quiet_count = models.IntegerField("声明无进货", default=0)
    ten_three_count = models.IntegerField("“10+3”主体", default=0)
    covered_count = models.IntegerField("“10+3”已覆盖", default=0)
    system_count = models.IntegerField("自建系统", default=0)
    system_met_count = models.IntegerField("达标自建系统", default=0)
    purchase_count = models.IntegerField("进货", default=0)
    sale_count = models.IntegerField("销售", default=0)
    inspection_count = models.IntegerField("出厂检验", default=0)
    record_count = models.IntegerField("记录", default=0)
    valid_count = models.IntegerField("有效", default=0)
    timely_count = models.IntegerField("及时", default=0)
    complete_count = models.IntegerField("完整", default=0)
    matchable_count = models.IntegerField("可对应", default=0)
    unmatched_count = models.IntegerField("未对应", default=0)
    closed_count = models.IntegerField("注销吊销", default=0)
    suspended_count = models.IntegerField("停业", default=0)
    unreachable_count = models.IntegerField("查无下落", default=0)

    class Meta:
        abstract = True


class DivisionMonthQuerySet(ScopedQuerySet["DivisionMonth"]):
    reach = Reach(operator="", station="")


class DivisionMonth(MonthCounts):
    """What the operators that stand in one division itself did in a month, by link."""

    pk = models.CompositePrimaryKey("division_id", "month", "sector")
    division_id = models.BigIntegerField("乡镇")
    month = models.DateField("月份")
    sector = models.PositiveSmallIntegerField("环节")
    county_id = models.BigIntegerField("县区")

    objects = DivisionMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "辖区月"
        verbose_name_plural = "辖区月"
        indexes = [models.Index(fields=["month"], name="division_month_month")]

    def __str__(self) -> str:
        return f"{self.division_id} {self.month:%Y-%m}"


class AreaMonthQuerySet(ScopedQuerySet["AreaMonth"]):
    reach = Reach(operator="", county="division_id", station="")


class AreaMonth(MonthCounts):
    """One division of any level with all that is below it, in a month, by link.

    Moved in the transaction that moves the leaf divisions' rows, so that a page about a city reads
    the city's few rows and those of its counties. A path never changes once it has operators, so a
    month that rests in its leaves rests here.
    """

    pk = models.CompositePrimaryKey("division_id", "month", "sector")
    division_id = models.BigIntegerField("区划")
    month = models.DateField("月份")
    sector = models.PositiveSmallIntegerField("环节")

    objects = AreaMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "区划月合计"
        verbose_name_plural = "区划月合计"

    def __str__(self) -> str:
        return f"{self.division_id} {self.month:%Y-%m}"


class DivisionDayQuerySet(ScopedQuerySet["DivisionDay"]):
    reach = Reach(operator="", station="")


class DivisionDay(models.Model):
    """One leaf division on one day: its records, and its operators with a valid one."""

    pk = models.CompositePrimaryKey("division_id", "day")
    division_id = models.BigIntegerField("乡镇")
    day = models.DateField("日期")
    county_id = models.BigIntegerField("县区")
    record_count = models.IntegerField("记录", default=0)
    active_count = models.IntegerField("有有效记录的主体", default=0)

    objects = DivisionDayQuerySet.as_manager()

    class Meta:
        verbose_name = "辖区日"
        verbose_name_plural = "辖区日"
        indexes = [models.Index(fields=["day"], name="division_day_day")]

    def __str__(self) -> str:
        return f"{self.division_id} {self.day}"


class MonthFreeze(models.Model):
    """A month whose rows no longer move; what is touched afterwards is only counted.

    ``rows_sha256`` is the digest of the frozen rows, ``channels`` holds the
    counties' counts by channel and when they were counted: with the parameters they are the snapshot that every bulletin of the month is made of.
    Source: domain.md section 5 (freeze at 00:00 on the 3rd; corrections show in the next issue).
    """

    month = models.DateField("月份", primary_key=True)
    frozen_at = models.DateTimeField("冻结时间")
    frozen_by = models.CharField("冻结人", max_length=60)
    operator_count = models.PositiveIntegerField("主体月行数")
    late_mark_count = models.PositiveIntegerField("冻结后又有变动的主体", default=0)
    parameters = models.JSONField("当月参数和目标", default=dict)
    channels = models.JSONField("各县区各渠道的记录数和主体数", default=dict)
    rows_sha256 = models.CharField("主体月行的摘要", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "月度冻结"
        verbose_name_plural = "月度冻结"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
