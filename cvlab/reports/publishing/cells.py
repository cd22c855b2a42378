"""Cells of a workbook: texts that stay texts, and numbers that stay numbers.

A text from a table may begin with a sign that a spreadsheet takes for a formula. Every text is therefore stored as
text, and one that looks like a formula carries the mark that keeps it text when somebody edits the cell. Numbers are
stored as they are, with a format of their kind: money with the line's currency where its locale puts it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from babel import Locale
from babel.numbers import get_currency_symbol
from openpyxl.cell import Cell

from cvlab.reports.publishing.archives import keep_writable
from cvlab.units import NumberFormat

LONGEST_TEXT = 32_767  # UTF-16 units in one cell
LONGEST_NAME = 31
_FIRST_YEAR = 1900  # a spreadsheet counts its days from here
_FORMULA = "=+-@\t\r\n|"
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NUMBER = re.compile(r"[#,.0]+")
_DIRECTION = re.compile("[\u200e\u200f\u061c]")
_WHOLE, _PLAIN = "#,##0", "0"


def write_text(cell: Cell, text: str) -> None:
    """Put a text into a cell as text, whatever it begins with; an empty one leaves the cell empty.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> cell = Workbook().active["A1"]
    >>> write_text(cell, "=1+1")
    >>> cell.value, cell.data_type, cell.quotePrefix
    ('=1+1', 's', True)
    """
    clean = clean_text(text)
    if not clean:
        return
    cell.value, cell.data_type = clean, "s"
    if looks_like_formula(clean):
        cell.quotePrefix = True


def write_value(cell: Cell, value: object, kind: str) -> None:
    """Put a value of a table into a cell: a number, a truth or a date as what it is, anything else as text."""
    if value is None:
        return
    if kind == "date" and isinstance(value, str) and (moment := _read_date(value)) is not None:
        cell.value = moment
        cell.number_format = "yyyy-mm-dd" if type(moment) is date else "yyyy-mm-dd hh:mm"
    elif isinstance(value, bool) or (isinstance(value, (int, float)) and kind != "truth"):
        cell.value = value
    elif kind == "truth" and isinstance(value, (int, float)):
        cell.value = bool(value)
    else:
        write_text(cell, str(value))


def clean_text(text: str) -> str:
    """Return a text that a spreadsheet can hold: no control characters, cut where a cell is full.

    Examples
    --------
    >>> clean_text("a\\x00b\\r\\nc"), len(clean_text("x" * 40_000))
    ('ab\\nc', 32767)
    """
    clean = keep_writable(text)
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return clean
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"


def looks_like_formula(text: str) -> bool:
    """Tell whether a text begins, after blanks, with a sign that a spreadsheet may take for a formula.

    Examples
    --------
    >>> [looks_like_formula(text) for text in ("=1", "  ＝1", "\\u200b@x", "\\tx", "a=1", "")]
    [True, True, True, True, False, False]
    """
    for character in unicodedata.normalize("NFKC", text):
        if character in _FORMULA:
            return True
        if not character.isspace() and unicodedata.category(character) != "Cf":
            return False
    return False


def name_sheet(chapter: int, heading: str, taken: set[str]) -> str:
    """Return a name for a sheet that is legal, tells what is in it, and is not taken; and take it.

    Examples
    --------
    >>> taken = set()
    >>> name_sheet(5, "Who: the groups", taken), name_sheet(5, "who: The Groups", taken)
    ('05 Who the groups', '05 who The Groups (2)')
    >>> name_sheet(2, "Stable: would the same clusters come out again?", taken)
    '02 Stable would the same…'
    """
    words = clean_text(_NOT_IN_NAMES.sub(" ", heading)).split()
    attempt = 1
    while True:
        suffix = "" if attempt == 1 else f" ({attempt})"
        name = _cut_words([f"{chapter:02d}", *words], LONGEST_NAME - len(suffix)) + suffix
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
        attempt += 1


def choose_format(values: Sequence[object], kind: str, number_format: NumberFormat) -> str:
    """Return the format in which a column of one kind is shown.

    Examples
    --------
    >>> euro = NumberFormat(currency="EUR", locale="de")
    >>> choose_format([9.5, 1200.0], "money", euro), choose_format([0.25], "share", euro)
    ('#,##0.00" "[$€]', '0.0%')
    >>> choose_format([3, 40], "count", euro), choose_format([1.234, 0.5], "ratio", euro)
    ('#,##0', '#,##0.00')
    """
    sizes = [abs(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    largest = max(sizes, default=0.0)
    if kind == "money":
        whole = all(size >= 1000 or size == 0 for size in sizes)
        return _format_money(0 if whole else 4 if largest < 0.095 else 2, number_format)
    if kind == "share":
        return "0.00%" if 0 < largest < 0.001 else "0.0%"
    if kind == "count":
        return _WHOLE
    if kind in ("text", "date", "truth"):
        return "General"
    return _WHOLE + _decimals(_choose_decimals(sizes, largest))


def _choose_decimals(sizes: Sequence[float], largest: float) -> int:
    """About three significant digits for the largest, none where all are whole."""
    if all(size == int(size) for size in sizes) or largest >= 100:
        return 0
    return 1 if largest >= 10 else 2 if largest >= 0.1 else 4


def _format_money(decimals: int, number_format: NumberFormat) -> str:
    """Return the format of money with the currency's sign where the locale puts it."""
    pattern = Locale.parse(number_format.locale).currency_formats["standard"].pattern.split(";")[0]
    symbol = get_currency_symbol(number_format.currency, locale=number_format.locale)
    symbol = re.sub(r"[\[\]\-]", "", _DIRECTION.sub("", symbol))
    before, _, after = _NUMBER.sub("\0", _DIRECTION.sub("", pattern), count=1).partition("\0")
    parts = [_quote(part).replace("¤", f"[${symbol}]") for part in (before, after)]
    return f"{parts[0]}{_WHOLE}{_decimals(decimals)}{parts[1]}"


def _quote(part: str) -> str:
    return "".join(sign if sign == "¤" else f'"{sign}"' for sign in part.replace("\xa0", " ") if sign != '"')


def _decimals(count: int) -> str:
    return "." + _PLAIN * count if count else ""


def _read_date(written: str) -> date | datetime | None:
    try:
        moment = date.fromisoformat(written) if len(written) == 10 else datetime.fromisoformat(written)
    except ValueError:
        return None
    if isinstance(moment, datetime):
        moment = moment.replace(tzinfo=None)
    return moment if moment.year >= _FIRST_YEAR else None


def _cut_words(words: Sequence[str], most: int) -> str:
    """Join words up to a number of UTF-16 units; what is cut ends in an ellipsis, no name ends in an apostrophe."""
    whole = " ".join(words)
    if _count_units(whole) <= most:
        return whole.rstrip("'")
    kept = words[0]
    for word in words[1:]:
        if _count_units(f"{kept} {word}…") > most:
            break
        kept = f"{kept} {word}"
    if kept == words[0]:
        kept = whole.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", errors="ignore")
    return f"{kept.rstrip()}…"


def _count_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
