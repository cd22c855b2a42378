"""The settings of a product line: the keys of product_line.yaml, what each means, and how it is read.

Read by a safe loader, so a file can name values and nothing else; anchors and aliases, with which a few lines can grow
into gigabytes, are refused. A key that is unknown, repeated or of the wrong type is an error: a misspelt `unit_cost`
must not silently leave a page without its cost. Messages show at most the beginning of what was found.
"""

from __future__ import annotations

import datetime
import re
import reprlib
import unicodedata
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from cvlab.checks import check_count, check_finite, check_one_of, check_positive
from cvlab.errors import ParameterError, Problem
from cvlab.tables.schema import TABLES
from cvlab.units import NumberFormat

FILE_NAME = "product_line.yaml"
LONGEST_NAME = 200
_LONGEST_SHOWN = 40
_LONGEST_REASON = 120
_MOST_DIGITS = 300
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True)
class Brand:
    """How a page is dressed: a picture file in the folder of the line, two colours as #rrggbb, a line at the foot."""

    logo: str | None = None
    colours: tuple[str, ...] = ()
    footer: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings:
    """What product_line.yaml says; see `KEYS` for the meaning of each."""

    name: str
    currency: str
    report_currency: str | None = None
    rate: float | None = None
    period: str | None = None
    discount_rate_per_year: float | None = None
    horizon_years: float | None = None
    reference_price: float | None = None
    unit_cost: float | None = None
    reference_product: str | None = None
    start_event: str | None = None
    value_event: str | None = None
    satisfaction_cut: float | None = None
    smallest_group: int = 10
    audience: str = "shared"
    sensitive: tuple[str, ...] = ()
    brand: Brand = field(default_factory=Brand)
    number_format: str = "en"
    collected_on: Mapping[str, datetime.date] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of product_line.yaml: what it means, an example as it is written there, and how a value is read."""

    meaning: str
    example: str
    read: Callable[[Any, str], Any]
    required: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class SettingsFile:
    """What a product_line.yaml holds.

    Attributes
    ----------
    settings : None where anything is wrong.
    columns : the renames, also where another key is wrong: else every renamed column would be called missing.
    problems : everything wrong with the file as such.
    """

    settings: Settings | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_settings(text: str) -> SettingsFile:
    """Read the text of a product_line.yaml.

    Examples
    --------
    >>> file = read_settings("name: Salon\\ncurrency: EUR\\nunit_cost: 12")
    >>> file.settings.unit_cost, file.problems
    (12.0, ())
    >>> for problem in read_settings("currency: euro").problems:
    ...     print(problem.rule)
    key name is missing
    currency is 'euro': give an ISO 4217 code such as EUR or USD
    """
    try:
        # The loader is a SafeLoader that refuses repeated keys and aliases.
        content = yaml.load(text, Loader=_Loader)  # noqa: S506
    except _AliasError as error:
        rule = f"anchors (&) and aliases (*) must not be used, but line {error} has one"
        return _unreadable(rule, "write each value out, in quotes where it starts with & or *")
    except yaml.YAMLError as error:
        return _unreadable(f"the file must be YAML, but {_name_place(error)}", "write one `key: value` per line")
    except (ValueError, RecursionError) as error:  # such as the date 2026-02-30
        return _unreadable(
            f"the file must be YAML, but has an impossible value: {_cut(str(error), _LONGEST_REASON)}",
            "correct the value",
        )
    if not isinstance(content, dict):
        return _unreadable("the file must hold keys and values", "write one `key: value` per line")
    problems = [
        _problem(f"key {_show(key)} is not known", f"delete it or correct its spelling; known are {', '.join(KEYS)}")
        for key in content
        if key not in KEYS
    ]
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        value = content.get(name)
        if value is None:
            if key.required:
                problems.append(_problem(f"key {name} is missing", f"add it, as in `{name}: {key.example}`"))
            continue
        try:
            values[name] = key.read(value, name)
        except ParameterError as error:
            rule = str(error)
            problems.append(_problem(rule, f"write it as in `{name}: {key.example}`"))
    if ("rate" in values) != ("report_currency" in values) and not problems:
        problems.append(_problem("report_currency and rate must both be given, or neither", "add the missing one"))
    return SettingsFile(
        settings=None if problems else Settings(**values),
        columns=values.get("columns", {}),
        problems=tuple(problems),
    )


class _AliasError(yaml.YAMLError):
    """A value was given a name to be repeated by, or repeated by its name, in this line."""


class _Loader(yaml.SafeLoader):
    """The safe loader, except that keys given twice and values repeated by name are errors."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise _AliasError(event.start_mark.line + 1)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                break  # refused by the safe loader itself
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {_show(key)} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


