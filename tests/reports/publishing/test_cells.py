"""Cells: whatever a text holds, it is text; numbers keep what they are and are shown by their kind."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from cvlab.reports.publishing.cells import LONGEST_NAME, choose_format, clean_text, name_sheet, write_text, write_value
from cvlab.units import NumberFormat

EURO = NumberFormat(currency="EUR", locale="de")
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
DANGEROUS = st.builds(
    lambda blank, sign, rest: blank + sign + rest,
    st.text(" \t\n\u00a0\u200b\u3000", max_size=3),
    st.sampled_from("=+-@\t\r＝＋－＠﹦﹢"),
    ANY_TEXT,
)


@given(st.lists(DANGEROUS | ANY_TEXT, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_text_becomes_a_formula_nor_breaks_the_file(texts):
    book = Workbook()
    for row, text in enumerate(texts, start=1):
        write_text(book.active.cell(row, 1), text)
    stream = BytesIO()
    book.save(stream)
    read = load_workbook(stream).active
    for row, text in enumerate(texts, start=1):
        cell = read.cell(row, 1)
        assert cell.data_type == ("s" if clean_text(text) else "n"), "an empty text is an empty cell"
        assert (cell.value or "") == clean_text(text)


@given(DANGEROUS)
def test_what_looks_like_a_formula_carries_the_mark_of_a_text(text):
    cell = Workbook().active["A1"]
    write_text(cell, text)
    assert cell.data_type == "s"
    assert cell.quotePrefix


@given(st.lists(st.tuples(st.integers(0, 99), ANY_TEXT), max_size=30))
def test_sheets_have_legal_names_of_their_own(headings):
    taken = {"contents"}
    names = [name_sheet(chapter, heading, taken) for chapter, heading in headings]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= LONGEST_NAME
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.endswith("'")


def test_many_sheets_of_one_name_are_told_apart():
    taken = set()
    names = [name_sheet(6, "a heading that is far too long for a sheet", taken) for _ in range(120)]
    assert len(set(names)) == 120
    assert names[-1] == "06 a heading that is far… (120)"


def test_long_texts_are_cut_where_a_cell_is_full_also_in_the_middle_of_an_emoji():
    text = clean_text("🙂" * 20_000)
    assert len(text.encode("utf-16-le")) // 2 <= 32_767
    assert text.endswith("🙂…")


@pytest.mark.parametrize(
    ("value", "kind", "stored", "data_type"),
    [
        (1.5, "money", 1.5, "n"),
        (3, "text", 3, "n"),
        (True, "truth", True, "b"),
        (1, "truth", True, "b"),
        ("2026-01-31", "date", datetime(2026, 1, 31), "d"),
        ("1066-10-14", "date", "1066-10-14", "s"),
        ("soon", "date", "soon", "s"),
        ("2026-01-31", "text", "2026-01-31", "s"),
        ("=1", "money", "=1", "s"),
        (None, "money", None, "n"),
    ],
)
def test_values_are_stored_as_what_they_are(value, kind, stored, data_type):
    cell = Workbook().active["A1"]
    write_value(cell, value, kind)
    found = cell.value
    assert (datetime(found.year, found.month, found.day) if data_type == "d" else found) == stored
    assert cell.data_type == data_type


@pytest.mark.parametrize(
    ("values", "kind", "number_format", "shown"),
    [
        ([1500, 20_000, None], "money", EURO, '#,##0" "[$€]'),
        ([0.01, -0.02], "money", EURO, '#,##0.0000" "[$€]'),
        ([5], "money", NumberFormat(currency="USD", locale="en"), "[$$]#,##0.00"),
        ([5], "money", NumberFormat(currency="CHF", locale="de_CH"), '[$CHF]" "#,##0.00'),
        ([0.0005], "share", EURO, "0.00%"),
        ([12.5], "days", EURO, "#,##0.0"),
        ([0.05], "ratio", EURO, "#,##0.0000"),
        ([100.4], "number", EURO, "#,##0"),
        ([True], "number", EURO, "#,##0"),
        ([], "money", EURO, '#,##0" "[$€]'),
        (["x"], "text", EURO, "General"),
    ],
)
def test_numbers_are_shown_by_their_kind(values, kind, number_format, shown):
    assert choose_format(values, kind, number_format) == shown
