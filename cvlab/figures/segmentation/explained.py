"""The picture of what each scheme explains of each outcome on people it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cvlab.analyses.segmentation import GroupingComparison
from cvlab.figures.segmentation.cells import MARKERS, wrap
from cvlab.figures.style import INK, QUIET, colours_of, new_axes, shorten, write_ticks


def draw_explained(comparison: GroupingComparison, *, ax: Axes | None = None) -> Axes:
    """Draw the held-out R² of each scheme for each outcome, with its interval; hollow where it is by construction."""
    table = comparison.table
    outcomes, schemes = (list(dict.fromkeys(table[column])) for column in ("outcome", "scheme"))
    ax = new_axes(ax, size=(7.2, 1.5 + max(0.6, 0.15 * len(schemes) + 0.2) * len(outcomes)))
    colours = colours_of(schemes)
    lanes = np.linspace(-0.34, 0.34, len(schemes)) if len(schemes) > 1 else np.zeros(1)
    drawn = table["r2"].notna()
    for lane, (position, scheme) in zip(lanes, enumerate(schemes), strict=True):
        for row in table[(table["scheme"] == scheme) & drawn].itertuples():
            ax.errorbar(
                row.r2,
                outcomes.index(row.outcome) + lane,
                xerr=[[row.r2 - row.low], [row.high - row.r2]],
                fmt=MARKERS[position % len(MARKERS)],
                color=colours[scheme],
                markerfacecolor="white" if row.by_construction else colours[scheme],
                markersize=6,
                capsize=2.5,
                linewidth=1.4,
                linestyle="none",
            )
    for place, outcome in enumerate(outcomes):
        if not drawn[table["outcome"] == outcome].any():
            ax.text(0.02, place, "not enough data", transform=ax.get_yaxis_transform(), va="center", color=QUIET)
        if place:
            ax.axhline(place - 0.5, color=QUIET, linewidth=0.5)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(len(outcomes)), [wrap(outcome.replace("_", " "), 22) for outcome in outcomes])
    ax.set_ylim(len(outcomes) - 0.5, -0.5)
    ax.grid(False, axis="y")
    ax.set_xlabel("share of the differences explained on held-out people")
    write_ticks(ax.xaxis, "share")
    key: list[Any] = [
        Line2D([], [], color=colours[scheme], marker=MARKERS[place % len(MARKERS)], label=shorten(scheme, 26))
        for place, scheme in enumerate(schemes)
    ]
    if table["by_construction"].any():
        key.append(
            Line2D([], [], color=INK, marker="o", markerfacecolor="white", linestyle="none", label="by construction")
        )
    columns = min(3, len(key))
    ax.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, frameon=False, fontsize=8.5)
    return ax
