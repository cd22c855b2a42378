"""The gain of a best price is that of the two points it is made of."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Result
from cvlab.analyses.willingness_to_pay import compare_with_today, estimate_demand, optimise_price
from cvlab.errors import ParameterError

WORTH = pd.DataFrame({"respondent_id": range(400), "amount": np.linspace(5.0, 45.0, 400)})


def test_the_gain_is_the_difference_of_the_two_profits() -> None:
    best = optimise_price(estimate_demand(WORTH), unit_cost=10, price_now=20)
    gain = compare_with_today(best)
    assert isinstance(gain, Result)
    profits = gain.table.set_index("point")["profit"]
    assert gain.headline.value == pytest.approx(profits["highest profit"] - profits["price now"])
    assert gain.headline.key == "willingness_to_pay.best_price_gain"
    assert gain.headline.words["unit"] == "people per 100 asked"
    assert gain.notes == ("Money is that of 100 people, not of a year.",)


def test_without_a_price_today_there_is_nothing_to_compare() -> None:
    best = optimise_price(estimate_demand(WORTH), unit_cost=10)
    with pytest.raises(ParameterError, match=re.escape("give optimise_price the price_now")):
        compare_with_today(best)
    with pytest.raises(ParameterError, match="best is a int: give what optimise_price returns"):
        compare_with_today(3)  # type: ignore[arg-type]


def test_a_price_outside_what_was_observed_leaves_the_gain_open() -> None:
    gain = compare_with_today(optimise_price(estimate_demand(WORTH), unit_cost=10, price_now=500))
    assert not gain.headline.answered
    assert gain.notes == ()
