"""The codebook in product_line.yaml: the questions and labels of an import, put in without touching anything else.

Only what is missing is added, where it belongs: a wording or a label that is there already wins, and every character
of the file stays, remarks inside the codebook included. Where nothing is missing, not a byte changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.mapping import CodebookEntry
from cvlab.tables.importing.yaml_text import write_flow, write_key
from cvlab.tables.settings import FILE_NAME

KEY = "codebook"
_REMARK = "  # Written by cvlab import, which only adds what is missing: word a question or a label otherwise here."
_EXAMPLE = re.compile(rf"^# ?{KEY}:.*$", re.MULTILINE)
_NULL = "tag:yaml.org,2002:null"

Entries = Mapping[str, Mapping[str, CodebookEntry]]
# Where a piece of the text begins and ends, and what stands there instead.
Edit = tuple[int, int, str]


def put_codebook(text: str, codebook: Entries) -> str:
    """Return the text of a product_line.yaml with what its codebook lacks added.

    Raises
    ------
    DataError : the file is no YAML, or its codebook is written so that nothing can be added to it.

    Examples
    --------
    >>> entries = {"price_ladder": {"would_buy": CodebookEntry(question="Would you buy?")}}
    >>> print(put_codebook("name: Demo  # ours\\n", entries))
    name: Demo  # ours
    <BLANKLINE>
    codebook:
      # Written by cvlab import, which only adds what is missing: word a question or a label otherwise here.
      price_ladder:
        would_buy: {question: "Would you buy?"}
    <BLANKLINE>
    """
    wanted = {
        table: {name: plain for name, entry in entries.items() if (plain := _plain(entry))}
        for table, entries in codebook.items()
    }
    wanted = {table: entries for table, entries in wanted.items() if entries}
    newline = "\r\n" if "\r\n" in text else "\n"
    whole = text if not text or text.endswith("\n") else text + newline
    edits = _list_edits(whole, wanted, newline)
    if not edits:
        return text
    added = whole
    for start, end, piece in reversed(edits):
        added = added[:start] + piece + added[end:]
    _check_kept(whole, added, wanted, newline)
    return added


def _list_edits(text: str, wanted: Mapping[str, Any], newline: str) -> list[Edit]:
    """Return what is to be added and where, in the order of the text; a codebook that is no mapping is left alone."""
    node = _compose(text)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found = next((value for key, value in pairs if key.value == KEY), None)
    if not wanted or not (found is None or _is_null(found) or isinstance(found, yaml.MappingNode)):
        return []
    if isinstance(found, yaml.MappingNode):
        edits = _add_to(found, wanted, text, newline, of_tables=True)
        # Sorting keeps the order of what is put at the same place: the inner before the outer.
        return sorted(edits, key=lambda edit: edit[:2])
    lines = [_REMARK, *(line for name, part in wanted.items() for line in _write_lines(name, part, "  "))]
    if found is not None:
        start, end = found.start_mark.index, found.end_mark.index
        place = _end_of_line(text, end)
        return [(start, end, ""), (place, place, _join(lines, newline))]
    block = _join([f"{KEY}:", *lines], newline)
    example = _EXAMPLE.search(text)
    place = len(text) if example is None else _end_of_line(text, example.end())
    return [(place, place, f"{newline if example is None and text else ''}{block}")]


def _compose(text: str) -> yaml.Node | None:
    try:
        yaml.safe_load(text)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        reason = str(getattr(error, "problem", None) or error).split("\n")[0]
        problem = Problem(table=FILE_NAME, rule=f"the file must be YAML, but: {reason}", remedy="correct it first")
        raise DataError.from_problems("nothing was imported", [problem]) from None


def _add_to(
    node: yaml.MappingNode, wanted: Mapping[str, Any], text: str, newline: str, *, of_tables: bool = False
) -> list[Edit]:
    """Return the edits that put into a mapping what it lacks, and into those inside it."""
    present = {key.value: value for key, value in node.value}
    if any(value.start_mark.index < key.start_mark.index for key, value in node.value):
        raise _refuse()  # a reference: what it refers to stands further up
    edits: list[Edit] = []
    for name, part in wanted.items():
        value = present.get(name)
        if not isinstance(part, dict) or value is None:
            continue
        if isinstance(value, yaml.MappingNode):
            edits += _add_to(value, part, text, newline)
        elif _is_null(value):
            start = value.start_mark.index
            gap = "" if text[start - 1].isspace() else " "
            edits.append((start, value.end_mark.index, gap + write_flow(part, strict=True)))
    missing = {name: part for name, part in wanted.items() if name not in present}
    if not missing:
        return edits
    if node.flow_style:
        inside = write_flow(missing, strict=True)[1:-1]
        place = node.value[-1][1].end_mark.index if node.value else node.end_mark.index - 1
        return [*edits, (place, place, f", {inside}" if node.value else inside)]
    indent = " " * node.start_mark.column
    place = _end_of_line(text, _end_of(node))
    lines = [
        line
        for name, part in missing.items()
        for line in (_write_lines(name, part, indent) if of_tables else [_write_pair(name, part, indent)])
    ]
    return [*edits, (place, place, _join(lines, newline))]


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def _end_of(node: yaml.Node) -> int:
    """Where a value ends: YAML counts remarks behind a mapping to it, but not those behind its last value."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _end_of(node.value[-1][1])
    return int(node.end_mark.index)


def _end_of_line(text: str, place: int) -> int:
    """The beginning of the next line; of this one where it is at its beginning, as behind a text of several lines."""
    return place if text[place - 1 : place] == "\n" else text.find("\n", place) + 1 or len(text)


def _check_kept(before: str, after: str, wanted: Mapping[str, Any], newline: str) -> None:
    """Refuse what was written with means (such as references) that adding could break."""
    try:
        kept = _holds(yaml.safe_load(after), yaml.safe_load(before)) and not _list_edits(after, wanted, newline)
    except (DataError, yaml.YAMLError, ValueError):
        kept = False
    if not kept:
        raise _refuse()


def _refuse() -> DataError:
    rule = f"the questions of the import cannot be added to `{KEY}:` as it is written"
    remedy = f"write `{KEY}:` with one line per column, without references (& and *)"
    return DataError.from_problems("nothing was imported", [Problem(table=FILE_NAME, rule=rule, remedy=remedy)])


def _holds(after: Any, before: Any) -> bool:
    """Whether everything that was there is there still."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(name in after and _holds(after[name], before[name]) for name in before)
    return before is None or after == before


def _plain(entry: CodebookEntry) -> dict[str, Any]:
    plain: dict[str, Any] = {"question": entry.question} if entry.question else {}
    return plain | ({"labels": dict(entry.labels)} if entry.labels else {})


def _write_lines(table: str, columns: Mapping[str, Any], indent: str) -> list[str]:
    heading = f"{indent}{write_key(table, strict=True)}:"
    return [heading, *(_write_pair(name, entry, f"{indent}  ") for name, entry in columns.items())]


def _write_pair(name: str, value: Any, indent: str) -> str:
    return f"{indent}{write_key(name, strict=True, indent=len(indent))}: {write_flow(value, strict=True)}"


def _join(lines: list[str], newline: str) -> str:
    return "".join(line + newline for line in lines)
