"""Gabor–Granger: worked examples, the isotonic likelihood against oracles, the best price, its coverage, messages."""

from __future__ import annotations

import math
import time
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

from cvlab.analyses.common import Partition, bootstrap_people, wilson_interval
from cvlab.analyses.willingness_to_pay import GaborGranger, estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.ladder_demand import estimate_buyers, find_cells
from cvlab.analyses.willingness_to_pay.asking.ladder_optimum import find_optimum
from cvlab.errors import DataError, ParameterError

PRICES = np.array([60.0, 70, 80, 90, 100, 110, 120, 130, 140])


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/price_ladder.yaml").read_text(encoding="utf-8")))


def ask(worth: np.ndarray, prices: np.ndarray | list[np.ndarray], *, first: int = 0) -> pd.DataFrame:
    """People who know what the offer is worth to them, asked at all `prices` or each at their own."""
    each = prices if isinstance(prices, list) else [prices] * len(worth)
    rows = [
        (f"r{first + person}", price, "yes" if worth[person] >= price else "no")
        for person, theirs in enumerate(each)
        for price in theirs
    ]
    return pd.DataFrame(rows, columns=["respondent_id", "price", "would_buy"])


def draw_worth(n: int, *, seed: int) -> np.ndarray:
    return np.asarray(np.exp(np.random.default_rng(seed).normal(np.log(100), 0.35, n)))


def best(result: GaborGranger, what: str) -> pd.Series:
    return result.best.set_index("what").loc[what]


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


# The best price


def test_ties_take_the_lowest_price_and_the_interval_holds_them_all() -> None:
    # 40 of 40 buy at 10, 20 at 20, 10 at 40: every price earns 10 per person asked.
    worth = np.repeat([10.0, 20, 40], [20, 10, 10])
    draws = np.tile([[1.0, 0.5, 0.25]], (20, 1))
    prices = np.array([10.0, 20, 40])
    found = find_optimum(prices, prices, draws[0], draws, level=0.95)
    assert found is not None
    assert (found.price, found.low, found.high, found.band_low, found.band_high) == (10, 10, 40, 10, 40)
    assert estimate_gabor_granger(ask(worth, prices), n_boot=50).headline.value == 10


def test_the_band_ends_before_the_first_price_that_earns_less() -> None:
    prices = np.array([10.0, 20, 30, 40, 50])
    shares = np.array([0.9, 0.5, 1.04 / 3, 0.2, 0.2])  # revenue 9, 10, 10.4, 8, 10
    found = find_optimum(prices, prices, shares, shares[None, :], level=0.95)
    assert found is not None
    assert (found.price, found.band_low, found.band_high, found.at_the_edge) == (30, 20, 30, False)


def test_headline_tells_the_price_the_band_and_the_edge() -> None:
    answers = ask(draw_worth(600, seed=6), PRICES)
    profit = estimate_gabor_granger(answers, unit_cost=40)
    assert profit.headline.key == "willingness_to_pay.gabor_granger_price"
    row = best(profit, "profit")
    assert (profit.headline.value, profit.headline.low, profit.headline.high) == (row["price"], row["low"], row["high"])
    assert str(profit.headline).startswith(
        "Of the prices asked, €90.00 earns the highest profit at a unit cost of €40.00 (95% interval €"
    )
    assert "Prices from €90.00 to €100.00 earn within 5% of it." in str(profit.headline)
    assert "edge" not in str(profit.headline)
    revenue = estimate_gabor_granger(answers)
    assert "earns the highest revenue (95% interval" in str(revenue.headline)
    assert not any("unit cost" in note for note in revenue.notes)
    assert revenue.unit_cost is None
    assert revenue.best["what"].tolist() == ["revenue"]
    assert list(revenue.table.columns)[-3:] == ["revenue", "revenue_low", "revenue_high"]
    free = estimate_gabor_granger(answers, unit_cost=0)
    assert free.best["what"].tolist() == ["revenue", "profit"]
    assert (free.table["profit"] == free.table["revenue"]).all()
    assert "earns the highest profit at a unit cost of €0.00" in str(free.headline)
    high = str(estimate_gabor_granger(answers, unit_cost=135).headline)
    assert high.endswith("It is the highest price asked, at the edge: the best price may lie above it.")
    low = str(estimate_gabor_granger(ask(draw_worth(100, seed=6) / 3, PRICES)).headline)
    assert low.endswith("It is the lowest price asked, at the edge: the best price may lie below it.")
    assert not profit.headline.decides


