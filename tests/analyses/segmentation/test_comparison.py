"""Comparing schemes: the held-out R² by another route, the verdict, and what is kept out of it."""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.common import Partition, Result, corrected_interval, cross_validation_folds
from cvlab.analyses.lifetime_value import summarise_purchases
from cvlab.analyses.segmentation import (
    GroupingComparison,
    assign_rfm_segments,
    assign_segments,
    compare_groupings,
    estimate_clusters,
    summarise_choices,
    summarise_outcomes,
)
from cvlab.analyses.segmentation.held_out import people_needed, score_schemes
from cvlab.errors import DataError, ParameterError
from cvlab.tables.product_line import read_product_line


def make_people(n: int) -> pd.Index:
    return pd.Index([f"c{number:04}" for number in range(n)], name="customer_id")


def make_partition(labels: object, scheme: str = "scheme", **options: object) -> Partition:
    named = pd.Series(labels, index=make_people(len(labels))).map(lambda label: f"group {label}")
    return Partition(labels=named.astype("category"), scheme=scheme, **options)


def held_out_by_hand(groups: np.ndarray, values: np.ndarray, folds: int, repeats: int, seed: int) -> float:
    """Compute the held-out R² fold by fold, as the module's docstring says it."""
    losses = []
    for fold in cross_validation_folds(len(values), folds=folds, repeats=repeats, seed=seed):
        with_groups = without = 0.0
        for number in range(folds):
            train, test = fold != number, fold == number
            y, g = values[train], groups[train]
            mean, means = y.mean(), {name: y[g == name].mean() for name in np.unique(g)}
            spread = sum(((y[g == name] - m) ** 2).sum() for name, m in means.items()) / (len(y) - len(means))
            for value, name in zip(values[test], groups[test], strict=True):
                with_groups += (value - means[name]) ** 2 - spread / (g == name).sum()
                without += (value - mean) ** 2 - y.var(ddof=1) / len(y)
        losses.append(1 - with_groups / without)
    return float(np.mean(losses))


@pytest.mark.parametrize("strength", [0.0, 0.3, 2.0])
def test_the_held_out_r2_is_that_of_the_formula(strength: float) -> None:
    random = np.random.default_rng(3)
    groups = random.integers(0, 4, 120)
    values = groups * strength + random.normal(size=120)
    outcomes = pd.DataFrame({"spend": values}, index=make_people(120))
    result = compare_groupings({"s": make_partition(groups)}, outcomes, folds=5, repeats=3, seed=1)
    assert result.table.loc[0, "r2"] == pytest.approx(held_out_by_hand(groups, values, 5, 3, 1))
    assert result.table.loc[0, "low"] <= result.table.loc[0, "r2"] <= result.table.loc[0, "high"]


def test_a_known_share_of_the_spread_is_found_on_average() -> None:
    random = np.random.default_rng(0)
    groups = np.arange(2000) % 2
    values = groups + random.normal(size=2000)  # variance 1/4 between, 1 within
    result = compare_groupings({"s": make_partition(groups)}, pd.DataFrame({"y": values}, index=make_people(2000)))
    row = result.table.iloc[0]
    assert row["low"] < 0.2 < row["high"]
    assert row["high"] - row["low"] < 0.12


def test_yes_or_no_is_judged_by_the_deviance_explained() -> None:
    random = np.random.default_rng(0)
    groups = np.arange(4000) % 2
    chance = np.where(groups == 0, 0.2, 0.7)
    outcomes = pd.DataFrame({"kept": (random.random(4000) < chance).astype(float)}, index=make_people(4000))

    def entropy(share: float) -> float:
        return -(share * math.log(share) + (1 - share) * math.log(1 - share))

    truth = 1 - (entropy(0.2) + entropy(0.7)) / 2 / entropy(0.45)
    row = compare_groupings({"s": make_partition(groups)}, outcomes).table.iloc[0]
    assert row["low"] < truth < row["high"]
    words = outcomes.replace({1.0: "yes", 0.0: "no"})
    assert compare_groupings({"s": make_partition(groups)}, words).table.loc[0, "r2"] == row["r2"]


def test_a_group_in_which_all_are_alike_is_no_certainty() -> None:
    groups = np.arange(200) % 2
    outcomes = pd.DataFrame({"kept": groups.astype(float)}, index=make_people(200))
    outcomes.iloc[0, 0] = 1.0  # one of the other kind, whom a certain prediction would punish without end
    row = compare_groupings({"s": make_partition(groups)}, outcomes).table.iloc[0]
    assert 0.5 < row["r2"] < 1


