"""Verdicts: what may be said of each change, once it is known how many were looked at.

    changed            adjusted p-value <= rate                           (Benjamini-Hochberg step-up)
    changed, matters   and the difference is at least the smallest change that the newer run declares to matter

Source: Benjamini & Hochberg (1995), "Controlling the false discovery rate", Journal of the Royal Statistical Society B
57, pages 289-300. It holds for independent numbers and for those that tend to move together (Benjamini & Yekutieli
2001).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cvlab.reports.comparison.differences import read_number

MATTERS, TOO_SMALL, CANNOT_TELL = "changed and matters", "changed, too small", "cannot tell"
NEW, GONE, SAME = "new", "gone", "same"
VERDICTS = (MATTERS, TOO_SMALL, CANNOT_TELL, NEW, GONE, SAME)
FALSE_DISCOVERY_RATE = 0.05
_SHARE_OF_SIZE = 0.1
_NEARLY = 1 - 1e-9
Record = Mapping[str, Any]


def adjust_p_values(p_values: Sequence[float]) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted p-values; what was not tested (NaN) stays out of the count.

    Examples
    --------
    >>> adjust_p_values([0.01, float("nan"), 0.04, 0.03]).round(3).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    from scipy.stats import false_discovery_control

    adjusted = np.array(p_values, dtype=float)
    tested = np.isfinite(adjusted)
    if tested.any():
        adjusted[tested] = false_discovery_control(adjusted[tested])
    return adjusted


def judge(entry: Mapping[str, Any], rate: float = FALSE_DISCOVERY_RATE) -> str:
    """Return the verdict on a change that was measured; what has no noise is judged by its size alone.

    Examples
    --------
    >>> judge({"how": "paired", "p_adjusted": 0.01, "difference": 2.0, "smallest_change": 1.0})
    'changed and matters'
    >>> judge({"how": "paired", "p_adjusted": 0.3, "difference": 2.0, "smallest_change": 1.0})
    'cannot tell'
    """
    if entry["how"] == "none" or (entry["how"] != "exact" and entry["p_adjusted"] > rate):
        return CANNOT_TELL
    return MATTERS if abs(entry["difference"]) >= _NEARLY * entry["smallest_change"] else TOO_SMALL


def find_direction(difference: float, better: str) -> str:
    """Return better or worse where the headline knows which way is better, up or down where not, "" without a change.

    Examples
    --------
    >>> find_direction(-2.0, "lower"), find_direction(-2.0, "none"), find_direction(0.0, "higher")
    ('better', 'down', '')
    """
    if not math.isfinite(difference) or difference == 0:
        return ""
    if better == "none":
        return "up" if difference > 0 else "down"
    return "better" if (difference > 0) == (better == "higher") else "worse"


def find_smallest_change(then: Record | None, now: Record | None) -> float:
    """Return the smallest change that matters: as declared now, else then, else a tenth of the number's size."""
    for record in (now, then):
        declared = read_number((record or {}).get("smallest_change"))
        if declared > 0:
            return declared
    sizes = [abs(read_number((record or {}).get("value"))) for record in (then, now)]
    return _SHARE_OF_SIZE * next((size for size in sizes if size > 0), math.nan)
