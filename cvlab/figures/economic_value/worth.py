"""The waterfall from reference price to economic value, and the tornado of its drivers."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.economic_value import EconomicValue
from cvlab.figures.style import (
    BAD,
    COLOURS,
    DEFAULT_SIZE,
    GOOD,
    HATCHES,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import agree_decimals, label_unit, write_number, write_range

MOST_STEPS = 9  # drivers with a bar of their own; smaller ones are added up
OTHERS = "others"
LABEL_WIDTH, LABEL_LINES = 12, 3
STEP_WIDTH = 1.0  # inches
FAR = 1.0  # a price further away than this many widths of the tornado is told, not drawn
BAR = 0.62
ROW_HEIGHT = 0.42
ERROR_BAR: dict[str, Any] = {"ecolor": INK, "elinewidth": 1.2, "capsize": 3, "fmt": "none"}


def draw_economic_value(result: EconomicValue, *, ax: Axes | None = None) -> Axes:
    """Draw the steps from the reference price to the economic value, the price as a line, and the gap: the incentive.

    Whiskers are the interval of a driver's amount, and of the total; a hatched step speaks against the offer.
    """
    table = _fold_small(result.table)
    ax = new_axes(ax, size=(max(DEFAULT_SIZE[0], STEP_WIDTH * (len(table) + 1)), DEFAULT_SIZE[1]))
    places = np.arange(len(table))
    amounts, ends = table["amount"].to_numpy(), table["running_total"].to_numpy()
    starts = np.where(_is_sum(table), 0.0, ends - amounts)
    for place, (amount, start) in enumerate(zip(amounts, starts, strict=True)):
        colour, hatch = _paint(place, len(table), amount)
        ax.bar(place, amount, BAR, bottom=start, color=colour, hatch=hatch, edgecolor="white", zorder=2)
    ax.hlines(ends[:-1], places[:-1] + BAR / 2, places[1:] - BAR / 2, color=QUIET, linewidth=1)
    low, high = starts + table["low"].to_numpy(), starts + table["high"].to_numpy()
    told = np.isfinite(low)
    if told.any():
        whiskers = np.vstack([ends[told] - low[told], high[told] - ends[told]])
        ax.errorbar(places[told], ends[told], yerr=np.clip(whiskers, 0, None), zorder=4, **ERROR_BAR)
    decimals = agree_decimals(amounts, "money")
    tops = np.fmax(np.maximum(starts, ends), np.where(told, high, -np.inf))
    for place, (amount, top) in enumerate(zip(amounts, tops, strict=True)):
        sign = "+" if amount > 0 and not _is_sum(table)[place] else ""
        text = sign + write_number(amount, "money", decimals=decimals)
        ax.annotate(text.replace("$", r"\$"), (place, top), (0, 3), textcoords="offset points", ha="center",
                    fontsize=8.5, color=INK, zorder=5,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
    lowest = min(0.0, float(np.nanmin(np.concatenate([starts, ends, low[told]]))))
    highest = float(max(tops.max(), result.price or 0.0))
    ax.set_ylim(lowest * 1.08, highest + 0.14 * (highest - lowest))
    _draw_price(ax, result, len(table))
    ax.set_xlim(-0.6, len(table) + (0.75 if result.incentive is not None else -0.4))
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set_xticks(places, [_label(step) for step in table["step"]])
    ax.grid(False, axis="x")
    ax.set_ylabel(label_unit("worth to the customer, per unit", "money"))
    write_ticks(ax.yaxis, "money")
    return ax


def draw_tornado(result: EconomicValue, *, ax: Axes | None = None) -> Axes:
    """Draw how far the economic value moves when one driver after the other goes from its low to its high."""
    table = result.tornado
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], max(2.4, 1.3 + ROW_HEIGHT * len(table))))
    if table.empty:
        return say_instead(ax, "No driver has a low and a high: give ranges to see which of them matters most.")
    total = result.headline.value
    rows = np.arange(len(table))
    decimals = agree_decimals(table[["low", "high"]].to_numpy().ravel(), "money")
    for ends, colour, hatch, bound, side, label in (
        ("total_at_low", COLOURS[1], HATCHES[1], "low", -1, "driver at its low"),
        ("total_at_high", COLOURS[0], HATCHES[0], "high", 1, "driver at its high"),
    ):
        reach = table[ends].to_numpy()
        ax.barh(rows, reach - total, BAR, left=total, color=colour, hatch=hatch, edgecolor="white", label=label)
        for row, (end, amount) in enumerate(zip(reach, table[bound], strict=True)):
            text = write_number(amount, "money", decimals=decimals).replace("$", r"\$")
            ax.annotate(text, (end, row), (4 * side, 0), textcoords="offset points", va="center",
                        ha="left" if side > 0 else "right", fontsize=8.5, color=INK)  # fmt: skip
    ax.axvline(total, color=INK, linewidth=1.4, label=f"economic value {_write_plain(total)}")
    left, right = float(table["total_at_low"].min()), float(table["total_at_high"].max())
    if result.price is not None:
        left, right = _draw_price_across(ax, result.price, left, right)
    room = 0.2 * (right - left or 1.0)
    ax.set_xlim(left - room, right + room)
    ax.set_yticks(rows, [shorten(driver) for driver in table["driver"]])
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set_xlabel(label_unit("economic value when one driver moves over its range", "money"))
    write_ticks(ax.xaxis, "money")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8.5, borderaxespad=0.2)
    return ax


def _draw_price_across(ax: Axes, price: float, left: float, right: float) -> tuple[float, float]:
    """Draw the price through the tornado, or tell it where that would squeeze the bars; return what is to be seen."""
    far = FAR * (right - left)
    if not left - far <= price <= right + far:
        ax.plot([], [], linestyle="none", label=f"price {_write_plain(price)}, outside the picture")
        return left, right
    ax.axvline(price, color=BAD, linewidth=1.6, linestyle=(0, (5, 2)), label=f"price {_write_plain(price)}")
    return min(left, price), max(right, price)


def _draw_price(ax: Axes, result: EconomicValue, steps: int) -> None:
    """Draw the price across the steps, and beside the total what the customer keeps."""
    if result.incentive is None or result.price is None:
        return
    price, kept = result.price, result.incentive
    ax.axhline(price, color=BAD, linewidth=1.8, linestyle=(0, (5, 2)), zorder=3)
    # Right of the frame, where no bar and no number stands at any price.
    ax.annotate(f"price\n{_write_plain(price)}", (1, price), (4, 0), xycoords=ax.get_yaxis_transform(),
                textcoords="offset points", fontsize=9, color=INK, fontweight="bold", va="center", ha="left",
                annotation_clip=False)  # fmt: skip
    total, place = result.headline.value, steps - 0.42
    ax.annotate("", (place, total), (place, price), arrowprops={"arrowstyle": "<->", "color": INK, "linewidth": 1.2})
    lines = ["price above", "value by", _write_plain(-kept.value)]
    if kept.value >= 0:
        lines = ["incentive", _write_plain(kept.value)]
    if kept.value >= 0 and np.isfinite(kept.low):
        lines += (
            f"({write_range(kept.low, kept.high, 'money')})".replace("$", r"\$").replace(" to ", "\nto ").split("\n")
        )
    text = "\n".join(lines)
    ax.text(place + 0.08, (total + price) / 2, text, va="center", ha="left", fontsize=8.5, color=INK, zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _write_plain(amount: float) -> str:
    return write_number(amount, "money").replace("$", r"\$")


def _is_sum(table: pd.DataFrame) -> np.ndarray:
    """Say which steps stand on 0: the first and the last."""
    places = np.arange(len(table))
    return np.asarray((places == 0) | (places == len(table) - 1))


def _paint(place: int, steps: int, amount: float) -> tuple[str, str]:
    if place == 0:
        return QUIET, ""
    if place == steps - 1:
        return COLOURS[0], ""
    return (GOOD, "") if amount >= 0 else (BAD, "//")


def _label(step: str) -> str:
    lines = wrap(step, LABEL_WIDTH) or [step]
    if len(lines) > LABEL_LINES:
        lines = [*lines[: LABEL_LINES - 1], f"{lines[LABEL_LINES - 1][: LABEL_WIDTH - 1]}…"]
    return "\n".join(shorten(line, LABEL_WIDTH) for line in lines)


def _fold_small(table: pd.DataFrame) -> pd.DataFrame:
    """Return the steps with the smallest drivers added up, where there are more than fit."""
    steps = table.iloc[1:-1]
    if len(steps) <= MOST_STEPS:
        return table
    small = steps["amount"].abs().sort_values(kind="stable").index[: len(steps) - MOST_STEPS + 1]
    kept = steps.drop(index=small)
    rest = float(steps.loc[small, "amount"].sum())
    folded = pd.DataFrame(
        [{"step": f"{len(small)} {OTHERS}", "amount": rest, "low": np.nan, "high": np.nan, "running_total": 0.0}]
    )
    columns = list(folded.columns)
    shown = pd.concat([table.iloc[:1][columns], kept[columns], folded, table.iloc[-1:][columns]], ignore_index=True)
    running = shown["amount"].iloc[:-1].cumsum()
    shown.loc[running.index, "running_total"] = running
    return shown
