"""What contingent valuation says: headlines, notes, and what is wrong with the input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import estimate_contingent_valuation
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.asking.contingent_valuation.cases import ask

# What it says


def test_the_headline_says_the_median(exxon: pd.DataFrame) -> None:
    result = estimate_contingent_valuation(exxon)
    assert str(result.headline) == (
        f"Half of the people would pay €30.43 or more (95% interval €{result.headline.low:.2f} to "
        f"€{result.headline.high:.2f}, 1,043 people)."
    )
    assert result.headline.draws is not None
    assert np.quantile(result.headline.draws, 0.025) == pytest.approx(result.headline.low)


def test_notes_say_what_the_answers_do_not_show(exxon: pd.DataFrame) -> None:
    notes = estimate_contingent_valuation(exxon).notes
    assert notes[0].startswith("All were asked a second price")
    assert notes[1].startswith("The first answers alone give a median of €41.66, outside the interval")
    assert notes[2].startswith("The mean is infinite: with a coefficient of −0.81, not below −1, the log-logistic")
    assert notes[3] == "The truncated mean ends at the largest bid, €250.00, which 15.2% would still pay."
    assert notes[4] == (
        "With the other distributions the median is €28.94 to €45.52 and the truncated mean €65.43 to €73.56; weibull "
        "fits better, by 44.7 in AIC."
    )
    assert "compare it with sales" in notes[5]
    linear = estimate_contingent_valuation(exxon, distribution="normal").notes
    assert any("The normal distribution lets 33.9% of people value the offer below nothing" in note for note in linear)
    assert not any("infinite" in note for note in linear)


def test_an_unsteady_slope_leaves_the_answer_open() -> None:
    random = np.random.default_rng(21)
    bid = random.choice([5.0, 6.0, 7.0], 120)
    answers = pd.DataFrame({"bid": bid, "answer": random.uniform(size=120) < 0.85 - 0.01 * bid})
    result = estimate_contingent_valuation(answers)
    assert "draws are left out" in result.notes[0]
    assert "reaches 0, or too many draws are left out: what people would pay could be anything" in result.notes[1]
    assert len(result.notes) == 3
    assert len(result.draws) < 1000
    assert (result.draws["log bid"] < 0).all()
    assert not result.headline.answered
    assert result.headline.draws is None
    assert str(result.headline) == (
        "Not enough data: the answers of 120 people do not settle what they would pay, since higher bids may have been "
        "refused more often by chance alone. Ask 480 people or more, at bids further apart."
    )
    assert result.table[["price", "low", "high"]].isna().all(axis=None)
    assert result.sensitivity[["median", "mean", "truncated_mean"]].isna().all(axis=None)
    assert result.sensitivity["aic"].notna().all()
    assert result.parameters.notna().all(axis=None)
    with pytest.raises(DataError, match="do not settle what they would pay"):
        result.demand_at(np.array([5.0]))


def test_a_median_beyond_the_bids_is_noted() -> None:
    answers = ask(300, seed=21, twice=0, median=80.0)
    result = estimate_contingent_valuation(answers)
    assert result.median > 60
    assert "The median lies outside the bids asked (€8.00 to €" in " ".join(result.notes)
    assert result.headline.answered


@pytest.mark.parametrize("interval", ["krinsky-robb", "bootstrap"])
def test_many_dropped_draws_leave_the_answer_open_at_any_level(interval: str) -> None:
    bid = np.repeat([5.0, 6.0, 7.0], 40)
    answers = pd.DataFrame({"bid": bid, "answer": np.tile(np.arange(40), 3) < np.repeat([28, 26, 24], 40)})
    result = estimate_contingent_valuation(answers, interval=interval, n_boot=200, level=0.5)
    low, high = result.parameters.loc[1, ["low", "high"]]
    assert low < high < 0  # at half the coverage the interval of the slope does not reach 0
    assert 0.1 < 1 - len(result.draws) / 200 < 0.5
    assert not result.headline.answered


def test_acceptance_that_rises_with_the_bid_has_no_worth() -> None:
    bid = np.repeat([5.0, 10.0, 20.0], 30)
    answers = pd.DataFrame({"bid": bid, "answer": np.tile(np.arange(30), 3) < np.repeat([10, 15, 22], 30)})
    result = estimate_contingent_valuation(answers)
    assert result.parameters.loc[1, "estimate"] > 0
    assert result.table[["price", "low", "high"]].isna().all(axis=None)
    assert math.isnan(result.median)
    assert not result.headline.answered
    assert str(result.headline) == (
        "The answers of 90 people do not show what they would pay: a higher bid was accepted no less often than a "
        "lower one."
    )
    assert "not below 0: higher bids were accepted no less often, so willingness to pay is undefined" in result.notes[0]
    with pytest.raises(DataError, match="do not show what they would pay"):
        result.demand_at(np.array([10.0]))
    # Without a distribution the bids pool to one share.
    assert np.ptp(result.turnbull.table["share"]) == pytest.approx(0)


@pytest.mark.parametrize("n", [1, 9])
def test_too_few_people_show_nobody(n: int) -> None:
    result = estimate_contingent_valuation(ask(n, seed=22))
    people = "one person" if n == 1 else "9 people"
    assert str(result.headline) == (
        f"Not enough data: {people} answered, and at least 10 are needed for a result that shows no single person; "
        "about 384 would bring the interval of the median to within 10.0% of it."
    )
    numbers = [
        result.parameters.drop(columns="parameter"),
        result.table.drop(columns="measure"),
        result.sensitivity.drop(columns="distribution"),
        result.turnbull.table.drop(columns="price"),
        result.turnbull.worth.drop(columns="measure"),
        result.kristrom.table.drop(columns="price"),
        result.kristrom.worth.drop(columns="measure"),
    ]
    assert all(table.isna().all(axis=None) for table in numbers)
    assert result.observed.empty
    assert result.draws.empty
    assert result.headline.draws is None
    assert math.isnan(result.log_likelihood)
    assert not any("€" in note for note in result.notes)
    with pytest.raises(DataError, match="Not enough data"):
        result.demand_at(np.array([10.0]))


def test_few_people_are_noted() -> None:
    few, enough = (estimate_contingent_valuation(ask(n, seed=34), n_boot=20).notes for n in (49, 50))
    note = "49 people are few: the intervals are likely too short below 50."
    assert note in few
    assert not any("are few" in other for other in enough)


def test_people_count_and_not_their_rows() -> None:
    rows = ask(30, seed=23).assign(respondent_id=np.arange(30) // 4)
    assert estimate_contingent_valuation(rows).n_respondents == 8
    assert not estimate_contingent_valuation(rows).headline.answered


def test_observed_shares_never_show_fewer_people_than_a_group_may_have() -> None:
    random = np.random.default_rng(24)
    bid = random.uniform(5, 50, 64)
    observed = estimate_contingent_valuation(
        pd.DataFrame({"bid": bid, "answer": random.uniform(5, 50, 64) > bid}), smallest_group=10, n_boot=10
    ).observed
    assert (observed["n"] >= 10).all()
    assert observed["n"].sum() == 64
    assert observed["bid"].is_monotonic_increasing
    assert observed["share"].between(observed["low"], observed["high"]).all()


def test_observed_shares_are_those_of_each_bid(exxon: pd.DataFrame) -> None:
    observed = estimate_contingent_valuation(exxon, n_boot=10).observed
    yes = (exxon["answer"] == "yes").groupby(exxon["bid"]).mean()
    assert observed["bid"].tolist() == yes.index.tolist()
    assert observed["share"].to_numpy() == pytest.approx(yes.to_numpy())
    assert observed["n"].tolist() == [264, 267, 255, 257]


# Messages


def test_all_problems_of_the_rows_come_in_one_message() -> None:
    answers = ask(40, seed=25, twice=1).assign(weight=1.0)
    answers["answer"] = answers["answer"].astype(object)
    answers["answer"] = answers["answer"].map({True: "yes", False: "no"})
    second = answers["second_answer"].map({True: "yes", False: "no"}).astype(object)
    answers["second_answer"] = second
    yes, no = (answers.index[answers["answer"] == word] for word in ("yes", "no"))
    answers.loc[yes[0], "bid_up"] = 1.0
    answers.loc[yes[1], "bid_up"] = np.nan
    answers.loc[no[0], "bid_down"] = 99.0
    answers.loc[no[1], "bid_down"] = np.nan
    answers.loc[[no[2], no[3]], "bid"] = [0.0, np.nan]
    answers.loc[[yes[2], yes[3]], "answer"] = ["perhaps", None]
    answers.loc[yes[4], "second_answer"] = "maybe"
    answers.loc[yes[5], "weight"] = 0.0
    answers.loc[yes[6], "age"] = np.nan
    with pytest.raises(DataError) as raised:
        estimate_contingent_valuation(answers, covariates="age")
    message = str(raised.value)
    for column, row, rule in [
        ("answer", yes[2], "is not yes or no. Remedy: write yes or no"),
        ("answer", yes[3], "is missing. Remedy: drop these rows"),
        ("second_answer", yes[4], "is not yes or no"),
        ("bid", no[3], "is missing"),
        ("bid", no[2], "is not above 0, and log-logistic takes its logarithm"),
        ("bid_up", yes[0], "is not above the first bid"),
        ("second_answer", yes[1], "has no bid_up beside it. Remedy: add the bid that was asked"),
        ("second_answer", no[1], "has no bid_down beside it"),
        ("weight", yes[5], "is not above 0"),
        ("age", yes[6], "is missing"),
    ]:
        assert f"error: contingent_valuation, column {column}, row {row + 1}: {rule}" in message
    assert f"column bid_down, rows {', '.join(map(str, sorted([no[0] + 1, no[2] + 1])))}: is not below" in message
    assert len(raised.value.problems) == 11


def test_a_bid_of_nothing_suits_the_linear_distributions() -> None:
    answers = ask(200, seed=26, twice=0)
    answers.loc[:40, "bid"] = 0.0
    answers.loc[:40, "answer"] = True
    with pytest.raises(DataError, match="give distribution='logistic' or 'normal', which allow bids of 0"):
        estimate_contingent_valuation(answers)
    result = estimate_contingent_valuation(answers, distribution="logistic")
    lines = result.sensitivity.set_index("distribution")["median"]
    assert lines[["log-logistic", "log-normal", "weibull"]].isna().all()
    assert lines[["logistic", "normal"]].notna().all()
    assert result.kristrom.table["price"].iloc[0] == 0
    answers.loc[0, "bid"] = -1.0
    with pytest.raises(DataError, match="column bid, row 1: is below 0"):
        estimate_contingent_valuation(answers, distribution="logistic")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (True, r"everybody says yes to every bid, up to €36.00.* Ask again with higher bids"),
        (False, r"everybody says no to every bid, down to €8.00.* Ask again with lower bids"),
    ],
)
def test_unanimous_answers_have_no_finite_estimate(answer: bool, message: str) -> None:
    with pytest.raises(DataError, match=message):
        estimate_contingent_valuation(ask(60, seed=27, twice=0).assign(answer=answer))


def test_one_bid_says_nothing_about_others() -> None:
    with pytest.raises(DataError, match=r"has one bid only, €10\.00, .* Put at least two different bids"):
        estimate_contingent_valuation(pd.DataFrame({"bid": 10.0, "answer": ["yes", "no"] * 20}))


def test_a_bid_that_parts_yes_from_no_has_no_finite_estimate() -> None:
    bid = np.repeat([5.0, 10.0, 20.0], 10)
    with pytest.raises(DataError, match=r"nobody says no below €20\.00 and nobody says yes above €10\.00"):
        estimate_contingent_valuation(pd.DataFrame({"bid": bid, "answer": bid < 15}))
    mixed = np.where(bid == 10, np.arange(30) % 2 == 0, bid < 10)
    with pytest.raises(DataError, match=r"nobody says no below €10\.00 and nobody says yes above €10\.00"):
        estimate_contingent_valuation(pd.DataFrame({"bid": bid, "answer": mixed}))
    with pytest.raises(DataError, match=r"bid parts those who say yes from those who say no"):
        estimate_contingent_valuation(pd.DataFrame({"bid": bid, "answer": bid > 15}))


def test_a_covariate_that_parts_yes_from_no_is_named() -> None:
    answers = ask(80, seed=28, twice=0)
    answers["fan"] = answers["answer"] & (np.arange(80) % 2 == 0)
    with pytest.raises(DataError, match=r"fan: True parts those who say yes .* Merge levels, drop a covariate"):
        estimate_contingent_valuation(answers.assign(fan=answers["fan"].astype(str)), covariates="age + fan")


def test_covariates_that_say_the_same_or_nothing_are_named() -> None:
    answers = ask(80, seed=29).assign(months=lambda rows: 12 * rows["age"], one=1.0)
    with pytest.raises(DataError, match=r"covariates age, months are collinear.* Drop one of them"):
        estimate_contingent_valuation(answers, covariates="age + months")
    with pytest.raises(DataError, match=r"covariate one is the same for everybody\. Drop it"):
        estimate_contingent_valuation(answers, covariates="one + region")


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        ("age +", "give the right-hand side of a formula, such as"),
        ("answer ~ age", "give the right-hand side of a formula, such as"),
        ("age + bid", "with bid in it: these are the question and its answer"),
        ("0 + age", "leave the constant in, drop the 0 or the -1"),
        ("age - 1", "leave the constant in, drop the 0 or the -1"),
        (7, "covariates is 7: give the right-hand side of a formula, such as"),
        ("log(region)", "which cannot be computed from contingent_valuation"),
    ],
)
def test_formulas_that_cannot_be_used_are_refused(covariates: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        estimate_contingent_valuation(ask(40, seed=30), covariates=covariates)


def test_covariates_need_their_columns_and_finite_values() -> None:
    with pytest.raises(DataError, match="lacks column income"):
        estimate_contingent_valuation(ask(40, seed=31), covariates="income")
    answers = ask(40, seed=31)
    answers.loc[0, "age"] = np.inf
    with pytest.raises(DataError, match="infinite or missing values"):
        estimate_contingent_valuation(answers, covariates="age")


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("distribution", "gamma", "distribution is 'gamma': give one of 'log-logistic'"),
        ("interval", "delta", "interval is 'delta': give one of 'krinsky-robb', 'bootstrap'"),
        ("level", 95, "level is 95"),
        ("n_boot", 1, "n_boot is 1: give a whole number of at least 2"),
        ("smallest_group", 0, "smallest_group is 0"),
        ("seed", -1, "seed is -1: give a whole number of at least 0"),
        ("seed", "x", "seed is 'x': give a whole number of at least 0"),
        ("weights", 7, "weights is 7: give the name of a column"),
        ("by", "region", "by is 'region': give a Partition of the people"),
        ("by", pd.Series(["a", "b"]), "by is a Series: give a Partition of the people"),
    ],
)
def test_arguments_outside_what_they_may_be(argument: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        estimate_contingent_valuation(ask(40, seed=32), **{argument: value})


@pytest.mark.parametrize("answers", [None, [1], "x"])
def test_answers_are_a_table(answers: Any) -> None:
    with pytest.raises(DataError, match=f"contingent_valuation is a {type(answers).__name__}: give a pandas DataFrame"):
        estimate_contingent_valuation(answers)


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_bids_that_are_no_amounts_of_money_are_named(factor: float) -> None:
    answers = ask(40, seed=33, twice=1)
    scaled = answers.assign(**{name: answers[name] * factor for name in ("bid", "bid_up", "bid_down")})
    with pytest.raises(
        DataError, match=r"column bid_down, rows .* is too close to 0, or too large, for an amount of mo"
    ):
        estimate_contingent_valuation(scaled)


def test_columns_must_be_there_and_numeric() -> None:
    with pytest.raises(DataError, match="lacks column answer"):
        estimate_contingent_valuation(ask(40, seed=33).drop(columns="answer"))
    with pytest.raises(DataError, match="bid is not numeric"):
        estimate_contingent_valuation(ask(40, seed=33).astype({"bid": str}))
    with pytest.raises(DataError, match="lacks column importance"):
        estimate_contingent_valuation(ask(40, seed=33), weights="importance")
    with pytest.raises(DataError, match="column respondent_id, row 2: is missing"):
        estimate_contingent_valuation(ask(40, seed=33).assign(respondent_id=[0, None, *range(38)]))
