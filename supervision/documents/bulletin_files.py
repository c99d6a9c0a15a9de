"""The bulletin's files: .docx, .pdf and the .xlsx annex, made once and kept for a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO

from django.core.cache import cache

from shilian.web.exports import XLSX_TYPE
from supervision.documents import fonts
from supervision.documents.bulletin_paper import file_name, paper_of
from supervision.documents.bulletin_sheet import write_bulletin
from supervision.documents.official_docx import write_docx
from supervision.documents.official_pdf import write_pdf
from supervision.models import Bulletin

KEPT_SECONDS = 24 * 60 * 60
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the files: what it is called, its type, and how it is made.

    ``address`` is the site's own, for the links of the annex.
    """

    name: str
    content_type: str
    make: Callable[[Bulletin, str], bytes]


def _docx(bulletin: Bulletin, address: str) -> bytes:
    return write_docx(paper_of(bulletin))


def _pdf(bulletin: Bulletin, address: str) -> bytes:
    return write_pdf(paper_of(bulletin))


def _xlsx(bulletin: Bulletin, address: str) -> bytes:
    stream = BytesIO()
    write_bulletin(bulletin, stream, address=address)
    return stream.getvalue()


# One more whenever the same content is set otherwise: kept files are of the layout before.
LAYOUT = 3

KINDS: Mapping[str, Kind] = {
    "docx": Kind("Word 文档", DOCX_TYPE, _docx),
    "pdf": Kind("PDF", "application/pdf", _pdf),
    "xlsx": Kind("附表", XLSX_TYPE, _xlsx),
}


def file_of(bulletin: Bulletin, ending: str, *, address: str = "") -> bytes:
    """The file, from the cache when it was made of the very same content before."""
    key = f"bulletin:{ending}:{_content_digest(bulletin, ending, address)}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = KINDS[ending].make(bulletin, address)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def download_name(bulletin: Bulletin) -> str:
    return file_name(bulletin)


def _content_digest(bulletin: Bulletin, ending: str, address: str) -> str:
    """Of everything that the file prints."""
    content = [
        LAYOUT, bulletin.pk, bulletin.sha256, bulletin.revision, bulletin.reason, bulletin.state,
        bulletin.number, str(bulletin.issued_on), bulletin.wording,
        sorted(fonts.installed()) if ending == "pdf" else "", address,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
