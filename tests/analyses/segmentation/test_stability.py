"""Stability: what comes out again, what is real, and what is said of too few people."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Headline, Result
from cvlab.analyses.segmentation import Stability, estimate_clusters, estimate_stability
from cvlab.analyses.segmentation import stability as stability_module
from cvlab.errors import DataError, ParameterError

QUICK = {"n_clusters": range(2, 6), "n_pairs": 10, "n_starts": 6, "n_null": 39}


def draw_clouds(seed: int, n: int = 300) -> np.ndarray:
    """Three clouds, at the corners of a triangle with sides of six standard deviations or more."""
    random = np.random.default_rng(seed)
    return np.array([[0, 0], [6, 0], [0, 6]])[random.integers(0, 3, n)] + random.normal(size=(n, 2))


def draw_correlated(random: np.random.Generator, n: int, correlation: float, columns: int = 3) -> np.ndarray:
    common = random.normal(size=(n, 1))
    return np.sqrt(correlation) * common + np.sqrt(1 - correlation) * random.normal(size=(n, columns))


def draw_piled(random: np.random.Generator, n: int) -> np.ndarray:
    traits = draw_correlated(random, n, 0.5)
    return np.where(traits < 0.3, 0, np.exp(traits))


CONTINUA = {
    "uniform": lambda random, n: random.uniform(size=(n, 3)),
    "log-normal": lambda random, n: np.exp(draw_correlated(random, n, 0.4)),
    "zero-inflated": draw_piled,
    "correlated": lambda random, n: draw_correlated(random, n, 0.7),
    "yes/no": lambda random, n: (draw_correlated(random, n, 0.5, 4) > [-0.5, 0, 0.3, 0.8]).astype(float),
}


def name_columns(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values).add_prefix("feature_")


@pytest.fixture(scope="module")
def clouds() -> Stability:
    return estimate_stability(name_columns(draw_clouds(0)), **QUICK)


def test_three_clouds_are_natural_and_recommended(clouds: Stability) -> None:
    table = clouds.table.set_index("n_clusters")
    assert clouds.recommended == 3
    assert table.loc[3, "verdict"] == "natural"
    assert table.loc[3, "ari"] > 0.98
    assert table.loc[3, "within_sum_of_squares"] < table.loc[3, "null_low"]
    assert table.loc[3, "p_one_cloud"] <= 0.05
    assert (table["null_low"] < table["null_high"]).all()
    assert (table["low"] <= table["high"]).all()
    assert str(clouds.headline).startswith("3 clusters are natural: two samples of 300 people agree on them to")
    assert clouds.reason in str(clouds.headline)


def test_it_is_a_result_and_its_headline_travels(clouds: Stability) -> None:
    assert isinstance(clouds, Result)
    assert set(clouds.kinds) == set(clouds.table.columns)
    assert clouds.headline.key == "segmentation.stability"
    again = Headline.from_record(clouds.headline.to_record())
    assert (again.value, str(again)) == (clouds.headline.value, str(clouds.headline))
    assert clouds.headline.value == clouds.table.set_index("n_clusters").loc[3, "ari"]


def test_clusters_and_tree_count_everybody(clouds: Stability) -> None:
    for _, group in clouds.clusters.groupby("n_clusters"):
        assert group["n"].sum() == 300
        assert group["share"].sum() == pytest.approx(1)
        assert (group["n"].diff().dropna() <= 0).all()
    assert (clouds.clusters.query("n_clusters == 3")["jaccard"] > 0.95).all()
    tree = clouds.tree
    for _, group in tree.groupby("n_clusters"):
        assert group["n"].sum() == 300
        np.testing.assert_allclose(group.groupby("child")["share_of_child"].sum(), 1)
        np.testing.assert_allclose(group.groupby("parent")["share_of_parent"].sum(), 1)
    # Two of the three clouds come whole out of the larger half.
    assert tree.query("n_clusters == 3 and parents == 2").groupby("child")["slsa"].first().min() > 0.5


def test_one_cloud_cut_in_two_is_reproducible_and_not_natural() -> None:
    values = draw_correlated(np.random.default_rng(0), 400, 0.9)
    stability = estimate_stability(name_columns(values), **QUICK)
    assert stability.table.loc[0, "verdict"] == "reproducible"
    assert stability.table.loc[0, "null_ari"] > 0.8
    assert "pieces of one cloud" in stability.reason


def test_nothing_is_recommended_where_nothing_comes_out_again() -> None:
    values = np.random.default_rng(0).normal(size=(500, 6))
    stability = estimate_stability(name_columns(values), **QUICK)
    assert set(stability.table["verdict"]) == {"constructed"}
    assert stability.recommended is None
    assert str(stability.headline).startswith("No number of clusters comes out again")
    assert "At best, two samples of 500 people agree on" in str(stability.headline)
    assert stability.headline.value == stability.table["ari"].max()


def count_natural(draw, repeats: int, first_seed: int, **arguments: object) -> int:
    found = 0
    for seed in range(first_seed, first_seed + repeats):
        values = draw(np.random.default_rng(seed), 300)
        stability = estimate_stability(name_columns(values), seed=seed, **{**QUICK, "n_null": 19, **arguments})
        found += bool((stability.table["verdict"] == "natural").any())
    return found


def test_continua_are_not_called_natural() -> None:
    fast = {"n_pairs": 4, "n_starts": 4, "n_clusters": range(2, 5)}
    assert sum(count_natural(draw, 2, 2026, **fast) for draw in CONTINUA.values()) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTINUA)
def test_continua_are_called_natural_in_a_tenth_of_repeats_at_most(name: str) -> None:
    assert count_natural(CONTINUA[name], 30, 3000) <= 3


@pytest.mark.slow
def test_three_separated_clouds_are_always_natural() -> None:
    for seed in range(4000, 4020):
        stability = estimate_stability(name_columns(draw_clouds(seed)), seed=seed, **{**QUICK, "n_null": 99})
        assert stability.recommended == 3
        assert stability.table.set_index("n_clusters").loc[3, "verdict"] == "natural"


def test_few_starts_fail_where_many_agree() -> None:
    """Low agreement may be a failed optimiser, and the hit rate says so."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(7, 4)) * 3
    values = name_columns(centres[random.integers(0, 7, 300)] + random.normal(size=(300, 4)))
    arguments = {"n_clusters": 7, "n_pairs": 12, "n_null": 19}
    one, many = (estimate_stability(values, n_starts=starts, **arguments).table for starts in (1, 12))
    assert one.loc[0, "ari"] < many.loc[0, "ari"] - 0.02
    assert many.loc[0, "hit_rate"] < 0.9


