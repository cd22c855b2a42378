"""The values of product_line.yaml: how each is read, and the one message where it is not what it should be.

Messages show at most the beginning of what was found.
"""

from __future__ import annotations

import datetime
import math
import re
import reprlib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cvlab.checks import check_count, check_finite, check_one_of, check_positive
from cvlab.errors import ParameterError
from cvlab.tables.schema import TABLES, describe_column
from cvlab.units import NumberFormat

LONGEST_NAME = 200
LONGEST_QUESTION = 5_000
LONGEST_SHOWN = 40
_MOST_DIGITS = 300
_SHARES_SUM = 1e-6  # how far the sum of shares may be from 1: three thirds are often written with six digits
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True)
class Brand:
    """How a page is dressed: a picture file in the folder of the line, two colours as #rrggbb, a line at the foot."""

    logo: str | None = None
    colours: tuple[str, ...] = ()
    footer: str | None = None


@dataclass(frozen=True, kw_only=True)
class CodebookEntry:
    """What was asked: the question's wording, and the label of each value of its scale."""

    question: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


class _Excerpt:
    """Stands in a message for a value that is not what it should be: its beginning."""

    def __init__(self, value: Any) -> None:
        self.shown = show(value)

    def __repr__(self) -> str:
        return self.shown


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = LONGEST_SHOWN


def show(value: Any) -> str:
    """Write a value as Python would, but no more than its beginning, however large it is."""
    try:
        return cut(_REPR.repr(value), LONGEST_SHOWN)
    except ValueError:  # Python refuses to write whole numbers of thousands of digits
        return "a number of thousands of digits"


def cut(text: str, length: int = LONGEST_SHOWN) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _plain(value: Any) -> Any:
    """Return a number as it is; anything else, and a number that no float can hold, as its beginning."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and (isinstance(value, float) or abs(value) < 10**_MOST_DIGITS) else _Excerpt(value)


def _one_of(value: Any, allowed: Collection[str], name: str) -> str:
    return str(check_one_of(value if value in allowed else _Excerpt(value), allowed, name))


def read_text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"{name} is {show(value)}: give text, in quotes where it could be read as something else")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ParameterError(f"{name} is {show(text)}: give one line of 1 to {LONGEST_NAME} printable characters")
    return text


def read_period(value: Any, name: str) -> str:
    is_day = isinstance(value, datetime.date)
    is_year = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**LONGEST_SHOWN
    return read_text(str(value) if is_day or is_year else value, name)


def read_currency(value: Any, name: str) -> str:
    try:
        return NumberFormat(currency=cut(read_text(value, name))).currency
    except ParameterError as error:
        raise ParameterError(str(error).replace("currency", name, 1)) from None


def read_locale(value: Any, name: str) -> str:
    return NumberFormat(locale=cut(read_text(value, name))).locale


def read_positive(value: Any, name: str) -> float:
    return check_positive(_plain(value), name)


def read_finite(value: Any, name: str) -> float:
    return check_finite(_plain(value), name)


def read_money(value: Any, name: str) -> float:
    return check_positive(_plain(value), name, zero_allowed=True)


def read_rate(value: Any, name: str) -> float:
    if not 0 <= read_finite(value, name) < 1:
        raise ParameterError(f"{name} is {value!r}: give a share from 0 to below 1, for example 0.10")
    return float(value)


def read_group_size(value: Any, name: str) -> int:
    return check_count(_plain(value), name, least=2)


def read_audience(value: Any, name: str) -> str:
    return _one_of(read_text(value, name), ("shared", "internal"), name)


def read_yes_or_no(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(f"{name} is {show(value)}: give yes or no, without quotes")
    return value


def read_texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ParameterError(f"{name} is {show(value)}: give a list in square brackets")
    return tuple(read_text(item, name) for item in value)


def read_mapping(value: Any, name: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ParameterError(f"{name} is {show(value)}: give keys and values in braces, or indented below")
    return value


def read_brand(value: Any, name: str) -> Brand:
    parts = read_mapping(value, name)
    for key in parts:
        _one_of(key, ("logo", "colours", "footer"), f"{name}: a key")
    colours = read_texts(parts.get("colours", []), f"{name}: colours")
    if colours and (len(colours) != 2 or not all(_COLOUR.fullmatch(colour) for colour in colours)):
        raise ParameterError(f'{name}: colours is {show(list(colours))}: give two colours written "#rrggbb"')
    logo, footer = (read_text(parts[key], f"{name}: {key}") if key in parts else None for key in ("logo", "footer"))
    return Brand(logo=logo, colours=colours, footer=footer)


def read_amounts(value: Any, name: str) -> dict[str, float]:
    """Read names with money of 0 or more."""
    return {
        read_text(key, name): read_money(amount, f"{name}: {cut(str(key))}")
        for key, amount in read_mapping(value, name).items()
    }


def read_dates(value: Any, name: str) -> dict[str, datetime.date]:
    dates = {}
    for table, day in read_mapping(value, name).items():
        _one_of(table, tuple(TABLES), f"{name}: a table")
        if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
            raise ParameterError(f"{name}: {table} is {show(day)}: give a date written YYYY-MM-DD")
        dates[table] = day
    return dates


def read_renames(value: Any, name: str) -> dict[str, dict[str, str]]:
    renames = {}
    for table, pairs in read_mapping(value, name).items():
        _one_of(table, tuple(TABLES), f"{name}: a table")
        renames[table] = {
            read_text(theirs, name): read_text(ours, f"{name}: {table}: {cut(str(theirs))}")
            for theirs, ours in read_mapping(pairs, f"{name}: {table}").items()
        }
        if len(set(renames[table].values())) < len(renames[table]):
            raise ParameterError(f"{name}: {table} gives two columns the same new name: give each its own")
    return renames


def read_question(value: Any, name: str) -> str:
    """Read what a respondent saw: of any length that a person would read, without what cannot be printed."""
    if not isinstance(value, str):
        raise ParameterError(f"{name} is {show(value)}: give text, in quotes where it could be read as something else")
    # Exports carry tabs, line ends and marks of direction; what is printed under a chart is one line of text.
    words = " ".join(unicodedata.normalize("NFC", value).split())
    text = "".join(letter for letter in words if letter.isprintable())
    if not text or len(text) > LONGEST_QUESTION:
        raise ParameterError(f"{name} is {show(text)}: give a text of 1 to {LONGEST_QUESTION:,} printable characters")
    return text


def read_code(value: Any, name: str) -> str:
    """Read a value of a column as text, the way it is written in the table's file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    plain = _plain(value)
    return f"{plain:.15g}" if isinstance(plain, (int, float)) else read_question(value, name)


