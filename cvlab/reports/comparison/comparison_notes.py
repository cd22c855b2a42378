"""What the comparison as a whole says: how many headlines changed, how it was found out, and what else differs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.reports.comparison.circumstances import has_same_data, list_technical_causes
from cvlab.reports.comparison.verdicts import CANNOT_TELL, GONE, MATTERS, NEW, SAME, TOO_SMALL
from cvlab.reports.records.order import read_start

SETTINGS_FILE = "product_line.yaml"
_WORDS = {"small": TOO_SMALL, "unsure": CANNOT_TELL, "same": SAME}

Manifest = Mapping[str, Any]


def count_changes(table: pd.DataFrame) -> Headline:
    """Count the verdicts of a comparison's table in one sentence."""
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


def write_notes(table: pd.DataFrame, old: Manifest, new: Manifest, rate: float) -> Iterator[str]:
    """Say how the changes were found, and what else than the customers may have made them."""
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
            f"{independent} compared from the two intervals, as if the runs had nobody in common: too wide where "
            "the same people answered."
        )
    if exact := hows.get("exact", 0):
        yield f"{exact} whose intervals have no width, so that their change was not tested but taken as it is."
    if old.get("started") and new.get("started") and read_start(old) > read_start(new):
        yield "The run named first started later: the differences go back in time."
    causes = " and ".join(list_technical_causes(old, new))
    if has_same_data(old, new):
        what = causes or "nothing that the manifests know of"
        yield f"Both runs read the same data files, so that {what} moved what has changed, not the customers."
    elif causes:
        yield f"The runs also differ in {causes}: part of what changed may be due to that, not to customers."
    files = [(manifest.get("data") or {}).get(SETTINGS_FILE) for manifest in (old, new)]
    if all(files) and files[0] != files[1]:
        yield f"{SETTINGS_FILE} is not the same: a price, a cost or another setting in it may have moved a number."