def test_the_order_of_rows_and_the_unit_of_weights_change_nothing() -> None:
    features = name_columns(draw_clouds(1, 160).round(1))
    arguments = {**QUICK, "n_clusters": [2, 3], "n_null": 19}
    first = estimate_stability(features, **arguments)
    shuffled = estimate_stability(features.sample(frac=1, random_state=0), **arguments)
    pd.testing.assert_frame_equal(first.table, shuffled.table)
    weighted = estimate_stability(features, **arguments, weights=np.full(160, 10.0))
    sums = ["within_sum_of_squares", "null_low", "null_high"]
    np.testing.assert_allclose(weighted.table[sums], 10 * first.table[sums])
    pd.testing.assert_series_equal(weighted.table["ari"], first.table["ari"])
    assert weighted.clusters["n"].tolist() == first.clusters["n"].tolist()


def test_mixed_features_with_categories_missing_values_and_weights_are_judged() -> None:
    random = np.random.default_rng(2)
    kind = random.integers(0, 2, 400)
    features = pd.DataFrame(
        {
            "plan": np.where(kind == 1, "pro", random.choice(["basic", "free"], 400)),
            "visits": np.where(random.uniform(size=400) < 0.4, 0, random.poisson(3 + 4 * kind)),
            "price": random.lognormal(size=400),
            "rating": random.integers(1, 6, 400).astype(float),
        }
    )
    features.loc[::40, "rating"] = np.nan
    stability = estimate_stability(features, **{**QUICK, "n_null": 19}, weights=random.uniform(0.5, 2, 400))
    assert (stability.table["n"] == 390).all()
    assert not (stability.table["verdict"] == "not enough data").any()
    assert any("lack a feature" in note for note in stability.notes)


