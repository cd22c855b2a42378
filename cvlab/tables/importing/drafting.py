"""From files to a draft, and from a draft to a saved mapping: what `cvlab import --draft` and the explorer do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from cvlab.errors import DataError, ParameterError, Problem
from cvlab.tables.importing.applying import ImportedTables, apply_mapping
from cvlab.tables.importing.detection import NOTHING_TOLD, Told, detect_source, list_sheets
from cvlab.tables.importing.draft import Draft, draft_mapping
from cvlab.tables.importing.exports import Export, read_export
from cvlab.tables.importing.map_file import read_map
from cvlab.tables.importing.map_text import write_map_text
from cvlab.tables.importing.mapping import ColumnMap, ImportMap, Source, TableMap
from cvlab.tables.importing.sketch import name_column
from cvlab.tables.importing.workbook_cells import read_top_rows

_WORKBOOKS = (".xlsx", ".xlsm")
_MOST_TITLES = 6
# Beside a title may stand a day or a name; a row of a table has more.
_MOST_TITLE_CELLS = 2
_UNNAMED = re.compile(r"column \d+")


def read_files(
    files: str | Path | Iterable[str | Path], *, sheet: str | None = None, told: Told = NOTHING_TOLD
) -> dict[str, Export]:
    """Read files as their form proposes, by the names their sources should have; of a workbook every visible sheet.

    Parameters
    ----------
    files : one file or several.
    sheet : the only sheet to read of a workbook.
    told : what is known of the form of the files already; the same for all of them.

    Raises
    ------
    ParameterError : a file is not there, or `sheet` is given and none of the files is a workbook.
    DataError : a file cannot be read; all problems of all files.
    """
    paths = [Path(files)] if isinstance(files, (str, Path)) else [Path(file) for file in files]
    if not paths:
        raise ParameterError("no file is given: give at least one export")
    if sheet is not None and not any(path.suffix.lower() in _WORKBOOKS for path in paths):
        raise ParameterError(f"sheet is {sheet!r}, but no file is a workbook: leave it out")
    exports: dict[str, Export] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            sheets: list[str | None] = [None]
            if path.suffix.lower() in _WORKBOOKS:
                sheets = list(list_sheets(path)) if sheet is None else [sheet]
            found = [(each, _read_below_titles(path, each, told)) for each in sheets]
        except DataError as error:
            problems += error.problems
            continue
        filled = [(each, export) for each, export in found if len(export.frame)] or found
        for each, export in filled:
            several = each is not None and len(found) > 1
            exports[name_column(str(each) if several else path.stem, exports)] = export
    if problems:
        raise DataError.from_problems("no mapping can be drafted", problems)
    return exports


def _read_below_titles(path: Path, sheet: str | None, told: Told) -> Export:
    """Read a file as its form proposes; of a sheet with titles above its table, what is below them."""
    export, failure = None, None
    try:
        export = read_export(path, detect_source(path, sheet=sheet, told=told))
    except DataError as error:
        failure = error
    if (export is None or _has_unnamed(export)) and path.suffix.lower() in _WORKBOOKS and told.skip is None:
        below = _find_below_titles(path, sheet, told)
        if below is not None:
            return below
    if failure is not None:
        raise failure
    if export is None:  # either of the two is there
        raise ParameterError(f"{path.name} cannot be read")
    return export


def _find_below_titles(path: Path, sheet: str | None, told: Told) -> Export | None:
    """Read what is below the titles of a sheet; rows of a table are never taken for titles."""
    try:
        above = read_top_rows(path, sheet, count=_MOST_TITLES)
    except DataError:
        return None
    for skip, row in enumerate(above, start=1):
        if sum(bool(cell.strip()) for cell in row) > _MOST_TITLE_CELLS:
            return None
        try:
            export = read_export(
                path, Source(kind="xlsx", file=path.name, sheet=sheet, skip=skip, header=told.header or "plain")
            )
        except DataError:
            continue
        if len(export.frame.columns) > 1 and not _has_unnamed(export):
            return export
    return None


def _has_unnamed(export: Export) -> bool:
    return any(_UNNAMED.fullmatch(str(name)) for name in export.frame.columns)


def draft_files(
    files: str | Path | Iterable[str | Path], *, sheet: str | None = None, told: Told = NOTHING_TOLD
) -> Draft:
    """Propose a mapping for files that belong together.

    Sheets of a workbook that no table is made of are not in the mapping; the draft lists their columns all the same.

    Parameters
    ----------
    files, sheet, told : as for `read_files`.

    Raises
    ------
    ParameterError, DataError : as `read_files` and `draft_mapping`.
    """
    draft = draft_mapping(read_files(files, sheet=sheet, told=told))
    used = {draft.mapping.source_of(part) for table in draft.mapping.tables.values() for part in table.parts}
    used |= {each.source for table in draft.mapping.tables.values() for part in table.parts for each in part.lookup}
    sources = {name: source for name, source in draft.mapping.sources.items() if name in used or source.kind == "csv"}
    return replace(draft, mapping=replace(draft.mapping, sources=sources))


def save_draft(mapping: ImportMap, path: str | Path, *, force: bool = False) -> Path:
    """Save a drafted mapping; a mapping that is there already and says something else is kept.

    Parameters
    ----------
    mapping : the mapping.
    path : where; its folder is made.
    force : whether to overwrite another mapping.

    Raises
    ------
    ParameterError : another mapping is there, or the file cannot be written.
    """
    target = Path(path)
    data = write_map_text(mapping).encode()
    try:
        if target.exists() and not force and target.read_bytes() != data:
            raise ParameterError(
                f"{str(target)!r} is there already and says something else: import with it, give another --map, or "
                "overwrite it with --force"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise ParameterError(f"{str(target)!r} cannot be written: {error.strerror}") from None
    return target


def read_saved_map(path: str | Path, *, sheet: str | None = None, draft: str = "cvlab import … --draft") -> ImportMap:
    """Read a saved mapping, for another sheet of the workbook where one is named.

    Parameters
    ----------
    path : the mapping.
    sheet : the sheet to read instead of the one in the mapping.
    draft : the command that drafts a mapping, for the message where there is none.

    Raises
    ------
    ParameterError : there is no such file, or the mapping has not exactly one sheet to replace.
    DataError : the file is no mapping.
    """
    file = Path(path)
    if not file.exists():
        raise ParameterError(f"there is no mapping {str(file)!r}: draft one with {draft}")
    mapping = read_map(file)
    if sheet is None:
        return mapping
    workbooks = [name for name, source in mapping.sources.items() if source.kind == "xlsx"]
    if len(workbooks) != 1:
        raise ParameterError(
            f"sheet is {sheet!r}, but the mapping reads {len(workbooks)} sheets: say `sheet:` in {file} instead"
        )
    changed = {workbooks[0]: replace(mapping.sources[workbooks[0]], sheet=sheet)}
    return replace(mapping, sources={**mapping.sources, **changed})


def preview_table(exports: Mapping[str, Export], mapping: ImportMap, table: str, *, rows: int = 10) -> ImportedTables:
    """Make one table of the first rows of its exports, open questions answered as the mapping stands.

    Parameters
    ----------
    exports : by name of their source, as for `apply_mapping`.
    mapping : the mapping as it is now.
    table : which of its tables.
    rows : how many rows of each export; exports that are looked up in are used as a whole.
    """
    only = without_questions(replace(mapping, tables={table: mapping.tables[table]}, codebook={}))
    parted = {mapping.source_of(part) for part in mapping.tables[table].parts}
    given = {}
    for name, source in only.sources.items():
        export = replace(exports[name], source=source)
        head = replace(export, frame=export.frame.head(rows), rows=export.rows[:rows])
        given[name] = head if name in parted else export
    return apply_mapping(given, only)


def without_questions(mapping: ImportMap) -> ImportMap:
    """Return a mapping without its open questions, everything else as it stands."""
    return replace(
        mapping,
        sources={name: replace(source, ask=()) for name, source in mapping.sources.items()},
        tables={name: _answer_part(part) for name, part in mapping.tables.items()},
    )


def _answer_part(part: TableMap) -> TableMap:
    def answer(columns: Mapping[str, ColumnMap]) -> dict[str, ColumnMap]:
        # A column of which only the question is there stays empty.
        return {
            name: replace(each, ask=None, value=each.value if each.origin or each.cases else each.value or "")
            for name, each in columns.items()
        }

    return replace(
        part,
        columns=answer(part.columns),
        repeat=tuple(replace(each, columns=answer(each.columns)) for each in part.repeat),
        lookup=tuple(replace(each, columns=answer(each.columns)) for each in part.lookup),
        more=tuple(map(_answer_part, part.more)),
    )


def close_question(mapping: ImportMap, question: str) -> ImportMap:
    """Return a mapping without one of its questions, as `list_questions` writes it.

    Examples
    --------
    >>> asking = ImportMap(sources={"answers": Source(ask=("day or month first?",))}, tables={})
    >>> close_question(asking, "source answers: day or month first?").sources["answers"].ask
    ()
    """

    def close(part: TableMap, table: str) -> TableMap:
        def answer(columns: Mapping[str, ColumnMap]) -> dict[str, ColumnMap]:
            return {
                name: replace(each, ask=None) if f"{table}.{name}: {each.ask}" == question else each
                for name, each in columns.items()
            }

        return replace(
            part,
            columns=answer(part.columns),
            repeat=tuple(replace(each, columns=answer(each.columns)) for each in part.repeat),
            lookup=tuple(replace(each, columns=answer(each.columns)) for each in part.lookup),
            more=tuple(close(each, table) for each in part.more),
        )

    sources = {
        name: replace(source, ask=tuple(ask for ask in source.ask if f"source {name}: {ask}" != question))
        for name, source in mapping.sources.items()
    }
    return replace(mapping, sources=sources, tables={name: close(part, name) for name, part in mapping.tables.items()})
