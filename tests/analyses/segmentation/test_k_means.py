"""k-means finds the best sum of squares: against all divisions of few rows, against scikit-learn on many."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from cvlab.analyses.common import compress_rows
from cvlab.analyses.segmentation import k_means
from cvlab.analyses.segmentation.k_means import fit_k_means, fit_k_means_to_samples, nearest_centres


def best_by_trying_all(rows: np.ndarray, weights: np.ndarray, k: int) -> float:
    """Find the least within sum of squares by trying every division of the rows."""
    best = np.inf
    for labels in itertools.product(range(k), repeat=len(rows)):
        within = 0.0
        for cluster in set(labels):
            members = np.array(labels) == cluster
            centre = np.average(rows[members], axis=0, weights=weights[members])
            within += float(weights[members] @ ((rows[members] - centre) ** 2).sum(axis=1))
        best = min(best, within)
    return best


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=7, unique=True),
    k=st.integers(2, 3),
    seed=st.integers(0, 5),
)
def test_the_best_of_all_divisions_is_found(rows: list[tuple[int, int]], k: int, seed: int) -> None:
    points = np.array(sorted(rows), dtype=float)
    weights = np.random.default_rng(seed).integers(1, 5, len(points)).astype(float)
    fit = fit_k_means(points, weights, n_clusters=k, n_starts=20, seed=seed)
    assert fit.within_sum_of_squares == pytest.approx(best_by_trying_all(points, weights, k), abs=1e-9)
    # Each centre is the mean of its rows, each row lies with its nearest centre.
    for cluster in set(fit.labels):
        members = fit.labels == cluster
        mean = np.average(points[members], axis=0, weights=weights[members])
        np.testing.assert_allclose(fit.centres[cluster], mean, atol=1e-12)
    own = ((points - fit.centres[fit.labels]) ** 2).sum(axis=1)
    nearest = ((points[:, None] - fit.centres[None]) ** 2).sum(axis=2).min(axis=1)
    np.testing.assert_allclose(own, nearest, atol=1e-9)


@pytest.mark.parametrize("k", [2, 4, 7])
def test_no_worse_than_scikit_learn(k: int) -> None:
    rows = np.random.default_rng(0).integers(0, 2, (400, 9)).astype(float)
    distinct, weights, _ = compress_rows(rows)
    ours = fit_k_means(distinct, weights, n_clusters=k, n_starts=100).within_sum_of_squares
    theirs = KMeans(k, n_init=100, random_state=0).fit(rows).inertia_
    assert ours <= theirs * 1.001
    assert ours == pytest.approx(theirs, rel=0.01)


def test_weights_count_as_repeated_rows() -> None:
    random = np.random.default_rng(1)
    rows, times = random.normal(size=(30, 3)), random.integers(1, 6, 30)
    fit = fit_k_means(rows, times.astype(float), n_clusters=3)
    distinct, weights, position = compress_rows(np.repeat(rows, times, axis=0))
    repeated = fit_k_means(distinct, weights, n_clusters=3)
    assert fit.within_sum_of_squares == pytest.approx(repeated.within_sum_of_squares)
    assert np.array_equal(np.repeat(fit.labels, times), repeated.labels[position])


def test_the_hit_rate_counts_the_starts_that_reached_the_best() -> None:
    clouds = np.concatenate([np.random.default_rng(0).normal(centre, 0.1, (50, 2)) for centre in (0, 10, 20)])
    easy = fit_k_means(clouds, np.ones(150), n_clusters=3)
    hard = fit_k_means(np.random.default_rng(0).uniform(size=(300, 6)), np.ones(300), n_clusters=8)
    assert easy.hit_rate == 1.0
    assert 1 / 40 <= hard.hit_rate < 0.5
    assert fit_k_means(clouds, np.ones(150), n_clusters=3, n_starts=1).hit_rate == 1.0


def test_the_largest_cluster_comes_first_and_the_seed_decides_all() -> None:
    rows = np.random.default_rng(2).normal(size=(200, 3))
    first, again = (fit_k_means(rows, np.ones(200), n_clusters=5, seed=7) for _ in range(2))
    sizes = np.bincount(first.labels)
    assert (np.diff(sizes) <= 0).all()
    assert np.array_equal(first.labels, again.labels)
    np.testing.assert_array_equal(first.centres, again.centres)


def test_far_from_the_origin_no_digits_are_lost() -> None:
    rows = np.random.default_rng(3).normal(size=(100, 2))
    near = fit_k_means(rows, np.ones(100), n_clusters=3)
    far = fit_k_means(rows + 1e7, np.ones(100), n_clusters=3)
    assert far.within_sum_of_squares == pytest.approx(near.within_sum_of_squares, rel=1e-6)
    assert np.array_equal(nearest_centres(rows + 1e7, far.centres), far.labels)


def test_rows_without_weight_are_assigned_but_shape_nothing() -> None:
    rows = np.array([[0.0], [1.0], [10.0], [11.0], [500.0]])
    fit = fit_k_means(rows, np.array([1.0, 1.0, 1.0, 1.0, 0.0]), n_clusters=2)
    assert sorted(fit.centres.ravel().round(9).tolist()) == [0.5, 10.5]
    assert fit.labels[4] == fit.labels[3]


def test_many_rows_start_from_a_sample_and_end_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(4).normal(size=(900, 2)) + np.repeat([[0, 0], [6, 0], [0, 6]], 300, axis=0)
    whole = fit_k_means(rows, np.ones(900), n_clusters=3)
    monkeypatch.setattr(k_means, "MOST_ROWS_FOR_STARTS", 100)
    sampled = fit_k_means(rows, np.ones(900), n_clusters=3)
    assert (whole.subsampled, sampled.subsampled) == (0, 100)
    assert sampled.within_sum_of_squares == pytest.approx(whole.within_sum_of_squares, rel=1e-4)


def test_samples_are_fitted_apart_and_as_well_as_each_alone() -> None:
    random = np.random.default_rng(5)
    rows = random.normal(size=(120, 3))
    samples = random.multinomial(120, np.full(120, 1 / 120), size=6).astype(float)
    fits = fit_k_means_to_samples(rows, samples, n_clusters=4, n_starts=60)
    for weights, centres, within in zip(samples, fits.centres, fits.within_sum_of_squares, strict=True):
        gaps = ((rows[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1)
        assert within == pytest.approx(weights @ gaps)
        alone = fit_k_means(rows, weights, n_clusters=4, n_starts=60, seed=1)
        assert within == pytest.approx(alone.within_sum_of_squares, rel=2e-3)
    assert ((fits.hit_rate >= 1 / 60) & (fits.hit_rate <= 1)).all()
    doubled = fit_k_means_to_samples(rows, 2 * samples, n_clusters=4, n_starts=60)
    np.testing.assert_allclose(doubled.within_sum_of_squares, 2 * fits.within_sum_of_squares)


def test_samples_are_fitted_no_worse_than_by_scikit_learn() -> None:
    random = np.random.default_rng(6)
    traits = random.normal(size=(500, 2)) @ random.normal(size=(2, 9)) + random.normal(size=(500, 9))
    distinct, weights, _ = compress_rows((traits > 0).astype(float))
    samples = random.multinomial(500, weights / 500, size=20).astype(float)
    for k in (3, 6):
        ours = fit_k_means_to_samples(distinct, samples, n_clusters=k, n_starts=10).within_sum_of_squares
        theirs = [KMeans(k, n_init=10, random_state=0).fit(distinct, sample_weight=each).inertia_ for each in samples]
        assert ours.sum() <= np.sum(theirs) * 1.0005


def test_many_clusters_and_outlying_rows_lose_no_digits() -> None:
    random = np.random.default_rng(7)
    rows = np.concatenate([np.repeat(np.arange(20.0), 10)[:, None] + 0.01 * random.normal(size=(200, 1)), [[1e6]]])
    fit = fit_k_means(rows, np.ones(201), n_clusters=21, n_starts=40)
    assert fit.within_sum_of_squares < 0.1
    assert sorted(np.bincount(fit.labels).tolist()) == [1] + [10] * 20


def test_many_rows_come_within_a_ten_thousandth_of_scikit_learn() -> None:
    random = np.random.default_rng(8)
    centres = 1.5 * random.normal(size=(5, 6))
    rows = centres[random.integers(5, size=40_000)] + random.normal(size=(40_000, 6))
    ours = fit_k_means(rows, np.ones(40_000), n_clusters=5, n_starts=10)
    assert ours.subsampled > 0
    assert ours.within_sum_of_squares <= KMeans(5, n_init=10, random_state=0).fit(rows).inertia_ * 1.0001
