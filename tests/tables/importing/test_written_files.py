"""Work done by hand on imported tables: named, and overwritten only if a person wants it."""

import json

import pytest

from cvlab.errors import DataError
from cvlab.tables.importing import ColumnMap, ImportMap, Source, TableMap, import_tables
from cvlab.tables.importing.written_files import RECORD

MAPPING = ImportMap(
    sources={"crm": Source()},
    tables={
        "customers": TableMap(columns={"customer_id": ColumnMap(origin="Id"), "start_date": ColumnMap(origin="From")})
    },
)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text("Id,From\nC1,2024-01-01\nC2,2024-02-01\nC3,2024-03-01\n")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "line"


def state_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_table_changed_by_hand_is_named_and_left_alone(export, folder):
    import_tables(export, into=folder, mapping=MAPPING)
    table = folder / "customers.csv"
    table.write_text(table.read_text().replace("2024-02-01", "2023-12-24"))
    before = state_of(folder)
    with pytest.raises(DataError) as caught:
        import_tables(export, into=folder, mapping=MAPPING)
    (problem,) = caught.value.problems
    assert (problem.table, problem.rows) == ("customers", (3,))
    assert "changed by hand since the last import" in problem.rule
    assert "--overwrite" in problem.remedy
    assert state_of(folder) == before


def test_whoever_wants_it_overwrites_what_was_done_by_hand(export, folder):
    import_tables(export, into=folder, mapping=MAPPING)
    before = state_of(folder)
    table = folder / "customers.csv"
    table.write_text(table.read_text() + "C9,2020-01-01\n")
    report = import_tables(export, into=folder, mapping=MAPPING, overwrite=True)
    assert report.written == ("customers.csv",)
    assert "customers: what was done by hand was overwritten" in report.notes
    assert state_of(folder) == before


def test_the_next_quarter_needs_no_word_where_nothing_was_changed_by_hand(export, folder):
    import_tables(export, into=folder, mapping=MAPPING)
    export.write_text(export.read_text() + "C4,2024-04-01\n")
    report = import_tables(export, into=folder, mapping=MAPPING)
    assert (report.rows_before, report.rows) == ({"customers": 3}, {"customers": 4})
    # With the new rows, the difference is not what was done by hand alone, and no row is named.
    table = folder / "customers.csv"
    table.write_text(table.read_text().replace("C1", "C0"))
    export.write_text(export.read_text() + "C5,2024-05-01\n")
    with pytest.raises(DataError) as caught:
        import_tables(export, into=folder, mapping=MAPPING)
    assert caught.value.problems[0].rows == ()


@pytest.mark.parametrize("header", ["customer_id,start_date\n", "", "\n"])
def test_the_empty_tables_of_a_new_line_have_nothing_to_lose(export, folder, header):
    folder.mkdir()
    (folder / "customers.csv").write_text(header)
    assert import_tables(export, into=folder, mapping=MAPPING).rows == {"customers": 3}


def test_a_table_that_no_import_wrote_is_not_taken_for_one(export, folder):
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id,start_date\nC7,2019-05-31\n")
    with pytest.raises(DataError, match="no import wrote it: what is in it would be lost"):
        import_tables(export, into=folder, mapping=MAPPING)


def test_a_hand_that_did_the_same_as_the_export_is_no_quarrel(export, folder):
    import_tables(export, into=folder, mapping=MAPPING)
    table = folder / "customers.csv"
    table.write_text(table.read_text() + "C4,2024-04-01\n")
    export.write_text(export.read_text() + "C4,2024-04-01\n")
    assert import_tables(export, into=folder, mapping=MAPPING).unchanged == ("customers.csv", "product_line.yaml")


@pytest.mark.parametrize("broken", ["", "[]", '{"customers.csv": 7}', "{"])
def test_a_broken_record_is_none(export, folder, broken):
    import_tables(export, into=folder, mapping=MAPPING)
    (folder / RECORD).write_text(broken)
    export.write_text(export.read_text() + "C4,2024-04-01\n")
    with pytest.raises(DataError, match="no import wrote it"):
        import_tables(export, into=folder, mapping=MAPPING)
    import_tables(export, into=folder, mapping=MAPPING, overwrite=True)
    assert list(json.loads((folder / RECORD).read_text())) == ["customers.csv"]


def test_a_second_mapping_keeps_what_the_first_wrote(export, folder):
    import_tables(export, into=folder, mapping=MAPPING)
    other = ImportMap(
        sources={"list": Source()},
        tables={"rungs": TableMap(columns={name: ColumnMap(origin=name) for name in ("rung", "price", "unit_cost")})},
    )
    prices = export.with_name("prices.csv")
    prices.write_text("rung,price,unit_cost\na,1,1\n")
    import_tables(prices, into=folder, mapping=other)
    assert list(json.loads((folder / RECORD).read_text())) == ["customers.csv", "rungs.csv"]
