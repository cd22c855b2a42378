"""Reading a product line: what a good folder gives, in both formats, and that the line stays as it was read."""

import copy
import hashlib
import importlib.util
import pickle
import string
import time
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlab.errors import DataError, ParameterError
from cvlab.tables.product_line import check_product_line, read_product_line, slug_of
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import KEYS

HOSTILE = "Café & Söhne <b>"


def test_good_line_has_no_problems_and_all_tables(write_line):
    folder = write_line()
    assert check_product_line(folder) == ()
    line = read_product_line(str(folder))
    assert list(line.tables) == list(TABLES)
    assert line.exclusions.empty
    assert list(line.exclusions.columns) == ["table", "row", "id", "column", "rule"]
    assert dict(line.rows_read) == {name: len(table) for name, table in line.tables.items()}
    assert line.folder == folder


def test_values_have_the_declared_types(write_line):
    line = read_product_line(write_line())
    assert line.customers["customer_id"].tolist() == ["007", "8", "9"]
    assert line.customers["start_date"].tolist()[2] == pd.Timestamp("2025-03-01 08:30")
    assert line.customers["age"].tolist() == [34, 51, 28]
    assert line.price_ladder["would_buy"].tolist() == [True, False, True]
    assert line.price_ladder["would_buy"].dtype == bool
    assert line.contracts["renewed"].isna().tolist() == [False, True]
    assert line.contingent_valuation["answer"].tolist() == [True, False]
    assert line.contingent_valuation["second_answer"].isna().tolist() == [False, True]
    assert line.choice_tasks["battery"].tolist()[:2] == [5.0, 10.0]
    assert line.best_worst["choice"].tolist()[:3] == ["best", "worst", "none"]
    assert np.isnan(line.choice_tasks["price"].tolist()[2])
    assert line.choice_tasks["alternative"].tolist()[2] == "none"
    assert line.rung_values["draw"].dtype == np.int64
    assert line.rung_features["level"].tolist() == ["mail", "phone"]
    assert line.transactions["sku"].tolist() == ["=cmd()", "b", "b"]


def test_csv_and_parquet_give_the_same_line(write_line, good):
    from_csv = read_product_line(write_line())
    folder = write_line(dict.fromkeys(name for name in good if name.endswith(".csv")), folder="parquet")
    for name, table in from_csv.tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    from_parquet = read_product_line(folder)
    for name, table in from_csv.tables.items():
        pd.testing.assert_frame_equal(table, from_parquet.tables[name])


def test_parquet_with_other_types_gives_the_same_values(write_line):
    customers = pd.DataFrame(
        {
            "customer_id": [7.0, 8.0, 9.0],
            "start_date": pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]).tz_localize("Europe/Berlin"),
            "member": [True, False, True],
            "region": pd.Categorical(["north", "south", None]),
            "joined": pd.to_datetime(["2024-01-01", "2024-02-01", None]),
            "visits": pd.array([1, 2, None], dtype="Int64"),
        }
    ).set_index("customer_id")
    folder = write_line({"customers.csv": None, "transactions.csv": None, "contracts.csv": None})
    customers.to_parquet(folder / "customers.parquet")
    read = read_product_line(folder).customers
    assert read["customer_id"].tolist() == ["7", "8", "9"]
    assert read["start_date"].tolist()[0] == pd.Timestamp("2025-01-01")
    assert read["member"].tolist() == ["True", "False", "True"]
    assert read["region"].isna().tolist() == [False, False, True]
    assert read["joined"].tolist()[0] == "2024-01-01"
    assert read["visits"].tolist()[:2] == [1.0, 2.0]


def test_one_row_and_only_the_required_table_can_be_read(tmp_path):
    (tmp_path / "product_line.yaml").write_text("name: Demo\ncurrency: EUR\n")
    (tmp_path / "customers.csv").write_text("customer_id,start_date\n1,2025-01-01\n")
    line = read_product_line(tmp_path)
    assert len(line.customers) == 1
    assert line.characteristics == ()
    assert check_product_line(tmp_path) == ()


def test_byte_order_mark_line_ends_blank_lines_and_trailing_commas_are_read(write_line):
    text = "\ufeffrung,price,unit_cost\r\nbasic,10,4\r\n\r\n plus , 20 ,6\r\n,,\r\n,,\r\n"
    line = read_product_line(write_line({"rungs.csv": text}))
    assert line.rungs["rung"].tolist() == ["basic", "plus"]
    assert line.rungs["price"].tolist() == [10.0, 20.0]


