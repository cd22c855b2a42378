"""The slides: unpacked and measured, since nothing but PowerPoint shows them as PowerPoint does."""

from __future__ import annotations

import time
import zipfile
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx import Presentation

from cvlab.reports.publishing.brand import PageBrand
from cvlab.reports.publishing.slide_shapes import Grid, count_rows
from cvlab.reports.publishing.slide_text import LINE, fit_text, measure_text, wrap_text
from cvlab.reports.publishing.slides import find_picture, find_top, write_slides

EMU, POINTS = 914_400, 12_700


@pytest.fixture(scope="module")
def path(told, tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "slides.pptx"
    write_slides(path, told.manifest, told.runs, told.brand)
    return path


@pytest.fixture(scope="module")
def slides(path):
    return list(Presentation(path).slides)


def texts_of(slide):
    frames = [shape.text_frame for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    frames += [cell.text_frame for table in tables for row in table.rows for cell in row.cells]
    return [frame.text for frame in frames if frame.text]


def check_geometry(presentation):
    """Nothing leaves its slide, nothing lies on something else, no text runs out of its box."""
    for number, slide in enumerate(presentation.slides, start=1):
        shapes = list(slide.shapes)
        for shape in shapes:
            assert shape.left >= 0, (number, shape.name)
            assert shape.top >= 0, (number, shape.name)
            assert shape.left + shape.width <= presentation.slide_width + 9, (number, shape.name)
            assert shape.top + shape.height <= presentation.slide_height + 9, (number, shape.name)
        for one, other in combinations(shapes, 2):
            across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
            down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
            assert across <= 9 or down <= 9, (number, one.name, other.name)
        for shape in shapes:
            if shape.has_text_frame and shape.text_frame.text:
                check_fits(shape.text_frame, shape.width, shape.height)
            if shape.has_table:
                table = shape.table
                assert sum(row.height for row in table.rows) <= shape.height + 9
                for row in table.rows:
                    for cell, column in zip(row.cells, table.columns, strict=True):
                        check_fits(cell, column.width, row.height, cell.text_frame)


def check_fits(box, width, height, frame=None):
    frame = frame or box
    inside = (width - box.margin_left - box.margin_right) / POINTS
    used = 0.0
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            size = run.font.size.pt
            used += size * LINE * len(wrap_text(run.text, width=inside + 0.01, size=size, bold=bool(run.font.bold)))
    assert used <= (height - box.margin_top - box.margin_bottom) / POINTS + 1, frame.text


def test_title_summary_a_slide_per_chapter_and_what_stayed_open(slides):
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert titles == [
        "Café & Söhne <b>",
        "Three actions are worth trying.",
        "The data light is amber.",
        "The best price is €1,234 (€1,234 to €1,236).",
        "What this report does not answer, and why",
    ]
    assert "Data light: amber" in texts_of(slides[0])
    assert "2026-Q1 · 2.000 customers · quick look · made on 1 April 2026" in texts_of(slides[0])


def test_the_actions_stand_in_a_table_with_their_money(slides):
    texts = texts_of(slides[1])
    assert {"do", "likely (EUR)", "100.000\u00a0€"} <= set(texts)
    assert not {"group", "all", "test"} & set(texts), "what is not wanted, or empty, leaves room for the rest"


def test_a_chapter_says_its_sentence_its_decision_and_its_caveats(slides):
    texts = texts_of(slides[3])
    assert {"6 · Prices", "What will they pay?", "To decide", "Set the price."} <= set(texts)
    assert "• +1 is no formula.\n• Prices are net." in texts
    assert "A & B, for us only" in texts


def test_the_picture_of_the_sentence_is_shown_and_described(slides, told):
    pictures = [shape for shape in slides[3].shapes if shape.shape_type == 13]
    described = {shape._element.nvPicPr.cNvPr.get("descr"): shape.image.blob for shape in pictures}
    assert described == {'Figure 1: Best "price" <now>.': told.runs[1].pictures[1].png, "Logo": told.brand.logo}
    (shown,) = [shape for shape in pictures if shape.image.blob != told.brand.logo]
    assert shown.width / shown.height == pytest.approx(320 / 200, rel=1e-3)


def test_open_questions_are_listed_with_their_reasons_cut_to_fit(slides):
    texts = texts_of(slides[4])
    assert "=Do they get it?" in texts
    assert "It met an error that it does not expect." in texts
    assert any(text.startswith("It needs the table rungs.") and text.endswith("…") for text in texts)


def test_nothing_leaves_its_slide_overlaps_or_runs_over(path):
    check_geometry(Presentation(path))


@given(text=st.text(st.characters(codec=None), max_size=3000), word=st.text("Wm界🙂\u05e9i ", max_size=400))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_texts_the_slides_hold(told, tmp_path, text, word):
    loud = told.manifest["headlines"][2] | {"text": text or "x"}
    run = replace(told.runs[1], headlines=(loud,), notes=(text, word))
    table = run.tables[0] | {
        "data": [[word, 1e17, 0.5, 3, text[:40], True, -1e-9]] * 9,
        "rows": "action",
        "notes": [text],
    }
    manifest = told.manifest | {"line": told.manifest["line"] | {"name": word or "x", "period": text[:50]}}
    runs = [replace(run, tables=(table,)), replace(told.runs[4], tables=(table,), notes=(text, word)),
            *[replace(told.runs[2], reason=text * 3)] * 9]  # fmt: skip
    path = tmp_path / "loud.pptx"
    write_slides(path, manifest, runs, replace(told.brand, footer=word))
    check_geometry(Presentation(path))


@given(
    text=st.text(max_size=500),
    width=st.floats(30, 900),
    height=st.floats(15, 400),
    bold=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_fitted_text_fits(text, width, height, bold):
    fitted = fit_text(text, width=width, height=height, sizes=(24, 18, 12), bold=bold)
    lines = wrap_text(fitted.text, width=width, size=fitted.size, bold=bold)
    assert len(lines) * fitted.size * LINE <= max(height, fitted.size * LINE) + 1e-6
    assert all(measure_text(line, size=fitted.size, bold=bold) <= width for line in lines if len(line) > 1)


def test_a_number_and_its_unit_are_not_parted():
    assert wrap_text("from 100\u00a0€ on", width=measure_text("from 100", size=10) + 1, size=10) == [
        "from", "100\u00a0€ on"
    ]  # fmt: skip


def test_a_row_that_is_too_high_leaves_the_others_their_place():
    grid = Grid(head=("why",), rows=(("long " * 999,), ("short",)), widths=(3.0,), is_number=(False,))
    assert count_rows(grid, 3.0, size=12) == 2
    assert count_rows(grid, 0.2, size=12) == 0


def test_the_same_report_gives_the_same_bytes_and_no_name_of_a_maker(path, told, tmp_path):
    time.sleep(2.1)  # an archive counts in steps of two seconds
    write_slides(tmp_path / "again.pptx", told.manifest, told.runs, told.brand)
    assert (tmp_path / "again.pptx").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        core = archive.read("docProps/core.xml").decode()
    assert not [name for name in names if "printer" in name.lower()]
    assert core.count("cvlab") == 2
    assert core.count("2026-04-01T08:00:00Z") == 2


def test_a_drawn_logo_and_a_chapter_without_numbers_or_pictures_are_no_obstacle(told, tmp_path):
    silent = replace(told.runs[1], headlines=(), tables=(), pictures=(), notes=())
    summary = replace(told.runs[4], headlines=(), tables=())
    brand = PageBrand(logo=b"<svg/>", logo_mime="image/svg+xml")
    path = tmp_path / "silent.pptx"
    write_slides(path, told.manifest | {"light": None, "headlines": []}, [silent, summary], brand)
    slides = list(Presentation(path).slides)
    assert slides[2].shapes.title.text_frame.text == "The chapter ran, but gave no number."
    assert "Data light: not known, chapter 1 did not run" in texts_of(slides[0])
    check_geometry(Presentation(path))


def test_the_sentence_of_a_chapter_is_that_of_the_headline_that_decides(told):
    run = told.runs[1]
    others = [record for record in run.headlines if record["key"] != "price.best" and record["value"] is not None]
    chapter = replace(run.chapter, deciding=("not.there", others[0]["key"]))
    assert find_top(replace(run, chapter=chapter))["key"] == others[0]["key"]
    assert find_top(replace(run, chapter=replace(run.chapter, deciding=("not.there",))))["key"] == "price.best"


def test_the_slide_of_the_summary_says_what_to_do_first(told, tmp_path):
    action = told.runs[4].headlines[0] | {"key": "summary.first_action", "value": 1.0, "text": "Do first: wait."}
    summary = replace(told.runs[4], headlines=(*told.runs[4].headlines, action))
    path = tmp_path / "first.pptx"
    write_slides(path, told.manifest, [summary], told.brand)
    assert list(Presentation(path).slides)[1].shapes.title.text_frame.text == "Do first: wait."


def test_the_sentence_of_a_chapter_is_its_sharpest_answer_in_money(told):
    run = told.runs[1]
    assert find_top(run)["key"] == "price.best"
    assert find_top(told.runs[0])["key"] == "trust.usable_share"
    assert find_top(told.runs[2]) is None
    assert find_picture(run, find_top(run)).number == 2
    assert find_picture(run, None).number == 1
    assert find_picture(told.runs[0], None) is None
