"""Loading a folder: find the files, read the settings, check each table and what stands between them.

Nothing stops at the first problem: a table that cannot be read does not keep the others from being checked.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from cvlab.errors import Problem
from cvlab.tables.declaration import Table
from cvlab.tables.linking import find_broken_links
from cvlab.tables.reading import ENDINGS, Source, read_source
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME, Settings, SettingsFile, read_settings
from cvlab.tables.validation import CheckedTable, check_table

_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".tsv")


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """What a folder holds.

    Attributes
    ----------
    settings : what product_line.yaml says; None if it cannot be used.
    checked : the tables that could be checked, in the order of the schema.
    rows_read : table -> number of rows in its file.
    data_hashes : file name -> SHA-256 of its bytes.
    problems : everything found, errors first.
    """

    settings: Settings | None = None
    checked: Mapping[str, CheckedTable] = field(default_factory=dict)
    rows_read: Mapping[str, int] = field(default_factory=dict)
    data_hashes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Written:
    """A file that has just been written, so that it need not be read to be checked.

    Attributes
    ----------
    data : its bytes.
    cells : what reading them would give: texts, or numbers that the texts stand for.
    """

    data: bytes
    cells: pd.DataFrame


def load_folder(folder: Path, *, written: Mapping[str, Written] = MappingProxyType({})) -> Loaded:
    """Read and check everything in the folder of a product line.

    Parameters
    ----------
    folder : holds product_line.yaml and the tables.
    written : file name -> what is known of it; one that holds other bytes by now is read like any other.
    """
    if not folder.is_dir():
        rule = f"the folder {str(folder)!r} must exist, but {_say_what_it_is(folder) or 'does not'}"
        remedy = "give the folder that holds product_line.yaml and the tables"
        return Loaded(problems=(Problem(rule=rule, remedy=remedy),))
    hashes: dict[str, str] = {}
    file = _load_settings(folder, hashes)
    paths, found = _find_tables(folder)
    problems = [*file.problems, *found]
    checked: dict[str, CheckedTable] = {}
    rows_read: dict[str, int] = {}
    for name, path in paths.items():
        cells, found = _load_cells(path, TABLES[name], file.columns.get(name, {}), hashes, written.get(path.name))
        problems += found
        if cells is None:
            continue
        rows_read[name] = len(cells)
        result = check_table(cells, TABLES[name])
        problems += result.problems
        if result.usable:
            checked[name] = result
    frames = {name: table.frame for name, table in checked.items()}
    problems += find_broken_links(frames)
    if file.settings is not None:
        problems += _check_settings(file.settings, folder, paths, frames)
    return Loaded(
        settings=file.settings,
        checked=checked,
        rows_read=rows_read,
        data_hashes=hashes,
        problems=tuple(sorted(problems, key=lambda problem: problem.severity != "error")),
    )


def _load_cells(
    path: Path, table: Table, renames: Mapping[str, str], hashes: dict[str, str], written: Written | None
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read one file and give its columns the names of the schema, as product_line.yaml says."""
    data, problems = _read_bytes(path, table.name, hashes)
    if data is None:
        return None, problems
    if written is not None and written.data == data:
        source = Source(cells=written.cells)
    else:
        source = read_source(data, table=table.name, ending=path.suffix.lower())
    problems += source.problems
    if source.cells is None:
        return None, problems
    cells, found = _rename(source.cells, table, renames)
    return cells, problems + found


