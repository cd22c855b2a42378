"""What people did before a day, what came of it after, and what they pick."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.segmentation import (
    summarise_behaviour,
    summarise_choices,
    summarise_outcomes,
)
from cvlab.errors import DataError, ParameterError

DAY = "2026-03-01"


@pytest.fixture
def customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["stays", "leaves", "left", "later", "quiet"],
            "start_date": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-01-01", "2026-04-01", "2026-02-01"]),
            "end_date": pd.to_datetime([None, "2026-05-01", "2026-02-01", None, None]),
        }
    )


@pytest.fixture
def transactions() -> pd.DataFrame:
    rows = [
        ("stays", "2026-01-10", 1, 10.0),
        ("stays", "2026-01-10", 2, 5.0),
        ("stays", "2026-02-19", 1, 40.0),
        ("stays", "2026-03-01", 1, 7.0),
        ("leaves", "2026-02-27", 1, 30.0),
        ("leaves", "2026-04-30", 3, 1.0),
        ("left", "2026-01-05", 1, 9.0),
        ("later", "2026-04-02", 1, 99.0),
        ("stranger", "2026-04-02", 1, 50.0),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "quantity", "price_paid"])
    return table.assign(date=pd.to_datetime(table["date"]))


@pytest.fixture
def contracts() -> pd.DataFrame:
    rows = [
        ("stays", "Basic", "2026-01-01", "2026-02-15", 10.0, 2.0),
        ("stays", "Plus", "2026-02-15", None, 20.0, 4.0),
        ("leaves", "Basic", "2026-01-01", "2026-05-01", 10.0, 3.0),
        ("left", "Basic", "2026-01-01", "2026-02-01", 10.0, 3.0),
    ]
    names = ["customer_id", "rung", "start", "end", "price_per_month", "cost_to_serve_per_month"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(start=pd.to_datetime(table["start"]), end=pd.to_datetime(table["end"]))


def test_outcomes_count_from_the_day_on_for_those_who_were_customers_then(
    customers: pd.DataFrame, transactions: pd.DataFrame
) -> None:
    outcomes = summarise_outcomes(customers, transactions=transactions, after=DAY)
    assert outcomes.index.tolist() == customers["customer_id"].tolist()
    assert outcomes.index.name == "customer_id"
    expected = {"stays": 7.0, "leaves": 3.0, "left": np.nan, "later": np.nan, "quiet": 0.0}
    pd.testing.assert_series_equal(outcomes["spend"], pd.Series(expected), check_names=False)
    expected = {"stays": 1.0, "leaves": 0.0, "left": np.nan, "later": np.nan, "quiet": 1.0}
    pd.testing.assert_series_equal(outcomes["retained"], pd.Series(expected), check_names=False)


def test_without_a_day_everything_counts(customers: pd.DataFrame, transactions: pd.DataFrame) -> None:
    outcomes = summarise_outcomes(customers, transactions=transactions)
    assert outcomes["spend"].tolist() == [67.0, 33.0, 9.0, 99.0, 0.0]
    assert outcomes["retained"].tolist() == [1, 0, 0, 1, 1]


def test_features_stop_the_day_before(customers: pd.DataFrame, transactions: pd.DataFrame) -> None:
    behaviour = summarise_behaviour(customers, transactions=transactions, before=DAY)
    assert list(behaviour) == ["purchases", "mean_order_value", "days_since_last_purchase", "months_as_customer"]
    assert behaviour.loc["stays"].tolist() == [2, 30.0, 10, pytest.approx(59 / 30.4375)]
    assert behaviour.loc["leaves", "purchases"] == 1
    assert behaviour.loc["left", "months_as_customer"] == pytest.approx(31 / 30.4375)
    assert behaviour.loc["later"].isna().all()
    assert behaviour.loc["quiet", "purchases"] == 0
    assert behaviour.loc["quiet", ["mean_order_value", "days_since_last_purchase"]].isna().all()


def test_features_of_the_whole_record_include_spend_so_that_it_is_known_by_construction(
    customers: pd.DataFrame, transactions: pd.DataFrame
) -> None:
    behaviour = summarise_behaviour(customers, transactions=transactions)
    assert behaviour["spend"].equals(summarise_outcomes(customers, transactions=transactions)["spend"])


def test_nothing_that_happens_later_touches_the_features(
    customers: pd.DataFrame, transactions: pd.DataFrame, contracts: pd.DataFrame
) -> None:
    features = summarise_behaviour(customers, transactions=transactions, contracts=contracts, before=DAY)
    future = transactions["date"] >= DAY
    changed = transactions.assign(price_paid=transactions["price_paid"].where(~future, 1e6))
    ended = contracts.assign(end=contracts["end"].where(contracts["end"] < DAY))
    stayed = customers.assign(end_date=customers["end_date"].where(customers["end_date"] < DAY))
    pd.testing.assert_frame_equal(
        summarise_behaviour(stayed, transactions=changed, contracts=ended, before=DAY), features
    )


def test_contracts_give_the_price_now_and_the_money_from_then_on(
    customers: pd.DataFrame, contracts: pd.DataFrame
) -> None:
    behaviour = summarise_behaviour(customers, contracts=contracts, before=DAY)
    assert behaviour["price_per_month"].fillna(-1).tolist() == [20, 10, 0, -1, 0]
    assert behaviour["cost_to_serve_per_month"].fillna(-1).tolist() == [4, 3, 0, -1, 0]
    outcomes = summarise_outcomes(customers, contracts=contracts, after=DAY)
    # The record ends with the last day of which anything is known: 1 May, 61 days after 1 March.
    assert outcomes.loc["stays", "contract_spend"] == pytest.approx(20 * 61 / 30.4375)
    assert outcomes.loc["leaves", "contract_spend"] == pytest.approx(10 * 61 / 30.4375)
    assert outcomes.loc["quiet", "contract_spend"] == 0


def test_retention_comes_from_contracts_where_customers_have_no_end(contracts: pd.DataFrame) -> None:
    people = pd.DataFrame({"customer_id": ["stays", "leaves", "left", "quiet"]})
    outcomes = summarise_outcomes(people, contracts=contracts, after=DAY)
    assert outcomes["retained"].fillna(-1).tolist() == [1, 0, -1, -1]
    assert summarise_outcomes(people, contracts=contracts)["retained"].fillna(-1).tolist() == [1, 0, 0, -1]


def test_willingness_to_pay_is_the_total_of_those_who_answered_all(customers: pd.DataFrame) -> None:
    amounts = pd.DataFrame(
        {
            "respondent_id": ["stays", "stays", "left", "left"],
            "component": list("xyxy"),
            "amount": [5.0, 7.5, 3.0, None],
        }
    )
    outcomes = summarise_outcomes(customers, reservation_prices=amounts)
    assert outcomes["willingness_to_pay"].fillna(-1).tolist() == [12.5, -1, -1, -1, -1]
    behaviour = summarise_behaviour(customers, reservation_prices=amounts)
    assert behaviour["willingness_to_pay"].equals(outcomes["willingness_to_pay"])


def test_the_id_may_be_the_index_dates_may_be_text_and_the_input_stays(
    customers: pd.DataFrame, transactions: pd.DataFrame, contracts: pd.DataFrame
) -> None:
    tables = {"transactions": transactions, "contracts": contracts}
    before = {name: table.copy() for name, table in tables.items()}
    plain = summarise_behaviour(customers, **tables, before=DAY)
    written = {
        name: table.astype(dict.fromkeys(table.select_dtypes("datetime"), str)).replace("NaT", None)
        for name, table in tables.items()
    }
    shuffled = {name: table.sample(frac=1, random_state=0).set_index("customer_id") for name, table in written.items()}
    again = summarise_behaviour(customers.set_index("customer_id"), **shuffled, before=DAY)
    pd.testing.assert_frame_equal(again, plain)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def make_tasks() -> pd.DataFrame:
    rows = [
        ("p", 1, "a", 0.0, 10.0, "metal", 90.0, 0),
        ("p", 1, "b", 1.0, 6.0, "textile", 110.0, 1),
        ("p", 1, "none", None, None, None, None, 0),
        ("p", 2, "a", 1.0, 4.0, "metal", 100.0, 1),
        ("p", 2, "b", 1.0, 8.0, "metal", 140.0, 0),
        ("p", 2, "none", None, None, None, None, 0),
        ("p", 3, "a", 1.0, 4.0, "metal", 100.0, 0),
        ("p", 3, "b", 0.0, 8.0, "metal", 140.0, 0),
        ("p", 3, "none", None, None, None, None, 1),
        ("q", 1, "a", 1.0, 4.0, "metal", 100.0, 0),
        ("q", 1, "none", None, None, None, None, 1),
    ]
    names = ["respondent_id", "task", "alternative", "gps", "battery", "strap", "price", "chosen"]
    return pd.DataFrame(rows, columns=names)


def test_choices_are_what_was_picked_less_what_was_shown() -> None:
    choices = summarise_choices(make_tasks())
    assert choices.index.tolist() == ["p", "q"]
    assert choices.index.name == "customer_id"
    expected = {
        "gps": 0.25,  # 1 - 1/2 in the first task, 1 - 1 in the second; the third says nothing
        "battery": -2.0,
        "strap: metal": -0.25,
        "strap: textile": 0.25,
        "price": -5.0,
        "chose_none": 1 / 3,
    }
    assert choices.loc["p"].to_dict() == pytest.approx(expected)
    assert choices.loc["q"].isna().tolist() == [True] * 5 + [False]
    assert choices.loc["q", "chose_none"] == 1


def test_attributes_may_be_named_and_the_outside_too() -> None:
    tasks = make_tasks()
    assert list(summarise_choices(tasks, attributes=["gps"])) == ["gps", "chose_none"]
    renamed = tasks.replace({"alternative": {"none": "neither"}})
    pd.testing.assert_frame_equal(summarise_choices(renamed, outside="neither"), summarise_choices(tasks))
    inside = tasks[(tasks["alternative"] != "none") & (tasks["task"] < 3) & (tasks["respondent_id"] == "p")]
    assert "chose_none" not in summarise_choices(inside)


def test_choices_do_not_hang_on_order_and_join_behaviour() -> None:
    tasks = make_tasks()
    before = tasks.copy()
    shuffled = summarise_choices(tasks.sample(frac=1, random_state=3).set_index("respondent_id"))
    pd.testing.assert_frame_equal(shuffled, summarise_choices(tasks))
    pd.testing.assert_frame_equal(tasks, before)
    people = pd.DataFrame({"customer_id": ["p", "x"]})
    behaviour = summarise_behaviour(people, choice_tasks=tasks)
    assert behaviour.loc["p", "gps"] == 0.25
    assert behaviour.loc["x"].isna().all()


def test_unfit_tasks_are_refused() -> None:
    tasks = make_tasks()
    with pytest.raises(
        DataError, match="1 tasks have not exactly one alternative chosen, for example respondent q, task 1"
    ):
        summarise_choices(tasks.assign(chosen=[*tasks["chosen"][:-1], 0]))
    with pytest.raises(DataError, match="chosen is neither 0 nor 1 in 1 rows"):
        summarise_choices(tasks.assign(chosen=[2, *tasks["chosen"][1:]]))
    with pytest.raises(DataError, match="choice_tasks lacks column weight_in_grams"):
        summarise_choices(tasks, attributes=["weight_in_grams"])
    with pytest.raises(DataError, match="has no attributes"):
        summarise_choices(tasks[["respondent_id", "task", "alternative", "chosen"]])


def test_nothing_to_summarise_and_unfit_days_are_refused(customers: pd.DataFrame, transactions: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="nothing to make outcomes from: give transactions"):
        summarise_outcomes(customers[["customer_id"]])
    with pytest.raises(DataError, match="no behaviour to summarise"):
        summarise_behaviour(customers)
    with pytest.raises(ParameterError, match="after is 'soon'"):
        summarise_outcomes(customers, transactions=transactions, after="soon")
    with pytest.raises(ParameterError, match="before is NaT: give a day"):
        summarise_behaviour(customers, transactions=transactions, before=pd.NaT)
    with pytest.raises(DataError, match="transactions lacks column price_paid"):
        summarise_outcomes(customers, transactions=transactions.drop(columns="price_paid"))
    with pytest.raises(DataError, match="start_date is not a date"):
        summarise_outcomes(customers.assign(start_date="soon"), transactions=transactions)