def test_optional_column_without_values_counts_as_absent(write_line):
    text = "respondent_id,price,would_buy,weight\n007,10,yes,\n8,10,no,\n"
    line = read_product_line(write_line({"price_ladder.csv": text}))
    assert list(line.price_ladder.columns) == ["respondent_id", "price", "would_buy"]


def test_missing_values_are_recognised_where_they_cannot_be_words(write_line):
    text = "customer_id,start_date,end_date,age,region\n007,2025-01-01,NA,n/a,NA\n8,2025-02-01,NaN,51,south\n"
    folder = write_line({"customers.csv": text})
    line = read_product_line(folder)
    assert "end_date" not in line.customers
    assert line.customers["age"].isna().tolist() == [True, False]
    assert line.customers["region"].tolist() == ["NA", "south"]


def test_characteristics_that_look_like_codes_stay_text(write_line):
    text = "customer_id,start_date,postcode,floor\n007,2025-01-01,01067,0\n8,2025-02-01,80331,3\n"
    line = read_product_line(write_line({"customers.csv": text}))
    assert line.customers["postcode"].tolist() == ["01067", "80331"]
    assert line.customers["floor"].tolist() == [0, 3]


def test_columns_are_renamed(write_line):
    files = {
        "product_line.yaml": "name: Demo\ncurrency: EUR\ncolumns: {rungs: {tier: rung, cost: unit_cost}}\n",
        "rungs.csv": "tier,price,cost\nbasic,10,4\nplus,20,6\n",
    }
    assert list(read_product_line(write_line(files)).rungs.columns) == ["rung", "price", "unit_cost"]


def test_all_keys_are_read(write_line):
    yaml = """
name: Demo
currency: chf
report_currency: EUR
rate: 1.05
period: 2025
discount_rate_per_year: 0.1
horizon_years: 5
reference_price: 10
unit_cost: 4
reference_product: Rival
priced_product: Demo
price: 12
price_experiment: yes
component_costs: {device: 80}
component_prices: {device: 129.5}
start_event: login
value_event: booking
satisfaction_cut: 7
smallest_group: 5
audience: internal
sensitive: [age]
brand: {logo: logo.png, colours: ["#004488", "#ddaa33"], footer: Demo Ltd}
number_format: de_CH
collected_on: {rungs: 2025-11-03}
columns: {customers: {}}
codebook: {customers: {age: {question: How old are you}}}
weight_targets: {age: {34: 0.5, 51: 0.5}}
""".replace("chf", "CHF")
    line = read_product_line(write_line({"product_line.yaml": yaml, "logo.png": b"\x89PNG"}))
    assert {key for key in KEYS if not getattr(line, key) and key != "columns"} == set()
    assert (line.period, line.sensitive, line.smallest_group, line.rate) == ("2025", ("age",), 5, 1.05)
    assert line.codebook["customers"]["age"].question == "How old are you"
    assert line.weight_targets == {"age": {"34": 0.5, "51": 0.5}}
    assert line.brand.colours == ("#004488", "#ddaa33")
    assert line.collected_on["rungs"].isoformat() == "2025-11-03"


def test_the_priced_product_is_found_among_amounts_and_sales(write_line):
    customers = "customer_id,start_date\n1,2025-01-01\n"
    sales = "customer_id,date,sku,quantity,price_paid\n1,2025-01-05,Pack,1,10\n1,2025-02-05,{},1,12\n"
    files = {
        "product_line.yaml": "name: Demo\ncurrency: EUR\npriced_product: Pack\nunit_cost: 0\n",
        "customers.csv": customers,
        "contracts.csv": None,
        "reservation_prices.csv": "respondent_id,component,amount\n1,Pack,9\n1,Case,4\n",
        "transactions.csv": sales.format("Pack"),
    }
    line = read_product_line(write_line(files))
    assert line.priced_amounts.to_dict("records") == [{"respondent_id": "1", "amount": 9}]
    assert line.priced_sales["price_paid"].tolist() == [10, 12]
    assert all(line.has(what) for what in ("priced_amounts", "priced_sales", "unit_cost", "transactions"))
    one_price = read_product_line(write_line({**files, "transactions.csv": sales.format("Case")}, folder="one price"))
    assert not one_price.has("priced_sales")
    unnamed = read_product_line(
        write_line({**files, "product_line.yaml": "name: Demo\ncurrency: EUR\n"}, folder="unnamed")
    )
    assert not any(unnamed.has(what) for what in ("priced_amounts", "priced_sales", "unit_cost", "component_costs"))


