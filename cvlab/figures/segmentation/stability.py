"""The pictures of how far clusters can be trusted: do they come out again, are they real, where do they come from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from cvlab.analyses.segmentation import Stability
from cvlab.figures.segmentation.crossing import FEWEST_SHOWN
from cvlab.figures.style import BAD, COLOURS, GRID, INK, QUIET, WATCH, new_axes, write_ticks
from cvlab.units import write_number

# Marks and fillings tell verdicts apart in grey print too.
_MARKS = {
    "natural": ("o", COLOURS[0], COLOURS[0]),
    "reproducible": ("s", WATCH, WATCH),
    "constructed": ("D", BAD, "white"),
    "not enough data": ("X", QUIET, QUIET),
}
_GOOD = 0.80
_GAP, _WIDTH = 0.03, 0.16


def draw_stability(stability: Stability, *, ax: Axes | None = None) -> Axes:
    """Draw how well two samples agree on each number of clusters, beside what one cloud would give.

    Bars hold 95 % of the pairs of samples; grey bands say the same for one cloud. The mark is the verdict.
    """
    table = stability.table
    ax = new_axes(ax, size=(max(6.4, 1.6 + 0.85 * len(table)), 4.2))
    places = np.arange(len(table))
    known = table["ari"].notna().to_numpy()
    ax.axhline(_GOOD, color=QUIET, linewidth=1, linestyle=":")
    ax.text(1.005, _GOOD, "good", transform=ax.get_yaxis_transform(), va="center", fontsize=8, color=QUIET)
    null = table["null_ari"].notna().to_numpy()
    _draw_bands(ax, places[null], table.loc[null, ["null_ari_low", "null_ari", "null_ari_high"]].to_numpy())
    for place, row in zip(places[known], table[known].itertuples(), strict=True):
        mark, colour, filling = _MARKS[row.verdict]
        ax.errorbar(
            place,
            row.ari,
            yerr=[[max(row.ari - row.low, 0)], [max(row.high - row.ari, 0)]],
            fmt=mark,
            color=colour,
            markerfacecolor=filling,
            markersize=8,
            capsize=3,
            linewidth=1.6,
        )
    for place in places[~known]:
        ax.text(place, 0.04, "not enough\ndata", ha="center", fontsize=8, color=QUIET)
    _name_numbers(ax, stability)
    bottom = np.nanmin([0.0, *table["low"], *table["null_ari_low"]])
    ax.set_ylim(bottom - 0.03, 1.04)
    ax.set_ylabel("agreement of two samples\n(adjusted Rand index; 0 chance, 1 the same)")
    _write_key(ax, table, "one cloud cut in as many", bool(null.any()))
    return ax


def draw_structure(stability: Stability, *, ax: Axes | None = None) -> Axes:
    """Draw how tight the clusters are, as a share of how tight one cloud cut in as many would be.

    Grey bands hold one cloud for all numbers of clusters at once; below them, and only there, clusters are real.
    """
    table = stability.table
    ax = new_axes(ax, size=(max(6.4, 1.6 + 0.85 * len(table)), 4.0))
    places = np.arange(len(table))
    null = table["null_low"].notna().to_numpy()
    middle = (table["null_low"] + table["null_high"]) / 2
    bounds = pd.DataFrame({"low": table["null_low"] / middle, "middle": 1.0, "high": table["null_high"] / middle})
    _draw_bands(ax, places[null], bounds[null].to_numpy())
    for place, row, centre in zip(places[null], table[null].itertuples(), middle[null], strict=True):
        mark, colour, filling = _MARKS[row.verdict]
        found = row.within_sum_of_squares / centre
        ax.plot(place, found, mark, color=colour, markerfacecolor=filling, markersize=8, linestyle="none")
    for place in places[~null]:
        ax.text(
            place, 0.04, "not enough\ndata", transform=ax.get_xaxis_transform(), ha="center", fontsize=8, color=QUIET
        )
    shown = np.concatenate(
        [bounds[null].to_numpy().ravel(), (table["within_sum_of_squares"] / middle)[null], [0.99, 1.01]]
    )
    margin = 0.05 * float(np.ptp(shown))
    ax.set_ylim(shown.min() - margin, shown.max() + margin)
    _name_numbers(ax, stability)
    ax.set_ylabel("within sum of squares\n(one cloud = 100%)")
    write_ticks(ax.yaxis, "share")
    if not null.any():
        ax.set_yticks([])
    _write_key(ax, table, "one cloud", bool(null.any()))
    return ax


def draw_tree(stability: Stability, *, ax: Axes | None = None) -> Axes:
    """Draw where clusters come from when one more is made: heights are shares of people, ribbons who goes along.

    The number in a block is the size of the cluster; its shade says how much of it was together before (SLSA), dark
    for all and pale for a mixture of all former clusters.
    """
    clusters, tree = stability.clusters, stability.tree
    numbers = list(dict.fromkeys(clusters["n_clusters"]))
    ax = new_axes(ax, size=(max(6.4, 1.4 + 1.25 * len(numbers)), 5.0))
    ax.grid(False)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    if not numbers:
        ax.text(0.5, 0.5, "not enough data", transform=ax.transAxes, ha="center", color=QUIET)
        return ax
    tops = _place_blocks(clusters, tree, numbers)
    descent = tree.drop_duplicates(["n_clusters", "child"]).set_index(["n_clusters", "child"])["slsa"]
    for column, number in enumerate(numbers):
        for row in clusters[clusters["n_clusters"] == number].itertuples():
            top, height = tops[number, row.cluster], row.share * _shrink(numbers)
            kept = float(descent.get((number, row.cluster), np.nan))
            shade = 0.15 if np.isnan(kept) else 0.15 + 0.75 * float(np.clip(kept, 0, 1))
            ax.bar(
                column,
                height,
                _WIDTH * 2,
                bottom=top,
                color=COLOURS[0] if not np.isnan(kept) else "white",
                alpha=shade if not np.isnan(kept) else 1,
                edgecolor="none",
            )
            ax.bar(column, height, _WIDTH * 2, bottom=top, color="none", edgecolor=INK, linewidth=0.8)
            written = write_number(row.n, "count") if row.n >= FEWEST_SHOWN else f"<{FEWEST_SHOWN}"
            ax.text(
                column,
                top + height / 2,
                written,
                ha="center",
                va="center",
                fontsize=8,
                color="white" if shade > 0.6 else INK,
            )
    _draw_ribbons(ax, clusters, tree, numbers, tops)
    ax.set_xlim(-0.5, len(numbers) - 0.5)
    ax.set_ylim(1.03, -0.03)
    _name_numbers(ax, stability, numbers=numbers)
    key = [
        Patch(facecolor=COLOURS[0], alpha=0.9, edgecolor=INK, label="all from one former cluster"),
        Patch(facecolor=COLOURS[0], alpha=0.15, edgecolor=INK, label="mixed from all"),
        Patch(facecolor="white", edgecolor=INK, label="nothing before"),
    ]
    ax.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize=8.5)
    return ax


def _draw_bands(ax: Axes, places: np.ndarray, bounds: np.ndarray) -> None:
    """Draw low, middle and high of one cloud as a grey band with a line through it."""
    for place, (low, middle, high) in zip(places, bounds, strict=True):
        ax.bar(place, high - low, 0.62, bottom=low, color=GRID, edgecolor=QUIET, linewidth=0.6)
        ax.plot([place - 0.31, place + 0.31], [middle, middle], color=QUIET, linewidth=1.2)


def _name_numbers(ax: Axes, stability: Stability, *, numbers: list[int] | None = None) -> None:
    """Write the numbers of clusters along the axis, and which of them is recommended."""
    shown = list(stability.table["n_clusters"]) if numbers is None else numbers
    labels = [f"{k}\nrecommended" if k == stability.recommended else str(k) for k in shown]
    ax.set_xticks(range(len(shown)), labels)
    for label, k in zip(ax.get_xticklabels(), shown, strict=True):
        label.set_fontweight("bold" if k == stability.recommended else "normal")
    ax.set_xlim(-0.5, len(shown) - 0.5)
    ax.grid(False, axis="x")
    ax.set_xlabel("number of clusters")


def _write_key(ax: Axes, table: pd.DataFrame, band: str, drawn: bool) -> None:
    verdicts = [verdict for verdict in _MARKS if (table["verdict"] == verdict).any()]
    key: list[Line2D | Patch] = [
        Line2D([], [], marker=mark, color=colour, markerfacecolor=filling, linestyle="none", label=verdict)
        for verdict, (mark, colour, filling) in _MARKS.items()
        if verdict in verdicts
    ]
    if drawn:
        key.append(Patch(facecolor=GRID, edgecolor=QUIET, label=band))
    ax.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, fontsize=8.5)


def _shrink(numbers: list[int]) -> float:
    """Return the height of all people together: what the gaps of the last column leave."""
    return 1 - _GAP * (max(numbers) - 1)


def _place_blocks(clusters: pd.DataFrame, tree: pd.DataFrame, numbers: list[int]) -> dict[tuple[int, int], float]:
    """Return the top of each cluster's block; children stand beside their parents, so that ribbons seldom cross."""
    tops: dict[tuple[int, int], float] = {}
    centres: dict[int, float] = {}
    for number in numbers:
        sizes = clusters[clusters["n_clusters"] == number].set_index("cluster")["share"]
        flows = tree[tree["n_clusters"] == number]
        if centres and len(flows):
            wanted = (flows["parent"].map(centres) * flows["share_of_child"]).groupby(flows["child"]).sum()
            order = list(wanted.sort_values(kind="stable").index)
        else:
            order = list(sizes.index)
        top = _GAP * (max(numbers) - number) / 2
        for cluster in order:
            height = float(sizes[cluster]) * _shrink(numbers)
            tops[number, cluster] = top
            centres[cluster] = top + height / 2
            top += height + _GAP
        centres = {cluster: centres[cluster] for cluster in order}
    return tops


