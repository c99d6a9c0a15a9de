"""Self-built systems (自建系统) and channels on the register (登记造册), and what they send."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from enterprises.models.operators import Sector
from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id

EVERY_DAY = 0b1111111
OF_SYSTEM = Reach(
    operator="system__operator_id",
    county="system__operator__county_id",
    division="system__operator__division_id",
    station="system__operator__station_id",
)


class SystemKind(models.TextChoices):
    """An operator's own system, or one of the platform's older sub-systems (channels).

    Source: launch speech, part 4 (3): 菜场、一网通 (流通) and 山餐安 (餐饮) are parts of the platform.
    """

    OWN = "own", "自建系统"
    MARKET = "market", "菜场"
    NETWORK = "network", "一网通"
    CANTEEN = "canteen", "山餐安"


class Docking(models.TextChoices):
    """How the system hands its records over."""

    API = "api", "接口上传"
    EPCIS = "epcis", "EPCIS 2.0 接口"
    FILE = "file", "批量导入文件"


class RecordKind(models.TextChoices):
    """What a system may send; the codes are those of the kinds of sheets."""

    PURCHASES = "purchases", "进货台账"
    SALES = "sales", "销售台账"
    INSPECTIONS = "inspections", "出厂检验"
    PRODUCTION = "production", "生产投料"
    PRODUCTS = "products", "产品"
    PARTNERS = "partners", "往来单位"


class Stage(models.TextChoices):
    """Whose turn it is: county, then city, then the provincial division of the link."""

    COUNTY = "county", "县区局"
    CITY = "city", "市局"
    PROVINCE = "province", "省局业务处"


class SystemQuerySet(ScopedQuerySet["SelfBuiltSystem"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def in_service(self) -> SystemQuerySet:
        return self.filter(state=SelfBuiltSystem.State.IN_SERVICE)

    def registered(self) -> SystemQuerySet:
        """Those that are or were in service; applications are not on the register yet."""
        return self.filter(state__in=REGISTERED)

    def alive(self) -> SystemQuerySet:
        """Those whose name is taken: in service or still being decided."""
        return self.filter(state__in=ALIVE)


class SelfBuiltSystem(models.Model):
    """A system that uploads for its operator, or a channel that uploads for many.

    ``stage`` says who has to decide, for an application or for a change that waits in ``pending``;
    ``round`` counts the times the chain began, so that one person decides once in each.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "审核中"
        IN_SERVICE = "in_service", "在用"
        ENDED = "ended", "停用"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator", models.PROTECT, related_name="systems", verbose_name="经营主体"
    )
    kind = models.CharField("类别", max_length=10, choices=SystemKind, default=SystemKind.OWN)
    name = models.CharField("系统名称", max_length=80)
    vendor = models.CharField("开发单位", max_length=80, blank=True)
    sector = models.CharField("环节", max_length=12, choices=Sector, blank=True, default="")
    docking = models.CharField("对接方式", max_length=10, choices=Docking, default=Docking.API)
    record_kinds = ArrayField(
        models.CharField(max_length=12, choices=RecordKind),
        default=list,
        blank=True,
        verbose_name="上传的记录",
    )
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=20, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.APPLIED)
    stage = models.CharField("待办层级", max_length=10, choices=Stage, blank=True, default="")
    round = models.PositiveSmallIntegerField("申报轮次", default=1)
    pending = models.JSONField("待审核的变更", null=True, blank=True)
    due_weekdays = models.PositiveSmallIntegerField(
        "应上传的星期", default=EVERY_DAY, help_text="位图，最低位是星期一"
    )
    registered_at = models.DateTimeField("登记时间")
    planned_since = models.DateField("计划启用日期", null=True, blank=True)
    in_service_since = models.DateField("启用日期", null=True, blank=True)
    ended_on = models.DateField("停用日期", null=True, blank=True)

    objects = SystemQuerySet.as_manager()

    class Meta:
        verbose_name = "自建系统"
        verbose_name_plural = "自建系统"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "name"],
                condition=Q(state__in=["applied", "in_service"]),
                name="system_named_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_service") | Q(in_service_since__isnull=False),
                name="system_in_service_has_date",
            ),
            models.CheckConstraint(
                condition=Q(stage="") | Q(state__in=["applied", "in_service"]),
                name="system_stage_while_alive",
            ),
        ]
        indexes = [
            models.Index(fields=["stage"], condition=~Q(stage=""), name="system_waiting_stage")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_channel(self) -> bool:
        """Whether it is one of the older sub-systems, which upload for many operators."""
        return self.kind != SystemKind.OWN

    @property
    def channel(self) -> str:
        """The channel its records are tagged with."""
        return str(self.kind) if self.is_channel else "api"

    @property
    def record_names(self) -> list[str]:
        """What it sends, in words."""
        return [str(RecordKind(code).label) for code in self.record_kinds]

    @property
    def is_alive(self) -> bool:
        """Whether it is in service or may still come into it."""
        return self.state in ALIVE

    @property
    def is_in_service(self) -> bool:
        return self.state == self.State.IN_SERVICE


ALIVE = (SelfBuiltSystem.State.APPLIED, SelfBuiltSystem.State.IN_SERVICE)
REGISTERED = (SelfBuiltSystem.State.IN_SERVICE, SelfBuiltSystem.State.ENDED)


class SystemStep(models.Model):
    """One step of a system's life: who did what, when and why; written once."""

    class Action(models.TextChoices):
        APPLIED = "applied", "提交申报"
        APPROVED = "approved", "审核通过"
        REFUSED = "refused", "退回"
        WITHDRAWN = "withdrawn", "撤回"
        CHANGE_ASKED = "change_asked", "申请变更"
        CONTACT_CHANGED = "contact_changed", "更新联系方式"
        ENDED = "ended", "停用"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        SelfBuiltSystem, models.PROTECT, related_name="steps", verbose_name="自建系统"
    )
    round = models.PositiveSmallIntegerField("申报轮次")
    action = models.CharField("事项", max_length=16, choices=Action)
    stage = models.CharField("层级", max_length=10, choices=Stage, blank=True)
    person_id = models.BigIntegerField("办理人编号", null=True)
    person_name = models.CharField("办理人", max_length=60)
    note = models.CharField("意见", max_length=200, blank=True)
    details = models.JSONField("变更内容", default=dict)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "登记环节"
        verbose_name_plural = "登记环节"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "round", "stage"],
                condition=Q(action="approved"),
                name="system_stage_approved_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.action}"