def test_too_few_people_are_told_how_many_would_do() -> None:
    few = estimate_stability(name_columns(draw_clouds(0, 60)), **QUICK)
    assert (few.table["verdict"] == "not enough data").all()
    assert few.recommended is None
    assert not few.headline.answered
    assert str(few.headline) == (
        "Not enough data to judge clusters: 60 people for 2 features; 140 would do (70 per feature, 30 per cluster)."
    )
    assert few.table["ari"].notna().all()
    assert few.table["null_low"].isna().all()


def test_small_clusters_and_few_different_people_are_not_judged() -> None:
    features = name_columns(draw_clouds(0, 140))
    stability = estimate_stability(features, **{**QUICK, "n_null": 19})
    assert stability.table["verdict"].tolist()[-1] == "not enough data"
    assert stability.table["verdict"].tolist()[1] != "not enough data"
    alike = pd.DataFrame({"a": [0, 1] * 100, "b": [0, 0, 1, 1] * 50})
    table = estimate_stability(alike, n_clusters=[4, 6], n_pairs=3, n_starts=3, n_null=19).table
    assert table["verdict"].tolist()[1] == "not enough data"
    assert np.isnan(table.loc[1, "ari"])
    only = estimate_stability(alike, n_clusters=[6], n_pairs=3, n_starts=3, n_null=19)
    assert "too much alike" in str(only.headline)
    assert only.clusters.empty
    assert only.tree.empty


def test_one_feature_keeps_its_margin_and_is_never_natural() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(centre, 0.1, 60) for centre in (0, 10, 20)])
    stability = estimate_stability(pd.DataFrame({"spend": values}), **{**QUICK, "n_null": 19})
    assert "natural" not in set(stability.table["verdict"])
    assert any("One feature alone" in note for note in stability.notes)


def test_of_many_people_some_are_measured_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability_module, "MOST_PEOPLE", 200)
    stability = estimate_stability(name_columns(draw_clouds(3, 900)), **{**QUICK, "n_clusters": [3], "n_null": 19})
    assert stability.table["n"].tolist() == [200]
    assert "Stability was measured on 200 of 900 people, drawn at random." in stability.notes
    assert stability.recommended == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": [1]}, "n_clusters is 1: give a whole number of at least 2"),
        ({"n_clusters": []}, "n_clusters is empty: give at least one number of clusters"),
        ({"n_pairs": 1}, "n_pairs is 1"),
        ({"n_starts": 0}, "n_starts is 0"),
        ({"n_null": 18}, "n_null is 18: give a whole number of at least 19"),
        ({"scale": "log"}, "scale is 'log'"),
    ],
)
def test_unfit_arguments_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        estimate_stability(name_columns(draw_clouds(0)), **arguments)


def test_unfit_features_are_refused() -> None:
    with pytest.raises(DataError, match="infinite"):
        estimate_stability(pd.DataFrame({"a": [np.inf, 1.0, 2.0]}))
    with pytest.raises(DataError, match="no column varies"):
        estimate_stability(pd.DataFrame({"a": [1.0] * 50}))


def test_only_clusters_that_come_out_again_split_another_analysis(clouds: Stability) -> None:
    features = name_columns(draw_clouds(0))
    trusted = clouds.trust(estimate_clusters(features, n_clusters=3))
    assert trusted is not None
    assert len(trusted.names) == 3
    assert clouds.table.set_index("n_clusters").loc[5, "verdict"] == "constructed"
    assert clouds.trust(estimate_clusters(features, n_clusters=5)) is None
    assert clouds.trust(estimate_clusters(features, n_clusters=9)) is None


def test_the_number_asked_for_goes_before_the_recommended_one(clouds: Stability) -> None:
    assert clouds.choose() == 3
    assert clouds.choose(5) == 5
    few = estimate_stability(name_columns(draw_clouds(0, 60)), **QUICK)
    assert few.choose(otherwise=4) == 4
