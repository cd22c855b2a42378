"""Names of clusters: what marks each of them, in words a reader can repeat.

    marker: a feature whose mean in the cluster lies apart from everybody's
        0/1 or a level of a category   by a quarter or more
        measured                       by half a standard deviation or more

What a cluster has says more than what it lacks, and the strongest markers come first: "battery, not price".

Source: Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, chapter 8 (marker variables).
Assumes that people read at most two markers, and four where two clusters would else be called alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.analyses.segmentation.preparation import Preparation

_MARKER_SHARE = 0.25
_MARKER_SPREAD = 0.5
_MARKERS_IN_NAME = 2
_LACKING_COUNTS = 0.75


def name_by_markers(
    preparation: Preparation, encoded: pd.DataFrame, weights: pd.Series, *, codes: np.ndarray, n_groups: int
) -> tuple[str, ...]:
    """Name each group by the features in which it differs most from everybody; a number tells equals apart.

    Parameters
    ----------
    encoded : people × encoded columns; missing values are left out of the means.
    codes : group of each of these people.
    """
    rows, each = encoded.to_numpy(), weights.to_numpy()
    known = ~np.isnan(rows)
    filled = np.where(known, rows, 0.0)

    def average(people: np.ndarray, values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        mass = each[people] @ known[people]
        return np.divide(each[people] @ values[people], mass, out=otherwise.copy(), where=mass > 0)

    everybody = np.ones(len(rows), dtype=bool)
    mean = average(everybody, filled, np.zeros(rows.shape[1]))
    spread = np.sqrt(average(everybody, np.where(known, (rows - mean) ** 2, 0.0), np.zeros(rows.shape[1])))
    of_category = np.array([column not in preparation.features for column in preparation.columns])
    names: list[str] = []
    for group in range(n_groups):
        gap = average(codes == group, filled, mean) - mean
        relative = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
        marks = np.where(preparation.shares, np.abs(gap) >= _MARKER_SHARE, np.abs(relative) >= _MARKER_SPREAD)
        # What a cluster has says more than what it lacks; what category it is not in says nothing that another does.
        lacking = preparation.shares & (gap < 0)
        marks &= ~(lacking & of_category)
        strength = np.abs(relative) * np.where(lacking, _LACKING_COUNTS, 1.0)
        # Rounded, so that ties fall to the earlier column whatever the last digits are.
        order = [position for position in np.argsort(-strength.round(6), kind="stable") if marks[position]]
        words = [
            _say_marker(preparation.columns[position], gap[position] > 0, bool(preparation.shares[position]))
            for position in order
        ]
        most = _MARKERS_IN_NAME
        while ", ".join(words[:most]) in names and most < min(len(words), 2 * _MARKERS_IN_NAME):
            most += 1
        name = ", ".join(words[:most]) or "like the average"
        if name in names:
            name = f"{name} ({group + 1})"
        names.append(name)
    return tuple(names)


def _say_marker(column: str, above: bool, is_share: bool) -> str:
    readable = column.replace("_", " ").replace(": ", " ")
    if is_share:
        return readable if above else f"not {readable}"
    return f"{'high' if above else 'low'} {readable}"
