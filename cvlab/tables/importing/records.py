"""Exports that hold one of the tables as it is, under other names: customers and orders of a business system, sheets of
a workbook, long survey tables.

A table is proposed if every column it must have goes by a name that is known; of several, the one with the most.
"""

from __future__ import annotations

from dataclasses import replace

from cvlab.tables.declaration import Column
from cvlab.tables.importing.date_texts import are_compact, looks_like_excel_days, read_dates
from cvlab.tables.importing.known_names import TECHNICAL, find_known, fold, known_names
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import ColumnMap, TableMap
from cvlab.tables.importing.sketch import Sketch, name_column
from cvlab.tables.schema import TABLES

OWN_NAME, KNOWN_NAME, OTHER = 0.98, 0.9, 0.6
ASKED, UNFIT = 0.5, 0.3
_LEAST_SHARE, _LEAST_NEEDED = 0.25, 2
# What one answer of a person is a column of; their exports are looked at question by question.
_BY_PERSON = ("respondents", "price_sensitivity", "contingent_valuation")
_MOST_DIGITS = 15  # what a number holds; longer ones are names of something
_FITTING = {
    "number": ("number",),
    "whole": ("number",),
    "date": ("date",),
    "truth": ("truth", "number"),
}


def find_record_table(sketch: Sketch) -> str | None:
    """Return the table that an export holds, or None where it is none of them."""
    if sketch.export.source.header != "plain":
        return None
    best, table = (0, 0, 0), None
    hinted = [fold(each) for each in (sketch.source, sketch.export.source.sheet or "", sketch.export.source.file)]
    for name, declared in TABLES.items():
        found = _match_columns(sketch, name)
        needed = [column.name for column in declared.columns if column.required]
        # Tables in which everything may be missing but a name are known by the name of the sheet only.
        hint = any(fold(name) in text for text in hinted)
        few = len(found) < _LEAST_SHARE * len(sketch.columns)
        if not set(needed) <= set(found) or ((len(needed) < _LEAST_NEEDED or few or name in _BY_PERSON) and not hint):
            continue
        score = (int(hint), len(found), len(needed))
        if score > best:
            best, table = score, name
    return table


def _match_columns(sketch: Sketch, table: str) -> dict[str, list[Seen]]:
    """Return the columns that go by the names of a table's; what it must have and lacks, by what is left."""
    declared = TABLES[table]
    known: dict[str, list[Seen]] = {}
    for seen in sketch.open():
        name = find_known(seen.name, table)
        if name is not None:
            known.setdefault(name, []).append(seen)
    lacking = [column for column in declared.columns if column.required and column.name not in known]
    if not known or len(lacking) > 1 or any(column.name in declared.key for column in lacking):
        return known
    for column in lacking:
        kinds = _FITTING.get(column.type, ("choice", "text"))
        left = [seen for seen in sketch.open() if find_known(seen.name, table) is None and seen.kind in kinds]
        if len(left) == 1 and column.type in ("truth", "date"):
            known[column.name] = left
    return known


def draft_record_table(sketch: Sketch, table: str) -> None:
    """Propose a column of the table for each column of the export."""
    declared = TABLES[table]
    columns: dict[str, ColumnMap] = {}
    matched = _match_columns(sketch, table)
    for name in [each for each in declared.column_names if each in matched]:
        names = known_names(table, name)
        rivals = sorted(matched[name], key=lambda seen: [*names, fold(seen.name)].index(fold(seen.name)))
        seen = rivals[0]
        exact = fold(seen.name) == fold(name)
        made, confidence, reason = fit_column(seen, declared.find_column(name), exact=exact)
        if find_known(seen.name, table) is None:
            confidence, reason = OTHER, f"{table} must have it, and no other column is left that could be it"
        if len(rivals) > 1 and not exact:
            listed = " or ".join(repr(each.name) for each in rivals)
            made = replace(made, ask=f"{listed}: which of them is it?")
            confidence, reason = ASKED, f"{listed} could be it"
        columns[name] = made
        sketch.claim(seen, table, name, confidence, reason)
    for seen in sketch.open():
        if fold(seen.name) in TECHNICAL and declared.free is not None:
            sketch.leave_out(seen, KNOWN_NAME, TECHNICAL[fold(seen.name)])
        elif seen.kind == "empty":
            sketch.leave_out(seen, KNOWN_NAME, "every row is empty")
        elif declared.free is not None:
            name = seen.name if seen.name.isidentifier() and seen.name.islower() else name_column(seen.name, columns)
            if table == "rung_values":
                name = seen.name
            columns[name] = keep_kind(ColumnMap(origin=seen.name), seen)
            sketch.claim(seen, table, name, OTHER, f"no column of {table} has that name: it may be {_what_free(table)}")
        else:
            sketch.leave_out(seen, OTHER, f"{table} has no such column, and no other column is free")
    sketch.tables[table] = TableMap(source=sketch.source, columns=columns)


def fit_column(seen: Seen, column: Column, *, exact: bool) -> tuple[ColumnMap, float, str]:
    """Return how a column is made of one whose name says so, how sure that is, and why."""
    reason = "it has this name" if exact else f"{seen.name!r} is a usual name for it"
    confidence = OWN_NAME if exact else KNOWN_NAME
    labels = seen.truth_labels() if column.type == "truth" and seen.kind == "truth" else {}
    fitting = _FITTING.get(column.type)
    if fitting is None or seen.kind in (*fitting, "empty"):
        kind = {"truth": "yes and no", "empty": "nothing"}.get(seen.kind, f"{seen.kind}s")
        reason += f" and holds {kind}" if fitting else ""
        return ColumnMap(origin=seen.name, labels=labels, missing=seen.missing), confidence, reason
    if column.type == "date" and are_compact(seen.distinct):
        return ColumnMap(origin=seen.name, missing=seen.missing), confidence, f"{reason} and holds dates"
    if column.type == "date" and looks_like_excel_days(seen.distinct):
        read = read_dates(seen.distinct[:1], order="excel")[0].iloc[0]
        ask = f"are numbers such as {seen.distinct[0]!r} days as Excel counts them? That is {read:%Y-%m-%d}"
        made = ColumnMap(origin=seen.name, missing=seen.missing, dates="excel", ask=ask)
        return made, ASKED, f"{reason}, and its numbers may be days as Excel counts them"
    shown = ", ".join(map(repr, seen.distinct[:3]))
    ask = f"it must be {column.type}, but holds {shown}: give `labels:`, or another column"
    made = ColumnMap(origin=seen.name, missing=seen.missing, ask=ask)
    return made, UNFIT, f"{reason}, but holds {shown}"


def keep_kind(column: ColumnMap, seen: Seen) -> ColumnMap:
    """Hold a column of numbers to them: one text in a later export would otherwise turn all of it into words."""
    short = all(sum(map(str.isdigit, text)) <= _MOST_DIGITS for text in seen.distinct)
    return replace(column, type="number") if seen.kind == "number" and seen.marks and short else column


def _what_free(table: str) -> str:
    free = TABLES[table].free
    article = "an" if free and free.name[0] in "aeiou" else "a"
    return f"{article} {free.name}" if free else ""
