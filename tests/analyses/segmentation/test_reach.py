"""Reach: groups that descriptors know are found, those they do not know are not, and a rule needs no guess."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from cvlab.analyses.common import Partition
from cvlab.analyses.segmentation import assign_segments, compare_groupings
from cvlab.analyses.segmentation.reach import _chance, measure_reach
from cvlab.errors import DataError

N = 600


def make_people(n: int = N) -> pd.Index:
    return pd.Index([f"c{number:04}" for number in range(n)], name="customer_id")


def make_partition(codes: np.ndarray) -> Partition:
    labels = pd.Series(codes, index=make_people(len(codes))).map(lambda code: f"group {code}").astype("category")
    return Partition(labels=labels, scheme="scheme")


@pytest.fixture(scope="module")
def descriptors() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.integers(18, 80, N),
            "region": random.choice(["north", "south", "west"], N),
            "app": random.integers(0, 2, N),
        },
        index=make_people(),
    )


def measure(codes: np.ndarray, descriptors: pd.DataFrame) -> pd.Series:
    reach, _, _ = measure_reach({"s": make_partition(codes)}, descriptors, folds=10, repeats=2, seed=0)
    return reach.iloc[0]


def test_groups_that_descriptors_know_are_found_also_in_the_middle(descriptors: pd.DataFrame) -> None:
    low, high = descriptors["age"].quantile([0.4, 0.6])
    middle = descriptors["age"].between(low, high, inclusive="right").to_numpy(dtype=int)
    row = measure(middle, descriptors)
    assert row["found_by"] == "descriptors"
    assert row["accuracy"] > 0.97
    assert row["kappa"] > 0.9
    assert row["base_rate"] == pytest.approx(max(middle.mean(), 1 - middle.mean()))


def test_groups_that_descriptors_do_not_know_are_not_found() -> None:
    lost = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        descriptors = pd.DataFrame({"age": random.normal(size=N), "side": random.integers(0, 3, N)}, make_people())
        row = measure(random.integers(0, 3, N), descriptors)
        lost += bool(row["low"] <= 0)
        assert abs(row["kappa"]) < 0.12
    assert lost >= 19


def test_kappa_is_cohens() -> None:
    random = np.random.default_rng(0)
    groups, guesses = random.integers(0, 3, 200), random.integers(0, 3, 200)
    by_chance = _chance(groups, guesses)
    kappa = ((groups == guesses).mean() - by_chance) / (1 - by_chance)
    assert kappa == pytest.approx(cohen_kappa_score(groups, guesses))


def test_a_rule_over_the_descriptors_needs_no_guess(descriptors: pd.DataFrame) -> None:
    segments = assign_segments(descriptors, by=["age", "region"])
    reach, used, _ = measure_reach({"s": segments}, descriptors, folds=10, repeats=1, seed=0)
    assert used == ("age", "region", "app")
    assert reach.loc[0, ["accuracy", "kappa", "found_by"]].tolist() == [1, 1, "rule"]
    without_age, _, _ = measure_reach({"s": segments}, descriptors[["region"]], folds=10, repeats=1, seed=0)
    assert without_age.loc[0, "found_by"] == "descriptors"
    assert 0.2 < without_age.loc[0, "accuracy"] < 0.7


def test_names_of_groups_and_order_of_rows_change_nothing(descriptors: pd.DataFrame) -> None:
    random = np.random.default_rng(1)
    groups = (descriptors["app"].to_numpy() + random.integers(0, 2, N)) % 3
    first = measure(groups, descriptors)
    second = measure(groups, descriptors.sample(frac=1, random_state=0))
    pd.testing.assert_series_equal(first, second)
    renamed = measure(np.array([2, 0, 1])[groups], descriptors)
    assert renamed["accuracy"] == pytest.approx(first["accuracy"], abs=0.01)


def test_missing_and_rare_descriptors_are_steps_of_their_own(descriptors: pd.DataFrame) -> None:
    groups = (np.arange(N) % 2).astype(int)
    told = descriptors.assign(
        age=descriptors["age"].where(groups == 0), town=[f"town {number % 200}" for number in range(N)], same=1
    )
    reach, used, notes = measure_reach({"s": make_partition(groups)}, told, folds=10, repeats=1, seed=0)
    assert reach.loc[0, "accuracy"] > 0.99
    assert "same" not in used
    assert notes == ["No difference between people in same: no help in finding them."]


def test_too_few_people_and_one_group_are_said(descriptors: pd.DataFrame) -> None:
    schemes = {"few": make_partition(np.arange(15) % 2), "one": make_partition(np.zeros(N, dtype=int))}
    reach, _, notes = measure_reach(schemes, descriptors, folds=10, repeats=1, seed=0)
    assert reach["kappa"].isna().all()
    assert "few: 15 people are too few to measure reach; 20 would do for 10 folds." in notes
    assert "one: nobody can be told apart by one group, so its reach is not measured." in notes


def test_unfit_descriptors_are_refused(descriptors: pd.DataFrame) -> None:
    scheme = {"s": make_partition(np.arange(N) % 2)}
    outcomes = pd.DataFrame({"y": np.arange(float(N))}, index=make_people())
    unfit = descriptors.assign(code=[f"x{number}" for number in range(N)], day=pd.Timestamp("2026-01-01"), gap=np.inf)
    with pytest.raises(DataError, match=r"code is different for everybody.*day is a date.*gap has infinite"):
        compare_groupings(scheme, outcomes, descriptors=unfit)
    with pytest.raises(DataError, match="no column differs between people"):
        compare_groupings(scheme, outcomes, descriptors=pd.DataFrame({"same": 1}, index=make_people()))
