"""On the page: open a chapter and present results, for a reader's eye and for the report runner alike.

`open_chapter` reads a product line and sets how numbers are written. `present` puts one result on the page: its
headline as a sentence, the first rows of its table, its caveats; beside them, in the same output, the headline and the
whole table as data, from which the runner builds the summary, the manifest and the workbook. `present_question` puts
what people were asked under a chart of their answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from html import escape
from numbers import Integral, Real
from pathlib import Path
from textwrap import shorten
from typing import Any

import pandas as pd
from IPython.display import display

from cvlab.analyses.common import Headline, Result
from cvlab.errors import DataError, ParameterError
from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, QUESTION_MIME, TABLE_MIME
from cvlab.tables.product_line import ProductLine, read_product_line
from cvlab.tables.schema import describe_column
from cvlab.tables.setting_values import CodebookEntry
from cvlab.units import NumberFormat, label_unit, set_number_format, write_number

MOST_ROWS = 8
LONG_TEXT = 40
MOST_LABELS = 8
LONGEST_QUESTION = 300  # letters of a question or of a label's line that a page shows
MOST_ROWS_AS_DATA = 5000  # a page of the workbook beyond that is no table for readers, and every reader pays for it
SAMPLES = Path(__file__).parent.parent / "data" / "sample"


def open_chapter(product_line: str) -> ProductLine:
    """Read a product line, write numbers in its currency and locale from now on, and name it on the page.

    Parameters
    ----------
    product_line : the line's folder, or the name of a sample line such as "fitness-trackers".

    Returns
    -------
    ProductLine : its tables are attributes, as in `line.customers`; asking for one that the folder lacks is an error
        that names the file to add.

    Raises
    ------
    DataError : the folder is missing, or its tables cannot be used; every problem is listed.
    """
    line = read_product_line(_find_line(product_line))
    set_number_format(NumberFormat(currency=line.currency, locale=line.number_format))
    people = len(line.customers)
    words = [
        line.name,
        *([line.period] if line.period else []),
        f"{write_number(people, 'count')} customers",
        line.currency,
        *([f"priced: {line.priced_product}"] if line.priced_product else []),
        *([f"next best alternative: {line.reference_product}"] if line.reference_product else []),
    ]
    display(
        {
            "text/html": f'<p class="cvlab-line">{" · ".join(escape(str(word)) for word in words)}</p>',
            CHAPTER_MIME: {
                "line": line.name,
                "slug": line.slug,
                "period": line.period,
                "smallest_group": line.smallest_group,
            },
        },
        raw=True,
    )
    return line


def present(result: Result, *, columns: Sequence[str] | None = None, most: int = MOST_ROWS) -> None:
    """Put a result on the page: the headline's sentence, its table and its notes; headline and whole table as data.

    Parameters
    ----------
    result : any result of `cvlab.analyses`.
    columns : columns of the table to show, in order; all when not given, none when empty.
    most : rows to show; a note says how many more there are.

    Raises
    ------
    ParameterError : not a result, a column that its table lacks, or more than 8 rows.

    Notes
    -----
    A table of persons (`rows == "person"`) is never shown, nor handed on: only its headline and notes are. Of any other
    table every column and up to 5,000 rows are handed on as data, also those that the page does not show.
    """
    if not isinstance(result, Result):
        raise ParameterError(
            f"present takes a result of an analysis, not a {type(result).__name__}: display it directly"
        )
    if not 1 <= most <= MOST_ROWS:
        raise ParameterError(f"most is {most}: give 1 to {MOST_ROWS} rows; the whole table is result.table")
    if columns is not None and (unknown := [column for column in columns if column not in result.table.columns]):
        raise ParameterError(
            f"the table has no column {', '.join(unknown)}: it has {', '.join(map(str, result.table.columns))}"
        )
    parts = [_write_sentence(result.headline), _write_table(result, columns, most), _write_notes(result.notes)]
    output: dict[str, Any] = {
        "text/html": '<div class="cvlab-result">' + "".join(part for part in parts if part) + "</div>",
        "text/plain": str(result.headline),
        HEADLINE_MIME: {"headlines": [result.headline.to_record()], "notes": list(result.notes)},
    }
    if table := _record_table(result):
        output[TABLE_MIME] = table
    display(output, raw=True)


def present_question(line: ProductLine, table: str, *columns: str) -> None:
    """Put on the page what people were asked, and the labels of the scale, as the line's codebook has them.

    Nothing is shown of a column that the codebook does not describe.

    Parameters
    ----------
    line : as `open_chapter` returns it.
    table, columns : whose answers the chart or table above shows; each column that the codebook describes when no
        column is given.

    Raises
    ------
    ParameterError : there is no such table or column.
    """
    for column in columns or ("respondent_id",):
        describe_column(table, column)
    known = line.codebook.get(table, {})
    found = [(column, known[column]) for column in columns or known if column in known]
    said = _say_questions(found)
    if said:
        html = "".join(f"<p>{escape(text)}</p>" for text in said)
        display(
            {
                "text/html": f'<div class="cvlab-question">{html}</div>',
                "text/plain": "\n".join(said),
                QUESTION_MIME: {"questions": said},
            },
            raw=True,
        )


def _say_questions(found: Sequence[tuple[str, CodebookEntry]]) -> list[str]:
    """Say each question and its scale; a scale that the next question shares is said once, after the last of them."""
    said = []
    for place, (column, entry) in enumerate(found):
        following = found[place + 1][1].labels if place + 1 < len(found) else {}
        name = f" ({column.replace('_', ' ')})" if len(found) > 1 else ""
        asked = (
            f"Asked{name}: “{shorten(entry.question, LONGEST_QUESTION, placeholder=' …')}”" if entry.question else ""
        )
        scale = "" if entry.labels == following else _say_scale(entry, "Scale" if asked else f"Answers{name}")
        said.append(" ".join(part for part in (asked, scale) if part))
    return [text for text in said if text]


def _say_scale(entry: CodebookEntry, what: str) -> str:
    labels = [f"{code} = {label}" for code, label in entry.labels.items()]
    if not labels:
        return ""
    more = f" · and {len(labels) - MOST_LABELS} more" if len(labels) > MOST_LABELS else ""
    return f"{what}: {shorten(' · '.join(labels[:MOST_LABELS]), LONGEST_QUESTION, placeholder=' …')}{more}"


def _find_line(product_line: str) -> Path:
    folder = Path(product_line)
    sample = SAMPLES / product_line
    if not folder.is_dir() and len(folder.parts) == 1 and sample.is_dir():
        return sample
    if not folder.is_dir():
        known = sorted(path.parent.name for path in SAMPLES.glob("*/product_line.yaml"))
        samples = f", or a sample: {', '.join(known)}" if known else ""
        raise DataError(f"there is no folder {product_line}: give the folder that holds product_line.yaml{samples}")
    return folder


def _write_sentence(headline: Headline) -> str:
    state = "answered" if headline.answered else "open"
    return f'<p class="cvlab-headline cvlab-{state}"><strong>{escape(str(headline))}</strong></p>'


def _write_table(result: Result, columns: Sequence[str] | None, most: int) -> str:
    table = result.table if columns is None else result.table[list(columns)]
    if result.rows == "person" or table.empty or not len(table.columns):
        return ""
    kinds = {str(column): _kind_of(table[column], result.kinds.get(str(column))) for column in table.columns}
    head = "".join(
        f'<th scope="col" class="{_align(kind)}">{escape(label_unit(name.replace("_", " "), kind))}</th>'
        for name, kind in kinds.items()
    )
    body = "".join(_write_row(row, kinds.values()) for row in table.head(most).itertuples(index=False, name=None))
    more = len(table) - most
    rest = f'<p class="cvlab-more">{more} more row{"" if more == 1 else "s"} in the table.</p>' if more > 0 else ""
    return f'<table class="cvlab-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}'


def _record_table(result: Result) -> dict[str, Any] | None:
    """Return the whole table in plain JSON types; None where there is none, or where its rows are persons."""
    table = result.table
    if result.rows == "person" or table.empty or not len(table.columns):
        return None
    names = [str(name) for name in table.columns]
    kinds = [_kind_of(table.iloc[:, position], result.kinds.get(name)) for position, name in enumerate(names)]
    return {
        "title": result.headline.label,
        "key": result.headline.key,
        "rows": result.rows,
        "columns": [{"name": name, "kind": kind} for name, kind in zip(names, kinds, strict=True)],
        "data": [
            [_make_plain(value) for value in row]
            for row in table.head(MOST_ROWS_AS_DATA).itertuples(index=False, name=None)
        ],
        "n_rows": len(table),
    }


def _make_plain(value: object) -> bool | int | float | str | None:
    """Return a cell as a JSON value: missing or infinite is None; what is neither number nor text is written out."""
    if isinstance(value, str):
        return value
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if pd.api.types.is_bool(value):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _write_row(row: Iterable[object], kinds: Iterable[str]) -> str:
    cells = ((_write_cell(value, kind), _align(kind)) for value, kind in zip(row, kinds, strict=True))
    # A page gives sentences in a table room enough to be read, also where the screen is narrow.
    return (
        "<tr>"
        + "".join(
            f'<td class="{align}{" long" if align == "text" and len(text) > LONG_TEXT else ""}">{escape(text)}</td>'
            for text, align in cells
        )
        + "</tr>"
    )


def _write_cell(value: object, kind: str) -> str:
    return write_number(None if pd.isna(value) else value, kind)  # type: ignore[arg-type]


def _write_notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return '<ul class="cvlab-notes">' + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _kind_of(values: pd.Series, declared: str | None) -> str:
    """Name the kind of a column that its result leaves undeclared, by its type."""
    if declared:
        return declared
    if pd.api.types.is_bool_dtype(values):
        return "truth"
    if pd.api.types.is_integer_dtype(values):
        return "count"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    return "date" if pd.api.types.is_datetime64_any_dtype(values) else "text"


def _align(kind: str) -> str:
    return "text" if kind in ("text", "date", "truth") else "number"
