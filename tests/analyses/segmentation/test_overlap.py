"""Overlap of divisions: against scikit-learn, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.segmentation.overlap import cross_labels, measure_adjusted_rand, measure_descent, measure_jaccard


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    crossing = cross_labels(first[None], second[None], np.ones(len(pairs)), 4)
    assert measure_adjusted_rand(crossing)[0] == pytest.approx(adjusted_rand_score(first, second), abs=1e-12)
    weights = np.arange(1.0, len(pairs) + 1)
    repeated = adjusted_rand_score(*(np.repeat(side, weights.astype(int)) for side in (first, second)))
    weighted = measure_adjusted_rand(cross_labels(first[None], second[None], weights, 4))
    assert weighted[0] == pytest.approx(repeated, abs=1e-12)


def test_many_pairs_are_crossed_apart() -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(0, 3, (2, 5, 40))
    crossings = cross_labels(first, second, np.ones(40), 3)
    for pair in range(5):
        expected = [[((first[pair] == a) & (second[pair] == b)).sum() for b in range(3)] for a in range(3)]
        assert crossings[pair].tolist() == expected


def test_jaccard_is_the_best_overlap_and_survives_an_empty_cluster() -> None:
    crossing = np.array([[[6.0, 2.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]]])
    np.testing.assert_allclose(measure_jaccard(crossing), [[6 / 8, 4 / 6, 0]])


def test_descent_is_one_from_one_parent_and_falls_with_mixture() -> None:
    crossing = np.array([[8.0, 2.0, 1.0], [0.0, 2.0, 3.0], [0.0, 2.0, 0.0]])
    shares = np.array([0.25, 0.75])
    mixed = 1 + (shares * np.log(shares)).sum() / np.log(3)
    np.testing.assert_allclose(measure_descent(crossing), [1, 0, mixed], atol=1e-12)
