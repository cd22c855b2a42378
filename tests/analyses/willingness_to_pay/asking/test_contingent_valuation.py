"""Contingent valuation: published numbers, an independent likelihood, other libraries, properties and calibration."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import ContingentValuation, estimate_contingent_valuation, estimate_demand
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import DISTRIBUTIONS
from cvlab.errors import DataError, ParameterError

NAMES = tuple(DISTRIBUTIONS)


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/contingent_valuation.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def exxon(golden: dict[str, Any]) -> pd.DataFrame:
    said = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")]
    rows = [
        {"bid": bid, "bid_up": up, "bid_down": down, "answer": answer, "second_answer": second}
        for bid, up, down, *counts in golden["exxon_valdez"]["counts"]
        for (answer, second), count in zip(said, counts, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows)


def ask(n: int, *, seed: int, twice: float = 0.5, slope: float = 2.0, median: float = 20.0) -> pd.DataFrame:
    """Ask people whose willingness to pay is log-logistic; a share of them a second time."""
    random = np.random.default_rng(seed)
    worth = median * np.exp(random.logistic(size=n) / slope)
    bid = random.choice([8.0, 14.0, 22.0, 36.0], n)
    answers = pd.DataFrame({"bid": bid, "answer": worth >= bid, "bid_up": 1.6 * bid, "bid_down": 0.6 * bid})
    again = np.where(answers["answer"], worth >= answers["bid_up"], worth >= answers["bid_down"])
    asked = random.uniform(size=n) < twice
    answers["second_answer"] = pd.array(again, dtype="boolean")
    answers.loc[~asked, "second_answer"] = pd.NA
    return answers.assign(age=random.normal(45, 12, n), region=random.choice(["north", "south"], n))


def frozen(name: str, constant: float, bid: float) -> Any:
    """Willingness to pay as a distribution of SciPy's, by its own parameters."""
    if name == "log-logistic":
        return stats.fisk(-bid, scale=np.exp(-constant / bid))
    if name == "log-normal":
        return stats.lognorm(-1 / bid, scale=np.exp(-constant / bid))
    if name == "weibull":
        return stats.weibull_min(-bid, scale=np.exp(-constant / bid))
    return {"logistic": stats.logistic, "normal": stats.norm}[name](-constant / bid, -1 / bid)


def log_likelihood(answers: pd.DataFrame, name: str, coefficients: np.ndarray) -> float:
    """Answer by answer, as Hanemann, Loomis & Kanninen (1991) write it: P(yes yes) = S(up), P(yes no) = S - S(up) …"""
    survival = frozen(name, *coefficients).sf
    total = 0.0
    for row in answers.itertuples():
        at_bid, at_up, at_down = (float(survival(price)) for price in (row.bid, row.bid_up, row.bid_down))
        if pd.isna(row.second_answer):
            probability = at_bid if row.answer else 1 - at_bid
        elif row.answer:
            probability = at_up if row.second_answer else at_bid - at_up
        else:
            probability = at_down - at_bid if row.second_answer else 1 - at_down
        total += math.log(probability)
    return total


# Truth


def test_exxon_valdez(exxon: pd.DataFrame, golden: dict[str, Any]) -> None:
    truth = golden["exxon_valdez"]
    result = estimate_contingent_valuation(exxon)
    found = dict(zip(result.parameters["parameter"], result.parameters["estimate"], strict=True))
    assert found["constant"] == pytest.approx(truth["constant"], abs=truth["tolerance"])
    assert found["log bid"] == pytest.approx(truth["log_bid"], abs=truth["tolerance"])
    assert result.log_likelihood == pytest.approx(truth["log_likelihood"], abs=truth["log_likelihood_tolerance"])
    assert result.median == pytest.approx(truth["median"], abs=truth["tolerance"])
    assert result.headline.n == len(exxon) == 1043
    assert result.headline.low < result.median < result.headline.high
    assert math.isinf(result.mean)
    assert result.prices_asked.tolist() == [5, 10, 30, 60, 120, 250]
    assert list(result.parameters.columns) == ["parameter", "estimate", "std_error", "low", "high"]
    assert list(result.table["measure"]) == ["median", "mean", "truncated mean", "adjusted truncated mean"]


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_maximises_an_independent_statement_of_the_likelihood(name: str) -> None:
    answers = ask(120, seed=1)
    result = estimate_contingent_valuation(answers, distribution=name)
    estimate = result.parameters["estimate"].to_numpy()
    assert log_likelihood(answers, name, estimate) == pytest.approx(result.log_likelihood, abs=1e-8)
    elsewhere = optimize.minimize(
        lambda at: -log_likelihood(answers, name, at), estimate * (1.05, 0.95), method="Nelder-Mead", tol=1e-7
    )
    assert -elsewhere.fun == pytest.approx(result.log_likelihood, abs=1e-6)
    assert elsewhere.x == pytest.approx(estimate, rel=1e-3)


