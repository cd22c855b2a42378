"""Pictures of economic value hold the numbers of the result, and nothing in them is clipped or read as markup."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.text import Text

from cvlab.analyses.economic_value import (
    BreakEven,
    EconomicValue,
    compare_value_views,
    measure_break_even,
    measure_economic_value,
    measure_value_statement,
)
from cvlab.figures.economic_value import (
    draw_break_even,
    draw_economic_value,
    draw_tornado,
    draw_value_statement,
    draw_value_views,
)

BENEFITS = ("benefit_low", "benefit_mode", "benefit_high")


def make_worth(names: list[str], *, ranged: bool = True, price: float | None = 700.0) -> EconomicValue:
    amounts = 300.0 - 90.0 * np.arange(len(names))
    table = pd.DataFrame({"driver": names, "ours": amounts, "reference": 0.0})
    if ranged:
        table["low"], table["high"] = amounts - 60, amounts + 60
    return measure_economic_value(table, reference_price=500.0, price=price, n_draws=200)


def make_break_even(groups: list[str], *, spread: float = 0.5, months: int = 30, cost: float = 100.0) -> BreakEven:
    month = np.arange(months + 1)
    rows = []
    for number, group in enumerate(groups):
        benefit = np.where(month > 0, 10.0 * 0.9**number, 0.0)
        schedule = pd.DataFrame({"group": group, "month": month, "cost": np.where(month == 0, cost, 0.0)})
        bounds = ((1 - spread) * benefit, benefit, (1 + spread) * benefit)
        rows.append(schedule.assign(**dict(zip(BENEFITS, bounds, strict=True))))
    return measure_break_even(pd.concat(rows), discount_rate_per_year=0.08, n_draws=200)


def texts_of(ax: Axes) -> list[str]:
    ax.figure.canvas.draw()
    return [text.get_text() for text in ax.figure.findobj(match=lambda artist: hasattr(artist, "get_text"))]


def bars_of(ax: Axes) -> list[Any]:
    return [bar for container in ax.containers if isinstance(container, BarContainer) for bar in container]


def whiskers_of(ax: Axes) -> list[tuple[float, float]]:
    """Low and high end of every vertical whisker."""
    lines = [each[2][0] for each in ax.containers if isinstance(each, ErrorbarContainer)]
    return [(segment[0][1], segment[1][1]) for line in lines for segment in line.get_segments()]


def legend_of(ax: Axes) -> str:
    return "\n".join(text.get_text() for text in ax.get_legend().get_texts())


def ticks_within(axis: Axis) -> list[Text]:
    """Labels of the ticks that are drawn: those beyond the ends of an axis have one too."""
    low, high = sorted(axis.get_view_interval())
    pairs = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    return [label for place, label in pairs if low <= place <= high]


def assert_nothing_is_clipped(ax: Axes) -> None:
    ax.figure.canvas.draw()
    inside = ax.figure.bbox
    legend = ax.get_legend()
    labels = [*ax.texts, *(legend.get_texts() if legend else [])]
    if ax.axison:
        labels += [ax.xaxis.label, ax.yaxis.label, *ticks_within(ax.xaxis), *ticks_within(ax.yaxis)]
    for label in labels:
        if label.get_text() and label.get_visible():
            box = label.get_window_extent()
            assert box.x0 >= inside.x0 - 1, label.get_text()
            assert box.x1 <= inside.x1 + 1, label.get_text()
            assert box.y0 >= inside.y0 - 1, label.get_text()
            assert box.y1 <= inside.y1 + 1, label.get_text()


def test_the_waterfall_starts_at_the_reference_and_ends_at_the_total() -> None:
    worth = make_worth(["a", "b", "c", "d", "e"])
    ax = draw_economic_value(worth)
    bars = bars_of(ax)
    np.testing.assert_allclose([bar.get_height() for bar in bars], worth.table["amount"])
    tops = [bar.get_y() + bar.get_height() for bar in bars]
    np.testing.assert_allclose(tops, worth.table["running_total"])
    assert bars[4].get_hatch() == ""
    assert bars[5].get_hatch() == "//", "a step down can be told without colour"
    drivers = worth.table.iloc[1:]
    shown = np.array(whiskers_of(ax))
    np.testing.assert_allclose(shown[-1], worth.table[["low", "high"]].iloc[-1])
    np.testing.assert_allclose(shown[:, 1] - shown[:, 0], drivers["high"] - drivers["low"])
    texts = texts_of(ax)
    assert {"price\n€700.00", "+€300", "−€60", "worth to the customer, per unit (EUR)"} <= set(texts)
    assert any(text.startswith("incentive\n€400.00\n(€") for text in texts)


def test_a_price_above_the_value_is_said() -> None:
    ax = draw_economic_value(make_worth(["a"], price=1000.0))
    assert "price above\nvalue by\n€200.00" in texts_of(ax)
    assert_nothing_is_clipped(ax)


def test_without_ranges_there_are_no_whiskers_and_no_tornado() -> None:
    worth = make_worth(["a", "b"], ranged=False)
    assert whiskers_of(draw_economic_value(worth)) == []
    assert any("No driver has a low and a high" in text for text in texts_of(draw_tornado(worth)))


def test_many_drivers_are_folded_and_still_add_up() -> None:
    worth = make_worth([f"driver {number:02d}" for number in range(14)])
    ax = draw_economic_value(worth)
    bars = bars_of(ax)
    assert len(bars) == 11
    assert sum(bar.get_height() for bar in bars[:-1]) == pytest.approx(worth.headline.value)
    assert "6 others" in texts_of(ax)


def test_the_tornado_shows_both_ends_of_every_driver() -> None:
    worth = make_worth(["a", "b", "c"])
    ax = draw_tornado(worth)
    bars = bars_of(ax)
    ends = sorted(bar.get_x() + bar.get_width() for bar in bars)
    np.testing.assert_allclose(ends, sorted([*worth.tornado["total_at_low"], *worth.tornado["total_at_high"]]))
    assert [label.get_text() for label in ax.get_yticklabels()] == worth.tornado["driver"].tolist()
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the widest stands on top"
    assert {"economic value €1,130", "price €700.00, outside the picture"} <= set(legend_of(ax).split("\n"))
    near = draw_tornado(make_worth(["a", "b", "c"], price=1080.0))
    assert "price €1,080" in legend_of(near).split("\n")


def test_break_evens_of_groups_have_a_line_a_band_and_an_interval_each() -> None:
    result = make_break_even(["quick", "slow"])
    ax = draw_break_even(result)
    lines = {line.get_label().partition(":")[0]: line for line in ax.lines}
    for group in ("quick", "slow"):
        path = result.curve[result.curve["group"] == group]
        np.testing.assert_allclose(lines[group].get_ydata(), path["cumulative"])
    assert len(ax.collections) >= 2
    row = result.table.set_index("group").loc["quick"]
    lanes = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert [row["break_even_low"], row["break_even_high"]] in lanes
    legend = legend_of(ax)
    assert "quick: break-even 10 months (" in legend
    assert "slow: break-even 11.1 months (" in legend
    assert "profit zone" not in legend
    assert ax.get_xlabel() == "time since the purchase (months)"


def test_groups_that_do_not_fit_are_counted() -> None:
    ax = draw_break_even(make_break_even([f"g{number}" for number in range(6)]))
    assert legend_of(ax).split("\n")[-1] == "2 more groups are in the table"


def test_one_line_alone_shows_its_profit_zone() -> None:
    ax = draw_break_even(make_break_even(["site"]))
    assert "profit zone" in legend_of(ax)
    zone = next(each for each in ax.collections if each.get_label() == "profit zone")
    corners = zone.get_paths()[0].vertices
    assert corners[:, 0].min() == pytest.approx(10.0)
    assert corners[:, 1].max() == pytest.approx(200.0)


@pytest.mark.parametrize(("cost", "words"), [(1000.0, "later than 30 months"), (290.0, "29 months")])
def test_beyond_the_horizon_is_an_arrow(cost: float, words: str) -> None:
    ax = draw_break_even(make_break_even(["site"], cost=cost))
    assert f"site: break-even {words}" in legend_of(ax)
    assert "not within 30 months with a probability of" in legend_of(ax).replace("\n", " ")
    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert [list(line.get_xdata()) for line in arrows] == [[30]]
    assert_nothing_is_clipped(ax)


def test_too_few_customers_are_said_instead() -> None:
    table = pd.DataFrame({"customer_id": "$c$", "month": range(3), "cost": 1.0, **dict.fromkeys(BENEFITS, 2.0)})
    ax = draw_break_even(measure_break_even(table, discount_rate_per_year=0.08, n_draws=100))
    shown = " ".join(texts_of(ax)).replace("\n", " ")
    assert "Not enough data for when the offer pays back: customers 1, needed at least 10." in shown


def test_views_show_each_offer_its_range_and_both_ranks() -> None:
    offers = pd.DataFrame({"offer": ["small", "large"], "value": [120.0, 240.0], "price": [100.0, 200.0]})
    offers = offers.assign(low=[110.0, 200.0], high=[130.0, 280.0])
    views = compare_value_views(offers, n_draws=200)
    ax = draw_value_views(views)
    points = np.vstack([line.get_xydata() for line in ax.lines if line.get_marker() in ("o", "s")])
    np.testing.assert_allclose(points, [[100, 120], [200, 240]])
    np.testing.assert_allclose(sorted(whiskers_of(ax)), [(110, 130), (200, 280)])
    texts = texts_of(ax)
    assert "small\n1. by ratio, 2. by difference" in texts
    assert "large\n1. by ratio, 1. by difference" in texts
    assert "offer on which the two views disagree" in legend_of(ax)
    assert "best difference: €40.00 left over" in legend_of(ax)
    agreeing = draw_value_views(compare_value_views(offers.assign(value=[120.0, 260.0], low=119.0, high=270.0)))
    assert "disagree" not in legend_of(agreeing)


def test_the_page_of_an_account_holds_every_line_of_it() -> None:
    table = pd.DataFrame(
        {
            "driver": ["throughput", "a long name of a driver that goes on and on $x$"],
            "ours": [320.0, -20.0],
            "reference": 0.0,
            "evidence": ["time study", "a long story about who measured what, where, with which watch, and why " * 3],
            "account": ["Alpha", None],
        }
    )
    statement = measure_value_statement(table, "Alpha", reference_price=790.0, price=1000.0)
    ax = draw_value_statement(statement)
    shown = " ".join(" ".join(texts_of(ax)).split())
    for text in statement.page["text"]:
        assert " ".join(text.replace("$", r"\$").split()) in shown
    assert {"1 discover", "2 select", "3 quantify", "4 share"} <= set(texts_of(ax))
    assert_nothing_is_clipped(ax)


@pytest.mark.parametrize("names", [["only"], ["$a$ <b>", "x" * 60, "cost $5 & up"], [f"driver {n}" for n in range(14)]])
def test_any_names_can_be_drawn_without_clipping(names: list[str]) -> None:
    worth = make_worth(names)
    offers = pd.DataFrame({"offer": names, "value": 100.0 + 9 * np.arange(len(names)), "price": 90.0})
    for ax in (
        draw_economic_value(worth),
        draw_tornado(worth),
        draw_value_views(compare_value_views(offers, n_draws=100)),
        draw_break_even(make_break_even(names)),
    ):
        assert_nothing_is_clipped(ax)


def test_drawing_goes_where_the_caller_says() -> None:
    _, axes = plt.subplots(1, 2)
    assert draw_economic_value(make_worth(["a"]), ax=axes[1]) is axes[1]
    assert draw_break_even(make_break_even(["a"]), ax=axes[0]) is axes[0]
    assert len(plt.get_fignums()) == 1
