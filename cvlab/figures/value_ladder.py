"""Pictures of the value ladder: the staircase, what is sold, who moves when a price moves, and the rule board."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cvlab.analyses.value_ladder import EVERYBODY, NOBODY, WHOLE_LADDER, Ladder, LadderCheck
from cvlab.figures.style import (
    BAD,
    COLOURS,
    DEFAULT_SIZE,
    GOOD,
    HATCHES,
    INK,
    QUIET,
    WATCH,
    new_axes,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range

VERDICT_MARKS = {"pass": ("✓", GOOD), "cannot tell": ("?", WATCH), "fail": ("✗", BAD)}
RULE_TITLES = {1: "worth more\nthan below", 2: "nested,\nwith a name", 3: "adds\nprofit", 4: "up\nto date"}
BOX = 0.36
MOST_UNCROWDED = 4
RUNG_WIDTH = 0.8
ERROR_BAR: dict[str, Any] = {"ecolor": INK, "elinewidth": 1.2, "capsize": 3}


def draw_ladder(ladder: Ladder, *, ax: Axes | None = None) -> Axes:
    """Draw the staircase: what each rung is worth to people, beside its price, with the share it sells.

    The pale box holds the middle 80 % of people, the darker one the middle half; the dot is the mean with its interval,
    the thick step the price.
    """
    ax, crowded = new_axes(ax, size=_size_for(ladder)), _is_crowded(ladder)
    worth = _of_everybody(ladder.worth)
    sold = _of_everybody(ladder.table).iloc[:-1]
    places = np.arange(len(worth))
    pale, dark = worth["p90"] - worth["p10"], worth["p75"] - worth["p25"]
    ax.bar(places, pale, BOX, bottom=worth["p10"], color=COLOURS[4], alpha=0.35, label="middle 80% of people")
    ax.bar(places, dark, BOX, bottom=worth["p25"], color=COLOURS[4], label="middle half")
    _draw_mean(ax, places, worth)
    prices = worth["price"].to_numpy()
    ax.stairs(prices, np.arange(len(prices) + 1) - 0.5, baseline=None, color=QUIET, linewidth=1)
    ax.hlines(prices, places - 0.5, places + 0.5, color=INK, linewidth=3, label="price", zorder=4)
    for place, price in zip(places, prices, strict=True):
        ax.annotate(
            write_number(price, "money"), (place - 0.48, price), (0, 4), textcoords="offset points", ha="left",
            fontsize=8.5, color=INK, fontweight="bold",
        )  # fmt: skip
    ax.set_xticks(places, [_label_sold(row, crowded=crowded) for row in sold.to_dict("records")])
    ax.set_xlim(-0.6, len(worth) - 0.4)
    ax.grid(False, axis="x")
    ax.set_ylabel(label_unit("worth and price per unit", "money"))
    write_ticks(ax.yaxis, "money")
    # Room above, so that the legend does not cover the top rung.
    top = max(float(worth["p90"].max()), float(worth["price"].max()))
    ax.set_ylim(min(0.0, float(worth["p10"].min()) * 1.05), top * 1.28)
    ax.legend(loc="upper left", fontsize=8, frameon=False, ncols=2, columnspacing=1.2, handlelength=1.4)
    return ax


def draw_ladder_shares(ladder: Ladder, *, ax: Axes | None = None) -> Axes:
    """Draw the share of people that takes each rung, and that buys none, with intervals; by group if there are any."""
    ax = new_axes(ax, size=_size_for(ladder))
    table = ladder.table
    groups = ladder.people.group_names
    names = list(_of_everybody(table)["rung"])
    width = 0.8 / len(groups)
    for number, group in enumerate(groups):
        rows = table[table["group"] == group]
        places = np.arange(len(names)) + (number - (len(groups) - 1) / 2) * width
        colour = INK if group == EVERYBODY and len(groups) > 1 else COLOURS[(number - (len(groups) > 1)) % len(COLOURS)]
        ax.bar(
            places, rows["share"], width * 0.92, yerr=_whiskers(rows["share"], rows["low"], rows["high"]),
            color=colour, alpha=0.75, hatch=HATCHES[number % len(HATCHES)], edgecolor="white", label=shorten(group),
            error_kw=ERROR_BAR,
        )  # fmt: skip
    ax.set_xticks(np.arange(len(names)), [_wrap("buys none" if name == NOBODY else name) for name in names])
    ax.grid(False, axis="x")
    ax.set_ylabel("share of people in the market")
    write_ticks(ax.yaxis, "share")
    ax.set_ylim(0, max(0.05, _tallest(table) * 1.08))
    if len(groups) > 1:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False, ncols=min(4, len(groups)))
    return ax


def draw_switching(ladder: Ladder, *, change: float = 0.1, ax: Axes | None = None) -> Axes:
    """Draw, for each rung whose price changes by `change`, which share of people it loses to (or wins from) whom."""
    ax = new_axes(ax, size=_size_for(ladder))
    moves = ladder.switching(change)
    there = "to" if change > 0 else "from"
    names = [*ladder.people.rungs, NOBODY]
    width = 0.8 / max(1, len(names) - 1)
    for position, other in enumerate(names):
        rows = moves[moves[there] == other]
        if rows.empty:
            continue
        # The bars of a rung stand side by side in the order of the ladder, without a gap for the rung itself.
        places = np.array([names.index(rung) for rung in rows["rung"]], dtype=float)
        places += (np.array([position - (position > place) for place in places]) - (len(names) - 2) / 2) * width
        ax.bar(
            places, rows["share"], width * 0.9, yerr=_whiskers(rows["share"], rows["low"], rows["high"]),
            color=QUIET if other == NOBODY else COLOURS[position % len(COLOURS)],
            hatch=HATCHES[position % len(HATCHES)], edgecolor="white", error_kw=ERROR_BAR,
            label="buying none" if other == NOBODY else shorten(other),
        )  # fmt: skip
    prices = moves.groupby("rung", sort=False)[["price", "new_price"]].first()
    arrow = "\n→ " if _is_crowded(ladder) else " → "
    labels = [
        f"{_wrap(rung)}\n{write_number(row['price'], 'money')}{arrow}{write_number(row['new_price'], 'money')}"
        for rung, row in prices.iterrows()
    ]
    ax.set_xticks(np.arange(len(labels)), labels)
    ax.grid(False, axis="x")
    ax.set_ylabel("share of people who move")
    write_ticks(ax.yaxis, "share")
    ax.set_ylim(0, max(0.01, float(np.nanmax(moves[["share", "high"]].to_numpy())) * 1.12))
    title = "one price up; people move to" if change > 0 else "one price down; people come from"
    ax.legend(
        title=title, title_fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False,
        ncols=min(4, len(names)),
    )  # fmt: skip
    return ax


def draw_rules(check: LadderCheck, *, ax: Axes | None = None) -> Axes:
    """Draw the rule board: a row per rung, a column per rule, with mark, colour, verdict and the number behind it."""
    board = check.board
    ax = new_axes(ax, size=(8.4, 1.1 + 0.95 * len(board)))
    for row, rung in enumerate(board.index):
        for column, rule in enumerate(board.columns):
            if rung != WHOLE_LADDER or isinstance(board.loc[rung, rule], str):
                _draw_cell(ax, column, row, board.loc[rung, rule], _explain(check, rung, rule))
    ax.set_xlim(-0.5, len(board.columns) - 0.5)
    ax.set_ylim(len(board) - 0.5, -0.5)
    ax.set_xticks(range(len(board.columns)), [f"{rule} {RULE_TITLES[rule]}" for rule in board.columns])
    ax.set_yticks(range(len(board)), [_wrap(rung) for rung in board.index])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _draw_cell(ax: Axes, column: int, row: int, verdict: str | float | None, words: str) -> None:
    corner = (column - 0.48, row - 0.46)
    if not isinstance(verdict, str):
        ax.add_patch(Rectangle(corner, 0.96, 0.92, facecolor="white", edgecolor=QUIET, linestyle=":"))
        ax.text(column, row, "not tested", ha="center", va="center", fontsize=8, color=QUIET)
        return
    mark, colour = VERDICT_MARKS[verdict]
    ax.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=colour, alpha=0.25, edgecolor=colour))
    ax.text(column, row - 0.2, f"{mark} {verdict}", ha="center", va="center", fontsize=10, fontweight="bold", color=INK)
    ax.text(column, row + 0.18, words, ha="center", va="center", fontsize=7.5, color=INK)


def _explain(check: LadderCheck, rung: str, rule: int) -> str:
    """Say in at most three short lines what stands behind a cell: the numbers of its worst test."""
    tests = check.table[(check.table["rung"] == rung) & (check.table["rule"] == rule)]
    if tests.empty:
        return ""
    worst = tests.iloc[int(np.argmax([("pass", "cannot tell", "fail").index(verdict) for verdict in tests["verdict"]]))]
    lines = []
    if worst["group"] != EVERYBODY:
        lines.append(f"for {shorten(worst['group'], 24)}")
    if np.isfinite(worst["low"]):
        lines += [write_number(worst["value"], worst["unit"]), f"({write_range(worst['low'], worst['high'], 'money')})"]
    else:
        lines += textwrap.wrap(shorten(worst["reason"], 200), 30, max_lines=3, placeholder=" …")
    return "\n".join(lines)


def _draw_mean(ax: Axes, places: np.ndarray, worth: pd.DataFrame) -> None:
    ax.errorbar(
        places, worth["mean"], yerr=_whiskers(worth["mean"], worth["low"], worth["high"]), fmt="o", color=COLOURS[0],
        markersize=6, label="mean, with interval", zorder=5, **ERROR_BAR,
    )  # fmt: skip


def _label_sold(row: dict[str, object], *, crowded: bool) -> str:
    share, low, high = (float(str(row[name])) for name in ("share", "low", "high"))
    bounds = f"\n({write_range(low, high, 'share')})" if np.isfinite(low) else ""
    label = f"{_wrap(str(row['rung']))}\nsold to {write_number(share, 'share')}{bounds}"
    return label.replace(" to ", " to\n") if crowded else label


def _is_crowded(ladder: Ladder) -> bool:
    return len(ladder.people.rungs) > MOST_UNCROWDED


def _size_for(ladder: Ladder) -> tuple[float, float]:
    """Widen the figure for a ladder of many rungs."""
    width, height = DEFAULT_SIZE
    return width + RUNG_WIDTH * max(0, len(ladder.people.rungs) - MOST_UNCROWDED), height


def _of_everybody(table: pd.DataFrame) -> pd.DataFrame:
    chosen = table[table["group"] == EVERYBODY]
    return chosen.reset_index(drop=True)


def _whiskers(value: pd.Series, low: pd.Series, high: pd.Series) -> np.ndarray:
    """Lengths of an error bar below and above; none where there is no interval."""
    below, above = (value - low).to_numpy(dtype=float), (high - value).to_numpy(dtype=float)
    return np.nan_to_num(np.maximum(np.vstack([below, above]), 0.0))


def _tallest(table: pd.DataFrame) -> float:
    return float(np.nanmax(table[["share", "high"]].to_numpy(dtype=float)))


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(shorten(text, 34), 18)) or text
