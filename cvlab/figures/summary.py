"""Pictures of the summary: what each action earns a year, and how sharply the data answer each question."""

from __future__ import annotations

from textwrap import wrap
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from cvlab.figures.style import BAD, GOOD, INK, QUIET, WATCH, new_axes, say_instead, shorten, write_ticks
from cvlab.units import label_unit, write_number

_KINDS = {"act": (GOOD, "o"), "hold": (INK, "s"), "test": (WATCH, "D")}
_CLASSES = {"clear": (GOOD, "o"), "fair": (WATCH, "s"), "rough": (BAD, "D")}
_BOUNDS = (1.0, 3.0)


class Ranking(Protocol):
    """Headlines by sharpness; `table` has what, estimate, interval, how_sure and sharpness."""

    @property
    def table(self) -> pd.DataFrame: ...


class RankedActions(Protocol):
    """Actions in their order; `table` has what, action, low, likely and high."""

    @property
    def table(self) -> pd.DataFrame: ...


def draw_actions(result: RankedActions, *, ax: Axes | None = None) -> Axes:
    """Draw the money per year of each action as a point in its interval, the first on top, with 0 as a line.

    What has no money per year is left out; what to hold is worth 0 against today.
    """
    known = result.table.dropna(subset=["low", "likely", "high"])
    if not known["what"].isin(["act", "test"]).any():
        said = "Nothing is known to earn more than today." if len(known) else "No action has money per year."
        return say_instead(new_axes(ax, size=(7.2, 0.6)), said)
    ax = new_axes(ax, size=(7.2, 1.25 + 0.62 * len(known)))
    places = np.arange(len(known))
    for place, row in zip(places, known.itertuples(), strict=True):
        colour, marker = _KINDS[row.what]
        ax.plot([row.low, row.high], [place, place], color=colour, linewidth=3, solid_capstyle="butt", zorder=2)
        filled = colour if row.what == "act" else "white"
        ax.plot(row.likely, place, marker, color=colour, markerfacecolor=filled, markersize=9, zorder=3)
        ax.annotate(
            write_number(row.likely, "money") if row.what != "hold" else "as today",
            (row.high, place),
            (9, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    ax.axvline(0, color=INK, linewidth=1, zorder=1)
    names = ["\n".join(wrap(f"{row.rank}. {row.what}: {shorten(row.action, 74)}", 42)) for row in known.itertuples()]
    ax.set_yticks(places, names, fontsize=8.5)
    ax.set_ylim(len(known) - 0.5, -0.5)
    ends = [0.0, *known["low"], *known["high"]]
    width = max(ends) - min(ends) or 1.0
    ax.set_xlim(min(ends) - 0.04 * width, max(ends) + 0.2 * width)
    ax.set_title("What each action earns a year, with its interval", loc="left", fontsize=11)
    ax.set_xlabel(label_unit("more per year than today", "money"))
    write_ticks(ax.xaxis, "money")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.grid(axis="y", visible=False)
    return ax


def draw_headlines(result: Ranking, *, ax: Axes | None = None) -> Axes:
    """Draw half the interval of each headline in units of the smallest change that matters: further left is sharper.

    Headlines without an interval are left out.
    """
    known = result.table[np.isfinite(result.table["sharpness"].astype(float))]
    ax = new_axes(ax, size=(7.2, 1.5 + 0.44 * max(1, len(known))))
    ax.set_title("How sharply the data answer", loc="left", fontsize=11)
    ax.set_xlabel("half the interval ÷ smallest change that matters")
    if known.empty:
        ax.text(0.5, 0.5, "no headline has an interval", transform=ax.transAxes, ha="center", va="center", color=INK)
        ax.set_yticks([])
        return ax
    sharpness = known["sharpness"].astype(float).clip(lower=0.05).to_numpy()
    places = np.arange(len(known))
    ax.set_xscale("log")
    ax.set_xlim(min(0.1, 0.7 * sharpness.min()), max(12.0, 4.0 * sharpness.max()))
    ax.hlines(places, ax.get_xlim()[0], sharpness, color=QUIET, linewidth=1)
    for place, value, row in zip(places, sharpness, known.itertuples(), strict=True):
        colour, marker = _CLASSES[row.how_sure]
        ax.plot(value, place, marker, color=colour, markersize=8, markeredgecolor=INK, markeredgewidth=0.6)
        words = f"{row.estimate} ({row.interval.replace(chr(0xA0), ' ')})"
        ax.annotate(
            words,
            (value, place),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )
    _draw_classes(ax)
    names = ["\n".join(wrap(shorten(what, 80), 40)) for what in known["what"]]
    ax.set_yticks(places, names, fontsize=8.5)
    ax.set_ylim(len(known) - 0.4, -0.9)
    ax.grid(axis="y", visible=False)
    return ax


def _draw_classes(ax: Axes) -> None:
    """Part the axis where clear ends and where fair ends, and name the parts."""
    low, high = ax.get_xlim()
    edges = (low, *_BOUNDS, high)
    for bound in _BOUNDS:
        ax.axvline(bound, color=INK, linewidth=0.8, linestyle="--")
    for name, left, right in zip(_CLASSES, edges, edges[1:], strict=False):
        ax.text(np.sqrt(left * right), -0.65, name, ha="center", va="center", fontsize=8.5, color=INK)
    ax.xaxis.set_major_locator(FixedLocator([0.1, 0.3, *_BOUNDS, 10, 30, 100]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _position: f"{value:g}")
