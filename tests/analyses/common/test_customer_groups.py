"""Groups of customers: everybody comes first, ids are matched as text, and what cannot be used is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.analyses.common import Partition, divide_customers
from cvlab.errors import DataError, ParameterError

CUSTOMERS = pd.Index(["1", "2", "3", "4"])


def make_partition(names: list[str], ids: list[object]) -> Partition:
    return Partition(labels=pd.Series(names, index=ids, dtype="category"), scheme="letters")


def test_ids_are_matched_as_text_and_those_without_a_group_are_counted() -> None:
    groups, notes = divide_customers(
        CUSTOMERS, make_partition(["a", "b", "a"], [1, 2, 3]), everybody="all", smallest_group=1
    )
    assert [(name, members.tolist()) for name, members in groups] == [("all", [0, 1, 2, 3]), ("a", [0, 2]), ("b", [1])]
    assert notes == ["1 of 4 customers belong to no group of letters: they count in the total."]


def test_without_groups_there_is_everybody() -> None:
    groups, notes = divide_customers(CUSTOMERS, None, everybody="all", smallest_group=10)
    assert [(name, len(members)) for name, members in groups] == [("all", 4)]
    assert notes == []


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(DataError, match="letters has a group called all, which here means all customers"):
        divide_customers(CUSTOMERS, make_partition(["all", "b"], [1, 2]), everybody="all", smallest_group=1)
    with pytest.raises(DataError, match="letters names none of the customers"):
        divide_customers(CUSTOMERS, make_partition(["a", "b"], [8, 9]), everybody="all", smallest_group=1)
    with pytest.raises(ParameterError, match="by is a dict: give a Partition of the customers"):
        divide_customers(CUSTOMERS, {}, everybody="all", smallest_group=1)  # type: ignore[arg-type]
