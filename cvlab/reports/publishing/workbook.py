"""The workbook: every result table of a report as a sheet, for those who reckon on.

First what is in it, then all headlines in one table, then one sheet per table: whole, with its sentence above and its
caveats below. Tables of persons are not among them: `present` never hands them on.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.publishing.archives import read_start, write_archive
from cvlab.reports.publishing.cells import choose_format, clean_text, name_sheet, write_text, write_value
from cvlab.units import NumberFormat, label_unit, write_number

if TYPE_CHECKING:
    from cvlab.reports.publishing.brand import PageBrand

CONTENTS, HEADLINES = "Contents", "Headlines"
EFFORTS = {"quick": "quick look", "full": "full effort"}
LIGHT_FILLS = {"green": "C6E7D8", "amber": "FBE3B5", "red": "F6CDB9"}
_NARROWEST, _WIDEST = 9, 60
_WIDEST_FIXED = 40  # a wider first column would take the screen if it stayed in view
_HEAD_WIDTH = 110  # characters in a line of a sentence over a table
_LINE_HEIGHT = 15.0  # points
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_BESIDE = Alignment(wrap_text=True, vertical="top", indent=1)  # a text right after a number would touch it
_NUMBERS = ("value", "low", "high", "level", "n")
_TEXT_KINDS = ("text", "date", "truth")


def write_workbook(path: Path, manifest: Mapping[str, Any], runs: Sequence[ChapterRun], brand: PageBrand) -> None:
    """Write the workbook of one line's report.

    Parameters
    ----------
    path : the file; it is replaced where it exists.
    manifest : of the report, as `build_manifest` returns it.
    runs : its chapters; those that give no table are told of in the contents.
    brand : the line's colours and footer.
    """
    book = Workbook()
    line = manifest["line"]
    book.properties.creator = book.properties.lastModifiedBy = "cvlab"
    book.properties.title = clean_text(f"{line['name']} {line['period']}".strip())
    number_format = NumberFormat(currency=line["currency"], locale=line["number_format"])
    taken = {CONTENTS.casefold(), HEADLINES.casefold()}
    ordered = sorted(runs, key=lambda run: run.chapter.number)
    listed = [
        (name_sheet(run.chapter.number, table.get("heading") or table["title"], taken), run, table)
        for run in ordered
        for table in run.tables
    ]
    contents = book.active
    contents.title = CONTENTS
    _fill_contents(contents, manifest, ordered, listed, number_format, brand)
    _fill_headlines(book.create_sheet(HEADLINES), manifest["headlines"], number_format, brand)
    for name, run, table in listed:
        _fill_table(book.create_sheet(name), run, table, number_format, brand)
    stream = io.BytesIO()
    book.save(stream)
    write_archive(stream.getvalue(), path, read_start(manifest))


_Listed = Sequence[tuple[str, ChapterRun, Mapping[str, Any]]]


def _fill_contents(
    sheet: Worksheet,
    manifest: Mapping[str, Any],
    runs: Sequence[ChapterRun],
    listed: _Listed,
    number_format: NumberFormat,
    brand: PageBrand,
) -> None:
    line = manifest["line"]
    _set_widths(sheet, [34, 10, 46, 12, 90])
    write_text(sheet["A1"], line["name"])
    for place in range(1, 6):
        _colour(sheet.cell(1, place), brand)
    sheet["A1"].font = Font(bold=True, size=16, color=_rgb(brand.on_primary))
    sheet.row_dimensions[1].height = 27
    customers = write_number(line["customers"], "count", number_format=number_format)
    facts = {
        "Period": line["period"],
        "Run": manifest["run"],
        "Data light": manifest["light"] or "not known: chapter 1 did not run",
        "Effort": EFFORTS.get(manifest["effort"], manifest["effort"]),
        "Customers": customers,
        "Currency": line["currency"],
        "Made by": f"cvlab {manifest['cvlab']}",
    }
    row = 2
    for name, value in facts.items():
        if value:
            row += 1
            write_text(sheet.cell(row, 1), name)
            sheet.cell(row, 1).font = Font(bold=True)
            write_text(sheet.cell(row, 3), str(value))
            if fill := LIGHT_FILLS.get(value) if name == "Data light" else None:
                sheet.cell(row, 3).fill = PatternFill("solid", fgColor=fill)
    row = _list_sheets(sheet, row + 2, listed, brand)
    row = _list_unanswered(sheet, row + 1, runs, brand)
    if brand.footer:
        write_text(sheet.cell(row + 1, 1), brand.footer)
    sheet.sheet_view.showGridLines = False
    _set_print(sheet, brand)


def _list_sheets(sheet: Worksheet, row: int, listed: _Listed, brand: PageBrand) -> int:
    """List the sheets, each with a link; return the row after the last."""
    kinds = ["text", "count", "text", "count", "text"]
    _write_head(sheet, row, ["Sheet", "Chapter", "Table", "Rows", "What it says"], brand, kinds=kinds)
    row += 1
    _link(sheet.cell(row, 1), HEADLINES)
    write_text(sheet.cell(row, 3), "every number of the report with its interval")
    for row, (name, run, table) in enumerate(listed, start=row + 1):  # noqa: B020  goes on where it stands
        _link(sheet.cell(row, 1), name)
        sheet.cell(row, 2).value = run.chapter.number
        write_text(sheet.cell(row, 3), table["title"])
        sheet.cell(row, 4).value = len(table["data"])
        sheet.cell(row, 4).number_format = "#,##0"
        write_text(sheet.cell(row, 5), table["text"])
        for place in range(1, 6):
            sheet.cell(row, place).alignment = _BESIDE if place in (3, 5) else _TOP
    return row + 1


def _list_unanswered(sheet: Worksheet, row: int, runs: Sequence[ChapterRun], brand: PageBrand) -> int:
    unanswered = [run for run in runs if run.status != "done"]
    if not unanswered:
        return row
    kinds = ["text", "count", "text", "text", "text"]
    _write_head(sheet, row, ["Not answered", "Chapter", "Question", "", "Why"], brand, kinds=kinds)
    for row, run in enumerate(unanswered, start=row + 1):  # noqa: B020  goes on where it stands
        write_text(sheet.cell(row, 1), run.chapter.title)
        sheet.cell(row, 2).value = run.chapter.number
        write_text(sheet.cell(row, 3), run.chapter.question)
        write_text(sheet.cell(row, 5), run.reason)
        for place in range(1, 6):
            sheet.cell(row, place).alignment = _BESIDE if place in (3, 5) else _WRAPPED if place == 1 else _TOP
    return row + 1


def _fill_headlines(
    sheet: Worksheet, headlines: Sequence[Mapping[str, Any]], number_format: NumberFormat, brand: PageBrand
) -> None:
    names = ["key", "label", "value", "low", "high", "level", "n", "unit", "text", "chapter"]
    kinds = ["number" if name in (*_NUMBERS, "chapter") else "text" for name in names]
    _write_head(sheet, 1, names, brand, kinds=kinds)
    _set_widths(sheet, [44, 40, 14, 14, 14, 8, 10, 10, 90, 9])
    for row, record in enumerate(headlines, start=2):
        unit = record["unit"]
        shown = choose_format([record[name] for name in ("value", "low", "high")], unit, number_format)
        formats = {"value": shown, "low": shown, "high": shown, "level": "0.###%", "n": "#,##0"}
        for place, name in enumerate(names, start=1):
            cell = sheet.cell(row, place)
            value = number_format.currency if name == "unit" and unit == "money" else record[name]
            write_value(cell, value, kinds[place - 1])
            cell.number_format = formats.get(name, cell.number_format)
            cell.alignment = _BESIDE if name in ("label", "text", "unit") else _TOP
    sheet.freeze_panes = "C2"
    if headlines:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(headlines) + 1}"
    _set_print(sheet, brand)
    sheet.print_title_rows = "1:1"


def _fill_table(
    sheet: Worksheet, run: ChapterRun, table: Mapping[str, Any], number_format: NumberFormat, brand: PageBrand
) -> None:
    columns, data = table["columns"], table["data"]
    widths = [
        _measure_column(column, [row[place] for row in data], number_format) for place, column in enumerate(columns)
    ]
    _set_widths(sheet, widths)
    across = _count_across(widths)
    heading = f"{run.chapter.title}: {table.get('heading') or table['title']}"
    _write_across(sheet, 1, heading, across, Font(bold=True, size=13, color=_rgb(brand.primary_ink)))
    _write_across(sheet, 2, table["text"] or table["title"], across, Font())
    _link(sheet["A3"], CONTENTS, text="back to the contents")
    labels = [
        label_unit(column["name"].replace("_", " "), column["kind"], number_format=number_format) for column in columns
    ]
    _write_head(sheet, 4, labels, brand, kinds=[column["kind"] for column in columns])
    for place, column in enumerate(columns):
        shown = choose_format([row[place] for row in data], column["kind"], number_format)
        wraps = widths[place] >= _WIDEST
        for number, row in enumerate(data, start=5):
            if row[place] is None:
                continue
            cell = sheet.cell(number, place + 1)
            write_value(cell, row[place], column["kind"])
            if cell.data_type == "n":
                cell.number_format = shown
            beside = cell.data_type == "s" and place > 0
            cell.alignment = Alignment(wrap_text=wraps, vertical="top", indent=int(beside))
    sheet.freeze_panes = "B5" if widths[0] <= _WIDEST_FIXED and len(columns) > 1 else "A5"
    sheet.auto_filter.ref = f"A4:{get_column_letter(len(columns))}{4 + len(data)}"
    row = 5 + len(data)
    for note in (*_say_rest(table, number_format), *table["notes"], *table.get("questions", ())):
        row += 1
        _write_across(sheet, row, note, across, Font(italic=True))
    _set_print(sheet, brand)
    sheet.print_title_rows = "4:4"


def _say_rest(table: Mapping[str, Any], number_format: NumberFormat) -> list[str]:
    shown, there = len(table["data"]), int(table.get("n_rows") or 0)
    if there <= shown:
        return []
    written = [write_number(count, "count", number_format=number_format) for count in (shown, there)]
    return [f"These are the first {written[0]} of {written[1]} rows. The rest is in the table of the analysis."]


def _write_head(sheet: Worksheet, row: int, labels: Sequence[str], brand: PageBrand, *, kinds: Sequence[str]) -> None:
    for place, label in enumerate(labels, start=1):
        cell = sheet.cell(row, place)
        write_text(cell, label)
        _colour(cell, brand)
        cell.font = Font(bold=True, color=_rgb(brand.on_primary))
        right = kinds[place - 1] not in _TEXT_KINDS
        indent = 0 if right or place == 1 else 1
        horizontal = "right" if right else "left"
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=horizontal, indent=indent)
        cell.border = Border(bottom=Side("medium", color=_rgb(brand.secondary)))


def _write_across(sheet: Worksheet, row: int, text: str, across: int, font: Font) -> None:
    """Write a text over the first columns of a row, which is made high enough for it."""
    cell = sheet.cell(row, 1)
    write_text(cell, text)
    cell.font, cell.alignment = font, _WRAPPED
    if across > 1:
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=across)
    width = sum(sheet.column_dimensions[get_column_letter(place)].width for place in range(1, across + 1))
    scale = (font.size or 11) / 11
    sheet.row_dimensions[row].height = min(409.0, _count_lines(text, width / scale) * _LINE_HEIGHT * scale + 3)


def _count_across(widths: list[float]) -> int:
    """Return how many columns a sentence runs across; those beyond the table have the width of an empty column."""
    total, across = 0.0, 0
    while total < _HEAD_WIDTH:
        total += widths[across] if across < len(widths) else 13.0
        across += 1
    return across


def _count_lines(text: str, width: float) -> int:
    return sum(max(1, ceil(1.1 * len(part) / width)) for part in text.splitlines()) or 1


def _measure_column(column: Mapping[str, Any], values: Sequence[object], number_format: NumberFormat) -> float:
    """Return a width in characters that shows the longest entry, within bounds; a head may take two lines."""
    label = label_unit(column["name"].replace("_", " "), column["kind"], number_format=number_format)
    words = [len(word) for word in label.split()]
    head = max([ceil(len(label) / 2), *words], default=0) + 3  # the arrow of the filter needs room beside it
    longest = max((len(_write_roughly(value, column["kind"], number_format)) for value in values), default=0)
    return float(min(max(head, longest + 2, _NARROWEST), _WIDEST))


def _write_roughly(value: object, kind: str, number_format: NumberFormat) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and kind not in _TEXT_KINDS:
        return write_number(
            value, kind if kind in ("money", "share", "count") else "number", number_format=number_format
        )
    return str(value)


def _link(cell: Cell, sheet: str, *, text: str | None = None) -> None:
    write_text(cell, text or sheet)
    name = sheet.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
    cell.font = Font(color="0B4F7D", underline="single")


def _colour(cell: Cell, brand: PageBrand) -> None:
    cell.fill = PatternFill("solid", fgColor=_rgb(brand.primary))


def _rgb(colour: str) -> str:
    return colour.removeprefix("#").upper()


def _set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _set_print(sheet: Worksheet, brand: PageBrand) -> None:
    """Print across, as wide as the page, with the footer and the page number below."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    # A lone ampersand would be read as a code; 255 characters is what a footer may have.
    sheet.oddFooter.left.text = clean_text(brand.footer)[:100].replace("&", "&&") or None
    sheet.oddFooter.right.text = "&P / &N"