def test_accounts_come_from_the_drivers(write_line):
    drivers = "driver,ours,reference,account\nspeed,5,0,\nspeed,7,0,B2\nspeed,8,0,A1\n"
    line = read_product_line(write_line({"value_drivers.csv": drivers}))
    assert line.accounts == ("B2", "A1")
    assert (line.choose_account(), line.choose_account("A1"), line.has("accounts")) == ("B2", "A1", True)
    with pytest.raises(ParameterError, match="value_drivers has no account 'C3': its accounts are B2, A1"):
        line.choose_account("C3")
    without = read_product_line(write_line({"value_drivers.csv": None}, folder="without"))
    assert (without.accounts, without.choose_account(), without.has("accounts")) == ((), "", False)


def test_missing_table_says_which_file_to_add(write_line):
    folder = write_line({"contracts.csv": None})
    line = read_product_line(folder)
    with pytest.raises(DataError) as caught:
        _ = line.contracts
    assert str(caught.value) == f"Demo has no table contracts: add contracts.csv to {folder}"
    assert not line.has("contracts")
    assert not line.has("ratings")
    assert line.get("contracts") is None
    assert not hasattr(line, "contracts")
    with pytest.raises(AttributeError, match="a product line has no 'customer': its tables are customers, "):
        _ = line.customer


def test_the_line_stays_as_it_was_read(write_line):
    line = read_product_line(write_line())
    tables = [line.customers, line.tables["customers"], line.get("customers")]
    tables[0]["age"] = 0
    tables[1].loc[0, "age"] = 0
    del tables[2]["age"]
    assert line.customers["age"].tolist() == [34, 51, 28]
    with pytest.raises(AttributeError):
        line.name = "Other"
    for mapping in (line.tables, line.rows_read, line.data_hashes, line.collected_on):
        with pytest.raises(TypeError):
            mapping["customers"] = 1


def test_the_line_can_be_copied_and_sent_to_a_worker(write_line):
    line = read_product_line(write_line())
    for twin in (copy.deepcopy(line), pickle.loads(pickle.dumps(line))):  # noqa: S301
        assert repr(twin) == repr(line)
        pd.testing.assert_frame_equal(twin.customers, line.customers)


def test_hashes_are_those_of_the_files(write_line):
    folder = write_line()
    hashes = read_product_line(folder).data_hashes
    assert set(hashes) == {path.name for path in folder.iterdir()}
    assert hashes["rungs.csv"] == hashlib.sha256((folder / "rungs.csv").read_bytes()).hexdigest()


def test_hostile_names_are_read_and_shown_inert(write_line):
    script = "<script>alert(1)</script>"
    files = {
        "product_line.yaml": f'name: "{HOSTILE}"\ncurrency: EUR\n',
        "customers.csv": f"customer_id,start_date,{script}\n007,2025-01-01,{script}\n8,2025-02-01,'; drop\n",
        "rungs.csv": f"rung,price,unit_cost\nbasic,10,4\n{script},20,6\n",
        "rung_values.csv": f"respondent_id,draw,basic,{script}\n007,0,9,25\n",
        "rung_features.csv": None,
        "contracts.csv": None,
    }
    line = read_product_line(write_line(files))
    assert line.name == HOSTILE
    assert line.characteristics == (script,)
    assert line.rung_values[script].tolist() == [25.0]
    shown = line._repr_html_()
    assert "Café &amp; Söhne &lt;b&gt;" in shown
    assert "<b>" not in shown


def test_summary_names_tables_and_rows(write_line):
    line = read_product_line(write_line())
    assert repr(line).startswith("<ProductLine 'Demo': customers (3 rows), transactions (3 rows)")
    assert "<tr><td>customers</td><td>3</td><td>3</td></tr>" in line._repr_html_()
    assert {"customers", "choose_characteristics", "unit_cost"} <= set(dir(line))


def test_characteristics_are_chosen_by_name(write_line):
    line = read_product_line(write_line())
    assert line.characteristics == ("age", "region")
    assert line.choose_characteristics("") == ["age", "region"]
    assert line.choose_characteristics(" region , age,region") == ["region", "age"]
    with pytest.raises(ParameterError, match=r"has no characteristic 'size': give some of those it has, age, region$"):
        line.choose_characteristics("age, size")


