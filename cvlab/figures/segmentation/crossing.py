"""Pictures of how the groups of one scheme spread over those of another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.segmentation import GroupingComparison
from cvlab.errors import ParameterError
from cvlab.figures.segmentation.cells import shade_cells, wrap
from cvlab.figures.style import new_axes, shorten
from cvlab.units import write_number

FEWEST_SHOWN = 10


def draw_crossing(
    comparison: GroupingComparison,
    *,
    pair: tuple[str, str] | None = None,
    smallest_group: int = FEWEST_SHOWN,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the groups of one scheme (rows) spread over those of another: each row adds up to 100 %.

    `pair` names the two schemes; without it, the first two that were compared. Rows and cells of fewer than
    `smallest_group` people are not counted out.
    """
    if pair is None and not comparison.crossings:
        ax = new_axes(ax)
        ax.text(0.5, 0.5, "there is one scheme only", transform=ax.transAxes, ha="center", va="center")
        ax.set_axis_off()
        return ax
    crossing = find_crossing(comparison, pair)
    totals = crossing.sum(axis=1).to_numpy()
    shares = crossing.to_numpy() / np.maximum(totals, 1)[:, None]
    rows, columns = shares.shape
    ax = new_axes(ax, size=(max(6.0, 2.9 + 1.1 * columns), 1.9 + 0.46 * rows))
    few = totals < smallest_group
    small = (crossing.to_numpy() > 0) & (crossing.to_numpy() < smallest_group)
    shares[few] = np.nan
    # Small cells of a row share one shade, the mean of theirs, which tells none of them.
    for row in np.flatnonzero(small.any(axis=1) & ~few):
        shares[row, small[row]] = shares[row, small[row]].mean()
    texts = [
        [
            "" if few[row] else f"<{smallest_group}" if small[row, column] else f"{shares[row, column]:.0%}"
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    shade_cells(ax, shares, texts, colours="Blues", low=0, high=1)
    for row in np.flatnonzero(few):
        ax.text(
            (columns - 1) / 2, float(row), f"fewer than {smallest_group} people", ha="center", va="center", fontsize=8
        )
    names = [wrap(name, 34) for name in crossing.index]
    sizes = [
        f"n < {smallest_group}" if hidden else f"n = {write_number(total, 'count')}"
        for total, hidden in zip(totals, few, strict=True)
    ]
    labels = [f"{name}\n{size}" for name, size in zip(names, sizes, strict=True)]
    ax.set_yticks(range(rows), labels, fontsize=8)
    ax.set_xticks(range(columns), [wrap(name, 17) for name in crossing.columns], fontsize=8)
    ax.set_xlabel(shorten(str(crossing.columns.name).replace("_", " "), 50))
    ax.set_ylabel(shorten(str(crossing.index.name).replace("_", " "), 30))
    agreement = (
        comparison.agreement.set_index(["scheme_a", "scheme_b"]).loc[[_pair_of(comparison, pair)], "ari"].iloc[0]
    )
    known = (
        "nobody is in both" if np.isnan(agreement) else f"agreement beyond chance: {round(agreement, 2) + 0.0:.2f} of 1"
    )
    ax.set_title(f"Where each group goes\n({known})", loc="left", fontsize=10)
    return ax


def _pair_of(comparison: GroupingComparison, pair: tuple[str, str] | None) -> tuple[str, str]:
    """Return the pair under which two schemes are kept, in whichever order they are asked for."""
    if pair is None:
        pair = next(iter(comparison.crossings), ("", ""))
    return pair if pair in comparison.crossings else (pair[1], pair[0])


def find_crossing(comparison: GroupingComparison, pair: tuple[str, str] | None) -> pd.DataFrame:
    """Return the people in each pair of groups of two schemes, the first one in the rows."""
    found = _pair_of(comparison, pair)
    if found not in comparison.crossings:
        known = "; ".join(f"{first} and {second}" for first, second in comparison.crossings) or "none: compare two"
        raise ParameterError(f"pair is {pair!r}: the schemes that were crossed are {known}")
    crossing = comparison.crossings[found]
    return crossing if pair is None or pair == found else crossing.T