@pytest.mark.parametrize(
    ("n", "n_groups", "truth", "binary"),
    [(300, 3, 0.01, False), (300, 9, 0.02, False), (200, 9, 0.0, False), (300, 9, 0.0, True)],
)
def test_small_truths_are_covered_and_met_on_average(n: int, n_groups: int, truth: float, binary: bool) -> None:
    """Neither a bias against many groups nor intervals that collapse: 80 surveys, seed fixed before the first run."""
    random = np.random.default_rng(20261121)
    covered, estimates = 0, []
    for survey in range(80):
        groups = random.integers(0, n_groups, n)
        centres = random.normal(size=n_groups)
        centres = (centres - centres.mean()) / centres.std()
        values = np.sqrt(truth) * centres[groups] + np.sqrt(1 - truth) * random.normal(size=n)
        outcome = pd.DataFrame({"y": (values > 0.5).astype(int) if binary else values})
        scores = score_schemes({"s": groups}, outcome, folds=10, repeats=2, seed=survey)["s", "y"]
        estimate, low, high = corrected_interval(scores, test_share=0.1)
        estimates.append(estimate)
        covered += low <= truth <= high
    assert covered >= 72
    assert abs(np.mean(estimates) - truth) < 3 * np.std(estimates) / np.sqrt(len(estimates))


def test_noise_is_covered_and_the_verdict_is_neither() -> None:
    covered = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        schemes = {f"s{k}": make_partition(random.integers(0, k, 200)) for k in (3, 9)}
        outcomes = {"a": random.normal(size=200), "b": random.lognormal(0, 1.5, 200), "c": random.integers(0, 2, 200)}
        result = compare_groupings(schemes, pd.DataFrame(outcomes, index=make_people(200)), seed=seed)
        covered += bool((result.headline.low <= 0) and (result.headline.high >= 0))
        assert result.winner is None
        assert result.verdict.startswith("Neither: nothing certain is explained.")
    assert covered >= 39


def test_the_scheme_that_explains_more_wins() -> None:
    random = np.random.default_rng(0)
    strong, weak = random.integers(0, 3, 600), random.integers(0, 3, 600)
    values = strong * 1.0 + weak * 0.3 + random.normal(size=600)
    outcomes = pd.DataFrame({"yearly_spend": values}, index=make_people(600))
    schemes = {"weak": make_partition(weak), "strong": make_partition(strong)}
    result = compare_groupings(schemes, outcomes)
    assert result.winner == "strong"
    assert result.headline.value == result.table.set_index("scheme").loc["strong", "r2"]
    assert result.verdict.startswith("Best on held-out people: the scheme “strong” explains")
    assert "differences in yearly spend" in result.verdict
    assert result.verdict.endswith("more than any other scheme.")
    assert isinstance(result, Result)


def test_schemes_that_explain_alike_are_neither() -> None:
    random = np.random.default_rng(0)
    groups = random.integers(0, 3, 400)
    outcomes = pd.DataFrame({"spend": groups + random.normal(size=400)}, index=make_people(400))
    twice = {"one": make_partition(groups), "same again": make_partition(groups)}
    result = compare_groupings(twice, outcomes)
    assert result.winner is None
    assert result.headline.low > 0
    assert result.verdict.startswith("Neither is clearly better: the scheme “one” explains")
    assert result.verdict.endswith("same again not clearly less.")


def test_one_scheme_alone_is_judged_against_nothing() -> None:
    random = np.random.default_rng(0)
    noise = pd.DataFrame({"y": random.normal(size=200)}, index=make_people(200))
    result = compare_groupings({"s": make_partition(random.integers(0, 3, 200))}, noise)
    assert result.verdict.startswith("Nothing certain is explained: the scheme “s” explains")
    assert result.agreement.empty
    assert dict(result.crossings) == {}


