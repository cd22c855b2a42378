"""Latent classes: the likelihood another package finds, gaps, weights, order, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.segmentation import Clusters, estimate_clusters
from cvlab.errors import DataError, ParameterError


def draw_mixed(n: int = 400, missing: float = 0.15, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw three classes over a yes/no, a category and two measured columns, with gaps."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, size=n, p=[0.5, 0.3, 0.2])
    table = pd.DataFrame(
        {
            "gps": (random.random(n) < np.array([0.9, 0.2, 0.5])[kind]).astype(float),
            "plan": np.where(random.random(n) < 0.7, kind, random.integers(0, 3, n)).astype(float),
            "spend": random.normal(np.array([20.0, 50.0, 80.0])[kind], np.array([5.0, 8.0, 4.0])[kind]),
            "visits": random.normal(np.array([3.0, 3.0, 9.0])[kind], 1.5),
        },
        index=pd.Index([f"c{number:03}" for number in range(n)], name="customer_id"),
    )
    return table.mask(random.random(table.shape) < missing), kind


def draw_answers(n: int = 800, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    chances = np.array([[0.9, 0.8, 0.7, 0.2, 0.1, 0.3], [0.2, 0.3, 0.1, 0.8, 0.7, 0.6]])
    kind = random.choice(2, size=n, p=[0.6, 0.4])
    return pd.DataFrame((random.random((n, 6)) < chances[kind]).astype(int), columns=list("abcdef"))


def name_plans(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(plan=table["plan"].map({0.0: "basic", 1.0: "plus", 2.0: "pro"}))


def fit(features: pd.DataFrame, k: int = 2, **how: object) -> Clusters:
    return estimate_clusters(features, n_clusters=k, method="latent class", **how)  # type: ignore[arg-type]


def test_mixed_columns_with_gaps_reach_the_likelihood_that_stepmix_reaches() -> None:
    stepmix = pytest.importorskip("stepmix.stepmix", reason="stepmix, the oracle, is not installed")
    table, _ = draw_mixed()
    columns = {
        "gps": {"model": "binary_nan", "n_columns": 1},
        "plan": {"model": "categorical_nan", "n_columns": 1},
        "measured": {"model": "gaussian_diag_nan", "n_columns": 2},
    }
    peer = stepmix.StepMix(3, measurement=columns, n_init=5, random_state=0, verbose=0, progress_bar=0).fit(table)
    ours = fit(name_plans(table), 3, n_starts=20)
    assert ours.criterion["log_likelihood"] == pytest.approx(peer.score(table) * len(table), abs=0.001)
    assert ours.criterion["n_parameters"] == peer.n_parameters
    assert ours.criterion["bic"] == pytest.approx(peer.bic(table), abs=0.002)
    assert ours.criterion["aic"] == pytest.approx(peer.aic(table), abs=0.002)
    # Two classes for three leave several optima; the peer's starts may stop at a lower one.
    peer = stepmix.StepMix(2, measurement=columns, n_init=5, random_state=0, verbose=0, progress_bar=0).fit(table)
    assert fit(name_plans(table), 2).criterion["log_likelihood"] > peer.score(table) * len(table) - 0.001


def test_yes_and_no_reach_the_likelihood_that_stepmix_reaches() -> None:
    stepmix = pytest.importorskip("stepmix.stepmix", reason="stepmix, the oracle, is not installed")
    answers = draw_answers(300)
    peer = stepmix.StepMix(3, measurement="binary", n_init=3, random_state=0, verbose=0, progress_bar=0).fit(answers)
    reached = fit(answers, 3).criterion["log_likelihood"]
    assert reached >= peer.score(answers) * len(answers) - 0.001


def test_the_likelihood_is_that_of_the_formula() -> None:
    table, _ = draw_mixed(200)
    clusters = fit(name_plans(table))
    # Written out from the classes' shares and moments, as soft memberships give them.
    chance = clusters.probabilities
    assert chance is not None
    density = np.zeros((len(table), 2))
    for group in range(2):
        weight = chance.iloc[:, group]
        share = weight.mean()
        density[:, group] = np.log(share)
        for column in table.columns:
            known = table[column].notna()
            w, x = weight[known], table.loc[known, column]
            if column in ("gps", "plan"):
                levels = x.map(lambda level, w=w, x=x: w[x == level].sum() / w.sum())
                density[known, group] += np.log(levels)
            else:
                mean = np.average(x, weights=w)
                spread = np.sqrt(np.average((x - mean) ** 2, weights=w))
                density[known, group] += stats.norm.logpdf(x, mean, spread)
    expected = np.logaddexp(density[:, 0], density[:, 1]).sum()
    assert clusters.criterion["log_likelihood"] == pytest.approx(expected, abs=1e-4)


def test_planted_classes_are_found_through_the_gaps_and_named() -> None:
    table, kind = draw_mixed()
    clusters = fit(name_plans(table), 3)
    known = clusters.labels.notna().to_numpy()
    assert adjusted_rand_score(kind[known], clusters.codes[known]) > 0.85
    assert clusters.names == ("low spend, plan basic", "plan plus, not gps", "high visits, high spend")
    assert (np.diff(clusters.sizes) <= 0).all()
    assert clusters.hit_rate > 0.3
    assert clusters.scheme == "3 latent classes"
    assert clusters.headline.key == "segmentation.membership_certainty"
    assert 0.9 < clusters.headline.low < clusters.headline.value < clusters.headline.high < 1
    assert "a person belongs to the one named with a probability of 9" in str(clusters.headline)
    assert any("people lack a feature: they count by those that are known." in note for note in clusters.notes)


def test_means_are_those_of_the_known_values() -> None:
    table, _ = draw_mixed()
    clusters = fit(name_plans(table), 3)
    spend = table["spend"].groupby(clusters.labels, observed=True).mean()
    np.testing.assert_allclose(clusters.table.set_index("group")["spend"].astype(float), spend)


def test_who_answered_nothing_belongs_nowhere_and_has_the_shares_as_chances() -> None:
    table, _ = draw_mixed()
    table.iloc[5] = np.nan
    clusters = fit(name_plans(table), 3)
    assert clusters.probabilities is not None
    np.testing.assert_allclose(clusters.probabilities.sum(axis=1), 1)
    assert clusters.probabilities.index.equals(clusters.labels.index)
    assert pd.isna(clusters.labels.iloc[5])
    rest = clusters.labels.notna()
    np.testing.assert_allclose(
        clusters.probabilities.iloc[5].astype(float), clusters.probabilities[rest].mean().astype(float)
    )
    likeliest = clusters.probabilities[rest].idxmax(axis=1)
    assert (likeliest == clusters.labels[rest].astype(str)).all()
    assert any("1 of 400 people have no known feature" in note for note in clusters.notes)


def test_new_people_are_assigned_by_what_is_known_of_them() -> None:
    table, _ = draw_mixed()
    features = name_plans(table)
    clusters = fit(features, 3)
    pd.testing.assert_series_equal(clusters.assign(features), clusters.labels)
    new = pd.DataFrame({"visits": [9.0, None, None], "plan": [None, "plus", "gold"], "gps": None, "spend": None})
    assigned = clusters.assign(new.astype({"gps": float, "spend": float}))
    assert assigned.tolist()[:2] == ["high visits, high spend", "plan plus, not gps"]
    # A level never seen says nothing; who has nothing else goes by the shares of the classes.
    assert assigned.iloc[2] == clusters.names[0]
    renamed = clusters.rename({clusters.names[0]: "savers"})
    assert renamed.assign(features).cat.categories[0] == "savers"
    assert renamed.probabilities is not None
    assert renamed.probabilities.columns[0] == "savers"


def test_weights_count_as_people() -> None:
    table, _ = draw_mixed(150)
    features = name_plans(table)
    weights = np.random.default_rng(3).integers(1, 4, len(features))
    repeated = features.loc[features.index.repeat(weights)].reset_index(drop=True)
    weighted, expanded = fit(features, weights=weights.astype(float)), fit(repeated)
    for name, value in expanded.criterion.items():
        assert weighted.criterion[name] == pytest.approx(value, abs=1e-5)
    np.testing.assert_allclose(
        weighted.table.iloc[:, 2:].astype(float), expanded.table.iloc[:, 2:].astype(float), atol=1e-6
    )


def test_a_weight_of_nought_shapes_nothing_and_is_assigned() -> None:
    answers = draw_answers(300)
    odd = pd.DataFrame([[1, 0, 1, 0, 1, 0]], columns=answers.columns)
    both = pd.concat([answers, odd], ignore_index=True)
    weights = np.r_[np.ones(300), 0.0]
    assert fit(both, weights=weights).criterion == pytest.approx(fit(answers).criterion)
    assert fit(both, weights=weights).labels.notna().all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_of_levels_nor_other_names_matter(seed: int) -> None:
    table, _ = draw_mixed(120, seed=seed % 5)
    features = name_plans(table)
    clusters = fit(features, 3, n_starts=8)
    shuffled = fit(features.sample(frac=1, random_state=seed), 3, n_starts=8)
    pd.testing.assert_series_equal(shuffled.labels.sort_index(), clusters.labels.sort_index())
    assert shuffled.criterion == pytest.approx(clusters.criterion, abs=1e-6)
    assert shuffled.names == clusters.names


def test_a_column_with_two_values_is_a_yes_or_no_whatever_they_are() -> None:
    answers = draw_answers()
    coded = answers + 1
    assert fit(coded).criterion == pytest.approx(fit(answers).criterion)
    words = answers.replace({0: "no", 1: "yes"})
    assert fit(words).criterion == pytest.approx(fit(answers).criterion)
    with pytest.raises(DataError, match="a has values other than 1 and 2, as the clusters know it"):
        fit(coded).assign(coded.replace({"a": {2: 3}}))


def test_the_units_of_measured_columns_move_only_the_likelihood() -> None:
    table, _ = draw_mixed(missing=0.0)
    features = name_plans(table)
    cents = features.assign(spend=features["spend"] * 100 + 7)
    one, other = fit(features, 3), fit(cents, 3)
    assert other.codes.tolist() == one.codes.tolist()
    gap = one.criterion["log_likelihood"] - other.criterion["log_likelihood"]
    assert gap == pytest.approx(len(table) * np.log(100), abs=1e-3)


def test_more_classes_never_fit_worse() -> None:
    answers = draw_answers()
    found = [fit(answers, k, n_starts=10).criterion for k in (2, 3, 4)]
    assert found[0]["log_likelihood"] < found[1]["log_likelihood"] < found[2]["log_likelihood"]
    assert found[0]["bic"] < found[1]["bic"] < found[2]["bic"]


def test_too_many_classes_for_the_patterns_are_said() -> None:
    few = pd.DataFrame({"a": [0, 0, 1, 1] * 50, "b": [0, 1, 0, 1] * 50})
    notes = fit(few, 3).notes
    assert any("8 parameters for 4 different rows: the classes are not unique" in note for note in notes)


def test_a_class_that_closes_in_on_one_value_is_held_and_said() -> None:
    random = np.random.default_rng(0)
    spend = np.where(random.random(300) < 0.5, 0.0, random.lognormal(3, 0.5, 300))
    clusters = fit(pd.DataFrame({"spend": spend, "visits": random.normal(5, 2, 300)}))
    assert np.isfinite(clusters.criterion["log_likelihood"])
    assert any("In some cluster the spread of spend is at its lower bound" in note for note in clusters.notes)


def test_too_few_people_are_classed_and_not_believed() -> None:
    clusters = fit(draw_answers(100))
    assert str(clusters.headline) == (
        "Not enough data to trust clusters: 100 people for 6 features; 420 would do (70 per feature)."
    )


def test_many_people_start_on_some_of_them() -> None:
    random = np.random.default_rng(0)
    kind = random.random(6000) < 0.4
    table = pd.DataFrame({"x": random.normal(np.where(kind, 5.0, 0.0)), "y": random.normal(np.where(kind, 3.0, 0.0))})
    clusters = fit(table, n_starts=5)
    assert any("The starts were run on 5,000 different people" in note for note in clusters.notes)
    assert adjusted_rand_score(kind, clusters.codes) > 0.98
    assert clusters.hit_rate == 1


@pytest.mark.parametrize(
    ("table", "k", "message"),
    [
        ({"a": [0, 1] * 50, "b": [1] * 100}, 3, "3 clusters need as many people who differ, but there are 2"),
        ({"a": [1.0] * 10, "b": [None] * 10}, 2, "no column varies between people"),
        ({"a": [0.0, 1.0, np.inf]}, 2, "a has infinite values"),
        ({"code": [f"k{n % 300}" for n in range(600)], "a": [0, 1] * 300}, 2, "code has 300 categories: merge them"),
        ({"name": [f"n{n}" for n in range(50)], "a": [0, 1] * 25}, 2, "name is different for everybody, like an id"),
        ({"account_id": range(50), "a": [0, 1] * 25}, 2, "account_id is different for everybody, like an id"),
    ],
)
def test_unfit_features_are_refused(table: dict, k: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(pd.DataFrame(table), k)


def test_a_constant_or_empty_column_is_left_out_with_a_note() -> None:
    answers = draw_answers(200).assign(same=3.0, nothing=np.nan)
    clusters = fit(answers)
    assert clusters.made_from == tuple("abcdef")
    assert any("Left out: same (the same for everybody), nothing (all missing)." in note for note in clusters.notes)


def test_one_class_is_refused() -> None:
    with pytest.raises(ParameterError, match="n_clusters is 1: give a whole number of at least 2"):
        fit(draw_answers(), 1)
