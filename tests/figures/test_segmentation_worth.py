"""The pictures of profiles, targets, flows and reach show what the results hold, and can be read."""

from itertools import combinations, pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from cvlab.analyses.segmentation import (
    GroupingComparison,
    Profiles,
    assign_segments,
    compare_groupings,
    estimate_clusters,
    profile_groups,
    rank_targets,
)
from cvlab.errors import ParameterError
from cvlab.figures.segmentation import draw_crossing_flow, draw_profiles, draw_targets, draw_value_reach

N = 500


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    random = np.random.default_rng(0)
    gps = random.integers(0, 2, N)
    regions = ["North of the river and beyond the hills", "costs $5 or $6", "<script>", "west"]
    return pd.DataFrame(
        {
            "age": random.integers(18, 80, N),
            "region": random.choice(regions, N),
            "gps": gps,
            "battery_days": random.normal(7, 2, N),
            "spend": gps * 100 + random.exponential(60, N),
        },
        index=pd.Index([f"c{number:03}" for number in range(N)], name="customer_id"),
    )


@pytest.fixture(scope="module")
def comparison(customers: pd.DataFrame) -> GroupingComparison:
    schemes = {
        "age and region": assign_segments(customers, by=["age", "region"]),
        "needs": estimate_clusters(customers[["gps", "battery_days"]], n_clusters=4),
        "one": assign_segments(customers.assign(same="x"), by="same"),
    }
    return compare_groupings(schemes, customers[["spend"]], descriptors=customers[["age", "region"]])


@pytest.fixture(scope="module")
def profiles(customers: pd.DataFrame) -> Profiles:
    return profile_groups(estimate_clusters(customers[["gps", "battery_days"]], n_clusters=3), customers)


def texts_of(ax: Axes) -> list[Text]:
    """Find all texts with something in them, as they will be printed."""
    ax.figure.canvas.draw()
    # Matplotlib also keeps labels of ticks beyond the ends, which it does not print.
    ticks = [
        label
        for axis, (low, high), place in ((ax.xaxis, ax.get_xlim(), 0), (ax.yaxis, sorted(ax.get_ylim()), 1))
        for label in axis.get_ticklabels()
        if ax.axison and low <= label.get_position()[place] <= high
    ]
    everything = [*ax.texts, *ticks, ax._left_title, ax.xaxis.label, ax.yaxis.label]
    if ax.get_legend() is not None:
        everything += ax.get_legend().get_texts()
    return [text for text in everything if text.get_text().strip() and text.get_visible()]


def assert_readable(ax: Axes, *, apart: bool = True) -> None:
    """Check that no text is cut off by the edge of the picture and, with `apart`, that no two overlap."""
    width, height = ax.figure.canvas.get_width_height()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts_of(ax)]
    for name, box in boxes:
        assert box.x0 >= -1, f"{name!r} is cut off"
        assert box.y0 >= -1, f"{name!r} is cut off"
        assert box.x1 <= width + 1, f"{name!r} is cut off"
        assert box.y1 <= height + 1, f"{name!r} is cut off"
    for (first, one), (second, other) in combinations(boxes, 2) if apart else ():
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or down <= 1, f"{first!r} lies on {second!r}"


def test_profiles_have_a_bar_with_its_interval_per_group_and_variable(profiles: Profiles) -> None:
    ax = draw_profiles(profiles)
    labels = [label.get_text().split("\n(")[0].replace("\n", " ") for label in ax.get_yticklabels()]
    assert {"spend", "age", "gps", "battery days"} <= set(labels)
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(bars) == 3 * len(labels)
    rows = profiles.table[profiles.table["variable"] == "spend"]
    place = labels.index("spend")
    drawn = sorted(bar.get_width() for bar in bars if place - 0.5 < bar.get_y() < place + 0.5)
    assert drawn == pytest.approx(sorted((rows["difference"] / rows["threshold"]).clip(-2.5, 2.5)))
    lines = [line for line in ax.lines if len(set(line.get_ydata())) == 1 and line.get_linewidth() == 1.1]
    assert len(lines) == len(bars)
    assert_readable(ax)


def test_by_construction_is_hollow_and_chance_is_pale(profiles: Profiles) -> None:
    ax = draw_profiles(profiles)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    made = {place for place, label in enumerate(labels) if label.startswith(("gps", "battery"))}
    for bar in ax.patches:
        hollow = to_hex(bar.get_facecolor()) == "#ffffff"
        assert hollow == (round(bar.get_y() + bar.get_height() / 2) in made)
    pale = [bar.get_alpha() for bar in ax.patches if to_hex(bar.get_facecolor()) != "#ffffff"]
    shown = profiles.table[~profiles.table["by_construction"]]
    assert pale.count(1) == int(shown["confirmed"].sum())
    assert "by construction" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_many_groups_get_fewer_variables(customers: pd.DataFrame) -> None:
    segments = assign_segments(customers, by=["age", "region"], smallest=20)
    assert len(segments.names) > 8
    ax = draw_profiles(profile_groups(segments, customers))
    assert len(ax.get_yticks()) <= 5
    assert ax.figure.get_size_inches()[1] < 15
    assert_readable(ax)


def test_values_that_are_too_few_are_named_as_such(customers: pd.DataFrame) -> None:
    few = customers.assign(spend=customers["spend"].where(customers["gps"] == 1))
    segments = assign_segments(customers.astype({"gps": str}), by="gps")
    ax = draw_profiles(profile_groups(segments, few))
    assert "too few" in [text.get_text() for text in ax.texts]


