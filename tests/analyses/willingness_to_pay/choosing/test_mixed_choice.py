"""The mixed logit: a naive likelihood and xlogit as oracles, planted tastes, invariances, caveats and messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import norm
from xlogit import MixedLogit

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import MixedChoiceModel, estimate_choice, estimate_mixed_choice
from cvlab.analyses.willingness_to_pay.choosing import side_by_side
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.mixed_moments import measure_moments
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import plan_tastes
from cvlab.errors import DataError, ParameterError

ATTRIBUTES = ["battery", "screen"]
# What people would pay on average, and the standard deviation between them; money per unit.
WORTH, SPREAD = {"battery": 2.0, "screen: oled": 6.0}, {"battery": 1.5, "screen: oled": 5.0}
PRICE_WEIGHT, OUT = -0.3, -2.0
BOTH = {"battery": "normal", "screen": "normal"}


def draw_tasks(
    n: int = 80, *, n_tasks: int = 8, seed: int = 0, price_weight: float = PRICE_WEIGHT, spread_of_log: float = 0.0
) -> pd.DataFrame:
    """Tasks of two offers and nothing; with `spread_of_log` people also differ in how much money weighs."""
    random = np.random.default_rng(seed)
    shape = (n, n_tasks, 2)
    battery, oled = random.choice([1.0, 3.0, 5.0], shape), random.integers(0, 2, shape)
    price = random.choice([4.0, 8.0, 12.0, 16.0], shape)
    worth = [random.normal(WORTH[name], SPREAD[name], (n, 1, 1)) for name in WORTH]
    scale = abs(price_weight) * np.exp(spread_of_log * random.normal(size=(n, 1, 1)))
    utility = scale * (worth[0] * battery + worth[1] * oled + math.copysign(1, price_weight) * price)
    utility = np.concatenate([utility, np.full((n, n_tasks, 1), OUT)], axis=2)
    pick = (utility + random.gumbel(size=utility.shape)).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices(utility.shape))
    inside, at = offer < 2, (person, task, np.minimum(offer, 1))
    return pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in person],
            "task": task,
            "alternative": np.array(["a", "b", "none"])[offer],
            "battery": np.where(inside, battery[at], np.nan),
            "screen": pd.Series(np.where(oled[at] == 1, "oled", "lcd")).where(inside),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def fit(tasks: pd.DataFrame, **changes: Any) -> MixedChoiceModel:
    arguments: dict[str, Any] = {
        "attributes": ATTRIBUTES,
        "price": "price",
        "outside": "none",
        "random": BOTH,
        "n_draws": 100,
        "n_starts": 1,
        **changes,
    }
    return estimate_mixed_choice(tasks, **arguments)


def read(model: MixedChoiceModel) -> pd.Series:
    return model.table.set_index(["attribute", "parameter"])["estimate"]


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="module")
def model(tasks: pd.DataFrame) -> MixedChoiceModel:
    return fit(tasks, n_starts=3)


@pytest.fixture(scope="module")
def unbalanced() -> pd.DataFrame:
    """People with different numbers of tasks, and tasks with different numbers of offers."""
    tasks = draw_tasks(25, n_tasks=6, seed=2)
    number = tasks["respondent_id"].str[1:].astype(int)
    dropped = (number % 3 == 0) & (tasks["task"] > 2)
    withheld = (tasks["alternative"] == "b") & (tasks["chosen"] == 0) & (tasks["task"] % 2 == 0)
    return tasks[~dropped & ~withheld]


# The likelihood


def naive_log_likelihoods(
    tasks: pd.DataFrame, model: MixedChoiceModel, parameters: pd.Series, draws: np.ndarray
) -> np.ndarray:
    """Log-likelihood of each person, task by task, as the formula stands."""
    tastes, names = model.tastes, model.coding.names
    found = []
    for person, (_, answered) in enumerate(tasks.groupby("respondent_id", sort=True)):
        eta = {}
        for column, name in enumerate(names):
            eta[name] = np.full(draws.shape[2], parameters[f"mean of {name}"])
            for dimension, other in enumerate(tastes.random):
                weight = parameters.get(f"{name} on {names[other]}", 0.0)
                eta[name] = eta[name] + weight * draws[person, dimension]
            if tastes.log_normal[column]:
                eta[name] = tastes.signs[column] * np.exp(eta[name])
        beta = eta
        if model.space == "wtp":
            scale = np.exp(eta["price"])
            beta = {name: scale * worth for name, worth in eta.items()} | {"price": -scale}
        columns, task = model.coding.encode(answered, "tasks"), answered["task"].to_numpy()
        utility = np.array([columns[:, at, None] * beta[name] for at, name in enumerate(names)]).sum(axis=0)
        picked = answered["chosen"].to_numpy() == 1
        log_chance = [
            utility[(task == number) & picked][0] - logsumexp(utility[task == number], axis=0)
            for number in np.unique(task)
        ]
        found.append(logsumexp(np.sum(log_chance, axis=0)) - math.log(draws.shape[2]))
    return np.array(found)


MODELS: list[dict[str, Any]] = [
    {"random": BOTH},
    {"random": {**BOTH, "price": "log-normal"}, "correlated": True},
    {"random": {"battery": "log-normal", "price": "normal", "none": "normal"}},
    {"random": BOTH, "space": "wtp"},
    {
        "random": {"screen": "log-normal", "price": "log-normal", "battery": "normal"},
        "space": "wtp",
        "correlated": True,
    },
]


@pytest.mark.parametrize("settings_", MODELS, ids=[f"{each}" for each in range(len(MODELS))])
def test_likelihood_is_the_formula_in_both_spaces_and_for_unequal_tasks(
    unbalanced: pd.DataFrame, settings_: dict[str, Any]
) -> None:
    model = fit(unbalanced, **settings_, n_draws=20)
    draws = np.random.default_rng(3).normal(size=(25, len(model.tastes.random), 7))
    expected = naive_log_likelihoods(unbalanced, model, model.parameters, draws).sum()
    assert model.simulate_log_likelihood(model.parameters, draws) == pytest.approx(expected, rel=1e-12)
    assert model.simulate_log_likelihood(model.parameters) == pytest.approx(model.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("settings_", MODELS, ids=[f"{each}" for each in range(len(MODELS))])
def test_the_end_is_a_maximum_and_errors_are_those_of_numerical_second_derivatives(
    tasks: pd.DataFrame, settings_: dict[str, Any]
) -> None:
    model = fit(tasks, **settings_, clustered=False)
    best = model.parameters.to_numpy()
    steps = np.diag(1e-4 * np.maximum(np.abs(best), 0.1))

    def at(change: np.ndarray) -> float:
        return model.simulate_log_likelihood(best + change)

    n = len(best)
    hessian = np.empty((n, n))
    for one in range(n):
        gradient = (at(steps[one]) - at(-steps[one])) / (2 * steps[one, one])
        error = math.sqrt(model.covariance.iloc[one, one])
        assert abs(gradient) * error < 1e-3
        for other in range(n):
            corners = [at(a * steps[one] + b * steps[other]) * a * b for a in (1, -1) for b in (1, -1)]
            hessian[one, other] = sum(corners) / (4 * steps[one, one] * steps[other, other])
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    assert np.sqrt(np.diag(model.covariance)) == pytest.approx(expected, rel=2e-3)


def test_clustered_errors_are_the_sandwich_of_peoples_scores(unbalanced: pd.DataFrame) -> None:
    clustered, plain = (fit(unbalanced, clustered=choice) for choice in (True, False))
    best, draws = clustered.parameters, clustered.panel.draws
    scores = np.empty((25, len(best)))
    for position, step in enumerate(np.diag(np.full(len(best), 1e-5))):
        up, down = (naive_log_likelihoods(unbalanced, clustered, best + sign * step, draws) for sign in (1, -1))
        scores[:, position] = (up - down) / 2e-5
    inverse = plain.covariance.to_numpy()
    expected = inverse @ scores.T @ scores @ inverse * 25 / 24
    assert clustered.covariance.to_numpy() == pytest.approx(expected, rel=1e-3, abs=1e-6)


# xlogit as an oracle


def for_xlogit(tasks: pd.DataFrame) -> pd.DataFrame:
    inside = tasks["alternative"] != "none"
    return pd.DataFrame(
        {
            "battery": tasks["battery"].fillna(0),
            "screen: oled": (tasks["screen"] == "oled") * 1.0,
            "price": tasks["price"].fillna(0),
            "none": (~inside) * 1.0,
        }
    )


def prepare_xlogit(tasks: pd.DataFrame, columns: pd.DataFrame, random: Mapping[str, str], n_draws: int) -> Any:
    """The pieces that xlogit's likelihood takes."""
    peer = MixedLogit()
    peer._setup_randvars_info(random, np.array(list(columns)))
    n_people = tasks["respondent_id"].nunique()
    draws = peer._generate_draws(n_people, n_draws)
    people = np.repeat(np.arange(n_people), len(tasks) // 3 // n_people)
    taken = tasks["chosen"].to_numpy().reshape(-1, 3) == 1
    shown = columns.to_numpy().reshape(-1, 3, columns.shape[1])
    differences = shown[~taken].reshape(-1, 2, columns.shape[1]) - shown[taken][:, None]
    return peer, differences, people, draws


@pytest.mark.parametrize("shape", ["normal", "log-normal"])
def test_xlogit_has_the_same_likelihood_with_the_same_draws(tasks: pd.DataFrame, shape: str) -> None:
    model = fit(tasks, random={"battery": shape, "screen": "normal", "none": "normal"}, n_draws=50)
    columns = for_xlogit(tasks)
    code = {"normal": "n", "log-normal": "ln"}[shape]
    peer, differences, people, draws = prepare_xlogit(
        tasks, columns, {"battery": code, "screen: oled": "n", "none": "n"}, 60
    )
    means = [model.parameters[f"mean of {name}"] for name in columns]
    spreads = [model.parameters[f"{name} on {name}"] for name in ("battery", "screen: oled", "none")]
    theirs = -peer._loglik_gradient(
        np.array(means + spreads), differences, people, draws[people], None, None, None, None, None, False
    )
    assert model.simulate_log_likelihood(model.parameters, draws) == pytest.approx(theirs, rel=1e-9)


def test_xlogit_has_the_same_likelihood_in_the_space_of_willingness_to_pay(tasks: pd.DataFrame) -> None:
    model = fit(tasks, space="wtp", n_draws=50)
    columns = for_xlogit(tasks)
    scale = columns.pop("price").to_numpy().reshape(-1, 3)
    peer, differences, people, draws = prepare_xlogit(tasks, columns, {"battery": "n", "screen: oled": "n"}, 60)
    taken = tasks["chosen"].to_numpy().reshape(-1, 3) == 1
    prices = scale[~taken].reshape(-1, 2) - scale[taken][:, None]
    values = [model.parameters[f"mean of {name}"] for name in columns]
    values += [model.parameters[f"{name} on {name}"] for name in ("battery", "screen: oled")]
    values.append(math.exp(model.parameters["mean of price"]))
    theirs = -peer._loglik_gradient(
        np.array(values), differences, people, draws[people], None, None, prices, None, None, False
    )
    assert model.simulate_log_likelihood(model.parameters, draws) == pytest.approx(theirs, rel=1e-9)


def test_xlogit_finds_the_same_maximum_with_the_same_halton_draws(tasks: pd.DataFrame) -> None:
    model = fit(tasks, draws="halton")
    columns = for_xlogit(tasks)
    peer = MixedLogit()
    peer.fit(
        X=columns,
        y=tasks["chosen"],
        varnames=list(columns),
        ids=tasks.groupby(["respondent_id", "task"]).ngroup(),
        panels=tasks["respondent_id"],
        alts=tasks["alternative"],
        randvars={"battery": "n", "screen: oled": "n"},
        n_draws=100,
        verbose=0,
    )
    assert model.log_likelihood >= peer.loglikelihood - 1e-6
    assert model.log_likelihood == pytest.approx(peer.loglikelihood, abs=1e-3)
    ours = model.parameters.rename(lambda name: name.removeprefix("mean of "))
    assert ours[list(columns)].to_numpy() == pytest.approx(peer.coeff_[:4], rel=5e-3)
    assert ours.iloc[[4, 5]].to_numpy() == pytest.approx(np.abs(peer.coeff_[4:]), rel=1e-2)


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


# Willingness to pay


def test_moments_are_those_of_simulated_people(tasks: pd.DataFrame) -> None:
    for settings_ in (*MODELS[:2], *MODELS[3:], {"random": {"battery": "log-normal"}}):
        model = fit(tasks, **settings_, n_draws=40)
        worth = model.willingness_to_pay(seed=5)
        table = worth.table.set_index("attribute")
        median = worth.population.median()
        spread_of_log = model.tastes.log_normal.any() or model.space == "wtp"
        tolerance = 0.25 if spread_of_log else 0.02
        for name in worth.table["attribute"]:
            people = worth.population[name]
            assert people.mean() == pytest.approx(table.loc[name, "estimate"], rel=tolerance, abs=0.05)
            assert (people < 0).mean() == pytest.approx(table.loc[name, "below_zero"], abs=0.01)
            assert people.quantile(0.1) <= median[name] <= people.quantile(0.9)
            if name not in worth.random and "price" not in settings_["random"]:
                assert table.loc[name, "spread"] == pytest.approx(0, abs=1e-6)


def test_moments_count_what_goes_with_the_weight_of_money() -> None:
    # People who like the battery more also mind the price more: weights drawn one by one say what the ratio is.
    coding = Coding(
        attributes=("battery",),
        levels={},
        price="price",
        alternative="alternative",
        constants=(),
        base_alternative=None,
        outside=None,
    )
    random = {"battery": "normal", "price": "log-normal"}
    tastes = plan_tastes(coding, random, space="preference", correlated=True, estimates=np.array([1.0, -1.0]))
    mean, spread, below = measure_moments(np.array([1.5, -0.4, 0.8, 0.5, 0.3]), tastes)
    first, second = np.random.default_rng(0).normal(size=(2, 2_000_000))
    worth = (1.5 + 0.8 * first) / np.exp(-0.4 + 0.5 * first + 0.3 * second)
    assert mean[0] == pytest.approx(worth.mean(), rel=0.005)
    assert spread[0] == pytest.approx(worth.std(), rel=0.01)
    assert below[0] == pytest.approx((worth < 0).mean(), abs=0.001)


def test_share_below_zero_has_the_bounds_of_draws_of_the_parameters(model: MixedChoiceModel) -> None:
    own = [position for position, name in enumerate(model.parameters.index) if "battery" in name]
    drawn = np.random.default_rng(9).multivariate_normal(
        model.parameters.to_numpy()[own], model.covariance.to_numpy()[np.ix_(own, own)], size=40_000
    )
    below = norm.cdf(-drawn[:, 0] / np.abs(drawn[:, 1]))
    row = model.willingness_to_pay(n_draws=20_000).table.set_index("attribute").loc["battery"]
    expected = np.quantile(below, [0.025, 0.975])
    assert expected[1] > 0.02  # else a tenth more or less would not be seen
    assert [row["below_zero_low"], row["below_zero_high"]] == pytest.approx(expected, rel=0.04, abs=1e-4)


def test_headline_names_the_top_attribute_and_how_people_differ(model: MixedChoiceModel) -> None:
    headline = model.willingness_to_pay().headline
    assert headline.key == "willingness_to_pay.top_attribute"
    assert str(headline).startswith("People would pay most for battery (5 instead of 1): €")
    assert " Half of the people lie between €" in str(headline)
    assert headline.draws is not None
    assert headline.draws.mean() == pytest.approx(headline.value, rel=0.05)


def test_headline_says_nothing_of_a_spread_that_the_model_does_not_have(tasks: pd.DataFrame) -> None:
    headline = fit(tasks, random={"screen": "normal"}, n_draws=40).willingness_to_pay().headline
    assert str(headline).startswith("People would pay most for battery")
    assert "Half of the people" not in str(headline)
    # Where people differ in what money is worth to them, they differ in every amount.
    unequal = fit(tasks, random={"price": "log-normal"}, n_draws=40).willingness_to_pay().headline
    assert "Half of the people lie between" in str(unequal)


def test_a_price_that_may_weigh_nothing_leaves_the_headline_open() -> None:
    model = fit(draw_tasks(40, seed=1, price_weight=-0.01), random={"screen": "normal"}, n_draws=40)
    weight = model.table.set_index("attribute").loc["price"]
    assert weight["estimate"] < 0 < weight["high"]
    headline = model.willingness_to_pay().headline
    assert not headline.answered
    assert "is so uncertain that it could be nothing" in str(headline)


def test_a_normal_price_weight_has_no_mean_worth(tasks: pd.DataFrame) -> None:
    model = fit(tasks, random={**BOTH, "price": "normal"}, n_draws=40)
    worth = model.willingness_to_pay()
    assert worth.table.drop(columns="attribute").isna().all(axis=None)
    assert worth.population.empty
    assert "give it a log-normal distribution or the same weight for everybody" in str(worth.headline)
    assert "Estimate again with random={..., 'price': 'log-normal'}" in worth.notes[0]
    assert model.individuals.isna().all(axis=None)
    assert model.headline.answered  # shares and the effect of the price are as good as ever


def test_a_price_that_attracts_leaves_willingness_to_pay_undefined() -> None:
    attracted = draw_tasks(40, seed=2, price_weight=0.1)
    model = fit(attracted, n_draws=40)
    worth = model.willingness_to_pay()
    assert worth.table["estimate"].isna().all()
    assert "A higher price made offers no less likely to be chosen: willingness to pay is undefined." in model.notes
    assert "willingness to pay is undefined. Check the coding of prices" in worth.notes[0]
    assumed = fit(attracted, random={**BOTH, "price": "log-normal"}, n_draws=40)
    assert any("is assumed by this model, not found" in note for note in assumed.notes)
    assert assumed.willingness_to_pay().table["estimate"].isna().all()
    assert assumed.individuals.isna().all(axis=None)
    assert not assumed.headline.answered
    assert "is assumed by this model" in str(assumed.headline)
    # As amounts of money there is nothing to show; the scale of the utility remains.
    money = fit(attracted, random=BOTH, space="wtp", n_draws=40)
    rows = money.table.set_index("attribute").drop(columns="parameter")
    assert rows.drop(index="price").isna().all(axis=None)
    assert rows.loc["price"].notna().all()
    assert not money.headline.answered


def test_a_tail_without_a_mean_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tastes that differ far more than any draws can follow.
    monkeypatch.setitem(SPREAD, "battery", 30.0)
    monkeypatch.setitem(SPREAD, "screen: oled", 100.0)
    wild = dict.fromkeys(["battery", "screen", "price"], "log-normal") | {"none": "normal"}
    model = fit(draw_tasks(60, seed=1), random=wild, correlated=True, n_starts=2)
    worth = model.willingness_to_pay()
    assert worth.table["estimate"].isna().all()
    assert "is so long that its mean says nothing about anybody" in str(worth.headline)


# Shares, elasticities, demand


@pytest.fixture(scope="module")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {"alternative": ["basic", "pro"], "battery": [1.0, 5.0], "screen": ["lcd", "oled"], "price": [6.0, 14.0]}
    )


