"""Proposing how to read a file: its kind, encoding, delimiter and header, and how its numbers and dates are written.

Detection proposes, it does not decide: where the file fits two readings, both are kept, and a question is asked. What
it proposes stands in the mapping, where a person can see it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cvlab.errors import ParameterError
from cvlab.tables.importing.csv_cells import MARKS, to_utf8
from cvlab.tables.importing.exports import read_bytes
from cvlab.tables.importing.headers import OPEN_ANSWERS, looks_like_import_ids
from cvlab.tables.importing.mapping import DECIMALS, THOUSANDS, DateOrder, Header, Source
from cvlab.tables.importing.number_texts import ALIKE, number_pattern
from cvlab.tables.importing.workbook_cells import read_workbook_cells
from cvlab.tables.importing.workbooks import check_workbook, choose_sheet, open_workbook

_DELIMITERS = (",", ";", "\t", "|")
_PREFIX = 1 << 18
_ROWS = 30
_SHOWN = 40
_WORKBOOK_STARTS = (b"PK", b"\xd0\xcf\x11\xe0")
_NUMBER = re.compile(rf"[+-]?\d[\d.,{ALIKE[' ']}{ALIKE[chr(39)]}]*")
_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[T ,].*)?")
_DAYS, _MONTHS = 31, 12
_QUALTRICS_ID_ROW = 2


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a person says of the form of a file, as in `Source`; what is None is detected."""

    encoding: str | None = None
    delimiter: str | None = None
    skip: int | None = None
    header: Header | None = None

    def __post_init__(self) -> None:
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n'):
            raise ParameterError(f"delimiter is {mark!r}: give one character, such as ; or ,")
        try:
            codecs.lookup(self.encoding or "utf-8")
        except (LookupError, ValueError):
            raise ParameterError(
                f"encoding is {self.encoding!r}, which is not known: give one such as utf-8, utf-16 or cp1252"
            ) from None


NOTHING_TOLD = Told()


def list_sheets(path: str | Path) -> list[str]:
    """Return the names of the visible sheets of a workbook."""
    file = Path(path)
    check_workbook(file)
    with open_workbook(file) as book:
        return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]


def detect_source(path: str | Path, *, sheet: str | None = None, told: Told = NOTHING_TOLD) -> Source:
    """Propose how to read a file; what cannot be told is in the source's `ask`.

    Parameters
    ----------
    path : a CSV file or a workbook.
    sheet : the sheet of a workbook; its only visible one when not given.
    told : what is known of its form already.

    Raises
    ------
    ParameterError : there is no such file.
    DataError : the file cannot be read at all, or the sheet must be named.
    """
    file = Path(path)
    if file.suffix.lower() in (".xlsx", ".xlsm", ".xls") or _starts_like_a_workbook(file):
        source = Source(kind="xlsx", file=file.name, sheet=_find_sheet(file, sheet), skip=told.skip or 0)
        cells = read_workbook_cells(file, replace(source, header="surveymonkey"), header_rows=1)
        rows = [list(cells.header[0])]
        rows += [[column[row].as_py() for column in cells.columns] for row in range(min(_ROWS, len(cells.rows)))]
        return replace(source, header=told.header or _detect_header(rows))
    data = read_bytes(file)
    encoding, question = _detect_encoding(data, file.name) if told.encoding is None else (told.encoding, "")
    prefix = to_utf8(_cut_at_line(data, encoding), encoding, file=file.name).decode("utf-8", "replace")
    prefix = "".join(list(io.StringIO(prefix.removeprefix("\ufeff"), newline=""))[told.skip or 0 :])
    delimiter, unsure = _detect_delimiter(prefix) if told.delimiter is None else (told.delimiter, "")
    rows = _read_first(prefix, delimiter)
    return Source(
        kind="csv",
        file=file.name,
        delimiter=delimiter,
        encoding=encoding,
        skip=told.skip or 0,
        header=told.header or _detect_header(rows),
        ask=tuple(each for each in (question, unsure, _ask_for_questions(rows, told)) if each),
    )


