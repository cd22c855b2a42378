"""On the sample lines the planted prices, elasticities and factors lie inside their 99.9 % intervals."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import (
    compare_best_prices,
    compare_stated_revealed,
    estimate_demand,
    measure_price_change,
    optimise_price,
)
from cvlab.tables.product_line import ProductLine, read_product_line

LEVEL, N_BOOT = 0.999, 4000
SAMPLES = Path(__file__).parents[4] / "data" / "sample"


@cache
def read_line(name: str) -> ProductLine:
    return read_product_line(SAMPLES / name)


def read_truth(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))


def find_truth(name: str, key: str) -> float:
    return next(truth["value"] for truth in read_truth(name)["truths"] if truth["key"] == key)


def tracker() -> pd.DataFrame:
    """What people pay for the tracker in an auction with real money."""
    amounts = read_line("fitness-trackers").reservation_prices
    return amounts[amounts["component"] == "Pulse Two tracker"]


def test_revealed_elasticity_of_the_price_experiment() -> None:
    demand = estimate_demand(read_line("salon-software").transactions, experiment=True, level=LEVEL, n_boot=N_BOOT)
    assert demand.headline.low < find_truth("salon-software", "willingness_to_pay.elasticity.revealed") == -1.8
    assert demand.headline.high > -1.8


def test_stated_elasticity_of_the_price_ladder() -> None:
    demand = estimate_demand(read_line("salon-software").price_ladder, level=LEVEL, n_boot=N_BOOT)
    assert demand.headline.low < find_truth("salon-software", "willingness_to_pay.elasticity.stated") == -1.2
    assert demand.headline.high > -1.2


def test_the_survey_is_flatter_than_the_experiment_and_would_raise_the_price() -> None:
    line = read_line("salon-software")
    sales = estimate_demand(line.transactions, experiment=True)
    compared = compare_stated_revealed(line.price_ladder, sales)
    ratio = compared.elasticities.set_index("what").loc["stated per revealed"]
    assert ratio["high"] < 1
    stated = optimise_price(estimate_demand(line.price_ladder), unit_cost=12)
    assert stated.headline.value >= 1.7 * 27
    # What the survey suggests loses money by what was bought.
    change = measure_price_change(sales, price_now=27, price_new=40, unit_cost=12)
    assert change.probability < 0.1


def test_words_alone_would_raise_the_price_of_the_pack_and_lose_by_it() -> None:
    line = read_line("salon-software")
    sales = estimate_demand(line.transactions, experiment=True)
    compared = compare_stated_revealed(line.price_ladder, sales)
    assert str(compared.headline).startswith("Words make people look less sensitive to price than they are")
    result = compare_best_prices(compared, unit_cost=12)
    said, done = result.table.to_dict("records")
    assert said["low"] < 12 * -1.2 / (1 - 1.2) < said["high"]
    assert done["low"] < 27 < done["high"] < said["price"]
    assert result.headline.low > 0.1


def test_best_price_of_the_pack() -> None:
    sales = estimate_demand(read_line("salon-software").transactions, experiment=True, level=LEVEL, n_boot=N_BOOT)
    best = optimise_price(sales, unit_cost=12, price_now=27)
    right = read_truth("salon-software")["best_prices"]["reminder pack"]
    assert right == 27
    assert best.headline.low < right < best.headline.high
    assert best.band_low < right < best.band_high
    assert best.gain is not None
    assert best.gain.low < 0 < best.gain.high  # hold the price: a change is worth nothing that can be told


def test_stated_worth_of_the_tracker_is_its_factor_times_real_worth() -> None:
    truth = find_truth("fitness-trackers", "willingness_to_pay.stated_per_real")
    compared = compare_stated_revealed(read_line("fitness-trackers").price_ladder, tracker(), level=LEVEL)
    table = compared.table.set_index("source")
    assert truth == 1.25
    assert compared.paired
    for source in ("data", "posterior"):
        assert table.loc[source, "low"] < truth < table.loc[source, "high"]
    at_95 = compare_stated_revealed(read_line("fitness-trackers").price_ladder, tracker()).table.set_index("source")
    assert at_95.loc["posterior", "low"] < truth < at_95.loc["posterior", "high"]


def test_buyers_of_the_ladders() -> None:
    for name in ("fitness-trackers", "lab-analysers", "salon-software"):
        demand = estimate_demand(read_line(name).price_ladder, level=LEVEL, n_boot=N_BOOT)
        for row in demand.table.to_dict("records"):
            truth = 100 * find_truth(name, f"willingness_to_pay.buyers_at.{row['price']}")
            assert row["low"] <= truth <= row["high"], (name, row["price"])


@pytest.mark.parametrize("source", ["auction", "calibrated"])
def test_best_price_of_the_tracker_earns_nearly_all_there_is(source: str) -> None:
    line = read_line("fitness-trackers")
    real = estimate_demand(tracker())
    demand = real
    if source == "calibrated":
        compared = compare_stated_revealed(line.price_ladder, tracker())
        demand = compared.calibrate(estimate_demand(line.price_ladder))
    best = optimise_price(demand, unit_cost=88, price_now=109)
    right = read_truth("fitness-trackers")["best_prices"]["Pulse Two tracker"]
    earned, possible = (float(real.at([price])[0][0] * (price - 88)) for price in (best.headline.value, right))
    assert earned > 0.95 * possible
    naive = optimise_price(estimate_demand(line.price_ladder), unit_cost=88)
    assert naive.headline.value > 1.2 * right
