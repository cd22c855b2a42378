"""Pictures of pricing: demand, the best price, stated against revealed, and what a price decision rests on."""

from __future__ import annotations

import math
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.willingness_to_pay import (
    BestPrice,
    Concessions,
    Demand,
    PriceChange,
    PriceRange,
    StatedRevealed,
)
from cvlab.errors import DataError
from cvlab.figures.style import (
    BAD,
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
    GOOD,
    GRID,
    HATCHES,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range

_DASHED = (0, (4, 2))
_LINE = 95  # characters in a line of small text


def draw_demand(result: Demand, *, beside: Demand | None = None, ax: Axes | None = None) -> Axes:
    """Draw the quantity at each price with its band, the asked prices marked; a second demand beside the first.

    Where the two count different things, both are drawn as a percentage of what they are in the middle of the prices
    that both know.

    Raises
    ------
    DataError : the two demands know no price in common, so they cannot be drawn on one scale.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from cvlab.analyses.willingness_to_pay import estimate_demand
    >>> worth = pd.DataFrame({"respondent_id": range(40), "amount": np.linspace(5.0, 45.0, 40)})
    >>> draw_demand(estimate_demand(worth)).get_xlabel()
    'price (EUR)'
    >>> plt.close("all")
    """
    ax = new_axes(ax)
    if not result.enough:
        return say_instead(ax, str(result.headline))
    shown = [each for each in (result, beside) if each is not None and each.enough]
    scales, label = [1.0] * len(shown), result.unit
    if len({each.unit for each in shown}) > 1:
        scales, middle = _share_scale(shown)
        label = f"quantity, in % of that at {write_number(middle, 'money')}"
    looks = ((COLOURS[0], "solid", "o", 0), (COLOURS[5], _DASHED, "s", 2))
    for demand, scale, (colour, dashes, marker, hatch) in zip(shown, scales, looks, strict=False):
        curve = demand.curve
        band = ax.fill_between(
            curve["price"], scale * curve["low"], scale * curve["high"], color=colour, alpha=BAND_ALPHA, linewidth=0
        )
        if hatch:
            band.set(hatch=HATCHES[hatch], edgecolor=colour)
        name = shorten(f"{_name_evidence(demand)} (n = {write_number(demand.basis.n, 'count')})", 80)
        ax.plot(curve["price"], scale * curve["quantity"], color=colour, linestyle=dashes, label=name)
        if len(demand.table) < len(curve) or demand.basis.discrete:
            marked = curve[np.isin(curve["price"], demand.prices_asked.round(10))]
            if len(marked) <= 2 * len(demand.table):
                ax.plot(marked["price"], scale * marked["quantity"], marker, color=colour, markersize=5)
    ax.set_ylim(0, None)
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "number")
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel(label)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    return ax


def draw_best_price(result: BestPrice, *, ax: Axes | None = None) -> Axes:
    """Draw profit and revenue along the price with bands, the best price with its interval, the band around it, today.

    Where the best price is the lowest or highest observed one, an arrow says that nothing is known beyond.
    """
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], DEFAULT_SIZE[1] + 0.9))
    if not result.headline.answered:
        return say_instead(ax, str(result.headline))
    curve, points = result.curve, result.table.set_index("point")
    style = "o" if result.discrete and len(curve) <= 30 else ""
    for what, colour, dashes in (("revenue", COLOURS[4], _DASHED), ("profit", COLOURS[0], "solid")):
        ax.fill_between(
            curve["price"], curve[f"{what}_low"], curve[f"{what}_high"], color=colour, alpha=BAND_ALPHA, linewidth=0
        )
        ax.plot(curve["price"], curve[what], marker=style, markersize=4, color=colour, linestyle=dashes, label=what)
    best = points.loc["highest profit"]
    height = float(best["profit"])
    if math.isfinite(result.band_low):
        band = f"loses less than 5%: {write_range(result.band_low, result.band_high, 'money')}"
        ax.axvspan(result.band_low, result.band_high, color=GRID, alpha=0.7, zorder=0, label=shorten(band, 60))
    text = f"best price {write_number(best['price'], 'money')} ({write_range(best['low'], best['high'], 'money')})"
    ax.plot([best["low"], best["high"]], [height, height], color=INK, linewidth=2, solid_capstyle="butt")
    ax.plot([best["price"]], [height], "o", color=INK, markersize=7, label=shorten(text, 60))
    if result.price_now is not None and math.isfinite(points.loc["price now", "profit"]):
        now = f"price now {write_number(result.price_now, 'money')}"
        ax.axvline(result.price_now, color=INK, linestyle=(0, (1, 2)), linewidth=1.2, label=now)
    if result.at_edge:
        rightwards = result.at_edge == "highest"
        ax.annotate(
            "at the edge:\nnothing is known beyond",
            (best["price"], height),
            xytext=(-14 if rightwards else 14, 22),
            textcoords="offset points",
            ha="right" if rightwards else "left",
            fontsize=8,
            color=INK,
            arrowprops={"arrowstyle": "->", "color": INK},
        )
    bottom = min(0.0, float(curve["profit_low"].min()))
    # Losses far below what can be earned would squeeze the rest.
    ax.set_ylim(max(bottom, -0.5 * max(float(curve["revenue_high"].max()), 1e-9)), None)
    ax.axhline(0, color=QUIET, linewidth=0.8)
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "money")
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel(shorten(f"{label_unit('money', 'money')} from {result.market}", 60))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    return ax


