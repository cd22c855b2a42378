"""Cumulative net value with its band, the break-even with its interval, and the profit zone."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.economic_value import BreakEven
from cvlab.figures.style import (
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
    GOOD,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number

MOST_GROUPS = 4
DASHES = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "^", "D")
LINE = 84  # characters in a line of the legend
LANE = 0.07  # height of one break-even interval below the curves, as a share of the picture


def draw_break_even(result: BreakEven, *, ax: Axes | None = None) -> Axes:
    """Draw cumulative net value month by month with its band, and below it each break-even with its interval.

    Groups have a line each where there are any; the profit zone is shaded where one line stands alone. An arrow at the
    right end says that the interval goes beyond the horizon.
    """
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], DEFAULT_SIZE[1] + 0.6))
    table = result.table.dropna(subset="break_even")
    if table.empty:
        return say_instead(ax, str(result.headline))
    # The mean over groups is drawn only where it is all there is: it hides what the groups show.
    groups = table.iloc[1:] if len(table) > 1 else table
    shown = groups.iloc[:MOST_GROUPS]
    curves = dict(iter(result.curve.groupby("group", sort=False)))
    for number, row in enumerate(shown.to_dict("records")):
        _draw_curve(ax, curves[row["group"]], number, _label(row, result))
    if len(groups) > len(shown):
        ax.plot([], [], linestyle="none", label=f"{len(groups) - len(shown)} more groups are in the table")
    if len(shown) == 1:
        path = curves[shown["group"].iloc[0]]
        start = float(shown["break_even"].iloc[0])
        _shade_profit(ax, path, start)
    ax.axhline(0, color=INK, linewidth=1)
    values = pd.concat([curves[group] for group in shown["group"]])[["cumulative", "low", "high"]].to_numpy()
    bottom, top = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    height = (top - bottom) or 1.0
    ax.set_ylim(bottom - height * (0.04 + LANE * len(shown)), top + 0.05 * height)
    ax.set_xlim(0, result.horizon_months * 1.015)
    for number, row in enumerate(shown.to_dict("records")):
        _draw_interval(ax, row, number, bottom - height * LANE * (number + 0.6), result.horizon_months)
    ax.set_xlabel(label_unit("time since the purchase", "months"))
    ax.set_ylabel(label_unit("cumulative net value per customer", "money"))
    write_ticks(ax.yaxis, "money")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8.5, borderaxespad=0.2)
    return ax


def _draw_curve(ax: Axes, path: pd.DataFrame, number: int, label: str) -> None:
    colour = COLOURS[number % len(COLOURS)]
    ax.fill_between(path["month"], path["low"], path["high"], color=colour, alpha=BAND_ALPHA, linewidth=0)
    ax.plot(path["month"], path["cumulative"], color=colour, linestyle=DASHES[number % len(DASHES)], label=label)


def _shade_profit(ax: Axes, path: pd.DataFrame, start: float) -> None:
    if not np.isfinite(start) or start >= path["month"].iloc[-1]:
        return
    after = path[path["month"] > start]
    months = np.concatenate([[start], after["month"]])
    heights = np.concatenate([[np.interp(start, path["month"], path["cumulative"])], after["cumulative"]])
    ax.fill_between(months, 0, heights, facecolor="none", edgecolor=GOOD, hatch="//", linewidth=0, label="profit zone")


def _draw_interval(ax: Axes, row: dict[str, float], number: int, height: float, horizon: int) -> None:
    """Draw one break-even in the lane below the curves."""
    colour = COLOURS[number % len(COLOURS)]
    value, low, high = (float(row[f"break_even{end}"]) for end in ("", "_low", "_high"))
    if np.isfinite(low):
        ax.plot([low, min(high, horizon)], [height, height], color=colour, linewidth=2.2, solid_capstyle="butt")
    if np.isinf(high) or np.isinf(value):
        ax.plot([horizon], [height], marker=">", markersize=7, color=colour, linestyle="none", clip_on=False)
    if np.isfinite(value):
        marker = MARKERS[number % len(MARKERS)]
        ax.plot([value], [height], marker=marker, markersize=7, color=colour, markeredgecolor=INK, linestyle="none")
        ax.vlines(value, height, 0, color=QUIET, linewidth=1, linestyle=(0, (2, 2)))


def _label(row: dict[str, float], result: BreakEven) -> str:
    """Say in words what the lane below the curves shows."""
    value, low, high = (float(row[f"break_even{end}"]) for end in ("", "_low", "_high"))
    horizon = write_number(result.horizon_months, "months")
    times = [f"later than {horizon}" if np.isinf(time) else write_number(time, "months") for time in (value, low, high)]
    bounds = f" ({times[1]} to {times[2]})" if np.isfinite(low) or np.isinf(low) else ""
    never = ""
    if float(row["never"]) > 0:
        never = f"; not within {horizon} with a probability of {write_number(row['never'], 'share')}"
    text = f"{shorten(str(row['group']))}: break-even {times[0]}{bounds}{never}"
    return "\n".join(wrap(text, LINE))
