"""Economic value: printed sums, the grammar of drivers, intervals against another library, groups, and bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cvlab.analyses.economic_value import EconomicValue, measure_economic_value
from cvlab.analyses.economic_value.three_points import draw_amounts, draw_levels
from cvlab.errors import DataError, ParameterError

GOLDEN = yaml.safe_load((Path(__file__).parents[2] / "golden" / "economic_value.yaml").read_text(encoding="utf-8"))


def make_drivers(**columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "driver": ["throughput", "reagents", "training", "repairs"],
            "ours": [600.0, 20.0, 150.0, 100.0],
            "reference": [0.0, 50.0, 0.0, 40.0],
            "volume": [np.nan, 10.0, np.nan, np.nan],
            "low": [400.0, 200.0, 50.0, -90.0],
            "high": [800.0, 400.0, 250.0, -30.0],
            "kind": ["revenue gained", "cost avoided", "difference", "cost avoided"],
            "evidence": ["time study", "invoices", None, "service log"],
        }
    )
    return table.assign(**columns)


def steps_of(worth: EconomicValue) -> pd.DataFrame:
    return worth.table.set_index("step").iloc[1:-1]


def test_the_printed_example_adds_up() -> None:
    golden = GOLDEN["forbis_mehta"]
    worth = measure_economic_value(
        pd.DataFrame(golden["drivers"]), reference_price=golden["reference_price"], price=golden["price"]
    )
    assert steps_of(worth)["amount"].to_dict() == golden["amounts"]
    assert worth.headline.value == golden["total"]
    assert worth.incentive is not None
    assert worth.incentive.value == golden["incentive"]
    assert worth.table["running_total"].iloc[0] == golden["reference_price"]
    assert worth.table["running_total"].iloc[-1] == golden["total"]


def test_a_rate_is_times_volume_times_unit_value() -> None:
    golden = GOLDEN["throughput"]
    rates = {name: golden["minutes_per_shift"] / minutes for name, minutes in golden["minutes_per_sample"].items()}
    for name, rate in rates.items():
        assert rate == pytest.approx(golden["samples_per_shift"][name], abs=golden["tolerance"])
    assert rates["reference"] / rates["ours"] == golden["realisation_at_reference"]
    row = {"driver": "throughput", **rates, "volume": golden["shifts_per_month"], "kind": "rate"}
    table = pd.DataFrame([{**row, "unit_value": golden["money_per_sample"]}])
    assert measure_economic_value(table, reference_price=0.0).headline.value == pytest.approx(golden["amount"])
    without_kind = measure_economic_value(table.drop(columns="kind"), reference_price=0.0)
    assert steps_of(without_kind)["kind"].tolist() == ["rate"]
    assert without_kind.headline.value == pytest.approx(golden["amount"])


def test_each_kind_has_its_sign_and_blanks_count_as_one() -> None:
    table = pd.DataFrame(
        {
            "driver": ["a", "b", "c", "d"],
            "ours": 5.0,
            "reference": [3.0, 8.0, 2.0, 4.0],
            "volume": [np.nan, 10.0, np.nan, 3.0],
            "unit_value": [np.nan, 2.0, 7.0, np.nan],
            "kind": ["difference", "cost avoided", "revenue gained", None],
        }
    )
    steps = steps_of(measure_economic_value(table, reference_price=0.0))
    assert steps["amount"].to_dict() == {"b": 60.0, "c": 21.0, "d": 3.0, "a": 2.0}
    assert steps["kind"]["d"] == "rate"


def test_steps_go_down_where_we_are_worse() -> None:
    worth = measure_economic_value(make_drivers(), reference_price=790.0)
    assert worth.table["step"].tolist() == [
        "reference price", "throughput", "reagents", "training", "repairs", "economic value",
    ]  # fmt: skip
    assert worth.table["running_total"].tolist() == pytest.approx([790, 1390, 1690, 1840, 1780, 1780])
    assert worth.table["share"].iloc[4] == pytest.approx(-60 / 1110)
    assert any(note == "Worse than the next best alternative in: repairs." for note in worth.notes)
    base = "Shares are of all differences, better and worse, without their signs: €1,110."
    assert any(note.startswith(base[:-1]) for note in worth.notes)
    better = measure_economic_value(make_drivers().iloc[:3], reference_price=790.0)
    assert not any(note.startswith("Shares are of") for note in better.notes)
    assert str(worth.headline).startswith("Per unit the offer is worth €1,780")


def test_amounts_are_the_mean_of_low_likely_and_high_and_say_so() -> None:
    leaning = make_drivers(high=[1500.0, 400.0, 250.0, -30.0])
    worth = measure_economic_value(leaning, reference_price=790.0)
    assert steps_of(worth)["amount"]["throughput"] == pytest.approx((400 + 600 + 1500) / 3)
    assert steps_of(worth)["likely"]["throughput"] == 600.0
    assert any(note.startswith("Ranges lean to one side: the likely amounts add up to €1,780") for note in worth.notes)
    assert not any("lean" in note for note in measure_economic_value(make_drivers(), reference_price=790.0).notes)


def test_quantiles_are_those_of_another_library() -> None:
    low, likely, high = np.array([-50.0, 0.0, 10.0]), np.array([-20.0, 0.0, 60.0]), np.array([40.0, 30.0, 60.0])
    levels = np.random.default_rng(1).random((500, 3))
    expected = stats.triang.ppf(levels, (likely - low) / (high - low), loc=low, scale=high - low)
    np.testing.assert_allclose(draw_amounts(levels, low, likely, high), expected, atol=1e-9)


def test_intervals_are_those_of_the_triangle_and_of_its_sum() -> None:
    table = make_drivers()
    worth = measure_economic_value(table, reference_price=790.0)
    row = steps_of(worth).loc["throughput"]
    bounds = stats.triang.ppf([0.025, 0.975], 0.5, loc=400, scale=400)
    assert [row["low"], row["high"]] == pytest.approx(list(bounds), rel=0.002)
    random = np.random.default_rng(5)
    ends = table[["low", "high"]].to_numpy()
    sums = random.triangular(ends[:, 0], ends.mean(axis=1), ends[:, 1], (200_000, 4)).sum(axis=1) + 790
    total = worth.headline
    assert [total.low, total.high] == pytest.approx(list(np.quantile(sums, [0.025, 0.975])), rel=0.005)


def test_the_chance_is_the_share_of_draws_above_the_price() -> None:
    table = make_drivers().iloc[[0]]
    worth = measure_economic_value(table, reference_price=0.0, price=500.0)
    assert worth.chance == pytest.approx(1 - stats.triang.cdf(500, 0.5, loc=400, scale=400), abs=0.001)
    assert worth.incentive is not None
    assert (worth.incentive.value, worth.incentive.low) == pytest.approx((100.0, worth.headline.low - 500))
    assert "At a price of €500.00 the customer keeps €100.00" in str(worth.incentive)
    assert "is worth its price with a probability of 87.5%" in str(worth.incentive)
    sure = measure_economic_value(table, reference_price=0.0, price=100.0)
    assert "with a probability of more than 99%" in str(sure.incentive)


def test_intervals_hold_as_often_as_they_say() -> None:
    table = make_drivers()
    worth = measure_economic_value(table, reference_price=790.0, level=0.8)
    random = np.random.default_rng(20260301)
    ends = table[["low", "high"]].to_numpy()
    truths = 790 + random.triangular(ends[:, 0], ends.mean(axis=1), ends[:, 1], (20_000, 4)).sum(axis=1)
    inside = ((truths >= worth.headline.low) & (truths <= worth.headline.high)).mean()
    assert inside == pytest.approx(0.8, abs=0.012)


def test_one_cause_behind_all_drivers_widens_the_total_but_no_driver() -> None:
    apart, together = (
        measure_economic_value(make_drivers(), reference_price=790.0, correlation=rho) for rho in (0.0, 0.9)
    )
    assert together.headline.high - together.headline.low > 1.2 * (apart.headline.high - apart.headline.low)
    np.testing.assert_allclose(steps_of(together)["low"], steps_of(apart)["low"], rtol=0.03)
    scores = stats.norm.ppf(draw_levels(["a", "b"], n_draws=20_000, seed=3, correlation=0.6))
    assert np.corrcoef(scores.T)[0, 1] == pytest.approx(0.6, abs=0.02)


def test_the_top_driver_has_a_share_with_an_interval() -> None:
    worth = measure_economic_value(make_drivers().iloc[:3], reference_price=790.0)
    top = worth.top_driver
    assert top.words["driver"] == "throughput"
    assert top.value == pytest.approx(600 / 1050)
    assert top.low < top.value < top.high
    assert str(top).startswith("throughput carries 57.1% of what differs from the next best alternative (95% interval")
    steps = steps_of(worth).loc["throughput"]
    assert [steps["share_low"], steps["share_high"]] == pytest.approx([top.low, top.high])
    against = measure_economic_value(make_drivers().iloc[[3]], reference_price=790.0).top_driver
    assert "repairs speaks against the offer and makes up 100.0%" in str(against)
    same = pd.DataFrame({"driver": ["a"], "ours": [1.0], "reference": [1.0]})
    assert str(measure_economic_value(same, reference_price=5.0).top_driver).startswith("No driver differs")


def test_the_tornado_moves_one_driver_at_a_time() -> None:
    worth = measure_economic_value(make_drivers(), reference_price=790.0)
    tornado = worth.tornado.set_index("driver")
    assert list(tornado.index) == ["throughput", "reagents", "training", "repairs"]
    assert tornado.loc["throughput", ["total_at_low", "total_at_high", "swing"]].tolist() == [1580, 1980, 400]
    assert tornado["swing"].is_monotonic_decreasing
    for driver, row in tornado.iterrows():
        for bound, total in (("low", "total_at_low"), ("high", "total_at_high")):
            assert worth.with_amounts({driver: row[bound]}).headline.value == pytest.approx(row[total])


def test_what_has_no_range_or_no_evidence_is_said() -> None:
    worth = measure_economic_value(
        make_drivers(low=[400, None, 50, -90], high=[800, None, 250, -30]), reference_price=790.0
    )
    assert "Without low and high, and so taken as certain: reagents." in worth.notes
    assert "Without evidence, 13.5% of what differs: training." in worth.notes
    assert np.isnan(steps_of(worth).loc["reagents", ["low", "high"]].astype(float)).all()
    assert list(worth.tornado["driver"]) == ["throughput", "training", "repairs"]
    bare = measure_economic_value(make_drivers(low=np.nan, high=np.nan), reference_price=790.0, price=1000.0)
    assert np.isnan([bare.headline.low, bare.headline.high, bare.chance]).all()
    assert bare.headline.draws is None
    assert "no driver has a low and a high, so how sure this is, is not known" in str(bare.headline)
    assert bare.tornado.empty


def test_groups_have_their_own_sums_and_weigh_up_to_the_total() -> None:
    slow = {"driver": "throughput", "ours": 300.0, "reference": 0.0, "low": 200.0, "high": 400.0, "group": "slow"}
    table = pd.concat([make_drivers(group=["fast", None, None, "fast"]), pd.DataFrame([slow])], ignore_index=True)
    worth = measure_economic_value(table, reference_price=790.0, price=1000.0, group_sizes={"fast": 3, "slow": 1})
    assert worth.group_table["group"].tolist() == ["all groups", "fast", "slow"]
    assert worth.by_group["fast"].headline.value == pytest.approx(1780.0)
    assert worth.by_group["slow"].headline.value == pytest.approx(790 + 300 + 300 + 150)
    assert worth.headline.value == pytest.approx(0.75 * 1780 + 0.25 * 1540)
    assert worth.group_table["top_driver"].tolist() == ["throughput", "throughput", "reagents"]
    alone = measure_economic_value(
        table[table["group"] != "fast"].drop(columns="group"), reference_price=790.0, price=1000.0
    )
    pd.testing.assert_frame_equal(worth.by_group["slow"].table, alone.table)
    equal = measure_economic_value(table, reference_price=790.0)
    assert "The 2 groups count the same in the mean: give group_sizes to weigh them." in equal.notes
    moved = worth.with_amounts({"throughput": 625.0})
    assert moved.headline.value == pytest.approx(worth.headline.value + 100)
    assert moved.by_group["slow"].headline.value == pytest.approx(1640)


def test_a_row_of_a_group_takes_the_place_of_the_general_one() -> None:
    own = {"driver": "training", "ours": 0.0, "reference": 0.0, "group": "trained"}
    other = {"driver": "extra", "ours": 10.0, "reference": 0.0, "group": "rest"}
    table = pd.concat([make_drivers(), pd.DataFrame([own, other])], ignore_index=True)
    by_group = measure_economic_value(table, reference_price=790.0).by_group
    assert by_group["trained"].headline.value == pytest.approx(1630)
    assert by_group["rest"].headline.value == pytest.approx(1790)
    assert "extra" not in by_group["trained"].table["step"].tolist()


def test_rows_of_accounts_are_left_to_their_statements() -> None:
    table = make_drivers(account=[None, None, "Alpha", None])
    worth = measure_economic_value(table, reference_price=790.0)
    assert "training" not in worth.table["step"].tolist()
    assert any("Rows of 1 account is left" in note for note in worth.notes)
    with pytest.raises(DataError, match="every row of value_drivers belongs to one account"):
        measure_economic_value(make_drivers(account="Alpha"), reference_price=790.0)


def test_moved_amounts_answer_like_a_direct_call() -> None:
    table = make_drivers()
    moved = measure_economic_value(table, reference_price=790.0, price=1200.0).with_amounts(
        {"throughput": 650.0, "repairs": -40.0}, price=1100.0
    )
    shifted = table.assign(
        ours=[650.0, 20.0, 150.0, 80.0], low=[450.0, 200.0, 50.0, -70.0], high=[850.0, 400.0, 250.0, -10.0]
    )
    direct = measure_economic_value(shifted, reference_price=790.0, price=1100.0)
    pd.testing.assert_frame_equal(moved.table, direct.table)
    assert str(moved.incentive) == str(direct.incentive)
    with pytest.raises(ParameterError, match="no driver is called 'through'"):
        moved.with_amounts({"through": 1.0})


@settings(max_examples=25)
@given(st.floats(0.01, 1000.0), st.permutations(range(4)))
def test_scaling_money_scales_money_and_order_does_not_matter(factor: float, order: list[int]) -> None:
    table = make_drivers()
    one = measure_economic_value(table, reference_price=790.0, price=1200.0, n_draws=200)
    scaled = table.iloc[order].assign(
        ours=lambda rows: rows["ours"] * factor, reference=lambda rows: rows["reference"] * factor,
        low=lambda rows: rows["low"] * factor, high=lambda rows: rows["high"] * factor,
    )  # fmt: skip
    other = measure_economic_value(scaled, reference_price=790.0 * factor, price=1200.0 * factor, n_draws=200)
    assert other.table["step"].tolist() == one.table["step"].tolist()
    for column in ("amount", "low", "high", "running_total"):
        np.testing.assert_allclose(other.table[column], one.table[column] * factor, rtol=1e-9)
    np.testing.assert_allclose(other.table["share"], one.table["share"], rtol=1e-9)
    assert other.chance == one.chance


def test_input_is_left_as_it_was_and_seeds_repeat() -> None:
    table = make_drivers()
    kept = table.copy()
    one, again, other = (measure_economic_value(table, reference_price=790.0, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(table, kept)
    pd.testing.assert_frame_equal(one.table, again.table)
    assert one.headline.low != other.headline.low


def test_a_driver_draws_the_same_whatever_else_is_in_the_table() -> None:
    alone = measure_economic_value(make_drivers().iloc[[1]], reference_price=0.0)
    with_others = measure_economic_value(make_drivers(), reference_price=0.0)
    np.testing.assert_array_equal(alone.levels[:, 0], with_others.levels[:, with_others.book.drivers.index("reagents")])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"low": [900.0, 200, 50, -90]}, "column low, row 1: is above high. Remedy: exchange the two"),
        ({"low": [610.0, 200, 50, -90]}, "€610.00 to high €800.00 leaves out the likely amount €600.00"),
        ({"high": [800.0, None, 250, -30]}, "column high, row 2: is empty, but low is not"),
        ({"driver": ["a", "a", "b", "c"]}, "column driver, rows 1, 2: names the same driver twice"),
        ({"driver": ["a", None, "b", "c"]}, "column driver, row 2: is empty"),
        ({"driver": ["a", "economic value", "b", "c"]}, "row 2: is called reference price or economic value"),
        ({"ours": [1.0, np.inf, 1, 1]}, "column ours, row 2: is not a finite number"),
        ({"reference": ["x", 50, 0, 40]}, "column reference, row 1: is not a finite number"),
        ({"volume": [-1.0, 10, None, None]}, "column volume, row 1: is not a number of 0 or more"),
        ({"unit_value": [None, "much", None, None]}, "column unit_value, row 2: is not a number of 0 or more"),
        ({"kind": "saving"}, "column kind, rows 1, 2, 3, 4: is not known. Remedy: write one of difference, rate"),
        ({"kind": "rate"}, "column volume, rows 1, 3, 4: is empty, but the kind is rate"),
        ({"group": "all groups"}, "column group, rows 1, 2, 3, 4: is called all groups"),
    ],
)
def test_drivers_that_cannot_be_read_are_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match="the economic value cannot be measured") as caught:
        measure_economic_value(make_drivers(**columns), reference_price=790.0)
    assert message in str(caught.value)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(DataError, match="3 problems"):
        measure_economic_value(
            make_drivers(low=[900.0, 200, 50, -90], driver=["a", "", "b", "c"], volume=[-2, 10, None, None]),
            reference_price=1.0,
        )


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(DataError, match="value_drivers is a list: give a pandas DataFrame"):
        measure_economic_value([1], reference_price=1.0)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="column reference: is missing"):
        measure_economic_value(pd.DataFrame({"driver": ["a"], "ours": [1.0]}), reference_price=1.0)
    with pytest.raises(DataError, match="has no rows"):
        measure_economic_value(make_drivers().head(0), reference_price=1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reference_price": None}, "reference_price is missing: give what the next best alternative costs"),
        ({"reference_price": -1.0}, "reference_price is -1.0: give a number 0 or more"),
        ({"price": float("nan")}, "price is nan"),
        ({"n_draws": 5}, "n_draws is 5: give a whole number of at least 100"),
        ({"level": 95}, "level is 95"),
        ({"seed": -1}, "seed is -1"),
        ({"correlation": 1.0}, "correlation is 1.0: give a number from 0 to below 1"),
        ({"group_sizes": {"a": 1}}, "group_sizes is given, but value_drivers names no group"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_economic_value(make_drivers(), **{"reference_price": 790.0, **arguments})


def test_group_sizes_name_every_group() -> None:
    table = make_drivers(group=["a", "a", "b", "b"])
    with pytest.raises(ParameterError, match="group_sizes must name the groups of value_drivers, each once: a, b"):
        measure_economic_value(table, reference_price=1.0, group_sizes={"a": 1})


def test_the_difference_is_the_value_beyond_the_reference_price():
    drivers = pd.DataFrame({"driver": ["speed"], "ours": [30.0], "reference": [10.0], "low": [15.0], "high": [25.0]})
    worth = measure_economic_value(drivers, reference_price=100.0, n_draws=500)
    assert worth.difference.value == pytest.approx(20.0)
    assert worth.difference.high == pytest.approx(worth.headline.high - 100.0)
    np.testing.assert_allclose(worth.difference.draws, worth.headline.draws - 100.0)
