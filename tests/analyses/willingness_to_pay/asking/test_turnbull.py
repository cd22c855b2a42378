"""Masses of cells: the maximum against an independent optimiser and by its slopes, many samples at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from cvlab.analyses.willingness_to_pay.asking.turnbull import GAP_OF_DRAWS, maximise_masses

CELLS = 7


def draw(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last cell of each answer."""
    ends = np.sort(np.random.default_rng(seed).integers(0, CELLS, (n, 2)), axis=1)
    return ends[:, 0], ends[:, 1]


def hold(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    return (first[:, None] <= np.arange(CELLS)) & (np.arange(CELLS) <= last[:, None])


def even(samples: int) -> np.ndarray:
    return np.full((samples, CELLS), 1 / CELLS)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_masses_are_more_likely(seed: int) -> None:
    first, last = draw(40, seed=seed)
    weights = np.random.default_rng(seed + 100).uniform(0.2, 3, 40)
    masses = maximise_masses(even(1), weights[None, :], first, last)[0]
    assert masses.sum() == pytest.approx(1)
    assert (masses >= 0).all()
    held = hold(first, last)
    slopes = (weights / weights.sum() / (held @ masses)) @ held
    assert slopes.max() == pytest.approx(1, abs=2e-9)
    found = optimize.minimize(
        lambda free: -weights @ np.log(held @ np.maximum(free, 1e-300)),
        np.full(CELLS, 1 / CELLS),
        method="SLSQP",
        bounds=[(0, 1)] * CELLS,
        constraints={"type": "eq", "fun": lambda free: free.sum() - 1},
        options={"ftol": 1e-12},
    )
    assert weights @ np.log(held @ masses) >= -found.fun - 1e-5


def test_samples_together_are_those_alone_and_start_and_weights_stay_as_they_were() -> None:
    first, last = draw(30, seed=9)
    counts = np.random.default_rng(9).multinomial(30, np.full(30, 1 / 30), size=20).astype(float)
    start, before = even(20), counts.copy()
    together = maximise_masses(start, counts, first, last)
    assert (start == 1 / CELLS).all()
    assert (counts == before).all()
    held = hold(first, last)
    for sample, masses in zip(counts, together, strict=True):
        alone = maximise_masses(even(1), sample[None, :], first, last)[0]
        asked = sample > 0
        assert (held @ masses)[asked] == pytest.approx((held @ alone)[asked], abs=1e-4)


def test_a_wider_gap_is_kept_too() -> None:
    first, last = draw(200, seed=11)
    masses = maximise_masses(even(1), np.ones((1, 200)), first, last, gap=GAP_OF_DRAWS)[0]
    held = hold(first, last)
    best = maximise_masses(even(1), np.ones((1, 200)), first, last)[0]
    assert np.log(held @ best).mean() - np.log(held @ masses).mean() <= GAP_OF_DRAWS


def test_rounds_are_limited() -> None:
    first, last = draw(200, seed=12)
    once = maximise_masses(even(1), np.ones((1, 200)), first, last, most=1)
    again = maximise_masses(even(1), np.ones((1, 200)), first, last, most=2)
    assert not np.allclose(once, again)
