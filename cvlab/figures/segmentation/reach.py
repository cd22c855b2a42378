"""The picture of worth against reach: what a scheme explains, and whether its groups can be found."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cvlab.analyses.segmentation import GroupingComparison
from cvlab.errors import ParameterError
from cvlab.figures.segmentation.cells import MARKERS
from cvlab.figures.style import INK, QUIET, colours_of, new_axes, shorten, write_ticks


def draw_value_reach(comparison: GroupingComparison, *, outcome: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what each scheme explains of one outcome against how well its groups are found, with both intervals.

    `outcome` names the outcome; without it, the mean over those that no scheme was made from, with the range of its
    intervals between them. Only top right is a target: worth something, and to be found.
    """
    if comparison.reach.empty:
        raise ParameterError("the comparison holds no reach: give descriptors to compare_groupings")
    points = _find_worth(comparison, outcome)
    reach = comparison.reach.set_index("scheme")
    ax = new_axes(ax, size=(6.8, 4.8))
    colours = colours_of(reach.index)
    key, missing = [], []
    for position, scheme in enumerate(reach.index):
        row, (worth, low, high) = reach.loc[scheme], points[scheme]
        known = np.isfinite(row["kappa"]) and np.isfinite(worth)
        label = shorten(str(scheme), 30)
        if not known:
            missing.append(label)
            continue
        hollow = row["found_by"] == "rule"
        ax.errorbar(
            row["kappa"],
            worth,
            xerr=[[row["kappa"] - row["low"]], [row["high"] - row["kappa"]]],
            yerr=[[worth - low], [high - worth]],
            fmt=MARKERS[position % len(MARKERS)],
            color=colours[scheme],
            markerfacecolor="white" if hollow else colours[scheme],
            markersize=8,
            capsize=3,
            linewidth=1.4,
            linestyle="none",
        )
        key.append(
            Line2D(
                [],
                [],
                color=colours[scheme],
                marker=MARKERS[position % len(MARKERS)],
                markerfacecolor="white" if hollow else colours[scheme],
                linestyle="none",
                label=f"{label} (known by its rule)" if hollow else label,
            )
        )
    ax.axhline(0, color=INK, linewidth=1)
    ax.axvline(0, color=INK, linewidth=1)
    left, right = ax.get_xlim()
    ax.set_xlim(min(left, -0.12), max(right, 1.08))
    bottom, top = ax.get_ylim()
    ax.set_ylim(min(bottom, -0.04), max(1.12 * top, 0.12))
    for x, words, across in (
        (1.06, "worth something, can be found", "right"),
        (0.015, "worth something, not found", "left"),
    ):
        ax.text(x, 0.97, words, transform=ax.get_xaxis_transform(), ha=across, va="top", fontsize=8.5, color=QUIET)
    if missing:
        # Below the words in the corner; in the middle where there is nothing else to see.
        right, height = (0.98, 0.9) if key else (0.9, 0.5)
        ax.text(
            right, height, f"not enough data: {', '.join(missing)}", transform=ax.transAxes, ha="right", color=QUIET
        )
    ax.set_xlabel("reach: agreement beyond chance (kappa) of the groups found from descriptors")
    what = outcome.replace("_", " ") if outcome else "the outcomes, on average"
    ax.set_ylabel(f"explained of {shorten(what, 30)}")
    write_ticks(ax.yaxis, "share")
    if key:
        ax.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=8.5)
    return ax


def _find_worth(comparison: GroupingComparison, outcome: str | None) -> dict[str, tuple[float, float, float]]:
    table = comparison.table
    if outcome is not None:
        rows = table[table["outcome"] == outcome].set_index("scheme")
        if rows.empty:
            raise ParameterError(f"outcome is {outcome!r}: give one of {', '.join(dict.fromkeys(table['outcome']))}")
        return {name: (row["r2"], row["low"], row["high"]) for name, row in rows.iterrows()}
    return {row["scheme"]: (row["r2"], row["low"], row["high"]) for row in comparison.overall.to_dict("records")}