@pytest.mark.parametrize(
    ("worth", "unit_cost", "sentence"),
    [
        (10.0, 0.0, "Nobody of 30 people would buy at any price asked, from €60.00 to €140.00: ask at lower prices."),
        (10.0, 5.0, "Nobody of 30 people would buy at any price asked, from €60.00 to €140.00: ask at lower prices."),
        (
            85.0,
            95.0,
            "No price asked earns a profit: nobody of 30 people would buy at a price above the unit cost of €95",
        ),
        (
            85.0,
            140.0,
            "No price asked, from €60.00 to €140.00, is above the unit cost of €140.00: ask at higher prices.",
        ),
    ],
)
def test_where_nothing_is_earned_it_is_said_why(worth: float, unit_cost: float, sentence: str) -> None:
    result = estimate_gabor_granger(ask(np.full(30, worth), PRICES), unit_cost=unit_cost, n_boot=50)
    assert not result.headline.answered
    assert str(result.headline).startswith(sentence)
    assert math.isnan(best(result, "profit")["price"])
    assert not result.table["share"].isna().any()


# Properties


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


# Demand for other analyses


def test_demand_is_a_straight_line_between_asked_prices_and_unknown_outside() -> None:
    result = estimate_gabor_granger(ask(draw_worth(100, seed=12), PRICES), n_boot=30)
    assert result.prices_asked.tolist() == PRICES.tolist()
    shares, draws = result.demand_at(np.array([50.0, 60, 65, 140, 141]))
    table = result.table["share"].to_numpy()
    assert shares[1:4] == pytest.approx([table[0], (table[0] + table[1]) / 2, table[-1]])
    assert np.isnan(shares[[0, 4]]).all()
    assert draws.shape == (30, 5)
    assert draws[:, 2] == pytest.approx(result.draws[[60.0, 70.0]].mean(axis=1).to_numpy())
    assert np.isnan(draws[:, [0, 4]]).all()
    for prices in ("abc", [[60.0]], {"price": 60}):
        with pytest.raises(ParameterError, match="give numbers in a row, money per unit"):
            result.demand_at(prices)  # type: ignore[arg-type]


# Few people, groups and messages


def test_too_few_people_show_nobody_s_answers() -> None:
    result = estimate_gabor_granger(ask(draw_worth(9, seed=13), PRICES), unit_cost=40)
    assert str(result.headline) == (
        "Not enough data: 9 people answered the price ladder, and at least 10 are needed for shares that show no "
        "single person."
    )
    assert result.table.drop(columns=["price", "n"]).isna().all(axis=None)
    assert result.best.drop(columns=["what", "at_the_edge"]).isna().all(axis=None)
    assert result.draws.isna().all(axis=None)
    assert result.headline.draws is None
    with pytest.raises(DataError, match=r"^Not enough data: 9 people"):
        result.demand_at(PRICES)
    one = estimate_gabor_granger(ask(np.array([100.0]), PRICES), smallest_group=1)
    assert str(one.headline).startswith("Not enough data: one person answered the price ladder, and at least 5")
    assert estimate_gabor_granger(ask(draw_worth(9, seed=13), PRICES), smallest_group=9, n_boot=20).headline.answered


def test_a_price_that_few_were_asked_about_is_left_out() -> None:
    answers = ask(draw_worth(60, seed=14), PRICES[:5])
    more = ask(np.array([145.0] * 4), np.array([130.0, 140]), first=60)
    result = estimate_gabor_granger(pd.concat([answers, more]), n_boot=20)
    known = result.table.set_index("price")["n"]
    assert (known >= 10).all()
    assert known[60] == 64
    few = ask(draw_worth(60, seed=14) * 0 + 200, PRICES[:5])
    left_out = estimate_gabor_granger(pd.concat([few, more]), n_boot=20)
    assert left_out.prices_asked.max() == 100
    assert any(
        note.startswith("2 prices from €130.00 to €140.00 at which the answers of fewer than 10 people are known are")
        for note in left_out.notes
    )


def test_one_price_leaves_nothing_to_choose() -> None:
    result = estimate_gabor_granger(ask(draw_worth(40, seed=15), np.array([100.0])), n_boot=20)
    assert not result.headline.answered
    assert "only one price, €100.00, was put to enough people" in str(result.headline)
    assert 0 < result.table["share"].item() < 1


