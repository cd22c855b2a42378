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

from cvlab.analyses.common import Headline, bootstrap_counts, percentile_interval
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
    CROSSINGS,
    METHODS,
    TIES,
    find_stretches,
    measure_price_curves,
)
from cvlab.analyses.willingness_to_pay.asking.price_trial import BUY, Intents, calibrate_intents, estimate_trial
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights, read_weights
from cvlab.checks import check_columns, check_count, check_numeric, check_one_of, check_share
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

FEWEST = 5  # below this a bootstrap knows too few different people to give an interval
LONG_STRETCH = 0.05  # share of the price from which on a stretch of equally good prices is worth a note
FEW = 30  # below this percentile intervals are known to be too short
WANTED_PRECISION = 0.10  # half width of the interval, as a share of the price, that a decision can use
SMALLEST_CHANGE = 0.05  # share of the price below which a change between two runs does not matter
_TABLE = "price_sensitivity"
_NO_BEST_PRICE = "The points balance perceptions of a stated price; none of them is the price that earns most."
_TAKEN = {"min": "the lowest", "max": "the highest", "mean": "the mean", "median": "the median"}
_RULES = (
    "an answer is missing",
    "a price is below 0",
    "too cheap is not below cheap",
    "cheap is not below expensive",
    "expensive is not below too expensive",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceSensitivity:
    """Where opinions about the price turn.

    Attributes
    ----------
    table : four rows: point, price, low, high (money per unit); NaN where too few people answered.
    curves : price and the shares too_cheap, cheap, expensive, too_expensive, not_cheap, not_expensive; no rows where
        too few people answered.
    invalid : rule, n: how many rows break each rule; a row can break several.
    n_invalid : how many rows are invalid; they are left out unless `validate=False` (missing answers always are).
    trial : price, trial, low, high (shares); None without purchase intentions.
    revenue : price, revenue, low, high (money per person asked); None without purchase intentions.
    trial_points : point, price, low, high: where trial and where revenue is highest; None likewise.
    trial_notes : what trial and revenue assume, or why there is none though intentions were asked.
    draws : bootstrap draws of the four points, one column each.
    method : "interpolated" or "step".
    """

    rows: ClassVar[str] = "point"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "low": "money", "high": "money"}

    table: pd.DataFrame
    headline: Headline
    curves: pd.DataFrame
    invalid: pd.DataFrame
    n_invalid: int
    draws: pd.DataFrame
    method: str
    trial: pd.DataFrame | None = None
    revenue: pd.DataFrame | None = None
    trial_points: pd.DataFrame | None = None
    trial_notes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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

    Returns
    -------
    PriceSensitivity; with fewer people its points and headline are NaN, and the headline says how many people would be
    enough.

    Raises
    ------
    DataError : columns are missing or not numeric, weights are not above 0, or no row is valid.
    ParameterError : an argument is outside what it may be.

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
    check_count(n_boot, "n_boot")
    fewest = max(FEWEST, check_count(smallest_group, "smallest_group"))
    calibration = calibrate_intents(intents)
    check_columns(answers, ANSWERS, _TABLE)
    check_numeric(answers, ANSWERS, _TABLE, missing_allowed=True)
    prices = answers[list(ANSWERS)].to_numpy(dtype=float, na_value=np.nan)
    weight = read_weights(answers, weights, _TABLE)
    broken = _find_broken_rules(prices)
    ordered = ~broken.any(axis=1)
    kept = ordered if validate else ~broken[:, :2].any(axis=1)
    invalid = pd.DataFrame({"rule": list(_RULES), "n": broken.sum(axis=0)})
    if not kept.any():
        raise DataError(
            f"{_TABLE} has no valid row among {len(prices)}: {_list_broken(invalid)}. "
            "Each person's prices must ascend strictly from too cheap to too expensive; check the order of the columns"
        )
    people = pd.factorize(_read_respondents(answers)[kept])[0]
    n_people = int(people.max()) + 1
    samples = bootstrap_counts(n_people, n_boot=n_boot, seed=seed)[:, people] * weight[kept]
    stretch = [part[0] for part in find_stretches(prices[kept], weight[None, kept], method=method, ties=ties)]
    drawn, lowest, highest = find_stretches(prices[kept], samples, method=method, ties=ties)
    # Prices along the stretch fit these answers equally well, so the interval holds all of them.
    low = np.minimum(percentile_interval(lowest, level=level)[0], stretch[1])
    high = np.maximum(percentile_interval(highest, level=level)[1], stretch[2])
    table = pd.DataFrame({"point": list(CROSSINGS), "price": stretch[0], "low": low, "high": high})
    curves = measure_price_curves(prices[kept], weight[kept])
    notes = _caveats(n_people, len(prices), int((~ordered).sum()), invalid, validate, fewest)
    notes += describe_weights(weight[kept], "answers")
    optimal = list(CROSSINGS).index("optimal")
    needed = _people_needed(float(stretch[0][optimal]), drawn[:, optimal], n_people, fewest, level)
    enough = n_people >= fewest
    if enough:
        notes += _tie_caveats(stretch[1], stretch[2], ties)
    else:
        table[["price", "low", "high"]] = math.nan
        drawn, curves = np.full((n_boot, len(CROSSINGS)), math.nan), curves.head(0)
    trial = revenue = trial_points = None
    trial_notes: tuple[str, ...] = ()
    if intents is not None or all(column in answers.columns for column in BUY):
        share, asked = _read_intents(answers, calibration)
        usable = ordered & asked
        n_usable = len(np.unique(people[usable[kept]]))
        if n_usable >= fewest:
            trial, revenue, trial_points = estimate_trial(
                prices[usable], share[usable], weight[usable], samples[:, usable[kept]], level=level
            )
            trial_notes = _trial_caveats(int((ordered & ~asked).sum()), calibration)
        else:
            trial_notes = (_write_too_few_asked(n_usable, fewest),)
    return PriceSensitivity(
        table=table,
        headline=_write_headline(table, drawn, n_people, needed, fewest, method, level),
        curves=curves,
        invalid=invalid,
        n_invalid=int((~ordered).sum()),
        draws=pd.DataFrame(drawn, columns=list(CROSSINGS)),
        method=method,
        trial=trial,
        revenue=revenue,
        trial_points=trial_points,
        trial_notes=trial_notes,
        notes=(*notes, _NO_BEST_PRICE),
    )


