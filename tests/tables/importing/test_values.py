"""Texts of exports become values by what their source says, and nothing is guessed."""

import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.tables.importing import ColumnMap, Source, detect_dates, detect_marks
from cvlab.tables.importing.number_texts import read_numbers
from cvlab.tables.importing.values import convert_texts, way_of, write_number_text


def convert(texts, column=None, source=None, declared="number"):
    way = way_of(column or ColumnMap(origin="x"), source or Source(), declared)
    return convert_texts(pd.Series(texts, dtype="str"), way)


def reasons(converted):
    return {reason: mask.nonzero()[0].tolist() for reason, mask in converted.wrong.items()}


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "number"),
    [
        ("1234.5", ".", "", 1234.5),
        ("1.234,5", ",", ".", 1234.5),
        ("1 234,5", ",", " ", 1234.5),
        ("1\u202f234,5", ",", " ", 1234.5),
        ("1’234.5", ".", "'", 1234.5),
        ("€ 1,5", ",", "", 1.5),
        ("-$3.20", ".", "", -3.2),
        ("12 EUR", ".", "", 12.0),
        ("\u22125", ".", "", -5.0),
        ("35 %", ".", "", 0.35),
        ("12,5%", ",", "", 0.125),
        ("1,5E+03", ",", "", 1500.0),
    ],
)
def test_numbers_are_read_by_their_marks(text, decimal, thousands, number):
    assert read_numbers(pd.Series([text]), decimal=decimal, thousands=thousands).tolist() == pytest.approx([number])


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [("1,5", ".", ""), ("1.5", ",", "."), ("1,23,456", ".", ","), ("12a", ".", ""), ("1,2345", ".", ","),
     ("--1", ".", ""), ("inf", ".", ""), ("1.000.5", ".", "")],
)  # fmt: skip
def test_what_does_not_fit_the_marks_is_no_number(text, decimal, thousands):
    converted = convert([text], ColumnMap(origin="x", decimal=decimal, thousands=thousands))
    assert converted.column.isna().all()
    assert list(reasons(converted).values()) == [[0]]


def test_mixed_decimal_marks_are_named():
    converted = convert(["1.5", "1,5", "2"], source=Source(decimal=","))
    assert reasons(converted) == {"must be a number with ',' as its decimal mark": [0]}
    assert detect_marks(["1.5", "1,5"]) == ()


@given(st.floats(-1e9, 1e9).map(lambda number: round(number, 4)), st.sampled_from([(".", ","), (",", "."), (",", " ")]))
def test_numbers_written_with_marks_are_read_back(number, marks):
    decimal, thousands = marks
    text = f"{number:,.4f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    assert read_numbers(pd.Series([text]), decimal=decimal, thousands=thousands)[0] == number
    assert marks in detect_marks([text]) or (decimal, "") in detect_marks([text])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_is_the_number_read(number):
    assert float(write_number_text(number)) == number


@given(
    st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1)).map(
        lambda day: day.replace(microsecond=0)
    )
)
def test_dates_are_read_in_any_order_that_is_said(day):
    texts = {
        "iso": [day.isoformat(" "), day.strftime("%Y/%m/%d %H:%M:%S"), day.strftime("%d %B %Y %H:%M:%S")],
        "day-first": [day.strftime("%d.%m.%Y %H:%M:%S"), day.isoformat()],
        "month-first": [day.strftime("%m/%d/%Y %I:%M:%S %p"), day.strftime("%b %d, %Y %H:%M:%S")],
    }
    for order, written in texts.items():
        converted = convert([text.replace("/0", "/") for text in written], source=Source(dates=order), declared="date")
        assert not converted.wrong, (order, written)
        assert converted.column.tolist() == [pd.Timestamp(day)] * len(written)
        assert order in detect_dates(written)


def test_dates_that_cannot_be_read_say_why():
    texts = ["01/02/2026", "1.5.26", "31.12.1899", "1899-12-31", "2026-02-30", "soon", "2026-05-31"]
    converted = convert(texts, declared="date")
    assert reasons(converted) == {
        "could be two days: whether the day or the month stands first must be said": [0, 2],
        "must have a year of four digits, for two do not say which hundred years are meant": [1],
        "must be a date from 1900 on, for spreadsheets hold earlier days only as text": [3],
        "must be a day that exists, with day and month in the order that is said": [4],
        "must be a date": [5],
    }
    assert reasons(convert(["31.12.1899"], source=Source(dates="day-first"), declared="date")) == {
        "must be a date from 1900 on, for spreadsheets hold earlier days only as text": [0]
    }
    assert reasons(convert(["31/12/2026"], source=Source(dates="month-first"), declared="date")) == {
        "must be a day that exists, with day and month in the order that is said": [0]
    }


