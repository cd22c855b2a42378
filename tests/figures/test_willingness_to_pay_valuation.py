"""The picture of contingent valuation draws what the result holds, intervals included."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from cvlab.analyses.willingness_to_pay import ContingentValuation, estimate_contingent_valuation
from cvlab.figures.willingness_to_pay import draw_valuation


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def ask(n: int, *, distribution: str = "log-logistic", largest: float = 40.0) -> ContingentValuation:
    random = np.random.default_rng(1)
    worth = random.lognormal(3, 0.6, n)
    bid = random.choice([8.0, 15.0, 25.0, largest], n)
    answers = pd.DataFrame({"bid": bid, "answer": worth >= bid})
    return estimate_contingent_valuation(answers, distribution=distribution, n_boot=100)


def lines(ax: Axes) -> dict[str, tuple[list[float], list[float]]]:
    return {str(line.get_label()): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines}


@pytest.mark.parametrize("distribution", ["log-logistic", "normal"])
def test_curve_steps_points_and_median_are_drawn(distribution: str) -> None:
    result = ask(200, distribution=distribution)
    ax = draw_valuation(result)
    drawn = lines(ax)
    prices, share = drawn[f"{distribution}, 95% band"]
    assert share == pytest.approx(result.demand_at(np.array(prices))[0].tolist())
    assert min(prices) == 0
    assert max(prices) > result.prices_asked[-1]
    corners, steps = drawn["at least so many (Turnbull), with band"]
    assert corners == [0, *result.turnbull.table["price"]]
    assert steps == [1, *result.turnbull.table["share"]]
    bids, shares = drawn["yes to the first question, with interval"]
    assert (bids, shares) == (result.observed["bid"].tolist(), result.observed["share"].tolist())
    whiskers = [each for each in ax.collections if isinstance(each, LineCollection)]
    ends = np.array([segment[:, 1] for segment in whiskers[0].get_segments()])
    assert ends == pytest.approx(result.observed[["low", "high"]].to_numpy())
    assert len([each for each in ax.collections if isinstance(each, PolyCollection)]) == 2
    assert ([result.headline.low, result.headline.high], [0.5, 0.5]) in drawn.values()
    label = next(name for name in drawn if name.startswith("median"))
    assert drawn[label] == ([result.median], [0.5])
    assert f"€{result.median:.2f}" in label
    assert ax.get_xlabel() == "price (EUR)"
    assert ax.get_ylabel() == "share of people who would pay it"


def test_everything_stays_on_the_paper() -> None:
    ax = draw_valuation(ask(300, largest=4000.0))
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    ticks = [tick.label1 for tick in ax.yaxis.get_major_ticks() if tick.get_loc() <= ax.get_ylim()[1]]
    for text in [*legend.get_texts(), ax.xaxis.label, ax.yaxis.label, *ticks]:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= ax.figure.bbox.x1 + 1, text.get_text()
        assert box.y1 <= ax.figure.bbox.y1 + 1, text.get_text()


def test_axes_that_are_given_are_used() -> None:
    _, given = plt.subplots()
    assert draw_valuation(ask(60), ax=given) is given


def test_too_few_people_and_rising_acceptance_are_said_and_not_drawn() -> None:
    bid = np.repeat([5.0, 10.0, 20.0], 30)
    rising = estimate_contingent_valuation(
        pd.DataFrame({"bid": bid, "answer": np.tile(np.arange(30), 3) < np.repeat([10, 15, 22], 30)})
    )
    unsettled = estimate_contingent_valuation(
        pd.DataFrame({"bid": bid, "answer": np.tile(np.arange(30), 3) < np.repeat([20, 19, 18], 30)})
    )
    for result, beginning in (
        (ask(9), "Not enough data: 9 people"),
        (rising, "The answers of 90 people do not show"),
        (unsettled, "Not enough data: the answers of 90 people do not settle"),
    ):
        ax = draw_valuation(result)
        assert [text.get_text().startswith(beginning) for text in ax.texts] == [True]
        assert not ax.lines
        assert not ax.collections
