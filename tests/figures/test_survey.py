"""The pictures of data trust show every column and every rule."""

import pandas as pd
from matplotlib.patches import Rectangle

from cvlab.analyses.survey import measure_data_trust, summarise_exclusions
from cvlab.figures.survey import draw_completeness, draw_exclusions


def test_every_column_is_a_cell_and_gaps_are_written() -> None:
    people = pd.DataFrame({"customer_id": ["1", "2"], "age": [30.0, None], "end_date": [None, None]})
    ax = draw_completeness(measure_data_trust({"customers": people}, may_be_empty={"customers": ["end_date"]}))
    texts = [text.get_text() for text in ax.texts]
    assert len([patch for patch in ax.patches if isinstance(patch, Rectangle)]) == 3
    assert "age\n50%" in texts
    assert ax.get_legend() is not None


def test_every_rule_is_a_bar_with_its_interval() -> None:
    log = pd.DataFrame({"table": ["a", "b"], "row": [1, 2], "rule": ["x", "costs $5 or $6"]})
    result = summarise_exclusions(log, rows_read={"a": 10, "b": 20})
    ax = draw_exclusions(result)
    assert [bar.get_width() for bar in ax.patches] == [0.1, 0.05]
    assert ax.get_xlim()[1] > result.table["high"].max()
    assert r"\$5" in ax.get_yticklabels()[1].get_text()


def test_nothing_left_out_is_written() -> None:
    log = pd.DataFrame({"table": [], "row": [], "rule": []})
    ax = draw_exclusions(summarise_exclusions(log, rows_read={"a": 10}))
    assert ax.texts[0].get_text() == "nothing was left out"
