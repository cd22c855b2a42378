"""Draws of estimates: their distribution, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.analyses.common import draw_normal
from cvlab.errors import ParameterError

ESTIMATES = np.array([1.0, -2.0, 0.5])
ROOT = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-0.3, 0.1, 0.2]])
COVARIANCE = ROOT @ ROOT.T


def test_draws_have_the_mean_and_the_covariance_of_the_estimates() -> None:
    drawn = draw_normal(ESTIMATES, COVARIANCE, n_draws=100_000, seed=1)
    errors = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((drawn.mean(axis=0) - ESTIMATES) / errors).max() < 0.02
    assert np.abs((np.cov(drawn.T) - COVARIANCE) / np.outer(errors, errors)).max() < 0.02


@given(factor=st.floats(1e-6, 1e6), column=st.integers(0, 2))
def test_another_unit_of_one_estimate_scales_its_draws_and_no_others(factor: float, column: int) -> None:
    units = np.ones(3)
    units[column] = factor
    plain = draw_normal(ESTIMATES, COVARIANCE, n_draws=50, seed=0)
    scaled = draw_normal(ESTIMATES * units, COVARIANCE * np.outer(units, units), n_draws=50, seed=0)
    np.testing.assert_allclose(scaled / units, plain, rtol=1e-7, atol=1e-8)


def test_a_singular_covariance_keeps_its_ties() -> None:
    tied = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    drawn = draw_normal(np.zeros(3), tied, n_draws=20, seed=0)
    np.testing.assert_allclose(drawn[:, 0], drawn[:, 1], atol=1e-7)
    assert (drawn[:, 2] == 0).all()
    assert drawn[:, 0].std() > 0.3


def test_what_is_unknown_stays_unknown() -> None:
    drawn = draw_normal(np.array([1.0, np.nan]), np.eye(2), n_draws=4, seed=0)
    assert drawn.shape == (4, 2)
    assert np.isnan(drawn).all()


@pytest.mark.parametrize("seed", [-1, "x", None])
def test_a_seed_that_is_none_is_named(seed: object) -> None:
    with pytest.raises(ParameterError, match="seed is"):
        draw_normal(ESTIMATES, COVARIANCE, n_draws=4, seed=seed)  # type: ignore[arg-type]
