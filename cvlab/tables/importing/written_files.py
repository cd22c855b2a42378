"""What the last import wrote: so that work done by hand on its tables is never overwritten without a word.

Beside the tables lies `.imported.json`, with the SHA-256 of each file as the import wrote it. A table that is there and
has another one was changed by hand, or made by hand in the first place. What is overwritten then is said, and a person
must want it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cvlab.errors import Problem

RECORD = ".imported.json"
_HASH = re.compile(r"[0-9a-f]{64}")
_REMEDY = (
    "make the change in the export or in the mapping, or keep a copy elsewhere; then import with --overwrite "
    "(in Python: overwrite=True)"
)


def read_record(folder: Path) -> dict[str, str]:
    """Return name of a file -> SHA-256 of what the last import wrote; nothing where there is no record to be read."""
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: each for name, each in content.items() if isinstance(each, str) and _HASH.fullmatch(each)}


def write_record(folder: Path, texts: Mapping[str, bytes]) -> bytes:
    """Return the record with these files in it; files of other imports stay."""
    record = read_record(folder) | {name: hash_bytes(data) for name, data in texts.items()}
    return (json.dumps(dict(sorted(record.items())), indent=1) + "\n").encode()


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def find_changed(folder: Path, texts: Mapping[str, bytes]) -> list[Problem]:
    """Return a problem for each table that would be overwritten though no import wrote what is in it.

    Tables that would not change, and those with a header only, have nothing to lose.

    Parameters
    ----------
    folder : of the product line.
    texts : name of each table's file -> what the import would write.
    """
    record = read_record(folder)
    problems = []
    for name, new in texts.items():
        path = folder / name
        data = path.read_bytes() if path.is_file() else b""
        if data == new or not _has_rows(data) or record.get(name) == hash_bytes(data):
            continue
        if name in record:
            rule = "the table was changed by hand since the last import, which would be lost"
        else:
            rule = "the table is there already and no import wrote it: what is in it would be lost"
        # Only against the same import again, the difference is what was done by hand.
        lost = _find_lost(data, new) if record.get(name) == hash_bytes(new) else ()
        table = name.rpartition(".")[0]
        problems.append(Problem(table=table, rows=lost, rule=rule, remedy=_REMEDY))
    return problems


def _has_rows(data: bytes) -> bool:
    lines = (line for line in data.splitlines() if line.strip())
    return next(lines, None) is not None and next(lines, None) is not None


def _find_lost(data: bytes, new: bytes) -> tuple[int, ...]:
    """Which lines of a file, counted from 1, the new one lacks."""
    left = Counter(new.splitlines())
    left.subtract(data.splitlines())
    lost = []
    for number, line in enumerate(data.splitlines(), start=1):
        if left[line] < 0:
            left[line] += 1
            lost.append(number)
    return tuple(lost)
