"""Ratio and difference of the same offers: ties, disagreements, stability of ranks, and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.economic_value import compare_value_views
from cvlab.errors import DataError, ParameterError


def make_offers(**columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {"offer": ["small", "mid", "large"], "value": [120.0, 150.0, 240.0], "price": [100.0, 110, 200]}
    )
    return table.assign(**columns)


def test_equal_ratios_may_leave_different_differences(golden: dict[str, Any]) -> None:
    known = golden["two_views"]
    views = compare_value_views(pd.DataFrame({"offer": ["a", "b"], "value": known["value"], "price": known["price"]}))
    assert views.table["ratio"].tolist() == known["ratio"]
    assert views.table["difference"].tolist() == known["difference"]
    assert views.table["ratio_rank"].tolist() == [1, 1]
    assert views.table["difference_rank"].tolist() == [2, 1]
    assert views.disagreements[["by_ratio", "by_difference"]].to_numpy().tolist() == [["tie", "b"]]
    assert str(views.headline) == "Value per price and value less price disagree on 1 of 1 pairs of offers (100.0%)."
    assert "No offer has a low and a high, so how sure the order is, is not known." in views.notes


def test_opposite_orders_are_named() -> None:
    views = compare_value_views(make_offers(value=[120.0, 150.0, 250.0]))
    assert views.table.set_index("offer")["ratio_rank"].to_dict() == {"small": 3, "mid": 1, "large": 2}
    assert views.table.set_index("offer")["difference_rank"].to_dict() == {"small": 3, "mid": 2, "large": 1}
    assert views.disagreements[["offer", "other", "by_ratio", "by_difference"]].to_numpy().tolist() == [
        ["mid", "large", "mid", "large"]
    ]
    assert views.headline.value == pytest.approx(1 / 3)


def test_ranges_say_how_sure_the_first_place_is() -> None:
    views = compare_value_views(make_offers(low=[110.0, 140, 180], high=[130.0, 160, 300]), n_draws=4000)
    table = views.table.set_index("offer")
    assert table["ratio_first"].sum() == pytest.approx(1)
    assert table["difference_first"].sum() == pytest.approx(1)
    random = np.random.default_rng(2)
    large, mid = random.triangular(180, 240, 300, 100_000), random.triangular(140, 150, 160, 100_000)
    small = random.triangular(110, 120, 130, 100_000)
    first = (large - 200 > np.maximum(mid - 110, small - 100)).mean()
    assert table.loc["large", "difference_first"] == pytest.approx(first, abs=0.03)
    assert table.loc["large", "difference_low"] < 40 < table.loc["large", "difference_high"]
    row = views.disagreements.set_index(["offer", "other"]).loc[("small", "large")]
    differ = ((large / 200 > small / 100) != (large - 200 > small - 100)).mean()
    assert row["chance"] == pytest.approx(differ, abs=0.03)
    assert views.headline.low <= views.headline.value <= views.headline.high


def test_agreement_is_said() -> None:
    views = compare_value_views(make_offers(value=[120.0, 150.0, 210.0]).iloc[:2])
    assert views.disagreements.empty
    assert str(views.headline) == "Value per price and value less price put the offers in the same order."
    ranged = compare_value_views(make_offers(low=[119.0, 149, 200], high=[121.0, 151, 280]).iloc[:2])
    assert "the offers in the same order (95% interval of the share of pairs on which they differ" in str(
        ranged.headline
    )


def test_an_interval_of_everything_is_not_said_but_its_pairs_are() -> None:
    views = compare_value_views(make_offers(low=[110.0, 140, 180], high=[130.0, 160, 300]).iloc[[0, 2]])
    assert (views.headline.low, views.headline.high) == (0.0, 1.0)
    assert "interval" not in str(views.headline)
    assert str(views.headline).endswith(", but whether they do cannot be told for small and large.")


def test_one_offer_is_not_compared() -> None:
    views = compare_value_views(make_offers().iloc[[0]])
    assert str(views.headline) == "Not enough data to compare two views: offers 1, needed at least 2."
    assert views.table["ratio"].tolist() == [1.2]


def test_an_offer_worth_less_than_its_price_is_noted() -> None:
    assert "Worth less than their price: mid." in compare_value_views(make_offers(value=[120.0, 90, 240])).notes


@settings(max_examples=25)
@given(st.floats(0.01, 1000.0), st.permutations(range(3)))
def test_scaling_money_keeps_ratios_and_order_does_not_matter(factor: float, order: list[int]) -> None:
    table = make_offers(low=[110.0, 140, 180], high=[130.0, 160, 300])
    kept = table.copy()
    one = compare_value_views(table, n_draws=100).table.set_index("offer")
    pd.testing.assert_frame_equal(table, kept)
    scaled = table.assign(**{name: table[name] * factor for name in ("value", "price", "low", "high")})
    other = compare_value_views(scaled.iloc[order], n_draws=100).table.set_index("offer").loc[one.index]
    np.testing.assert_allclose(other["difference"], one["difference"] * factor)
    for column in ("ratio", "ratio_low", "ratio_first", "difference_first", "difference_rank"):
        np.testing.assert_allclose(other[column], one[column])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"price": [0.0, 1, 1]}, "column price, row 1: is not a number above 0"),
        ({"value": [None, 1, 1]}, "column value, row 1: is not a finite number"),
        ({"offer": ["a", "a", "b"]}, "column offer, rows 1, 2: is empty or names the same offer twice"),
        ({"offer": ["tie", "a", "b"]}, "column offer, row 1: is called tie"),
        ({"low": [300.0, 100, 100], "high": 250.0}, "column low, row 1: is above high"),
        ({"low": [110.0, 100, 100], "high": [115.0, 200, 300]}, "column value, row 1: lies outside low to high"),
        ({"low": [110.0, 100, 100]}, "column high, rows 1, 2, 3: is not a finite number, though the other bound is"),
    ],
)
def test_offers_that_cannot_be_compared_are_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match="the offers cannot be compared") as caught:
        compare_value_views(make_offers(**columns))
    assert message in str(caught.value)


def test_tables_and_arguments_are_checked() -> None:
    with pytest.raises(DataError, match="column price: is missing"):
        compare_value_views(make_offers().drop(columns="price"))
    with pytest.raises(DataError, match="has no rows"):
        compare_value_views(make_offers().head(0))
    with pytest.raises(DataError, match="offers is a str"):
        compare_value_views("offers")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="n_draws is 1"):
        compare_value_views(make_offers(), n_draws=1)
