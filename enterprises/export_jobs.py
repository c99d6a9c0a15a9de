"""The job behind 导出 on a long list: reads it with its person's rights and writes one sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.http import QueryDict
from django.urls import reverse

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, Source, find_source
from enterprises.job_pages import JobPage, Outcome, register
from enterprises.jobs import JobFailed, Run, handler
from enterprises.models import Job
from enterprises.operations import exports
from enterprises.queries import export_files
from shilian import clock
from shilian.web.exports import ROW_LIMIT, watermark_text, write_xlsx
from shilian.web.formats import moment

# Beside the making of a thousand rows, one UPDATE is nothing.
TOLD_EVERY = 1_000


@handler(exports.KIND, queue=Job.Queue.LARGE, may_cancel=True)
def write_list(run: Run) -> dict[str, Any]:
    """Write the list from its first row; a worker that is killed leaves nothing that is offered."""
    if "file" in run.result:
        return {}
    actor = run.actor(channel="form")
    source = find_source(run.payload["source"])
    if source is None or actor.operator_id != run.operator_id:
        raise OutOfScope
    source.require(actor)
    path = exports.place_for(run)
    try:
        facts = _write(run, actor, source, path)
        exports.finish_export(by=actor, run=run, path=path, facts=facts, at=clock.now())
    except SoftTimeLimitExceeded:
        # A sheet cannot be taken up where it was left: trying again would take as long.
        path.unlink(missing_ok=True)
        raise JobFailed("名单太长，没能在限定时间内写完。请缩小范围后再导出。") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {}


def _write(run: Run, actor: Actor, source: Source, path: Path) -> dict[str, Any]:
    extract: Extract = source.read(actor, QueryDict(run.payload["query"]), ROW_LIMIT + 1)
    mark = watermark_text(actor.name, clock.now(), str(run.job_id))
    rows = _told(run, extract.rows)
    with path.open("xb") as stream:
        count = write_xlsx(
            stream,
            extract.sheet_name,
            extract.headers,
            rows,
            mark,
            limit=ROW_LIMIT,
            sheet_column=extract.sheet_column,
            sheet_headers=extract.sheet_headers,
            # What a killed worker leaves half-written is cleared with the files themselves.
            drafts_in=path.parent,
        )
    return {
        "name": extract.file_name,
        "rows": count,
        "county_id": extract.county_id,
        "opened_by": extract.opened_by,
    }


def _told(run: Run, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows, saying after each thousand how far it is; this is also where a cancelled job ends.

    Said in words alone: a sheet begins anew with every attempt, and to the engine a count that
    grows is work that is kept, which forgives the attempts that an export has cost.
    """
    for number, row in enumerate(rows, start=1):
        if number % TOLD_EVERY == 0:
            run.progress(0, message=f"已写 {number:,} 行")
        yield row


def _title(job: Job) -> str:
    source = find_source(job.payload["source"])
    return f"导出{source.title}" if source else "导出"


def _back(job: Job) -> str:
    source = find_source(job.payload["source"])
    return source.address(job.payload["query"]) if source else reverse("enterprises:landing")


def _outcome(job: Job) -> Outcome | None:
    if export_files.file_of(job, at=clock.now()) is None:
        return None
    address = reverse("enterprises:export_file", args=[job.pk])
    until = moment(export_files.kept_until(job))
    return Outcome(address, "下载表格", f"表格保存到 {until}，只有您本人能下载。")


register(
    exports.KIND,
    JobPage(_title, export_files.is_for, _outcome, _back, "文件已过保存期，请回到名单重新导出。"),
)
