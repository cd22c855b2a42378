"""What is handed over after an import is what reading the files would give."""

import pandas as pd
import pytest

from cvlab.tables.importing.csv_text import write_csv_text
from cvlab.tables.importing.known_cells import know_cells
from cvlab.tables.reading import read_source
from cvlab.tables.schema import TABLES
from cvlab.tables.validation import check_table

DATES = pd.to_datetime(["2025-01-01", "2024-05-31 10:15:20.5", None, "2025-01-01"], format="ISO8601").astype(
    "datetime64[us]"
)
CUSTOMERS = {
    "customer_id": pd.Series(["1", "007", "1", None], dtype="str"),
    "start_date": DATES,
    "end_date": DATES[::-1],
    "region": pd.Series(["a, b", 'say "x"', "NA", None], dtype="str"),
    "line": pd.Series(["a\nb", "c\r\nd", "e", "f"], dtype="str"),
    "code": pd.Series(["01", "2", "3", "4"], dtype="str"),
    "size": [1.0, 2.0, None, 4.0],
    "money": [1.5, 0.1 + 0.2, 1e20, -3e-9],
    "whole": [1, 2, 3, 4],
    "new": pd.array([True, None, False, True], dtype="boolean"),
    "since": DATES,
    "nothing": [None, None, None, None],
    "same": [7, 7, 7, 7],
}
TRANSACTIONS = {
    "customer_id": pd.Series(["1", "2"], dtype="str"),
    "date": DATES[:2],
    "price_paid": [-1.0, 2.5],
    "quantity": [1.0, 0.0],
}


@pytest.mark.parametrize(("name", "columns"), [("customers", CUSTOMERS), ("transactions", TRANSACTIONS)])
def test_handing_over_is_reading(name, columns):
    table = pd.DataFrame(columns).astype({"nothing": "float64"} if "nothing" in columns else {})
    data = write_csv_text(table)
    known = know_cells(table, TABLES[name], data)
    read = check_table(read_source(data, table=name, ending=".csv").cells, TABLES[name])
    handed = check_table(known.cells, TABLES[name])
    assert handed.problems == read.problems
    assert read.problems
    assert handed.excluded.tolist() == read.excluded.tolist()
    pd.testing.assert_frame_equal(handed.frame, read.frame, check_dtype=False)


@pytest.mark.parametrize(
    "columns",
    [
        {"customer_id": ["1"]},
        {"customer_id": ["1"], " region": ["a"]},
        {"customer_id": ["1", ""], "region": ["a", None]},
        {"PAR1x": ["1"], "region": ["a"]},
        {"[x": ["1"], "region": ["a"]},
        {"customer_id": ["1"], "region": ["a\0b"]},
        {"customer_id": [], "region": []},
    ],
)
def test_files_out_of_the_ordinary_are_read(columns):
    table = pd.DataFrame(columns, dtype="str")
    assert know_cells(table, TABLES["customers"], write_csv_text(table)) is None
