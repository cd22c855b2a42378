"""Tasks of people whose tastes are known, and how the model is fitted to them, for the tests of the mixed logit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from cvlab.analyses.willingness_to_pay import MixedChoiceModel, estimate_mixed_choice

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
