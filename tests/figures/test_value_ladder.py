"""Pictures of the ladder hold the numbers of the result, and nothing in them is clipped or read as markup."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder import Ladder, check_ladder, measure_ladder
from cvlab.figures.value_ladder import draw_ladder, draw_ladder_shares, draw_rules, draw_switching


def make_ladder(names: list[str], *, people: int = 40, grouped: bool = False, smallest: int = 10) -> Ladder:
    random = np.random.default_rng(4)
    worth = np.cumsum(random.gamma(4, 3, (people, len(names))), axis=1)
    prices = 10.0 * (1 + np.arange(len(names)))
    rungs = pd.DataFrame({"rung": names, "price": prices, "unit_cost": prices / 4})
    values = pd.DataFrame(worth, columns=names)
    values.insert(0, "respondent_id", [f"P{number}" for number in range(people)])
    labels = pd.Series(np.where(np.arange(people) % 2, "odd", "even"), index=values["respondent_id"], dtype="category")
    by = Partition(labels=labels, scheme="parity") if grouped else None
    return measure_ladder(rungs, values, by=by, n_boot=100, smallest_group=smallest)


def texts_of(ax: Axes) -> list[str]:
    figure = ax.figure
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(match=lambda artist: hasattr(artist, "get_text"))]


def bar_heights(ax: Axes) -> list[float]:
    return [bar.get_height() for container in ax.containers if hasattr(container, "patches") for bar in container]


def test_the_staircase_shows_price_worth_and_what_is_sold() -> None:
    ladder = make_ladder(["good", "better", "best"])
    ax = draw_ladder(ladder)
    worth = ladder.worth
    np.testing.assert_allclose(bar_heights(ax)[:3], worth["p90"] - worth["p10"])
    np.testing.assert_allclose(bar_heights(ax)[3:6], worth["p75"] - worth["p25"])
    prices = next(lines for lines in ax.collections if lines.get_label() == "price")
    assert [segment[0][1] for segment in prices.get_segments()] == [10, 20, 30]
    texts = texts_of(ax)
    assert "€20.00" in texts
    assert "worth and price per unit (EUR)" in texts
    assert any(text.startswith("better\nsold to ") for text in texts)


@pytest.mark.parametrize("grouped", [False, True])
def test_shares_are_drawn_with_their_intervals(grouped: bool) -> None:
    ladder = make_ladder(["good", "better", "best"], grouped=grouped)
    ax = draw_ladder_shares(ladder)
    np.testing.assert_allclose(bar_heights(ax), ladder.table["share"])
    segments = [segment for lines in ax.collections for segment in lines.get_segments()]
    np.testing.assert_allclose([segment[0][1] for segment in segments], ladder.table["low"], atol=1e-12)
    np.testing.assert_allclose([segment[1][1] for segment in segments], ladder.table["high"], atol=1e-12)
    assert "buys none" in texts_of(ax)
    assert (ax.get_legend() is not None) == grouped


@pytest.mark.parametrize("change", [0.1, -0.2])
def test_switching_draws_each_move_once(change: float) -> None:
    ladder = make_ladder(["good", "better", "best"])
    ax = draw_switching(ladder, change=change)
    moves = ladder.switching(change)
    assert sorted(bar_heights(ax)) == pytest.approx(sorted(moves["share"]))
    assert any("€30.00 → €33.00" in text or "€30.00 → €24.00" in text for text in texts_of(ax))
    places = sorted(
        round(bar.get_x(), 6) for container in ax.containers if hasattr(container, "patches") for bar in container
    )
    assert len(set(places)) == len(moves), "no bar hides another"


def test_the_rule_board_says_each_verdict_in_words() -> None:
    ladder = make_ladder(["good", "better", "best"], grouped=True)
    features = pd.DataFrame({"rung": ["good", "better"], "feature": ["a", "b"], "level": 1})
    check = check_ladder(ladder, features, as_of="2026-06-01", collected_on={"rung_values": "2026-05-01"})
    texts = texts_of(draw_rules(check))
    shown = {"✓ pass": "pass", "✗ fail": "fail", "? cannot tell": "cannot tell"}
    for words, verdict in shown.items():
        assert texts.count(words) == int((check.board == verdict).sum().sum())
    assert texts.count("not tested") == int(check.board.drop(index="whole ladder").isna().sum().sum())
    assert "falls behind good in a" in texts


@pytest.mark.parametrize("names", [["only"], ["$a$ <b>", "x" * 60, "cost $5 & up"], [f"rung {n}" for n in range(7)]])
def test_any_ladder_can_be_drawn_without_clipping(names: list[str]) -> None:
    ladder = make_ladder(names)
    check = check_ladder(ladder, None, as_of="2026-06-01")
    for ax in (draw_ladder(ladder), draw_ladder_shares(ladder), draw_switching(ladder), draw_rules(check)):
        ax.figure.canvas.draw()
        inside = ax.figure.bbox
        for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]:
            if label.get_text():
                box = label.get_window_extent()
                assert box.x0 >= inside.x0 - 1, label.get_text()
                assert box.x1 <= inside.x1 + 1, label.get_text()


@pytest.mark.parametrize(("smallest", "told"), [(1, True), (10, False)])
def test_few_people_are_drawn_without_whiskers_or_not_at_all(smallest: int, told: bool) -> None:
    ladder = make_ladder(["good", "best"], people=4, smallest=smallest)
    for draw in (draw_ladder, draw_ladder_shares, draw_switching):
        ax = draw(ladder)
        assert ("not enough people: 4 asked" in texts_of(ax)) != told
        assert bool(bar_heights(ax)) == told


def test_a_group_too_small_has_no_bars() -> None:
    ladder = make_ladder(["good", "best"], people=21, grouped=True, smallest=11)
    ax = draw_ladder_shares(ladder)
    assert {"everybody", "even"} <= set(texts_of(ax))
    assert "odd" not in texts_of(ax)
    assert np.isfinite(bar_heights(ax)).all()


def test_words_on_the_board_are_wrapped_and_never_cut() -> None:
    name = "for high heart alerts, low sleep coaching and high battery life, low price of the strap"
    random = np.random.default_rng(4)
    values = pd.DataFrame(np.cumsum(random.gamma(4, 3, (40, 2)), axis=1), columns=["good", "best"])
    values.insert(0, "respondent_id", [f"P{number}" for number in range(40)])
    values.loc[:19, "best"] = values.loc[:19, "good"] - 1
    labels = pd.Series([name] * 20 + ["rest"] * 20, index=values["respondent_id"], dtype="category")
    rungs = pd.DataFrame({"rung": ["good", "best"], "price": [8.0, 14.0], "unit_cost": [1.0, 2.0]})
    ladder = measure_ladder(rungs, values, by=Partition(labels=labels, scheme="clusters"), n_boot=50)
    features = pd.DataFrame({"rung": "good", "feature": [f"feature {n}" for n in range(12)], "level": 1})
    check = check_ladder(ladder, features, as_of="2026-06-01")
    ax = draw_rules(check)
    shown = [text.replace("\n", " ") for text in texts_of(ax)]
    assert any(text.startswith(f"for {name} ") for text in shown)
    for reason in check.table.query("rule == 2")["reason"]:
        assert reason in shown
    boxes = [patch.get_window_extent() for patch in ax.patches]
    for text in ax.texts:
        place = text.get_window_extent()
        assert any(
            box.x0 - 1 <= place.x0 and place.x1 <= box.x1 + 1 and box.y0 - 1 <= place.y0 and place.y1 <= box.y1 + 1
            for box in boxes
        ), text.get_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (0.1, "this rung made 10% dearer\neach bar: its buyers who then move to"),
        (-0.125, "this rung made 12.5% cheaper\neach bar: people who then come to it from"),
    ],
)
def test_switching_says_what_a_group_of_bars_and_what_a_bar_is(change: float, words: str) -> None:
    ax = draw_switching(make_ladder(["good", "best"]), change=change)
    assert ax.get_legend().get_title().get_text() == f"each group of bars: {words}"


def test_drawing_goes_where_the_caller_says() -> None:
    _, axes = plt.subplots(1, 2)
    assert draw_ladder(make_ladder(["good", "best"]), ax=axes[1]) is axes[1]
    assert len(plt.get_fignums()) == 1