def _read_bytes(path: Path, table: str, hashes: dict[str, str]) -> tuple[bytes | None, list[Problem]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        rule = f"the file {path.name} cannot be opened: {error.strerror}"
        return None, [Problem(table=table, rule=rule, remedy="allow yourself to read it, or delete it")]
    hashes[path.name] = hashlib.sha256(data).hexdigest()
    return data, []


def _load_settings(folder: Path, hashes: dict[str, str]) -> SettingsFile:
    path = folder / FILE_NAME
    if what := "" if path.is_file() else _say_what_it_is(path):
        return SettingsFile(problems=(_name_wrong_kind(path, FILE_NAME, what),))
    if not path.is_file():
        other = folder / "product_line.yml"
        remedy = f"rename {other.name} to it" if other.is_file() else "write it with `name: …` and `currency: …`"
        problem = Problem(table=FILE_NAME, rule="the file must be there, but is missing", remedy=remedy)
        return SettingsFile(problems=(problem,))
    data, problems = _read_bytes(path, FILE_NAME, hashes)
    if data is None:
        return SettingsFile(problems=tuple(problems))
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        problem = Problem(table=FILE_NAME, rule="the file must be text in UTF-8", remedy="save it as UTF-8")
        return SettingsFile(problems=(problem,))
    return read_settings(text)


def _find_tables(folder: Path) -> tuple[dict[str, Path], list[Problem]]:
    """Return the file of each table, in the order of the schema, and what is wrong with the files as such."""
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        rule = f"the folder {str(folder)!r} cannot be opened: {error.strerror}"
        return {}, [Problem(rule=rule, remedy="allow yourself to read it")]
    files = [path for path in entries if path.is_file()]
    paths: dict[str, Path] = {}
    problems = []
    for table in TABLES.values():
        named = [path for path in entries if path.stem == table.name and path.suffix.lower() in ENDINGS]
        own = [path for path in named if path.is_file()]
        wrong = [path for path in named if path not in own]
        problems += [_name_wrong_kind(path, table.name, _say_what_it_is(path)) for path in wrong]
        if len(own) > 1:
            listed = " and ".join(path.name for path in own)
            rule = f"a table must have one file, but there are {listed}"
            problems.append(Problem(table=table.name, rule=rule, remedy="delete all but one"))
        elif own:
            paths[table.name] = own[0]
        elif table.required and not wrong:
            rule = f"the table must be there, but {table.name}.csv is missing"
            columns = ", ".join(column.name for column in table.columns if column.required)
            problems.append(Problem(table=table.name, rule=rule, remedy=f"add it with at least {columns}"))
    unread = [path for path in files if path.suffix.lower() in _SPREADSHEETS]
    unread += [path for path in files if path.suffix.lower() in ENDINGS and path.stem not in TABLES]
    return paths, problems + [_name_unread_file(path) for path in unread]


def _say_what_it_is(path: Path) -> str:
    """Say what stands where something else should; empty where nothing does."""
    if path.is_dir():
        return "is a folder"
    if path.is_file():
        return "is a file"
    if path.is_symlink():
        return "is a link that leads nowhere"
    return "is neither a file nor a folder" if path.exists() else ""


def _name_wrong_kind(path: Path, table: str, what: str) -> Problem:
    rule = f"{path.name} must be a file, but {what}"
    return Problem(table=table, rule=rule, remedy="put the file itself there, or move this away")


def _name_unread_file(path: Path) -> Problem:
    close = difflib.get_close_matches(path.stem.lower(), TABLES, n=1)
    if path.suffix.lower() in _SPREADSHEETS:
        remedy = f"save its sheet as {close[0] if close else 'the table it holds'}{'.csv' if close else ''}"
    elif close:
        remedy = f"rename it to {close[0]}{path.suffix.lower()} if it is that table"
    else:
        remedy = f"move it to a subfolder such as raw; the tables are {', '.join(TABLES)}"
    return Problem(table=path.name, rule="the file is no table that cvlab knows", remedy=remedy, severity="warning")


def _rename(cells: pd.DataFrame, table: Table, renames: Mapping[str, str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Give the columns the names of the schema, as product_line.yaml says."""
    problems = []
    usable = {}
    for theirs, ours in renames.items():
        if theirs not in cells.columns:
            rule = f"columns renames {theirs!r}, but the file has no such column"
            problems.append(Problem(table=table.name, rule=rule, remedy=f"correct it in {FILE_NAME}"))
        elif ours in cells.columns and ours not in renames:
            rule = f"columns renames {theirs!r} to {ours!r}, but the file has a column of that name already"
            problems.append(Problem(table=table.name, rule=rule, remedy=f"rename that one too in {FILE_NAME}"))
        else:
            usable[theirs] = ours
    return cells.rename(columns=usable), problems


def _check_settings(
    settings: Settings, folder: Path, paths: Mapping[str, Path], frames: Mapping[str, pd.DataFrame]
) -> list[Problem]:
    """Compare product_line.yaml with the files beside it."""
    rules = [
        f"columns renames columns of {table}, but that table is not there"
        for table in settings.columns
        if table not in paths
    ]
    rules += [
        f"collected_on dates {table}, but that table is not there"
        for table in settings.collected_on
        if table not in paths
    ]
    if "customers" in frames:
        unknown = [name for name in settings.sensitive if name not in frames["customers"].columns]
        rules += [f"sensitive names {name!r}, but customers has no such column" for name in unknown]
    rules += _compare_codebook(settings, paths, frames)
    logo = settings.brand.logo
    if logo is not None and not _is_inside(folder / logo, folder):
        rules.append(f"brand: logo must be a file in this folder, but {logo!r} is not")
    return [Problem(table=FILE_NAME, rule=rule, remedy="correct the name, or delete it") for rule in rules]


def _compare_codebook(settings: Settings, paths: Mapping[str, Path], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return what the codebook and the targets of weights name that is not there."""
    rules = [
        f"codebook describes {table}, but that table is not there" for table in settings.codebook if table not in paths
    ]
    rules += [
        f"codebook describes {column!r} of {table}, but that table has no such column"
        for table, columns in settings.codebook.items()
        if table in frames
        for column in TABLES[table].free_names(columns)
        if column not in frames[table].columns
    ]
    if settings.weight_targets and "respondents" not in paths:
        rules.append("weight_targets are about respondents, but that table is not there")
    if "respondents" in frames:
        unknown = [name for name in settings.weight_targets if name not in frames["respondents"].columns]
        rules += [f"weight_targets names {name!r}, but respondents has no such column" for name in unknown]
    return rules


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())
