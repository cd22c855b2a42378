"""One part of a table from one export: which rows, which columns, and which groups of columns become rows.

    rows of the export that are kept -> the columns that repeat in each row -> one block per group of columns -> the
    rows of one row of the export together again, in the order of the first name of `over`

A block holds every combination of `over`, one below the other, so that a column is converted once, however many
columns of the export it comes from.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cvlab.errors import Problem
from cvlab.tables.conversion import show_found
from cvlab.tables.declaration import ColumnType, Table
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.headers import name_repeated
from cvlab.tables.importing.map_values import suggest
from cvlab.tables.importing.mapping import Case, ColumnMap, Repeat, TableMap
from cvlab.tables.importing.values import Converted, convert_given, convert_texts, way_of, write_number_text

_CORRECT = "correct it in the export, name it under `missing:` if it means no answer, or give its `labels:`"
_REMEDIES = {
    "must be among the labels of the mapping": "add it to `labels:`, or say `keep_unlisted: yes`",
    "could be two days": "say `dates: day-first` or `dates: month-first`",
    "must have a year of four digits": (
        "export the dates with four digits, or say the hundred years they lie in, such as `short_years: 1950-2049`"
    ),
    "must be numbers with the same marks": "correct them in the export, or say `type: text` if these are codes",
    "must be a value, not": "correct it in the export, or list it under `missing:` if it means no answer",
    "must be a number": "correct it, say other marks (`decimal:`, `thousands:`), or name it under `missing:`",
}
Fill = Mapping[str, str]


@dataclass(eq=False, kw_only=True)
class Made:
    """What came of one part; filled while it is made."""

    frame: pd.DataFrame
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """The rows of an export, once per combination: what a column of the table is made from.

    Attributes
    ----------
    export : the export.
    kept : positions of the rows that are kept.
    fills : for each combination what stands in the braces of column names (and of texts).
    written : for each combination what stands in the braces of values.
    """

    export: Export
    kept: np.ndarray
    fills: tuple[Fill, ...] = ({},)
    written: tuple[Fill, ...] = ({},)

    def texts(self, origin: str, made: Made, place: str) -> pd.Series | None:
        """The cells of a column of the export, combination by combination; None where one is not there."""
        names = [fill_braces(origin, fill) for fill in self.fills]
        made.used.update(names)
        unknown = [name for name in dict.fromkeys(names) if name not in self.export.frame.columns]
        if unknown:
            made.problems += [_name_unknown(name, self.export, place) for name in unknown]
            return None
        whole = len(self.kept) == len(self.export.frame)
        columns = [self.export.frame[name] if whole else self.export.frame[name].iloc[self.kept] for name in names]
        return columns[0].reset_index(drop=True) if len(columns) == 1 else pd.concat(columns, ignore_index=True)

    def spread(self, values: Sequence[str]) -> pd.Series:
        """One text per combination, repeated over the rows."""
        return pd.Series(values, dtype="str").repeat(len(self.kept)).reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.kept) * len(self.fills)


def fill_braces(text: str, fill: Fill) -> str:
    """Put what the names stand for in place of the names in braces.

    Examples
    --------
    >>> fill_braces("T{task}_{alternative}_price", {"task": "3", "alternative": "a"})
    'T3_a_price'
    """
    for name, value in fill.items():
        text = text.replace("{" + name + "}", value)
    return text


def make_part(part: TableMap, export: Export, table: Table) -> Made:
    """Make the rows of one part of a table, its look-ups excepted."""
    made = Made(frame=pd.DataFrame())
    kept = _choose_rows(part, export, made, table.name)
    base = _make_columns(part.columns, Block(export=export, kept=kept), pd.DataFrame(), made, table)
    if not part.repeat:
        made.frame = base
        return made
    frames, ranks = [], []
    for repeat in part.repeat:
        block = _spread_over(repeat, export, kept)
        count = len(block.fills)
        spread = base.take(np.tile(np.arange(len(kept)), count)).reset_index(drop=True)
        for name in repeat.over:
            spread[name] = convert_given(block.spread([fill[name] for fill in block.written]), _type_of(table, name))
        frames.append(_make_columns(repeat.columns, block, spread, made, table))
        first = next(iter(repeat.over))
        ranks.append([(first, fill[first]) for fill in block.written])
    frame = pd.concat(frames, ignore_index=True)
    made.frame = frame.take(_order_rows(ranks, len(kept))).reset_index(drop=True)
    return made


def _choose_rows(part: TableMap, export: Export, made: Made, place: str) -> np.ndarray:
    """Return the positions of the rows whose answers `only` names."""
    keep = np.ones(len(export.frame), dtype=bool)
    for column, texts in part.only.items():
        made.used.add(column)
        if column not in export.frame.columns:
            made.problems.append(_name_unknown(column, export, f"{place}: only"))
            continue
        keep &= export.frame[column].str.strip().isin(texts).to_numpy(dtype=bool)
    left_out = len(keep) - int(keep.sum())
    if left_out:
        named = ", ".join(part.only)
        made.notes.append(f"{place}: {left_out:,} of {len(keep):,} rows of {export.file} left out by `only` ({named})")
    return np.flatnonzero(keep)


def _spread_over(repeat: Repeat, export: Export, kept: np.ndarray) -> Block:
    combinations = list(itertools.product(*(values.items() for values in repeat.over.values())))
    names = tuple(repeat.over)
    return Block(
        export=export,
        kept=kept,
        fills=tuple({name: code for name, (_, code) in zip(names, each, strict=True)} for each in combinations),
        written=tuple({name: value for name, (value, _) in zip(names, each, strict=True)} for each in combinations),
    )


def _order_rows(ranks: Sequence[Sequence[tuple[str, str]]], rows: int) -> np.ndarray:
    """Bring together what was made of one row of the export, in the order of the first name of `over`."""
    flat = [value for group in ranks for value in group]
    if len({name for name, _ in flat}) > 1:
        flat = [("", str(number)) for number, group in enumerate(ranks) for _ in group]
    order = {value: rank for rank, value in enumerate(dict.fromkeys(flat))}
    places = np.argsort([order[value] for value in flat], kind="stable")
    # Row r of combination c stands at c × rows + r.
    return (places[None, :] * rows + np.arange(rows)[:, None]).ravel()


def _make_columns(
    columns: Mapping[str, ColumnMap], block: Block, frame: pd.DataFrame, made: Made, table: Table
) -> pd.DataFrame:
    """Add the columns of one block to those that are there."""
    values = {name: frame[name] for name in frame.columns}
    # Columns that compare with another one come after it.
    late = {name for name, column in columns.items() if any(case.same_as for case in column.cases)}
    for name, column in sorted(columns.items(), key=lambda each: each[0] in late):
        converted = _make_column(name, column, block, values, made, table)
        if converted is not None:
            values[name] = converted
    return pd.DataFrame(values, copy=False)


def make_block_columns(
    columns: Mapping[str, ColumnMap], block: Block, made: Made, table: Table
) -> Mapping[str, pd.Series]:
    """Make columns from the rows of one export as they are, for a look-up; those that cannot be made are missing."""
    frame = _make_columns(columns, block, pd.DataFrame(), made, table)
    return {str(name): frame[name] for name in frame.columns}


def _make_column(
    name: str, column: ColumnMap, block: Block, values: Mapping[str, pd.Series], made: Made, table: Table
) -> pd.Series | None:
    place = f"{table.name}.{name}"
    declared = _type_of(table, name, column)
    if column.origin is not None:
        texts = block.texts(column.origin, made, place)
        if texts is None:
            return None
        return _convert(texts, column, block, declared, made, place)
    if column.cases:
        return _decide(column, block, values, declared, made, place)
    said = convert_given(block.spread([fill_braces(column.value or "", fill) for fill in block.written]), declared)
    if column.value and said.isna().any():
        rule = f"the value {column.value!r} of the mapping must be {declared}"
        made.problems.append(Problem(table=table.name, column=name, rule=rule, remedy="correct it in the mapping"))
    return said


def _type_of(table: Table, name: str, column: ColumnMap | None = None) -> ColumnType:
    if name.startswith("_"):
        return "text" if column is None or column.type is None else column.type
    return table.find_column(name).type


def _convert(
    texts: pd.Series, column: ColumnMap, block: Block, declared: ColumnType, made: Made, place: str
) -> pd.Series:
    """Convert the cells of a column; where `is` has braces, each combination asks for its own text."""
    export, rows = block.export, len(block.kept)
    way = way_of(column, export.source, declared)
    if any("{" in text for text in column.equals):
        converted = _convert_by_combination(texts, column, block, declared)
    else:
        converted = convert_texts(texts, way)
    origins = [fill_braces(column.origin or "", fill) for fill in block.fills]
    for reason, mask in converted.wrong.items():
        for number, origin in enumerate(origins):
            part = np.flatnonzero(mask[number * rows : (number + 1) * rows])
            if len(part):
                found = texts.iloc[number * rows + part]
                made.problems.append(_name_wrong(export, origin, block.kept[part], reason, found, place))
    if converted.formulas.any():
        count = int(converted.formulas.sum())
        made.notes.append(
            f"{place}: {count:,} text{'s' if count > 1 else ''} in column {column.origin!r} of {export.file} would be "
            f"run as a formula by a spreadsheet; an apostrophe now stands before {'each' if count > 1 else 'it'}"
        )
    return converted.column


def _convert_by_combination(texts: pd.Series, column: ColumnMap, block: Block, declared: ColumnType) -> Converted:
    rows = len(block.kept)
    parts = []
    for number, fill in enumerate(block.fills):
        asked = {f: getattr(column, f) for f in ("origin", "labels", "otherwise", "missing", "type")}
        own = ColumnMap(**asked, equals=tuple(fill_braces(text, fill) for text in column.equals))
        way = way_of(own, block.export.source, declared)
        parts.append(convert_texts(texts.iloc[number * rows : (number + 1) * rows], way))
    reasons = dict.fromkeys(reason for part in parts for reason in part.wrong)
    nowhere = np.zeros(rows, dtype=bool)
    return Converted(
        column=pd.concat([part.column for part in parts], ignore_index=True),
        wrong={reason: np.concatenate([part.wrong.get(reason, nowhere) for part in parts]) for reason in reasons},
        formulas=np.concatenate([part.formulas for part in parts]),
    )


def _decide(
    column: ColumnMap, block: Block, values: Mapping[str, pd.Series], declared: ColumnType, made: Made, place: str
) -> pd.Series | None:
    """Give each row the value of the first case that holds."""
    said = pd.Series(np.nan, index=range(len(block)), dtype="str")
    open_ = np.ones(len(block), dtype=bool)
    for case in column.cases:
        cells = block.texts(case.origin, made, place)
        if cells is None:
            return None
        holds = open_ & _holds(case, cells.str.strip(), block, values, made, place)
        written = block.spread([fill_braces(case.value, fill) for fill in block.written])
        said = said.mask(holds, written)
        open_ &= ~holds
    if column.otherwise is not None:
        said = said.mask(open_, column.otherwise)
    return convert_given(said.fillna(""), declared)


def _holds(
    case: Case, cells: pd.Series, block: Block, values: Mapping[str, pd.Series], made: Made, place: str
) -> np.ndarray:
    if case.same_as is None:
        asked = [[fill_braces(text, fill) for text in case.equals] for fill in block.fills]
        rows = len(block.kept)
        parts = [
            cells.iloc[n * rows : (n + 1) * rows].isin(texts).to_numpy(dtype=bool) for n, texts in enumerate(asked)
        ]
        return np.concatenate(parts)
    if case.same_as not in values:
        rule = f"the cases of {place} compare with {case.same_as!r}, which is not made"
        remedy = suggest(case.same_as, values)
        made.problems.append(Problem(table=place.split(".")[0], rule=rule, remedy=remedy))
        return np.zeros(len(cells), dtype=bool)
    other = as_keys(values[case.same_as])
    return ((cells == other) & (cells != "")).fillna(False).to_numpy(dtype=bool)


def as_keys(values: pd.Series) -> pd.Series:
    """Write the values of a column as texts by which rows of two tables can be told to be the same."""
    if pd.api.types.is_float_dtype(values) and str(values.dtype) != "Int64":
        return values.map(write_number_text, na_action="ignore").astype("str")
    return values.astype("str")


def _name_unknown(name: str, export: Export, place: str) -> Problem:
    if name in export.repeated:
        rule, _, remedy = name_repeated(export.repeated, name).partition(": ")
        return Problem(table=export.file, rule=f"{place} is made from {name!r}, but {rule}", remedy=remedy)
    rule = f"{place} is made from column {name!r}, but the export has no such column"
    return Problem(table=export.file, rule=rule, remedy=suggest(name, list(export.frame.columns)))


def _name_wrong(export: Export, origin: str, rows: np.ndarray, reason: str, found: pd.Series, place: str) -> Problem:
    remedy = next((text for start, text in _REMEDIES.items() if reason.startswith(start)), _CORRECT)
    return Problem(
        table=export.file,
        column=origin,
        rows=tuple(export.rows[rows].tolist()),
        rule=f"{reason} ({show_found(found)}) to become {place}",
        remedy=remedy,
    )
