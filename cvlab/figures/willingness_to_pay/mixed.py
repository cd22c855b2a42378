"""Pictures of tastes that differ: how willingness to pay is spread over people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy import stats

from cvlab.analyses.willingness_to_pay import MixedChoiceModel, MixedWillingnessToPay
from cvlab.figures.style import (
    BAND_ALPHA,
    COLOURS,
    DEFAULT_SIZE,
    HATCHES,
    INK,
    QUIET,
    new_axes,
    say_instead,
    write_ticks,
)
from cvlab.figures.willingness_to_pay.attributes import scale_steps
from cvlab.units import agree_decimals, label_unit, write_number

_HEIGHT = 0.72  # of the highest density, where rows are 1 apart
_POINTS = 256
_OUTER = 0.01  # share of people at either end who are not shown: a log-normal tail would squeeze everything else
_TOUCH = 0.0005  # a share smaller than this has no area that could be seen
_WIDEST = 8.0  # amounts farther out than this many times the middle half of the people are not shown


def draw_taste_distributions(result: MixedChoiceModel | MixedWillingnessToPay, *, ax: Axes | None = None) -> Axes:
    """Draw for each attribute that people value differently how many would pay how much, highest mean on top.

    The mean stands on the line with its interval, and on the right with the share of people who would pay less than
    nothing. A model is drawn with its default intervals; the outside option is left out.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from cvlab.analyses.common import Headline
    >>> table = pd.DataFrame({"attribute": ["speed"], "estimate": [2.0], "low": [1.5], "high": [2.5],
    ...                       "below_zero": [0.16], "below_zero_low": [0.1], "below_zero_high": [0.2]})
    >>> headline = Headline(key="demo.worth", label="worth", value=2, low=1, high=3, n=90, unit="money", sentence="")
    >>> people = pd.DataFrame({"speed": np.linspace(-1.5, 5.5, 101)})
    >>> worth = MixedWillingnessToPay(table=table, headline=headline, roles=("feature",), spans=((0, 1),),
    ...                               random=("speed",), population=people, level=0.95)
    >>> draw_taste_distributions(worth).get_xlabel()
    'willingness to pay (EUR)'
    >>> plt.close("all")
    """
    worth = result.willingness_to_pay() if isinstance(result, MixedChoiceModel) else result
    table = scale_steps(worth.table, worth.roles, worth.spans, ["estimate", "low", "high"])
    table = table[table["name"].isin(worth.random) & (table["role"] != "outside")]
    spread = {name: high - low for name, (low, high) in zip(worth.table["attribute"], worth.spans, strict=True)}
    population = worth.population * worth.population.columns.map(spread).to_numpy(dtype=float)
    table = table.sort_values("estimate", ignore_index=True)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0] + 0.6, 1.5 + 0.75 * max(len(table), 2)))
    if worth.population.empty:
        return say_instead(ax, str(worth.headline))
    if table.empty:
        return say_instead(ax, "Only staying out or the price differs between people, not what an attribute is worth.")
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=QUIET, linewidth=1)
    left, right = _find_range(population[list(table["name"])], table)
    decimals = agree_decimals(table["estimate"], "money")
    for position, row in table.iterrows():
        _draw_row(ax, float(str(position)), row, population[row["name"]].to_numpy(), left, right, decimals)
    labels = [label.replace(": ", ":\n", 1) for label in table["attribute"]]
    ax.set_yticks(range(len(table)), labels)
    ax.set_ylim(-0.3, len(table) - 1 + _HEIGHT + 0.2)
    ax.set_xlim(left, right)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("willingness to pay", "money"))
    ax.legend(
        handles=[
            Patch(facecolor=COLOURS[0], alpha=0.35, label="people who would pay"),
            Patch(facecolor="white", edgecolor=COLOURS[5], hatch=HATCHES[1], label="would pay less than nothing"),
            Line2D([], [], color=INK, marker="o", markersize=5, label=f"mean, {100 * worth.level:.6g}% interval"),
        ],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        frameon=False,
        fontsize=8,
        borderaxespad=0.2,
    )
    return ax


def _draw_row(
    ax: Axes, base: float, row: pd.Series, people: np.ndarray, left: float, right: float, decimals: int | None
) -> None:
    """Draw one attribute's density on its line, its mean with interval, and what they say in words."""
    grid = np.linspace(left, right, _POINTS)
    inside = people[(people >= left) & (people <= right)]
    if len(inside) > 1 and np.ptp(inside) > 0:
        density = stats.gaussian_kde(inside)(grid)
        # Nobody is on the other side of nothing where the distribution does not reach there.
        for side, share in ((grid < 0, row["below_zero"]), (grid > 0, 1 - row["below_zero"])):
            density[side & (share < _TOUCH)] = 0.0
        height = base + _HEIGHT * density / density.max()
        ax.fill_between(grid, base, height, where=grid >= 0, color=COLOURS[0], alpha=0.35, linewidth=0)
        ax.fill_between(
            grid, base, height, where=grid <= 0, facecolor="white", edgecolor=COLOURS[5], hatch=HATCHES[1], linewidth=0
        )
        ax.plot(grid, height, color=INK, linewidth=0.8)
    ax.axhline(base, color=QUIET, linewidth=0.6, zorder=0, alpha=BAND_ALPHA * 4)
    ax.hlines([base], row["low"], row["high"], color=INK, linewidth=2.2)
    ax.plot([row["estimate"]], [base], marker="o", color=INK, markersize=5)
    ax.annotate(
        _write_beside(row, decimals).replace("$", r"\$"),
        (1, base + _HEIGHT / 2),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
        annotation_clip=False,
    )


def _write_beside(row: pd.Series, decimals: int | None) -> str:
    """Write the mean, and the share below nothing with its interval where there is one to speak of."""
    share, low, high = (
        write_number(row[column], "share", decimals=0) for column in ("below_zero", "below_zero_low", "below_zero_high")
    )
    between = f"\n({low} to {high})" if low != high else ""
    return f"{write_number(row['estimate'], 'money', decimals=decimals)} on average\n{share} below nothing{between}"


def _find_range(people: pd.DataFrame, table: pd.DataFrame) -> tuple[float, float]:
    """Return the amounts between which nearly everybody lies, and nothing, and all means with their intervals."""
    low, high = people.quantile(_OUTER), people.quantile(1 - _OUTER)
    quarter, three = people.quantile(0.25), people.quantile(0.75)
    reach = _WIDEST * (three - quarter)
    left = float(min(np.maximum(low, quarter - reach).min(), table["low"].min(), 0.0))
    right = float(max(np.minimum(high, three + reach).max(), table["high"].max(), 0.0))
    margin = 0.02 * (right - left)
    return left - margin, right + margin
