"""The value ladder: who takes which rung at these prices, and what does it leave to them and to us?

    share of rung r     weight of those who take r / weight of all           [share of the people in the market]
    surplus             mean of value - price - outside over all people      [money per person in the market]
    contribution        share * (price - unit cost)                          [money per person in the market]
    revenue             share * price                                        [money per person in the market]

A ladder is twofold: it creates value for the customer (surplus) and valuable customers for the firm (contribution).
Each person takes the rung with the largest surplus if it is at least `outside`; see `self_selection` for the rule, the
treatment of ties (to the seller's favour), the smooth alternative and the intervals.

Source: Mussa & Rosen (1978), "Monopoly and product quality", Journal of Economic Theory 18; domain notes of cvlab on
values per respondent and posterior draw.
Assumes that the people are a sample of the market, that their values are real ones (stated values calibrated first),
and that rivals, whose offers are in `outside`, do not answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.value_ladder.ladder_answers import FEWEST_PEOPLE, find_bounds, measure_switching, summarise_worth
from cvlab.analyses.value_ladder.ladder_input import NOT_RUNGS, find_problems, read_people
from cvlab.analyses.value_ladder.self_selection import INDIFFERENT, NOBODY, LadderPeople, Offer
from cvlab.checks import check_columns, check_count, check_finite, check_one_of, check_positive, check_share
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

ChoiceRule = Literal["largest surplus", "logit"]
MATTERS = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class Ladder:
    """What a ladder of rungs does at its prices.

    Attributes
    ----------
    table : one row per rung (lowest first) and "none", for everybody and then for each group: group, rung, price,
        unit_cost, n (people in the group), and share, surplus, contribution, revenue with `_low` and `_high` (for
        share: low, high). Money is per person in the market, so that the rows of a group add up.
    totals : one row per group: group, n, buyers (share), surplus, contribution, revenue, each with `_low` and `_high`.
    headline : contribution per person in the market.
    rungs : the rungs as given: rung, price, unit_cost.
    outside : what not buying is worth, money.
    scale : of the logit rule, money; None for the largest surplus.
    level : coverage of the intervals.
    people : the values person by person, for other prices and for `check_ladder`; never published.
    """

    rows: ClassVar[str] = "rung"
    kinds: ClassVar[Mapping[str, str]] = {
        "price": "money",
        "new_price": "money",
        "unit_cost": "money",
        "n": "count",
        "buyers": "share",
        "buyers_low": "share",
        "buyers_high": "share",
        "share": "share",
        "low": "share",
        "high": "share",
        **{
            f"{measure}{end}": "money"
            for measure in ("surplus", "contribution", "revenue")
            for end in ("", "_low", "_high")
        },
    }

    table: pd.DataFrame
    totals: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    rungs: pd.DataFrame
    outside: float
    scale: float | None
    level: float
    people: LadderPeople = field(repr=False)
    lasting_notes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def offer(self) -> Offer:
        """Prices, costs and choice rule as the choice functions take them."""
        return _make_offer(self.rungs, self.outside, self.scale)

    @cached_property
    def worth(self) -> pd.DataFrame:
        """What the rungs are worth, one row per rung (within each group): mean with interval, and its spread.

        Columns: group, rung, price, n, mean, low, high, and p10, p25, p50, p75, p90, the quantiles over people and
        draws. Money per unit.
        """
        return summarise_worth(self.people, self.offer, self.level)

    def at_prices(self, prices: Mapping[str, float]) -> Ladder:
        """Return the ladder of the same people at other prices; rungs that are not named keep theirs.

        It equals `measure_ladder` with these prices, but answers at once: the samples for the intervals are kept.

        Raises
        ------
        ParameterError : a rung is unknown, or a price is not a number of 0 or more.

        Examples
        --------
        >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
        >>> values = pd.DataFrame({"respondent_id": ["1", "2"], "good": [12.0, 12.0], "best": [19.0, 25.0]})
        >>> ladder = measure_ladder(rungs, values, n_boot=50)
        >>> ladder.at_prices({"best": 16}).table["share"].tolist()
        [0.0, 1.0, 0.0]
        """
        unknown = [name for name in prices if name not in self.people.rungs]
        if unknown:
            raise ParameterError(
                f"no rung is called {', '.join(map(repr, unknown))}: the rungs are {', '.join(self.people.rungs)}"
            )
        checked = {name: check_positive(price, f"price of {name}", zero_allowed=True) for name, price in prices.items()}
        changed = self.rungs.assign(
            price=[checked.get(name, price) for name, price in zip(self.people.rungs, self.rungs["price"], strict=True)]
        )
        return _measure(self.people, changed, self.outside, self.scale, self.level, self.lasting_notes)

    def switching(self, change: float = 0.1) -> pd.DataFrame:
        """Return who moves where when the price of one rung changes by `change` (0.1: up 10 %), the others staying.

        One row per rung whose price moves and per option that people leave for or come from: rung, price, new_price,
        from, to, share (of all people in the market), low, high. When a price falls, people come to the rung.

        Raises
        ------
        ParameterError : `change` is 0, or not above -1.

        Examples
        --------
        >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
        >>> values = pd.DataFrame({"respondent_id": ["1", "2"], "good": [12.0, 12.0], "best": [19.0, 23.0]})
        >>> moves = measure_ladder(rungs, values, n_boot=50).switching()
        >>> moves.loc[moves["rung"] == "best", ["from", "to", "new_price", "share"]].to_numpy().tolist()
        [['best', 'good', 22.0, 0.5], ['best', 'none', 22.0, 0.0]]
        """
        check_finite(change, "change")
        if change == 0 or change <= -1:
            raise ParameterError(f"change is {change}: give a share other than 0 and above -1, such as 0.1 for up 10 %")
        return measure_switching(self.people, self.offer, change, self.level)


def measure_ladder(
    rungs: pd.DataFrame,
    rung_values: pd.DataFrame,
    *,
    outside: float = 0.0,
    by: Partition | None = None,
    choice_rule: ChoiceRule = "largest surplus",
    scale: float | None = None,
    n_boot: int = 400,
    level: float = 0.95,
    seed: int = 0,
) -> Ladder:
    """Measure what each rung sells, leaves to customers and contributes when people choose for themselves.

    Parameters
    ----------
    rungs : one row per rung, lowest first: rung, price, unit_cost (money per unit).
    rung_values : wide, one row per respondent and posterior draw: respondent_id, draw?, one column per rung (money per
        unit), weight?. A person weighs as much as all rows together; without weights everybody weighs the same.
    outside : surplus of not buying, money per unit.
    by : groups of respondents; the table then has rows for each of them, after those for everybody.
    choice_rule : "largest surplus", or "logit" for choices that also depend on things not measured.
    scale : money; of the logit rule only: the larger, the less prices and values decide.
    n_boot : bootstrap samples of respondents. 0 gives no intervals: for searches, not for pages.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    Ladder : rows of `table` are rungs.

    Raises
    ------
    DataError : a table lacks columns, rungs share a name, amounts are negative, missing or infinite; all at once.
    ParameterError : an argument is out of range.

    Source
    ------
    Mussa & Rosen (1978), Journal of Economic Theory 18, 301-317.

    Examples
    --------
    >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
    >>> values = pd.DataFrame({"respondent_id": [str(number) for number in range(40)],
    ...                        "good": [12.0, 12.0, 9.0, 11.0] * 10, "best": [19.0, 25.0, 15.0, 18.0] * 10})
    >>> ladder = measure_ladder(rungs, values)
    >>> ladder.table[["rung", "share", "surplus", "contribution", "revenue"]].to_numpy().tolist()
    [['good', 0.5, 0.75, 3.0, 5.0], ['best', 0.25, 1.25, 3.0, 5.0], ['none', 0.25, 0.0, 0.0, 0.0]]
    >>> ladder.headline.value
    6.0
    """
    check_finite(outside, "outside")
    check_share(level, "level")
    check_count(n_boot, "n_boot", least=0)
    _check_rule(choice_rule, scale)
    for table, name in ((rungs, "rungs"), (rung_values, "rung_values")):
        if not isinstance(table, pd.DataFrame):
            check_columns(table, (), name)
    problems = find_problems(rungs, rung_values)
    if problems:
        raise DataError.from_problems("the ladder cannot be measured", problems)
    names = tuple(str(name) for name in rungs["rung"])
    steps = pd.DataFrame(
        {
            "rung": names,
            "price": rungs["price"].to_numpy(dtype=float),
            "unit_cost": rungs["unit_cost"].to_numpy(dtype=float),
        }
    )
    people, notes = read_people(rung_values, names, by=by, n_boot=n_boot, seed=seed)
    left_out = [str(column) for column in rung_values.columns if column not in (*names, *NOT_RUNGS)]
    if left_out:
        notes.append(f"Columns of rung_values that are no rung of this ladder were left out: {', '.join(left_out)}.")
    return _measure(people, steps, outside, scale, level, tuple(notes))


def _check_rule(choice_rule: str, scale: float | None) -> None:
    check_one_of(choice_rule, ("largest surplus", "logit"), "choice_rule")
    if choice_rule == "logit":
        if scale is None:
            raise ParameterError("scale is missing: the logit rule needs it, an amount of money above 0")
        check_positive(scale, "scale")
    elif scale is not None:
        raise ParameterError("scale is given, but only the logit rule has one: drop it or give choice_rule='logit'")


def _make_offer(rungs: pd.DataFrame, outside: float, scale: float | None) -> Offer:
    return Offer(
        prices=rungs["price"].to_numpy(dtype=float),
        unit_costs=rungs["unit_cost"].to_numpy(dtype=float),
        outside=outside,
        scale=scale,
        offered=np.ones(len(rungs), dtype=bool),
    )


def _measure(
    people: LadderPeople,
    rungs: pd.DataFrame,
    outside: float,
    scale: float | None,
    level: float,
    lasting_notes: tuple[str, ...],
) -> Ladder:
    offer = _make_offer(rungs, outside, scale)
    width = len(people.rungs) + 1
    estimates, draws = people.means(np.hstack(people.outcomes(offer)))
    sizes = people.group_sizes
    draws = np.where((sizes < FEWEST_PEOPLE)[:, None], np.nan, draws)
    # Groups × options (and bootstrap samples × groups × options) of each measure.
    points = _measures_of(estimates[..., :width], estimates[..., width:], offer)
    drawn = _measures_of(draws[..., :width], draws[..., width:], offer)
    table: dict[str, object] = {
        "group": np.repeat(people.group_names, width),
        "rung": np.tile([*people.rungs, NOBODY], len(sizes)),
        "price": np.tile(np.append(offer.prices, np.nan), len(sizes)),
        "unit_cost": np.tile(np.append(offer.unit_costs, np.nan), len(sizes)),
        "n": np.repeat(sizes, width),
    }
    _add_measures(table, points, drawn, level)
    sums = {name: values.sum(axis=-1) for name, values in points.items() if name != "share"}
    drawn_sums = {name: values.sum(axis=-1) for name, values in drawn.items() if name != "share"}
    totals: dict[str, Any] = {"group": people.group_names, "n": sizes}
    _add_measures(
        totals,
        {"buyers": 1 - points["share"][..., -1], **sums},
        {"buyers": 1 - drawn["share"][..., -1], **drawn_sums},
        level,
    )
    shares = points["share"][0, :-1]
    total = {name: float(totals[name][0]) for name in totals if name != "group"}
    return Ladder(
        table=pd.DataFrame(table),
        totals=pd.DataFrame(totals),
        headline=_make_headline(total, shares, drawn_sums["contribution"][:, 0], people, level, scale),
        notes=(*lasting_notes, *_find_notes(shares, offer, people)),
        rungs=rungs,
        outside=outside,
        scale=scale,
        level=level,
        people=people,
        lasting_notes=lasting_notes,
    )


def _measures_of(share: np.ndarray, surplus: np.ndarray, offer: Offer) -> dict[str, np.ndarray]:
    clipped = np.clip(share, 0.0, 1.0)
    return {
        "share": clipped,
        "surplus": surplus,
        "contribution": clipped * offer.margins,
        "revenue": clipped * offer.revenues,
    }


def _add_measures(
    table: dict[str, object], points: Mapping[str, np.ndarray], drawn: Mapping[str, np.ndarray], level: float
) -> None:
    """Add each measure with its bounds to the columns of a table; those of the share are called low and high."""
    for name, values in points.items():
        low, high = find_bounds(drawn[name], level)
        prefix = "" if name == "share" else f"{name}_"
        table[name] = values.ravel()
        table[f"{prefix}low"], table[f"{prefix}high"] = low.ravel(), high.ravel()


def _make_headline(
    total: Mapping[str, float],
    shares: np.ndarray,
    draws: np.ndarray,
    people: LadderPeople,
    level: float,
    scale: float | None,
) -> Headline:
    rule = "largest surplus, ties to the seller's favour" if scale is None else "logit choice"
    unanswered = Headline(
        key="value_ladder.contribution",
        label="contribution per person in the market",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=people.n,
        unit="money",
        better="higher",
        method=f"self-selection by {rule}; bootstrap over people",
        sentence="Not enough data for what the ladder earns: respondents asked {n}, needed at least {enough}.",
        words={"enough": str(FEWEST_PEOPLE)},
    )
    if people.n < FEWEST_PEOPLE:
        return unanswered
    value, buyers = total["contribution"], total["buyers"]
    sentence = "At these prices none of {n} respondents buys: the ladder earns {value} per person in the market."
    if shares.any():
        sentence = (
            "The ladder earns {value} per person in the market ({level} interval {low} to {high}); "
            "{buyers} of people buy, most often {top}."
        )
    return replace(
        unanswered,
        value=value,
        low=total["contribution_low"],
        high=total["contribution_high"],
        smallest_change=MATTERS * abs(value),
        sentence=sentence,
        words={"buyers": write_number(buyers, "share"), "top": people.rungs[int(shares.argmax())]},
        draws=draws if len(draws) else None,
    )


def _find_notes(shares: np.ndarray, offer: Offer, people: LadderPeople) -> list[str]:
    notes = []
    if not shares.any():
        notes.append("Nobody buys at these prices: each rung costs more than it is worth to anybody asked.")
    if len(shares) > 1 and np.isclose(shares[-1], 1.0, rtol=INDIFFERENT):
        notes.append("Everybody takes the top rung: the rungs below it sell nothing, or its price is too low.")
    below = [people.rungs[rung] for rung in np.flatnonzero(offer.prices < offer.unit_costs)]
    if below:
        notes.append(f"Priced below unit cost, so that each sale loses money: {', '.join(below)}.")
    cheaper = [people.rungs[rung + 1] for rung in np.flatnonzero(np.diff(offer.prices) < 0)]
    if cheaper:
        notes.append(f"Cheaper than the rung below it: {', '.join(cheaper)}. Rungs are read from lowest to highest.")
    few = [name for name, size in zip(people.group_names, people.group_sizes, strict=True) if size < FEWEST_PEOPLE]
    if few:
        notes.append(f"Fewer than {FEWEST_PEOPLE} people, so no interval is given: {', '.join(few)}.")
    if people.n_boot == 0:
        notes.append("No intervals were computed (n_boot=0): these numbers are for a search, not for a decision.")
    return notes
