"""Pictures of migration: who moves where, and what a customer is worth by the rung of the start."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cvlab.analyses.value_ladder import EVERYBODY, Migration
from cvlab.figures.style import (
    COLOURS,
    DEFAULT_SIZE,
    HATCHES,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range

CELL_WIDTH, CELL_HEIGHT = 1.45, 0.72  # inches
PALEST, DARKEST = 0.06, 0.6  # of the colour, so that dark words can be read on it
NAME_WIDTH = 16
BAR = 0.62
STAYS, LEAVES, MOVES = "#eeeeee", COLOURS[5], COLOURS[0]


def draw_migration(result: Migration, *, group: str = EVERYBODY, ax: Axes | None = None) -> Axes:
    """Draw where customers on each rung go per period: rows are where they are, columns where they go.

    Each cell has the chance and its interval; the darker, the larger. Staying is grey, because it would outshine all.
    What is withheld, because few customers made the move or would come to light by it, is said to be.
    """
    table = result.table[result.table["group"] == group]
    starts, goals = (list(dict.fromkeys(table[column])) for column in ("from", "to"))
    # The lowest rung below, as on a ladder, and leaving apart from the rungs.
    starts = starts[::-1]
    size = (1.6 + CELL_WIDTH * len(goals), 1.3 + CELL_HEIGHT * len(starts))
    ax = new_axes(ax, size=size)
    if table["rate"].isna().all():
        return say_instead(ax, str(result.headline))
    cells = table.set_index(["from", "to"])
    largest = float(table.loc[table["from"] != table["to"], "rate"].max())
    for row, start in enumerate(starts):
        for column, goal in enumerate(goals):
            _draw_cell(ax, (column + _gap(column, goals), row), cells.loc[(start, goal)], start == goal, largest)
    labels = [f"{_wrap(start)}\n{_write_people(float(cells.loc[(start, goals[0]), 'n']))}" for start in starts]
    ax.set_yticks(range(len(starts)), labels)
    ax.set_xticks([place + _gap(place, goals) for place in range(len(goals))], [_wrap(goal) for goal in goals])
    ax.set_xlim(-0.5, len(goals) - 0.5 + _gap(len(goals) - 1, goals))
    ax.set_ylim(len(starts) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    period = "month" if result.period_months == 1 else write_number(result.period_months, "months")
    ax.set_xlabel(f"… and where they go within a {period}" if period == "month" else f"… and where they go in {period}")
    ax.set_ylabel("where customers are …")
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _write_people(n: float) -> str:
    return f"n = {write_number(n, 'count')}" if np.isfinite(n) else "too few customers"


def _draw_cell(ax: Axes, place: tuple[float, float], cell: pd.Series, stays: bool, largest: float) -> None:
    column, row = place
    rate = float(cell["rate"])
    colour, shade = STAYS, 1.0
    if not stays and np.isfinite(rate):
        share = rate / largest if largest > 0 else 0.0
        colour = LEAVES if cell.name[1] == "left" else MOVES
        shade = PALEST + (DARKEST - PALEST) * share if rate > 0 else 0.0
    box = Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=colour, alpha=shade, edgecolor="none")
    ax.add_patch(box)
    ax.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, fill=False, edgecolor=QUIET, linewidth=0.6))
    if not np.isfinite(rate):
        # Of a rung that is told of, and where somebody was at risk, a chance is missing because it is withheld.
        said = "not told" if float(cell["periods"]) > 0 else "not enough\ndata"
        ax.text(column, row, said, ha="center", va="center", fontsize=8, color=QUIET)
        return
    ax.text(column, row - 0.15, write_number(rate, "share"), ha="center", va="center", fontsize=11, color=INK,
            fontweight="bold")  # fmt: skip
    bounds = write_range(cell["low"], cell["high"], "share")
    ax.text(column, row + 0.22, bounds, ha="center", va="center", fontsize=7.5, color=INK)


def draw_rung_value(result: Migration, *, group: str = EVERYBODY, ax: Axes | None = None) -> Axes:
    """Draw what a customer who starts on each rung is worth, divided by the rungs on which it is earned.

    The whisker is the interval of the whole. Below each bar: how long such a customer stays with us, and how many of
    those ever on the rung started there, for a ladder is not a funnel.
    """
    rungs = result.rungs[result.rungs["group"] == group].reset_index(drop=True)
    ax = new_axes(ax, size=(max(DEFAULT_SIZE[0], 1.6 * len(rungs) + 2.4), DEFAULT_SIZE[1]))
    if not np.isfinite(rungs["value"]).any():
        return say_instead(ax, str(result.customer_value))
    paths = result.paths[result.paths["group"] == group]
    earned = paths.pivot_table(index="start", columns="rung", values="value", sort=False, dropna=False)
    earned = earned.reindex(index=rungs["rung"], columns=rungs["rung"])
    places = np.arange(len(rungs))
    above, below = np.zeros(len(rungs)), np.zeros(len(rungs))
    for number, rung in enumerate(rungs["rung"]):
        part = np.nan_to_num(earned[rung].to_numpy(dtype=float), posinf=0.0)
        bottom = np.where(part >= 0, above, below)
        ax.bar(places, part, BAR, bottom=bottom, color=COLOURS[number % len(COLOURS)], alpha=0.8, edgecolor="white",
               hatch=HATCHES[number % len(HATCHES)], label=shorten(rung))  # fmt: skip
        above, below = above + np.maximum(part, 0), below + np.minimum(part, 0)
    value, low, high = (rungs[name].to_numpy(dtype=float) for name in ("value", "value_low", "value_high"))
    known = np.isfinite(value)
    ends = np.vstack([value - low, np.where(np.isfinite(high), high, value) - value])[:, known]
    ax.errorbar(places[known], value[known], yerr=np.clip(ends, 0, None), fmt="o", markersize=4, color=INK, ecolor=INK,
                elinewidth=1.4, capsize=4, zorder=4)  # fmt: skip
    tops = np.fmax(np.where(np.isfinite(high), high, value), above)
    for place in places[known]:
        amount = write_number(value[place], "money").replace("$", r"\$")
        ax.annotate(amount, (float(place), float(tops[place])), (0, 4), textcoords="offset points", ha="center",
                    fontsize=9, color=INK, fontweight="bold")  # fmt: skip
    for place in places[~known]:
        ax.text(place, 0.02, "not known", transform=ax.get_xaxis_transform(), ha="center", fontsize=8.5, color=QUIET)
    ax.set_xticks(places, [_label_start(result, group, row) for row in rungs.to_dict("records")])
    ax.set_xlim(-0.6, len(rungs) - 0.4)
    lowest, highest = float(min(0.0, below.min(), low[known].min())), float(np.nanmax(tops))
    ax.set_ylim(lowest * 1.08, highest + 0.12 * (highest - lowest))
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.grid(False, axis="x")
    ax.set_ylabel(label_unit("worth of a customer by first rung", "money"))
    write_ticks(ax.yaxis, "money")
    if len(rungs) > 1:
        ax.legend(title="earned on", title_fontsize=8.5, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8.5,
                  frameon=False, ncols=min(5, len(rungs)))  # fmt: skip
    return ax


def _label_start(result: Migration, group: str, row: dict[str, object]) -> str:
    lines = [_wrap(str(row["rung"]))]
    months = float(str(row["months"]))
    if np.isfinite(months):
        bounds = write_range(float(str(row["months_low"])), float(str(row["months_high"])), "number")
        lines += [f"stays {write_number(months, 'months')}", f"({bounds})"]
    origins = result.origins[(result.origins["group"] == group) & (result.origins["rung"] == row["rung"])]
    started = float(origins["started"].iloc[0])
    if np.isfinite(started):
        lines.append(f"{write_number(started, 'share', decimals=0)} started here")
    return "\n".join(lines)


def _gap(place: int, goals: list[str]) -> float:
    """Set leaving, the last column, apart from the rungs."""
    return 0.15 if place == len(goals) - 1 else 0.0


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(shorten(text, 2 * NAME_WIDTH), NAME_WIDTH)) or text
