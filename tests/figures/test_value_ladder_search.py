"""Pictures of better prices and of bundles hold the numbers of the result, and nothing in them is clipped."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from cvlab.analyses.value_ladder import BundlePlan, LadderPlan, optimise_bundles, optimise_ladder
from cvlab.figures.value_ladder import draw_bundle_profits, draw_bundles, draw_ladder_plan
from cvlab.units import write_number


def make_plan(names: list[str], *, people: int = 60, worthless: str | None = None) -> LadderPlan:
    random = np.random.default_rng(4)
    worth = np.cumsum(random.gamma(4, 3, (people, len(names))), axis=1)
    rungs = pd.DataFrame({"rung": names, "price": 10.0 * (1 + np.arange(len(names))), "unit_cost": 2.0})
    values = pd.DataFrame(worth, columns=names).assign(respondent_id=[f"P{number}" for number in range(people)])
    if worthless is not None:
        values[worthless] = 0.0
    return optimise_ladder(rungs, values, n_boot=40, price_points=8)


def make_bundles(names: list[str], *, people: int = 80, **arguments: object) -> BundlePlan:
    random = np.random.default_rng(4)
    wide = pd.DataFrame(random.gamma(6, 10, (people, len(names))), columns=names)
    asked = wide.assign(respondent_id=[f"P{number}" for number in range(people)]).melt(
        "respondent_id", var_name="component", value_name="amount"
    )
    return optimise_bundles(asked, dict.fromkeys(names, 20.0), **{"n_boot": 40, **arguments})


def texts_of(ax: Axes) -> list[str]:
    ax.figure.canvas.draw()
    return [text.get_text() for text in ax.figure.findobj(match=Text)]


def test_a_slice_per_rung_with_its_band_the_best_price_and_today() -> None:
    plan = make_plan(["good", "better", "best"])
    ax = draw_ladder_plan(plan)
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    for rung, line in zip(["good", "better", "best"], lines, strict=True):
        expected = plan.slices[plan.slices["rung"] == rung]
        np.testing.assert_allclose(line.get_xdata(), expected["price"])
        np.testing.assert_allclose(line.get_ydata(), expected["objective"])
    assert len(ax.collections) == 3, "a band each"
    points = [line for line in ax.lines if len(line.get_xdata()) == 1]
    shown = {round(float(line.get_xdata()[0]), 9) for line in points}
    offered = plan.table[plan.table["offered"]]
    assert {round(price, 9) for price in offered["price_best"]} <= shown
    assert {10.0, 20.0, 30.0} <= shown
    texts = texts_of(ax)
    assert "contribution per person in the market (EUR)" in texts
    price = write_number(offered["price_best"].iloc[0], "money")
    assert any(text.startswith(f"{offered['rung'].iloc[0]}: {price} (") for text in texts)


def test_a_rung_better_not_offered_is_said_to_be_so() -> None:
    plan = make_plan(["good", "idle"], worthless="idle")
    assert "idle: better not offered" in texts_of(draw_ladder_plan(plan))


def test_bundles_show_regions_and_shares_but_no_person() -> None:
    plan = make_bundles(["tracker", "app"], price_now={"tracker": 50.0, "app": 45.0})
    ax = draw_bundles(plan)
    texts = texts_of(ax)
    assert "most a person would pay for tracker (EUR)" in texts
    assert "today's prices of the parts" in texts
    shares = plan.shares[plan.shares["strategy"] == plan.best].set_index("offer")["share"]
    assert f"buy nothing\n{write_number(shares['none'], 'share')}" in texts
    points = [line for line in ax.lines if len(line.get_xdata()) >= 1]
    assert len(points) == 1, "today's prices are the only point"
    assert not [each for each in ax.collections if type(each).__name__ == "PathCollection"]


@pytest.mark.parametrize("n_boot", [0, 40])
def test_profits_are_bars_with_their_intervals(n_boot: int) -> None:
    plan = make_bundles(["tracker", "app"], n_boot=n_boot)
    ax = draw_bundle_profits(plan)
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_allclose(heights, plan.table["expected" if n_boot else "per_person"])
    segments = [segment for lines in ax.collections for segment in lines.get_segments()]
    assert len(segments) == (3 if n_boot else 0)
    if n_boot:
        np.testing.assert_allclose([segment[0][1] for segment in segments], plan.table["expected_low"])
        np.testing.assert_allclose([segment[1][1] for segment in segments], plan.table["expected_high"])
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[1].startswith("bundle only\n")
    assert labels[1].endswith(f"bundle {write_number(plan.table['bundle'].iloc[1], 'money')}")


@pytest.mark.parametrize("names", [["only"], ["$a$ <b>", "x" * 60], [f"rung {number}" for number in range(5)]])
def test_any_plan_can_be_drawn_without_clipping(names: list[str]) -> None:
    axes = [draw_ladder_plan(make_plan(names))]
    if 2 <= len(names) <= 3:
        plan = make_bundles(names)
        axes += [draw_bundles(plan), draw_bundle_profits(plan)]
    for ax in axes:
        ax.figure.canvas.draw()
        inside = ax.figure.bbox
        legend = ax.get_legend()
        # Ticks beyond the ends of an axis are there for matplotlib, but are not drawn.
        left, right = ax.get_xlim()
        drawn = [label for label in ax.get_xticklabels() if left <= label.get_position()[0] <= right]
        texts = [*drawn, ax.xaxis.label, ax.yaxis.label]
        for text in [*texts, *(legend.get_texts() if legend else [])]:
            if text.get_text():
                box = text.get_window_extent()
                assert box.x0 >= inside.x0 - 1, text.get_text()
                assert box.x1 <= inside.x1 + 1, text.get_text()
                assert box.y1 <= inside.y1 + 1, text.get_text()


def test_what_cannot_be_drawn_is_said() -> None:
    assert any("Not enough people for better prices: 8 asked." in text for text in texts_of(
        draw_ladder_plan(make_plan(["good", "best"], people=8))))  # fmt: skip
    few = make_bundles(["tracker", "app"], people=8)
    for draw in (draw_bundles, draw_bundle_profits):
        assert "Not enough people for bundles: 8 asked." in texts_of(draw(few))
    three = make_bundles(["a", "b", "c"])
    assert any(text.startswith("The picture shows two components") for text in texts_of(draw_bundles(three)))


def test_amounts_on_one_line_are_drawn_without_a_density() -> None:
    asked = pd.DataFrame({"respondent_id": [f"P{number}" for number in range(20)], "a": 10.0, "b": np.arange(20.0)})
    plan = optimise_bundles(
        asked.melt("respondent_id", var_name="component", value_name="amount"), {"a": 1.0, "b": 1.0}, n_boot=20
    )
    assert draw_bundles(plan).get_xlabel() == "most a person would pay for a (EUR)"


def test_drawing_goes_where_the_caller_says() -> None:
    _, axes = plt.subplots(1, 3)
    plan = make_bundles(["tracker", "app"])
    assert draw_ladder_plan(make_plan(["good", "best"]), ax=axes[0]) is axes[0]
    assert draw_bundles(plan, ax=axes[1]) is axes[1]
    assert draw_bundle_profits(plan, ax=axes[2]) is axes[2]
    assert len(plt.get_fignums()) == 1
