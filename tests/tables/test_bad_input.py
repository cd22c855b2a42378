"""Every kind of bad input gives one clear message, all problems come together, and reading and checking agree."""

import re

import pandas as pd
import pytest

from cvlab.errors import DataError
from cvlab.tables.product_line import check_product_line, read_product_line
from cvlab.tables.settings import read_settings


def errors_of(folder):
    """The errors as written; reading must fail with exactly these."""
    problems = check_product_line(folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    with pytest.raises(DataError) as caught:
        read_product_line(folder)
    assert list(caught.value.problems) == errors
    assert all(str(error) in str(caught.value) for error in errors)
    return [str(error) for error in errors]


def warnings_of(folder):
    """The warnings as written; reading must succeed."""
    problems = check_product_line(folder)
    assert {problem.severity for problem in problems} == {"warning"}
    return [str(problem) for problem in problems], read_product_line(folder)


CASES = {
    "unreadable yaml": (
        {"product_line.yaml": "name: [Demo\ncurrency: EUR\n"},
        "error: product_line.yaml: the file must be YAML, but line 2 cannot be read: ",
    ),
    "yaml with an impossible date": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nperiod: 2026-02-30\n"},
        "the file must be YAML, but has an impossible value: day is out of range for month",
    ),
    "yaml that would run code": (
        {"product_line.yaml": "name: !!python/object/apply:os.system ['true']\ncurrency: EUR\n"},
        "the file must be YAML, but line 1 cannot be read: could not determine a constructor",
    ),
    "yaml that is no mapping": (
        {"product_line.yaml": "- Demo\n"},
        "product_line.yaml: the file must hold keys and values",
    ),
    "alias bomb": (
        {
            "product_line.yaml": "a0: &a0 [x]\n"
            + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9))
            + "name: *a9\ncurrency: EUR\n"
        },
        "product_line.yaml: anchors (&) and aliases (*) must not be used, but line 1 has one. Remedy: write each value "
        "out, in quotes where it starts with & or *.",
    ),
    "alias alone": (
        {"product_line.yaml": "name: Demo\ncurrency: *euro\n"},
        "anchors (&) and aliases (*) must not be used, but line 2 has one",
    ),
    "number of 5000 digits": (
        {"product_line.yaml": f"name: Demo\ncurrency: EUR\nunit_cost: 0x{'f' * 5000}\n"},
        "unit_cost is a number of thousands of digits: give a number 0 or more",
    ),
    "number beyond floats": (
        {"product_line.yaml": f"name: Demo\ncurrency: EUR\nunit_cost: 1{'0' * 400}\n"},
        "unit_cost is 100000000000000000...0000000000000000000: give a number 0 or more",
    ),
    "endless name": (
        {"product_line.yaml": f"name: [{'abc, ' * 10_000}]\ncurrency: EUR\n"},
        "name is ['abc', 'abc', 'abc', 'abc', 'abc', 'ab…: give text, in quotes",
    ),
    "empty yaml": ({"product_line.yaml": ""}, "product_line.yaml: the file must hold keys and values"),
    "yaml in another encoding": (
        {"product_line.yaml": "name: Café\ncurrency: EUR\n".encode("latin-1")},
        "product_line.yaml: the file must be text in UTF-8. Remedy: save it as UTF-8.",
    ),
    "missing yaml": ({"product_line.yaml": None}, "product_line.yaml: the file must be there, but is missing"),
    "unknown key": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nunitcost: 3\n"},
        "product_line.yaml: key 'unitcost' is not known. Remedy: delete it or correct its spelling; known are name, ",
    ),
    "repeated key": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nname: Other\n"},
        "product_line.yaml: the file must be YAML, but line 3 cannot be read: key 'name' is there twice",
    ),
    "missing name": (
        {"product_line.yaml": "currency: EUR\n"},
        "product_line.yaml: key name is missing. Remedy: add it, as in",
    ),
    "unknown currency": (
        {"product_line.yaml": "name: Demo\ncurrency: euro\n"},
        "currency is 'euro': give an ISO 4217 code such as EUR or USD",
    ),
    "number as name": ({"product_line.yaml": "name: 7\ncurrency: EUR\n"}, "name is 7: give text, in quotes where"),
    "rate alone": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nrate: 1.1\n"},
        "report_currency and rate must both be given, or neither",
    ),
    "sensitive column that is not there": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nsensitive: [age, incom]\n"},
        "product_line.yaml: sensitive names 'incom', but customers has no such column",
    ),
    "logo outside the folder": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\nbrand: {logo: ../../etc/hosts}\n"},
        "brand: logo must be a file in this folder, but '../../etc/hosts' is not",
    ),
    "renamed column that is not there": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\ncolumns: {customers: {client: customer_id}}\n"},
        "customers: columns renames 'client', but the file has no such column",
    ),
    "rename onto a column that is there": (
        {"product_line.yaml": "name: Demo\ncurrency: EUR\ncolumns: {customers: {age: region}}\n"},
        "customers: columns renames 'age' to 'region', but the file has a column of that name already",
    ),
    "missing customers": (
        {"customers.csv": None},
        "customers: the table must be there, but customers.csv is missing. "
        "Remedy: add it with at least customer_id, start_date.",
    ),
    "missing column": (
        {"customers.csv": "customer_id,begin\n1,2025-01-01\n"},
        "customers, column start_date: the column must be there, but is missing. Remedy: add it, or name the column "
        "that holds it under columns in product_line.yaml; the file has 'customer_id', 'begin'.",
    ),
    "wrong type": (
        {"rungs.csv": "rung,price,unit_cost\nbasic,ten,4\nplus,20,6\n"},
        "rungs, column price, row 1: must be a finite number (found 'ten'). Remedy: write digits with a decimal point",
    ),
    "decimal comma": (
        {"rungs.csv": 'rung,price,unit_cost\nbasic,"9,50",4\nplus,"1.200,00",6\n'},
        "rungs, column price, rows 1, 2: must be a finite number (found '9,50', '1.200,00')",
    ),
    "infinite number": (
        {"rungs.csv": "rung,price,unit_cost\nbasic,10,4\nplus,inf,6\n"},
        "rungs, column price, row 2: must be a finite number (found 'inf')",
    ),
    "infinite characteristic": (
        {"customers.csv": "customer_id,start_date,age\n007,2025-01-01,3\n8,2025-01-01,-inf\n"},
        "customers, column age, row 2: must be text or a finite number (found '-inf')",
    ),
    "ambiguous date": (
        {"customers.csv": "customer_id,start_date\n007,03/04/2025\n8,2025-01-01\n"},
        "customers, column start_date, row 1: must be a date written YYYY-MM-DD (found '03/04/2025')",
    ),
    "date that does not exist": (
        {"customers.csv": "customer_id,start_date\n007,2025-02-29\n8,2025-01-01\n"},
        "customers, column start_date, row 1: must be a date written YYYY-MM-DD (found '2025-02-29')",
    ),
    "neither yes nor no": (
        {"price_ladder.csv": "respondent_id,price,would_buy\n1,10,maybe\n1,12,no\n"},
        "price_ladder, column would_buy, row 1: must be yes or no (found 'maybe')",
    ),
    "fraction of a draw": (
        {"rung_values.csv": "respondent_id,draw,basic,plus\n1,0.5,9,20\n1,1,9,20\n"},
        "rung_values, column draw, row 1: must be a whole number (found '0.5')",
    ),
    "missing key": (
        {"customers.csv": "customer_id,start_date\n007,2025-01-01\n8,2025-01-01\n,2025-01-01\n"},
        "customers, column customer_id, row 3: must not be empty. Remedy: fill the cells.",
    ),
    "duplicate customers": (
        {"customers.csv": "customer_id,start_date\n007,2025-01-01\n8,2025-01-01\n 007,2025-01-01\n"},
        "customers, column customer_id, rows 1, 3: no two rows may have the same customer_id (found '007')",
    ),
    "duplicate respondent": (
        {"price_sensitivity.csv": "respondent_id,too_cheap,cheap,expensive,too_expensive\n7,1,2,3,4\n7,1,2,3,4\n"},
        "price_sensitivity, column respondent_id, rows 1, 2: no two rows may have the same respondent_id (found '7')",
    ),
    "duplicate price": (
        {"price_ladder.csv": "respondent_id,price,would_buy\n1,10,yes\n1,10.0,no\n"},
        "price_ladder, rows 1, 2: no two rows may have the same respondent_id and price",
    ),
    "duplicate alternative": (
        {"choice_tasks.csv": "respondent_id,task,alternative,price,chosen\n1,1,a,5,1\n1,1,a,6,0\n"},
        "choice_tasks, rows 1, 2: no two rows may have the same respondent_id and task and alternative (found",
    ),
    "duplicate rung": (
        {"rungs.csv": "rung,price,unit_cost\nbasic,10,4\nbasic,20,6\nplus,30,7\n"},
        "rungs, column rung, rows 1, 2: no two rows may have the same rung (found 'basic')",
    ),
    "duplicate draw": (
        {"rung_values.csv": "respondent_id,draw,basic,plus\n1,0,9,20\n1,0,9,20\n"},
        "rung_values, rows 1, 2: no two rows may have the same respondent_id and draw",
    ),
    "duplicate component": (
        {"reservation_prices.csv": "respondent_id,component,amount\n1,device,9\n1,device,8\n"},
        "reservation_prices, rows 1, 2: no two rows may have the same respondent_id and component",
    ),
    "customer that ends before the start": (
        {"customers.csv": "customer_id,start_date,end_date\n007,2025-01-01,2024-12-31\n8,2025-01-01,2025-01-01\n"},
        "customers, column end_date, row 1: end_date must not be before start_date. Remedy: correct",
    ),
    "contract that ends before it starts": (
        {
            "contracts.csv": "customer_id,rung,start,end,renewed,price_per_month,cost_to_serve_per_month\n"
            "8,plus,2025-02-01,2025-01-31,no,20,6\n"
        },
        "contracts, column end, row 1: end must not be before start",
    ),
    "unknown customer": (
        {"transactions.csv": "customer_id,date,quantity,price_paid\n7,2025-01-05,2,9.50\n"},
        "transactions, column customer_id, row 1: must name a row of customers (found '7'). "
        "Remedy: add the missing rows to customers, or correct the ids.",
    ),
    "unknown rung": (
        {"rung_features.csv": "rung,feature,level,cost\ngold,support,mail,1\n"},
        "rung_features, column rung, row 1: must name a row of rungs (found 'gold')",
    ),
    "rung without values": (
        {"rung_values.csv": "respondent_id,draw,basic\n007,0,9\n"},
        "rung_values: each rung of rungs must have a column, but there is none for 'plus'",
    ),
    "values of an unknown rung": (
        {"rung_values.csv": "respondent_id,draw,basic,plus,gold\n007,0,9,1,2\n"},
        "rung_values: each column must be named after a rung of rungs, but 'gold' is not",
    ),
    "empty file": ({"rungs.csv": ""}, "rungs: the file is empty. Remedy: write a header line and at least one row"),
    "header only": (
        {"rungs.csv": "rung,price,unit_cost\n"},
        "rungs: the table has a header but no rows. Remedy: add at least one row, or delete the file.",
    ),
    "empty customers": (
        {"customers.csv": "customer_id,start_date\n"},
        "customers: the table has a header but no rows. Remedy: add at least one row.",
    ),
    "rows that are all left out": (
        {"transactions.csv": "customer_id,date,quantity,price_paid\n8,2025-01-05,0,9.50\n"},
        "transactions: no row is left after exclusions. Remedy: correct the rows named above, or delete the file.",
    ),
    "repeated header": (
        {"rungs.csv": "rung,price,price\nbasic,10,4\n"},
        "rungs: column names must differ, but 'price' repeats. Remedy: rename or delete all but one.",
    ),
    "ragged rows": (
        {"rungs.csv": "rung,price,unit_cost\nbasic,10,4\nplus,20\n\nmore,30,7,8\n"},
        "rungs, rows 2, 3: each row must have 3 cells like the header, but row 2 has 2",
    ),
    "open quotation mark": (
        {"rungs.csv": 'rung,price,unit_cost\nbasic,10,"4\n'},
        "cannot be split into cells: EOF inside",
    ),
    "semicolons": ({"rungs.csv": "rung;price;unit_cost\nbasic;10;4\n"}, "rungs: the header has no commas"),
    "workbook": (
        {"rungs.csv": b"PK\x03\x04\x00"},
        "rungs: the file must be CSV, but looks like a workbook or zip archive",
    ),
    "web page": (
        {"rungs.csv": "<!DOCTYPE html><html>"},
        "rungs: the file must be CSV, but looks like a web page or XML",
    ),
    "json": ({"rungs.csv": '[{"rung": 1}]'}, "rungs: the file must be CSV, but looks like JSON"),
    "binary": ({"rungs.csv": b"rung\x00\x01\x02\xff"}, "rungs: the file must be CSV, but is not text"),
    "utf-16": (
        {"rungs.csv": "rung,price\n".encode("utf-16")},
        "rungs: the file must be CSV, but looks like text in UTF-16",
    ),
    "latin-1": (
        {"customers.csv": "customer_id,start_date,town\n007,2025-01-01,Ulm\n8,2025-01-01,K\xf6ln\n".encode("latin-1")},
        "customers: the file must be text in UTF-8, but line 3 is in another encoding",
    ),
    "not parquet": (
        {"rungs.csv": None, "rungs.parquet": b"PAR1 no"},
        "rungs: the file must be Parquet, but cannot be read",
    ),
    "two files for a table": (
        {"rungs.parquet": b""},
        "rungs: a table must have one file, but there are rungs.csv and rungs.parquet. Remedy: delete all but one.",
    ),
}


