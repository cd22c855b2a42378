"""The workbook as Excel would find it: unpacked, read back, and the same on every writing."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import datetime

import pytest
from openpyxl import load_workbook

from cvlab.reports.publishing.brand import PageBrand, measure_contrast
from cvlab.reports.publishing.workbook import write_workbook

SHEET = "06 Who what's best"


@pytest.fixture(scope="module")
def path(told, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "tables.xlsx"
    write_workbook(path, told.manifest, told.runs, told.brand)
    return path


@pytest.fixture(scope="module")
def book(path):
    return load_workbook(path)


def texts_of(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def test_the_contents_stand_first_and_link_to_every_sheet(book):
    assert book.sheetnames == ["Contents", "Headlines", SHEET, "12 What to do"]
    contents = book["Contents"]
    targets = {cell.hyperlink.location for row in contents.iter_rows() for cell in row if cell.hyperlink}
    assert targets == {"'Headlines'!A1", "'06 Who what''s best'!A1", "'12 What to do'!A1"}
    texts = texts_of(contents)
    assert {"Café & Söhne <b>", "2026-Q1", "amber", "quick look", "20260401T080000Z", "2.000"} <= set(texts)
    assert "The best price is €1,234 (€1,234 to €1,236)." in texts


def test_what_stayed_open_is_told_with_its_reason(book):
    texts = texts_of(book["Contents"])
    assert "It met an error that it does not expect." in texts
    assert "=Do they get it?" in texts


def test_numbers_are_numbers_shown_by_kind_in_the_lines_currency(book):
    row = book[SHEET][5][:7]
    assert [cell.value for cell in row][1:] == [1234.5, 0.125, 300, datetime(2026, 1, 31), True, 1.5]
    formats = ['#,##0.00" "[$€]', "0.0%", "#,##0", "yyyy-mm-dd", "General", "#,##0.0"]
    assert [cell.number_format for cell in row][1:] == formats
    assert [cell.value for cell in book[SHEET][4][:7]] == [
        "group", "best price (EUR)", "share", "n", "since", "sure", "wait (days)"
    ]  # fmt: skip
    assert book[SHEET]["E6"].value == "1066-10-14"
    assert book[SHEET]["C6"].value is None


def test_texts_from_the_data_are_texts(book):
    for place, text in (("A5", '=HYPERLINK("http://example.org")'), ("A6", "＠SUM(1)")):
        cell = book[SHEET][place]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert book[SHEET]["A7"].value == "\u05e9\u05dc\u05d5\u05dd 🙂 <b>"
    assert not book[SHEET]["A7"].quotePrefix


def test_no_formula_macro_or_address_is_in_the_file(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not [name for name in parts if "externalLink" in name or "vba" in name]
    for name, part in parts.items():
        assert "<f>" not in part, name
        assert 'TargetMode="External"' not in part, name


def test_sentence_stands_above_and_caveats_below(book):
    sheet = book[SHEET]
    assert sheet["A1"].value == "Prices: Who: what's [best]?"
    assert sheet["A2"].value == "The best price is €1,234 (€1,234 to €1,236)."
    assert [sheet.cell(row, 1).value for row in (9, 10)] == ["+1 is no formula.", "Prices are net."]
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == "A4:G7"
    assert sheet.row_dimensions[2].height >= 15


def test_headlines_come_with_their_intervals(book, told):
    sheet = book["Headlines"]
    head, *rows = sheet.iter_rows(values_only=True)
    assert head[:9] == ("key", "label", "value", "low", "high", "level", "n", "unit", "text")
    assert [row[0] for row in rows] == [record["key"] for record in told.manifest["headlines"]]
    found = dict(zip(head, rows[2], strict=True))
    assert (found["value"], found["low"], found["high"], found["n"], found["unit"]) == (
        1234.5,
        1233.5,
        1235.5,
        300,
        "EUR",
    )
    assert sheet["C4"].number_format == '#,##0" "[$€]'
    assert sheet["C3"].number_format == "0.0%"


def test_a_head_can_be_read_on_the_colour_of_the_brand(book, told):
    head = book[SHEET]["A4"]
    colours = [f"#{colour.rgb[-6:].lower()}" for colour in (head.fill.fgColor, head.font.color)]
    assert colours[0] == told.brand.primary
    assert measure_contrast(*colours) >= 4.5


def test_the_same_report_gives_the_same_bytes(path, told, tmp_path):
    time.sleep(2.1)  # an archive counts in steps of two seconds
    again = tmp_path / "again.xlsx"
    write_workbook(again, told.manifest, told.runs, told.brand)
    assert again.read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        core = archive.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 4, 1, 8, 0, 0)}
    assert re.findall(r"2\d{3}-\d\d-\d\dT[\d:]+Z", core) == ["2026-04-01T08:00:00Z"] * 2
    assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy)[^>]*>([^<]*)<", core) == ["cvlab", "cvlab"]


def test_a_table_that_was_cut_says_so(told, tmp_path):
    run = told.runs[1]
    table = run.tables[0] | {"n_rows": 12_345}
    cut = type(run)(chapter=run.chapter, status="done", tables=(table,))
    write_workbook(tmp_path / "cut.xlsx", told.manifest, [cut], told.brand)
    sheet = load_workbook(tmp_path / "cut.xlsx")[SHEET]
    assert sheet["A9"].value == "These are the first 3 of 12.345 rows. The rest is in the table of the analysis."


def test_a_report_without_tables_is_a_workbook_all_the_same(told, tmp_path):
    manifest = told.manifest | {"headlines": [], "light": None}
    write_workbook(tmp_path / "empty.xlsx", manifest, told.runs[2:3], PageBrand())
    book = load_workbook(tmp_path / "empty.xlsx")
    assert book.sheetnames == ["Contents", "Headlines"]
    assert "not known: chapter 1 did not run" in texts_of(book["Contents"])