@pytest.mark.parametrize(("name", "peer"), [("log-logistic", sm.Logit), ("log-normal", sm.Probit)])
def test_one_question_is_a_binary_regression(name: str, peer: Callable[..., Any]) -> None:
    answers = ask(300, seed=2, twice=0)
    exogenous = pd.DataFrame(
        {
            "constant": 1.0,
            "age": answers["age"],
            "south": (answers["region"] == "south").astype(float),
            "bid": np.log(answers["bid"]),
        }
    )
    fitted = peer(answers["answer"].astype(float), exogenous).fit(disp=False)
    result = estimate_contingent_valuation(answers, distribution=name, covariates="age + region")
    assert result.parameters["parameter"].tolist() == ["constant", "age", "region: south", "log bid"]
    assert result.parameters["estimate"].to_numpy() == pytest.approx(fitted.params.to_numpy(), rel=1e-5)
    assert result.parameters["std_error"].to_numpy() == pytest.approx(fitted.bse.to_numpy(), rel=1e-4)
    assert result.log_likelihood == pytest.approx(fitted.llf, abs=1e-8)
    aic = result.sensitivity.set_index("distribution").loc[name, "aic"]
    assert aic == pytest.approx(fitted.aic)


def test_clustered_standard_errors_are_the_sandwich_of_statsmodels() -> None:
    answers = ask(200, seed=3, twice=0).assign(respondent_id=np.arange(200) // 2)
    exogenous = sm.add_constant(np.log(answers["bid"]))
    fitted = sm.Logit(answers["answer"].astype(float), exogenous).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": answers["respondent_id"], "use_correction": False}
    )
    result = estimate_contingent_valuation(answers)
    assert result.n_respondents == 100
    corrected = fitted.bse.to_numpy() * math.sqrt(100 / 99)
    assert result.parameters["std_error"].to_numpy() == pytest.approx(corrected, rel=1e-4)


def test_the_sensitivity_lines_are_the_results_of_each_distribution() -> None:
    answers = ask(200, seed=4)
    lines = estimate_contingent_valuation(answers).sensitivity.set_index("distribution")
    assert tuple(lines.index) == NAMES
    for name in NAMES:
        alone = estimate_contingent_valuation(answers, distribution=name)
        assert lines.loc[name, "log_likelihood"] == pytest.approx(alone.log_likelihood)
        assert lines.loc[name, "aic"] == pytest.approx(4 - 2 * alone.log_likelihood)
        found = lines.loc[name, ["median", "mean", "truncated_mean"]].to_numpy(dtype=float)
        assert found == pytest.approx([alone.median, alone.mean, alone.truncated_mean])


# Properties


@given(factor=st.floats(0.01, 1000), name=st.sampled_from(NAMES), seed=st.integers(0, 20))
@settings(max_examples=12, deadline=None)
def test_worths_scale_with_prices(factor: float, name: str, seed: int) -> None:
    answers = ask(150, seed=seed)
    bids = ["bid", "bid_up", "bid_down"]
    once = estimate_contingent_valuation(answers, distribution=name, n_boot=50)
    scaled = estimate_contingent_valuation(answers.assign(**answers[bids] * factor), distribution=name, n_boot=50)
    assert scaled.table["price"].to_numpy() == pytest.approx(once.table["price"].to_numpy() * factor, rel=1e-6)
    assert scaled.log_likelihood == pytest.approx(once.log_likelihood)
    for measures in ("turnbull", "kristrom"):
        before, after = (getattr(result, measures).worth["price"].to_numpy() for result in (once, scaled))
        assert after == pytest.approx(before * factor, rel=1e-6)


