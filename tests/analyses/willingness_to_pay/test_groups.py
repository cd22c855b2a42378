"""Groups: who is counted, what is merged, what is refused, and what stays of the groups' own tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay.groups import Grouped, assign_people, estimate_groups
from cvlab.errors import DataError, ParameterError


@dataclass(frozen=True, kw_only=True)
class Mean:
    table: pd.DataFrame


def average(rows: pd.DataFrame) -> Mean:
    """Stand for any analysis: one row with the mean, and refused where all amounts are 0."""
    if not rows["amount"].any():
        raise DataError("all amounts are 0")
    return Mean(table=pd.DataFrame({"mean": [rows["amount"].mean()]}))


def split(names: list[Any], **arguments: Any) -> Partition:
    """People 0, 1, 2 … belong to these groups."""
    return Partition(labels=pd.Series(names, dtype="category"), scheme="halves", **arguments)


def answer(people: list[int], amounts: list[float] | None = None) -> tuple[pd.DataFrame, pd.Series]:
    rows = pd.DataFrame({"person": people, "amount": np.arange(1.0, len(people) + 1) if amounts is None else amounts})
    return rows, rows["person"]


def run(rows: pd.DataFrame, respondents: pd.Series, by: Partition | None, **arguments: Any) -> Grouped:
    grouped = estimate_groups(rows, respondents, by, average, **{"smallest_group": 1, **arguments})
    assert grouped is not None
    return grouped


def test_no_partition_gives_no_groups() -> None:
    assert estimate_groups(*answer([0, 1]), None, average, smallest_group=1) is None


def test_each_group_is_estimated_from_its_own_rows_and_people_are_counted() -> None:
    rows, respondents = answer([0, 0, 1, 2, 2, 2])
    grouped = run(rows, respondents, split(["a", "b", "a"]))
    assert grouped.scheme == "halves"
    assert grouped.table.to_dict("list") == {"group": ["a", "b"], "n": [2, 1], "mean": [np.mean([1, 2, 4, 5, 6]), 3.0]}
    assert list(grouped.results) == ["a", "b"]
    assert grouped.notes == ()


def test_rows_are_matched_by_respondent_whatever_their_index() -> None:
    rows, respondents = answer([2, 0, 1])
    odd = rows.set_axis([7, 7, 7])
    assert run(odd, respondents, split(["a", "b", "b"])).table["mean"].tolist() == [2.0, 2.0]
    assert run(odd, respondents.set_axis([9, 8, 7]), split(["a", "b", "b"])).table["mean"].tolist() == [2.0, 2.0]


def test_small_groups_are_merged_counting_only_those_who_answered() -> None:
    by = split(["a"] * 4 + ["b"] * 4 + ["c"] * 4)
    rows, respondents = answer([0, 1, 2, 4, 8, 9, 10])  # of b only one person answered
    grouped = run(rows, respondents, by, smallest_group=3)
    assert grouped.table[["group", "n"]].to_numpy().tolist() == [["other", 4], ["c", 3]]
    assert run(rows, respondents, by, smallest_group=8).table["group"].tolist() == ["all"]


def test_people_without_a_group_are_told_and_left_out_where_they_are_enough() -> None:
    rows, respondents = answer([0, 1, 2, 5])
    grouped = run(rows, respondents, split(["a", "b", None]))
    assert grouped.notes == ("2 people who answered belong to no group of halves.",)
    assert grouped.table["mean"].tolist() == [1.0, 2.0]
    rows, respondents = answer([0, 1, 2, 3, 4, 5])
    grouped = run(rows, respondents, split(["a", "b", "a", "b", None]), smallest_group=2)
    assert grouped.notes == ("2 people who answered belong to no group of halves.",)
    assert grouped.table["n"].tolist() == [2, 2]


def test_the_answer_of_one_person_without_a_group_follows_from_no_difference() -> None:
    people = [*range(195)]
    rows, respondents = answer(people)
    grouped = run(rows, respondents, split(["a"] * 100 + ["b"] * 94), smallest_group=10)
    assert grouped.table[["group", "n"]].to_numpy().tolist() == [["a", 100], ["other", 95]]
    # The groups make up everybody, so that nothing is left over.
    assert (grouped.table["n"] * grouped.table["mean"]).sum() == pytest.approx(rows["amount"].sum())
    assert grouped.notes == (
        "Fewer than 10 people who answered belong to no group of halves: they are counted in 'other', so that nobody's "
        "answers follow from a difference.",
    )
    one_group = run(rows, respondents, split(["a"] * 194), smallest_group=10)
    assert one_group.table[["group", "n"]].to_numpy().tolist() == [["all", 195]]


def test_nine_people_without_a_group_join_a_small_group_and_ten_stand_aside() -> None:
    rows, respondents = answer([*range(40)])
    few = run(rows, respondents, split(["a"] * 20 + ["b"] * 11 + [None] * 9), smallest_group=10)
    assert few.table[["group", "n"]].to_numpy().tolist() == [["a", 20], ["other", 20]]
    enough = run(rows, respondents, split(["a"] * 20 + ["without a group"] * 10 + [None] * 10), smallest_group=10)
    assert enough.table["n"].tolist() == [20, 10]
    assert enough.notes == ("10 people who answered belong to no group of halves.",)
    named_alike = run(rows, respondents, split(["a"] * 20 + ["without a group"] * 19 + [None]), smallest_group=10)
    assert named_alike.table["n"].tolist() == [20, 20]


@pytest.mark.parametrize("by", ["region", pd.Series(["a", "b"]), None])
def test_groups_are_given_as_a_partition(by: Any) -> None:
    given = {"str": "'region'", "Series": "a Series", "NoneType": "a NoneType"}[type(by).__name__]
    with pytest.raises(ParameterError, match=f"^by is {given}: give a Partition of the people, such as assign_segm"):
        assign_people(pd.Series([0, 1]), by, smallest_group=1, allow_sensitive=False)


def test_a_word_does_not_open_sensitive_groups() -> None:
    by = split(["a", "b"], made_from=("age",), sensitive=("age",))
    with pytest.raises(ParameterError, match="allow_sensitive is 'no': give one of True, False"):
        run(*answer([0, 1]), by, allow_sensitive="no")


def test_names_that_are_no_texts_are_groups_like_any_other() -> None:
    rows, respondents = answer([0, 1, 2])
    grouped = run(rows, respondents, split([2024, 2025, 2024]))
    assert grouped.table["group"].tolist() == ["2024", "2025"]
    assert grouped.table["mean"].tolist() == [2.0, 2.0]
    assert list(grouped.results) == ["2024", "2025"]


def test_a_table_s_own_count_takes_the_place_of_the_group_s() -> None:
    def count_twice(rows: pd.DataFrame) -> Mean:
        return Mean(table=pd.DataFrame({"price": [1.0, 2.0], "n": [len(rows), len(rows) - 1]}))

    rows, respondents = answer([0, 1, 2])
    grouped = estimate_groups(rows, respondents, split(["a", "a", "b"]), count_twice, smallest_group=1)
    assert grouped is not None
    assert list(grouped.table.columns) == ["group", "n", "price"]
    assert grouped.table["n"].tolist() == [2, 1, 1, 0]
    assert list(grouped.results["a"].table.columns) == ["price", "n"]


def test_a_group_that_cannot_be_estimated_is_named_with_the_reason() -> None:
    rows, respondents = answer([0, 1], [0.0, 5.0])
    grouped = run(rows, respondents, split(["a", "b"]))
    assert grouped.table["group"].tolist() == ["b"]
    assert grouped.notes == ("Nothing could be estimated for a: all amounts are 0",)
    with pytest.raises(
        DataError, match=r"the scheme 'halves': nothing could be estimated for any group. Nothing could"
    ):
        run(*answer([0, 1], [0.0, 0.0]), split(["a", "b"]))


def test_nobody_of_the_partition_answered() -> None:
    with pytest.raises(
        DataError, match=r"none of the 2 people who answered is in it. Its labels need the respondents'"
    ):
        run(*answer([8, 9]), split(["a", "b"]))


def test_sensitive_schemes_are_refused_before_anything_is_estimated() -> None:
    by = split(["a", "b"], made_from=("age", "region"), sensitive=("age",))
    rows, respondents = answer([0, 1])
    with pytest.raises(ParameterError) as raised:
        run(rows, respondents, by)
    assert str(raised.value) == (
        "by is the scheme 'halves', made from age, marked as sensitive: prices do not follow these by default. Give a "
        "scheme made from other characteristics, or allow_sensitive=True"
    )
    assert len(run(rows, respondents, by, allow_sensitive=True).table) == 2


def test_probabilities_stay_with_the_people_and_groups_that_are_left() -> None:
    chances = pd.DataFrame({"a": [0.9, 0.2, 0.1], "b": [0.1, 0.8, 0.2], "c": [0.0, 0.0, 0.7]})
    by = split(["a", "b", "c"], probabilities=chances)
    people = assign_people(pd.Series([0, 1, 1]), by, smallest_group=1, allow_sensitive=False)
    assert people.probabilities is not None
    assert people.probabilities.columns.tolist() == ["a", "b"]
    assert people.probabilities.index.tolist() == [0, 1]
    assert people.names == ("a", "b")
    everybody = assign_people(pd.Series([0, 1, 7]), by, smallest_group=2, allow_sensitive=False)
    assert everybody.probabilities is not None
    assert everybody.probabilities.columns.tolist() == ["all"]
    assert everybody.probabilities["all"].tolist() == pytest.approx([1.0, 1.0, 1.0])
