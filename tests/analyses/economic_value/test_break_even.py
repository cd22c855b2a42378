"""Break-even: schedules solved by hand, draws against a plain loop, groups, coverage, and bad input."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cvlab.analyses.common import Partition
from cvlab.analyses.economic_value import measure_break_even
from cvlab.analyses.economic_value.cumulated import draw_net, find_break_even, measure_profit_zone
from cvlab.analyses.economic_value.schedules import read_schedules
from cvlab.analyses.economic_value.three_points import draw_amounts, spread_levels
from cvlab.errors import DataError, ParameterError

DEPENDENCES = ("within customer", "across customers", "none")
BENEFITS = ["benefit_low", "benefit_mode", "benefit_high"]


def make_one(cost: list[float], benefit: list[float], *, first: int = 0, **columns: Any) -> pd.DataFrame:
    table = pd.DataFrame({"group": "site", "month": np.arange(len(cost)) + first, "cost": cost})
    return table.assign(**dict.fromkeys(BENEFITS, benefit)).assign(**columns)


def test_normal_and_slow_sites_pay_back_when_they_must(golden: dict[str, Any], sites: pd.DataFrame) -> None:
    result = measure_break_even(sites, discount_rate_per_year=0.08)
    table = result.table.set_index("group")
    assert table["n"].to_dict() == {"all customers": 60, "normal": 42, "slow": 18}
    for group, months in golden["break_even"]["months"].items():
        row = table.loc[group]
        assert row["break_even"] == pytest.approx(months, abs=1e-9)
        assert row["break_even_low"] < months < row["break_even_high"]
        assert row["discounted_break_even"] > months


def test_money_is_discounted_by_the_month(golden: dict[str, Any]) -> None:
    known = golden["annuity"]
    table = make_one([1000.0] + [0.0] * 12, [0.0] + [100.0] * 12)
    row = measure_break_even(table, discount_rate_per_year=known["rate_per_year"]).table.iloc[0]
    assert row["net_present_value"] == pytest.approx(known["net_present_value"], abs=known["tolerance"])
    assert row["cost_of_ownership"] == pytest.approx(1000.0)
    assert row["return_on_cost"] == pytest.approx(known["net_present_value"] / 1000, abs=1e-7)
    assert row["break_even"] == 10.0
    # 1,000 less ten discounted months is owed, and the eleventh month earns 100 / 1.01 ** 11.
    owed = 1000 - 100 * (1 - 1.01**-10) / 0.01
    assert row["discounted_break_even"] == pytest.approx(10 + owed / (100 * 1.01**-11))
    # From month 10 the cumulative value rises to 200 in two months.
    assert row["profit_zone"] == pytest.approx(200.0)


def test_without_ranges_there_is_no_interval_and_that_is_said() -> None:
    result = measure_break_even(make_one([30.0, 0, 0, 0], [0.0, 20, 20, 20]), discount_rate_per_year=0.0)
    assert result.headline.value == 1.5
    assert np.isnan([result.headline.low, result.table["net_present_value_low"].item()]).all()
    assert str(result.headline) == (
        "site has its costs back after 1.50 months; no benefit has a range, so how sure this is, is not known."
    )
    assert result.curve["low"].isna().all()
    assert result.net_present_value.draws is None


def test_never_is_an_answer() -> None:
    ranges = {"benefit_low": 1.0, "benefit_high": 9.0}
    result = measure_break_even(make_one([30.0] + [10.0] * 6, [5.0] * 7, **ranges), discount_rate_per_year=0.08)
    row = result.table.iloc[0]
    assert np.isinf(row[["break_even", "break_even_low", "break_even_high"]].astype(float)).all()
    assert (row["never"], row["profit_zone"]) == (1.0, 0.0)
    assert not result.headline.answered
    assert str(result.headline) == (
        "site does not get back what it costs within 6 months; the probability of that is more than 99%."
    )
    assert result.net_present_value.value < 0


def test_an_interval_may_reach_beyond_the_horizon() -> None:
    table = make_one(
        [40.0] + [0.0] * 5, [0.0] + [10.0] * 5, benefit_low=[0.0] + [6.0] * 5, benefit_high=[0.0] + [14.0] * 5
    )
    result = measure_break_even(table, discount_rate_per_year=0.0)
    row = result.table.iloc[0]
    assert row["break_even"] == 4.0
    assert np.isinf(row["break_even_high"])
    # Below 8 a month, 40 does not come back in five months: the lower eighth of the triangle.
    assert row["never"] == pytest.approx(0.125, abs=0.002)
    assert np.isnan(result.headline.high)
    assert "to later than 5 months); the probability that this takes longer than 5 months is 12.5%" in str(
        result.headline
    )


def test_one_month_is_enough_for_an_answer_but_month_0_is_not() -> None:
    one = measure_break_even(make_one([10.0], [20.0], first=1), discount_rate_per_year=0.0)
    assert (one.horizon_months, one.headline.value) == (1, 0.0)
    assert "Benefits cover the costs from the first month on: site." in one.notes
    with pytest.raises(DataError, match="1 of 1 schedules in cost_benefit have month 0 only"):
        measure_break_even(make_one([10.0], [20.0]), discount_rate_per_year=0.0)


def test_only_the_last_return_counts() -> None:
    table = make_one([10.0, 0, 20, 0, 0], [0.0, 12, 0, 8, 20])
    result = measure_break_even(table, discount_rate_per_year=0.0)
    assert result.headline.value == 3.5
    assert "Costs are back for a while and then lost again, and only the last time counts: site." in result.notes


curves = hnp.arrays(float, st.tuples(st.integers(1, 4), st.integers(2, 12)), elements=st.integers(-5, 5).map(float))


@given(curves)
def test_the_break_even_is_the_last_time_below(cumulative: np.ndarray) -> None:
    times = find_break_even(cumulative)
    for path, time in zip(cumulative, times, strict=True):
        last = len(path) - 1
        fine = np.linspace(0, last, 1000 * last + 1)
        values = np.interp(fine, np.arange(last + 1), path)
        if path[-1] < 0:
            assert np.isinf(time)
        elif (path < 0).any():
            assert time == pytest.approx(fine[values < -1e-9].max(), abs=0.0021)
        else:
            assert time == 0
        after = np.where(fine >= time, values, 0.0)
        area = float(((after[1:] + after[:-1]) / 2 * np.diff(fine)).sum())
        assert measure_profit_zone(path) == pytest.approx(area, abs=0.01)


@pytest.mark.parametrize("dependence", DEPENDENCES)
def test_draws_are_those_of_a_plain_loop(sites: pd.DataFrame, dependence: str) -> None:
    uneven = sites.assign(benefit_high=sites["benefit_high"] + 3.0 * (sites["month"] % 4))
    schedules, _ = read_schedules(uneven, horizon_months=12, by=None, smallest_group=1)
    n_draws, months = 100, 13
    net, cost = draw_net(schedules, n_draws=n_draws, seed=7, dependence=dependence)  # type: ignore[arg-type]
    total, total_cost, weight = np.zeros((n_draws, months)), np.zeros((n_draws, months)), np.zeros((n_draws, 1))
    shared = spread_levels(np.random.default_rng(7), n_draws)
    for place, name in enumerate(schedules.names):
        random = np.random.default_rng([7, zlib.crc32(name.encode())])
        own = random.standard_exponential(n_draws)[:, None]
        columns = months if dependence == "none" else 1
        levels = np.column_stack(
            [shared if dependence == "across customers" else spread_levels(random, n_draws) for _ in range(columns)]
        )
        drawn = draw_amounts(
            np.broadcast_to(levels, (n_draws, months)),
            schedules.low[place],
            schedules.likely[place],
            schedules.high[place],
        )
        total += own * (drawn - schedules.cost[place])
        total_cost += own * schedules.cost[place]
        weight += own
    np.testing.assert_allclose(net[0], total / weight, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(cost[0], total_cost / weight, rtol=1e-9)


def test_errors_that_hang_together_widen_the_interval(sites: pd.DataFrame) -> None:
    widths = []
    for dependence in ("none", "within customer", "across customers"):
        row = measure_break_even(sites, discount_rate_per_year=0.08, dependence=dependence).table.iloc[1]
        widths.append(row["break_even_high"] - row["break_even_low"])
    assert widths[0] < 0.7 * widths[1] < 0.5 * widths[2]


def test_blocks_of_schedules_change_nothing(sites: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure_break_even(sites, discount_rate_per_year=0.08, n_draws=200)
    monkeypatch.setattr("cvlab.analyses.economic_value.cumulated.MOST_NUMBERS", 1_500)
    parts = measure_break_even(sites, discount_rate_per_year=0.08, n_draws=200)
    pd.testing.assert_frame_equal(parts.table, whole.table)


def test_groups_change_no_total_and_small_ones_are_merged(sites: pd.DataFrame) -> None:
    alone = measure_break_even(sites.drop(columns="group"), discount_rate_per_year=0.08, n_draws=300)
    labels = pd.Series(
        ["few"] * 4 + ["slow"] * 14 + ["normal"] * 40,
        index=[f"L{number:02d}" for number in range(58)],
        dtype="category",
    )
    result = measure_break_even(
        sites, discount_rate_per_year=0.08, by=Partition(labels=labels, scheme="speed"), n_draws=300
    )
    assert dict(zip(result.table["group"], result.table["n"], strict=True)) == {
        "all customers": 60, "other": 18, "normal": 40,
    }  # fmt: skip
    pd.testing.assert_frame_equal(result.table.iloc[:1], alone.table)
    assert "2 of 60 customers belong to no group of speed: they count in the total." in result.notes
    assert alone.table["group"].tolist() == ["all customers"]


def test_too_few_customers_are_said(sites: pd.DataFrame) -> None:
    few = sites[sites["customer_id"] < "L09"]
    result = measure_break_even(few, discount_rate_per_year=0.08)
    assert str(result.headline) == "Not enough data for when the offer pays back: customers 9, needed at least 10."
    assert str(result.net_present_value).startswith("Not enough data for what the offer earns the customer")
    assert result.table.drop(columns=["group", "n"]).isna().all(axis=None)
    assert result.curve["cumulative"].isna().all()
    told = measure_break_even(few, discount_rate_per_year=0.08, smallest_group=1)
    assert told.headline.answered
    assert any(note.startswith("Few customers, so that intervals are likely too short") for note in told.notes)


def test_schedules_of_groups_stand_beside_their_mean(golden: dict[str, Any], sites: pd.DataFrame) -> None:
    first = sites[sites["customer_id"].isin(["L00", "L30"])].drop(columns="customer_id")
    result = measure_break_even(first, discount_rate_per_year=0.08)
    table = result.table.set_index("group")
    assert list(table.index) == ["all groups", "normal", "slow"]
    for group, months in golden["break_even"]["months"].items():
        assert table.loc[group, "break_even"] == pytest.approx(months)
    assert table["n"].isna().all()
    assert any(note.startswith("A schedule is that of a typical customer of its group") for note in result.notes)
    assert "The 2 groups count the same in all groups: their sizes are not known here." in result.notes
    assert str(result.headline).startswith("The mean of all groups has its costs back after")
    with pytest.raises(ParameterError, match="by is a str: give a Partition"):
        measure_break_even(sites, discount_rate_per_year=0.08, by="x")  # type: ignore[arg-type]
    by = Partition(labels=pd.Series(["a"], index=["L00"], dtype="category"), scheme="x")
    with pytest.raises(ParameterError, match="by divides customers"):
        measure_break_even(first, discount_rate_per_year=0.08, by=by)


def test_the_horizon_is_that_of_the_shortest_schedule(sites: pd.DataFrame) -> None:
    short = sites[(sites["customer_id"] != "L05") | (sites["month"] <= 20)]
    result = measure_break_even(short, discount_rate_per_year=0.08, n_draws=100)
    assert result.horizon_months == 20
    assert "The shortest schedule ends with month 20: what 59 longer ones hold beyond is left out." in result.notes
    with pytest.raises(ParameterError, match="horizon_months is 48, but 1 of 60 schedules in cost_benefit end before"):
        measure_break_even(short, discount_rate_per_year=0.08, horizon_months=48)
    cut = measure_break_even(sites[sites["month"] <= 20], discount_rate_per_year=0.08, n_draws=100)
    pd.testing.assert_frame_equal(result.table, cut.table)


@settings(max_examples=15)
@given(st.floats(0.01, 1000.0), st.integers(0, 100))
def test_scaling_money_scales_money_and_order_does_not_matter(factor: float, seed: int) -> None:
    random = np.random.default_rng(3)
    table = pd.concat(
        [
            make_one([90.0, 1, 1, 1], [0.0, 40, 40, 40], customer_id=f"c{number}").assign(
                benefit_high=random.uniform(50, 80)
            )
            for number in range(3)
        ],
        ignore_index=True,
    )
    kept = table.copy()
    one = measure_break_even(table, discount_rate_per_year=0.08, n_draws=100, smallest_group=1).table
    pd.testing.assert_frame_equal(table, kept)
    money = ["cost", *BENEFITS]
    other_table = table.sample(frac=1, random_state=seed).assign(**{name: table[name] * factor for name in money})
    other = measure_break_even(other_table, discount_rate_per_year=0.08, n_draws=100, smallest_group=1).table
    for column in one.columns[2:]:
        money_in_it = column.startswith(("net_present", "cost_of", "profit"))
        np.testing.assert_allclose(other[column], one[column] * (factor if money_in_it else 1), rtol=1e-6)
    by_index = measure_break_even(
        table.set_index("customer_id"), discount_rate_per_year=0.08, n_draws=100, smallest_group=1
    )
    pd.testing.assert_frame_equal(by_index.table, one)


def _cover(samples: int) -> float:
    """Share of samples of 40 customers whose interval holds the true mean net present value of all customers."""
    hits = 0
    for sample in range(samples):
        random = np.random.default_rng([20260302, sample])
        rows = []
        for number in range(40):
            size = np.exp(0.4 * random.standard_normal())
            # What the customer will really get is drawn from the range that was stated.
            benefit = 30 * size
            month = np.arange(13)
            each = np.where(month > 0, benefit, 0.0)
            rows.append(
                pd.DataFrame(
                    {
                        "customer_id": f"c{number}", "month": month, "cost": np.where(month > 0, 0.0, 200.0),
                        "benefit_low": 0.8 * each, "benefit_mode": each, "benefit_high": 1.2 * each,
                    }
                )
            )  # fmt: skip
        result = measure_break_even(pd.concat(rows), discount_rate_per_year=0.0, n_draws=300, seed=sample)
        truth = 12 * 30 * np.exp(0.4**2 / 2) - 200
        hits += result.net_present_value.low <= truth <= result.net_present_value.high
    return hits / samples


def test_intervals_hold_the_truth_in_a_small_simulation() -> None:
    assert _cover(20) >= 0.8


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    assert 0.91 <= _cover(300) <= 0.98


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"cost": [9.0, -1.0, 1.0]}, "column cost, row 2: is not a number of 0 or more. Remedy: write money paid"),
        (
            {"month": [0, 1, 3]},
            "row 3: comes after a gap (month 2 is missing before row 3; 1 of 1 schedules have gaps)",
        ),
        ({"month": [4, 5, 6]}, "row 1: comes after a gap (months 1 to 3 are missing before row 1"),
        ({"month": [0, 1, 1]}, "column month, row 3: comes twice in one schedule"),
        ({"month": [0, 1.5, 2]}, "column month, row 2: is not a whole number of 0 or more"),
        ({"benefit_low": [1.0, 9.0, 1.0]}, "column benefit_low, row 2: is above benefit_high"),
        ({"benefit_mode": [1.0, 9.0, 1.0]}, "column benefit_mode, row 2: lies outside benefit_low to benefit_high"),
        ({"benefit_high": [1.0, None, 1.0]}, "column benefit_high, row 2: is not a finite number"),
        ({"group": ["a", None, "a"]}, "column group, row 2: is empty"),
    ],
)
def test_schedules_that_cannot_be_read_are_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match="the break-even cannot be measured") as caught:
        measure_break_even(make_one([9.0, 1.0, 1.0], [1.0, 1.0, 1.0]).assign(**columns), discount_rate_per_year=0.08)
    assert message in str(caught.value)


def test_what_is_missing_or_moves_between_groups_is_named(sites: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="column customer_id: is missing"):
        measure_break_even(sites.drop(columns=["customer_id", "group"]), discount_rate_per_year=0.08)
    with pytest.raises(DataError, match="column benefit_mode: is missing"):
        measure_break_even(sites.drop(columns="benefit_mode"), discount_rate_per_year=0.08)
    with pytest.raises(DataError, match="has no rows"):
        measure_break_even(sites.head(0), discount_rate_per_year=0.08)
    with pytest.raises(DataError, match="cost_benefit is a dict"):
        measure_break_even({}, discount_rate_per_year=0.08)  # type: ignore[arg-type]
    moving = sites.assign(group=np.where(sites["month"] > 5, "late", "early"))
    with pytest.raises(DataError, match=r"column group, rows .*differs within one customer"):
        measure_break_even(moving, discount_rate_per_year=0.08)
    by = Partition(labels=pd.Series(["a"], index=["stranger"], dtype="category"), scheme="speed")
    with pytest.raises(DataError, match="speed names none of the customers"):
        measure_break_even(sites, discount_rate_per_year=0.08, by=by)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"discount_rate_per_year": 8}, "discount_rate_per_year is 8: give a share below 1, such as 0.08"),
        ({"discount_rate_per_year": -0.1}, "discount_rate_per_year is -0.1"),
        ({"horizon_months": 0}, "horizon_months is 0"),
        ({"dependence": "some"}, "dependence is 'some': give one of 'within customer'"),
        ({"n_draws": 10}, "n_draws is 10"),
        ({"smallest_group": 0}, "smallest_group is 0"),
        ({"level": 1}, "level is 1"),
        ({"seed": -5}, "seed is -5"),
    ],
)
def test_arguments_are_checked(sites: pd.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_break_even(sites, **{"discount_rate_per_year": 0.08, **arguments})


def test_the_group_that_surely_breaks_even_last_is_named(sites: pd.DataFrame) -> None:
    words = measure_break_even(sites, discount_rate_per_year=0.08, n_draws=300).headline.words
    assert (words["slowest"], words["slowest_after"]) == ("slow", "26 months")
    alike = measure_break_even(sites.assign(group="all"), discount_rate_per_year=0.08, n_draws=300)
    assert alike.headline.words["slowest"] == ""
