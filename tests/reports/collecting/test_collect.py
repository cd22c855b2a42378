import base64
import json
import math

import pytest

from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, QUESTION_MIME, TABLE_MIME
from cvlab.reports.collecting.collect import collect_chapter, collect_headlines
from cvlab.reports.collecting.faults import explain_fault
from cvlab.reports.collecting.paths import Paths
from cvlab.reports.collecting.strict_json import make_strict
from cvlab.reports.kernels.execution import Fault
from cvlab.reports.plans.chapters import read_chapter

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
    published = collect_chapter({"cells": cells}, chapter, parameters={}, paths=PATHS).notebook
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
    published = collect_chapter({"cells": cells}, chapter, parameters={}, paths=PATHS).notebook
    assert collect_headlines(published) == (({"key": "a.b", "value": None},), ("n", "3"))


HTML = (
    '<div class="cvlab-result"><p>It is 5.</p><table class="cvlab-table"><tr><td>row</td></tr></table>'
    '<p class="cvlab-more">3 more rows in the table.</p><ul class="cvlab-notes"><li>beware</li></ul></div>'
)


def present(key="a.b", rows="group", n=(40, 12), **changed):
    """Make the output that `present` leaves in a notebook."""
    table = {
        "title": "share",
        "key": key,
        "rows": rows,
        "columns": [{"name": "group", "kind": "text"}, {"name": "n", "kind": "count"}],
        "data": [[f"/home/me/lines/cafe/{number}", number] for number in n],
        "n_rows": len(n),
        **changed,
    }
    said = {"headlines": [{"key": key, "text": "It is 5."}], "notes": ["beware"]}
    data = {"text/html": HTML, "text/plain": "It is 5.", HEADLINE_MIME: said, TABLE_MIME: table}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def opened(smallest_group=10):
    """Make the output that `open_chapter` leaves in a notebook."""
    data = {"text/html": "<p>Line</p>", CHAPTER_MIME: {"line": "x", "smallest_group": smallest_group}}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def collect(make, chapter, *outputs):
    cells = [make.markdown("## Who *they* are"), {**make.code("present(x)"), "outputs": list(outputs)}]
    return collect_chapter({"cells": cells}, chapter, parameters={}, paths=PATHS)


def test_whole_tables_are_kept_beside_the_notebook(make, chapter):
    found = collect(make, chapter, opened(), present(), present(), present("a.c"))
    assert TABLE_MIME not in json.dumps(found.notebook)
    assert [table["key"] for table in found.tables] == ["a.b", "a.c"]
    table = found.tables[0]
    assert (table["heading"], table["text"], table["notes"]) == ("Who they are", "It is 5.", ["beware"])
    assert table["data"] == [["cafe/40", 40], ["cafe/12", 12]]


def test_what_people_were_asked_stays_on_the_page_and_joins_the_table_above_it(make, chapter):
    asked = {"text/html": '<div class="cvlab-question"><p>Asked: “How?”</p></div>', "text/plain": "Asked: “How?”"}
    asked[QUESTION_MIME] = {"questions": ["Asked: “How?” /home/me/lines/cafe"]}
    question = {"output_type": "display_data", "data": asked, "metadata": {}}
    found = collect(make, chapter, question, present(), question, question)
    assert "Asked: “How?”" in found.notebook["cells"][1]["outputs"][-1]["data"]["text/html"]
    assert [table["questions"] for table in found.tables] == [["Asked: “How?” cafe"]]
    assert collect_headlines(found.notebook)[0] == ({"key": "a.b", "text": "It is 5."},)


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": "person"},
        {"columns": []},
        {"columns": "n"},
        {"columns": [{"kind": "text"}, {"name": "n"}]},
        {"data": [["a"]]},
        {"data": ["ab"]},
        {"data": None},
    ],
)
def test_persons_and_odd_tables_are_not_kept(make, chapter, changed):
    found = collect(make, chapter, opened(), present(**changed))
    assert found.tables == ()
    assert TABLE_MIME not in json.dumps(found.notebook)
    assert len(collect_headlines(found.notebook)[0]) == 1


def test_a_group_that_is_too_small_is_shown_neither_on_the_page_nor_in_the_workbook(make, chapter):
    found = collect(make, chapter, opened(10), present(n=(40, 9)))
    assert found.tables == ()
    html = found.notebook["cells"][1]["outputs"][1]["data"]["text/html"]
    assert "<table" not in html
    assert "3 more rows" not in html
    assert "The table is held back: a group in it is smaller than this line allows." in html
    assert "beware" in html


@pytest.mark.parametrize(
    ("smallest_group", "rows", "n"), [(10, "group", (10, 0, None)), (5, "group", (9,)), (10, "price", (3,))]
)
def test_other_numbers_of_people_hold_nothing_back(make, chapter, smallest_group, rows, n):
    found = collect(make, chapter, opened(smallest_group), present(rows=rows, n=n))
    assert len(found.tables) == 1
    assert "<table" in found.notebook["cells"][1]["outputs"][1]["data"]["text/html"]


def test_without_a_word_of_the_line_one_person_is_still_no_group(make, chapter):
    assert collect(make, chapter, present(n=(40, 1))).tables == ()
    assert len(collect(make, chapter, present(n=(40, 2))).tables) == 1


def test_a_picture_drawn_twice_stays_as_pixels_and_is_kept_as_both(make, chapter, png):
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" onclick="x()"/></svg>'
    data = {"image/png": base64.encodebytes(png).decode(), "image/svg+xml": drawn, "text/plain": "<Figure>"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    found = collect(make, chapter, present(), output, output)
    published = found.notebook["cells"][1]["outputs"][1:]
    assert [list(output["data"]) for output in published] == [["image/png"], ["image/png"]]
    assert [(picture.number, picture.heading, picture.key) for picture in found.pictures] == [
        (1, "Who they are", "a.b"),
        (2, "Who they are", "a.b"),
    ]
    assert found.pictures[0].alt == "Figure 1: Who they are. It helps to answer: What is it?"
    assert found.pictures[0].svg == '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'
    assert found.pictures[0].png.startswith(b"\x89PNG")
    assert b"machine-7" in png
    assert b"machine-7" not in found.pictures[0].png


def test_what_is_no_picture_is_none(make, chapter):
    broken = {"output_type": "display_data", "data": {"image/svg+xml": "<svg"}, "metadata": {}}
    found = collect(make, chapter, broken)
    assert found.pictures == ()
    assert found.notebook["cells"][1]["outputs"] == []
