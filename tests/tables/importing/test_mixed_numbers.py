"""Numbers with mixed marks and errors of formulas: asked about in a draft, and refused once the question is deleted."""

from __future__ import annotations

import pytest

from cvlab.errors import DataError
from cvlab.tables.importing import draft_files, import_tables, parse_map
from cvlab.tables.importing.drafting import without_questions

MIXED = "customer_id;start_date;umsatz\n1;2026-01-31;1.234,50\n2;2026-02-01;1,234.50\n3;2026-02-01;5\n"
FAILED = "customer_id,start_date,spend\n1,2026-01-31,12\n2,2026-02-01,#DIV/0!\n3,2026-02-01,#N/A\n4,2026-02-01,4\n"
PLAIN_MAP = """format: 1
sources: {{a: {{delimiter: "{delimiter}"}}}}
tables: {{customers: {{columns: {{customer_id: customer_id, start_date: start_date, {name}: {column}}}}}}}
"""


def refusal(tmp_path, text, mapping=None):
    path = tmp_path / "a.csv"
    path.write_text(text)
    plan = without_questions(draft_files(path).mapping) if mapping is None else parse_map(mapping)
    with pytest.raises(DataError) as caught:
        import_tables(path, into=tmp_path / "line", mapping=plan)
    assert not (tmp_path / "line").exists()
    (problem,) = caught.value.problems
    return problem


def test_mixed_marks_are_refused_when_the_question_is_deleted(tmp_path):
    problem = refusal(tmp_path, MIXED)
    assert (problem.table, problem.column, problem.rows) == ("a.csv", "umsatz", (2, 3))
    assert "must be a number with '.' as its decimal mark (found '1.234,50', '1,234.50')" in problem.rule
    assert "`missing:`" in problem.remedy


def test_mixed_marks_are_refused_with_a_mapping_made_before_they_were_there(tmp_path):
    mapping = PLAIN_MAP.format(delimiter=";", name="umsatz", column='{from: umsatz, decimal: ",", thousands: "."}')
    problem = refusal(tmp_path, MIXED, mapping)
    assert problem.rows == (3,)
    assert "must be numbers with the same marks in the whole column (found '1,234.50')" in problem.rule
    assert problem.remedy == "correct them in the export, or say `type: text` if these are codes"


@pytest.mark.parametrize("mapping", [None, PLAIN_MAP.format(delimiter=",", name="spend", column="spend")])
def test_errors_of_formulas_are_refused(tmp_path, mapping):
    problem = refusal(tmp_path, FAILED, mapping)
    assert (problem.table, problem.column, problem.rows) == ("a.csv", "spend", (3, 4))
    assert "(found '#DIV/0!', '#N/A')" in problem.rule
    assert "correct it" in problem.remedy
    assert "`missing:`" in problem.remedy


def test_a_draft_asks_what_errors_of_formulas_mean(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(FAILED)
    draft = draft_files(path)
    assert draft.questions == [
        "source a: column 'spend' holds errors of formulas (#DIV/0!, #N/A): correct them in the export, or list them "
        "under `missing:`"
    ]
    assert draft.mapping.tables["customers"].columns["spend"].type == "number"


def test_errors_listed_as_missing_are_missing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(FAILED)
    column = '{from: spend, missing: ["#DIV/0!", "#N/A"]}'
    mapping = parse_map(PLAIN_MAP.format(delimiter=",", name="spend", column=column))
    import_tables(path, into=tmp_path / "line", mapping=mapping)
    assert (tmp_path / "line" / "customers.csv").read_text().splitlines()[2:4] == ["2,2026-02-01,", "3,2026-02-01,"]
