"""The pictures of a price: demand and profit with the price laid over them, and before these the bare question."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay import BestPrice, Demand
from cvlab.errors import DataError
from cvlab.explorers.common.controls import write_picture
from cvlab.explorers.common.pictures import KeptPictures, lay_over, write_panels
from cvlab.figures.style import COLOURS, GRID, INK, QUIET, new_axes, write_ticks
from cvlab.figures.willingness_to_pay import draw_best_price, draw_demand
from cvlab.units import label_unit, write_number

# Inches; the pictures fill the page, so the smaller they are drawn, the larger their type.
PICTURE_SIZE, PROJECTOR_SIZE = (5.8, 4.7), (4.7, 4.3)
MARK = COLOURS[2]
_DOTTED, _DASHED = (0, (1, 2)), (0, (4, 2))
_HIGH, _LOWER = 0.96, 0.88  # where the names of lines stand, as a share of the height


class PricePictures:
    """Draws what the explorer of a price shows, again only where it has changed."""

    def __init__(self, *, projector: bool) -> None:
        self._size = PROJECTOR_SIZE if projector else PICTURE_SIZE
        self._kept = KeptPictures()

    def draw_answers(
        self, demand: Demand, beside: Demand | None, best: BestPrice, here: BestPrice, guess: float | None, *, alt: str
    ) -> str:
        """Draw demand and profit, and over them the price of `here` and the guess."""
        price = float(here.price_now or math.nan)
        # Calibrated demands are new ones at each answer, and the same as long as their prices are.
        left = self._kept.draw(
            "demand",
            (demand.observed_range, None if beside is None else beside.observed_range),
            self._size,
            lambda ax: _draw_demand(ax, demand, beside),
            alt="Demand along the price.",
        )
        right = self._kept.draw(
            "profit",
            (demand.observed_range, best.unit_cost, best.market),
            self._size,
            lambda ax: draw_best_price(best, ax=ax),
            alt="Profit along the price.",
        )
        quantity, profit = _bound_quantity(demand, beside, price), here.table.iloc[-1]
        earned = tuple(float(profit[f"profit{end}"]) for end in ("", "_low", "_high"))
        panels = []
        for (figure, picture), shown, level, text in (
            (left, demand.enough, quantity, alt),
            (right, best.headline.answered, earned, ""),
        ):
            over = lay_over(figure)
            if shown:
                _mark(over.axes[0], price, level, guess)
            panels.append([picture, write_picture(over, alt=text)])
        return write_panels(panels)

    def draw_question(self, price: float, unit_cost: float, price_now: float | None, ends: tuple[float, float]) -> str:
        """Draw the prices to choose from, with what is known before anybody answers, and the price chosen."""
        size = (2 * self._size[0], self._size[1] / 2)
        figure, picture = self._kept.draw(
            "question",
            (unit_cost,),
            size,
            lambda ax: _draw_prices(ax, unit_cost, price_now, ends),
            alt="The prices to choose from.",
        )
        over = lay_over(figure)
        over.axes[0].axvline(price, color=MARK, linewidth=2.4)
        _name_line(over.axes[0], price, write_number(price, "money"), INK, 0.7, fontsize=16)
        return write_panels([[picture, write_picture(over, alt=f"Chosen is {write_number(price, 'money')}.")]])


def _draw_demand(ax: Axes, demand: Demand, beside: Demand | None) -> None:
    try:
        draw_demand(demand, beside=beside, ax=ax)
    except DataError:
        # The factor has taken what was stated out of the prices at which anything was sold.
        draw_demand(demand, ax=ax)


def _draw_prices(ax: Axes, unit_cost: float, price_now: float | None, ends: tuple[float, float]) -> None:
    new_axes(ax).set(xlim=ends, ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    if unit_cost > ends[0]:
        ax.axvspan(ends[0], min(unit_cost, ends[1]), color=GRID, zorder=0, label="below the unit cost")
    if price_now is not None:
        name = f"price now {write_number(price_now, 'money')}".replace("$", r"\$")
        ax.axvline(price_now, color=QUIET, linestyle=_DOTTED, linewidth=2, label=name)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("price", "money"))
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, ncols=2)


def _bound_quantity(demand: Demand, beside: Demand | None, price: float) -> tuple[float, ...]:
    """Return how much is sold at the price, with its interval; NaN where it is not on the axis."""
    if not demand.enough or (beside is not None and beside.enough and beside.unit != demand.unit):
        return math.nan, math.nan, math.nan
    estimate, draws = demand.at(np.array([price]))
    low, high = percentile_interval(draws[:, 0], level=demand.level)
    return float(estimate[0]), float(low), float(high)


def _mark(ax: Axes, price: float, level: tuple[float, ...], guess: float | None) -> None:
    """Mark a price with what it brings and the interval of that, and the guess beside it."""
    if guess is not None and not math.isclose(guess, price):
        ax.axvline(guess, color=MARK, linestyle=_DASHED, linewidth=1.4)
        _name_line(ax, guess, f"guess {write_number(guess, 'money')}", MARK, _LOWER)
    ax.axvline(price, color=MARK, linewidth=1.6)
    value, low, high = level
    if math.isfinite(value):
        ax.plot([price, price], [low, high], color=INK, linewidth=3, solid_capstyle="butt")
        ax.plot([price], [value], "o", color=MARK, markeredgecolor=INK, markersize=8)
    _name_line(ax, price, write_number(price, "money"), INK, _HIGH)


def _name_line(ax: Axes, price: float, text: str, colour: str, height: float, *, fontsize: float = 9) -> None:
    """Write beside a line, on its side that has more room."""
    left, right = ax.get_xlim()
    inner = price > (left + right) / 2
    ax.annotate(
        text.replace("$", r"\$"),
        (price, height),
        xycoords=ax.get_xaxis_transform(),
        xytext=(-5 if inner else 5, 0),
        textcoords="offset points",
        ha="right" if inner else "left",
        va="center",
        fontsize=fontsize,
        color=colour,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )
