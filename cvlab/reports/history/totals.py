"""Totals: what lines bring together, where it can be said at all.

    total = sum over lines of money of the line × rate                                    [money in the report currency]
    low   = total - sqrt(sum of (value - low)² × rate²), high alike

Only money of a whole line adds up: a price, or the gain per person, does not. Every line must give the same
`report_currency` with its `rate`; without that there is no total, and one sentence says why.

Source: Zou & Donner (2008), Statistics in Medicine 27, pages 1693-1702, for the interval of the sum.
Assumes that lines have different customers, so that what is high for one is not high for the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cvlab.reports.comparison.differences import read_number
from cvlab.reports.records.runs import Manifest
from cvlab.units import NumberFormat, write_number, write_range

# Money per year of the whole line.
ADDS_UP = {"summary.first_action": "what the first actions may bring a year"}


def say_totals(manifests: Sequence[Manifest]) -> list[str]:
    """Say the totals over the newest run of each line, or in one sentence why there are none.

    Examples
    --------
    >>> tea = {"line": {"name": "Tea"}, "headlines": []}
    >>> say_totals([tea, tea])
    ['No total over the lines: Tea and Tea give no report_currency with a rate in product_line.yaml.']
    """
    if len(manifests) < 2:
        return []
    lines = [manifest["line"] for manifest in manifests]
    without = [str(line["name"]) for line in lines if not line.get("report_currency") or not _rate(line) > 0]
    if without:
        gives = "gives" if len(without) == 1 else "give"
        return [
            f"No total over the lines: {_join(without)} {gives} no report_currency with a rate in product_line.yaml."
        ]
    currencies = sorted({str(line["report_currency"]) for line in lines})
    if len(currencies) > 1:
        return [f"No total over the lines: they name {len(currencies)} report currencies, {_join(currencies)}."]
    said = [_say_total(key, label, manifests, currencies[0]) for key, label in ADDS_UP.items()]
    return [sentence for sentence in said if sentence] or [
        "No total over the lines: none of their numbers is money of a whole line."
    ]


def _say_total(key: str, label: str, manifests: Sequence[Manifest], currency: str) -> str:
    """Add one number up over the lines; empty where no line has it."""
    found = [_find(key, manifest) for manifest in manifests]
    missing = [manifest["line"]["name"] for manifest, record in zip(manifests, found, strict=True) if record is None]
    if len(missing) == len(manifests):
        return ""
    if missing:
        return f"No total of {label}: {_join(missing)} {'has' if len(missing) == 1 else 'have'} no such number."
    total = down = up = 0.0
    for manifest, record in zip(manifests, found, strict=True):
        value, low, high = (_rate(manifest["line"]) * read_number((record or {}).get(n)) for n in _NUMBERS)
        total, down, up = total + value, math.hypot(down, value - low), math.hypot(up, high - value)
    number_format = NumberFormat(currency=currency)
    written = write_number(total, "money", number_format=number_format)
    reach = write_range(total - down, total + up, "money", number_format=number_format)
    interval = f" (interval {reach})" if math.isfinite(down) and math.isfinite(up) else " (without an interval)"
    return (
        f"Over the {len(manifests)} lines, {label}: {written}{interval}, taking their customers to be different ones."
    )


_NUMBERS = ("value", "low", "high")


def _find(key: str, manifest: Manifest) -> Mapping[str, Any] | None:
    for record in manifest["headlines"]:
        if record["key"] == key and record.get("unit") == "money" and math.isfinite(read_number(record.get("value"))):
            return record
    return None


def _rate(line: Mapping[str, Any]) -> float:
    """Return units of the report currency per unit of the line's; NaN, which adds up to nothing, without one."""
    return read_number(line.get("rate"))


def _join(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
