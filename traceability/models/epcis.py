"""EPCIS events as they were captured, the jobs that capture them, and queries kept by name."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, HashIndex
from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class OperatorNumberQuerySet(ScopedQuerySet["OperatorNumber"]):
    reach = Reach(
        county="operator__county_id",
        division="operator__division_id",
    )


class OperatorNumber(models.Model):
    """A global location number (GLN, 全球位置码) by which an operator is known in events."""

    gln = models.CharField("全球位置码", max_length=13, primary_key=True)
    operator = models.ForeignKey(
        "enterprises.Operator", models.PROTECT, related_name="glns", verbose_name="经营主体"
    )
    registered_at = models.DateTimeField("登记时间")

    objects = OperatorNumberQuerySet.as_manager()

    class Meta:
        verbose_name = "位置码"
        verbose_name_plural = "位置码"

    def __str__(self) -> str:
        return self.gln


class EpcisCaptureQuerySet(ScopedQuerySet["EpcisCapture"]):
    pass


class EpcisCapture(models.Model):
    """One document that was handed over, and what became of its events.

    ``document`` is the body as it came, compressed; it is let go when the job has ended.
    """

    class Behaviour(models.TextChoices):
        ROLLBACK = "rollback", "有一个错就都不收"
        PROCEED = "proceed", "收下没错的"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
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
    behaviour = models.CharField("出错时", max_length=8, choices=Behaviour)
    body_hash = models.BinaryField("内容摘要", max_length=32)
    document = models.BinaryField("原文", null=True)
    channel = models.CharField("渠道", max_length=10)
    sender = models.CharField("提交者", max_length=120, blank=True, default="")
    # Which system handed it over: two channels of one client may have the same name.
    system_id = models.BigIntegerField("自建系统", null=True)
    created_at = models.DateTimeField("提交时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    is_successful = models.BooleanField("全部收下", null=True)
    event_count = models.PositiveIntegerField("事件数")
    kept_count = models.PositiveIntegerField("收下的事件", default=0)
    record_count = models.PositiveIntegerField("记成的记录", default=0)
    errors = models.JSONField("错误", default=list)

    objects = EpcisCaptureQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCIS 采集"
        verbose_name_plural = "EPCIS 采集"
        indexes = [
            models.Index(fields=["operator", "-id"], name="capture_operator_latest"),
            models.Index(fields=["county_id", "-id"], name="capture_county_latest"),
        ]
        constraints = [
            # The same document twice at once, or after it was taken: a repeat, and no second job.
            models.UniqueConstraint(
                fields=["operator", "body_hash"],
                condition=Q(is_successful=None) | Q(is_successful=True),
                name="capture_document_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_running(self) -> bool:
        return self.finished_at is None


class EpcisEventQuerySet(ScopedQuerySet["EpcisEvent"]):
    pass


class EpcisEvent(models.Model):
    """One captured event.

    ``keys`` has every identifier of the event in its canonical form, with a letter for the part it
    plays, so that one index answers all MATCH and EQ parameters. ``body`` is the event as it was
    sent, without its context and record time. No foreign keys in the database and one table for all
    months: events come by COPY, and one may be a duplicate of one of any month.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
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
    capture_id = models.BigIntegerField("采集", null=True)
    event_type = models.CharField("类型", max_length=20)
    action = models.CharField("动作", max_length=8, blank=True, default="")
    event_time = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")
    event_id = models.TextField("事件编号")
    digest = models.BinaryField("事件摘要", max_length=32)
    is_error = models.BooleanField("更正声明", default=False)
    declared_wrong_at = models.DateTimeField("被声明有误", null=True)
    biz_step = models.TextField("业务步骤", blank=True, default="")
    disposition = models.TextField("状态", blank=True, default="")
    read_point = models.TextField("读取点", blank=True, default="")
    biz_location = models.TextField("业务地点", blank=True, default="")
    keys = ArrayField(models.TextField(), default=list, verbose_name="标识")
    body = models.JSONField("内容")
    context = models.JSONField("命名空间", null=True)
    record_kind = models.CharField("记成", max_length=12, blank=True, default="")
    record_id = models.BigIntegerField("记录", null=True)
    batch_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="批次")
    # False where the record was in the books already, and the event only repeats it.
    made_record = models.BooleanField("由它记成", default=False)
    # An event of several lots becomes a record of each; these are those behind the first.
    more_record_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="其余记录")

    objects = EpcisEventQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCIS 事件"
        verbose_name_plural = "EPCIS 事件"
        indexes = [
            models.Index(fields=["operator", "-id"], name="epcis_operator_latest"),
            models.Index(fields=["county_id", "-id"], name="epcis_county_latest"),
            models.Index(fields=["operator", "event_time"], name="epcis_operator_time"),
            HashIndex(fields=["event_id"], name="epcis_event_id"),
            GinIndex(fields=["keys"], name="epcis_keys"),
            # Few events mean records; those that do are asked for by record and by batch.
            models.Index(
                fields=["record_kind", "record_id"],
                condition=Q(record_id__isnull=False),
                name="epcis_of_record",
            ),
            GinIndex(
                fields=["batch_ids"], condition=Q(record_id__isnull=False), name="epcis_of_batch"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "digest", "is_error"], name="epcis_event_once"
            )
        ]

    def __str__(self) -> str:
        return self.event_id

    @property
    def record_ids(self) -> tuple[int, ...]:
        """Every record that it became; none for an event that is only kept."""
        return () if self.record_id is None else (self.record_id, *self.more_record_ids)


class EpcisQueryQuerySet(ScopedQuerySet["EpcisQuery"]):
    reach = Reach(county="", division="", station="")


class EpcisQuery(models.Model):
    """A query kept under a name, for the operator or the officer that made it."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    # Whose it is: an operator's, or a person's in a bureau.
    operator_id = models.BigIntegerField("经营主体", null=True)
    person_id = models.BigIntegerField("人员", null=True)
    name = models.CharField("名称", max_length=80)
    query = models.JSONField("条件")
    created_at = models.DateTimeField("建立时间")

    objects = EpcisQueryQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCIS 查询"
        verbose_name_plural = "EPCIS 查询"
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "name"],
                condition=Q(operator_id__isnull=False),
                name="epcis_query_of_operator",
            ),
            models.UniqueConstraint(
                fields=["person_id", "name"],
                condition=Q(operator_id=None),
                name="epcis_query_of_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EpcisSubscriptionQuerySet(ScopedQuerySet["EpcisSubscription"]):
    reach = Reach(operator="query__operator_id", county="", division="", station="")


class EpcisSubscription(models.Model):
    """Somebody who is sent the new results of a named query, at once or by a timetable.

    ``last_event_id`` is the last event that was looked at: what comes later is sent next time, not
    before ``next_at``, which the timetable says, or the pause after the receiver failed. Of a
    system's it ends with the system's keys.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    query = models.ForeignKey(
        EpcisQuery, models.CASCADE, related_name="subscriptions", verbose_name="查询"
    )
    system = models.ForeignKey(
        "enterprises.SelfBuiltSystem",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="自建系统",
    )
    destination = models.CharField("送达网址", max_length=500)
    sealed_token = models.BinaryField("加密保存的签名口令", max_length=900, default=b"")
    last_event_id = models.BigIntegerField("看到的最后一个事件", default=0)
    created_at = models.DateTimeField("建立时间")
    last_sent_at = models.DateTimeField("最近送达", null=True)
    failed_count = models.PositiveSmallIntegerField("连续失败", default=0)
    next_at = models.DateTimeField("下次再送", null=True)
    last_error = models.CharField("没送到的原因", max_length=120, blank=True, default="")
    # As it was asked for (``traceability/epcis/schedule.py``); none: new events are sent at once.
    schedule = models.JSONField("时刻表", null=True)
    reports_empty = models.BooleanField("没有新事件也送", default=False)

    objects = EpcisSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCIS 订阅"
        verbose_name_plural = "EPCIS 订阅"

    def __str__(self) -> str:
        return self.destination
