"""Turnbull and Kriström: a survey worked by hand, and properties that only the maximum of the likelihood has."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import estimate_contingent_valuation
from cvlab.analyses.willingness_to_pay.asking.valuation_answers import Valuations, read_valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_nonparametric import (
    AcceptanceSteps,
    _maximise_by_em,
    bound_draws,
    estimate_kristrom,
    estimate_turnbull,
)


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    read = yaml.safe_load((checkout / "tests/golden/contingent_valuation.yaml").read_text(encoding="utf-8"))
    return dict(read["first_bids"])


def tally(counts: dict[float, tuple[int, int]]) -> pd.DataFrame:
    """Write yes and asked per bid as one row per person."""
    rows = [(bid, number < yes) for bid, (yes, asked) in counts.items() for number in range(asked)]
    return pd.DataFrame(rows, columns=["bid", "answer"])


def read(answers: pd.DataFrame) -> Valuations:
    return read_valuations(answers, covariates=None, weights=None, logarithmic=None)


def prices(steps: AcceptanceSteps) -> dict[str, float]:
    return dict(zip(steps.worth["measure"], steps.worth["price"], strict=True))


def kristrom(counts: dict[float, tuple[int, int]]) -> dict[str, float]:
    valuations = read(tally(counts))
    return prices(estimate_kristrom(valuations, valuations.resample(20, 0), level=0.95))


def test_a_survey_worked_by_hand(golden: dict[str, Any]) -> None:
    counts = {float(bid): (yes, golden["asked"]) for bid, yes in zip(golden["bids"], golden["accepted"], strict=True)}
    result = estimate_contingent_valuation(tally(counts))
    for steps, expected in ((result.turnbull, golden["turnbull"]), (result.kristrom, golden["kristrom"])):
        assert steps.table["price"].tolist() == golden["bids"]
        assert steps.table["share"].tolist() == pytest.approx(golden["shares"])
        assert prices(steps) == pytest.approx(expected, abs=golden["tolerance"])
        assert (steps.worth["low"] <= steps.worth["price"]).all()
        assert (steps.worth["price"] <= steps.worth["high"]).all()


survey = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12)), min_size=2, max_size=6)


@given(survey)
@settings(max_examples=40, deadline=None)
def test_pooling_and_the_algorithm_find_the_same_where_one_question_was_asked(counts: list[tuple[int, int]]) -> None:
    answers = tally({float(5 * bid): (min(pair), pair[1]) for bid, pair in enumerate(counts, start=1)})
    valuations = read(answers)
    weights = valuations.weights[None, :]
    pooled = estimate_turnbull(valuations, weights, level=0.95).table["share"].to_numpy()
    assert _maximise_by_em(valuations, weights)[0] == pytest.approx(pooled, abs=2e-4)


def draw(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    worth = random.gamma(2, 12, n)
    bid = random.choice([6.0, 12.0, 24.0, 48.0], n)
    up, down = bid * 1.5, bid * 0.5
    second = np.where(worth >= bid, worth >= up, worth >= down)
    return pd.DataFrame({"bid": bid, "answer": worth >= bid, "bid_up": up, "bid_down": down, "second_answer": second})


@given(n=st.integers(5, 200), seed=st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_no_mass_could_be_put_anywhere_better(n: int, seed: int) -> None:
    # The likelihood is concave in the masses: at its maximum no interval gains more per unit of mass than the others.
    valuations = read(draw(n, seed))
    weights = valuations.weights
    share = _maximise_by_em(valuations, weights[None, :])[0]
    masses = -np.diff(np.concatenate([[1.0], share, [0.0]]))
    lower = np.concatenate([[0.0], valuations.prices])
    holds = (valuations.low[:, None] <= lower) & (lower < valuations.high[:, None])
    probability = holds @ masses
    gain = (weights / probability) @ holds / weights.sum()
    assert (masses >= -1e-12).all()
    assert gain.max() <= 1 + 2e-3
    assert gain[masses > 1e-3] == pytest.approx(1, abs=2e-3)


def test_bootstrap_samples_of_the_steps_are_reweighted_surveys() -> None:
    valuations = read(draw(150, 1))
    samples = valuations.resample(5, seed=2)
    together = _maximise_by_em(valuations, np.vstack([valuations.weights, samples]))
    for sample, found in zip(samples, together[1:], strict=True):
        alone = _maximise_by_em(valuations, sample[None, :])[0]
        assert found == pytest.approx(alone, abs=2e-3)


@pytest.mark.parametrize("twice", [False, True])
def test_the_mean_that_is_at_least_reached_lies_below_the_true_one(twice: bool) -> None:
    answers = draw(4000, 3)
    steps = estimate_contingent_valuation(answers if twice else answers[["bid", "answer"]]).turnbull
    found = prices(steps)
    assert 14 < found["mean, at least"] < 24  # a gamma of shape 2 and scale 12
    assert found["median, at least"] < 20.14 < found["median, at most"]
    assert steps.table["share"].is_monotonic_decreasing
    true = np.exp(-steps.table["price"] / 12) * (1 + steps.table["price"] / 12)
    assert steps.table["share"].to_numpy() == pytest.approx(true.to_numpy(), abs=0.06)
    assert ((steps.table["low"] - 0.02 < true) & (true < steps.table["high"] + 0.02)).all()


def test_kristrom_ends_where_acceptance_ends() -> None:
    found = kristrom({10.0: (8, 10), 20.0: (2, 10), 30.0: (0, 10)})
    assert found["mean"] == found["truncated mean"] == pytest.approx(9 + 5 + 1)
    assert found["median"] == pytest.approx(15)


def test_kristrom_goes_on_along_the_last_piece_that_falls() -> None:
    flat_at_the_end = kristrom({10.0: (8, 10), 20.0: (4, 10), 30.0: (4, 10)})
    assert flat_at_the_end["truncated mean"] == pytest.approx(9 + 6 + 4)
    assert flat_at_the_end["mean"] == pytest.approx(9 + 6 + 4 + 0.5 * 10 * 0.4)
    beyond = kristrom({10.0: (9, 10), 20.0: (8, 10)})
    assert beyond["median"] == pytest.approx(50)
    assert beyond["mean"] == pytest.approx(9.5 + 8.5 + 0.5 * 80 * 0.8)


def test_kristrom_never_ends_where_nobody_refuses() -> None:
    found = kristrom({10.0: (10, 10), 20.0: (10, 10)})
    assert math.isinf(found["mean"])
    assert math.isinf(found["median"])
    assert found["truncated mean"] == 20


def test_kristrom_takes_the_answers_to_a_bid_of_nothing_as_they_are() -> None:
    found = kristrom({0.0: (4, 10), 10.0: (2, 10)})
    assert found["median"] == 0
    assert found["truncated mean"] == pytest.approx(3)


def test_nobody_below_one_half_has_a_median_between_nothing_and_the_first_bid() -> None:
    valuations = read(tally({10.0: (4, 10), 20.0: (2, 10)}))
    found = prices(estimate_turnbull(valuations, valuations.resample(20, 0), level=0.95))
    assert (found["median, at least"], found["median, at most"]) == (0, 10)
    most = read(tally({10.0: (9, 10), 20.0: (8, 10)}))
    found = prices(estimate_turnbull(most, most.resample(20, 0), level=0.95))
    assert (found["median, at least"], found["median, at most"]) == (20, math.inf)


@given(survey)
@settings(max_examples=30, deadline=None)
def test_the_steps_lie_below_the_line(counts: list[tuple[int, int]]) -> None:
    answers = tally({float(5 * bid): (min(pair), pair[1]) for bid, pair in enumerate(counts, start=1)})
    assume(answers["answer"].nunique() == 2)
    valuations = read(answers)
    samples = valuations.resample(5, 0)
    line = prices(estimate_kristrom(valuations, samples, level=0.95))
    steps = prices(estimate_turnbull(valuations, samples, level=0.95))
    assert steps["mean, at least"] <= line["truncated mean"] + 1e-9 <= line["mean"] + 2e-9
    assert steps["median, at least"] - 1e-6 <= line["median"] or math.isinf(line["median"])


def test_bounds_of_draws_that_may_be_infinite() -> None:
    draws = np.array([[1.0, 1.0, 5.0], [2.0, np.inf, 6.0], [3.0, np.inf, np.inf]])
    low, high = bound_draws(draws, level=0.5)
    assert low.tolist() == [1.5, np.inf, 5.5]
    assert high.tolist() == [2.5, np.inf, np.inf]
