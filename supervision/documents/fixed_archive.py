"""Office files are archives that note the moment of writing: the same content, the same bytes."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# Earlier than any bulletin; the entries carry it in the place of the moment of writing.
NO_DATE = (1980, 1, 1, 0, 0, 0)
CONTENT_TYPES, CORE = "[Content_Types].xml", "docProps/core.xml"
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def with_fixed_dates(archive: bytes) -> bytes:
    """The same parts in a fixed order, none with the moment of its writing."""
    stream = BytesIO()
    with ZipFile(BytesIO(archive)) as read, ZipFile(stream, "w", ZIP_DEFLATED) as written:
        for name in sorted(read.namelist(), key=lambda each: (each != CONTENT_TYPES, each)):
            body = read.read(name)
            if name == CORE:
                body = _MOMENT.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", body)
            entry = ZipInfo(name, NO_DATE)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
            written.writestr(entry, body)
    return stream.getvalue()
