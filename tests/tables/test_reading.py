"""Cells of a file: whichever way a file is split, the same bytes give the same cells and the same problems."""

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.tables import reading
from cvlab.tables.reading import read_source

# What files are made of, and everything on which two readers of CSV might not agree.
ODD = ("a", "1", ",", ",", ",", '"', '"', '""', "\n", "\n", "\r\n", "\r", " ", "\t", "\x0b", "\xa0", "\x1c", "\u2028")
PIECES = (*ODD, "é", "\n,\n", '"a,b"', '","', "\x85", "a,b\n", "c,d\r\n", '"x\ny",z\n', "\ufeff")


def read_slowly(data):
    """Read as pandas does, whatever the file looks like."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_split_ordinary", lambda text: None)
        return read_source(data, table="t", ending=".csv")


def assert_same(data):
    new, old = read_source(data, table="t", ending=".csv"), read_slowly(data)
    assert new.problems == old.problems
    if old.cells is None:
        assert new.cells is None
    else:
        pd.testing.assert_frame_equal(new.cells, old.cells)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.sampled_from(["", "a,b\n", '"a",b\r\n']))
def test_both_ways_of_splitting_agree(text, header):
    assert_same((header + text).encode())


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,"x\ny"\n',
        'a,b\n1,"x""y"\n\n2,z\n,\n,\n',
        "a,b\n1,2\n\n \t\n2,z\n,\n,\n",
        "a,b\r\n1,2\r\n",
        "a,b",
        'a,b\n1,x"y\n',
        "a,a\n1,2\n",
        "a,\n1,2\n",
    ],
)
def test_ordinary_files_are_split_quickly(text):
    assert reading._split_ordinary(text) is not None
    assert_same(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",  # one column: an empty line might be a row
        'a,b\n1,"x\n',  # a quotation mark that stays open
        'a,b\n1,x"\n"2,y\n',
        "a,b\n1\n",
        "a,b\r1,2\n",
        'a,b\n "1",2\n',
        "a,b\n\x0b\n",
        f"a,b\n1,{'x' * (csv.field_size_limit() + 1)}\n" if csv.field_size_limit() < 1_000_000 else "a\n",
    ],
)
def test_odd_files_are_left_to_pandas(text):
    assert reading._split_ordinary(text) is None
    assert_same(text.encode())


def test_a_lone_quotation_mark_is_no_table():
    assert read_source(b'"', table="t", ending=".csv").problems[0].rule == "the file is empty"
