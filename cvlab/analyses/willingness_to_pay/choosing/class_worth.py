"""Worth by class: what each class would pay for one step of each attribute, and what people would pay on average.

    willingness to pay of class c  = -b_attribute,c / b_price,c              interval: delta method
    of everybody                   = sum over classes of share_c · that      interval: draws of all parameters together
    of one person                  = sum over classes of chance_c · that     given the person's choices

A class to which a higher price makes an offer no less likely to be chosen has no willingness to pay. Means are taken
over the other classes and say so.

Source: Train (2009), Discrete Choice Methods with Simulation, chapters 14.2 (classes) and 11 (given the choices).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import ClassParameters
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.top import (
    find_top_step,
    measure_spans,
    name_roles,
    read_name,
    write_people,
    write_too_few,
)
from cvlab.analyses.willingness_to_pay.choosing.worth import (
    SMALLEST_CHANGE,
    UNSURE_PRICE,
    WillingnessToPay,
    two_sided_quantile,
)
from cvlab.units import write_number

_UNSURE_CLASS = (
    "The choices of {people} do not show what they would pay on average: in a class, how much a higher {price} deters "
    "people is so uncertain that it could be nothing, and what they would pay anything."
)
METHOD = "latent class logit, draws of all parameters"


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassWorth:
    """Willingness to pay per class, NaN where it is undefined.

    Attributes
    ----------
    estimate : classes × columns other than the price, money.
    covariance : classes × columns × columns, by the delta method.
    quantile : how many standard errors an interval reaches.
    sure : of which classes the interval of the price coefficient stays below 0.
    """

    estimate: np.ndarray
    covariance: np.ndarray
    quantile: float
    sure: np.ndarray

    @property
    def defined(self) -> np.ndarray:
        """Which classes have a willingness to pay."""
        return ~np.isnan(self.estimate).any(axis=1)

    def bound(self, each: int, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return estimate, low and high of sums over the columns (sums × columns), for one class."""
        value = contrasts @ self.estimate[each]
        half = self.quantile * np.sqrt(np.einsum("ij,jk,ik->i", contrasts, self.covariance[each], contrasts))
        return value, value - half, value + half


def measure_class_worth(parameters: ClassParameters, price: int, quantile: float) -> ClassWorth:
    """Divide the weights of each class by its weight of the price."""
    size = parameters.weights.shape[1] - 1
    estimate = np.full((parameters.n_classes, size), math.nan)
    covariance = np.full((parameters.n_classes, size, size), math.nan)
    for each, weights in enumerate(parameters.weights):
        if weights[price] < 0:
            estimate[each] = -np.delete(weights, price) / weights[price]
            gradient = np.insert(np.eye(size), price, estimate[each], axis=1) / -weights[price]
            covariance[each] = gradient @ parameters.covariance_of(each) @ gradient.T
    sure = _find_sure(parameters, price, quantile)
    return ClassWorth(estimate=estimate, covariance=covariance, quantile=quantile, sure=sure)


def _find_sure(parameters: ClassParameters, price: int, quantile: float) -> np.ndarray:
    errors = [math.sqrt(parameters.covariance_of(each)[price, price]) for each in range(parameters.n_classes)]
    return np.asarray(parameters.weights[:, price] + quantile * np.array(errors) < 0)


