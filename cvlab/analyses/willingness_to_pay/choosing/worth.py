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
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline, bootstrap_counts, draw_normal, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences, Fit, fit_conditional_logit
from cvlab.analyses.willingness_to_pay.choosing.top import (
    NOBODY_DECLINES,
    find_top_step,
    measure_spans,
    name_roles,
    read_name,
    write_people,
    write_too_few,
)
from cvlab.errors import DataError
from cvlab.units import write_number

INTERVALS = ("delta", "krinsky-robb", "bootstrap")
SMALLEST_CHANGE = 0.10  # share of the willingness to pay below which a change between two runs does not matter
_KEY, _LABEL = "willingness_to_pay.top_attribute", "most that is paid for an attribute"
_ONE_TASTE = (
    "One set of weights stands for everybody: where tastes differ, the amounts are no mean of what people would pay."
)
UNSURE_PRICE = (
    "The choices of {people} do not show what they would pay: how much a higher {price} deters them is so uncertain "
    "that it could be nothing, and what they would pay anything. More choices, or prices further apart, would help."
)
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
        the price coefficient is not below 0, and where fewer people chose than the model's `smallest_group`.
    roles : what each row is worth: "numeric" (each unit more), "feature" (with against without), "level" (against the
        base level), "alternative" (its name, against the base alternative's) or "outside" (staying out, against an
        offer with all attributes 0 or at their base that costs nothing).
    spans : lowest and highest value shown of each numeric row, (0, 1) for the others: the step that a picture draws,
        because what one gram and what one gigabyte are worth cannot be compared.
    """

    rows: ClassVar[str] = "attribute"
    kinds: ClassVar[Mapping[str, str]] = {"estimate": "money", "std_error": "money", "low": "money", "high": "money"}

    table: pd.DataFrame
    headline: Headline
    roles: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    smallest_group: int = 1
    notes: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether enough people chose for a result that shows no single person."""
        return self.headline.n >= self.smallest_group


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
    smallest_group: int,
) -> WillingnessToPay:
    """Divide every coefficient by the price coefficient; see `ChoiceModel.willingness_to_pay`."""
    coding = choices.coding
    price = coding.price_position
    names = [name for position, name in enumerate(coding.names) if position != price]
    roles, spans = name_roles(choices), measure_spans(choices)
    notes = _explain(coding)
    unknown = np.full(len(names), math.nan)
    if choices.n_respondents < smallest_group:
        return WillingnessToPay(
            table=_tabulate(names, unknown, unknown, unknown, unknown),
            headline=_decline(choices, level, *write_too_few(choices.n_respondents, smallest_group)),
            roles=roles,
            spans=spans,
            smallest_group=smallest_group,
            notes=notes,
        )
    if fit.estimates[price] >= 0:
        return WillingnessToPay(
            table=_tabulate(names, unknown, unknown, unknown, unknown),
            headline=_decline(
                choices,
                level,
                "The choices of {people} do not show what they would pay: a higher {price} did not make an offer less "
                "likely to be chosen.",
            ),
            roles=roles,
            spans=spans,
            notes=(
                f"The coefficient of {coding.price} is {write_number(fit.estimates[price])}, not below 0: dearer "
                "offers were chosen no less often, so willingness to pay is undefined. Check the coding of prices, and "
                "whether price stands for quality that the attributes leave out.",
                *notes,
            ),
        )
    draws, dropped = _draw(fit, choices, differences, n_draws, seed, refit=interval == "bootstrap")

    def measure(contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        estimate, std_error = _delta(fit, np.insert(contrasts, price, 0.0, axis=1), price)
        if interval == "delta":
            return estimate, std_error, estimate - quantile * std_error, estimate + quantile * std_error
        drawn = draws @ contrasts.T
        spread = drawn.std(axis=0, ddof=1) if len(drawn) > 1 else np.full(len(contrasts), math.nan)
        return estimate, spread, *percentile_interval(drawn, level=level)

    table = _tabulate(names, *measure(np.eye(len(names))))
    step = find_top_step(table["estimate"].to_numpy(), roles, choices)
    if step is None:
        headline = _decline(
            choices,
            level,
            "Only the price differed between the offers that {people} saw, so there is no attribute to pay for.",
        )
    elif _reaches_zero(fit, price, quantile):
        headline = _decline(choices, level, UNSURE_PRICE)
    else:
        value, _, low, high = (float(part[0]) for part in measure(step.contrast[None, :]))
        headline = Headline(
            key=_KEY,
            label=_LABEL,
            value=value,
            low=low,
            high=high,
            level=level,
            n=choices.n_respondents,
            unit="money",
            smallest_change=SMALLEST_CHANGE * abs(value),
            method=_METHODS[interval],
            sentence=step.sentence,
            words={**step.words, "people": write_people(choices.n_respondents)},
            draws=draws @ step.contrast if len(draws) else None,
        )
    notes = (*_warn(fit, coding, quantile, dropped, n_draws), *notes, _ONE_TASTE)
    return WillingnessToPay(table=table, headline=headline, roles=roles, spans=spans, notes=notes)


def _tabulate(
    names: list[str], estimate: np.ndarray, std_error: np.ndarray, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({"attribute": names, "estimate": estimate, "std_error": std_error, "low": low, "high": high})


def _delta(fit: Fit, contrasts: np.ndarray, price: int) -> tuple[np.ndarray, np.ndarray]:
    """Ratio and its standard error: the gradient is -1/b_price for the attribute, -ratio/b_price for the price."""
    ratio = -(contrasts @ fit.estimates) / fit.estimates[price]
    gradient = contrasts.copy()
    gradient[:, price] += ratio
    gradient /= -fit.estimates[price]
    return ratio, np.sqrt(np.einsum("ij,jk,ik->i", gradient, fit.covariance, gradient))


def _draw(
    fit: Fit,
    choices: CodedChoices,
    differences: Differences,
    n_draws: int,
    seed: int,
    *,
    refit: bool,
) -> tuple[np.ndarray, int]:
    """Return draws of the ratios, and how many draws were dropped because their price coefficient is not below 0."""
    if refit:
        drawn = _refit(fit, choices, differences, n_draws, seed)
    else:
        drawn = draw_normal(fit.estimates, fit.covariance, n_draws=n_draws, seed=seed)
    price = choices.coding.price_position
    usable = drawn[drawn[:, price] < 0]
    return -np.delete(usable, price, axis=1) / usable[:, [price]], n_draws - len(usable)


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
    if _reaches_zero(fit, price, quantile):
        notes.append(
            f"The interval of the coefficient of {coding.price} reaches 0: the willingness to pay could be anything, "
            "and its intervals are not to be trusted. More choices or wider prices would help."
        )
    if dropped:
        notes.append(f"{dropped} of {n_draws} draws are left out: no finite weights, or a price weight not below 0.")
    return tuple(notes)


def _reaches_zero(fit: Fit, price: int, quantile: float) -> bool:
    """Whether the interval of the price coefficient reaches 0, so that the ratio could be anything."""
    return bool(fit.estimates[price] + quantile * math.sqrt(fit.covariance[price, price]) >= 0)


def _explain(coding: Coding) -> tuple[str, ...]:
    notes = [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
    if coding.outside in coding.constants:
        notes.append(
            f"{coding.outside} is staying out; with the opposite sign it is what an offer is worth whose numeric "
            "attributes are 0 and whose other attributes are at their base."
        )
    if coding.outside is None:
        notes.append(NOBODY_DECLINES)
    return tuple(notes)


def _decline(
    choices: CodedChoices, level: float, sentence: str, words: Mapping[str, str] = MappingProxyType({})
) -> Headline:
    return Headline(
        key=_KEY,
        label=_LABEL,
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=level,
        n=choices.n_respondents,
        unit="money",
        sentence=sentence,
        words={"price": read_name(choices.coding.price), "people": write_people(choices.n_respondents), **words},
    )


def two_sided_quantile(level: float, n_groups: int | None) -> float:
    """Return how many standard errors an interval reaches: t with people - 1 degrees of freedom where clustered."""
    tail = (1 + level) / 2
    return float(stats.norm.ppf(tail) if n_groups is None or n_groups < 2 else stats.t.ppf(tail, n_groups - 1))