def draw_stated_revealed(result: StatedRevealed, *, ax: Axes | None = None) -> Axes:
    """Draw the factor of stated on real worth: prior, data, posterior, and what each asked price says, with intervals.

    Where both sides have an elasticity, the two stand below.
    """
    rows = [
        (str(row["source"]), row["estimate"], row["low"], row["high"], number == 2)
        for number, row in enumerate(result.table.to_dict("records"))
    ]
    rows += [
        (f"at {write_number(row['price'], 'money')} asked", row["factor"], row["low"], row["high"], False)
        for row in _pick(result.by_price, 7).to_dict("records")
    ]
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.8 + 0.42 * len(rows)))
    ax.grid(visible=False, axis="y")
    ax.axvline(1, color=QUIET, linewidth=1.2)
    for position, (_, value, low, high, strong) in enumerate(rows):
        colour = INK if strong else COLOURS[0] if position < 3 else QUIET
        if not math.isfinite(value):
            ax.text(1.02, -position, "no data", va="center", fontsize=9, color=INK)
            continue
        ax.plot([low, high], [-position] * 2, color=colour, linewidth=2.6 if strong else 1.8, solid_capstyle="butt")
        ax.plot([value], [-position], "D" if strong else "o", color=colour, markersize=7 if strong else 5)
        # Prior intervals are wide: what is written stands above the point.
        text = f"{write_number(value, 'ratio')} ({write_range(low, high, 'ratio')})"
        ax.annotate(
            text, (value, -position), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8, color=INK
        )
    ax.set_yticks([-position for position in range(len(rows))], [shorten(row[0]) for row in rows])
    ax.set_ylim(-len(rows) + 0.4, 0.8)
    ends = [end for _, value, low, high, _ in rows if math.isfinite(value) for end in (low, high, 1.0)]
    room = 0.08 * (max(ends) - min(ends))
    ax.set_xlim(min(ends) - room, max(ends) + room)
    ax.set_xlabel("stated worth per real worth (1: people do as they say)")
    by_name = result.elasticities.set_index("what")
    told = [
        f"{name}: {write_number(row['estimate'])} ({write_range(row['low'], row['high'])})"
        for name, row in by_name.iloc[:2].iterrows()
        if math.isfinite(row["estimate"])
    ]
    if told:
        _write_below(ax, f"Elasticity {'; '.join(told)}.")
    return ax


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


def _name_evidence(demand: Demand) -> str:
    source = {
        "stated": "as stated",
        "sales": "sales",
        "experiment": "sales in an experiment",
        "amounts": "amounts people would pay",
        "calibrated": "stated, calibrated",
    }[demand.basis.evidence]
    return f"{source}: {demand.basis.method.split(',')[0]}"


def _share_scale(shown: list[Demand]) -> tuple[list[float], float]:
    """Return by what to multiply each demand so that it is 100 at one price that all of them know, and that price."""
    low = max(each.observed_range[0] for each in shown)
    high = min(each.observed_range[1] for each in shown)
    if low > high:
        raise DataError(
            f"the demands count {' and '.join(each.unit for each in shown)} and know no price in common: draw each "
            "by itself"
        )
    middle = (low + high) / 2
    return [100 / max(float(each.at(np.array([middle]))[0][0]), 1e-12) for each in shown], middle


def _pick(table: pd.DataFrame, most: int) -> pd.DataFrame:
    if len(table) <= most:
        return table
    return table.iloc[np.linspace(0, len(table) - 1, most).round().astype(int)]


def _write_below(ax: Axes, text: str) -> None:
    ax.annotate(
        "\n".join(wrap(text, _LINE)).replace("$", r"\$"),
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -42),
        textcoords="offset points",
        va="top",
        fontsize=8,
        color=INK,
    )


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
