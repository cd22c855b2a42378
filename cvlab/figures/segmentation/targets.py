"""The picture of targets: attractiveness against competitiveness, the larger the group the larger its bubble."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from cvlab.analyses.segmentation import TargetRanking
from cvlab.figures.style import COLOURS, INK, QUIET, new_axes, shorten
from cvlab.units import write_number

_LARGEST, _SMALLEST = 1500, 60
_HALO = [withStroke(linewidth=3, foreground="white")]


def draw_targets(ranking: TargetRanking, *, ax: Axes | None = None) -> Axes:
    """Draw each group where it stands on both axes; knocked-out groups are hollow, with the criterion they fail.

    Crosses are the middle 95 % of the draws of weights and values; dashed lines join places of the same score.
    """
    table = ranking.table
    passing = table[table["score"].notna()]
    out = table[table["score"].isna()]
    ax = new_axes(ax, size=(6.8, 5.4))
    areas = np.maximum(_LARGEST * table["n"] / table["n"].max(), _SMALLEST)
    grid = np.linspace(0.001, 1.3, 200)
    for score in (0.1, 0.3, 0.6) if len(passing) else ():
        ax.plot(grid, score / grid, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        ax.text(1.13, score / 1.13 + 0.01, f"score {score}", ha="right", va="bottom", fontsize=7.5, color=QUIET)
    x, y = (passing[axis].fillna(0.5) for axis in ("competitiveness", "attractiveness"))
    ax.scatter(x, y, s=areas[passing.index], color=COLOURS[0], alpha=0.45, edgecolor=COLOURS[0], zorder=2)
    for across, up, row in zip(x, y, passing.itertuples(), strict=True):
        ax.plot([row.competitiveness_low, row.competitiveness_high], [up, up], color=INK, linewidth=0.9, zorder=2)
        ax.plot([across, across], [row.attractiveness_low, row.attractiveness_high], color=INK, linewidth=0.9, zorder=2)
    places = [*zip(x, y, strict=True)]
    for place, row in zip(places, passing.itertuples(), strict=True):
        number = f"{row.rank:.0f}"
        ax.text(
            *place,
            number,
            ha="center",
            va="center",
            fontsize=10,
            fontweight="bold",
            color=INK,
            zorder=3,
            path_effects=_HALO,
        )
    lines = [
        f"{row.rank:.0f}  {shorten(row.group, 34)}: first in {write_number(row.p_first, 'share')} of draws, "
        f"n = {write_number(row.n, 'count')}"
        for row in passing.itertuples()
    ]
    if passing.empty:
        ax.text(0.5, 0.5, "no group passes the knock-out criteria", ha="center", color=QUIET)
    # Knocked-out groups have no place on the axes: they stand in a row below them.
    for position, (index, row) in enumerate(out.iterrows()):
        place = ((position + 0.5) / len(out), -0.2)
        ax.scatter(*place, s=min(areas[index], 400), facecolor="white", edgecolor=INK, linewidth=1.2, zorder=2)
        letter = chr(ord("a") + position % 26)
        ax.text(*place, letter, ha="center", va="center", fontsize=9, color=INK, zorder=3)
        lines.append(f"{letter}  {shorten(row['group'], 34)}: knocked out by {shorten(row['knocked_out_by'], 40)}")
    ax.set_xlim(-0.14, 1.14)
    ax.set_ylim(-0.32 if len(out) else -0.14, 1.14)
    if len(out):
        ax.axhline(-0.1, color=INK, linewidth=1)
        ax.text(-0.12, -0.115, "knocked out", fontsize=8, color=QUIET, va="top")
    for set_ticks in (ax.set_xticks, ax.set_yticks):
        set_ticks([0, 0.5, 1], ["worst", "0.5", "best"])
    missing = [axis for axis in ("attractiveness", "competitiveness") if len(passing) and passing[axis].isna().all()]
    notes = {axis: " (no criterion)" if axis in missing else "" for axis in ("attractiveness", "competitiveness")}
    ax.set_xlabel(f"competitiveness: how well we can win it{notes['competitiveness']}")
    ax.set_ylabel(f"attractiveness: what it is worth{notes['attractiveness']}")
    ax.set_title("\n".join(lines), loc="left", fontsize=8.5)
    return ax