def test_what_made_a_scheme_is_shown_and_kept_out_of_the_verdict() -> None:
    random = np.random.default_rng(0)
    people = make_people(400)
    features = pd.DataFrame({"spend": random.normal(size=400), "visits": random.normal(size=400)}, index=people)
    clusters = estimate_clusters(features, n_clusters=4)
    other = make_partition(random.integers(0, 4, 400))
    outcomes = features[["spend"]].assign(kept=random.integers(0, 2, 400))
    result = compare_groupings({"clusters": clusters, "other": other}, outcomes)
    by_construction = result.table.set_index(["scheme", "outcome"])
    assert by_construction.loc[("clusters", "spend"), "r2"] > 0.4
    assert by_construction["by_construction"].to_dict() == {
        ("clusters", "spend"): True,
        ("other", "spend"): False,
        ("clusters", "kept"): False,
        ("other", "kept"): False,
    }
    assert result.winner is None
    assert "differences in kept" in result.verdict
    assert any(note.startswith("spend made clusters: what that explains") for note in result.notes)
    nothing_left = compare_groupings({"clusters": clusters, "other": other}, outcomes[["spend"]])
    assert not nothing_left.headline.answered
    assert "by construction. Give at least one outcome from another source" in nothing_left.verdict


def test_too_few_people_are_told_how_many_would_do() -> None:
    random = np.random.default_rng(0)
    few = pd.DataFrame({"y": random.normal(size=40)}, index=make_people(40))
    schemes = {"s": make_partition(np.arange(40) % 3)}
    result = compare_groupings(schemes, few)
    assert not result.headline.answered
    assert result.winner is None
    assert result.verdict == (
        f"Not enough data to compare schemes: 40 people have groups and outcomes; {people_needed(3)} would do, "
        "to find a scheme that explains 10% with a chance of 80%."
    )
    # What can be measured is shown all the same.
    assert result.table["r2"].notna().all()
    tiny = compare_groupings(schemes, few.head(3))
    assert tiny.table["r2"].isna().all()
    assert any("could not be compared" in note for note in tiny.notes)


def test_the_people_needed_reach_the_power_they_promise() -> None:
    n, found = people_needed(3), 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        groups = np.arange(n) % 3
        effect = np.array([-1.0, 0.0, 1.0])[groups]
        values = effect * math.sqrt(0.1 / 0.9 / effect.var()) + random.normal(size=n)
        between = sum((groups == g).sum() * (values[groups == g].mean() - values.mean()) ** 2 for g in range(3)) / 2
        within = sum(((values[groups == g] - values[groups == g].mean()) ** 2).sum() for g in range(3)) / (n - 3)
        found += between / within > 3.1  # the 5 % point of F with 2 and about 87 degrees of freedom
    assert 0.74 < found / 300 < 0.87


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(2, 6))
def test_names_of_groups_and_order_of_rows_change_nothing(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(0, k, 150)
    values = {"a": groups + random.normal(size=150), "b": random.integers(0, 2, 150).astype(float)}
    outcomes = pd.DataFrame(values, index=make_people(150))
    first = compare_groupings({"s": make_partition(groups), "t": make_partition(groups % 2)}, outcomes, repeats=2)
    names = random.permutation(k)
    renamed = {"s": make_partition(names[groups]), "t": make_partition(1 - groups % 2)}
    before = outcomes.copy()
    second = compare_groupings(renamed, outcomes.sample(frac=1, random_state=seed), repeats=2)
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.agreement, second.agreement)
    assert first.verdict == second.verdict
    pd.testing.assert_frame_equal(outcomes, before)


def test_agreement_and_crossings_count_the_people_in_both() -> None:
    a, b = np.arange(90) % 3, (np.arange(90) // 2) % 3
    schemes = {"a": make_partition(a), "b": make_partition(b[:60])}
    outcomes = pd.DataFrame({"y": np.random.default_rng(0).normal(size=90)}, index=make_people(90))
    result = compare_groupings(schemes, outcomes)
    row = result.agreement.iloc[0]
    assert row["n"] == 60
    assert row["ari"] == pytest.approx(adjusted_rand_score(a[:60], b[:60]))
    crossing = result.crossings["a", "b"]
    assert crossing.to_numpy().sum() == 60
    assert crossing.loc["group 0", "group 1"] == ((a[:60] == 0) & (b[:60] == 1)).sum()
    assert result.table["n"].unique().tolist() == [60]
    assert "Compared on the 60 of 90 people who have an outcome and a group in every scheme." in result.notes


def test_missing_outcomes_are_left_out_one_by_one() -> None:
    random = np.random.default_rng(0)
    outcomes = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200)}, index=make_people(200))
    outcomes.loc[outcomes.index[:30], "b"] = np.nan
    outcomes["never"] = np.nan
    result = compare_groupings({"s": make_partition(np.arange(200) % 2)}, outcomes)
    assert result.table.set_index("outcome")["n"].to_dict() == {"a": 200, "b": 170}
    assert "b is missing for 30 of them, who are left out there." in result.notes
    assert "never is missing for everybody and left out." in result.notes