def _find_broken_rules(prices: np.ndarray) -> np.ndarray:
    """Return rows × rules: which of `_RULES` each row breaks."""
    missing = np.isnan(prices).any(axis=1)
    return np.column_stack([missing, (prices < 0).any(axis=1), prices[:, :-1] >= prices[:, 1:]])


def _list_broken(invalid: pd.DataFrame) -> str:
    broken = invalid[invalid["n"] > 0]
    return "; ".join(f"{rule} in {n}" for rule, n in zip(broken["rule"], broken["n"], strict=True))


def _read_respondents(answers: pd.DataFrame) -> np.ndarray:
    if "respondent_id" in answers.columns:
        return answers["respondent_id"].to_numpy()
    return answers.index.to_numpy() if answers.index.name == "respondent_id" else np.arange(len(answers))


def _read_intents(
    answers: pd.DataFrame, calibration: Mapping[int, float] | tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return people × 2 calibrated shares, and which people have both."""
    if not isinstance(calibration, Mapping):
        return np.tile(np.asarray(calibration, dtype=float), (len(answers), 1)), np.ones(len(answers), dtype=bool)
    missing = [column for column in BUY if column not in answers.columns]
    if missing:
        raise ParameterError(
            f"intents is a scale, but {_TABLE} lacks {' and '.join(missing)}: "
            "add the purchase intentions, or give intents as a pair of shares such as (0.7, 0.3)"
        )
    check_numeric(answers, BUY, _TABLE, missing_allowed=True)
    given = answers[list(BUY)]
    known = given.isin(list(calibration)) | given.isna()
    if not known.to_numpy().all():
        raise DataError(
            f"{_TABLE}: {int((~known).to_numpy().sum())} purchase intentions are not on the scale "
            f"{', '.join(str(step) for step in calibration)}. Correct them, or give intents a share for each step"
        )
    shares = given.apply(lambda column: column.map(dict(calibration))).to_numpy(dtype=float, na_value=np.nan)
    return shares, ~np.isnan(shares).any(axis=1)


def _people_needed(price: float, drawn: np.ndarray, n_people: int, fewest: int, level: float) -> int:
    """How many people would bring the half width to `WANTED_PRECISION`: it shrinks with the root of their number."""
    low, high = percentile_interval(drawn, level=level)
    least = max(FEW, fewest)
    if price <= 0:
        return least
    return max(least, math.ceil(n_people * (float(high - low) / 2 / (WANTED_PRECISION * price)) ** 2))


def _caveats(
    n_people: int, n_rows: int, n_invalid: int, invalid: pd.DataFrame, validate: bool, fewest: int
) -> tuple[str, ...]:
    notes = []
    if n_invalid:
        fate = "are left out" if validate else "do not ascend strictly and are kept as asked"
        notes.append(f"{n_invalid} of {n_rows} answers {fate}: {_list_broken(invalid)}.")
    if fewest <= n_people < FEW:
        notes.append(
            f"{n_people} people are few: the intervals are likely too short, and {FEW} or more would make them sound."
        )
    return tuple(notes)


def _tie_caveats(lowest: np.ndarray, highest: np.ndarray, ties: str) -> tuple[str, ...]:
    return tuple(
        f"Every price from {write_number(first, 'money')} to {write_number(last, 'money')} fits the point "
        f'"{point}" equally well; {_TAKEN[ties]} of them is taken, and the interval holds them all.'
        for point, first, last in zip(CROSSINGS, lowest, highest, strict=True)
        if last - first > LONG_STRETCH * first
    )


def _write_too_few_asked(n_asked: int, fewest: int) -> str:
    return (
        f"Not enough data for trial and revenue: {write_number(n_asked, 'count')} people gave valid prices and "
        f"purchase intentions, and at least {fewest} are needed."
    )


def _trial_caveats(n_unasked: int, calibration: Mapping[int, float] | tuple[float, float]) -> tuple[str, ...]:
    if isinstance(calibration, Mapping):
        scale = ", ".join(f"{step}: {write_number(share, 'share')}" for step, share in calibration.items())
        notes = [f"Trial and revenue take purchase intentions at these shares: {scale}."]
    else:
        notes = [
            "Trial and revenue assume that "
            f"{write_number(calibration[0], 'share')} of people buy at their own cheap price and "
            f"{write_number(calibration[1], 'share')} at their own expensive price."
        ]
    if n_unasked:
        notes.append(f"{n_unasked} people without both purchase intentions are left out of trial and revenue.")
    return tuple(notes)


def _write_headline(
    table: pd.DataFrame, drawn: np.ndarray, n_people: int, needed: int, fewest: int, method: str, level: float
) -> Headline:
    points = table.set_index("point")
    price, low, high = (float(points.loc["optimal", column]) for column in ("price", "low", "high"))
    if n_people >= fewest:
        sentence = (
            "As many people find {value} too cheap as find it too expensive ({level} interval {low} to {high}, {n} "
            "people). This balances perceptions and is not the best price; prices from {from} to {to} are acceptable."
        )
        words = {
            name: write_number(float(points.loc[point, "price"]), "money")
            for name, point in (("from", "marginal cheapness"), ("to", "marginal expensiveness"))
        }
    else:
        sentence = (
            "Not enough data: {people} gave valid answers, and at least {fewest} are needed for price points that show "
            "no single person; about {needed} would bring the interval to within {precision} of the price."
        )
        words = {
            "people": "one person" if n_people == 1 else f"{n_people} people",
            "fewest": str(fewest),
            "needed": str(needed),
            "precision": write_number(WANTED_PRECISION, "share"),
        }
    return Headline(
        key="willingness_to_pay.optimal_point",
        label="balance of too cheap and too expensive",
        value=price,
        low=low,
        high=high,
        level=level,
        n=n_people,
        unit="money",
        smallest_change=SMALLEST_CHANGE * price,
        method=f"van Westendorp, {method}, bootstrap over people",
        sentence=sentence,
        words=words,
        draws=drawn[:, list(CROSSINGS).index("optimal")] if n_people >= fewest else None,
        decides=False,  # it balances perceptions, so nothing follows from it
    )