def test_labels_become_codes_and_codes_labels():
    to_codes = ColumnMap(origin="x", labels={"Very likely": "5", "Never": "1"})
    assert convert(["Never", " Very likely ", "3"], to_codes).column.tolist() == [1, 5, 3]
    to_labels = ColumnMap(origin="x", labels={"1": "small", "2": "large"})
    converted = convert(["2", "1", "3", ""], to_labels, declared="text")
    assert converted.column.fillna("-").tolist() == ["large", "small", "-", "-"]
    assert reasons(converted) == {"must be among the labels of the mapping": [2]}
    kept = ColumnMap(origin="x", labels={"1": "small"}, keep_unlisted=True)
    assert convert(["2", "1"], kept, declared="text").column.tolist() == ["2", "small"]


def test_yes_and_no_come_from_words_from_answers_and_from_nothing():
    assert convert(["Yes", "no", "TRUE", "0"], declared="truth").column.tolist() == [True, False, True, False]
    assert reasons(convert(["Ja"], declared="truth")) == {"must be yes or no": [0]}
    chosen = ColumnMap(origin="x", equals=("a", "b"))
    answers = convert(["a", "c", ""], chosen, declared="truth").column
    assert answers[:2].tolist() == [True, False]
    assert answers.isna().tolist() == [False, False, True]
    ticked = ColumnMap(origin="x", labels={"Car": "yes"}, otherwise="no")
    assert convert(["Car", ""], ticked, declared="truth").column.tolist() == [True, False]


def test_texts_that_mean_no_answer_are_missing():
    source = Source(missing=("-99", "Prefer not to say"))
    converted = convert(["-99", "Prefer not to say", "", "1"], ColumnMap(origin="x", missing=("N/A",)), source)
    assert converted.column.isna().tolist() == [True, True, True, False]
    assert not converted.wrong


def test_codes_stay_texts_and_numbers_get_a_decimal_point():
    german = Source(decimal=",", thousands=".")
    assert convert(["007", "12"], source=german, declared="any").column.tolist() == ["007", "12"]
    assert convert(["1,5", "1.200"], source=german, declared="any").column.tolist() == ["1.5", "1200"]
    assert convert(["1,5", "north"], source=german, declared="any").column.tolist() == ["1,5", "north"]


def test_texts_that_a_spreadsheet_would_run_get_an_apostrophe():
    converted = convert(["=1+1", "@SUM(A1)", "-cmd|x", "- other", "@name", "+49 30"], declared="text")
    assert converted.column.tolist() == ["'=1+1", "'@SUM(A1)", "'-cmd|x", "- other", "@name", "+49 30"]
    assert converted.formulas.tolist() == [True, True, True, False, False, False]


def test_times_turns_percentages_into_shares():
    assert convert(["50", "12.5"], ColumnMap(origin="x", times=0.01)).column.tolist() == [0.5, 0.125]


def test_ambiguous_marks_and_dates_have_two_readings():
    assert detect_marks(["1,234", "12"]) == ((",", ""), (".", ","))
    assert detect_marks(["1.234"]) == ((".", ""), (",", "."))
    assert detect_dates(["01/02/2026", "11/12/2026"]) == ("day-first", "month-first")
    assert detect_dates(["01/13/2026", "13/01/2026"]) == ()


@pytest.mark.parametrize(
    ("text", "order", "years", "day"),
    [
        ("25.03.24", "day-first", "1950-2049", "2024-03-25"),
        ("25.03.49", "day-first", "1950-2049", "2049-03-25"),
        ("25.03.50", "day-first", "1950-2049", "1950-03-25"),
        ("03/25/24 1:05 PM", "month-first", "1930-2029", "2024-03-25 13:05"),
        ("24-03-25", "year-first", "1950-2049", "2024-03-25"),
        ("25 Mar 24", "iso", "1950-2049", "2024-03-25"),
        ("25.03.2024", "day-first", "1900-1999", "2024-03-25"),
    ],
)
def test_years_of_two_digits_are_read_where_their_hundred_is_said(text, order, years, day):
    converted = convert([text], source=Source(dates=order, short_years=years), declared="date")
    assert not converted.wrong
    assert converted.column.tolist() == [pd.Timestamp(day)]
    # A column may lie in another hundred years than the rest of the export.
    column = ColumnMap(origin="x", dates=order, short_years=years)
    assert convert([text], column, source=Source(), declared="date").column.tolist() == [pd.Timestamp(day)]


def test_years_of_two_digits_alone_do_not_say_their_order():
    assert reasons(convert(["01.02.24"], source=Source(short_years="1950-2049"), declared="date")) == {
        "could be two days: whether the day or the month stands first must be said": [0]
    }
    assert detect_dates(["99-03-31"]) == ("year-first",)
    assert detect_dates(["25.03.24"]) == ("day-first",)


def test_numbers_are_days_only_where_they_are_said_to_be():
    column = ColumnMap(origin="x", dates="excel")
    converted = convert(["46173", "46173.5", "2026-05-31", "60", "9999999"], column, declared="date")
    assert converted.column.dropna().astype("str").tolist() == [
        "2026-05-31 00:00:00", "2026-05-31 12:00:00", "2026-05-31 00:00:00",
    ]  # fmt: skip
    assert list(reasons(converted).values()) == [[3], [4]]
    assert reasons(convert(["46173"], declared="date")) == {"must be a date": [0]}
    assert convert(["20260531"], declared="date").column.tolist() == [pd.Timestamp("2026-05-31")]
