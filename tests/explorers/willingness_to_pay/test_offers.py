"""The explorer of offers answers as direct calls do, and says what cannot be known."""

from __future__ import annotations

import asyncio
import re
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import (
    ChoiceModel,
    Demand,
    estimate_choice,
    estimate_class_choice,
    estimate_individual_choice,
    estimate_mixed_choice,
)
from cvlab.errors import DataError, ParameterError
from cvlab.explorers.common.controls import REST, WAIT
from cvlab.explorers.willingness_to_pay import explore_offers, explore_price
from cvlab.units import write_number, write_range
from tests.explorers.willingness_to_pay.cases import ATTRIBUTES, answers_of, draw_tasks, pictures_of, visible_controls


def test_offers_answer_like_direct_calls(model: ChoiceModel, offers: pd.DataFrame) -> None:
    given = offers.copy()
    explorer = explore_offers(model, offers)
    before = answers_of(explorer)
    explorer.offer_choice.value = "plus"
    explorer.controls["plus"]["price"].value = 139.0
    explorer.controls["plus"]["strap"].value = "silicone"
    explorer.controls["plus"]["gps"].value = 0.0
    explorer.controls["ours"]["days"].value = 9.0
    moved = offers.assign(
        strap=["silicone", "silicone", "textile"], gps=[0, 0, 1], days=[9, 10, 7], price=[95, 139, 120]
    )
    direct = model.shares(moved)
    pd.testing.assert_frame_equal(explorer.shares.table, direct.table)
    for row in direct.table.itertuples():
        written = f"{write_number(row.share, 'share')} <small>{write_number(row.low, 'share')}"
        assert f"<td>{written}" in explorer.numbers.value
    for share in model.shares(given).table["share"]:
        assert f"<td>{write_number(share, 'share')} <small>" in explorer.numbers.value
    assert f"plus {write_number(direct.table['share'][1], 'share')}" in explorer.picture.value
    assert all(one != other for one, other in zip(before, answers_of(explorer), strict=True))
    pd.testing.assert_frame_equal(offers, given)


def test_the_change_of_a_share_is_paired(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers)
    assert "than as given" not in explorer.sentence.value
    explorer.controls["ours"]["gps"].value = 1.0
    now = model.demand_at(np.array([95.0]), offers=offers.assign(gps=1), vary="ours")
    then = model.demand_at(np.array([95.0]), offers=offers, vary="ours")
    low, high = 100 * np.quantile(now[1] - then[1], [0.025, 0.975])
    written = f"{write_number(100 * (now[0] - then[0])[0])} percentage points more than as given"
    assert f"{written} ({write_range(low, high)})." in explorer.sentence.value
    explorer.controls["ours"]["price"].value = 165.0
    assert "percentage points less than as given" in explorer.sentence.value


def test_what_offers_earn_counts_those_with_a_unit_cost(model: ChoiceModel, offers: pd.DataFrame) -> None:
    costs = {"ours": 50, "plus": 80}
    explorer = explore_offers(model, offers, unit_costs=pd.Series(costs))

    def earn(prices: list[float]) -> np.ndarray:
        table = offers.assign(price=prices)
        total = np.zeros(1001)
        for name, price, cost in zip(costs, prices, costs.values(), strict=False):
            estimate, draws = model.demand_at(np.array([price]), offers=table, vary=name)
            total += 100 * (price - cost) * np.concatenate([estimate, draws[:, 0]])
        return total

    then = earn([95, 149, 120])
    written = write_range(*np.quantile(then[1:], [0.025, 0.975]), "money")
    assert f"100 people bring {write_number(then[0], 'money')} ({written})." in explorer.sentence.value
    explorer.controls["plus"]["price"].value = 160.0
    gain = earn([95, 160, 120]) - then
    assert f"{write_number(abs(gain[0]), 'money')} {'more' if gain[0] > 0 else 'less'} than as given" in (
        explorer.sentence.value
    )
    chance = write_number(float((gain[1:] > 0).mean()), "share")
    assert f"the probability that it is more is {chance}." in explorer.sentence.value
    share = explorer.shares.table["share"][1]
    assert f"<td>{write_number(100 * share * 80, 'money')} <small>" in explorer.numbers.value
    rows = re.findall(r"<tr><td>(\w+)</td>.*?</tr>", explorer.numbers.value)
    assert rows == ["ours", "plus", "theirs", "none"]
    assert explorer.numbers.value.count("<td>–</td></tr>") == 2


