"""What the radar found: one row for each rule, operator and subject, opened and closed by itself."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from supervision.rules.radar import BY_CODE, RADAR_RULES, SILENCE, RadarRule, Severity

RULE_CHOICES = [(rule.code, rule.name) for rule in RADAR_RULES]


class FindingQuerySet(ScopedQuerySet["Finding"]):
    reach = Reach()

    def open(self) -> FindingQuerySet:
        return self.filter(state=Finding.State.OPEN)

    def overdue(self, today: date) -> FindingQuerySet:
        return self.filter(state=Finding.State.OPEN, due_on__lt=today)

    def silent(self) -> FindingQuerySet:
        """Those of operators that do not write anything."""
        return self.filter(rule__in=SILENCE)

    def told(self) -> FindingQuerySet:
        """Open, and its operator was sent the message."""
        return self.filter(state=Finding.State.OPEN, sent_at__isnull=False)


class Finding(models.Model):
    """One thing that is wrong at one operator; ``subject`` is what it is about, 0 the operator itself.

    ``facts`` are the names and numbers seen, out of which the rule words cause and message; once
    the message was sent it stays in ``message`` as the operator reads it. The same trouble that
    comes back opens the same row again: ``times`` counts how often. ``last_seen_on`` is the day on
    which its facts last changed, or it ended: what is unchanged is not written again, and an open
    one was seen when its rule last looked (``RadarPass``).
    """

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        CLOSED = "closed", "已消除"

    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="经营主体",
    )
    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    rule = models.CharField("规则", max_length=30, choices=RULE_CHOICES)
    subject = models.BigIntegerField("对象", default=0)
    severity = models.PositiveSmallIntegerField(
        "严重程度", choices=[(s.value, s.label) for s in Severity]
    )
    facts = models.JSONField("看到的情况", default=dict)
    since = models.DateField("自何日起")
    state = models.CharField("状态", max_length=6, choices=State, default=State.OPEN)
    first_seen_at = models.DateTimeField("首次发现")
    opened_at = models.DateTimeField("本次发现")
    last_seen_on = models.DateField("最近看到")
    closed_at = models.DateTimeField("消除时间", null=True)
    times = models.PositiveSmallIntegerField("发现次数", default=1)
    due_on = models.DateField("办理期限")
    assignee = models.ForeignKey(
        "enterprises.Person",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="负责人",
    )
    message = models.CharField("已发提醒", max_length=500, blank=True, default="")
    sent_at = models.DateTimeField("提醒时间", null=True)
    sent_name = models.CharField("提醒人", max_length=60, blank=True, default="")

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = "断链线索"
        verbose_name_plural = "断链线索"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "rule", "subject"], name="finding_once_by_subject"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False),
                name="finding_closed_has_time",
            ),
        ]
        indexes = [
            # The lists show what is open, the gravest and the most urgent first.
            models.Index(
                fields=["county_id", "severity", "due_on", "id"],
                condition=Q(state="open"),
                name="finding_open_of_county",
            ),
            models.Index(
                fields=["severity", "due_on", "id"], condition=Q(state="open"), name="finding_open"
            ),
            models.Index(
                fields=["assignee", "severity", "due_on"],
                condition=Q(state="open", assignee__isnull=False),
                name="finding_open_of_assignee",
            ),
            models.Index(fields=["rule", "operator"], name="finding_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.operator_id}"

    @property
    def declared(self) -> RadarRule:
        """The rule that found it."""
        return BY_CODE[self.rule]

    @property
    def cause(self) -> str:
        return self.declared.cause_of(self.facts)

    @property
    def ready_message(self) -> str:
        """What the operator would be told."""
        return self.declared.message_of(self.facts)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today


class RadarMark(models.Model):
    """An operator whose numbers changed since the radar last looked at it.

    Written by the filler in the transaction of the new numbers, so that no change is missed.
    """

    id = models.BigAutoField("编号", primary_key=True)
    operator_id = models.BigIntegerField("经营主体")

    class Meta:
        verbose_name = "待查主体"
        verbose_name_plural = "待查主体"

    def __str__(self) -> str:
        return str(self.operator_id)


class RadarPass(models.Model):
    """When a rule last looked at the whole register; a run that was cut short goes on after it."""

    rule = models.CharField("规则", max_length=30, primary_key=True)
    day = models.DateField("日期")
    done_at = models.DateTimeField("完成时间")
    open_count = models.PositiveIntegerField("待处理")

    class Meta:
        verbose_name = "雷达巡查"
        verbose_name_plural = "雷达巡查"

    def __str__(self) -> str:
        return f"{self.rule} {self.day}"
