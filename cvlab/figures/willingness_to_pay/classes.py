"""Pictures of classes: what each class would pay, how many classes there are, and what matters most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cvlab.analyses.willingness_to_pay import BestWorst, ClassChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.figures.style import (
    COLOURS,
    DEFAULT_SIZE,
    INK,
    QUIET,
    colours_of,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.figures.willingness_to_pay.attributes import scale_steps
from cvlab.units import label_unit, write_number

_MARKERS = "osD^vP*X"
_ROOM = 0.7  # of a row's height is taken by its classes
_NOTHING = "No class has a willingness to pay that can be shown: see the notes."


def draw_class_worth(result: ClassChoiceModel, *, ax: Axes | None = None) -> Axes:
    """Draw what each class would pay for each attribute, with intervals; the outside option is left out.

    Classes differ in colour and in the shape of their mark; the legend says how many people each of them has.
    """
    names = list(result.membership.names)
    described = pd.DataFrame({"attribute": result.table["attribute"].unique()})
    steps = scale_steps(described.assign(step=1.0), result.roles, result.spans, ["step"]).set_index("name")
    steps = steps[steps["role"] != "outside"]
    attributes = list(steps.index)
    rows = max(len(attributes), 2)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.5 + rows * (0.25 + 0.17 * len(names)) + 0.2 * len(names)))
    if not result.enough:
        return say_instead(ax, str(result.headline))
    worth = result.table[result.table["attribute"].isin(attributes)]
    size_of_step = worth["attribute"].map(steps["step"])
    worth = worth.assign(**{column: worth[column] * size_of_step for column in ("estimate", "low", "high")})
    if not worth["estimate"].notna().any():
        return say_instead(ax, _NOTHING)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=QUIET, linewidth=1)
    colours = colours_of(names)
    heights = {name: len(attributes) - 1 - position for position, name in enumerate(attributes)}
    for each, size in enumerate(result.sizes.to_dict("records")):
        drawn = worth[(worth["class"] == size["class"]) & worth["estimate"].notna()]
        height = drawn["attribute"].map(heights).to_numpy(dtype=float) + _offset(each, len(names))
        colour, marker = colours[size["class"]], _MARKERS[each % len(_MARKERS)]
        ax.hlines(height, drawn["low"], drawn["high"], color=colour, linewidth=1.8)
        share, people = write_number(size["share"], "share", decimals=0), write_people(int(size["n"]))
        label = f"{shorten(str(size['class']), 36)} ({share}, {people}{': not shown' if drawn.empty else ''})"
        ax.plot(drawn["estimate"], height, marker=marker, color=colour, linestyle="none", markersize=6, label=label)
    for height in range(1, len(attributes)):
        ax.axhline(height - 0.5, color=QUIET, linewidth=0.4)
    ax.set_yticks([heights[name] for name in attributes], steps["attribute"])
    ax.set_ylim(-0.55, len(attributes) - 0.45)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("willingness to pay", "money"))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, borderaxespad=0.2)
    return ax


def draw_class_criteria(result: ClassChoiceModel, *, ax: Axes | None = None) -> Axes:
    """Draw BIC and CAIC by the number of classes, with BIC's lowest and the number that is used."""
    ax = new_axes(ax)
    if not result.enough:
        return say_instead(ax, str(result.headline))
    criteria = result.criteria
    if len(criteria) == 1:
        return say_instead(ax, f"Only {result.n_classes} classes were tried: there is nothing to compare.")
    for column, colour, dashes, marker in (("bic", COLOURS[0], "solid", "o"), ("caic", COLOURS[5], (0, (4, 2)), "s")):
        ax.plot(
            criteria["n_classes"],
            criteria[column],
            color=colour,
            linestyle=dashes,
            marker=marker,
            markersize=4,
            label=column.upper(),
        )
    chosen = criteria[criteria["chosen"]].iloc[0]
    lowest = criteria.loc[criteria["bic"].idxmin()]
    ax.plot(
        chosen["n_classes"],
        chosen["bic"],
        marker="o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=INK,
        linestyle="none",
        label=f"used: {int(chosen['n_classes'])}",
    )
    ax.plot(
        lowest["n_classes"],
        lowest["bic"],
        marker="v",
        markersize=8,
        color=INK,
        linestyle="none",
        label=f"lowest BIC: {int(lowest['n_classes'])}",
    )
    ax.set_xticks(criteria["n_classes"])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _position: write_number(value, "count")))
    ax.margins(x=0.08, y=0.12)
    ax.set_xlabel("number of classes")
    ax.set_ylabel("criterion (less is better)")
    ax.legend(frameon=False, fontsize=9)
    return ax


def draw_best_worst(result: BestWorst, *, ax: Axes | None = None) -> Axes:
    """Draw the share of importance of each item, the largest on top, with its interval and an equal share as a line."""
    table = result.table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.3 + 0.36 * max(len(table), 2)))
    if not result.enough:
        return say_instead(ax, str(result.headline))
    ax.grid(visible=False, axis="y")
    equal = 1 / len(table)
    ax.axvline(equal, color=QUIET, linewidth=1, linestyle=(0, (4, 2)))
    ax.hlines(table.index, table["share_low"], table["share_high"], color=COLOURS[0], linewidth=1.8)
    ax.plot(table["share"], table.index, marker="o", color=COLOURS[0], linestyle="none", markersize=6)
    for position, row in table.iterrows():
        ax.annotate(
            write_number(row["share"], "share"),
            (row["share_high"], position),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
            bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )
    ax.set_yticks(table.index, [shorten(name, 32) for name in table["item"]])
    ax.set_ylim(-0.7, len(table) - 0.3)
    right = float(table["share_high"].max())
    ax.set_xlim(0, right + 0.12 * right)
    write_ticks(ax.xaxis, "share")
    ax.set_xlabel("share of importance, all people pooled (dashed: all items alike)")
    return ax


def _offset(each: int, count: int) -> float:
    """How far the mark of a class stands above the middle of its row; the first class stands on top."""
    return float(np.linspace(_ROOM / 2, -_ROOM / 2, count)[each]) if count > 1 else 0.0