def test_the_interval_of_a_loss_is_in_order(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers, unit_costs={"ours": 200})
    row = explorer.shares.table.iloc[0]
    low, high = (write_number(100 * row[end] * (95 - 200), "money") for end in ("high", "low"))
    assert f"<small>{low} – {high}</small>" in explorer.numbers.value


def test_all_offers_come_back(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers, unit_costs={"ours": 40})
    first = answers_of(explorer)
    for controls in explorer.controls.values():
        controls["price"].value = 100.0
        controls["strap"].value = "metal"
    assert answers_of(explorer) != first
    explorer.as_given.click()
    assert answers_of(explorer) == first


def test_choosing_an_offer_shows_its_controls_and_changes_none(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers)
    table = explorer.offers.copy()
    stacks = [control for control in chain(*visible_controls(explorer)) if hasattr(control, "selected_index")]
    for position, name in enumerate(("ours", "plus", "theirs")):
        explorer.offer_choice.value = name
        assert [stack.selected_index for stack in stacks] == [position] * 4
        assert f"<p>{name} would be chosen by" in explorer.sentence.value
    pd.testing.assert_frame_equal(explorer.offers, table)


def test_controls_hold_what_people_were_shown(model: ChoiceModel, offers: pd.DataFrame) -> None:
    controls = explore_offers(model, offers).controls["plus"]
    assert controls["strap"].options == ("metal", "silicone", "textile")
    assert dict(controls["gps"].options) == {"without": 0.0, "with": 1.0}
    assert (controls["days"].min, controls["days"].max, controls["days"].step) == (5, 10, 1)
    assert (controls["price"].min, controls["price"].value, controls["price"].max) == (90, 149, 170)


def test_a_number_outside_what_was_shown_is_said(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers.assign(price=[95, 149, 300]))
    told = "price of theirs is €300.00, and people were shown €90.00 to €170.00."
    assert told in explorer.sentence.value
    explorer.controls["theirs"]["price"].value = 160.0
    assert "people were shown" not in explorer.sentence.value
    half = explore_offers(model, offers.assign(gps=[0.5, 1, 1])).controls["ours"]["gps"]
    assert half.value == 0.5
    assert half.max == 1


def test_four_controls_of_offers_are_visible(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers)
    visible, hidden = visible_controls(explorer)
    assert len(visible) == 4
    assert visible[0] is explorer.offer_choice
    assert hidden[-1] is explorer.as_given


def test_a_row_for_staying_out_changes_nothing(model: ChoiceModel, offers: pd.DataFrame) -> None:
    longer = pd.concat([offers, pd.DataFrame([{"alternative": "none"}])])
    with_row, without = explore_offers(model, longer), explore_offers(model, offers)
    assert with_row.offer_choice.options == without.offer_choice.options
    assert answers_of(with_row) == answers_of(without)
    with_row.controls["ours"]["price"].value = without.controls["ours"]["price"].value = 110.0
    pd.testing.assert_frame_equal(with_row.shares.table, without.shares.table)


def test_where_nobody_could_decline_choices_are_counted() -> None:
    forced = estimate_choice(draw_tasks(outside=False), attributes=["strap", "gps", "days"], price="price")
    table = pd.DataFrame({"alternative": [1, 2], "strap": "metal", "gps": [0, 1], "days": 7, "price": [100, 120]})
    explorer = explore_offers(forced, table, unit_costs={1: 60})
    assert "100 choices bring" in explorer.sentence.value
    assert "earns, per 100 choices" in explorer.numbers.value
    assert "Nobody could decline" in explorer.numbers.value


