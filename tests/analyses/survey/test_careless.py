"""Each rule finds whom it should, in data made by hand and in data drawn; the log leaves out no other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.survey import Rule, measure_exclusions
from cvlab.analyses.survey.careless import _read_answers, find_duplicates
from cvlab.errors import DataError, ParameterError

PRICES = ["too_cheap", "cheap", "expensive", "too_expensive"]
N_ITEMS = 8


def make_statements(answers: dict[object, list[float | None]], *, with_reversed: bool = True) -> pd.DataFrame:
    """Return one row per person and item; every other item is put the other way round."""
    rows = [
        {"respondent_id": person, "item": f"item {place}", "score": score, "reversed": with_reversed and place % 2 == 1}
        for person, scores in answers.items()
        for place, score in enumerate(scores)
    ]
    return pd.DataFrame(rows)


def draw_tables(n: int = 600, *, seed: int = 0) -> tuple[dict[str, pd.DataFrame], dict[str, set[int]]]:
    """Draw careful people, and plant 5% of each kind of carelessness among them."""
    random = np.random.default_rng(seed)
    few = n // 20
    speeders, liners, doubles = (set(range(few * kind, few * (kind + 1))) for kind in range(3))
    taste = random.normal(0, 1, n)
    scores = np.clip(np.round(4 + taste[:, None] + random.normal(0, 1.2, (n, N_ITEMS))), 1, 7)
    scores[:, 1::2] = 8 - scores[:, 1::2]
    scores[sorted(liners)] = random.integers(1, 8, few)[:, None]
    prices = np.sort(np.round(random.lognormal(3, 0.5, (n, 4)), 1), axis=1) + np.arange(4)
    # Those who answered twice come after the ones whose answers they repeat.
    originals = np.arange(n - few, n)
    scores[sorted(doubles)], prices[sorted(doubles)] = scores[originals], prices[originals]
    seconds = random.lognormal(6, 0.3, n)
    seconds[sorted(speeders)] = random.uniform(20, 80, few)
    tables = {
        "respondents": pd.DataFrame({"respondent_id": range(n), "seconds": seconds}),
        "value_survey": make_statements(dict(enumerate(scores.tolist()))),
        "price_sensitivity": pd.DataFrame(prices, columns=PRICES).assign(respondent_id=range(n)),
    }
    return tables, {"speeders": speeders, "straight liners": liners, "duplicates": set(originals.tolist())}


@pytest.mark.parametrize("seed", range(3))
def test_planted_careless_people_are_found_and_hardly_any_other(seed: int) -> None:
    tables, planted = draw_tables(seed=seed)
    result = measure_exclusions(tables)
    for rule, people in planted.items():
        found = set(result.log.loc[result.log["rule"] == rule, "respondent_id"])
        assert len(found & people) >= 0.95 * len(people), rule
        assert len(found - people) <= 0.02 * result.n, rule


def test_speeders_are_faster_than_a_share_of_the_median_and_empty_durations_are_not_checked() -> None:
    seconds = [99.9, 100.0, *[300.0] * 18, np.nan]
    people = pd.DataFrame({"respondent_id": range(21), "seconds": seconds})
    row = measure_exclusions({"respondents": people}).table.iloc[0]
    assert (row["checked"], row["found"]) == (20, 1)
    assert (row["low"], row["high"]) == wilson_interval(1, 20)
    half = measure_exclusions({"respondents": people}, rules=[Rule(kind="speeders", threshold=0.5)])
    assert half.log["respondent_id"].tolist() == [0, 1]


def test_straight_liners_gave_one_answer_to_items_of_both_directions() -> None:
    answers: dict[object, list[float | None]] = {
        "all alike": [4.0] * 8,
        "alike but one": [4.0] * 7 + [5.0],
        "too few": [4.0, None, None, 4.0, None, None, None, 4.0],
        "gaps": [2.0, 2.0, None, 2.0, 2.0, 2.0, 2.0, None],
    }
    careful = {f"p{number}": [1.0, 7.0] * 4 for number in range(10)}
    tables = {"value_survey": make_statements({**answers, **careful})}
    result = measure_exclusions(tables, rules=[Rule(kind="straight liners")])
    assert result.log["respondent_id"].tolist() == ["all alike", "gaps"]
    assert result.table.loc[0, "checked"] == 13
    only_one_way = tables["value_survey"].query("~(respondent_id == 'all alike' and reversed)")
    result = measure_exclusions({"value_survey": only_one_way}, rules=[Rule(kind="straight liners", threshold=4)])
    assert "all alike" not in set(result.log["respondent_id"])
    assert not any("may be meant" in note for note in result.notes)


def test_without_reversed_items_one_answer_may_be_meant_and_that_is_said() -> None:
    answers: dict[object, list[float | None]] = {number: [4.0] * 6 + [number % 2 + 1.0] for number in range(20)}
    result = measure_exclusions({"value_survey": make_statements(answers, with_reversed=False)})
    assert any("may be meant" in note for note in result.notes)


def test_duplicates_repeat_an_earlier_respondent_over_enough_answers() -> None:
    random = np.random.default_rng(0)
    answers = {f"p{number}": random.integers(1, 8, 10).tolist() for number in range(20)}
    answers["p7"] = answers["p3"]
    answers["p9"] = [*answers["p3"][:9], 8 - answers["p3"][9] if answers["p3"][9] != 4 else 5]
    result = measure_exclusions({"value_survey": make_statements(answers)}, rules=[Rule(kind="duplicates")])
    assert result.log["respondent_id"].tolist() == ["p7"]
    too_few = measure_exclusions(
        {"value_survey": make_statements(answers)}, rules=[Rule(kind="duplicates", threshold=11)]
    )
    assert too_few.table.loc[0, "checked"] == 0
    assert "Nobody could be checked for duplicates" in " ".join(too_few.notes)


def test_four_prices_are_four_answers() -> None:
    statements = make_statements({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1], "c": [1, 2, 3, 4]})
    prices = pd.DataFrame([[1, 2, 3, 4], [2, 3, 4, 5], [1, 2, 3, 4]], columns=PRICES).assign(respondent_id=list("abc"))
    tables = {"value_survey": statements, "price_sensitivity": prices}
    for threshold, found in ((8, ["c"]), (9, [])):
        assert find_duplicates(tables, threshold)[1].tolist() == found


def test_as_many_as_the_smallest_group_are_enough_for_a_number() -> None:
    people = pd.DataFrame({"respondent_id": range(10), "seconds": [40] + [300] * 9})
    assert measure_exclusions({"respondents": people}).table["found"].tolist() == [1]
    assert measure_exclusions({"respondents": people.tail(9)}).table["found"].isna().all()


def test_a_ladder_is_one_answer_so_that_people_who_agree_on_it_are_no_duplicates() -> None:
    ladder = pd.DataFrame(
        [
            {"respondent_id": person, "price": price, "would_buy": price < 20 + person % 3}
            for person in range(60)
            for price in range(10, 30)
        ]
    )
    assert find_duplicates({"price_ladder": ladder}, 8)[1].empty
    tasks = pd.DataFrame(
        [
            {"respondent_id": person, "task": task, "alternative": alternative, "chosen": alternative == "ab"[task % 2]}
            for person in range(12)
            for task in range(8)
            for alternative in "ab"
        ]
    )
    assert len(find_duplicates({"choice_tasks": tasks}, 8)[1]) == 11
    result = measure_exclusions({"choice_tasks": tasks}, rules=[Rule(kind="duplicates")])
    assert "few ways to be answered" in " ".join(result.notes)


def test_empty_answers_are_no_answers() -> None:
    answers: dict[object, list[float | None]] = {number: [None] * 10 for number in range(20)}
    assert find_duplicates({"value_survey": make_statements(answers)}, 8)[0].empty


def test_duplicates_do_not_depend_on_the_order_of_rows_or_on_the_process() -> None:
    tables, _ = draw_tables(200)
    shuffled = tables["value_survey"].sample(frac=1, random_state=0)
    found = find_duplicates({"value_survey": shuffled}, 8)[1]
    assert len(found) == len(find_duplicates({"value_survey": tables["value_survey"]}, 8)[1])
    one = pd.DataFrame({"respondent_id": ["a"], "item": ["x"], "score": [3.0]})
    # Written down from another process: Python's own hash of a text would differ in each.
    assert int(_read_answers("value_survey", one)["first"].iloc[0]) == 4388733699737064592


def test_misordered_prices_are_left_out_of_the_price_questions_alone() -> None:
    prices = pd.DataFrame([[1, 2, 3, 4]] * 18 + [[1, 2, 2, 4], [4, 3, 2, 1], [1, 2, None, 0]], columns=PRICES)
    tables = {
        "respondents": pd.DataFrame({"respondent_id": range(21), "seconds": 300.0}),
        "price_sensitivity": prices.assign(respondent_id=range(21)),
    }
    result = measure_exclusions(tables)
    assert result.log["respondent_id"].tolist() == [18, 19]
    assert result.n_found == 0
    assert str(result.headline).startswith("None of 21 respondents is found careless by 2 rules")
    kept = result.apply(tables)
    assert len(kept["price_sensitivity"]) == 19
    assert len(kept["respondents"]) == 21


def test_failed_attention_checks_and_what_is_no_truth() -> None:
    people = pd.DataFrame({"respondent_id": range(13), "attention_passed": [True] * 9 + [False, None, False, None]})
    result = measure_exclusions({"respondents": people})
    assert result.log["respondent_id"].tolist() == [9, 11]
    assert result.table.loc[0, "checked"] == 11
    with pytest.raises(DataError, match="attention_passed holds 'no'"):
        measure_exclusions({"respondents": people.assign(attention_passed="no")})


def test_who_is_found_twice_is_left_out_once_and_ids_agree_as_text() -> None:
    answers: dict[object, list[float | None]] = {str(number): [1.0, 7.0] * 4 for number in range(20)}
    answers["3"] = [4.0] * 8
    seconds = np.where(np.arange(20) == 3, 10.0, 300.0)
    tables = {
        "respondents": pd.DataFrame({"respondent_id": range(20), "seconds": seconds}),
        "value_survey": make_statements(answers),
        "rungs": pd.DataFrame({"rung": ["a"]}),
    }
    before = {name: table.copy() for name, table in tables.items()}
    result = measure_exclusions(tables, rules=[Rule(kind="speeders"), Rule(kind="straight liners")])
    assert (result.n, result.n_found) == (20, 1)
    assert any("1 were found by more than one rule" in note for note in result.notes)
    kept = result.apply(tables)
    assert [len(kept[name]) for name in tables] == [19, 19 * 8, 1]
    indexed = result.apply({"respondents": tables["respondents"].set_index("respondent_id")})
    assert 3 not in indexed["respondents"].index
    for name, table in tables.items():
        assert_frame_equal(table, before[name])


def test_no_number_is_given_of_fewer_people_than_the_smallest_group() -> None:
    people = pd.DataFrame({"respondent_id": range(9), "seconds": [1.0] + [300.0] * 8})
    result = measure_exclusions({"respondents": people})
    assert result.table[["found", "share", "low", "high"]].isna().all(axis=None)
    assert str(result.headline).startswith("Not enough data")
    assert np.isnan(result.headline.value)
    assert len(result.log) == 1
    assert result.rows == "rule"


def test_faults_are_named() -> None:
    people = pd.DataFrame({"respondent_id": range(20), "seconds": 300.0})
    with pytest.raises(DataError, match="straight liners cannot be looked for: give the table value_survey with score"):
        measure_exclusions({"respondents": people}, rules=[Rule(kind="straight liners")])
    with pytest.raises(DataError, match="no rule can be used"):
        measure_exclusions({"respondents": people[["respondent_id"]]})
    with pytest.raises(ParameterError, match="rules has speeders twice"):
        measure_exclusions({"respondents": people}, rules=[Rule(kind="speeders"), Rule(kind="speeders", threshold=0.2)])
    with pytest.raises(ParameterError, match="kind is 'slow'"):
        Rule(kind="slow")
    with pytest.raises(ParameterError, match="give a share of the median below 1"):
        Rule(kind="speeders", threshold=33)
    with pytest.raises(ParameterError, match="give 2 answers or more"):
        Rule(kind="straight liners", threshold=1)
    with pytest.raises(DataError, match="seconds is not numeric"):
        measure_exclusions({"respondents": people.assign(seconds="fast")})
    with pytest.raises(DataError, match="lacks column respondent_id"):
        measure_exclusions({"respondents": people.drop(columns="respondent_id")})


def test_thresholds_stand_in_place_of_the_usual_ones() -> None:
    people = pd.DataFrame({"respondent_id": range(20), "seconds": [140.0] + [300.0] * 19})
    assert measure_exclusions({"respondents": people}).log.empty
    assert len(measure_exclusions({"respondents": people}, thresholds={"speeders": 0.5, "duplicates": 9}).log) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1, 1000), min_size=10, max_size=60), st.floats(0.05, 0.95))
def test_a_higher_threshold_finds_the_same_speeders_and_more(seconds: list[float], threshold: float) -> None:
    people = pd.DataFrame({"respondent_id": range(len(seconds)), "seconds": seconds})
    found = [
        set(
            measure_exclusions({"respondents": people}, rules=[Rule(kind="speeders", threshold=limit)]).log[
                "respondent_id"
            ]
        )
        for limit in (threshold / 2, threshold)
    ]
    assert found[0] <= found[1]
    assert len(found[1]) <= len(seconds) / 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(1, 3), min_size=3, max_size=3), min_size=2, max_size=30))
def test_duplicates_are_those_whose_answers_came_before(answers: list[list[int]]) -> None:
    table = make_statements({number: list(map(float, scores)) for number, scores in enumerate(answers)})
    found = set(find_duplicates({"value_survey": table}, 3)[1])
    assert found == {number for number, scores in enumerate(answers) if scores in answers[:number]}


def test_thresholds_replace_the_usual_ones_of_rules_that_can_be_used() -> None:
    people = pd.DataFrame({"respondent_id": range(20), "seconds": [140] + [300] * 19})
    found = [
        measure_exclusions({"respondents": people}, thresholds=thresholds).table[["rule", "found"]].to_numpy().tolist()
        for thresholds in ({}, {"speeders": 0.5, "duplicates": 3})
    ]
    assert found == [[["speeders", 0]], [["speeders", 1]]]
    with pytest.raises(ParameterError, match="kind"):
        measure_exclusions({"respondents": people}, thresholds={"sleepers": 1})


def test_what_reading_left_out_is_not_looked_for_again() -> None:
    tables, _ = draw_tables()
    log = pd.DataFrame({"table": "price_sensitivity", "row": range(15), "rule": "prices must rise: too_cheap < cheap"})
    result = measure_exclusions(tables, left_out=log)
    assert "misordered prices" not in result.table["rule"].tolist()
    assert "Not looked for again: misordered prices, of which reading left out 15 rows already." in result.notes
    asked = measure_exclusions(tables, left_out=log, rules=[Rule(kind="misordered prices")])
    assert asked.table["rule"].tolist() == ["misordered prices"]
    others = measure_exclusions(tables, left_out=log.assign(rule="must be a number"))
    assert "misordered prices" in others.table["rule"].tolist()


def test_tables_of_which_nobody_is_left_are_named() -> None:
    people = pd.DataFrame({"respondent_id": range(30), "attention_passed": False})
    prices = pd.DataFrame([[1, 2, 3, 4]] * 30, columns=PRICES).assign(respondent_id=range(30))
    result = measure_exclusions({"respondents": people, "price_sensitivity": prices})
    assert result.notes[-1].startswith("Without those found nobody is left in respondents, price_sensitivity")
    some = measure_exclusions({"respondents": people.assign(attention_passed=[True] + [False] * 29)})
    assert not any("nobody is left" in note for note in some.notes)
