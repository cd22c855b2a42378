"""Worth and best prices: by hand for a few people, and stated against real for the lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.tables.synthetic import LINES
from cvlab.tables.synthetic.worth import measure_worth, price_worth


def test_best_prices_of_a_few_people() -> None:
    """Four people, unit cost 2: at 5 three buy and 9 are earned; at 8 one buys and 6 are earned."""
    found = price_worth(np.array([1.0, 5.0, 5.0, 8.0]), np.array([1.0, 5.0, 8.0, 20.0]), unit_cost=2.0, step=0.5)
    assert found["best_asked_price"] == {"revenue": 5.0, "profit": 5.0}
    assert found["best_price"] == {"revenue": 5.0, "profit": 5.0}
    assert found["best_profit"] == pytest.approx(9 / 4)
    assert found["band"] == {"low": 5.0, "high": 5.0}
    assert found["buyers_at"] == {"1.0": 1.0, "5.0": 0.75, "8.0": 0.25, "20.0": 0.0}
    assert (found["mean"], found["median"]) == (4.75, 5.0)


def test_worth_is_real_where_answers_run_high_by_a_constant(trackers: pd.DataFrame, salons: pd.DataFrame) -> None:
    found = measure_worth(LINES["fitness-trackers"], trackers)
    assert found["stated"]["median"] == pytest.approx(1.25 * found["real"]["median"])
    assert found["real"]["buyers_at"]["99.0"] < found["stated"]["buyers_at"]["99.0"]
    assert found["real"]["best_price"]["profit"] < found["stated"]["best_price"]["profit"]
    assert set(measure_worth(LINES["salon-software"], salons)) == {"stated"}