@pytest.mark.parametrize("kind", ["classes", "mixed", "individual"])
def test_every_model_of_choosing_can_be_explored(kind: str, tasks: pd.DataFrame, offers: pd.DataFrame) -> None:
    fitted: Any
    if kind == "classes":
        fitted = estimate_class_choice(tasks, n_classes=2, n_starts=2, **ATTRIBUTES)
    elif kind == "mixed":
        fitted = estimate_mixed_choice(tasks, random={"gps": "normal"}, n_draws=30, n_starts=1, **ATTRIBUTES)
    else:
        fitted = estimate_individual_choice(tasks, n_draws=20, n_chains=2, time_limit=1, **ATTRIBUTES)
    explorer = explore_offers(fitted, offers, unit_costs={"ours": 50})
    explorer.controls["ours"]["price"].value = 115.0
    moved = offers.assign(price=[115, 149, 120])
    pd.testing.assert_frame_equal(explorer.shares.table, fitted.shares(moved).table)
    now, then = (fitted.demand_at(np.array([price]), offers=offers, vary="ours") for price in (115.0, 95.0))
    low, high = 100 * np.quantile(then[1] - now[1], [0.025, 0.975])
    assert f"percentage points less than as given ({write_range(low, high)})" in explorer.sentence.value


def test_the_change_is_said_when_the_slider_rests(model: ChoiceModel, offers: pd.DataFrame) -> None:
    explorer = explore_offers(model, offers)
    seen: list[str] = []
    explorer.sentence.observe(lambda change: seen.append(change["new"]), names="value")

    async def drag() -> None:
        for price in np.linspace(100, 120, 8):
            explorer.controls["ours"]["price"].value = float(price)
            await asyncio.sleep(WAIT / 2)
        await asyncio.sleep(REST + WAIT + 0.5)

    asyncio.run(drag())
    assert len(seen) > 1
    assert ["than as given" in sentence for sentence in seen] == [False] * (len(seen) - 1) + [True]


def test_too_few_people_who_chose_are_said(offers: pd.DataFrame) -> None:
    few = estimate_choice(draw_tasks(9), **ATTRIBUTES)
    explorer = explore_offers(few, offers, unit_costs={"ours": 50})
    explorer.controls["ours"]["price"].value = 110.0
    assert "Not enough data: 9 people chose, and at least 10 are needed" in explorer.sentence.value
    assert "%" not in explorer.numbers.value


def test_names_of_offers_are_text_not_markup(model: ChoiceModel, offers: pd.DataFrame) -> None:
    named = offers.assign(alternative=["<script>alert(1)</script>", "$a$", "theirs & co"])
    explorer = explore_offers(model, named)
    for part in (*answers_of(explorer), *pictures_of(explorer)):
        assert "<script>" not in part
    assert "&lt;script&gt;" in explorer.sentence.value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strap": "wood"}, "wood was never shown to the respondents"),
        ({"price": None}, "price has 3 missing cells"),
        ({"alternative": "ours"}, "an alternative occurs twice"),
    ],
)
def test_offers_that_cannot_be_predicted_cannot_be_explored(
    model: ChoiceModel, offers: pd.DataFrame, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        explore_offers(model, offers.assign(**change))


def test_impossible_costs_and_models_are_refused(model: ChoiceModel, offers: pd.DataFrame, demand: Demand) -> None:
    with pytest.raises(ParameterError, match="unit_costs names rival: the offers are ours, plus, theirs"):
        explore_offers(model, offers, unit_costs={"rival": 3})
    with pytest.raises(ParameterError, match="unit_costs of ours is -3"):
        explore_offers(model, offers, unit_costs={"ours": -3})
    with pytest.raises(ParameterError, match="model is a Demand: give a model of choosing, such as estimate_choice"):
        explore_offers(demand, offers)


def test_large_type_for_a_projector(demand: Demand, model: ChoiceModel, offers: pd.DataFrame) -> None:
    for large in (True, False):
        for explorer in (
            explore_price(demand, unit_cost=8, price_now=20, projector=large),
            explore_offers(model, offers, projector=large),
        ):
            assert ("cvlab-projector" in explorer._dom_classes) is large
    widths = [
        float(re.search(r'width="([\d.]+)pt"', pictures_of(explore_offers(model, offers, projector=large))[0]).group(1))
        for large in (True, False)
    ]
    assert widths[0] < widths[1]
