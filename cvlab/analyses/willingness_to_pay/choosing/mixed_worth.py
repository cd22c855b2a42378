"""Willingness to pay where tastes differ: its mean and spread over people, and who would rather be paid.

Mean, spread and share below 0 follow from the parameters (`mixed_moments`).

A normal price weight has no such mean: it comes as close to 0 as one likes, and the ratio has no moments, however many
people are asked. Nothing is reported then.

Intervals: delta method for the mean, or Krinsky-Robb; Krinsky-Robb for spread and share below 0.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 6; Daly, Hess & Train (2012), "Assuring finite
moments for willingness to pay in random coefficient models", Transportation 39; Krinsky & Robb (1986).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, draw_normal, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.mixed_moments import (
    find_price_problem,
    measure_moments,
    simulate_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes
from cvlab.analyses.willingness_to_pay.choosing.top import (
    NOBODY_DECLINES,
    find_top_step,
    measure_spans,
    name_roles,
    read_name,
    write_people,
    write_too_few,
)
from cvlab.analyses.willingness_to_pay.choosing.worth import UNSURE_PRICE
from cvlab.units import write_number

INTERVALS = ("delta", "krinsky-robb")
SMALLEST_CHANGE = 0.10  # share of the willingness to pay below which a change between two runs does not matter
_KEY, _LABEL = "willingness_to_pay.top_attribute", "most that is paid for an attribute, on average"
_METHODS = {"delta": "mixed logit, delta method", "krinsky-robb": "mixed logit, Krinsky–Robb draws"}
_COLUMNS = ("estimate", "std_error", "low", "high", "spread", "spread_low", "spread_high")
_BELOW = ("below_zero", "below_zero_low", "below_zero_high")
_PEOPLE = 4096  # simulated people behind the distribution
_STEP = 1e-5  # of numerical derivatives, relative
_SPREAD = " Half of the people lie between {from} and {to}."
_ENDLESS = 1e5  # from here on the mean of a log-normal worth is a figment of its tail
_TAIL = 4.0  # a spread this many times the mean rests on a few extreme people


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedWillingnessToPay:
    """What people would pay for one step of each attribute, and how far they differ.

    Attributes
    ----------
    table : attribute; estimate, std_error, low, high: mean over people; spread, spread_low, spread_high: standard
        deviation between people (money per unit; for a level, against the base level); below_zero, below_zero_low,
        below_zero_high: share of people who would pay less than nothing. NaN where willingness to pay is undefined.
    roles, spans : what each row is worth, as in `WillingnessToPay`.
    random : attributes whose worth differs between people, in the order of the table.
    population : simulated people (rows) and what each attribute is worth to them: the fitted distribution, no answers.
    """

    rows: ClassVar[str] = "attribute"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(_COLUMNS, "money"),
        **dict.fromkeys(_BELOW, "share"),
    }

    table: pd.DataFrame
    headline: Headline
    roles: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    random: tuple[str, ...]
    population: pd.DataFrame
    level: float
    smallest_group: int = 1
    notes: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether enough people chose for a result that shows no single person."""
        return self.headline.n >= self.smallest_group


