"""The pictures of data trust show every table, rule, level and number, and can be read."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.patches import Rectangle

from cvlab.analyses.common import Headline
from cvlab.analyses.survey import (
    estimate_weights,
    measure_data_trust,
    measure_detectable_differences,
    measure_exclusions,
    measure_response,
    measure_shifts,
    summarise_exclusions,
)
from cvlab.figures.survey import (
    draw_careless,
    draw_completeness,
    draw_detectable,
    draw_exclusions,
    draw_response,
    draw_shifts,
    draw_weights,
)


def assert_readable(ax: Axes) -> None:
    """Check that no text is cut off by the edge of the picture and that no two overlap."""
    ax.figure.canvas.draw()
    width, height = ax.figure.canvas.get_width_height()
    texts = [*ax.texts, *ax.get_yticklabels(), ax._left_title, ax.xaxis.label]
    if ax.get_legend() is not None:
        texts += ax.get_legend().get_texts()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()]
    for name, box in boxes:
        assert box.x0 >= -1, f"{name!r} is cut off"
        assert box.y0 >= -1, f"{name!r} is cut off"
        assert box.x1 <= width + 1, f"{name!r} is cut off"
        assert box.y1 <= height + 1, f"{name!r} is cut off"
    for (first, one), (second, other) in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or down <= 1, f"{first!r} lies on {second!r}"


def make_people(n: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(0)
    regions = ["North of the river and beyond the hills", "costs $5 or $6", "west"]
    return pd.DataFrame({"customer_id": range(n), "region": random.choice(regions, n), "vip": random.random(n) < 0.4})


def make_headline(value: float, change: float, draws: np.ndarray | None = None) -> Headline:
    return Headline(
        key="demo.number",
        label="number",
        value=value,
        low=value,
        high=value,
        n=50,
        unit="money",
        sentence="",
        smallest_change=change,
        draws=draws,
        draws_by="" if draws is None else "people",
    )


def test_every_column_is_a_cell_and_gaps_are_written() -> None:
    people = pd.DataFrame({"customer_id": ["1", "2"], "age": [30.0, None], "end_date": [None, None]})
    ax = draw_completeness(measure_data_trust({"customers": people}, may_be_empty={"customers": ["end_date"]}))
    texts = [text.get_text() for text in ax.texts]
    assert len([patch for patch in ax.patches if isinstance(patch, Rectangle)]) == 3
    assert "age: 50%" in texts
    assert ax.get_legend() is not None
    assert_readable(ax)


def test_completeness_can_be_read_on_a_page_and_a_gap_is_never_none() -> None:
    wide = pd.DataFrame(1.0, index=range(1000), columns=[f"a column of the survey {place}" for place in range(20)])
    wide.iloc[0, 0] = np.nan
    wide.iloc[:400, 1:4] = np.nan
    ax = draw_completeness(measure_data_trust({"answers": wide, "others": wide.iloc[400:, 4:]}))
    assert ax.figure.get_size_inches()[0] <= 7.2
    written = [text for text in ax.texts if "%" in text.get_text()]
    assert len(written) == 1
    assert written[0].get_text().endswith("60% and 2 more")
    assert min(text.get_fontsize() for text in ax.texts) >= 8
    assert_readable(ax)
    one = draw_completeness(measure_data_trust({"answers": wide.iloc[:, [0]]}))
    assert "above 99%" in one.texts[0].get_text()


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


def test_response_has_a_point_with_its_interval_per_level_and_a_line_at_the_rate_of_all() -> None:
    customers = make_people()
    answered = customers[(customers["vip"]) | (customers["customer_id"] % 3 == 0)]
    result = measure_response(answered.rename(columns={"customer_id": "respondent_id"}), customers)
    ax = draw_response(result)
    points = next(container for container in ax.containers if isinstance(container, ErrorbarContainer))
    assert sorted(points[0].get_xdata()) == pytest.approx(sorted(result.table["rate"]))
    assert ax.lines[0].get_xdata()[0] == pytest.approx(result.rate)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert any(label.startswith(r"region: costs \$5 or \$6 (") for label in labels)
    assert_readable(ax)


def test_weights_show_sample_target_and_weighted() -> None:
    customers = make_people()
    people = customers.iloc[:120].rename(columns={"customer_id": "respondent_id"})
    result = estimate_weights(people, customers)
    ax = draw_weights(result)
    drawn = {line.get_label(): sorted(line.get_xdata()) for line in ax.lines}
    for label, column in (("as answered", "sample"), ("weighted", "weighted"), ("those they stand for", "target")):
        assert drawn[label] == pytest.approx(sorted(result.table[column]))
    assert_readable(ax)


def test_careless_shows_each_rule_with_its_counts() -> None:
    seconds = [30.0] * 5 + [300.0] * 95
    tables = {
        "respondents": pd.DataFrame({"respondent_id": range(100), "seconds": seconds}),
        "price_sensitivity": pd.DataFrame(
            {"respondent_id": range(5), "too_cheap": 1.0, "cheap": 2.0, "expensive": 3.0, "too_expensive": 4.0}
        ),
    }
    ax = draw_careless(measure_exclusions(tables))
    assert {text.get_text() for text in ax.texts} == {"5 of 100", "too few checked"}
    assert next(bar.get_width() for bar in ax.patches) == pytest.approx(0.05)
    assert_readable(ax)


def test_shifts_stand_in_smallest_changes_and_far_ones_at_the_edge() -> None:
    draws = np.linspace(-1, 1, 100)
    pairs = {
        "best price": (make_headline(20, 1, 20 + draws), make_headline(23, 1, 23 + draws)),
        "costs $5 or $6": (make_headline(5, 1), make_headline(5.5, 1)),
        "far": (make_headline(10, 1), make_headline(90, 1)),
        "missing": (make_headline(np.nan, 1), make_headline(1, 1)),
    }
    ax = draw_shifts(measure_shifts(pairs, cause="with weights"))
    low, high = ax.get_xlim()
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "None" and len(line.get_xdata())]
    assert low == -high
    assert marks == pytest.approx([0.96 * high, 3.0, 0.5])
    assert {"€80.00", "not known"} <= {text.get_text() for text in ax.texts}
    assert_readable(ax)
    assert_readable(draw_shifts(measure_shifts({"one": pairs["best price"]}, cause="with weights")))


def test_detectable_differences_stand_beside_the_wanted_one() -> None:
    tables = {name: pd.DataFrame({"respondent_id": range(n)}) for name, n in (("small", 40), ("large", 4000))}
    result = measure_detectable_differences(tables, difference=0.1)
    ax = draw_detectable(result)
    drawn = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    assert drawn["between two halves"] == pytest.approx(result.table["halves"].tolist())
    assert drawn["wanted"][0] == pytest.approx(0.1)
    assert ax.get_yticklabels()[1].get_text() == "large (4,000 people)"
    assert_readable(ax)


def test_where_nothing_can_be_drawn_it_is_said() -> None:
    few = pd.DataFrame({"respondent_id": range(3), "region": ["a", "b", "b"], "seconds": [1.0, 2.0, 3.0]})
    customers = few.rename(columns={"respondent_id": "customer_id"})
    assert "Not enough data" in draw_response(measure_response(few, customers)).texts[0].get_text()
    assert "Not enough data" in draw_weights(estimate_weights(few, customers)).texts[0].get_text()
    assert "Not enough data" in draw_careless(measure_exclusions({"respondents": few})).texts[0].get_text()
    assert "no number" in draw_shifts(measure_shifts({}, cause="with weights")).texts[0].get_text()


def test_the_given_axes_are_drawn_on() -> None:
    _, (first, second) = plt.subplots(1, 2)
    assert draw_shifts(measure_shifts({}, cause="with weights"), ax=first) is first
    people = {"people": pd.DataFrame({"respondent_id": range(50)})}
    assert draw_detectable(measure_detectable_differences(people), ax=second) is second
