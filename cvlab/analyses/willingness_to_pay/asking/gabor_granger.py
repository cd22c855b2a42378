"""Gabor–Granger: people say yes or no at a ladder of prices; how many would buy at each, and which price earns most?

    share(p)   = share of people who would buy at p, never rising with p       see `ladder_demand`
    revenue(p) = p × share(p)                                                  [money per person asked]
    profit(p)  = (p - unit cost) × share(p)                                    [money per person asked]

A person's highest yes is carried down to every lower price. A price between a person's highest yes and lowest no, or
above a highest price that was still a yes, is unknown for that person: it counts as no answer, not as a no. Where all
people answered at all prices the shares are plain shares; otherwise they are the isotonic maximum likelihood estimate.
Revenue and profit are highest at one of the asked prices (`ladder_optimum`): the method knows nothing beyond them.

Intervals: bootstrap over people, weights respected, percentile bounds (Efron & Tibshirani 1993, chapter 13), and for
shares never narrower than Wilson's (1927) with the effective number of people whose answer is known: where all or none
would buy, a bootstrap sees no doubt at all.
Source: Gabor & Granger (1966), "Price as an indicator of quality: report on an enquiry", Economica 33; the buy response
curve is their "On the price consciousness of consumers" (1961), Applied Statistics 10.
Assumes that a person buys one unit, and that people would do what they say. They say yes too often, and the first
price put to them sways the rest: compare with sales before setting a price by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, bootstrap_people, percentile_interval, wilson_interval
from cvlab.analyses.willingness_to_pay.asking.ladder_answers import RESPONDENT, LadderAnswers, read_ladder
from cvlab.analyses.willingness_to_pay.asking.ladder_demand import estimate_buyers, find_cells
from cvlab.analyses.willingness_to_pay.asking.ladder_optimum import Optimum, find_optimum
from cvlab.analyses.willingness_to_pay.asking.ladder_words import describe_ladder, write_headline
from cvlab.analyses.willingness_to_pay.asking.price_lines import interpolate_rows, read_prices
from cvlab.analyses.willingness_to_pay.asking.turnbull import GAP_OF_DRAWS
from cvlab.analyses.willingness_to_pay.groups import Grouped, check_by, estimate_groups
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import DataError

FEWEST = 5  # below this a bootstrap knows too few different people to give an interval


@dataclass(frozen=True, eq=False, kw_only=True)
class GaborGranger:
    """How many would buy at each asked price, and which of the prices earns most.

    Attributes
    ----------
    table : price, n (people whose answer is known there), share with low and high (of people who would buy), revenue
        and, where there is a unit cost, profit with _low and _high (money per person asked); shares and money are NaN
        where too few people answered, or the answers contradict themselves.
    best : rows revenue and, where there is a unit cost, profit: what, price with low and high (asked prices), amount
        with amount_low and amount_high (money per person asked, at that price), band_low and band_high (prices around
        it that earn at least 95 % as much), at_the_edge (lowest or highest asked price); NaN where no price earns
        anything.
    unit_cost : money per unit; None where it was not given.
    draws : share who would buy in each bootstrap sample, one column per price.
    n_contradicting : people who said no at or below a price they said yes to.
    n_incomplete : people whose answer is not known at every price.
    groups : the same for each group.
    """

    rows: ClassVar[str] = "price"
    kinds: ClassVar[Mapping[str, str]] = {
        "price": "money",
        "n": "count",
        "share": "share",
        "low": "share",
        "high": "share",
        **{f"{what}{end}": "money" for what in ("revenue", "profit") for end in ("", "_low", "_high")},
    }

    table: pd.DataFrame
    headline: Headline
    best: pd.DataFrame
    unit_cost: float | None
    draws: pd.DataFrame
    n_contradicting: int = 0
    n_incomplete: int = 0
    groups: Grouped | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def prices_asked(self) -> np.ndarray:
        """The prices that were asked, ascending: money per unit."""
        return self.table["price"].to_numpy()

    def demand_at(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the share who would buy at each price, and the same in every bootstrap sample (samples × prices).

        Between two asked prices demand is a straight line; outside the asked prices it is not known and NaN.

        Raises
        ------
        DataError : too few people answered, or the answers contradict themselves.
        """
        if self.table["share"].isna().all():
            raise DataError(str(self.headline))
        wanted = read_prices(prices)
        shares = np.vstack([self.table["share"].to_numpy(), self.draws.to_numpy()])
        found = interpolate_rows(self.prices_asked, shares, wanted, outside=math.nan)
        return found[0], found[1:]


