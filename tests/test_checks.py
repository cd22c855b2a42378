"""Argument checks say what was given, what is allowed and what to do."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cvlab.checks import (
    check_columns,
    check_count,
    check_finite,
    check_numeric,
    check_one_of,
    check_positive,
    check_share,
    check_together,
)
from cvlab.errors import DataError, ParameterError, Problem


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (check_share, 0, "give a share between 0 and 1"),
        (check_share, 1.0, "give a share between 0 and 1"),
        (check_share, float("nan"), "give a share between 0 and 1"),
        (check_share, "0.95", "give a share between 0 and 1"),
        (check_positive, 0, "give a number above 0"),
        (check_positive, -3, "give a number above 0"),
        (check_positive, True, "give a number above 0"),
        (check_finite, float("inf"), "give a finite number"),
        (check_count, 0, "whole number of at least 1"),
        (check_count, 2.0, "whole number of at least 1"),
        (check_count, True, "whole number of at least 1"),
    ],
)
def test_a_wrong_argument_is_named_with_its_remedy(check: Callable[..., object], value: object, message: str) -> None:
    with pytest.raises(ParameterError, match=f"size is .*{message}"):
        check(value, "size")


def test_good_arguments_pass_through() -> None:
    assert check_share(np.float64(0.5), "level") == 0.5
    assert check_positive(0, "cost", zero_allowed=True) == 0
    assert check_count(np.int64(3), "n") == 3
    assert check_one_of("a", ("a", "b"), "letter") == "a"


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(DataError, match="answers lacks columns cheap, expensive: it has price"):
        check_columns(pd.DataFrame({"price": [1]}), ["price", "cheap", "expensive"], "answers")


def test_repeated_columns_and_empty_tables_are_refused() -> None:
    with pytest.raises(DataError, match="same name: a"):
        check_columns(pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a"], "answers")
    with pytest.raises(DataError, match="no rows"):
        check_columns(pd.DataFrame({"a": []}), ["a"], "answers")
    with pytest.raises(DataError, match="answers is a list"):
        check_columns([1], ["a"], "answers")  # type: ignore[arg-type]


def test_columns_that_are_no_texts_are_named_too() -> None:
    with pytest.raises(DataError, match="answers lacks columns 7, cheap: it has 3"):
        check_columns(pd.DataFrame({3: [1]}), [7, "cheap"], "answers")  # type: ignore[list-item]


def test_several_checks_make_one_message() -> None:
    table = pd.DataFrame({"a": ["x"]})

    def lack() -> None:
        check_columns(table, ["b"], "answers")

    def count() -> None:
        check_numeric(table, ["a"], "answers")

    with pytest.raises(DataError) as raised:
        check_together("answers cannot be used", lack, lambda: None, count)
    assert str(raised.value) == (
        "answers cannot be used: 2 problems\n  answers lacks column b: it has a\n"
        "  answers: a is not numeric. Correct, fill or drop them first"
    )
    with pytest.raises(DataError, match="answers lacks column b"):
        check_together("answers cannot be used", lack)
    check_together("answers cannot be used")


def test_all_numeric_faults_are_named_at_once() -> None:
    table = pd.DataFrame({"a": ["x", "y"], "b": [1.0, np.inf], "c": [1.0, None], "d": [1, 2]})
    with pytest.raises(DataError, match="a is not numeric; b has infinite values; c has 1 missing values"):
        check_numeric(table, list("abcd"), "answers")
    check_numeric(table, ["c"], "answers", missing_allowed=True)


def test_a_problem_names_its_place_and_many_rows_are_shortened() -> None:
    problem = Problem(table="rungs", column="price", rows=tuple(range(1, 10)), rule="is below 0", remedy="correct it")
    assert str(problem) == "error: rungs, column price, rows 1, 2, 3, 4, 5 and 4 more: is below 0. Remedy: correct it."
    error = DataError.from_problems("line", [problem, Problem(rule="no name", remedy="add one", severity="warning")])
    assert str(error).startswith("line: 2 problems\n  error: rungs")
    assert len(error.problems) == 2
