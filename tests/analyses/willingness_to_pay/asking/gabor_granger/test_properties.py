"""What must not matter to a price ladder, whatever the answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
from tests.analyses.willingness_to_pay.asking.gabor_granger.cases import PRICES, ask, draw_worth


@given(
    worth=st.lists(st.integers(0, 60), min_size=10, max_size=30),
    factor=st.floats(0.01, 1000),
    unit_cost=st.integers(0, 45),
)
@settings(max_examples=30)
def test_prices_scale_and_shares_do_not(worth: list[int], factor: float, unit_cost: int) -> None:
    answers = ask(np.array(worth, dtype=float), np.array([10.0, 25, 40]))
    once = estimate_gabor_granger(answers, unit_cost=unit_cost, n_boot=20)
    scaled = estimate_gabor_granger(
        answers.assign(price=answers["price"] * factor), unit_cost=unit_cost * factor, n_boot=20
    )
    assert scaled.table["share"].to_numpy() == pytest.approx(once.table["share"].to_numpy())
    for column in ("price", "low", "high", "amount", "band_low", "band_high"):
        assert scaled.best[column].to_numpy() == pytest.approx(once.best[column].to_numpy() * factor, nan_ok=True)
    assert once.table["share"].is_monotonic_decreasing


def test_input_is_not_changed_and_order_does_not_matter() -> None:
    answers = ask(draw_worth(40, seed=7), PRICES)
    before = answers.copy(deep=True)
    result = estimate_gabor_granger(answers, n_boot=20)
    pd.testing.assert_frame_equal(answers, before)
    shuffled = estimate_gabor_granger(answers.sample(frac=1, random_state=1), n_boot=20)
    assert shuffled.table["share"].to_numpy() == pytest.approx(result.table["share"].to_numpy())
    by_id = estimate_gabor_granger(answers.set_index("respondent_id"), n_boot=20)
    pd.testing.assert_frame_equal(by_id.table, result.table)


def test_weights_count_as_that_many_people_and_repeated_rows_as_none() -> None:
    worth = draw_worth(30, seed=8)
    answers = ask(worth, PRICES)
    once = estimate_gabor_granger(answers, n_boot=20)
    twice = estimate_gabor_granger(answers.assign(weight=2), n_boot=20)
    pd.testing.assert_frame_equal(twice.table, once.table)
    pd.testing.assert_frame_equal(estimate_gabor_granger(pd.concat([answers, answers]), n_boot=20).table, once.table)
    weight = np.arange(30) % 3 + 1
    weighted = estimate_gabor_granger(answers.assign(importance=np.repeat(weight, 9)), weights="importance", n_boot=20)
    repeated = estimate_gabor_granger(ask(np.repeat(worth, weight), PRICES), n_boot=20)
    assert weighted.table["share"].to_numpy() == pytest.approx(repeated.table["share"].to_numpy())
    assert any(note.startswith("Weighted: 30 people carry the information of ") for note in weighted.notes)


@pytest.mark.parametrize(
    "write",
    [
        lambda yes: yes,
        lambda yes: yes.astype(int),
        lambda yes: yes.astype(float),
        lambda yes: yes.astype("boolean"),
        lambda yes: yes.map({True: " Yes", False: "NO "}),
        lambda yes: yes.map({True: "true", False: "false"}).astype("category"),
    ],
)
def test_yes_and_no_may_be_written_in_any_way(write: Any) -> None:
    answers = ask(draw_worth(20, seed=9), PRICES)
    expected = estimate_gabor_granger(answers, n_boot=10).table
    written = answers.assign(would_buy=write(answers["would_buy"] == "yes"))
    pd.testing.assert_frame_equal(estimate_gabor_granger(written, n_boot=10).table, expected)


def test_missing_answers_are_left_out() -> None:
    answers = ask(draw_worth(40, seed=10), PRICES)
    gaps = answers.assign(would_buy=answers["would_buy"].where(answers.index % 20 != 0))
    result = estimate_gabor_granger(gaps, n_boot=20)
    assert result.notes[0] == "18 rows without an answer are left out."
    pd.testing.assert_frame_equal(result.table, estimate_gabor_granger(gaps.dropna(), n_boot=20).table)


def test_seed_fixes_the_intervals() -> None:
    answers = ask(draw_worth(50, seed=11), PRICES)
    first, again, other = (estimate_gabor_granger(answers, n_boot=50, seed=seed).table for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
