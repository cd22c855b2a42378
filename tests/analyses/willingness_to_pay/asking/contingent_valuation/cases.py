"""Answers to bids from a known distribution, for the tests of contingent valuation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import DISTRIBUTIONS

NAMES = tuple(DISTRIBUTIONS)


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
