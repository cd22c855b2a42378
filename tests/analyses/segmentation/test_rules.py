"""The small language of segment rules: what it means, and what it refuses."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.segmentation.rules import read_rule
from cvlab.errors import DataError, ParameterError

SALONS = pd.DataFrame(
    {
        "chairs": [2.0, 4.0, 9.0, None],
        "region": ["north", "south", None, "east"],
        "online": [True, False, True, False],
        "start_date": pd.to_datetime(["2025-01-01", "2025-06-01", "2026-01-01", None]),
        "number of chairs": [2, 4, 9, 1],
        "kind": pd.Categorical(["hair", "nail", "hair", "hair"]),
    },
    index=[10, 20, 30, 30],
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("chairs < 4", [True, False, False, None]),
        ("4 >= chairs", [True, True, False, None]),
        ("chairs == 4 or chairs > 8.5", [False, True, True, None]),
        ("not chairs < 4", [False, True, True, None]),
        ("region == 'north'", [True, False, None, False]),
        ('region in ["north", "east"]', [True, False, None, True]),
        ("region not in ['north']", [False, True, None, True]),
        ("chairs in [2, 9]", [True, False, True, None]),
        ("`number of chairs` >= -1.5e0", [True, True, True, True]),
        ("chairs == `number of chairs`", [True, True, True, None]),
        ("online and kind == 'hair'", [True, False, True, False]),
        ("online == false", [False, True, False, True]),
        ("start_date >= '2025-06-01'", [False, True, True, None]),
        # What is known to be true or false decides, whatever is missing beside it.
        ("chairs < 4 and region == 'west'", [False, False, False, False]),
        ("chairs < 4 or kind == 'hair'", [True, False, True, True]),
        ("chairs > 1 and (region == 'north' or region == 'south')", [True, True, None, False]),
        # `and` binds more closely than `or`.
        ("kind == 'nail' or kind == 'hair' and chairs > 5", [False, True, True, None]),
    ],
)
def test_rules_mean_what_they_say(rule: str, expected: list) -> None:
    answer = read_rule(rule).holds(SALONS)
    assert [None if pd.isna(value) else bool(value) for value in answer] == expected
    assert answer.index.tolist() == SALONS.index.tolist()


@pytest.mark.parametrize(
    ("rule", "position", "expected"),
    [
        ("chairs <", 9, "found the end"),
        ("chairs < 4 chairs", 12, "expected and, or, or the end, found 'chairs'"),
        ("(chairs < 4", 12, "expected '\\)', found the end"),
        ("chairs in 4", 11, "expected '\\['"),
        ("chairs in [4, region]", 15, "expected a number"),
        ("chairs not 4", 12, "expected in"),
        ("'a' == 'b'", 11, "a column on one side"),
        ("4", 2, "expected a comparison"),
        ("chairs < 4 and", 15, "found the end"),
        ("name == 'open", 9, "expected the closing quote"),
        ("chairs = 4", 8, "found '= 4'"),
        ("chairs < 4; import os", 11, "found '; import os'"),
        ("__import__('os').system('ls')", 11, "found"),
        ("chairs < 4abc", 10, "found '4abc'"),
        ("chairs.real < 4", 7, "found '.real < 4'"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_position(rule: str, position: int, expected: str) -> None:
    with pytest.raises(ParameterError, match=rf"position {position}: .*{expected}"):
        read_rule(rule).holds(SALONS)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "is empty"),
        ("x " * 1500, "write at most 2000"),
        ("(" * 200 + "chairs < 4", "at most 40 levels"),
        ("not " * 200 + "online", "at most 40 levels"),
    ],
)
def test_rules_too_short_too_long_or_too_deep_are_refused(rule: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_rule(rule)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("chairs == 'two'", "chairs: number is compared with text"),
        ("region < 'north'", "region: text has no order"),
        ("region == 4", "region: text is compared with number"),
        ("chairs", "chairs is not true or false"),
        ("start_date > 'soon'", "'soon' is not a date"),
        ("chairs in ['a']", "chairs"),
    ],
)
def test_what_cannot_be_compared_is_refused(rule: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_rule(rule).holds(SALONS)


def test_columns_that_are_not_there_are_named_together() -> None:
    rule = read_rule("size > 4 and `level of care` == 'high' and chairs < 4")
    assert rule.columns == ("size", "level of care", "chairs")
    with pytest.raises(DataError, match="needs columns size, level of care: there are chairs, region"):
        rule.holds(SALONS)


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ab <>=!()[],'\"`and or not in 12.-\n\\", max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    table = pd.DataFrame({"a": [1.0, None], "b": ["x", "y"]})
    try:
        answer = read_rule(text).holds(table)
    except (ParameterError, DataError):
        return
    assert len(answer) == 2


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.integers(-5, 5), min_size=1, max_size=8), edge=st.integers(-5, 5))
def test_a_rule_and_its_not_part_everybody(values: list[int], edge: int) -> None:
    table = pd.DataFrame({"a": values})
    holds = read_rule(f"a < {edge}").holds(table)
    assert holds.tolist() == [value < edge for value in values]
    assert (read_rule(f"not (a < {edge})").holds(table) == ~holds).all()
