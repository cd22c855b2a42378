"""The explorer answers as a direct call does, and the workshop page does so in a browser, without a network."""

from __future__ import annotations

import asyncio
import base64
import re

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder import measure_ladder
from cvlab.errors import ParameterError
from cvlab.explorers.common.controls import WAIT
from cvlab.explorers.value_ladder import LadderExplorer, explore_ladder
from cvlab.units import write_number

PEOPLE = 60


def make_market(names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(2)
    prices = 9.99 * (1 + np.arange(len(names)))
    rungs = pd.DataFrame({"rung": names, "price": prices, "unit_cost": prices / 4})
    values = pd.DataFrame(np.cumsum(random.gamma(4, 3, (PEOPLE, len(names))), axis=1), columns=names)
    values.insert(0, "respondent_id", [f"P{number}" for number in range(PEOPLE)])
    return rungs, values


@pytest.fixture
def market() -> tuple[pd.DataFrame, pd.DataFrame]:
    return make_market(["good", "better", "best"])


def picture_of(explorer: LadderExplorer) -> str:
    encoded = re.search(r"base64,([^\"]+)", explorer.picture.value)
    assert encoded is not None
    return base64.b64decode(encoded.group(1)).decode("utf-8")


def test_moving_a_slider_answers_like_a_direct_call(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    rungs, values = market
    explorer = explore_ladder(rungs, values, n_boot=80)
    before = (explorer.picture.value, explorer.numbers.value, explorer.sentence.value)
    explorer.sliders["better"].value = 14.5
    direct = measure_ladder(rungs.assign(price=[9.99, 14.5, 29.97]), values, n_boot=80)
    pd.testing.assert_frame_equal(explorer.ladder.table, direct.table)
    assert str(direct.headline) in explorer.sentence.value
    for share in direct.table["share"][:3]:
        assert f"<td>{write_number(share, 'share')} <small>" in explorer.numbers.value
    after = (explorer.picture.value, explorer.numbers.value, explorer.sentence.value)
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert f"better at €14.50 is sold to {write_number(direct.table['share'][1], 'share')}" in explorer.picture.value


def test_the_change_against_today_is_paired(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    rungs, values = market
    explorer = explore_ladder(rungs, values, n_boot=80)
    assert "Against today" not in explorer.sentence.value
    explorer.sliders["best"].value = 24.97
    today = measure_ladder(rungs, values, n_boot=80).headline
    moved = measure_ladder(rungs.assign(price=[9.99, 19.98, 24.97]), values, n_boot=80).headline
    low, high = np.quantile(moved.draws - today.draws, [0.025, 0.975])
    words = [write_number(number, "money") for number in (moved.value - today.value, low, high)]
    assert "that is {} per person ({} to {}).".format(*words) in explorer.sentence.value


def test_todays_prices_come_back(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    explorer = explore_ladder(*market, n_boot=20)
    first = explorer.numbers.value
    for slider in explorer.sliders.values():
        slider.value = 3.0
    assert explorer.numbers.value != first
    explorer.today.click()
    assert explorer.prices() == pytest.approx({"good": 9.99, "better": 19.98, "best": 29.97})
    assert explorer.numbers.value == first


def test_groups_and_the_other_picture_are_under_more(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    rungs, values = market
    labels = pd.Series(["a", "b"] * (PEOPLE // 2), index=values["respondent_id"], dtype="category")
    by = Partition(labels=labels, scheme="halves")
    explorer = explore_ladder(rungs, values, by=by, n_boot=20)
    explorer.group_choice.value = "b"
    row = measure_ladder(rungs, values, by=by, n_boot=20).totals.set_index("group").loc["b"]
    assert "Only b." in explorer.numbers.value
    assert write_number(row["contribution"], "money") in explorer.numbers.value
    stairs = explorer.picture.value
    explorer.picture_choice.value = "who moves at 10 % more"
    assert explorer.picture.value != stairs


@pytest.mark.parametrize("rungs", [1, 3, 4, 6])
def test_at_most_four_controls_are_visible(rungs: int) -> None:
    explorer = explore_ladder(*make_market([f"r{number}" for number in range(rungs)]), n_boot=20)
    column = explorer.children[1].children[0]
    visible = [child for child in column.children if type(child).__name__ != "Accordion"]
    hidden = [control for child in column.children if child not in visible for control in child.children[0].children]
    assert len(visible) <= 4
    rows = [control for control in (*visible, *hidden) if "cvlab-slider" in control._dom_classes]
    assert [row.children[0] for row in rows] == list(explorer.sliders.values())
    assert {explorer.today, explorer.picture_choice} <= {*visible, *hidden}
    more = [child.titles for child in column.children if child not in visible]
    assert more == ([("More",)] if rungs > 2 else [])


def test_sliders_reach_todays_price_in_whole_steps(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    for slider in explore_ladder(*market, n_boot=20).sliders.values():
        steps = (slider.value - slider.min) / slider.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        assert slider.min <= slider.value < slider.max


def test_sliders_have_a_name_and_show_money(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    explorer = explore_ladder(*market, n_boot=20)
    rows = explorer.children[1].children[0].children[:3]
    assert [row.children[1].value for row in rows] == ["€9.99", "€19.98", "€29.97"]
    explorer.sliders["better"].value = 7.5
    assert [row.children[1].value for row in rows] == ["€9.99", "€7.50", "€29.97"]
    for name, slider in explorer.sliders.items():
        assert (slider.description, slider.tooltip, slider.readout) == (name, name, False)


def test_too_few_people_are_said_and_nothing_is_told(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    rungs, values = market
    explorer = explore_ladder(rungs, values.head(9), n_boot=20)
    assert "Not enough data for what the ladder earns: respondents asked 9, needed at least 10." in (
        explorer.sentence.value
    )
    assert "%" not in explorer.numbers.value
    explorer.sliders["good"].value = 5.0
    explorer.picture_choice.value = "who moves at 10 % more"
    assert "good at €5.00 is sold to –" in explorer.picture.value
    assert "%" in explore_ladder(rungs, values.head(9), n_boot=20, smallest_group=9).numbers.value


def test_names_are_text_not_markup() -> None:
    explorer = explore_ladder(*make_market(["<script>alert(1)</script>", "$a$"]), n_boot=20)
    for part in (explorer.sentence.value, explorer.numbers.value, explorer.picture.value):
        assert "<script>" not in part
    assert "&lt;script&gt;" in explorer.numbers.value
    assert "<script>" not in picture_of(explorer)
    assert not explorer.sliders["$a$"].description_allow_html


def test_a_burst_of_changes_is_answered_once(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    explorer = explore_ladder(*market, n_boot=20)
    pictures: list[object] = []
    explorer.picture.observe(pictures.append, names="value")

    async def drag() -> None:
        for price in np.linspace(5, 15, 40):
            explorer.sliders["good"].value = float(price)
        assert not pictures
        await asyncio.sleep(WAIT + 0.5)

    asyncio.run(drag())
    assert len(pictures) == 1
    assert explorer.ladder.rungs["price"][0] == 15


def test_large_type_for_a_projector(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert "cvlab-projector" in explore_ladder(*market, n_boot=20, projector=True)._dom_classes
    assert "cvlab-projector" not in explore_ladder(*market, n_boot=20)._dom_classes


def test_what_cannot_be_measured_cannot_be_explored(market: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    with pytest.raises(ParameterError, match="n_boot is -3"):
        explore_ladder(*market, n_boot=-3)
