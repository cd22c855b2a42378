"""Willingness to pay from choices: the price change that would leave people as well off as one step of an attribute.

    willingness to pay = -b_attribute / b_price                                   [money per unit of the attribute]

Intervals for this ratio:

    delta          normal, with the variance of the ratio linearised at the estimates
    Krinsky-Robb   percentiles of the ratio over draws of (b_attribute, b_price) from their joint normal distribution
    bootstrap      percentiles of the ratio over refits to people drawn with replacement

The ratio makes sense only if a higher price makes an offer less likely to be chosen. Where b_price is above 0 the
willingness to pay is undefined; where its interval reaches 0 no interval of the ratio can be trusted.

Source: Daly, Hess & de Jong (2012), "Calculating errors for measures derived from choice modelling estimates",
Transportation Research B 46; Krinsky & Robb (1986), Review of Economics and Statistics 68.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline, bootstrap_counts, percentile_interval
from cvlab.analyses.willingness_to_pay.choice_coding import CodedChoices, Coding
from cvlab.analyses.willingness_to_pay.choice_fit import Differences, Fit, fit_conditional_logit
from cvlab.errors import DataError
from cvlab.units import write_number

INTERVALS = ("delta", "krinsky-robb", "bootstrap")
SMALLEST_CHANGE = 0.10  # share of the willingness to pay below which a change between two runs does not matter
_METHODS = {
    "delta": "conditional logit, delta method",
    "krinsky-robb": "conditional logit, Krinsky–Robb draws",
    "bootstrap": "conditional logit, bootstrap over people",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class WillingnessToPay:
    """What people would pay for one step of each attribute.

    Attributes
    ----------
    table : attribute, estimate, std_error, low, high (money per unit; for a level, against the base level). NaN where
        the price coefficient is not below 0.
    roles : per row "numeric" (worth of each unit more), "level" (against the base level), "alternative" (worth of the
        alternative's name against the base alternative) or "outside" (staying out, against an offer with all attributes
        0 or at their base that costs nothing).
    """

    rows: ClassVar[str] = "attribute"
    kinds: ClassVar[Mapping[str, str]] = {"estimate": "money", "std_error": "money", "low": "money", "high": "money"}

    table: pd.DataFrame
    headline: Headline
    roles: tuple[str, ...]
    notes: tuple[str, ...] = ()


def measure_worth(
    fit: Fit,
    choices: CodedChoices,
    differences: Differences,
    *,
    interval: str,
    level: float,
    quantile: float,
    n_draws: int,
    seed: int,
) -> WillingnessToPay:
    """Divide every coefficient by the price coefficient; see `ChoiceModel.willingness_to_pay`."""
    coding = choices.coding
    price = coding.price_position
    others = np.delete(np.arange(len(coding.names)), price)
    names = [coding.names[column] for column in others]
    roles = tuple(_role(coding, int(column)) for column in others)
    notes = _explain(coding)
    if fit.estimates[price] >= 0:
        unknown = np.full(len(others), math.nan)
        table = _tabulate(names, unknown, unknown, unknown, unknown)
        notes = (
            f"The coefficient of {coding.price} is {write_number(fit.estimates[price])}, not below 0: dearer offers "
            "were chosen no less often, so willingness to pay is undefined. Check the coding of prices, and whether "
            "price stands for quality that the attributes leave out.",
            *notes,
        )
        return WillingnessToPay(
            table=table, headline=_decline(choices.n_respondents, coding.price, level), roles=roles, notes=notes
        )
    estimate, std_error = _delta(fit, others, price)
    draws, dropped = _draw(fit, choices, differences, others, price, n_draws, seed, refit=interval == "bootstrap")
    if interval == "delta":
        low, high = estimate - quantile * std_error, estimate + quantile * std_error
    else:
        low, high = percentile_interval(draws, level=level)
        std_error = draws.std(axis=0, ddof=1) if len(draws) > 1 else np.full(len(others), math.nan)
    notes = (*_warn(fit, coding, quantile, dropped, n_draws), *notes)
    table = _tabulate(names, estimate, std_error, low, high)
    headline = _write_headline(table, roles, draws, choices, interval, level)
    return WillingnessToPay(table=table, headline=headline, roles=roles, notes=notes)


def _tabulate(
    names: list[str], estimate: np.ndarray, std_error: np.ndarray, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({"attribute": names, "estimate": estimate, "std_error": std_error, "low": low, "high": high})


def _role(coding: Coding, column: int) -> str:
    if column < coding.price_position:
        return "level" if coding.attribute_of[column] in coding.levels else "numeric"
    return "outside" if coding.names[column] == coding.outside else "alternative"


def _delta(fit: Fit, others: np.ndarray, price: int) -> tuple[np.ndarray, np.ndarray]:
    """Ratio and its standard error: the gradient is -1/b_price for the attribute, -ratio/b_price for the price."""
    per_price = fit.estimates[price]
    ratio = -fit.estimates[others] / per_price
    covariance = fit.covariance
    variance = (
        covariance[others, others] + 2 * ratio * covariance[others, price] + ratio**2 * covariance[price, price]
    ) / per_price**2
    return ratio, np.sqrt(variance)


def _draw(
    fit: Fit,
    choices: CodedChoices,
    differences: Differences,
    others: np.ndarray,
    price: int,
    n_draws: int,
    seed: int,
    *,
    refit: bool,
) -> tuple[np.ndarray, int]:
    """Return draws of the ratios, and how many draws were dropped because their price coefficient is not below 0."""
    if refit:
        drawn = _refit(fit, choices, differences, n_draws, seed)
    else:
        drawn = np.random.default_rng(seed).multivariate_normal(
            fit.estimates, fit.covariance, size=n_draws, method="eigh", check_valid="ignore"
        )
    usable = drawn[drawn[:, price] < 0]
    return -usable[:, others] / usable[:, [price]], n_draws - len(usable)


def _refit(fit: Fit, choices: CodedChoices, differences: Differences, n_draws: int, seed: int) -> np.ndarray:
    """Fit again to people drawn with replacement; a sample in which an attribute separates the choices is dropped."""
    counts = bootstrap_counts(choices.n_respondents, n_boot=n_draws, seed=seed)
    found = []
    for count in counts:
        try:
            again = fit_conditional_logit(
                differences, choices, clustered=False, weights=count.astype(float), start=fit.estimates
            )
        except DataError:
            continue
        found.append(again.estimates)
    return np.array(found).reshape(-1, len(fit.estimates))


def _warn(fit: Fit, coding: Coding, quantile: float, dropped: int, n_draws: int) -> tuple[str, ...]:
    price = coding.price_position
    notes = []
    if fit.estimates[price] + quantile * math.sqrt(fit.covariance[price, price]) >= 0:
        notes.append(
            f"The interval of the coefficient of {coding.price} reaches 0: the willingness to pay could be anything, "
            "and its intervals are not to be trusted. More choices or wider prices would help."
        )
    if dropped:
        notes.append(f"{dropped} of {n_draws} draws are left out: no finite weights, or a price weight not below 0.")
    return tuple(notes)


def _explain(coding: Coding) -> tuple[str, ...]:
    notes = [f"{attribute} is measured against {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are measured against {coding.base_alternative}.")
    if coding.outside in coding.constants:
        notes.append(
            f"{coding.outside} is staying out; with the opposite sign it is what an offer is worth whose numeric "
            "attributes are 0 and whose other attributes are at their base."
        )
    return tuple(notes)


def _decline(n: int, price: str, level: float) -> Headline:
    return _headline(
        math.nan,
        math.nan,
        math.nan,
        n=n,
        level=level,
        interval="delta",
        sentence="The choices of {n} people do not show what they would pay: a higher {price} did not make an offer "
        "less likely to be chosen.",
        words={"price": price},
        draws=None,
    )


def _write_headline(
    table: pd.DataFrame, roles: tuple[str, ...], draws: np.ndarray, choices: CodedChoices, interval: str, level: float
) -> Headline:
    """Pick what is worth most over the range that was shown, since a gram and a gigabyte cannot be compared."""
    coding = choices.coding
    candidates = [position for position, role in enumerate(roles) if role in ("numeric", "level")]
    candidates = candidates or [position for position, role in enumerate(roles) if role == "alternative"]
    if not candidates:
        return _headline(
            math.nan,
            math.nan,
            math.nan,
            n=choices.n_respondents,
            level=level,
            interval=interval,
            sentence="Only the price differed between the offers, so there is no attribute to pay for: describe the "
            "offers by attributes.",
            words={},
            draws=None,
        )
    spans = np.ptp(choices.columns[choices.inside], axis=0)
    columns = np.delete(np.arange(len(coding.names)), coding.price_position)
    worth = table["estimate"].to_numpy() * spans[columns]
    rising = max(worth[candidates]) > 0
    top = max(candidates, key=lambda position: worth[position] if rising else abs(worth[position]))
    row = table.iloc[top]
    name = str(row["attribute"])
    attribute = (*coding.attribute_of, *coding.constants)[top]
    words = {"attribute": name}
    if roles[top] == "level":
        step = "for {level_name} instead of {base} ({attribute})"
        base = coding.levels[attribute][0]
        words = {"attribute": attribute, "level_name": name.removeprefix(f"{attribute}: "), "base": base}
    elif roles[top] == "alternative":
        step = "for {attribute} instead of {base}"
        words["base"] = str(coding.base_alternative)
    else:
        step = "per unit of {attribute}"
    uncertain = "({level} interval {low} to {high}, {n} people)"
    if rising and roles[top] == "numeric":
        sentence = (
            f"Over the range shown, {{attribute}} is worth most to people: {{value}} for each unit more {uncertain}."
        )
    elif rising:
        sentence = f"People would pay most {step}: {{value}} {uncertain}."
    else:
        sentence = f"Nothing shown raises what people would pay; the largest effect is {{value}} {step} {uncertain}."
    return _headline(
        float(row["estimate"]),
        float(row["low"]),
        float(row["high"]),
        n=choices.n_respondents,
        level=level,
        interval=interval,
        sentence=sentence,
        words=words,
        draws=draws[:, top] if len(draws) else None,
    )


def _headline(
    value: float,
    low: float,
    high: float,
    *,
    n: int,
    level: float,
    interval: str,
    sentence: str,
    words: Mapping[str, str],
    draws: np.ndarray | None,
) -> Headline:
    return Headline(
        key="willingness_to_pay.top_attribute",
        label="most that is paid for an attribute",
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(value),
        method=_METHODS[interval],
        sentence=sentence,
        words=words,
        draws=draws,
    )


def two_sided_quantile(level: float, n_groups: int | None) -> float:
    """Return how many standard errors an interval reaches: t with people - 1 degrees of freedom where clustered."""
    tail = (1 + level) / 2
    return float(stats.norm.ppf(tail) if n_groups is None or n_groups < 2 else stats.t.ppf(tail, n_groups - 1))
