"""The declarations themselves, and what is written from them."""

import pandas as pd
import pandera.pandas as pa
import pytest

from cvlab.errors import ParameterError
from cvlab.tables.data_dictionary import write_data_dictionary
from cvlab.tables.schema import TABLES, describe_column
from cvlab.tables.settings import KEYS, read_settings
from cvlab.tables.validation import pandera_schema
from cvlab.units import KINDS

COLUMNS = [(table.name, column) for table in TABLES.values() for column in table.columns]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table}.{column.name}" for table, column in COLUMNS])
def test_each_column_is_described(table, column):
    assert column.meaning.endswith(".")
    assert column.kind in KINDS
    assert describe_column(table, column.name) is column


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_names_in_a_table_exist(table):
    names = set(table.column_names)
    assert len(names) == len(table.columns)
    assert {table.id, *table.key, *table.together, *(column for column, _ in table.links)} <= names
    assert all({*rule.columns, *rule.optional} <= names for rule in table.row_rules)
    assert all(target in TABLES for _, target in table.links)
    assert table.purposes


def test_every_survey_table_takes_weights():
    surveys = [table for table in TABLES.values() if "respondent_id" in table.column_names]
    assert {table.name for table in surveys} == {
        "respondents",
        "value_survey",
        "price_sensitivity",
        "price_ladder",
        "contingent_valuation",
        "choice_tasks",
        "best_worst",
        "rung_values",
        "reservation_prices",
        "propositions",
        "rivals",
    }
    assert all("weight" in table.column_names for table in surveys)


def test_only_customers_is_required():
    assert [table.name for table in TABLES.values() if table.required] == ["customers"]


def test_free_columns_are_described_under_their_own_name():
    assert describe_column("rung_values", "gold").name == "gold"
    assert describe_column("rung_values", "gold").kind == "money"
    with pytest.raises(ParameterError, match="rungs has no column 'gold': its columns are rung, price, unit_cost"):
        describe_column("rungs", "gold")
    with pytest.raises(ParameterError, match="there is no table 'rung': the tables are customers, "):
        describe_column("rung", "price")


def test_pandera_schema_checks_a_frame_of_ones_own():
    schema = pandera_schema("rungs")
    good = pd.DataFrame({"rung": ["a", "b"], "price": [1.0, 2.0], "unit_cost": [0.0, 1.0]})
    pd.testing.assert_frame_equal(schema.validate(good), good)
    for bad in (good.assign(price=[-1.0, 2.0]), good.assign(rung="a"), good.drop(columns="price")):
        with pytest.raises(pa.errors.SchemaErrors):
            schema.validate(bad, lazy=True)


def test_data_dictionary_names_every_table_column_and_key():
    text = write_data_dictionary()
    for table in TABLES.values():
        assert f"## {table.name}" in text
    assert all(f"| `{column.name}` |" in text and column.meaning in text for _, column in COLUMNS)
    assert all(f"| `{key}` |" in text for key in KEYS)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5, 8}


