"""Pictures of willingness to pay draw what the results hold, intervals included, and survive odd names and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cvlab.analyses.willingness_to_pay import ChoiceModel, PriceSensitivity, estimate_choice, estimate_price_sensitivity
from cvlab.errors import DataError
from cvlab.figures.willingness_to_pay import (
    draw_price_sensitivity,
    draw_shares,
    draw_trial,
    draw_willingness_to_pay,
)
from cvlab.units import NumberFormat, current_number_format, set_number_format


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    before = current_number_format()
    yield
    set_number_format(before)
    plt.close("all")


def ask(n: int, *, intentions: bool = True) -> pd.DataFrame:
    random = np.random.default_rng(n)
    factors = np.cumsum(np.exp(random.normal(-0.7, 0.3, (n, 4))), axis=1)
    prices = np.exp(random.normal(4, 0.3, (n, 1))) * factors
    answers = pd.DataFrame(prices, columns=["too_cheap", "cheap", "expensive", "too_expensive"])
    return answers.assign(buy_cheap=5, buy_expensive=2) if intentions else answers


def choose(n: int = 300, *, price_weight: float = -0.5) -> ChoiceModel:
    random = np.random.default_rng(0)
    price, gps = random.choice([4.0, 6.0, 8.0], (n, 2)), random.integers(0, 2, (n, 2))
    utility = np.column_stack([price_weight * price + gps, np.full(n, -2.0)]) + random.gumbel(size=(n, 3))
    offer = np.tile([0, 1, 2], n)
    inside, row, column = offer < 2, np.repeat(np.arange(n), 3), np.minimum(offer, 1)
    tasks = pd.DataFrame(
        {
            "respondent_id": row // 10,
            "task": row % 10,
            "alternative": np.array(["a", "b", "none"])[offer],
            "price": np.where(inside, price[row, column], np.nan),
            "gps_$included$": np.where(inside, gps[row, column], np.nan),
            "chosen": (utility.argmax(axis=1)[row] == offer).astype(int),
        }
    )
    return estimate_choice(tasks, attributes=["gps_$included$"], price="price", outside="none")


def segments(ax: Axes) -> list[list[float]]:
    """Ends of the horizontal intervals that `hlines` drew."""
    drawn = [each for each in ax.collections if isinstance(each, LineCollection)]
    return [[float(end[0]) for end in segment] for lines in drawn for segment in lines.get_segments()]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def assert_inside(ax: Axes) -> None:
    """Every text stays on the paper."""
    figure = ax.figure
    figure.canvas.draw()
    left, right = ax.get_xlim()
    below = [tick.label1 for tick in ax.xaxis.get_major_ticks() if left <= tick.get_loc() <= right]
    for text in [*ax.texts, *below, *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]:
        box = text.get_window_extent()
        if text.get_text():
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()


@pytest.mark.parametrize("method", ["step", "interpolated"])
@pytest.mark.parametrize("n", [12, 300])
def test_price_sensitivity_draws_four_curves_and_four_intervals(method: str, n: int) -> None:
    result = estimate_price_sensitivity(ask(n), method=method, n_boot=100)
    ax = draw_price_sensitivity(result)
    curves = {line.get_label(): line for line in ax.lines if not str(line.get_label()).startswith("_")}
    assert list(curves) == ["too cheap", "cheap", "expensive", "too expensive"]
    assert curves["cheap"].get_ydata() == pytest.approx(result.curves["cheap"].to_numpy())
    assert (curves["cheap"].get_drawstyle() == "steps-post") == (method == "step")
    drawn = [sorted(line.get_xdata()) for line in ax.lines if str(line.get_label()).startswith("_")]
    for row in result.table.to_dict("records"):
        assert [row["low"], row["high"]] in drawn
        assert [row["price"]] in drawn
    assert [label.get_text() for label in ax.get_yticklabels()][-4:] == [
        "marginal cheapness",
        "optimal",
        "indifference",
        "marginal expensiveness",
    ]
    assert result.table["high"].max() < ax.get_xlim()[1]
    assert_inside(ax)


def test_too_few_people_are_said_and_not_drawn() -> None:
    sensitivity = estimate_price_sensitivity(ask(5))
    few = choose(50)
    offers = pd.DataFrame({"alternative": ["a"], "gps_$included$": [0], "price": [4.0]})
    for ax in (
        draw_price_sensitivity(sensitivity),
        draw_trial(sensitivity),
        draw_willingness_to_pay(few.willingness_to_pay()),
        draw_shares(few.shares(offers)),
    ):
        assert [text.startswith("Not enough data") for text in texts(ax)] == [True]
        assert not ax.lines
        assert not ax.patches
        assert not ax.collections
        assert not ax.axison
        ax.figure.canvas.draw()
        box = ax.texts[0].get_window_extent()
        assert 0 <= box.x0 < box.x1 <= ax.figure.bbox.x1


def test_money_of_all_currencies_is_text_and_no_formula() -> None:
    set_number_format(NumberFormat(currency="USD", locale="en_US"))
    ax = draw_price_sensitivity(estimate_price_sensitivity(ask(40), n_boot=50))
    assert all(text.startswith(r"\$") for text in texts(ax))
    assert ax.get_xlabel() == "price (USD)"
    trial = draw_trial(estimate_price_sensitivity(ask(40), n_boot=50))
    assert all(r"\$" in text.get_text() for text in trial.get_legend().get_texts())


def test_trial_draws_both_curves_with_bands_and_the_best_prices() -> None:
    result = estimate_price_sensitivity(ask(80), n_boot=100)
    ax = draw_trial(result)
    right = next(other for other in ax.figure.axes if other is not ax)
    assert result.trial is not None
    assert result.revenue is not None
    assert ax.lines[0].get_ydata() == pytest.approx(result.trial["trial"].to_numpy())
    assert right.lines[0].get_ydata() == pytest.approx(result.revenue["revenue"].to_numpy())
    assert len(ax.collections) == len(right.collections) == 1
    assert ax.get_ylabel() == "share of people who would buy"
    assert right.get_ylabel() == "revenue per person asked (EUR)"
    assert len(ax.get_legend().get_texts()) == 2
    assert texts(ax) == [
        "Trial and revenue take purchase intentions at these shares: 1: 0.0%, 2: 10.0%, 3: 30.0%, 4: 50.0%, 5: 70.0%."
    ]
    assert_inside(ax)


def test_trial_needs_intentions() -> None:
    with pytest.raises(DataError, match="price_sensitivity has no trial to draw: ask buy_cheap and buy_expensive"):
        draw_trial(estimate_price_sensitivity(ask(40, intentions=False), n_boot=20))


def test_willingness_to_pay_draws_every_interval_but_the_outside_option() -> None:
    worth = choose().willingness_to_pay()
    assert worth.table["attribute"].tolist() == ["gps_$included$", "none"]
    ax = draw_willingness_to_pay(worth)
    assert segments(ax) == [pytest.approx(worth.table.loc[0, ["low", "high"]].tolist())]
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"gps \$included\$"]
    assert ax.get_xlabel() == "willingness to pay (EUR)"
    assert_inside(ax)


def test_willingness_to_pay_is_sorted_by_the_steps_that_were_shown_and_marks_names() -> None:
    table = pd.DataFrame({"attribute": ["weight", "gps: yes", "brand b"], "estimate": [-2.0, 9.0, 4.0]})
    table = table.assign(std_error=1.0, low=table["estimate"] - 2, high=table["estimate"] + 2)
    worth = replace(choose().willingness_to_pay(), table=table, roles=("numeric", "level", "alternative"))
    ax = draw_willingness_to_pay(replace(worth, spans=((1.0, 4.0), (0.0, 1.0), (0.0, 1.0))))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["weight: 4 instead of 1", "brand b", "gps: yes"]
    assert any(np.allclose(line.get_xdata(), [-6.0, 9.0]) for line in ax.lines)  # what the whole step is worth
    markers = {line.get_marker() for line in ax.lines if len(line.get_xdata()) and line.get_marker() != "None"}
    assert markers == {"o", "s"}


def test_labels_stand_off_their_dot_and_cover_the_line_of_nothing() -> None:
    table = pd.DataFrame({"attribute": ["messages", "replies"], "estimate": [0.0311, 8.9], "std_error": 0.001})
    table = table.assign(low=table["estimate"] - 0.002, high=table["estimate"] + 0.002)
    ax = draw_willingness_to_pay(replace(choose().willingness_to_pay(), table=table, roles=("numeric", "feature")))
    ax.figure.canvas.draw()
    assert texts(ax) == ["€0.0311", "€8.90"]
    for label in ax.texts:
        patch = label.get_bbox_patch()
        assert patch is not None
        assert patch.get_facecolor() == (1, 1, 1, 1)
        dot = ax.transData.transform((0, label.xy[1]))[1]
        assert patch.get_window_extent().y0 > dot + 3
        assert all(label.get_zorder() > line.get_zorder() for line in ax.lines)


def test_undefined_willingness_to_pay_is_said_on_the_picture() -> None:
    ax = draw_willingness_to_pay(choose(price_weight=0.5).willingness_to_pay())
    assert texts(ax) == ["undefined: a higher price did not make\nan offer less likely to be chosen"]
    assert_inside(ax)


def test_shares_draw_bars_with_intervals_and_hatch_the_outside_option() -> None:
    offers = pd.DataFrame(
        {"alternative": ["a", "a very long name of an offer for $5"], "gps_$included$": [0, 1], "price": [4.0, 8.0]}
    )
    result = choose().shares(offers)
    ax = draw_shares(result)
    upwards = result.table.iloc[::-1]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(upwards["share"].tolist())
    assert segments(ax) == [pytest.approx(ends) for ends in upwards[["low", "high"]].to_numpy().tolist()]
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [True, False, False]
    assert_inside(ax)


def test_pictures_go_on_the_axes_they_are_given() -> None:
    _, (left, right) = plt.subplots(ncols=2)
    sensitivity: PriceSensitivity = estimate_price_sensitivity(ask(30), n_boot=20)
    model = choose()
    assert draw_price_sensitivity(sensitivity, ax=left) is left
    assert draw_trial(sensitivity, ax=right) is right
    assert draw_willingness_to_pay(model.willingness_to_pay(), ax=left) is left
    offers = pd.DataFrame({"alternative": ["a"], "gps_$included$": [0], "price": [4.0]})
    assert draw_shares(model.shares(offers), ax=right) is right
    assert len(plt.get_fignums()) == 1
