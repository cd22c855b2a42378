"""Office files that are the same whenever the same report is written: no time of writing, no order by chance.

A workbook or a set of slides is a zip archive of XML. The programs that write it stamp each part, and the document,
with the moment of writing; here every stamp is the moment at which the run began.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_EARLIEST, _LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)  # what an archive can say
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")
_CORE = "docProps/core.xml"
# Not allowed in XML, or halves of a character: a file with one of them would not open.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_start(manifest: Mapping[str, Any]) -> datetime:
    """Return the moment at which a run began, as an archive can hold it.

    Examples
    --------
    >>> read_start({"started": "2026-03-01T08:30:00Z"}).isoformat()
    '2026-03-01T08:30:00+00:00'
    """
    moment = datetime.fromisoformat(manifest["started"])
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return min(max(moment, _EARLIEST), _LATEST)


def keep_writable(text: str) -> str:
    """Return a text without what XML cannot hold, its lines ended by one sign.

    Examples
    --------
    >>> keep_writable("a\\x00b\\r\\nc")
    'ab\\nc'
    """
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def write_archive(content: bytes, path: Path, moment: datetime) -> None:
    """Write an office file whose every stamp says the same moment."""
    with zipfile.ZipFile(io.BytesIO(content)) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            part = made.read(name)
            if name == _CORE:
                stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                part = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, part)
