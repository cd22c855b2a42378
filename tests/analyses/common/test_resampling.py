"""Samples that follow the people: who is drawn how often depends on who it is, so that two waves are paired."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cvlab.analyses.common import BY_PEOPLE, bootstrap_people
from cvlab.analyses.value_ladder import measure_ladder
from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity
from cvlab.errors import ParameterError


def test_counts_are_poisson_with_mean_one_and_people_independent() -> None:
    counts = bootstrap_people(range(2000), n_boot=1000, seed=1)
    observed = np.bincount(counts.ravel(), minlength=6)[:6]
    expected = counts.size * stats.poisson(1).pmf(range(6))
    # Hashes of 16 bits give each count to 1 in 65,536: with two million draws that is within the noise.
    assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-3
    correlations = np.corrcoef(counts[:, :200].T)[np.triu_indices(200, 1)]
    assert correlations.mean() == pytest.approx(0, abs=1e-3)
    assert correlations.std() == pytest.approx(1 / np.sqrt(1000), rel=0.03)
    assert np.corrcoef(counts[:-1].ravel(), counts[1:].ravel())[0, 1] == pytest.approx(0, abs=3e-3)
    other = bootstrap_people(range(2000), n_boot=1000, seed=2)
    assert np.corrcoef(counts.ravel(), other.ravel())[0, 1] == pytest.approx(0, abs=3e-3)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=30, unique=True), st.integers(1, 9), st.randoms())
def test_a_person_is_drawn_alike_whoever_else_is_there(people: list[str], n_boot: int, random: object) -> None:
    all_of_them = bootstrap_people(people, n_boot=n_boot, seed=5)
    some = people[::-2]
    where = [people.index(person) for person in some]
    fewer = bootstrap_people(some, n_boot=n_boot, seed=5)
    for mine, theirs in zip(fewer, all_of_them[:, where], strict=True):
        # A sample of nobody counts as everybody once, on either side.
        assert (mine == theirs).all() or (mine == 1).all() or (theirs == 1).all()
    assert (bootstrap_people(people, n_boot=n_boot + 3, seed=5)[:n_boot] == all_of_them).all()


def test_nobody_counts_as_everybody_once() -> None:
    counts = bootstrap_people(["only", "two"], n_boot=200, seed=0)
    assert counts.any(axis=1).all()
    assert (counts == 1).all(axis=1).mean() > 0.1


def test_numbers_and_their_texts_are_the_same_people() -> None:
    assert (bootstrap_people([7, 8], n_boot=5, seed=0) == bootstrap_people(["7", "8"], n_boot=5, seed=0)).all()
    with pytest.raises(ParameterError, match="number of people is 0"):
        bootstrap_people([], n_boot=5, seed=0)


def _ask(worth: np.ndarray, ids: list[str]) -> pd.DataFrame:
    steps = {"too_cheap": 0.5, "cheap": 0.8, "expensive": 1.2, "too_expensive": 1.6}
    return pd.DataFrame({"respondent_id": ids, **{name: worth * step for name, step in steps.items()}})


def test_the_difference_of_two_waves_of_the_same_people_is_paired() -> None:
    # The second wave says 3 % more throughout: noise between people is shared, so the difference is almost certain.
    random = np.random.default_rng(3)
    worth = random.lognormal(3, 0.4, 200)
    ids = [f"r{number}" for number in range(200)]
    mixed = random.permutation(200)
    then = estimate_price_sensitivity(_ask(worth, ids), n_boot=500, seed=7).headline
    now = estimate_price_sensitivity(_ask(1.03 * worth, ids).iloc[mixed], n_boot=500, seed=7).headline
    assert then.draws_by == now.draws_by == BY_PEOPLE
    assert then.draws is not None
    assert now.draws is not None
    assert now.draws == pytest.approx(1.03 * then.draws)
    others = estimate_price_sensitivity(_ask(1.03 * worth, [f"s{each}" for each in ids]), n_boot=500, seed=7).headline
    assert others.draws is not None
    unpaired = (others.draws - then.draws).std()
    assert unpaired == pytest.approx(np.hypot(others.draws.std(), then.draws.std()), rel=0.15)
    assert (now.draws - then.draws).std() < 0.05 * unpaired


def test_half_the_people_halve_the_variance_that_is_not_shared() -> None:
    random = np.random.default_rng(4)
    values = pd.DataFrame({"Basic": random.lognormal(3, 0.5, 300)}, index=pd.Index(range(300), name="respondent_id"))
    rungs = pd.DataFrame({"rung": ["Basic"], "price": [18.0], "unit_cost": [6.0]})
    half = pd.concat([values.iloc[:150], values.iloc[150:].set_axis(pd.RangeIndex(900, 1050, name="respondent_id"))])
    first, same, mixed = (
        measure_ladder(rungs, table, n_boot=1000, seed=0).headline.draws for table in (values, values.copy(), half)
    )
    assert first is not None
    assert same is not None
    assert mixed is not None
    assert (first == same).all()
    assert np.corrcoef(first, mixed)[0, 1] == pytest.approx(0.5, abs=0.1)
