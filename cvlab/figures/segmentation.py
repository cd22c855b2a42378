"""Pictures of who the customers are: sizes of groups, what they explain, how schemes cross, what marks clusters."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.segmentation import Clusters, GroupingComparison
from cvlab.errors import ParameterError
from cvlab.figures.style import COLOURS, INK, QUIET, colours_of, new_axes, shorten, write_ticks
from cvlab.units import write_number

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
MOST_FEATURES = 16
_DARK = 0.6
FEWEST_SHOWN = 10


def draw_group_sizes(partition: Partition, *, ax: Axes | None = None) -> Axes:
    """Draw the share of people in each group, with its interval, and how many they are."""
    sizes = partition.sizes
    n = int(sizes.sum())
    ax = new_axes(ax, size=(7.2, 1.3 + 0.36 * max(2, len(sizes))))
    shares = sizes.to_numpy() / max(n, 1)
    bounds = np.array([wilson_interval(size, max(n, 1)) for size in sizes])
    errors = np.abs(bounds.T - shares)
    places = np.arange(len(sizes))
    ax.barh(places, shares, 0.62, xerr=errors, color=COLOURS[0], ecolor=INK, capsize=3)
    for place, (size, high) in enumerate(zip(sizes, bounds[:, 1], strict=True)):
        ax.annotate(
            f"n = {write_number(size, 'count')}",
            (high, place),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    ax.set_yticks(places, [_wrap(name, 34) for name in sizes.index], fontsize=8.5)
    ax.invert_yaxis()
    # Room on the right for the number of people.
    end = 1.22 * float(bounds[:, 1].max())
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= min(end, 1)])
    ax.set_xlim(0, end)
    ax.grid(False, axis="y")
    ax.set_xlabel(f"share of {write_number(n, 'count')} people")
    write_ticks(ax.xaxis, "share")
    ax.set_title(f"Groups by {shorten(partition.scheme, 60)}", loc="left", fontsize=11)
    return ax


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
    ax.set_yticks(range(len(outcomes)), [_wrap(outcome.replace("_", " "), 22) for outcome in outcomes])
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


def draw_crossing(
    comparison: GroupingComparison, *, pair: tuple[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how the groups of one scheme (rows) spread over those of another: each row adds up to 100 %.

    `pair` names the two schemes; without it, the first two that were compared.
    """
    crossing = _find_crossing(comparison, pair)
    totals = crossing.sum(axis=1).to_numpy()
    shares = crossing.to_numpy() / np.maximum(totals, 1)[:, None]
    rows, columns = shares.shape
    ax = new_axes(ax, size=(max(6.0, 2.9 + 1.1 * columns), 1.9 + 0.46 * rows))
    few = totals < FEWEST_SHOWN
    shares[few] = np.nan
    texts = [["" if hidden else f"{share:.0%}" for share in row] for row, hidden in zip(shares, few, strict=True)]
    _draw_cells(ax, shares, texts, colours="Blues", low=0, high=1)
    for row in np.flatnonzero(few):
        ax.text(
            (columns - 1) / 2, float(row), f"fewer than {FEWEST_SHOWN} people", ha="center", va="center", fontsize=8
        )
    names = [_wrap(name, 34) for name in crossing.index]
    sizes = [
        f"n < {FEWEST_SHOWN}" if hidden else f"n = {write_number(total, 'count')}"
        for total, hidden in zip(totals, few, strict=True)
    ]
    labels = [f"{name}\n{size}" for name, size in zip(names, sizes, strict=True)]
    ax.set_yticks(range(rows), labels, fontsize=8)
    ax.set_xticks(range(columns), [_wrap(name, 17) for name in crossing.columns], fontsize=8)
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


def draw_centres(clusters: Clusters, *, ax: Axes | None = None) -> Axes:
    """Draw what marks each cluster: its mean per feature, shaded by how far it lies from everybody's.

    The shade counts standard deviations between people; the number is in the data's own unit. Of many features those in
    which clusters differ most are drawn.
    """
    table = clusters.table
    features = list(table.columns[3:])
    weights = clusters.weights.to_numpy()
    values = clusters.features.to_numpy()
    mean = np.average(values, axis=0, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))
    centres = table[features].to_numpy(dtype=float)
    gaps = np.divide(centres - mean, spread, out=np.zeros_like(centres), where=spread > 0)
    strongest = np.argsort(-np.nan_to_num(np.abs(gaps)).max(axis=0), kind="stable")[:MOST_FEATURES]
    kept = np.sort(strongest)
    ax = new_axes(ax, size=(max(6.0, 3.0 + 1.25 * len(table)), 1.6 + 0.34 * len(kept)))
    shares = ((values == 0) | (values == 1)).all(axis=0)
    texts = [
        [write_number(centres[group, column], "share" if shares[column] else "number") for group in range(len(table))]
        for column in kept
    ]
    _draw_cells(ax, gaps[:, kept].T, texts, colours="PuOr_r", low=-1.5, high=1.5)
    ax.set_yticks(range(len(kept)), [shorten(features[column].replace("_", " "), 30) for column in kept], fontsize=8.5)
    sizes = [f"{_wrap(row.group, 19)}\nn = {write_number(row.n, 'count')}" for row in table.itertuples()]
    ax.set_xticks(range(len(table)), sizes, fontsize=8)
    hidden = len(features) - len(kept)
    rest = f"; {hidden} more features differ less" if hidden else ""
    ax.set_title(f"Mean of each cluster{rest}\n(orange above, purple below the average)", loc="left", fontsize=10)
    return ax


def _draw_cells(ax: Axes, values: np.ndarray, texts: list[list[str]], *, colours: str, low: float, high: float) -> None:
    """Draw a table of cells, each with its number, dark on pale and white on dark shades."""
    image = ax.imshow(np.clip(values, low, high), cmap=colours, vmin=low, vmax=high, aspect="auto")
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            red, green, blue, _ = image.cmap(image.norm(values[row, column]))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < _DARK
            ax.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if dark else INK)
    ax.grid(False)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _pair_of(comparison: GroupingComparison, pair: tuple[str, str] | None) -> tuple[str, str]:
    """Return the pair under which two schemes are kept, in whichever order they are asked for."""
    if pair is None:
        pair = next(iter(comparison.crossings), ("", ""))
    return pair if pair in comparison.crossings else (pair[1], pair[0])


def _find_crossing(comparison: GroupingComparison, pair: tuple[str, str] | None) -> pd.DataFrame:
    found = _pair_of(comparison, pair)
    if found not in comparison.crossings:
        known = "; ".join(f"{first} and {second}" for first, second in comparison.crossings) or "none: compare two"
        raise ParameterError(f"pair is {pair!r}: the schemes that were crossed are {known}")
    crossing = comparison.crossings[found]
    return crossing if pair is None or pair == found else crossing.T


def _wrap(text: str, width: int) -> str:
    """Break a name into at most two lines; the second is cut where it is still too long."""
    lines = textwrap.wrap(text, width) or [""]
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return "\n".join(shorten(line, width + 2) for line in lines)
