"""Tasks from a known logit, and how the model is fitted to them, for the tests of the conditional logit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay import ChoiceModel, estimate_choice

TRUTH = {"battery_days": 0.12, "gps: yes": 0.8, "screen: oled": 0.5, "price": -0.04, "none": -1.0}


ATTRIBUTES = ["battery_days", "gps", "screen"]


NOBODY = "Nobody could decline, so the choices give shares among these offers, not demand."


def draw_tasks(
    n: int = 60, *, seed: int = 0, n_tasks: int = 8, price_weight: float = TRUTH["price"], spread: float = 0.0
) -> pd.DataFrame:
    """Tasks of three offers and nothing, answered by the logit with the weights of TRUTH.

    With `spread`, people differ in their willingness to stay out, so that one person's choices resemble each other.
    """
    random = np.random.default_rng(seed)
    shape = (n, n_tasks, 3)
    battery = random.choice([3.0, 7.0, 14.0], shape)
    gps, oled = random.integers(0, 2, shape), random.integers(0, 2, shape)
    price = random.choice([39.0, 59.0, 79.0, 99.0], shape)
    utility = TRUTH["battery_days"] * battery + TRUTH["gps: yes"] * gps + TRUTH["screen: oled"] * oled
    utility = utility + price_weight * price
    out = TRUTH["none"] + spread * random.normal(size=(n, 1, 1)) + np.zeros((n, n_tasks, 1))
    pick = (np.concatenate([utility, out], axis=2) + random.gumbel(size=(n, n_tasks, 4))).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices((n, n_tasks, 4)))
    inside = offer < 3
    at = (person, task, np.minimum(offer, 2))
    return pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in person],
            "task": task + 1,
            "alternative": np.array(["a", "b", "c", "none"])[offer],
            "battery_days": np.where(inside, battery[at], np.nan),
            "gps": pd.Series(np.where(gps[at] == 1, "yes", "no")).where(inside),
            "screen": pd.Series(np.where(oled[at] == 1, "oled", "lcd")).where(inside),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def fit(tasks: pd.DataFrame, **changes: Any) -> ChoiceModel:
    arguments = {"attributes": ATTRIBUTES, "price": "price", "outside": "none", **changes}
    return estimate_choice(tasks, **arguments)


def estimates(model: Any) -> dict[str, float]:
    return dict(zip(model.table["attribute"], model.table["estimate"], strict=True))


def fit_travel(travel: pd.DataFrame, **changes: Any) -> ChoiceModel:
    arguments = {
        "attributes": ["ttme", "hinc_air"],
        "price": "gc",
        "respondent": "individual",
        "task": "individual",
        "alternative": "mode",
        "chosen": "choice",
        "alternative_constants": True,
        "base_alternative": "car",
        **changes,
    }
    return estimate_choice(travel, **arguments)
