"""The playbook: which number leads to which action, by rules that anybody may read and change.

    trigger (headline, field, threshold) -> action for a group, its money per year, its cheapest test, its assumptions

The rules of the house stand in `playbook.yaml` beside this module. A line's own `playbook.yaml`, or a file that the
reader names, is laid over them: what has the same name takes its place. Nothing in it is ever run: money follows from a
rule named in the file and written in `cvlab.reports.summary.money`.

Assumes that a rule speaks of one headline at a time; what several actions share is not added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from cvlab.errors import DataError
from cvlab.reports.summary.playbook_file import Entries, read_playbook_file
from cvlab.tables.product_line import ProductLine

FILE_NAME = "playbook.yaml"
DEFAULT = Path(__file__).with_name(FILE_NAME)
DAYS_PER_YEAR = 365.25
MONTHS_PER_YEAR = 12.0
THE_OFFER = "the offer"  # what is priced, where the line gives it no name
_LADDER = ("value_ladder.gain", "value_ladder.contribution", "value_ladder.weakest_rung")
_PRICE_GAIN = "willingness_to_pay.best_price_gain"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One threshold: a field of a headline against a number (above, below) or a text (is, is_not)."""

    headline: str
    field: str = "value"
    above: float | None = None
    below: float | None = None
    is_: str | None = None
    is_not: str | None = None

    def matches(self, key: str) -> bool:
        """Whether a headline of this key is meant; `*` stands for anything."""
        return fnmatchcase(key, self.headline)


@dataclass(frozen=True, kw_only=True)
class Money:
    """How money per year follows: `times per year × people or periods × share × sum of (of) - cost_per_year`."""

    per: str
    of: tuple[str, ...]
    share: float | str = 1.0
    cost_per_year: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The cheapest test of an action: what to do, how much it costs (low, medium, high), how many weeks it takes."""

    do: str
    cost: str
    weeks: float


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """What an action takes for granted, what would follow if it did not hold, and what would answer it.

    `holds_at` is the number that a headline of `tested_by` has if it holds; None where any number will do.
    """

    name: str
    says: str
    change: str
    table: str
    at_stake: float = 1.0
    tested_by: tuple[str, ...] = ()
    holds_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: when all conditions hold, this action is proposed."""

    name: str
    when: tuple[Condition, ...]
    action: str
    group: str
    test: Trial
    kind: str = "act"
    money: Money | None = None
    missing: str = ""
    touches: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageNumber:
    """One of the numbers of the page: the headline it is, and what would answer it."""

    name: str
    headline: str
    chapter: int
    table: str


@dataclass(frozen=True, kw_only=True)
class Times:
    """How often a year the money of a headline is earned, and who says so."""

    per_year: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """The rules in their order, with the assumptions they name, the numbers of the page and what is known of a year.

    Attributes
    ----------
    rules, assumptions, numbers : by their names, in the order of the files.
    times_per_year : headline -> how often a year its money is earned.
    source : where the rules come from, in a few words.
    product : what is priced, in the words of the line; the braces {product} of an action take it.
    products : what a rule may touch -> the names of the products that it stands for in the line.
    own_keys : the headlines that the line's own file names and the house does not.
    """

    rules: tuple[Rule, ...]
    assumptions: Mapping[str, Assumption]
    numbers: tuple[PageNumber, ...]
    times_per_year: Mapping[str, Times] = field(default_factory=dict)
    source: str = "the rules of the house"
    product: str = THE_OFFER
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_keys: tuple[str, ...] = ()


def read_playbook(path: str | Path = "", *, product_line: ProductLine | None = None) -> Playbook:
    """Read the rules of the house and lay over them the file given, else the one in the line's folder.

    Parameters
    ----------
    path : a playbook of one's own, in this folder or in that of the line; empty for the line's, if it has one.
    product_line : the line, whose tables tell how often a year some money is earned.

    Raises
    ------
    DataError : a file cannot be read, or something in it is not what it should be; every problem with its line.

    Examples
    --------
    >>> playbook = read_playbook()
    >>> playbook.rules[0].name, playbook.rules[0].when[0].headline, len(playbook.numbers)
    ('better prices of the ladder', 'value_ladder.gain', 5)
    """
    own = _find_own(str(path), product_line)
    house = read_playbook_file(DEFAULT)
    laid = Entries(file="") if own is None else read_playbook_file(own)
    entries = house if own is None else _lay_over(house, laid)
    _check_names(entries, house)
    told = {} if product_line is None else _find_times(product_line)
    said = {key: Times(per_year=times, why="the playbook says so") for key, times in entries.times.items()}
    return Playbook(
        rules=tuple(_build_rule(rule) for rule in entries.rules.values()),
        assumptions={name: Assumption(**values) for name, values in entries.assumptions.items()},
        numbers=tuple(PageNumber(**values) for values in entries.numbers.values()),
        times_per_year={**told, **said},
        source="the rules of the house" if own is None else f"the rules of the house and {own.name}",
        product=(product_line.priced_product if product_line is not None else None) or THE_OFFER,
        products={} if product_line is None else _find_products(product_line),
        own_keys=tuple(sorted(_list_keys(laid) - _list_keys(house))),
    )


