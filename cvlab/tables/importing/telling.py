"""What `cvlab import` says: the proposals of a draft as an aligned table, and what an import did, line by line."""

from __future__ import annotations

import itertools
import shlex
import textwrap
import unicodedata
from collections.abc import Sequence

import pandas as pd

from cvlab.tables.importing.draft import LOW, Draft
from cvlab.tables.importing.importing import ImportReport

WIDTH = 100
# Place of a cell -> how wide it may be; the reason takes what is left.
_MOST = {0: 4, 1: 30, 2: 33}
_LONGEST_RUN = 2
_MOST_CHANGES = 20

Row = tuple[str, str, str, str]


def tell_draft(draft: Draft) -> list[str]:
    """Return the proposals of a draft as lines of at most `WIDTH` characters, and its questions.

    Columns beside each other that become the same are one line; what is less sure than `LOW` is marked with `?`.
    """
    table = draft.table
    lines: list[str] = []
    for source in table["source"].unique():
        part = table[table["source"] == source]
        heading = f"{source}: {len(part):,} column{'s' if len(part) != 1 else ''}"
        skipped = draft.mapping.sources[source].skip if source in draft.mapping.sources else 0
        heading += f", header in row {skipped + 1}" if skipped else ""
        rows = [("sure", "column", "becomes", "because"), *_list_rows(part)]
        widths = [min(max(_measure(row[place]) for row in rows), most) for place, most in _MOST.items()]
        lines += ([""] if lines else []) + [heading]
        for row in rows:
            lines += _write_row(row, [*widths, WIDTH - sum(widths) - 2 * len(widths)])
    low = int((table["confidence"] < LOW).sum())
    made = len(draft.mapping.tables)
    lines += ["", f"{made} table{'s' if made != 1 else ''}: {', '.join(draft.mapping.tables)}"]
    if low:
        lines.append(f"{low:,} of {len(table):,} columns are marked with ?: look at these first")
    if draft.notes:
        lines += ["", *(line for note in draft.notes for line in textwrap.wrap(note, WIDTH, subsequent_indent="  "))]
    if draft.questions:
        count = len(draft.questions)
        lines += ["", f"{count} question{'s' if count != 1 else ''} to answer in the mapping before it can be used:"]
        for question in draft.questions:
            lines += textwrap.wrap(question, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return lines


def _list_rows(table: pd.DataFrame) -> list[Row]:
    """One row per proposal: how sure, column, becomes, because; runs of columns that become the same are one."""
    rows: list[Row] = []
    proposals = list(table[["confidence", "column", "table", "field", "reason"]].itertuples(index=False, name=None))
    for (confidence, *becomes), run in itertools.groupby(proposals, key=lambda each: (each[0], *each[2:])):
        names = [str(each[1]) for each in run]
        column = f"{names[0]} … {names[-1]} ({len(names)})" if len(names) > _LONGEST_RUN else ""
        sure = f"{confidence:.2f}".removeprefix("0") + ("?" if confidence < LOW else "")
        target = f"{becomes[0]}.{becomes[1]}" if becomes[0] else "left out"
        rows += [(sure, each, target, str(becomes[2])) for each in ([column] if column else names)]
    return rows


def tell_report(report: ImportReport) -> list[str]:
    """Return what an import did as lines: changes of the export, rows, columns that are not used, what was noticed."""
    lines: list[str] = []
    for source, changes in report.changes.items():
        shown = [f"  {change}" for change in changes[:_MOST_CHANGES]]
        more = [f"  and {len(changes) - _MOST_CHANGES:,} more"] if len(changes) > _MOST_CHANGES else []
        heading = f"{source} has changed since the mapping was saved:"
        lines += [heading, *shown, *more, ""] if changes else []
    if not any(report.changes.values()):
        lines += ["nothing has changed in the form of the export since the mapping was saved", ""]
    width = max(map(len, report.rows), default=0)
    for table, count in report.rows.items():
        state = "written" if f"{table}.csv" in report.written else "unchanged"
        state += _tell_difference(count, report.rows_before.get(table, 0))
        lines.append(f"{table:<{width}}  {count:>9,} row{'s' if count != 1 else ' '}  {state}")
    if report.unmapped:
        unmapped: dict[str, list[str]] = {}
        for source, column in report.unmapped:
            unmapped.setdefault(source, []).append(column)
        for source, columns in unmapped.items():
            number = f"{len(columns):,} column{'s are' if len(columns) != 1 else ' is'}"
            told = f"{number} neither used nor ignored in {source}: {', '.join(columns)}"
            lines += ["", *textwrap.wrap(told, WIDTH, subsequent_indent="  ")]
    if report.notes:
        lines += ["", *(line for note in report.notes for line in textwrap.wrap(note, WIDTH, subsequent_indent="  "))]
    return lines


def _tell_difference(now: int, before: int) -> str:
    """Say how many rows a table had, where it had some and not as many as now."""
    if not before or now == before:
        return ""
    return f": {before:,} before, {abs(now - before):,} {'fewer' if now < before else 'more'} now"


def tell_next(report: ImportReport) -> list[str]:
    """Return what is to be done after an import, as lines; the commands stand alone."""
    errors = [problem for problem in report.problems if problem.severity == "error"]
    folder = str(report.folder)
    if not errors:
        return [f"Next: {shlex.join(['cvlab', 'report', folder])}"]
    again = shlex.join(["cvlab", "check", folder])
    only = all(problem.table == "customers" and "customers.csv is missing" in problem.rule for problem in errors)
    if not only:
        return [f"Correct what is listed above, then run: {again}"]
    told = (
        "The tables above are in the folder, without an error. What is left is customers.csv: one row per "
        "customer with customer_id and start_date, from your shop, billing or CRM system, whether they answered or "
        "not. Export it there, then draft its own mapping, so that the one of the survey stays:"
    )
    own = str(report.folder / "customers-map.yaml")
    draft = shlex.join(["cvlab", "import", "customers-export.csv", "--into", folder, "--map", own])
    return [
        *textwrap.wrap(told, WIDTH),
        f"  {draft} --draft",
        f"  {draft}",
        f"Or fill {shlex.quote(str(report.folder / 'customers.csv'))} by hand, then run: {again}",
    ]


def _write_row(row: Row, widths: Sequence[int]) -> list[str]:
    """Write one row over as many lines as its longest cell takes."""
    cells = [_fold(text, width) for text, width in zip(row, widths, strict=True)]
    lines = itertools.zip_longest(*cells, fillvalue="")
    return ["  ".join(_pad(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _fold(text: str, width: int) -> list[str]:
    """Break a text so that it fits a column, wide letters counted twice."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return textwrap.wrap(text, max(width - wide, width // 2), break_on_hyphens=False) or [""]


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - _measure(text), 0)


def _measure(text: str) -> int:
    """How many places a text takes in a terminal."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1
        for letter in text
    )
