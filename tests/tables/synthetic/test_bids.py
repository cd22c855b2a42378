"""Bids are answered from the same worth as the other price questions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.tables.synthetic import LINES


def test_bids_ladder_and_stated_worth_agree(trackers: pd.DataFrame) -> None:
    line = LINES["fitness-trackers"]
    people = trackers.assign(surveyed=True)
    answers = line.drawers["contingent_valuation"](people, np.random.default_rng(6))
    stated = line.stated_value(people)
    for bid, group in answers.groupby("bid"):
        assert (group["answer"] == "yes").mean() == pytest.approx((stated >= bid).mean(), abs=0.02)
    said = (answers["answer"] == "yes").to_numpy()
    second = np.where(said, answers["bid_up"], answers["bid_down"])
    assert ((stated >= second) == (answers["second_answer"] == "yes")).all()
