"""The explorers of a price and of offers answer as direct calls do, and say what cannot be known."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import (
    ChoiceModel,
    Demand,
    compare_stated_revealed,
    estimate_choice,
    estimate_class_choice,
    estimate_demand,
    estimate_individual_choice,
    estimate_mixed_choice,
    measure_price_change,
    optimise_price,
)
from cvlab.analyses.willingness_to_pay.pricing.calibration import calibrate_demand
from cvlab.errors import DataError, ParameterError
from cvlab.explorers.common.controls import REST, WAIT
from cvlab.explorers.willingness_to_pay import OffersExplorer, PriceExplorer, explore_offers, explore_price
from cvlab.units import write_number, write_range

PEOPLE = 300


def amounts_of(people: int = PEOPLE, *, seed: int = 1) -> pd.DataFrame:
    worth = np.random.default_rng(seed).lognormal(3.0, 0.4, people)
    return pd.DataFrame({"respondent_id": [f"P{number}" for number in range(people)], "amount": worth})


def ladder_of(amounts: pd.DataFrame, *, factor: float = 1.25) -> pd.DataFrame:
    asked = pd.DataFrame({"price": [12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 25.0, 28.0, 32.0, 36.0, 40.0]})
    table = amounts.merge(asked, how="cross")
    return table.assign(would_buy=factor * table["amount"] >= table["price"]).drop(columns="amount")


def sales_of(customers: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(3)
    charged = np.tile([16.0, 20.0, 25.0, 32.0], customers // 4)
    units = random.poisson(60 * charged**-1.5 * 4)
    sales = pd.DataFrame({"customer_id": np.arange(customers), "price_paid": charged, "quantity": units})
    return sales[sales["quantity"] > 0]


@pytest.fixture(scope="module")
def demand() -> Demand:
    return estimate_demand(ladder_of(amounts_of(), factor=1.0), n_boot=100)


def answers_of(explorer: PriceExplorer | OffersExplorer) -> tuple[str, str, str]:
    return explorer.sentence.value, explorer.picture.value, explorer.numbers.value


def pictures_of(explorer: PriceExplorer | OffersExplorer) -> list[str]:
    encoded = re.findall(r"base64,([^\"]+)", explorer.picture.value)
    return [base64.b64decode(each).decode("utf-8") for each in encoded]


def visible_controls(explorer: PriceExplorer | OffersExplorer) -> tuple[list[Any], list[Any]]:
    column = explorer.children[1].children[0].children
    visible = [child for child in column if type(child).__name__ != "Accordion"]
    return visible, [control for child in column if child not in visible for control in child.children[0].children]


# ── a price ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_price_answers_like_direct_calls(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20, market_size=5000)
    before = answers_of(explorer)
    explorer.price.value = 24.0
    here = optimise_price(demand, unit_cost=8, market_size=5000, price_now=24)
    pd.testing.assert_frame_equal(explorer.here.table, here.table)
    pd.testing.assert_frame_equal(
        explorer.best.table, optimise_price(demand, unit_cost=8, market_size=5000, price_now=20).table
    )
    change = measure_price_change(demand, price_now=20, price_new=24, unit_cost=8)
    assert str(change.headline) in explorer.sentence.value
    estimate, draws = demand.at(np.array([24.0]))
    interval = write_range(*np.quantile(draws[:, 0], [0.025, 0.975]))
    assert f"At €24.00, {write_number(estimate[0])} of 100 people would buy (95% interval {interval});" in (
        explorer.sentence.value
    )
    row = here.table.iloc[-1]
    earned = f"{write_number(row['profit'], 'money')} ({write_range(row['profit_low'], row['profit_high'], 'money')})"
    assert f"from 5,000 people that earns {earned};" in explorer.sentence.value
    assert here.gain is not None
    more = f"{write_number(here.gain.value, 'money')} more ({write_range(here.gain.low, here.gain.high, 'money')})."
    assert f"the best price, {write_number(here.table['price'][0], 'money')}, earns {more}" in explorer.sentence.value
    assert all(one != other for one, other in zip(before, answers_of(explorer), strict=True))


def test_the_table_holds_this_price_the_best_and_todays(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    explorer.price.value = 24.0
    best = optimise_price(demand, unit_cost=8, price_now=20).table
    cells = re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)", explorer.numbers.value)
    assert [(name.strip(), price.strip()) for name, price in cells] == [
        ("this price", "€24.00"),
        ("best price", write_number(best["price"][0], "money")),
        ("price now", "€20.00"),
    ]
    for column in ("quantity", "revenue", "profit"):
        kind = "number" if column == "quantity" else "money"
        assert f"<td>{write_number(best[column][2], kind)} <small>" in explorer.numbers.value
    assert "<p>From 100 people:</p>" in explorer.numbers.value
    assert "What this rests on" in explorer.numbers.value


def test_unit_cost_and_market_answer_too(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    explorer.unit_cost.value = 14.0
    explorer.market_size.value = 1e6
    direct = optimise_price(demand, unit_cost=14, market_size=1e6, price_now=20)
    pd.testing.assert_frame_equal(explorer.best.table, direct.table)
    assert "from 1,000,000 people" in explorer.sentence.value
    explorer.unit_cost.value, explorer.market_size.value = 8.0, 100.0
    assert answers_of(explorer) == answers_of(explore_price(demand, unit_cost=8, price_now=20))


def test_what_stays_is_drawn_once(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    demand_before, price_before, profit_before, _ = pictures_of(explorer)
    explorer.price.value = 24.0
    demand_after, price_after, profit_after, _ = pictures_of(explorer)
    assert (demand_before, profit_before) == (demand_after, profit_after)
    assert price_before != price_after
    assert len(price_after) < len(demand_after) / 2
    explorer.unit_cost.value = 10.0
    assert pictures_of(explorer)[0] == demand_before
    assert pictures_of(explorer)[2] != profit_before


def test_todays_price_comes_back(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    first = answers_of(explorer)
    explorer.price.value = 30.0
    explorer.today.click()
    assert explorer.price.value == 20
    assert answers_of(explorer) == first
    assert explorer.change is None
    assert "Going from" not in explorer.sentence.value


def test_without_todays_price_there_is_no_way_back_to_it(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8)
    assert explorer.today is None
    assert demand.observed_range[0] < explorer.price.value < demand.observed_range[1]
    assert "price now" not in explorer.numbers.value


def test_the_slider_stays_among_observed_prices(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    low, high = demand.observed_range
    assert low <= explorer.price.min < 20 < explorer.price.max <= high
    for price in (explorer.price.min, explorer.price.max):
        explorer.price.value = price
        assert "would buy" in explorer.sentence.value
    explorer.price.max = high * (1 + 1e-13)  # as a browser may return it
    explorer.price.value = high * (1 + 1e-13)
    assert explorer.change is not None


def test_a_price_now_that_was_never_asked_is_said(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=500)
    observed = write_range(*demand.observed_range, "money")
    assert f"Nothing is known about €500.00: the observed prices are {observed}." in explorer.sentence.value
    explorer.price.value = explorer.price.min
    assert f"Today's price, €500.00, lies outside the observed prices {observed}" in explorer.sentence.value
    assert "<td>€500.00</td><td>–</td>" in explorer.numbers.value


def test_selling_at_a_loss_is_said(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20)
    explorer.unit_cost.value = 16.0
    explorer.price.value = 15.0
    assert "At this price every unit is sold at a loss" in explorer.sentence.value
    explorer.price.value = 24.0
    explorer.unit_cost.value = 20.0
    assert "Today's price, €20.00, does not cover the unit cost" in explorer.sentence.value
    explorer.unit_cost.max = 200.0
    explorer.unit_cost.value = 150.0
    assert "No observed price covers the unit cost of €150.00" in explorer.sentence.value
    assert "of 100 people would buy" in explorer.sentence.value
    assert "<table>" not in explorer.numbers.value


def test_between_two_observed_prices_may_be_better_than_any_of_them() -> None:
    worth = pd.DataFrame({"respondent_id": range(40), "amount": np.repeat([10.0, 30.0], 20)})
    answers = ladder_of(worth, factor=1.0)
    ladder = estimate_demand(answers[answers["price"].isin([12.0, 40.0])], n_boot=50)
    explorer = explore_price(ladder, unit_cost=1)
    explorer.price.value = 20.0
    assert explorer.here.gain is not None
    assert explorer.here.gain.value < 0
    more = write_number(-explorer.here.gain.value, "money")
    assert f", {more} more (" in explorer.sentence.value
    assert "than the best of the observed prices, €12.00." in explorer.sentence.value


def test_a_best_price_at_the_edge_is_called_so(demand: Demand) -> None:
    narrow = estimate_demand(ladder_of(amounts_of()), prices=np.array([12.0, 14.0, 16.0]), n_boot=50)
    explorer = explore_price(narrow, unit_cost=4, price_now=13)
    assert explorer.best.at_edge == "highest"
    assert "the best price, €16.00 (the highest observed), earns" in explorer.sentence.value
    explorer.price.value = explorer.price.max
    assert "the most of all observed prices." in explorer.sentence.value


@pytest.mark.parametrize("source", [amounts_of, lambda people: ladder_of(amounts_of(people))])
def test_too_few_people_are_said_and_nothing_is_told(source: Callable[[int], pd.DataFrame]) -> None:
    explorer = explore_price(estimate_demand(source(9), n_boot=20), unit_cost=8, price_now=20, guess_first=True)
    assert "each unit leaves €12.00 above its cost" in explorer.sentence.value
    explorer.reveal.click()
    for price in (20.0, explorer.price.min):
        explorer.price.value = price
        assert "Not enough data" in explorer.sentence.value
        assert "%" not in explorer.sentence.value
        assert "<table>" not in explorer.numbers.value
    assert explore_price(estimate_demand(source(9), n_boot=20), unit_cost=8).price.max > 8


def test_units_sold_are_called_units() -> None:
    sold = estimate_demand(sales_of(), experiment=True, n_customers=200, n_boot=50)
    explorer = explore_price(sold, unit_cost=8, price_now=20)
    explorer.price.value = 24.0
    assert re.search(
        r"At €24.00, [\d,.]+ units would be sold \(95% interval .*from the sales' period",
        (explorer.sentence.value.replace("&#x27;", "'")),
    )
    explorer.market_size.value = 4
    assert explorer.best.market == "4 times the sales' period"


# ── what people said ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_said_stands_beside_what_was_done_by_the_factor_of_the_slider() -> None:
    compared = compare_stated_revealed(ladder_of(amounts_of()), amounts_of(), n_boot=80)
    explorer = explore_price(compared, unit_cost=8, price_now=20)
    assert explorer.demand.observed_range == compared.revealed.observed_range
    np.testing.assert_allclose(explorer.beside.draws, compared.calibrate(compared.stated).draws)
    first = answers_of(explorer)
    assert "Stated worth is taken" not in first[0]
    chosen = explorer.factor.value = explorer.factor.value + 30 * explorer.factor.step
    middle = compared.table["estimate"].iloc[-1]
    said = calibrate_demand(compared.stated, compared.factor * (chosen / middle), chosen)
    np.testing.assert_allclose(explorer.beside.draws, said.draws)
    assert f"Stated worth is taken to be {write_number(chosen, 'ratio')} times real worth" in explorer.sentence.value
    assert f"the estimate is {write_number(middle, 'ratio')}" in explorer.sentence.value
    assert explorer.picture.value != first[1]
    assert explorer.numbers.value == first[2]
    explorer.factor.value = middle
    assert answers_of(explorer) == first


def test_where_nothing_was_done_the_answers_rest_on_what_was_said() -> None:
    compared = compare_stated_revealed(ladder_of(amounts_of()), None, n_boot=80)
    explorer = explore_price(compared, unit_cost=8, price_now=15)
    direct = optimise_price(compared.demand, unit_cost=8, price_now=15)
    pd.testing.assert_frame_equal(explorer.best.table, direct.table)
    explorer.factor.value = explorer.factor.value + 10 * explorer.factor.step
    assert explorer.best.table["price"][0] < direct.table["price"][0]
    assert explorer.beside is None


def test_a_factor_may_part_what_was_said_from_what_was_sold() -> None:
    sold = estimate_demand(sales_of(), experiment=True, n_customers=200, n_boot=50)
    few = ladder_of(amounts_of()).query("price <= 20")
    explorer = explore_price(compare_stated_revealed(few, sold, n_boot=50), unit_cost=8, price_now=20)
    together = pictures_of(explorer)[0]
    explorer.factor.value = explorer.factor.max
    assert explorer.beside.observed_range[1] < sold.observed_range[0]
    assert pictures_of(explorer)[0] != together


def test_a_factor_is_only_offered_where_it_changes_something(demand: Demand) -> None:
    stated = ladder_of(amounts_of())
    assert explore_price(demand, unit_cost=8).factor is None
    assert explore_price(compare_stated_revealed(None, demand), unit_cost=8).factor is None
    compared = compare_stated_revealed(stated, demand, n_boot=50)
    assert explore_price(compared, unit_cost=8).factor is not None
    other = explore_price(compared, unit_cost=8, beside=estimate_demand(stated, n_boot=50))
    assert other.factor is None
    assert other.beside.basis.evidence == "stated"


def test_groups_do_not_slow_the_answers_down() -> None:
    amounts = ladder_of(amounts_of())
    labels = pd.Series(["a", "b"] * (PEOPLE // 2), index=amounts["respondent_id"].unique(), dtype="category")
    grouped = estimate_demand(amounts, by=Partition(labels=labels, scheme="halves"), n_boot=50)
    explorer = explore_price(grouped, unit_cost=8, price_now=20)
    assert explorer.best.groups is None
    direct = optimise_price(replace(grouped, groups=None), unit_cost=8, price_now=20)
    pd.testing.assert_frame_equal(explorer.best.table, direct.table)


# ── a guess first ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_of_the_demand_is_told_before_the_guess(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20, guess_first=True)
    asked = explorer.sentence.value
    assert "At €20.00, each unit leaves €12.00 above its cost." in asked
    assert explorer.numbers.value == ""
    assert "best" not in explorer.picture.value
    explorer.price.value = 24.0
    assert "each unit leaves €16.00" in explorer.sentence.value
    explorer.unit_cost.value = 25.0
    explorer.price.value = 23.0
    assert "each unit loses €2.00" in explorer.sentence.value
    assert not hasattr(explorer, "best")


def test_the_reveal_keeps_the_guess_while_the_price_moves_on(demand: Demand) -> None:
    explorer = explore_price(demand, unit_cost=8, price_now=20, guess_first=True)
    explorer.price.value = 30.0
    explorer.reveal.click()
    open_from_start = explore_price(demand, unit_cost=8, price_now=20)
    open_from_start.price.value = 30.0
    assert answers_of(explorer) == answers_of(open_from_start)
    explorer.price.value = 22.0
    assert explorer.guess == 30
    guessed = optimise_price(demand, unit_cost=8, price_now=30).table.iloc[-1]
    assert "<td>your guess</td><td>€30.00</td>" in explorer.numbers.value
    assert f"<td>{write_number(guessed['profit'], 'money')} <small>" in explorer.numbers.value
    assert "hide again" in explorer.reveal.description
    explorer.reveal.click()
    assert explorer.guess is None
    assert explorer.numbers.value == ""
    explorer.reveal.click()
    assert explorer.guess == 22
    assert "your guess" not in explorer.numbers.value


# ── both, in a page ──────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── offers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def draw_tasks(people: int = 60, *, outside: bool = True, seed: int = 5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        warm = random.normal(1.0, 0.5)
        for task in range(6):
            shown = [
                {
                    "alternative": name,
                    "strap": str(random.choice(["metal", "silicone", "textile"])),
                    "gps": int(random.integers(2)),
                    "days": int(random.choice([5, 7, 10])),
                    "price": float(random.choice([90, 110, 140, 170])),
                }
                for name in "abc"
            ]
            worth = [
                (each["strap"] == "metal") + warm * each["gps"] + 0.1 * each["days"] - 0.02 * each["price"]
                for each in shown
            ]
            if outside:
                shown.append({"alternative": "none"})
                worth.append(-1.0)
            picked = int(np.argmax(np.array(worth) + random.gumbel(size=len(worth))))
            rows += [
                {"respondent_id": f"P{person}", "task": task, **each, "chosen": int(position == picked)}
                for position, each in enumerate(shown)
            ]
    return pd.DataFrame(rows)


ATTRIBUTES: dict[str, Any] = {"attributes": ["strap", "gps", "days"], "price": "price", "outside": "none"}


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="module")
def model(tasks: pd.DataFrame) -> ChoiceModel:
    return estimate_choice(tasks, **ATTRIBUTES)


@pytest.fixture
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "alternative": ["ours", "plus", "theirs"],
            "strap": ["silicone", "metal", "textile"],
            "gps": [0, 1, 1],
            "days": [5, 10, 7],
            "price": [95, 149, 120],
        },
        index=[7, 7, 3],
    )


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
