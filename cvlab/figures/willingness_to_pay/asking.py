"""Pictures of asking: the four price curves, trial and revenue, demand along a price ladder, prices by group."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cvlab.analyses.willingness_to_pay import GaborGranger, PriceSensitivity
from cvlab.analyses.willingness_to_pay.asking.ladder_optimum import NEARLY_BEST
from cvlab.errors import DataError
from cvlab.figures.style import (
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
    GRID,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range

_CURVES = {  # colour, dashes: colour says cheap or expensive, dashes say how much
    "too_cheap": (COLOURS[0], (0, (4, 2))),
    "cheap": (COLOURS[0], "solid"),
    "expensive": (COLOURS[5], "solid"),
    "too_expensive": (COLOURS[5], (0, (4, 2))),
}
_MARKERS = {"marginal cheapness": "<", "optimal": "o", "indifference": "s", "marginal expensiveness": ">"}
_GAINS = {"revenue": (COLOURS[5], (0, (4, 2)), "s"), "profit": (COLOURS[2], (0, (1, 1)), "D")}  # colour, dashes, marker
_DEEPEST = 0.3  # of the height above 0 is at most shown below it: a loss at low prices needs no more
_IN_GROUP = 0.17  # distance of two points of a group, where two groups are 1 apart
_ROW = 0.11  # height of one interval below the curves, on the scale of shares
_BELOW_LABELS = 40  # points from the axis to the first line below its label
_LINE = 115  # characters in a line of small text below a picture
_SHOWN = 0.95  # the axis ends where this share of people find the price too expensive


def draw_price_sensitivity(result: PriceSensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the four price curves with their bands, the acceptable range, and each point with its interval below them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity
    >>> asked = pd.DataFrame({"too_cheap": [5.0, 6, 4, 8, 5], "cheap": [8.0, 9, 7, 12, 8],
    ...                       "expensive": [12.0, 14, 11, 18, 13], "too_expensive": [16.0, 18, 15, 25, 17]})
    >>> draw_price_sensitivity(estimate_price_sensitivity(asked, smallest_group=5)).get_xlabel()
    'price (EUR)'
    >>> plt.close("all")
    """
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], DEFAULT_SIZE[1] + 0.8))
    if not result.headline.answered:
        return say_instead(ax, str(result.headline))
    curves, bands, points = result.curves, result.bands, result.table.set_index("point")
    steps = result.method == "step"
    for name, (colour, dashes) in _CURVES.items():
        ax.fill_between(
            bands["price"],
            bands[f"{name}_low"],
            bands[f"{name}_high"],
            step="post" if steps else None,
            color=colour,
            alpha=BAND_ALPHA / 2,
            linewidth=0,
        )
        ax.plot(
            curves["price"],
            curves[name],
            color=colour,
            linestyle=dashes,
            drawstyle="steps-post" if steps else "default",
            label=name.replace("_", " "),
        )
    first, last = points.loc[["marginal cheapness", "marginal expensiveness"], "price"]
    if first <= last:
        ax.axvspan(first, last, color=GRID, alpha=0.6, zorder=0)
    ax.axhline(0, color=QUIET, linewidth=0.8)
    right = _last_price_shown(curves, points)
    left = float(curves["price"].iloc[0])
    for row, (name, marker) in enumerate(_MARKERS.items(), start=1):
        price, low, high = (float(points.loc[name, column]) for column in ("price", "low", "high"))
        height = -row * _ROW
        ax.plot([low, high], [height, height], color=INK, linewidth=1.6, solid_capstyle="butt")
        ax.plot([price], [height], marker=marker, color=INK, markersize=6, linestyle="none")
        written = f"{write_number(price, 'money')} ({write_range(low, high, 'money')})"
        _write_beside(ax, shorten(written, 60), low, high, height, left, right)
    ax.set_xlim(left - 0.02 * (right - left), right)
    ax.set_ylim(-(len(_MARKERS) + 0.8) * _ROW, 1.03)
    shares = [0, 0.25, 0.5, 0.75, 1]
    ax.set_yticks(
        [*shares, *(-row * _ROW for row in range(1, len(_MARKERS) + 1))],
        [*(write_number(share, "share", decimals=0) for share in shares), *_MARKERS],
    )
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel("share of people", y=0.67)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=9, borderaxespad=0.2)
    return ax


