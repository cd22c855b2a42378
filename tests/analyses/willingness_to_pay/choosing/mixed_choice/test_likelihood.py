"""The likelihood of the mixed logit: against a naive one, numerical derivatives and xlogit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from xlogit import MixedLogit

from tests.analyses.willingness_to_pay.choosing.mixed_choice.cases import MODELS, draw_tasks, fit, naive_log_likelihoods


@pytest.fixture(scope="module")
def unbalanced() -> pd.DataFrame:
    """People with different numbers of tasks, and tasks with different numbers of offers."""
    tasks = draw_tasks(25, n_tasks=6, seed=2)
    number = tasks["respondent_id"].str[1:].astype(int)
    dropped = (number % 3 == 0) & (tasks["task"] > 2)
    withheld = (tasks["alternative"] == "b") & (tasks["chosen"] == 0) & (tasks["task"] % 2 == 0)
    return tasks[~dropped & ~withheld]


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
