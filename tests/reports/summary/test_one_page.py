"""The parts of the one page: light, numbers against the last run, doubts, and predictions hit or missed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cvlab.analyses.common import Headline, Result
from cvlab.reports.summary.actions import plan_actions
from cvlab.reports.summary.one_page import check_predictions, compare_numbers, list_doubts, summarise_light
from cvlab.reports.summary.playbook import PageNumber, Playbook, read_playbook
from cvlab.reports.summary.summary import RunHeadlines
from cvlab.units import NumberFormat, set_number_format

LINE: Any = SimpleNamespace(slug="line", currency="EUR", number_format="en", data_hashes={"customers.csv": "b"})
NUMBERS = (
    PageNumber(name="best price", headline="price.best", chapter=6, table="price_ladder"),
    PageNumber(name="value by day 90", headline="value.by_90", chapter=8, table="usage_events"),
)


def headline(key: str, value: float, half: float, *, unit: str = "money", **changes: Any) -> dict[str, Any]:
    made = Headline(
        key=key, label=key, value=value, low=value - half, high=value + half, n=50, unit=unit,
        smallest_change=0.1, sentence=f"{key} is {{value}}.", **changes,
    )  # fmt: skip
    return made.to_record()


def chapter(number: int, *headlines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "chapter": number, "question": f"Question {number}?", "status": "done", "reason": "", "missing": [],
        "headlines": list(headlines), **changes,
    }  # fmt: skip


def report(*chapters: dict[str, Any], then: list[dict[str, Any]] | None = None, data: str = "a") -> RunHeadlines:
    previous = None if then is None else {
        "run": "earlier", "headlines": [{"chapter": 6, **record} for record in then],
        "data": {"customers.csv": data}, "line": {"slug": "line", "currency": "EUR"}, "chapters": [],
    }  # fmt: skip
    return RunHeadlines(chapters=chapters, light="green", source="a test", previous=previous)


def number_page(known: RunHeadlines) -> Any:
    return compare_numbers(known, Playbook(rules=(), assumptions={}, numbers=NUMBERS), product_line=LINE)


def test_the_light_stands_first_and_says_why() -> None:
    light = headline("trust.usable_share", 0.9, 0.05, unit="share", words={"light": "green"})
    part = summarise_light(report(chapter(1, light)))
    assert isinstance(part, Result)
    assert str(part.headline) == "trust.usable_share is 90.0%."
    assert part.headline.value == 0.9
    assert not part.headline.decides
    assert str(summarise_light(report(chapter(6))).headline).startswith("Chapter 1 is not part of this report")


def test_without_a_report_every_part_says_how_to_make_one_or_nothing() -> None:
    known = RunHeadlines(chapters=(), light=None, source="Make one with `cvlab report line`.")
    assert str(summarise_light(known).headline) == "Make one with `cvlab report line`."
    actions = plan_actions(known.headlines, read_playbook(), customers=3)
    assert str(list_doubts(known, actions).headline) == "There are no actions to change our mind about."
    assert str(number_page(known).headline) == "None of the 2 numbers that matter most are known."
    assert str(check_predictions(known, product_line=LINE).headline).startswith("There is no earlier run of this line")


def test_a_number_that_is_not_known_says_what_would_answer_it() -> None:
    part = number_page(
        report(chapter(6, headline("price.best", 20.0, 1.0)), chapter(8, headline("value.by_90", math.nan, 0)))
    )
    assert part.table.to_numpy().tolist() == [
        ["best price", "€20.00", "€19.00\xa0to\xa0€21.00", "", ""],
        ["value by day 90", "–", "–", "", "chapter 8, from usage_events"],
    ]
    assert str(part.headline) == "1 of the 2 numbers that matter most is known."
    assert part.notes == ("There is no earlier run of this line to compare with.",)


@pytest.mark.parametrize(
    ("value", "said"), [(30.0, "↑ €10.00"), (10.0, "↓ €10.00"), (20.3, "cannot tell"), (20.0, "= the same")]
)
def test_an_arrow_says_that_a_number_has_changed_beyond_noise(value: float, said: str) -> None:
    then = [headline("price.best", 20.0, 1.0)]
    part = number_page(report(chapter(6, headline("price.best", value, 1.0)), then=then))
    assert part.table["since_last_run"].tolist() == [said, ""]
    assert "since run earlier" in part.notes[0]


def test_what_would_change_our_mind_are_the_two_weakest_assumptions_and_what_stayed_open() -> None:
    gain = headline(
        "value_ladder.gain", 5.0, 1.0, words={"prices": "Basic at 9"}, draws=np.linspace(4, 6, 400), draws_by="people"
    )
    known = report(
        chapter(7, gain), chapter(9, status="skipped", reason="Add churn_reasons.", missing=["churn_reasons"])
    )
    part = list_doubts(known, plan_actions(known.headlines, read_playbook(), customers=3))
    assert part.table["what"].tolist()[2:] == ["Open: Question 9?"]
    assert part.table["answered_by"].tolist()[2:] == ["churn_reasons"]
    assert part.table["would_change"].tolist()[2] == "Add churn_reasons."
    assert len(part.table) == 3
    assert str(part.headline).startswith("What would change our mind first: People pay what they say")
    assert part.notes[0].startswith("Also taken for granted, and not tested: ")


def test_an_assumption_that_the_report_tests_is_told_with_what_it_says() -> None:
    gain = headline("value_ladder.gain", 5.0, 1.0, words={"prices": "x"}, draws=np.linspace(4, 6, 400))
    tested = headline("willingness_to_pay.stated_per_real", 1.05, 0.1, unit="ratio")
    known = report(chapter(6, tested), chapter(7, gain))
    part = list_doubts(known, plan_actions(known.headlines, read_playbook(), customers=3))
    assert not part.table["what"].str.startswith("People pay what they say").any()
    assert part.notes[-1] == (
        "Put to the test: People pay what they say a thing is worth to them. "
        "willingness_to_pay.stated_per_real is 1.05."
    )


def test_a_prediction_is_hit_where_the_new_number_lies_in_the_old_interval() -> None:
    then = [headline("a", 10.0, 1.0), headline("b", 10.0, 1.0), headline("c", 10.0, 1.0), headline("e", 1.0, 0.0)]
    now = [
        headline("a", 11.0, 5.0), headline("b", 11.1, 5.0), headline("c", 10.0, 1.0, decides=False),
        headline("d", 1.0, 1.0), headline("e", 1.0, 0.0),
    ]  # fmt: skip
    part = check_predictions(report(chapter(6, *now), then=then), product_line=LINE)
    assert part.table[["what", "its_interval", "now", "verdict"]].to_numpy().tolist() == [
        ["b", "€9.00 to €11.00", "€11.10", "miss"],
        ["a", "€9.00 to €11.00", "€11.00", "hit"],
    ]
    assert str(part.headline) == "1 of 2 numbers lie inside the interval that run earlier gave for them."
    assert "about 83 in 100" in part.notes[0]


def test_money_of_another_currency_is_neither_hit_nor_missed() -> None:
    then = [headline("a", 10.0, 1.0), headline("s", 0.5, 0.1, unit="share")]
    now = [headline("a", 30.0, 1.0), headline("s", 0.5, 0.1, unit="share")]
    known = report(chapter(6, *now), then=then)
    known.previous["line"]["currency"] = "SEK"  # type: ignore[index]
    assert check_predictions(known, product_line=LINE).table["what"].to_list() == ["s"]


def test_money_of_100_people_and_of_all_sales_is_neither_hit_nor_missed() -> None:
    then = [headline("a", 10.0, 1.0, words={"market": "100 people"}), headline("b", 10.0, 1.0)]
    now = [headline("a", 30.0, 1.0, words={"market": "the sales"}), headline("b", 10.5, 1.0)]
    assert check_predictions(report(chapter(6, *now), then=then), product_line=LINE).table["what"].to_list() == ["b"]


def test_of_two_numbers_of_one_key_the_first_is_held_against_the_first() -> None:
    then = [headline("a", 10.0, 1.0), headline("a", 50.0, 1.0)]
    part = check_predictions(report(chapter(6, headline("a", 10.0, 1.0)), then=then), product_line=LINE)
    assert part.table["verdict"].to_list() == ["hit"]


def test_hits_on_the_same_data_prove_nothing() -> None:
    then = [headline("a", 10.0, 1.0)]
    part = check_predictions(report(chapter(6, *then), then=then, data="b"), product_line=LINE)
    assert part.notes == ("Both runs read the same data, so hits say nothing about how well the report foresees.",)
    other = check_predictions(report(chapter(6, headline("z", 1.0, 1.0)), then=then), product_line=LINE)
    assert str(other.headline) == "The last run gave no interval for anything that this run measures."


def test_a_number_against_a_price_that_we_changed_is_neither_hit_nor_missed() -> None:
    gain = "willingness_to_pay.best_price_gain"
    then = [headline(gain, 10.0, 1.0, words={"now": "€27"}), headline("a", 10.0, 1.0)]
    now = [headline(gain, 30.0, 1.0, words={"now": "€29"}), headline("a", 10.5, 1.0)]
    part = check_predictions(report(chapter(6, *now), then=then), product_line=LINE)
    assert part.table["what"].to_list() == ["a"]
    assert part.notes[-1] == f"Not counted, as what we ask or charge has changed since: {gain}."
    alone = check_predictions(report(chapter(6, now[0]), then=then), product_line=LINE)
    assert str(alone.headline) == "The last run gave no interval for anything that this run measures."
    assert alone.notes == part.notes[-1:]
    held = {**now[0], "words": {"now": "€27"}}
    assert len(check_predictions(report(chapter(6, held), then=then), product_line=LINE).table) == 1


@pytest.mark.parametrize(
    ("file", "key"), [("rungs.csv", "value_ladder.gain"), ("product_line.yaml", "willingness_to_pay.best_price")]
)
def test_a_number_whose_settings_we_changed_is_neither_hit_nor_missed(file: str, key: str) -> None:
    line: Any = SimpleNamespace(**{**vars(LINE), "data_hashes": {"customers.csv": "b", file: "new"}})
    then = [headline(key, 10.0, 1.0), headline("a", 10.0, 1.0)]
    known = report(chapter(6, headline(key, 30.0, 1.0), headline("a", 10.5, 1.0)), then=then)
    assert len(check_predictions(known, product_line=line).table) == 2  # the last run did not know the file
    known.previous["data"][file] = "old"  # type: ignore[index]
    assert check_predictions(known, product_line=line).table["what"].to_list() == ["a"]


def test_hits_that_are_the_very_number_are_said_to_be_trivial() -> None:
    then = [headline("a", 10.0, 1.0), headline("b", 10.0, 1.0), headline("c", 10.0, 1.0)]
    now = [headline("a", 10.0, 1.0), headline("b", 10.5, 1.0), headline("c", 10.0, 1.0)]
    part = check_predictions(report(chapter(6, *now), then=then), product_line=LINE)
    assert part.notes[1] == (
        "2 of the 3 hits are the very numbers of that run, from data that have not changed: trivial."
    )


def test_83_in_100_is_what_two_samples_from_one_world_give() -> None:
    rng = np.random.default_rng(20261122)
    then, now = rng.normal(size=(2, 400_000))
    assert (np.abs(then - now) < 1.959964).mean() == pytest.approx(0.834, abs=0.003)


def test_the_notebook_runs_alone_and_says_how_to_make_a_report(
    checkout: Path, make: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make.line(tmp_path / "new", "Never reported")
    monkeypatch.chdir(tmp_path)
    shown: list[str] = []
    monkeypatch.setattr("cvlab.present.display", lambda data, **_: shown.append(data.get("text/plain", "")))
    cells = json.loads((checkout / "notebooks" / "12_summary.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    try:
        for cell in cells:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), "12_summary", "exec"), names)  # noqa: S102  our own notebook
                if "parameters" in cell["metadata"].get("tags", ()):
                    names["product_line"] = str(line)
    finally:
        set_number_format(NumberFormat())
        plt.close("all")
    assert f"There is no report of Never reported to sum up yet: make one with `cvlab report {line}`." in shown
    assert "No action can be named: no other chapter of this report has given a number." in shown


def test_an_assumption_that_the_report_refutes_comes_first() -> None:
    gain = headline("value_ladder.gain", 5.0, 1.0, words={"prices": "x"}, draws=np.linspace(4, 6, 400))
    against = headline("willingness_to_pay.stated_per_real", 1.3, 0.1, unit="ratio")
    known = report(chapter(6, against), chapter(7, gain))
    actions = plan_actions(known.headlines, read_playbook(), customers=3)
    first, _ = actions.assumed[0]
    assert first.name == "stated worth"
    assert first.change.startswith("The report speaks against it. ")
    assert not actions.tested
    part = list_doubts(known, actions)
    assert part.table["what"].iloc[0].startswith("People pay what they say")
    assert "speaks against it" in str(part.headline)
