"""Comparison: what changed since the last run, beyond noise, and does it matter?

Each headline of two runs of one line is subtracted, with its interval (`differences`). Of many numbers some move by
chance, so that the p-values are adjusted for how many were looked at: of all headlines called changed, at most the
share `rate` is expected not to have (`verdicts`, with the source).

Assumes that the intervals say what they promise. A number that moved because something else than the world did (a
parameter, the seed, a notebook, cvlab itself) is marked, not corrected. Where a headline declares no smallest change, a
tenth of its size takes its place, as in the summary. The summary's own headlines are left out: they only repeat others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.checks import check_share
from cvlab.errors import ParameterError
from cvlab.reports.comparison.circumstances import find_seed, list_circumstances
from cvlab.reports.comparison.comparison_notes import count_changes, write_notes
from cvlab.reports.comparison.differences import find_other_basis, is_same, measure_difference, read_number
from cvlab.reports.comparison.reasons import explain_change, explain_gap, find_number_format, list_causes
from cvlab.reports.comparison.verdicts import (
    CANNOT_TELL,
    FALSE_DISCOVERY_RATE,
    GONE,
    NEW,
    SAME,
    adjust_p_values,
    find_direction,
    find_smallest_change,
    judge,
)
from cvlab.reports.plans.chapters import SUMMARY

_COLUMNS = (
    *("chapter", "key", "label", "unit", "unit_then", "better", "then", "then_low", "then_high", "now", "now_low"),
    *("now_high", "difference", "difference_low", "difference_high", "p_value", "p_adjusted", "smallest_change"),
    *("how", "verdict", "direction", "why", "text_then", "text_now"),
)

Manifest = Mapping[str, Any]
Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class RunComparison:
    """Two runs of one line, headline by headline.

    Attributes
    ----------
    table : one row per headline, in the order of the chapters: chapter, key, label, unit, unit_then, better, then,
        then_low, then_high, now, now_low, now_high, difference, difference_low, difference_high, p_value, p_adjusted
        (NaN where there was nothing to test), smallest_change, how (paired, independent, exact, none), verdict,
        direction (better, worse, up, down or empty), why, text_then, text_now.
    circumstances : what else differs between the runs: chapter (0 for the whole run), what, then, now.
    """

    rows: ClassVar[str] = "headline"
    kinds: ClassVar[Mapping[str, str]] = {"chapter": "count", "p_value": "number", "p_adjusted": "number"}

    table: pd.DataFrame
    circumstances: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def compare_runs(
    old_manifest: Manifest, new_manifest: Manifest, *, rate: float = FALSE_DISCOVERY_RATE
) -> RunComparison:
    """Compare two runs of one product line: each headline then and now, and what may be said about its change.

    Parameters
    ----------
    old_manifest, new_manifest : as `manifest.json` holds them; of a run that still goes on, `headlines` is enough, with
        `seed`, `effort`, `chapters`, `line` and `data` as far as they are known.
    rate : the share of false ones among the headlines called changed.

    Raises
    ------
    ParameterError : the runs are of two lines, or the rate is no share.

    Examples
    --------
    >>> price = {"chapter": 6, "key": "demo.price", "label": "price", "unit": "money", "smallest_change": 1.0}
    >>> then = {"headlines": [{**price, "value": 20.0, "low": 19.0, "high": 21.0}]}
    >>> now = {"headlines": [{**price, "value": 24.0, "low": 23.0, "high": 25.0}]}
    >>> compare_runs(then, now).table.loc[0, "verdict"], compare_runs(then, then).table.loc[0, "verdict"]
    ('changed and matters', 'same')
    """
    check_share(rate, "rate")
    _check_lines(old_manifest, new_manifest)
    entries = [
        _compare_pair(then, now, old_manifest, new_manifest)
        for then, now in pair_headlines(_list_records(old_manifest), _list_records(new_manifest))
    ]
    adjusted = adjust_p_values([entry["p_value"] for entry in entries])
    n_tested = int(np.isfinite(adjusted).sum())
    number_format = find_number_format(new_manifest)
    for entry, p_adjusted in zip(entries, adjusted, strict=True):
        entry["p_adjusted"] = p_adjusted
        entry["verdict"] = entry["verdict"] or judge(entry, rate)
        said = explain_change(entry, n_tested=n_tested, number_format=number_format)
        entry["why"] = " ".join(filter(None, (said, entry["why"])))
    entries.sort(key=lambda entry: entry["chapter"])
    table = pd.DataFrame(entries, columns=list(_COLUMNS))
    return RunComparison(
        table=table,
        circumstances=list_circumstances(old_manifest, new_manifest),
        headline=count_changes(table),
        notes=tuple(write_notes(table, old_manifest, new_manifest, rate)),
    )


def pair_headlines(old: Sequence[Record], new: Sequence[Record]) -> Iterator[tuple[Record | None, Record | None]]:
    """Pair the headlines of two runs: by chapter, key and label, and by the key alone where both say it just once.

    Examples
    --------
    >>> then = [{"chapter": 1, "key": "a", "label": "x"}, {"chapter": 1, "key": "b", "label": "y"}]
    >>> [(old and old["key"], new and new["key"]) for old, new in pair_headlines(then, then[1:])]
    [('b', 'b'), ('a', None)]
    """
    left, waiting = list(old), []
    for record in new:
        found = next((other for other in left if _name(other) == _name(record)), None)
        if found is None:
            waiting.append(record)
        else:
            left.remove(found)
            yield found, record
    counts = Counter((side, record["key"]) for side, records in (("old", old), ("new", new)) for record in records)
    for record in waiting:
        key = record["key"]
        other = next((other for other in left if other["key"] == key), None)
        if other is not None and counts["old", key] == counts["new", key] == 1:
            left.remove(other)
            yield other, record
        else:
            yield None, record
    yield from ((record, None) for record in left)


def _list_records(manifest: Manifest) -> list[Record]:
    return [record for record in manifest.get("headlines") or () if record.get("chapter") != SUMMARY]


def _name(record: Record) -> tuple[object, ...]:
    return record.get("chapter"), record["key"], record.get("label")


def _check_lines(old: Manifest, new: Manifest) -> None:
    slugs = [(manifest.get("line") or {}).get("slug") for manifest in (old, new)]
    if all(slugs) and slugs[0] != slugs[1]:
        raise ParameterError(
            f"the runs are of two product lines, {slugs[0]} and {slugs[1]}: compare two runs of one line; "
            "the index of the reports shows lines side by side"
        )


def _compare_pair(then: Record | None, now: Record | None, old: Manifest, new: Manifest) -> dict[str, Any]:
    """Measure one headline's change; the verdict stays open where it depends on the other headlines."""
    shown: Record = now or then or {}
    entry: dict[str, Any] = {
        "chapter": shown.get("chapter", 0),
        "key": shown["key"],
        "label": shown.get("label") or shown["key"],
        "unit": shown.get("unit") or "number",
        "unit_then": (then or shown).get("unit") or "number",
        "better": shown.get("better") or "none",
        "smallest_change": find_smallest_change(then, now),
        "how": "none",
        "verdict": "",
        "text_then": (then or {}).get("text") or "",
        "text_now": (now or {}).get("text") or "",
    }
    for side, record in (("then", then), ("now", now)):
        for name, column in (("value", side), ("low", f"{side}_low"), ("high", f"{side}_high")):
            entry[column] = read_number((record or {}).get(name))
    verdict, why = _find_obstacle(then, now, entry, old, new)
    if verdict == SAME:
        difference = (0.0, 0.0, 0.0, math.nan, "exact")
    elif verdict or then is None or now is None:
        difference = (math.nan, math.nan, math.nan, math.nan, "none")
    else:
        measured = measure_difference(then, now, same_draws=_has_same_draws(then, now, old, new))
        difference = (measured.value, measured.low, measured.high, measured.p_value, measured.how)
        why = " ".join(list_causes(then, now, old, new))
        if measured.how == "none":
            ends = [sum(math.isfinite(entry[f"{side}_{end}"]) for end in ("low", "high")) for side in ("then", "now")]
            gap = "is open at one end" if 1 in ends else "is missing"
            why = " ".join(filter(None, (f"The interval of one of the two {gap}.", why)))
    names = ("difference", "difference_low", "difference_high", "p_value", "how")
    entry |= {**dict(zip(names, difference, strict=True)), "verdict": verdict, "why": why}
    return {**entry, "direction": find_direction(entry["difference"], entry["better"])}


