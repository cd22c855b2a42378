"""Contingent valuation: published numbers, an independent likelihood, other libraries, properties, calibration."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from cvlab.analyses.willingness_to_pay import ContingentValuation, estimate_contingent_valuation
from tests.analyses.willingness_to_pay.asking.contingent_valuation.cases import NAMES, ask


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


def broken(**changes: Any) -> ContingentValuation:
    answers = ask(40, seed=25, twice=1)
    for name, (row, value) in changes.items():
        answers[name] = answers[name].astype(object)
        answers.loc[row, name] = value
        if name.startswith("bid"):
            answers[name] = answers[name].astype(float)
    return estimate_contingent_valuation(answers)
