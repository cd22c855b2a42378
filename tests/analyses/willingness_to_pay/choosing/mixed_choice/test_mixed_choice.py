"""The mixed logit: planted tastes, what must not matter, the search from several starts, and people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import MixedChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing import side_by_side
from cvlab.errors import DataError
from tests.analyses.willingness_to_pay.choosing.mixed_choice.cases import (
    ATTRIBUTES,
    BOTH,
    SPREAD,
    WORTH,
    draw_tasks,
    fit,
    naive_log_likelihoods,
    read,
)

# Planted tastes


def covers(model: MixedChoiceModel, interval: str = "delta") -> pd.Series:
    table = model.willingness_to_pay(interval=interval).table.set_index("attribute")
    truth, spread = pd.Series(WORTH), pd.Series(SPREAD)
    held = truth.between(table["low"][truth.index], table["high"][truth.index])
    held_spread = spread.between(table["spread_low"][spread.index], table["spread_high"][spread.index])
    return pd.concat([held, held_spread.rename(lambda name: f"spread of {name}")])


@pytest.mark.parametrize(
    "settings_",
    [{}, {"space": "wtp"}, {"space": "wtp", "random": {**BOTH, "price": "log-normal"}}, {"correlated": True}],
)
def test_planted_tastes_lie_in_their_intervals(settings_: dict[str, Any]) -> None:
    planted = draw_tasks(250, seed=11, spread_of_log=0.4 if "price" in settings_.get("random", {}) else 0.0)
    model = fit(planted, level=0.999, n_draws=200, **settings_)
    assert covers(model).all()
    assert covers(model, "krinsky-robb").all()


def cover(repeats: int, first_seed: int) -> pd.Series:
    return pd.DataFrame(
        [covers(fit(draw_tasks(120, seed=first_seed + repeat), n_draws=150)) for repeat in range(repeats)]
    ).mean()


def test_intervals_cover_the_truth_in_a_few_repeats() -> None:
    assert (cover(15, 700) >= 0.75).all()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = cover(400, 20_000)
    assert covered[list(WORTH)].between(0.92, 0.98).all(), covered.to_dict()
    assert (covered >= 0.90).all(), covered.to_dict()


def test_letting_tastes_differ_explains_more(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    one = estimate_choice(tasks, attributes=ATTRIBUTES, price="price", outside="none")
    assert model.one_taste_log_likelihood == one.log_likelihood
    assert model.log_likelihood > one.log_likelihood + 20
    assert 0 < one.mcfadden_r2 < model.mcfadden_r2 < 1


# What must not matter


def test_a_fixed_price_makes_both_spaces_the_same_model(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    money = fit(tasks, space="wtp")
    assert money.log_likelihood == pytest.approx(model.log_likelihood, abs=1e-6)
    ours, theirs = (each.willingness_to_pay().table.set_index("attribute") for each in (model, money))
    for column in ("estimate", "std_error", "spread", "below_zero"):
        assert theirs[column].to_numpy() == pytest.approx(ours[column].to_numpy(), rel=2e-3, abs=1e-6), column
    assert read(money)[("battery", "mean")] == pytest.approx(ours.loc["battery", "estimate"], rel=1e-3)
    assert read(money)[("price", "weight")] == pytest.approx(read(model)[("price", "weight")], rel=1e-3)
    pd.testing.assert_frame_equal(money.individuals, model.individuals, rtol=5e-3, atol=5e-3)


@given(factor=st.floats(0.01, 100))
@settings(max_examples=5, deadline=None)
def test_scaling_prices_scales_every_worth(factor: float) -> None:
    tasks = draw_tasks(40, seed=1)
    for space in ("preference", "wtp"):
        plain = fit(tasks, space=space, n_draws=50)
        scaled = fit(tasks.assign(price=tasks["price"] * factor), space=space, n_draws=50)
        assert scaled.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
        left, right = (each.willingness_to_pay().table for each in (scaled, plain))
        for column in ("estimate", "low", "high", "spread"):
            assert left[column].to_numpy() == pytest.approx(right[column].to_numpy() * factor, rel=1e-3), column
        assert scaled.individuals.to_numpy() == pytest.approx(plain.individuals.to_numpy() * factor, rel=1e-3, abs=1e-3)


def test_order_of_rows_index_and_the_input_stay_as_they_are(tasks: pd.DataFrame) -> None:
    before = tasks.copy(deep=True)
    plain = fit(tasks, n_draws=40)
    shuffled = fit(tasks.sample(frac=1, random_state=5).set_index("respondent_id"), n_draws=40)
    pd.testing.assert_frame_equal(tasks, before)
    pd.testing.assert_frame_equal(shuffled.table, plain.table)
    pd.testing.assert_frame_equal(shuffled.individuals, plain.individuals)


def test_weights_are_those_of_people_in_any_scale(tasks: pd.DataFrame) -> None:
    number = tasks["respondent_id"].str[1:].astype(int)
    heavy = tasks.assign(weight=np.where(number < 40, 3.0, 1.0))
    weighted = fit(heavy, n_draws=40)
    pd.testing.assert_frame_equal(fit(heavy.assign(weight=heavy["weight"] * 7), n_draws=40).table, weighted.table)
    pd.testing.assert_frame_equal(fit(tasks.assign(weight=5.0), n_draws=40).table, fit(tasks, n_draws=40).table)
    each = naive_log_likelihoods(tasks, weighted, weighted.parameters, weighted.panel.draws)
    assert weighted.log_likelihood == pytest.approx(np.repeat([1.5, 0.5], 40) @ each, rel=1e-9)
    assert any(note.startswith("Weighted: 80 people carry the information of 64") for note in weighted.notes)
    assert not any(note.startswith("Weighted") for note in fit(tasks, n_draws=40).notes)
    with pytest.raises(DataError, match=r"the weights differ within 80 respondents\. A person counts as a whole"):
        fit(tasks.assign(weight=tasks["task"] + 1.0))


def test_deviations_are_positive_and_belong_to_the_draws_of_the_model(model: MixedChoiceModel) -> None:
    for seed in range(4):
        again = fit(draw_tasks(30, n_tasks=4, seed=seed), n_draws=20, n_starts=2, correlated=True)
        spreads = again.parameters[again.tastes.deviations]
        assert (spreads >= 0).all()
        assert again.simulate_log_likelihood(again.parameters) == pytest.approx(again.log_likelihood, rel=1e-12)
        related = again.table[again.table["parameter"].str.startswith("correlation")]
        assert related["estimate"].between(-1, 1).all()


# The search


def test_starts_are_reported_and_agree(model: MixedChoiceModel) -> None:
    assert model.starts["start"].tolist() == [1, 2, 3]
    assert model.starts["agrees"].all()
    assert model.starts["converged"].all()
    assert model.starts["final_log_likelihood"].max() == model.log_likelihood
    assert "3 of 3 starts ended at the same estimates." in model.notes


def test_progress_counts_to_its_end(tasks: pd.DataFrame) -> None:
    told: list[tuple[int, int]] = []
    fit(tasks, n_draws=20, n_starts=2, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_without_processes_the_search_is_the_same(
    tasks: pd.DataFrame, model: MixedChoiceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("no processes here")

    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", refuse)
    pd.testing.assert_frame_equal(fit(tasks, n_starts=3, workers=2).table, model.table)


@pytest.mark.slow
def test_processes_find_the_same(tasks: pd.DataFrame, model: MixedChoiceModel) -> None:
    shared = fit(tasks, n_starts=3, workers=2)
    pd.testing.assert_frame_equal(shared.table, model.table)
    pd.testing.assert_frame_equal(shared.starts, model.starts)


def test_memory_stays_bounded_by_chunks() -> None:
    many = fit(draw_tasks(300, n_tasks=4, seed=4), n_draws=100)
    sizes = [len(chunk.people) * chunk.rows.shape[1] * 100 for chunk in many.panel.chunks]
    assert len(sizes) > 1
    assert max(sizes) <= 64_000


# People


def test_individuals_are_conditional_means_and_hold_the_choices_of_each(
    model: MixedChoiceModel, tasks: pd.DataFrame
) -> None:
    people = model.individuals
    assert people.index.name == "respondent_id"
    assert list(people.columns[:3]) == ["battery", "battery low", "battery high"]
    assert (people["battery low"] <= people["battery"]).all()
    assert (people["battery"] <= people["battery high"]).all()
    # By the formula, for one person.
    person, answered = next(iter(tasks.groupby("respondent_id", sort=True)))
    values = model.parameters
    normal = model.panel.draws[0]
    battery = values["mean of battery"] + values["battery on battery"] * normal[0]
    oled = values["mean of screen: oled"] + values["screen: oled on screen: oled"] * normal[1]
    columns = model.coding.encode(answered, "tasks")
    odds = np.exp(
        columns[:, [0]] * battery
        + columns[:, [1]] * oled
        + columns[:, [2]] * values["mean of price"]
        + columns[:, [3]] * values["mean of none"]
    )
    task = answered["task"].to_numpy()
    fits = np.ones(normal.shape[1])
    for number in np.unique(task):
        mine = odds[task == number]
        fits *= mine[answered["chosen"].to_numpy()[task == number] == 1][0] / mine.sum(axis=0)
    expected = (fits * -battery / values["mean of price"]).sum() / fits.sum()
    assert people.loc[person, "battery"] == pytest.approx(expected, rel=1e-9)
    # Averaged over people, what is known of each gives back the population.
    worth = model.willingness_to_pay().table.set_index("attribute")
    assert people["battery"].mean() == pytest.approx(worth.loc["battery", "estimate"], abs=0.3)
    assert people["battery"].std() < worth.loc["battery", "spread"]
