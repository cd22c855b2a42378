"""The picture of the summary: how sharply the data answer each question."""

from __future__ import annotations

from textwrap import wrap
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from cvlab.figures.style import BAD, GOOD, INK, QUIET, WATCH, new_axes, shorten

_CLASSES = {"clear": (GOOD, "o"), "fair": (WATCH, "s"), "rough": (BAD, "D")}
_BOUNDS = (1.0, 3.0)


class Ranking(Protocol):
    """Headlines by sharpness; `table` has what, estimate, interval, how_sure and sharpness."""

    @property
    def table(self) -> pd.DataFrame: ...


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
