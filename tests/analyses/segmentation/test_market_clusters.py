"""Market clusters: segments merged by Ward, weighted by size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.common import Partition, Result
from cvlab.analyses.segmentation import MarketClusters, assign_segments, estimate_clusters, merge_segments
from cvlab.analyses.segmentation.ward import merge_by_ward
from cvlab.errors import DataError, ParameterError


def draw_market(n: int = 900, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw six regions × two plans: regions a–c spend less than d–f, plans differ in visits."""
    random = np.random.default_rng(seed)
    customers = pd.DataFrame({"region": random.choice(list("abcdef"), n), "plan": random.choice(["basic", "pro"], n)})
    features = pd.DataFrame(
        {
            "spend": random.normal(0, 10, n) + np.where(customers["region"].isin(list("abc")), 50, 80),
            "visits": random.poisson(3, n) + 4 * (customers["plan"] == "pro"),
        }
    )
    return customers, features


def as_partition(labels: list[str]) -> Partition:
    return Partition(labels=pd.Series(labels, dtype="category"), scheme="letters", made_from=("letter",))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 12))
def test_the_costs_are_those_of_ward_on_every_person(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    means, sizes = random.normal(size=(n, 3)), random.integers(1, 6, n)
    merges = merge_by_ward(means, sizes.astype(float))
    people = linkage(np.repeat(means, sizes, axis=0), "ward")
    np.testing.assert_allclose(
        np.sqrt(2 * np.array([cost for *_, cost in merges])), people[-(n - 1) :, 2], rtol=1e-6, atol=1e-6
    )
    assert sorted(merges[-1][0] + merges[-1][1]) == list(range(n))
    for k in range(2, n):
        expected = fcluster(people, k, "maxclust")[np.cumsum(sizes) - 1]
        found = np.arange(n)
        for first, second, _ in merges[: n - k]:
            found[list(first + second)] = min(first)
        assert adjusted_rand_score(expected, found) == 1


def test_with_equal_sizes_the_heights_are_those_of_scipy() -> None:
    means = np.random.default_rng(0).normal(size=(20, 4))
    costs = [cost for *_, cost in merge_by_ward(means, np.ones(20))]
    np.testing.assert_allclose(np.sqrt(2 * np.array(costs)), linkage(means, "ward")[:, 2])


def test_segments_that_are_alike_are_merged_and_named_readably() -> None:
    customers, features = draw_market()
    segments = assign_segments(customers, by=["region", "plan"], sensitive=["region"])
    market = merge_segments(segments, features, n_groups=4)
    held = [set(text.split("; ")) for text in market.table["segments"]]
    assert {frozenset(group) for group in held} == {
        frozenset(f"{region} · {plan}" for region in regions) for regions in ("abc", "def") for plan in ("basic", "pro")
    }
    assert set(market.names[0]) <= set("abcdef or·basicpro")
    assert market.names[0].count(" or ") == 2
    assert market.names[0].count("·") == 1
    assert market.sizes.tolist() == sorted(market.sizes, reverse=True)
    assert market.table["n"].sum() == len(customers)
    assert market.made_from == ("region", "plan", "spend", "visits")
    assert market.sensitive == ("region",)
    assert market.scheme == "4 market clusters of region × plan"
    pd.testing.assert_series_equal(
        market.assign(customers).reset_index(drop=True), market.labels.reset_index(drop=True)
    )


def test_the_headline_is_the_spread_kept_with_its_interval() -> None:
    customers, features = draw_market()
    market = merge_segments(assign_segments(customers, by=["region", "plan"]), features, n_groups=4)
    standard = (features - features.mean()) / features.std(ddof=0)

    def between(groups: pd.Series) -> float:
        codes = groups.cat.codes.to_numpy()
        return float(sum((codes == code).sum() * (standard[codes == code].mean() ** 2).sum() for code in set(codes)))

    expected = between(market.labels) / between(market.segments)
    assert market.headline.value == pytest.approx(expected)
    assert market.headline.low < expected < market.headline.high <= 1
    row = market.tree.set_index("groups_left").loc[4]
    assert row["spread_kept"] == pytest.approx(expected)
    assert (market.tree["cost"].diff().dropna() >= 0).all()
    assert market.tree["spread_kept"].iloc[-1] == pytest.approx(0, abs=1e-9)
    assert str(market.headline).startswith("4 market clusters keep 9")


def test_a_large_segment_costs_more_to_merge_than_two_small_ones() -> None:
    labels = ["big"] * 400 + ["near"] * 400 + ["small"] * 20 + ["far"] * 20
    centre = np.repeat([0.0, 1.0, 10.0, 13.0], [400, 400, 20, 20])
    noise = np.random.default_rng(0).normal(0, 0.1, 840)
    market = merge_segments(as_partition(labels), pd.DataFrame({"x": centre + noise}), n_groups=3)
    assert "far or small" in market.names or "small or far" in market.names


def test_neither_the_order_of_rows_nor_the_names_of_labels_matter() -> None:
    customers, features = draw_market(400)
    segments = assign_segments(customers, by="region")
    market = merge_segments(segments, features, n_groups=3)
    mixed = features.sample(frac=1, random_state=2)
    again = merge_segments(segments, mixed, n_groups=3)
    pd.testing.assert_series_equal(again.labels, market.labels)
    others = dict(zip(segments.names, ["zeta", "eta", "theta", "iota", "kappa", "alpha"], strict=True))
    renamed = merge_segments(segments.rename(others), features, n_groups=3)
    assert adjusted_rand_score(renamed.codes, market.codes) == 1


def test_many_segments_together_are_called_by_the_largest() -> None:
    labels = [letter for letter, n in zip("abcdef", (30, 20, 25, 20, 20, 40), strict=True) for _ in range(n)]
    x = pd.DataFrame({"x": [9.0 if letter == "f" else 1.0 + 0.01 * "abcdef".index(letter) for letter in labels]})
    market = merge_segments(as_partition(labels), x, n_groups=2)
    assert market.names == ("a and 4 more", "f")
    assert market.table["segments"].tolist() == ["a; c; b; d; e", "f"]


def test_clusters_may_be_merged_too_and_keep_their_chances() -> None:
    _, features = draw_market()
    clusters = estimate_clusters(features, n_clusters=5, method="latent class", n_starts=5)
    market = merge_segments(clusters, features, n_groups=2)
    assert market.probabilities is not None
    np.testing.assert_allclose(market.probabilities.sum(axis=1), 1)
    assert tuple(market.probabilities.columns) == market.names
    assert market.assign(features).tolist() == market.labels.tolist()


def test_market_clusters_are_a_partition_and_a_result_and_follow_when_renamed_or_merged() -> None:
    customers, features = draw_market()
    market = merge_segments(assign_segments(customers, by=["region", "plan"]), features, n_groups=4)
    assert isinstance(market, Partition)
    assert isinstance(market, Result)
    renamed = market.rename({market.names[0]: "core"})
    assert isinstance(renamed, MarketClusters)
    assert renamed.table["group"].tolist()[0] == "core"
    assert renamed.table["segments"].tolist() == market.table["segments"].tolist()
    assert renamed.assign(customers).cat.categories[0] == "core"
    merged = renamed.merge({market.names[1]: "rest", market.names[2]: "rest", market.names[3]: "rest"})
    assert isinstance(merged, MarketClusters)
    assert merged.table["segments"].str.count(";").tolist() == [2, 8]
    assert merged.notes[-1] == "4 market clusters were merged to 2; the spread kept is from before."


def test_people_without_features_count_by_their_segment() -> None:
    customers, features = draw_market()
    some = features.sample(300, random_state=0)
    market = merge_segments(assign_segments(customers, by="region"), some, n_groups=2)
    assert market.table["n"].sum() == 900
    assert market.headline.n == 300
    assert "300 of the 900 people in segments have features; a segment's mean is theirs." in market.notes
    gaps = features.mask(np.random.default_rng(0).random(features.shape) < 0.2)
    assert merge_segments(assign_segments(customers, by="region"), gaps, n_groups=2).headline.answered


def test_too_few_people_are_merged_and_not_believed() -> None:
    tiny = merge_segments(as_partition(list("abc") * 5), pd.DataFrame({"x": np.arange(15.0)}), n_groups=2)
    assert str(tiny.headline) == (
        "Not enough data to trust the merging: the smallest segment has 5 people with known features; 10 would do."
    )


def test_what_cannot_be_merged_is_refused() -> None:
    letters = as_partition(list("abc") * 20)
    x = pd.DataFrame({"x": np.arange(60.0)})
    with pytest.raises(ParameterError, match="n_groups is 3, but there are 3 segments: give fewer"):
        merge_segments(letters, x, n_groups=3)
    with pytest.raises(ParameterError, match="n_groups is 1: give a whole number of at least 2"):
        merge_segments(letters, x, n_groups=1)
    with pytest.raises(ParameterError, match="n_groups is 2, but there is 1 segment: nothing"):
        merge_segments(as_partition(["all"] * 9), x, n_groups=2)
    gap = x.assign(y=[1.0, 2.0] * 30, x=x["x"].where(letters.labels != "b"))
    with pytest.raises(DataError, match=r"nobody has a value of x in b\. Drop the feature or merge the segment first"):
        merge_segments(letters, gap, n_groups=2)
    with pytest.raises(DataError, match="nobody in them is in a segment"):
        merge_segments(letters, x.set_axis(range(100, 160)), n_groups=2)
    with pytest.raises(DataError, match="x has infinite values"):
        merge_segments(letters, x.replace(5.0, np.inf), n_groups=2)