class SystemClientQuerySet(ScopedQuerySet["SystemClient"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def confirmed(self) -> SystemClientQuerySet:
        return self.filter(state=SystemClient.State.CONFIRMED)


class SystemClient(models.Model):
    """An operator for whom a channel may upload: claimed by the channel, confirmed by the operator."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "待经营户确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "经营户不同意"
        ENDED = "ended", "已解除"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        SelfBuiltSystem, models.PROTECT, related_name="clients", verbose_name="渠道"
    )
    operator = models.ForeignKey(
        "enterprises.Operator", models.PROTECT, related_name="channels", verbose_name="经营主体"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.CLAIMED)
    claimed_at = models.DateTimeField("认领时间")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = SystemClientQuerySet.as_manager()

    class Meta:
        verbose_name = "渠道代传"
        verbose_name_plural = "渠道代传"
        constraints = [
            models.UniqueConstraint(fields=["system", "operator"], name="system_client_once")
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.operator_id}"


class SystemDayQuerySet(ScopedQuerySet["SystemDay"]):
    reach = OF_SYSTEM


class SystemDay(models.Model):
    """What one system sent on one business day, and what became of it.

    ``accepted_count`` are the rows that are in the ledger after the upload, also those that were
    there before (``duplicate_count``): sending again does no harm. ``late_count`` are accepted rows
    that arrived after the days allowed for recording; ``errors`` counts refused rows by code.
    ``due_count`` are the rows that are new in the ledger and of a kind that is owed every due day:
    a day without any is a silent one, however much else was sent.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        SelfBuiltSystem, models.PROTECT, related_name="days", verbose_name="自建系统"
    )
    day = models.DateField("日期")
    sent_count = models.PositiveIntegerField("上传条数", default=0)
    accepted_count = models.PositiveIntegerField("接收条数", default=0)
    late_count = models.PositiveIntegerField("迟报条数", default=0)
    duplicate_count = models.PositiveIntegerField("重复条数", default=0)
    due_count = models.PositiveIntegerField("应传种类的新记录", default=0, db_default=0)
    errors = models.JSONField("退回原因", default=dict)
    last_at = models.DateTimeField("最后上传时间", null=True, blank=True)

    objects = SystemDayQuerySet.as_manager()

    class Meta:
        verbose_name = "自建系统日上传"
        verbose_name_plural = "自建系统日上传"
        constraints = [
            models.UniqueConstraint(fields=["system", "day"], name="system_day_once"),
            models.CheckConstraint(
                condition=Q(accepted_count__lte=F("sent_count")), name="system_day_accepts_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.day}"


class SystemAlertQuerySet(ScopedQuerySet["SystemAlert"]):
    reach = OF_SYSTEM

    def open(self) -> SystemAlertQuerySet:
        return self.filter(closed_at=None)


class SystemAlert(models.Model):
    """A system that fell silent: opened by the calendar, closed by data or by the system's end."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        SelfBuiltSystem, models.PROTECT, related_name="alerts", verbose_name="自建系统"
    )
    silent_since = models.DateField("第一个缺传日")
    missed_days = models.PositiveSmallIntegerField("缺传天数")
    opened_at = models.DateTimeField("提醒时间")
    closed_at = models.DateTimeField("解除时间", null=True, blank=True)

    objects = SystemAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "上传中断提醒"
        verbose_name_plural = "上传中断提醒"
        constraints = [
            models.UniqueConstraint(
                fields=["system"], condition=Q(closed_at=None), name="system_alert_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.silent_since}"


class TrialQuerySet(ScopedQuerySet["SandboxTrial"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")


class SandboxTrial(models.Model):
    """One trial in the sandbox: checked like production, nothing written but this verdict."""

    class Door(models.TextChoices):
        FILE = "file", "文件"
        API = "api", "接口"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator", models.PROTECT, related_name="trials", verbose_name="经营主体"
    )
    system = models.ForeignKey(
        SelfBuiltSystem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="trials",
        verbose_name="自建系统",
    )
    door = models.CharField("方式", max_length=6, choices=Door)
    record_kind = models.CharField("记录种类", max_length=12, choices=RecordKind)
    file_name = models.CharField("文件", max_length=120, blank=True)
    day = models.DateField("日期")
    at = models.DateTimeField("时间")
    person_name = models.CharField("提交人", max_length=60, blank=True)
    sent_count = models.PositiveIntegerField("条数", default=0)
    good_count = models.PositiveIntegerField("合格条数", default=0)
    warned_count = models.PositiveIntegerField("有提示条数", default=0)
    errors = models.JSONField("退回原因", default=dict)
    problems = models.JSONField("问题明细", default=list)

    objects = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = "试传记录"
        verbose_name_plural = "试传记录"
        indexes = [
            models.Index(fields=["operator", "-id"], name="trial_operator_latest"),
            models.Index(fields=["system", "day"], name="trial_system_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(good_count__lte=F("sent_count")), name="trial_good_of_sent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.at:%Y-%m-%d %H:%M}"
