"""Kinds of number and how they are written.

A number is money, a share, a count, a duration, a ratio or a plain number. Columns and headlines say which, and this
module writes them: in the line's currency and in its locale. The format is set once per page, by
`cvlab.present.open_chapter`; it is the only state a cvlab process has.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, format_decimal, format_scientific, is_currency

from cvlab.checks import check_one_of
from cvlab.errors import ParameterError

Kind = Literal[
    "money", "share", "count", "ratio", "number", "days", "weeks", "months", "years", "text", "date", "truth"
]
KINDS: tuple[str, ...] = get_args(Kind)
NOT_KNOWN = "–"
_HUGE = 1e18  # from here on a number is written with an exponent


@dataclass(frozen=True, kw_only=True)
class NumberFormat:
    """A currency (ISO 4217 code) and a locale (such as `en`, `de`, `en_GB`) in which numbers are written.

    Raises
    ------
    ParameterError : the currency or the locale is unknown.

    Examples
    --------
    >>> NumberFormat(currency="EUR", locale="de")
    NumberFormat(currency='EUR', locale='de')
    """

    currency: str = "EUR"
    locale: str = "en"

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise ParameterError(f"currency is {self.currency!r}: give an ISO 4217 code such as EUR or USD")
        try:
            Locale.parse(self.locale)
        except (UnknownLocaleError, ValueError, TypeError):
            raise ParameterError(f"number_format is {self.locale!r}: give a locale such as en, de or fr_CH") from None


_current = NumberFormat()


def set_number_format(number_format: NumberFormat) -> None:
    """Write numbers in this currency and locale from now on, in this process.

    Examples
    --------
    >>> before = current_number_format()
    >>> set_number_format(NumberFormat(currency="USD", locale="de"))
    >>> write_number(1234.5, "money").replace(chr(160), " ")
    '1.234 $'
    >>> set_number_format(before)
    """
    global _current
    _current = number_format


def current_number_format() -> NumberFormat:
    """Return the format in which numbers are written now."""
    return _current


def write_number(
    value: float | None, kind: str = "number", *, number_format: NumberFormat | None = None, decimals: int | None = None
) -> str:
    """Write one number of a kind for a reader; a missing or infinite one is a dash.

    Of the kinds that are no numbers a text is written as it is, a date as a day and a truth as yes or no.

    Parameters
    ----------
    value : the number; money in the line's currency, shares from 0 to 1, durations in the unit that `kind` names.
    kind : one of `KINDS`.
    number_format : currency and locale; the page's when not given.
    decimals : of money and shares; cents below 1,000 and a tenth of a per cent when not given.

    Raises
    ------
    ParameterError : the kind is unknown.

    Examples
    --------
    >>> euro = NumberFormat(currency="EUR", locale="en")
    >>> write_number(1234.5, "money", number_format=euro), write_number(12.5, "money", number_format=euro)
    ('€1,234', '€12.50')
    >>> write_number(0.125, "share"), write_number(14, "days"), write_number(None, "money")
    ('12.5%', '14 days', '–')
    """
    check_one_of(kind, KINDS, "kind")
    chosen = number_format or _current
    if kind in ("text", "date", "truth"):
        return _write_word(value, kind)
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    # A hyphen may be parted from its number at the end of a line; the minus sign stays with it.
    written = _write_finite(float(value), kind, chosen, decimals)
    is_nothing = not any(digit in written for digit in "123456789")
    return written.replace("-", "" if is_nothing else "−", 1)


@lru_cache(maxsize=4096)  # a picture writes the same ticks several times before its layout is settled
def _write_finite(value: float, kind: str, chosen: NumberFormat, decimals: int | None) -> str:
    if abs(value) >= _HUGE:
        return _write_huge(value, kind, chosen)
    if kind == "money":
        return _write_money(value, chosen, decimals)
    if kind == "share":
        return _write_share(value, chosen, decimals)
    if kind == "count":
        return str(format_decimal(round(value), locale=chosen.locale))
    written = str(format_decimal(value, format=_plain_pattern(value), locale=chosen.locale))
    if kind in ("days", "weeks", "months", "years"):
        return f"{written} {kind[:-1] if value == 1 else kind}"
    return written


def write_range(
    low: float | None, high: float | None, kind: str = "number", *, number_format: NumberFormat | None = None
) -> str:
    """Write an interval, as in `€9.50 to €12.00`.

    Examples
    --------
    >>> write_range(0.25, 0.5, "share")
    '25.0% to 50.0%'
    """
    decimals = agree_decimals((low, high), kind)
    bounds = (write_number(bound, kind, number_format=number_format, decimals=decimals) for bound in (low, high))
    return " to ".join(bounds)


def agree_decimals(values: Iterable[float | None], kind: str) -> int | None:
    """Return the decimals with which numbers that belong together are written: those of the largest.

    Examples
    --------
    >>> agree_decimals((-0.0328, 0.5), "money"), agree_decimals((0.5, 1.2), "number")
    (2, None)
    """
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value)]
    if not sizes:
        return None
    return {"money": _money_decimals, "share": _share_decimals}.get(kind, lambda _largest: None)(max(sizes))


def label_unit(label: str, kind: str, *, number_format: NumberFormat | None = None) -> str:
    """Add the unit to a label, as an axis or a table head needs it; shares, counts and plain numbers have none.

    Examples
    --------
    >>> label_unit("price", "money", number_format=NumberFormat(currency="USD")), label_unit("time", "weeks")
    ('price (USD)', 'time (weeks)')
    """
    chosen = number_format or _current
    unit = {"money": chosen.currency, "days": "days", "weeks": "weeks", "months": "months", "years": "years"}.get(kind)
    return f"{label} ({unit})" if unit else label


def _money_decimals(size: float) -> int:
    """Whole units from 1,000 on, cents below, and two digits more where cents would read as nothing."""
    return 0 if size >= 1000 else 4 if 0 < size < 0.095 else 2


def _share_decimals(size: float) -> int:
    """A tenth of a per cent, and a hundredth where a tenth would read as nothing."""
    return 2 if 0 < size < 0.001 else 1


def _write_money(value: float, chosen: NumberFormat, decimals: int | None) -> str:
    pattern: NumberPattern = copy.copy(Locale.parse(chosen.locale).currency_formats["standard"])
    shown = _money_decimals(abs(value)) if decimals is None else decimals
    pattern.frac_prec = (shown, shown)
    return str(pattern.apply(value, chosen.locale, currency=chosen.currency, currency_digits=False))


def _write_share(value: float, chosen: NumberFormat, decimals: int | None) -> str:
    shown = _share_decimals(abs(value)) if decimals is None else decimals
    pattern = "#,##0." + "0" * shown if shown else "#,##0"
    return str(format_decimal(100 * value, format=pattern, locale=chosen.locale)) + "%"


def _write_huge(value: float, kind: str, chosen: NumberFormat) -> str:
    """Write a number that is surely a mistake with an exponent: hundreds of digits would hide it."""
    written = str(format_scientific(value, format="0.00E0", locale=chosen.locale))
    if kind == "money":
        return f"{written} {chosen.currency}"
    if kind == "share":
        return f"{written} × 100%"
    return f"{written} {kind}" if kind in ("days", "weeks", "months", "years") else written


def _write_word(value: object, kind: str) -> str:
    if value is None or value != value:
        return NOT_KNOWN
    if kind == "truth":
        return "yes" if value else "no"
    return str(value)[:10] if kind == "date" else str(value)


def _plain_pattern(value: float) -> str:
    """About three significant digits, never an exponent: enough for a decision, not more than the data bear."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return "#,##0"
    if size >= 10:
        return "#,##0.0"
    return "#,##0.00" if size >= 0.1 or size == 0 else "#,##0.000"
