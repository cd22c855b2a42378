"""Answers to the four questions, for the tests of van Westendorp."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay import PriceSensitivity
from cvlab.analyses.willingness_to_pay.asking.price_curves import (
    ANSWERS,
)


def draw_people(n: int, *, seed: int, step: float = 0.0) -> pd.DataFrame:
    """People whose four prices are a personal level times four ascending factors, rounded to `step` if it is given."""
    random = np.random.default_rng(seed)
    personal = np.exp(random.normal(4, 0.35, (n, 1)))
    prices = personal * np.cumsum(np.exp(random.normal(-0.7, 0.35, (n, 4))), axis=1)
    if step:
        prices = np.round(prices / step) * step + step * np.arange(4)
    return pd.DataFrame(prices, columns=list(ANSWERS))


def points(result: PriceSensitivity) -> dict[str, float]:
    return dict(zip(result.table["point"], result.table["price"], strict=True))
