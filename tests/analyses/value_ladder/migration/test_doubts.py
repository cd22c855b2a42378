"""What migration does not tell, and bad input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.value_ladder import Migration, measure_migration
from cvlab.analyses.value_ladder.migration_numbers import find_design_effect
from cvlab.errors import DataError, ParameterError
from tests.analyses.value_ladder.migration.cases import NAMES, UNTIL, copy_customers, draw_contracts, make_contracts

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
