"""The pictures of segmentation show every group, scheme and interval, and no text lies on another."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.text import Text

from cvlab.analyses.common import Partition
from cvlab.analyses.segmentation import (
    Clusters,
    GroupingComparison,
    assign_segments,
    compare_groupings,
    estimate_clusters,
)
from cvlab.errors import ParameterError
from cvlab.figures.segmentation import draw_centres, draw_crossing, draw_explained, draw_group_sizes

N = 400


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    random = np.random.default_rng(0)
    regions = ["North of the river and beyond the hills", "costs $5 or $6", "<script>alert(1)</script>", "west"]
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03}" for number in range(N)],
            "age": random.integers(18, 80, N),
            "region": random.choice(regions, N),
            "gps": random.integers(0, 2, N),
            "battery_days": random.normal(7, 2, N),
        }
    )


@pytest.fixture(scope="module")
def clusters(customers: pd.DataFrame) -> Clusters:
    return estimate_clusters(customers[["customer_id", "gps", "battery_days"]], n_clusters=4)


@pytest.fixture(scope="module")
def comparison(customers: pd.DataFrame, clusters: Clusters) -> GroupingComparison:
    random = np.random.default_rng(1)
    outcomes = customers.set_index("customer_id")[["battery_days"]].assign(
        yearly_spend=customers["age"].to_numpy() + random.normal(0, 20, N), same=1.0
    )
    schemes = {"age": assign_segments(customers, by="age"), "region": assign_segments(customers, by="region")}
    return compare_groupings({**schemes, "needs clusters": clusters}, outcomes)


def texts_of(ax: Axes) -> list[Text]:
    """Find all texts with something in them, as they will be printed."""
    ax.figure.canvas.draw()
    left, right = ax.get_xlim()
    # Matplotlib also keeps labels of ticks beyond the ends, which it does not print.
    ticks = [label for label in ax.get_xticklabels() if left <= label.get_position()[0] <= right]
    everything = [*ax.texts, *ticks, *ax.get_yticklabels(), ax._left_title, ax.xaxis.label, ax.yaxis.label]
    if ax.get_legend() is not None:
        everything += ax.get_legend().get_texts()
    return [text for text in everything if text.get_text().strip() and text.get_visible()]


def assert_readable(ax: Axes) -> None:
    """Check that no two texts overlap and none is cut off by the edge of the picture."""
    texts = texts_of(ax)
    width, height = ax.figure.canvas.get_width_height()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    for name, box in boxes:
        assert box.x0 >= -1, f"{name!r} is cut off"
        assert box.y0 >= -1, f"{name!r} is cut off"
        assert box.x1 <= width + 1, f"{name!r} is cut off"
        assert box.y1 <= height + 1, f"{name!r} is cut off"
    for (first, one), (second, other) in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or down <= 1, f"{first!r} lies on {second!r}"


def test_every_group_is_a_bar_with_its_interval_and_number(customers: pd.DataFrame) -> None:
    segments = assign_segments(customers, by=["age", "region"], smallest=20)
    ax = draw_group_sizes(segments)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(segments.table["share"].tolist())
    assert len([each for each in ax.containers if isinstance(each, ErrorbarContainer)]) == 1
    assert [text.get_text() for text in ax.texts] == [f"n = {n}" for n in segments.table["n"]]
    assert_readable(ax)


def test_one_group_that_holds_all_is_drawn(customers: pd.DataFrame) -> None:
    ax = draw_group_sizes(assign_segments(customers.head(12), by="region"))
    assert max(ax.get_xticks()) <= 1
    assert_readable(ax)


def test_names_are_escaped_and_shortened(customers: pd.DataFrame) -> None:
    ax = draw_group_sizes(assign_segments(customers, by="region"))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert r"costs \$5 or \$6" in labels
    assert all(len(line) <= 40 for label in labels for line in label.split("\n"))


def test_every_scheme_and_outcome_is_a_point_with_its_interval(comparison: GroupingComparison) -> None:
    ax = draw_explained(comparison)
    drawn = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
    table = comparison.table.dropna(subset="r2")
    assert len(drawn) == len(table) == 6
    ends = sorted(tuple(each.lines[2][0].get_segments()[0][:, 0].round(9)) for each in drawn)
    assert ends == sorted(zip(table["low"].round(9), table["high"].round(9), strict=True))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["battery days", "yearly spend", "same"]
    assert "not enough data" in [text.get_text() for text in ax.texts]
    assert_readable(ax)


def test_by_construction_is_hollow_and_in_the_key(comparison: GroupingComparison) -> None:
    ax = draw_explained(comparison)
    hollow = [each.lines[0] for each in ax.containers if to_hex(each.lines[0].get_markerfacecolor()) == "#ffffff"]
    row = comparison.table[comparison.table["by_construction"]].iloc[0]
    assert [line.get_xdata()[0] for line in hollow] == [row["r2"]]
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == ["age", "region", "needs clusters", "by construction"]
    markers = {each.lines[0].get_marker() for each in ax.containers}
    assert len(markers) == 3, "grey print tells schemes apart by their markers"


def test_a_crossing_has_a_cell_per_pair_and_rows_of_one(comparison: GroupingComparison) -> None:
    ax = draw_crossing(comparison, pair=("age", "needs clusters"))
    crossing = comparison.crossings["age", "needs clusters"]
    shares = ax.images[0].get_array()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares, crossing.div(crossing.sum(axis=1), axis=0))
    assert len(ax.texts) == crossing.size
    assert ax.get_xlabel() == "needs clusters"
    assert_readable(ax)


def test_a_crossing_may_be_turned_and_the_first_is_the_default(comparison: GroupingComparison) -> None:
    turned = draw_crossing(comparison, pair=("region", "age"))
    assert (turned.get_ylabel(), turned.get_xlabel()) == ("region", "age")
    assert draw_crossing(comparison).get_ylabel() == "age"
    with pytest.raises(ParameterError, match="the schemes that were crossed are age and region; age and needs"):
        draw_crossing(comparison, pair=("age", "moon"))


def test_centres_are_written_in_their_own_units(clusters: Clusters) -> None:
    ax = draw_centres(clusters)
    texts = [text.get_text() for text in ax.texts]
    assert len(texts) == 2 * 4
    table = clusters.table
    assert f"{table.loc[0, 'gps']:.1%}" in texts
    assert f"{table.loc[0, 'battery_days']:.2f}" in texts
    assert_readable(ax)


def test_of_many_features_the_strongest_are_drawn() -> None:
    random = np.random.default_rng(0)
    features = pd.DataFrame({f"item_{number}": random.integers(0, 2, 300) for number in range(20)})
    features["item_0"] = features["item_1"] = features["item_2"]
    ax = draw_centres(estimate_clusters(features, n_clusters=2))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(labels) == 16
    assert {"item 0", "item 1", "item 2"} <= set(labels)
    assert "4 more features differ less" in ax._left_title.get_text()


def test_pictures_go_on_the_axes_given(comparison: GroupingComparison, clusters: Clusters) -> None:
    _, axes = plt.subplots(2, 2)
    assert draw_group_sizes(clusters, ax=axes[0, 0]) is axes[0, 0]
    assert draw_explained(comparison, ax=axes[0, 1]) is axes[0, 1]
    assert draw_crossing(comparison, ax=axes[1, 0]) is axes[1, 0]
    assert draw_centres(clusters, ax=axes[1, 1]) is axes[1, 1]


def test_small_cells_of_a_crossing_are_neither_written_nor_shaded_apart() -> None:
    people = pd.Index([f"c{number}" for number in range(120)], name="customer_id")
    left = pd.Series(["a"] * 60 + ["b"] * 60, index=people, dtype="category")
    right = pd.Series((["x"] * 50 + ["y"] * 7 + ["z"] * 3) * 2, index=people, dtype="category")
    schemes = {"one": Partition(labels=left, scheme="one"), "two": Partition(labels=right, scheme="two")}
    outcome = pd.DataFrame({"y": np.arange(120.0)}, index=people)
    ax = draw_crossing(compare_groupings(schemes, outcome))
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("<10") == 4
    assert texts.count("83%") == 2
    assert not {"12%", "5%"} & set(texts)


def test_one_scheme_crosses_nothing() -> None:
    people = pd.Index([f"c{number}" for number in range(80)], name="customer_id")
    labels = pd.Series(["a", "b"] * 40, index=people, dtype="category")
    outcome = pd.DataFrame({"y": np.arange(80.0)}, index=people)
    ax = draw_crossing(compare_groupings({"one": Partition(labels=labels, scheme="one")}, outcome))
    assert ax.texts[0].get_text() == "there is one scheme only"
