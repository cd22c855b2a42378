"""R-hat and effective sample size: known autocorrelations, a plain reference calculation, and chains that disagree."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvlab.analyses.willingness_to_pay.choosing.individual_diagnostics import (
    is_settled,
    measure_ess,
    measure_r_hat,
    tabulate_diagnostics,
)


def autoregress(correlation: float, *, n: int = 8000, chains: int = 4, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    draws = random.normal(size=(n, chains))
    for step in range(1, n):
        draws[step] = correlation * draws[step - 1] + math.sqrt(1 - correlation**2) * draws[step]
    return draws


def ess_by_hand(draws: np.ndarray) -> float:
    """The same definition with loops: normal scores of halves, autocorrelations one lag at a time."""
    half = len(draws) // 2
    halves = [part for chain in draws.T for part in (chain[:half], chain[-half:])]
    ranks = stats.rankdata(np.concatenate(halves))
    scores = stats.norm.ppf((ranks - 3 / 8) / (len(ranks) + 1 / 4)).reshape(len(halves), half)
    centred = scores - scores.mean(axis=1, keepdims=True)
    variances = scores.var(axis=1, ddof=1)
    whole = (half - 1) / half * variances.mean() + scores.mean(axis=1).var(ddof=1)

    def correlation(lag: int) -> float:
        within = np.mean([(row[: half - lag] * row[lag:]).sum() / (half - 1) for row in centred])
        return float(1 - (variances.mean() - within) / whole)

    pairs: list[float] = []
    for lag in range(0, half - 1, 2):
        pair = (1.0 if lag == 0 else correlation(lag)) + correlation(lag + 1)
        if pair < 0:
            break
        pairs.append(min(pair, *pairs[-1:]) if pairs else pair)
    return scores.size / (2 * sum(pairs) - 1)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, -0.3])
def test_effective_sample_size_of_an_autoregression(correlation: float) -> None:
    draws = autoregress(correlation)
    expected = draws.size * (1 - correlation) / (1 + correlation)
    assert measure_ess(draws) == pytest.approx(expected, rel=0.15)
    assert measure_r_hat(draws) < 1.01


@pytest.mark.parametrize(("correlation", "n"), [(0.7, 600), (0.2, 301), (0.95, 400)])
def test_effective_sample_size_by_hand(correlation: float, n: int) -> None:
    draws = autoregress(correlation, n=n, seed=n)
    assert measure_ess(draws) == pytest.approx(ess_by_hand(draws), rel=1e-8)


def test_r_hat_by_hand() -> None:
    draws = autoregress(0.5, n=500) + np.array([0.0, 0.0, 0.4, 0.0])
    halves = np.concatenate([draws[:250], draws[250:]], axis=1)
    found = []
    for values in (halves, np.abs(halves - np.median(halves))):
        scores = stats.norm.ppf((stats.rankdata(values).reshape(values.shape) - 0.375) / (values.size + 0.25))
        within = scores.var(axis=0, ddof=1).mean()
        found.append(math.sqrt(249 / 250 + scores.mean(axis=0).var(ddof=1) / within))
    assert measure_r_hat(draws) == pytest.approx(max(found), rel=1e-12)


def test_chains_that_disagree_in_place_or_in_width_are_seen() -> None:
    draws = np.random.default_rng(0).normal(size=(500, 4))
    assert measure_r_hat(draws) < 1.01
    assert measure_r_hat(draws + np.array([0, 0, 0, 1.0])) > 1.1
    assert measure_r_hat(draws * np.array([1, 1, 1, 4.0])) > 1.1
    drifting = draws + np.linspace(0, 2, 500)[:, None]
    assert measure_r_hat(drifting) > 1.1


def test_they_do_not_depend_on_scale_or_shape() -> None:
    draws = autoregress(0.6, n=400)
    for changed in (5 - 3 * draws, np.exp(draws)):
        assert measure_ess(changed) == pytest.approx(measure_ess(draws), rel=1e-9)
    assert measure_r_hat(7 + 2 * draws) == pytest.approx(measure_r_hat(draws), rel=1e-9)


def test_heavy_tails_do_no_harm() -> None:
    draws = np.random.default_rng(0).standard_cauchy(size=(1000, 4))
    assert measure_ess(draws) == pytest.approx(4000, rel=0.15)


def test_nothing_is_said_of_draws_that_never_move_or_are_too_few() -> None:
    assert math.isnan(measure_ess(np.ones((100, 2))))
    assert math.isnan(measure_r_hat(np.ones((100, 2))))
    assert math.isnan(measure_ess(np.random.default_rng(0).normal(size=(6, 2))))


def test_settled_needs_every_parameter() -> None:
    draws = np.random.default_rng(0).normal(size=(400, 4, 2))
    table = tabulate_diagnostics(draws, ["one", "two"])
    assert table["parameter"].tolist() == ["one", "two"]
    assert is_settled(table)
    assert not is_settled(pd.concat([table, table.assign(r_hat=1.011)]))
    assert not is_settled(pd.concat([table, table.assign(ess_bulk=399.0)]))
    assert not is_settled(pd.concat([table, table.assign(r_hat=math.nan)]))
