"""The settings of a product line: the keys of product_line.yaml, what each means, and how it is read.

Read by a safe loader, so a file can name values and nothing else; anchors and aliases, with which a few lines can grow
into gigabytes, are refused. A key that is unknown, repeated or of the wrong type is an error: a misspelt `unit_cost`
must not silently leave a page without its cost. Messages show at most the beginning of what was found.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from cvlab.errors import ParameterError, Problem
from cvlab.tables.setting_values import (
    Brand,
    CodebookEntry,
    cut,
    read_amounts,
    read_audience,
    read_brand,
    read_codebook,
    read_currency,
    read_dates,
    read_finite,
    read_group_size,
    read_locale,
    read_money,
    read_period,
    read_positive,
    read_rate,
    read_renames,
    read_targets,
    read_text,
    read_texts,
    read_yes_or_no,
    show,
)

FILE_NAME = "product_line.yaml"
_LONGEST_REASON = 120


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
    priced_product: str | None = None
    price: float | None = None
    price_experiment: bool = False
    component_costs: Mapping[str, float] = field(default_factory=dict)
    component_prices: Mapping[str, float] = field(default_factory=dict)
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
    codebook: Mapping[str, Mapping[str, CodebookEntry]] = field(default_factory=dict)
    weight_targets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


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
            f"the file must be YAML, but has an impossible value: {cut(str(error), _LONGEST_REASON)}",
            "correct the value",
        )
    if not isinstance(content, dict):
        return _unreadable("the file must hold keys and values", "write one `key: value` per line")
    problems = [
        _problem(f"key {show(key)} is not known", f"delete it or correct its spelling; known are {', '.join(KEYS)}")
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
                    None, None, f"key {show(key)} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _name_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = cut(getattr(error, "problem", None) or str(error).split("\n")[0], _LONGEST_REASON)
    return f"line {mark.line + 1} cannot be read: {reason}" if mark else f"cannot be read: {reason}"


def _unreadable(rule: str, remedy: str) -> SettingsFile:
    return SettingsFile(problems=(_problem(rule, remedy),))


def _problem(rule: str, remedy: str) -> Problem:
    return Problem(table=FILE_NAME, rule=rule, remedy=remedy)


KEYS: Mapping[str, Key] = {
    "name": Key(
        meaning="What the product line is called; any text.", example="Salon software", read=read_text, required=True
    ),
    "currency": Key(
        meaning="Currency of all money in the tables (ISO 4217).", example="EUR", read=read_currency, required=True
    ),
    "report_currency": Key(meaning="Currency in which a report adds up lines.", example="USD", read=read_currency),
    "rate": Key(meaning="Units of report_currency that one unit of currency buys.", example="1.08", read=read_positive),
    "period": Key(meaning="The time that the data cover.", example="2025", read=read_period),
    "discount_rate_per_year": Key(meaning="Discount rate per year, a share.", example="0.10", read=read_rate),
    "horizon_years": Key(
        meaning="How many years ahead a customer's value is counted.", example="5", read=read_positive
    ),
    "reference_price": Key(meaning="Price per unit of the next best alternative.", example="120", read=read_money),
    "unit_cost": Key(meaning="Money one unit costs the firm.", example="45", read=read_money),
    "reference_product": Key(meaning="The next best alternative.", example="Rival S", read=read_text),
    "priced_product": Key(
        meaning="What the price questions are about: a sku of transactions, a component of reservation_prices.",
        example="Pulse Two",
        read=read_text,
    ),
    "price": Key(meaning="What one unit of the priced product costs customers today.", example="129", read=read_money),
    "price_experiment": Key(
        meaning="Whether the prices in transactions were assigned by chance.", example="yes", read=read_yes_or_no
    ),
    "component_costs": Key(
        meaning="Money one unit of each component of reservation_prices costs the firm.",
        example="{device: 80, service: 10}",
        read=read_amounts,
    ),
    "component_prices": Key(
        meaning="What one unit of each component costs customers today; may be empty.",
        example="{device: 129, service: 84}",
        read=read_amounts,
    ),
    "start_event": Key(meaning="Event with which the time to value starts.", example="first_login", read=read_text),
    "value_event": Key(meaning="Event at which a customer first has value.", example="first_booking", read=read_text),
    "satisfaction_cut": Key(meaning="Score from which a customer counts as satisfied.", example="7", read=read_finite),
    "smallest_group": Key(meaning="No published group has fewer members.", example="10", read=read_group_size),
    "audience": Key(
        meaning="Who reads the report: shared, or internal (may name accounts).", example="shared", read=read_audience
    ),
    "sensitive": Key(
        meaning="Columns of customers that must not drive prices.", example="[age, income]", read=read_texts
    ),
    "brand": Key(
        meaning="A logo file in this folder, two colours, a line at the foot.",
        example='{logo: logo.png, colours: ["#004488", "#ddaa33"], footer: Example Ltd}',
        read=read_brand,
    ),
    "number_format": Key(meaning="Locale in which numbers are written.", example="en", read=read_locale),
    "collected_on": Key(
        meaning="Day on which a table was collected.", example="{price_sensitivity: 2025-11-03}", read=read_dates
    ),
    "columns": Key(
        meaning="Columns that have another name in your files, as theirs: ours.",
        example="{customers: {client_no: customer_id}}",
        read=read_renames,
    ),
    "codebook": Key(
        meaning="What was asked, and what the values of a scale were called; printed under charts.",
        example='{value_survey: {score: {question: "How far do you agree?", labels: {1: not at all, 7: fully}}}}',
        read=read_codebook,
    ),
    "weight_targets": Key(
        meaning="Shares of the market by characteristic of respondents, to weight them to; those of customers if none.",
        example="{region: {North: 0.4, South: 0.6}}",
        read=read_targets,
    ),
}
