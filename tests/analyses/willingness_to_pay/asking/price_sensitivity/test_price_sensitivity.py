"""Van Westendorp: the golden example, an independent oracle, and what it leaves alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.common import bootstrap_people
from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
    CROSSINGS,
    find_crossings,
    find_stretches,
    measure_price_curves,
)
from cvlab.analyses.willingness_to_pay.asking.price_trial import trial_of_each
from tests.analyses.willingness_to_pay.asking.price_sensitivity.cases import draw_people, points

# Truth


def test_golden_example_in_step_mode(twelve: pd.DataFrame, golden: dict[str, Any]) -> None:
    result = estimate_price_sensitivity(twelve, method="step")
    assert points(result) == golden["step"]
    assert result.n_invalid == golden["n_invalid"]
    assert result.invalid.set_index("rule")["n"].to_dict() == {
        "an answer is missing": 0,
        "a price is below 0": 0,
        "too cheap is not below cheap": 1,
        "cheap is not below expensive": 0,
        "expensive is not below too expensive": 0,
    }
    assert list(result.table.columns) == ["point", "price", "low", "high"]
    assert len(result.table) == 4


@pytest.mark.parametrize("method", ["step", "interpolated"])
def test_weights_of_two_and_repeated_rows_change_no_point(twelve: pd.DataFrame, method: str) -> None:
    once = estimate_price_sensitivity(twelve, method=method)
    weighted = estimate_price_sensitivity(twelve.assign(weight=2), method=method)
    repeated = estimate_price_sensitivity(pd.concat([twelve, twelve]), method=method)
    assert points(weighted) == pytest.approx(points(once))
    assert points(repeated) == pytest.approx(points(once))


def test_weights_count_as_that_many_people(twelve: pd.DataFrame) -> None:
    weight = np.arange(12) % 3 + 1
    weighted = estimate_price_sensitivity(twelve.assign(importance=weight), weights="importance")
    repeated = estimate_price_sensitivity(twelve.loc[np.repeat(twelve.index, weight)].reset_index(drop=True))
    assert points(weighted) == pytest.approx(points(repeated))


def cross_slowly(answers: np.ndarray, weights: np.ndarray, pair: tuple[str, str], method: str) -> float:
    """The definitions, price by price: walk up the observed prices until the rising curve reaches the falling one."""
    first, second = (answers[:, ANSWERS.index(name)] for name in pair)
    before: tuple[float, float] | None = None
    for price in np.unique(answers):
        rising = weights[second <= price].sum() / weights.sum()
        falling = weights[first > price].sum() / weights.sum()
        gap = rising - falling
        if gap >= -1e-9:
            if method == "step" or before is None or gap <= 1e-9:
                return float(price)
            return before[0] + (price - before[0]) * -before[1] / (gap - before[1])
        before = (float(price), gap)
    raise AssertionError("the curves do not meet")


prices_of_people = st.lists(
    st.lists(st.integers(1, 30), min_size=4, max_size=4, unique=True).map(sorted), min_size=1, max_size=12
)


@given(people=prices_of_people, data=st.data(), method=st.sampled_from(["step", "interpolated"]))
@settings(max_examples=60, deadline=None)
def test_bisection_agrees_with_walking_along_the_curves(
    people: list[list[int]], data: st.DataObject, method: str
) -> None:
    answers = np.array(people, dtype=float)
    weights = np.array(data.draw(st.lists(st.integers(1, 4), min_size=len(people), max_size=len(people))), dtype=float)
    found = find_crossings(answers, weights[None, :], method=method, ties="min")[0]
    assert found == pytest.approx([cross_slowly(answers, weights, pair, method) for pair in CROSSINGS.values()])


@given(people=prices_of_people, factor=st.floats(0.01, 1000))
@settings(max_examples=40, deadline=None)
def test_points_scale_with_prices_and_keep_their_order(people: list[list[int]], factor: float) -> None:
    answers, weights = np.array(people, dtype=float), np.ones((1, len(people)))
    found = find_crossings(answers, weights, method="interpolated", ties="min")[0]
    scaled = find_crossings(answers * factor, weights, method="interpolated", ties="min")[0]
    assert scaled == pytest.approx(found * factor)
    cheapness, expensiveness, indifference, optimal = found
    for between in (indifference, optimal):
        assert cheapness - 1e-9 <= between <= expensiveness + 1e-9


def test_curves_count_strictly_above_and_at_or_below() -> None:
    curves = measure_price_curves(np.array([[1.0, 2, 3, 4], [2, 3, 4, 5]]), np.array([1.0, 3.0])).set_index("price")
    assert curves.loc[1.0, "too_cheap"] == 0.75
    assert curves.loc[2.0, "too_cheap"] == 0.0
    assert curves.loc[3.0, "expensive"] == 0.25
    assert (curves["cheap"] + curves["not_cheap"]).eq(1).all()
    assert (curves["expensive"] + curves["not_expensive"]).eq(1).all()


def test_ties_take_their_end_mean_or_median() -> None:
    # "Too cheap" is over at 2 and "too expensive" starts at 8: the two curves stay together at 0 until 7.
    answers = np.array([[1.0, 3, 6, 8], [2, 4, 7, 9]])
    weights = np.ones((1, 2))
    position = list(CROSSINGS).index("optimal")
    found = {
        ties: find_crossings(answers, weights, method="step", ties=ties)[0, position]
        for ties in ("min", "max", "mean", "median")
    }
    assert found == {"min": 2, "max": 7, "mean": np.mean([2, 3, 4, 6, 7]), "median": 4}


@pytest.mark.parametrize("ties", ["min", "max", "mean", "median"])
@pytest.mark.parametrize("method", ["step", "interpolated"])
def test_bootstrap_samples_are_reweighted_surveys(method: str, ties: str) -> None:
    answers = draw_people(40, seed=1, step=5).to_numpy()
    counts = np.random.default_rng(2).multinomial(40, np.full(40, 1 / 40), size=20)
    together = find_crossings(answers, counts, method=method, ties=ties)
    for sample, count in zip(together, counts, strict=True):
        alone = find_crossings(answers, count[None, :], method=method, ties=ties)[0]
        assert sample == pytest.approx(alone)


def test_interval_shrinks_with_people_and_holds_the_point() -> None:
    few = estimate_price_sensitivity(draw_people(60, seed=3)).table
    many = estimate_price_sensitivity(draw_people(2000, seed=3)).table
    for table in (few, many):
        assert table["price"].between(table["low"], table["high"]).all()
    assert ((many["high"] - many["low"]) < 0.5 * (few["high"] - few["low"])).all()


def cover(repeats: int, *, n_boot: int) -> pd.Series:
    """Share of repeats in which the interval of each point holds the population's."""
    truth = estimate_price_sensitivity(draw_people(300_000, seed=1234), n_boot=2).table.set_index("point")["price"]
    held = []
    for repeat in range(repeats):
        table = estimate_price_sensitivity(draw_people(200, seed=20_000 + repeat), n_boot=n_boot, seed=repeat).table
        held.append(truth.between(table.set_index("point")["low"], table.set_index("point")["high"]))
    return pd.DataFrame(held).mean()