def _draw_ribbons(
    ax: Axes, clusters: pd.DataFrame, tree: pd.DataFrame, numbers: list[int], tops: dict[tuple[int, int], float]
) -> None:
    total = clusters.groupby("n_clusters")["n"].sum().max()
    for column, number in enumerate(numbers[1:], start=1):
        former = numbers[column - 1]
        leaving = {key[1]: top for key, top in tops.items() if key[0] == former}
        arriving = {key[1]: top for key, top in tops.items() if key[0] == number}
        flows = tree[(tree["n_clusters"] == number) & (tree["n"] > 0)]
        for parent in sorted(leaving, key=leaving.__getitem__):
            from_parent = flows[flows["parent"] == parent]
            for row in sorted(from_parent.itertuples(), key=lambda flow: tops[number, flow.child]):
                height = row.n / total * _shrink(numbers)
                ax.add_patch(
                    PathPatch(
                        _bend(column - 1 + _WIDTH, column - _WIDTH, leaving[parent], arriving[row.child], height),
                        facecolor=QUIET,
                        edgecolor="none",
                        alpha=0.35,
                    )
                )
                leaving[parent] += height
                arriving[row.child] += height


def _bend(start: float, end: float, left: float, right: float, height: float) -> Path:
    middle = (start + end) / 2
    points = [
        *((start, left), (middle, left), (middle, right), (end, right)),
        *((end, right + height), (middle, right + height), (middle, left + height), (start, left + height)),
        (start, left),
    ]
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
