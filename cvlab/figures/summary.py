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
_ACTION_WIDTH = 44  # characters in a line of an action
_NOTHING_EARNS_MORE = "Nothing is known to earn more than today."
_NO_MONEY = "No bar yet: no action has money per year. Five numbers, below, says which table would answer what is open."


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
        return say_instead(new_axes(ax, size=(7.2, 0.6)), _NOTHING_EARNS_MORE if len(known) else _NO_MONEY)
    labels = [wrap(f"{row.rank}. {row.what}: {row.action}", _ACTION_WIDTH) for row in known.itertuples()]
    deepest = max(map(len, labels))
    ax = new_axes(ax, size=(7.2, 0.85 + (0.14 + 0.17 * deepest) * len(known)))
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
            fontsize=10,
            color=INK,
        )
    ax.axvline(0, color=INK, linewidth=1, zorder=1)
    ax.set_yticks(places, ["\n".join(lines).replace("$", r"\$") for lines in labels], fontsize=10)
    ax.set_ylim(len(known) - 0.5, -0.5)
    ends = [0.0, *known["low"], *known["high"]]
    width = max(ends) - min(ends) or 1.0
    ax.set_xlim(min(ends) - 0.04 * width, max(ends) + 0.3 * width)
    ax.set_title("What each action earns a year, with its interval", loc="left", fontsize=11)
    ax.set_xlabel(label_unit("more per year than today", "money"))
    write_ticks(ax.xaxis, "money")
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.grid(axis="y", visible=False)
    return ax


def draw_headlines(result: Ranking, *, ax: Axes | None = None) -> Axes:
    """Draw half the interval of each headline in units of the smallest change that matters: further left is sharper.

    The number itself stands in a column right of the axis. Headlines without an interval are left out.
    """
    known = result.table[np.isfinite(result.table["sharpness"].astype(float))]
    ax = new_axes(ax, size=(7.2, 1.5 + 0.36 * max(1, len(known))))
    ax.set_title("How sharply the data answer", loc="left", fontsize=11)
    ax.set_xlabel("half the interval ÷ smallest change that matters")
    if known.empty:
        ax.text(0.5, 0.5, "no headline has an interval", transform=ax.transAxes, ha="center", va="center", color=INK)
        ax.set_yticks([])
        return ax
    sharpness = known["sharpness"].astype(float).clip(lower=0.05).to_numpy()
    places = np.arange(len(known))
    ax.set_xscale("log")
    ax.set_xlim(min(0.1, 0.7 * sharpness.min()), max(12.0, 1.5 * sharpness.max()))
    ax.hlines(places, ax.get_xlim()[0], sharpness, color=QUIET, linewidth=1)
    for place, value, row in zip(places, sharpness, known.itertuples(), strict=True):
        colour, marker = _CLASSES[row.how_sure]
        ax.plot(value, place, marker, color=colour, markersize=8, markeredgecolor=INK, markeredgewidth=0.6)
        words = f"{row.estimate} ({row.interval.replace(chr(0xA0), ' ')})"
        ax.annotate(
            words.replace("$", r"\$"),
            (1, place),
            (6, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
            annotation_clip=False,
        )
    _draw_classes(ax)
    names = ["\n".join(wrap(shorten(what, 72), 38)) for what in known["what"]]
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
