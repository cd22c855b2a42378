"""What a mixed logit tells a reader: its table of tastes, its one number, and its caveats."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.willingness_to_pay.choosing.choice_words import PRICE_STEP, head_price_effect, tell_price_effect
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.mixed_search import Search
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES, read_name, write_people
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights

FEW = 30  # people below whom clustered standard errors are known to be too small
FEW_EFFECTIVE = 10  # draws that a person's likelihood should rest on
MANY_DIMENSIONS = 8  # from here on Halton points line up
METHOD = "mixed logit"
_STEP = 1e-6  # of numerical derivatives, relative
_WEIGHT, _MEAN, _SPREAD = "weight", "mean", "standard deviation"
_OF_LOG = " of logarithm"
NUMBERS = ("estimate", "std_error", "low", "high")


def tabulate_parameters(
    estimates: np.ndarray, covariance: np.ndarray, tastes: Tastes, *, quantile: float
) -> pd.DataFrame:
    """Return attribute, parameter, estimate, std_error, low, high; standard errors by the delta method."""
    labels = _list_rows(tastes)
    values = _describe(estimates, tastes)
    sizes = _STEP * np.maximum(np.abs(estimates), np.sqrt(np.diag(covariance))) + 1e-12
    slopes = np.array(
        [
            (_describe(estimates + step, tastes) - _describe(estimates - step, tastes)) / (2 * size)
            for size, step in zip(sizes, np.diag(sizes), strict=True)
        ]
    )
    std_error = np.sqrt(np.maximum(np.einsum("pi,pq,qi->i", slopes, covariance, slopes), 0.0))
    table = pd.DataFrame(labels, columns=["attribute", "parameter"])
    table["estimate"], table["std_error"] = values, std_error
    table["low"], table["high"] = values - quantile * std_error, values + quantile * std_error
    spread = table["parameter"].str.startswith(_SPREAD)
    table.loc[spread, "low"] = table.loc[spread, "low"].clip(lower=0.0)
    related = table["parameter"].str.startswith("correlation")
    table.loc[related, ["low", "high"]] = table.loc[related, ["low", "high"]].clip(-1.0, 1.0)
    return table


def _list_rows(tastes: Tastes) -> list[tuple[str, str]]:
    rows = []
    for column, name in enumerate(tastes.names):
        if column not in tastes.random:
            rows.append((name, _WEIGHT))
            continue
        suffix = _OF_LOG if tastes.exponential[column] else ""
        rows += [(name, _MEAN + suffix), (name, _SPREAD + suffix)]
        if tastes.correlated:
            rows += [(name, f"correlation with {tastes.names[other]}") for other in tastes.random if other < column]
    return rows


def _describe(estimates: np.ndarray, tastes: Tastes) -> np.ndarray:
    """Return the numbers of the table, in the order of its rows."""
    matrix = tastes.spread_out(estimates)
    centre, loading = matrix[:, 0], matrix[:, 1:]
    spread = np.sqrt((loading**2).sum(axis=1))
    numbers: list[float] = []
    for column in range(tastes.n_columns):
        if column not in tastes.random:
            scale = tastes.wtp and column == tastes.price
            numbers.append(-math.exp(centre[column]) if scale else centre[column])
            continue
        numbers += [centre[column], spread[column]]
        if tastes.correlated:
            numbers += [
                loading[column] @ loading[other] / max(spread[column] * spread[other], np.finfo(float).tiny)
                for other in tastes.random
                if other < column
            ]
    return np.array(numbers)


def write_headline(table: pd.DataFrame, tastes: Tastes, choices: CodedChoices, level: float) -> Headline:
    """Say what a higher price does to the odds of being chosen, for a person in the middle of the distribution.

    Nothing is said where only the model has it that a higher price deters: its weight then follows from no choice.
    """
    if tastes.exponential[tastes.price] and tastes.attracts:
        return head_price_effect(
            choices,
            level,
            (math.nan,) * 3,
            "The choices of {people} do not show that a higher {price} makes an offer less likely to be chosen; that "
            "it does is assumed by this model.",
            {"price": read_name(choices.coding.price), "people": write_people(choices.n_respondents)},
            method=METHOD,
        )
    rows = table[table["attribute"] == choices.coding.price]
    row = rows.iloc[0]
    step = PRICE_STEP * float(choices.columns[choices.inside, choices.coding.price_position].mean())
    random = tastes.price in tastes.random
    grown = random and bool(tastes.exponential[tastes.price])
    value, low, high = (
        math.expm1(step * (-math.exp(row[column]) if grown else row[column])) for column in ("estimate", "low", "high")
    )
    sentence = (
        "A {price} that is {step} above the average changes the odds that an offer is chosen by {value} "
        + ("for the person in the middle " if random else "")
        + "({level} interval {low} to {high}, {people})."
    )
    return tell_price_effect(choices, level, (value, low, high), sentence, method=METHOD)


def write_caveats(
    choices: CodedChoices,
    tastes: Tastes,
    found: Search | None,
    *,
    weights: np.ndarray,
    draws: str,
    n_flat: int,
    clustered: bool,
) -> tuple[str, ...]:
    """Return what a reader should know before believing the table."""
    coding = choices.coding
    notes = [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
    notes.append(_say_what_differs(tastes))
    if found is not None:
        notes += _judge_price(tastes, found)
        notes += _judge_search(found, n_flat)
        notes += _judge_draws(found, tastes, draws)
        if clustered and choices.n_respondents < FEW:
            notes.append(
                f"{choices.n_respondents} people are few: clustered intervals are likely too short below {FEW}."
            )
        if choices.n_choices == choices.n_respondents:
            notes.append(
                "Everybody answered one task only, so that different tastes can hardly be told from chance: ask each "
                "person several."
            )
    if coding.outside is None:
        notes.append(NOBODY_DECLINES)
    notes += describe_weights(weights, "people")
    return tuple(notes)


def _say_what_differs(tastes: Tastes) -> str:
    listed = []
    for column in tastes.random:
        if not tastes.exponential[column]:
            shape = "normal"
        elif column == tastes.price:
            shape = "log-normal, disliked by everybody"
        else:
            shape = f"log-normal, {'liked' if tastes.signs[column] > 0 else 'disliked'} by everybody"
        listed.append(f"{tastes.names[column]} ({shape})")
    rest = "" if len(listed) == tastes.n_columns else "; everything else weighs the same for everybody"
    related = ", correlated with each other" if tastes.correlated and len(listed) > 1 else ""
    return f"Between people differ{'s' if len(listed) == 1 else ''}: {', '.join(listed)}{related}{rest}."


def _judge_price(tastes: Tastes, found: Search) -> list[str]:
    price = tastes.names[tastes.price]
    if tastes.exponential[tastes.price]:
        if not tastes.attracts:
            return []
        return [
            f"With the same tastes for everybody a higher {price} makes offers no less likely to be chosen; that it "
            "does is assumed by this model, not found. Check the coding of prices."
        ]
    if found.best.parameters[tastes.price] < 0:
        return []
    who = "On average a" if tastes.price in tastes.random else "A"
    return [f"{who} higher {price} made offers no less likely to be chosen: willingness to pay is undefined."]


def _judge_search(found: Search, n_flat: int) -> list[str]:
    notes = []
    n_starts = len(found.starts)
    if n_starts > 1:
        agreeing = f"{found.n_agreeing} of {n_starts} starts ended at the same estimates"
        remedy = "." if found.n_agreeing > 1 else ": there may be better ones still. Try more starts or more draws."
        notes.append(agreeing + remedy)
    if not found.best.converged:
        notes.append("The search stopped before it reached the maximum: use more draws, or let fewer weights differ.")
    if n_flat:
        notes.append(
            "The choices do not tell all of these numbers apart; their standard errors are too small. Let fewer "
            "weights differ, or leave out correlations."
        )
    return notes


def _judge_draws(found: Search, tastes: Tastes, draws: str) -> list[str]:
    notes = []
    n_draws, effective = found.panel.draws.shape[2], float(np.median(found.at_best.effective_draws))
    if effective < FEW_EFFECTIVE:
        notes.append(
            f"The choices of half of the people fit fewer than {effective:.0f} of {n_draws} draws well: simulate with "
            "more draws and see whether the estimates stay."
        )
    if draws == "halton" and len(tastes.random) >= MANY_DIMENSIONS:
        notes.append(f"Halton draws line up in {len(tastes.random)} dimensions: use draws='sobol'.")
    return notes
