"""Pictures of who answered: how often, with how much care, and whom they stand for once weighted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.survey import CarelessExclusions, Response, Weights
from cvlab.figures.style import COLOURS, INK, QUIET, new_axes, say_instead, shorten, write_ticks
from cvlab.figures.survey.keys import put_key_below
from cvlab.units import write_number

_ROW = 0.3  # inches
_BETWEEN = 0.6  # rows between two characteristics


def draw_response(result: Response, *, ax: Axes | None = None) -> Axes:
    """Draw the response rate of each level with its interval, and a line at the rate of all."""
    table = result.table.dropna(subset=["rate"])
    if table.empty or not np.isfinite(result.rate):
        return say_instead(new_axes(ax, size=(7.2, 1.6)), str(result.headline))
    table, places = _arrange(table)
    ax = new_axes(ax, size=(7.2, 1.5 + _ROW * float(places[-1] + 1)))
    ax.axvline(result.rate, color=QUIET, linestyle="--", linewidth=1.2, zorder=1)
    said = f"all: {write_number(result.rate, 'share')}"
    ax.text(result.rate, -0.9, said, ha="center", va="bottom", fontsize=8, color=INK)
    errors = _reach(table["rate"], table["low"], table["high"])
    ax.errorbar(table["rate"], places, xerr=errors, fmt="o", color=COLOURS[0], ecolor=INK, capsize=3, markersize=6)
    counts = [
        f"{write_number(answered, 'count')} of {write_number(people, 'count')}"
        for answered, people in zip(table["answered"], table["people"], strict=True)
    ]
    _label_levels(ax, table, places, counts)
    ax.set_xlim(0, min(1.02, 1.08 * max(float(table["high"].max()), result.rate)))
    ax.set_xlabel("share of customers who answered")
    write_ticks(ax.xaxis, "share")
    ax.set_title("Who answered", loc="left", fontsize=11)
    return ax


def draw_weights(result: Weights, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each level among those who answered, in the target, and once weighted."""
    if result.table.empty:
        return say_instead(new_axes(ax, size=(7.2, 1.6)), str(result.headline))
    table, places = _arrange(result.table)
    ax = new_axes(ax, size=(7.2, 1.7 + _ROW * float(places[-1] + 1)))
    ax.hlines(places, table["sample"], table["weighted"], color=QUIET, linewidth=1.2, zorder=1)
    ax.plot(table["sample"], places, "o", markerfacecolor="white", color=INK, markersize=6, label="as answered")
    ax.plot(table["weighted"], places, "D", color=COLOURS[0], markersize=6, label="weighted")
    ax.plot(table["target"], places, "|", color=INK, markersize=15, markeredgewidth=1.8, label="those they stand for")
    factors = [f"n = {write_number(n, 'count')}, × {write_number(f)}" for n, f in table[["n", "factor"]].to_numpy()]
    _label_levels(ax, table, places, factors)
    ax.set_xlim(0, min(1.02, 1.1 * float(table[["sample", "target", "weighted"]].to_numpy().max())))
    ax.set_xlabel("share of people")
    write_ticks(ax.xaxis, "share")
    ax.set_title("Whom the answers stand for", loc="left", fontsize=11)
    put_key_below(ax)
    return ax


def draw_careless(result: CarelessExclusions, *, ax: Axes | None = None) -> Axes:
    """Draw the share of respondents that each rule finds, with its interval and the counts behind it."""
    table = result.table
    known = table.dropna(subset=["share"])
    if known.empty:
        return say_instead(new_axes(ax, size=(7.2, 1.6)), " ".join([str(result.headline), *result.notes]))
    ax = new_axes(ax, size=(7.2, 1.2 + 0.52 * len(table)))
    places = np.arange(len(table))
    errors = _reach(table["share"], table["low"], table["high"])
    ax.barh(places, table["share"].fillna(0), xerr=errors, color=COLOURS[0], ecolor=INK, capsize=3, height=0.5)
    right = 1.3 * float(known["high"].max())
    counts = table[["checked", "found", "high"]].to_numpy()
    for place, (checked, found, high) in zip(range(len(table)), counts, strict=True):
        of = f"{write_number(found, 'count')} of {write_number(checked, 'count')}"
        at = high if np.isfinite(high) else 0.0
        said = of if np.isfinite(found) else "too few checked"
        ax.text(at + 0.015 * right, place, said, ha="left", va="center", fontsize=8, color=INK)
    labels = [f"{kind}\n{shorten(means, 44)}" for kind, means in zip(table["rule"], table["means"], strict=True)]
    ax.set_yticks(places, labels, fontsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, right)
    ax.set_xlabel("share of the respondents checked")
    write_ticks(ax.xaxis, "share")
    ax.grid(axis="y", visible=False)
    ax.set_title("Who answered without care", loc="left", fontsize=11)
    return ax


def _reach(share: pd.Series, low: pd.Series, high: pd.Series) -> list[pd.Series]:
    """How far an interval reaches to both sides; at a share of 0 or 1 rounding may put its end on the wrong side."""
    return [(share - low).clip(lower=0).fillna(0), (high - share).clip(lower=0).fillna(0)]


def _arrange(table: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Put the levels of a characteristic side by side, and leave a gap before the next characteristic."""
    order = pd.unique(table["characteristic"])
    number = pd.Series(pd.Index(order).get_indexer(table["characteristic"]), index=table.index)
    rows = number.sort_values(kind="stable").index
    arranged = table.loc[rows]
    return arranged, np.arange(len(rows)) + _BETWEEN * number.loc[rows].to_numpy()


def _label_levels(ax: Axes, table: pd.DataFrame, places: np.ndarray, extras: list[str]) -> None:
    pairs = zip(table["characteristic"], table["level"], extras, strict=True)
    labels = [f"{shorten(str(name), 16)}: {shorten(str(level), 22)} ({extra})" for name, level, extra in pairs]
    ax.set_yticks(places, labels, fontsize=8)
    ax.set_ylim(float(places[-1]) + 0.6, -1.0)
    ax.grid(axis="y", visible=False)
