import math
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from cvlab.reports.history.index import write_index
from cvlab.reports.history.inline_pictures import Point, draw_change, draw_sparkline
from cvlab.reports.history.side_by_side import describe_numbers, find_top, list_points
from cvlab.reports.history.totals import say_totals

SVG = "{http://www.w3.org/2000/svg}"
PRICE = "willingness_to_pay.best_price"


def shapes_of(address):
    root = ElementTree.fromstring(unquote(address.removeprefix("data:image/svg+xml,")))  # noqa: S314  our own
    return [child.tag.removeprefix(SVG) for child in root]


def test_a_number_over_runs_is_a_line_with_its_band_and_gaps_stay_open():
    points = [Point(value=float(i), low=i - 1.0, high=i + 1.0) for i in range(3)]
    assert shapes_of(draw_sparkline(points)) == ["polygon", "polyline", "circle"]
    assert shapes_of(draw_sparkline([*points, None, points[0]])) == ["polygon", "polyline", "line", "circle", "circle"]
    assert shapes_of(draw_sparkline([Point(value=1.0)])) == ["circle", "circle"]
    assert draw_sparkline([None, Point(value=math.nan)]) == ""
    assert draw_sparkline([]) == ""


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e308])
def test_pictures_hold_nothing_but_plain_numbers(size):
    points = [Point(value=value, low=-size, high=size) for value in (-size, size)]
    for address in (draw_sparkline(points), draw_change(size, -size, size, 0.0), draw_change(0.0, 0.0, 0.0, size)):
        assert "nan" not in address
        assert "inf" not in address
        assert shapes_of(address)


def test_a_change_is_drawn_against_what_matters():
    assert shapes_of(draw_change(1.0, -1.0, 3.0, 0.5)) == ["rect", "line", "line", "line", "line", "circle"]
    assert draw_change(1.0, math.nan, 3.0, 0.5) == ""


def test_another_currency_or_unit_is_a_gap_in_the_line(past):
    record = past.record()
    manifests = [
        past.manifest(record),
        past.manifest(past.record(value=None)),
        past.manifest(past.record(unit="share")),
        past.manifest(past.record(value=18.0), line={"currency": "USD"}),
        past.manifest(past.record(value=17.0, low=None)),
        past.manifest(),
    ]
    points = list_points(record, manifests)
    assert [point and point.value for point in points] == [None, 17.0, None, None, None, 20.0]


def test_the_key_numbers_stand_first_with_what_moved_since_the_run_before(past):
    old = past.manifest(past.record(key=PRICE), past.record())
    new = past.manifest(past.record(key=PRICE, value=30.0, low=29.0, high=31.0), past.record(key="b"))
    numbers = describe_numbers([new, old])
    cell = numbers.keys[0]
    assert (cell["value"], cell["interval"]) == ("€30.00", "€29.00 to €31.00")
    assert (cell["change"]["mark"], cell["change"]["word"]) == ("▲", "better")
    assert cell["alt"] == "best price over 2 runs, oldest first: €20.00, €30.00"
    assert numbers.top == ""
    assert [other["label"] for other in numbers.others] == ["best price"]
    alone = describe_numbers([past.manifest(past.record())])
    assert alone.keys == (None,) * 5
    assert alone.top == "The best price is 20."


def test_the_top_of_a_report_is_what_to_do_first_where_it_says_so(past):
    action = past.record(key="summary.first_action", value=5.0, low=4.0, high=90.0, text="Do first: wait.")
    assert find_top(past.manifest(past.record(), action)) == "Do first: wait."
    none = past.record(key="summary.first_action", value=None, low=None, high=None, text="No action follows.")
    assert find_top(past.manifest(past.record(), none)) == "The best price is 20."


def test_lines_stand_side_by_side_in_their_own_currency(tmp_path, past):
    past.run(tmp_path, past.manifest(past.record(key=PRICE), run="a"))
    folder = past.run(tmp_path, past.manifest(past.record(key=PRICE), run="b", started="2026-01-02T00:00:00Z"))
    for name in ("report.pdf", "tables.xlsx", "slides.pptx"):
        (folder / name).write_bytes(b"")
    dollars = {"name": "Oat", "currency": "USD", "number_format": "de"}
    past.run(tmp_path, past.manifest(past.record(key=PRICE), slug="oat", line=dollars))
    past.run(tmp_path, past.manifest(past.record(key="other"), slug="soy", line={"name": "Soy"}))
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "€20.00" in html
    assert "20,00\N{NO-BREAK SPACE}$" in html
    assert html.count("Ladder gain") == 0
    assert "= same" in html
    for name in ("report.pdf", "tables.xlsx", "slides.pptx", "index.html"):
        assert f'href="line/b/{name}"' in html
        assert f'href="line/a/{name}"' in html or name != "index.html"
    assert 'href="line/compare-a-b.html"' in html
    assert "No total over the lines: Line, Oat and Soy give no report_currency" in html


def build_line(past, name, rate, *records, currency="USD"):
    return past.manifest(*records, line={"name": name, "report_currency": currency, "rate": rate})


def test_money_of_whole_lines_is_added_up_in_the_report_currency(past):
    first = past.record(key="summary.first_action", value=100.0, low=70.0, high=140.0)
    second = past.record(key="summary.first_action", value=50.0, low=30.0, high=65.0)
    said = say_totals([build_line(past, "Tea", 1.0, first), build_line(past, "Oat", 2.0, second)])
    assert said == [
        "Over the 2 lines, what the first actions may bring a year: $200.00 (interval $150.00 to $250.00), taking "
        "their customers to be different ones."
    ]


def test_without_what_adds_up_one_sentence_says_why_there_is_no_total(past):
    action = past.record(key="summary.first_action")
    tea, oat = build_line(past, "Tea", 1.0, action), build_line(past, "Oat", 2.0)
    assert say_totals([tea]) == []
    assert say_totals([tea, oat]) == ["No total of what the first actions may bring a year: Oat has no such number."]
    assert say_totals([oat, oat]) == ["No total over the lines: none of their numbers is money of a whole line."]
    assert say_totals([tea, build_line(past, "Soy", None, action)]) == [
        "No total over the lines: Soy gives no report_currency with a rate in product_line.yaml."
    ]
    assert say_totals([tea, build_line(past, "Soy", 1.0, action, currency="CHF")]) == [
        "No total over the lines: they name 2 report currencies, CHF and USD."
    ]
    unsure = past.record(key="summary.first_action", low=None)
    assert "(without an interval)" in say_totals([tea, build_line(past, "Soy", 1.0, unsure)])[0]
