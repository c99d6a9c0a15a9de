"""Uploaded sheets: the file, what was found in each row, and what became of it."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class ImportQuerySet(ScopedQuerySet["ImportSession"]):
    reach = Reach(station="", division="county_id")


class ImportSession(models.Model):
    """One uploaded file on its way: read → previewed → being written → done."""

    class State(models.TextChoices):
        READING = "reading", "正在读取"
        PREVIEW = "preview", "待确认"
        WRITING = "writing", "正在写入"
        DONE = "done", "已完成"
        REFUSED = "refused", "未能读取"
        CANCELLED = "cancelled", "已取消"

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
    mapping = models.JSONField("列对应", default=dict)
    summary = models.JSONField("小结", default=dict)
    message = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("上传时间")
    finished_at = models.DateTimeField("完成时间", null=True)

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
    session = models.ForeignKey(
        ImportSession, models.CASCADE, related_name="rows", verbose_name="导入"
    )
    row_no = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    raw = models.JSONField("原文", default=dict)
    values = models.JSONField("规范值", default=dict)
    changes = models.JSONField("变更", default=dict)
    problems = models.JSONField("问题", default=list)
    record_id = models.BigIntegerField("写成的记录", null=True)

    class Meta:
        verbose_name = "导入行"
        verbose_name_plural = "导入行"
        constraints = [
            models.UniqueConstraint(fields=["session", "row_no"], name="import_row_once")
        ]
        indexes = [models.Index(fields=["session", "outcome"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.session_id} 第{self.row_no}行"
