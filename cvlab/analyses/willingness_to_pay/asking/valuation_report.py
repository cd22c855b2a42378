"""What a page says about contingent valuation: its headline, its caveats, the other distributions, and the raw shares.

    AIC = 2 × number of parameters - 2 × log-likelihood          the lower the better, differences below 2 mean little

Source: Akaike (1974), "A new look at the statistical model identification", IEEE Transactions on Automatic Control 19.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.analyses.willingness_to_pay.asking.valuation_answers import Valuations, take_first_answers
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import (
    DISTRIBUTIONS,
    MEASURES,
    Distribution,
    measure_worths,
)
from cvlab.analyses.willingness_to_pay.asking.valuation_likelihood import ValuationFit, fit_valuations
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.errors import DataError
from cvlab.units import write_number, write_range

# Half width 10% of the median, for one question and acceptance that falls like a log-logistic with b = -2, at bids near
# the median: (1.96 × 2 / (2 × 0.1))² people.
ENOUGH = 384
FEW = 50  # people below whom yes and no give intervals that are likely too short
SMALLEST_CHANGE = 0.05  # share of the median below which a change between two runs does not matter
_TIMES = 4  # as many people halve an interval
_BETTER = 2.0  # difference in AIC from which on another distribution fits noticeably better
_STATED = "What people say they would pay runs high: compare it with sales before a price rests on it."


def compare_distributions(
    valuations: Valuations, chosen: Distribution, fit: ValuationFit | None, *, settled: bool
) -> pd.DataFrame:
    """Return log-likelihood, AIC and worths under each distribution; NaN where one cannot be fitted.

    Worths are NaN, too, where it is not `settled` that acceptance falls with the bid.
    """
    rows = []
    for name, distribution in DISTRIBUTIONS.items():
        found = fit if distribution is chosen else None if fit is None else _try(valuations, distribution)
        worths, log_likelihood = np.full((1, len(MEASURES)), np.nan), math.nan
        if found is not None:
            level = found.estimates[:-1] @ valuations.means
            largest = float(valuations.prices[-1])
            if settled:
                worths = measure_worths(distribution, np.array([level]), found.estimates[-1:], largest)
            log_likelihood = found.log_likelihood
        rows.append(
            {
                "distribution": name,
                "log_likelihood": log_likelihood,
                "aic": 2 * (len(valuations.names) + 1) - 2 * log_likelihood,
                "median": worths[0, 0],
                "mean": worths[0, 1],
                "truncated_mean": worths[0, 2],
            }
        )
    return pd.DataFrame(rows)


def _try(valuations: Valuations, distribution: Distribution) -> ValuationFit | None:
    if distribution.logarithmic and valuations.prices[0] <= 0:
        return None
    try:
        return fit_valuations(valuations, distribution)
    except DataError:
        return None


def observe_shares(valuations: Valuations, smallest_group: int, level: float) -> pd.DataFrame:
    """Return the share of yes to the first question per bid, neighbouring bids together until enough people are behind.

    Weighted; Wilson's interval at the effective number of answers (Kish 1965).
    """
    columns = ["bid", "n", "share", "low", "high"]
    if valuations.n_people < smallest_group:
        return pd.DataFrame(columns=columns, dtype=float)
    weights, counts = valuations.weights, valuations.multiplicity @ (valuations.patterns > 0)
    effective = weights.sum() ** 2 / (valuations.multiplicity @ valuations.patterns.power(2)).sum() / counts.sum()
    cells = pd.DataFrame(
        {"bid": valuations.first, "n": counts, "weight": weights, "yes": weights * valuations.said_yes}
    )
    cells["sum"] = cells["bid"] * cells["weight"]
    bids = cells.groupby("bid").sum()
    group, filled, groups = 0, 0.0, []
    for count in bids["n"]:
        groups.append(group)
        filled += count
        if filled >= smallest_group:
            group, filled = group + 1, 0.0
    if filled and group:  # what is left over at the end joins the group before it
        groups = [min(each, group - 1) for each in groups]
    together = bids.groupby(np.array(groups)).sum()
    share = together["yes"] / together["weight"]
    bounds = [
        wilson_interval(part * n, n, level=level) for part, n in zip(share, together["n"] * effective, strict=True)
    ]
    return pd.DataFrame(
        {
            "bid": together["sum"] / together["weight"],
            "n": together["n"].round().astype(int),
            "share": share,
            "low": [bound[0] for bound in bounds],
            "high": [bound[1] for bound in bounds],
        }
    )


def write_valuation_headline(
    worth: pd.DataFrame,
    draws: np.ndarray,
    fit: ValuationFit | None,
    n_people: int,
    smallest_group: int,
    distribution: str,
    interval: str,
    level: float,
    asked_again: bool,
) -> Headline:
    """Write the median as a sentence, or why there is none.

    Parameters
    ----------
    worth, draws : measures with their intervals, and draws of them.
    fit : None where too few people answered.
    """
    median, low, high = (float(worth.loc[0, column]) for column in ("price", "low", "high"))
    words = {"people": write_people(n_people)}
    if fit is None:
        sentence = (
            "Not enough data: {people} answered, and at least {fewest} are needed for a result that shows no single "
            "person; about {enough} would bring the interval of the median to within {precision} of it."
        )
        words |= {
            "fewest": write_number(smallest_group, "count"),
            "enough": write_number(max(ENOUGH, smallest_group), "count"),
            "precision": write_number(0.1, "share"),
        }
    elif math.isfinite(median):
        sentence = "Half of the people would pay {value} or more ({level} interval {low} to {high}, {people})."
    elif fit.estimates[-1] >= 0:
        sentence = (
            "The answers of {people} do not show what they would pay: a higher bid was accepted no less often than a "
            "lower one."
        )
    else:
        sentence = (
            "Not enough data: the answers of {people} do not settle what they would pay, since higher bids may have "
            "been refused more often by chance alone. Ask {enough} people or more, at bids further apart."
        )
        words |= {"enough": write_number(max(ENOUGH, _TIMES * n_people), "count")}
    questions = "two questions" if asked_again else "one question"
    method = "Krinsky–Robb draws" if interval == "krinsky-robb" else "bootstrap over people"
    return Headline(
        key="willingness_to_pay.stated_median",
        label="median of what people say they would pay",
        value=median,
        low=low,
        high=high,
        level=level,
        n=n_people,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(median),
        method=f"contingent valuation, {questions}, {distribution}, {method}",
        sentence=sentence,
        words=words,
        draws=draws[:, 0] if math.isfinite(median) and len(draws) else None,
        decides=False,  # a stated amount runs high; the price follows from demand, cost and calibration
    )


def write_notes(
    valuations: Valuations,
    distribution: Distribution,
    fit: ValuationFit | None,
    worth: pd.DataFrame,
    sensitivity: pd.DataFrame,
    n_boot: int,
    dropped: int,
    *,
    settled: bool,
) -> tuple[str, ...]:
    """Write the caveats.

    Parameters
    ----------
    dropped : how many of `n_boot` draws are left out.
    settled : whether it is, that acceptance falls with the bid.
    """
    notes = [*_describe_questions(valuations), *describe_weights(valuations.row_weights, "answers")]
    if fit is None:
        return (*notes, _STATED)
    if valuations.n_people < FEW:
        notes.append(f"{valuations.n_people} people are few: the intervals are likely too short below {FEW}.")
    bid = float(fit.estimates[-1])
    name = "the logarithm of the bid" if distribution.logarithmic else "the bid"
    if bid >= 0:
        notes.append(
            f"The coefficient of {name} is {write_number(bid)}, not below 0: higher bids were accepted no less often, "
            "so willingness to pay is undefined. Check which column holds the bid that was asked, whether yes and no "
            "are the right way round, and whether people took the price for a sign of quality."
        )
        return (*notes, _STATED)
    if dropped:
        notes.append(
            f"{write_number(dropped, 'count')} of {write_number(n_boot, 'count')} draws are left out: no finite "
            "estimate, or acceptance that does not fall with the bid."
        )
    if not settled:
        notes.append(
            f"The interval of the coefficient of {name} reaches 0, or too many draws are left out: what people would "
            "pay could be anything, so no amount is given."
        )
        return (*notes, _STATED)
    if len(valuations.names) > 1:
        notes.append("Median and means are those of a person with average covariates.")
    return (
        *notes,
        *_compare_questions(valuations, distribution, worth),
        *_describe_tail(valuations, distribution, fit, worth),
        *_compare(distribution, sensitivity),
        _STATED,
    )


def _describe_questions(valuations: Valuations) -> list[str]:
    again = valuations.n_second
    if not again:
        return []
    if again == valuations.n_rows:
        return ["All were asked a second price; the answer to it is taken to follow from the same willingness to pay."]
    return [
        f"{write_number(again, 'count')} of {write_number(valuations.n_rows, 'count')} were asked a second price; the "
        "others count with their one answer."
    ]


def _compare_questions(valuations: Valuations, distribution: Distribution, worth: pd.DataFrame) -> list[str]:
    """Say so where the first answers alone give another median: then the second price changed what people say."""
    if not valuations.n_second:
        return []
    alone = take_first_answers(valuations)
    fit = _try(alone, distribution)
    if fit is None or fit.estimates[-1] >= 0:
        return []
    level = np.array([fit.estimates[:-1] @ valuations.means])
    median = float(measure_worths(distribution, level, fit.estimates[-1:], float(valuations.prices[-1]))[0, 0])
    low, high = (float(worth.loc[0, bound]) for bound in ("low", "high"))
    if low <= median <= high:
        return []
    return [
        f"The first answers alone give a median of {write_number(median, 'money')}, outside the interval: the two "
        "questions do not agree. A second price often changes what people say; leave second_answer out to see the "
        "first answers alone."
    ]


def _describe_tail(
    valuations: Valuations, distribution: Distribution, fit: ValuationFit, worth: pd.DataFrame
) -> list[str]:
    """Say what no bid shows: below nothing, above the largest bid, and a mean that rests on it."""
    smallest, largest = float(valuations.prices[0]), float(valuations.prices[-1])
    prices = worth.set_index("measure")
    median = float(prices.loc["median", "price"])
    level = fit.estimates[:-1] @ valuations.means
    coefficient = float(fit.estimates[-1])
    accept = float(distribution.share(level + coefficient * distribution.enter(np.array(largest))))
    notes = []
    if not smallest <= median <= largest:
        notes.append(
            f"The median lies outside the bids asked ({write_range(smallest, largest, 'money')}): it rests on the "
            f"{distribution.name} distribution alone. Ask at prices around it."
        )
    if math.isinf(prices.loc["mean", "price"]):
        notes.append(
            f"The mean is infinite: with a coefficient of {write_number(coefficient)}, not below {write_number(-1)}, "
            "the log-logistic lets too many people pay any amount. Use the median or the truncated mean."
        )
    elif math.isinf(prices.loc["mean", "high"]):
        notes.append("The interval of the mean has no upper end: use the median or the truncated mean.")
    notes.append(
        f"The truncated mean ends at the largest bid, {write_number(largest, 'money')}, which "
        f"{write_number(accept, 'share')} would still pay."
    )
    if not distribution.logarithmic:
        below = 1 - float(distribution.share(np.array(level)))
        notes.append(
            f"The {distribution.name} distribution lets {write_number(below, 'share')} of people value the offer below "
            "nothing; the means count them as nothing."
        )
    return notes


def _compare(distribution: Distribution, sensitivity: pd.DataFrame) -> list[str]:
    """One line on what the other distributions say."""
    others = sensitivity[(sensitivity["distribution"] != distribution.name) & sensitivity["median"].notna()]
    if others.empty:
        return []
    best = sensitivity.loc[sensitivity["aic"].idxmin()]
    gain = float(sensitivity.loc[sensitivity["distribution"] == distribution.name, "aic"].iloc[0] - best["aic"])
    fits = "none of them fits noticeably better"
    if gain > _BETTER:
        fits = f"{best['distribution']} fits better, by {write_number(gain)} in AIC"
    return [
        f"With the other distributions the median is {_span(others['median'])} and the truncated mean "
        f"{_span(others['truncated_mean'])}; {fits}."
    ]


def _span(values: pd.Series) -> str:
    return write_range(float(values.min()), float(values.max()), "money")