@pytest.mark.parametrize(("files", "message"), CASES.values(), ids=CASES.keys())
def test_errors_say_what_where_and_what_to_do(write_line, files, message):
    errors = errors_of(write_line(files))
    assert any(message in error for error in errors), errors


def test_one_cause_gives_one_error(write_line):
    folder = write_line({"rungs.csv": "rung,price,unit_cost\nbasic,ten,4\nplus,20,6\n"})
    assert len(errors_of(folder)) == 1


def test_all_problems_come_together(write_line):
    folder = write_line(
        {
            "product_line.yaml": "currency: euro\nbogus: 1\n",
            "customers.csv": "customer_id,start_date\n8,yesterday\n8,2025-01-01\n",
            "rungs.csv": "",
            "contracts.csv": None,
            "transactions.csv": "customer_id,date,quantity,price_paid\n8,2025-01-01,-1,5\n1,2025-01-01,1,5\n",
        }
    )
    errors = errors_of(folder)
    assert {re.split("[:,]", error)[1].strip() for error in errors} == {
        "product_line.yaml",
        "customers",
        "rungs",
        "transactions",
    }
    assert len(errors) == 7
    problems = check_product_line(folder)
    severities = [problem.severity for problem in problems]
    assert severities == sorted(severities)
    assert "warning" in severities


