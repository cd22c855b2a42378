import math

import pytest

from cvlab.reports.chapters import read_chapter
from cvlab.reports.collect import Paths, collect_headlines, explain_fault, make_publishable, make_strict
from cvlab.reports.execution import Fault

PATHS = Paths.of({"/home/me/lines/cafe": "cafe", "/home/me": "~"})


@pytest.fixture
def chapter(make, tmp_path):
    return read_chapter(make.notebook(tmp_path, "06_price", make.markdown("# Price"), make.parameters()))


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("read /home/me/lines/cafe/customers.csv", "read cafe/customers.csv"),
        ("in /home/me/notes.txt.", "in ~/notes.txt."),
        ("see /srv/data/other.csv: row 3", "see other.csv: row 3"),
        (r"see C:\Users\me\other.csv", "see other.csv"),
        ("1/2 of EUR/day/person, and/or 3", "1/2 of EUR/day/person, and/or 3"),
    ],
)
def test_paths_give_way_to_names(text, stripped):
    assert PATHS.strip(text) == stripped


def test_long_and_coloured_messages_are_shortened_to_words(chapter):
    fault = Fault(kind="cell", name="ValueError", message="\x1b[31mno\x1b[0m " + "x" * 10_000)
    said = explain_fault(fault, chapter, paths=PATHS)
    assert "\x1b" not in said
    assert "The error says: ValueError: no xxx" in said
    assert len(said) < 1000


def test_an_error_of_our_own_speaks_for_itself(chapter):
    fault = Fault(kind="cell", name="DataError", message="two problems:\n  one\n  two in /home/me/lines/cafe/a.csv")
    assert explain_fault(fault, chapter, paths=PATHS) == "two problems:\n  one\n  two in cafe/a.csv"


def test_what_json_cannot_hold_becomes_null():
    assert make_strict({"a": [math.nan, math.inf, 1.5, True, None, "x"], 2: (1,)}) == {
        "a": [None, None, 1.5, True, None, "x"],
        "2": [1],
    }


def test_svg_pictures_stay_and_their_own_description_too(make, chapter):
    drawn = ['<svg xmlns="http://www.w3.org/2000/svg">', "<script/><g/>", "</svg>"]
    svg = {"output_type": "display_data", "data": {"image/svg+xml": drawn, "text/plain": "<Figure>"}}
    png = {
        "output_type": "execute_result",
        "execution_count": 1,
        "data": {"image/png": "aGk="},
        "metadata": {"image/png": {"alt": "Prices fall", "width": 400}},
    }
    html = {"output_type": "display_data", "data": {"text/html": "<p>not presented</p>"}, "metadata": {}}
    cells = [
        make.markdown("## *Demand*"),
        {**make.code("draw()"), "outputs": [svg, png, html, {"output_type": "stream", "name": "stdout", "text": "x"}]},
    ]
    published = make_publishable({"cells": cells}, chapter, parameters={}, paths=PATHS)
    outputs = published["cells"][1]["outputs"]
    assert [output["data"] for output in outputs] == [
        {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><g /></svg>'},
        {"image/png": "aGk="},
    ]
    assert outputs[0]["metadata"]["image/svg+xml"]["alt"] == "Figure 1: Demand. It helps to answer: What is it?"
    assert outputs[1]["metadata"] == {"image/png": {"alt": "Prices fall"}}


def test_odd_headlines_are_left_aside(make, chapter):
    mime = "application/vnd.cvlab.headline+json"
    data = {"headlines": [{"key": "a.b", "value": math.nan}, {"value": 1}, "x"], "notes": ["n", "n", 3]}
    cells = [
        {
            **make.code("present(x)"),
            "outputs": [{"output_type": "display_data", "data": {mime: data, "text/html": "h"}}],
        }
    ]
    published = make_publishable({"cells": cells}, chapter, parameters={}, paths=PATHS)
    assert collect_headlines(published) == (({"key": "a.b", "value": None},), ("n", "3"))