def test_prices_scattered_over_people_are_not_enough() -> None:
    answers = ask(draw_worth(12, seed=16), [np.array([60.0 + 5 * person]) for person in range(12)])
    result = estimate_gabor_granger(answers, smallest_group=12, n_boot=20)
    assert str(result.headline).startswith("Not enough data: at none of the prices asked are the answers of 12 people")
    assert result.table["share"].isna().all()


def test_few_people_get_a_caveat_and_words_are_taken_with_salt() -> None:
    notes = estimate_gabor_granger(ask(draw_worth(20, seed=17), PRICES), n_boot=20).notes
    assert any(note.startswith("20 people are few") for note in notes)
    assert notes[-1].startswith("People said what they would do, and say yes more often than they buy")


def halves(n: int, **arguments: Any) -> Partition:
    labels = pd.Series(
        ["thrifty", "generous"] * (n // 2), index=[f"r{person}" for person in range(n)], dtype="category"
    )
    return Partition(labels=labels, scheme="halves", **arguments)


def test_groups_are_asked_alone_and_everybody_stays_the_same() -> None:
    worth = draw_worth(100, seed=18) * np.tile([0.8, 1.2], 50)
    answers = ask(worth, PRICES)
    result = estimate_gabor_granger(answers, unit_cost=40, n_boot=50, by=halves(100))
    pd.testing.assert_frame_equal(result.table, estimate_gabor_granger(answers, unit_cost=40, n_boot=50).table)
    assert result.groups is not None
    thrifty = estimate_gabor_granger(
        answers[answers["respondent_id"].str[1:].astype(int) % 2 == 0], unit_cost=40, n_boot=50
    )
    pd.testing.assert_frame_equal(result.groups.results["thrifty"].table, thrifty.table)
    assert list(result.groups.table.columns[:4]) == ["group", "n", "price", "share"]
    assert result.groups.table["n"].tolist() == [50] * 18
    assert result.groups.results["generous"].headline.value > result.groups.results["thrifty"].headline.value


def test_sensitive_groups_are_refused_unless_allowed() -> None:
    answers = ask(draw_worth(40, seed=19), PRICES)
    by = halves(40, made_from=("age",), sensitive=("age",))
    with pytest.raises(
        ParameterError, match="made from age, marked as sensitive: prices do not follow these by default"
    ):
        estimate_gabor_granger(answers, by=by, n_boot=10)
    assert estimate_gabor_granger(answers, by=by, n_boot=10, allow_sensitive=True).groups is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"would_buy": "maybe"},
            "price_ladder: would_buy is neither yes nor no in 180 rows, such as 'maybe'. Write yes",
        ),
        ({"would_buy": 2}, "price_ladder: would_buy is neither yes nor no in 180 rows, such as '2'"),
        ({"would_buy": None}, "price_ladder: would_buy is empty in all 180 rows. Fill in yes or no"),
        ({"price": 0.0}, "price_ladder: price is not above 0 in 180 rows. Correct or drop them"),
        ({"price": "ten"}, "price_ladder: price is not numeric"),
        ({"price": np.nan}, "price_ladder: price has 180 missing values"),
        ({"weight": -1.0}, "price_ladder, column weight: 180 weights are not above 0"),
        (
            {"weight": np.arange(1.0, 181)},
            "price_ladder: 20 people have rows of different weight. Give each person one",
        ),
        ({"respondent_id": None}, "price_ladder: respondent_id is empty in 180 rows. Say who answered"),
        (
            {"price": -1.0, "would_buy": "perhaps"},
            "price_ladder: price is not above 0 in 180 rows. Correct or drop them; would_buy is neither yes nor no",
        ),
    ],
)
def test_bad_data_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match="^" + message):
        estimate_gabor_granger(ask(draw_worth(20, seed=20), PRICES).assign(**change))


def test_all_that_is_wrong_with_the_columns_comes_in_one_message() -> None:
    answers = ask(draw_worth(20, seed=20), PRICES).drop(columns="respondent_id")
    answers = answers.assign(price="ten", would_buy="perhaps", weight=0.0)
    with pytest.raises(DataError) as raised:
        estimate_gabor_granger(answers)
    first, *problems = str(raised.value).split("\n  ")
    assert first == "price_ladder cannot be used: 4 problems"
    beginnings = [
        "price_ladder lacks column respondent_id: it has price, would_buy, weight",
        "price_ladder: price is not numeric.",
        "price_ladder: would_buy is neither yes nor no in 180 rows, such as 'perhaps'.",
        "price_ladder, column weight: 180 weights are not above 0.",
    ]
    assert [problem.startswith(text) for problem, text in zip(problems, beginnings, strict=True)] == [True] * 4
    for bad in (None, [1], "x"):
        with pytest.raises(DataError, match=r"price_ladder is a .*: give a pandas DataFrame"):
            estimate_gabor_granger(bad)  # type: ignore[arg-type]