def test_renames_hold_although_another_key_is_wrong(write_line):
    files = {
        "product_line.yaml": "name: Demo\ncurrency: euro\ncolumns: {rungs: {tier: rung}}\n",
        "rungs.csv": "tier,price,unit_cost\nbasic,10,4\nplus,20,6\n",
    }
    assert len(errors_of(write_line(files))) == 1


def test_folder_that_is_not_there(tmp_path):
    assert errors_of(tmp_path / "nowhere")[0].startswith(
        f"error: the folder '{tmp_path / 'nowhere'}' must exist, but does not. Remedy: give the folder that holds"
    )


def test_folder_that_is_a_file(write_line):
    folder = write_line()
    assert "must exist, but is a file" in errors_of(folder / "rungs.csv")[0]


def test_yaml_with_the_other_ending_is_named(write_line, good):
    folder = write_line({"product_line.yaml": None, "product_line.yml": good["product_line.yaml"]})
    assert "Remedy: rename product_line.yml to it" in errors_of(folder)[0]


WARNINGS = {
    "negative price": (
        "transactions",
        "customer_id,date,quantity,price_paid\n007,2025-01-05,2,-9.50\n8,2025-02-03,1,12\n",
        "transactions, column price_paid, row 1: must be 0 or more (found '-9.5'). "
        "Remedy: correct the values; until then the rows are left out.",
        [1],
    ),
    "returned article": (
        "transactions",
        "customer_id,date,quantity,price_paid\n007,2025-01-05,-1,9.50\n8,2025-02-03,1,12\n",
        "transactions, column quantity, row 1: must be above 0 (found '-1')",
        [1],
    ),
    "misordered prices": (
        "price_sensitivity",
        "respondent_id,too_cheap,cheap,expensive,too_expensive\n1,5,8,12,16\n2,10,9,12,16\n3,5,8,8,16\n",
        "price_sensitivity, rows 2, 3: prices must rise: too_cheap < cheap < expensive < too_expensive",
        [2, 3],
    ),
    "missing answer": (
        "price_sensitivity",
        "respondent_id,too_cheap,cheap,expensive,too_expensive\n1,5,8,12,16\n2,5,,12,16\n",
        "price_sensitivity, column cheap, row 2: must not be empty",
        [2],
    ),
    "intent off the scale": (
        "price_sensitivity",
        "respondent_id,too_cheap,cheap,expensive,too_expensive,buy_cheap\n1,5,8,12,16,3\n2,5,7,12,16,6\n",
        "price_sensitivity, column buy_cheap, row 2: must be from 1 (would not buy) to 5 (would buy) (found '6')",
        [2],
    ),
    "weight of zero": (
        "price_ladder",
        "respondent_id,price,would_buy,weight\n1,10,yes,1\n1,12,no,0\n2,10,yes,\n",
        "price_ladder, column weight, row 2: must be above 0 (found '0')",
        [2, 3],
    ),
    "ended contract without an answer": (
        "contracts",
        "customer_id,rung,start,end,renewed,price_per_month,cost_to_serve_per_month\n"
        "007,basic,2025-01-01,2025-06-30,,10,4\n8,plus,2025-02-01,,,20,6\n",
        "contracts, column renewed, row 1: renewed must be filled where end is",
        [1],
    ),
    "two chosen": (
        "choice_tasks",
        "respondent_id,task,alternative,price,chosen\n1,1,a,5,1\n1,1,b,6,1\n1,2,a,5,1\n1,2,b,6,0\n",
        "choice_tasks, column chosen, rows 1, 2: each task must have exactly one chosen alternative",
        [1, 2],
    ),
    "none chosen": (
        "choice_tasks",
        "respondent_id,task,alternative,price,chosen\n1,1,a,5,0\n1,1,b,6,0\n1,2,a,5,1\n1,2,b,6,0\n",
        "add a row for the alternative 'none' where nobody bought",
        [1, 2],
    ),
    "one alternative": (
        "choice_tasks",
        "respondent_id,task,alternative,price,chosen\n1,1,a,5,1\n1,2,a,5,1\n1,2,b,6,0\n",
        "choice_tasks, column alternative, row 1: each task must have at least 2 alternatives",
        [1],
    ),
    "attribute that is empty": (
        "choice_tasks",
        "respondent_id,task,alternative,battery,price,chosen\n1,1,a,,5,1\n1,1,b,5,6,0\n1,2,a,5,5,1\n1,2,b,6,6,0\n",
        "choice_tasks, column battery, row 1: battery must be filled, except for the alternative 'none'",
        [1, 2],
    ),
    "second bids on the wrong side": (
        "contingent_valuation",
        "respondent_id,bid,answer,bid_up,bid_down\n1,10,yes,15,5\n2,10,yes,10,5\n3,10,no,15,12\n4,10,no,,\n",
        "contingent_valuation, column bid_down, row 3: bid_down must be below bid. Remedy: correct one of the two",
        [2, 3],
    ),
    "second answer to no bid": (
        "contingent_valuation",
        "respondent_id,bid,answer,bid_up,bid_down,second_answer\n"
        "1,10,yes,15,,no\n2,10,yes,,5,no\n3,10,no,15,,yes\n4,10,no,,5,yes\n5,10,no,,,\n",
        "contingent_valuation, column second_answer, rows 2, 3: second_answer needs the bid it is about: bid_up after "
        "a yes, bid_down after a no. Remedy: fill that bid, or empty second_answer; until then the rows are left out.",
        [2, 3],
    ),
    "second answer without a column of lower bids": (
        "contingent_valuation",
        "respondent_id,bid,answer,bid_up,second_answer\n1,10,yes,15,no\n2,10,no,15,no\n3,10,no,15,\n",
        "contingent_valuation, column second_answer, row 2: second_answer needs the bid it is about",
        [2],
    ),
    "bid of nothing": (
        "contingent_valuation",
        "respondent_id,bid,answer\n1,0,yes\n2,10,no\n",
        "contingent_valuation, column bid, row 1: must be above 0 (found '0')",
        [1],
    ),
    "bid without an answer": (
        "contingent_valuation",
        "respondent_id,bid,answer,bid_up,second_answer\n1,10,,15,yes\n2,10,yes,15,yes\n",
        "contingent_valuation, column answer, row 1: must not be empty",
        [1],
    ),
    "two best of a set": (
        "best_worst",
        "respondent_id,set,item,choice\n1,1,a,best\n1,1,b,best\n1,1,c,worst\n1,2,a,best\n1,2,b,worst\n1,2,c,none\n",
        "best_worst, column choice, rows 1, 2, 3: each set must have exactly one best. "
        "Remedy: mark one row of each set as best; until then the set is left out.",
        [1, 2, 3],
    ),
    "no worst of a set": (
        "best_worst",
        "respondent_id,set,item,choice\n1,1,a,best\n1,1,b,none\n1,1,c,none\n2,1,a,best\n2,1,b,worst\n2,1,c,none\n",
        "best_worst, column choice, rows 1, 2, 3: each set must have exactly one worst",
        [1, 2, 3],
    ),
    "two items in a set": (
        "best_worst",
        "respondent_id,set,item,choice\n1,1,a,best\n1,1,b,worst\n1,2,a,best\n1,2,b,worst\n1,2,c,none\n",
        "best_worst, column item, rows 1, 2: each set must have at least 3 items (found '1, 1, a', '1, 1, b'). "
        "Remedy: add the items that were shown but called neither best nor worst.",
        [1, 2],
    ),
    "a word that is no choice": (
        "best_worst",
        "respondent_id,set,item,choice\n1,1,a,best\n1,1,b,worst\n1,1,c,good\n1,2,a,best\n1,2,b,worst\n1,2,c,none\n",
        "best_worst, column choice, row 3: must be best, worst or none (found 'good')",
        [1, 2, 3],
    ),
    "price that is empty": (
        "choice_tasks",
        "respondent_id,task,alternative,price,chosen\n1,1,a,,1\n1,1,none,,0\n1,2,a,5,1\n1,2,none,,0\n",
        "choice_tasks, column price, row 1: price must be filled, except for the alternative 'none'",
        [1, 2],
    ),
}


