"""Pictures of stability hold what the result holds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.segmentation import Stability, estimate_stability
from cvlab.figures.segmentation.stability import draw_stability, draw_structure, draw_tree


@pytest.fixture(scope="module")
def stability() -> Stability:
    random = np.random.default_rng(0)
    values = np.array([[0, 0], [6, 0], [0, 6]])[random.integers(0, 3, 200)] + random.normal(size=(200, 2))
    features = pd.DataFrame(values, columns=["a", "b"])
    return estimate_stability(features, n_clusters=range(2, 8), n_pairs=6, n_starts=5, n_null=19)


def list_texts(ax: plt.Axes) -> list[str]:
    legend = ax.get_legend()
    return [text.get_text() for text in (*ax.texts, *ax.get_xticklabels(), *(legend.get_texts() if legend else ()))]


def test_agreement_is_drawn_with_its_interval_band_verdict_and_recommendation(stability: Stability) -> None:
    ax = draw_stability(stability)
    known = stability.table.dropna(subset="ari")
    assert len(ax.containers) >= len(known)
    bars = [container for container in ax.containers if hasattr(container, "has_yerr")]
    heights = [float(bar[0].get_ydata()[0]) for bar in bars]
    np.testing.assert_allclose(heights, known["ari"])
    assert all(bar.has_yerr for bar in bars)
    texts = list_texts(ax)
    assert f"{stability.recommended}\nrecommended" in texts
    assert {"natural", "one cloud cut in as many"} <= set(texts)
    assert "adjusted Rand index" in ax.get_ylabel()


def test_structure_is_drawn_beside_one_cloud(stability: Stability) -> None:
    ax = draw_structure(stability)
    three = stability.table.set_index("n_clusters").loc[3]
    expected = 2 * three["within_sum_of_squares"] / (three["null_low"] + three["null_high"])
    drawn = [float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"]
    assert any(np.isclose(value, expected) for value in drawn)
    low, high = ax.get_ylim()
    assert low < expected < high
    assert "one cloud = 100%" in ax.get_ylabel()


def test_the_tree_shows_every_cluster_and_hides_how_many_a_few_are(stability: Stability) -> None:
    ax = draw_tree(stability)
    written = [text.get_text() for text in ax.texts]
    assert len(written) == len(stability.clusters)
    for row in stability.clusters.itertuples():
        assert (str(row.n) if row.n >= 10 else "<10") in written
    flows = stability.tree[stability.tree["n"] > 0]
    assert len(ax.patches) >= len(flows)


def test_too_few_people_still_give_pictures() -> None:
    features = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
    few = estimate_stability(features, n_clusters=[2, 3], n_pairs=3, n_starts=3)
    assert "not enough data" in list_texts(draw_stability(few))
    assert any("not enough" in text for text in list_texts(draw_structure(few)))
    assert len(draw_tree(few).texts) == 5
    alike = pd.DataFrame({"a": [0, 1] * 50})
    none = estimate_stability(alike, n_clusters=[5], n_pairs=3, n_starts=3)
    assert "not enough data" in list_texts(draw_tree(none))
    assert "not enough\ndata" in list_texts(draw_stability(none))


def test_a_picture_is_drawn_where_it_is_asked_for(stability: Stability) -> None:
    _, axes = plt.subplots(1, 3)
    for draw, ax in zip((draw_stability, draw_structure, draw_tree), axes, strict=True):
        assert draw(stability, ax=ax) is ax
