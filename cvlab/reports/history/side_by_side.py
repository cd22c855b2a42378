"""Side by side: the numbers of the one page for every line, over its runs, and what moved since the run before.

A number over runs keeps to one unit and one currency: runs that wrote it otherwise are gaps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cvlab.reports.comparison.comparison import RunComparison, compare_runs
from cvlab.reports.comparison.comparison_words import mark_change
from cvlab.reports.comparison.differences import read_number
from cvlab.reports.comparison.reasons import find_number_format
from cvlab.reports.history.inline_pictures import Point, draw_sparkline
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.records.ranking import find_first_action, is_answer, measure_sharpness, pick_top
from cvlab.reports.records.runs import Manifest, has_answers
from cvlab.reports.summary.playbook import PageNumber, read_playbook
from cvlab.units import NOT_KNOWN, agree_decimals, write_number, write_range

MOST_RUNS = 12
MOST_NUMBERS = 8


@cache
def list_key_numbers() -> tuple[PageNumber, ...]:
    """Return the numbers by which lines are held against each other: those of the one page, from cvlab's playbook."""
    return read_playbook().numbers


@dataclass(frozen=True, kw_only=True)
class LineNumbers:
    """What a line's newest runs say: one cell per key number (None where it has none), the sharpest others, the top."""

    keys: tuple[dict[str, Any] | None, ...]
    others: tuple[dict[str, Any], ...]
    top: str


def describe_numbers(manifests: Sequence[Manifest]) -> LineNumbers:
    """Write out the numbers of a line from its manifests, the newest first."""
    answering = [manifest for manifest in manifests if has_answers(manifest)][:MOST_RUNS]
    if not answering:
        return LineNumbers(keys=(None,) * len(list_key_numbers()), others=(), top=find_top(manifests[0]))
    newest = answering[0]
    comparison = compare_runs(answering[1], newest) if len(answering) > 1 else None
    keys = tuple(_describe_key(number, answering, comparison) for number in list_key_numbers())
    taken = {number.headline for number in list_key_numbers()}
    others = sorted(
        (record for record in newest["headlines"] if _is_listed(record) and record["key"] not in taken),
        key=measure_sharpness,
    )
    return LineNumbers(
        keys=keys,
        others=tuple(_describe_cell(record, answering, comparison) for record in others[:MOST_NUMBERS]),
        top="" if any(keys) else find_top(newest),
    )


def find_top(manifest: Manifest) -> str:
    """Return the sentence of the headline to name first, what to do if the report says it; or nothing."""
    top = find_first_action(manifest["headlines"]) or pick_top(filter(is_answer, manifest["headlines"]))
    return str(top["text"]) if top else ""


def list_points(record: Mapping[str, Any], manifests: Sequence[Manifest]) -> list[Point | None]:
    """Return a number over runs, oldest first; None where a run has none that can be held against it."""
    currency = manifests[0]["line"].get("currency")
    points: list[Point | None] = []
    for manifest in reversed(manifests):
        other = _find_record(manifest, record)
        same_money = record.get("unit") != "money" or manifest["line"].get("currency") == currency
        if other is None or other.get("unit") != record.get("unit") or not same_money:
            points.append(None)
            continue
        value, low, high = (read_number(other.get(name)) for name in ("value", "low", "high"))
        points.append(Point(value=value, low=low, high=high) if math.isfinite(value) else None)
    return points


def _describe_key(
    number: PageNumber, manifests: Sequence[Manifest], comparison: RunComparison | None
) -> dict[str, Any] | None:
    record = next((record for record in manifests[0]["headlines"] if record["key"] == number.headline), None)
    return None if record is None else _describe_cell(record, manifests, comparison)


def _describe_cell(
    record: Mapping[str, Any], manifests: Sequence[Manifest], comparison: RunComparison | None
) -> dict[str, Any]:
    number_format = find_number_format(manifests[0])
    unit = record.get("unit") or "number"
    value, low, high = (read_number(record.get(name)) for name in ("value", "low", "high"))
    points = list_points(record, manifests)
    known = [point for point in points if point is not None]
    has_interval = math.isfinite(low) and math.isfinite(high)
    decimals = agree_decimals((value, low, high), unit)
    over = ", ".join(write_number(point.value, unit, number_format=number_format) for point in known)
    return {
        "label": record.get("label") or record["key"],
        "text": record["text"],
        "value": write_number(value, unit, number_format=number_format, decimals=decimals),
        "interval": write_range(low, high, unit, number_format=number_format) if has_interval else "",
        "answered": math.isfinite(value),
        "picture": draw_sparkline(points) if len(known) > 1 else "",
        "alt": f"{record.get('label') or record['key']} over {len(known)} runs, oldest first: {over}",
        "change": _find_change(record, comparison),
    }


def _find_change(record: Mapping[str, Any], comparison: RunComparison | None) -> dict[str, str] | None:
    """Return the mark of what moved since the run before; None where the number was not in it."""
    if comparison is None:
        return None
    for row in comparison.table.to_dict("records"):
        if row["key"] == record["key"] and row["label"] == (record.get("label") or record["key"]):
            return {**mark_change(row), "why": row["why"]}
    return None


def _find_record(manifest: Manifest, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find a headline in another run: by key and label, else by a key that stands there once."""
    same = [other for other in manifest["headlines"] if other["key"] == record["key"]]
    alike = [other for other in same if other.get("label") == record.get("label")]
    return alike[0] if alike else same[0] if len(same) == 1 else None


def _is_listed(record: Mapping[str, Any]) -> bool:
    return (
        record["chapter"] != SUMMARY
        and is_answer(record)
        and write_number(read_number(record.get("value"))) != NOT_KNOWN
    )
