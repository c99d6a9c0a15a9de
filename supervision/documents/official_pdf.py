"""An official document as .pdf: typeset by Typst, every glyph embedded, the same bytes each time."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst

from supervision.documents import fonts
from supervision.documents.official import DRAFT_MARK, Block, OfficialPaper, Picture

TEMPLATE = Path(__file__).with_name("official.typ")
PIXELS_PER_INCH = 220


def write_pdf(paper: OfficialPaper) -> bytes:
    """The document as a tagged PDF without a date or name of its own making."""
    made = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"paper": _as_json(paper), "faces": _faces()},
        timestamp=0,
    )
    return _bytes(made)


def png_of(svg: str, width_mm: int, height_mm: int) -> bytes:
    """A drawing as pixels, for the programs that show no SVG."""
    source = (
        f"#set page(width: {width_mm}mm, height: {height_mm}mm, margin: 0mm)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%, height: 100%)'
    )
    made = typst.compile(
        source.encode(), format="png", ppi=PIXELS_PER_INCH, sys_inputs={"svg": svg}
    )
    return _bytes(made)


def _bytes(made: Any) -> bytes:
    """One document comes back as bytes, several pages as a list."""
    return bytes(made[0] if isinstance(made, list) else made)


def _faces() -> str:
    # An empty list would stop the typesetter: without any Chinese font it takes its own.
    found = {key: names or ["New Computer Modern"] for key, names in fonts.families().items()}
    return json.dumps(found)


def _as_json(paper: OfficialPaper) -> str:
    told = {
        "masthead": paper.masthead,
        "number": paper.number,
        "title": list(paper.title),
        "full_title": "".join(paper.title),
        "addressee": paper.addressee,
        "remark": paper.remark,
        "body": [_block(each) for each in paper.body],
        "annexes": [
            {"title": each.title, "blocks": [_block(block) for block in each.blocks]}
            for each in paper.annexes
        ],
        "signed_by": paper.signed_by,
        "date_text": paper.date_text,
        "imprint_text": paper.imprint_text,
        "draft_mark": DRAFT_MARK if paper.is_draft else "",
    }
    return json.dumps(told, ensure_ascii=False)


def _block(block: Block) -> dict[str, Any]:
    told = {name: _plain(value) for name, value in asdict(block).items()}
    kind = "picture" if isinstance(block, Picture) else type(block).__name__.lower()
    return told | {"kind": kind}


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