def test_input_is_not_changed_and_order_does_not_matter() -> None:
    answers = ask(100, seed=5)
    before = answers.copy(deep=True)
    result = estimate_contingent_valuation(answers, interval="bootstrap", n_boot=50)
    pd.testing.assert_frame_equal(answers, before)
    shuffled = estimate_contingent_valuation(answers.sample(frac=1, random_state=1), interval="bootstrap", n_boot=50)
    pd.testing.assert_frame_equal(shuffled.table, result.table)


def test_weights_count_as_that_many_answers_and_their_scale_is_irrelevant() -> None:
    answers = ask(120, seed=6)
    weight = np.arange(120) % 3 + 1
    weighted = estimate_contingent_valuation(answers.assign(importance=weight), weights="importance")
    repeated = estimate_contingent_valuation(answers.loc[np.repeat(answers.index, weight)])
    assert weighted.table["price"].to_numpy() == pytest.approx(repeated.table["price"].to_numpy(), rel=1e-6)
    assert weighted.turnbull.table["share"].to_numpy() == pytest.approx(repeated.turnbull.table["share"], abs=1e-5)
    assert weighted.n_respondents == 120
    assert weighted.parameters.loc[1, "std_error"] > 1.2 * repeated.parameters.loc[1, "std_error"]
    twice = estimate_contingent_valuation(answers.assign(weight=2 * weight))
    pd.testing.assert_frame_equal(twice.table, weighted.table)
    assert any(note.startswith("Weighted: 120 answers carry the information of") for note in twice.notes)
    pd.testing.assert_frame_equal(
        estimate_contingent_valuation(answers.assign(weight=2.0)).table, estimate_contingent_valuation(answers).table
    )


def test_rows_of_one_person_are_drawn_together() -> None:
    answers = ask(80, seed=7).assign(respondent_id=[f"r{number}" for number in range(80)])
    once = estimate_contingent_valuation(answers, interval="bootstrap", n_boot=400)
    twice = pd.concat([answers, answers])
    for rows in (twice, twice.set_index("respondent_id")):
        result = estimate_contingent_valuation(rows, interval="bootstrap", n_boot=400)
        assert result.n_respondents == 80
        assert result.median == pytest.approx(once.median)
        # Draws differ, for patterns of people are drawn in another order, but not in how far they spread.
        assert result.parameters["std_error"].to_numpy() == pytest.approx(
            once.parameters["std_error"].to_numpy(), rel=0.2
        )
    apart = estimate_contingent_valuation(twice.drop(columns="respondent_id"), interval="bootstrap", n_boot=400)
    assert (apart.parameters["std_error"] < 0.85 * once.parameters["std_error"]).all()


def test_both_intervals_agree_with_many_people() -> None:
    answers = ask(2000, seed=8)
    widths = [
        float(row["high"] - row["low"])
        for interval in ("krinsky-robb", "bootstrap")
        for _, row in estimate_contingent_valuation(answers, interval=interval).table.head(1).iterrows()
    ]
    assert widths[0] == pytest.approx(widths[1], rel=0.12)


def test_seed_fixes_the_draws() -> None:
    answers = ask(80, seed=9)
    for interval in ("krinsky-robb", "bootstrap"):
        first, again, other = (
            estimate_contingent_valuation(answers, interval=interval, n_boot=40, seed=seed).draws for seed in (1, 1, 2)
        )
        pd.testing.assert_frame_equal(first, again)
        assert not first.equals(other)


@pytest.mark.parametrize(
    "words",
    [
        ("yes", "no"),
        ("Yes ", "NO"),
        ("true", "false"),
        (True, False),
        (1, 0),
        (1.0, 0.0),
        ("1", "0"),
    ],
)
def test_yes_and_no_may_be_written_in_several_ways(words: tuple[Any, Any]) -> None:
    answers = ask(60, seed=10, twice=1)
    written = answers.assign(
        answer=np.where(answers["answer"], *map(str, words)),
        second_answer=np.where(answers["second_answer"].astype(bool), *map(str, words)),
    )
    if not isinstance(words[0], str):
        back = {str(word): word for word in words}
        written = written.assign(**{name: written[name].map(back) for name in ("answer", "second_answer")})
    assert estimate_contingent_valuation(written).median == estimate_contingent_valuation(answers).median


