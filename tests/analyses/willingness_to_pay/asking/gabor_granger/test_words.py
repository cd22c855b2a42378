"""Gabor–Granger as demand, with few people, by group, and with bad input."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.asking.gabor_granger.cases import PRICES, ask, draw_worth

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
