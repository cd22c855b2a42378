"""The workbook that sales keeps of lab-analysers: customers, contracts, and a price list below a merged title.

The same workbook has the same bytes: a workbook carries the time at which it was saved, which is fixed here.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pandas as pd

from cvlab.tables.importing import ColumnMap, ImportMap, Source, TableMap
from cvlab.tables.synthetic.line import SampleLine

FILE = "sales_workbook.xlsx"
TITLE = "Service contracts: price list from January 2026, EUR per month"
_SAVED = datetime(2026, 6, 30, 12)
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")
_TITLE_ROWS = 2  # the title and the empty row below it
_RENEWED = {"yes": "renewed", "no": "cancelled"}
# Sheet -> table, and header of the sheet -> column of the table.
_SHEETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Customers": (
        "customers",
        {
            "Customer no": "customer_id",
            "Customer since": "start_date",
            "Left on": "end_date",
            "Why they left": "end_reason",
            "Sold by": "acquisition_channel",
            "Account": "account_id",
            "Region": "region",
            "Type of site": "site_type",
            "Samples per day": "samples_per_day",
        },
    ),
    "Contracts": (
        "contracts",
        {
            "Customer no": "customer_id",
            "Contract": "rung",
            "From": "start",
            "To": "end",
            "At the end": "renewed",
            "EUR per month": "price_per_month",
            "Cost per month": "cost_to_serve_per_month",
        },
    ),
    "Price list": ("rungs", {"Contract": "rung", "Price": "price", "Our cost": "unit_cost"}),
    "Contents": (
        "rung_features",
        {"Contract": "rung", "Service": "feature", "How much": "level", "Our cost": "cost"},
    ),
}


def write_export(line: SampleLine, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet, (table, columns) in _SHEETS.items():
        page = book.create_sheet(sheet)
        if table == "rungs":
            page.append([TITLE])
            page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
            page.append([])
        page.append(list(columns))
        for row in _write_rows(tables[table], list(columns.values())):
            page.append(row)
    notes = book.create_sheet("Notes")
    notes.append(["Kept by the sales office. Contracts are for twelve months; a change of contract starts a new row."])
    return _fix_time(book)


def map_export(line: SampleLine) -> ImportMap:
    """Return the mapping that makes tables of the sheets."""
    sources, tables = {}, {}
    for sheet, (table, columns) in _SHEETS.items():
        skip = _TITLE_ROWS if table == "rungs" else 0
        sources[table] = Source(kind="xlsx", file=FILE, sheet=sheet, skip=skip)
        labels = {label: code for code, label in _RENEWED.items()}
        tables[table] = TableMap(
            source=table,
            columns={
                column: ColumnMap(origin=name, labels=labels if column == "renewed" else {})
                for name, column in columns.items()
            },
        )
    return ImportMap(sources=sources, tables=tables)


def _write_rows(table: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    """Return the rows of a table as a spreadsheet holds them: dates as dates, nothing where a cell is empty."""
    if "renewed" in table:
        table = table.assign(renewed=table["renewed"].map(_RENEWED))
    cells = [[None if pd.isna(cell) else cell for cell in table[column].tolist()] for column in columns]
    return [
        [cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row]
        for row in zip(*cells, strict=True)
    ]


def _fix_time(book: openpyxl.Workbook) -> bytes:
    """Save a workbook without the time of saving in it, or in the archive that it is."""
    saved, fixed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    moment = rb"\g<1>" + _SAVED.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + rb"\g<2>"
    with zipfile.ZipFile(saved) as made, zipfile.ZipFile(fixed, "w") as archive:
        for name in sorted(made.namelist()):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(moment, content)
            # Stored, not packed: what packing makes of the same bytes depends on the machine.
            archive.writestr(zipfile.ZipInfo(name, date_time=_SAVED.timetuple()[:6]), content)
    return fixed.getvalue()
