"""The conditional logit with survey weights, without an outside option, with few people, and with bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ChoiceModel
from cvlab.errors import DataError, ParameterError
from tests.analyses.willingness_to_pay.choosing.choice.cases import ATTRIBUTES, NOBODY, draw_tasks, estimates, fit

# Weights


def weigh(tasks: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    """Weights 1 to 3, the same in all rows of a respondent."""
    return tasks.assign(weight=tasks["respondent_id"].str[1:].astype(int) % 3 + 1.0, **changes)


def test_weights_count_as_that_many_people_in_estimates_and_the_same_scale_changes_nothing(
    tasks: pd.DataFrame, model: ChoiceModel
) -> None:
    weighted = weigh(tasks)
    copies = [
        weighted[weighted["weight"] > copy].assign(respondent_id=weighted["respondent_id"] + f"-{copy}", weight=1.0)
        for copy in range(3)
    ]
    found = fit(weighted)
    assert estimates(found) == pytest.approx(estimates(fit(pd.concat(copies))), rel=1e-6)
    assert estimates(found) != pytest.approx(estimates(model), rel=1e-3)
    pd.testing.assert_frame_equal(fit(weighted.assign(weight=weighted["weight"] * 7)).table, found.table)
    pd.testing.assert_frame_equal(fit(tasks.assign(weight=5)).table, model.table)
    named = fit(weighted.rename(columns={"weight": "importance"}), weights="importance")
    pd.testing.assert_frame_equal(named.table, found.table)
    assert found.n_respondents == 60
    assert "Weighted: 60 people carry the information of 51 equal ones." in found.notes
    assert not any(note.startswith("Weighted") for note in fit(tasks.assign(weight=5)).notes)
    assert found.null_log_likelihood == pytest.approx(-480 * math.log(4))


def test_weighted_errors_are_the_sandwich_of_weighted_scores(tasks: pd.DataFrame) -> None:
    found = fit(weigh(tasks))
    weights, choices = found.table["estimate"].to_numpy(), found.choices
    scores = np.zeros((choices.n_respondents, len(weights)))
    information = np.zeros((len(weights), len(weights)))
    each = []
    for start, size, chosen, person, weight in zip(
        choices.starts, choices.sizes, choices.chosen, choices.respondents, choices.weights, strict=True
    ):
        shown = choices.columns[start : start + size]
        share = np.exp(shown @ weights) / np.exp(shown @ weights).sum()
        each.append(weight * (choices.columns[chosen] - share @ shown))
        scores[person] += each[-1]
        information += weight * ((shown * share[:, None]).T @ shown - np.outer(share @ shown, share @ shown))
    inverse = np.linalg.inv(information)
    clustered = inverse @ scores.T @ scores @ inverse * 60 / 59
    assert found.covariance.to_numpy() == pytest.approx(clustered, rel=1e-6)
    plain = inverse @ np.transpose(each) @ each @ inverse
    assert fit(weigh(tasks), clustered=False).covariance.to_numpy() == pytest.approx(plain, rel=1e-6)


def test_the_bootstrap_refits_with_the_weights() -> None:
    found = fit(weigh(draw_tasks(200, seed=6)))
    delta = found.willingness_to_pay().table.set_index("attribute")
    refitted = found.willingness_to_pay(interval="bootstrap", n_draws=150).table.set_index("attribute")
    middle = (refitted["low"] + refitted["high"]) / 2
    assert ((middle - delta["estimate"]).abs() < 0.5 * delta["std_error"]).all()
    # One heavy person outweighs all others: the refits must scatter as her presence does.
    heavy = weigh(draw_tasks(40, seed=7))
    heavy.loc[heavy["respondent_id"] < "r0004", "weight"] = 100.0
    light = fit(heavy.drop(columns="weight")).willingness_to_pay(interval="bootstrap", n_draws=60).table
    uneven = fit(heavy).willingness_to_pay(interval="bootstrap", n_draws=60).table
    assert (uneven["std_error"] > 1.3 * light["std_error"]).all()


def test_weights_that_vary_in_a_task_or_are_no_weights_are_named(tasks: pd.DataFrame) -> None:
    uneven = weigh(tasks)
    uneven.loc[0, "weight"] = 5.0
    with pytest.raises(
        DataError,
        match=r"choice_tasks, column weight: its rows differ within 1 task \(first: respondent_id r0000 task 1\)\. A ",
    ):
        fit(uneven)
    with pytest.raises(DataError, match="choice_tasks, column weight: 1920 weights are not above 0"):
        fit(tasks.assign(weight=0))
    with pytest.raises(DataError, match="choice_tasks: weight has 1920 missing values"):
        fit(tasks.assign(weight=np.nan))
    with pytest.raises(DataError, match="choice_tasks lacks column importance"):
        fit(tasks, weights="importance")
    # Weights may differ between the tasks of one respondent.
    assert fit(tasks.assign(weight=tasks["task"])).n_choices == 480


def test_a_product_s_weight_named_as_attribute_is_none_of_the_survey_s(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    grams = fit(tasks.rename(columns={"battery_days": "weight"}), attributes=["weight", "gps", "screen"])
    assert estimates(grams)["weight"] == pytest.approx(estimates(model)["battery_days"])


# Nobody could decline


def test_an_outside_option_that_was_never_shown_is_noted_and_left_out(
    tasks: pd.DataFrame, offers: pd.DataFrame
) -> None:
    shown = tasks[(tasks["alternative"] != "none") & _chosen_inside(tasks)]
    named, unnamed = fit(shown, outside="none"), fit(shown, outside=None)
    pd.testing.assert_frame_equal(named.table, unnamed.table)
    assert named.coding.outside is None
    assert named.table["attribute"].tolist() == ["battery_days", "gps: yes", "screen: oled", "price"]
    for result in (named, named.willingness_to_pay(), named.shares(offers)):
        assert NOBODY in result.notes
    assert named.shares(offers).table["share"].sum() == pytest.approx(1)
    assert len(named.elasticities(offers).table) == 9
    assert NOBODY not in fit(tasks).notes


# Few people, caveats and messages


def test_one_respondent_speaks_for_nobody_else() -> None:
    model = fit(draw_tasks(1, seed=4, n_tasks=60), smallest_group=1)
    assert "One respondent: the intervals speak of this person's next choices, not of other people." in model.notes
    assert np.isfinite(model.table["std_error"]).all()
    assert "one person" in str(model.willingness_to_pay().headline)


@pytest.mark.parametrize("n", [1, 9])
def test_a_group_too_small_to_publish_shows_nobody_s_tastes(n: int, offers: pd.DataFrame) -> None:
    few = fit(draw_tasks(n, seed=4, n_tasks=60))
    worth = few.willingness_to_pay(n_draws=10)
    people = "one person" if n == 1 else f"{n} people"
    sentence = f"Not enough data: {people} chose, and at least 10 are needed for a result that shows no single person."
    for result in (few, worth, few.shares(offers), few.elasticities(offers)):
        assert str(result.headline) == sentence
        assert not result.headline.answered
        assert result.headline.draws is None
        assert result.table.select_dtypes("number").isna().all(axis=None)
    assert worth.table["attribute"].tolist() == ["battery_days", "gps: yes", "screen: oled", "none"]
    assert not worth.enough
    assert fit(draw_tasks(n, seed=4, n_tasks=60), smallest_group=n).willingness_to_pay().headline.answered


def test_few_people_get_t_intervals_and_a_caveat() -> None:
    model = fit(draw_tasks(12, seed=5))
    row = model.table.iloc[0]
    assert (row["high"] - row["estimate"]) / row["std_error"] == pytest.approx(2.200985)  # t with 11 degrees of freedom
    assert any(note.startswith("12 people are few") for note in model.notes)


def test_headline_of_the_model_says_what_a_dearer_offer_loses(model: ChoiceModel) -> None:
    step = 0.1 * model.choices.columns[model.choices.inside, model.coding.price_position].mean()
    assert model.headline.value == pytest.approx(math.expm1(step * estimates(model)["price"]))
    assert str(model.headline).startswith(
        "A price that is 10.0% above the average changes the odds that an offer is chosen"
    )


def test_tasks_with_one_alternative_say_nothing(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    lonely = tasks[tasks["chosen"] == 1].head(3).assign(task=99)
    lonely["respondent_id"] = ["r0000", "r0001", "r0002"]
    more = fit(pd.concat([tasks, lonely]))
    assert estimates(more) == pytest.approx(estimates(model))
    assert "3 of 483 tasks offered one alternative only and say nothing." in more.notes
    with pytest.raises(DataError, match="every task offers one alternative only"):
        fit(lonely.assign(alternative="a", battery_days=3.0, gps="no", screen="lcd", price=9.0), outside=None)


def test_tasks_without_or_with_two_choices_are_counted_and_named(tasks: pd.DataFrame) -> None:
    broken = tasks.copy()
    broken.loc[(broken["respondent_id"] == "r0001") & (broken["task"] <= 5), "chosen"] = 0
    broken.loc[(broken["respondent_id"] == "r0002") & (broken["task"] == 3), "chosen"] = 1
    repeated = broken[(broken["respondent_id"] == "r0003") & (broken["task"] == 1)].assign(chosen=0)
    with pytest.raises(DataError) as raised:
        fit(pd.concat([broken, repeated]))
    assert str(raised.value) == (
        "choice_tasks: 5 tasks without a chosen alternative (first: respondent_id r0001 task 1, respondent_id r0001 "
        "task 2, respondent_id r0001 task 3); 1 task with two or more chosen alternatives (first: respondent_id r0002 "
        "task 3); 1 task in which an alternative occurs twice (first: respondent_id r0003 task 1). Each task needs "
        "exactly one chosen alternative; correct or drop these"
    )


def test_missing_cells_are_counted_unless_they_belong_to_the_outside_option(tasks: pd.DataFrame) -> None:
    gaps = tasks.copy()
    gaps.loc[[0, 1], "price"] = np.nan
    gaps.loc[4, "gps"] = None
    with pytest.raises(
        DataError, match=r"choice_tasks: gps has 1 missing cells \(first at index 4\); price has 2 missing"
    ):
        fit(gaps)
    with pytest.raises(DataError, match=r"battery_days has 480 missing cells .* `outside` must name it"):
        fit(tasks, outside=None)
    with pytest.raises(DataError, match="choice_tasks: respondent_id has 1 missing values"):
        fit(tasks.assign(respondent_id=tasks["respondent_id"].where(tasks.index > 0)))


def test_perfectly_separating_attributes_are_named(tasks: pd.DataFrame) -> None:
    with pytest.raises(
        DataError, match="choice_tasks: hint separates the choices perfectly: no one of the 480 choices"
    ):
        fit(
            tasks.assign(hint=tasks["chosen"] * 1.0),
            attributes=[*ATTRIBUTES, "hint"],
        )
    inside = tasks["alternative"] != "none"
    random = np.random.default_rng(1)
    noise = random.normal(size=len(tasks))
    # Neither alone predicts, their sum does.
    both = tasks.assign(one=noise, two=np.where(inside, tasks["chosen"] * 1.0, 0) - noise)[inside]
    kept = both.groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1
    with pytest.raises(DataError, match="one, two together separate the choices perfectly"):
        fit(both[kept], attributes=["one", "two"], outside=None)


def test_a_level_that_is_never_chosen_is_named(tasks: pd.DataFrame) -> None:
    strange = tasks.assign(gps=tasks["gps"].mask((tasks["gps"] == "yes") & (tasks["chosen"] == 0), "broken"))
    with pytest.raises(DataError, match="gps: yes separates the choices perfectly"):
        fit(strange)


def test_collinear_attributes_are_named(tasks: pd.DataFrame) -> None:
    doubled = tasks.assign(hours=tasks["battery_days"] * 24)
    with pytest.raises(DataError, match="choice_tasks: battery_days, hours are collinear"):
        fit(doubled, attributes=[*ATTRIBUTES, "hours"])


def test_what_never_differs_is_named(tasks: pd.DataFrame) -> None:
    inside = tasks["alternative"] != "none"
    with pytest.raises(DataError, match=r"the price \(price\) never varies, it is 9 in every offer, .* Ask again"):
        fit(tasks[inside & _chosen_inside(tasks)].assign(price=9.0), outside=None)
    by_task = tasks[inside & _chosen_inside(tasks)].assign(weather=lambda table: table["task"] * 1.0)
    with pytest.raises(DataError, match="choice_tasks: weather never differs between the alternatives of a task"):
        fit(by_task, attributes=["gps", "weather"], outside=None)


def test_prices_that_never_vary_are_named_before_anything_is_called_collinear(tasks: pd.DataFrame) -> None:
    same = tasks.assign(price=tasks["price"].where(tasks["price"].isna(), 49.0))
    with pytest.raises(
        DataError, match=r"the price \(price\) never varies, it is 49 in every offer, so nothing can be"
    ):
        fit(same)
    # The same price within each task, but not in all of them: those who decline tell what it does.
    per_task = tasks.assign(price=(40.0 + 10 * tasks["task"]).where(tasks["price"].notna()))
    assert np.isfinite(estimates(fit(per_task))["price"])


def _chosen_inside(tasks: pd.DataFrame) -> pd.Series:
    return tasks.groupby(["respondent_id", "task"])["alternative"].transform("size").eq(4) & ~(
        tasks.assign(out=(tasks["alternative"] == "none") & (tasks["chosen"] == 1))
        .groupby(["respondent_id", "task"])["out"]
        .transform("any")
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attributes": "gps"}, r"attributes is the text 'gps': give a list of columns, such as \['gps'\]"),
        ({"attributes": ["gps", "gps"]}, "attributes names a column twice: gps, gps"),
        ({"attributes": ["gps", "price"]}, "attributes contains the price column 'price'"),
        ({"outside": "nothing"}, "outside is 'nothing': the alternatives in choice_tasks are a, b, c, none"),
        ({"weights": "price"}, "weights is 'price', which is an attribute or the price: name it once"),
        ({"weights": "battery_days"}, "weights is 'battery_days', which is an attribute or the price"),
        ({"smallest_group": 0}, "smallest_group is 0: give a whole number"),
        ({"base_alternative": "a"}, "base_alternative is given without alternative_constants"),
        ({"alternative_constants": True, "base_alternative": "z"}, "base_alternative is 'z': the alternatives in"),
        ({"level": 1.0}, "level is 1.0: give a share"),
    ],
)
def test_bad_arguments_are_named(tasks: pd.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + message):
        fit(tasks, **arguments)


def test_names_that_would_clash_are_refused(tasks: pd.DataFrame) -> None:
    renamed = tasks.assign(alternative=tasks["alternative"].replace({"none": "price"}))
    with pytest.raises(ParameterError, match="two columns of the model would share a name"):
        fit(renamed, outside="price")


def test_bad_tables_are_named(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    with pytest.raises(DataError, match="choice_tasks lacks columns gps, chosen"):
        fit(tasks.drop(columns=["gps", "chosen"]))
    with pytest.raises(DataError, match="choice_tasks has no rows"):
        fit(tasks.head(0))
    with pytest.raises(DataError, match="column chosen: give 1 for the chosen alternative and 0 for the others"):
        fit(tasks.assign(chosen=tasks["chosen"] * 2))
    with pytest.raises(DataError, match="choice_tasks: price is not numeric"):
        fit(tasks.assign(price=tasks["price"].astype("string")))
    with pytest.raises(ParameterError, match="interval is 'fieller': give one of 'delta', 'krinsky-robb', 'bootstrap'"):
        model.willingness_to_pay(interval="fieller")
