"""The picture of the summary: one mark per answer, left of the line where it is sharp enough."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from cvlab.figures.summary import draw_headlines


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
