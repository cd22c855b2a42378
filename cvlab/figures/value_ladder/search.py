"""The picture of a ladder search: what the ladder earns when one price moves and the others are at their best."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.value_ladder import LadderPlan
from cvlab.figures.style import BAND_ALPHA, COLOURS, INK, new_axes, say_instead, shorten, write_ticks
from cvlab.units import label_unit, write_number

LINES = ("-", "--", "-.", ":")
PICTURE_SIZE = (7.6, 4.6)
MOST_COLUMNS = 3
MEASURES = {"contribution": "contribution", "surplus + contribution": "surplus and contribution"}


def draw_ladder_plan(plan: LadderPlan, *, ax: Axes | None = None) -> Axes:
    """Draw, for each rung, what the ladder earns at every price tried, with its band.

    All other rungs are at their best prices. The full dot is the best price, the ring today's; a rung that the best
    ladder does without has no dot.
    """
    ax = new_axes(ax, size=PICTURE_SIZE)
    slices = plan.slices
    if slices.empty or slices["objective"].isna().all():
        return say_instead(ax, f"Not enough people for better prices: {write_number(plan.n, 'count')} asked.")
    for number, row in enumerate(plan.table.to_dict("records")):
        line = slices[slices["rung"] == row["rung"]]
        if line.empty:
            continue
        colour, style = COLOURS[number % len(COLOURS)], LINES[number % len(LINES)]
        ax.plot(line["price"], line["objective"], color=colour, linestyle=style, linewidth=2, label=_label(row))
        ax.fill_between(line["price"], line["low"], line["high"], color=colour, alpha=BAND_ALPHA, linewidth=0)
        if row["offered"]:
            _mark(ax, line, row["price_best"], colour=colour, filled=True)
        _mark(ax, line, row["price_now"], colour=colour, filled=False)
    ax.plot([], [], "o", color=INK, linestyle="none", label="best price")
    ax.plot([], [], "o", markerfacecolor="white", markeredgecolor=INK, linestyle="none", label="today's price")
    ax.set_xlabel(label_unit("price of the rung, all others at their best", "money"))
    ax.set_ylabel(label_unit(f"{MEASURES[plan.objective]} per person in the market", "money"))
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "money")
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False, ncols=MOST_COLUMNS, handlelength=3,
    )  # fmt: skip
    return ax


def _label(row: dict[str, object]) -> str:
    """Name the rung with its best price and the interval of it."""
    name = shorten(str(row["rung"]), 18)
    if not row["offered"]:
        return f"{name}: better not offered"
    return f"{name}: {_write(row['price_best'])}" + (
        f" ({_write(row['low'])} to {_write(row['high'])})" if np.isfinite(float(str(row["low"]))) else ""
    )


def _write(amount: object) -> str:
    return write_number(float(str(amount)), "money").replace("$", r"\$")


def _mark(ax: Axes, line: pd.DataFrame, price: float, *, colour: str, filled: bool) -> None:
    """Mark a price on its line; one outside of what was tried has no place there."""
    prices = line["price"].to_numpy()
    if not prices[0] <= price <= prices[-1]:
        return
    height = float(np.interp(price, prices, line["objective"].to_numpy()))
    face = colour if filled else "white"
    size = 8 if filled else 7
    ax.plot(
        [price], [height], "o", markersize=size, markerfacecolor=face, markeredgecolor=INK, markeredgewidth=1.2,
        zorder=6 if filled else 5,
    )  # fmt: skip
