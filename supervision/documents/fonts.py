"""The free fonts of the .pdf, as far as this machine has them; the .docx only names fonts.

Source: domain.md section 7 (方正小标宋 and 仿宋_GB2312 may not be passed on; these may).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import typst

SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "FandolSong")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Zen Hei", "FandolHei")


@dataclass(frozen=True, slots=True)
class Face:
    """One typeface of the standard: its Chinese name, and free families, the best first."""

    name: str
    own: tuple[str, ...]
    others: tuple[str, ...]


FACES = {
    "fangsong": Face("仿宋", ("FandolFang R", "FandolFang", "Zhuque Fangsong (technical preview)"), SERIF + SANS),
    "kai": Face("楷体", ("FandolKai", "AR PL KaitiM GB", "AR PL UKai CN"), SERIF + SANS),
    "hei": Face("黑体", SANS, SERIF),
    "song": Face("宋体", SERIF, SANS),
    "title": Face("小标宋", SERIF, SANS),
}  # fmt: skip


@cache
def installed() -> frozenset[str]:
    """The families that the typesetter finds on this machine."""
    return frozenset(typst.Fonts().families())


def families(available: frozenset[str] | None = None) -> dict[str, list[str]]:
    """For each face the installed families in the order of preference; empty without any."""
    here = installed() if available is None else available
    return {
        key: [name for name in (*face.own, *face.others) if name in here]
        for key, face in FACES.items()
    }


def substitution_note(available: frozenset[str] | None = None) -> str:
    """What the .pdf is set in instead of the standard's faces; empty when nothing is replaced."""
    here = installed() if available is None else available
    found = families(here)
    if not any(found.values()):
        return (
            "这台服务器没有中文字体，PDF 里的字会显示不出来，请安装 fonts-noto-cjk 后重新下载；"
            ".docx 不受影响。"
        )
    replaced = [
        f"{face.name}用 {found[key][0]}"
        for key, face in FACES.items()
        if found[key] and found[key][0] not in face.own
    ]
    if not replaced:
        return ""
    return (
        f"PDF 嵌入的是可自由分发的字体：{'、'.join(replaced)}代替；.docx 用办公电脑上的公文字体。"
    )
