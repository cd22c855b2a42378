"""The raw exports of the sample lines are drafted as the mappings beside them have it, column by column."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from cvlab.tables.importing import ColumnMap, ImportMap, draft_files, import_tables, read_map
from cvlab.tables.importing.drafting import without_questions
from cvlab.tables.importing.parts import fill_braces

SAMPLES = Path(__file__).resolve().parents[3] / "data" / "sample"
EXPORTS = {
    "fitness-trackers": "qualtrics_export.csv",
    "lab-analysers": "sales_workbook.xlsx",
    "salon-software": "surveymonkey_export.csv",
}
# Some characteristics have names that no question says, and drafts keep the day on which somebody finished.
LEAST_RIGHT = 0.95


def targets(mapping: ImportMap) -> dict[tuple[str | None, str], set[tuple[str, str]]]:
    """What becomes of each column: (sheet, column) -> tables and their columns."""
    found: dict[tuple[str | None, str], set[tuple[str, str]]] = {}

    def add(source: str, table: str, columns: Mapping[str, ColumnMap], fills: list[dict[str, str]]) -> None:
        for (name, column), fill in itertools.product(columns.items(), fills):
            for origin in [column.origin] if column.origin else [case.origin for case in column.cases]:
                key = (mapping.sources[source].sheet, fill_braces(origin, fill))
                found.setdefault(key, set()).add((table if name != "respondent_id" else "", name))

    for table, whole in mapping.tables.items():
        for part in whole.parts:
            source = mapping.source_of(part)
            add(source, table, part.columns, [{}])
            for repeat in part.repeat:
                names = [[(name, code) for code in values.values()] for name, values in repeat.over.items()]
                add(source, table, repeat.columns, [dict(each) for each in itertools.product(*names)])
    return found


@pytest.mark.parametrize("line", EXPORTS)
def test_nearly_every_column_of_a_sample_is_proposed_rightly(line):
    saved = read_map(SAMPLES / line / "raw" / "map.yaml")
    drafted = draft_files(SAMPLES / line / "raw" / EXPORTS[line])
    wanted, proposed = targets(saved), targets(drafted.mapping)
    columns = [(source.sheet, column) for source in saved.sources.values() for column in source.columns]
    wrong = [column for column in columns if wanted.get(column, set()) != proposed.get(column, set())]
    assert 1 - len(wrong) / len(columns) >= LEAST_RIGHT, wrong


@pytest.mark.parametrize("line", EXPORTS)
def test_a_sample_is_imported_by_its_draft_with_as_many_rows(line, tmp_path):
    export = SAMPLES / line / "raw" / EXPORTS[line]
    saved = import_tables(
        export, into=tmp_path / "saved", mapping=read_map(SAMPLES / line / "raw" / "map.yaml"), check=False
    )
    drafted = without_questions(draft_files(export).mapping)
    made = import_tables(export, into=tmp_path / "drafted", mapping=drafted, check=False)
    assert made.rows == saved.rows
    assert made.unmapped == ()
