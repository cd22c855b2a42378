"""The explorer of economic value answers as a direct call does."""

from __future__ import annotations

import asyncio
import base64
import re

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.economic_value import measure_economic_value
from cvlab.errors import DataError
from cvlab.explorers.common.controls import WAIT
from cvlab.explorers.economic_value import EconomicValueExplorer, explore_economic_value
from cvlab.units import write_number

DRAWS = 300


@pytest.fixture
def drivers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "driver": ["throughput", "reagents", "repairs"],
            "ours": [600.0, 300.0, -60.0],
            "reference": 0.0,
            "low": [400.0, 200.0, None],
            "high": [900.0, 400.0, None],
        }
    )


def explore(drivers: pd.DataFrame, **arguments: object) -> EconomicValueExplorer:
    return explore_economic_value(drivers, **{"reference_price": 790.0, "price": 1200.0, "n_draws": DRAWS, **arguments})


def test_moving_a_driver_answers_like_a_direct_call(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    before = (explorer.picture.value, explorer.numbers.value, explorer.sentence.value)
    explorer.driver_choice.value = "reagents"
    assert (explorer.picture.value, explorer.numbers.value, explorer.sentence.value) == before
    explorer.amount.value = 360.0
    moved = drivers.assign(ours=[600.0, 360.0, -60.0], low=[400.0, 260.0, None], high=[900.0, 460.0, None])
    direct = measure_economic_value(moved, reference_price=790.0, price=1200.0, n_draws=DRAWS)
    pd.testing.assert_frame_equal(explorer.worth.table, direct.table)
    assert str(direct.headline) in explorer.sentence.value
    assert str(direct.incentive) in explorer.sentence.value
    for amount in direct.table["amount"]:
        assert f"<td>{write_number(amount, 'money')}" in explorer.numbers.value
    after = (explorer.picture.value, explorer.numbers.value, explorer.sentence.value)
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert "reagents €360.00" in explorer.picture.value


def test_the_price_moves_the_incentive_only(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    table = explorer.worth.table
    explorer.price.value = 1500.0
    direct = measure_economic_value(drivers, reference_price=790.0, price=1500.0, n_draws=DRAWS)
    pd.testing.assert_frame_equal(explorer.worth.table, table)
    assert explorer.worth.chance == direct.chance
    assert str(direct.incentive) in explorer.sentence.value


def test_drivers_keep_what_they_were_moved_to_until_set_back(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    first, start = explorer.numbers.value, explorer.amount.value
    assert start == pytest.approx(1900 / 3)
    explorer.amount.value = 500.0
    explorer.driver_choice.value = "repairs"
    assert explorer.amount.value == -60.0
    explorer.amount.value = -90.0
    explorer.driver_choice.value = "throughput"
    assert explorer.amount.value == 500.0
    assert explorer.amounts() == {"throughput": 500.0, "repairs": -90.0}
    assert explorer.worth.headline.value == pytest.approx(790 + 500 + 300 - 90)
    explorer.price.value = 900.0
    explorer.reset.click()
    assert explorer.amounts() == {}
    assert (explorer.amount.value, explorer.price.value) == (pytest.approx(start), 1200.0)
    assert explorer.numbers.value == first


def test_sliders_reach_every_drivers_range_in_whole_steps(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    for driver in explorer.driver_choice.options:
        explorer.driver_choice.value = driver
        slider = explorer.amount
        steps = (slider.value - slider.min) / slider.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        assert slider.min < slider.value < slider.max
        row = drivers.set_index("driver").loc[driver]
        if np.isfinite(row["low"]):
            assert slider.min <= row["low"]
            assert slider.max >= row["high"]


def test_groups_and_the_other_picture_are_under_more(drivers: pd.DataFrame) -> None:
    own = {"driver": "throughput", "ours": 300.0, "reference": 0.0, "low": 200.0, "high": 400.0, "group": "slow"}
    table = pd.concat([drivers.assign(group=["normal", None, None]), pd.DataFrame([own])], ignore_index=True)
    explorer = explore(table)
    explorer.group_choice.value = "slow"
    direct = measure_economic_value(table, reference_price=790.0, price=1200.0, n_draws=DRAWS).by_group["slow"]
    assert str(direct.headline) in explorer.sentence.value
    waterfall = explorer.picture.value
    explorer.picture_choice.value = "tornado"
    assert explorer.picture.value != waterfall


def test_at_most_four_controls_are_visible(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    column = explorer.children[1].children[0]
    visible = [child for child in column.children if type(child).__name__ != "Accordion"]
    assert len(visible) == 4
    assert [child.titles for child in column.children if child not in visible] == [("More",)]
    assert visible[1].children[1].value == write_number(explorer.amount.value, "money")


def test_without_a_price_the_slider_starts_at_the_reference(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers, price=None)
    assert explorer.price.value == 790.0
    assert "At a price of €790.00" in explorer.sentence.value


def test_names_are_text_not_markup(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers.assign(driver=["<script>alert(1)</script>", "$a$", "b & c"]))
    for part in (explorer.sentence.value, explorer.numbers.value, explorer.picture.value):
        assert "<script>" not in part
    assert "&lt;script&gt;" in explorer.numbers.value
    encoded = re.search(r"base64,([^\"]+)", explorer.picture.value)
    assert encoded is not None
    assert "<script>" not in base64.b64decode(encoded.group(1)).decode("utf-8")


def test_a_burst_of_changes_is_answered_once(drivers: pd.DataFrame) -> None:
    explorer = explore(drivers)
    pictures: list[object] = []
    explorer.picture.observe(pictures.append, names="value")

    async def drag() -> None:
        for amount in np.linspace(500, 600, 30):
            explorer.amount.value = float(amount)
        assert not pictures
        await asyncio.sleep(WAIT + 0.5)

    asyncio.run(drag())
    assert len(pictures) == 1
    assert explorer.amounts() == {"throughput": 600.0}


def test_large_type_for_a_projector_and_errors_of_the_analysis(drivers: pd.DataFrame) -> None:
    assert "cvlab-projector" in explore(drivers, projector=True)._dom_classes
    with pytest.raises(DataError, match="is above high"):
        explore(drivers.assign(low=1000.0))