def measure_mixed_worth(
    parameters: np.ndarray,
    covariance: np.ndarray,
    tastes: Tastes,
    choices: CodedChoices,
    *,
    interval: str,
    level: float,
    quantile: float,
    n_draws: int,
    seed: int,
    smallest_group: int,
    notes: tuple[str, ...],
) -> MixedWillingnessToPay:
    """Describe the worth of every column over people; see `MixedChoiceModel.willingness_to_pay`."""
    names = [name for position, name in enumerate(tastes.names) if position != tastes.price]
    roles, spans = name_roles(choices), measure_spans(choices)
    random = tuple(name for name in names if tastes.names.index(name) in tastes.random)
    refusal = _refuse(parameters, tastes, choices, smallest_group)
    if refusal is not None:
        sentence, words, reasons = refusal
        table = pd.DataFrame({"attribute": names}).reindex(columns=["attribute", *_COLUMNS, *_BELOW])
        return MixedWillingnessToPay(
            table=table.astype(dict.fromkeys([*_COLUMNS, *_BELOW], float)),
            headline=_decline(choices, level, sentence, words),
            roles=roles,
            spans=spans,
            random=random,
            population=pd.DataFrame(columns=names, dtype=float),
            level=level,
            smallest_group=smallest_group,
            notes=(*reasons, *notes),
        )
    mean, spread, below = measure_moments(parameters, tastes)
    drawn = draw_normal(parameters, covariance, n_draws=n_draws, seed=seed)
    means, spreads, belows = measure_moments(drawn, tastes)
    usable = np.isfinite(means).all(axis=1)
    means, spreads, belows = means[usable], spreads[usable], belows[usable]
    slopes = np.array(
        [
            (measure_moments(parameters + step, tastes)[0] - measure_moments(parameters - step, tastes)[0])
            / (2 * step.sum())
            for step in np.diag(_STEP * np.maximum(np.abs(parameters), np.sqrt(np.diag(covariance))) + 1e-300)
        ]
    )

    def bound(contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        across = means @ contrasts.T
        if interval == "krinsky-robb":
            return across.std(axis=0, ddof=1), *percentile_interval(across, level=level)
        along = contrasts @ slopes.T
        error = np.sqrt(np.einsum("ij,jk,ik->i", along, covariance, along))
        return error, contrasts @ mean - quantile * error, contrasts @ mean + quantile * error

    std_error, low, high = bound(np.eye(len(names)))
    spread_low, spread_high = percentile_interval(spreads, level=level)
    below_low, below_high = percentile_interval(belows, level=level)
    numbers = (mean, std_error, low, high, spread, spread_low, spread_high, below, below_low, below_high)
    table = pd.DataFrame({"attribute": names, **dict(zip((*_COLUMNS, *_BELOW), numbers, strict=True))})
    population = simulate_worth(parameters, tastes, n_people=_PEOPLE, seed=seed)
    step = find_top_step(mean, roles, choices)
    if step is None:
        headline = _decline(
            choices,
            level,
            "Only the price differed between the offers that {people} saw, so there is no attribute to pay for.",
        )
    elif _reaches_zero(parameters, covariance, tastes, quantile):
        headline = _decline(choices, level, UNSURE_PRICE)
    else:
        _, (step_low,), (step_high,) = bound(step.contrast[None, :])
        differ = any(name in random for name, part in zip(names, step.contrast, strict=True) if part)
        differ = differ or (not tastes.wtp and tastes.price in tastes.random)
        headline = Headline(
            key=_KEY,
            label=_LABEL,
            value=float(mean @ step.contrast),
            low=float(step_low),
            high=float(step_high),
            level=level,
            n=choices.n_respondents,
            unit="money",
            smallest_change=SMALLEST_CHANGE * abs(float(mean @ step.contrast)),
            method=_METHODS[interval],
            sentence=step.sentence + (_SPREAD if differ else ""),
            words={
                **step.words,
                "people": write_people(choices.n_respondents),
                **(_write_spread(population @ step.contrast) if differ else {}),
            },
            draws=means @ step.contrast,
        )
    left_out = int((~usable).sum())
    found = _warn(table, left_out, n_draws)
    return MixedWillingnessToPay(
        table=table,
        headline=headline,
        roles=roles,
        spans=spans,
        random=random,
        population=pd.DataFrame(population, columns=names),
        level=level,
        smallest_group=smallest_group,
        notes=(*found, *notes),
    )


def _reaches_zero(parameters: np.ndarray, covariance: np.ndarray, tastes: Tastes, quantile: float) -> bool:
    """Whether a price weight that is the same for everybody has an interval that reaches 0.

    A log-normal one is below 0 by construction; the means and their intervals tell how little is known of it.
    """
    if tastes.exponential[tastes.price]:
        return False
    error = math.sqrt(covariance[tastes.price, tastes.price])
    return bool(parameters[tastes.price] + quantile * error >= 0)


def _write_spread(amounts: np.ndarray) -> dict[str, str]:
    return {name: write_number(float(np.quantile(amounts, at)), "money") for name, at in (("from", 0.25), ("to", 0.75))}


def _refuse(
    parameters: np.ndarray, tastes: Tastes, choices: CodedChoices, smallest_group: int
) -> tuple[str, Mapping[str, str], tuple[str, ...]] | None:
    if choices.n_respondents < smallest_group:
        sentence, words = write_too_few(choices.n_respondents, smallest_group)
        return sentence, words, ()
    price = choices.coding.price
    problem = find_price_problem(parameters, tastes)
    if problem == "normal":
        return (
            "What {people} would pay on average is undefined, because the model lets the weight of {price} be normal: "
            "give it a log-normal distribution or the same weight for everybody, or estimate in the space of "
            "willingness to pay.",
            {},
            (
                f"The weight of {price} is normal, so for some people it is as near to 0 as one likes, or positive: "
                "the ratio of two weights then has no mean. Estimate again with random={..., "
                f"{price!r}: 'log-normal'}}, without {price!r} in random, or with space='wtp'.",
            ),
        )
    if problem is not None:
        found = (
            "only the model has it that they are disliked"
            if problem == "assumed"
            else f"the coefficient of {price} is {write_number(float(parameters[tastes.price]))}, not below 0"
        )
        return (
            "The choices of {people} do not show what they would pay: a higher {price} did not make an offer less "
            "likely to be chosen.",
            {},
            (
                f"Dearer offers were chosen no less often ({found}), so willingness to pay is undefined. Check the "
                "coding of prices, and whether price stands for quality that the attributes leave out.",
            ),
        )
    mean, spread, below = measure_moments(parameters, tastes)
    endless = ~np.isfinite(mean) | ((spread > _ENDLESS * np.abs(mean)) & ((below == 0) | (below == 1)))
    if endless.any():
        names = [name for position, name in enumerate(tastes.names) if position != tastes.price]
        listed = ", ".join(read_name(name) for name, found in zip(names, endless, strict=True) if found)
        return (
            "What {people} would pay on average cannot be told: the fitted tail of {listed} is so long that its mean "
            "says nothing about anybody.",
            {"listed": listed},
            (
                "Let the attribute be normal instead of log-normal, let the price weigh the same for everybody, or ask "
                "more people.",
            ),
        )
    return None


def _warn(table: pd.DataFrame, left_out: int, n_draws: int) -> tuple[str, ...]:
    notes = []
    if left_out:
        notes.append(f"{left_out} of {n_draws} draws are left out: no finite worth, or a price weight not below 0.")
    far = table[table["spread"] > _TAIL * table["estimate"].abs()]
    far = far[(far["below_zero"] == 0) | (far["below_zero"] == 1)]
    if len(far):
        notes.append(
            f"{', '.join(far['attribute'])}: the spread is many times the mean, which a few extreme people decide; "
            "half of the people pay much less."
        )
    return tuple(notes)


def explain_worth(choices: CodedChoices) -> tuple[str, ...]:
    """Return what amounts are compared with."""
    coding = choices.coding
    notes = [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
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