def test_shares_are_the_mean_over_people(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    values = model.parameters
    random = np.random.default_rng(0).normal(size=(2, 200_000))
    battery = values["mean of battery"] + values["battery on battery"] * random[0]
    oled = values["mean of screen: oled"] + values["screen: oled on screen: oled"] * random[1]
    price = values["mean of price"]
    utility = np.stack([battery + 6 * price, 5 * battery + oled + 14 * price, np.full(200_000, values["mean of none"])])
    odds = np.exp(utility - utility.max(axis=0))
    expected = (odds / odds.sum(axis=0)).mean(axis=1)
    result = model.shares(offers)
    assert result.table["alternative"].tolist() == ["basic", "pro", "none"]
    assert result.table["share"].to_numpy() == pytest.approx(expected, abs=0.004)
    assert result.table["share"].sum() == pytest.approx(1)
    assert (result.table["low"] < result.table["share"]).all()
    assert (result.table["share"] < result.table["high"]).all()


def test_elasticities_are_the_relative_change_of_shares(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    dearer = offers.assign(price=offers["price"] * np.array([1.0, 1.0001]))
    before, after = (model.shares(each).table.set_index("alternative")["share"] for each in (offers, dearer))
    for name in before.index:
        change = (after[name] / before[name] - 1) / 0.0001
        assert table.loc[(name, "pro"), "elasticity"] == pytest.approx(change, abs=1e-3)
    assert (table.loc[[("basic", "basic"), ("pro", "pro")], "high"] < 0).all()
    headline = model.elasticities(offers).headline
    assert headline.low <= headline.value <= headline.high


def test_demand_is_the_share_at_each_price(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    prices = np.array([4.0, 10.0, 16.0])
    share, draws = model.demand_at(prices, offers=offers, vary="pro", n_draws=50)
    assert draws.shape == (50, 3)
    assert (np.diff(share) < 0).all()
    assert (np.diff(draws, axis=1) < 0).all()  # paired: each draw is a curve
    for price, expected in zip(prices, share, strict=True):
        tried = offers.assign(price=[6.0, price])
        assert model.shares(tried).table["share"][1] == pytest.approx(expected, abs=1e-12)
    assert model.prices_asked.tolist() == [4.0, 8.0, 12.0, 16.0]
    with pytest.raises(ParameterError, match="vary is 'none'"):
        model.demand_at(prices, offers=offers, vary="none")


def test_near_copies_share_their_buyers(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    before = model.shares(offers).table.set_index("alternative")["share"]
    copy = offers.iloc[[1]].assign(alternative="copy")
    after = model.shares(pd.concat([offers, copy])).table.set_index("alternative")["share"]
    # Under independence of irrelevant alternatives all would lose in the same proportion.
    assert after["pro"] / before["pro"] < after["basic"] / before["basic"]


# Too few, groups


def test_too_few_people_are_not_shown(offers: pd.DataFrame) -> None:
    few = draw_tasks(6, n_tasks=10, seed=5)
    model = fit(few)
    assert model.table["estimate"].isna().all()
    assert math.isnan(model.log_likelihood)
    assert "6 people chose, and at least 10 are needed" in str(model.headline)
    assert "6 people chose" in str(model.willingness_to_pay().headline)
    assert model.individuals.isna().all(axis=None)
    assert model.shares(offers).table["share"].isna().all()
    assert model.elasticities(offers).table["elasticity"].isna().all()
    assert all(np.isnan(part).all() for part in model.demand_at(np.array([5.0]), offers=offers, vary="pro"))
    shown = fit(few, smallest_group=2)
    assert shown.headline.answered
    assert any(note.startswith("6 people are few") for note in shown.notes)


def test_what_one_person_chose_is_not_told(offers: pd.DataFrame) -> None:
    tasks = draw_tasks(1, seed=7)
    model = fit(tasks.assign(chosen=(tasks["alternative"] == "none").astype(int)), n_draws=40)
    assert not model.headline.answered
    assert model.parameters.isna().all()
    assert model.covariance.isna().all(axis=None)
    assert model.shares(offers).table[["share", "low", "high"]].isna().all(axis=None)
    assert model.elasticities(offers).table[["elasticity", "low", "high"]].isna().all(axis=None)
    assert model.individuals.isna().all(axis=None)


def test_groups_are_fitted_apart_and_leave_the_whole_as_it_is(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    labels = pd.Series(np.where(np.arange(80) < 40, "young", "old"), index=people, dtype="category")
    split = Partition(labels=labels, scheme="age", made_from=("age",))
    grouped = fit(tasks, n_starts=3, by=split)
    pd.testing.assert_frame_equal(grouped.table, model.table)
    assert grouped.groups is not None
    assert grouped.groups.table.groupby("group", observed=True)["n"].first().to_dict() == {"old": 40, "young": 40}
    assert list(grouped.groups.table.columns[2:]) == list(model.table.columns)
    own = fit(tasks[tasks["respondent_id"].isin(people[:40])], n_starts=3)
    pd.testing.assert_frame_equal(grouped.groups.results["young"].table, own.table)
    with pytest.raises(ParameterError, match="marked as sensitive"):
        fit(tasks, by=Partition(labels=labels, scheme="age", made_from=("age",), sensitive=("age",)))


# Notes and messages


def test_notes_say_what_differs_and_what_to_doubt(tasks: pd.DataFrame, model: MixedChoiceModel) -> None:
    assert (
        "Between people differ: battery (normal), screen: oled (normal); everything else weighs the same for everybody."
        in model.notes
    )
    assert "screen is compared with lcd." in model.notes
    signed = fit(tasks, random={"battery": "log-normal", "price": "log-normal"}, n_draws=20, correlated=True)
    assert any(
        "battery (log-normal, liked by everybody), price (log-normal, disliked by everybody), correlated" in note
        for note in signed.notes
    )
    single = tasks[tasks["task"] == 0]
    assert any(note.startswith("Everybody answered one task only") for note in fit(single, n_draws=20).notes)
    rough = fit(draw_tasks(40, n_tasks=12, seed=6), random={**BOTH, "none": "normal"}, n_draws=20)
    assert any("of 20 draws well: simulate with more draws" in note for note in rough.notes)


def test_headline_speaks_of_a_typical_person(model: MixedChoiceModel, tasks: pd.DataFrame) -> None:
    step = 0.1 * tasks["price"].mean()
    assert model.headline.value == pytest.approx(math.expm1(step * read(model)[("price", "weight")]))
    assert "for the person in the middle" not in str(model.headline)
    spread = fit(tasks, random={**BOTH, "price": "log-normal"}, n_draws=40)
    middle = -math.exp(read(spread)[("price", "mean of logarithm")])
    assert spread.headline.value == pytest.approx(math.expm1(step * middle))
    assert spread.headline.low < spread.headline.value < spread.headline.high
    assert "for the person in the middle" in str(spread.headline)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"random": {"weight_of_it": "normal"}}, r"random: 'weight_of_it' is no attribute, price or constant of the"),
        ({"random": {"battery": "uniform"}}, "random: 'battery' is 'uniform': give one of 'normal', 'log-normal'"),
        ({"random": {}}, "random names nothing that differs between people"),
        ({"random": {"price": "normal"}, "space": "wtp"}, "random gives price a normal distribution, but in the space"),
        ({"space": "money"}, "space is 'money': give one of 'preference', 'wtp'"),
        ({"draws": "random"}, "draws is 'random': give one of 'sobol', 'halton'"),
        ({"n_draws": 5}, "n_draws is 5: give a whole number of at least 20"),
        ({"n_starts": 0}, "n_starts is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"level": 95}, "level is 95"),
    ],
)
def test_bad_arguments_are_named(tasks: pd.DataFrame, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + message):
        fit(tasks, **change)


def test_one_respondent_says_nothing_about_differences(tasks: pd.DataFrame) -> None:
    one = draw_tasks(1, n_tasks=40, seed=3)
    with pytest.raises(DataError, match=r"one respondent made all choices.*Use estimate_choice, or ask more people"):
        fit(one, smallest_group=1)
    assert not fit(one).headline.answered


def test_bad_likelihood_arguments_are_named(model: MixedChoiceModel) -> None:
    with pytest.raises(ParameterError, match=r"parameters has shape \(2,\): the model has 6 of them"):
        model.simulate_log_likelihood(np.zeros(2))
    with pytest.raises(ParameterError, match=r"give respondents × random columns × draws, 80 × 2 × any number"):
        model.simulate_log_likelihood(model.parameters, np.zeros((80, 3, 4)))
    with pytest.raises(ParameterError, match="interval is 'bootstrap'"):
        model.willingness_to_pay(interval="bootstrap")