def test_without_second_answers_only_the_first_count() -> None:
    answers = ask(100, seed=11)
    bare = estimate_contingent_valuation(answers[["bid", "answer"]])
    without = estimate_contingent_valuation(answers.assign(second_answer=pd.NA))
    pd.testing.assert_frame_equal(bare.table, without.table)
    assert not any("second price" in note for note in bare.notes)


# Covariates


def test_worth_is_that_of_an_average_person_and_effects_are_in_money() -> None:
    random = np.random.default_rng(12)
    age = random.normal(0, 1, 4000)
    worth = 30 + 6 * age + random.logistic(scale=5, size=4000)
    bid = random.choice([15.0, 25.0, 35.0, 45.0], 4000)
    answers = pd.DataFrame({"bid": bid, "answer": worth >= bid, "age": age})
    linear = estimate_contingent_valuation(answers, distribution="logistic", covariates="age")
    row = linear.parameters.set_index("parameter").loc["age"]
    assert row["worth_low"] < 6 < row["worth_high"]
    assert row["worth"] == pytest.approx(6, abs=1)
    assert linear.table.loc[0, "low"] < 30 + 6 * age.mean() < linear.table.loc[0, "high"]
    curved = estimate_contingent_valuation(answers, covariates="age")
    estimate = curved.parameters.set_index("parameter")["estimate"]
    level = estimate["constant"] + estimate["age"] * age.mean()
    assert curved.median == pytest.approx(math.exp(-level / estimate["log bid"]))
    older = math.exp(-(level + estimate["age"]) / estimate["log bid"])
    assert curved.parameters.set_index("parameter").loc["age", "worth"] == pytest.approx(older - curved.median)
    assert "Median and means are those of a person with average covariates." in curved.notes


def test_demand_with_covariates_is_the_mean_over_people() -> None:
    answers = ask(90, seed=13)
    result = estimate_contingent_valuation(answers, covariates="age", distribution="normal", n_boot=20)
    constant, age, bid = result.parameters["estimate"]
    share, draws = result.demand_at(np.array([10.0, 30.0]))
    for position, price in enumerate((10.0, 30.0)):
        expected = stats.norm.cdf(constant + age * answers["age"] + bid * price).mean()
        assert share[position] == pytest.approx(expected)
    assert draws.shape == (20, 2)


# Demand


@pytest.mark.parametrize("name", NAMES)
def test_half_buy_at_the_median_and_demand_falls(name: str) -> None:
    result = estimate_contingent_valuation(ask(150, seed=14), distribution=name, n_boot=100)
    share, draws = result.demand_at(np.array([0.0, 5.0, result.median, 100.0]))
    assert share[2] == pytest.approx(0.5)
    assert (np.diff(share) < 0).all()
    assert (np.diff(draws, axis=1) <= 0).all()
    if DISTRIBUTIONS[name].logarithmic:
        assert share[0] == 1
    area = np.linspace(0, result.prices_asked[-1], 20_001)
    assert np.trapezoid(result.demand_at(area)[0], area) == pytest.approx(result.truncated_mean, rel=1e-4)


def test_it_feeds_a_demand() -> None:
    demand = estimate_demand(estimate_contingent_valuation(ask(150, seed=15), n_boot=100))
    assert demand.prices_asked[0] == pytest.approx(0.6 * 8)
    assert demand.headline.value < 0


@pytest.mark.parametrize("prices", ["abc", [[1.0, 2.0]], None, {"price": 3}])
def test_demand_is_asked_for_at_numbers_in_a_row(prices: Any) -> None:
    with pytest.raises(ParameterError, match=r"give numbers in a row|missing, infinite or below 0"):
        estimate_contingent_valuation(ask(60, seed=16), n_boot=10).demand_at(prices)