def test_an_outcome_without_differences_has_no_part() -> None:
    random = np.random.default_rng(0)
    outcomes = pd.DataFrame({"same": 7.3, "y": random.normal(size=200)}, index=make_people(200))
    result = compare_groupings({"s": make_partition(np.arange(200) % 2)}, outcomes)
    assert result.table.set_index("outcome")["r2"].isna().to_dict() == {"same": True, "y": False}
    assert "differences in y on" in result.verdict
    alone = compare_groupings({"s": make_partition(np.arange(200) % 2)}, outcomes[["same"]])
    assert "no outcome differs between people" in alone.verdict


def test_one_group_and_sensitive_characteristics_are_said() -> None:
    customers = pd.DataFrame({"customer_id": make_people(200), "age": np.arange(200) % 60, "same": "x"})
    schemes = {
        "age": assign_segments(customers, by="age", sensitive=["age"]),
        "same": assign_segments(customers, by="same"),
    }
    outcomes = pd.DataFrame({"y": np.random.default_rng(0).normal(size=200)}, index=make_people(200))
    result = compare_groupings(schemes, outcomes)
    assert "same has one group only and cannot tell people apart." in result.notes
    assert any(note.startswith("age uses sensitive characteristics (age)") for note in result.notes)
    assert result.table.set_index("scheme").loc["same", "r2"] == pytest.approx(0)
    assert result.balance.set_index("scheme").loc["same", "effective_groups"] == pytest.approx(1)


def test_balance_says_how_even_groups_are() -> None:
    outcomes = pd.DataFrame({"y": np.arange(100.0)}, index=make_people(100))
    labels = np.repeat([0, 1, 2], [50, 25, 25])
    row = compare_groupings({"s": make_partition(labels)}, outcomes).balance.iloc[0]
    assert row[["groups", "smallest", "largest"]].tolist() == [3, 0.25, 0.5]
    assert row["effective_groups"] == pytest.approx(2**1.5)


def test_unfit_input_is_refused() -> None:
    outcomes = pd.DataFrame({"y": np.arange(100.0)}, index=make_people(100))
    partition = make_partition(np.arange(100) % 2)
    with pytest.raises(ParameterError, match="groupings is empty"):
        compare_groupings({}, outcomes)
    with pytest.raises(ParameterError, match="labels is no Partition"):
        compare_groupings({"labels": partition.labels}, outcomes)
    with pytest.raises(DataError, match="plan is not numeric; z has infinite values"):
        compare_groupings({"s": partition}, outcomes.assign(plan="x", z=np.inf))
    with pytest.raises(DataError, match="every column is missing for everybody"):
        compare_groupings({"s": partition}, outcomes.assign(y=np.nan))
    with pytest.raises(DataError, match="no column beside the id"):
        compare_groupings({"s": partition}, pd.DataFrame({"customer_id": ["a"]}))
    with pytest.raises(DataError, match="nobody has both a group in every scheme and an outcome"):
        compare_groupings({"s": partition}, outcomes.rename(index=lambda name: f"x{name}"))
    with pytest.raises(ParameterError, match="folds is 1"):
        compare_groupings({"s": partition}, outcomes, folds=1)
    with pytest.raises(ParameterError, match="repeats is 0"):
        compare_groupings({"s": partition}, outcomes, repeats=0)


def test_clusters_found_anew_in_each_fold_lose_what_was_borrowed() -> None:
    random = np.random.default_rng(0)
    people = make_people(120)
    features = pd.DataFrame(random.normal(size=(120, 3)), index=people, columns=list("abc"))
    # An outcome that is made of the features, under another name, and neither a copy of one.
    outcomes = pd.DataFrame({"sum": features.sum(axis=1) + random.normal(size=120)}, index=people)
    clusters = estimate_clusters(features, n_clusters=6, n_starts=5)

    def again(training: pd.DataFrame) -> Partition:
        assert len(training) == 108
        return estimate_clusters(training, n_clusters=6, n_starts=2)

    fixed = compare_groupings({"clusters": clusters}, outcomes, repeats=1)
    refitted = compare_groupings({"clusters": clusters}, outcomes, repeats=1, refit={"clusters": again})
    given = compare_groupings({"clusters": clusters}, outcomes, repeats=1, refit={"clusters": (features, again)})
    assert refitted.table.loc[0, "r2"] != fixed.table.loc[0, "r2"]
    assert any(note.startswith("clusters was found anew in the training folds") for note in refitted.notes)
    pd.testing.assert_frame_equal(refitted.table, given.table)


