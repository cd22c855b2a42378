"""Pictures of what the cleaning changes, and of what could be seen at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.survey import DetectableDifferences, Shifts
from cvlab.figures.style import BAND_ALPHA, COLOURS, INK, QUIET, new_axes, say_instead, shorten, write_ticks
from cvlab.figures.survey.keys import put_key_below
from cvlab.units import write_number

_FARTHEST = 6.0  # smallest changes that matter; a number that moves more stands at the edge, with its shift written
_NARROWEST = 1.6


def draw_shifts(result: Shifts, *, ax: Axes | None = None) -> Axes:
    """Draw how far each number moves, in smallest changes that matter; inside the band it does not matter.

    A filled mark moves by more than what matters, a hollow one cannot be told, a short line is small.
    """
    table = result.table
    if table.empty:
        return say_instead(new_axes(ax, size=(7.2, 1.6)), str(result.headline))
    ax = new_axes(ax, size=(7.2, 1.6 + 0.46 * len(table)))
    values = table[["shift_in_changes", "low_in_changes", "high_in_changes"]].to_numpy(dtype=float)
    largest = np.nanmax(np.abs(values), initial=_NARROWEST / 1.15)
    limit = float(min(_FARTHEST, 1.15 * largest)) if np.isfinite(largest) else _FARTHEST
    ax.axvspan(-1, 1, color=COLOURS[4], alpha=BAND_ALPHA, linewidth=0, label="too small to matter")
    ax.axvline(0, color=QUIET, linewidth=1)
    marks: dict[str, dict[str, Any]] = {
        "matters": {"marker": "D", "markerfacecolor": COLOURS[5]},
        "cannot tell": {"marker": "o", "markerfacecolor": "white"},
        "small": {"marker": "o", "markerfacecolor": QUIET},
    }
    for place, (row, (shift, low, high)) in enumerate(zip(table.itertuples(), values, strict=True)):
        if not np.isfinite(shift):
            ax.text(0, place, "not known", ha="center", va="center", fontsize=8, color=INK, backgroundcolor="white")
            continue
        if np.isfinite(low):
            ends = np.clip([low, high], -limit, limit)
            ax.plot(ends, [place, place], color=INK, linewidth=1.4, zorder=2)
        beyond = abs(shift) > limit
        at = float(np.clip(shift, -0.96 * limit, 0.96 * limit)) if beyond else shift
        mark = dict(marks[row.verdict])
        if beyond:
            mark["marker"] = ">" if shift > 0 else "<"
            side = "right" if shift > 0 else "left"
            ax.text(0.9 * np.sign(shift) * limit, place, str(row.shift), ha=side, va="center", fontsize=8, color=INK)
        ax.plot([at], [place], color=INK, markersize=7, linestyle="none", zorder=3, **mark)
    labels = [
        f"{shorten(what, 40)}\n{shorten(before, 20)} → {shorten(after, 20)}"
        for what, before, after in table[["what", "before", "after"]].to_numpy()
    ]
    ax.set_yticks(range(len(table)), labels, fontsize=8)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(-limit, limit)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("shift, in smallest changes that matter")
    ax.set_title("How far the numbers move", loc="left", fontsize=11)
    for verdict, mark in marks.items():
        if (table["verdict"] == verdict).any():
            ax.plot([], [], color=INK, markersize=7, linestyle="none", label=verdict, **mark)
    put_key_below(ax)
    return ax


def draw_detectable(result: DetectableDifferences, *, ax: Axes | None = None) -> Axes:
    """Draw the least difference that each table of people could show, and the one that is wanted."""
    table = result.table
    ax = new_axes(ax, size=(7.2, 1.7 + 0.34 * len(table)))
    places = np.arange(len(table))
    ax.hlines(places, table["halves"], table["tenth"], color=QUIET, linewidth=1.2, zorder=1)
    ax.plot(table["halves"], places, "o", color=COLOURS[0], markersize=7, label="between two halves")
    ax.plot(
        table["tenth"], places, "D", color=INK, markerfacecolor="white", markersize=6, label="a tenth against the rest"
    )
    ax.axvline(result.difference, color=INK, linestyle="--", linewidth=1.2, label="wanted")
    labels = [
        f"{shorten(name)} ({write_number(people, 'count')} people)"
        for name, people in zip(table["table"], table["people"], strict=True)
    ]
    ax.set_yticks(places, labels, fontsize=8)
    ax.set_ylim(len(table) - 0.4, -0.6)
    largest = np.nanmax(table[["halves", "tenth"]].to_numpy(), initial=result.difference)
    ax.set_xlim(0, min(1.03, 1.1 * float(largest)))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("least difference in a share that could be seen")
    write_ticks(ax.xaxis, "share")
    ax.set_title("What these data could show", loc="left", fontsize=11)
    put_key_below(ax)
    return ax
