"""Weighting: tables of answers, in which everyone counts for as many as they stand for.

A respondent whose weight is not known counts once, which is the mean of all weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cvlab.checks import check_columns
from cvlab.errors import DataError

RESPONDENT = "respondent_id"
WEIGHT = "weight"


def assign_weights(tables: Mapping[str, pd.DataFrame], weights: pd.Series) -> dict[str, pd.DataFrame]:
    """Return the tables with a column `weight` wherever rows are of respondents; other tables as they are.

    Parameters
    ----------
    tables : name → table; a column `weight` that is there is replaced.
    weights : of each respondent, index respondent_id, such as `Weights.weights`. Who is not in it counts once.

    Raises
    ------
    DataError : a respondent has two weights.

    Examples
    --------
    >>> answers = pd.DataFrame({"respondent_id": ["a", "b", "c"], "price": [10.0, 12, 11]})
    >>> weights = pd.Series([0.5, 1.5], index=pd.Index(["a", "b"], name="respondent_id"))
    >>> assign_weights({"answers": answers}, weights)["answers"]["weight"].tolist()
    [0.5, 1.5, 1.0]
    """
    check_columns(weights.rename(WEIGHT).reset_index(), [RESPONDENT], "weights")
    if weights.index.has_duplicates:
        raise DataError("weights name a respondent_id twice: give one weight per respondent")
    weighted = {}
    for name, table in tables.items():
        indexed = table.index.name == RESPONDENT
        if not indexed and RESPONDENT not in table.columns:
            weighted[name] = table
            continue
        ids = table.index.to_series() if indexed else table[RESPONDENT]
        weighted[name] = table.assign(**{WEIGHT: ids.map(weights).astype(float).fillna(1.0).to_numpy()})
    return weighted
