"""Pictures of the tables: which of their cells are filled, and which rows were left out."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cvlab.analyses.survey import DataTrust, Exclusions
from cvlab.figures.style import BAD, COLOURS, GOOD, INK, QUIET, WATCH, new_axes, shorten, write_ticks
from cvlab.units import write_number

_MARKS = {"green": ("●", GOOD), "amber": ("▲", WATCH), "red": ("■", BAD)}
_ENOUGH, _SOME = 0.95, 0.8
_NEARLY_ALL = 0.995
_MOST_NAMED = 2  # gaps named beside a table
_WIDTH = 1.62  # of the picture, in widths of the squares: the rest is for names


def draw_completeness(result: DataTrust, *, ax: Axes | None = None) -> Axes:
    """Draw one square per column of each table, shaded by how much of it is filled, and name the columns with gaps.

    Columns in which an empty cell has a meaning (an end date: not ended yet) are outlined only, whatever their filling.
    The mark before a row is the light of the table.
    """
    names = list(result.table["table"])
    widest = int(result.completeness.groupby("table").size().max())
    ax = new_axes(ax, size=(7.2, 1.1 + 0.4 * len(names)))
    for position, name in enumerate(names):
        columns = result.completeness[result.completeness["table"] == name]
        for place, column in enumerate(columns.itertuples()):
            _draw_cell(ax, place, position, column.filled, bool(column.may_be_empty))
        ax.text(widest + 0.4, position, _name_gaps(columns), ha="left", va="center", fontsize=8, color=INK)
    for position, light in enumerate(result.table["light"]):
        mark, colour = _MARKS[light]
        ax.text(-0.03 * widest, position, mark, color=colour, ha="right", va="center", fontsize=11)
    gaps = (result.completeness["filled"] < 1) & ~result.completeness["may_be_empty"]
    ax.set_xlim(-0.1 * widest, widest * _WIDTH if gaps.any() else widest)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([])
    ax.grid(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_title(
        f"What is filled: a square per column{', columns with gaps named' if gaps.any() else ''}",
        loc="left",
        fontsize=11,
    )
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


def _draw_cell(ax: Axes, place: int, position: int, filled: float, may_be_empty: bool) -> None:
    colour = "white" if may_be_empty else GOOD if filled >= _ENOUGH else WATCH if filled >= _SOME else BAD
    hatch = "" if may_be_empty or filled >= _ENOUGH else "//" if filled >= _SOME else "xx"
    cell = Rectangle((place + 0.06, position - 0.34), 0.88, 0.68, facecolor=colour, hatch=hatch, linewidth=0.6)
    cell.set(alpha=0.35, edgecolor=QUIET)
    ax.add_patch(cell)


def _name_gaps(columns: pd.DataFrame) -> str:
    """Name the columns with gaps and how much of them is filled, the emptiest first."""
    gaps = columns[(columns["filled"] < 1) & ~columns["may_be_empty"]].sort_values("filled", kind="stable")
    named = [
        f"{shorten(str(name), 18)}: {_write_filled(share)}"
        for name, share in zip(gaps["column"], gaps["filled"], strict=True)
    ]
    more = len(named) - _MOST_NAMED
    return "\n".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _write_filled(share: float) -> str:
    """Write a filled share in whole per cent, but never 100% of a column with a gap."""
    return (
        f"above {write_number(0.99, 'share', decimals=0)}"
        if share > _NEARLY_ALL
        else write_number(share, "share", decimals=0)
    )


def _add_key(ax: Axes) -> None:
    key = [
        Patch(facecolor=GOOD, alpha=0.35, edgecolor=QUIET, label="filled to 95% or more"),
        Patch(facecolor=WATCH, alpha=0.35, edgecolor=QUIET, hatch="//", label="to 80% or more"),
        Patch(facecolor=BAD, alpha=0.35, edgecolor=QUIET, hatch="xx", label="below 80%"),
        Patch(facecolor="white", edgecolor=QUIET, label="may be empty"),
    ]
    ax.legend(handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, frameon=False, fontsize=8)