@pytest.mark.parametrize(("table", "text", "message", "rows"), WARNINGS.values(), ids=WARNINGS.keys())
def test_warnings_leave_rows_out_and_log_them(write_line, table, text, message, rows):
    warnings, line = warnings_of(write_line({f"{table}.csv": text}))
    assert any(message in warning for warning in warnings), warnings
    log = line.exclusions
    assert log["row"].tolist() == rows
    assert set(log["table"]) == {table}
    assert line.rows_read[table] == len(line.tables[table]) + len(rows)
    assert not log["rule"].str.contains("found").any()


def test_a_task_is_left_out_as_a_whole(write_line):
    text = "respondent_id,task,alternative,price,chosen\n1,1,a,-5,1\n1,1,b,6,0\n1,2,a,5,1\n1,2,b,6,0\n"
    _, line = warnings_of(write_line({"choice_tasks.csv": text}))
    assert line.exclusions["rule"].tolist() == ["must be 0 or more", "another row of the same task is left out"]
    assert line.exclusions["column"].tolist() == ["price", ""]
    assert line.choice_tasks["task"].tolist() == ["2", "2"]


def test_an_item_shown_twice_in_a_set_is_an_error(write_line):
    text = "respondent_id,set,item,choice\n1,1,a,best\n1,1,a,worst\n1,1,b,none\n"
    assert errors_of(write_line({"best_worst.csv": text})) == [
        "error: best_worst, rows 1, 2: no two rows may have the same respondent_id and set and item "
        "(found '1, 1, a'). Remedy: delete or merge the rows that repeat."
    ]


