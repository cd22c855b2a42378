"""Comparison: what changed since the last run, beyond noise, and does it matter?

Each headline of two runs of one line is subtracted, with its interval (`cvlab.reports.differences`). Of many numbers
some move by chance, so that the p-values are adjusted for how many were looked at: of all headlines called changed, at
most the share `rate` is expected not to have.

    changed            adjusted p-value <= rate                           (Benjamini-Hochberg step-up)
    changed, matters   and the difference is at least the smallest change that the newer run declares to matter

Source: Benjamini & Hochberg (1995), "Controlling the false discovery rate", Journal of the Royal Statistical Society B
57, pages 289-300. It holds for independent numbers and for those that tend to move together (Benjamini & Yekutieli
2001).

Assumes that the intervals say what they promise. A number that moved because something else than the world did (a
parameter, the seed, a notebook, cvlab itself) is marked, not corrected. Where a headline declares no smallest change, a
tenth of its size takes its place, as in the summary. The summary's own headlines are left out: they only repeat others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.checks import check_share
from cvlab.errors import ParameterError
from cvlab.reports.chapters import SUMMARY
from cvlab.reports.circumstances import find_seed, has_same_data, list_circumstances
from cvlab.reports.differences import is_same, measure_difference, read_number
from cvlab.reports.reasons import explain_change, explain_gap, find_number_format, list_causes

MATTERS, TOO_SMALL, CANNOT_TELL = "changed and matters", "changed, too small", "cannot tell"
NEW, GONE, SAME = "new", "gone", "same"
VERDICTS = (MATTERS, TOO_SMALL, CANNOT_TELL, NEW, GONE, SAME)
FALSE_DISCOVERY_RATE = 0.05
_SHARE_OF_SIZE = 0.1
_NEARLY = 1 - 1e-9
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
        entry["verdict"] = entry["verdict"] or _judge(entry, rate)
        said = explain_change(entry, n_tested=n_tested, number_format=number_format)
        entry["why"] = " ".join(filter(None, (said, entry["why"])))
    entries.sort(key=lambda entry: entry["chapter"])
    table = pd.DataFrame(entries, columns=list(_COLUMNS))
    return RunComparison(
        table=table,
        circumstances=list_circumstances(old_manifest, new_manifest),
        headline=_count_changes(table),
        notes=tuple(_write_notes(table, old_manifest, new_manifest, rate)),
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
    for record in waiting:
        others = [other for other in left if other["key"] == record["key"]]
        if len(others) == 1 and sum(other["key"] == record["key"] for other in waiting) == 1:
            left.remove(others[0])
            yield others[0], record
        else:
            yield None, record
    yield from ((record, None) for record in left)


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
        "smallest_change": _find_smallest_change(then, now),
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
            why = " ".join(filter(None, ("One of the two has no interval.", why)))
    names = ("difference", "difference_low", "difference_high", "p_value", "how")
    entry |= {**dict(zip(names, difference, strict=True)), "verdict": verdict, "why": why}
    return {**entry, "direction": _find_direction(entry)}


def _find_obstacle(
    then: Record | None, now: Record | None, entry: Mapping[str, Any], old: Manifest, new: Manifest
) -> tuple[str, str]:
    """Return verdict and reason where there is no change to measure; two empty texts where there is."""
    if then is None:
        return NEW, explain_gap(now or {}, old, then=True)
    if now is None:
        return GONE, explain_gap(then, new, then=False)
    known = [math.isfinite(entry[side]) for side in ("then", "now")]
    if not all(known):
        said = "Without an answer in either run." if not any(known) else ""
        return (
            (CANNOT_TELL, said) if not any(known)
            else (NEW, "Not enough data then.") if known[1]
            else (GONE, f"Not enough data now. {entry['text_now']}")
        )  # fmt: skip
    if entry["unit"] != entry["unit_then"]:
        return CANNOT_TELL, f"Then a number of {entry['unit_then']}, now of {entry['unit']}: not to be subtracted."
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


def _find_smallest_change(then: Record | None, now: Record | None) -> float:
    """Return the smallest change that matters: as declared now, else then, else a tenth of the number's size."""
    for record in (now, then):
        declared = read_number((record or {}).get("smallest_change"))
        if declared > 0:
            return declared
    sizes = [abs(read_number((record or {}).get("value"))) for record in (then, now)]
    return _SHARE_OF_SIZE * next((size for size in sizes if size > 0), math.nan)


def _judge(entry: Mapping[str, Any], rate: float) -> str:
    if entry["how"] == "none" or (entry["how"] != "exact" and entry["p_adjusted"] > rate):
        return CANNOT_TELL
    return MATTERS if abs(entry["difference"]) >= _NEARLY * entry["smallest_change"] else TOO_SMALL


def _find_direction(entry: Mapping[str, Any]) -> str:
    difference = entry["difference"]
    if not math.isfinite(difference) or difference == 0:
        return ""
    if entry["better"] == "none":
        return "up" if difference > 0 else "down"
    return "better" if (difference > 0) == (entry["better"] == "higher") else "worse"


def _count_changes(table: pd.DataFrame) -> Headline:
    both = int(table["verdict"].isin([MATTERS, TOO_SMALL, CANNOT_TELL, SAME]).sum())
    counts = table["verdict"].value_counts()
    changed = float(counts.get(MATTERS, 0))
    return Headline(
        key="comparison.changes",
        label="headlines that changed and matter",
        value=changed if both else math.nan,
        low=changed if both else math.nan,
        high=changed if both else math.nan,
        n=both,
        unit="count",
        smallest_change=1.0,
        method="difference against its interval, false-discovery rate controlled",
        sentence=(
            "{value} of {n} headlines in both runs changed and matter, {small} changed too little to matter, "
            "of {unsure} nobody can tell, {same} are the same."
            if both
            else "The two runs have no headline in common."
        ),
        words={name: str(counts.get(verdict, 0)) for name, verdict in _WORDS.items()},
        decides=False,
    )


_WORDS = {"small": TOO_SMALL, "unsure": CANNOT_TELL, "same": SAME}


def _write_notes(table: pd.DataFrame, old: Manifest, new: Manifest, rate: float) -> Iterator[str]:
    hows = table.loc[~table["verdict"].isin([NEW, GONE, SAME]), "how"].value_counts()
    tested = int(np.isfinite(table["p_value"].to_numpy(dtype=float)).sum())
    if tested:
        yield (
            f"{tested} headlines were tested together: of all that are called changed, at most {rate:.0%} are expected "
            "not to have (Benjamini-Hochberg)."
        )
    if paired := hows.get("paired", 0):
        yield f"{paired} compared draw by draw, the same people weighted alike in both runs."
    if independent := hows.get("independent", 0):
        yield (
            f"{independent} compared from the two intervals, as if different people had been asked: too wide where "
            "they were the same."
        )
    if exact := hows.get("exact", 0):
        yield f"{exact} whose intervals have no width, so that their change was not tested but taken as it is."
    if has_same_data(old, new):
        yield "Both runs read the same data files: whatever changed, customers did not."
