"""People who sign in, and what each of them may do where."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from enterprises.models.operators import Sector
from enterprises.roles import PERSON_ROLES, Role
from shilian.db.ids import new_id


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(login=username)


class Person(AbstractBaseUser):
    """Somebody with a login: an operator's phone number or an officer's account name."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    login = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机号", max_length=20, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    created_at = models.DateTimeField("开通时间", null=True)

    objects = PersonManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        return self.filter(ended_at=None)


class Membership(models.Model):
    """One role of one person over one division, station or operator; ended, never deleted."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="memberships", verbose_name="用户"
    )
    role = models.CharField("角色", max_length=24, choices=PERSON_ROLES)
    division = models.ForeignKey(
        "enterprises.Division", models.PROTECT, null=True, blank=True, verbose_name="辖区"
    )
    station = models.ForeignKey(
        "enterprises.Station", models.PROTECT, null=True, blank=True, verbose_name="监管所"
    )
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="经营主体",
    )
    sector = models.CharField(
        "业务处环节",
        max_length=12,
        choices=Sector,
        blank=True,
        default="",
        help_text="省局业务处人员所管的环节，空白为不分环节",
    )
    granted_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="granted", verbose_name="授权人"
    )
    granted_at = models.DateTimeField("授权时间")
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "division", "station", "operator"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="membership_held_once",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=[Role.OWNER, Role.CLERK]) | Q(operator__isnull=False),
                name="membership_operator_role_names_operator",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.STATION_OFFICER) | Q(station__isnull=False),
                name="membership_station_role_names_station",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class Invitation(models.Model):
    """An officer's invitation: a one-time link by which the invited person sets a password."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    token_hash = models.CharField("令牌摘要", max_length=64, unique=True)
    login = models.CharField("登录名", max_length=40)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机号", max_length=20)
    role = models.CharField("角色", max_length=24, choices=PERSON_ROLES)
    division = models.ForeignKey("enterprises.Division", models.PROTECT, null=True, blank=True)
    station = models.ForeignKey("enterprises.Station", models.PROTECT, null=True, blank=True)
    operator = models.ForeignKey("enterprises.Operator", models.PROTECT, null=True, blank=True)
    sector = models.CharField("业务处环节", max_length=12, choices=Sector, blank=True, default="")
    invited_by = models.ForeignKey(Person, models.PROTECT, verbose_name="邀请人")
    created_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class State(models.TextChoices):
        OPEN = "open", "等待接受"
        ACCEPTED = "accepted", "已接受"
        OVER = "over", "已失效"

    class Meta:
        verbose_name = "邀请"
        verbose_name_plural = "邀请"

    def __str__(self) -> str:
        return f"{self.name} {self.role}"

    def state_at(self, at: datetime) -> State:
        """Whether it was accepted, can still be, or has expired or been withdrawn."""
        if self.used_at is not None:
            return self.State.ACCEPTED
        return self.State.OPEN if self.expires_at > at else self.State.OVER
