"""Tasks of planted classes, and how the model is fitted to them, for the tests of latent classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay import ClassChoiceModel, estimate_class_choice

ATTRIBUTES = ["gps", "battery_days", "strap"]


# Weights per class: gps, a day of battery, a metal strap, price, staying out.
TASTES = np.array([[4.5, 0.0, 0.0, -0.08, -7.5], [0.0, 0.8, 0.0, -0.08, -3.0], [0.0, 0.0, 5.0, -0.08, -7.5]])


SHARES = np.array([0.5, 0.3, 0.2])


def draw_tasks(
    n: int = 150,
    *,
    seed: int = 1,
    n_tasks: int = 12,
    tastes: np.ndarray = TASTES,
    shares: np.ndarray = SHARES,
    spread: float = 0.0,
) -> pd.DataFrame:
    """Tasks of three offers and nothing; the first people are of the first class, and so on.

    With `spread`, people of a class differ in their willingness to stay out.
    """
    random = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(shares)), np.round(shares * n).astype(int))
    n = len(kind)
    shape = (n, n_tasks, 3)
    gps, metal = random.integers(0, 2, shape), random.integers(0, 2, shape)
    battery, price = random.choice([5.0, 7.0, 10.0], shape), random.choice([60.0, 80.0, 100.0, 120.0], shape)
    weight = tastes[kind][:, None, None]
    utility = weight[..., 0] * gps + weight[..., 1] * battery + weight[..., 2] * metal + weight[..., 3] * price
    out = tastes[kind, 4][:, None, None] + spread * random.normal(size=(n, 1, 1)) + np.zeros((n, n_tasks, 1))
    pick = (np.concatenate([utility, out], axis=2) + random.gumbel(size=(n, n_tasks, 4))).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices((n, n_tasks, 4)))
    inside, at = offer < 3, (person, task, np.minimum(offer, 2))
    return pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in person],
            "task": task + 1,
            "alternative": np.array(["a", "b", "c", "none"])[offer],
            "gps": np.where(inside, gps[at], np.nan),
            "battery_days": np.where(inside, battery[at], np.nan),
            "strap": pd.Series(np.where(metal[at] == 1, "metal", "a band")).where(inside),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def fit(tasks: pd.DataFrame, **changes: Any) -> ClassChoiceModel:
    arguments = {"attributes": ATTRIBUTES, "price": "price", "outside": "none", "n_starts": 5, **changes}
    return estimate_class_choice(tasks, **arguments)
