"""The tables behind worth in money and the value model: what is refused, and that what passes can be worked with."""

from __future__ import annotations

import pytest

from cvlab.analyses.economic_value import drivers, measure_break_even, measure_economic_value, measure_value_statement
from cvlab.analyses.value_ladder import measure_value_model
from cvlab.errors import DataError
from cvlab.tables.product_line import check_product_line, read_product_line
from cvlab.tables.worth_rules import DRIVER_KINDS, EVERYBODY, SUMS

DRIVER = "driver,ours,reference,volume,unit_value,low,high,kind,group,account\n"
MONTH = "month,cost,benefit_low,benefit_mode,benefit_high\n"
OWNED = f"customer_id,group,{MONTH}"
PROPOSITION = "proposition,group,ours,cost,revenue,low,high,respondent_id\n"
RIVAL = "proposition,rival,score,price,group,low,high,respondent_id\n"
TWO_PROPOSITIONS = f"{PROPOSITION}quick,small,5,1,,,,\nquick,large,5,1,,,,\n"

CASES = {
    "driver twice": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,,,,,,,\nb,2,1,,,,,,small,\n a,2,1,,,,,,,\n"},
        "value_drivers, column driver, rows 1, 3: no two rows may have the same driver and group and account",
    ),
    "driver that is a sum": (
        {"value_drivers.csv": "driver,ours,reference\neconomic value,2,1\n"},
        "column driver, row 1: must be another name than reference price or economic value, which are sums",
    ),
    "group that is everybody": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,,,,,,all groups,\n"},
        "column group, row 1: must be another name than all groups or all customers, which mean everybody",
    ),
    "kind that is not known": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,,,0,1,saving,,\n"},
        "column kind, row 1: must be one of difference, rate, cost avoided, revenue gained, or left empty "
        "(found 'saving')",
    ),
    "rate without volume": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,,3,,,rate,,\n"},
        "column kind, row 1: volume and unit_value must be filled where kind is rate",
    ),
    "negative volume": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,-4,3,-20,-5,,,\n"},
        "value_drivers, column volume, row 1: must be 0 or more (found '-4')",
    ),
    "low above high": (
        {"value_drivers.csv": f"{DRIVER}a,2,1,,,3,0,,,\n"},
        "value_drivers, column low, row 1: numbers must not fall: low ≤ high. Remedy: exchange those",
    ),
    "low without high": (
        {"value_drivers.csv": "driver,ours,reference,low\na,2,1,0\n"},
        "value_drivers, column low, row 1: low and high must both be filled, or neither",
    ),
    "range of a factor": (
        {"value_drivers.csv": f"{DRIVER}a,10,6,20,2,8,12,rate,,\n"},
        "column low, row 1: low to high must hold the amount, (ours - reference) × volume × unit_value, or the same",
    ),
    "range of a cost with the wrong sign": (
        {"value_drivers.csv": f"{DRIVER}a,3,5,,10,-30,-10,cost avoided,,\n"},
        "column low, row 1: low to high must hold the amount",
    ),
    "schedule of nobody": (
        {"cost_benefit.csv": f"{MONTH}0,1,0,0,0\n1,1,0,0,0\n"},
        "cost_benefit, rows 1, 2: each row must have a customer_id, or a group where the table has no customer_id",
    ),
    "schedule of an unknown customer": (
        {"cost_benefit.csv": f"{OWNED}007,,1,1,0,0,0\n77,,1,1,0,0,0\n"},
        "cost_benefit, column customer_id, row 2: must name a row of customers (found '77')",
    ),
    "schedule with a row of nobody": (
        {"cost_benefit.csv": f"{OWNED}007,,1,1,0,0,0\n,small,2,1,0,0,0\n"},
        "cost_benefit, column customer_id, row 2: must not be empty",
    ),
    "customer in two groups": (
        {"cost_benefit.csv": f"{OWNED}007,small,0,1,0,0,0\n007,,1,1,0,0,0\n"},
        "cost_benefit, column group, rows 1, 2: group must be the same in all rows of one customer_id",
    ),
    "month before the purchase": (
        {"cost_benefit.csv": f"{OWNED}007,,-1,1,0,0,0\n007,,1,1,0,0,0\n"},
        "cost_benefit, column month, row 1: must be 0 or more (found '-1')",
    ),
    "fraction of a month": (
        {"cost_benefit.csv": f"{OWNED}007,,0,1,0,0,0\n007,,1.5,1,0,0,0\n007,,3,1,0,0,0\n"},
        "cost_benefit, column month, row 2: must be a whole number (found '1.5')",
    ),
    "month twice": (
        {"cost_benefit.csv": f"{OWNED}007,,1,1,0,0,0\n8,,1,1,0,0,0\n007,,1,2,0,0,0\n"},
        "cost_benefit, column month, rows 1, 3: no month may come twice in the schedule of a customer, or of a group",
    ),
    "gap in a schedule": (
        {"cost_benefit.csv": f"{OWNED}007,,3,1,0,0,0\n007,,0,1,0,0,0\n8,,1,1,0,0,0\n007,,1,1,0,0,0\n"},
        "cost_benefit, column month, row 1: the months of a schedule must follow each other without a gap, from 0 or 1",
    ),
    "schedule that starts late": (
        {"cost_benefit.csv": f"{OWNED}007,,2,1,0,0,0\n007,,3,1,0,0,0\n"},
        "cost_benefit, column month, row 1: the months of a schedule must follow each other",
    ),
    "purchase alone": (
        {"cost_benefit.csv": f"{OWNED}007,,0,1,0,0,0\n"},
        "cost_benefit, column month, row 1: each schedule must have months after month 0, the purchase",
    ),
    "negative cost": (
        {"cost_benefit.csv": f"{OWNED}007,,1,-1,0,0,0\n"},
        "cost_benefit, column cost, row 1: must be 0 or more (found '-1')",
    ),
    "likely benefit outside its range": (
        {"cost_benefit.csv": f"{OWNED}007,,1,1,5,4,8\n"},
        "cost_benefit, column benefit_low, row 1: numbers must not fall: benefit_low ≤ benefit_mode ≤ benefit_high",
    ),
    "proposition twice": (
        {"propositions.csv": f"{PROPOSITION}quick,small,5,1,,,,\nquick,small,6,1,,,,\n", "rivals.csv": None},
        "propositions, column proposition, rows 1, 2: no two rows may have the same proposition and group and "
        "respondent_id",
    ),
    "two costs of one proposition": (
        {"propositions.csv": f"{PROPOSITION}quick,small,5,1,,,,r1\nquick,small,6,2,,,,r2\n", "rivals.csv": None},
        "propositions, column cost, rows 1, 2: cost must be the same in all rows of one proposition and group",
    ),
    "judged and asked scores": (
        {"propositions.csv": f"{PROPOSITION}quick,small,5,1,,,,r1\nquick,small,6,1,,,,\n", "rivals.csv": None},
        "propositions, column respondent_id, rows 1, 2: scores of one proposition and group must all name a "
        "respondent_id, or none",
    ),
    "respondent in two groups": (
        {"propositions.csv": f"{PROPOSITION}quick,small,5,1,,,,r1\nquiet,large,6,1,,,,r1\n", "rivals.csv": None},
        "propositions, column group, rows 1, 2: group must be the same in all rows of one respondent_id",
    ),
    "score outside its range": (
        {"propositions.csv": f"{PROPOSITION}quick,small,5,1,,6,7,\n", "rivals.csv": None},
        "propositions, column low, row 1: numbers must not fall: low ≤ ours ≤ high",
    ),
    "rival of an unknown proposition": (
        {"propositions.csv": TWO_PROPOSITIONS, "rivals.csv": f"{RIVAL}quick,Ax,5,,,,,\nquiet,Ax,5,,,,,\n"},
        "rivals, column proposition, row 2: must name a row of propositions (found 'quiet')",
    ),
    "rival in an unknown group": (
        {"propositions.csv": TWO_PROPOSITIONS, "rivals.csv": f"{RIVAL}quick,Ax,5,,,,,\nquick,Bo,5,,huge,,,\n"},
        "rivals, column group, row 2: must name a row of propositions (found 'huge')",
    ),
    "rival in a group, where propositions have none": (
        {
            "propositions.csv": "proposition,ours,cost\nquick,5,1\n",
            "rivals.csv": f"{RIVAL}quick,Ax,5,,,,,\nquick,Bo,5,,small,,,\n",
        },
        "rivals, column group, row 2: must name a row of propositions (found 'small')",
    ),
    "proposition without rival": (
        {"propositions.csv": TWO_PROPOSITIONS, "rivals.csv": f"{RIVAL}quick,Ax,5,,large,,,\n"},
        "propositions, column proposition, row 1: each proposition must have a rival in rivals (found 'quick')",
    ),
    "rival for all and for one": (
        {"propositions.csv": TWO_PROPOSITIONS, "rivals.csv": f"{RIVAL}quick,Ax,5,,,,,\nquick,Ax,6,,large,,,\n"},
        "rivals, column group, rows 1, 2: a judged proposition and rival must have one row for all groups, or rows",
    ),
    "two prices of one rival": (
        {"propositions.csv": TWO_PROPOSITIONS, "rivals.csv": f"{RIVAL}quick,Ax,5,9,,,,r1\nquick,Ax,5,8,,,,r2\n"},
        "rivals, column price, rows 1, 2: price must be the same in all rows of one proposition and rival and group",
    ),
}