def test_cdnow_transactions_are_read_in_about_a_second(tmp_path):
    package = importlib.util.find_spec("lifetimes").submodule_search_locations[0]
    source = Path(package) / "datasets" / "CDNOW_master.txt"
    raw = pd.read_csv(source, sep=r"\s+", header=0, names=["customer_id", "date", "quantity", "spend"], dtype="str")
    raw["date"] = pd.to_datetime(raw["date"], format="%Y%m%d").dt.strftime("%Y-%m-%d")
    raw["price_paid"] = raw["spend"].astype(float) / raw["quantity"].astype(float)
    customers = raw.groupby("customer_id", as_index=False)["date"].min().rename(columns={"date": "start_date"})
    (tmp_path / "product_line.yaml").write_text("name: CDNOW\ncurrency: USD\n")
    raw[["customer_id", "date", "quantity", "price_paid"]].to_csv(tmp_path / "transactions.csv", index=False)
    customers.to_csv(tmp_path / "customers.csv", index=False)
    started = time.process_time()
    line = read_product_line(tmp_path)
    assert time.process_time() - started < 3  # half a second on an idle machine
    assert (len(line.customers), len(line.transactions)) == (23570, len(raw))
    assert line.customers["customer_id"].tolist()[0] == "00001"
    assert list(line.tables) == ["customers", "transactions"]


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@given(NAMES)
def test_slug_is_a_safe_folder_name(name):
    slug = slug_of(name)
    assert set(slug) <= set(string.ascii_lowercase + string.digits + "-")
    assert len(slug) <= 47
    assert not slug.startswith("-")
    assert "--" not in slug
    assert slug == slug_of(name)


@given(NAMES)
def test_slug_does_not_depend_on_how_letters_are_composed(name):
    composed, apart = unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)
    assert slug_of(composed) == slug_of(apart)


@given(NAMES, NAMES)
def test_different_names_have_different_slugs(one, other):
    same = " ".join(unicodedata.normalize("NFC", one).split()) == " ".join(unicodedata.normalize("NFC", other).split())
    assert (slug_of(one) == slug_of(other)) == same


def test_names_that_lose_everything_still_differ():
    assert slug_of("日本") != slug_of("中国")
    assert slug_of("日本").startswith("line-")
    assert slug_of(HOSTILE).startswith("cafe-sohne-b-")
    assert slug_of("a b") != slug_of("a-b")


def test_two_characteristics_are_chosen_when_none_is_named(write_line):
    text = "customer_id,start_date,age,region,size\n007,2025-01-01,3,a,1\n8,2025-02-01,4,b,2\n"
    line = read_product_line(write_line({"customers.csv": text}))
    assert line.choose_characteristics() == ["age", "region"]


def test_descriptors_are_the_characteristics_by_customer(write_line):
    text = "customer_id,start_date,age\n007,2025-01-01,3\n8,2025-02-01,4\n"
    assert read_product_line(write_line({"customers.csv": text})).descriptors.to_dict() == {"age": {"007": 3, "8": 4}}


def test_a_line_without_characteristics_has_no_descriptors(write_line):
    text = "customer_id,start_date\n007,2025-01-01\n8,2025-02-01\n"
    assert read_product_line(write_line({"customers.csv": text})).descriptors is None


def test_attributes_and_columns_that_may_be_empty(write_line):
    line = read_product_line(write_line())
    assert line.attributes == ("battery", "strap")
    assert "end_date" in line.may_be_empty["customers"]
    assert "start_date" not in line.may_be_empty["customers"]
    assert "price" in line.may_be_empty["choice_tasks"]


def test_weights_are_no_attributes_of_the_product(write_line, good):
    tasks = good["choice_tasks.csv"].replace("chosen\n", "chosen,weight\n").replace("0\n", "0,1.5\n")
    prices = good["reservation_prices.csv"].replace("amount\n", "amount,weight\n").replace("0\n", "0,2\n")
    tasks, prices = tasks.replace(",1\n", ",1,1.5\n"), prices.replace("8\n", "8,2\n")
    line = read_product_line(write_line({"choice_tasks.csv": tasks, "reservation_prices.csv": prices}))
    assert line.attributes == ("battery", "strap")
    assert line.choice_tasks["weight"].tolist() == [1.5] * 6
    assert line.reservation_prices["weight"].tolist() == [2] * 2
    assert "weight" not in line.may_be_empty["choice_tasks"]


def test_observed_time_runs_from_the_first_to_the_last_happening(write_line):
    line = read_product_line(write_line())
    assert line.first_date == pd.Timestamp("2025-01-01")
    assert line.last_date == pd.Timestamp("2025-09-30")
    assert line.middle_date == pd.Timestamp("2025-02-17")  # half-way between the purchases


def test_respondents_are_weighted_to_the_targets_or_the_customers(write_line):
    line = read_product_line(write_line())
    pd.testing.assert_frame_equal(line.weighted_to, line.customers)
    settings = "name: Demo\ncurrency: EUR\nweight_targets: {age: {34: 0.4, 51: 0.6}}\n"
    (line.folder / "product_line.yaml").write_text(settings)
    line = read_product_line(line.folder)
    assert line.weighted_to == {"age": {"34": 0.4, "51": 0.6}}