def _find_own(path: str, line: ProductLine | None) -> Path | None:
    if not path:
        beside = None if line is None else Path(line.folder) / FILE_NAME
        return beside if beside is not None and beside.is_file() else None
    places = [Path(path), *([] if line is None else [Path(line.folder) / path])]
    for place in places:
        if place.is_file():
            return place
    raise DataError(
        f"there is no playbook {path}: give the path of a file, or leave it empty for the rules of the house"
    )


_Named = TypeVar("_Named")


def _lay_over(first: Entries, second: Entries) -> Entries:
    """Let what the second file names take the place of the same name in the first, and add the rest."""
    kept = {name: rule for name, rule in first.rules.items() if name not in second.leave_out}
    return replace(
        second,
        rules={**kept, **second.rules},
        assumptions={**first.assumptions, **second.assumptions},
        numbers={**first.numbers, **second.numbers},
        times={**first.times, **second.times},
    )


def _check_names(entries: Entries, house: Entries) -> None:
    problems = [
        f"leave_out names {name}, but there is no such rule: there are {'; '.join(house.rules)}"
        for name in dict.fromkeys(entries.leave_out)
        if name not in house.rules
    ]
    problems += [
        f"rule {name} names the assumption {assumption}, but there is none of that name: write it under assumptions"
        for name, rule in entries.rules.items()
        for assumption in rule["assumptions"]
        if assumption not in entries.assumptions
    ]
    if problems:
        raise DataError("\n  ".join([f"{entries.file} cannot be used:", *problems]))


def _list_keys(entries: Entries) -> set[str]:
    """List the headlines that a file names; a pattern names none."""
    keys = {condition["headline"] for rule in entries.rules.values() for condition in rule["when"]}
    for rule in entries.rules.values():
        money = rule.get("money") or {}
        keys |= {*money.get("of", ()), *([money["share"]] if isinstance(money.get("share"), str) else [])}
    keys |= {key for values in entries.assumptions.values() for key in values.get("tested_by", ())}
    keys |= {values["headline"] for values in entries.numbers.values()} | set(entries.times)
    return {key for key in keys if key != "this" and not set(key) & set("*?[")}


def _build_rule(values: Mapping[str, Any]) -> Rule:
    return Rule(
        **{
            **values,
            "when": tuple(Condition(**condition) for condition in values["when"]),
            "money": Money(**values["money"]) if values.get("money") else None,
            "test": Trial(**values["test"]),
        }
    )


def _find_products(line: ProductLine) -> dict[str, tuple[str, ...]]:
    """Name the products of a line that the prices of an action may be those of."""
    rungs = line.get("rungs")
    return {
        "priced product": (line.priced_product,) if line.priced_product else (),
        "components": tuple(line.component_costs or ()),
        "rungs": () if rungs is None else tuple(map(str, rungs["rung"])),
    }


def _find_times(line: ProductLine) -> dict[str, Times]:
    """Return what the line's own tables tell of a year."""
    times = {}
    rungs, contracts = line.get("rungs"), line.get("contracts")
    if rungs is not None and contracts is not None and {"rung", "price_per_month"} <= set(contracts.columns):
        # Rungs that are sold by the month have the price of a month.
        monthly = contracts.groupby("rung")["price_per_month"].median().reindex(rungs["rung"])
        if ((monthly - rungs["price"].to_numpy()).abs() <= 0.25 * rungs["price"].to_numpy()).all():
            why = "rungs cost in rungs what their contracts cost a month"
            times.update(dict.fromkeys(_LADDER, Times(per_year=MONTHS_PER_YEAR, why=why)))
    sales = line.priced_sales
    if sales is not None and "date" in sales.columns:
        days = (sales["date"].max() - sales["date"].min()).days + 1
        if days > 0:
            times[_PRICE_GAIN] = Times(per_year=DAYS_PER_YEAR / days, why=f"the sales cover {days:,} days")
    return times
