"""Exclusions: which rows were left out, by which rule, and how much of each table that is?

    share = rows excluded by the rule / rows read        [share of the table, Wilson interval]

A row that breaks two rules is counted under each and once in the total.

Source: Wilson (1927), JASA 22, for the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.checks import check_share
from cvlab.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class Exclusions:
    """What was left out of the analysis.

    Attributes
    ----------
    table : one row per table and rule, largest share first: table, rule, excluded, share, low, high.
    """

    rows: ClassVar[str] = "rule"
    kinds: ClassVar[Mapping[str, str]] = {"excluded": "count", "share": "share", "low": "share", "high": "share"}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def summarise_exclusions(exclusions: pd.DataFrame, *, rows_read: Mapping[str, int], level: float = 0.95) -> Exclusions:
    """Count the excluded rows by table and rule.

    Parameters
    ----------
    exclusions : one row per row left out, with columns table, row and rule; may be empty.
    rows_read : name of the table → rows in its file.
    level : coverage of the intervals.

    Raises
    ------
    DataError : a column is missing, or a table has no count in `rows_read`.

    Examples
    --------
    >>> log = pd.DataFrame({"table": ["answers"] * 2, "row": [4, 9], "rule": ["prices are not in order"] * 2})
    >>> result = summarise_exclusions(log, rows_read={"answers": 100})
    >>> print(result.headline)
    2 of 100 rows read are left out (2.0%, 95% interval 0.6% to 7.0%), all in answers.
    """
    check_share(level, "level")
    missing = [column for column in ("table", "row", "rule") if column not in exclusions.columns]
    if missing:
        raise DataError(
            f"exclusions lacks {', '.join(missing)}: give one row per excluded row with table, row and rule"
        )
    unknown = sorted(set(exclusions["table"]) - set(rows_read))
    if unknown:
        raise DataError(f"rows_read lacks {', '.join(unknown)}: give the number of rows in each file")
    counts = exclusions.groupby(["table", "rule"], sort=False)["row"].nunique().rename("excluded").reset_index()
    read = counts["table"].map(rows_read).astype(float)
    bounds = [wilson_interval(k, n, level=level) for k, n in zip(counts["excluded"], read, strict=True)]
    table = counts.assign(
        share=counts["excluded"] / read, low=[low for low, _ in bounds], high=[high for _, high in bounds]
    )
    table = table.sort_values("share", ascending=False, kind="stable", ignore_index=True)
    return Exclusions(table=table, headline=_write_headline(exclusions, rows_read, level))


def _write_headline(exclusions: pd.DataFrame, rows_read: Mapping[str, int], level: float) -> Headline:
    read = sum(rows_read.values())
    per_table = exclusions.drop_duplicates(["table", "row"]).groupby("table").size()
    left_out = int(per_table.sum())
    low, high = wilson_interval(left_out, read, level=level) if read else (np.nan, np.nan)
    sentence = "None of the {n} rows read is left out."
    if left_out:
        sentence = (
            "{left_out} of {n} rows read {are} left out ({value}, {level} interval {low} to {high}), {share} in {most}."
        )
    return Headline(
        key="trust.excluded_share",
        label="share of rows left out",
        value=left_out / read if read else np.nan,
        low=low,
        high=high,
        level=level,
        n=read,
        unit="share",
        better="lower",
        smallest_change=0.02,
        method="distinct rows excluded by a rule, of all rows read; Wilson interval",
        sentence=sentence,
        decides=False,
        words={
            "left_out": f"{left_out:,}",
            "are": "is" if left_out == 1 else "are",
            "share": "all" if len(per_table) == 1 else "most of them",
            "most": str(per_table.idxmax()) if left_out else "",
        },
    )
