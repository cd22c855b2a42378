"""Applying a mapping: exports in, tables out, and everything that did not fit, all at once.

Columns of an export that the mapping neither uses nor ignores are listed, never dropped silently. Rows that are left
out on purpose (`only`, `skip_empty`) are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.errors import DataError, Problem
from cvlab.tables.conversion import convert, holds_words, show_found
from cvlab.tables.declaration import Column, Table
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.mapping import CodebookEntry, ColumnMap, ImportMap, Lookup, TableMap, list_questions
from cvlab.tables.importing.parts import Block, Made, as_keys, make_block_columns, make_part
from cvlab.tables.importing.questions import collect_codebook
from cvlab.tables.schema import TABLES

_DIGIT_FIRST = r"^[+-]?[\d.]"
_FEW = 50
_PLAIN = r"^[+-]?(?:0|[1-9]\d{0,14})(?:\.\d+)?$"
_WHOLE = r"^[+-]?\d+$"


@dataclass(frozen=True, eq=False, kw_only=True)
class ImportedTables:
    """What came of applying a mapping.

    Attributes
    ----------
    tables : by name, with typed columns: those of the declaration in its order, then the others.
    codebook : table -> column -> question and labels.
    unmapped : (source, column) of each column of an export that is neither used nor ignored.
    notes : what was left out or noticed.
    problems : everything that did not fit, with file, column, row in the file and value.
    """

    tables: Mapping[str, pd.DataFrame]
    codebook: Mapping[str, Mapping[str, CodebookEntry]] = field(default_factory=dict)
    unmapped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def apply_mapping(exports: Export | Mapping[str, Export], mapping: ImportMap) -> ImportedTables:
    """Make tables of exports.

    Parameters
    ----------
    exports : by name of their source; one alone where the mapping has one source.
    mapping : says what becomes what.

    Raises
    ------
    DataError : a question of the mapping is open, or an export it names is not given.
    """
    given = {next(iter(mapping.sources)): exports} if isinstance(exports, Export) else dict(exports)
    _check_ready(given, mapping)
    used: dict[str, set[str]] = {name: set(source.ignore) for name, source in mapping.sources.items()}
    notes: list[str] = [f"{export.file}: {note}" for export in given.values() for note in export.notes]
    problems: list[Problem] = []
    tables = {}
    for name, table in mapping.tables.items():
        parts = []
        for part in table.parts:
            made = make_part(part, given[mapping.source_of(part)], TABLES[name])
            used[mapping.source_of(part)] |= made.used
            for lookup in part.lookup:
                _look_up(lookup, given[lookup.source], made, TABLES[name], used[lookup.source])
            _skip_empty(part, made, name)
            notes += made.notes
            problems += made.problems
            parts.append(made.frame)
        tables[name] = _finish(parts, TABLES[name])
    unmapped = tuple(
        (name, column) for name, export in given.items() for column in export.frame.columns if column not in used[name]
    )
    return ImportedTables(
        tables=tables,
        codebook=collect_codebook(given, mapping),
        unmapped=unmapped,
        notes=tuple(dict.fromkeys(notes)),
        problems=tuple(dict.fromkeys(problems)),
    )


def _check_ready(exports: Mapping[str, Export], mapping: ImportMap) -> None:
    problems = [
        Problem(
            table="the mapping",
            rule=f"a question is open: {question}",
            remedy="correct what it asks about, then delete the `ask`",
        )
        for question in list_questions(mapping)
    ]
    problems += [
        Problem(table="the mapping", rule=f"the source {name!r} has no file", remedy="give the file as well")
        for name in mapping.sources
        if name not in exports
    ]
    if problems:
        raise DataError.from_problems("nothing was imported", problems)


def _look_up(lookup: Lookup, export: Export, made: Made, table: Table, used: set[str]) -> None:
    """Add columns from another export to the rows whose keys it has."""
    missing = [column for column in lookup.on.values() if column not in made.frame.columns]
    if missing:
        rule = f"a look-up in {export.file} goes by {', '.join(map(repr, missing))}, which is not made"
        made.problems.append(Problem(table=table.name, rule=rule, remedy="make it, with a name that begins with _"))
        return
    other = Made(frame=pd.DataFrame())
    block = Block(export=export, kept=np.arange(len(export.frame)))
    keys = make_block_columns(
        {ours: ColumnMap(origin=theirs) for theirs, ours in lookup.on.items()}, block, other, table
    )
    found = make_block_columns(lookup.columns, block, other, table)
    used |= other.used
    made.problems += other.problems
    if other.problems:
        return
    theirs = pd.MultiIndex.from_frame(pd.DataFrame({name: as_keys(keys[name]) for name in keys}))
    ours = pd.MultiIndex.from_frame(pd.DataFrame({name: as_keys(made.frame[name]) for name in keys}))
    repeated = theirs.duplicated(keep=False)
    if repeated.any():
        rows = tuple(export.rows[np.flatnonzero(repeated)].tolist())
        rule = f"{' and '.join(lookup.on)} must name one row, but some rows share them"
        made.problems.append(
            Problem(table=export.file, rows=rows, rule=rule, remedy="delete all but one, or add a key")
        )
        return
    places = theirs.get_indexer(ours)
    for name in found:
        # Position -1 stands for a row that was not found; take would read it as the last.
        taken = found[name].reindex(places).reset_index(drop=True)
        made.frame[name] = taken
    lost = int((places < 0).sum())
    if lost:
        shown = show_found([", ".join(map(str, key)) for key in ours[places < 0].unique()[:4]])
        made.notes.append(f"{table.name}: {lost:,} of {len(places):,} rows have no match in {export.file} ({shown})")


def _skip_empty(part: TableMap, made: Made, name: str) -> None:
    columns = [column for column in part.skip_empty if column in made.frame.columns]
    if not columns:
        return
    empty = made.frame[columns].isna().all(axis=1).to_numpy()
    if empty.any():
        made.frame = made.frame[~empty].reset_index(drop=True)
        named = ", ".join(columns)
        made.notes.append(f"{name}: {int(empty.sum()):,} of {len(empty):,} rows have no {named} and are not made")


def _finish(parts: list[pd.DataFrame], table: Table) -> pd.DataFrame:
    """Put the parts below each other, drop what only helped, and order the columns."""
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    made = [str(name) for name in frame.columns if not str(name).startswith("_")]
    names = [name for name in table.column_names if name in made] + table.free_names(made)
    finished = {}
    for name in names:
        column = table.find_column(name)
        open_ = column.type == "any" and pd.api.types.is_string_dtype(frame[name])
        finished[name] = _settle(frame[name], column) if open_ else frame[name]
    return pd.DataFrame(finished, copy=False)


def _settle(texts: pd.Series, column: Column) -> pd.Series:
    """Decide whether a column that may be either holds texts or numbers, as reading the table will."""
    if holds_words(texts.iloc[:_FEW]):
        return texts
    codes, distinct = pd.factorize(texts)
    written = pa.array(distinct, type=pa.large_string(), from_pandas=True)
    if not pc.any(pc.match_substring_regex(written, _DIGIT_FIRST)).as_py():
        return texts
    if pc.all(pc.match_substring_regex(written, _PLAIN)).as_py():
        # The usual case, without looking for the words and codes that make a column text.
        whole = pc.all(pc.match_substring_regex(written, _WHOLE)).as_py()
        settled = pd.Series(written.cast(pa.int64() if whole else pa.float64()).to_numpy(zero_copy_only=False))
    else:
        settled = convert(pd.Series(distinct), column, table=column.name)[0]
    if not pd.api.types.is_numeric_dtype(settled):
        return texts
    numbers = settled.to_numpy()
    if (codes < 0).any():
        # What is missing has the code -1, and so takes the last.
        numbers = np.append(numbers.astype(float), np.nan)
    return pd.Series(numbers[codes], index=texts.index)
