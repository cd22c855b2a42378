"""Gabor–Granger: shares that are known, carried up and down the ladder, and their intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from cvlab.analyses.common import bootstrap_people, wilson_interval
from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.ladder_demand import estimate_buyers, find_cells
from tests.analyses.willingness_to_pay.asking.gabor_granger.cases import PRICES, ask, best, draw_worth


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/price_ladder.yaml").read_text(encoding="utf-8")))


# Truth


def test_whole_ladder_worked_by_hand(golden: dict[str, Any]) -> None:
    example = golden["whole_ladder"]
    answers = ask(np.array(example["worth"]), np.array(example["prices"], dtype=float))
    result = estimate_gabor_granger(answers, unit_cost=example["unit_cost"], n_boot=50)
    for column in ("share", "revenue", "profit"):
        assert result.table[column].to_numpy() == pytest.approx(example[column])
    assert result.table["n"].tolist() == [10, 10, 10]
    for what, expected in example["best"].items():
        assert best(result, what)["price"] == expected["price"]
        assert best(result, what)["amount"] == pytest.approx(expected["amount"])
        assert bool(best(result, what)["at_the_edge"]) == expected["at_the_edge"]
    assert list(result.table.columns) == [
        "price",
        "n",
        "share",
        "low",
        "high",
        "revenue",
        "revenue_low",
        "revenue_high",
        "profit",
        "profit_low",
        "profit_high",
    ]


def test_one_price_each_worked_by_hand(golden: dict[str, Any]) -> None:
    example = golden["one_price_each"]
    rows = []
    for price, asked, yes in zip(example["prices"], example["asked"], example["buyers"], strict=True):
        rows += [(f"{price}-{person}", price, person < yes) for person in range(asked)]
    answers = pd.DataFrame(rows, columns=["respondent_id", "price", "would_buy"])
    result = estimate_gabor_granger(answers, n_boot=50)
    assert result.table["share"].to_numpy() == pytest.approx(example["share"])
    # Ten were asked at each price; a yes at a higher one and a no at a lower one tell, too.
    assert result.table["n"].tolist() == [10 + 7 + 3, 10 + 4 + 3, 10 + 4 + 3]


def test_above_a_last_yes_nothing_is_known(golden: dict[str, Any]) -> None:
    example = golden["asked_up_to_different_prices"]
    first = ask(np.array([5.0] * 4 + [15] * 2 + [25] * 4), np.array([10.0, 20]))
    others = ask(np.array([5.0] * 4 + [15] * 2 + [25] + [35] * 3), np.array([10.0, 20, 30]), first=10)
    result = estimate_gabor_granger(pd.concat([first, others]), n_boot=50)
    assert result.table["share"].to_numpy() == pytest.approx(example["share"], abs=1e-5)
    assert result.table["n"].tolist() == example["n"]
    assert result.n_incomplete == 4
    assert any("4 people of 20 left open whether they would buy" in note for note in result.notes)


def test_the_highest_yes_is_carried_down_and_contradictions_are_counted() -> None:
    answers = ask(draw_worth(40, seed=1), PRICES)
    odd = answers.copy()
    # Two people who would buy at 80 deny it at 60; one of them at 70, too.
    buyers = answers.loc[(answers["price"] == 80) & (answers["would_buy"] == "yes"), "respondent_id"].head(2).tolist()
    odd.loc[odd["respondent_id"].isin(buyers) & (odd["price"] == 60), "would_buy"] = "no"
    odd.loc[(odd["respondent_id"] == buyers[0]) & (odd["price"] == 70), "would_buy"] = "no"
    straight, carried = (estimate_gabor_granger(each, n_boot=50) for each in (answers, odd))
    pd.testing.assert_frame_equal(straight.table, carried.table)
    assert straight.n_contradicting == 0
    assert carried.n_contradicting == 2
    assert carried.notes[0] == (
        "2 people of 40 said no at or below a price that they said yes to: the highest yes counts, and is carried down."
    )


def test_stopping_at_the_first_no_loses_nothing() -> None:
    worth = draw_worth(80, seed=2)
    whole = estimate_gabor_granger(ask(worth, PRICES), unit_cost=40, n_boot=100)
    stopped = [PRICES[: int((amount >= PRICES).sum()) + 1] for amount in worth]
    early = estimate_gabor_granger(ask(worth, stopped), unit_cost=40, n_boot=100)
    pd.testing.assert_frame_equal(early.table, whole.table)
    pd.testing.assert_frame_equal(early.best, whole.best)
    assert early.n_incomplete == 0


single_answers = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(1, 3)), min_size=2, max_size=40)


@given(people=single_answers)
@settings(max_examples=60)
def test_one_price_each_is_weighted_isotonic_regression(people: list[tuple[int, bool, int]]) -> None:
    asked, yes, weight = (np.array(column, dtype=float) for column in zip(*people, strict=True))
    prices, position = np.unique(asked, return_inverse=True)
    at_least, below = np.where(yes == 1, asked, -np.inf), np.where(yes == 1, np.inf, asked)
    found = estimate_buyers(*find_cells(at_least, below, prices), weight[None, :], len(prices))[0]
    oracle = (
        IsotonicRegression(increasing=False).fit(position, yes, sample_weight=weight).predict(np.arange(len(prices)))
    )
    assert found == pytest.approx(oracle)


@pytest.mark.parametrize("seed", range(4))
def test_subsets_of_prices_reach_the_top_of_the_likelihood(seed: int) -> None:
    random = np.random.default_rng(seed)
    prices = np.array([1.0, 2, 3, 4, 5])
    worth = random.uniform(0, 6, 60)
    asked = [np.sort(random.choice(prices, 2, replace=False)) for _ in worth]
    at_least = np.array([max(each[each <= amount], default=-np.inf) for each, amount in zip(asked, worth, strict=True)])
    below = np.array([min(each[each > amount], default=np.inf) for each, amount in zip(asked, worth, strict=True)])
    first, last = find_cells(at_least, below, prices)
    weight = random.integers(1, 4, 60).astype(float)

    def lose(shares: np.ndarray) -> float:
        steps = np.concatenate([[1.0], shares, [0.0]])
        return -float(weight @ np.log(np.maximum(steps[first] - steps[last + 1], 1e-300)))

    falling = {"type": "ineq", "fun": lambda shares: -np.diff(np.concatenate([[1.0], shares, [0.0]]))}
    oracle = minimize(lose, np.linspace(0.9, 0.1, 5), constraints=falling, options={"ftol": 1e-12, "maxiter": 500})
    found = estimate_buyers(first, last, weight[None, :], 5)[0]
    assert lose(found) <= oracle.fun + 1e-6
    assert found == pytest.approx(oracle.x, abs=2e-3)


def test_random_subsets_are_unbiased_where_leaving_out_the_unknown_is_not() -> None:
    random = np.random.default_rng(3)
    worth = draw_worth(12_000, seed=3)
    asked = [np.sort(random.choice(PRICES, 3, replace=False)) for _ in worth]
    truth = np.array([(worth >= price).mean() for price in PRICES])
    answers = ask(worth, asked)
    result = estimate_gabor_granger(answers, n_boot=2)
    assert result.table["share"].to_numpy() == pytest.approx(truth, abs=0.02)
    yes = answers[answers["would_buy"] == "yes"].groupby("respondent_id")["price"].max()
    n_known = result.table["n"].to_numpy()
    naive = np.array([(yes >= price).sum() for price in PRICES]) / n_known
    assert abs(naive - truth).max() > 0.05


@pytest.mark.parametrize("design", ["whole", "subsets"])
def test_bootstrap_samples_are_reweighted_surveys(design: str) -> None:
    random = np.random.default_rng(4)
    worth = draw_worth(60, seed=4)
    asked = [PRICES if design == "whole" else np.sort(random.choice(PRICES, 4, replace=False)) for _ in worth]
    answers = ask(worth, asked)
    result = estimate_gabor_granger(answers, n_boot=5, seed=9)
    counts = bootstrap_people(pd.unique(answers["respondent_id"]), n_boot=5, seed=9)[2]
    weighted = answers.assign(weight=np.maximum(counts, 1e-9)[answers["respondent_id"].str[1:].astype(int)])
    alone = estimate_gabor_granger(weighted, n_boot=2)
    assert result.draws.iloc[2].to_numpy() == pytest.approx(alone.table["share"].to_numpy(), abs=2e-3)


# Intervals


def test_where_all_or_none_buy_the_interval_is_wilson_s() -> None:
    result = estimate_gabor_granger(ask(np.full(25, 95.0), PRICES), n_boot=100)
    table = result.table.set_index("price")
    assert table.loc[90, "share"] == 1
    assert table.loc[90, "low"] == pytest.approx(wilson_interval(25, 25)[0])
    assert table.loc[100, "high"] == pytest.approx(wilson_interval(0, 25)[1])
    assert table.loc[100, "revenue_high"] == pytest.approx(100 * wilson_interval(0, 25)[1])


def test_intervals_hold_the_estimate_shrink_with_people_and_turn_round_below_cost() -> None:
    few, many = (estimate_gabor_granger(ask(draw_worth(n, seed=5), PRICES), unit_cost=75) for n in (50, 1000))
    for result in (few, many):
        for what, low, high in (
            ("share", "low", "high"),
            ("revenue", "revenue_low", "revenue_high"),
            ("profit", "profit_low", "profit_high"),
        ):
            assert (result.table[low] <= result.table[what]).all()
            assert (result.table[what] <= result.table[high]).all()
    assert ((many.table["high"] - many.table["low"]) < 0.5 * (few.table["high"] - few.table["low"])).all()
    assert (few.table.loc[few.table["price"] < 75, "profit"] < 0).all()


def cover(repeats: int, *, unit_cost: float, n_boot: int) -> tuple[float, pd.Series]:
    """Share of repeats in which the interval of the best price, and of the share at each price, holds the truth."""
    buyers = stats.norm.sf((np.log(PRICES) - np.log(100)) / 0.35)
    truth = PRICES[np.argmax((PRICES - unit_cost) * buyers)]
    held, shares = [], []
    for repeat in range(repeats):
        answers = ask(draw_worth(200, seed=40_000 + repeat), PRICES)
        result = estimate_gabor_granger(answers, unit_cost=unit_cost, n_boot=n_boot, seed=repeat)
        held.append(result.headline.low <= truth <= result.headline.high)
        shares.append((result.table["low"] <= buyers) & (buyers <= result.table["high"]))
    return float(np.mean(held)), pd.DataFrame(shares).mean().set_axis(PRICES)


def test_intervals_cover_the_truth_in_a_few_repeats() -> None:
    price, shares = cover(40, unit_cost=0.0, n_boot=200)
    assert price >= 0.85
    assert shares.mean() >= 0.88


# Without a cost two asked prices, 70 and 80, earn within .3 % of each other; at a cost of 40 the next loses 3 %.
@pytest.mark.slow
@pytest.mark.parametrize("unit_cost", [0.0, 40.0])
def test_intervals_cover_the_truth_as_often_as_they_say(unit_cost: float) -> None:
    price, shares = cover(400, unit_cost=unit_cost, n_boot=500)
    # On a grid a bound misses on one side only: 97.5 % where two prices tie, and up to all where one is clearly best.
    assert price >= 0.92, price
    assert shares.between(0.92, 0.98).all(), shares.to_dict()
