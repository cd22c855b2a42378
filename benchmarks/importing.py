"""Importing a large export, beside pandas reading the same file as text and writing it again.

The work is more than pandas': every cell is looked at, numbers and answers are told apart, and labels become codes.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import Comparison
from cvlab.tables.importing import ColumnMap, ImportMap, Source, TableMap, apply_mapping, import_tables, read_export
from cvlab.tables.importing.csv_text import write_csv_text

ROWS, COLUMNS = 100_000, 200
ANSWERS = ("Very likely", "Likely", "Neither", "Unlikely")


def list_comparisons() -> list[Comparison]:
    """List an import of a hundred thousand answers to two hundred questions."""
    return [
        Comparison(
            name=f"import of {ROWS:,} rows × {COLUMNS} columns against `pandas.read_csv` and `to_csv`",
            ours=import_answers,
            peer=copy_with_pandas,
            compare=same_table,
            target=0.5,
            repeats=2,
        ),
        Comparison(
            name=f"import and check of {ROWS:,} rows × {COLUMNS} columns against `pandas.read_csv` and `to_csv`",
            ours=import_and_check_answers,
            peer=copy_with_pandas,
            compare=same_table,
            target=0.75,
            repeats=2,
        ),
    ]


@lru_cache(maxsize=1)
def write_answers() -> Path:
    """Write the export once: scales, yes and no, money and answers in words."""
    generator = np.random.default_rng(7)
    columns: dict[str, Any] = {"Id": [f"R{number:06d}" for number in range(ROWS)]}
    for number in range(1, COLUMNS):
        kind = number % 5
        if kind < 2:
            columns[f"Q{number}"] = generator.integers(1, 8, ROWS)
        elif kind == 2:
            columns[f"Q{number}"] = generator.choice(["Yes", "No"], ROWS)
        elif kind == 3:
            columns[f"Q{number}"] = generator.normal(50, 10, ROWS).round(2)
        else:
            columns[f"Q{number}"] = generator.choice(ANSWERS, ROWS)
    path = Path(tempfile.mkdtemp(prefix="cvlab-bench-")) / "answers.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def import_and_check_answers() -> bytes:
    """Import the export into a folder as `cvlab import` does, and check what is there then."""
    columns = {f"Q{number}": ColumnMap(origin=f"Q{number}") for number in range(1, COLUMNS)}
    told = {"customer_id": ColumnMap(origin="Id"), "start_date": ColumnMap(value="2025-01-01")}
    mapping = ImportMap(sources={"answers": Source()}, tables={"customers": TableMap(columns=told | columns)})
    with tempfile.TemporaryDirectory(prefix="cvlab-bench-") as folder:
        report = import_tables(write_answers(), into=folder, mapping=mapping)
        if any(problem.severity == "error" for problem in report.problems):
            raise ArithmeticError("the import of the benchmark has problems")
        data = (Path(folder) / "customers.csv").read_bytes()
    # The column that pandas does not have to write.
    return data.replace(b",2025-01-01,", b",").replace(b",start_date,", b",", 1)


def import_answers() -> bytes:
    """Import the export as customers with one characteristic per question."""
    columns = {f"Q{number}": ColumnMap(origin=f"Q{number}") for number in range(1, COLUMNS)}
    table = TableMap(columns={"customer_id": ColumnMap(origin="Id"), **columns})
    mapping = ImportMap(sources={"answers": Source()}, tables={"customers": table})
    export = read_export(write_answers(), Source())
    return write_csv_text(apply_mapping(export, mapping).tables["customers"])


def copy_with_pandas() -> bytes:
    """Read the file as pandas does by default, and write it again."""
    return pd.read_csv(write_answers()).to_csv(index=False).encode()


def same_table(ours: bytes, peer: bytes) -> None:
    """Raise unless both hold as many rows, and the same first and last ones but for how numbers are written."""
    mine, theirs = (data.decode().replace(".0,", ",").splitlines() for data in (ours, peer))
    if len(mine) != len(theirs) or mine[1].split(",")[1:] != theirs[1].split(",")[1:]:
        raise ArithmeticError("the two copies of the export differ")
