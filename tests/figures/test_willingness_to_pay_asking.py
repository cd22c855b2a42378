"""Pictures of the price ladder and of prices by group: what the results hold, intervals included, and odd cases."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.container import ErrorbarContainer

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import (
    GaborGranger,
    PriceSensitivity,
    estimate_gabor_granger,
    estimate_price_sensitivity,
)
from cvlab.errors import DataError
from cvlab.figures.willingness_to_pay import draw_gabor_granger, draw_price_by_group, draw_price_sensitivity
from cvlab.units import NumberFormat, set_number_format

PRICES = (60.0, 80, 100, 120, 140)


def halves(n: int) -> Partition:
    names = ["sport $ and $ a name too long to print", "rest"] * (n // 2)
    return Partition(labels=pd.Series(names, dtype="category"), scheme="halves")


def ladder(
    n: int = 200, *, level: float = 100, unit_cost: float | None = None, by: Partition | None = None
) -> GaborGranger:
    worth = np.exp(np.random.default_rng(n).normal(np.log(level), 0.3, n))
    rows = [(person, price, worth[person] >= price) for person in range(n) for price in PRICES]
    answers = pd.DataFrame(rows, columns=["respondent_id", "price", "would_buy"])
    return estimate_gabor_granger(answers, unit_cost=unit_cost, n_boot=100, by=by)


def points(n: int, by: Partition | None) -> PriceSensitivity:
    random = np.random.default_rng(n)
    prices = np.exp(random.normal(4, 0.3, (n, 1))) * np.cumsum(np.exp(random.normal(-0.7, 0.3, (n, 4))), axis=1)
    answers = pd.DataFrame(prices, columns=["too_cheap", "cheap", "expensive", "too_expensive"])
    return estimate_price_sensitivity(answers, n_boot=50, by=by)


def right_of(ax: Axes) -> Axes:
    return next(other for other in ax.figure.axes if other is not ax)


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def lines_of(ax: Axes) -> list[list[float]]:
    return [list(line.get_xdata()) for line in ax.lines]


def assert_inside(ax: Axes) -> None:
    """Every text stays on the paper."""
    figure = ax.figure
    figure.canvas.draw()
    texts = [*ax.texts, *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    texts += ax.get_legend().get_texts() if ax.get_legend() else []
    for text in texts:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()
            assert box.y1 <= figure.bbox.y1 + 1, text.get_text()


@pytest.mark.parametrize("method", ["interpolated", "step"])
def test_the_four_curves_have_bands(method: str) -> None:
    random = np.random.default_rng(5)
    prices = np.cumsum(random.integers(1, 9, (40, 4)), axis=1)
    answers = pd.DataFrame(prices, columns=["too_cheap", "cheap", "expensive", "too_expensive"])
    result = estimate_price_sensitivity(answers, n_boot=50, method=method)
    ax = draw_price_sensitivity(result)
    names = ["too_cheap", "cheap", "expensive", "too_expensive"]
    bands = [each for each in ax.collections if isinstance(each, FillBetweenPolyCollection)]
    for name, band in zip(names, bands, strict=True):
        corners = {tuple(corner) for corner in band.get_paths()[0].vertices}
        for end in ("low", "high"):
            assert set(zip(result.bands["price"], result.bands[f"{name}_{end}"], strict=True)) <= corners
    assert len(ax.patches) == 1  # the acceptable range


def test_answers_that_contradict_themselves_have_no_range_to_draw() -> None:
    random = np.random.default_rng(5)
    prices = np.cumsum(random.integers(1, 9, (40, 4)), axis=1)
    answers = pd.DataFrame(prices, columns=["too_expensive", "expensive", "cheap", "too_cheap"])
    result = estimate_price_sensitivity(answers, n_boot=50, validate=False)
    assert "no acceptable range" in str(result.headline)
    ax = draw_price_sensitivity(result)
    assert not ax.patches
    assert_inside(ax)


def test_ladder_draws_shares_with_intervals_and_revenue_with_its_best_price() -> None:
    result = ladder()
    ax = draw_gabor_granger(result)
    (bars,) = (each for each in ax.containers if isinstance(each, ErrorbarContainer))
    assert bars.lines[0].get_ydata() == pytest.approx(result.table["share"].to_numpy())
    drawn = [[end[1] for end in segment] for segment in bars.lines[2][0].get_segments()]
    assert np.array(drawn) == pytest.approx(result.table[["low", "high"]].to_numpy())
    right = right_of(ax)
    best = result.best.set_index("what").loc["revenue"]
    assert right.lines[0].get_ydata() == pytest.approx(result.table["revenue"].to_numpy())
    assert [best["low"], best["high"]] in lines_of(right)
    assert [best["price"]] in lines_of(right)
    assert len(right.collections) == 1  # one band, for revenue alone: without a unit cost there is no profit
    assert right.get_ylabel() == "revenue per person asked (EUR)"
    assert legend(ax)[0] == "would buy (left)"
    assert legend(ax)[-1].startswith("revenue per person asked (right): highest at €80.00 (€")
    assert_inside(ax)


def test_a_unit_cost_adds_profit_with_its_band_and_losses_stay_in_sight() -> None:
    result = ladder(unit_cost=70)
    ax = draw_gabor_granger(result)
    right = right_of(ax)
    assert len(right.collections) == 2
    assert any(line.get_ydata() == pytest.approx(result.table["profit"].to_numpy()) for line in right.lines[:4])
    assert legend(ax)[-1].startswith("profit per person asked (right): highest at €")
    assert right.get_ylim()[0] < result.table["profit"].min() < 0
    # Nothing stands at the same height on both sides.
    assert ax.get_ylim()[0] / ax.get_ylim()[1] == pytest.approx(right.get_ylim()[0] / right.get_ylim()[1])
    best = result.best.set_index("what").loc["profit"]
    within = [each for each in ax.get_legend_handles_labels()[1] if each == "within 5% of the highest profit"]
    assert len(within) == (best["band_low"] < best["band_high"])
    assert_inside(ax)


def test_a_ladder_on_which_nothing_is_earned_still_shows_demand() -> None:
    ax = draw_gabor_granger(ladder(unit_cost=500))
    assert "profit per person asked (right): nowhere above 0" in legend(ax)
    nobody = draw_gabor_granger(ladder(level=5))
    assert legend(nobody)[-1] == "revenue per person asked (right): nowhere above 0"
    for drawn in (ax, nobody):
        assert any(isinstance(each, ErrorbarContainer) for each in drawn.containers)
        assert_inside(drawn)


def test_too_few_people_are_said_and_not_drawn() -> None:
    ax = draw_gabor_granger(ladder(8))
    assert [text.get_text().startswith("Not enough data") for text in ax.texts] == [True]
    assert not ax.lines
    assert not ax.axison


def test_groups_show_four_points_with_intervals_each() -> None:
    result = points(120, halves(120))
    ax = draw_price_by_group(result)
    assert result.groups is not None
    for group in result.groups.results.values():
        for row in group.table.to_dict("records"):
            assert [row["low"], row["high"]] in lines_of(ax)
            assert [row["price"]] in lines_of(ax)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [r"sport \$ and \$ a name too lo… (60)", "rest (60)"]
    assert legend(ax) == ["marginal cheapness", "optimal", "indifference", "marginal expensiveness"]
    # The first group stands on top, and within it the points in the order of the legend.
    top = [line for line in ax.lines if len(line.get_xdata()) == 1 and line.get_ydata()[0] > np.mean(ax.get_ylim())]
    assert [line.get_marker() for line in sorted(top, key=lambda line: -line.get_ydata()[0])] == ["<", "o", "s", ">"]
    rest = result.groups.results["rest"].table.set_index("point")
    assert {line.get_xdata()[0] for line in top} == set(rest["price"])
    assert_inside(ax)


@pytest.mark.parametrize(("unit_cost", "shown"), [(None, ["revenue"]), (50.0, ["revenue", "profit"])])
def test_groups_of_a_ladder_show_the_prices_that_earn_most(unit_cost: float | None, shown: list[str]) -> None:
    result = ladder(unit_cost=unit_cost, by=halves(200))
    ax = draw_price_by_group(result)
    assert legend(ax) == [f"highest {what}" for what in shown]
    assert result.groups is not None
    for group in result.groups.results.values():
        for row in group.best[group.best["what"].isin(shown)].to_dict("records"):
            assert [row["low"], row["high"]] in lines_of(ax)
    assert ax.get_xlabel() == "asked price that earns most (EUR)"
    assert_inside(ax)


def test_a_group_without_enough_answers_is_said_and_the_others_are_drawn() -> None:
    mixed = ladder(60, by=Partition(labels=pd.Series(["many"] * 45 + ["some"] * 15, dtype="category"), scheme="sizes"))
    assert mixed.groups is not None
    groups = {"many": mixed.groups.results["many"], "few": ladder(8)}
    ax = draw_price_by_group(replace(mixed, groups=replace(mixed.groups, results=groups)))
    assert [text.get_text() for text in ax.texts] == ["not enough data"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["few (8)", "many (45)"]
    assert_inside(ax)


def test_all_groups_without_enough_answers_are_said() -> None:
    ax = draw_price_by_group(points(8, halves(8)))
    said = ax.texts[0].get_text().replace("\n", " ")
    assert said == "Not enough data: in no group of halves did enough people answer."
    assert not ax.lines


def test_groups_are_needed() -> None:
    with pytest.raises(DataError, match="the result has no groups to draw: give by, a partition of the people"):
        draw_price_by_group(points(40, None))


def test_money_of_all_currencies_is_text_and_pictures_go_where_they_are_told() -> None:
    set_number_format(NumberFormat(currency="USD", locale="en_US"))
    _, (left, right) = plt.subplots(ncols=2)
    assert draw_gabor_granger(ladder(), ax=left) is left
    assert r"\$" in legend(left)[-1]
    assert left.get_xlabel() == "price (USD)"
    assert draw_price_by_group(points(40, halves(40)), ax=right) is right
    assert len(plt.get_fignums()) == 1
