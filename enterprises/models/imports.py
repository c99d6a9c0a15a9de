"""Uploaded sheets: the file, what was found in each row, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id

NOTHING = Value({}, models.JSONField())
NO_PROBLEMS = Value([], models.JSONField())


class ImportQuerySet(ScopedQuerySet["ImportSession"]):
    reach = Reach(station="", division="county_id")

    def in_state(self, state: str) -> ImportQuerySet:
        """Those in the state; all of them when none is named."""
        return self.filter(state=state) if state else self


class ImportSession(models.Model):
    """One uploaded file on its way: read → columns known → checked → previewed → written → done."""

    class State(models.TextChoices):
        READING = "reading", "正在读取"
        MAPPING = "mapping", "待确认列"
        CHECKING = "checking", "正在检查"
        PREVIEW = "preview", "待确认"
        WRITING = "writing", "正在写入"
        DONE = "done", "已完成"
        REFUSED = "refused", "未能读取"
        CANCELLED = "cancelled", "已取消"

    class Mode(models.TextChoices):
        GOOD_ROWS = "good_rows", "先导入没有问题的行"
        ALL_OR_NOTHING = "all_or_nothing", "全部没有问题才导入"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    kind = models.CharField("种类", max_length=20, help_text="roster、purchases 等已登记的表式")
    file_name = models.CharField("文件名", max_length=200)
    file_path = models.CharField("存放位置", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=State, default=State.READING)
    person_id = models.BigIntegerField("上传人", null=True)
    operator_id = models.BigIntegerField("经营主体", null=True)
    county_id = models.BigIntegerField("县区", null=True)
    scope_path = models.CharField("上传人辖区", max_length=80, blank=True)
    job_id = models.BigIntegerField("任务", null=True)
    mode = models.CharField("导入方式", max_length=14, choices=Mode, blank=True, default="")
    mapping = models.JSONField("列对应", default=dict)
    summary = models.JSONField("小结", default=dict)
    message = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("上传时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    seen_at = models.DateTimeField("结果查看时间", null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = "导入"
        verbose_name_plural = "导入"
        indexes = [
            models.Index(fields=["kind", "operator_id", "-id"], name="import_kind_latest"),
            models.Index(fields=["sha256"], name="import_same_file"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of the sheet: raw cells, normalised values, every problem, and the outcome."""

    class Outcome(models.TextChoices):
        NEW = "new", "新增"
        CHANGE = "change", "变更"
        SAME = "same", "无变化"
        BAD = "bad", "有错误"
        SKIPPED = "skipped", "不导入"
        WRITTEN = "written", "已写入"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    # Written by the hundred thousand: a key checked for each row would halve the speed.
    session = models.ForeignKey(
        ImportSession,
        models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="rows",
        verbose_name="导入",
    )
    row_no = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    # Good rows say nothing here; the database fills in what is not sent.
    raw = models.JSONField("原文", default=dict, db_default=NOTHING)
    values = models.JSONField("规范值", default=dict, db_default=NOTHING)
    changes = models.JSONField("变更", default=dict, db_default=NOTHING)
    problems = models.JSONField("问题", default=list, db_default=NO_PROBLEMS)
    record_id = models.BigIntegerField("写成的记录", null=True)

    class Meta:
        verbose_name = "导入行"
        verbose_name_plural = "导入行"
        constraints = [
            models.UniqueConstraint(fields=["session", "row_no"], name="import_row_once")
        ]
        indexes = [
            # What was written asks for nobody any more, and is most of it.
            models.Index(
                fields=["session", "outcome", "row_no"],
                condition=~Q(outcome="written"),
                name="import_row_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} 第{self.row_no}行"


class ImportMapping(models.Model):
    """Which column of a form of sheet holds what, as somebody of the operator confirmed it."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator_id = models.BigIntegerField("经营主体")
    kind = models.CharField("种类", max_length=20)
    fingerprint = models.CharField("表头摘要", max_length=64)
    columns = models.JSONField("列对应", default=dict, help_text="字段 → 列的序号，从0起")
    person_id = models.BigIntegerField("确认人", null=True)
    confirmed_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = "列对应"
        verbose_name_plural = "列对应"
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "kind", "fingerprint"], name="import_mapping_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.kind}"
