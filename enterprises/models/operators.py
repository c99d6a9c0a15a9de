"""Food operators (经营主体), their licences and their applications to join."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from enterprises.models.divisions import Division
from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id
from shilian.text import spellings


class Sector(models.TextChoices):
    """The link (环节) of the chain at which an operator works."""

    PRODUCTION = "production", "生产"
    CIRCULATION = "circulation", "流通"
    CATERING = "catering", "餐饮"
    SPECIAL = "special", "特殊食品"
    FARM = "farm", "种植养殖"


class OperatorKind(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    INDIVIDUAL = "individual", "个体工商户"
    COOPERATIVE = "cooperative", "合作社"
    PUBLIC_BODY = "public_body", "事业单位"
    WORKSHOP = "workshop", "小作坊"
    SMALL_CATERING = "small_catering", "小餐饮"
    STALL = "stall", "食品摊点"
    FARMER = "farmer", "农户"


class CateringClass(models.TextChoices):
    """The three catering kinds that record all of their goods. Source: launch speech (10+3)."""

    SCHOOL = "C1_SCHOOL", "学校食堂"
    GROUP_MEAL = "C2_GROUP_MEAL", "集体用餐配送单位"
    CENTRAL_KITCHEN = "C3_CENTRAL_KITCHEN", "中央厨房"


class OperatorState(models.TextChoices):
    LISTED = "listed", "已列入名册"
    ACTIVATED = "activated", "已激活"
    USING = "using", "已上链使用"


class Standing(models.TextChoices):
    """Whether the operator is counted; everything but NORMAL leaves the denominators."""

    NORMAL = "normal", "正常"
    CLOSED = "closed", "注销吊销"
    SUSPENDED = "suspended", "停业"
    UNREACHABLE = "unreachable", "查无下落"


class Characters(models.Func):
    """The single characters of a text as an array, which an index of PostgreSQL's own can hold."""

    function = "string_to_array"
    template = "%(function)s(%(expressions)s, NULL)"
    output_field = ArrayField(models.TextField())


class CityCode(models.Func):
    """The city's code in a stored path: the second one, after the province's."""

    function = "split_part"
    template = "%(function)s(%(expressions)s, '/', 3)"
    output_field = models.CharField()


class OperatorQuerySet(ScopedQuerySet["Operator"]):
    reach = Reach(operator="pk", station="station_id")

    def in_city(self, city: Division) -> OperatorQuerySet:
        """Those of the city; one value to compare, so that its list is read in order by index."""
        return self.alias(city_code=CityCode("division_path")).filter(city_code=city.code)

    def counted(self) -> OperatorQuerySet:
        """The operators in the denominators."""
        return self.filter(standing=Standing.NORMAL)

    def activated(self) -> OperatorQuerySet:
        return self.exclude(state=OperatorState.LISTED)

    def matching(self, text: str) -> OperatorQuerySet:
        """By any part of the name, or the beginning of the credit code or pinyin initials.

        The characters narrow the register down by index; Chinese cannot be a code or initials.
        """
        text = text.strip()
        named = self.alias(characters=Characters("name"))
        found = Q()
        for spelling in spellings(text):
            found |= Q(characters__contains=sorted(set(spelling)), name__contains=spelling)
        if text.isascii():
            found |= Q(credit_code__startswith=text.upper()) | Q(pinyin__startswith=text.lower())
        return named.filter(found)


class Operator(models.Model):
    """A farm, factory, wholesaler, shop, stall, restaurant or canteen.

    ``credit_code`` identifies it; ``division`` is its township (its county when the township is not
    known) and ``county`` the bureau that answers for it, never derived from licence digits.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    name = models.CharField("名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True)
    sector = models.CharField("环节", max_length=12, choices=Sector)
    kind = models.CharField("主体类型", max_length=16, choices=OperatorKind)
    catering_class = models.CharField(
        "三类餐饮", max_length=20, choices=CateringClass, blank=True, default=""
    )
    goods_classes = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, verbose_name="经营的十大类品种"
    )
    is_wholesale = models.BooleanField("从事批发", default=False)
    address = models.CharField("地址", max_length=200, blank=True)
    # The places' indexes are below: each begins with the place and goes on in the lists' order.
    division = models.ForeignKey(
        "enterprises.Division",
        models.PROTECT,
        db_index=False,
        related_name="operators",
        verbose_name="所在乡镇",
    )
    county = models.ForeignKey(
        "enterprises.Division",
        models.PROTECT,
        db_index=False,
        related_name="county_operators",
        verbose_name="县区",
    )
    station = models.ForeignKey(
        "enterprises.Station",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="operators",
        verbose_name="监管所",
    )
    division_path = models.CharField("辖区路径", max_length=80)
    legal_person = models.CharField("法定代表人（负责人）", max_length=40, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=20, blank=True)

    state = models.CharField(
        "上链状态", max_length=10, choices=OperatorState, default=OperatorState.LISTED
    )
    listed_at = models.DateTimeField("列入时间")
    activated_at = models.DateTimeField("激活时间", null=True, blank=True)
    using_at = models.DateTimeField("首次上链时间", null=True, blank=True)

    standing = models.CharField(
        "经营状态", max_length=12, choices=Standing, default=Standing.NORMAL
    )
    standing_reason = models.CharField("原因", max_length=200, blank=True)
    standing_since = models.DateField("起始日期", null=True, blank=True)
    standing_approved_by = models.ForeignKey(
        "enterprises.Person", models.PROTECT, null=True, blank=True, verbose_name="批准人"
    )
    is_demonstration = models.BooleanField("演示数据", default=False)

    objects = OperatorQuerySet.as_manager()

    class Meta:
        verbose_name = "经营主体"
        verbose_name_plural = "经营主体"
        indexes = [
            models.Index(fields=["county", "-id"], name="operator_county_latest"),
            models.Index(
                CityCode("division_path"), models.F("id").desc(), name="operator_city_latest"
            ),
            models.Index(fields=["station", "-id"], name="operator_station_latest"),
            models.Index(fields=["division", "-id"], name="operator_division_latest"),
            GinIndex(Characters("name"), name="operator_name_characters"),
            models.Index(
                fields=["pinyin"], opclasses=["varchar_pattern_ops"], name="operator_pinyin_prefix"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=OperatorState.LISTED) | Q(activated_at__isnull=False),
                name="operator_activated_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(state=OperatorState.USING) | Q(using_at__isnull=False),
                name="operator_using_has_date",
            ),
            models.CheckConstraint(
                condition=Q(standing=Standing.NORMAL) | ~Q(standing_reason=""),
                name="operator_exclusion_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_enterprise(self) -> bool:
        """Whether the law's enterprise-only record duties bind it (domain.md section 1.3)."""
        return self.kind in (
            OperatorKind.ENTERPRISE,
            OperatorKind.COOPERATIVE,
            OperatorKind.PUBLIC_BODY,
        )

    @property
    def is_activated(self) -> bool:
        return self.state != OperatorState.LISTED

    @property
    def is_ten_plus_three(self) -> bool:
        return bool(self.catering_class or self.goods_classes)


