"""The mapping as text: YAML that a person can read and edit, one line per column, its question beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cvlab.tables.importing.mapping import FORMAT, CodebookEntry, ColumnMap, ImportMap, Source, TableMap
from cvlab.tables.importing.yaml_text import write_flow, write_key, write_scalar
from cvlab.tables.setting_values import cut

_HEAD = """\
# How exports become the tables of a product line. Read by: cvlab import FILE --into FOLDER --map this-file
# Every value here is text; put it in quotes where it holds : # , [ ] { } or begins with a sign.
# An `ask` is a question that only you can answer: correct what it asks about, then delete it.
"""
_LONGEST_REMARK = 70


def write_map(mapping: ImportMap, path: str | Path) -> Path:
    """Write a mapping to a file, and return its path; the same mapping always gives the same bytes."""
    target = Path(path)
    target.write_bytes(write_map_text(mapping).encode())
    return target


def write_map_text(mapping: ImportMap) -> str:
    """Return a mapping as commented YAML, which `parse_map` reads back as it was.

    Examples
    --------
    >>> source = Source(file="answers.csv", delimiter=";", columns={"Q1": "Which price is too high?"})
    >>> columns = {"respondent_id": ColumnMap(origin="Id"), "too_expensive": ColumnMap(origin="Q1", times=1.2)}
    >>> print(write_map_text(ImportMap(sources={"survey": source}, tables={"price_sensitivity": TableMap(
    ...     columns=columns)})).split("delete it.\\n\\n")[1])
    format: 1
    <BLANKLINE>
    sources:
      survey:
        kind: csv
        file: answers.csv
        delimiter: ";"
        columns:
          Q1: "Which price is too high?"
    <BLANKLINE>
    tables:
      price_sensitivity:
        columns:
          respondent_id: {from: Id}
          too_expensive: {from: Q1, times: 1.2}  # Which price is too high?
    <BLANKLINE>
    """
    questions = {name: source.columns for name, source in mapping.sources.items()}
    lines = [*_HEAD.splitlines(), "", f"format: {FORMAT}", "", "sources:"]
    for name, source in mapping.sources.items():
        lines += [f"  {write_scalar(name)}:", *_write_source(source)]
    lines += ["", "tables:"]
    for name, table in mapping.tables.items():
        asked = questions.get(mapping.source_of(table), {})
        lines += ["", f"  {write_scalar(name)}:"] if lines[-1] != "tables:" else [f"  {write_scalar(name)}:"]
        lines += _write_table(table, asked, indent=4)
    if mapping.codebook:
        lines += ["", "codebook:"]
    for name, entries in mapping.codebook.items():
        lines += [
            f"  {write_scalar(name)}:",
            *(f"    {write_scalar(each)}: {write_flow(_entry(entries[each]))}" for each in entries),
        ]
    return "\n".join(lines) + "\n"


def _write_source(source: Source) -> Iterator[str]:
    plain = Source()
    yield f"    kind: {source.kind}"
    for key in (
        "file",
        "sheet",
        "skip",
        "header",
        "delimiter",
        "encoding",
        "decimal",
        "thousands",
        "dates",
        "short_years",
        "missing",
    ):
        value = getattr(source, key)
        if value != getattr(plain, key):
            yield f"    {key}: {write_flow(value)}"
    if source.stack:
        yield "    stack: yes"
    for key in ("ask", "ignore"):
        if getattr(source, key):
            yield f"    {key}:"
            yield from (f"      - {write_scalar(each)}" for each in getattr(source, key))
    if source.columns:
        yield "    columns:"
        yield from (
            f"      {write_key(name, indent=6)}: {write_scalar(question)}" for name, question in source.columns.items()
        )
    if source.labels:
        yield "    labels:"
        yield from (
            f"      {write_key(name, indent=6)}: {write_flow(labels)}" for name, labels in source.labels.items()
        )


def _write_table(table: TableMap, questions: Mapping[str, str], *, indent: int) -> Iterator[str]:
    pad = " " * indent
    if table.source is not None:
        yield f"{pad}source: {write_scalar(table.source)}"
    yield from _write_columns(table.columns, questions, indent=indent)
    for key in ("only", "skip_empty"):
        if getattr(table, key):
            yield f"{pad}{key}: {write_flow(getattr(table, key))}"
    for heading, groups in (("repeat", table.repeat), ("lookup", table.lookup), ("more", table.more)):
        if groups:
            yield f"{pad}{heading}:"
        for group in groups:
            inner = list(_write_group(group, questions, indent=indent + 4))
            # The first line of an item stands after its dash.
            yield f"{pad}  - {inner[0].strip()}"
            yield from inner[1:]


def _write_group(group: Any, questions: Mapping[str, str], *, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(group, TableMap):
        yield from _write_table(group, {}, indent=indent)
        return
    for key in ("source", "on"):
        if hasattr(group, key):
            yield f"{pad}{key}: {write_flow(getattr(group, key))}"
    if hasattr(group, "over"):
        yield f"{pad}over:"
        for name, values in group.over.items():
            same = all(written == code for written, code in values.items())
            yield f"{pad}  {write_scalar(name)}: {write_flow(tuple(values) if same else values)}"
    yield from _write_columns(group.columns, questions, indent=indent)


def _write_columns(columns: Mapping[str, ColumnMap], questions: Mapping[str, str], *, indent: int) -> Iterator[str]:
    if columns:
        yield f"{' ' * indent}columns:"
    for name, column in columns.items():
        question = questions.get(column.origin or "", "")
        remark = f"  # {cut(_printable(question), _LONGEST_REMARK)}" if question and question != column.origin else ""
        yield f"{' ' * indent}  {write_scalar(name)}: {write_flow(_column(column))}{remark}"


def _column(column: ColumnMap) -> dict[str, Any]:
    plain = ColumnMap()
    found: dict[str, Any] = {"from": column.origin, "value": column.value}
    if column.cases:
        found["cases"] = [
            {"from": case.origin, "is": _one_or_more(case.equals), "same_as": case.same_as, "value": case.value}
            for case in column.cases
        ]
    found |= {"is": _one_or_more(column.equals), "labels": column.labels or None, "otherwise": column.otherwise}
    found |= {"missing": column.missing or None, "keep_unlisted": "yes" if column.keep_unlisted else None}
    for key in ("type", "decimal", "thousands", "dates", "short_years", "times", "ask"):
        if getattr(column, key) != getattr(plain, key):
            found[key] = getattr(column, key)
    return found


def _entry(entry: CodebookEntry) -> dict[str, Any]:
    return {"question": entry.question or None, "labels": entry.labels or None}


def _one_or_more(texts: tuple[str, ...]) -> Any:
    return texts[0] if len(texts) == 1 and texts[0] else texts or None


def _printable(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
