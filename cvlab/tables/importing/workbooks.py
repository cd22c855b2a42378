"""Opening a workbook: what is refused before a cell is read, which sheet is meant, and what a reader would not see.

Workbooks that are protected by a password, cut off, of the old form or suspiciously large are refused with a remedy.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import range_boundaries

from cvlab.errors import DataError, ParameterError
from cvlab.tables.importing.cells import refuse

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MOST_BYTES = 1_500_000_000
_MOST_GROWTH = 400  # a sheet that repeats one value shrinks to a hundredth; a bomb to a thousandth
_SMALL = 50_000_000
_CHUNK = 1 << 24
_SAVE = "open it in a spreadsheet and save it as .xlsx without a password"
_AGAIN = "export or download it again"

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]+)\"")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]|)", re.DOTALL
)
_PLACE = re.compile(rb"\br=\"([A-Z]+[0-9]+)\"")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A range of merged cells."""

    name: str
    first_row: int
    last_row: int


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What the values of a sheet do not show: merged ranges, how many cells are formulas, which have no value."""

    merged: tuple[Merged, ...]
    formulas: int
    unsaved: tuple[str, ...]


def check_workbook(path: Path) -> None:
    """Raise unless the file is a workbook that can be opened safely.

    Raises
    ------
    ParameterError : the file cannot be opened.
    DataError : it is protected, cut off, of the old form, of another form, or grows beyond measure.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_OLE))
        if start == _OLE:
            raise _refuse_ole(path)
        if not start:
            raise refuse(path.name, "the file is empty", _AGAIN)
        if not start.startswith(b"PK"):
            raise refuse(path.name, "the file is no workbook", "say `kind: csv` if it is text, or save it as .xlsx")
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path)
    except OSError as error:
        raise ParameterError(f"{str(path)!r} cannot be opened: {error.strerror}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise refuse(path.name, "the workbook is cut off or damaged", _AGAIN) from None


@contextmanager
def open_workbook(path: Path) -> Iterator[Any]:
    """Open a workbook for its values; whatever is wrong inside it is one DataError."""
    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it does not know; values are all that is read here.
            warnings.simplefilter("ignore")
            # From a stream, for openpyxl refuses a path by its ending before it looks inside.
            with path.open("rb") as stream:
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
                try:
                    yield book
                finally:
                    book.close()
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError,
            OSError, ElementTree.ParseError) as error:  # fmt: skip
        raise refuse(path.name, f"the workbook is damaged: {type(error).__name__} inside", _AGAIN) from None


def choose_sheet(book: Any, name: str | None, *, file: str) -> Any:
    """Return the sheet of that name, or the only visible one.

    Raises
    ------
    DataError : there is no such sheet, or several could be meant.
    """
    titles = [each.title for each in book.worksheets]
    if name is not None:
        if name not in titles:
            listed = ", ".join(map(repr, titles)) or "none"
            raise refuse(file, f"there is no sheet {name!r}", f"say `sheet:`, one of {listed}")
        sheet = book[name]
    else:
        visible = [each for each in book.worksheets if each.sheet_state == "visible"]
        if len(visible) != 1:
            listed = ", ".join(map(repr, titles)) or "none"
            raise refuse(file, f"the workbook has {len(visible)} visible sheets", f"say `sheet:`, one of {listed}")
        sheet = visible[0]
    # What a sheet says about its own size is often wrong; its rows are not.
    sheet.reset_dimensions()
    return sheet


def scan_sheet(path: Path, sheet: Any) -> Scan:
    """Find in the text of a sheet what its values do not show."""
    merged: list[Merged] = []
    unsaved: list[str] = []
    formulas = 0
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as stream:
        rest = b""
        while True:
            chunk = stream.read(_CHUNK)
            text = rest + chunk
            # A cell may go on in the next chunk: whole rows are looked at, and what is left at the end.
            cut = text.rfind(b"</row>") if chunk else len(text)
            part, rest = (text[:cut], text[cut:]) if cut > 0 else (b"", text)
            for found in _FORMULA.finditer(part):
                formulas += 1
                if not found[2] and b't="str"' not in found[1]:
                    place = _PLACE.search(found[1])
                    unsaved.append(place[1].decode() if place else "a cell")
            merged += [_read_range(found[1].decode()) for found in _MERGED.finditer(part)]
            if not chunk:
                return Scan(merged=tuple(merged), formulas=formulas, unsaved=tuple(unsaved))


def _read_range(name: str) -> Merged:
    _, first_row, _, last_row = range_boundaries(name)
    return Merged(name=name, first_row=first_row or 1, last_row=last_row or 1)


def _refuse_ole(path: Path) -> DataError:
    """Tell a protected workbook from one of the form before 2007: both are files of the old container."""
    if _ENCRYPTED in path.read_bytes():
        return refuse(path.name, "the workbook is protected by a password", _SAVE)
    return refuse(path.name, "the workbook is of the old form .xls", _SAVE)


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    names = archive.namelist()
    if not any(name.startswith("xl/workbook") for name in names):
        raise refuse(path.name, "the file is no Excel workbook", "save it as .xlsx")
    if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
        raise refuse(path.name, "the workbook is of the binary form .xlsb", _SAVE)
    size = sum(member.file_size for member in archive.infolist())
    packed = max(sum(member.compress_size for member in archive.infolist()), 1)
    if size > _MOST_BYTES or (size > _SMALL and size > _MOST_GROWTH * packed):
        rule = f"the workbook would grow from {packed:,} to {size:,} bytes, which no table does"
        raise refuse(path.name, rule, "delete what is not data, or save the sheet as CSV")
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                if b"<!DOCTYPE" in stream.read(2048):
                    raise refuse(
                        path.name, "the workbook holds definitions of its own, which no spreadsheet writes", _SAVE
                    )