def test_intervals_cover_the_truth_in_a_few_repeats() -> None:
    assert (cover(40, n_boot=200) >= 0.85).all()


def draw_apart(n: int, *, seed: int) -> pd.DataFrame:
    """People whose answers lie so far apart that nobody's "too cheap" comes near another's "too expensive"."""
    random = np.random.default_rng(seed)
    level = random.normal(3, 0.15, (n, 1)) + 0.5 * np.arange(4)
    return pd.DataFrame(np.exp(level + random.normal(0, 0.05, (n, 4))), columns=list(ANSWERS))


def test_intervals_of_answers_far_apart_hold_the_truth_wherever_it_lies_on_the_stretch() -> None:
    truth = estimate_price_sensitivity(draw_apart(100_000, seed=1), n_boot=2).table.set_index("point")["price"]
    held = []
    for repeat in range(60):
        result = estimate_price_sensitivity(draw_apart(25, seed=500 + repeat), n_boot=200, seed=repeat)
        held.append(truth.between(*(result.table.set_index("point")[bound] for bound in ("low", "high"))))
    # With 25 people percentile intervals are known to be short; without the stretch "optimal" was held hardly ever.
    covered = pd.DataFrame(held).mean()
    assert (covered >= 0.85).all(), covered.to_dict()
    assert covered["optimal"] >= 0.95


@pytest.mark.parametrize("ties", ["min", "max", "mean", "median"])
def test_identical_answers_are_not_sharp(ties: str) -> None:
    alike = pd.DataFrame([[10.0, 20, 30, 40]] * 30, columns=list(ANSWERS))
    result = estimate_price_sensitivity(alike, ties=ties, n_boot=50)
    optimal = result.table.set_index("point").loc["optimal"]
    assert optimal["low"] == 10
    assert optimal["high"] == 30
    assert (result.headline.low, result.headline.high) == (10, 30)
    assert any('Every price from €10.00 to €30.00 fits the point "optimal"' in note for note in result.notes)


@given(people=prices_of_people, method=st.sampled_from(["step", "interpolated"]))
@settings(max_examples=40, deadline=None)
def test_a_stretch_holds_every_way_of_taking_it(people: list[list[int]], method: str) -> None:
    answers, weights = np.array(people, dtype=float), np.ones((1, len(people)))
    for ties in ("min", "max", "mean", "median"):
        taken, lowest, highest = find_stretches(answers, weights, method=method, ties=ties)
        assert (lowest - 1e-9 <= taken).all()
        assert (taken <= highest + 1e-9).all()
        assert taken == pytest.approx(find_crossings(answers, weights, method=method, ties=ties))


