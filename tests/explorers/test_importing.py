"""The explorer of an import answers as direct calls do, and saves what it shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cvlab.errors import DataError
from cvlab.explorers.importing import NOTHING, explore_import
from cvlab.tables.importing import ColumnMap, apply_mapping, detect_source, draft_files, read_export, read_map
from cvlab.tables.importing.drafting import without_questions
from tests.tables.importing.survey_exports import answer, qualtrics_columns, write_qualtrics

ROWS = "".join(f"C{n};0{1 + n % 9}/02/2026;{n},5;<b>{n % 2}</b>\n" for n in range(12))


@pytest.fixture
def customers(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Customer no;Customer since;Amount;Kind\n" + ROWS, encoding="utf-8")
    return path


def test_matching_a_column_makes_what_a_direct_call_makes(customers):
    explorer = explore_import(customers)
    before = explorer.after.value
    explorer.field_choice.value = "end_reason"
    assert explorer.column_choice.value == NOTHING
    explorer.column_choice.value = "Kind"
    table = draft_files(customers).mapping.tables["customers"]
    direct = replace(
        without_questions(explorer.draft.mapping),
        tables={"customers": replace(table, columns={**table.columns, "end_reason": ColumnMap(origin="Kind")})},
    )
    made = apply_mapping(read_export(customers, direct.sources["sales"]), direct).tables["customers"]
    assert explorer.mapping.tables == direct.tables
    assert explorer.after.value != before
    assert explorer.after.value.count("<tr>") == 11
    for date in made["start_date"].head(10):
        assert f"<td>{date:%Y-%m-%d}</td>" in explorer.after.value
    assert "<th>end_reason</th>" in explorer.after.value
    assert "<b>0" not in explorer.after.value
    assert "&lt;b&gt;0&lt;/b&gt;" in explorer.before.value


def test_what_is_taken_away_leaves_the_table_and_is_said_to_be_needed(customers):
    explorer = explore_import(customers)
    explorer.field_choice.value = "start_date"
    explorer.column_choice.value = NOTHING
    assert "start_date" not in explorer.mapping.tables["customers"].columns
    assert "start_date must be there: choose the column it is made from." in explorer.sentence.value
    assert "<th>start_date</th>" not in explorer.after.value


def test_an_order_of_dates_is_asked_about_chosen_and_answered(customers):
    explorer = explore_import(customers)
    assert "does the day or the month stand first" in explorer.sentence.value
    assert "<td>2026-02-01</td>" in explorer.after.value
    explorer.dates_choice.value = "month-first"
    assert explorer.mapping.sources["sales"].dates == "month-first"
    assert "<td>2026-01-02</td>" in explorer.after.value
    assert not explorer.answered.disabled
    explorer.answered.click()
    assert explorer.mapping.sources["sales"].ask == ()
    assert explorer.answered.disabled
    assert "must be answered" not in explorer.sentence.value


def test_a_column_that_does_not_fit_says_so(customers):
    explorer = explore_import(customers)
    explorer.field_choice.value = "start_date"
    explorer.column_choice.value = "Kind"
    assert "must be a date" in explorer.sentence.value


def test_the_draft_says_what_it_thinks_of_the_chosen_column(customers):
    explorer = explore_import(customers)
    assert "Proposed for Customer no: customers.customer_id, 90.0% sure; " in explorer.sentence.value
    explorer.field_choice.value = "amount"
    assert "60.0% sure, so look at it" in explorer.sentence.value


def test_saving_writes_the_mapping_that_is_shown_and_keeps_another(customers, tmp_path):
    explorer = explore_import(customers, into=tmp_path / "line")
    explorer.save.click()
    saved = tmp_path / "line" / "map.yaml"
    assert read_map(saved) == explorer.mapping
    assert f"The mapping is in {saved}." in explorer.sentence.value
    first = saved.read_bytes()
    explorer.decimal_choice.value = "."
    explorer.save.click()
    assert "Not saved: " in explorer.sentence.value
    assert saved.read_bytes() == first
    explorer.overwrite.value = True
    explorer.save.click()
    assert read_map(saved).sources["sales"].decimal == "."


def test_every_table_of_a_survey_can_be_chosen(tmp_path):
    path = write_qualtrics(tmp_path / "answers.csv", qualtrics_columns(answer()))
    explorer = explore_import(path)
    for table in explorer.table_choice.options:
        explorer.table_choice.value = table
        assert explorer.field_choice.value == "respondent_id"
        assert explorer.column_choice.value == "ResponseId"
        assert 2 <= explorer.after.value.count("<tr>") <= 11
        assert "would_buy" not in explorer.field_choice.options
    assert explorer.mapping == explorer.draft.mapping


def test_at_most_four_controls_are_visible(customers):
    explorer = explore_import(customers, projector=True)
    column = explorer.children[1].children[0]
    visible = [child for child in column.children if type(child).__name__ != "Accordion"]
    assert visible == [explorer.table_choice, explorer.field_choice, explorer.column_choice, explorer.save]
    assert [child.titles for child in column.children if child not in visible] == [("More",)]
    assert "cvlab-projector" in explorer._dom_classes


def test_errors_are_those_of_the_draft(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("a,b\n")
    assert detect_source(path).delimiter == ","
    with pytest.raises(DataError, match="no rows below its header"):
        explore_import(path)