class _Excerpt:
    """Stands in a message for a value that is not what it should be: its beginning."""

    def __init__(self, value: Any) -> None:
        self.shown = _show(value)

    def __repr__(self) -> str:
        return self.shown


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _LONGEST_SHOWN


def _show(value: Any) -> str:
    """Write a value as Python would, but no more than its beginning, however large it is."""
    try:
        return _cut(_REPR.repr(value), _LONGEST_SHOWN)
    except ValueError:  # Python refuses to write whole numbers of thousands of digits
        return "a number of thousands of digits"


def _cut(text: str, length: int = _LONGEST_SHOWN) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _plain(value: Any) -> Any:
    """Return a number as it is; anything else, and a number that no float can hold, as its beginning."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and (isinstance(value, float) or abs(value) < 10**_MOST_DIGITS) else _Excerpt(value)


def _one_of(value: Any, allowed: Collection[str], name: str) -> str:
    return str(check_one_of(value if value in allowed else _Excerpt(value), allowed, name))


def _name_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = _cut(getattr(error, "problem", None) or str(error).split("\n")[0], _LONGEST_REASON)
    return f"line {mark.line + 1} cannot be read: {reason}" if mark else f"cannot be read: {reason}"


def _unreadable(rule: str, remedy: str) -> SettingsFile:
    return SettingsFile(problems=(_problem(rule, remedy),))


def _problem(rule: str, remedy: str) -> Problem:
    return Problem(table=FILE_NAME, rule=rule, remedy=remedy)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"{name} is {_show(value)}: give text, in quotes where it could be read as something else")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ParameterError(f"{name} is {_show(text)}: give one line of 1 to {LONGEST_NAME} printable characters")
    return text


def _period(value: Any, name: str) -> str:
    is_day = isinstance(value, datetime.date)
    is_year = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_LONGEST_SHOWN
    return _text(str(value) if is_day or is_year else value, name)


def _currency(value: Any, name: str) -> str:
    try:
        return NumberFormat(currency=_cut(_text(value, name))).currency
    except ParameterError as error:
        raise ParameterError(str(error).replace("currency", name, 1)) from None


def _locale(value: Any, name: str) -> str:
    return NumberFormat(locale=_cut(_text(value, name))).locale


def _positive(value: Any, name: str) -> float:
    return check_positive(_plain(value), name)


def _finite(value: Any, name: str) -> float:
    return check_finite(_plain(value), name)


def _money(value: Any, name: str) -> float:
    return check_positive(_plain(value), name, zero_allowed=True)


def _rate(value: Any, name: str) -> float:
    if not 0 <= _finite(value, name) < 1:
        raise ParameterError(f"{name} is {value!r}: give a share from 0 to below 1, for example 0.10")
    return float(value)


def _group_size(value: Any, name: str) -> int:
    return check_count(_plain(value), name, least=2)


def _audience(value: Any, name: str) -> str:
    return _one_of(_text(value, name), ("shared", "internal"), name)


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ParameterError(f"{name} is {_show(value)}: give a list in square brackets")
    return tuple(_text(item, name) for item in value)


def _mapping(value: Any, name: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ParameterError(f"{name} is {_show(value)}: give keys and values in braces, or indented below")
    return value


def _brand(value: Any, name: str) -> Brand:
    parts = _mapping(value, name)
    for key in parts:
        _one_of(key, ("logo", "colours", "footer"), f"{name}: a key")
    colours = _texts(parts.get("colours", []), f"{name}: colours")
    if colours and (len(colours) != 2 or not all(_COLOUR.fullmatch(colour) for colour in colours)):
        raise ParameterError(f'{name}: colours is {_show(list(colours))}: give two colours written "#rrggbb"')
    logo, footer = (_text(parts[key], f"{name}: {key}") if key in parts else None for key in ("logo", "footer"))
    return Brand(logo=logo, colours=colours, footer=footer)


def _dates(value: Any, name: str) -> dict[str, datetime.date]:
    dates = {}
    for table, day in _mapping(value, name).items():
        _one_of(table, tuple(TABLES), f"{name}: a table")
        if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
            raise ParameterError(f"{name}: {table} is {_show(day)}: give a date written YYYY-MM-DD")
        dates[table] = day
    return dates


def _renames(value: Any, name: str) -> dict[str, dict[str, str]]:
    renames = {}
    for table, pairs in _mapping(value, name).items():
        _one_of(table, tuple(TABLES), f"{name}: a table")
        renames[table] = {
            _text(theirs, name): _text(ours, f"{name}: {table}: {_cut(str(theirs))}")
            for theirs, ours in _mapping(pairs, f"{name}: {table}").items()
        }
        if len(set(renames[table].values())) < len(renames[table]):
            raise ParameterError(f"{name}: {table} gives two columns the same new name: give each its own")
    return renames


KEYS: Mapping[str, Key] = {
    "name": Key(
        meaning="What the product line is called; any text.", example="Salon software", read=_text, required=True
    ),
    "currency": Key(
        meaning="Currency of all money in the tables (ISO 4217).", example="EUR", read=_currency, required=True
    ),
    "report_currency": Key(meaning="Currency in which a report adds up lines.", example="USD", read=_currency),
    "rate": Key(meaning="Units of report_currency that one unit of currency buys.", example="1.08", read=_positive),
    "period": Key(meaning="The time that the data cover.", example="2025", read=_period),
    "discount_rate_per_year": Key(meaning="Discount rate per year, a share.", example="0.10", read=_rate),
    "horizon_years": Key(meaning="How many years ahead a customer's value is counted.", example="5", read=_positive),
    "reference_price": Key(meaning="Price per unit of the next best alternative.", example="120", read=_money),
    "unit_cost": Key(meaning="Money one unit costs the firm.", example="45", read=_money),
    "reference_product": Key(meaning="The next best alternative.", example="Rival S", read=_text),
    "start_event": Key(meaning="Event with which the time to value starts.", example="first_login", read=_text),
    "value_event": Key(meaning="Event at which a customer first has value.", example="first_booking", read=_text),
    "satisfaction_cut": Key(meaning="Score from which a customer counts as satisfied.", example="7", read=_finite),
    "smallest_group": Key(meaning="No published group has fewer members.", example="10", read=_group_size),
    "audience": Key(
        meaning="Who reads the report: shared, or internal (may name accounts).", example="shared", read=_audience
    ),
    "sensitive": Key(meaning="Columns of customers that must not drive prices.", example="[age, income]", read=_texts),
    "brand": Key(
        meaning="A logo file in this folder, two colours, a line at the foot.",
        example='{logo: logo.png, colours: ["#004488", "#ddaa33"], footer: Example Ltd}',
        read=_brand,
    ),
    "number_format": Key(meaning="Locale in which numbers are written.", example="en", read=_locale),
    "collected_on": Key(
        meaning="Day on which a table was collected.", example="{price_sensitivity: 2025-11-03}", read=_dates
    ),
    "columns": Key(
        meaning="Columns that have another name in your files, as theirs: ours.",
        example="{customers: {client_no: customer_id}}",
        read=_renames,
    ),
}
