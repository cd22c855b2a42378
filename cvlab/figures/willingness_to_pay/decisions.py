"""Pictures of price decisions: the range to negotiate in, what a change of price may cost, and what concessions do."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from cvlab.analyses.willingness_to_pay import Concessions, PriceChange, PriceRange
from cvlab.figures.style import (
    BAD,
    COLOURS,
    DEFAULT_SIZE,
    GOOD,
    HATCHES,
    INK,
    QUIET,
    new_axes,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range


def draw_price_range(result: PriceRange, *, ax: Axes | None = None) -> Axes:
    """Draw a bar from the floor to the ceiling, with parity, the reference price and today's price as marks."""
    table = result.table.dropna(subset="price").set_index("point")
    marks = table.drop(index=["floor", "ceiling"], errors="ignore")
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.9 + 0.45 * len(table)))
    ax.grid(visible=False, axis="y")
    floor = float(table.loc["floor", "price"])
    if "ceiling" in table.index:
        ceiling = float(table.loc["ceiling", "price"])
        deal = ceiling >= floor
        ax.axvspan(
            min(floor, ceiling),
            max(floor, ceiling),
            facecolor=GOOD if deal else "white",
            edgecolor=GOOD if deal else BAD,
            alpha=0.25 if deal else 0.6,
            hatch=None if deal else HATCHES[1],
            zorder=0,
        )
        if not deal:
            ax.set_title("no deal: the ceiling lies below the floor", fontsize=9, color=INK, loc="left")
    order = ["ceiling", *[name for name in marks.index if name == "parity"], "price now", "reference price", "floor"]
    order = [name for name in order if name in table.index]
    markers = {"parity": "D", "price now": "o", "reference price": "s", "floor": "|", "ceiling": "|"}
    for position, name in enumerate(order):
        row = table.loc[name]
        ax.plot([row["low"], row["high"]], [-position] * 2, color=INK, linewidth=2, solid_capstyle="butt")
        ax.plot([row["price"]], [-position], markers[name], color=INK, markersize=12 if markers[name] == "|" else 7)
        text = write_number(row["price"], "money")
        if row["high"] > row["low"]:
            text += f" ({write_range(row['low'], row['high'], 'money')})"
        ax.annotate(
            text.replace("$", r"\$"),
            (row["price"], -position),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=INK,
        )
    ends = table[["low", "high"]].to_numpy()
    room = 0.12 * max(float(ends.max() - ends.min()), 1e-9)
    ax.set_xlim(float(ends.min()) - room, float(ends.max()) + room)
    ax.set_yticks([-position for position in range(len(order))], order)
    ax.set_ylim(-len(order) + 0.4, 0.9)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("price", "money"))
    return ax


def draw_price_change(result: PriceChange, *, ax: Axes | None = None) -> Axes:
    """Draw the expected volume change with its interval against the break-even: right of it the change pays."""
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 2.6))
    ax.grid(visible=False, axis="y")
    row = result.table.set_index("what").loc["expected volume change"]
    known = [float(each) for each in (row["low"], row["high"], row["estimate"]) if math.isfinite(each)]
    ends = [result.break_even, 0.0, *known]
    room = 0.18 * max(max(ends) - min(ends), 0.05)
    left, right = min(ends) - room, max(ends) + room
    ax.axvspan(result.break_even, right, facecolor=GOOD, alpha=0.2, zorder=0)
    ax.axvspan(left, result.break_even, facecolor="white", edgecolor=BAD, hatch=HATCHES[1], alpha=0.4, zorder=0)
    ax.axvline(result.break_even, color=INK, linewidth=1.8)
    ax.axvline(0, color=QUIET, linewidth=0.8)
    for end, text, align in ((left, "loses", "left"), (right, "pays", "right")):
        ax.annotate(
            text,
            (end, 0.55),
            xytext=(4 if align == "left" else -4, 0),
            textcoords="offset points",
            ha=align,
            fontsize=9,
        )
    ax.annotate(
        f"break-even {write_number(result.break_even, 'share')}",
        (result.break_even, -0.62),
        xytext=(5, 0),
        textcoords="offset points",
        fontsize=8,
        color=INK,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )
    if known:
        ax.plot([row["low"], row["high"]], [0, 0], color=COLOURS[0], linewidth=3, solid_capstyle="butt")
        ax.plot([row["estimate"]], [0], "o", color=COLOURS[0], markersize=8)
        text = f"expected {write_number(row['estimate'], 'share')}"
        if row["high"] > row["low"]:
            text += f" ({write_range(row['low'], row['high'], 'share')})"
        _write_at(ax, text, float(row["estimate"]), 0.18, left, right)
    else:
        ax.text((left + right) / 2, 0.1, "nothing is known about the demand", ha="center", fontsize=9, color=INK)
    ax.set_xlim(left, right)
    ax.set_ylim(-0.8, 0.8)
    ax.set_yticks([])
    write_ticks(ax.xaxis, "share")
    change = f"{write_number(result.price_now, 'money')} to {write_number(result.price_new, 'money')}"
    ax.set_xlabel(shorten(f"change of volume when the price goes from {change}", 90))
    return ax


