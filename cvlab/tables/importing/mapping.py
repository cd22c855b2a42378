"""The mapping of an import: which column of which export becomes which column of which table, as plain data.

    source    one export as it arrives: how to read it, which columns it had when the mapping was saved, which of them
              are left out on purpose
    table     one input table: its columns, the groups of export columns that become rows, what is looked up elsewhere
    column    where its values come from and what they must be turned into

Names in braces, as in `T{task}_{alternative}_price`, stand for the values of a group's `over`. Columns and names of
`over` that begin with `_` help on the way (to look something up, to count) and are not written. All values are texts,
read like the cells of a file with a decimal point and dates written 2026-05-31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cvlab.tables.declaration import ColumnType
from cvlab.tables.setting_values import CodebookEntry

FORMAT = 1
KINDS = ("csv", "xlsx")
HEADERS = ("plain", "qualtrics", "surveymonkey")
DATE_ORDERS = ("iso", "day-first", "month-first", "year-first", "excel")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")

Kind = Literal["csv", "xlsx"]
Header = Literal["plain", "qualtrics", "surveymonkey"]
DateOrder = Literal["iso", "day-first", "month-first", "year-first", "excel"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One export: how to read it, and what it held when the mapping was saved.

    Attributes
    ----------
    kind : "csv" or "xlsx".
    file : the file's name when the mapping was saved, for people, and for telling files apart that look alike.
    sheet : the sheet of a workbook; its only visible one when not given.
    skip : rows above the header.
    header : "plain" (one row of names), "qualtrics" (names, questions, import ids) or "surveymonkey" (questions,
        answer options).
    delimiter, encoding : of a CSV file.
    decimal, thousands : the marks in numbers; thousands "" for none.
    dates : the order of day and month in dates such as 01/02/2026; dates written 2026-02-01 are always understood.
        "year-first" is for years of two digits, "excel" for the numbers by which Excel counts days.
    short_years : the hundred years in which years of two digits lie, such as "1950-2049"; refused when not given.
    missing : texts that mean "no answer" wherever they stand.
    stack : whether several files of this form are one export, their rows one below the other.
    ignore : columns left out on purpose.
    columns : column -> question text, of the export that the mapping was made for.
    labels : column -> the answers it had then, where there were few.
    ask : what only a person can decide; nothing is imported while a question stands.
    """

    kind: Kind = "csv"
    file: str = ""
    sheet: str | None = None
    skip: int = 0
    header: Header = "plain"
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    dates: DateOrder = "iso"
    short_years: str = ""
    missing: tuple[str, ...] = ()
    stack: bool = False
    ignore: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way in which a column gets a value: where the cell of `origin` is one of `equals`, or as in `same_as`.

    Attributes
    ----------
    origin : a column of the export.
    equals : texts.
    same_as : a column of the table being made.
    value : what is written then.
    """

    origin: str
    value: str
    equals: tuple[str, ...] = ()
    same_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Where the values of one column of a table come from; one of `origin`, `value` and `cases` is given.

    Attributes
    ----------
    origin : a column of the export; of several with the same name, `Age#2` is the second. In YAML: from.
    value : the same in every row.
    cases : the first that holds decides.
    labels : what is found in the export -> what is written, in either direction between labels and codes.
    equals : makes a yes of these texts (after `labels`), and a no of any other. In YAML: is.
    otherwise : what is written where the cell is empty, or no case holds.
    missing : texts that mean "no answer", beside those of the source.
    keep_unlisted : whether a text that `labels` does not list is kept, instead of being a problem.
    type : what the values are, where the table does not declare it.
    decimal, thousands, dates, short_years : as in `Source`, where the column differs from the rest of the export.
    times : what numbers are multiplied by, such as 0.01 for percentages.
    ask : what only a person can decide; nothing is imported while a question stands.
    """

    origin: str | None = None
    value: str | None = None
    cases: tuple[Case, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    equals: tuple[str, ...] = ()
    otherwise: str | None = None
    missing: tuple[str, ...] = ()
    keep_unlisted: bool = False
    type: ColumnType | None = None
    decimal: str | None = None
    thousands: str | None = None
    dates: DateOrder | None = None
    short_years: str | None = None
    times: float | None = None
    ask: str | None = None


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """Groups of export columns of which each becomes one more row per row of the export.

    Attributes
    ----------
    over : name -> value written -> how it is written in the names of the export's columns. Every combination of the
        values is one row; each name is a column of the table, unless it begins with `_`.
    columns : the columns that differ from row to row; braces in `origin`, `equals` and `value` are filled from `over`.
    """

    over: Mapping[str, Mapping[str, str]]
    columns: Mapping[str, ColumnMap] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Columns taken from another export by key, such as the design of the choice tasks.

    Attributes
    ----------
    source : the other export.
    on : its key columns -> the columns of the table (or helpers) they must equal.
    columns : what is taken; `origin` names columns of the other export.
    """

    source: str
    on: Mapping[str, str]
    columns: Mapping[str, ColumnMap]


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """How one table is made.

    Attributes
    ----------
    source : the export; may be left out where there is only one.
    columns : the columns that are the same in all rows made of one row of the export.
    repeat : groups of export columns that become rows; without any, each row of the export is one row.
    lookup : columns taken from other exports.
    only : column of the export -> the texts that keep its row; other rows are left out, and counted.
    skip_empty : rows in which all of these columns of the table are empty are not made, and counted.
    more : parts from other exports, their rows below these.
    """

    source: str | None = None
    columns: Mapping[str, ColumnMap] = field(default_factory=dict)
    repeat: tuple[Repeat, ...] = ()
    lookup: tuple[Lookup, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_empty: tuple[str, ...] = ()
    more: tuple[TableMap, ...] = ()

    @property
    def shape(self) -> str:
        """Whether one row of the export is one row of the table ("wide") or several ("long")."""
        return "long" if self.repeat else "wide"

    @property
    def parts(self) -> tuple[TableMap, ...]:
        """This part and those below it."""
        return (self, *(part for below in self.more for part in below.parts))


@dataclass(frozen=True, kw_only=True)
class ImportMap:
    """A whole import: its sources and tables by name, and what is known about the questions.

    Attributes
    ----------
    sources, tables : by name, in the order of the file.
    codebook : table -> column -> question and labels, where they should read otherwise than in the export.
    """

    sources: Mapping[str, Source]
    tables: Mapping[str, TableMap]
    codebook: Mapping[str, Mapping[str, CodebookEntry]] = field(default_factory=dict)

    def source_of(self, part: TableMap) -> str:
        """The name of the export that a part of a table is made from."""
        return part.source if part.source is not None else next(iter(self.sources))


def list_questions(mapping: ImportMap) -> list[str]:
    """Return every question that still stands in the mapping, with its place.

    Examples
    --------
    >>> columns = {"started_on": ColumnMap(origin="StartDate", ask="day or month first?")}
    >>> list_questions(ImportMap(sources={"export": Source()}, tables={"respondents": TableMap(columns=columns)}))
    ['respondents.started_on: day or month first?']
    """
    asked = [f"source {name}: {question}" for name, source in mapping.sources.items() for question in source.ask]
    for name, table in mapping.tables.items():
        asked += [f"{name}.{column}: {each.ask}" for column, each in columns_of(table) if each.ask]
    return asked


def columns_of(table: TableMap) -> Iterator[tuple[str, ColumnMap]]:
    """Give every column of a table with its mapping, through all its parts, groups and look-ups."""
    for part in table.parts:
        yield from part.columns.items()
        for repeat in part.repeat:
            yield from repeat.columns.items()
        for lookup in part.lookup:
            yield from lookup.columns.items()
