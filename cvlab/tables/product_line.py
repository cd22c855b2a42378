"""A product line: one folder with product_line.yaml and its tables, read, checked and frozen.

    folder/product_line.yaml      name, currency and what else is known about the line
    folder/<table>.csv|.parquet   one file per table of the schema; customers is required

`read_product_line` gives the line or raises one DataError with everything that is wrong; `check_product_line` returns
the same problems and the warnings. Rows that break a rule of severity "warning" are gone from the tables and listed
in `exclusions`.
"""

from __future__ import annotations

import difflib
import hashlib
import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from cvlab.errors import DataError, ParameterError, Problem
from cvlab.tables.declaration import Table
from cvlab.tables.linking import find_broken_links
from cvlab.tables.reading import ENDINGS, read_source
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME, Settings, read_settings
from cvlab.tables.validation import CheckedTable, check_table

_LONGEST_SLUG = 40
_HASH_LENGTH = 6
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".tsv")


class MissingTableError(DataError, AttributeError):
    """A table that the product line does not have was asked for; `hasattr` says False."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ProductLine(Settings):
    """One product line: the keys of its yaml file and its tables as attributes.

    Attributes
    ----------
    folder : where it was read from.
    rows_read : table -> number of rows in its file.
    exclusions : rows left out, one each: table, row (1-based), id, column, rule.
    data_hashes : file name -> SHA-256 of its bytes.
    checked_tables : the tables themselves; use `tables`, `get` or the attribute of the table's name, which give copies.
    """

    folder: Path
    rows_read: Mapping[str, int]
    exclusions: pd.DataFrame
    data_hashes: Mapping[str, str]
    checked_tables: Mapping[str, pd.DataFrame]

    @property
    def slug(self) -> str:
        """The name as a folder: `[a-z0-9-]` and a short hash."""
        return slug_of(self.name)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The checked tables by name, in the order of the schema; changing one does not change the line."""
        return MappingProxyType({name: table.copy(deep=False) for name, table in self.checked_tables.items()})

    @property
    def characteristics(self) -> tuple[str, ...]:
        """The declared characteristics of customers, in the order of the file."""
        return tuple(TABLES["customers"].free_names(self.checked_tables["customers"].columns))

    def has(self, table: str) -> bool:
        """Whether the line has the table."""
        return table in self.checked_tables

    def get(self, table: str) -> pd.DataFrame | None:
        """Return the table, or None where the line does not have it."""
        return self.checked_tables[table].copy(deep=False) if self.has(table) else None

    def choose_characteristics(self, text: str = "") -> list[str]:
        """Return the characteristics that a text names, separated by commas; all of them for an empty text.

        Raises
        ------
        ParameterError : a name is not a characteristic of this line.
        """
        named = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        unknown = [name for name in named if name not in self.characteristics]
        if unknown:
            known = ", ".join(self.characteristics) or "none"
            raise ParameterError(
                f"customers has no characteristic {', '.join(map(repr, unknown))}: give some of those it has, {known}"
            )
        return named or list(self.characteristics)

    def __getattr__(self, name: str) -> pd.DataFrame:
        # Reached only for names that are not fields. Names with an underscore are probes of copy, pickle and IPython.
        if name.startswith("_") or name not in TABLES:
            raise AttributeError(f"a product line has no {name!r}: its tables are {', '.join(TABLES)}")
        table = self.get(name)
        if table is None:
            raise MissingTableError(f"{self.name} has no table {name}: add {name}.csv to {self.folder}")
        return table

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.checked_tables})

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} ({len(table):,} rows)" for name, table in self.checked_tables.items())
        return f"<ProductLine {self.name!r}: {rows}>"

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{self.rows_read[name]:,}</td><td>{len(table):,}</td></tr>"
            for name, table in self.checked_tables.items()
        )
        head = "<tr><th>table</th><th>rows read</th><th>rows used</th></tr>"
        return f"<p>{html.escape(self.name)} ({html.escape(self.currency)})</p><table>{head}{cells}</table>"


def read_product_line(folder: str | Path) -> ProductLine:
    """Read and check a product line.

    Parameters
    ----------
    folder : holds product_line.yaml and one CSV or Parquet file per table.

    Raises
    ------
    DataError : something is wrong; `problems` holds everything found, and the message lists every error.
    """
    line, problems = _load(Path(folder))
    if line is None:
        errors = [problem for problem in problems if problem.severity == "error"]
        raise DataError.from_problems(f"{folder} cannot be read as a product line", errors)
    return line


def check_product_line(folder: str | Path) -> tuple[Problem, ...]:
    """Return everything that is wrong with a product line, errors first; an empty tuple if nothing is.

    Parameters
    ----------
    folder : as for `read_product_line`, which fails exactly if one of these problems is an error.
    """
    return _load(Path(folder))[1]


def slug_of(name: str) -> str:
    """Return the name of a product line as a folder name; different names have different slugs.

    Examples
    --------
    >>> slug_of("Café & Söhne <b>")
    'cafe-sohne-b-4b4b30'
    """
    normal = " ".join(unicodedata.normalize("NFC", name).split())
    plain = unicodedata.normalize("NFKD", normal).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "line"
    return f"{words}-{hashlib.sha256(normal.encode()).hexdigest()[:_HASH_LENGTH]}"


