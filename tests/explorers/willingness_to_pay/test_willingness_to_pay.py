"""The explorers of a price and of offers in a page: their controls, and what they refuse."""

from __future__ import annotations

import asyncio
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import (
    ChoiceModel,
    Demand,
    compare_stated_revealed,
    estimate_demand,
)
from cvlab.errors import DataError, ParameterError
from cvlab.explorers.common.controls import WAIT
from cvlab.explorers.willingness_to_pay import explore_offers, explore_price
from cvlab.units import write_number
from tests.explorers.willingness_to_pay.cases import amounts_of, answers_of, ladder_of, sales_of, visible_controls


@pytest.mark.parametrize("guess_first", [True, False])
def test_four_controls_of_a_price_are_visible(demand: Demand, guess_first: bool) -> None:
    compared = compare_stated_revealed(ladder_of(amounts_of()), demand, n_boot=50)
    explorer = explore_price(compared, unit_cost=8, price_now=20, guess_first=guess_first)
    visible, hidden = visible_controls(explorer)
    assert len(visible) == 3 + guess_first
    assert [row.children[0] for row in visible[:2]] == [explorer.price, explorer.unit_cost]
    assert set(visible[2:]) == {button for button in (explorer.reveal, explorer.today) if button is not None}
    assert hidden[0] is explorer.market_size
    assert hidden[1].children == (explorer.factor, hidden[1].children[1])
    assert hidden[1].children[1].value == write_number(explorer.factor.value, "ratio")


def test_a_burst_of_prices_is_answered_once(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    pictures: list[object] = []
    explorer.picture.observe(pictures.append, names="value")

    async def drag() -> None:
        for price in np.linspace(14, 28, 30):
            explorer.price.value = float(price)
        assert not pictures
        await asyncio.sleep(WAIT + 0.5)

    asyncio.run(drag())
    assert len(pictures) == 1
    assert explorer.here.price_now == 28


def test_explorers_can_be_displayed_and_override_nothing_of_a_widget(
    demand: Demand, model: ChoiceModel, offers: pd.DataFrame
) -> None:
    for explorer in (explore_price(demand, unit_cost=8), explore_offers(model, offers)):
        bundle = explorer._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        plain = widgets.VBox()
        # What a widget keeps for itself it keeps for every widget, a plain one included.
        own = {name for name in (*vars(type(explorer)), *vars(explorer)) if not name.startswith("__")}
        kept = {*vars(type(plain)), *vars(plain)}
        assert not (own - kept) & set(dir(plain))


def test_explorers_of_one_demand_do_not_know_of_each_other(demand: Demand) -> None:
    curve = demand.curve.copy()
    one, other = (explore_price(demand, unit_cost=8, price_now=20) for _ in range(2))
    before = answers_of(other)
    one.price.value, one.unit_cost.value, one.market_size.value = 30.0, 12.0, 7000.0
    assert answers_of(other) == before
    pd.testing.assert_frame_equal(demand.curve, curve)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit_cost": -1}, "unit_cost is -1"),
        ({"unit_cost": 8, "price_now": 0}, "price_now is 0"),
        ({"unit_cost": 8, "market_size": -5}, "market_size is -5"),
        ({"unit_cost": 8, "beside": 3}, "beside is a int: give what estimate_demand returns"),
    ],
)
def test_a_price_cannot_be_explored_with_impossible_numbers(
    demand: Demand, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        explore_price(demand, **arguments)


def test_a_price_needs_a_demand() -> None:
    with pytest.raises(ParameterError, match="demand is a DataFrame: give what estimate_demand or compare_stated"):
        explore_price(amounts_of(), unit_cost=8)


def test_a_second_demand_must_know_a_price_in_common(demand: Demand) -> None:
    sold = estimate_demand(sales_of().assign(price_paid=lambda table: 100 * table["price_paid"]), n_boot=20)
    with pytest.raises(DataError, match="know no price in common"):
        explore_price(demand, unit_cost=8, beside=sold)
