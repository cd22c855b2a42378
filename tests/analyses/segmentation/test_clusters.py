"""Clusters: what they are called, how they are shown, assigned and trusted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.common import Partition, Result
from cvlab.analyses.segmentation import Clusters, estimate_clusters
from cvlab.errors import DataError, ParameterError


def make_features(sizes: tuple[int, ...] = (120, 80, 60), seed: int = 0) -> pd.DataFrame:
    """Make three clouds: long battery, high price, and neither."""
    random = np.random.default_rng(seed)
    kind = np.repeat(np.arange(3), sizes)
    return pd.DataFrame(
        {
            "battery_days": random.normal(np.array([10.0, 4.0, 4.0])[kind], 0.5),
            "price": random.normal(np.array([100.0, 300.0, 100.0])[kind], 15),
        },
        index=pd.Index([f"c{number:03}" for number in range(len(kind))], name="customer_id"),
    )


def test_planted_clusters_are_found_named_and_ordered_by_size() -> None:
    features = make_features()
    clusters = estimate_clusters(features, n_clusters=3)
    assert clusters.names == (
        "high battery days, low price",
        "high price, low battery days",
        "low battery days, low price",
    )
    assert clusters.sizes.tolist() == [120, 80, 60]
    assert clusters.hit_rate > 0.5
    assert clusters.made_from == ("battery_days", "price")
    assert clusters.scheme == "3 clusters"


def test_the_table_holds_sizes_and_centres_in_the_units_of_the_data() -> None:
    features = make_features()
    table = estimate_clusters(features, n_clusters=3).table
    assert list(table.columns) == ["group", "n", "share", "battery_days", "price"]
    np.testing.assert_allclose(table.loc[0, ["battery_days", "price"]].astype(float), features[:120].mean())
    assert table["share"].sum() == pytest.approx(1)


def test_the_criterion_of_own_units_is_the_plain_sum_of_squares() -> None:
    features = (make_features() > [7, 200]).astype(int)
    clusters = estimate_clusters(features, n_clusters=2)
    within = sum(
        ((members - members.mean()) ** 2).to_numpy().sum()
        for _, members in features.groupby(clusters.labels, observed=True)
    )
    assert clusters.criterion["within_sum_of_squares"] == pytest.approx(within)
    assert "own units" in clusters.notes[0]


def test_yes_and_no_are_named_by_what_a_cluster_has() -> None:
    features = pd.DataFrame(
        {"gps": ["yes"] * 50 + ["no"] * 60, "strap": ["metal"] * 50 + ["silicone", "silicone", "textile"] * 20}
    )
    names = estimate_clusters(features, n_clusters=3).names
    assert names == ("gps, strap metal", "strap silicone, not gps", "strap textile, not gps")


def test_clusters_without_a_marker_and_with_equal_markers_keep_apart() -> None:
    line = pd.DataFrame({"x": np.arange(100.0)})
    names = estimate_clusters(line, n_clusters=4).names
    assert len(set(names)) == 4
    assert all(name.startswith(("high x", "low x", "like the average")) for name in names)


def test_the_same_clusters_come_out_in_any_order_of_rows_and_names() -> None:
    features = make_features()
    clusters = estimate_clusters(features, n_clusters=4, n_starts=10)
    shuffled = estimate_clusters(features.sample(frac=1, random_state=1), n_clusters=4, n_starts=10)
    pd.testing.assert_series_equal(shuffled.labels.sort_index(), clusters.labels.sort_index())
    assert shuffled.criterion == clusters.criterion
    assert shuffled.headline.low == clusters.headline.low


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from([0, 1, None])] * 3), min_size=8, max_size=40), seed=st.integers(0, 20))
def test_any_people_are_in_their_nearest_cluster_or_in_none(rows: list[tuple], seed: int) -> None:
    base = [(0, 0, 0), (1, 1, 1), (0, 1, 0), (1, 0, 1)]
    features = pd.DataFrame(base + rows, columns=["a", "b", "c"], dtype=float)
    before = features.copy()
    clusters = estimate_clusters(features, n_clusters=2, n_starts=5, seed=seed)
    pd.testing.assert_frame_equal(features, before)
    incomplete = features.isna().any(axis=1)
    assert (clusters.labels.isna() == incomplete).all()
    again = clusters.assign(features)
    assert (again.isna() == incomplete).all()
    centres = clusters.table[["a", "b", "c"]].to_numpy(dtype=float)
    complete = features[~incomplete].to_numpy()
    gaps = ((complete[:, None] - centres[None]) ** 2).sum(axis=2)
    chosen = clusters.codes[~incomplete].to_numpy()
    np.testing.assert_allclose(gaps[np.arange(len(chosen)), chosen], gaps.min(axis=1), atol=1e-9)


def test_new_people_are_assigned_with_the_preparation_of_the_old() -> None:
    features = make_features()
    clusters = estimate_clusters(features, n_clusters=3)
    # One new person alone has no spread of her own to be divided by.
    alone = pd.DataFrame({"price": [290.0, None], "battery_days": [4.2, 5.0]}, index=["new", "unknown"])
    assert clusters.assign(alone).tolist()[0] == "high price, low battery days"
    assert clusters.assign(alone).isna().tolist() == [False, True]
    with pytest.raises(DataError, match="features lacks column price"):
        clusters.assign(alone[["battery_days"]])


def test_clusters_are_a_partition_and_a_result_and_follow_when_renamed_or_merged() -> None:
    clusters = estimate_clusters(make_features(), n_clusters=3)
    assert isinstance(clusters, Partition)
    assert isinstance(clusters, Result)
    renamed = clusters.rename({clusters.names[0]: "runners"})
    assert isinstance(renamed, Clusters)
    assert renamed.table["group"].tolist()[0] == "runners"
    merged = clusters.publishable(100)
    assert isinstance(merged, Clusters)
    assert merged.table["n"].tolist() == [120, 140]
    np.testing.assert_allclose(merged.table.loc[1, "price"], make_features()["price"][120:].mean())
    assert merged.notes[-1] == "3 clusters were merged to 2 groups; the criterion is from before."


def test_weights_move_the_centres() -> None:
    features = pd.DataFrame({"x": [0.0, 1.0, 10.0, 11.0]})
    clusters = estimate_clusters(features, n_clusters=2, scale="none", weights=np.array([3.0, 1.0, 1.0, 1.0]))
    assert clusters.table["x"].tolist() == [0.25, 10.5]
    assert clusters.table["n"].tolist() == [2, 2]
    assert clusters.table["share"].tolist() == pytest.approx([4 / 6, 2 / 6])


def test_a_feature_may_be_called_like_a_column_of_the_table() -> None:
    features = make_features().rename(columns={"price": "n", "battery_days": "share"})
    assert list(estimate_clusters(features, n_clusters=2).table.columns)[3:] == ["share (mean)", "n (mean)"]


def test_the_headline_is_the_explained_spread_with_its_interval() -> None:
    features = make_features()
    clusters = estimate_clusters(features, n_clusters=3)
    standard = (features - features.mean()) / features.std(ddof=0)
    within = sum(
        ((members - members.mean()) ** 2).to_numpy().sum()
        for _, members in standard.groupby(clusters.labels, observed=True)
    )
    assert clusters.headline.value == pytest.approx(1 - within / (2 * len(features)))
    assert clusters.headline.low < clusters.headline.value < clusters.headline.high
    assert str(clusters.headline).endswith("by construction.")
    assert any("proves nothing" in note for note in clusters.notes)


def test_too_few_people_are_clustered_and_not_believed() -> None:
    features = make_features((20, 20, 20))
    clusters = estimate_clusters(features, n_clusters=3)
    assert not clusters.headline.answered
    assert str(clusters.headline) == (
        "Not enough data to trust clusters: 60 people for 2 features; 140 would do (70 per feature)."
    )
    assert adjusted_rand_score(clusters.codes, np.repeat([0, 1, 2], 20)) == 1
    enough = estimate_clusters(make_features((47, 47, 46)), n_clusters=3)
    assert enough.headline.answered


def test_a_low_hit_rate_is_said() -> None:
    features = pd.DataFrame(np.random.default_rng(0).uniform(size=(600, 6)) * [1, 2, 3, 4, 5, 6])
    clusters = estimate_clusters(features, n_clusters=8)
    assert clusters.hit_rate < 0.1
    assert any("reached the best solution" in note for note in clusters.notes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 1}, "n_clusters is 1: give a whole number of at least 2"),
        ({"n_clusters": 2.5}, "n_clusters is 2.5"),
        ({"n_clusters": 2, "method": "ward"}, "method is 'ward': give one of 'k-means', 'latent class', 'mixture'"),
        ({"n_clusters": 2, "n_starts": 0}, "n_starts is 0"),
        ({"n_clusters": 2, "scale": "log"}, "scale is 'log'"),
    ],
)
def test_unfit_arguments_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        estimate_clusters(make_features(), **arguments)


def test_fewer_different_people_than_clusters_are_refused() -> None:
    features = pd.DataFrame({"a": [0, 1] * 50})
    with pytest.raises(DataError, match="3 clusters need as many people who differ, but there are 2"):
        estimate_clusters(features, n_clusters=3)
    with pytest.raises(DataError, match="no column varies"):
        estimate_clusters(features.iloc[:1], n_clusters=2)
    with pytest.raises(DataError, match="no rows"):
        estimate_clusters(features.iloc[:0], n_clusters=2)


@pytest.mark.parametrize("method", ["k-means", "latent class", "mixture"])
def test_every_method_finds_the_clouds_and_behaves_alike(method: str) -> None:
    features = make_features()
    clusters = estimate_clusters(features, n_clusters=3, method=method, n_starts=5)
    assert adjusted_rand_score(clusters.codes, np.repeat([0, 1, 2], (120, 80, 60))) == 1
    assert clusters.method == method
    assert clusters.sizes.tolist() == [120, 80, 60]
    assert clusters.names[0] == "high battery days, low price"
    assert clusters.headline.answered
    assert not clusters.headline.decides
    assert isinstance(clusters, Result)
    pd.testing.assert_series_equal(clusters.assign(features), clusters.labels)
    merged = clusters.merge({clusters.names[1]: "rest", clusters.names[2]: "rest"})
    assert merged.sizes.to_dict() == {clusters.names[0]: 120, "rest": 140}
    if merged.probabilities is not None:
        assert tuple(merged.probabilities.columns) == merged.names
        np.testing.assert_allclose(merged.probabilities.sum(axis=1), 1)
    assert (merged.probabilities is None) == (method == "k-means")


def test_only_trusted_groups_split_another_analysis() -> None:
    clusters = estimate_clusters(make_features(), n_clusters=3)
    trusted = clusters.trusted(70)
    assert trusted is not None
    assert min(trusted.sizes) >= 70
    assert clusters.trusted(200) is None
    assert estimate_clusters(make_features((10, 8, 6)), n_clusters=3).trusted(2) is None