def test_the_bootstrap_keeps_the_weights() -> None:
    people = draw_people(60, seed=21)
    weight = np.where(people["cheap"] > people["cheap"].median(), 9.0, 1.0)
    result = estimate_price_sensitivity(people.assign(weight=weight), n_boot=40, seed=3)
    counts = bootstrap_people(range(60), n_boot=40, seed=3)
    expected = find_crossings(people.to_numpy(), counts * weight, method="interpolated", ties="min")
    assert result.draws.to_numpy() == pytest.approx(expected)
    without = estimate_price_sensitivity(people, n_boot=40, seed=3)
    assert (result.table["low"] > without.table["low"]).all()


def test_trial_intervals_belong_to_the_people_who_said_what_they_would_do() -> None:
    # Those who did not say come first and count next to nothing: sampling them would give quite another interval.
    people = draw_people(80, seed=22).assign(buy_cheap=5.0, buy_expensive=2.0, weight=1.0)
    people.loc[:39, "buy_cheap"] = np.nan
    people.loc[40:59, "weight"] = 20.0
    result = estimate_price_sensitivity(people, n_boot=60, seed=4)
    assert result.trial is not None
    counts = bootstrap_people(range(80), n_boot=60, seed=4)[:, 40:] * people["weight"].to_numpy()[40:]
    each = trial_of_each(
        people[list(ANSWERS)].to_numpy()[40:], np.tile([0.7, 0.1], (40, 1)), result.trial["price"].to_numpy()
    )
    drawn = counts @ each / counts.sum(axis=1, keepdims=True)
    assert result.trial["low"].to_numpy() == pytest.approx(np.quantile(drawn, 0.025, axis=0))
    assert result.trial["high"].to_numpy() == pytest.approx(np.quantile(drawn, 0.975, axis=0))


def test_what_trial_assumes_stays_with_trial() -> None:
    result = estimate_price_sensitivity(draw_people(60, seed=1).assign(buy_cheap=5, buy_expensive=2), n_boot=20)
    assert result.trial_notes == (
        "Trial and revenue take purchase intentions at these shares: 1: 0.0%, 2: 10.0%, 3: 30.0%, 4: 50.0%, 5: 70.0%.",
    )
    assert not any("rial" in note for note in result.notes)
    assert estimate_price_sensitivity(draw_people(60, seed=1), n_boot=20).trial_notes == ()


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = cover(400, n_boot=500)
    assert covered.between(0.92, 0.98).all(), covered.to_dict()


def test_a_thousand_bootstraps_of_a_thousand_people_are_fast() -> None:
    people = draw_people(1000, seed=5)
    spent = []
    for _ in range(3):
        start = time.process_time()
        estimate_price_sensitivity(people, n_boot=1000)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.3


# What it leaves alone, and what it accepts


def test_input_is_not_changed_and_order_does_not_matter() -> None:
    people = draw_people(50, seed=7)
    before = people.copy(deep=True)
    result = estimate_price_sensitivity(people)
    pd.testing.assert_frame_equal(people, before)
    assert points(estimate_price_sensitivity(people.sample(frac=1, random_state=1))) == pytest.approx(points(result))


def test_id_may_be_a_column_or_the_index_and_its_rows_are_drawn_together() -> None:
    people = draw_people(30, seed=8)
    people["respondent_id"] = [f"r{number}" for number in range(30)]
    once = estimate_price_sensitivity(people)
    for twice in (pd.concat([people, people]), pd.concat([people, people]).set_index("respondent_id")):
        result = estimate_price_sensitivity(twice)
        pd.testing.assert_frame_equal(result.table, once.table)
        assert result.headline.n == 30


def test_seed_fixes_the_intervals() -> None:
    people = draw_people(50, seed=9)
    first, again = (estimate_price_sensitivity(people, n_boot=50, seed=4).table for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(estimate_price_sensitivity(people, n_boot=50, seed=5).table)


def test_nullable_columns_are_read_and_missing_answers_left_out(twelve: pd.DataFrame) -> None:
    with_gap = twelve.astype("Int64")
    with_gap.loc[0, "cheap"] = pd.NA
    for validate in (True, False):
        result = estimate_price_sensitivity(with_gap, method="step", validate=validate)
        assert result.n_invalid == 2
        assert result.headline.n == (10 if validate else 11)
        assert result.invalid.set_index("rule").loc["an answer is missing", "n"] == 1


def test_invalid_rows_stay_when_asked(twelve: pd.DataFrame) -> None:
    result = estimate_price_sensitivity(twelve, validate=False)
    assert result.headline.n == 12
    assert result.notes[0] == (
        "1 of 12 answers do not ascend strictly and are kept as asked: too cheap is not below cheap in 1."
    )
