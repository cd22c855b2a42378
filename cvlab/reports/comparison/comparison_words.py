"""The comparison in words: what a page and a terminal say of each change, and how its number is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from cvlab.reports.comparison.comparison import RunComparison
from cvlab.reports.comparison.reasons import find_number_format
from cvlab.reports.comparison.verdicts import CANNOT_TELL, GONE, MATTERS, NEW, SAME, TOO_SMALL
from cvlab.reports.records.order import Manifest, read_start
from cvlab.reports.records.ranking import find_first_action
from cvlab.units import NumberFormat, agree_decimals, write_number, write_range

ORDER = (MATTERS, TOO_SMALL, CANNOT_TELL, NEW, GONE, SAME)
TITLES = {
    MATTERS: "Changed, and it matters",
    TOO_SMALL: "Changed, too little to matter",
    CANNOT_TELL: "Cannot tell",
    NEW: "New",
    GONE: "Gone",
    SAME: "The same",
}
HOW_WORDS = {
    "paired": "draw by draw, the same people weighted alike",
    "independent": "from the two intervals, as if independent",
    "exact": "without noise",
    "none": "",
}
_DIRECTIONS = {"better": "better", "worse": "worse", "up": "more", "down": "less", "": ""}
_TONES = {"better": "good", "worse": "bad"}
_WIDTH = 100
_LABEL = 40


def describe_changes(comparison: RunComparison, old: Manifest, new: Manifest) -> list[dict[str, Any]]:
    """Return each row of the comparison written out, in the order of the verdicts and then of the chapters."""
    formats = find_number_format(old), find_number_format(new)
    rows = [_describe(row, *formats) for row in comparison.table.to_dict("records")]
    return sorted(rows, key=lambda row: ORDER.index(row["verdict"]))


def mark_change(row: Mapping[str, Any]) -> dict[str, str]:
    """Return how a change is shown in a glance: a mark, a word that says the same, and a tone.

    Examples
    --------
    >>> mark_change({"verdict": "changed and matters", "difference": -2.0, "direction": "better"})
    {'mark': '▼', 'word': 'better', 'tone': 'good'}
    >>> mark_change({"verdict": "cannot tell", "difference": 1.0, "direction": "better"})
    {'mark': '≈', 'word': 'cannot tell', 'tone': ''}
    """
    verdict, difference = row["verdict"], row["difference"]
    if verdict not in (MATTERS, TOO_SMALL):
        return {"mark": {CANNOT_TELL: "≈", SAME: "="}.get(verdict, "·"), "word": verdict, "tone": ""}
    word = _DIRECTIONS[row["direction"]]
    if verdict == TOO_SMALL:
        return {"mark": "△" if difference > 0 else "▽", "word": f"slightly {word}", "tone": ""}
    return {"mark": "▲" if difference > 0 else "▼", "word": word, "tone": _TONES.get(row["direction"], "")}


def write_difference(difference: float, low: float, high: float, unit: str, number_format: NumberFormat) -> list[str]:
    """Write a difference with its sign, and its interval; differences of shares are percentage points.

    Examples
    --------
    >>> write_difference(0.05, 0.01, 0.09, "share", NumberFormat())
    ['+5.0 pp', '+1.0 to +9.0 pp']
    >>> write_difference(-2.0, -3.0, 1.0, "money", NumberFormat(currency="USD"))
    ['−$2.00', '−$3.00 to +$1.00']
    """
    decimals = agree_decimals((difference, low, high), unit)
    written = []
    for number in (difference, low, high):
        text = write_number(number, unit, number_format=number_format, decimals=decimals)
        sign = "+" if math.isfinite(number) and number > 0 and any(digit in text for digit in "123456789") else ""
        written.append(sign + (text.replace("%", " pp") if unit == "share" else text))
    value, first, last = written
    if not math.isfinite(difference):
        return ["", ""]
    if not (math.isfinite(low) and math.isfinite(high)):
        return [value, ""]
    return [value, f"{first.removesuffix(' pp')} to {last}" if unit == "share" else f"{first} to {last}"]


def name_run(manifest: Mapping[str, Any]) -> str:
    """Name a run by when it started, to the minute.

    Examples
    --------
    >>> name_run({"started": "2026-05-31T12:00:00Z"})
    '2026-05-31 12:00'
    """
    return read_start(manifest).strftime("%Y-%m-%d %H:%M")


def compare_first_actions(old: Manifest, new: Manifest) -> str:
    """Say what was to be done first, then and now; nothing where neither run says it.

    Examples
    --------
    >>> then, now = ({"headlines": [{"key": "summary.first_action", "words": {"action": do}}]} for do in ("A", "B"))
    >>> compare_first_actions(then, now), compare_first_actions(then, then), compare_first_actions({}, {})
    ('First action: A → B', 'First action: A, then and now', '')
    """
    first, second = (_name_first_action(manifest) for manifest in (old, new))
    if not first and not second:
        return ""
    if first == second:
        return f"First action: {first}, then and now"
    return f"First action: {first or 'none'} → {second or 'none'}"


def _name_first_action(manifest: Manifest) -> str:
    record = find_first_action(manifest.get("headlines") or ())
    return str((record.get("words") or {}).get("action") or record.get("text") or "") if record else ""


def write_comparison(comparison: RunComparison, old: Manifest, new: Manifest) -> str:
    """Write a comparison for a terminal of 100 columns."""
    lines = [
        f"{new['line']['name']}: {old['run']} ({name_run(old)}) → {new['run']} ({name_run(new)})",
        *_fold(str(comparison.headline), 0),
        *_fold(compare_first_actions(old, new), 0),
    ]
    changes = describe_changes(comparison, old, new)
    for verdict in ORDER:
        mine = [change for change in changes if change["verdict"] == verdict]
        if mine:
            lines += ["", f"{TITLES[verdict]} ({len(mine)})"]
            lines += _list_labels(mine) if verdict == SAME else [line for change in mine for line in _write_row(change)]
    if len(comparison.circumstances):
        lines += ["", "What else differs", *_write_circumstances(comparison)]
    notes = [line for note in comparison.notes for line in _fold(note, 0)]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def _describe(row: Mapping[str, Any], first: NumberFormat, second: NumberFormat) -> dict[str, Any]:
    difference, interval = write_difference(
        row["difference"], row["difference_low"], row["difference_high"], row["unit"], second
    )
    sides = {}
    for side, unit, number_format in (("then", row["unit_then"], first), ("now", row["unit"], second)):
        low, high = row[f"{side}_low"], row[f"{side}_high"]
        decimals = agree_decimals((row[side], low, high), unit)
        sides[side] = write_number(row[side], unit, number_format=number_format, decimals=decimals)
        has_interval = math.isfinite(low) and math.isfinite(high)
        sides[f"{side}_interval"] = write_range(low, high, unit, number_format=number_format) if has_interval else ""
    return {**row, **sides, "difference_text": difference, "interval_text": interval, **mark_change(row)}


def _write_row(change: Mapping[str, Any]) -> list[str]:
    """Write a change as two columns: the label, and beside it the numbers with the difference below."""
    verdict = change["verdict"]
    numbers = {NEW: change["now"], GONE: change["then"]}.get(verdict, f"{change['then']} → {change['now']}")
    mark = f"   {change['mark']} {change['word']}" if verdict in (MATTERS, TOO_SMALL) else ""
    interval = f" ({change['interval_text']})" if change["interval_text"] and change["how"] != "exact" else ""
    left = wrap(change["label"], _LABEL) or [change["key"]]
    right = [f"{numbers}{mark}", *([f"{change['difference_text']}{interval}"] if change["difference_text"] else [])]
    pairs = zip_longest(left, right, fillvalue="")
    return [*(f"  {name:<{_LABEL}}  {said}".rstrip() for name, said in pairs), *_fold(change["why"], 6)]


def _list_labels(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    return _fold("; ".join(change["label"] for change in changes), 2)


def _write_circumstances(comparison: RunComparison) -> list[str]:
    lines = []
    for chapter, what, then, now in comparison.circumstances.itertuples(index=False, name=None):
        place = f"chapter {chapter}, {what}" if chapter else what.removeprefix("data ")
        lines += _fold(f"{place}: {then} → {now}" if then else f"{place} has {now}", 2)
    return lines


def _fold(text: str, indent: int) -> list[str]:
    space = " " * indent
    return wrap(text, _WIDTH, initial_indent=space, subsequent_indent=space)


def list_records(comparison: RunComparison, old: Manifest, new: Manifest) -> dict[str, Any]:
    """Return a comparison as plain JSON types; a number that is missing is None."""
    return {
        "line": new["line"]["slug"],
        "then": old["run"],
        "now": new["run"],
        "headlines": [
            {
                name: None if isinstance(value, float) and not math.isfinite(value) else value
                for name, value in row.items()
            }
            for row in comparison.table.to_dict("records")
        ],
        "circumstances": comparison.circumstances.to_dict("records"),
        "notes": list(comparison.notes),
    }
