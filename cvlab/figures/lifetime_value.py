"""Pictures of what customers bought: how often, and how long ago."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.lifetime_value import PurchaseSummary
from cvlab.figures.style import INK, new_axes
from cvlab.units import label_unit, write_number

ROWS = 6
PERIODS = 8
_PALE = 0.55


def draw_purchases(summary: PurchaseSummary, *, smallest_group: int = 10, ax: Axes | None = None) -> Axes:
    """Draw how many customers bought how often again, by the time since their last purchase.

    Right and up are customers who buy often and lately; left and down those who bought once, long ago. The top row
    holds everybody beyond it. Cells with fewer than `smallest_group` customers are shaded alike and not counted out.
    """
    table = summary.table
    since = (table["age"] - table["recency"]).to_numpy(dtype=float)
    labels, level = _divide_repeats(table["frequency"].to_numpy(dtype=int))
    edges = np.linspace(0, max(float(since.max()), 1.0), PERIODS + 1)
    rows = len(labels)
    counts, _, _ = np.histogram2d(level, since, bins=[np.arange(rows + 1) - 0.5, edges])
    ax = new_axes(ax, size=(7.2, 1.7 + 0.42 * rows))
    # A shade per count would tell what "fewer than" hides, so small cells share one.
    shown = np.where((counts > 0) & (counts < smallest_group), smallest_group / 2, counts)
    # The root keeps the many who bought once from hiding all others.
    image = ax.pcolormesh(edges, np.arange(rows + 1) - 0.5, np.sqrt(shown), cmap="Blues", edgecolor="white")
    middles = (edges[:-1] + edges[1:]) / 2
    darkest = float(np.sqrt(shown.max()))
    for row in range(rows):
        for place, middle in enumerate(middles):
            if counts[row, place]:
                few = counts[row, place] < smallest_group
                colour = "white" if not few and np.sqrt(shown[row, place]) / darkest > _PALE else INK
                text = f"<{smallest_group}" if few else write_number(counts[row, place], "count")
                ax.text(middle, row, text, ha="center", va="center", fontsize=8.5, color=colour)
    image.set_clim(0, darkest)
    ax.set_yticks(range(rows), labels)
    ax.set_ylabel("repeat purchases")
    ax.set_xlabel(label_unit(f"time since the last purchase, on {summary.as_of:%Y-%m-%d}", f"{summary.unit}s"))
    ax.invert_xaxis()
    ax.grid(False)
    ax.set_title(f"Customers by purchases (n = {write_number(len(table), 'count')})", loc="left", fontsize=11)
    return ax


def _divide_repeats(repeats: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the rows, from none upwards, and the row of each customer; equal steps that hold nine of ten customers."""
    step = max(1, math.ceil(float(np.quantile(repeats, 0.9)) / ROWS))
    level = np.minimum(np.ceil(repeats / step).astype(int), ROWS)
    labels = ["0"]
    for row in range(1, int(level.max()) + 1):
        first, last = (row - 1) * step + 1, row * step
        if row == ROWS and repeats.max() > last:
            labels.append(f"{first} or more")
        else:
            labels.append(str(last) if step == 1 else f"{first}–{last}")
    return labels, level
