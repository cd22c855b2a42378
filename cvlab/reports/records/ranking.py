"""How sharply a headline answers its question: its interval against the change that would matter.

    sharpness = half the width of the interval / smallest change that matters      [a ratio; 1 or less is clear]

Where no smallest change is declared, a tenth of the number's own size takes its place. An interval that holds 0 does
not even tell the sign, so that the number's own size bounds what is called a small interval. It works on the records of
a manifest as on those of a running report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CLEAR, FAIR = 1.0, 3.0
FIRST_ACTION = "summary.first_action"
_SHARE_OF_SIZE = 0.1


def measure_sharpness(record: Mapping[str, Any]) -> float:
    """Return the sharpness of a headline's record; infinite where there is no number, no interval or no scale.

    Examples
    --------
    >>> measure_sharpness({"value": 0.5, "low": 0.4, "high": 0.6, "smallest_change": 0.05})
    2.0
    >>> measure_sharpness({"value": None, "low": None, "high": None, "smallest_change": None})
    inf
    """
    value, low, high = (_number(record.get(name)) for name in ("value", "low", "high"))
    matters = _number(record.get("smallest_change"))
    scale = matters if matters > 0 else _SHARE_OF_SIZE * abs(value)
    if not all(map(math.isfinite, (value, low, high, scale))) or scale == 0:
        return math.inf
    half = (high - low) / 2
    if low < 0 < high:
        # Not even the sign is known: the number is then no sharper than its own size allows.
        scale = min(scale, abs(value)) or math.ulp(1.0)
    return round(half / scale, 12)


def pick_top(records: Iterable[Mapping[str, Any]], *, deciding: Sequence[str] = ()) -> Mapping[str, Any] | None:
    """Return the headline to name first: one that decides, else the sharpest in money, else the sharpest.

    None where none has a number; `deciding` are keys, the first that has a number counts.

    Examples
    --------
    >>> share = {"key": "a.share", "unit": "share", "value": 0.5, "low": 0.49, "high": 0.51}
    >>> price = {"key": "b.price", "unit": "money", "value": 10.0, "low": 5.0, "high": 15.0}
    >>> pick_top([share, price])["key"]
    'b.price'
    >>> pick_top([share, price], deciding=["c.gain", "a.share"])["key"]
    'a.share'
    """
    answered = [record for record in records if record.get("value") is not None]
    for key in deciding:
        if named := next((record for record in answered if record.get("key") == key), None):
            return named
    in_money = [record for record in answered if record.get("unit") == "money"]
    return min(in_money or answered, key=measure_sharpness, default=None)


def find_first_action(records: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the headline that says what to do first; None where no action follows from the report.

    Examples
    --------
    >>> find_first_action([{"key": "summary.first_action", "value": None, "words": {"action": "Ask more"}}])["words"]
    {'action': 'Ask more'}
    """
    record = next((record for record in records if record.get("key") == FIRST_ACTION), None)
    return record if record and (record.get("value") is not None or record.get("words")) else None


def is_answer(record: Mapping[str, Any]) -> bool:
    """Tell whether a decision can rest on a headline; sizes of groups and the state of the data only describe."""
    return bool(record.get("decides", True))


def name_sharpness(sharpness: float) -> str:
    """Say a sharpness in a word: clear, fair, rough, or no interval.

    Examples
    --------
    >>> name_sharpness(0.4), name_sharpness(2.0), name_sharpness(9.0)
    ('clear', 'fair', 'rough')
    """
    if not math.isfinite(sharpness):
        return "no interval"
    return "clear" if sharpness <= CLEAR else "fair" if sharpness <= FAIR else "rough"


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
