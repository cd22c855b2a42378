"""The picture of how people move from the groups of one scheme to those of another, as ribbons."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cvlab.analyses.segmentation import GroupingComparison
from cvlab.figures.segmentation.cells import wrap
from cvlab.figures.segmentation.crossing import FEWEST_SHOWN, find_crossing
from cvlab.figures.style import COLOURS, HATCHES, INK, QUIET, new_axes, shorten
from cvlab.units import write_number

_GAP, _BLOCK = 0.02, 0.035


def draw_crossing_flow(
    comparison: GroupingComparison, *, pair: tuple[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the groups of one scheme at the left, those of another at the right, and a ribbon for who is in both.

    `pair` names the two schemes; without it, the first two that were compared. Were the schemes the same under two
    names, each group would send one ribbon; were they unrelated, every group would split as everybody does. Ribbons of
    fewer than 10 people are drawn without colour.
    """
    crossing = find_crossing(comparison, pair)
    crossing = crossing.loc[crossing.sum(axis=1) > 0, crossing.sum(axis=0) > 0]
    counts = crossing.to_numpy(dtype=float)
    total = counts.sum()
    most = max(counts.shape)
    ax = new_axes(ax, size=(7.6, 1.6 + 0.55 * max(most, 4)))
    ax.set_xlim(-0.62, 1.62)
    ax.set_ylim(1.03, -0.1)
    ax.axis("off")
    if not total:
        ax.text(0.5, 0.5, "nobody is in both", ha="center", color=QUIET)
        return ax
    left, right = (_stack(sizes / total, most) for sizes in (counts.sum(axis=1), counts.sum(axis=0)))
    scale = (1 - _GAP * (most - 1)) / total
    for side, starts, names, sizes in (
        (0.0, left, crossing.index, counts.sum(axis=1)),
        (1.0, right, crossing.columns, counts.sum(axis=0)),
    ):
        for place, (start, name, size) in enumerate(zip(starts, names, sizes, strict=True)):
            inner = side - _BLOCK if side else side
            ax.fill_between(
                [inner, inner + _BLOCK],
                start,
                start + size * scale,
                facecolor=COLOURS[place % len(COLOURS)] if not side else INK,
                edgecolor=INK,
                linewidth=0.5,
            )
            written = f"n = {write_number(size, 'count')}" if size >= FEWEST_SHOWN else f"n < {FEWEST_SHOWN}"
            ax.text(
                1.02 if side else -0.02,
                start + size * scale / 2,
                f"{wrap(str(name), 26)}\n{written}" if size * scale > 0.09 else f"{shorten(str(name), 26)}, {written}",
                ha="left" if side else "right",
                va="center",
                fontsize=8,
                color=INK,
            )
    leaving, arriving = left.copy(), right.copy()
    for row in range(counts.shape[0]):
        for column in range(counts.shape[1]):
            height = counts[row, column] * scale
            if height == 0:
                continue
            few = counts[row, column] < FEWEST_SHOWN
            ax.add_patch(
                PathPatch(
                    _ribbon(leaving[row], arriving[column], height),
                    facecolor="#dddddd" if few else COLOURS[row % len(COLOURS)],
                    hatch="" if few else HATCHES[row % len(HATCHES)],
                    edgecolor="white",
                    alpha=0.55,
                    linewidth=0.4,
                )
            )
            leaving[row] += height
            arriving[column] += height
    for side, name, across in ((0.0, crossing.index.name, "left"), (1.0, crossing.columns.name, "right")):
        title = shorten(str(name).replace("_", " "), 34)
        ax.text(side, -0.05, title, ha=across, va="center", fontsize=9, fontweight="bold", color=INK)
    return ax


def _stack(shares: np.ndarray, most: int) -> np.ndarray:
    """Return where each block starts when they stand on each other with gaps, both sides centred alike."""
    heights = shares * (1 - _GAP * (most - 1))
    starts = np.concatenate([[0.0], np.cumsum(heights + _GAP)[:-1]])
    return starts + _GAP * (most - len(shares)) / 2


def _ribbon(left: float, right: float, height: float) -> Path:
    """Return a band from the left to the right side with level ends."""
    start, end = _BLOCK, 1 - _BLOCK
    points = [
        *((start, left), (0.5, left), (0.5, right), (end, right)),
        *((end, right + height), (0.5, right + height), (0.5, left + height), (start, left + height)),
        (start, left),
    ]
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
