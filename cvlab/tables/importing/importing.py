"""Importing: files and a mapping in, a folder that holds a product line out; all of it or nothing.

Everything is made beside the folder and moved in at the end. Files that would not change are not touched, so that
importing twice changes nothing. Tables that the import does not make stay as they are; those that were changed by hand
since they were imported are overwritten only if a person wants it. The folder is then checked as `cvlab check` does,
and what it finds is in the report.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cvlab.errors import DataError, ParameterError, Problem
from cvlab.tables.importing.applying import ImportedTables, apply_mapping
from cvlab.tables.importing.codebook import put_codebook
from cvlab.tables.importing.comparing import Change, compare_export
from cvlab.tables.importing.csv_text import write_csv_text
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.known_cells import know_cells
from cvlab.tables.importing.map_file import read_map
from cvlab.tables.importing.mapping import ImportMap
from cvlab.tables.importing.matching import match_files, read_sources, stack_exports
from cvlab.tables.importing.written_files import RECORD, find_changed, write_record
from cvlab.tables.loading import load_folder
from cvlab.tables.reading import ENDINGS
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME
from cvlab.tables.starter import start_product_line


@dataclass(frozen=True, eq=False, kw_only=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    folder : where the tables are now.
    rows : table -> number of rows made.
    rows_before : table -> number of rows its file had, where there was one.
    written : names of the files that are new or changed.
    unchanged : names of the files that are as they were.
    changes : source -> what changed in its export since the mapping was saved.
    unmapped : (source, column) of each column that is neither used nor ignored.
    notes : what was left out or noticed.
    problems : what `cvlab check` finds in the folder now; empty where it was not asked for.
    """

    folder: Path
    rows: Mapping[str, int]
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    changes: Mapping[str, tuple[Change, ...]]
    unmapped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    rows_before: Mapping[str, int] = field(default_factory=dict)


def import_tables(
    files: str | Path | Iterable[str | Path],
    *,
    into: str | Path,
    mapping: ImportMap | str | Path,
    check: bool = True,
    overwrite: bool = False,
) -> ImportReport:
    """Import exports into the folder of a product line.

    Parameters
    ----------
    files : one export or several.
    into : the folder; made where it is missing, with a product_line.yaml to complete.
    mapping : the mapping, or the file it was saved in.
    check : whether the folder is then checked as `cvlab check` does; for very large tables that is most of the work.
    overwrite : whether tables that no import wrote as they are now, for they were changed or made by hand, may be
        overwritten.

    Raises
    ------
    ParameterError : a file or the mapping is not there, or `into` is a file.
    DataError : something does not fit, a question of the mapping is open, it was made for another export, or a table
        changed by hand would be overwritten; nothing was written then, and `problems` holds everything found.
    """
    paths = [Path(files)] if isinstance(files, (str, Path)) else [Path(file) for file in files]
    folder = Path(into)
    plan = mapping if isinstance(mapping, ImportMap) else read_map(mapping)
    if not paths:
        raise ParameterError("no file is given: give at least one export")
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{str(folder)!r} is a file: give a folder")
    exports, changes = _read_exports(paths, plan)
    made = apply_mapping(exports, plan)
    if made.problems:
        listed = _explain(made.problems, changes)
        raise DataError.from_problems(
            "nothing was imported (rows are counted as a spreadsheet shows them, header included)", listed
        )
    texts, notes = _write_texts(made, folder)
    tables = {name: data for name, data in texts.items() if name != FILE_NAME}
    by_hand = find_changed(folder, tables)
    if by_hand and not overwrite:
        raise DataError.from_problems(
            "nothing was imported (rows are counted as a spreadsheet shows them, header included)", by_hand
        )
    notes += tuple(f"{each.table}: what was done by hand was overwritten" for each in by_hand)
    before = {name: count for name in made.tables if (count := _count_rows(folder / f"{name}.csv")) is not None}
    written = _put_files(texts | {RECORD: write_record(folder, tables)}, folder)
    return ImportReport(
        folder=folder,
        rows={name: len(table) for name, table in made.tables.items()},
        rows_before=before,
        written=tuple(name for name in written if name != RECORD),
        unchanged=tuple(name for name in texts if name not in written),
        changes=changes,
        unmapped=made.unmapped,
        notes=made.notes + notes,
        problems=_check(folder, made, texts) if check else (),
    )


