"""Picture of contingent valuation: how acceptance falls with the price, as fitted and as answered."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay import ContingentValuation
from cvlab.figures.style import (
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
    INK,
    QUIET,
    new_axes,
    say_instead,
    shorten,
    write_ticks,
)
from cvlab.units import label_unit, write_number, write_range

_FINE = 200  # prices along the curve
_BEYOND = 1.06  # the axis ends this far beyond the largest bid


def draw_valuation(result: ContingentValuation, *, ax: Axes | None = None) -> Axes:
    """Draw the fitted acceptance with its band, what the answers show without a distribution, and the median.

    The steps (Turnbull) say how many would pay at least that much; the points are the shares of yes to the first
    question, with their intervals; the median stands on the line of one half, with its interval.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from cvlab.analyses.willingness_to_pay import estimate_contingent_valuation
    >>> said = [*["yes"] * 18, *["no"] * 2, *["yes"] * 10, *["no"] * 10, *["yes"] * 2, *["no"] * 18]
    >>> asked = pd.DataFrame({"bid": [5] * 20 + [10] * 20 + [20] * 20, "answer": said})
    >>> draw_valuation(estimate_contingent_valuation(asked)).get_xlabel()
    'price (EUR)'
    >>> plt.close("all")
    """
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], DEFAULT_SIZE[1] + 0.4))
    if not result.headline.answered:
        return say_instead(ax, str(result.headline))
    largest = float(result.prices_asked[-1])
    right = _BEYOND * largest
    prices = np.linspace(0, right, _FINE)
    share, draws = result.demand_at(prices)
    low, high = percentile_interval(draws, level=result.level)
    ax.fill_between(prices, low, high, color=COLOURS[0], alpha=BAND_ALPHA, linewidth=0)
    ax.plot(prices, share, color=COLOURS[0], label=f"{result.distribution}, {100 * result.level:.6g}% band")
    steps = result.turnbull.table
    corners = np.append(0.0, steps["price"])
    sure, possible = (np.append(1.0, steps[bound]) for bound in ("low", "high"))
    ax.fill_between(corners, sure, possible, step="pre", color=COLOURS[5], alpha=BAND_ALPHA / 2, linewidth=0)
    ax.step(
        corners,
        np.append(1.0, steps["share"]),
        where="pre",
        color=COLOURS[5],
        linestyle=(0, (4, 2)),
        label="at least so many (Turnbull), with band",
    )
    observed = result.observed
    ax.vlines(observed["bid"], observed["low"], observed["high"], color=QUIET, linewidth=1.4)
    ax.plot(
        observed["bid"],
        observed["share"],
        marker="o",
        markerfacecolor="white",
        color=INK,
        linestyle="none",
        clip_on=False,
        label="yes to the first question, with interval",
    )
    _mark_median(ax, result, right)
    ax.set_xlim(0, right)
    ax.set_ylim(0, 1.03)
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "share")
    ax.set_xlabel(label_unit("price", "money"))
    ax.set_ylabel("share of people who would pay it")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9, borderaxespad=0.2)
    return ax


def _mark_median(ax: Axes, result: ContingentValuation, right: float) -> None:
    """Mark the median on the line of one half, as far as it lies in sight, and name it with its interval."""
    median = result.headline
    written = f"median {write_number(median.value, 'money')} ({write_range(median.low, median.high, 'money')})"
    ax.axhline(0.5, color=QUIET, linewidth=0.8, linestyle=":")
    ax.plot([median.low, min(2 * right, median.high)], [0.5, 0.5], color=INK, linewidth=2.4, solid_capstyle="butt")
    ax.plot([median.value], [0.5], marker="D", color=INK, linewidth=2.4, markersize=6, label=shorten(written, 60))