def test_a_row_that_breaks_two_rules_is_logged_once(write_line):
    text = "respondent_id,too_cheap,cheap,expensive,too_expensive\n1,-5,8,7,16\n2,5,6,7,16\n"
    warnings, line = warnings_of(write_line({"price_sensitivity.csv": text}))
    assert len(warnings) == 2
    assert line.exclusions[["row", "id"]].to_numpy().tolist() == [[1, "1"]]


def test_rungs_that_do_not_rise_are_said_and_kept(write_line):
    shuffled = "rung,price,unit_cost\nplus,20,6\nbasic,10,4\n"
    warnings, line = warnings_of(write_line({"rungs.csv": shuffled}))
    assert warnings == [
        "warning: rungs, column price, row 2: a rung costs less than the one in the row before it, and the rows are "
        "read as the ladder, from the lowest rung to the highest (found 'basic'). Remedy: put the rows in the order of "
        "the ladder, unless the higher rung is meant to cost less."
    ]
    assert line.rungs["rung"].tolist() == ["plus", "basic"]
    assert line.exclusions.empty


def test_rungs_of_one_price_are_in_order(write_line):
    assert check_product_line(write_line({"rungs.csv": "rung,price,unit_cost\nbasic,10,4\nplus,10,6\n"})) == ()


