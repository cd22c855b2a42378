"""Pictures of pricing draw what the results hold, intervals included, and survive odd names and gaps."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from cvlab.analyses.willingness_to_pay import (
    compare_best_prices,
    compare_stated_revealed,
    estimate_demand,
    measure_concessions,
    measure_price_change,
    measure_price_range,
    optimise_price,
)
from cvlab.errors import DataError
from cvlab.figures.willingness_to_pay import (
    draw_best_price,
    draw_compared_prices,
    draw_concessions,
    draw_demand,
    draw_price_change,
    draw_price_range,
    draw_stated_revealed,
)
from cvlab.units import NumberFormat, current_number_format, set_number_format

WORTH = pd.DataFrame({"respondent_id": range(200), "amount": np.linspace(5.0, 45.0, 200)})


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    before = current_number_format()
    yield
    set_number_format(before)
    plt.close("all")


def sell(prices: tuple[float, ...] = (18.0, 22.0, 27.0, 33.0, 40.0), power: float = -1.8) -> pd.DataFrame:
    random = np.random.default_rng(0)
    price = np.tile(prices, 150)
    sales = pd.DataFrame({"customer_id": np.repeat(range(150), len(prices)), "price_paid": price})
    sales["quantity"] = random.poisson(2 * (price / 27) ** power)
    return sales[sales["quantity"] > 0]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def legend(ax: Axes) -> list[str]:
    drawn = ax.get_legend()
    assert drawn is not None
    return [text.get_text() for text in drawn.get_texts()]


def spans(ax: Axes) -> list[list[float]]:
    """Ends of the horizontal lines: the intervals."""
    return [sorted(map(float, line.get_xdata())) for line in ax.lines if len(line.get_xdata()) == 2]


def assert_inside(ax: Axes) -> None:
    """Every text stays on the paper."""
    figure = ax.figure
    figure.canvas.draw()
    left, right = ax.get_xlim()
    below = [tick.label1 for tick in ax.xaxis.get_major_ticks() if left <= tick.get_loc() <= right]
    boxes = [*ax.texts, *below, *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    for text in [*boxes, *(ax.get_legend().get_texts() if ax.get_legend() else [])]:
        box = text.get_window_extent()
        if text.get_text():
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()


def test_demand_is_a_line_with_a_band_and_marks_the_asked_prices() -> None:
    demand = estimate_demand(sell(), experiment=True)
    ax = draw_demand(demand)
    line, marks = ax.lines
    assert line.get_ydata() == pytest.approx(demand.curve["quantity"].to_numpy())
    assert sorted(marks.get_xdata()) == demand.prices_asked.tolist()
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(demand.curve["high"].max())
    assert ax.get_ylabel() == "units"
    assert legend(ax) == [f"sales in an experiment: log-log (n = {demand.basis.n})"]
    assert_inside(ax)


def test_two_demands_of_one_kind_share_a_scale_and_of_two_kinds_a_price() -> None:
    amounts, dearer = (estimate_demand(WORTH.assign(amount=factor * WORTH["amount"])) for factor in (1, 1.3))
    ax = draw_demand(amounts, beside=dearer)
    assert ax.get_ylabel() == "people per 100 asked"
    assert len(legend(ax)) == 2
    both = draw_demand(amounts, beside=estimate_demand(sell()))
    assert both.get_ylabel().startswith("quantity, in % of that at €")
    middle = float(both.get_ylabel().partition("€")[2])
    for line in (each for each in both.lines if not str(each.get_label()).startswith("_")):
        assert np.interp(middle, line.get_xdata(), line.get_ydata()) == pytest.approx(100, rel=0.02)
    with pytest.raises(DataError, match="know no price in common"):
        draw_demand(amounts, beside=estimate_demand(sell((60.0, 70.0, 80.0), -0.5)))


def test_best_price_shows_point_interval_band_and_today() -> None:
    best = optimise_price(estimate_demand(sell(), experiment=True), unit_cost=12, price_now=25)
    ax = draw_best_price(best)
    assert [best.headline.low, best.headline.high] in spans(ax)
    named = " ".join(legend(ax))
    assert "price now €25.00" in named
    assert "loses less than 5%" in named
    curves = {line.get_label(): line for line in ax.lines}
    assert curves["profit"].get_ydata() == pytest.approx(best.curve["profit"].to_numpy())
    assert curves["revenue"].get_ydata() == pytest.approx(best.curve["revenue"].to_numpy())
    assert len(ax.collections) >= 2
    assert not texts(ax)
    assert "from the sales' period" in ax.get_ylabel()
    assert_inside(ax)


@pytest.mark.parametrize(("cost", "where"), [(35.0, "right"), (0.0, "left")])
def test_a_best_price_at_the_edge_is_marked(cost: float, where: str) -> None:
    ax = draw_best_price(optimise_price(estimate_demand(sell(power=-1.4)), unit_cost=cost))
    assert texts(ax) == ["at the edge:\nnothing is known beyond"]
    assert ax.texts[0].get_ha() == where
    assert_inside(ax)


def test_what_is_unanswered_is_said_instead() -> None:
    few = estimate_demand(WORTH.head(5))
    assert "Not enough data" in texts(draw_demand(few))[0]
    assert "Not enough data" in texts(draw_best_price(optimise_price(few, unit_cost=1)))[0].replace("\n", " ")


def test_stated_revealed_shows_prior_data_posterior_and_prices() -> None:
    stated = estimate_demand(
        pd.DataFrame(
            {
                "respondent_id": np.repeat(WORTH["respondent_id"], 3),
                "price": np.tile([15.0, 30.0, 45.0], 200),
                "would_buy": (np.repeat(1.3 * WORTH["amount"], 3) >= np.tile([15.0, 30.0, 45.0], 200)).to_numpy(),
            }
        )
    )
    result = compare_stated_revealed(stated, WORTH)
    ax = draw_stated_revealed(result)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "prior",
        "data",
        "posterior",
        "at €15.00 asked",
        "at €30.00 asked",
        "at €45.00 asked",
    ]
    for row in result.table.to_dict("records"):
        assert [row["low"], row["high"]] in spans(ax)
    assert any(text.startswith("Elasticity stated: ") for text in texts(ax))
    assert_inside(ax)
    alone = draw_stated_revealed(compare_stated_revealed(stated, None))
    assert "no data" in texts(alone)
    assert_inside(alone)


def ladder(power: float = -1.2) -> pd.DataFrame:
    """People who say that they would buy, with constant elasticity."""
    worth = 12 * np.linspace(0.005, 1, 400) ** (1 / power)
    prices = (15.0, 20.0, 27.0, 36.0, 48.0, 64.0, 80.0)
    return pd.DataFrame(
        {
            "respondent_id": np.repeat(range(400), len(prices)),
            "price": np.tile(prices, 400),
            "would_buy": np.repeat(worth, len(prices)) >= np.tile(prices, 400),
        }
    )


def test_where_the_factor_cannot_be_learned_the_elasticities_are_the_picture() -> None:
    result = compare_stated_revealed(ladder(), estimate_demand(sell(), experiment=True))
    ax = draw_stated_revealed(result)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["as said", "as sold"]
    for row in result.elasticities.iloc[:2].to_dict("records"):
        assert [row["low"], row["high"]] in spans(ax)
    assert any(text.startswith("Ratio 0.") for text in texts(ax))
    assert "elasticity" in ax.get_xlabel()
    assert_inside(ax)


@pytest.mark.parametrize("cost", [12.0, 30.0])
def test_prices_by_words_and_by_deeds_stand_below_each_other(cost: float) -> None:
    compared = compare_stated_revealed(ladder(), estimate_demand(sell(), experiment=True))
    result = compare_best_prices(compared, unit_cost=cost)
    ax = draw_compared_prices(result)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["words alone", "deeds"]
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in dots] == pytest.approx(result.table["price"].tolist())
    hollow = [line.get_markerfacecolor() == "white" for line in dots]
    assert hollow == result.table["extrapolated"].tolist()
    assert any(result.table["extrapolated"]) == (cost == 30)
    assert any("is left of the profit" in text.replace("\n", " ") for text in texts(ax))
    assert_inside(ax)


def test_prices_that_cannot_be_compared_are_said_instead() -> None:
    compared = compare_stated_revealed(ladder(), None)
    ax = draw_compared_prices(compare_best_prices(compared, unit_cost=12))
    assert texts(ax) == ["There is no revealed demand to compare with."]
    endless = compare_stated_revealed(ladder(-0.7), estimate_demand(sell(), experiment=True))
    ax = draw_compared_prices(compare_best_prices(endless, unit_cost=12))
    assert "dearer is always better" in texts(ax)
    assert_inside(ax)


def test_price_range_is_a_bar_with_marks_and_says_no_deal() -> None:
    result = measure_price_range(
        unit_cost=50, reference_price=100, our_value=(150, 170, 200), their_value=120, price_now=140
    )
    ax = draw_price_range(result)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "ceiling",
        "parity",
        "price now",
        "reference price",
        "floor",
    ]
    parity = result.table.set_index("point").loc["parity"]
    assert [parity["low"], parity["high"]] in spans(ax)
    assert ax.get_title(loc="left") == ""
    none = draw_price_range(measure_price_range(unit_cost=90, reference_price=60, value_difference=10, ceiling=80))
    assert none.get_title(loc="left") == "no deal: the ceiling lies below the floor"
    open_end = draw_price_range(measure_price_range(unit_cost=50, reference_price=60, value_difference=10))
    assert "ceiling" not in [label.get_text() for label in open_end.get_yticklabels()]
    for each in (ax, none, open_end):
        assert_inside(each)


def test_price_change_shows_break_even_and_the_expected_interval() -> None:
    result = measure_price_change((-2.2, -1.8, -1.4), price_now=27, price_new=33, unit_cost=12)
    ax = draw_price_change(result)
    expected = result.table.iloc[1]
    assert [expected["low"], expected["high"]] in spans(ax)
    assert any("break-even −28.6%" in text for text in texts(ax))
    assert {"loses", "pays"} <= set(texts(ax))
    assert ax.get_xlim()[0] < min(result.break_even, expected["low"])
    unknown = draw_price_change(measure_price_change(None, price_now=150, price_new=200, unit_cost=50))
    assert "nothing is known about the demand" in texts(unknown)
    cut = draw_price_change(measure_price_change(-2.0, price_now=33, price_new=27, unit_cost=12))
    for each in (ax, unknown, cut):
        assert_inside(each)


def test_concessions_are_steps_that_end_at_the_net() -> None:
    ledger = pd.DataFrame(
        {
            "item": ["a discount with a name that is far too long to be written in full", "training $x$", "term"],
            "side": ["give", "give", "get"],
            "low": [500, 200, 300],
            "likely": [500, 250, 600],
            "high": [500, 400, 900],
        }
    )
    result = measure_concessions(ledger)
    set_number_format(NumberFormat(currency="USD", locale="en"))
    ax = draw_concessions(result)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [600, -250, -500, -150]
    last = ax.patches[2]
    assert last.get_x() + last.get_width() == pytest.approx(-150)
    net = result.totals.set_index("what").loc["net"]
    assert [net["low"], net["high"]] in spans(ax)
    assert ax.get_xlabel() == "money per deal (USD)"
    assert_inside(ax)


@pytest.mark.parametrize("draw", [draw_demand, draw_best_price])
def test_figures_draw_on_axes_that_are_given(draw: object) -> None:
    _, ax = plt.subplots()
    demand = estimate_demand(WORTH)
    if draw is draw_demand:
        assert draw_demand(demand, ax=ax) is ax
    else:
        assert draw_best_price(optimise_price(demand, unit_cost=10), ax=ax) is ax