def _find_obstacle(
    then: Record | None, now: Record | None, entry: Mapping[str, Any], old: Manifest, new: Manifest
) -> tuple[str, str]:
    """Return verdict and reason where there is no change to measure; two empty texts where there is."""
    if then is None:
        return NEW, explain_gap(now or {}, old, then=True)
    if now is None:
        return GONE, explain_gap(then, new, then=False)
    knows_then, knows_now = (math.isfinite(entry[side]) for side in ("then", "now"))
    if not knows_then and not knows_now:
        return CANNOT_TELL, "Without an answer in either run."
    if not knows_then:
        return NEW, "Not enough data then."
    if not knows_now:
        return GONE, f"Not enough data now. {entry['text_now']}"
    if entry["unit"] != entry["unit_then"]:
        return CANNOT_TELL, f"Then a number of {entry['unit_then']}, now of {entry['unit']}: not to be subtracted."
    if basis := find_other_basis(then, now):
        return CANNOT_TELL, f"Then a number of {basis[0]}, now of {basis[1]}: not to be subtracted."
    currencies = [(manifest.get("line") or {}).get("currency") for manifest in (old, new)]
    if entry["unit"] == "money" and all(currencies) and currencies[0] != currencies[1]:
        return CANNOT_TELL, f"Then in {currencies[0]}, now in {currencies[1]}: not to be subtracted."
    return (SAME, "") if is_same(then, now) else ("", "")


def _has_same_draws(then: Record, now: Record, old: Manifest, new: Manifest) -> bool:
    """Tell whether draw b weights the same people alike in both runs; effort sets how many draws were made."""
    seeds = [find_seed(manifest, record.get("chapter")) for manifest, record in ((old, then), (new, now))]
    return (
        then.get("draws_by") == now.get("draws_by") == "people"
        and seeds[0] is not None
        and seeds[0] == seeds[1]
        and old.get("effort") == new.get("effort")
    )
