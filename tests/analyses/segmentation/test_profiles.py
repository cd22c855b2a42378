"""Profiles: means and markers by another route, chance kept out, small groups and ids never shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from cvlab.analyses.common import Partition, Result
from cvlab.analyses.segmentation import assign_segments, estimate_clusters, profile_groups
from cvlab.analyses.segmentation.differences import compare_means, compare_shares
from cvlab.errors import DataError, ParameterError

GOLDEN = yaml.safe_load(
    (Path(__file__).parents[2] / "golden" / "segmentation_profiles.yaml").read_text(encoding="utf-8")
)
N = 300


def make_people(n: int = N) -> pd.Index:
    return pd.Index([f"c{number:04}" for number in range(n)], name="customer_id")


def make_partition(codes: np.ndarray, **options: object) -> Partition:
    labels = pd.Series(codes, index=make_people(len(codes))).map(lambda code: f"group {code}").astype("category")
    return Partition(labels=labels, scheme="scheme", **options)


@pytest.fixture(scope="module")
def told() -> pd.DataFrame:
    random = np.random.default_rng(0)
    group = np.arange(N) % 3
    return pd.DataFrame(
        {
            "age": random.integers(18, 80, N),
            "spend": np.where(group == 2, 300.0, 100.0) + random.normal(0, 20, N),
            "app": np.where(random.random(N) < np.where(group == 0, 0.9, 0.3), "yes", "no"),
            "region": random.choice(["north", "south", "west"], N),
        },
        index=make_people(),
    )


def test_values_are_means_and_shares(told: pd.DataFrame) -> None:
    profiles = profile_groups(make_partition(np.arange(N) % 3), told)
    assert isinstance(profiles, Result)
    rows = profiles.table.set_index(["group", "variable", "level"])
    spend = told["spend"].to_numpy()
    assert rows.loc[("group 2", "spend", ""), "value"] == pytest.approx(spend[2::3].mean())
    assert rows.loc[("group 2", "spend", ""), "overall"] == pytest.approx(spend.mean())
    assert rows.loc[("group 0", "region", "west"), "value"] == pytest.approx(
        (told["region"].iloc[0::3] == "west").mean()
    )
    assert rows.loc[("group 0", "app", ""), "value"] == pytest.approx((told["app"].iloc[0::3] == "yes").mean())
    known = profiles.table
    assert (known["low"] <= known["value"]).all()
    assert (known["value"] <= known["high"]).all()
    np.testing.assert_allclose(known["difference"], known["value"] - known["overall"], atol=1e-12)


def test_markers_are_those_of_the_definition(told: pd.DataFrame) -> None:
    table = profile_groups(make_partition(np.arange(N) % 3), told).table
    gap = (table["value"] - table["overall"]).abs()
    expected = np.where(table["kind"] == "share", gap >= 0.25, gap / table["overall"] >= 0.5)
    assert table["marker"].tolist() == expected.tolist()
    marked = set(table.loc[table["confirmed"], ["group", "variable"]].itertuples(index=False, name=None))
    assert marked == {("group 0", "app"), ("group 2", "spend")}


def test_a_share_exactly_a_quarter_off_is_a_marker() -> None:
    answers = pd.DataFrame({"yes": np.r_[np.ones(40), np.zeros(40)]}, index=make_people(80))
    codes = np.r_[np.zeros(30), np.ones(10), np.zeros(10), np.ones(30)].astype(int)
    table = profile_groups(make_partition(codes), answers).table
    assert table["difference"].abs().tolist() == pytest.approx([0.25, 0.25])
    assert table["marker"].all()


def test_numbers_of_both_signs_are_marked_by_their_spread() -> None:
    random = np.random.default_rng(0)
    values = random.normal(0, 10, N)
    table = profile_groups(make_partition(np.arange(N) % 3), pd.DataFrame({"change": values}, make_people())).table
    assert table["threshold"].unique() == pytest.approx([values.std() / 2])
    assert not table["marker"].any()


def test_differences_of_shares_are_newcombes() -> None:
    for case in GOLDEN["newcombe"]["cases"]:
        (a, m), (b, n) = case["first"], case["second"]
        values, members = np.repeat([1.0, 0.0, 1.0, 0.0], [a, m - a, b, n - b]), np.arange(m + n) < m
        found = compare_shares(values, members, level=0.95)
        whole = (m + n) / n
        assert whole * found.difference_low == pytest.approx(case["low"], abs=GOLDEN["newcombe"]["tolerance"])
        assert whole * found.difference_high == pytest.approx(case["high"], abs=GOLDEN["newcombe"]["tolerance"])


def test_the_tests_are_welchs_and_fishers() -> None:
    random = np.random.default_rng(0)
    values, members = random.lognormal(size=80), np.arange(80) < 30
    p_value = stats.ttest_ind(values[members], values[~members], equal_var=False).pvalue
    assert compare_means(values, members, level=0.95).p_value == pytest.approx(p_value)
    answers = (random.random(80) < 0.4).astype(float)
    table = [
        [answers[members].sum(), (1 - answers[members]).sum()],
        [answers[~members].sum(), (1 - answers[~members]).sum()],
    ]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert compare_shares(answers, members, level=0.95).p_value == pytest.approx(min(1, 2 * min(tails)))


def test_the_interval_of_a_difference_holds_its_truth() -> None:
    held = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        members = np.arange(120) < 40
        values = random.normal(np.where(members, 1.0, 0.0), np.where(members, 2.0, 1.0))
        found = compare_means(values, members, level=0.95)
        held += found.difference_low <= 2 / 3 <= found.difference_high
    assert 0.92 < held / 300 < 0.98


def test_noise_marks_nothing_beyond_the_rate_of_false_discoveries() -> None:
    wrong = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        noise = pd.DataFrame(random.exponential(size=(150, 6)), make_people(150)).add_prefix("noise ")
        profiles = profile_groups(make_partition(random.integers(0, 5, 150)), noise)
        wrong += profiles.headline.value > 0
        assert profiles.headline.low <= profiles.headline.value <= profiles.headline.high
    assert wrong <= 7


def test_what_made_the_groups_is_marked_and_never_tested(told: pd.DataFrame) -> None:
    clusters = estimate_clusters(told[["spend", "app"]], n_clusters=2)
    profiles = profile_groups(clusters, told)
    made = profiles.table["variable"].isin(["spend", "app"])
    assert profiles.table["by_construction"].tolist() == made.tolist()
    assert profiles.table.loc[made, ["p_value", "p_adjusted"]].isna().all(axis=None)
    assert not profiles.table.loc[made, "confirmed"].any()
    assert str(profiles.headline).startswith("None of 2 characteristics that did not make the groups")
    assert any(note.startswith("spend and app made the groups") for note in profiles.notes)
    assert any("By construction:" in " ".join(card) for card in profiles.cards.values())
    alone = profile_groups(clusters, told[["spend"]])
    assert not alone.headline.answered
    assert "everything given made them" in str(alone.headline)


def test_cards_are_written_from_the_numbers(told: pd.DataFrame) -> None:
    profiles = profile_groups(make_partition(np.arange(N) % 3), told)
    row = profiles.table.set_index(["group", "variable"]).loc[("group 2", "spend")]
    assert profiles.cards["group 2"][0] == "100 people, 33.3% of all."
    assert profiles.cards["group 2"][1] == f"Marked by spend of €{row['value']:.2f} (€{row['overall']:.2f} among all)."
    assert profiles.cards["group 1"][1].startswith("Also, less strongly: spend of €")
    portraits = profiles.portraits
    assert isinstance(portraits, Result)
    assert portraits.table["portrait"].tolist() == [" ".join(card) for card in profiles.cards.values()]
    assert portraits.table["n"].sum() == N


def test_the_strongest_come_first(told: pd.DataFrame) -> None:
    strongest = profile_groups(make_partition(np.arange(N) % 3), told).strongest(2).table
    assert set(strongest["variable"]) == {"app", "spend"}
    assert strongest["confirmed"].all()


def test_small_groups_and_cells_are_never_shown(told: pd.DataFrame) -> None:
    codes = np.where(np.arange(N) < 4, 9, np.arange(N) % 3)
    few = told.assign(age=told["age"].where(np.arange(N) % 3 != 1).where(np.arange(N) != 4, 30.0))
    profiles = profile_groups(make_partition(codes), few)
    assert "group 9" not in profiles.sizes.index
    assert profiles.sizes.min() >= 10
    hidden = profiles.table[profiles.table["n"] < 10]
    assert hidden[["value", "low", "high", "difference", "p_value"]].isna().all(axis=None)
    assert any("values are not shown: fewer than 10 people" in note for note in profiles.notes)


def test_one_group_and_few_people_are_told_how_many_would_do(told: pd.DataFrame) -> None:
    one = profile_groups(make_partition(np.zeros(N, dtype=int)), told)
    assert str(one.headline) == (
        "Not enough data to tell groups apart: by scheme, all 300 people are in one group; 32 people in each of two "
        "would do."
    )
    few = profile_groups(make_partition(np.arange(24) % 2), told[["age", "region"]].head(24))
    assert not few.headline.answered
    assert "no group has 32 people" in str(few.headline)
    assert "They are too few to see what else marks them; 32 would do." in few.cards["group 0"]


def test_order_of_rows_changes_nothing_and_input_is_left_alone(told: pd.DataFrame) -> None:
    before = told.copy()
    partition = make_partition(np.arange(N) % 3)
    first = profile_groups(partition, told)
    second = profile_groups(partition, told.sample(frac=1, random_state=0).reset_index())
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(told, before)


def test_dates_and_constants_are_left_out_with_a_note(told: pd.DataFrame) -> None:
    days = pd.date_range("2026-01-01", periods=N)
    profiles = profile_groups(make_partition(np.arange(N) % 3), told.assign(start=days, same=1, none=np.nan))
    note = next(note for note in profiles.notes if note.startswith("Left out"))
    assert note == (
        "Left out: start (a date: turn it into a number, such as days before today), same (the same for everybody), "
        "none (all missing)."
    )


def test_unfit_input_is_refused(told: pd.DataFrame) -> None:
    partition = make_partition(np.arange(N) % 3)
    codes = [f"x{number}" for number in range(N)]
    with pytest.raises(
        DataError, match="code is different for everybody, like an id: drop it; gap has infinite values"
    ):
        profile_groups(
            partition, told.assign(code=codes, gap=np.inf).assign(gap=lambda t: t["gap"].where(t["age"] > 30, 1))
        )
    with pytest.raises(DataError, match="town has 60 categories"):
        profile_groups(partition, told.assign(town=[f"town {number % 60}" for number in range(N)]))
    with pytest.raises(DataError, match="nobody in it belongs to a group"):
        profile_groups(partition, told.rename(index=lambda name: f"x{name}"))
    with pytest.raises(DataError, match="no column differs between people"):
        profile_groups(partition, told[[]].assign(same=1))
    with pytest.raises(ParameterError, match="no Partition"):
        profile_groups(partition.labels, told)
    with pytest.raises(ParameterError, match="kind of age is 'apples'"):
        profile_groups(partition, told, kinds={"age": "apples"})
    with pytest.raises(DataError, match="no column moon"):
        profile_groups(partition, told, kinds={"moon": "money"})


def test_a_word_that_few_have_written_is_not_in_the_profiles() -> None:
    people = pd.DataFrame({"size": ["big"] * 60 + ["small"] * 60, "region": ["north", "south"] * 58 + ["isle"] * 4})
    profiles = profile_groups(assign_segments(people, by="size"), people[["region"]], smallest_group=10)
    assert set(profiles.table["level"]) == {"north", "south", "other"}
    few = profile_groups(assign_segments(people, by="size"), people[["region"]], smallest_group=4)
    assert set(few.table["level"]) == {"north", "south", "isle"}
    people["word"] = [f"word {number // 5}" for number in range(120)]
    assert profile_groups(assign_segments(people, by="size"), people[["word"]]).table["level"].unique() == ["other"]
