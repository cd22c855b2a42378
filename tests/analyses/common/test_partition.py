"""Partitions: names, merging before publication, new rows."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.analyses.common import Partition
from cvlab.errors import DataError, ParameterError


def make_partition(letters: str, **more: object) -> Partition:
    labels = pd.Series(list(letters), dtype="category")
    return Partition(labels=labels, scheme="letters", **more)  # type: ignore[arg-type]


def recognise(new: pd.DataFrame) -> pd.Series:
    return new["letter"].astype(pd.CategoricalDtype(["a", "b", "c"]))


@given(st.text(alphabet="abcde", min_size=1, max_size=60), st.integers(1, 12))
def test_no_published_group_is_smaller_than_allowed_unless_all_are_one(letters: str, smallest: int) -> None:
    published = make_partition(letters).publishable(smallest)
    sizes = published.sizes[published.sizes > 0]
    assert sizes.sum() == len(letters)
    assert (sizes >= smallest).all() or published.names == ("all",)


@given(st.text(alphabet="abcde", min_size=1, max_size=60))
def test_large_groups_keep_their_names(letters: str) -> None:
    before = make_partition(letters)
    after = before.publishable(1)
    assert after.labels.equals(before.labels)


def test_a_merged_partition_recognises_new_rows() -> None:
    partition = make_partition("aabbc", rule=recognise).merge({"b": "rest", "c": "rest"})
    assert partition.assign(pd.DataFrame({"letter": ["c", "a", "b"]})).tolist() == ["rest", "a", "rest"]


def test_renaming_keeps_codes_probabilities_and_the_rule() -> None:
    probabilities = pd.DataFrame({"a": [0.9, 0.2], "b": [0.1, 0.8]})
    partition = make_partition("ab", probabilities=probabilities).rename({"a": "loyal"})
    assert partition.names == ("loyal", "b")
    assert partition.codes.tolist() == [0, 1]
    assert partition.probabilities is not None
    assert list(partition.probabilities) == ["loyal", "b"]
    ruled = make_partition("abc", rule=recognise).rename({"c": "gone"})
    assert ruled.assign(pd.DataFrame({"letter": ["c"]})).tolist() == ["gone"]


def test_merging_adds_probabilities() -> None:
    probabilities = pd.DataFrame({"a": [0.5], "b": [0.3], "c": [0.2]})
    merged = make_partition("abc"[:1], probabilities=None)
    assert merged.probabilities is None
    labels = pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b", "c"]))
    partition = Partition(labels=labels, scheme="letters", probabilities=probabilities).merge(
        {"b": "rest", "c": "rest"}
    )
    assert partition.probabilities is not None
    assert partition.probabilities.loc[0].to_dict() == pytest.approx({"a": 0.5, "rest": 0.5})


def test_faults_are_named() -> None:
    with pytest.raises(ParameterError, match="not categorical"):
        Partition(labels=pd.Series(["a"]), scheme="letters")
    twice = pd.Series(["a", "b"], index=["1", "1"], dtype="category")
    with pytest.raises(DataError, match="belongs to two groups"):
        Partition(labels=twice, scheme="letters")
    with pytest.raises(ParameterError, match="no group is called 'x': the groups are a, b"):
        make_partition("ab").rename({"x": "y"})
    with pytest.raises(ParameterError, match="would share a name"):
        make_partition("ab").rename({"a": "b"})
    with pytest.raises(ParameterError, match="has no rule"):
        make_partition("ab").assign(pd.DataFrame())


def test_small_groups_do_not_join_a_group_that_is_called_other() -> None:
    labels = pd.Series(["other"] * 5 + ["a"] * 2 + ["b"] * 1, dtype="category")
    sizes = Partition(labels=labels, scheme="letters").publishable(3).sizes
    assert sizes.to_dict() == {"smaller groups": 3, "other": 5}