def test_constant_characteristic_is_kept_and_reported(write_line):
    text = "customer_id,start_date,age,land\n007,2025-01-01,3,DE\n8,2025-01-01,4,DE\n"
    warnings, line = warnings_of(write_line({"customers.csv": text}))
    assert "customers, column land: all rows have the same value" in warnings[0]
    assert line.characteristics == ("age", "land")
    assert line.exclusions.empty


def test_unknown_columns_and_files_are_reported(write_line):
    folder = write_line(
        {
            "rungs.csv": "rung,price,unit_cost,colour,\nbasic,10,4,red,1\nplus,20,6,blue,2\n",
            "transaction.csv": "x\n1\n",
            "customers.xlsx": b"PK",
            "truth.json": "{}",
            "README.md": "text",
            "cover.png": b"",
        }
    )
    (folder / "raw").mkdir()
    (folder / "raw" / "export.csv").write_text("x\n1\n")
    warnings, line = warnings_of(folder)
    assert sorted(warnings) == [
        "warning: customers.xlsx: the file is no table that cvlab knows. Remedy: save its sheet as customers.csv.",
        "warning: rungs, column colour: the column is not known and is left out. "
        "Remedy: delete it, or rename it under columns in product_line.yaml; known are rung, price, unit_cost.",
        "warning: rungs: 1 of 5 columns must have a name and are left out. "
        "Remedy: name the column in the header line, or delete it.",
        "warning: transaction.csv: the file is no table that cvlab knows. "
        "Remedy: rename it to transactions.csv if it is that table.",
    ]
    assert list(line.rungs.columns) == ["rung", "price", "unit_cost"]


