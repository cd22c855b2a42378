"""The playbook: what it holds, what is laid over it, and every mistake named with its line, all at once."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from cvlab.errors import DataError
from cvlab.reports.summary.playbook import read_playbook
from cvlab.tables.product_line import read_product_line

OWN = """
    times_per_year: {demo.gain: quarter, demo.other: 0.5}
    rules:
      - name: demo
        when:
          - {headline: "demo.*", field: value, above: 3}
        action: Do {label}
        group: all
        money: {per: year, of: [this], share: 0.5, cost_per_year: 100}
        test: {do: try it, cost: low, weeks: 2}
        assumptions: [own]
    assumptions:
      - {name: own, says: It holds., change: Else not., table: a table, at_stake: 0.2, tested_by: [demo.test]}
    leave_out: [bundle]
"""


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_a_playbook_of_ones_own_is_laid_over_that_of_the_house(tmp_path: Path) -> None:
    house, own = read_playbook(), read_playbook(write(tmp_path / "mine.yaml", OWN))
    names = [rule.name for rule in house.rules]
    assert [rule.name for rule in own.rules] == [*(name for name in names if name != "bundle"), "demo"]
    assert own.times_per_year["demo.gain"].per_year == 4.0
    assert own.times_per_year["demo.other"].per_year == 0.5
    assert own.assumptions["own"].tested_by == ("demo.test",)
    assert own.assumptions.keys() - {"own"} == house.assumptions.keys()
    assert own.numbers == house.numbers
    rule = own.rules[-1]
    assert rule.money is not None
    assert (rule.money.share, rule.money.cost_per_year, rule.test.weeks) == (0.5, 100.0, 2.0)
    assert own.source == "the rules of the house and mine.yaml"


def test_a_rule_of_the_same_name_takes_the_place_of_the_one_of_the_house(tmp_path: Path) -> None:
    text = OWN.replace("name: demo", "name: hold the price").replace("leave_out: [bundle]", "")
    own = read_playbook(write(tmp_path / "mine.yaml", text))
    house = read_playbook()
    assert [rule.name for rule in own.rules] == [rule.name for rule in house.rules]
    assert next(rule for rule in own.rules if rule.name == "hold the price").action == "Do {label}"


def test_the_lines_own_playbook_is_found_beside_it_and_a_named_one_goes_first(tmp_path: Path) -> None:
    line: Any = SimpleNamespace(
        folder=tmp_path, get=lambda _table: None, priced_sales=None, priced_product=None, component_costs={}
    )
    assert read_playbook(product_line=line).source == "the rules of the house"
    write(tmp_path / "playbook.yaml", "times_per_year: {a.b: month}")
    write(tmp_path / "other.yaml", "times_per_year: {a.b: week}")
    assert read_playbook(product_line=line).times_per_year["a.b"].per_year == 12.0
    assert read_playbook("other.yaml", product_line=line).times_per_year["a.b"].per_year == pytest.approx(
        52.18, abs=0.01
    )
    with pytest.raises(DataError, match=r"there is no playbook nowhere\.yaml: give the path of a file"):
        read_playbook("nowhere.yaml", product_line=line)


def test_the_lines_tables_say_how_often_a_year(checkout: Path) -> None:
    lines = checkout / "data" / "sample"
    salon = read_playbook(product_line=read_product_line(lines / "salon-software")).times_per_year
    assert salon["value_ladder.gain"].per_year == 12.0
    assert "contracts" in salon["value_ladder.gain"].why
    # Two years of sales, so that a year is half of what was sold.
    assert salon["willingness_to_pay.best_price_gain"].per_year == pytest.approx(0.5, abs=0.01)
    assert salon["value_ladder.bundle_gain"].why == "the playbook says so"


def make_line(folder: Path, *, paid: float, last: str) -> Any:
    """A line of two rungs, what is paid for the dearer a month, and sales from the first of January on."""
    tables = {
        "rungs": pd.DataFrame({"rung": ["Solo", "Team"], "price": [10.0, 20.0]}),
        "contracts": pd.DataFrame({"rung": ["Solo", "Team", "Team"], "price_per_month": [10.0, paid, paid]}),
    }
    return SimpleNamespace(
        folder=folder,
        get=tables.get,
        priced_sales=pd.DataFrame({"date": pd.to_datetime(["2026-01-01", last])}),
        priced_product="Solo",
        component_costs={},
    )


@pytest.mark.parametrize(("paid", "monthly"), [(20.0, True), (25.0, True), (15.0, True), (26.0, False), (240.0, False)])
def test_rungs_are_sold_by_the_month_where_their_contracts_cost_a_month_what_they_cost(
    tmp_path: Path, paid: float, monthly: bool
) -> None:
    times = read_playbook(product_line=make_line(tmp_path, paid=paid, last="2026-12-31")).times_per_year
    assert ("value_ladder.gain" in times) == monthly
    assert not monthly or times["value_ladder.gain"].per_year == 12


def test_sales_cover_their_first_day_and_their_last(tmp_path: Path) -> None:
    for last, days in (("2026-01-01", 1), ("2026-12-31", 365)):
        times = read_playbook(product_line=make_line(tmp_path, paid=20, last=last)).times_per_year
        assert times["willingness_to_pay.best_price_gain"].per_year == pytest.approx(365.25 / days)


def test_what_the_playbook_says_of_a_year_goes_before_what_the_tables_tell(tmp_path: Path) -> None:
    write(tmp_path / "playbook.yaml", "times_per_year: {value_ladder.gain: year}")
    times = read_playbook(product_line=make_line(tmp_path, paid=20, last="2026-12-31")).times_per_year
    assert (times["value_ladder.gain"].per_year, times["value_ladder.gain"].why) == (1.0, "the playbook says so")


def test_all_mistakes_are_named_with_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path / "bad.yaml",
        """\
        treshold: 3
        times_per_year: {a: often}
        rules:
          - name: one
            when:
              - {headline: a, field: colour, above: x}
              - {headline: a, above: 1, below: 2}
            action: "Do {value.real} and {value:>9} and {label!r}"
            group: "{"
            money: {per: head, of: [a], share: 2}
            missing: and this too
            test: {do: it, cost: free, weeks: -1}
            assumptions: []
          - name: one
            when: []
            action: x
            group: x
            kind: stop
            test: {do: it, cost: low}
        assumptions: text
        numbers:
          - {name: n, headline: h, chapter: soon, table: t}
        """,
    )
    with pytest.raises(DataError) as caught:
        read_playbook(path)
    said = str(caught.value)
    assert said.splitlines()[0] == "bad.yaml cannot be used:"
    for problem in (
        "line 1: a playbook has no key 'treshold': there are times_per_year, rules, assumptions, numbers, leave_out",
        "line 2: times_per_year: a is 'often': give a number above 0",
        "line 6: field is 'colour': give one of value, low, high, n, probability, words.<name>",
        "line 6: above is 'x': give a number",
        "line 7: a condition takes one of above, below, is, is_not, and has 2",
        "line 8: action has {value.real}: braces take a plain name, such as {value}",
        "line 8: action has {value}: braces take a plain name, such as {value}",
        "line 9: group has a brace without its other half: write {value}, or {{ for a brace",
        "line 10: per is 'head': give one of person, 100 people, period, year",
        "line 10: share is '2': give a number from 0 to 1",
        "line 4: a rule to act must say either how money follows (money) or what is missing for it",
        "line 12: cost is 'free': give one of low, medium, high",
        "line 12: weeks is '-1': give a number from 0",
        "line 14: rules has 'one' twice: give each a name of its own",
        "line 15: when is empty: give at least one condition",
        "line 18: kind is 'stop': give one of act, hold",
        "line 19: a test lacks weeks: add it",
        "line 20: assumptions must be a list: begin each entry with a hyphen, or write [a, b]",
        "line 22: chapter is 'soon': give a number from 1 to 99",
    ):
        assert problem in said, problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "line 1: anchors (&) and aliases (*) must not be used"),
        ("rules: [", "line 1: it is not YAML"),
        ("rules: []\nrules: []", "line 2: a playbook has the key 'rules' twice: keep one"),
        ("- a", "line 1: a playbook must hold keys and values"),
        ("rules: " + "[" * 3000, "YAML"),
        ("leave_out: [nobody]", "leave_out names nobody, but there is no such rule: there are better prices"),
    ],
)
def test_a_file_that_is_no_playbook_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_playbook(path)
    assert message in str(caught.value) or "nested too deeply" in str(caught.value)


def test_names_that_nothing_bears_are_all_said_at_once(tmp_path: Path) -> None:
    text = OWN.replace("assumptions: [own]", "assumptions: [unheard of]").replace(
        "leave_out: [bundle]", "leave_out: [nobody]"
    )
    path = write(tmp_path / "mine.yaml", text)
    with pytest.raises(DataError) as caught:
        read_playbook(path)
    said = str(caught.value).splitlines()
    assert said[0] == "mine.yaml cannot be used:"
    assert said[1].startswith("  leave_out names nobody, but there is no such rule: there are better prices of the lad")
    assert said[2].startswith("  rule demo names the assumption unheard of")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("of: []", "line 5: of is empty: name the headlines whose money it is, such as [this]"),
        ("of: [a.b, c.d, a.b]", "line 5: of has 'a.b' twice: its money would count double"),
    ],
)
def test_money_is_that_of_some_headlines_each_once(tmp_path: Path, text: str, message: str) -> None:
    path = write(
        tmp_path / "bad.yaml",
        f"""\
        rules:
          - name: one
            when: [{{headline: a.b, above: 1}}]
            action: x
            money: {{per: year, {text}}}
            group: x
            test: {{do: it, cost: low, weeks: 1}}
        """,
    )
    with pytest.raises(DataError) as caught:
        read_playbook(path)
    assert message in str(caught.value)


def test_what_is_never_earned_has_no_times_a_year(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.yaml", "times_per_year: {a.b: 0, c.d: 0.5}")
    with pytest.raises(DataError, match=r"line 1: times_per_year: a\.b is '0': give a number above 0$"):
        read_playbook(path)


def test_the_lines_own_headlines_are_those_that_the_house_does_not_name(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.yaml",
        """\
        times_per_year: {value_ladder.gian: month, value_ladder.gain: month}
        rules:
          - name: one
            when: [{headline: "loss.*", above: 1}]
            action: x
            group: x
            money: {per: year, of: [this, loss.price], share: trust.left}
            test: {do: it, cost: low, weeks: 1}
        """,
    )
    assert read_playbook(path).own_keys == ("loss.price", "trust.left", "value_ladder.gian")
    assert read_playbook().own_keys == ()


def test_an_assumption_must_be_written_down(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.yaml", OWN.replace("assumptions: [own]", "assumptions: [unheard of]"))
    with pytest.raises(DataError, match="rule demo names the assumption unheard of, but there is none of that name"):
        read_playbook(path)


def test_a_file_that_is_no_text_or_empty(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"playbook\.yaml cannot be read \(UnicodeDecodeError\)"):
        read_playbook(path)
    path.write_text("", encoding="utf-8")
    assert read_playbook(path).rules == read_playbook().rules


def test_yaml_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = write(tmp_path / "evil.yaml", f"times_per_year: !!python/object/apply:os.mkdir ['{marker}']")
    with pytest.raises(DataError):
        read_playbook(path)
    assert not marker.exists()
