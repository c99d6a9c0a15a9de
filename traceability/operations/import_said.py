"""What an import says of itself when it waits, ends or stops, in sentences for its sender."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from enterprises.models import ImportSession, Operator
from traceability.models import Partner, Product
from traceability.sheets.base import SheetKind

State = ImportSession.State
NOTHING_WRITTEN = (
    "检查之后情况有变，有的行现在不能记入；按“全部没有问题才导入”，一条也没有记。请重新检查。"
)
FILE_GONE = "原文件已不在，请重新上传。"


def missing_columns(kind: SheetKind, missing: Iterable[str]) -> str:
    names = "、".join(kind.titles[name] for name in missing)
    return f"（缺少：{names}）"


def checked(counted: Mapping[str, int]) -> str:
    """After the check: what would be recorded and what not."""
    if not counted.get("rows"):
        return "表头下面没有数据，没有可以导入的行。"
    return "，".join([f"可以导入 {counted.get('new', 0):,} 行", *_others(counted, "有错误")]) + "。"


def done(counted: Mapping[str, int]) -> str:
    said = [f"已记入 {counted.get('written', 0):,} 条"]
    if counted.get("matched"):
        said.append(f"其中 {counted['matched']:,} 条与卖方发来的来货对上，来货已一并收下")
    return "，".join([*said, *_others(counted, "有错误，没有记入")]) + "。"


def _others(counted: Mapping[str, int], bad: str) -> list[str]:
    parts = []
    if counted.get("bad"):
        parts.append(f"{counted['bad']:,} 行{bad}")
    if counted.get("same"):
        parts.append(f"{counted['same']:,} 行台账里已有，没有重复记")
    if counted.get("skipped"):
        parts.append(f"{counted['skipped']:,} 行不用导入（合计行、重复行）")
    return parts


def cancelled(written: int) -> str:
    if not written:
        return "已取消，一条也没有记入台账。"
    return (
        f"已取消。取消前记入的 {written:,} 条保留在台账里，其余没有记入。"
        "要接着记，请点“继续导入”，已记的不会重复。"
    )


def refuse(session: ImportSession, sentence: str, counted: Mapping[str, int], at: datetime) -> None:
    """End an import whose file cannot be read, or not to its end."""
    if counted.get("written"):
        sentence += f"（读到这里以前的 {counted['written']:,} 条已经记入。）"
    session.state, session.message = State.REFUSED, sentence[:300]
    session.summary, session.finished_at = dict(counted), at
    open_states = (State.READING, State.CHECKING, State.WRITING)
    ImportSession.objects.filter(pk=session.pk, state__in=open_states).update(
        state=session.state,
        message=session.message,
        summary=session.summary,
        finished_at=at,
    )


def nothing_written(session: ImportSession) -> None:
    """Back to the preview, for the person to decide again."""
    ImportSession.objects.filter(pk=session.pk, state=State.WRITING).update(
        state=State.PREVIEW, mode="", message=NOTHING_WRITTEN
    )


def entered(operator: Operator, session: ImportSession) -> dict[str, int]:
    """How many products and partners wait for review since the import began. Cost: two queries."""
    since = {"operator": operator, "needs_review": True, "created_at__gte": session.created_at}
    return {
        "new_products": Product.objects.filter(**since).count(),
        "new_partners": Partner.objects.filter(**since).count(),
    }
