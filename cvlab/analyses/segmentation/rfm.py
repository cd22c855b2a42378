"""RFM segments: customers by how recently and how often they bought.

    score = 1 + the number of whole fifths of customers who did worse       (1 … 5)

    recency score    by the time since the last purchase (less is better); half of those equal count as worse
    frequency score  by the number of repeat purchases; only those below count as worse

Customers with equal numbers get equal scores, so that a score need not hold a fifth of them: those who bought once are
all in frequency score 1, and where they are the most, score 2 stays empty. The money they spent is not in the grid; it
is an outcome to compare the segments on.

    frequency  5 | at risk      at risk      loyal           loyal      champions
               4 | at risk      at risk      loyal           loyal      champions
               3 | at risk      at risk      need attention  promising  promising
               2 | hibernating  hibernating  about to sleep  promising  promising
               1 | hibernating  hibernating  about to sleep  new        new
                 +----------------------------------------------------------------
        recency       1            2             3              4           5

Source: Hughes (1994), Strategic Database Marketing, chapter 6 (fifths); the names are those in common use, joined
where practice splits hairs ("promising" holds the potential loyalists, "at risk" those one "cannot lose").
Assumes that all customers can buy at any time; not for subscriptions.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from cvlab.analyses.segmentation.preparation import index_people
from cvlab.analyses.segmentation.segments import Segments
from cvlab.checks import check_columns, check_numeric
from cvlab.errors import DataError

SCORES = 5
RFM_COLUMNS = ("frequency", "recency", "age")
_GRID = (  # rows: frequency score 1 … 5; columns: recency score 1 … 5
    ("hibernating", "hibernating", "about to sleep", "new", "new"),
    ("hibernating", "hibernating", "about to sleep", "promising", "promising"),
    ("at risk", "at risk", "need attention", "promising", "promising"),
    ("at risk", "at risk", "loyal", "loyal", "champions"),
    ("at risk", "at risk", "loyal", "loyal", "champions"),
)
_ORDER = ("champions", "loyal", "promising", "new", "need attention", "about to sleep", "at risk", "hibernating")


class HasTable(Protocol):
    """Anything with a table of purchases per customer, such as a PurchaseSummary."""

    @property
    def table(self) -> pd.DataFrame: ...


def assign_rfm_segments(summary: pd.DataFrame | HasTable) -> Segments:
    """Divide customers by recency and frequency of their purchases.

    Parameters
    ----------
    summary : the result of `summarise_purchases`, or its table: customer_id, frequency (repeat purchases), recency
        (time from first to last purchase), age (time from first purchase to the end), in one unit of time.

    Returns
    -------
    Segments with the usual names. They are not merged, however small: call `publishable` before showing them.

    Raises
    ------
    DataError : a column is absent or not numeric, or somebody's last purchase lies after the end.

    Source
    ------
    Hughes (1994), Strategic Database Marketing.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer_id": list("abcde"), "frequency": [9, 4, 1, 0, 0],
    ...                         "recency": [51, 30, 10, 0, 0], "age": [52, 40, 40, 50, 3]})
    >>> assign_rfm_segments(summary).labels.to_dict()
    {'a': 'champions', 'b': 'loyal', 'c': 'at risk', 'd': 'hibernating', 'e': 'new'}
    """
    table = summary if isinstance(summary, pd.DataFrame) else summary.table
    check_columns(table, RFM_COLUMNS, "summary")
    people = index_people(table, "summary").rename_axis("customer_id")
    since_last, frequency = _read_purchases(people)
    sorted_since, sorted_frequency = np.sort(-since_last), np.sort(frequency)

    def assign(new: pd.DataFrame) -> pd.Series:
        check_columns(new, RFM_COLUMNS, "summary")
        since, repeats = _read_purchases(new)
        recency_score = _score(sorted_since, -since, equal_share=0.5)
        frequency_score = _score(sorted_frequency, repeats, equal_share=0.0)
        codes = np.array([_ORDER.index(name) for row in _GRID for name in row]).reshape(SCORES, SCORES)
        found = pd.Categorical.from_codes(codes[frequency_score, recency_score], categories=list(_ORDER))
        return pd.Series(found, index=new.index, name="group")

    labels = assign(people)
    present = [name for name in _ORDER if (labels == name).any()]
    notes = ["RFM segments are made from purchases: what they explain of spend in the same time is by construction."]
    absent = [name for name in _ORDER if name not in present]
    if absent:
        notes.append(f"Nobody is in: {', '.join(absent)}.")
    return Segments(
        labels=labels.cat.set_categories(present),
        scheme="RFM",
        headline_key="segmentation.largest_rfm_segment",
        headline_label="share of the largest RFM segment",
        # Not the name of the column, age, which among customers means their own.
        made_from=("frequency", "recency", "time since first purchase"),
        rule=lambda new: assign(new).cat.set_categories(present),
        notes=tuple(notes),
    )


def _read_purchases(people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the time since the last purchase and the number of repeat purchases."""
    check_numeric(people, RFM_COLUMNS, "summary")
    # Rounded, so that the same day is the same number however its fractions were added up.
    since = (people["age"] - people["recency"]).to_numpy(dtype=float).round(6)
    if (since < 0).any():
        raise DataError(f"summary: {int((since < 0).sum())} customers have recency above age. Summarise purchases anew")
    return since, people["frequency"].to_numpy(dtype=float)


def _score(ordered: np.ndarray, values: np.ndarray, *, equal_share: float) -> np.ndarray:
    """Return the score less 1: whole fifths of `ordered` below each value, with a share of those equal to it."""
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    worse = (below + equal_share * (up_to - below)) / len(ordered)
    return np.minimum((worse * SCORES + 1e-9).astype(int), SCORES - 1)