def estimate_gabor_granger(
    answers: pd.DataFrame,
    *,
    unit_cost: float | None = None,
    weights: str | None = None,
    n_boot: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> GaborGranger:
    """Estimate demand at the prices of a ladder, and the prices of the highest revenue and profit, with intervals.

    Parameters
    ----------
    answers : one row per person and price: respondent_id (column or index), price (money per unit), would_buy (yes or
        no; empty where it was not answered) and, if any, a weight that is the same in all rows of a person. People may
        have been asked about different prices, by chance or because their earlier answers led there.
    unit_cost : what one unit costs: money per unit. Without it there is revenue and no profit.
    weights : name of the column of weights; the column `weight` where there is one.
    n_boot : bootstrap samples.
    level : coverage of the intervals.
    seed : of the bootstrap.
    smallest_group : fewest people, in all and at each price, so that no single person's answer is shown; at least five
        are needed in any case.
    by : the same for each of these groups.
    allow_sensitive : accept groups made from sensitive characteristics.

    Returns
    -------
    GaborGranger; with fewer people, or fewer than two prices, its numbers and headline are NaN and the headline says
    what would be enough; likewise where most people contradict themselves.

    Raises
    ------
    DataError : columns are missing, prices are not above 0, answers are neither yes nor no, or weights are unusable.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    >>> worth = np.repeat([8.0, 12, 13, 16, 19, 19], 2)
    >>> asked = pd.DataFrame([(person, price, amount >= price) for person, amount in enumerate(worth)
    ...                       for price in (10, 15, 20)], columns=["respondent_id", "price", "would_buy"])
    >>> result = estimate_gabor_granger(asked, unit_cost=6, n_boot=200)
    >>> result.table["share"].round(2).tolist()
    [0.83, 0.5, 0.0]
    >>> result.best[["what", "price", "at_the_edge"]].to_numpy().tolist()
    [['revenue', 10.0, True], ['profit', 15.0, False]]
    """
    unit_cost = None if unit_cost is None else check_positive(unit_cost, "unit_cost", zero_allowed=True)
    check_share(level, "level")
    check_count(n_boot, "n_boot", least=2)
    check_count(seed, "seed", least=0)
    fewest = max(FEWEST, check_count(smallest_group, "smallest_group"))
    if by is not None:
        check_by(by, allow_sensitive=allow_sensitive)
    ladder = read_ladder(answers, weights)
    known = ladder.count_known(ladder.prices)
    # A price that hardly anybody was asked about would show single people; their other answers still count.
    prices = ladder.prices[known >= fewest] if ladder.n_people >= fewest else ladder.prices
    enough = ladder.n_people >= fewest and len(prices) > 0 and not ladder.contradicts_itself(fewest)
    if enough:
        shares, draws = _estimate_shares(ladder, prices, n_boot=n_boot, seed=seed)
    else:
        prices = ladder.prices
        shares, draws = np.full(len(prices), math.nan), np.full((n_boot, len(prices)), math.nan)
    margins = {"revenue": prices} if unit_cost is None else {"revenue": prices, "profit": prices - unit_cost}
    table = _tabulate(ladder, prices, shares, draws, margins, level)
    optima = {
        what: find_optimum(prices, margin, shares, draws, level=level) if enough and len(prices) > 1 else None
        for what, margin in margins.items()
    }
    n_incomplete = int((ladder.known(prices).sum(axis=1) < len(prices)).sum())
    return GaborGranger(
        table=table,
        headline=write_headline(list(optima.values())[-1], table, ladder, fewest, unit_cost, level),
        best=_tabulate_best(optima, table),
        unit_cost=unit_cost,
        draws=pd.DataFrame(draws, columns=pd.Index(prices, name="price")),
        n_contradicting=ladder.n_contradicting,
        n_incomplete=n_incomplete,
        groups=estimate_groups(
            ladder.rows,
            ladder.rows[RESPONDENT],
            by,
            lambda rows: estimate_gabor_granger(
                rows,
                unit_cost=unit_cost,
                weights=weights,
                n_boot=n_boot,
                level=level,
                seed=seed,
                smallest_group=smallest_group,
            ),
            smallest_group=smallest_group,
            allow_sensitive=allow_sensitive,
        ),
        notes=describe_ladder(ladder, prices, n_incomplete, enough, fewest),
    )


def _estimate_shares(
    ladder: LadderAnswers, prices: np.ndarray, *, n_boot: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share who would buy at each price, and in every bootstrap sample."""
    first, last = find_cells(ladder.at_least, ladder.below, prices)
    samples = bootstrap_people(ladder.ids, n_boot=n_boot, seed=seed) * ladder.weight
    return (
        estimate_buyers(first, last, ladder.weight[None, :], len(prices))[0],
        estimate_buyers(first, last, samples, len(prices), gap=GAP_OF_DRAWS),
    )


def _tabulate(
    ladder: LadderAnswers,
    prices: np.ndarray,
    shares: np.ndarray,
    draws: np.ndarray,
    margins: Mapping[str, np.ndarray],
    level: float,
) -> pd.DataFrame:
    low, high = percentile_interval(draws, level=level)
    effective = ladder.effective_known(prices)
    for position, (share, n) in enumerate(zip(shares, effective, strict=True)):
        if not math.isnan(share):
            wilson = wilson_interval(share * n, n, level=level)
            # The share itself, too: Wilson's bound for nobody is 0 but for rounding.
            low[position] = min(low[position], wilson[0], share)
            high[position] = max(high[position], wilson[1], share)
    columns = {"price": prices, "n": ladder.count_known(prices), "share": shares, "low": low, "high": high}
    for what, margin in margins.items():
        # Below cost every sale loses, and the interval turns round.
        columns[what] = margin * shares
        columns[f"{what}_low"] = np.minimum(margin * low, margin * high)
        columns[f"{what}_high"] = np.maximum(margin * low, margin * high)
    return pd.DataFrame(columns)


def _tabulate_best(optima: Mapping[str, Optimum | None], table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for what, best in optima.items():
        if best is None:
            rows.append({"what": what, "at_the_edge": False})
            continue
        amounts = {
            f"amount{end}": float(table[f"{what}{end}"].to_numpy()[best.position]) for end in ("", "_low", "_high")
        }
        rows.append(
            {
                "what": what,
                "price": best.price,
                "low": best.low,
                "high": best.high,
                **amounts,
                "band_low": best.band_low,
                "band_high": best.band_high,
                "at_the_edge": best.at_the_edge,
            }
        )
    columns = ["what", "price", "low", "high", "amount", "amount_low", "amount_high", "band_low", "band_high"]
    return pd.DataFrame(rows, columns=[*columns, "at_the_edge"]).astype(dict.fromkeys(columns[1:], float))
