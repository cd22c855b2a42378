"""Levels that are named otherwise on the two sides are said, by name where enough people have them."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.survey import estimate_weights, measure_response

REMEDY = "give `labels:` in the mapping or rename them."


def make_sides(asked: list[str], known: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    customers = pd.DataFrame({"customer_id": range(len(known)), "phone": known}).assign(
        region=np.where(np.arange(len(known)) % 2, "north", "south")
    )
    people = pd.DataFrame({"respondent_id": [f"r{number}" for number in range(len(asked))], "phone": asked}).assign(
        region=np.where(np.arange(len(asked)) % 2, "north", "south")
    )
    return people, customers


@pytest.mark.parametrize("measure", [measure_response, estimate_weights])
def test_no_level_in_common_is_no_lack_of_people(measure: object) -> None:
    people, customers = make_sides(["iPhone"] * 60 + ["Android phone"] * 40, ["android"] * 300 + ["ios"] * 100)
    result = measure(people, customers)  # type: ignore[operator]
    assert (
        "phone: no level of the respondents (iPhone, Android phone) is a level of the customers (android, ios): "
        + REMEDY
    ) in result.notes
    assert not any("too few people" in note for note in result.notes)
    assert set(result.table["characteristic"]) == {"region"}


@pytest.mark.parametrize("measure", [measure_response, estimate_weights])
def test_single_levels_without_partner_are_named_where_enough_people_have_them(measure: object) -> None:
    asked = ["ios"] * 50 + ["Android phone"] * 40 + ["a rare one"] * 3
    people, customers = make_sides(asked, ["android"] * 300 + ["ios"] * 100)
    notes = measure(people, customers).notes  # type: ignore[operator]
    assert (
        "phone: Android phone and 1 more level are levels of the respondents, but not of the customers; of the "
        "customers', no respondent has android: " + REMEDY
    ) in notes


def test_a_level_is_named_from_the_smallest_group_on() -> None:
    for n, said in ((10, "phone: iPhone is a level"), (9, "phone: 1 level is a level")):
        people, customers = make_sides(
            ["ios"] * 50 + ["android"] * 20 + ["iPhone"] * n, ["ios"] * 100 + ["android"] * 100
        )
        assert any(note.startswith(said) for note in measure_response(people, customers).notes), n


def test_a_mismatch_is_the_reason_why_a_characteristic_is_left_out() -> None:
    people, customers = make_sides(["ios"] * 50 + ["Android phone"] * 40, ["ios"] * 100 + ["android"] * 5)
    notes = estimate_weights(people, customers).notes
    assert any(note.startswith("phone: Android phone is a level of the respondents") for note in notes)
    assert not any("too few people" in note for note in notes if note.startswith("phone is left out"))


def test_a_level_of_which_nobody_answered_is_no_mismatch() -> None:
    people, customers = make_sides(["ios"] * 100, ["android"] * 300 + ["ios"] * 100)
    assert not any("level of the" in note for note in measure_response(people, customers).notes)


def test_numbers_have_no_partners_to_look_for() -> None:
    people, customers = make_sides(["ios"] * 100, ["ios"] * 300)
    people["size"], customers["size"] = [1, 2, 3, 4, 7] * 20, [1, 2, 3, 4] * 75
    assert not any("levels of the" in note for note in measure_response(people, customers).notes)
