"""One truth of truth.json: a key, a value, its unit, the table that it is estimated from, and how it is known.

key     a stable name: chapter.truth, then what it is about
value   a number (money in EUR) or a word
how     "planted" (a constant of the line), "computed" (follows from constants by a formula), or "simulated" (a very
        large population drawn by the same code as the sample; see population.py)
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
PLANTED, COMPUTED, SIMULATED = "planted", "computed", "simulated"


def record(key: str, value: float | str, unit: str, table: str, how: str, note: str = "") -> Record:
    """Return one truth.

    Examples
    --------
    >>> record("segmentation.share.style", 0.25, "share", "customers", PLANTED)["value"]
    0.25
    """
    return {
        "key": key,
        "value": value if isinstance(value, str) else round_numbers(float(value)),
        "unit": unit,
        "table": table,
        "how": how,
        "note": note,
    }


def round_numbers(value: Any) -> Any:
    """Round every number to six digits: what is simulated is not known better."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: round_numbers(part) for key, part in value.items()}
    return [round_numbers(part) for part in value] if isinstance(value, list) else value