def test_parquet_with_a_wrong_type(write_line):
    folder = write_line({"rungs.csv": None})
    rungs = pd.DataFrame({"rung": ["basic", "plus"], "price": ["ten", "20"], "unit_cost": [4, float("inf")]})
    rungs.to_parquet(folder / "rungs.parquet")
    assert [error.split(". Remedy")[0] for error in errors_of(folder)] == [
        "error: rungs, column price, row 1: must be a finite number (found 'ten')",
        "error: rungs, column unit_cost, row 2: must be a finite number (found 'inf')",
    ]


@pytest.mark.parametrize(
    "content",
    [
        f"{'k' * 900}: 1\n",
        f"brand: {{{'k' * 900}: 1}}\n",
        f"currency: {'E' * 150}\n",
        f"number_format: {'e' * 150}\n",
        f"discount_rate_per_year: [{'1, ' * 900}]\n",
        f"collected_on: {{rungs: [{'1, ' * 900}]}}\n",
        f"sensitive: {'a' * 900}\n",
        f"columns: [{'a, ' * 900}]\n",
        f"{'k' * 900}: 1\n{'k' * 900}: 1\n",
    ],
)
def test_messages_about_settings_show_the_beginning_of_what_was_found(content):
    problems = read_settings(content).problems
    assert problems
    for problem in problems:
        assert not re.search(r"([aekE])\1{40}|(1, ){15}", problem.rule), problem.rule


