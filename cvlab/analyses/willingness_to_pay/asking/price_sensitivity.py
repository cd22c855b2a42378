"""Price sensitivity (van Westendorp): between which prices do people take an offer seriously?

Each person names four prices: too cheap to be good, cheap, expensive, too expensive to consider. The shares of people
behind these answers are curves along the price, and four pairs of them meet (`price_curves` holds the formulas):

    marginal cheapness       below it, more people call the offer too cheap than "not cheap"          [money per unit]
    marginal expensiveness   above it, more people call it too expensive than "not expensive"
    indifference             as many call it cheap as expensive
    optimal                  as many call it too cheap as too expensive

The range between the first two is called acceptable. The "optimal" point is the field's name for a balance of
perceptions: nothing in it knows about cost or volume, so it is never the best price. With two purchase intentions per
person the extension in `price_trial` adds trial and revenue.

Intervals: bootstrap over people, weights respected, percentile bounds (Efron & Tibshirani 1993, chapter 13). Where
curves stay together along a stretch of prices, the interval runs from the stretches' lower to their upper ends.
Source: van Westendorp (1976), "NSS Price Sensitivity Meter", Proceedings of the 29th ESOMAR Congress.
Assumes that people can name these prices for the offer; stated prices run high and are worth a comparison with sales.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, bootstrap_people, percentile_interval
from cvlab.analyses.willingness_to_pay.asking.price_answers import PriceAnswers, read_price_answers
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    CROSSINGS,
    METHODS,
    TIES,
    find_stretches,
    measure_curve_bands,
    measure_price_curves,
)
from cvlab.analyses.willingness_to_pay.asking.price_lines import interpolate_rows, read_prices
from cvlab.analyses.willingness_to_pay.asking.price_trial import Intents, Trial, calibrate_intents, estimate_trial
from cvlab.analyses.willingness_to_pay.asking.price_words import (
    NO_BEST_PRICE,
    count_needed,
    describe_answers,
    describe_ties,
    describe_trial,
    write_half_asked,
    write_headline,
    write_too_few_asked,
)
from cvlab.analyses.willingness_to_pay.groups import Grouped, check_by, estimate_groups
from cvlab.checks import check_count, check_one_of, check_share
from cvlab.errors import DataError

FEWEST = 5  # below this a bootstrap knows too few different people to give an interval
_NO_DEMAND = "price_sensitivity has no demand: ask buy_cheap and buy_expensive, or give intents, such as (0.7, 0.3)"


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceSensitivity:
    """Where opinions about the price turn.

    Attributes
    ----------
    table : four rows: point, price, low, high (money per unit); NaN where too few people answered.
    curves : price and the shares too_cheap, cheap, expensive, too_expensive, not_cheap, not_expensive; no rows where
        too few people answered.
    bands : price and the intervals of the four curves at up to 101 of these prices, each price by itself:
        too_cheap_low, too_cheap_high and so on; no rows where too few people answered.
    invalid : rule, n: how many rows break each rule; a row can break several.
    n_invalid : how many rows are invalid; they are left out unless `validate=False` (missing answers always are).
    trial : price, trial, low, high (shares); None without purchase intentions.
    revenue : price, revenue, low, high (money per person asked); None without purchase intentions.
    trial_points : point, price, low, high: where trial and where revenue is highest; None likewise.
    trial_notes : what trial and revenue assume, or why there is none though intentions were asked.
    draws : bootstrap draws of the four points, one column each.
    method : "interpolated" or "step".
    trial_draws : trial in each bootstrap sample, one column per price of `trial`; None likewise.
    groups : the same for each group.
    """

    rows: ClassVar[str] = "point"
    kinds: ClassVar[Mapping[str, str]] = {"n": "count", "price": "money", "low": "money", "high": "money"}

    table: pd.DataFrame
    headline: Headline
    curves: pd.DataFrame
    bands: pd.DataFrame
    invalid: pd.DataFrame
    n_invalid: int
    draws: pd.DataFrame
    method: str
    trial: pd.DataFrame | None = None
    revenue: pd.DataFrame | None = None
    trial_points: pd.DataFrame | None = None
    trial_notes: tuple[str, ...] = ()
    trial_draws: pd.DataFrame | None = None
    groups: Grouped | None = None
    notes: tuple[str, ...] = ()

    @property
    def prices_asked(self) -> np.ndarray:
        """The distinct prices that people named, ascending: money per unit."""
        return self.curves["price"].to_numpy()

    def demand_at(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return trial, the share who would buy at each price, and the same in every bootstrap sample.

        By Newton, Miller and Smith's reading nobody buys below everybody's "too cheap" or above everybody's "too
        expensive", so demand falls towards low prices, too.

        Returns
        -------
        Shares, and samples × prices of shares.

        Raises
        ------
        DataError : purchase intentions were not asked, or of too few people.
        """
        if self.trial is None or self.trial_draws is None:
            raise DataError(" ".join(self.trial_notes) or _NO_DEMAND)
        wanted = read_prices(prices)
        known = self.trial["price"].to_numpy()
        return (
            interpolate_rows(known, self.trial["trial"].to_numpy()[None, :], wanted, outside=0.0)[0],
            interpolate_rows(known, self.trial_draws.to_numpy(), wanted, outside=0.0),
        )


