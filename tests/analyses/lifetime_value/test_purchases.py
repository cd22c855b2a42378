"""What customers bought, against the published CDNOW summary and against plain counting."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.common import Result
from cvlab.analyses.lifetime_value import summarise_purchases
from cvlab.errors import DataError, ParameterError

GOLDEN = yaml.safe_load((Path(__file__).parents[2] / "golden" / "cdnow.yaml").read_text(encoding="utf-8"))
FIRST_DAY = pd.Timestamp("2026-01-01")


def read_cdnow(name: str, **options) -> pd.DataFrame:
    """Read a file of the lifetimes package without importing it: its estimators warn with this numpy."""
    folder = Path(importlib.util.find_spec("lifetimes").submodule_search_locations[0])
    return pd.read_csv(folder / "datasets" / name, **options)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    raw = read_cdnow(
        "CDNOW_sample.txt", sep=r"\s+", header=None, names=["_", "customer_id", "date", "quantity", "spend"]
    )
    return raw.assign(date=pd.to_datetime(raw["date"].astype(str)), price_paid=raw["spend"] / raw["quantity"])


def buy(rows: list[tuple[str, int, float]], **columns) -> pd.DataFrame:
    """Make transactions from (customer, day from the first, price)."""
    people, days, prices = zip(*rows, strict=True)
    dates = FIRST_DAY + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"customer_id": people, "date": dates, "quantity": 1, "price_paid": prices, **columns})


def test_the_published_summary_of_cdnow_is_reproduced(cdnow: pd.DataFrame) -> None:
    summary = summarise_purchases(cdnow, as_of=GOLDEN["as_of"], unit=GOLDEN["unit"])
    published = read_cdnow("cdnow_customers_summary.csv").set_index("ID")
    ours = summary.table.set_index("customer_id")
    assert len(ours) == GOLDEN["customers"]
    assert ours["frequency"].sum() == GOLDEN["repeat_purchases"]
    assert ours["frequency"].equals(published["frequency"].rename_axis("customer_id").astype(int))
    np.testing.assert_allclose(ours["recency"], published["recency"], atol=GOLDEN["tolerance"])
    np.testing.assert_allclose(ours["age"], published["T"], atol=GOLDEN["tolerance"])
    assert summary.headline.value == pytest.approx(GOLDEN["bought_again"] / GOLDEN["customers"])


def test_the_mean_value_leaves_out_the_first_occasion_as_published(cdnow: pd.DataFrame) -> None:
    published = read_cdnow("cdnow_customers_summary_with_transactions.csv").set_index("ID")
    ours = summarise_purchases(cdnow, as_of=GOLDEN["as_of"]).table.set_index("customer_id")
    again = published["x"] > 0
    np.testing.assert_allclose(ours.loc[again, "mean_value"], published.loc[again, "zbar"], atol=0.0051)
    assert ours.loc[~again, "mean_value"].isna().all()


def test_purchases_of_one_day_are_one_occasion_and_the_unit_only_scales() -> None:
    bought = buy([("a", 0, 1.0), ("a", 7, 2.0), ("a", 7, 3.0), ("b", 3, 9.0)])
    days = summarise_purchases(bought, as_of="2026-01-15", unit="day").table
    weeks = summarise_purchases(bought, as_of="2026-01-15", unit="week").table
    months = summarise_purchases(bought, as_of="2026-01-15", unit="month").table
    assert days.to_dict("list")["frequency"] == [1, 0]
    assert days.loc[0, ["recency", "age", "mean_value"]].tolist() == [7.0, 14.0, 5.0]
    assert weeks.loc[0, ["recency", "age"]].tolist() == [1.0, 2.0]
    assert months.loc[0, "age"] == pytest.approx(14 / 30.4375)


def test_hours_do_not_make_an_occasion() -> None:
    bought = buy([("a", 0, 1.0), ("a", 0, 1.0)])
    bought["date"] += pd.to_timedelta([9, 21], unit="h")
    assert summarise_purchases(bought).table["frequency"].tolist() == [0]


def test_later_purchases_and_returns_are_left_out_and_said() -> None:
    bought = buy([("a", 0, 5.0), ("a", 5, -8.0), ("a", 6, 4.0), ("a", 30, 5.0), ("b", 40, 1.0)])
    summary = summarise_purchases(bought, as_of="2026-01-20")
    assert summary.table[["customer_id", "frequency", "mean_value"]].to_numpy().tolist() == [["a", 1, 4.0]]
    assert summary.notes == (
        "2 transactions after 2026-01-20 are left out.",
        "1 days on which more was returned than bought are no purchases.",
    )


def test_one_purchase_is_enough_and_the_result_is_complete() -> None:
    summary = summarise_purchases(buy([("a", 0, 5.0)]))
    assert isinstance(summary, Result)
    assert summary.rows == "person"
    assert summary.table.loc[0, ["frequency", "recency", "age"]].tolist() == [0, 0.0, 0.0]
    assert str(summary.headline).startswith("0.0% of 1 customers bought again by 2026-01-01")


def test_the_id_may_be_the_named_index_and_dates_may_be_text() -> None:
    bought = buy([("a", 0, 1.0), ("a", 7, 2.0)])
    by_index = bought.assign(date=bought["date"].dt.strftime("%Y-%m-%d")).set_index("customer_id")
    pd.testing.assert_frame_equal(summarise_purchases(by_index).table, summarise_purchases(bought).table)


purchases = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 60), st.integers(0, 500).map(float)), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None)
@given(rows=purchases, seed=st.integers(0, 99))
def test_any_purchases_are_summed_up_whatever_the_order(rows: list[tuple[str, int, float]], seed: int) -> None:
    bought = buy(rows)
    before = bought.copy()
    table = summarise_purchases(bought, as_of="2026-06-01", unit="day").table
    pd.testing.assert_frame_equal(bought, before)
    shuffled = bought.sample(frac=1, random_state=seed).reset_index(drop=True)
    pd.testing.assert_frame_equal(summarise_purchases(shuffled, as_of="2026-06-01", unit="day").table, table)
    assert set(table["customer_id"]) == {person for person, _, _ in rows}
    assert table["frequency"].sum() + len(table) == len({(person, day) for person, day, _ in rows})
    assert (table["recency"] <= table["age"]).all()
    assert ((table["frequency"] == 0) == (table["recency"] == 0)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": ["two", "one"]}, "quantity is not numeric"),
        ({"price_paid": [1.0, np.inf]}, "price_paid has infinite values"),
        ({"date": ["yesterday", "today"]}, "date is not a date. Write dates as 2026-05-31"),
        ({"date": [pd.NaT, FIRST_DAY]}, "1 rows have no date"),
        ({"customer_id": [None, "a"]}, "customer_id is missing"),
        ({"price_paid": [-1.0, -2.0]}, "everything was returned"),
    ],
)
def test_unfit_transactions_are_refused(change: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        summarise_purchases(buy([("a", 0, 1.0), ("a", 1, 1.0)]).assign(**change))


def test_unfit_arguments_are_refused() -> None:
    bought = buy([("a", 0, 1.0)])
    with pytest.raises(DataError, match="lacks column price_paid"):
        summarise_purchases(bought.drop(columns="price_paid"))
    with pytest.raises(DataError, match="no rows"):
        summarise_purchases(bought.iloc[:0])
    with pytest.raises(DataError, match="nothing was bought up to 2025-01-01"):
        summarise_purchases(bought, as_of="2025-01-01")
    with pytest.raises(ParameterError, match="as_of is 'soon'"):
        summarise_purchases(bought, as_of="soon")
    with pytest.raises(ParameterError, match="unit is 'year'"):
        summarise_purchases(bought, unit="year")