def test_a_value_that_cannot_be_read_breaks_one_rule_only(write_line):
    contracts = (
        "customer_id,rung,start,end,renewed,price_per_month,cost_to_serve_per_month\n"
        "007,basic,2025-01-01,2025-06-30,nein,10,4\n8,plus,2025-02-01,2025-06-30,,20,6\n"
    )
    choices = "respondent_id,task,alternative,battery,price,chosen\n007,1,a,5,100,ja\n007,1,b,9,120,0\n007,2,a,5,9,0\n"
    choices += "007,2,b,9,9,0\n"
    problems = check_product_line(write_line({"contracts.csv": contracts, "choice_tasks.csv": choices}))
    told = [(problem.column, problem.rows, problem.rule) for problem in problems]
    assert ("renewed", (1,), "must be yes or no (found 'nein')") in told
    assert ("renewed", (2,), "renewed must be filled where end is") in told
    assert ("chosen", (1,), "must be yes or no (found 'ja')") in told
    assert ("chosen", (3, 4), "each task must have exactly one chosen alternative") in told
    assert len(told) == 4


def test_a_folder_or_a_link_in_place_of_a_file_is_called_what_it_is(write_line):
    folder = write_line({"customers.csv": None, "rungs.csv": None, "product_line.yaml": None})
    (folder / "customers.csv").mkdir()
    (folder / "rungs.csv").symlink_to("rungs.csv")
    (folder / "product_line.yaml").symlink_to("nowhere")
    told = [(problem.table, problem.rule) for problem in check_product_line(folder) if problem.severity == "error"]
    assert ("customers", "customers.csv must be a file, but is a folder") in told
    assert ("rungs", "rungs.csv must be a file, but is a link that leads nowhere") in told
    assert ("product_line.yaml", "product_line.yaml must be a file, but is a link that leads nowhere") in told
    assert not any("missing" in rule for _, rule in told)
    loop = folder / "loop"
    loop.symlink_to("loop")
    assert "must exist, but is a link that leads nowhere" in check_product_line(loop)[0].rule