@pytest.mark.parametrize("prices", [[-1.0], [np.nan], [np.inf]])
def test_demand_is_asked_for_at_prices(prices: list[float]) -> None:
    with pytest.raises(ParameterError, match="missing, infinite or below 0: give prices of 0 or more"):
        estimate_contingent_valuation(ask(60, seed=16), n_boot=10).demand_at(np.array(prices))


# Calibration


def cover(repeats: int, *, interval: str, n: int = 300) -> float:
    """Share of simulated surveys whose interval holds the true median."""
    held = 0
    for repeat in range(repeats):
        answers = ask(n, seed=40_000 + repeat, median=20.0)
        worth = estimate_contingent_valuation(answers, interval=interval, n_boot=500, seed=repeat).table
        held += bool(worth.loc[0, "low"] <= 20.0 <= worth.loc[0, "high"])
    return held / repeats


@pytest.mark.parametrize("interval", ["krinsky-robb", "bootstrap"])
def test_intervals_cover_the_true_median_in_a_few_surveys(interval: str) -> None:
    assert cover(30, interval=interval) >= 0.83


@pytest.mark.slow
@pytest.mark.parametrize("interval", ["krinsky-robb", "bootstrap"])
def test_intervals_cover_the_true_median_as_often_as_they_say(interval: str) -> None:
    assert 0.92 <= cover(400, interval=interval) <= 0.98


def test_a_thousand_bootstraps_of_a_thousand_people_are_fast() -> None:
    answers = ask(1000, seed=17)
    spent = []
    for _ in range(3):
        start = time.process_time()
        result = estimate_contingent_valuation(answers, interval="bootstrap")
        assert len(result.turnbull.table) == len(result.prices_asked)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.3


# Groups


def group(labels: list[str], *, sensitive: tuple[str, ...] = ()) -> Partition:
    index = pd.Index(range(len(labels)), name="respondent_id")
    return Partition(labels=pd.Series(labels, index=index, dtype="category"), scheme="size", sensitive=sensitive)


def test_groups_are_what_each_gives_alone() -> None:
    answers = pd.concat([ask(120, seed=18, median=12), ask(120, seed=19, median=30)], ignore_index=True)
    answers["respondent_id"] = answers.index
    by = group(["small"] * 120 + ["large"] * 120)
    result = estimate_contingent_valuation(answers, by=by, n_boot=50)
    pd.testing.assert_frame_equal(result.table, estimate_contingent_valuation(answers, n_boot=50).table)
    assert result.groups is not None
    assert result.groups.table["group"].tolist() == ["large"] * 4 + ["small"] * 4
    assert result.groups.table["n"].unique().tolist() == [120]
    alone = estimate_contingent_valuation(answers.iloc[:120], n_boot=50)
    pd.testing.assert_frame_equal(result.groups.results["small"].table, alone.table)
    assert result.groups.results["small"].median < result.groups.results["large"].median
    indexed = estimate_contingent_valuation(answers.set_index("respondent_id"), by=by, n_boot=50)
    assert indexed.groups is not None
    pd.testing.assert_frame_equal(indexed.groups.table, result.groups.table)


def test_groups_in_which_all_agree_are_noted_and_sensitive_ones_refused() -> None:
    answers = ask(60, seed=20, twice=0).assign(respondent_id=range(60))
    answers.loc[40:, "answer"] = True
    by = group(["a"] * 40 + ["b"] * 20)
    result = estimate_contingent_valuation(answers, by=by, n_boot=20)
    assert result.groups is not None
    assert list(result.groups.results) == ["a"]
    assert "Nothing could be estimated for b" in result.groups.notes[0]
    with pytest.raises(ParameterError, match="marked as sensitive"):
        estimate_contingent_valuation(answers, by=group(["a"] * 40 + ["b"] * 20, sensitive=("age",)))


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


def broken(**changes: Any) -> ContingentValuation:
    answers = ask(40, seed=25, twice=1)
    for name, (row, value) in changes.items():
        answers[name] = answers[name].astype(object)
        answers.loc[row, name] = value
        if name.startswith("bid"):
            answers[name] = answers[name].astype(float)
    return estimate_contingent_valuation(answers)


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
