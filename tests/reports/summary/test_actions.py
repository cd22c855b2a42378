"""Actions: which rules fire, in which order they stand, what they are worth, and what is said of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cvlab.analyses.common import Headline, Result
from cvlab.errors import ParameterError
from cvlab.reports.summary.actions import plan_actions
from cvlab.reports.summary.playbook import Assumption, Condition, Money, Playbook, Rule, Times, Trial, read_playbook
from cvlab.units import NumberFormat, set_number_format

HOSTILE = "<script>alert(1)</script> {value} $x$"


def headline(key: str, draws: np.ndarray | None, *, words: dict[str, str] | None = None, **changes: Any) -> Any:
    numbers = {"value": 2.0, "low": 1.0, "high": 3.0}
    if draws is not None:
        low, high = np.quantile(draws, [0.025, 0.975])
        numbers = {"value": float(draws.mean()), "low": float(low), "high": float(high)}
    made = Headline(
        key=key, label=key, n=300, sentence="{value}.", draws=draws, draws_by="people", words=words or {},
        **{"unit": "money", **numbers, **changes},
    )  # fmt: skip
    return made.to_record()


def rule(name: str, key: str, *, kind: str = "act", per: str = "year", **changes: Any) -> Rule:
    made = Rule(
        name=name,
        when=(Condition(headline=key, above=-1e9),),
        action=name,
        group="all",
        kind=kind,
        money=Money(per=per, of=("this",)) if kind == "act" else None,
        test=Trial(do=f"try {name}", cost="low", weeks=4),
    )
    return replace(made, **changes)


def playbook(*rules: Rule, **changes: Any) -> Playbook:
    return replace(Playbook(rules=rules, assumptions={}, numbers=()), **changes)


def spread(likely: float, width: float) -> np.ndarray:
    """Draws evenly from likely - width to likely + width."""
    return likely + width * np.linspace(-1, 1, 401)


def test_what_to_act_on_stands_before_what_to_hold_and_what_to_test() -> None:
    records = [
        headline("a", spread(9, 20)),
        headline("b", spread(3, 1)),
        headline("c", spread(5, 1)),
        headline("d", None),
    ]
    actions = plan_actions(
        records,
        playbook(
            rule("unsure", "a"), rule("small", "b"), rule("large", "c"), rule("keep", "d", kind="hold"),
            rule("open", "d", money=None, missing="a survey"),
        ),
        customers=10,
    )  # fmt: skip
    assert isinstance(actions, Result)
    assert actions.table[["what", "action"]].to_numpy().tolist() == [
        ["act", "large"], ["act", "small"], ["hold", "keep"], ["test", "unsure"], ["not in money", "open"],
    ]  # fmt: skip
    assert actions.table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert (actions.table["owner"] == "").all()
    unsure = actions.table.iloc[3]
    assert unsure["low"] < 0 < unsure["high"]
    # Evenly from -11 to 29: 110 of 401 draws are below 0.
    assert unsure["loss"] == pytest.approx(110 / 401)
    assert actions.table.iloc[4]["missing"] == "a survey"
    assert str(actions.headline).startswith(
        "Do first: large, for all. Likely €5.00 a year (95% interval €4.05 to €5.95)"
    )


def test_less_money_that_is_surer_stands_before_more_that_is_a_gamble() -> None:
    records = [headline("gamble", spread(10, 40)), headline("surer", spread(8, 9))]
    rules = [rule(name, name) for name in ("gamble", "surer")]
    table = plan_actions(records, playbook(*rules), customers=1).table
    assert table["what"].tolist() == ["test", "test"]
    assert table["action"].tolist() == ["surer", "gamble"]


def test_money_of_two_headlines_is_added_draw_by_draw() -> None:
    up, down = spread(5, 2), spread(5, 2)[::-1].copy()
    both = rule("both", "a", money=Money(per="person", of=("a", "b"), share=0.5, cost_per_year=100.0))
    times = {key: Times(per_year=12, why="it is said so") for key in ("a", "b")}
    actions = plan_actions([headline("a", up), headline("b", down)], playbook(both, times_per_year=times), customers=20)
    # 12 times × 20 people × half of 5 + 5, less 100; the errors cancel.
    first = actions.table.iloc[0]
    assert (first["low"], first["likely"], first["high"]) == pytest.approx((1100.0, 1100.0, 1100.0))
    assert "Money per year: for 20 customers, 12 × a year (it is said so)." in actions.notes
    assert "Numbers from the same people were drawn together, all others as if independent." in actions.notes


def test_without_a_year_there_is_no_money_but_what_is_missing() -> None:
    actions = plan_actions([headline("a.gain", spread(5, 1))], playbook(rule("do", "a.*", per="person")), customers=20)
    first = actions.table.iloc[0]
    assert first["what"] == "not in money"
    assert math.isnan(first["likely"])
    missing = "how often a year it is earned: say it in playbook.yaml under times_per_year, for a.gain"
    assert first["missing"] == missing
    assert str(actions.headline) == f"No action can be given in money. Look first at: do, for all. Missing: {missing}."
    assert not actions.headline.answered
    assert f"No money per year for “do”: missing is {missing}." in actions.notes


@pytest.mark.parametrize(
    ("money", "missing"),
    [
        ({"of": ("part",)}, "a number in money in place of part, which is given as share"),
        ({"of": ("a",), "share": "b"}, "a number in share in place of b, which is given as money"),
        ({"of": ("this", "a")}, "a only once, as it would count double"),
        ({"of": ("a",), "share": "unheard"}, "an interval for unheard"),
        ({"of": ("a", "unheard")}, "an interval for unheard"),
    ],
)
def test_what_is_no_money_is_never_added_up_as_money(money: dict[str, Any], missing: str) -> None:
    records = [
        headline("a", spread(5, 1)),
        headline("b", spread(2, 1)),
        headline("part", spread(0.5, 0.1), unit="share"),
    ]
    actions = plan_actions(records, playbook(rule("do", "a", money=Money(per="year", **money))), customers=1)
    assert actions.table[["what", "missing"]].to_numpy().tolist() == [["not in money", missing]]
    half = plan_actions(
        records, playbook(rule("do", "a", money=Money(per="year", of=("a",), share="part"))), customers=1
    )
    assert half.table["likely"].tolist() == pytest.approx([2.5])


def test_a_headline_that_the_lines_own_playbook_misspells_is_named() -> None:
    mine = playbook(rule("do", "value.gian"), own_keys=("value.gian", "something.else"))
    actions = plan_actions([headline("value.gain", spread(5, 1))], mine, customers=1)
    assert actions.table.empty
    assert actions.notes == (
        "The playbook names value.gian, which no chapter of this report gives: did you mean value.gain?",
    )


def test_times_that_differ_are_not_added_up() -> None:
    both = rule("both", "a", money=Money(per="person", of=("a", "b")))
    times = {"a": Times(per_year=12, why=""), "b": Times(per_year=1, why="")}
    actions = plan_actions(
        [headline("a", spread(5, 1)), headline("b", spread(5, 1))], playbook(both, times_per_year=times), customers=1
    )
    assert actions.table["missing"].tolist() == [
        "one number of times per year for all of a, b: the playbook gives several"
    ]


def test_a_number_without_draws_is_drawn_from_its_interval_and_said_so() -> None:
    actions = plan_actions([headline("a", None)], playbook(rule("do", "a")), customers=1)
    assert actions.table["low"].tolist() == pytest.approx([1.0], abs=0.02)
    assert actions.table["high"].tolist() == pytest.approx([3.0], abs=0.02)
    assert any("two halves of a normal" in note for note in actions.notes)
    bare = plan_actions([headline("a", None, low=math.nan, high=math.nan)], playbook(rule("do", "a")), customers=1)
    assert bare.table["missing"].tolist() == ["an interval for a"]


def test_a_red_light_turns_every_action_into_a_test() -> None:
    light = headline("trust.usable_share", None, words={"light": "red"})
    actions = plan_actions([light, headline("a", spread(5, 1))], playbook(rule("do", "a")), customers=1)
    assert actions.table["what"].tolist() == ["test"]
    assert actions.notes[0] == "The data light is red: everything is to be tested before it is done."
    assert str(actions.headline).startswith("Nothing is sure to earn more than today. Test first: do, for all.")


def test_the_luck_of_the_best_is_said_and_is_that_of_equals() -> None:
    rng = np.random.default_rng(7)
    alike = [headline(f"a{i}", rng.normal(100, 10, size=1000)) for i in range(3)]
    rules = [rule(f"do {i}", f"a{i}") for i in range(3)]
    actions = plan_actions(alike, playbook(*rules), customers=1)
    # The largest of three alike is 0.846 standard deviations above them all.
    assert actions.optimism == pytest.approx(8.46, abs=0.8)
    assert actions.notes[0].startswith(
        "The first is the best of 3, and the best of several is best partly by luck: about €8"
    )
    alone = plan_actions(alike[:1], playbook(rules[0]), customers=1)
    assert math.isnan(alone.optimism)
    said = float(actions.notes[0].split("so expect ")[1].removeprefix("€").rstrip("."))
    assert said == pytest.approx(float(actions.table["likely"][0]) - actions.optimism, abs=0.1)
    # What is only to be tested is no rival of what is to be done.
    unsure = plan_actions([*alike, headline("u", spread(90, 200))], playbook(*rules, rule("u", "u")), customers=1)
    assert unsure.optimism == actions.optimism
    apart = plan_actions([alike[0], headline("b", spread(900, 10))], playbook(rules[0], rule("b", "b")), customers=1)
    assert "here hardly" in apart.notes[0]


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ({"above": 4.0}, True),
        ({"above": 5.1}, False),
        ({"below": 5.1}, True),
        ({"field": "low", "above": 4.0}, True),
        ({"field": "n", "above": 299}, True),
        ({"field": "probability", "above": 0.99}, True),
        ({"field": "probability", "below": 0.99}, False),
        ({"field": "words.verdict", "is_": "yes"}, True),
        ({"field": "words.verdict", "is_": "no"}, False),
        ({"field": "words.verdict", "is_not": ""}, True),
        ({"field": "words.verdict", "is_not": "yes"}, False),
        ({"field": "words.unheard", "is_not": "yes"}, False),
        ({"field": "high", "above": 1e12}, False),
    ],
)
def test_thresholds(condition: dict[str, Any], fires: bool) -> None:
    record = headline("a", spread(5, 0.5), words={"verdict": "yes"})
    one = rule("do", "a", when=(Condition(headline="a", **condition),))
    assert len(plan_actions([record], playbook(one), customers=1).table) == fires


def test_a_draw_of_nothing_is_no_gain() -> None:
    record = headline("a", np.array([0.0, 0.0, 1.0, 1.0]))
    for above, fires in ((0.49, True), (0.5, False)):
        one = rule("do", "a", when=(Condition(headline="a", field="probability", above=above),))
        assert len(plan_actions([record], playbook(one), customers=1).table) == fires


def test_a_rule_waits_for_all_of_its_conditions_and_a_pattern_proposes_one_action_each() -> None:
    records = [headline("loss.price", spread(5, 1)), headline("loss.service", spread(7, 1)), headline("other", None)]
    pattern = rule("repair {label}", "loss.*", action="repair {label}")
    found = plan_actions(records, playbook(pattern), customers=1).table["action"].tolist()
    assert found == ["repair loss.service", "repair loss.price"]
    waits = replace(pattern, when=(*pattern.when, Condition(headline="other", above=99.0)))
    assert plan_actions(records, playbook(waits), customers=1).table.empty


def test_hostile_words_stay_words() -> None:
    record = headline("a", spread(5, 1), words={"name": HOSTILE})
    actions = plan_actions([record], playbook(rule("do", "a", action="Do {name}")), customers=1)
    assert actions.table["action"].tolist() == [f"Do {HOSTILE}"]
    assert HOSTILE in str(actions.headline)
    assert "€5.00" in str(actions.headline)


def test_a_rule_that_names_an_unknown_word_is_left_out_and_said_so() -> None:
    actions = plan_actions([headline("a", spread(5, 1))], playbook(rule("do", "a", action="{colour}")), customers=1)
    assert actions.table.empty
    assert actions.notes == (
        "Rule “do” was left out: its action names colour, but a has only value, low, high, n, label, product. Correct "
        "it in the playbook, or run the chapter again.",
    )


def test_without_headlines_or_thresholds_met_nothing_is_proposed() -> None:
    assert str(plan_actions([], read_playbook(), customers=1).headline) == (
        "No action can be named: no other chapter of this report has given a number."
    )
    nothing = plan_actions([headline("a", spread(5, 1))], read_playbook(), customers=1)
    assert str(nothing.headline).startswith("No action follows from this report: its numbers meet no threshold")
    assert str(nothing.trials.headline) == "There is nothing to test: no action follows from this report."
    assert Headline.from_record(nothing.headline.to_record()).n == 0


def test_the_weakest_assumption_is_the_one_with_most_money_on_it_and_tested_ones_are_told_apart() -> None:
    known = {
        name: Assumption(name=name, says=name, change="", table="", at_stake=stake, tested_by=tested)
        for name, stake, tested in (("half", 0.5, ()), ("all", 1.0, ()), ("tested", 1.0, ("a",)), ("open", 1.0, ("z",)))
    }
    rules = (
        rule("small", "a", assumptions=("all", "half", "tested")),
        rule("large", "b", assumptions=("half", "open")),
    )
    actions = plan_actions(
        [headline("a", spread(5, 1)), headline("b", spread(20, 1))], playbook(*rules, assumptions=known), customers=1
    )
    assert [(one.name, round(money, 6)) for one, money in actions.assumed] == [
        ("open", 20.0),
        ("half", 12.5),
        ("all", 5.0),
    ]
    assert [(one.name, text) for one, text in actions.tested] == [("tested", "€5.00.")]


def test_the_cheapest_test_comes_first() -> None:
    trials = [("dear", "high", 1.0), ("slow", "low", 9.0), ("quick", "low", 2.0)]
    rules = [rule(name, "a", test=Trial(do=name, cost=cost, weeks=weeks)) for name, cost, weeks in trials]
    found = plan_actions([headline("a", spread(5, 1))], playbook(*rules), customers=1).trials
    assert found.table["test"].tolist() == ["quick", "slow", "dear"]
    assert str(found.headline) == "The cheapest test first, of low cost, in 2 weeks: quick."


def test_money_is_written_as_the_line_writes_it() -> None:
    try:
        set_number_format(NumberFormat(currency="CHF", locale="de_CH"))
        actions = plan_actions([headline("a", spread(54321, 1000))], playbook(rule("do", "a")), customers=1)
        assert "CHF 54’321" in str(actions.headline).replace("\N{NO-BREAK SPACE}", " ")
    finally:
        set_number_format(NumberFormat())


def test_the_same_seed_gives_the_same_money() -> None:
    records = [headline("a", None), headline("b", spread(5, 4))]
    rules = playbook(rule("both", "a", money=Money(per="year", of=("a", "b"))))
    one, two, other = (plan_actions(records, rules, customers=1, seed=seed).table["low"][0] for seed in (0, 0, 1))
    assert one == two != other


@pytest.mark.parametrize(("name", "value"), [("customers", 0), ("customers", 2.5), ("seed", -1)])
def test_arguments_are_checked(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=name):
        plan_actions([], read_playbook(), **{"customers": 1, name: value})


@pytest.mark.parametrize(
    ("gains", "unit", "what"),
    [
        (70, "units", "hold"),
        (90, "units", "hold"),
        (95, "units", "test"),
        (95, "people", "test"),
        (100, "units", "act"),
    ],
)
def test_a_price_that_gains_with_19_chances_in_20_is_tested_and_not_held(gains: int, unit: str, what: str) -> None:
    draws = np.concatenate([np.full(100 - gains, -100.0), np.full(gains, 1000.0)])
    words = {"now": "€31.00", "best": "€27.78", "unit": unit}
    key = "willingness_to_pay.best_price_gain"
    house = replace(read_playbook(), times_per_year={key: Times(per_year=2.0, why="the tables say so")})
    table = plan_actions([headline(key, draws, words=words)], house, customers=100).table
    assert table["what"].tolist() == [what]
    said = "Hold the price of the offer at €31.00" if what == "hold" else "Move the price of the offer from €31.00"
    assert table["action"][0].startswith(said)


def test_a_price_is_said_to_be_that_of_the_product_of_the_line_whatever_its_name_holds() -> None:
    key = "willingness_to_pay.best_price_gain"
    record = headline(key, spread(0, 1), words={"now": "€31.00", "best": "€27.78", "unit": "units"})
    actions = plan_actions([record], replace(read_playbook(), product=HOSTILE), customers=100)
    assert actions.table["action"][0].startswith(f"Hold the price of {HOSTILE} at €31.00")
    assert HOSTILE in str(actions.headline)
