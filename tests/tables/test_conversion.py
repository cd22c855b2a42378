"""Cells become values: properties that hold for any number, date or word."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.tables import conversion
from cvlab.tables.conversion import convert, show_found
from cvlab.tables.declaration import Column


def values_of(cells, column_type):
    column = Column(name="x", meaning="X.", type=column_type, kind="number")
    return convert(cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype="str"), column, table="t")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_survive_being_written(numbers):
    values, bad, problems = values_of([repr(number) for number in numbers], "number")
    assert np.array_equal(values.to_numpy(), np.array(numbers))
    assert not bad.any()
    assert problems == []


@given(st.lists(st.dates(min_value=datetime.date(1700, 1, 1), max_value=datetime.date(2200, 1, 1)), min_size=1))
def test_dates_survive_being_written(dates):
    values, bad, _ = values_of([date.isoformat() for date in dates], "date")
    assert [value.date() for value in values] == dates
    assert not bad.any()


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1), min_size=1))
def test_texts_stay_as_they_are(texts):
    values, _, _ = values_of(texts, "text")
    assert values.tolist() == texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-31", "2026-05-31"),
        ("2026-05-31T23:30:00Z", "2026-05-31 23:30"),
        ("2026-05-31 23:30:15.5+02:00", "2026-05-31 23:30:15.5"),
        ("2026-05-31T23:30", "2026-05-31 23:30"),
    ],
)
def test_dates_in_iso_form_are_read_as_on_the_wall(text, expected):
    assert values_of([text], "date")[0].tolist() == [pd.Timestamp(expected)]


@pytest.mark.parametrize(
    "text", ["31.05.2026", "05/31/26", "2026-5-1", "20260531", "2026", "May 31, 2026", "2026-13-01"]
)
def test_other_dates_are_refused(text):
    _, bad, problems = values_of([text, "2026-01-01"], "date")
    assert bad.tolist() == [True, False]
    assert problems[0].rows == (1,)


@pytest.mark.parametrize("text", ["1,5", "1 000", "€5", "5 EUR", "0x10", "1_000", "five", "inf", "-Infinity", "١٢"])
def test_other_numbers_are_refused(text):
    assert values_of([text], "number")[1].tolist() == [True]


@pytest.mark.parametrize("text", ["yes", "YES", "True", "TRUE", "1", " yes ", "1.0"])
def test_words_for_yes(text):
    assert values_of([text], "truth")[0].tolist() == [True]


@pytest.mark.parametrize("text", ["y", "ja", "2", "-1", "on"])
def test_other_words_are_refused(text):
    assert values_of([text], "truth")[1].tolist() == [True]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2"], "i"),
        (["1", ""], "f"),
        (["1", "NA"], "f"),
        (["1.5", "2"], "f"),
        (["01", "2"], "O"),
        (["1", "x"], "O"),
    ],
)
def test_any_column_is_numeric_if_all_of_it_is(cells, kind):
    values = values_of(cells, "any")[0]
    assert ("O" if pd.api.types.is_string_dtype(values) else values.dtype.kind) == kind


def test_cells_are_not_changed():
    cells = pd.Series([" a ", "", "b"], dtype="str")
    before = cells.copy()
    values_of(cells, "text")
    pd.testing.assert_series_equal(cells, before)


def test_found_values_cannot_break_a_line():
    assert show_found(["a\nb", "\x1b[31m"]) == r"found 'a\nb', '\x1b[31m'"
    assert show_found(["1", "2", "3", "4"]) == "found '1', '2', '3' and others"


def strip_all(cells):
    """Take blanks off as pandas does, cell by cell."""
    texts = cells.astype("str").str.strip()
    return texts.mask(texts == "")


ODD_CELLS = (
    *("", " ", "NA", "n/a", "null", "nan", "1", " 1", "01", "-007", "0.5", "1.0", "+2", "1e5", "1e400", "inf", "-0"),
    *("9007199254740993", "99999999999999999999", "-1", "yes", "NO", "true", "2026-05-31", "2026-05-31T10:00Z"),
    *(
        "2026-13-01",
        "31.05.2026",
        "x",
        "é ",
        "\xa0",
        "1,5",
        "1 000",
        "0x10",
        "1_000",
        "١٢",
        ".5",
        "5.",
        "Infinity",
        "1d5",
    ),
)


@given(
    st.lists(st.sampled_from(ODD_CELLS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=4), max_size=12),
    st.sampled_from(["text", "number", "whole", "date", "truth", "any"]),
)
def test_converting_distinct_texts_is_converting_all(cells, column_type):
    series = pd.Series(cells, dtype="str", index=range(5, 5 + len(cells)))
    values, bad, _ = values_of(series, column_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "holds_words", lambda texts: False)
        patch.setattr(conversion, "to_text", strip_all)
        all_values, all_bad = conversion._CONVERTERS[column_type](series)
    pd.testing.assert_series_equal(values, all_values)
    assert bad.tolist() == all_bad.tolist()
