"""Best–worst scaling: utilities are those of the exploded logit, shares and chances follow, odd tables are refused."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import BestWorst, estimate_best_worst
from cvlab.errors import DataError, ParameterError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from statsmodels.discrete.conditional_models import ConditionalLogit

TRUTH = pd.Series({"battery": 0.9, "gps": 0.4, "strap": 0.0, "alerts": -0.3, "case": -1.0})


def draw_sets(n: int = 120, *, seed: int = 0, n_sets: int = 5, size: int = 3, spread: float = 0.0) -> pd.DataFrame:
    """Sets of items answered by best, then worst; with `spread` people differ in their utilities."""
    random = np.random.default_rng(seed)
    names = TRUTH.index.to_numpy()
    rows = []
    for person in range(n):
        own = TRUTH.to_numpy() + spread * random.normal(size=len(names))
        for number in range(n_sets):
            shown = random.permutation(len(names))[:size]
            best = shown[(own[shown] + random.gumbel(size=size)).argmax()]
            rest = shown[shown != best]
            worst = rest[(-own[rest] + random.gumbel(size=len(rest))).argmax()]
            rows += [
                (
                    f"r{person:03d}",
                    number,
                    names[each],
                    "best" if each == best else "worst" if each == worst else "none",
                )
                for each in shown
            ]
    return pd.DataFrame(rows, columns=["respondent_id", "set", "item", "choice"])


def write_sets(*sets: str) -> pd.DataFrame:
    """Sets as "best > others > worst", each of another person."""
    rows = []
    for person, written in enumerate(sets):
        items = written.split(" > ")
        marks = ["best", *["none"] * (len(items) - 2), "worst"]
        rows += [(person, 1, name, mark) for name, mark in zip(items, marks, strict=True)]
    return pd.DataFrame(rows, columns=["respondent_id", "set", "item", "choice"])


def fit(table: pd.DataFrame, **changes: Any) -> BestWorst:
    return estimate_best_worst(table, **changes)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return draw_sets()


@pytest.fixture(scope="module")
def result(table: pd.DataFrame) -> BestWorst:
    return fit(table)


# Truth


def test_statsmodels_agrees_on_the_exploded_choices(table: pd.DataFrame) -> None:
    names = sorted(TRUTH.index)
    dummies = pd.DataFrame({name: (table["item"] == name) * 1.0 for name in names[1:]})
    group = table.groupby(["respondent_id", "set"]).ngroup()
    rest = table["choice"] != "best"
    columns = pd.concat([dummies, -dummies[rest]], ignore_index=True)
    groups = np.concatenate([group, 10_000 + group[rest]])
    picked = np.concatenate([table["choice"] == "best", table.loc[rest, "choice"] == "worst"]).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = ConditionalLogit(picked, columns, groups=groups).fit(method="newton", disp=False)
    against_first = pd.Series([0.0, *oracle.params], index=names)
    ours = fit(table, clustered=False)
    utility = ours.table.set_index("item")["utility"]
    expected = against_first - against_first.mean()
    assert utility.to_dict() == pytest.approx(expected.to_dict(), rel=1e-6)
    assert ours.log_likelihood == pytest.approx(oracle.llf, abs=1e-8)
    # A difference to the first item has the oracle's standard error.
    covariance = ours.covariance
    for name, error in zip(names[1:], oracle.bse, strict=True):
        contrast = pd.Series(0.0, index=covariance.index)
        contrast[name], contrast[names[0]] = 1.0, -1.0
        assert math.sqrt(contrast @ covariance @ contrast) == pytest.approx(error, rel=1e-4)


def test_planted_utilities_lie_in_their_intervals(result: BestWorst) -> None:
    found, truth = result.table.set_index("item"), TRUTH - TRUTH.mean()
    assert found.index.tolist() == ["battery", "gps", "strap", "alerts", "case"]
    assert (abs(found["utility"] - truth[found.index]) < 3.3 * found["std_error"]).all()
    assert found["utility"].sum() == pytest.approx(0, abs=1e-12)
    assert found["share"].to_numpy() == pytest.approx(special.softmax(found["utility"].to_numpy()))
    assert (found["share_low"] < found["share"]).all()
    assert (found["share"] < found["share_high"]).all()
    assert found["first"].sum() == pytest.approx(1)
    assert result.n_sets == 600


def test_counts_are_best_minus_worst_per_time_shown(table: pd.DataFrame, result: BestWorst) -> None:
    mark = table["choice"].map({"best": 1, "worst": -1, "none": 0})
    expected = mark.groupby(table["item"]).mean()
    found = result.table.set_index("item")
    assert found["score"].to_dict() == pytest.approx(expected.to_dict())
    assert found["n_shown"].to_dict() == table["item"].value_counts().to_dict()


def test_three_items_by_hand() -> None:
    # With all of three items in every set and each order equally often but one, the scores and shares are known.
    result = fit(write_sets(*["a > b > c", "b > c > a", "c > a > b", "a > c > b", "b > a > c", "c > b > a"] * 3))
    assert result.table["utility"].to_numpy() == pytest.approx(np.zeros(3), abs=1e-9)
    assert result.table["share"].to_numpy() == pytest.approx(np.full(3, 1 / 3))
    assert result.log_likelihood == pytest.approx(18 * (math.log(1 / 3) + math.log(1 / 2)))


def cover(repeats: int, first_seed: int) -> pd.Series:
    truth = TRUTH - TRUTH.mean()
    shares = pd.Series(special.softmax(truth.to_numpy()), index=truth.index)
    held = []
    for repeat in range(repeats):
        found = fit(draw_sets(60, seed=first_seed + repeat)).table.set_index("item")
        inside = truth.between(found["low"][truth.index], found["high"][truth.index])
        of_shares = shares.between(found["share_low"][truth.index], found["share_high"][truth.index])
        held.append(pd.concat([inside, of_shares.add_prefix("share of ")]))
    return pd.DataFrame(held).mean()


def test_intervals_cover_the_truth_in_a_few_repeats() -> None:
    assert (cover(25, 300) >= 0.8).all()


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = cover(400, 40_000)
    assert covered.between(0.92, 0.98).all(), covered.to_dict()


def test_people_who_resemble_themselves_widen_the_intervals() -> None:
    alike = draw_sets(100, seed=2, n_sets=12, spread=1.5)
    clustered, plain = (fit(alike, clustered=choice).table["std_error"].mean() for choice in (True, False))
    assert clustered > 1.5 * plain


def test_own_scores_are_drawn_in_as_far_as_chance_explains_them() -> None:
    alike = fit(draw_sets(100, seed=3, n_sets=10))
    apart = fit(draw_sets(100, seed=3, n_sets=10, spread=2.0))
    for each in (alike, apart):
        assert each.individuals.shape == (100, 5)
        assert each.individuals.index.name == "respondent_id"
        assert list(each.individuals.columns) == each.table["item"].tolist()
        mean = each.individuals.mean().to_numpy()
        assert mean == pytest.approx(each.table["score"].to_numpy(), abs=0.03)
    assert alike.individuals.std().max() < 0.1
    assert apart.individuals.std().min() > 0.3
    # What is left of a difference between people predicts their answers to other sets.
    everything = draw_sets(150, seed=4, n_sets=20, spread=2.0)
    first, second = (fit(everything[everything["set"] % 2 == part]).individuals for part in (0, 1))
    slope = np.polyfit(first["gps"], second["gps"], 1)[0]
    assert 0.8 < slope < 1.1


def test_one_look_at_each_item_cannot_be_drawn_in() -> None:
    result = fit(draw_sets(40, n_sets=1, size=5))
    assert "Nobody saw an item twice: people's own scores are plain counts, with all their chance." in result.notes
    assert set(np.unique(result.individuals)) <= {-1.0, 0.0, 1.0}


# What must not matter


def test_order_of_rows_words_and_the_input_stay_as_they_are(table: pd.DataFrame, result: BestWorst) -> None:
    before = table.copy(deep=True)
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(fit(shuffled).table, result.table)
    pd.testing.assert_frame_equal(table, before)
    shouted = table.assign(choice=table["choice"].str.upper() + " ", item=table["item"].astype("category"))
    pd.testing.assert_frame_equal(fit(shouted.set_index("respondent_id")).table, result.table)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_turning_best_and_worst_of_pairs_turns_the_signs(seed: int) -> None:
    table = draw_sets(30, seed=seed, n_sets=10, size=2)
    turned = table.assign(choice=table["choice"].map({"best": "worst", "worst": "best"}))
    plain, other = (fit(each).table.set_index("item") for each in (table, turned))
    assert other.loc[plain.index, "utility"].to_numpy() == pytest.approx(-plain["utility"].to_numpy(), abs=1e-8)
    assert other.loc[plain.index, "score"].to_numpy() == pytest.approx(-plain["score"].to_numpy())


def test_weights_count_people(table: pd.DataFrame, result: BestWorst) -> None:
    same = fit(table.assign(weight=5.0))
    pd.testing.assert_frame_equal(same.table, result.table)
    heavy = table["respondent_id"] < "r060"
    copies = table[heavy].assign(respondent_id=table["respondent_id"] + "-again")
    repeated = fit(pd.concat([table, copies])).table.set_index("item")
    weighted = fit(table.assign(importance=np.where(heavy, 2.0, 1.0)), weights="importance")
    found = weighted.table.set_index("item")
    for column in ("utility", "share", "score"):
        assert found[column].to_dict() == pytest.approx(repeated[column].to_dict(), rel=1e-6)
    assert "Weighted: 120 people carry the information of 108 equal ones." in weighted.notes


# Headline, groups, doubt


def test_headline_says_what_comes_first_and_how_surely(result: BestWorst) -> None:
    headline = result.headline
    assert headline.key == "willingness_to_pay.best_worst"
    assert headline.value == result.table.loc[0, "share"]
    assert str(headline).startswith("battery matters most on average: it holds ")
    assert str(headline).endswith("120 people pooled); on average it comes first all but certainly.")
    assert headline.decides
    assert headline.draws is not None
    close = fit(
        write_sets(*["a > b > c", "b > a > c"] * 6, "a > c > b", "a > b > c", "c > b > a", "b > c > a", "a > b > c")
    )
    assert not close.headline.decides
    chance = 100 * close.table.loc[0, "first"]
    assert str(close.headline).endswith(f"the chance that it comes first on average is {chance:.0f}%, rivalled by b.")


def test_pooled_shares_are_not_said_to_count_people() -> None:
    # Half of the people love b above all, half do not care; a is everybody's second: pooled, a matters most.
    loved, shunned = ["b > a > c", "b > c > a"] * 8 + ["a > b > c"], ["a > c > b", "c > a > b"] * 8 + ["a > b > c"]
    result = fit(write_sets(*loved, *shunned))
    shares = result.table.set_index("item")["share"]
    assert (result.individuals.idxmax(axis=1) == "b").mean() > shares["b"] + 0.1
    said = f"{result.headline} {result.notes}"
    assert "of the importance of all items" in said
    assert "not the share of people to whom an item is the best of all" in said
    assert "would be called" not in said


def test_groups_are_estimated_apart(table: pd.DataFrame, result: BestWorst) -> None:
    people = pd.Index(table["respondent_id"].unique(), name="respondent_id")
    labels = pd.Series(np.where(np.arange(120) < 50, "north", "south"), index=people, dtype="category")
    grouped = fit(table, by=Partition(labels=labels, scheme="region"))
    pd.testing.assert_frame_equal(grouped.table, result.table)
    assert grouped.groups is not None
    assert list(grouped.groups.results) == ["north", "south"]
    assert grouped.groups.table.columns[:3].tolist() == ["group", "n", "item"]
    alone = fit(table[table["respondent_id"] < "r050"])
    north = grouped.groups.table[grouped.groups.table["group"] == "north"].drop(columns=["group", "n"])
    pd.testing.assert_frame_equal(north.reset_index(drop=True), alone.table)
    sensitive = Partition(labels=labels, scheme="age", made_from=("age",), sensitive=("age",))
    with pytest.raises(ParameterError, match="allow_sensitive=True"):
        fit(table, by=sensitive)


def test_too_few_people_are_said_and_not_shown() -> None:
    result = fit(draw_sets(9, seed=5, n_sets=12))
    assert not result.enough
    assert not result.headline.answered
    assert "at least 10 are needed" in str(result.headline)
    numbers = result.table.drop(columns=["item", "n_shown"])
    assert numbers.isna().all(axis=None)
    assert result.individuals.isna().all(axis=None)


def test_what_one_person_chose_is_not_told() -> None:
    result = fit(write_sets("a > b > c"))
    assert not result.headline.answered
    assert not result.headline.decides
    assert result.covariance.isna().all(axis=None)
    assert math.isnan(result.log_likelihood)
    assert result.table["item"].tolist() == ["a", "b", "c"]
    assert result.table.drop(columns=["item", "n_shown"]).isna().all(axis=None)


def test_notes_say_few_people_unequal_sets_and_items_never_shown() -> None:
    table = draw_sets(20, seed=6, n_sets=6)
    rare = (table["item"] == "case") & (table["choice"] == "none")
    kept = table[~rare].assign(item=table["item"].astype(pd.CategoricalDtype([*TRUTH.index, "never asked"])))
    notes = fit(kept[~((kept["set"] > 1) & (kept["item"] == "case") & (kept["choice"] == "none"))]).notes
    assert "20 people are few: clustered intervals are likely too short below 30." in notes
    assert "Never shown and left out: never asked." in notes
    unequal = pd.concat([write_sets(*["a > b > c", "b > c > a", "c > a > b"] * 4), *_more_pairs()])
    assert any(note.startswith("Items were shown unequally often (c least: 12 times)") for note in fit(unequal).notes)


def _more_pairs() -> list[pd.DataFrame]:
    pairs = write_sets(*["a > b", "b > a"] * 10)
    return [pairs.assign(set=2)]


# Bad input


def test_sets_without_one_best_and_one_worst_are_named_all_at_once(table: pd.DataFrame) -> None:
    broken = table.copy()
    of = {number: broken.index[(broken["respondent_id"] == "r000") & (broken["set"] == number)] for number in range(5)}
    broken.loc[of[0], "choice"] = ["none", "none", "worst"]
    broken.loc[of[1], "choice"] = ["best", "best", "worst"]
    broken.loc[of[2], "choice"] = ["best", "none", "none"]
    broken.loc[of[3], "choice"] = ["best", "worst", "worst"]
    broken.loc[of[4][1], "item"] = broken.loc[of[4][0], "item"]
    with pytest.raises(DataError) as raised:
        fit(broken)
    message = str(raised.value)
    for said in (
        "1 set without a best item (first: respondent_id r000 set 0)",
        "1 set with two or more best items (first: respondent_id r000 set 1)",
        "1 set without a worst item (first: respondent_id r000 set 2)",
        "1 set with two or more worst items (first: respondent_id r000 set 3)",
        "1 set in which an item occurs twice (first: respondent_id r000 set 4)",
        "correct or drop these",
    ):
        assert said in message


def test_best_that_is_also_worst_is_an_item_twice() -> None:
    both = write_sets("a > b > c", "b > a > c")
    both.loc[[1, 2], ["item", "choice"]] = [["a", "worst"], ["c", "none"]]
    with pytest.raises(DataError, match="1 set in which an item occurs twice"):
        fit(both)


def test_missing_cells_and_unknown_words_are_refused(table: pd.DataFrame) -> None:
    broken = table.copy()
    broken.loc[[0, 1], "item"] = None
    broken.loc[5, "choice"] = "first"
    with pytest.raises(DataError, match=r"item has 2 missing cells; choice holds 'first'\. Name respondent"):
        fit(broken)
    with pytest.raises(DataError, match="best_worst lacks column choice"):
        fit(table.drop(columns="choice"))
    with pytest.raises(DataError, match="weights are not above 0"):
        fit(table.assign(weight=0.0))
    with pytest.raises(DataError, match="its rows differ within 600 sets"):
        fit(table.assign(weight=np.arange(len(table)) + 1.0))


def test_one_item_or_one_item_sets_compare_nothing() -> None:
    single = pd.DataFrame({"respondent_id": [1, 2], "set": 1, "item": "a", "choice": "best"})
    with pytest.raises(DataError, match=r"the only item is a\. Best and worst need at least two items"):
        fit(single)
    lonely = pd.concat([write_sets("a > b", "b > a"), pd.DataFrame([(9, 1, "a", "best")], columns=single.columns)])
    with pytest.raises(DataError, match="1 set with one item only"):
        fit(lonely)


def test_items_that_always_win_or_lose_are_named() -> None:
    with pytest.raises(
        DataError, match=r"always preferred to the other items: a\. Such items are separated: their utilities"
    ):
        fit(write_sets(*["a > b > c", "a > c > b"] * 6))
    with pytest.raises(DataError, match="never preferred to the other items: d"):
        fit(write_sets(*["a > b > d", "b > a > d", "c > a > d", "a > c > d"] * 3))
    with pytest.raises(DataError, match="no set compares a, b with the other items"):
        fit(write_sets(*["a > b", "b > a", "c > d", "d > c"] * 3))


def test_separation_in_a_group_is_a_note() -> None:
    table = write_sets(*["a > b > c", "b > c > a", "c > a > b"] * 5, *["a > b > c", "a > c > b"] * 6)
    labels = pd.Series(["even"] * 15 + ["one-sided"] * 12, index=pd.RangeIndex(27), dtype="category")
    result = fit(table, by=Partition(labels=labels, scheme="sides"))
    assert result.groups is not None
    assert list(result.groups.results) == ["even"]
    assert any("one-sided" in note and "preferred to the other items: a" in note for note in result.groups.notes)


def test_arguments_are_checked(table: pd.DataFrame) -> None:
    for changes, message in (
        ({"level": 1.0}, "level is 1.0"),
        ({"smallest_group": 0}, "smallest_group is 0"),
        ({"seed": -1}, "seed is -1"),
    ):
        with pytest.raises(ParameterError, match=message):
            fit(table, **changes)


@pytest.mark.parametrize("line", ["fitness-trackers", "salon-software", "lab-analysers"])
def test_planted_utilities_of_the_sample_lines_lie_in_their_intervals(checkout: Path, line: str) -> None:
    folder = checkout / "data/sample" / line
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    planted = {truth["key"].removeprefix("willingness_to_pay.best_worst."): truth["value"] for truth in truths}
    result = fit(pd.read_csv(folder / "best_worst.csv"), level=0.999)
    for row in result.table.to_dict("records"):
        assert row["low"] < planted[f"pooled.{row['item']}"] < row["high"], row["item"]
    assert result.table.loc[0, "item"] == planted["first"]