def _check(folder: Path, made: ImportedTables, texts: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Check the folder as `cvlab check` does; what is in the files just written is known."""
    written = {}
    for name, table in made.tables.items():
        known = know_cells(table, TABLES[name], texts[f"{name}.csv"])
        if known is not None:
            written[f"{name}.csv"] = known
    return load_folder(folder, written=written).problems


def _read_exports(paths: list[Path], plan: ImportMap) -> tuple[dict[str, Export], dict[str, tuple[Change, ...]]]:
    exports: dict[str, Export] = {}
    changes: dict[str, tuple[Change, ...]] = {}
    for name, parts in read_sources(match_files(paths, plan), plan).items():
        exports[name] = stack_exports(parts)
        changes[name] = tuple(compare_export(exports[name], plan, source=name))
    return exports, changes


def _explain(problems: Sequence[Problem], changes: Mapping[str, tuple[Change, ...]]) -> list[Problem]:
    """Say with problems what changed in the export: columns renamed, for others are not meant then; new answers."""
    listed = list(problems)
    for name, found in changes.items():
        for change in found:
            if change.kind == "renamed column" and change.used:
                gone = f"is made from column {change.column!r}, but"
                listed = [problem for problem in listed if gone not in problem.rule]
                remedy = f"write {change.now!r} in the mapping if it is the same question"
                listed.append(Problem(table=name, column=change.column, rule=str(change), remedy=remedy))
            elif change.kind == "new answers" and any(problem.column == change.column for problem in problems):
                remedy = "say under `labels:` what each new answer means, if it is one"
                listed.append(Problem(table=name, column=change.column, rule=str(change), remedy=remedy))
    return listed


def _write_texts(made: ImportedTables, folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the bytes of each file, and what must be said about them."""
    taken = [
        f"{name}{ending}" for name in made.tables for ending in ENDINGS[1:] if (folder / f"{name}{ending}").exists()
    ]
    if taken:
        problem = Problem(
            table=taken[0],
            rule=f"a table must have one file, and the import would write {taken[0].split('.')[0]}.csv beside it",
            remedy="move the other file away",
        )
        raise DataError.from_problems("nothing was imported", [problem])
    texts = {f"{name}.csv": write_csv_text(table) for name, table in made.tables.items()}
    settings = folder / FILE_NAME
    notes: tuple[str, ...] = ()
    if settings.is_file():
        before = settings.read_bytes()
        text = _decode(before)
    else:
        before, text = b"", _start_settings(folder)
        notes = (f"{FILE_NAME} was started: correct name and currency in it",)
    if made.codebook:
        text = put_codebook(text, made.codebook)
    texts[FILE_NAME] = before if text == _decode(before) and before else text.encode()
    return texts, notes


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        problem = Problem(table=FILE_NAME, rule="the file must be text in UTF-8", remedy="save it as UTF-8")
        raise DataError.from_problems("nothing was imported", [problem]) from None


def _start_settings(folder: Path) -> str:
    """Return the text of a new product_line.yaml, named after the folder."""
    with tempfile.TemporaryDirectory(prefix="cvlab-import-") as workshop:
        started = Path(workshop) / (folder.resolve().name or "line")
        start_product_line(started)
        return (started / FILE_NAME).read_text(encoding="utf-8")


def _put_files(texts: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the files that changed; after a failure the folder is as it was."""
    changed = {name: data for name, data in texts.items() if _read_or_none(folder / name) != data}
    if not changed:
        return []
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    moved: list[tuple[Path, Path | None]] = []
    # Beside the folder's own files, so that moving is renaming: it cannot stop half-way through a file.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".cvlab-import-") as workshop:
        try:
            for name, data in changed.items():
                (Path(workshop) / name).write_bytes(data)
            for name in changed:
                target, kept = folder / name, Path(workshop) / f"{name}.before"
                if target.exists():
                    os.link(target, kept)
                os.replace(Path(workshop) / name, target)
                moved.append((target, kept if kept.exists() else None))
        except OSError as error:
            for target, before in reversed(moved):
                if before is None:
                    target.unlink()
                else:
                    os.replace(before, target)
            raise ParameterError(
                f"{str(folder)!r} cannot be written to: {error.strerror}; nothing was imported"
            ) from None
    if not existed and not any(folder.iterdir()):
        folder.rmdir()
    return list(changed)


def _count_rows(path: Path) -> int | None:
    """Count the rows below the header of a CSV file; None where there is none, or it cannot be counted."""
    data = _read_or_none(path)
    if data is None:
        return None
    if b'"' not in data:
        filled = sum(1 for line in data.splitlines() if line.strip())
    else:
        try:
            filled = sum(1 for row in csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")) if any(row))
        except csv.Error:
            return None
    return max(filled - 1, 0)


def _read_or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