def measure_mean_worth(
    parameters: ClassParameters,
    choices: CodedChoices,
    *,
    level: float,
    n_draws: int,
    seed: int,
    smallest_group: int,
    notes: tuple[str, ...],
) -> WillingnessToPay:
    """Average willingness to pay over the classes; see `ClassChoiceModel.willingness_to_pay`."""
    price = choices.coding.price_position
    names = [name for position, name in enumerate(choices.coding.names) if position != price]
    roles, spans = name_roles(choices), measure_spans(choices)
    usable = parameters.weights[:, price] < 0
    enough = choices.n_respondents >= smallest_group
    if not enough or not usable.any():
        sentence, words = write_too_few(choices.n_respondents, smallest_group)
        if enough:
            sentence = (
                "The choices of {people} do not show what they would pay: in no class did a higher price make an "
                "offer less likely to be chosen."
            )
        unknown = pd.DataFrame({"attribute": names, "estimate": math.nan, "std_error": math.nan})
        return WillingnessToPay(
            table=unknown.assign(low=math.nan, high=math.nan),
            headline=_headline((math.nan,) * 3, level, choices, sentence, words, None),
            roles=roles,
            spans=spans,
            smallest_group=smallest_group,
            notes=notes,
        )
    estimate = _average(parameters.shares[None], parameters.weights[None], usable, price)[0]
    draws = _average(*parameters.draw(n_draws, seed), usable, price)
    kept = draws[~np.isnan(draws).any(axis=1)]
    notes = (*notes, *_say_left_out(parameters.shares[~usable].sum(), n_draws - len(kept), n_draws))
    low, high = percentile_interval(kept, level=level)
    spread = kept.std(axis=0, ddof=1) if len(kept) > 1 else np.full(len(names), math.nan)
    table = pd.DataFrame({"attribute": names, "estimate": estimate, "std_error": spread, "low": low, "high": high})
    step = find_top_step(estimate, roles, choices)
    if step is None:
        sentence = "Only the price differed between the offers that {people} saw, so there is no attribute to pay for."
        headline = _headline((math.nan,) * 3, level, choices, sentence, {}, None)
    elif not _find_sure(parameters, price, two_sided_quantile(level, choices.n_respondents))[usable].all():
        unsure = UNSURE_PRICE if usable.sum() == 1 else _UNSURE_CLASS
        words = {"price": read_name(choices.coding.price)}
        headline = _headline((math.nan,) * 3, level, choices, unsure, words, None)
    else:
        drawn = kept @ step.contrast
        numbers = (float(step.contrast @ estimate), *(float(end) for end in percentile_interval(drawn, level=level)))
        headline = _headline(numbers, level, choices, step.sentence, dict(step.words), drawn)
    return WillingnessToPay(
        table=table, headline=headline, roles=roles, spans=spans, smallest_group=smallest_group, notes=notes
    )


def average_by_person(worth: ClassWorth, chances: np.ndarray) -> np.ndarray:
    """Return people × columns: the mean over the classes a person could be of, as far as they are defined."""
    usable = worth.defined
    if not usable.any():
        return np.full((chances.shape[1], worth.estimate.shape[1]), math.nan)
    kept = chances[usable]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (kept.T @ worth.estimate[usable]) / kept.sum(axis=0)[:, None]


def _average(shares: np.ndarray, weights: np.ndarray, usable: np.ndarray, price: int) -> np.ndarray:
    """Mean over the usable classes, per draw; NaN where one of them has a price weight not below 0."""
    kept, share = weights[:, usable], shares[:, usable]
    paid = np.where(kept[..., price] < 0, kept[..., price], math.nan)
    worth = -np.delete(kept, price, axis=2) / paid[..., None]
    return np.einsum("dk,dkc->dc", share / share.sum(axis=1, keepdims=True), worth)


def _say_left_out(share: float, dropped: int, n_draws: int) -> list[str]:
    notes = []
    if share > 0:
        notes.append(
            f"The mean leaves out {write_number(share, 'share')} of people: those of classes that a higher price does "
            "not keep from choosing."
        )
    if dropped:
        notes.append(f"{dropped} of {n_draws} draws are left out: in them a class has a price weight not below 0.")
    return notes


def _headline(
    numbers: tuple[float, ...],
    level: float,
    choices: CodedChoices,
    sentence: str,
    words: dict[str, str],
    draws: np.ndarray | None,
) -> Headline:
    value, low, high = numbers
    return Headline(
        key="willingness_to_pay.top_attribute",
        label="most that is paid for an attribute",
        value=value,
        low=low,
        high=high,
        level=level,
        n=choices.n_respondents,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(value),
        method=METHOD,
        sentence=sentence,
        words={"people": write_people(choices.n_respondents), **words},
        draws=draws,
    )
