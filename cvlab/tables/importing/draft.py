"""Drafting a mapping: what each column of an export may be, how sure that is, and why.

    names       our own, usual ones in English and German, those that survey tools give
    wording     of the questions, where the export has them
    values      numbers, dates, yes and no, labels of a scale; four prices in order; one scale over many columns
    confidence  from 0 to 1, set per reason and not estimated: .98 our own name · .9 a usual name, a pattern over
                several columns · .85 the wording of a question · .6 values alone · .5 and less, or a question asked,
                where two readings are open

Every column of the export has one row in the draft: what it becomes, or why it is left out. What two people could read
in two ways becomes an `ask`, and `cvlab import` does nothing while one stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.choice_columns import find_best_worst, find_choices
from cvlab.tables.importing.comparing import describe_source
from cvlab.tables.importing.date_texts import has_short_year, read_dates
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.looking import MOST_CHOICES, Seen, look_at
from cvlab.tables.importing.mapping import (
    CodebookEntry,
    ColumnMap,
    DateOrder,
    ImportMap,
    Source,
    TableMap,
    list_questions,
)
from cvlab.tables.importing.records import draft_record_table, find_record_table
from cvlab.tables.importing.sketch import Sketch, name_column
from cvlab.tables.importing.survey_columns import (
    describe_rest,
    find_bids,
    find_person,
    find_price_questions,
    find_respondent_columns,
    set_aside,
)
from cvlab.tables.importing.survey_groups import find_amounts, find_price_ladder, find_statements
from cvlab.tables.setting_values import cut

LOW = 0.7
_SHORT_YEARS = "1950-2049"
_EXAMPLES, _LONGEST_EXAMPLE = 3, 24
_MOST_NAMES = 5
COLUMNS = ("source", "column", "question", "table", "field", "confidence", "reason", "examples")


@dataclass(frozen=True, eq=False, kw_only=True)
class Draft:
    """A proposed mapping.

    Attributes
    ----------
    mapping : the proposal, to be looked at and saved.
    table : one row per column of each export: source, column, question, table and field it becomes (empty where it is
        left out), confidence from 0 to 1, reason, examples.
    notes : what was noticed while the exports were read, such as hidden sheets and formulas without a value.
    """

    mapping: ImportMap
    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def questions(self) -> list[str]:
        """What must be answered before anything is imported."""
        return list_questions(self.mapping)


def draft_mapping(exports: Export | Mapping[str, Export]) -> Draft:
    """Propose a mapping for one export, or for several that belong together.

    Parameters
    ----------
    exports : one, or several by the names they should have in the mapping.

    Raises
    ------
    DataError : an export has no rows, or nothing in them can be made into a table.

    Examples
    --------
    >>> import tempfile
    >>> from cvlab.tables.importing import detect_source, read_export
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/answers.csv"
    ...     with open(path, "w") as stream:
    ...         _ = stream.write("Response ID,Buy at 9 €,Buy at 12 €\\nR1,Yes,No\\nR2,Yes,Yes\\n")
    ...     draft = draft_mapping(read_export(path, detect_source(path)))
    >>> draft.table[["column", "table", "field", "confidence"]].values.tolist()[1]
    ['Buy at 9 €', 'price_ladder', 'would_buy', 0.9]
    >>> draft.mapping.tables["price_ladder"].repeat[0].over
    {'price': {'9': 'Buy at 9 €', '12': 'Buy at 12 €'}}
    """
    given = {_name_source(exports): exports} if isinstance(exports, Export) else dict(exports)
    _check_rows(given)
    sketches = {name: Sketch(source=name, export=each, columns=look_at(each)) for name, each in given.items()}
    records = {name: table for name, sketch in sketches.items() if (table := find_record_table(sketch)) is not None}
    others = {name: sketch for name, sketch in sketches.items() if name not in records}
    for name, sketch in others.items():
        _draft_survey(sketch, {each: design for each, design in others.items() if each != name})
    for name, table in records.items():
        draft_record_table(sketches[name], table)
    sources = {name: _draft_source(sketch) for name, sketch in sketches.items()}
    mapping = ImportMap(sources=sources, tables=_join_tables(sketches), codebook=_join_codebooks(sketches))
    if not mapping.tables:
        raise DataError.from_problems(
            "no mapping can be drafted",
            [
                Problem(
                    table=sketch.export.file,
                    rule="no column is known by its name, its question or its values",
                    remedy="check that the header is read rightly, or write the mapping by hand",
                )
                for sketch in sketches.values()
            ],
        )
    notes = dict.fromkeys(f"{export.file}: {note}" for export in given.values() for note in export.notes)
    return Draft(mapping=mapping, table=_list_guesses(sketches), notes=tuple(notes))


def _name_source(export: Export) -> str:
    return name_column(export.file.rpartition(".")[0] or export.file, ())


def _check_rows(exports: Mapping[str, Export]) -> None:
    problems = [
        Problem(table=export.file, rule="the export has no rows below its header", remedy="export it with answers")
        for export in exports.values()
        if export.frame.empty
    ]
    if not exports:
        problems = [Problem(rule="no export is given", remedy="give at least one")]
    if problems:
        raise DataError.from_problems("no mapping can be drafted", problems)


def _draft_survey(sketch: Sketch, designs: Mapping[str, Sketch]) -> None:
    """Propose the tables that answers of people make."""
    if set(sketch.guesses) == set(sketch.columns):
        return
    set_aside(sketch)
    found = find_person(sketch)
    before = len(sketch.guesses)
    find_respondent_columns(sketch)
    find_price_questions(sketch)
    find_bids(sketch)
    find_best_worst(sketch, designs)
    find_choices(sketch, designs)
    find_price_ladder(sketch)
    find_statements(sketch)
    find_amounts(sketch)
    if not found and len(sketch.guesses) == before:
        # No person and no question that is known: this is no survey.
        sketch.tables.clear()
        for seen in sketch.open():
            sketch.leave_out(seen, 0.3, "no table is known that holds it")
        return
    describe_rest(sketch)


def _draft_source(sketch: Sketch) -> Source:
    """Return how the export is read: the marks of its numbers, the order of its dates, and what is ignored."""
    used = [
        seen for name, seen in sketch.columns.items() if (guess := sketch.guesses.get(name)) is not None and guess.table
    ]
    asks = [*sketch.export.source.ask, *sketch.asks]
    asks += _ask_for_errors(sketch, used)
    decimal, thousands = _settle_marks(sketch, used, asks)
    dated = [seen for seen in used if seen.kind == "date"]
    dates = _settle_dates(sketch, dated, asks)
    short_years = _settle_short_years(dated, dates, asks)
    ignored = tuple(name for name in sketch.columns if not sketch.guesses[name].table)
    described = _describe(sketch)
    return replace(
        described, decimal=decimal, thousands=thousands, dates=dates, short_years=short_years, ignore=ignored,
        ask=tuple(dict.fromkeys(asks)),
    )  # fmt: skip


def _ask_for_errors(sketch: Sketch, used: list[Seen]) -> list[str]:
    """Ask what errors of formulas mean; columns of numbers that hold some take nothing but numbers."""
    failed = [seen for seen in used if seen.failed]
    for seen in failed:
        if seen.kind == "number":
            _change_columns(sketch, seen.name, type="number")
    if not failed:
        return []
    errors = ", ".join(dict.fromkeys(text for seen in failed for text in seen.failed))
    names = ", ".join(repr(seen.name) for seen in failed[:_MOST_NAMES])
    names += f" and {len(failed) - _MOST_NAMES} more" if len(failed) > _MOST_NAMES else ""
    held = f"column {names} holds" if len(failed) == 1 else f"columns {names} hold"
    return [f"{held} errors of formulas ({errors}): correct them in the export, or list them under `missing:`"]


def _settle_marks(sketch: Sketch, used: list[Seen], asks: list[str]) -> tuple[str, str]:
    """Choose the marks that most columns of numbers can be read with; the others say their own."""
    marked = [seen for seen in used if seen.kind == "number" and seen.marks != ((".", ""),)]
    plain = [seen for seen in used if seen.kind == "number" and any("." in text for text in seen.distinct)]
    for seen in [seen for seen in marked if not seen.marks]:
        ask = "its numbers mix decimal marks: correct them in the export"
        _change_columns(sketch, seen.name, type="number", ask=ask)
    settled = [seen for seen in marked if seen.marks]
    if not settled:
        return ".", ""
    counted = Counter(
        pair for seen in (*settled, *(each for each in plain if each not in settled)) for pair in seen.marks
    )
    best = max(counted, key=lambda pair: (counted[pair], -len(pair[1])))
    # A mark of thousands beside the same decimal mark reads the columns without thousands as well.
    wider = [pair for pair in counted if pair[0] == best[0] and pair[1] and not best[1]]
    best = wider[0] if len(wider) == 1 and _is_certain(settled, wider[0]) else best
    for seen in settled:
        if best not in seen.marks and not any(pair[0] == best[0] for pair in seen.marks):
            _change_columns(sketch, seen.name, decimal=seen.marks[0][0], thousands=seen.marks[0][1])
    unsure = [seen for seen in settled if len(seen.marks) > 1]
    if unsure and not any(len(seen.marks) == 1 and seen.marks[0] == best for seen in settled):
        seen = unsure[0]
        example = next((text for text in seen.distinct if "," in text or "." in text), seen.distinct[0])
        asks.append(
            f"is {example!r} in column {seen.name!r} a number with decimals or in thousands? "
            f"decimal is {best[0]!r} and thousands {best[1]!r} now"
        )
    return best


def _is_certain(columns: list[Seen], pair: tuple[str, str]) -> bool:
    return any(seen.marks == (pair,) for seen in columns)


def _settle_dates(sketch: Sketch, dates: list[Seen], asks: list[str]) -> DateOrder:
    """Choose the order of day and month that all columns of dates fit; ask where it could be either."""
    written = [seen for seen in dates if seen.orders != ("iso",)]
    for seen in [seen for seen in written if not seen.orders]:
        _change_columns(sketch, seen.name, ask="its dates mix two orders of day and month: correct them in the export")
    orders = [set(seen.orders) for seen in written if seen.orders]
    if not orders:
        return "iso"
    common = set.intersection(*orders)
    if not common:
        for seen in written:
            if len(seen.orders) == 1:
                _change_columns(sketch, seen.name, dates=seen.orders[0])
            elif seen.orders:
                _change_columns(sketch, seen.name, ask="does the day or the month stand first? Say it as `dates:`")
        return "iso"
    best: DateOrder = "day-first" if "day-first" in common else "month-first"
    if len(common) > 1:
        seen = written[0]
        asks.append(
            f"does the day or the month stand first in dates such as {seen.distinct[0]!r} in column {seen.name!r}? "
            f"dates is {best!r} now"
        )
    return best


def _settle_short_years(dates: list[Seen], order: DateOrder, asks: list[str]) -> str:
    """Propose the hundred years in which years of two digits lie, and ask: the export does not say it."""
    texts = [(text, seen) for seen in dates for text in seen.all_texts if has_short_year(text)]
    if not texts:
        return ""
    # A day above 12 shows best which number is which.
    text, seen = max(texts, key=lambda each: each[0][:2])
    read = read_dates([text], order=order, short_years=_SHORT_YEARS)[0].iloc[0]
    shown = "cannot be read" if pd.isna(read) else f"is read as {read:%Y-%m-%d}"
    asks.append(
        f"years have two digits, and {text!r} in column {seen.name!r} {shown}: is that right? short_years is "
        f"{_SHORT_YEARS!r} and dates {order!r} now (day-first, month-first or year-first)"
    )
    return _SHORT_YEARS


def _change_columns(sketch: Sketch, origin: str, **changes: str) -> None:
    """Change how a table's column made of this column of the export is read."""

    def change(columns: Mapping[str, ColumnMap]) -> dict[str, ColumnMap]:
        return {name: replace(each, **changes) if each.origin == origin else each for name, each in columns.items()}  # type: ignore[arg-type]

    for name, table in sketch.tables.items():
        sketch.tables[name] = replace(table, columns=change(table.columns))


