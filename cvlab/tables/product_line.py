"""A product line: one folder with product_line.yaml and its tables, read, checked and frozen.

    folder/product_line.yaml      name, currency and what else is known about the line
    folder/<table>.csv|.parquet   one file per table of the schema; customers is required

`read_product_line` gives the line or raises one DataError with everything that is wrong; `check_product_line` returns
the same problems and the warnings. Rows that break a rule of severity "warning" are gone from the tables and listed
in `exclusions`.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from cvlab.errors import DataError, ParameterError, Problem
from cvlab.tables.declaration import Table
from cvlab.tables.loading import load_folder
from cvlab.tables.needs import DERIVED
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import KEYS, Settings
from cvlab.tables.validation import CheckedTable

_LONGEST_SLUG = 40
_HASH_LENGTH = 6


# Columns that say when something happened; a date until which something is planned is not among them.
_HAPPENINGS = {
    "customers": ("start_date", "end_date"),
    "transactions": ("date",),
    "contracts": ("start", "end"),
}


class MissingTableError(DataError, AttributeError):
    """A table that the product line does not have was asked for; `hasattr` says False."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ProductLine(Settings):
    """One product line: the keys of its yaml file and its tables as attributes.

    Attributes
    ----------
    folder : where it was read from.
    rows_read : table -> number of rows in its file.
    data_hashes : file name -> SHA-256 of its bytes.
    checked_tables, excluded_rows : what `tables` and `exclusions` give copies of.
    """

    folder: Path
    rows_read: Mapping[str, int]
    data_hashes: Mapping[str, str]
    checked_tables: Mapping[str, pd.DataFrame]
    excluded_rows: pd.DataFrame

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, dict):
                object.__setattr__(self, name, MappingProxyType(value))

    def __reduce__(self) -> tuple[Callable[..., ProductLine], tuple[()]]:
        # A mapping proxy cannot be pickled, and a line may have to travel to a worker process.
        plain: dict[str, Any] = {
            name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(self).items()
        }
        return partial(ProductLine, **plain), ()

    @property
    def slug(self) -> str:
        """The name as a folder: `[a-z0-9-]` and a short hash."""
        return slug_of(self.name)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The checked tables by name, in the order of the schema; changing one does not change the line."""
        return MappingProxyType({name: table.copy(deep=False) for name, table in self.checked_tables.items()})

    @property
    def exclusions(self) -> pd.DataFrame:
        """Rows left out because of a warning, one each: table, row (1-based), id, column, rule."""
        return self.excluded_rows.copy(deep=False)

    @property
    def present_customers(self) -> int:
        """How many customers have not left: what is earned a year is earned from them."""
        customers = self.checked_tables["customers"]
        return int(customers["end_date"].isna().sum()) if "end_date" in customers.columns else len(customers)

    @property
    def characteristics(self) -> tuple[str, ...]:
        """The declared characteristics of customers, in the order of the file."""
        return tuple(TABLES["customers"].free_names(self.checked_tables["customers"].columns))

    def has(self, what: str) -> bool:
        """Whether the line has a table, a key of its yaml file, or something that follows from them.

        Parameters
        ----------
        what : a table, a key, or one of `cvlab.tables.needs.DERIVED`.
        """
        if what in DERIVED:
            found = getattr(self, what)
            return found is not None and len(found) > 0
        return what in self.checked_tables or (what in KEYS and getattr(self, what) not in (None, (), {}))

    def get(self, table: str) -> pd.DataFrame | None:
        """Return the table, or None where the line does not have it."""
        return self.checked_tables[table].copy(deep=False) if table in self.checked_tables else None

    def choose_characteristics(self, text: str = "") -> list[str]:
        """Return the characteristics that a text names, separated by commas; the first two for an empty text.

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
        return named or list(self.characteristics[:2])

    @property
    def descriptors(self) -> pd.DataFrame | None:
        """The characteristics of each customer, by customer_id; None where there are none."""
        if not self.characteristics:
            return None
        return self.checked_tables["customers"].set_index("customer_id")[list(self.characteristics)]

    @property
    def weighted_to(self) -> pd.DataFrame | Mapping[str, Mapping[str, float]]:
        """Whom the respondents stand for: the shares of `weight_targets`, or the customers where none are given."""
        return self.weight_targets or self.checked_tables["customers"].copy(deep=False)

    @property
    def weighted_by(self) -> tuple[str, ...]:
        """The characteristics by which respondents can be made to stand for others: see `weighted_to`."""
        asked, known = self.get("respondents"), self.checked_tables["customers"]
        if asked is None or self.weight_targets:
            return tuple(self.weight_targets)
        return tuple(
            name
            for name in self.characteristics
            if name in asked.columns and asked[name].notna().any() and known[name].notna().any()
        )

    @property
    def asked_customers(self) -> pd.DataFrame | None:
        """The respondents, where they can be compared with the customers asked; None where they are other people."""
        asked, known = self.get("respondents"), self.checked_tables["customers"]
        if asked is None or len(asked) > len(known) or not self.characteristics:
            return None
        alike = asked["respondent_id"].isin(known["customer_id"]).any()
        return asked if alike or any(name in asked.columns for name in self.characteristics) else None

    @property
    def answers(self) -> Mapping[str, pd.DataFrame]:
        """The tables that hold what respondents said, by name."""
        return {
            name: table for name, table in self.tables.items() if name != "respondents" and "respondent_id" in table
        }

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts whose own drivers value_drivers holds, in the order of the file."""
        table = self.get("value_drivers")
        if table is None or "account" not in table.columns:
            return ()
        return tuple(str(name) for name in table["account"].dropna().unique() if str(name))

    def choose_account(self, text: str = "") -> str:
        """Return the account that a text names; the first for an empty text.

        Raises
        ------
        ParameterError : value_drivers has no such account.
        """
        known = self.accounts
        if text and text not in known:
            raise ParameterError(
                f"value_drivers has no account {text!r}: its accounts are {', '.join(known) or 'none'}"
            )
        return text or (known[0] if known else "")

    @property
    def priced_amounts(self) -> pd.DataFrame | None:
        """What people would pay for the priced product, from reservation_prices; None where nothing is known."""
        table = self.get("reservation_prices")
        if table is None or self.priced_product is None:
            return None
        asked = table[table["component"] == self.priced_product]
        return None if asked.empty else asked.drop(columns="component")

    @property
    def priced_sales(self) -> pd.DataFrame | None:
        """The sales of the priced product; None where there are none, or none at a second price."""
        table = self.get("transactions")
        if table is None or self.priced_product is None or "sku" not in table.columns:
            return None
        sold = table[table["sku"] == self.priced_product]
        return sold if len(sold["price_paid"].unique()) > 1 else None

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes shown in the choice tasks beside the price, in the order of the file."""
        return tuple(TABLES["choice_tasks"].free_names(self.choice_tasks.columns))

    @property
    def may_be_empty(self) -> Mapping[str, tuple[str, ...]]:
        """Table -> columns in which an empty cell says something, such as an end that has not come."""
        return MappingProxyType({name: _name_silent(TABLES[name], table) for name, table in self.tables.items()})

    @property
    def first_date(self) -> pd.Timestamp:
        """The first day on which anything happened: a start, a purchase or a contract."""
        return min(dates.min() for dates in self._dates(*_HAPPENINGS))

    @property
    def last_date(self) -> pd.Timestamp:
        """The last day on which anything happened; what is observed ends here."""
        return max(dates.max() for dates in self._dates(*_HAPPENINGS))

    @property
    def middle_date(self) -> pd.Timestamp:
        """The day that halves the time covered by purchases and contracts: behaviour before it, outcomes from it on.

        Where both are there, the time that both cover counts; where neither is, that of the customers.
        """
        records = [self._dates(name) for name in ("transactions", "contracts") if self.has(name)]
        records = records or [self._dates("customers")]
        first = max(min(dates.min() for dates in record) for record in records)
        last = min(max(dates.max() for dates in record) for record in records)
        return (first + (last - first) / 2).normalize()

    @property
    def end_of_first_half(self) -> pd.Timestamp:
        """The last day before `middle_date`."""
        return self.middle_date - pd.Timedelta(days=1)

    def _dates(self, *tables: str) -> list[pd.Series]:
        """The columns of these tables that say when something happened, without their gaps."""
        found = (
            self.checked_tables[name].get(column) for name in tables if self.has(name) for column in _HAPPENINGS[name]
        )
        return [dates.dropna() for dates in found if dates is not None and dates.notna().any()]

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
    loaded = load_folder(folder)
    if loaded.settings is None or any(problem.severity == "error" for problem in loaded.problems):
        return None, loaded.problems
    line = ProductLine(
        **{field.name: getattr(loaded.settings, field.name) for field in fields(Settings)},
        folder=folder,
        rows_read=loaded.rows_read,
        data_hashes=loaded.data_hashes,
        checked_tables={name: _keep_rows(table) for name, table in loaded.checked.items()},
        excluded_rows=_list_exclusions(loaded.checked),
    )
    return line, loaded.problems


def _name_silent(table: Table, frame: pd.DataFrame) -> tuple[str, ...]:
    """The columns in which an empty cell is an answer: optional dates and notes, and what the outside option lacks."""
    declared = [column.name for column in table.columns if not column.filled and column.name in frame.columns]
    return (*declared, *(table.free_names(frame.columns) if table.free_rule is not None else ()))


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