@pytest.mark.parametrize(
    ("settings", "files", "rule"),
    [
        ("codebook: {value_survey: {score: {question: How}}}", {"value_survey.csv": None}, "codebook describes"),
        (
            "codebook: {customers: {shoe_size: {question: How}}}",
            {},
            "codebook describes 'shoe_size' of customers, but that table has no such column",
        ),
        (
            "weight_targets: {region: {N: 0.5, S: 0.5}}",
            {},
            "weight_targets names 'region', but respondents has no such column",
        ),
        (
            "weight_targets: {age: {34: 1}}",
            {"respondents.csv": None},
            "weight_targets are about respondents, but that table is not there",
        ),
    ],
)
def test_settings_about_what_is_not_there_are_errors(write_line, settings, files, rule):
    folder = write_line({"product_line.yaml": f"name: Demo\ncurrency: EUR\n{settings}\n"})
    for name in files:
        (folder / name).unlink()
    found = [problem for problem in check_product_line(folder) if rule in problem.rule]
    assert [(problem.severity, problem.table) for problem in found] == [("error", "product_line.yaml")]


@pytest.mark.parametrize(
    ("table", "rows", "rule", "severity"),
    [
        ("respondents", "1,-5,,,,30\n2,60,,,,31\n", "must be 0 or more", "warning"),
        ("respondents", "1,5,2025-11-03,2025-11-02,,30\n2,6,,,,31\n", "finished_on must not be before", "error"),
        ("respondents", "1,5,,,,30\n1,6,,,,31\n", "no two rows may have the same respondent_id", "error"),
        ("value_survey", "1,a,social,5,no\n1,a,social,6,no\n", "the same respondent_id and item", "error"),
        ("value_survey", "1,a,social,5,no\n2,a,financial,6,no\n", "dimension must be the same", "error"),
        ("value_survey", "1,a,social,5,no\n2,a,social,6,yes\n", "reversed must be the same", "error"),
    ],
)
def test_survey_tables_are_checked(write_line, table, rows, rule, severity):
    heads = {
        "respondents": "respondent_id,seconds,started_on,finished_on,attention_passed,age\n",
        "value_survey": "respondent_id,item,dimension,score,reversed\n",
    }
    problems = check_product_line(write_line({f"{table}.csv": heads[table] + rows}))
    assert [problem.severity for problem in problems if rule in problem.rule] == [severity]


def test_an_open_question_is_no_problem(write_line):
    line = read_product_line(write_line())
    assert line.value_survey["score"].isna().tolist() == [False, False, True]
    assert line.respondents["attention_passed"].tolist() == [True, False]
    assert "score" in line.may_be_empty["value_survey"]


def test_respondents_are_weighted_by_what_is_known_of_those_they_stand_for(write_line):
    line = read_product_line(write_line())
    assert line.weighted_by == ("age",)
    assert line.asked_customers is not None
    assert {"price_sensitivity", "choice_tasks", "rung_values"} <= set(line.answers)
    assert not {"respondents", "customers", "rungs"} & set(line.answers)
    targets = "name: Demo\ncurrency: EUR\nweight_targets: {age: {34: 0.5, 51: 0.5}}\n"
    assert read_product_line(write_line({"product_line.yaml": targets}, folder="targets")).weighted_by == ("age",)
    without = read_product_line(write_line({"respondents.csv": None}, folder="without"))
    assert (without.weighted_by, without.asked_customers, without.has("asked_customers")) == ((), None, False)


def test_more_respondents_than_customers_are_not_the_customers_asked(write_line):
    rows = "".join(f"{name},310,2025-11-03,2025-11-03,yes,34\n" for name in ("007", "8", "9", "10"))
    text = "respondent_id,seconds,started_on,finished_on,attention_passed,age\n" + rows
    line = read_product_line(write_line({"respondents.csv": text}))
    assert line.asked_customers is None
    assert line.weighted_by == ("age",)


def test_customers_who_have_left_are_not_present(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    (folder / "product_line.yaml").write_text("name: Line\ncurrency: EUR\n", encoding="utf-8")
    rows = "a,2025-01-01,2025-06-01\nb,2025-01-01,\nc,2025-01-01,\n"
    (folder / "customers.csv").write_text(f"customer_id,start_date,end_date\n{rows}", encoding="utf-8")
    assert read_product_line(folder).present_customers == 2
    (folder / "customers.csv").write_text("customer_id,start_date\na,2025-01-01\nb,2025-01-01\n", encoding="utf-8")
    assert read_product_line(folder).present_customers == 2
