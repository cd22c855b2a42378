"""Groups of customers: everybody first, then each group of a scheme, small ones merged before anything is measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.common.partition import Partition
from cvlab.errors import DataError, ParameterError

Group = tuple[str, np.ndarray]


def divide_customers(
    customers: pd.Index, by: Partition | None, *, everybody: str, smallest_group: int
) -> tuple[tuple[Group, ...], list[str]]:
    """Return name and positions of everybody and of each group, and what a reader should know about them.

    Parameters
    ----------
    customers : ids as text.
    everybody : what all of them are called together.
    smallest_group : smaller groups are merged.

    Raises
    ------
    ParameterError : `by` is no Partition.
    DataError : it names none of the customers, or has a group called like everybody.

    Examples
    --------
    >>> labels = pd.Series(["a", "b", "a"], index=["1", "2", "3"], dtype="category")
    >>> groups, notes = divide_customers(pd.Index(["1", "2", "3"]), Partition(labels=labels, scheme="letters"),
    ...                                  everybody="everybody", smallest_group=1)
    >>> [(name, members.tolist()) for name, members in groups]
    [('everybody', [0, 1, 2]), ('a', [0, 2]), ('b', [1])]
    """
    all_of_them = (everybody, np.arange(len(customers)))
    if by is None:
        return (all_of_them,), []
    if not isinstance(by, Partition):
        raise ParameterError(
            f"by is a {type(by).__name__}: give a Partition of the customers, such as assign_segments makes"
        )
    # As text: a customer may be 7 in one table and "7" in another.
    labels = by.labels.set_axis(by.labels.index.astype("str"))
    labels = labels[labels.index.isin(customers)].dropna()
    if labels.empty:
        raise DataError(f"{by.scheme} names none of the customers: the ids of its labels must be customer ids")
    known = Partition(labels=labels.cat.remove_unused_categories(), scheme=by.scheme).publishable(smallest_group)
    if everybody in known.names:
        raise DataError(f"{by.scheme} has a group called {everybody}, which here means all customers: rename the group")
    notes = []
    nowhere = len(customers) - len(labels)
    if nowhere:
        notes.append(
            f"{nowhere} of {len(customers)} customers belong to no group of {by.scheme}: they count in the total."
        )
    codes = known.codes.reindex(customers).fillna(-1).to_numpy(dtype=int)
    return (all_of_them, *((name, np.flatnonzero(codes == number)) for number, name in enumerate(known.names))), notes
