"""The value ladder: who takes which rung at these prices, and what does it leave to them and to us?

    share of rung r     weight of those who take r / weight of all           [share of the people in the market]
    surplus             mean of value - price - outside over all people      [money per person in the market]
    contribution        share * (price - unit cost)                          [money per person in the market]
    revenue             share * price                                        [money per person in the market]

A ladder is twofold: it creates value for the customer (surplus) and valuable customers for the firm (contribution).
Each person takes the rung with the largest surplus if it is at least `outside`; see `self_selection` for the rule, the
treatment of ties (to the seller's favour), the smooth alternative and the intervals.

Source: Mussa & Rosen (1978), "Monopoly and product quality", Journal of Economic Theory 18; Moorthy (1984), "Market
segmentation, self-selection, and product line design", Marketing Science 3; values per respondent and posterior draw:
Rossi, Allenby & McCulloch (2005), Bayesian Statistics and Marketing.
Assumes that the people are a sample of the market, that their values are real ones (stated values calibrated first),
and that rivals, whose offers are in `outside`, do not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.value_ladder.ladder_answers import measure_switching, summarise_worth
from cvlab.analyses.value_ladder.ladder_input import NOT_RUNGS, find_problems, read_people
from cvlab.analyses.value_ladder.ladder_numbers import hide_small, measure_options, tabulate_options, tabulate_totals
from cvlab.analyses.value_ladder.ladder_words import find_notes, write_headline
from cvlab.analyses.value_ladder.self_selection import EVERYBODY, NOBODY, LadderPeople, Offer
from cvlab.checks import check_columns, check_count, check_finite, check_one_of, check_positive, check_share
from cvlab.errors import DataError, ParameterError

ChoiceRule = Literal["largest surplus", "logit"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ladder:
    """What a ladder of rungs does at its prices.

    Attributes
    ----------
    table : one row per rung (lowest first) and "none", for everybody and then for each group: group, rung, price,
        unit_cost, n (people in the group), and share, surplus, contribution, revenue with `_low` and `_high` (for
        share: low, high). Money is per person in the market, so that the rows of a group add up. Numbers of a group
        below `smallest_group` people are missing.
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

        Columns: group, rung, price, n, mean, low, high, and p10, p25, p50, p75, p90, smooth quantiles over people
        and draws, none of them one person's amount. Money per unit.
        """
        return summarise_worth(self.people, self.offer, self.level)

    @property
    def offers(self) -> pd.DataFrame:
        """The rungs as offers, for comparing what they are worth with what they cost everybody.

        Columns: offer, value (mean over people), low, high (its interval), price. Money per unit.
        """
        everybody = self.worth[self.worth["group"] == EVERYBODY]
        named = everybody[["rung", "mean", "low", "high", "price"]]
        return named.set_axis(["offer", "value", "low", "high", "price"], axis=1).reset_index(drop=True)

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
        >>> ladder = measure_ladder(rungs, values, n_boot=50, smallest_group=1)
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
        >>> moves = measure_ladder(rungs, values, n_boot=50, smallest_group=1).switching()
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
    smallest_group: int = 10,
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
    smallest_group : of fewer people than this nothing is told: their numbers are missing.
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
    check_count(smallest_group, "smallest_group")
    check_count(seed, "seed", least=0)
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
    people, notes = read_people(rung_values, names, by=by, n_boot=n_boot, seed=seed, smallest_group=smallest_group)
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
    estimates, draws = hide_small(people, *people.means(np.hstack(people.outcomes(offer))))
    sizes = people.group_sizes
    # Groups × options (and bootstrap samples × groups × options) of each measure.
    points = measure_options(estimates[..., :width], estimates[..., width:], offer)
    drawn = measure_options(draws[..., :width], draws[..., width:], offer)
    table = pd.DataFrame(
        {
            "group": np.repeat(people.group_names, width),
            "rung": np.tile([*people.rungs, NOBODY], len(sizes)),
            "price": np.tile(np.append(offer.prices, np.nan), len(sizes)),
            "unit_cost": np.tile(np.append(offer.unit_costs, np.nan), len(sizes)),
            "n": np.repeat(sizes, width),
            **tabulate_options(points, drawn, offer, people, level),
        }
    )
    totals, drawn_totals = tabulate_totals(points, drawn, people, level)
    shares = points["share"][0, :-1]
    total = {name: float(column[0]) for name, column in totals.items()}
    return Ladder(
        table=table,
        totals=pd.DataFrame({"group": people.group_names, "n": sizes, **totals}),
        headline=write_headline(total, shares, drawn_totals["contribution"][:, 0], people, level, scale),
        notes=(*lasting_notes, *find_notes(shares, offer, people)),
        rungs=rungs,
        outside=outside,
        scale=scale,
        level=level,
        people=people,
        lasting_notes=lasting_notes,
    )
