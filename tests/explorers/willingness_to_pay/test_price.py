"""The explorer of a price answers as direct calls do, and says what cannot be known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import (
    Demand,
    compare_stated_revealed,
    estimate_demand,
    measure_price_change,
    optimise_price,
)
from cvlab.analyses.willingness_to_pay.pricing.calibration import calibrate_demand
from cvlab.explorers.willingness_to_pay import explore_price
from cvlab.units import write_number, write_range
from tests.explorers.willingness_to_pay.cases import PEOPLE, amounts_of, answers_of, ladder_of, pictures_of, sales_of

# A price


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


# What people said


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


# A guess first


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
