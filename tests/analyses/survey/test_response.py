"""Response rates against counts by hand, Pearson's test against its formula, and what is not counted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.survey import measure_items, measure_response
from cvlab.errors import DataError


def make_customers(n: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": range(n), "region": np.where(np.arange(n) < n // 2, "north", "south"), "size": np.arange(n) % 2}
    )


def make_respondents(customers: pd.DataFrame, north: int, south: int) -> pd.DataFrame:
    picked = [customers[customers["region"] == name].head(n) for name, n in (("north", north), ("south", south))]
    return pd.concat(picked).rename(columns={"customer_id": "respondent_id"})


def test_rates_ratios_and_the_test_are_those_of_the_counts() -> None:
    customers = make_customers()
    result = measure_response(make_respondents(customers, 40, 20), customers, columns=["region"])
    table = result.table.set_index("level")
    assert table[["people", "answered"]].to_dict("index") == {
        "south": {"people": 50, "answered": 20},
        "north": {"people": 50, "answered": 40},
    }
    assert table["rate"].to_dict() == {"south": 0.4, "north": 0.8}
    assert table.loc["south", "ratio"] == pytest.approx(0.4 / 0.6)
    assert tuple(table.loc["north", ["low", "high"]]) == wilson_interval(40, 50)
    # Expected 30 and 20 in each region: 4 cells, (10²/30 + 10²/20) * 2.
    chi2 = 2 * (100 / 30 + 100 / 20)
    assert table["p_value"].to_numpy() == pytest.approx(stats.chi2.sf(chi2, 1))
    assert (result.rate, result.low, result.high) == (0.6, *wilson_interval(60, 100))
    assert str(result.headline).endswith("least like the others is region south, of whom 40.0% did.")
    assert "Some answered more readily than others, by region" in result.notes[0]


def test_everybody_answering_is_no_difference() -> None:
    customers = make_customers()
    result = measure_response(customers.rename(columns={"customer_id": "respondent_id"}), customers)
    assert (result.table["p_value"] == 1).all()
    assert result.notes == ()


def test_characteristics_come_from_the_customer_of_the_same_id_whatever_its_type() -> None:
    customers = make_customers()
    ids = pd.DataFrame({"respondent_id": [str(number) for number in range(60)]})
    table = measure_response(ids, customers).table.query("characteristic == 'region'").set_index("level")
    assert table["answered"].to_dict() == {"south": 10, "north": 50}


def test_answers_of_people_who_are_no_customers_are_said() -> None:
    customers = make_customers()
    people = make_respondents(customers, 40, 20)
    assert not any("id of a customer" in note for note in measure_response(people, customers).notes)
    others = people.assign(respondent_id=[f"x{number}" for number in range(60)])
    assert measure_response(others, customers).notes[0] == (
        "No respondent has the id of a customer: that they are customers is taken for granted, not known."
    )
    for strangers, said in ((12, "12 of 60 respondents do not have"), (3, "Fewer than 10 of 60 respondents do not")):
        some = people.assign(respondent_id=[f"x{n}" if n < strangers else n + 40 for n in range(60)])
        assert measure_response(some, customers.assign(customer_id=range(100))).notes[0].startswith(said)


def test_of_several_characteristics_one_that_alone_would_be_unlike_may_be_chance() -> None:
    customers = pd.DataFrame({"customer_id": range(200), "region": ["north", "south"] * 100})
    people = pd.DataFrame({"respondent_id": range(100), "region": ["north"] * 58 + ["south"] * 42})
    alone = measure_response(people, customers, columns=["region"])
    p_value = alone.table["p_value"].iloc[0]
    assert 0.02 < p_value < 0.05
    assert any("more readily" in note for note in alone.notes)
    even = {"kind": ["a", "b"] * 50, "size": ["s", "l"] * 50}
    among = measure_response(people.assign(**even), customers.assign(kind=["a", "b"] * 100, size=["s", "l"] * 100))
    assert not any("more readily" in note for note in among.notes)


def test_repeated_rows_of_a_person_count_once() -> None:
    customers = make_customers()
    people = make_respondents(customers, 40, 20)
    once = measure_response(people, customers)
    twice = measure_response(pd.concat([people, people]), pd.concat([customers, customers]))
    assert twice.headline.value == once.headline.value
    assert twice.table["rate"].tolist() == once.table["rate"].tolist()


def test_more_answers_than_customers_of_a_level_give_no_rate() -> None:
    customers = make_customers()
    people = make_respondents(customers, 40, 20).assign(respondent_id=[f"x{number}" for number in range(60)])
    people["region"] = ["north"] * 55 + ["south"] * 5
    result = measure_response(people, customers, columns=["region"], smallest_group=5)
    table = result.table.set_index("level")
    assert np.isnan(table.loc["north", "rate"])
    assert table["p_value"].isna().all()
    assert any("more people answered than there are customers of a level" in note for note in result.notes)


def test_few_answers_give_no_rate() -> None:
    customers = make_customers()
    result = measure_response(make_respondents(customers, 5, 4), customers)
    assert np.isnan(result.headline.value)
    assert str(result.headline) == "Not enough data for a response rate: 9 answers, at least 10 are needed."
    assert result.table.empty
    assert result.items["filled"].isna().all()


def test_no_level_is_smaller_than_the_smallest_group() -> None:
    random = np.random.default_rng(0)
    customers = pd.DataFrame(
        {"customer_id": range(600), "place": random.choice(list("abcdefgh"), 600, p=[0.5, 0.3, 0.1, *[0.02] * 5])}
    )
    people = customers.sample(200, random_state=1).rename(columns={"customer_id": "respondent_id"})
    for smallest in (5, 10, 20):
        table = measure_response(people, customers, smallest_group=smallest).table
        assert (table[["people", "answered"]] >= smallest).all(axis=None)
        assert table["answered"].sum() == 200


def test_item_response_is_counted_and_meaningful_gaps_are_not() -> None:
    answers = pd.DataFrame({"respondent_id": range(20), "a": [1.0] * 15 + [None] * 5, "b": 1.0, "ended": [None] * 20})
    items = measure_items({"answers": answers}, may_be_empty={"answers": ["ended"]})
    assert items[["column", "filled"]].to_numpy().tolist() == [["a", 0.75], ["respondent_id", 1.0], ["b", 1.0]]
    assert tuple(items.loc[0, ["low", "high"]]) == wilson_interval(15, 20)
    several = measure_items({"answers": pd.concat([answers, answers])})
    assert several[["low", "high"]].isna().all(axis=None)
    assert measure_items({"answers": answers}, smallest_group=21)["filled"].isna().all()
    assert measure_items({}).empty


def test_gaps_are_named_in_a_note() -> None:
    customers = make_customers()
    people = make_respondents(customers, 30, 30)
    answers = {"prices": pd.DataFrame({"respondent_id": people["respondent_id"], "price": [1.0] * 45 + [None] * 15})}
    notes = measure_response(people, customers, answers=answers).notes
    assert notes == ("1 of 5 columns has gaps, the most prices.price (25.0% empty). Nothing is filled in.",)


def test_input_that_cannot_be_compared_is_refused_and_left_as_it_is() -> None:
    customers = make_customers()
    people = make_respondents(customers, 40, 20)
    before = people.copy()
    measure_response(people, customers)
    pd.testing.assert_frame_equal(people, before)
    with pytest.raises(DataError, match="100 people answered, but customers has 50 rows"):
        measure_response(customers.rename(columns={"customer_id": "respondent_id"}), customers.head(50))
    with pytest.raises(DataError, match="share no characteristic"):
        measure_response(people[["respondent_id"]].assign(respondent_id="x"), customers[["customer_id"]])
    with pytest.raises(DataError, match="no rows"):
        measure_response(people.head(0), customers)
    with pytest.raises(DataError, match="respondents lack age; the table stood for lacks age"):
        measure_response(people, customers, columns=["age"])


@pytest.mark.slow
def test_levels_that_answer_alike_are_rarely_called_unlike() -> None:
    """The note about unlike levels comes up in 5% of surveys in which everybody answers alike, over all columns."""
    random = np.random.default_rng(0)
    said, runs = 0, 150
    for _ in range(runs):
        customers = pd.DataFrame({"customer_id": range(800)} | {f"c{k}": random.integers(0, 3, 800) for k in range(5)})
        people = customers[random.random(800) < 0.5].rename(columns={"customer_id": "respondent_id"})
        said += any("more readily" in note for note in measure_response(people, customers).notes)
    assert stats.binomtest(said, runs, 0.05).pvalue > 0.001
