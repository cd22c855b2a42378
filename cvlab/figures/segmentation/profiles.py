"""The picture of what marks each group, one panel of bars per group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cvlab.analyses.segmentation import Profiles
from cvlab.figures.segmentation.cells import wrap
from cvlab.figures.style import COLOURS, INK, QUIET, new_axes, shorten
from cvlab.units import write_number

MOST_VARIABLES, FEWEST_VARIABLES, MOST_BARS = 8, 3, 40
_FURTHEST = 2.5
_LANE = 0.78


def draw_profiles(profiles: Profiles, *, ax: Axes | None = None) -> Axes:
    """Draw how far each group lies from everybody in the variables that tell most, with intervals.

    A bar of length 1 is as long as a marker must be. Full bars are held-out variables, dark where they are markers
    beyond chance; hollow ones, the last, differ by construction. The number at the right is the group's own mean or
    share. The more groups there are, the fewer variables are drawn.
    """
    table = profiles.table
    groups = list(profiles.sizes.index)
    keys = _choose_rows(table, most=int(np.clip(MOST_BARS // len(groups), FEWEST_VARIABLES, MOST_VARIABLES)))
    ax = new_axes(ax, size=(7.4, 1.7 + len(keys) * (0.24 * len(groups) + 0.16)))
    step = _LANE / len(groups)
    rows = table.set_index(["group", "variable", "level"])
    names = []
    for place, (variable, level) in enumerate(keys):
        for lane, group in enumerate(groups):
            _draw_bar(ax, rows.loc[(group, variable, level)], place - _LANE / 2 + step * (lane + 0.5), step, lane)
        overall = rows.loc[(groups[0], variable, level)]
        name = wrap(f"{variable.replace('_', ' ')}{': ' + level if level else ''}", 24)
        names.append(f"{name}\n(all: {write_number(overall['overall'], overall['kind'])})")
        if place:
            ax.axhline(place - 0.5, color=QUIET, linewidth=0.5)
    ax.axvline(0, color=INK, linewidth=1)
    for limit in (-1, 1):
        ax.axvline(limit, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    ax.set_yticks(range(len(keys)), names, fontsize=8.5)
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.set_xlim(-_FURTHEST - 0.1, _FURTHEST + 0.95)
    ax.set_xticks([-2, -1, 0, 1, 2], ["−2", "marker\nbelow", "as all", "marker\nabove", "2"])
    ax.grid(False, axis="y")
    ax.set_xlabel("difference from everybody, in units of what makes a marker")
    hidden = table[["variable", "level"]].drop_duplicates().shape[0] - len(keys)
    key: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=f"${lane + 1}$",
            color=INK,
            label=f"{shorten(group, 34)} (n = {write_number(profiles.sizes[group], 'count')})",
        )
        for lane, group in enumerate(groups)
    ]
    key += [
        Patch(facecolor=COLOURS[0], label="marker beyond chance"),
        Patch(facecolor=COLOURS[0], alpha=0.35, label="no marker, or perhaps chance"),
    ]
    if table["by_construction"].any():
        key.append(Patch(facecolor="white", edgecolor=COLOURS[0], label="by construction"))
    if hidden:
        key.append(Line2D([], [], linestyle="none", label=f"{hidden} more differ less"))
    ax.legend(handles=key, loc="lower left", bbox_to_anchor=(-0.3, 1.0), ncols=2, frameon=False, fontsize=8.5)
    return ax


def _draw_bar(ax: Axes, row: pd.Series, place: float, height: float, lane: int) -> None:
    left = -_FURTHEST - 0.02
    ax.text(left, place, str(lane + 1), va="center", ha="center", fontsize=7.5, color=INK)
    end = _FURTHEST + 0.9
    if not np.isfinite(row["difference"]):
        ax.text(end, place, "too few", va="center", ha="right", fontsize=7.5, color=QUIET)
        return
    threshold = row["threshold"] or 1.0
    gap, low, high = (
        float(np.clip(row[name] / threshold, 0.12 - _FURTHEST, _FURTHEST))
        for name in ("difference", "difference_low", "difference_high")
    )
    hollow = bool(row["by_construction"])
    faint = not hollow and not row["confirmed"]
    ax.barh(
        place,
        gap,
        0.8 * height,
        facecolor="white" if hollow else COLOURS[0],
        edgecolor=COLOURS[0],
        linewidth=1.0 if hollow else 0,
        alpha=0.35 if faint else 1,
    )
    if np.isfinite(low) and np.isfinite(high):
        ax.plot([low, high], [place, place], color=INK, linewidth=1.1, solid_capstyle="butt")
    ax.text(end, place, write_number(row["value"], row["kind"]), va="center", ha="right", fontsize=7.5, color=INK)


def _choose_rows(table: pd.DataFrame, *, most: int) -> list[tuple[str, str]]:
    """Return the variables and levels in which groups differ most, then a few that differ by construction."""
    told = table.assign(strength=(table["difference"] / table["threshold"].where(table["threshold"] > 0)).abs())
    # Of a category with two levels, one says what the other does.
    levels = told.groupby("variable")["level"]
    told = told[(levels.transform("nunique") != 2) | (told["level"] == levels.transform("first"))]
    keys = told.groupby(["variable", "level"], sort=False).agg({"strength": "max", "by_construction": "first"})
    keys = keys.fillna({"strength": 0.0}).sort_values("strength", ascending=False, kind="stable")
    held_out = keys.index[~keys["by_construction"]]
    # Levels of one variable that made the groups say one thing: the strongest will do.
    made = keys.index[keys["by_construction"]].to_frame(index=False).drop_duplicates("variable").to_numpy().tolist()
    reserved = min(len(made), max(most - len(held_out), most // 3))
    return [*held_out[: most - reserved], *((str(variable), str(level)) for variable, level in made[:reserved])]
