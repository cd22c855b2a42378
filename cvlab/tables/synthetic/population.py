"""What an analysis converges to: its answer for a very large population drawn by the same code as the sample.

Some estimates do not converge to a planted constant: a pooled logit of people who differ goes to a value of its own,
a crossing of price curves has no formula. Their truth is simulated here once, kept in population_truth.json beside this
module, and recomputed by a slow test.

    pooled logit      one model of everybody together (see pooled.py)                             worth = -b / b_price
    pooled bids       the same for bids: intercept, slope in log bid, median = exp(-intercept / slope)
    best and worst    the same for the best and the worst of sets: one utility per item, with mean 0
    price points      first price where two cumulated shares of answers sum to 1, interpolated between observed prices

Source: White (1982), "Maximum likelihood estimation of misspecified models", Econometrica 50 (the pseudo-true value);
van Westendorp (1976).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.best_worst import code_best_worst, simulate_best_worst
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.offers import measure_offers, search_bundles, search_prices
from cvlab.tables.synthetic.pooled import fit_log_logistic, fit_pooled_logit
from cvlab.tables.synthetic.streams import open_stream
from cvlab.tables.synthetic.survey_answers import OUTSIDE, answer_price_questions, code_choices, simulate_choices
from cvlab.tables.synthetic.worth import measure_worth

POPULATION_SIZE = 100_000
SEARCH_SIZE = 20_000
FILE = "population_truth.json"
POINTS = {
    "marginal cheapness": ("too_cheap", "cheap"),
    "marginal expensiveness": ("expensive", "too_expensive"),
    "indifference": ("cheap", "expensive"),
    "optimal": ("too_cheap", "too_expensive"),
}


def read_population_truth() -> dict[str, dict[str, Any]]:
    """Return line -> measured truths, as `measure_population` found them.

    Examples
    --------
    >>> sorted(read_population_truth())
    ['fitness-trackers', 'lab-analysers', 'salon-software']
    """
    text = files("cvlab.tables.synthetic").joinpath(FILE).read_text(encoding="utf-8")
    truths: dict[str, dict[str, Any]] = json.loads(text)
    return truths


def measure_population(line: SampleLine, *, seed: int, n: int = POPULATION_SIZE) -> dict[str, Any]:
    """Simulate the truths of a line that have no formula; takes about a minute at full size.

    Returns
    -------
    pooled_worth, mean_worth (name of the coded column -> money, as stated), price_points, buyers_at (price -> share
    who say they would buy), bids, best_worst, worth, ladder, best_ladder, bundles, reservation_correlation.
    """
    people = line.draw_large(seed, n)
    values = line.rung_values(people, None)
    few = min(n, SEARCH_SIZE)
    prices, costs = line.rung_prices, line.rung_costs
    best, earned = search_prices(values[:few], costs, prices, steps=_steps(prices))
    stated = line.stated_value(people)
    reserved = line.reservation_amounts(people)
    bundle_costs = np.array(list(line.bundle_costs.values()))
    bundle_prices = np.array(list(line.bundle_prices.values()))
    bundles = search_bundles(reserved[:few], bundle_costs, bundle_prices, steps=_steps(bundle_prices))
    return {
        "pooled_worth": measure_pooled_worth(line, people, seed=seed),
        "mean_worth": _rebase(line, dict(line.tastes(people).mean())),
        "price_points": measure_price_points(line, people, seed=seed),
        "buyers_at": {str(price): float((stated >= price).mean()) for price in line.survey.ladder_prices},
        "bids": measure_bids(line, stated),
        "best_worst": measure_best_worst(line, people, seed=seed),
        "worth": measure_worth(line, people),
        "ladder": measure_offers(values, prices, costs),
        "best_ladder": {"prices": best.tolist(), "contribution": earned},
        "bundles": {name: {"prices": found.tolist(), "profit": profit} for name, (found, profit) in bundles.items()},
        "reservation_correlation": float(np.corrcoef(reserved.T)[0, 1]),
    }


def measure_pooled_worth(line: SampleLine, people: pd.DataFrame, *, seed: int) -> dict[str, float]:
    """Return what a conditional logit of everybody together says each attribute is worth, as stated.

    Names are those of the analyses: a text level is `attribute: level`, against the first level in the alphabet.
    """
    choices = simulate_choices(line.tastes(people), line.survey.design, open_stream(seed, line.slug, "large choices"))
    matrix, picks, names = code_choices(choices)
    estimates = fit_pooled_logit((matrix, picks))
    price = names.index("price")
    return _rebase(line, {name: -estimates[i] / estimates[price] for i, name in enumerate(names) if i != price})


def measure_bids(line: SampleLine, stated: np.ndarray) -> dict[str, Any]:
    """Return `yes_at` (bid -> share), and `intercept`, `log_bid` and `median` of the pooled log-logistic model."""
    bids = line.survey.bids
    intercept, slope = fit_log_logistic(stated, bids)
    return {
        "yes_at": {str(bid): float((stated >= bid).mean()) for bid in bids.all_bids},
        "intercept": intercept,
        "log_bid": slope,
        "median": float(np.exp(-intercept / slope)),
    }


def measure_best_worst(line: SampleLine, people: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """Return item -> utility: `mean` over people and `pooled` (one model of everybody together).

    Where people belong to planted clusters, `mean_in` and `pooled_in` give the same for each of them.
    """
    design = line.survey.best_worst
    random = open_stream(seed, line.slug, "large best and worst")
    utilities = design.utilities(people)
    everybody = np.ones(len(people), dtype=bool)
    choices = simulate_best_worst(utilities, design.n_rounds, random)

    def pool(who: np.ndarray) -> dict[str, float]:
        estimates = np.append(fit_pooled_logit(*code_best_worst(choices.of(who))), 0.0)
        return dict(zip(choices.names, (estimates - estimates.mean()).tolist(), strict=True))

    found: dict[str, Any] = {"mean": utilities.mean().to_dict(), "pooled": pool(everybody)}
    if line.clusters:
        members = {name: (people["cluster"] == number).to_numpy() for number, name in enumerate(line.clusters)}
        found["mean_in"] = {name: utilities[who].mean().to_dict() for name, who in members.items()}
        found["pooled_in"] = {name: pool(who) for name, who in members.items()}
    return found


def measure_price_points(line: SampleLine, people: pd.DataFrame, *, seed: int) -> dict[str, float]:
    """Return the four crossing prices of the price curves over all people, as stated."""
    random = open_stream(seed, line.slug, "large price questions")
    answers = answer_price_questions(line.stated_value(people), line.survey.questions, random, misordered=False)
    prices = np.unique(answers[["too_cheap", "cheap", "expensive", "too_expensive"]])
    shares = {
        name: np.searchsorted(np.sort(answers[name]), prices, side="right") / len(answers) for name in answers.columns
    }
    points = {}
    for point, (first, second) in POINTS.items():
        total = shares[first] + shares[second]
        reached = int(np.argmax(total >= 1))
        points[point] = float(np.interp(1.0, total[reached - 1 : reached + 1], prices[reached - 1 : reached + 1]))
    return points


def _rebase(line: SampleLine, worth: Mapping[str, float]) -> dict[str, float]:
    """Name the worths as the analyses do: levels of a text attribute against the first in the alphabet."""
    named: dict[str, float] = {}
    outside = worth.get(OUTSIDE, 0.0)
    for attribute, levels in line.survey.design.attributes.items():
        if not isinstance(levels[0], str):
            named[attribute] = float(worth[attribute])
            continue
        against = {str(level): float(worth.get(f"{attribute}={level}", 0.0)) for level in levels}
        base, *others = sorted(against)
        named |= {f"{attribute}: {level}": against[level] - against[base] for level in others}
        outside -= against[base]
    if OUTSIDE in worth:
        named[OUTSIDE] = float(outside)
    return named


def _steps(prices: np.ndarray) -> tuple[float, float]:
    """Grid steps for a search: a twentieth of the lowest price, and a fifth of that, in round money."""
    coarse = 10.0 ** np.floor(np.log10(prices.min() / 5))
    return float(coarse), float(coarse / 4)