def test_a_flow_has_a_ribbon_for_every_pair_that_somebody_is_in(comparison: GroupingComparison) -> None:
    ax = draw_crossing_flow(comparison)
    crossing = comparison.crossings["age and region", "needs"]
    ribbons = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
    assert len(ribbons) == int((crossing > 0).to_numpy().sum())
    heights = sorted(ribbon.get_path().vertices[7, 1] - ribbon.get_path().vertices[0, 1] for ribbon in ribbons)
    counts = np.sort(crossing.to_numpy()[crossing.to_numpy() > 0])
    np.testing.assert_allclose(np.array(heights) / heights[-1], counts / counts[-1])
    # At both ends ribbons lie side by side: none covers another.
    for first, last in ((0, 7), (3, 4)):
        vertices = [ribbon.get_path().vertices for ribbon in ribbons]
        spans = sorted((each[first, 1], each[last, 1]) for each in vertices)
        assert all(end <= start + 1e-9 for (_, end), (start, _) in pairwise(spans))
    pale = sum(to_hex(ribbon.get_facecolor()) == "#dddddd" for ribbon in ribbons)
    assert pale == int((counts < 10).sum())
    assert_readable(ax)


def test_a_flow_may_be_turned(comparison: GroupingComparison) -> None:
    texts = [text.get_text() for text in draw_crossing_flow(comparison, pair=("needs", "age and region")).texts]
    assert texts[-2:] == ["needs", "age and region"]
    with pytest.raises(ParameterError, match="the schemes that were crossed are"):
        draw_crossing_flow(comparison, pair=("moon", "needs"))


def test_worth_and_reach_are_points_with_both_intervals(comparison: GroupingComparison) -> None:
    ax = draw_value_reach(comparison)
    points = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
    reach = comparison.reach.set_index("scheme")
    worth = comparison.overall.set_index("scheme")
    for scheme, point in zip(("age and region", "needs"), points, strict=True):
        line, _, (across, up) = point.lines
        assert line.get_xdata()[0] == reach.loc[scheme, "kappa"]
        assert line.get_ydata()[0] == worth.loc[scheme, "r2"]
        assert across.get_segments()[0][:, 0] == pytest.approx(reach.loc[scheme, ["low", "high"]].tolist())
        assert up.get_segments()[0][:, 1] == pytest.approx(worth.loc[scheme, ["low", "high"]].tolist())
    assert "not enough data: one" in [text.get_text() for text in ax.texts]
    assert "age and region (known by its rule)" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert_readable(ax)


def test_worth_of_one_outcome_may_be_drawn(comparison: GroupingComparison) -> None:
    ax = draw_value_reach(comparison, outcome="spend")
    assert ax.get_ylabel() == "explained of spend"
    with pytest.raises(ParameterError, match="outcome is 'moon': give one of spend"):
        draw_value_reach(comparison, outcome="moon")


def test_reach_that_was_not_measured_cannot_be_drawn(customers: pd.DataFrame) -> None:
    without = compare_groupings({"age": assign_segments(customers, by="age")}, customers[["spend"]])
    with pytest.raises(ParameterError, match="the comparison holds no reach: give descriptors"):
        draw_value_reach(without)


def test_targets_stand_where_their_axes_say_and_knocked_out_ones_are_hollow(profiles: Profiles) -> None:
    smallest = int(profiles.sizes.min()) + 1
    criteria = [
        {"axis": "attractiveness", "variable": "spend"},
        {"axis": "competitiveness", "variable": "age", "better": "lower"},
        {"axis": "knock-out", "variable": "n", "at_least": smallest},
    ]
    ranking = rank_targets(profiles, criteria)
    ax = draw_targets(ranking)
    passing, out = ranking.table.iloc[:2], ranking.table.iloc[2:]
    bubbles, hollow = ax.collections
    np.testing.assert_allclose(bubbles.get_offsets(), passing[["competitiveness", "attractiveness"]])
    assert bubbles.get_sizes()[0] / bubbles.get_sizes()[1] == pytest.approx(passing["n"].iloc[0] / passing["n"].iloc[1])
    assert to_hex(hollow.get_facecolor()[0]) == "#ffffff"
    assert len(out) == 1
    title = ax._left_title.get_text()
    assert "1  " in title
    assert "knocked out by n" in title
    assert_readable(ax, apart=False)


def test_no_target_left_is_said_in_the_picture(profiles: Profiles) -> None:
    criteria = [
        {"axis": "attractiveness", "variable": "spend"},
        {"axis": "knock-out", "variable": "n", "at_least": 1000},
    ]
    ax = draw_targets(rank_targets(profiles, criteria))
    assert "no group passes the knock-out criteria" in [text.get_text() for text in ax.texts]


def test_pictures_go_on_the_axes_given(profiles: Profiles, comparison: GroupingComparison) -> None:
    _, axes = plt.subplots(2, 2)
    ranking = rank_targets(profiles, [{"axis": "attractiveness", "variable": "spend"}])
    assert draw_profiles(profiles, ax=axes[0, 0]) is axes[0, 0]
    assert draw_crossing_flow(comparison, ax=axes[0, 1]) is axes[0, 1]
    assert draw_value_reach(comparison, ax=axes[1, 0]) is axes[1, 0]
    assert draw_targets(ranking, ax=axes[1, 1]) is axes[1, 1]