def test_examples_of_all_keys_can_be_read():
    file = read_settings("\n".join(f"{name}: {key.example}" for name, key in KEYS.items()))
    assert file.problems == ()
    assert file.settings.number_format == "en"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("smallest_group", "1", "smallest_group is 1: give a whole number of at least 2"),
        (
            "discount_rate_per_year",
            "10",
            "discount_rate_per_year is 10: give a share from 0 to below 1, for example 0.10",
        ),
        ("discount_rate_per_year", ".nan", "discount_rate_per_year is nan: give a finite number"),
        ("horizon_years", "0", "horizon_years is 0: give a number above 0"),
        ("unit_cost", "-1", "unit_cost is -1: give a number 0 or more"),
        ("unit_cost", "true", "unit_cost is True: give a number 0 or more"),
        ("audience", "public", "audience is 'public': give one of 'shared', 'internal'"),
        (
            "number_format",
            "no",
            "number_format is False: give text, in quotes where it could be read as something else",
        ),
        ("number_format", "klingon", "number_format is 'klingon': give a locale such as en, de or fr_CH"),
        ("report_currency", "XXL", "report_currency is 'XXL': give an ISO 4217 code such as EUR or USD"),
        ("sensitive", "age", "sensitive is 'age': give a list in square brackets"),
        ("collected_on", "{rung: 2025-01-01}", "collected_on: a table is 'rung': give one of 'customers', "),
        ("collected_on", "{rungs: spring}", "collected_on: rungs is 'spring': give a date written YYYY-MM-DD"),
        ("columns", "{rungs: tier}", "columns: rungs is 'tier': give keys and values in braces, or indented below"),
        ("columns", "{rungs: {a: rung, b: rung}}", "columns: rungs gives two columns the same new name"),
        ("brand", "{color: red}", "brand: a key is 'color': give one of 'logo', 'colours', 'footer'"),
        ("brand", '{colours: ["#123456"]}', 'give two colours written "#rrggbb"'),
        ("codebook", "{surveys: {}}", "codebook: a table is 'surveys': give one of 'customers', "),
        (
            "codebook",
            "{rungs: {tier: {question: Why}}}",
            "codebook: rungs has no column 'tier': its columns are rung, ",
        ),
        ("codebook", "{rungs: {price: How much}}", "codebook: rungs: price is 'How much': give keys and values"),
        ("codebook", "{rungs: {price: {}}}", "codebook: rungs: price is empty: give a question, labels, or both"),
        ("codebook", "{rungs: {price: {text: Why}}}", "a key is 'text': give one of 'question', 'labels'"),
        ("codebook", "{rungs: {price: {question: 7}}}", "codebook: rungs: price: question is 7: give text, in quotes"),
        ("codebook", "{rungs: {price: {question: ' '}}}", "question is '': give a text of 1 to 5,000 printable"),
        (
            "codebook",
            "{rungs: {price: {labels: {1: a, '1': b}}}}",
            "codebook: rungs: price: labels has the code '1' twice: give each code one label",
        ),
        ("weight_targets", "{region: [0.4]}", "weight_targets: region is [0.4]: give keys and values in braces"),
        ("weight_targets", "{region: {N: 0.4, S: 0.5}}", "region: the shares sum to 0.9: give shares that sum to 1"),
        ("weight_targets", "{region: {N: 1, S: 0}}", "weight_targets: region: S is 0: give a number above 0"),
        ("name", '"a\\tb\\u0007"', "give one line of 1 to 200 printable characters"),
        ("name", '" "', "name is '': give one line"),
    ],
)
def test_wrong_settings_say_what_is_allowed(key, value, message):
    lines = {"name": "Demo", "currency": "EUR", key: value}
    file = read_settings("\n".join(f"{name}: {text}" for name, text in lines.items()))
    assert file.settings is None
    assert message in file.problems[0].rule
    assert len(file.problems) == 1


def test_a_codebook_keeps_wording_and_labels_as_texts():
    text = """
name: Demo
currency: EUR
codebook:
  value_survey:
    score: {question: "How far do you\tagree? \U0001f600\u200f", labels: {1: no, 2.5: "half", 7: 7}}
  price_ladder:
    would_buy: {labels: {yes: I would, no: I would not}}
weight_targets: {chairs: {1: 0.25, 2: 0.75}, owner: {yes: 0.333333, no: 0.666667}}
"""
    file = read_settings(text)
    assert file.problems == ()
    score = file.settings.codebook["value_survey"]["score"]
    assert score.question == "How far do you agree? \U0001f600"
    assert score.labels == {"1": "no", "2.5": "half", "7": "7"}
    assert file.settings.codebook["price_ladder"]["would_buy"].labels == {"yes": "I would", "no": "I would not"}
    assert file.settings.weight_targets == {
        "chairs": {"1": 0.25, "2": 0.75},
        "owner": {"yes": 0.333333, "no": 0.666667},
    }
