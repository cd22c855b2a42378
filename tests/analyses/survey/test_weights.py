"""Raked weights hold their margins, keep odds ratios, stay within limits, and say what they cannot hold."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from cvlab.analyses.survey import estimate_weights
from cvlab.analyses.survey.raking import Margin, measure_error, rake
from cvlab.errors import DataError, ParameterError

GOLDEN = yaml.safe_load((Path(__file__).parents[2] / "golden" / "raking.yaml").read_text(encoding="utf-8"))
SpreadOut = Callable[[list[list[int]], list[str], list[str]], pd.DataFrame]


def make_people(n: int = 200, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "respondent_id": range(n),
            "region": random.choice(["north", "south", "west"], n, p=[0.6, 0.25, 0.15]),
            "vip": random.random(n) < 0.3,
        }
    )


TARGETS = {"region": {"north": 0.4, "south": 0.3, "west": 0.3}, "vip": {"yes": 0.5, "no": 0.5}}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_raked_tables_worked_by_hand(name: str, spread_out: SpreadOut) -> None:
    case = GOLDEN[name]
    people = spread_out(case["counts"], list(case["rows"]), list(case["columns"]))
    result = estimate_weights(people, {"row": case["rows"], "column": case["columns"]}, trim=None)
    weights = result.weights.to_numpy()
    cells = people.assign(weight=weights / weights.sum()).pivot_table(
        index="row", columns="column", values="weight", aggfunc="sum"
    )
    assert cells.to_numpy() == pytest.approx(np.array(case["raked"]), abs=1e-6)


def test_margins_hold_and_the_effective_number_is_that_of_kish() -> None:
    people = make_people()
    result = estimate_weights(people, TARGETS)
    weights = result.weights.to_numpy()
    assert np.abs(result.table["weighted"] - result.table["target"]).max() < 1e-8
    assert weights.mean() == pytest.approx(1, abs=1e-10)
    assert result.effective_n == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert result.design_effect == pytest.approx(1 + weights.var())
    assert result.headline.value == result.effective_n
    assert result.headline.smallest_change == 20
    factors = result.table.set_index("level")["factor"]
    assert factors["west"] == pytest.approx(0.3 / (people["region"] == "west").mean())
    assert result.converged
    assert result.notes == ()


def test_limits_are_kept_by_the_weights_that_hold_all_margins() -> None:
    people = make_people(400)
    free = estimate_weights(people, TARGETS, trim=None)
    trim = 0.95 * float(free.weights.max())
    result = estimate_weights(people, TARGETS, trim=trim)
    assert result.weights.max() <= trim * (1 + 1e-9)
    assert result.weights.min() >= (1 - 1e-9) / trim
    assert result.converged
    assert 0 < result.n_trimmed < len(people)
    assert f"{result.n_trimmed} of 400 weights are held at a limit" in result.notes[0]


def test_weights_at_the_lower_limit_are_held_as_well_as_those_at_the_upper() -> None:
    # Nine in ten are to be a half: without limits they weigh 5/9 and the others 5.
    people = pd.DataFrame({"respondent_id": range(100), "kind": ["a"] * 90 + ["b"] * 10})
    result = estimate_weights(people, {"kind": {"a": 0.5, "b": 0.5}}, trim=1.2)
    assert not result.converged
    at_limits = {limit: int(np.isclose(result.weights, limit, rtol=1e-6).sum()) for limit in (1.2, 1 / 1.2)}
    assert result.n_trimmed == sum(at_limits.values()) == at_limits[1.2] > 0
    few = pd.DataFrame({"respondent_id": range(100), "kind": ["a"] * 10 + ["b"] * 90})
    low = estimate_weights(few, {"kind": {"a": 0.01, "b": 0.99}}, trim=5)
    assert low.weights.min() == pytest.approx(0.2)
    assert low.n_trimmed == 10
    assert low.notes[0].startswith("10 of 100 weights are held at a limit: 5 times the mean or 1/5 of it")


def test_what_limits_do_not_allow_is_said() -> None:
    people = make_people(400)
    result = estimate_weights(people, {"region": {"north": 0.05, "south": 0.05, "west": 0.9}}, trim=1.5)
    assert not result.converged
    assert result.weights.max() <= 1.5 * (1 + 1e-9)
    assert result.weights.mean() == pytest.approx(1)
    west = result.table.set_index("level").loc["west"]
    assert west["weighted"] < 0.5
    assert "region west is" in result.notes[-1]
    assert "instead of 90.0%" in result.notes[-1]
    assert "Allow larger weights" in result.notes[-1]
    said = str(result.headline)
    assert said.startswith(
        "Weights by region do not make 400 answers stand for the people in question, as no weights within the limits"
    )
    assert "region west is" in said
    assert "instead of 90.0%" in said
    assert "inform as much as" not in said


def test_margins_that_contradict_each_other_are_said_without_limits(spread_out: SpreadOut) -> None:
    # Everyone in row a is in column x and the other way round: the two margins cannot differ.
    people = spread_out([[50, 0], [0, 50]], ["a", "b"], ["x", "y"])
    result = estimate_weights(people, {"row": {"a": 0.5, "b": 0.5}, "column": {"x": 0.8, "y": 0.2}}, trim=None)
    assert not result.converged
    assert result.error == pytest.approx(0.3, abs=0.01)
    assert result.notes[-1].startswith("The margins do not all hold, as no weights fit all of them")
    assert "stand for the people in question, as no weights fit: " in str(result.headline)


def test_an_empty_cell_of_two_characteristics_is_no_hindrance(spread_out: SpreadOut) -> None:
    people = spread_out([[50, 0], [20, 30]], ["a", "b"], ["x", "y"])
    result = estimate_weights(people, {"row": {"a": 0.4, "b": 0.6}, "column": {"x": 0.6, "y": 0.4}}, trim=None)
    assert result.converged


def test_weights_to_begin_with_are_kept_where_the_margins_hold_already() -> None:
    people = make_people(100).assign(base=np.tile([0.5, 1.5], 50), half=np.repeat(["a", "b"], 50))
    result = estimate_weights(people, {"half": {"a": 0.5, "b": 0.5}}, base="base", trim=None)
    assert result.weights.to_numpy() == pytest.approx(people["base"].to_numpy())
    for wrong in (0.0, np.nan, -1.0):
        with pytest.raises(DataError, match="base"):
            estimate_weights(people.assign(base=[wrong, *[1.0] * 99]), {"half": {"a": 0.5, "b": 0.5}}, base="base")


def test_of_all_weights_within_limits_the_nearest_are_found() -> None:
    """Moving weight round a square of four cells, which keeps both margins, only increases the divergence."""
    random = np.random.default_rng(1)
    levels = random.integers(0, 2, (2, 300))
    levels[1] = np.where(random.random(300) < 0.6, levels[0], levels[1])
    start = random.uniform(0.5, 1.5, 300)
    margins = [Margin(levels=level, target=np.array([0.3, 0.7])) for level in levels]
    raked = rake(margins, start, trim=1.9)
    assert raked.error < 1e-9
    assert raked.n_trimmed > 0

    def divergence(weights: np.ndarray) -> float:
        return float((weights * np.log(weights / (start / start.mean()))).sum())

    inside = (raked.weights < 1.9 - 1e-3) & (raked.weights > 1 / 1.9 + 1e-3)
    corners = [
        np.flatnonzero(inside & (levels[0] == i) & (levels[1] == j)) for i, j in ((0, 0), (1, 1), (0, 1), (1, 0))
    ]
    assert all(len(corner) for corner in corners)
    for size in (1e-4, -1e-4):
        moved = raked.weights.copy()
        for corner, sign in zip(corners, (1, 1, -1, -1), strict=True):
            moved[corner[0]] += sign * size
        assert measure_error(margins, moved) < 1e-8
        assert divergence(moved) > divergence(raked.weights)


def test_people_of_unknown_level_do_not_move_the_margin_of_the_others() -> None:
    people = make_people()
    people.loc[:19, "region"] = None
    result = estimate_weights(people, TARGETS)
    assert np.abs(result.table["weighted"] - result.table["target"]).max() < 1e-8
    assert "region (20)" in result.notes[0]


def test_customers_are_a_target_and_small_levels_are_taken_together() -> None:
    customers = make_people(1000, seed=1).rename(columns={"respondent_id": "customer_id"})
    people = make_people()
    people.loc[people.index[:3], "region"] = "east"
    people.loc[people.index[3:7], "region"] = "islands"
    customers.loc[:19, "region"] = "east"
    result = estimate_weights(people, customers)
    assert (result.table["n"] >= 10).all()
    assert set(result.table.loc[result.table["characteristic"] == "region", "level"]) == {"north", "south", "other"}
    assert "are taken together" in result.notes[0]
    assert "islands" not in result.notes[0]


def test_levels_are_merged_until_there_are_enough_and_no_further() -> None:
    people = pd.DataFrame({"respondent_id": range(60), "region": ["a"] * 38 + ["b"] * 12 + ["c"] * 5 + ["d"] * 5})
    shares = {"a": 0.5, "b": 0.2, "c": 0.2, "d": 0.1}
    result = estimate_weights(people, {"region": shares}, trim=None)
    assert result.table[["level", "n"]].to_numpy().tolist() == [["a", 38], ["b", 12], ["other", 10]]
    assert result.table["target"].tolist() == pytest.approx([0.5, 0.2, 0.3])


def test_a_level_that_few_customers_have_is_merged_however_many_of_them_answered() -> None:
    people = pd.DataFrame({"respondent_id": range(90), "region": ["a"] * 40 + ["b"] * 30 + ["c"] * 20})
    customers = pd.DataFrame({"customer_id": range(200), "region": ["a"] * 145 + ["b"] * 50 + ["c"] * 5})
    table = estimate_weights(people, customers, trim=None).table
    assert table[["level", "n"]].to_numpy().tolist() == [["a", 40], ["other", 50]]
    assert table["target"].tolist() == pytest.approx([0.725, 0.275])


def test_small_levels_of_given_shares_are_taken_together_too() -> None:
    people = pd.DataFrame({"respondent_id": range(60), "region": ["a"] * 40 + ["b"] * 12 + ["c"] * 5 + ["d"] * 3})
    result = estimate_weights(people, {"region": {"a": 0.5, "b": 0.2, "c": 0.2, "d": 0.1}})
    assert result.table[["level", "n"]].to_numpy().tolist() == [["a", 40], ["other", 20]]
    assert result.table["target"].tolist() == pytest.approx([0.5, 0.5])


def test_names_and_addresses_are_left_out_without_being_named() -> None:
    people = make_people().assign(mail=[f"somebody{number}@example.org" for number in range(200)])
    result = estimate_weights(people, people.rename(columns={"respondent_id": "customer_id"}))
    assert "mail" not in set(result.table["characteristic"])
    assert not any("somebody" in note for note in result.notes)
    many = people.assign(mail=np.where(np.arange(200) < 100, "none", people["mail"]))
    result = estimate_weights(many, many.rename(columns={"respondent_id": "customer_id"}))
    assert not any("somebody" in note for note in result.notes)
    assert any("100 levels with too few people are taken together" in note for note in result.notes)


def test_numbers_are_cut_at_the_quartiles_of_the_target_in_order() -> None:
    random = np.random.default_rng(0)
    people = pd.DataFrame({"respondent_id": range(400), "age": random.integers(20, 60, 400)})
    customers = pd.DataFrame({"customer_id": range(1000), "age": random.integers(5, 105, 1000).astype(float)})
    levels = estimate_weights(people, customers, trim=None).table["level"].tolist()
    assert levels[0].startswith("to ")
    edges = [float(level.split(" ")[1]) for level in levels]
    assert edges == sorted(edges)
    few = people.assign(age=np.where(np.arange(400) % 2, 1, 2))
    shares = estimate_weights(few, customers.assign(age=np.where(np.arange(1000) % 4, 1.0, 2.0)))
    assert shares.table[["level", "target"]].to_numpy().tolist() == [["1", 0.75], ["2", 0.25]]
    rates = people.assign(age=1000.1 + people["age"] / 1000)
    close = estimate_weights(rates, customers.assign(age=1000.1 + customers["age"] / 1000), trim=None)
    assert close.table["level"].nunique() == len(close.table)


def test_a_number_at_an_edge_belongs_below_it() -> None:
    # Quartiles of 0, 1, …, 12, each as often: 3, 6 and 9.
    people = pd.DataFrame({"respondent_id": range(390), "age": np.arange(390) % 13})
    customers = people.rename(columns={"respondent_id": "customer_id"})
    table = estimate_weights(people, customers).table
    assert table[["level", "n"]].to_numpy().tolist() == [["to 3", 120], ["3 to 6", 90], ["6 to 9", 90], ["above 9", 90]]


@pytest.mark.parametrize(
    ("ages", "n"),
    [
        ({10: 30, 30: 30, 60: 30, 90: 30}, [30, 30, 30, 30]),
        ({10: 5, 30: 10, 50: 50, 90: 50}, [15, 50, 50]),
        ({10: 2, 45: 58, 90: 60}, [60, 60]),
    ],
)
def test_numbers_are_cut_into_fewer_parts_where_a_part_would_be_small(ages: dict[int, int], n: list[int]) -> None:
    customers = pd.DataFrame({"customer_id": range(1000), "age": np.arange(1000) % 100})
    people = pd.DataFrame({"age": np.repeat(list(ages), list(ages.values()))}).rename_axis("respondent_id")
    assert estimate_weights(people, customers, trim=None).table["n"].tolist() == n


@pytest.mark.parametrize("kind", ["boolean", "Int64", "category", "string"])
def test_columns_of_other_types_are_levels_too(kind: str) -> None:
    people = make_people()
    values = {"boolean": people["vip"], "Int64": people["vip"].astype(int)}.get(kind, people["region"])
    people = people.assign(kept=values.astype(kind))[["respondent_id", "kept"]]
    people.loc[0, "kept"] = pd.NA
    result = estimate_weights(people, people.rename(columns={"respondent_id": "customer_id"}))
    assert result.table["n"].sum() == 199
    assert result.effective_n == pytest.approx(200)


def test_yes_and_1_name_the_levels_of_given_shares() -> None:
    people = make_people().assign(size=np.where(np.arange(200) < 50, 1.0, 2.0))
    result = estimate_weights(people, {"vip": {True: 0.5, False: 0.5}, "size": {1: 0.5, 2: 0.5}})  # type: ignore[dict-item]
    assert result.converged
    assert set(result.table["level"]) == {"yes", "no", "1", "2"}


def test_too_few_people_have_no_table() -> None:
    result = estimate_weights(make_people(9), make_people(100).rename(columns={"respondent_id": "customer_id"}))
    assert result.table.empty
    assert str(result.headline) == "Not enough data for weights: 9 answers, at least 10 are needed."


def test_faults_of_targets_are_named_together() -> None:
    people = make_people()
    wrong = {"region": {"north": 0.5, "south": 0.4}, "vip": {"yes": 1.2, "no": 0.1}, "age": {"old": 1.0}}
    with pytest.raises(ParameterError) as error:
        estimate_weights(people, wrong)
    for part in ("sum to 0.9, not to 1", "no share is given for west", "share of yes is not above 0", "lack age"):
        assert part in str(error.value)
    with pytest.raises(ParameterError, match="is not above 0"):
        estimate_weights(people, {"vip": {"yes": "half", "no": 0.5}})  # type: ignore[dict-item]
    with pytest.raises(ParameterError, match=r"vip: the shares sum to 1\.001, not to 1"):
        estimate_weights(people, {"vip": {"yes": 0.501, "no": 0.5}})
    with pytest.raises(ParameterError, match="the share of no is not above 0"):
        estimate_weights(people, {"vip": {"yes": 1.0, "no": 0.0}})
    islands = {"region": {"north": 0.4, "south": 0.2, "west": 0.2, "islands": 0.2}}
    with pytest.raises(DataError, match="no respondent has region islands, so nobody can stand for them"):
        estimate_weights(people, islands)


def test_impossible_input_is_refused() -> None:
    people = make_people()
    with pytest.raises(ParameterError, match="trim is 1"):
        estimate_weights(people, TARGETS, trim=1)
    with pytest.raises(ParameterError, match="trim is 'no'"):
        estimate_weights(people, TARGETS, trim="no")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="repeats a respondent_id"):
        estimate_weights(pd.concat([people, people]), TARGETS)
    with pytest.raises(DataError, match="without a respondent_id"):
        estimate_weights(people.assign(respondent_id=[None, *range(199)]), TARGETS)
    with pytest.raises(DataError, match="share no characteristic"):
        estimate_weights(people, pd.DataFrame({"customer_id": [1, 2]}))
    with pytest.raises(ParameterError, match="columns name age"):
        estimate_weights(people, TARGETS, columns=["age"])
    with pytest.raises(DataError, match="the table stood for lacks vip; "):
        estimate_weights(people, people[["region"]], columns=["vip", "other"])
    dates = people.assign(since=pd.Timestamp("2026-01-01"))
    with pytest.raises(DataError, match="since is a date in respondents"):
        estimate_weights(dates, dates, columns=["since"])


def test_order_does_not_matter_and_the_input_is_left_as_it_is() -> None:
    people = make_people()
    before = people.copy()
    result = estimate_weights(people, TARGETS, trim=1.8)
    shuffled = estimate_weights(
        people.sample(frac=1, random_state=3), {name: TARGETS[name] for name in ("vip", "region")}, trim=1.8
    )
    assert_series_equal(shuffled.weights.sort_index(), result.weights.sort_index(), rtol=1e-7)
    assert_frame_equal(people, before)
    indexed = estimate_weights(people.set_index("respondent_id"), TARGETS, trim=1.8)
    assert_series_equal(indexed.weights, result.weights)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shares=st.lists(st.floats(0.1, 1.0), min_size=3, max_size=3),
    half=st.floats(0.2, 0.8),
)
def test_margins_hold_whatever_the_targets(seed: int, shares: list[float], half: float) -> None:
    random = np.random.default_rng(seed)
    margins = [
        Margin(levels=np.arange(120) % 3, target=np.array(shares) / sum(shares)),
        Margin(levels=random.permutation(np.arange(120) % 2), target=np.array([half, 1 - half])),
    ]
    raked = rake(margins, random.uniform(0.5, 2, 120))
    assert raked.error <= 1e-8
    assert raked.weights.min() > 0
    assert raked.weights.mean() == pytest.approx(1)
    limited = rake(margins, np.ones(120), trim=1.5)
    assert limited.weights.max() <= 1.5 * (1 + 1e-9)
    assert limited.weights.min() >= (1 - 1e-9) / 1.5
    assert limited.weights.mean() == pytest.approx(1, abs=1e-9)