def test_a_refit_that_finds_the_same_groups_changes_nothing() -> None:
    random = np.random.default_rng(0)
    groups = random.integers(0, 3, 200)
    features = pd.DataFrame({"group": groups}, index=make_people(200))
    outcomes = pd.DataFrame({"y": groups + random.normal(size=200), "z": random.integers(0, 2, 200)}, make_people(200))

    def by_rule(training: pd.DataFrame) -> Partition:
        return Partition(
            labels=training["group"].astype("category"), scheme="s", rule=lambda new: new["group"].astype("category")
        )

    plain = compare_groupings({"s": make_partition(groups)}, outcomes)
    refitted = compare_groupings({"s": make_partition(groups)}, outcomes, refit={"s": (features, by_rule)})
    pd.testing.assert_frame_equal(plain.table, refitted.table)


def test_noise_is_covered_with_refitted_clusters_too() -> None:
    covered = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        features = pd.DataFrame(random.normal(size=(150, 2)), index=make_people(150), columns=["a", "b"])
        clusters = estimate_clusters(features, n_clusters=3, n_starts=2)
        outcomes = pd.DataFrame({"y": random.normal(size=150)}, index=make_people(150))
        result = compare_groupings(
            {"s": clusters},
            outcomes,
            repeats=1,
            seed=seed,
            refit={"s": lambda f: estimate_clusters(f, n_clusters=3, n_starts=1)},
        )
        covered += bool(result.headline.low <= 0 <= result.headline.high)
    assert covered >= 9


def test_a_copy_of_a_feature_under_another_name_is_by_construction() -> None:
    random = np.random.default_rng(0)
    features = pd.DataFrame(random.lognormal(size=(200, 2)), index=make_people(200), columns=["visits", "orders"])
    clusters = estimate_clusters(features, n_clusters=3, n_starts=5)
    outcomes = pd.DataFrame({"log of visits": np.log(features["visits"]), "y": random.normal(size=200)})
    table = compare_groupings({"clusters": clusters}, outcomes).table.set_index("outcome")
    assert table["by_construction"].to_dict() == {"log of visits": True, "y": False}


def test_the_verdict_says_whether_the_groups_can_be_found() -> None:
    random = np.random.default_rng(0)
    n = 600
    age, hidden = random.integers(18, 80, n), random.integers(0, 3, n)
    descriptors = pd.DataFrame({"age": age, "income_band": random.integers(0, 3, n)}, index=make_people(n))
    outcomes = pd.DataFrame({"y": hidden + (age > 50) + random.normal(size=n)}, index=make_people(n))
    unfound = compare_groupings({"hidden": make_partition(hidden)}, outcomes, descriptors=descriptors)
    assert "Its groups cannot be found from age and income band, so they are no target" in unfound.verdict
    assert unfound.reach.loc[0, "low"] <= 0
    found = compare_groupings({"old": make_partition((age > 50).astype(int))}, outcomes, descriptors=descriptors)
    assert "Its groups can be found from age and income band" in found.verdict
    rule = compare_groupings({"age": assign_segments(descriptors, by={"age": [50]})}, outcomes, descriptors=descriptors)
    assert rule.verdict.endswith("Its groups are known by their own rule from age.")
    without = compare_groupings({"hidden": make_partition(hidden)}, outcomes)
    assert without.reach.empty
    assert "found from" not in without.verdict


def test_the_overall_worth_is_that_of_the_headline() -> None:
    random = np.random.default_rng(0)
    groups = random.integers(0, 3, 300)
    outcomes = pd.DataFrame({"y": groups + random.normal(size=300), "z": random.normal(size=300)}, make_people(300))
    result = compare_groupings({"s": make_partition(groups), "t": make_partition(groups % 2)}, outcomes)
    row = result.overall.set_index("scheme").loc["s"]
    assert row.tolist() == [result.headline.value, result.headline.low, result.headline.high]
    means = result.table.groupby("scheme")["r2"].mean()
    assert result.overall.set_index("scheme")["r2"].to_dict() == pytest.approx(means.to_dict())


