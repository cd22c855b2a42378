"""The rules: each verdict on a ladder made to deserve it, and bad input."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder import Ladder, LadderCheck, check_ladder, measure_ladder
from cvlab.errors import DataError, ParameterError

TODAY = date(2026, 6, 1)


@pytest.fixture
def ladder(rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition) -> Ladder:
    return measure_ladder(rungs, rung_values, by=clusters, n_boot=200)


@pytest.fixture
def check(ladder: Ladder, features: pd.DataFrame) -> LadderCheck:
    return check_ladder(ladder, features, as_of=TODAY, collected_on={"rung_values": "2026-01-02"})


def verdicts(check: LadderCheck, rule: int) -> dict[tuple[str, str], str]:
    rows = check.table[check.table["rule"] == rule]
    return dict(zip(zip(rows["rung"], rows["group"], strict=True), rows["verdict"], strict=True))


def test_a_rung_that_adds_nothing_for_a_group_fails_there_only(check: LadderCheck) -> None:
    found = verdicts(check, 1)
    assert found["better", "plain"] == "fail"
    assert found["better", "keen"] == "pass"
    assert found["better", "everybody"] == "pass"
    assert found["best", "plain"] == "pass"
    assert check.board.loc["better", 1] == "fail"
    reason = check.table.set_index(["rule", "rung", "group"]).loc[(1, "better", "plain"), "reason"]
    assert "more than good" in reason
    assert "price step €4.00, which 0.0% (0.0% to 8.8%) find worth paying" in reason


def reason_of(check: LadderCheck, rule: int, rung: str) -> str:
    rows = check.table.query("rule == @rule and rung == @rung and group == 'everybody'")
    return str(rows["reason"].item())


def test_an_increment_is_the_mean_difference(check: LadderCheck, rung_values: pd.DataFrame) -> None:
    row = check.table.set_index(["rule", "rung", "group"]).loc[(1, "best", "everybody")]
    assert row["value"] == pytest.approx((rung_values["best"] - rung_values["better"]).mean())
    assert row["low"] < row["value"] < row["high"]
    assert (row["unit"], row["n"]) == ("money", 120)


def test_better_but_for_nobody_worth_its_step_fails_once_enough_people_say_so(
    rungs: pd.DataFrame, rung_values: pd.DataFrame
) -> None:
    dear = rungs.assign(price=[8.0, 12.0, 900.0])
    few = check_ladder(measure_ladder(dear, rung_values, n_boot=100), None, as_of=TODAY)
    assert verdicts(few, 1)["best", "everybody"] == "cannot tell"
    assert reason_of(few, 1, "best").endswith("find worth paying; about 390 people would settle it")
    copies = [rung_values.assign(respondent_id=rung_values["respondent_id"] + str(copy)) for copy in range(4)]
    many = measure_ladder(dear, pd.concat(copies), n_boot=100)
    assert verdicts(check_ladder(many, None, as_of=TODAY), 1)["best", "everybody"] == "fail"


@pytest.mark.parametrize(("fewest_share", "verdict"), [(0.2, "pass"), (0.5, "cannot tell"), (0.8, "fail")])
def test_enough_people_must_surely_find_a_step_worth_its_price(fewest_share: float, verdict: str) -> None:
    # Half of 60 people, so that the interval runs from about 37 % to 63 %.
    ladder = measure_flat([4.0, 8.0] * 30)
    check = check_ladder(ladder, None, as_of=TODAY, fewest_share=fewest_share)
    assert verdicts(check, 1)["better", "everybody"] == verdict


def test_a_step_worth_exactly_its_price_is_not_worth_more(rungs: pd.DataFrame) -> None:
    check = check_ladder(measure_flat([5.0] * 400), None, as_of=TODAY)
    assert verdicts(check, 1)["better", "everybody"] == "fail"
    assert "which 0.0% (" in reason_of(check, 1, "better")
    more = check_ladder(measure_flat([5.01] * 400), None, as_of=TODAY)
    assert verdicts(more, 1)["better", "everybody"] == "pass"
    assert "which 100.0% (" in reason_of(more, 1, "better")


def measure_flat(increments: list[float]) -> Ladder:
    """Measure a ladder of two rungs, a price step of 5 apart, on people who differ in what the step is worth only."""
    names = [f"P{number:03d}" for number in range(len(increments))]
    values = pd.DataFrame({"respondent_id": names, "good": 10.0, "better": 10.0 + np.array(increments)})
    rungs = pd.DataFrame({"rung": ["good", "better"], "price": [5.0, 10.0], "unit_cost": [1.0, 2.0]})
    return measure_ladder(rungs, values, n_boot=200)


def test_an_increment_that_could_be_either_cannot_be_told(rungs: pd.DataFrame) -> None:
    random = np.random.default_rng(5)
    good = random.normal(20, 2, 15)
    unclear = random.normal(0, 8, 15)
    values = pd.DataFrame(
        {
            "respondent_id": [f"P{number}" for number in range(15)],
            "good": good,
            "better": good + unclear - unclear.mean() + 1,
            "best": good + 20,
        }
    )
    check = check_ladder(measure_ladder(rungs.assign(price=[8.0, 9.0, 20.0]), values), None, as_of=TODAY)
    assert verdicts(check, 1)["better", "everybody"] == "cannot tell"
    row = check.table.query("rule == 1 and rung == 'better'").iloc[0]
    needed = 15 * ((row["high"] - row["low"]) / 2 / row["value"]) ** 2
    said = re.search(r"; about (\d+) people would settle it$", row["reason"])
    assert said is not None
    assert needed <= int(said[1]) <= 1.1 * needed + 10


def test_few_people_cannot_tell(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    check = check_ladder(measure_ladder(rungs, rung_values.head(20), n_boot=20), None, as_of=TODAY)
    estimated = check.table[check.table["rule"].isin([1, 3]) & (check.table["rung"] != "whole ladder")]
    assert estimated["verdict"].unique().tolist() == ["cannot tell"]
    assert estimated["reason"].unique().tolist() == ["only 4 people: at least 10 are needed"]
    assert estimated[["value", "low", "high"]].isna().all(axis=None)
    assert check.probabilities[["gain", "probability"]].isna().all(axis=None)
    assert not check.headline.answered
    assert "needed at least 10" in str(check.headline)


def test_nesting_passes_with_named_differentiators(check: LadderCheck) -> None:
    rows = check.table[check.table["rule"] == 2].set_index("rung")
    assert rows["verdict"].unique().tolist() == ["pass"]
    assert rows["reason"].tolist() == ["starts with steps", "adds sleep", "adds sleep, coach"]
    assert rows["value"].tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"rung": "best", "feature": "sleep", "level": "3"}, "fail", "falls behind better in sleep"),
        ({"rung": "best", "feature": "sleep", "level": "no"}, "fail", "falls behind better in sleep"),
        ({"rung": "best", "feature": "steps", "level": "No"}, "fail", "falls behind better in steps"),
        ({"rung": "best", "feature": "coach", "level": None}, "pass", "adds sleep"),
    ],
)
def test_a_rung_must_keep_what_the_one_below_has(
    ladder: Ladder, features: pd.DataFrame, change: dict[str, str], verdict: str, reason: str
) -> None:
    place = (features["rung"] == change["rung"]) & (features["feature"] == change["feature"])
    changed = features.assign(level=features["level"].mask(place, change["level"]))
    row = check_ladder(ladder, changed, as_of=TODAY).table.query("rule == 2 and rung == 'best'").iloc[0]
    assert (row["verdict"], row["reason"]) == (verdict, reason)


def test_words_rise_unless_they_return(ladder: Ladder) -> None:
    words = pd.DataFrame({"rung": ["good", "better", "best"], "feature": "support", "level": ["mail", "phone", "mail"]})
    rows = check_ladder(ladder, words, as_of=TODAY).table.query("rule == 2")
    assert dict(zip(rows["rung"], rows["verdict"], strict=True)) == {"good": "pass", "better": "pass", "best": "fail"}


def test_a_step_without_a_name_and_a_rung_without_features(ladder: Ladder) -> None:
    same = pd.DataFrame({"rung": ["good", "better"], "feature": "steps", "level": [1, 1]})
    rows = check_ladder(ladder, same, as_of=TODAY).table.query("rule == 2").set_index("rung")
    assert rows["verdict"].to_dict() == {"good": "pass", "better": "fail", "best": "cannot tell"}
    assert rows.loc["better", "reason"] == "has nothing that good does not have"
    assert rows.loc["best", "reason"] == "no feature of best is named: add rows to rung_features"


def test_profit_of_a_rung_is_the_ladder_with_it_minus_without(
    check: LadderCheck, rungs: pd.DataFrame, rung_values: pd.DataFrame
) -> None:
    gains = check.probabilities.set_index("rung")
    full = measure_ladder(rungs, rung_values, n_boot=0).totals["contribution"].item()
    for number, rung in enumerate(rungs["rung"]):
        rest = measure_ladder(rungs.drop(index=number), rung_values, n_boot=0).totals["contribution"].item()
        assert gains.loc[rung, "gain"] == pytest.approx(full - rest, abs=1e-9)
        assert gains.loc[rung, "gain_low"] <= gains.loc[rung, "gain"] <= gains.loc[rung, "gain_high"]
    weakest = gains["probability"].idxmin()
    assert check.headline.value == gains.loc[weakest, "gain"]
    assert str(check.headline).startswith(f"The least certain rung, {weakest}, changes the contribution by ")


def test_a_rung_that_nobody_takes_adds_no_profit(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    check = check_ladder(measure_ladder(rungs.assign(price=[8.0, 900.0, 20.0]), rung_values), None, as_of=TODAY)
    assert check.probabilities.set_index("rung").loc["better", ["gain", "probability"]].tolist() == [0, 0]
    assert verdicts(check, 3)["better", "everybody"] == "fail"


def test_a_rung_that_draws_people_from_dearer_ones_fails(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    cheap = rungs.assign(price=[2.5, 12.0, 20.0])
    found = verdicts(check_ladder(measure_ladder(cheap, rung_values), None, as_of=TODAY), 3)
    assert found["good", "everybody"] == "fail"
    assert found["best", "everybody"] == "pass"


def test_too_much_choice_is_a_matter_of_the_limit(ladder: Ladder) -> None:
    for most, verdict in ((3, "pass"), (2, "fail")):
        found = verdicts(check_ladder(ladder, None, as_of=TODAY, most_rungs=most), 3)
        assert found["whole ladder", "everybody"] == verdict


@pytest.mark.parametrize(
    ("collected", "verdict", "reason"),
    [
        ("2025-06-01", "pass", "rung_values is 365 days old, limit 365"),
        (date(2025, 5, 31), "fail", "rung_values is 366 days old, limit 365"),
        ("2026-06-03", "cannot tell", "rung_values is dated 2 days after the day of the question: correct one of them"),
    ],
)
def test_inputs_grow_old(ladder: Ladder, collected: date | str, verdict: str, reason: str) -> None:
    row = check_ladder(ladder, None, as_of="2026-06-01", collected_on={"rung_values": collected}).table
    row = row.query("rule == 4").iloc[0]
    assert (row["verdict"], row["reason"], row["unit"]) == (verdict, reason, "days")


def test_undated_inputs_cannot_be_judged(ladder: Ladder) -> None:
    row = check_ladder(ladder, None, as_of=TODAY).table.query("rule == 4").iloc[0]
    assert row["verdict"] == "cannot tell"
    assert (
        row["reason"]
        == "it is not known when rung_values was collected: write it under collected_on in product_line.yaml"
    )


def test_only_tables_that_the_ladder_is_made_from_grow_old(ladder: Ladder) -> None:
    days = {"rung_values": "2026-05-01", "price_ladder": "2020-01-01", "rungs": "2020-01-01"}
    tests = check_ladder(ladder, None, as_of=TODAY, collected_on=days).table.query("rule == 4")
    assert tests[["test", "verdict"]].to_numpy().tolist() == [["rung_values is recent", "pass"]]
    more = check_ladder(ladder, None, as_of=TODAY, collected_on=days, made_from=["rung_values", "rungs", "features"])
    found = dict(zip(more.table["test"], more.table["verdict"], strict=True))
    assert found["rungs is recent"] == "fail"
    assert found["rung_values is recent"] == "pass"
    assert found["features is recent"] == "cannot tell"


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_samples_can_say_no_more_than_their_number(probability: float, rungs: pd.DataFrame) -> None:
    values = pd.DataFrame({"respondent_id": [f"P{n}" for n in range(40)], "good": 10.0, "better": 9.0, "best": 0.0})
    rung = {1.0: "good", 0.0: "best"}[probability]
    for samples, sure in ((400, 99), (30, 90)):
        check = check_ladder(measure_ladder(rungs, values, n_boot=samples), None, as_of=TODAY)
        assert check.probabilities.set_index("rung").loc[rung, "probability"] == probability
        words = f"more than {sure}%" if probability else f"less than {100 - sure}%"
        assert reason_of(check, 3, rung).endswith(f"it adds profit with a probability of {words}")


def test_an_open_question_of_profit_says_how_many_people_would_close_it(rungs: pd.DataFrame) -> None:
    random = np.random.default_rng(11)
    people = 40
    good = random.normal(10, 2, people)
    values = pd.DataFrame(
        {
            "respondent_id": [f"P{n:02d}" for n in range(people)],
            "good": good,
            "better": good + random.normal(4, 3, people),
            "best": 0.0,
        }
    )
    for price in np.arange(9.0, 14.0, 0.25):
        ladder = measure_ladder(rungs.assign(price=[8.0, price, 20.0]), values)
        rows = check_ladder(ladder, None, as_of=TODAY).table.query("rule == 3 and verdict == 'cannot tell'")
        if len(rows):
            break
    row = rows.iloc[0]
    said = re.search(r"; about ([\d,]+) people would settle it$", row["reason"])
    assert said is not None
    needed = people * ((row["high"] - row["low"]) / 2 / row["value"]) ** 2
    assert needed <= int(said[1].replace(",", "")) <= 1.1 * needed + 10


def test_the_only_rung_is_not_called_the_weakest(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs.head(1), rung_values[["respondent_id", "draw", "good"]], n_boot=100)
    headline = check_ladder(ladder, None, as_of=TODAY).headline
    assert str(headline).startswith("The only rung, good, earns ")
    assert "against selling nothing" in str(headline)
    assert "weakest" not in f"{headline} {headline.label}"
    for name in ("value", "low", "high", "smallest_change"):
        assert getattr(headline, name) == pytest.approx(getattr(ladder.headline, name))


def test_both_headlines_judge_by_one_smallest_change(check: LadderCheck, ladder: Ladder) -> None:
    assert check.headline.smallest_change == ladder.headline.smallest_change > 0


def test_the_worst_tests_come_first_and_the_board_stays_in_order(ladder: Ladder) -> None:
    same = pd.DataFrame({"rung": ["good", "better"], "feature": "steps", "level": [1, 1]})
    check = check_ladder(ladder, same, as_of=TODAY)
    order = [["fail", "cannot tell", "pass"].index(verdict) for verdict in check.table["verdict"]]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}
    assert check.table.index.tolist() == list(range(len(order)))
    for _, rows in check.table.groupby("verdict"):
        assert rows["rule"].is_monotonic_increasing
    assert check.board.index.tolist() == ["good", "better", "best", "whole ladder"]


def test_two_samples_of_the_same_seed_are_not_paired(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values, n_boot=2000)
    row = check_ladder(ladder, None, as_of=TODAY, previous=ladder).table.query("rule == 4 and rung == 'good'").iloc[0]
    assert row["value"] == 0
    means = rung_values.groupby("respondent_id")["good"].mean()
    expected = 2 * 1.96 * np.sqrt(2 * means.var() / len(means))
    assert row["high"] - row["low"] == pytest.approx(expected, rel=0.1)


def test_drift_is_seen_where_values_moved(ladder: Ladder, rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    earlier = rung_values.assign(good=rung_values["good"] * 2)
    previous = measure_ladder(rungs.drop(index=2), earlier.drop(columns="best"), n_boot=300, seed=9)
    found = verdicts(check_ladder(ladder, None, as_of=TODAY, previous=previous, smallest_drift=0.3), 4)
    assert found["good", "everybody"] == "fail"
    assert found["better", "everybody"] == "pass"
    assert found["best", "everybody"] == "cannot tell"  # it is new


def test_the_board_has_the_worst_verdict_of_each_rung(check: LadderCheck) -> None:
    assert check.board.index.tolist() == ["good", "better", "best", "whole ladder"]
    assert check.board.columns.tolist() == [1, 2, 3, 4]
    assert check.board.loc["whole ladder"].isna().tolist() == [True, True, False, False]


def test_notes_name_what_was_not_tested(ladder: Ladder) -> None:
    check = check_ladder(ladder, None, as_of=TODAY)
    assert check.notes == (
        "Rule 2 was not tested: there is no table rung_features.",
        "Drift was not tested: no earlier ladder was given.",
    )


def test_features_are_checked_at_once(ladder: Ladder, features: pd.DataFrame) -> None:
    wrong = pd.concat([features, features.tail(1), features.tail(1).assign(rung="premium")], ignore_index=True)
    with pytest.raises(DataError) as caught:
        check_ladder(ladder, wrong, as_of=TODAY)
    assert str(caught.value).splitlines() == [
        "rule 2 cannot be tested: 2 problems",
        "  error: rung_features, column rung, row 8: is no rung. "
        "Remedy: write one of good, better, best, or drop the row.",
        "  error: rung_features, column feature, rows 6, 7: names a feature of a rung twice. "
        "Remedy: keep one row per rung and feature.",
    ]
    with pytest.raises(DataError, match="rung_features lacks columns feature, level"):
        check_ladder(ladder, features[["rung"]], as_of=TODAY)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"as_of": "soon"}, "as_of is 'soon': give a day, such as 2026-05-31"),
        ({"as_of": None}, "as_of is None"),
        ({"collected_on": {"rung_values": "then"}}, "collected_on of rung_values is 'then'"),
        ({"most_rungs": 0}, "most_rungs is 0"),
        ({"oldest_days": -5}, "oldest_days is -5"),
        ({"sure": 1}, "sure is 1"),
        ({"smallest_drift": -0.1}, "smallest_drift is -0.1"),
        ({"fewest_share": -0.1}, "fewest_share is -0.1"),
        ({"made_from": "rung_values"}, "made_from is 'rung_values': give names of tables in a list"),
        ({"made_from": []}, r"made_from is \[\]"),
    ],
)
def test_arguments_are_checked(ladder: Ladder, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        check_ladder(ladder, None, **{"as_of": TODAY, **arguments})


def test_rules_need_intervals(ladder: Ladder, rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    bare = measure_ladder(rungs, rung_values, n_boot=0)
    with pytest.raises(ParameterError, match=r"the ladder has no intervals \(n_boot=0\)"):
        check_ladder(bare, None, as_of=TODAY)
    with pytest.raises(ParameterError, match=r"the previous ladder has no intervals \(n_boot=0\)"):
        check_ladder(ladder, None, as_of=TODAY, previous=bare)


def test_the_headline_names_the_rung_to_repair_and_for_whom(
    check: LadderCheck, rungs: pd.DataFrame, rung_values: pd.DataFrame
) -> None:
    assert check.headline.words["failed_rung"] == "better"
    assert check.headline.words["failed_group"] == "plain"
    of_all = check_ladder(measure_ladder(rungs, rung_values, n_boot=200), None, as_of=TODAY)
    assert of_all.headline.words["failed_rung"] == of_all.headline.words["failed_group"] == ""