def read_codebook(value: Any, name: str) -> dict[str, dict[str, CodebookEntry]]:
    """Read table -> column -> the question's wording and the label of each code."""
    book: dict[str, dict[str, CodebookEntry]] = {}
    for table, columns in read_mapping(value, name).items():
        _one_of(table, tuple(TABLES), f"{name}: a table")
        book[table] = {}
        for column, entry in read_mapping(columns, f"{name}: {table}").items():
            place = f"{name}: {table}: {cut(str(column))}"
            try:
                describe_column(table, read_text(column, place))
            except ParameterError as error:
                raise ParameterError(f"{name}: {error}") from None
            book[table][column] = _read_entry(entry, place)
    return book


def _read_entry(value: Any, name: str) -> CodebookEntry:
    parts = read_mapping(value, name)
    if not parts:
        raise ParameterError(f"{name} is empty: give a question, labels, or both")
    for key in parts:
        _one_of(key, ("question", "labels"), f"{name}: a key")
    question = read_question(parts["question"], f"{name}: question") if "question" in parts else ""
    labels: dict[str, str] = {}
    for code, label in read_mapping(parts.get("labels", {}), f"{name}: labels").items():
        written = read_code(code, f"{name}: a code")
        if written in labels:
            raise ParameterError(f"{name}: labels has the code {cut(written)!r} twice: give each code one label")
        # A label may be a number, or a yes that YAML takes for a truth.
        labels[written] = read_code(label, f"{name}: labels: {cut(written)}")
    return CodebookEntry(question=question, labels=labels)


def read_targets(value: Any, name: str) -> dict[str, dict[str, float]]:
    """Read characteristic -> level -> share of the people stood for; the shares of each sum to 1."""
    targets: dict[str, dict[str, float]] = {}
    for characteristic, levels in read_mapping(value, name).items():
        place = f"{name}: {read_text(characteristic, name)}"
        shares: dict[str, float] = {}
        for level, share in read_mapping(levels, place).items():
            written = read_code(level, f"{place}: a level")
            shares[written] = read_positive(share, f"{place}: {cut(written)}")
        total = math.fsum(shares.values())
        if abs(total - 1) > _SHARES_SUM:
            raise ParameterError(f"{place}: the shares sum to {total:g}: give shares that sum to 1")
        targets[characteristic] = shares
    return targets
