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
# Of the rule board: characters in a line of a cell, most lines that hold a group's name, and inches of a row.
CELL_WIDTH, NAME_LINES = 32, 3
ROW_HEIGHT, LINE_HEIGHT = 0.5, 0.14
MOST_UNCROWDED = 4
RUNG_WIDTH = 0.8
NEARLY = 1e-9
ERROR_BAR: dict[str, Any] = {"ecolor": INK, "elinewidth": 1.2, "capsize": 3}


def draw_ladder(ladder: Ladder, *, ax: Axes | None = None) -> Axes:
    """Draw the staircase: what each rung is worth to people, beside its price, with the share it sells.

    The pale box holds the middle 80 % of people, the darker one the middle half; the dot is the mean with its interval,
    the thick step the price.
    """
    ax, crowded = new_axes(ax, size=_size_for(ladder)), _is_crowded(ladder)
    worth = _of_everybody(ladder.worth)
    if not _has_numbers(ladder):
        return _say_too_few(ax, ladder)
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
    if not _has_numbers(ladder):
        return _say_too_few(ax, ladder)
    # Groups too small for a number have no bars, and so no place.
    table = ladder.table.dropna(subset="share")
    groups = list(dict.fromkeys(table["group"]))
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
    """Draw, for each rung whose price changes by `change`, which share of people it loses to (or wins from) whom.

    A group of bars is one rung whose price changes, and each bar is where its buyers go (or come from).
    """
    ax = new_axes(ax, size=_size_for(ladder))
    if not _has_numbers(ladder):
        return _say_too_few(ax, ladder)
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
    whole = abs(100 * change - round(100 * change)) < NEARLY
    by = write_number(abs(change), "share", decimals=0 if whole else None)
    title = f"each group of bars: this rung made {by} cheaper\neach bar: people who then come to it from"
    if change > 0:
        title = f"each group of bars: this rung made {by} dearer\neach bar: its buyers who then move to"
    ax.legend(
        title=title, title_fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False,
        ncols=min(4, len(names)),
    )  # fmt: skip
    return ax


def draw_rules(check: LadderCheck, *, ax: Axes | None = None) -> Axes:
    """Draw the rule board: a row per rung, a column per rule, with mark, colour, verdict and the number behind it."""
    board = check.board
    words = {(rung, rule): _explain(check, rung, rule) for rung in board.index for rule in board.columns}
    # A row is as high as its longest cell needs, so that no words are cut.
    lines = [max(words[rung, rule].count("\n") + 1 for rule in board.columns) for rung in board.index]
    heights = np.array([ROW_HEIGHT + LINE_HEIGHT * number for number in lines])
    tops = np.concatenate([[0.0], np.cumsum(heights)])
    ax = new_axes(ax, size=(8.4, 0.9 + tops[-1]))
    for row, rung in enumerate(board.index):
        for column, rule in enumerate(board.columns):
            if rung != WHOLE_LADDER or isinstance(board.loc[rung, rule], str):
                _draw_cell(ax, column, (tops[row], heights[row]), board.loc[rung, rule], words[rung, rule])
    ax.set_xlim(-0.5, len(board.columns) - 0.5)
    ax.set_ylim(tops[-1], 0.0)
    ax.set_xticks(range(len(board.columns)), [f"{rule} {RULE_TITLES[rule]}" for rule in board.columns])
    ax.set_yticks(tops[:-1] + heights / 2, [_wrap(rung) for rung in board.index])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _draw_cell(ax: Axes, column: int, place: tuple[float, float], verdict: str | float | None, words: str) -> None:
    """Draw one cell; `place` is the top and the height of its row in inches."""
    top, height = place
    corner, size = (column - 0.48, top + 0.04), (0.96, height - 0.08)
    if not isinstance(verdict, str):
        ax.add_patch(Rectangle(corner, *size, facecolor="white", edgecolor=QUIET, linestyle=":"))
        ax.text(column, top + height / 2, "not tested", ha="center", va="center", fontsize=8, color=QUIET)
        return
    mark, colour = VERDICT_MARKS[verdict]
    ax.add_patch(Rectangle(corner, *size, facecolor=colour, alpha=0.25, edgecolor=colour))
    ax.text(
        column, top + ROW_HEIGHT / 2, f"{mark} {verdict}", ha="center", va="center", fontsize=10, fontweight="bold",
        color=INK,
    )  # fmt: skip
    middle = top + (height + ROW_HEIGHT) / 2 - LINE_HEIGHT / 2
    ax.text(column, middle, words, ha="center", va="center", fontsize=7.5, color=INK)


def _explain(check: LadderCheck, rung: str, rule: int) -> str:
    """Say in short lines what stands behind a cell: the numbers of its worst test, or its reason."""
    tests = check.table[(check.table["rung"] == rung) & (check.table["rule"] == rule)]
    if tests.empty:
        return ""
    worst = tests.iloc[int(np.argmax([("pass", "cannot tell", "fail").index(verdict) for verdict in tests["verdict"]]))]
    lines = []
    if worst["group"] != EVERYBODY:
        lines += textwrap.wrap(f"for {shorten(worst['group'], CELL_WIDTH * NAME_LINES)}", CELL_WIDTH)
    if np.isfinite(worst["low"]):
        bounds = write_range(worst["low"], worst["high"], worst["unit"])
        lines += [write_number(worst["value"], worst["unit"]), f"({bounds})"]
    else:
        lines += textwrap.wrap(worst["reason"].replace("$", r"\$"), CELL_WIDTH)
    return "\n".join(lines)


def _has_numbers(ladder: Ladder) -> bool:
    return bool(np.isfinite(_of_everybody(ladder.table)["share"]).all())


def _say_too_few(ax: Axes, ladder: Ladder) -> Axes:
    """Write in the picture why it is empty."""
    people = write_number(ladder.people.n, "count")
    ax.text(0.5, 0.5, f"not enough people: {people} asked", ha="center", va="center", transform=ax.transAxes, color=INK)
    ax.set_axis_off()
    return ax


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
