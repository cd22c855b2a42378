"""The codebook in product_line.yaml: the questions and labels of an import, put in without touching anything else.

Only the block under `codebook:` is replaced; every other character of the file stays. Entries of columns that an import
does not make stay too. Where nothing changes, not a byte does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.mapping import CodebookEntry
from cvlab.tables.importing.yaml_text import write_flow, write_scalar
from cvlab.tables.settings import FILE_NAME

KEY = "codebook"
_REMARK = "  # Written by cvlab import; to word a question otherwise, say so under codebook in the mapping."
_EXAMPLE = re.compile(rf"^# ?{KEY}:.*$", re.MULTILINE)

Entries = Mapping[str, Mapping[str, CodebookEntry]]


def put_codebook(text: str, codebook: Entries) -> str:
    """Return the text of a product_line.yaml with the codebook in it.

    Raises
    ------
    DataError : the file is no YAML, so nothing can be put into it.

    Examples
    --------
    >>> entries = {"price_ladder": {"would_buy": CodebookEntry(question="Would you buy?")}}
    >>> print(put_codebook("name: Demo  # ours\\n", entries))
    name: Demo  # ours
    <BLANKLINE>
    codebook:
      # Written by cvlab import; to word a question otherwise, say so under codebook in the mapping.
      price_ladder:
        would_buy: {question: "Would you buy?"}
    <BLANKLINE>
    """
    start, end, present = _find_block(text)
    wanted = {table: dict(columns) for table, columns in present.items() if isinstance(columns, dict)}
    for table, entries in codebook.items():
        wanted[table] = wanted.get(table, {}) | {name: _plain(entry) for name, entry in entries.items()}
    if wanted == present:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    block = newline.join(_write_block(wanted)) + newline
    if start is not None and end is not None:
        return text[:start] + block + text[end:]
    example = _EXAMPLE.search(text)
    if example is not None:
        place = text.find("\n", example.end()) + 1 or len(text)
        return text[:place] + ("" if text[:place].endswith("\n") else newline) + block + text[place:]
    gap = "" if not text or text.endswith("\n") else newline
    return f"{text}{gap}{newline if text else ''}{block}"


def _find_block(text: str) -> tuple[int | None, int | None, dict[str, Any]]:
    """Return where the block of the codebook begins and ends, and what it holds."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        reason = str(getattr(error, "problem", None) or error).split("\n")[0]
        problem = Problem(table=FILE_NAME, rule=f"the file must be YAML, but: {reason}", remedy="correct it first")
        raise DataError.from_problems("nothing was imported", [problem]) from None
    if not isinstance(node, yaml.MappingNode):
        return None, None, {}
    for key, value in node.value:
        if key.value == KEY:
            found = content.get(KEY)
            return key.start_mark.index, _end_of(text, value.end_mark.index), found if isinstance(found, dict) else {}
    return None, None, {}


def _end_of(text: str, mark: int) -> int:
    """Where a value ends: YAML counts what stands before the next key to it, but remarks there belong to that key."""
    lines = text[:mark].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    end = sum(map(len, lines))
    return end if text[:end].endswith("\n") else text.find("\n", end) + 1 or len(text)


def _plain(entry: CodebookEntry) -> dict[str, Any]:
    plain: dict[str, Any] = {"question": entry.question} if entry.question else {}
    return plain | ({"labels": dict(entry.labels)} if entry.labels else {})


def _write_block(codebook: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [f"{KEY}:", _REMARK]
    for table, columns in codebook.items():
        lines.append(f"  {write_scalar(str(table), strict=True)}:")
        lines += [
            f"    {write_scalar(str(name), strict=True)}: {_write_entry(entry)}" for name, entry in columns.items()
        ]
    return lines


def _write_entry(entry: Any) -> str:
    """Write an entry; one that a person wrote otherwise than this module would is kept as it is."""
    try:
        return write_flow(entry, strict=True) if _all_text(entry) else _dump(entry)
    except TypeError:
        return _dump(entry)


def _all_text(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _all_text(part) for key, part in value.items())
    return isinstance(value, str)


def _dump(value: Any) -> str:
    return str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)).strip()
