"""How numbers are written: every kind, two locales, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.errors import ParameterError
from cvlab.units import KINDS, NOT_KNOWN, NumberFormat, label_unit, write_number, write_range

EURO = NumberFormat(currency="EUR", locale="en")
GERMAN = NumberFormat(currency="EUR", locale="de")


@pytest.mark.parametrize(
    ("value", "kind", "english", "german"),
    [
        (1234567.0, "money", "€1,234,567", "1.234.567\xa0€"),
        (999.99, "money", "€999.99", "999,99\xa0€"),
        (-12.5, "money", "−€12.50", "−12,50\xa0€"),
        (-0.0000001, "share", "0.00%", "0,00%"),
        (0.0303, "money", "€0.0303", "0,0303\xa0€"),
        (0.0, "money", "€0.00", "0,00\xa0€"),
        (0.1234, "share", "12.3%", "12,3%"),
        (0.0003, "share", "0.03%", "0,03%"),
        (12000, "count", "12,000", "12.000"),
        (3.14159, "number", "3.14", "3,14"),
        (0.04567, "ratio", "0.046", "0,046"),
        (31.4159, "number", "31.4", "31,4"),
        (314.159, "number", "314", "314"),
        (1, "weeks", "1 week", "1 week"),
        (2.5, "months", "2.50 months", "2,50 months"),
    ],
)
def test_numbers_are_written_in_the_locale(value: float, kind: str, english: str, german: str) -> None:
    assert write_number(value, kind, number_format=EURO) == english
    assert write_number(value, kind, number_format=GERMAN) == german


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("text", "date", "truth")])
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash(kind: str, value: float | None) -> None:
    assert write_number(value, kind) == NOT_KNOWN


@given(st.floats(-1e15, 1e15), st.sampled_from(["money", "share", "number", "days"]))
def test_no_number_needs_an_exponent(value: float, kind: str) -> None:
    assert "e" not in write_number(value, kind, number_format=EURO).replace("days", "")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("text", "date", "truth")])
@given(value=st.floats(1e15, 1.7e308), sign=st.sampled_from([-1, 1]))
def test_every_finite_number_is_written_and_short(kind: str, value: float, sign: int) -> None:
    written = write_number(sign * value, kind, number_format=EURO)
    assert len(written) < 45
    assert written.startswith("−") == (sign < 0)
    assert NOT_KNOWN not in written


def test_huge_numbers_have_an_exponent() -> None:
    assert write_number(1e200, "money", number_format=EURO) == "1.00E200 EUR"
    assert write_number(1e200, "money", number_format=GERMAN, decimals=2) == "1,00E200 EUR"
    assert write_number(2.5e30, "days", number_format=EURO) == "2.50E30 days"


def test_a_range_names_both_ends_and_words_pass_through() -> None:
    assert write_range(1, 2, "money", number_format=EURO) == "€1.00 to €2.00"
    assert write_number("north", "text") == "north"  # type: ignore[arg-type]
    assert write_number(True, "truth") == "yes"


def test_decimals_can_be_set_for_ticks() -> None:
    assert write_number(200.0, "money", number_format=EURO, decimals=0) == "€200"
    assert write_number(0.25, "share", number_format=EURO, decimals=0) == "25%"
    assert write_number(0.256, "share", number_format=GERMAN, decimals=2) == "25,60%"


def test_labels_carry_the_unit() -> None:
    assert label_unit("price", "money", number_format=NumberFormat(currency="CHF")) == "price (CHF)"
    assert label_unit("share", "share") == "share"


@pytest.mark.parametrize(
    ("given_format", "words"), [({"currency": "EURO"}, "ISO 4217"), ({"locale": "klingon"}, "locale")]
)
def test_an_unknown_format_is_refused(given_format: dict[str, str], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        NumberFormat(**given_format)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="kind is 'metres'"):
        write_number(1.0, "metres")
