"""The plane of price and value, on which both views of the same offers can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.economic_value import ValueViews
from cvlab.figures.style import COLOURS, INK, QUIET, new_axes, shorten, write_ticks
from cvlab.units import label_unit, write_number

MOST_LABELS = 12
SIZE = (7.2, 5.0)
ERROR_BAR: dict[str, Any] = {"ecolor": INK, "elinewidth": 1.2, "capsize": 3, "fmt": "none"}


def draw_value_views(result: ValueViews, *, ax: Axes | None = None) -> Axes:
    """Draw offers by price and value, with the lines of equal ratio and of equal difference through the best of each.

    A steeper line through 0 is a better ratio, a higher parallel to the dotted line a better difference; behind each
    name stand both ranks, and offers on which the views disagree are drawn as a square.
    """
    ax = new_axes(ax, size=SIZE)
    table = result.table
    seen = table[["value", "low", "high", "price"]].to_numpy()
    right = 1.25 * float(table["price"].max())
    top = 1.12 * max(float(np.nanmax(seen)), 1e-12)
    bottom = min(0.0, 1.08 * float(np.nanmin(seen)))
    ax.set_xlim(0, right)
    ax.set_ylim(bottom, top)
    prices = np.array([0.0, right])
    best_ratio, best_difference = float(table["ratio"].max()), float(table["difference"].max())
    ax.plot(prices, prices, color=QUIET, linewidth=1, linestyle=(0, (1, 2)), label="value = price")
    ax.plot(
        prices, prices * best_ratio, color=COLOURS[0], linewidth=1.4,
        label=f"best ratio: {write_number(best_ratio, 'ratio')} of value for each 1 of price",
    )  # fmt: skip
    ax.plot(
        prices, prices + best_difference, color=COLOURS[1], linewidth=1.6, linestyle=(0, (5, 2)),
        label=f"best difference: {write_number(best_difference, 'money')} left over".replace("$", r"\$"),
    )  # fmt: skip
    split = set(result.disagreements["offer"]) | set(result.disagreements["other"])
    told = table[np.isfinite(table["low"])]
    if len(told):
        whiskers = np.vstack([told["value"] - told["low"], told["high"] - told["value"]])
        ax.errorbar(told["price"], told["value"], yerr=whiskers, zorder=3, **ERROR_BAR)
    for disagrees, marker, label in ((False, "o", "offer"), (True, "s", "offer on which the two views disagree")):
        rows = table[table["offer"].isin(split) == disagrees]
        if len(rows):
            ax.plot(rows["price"], rows["value"], marker=marker, markersize=7, linestyle="none", color=INK,
                    markerfacecolor="white" if disagrees else INK, label=label, zorder=4)  # fmt: skip
    for row in table.head(MOST_LABELS).to_dict("records"):
        _write_name(ax, row, right)
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel(label_unit("value", "money"))
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "money")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8.5, borderaxespad=0.2)
    return ax


def _write_name(ax: Axes, row: dict[str, Any], right: float) -> None:
    ranks = f"{int(row['ratio_rank'])}. by ratio, {int(row['difference_rank'])}. by difference"
    leftwards = row["price"] > 0.6 * right
    ax.annotate(
        f"{shorten(str(row['offer']))}\n{ranks}",
        (row["price"], row["value"]),
        xytext=(-9 if leftwards else 9, -4),
        textcoords="offset points",
        ha="right" if leftwards else "left",
        va="bottom" if leftwards else "top",
        fontsize=8.5,
        color=INK,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        zorder=5,
    )
