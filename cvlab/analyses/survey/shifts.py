"""Shifts: how do the answers move when careless respondents are left out, or when weights are used?

    shift = number the other way - number as it stands      [in the number's own unit]

The interval of the shift is taken draw by draw where both numbers were drawn by people, who are largely the same in
both; else it is not given, for two numbers from the same people are not independent. Where more than a tenth of the
draws have no number (a median that nobody reaches), it has no ends.

    verdict: matters       the whole interval lies beyond the smallest change that matters, or there is none and the
                           shift itself does
             small         the whole interval lies within it
             cannot tell   anything else

Source: see `cvlab.analyses.common.resampling` for draws that follow people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.checks import check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

MATTERS, SMALL, UNSURE = "matters", "small", "cannot tell"
SHARE_OF_SIZE = 0.05
FEWEST_KNOWN = 0.9  # share of the draws that must have a number
COLUMNS = [
    "what",
    "before",
    "after",
    "shift",
    "interval",
    "shift_in_changes",
    "low_in_changes",
    "high_in_changes",
    "verdict",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Shifts:
    """How headlines move.

    Attributes
    ----------
    table : one row per headline, those that move most first: what, before, after, shift, interval (texts in the
        headline's unit), shift_in_changes, low_in_changes, high_in_changes (over the smallest change that matters;
        of a headline that names none, a twentieth of its size), verdict.
    """

    rows: ClassVar[str] = "headline"
    kinds: ClassVar[Mapping[str, str]] = {
        "shift_in_changes": "number",
        "low_in_changes": "number",
        "high_in_changes": "number",
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def measure_shifts(pairs: Mapping[str, tuple[Headline, Headline | None]], *, cause: str, level: float = 0.95) -> Shifts:
    """Measure how headlines move from one way of counting people to another.

    Parameters
    ----------
    pairs : name → headline before and after, of the same unit; None where nobody is left of whom it could be taken.
    cause : what was done in between, such as "without careless respondents".
    level : coverage of the intervals of the shifts.

    Raises
    ------
    ParameterError : a pair is of two different units, or the level is no share.

    Examples
    --------
    >>> before, after = (Headline(key="demo.price", label="price", value=value, low=value - 1, high=value + 1, n=50,
    ...                           unit="number", sentence="", smallest_change=2.0) for value in (20.0, 20.5))
    >>> measure_shifts({"price": (before, after)}, cause="with weights").table["verdict"].tolist()
    ['small']
    """
    check_share(level, "level")
    if mixed := [name for name, (before, after) in pairs.items() if after is not None and before.unit != after.unit]:
        raise ParameterError(f"{', '.join(mixed)}: the two headlines differ in unit, so that they cannot be subtracted")
    rows = sorted((_compare(name, *pair, level) for name, pair in pairs.items()), key=_by_size)
    table = pd.DataFrame(rows, columns=COLUMNS)
    gone = [name for name, (_, after) in pairs.items() if after is None]
    wild = [name for name, (then, now) in pairs.items() if now is not None and math.isinf(_bound(then, now, level)[0])]
    return Shifts(
        table=table, headline=_write_headline(table, cause), notes=_write_notes(table, level, gone, wild, cause)
    )


def _by_size(row: dict[str, object]) -> float:
    size = abs(float(row["shift_in_changes"]))  # type: ignore[arg-type]
    return -size if math.isfinite(size) else math.inf


def _compare(name: str, before: Headline, after: Headline | None, level: float) -> dict[str, object]:
    then = math.nan if after is None else after.value
    shift = then - before.value
    matters = before.smallest_change if before.smallest_change > 0 else SHARE_OF_SIZE * abs(before.value)
    low, high = _bound(before, after, level) if after is not None else (math.nan, math.nan)
    unit = before.unit
    return {
        "what": name,
        "before": write_number(before.value, unit),
        "after": write_number(then, unit),
        "shift": write_number(shift, unit),
        "interval": write_range(low, high, unit) if math.isfinite(low) else "–",
        "shift_in_changes": shift / matters if matters > 0 else math.nan,
        "low_in_changes": low / matters if matters > 0 and math.isfinite(low) else math.nan,
        "high_in_changes": high / matters if matters > 0 and math.isfinite(high) else math.nan,
        "verdict": _judge(shift, low, high, matters),
    }


def _bound(before: Headline, after: Headline, level: float) -> tuple[float, float]:
    if not before.draws_by or before.draws_by != after.draws_by or before.draws is None or after.draws is None:
        return math.nan, math.nan
    if len(before.draws) != len(after.draws):
        return math.nan, math.nan
    known = np.isfinite(before.draws) & np.isfinite(after.draws)
    if known.sum() < FEWEST_KNOWN * len(known):
        return -math.inf, math.inf  # the draws that are left would promise what the others deny
    differences = after.draws[known] - before.draws[known]
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _judge(shift: float, low: float, high: float, matters: float) -> str:
    if not math.isfinite(shift) or not matters > 0:
        return UNSURE
    if math.isnan(low):
        return MATTERS if abs(shift) >= matters else SMALL
    if low >= matters or high <= -matters:
        return MATTERS
    return SMALL if -matters < low and high < matters else UNSURE


def _write_headline(table: pd.DataFrame, cause: str) -> Headline:
    counts = table["verdict"].value_counts()
    moved, unsure, n = int(counts.get(MATTERS, 0)), int(counts.get(UNSURE, 0)), len(table)
    value = float(moved) if unsure < n else math.nan
    sentence = "{cause}, {moved} of {n} {numbers} by more than what matters."
    if unsure:
        sentence = (
            "{cause}, {moved} of {n} {numbers} by more than what matters for sure; of {unsure} it cannot be told."
        )
    if unsure == n:
        sentence = "{cause}, it cannot be told of {n} {whether} by more than what matters."
    if not n:
        sentence = "There is no number to compare."
    return Headline(
        key=f"trust.shifted_{re.sub(r'[^a-z0-9]+', '_', cause.lower()).strip('_')}",
        label="numbers that move by more than what matters",
        value=value,
        low=value,
        high=value,
        n=n,
        unit="count",
        better="lower",
        smallest_change=1.0,
        method="counted",
        sentence=sentence,
        words={
            "cause": cause[:1].upper() + cause[1:],
            "moved": str(moved) if moved else "none",
            "unsure": str(unsure),
            "whether": "number whether it moves" if n == 1 else "numbers whether they move",
            "numbers": f"number{'' if n == 1 else 's'} move{'s' if moved <= 1 else ''}",
        },
        decides=False,
    )


def _write_notes(
    table: pd.DataFrame, level: float, gone: Sequence[str], wild: Sequence[str], cause: str
) -> tuple[str, ...]:
    notes = []
    if gone:
        notes.append(f"{cause[:1].upper()}{cause[1:]} nobody is left to answer: {', '.join(gone)}.")
    if wild:
        notes.append(
            "In more than a tenth of the draws there is no number, so that nothing bounds the shift: "
            f"{', '.join(wild)}."
        )
    if ((table["interval"] == "–") & ~table["what"].isin([*gone, *wild])).any():
        notes.append(
            "Where no interval is given, the number has no draws by person: whether the shift is noise cannot be told."
        )
    unsure = table.loc[(table["verdict"] == UNSURE) & ~table["what"].isin(gone), "what"].tolist()
    if unsure:
        notes.append(f"Cannot be told at {100 * level:g}%: {', '.join(unsure)}.")
    return tuple(notes)
