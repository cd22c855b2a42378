"""Draws of tastes: even, repeatable, and xlogit's where both use Halton points."""

from __future__ import annotations

import numpy as np
import pytest
from xlogit import MixedLogit

from cvlab.analyses.willingness_to_pay.choosing.mixed_draws import DRAWS, draw_normals
from cvlab.errors import ParameterError


def test_halton_draws_are_those_of_xlogit() -> None:
    peer = MixedLogit()
    peer._rvdist = ["n"] * 6
    ours = draw_normals("halton", n_people=7, n_dimensions=6, n_draws=40, seed=3)
    assert ours == pytest.approx(peer._generate_draws(7, 40), abs=1e-9)


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("n_draws", [64, 100])
def test_draws_are_standard_normal_and_more_even_than_chance(kind: str, n_draws: int) -> None:
    normal = draw_normals(kind, n_people=50, n_dimensions=4, n_draws=n_draws, seed=1)
    n = 50 * n_draws
    across = normal.swapaxes(0, 1).reshape(4, n)
    # The mean of n random draws would be off by 1 / sqrt(n).
    assert np.abs(across.mean(axis=1)).max() < 0.35 / np.sqrt(n)
    assert across.std(axis=1) == pytest.approx(1, abs=0.01)
    assert np.corrcoef(across) == pytest.approx(np.eye(4), abs=0.02)
    # Each person's draws are even too.
    assert normal.mean(axis=2).std() < 0.5 / np.sqrt(n_draws)
    assert np.isfinite(normal).all()


def test_seed_scrambles_sobol_draws_only() -> None:
    shape = {"n_people": 3, "n_dimensions": 2, "n_draws": 16}
    first, again, other = (draw_normals("sobol", **shape, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (draw_normals("halton", **shape, seed=1) == draw_normals("halton", **shape, seed=2)).all()
    assert draw_normals("sobol", n_people=1, n_dimensions=1, n_draws=1, seed=0).shape == (1, 1, 1)


def test_unknown_draws_are_named() -> None:
    with pytest.raises(ParameterError, match="draws is 'random': give one of 'sobol', 'halton'"):
        draw_normals("random", n_people=1, n_dimensions=1, n_draws=1, seed=0)