def test_an_unfit_refit_is_refused() -> None:
    partition = make_partition(np.arange(200) % 2)
    outcomes = pd.DataFrame({"y": np.random.default_rng(0).normal(size=200)}, index=make_people(200))
    with pytest.raises(ParameterError, match="refit names 'moon': the schemes are s"):
        compare_groupings({"s": partition}, outcomes, refit={"moon": lambda features: partition})
    with pytest.raises(ParameterError, match="refit of s has no features to work on"):
        compare_groupings({"s": partition}, outcomes, refit={"s": lambda features: partition})
    with pytest.raises(ParameterError, match="refit of s is no function"):
        compare_groupings({"s": partition}, outcomes, refit={"s": (outcomes, 3)})
    with pytest.raises(ParameterError, match="refit of s returns a Series"):
        compare_groupings({"s": partition}, outcomes, refit={"s": (outcomes, lambda features: features["y"])})


def compare_sample(name: str) -> GroupingComparison:
    """Compare declared segments, clusters of choices and RFM on a sample line, as chapter 2 does."""
    line = read_product_line(Path(__file__).parents[3] / "data" / "sample" / name)
    transactions = line.get("transactions")
    outcomes = summarise_outcomes(
        line.customers,
        transactions=transactions,
        contracts=line.get("contracts"),
        reservation_prices=line.get("reservation_prices"),
        after=line.middle_date,
    )
    schemes = {
        "declared": assign_segments(line.customers, by=line.choose_characteristics(), smallest=line.smallest_group),
        "clusters": estimate_clusters(summarise_choices(line.choice_tasks), n_clusters=3, n_starts=10),
        "rfm": assign_rfm_segments(summarise_purchases(transactions, as_of=line.end_of_first_half)),
    }
    descriptors = line.customers[["customer_id", *line.characteristics]]
    return compare_groupings(schemes, outcomes, descriptors=descriptors, repeats=2)


def test_fitness_trackers_run_on_clusters_that_age_and_income_do_not_find() -> None:
    result = compare_sample("fitness-trackers")
    assert result.winner == "clusters"
    assert "cannot be found from" in result.verdict
    table = result.table.set_index(["scheme", "outcome"])
    assert table.loc[("declared", "willingness_to_pay"), "low"] <= 0
    assert table.loc[("clusters", "willingness_to_pay"), "low"] > 0.2


def test_salon_software_runs_on_size_and_not_on_clusters() -> None:
    result = compare_sample("salon-software")
    assert result.winner == "declared"
    table = result.table.set_index(["scheme", "outcome"])
    assert (table.loc["clusters", "low"] <= 0).all()
    assert result.reach.set_index("scheme").loc["clusters", "low"] <= 0


def test_lab_analysers_are_too_few_to_compare() -> None:
    result = compare_sample("lab-analysers")
    assert result.winner is None
    assert result.verdict.startswith("Not enough data to compare schemes")
    assert re.search(r"\d+ would do", result.verdict)


def test_a_lead_must_be_certain_to_win() -> None:
    """Two noisy copies of one truth: the better one leads on average, but not beyond its interval."""
    random = np.random.default_rng(8)
    truth = random.integers(0, 3, 600)
    outcome = pd.DataFrame({"y": truth + random.normal(size=600)}, index=make_people(600))
    copies = {name: np.where(random.random(600) < 0.9, truth, random.integers(0, 3, 600)) for name in ("a", "b")}
    result = compare_groupings({name: make_partition(copy, name) for name, copy in copies.items()}, outcome)
    first, second = result.overall["r2"]
    assert first != second
    assert result.winner is None
    assert result.verdict.startswith("Neither is clearly better")


def test_the_verdict_names_the_outcome_on_which_another_scheme_leads() -> None:
    random = np.random.default_rng(5)
    kind, other = random.integers(0, 3, 900), random.integers(0, 3, 900)
    outcomes = pd.DataFrame(
        {"spend": 3 * kind + random.normal(size=900), "late_spend": other + 2 * random.normal(size=900)},
        index=make_people(900),
    )
    schemes = {"needs": make_partition(kind, "needs"), "habits": make_partition(other, "habits")}
    result = compare_groupings(schemes, outcomes)
    assert result.winner == "needs"
    assert "explains on average 4" in result.verdict
    assert "But of late spend “habits” explains more, " in result.verdict


def test_a_scheme_of_one_group_is_no_rival() -> None:
    random = np.random.default_rng(3)
    kind = random.integers(0, 3, 300)
    outcome = pd.DataFrame({"y": kind + random.normal(size=300)}, index=make_people(300))
    one, three = make_partition(np.zeros(300, dtype=int), "one"), make_partition(kind, "three")
    assert compare_groupings({"one": one, "three": three}, outcome).winner == "three"
    alone = compare_groupings({"one": one}, outcome)
    assert alone.winner is None
    assert alone.verdict.startswith("Not enough data to compare schemes: each has one group only")