def test_where_yes_and_no_changed_places_no_price_is_named() -> None:
    answers = ask(draw_worth(120, seed=24), PRICES)
    swapped = answers.assign(would_buy=answers["would_buy"].map({"yes": "no", "no": "yes"}))
    both = answers.groupby("respondent_id")["would_buy"].nunique().eq(2).sum()
    result = estimate_gabor_granger(swapped, unit_cost=40, n_boot=20)
    assert not result.headline.answered
    assert str(result.headline) == (
        f"The answers contradict themselves: {both} of the {both} people who said both yes and no said no at or below "
        "a price that they said yes to. Check whether yes and no are the right way round, and the prices in the right "
        "rows."
    )
    assert result.n_contradicting == both > 80
    assert result.table["share"].isna().all()
    assert result.best["price"].isna().all()
    assert not any("is carried down" in note for note in result.notes)
    with pytest.raises(DataError, match="The answers contradict themselves"):
        result.demand_at(np.array([90.0]))


@pytest.mark.parametrize(("swapped", "answered"), [(50, True), (51, False)])
def test_half_of_those_who_said_both_may_contradict_themselves(swapped: int, answered: bool) -> None:
    answers = ask(np.full(100, 95.0), PRICES)
    odd = answers["respondent_id"].str[1:].astype(int) < swapped
    answers.loc[odd, "would_buy"] = answers.loc[odd, "would_buy"].map({"yes": "no", "no": "yes"})
    assert estimate_gabor_granger(answers, n_boot=20).headline.answered == answered


def test_a_few_slips_among_few_who_said_both_are_carried_down() -> None:
    answers = ask(np.array([10.0] * 20 + [200.0] * 20 + [95.0]), PRICES)
    answers.loc[(answers["respondent_id"] == "r40") & (answers["price"] == 60), "would_buy"] = "no"
    result = estimate_gabor_granger(answers, n_boot=20)
    assert result.n_contradicting == 1
    assert result.headline.answered


def test_missing_columns_are_named_together() -> None:
    answers = ask(draw_worth(20, seed=21), PRICES)
    with pytest.raises(DataError, match="price_ladder lacks columns respondent_id, would_buy"):
        estimate_gabor_granger(answers[["price"]])
    with pytest.raises(DataError, match="price_ladder lacks column importance"):
        estimate_gabor_granger(answers, weights="importance")
    with pytest.raises(DataError, match="price_ladder has no rows"):
        estimate_gabor_granger(answers.head(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit_cost": -1}, "unit_cost is -1: give a number 0 or more"),
        ({"level": 95}, "level is 95: give a share between 0 and 1"),
        ({"n_boot": 1}, "n_boot is 1: give a whole number of at least 2"),
        ({"seed": -1}, "seed is -1: give a whole number of at least 0"),
        ({"seed": "x"}, "seed is 'x': give a whole number of at least 0"),
        ({"weights": 7}, "weights is 7: give the name of a column"),
        ({"by": "region"}, "by is 'region': give a Partition of the people"),
        ({"by": pd.Series(["a"])}, "by is a Series: give a Partition of the people"),
        ({"smallest_group": 0}, "smallest_group is 0: give a whole number"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + message):
        estimate_gabor_granger(ask(draw_worth(20, seed=22), PRICES), **arguments)


@pytest.mark.parametrize("design", ["whole", "subsets"])
def test_a_thousand_bootstraps_of_a_thousand_people_are_fast(design: str) -> None:
    random = np.random.default_rng(23)
    asked = [PRICES if design == "whole" else np.sort(random.choice(PRICES, 3, replace=False)) for _ in range(1000)]
    answers = ask(draw_worth(1000, seed=23), asked)
    answers["weight"] = random.uniform(0.5, 2, 1000)[answers["respondent_id"].str[1:].astype(int)]
    spent = []
    for _ in range(3):
        start = time.process_time()
        estimate_gabor_granger(answers, n_boot=1000, unit_cost=40)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.3
