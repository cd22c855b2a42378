"""A mapping is read back as it was written, and everything wrong with one is said at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.errors import DataError, ParameterError
from cvlab.tables.importing import (
    Case,
    CodebookEntry,
    ColumnMap,
    ImportMap,
    Lookup,
    Repeat,
    Source,
    TableMap,
    list_questions,
    parse_map,
    read_map,
    write_map,
    write_map_text,
)  # fmt: skip

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FILLED = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PAIRS = st.dictionaries(TEXTS, TEXTS, max_size=3)
LISTS = st.lists(FILLED, max_size=3, unique=True).map(tuple)
CASES = st.builds(Case, origin=FILLED, value=TEXTS, equals=LISTS, same_as=st.none() | st.just("price"))
COLUMNS = st.builds(
    ColumnMap,
    origin=FILLED, labels=PAIRS, equals=LISTS, otherwise=st.none() | TEXTS, missing=LISTS, keep_unlisted=st.booleans(),
    type=st.none() | st.just("number"), decimal=st.none() | st.sampled_from([".", ","]),
    thousands=st.none() | st.sampled_from(["", " ", "'"]), dates=st.none() | st.just("day-first"),
    times=st.none() | st.floats(0.001, 1000), ask=st.none() | FILLED,
)  # fmt: skip
COLUMNS |= st.builds(ColumnMap, value=FILLED)
COLUMNS |= st.builds(ColumnMap, cases=st.lists(CASES, min_size=1, max_size=2).map(tuple))
SOURCES = st.builds(
    Source,
    kind=st.sampled_from(["csv", "xlsx"]), file=TEXTS, sheet=st.none() | FILLED, skip=st.integers(0, 9),
    header=st.sampled_from(["plain", "qualtrics"]), delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]), thousands=st.sampled_from(["", " ", "'"]), missing=LISTS,
    dates=st.sampled_from(["iso", "month-first"]), stack=st.booleans(), ignore=LISTS, ask=LISTS,
    columns=st.dictionaries(TEXTS, TEXTS, max_size=3), labels=st.dictionaries(TEXTS, LISTS, max_size=2),
)  # fmt: skip
NAMED = st.dictionaries(
    st.sampled_from(["respondent_id", "price", "would_buy", "_helper"]), COLUMNS, min_size=1, max_size=3
)
OVER = st.dictionaries(
    st.sampled_from(["price", "_n"]), st.dictionaries(FILLED, FILLED, min_size=1, max_size=3), min_size=1
)
REPEATS = st.lists(st.builds(Repeat, over=OVER, columns=NAMED), max_size=2).map(tuple)
LOOKUPS = st.lists(st.builds(Lookup, source=st.just("a"), on=PAIRS, columns=NAMED), max_size=1).map(tuple)
PARTS = st.builds(
    TableMap,
    source=st.just("a"),
    columns=NAMED,
    repeat=REPEATS,
    lookup=LOOKUPS,
    only=st.dictionaries(TEXTS, LISTS, max_size=2),
)
ENTRIES = st.builds(CodebookEntry, question=TEXTS, labels=PAIRS)


@settings(max_examples=60, deadline=None)
@given(SOURCES, PARTS, st.lists(PARTS, max_size=1).map(tuple), st.dictionaries(TEXTS, ENTRIES, max_size=2))
def test_a_mapping_is_read_back_as_it_was_written(source, part, more, entries):
    table = TableMap(**{**vars(part), "more": more})
    mapping = ImportMap(
        sources={"a": source, "b: c": Source()},
        tables={"price_ladder": table},
        codebook={"price_ladder": entries} if entries else {},
    )
    text = write_map_text(mapping)
    assert parse_map(text) == mapping
    assert write_map_text(parse_map(text)) == text


def test_a_mapping_goes_through_a_file(tmp_path):
    mapping = parse_map("format: 1\nsources: {a: {}}\ntables: {rungs: {columns: {rung: Name, price: {from: Price}}}}\n")
    assert mapping.tables["rungs"].columns["rung"] == ColumnMap(origin="Name")
    path = write_map(mapping, tmp_path / "map.yaml")
    assert read_map(path) == mapping
    with pytest.raises(ParameterError, match=r"the mapping '.*none.yaml' cannot be opened"):
        read_map(tmp_path / "none.yaml")
    path.write_bytes("format: 1 # Größe".encode("cp1252"))
    with pytest.raises(DataError, match="the file must be text in UTF-8"):
        read_map(path)


def test_all_problems_of_a_mapping_come_at_once():
    text = """
