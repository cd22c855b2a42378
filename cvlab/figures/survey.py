"""Pictures of how far the data can be believed."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cvlab.analyses.survey import DataTrust, DetectableDifferences, Exclusions
from cvlab.figures.style import BAD, COLOURS, GOOD, INK, QUIET, WATCH, new_axes, shorten, write_ticks
from cvlab.units import write_number

_MARKS = {"green": ("●", GOOD), "amber": ("▲", WATCH), "red": ("■", BAD)}
_ENOUGH, _SOME = 0.95, 0.8


def draw_completeness(result: DataTrust, *, ax: Axes | None = None) -> Axes:
    """Draw one cell per column of each table, shaded by how much of it is filled, and the light of each table.

    Columns in which an empty cell has a meaning (an end date: not ended yet) are outlined only, whatever their filling.
    """
    names = list(result.table["table"])
    widest = int(result.completeness.groupby("table").size().max())
    ax = new_axes(ax, size=(max(7.2, 1.6 + 0.78 * widest), 0.9 + 0.52 * len(names)))
    for position, name in enumerate(names):
        columns = result.completeness[result.completeness["table"] == name]
        for place, column in enumerate(columns.itertuples()):
            _draw_cell(ax, place, position, column.column, column.filled, bool(column.may_be_empty))
    for position, light in enumerate(result.table["light"]):
        mark, colour = _MARKS[light]
        ax.text(-0.15, position, mark, color=colour, ha="right", va="center", fontsize=11)
    ax.set_xlim(-0.5, widest)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([])
    ax.grid(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_title("What is filled, column by column", loc="left", fontsize=11)
    _add_key(ax)
    return ax


def draw_exclusions(result: Exclusions, *, ax: Axes | None = None) -> Axes:
    """Draw the share of its table that each rule left out, with its interval."""
    rules = result.table
    ax = new_axes(ax, size=(7.2, 1.3 + 0.5 * max(1, len(rules))))
    ax.set_xlabel("share of the table's rows")
    write_ticks(ax.xaxis, "share")
    ax.set_title("What was left out", loc="left", fontsize=11)
    if rules.empty:
        ax.text(0.5, 0.5, "nothing was left out", transform=ax.transAxes, ha="center", va="center", color=INK)
        ax.set_yticks([])
        return ax
    places = range(len(rules))
    errors = [rules["share"] - rules["low"], rules["high"] - rules["share"]]
    ax.barh(places, rules["share"], xerr=errors, color=COLOURS[0], ecolor=INK, capsize=3, height=0.55)
    labels = [
        f"{shorten(table)}:\n{shorten(rule, 44)}" for table, rule in zip(rules["table"], rules["rule"], strict=True)
    ]
    ax.set_yticks(places, labels, fontsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.1 * float(rules["high"].max()))
    ax.grid(axis="y", visible=False)
    return ax


def draw_detectable_differences(result: DetectableDifferences, *, ax: Axes | None = None) -> Axes:
    """Draw the least difference each table could show, between halves and to a tenth, and the one that is wanted."""
    table = result.table
    ax = new_axes(ax, size=(7.2, 1.6 + 0.3 * len(table)))
    places = np.arange(len(table))
    ax.hlines(places, table["halves"], table["tenth"].fillna(table["halves"]), color=QUIET, linewidth=1.2)
    ax.plot(table["halves"], places, "o", color=COLOURS[0], label="between two halves")
    ax.plot(
        table["tenth"],
        places,
        "D",
        markerfacecolor="white",
        markeredgecolor=COLOURS[0],
        label="between a tenth and the rest",
    )
    wanted = f"wanted: {write_number(100 * result.difference)} points"
    ax.axvline(result.difference, color=COLOURS[5], linestyle="--", linewidth=1.4, label=wanted)
    ax.set_yticks(places, [shorten(name) for name in table["table"]])
    ax.invert_yaxis()
    ax.set_xlim(0, min(1.0, 1.1 * float(np.nanmax([table["tenth"].max(), table["halves"].max(), result.difference]))))
    ax.set_xlabel("smallest difference in a share that would be seen")
    write_ticks(ax.xaxis, "share")
    ax.set_title("How finely each table tells", loc="left", fontsize=11)
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.18 - 0.6 / (1 + len(table))), ncols=3, frameon=False, fontsize=8
    )
    return ax


def _draw_cell(ax: Axes, place: int, position: int, name: str, filled: float, may_be_empty: bool) -> None:
    colour = "white" if may_be_empty else GOOD if filled >= _ENOUGH else WATCH if filled >= _SOME else BAD
    hatch = "" if may_be_empty or filled >= _ENOUGH else "//" if filled >= _SOME else "xx"
    ax.add_patch(
        Rectangle(
            (place + 0.03, position - 0.4),
            0.94,
            0.8,
            facecolor=colour,
            alpha=0.35,
            hatch=hatch,
            edgecolor=QUIET,
            linewidth=0.6,
        )
    )
    share = f"\n{filled:.0%}" if filled < 1 else ""
    label = "\n".join(shorten(part, 13) for part in wrap(name.replace("_", " "), 13)[:2])
    ax.text(place + 0.5, position, label + share, ha="center", va="center", fontsize=6.8, color=INK)


def _add_key(ax: Axes) -> None:
    key = [
        Patch(facecolor=GOOD, alpha=0.35, edgecolor=QUIET, label="filled to 95% or more"),
        Patch(facecolor=WATCH, alpha=0.35, edgecolor=QUIET, hatch="//", label="to 80% or more"),
        Patch(facecolor=BAD, alpha=0.35, edgecolor=QUIET, hatch="xx", label="below 80%"),
        Patch(facecolor="white", edgecolor=QUIET, label="may be empty"),
    ]
    ax.legend(handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, frameon=False, fontsize=8)
