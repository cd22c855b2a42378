"""Contingent valuation: one fit and a thousand bootstraps against SciPy's optimiser on every single answer."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, special

from benchmarks.harness import Comparison
from cvlab.analyses.willingness_to_pay import estimate_contingent_valuation

PEOPLE = 1000
BOOTSTRAPS = 1000
LEVEL = 0.95
BIDS = (8.0, 14.0, 22.0, 36.0)


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    twice, once = draw_answers(), draw_answers().drop(columns="second_answer")
    return [
        Comparison(
            name=f"double-bounded valuation, {PEOPLE:,} people, {BOOTSTRAPS:,} bootstraps, against scipy.optimize",
            ours=lambda: median_by_cvlab(twice, n_boot=BOOTSTRAPS),
            peer=lambda: median_by_scipy(twice, n_boot=BOOTSTRAPS),
            compare=functools.partial(np.testing.assert_allclose, rtol=0.03),  # both intervals are Monte Carlo
            target=0.05,
            repeats=2,  # the peer takes seconds
        ),
        Comparison(
            name=f"single-bounded valuation, {PEOPLE:,} people, {BOOTSTRAPS:,} bootstraps, against statsmodels",
            ours=lambda: median_by_cvlab(once, n_boot=BOOTSTRAPS),
            peer=lambda: median_by_statsmodels(once, n_boot=BOOTSTRAPS),
            compare=functools.partial(np.testing.assert_allclose, rtol=0.03),
            target=0.1,
        ),
    ]


def draw_answers() -> pd.DataFrame:
    """Draw people whose willingness to pay is log-logistic, asked twice."""
    rng = np.random.default_rng(20260401)
    worth = 20 * np.exp(rng.logistic(size=PEOPLE) / 2)
    bid = rng.choice(BIDS, PEOPLE)
    answers = pd.DataFrame({"bid": bid, "answer": worth >= bid, "bid_up": 1.6 * bid, "bid_down": 0.6 * bid})
    second = np.where(answers["answer"], answers["bid_up"], answers["bid_down"])
    return answers.assign(second_answer=worth >= second)


def median_by_cvlab(answers: pd.DataFrame, *, n_boot: int) -> np.ndarray:
    """Return the median and its bootstrap interval."""
    result = estimate_contingent_valuation(answers, interval="bootstrap", n_boot=n_boot, level=LEVEL)
    return result.table.loc[0, ["price", "low", "high"]].to_numpy(dtype=float)


def median_by_scipy(answers: pd.DataFrame, *, n_boot: int) -> np.ndarray:
    """Do the same as a careful person would write it: the likelihood answer by answer, BFGS, resample, repeat."""
    low = np.select(
        [answers["answer"] & answers["second_answer"], answers["answer"], answers["second_answer"]],
        [answers["bid_up"], answers["bid"], answers["bid_down"]],
        default=0.0,
    )
    high = np.select(
        [~answers["answer"] & ~answers["second_answer"], ~answers["answer"], ~answers["second_answer"]],
        [answers["bid_down"], answers["bid"], answers["bid_up"]],
        default=np.inf,
    )
    with np.errstate(divide="ignore"):
        bounds = np.log(low), np.log(high)

    def fit(rows: np.ndarray, start: np.ndarray) -> np.ndarray:
        lower, upper = bounds[0][rows], bounds[1][rows]

        def lose(coefficients: np.ndarray) -> float:
            constant, slope = coefficients[0], -np.exp(coefficients[1])
            share = special.expit(constant + slope * lower) - special.expit(constant + slope * upper)
            return -float(np.log(np.maximum(share, 1e-300)).sum())

        return optimize.minimize(lose, start, method="BFGS").x

    def median(coefficients: np.ndarray) -> float:
        return float(np.exp(coefficients[0] / np.exp(coefficients[1])))

    everybody = fit(np.arange(PEOPLE), np.array([3.0, 0.0]))
    rng = np.random.default_rng(0)
    drawn = [median(fit(rng.integers(PEOPLE, size=PEOPLE), everybody)) for _ in range(n_boot)]
    return np.array([median(everybody), *np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])])


def median_by_statsmodels(answers: pd.DataFrame, *, n_boot: int) -> np.ndarray:
    """Do the same with statsmodels' logit of the answer on the logarithm of the bid, refitted to resampled rows."""
    said = answers["answer"].to_numpy(dtype=float)
    entered = sm.add_constant(np.log(answers["bid"].to_numpy()))

    def median(rows: np.ndarray, start: np.ndarray | None) -> tuple[float, np.ndarray]:
        found = sm.Logit(said[rows], entered[rows]).fit(disp=False, start_params=start).params
        return float(np.exp(-found[0] / found[1])), found

    value, start = median(np.arange(PEOPLE), None)
    rng = np.random.default_rng(0)
    drawn = [median(rng.integers(PEOPLE, size=PEOPLE), start)[0] for _ in range(n_boot)]
    return np.array([value, *np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])])
