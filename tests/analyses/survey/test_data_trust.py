"""The data light: what turns it amber and red, and what it says."""

import pandas as pd
import pytest

from cvlab.analyses.survey import measure_data_trust
from cvlab.errors import DataError


def make_people(n: int, missing: int = 0) -> pd.DataFrame:
    age = [30.0] * (n - missing) + [None] * missing
    return pd.DataFrame({"customer_id": [str(i) for i in range(n)], "age": age})


@pytest.mark.parametrize(
    ("n", "read", "missing", "light", "reason"),
    [
        (120, 120, 0, "green", None),
        (120, 140, 0, "amber", "14.3% of its rows are excluded"),
        (120, 200, 0, "red", "40.0% of its rows are excluded"),
        (120, 120, 24, "amber", "10.0% of the cells that should be filled are empty"),
        (100, 100, 0, "green", None),
        (99, 99, 0, "amber", "it speaks for 99 people"),
        (60, 60, 0, "amber", "it speaks for 60 people"),
        (30, 30, 0, "amber", "it speaks for 30 people (green needs 100)"),
        (29, 29, 0, "red", "it speaks for 29 people"),
        (190, 200, 0, "green", None),
        (160, 200, 0, "amber", "20.0% of its rows are excluded"),
        (12, 12, 0, "red", "it speaks for 12 people (amber needs 30, green needs 100)"),
    ],
)
def test_the_light_and_its_reason(n: int, read: int, missing: int, light: str, reason: str | None) -> None:
    trust = measure_data_trust({"customers": make_people(n, missing)}, rows_read={"customers": read})
    assert trust.light == light
    assert f"The data light is {light}" in str(trust.headline)
    if reason:
        assert reason in trust.notes[0]
        assert reason in str(trust.headline)


def test_a_cell_that_may_be_empty_is_no_gap() -> None:
    people = make_people(120, missing=60)
    assert measure_data_trust({"customers": people}).light == "red"
    assert measure_data_trust({"customers": people}, may_be_empty={"customers": ["age"]}).light == "green"


def test_the_line_is_as_good_as_its_weakest_table_and_tables_without_people_are_judged_by_rows() -> None:
    rungs = pd.DataFrame({"rung": ["a", "b"], "price": [1.0, 2.0]})
    trust = measure_data_trust({"customers": make_people(200), "rungs": rungs})
    assert trust.light == "green"
    assert trust.table["people"].isna().tolist() == [False, True]
    assert measure_data_trust({"customers": make_people(200), "answers": make_people(10)}).light == "red"


def test_impossible_input_is_refused() -> None:
    with pytest.raises(DataError, match="no tables"):
        measure_data_trust({})
    with pytest.raises(DataError, match="no usable row is left in a, b"):
        measure_data_trust({"a": make_people(0), "b": make_people(0)})
    with pytest.raises(DataError, match="a has 5 rows, but only 3 were read"):
        measure_data_trust({"a": make_people(5)}, rows_read={"a": 3})


def test_respondents_of_levels_that_no_customer_has_keep_the_light_from_green() -> None:
    customers = make_people(200).assign(phone=["ios", "android"] * 100)
    people = pd.DataFrame({"respondent_id": range(150), "phone": ["iPhone", "Android phone"] * 75})
    tables = {"customers": customers, "respondents": people}
    trust = measure_data_trust(tables, characteristics=["phone"])
    assert trust.light == "amber"
    assert "levels of its characteristics are not those of the customers" in str(trust.headline)
    assert trust.notes[-1].startswith("phone: no level of the respondents (iPhone, Android phone) is a level of")
    named = people.assign(phone=["ios", "android"] * 75)
    few = named.assign(phone=[*["iPhone"] * 9, *named["phone"][9:]])
    for same in (named, few):
        assert measure_data_trust({**tables, "respondents": same}, characteristics=["phone"]).light == "green"
