"""Features are prepared in plain sight: what is scaled, encoded, dropped and refused."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.segmentation.preparation import index_people, prepare_features
from cvlab.errors import DataError, ParameterError


def test_a_rating_scale_keeps_its_unit() -> None:
    prepared = prepare_features(pd.DataFrame({"a": [1, 5, 3, 2], "b": [5, 1, 1, 4], "c": [1, 2, 4, 5]}))
    assert prepared.notes == ("Features are left in their own units, since all are on one scale from 1 to 5.",)
    assert prepared.preparation.factors.tolist() == [1, 1, 1]


def test_numbers_of_different_kinds_are_standardised() -> None:
    table = pd.DataFrame({"age": [20.0, 40.0, 60.0, 30.0], "spend": [5.0, 900.0, 20.0, 100.0]})
    prepared = prepare_features(table)
    assert prepared.notes == ("Measured columns are divided by their standard deviation.",)
    np.testing.assert_allclose(prepared.distinct.std(axis=0), 1)
    # The encoded columns stay in the data's own units, for people to read.
    pd.testing.assert_frame_equal(prepared.encoded, table.rename_axis("customer_id"))


def test_beside_yes_and_no_numbers_count_half() -> None:
    prepared = prepare_features(pd.DataFrame({"age": [20.0, 40.0, 60.0, 30.0], "member": ["yes", "no", "no", "yes"]}))
    assert prepared.preparation.factors[1] == 1
    np.testing.assert_allclose((prepared.encoded["age"] * prepared.preparation.factors[0]).std(ddof=0), 0.5)
    assert prepared.encoded["member"].tolist() == [1, 0, 0, 1]
    assert "two standard deviations" in prepared.notes[0]


def test_two_levels_of_a_category_differ_by_one() -> None:
    prepared = prepare_features(pd.DataFrame({"region": ["north", "south", "east", "north"]}))
    assert prepared.preparation.columns == ("region: east", "region: north", "region: south")
    gaps = prepared.distinct[:, None] - prepared.distinct[None]
    np.testing.assert_allclose((gaps**2).sum(axis=2), 1 - np.eye(3))


@pytest.mark.parametrize(("scale", "spread"), [("standard", 1.0), ("none", 10.0)])
def test_the_scale_may_be_asked_for(scale: str, spread: float) -> None:
    prepared = prepare_features(pd.DataFrame({"a": [0.0, 20.0], "b": [20.0, 0.0]}), scale=scale)
    np.testing.assert_allclose(prepared.distinct.std(axis=0), spread)
    assert "as asked" in prepared.notes[0]


def test_the_useless_is_left_out_with_a_note() -> None:
    table = pd.DataFrame({"a": [0, 1, 1, 0], "same": [3, 3, 3, None], "nothing": [np.nan] * 4, "b": [1, None, 0, 0]})
    prepared = prepare_features(table)
    assert prepared.preparation.features == ("a", "b")
    assert prepared.notes == (
        "Features are left in their own units, since all are 0/1.",
        "Left out: same (the same for everybody), nothing (all missing).",
        "1 of 4 people lack a feature and belong to no cluster.",
    )
    assert prepared.encoded.index.tolist() == [0, 2, 3]


def test_a_method_that_takes_gaps_gets_them_unscaled() -> None:
    table = pd.DataFrame({"a": [20.0, 40.0, None, None, 20.0], "plan": ["x", None, "y", None, "x"]})
    prepared = prepare_features(table, missing_allowed=True)
    assert prepared.preparation.factors.tolist() == [1, 1, 1]
    assert [levels.tolist() for levels in prepared.preparation.categories] == [[1, 2]]
    assert prepared.encoded.index.tolist() == [0, 1, 2, 4]
    # The two people alike are one row; a gap stays a gap.
    np.testing.assert_array_equal(prepared.distinct, [[np.nan, 0, 1], [20, 1, 0], [40, np.nan, np.nan]])
    assert prepared.distinct_weights.tolist() == [1, 2, 1]
    assert prepared.notes == (
        "Each column counts by its own chances or spread in each cluster, unscaled.",
        "2 of 5 people lack a feature: they count by those that are known.",
        "1 of 5 people have no known feature and belong to no cluster.",
    )


def test_what_does_not_vary_among_the_complete_is_left_out_of_distances() -> None:
    prepared = prepare_features(pd.DataFrame({"a": [0, 1, 1], "b": [1, 1, 0], "c": [1, 0, None]}))
    assert prepared.preparation.factors.tolist() == [1, 0, 1]
    assert "No difference between people in b: left out of distances." in prepared.notes


def test_repeated_people_are_compressed_to_weights() -> None:
    table = pd.DataFrame({"a": [0, 1, 0, 1], "b": [1, 0, 1, 1]}, index=list("wxyz"))
    prepared = prepare_features(table, weights=pd.Series([4.0, 1.0, 2.0, 3.0], index=list("zyxw")))
    assert prepared.distinct.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert prepared.distinct_weights.tolist() == [4, 2, 4]
    assert prepared.position.tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1.0, np.inf, 0.0]}, "a has infinite values"),
        ({"name": ["x", "y", "z"], "a": [1, 2, 3]}, "name is different for everybody, like an id: drop it"),
        ({"account_id": [101, 102, 107], "a": [1, 2, 3]}, "account_id is different for everybody, like an id: drop it"),
        ({"day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"])}, "day is a date: turn it into a number"),
        ({"a": [1, 1, 1], "b": [None] * 3}, r"no column varies between people \(a \(the same for everybody\), b \(all"),
        ({"a": [1, 2, None, None], "b": [None, None, 1, 2]}, "nobody has a value in every column"),
        ({"a": [1, 1, 2, None], "b": [0, 0, None, 1]}, "no column varies between people. Give at least one that does"),
        ({"code": [f"k{n % 31}" for n in range(62)]}, "code has 31 categories: merge them to at most 30"),
    ],
)
def test_misleading_features_are_refused(table: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare_features(pd.DataFrame(table))


@pytest.mark.parametrize("weights", [[1.0, 2.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0], [1.0, np.nan, 1.0]])
def test_unfit_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ParameterError, match="weights"):
        prepare_features(pd.DataFrame({"a": [0, 1, 1]}), weights=np.array(weights))


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ParameterError, match="scale is 'log': give one of 'auto', 'standard', 'none'"):
        prepare_features(pd.DataFrame({"a": [0, 1, 1]}), scale="log")


def test_people_are_found_by_column_or_index() -> None:
    table = pd.DataFrame({"respondent_id": ["b", "a"], "x": [1, 2]})
    assert index_people(table, "t").index.name == "respondent_id"
    assert index_people(table.set_index("respondent_id"), "t").equals(index_people(table, "t"))
    assert index_people(table[["x"]], "t").index.name == "customer_id"
