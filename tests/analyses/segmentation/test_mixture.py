"""Gaussian mixtures: ellipses that k-means would cut, and what they cannot take."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from cvlab.analyses.segmentation import Clusters, estimate_clusters
from cvlab.errors import DataError, ParameterError


def draw_crossing(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw two long clouds that lie side by side: k-means cuts both across."""
    random = np.random.default_rng(seed)
    kind = np.repeat([0, 1], [250, 150])
    along, across = random.normal(0, 6, 400), random.normal(0, 0.5, 400)
    table = pd.DataFrame({"x": along, "y": along + across + np.where(kind == 1, 5.0, 0.0)})
    return table.rename_axis("customer_id"), kind


def fit(features: pd.DataFrame, k: int = 2, **how: object) -> Clusters:
    return estimate_clusters(features, n_clusters=k, method="mixture", **how)  # type: ignore[arg-type]


def test_slanted_clouds_are_told_apart_where_k_means_cannot() -> None:
    table, kind = draw_crossing()
    clusters = fit(table, n_starts=10)
    assert adjusted_rand_score(kind, clusters.codes) > 0.95
    assert adjusted_rand_score(kind, estimate_clusters(table, n_clusters=2).codes) < 0.2
    assert clusters.sizes.tolist() == sorted(clusters.sizes, reverse=True)
    assert clusters.headline.key == "segmentation.membership_certainty"
    assert clusters.scheme == "2 mixture clusters"


def test_the_likelihood_is_that_of_scikit_learn_in_the_data_s_own_units() -> None:
    table, _ = draw_crossing()
    mine = fit(table, n_starts=5).criterion
    peer = GaussianMixture(2, n_init=5, random_state=0, tol=1e-8, max_iter=1000).fit(table)
    assert mine["log_likelihood"] == pytest.approx(peer.score(table) * len(table), abs=0.5)  # ours is regularised
    assert mine["n_parameters"] == 11
    assert mine["bic"] == pytest.approx(np.log(400) * 11 - 2 * mine["log_likelihood"])
    cents = fit(table.assign(x=table["x"] * 100), n_starts=5).criterion
    assert mine["log_likelihood"] - cents["log_likelihood"] == pytest.approx(400 * np.log(100), abs=1e-3)


def test_neither_order_nor_scale_matter_and_new_people_are_assigned() -> None:
    table, _ = draw_crossing()
    clusters = fit(table, n_starts=5)
    shuffled = fit(table.sample(frac=1, random_state=4), n_starts=5)
    pd.testing.assert_series_equal(shuffled.labels.sort_index(), clusters.labels)
    assert shuffled.criterion == clusters.criterion
    assert fit(table, n_starts=5, scale="none").codes.tolist() == clusters.codes.tolist()
    pd.testing.assert_series_equal(clusters.assign(table), clusters.labels)
    assert clusters.probabilities is not None
    np.testing.assert_allclose(clusters.probabilities.sum(axis=1), 1)
    gap = pd.DataFrame({"x": [0.0, np.nan], "y": [0.0, 1.0]})
    assert clusters.assign(gap).isna().tolist() == [False, True]


def test_people_exactly_alike_do_not_break_it() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {"visits": np.r_[np.full(200, 3.0), random.poisson(9, 200)], "spend": random.gamma(2, 10, 400)}
    )
    assert np.isfinite(fit(table, n_starts=5).criterion["log_likelihood"])


def test_what_a_mixture_cannot_take_is_refused() -> None:
    table, _ = draw_crossing()
    with pytest.raises(ParameterError, match="weights are not supported by method 'mixture'"):
        fit(table, weights=np.ones(400))
    mixed = table.assign(member=["yes", "no"] * 200, plan=["basic", "plus", "pro", "pro"] * 100)
    with pytest.raises(DataError, match="plan, member are yes/no or categories, which a Gaussian mixture cannot take"):
        fit(mixed)
    with pytest.raises(DataError, match="500 clusters need as many people"):
        fit(table, 500)
