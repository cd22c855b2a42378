"""Pictures of the summary: one interval per action, and one mark per answer, left of the line where it is sharp."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from cvlab.figures.summary import draw_actions, draw_headlines


def make_ranking(*sharpness: float) -> SimpleNamespace:
    words = ["clear" if value <= 1 else "fair" if value <= 3 else "rough" for value in sharpness]
    table = pd.DataFrame({"sharpness": sharpness, "how_sure": words})
    return SimpleNamespace(table=table.assign(what="price", estimate="€5.00", interval="€4.00\xa0to\xa0€6.00"))


def test_every_answer_with_an_interval_is_a_mark() -> None:
    ax = draw_headlines(make_ranking(0.2, 2.0, 40.0, np.inf))
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() not in ("None", "")]
    assert marks == [0.2, 2.0, 40.0]
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("€5.00 (€4.00 to €6.00)") == 3
    assert {"clear", "fair", "rough"} <= set(texts)
    assert ax.get_xlim()[1] > 40


def test_nothing_to_draw_is_written() -> None:
    assert draw_headlines(make_ranking(np.inf)).texts[0].get_text() == "no headline has an interval"


def make_actions(*rows: tuple[str, float, float, float]) -> SimpleNamespace:
    table = pd.DataFrame(rows, columns=["what", "low", "likely", "high"])
    return SimpleNamespace(table=table.assign(rank=range(1, len(rows) + 1), action="raise $a$ and <b>" + "x" * 90))


def test_every_action_with_money_is_an_interval_with_its_likely_money() -> None:
    actions = make_actions(("act", 10.0, 20.0, 40.0), ("hold", 0.0, 0.0, 0.0), ("test", -5.0, 8.0, 9.0))
    actions.table.loc[3] = ["not in money", np.nan, np.nan, np.nan, 4, "open"]
    ax = draw_actions(actions)
    bars = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 3]
    assert bars == [(10.0, 40.0), (0.0, 0.0), (-5.0, 9.0)]
    marks = {line.get_marker(): line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1}
    assert marks == {"o": 20.0, "s": 0.0, "D": 8.0}
    assert [text.get_text() for text in ax.texts] == ["€20.00", "as today", "€8.00"]
    assert ax.get_xlim()[0] < -5 < 40 < ax.get_xlim()[1]
    assert "EUR" in ax.get_xlabel()
    assert ax.get_yticklabels()[0].get_text().startswith("1. act: raise")
    ax.figure.canvas.draw()  # a dollar sign that opened a formula would fail here


def test_without_money_the_picture_says_so() -> None:
    ax = draw_actions(make_actions(("not in money", np.nan, np.nan, np.nan)))
    assert ax.texts[0].get_text().startswith("No bar yet: no action has money per year.")
    held = draw_actions(make_actions(("hold", 0.0, 0.0, 0.0)))
    assert held.texts[0].get_text() == "Nothing is known to earn more than today."
    assert draw_actions(make_actions()).texts
