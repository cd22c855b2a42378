"""Reading a CSV export: text in any encoding, with any delimiter, every cell as it stands.

A cell is text, so that 007 stays 007. Nothing is guessed here: how to read the file is said by its `Source`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.cells import Cells, refuse
from cvlab.tables.importing.mapping import Source

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FORMS = (
    (re.compile(rb"PK\x03\x04"), "a workbook or zip archive", "give it the ending .xlsx if it is a workbook"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old or protected Office file", "save it as CSV without a password"),
    (re.compile(rb"PAR1"), "Parquet", "export it as CSV"),
    (re.compile(rb"%PDF-"), "a PDF", "export the data as CSV"),
    (re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml)\b", re.IGNORECASE), "a web page or XML", "export as CSV"),
    (re.compile(rb"\s*[\[{]\s*[\"{\[]"), "JSON", "export the data as CSV"),
)
_BLOCK = 1 << 22  # what fits the cache of a processor is split fastest
_MOST_BYTES = 2_000_000_000
_MOST_SHOWN = 5
_LEAST_SWALLOWED = 2
_MOST_NOUGHTS = 20  # where every so many bytes are 0, the text is in an encoding of two bytes


def to_utf8(data: bytes, encoding: str, *, file: str) -> bytes:
    """Return the text of a file as UTF-8 without a byte order mark.

    Raises
    ------
    DataError : the file is another kind of file, or in another encoding.
    """
    if not data or data.isspace():
        raise refuse(file, "the file is empty", "export it again")
    for start, form, remedy in _FORMS:
        if start.match(data):
            raise refuse(file, f"the file must be CSV, but looks like {form}", remedy)
    mark, found = next((each for each in MARKS if data.startswith(each[0])), (b"", encoding))
    try:
        if codecs.lookup(found).name == "utf-8":
            # Whether it really is UTF-8 is looked at while the cells are read, for that costs nothing more.
            text = data[len(mark) :] if mark else data
        else:
            text = data.decode(found).encode()
    except UnicodeDecodeError as error:
        raise _refuse_encoding(data, found, error, file) from None
    except LookupError:
        raise refuse(
            file, f"encoding is {encoding!r}, which is not known", "give one such as utf-8, utf-16 or cp1252"
        ) from None
    if b"\0" in text:
        if text.count(b"\0") * _MOST_NOUGHTS > len(text):
            raise refuse(file, "the file must be CSV, but is not text", "say its `encoding:`, such as utf-16")
        line = text[: text.index(b"\0")].count(b"\n") + 1
        raise refuse(
            file, f"line {line} holds a NUL character, which no text has", "delete it, or export the file again"
        )
    return text


def read_csv_cells(data: bytes, source: Source, *, header_rows: int, file: str) -> Cells:
    """Read the bytes of a CSV file.

    Parameters
    ----------
    data : the bytes of the file.
    source : says delimiter, encoding and how many rows stand above the header.
    header_rows : how many rows the header has.
    file : its name, for the problems.

    Raises
    ------
    DataError : the file is another kind of file, or its rows are not all as wide as the header.
    """
    if len(data) > _MOST_BYTES:
        raise refuse(file, f"the file has {len(data):,} bytes, and {_MOST_BYTES:,} can be read", "export it in parts")
    if len(source.delimiter) != 1 or not source.delimiter.isascii() or source.delimiter in '"\r\n':
        raise refuse(file, f"delimiter is {source.delimiter!r}", "give one character, such as ; or , or \\t")
    text = to_utf8(data, source.encoding, file=file)
    try:
        header, end, above = _split_header(text, source, header_rows, file)
        width = len(header[0])
        uneven = [row for row in header if len(row) != width]
        if uneven:
            raise refuse(
                file,
                f"each row of the header must have {width} cells, but one has {len(uneven[0])}",
                f"say `header:`; it is read as {source.header!r}, which has {header_rows} "
                f"row{'s' if header_rows > 1 else ''}",
            )
        columns, rows = _read_rows(memoryview(text)[end:], source.delimiter, width, above, file)
    except UnicodeDecodeError as error:
        raise _refuse_encoding(text, "utf-8", error, file) from None
    return Cells(header=tuple(map(tuple, header)), columns=columns, rows=rows)


def read_csv_header(data: bytes, source: Source, *, header_rows: int, file: str) -> list[list[str]]:
    """Return the rows of the header alone."""
    try:
        return _split_header(to_utf8(data, source.encoding, file=file), source, header_rows, file)[0]
    except UnicodeDecodeError as error:
        raise _refuse_encoding(data, "utf-8", error, file) from None


def _split_header(data: bytes, source: Source, header_rows: int, file: str) -> tuple[list[list[str]], int, int]:
    """Return the rows of the header, where the text below it begins, and how many rows stand above that."""
    size = _BLOCK
    while True:
        prefix = data[:size]
        # A letter of several bytes may be cut at the end of the prefix.
        text = codecs.getincrementaldecoder("utf-8")().decode(prefix, len(prefix) == len(data))
        stream = io.StringIO(text, newline="")
        header, above = _read_records(stream, source, header_rows, file)
        end = len(text[: stream.tell()].encode())
        if len(prefix) == len(data) or (len(header) == header_rows and end < len(prefix)):
            break
        size *= 8
    if len(header) < header_rows:
        rule = f"the header must have {header_rows} row{'s' if header_rows > 1 else ''}, but the file ends before"
        raise refuse(file, rule, "say `header:` and `skip:` as the file has them")
    return header, end, above


def _read_records(stream: io.StringIO, source: Source, header_rows: int, file: str) -> tuple[list[list[str]], int]:
    """Read the rows of the header; give them and how many rows were read."""
    usual = csv.field_size_limit(_MOST_BYTES)
    header: list[list[str]] = []
    above = 0
    try:
        for record in csv.reader(stream, delimiter=source.delimiter):
            above += 1
            if above > source.skip:
                header.append(record)
            if len(header) == header_rows:
                break
    except csv.Error as error:
        raise refuse(file, f"the header cannot be split into cells: {error}", "export the file again") from None
    finally:
        csv.field_size_limit(usual)  # it holds for the whole process
    return header, above


def _read_rows(
    data: memoryview, delimiter: str, width: int, above: int, file: str
) -> tuple[tuple[pa.ChunkedArray, ...], np.ndarray]:
    if not len(data) or (bytes(data[:_BLOCK]).isspace() and bytes(data).isspace()):
        return (pa.chunked_array([], type=pa.large_string()),) * width, np.array([], dtype=np.int64)
    blank: list[int] = []
    ragged: list[tuple[int, int]] = []
    try:
        table = _split_rows(data, delimiter, width, blank, ragged, block=_BLOCK)
    except pa.ArrowInvalid:
        blank.clear()
        ragged.clear()
        try:
            # A row longer than a block cannot be split; one block for everything is slower, but always large enough.
            table = _split_rows(data, delimiter, width, blank, ragged, block=len(data) + 1)
        except pa.ArrowInvalid as error:
            bytes(data).decode()
            reason = str(error).split("\n")[0]
            raise refuse(file, f"the rows cannot be split into cells: {reason}", "export the file again") from None
    if ragged:
        raise _name_ragged(ragged, width, above, file)
    numbers = np.arange(1, table.num_rows + len(blank) + 1, dtype=np.int64)
    kept = np.delete(numbers, np.array(blank, dtype=np.int64) - 1) if blank else numbers
    if np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) > len(numbers):
        _check_swallowed(table, kept + above, delimiter, file)
    return tuple(table.columns), kept + above


def _check_swallowed(table: pa.Table, rows: np.ndarray, delimiter: str, file: str) -> None:
    """Refuse cells that hold whole rows: a quotation mark that is never closed takes in all that follows."""
    if table.num_columns <= _LEAST_SWALLOWED:
        return
    problems = []
    for column in table.columns:
        # A text of several lines is no fault; lines that split into as many cells as the header are rows.
        for position in np.flatnonzero(pc.match_substring(column, "\n").to_numpy()):
            lines = column[int(position)].as_py().splitlines()[1:]
            taken = sum(line.count(delimiter) == table.num_columns - 1 for line in lines)
            if taken >= _LEAST_SWALLOWED:
                rule = f"a quotation mark must be closed, but from this row on one cell holds {taken:,} rows and more"
                remedy = "close or delete the quotation mark, or write it twice where it belongs to the text"
                problems.append(Problem(table=file, rows=(int(rows[position]),), rule=rule, remedy=remedy))
    if problems:
        raise DataError.from_problems(f"{file} cannot be read", problems)


def _split_rows(
    data: memoryview, delimiter: str, width: int, blank: list[int], ragged: list[tuple[int, int]], *, block: int
) -> pa.Table:
    """Split text into cells; rows that are not as wide as the header are noted, with their numbers from 1."""
    names = [str(position) for position in range(width)]

    def note_invalid(row: Any) -> str:
        if row.actual_columns == 1 and not row.text.strip():
            blank.append(row.number)
        else:
            ragged.append((row.number, row.actual_columns))
        return "skip"

    return arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(data)),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=min(len(data) + 1, block)),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=note_invalid,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    )


def _refuse_encoding(data: bytes, encoding: str, error: UnicodeDecodeError, file: str) -> DataError:
    line = data[: error.start].count(b"\n") + 1
    rule = f"the file must be text in {encoding}, but line {line} is not"
    return refuse(file, rule, "say its `encoding:`, such as cp1252")


def _name_ragged(ragged: list[tuple[int, int]], width: int, above: int, file: str) -> DataError:
    shown = ", ".join(f"row {number + above} has {cells}" for number, cells in ragged[:_MOST_SHOWN])
    problem = Problem(
        table=file,
        rows=tuple(number + above for number, _ in ragged),
        rule=f"each row must have {width} cells like the header, but {shown}",
        remedy="say the `delimiter:`, or put texts that hold it in double quotes",
    )
    return DataError.from_problems(f"{file} cannot be read", [problem])
