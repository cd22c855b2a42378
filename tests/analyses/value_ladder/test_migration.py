"""Migration: histories against a plain loop, printed and planted chains, what is not told, coverage, and bad input."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.value_ladder import Migration, measure_migration
from cvlab.analyses.value_ladder.markov_chain import Clock, find_visits
from cvlab.analyses.value_ladder.migration_numbers import find_design_effect
from cvlab.analyses.value_ladder.stays import count_months
from cvlab.errors import DataError, ParameterError
from cvlab.tables.product_line import read_product_line
from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.behaviour import Moving, draw_spells, draw_start_dates

NAMES = ["good", "better", "best"]
PRICES, COSTS = np.array([10.0, 20.0, 40.0]), np.array([2.0, 5.0, 15.0])
UNTIL = "2026-06-30"
MOVING, CHURN = Moving(up=0.02, down=0.01), 0.05
LEVEL = 0.999
LINES = {
    "fitness-trackers": fitness_trackers,
    "lab-analysers": lab_analysers,
    "salon-software": salon_software,
}


def draw_contracts(n: int, seed: int, *, churn: float = CHURN, moving: Moving = MOVING) -> pd.DataFrame:
    """Draw customers whose chances to move and to leave are the same in every term."""
    random = np.random.default_rng(seed)
    spells = draw_spells(
        np.array([f"C{number:05d}" for number in range(n)]),
        draw_start_dates(n, "2022-01" if moving.term_months > 1 else "2024-07", "2026-03", random),
        random.integers(0, 3, n),
        moving.term_months * np.minimum(random.geometric(churn, n), 5000),
        n_rungs=3,
        moving=moving,
        random=random,
    )
    number = spells["rung"].to_numpy()
    return spells.assign(
        rung=np.array(NAMES)[number], price_per_month=PRICES[number], cost_to_serve_per_month=COSTS[number]
    )


def make_contracts(*rows: tuple[str, str, str, str | None], **columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "rung", "start", "end"])
    prices = dict(zip(NAMES, PRICES, strict=True))
    table["price_per_month"] = [prices.get(rung, 10.0) for rung in table["rung"]]
    return table.assign(cost_to_serve_per_month=2.0).assign(**columns)


def copy_customers(table: pd.DataFrame, times: int) -> pd.DataFrame:
    return pd.concat(
        [table.assign(customer_id=table["customer_id"] + f"-{number}") for number in range(times)], ignore_index=True
    )


def find_truth(moving: Moving, churn: float) -> np.ndarray:
    """Return chances per term: a customer who leaves does not move any more."""
    rates = np.zeros((3, 4))
    for rung in range(3):
        if rung < 2:
            rates[rung, rung + 1] = moving.up * (1 - churn)
        if rung > 0:
            rates[rung, rung - 1] = moving.down * (1 - churn)
        rates[rung, 3] = churn
    return rates


@pytest.fixture(scope="module")
def contracts() -> pd.DataFrame:
    return draw_contracts(400, seed=20260801)


@pytest.fixture(scope="module")
def migration(contracts: pd.DataFrame) -> Migration:
    return measure_migration(contracts, rungs=NAMES, as_of=UNTIL)


# Printed and planted chains


@pytest.fixture(scope="module")
def recency(checkout: Path) -> dict[str, Any]:
    golden = yaml.safe_load((checkout / "tests" / "golden" / "migration.yaml").read_text(encoding="utf-8"))
    return dict(golden["recency_chain"])


@pytest.mark.parametrize(("periods", "values"), [(None, "values"), (5, "values_of_five_periods")])
def test_the_printed_chain_is_worth_what_is_printed(recency: dict[str, Any], periods: int | None, values: str) -> None:
    again = np.array(recency["buying_again"])
    rates = np.zeros((4, 5))
    rates[1:, 0] = again[1:]
    rates[np.arange(4), [1, 2, 3, 4]] = 1 - again
    horizon = None if periods is None else 12 * periods
    clock = Clock(period_months=12, discount_rate_per_year=recency["discount_rate"], horizon_months=horizon)
    visits = find_visits(rates, clock, discounted=True) / clock.worth_of_period
    np.testing.assert_allclose(visits @ recency["reward"], recency[values], atol=recency["tolerance"])


@pytest.mark.parametrize("slug", LINES)
def test_planted_moves_of_the_sample_lines_are_in_their_intervals(checkout: Path, slug: str) -> None:
    line = read_product_line(checkout / "data" / "sample" / slug)
    planted = LINES[slug].MOVING
    rungs = list(line.rungs["rung"])
    result = measure_migration(line.contracts, rungs=rungs, as_of=UNTIL, level=LEVEL, n_boot=50, smallest_group=1)
    assert result.period_months == planted.term_months
    found = result.directions.set_index("direction")
    # Whoever leaves at the end of a term does not move at that end.
    staying = 1 - found.loc["left", "rate"]
    for direction, rate in (("up", planted.up), ("down", planted.down)):
        assert found.loc[direction, "low"] <= rate * staying <= found.loc[direction, "high"], direction


def test_loyal_customers_who_remain_are_noticed_on_salon_software(checkout: Path) -> None:
    line = read_product_line(checkout / "data" / "sample" / "salon-software")
    result = measure_migration(
        line.contracts, as_of=UNTIL, discount_rate_per_year=0.0, horizon_years=10, smallest_group=1
    )
    first, later = result.tenure["rate"]
    assert first > later
    note = next(note for note in result.notes if "customers of 100" in note)
    assert "more leave per month than later on the same rung" in note
    assert "makes time and value until leaving too low" in note
    # Churn is beta-distributed over customers: the chain knows one rate for all, and makes them stay too short.
    truth = salon_software.STAYING.expected_months(discount_per_month=0.0, months=120)
    starts = result.origins["started"] * result.origins["n"]
    assert float(np.average(result.rungs["months"], weights=starts)) < 0.9 * truth


def test_one_rate_for_all_is_not_called_falling(migration: Migration) -> None:
    assert not any("customers of 100" in note for note in migration.notes)


# From contracts to chances


def count_by_loop(contracts: pd.DataFrame, until: pd.Timestamp) -> tuple[Counter[Any], Counter[Any]]:
    """Go month by month, as a careful person would: at each anniversary of the start, what happened?"""
    at_risk: Counter[Any] = Counter()
    moves: Counter[Any] = Counter()
    for _, rows in contracts.sort_values("start").groupby("customer_id"):
        records = rows.to_dict("records")
        for position, row in enumerate(records):
            day = row["start"]
            while True:
                day = day + pd.DateOffset(months=1)
                if day > until:
                    break
                at_risk[row["rung"]] += 1
                if day == row["end"]:
                    last = position + 1 == len(records)
                    moves[row["rung"], "left" if last else records[position + 1]["rung"]] += 1
                    break
    return at_risk, moves


def test_months_at_risk_and_moves_are_those_of_a_plain_loop(contracts: pd.DataFrame, migration: Migration) -> None:
    at_risk, moves = count_by_loop(contracts, pd.Timestamp(UNTIL))
    assert migration.period_months == 1
    for row in migration.table.to_dict("records"):
        assert row["periods"] == at_risk[row["from"]]
        if row["from"] != row["to"]:
            assert row["moves"] == moves[row["from"], row["to"]]
            assert row["rate"] == pytest.approx(row["moves"] / row["periods"])
    sums = migration.table.groupby("from")["rate"].sum()
    np.testing.assert_allclose(sums, 1.0)


def test_running_contracts_count_the_time_that_has_gone_by_and_no_end() -> None:
    table = make_contracts(("A", "good", "2025-01-15", None), ("B", "good", "2025-01-15", "2025-04-15"))
    result = measure_migration(copy_customers(table, 10), as_of="2025-06-14", period_months=1)
    left = result.table.set_index("to").loc["left"]
    # A: four whole months until the day of the question; B: left in the third.
    assert (left["periods"], left["moves"]) == (70, 10)


@pytest.mark.parametrize("length", ["anniversary", "the day before"])
def test_terms_are_recognised_and_a_running_term_tells_nothing(length: str) -> None:
    end = "2025-01-01" if length == "anniversary" else "2024-12-31"
    again = "2025-01-01"
    table = make_contracts(("A", "good", "2024-01-01", end), ("A", "good", again, None))
    result = measure_migration(copy_customers(table, 12), as_of="2025-09-30")
    assert result.period_months == 12
    assert result.table["periods"].unique().tolist() == [12]
    assert "Contracts end with terms of 12 months, so that a period is one term." in result.notes


@given(st.dates(date(2019, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
def test_months_are_those_of_the_calendar(start: date, months: int) -> None:
    begin = np.array([start], dtype="datetime64[D]")
    end = np.array([(pd.Timestamp(start) + pd.DateOffset(months=months)).date()], dtype="datetime64[D]")
    counted, exact = count_months(begin, end)
    assert (counted.item(), exact.item()) == (months, True)
    before, _ = count_months(begin, end - 1)
    assert before.item() == months - 1


def test_a_short_gap_is_none_and_a_long_one_a_new_start() -> None:
    rows = (("A", "good", "2025-01-01", "2025-03-01"), ("A", "better", "2025-03-20", "2025-05-01"))
    table = copy_customers(make_contracts(*rows), 12)
    near = measure_migration(table, rungs=NAMES, as_of="2025-12-31").table.set_index(["from", "to"])["moves"]
    assert near["good", "better"] == 12
    far = measure_migration(table, rungs=NAMES, as_of="2025-12-31", longest_gap_days=10)
    moves = far.table.set_index(["from", "to"])["moves"]
    assert (moves["good", "better"], moves["good", "left"]) == (0, 12)
    assert far.origins.set_index("rung").loc["better", "came_back"] == 1.0
    assert any(note.startswith("Customers came back after leaving 12 times") for note in far.notes)


def test_a_renewal_without_the_next_contract_is_no_leaving() -> None:
    table = make_contracts(
        ("A", "good", "2025-01-01", "2025-04-01"), ("B", "good", "2025-01-01", "2025-04-01"), renewed=["yes", "no"]
    )
    result = measure_migration(copy_customers(table, 10), as_of="2025-12-31", period_months=1)
    left = result.table.set_index("to").loc["left"]
    assert (left["periods"], left["moves"]) == (2 * 10 + 3 * 10, 10)
    assert any(note.startswith("10 contracts ended and were renewed") for note in result.notes)


def test_history_can_be_asked_as_of_an_earlier_day(contracts: pd.DataFrame) -> None:
    day = pd.Timestamp("2025-09-30")
    known = contracts[contracts["start"] <= day]
    known = known.assign(
        end=known["end"].where(known["end"] <= day), renewed=known["renewed"].where(known["end"] <= day)
    )
    then = measure_migration(contracts, rungs=NAMES, as_of=day)
    pd.testing.assert_frame_equal(then.table, measure_migration(known, rungs=NAMES, as_of=day).table)
    assert any("start after 2025-09-30: they were left out" in note for note in then.notes)


def test_where_people_come_from() -> None:
    table = pd.concat(
        [
            copy_customers(make_contracts(("A", "best", "2025-01-01", None)), 30),
            copy_customers(
                make_contracts(("B", "good", "2025-01-01", "2025-04-01"), ("B", "best", "2025-04-01", None)), 10
            ),
            copy_customers(
                make_contracts(("D", "best", "2025-01-01", "2025-04-01"), ("D", "good", "2025-04-01", None)), 10
            ),
        ]
    )
    origins = measure_migration(table, rungs=NAMES, as_of="2025-12-31").origins.set_index("rung")
    assert origins.index.tolist() == ["good", "best"]
    assert origins.loc["best", ["n", "started", "moved_up"]].tolist() == [50, 0.8, 0.2]
    assert origins.loc["good", ["n", "started", "moved_down"]].tolist() == [20, 0.5, 0.5]
    assert origins.loc["best", ["low", "high"]].tolist() == pytest.approx(wilson_interval(40, 50))


# Time and value


def test_value_is_the_discounted_sum_of_the_chain(migration: Migration) -> None:
    rates = migration.table.pivot_table(index="from", columns="to", values="rate", sort=False)
    chain = rates[NAMES].to_numpy()
    margin = migration.rungs["contribution"].to_numpy()
    assert margin == pytest.approx(PRICES - COSTS)
    discount = 1.1 ** (-1 / 12)
    total, state = np.zeros(3), np.eye(3)
    for month in range(3000):
        total += discount**month * state @ margin
        state = state @ chain
    assert migration.rungs["value"].to_numpy() == pytest.approx(total)
    assert migration.steps["value"].to_numpy() == pytest.approx(np.diff(total))
    paths = migration.paths.groupby("start", sort=False)
    assert paths["value"].sum().to_numpy() == pytest.approx(total)
    assert paths["months"].sum().to_numpy() == pytest.approx(migration.rungs["months"].to_numpy())


def test_a_horizon_ends_the_sum_within_a_term() -> None:
    moving = Moving(up=0.1, down=0.04, term_months=12, row_per_term=True)
    table = draw_contracts(300, seed=5, churn=0.2, moving=moving)
    result = measure_migration(
        table, rungs=NAMES, as_of=UNTIL, horizon_years=2.5, discount_rate_per_year=0.08, smallest_group=1
    )
    assert result.period_months == 12
    rates = result.table.pivot_table(index="from", columns="to", values="rate", sort=False)[NAMES].to_numpy()
    margin = result.rungs["contribution"].to_numpy()
    factors = 1.08 ** (-np.arange(30) / 12)
    states = [np.linalg.matrix_power(rates, year) for year in range(3)]
    expected = sum(factors[month] * states[month // 12] @ margin for month in range(30))
    assert result.rungs["value"].to_numpy() == pytest.approx(expected)
    months = sum(states[month // 12].sum(axis=1) for month in range(30))
    assert result.rungs["months"].to_numpy() == pytest.approx(months)
    assert ", within 30 months, discounted at 8.0% a year" in str(result.headline)


def test_headlines_average_steps_and_first_rungs(contracts: pd.DataFrame, migration: Migration) -> None:
    running = contracts[contracts["end"].isna()]["rung"].value_counts()
    weights = [running["good"], running["better"]]
    assert migration.headline.value == pytest.approx(np.average(migration.steps["value"], weights=weights))
    first = contracts.sort_values("start").drop_duplicates("customer_id")["rung"].value_counts()
    expected = np.average(migration.rungs["value"], weights=first[NAMES])
    assert migration.customer_value.value == pytest.approx(expected)
    assert migration.headline.low < migration.headline.value < migration.headline.high
    text = str(migration.headline)
    assert text.startswith("A customer one rung further up is worth €")
    assert "of those below the top move up" in text
    assert any("assumed, not shown" in note for note in migration.notes)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([0.01, 0.5, 3.0, 1000.0]), st.integers(0, 2**16))
def test_money_scales_and_the_order_of_rows_does_not_matter(factor: float, seed: int) -> None:
    table = draw_contracts(60, seed=8)
    before = table.copy()
    plain = measure_migration(table, rungs=NAMES, as_of=UNTIL, n_boot=40)
    scaled = table.assign(
        price_per_month=factor * table["price_per_month"],
        cost_to_serve_per_month=factor * table["cost_to_serve_per_month"],
    ).sample(frac=1.0, random_state=seed)
    other = measure_migration(scaled, rungs=NAMES, as_of=UNTIL, n_boot=40)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(plain.table, other.table)
    money = ["value", "value_low", "value_high", "contribution"]
    np.testing.assert_allclose(other.rungs[money], factor * plain.rungs[money], rtol=1e-6)
    np.testing.assert_allclose(other.rungs["months_high"], plain.rungs["months_high"], rtol=1e-6)


def test_an_index_of_customers_and_contracts_cut_in_two_change_nothing(
    contracts: pd.DataFrame, migration: Migration
) -> None:
    indexed = measure_migration(contracts.set_index("customer_id"), rungs=NAMES, as_of=UNTIL)
    pd.testing.assert_frame_equal(indexed.rungs, migration.rungs)
    cut = pd.Timestamp("2025-11-11")
    long = (contracts["start"] < cut) & ~(contracts["end"] <= cut)
    halves = [
        contracts[~long],
        contracts[long].assign(end=cut, renewed="yes"),
        contracts[long].assign(start=cut),
    ]
    result = measure_migration(pd.concat(halves), rungs=NAMES, as_of=UNTIL)
    pd.testing.assert_frame_equal(result.table, migration.table)


# What cannot be told


def test_a_move_never_seen_may_still_happen(migration: Migration) -> None:
    row = migration.table.set_index(["from", "to"]).loc["good", "best"]
    assert (row["moves"], row["rate"], row["low"]) == (0, 0.0, 0.0)
    assert row["high"] == pytest.approx(wilson_interval(0, row["periods"])[1])
    path = migration.paths.set_index(["start", "rung"]).loc["good", "best"]
    assert path["months_low"] <= path["months"] <= path["months_high"]


def test_customers_seen_long_count_as_customers() -> None:
    # Half move at every turn and half never: twenty customers, not two hundred periods.
    moves = np.repeat([0.0, 10.0], 10)
    assert find_design_effect(moves, np.full(20, 10.0)) == pytest.approx(10 * 20 / 19)
    assert find_design_effect(np.zeros(20), np.ones(20)) == 1.0
    assert find_design_effect(np.array([1.0]), np.array([3.0])) == 1.0


def test_when_nobody_leaves_time_has_no_end_and_value_rests_on_discounting() -> None:
    table = copy_customers(make_contracts(("A", "good", "2025-01-01", None)), 20)
    result = measure_migration(table, as_of="2026-01-01")
    row = result.rungs.iloc[0]
    assert np.isinf(row["months"])
    assert np.isinf(row["months_high"])
    assert 0 < row["months_low"] < np.inf
    assert row["value"] == pytest.approx(8.0 / (1 - 1.1 ** (-1 / 12)))
    assert row["value_low"] < 0.9 * row["value"]
    assert any(note.startswith("Nobody was seen to leave after coming to good") for note in result.notes)
    endless = measure_migration(table, as_of="2026-01-01", discount_rate_per_year=0.0)
    assert not endless.customer_value.answered
    assert "Needed: a longer time, a horizon, or a discount rate above 0." in str(endless.customer_value)
    ten_years = measure_migration(table, as_of="2026-01-01", discount_rate_per_year=0.0, horizon_years=10)
    assert ten_years.rungs["value"].item() == pytest.approx(8.0 * 120)


def test_a_rung_nobody_was_on_for_a_period_hides_what_rests_on_it() -> None:
    moved = (("A", "good", "2025-01-01", "2025-12-20"), ("A", "best", "2025-12-20", None))
    table = pd.concat(
        [
            copy_customers(make_contracts(*moved), 12),
            copy_customers(make_contracts(("B", "good", "2025-01-01", "2025-05-01")), 12),
            copy_customers(make_contracts(("D", "better", "2025-01-01", "2025-05-01")), 12),
        ]
    )
    result = measure_migration(table, rungs=NAMES, as_of="2025-12-31")
    values = result.rungs.set_index("rung")["value"]
    assert values.isna().to_dict() == {"good": True, "better": False, "best": True}
    note = "Nobody has been on best for a whole month, so its value is not known, and so not what follows from coming"
    assert any(each.startswith(note) and "good" in each for each in result.notes)


def test_few_customers_are_not_told_of() -> None:
    table = draw_contracts(9, seed=1)
    result = measure_migration(table, rungs=NAMES, as_of=UNTIL)
    assert result.table[["rate", "low", "high"]].isna().all(axis=None)
    assert result.rungs.filter(regex="stay|months|value|contribution").isna().all(axis=None)
    assert str(result.headline) == (
        "Not enough data for what a step up the ladder is worth: customers 9, needed at least 10."
    )
    one = measure_migration(table.head(1), smallest_group=1)
    assert not one.headline.answered
    assert one.headline.n == 1


def test_a_rung_with_few_customers_is_not_told_of() -> None:
    table = pd.concat([draw_contracts(200, seed=3), make_contracts(("Z", "super", "2025-01-01", "2025-09-01"))])
    result = measure_migration(table, rungs=[*NAMES, "super"], as_of=UNTIL)
    rungs = result.rungs.set_index("rung")
    assert np.isnan(rungs.loc["super", "value"])
    assert rungs.loc[NAMES, "value"].notna().all()
    assert any(
        "so nothing is told of it, and sums and means are over the other rungs: super" in note for note in result.notes
    )


def test_counts_and_headlines_do_not_tell_what_rates_hide() -> None:
    table = pd.concat(
        [
            copy_customers(make_contracts(("A", "good", "2025-01-01", "2025-03-01")), 9),
            copy_customers(make_contracts(("B", "best", "2025-01-01", None)), 2),
        ]
    )
    result = measure_migration(table, rungs=NAMES, as_of="2025-12-31")
    assert not result.headline.answered
    assert "no two neighbouring rungs with enough customers on both" in str(result.headline)
    assert not result.customer_value.answered
    counts = ["n", "periods", "moves"]
    assert result.table[counts].isna().all(axis=None)
    assert result.directions[counts].isna().all(axis=None)
    assert result.rungs[["n", "periods"]].isna().all(axis=None)
    assert result.origins["n"].isna().all()
    assert result.tenure[["n", "periods", "left"]].isna().all(axis=None)


def test_a_hidden_rung_is_not_the_rest_of_a_sum() -> None:
    table = draw_contracts(200, seed=3)
    plain = measure_migration(table, rungs=NAMES, as_of=UNTIL)
    few = make_contracts(("Z", "super", "2025-01-01", "2025-09-01"), ("Y", "super", "2025-01-01", "2025-05-01"))
    result = measure_migration(pd.concat([table, few]), rungs=[*NAMES, "super"], as_of=UNTIL)
    ways = result.directions.set_index("direction")
    told = result.table[result.table["from"] != "super"]
    assert ways.loc["left", "moves"] == told.loc[told["to"] == "left", "moves"].sum()
    assert ways.loc["left", "periods"] == plain.directions.set_index("direction").loc["left", "periods"]
    assert result.tenure["periods"].sum() == ways.loc["left", "periods"]
    assert result.headline.value == pytest.approx(plain.headline.value)
    assert result.customer_value.value == pytest.approx(plain.customer_value.value)


def test_who_stays_has_not_moved(migration: Migration) -> None:
    stays = migration.table["from"] == migration.table["to"]
    assert migration.table.loc[stays, "moves"].isna().all()
    assert migration.table.loc[~stays, "moves"].notna().all()
    assert migration.table.loc[stays, "rate"].notna().all()


def test_one_rung_has_no_step_up() -> None:
    table = copy_customers(make_contracts(("A", "good", "2025-01-01", "2025-09-01")), 20)
    result = measure_migration(table, as_of=UNTIL)
    assert str(result.headline) == "All contracts are about one rung, good: there is no step up to value."
    assert result.steps.empty
    assert result.directions["direction"].tolist() == ["left"]
    assert result.customer_value.value == pytest.approx(result.rungs["value"].item())


def test_a_rung_that_costs_more_than_it_pays_is_named(contracts: pd.DataFrame) -> None:
    dear = contracts.assign(cost_to_serve_per_month=np.where(contracts["rung"] == "best", 50.0, 1.0))
    result = measure_migration(dear, rungs=NAMES, as_of=UNTIL)
    assert "Costs more to serve than it pays: best." in result.notes
    assert result.steps["value"].iloc[-1] < 0
    assert str(result.headline).startswith("One rung further up changes what a customer is worth by −€")


def test_rungs_stand_by_price_unless_named(contracts: pd.DataFrame) -> None:
    by_price = measure_migration(contracts, as_of=UNTIL)
    assert by_price.rungs["rung"].tolist() == NAMES
    assert "Rungs stand in the order of their mean price: good, better, best." in by_price.notes
    named = measure_migration(contracts, rungs=["best", "good", "better", "giant"], as_of=UNTIL)
    assert named.rungs["rung"].tolist() == ["best", "good", "better"]
    assert "Nobody has a contract about giant: nothing is told about it." in named.notes


def test_groups_are_measured_after_everybody_and_small_ones_merged(
    contracts: pd.DataFrame, migration: Migration
) -> None:
    ids = sorted(set(contracts["customer_id"]))
    names = np.where(np.arange(len(ids)) % 2, "odd", "even")
    names[:4] = "tiny"
    labels = pd.Series(names, index=ids, dtype="category")
    result = measure_migration(contracts, rungs=NAMES, as_of=UNTIL, by=Partition(labels=labels, scheme="parity"))
    # Four customers are too few, and go together with the smaller of the other groups.
    assert list(dict.fromkeys(result.rungs["group"])) == ["everybody", "other", "odd"]
    everybody = result.table[result.table["group"] == "everybody"].reset_index(drop=True)
    pd.testing.assert_frame_equal(everybody, migration.table)
    parts = result.table[result.table["group"] != "everybody"].groupby(["from", "to"])["moves"].sum(min_count=2)
    together = migration.table.set_index(["from", "to"])["moves"]
    assert len(parts.dropna()) > 3
    assert parts.dropna().to_dict() == together[parts.dropna().index].to_dict()


def test_groups_that_cannot_be_used(contracts: pd.DataFrame) -> None:
    ids = sorted(set(contracts["customer_id"]))
    labels = pd.Series(["everybody"] * len(ids), index=ids, dtype="category")
    with pytest.raises(DataError, match="letters has a group called everybody"):
        measure_migration(contracts, by=Partition(labels=labels, scheme="letters"))
    strange = Partition(labels=labels.set_axis([f"X{name}" for name in ids]), scheme="letters")
    with pytest.raises(DataError, match="letters names none of the customers"):
        measure_migration(contracts, by=strange)


# Intervals hold


def measure_coverage(samples: int, n: int) -> dict[str, float]:
    rates = find_truth(MOVING, CHURN)
    chain = rates[:, :3] + np.diag(1 - rates.sum(axis=1))
    values = np.linalg.inv(np.eye(3) - 1.1 ** (-1 / 12) * chain) @ (PRICES - COSTS)
    months = np.linalg.inv(np.eye(3) - chain).sum(axis=1)
    held: dict[str, list[bool]] = {"rate": [], "months": [], "value": [], "step": []}
    for sample in range(samples):
        table = draw_contracts(n, seed=7000 + sample)
        result = measure_migration(table, rungs=NAMES, as_of=UNTIL, n_boot=300, smallest_group=1)
        table = result.table[result.table["from"] != result.table["to"]]
        truth = [rates[NAMES.index(row["from"]), [*NAMES, "left"].index(row["to"])] for row in table.to_dict("records")]
        held["rate"] += ((table["low"] <= truth) & (truth <= table["high"])).tolist()
        for name, known in (("months", months), ("value", values)):
            low, high = result.rungs[f"{name}_low"], result.rungs[f"{name}_high"]
            held[name] += ((low <= known) & (known <= high)).tolist()
        steps = np.diff(values)
        held["step"] += ((result.steps["value_low"] <= steps) & (steps <= result.steps["value_high"])).tolist()
    return {name: float(np.mean(hits)) for name, hits in held.items()}


def test_intervals_hold_the_truth_in_a_few_samples() -> None:
    # The intervals of three rungs go together, so that these are hardly more than 40 trials.
    for name, share in measure_coverage(40, n=150).items():
        assert share >= 0.85, name


@pytest.mark.slow
@pytest.mark.parametrize("n", [60, 400])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int) -> None:
    for name, share in measure_coverage(300, n=n).items():
        assert 0.9 <= share <= 0.99, name


# Bad input


def test_all_that_is_wrong_is_said_at_once() -> None:
    table = make_contracts(
        ("A", "good", "2025-01-01", "2024-01-01"),
        ("B", "gold", "2025-01-01", None),
        ("B", "good", "2025-06-01", None),
        ("C", "good", "2025-01-01", None),
        price_per_month=[10.0, 10.0, 10.0, -1.0],
        renewed=["no", None, "perhaps", None],
    )
    with pytest.raises(DataError) as raised:
        measure_migration(table, rungs=["good", "best"])
    assert str(raised.value).splitlines() == [
        "migration cannot be measured: 5 problems",
        "  error: contracts, column rung, row 2: is no rung. Remedy: write one of good, best, or add it to rungs.",
        "  error: contracts, column price_per_month, row 4: is not a number of 0 or more. Remedy: write an amount of "
        "money per month.",
        "  error: contracts, column renewed, row 3: is neither yes nor no. Remedy: write yes or no, or leave it empty.",
        "  error: contracts, column end, row 1: lies before start. Remedy: correct one of the two dates.",
        "  error: contracts, column start, row 3: lies within an earlier contract of the same customer. Remedy: end "
        "the earlier contract where the next one starts; give a second product a table of its own.",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns=["start", "rung"]), "column rung: is missing"),
        (lambda table: table.iloc[:0], "has no rows"),
        (lambda table: table.assign(start="soon"), "column start, rows 1, 2: is not a date"),
        (lambda table: table.assign(start=[None, "2025-01-01"]), "column start, row 1: is not a date"),
        (lambda table: table.assign(end="2025-13-01"), "column end, rows 1, 2: is not a date"),
        (lambda table: table.assign(customer_id=["A", None]), "column customer_id, row 2: is empty"),
        (lambda table: table.assign(rung=[None, "good"]), "column rung, row 1: is empty"),
        (lambda table: table.assign(rung="left"), "is called left, which here means leaving"),
        (lambda table: table.assign(customer_id="A", end=None), "row 2: lies within an earlier contract"),
        (lambda table: table.set_axis(["customer_id", "rung", "start", "start", "a", "b"], axis=1), "same name: start"),
    ],
)
def test_bad_contracts(change: Any, message: str) -> None:
    table = make_contracts(("A", "good", "2025-01-01", None), ("B", "good", "2025-02-01", None))
    with pytest.raises(DataError, match=message):
        measure_migration(change(table))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rungs": "good"}, "rungs is 'good': give names in a list"),
        ({"rungs": ["good", "good"]}, "name every rung once"),
        ({"as_of": "soon"}, "as_of is 'soon'"),
        ({"period_months": 0}, "period_months is 0"),
        ({"discount_rate_per_year": -0.1}, "discount_rate_per_year is -0.1"),
        ({"horizon_years": 0.0}, "horizon_years is 0.0"),
        ({"horizon_years": 500}, "horizon_years is 500: give from 1/12 to 100 years"),
        ({"longest_gap_days": -1}, "longest_gap_days is -1"),
        ({"n_boot": 0}, "n_boot is 0"),
        ({"level": 95}, "level is 95"),
        ({"smallest_group": 0}, "smallest_group is 0"),
        ({"seed": "a"}, "seed is 'a': give a whole number"),
        ({"by": "x"}, "by is a str: give a Partition"),
        ({"discount_rate_per_year": 12}, "discount_rate_per_year is 12: give a share below 1"),
    ],
)
def test_bad_arguments(contracts: pd.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_migration(contracts, **arguments)


def test_a_day_before_all_contracts_and_no_table(contracts: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no contract starts by 2020-01-01, the day of the question"):
        measure_migration(contracts, as_of="2020-01-01")
    with pytest.raises(DataError, match="contracts is a list: give a pandas DataFrame"):
        measure_migration([1, 2])  # type: ignore[arg-type]


def test_a_headline_can_be_kept(migration: Migration) -> None:
    for headline in (migration.headline, migration.customer_value):
        assert json.loads(json.dumps(headline.to_record()))["text"] == str(headline)
