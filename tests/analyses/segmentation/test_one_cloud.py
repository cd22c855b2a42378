"""The one-cloud null: margins and rank correlations are kept, groups are not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvlab.analyses.segmentation.one_cloud import OneCloud, fit_one_cloud
from cvlab.analyses.segmentation.preparation import prepare_features

CORRELATION = 0.6


def draw_traits(n: int = 4000, correlation: float = CORRELATION, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n)


def fit(table: pd.DataFrame, **arguments: object) -> OneCloud:
    return fit_one_cloud(prepare_features(table, **arguments))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (lambda z: z, lambda z: z),
        (lambda z: np.exp(2 * z), lambda z: stats.norm.cdf(z)),
        (lambda z: z > 0, lambda z: z > 0.8),
        (lambda z: np.digitize(z, [-1, 0, 0.5]), lambda z: np.digitize(z, [-0.5, 1])),
        (lambda z: np.where(z < 0.3, 0, np.exp(z)), lambda z: z > -1),
        (lambda z: np.where(z < 1.5, 0, z), lambda z: -(z**3)),
    ],
    ids=["normal", "skewed", "yes/no", "ratings", "piled at zero and yes/no", "mostly zero and falling"],
)
def test_the_correlation_of_the_traits_is_found_through_any_monotone_column(first, second) -> None:
    traits = draw_traits()
    features = pd.DataFrame({"a": first(traits[:, 0]).astype(float), "b": second(traits[:, 1]).astype(float)})
    falling = features["b"].corr(pd.Series(traits[:, 1]), method="spearman") < 0
    # Three standard errors of the least informative pair.
    assert fit(features).correlation[0, 1] == pytest.approx(-CORRELATION if falling else CORRELATION, abs=0.09)


@pytest.mark.parametrize("rho", [-0.99, -0.5, 0.0, 0.3, 0.9, 0.99])
def test_yes_and_no_in_halves_follow_the_arcsine_law(rho: float) -> None:
    # P(both yes) = 1/4 + arcsin(rho) / (2 pi): Stuart & Ord (1994), Kendall's Advanced Theory of Statistics, 15.10.
    both = round(4000 * (0.25 + np.arcsin(rho) / (2 * np.pi)))
    pairs = [(1, 1)] * both + [(0, 0)] * both + [(1, 0)] * (2000 - both) + [(0, 1)] * (2000 - both)
    assert fit(pd.DataFrame(pairs, columns=["a", "b"])).correlation[0, 1] == pytest.approx(rho, abs=0.01)


def test_draws_keep_the_margins_and_the_rank_correlations() -> None:
    traits = draw_traits(600)
    features = pd.DataFrame(
        {"skewed": np.exp(traits[:, 0]), "rating": np.digitize(traits[:, 1], [-1, 0, 1]), "yes": traits[:, 1] > 0.5}
    ).astype(float)
    prepared = prepare_features(features, scale="none")
    cloud = fit_one_cloud(prepared)
    random = np.random.default_rng(1)
    draws = [cloud.draw(600, random) for _ in range(40)]
    for column, name in enumerate(features):
        np.testing.assert_allclose(np.sort(draws[0][:, column]), np.sort(features[name]))
    drawn = np.mean([stats.spearmanr(draw).statistic for draw in draws], axis=0)
    np.testing.assert_allclose(drawn, features.corr(method="spearman"), atol=0.03)


def test_two_clouds_become_one() -> None:
    random = np.random.default_rng(2)
    side = np.repeat([0.0, 5.0], 300)
    ring = np.column_stack([side + random.normal(size=600), random.normal(size=600)])
    ring[:300, 1] += 5 * (np.arange(300) % 2)
    drawn = fit(pd.DataFrame(ring, columns=["a", "b"]), scale="none").draw(600, random)
    # The data leave one corner of four empty; one cloud with the same margins and correlation does not.
    corner = (ring[:, 0] > 2.5) & (ring[:, 1] > 2.5)
    assert corner.mean() < 0.02
    assert ((drawn[:, 0] > 2.5) & (drawn[:, 1] > 2.5)).mean() > 0.02


def test_a_category_is_drawn_whole_and_keeps_its_sizes_and_its_company() -> None:
    random = np.random.default_rng(3)
    size = random.normal(size=500)
    plan = np.array(["large", "medium", "small"])[np.digitize(-size + 0.3 * random.normal(size=500), [-0.5, 0.5])]
    prepared = prepare_features(pd.DataFrame({"plan": plan, "size": size}))
    drawn = fit_one_cloud(prepared).draw(500, random)
    half = np.sqrt(0.5)
    assert np.isclose(drawn[:, :3], half).sum(axis=1).tolist() == [1] * 500
    np.testing.assert_allclose(drawn[:, :3].sum(axis=0) / half, [(plan == level).sum() for level in np.unique(plan)])
    large, small = (drawn[np.isclose(drawn[:, level], half), 3].mean() for level in (0, 2))
    assert large > small + 0.5


def test_weights_count_as_repeated_people() -> None:
    random = np.random.default_rng(4)
    features = pd.DataFrame({"a": random.normal(size=60), "b": random.integers(0, 2, 60)})
    features["a"] += features["b"]
    times = random.integers(1, 5, 60)
    weighted = fit(features, weights=times.astype(float))
    repeated = fit(features.loc[features.index.repeat(times)].reset_index(drop=True))
    np.testing.assert_allclose(weighted.correlation, repeated.correlation, atol=1e-9)
    one, other = (cloud.draw(500, np.random.default_rng(0)).mean(axis=0) for cloud in (weighted, repeated))
    np.testing.assert_allclose(one, other, atol=0.05)


def test_a_matrix_that_no_traits_could_have_is_mended() -> None:
    # Pairwise tetrachoric correlations of 0.9, 0.9 and -0.9 contradict each other.
    random = np.random.default_rng(5)
    a = random.integers(0, 2, 300)
    features = pd.DataFrame({"a": a, "b": a, "c": 1 - a})
    for column, row in (("a", 0), ("b", 7), ("c", 14)):
        features.loc[features.index[row::40], column] ^= 1
    cloud = fit(features)
    values = np.linalg.eigvalsh(cloud.correlation)
    assert values.min() > 0
    np.testing.assert_allclose(np.diag(cloud.correlation), 1)
    assert np.isfinite(cloud.draw(300, random)).all()
