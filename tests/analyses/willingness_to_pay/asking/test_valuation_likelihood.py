"""Distributions and likelihood of contingent valuation, against SciPy, finite differences and fits one at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from cvlab.analyses.willingness_to_pay.asking.valuation_answers import read_valuations, take_first_answers
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import DISTRIBUTIONS, measure_worths
from cvlab.analyses.willingness_to_pay.asking.valuation_likelihood import (
    _evaluate,
    fit_valuations,
    prepare_bounds,
    refit_valuations,
)

NAMES = tuple(DISTRIBUTIONS)


def frozen(name: str, constant: float, bid: float) -> Any:
    if name == "log-logistic":
        return stats.fisk(-bid, scale=np.exp(-constant / bid))
    if name == "log-normal":
        return stats.lognorm(-1 / bid, scale=np.exp(-constant / bid))
    if name == "weibull":
        return stats.weibull_min(-bid, scale=np.exp(-constant / bid))
    return {"logistic": stats.logistic, "normal": stats.norm}[name](-constant / bid, -1 / bid)


def ask(n: int, *, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    worth = 20 * np.exp(random.logistic(size=n) / 2)
    bid = random.choice([8.0, 14.0, 22.0, 36.0], n)
    up, down = 1.5 * bid, 0.5 * bid
    second = np.where(worth >= bid, worth >= up, worth >= down).astype(float)
    second[random.uniform(size=n) < 0.3] = np.nan
    return pd.DataFrame(
        {
            "bid": bid,
            "answer": worth >= bid,
            "bid_up": up,
            "bid_down": down,
            "second_answer": second,
            "age": random.normal(size=n),
        }
    )


# Distributions


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spread", [0.3, 0.8, 2.5, 12.0])
def test_worths_are_those_of_the_distribution(name: str, spread: float) -> None:
    distribution = DISTRIBUTIONS[name]
    bid = -spread if distribution.logarithmic else -spread / 20
    constant = -bid * (math.log(20) if distribution.logarithmic else 20)
    law = frozen(name, constant, bid)
    found = measure_worths(distribution, np.array([constant]), np.array([bid]), 50.0)[0]
    truncated = integrate.quad(law.sf, 0, 20, epsabs=1e-10)[0] + integrate.quad(law.sf, 20, 50, epsabs=1e-10)[0]
    assert found[0] == pytest.approx(law.median())
    assert found[2] == pytest.approx(truncated, rel=1e-7)
    assert found[3] == pytest.approx(truncated / law.cdf(50), rel=1e-7)
    if name == "log-logistic" and spread <= 1:
        assert math.isinf(found[1])
    elif distribution.logarithmic:
        assert found[1] == pytest.approx(law.mean())
    else:
        assert found[1] == pytest.approx(law.expect(lambda worth: np.maximum(worth, 0)), rel=1e-6)


def test_a_very_steep_curve_is_truncated_exactly() -> None:
    found = measure_worths(DISTRIBUTIONS["log-logistic"], np.array([80 * math.log(20)]), np.array([-80.0]), 50.0)[0]
    assert found[2] == pytest.approx(found[1], rel=1e-7)


def test_worths_are_undefined_where_acceptance_rises_and_rows_do_not_mix() -> None:
    distribution = DISTRIBUTIONS["weibull"]
    many = measure_worths(distribution, np.array([3.0, 3.0, 2.0]), np.array([-1.0, 0.5, -2.0]), 30.0)
    assert np.isnan(many[1]).all()
    assert many[2] == pytest.approx(measure_worths(distribution, np.array([2.0]), np.array([-2.0]), 30.0)[0])


@pytest.mark.parametrize("name", ["logistic", "normal", "weibull"])
def test_curves_agree_with_each_other(name: str) -> None:
    distribution = DISTRIBUTIONS[name]
    at = np.linspace(-3, 6, 31)
    step = 1e-5
    density = (distribution.share(at + step) - distribution.share(at - step)) / (2 * step)
    assert np.exp(distribution.log_density(at)) == pytest.approx(density, rel=1e-5, abs=1e-9)
    slope = (distribution.log_density(at + step) - distribution.log_density(at - step)) / (2 * step)
    assert distribution.slope(at) == pytest.approx(slope, abs=1e-6, rel=1e-6)
    assert distribution.share(np.array(distribution.middle)) == pytest.approx(0.5)
    between = distribution.log_between(at + 1.5, at)
    assert between == pytest.approx(np.log(distribution.share(at + 1.5) - distribution.share(at)), rel=1e-8)


@pytest.mark.parametrize("name", ["logistic", "normal", "weibull"])
@pytest.mark.parametrize("far", [-30.0, 30.0])
def test_shares_far_out_keep_their_digits(name: str, far: float) -> None:
    if name == "weibull" and far < 0:
        far = -5.0  # exp(-exp(30)) is no number
    law = {"logistic": stats.logistic, "normal": stats.norm, "weibull": stats.gumbel_r}[name]
    upper, lower = np.array([far + 0.5]), np.array([far])
    exact = integrate.quad(lambda at: math.exp(law.logpdf(at) - law.logpdf(far)), far, far + 0.5)[0]
    assert DISTRIBUTIONS[name].log_between(upper, lower)[0] == pytest.approx(math.log(exact) + law.logpdf(far))


# Likelihood


@pytest.mark.parametrize("name", NAMES)
def test_gradient_and_information_are_the_derivatives(name: str) -> None:
    distribution = DISTRIBUTIONS[name]
    valuations = read_valuations(ask(60, seed=1), covariates="age", weights=None, logarithmic=None)
    bounds = prepare_bounds(valuations, distribution)
    at, weights, step = np.array([0.3, -0.2, -1.1]), valuations.weights[None, :], 1e-5
    _, gradient, information = _evaluate(bounds, at[None, :], weights)
    for column in range(3):
        shifted = [_evaluate(bounds, (at + sign * step * np.eye(3)[column])[None, :], weights) for sign in (1, -1)]
        assert gradient[0, column] == pytest.approx((shifted[0][0][0] - shifted[1][0][0]) / (2 * step), rel=1e-6)
        change = (shifted[0][1][0] - shifted[1][1][0]) / (2 * step)
        assert information[0, column] == pytest.approx(-change, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("covariates", [None, "age"])
@pytest.mark.parametrize("name", NAMES)
def test_samples_fitted_together_are_those_fitted_alone(name: str, covariates: str | None) -> None:
    distribution = DISTRIBUTIONS[name]
    answers = ask(80, seed=2)
    valuations = read_valuations(answers, covariates=covariates, weights=None, logarithmic=None)
    start = fit_valuations(valuations, distribution).estimates
    random = np.random.default_rng(3)
    drawn = random.multinomial(80, np.full(80, 1 / 80), size=4)
    alone = [
        fit_valuations(
            read_valuations(
                answers.loc[np.repeat(answers.index, count)], covariates=covariates, weights=None, logarithmic=None
            ),
            distribution,
        ).estimates
        for count in drawn
    ]
    cells = np.array([_cell_of(valuations, row) for row in answers.to_dict("records")])
    samples = np.stack([np.bincount(cells, weights=count, minlength=len(valuations.low)) for count in drawn])
    assert refit_valuations(valuations, distribution, samples, start) == pytest.approx(np.stack(alone), rel=1e-5)


def _cell_of(valuations: Any, row: dict[str, Any]) -> int:
    low, high = (row["bid"], math.inf) if row["answer"] else (-math.inf, row["bid"])
    if row["second_answer"] == 1:
        low = row["bid_up"] if row["answer"] else row["bid_down"]
    elif row["second_answer"] == 0:
        high = row["bid_up"] if row["answer"] else row["bid_down"]
    same = (valuations.first == row["bid"]) & (valuations.low == low) & (valuations.high == high)
    if valuations.covariates.shape[1] > 1:
        same &= valuations.covariates[:, 1] == row["age"]
    return int(np.flatnonzero(same)[0])


def test_a_sample_without_a_finite_maximum_does_not_stop_the_others() -> None:
    answers = ask(100, seed=4).drop(columns="second_answer")
    valuations = read_valuations(answers, covariates=None, weights=None, logarithmic=None)
    start = fit_valuations(valuations, DISTRIBUTIONS["normal"]).estimates
    everybody, all_yes = valuations.weights, valuations.weights * valuations.said_yes
    parted = valuations.weights * (valuations.said_yes == (valuations.first < 15))
    samples = np.stack([everybody, all_yes, parted, np.eye(len(everybody))[0], everybody])
    found = refit_valuations(valuations, DISTRIBUTIONS["normal"], samples, start)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True, True, False]
    assert found[[0, 4]] == pytest.approx(np.tile(start, (2, 1)))


def test_people_are_compressed_and_resampled_with_their_weights() -> None:
    answers = ask(300, seed=5)
    valuations = read_valuations(answers, covariates=None, weights=None, logarithmic=None)
    assert len(valuations.low) <= 24
    assert valuations.n_people == 300
    assert valuations.weights.sum() == pytest.approx(300)
    assert not valuations.clustered
    samples = valuations.resample(500, seed=0)
    assert samples.sum(axis=1) == pytest.approx(np.full(500, 300.0))
    expected = valuations.weights
    assert samples.mean(axis=0) == pytest.approx(expected, abs=0.25 * np.sqrt(expected.max()))
    assert samples.var(axis=0) == pytest.approx(expected * (1 - expected / 300), rel=0.35)


def test_first_answers_are_taken_from_the_same_people() -> None:
    answers = ask(100, seed=6)
    taken = take_first_answers(read_valuations(answers, covariates=None, weights=None, logarithmic=None))
    alone = read_valuations(answers.drop(columns="second_answer"), covariates=None, weights=None, logarithmic=None)
    for name in NAMES:
        both = [fit_valuations(valuations, DISTRIBUTIONS[name]).estimates for valuations in (taken, alone)]
        assert both[0] == pytest.approx(both[1])
    assert taken.prices.tolist() == alone.prices.tolist()