@pytest.mark.parametrize(("files", "message"), CASES.values(), ids=CASES.keys())
def test_one_fault_gives_one_error_that_says_what_to_do(write_line, files, message):
    folder = write_line(files)
    (problem,) = check_product_line(folder)
    assert message in str(problem)
    assert problem.severity == "error"
    with pytest.raises(DataError):
        read_product_line(folder)


def test_what_passes_can_be_worked_with(write_line):
    line = read_product_line(write_line())
    worth = measure_economic_value(line.value_drivers, reference_price=100.0)
    assert worth.table.set_index("step")["amount"].to_dict() == pytest.approx(
        {"reference price": 100, "speed": (100 + 160 + 200) / 3, "waste": 20, "economic value": 273.3333}
    )
    told = measure_value_statement(line.value_drivers, "007", reference_price=100.0, group="small").table
    assert told.set_index("driver")["amount"]["waste"] == 30
    paid_back = measure_break_even(line.cost_benefit, discount_rate_per_year=0.0)
    assert paid_back.table.set_index("group").loc["small", "net_present_value"] == pytest.approx(2 * 160 / 3 - 120)
    model = measure_value_model(line.propositions, line.rivals)
    assert model.table["lead"].tolist() == [2, 0, -3]


def test_customers_months_and_groups_are_read_as_they_are(write_line):
    text = f"{OWNED}007,small,1,1,0,0.5,1\n8,,1,1,0,0.5,1\n007,small,0,9,0,0,0\n"
    table = read_product_line(write_line({"cost_benefit.csv": text})).cost_benefit
    assert table["customer_id"].tolist() == ["007", "8", "007"]
    assert table["month"].tolist() == [1, 1, 0]
    assert table["group"].isna().tolist() == [False, True, False]


def test_a_group_may_be_judged_where_others_were_asked(write_line):
    files = {
        "propositions.csv": f"{PROPOSITION}quick,small,5,1,,,,r1\nquick,small,6,1,,,,r2\nquick,large,6,1,,5,7,\n",
        "rivals.csv": f"{RIVAL}quick,Ax,5,9,,,,r1\nquick,Ax,4,9,,,,r2\nquick,Ax,4,9,large,,,\n",
    }
    line = read_product_line(write_line(files))
    model = measure_value_model(line.propositions, line.rivals, smallest_group=2)
    assert model.table["lead"].tolist() == [1, 2]


def test_rivals_alone_are_read(write_line):
    line = read_product_line(write_line({"propositions.csv": None}))
    assert line.has("rivals")
    assert not line.has("propositions")


def test_words_are_those_of_the_analysis():
    assert drivers.DRIVER_KINDS == DRIVER_KINDS
    assert {drivers.REFERENCE_STEP, drivers.TOTAL_STEP} == set(SUMS)
    assert drivers.EVERY_GROUP in EVERYBODY
