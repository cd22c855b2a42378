"""Scores, gradient and Hessian of the simulated likelihood are those of numerical differences, at any point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences
from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Panel, arrange, evaluate, measure_fits
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes, plan_tastes

CODING = Coding(
    attributes=("a", "b", "c"),
    levels={},
    price="price",
    alternative="alternative",
    constants=("none",),
    base_alternative=None,
    outside="none",
)
RANDOM = [
    {"a": "normal", "b": "log-normal", "none": "normal"},
    {"a": "normal", "price": "log-normal", "c": "log-normal"},
    {"b": "log-normal"},
]


def draw_panel(tastes: Tastes, seed: int, *, n_people: int = 9, n_draws: int = 12) -> Panel:
    """People with one to four tasks of one to three rejected alternatives."""
    random = np.random.default_rng(seed)
    respondents = np.repeat(np.arange(n_people), random.integers(1, 5, n_people))
    sizes = random.integers(1, 4, len(respondents))
    differences = Differences(
        rows=random.normal(size=(int(sizes.sum()), len(CODING.names))),
        starts=np.cumsum(sizes) - sizes,
        respondents=respondents,
        weights=np.ones(len(respondents)),
        scale=np.ones(len(CODING.names)),
    )
    draws = random.normal(size=(n_people, len(tastes.random), n_draws))
    return arrange(differences, random.uniform(0.5, 2, n_people), draws)


@pytest.mark.parametrize("random", RANDOM)
@pytest.mark.parametrize("space", ["preference", "wtp"])
@pytest.mark.parametrize("correlated", [False, True])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=4, deadline=None)
def test_derivatives_are_those_of_differences(random: dict[str, str], space: str, correlated: bool, seed: int) -> None:
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    tastes = plan_tastes(CODING, random, space=space, correlated=correlated, estimates=signs)
    panel = draw_panel(tastes, seed)
    point = np.random.default_rng(seed).normal(0, 0.7, tastes.n_parameters)
    here = evaluate(point, tastes, panel, hessian=True)
    assert here.gradient == pytest.approx(panel.weights @ here.scores, abs=1e-9)
    assert here.hessian is not None
    for position in range(len(point)):
        step = np.zeros(len(point))
        step[position] = 1e-5
        up, down = (evaluate(point + sign * step, tastes, panel) for sign in (1, -1))
        assert here.gradient[position] == pytest.approx((up.value - down.value) / 2e-5, rel=1e-5, abs=1e-5)
        slopes = (up.gradient - down.gradient) / 2e-5
        assert here.hessian[position] == pytest.approx(slopes, rel=1e-5, abs=1e-4)


def test_how_people_are_put_together_does_not_matter() -> None:
    tastes = plan_tastes(CODING, RANDOM[0], space="preference", correlated=False, estimates=np.ones(5))
    panel = draw_panel(tastes, 3, n_people=40)
    assert any(chunk.padded is not None for chunk in panel.chunks)
    assert max(len(chunk.people) for chunk in panel.chunks) > 1
    alone = Panel(
        chunks=tuple(
            type(chunk)(
                people=chunk.people[[number]],
                rows=chunk.rows[[number]],
                padded=None if chunk.padded is None else chunk.padded[[number]],
                shape=chunk.shape,
            )
            for chunk in panel.chunks
            for number in range(len(chunk.people))
        ),
        draws=panel.draws,
        weights=panel.weights,
    )
    point = np.full(tastes.n_parameters, 0.4)
    whole, parts = (evaluate(point, tastes, each, hessian=True) for each in (panel, alone))
    assert whole.value == pytest.approx(parts.value, rel=1e-13)
    assert whole.scores == pytest.approx(parts.scores, rel=1e-10)
    assert whole.hessian == pytest.approx(parts.hessian, rel=1e-9)
    fits = dict(zip(*map(np.concatenate, zip(*measure_fits(point, tastes, panel), strict=True)), strict=True))
    assert sorted(fits) == list(range(40))
    assert all(fit.sum() == pytest.approx(1) for fit in fits.values())


def test_extreme_tastes_stay_finite() -> None:
    tastes = plan_tastes(CODING, RANDOM[1], space="wtp", correlated=False, estimates=np.ones(5))
    panel = draw_panel(tastes, 4)
    here = evaluate(np.full(tastes.n_parameters, 400.0), tastes, panel, hessian=True)
    assert np.isfinite(here.value)
    assert np.isfinite(here.gradient).all()