def draw_concessions(result: Concessions, *, ax: Axes | None = None) -> Axes:
    """Draw what is got and given as steps of a waterfall, largest first, and the net with its interval below."""
    table = result.table.sort_values("amount", ascending=False, ignore_index=True)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.6 + 0.42 * (len(table) + 1)))
    ax.grid(visible=False, axis="y")
    ends = table["amount"].cumsum().to_numpy()
    starts = ends - table["amount"].to_numpy()
    net = result.totals.set_index("what").loc["net"]
    span = [0.0, *starts, *ends, net["low"], net["high"]]
    span += [
        value
        for row, start in zip(table.to_dict("records"), starts, strict=True)
        for value in (start + row["low"], start + row["high"])
    ]
    left, right = min(span), max(span)
    for position, (row, start, end) in enumerate(zip(table.to_dict("records"), starts, ends, strict=True)):
        got = row["side"] == "get"
        ax.barh(
            -position,
            row["amount"],
            left=start,
            color=GOOD if got else BAD,
            hatch=None if got else HATCHES[1],
            edgecolor=INK,
            linewidth=0.6,
            height=0.6,
            alpha=0.8,
        )
        ax.plot([start + row["low"], start + row["high"]], [-position] * 2, color=INK, linewidth=1.8)
        ax.plot([end, end], [-position - 1.3, -position + 0.3], color=QUIET, linewidth=0.8)
        furthest = max(start, end, start + row["high"], start + row["low"])
        _write_after(ax, write_number(row["amount"], "money"), furthest, -position)
    bottom = -len(table)
    ax.barh(bottom, net["amount"], color=COLOURS[0], edgecolor=INK, linewidth=0.6, height=0.6)
    ax.plot([net["low"], net["high"]], [bottom] * 2, color=INK, linewidth=2.4)
    written = f"{write_number(net['amount'], 'money')} ({write_range(net['low'], net['high'], 'money')})"
    _write_after(ax, written, max(0.0, net["high"], net["amount"]), bottom)
    names = [f"{'get' if row['side'] == 'get' else 'give'}: {row['item']}" for row in table.to_dict("records")]
    ax.set_yticks([-position for position in range(len(table) + 1)], [*(shorten(name, 34) for name in names), "net"])
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_xlim(left - 0.05 * (right - left), right + 0.42 * (right - left))
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("money per deal", "money"))
    return ax


def _write_after(ax: Axes, text: str, position: float, height: float) -> None:
    ax.annotate(
        text.replace("$", r"\$"),
        (position, height),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
    )


def _write_at(ax: Axes, text: str, position: float, height: float, left: float, right: float) -> None:
    """Write over a point, leaning inwards near an edge."""
    where = (position - left) / (right - left)
    ax.annotate(
        text.replace("$", r"\$"),
        (position, height),
        ha="left" if where < 0.25 else "right" if where > 0.75 else "center",
        fontsize=8,
        color=INK,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )
