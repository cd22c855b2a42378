"""Declared segments: cuts, crossings, merged cells, rules, and new customers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.common import Partition, Result
from cvlab.analyses.segmentation import Segments, assign_segments
from cvlab.errors import DataError, ParameterError


def make_customers(n: int = 600, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04}" for number in range(n)],
            "age": random.integers(18, 80, n).astype(float),
            "income": random.lognormal(10, 0.5, n),
            "region": random.choice(["north", "south", "east"], n),
            "plan": random.choice(["basic", "pro"], n),
            "member": random.random(n) < 0.4,
        }
    )


def test_a_text_column_gives_one_segment_per_value() -> None:
    customers = make_customers()
    segments = assign_segments(customers, by="region")
    assert segments.names == ("east", "north", "south")
    assert segments.sizes.to_dict() == customers["region"].value_counts().to_dict()
    assert segments.labels.index.name == "customer_id"
    assert (segments.labels.astype(str).to_numpy() == customers["region"].to_numpy()).all()
    assert segments.made_from == ("region",)


def test_a_number_with_many_values_is_cut_into_readable_quarters() -> None:
    segments = assign_segments(make_customers(), by="age")
    assert len(segments.names) == 4
    assert segments.names[0].startswith("age under ")
    assert segments.names[-1].endswith(" and over")
    assert "–" in segments.names[1]
    assert segments.table["share"].between(0.17, 0.33).all()


def test_a_number_with_few_values_gives_one_segment_each() -> None:
    segments = assign_segments(pd.DataFrame({"chairs": [1, 1, 2, 2, 3, 3]}), by="chairs", smallest=2)
    assert segments.names == ("chairs 1", "chairs 2", "chairs 3")


def test_edges_begin_a_segment() -> None:
    ages = pd.DataFrame({"age": [17, 18, 34, 35, 64, 65, 90]})
    segments = assign_segments(ages, by={"age": [18, 35, 65]}, smallest=1)
    assert segments.names == ("age under 18", "age 18–34", "age 35–64", "age 65 and over")
    assert segments.sizes.tolist() == [1, 2, 2, 2]


def test_edges_of_measured_numbers_are_named_as_such() -> None:
    spend = pd.DataFrame({"spend": [1.5, 2.5, 9.0, 1200.0]})
    segments = assign_segments(spend, by={"spend": [2.5, 1000]}, smallest=1)
    assert segments.names == ("spend under 2.5", "spend 2.5 to under 1,000", "spend 1,000 and over")


def test_small_intervals_join_the_adjacent_one() -> None:
    ages = pd.DataFrame({"age": [20] * 40 + [30] * 5 + [50] * 20 + [70] * 30})
    segments = assign_segments(ages, by={"age": [25, 40, 60]}, smallest=10)
    # The five of 25–39 have two neighbours and join the smaller one.
    assert segments.sizes.to_dict() == {"age under 25": 40, "age 25–59": 25, "age 60 and over": 30}
    assert segments.notes == ("1 cell with fewer than 10 customers joined a neighbour.",)


def test_small_values_of_text_join_each_other() -> None:
    regions = pd.DataFrame({"region": ["north"] * 40 + ["isle"] * 3 + ["west"] * 4 + ["south"] * 30})
    segments = assign_segments(regions, by="region", smallest=5)
    assert segments.sizes.to_dict() == {"other region": 7, "north": 40, "south": 30}


def test_many_small_values_are_named_other() -> None:
    regions = pd.DataFrame({"region": ["north"] * 40 + list("abcdefgh")})
    assert assign_segments(regions, by="region", smallest=8).names == ("other region", "north")


def test_missing_values_are_unknown_and_merged_only_if_few() -> None:
    customers = pd.DataFrame({"region": ["north"] * 40 + ["south"] * 30 + [None] * 12})
    apart = assign_segments(customers, by="region", smallest=10)
    merged = assign_segments(customers, by="region", smallest=20)
    assert apart.sizes.to_dict() == {"north": 40, "south": 30, "region unknown": 12}
    assert merged.sizes.to_dict() == {"north": 40, "south or unknown": 42}
    assert "region is unknown for 12 of 82 customers." in apart.notes


def test_intervals_beside_unknown_join_only_what_they_touch() -> None:
    ages = pd.DataFrame({"age": [20] * 8 + [30] * 30 + [50] * 9 + [None] * 6})
    segments = assign_segments(ages, by={"age": [25, 40]}, smallest=10)
    # The six unknown join the eight of under 25; these fourteen must not swallow the nine beyond the next interval.
    assert segments.sizes.to_dict() == {"age under 25 or unknown": 14, "age 25 and over": 39}


def test_dates_are_cut_by_the_calendar() -> None:
    start = pd.Timestamp("2024-11-15") + pd.to_timedelta(np.arange(320), unit="D")
    segments = assign_segments(pd.DataFrame({"start_date": start}), by="start_date", smallest=30)
    assert segments.sizes.to_dict() == {
        "start date before 2025-Q1": 47,
        "start date 2025-Q1": 90,
        "start date 2025-Q2": 91,
        "start date from 2025-Q3": 92,
    }
    new = pd.DataFrame({"start_date": pd.to_datetime(["2020-01-01", "2025-06-30", "2030-01-01", None])})
    assert segments.assign(new).isna().tolist() == [False, False, False, True]
    assert segments.assign(new).tolist()[:3] == [segments.names[0], segments.names[2], segments.names[3]]
    with pytest.raises(DataError, match="start_date is not a date, but was cut as one"):
        segments.assign(pd.DataFrame({"start_date": ["2025-01-01"]}))


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (55, ("joined before 2025-02", "joined from 2025-02")),
        (85, ("joined before 2025-02", "joined 2025-02", "joined from 2025-03")),
        (900, ("joined before 2026", "joined 2026", "joined from 2027")),
        (8000, ("joined before 2030", "joined 2030 to 2034", "joined 2035 to 2040", "joined from 2041")),
    ],
)
def test_the_calendar_is_as_fine_as_the_dates_need(days: int, names: tuple[str, ...]) -> None:
    joined = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.arange(days), unit="D")
    assert assign_segments(pd.DataFrame({"joined": joined}), by="joined", smallest=20).names == names


def test_dates_may_be_asked_for_in_groups_and_joined_with_their_neighbours() -> None:
    start = pd.Timestamp("2024-01-15") + pd.to_timedelta([0] * 40 + [100] * 3 + [200] * 40 + [300] * 40, unit="D")
    customers = pd.DataFrame({"start": start})
    assert assign_segments(customers, by="start", smallest=10).sizes.to_dict() == {
        "start before 2024-Q3": 43,
        "start 2024-Q3": 40,
        "start from 2024-Q4": 40,
    }
    assert len(assign_segments(customers, by={"start": 2}, smallest=10).names) == 2
    with pytest.raises(ParameterError, match=r"start is a date: it cannot be cut at \[3\]. Use rules, such as"):
        assign_segments(customers, by={"start": [3]})


def test_renamed_segments_keep_everything_else() -> None:
    segments = assign_segments(make_customers(), by=["region", "plan"], sensitive="region")
    renamed = segments.rename({segments.names[0]: "first", segments.names[1]: "second"})
    assert renamed.sensitive == ("region",)
    assert (renamed.made_from, renamed.notes, renamed.scheme) == (segments.made_from, segments.notes, segments.scheme)
    assert renamed.sizes.tolist() == segments.sizes.tolist()
    rules = assign_segments(make_customers(), by={"young": "age < 30", "south": "region == 'south'"}, sensitive=["age"])
    assert rules.sensitive == ("age",)


def test_columns_are_crossed_and_cells_named_by_both() -> None:
    segments = assign_segments(make_customers(), by=["region", "member"], sensitive=["region", "income"])
    assert len(segments.names) == 6
    assert "north · member yes" in segments.names
    assert segments.scheme == "region × member"
    assert segments.sensitive == ("region",)


def test_equal_values_of_two_columns_are_told_apart() -> None:
    table = pd.DataFrame({"plan": ["basic", "pro"] * 4, "support": ["pro", "pro", "basic", "basic"] * 2})
    names = assign_segments(table, by=["plan", "support"], smallest=1).names
    assert names == (
        "plan basic · support basic",
        "plan basic · support pro",
        "plan pro · support basic",
        "plan pro · support pro",
    )


def test_a_cut_may_be_a_number_of_groups_and_others_default() -> None:
    segments = assign_segments(make_customers(), by={"income": 2, "plan": None})
    assert len(segments.names) == 4
    with pytest.raises(ParameterError, match="number of groups of income is 1"):
        assign_segments(make_customers(), by={"income": 1})


def test_an_ordered_category_keeps_its_order() -> None:
    sizes = pd.Categorical(["small", "large"] * 5, categories=["small", "large", "giant"], ordered=True)
    assert assign_segments(pd.DataFrame({"size": sizes}), by="size", smallest=1).names == ("small", "large")


def test_quantiles_of_numbers_with_ties_do_not_fail() -> None:
    table = pd.DataFrame({"orders": [0] * 70 + list(range(1, 31))})
    segments = assign_segments(table, by="orders", smallest=10)
    assert segments.names[0] == "orders under 1"
    assert segments.sizes["orders under 1"] == 70


def test_the_first_rule_that_holds_counts() -> None:
    customers = pd.DataFrame({"chairs": [1, 3, 8, 20, None], "region": ["north", "south", "north", "south", "north"]})
    rules = {"small": "chairs < 4", "north": "region == 'north'"}
    segments = assign_segments(customers, by=rules, smallest=1)
    assert segments.labels.tolist() == ["small", "small", "north", "other", "north"]
    assert segments.made_from == ("chairs", "region")
    assert segments.scheme == "rules on chairs, region"


def test_who_no_rule_can_decide_is_unknown_and_small_segments_are_other() -> None:
    customers = pd.DataFrame({"chairs": [1] * 30 + [8] * 40 + [99] * 3 + [None] * 20})
    rules = {"small": "chairs < 4", "giant": "chairs > 90", "none such": "chairs > 1000"}
    segments = assign_segments(customers, by=rules, smallest=10)
    assert segments.sizes.to_dict() == {"small": 30, "other": 43, "unknown": 20}
    assert segments.notes == (
        "Fewer than 10 customers, so merged: giant (3).",
        "No customer fits: none such.",
        "For 20 of 93 customers no rule could be decided: a value is missing.",
    )


def test_a_small_rest_joins_the_smallest_segment() -> None:
    customers = pd.DataFrame({"chairs": [1] * 30 + [8] * 40 + [99] * 3})
    segments = assign_segments(customers, by={"small": "chairs < 4", "big": "chairs in [8]"}, smallest=10)
    assert segments.sizes.to_dict() == {"small or other": 33, "big": 40}


@pytest.mark.parametrize(
    "by",
    ["age", "region", ["age", "region"], {"age": [35, 65]}, {"young": "age < 30", "south": "region == 'south'"}],
    ids=str,
)
def test_new_customers_are_assigned_by_the_same_cuts(by: object) -> None:
    customers = make_customers()
    segments = assign_segments(customers, by=by)
    pd.testing.assert_series_equal(
        segments.assign(customers).reset_index(drop=True), segments.labels.reset_index(drop=True)
    )
    few = customers.tail(3).set_index("customer_id")
    assert segments.assign(few).index.tolist() == few.index.tolist()
    renamed = segments.rename({segments.names[0]: "first"})
    assert renamed.table["group"].tolist()[0] == "first"
    assert (renamed.assign(customers) == "first").sum() == segments.sizes.iloc[0]


def test_a_value_never_seen_belongs_to_no_segment() -> None:
    segments = assign_segments(make_customers(), by="region")
    assert segments.assign(pd.DataFrame({"region": ["moon", "north", None]})).isna().tolist() == [True, False, True]


def test_segments_are_a_partition_and_a_result_and_follow_when_merged() -> None:
    segments = assign_segments(make_customers(), by="region")
    assert isinstance(segments, Partition)
    assert isinstance(segments, Result)
    assert list(segments.table.columns) == ["group", "n", "share"]
    assert "fall into 3 segments by region; the largest" in str(segments.headline)
    merged = segments.merge({"north": "coast", "south": "coast"})
    assert isinstance(merged, Segments)
    assert merged.table["group"].tolist() == ["east", "coast"]
    assert merged.headline.value == pytest.approx(merged.table["share"].max())


def test_fewer_customers_than_the_smallest_segment_are_one_group() -> None:
    segments = assign_segments(make_customers(20), by="region", smallest=30)
    assert segments.names == ("any region",)
    assert "All customers are in one group: this scheme cannot tell them apart." in segments.notes
    assert assign_segments(make_customers(1), by="plan").sizes.tolist() == [1]


def test_the_id_may_be_the_index_and_the_input_stays_as_it_is() -> None:
    customers = make_customers()
    before = customers.copy()
    by_column = assign_segments(customers, by=["region", "plan"])
    by_index = assign_segments(customers.set_index("customer_id"), by=["region", "plan"])
    pd.testing.assert_frame_equal(customers, before)
    pd.testing.assert_series_equal(by_index.labels, by_column.labels)


characteristics = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(18, 90)),
        "region": st.sampled_from(["north", "south", "east", "isle", None]),
        "plan": st.sampled_from(["basic", "pro"]),
    }
)


def test_the_last_small_cell_joins_the_pooled_ones() -> None:
    """Found by hypothesis: 7 people of unknown age were left below 8 while 15 others were pooled."""
    cells = [
        *[(30.0, "north", "basic"), (50.0, "north", "pro")],
        *[(None, "north", "pro")] * 3,
        *[(None, "south", "basic")] * 3,
        *[(None, "south", "pro"), *[(None, "east", "basic")] * 7],
        *[(18.0, "north", "pro")] * 3,
        *[(18.0, "south", "basic"), *[(18.0, "east", "basic")] * 2],
    ]
    customers = pd.DataFrame(cells, columns=["age", "region", "plan"])
    segments = assign_segments(customers, by={"age": [30, 45, 60], "region": None, "plan": None}, smallest=8)
    assert segments.sizes.min() >= 8


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(characteristics, min_size=2, max_size=60), smallest=st.integers(1, 15), seed=st.integers(0, 9))
def test_everybody_is_in_one_segment_that_is_large_enough(rows: list[dict], smallest: int, seed: int) -> None:
    rows[0]["age"], rows[1]["age"], rows[0]["region"] = 30, 50, "north"
    customers = pd.DataFrame(rows).astype({"age": float})
    by = {"age": [30, 45, 60], "region": None, "plan": None}
    segments = assign_segments(customers, by=by, smallest=smallest)
    assert segments.labels.notna().all()
    assert segments.sizes.sum() == len(customers)
    assert segments.sizes.min() >= min(smallest, len(customers))
    shuffled = customers.sample(frac=1, random_state=seed)
    again = assign_segments(shuffled, by=by, smallest=smallest)
    pd.testing.assert_series_equal(again.labels.sort_index(), segments.labels.sort_index())
    assert (segments.assign(customers).astype(str) == segments.labels.astype(str)).all()


@pytest.mark.parametrize(
    ("by", "error", "message"),
    [
        ("height", DataError, "customers lacks column height: it has age"),
        (["age", "height", "weight"], DataError, "lacks columns height, weight"),
        ([], ParameterError, "by is empty"),
        ({}, ParameterError, "by is empty"),
        (5, ParameterError, "by is 5: give a column"),
        ({"age": [35], "young": "age < 35"}, ParameterError, "by mixes rules and cuts"),
        ({"age": [50, 30]}, ParameterError, r"age is cut at \[50, 30\]: give rising, finite numbers"),
        ({"age": []}, ParameterError, "give rising, finite numbers"),
        ({"region": 3}, ParameterError, "region is not numeric: it cannot be cut at 3"),
        ({"other": "age < 35"}, ParameterError, "a rule is named 'other'"),
        ({"young": "age <"}, ParameterError, "position 6"),
        ("name", DataError, "name is different for everybody, like an id"),
        ("nothing", DataError, "nothing has no value at all"),
        ("since", DataError, "since is a date, and all are of one month. Use rules, such as"),
        ("endless", DataError, "endless has infinite values"),
        ("customer_id", DataError, "lacks column customer_id"),
    ],
)
def test_unfit_divisions_are_refused(by: object, error: type[Exception], message: str) -> None:
    customers = make_customers(50).assign(
        name=[f"name {number}" for number in range(50)],
        nothing=np.nan,
        since=pd.Timestamp("2026-01-01"),
        endless=[np.inf, *range(49)],
    )
    with pytest.raises(error, match=message):
        assign_segments(customers.set_index("customer_id")[[c for c in customers if c != "customer_id"]], by=by)


def test_unfit_customers_are_refused() -> None:
    with pytest.raises(DataError, match="2 rows repeat an id, for example 'a'"):
        assign_segments(pd.DataFrame({"customer_id": ["a", "a", "a"], "x": [1, 2, 3]}), by="x")
    with pytest.raises(DataError, match="1 rows have no id"):
        assign_segments(pd.DataFrame({"customer_id": ["a", None], "x": [1, 2]}), by="x")
    with pytest.raises(DataError, match="no rows"):
        assign_segments(pd.DataFrame({"customer_id": [], "x": []}), by="x")
    with pytest.raises(ParameterError, match="smallest is 0"):
        assign_segments(make_customers(), by="region", smallest=0)
    many = pd.DataFrame(np.random.default_rng(0).integers(0, 6, (400, 4)), columns=list("abcd"))
    with pytest.raises(ParameterError, match="cells: cross fewer characteristics"):
        assign_segments(many, by=list("abcd"), smallest=1)