format: 1
sources: {a: {kind: cvs, skp: 3, skip: -1, dates: maybe}, b: {}}
tables:
  respondens: {columns: {x: Q}}
  rungs:
    source: c
    columns: {rung: {from: a, value: b}, pric: {from: Q, times: 0}, unit_cost: {labels: [1]}}
    skip_empty: [x]
  price_ladder: {columns: {respondent_id: a}, repeat: [{over: {price: [1, 1], _k: []}}]}
codebook: {customers: {}}
other: 1
"""
    with pytest.raises(DataError) as caught:
        parse_map(text)
    said = [str(problem) for problem in caught.value.problems]
    for expected in (
        "has a key 'other' that is not known",
        "sources: a has a key 'skp' that is not known. Remedy: write 'skip' if that is meant",
        "sources: a: kind is 'cvs'. Remedy: give one of 'csv', 'xlsx'",
        "sources: a: skip is '-1'. Remedy: give a whole number of 0 or more",
        "sources: a: dates is 'maybe'. Remedy: give one of 'iso', 'day-first', 'month-first'",
        "there is no table 'respondens'. Remedy: write 'respondents' if that is meant",
        "tables: rungs: there is no source 'c'",
        "tables: rungs has no column 'pric'. Remedy: write 'price' if that is meant",
        "rungs: columns: pric: times is '0'",
        "rungs: columns: unit_cost: labels is ['1']",
        "tables: rungs: rung has from and value. Remedy: give exactly one of from, value and cases",
        "tables: rungs: unit_cost has neither from, value nor cases",
        "skip_empty names 'x', which is not made",
        "over: price names a value twice",
        "over: _k has no values",
        "tables: price_ladder does not say its source. Remedy: add `source:`, one of a, b",
        "codebook: 'customers' is not among the tables made",
    ):
        assert any(expected in each for each in said), (expected, said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file must hold keys and values"),
        ("format: 2", "format is '2', and only 1 is known"),
        ("format: 1", "sources is missing or empty"),
        ("format: 1\nformat: 1", "key 'format' is there twice"),
        ("format: &a 1\nsources: *a", "anchors (&) and aliases (*) must not be used, but line 1 has one"),
        ("format: [1", "the file must be YAML, but line"),
        ("format: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("? [a]\n: b", "a key must be text"),
        ("[" * 3000, "the file must be YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(text, expected):
    with pytest.raises(DataError) as caught:
        parse_map(text)
    assert expected in str(caught.value)


def test_open_questions_are_listed_with_their_place():
    asked = ColumnMap(origin="d", ask="day or month first?")
    mapping = ImportMap(
        sources={"a": Source(ask=("which mark?",))},
        tables={"rungs": TableMap(columns={"price": asked}, repeat=(Repeat(over={}, columns={"unit_cost": asked}),))},
    )
    assert list_questions(mapping) == [
        "source a: which mark?", "rungs.price: day or month first?", "rungs.unit_cost: day or month first?",
    ]  # fmt: skip


def test_questions_longer_than_yaml_keys_may_be_are_read_back():
    # SurveyMonkey's questions are the names of its columns, with all that introduces them.
    question = "Before you answer, please read: " + "service, price & more " * 80
    source = Source(columns={question: question, "Q2": ""}, labels={question: ("No", "Yes")})
    column = ColumnMap(origin=question, labels={question: "1", "Yes": "2"})
    repeat = Repeat(over={"item": {question: question}}, columns={"score": ColumnMap(origin="{item}")})
    part = TableMap(columns={"respondent_id": column}, repeat=(repeat,))
    mapping = ImportMap(sources={"a": source}, tables={"value_survey": part})
    assert parse_map(write_map_text(mapping)) == mapping


@pytest.mark.parametrize("years", ["1950", "1950-2050", "50-49", "soon", "[1950, 2049]"])
def test_short_years_are_a_hundred_years(years):
    text = (
        f"format: 1\nsources: {{a: {{short_years: {years}}}}}\ntables: {{customers: {{columns: {{customer_id: Id}}}}}}"
    )
    with pytest.raises(DataError, match="give the first and the last of a hundred years, such as 1950-2049"):
        parse_map(text)