def draw_trial(result: PriceSensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the share who would buy at each price, and on the right the revenue per person asked, both with bands.

    What both assume stands below; where too few people gave intentions, that is said instead.

    Raises
    ------
    DataError : the result has no trial, because purchase intentions were not asked.
    """
    notes = "\n".join(line for note in result.trial_notes for line in wrap(note, _LINE)).replace("$", r"\$")
    if result.trial is None or result.revenue is None or result.trial_points is None:
        if result.trial_notes:
            return say_instead(new_axes(ax), " ".join(result.trial_notes))
        raise DataError("price_sensitivity has no trial to draw: ask buy_cheap and buy_expensive, or give intents")
    ax = new_axes(ax)
    right = _add_right_axis(ax)
    lines = []
    points = result.trial_points.set_index("point")
    for axes, table, column, colour, dashes, label in (
        (ax, result.trial, "trial", COLOURS[0], "solid", "would buy (left)"),
        (right, result.revenue, "revenue", COLOURS[5], (0, (4, 2)), "revenue per person asked (right)"),
    ):
        best = points.loc[f"highest {column}"]
        label = f"{label}: highest at {write_number(best['price'], 'money')} "
        label = shorten(f"{label}({write_range(best['low'], best['high'], 'money')})", 120)
        axes.fill_between(table["price"], table["low"], table["high"], color=colour, alpha=BAND_ALPHA, linewidth=0)
        lines += axes.plot(table["price"], table[column], color=colour, linestyle=dashes, label=label)
        axes.set_ylim(0, 1.1 * table["high"].max())
        peak = float(table[column].max())
        axes.plot([best["low"], best["high"]], [peak, peak], color=colour, linewidth=1.6)
        axes.plot([best["price"]], [peak], marker="o", color=colour)
    ax.set_xlim(float(result.trial["price"].iloc[0]), _last_price_shown(result.curves, result.trial_points))
    write_ticks(ax.yaxis, "share")
    _label_gains(ax, right, "revenue per person asked")
    ax.annotate(
        notes,
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -_BELOW_LABELS),
        textcoords="offset points",
        va="top",
        fontsize=8,
        color=INK,
    )
    ax.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    return ax


def draw_gabor_granger(result: GaborGranger, *, ax: Axes | None = None) -> Axes:
    """Draw the share who would buy at each asked price, and on the right what the price earns per person asked.

    Demand is a dot with its interval per asked price, joined by lines; revenue, and profit where a unit cost was given,
    have bands, and a mark with an interval at the asked price that earns most.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from cvlab.analyses.willingness_to_pay import estimate_gabor_granger
    >>> asked = pd.DataFrame([(person, price, 8 + person > price) for person in range(12) for price in (10, 13, 16)],
    ...                      columns=["respondent_id", "price", "would_buy"])
    >>> draw_gabor_granger(estimate_gabor_granger(asked)).get_ylabel()
    'share of people who would buy'
    >>> plt.close("all")
    """
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], DEFAULT_SIZE[1] + 0.3))
    if result.table["share"].isna().all():
        return say_instead(ax, str(result.headline))
    table = result.table
    right = _add_right_axis(ax)
    errors = [table["share"] - table["low"], table["high"] - table["share"]]
    lines: list[Any] = [
        ax.errorbar(
            table["price"],
            table["share"],
            yerr=errors,
            color=COLOURS[0],
            marker="o",
            markersize=4,
            capsize=3,
            linewidth=1.6,
            elinewidth=1.2,
            label="would buy (left)",
        )
    ]
    best = result.best.set_index("what")
    gains = list(best.index)
    aim = best.loc[gains[-1]]
    if aim["band_low"] < aim["band_high"]:
        label = f"within {write_number(NEARLY_BEST, 'share', decimals=0)} of the highest {gains[-1]}"
        lines.append(ax.axvspan(aim["band_low"], aim["band_high"], color=GRID, alpha=0.6, zorder=0, label=label))
    lines.extend(_draw_gain(right, table, best.loc[what], what) for what in gains)
    highest = 1.1 * max(float(table[f"{what}_high"].max()) for what in gains)
    lowest = min(0.0, *(float(table[f"{what}_low"].min()) for what in gains))
    deepest = max(1.1 * lowest / highest, -_DEEPEST)
    right.set_ylim(deepest * highest, highest)
    ax.set_ylim(deepest * 1.1, 1.1)
    right.axhline(0, color=QUIET, linewidth=0.8)
    shares = [0, 0.25, 0.5, 0.75, 1]
    ax.set_yticks(shares, [write_number(share, "share", decimals=0) for share in shares])
    _label_gains(ax, right, "per person asked" if len(gains) > 1 else "revenue per person asked")
    ax.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    return ax


def draw_price_by_group(result: PriceSensitivity | GaborGranger, *, ax: Axes | None = None) -> Axes:
    """Draw the prices of each group with their intervals: the four points, or the asked prices that earn most.

    Raises
    ------
    DataError : the result has no groups.
    """
    if result.groups is None:
        raise DataError("the result has no groups to draw: give by, a partition of the people who answered")
    ladder = isinstance(result, GaborGranger)
    results = dict(reversed(list(result.groups.results.items())))
    markers = {what: style[2] for what, style in _GAINS.items()} if ladder else _MARKERS
    if isinstance(result, GaborGranger):
        markers = {what: markers[what] for what in result.best["what"]}
    block = _IN_GROUP * (len(markers) + 1.5)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.5 + 1.3 * block * len(results)))
    if not any(each.headline.answered for each in results.values()):
        return say_instead(ax, f"Not enough data: in no group of {result.groups.scheme} did enough people answer.")
    ax.grid(visible=False, axis="y")
    for row, group in enumerate(results.values()):
        points = group.best.rename(columns={"what": "point"}) if isinstance(group, GaborGranger) else group.table
        points = points.set_index("point")
        if row:
            ax.axhline((row - 0.5) * block, color=GRID, linewidth=0.8)
        if not group.headline.answered:
            ax.text(
                0.01,
                row * block,
                "not enough data",
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize=8,
                color=INK,
            )
            continue
        for position, (point, marker) in enumerate(markers.items()):
            height = row * block + ((len(markers) - 1) / 2 - position) * _IN_GROUP
            price, low, high = (float(points.loc[point, column]) for column in ("price", "low", "high"))
            ax.plot([low, high], [height, height], color=INK, linewidth=1.4, solid_capstyle="butt")
            ax.plot([price], [height], marker=marker, color=INK, markersize=5, linestyle="none")
    names = [f"{shorten(name)} ({write_number(each.headline.n, 'count')})" for name, each in results.items()]
    ax.set_yticks([row * block for row in range(len(results))], names)
    ax.set_ylim(-block / 2, (len(results) - 0.5) * block)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("asked price that earns most" if ladder else "price", "money"))
    handles = [
        Line2D([], [], marker=marker, color=INK, markersize=5, label=f"highest {point}" if ladder else point)
        for point, marker in markers.items()
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        frameon=False,
        fontsize=9,
        borderaxespad=0.2,
    )
    return ax


def _add_right_axis(ax: Axes) -> Axes:
    right = ax.twinx()
    right.spines[["top", "left", "bottom"]].set_visible(False)
    right.spines["right"].set_color(QUIET)
    right.tick_params(colors=INK, labelsize=9)
    return right


def _draw_gain(right: Axes, table: pd.DataFrame, best: pd.Series, what: str) -> Line2D:
    """Draw what each price earns with its band, and the price that earns most with its interval."""
    colour, dashes, marker = _GAINS[what]
    right.fill_between(
        table["price"], table[f"{what}_low"], table[f"{what}_high"], color=colour, alpha=BAND_ALPHA, linewidth=0
    )
    label = f"{what} per person asked (right): highest at {write_number(best['price'], 'money')} "
    label = shorten(f"{label}({write_range(best['low'], best['high'], 'money')})", 120)
    if pd.isna(best["price"]):
        label = f"{what} per person asked (right): nowhere above 0"
    (line,) = right.plot(
        table["price"], table[what], color=colour, linestyle=dashes, marker=marker, markersize=3, label=label
    )
    right.plot([best["low"], best["high"]], [best["amount"]] * 2, color=colour, linewidth=1.6)
    right.plot([best["price"]], [best["amount"]], marker=marker, color=colour, markersize=8)
    return line


def _label_gains(ax: Axes, right: Axes, label: str) -> None:
    write_ticks(ax.xaxis, "money")
    write_ticks(right.yaxis, "money")
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel("share of people who would buy")
    right.set_ylabel(label_unit(label, "money"))


def _last_price_shown(curves: pd.DataFrame, points: pd.DataFrame) -> float:
    """A few very high answers would squeeze everything else into a corner; every point stays in sight."""
    reached = float(curves.loc[curves["too_expensive"] >= _SHOWN, "price"].iloc[0])
    return max(reached, 1.05 * float(points[["price", "high"]].max().max()))


def _write_beside(ax: Axes, text: str, low: float, high: float, height: float, left: float, right: float) -> None:
    """Write to the right of an interval, or to its left where there is more room."""
    roomier = right - high >= low - left
    ax.annotate(
        text,
        (high if roomier else low, height),
        xytext=(8 if roomier else -8, 0),
        textcoords="offset points",
        ha="left" if roomier else "right",
        va="center",
        fontsize=8,
        color=INK,
    )