def _join_tables(sketches: Mapping[str, Sketch]) -> dict[str, TableMap]:
    """Put the tables of all exports together; parts of one table from several exports stand below each other."""
    joined: dict[str, TableMap] = {}
    for sketch in sketches.values():
        for name, table in sketch.tables.items():
            part = replace(table, source=sketch.source if len(sketches) > 1 else None)
            if name in joined:
                joined[name] = replace(joined[name], more=(*joined[name].more, part))
            else:
                joined[name] = part
    return joined


def _join_codebooks(sketches: Mapping[str, Sketch]) -> dict[str, dict[str, CodebookEntry]]:
    joined: dict[str, dict[str, CodebookEntry]] = {}
    for sketch in sketches.values():
        for table, entries in sketch.codebook.items():
            joined.setdefault(table, {}).update(entries)
    return joined


def _list_guesses(sketches: Mapping[str, Sketch]) -> pd.DataFrame:
    rows = []
    for source, sketch in sketches.items():
        for name, seen in sketch.columns.items():
            guess = sketch.guesses[name]
            shown = ", ".join(cut(text, _LONGEST_EXAMPLE) for text in seen.distinct[:_EXAMPLES])
            rows.append((source, name, seen.question, guess.table, guess.field, guess.confidence, guess.reason, shown))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _describe(sketch: Sketch) -> Source:
    """Describe the export for later ones; what already differs widely in the sample has no list of answers."""
    export = sketch.export
    few = [name for name, seen in sketch.columns.items() if len(seen.distinct) <= MOST_CHOICES]
    labels = describe_source(replace(export, frame=export.frame[few])).labels
    columns = {name: seen.question for name, seen in sketch.columns.items()}
    return replace(export.source, columns=columns, labels=labels)
