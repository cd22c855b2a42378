"""Pictures of pricing: demand, the best price, and what words say against what deeds do."""

from __future__ import annotations

import math
from collections.abc import Collection
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cvlab.analyses.willingness_to_pay import BestPrice, ComparedPrices, Demand, StatedRevealed
from cvlab.analyses.willingness_to_pay.pricing.curve import ORIGINS, UNITS
from cvlab.analyses.willingness_to_pay.pricing.words import write_apart
from cvlab.errors import DataError
from cvlab.figures.style import (
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
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

    Where both sides have an elasticity, the two stand below; where nothing can be learned about the factor, they are
    the picture.
    """
    slopes = result.elasticities.iloc[:2]
    if result.by_price.empty and slopes[["estimate", "low", "high"]].notna().all(axis=None):
        return _draw_slopes(result, ax)
    rows = [
        (str(row["source"]), row["estimate"], row["low"], row["high"], number == 2)
        for number, row in enumerate(result.table.to_dict("records"))
    ]
    rows += [
        (f"at {write_number(row['price'], 'money')} asked", row["factor"], row["low"], row["high"], False)
        for row in _pick(result.by_price, 7).to_dict("records")
    ]
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.8 + 0.42 * len(rows)))
    ax.axvline(1, color=QUIET, linewidth=1.2)
    _draw_dots(ax, [(*row, "{} ({})".format(*write_apart(*row[1:4]))) for row in rows], [1.0])
    ax.set_xlabel("stated worth per real worth (1: people do as they say)")
    told = [
        f"{row['what']}: {write_number(row['estimate'])} ({write_range(row['low'], row['high'])})"
        for row in slopes.to_dict("records")
        if math.isfinite(row["estimate"])
    ]
    if told:
        _write_below(ax, f"Elasticity {'; '.join(told)}.")
    return ax


def draw_compared_prices(result: ComparedPrices, *, ax: Axes | None = None) -> Axes:
    """Draw the best price by words alone and by deeds with their intervals, and what following the words would cost.

    Prices that lie beyond the observed ones are drawn hollow.
    """
    if not result.headline.answered and not math.isfinite(result.table["price"].iloc[1]):
        return say_instead(new_axes(ax), str(result.headline))
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 2.9))
    rows = []
    for row in result.table.to_dict("records"):
        text = f"{write_number(row['price'], 'money')} ({write_range(row['low'], row['high'], 'money')})"
        if row["extrapolated"]:
            text += ", extrapolated"
        # Where dearer is always better there is nothing to draw.
        rows.append((str(row["source"]), row["price"], row["low"], row["high"], not row["extrapolated"], text))
    hollow = np.flatnonzero(result.table["extrapolated"])
    _draw_dots(ax, rows, [], missing="dearer is always better", hollow=hollow.tolist())
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("best price", "money"))
    kept = result.table.iloc[0]
    if math.isfinite(kept["kept"]):
        interval = write_range(kept["kept_low"], kept["kept_high"], "share")
        _write_below(
            ax,
            f"At the price by words {write_number(kept['kept'], 'share')} ({interval}) is left of the profit before "
            "fixed cost that the price by deeds earns.",
        )
    return ax


def _draw_slopes(result: StatedRevealed, ax: Axes | None) -> Axes:
    """Draw how sensitive to the price people are, as they say and as they do."""
    sold = result.revealed is not None and result.revealed.unit == UNITS
    names = ("as said", "as sold" if sold else "as done")
    rows = [
        (
            name,
            row["estimate"],
            row["low"],
            row["high"],
            name != "as said",
            f"{write_number(row['estimate'])} ({write_range(row['low'], row['high'])})",
        )
        for name, row in zip(names, result.elasticities.iloc[:2].to_dict("records"), strict=True)
    ]
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 2.9))
    ax.axvline(-1, color=QUIET, linewidth=1.2)
    _draw_dots(ax, rows, [-1.0])
    write_ticks(ax.xaxis, "number")
    ax.set_xlabel("elasticity: % of the quantity for 1% more price (further left: more sensitive)")
    ratio = result.elasticities.iloc[2]
    prior = result.table.iloc[-1]
    _write_below(
        ax,
        f"Ratio {write_number(ratio['estimate'])} ({write_range(ratio['low'], ratio['high'])}). The factor of stated "
        f"on real worth is that of other studies: {write_number(prior['estimate'])} "
        f"({write_range(prior['low'], prior['high'])}).",
    )
    return ax


def _draw_dots(
    ax: Axes,
    rows: list[tuple[str, float, float, float, bool, str]],
    marks: list[float],
    *,
    missing: str = "no data",
    hollow: Collection[int] = (),
) -> None:
    """Draw a dot with its interval per row: name, value, low, high, whether it counts most, and what is written."""
    ax.grid(visible=False, axis="y")
    known = [end for _, value, low, high, _, _ in rows if math.isfinite(value) for end in (value, low, high)]
    ends = [end for end in [*known, *marks] if math.isfinite(end)]
    room = max(0.08 * (max(ends) - min(ends)), 1e-9)
    left, right = min(ends) - room, max(ends) + room
    for position, (_, value, low, high, strong, text) in enumerate(rows):
        if not math.isfinite(value):
            ax.text((left + right) / 2, -position, missing, va="center", ha="center", fontsize=9, color=INK)
            continue
        colour = INK if strong else COLOURS[0] if position < 3 else QUIET
        far = min(high, right) if math.isfinite(high) else right
        ax.plot([low, far], [-position] * 2, color=colour, linewidth=2.6 if strong else 1.8, solid_capstyle="butt")
        dot = ax.plot([value], [-position], "D" if strong else "o", color=colour, markersize=7 if strong else 5)[0]
        if position in hollow:
            dot.set(markerfacecolor="white", markersize=7)
        # Intervals are wide: what is written stands above the point, leaning inwards near an edge.
        where = (value - left) / (right - left)
        ax.annotate(
            text.replace("$", r"\$"),
            (value, -position),
            xytext=(0, 6),
            textcoords="offset points",
            ha="left" if where < 0.2 else "right" if where > 0.8 else "center",
            fontsize=8,
            color=INK,
        )
    ax.set_yticks([-position for position in range(len(rows))], [shorten(row[0]) for row in rows])
    ax.set_ylim(-len(rows) + 0.4, 0.8)
    ax.set_xlim(left, right)


def _name_evidence(demand: Demand) -> str:
    return f"{ORIGINS[demand.basis.evidence]}: {demand.basis.method.split(',')[0]}"


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
