"""Detectable differences: how small a difference between groups could these data show at all?

    effective n  = people / design effect of the weights           [people of equal weight; only where people answered]
    least        = (z(1 - alpha/2) + z(power)) * sqrt(p (1 - p) (1 / n1 + 1 / n2))        [share points]
    people needed so that two halves show a difference d:  design effect * p (1 - p) * (2 (z + z) / d)²

A share of one half is assumed (p = 0.5), at which a difference is hardest to see. Below the least difference two groups
that differ look alike, so that "no difference was found" says nothing.

Source: Cohen (1988), Statistical Power Analysis, chapter 6; Kish (1965), Survey Sampling, section 11.7, for weights.
Assumes that people are independent, and that weights have nothing to do with the answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline
from cvlab.checks import check_share
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

PERSON_COLUMNS = ("respondent_id", "customer_id")
SMALL_GROUP = 0.1
_SPREAD = 0.25  # p (1 - p) at a share of one half


@dataclass(frozen=True, eq=False, kw_only=True)
class DetectableDifferences:
    """What could be seen in each table of people.

    Attributes
    ----------
    table : one row per table, the least informative first: table, people, effective_n, halves (least difference in a
        share between two halves, share), tenth (between a tenth of the people and the rest), needed (people for the
        wanted difference between two halves), enough.
    difference : the wanted difference.
    """

    rows: ClassVar[str] = "table"
    kinds: ClassVar[Mapping[str, str]] = {
        "people": "count",
        "effective_n": "count",
        "halves": "share",
        "tenth": "share",
        "needed": "count",
        "enough": "truth",
    }

    table: pd.DataFrame
    difference: float
    headline: Headline
    notes: tuple[str, ...] = ()


def measure_detectable_differences(
    tables: Mapping[str, pd.DataFrame],
    *,
    difference: float = 0.1,
    design_effect: float = 1.0,
    n_customers: int | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> DetectableDifferences:
    """Measure the smallest difference in a share that each table of people could show.

    Parameters
    ----------
    tables : name → table; those without a respondent_id or customer_id are left aside.
    difference : the smallest difference between two halves of the people that would change a decision, a share.
    design_effect : of the weights, `Weights.design_effect`; widens the tables of respondents.
    n_customers : how many customers there are in all, where no more people than that could be asked.
    alpha, power : level of the two-sided test, and how surely it finds the difference.

    Raises
    ------
    DataError : no table has people.
    ParameterError : an argument is outside what it may be.

    Examples
    --------
    >>> answers = pd.DataFrame({"respondent_id": range(392)})
    >>> result = measure_detectable_differences({"answers": answers}, difference=0.2, design_effect=2.0)
    >>> result.table.round(3).values.tolist()
    [['answers', 392, 196.0, 0.2, 0.334, 393, False]]
    """
    for value, name in ((difference, "difference"), (alpha, "alpha"), (power, "power")):
        check_share(value, name)
    if not 1 <= design_effect < math.inf:
        raise ParameterError(f"design_effect is {design_effect!r}: give 1 (no weights) or more")
    z = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    rows = [
        _measure_table(name, table[column], design_effect if column == "respondent_id" else 1.0, difference, z)
        for name, table in tables.items()
        for column in _find_people(table)
    ]
    if not rows:
        raise DataError("no table has people: give one with respondent_id or customer_id")
    table = pd.DataFrame(rows).sort_values("effective_n", kind="stable", ignore_index=True)
    return DetectableDifferences(
        table=table,
        difference=difference,
        headline=_write_headline(table, difference),
        notes=_write_notes(table, alpha, power, design_effect, n_customers),
    )


def _find_people(table: pd.DataFrame) -> list[str]:
    return [column for column in PERSON_COLUMNS if column in table.columns][:1]


def _measure_table(name: str, ids: pd.Series, design_effect: float, difference: float, z: float) -> dict[str, object]:
    people = int(ids.nunique())
    effective = people / design_effect
    needed = design_effect * _SPREAD * (2 * z / difference) ** 2
    return {
        "table": name,
        "people": people,
        "effective_n": effective,
        "halves": _least(effective, 0.5, z),
        "tenth": _least(effective, SMALL_GROUP, z),
        "needed": math.ceil(needed),
        "enough": bool(people >= needed),
    }


def _least(effective: float, share: float, z: float) -> float:
    if effective * share < 1:
        return np.nan
    return min(1.0, z * math.sqrt(_SPREAD / effective * (1 / share + 1 / (1 - share))))


def _write_headline(table: pd.DataFrame, difference: float) -> Headline:
    weakest = table.iloc[0]
    short = int((~table["enough"]).sum())
    if not short:
        sentence = (
            "A difference of {wanted} between two halves of the people would be seen in every table; the least that "
            "{table} could show is {points}."
        )
    elif weakest["people"] < 2:
        sentence = "{table} speaks for {people}: no difference can be seen in it."
    elif not math.isfinite(weakest["halves"]):
        sentence = "{table} speaks for {people}: no difference can be seen in it; {needed} would be needed."
    else:
        sentence = (
            "A difference of {wanted} between two halves of the people would be missed too often in {short} of "
            "{tables} tables: the weakest, {table}, has {people} and shows {points} at best; {needed} would be "
            "needed."
        )
    value = float(weakest["halves"])
    return Headline(
        key="trust.detectable_difference",
        label="smallest detectable difference in the weakest table",
        value=value,
        low=value,
        high=value,
        n=int(weakest["people"]),
        unit="share",
        better="lower",
        smallest_change=0.02,
        method="normal approximation at a share of one half",
        sentence=sentence,
        words={
            "wanted": _write_points(difference),
            "points": _write_points(value),
            "table": str(weakest["table"]),
            "people": _write_people(int(weakest["people"])),
            "needed": write_number(int(weakest["needed"]), "count"),
            "short": str(short),
            "tables": str(len(table)),
        },
        decides=False,
    )


def _write_notes(
    table: pd.DataFrame, alpha: float, power: float, design_effect: float, n_customers: int | None
) -> tuple[str, ...]:
    said = f"Found with {100 * power:g}% power by a test at the {100 * alpha:g}% level, at a share of one half."
    if design_effect > 1:
        said += f" Weights make {write_number(design_effect)} answers worth one of equal weight."
    if n_customers is None or n_customers >= table["needed"].min():
        return (said,)
    few = (
        f"There are only {write_number(n_customers, 'count')} customers: however many of them are asked, a difference "
        "of that size cannot be seen between two halves of them. Ask people who are not customers, too, or decide on "
        "something coarser."
    )
    return (said, few)


def _write_people(people: int) -> str:
    if people < 2:
        return "a single person" if people else "nobody"
    return f"{write_number(people, 'count')} people"


def _write_points(share: float) -> str:
    return f"{write_number(100 * share)} points"