def _load(folder: Path) -> tuple[ProductLine | None, tuple[Problem, ...]]:
    if not folder.is_dir():
        rule = f"the folder {str(folder)!r} must exist, but {'is a file' if folder.exists() else 'does not'}"
        return None, (Problem(rule=rule, remedy="give the folder that holds product_line.yaml and the tables"),)
    hashes: dict[str, str] = {}
    settings, problems = _load_settings(folder, hashes)
    paths, found = _find_tables(folder)
    problems += found
    checked: dict[str, CheckedTable] = {}
    rows_read: dict[str, int] = {}
    renames = settings.columns if settings is not None else {}
    for name, path in paths.items():
        data = path.read_bytes()
        hashes[path.name] = hashlib.sha256(data).hexdigest()
        source = read_source(data, table=name, ending=path.suffix.lower())
        problems += source.problems
        if source.cells is None:
            continue
        cells, found = _rename(source.cells, TABLES[name], renames.get(name, {}))
        problems += found
        rows_read[name] = len(cells)
        result = check_table(cells, TABLES[name])
        problems += result.problems
        if result.usable:
            checked[name] = result
    frames = {name: table.frame for name, table in checked.items()}
    problems += find_broken_links(frames)
    if settings is not None:
        problems += _check_settings(settings, folder, paths, frames)
    ordered = tuple(sorted(problems, key=lambda problem: problem.severity != "error"))
    if settings is None or any(problem.severity == "error" for problem in problems):
        return None, ordered
    line = ProductLine(
        **{field.name: getattr(settings, field.name) for field in fields(Settings)},
        folder=folder,
        rows_read=MappingProxyType(rows_read),
        exclusions=_list_exclusions(checked),
        data_hashes=MappingProxyType(hashes),
        checked_tables=MappingProxyType({name: _keep_rows(checked[name]) for name in checked}),
    )
    return line, ordered


def _load_settings(folder: Path, hashes: dict[str, str]) -> tuple[Settings | None, list[Problem]]:
    path = folder / FILE_NAME
    if not path.is_file():
        other = folder / "product_line.yml"
        remedy = f"rename {other.name} to it" if other.is_file() else "write it with `name: …` and `currency: …`"
        return None, [Problem(table=FILE_NAME, rule="the file must be there, but is missing", remedy=remedy)]
    data = path.read_bytes()
    hashes[path.name] = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None, [Problem(table=FILE_NAME, rule="the file must be text in UTF-8", remedy="save it as UTF-8")]
    settings, problems = read_settings(text)
    return settings, list(problems)


def _find_tables(folder: Path) -> tuple[dict[str, Path], list[Problem]]:
    """Return the file of each table, in the order of the schema, and what is wrong with the files as such."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    paths: dict[str, Path] = {}
    problems = []
    for table in TABLES.values():
        own = [path for path in files if path.stem == table.name and path.suffix.lower() in ENDINGS]
        if len(own) > 1:
            listed = " and ".join(path.name for path in own)
            rule = f"a table must have one file, but there are {listed}"
            problems.append(Problem(table=table.name, rule=rule, remedy="delete all but one"))
        elif own:
            paths[table.name] = own[0]
        elif table.required:
            rule = f"the table must be there, but {table.name}.csv is missing"
            columns = ", ".join(column.name for column in table.columns if column.required)
            problems.append(Problem(table=table.name, rule=rule, remedy=f"add it with at least {columns}"))
    unread = [path for path in files if path.suffix.lower() in _SPREADSHEETS]
    unread += [path for path in files if path.suffix.lower() in ENDINGS and path.stem not in TABLES]
    return paths, problems + [_name_unread_file(path) for path in unread]


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
    logo = settings.brand.logo
    if logo is not None and not _is_inside(folder / logo, folder):
        rules.append(f"brand: logo must be a file in this folder, but {logo!r} is not")
    return [Problem(table=FILE_NAME, rule=rule, remedy="correct the name, or delete it") for rule in rules]


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _keep_rows(table: CheckedTable) -> pd.DataFrame:
    """The rows that stay, with plain types where nothing is missing any more."""
    kept = table.frame[table.excluded == ""].reset_index(drop=True)
    plain = {"boolean": "bool", "Int64": "int64"}
    narrowed = {
        name: plain[str(values.dtype)]
        for name, values in kept.items()
        if str(values.dtype) in plain and values.notna().all()
    }
    return kept.astype(narrowed)


def _list_exclusions(checked: Mapping[str, CheckedTable]) -> pd.DataFrame:
    parts = []
    for name, table in checked.items():
        out = table.excluded != ""
        parts.append(
            pd.DataFrame(
                {
                    "table": name,
                    "row": table.frame.index[out] + 1,
                    "id": table.frame.loc[out, TABLES[name].id].to_numpy(),
                    "column": table.excluded_column[out],
                    "rule": table.excluded[out],
                }
            )
        )
    types = {"table": "str", "row": "int64", "id": "str", "column": "str", "rule": "str"}
    return pd.concat(parts, ignore_index=True).astype(types)