def detect_marks(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the (decimal, thousands) marks with which all numbers among `texts` can be read, simplest first.

    Several are a question for a person, for they make different numbers of the same text; none at all means that the
    marks are mixed. Texts that are no numbers are not looked at.

    Examples
    --------
    >>> detect_marks(["1,5", "12,75"]), detect_marks(["1,234.5"]), detect_marks(["12"])
    (((',', ''),), (('.', ','),), (('.', ''),))
    >>> detect_marks(["1,500"])
    ((',', ''), ('.', ','))
    >>> detect_marks(["1.5", "1,5"])
    ()
    """
    numbers = {text.strip() for text in texts}
    marked = [text for text in numbers if not text.lstrip("+-").isdigit() and _NUMBER.fullmatch(text)]
    if not marked:
        return ((".", ""),)
    letters = set("".join(marked))
    used = {thousands for thousands in THOUSANDS if not thousands or letters & set(ALIKE.get(thousands, thousands))}
    return tuple(
        (decimal, thousands)
        for thousands in THOUSANDS
        for decimal in DECIMALS
        if thousands in used - {decimal} and all(number_pattern(decimal, thousands).fullmatch(text) for text in marked)
    )


def detect_dates(texts: Iterable[str]) -> tuple[DateOrder, ...]:
    """Return the orders of day and month that fit all dates among `texts`; several are a question for a person.

    Examples
    --------
    >>> detect_dates(["2026-05-31"]), detect_dates(["31.05.2026"]), detect_dates(["5/31/2026 10:15:00 AM"])
    (('iso',), ('day-first',), ('month-first',))
    >>> detect_dates(["01/02/2026", "03/04/2026"])
    ('day-first', 'month-first')
    """
    days = {(found[1], found[3], found[4]) for text in texts if (found := _DAY.fullmatch(text.strip()))}
    if not days:
        return ("iso",)
    pairs = [(int(first), int(second)) for first, second, _ in days]
    # The year may stand first only where none has four digits.
    short = all(len(year) < len("2026") for *_, year in days) and [tuple(map(int, day)) for day in days]
    orders: list[DateOrder] = []
    if all(day <= _DAYS and month <= _MONTHS for day, month in pairs):
        orders.append("day-first")
    if all(day <= _DAYS and month <= _MONTHS for month, day in pairs):
        orders.append("month-first")
    if not orders and short and all(month <= _MONTHS and day <= _DAYS for _, month, day in short):
        orders.append("year-first")
    return tuple(orders)


def _find_sheet(file: Path, sheet: str | None) -> str:
    check_workbook(file)
    with open_workbook(file) as book:
        return str(choose_sheet(book, sheet, file=file.name).title)


def _starts_like_a_workbook(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(4).startswith(_WORKBOOK_STARTS)
    except OSError as error:
        raise ParameterError(f"{str(file)!r} cannot be opened: {error.strerror}") from None


def _detect_encoding(data: bytes, file: str) -> tuple[str, str]:
    """Return the encoding, and a question where the file does not say it for certain."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return name, ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[data.rfind(b"\n", 0, error.start) + 1 :].split(b"\n", 1)[0]
        start = max(0, error.start - data.rfind(b"\n", 0, error.start) - 1 - _SHOWN // 2)
        shown = line[start : start + _SHOWN].decode("cp1252", "replace").strip()
        return "cp1252", f"the file is not UTF-8; read as cp1252 one line holds {shown!r}: is that what it should say?"
    return "utf-8", ""


def _cut_at_line(data: bytes, encoding: str) -> bytes:
    """Return the beginning of a file, up to the end of a line where there is one."""
    if len(data) <= _PREFIX:
        return data
    end = data.rfind("\n".encode(encoding.replace("utf-16", "utf-16-le")), 0, _PREFIX)
    return data[: _PREFIX - _PREFIX % 2] if end < 0 else data[: end - end % 2 if encoding == "utf-16" else end]


def _detect_delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter with which the rows are equally wide, and a question where two do so."""
    fitting = []
    for delimiter in _DELIMITERS:
        rows = [row for row in _read_first(text, delimiter) if any(row)]
        widths = Counter(len(row) for row in rows)
        # Titles may stand above a table, and a note below it: most rows decide.
        width, count = max(widths.items(), key=lambda each: (each[1] if each[0] > 1 else 0, each[0]), default=(1, 0))
        if width > 1:
            fitting.append((count / len(rows), width, delimiter))
    if not fitting:
        return ",", ""
    best = max(fitting)
    rivals = [delimiter for share, _, delimiter in fitting if share == best[0] and delimiter != best[2]]
    if not rivals:
        return best[2], ""
    return best[
        2
    ], f"the columns could be parted by {best[2]!r} or {' or '.join(map(repr, rivals))}: is {best[2]!r} right?"


def _read_first(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _ask_for_questions(rows: Sequence[Sequence[str]], told: Told) -> str:
    """Ask where the row below the header repeats names of columns: a header row, not an answer."""
    if len(rows) <= 1 or (told.header or _detect_header(rows)) != "plain":
        return ""
    same = [
        cell.strip() for name, cell in zip(rows[0], rows[1], strict=False) if _letters(name) == _letters(cell) != ""
    ]
    if not same:
        return ""
    shown = ", ".join(map(repr, same[:3]))
    return (
        f"the row below the header repeats names of columns ({shown}): is it a second header row? Then export with all "
        "three header rows that Qualtrics has, or delete that row in the export, and draft again"
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())


def _detect_header(rows: Sequence[Sequence[str]]) -> Header:
    if len(rows) > _QUALTRICS_ID_ROW and looks_like_import_ids(rows[_QUALTRICS_ID_ROW]):
        return "qualtrics"
    if len(rows) > 1 and len(rows[0]) > 1:
        continued = any(not above.strip() and below.strip() for above, below in zip(rows[0], rows[1], strict=False))
        answers = any(cell.strip() in OPEN_ANSWERS[1:] for cell in rows[1])
        if answers or (continued and not rows[1][0].strip()):
            return "surveymonkey"
    return "plain"
