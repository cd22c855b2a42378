"""Intervals, resampling and effort."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cvlab.analyses.common import (
    bootstrap_counts,
    compress_rows,
    corrected_interval,
    cross_validation_folds,
    effort_settings,
    normal_interval,
    percentile_interval,
    wilson_interval,
)
from cvlab.errors import ParameterError


@given(st.integers(1, 400), st.integers(0, 400))
def test_wilson_agrees_with_scipy(n: int, successes: int) -> None:
    k = min(n, successes)
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_corrected_interval_is_wider_than_the_naive_one_and_has_a_known_width() -> None:
    scores = np.random.default_rng(1).normal(size=50)
    mean, low, high = corrected_interval(scores, test_share=0.1)
    half = stats.t.ppf(0.975, 49) * np.sqrt((1 / 50 + 0.1 / 0.9) * scores.var(ddof=1))
    assert (low, high) == pytest.approx((mean - half, mean + half))
    assert half > 2 * stats.t.ppf(0.975, 49) * scores.std(ddof=1) / np.sqrt(50)


def test_percentiles_leave_out_missing_draws() -> None:
    low, high = percentile_interval(np.array([[0.0, np.nan], [1.0, 5.0], [2.0, np.nan]]), level=0.5)
    assert low.tolist() == [0.5, 5.0]
    assert high.tolist() == [1.5, 5.0]
    assert np.isnan(percentile_interval(np.empty((0, 2)))[0]).all()


def test_the_normal_interval_grows_with_the_level() -> None:
    narrow, wide = normal_interval(0.0, 1.0, level=0.9)[1], normal_interval(0.0, 1.0, level=0.99)[1]
    assert narrow == pytest.approx(1.6449, abs=1e-4)
    assert wide == pytest.approx(2.5758, abs=1e-4)


@given(st.integers(1, 50), st.integers(1, 20))
def test_every_bootstrap_sample_has_all_its_people(n: int, n_boot: int) -> None:
    counts = bootstrap_counts(n, n_boot=n_boot, seed=3)
    assert counts.shape == (n_boot, n)
    assert (counts.sum(axis=1) == n).all()
    assert (counts == bootstrap_counts(n, n_boot=n_boot, seed=3)).all()


@given(st.integers(2, 60), st.integers(2, 10))
def test_folds_are_balanced(n: int, folds: int) -> None:
    if folds > n:
        with pytest.raises(ParameterError, match="at most as many folds as rows"):
            cross_validation_folds(n, folds=folds, repeats=1, seed=0)
        return
    sizes = np.bincount(cross_validation_folds(n, folds=folds, repeats=1, seed=0)[0])
    assert len(sizes) == folds
    assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_compressed_rows_can_be_spread_out_again(rows: list[tuple[int, int]]) -> None:
    values = np.array(rows)
    distinct, weights, position = compress_rows(values)
    assert (distinct[position] == values).all()
    assert weights.sum() == len(rows)
    assert len(np.unique(distinct, axis=0)) == len(distinct)


def test_full_effort_tries_harder_and_other_words_are_refused() -> None:
    quick, full = effort_settings("quick"), effort_settings("full")
    assert (full.n_boot, full.n_starts, full.repeats) > (quick.n_boot, quick.n_starts, quick.repeats)
    with pytest.raises(ParameterError, match="effort is 'thorough'"):
        effort_settings("thorough")