class OperatorChange(models.Model):
    """An operator whose entry in the register changed, until what is derived from it was told.

    Written in the transaction of the change, so that none is missed and none is told too early.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator_id = models.BigIntegerField("经营主体")

    class Meta:
        verbose_name = "名册变动"
        verbose_name_plural = "名册变动"

    def __str__(self) -> str:
        return str(self.operator_id)


class LicenceKind(models.TextChoices):
    PRODUCTION = "SC", "食品生产许可证"
    BUSINESS = "JY", "食品经营许可证"
    PREPACKAGED = "YB", "仅销售预包装食品备案"
    CARD = "card", "登记证（卡）"


class LicenceQuerySet(ScopedQuerySet["Licence"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def unrenewed(self) -> LicenceQuerySet:
        """Those with a last day that no other of the operator and kind outlasts.

        A renewed licence often has a number of its own, and the old one stays on record; one
        without a last day outlasts every other.
        """
        later = Q(valid_until=None) | Q(valid_until__gt=models.OuterRef("valid_until"))
        same = Licence.objects.filter(
            later, operator_id=models.OuterRef("operator_id"), kind=models.OuterRef("kind")
        )
        return self.filter(~models.Exists(same), valid_until__isnull=False)


class Licence(models.Model):
    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    # Found by the constraint below, which begins with the operator.
    operator = models.ForeignKey(
        Operator, models.PROTECT, db_index=False, related_name="licences", verbose_name="经营主体"
    )
    kind = models.CharField("类别", max_length=4, choices=LicenceKind)
    number = models.CharField("编号", max_length=60)
    issued_on = models.DateField("发证日期", null=True, blank=True)
    valid_until = models.DateField("有效期至", null=True, blank=True)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        verbose_name = "许可证"
        verbose_name_plural = "许可证"
        constraints = [
            models.UniqueConstraint(fields=["operator", "number"], name="licence_number_once"),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=models.F("issued_on")),
                name="licence_ends_after_issue",
            ),
        ]
        indexes = [models.Index(fields=["number"], name="licence_number")]

    def __str__(self) -> str:
        return self.number


class ApplicationQuerySet(ScopedQuerySet["RegistrationApplication"]):
    reach = Reach(operator="", station="station_id")


class RegistrationApplication(models.Model):
    """A request to join by somebody who is not on the roster; the station decides."""

    class State(models.TextChoices):
        WAITING = "waiting", "待审核"
        APPROVED = "approved", "已通过"
        REFUSED = "refused", "未通过"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    name = models.CharField("名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    licence_number = models.CharField("许可证编号", max_length=60, blank=True)
    licence_valid_until = models.DateField("许可证有效期至", null=True, blank=True)
    sector = models.CharField("环节", max_length=12, choices=Sector)
    kind = models.CharField("主体类型", max_length=16, choices=OperatorKind)
    catering_class = models.CharField(
        "三类餐饮", max_length=20, choices=CateringClass, blank=True, default=""
    )
    goods_classes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    is_wholesale = models.BooleanField("从事批发", default=False)
    address = models.CharField("地址", max_length=200)
    division = models.ForeignKey("enterprises.Division", models.PROTECT, verbose_name="所在乡镇")
    county = models.ForeignKey(
        "enterprises.Division", models.PROTECT, related_name="+", verbose_name="县区"
    )
    station = models.ForeignKey("enterprises.Station", models.PROTECT, null=True, blank=True)
    contact_name = models.CharField("联系人", max_length=40)
    contact_phone = models.CharField("联系电话", max_length=20)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey("enterprises.Person", models.PROTECT, null=True, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decision_note = models.CharField("审核意见", max_length=200, blank=True)
    operator = models.ForeignKey(Operator, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField("申请时间")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "注册申请"
        verbose_name_plural = "注册申请"
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=Q(state="waiting"),
                name="application_waits_once",
            )
        ]
        indexes = [models.Index(fields=["county", "state"], name="application_county_state")]

    def __str__(self) -> str:
        return self.name
