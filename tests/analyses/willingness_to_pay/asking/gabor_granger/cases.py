"""Answers to a ladder of prices, for the tests of Gabor and Granger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay import GaborGranger

PRICES = np.array([60.0, 70, 80, 90, 100, 110, 120, 130, 140])


def ask(worth: np.ndarray, prices: np.ndarray | list[np.ndarray], *, first: int = 0) -> pd.DataFrame:
    """People who know what the offer is worth to them, asked at all `prices` or each at their own."""
    each = prices if isinstance(prices, list) else [prices] * len(worth)
    rows = [
        (f"r{first + person}", price, "yes" if worth[person] >= price else "no")
        for person, theirs in enumerate(each)
        for price in theirs
    ]
    return pd.DataFrame(rows, columns=["respondent_id", "price", "would_buy"])


def draw_worth(n: int, *, seed: int) -> np.ndarray:
    return np.asarray(np.exp(np.random.default_rng(seed).normal(np.log(100), 0.35, n)))


def best(result: GaborGranger, what: str) -> pd.Series:
    return result.best.set_index("what").loc[what]