def estimate_price_sensitivity(
    answers: pd.DataFrame,
    *,
    method: str = "interpolated",
    ties: str = "min",
    weights: str | None = None,
    validate: bool = True,
    intents: Intents | None = None,
    n_boot: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> PriceSensitivity:
    """Estimate the four van Westendorp points with intervals, and trial and revenue where intentions were asked.

    Parameters
    ----------
    answers : one row per person with too_cheap, cheap, expensive, too_expensive (money per unit) and, if asked,
        buy_cheap and buy_expensive (intention to buy at one's own cheap and expensive price, 1 to 5). Several rows of
        one respondent_id (column or index) are drawn together by the bootstrap.
    method : "interpolated" draws straight lines between observed prices; "step" takes the first observed price at
        which the rising curve has reached the falling one.
    ties : "min", "max", "mean" or "median" of the observed prices along which two curves stay together.
    weights : name of the column of weights; the column `weight` where there is one.
    validate : leave out people whose four prices do not strictly ascend. Otherwise they stay, except in trial.
    intents : share who really buy per answer on the scale, {1: 0.0, 2: 0.1, 3: 0.3, 4: 0.5, 5: 0.7} by default; or one
        pair of shares, at the cheap and at the expensive price, for everybody.
    n_boot : bootstrap samples.
    level : coverage of the intervals.
    seed : of the bootstrap.
    smallest_group : fewest people with valid answers, so that no single person's prices are shown; at least five are
        needed in any case.
    by : the same for each of these groups.
    allow_sensitive : accept groups made from sensitive characteristics.

    Returns
    -------
    PriceSensitivity; with fewer people its points and headline are NaN, and the headline says how many people would be
    enough.

    Raises
    ------
    DataError : columns are missing or not numeric, weights are not above 0, or no row is valid; all that is wrong with
        the columns is said at once.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    >>> asked = pd.DataFrame({"too_cheap": [5.0, 6, 4, 8, 5], "cheap": [8.0, 9, 7, 12, 8],
    ...                       "expensive": [12.0, 14, 11, 18, 13], "too_expensive": [16.0, 18, 15, 25, 17]})
    >>> result = estimate_price_sensitivity(asked, method="step", smallest_group=5)
    >>> dict(zip(result.table["point"], result.table["price"].tolist()))
    {'marginal cheapness': 7.0, 'marginal expensiveness': 15.0, 'indifference': 11.0, 'optimal': 8.0}
    """
    check_one_of(method, METHODS, "method")
    check_one_of(ties, TIES, "ties")
    check_share(level, "level")
    check_count(n_boot, "n_boot", least=2)
    check_count(seed, "seed", least=0)
    check_one_of(validate, (True, False), "validate")
    fewest = max(FEWEST, check_count(smallest_group, "smallest_group"))
    calibration = calibrate_intents(intents)
    if by is not None:
        check_by(by, allow_sensitive=allow_sensitive)
    asked = read_price_answers(
        answers, weights=weights, validate=validate, calibration=calibration, with_trial=intents is not None
    )
    people, prices, weight = asked.people, asked.prices[asked.kept], asked.weight[asked.kept]
    n_people = asked.n_people
    samples = bootstrap_people(asked.ids, n_boot=n_boot, seed=seed)[:, people] * weight
    stretch = [part[0] for part in find_stretches(prices, weight[None, :], method=method, ties=ties)]
    drawn, lowest, highest = find_stretches(prices, samples, method=method, ties=ties)
    # Prices along the stretch fit these answers equally well, so the interval holds all of them.
    low = np.minimum(percentile_interval(lowest, level=level)[0], stretch[1])
    high = np.maximum(percentile_interval(highest, level=level)[1], stretch[2])
    table = pd.DataFrame({"point": list(CROSSINGS), "price": stretch[0], "low": low, "high": high})
    curves, bands = measure_price_curves(prices, weight), measure_curve_bands(prices, samples, level=level)
    optimal = list(CROSSINGS).index("optimal")
    needed = count_needed(float(stretch[0][optimal]), drawn[:, optimal], n_people, fewest, level)
    notes = describe_answers(asked, validate=validate, fewest=fewest)
    if n_people >= fewest:
        notes += describe_ties(stretch[1], stretch[2], ties)
    else:
        table[["price", "low", "high"]] = math.nan
        drawn, curves, bands = np.full((n_boot, len(CROSSINGS)), math.nan), curves.head(0), bands.head(0)
    trial, trial_notes = _try_trial(asked, calibration, samples, fewest, level)
    return PriceSensitivity(
        table=table,
        headline=write_headline(table, drawn, asked, needed, fewest, method, level),
        curves=curves,
        bands=bands,
        invalid=asked.invalid,
        n_invalid=asked.n_invalid,
        draws=pd.DataFrame(drawn, columns=list(CROSSINGS)),
        method=method,
        trial=trial and trial.trial,
        revenue=trial and trial.revenue,
        trial_points=trial and trial.points,
        trial_notes=trial_notes,
        trial_draws=trial and trial.draws,
        groups=estimate_groups(
            answers[asked.kept],
            pd.Series(asked.respondents[asked.kept]),
            by,
            lambda rows: estimate_price_sensitivity(
                rows,
                method=method,
                ties=ties,
                weights=weights,
                validate=validate,
                intents=intents,
                n_boot=n_boot,
                level=level,
                seed=seed,
                smallest_group=smallest_group,
            ),
            smallest_group=smallest_group,
            allow_sensitive=allow_sensitive,
        ),
        notes=(*notes, NO_BEST_PRICE),
    )


def _try_trial(
    asked: PriceAnswers,
    calibration: Intents,
    samples: np.ndarray,
    fewest: int,
    level: float,
) -> tuple[Trial | None, tuple[str, ...]]:
    """Return trial and what it assumes; no trial, and why, where one intention or too many people's are missing.

    `samples` are the weights of the bootstrap samples: samples × rows that are used.
    """
    share = asked.intents
    if share is None:
        return None, () if asked.lacking is None else (write_half_asked(asked.lacking),)
    known = ~np.isnan(share).any(axis=1)
    usable = asked.ordered & known
    n_usable = len(pd.unique(asked.respondents[usable]))
    if n_usable < fewest:
        return None, (write_too_few_asked(n_usable, fewest),)
    trial = estimate_trial(
        asked.prices[usable], share[usable], asked.weight[usable], samples[:, usable[asked.kept]], level=level
    )
    return trial, describe_trial(int((asked.ordered & ~known).sum()), calibration)
