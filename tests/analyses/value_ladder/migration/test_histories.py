"""From contracts to chances: histories against a plain loop."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.value_ladder import Migration, measure_migration
from cvlab.analyses.value_ladder.stays import count_months
from tests.analyses.value_ladder.migration.cases import NAMES, UNTIL, copy_customers, make_contracts


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
