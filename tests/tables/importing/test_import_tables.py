"""A whole import: exports become tables, all of it or nothing, and twice is as once."""

import os

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.errors import DataError, ParameterError
from cvlab.tables.importing import (
    ColumnMap,
    ImportMap,
    Source,
    TableMap,
    apply_mapping,
    compare_export,
    describe_source,
    import_tables,
    parse_map,
    read_export,
)  # fmt: skip
from cvlab.tables.importing.codebook import put_codebook
from cvlab.tables.importing.csv_text import write_csv_text
from cvlab.tables.importing.mapping import CodebookEntry
from cvlab.tables.product_line import read_product_line

SURVEY = """\
Id;Version;P_1;P_2;T1_a_price;T1_b_price;T1;T2_a_price;T2_b_price;T2;S1_1;S1_2;S1_3;B1;W1
007;1;Yes;No;10,5;20;Option A;15;25;None;gps;strap;battery;gps;battery
8;2;Yes;;10,5;20;Option B;15;25;Option A;gps;strap;battery;strap;battery
9;3;;;;;;;;;;;;;
"""
DESIGN = "v,t,alt,col\n1,1,a,red\n1,1,b,blue\n1,2,a,green\n1,2,b,red\n2,1,a,red\n2,1,b,blue\n2,2,a,blue\n2,2,b,green\n"
MAP = """
format: 1
sources:
  survey: {delimiter: ";", decimal: ","}
  design: {}
tables:
  price_ladder:
    source: survey
    columns: {respondent_id: Id}
    skip_empty: [would_buy]
    repeat: [{over: {price: {9.5: 1, 12: 2}}, columns: {would_buy: "P_{price}"}}]
  choice_tasks:
    source: survey
    columns: {respondent_id: Id, _version: Version}
    only: {Version: [1, 2]}
    repeat:
      - over: {task: [1, 2], alternative: [a, b]}
        columns:
          price: "T{task}_{alternative}_price"
          chosen: {from: "T{task}", labels: {Option A: a, Option B: b, None: none}, is: "{alternative}"}
      - over: {task: [1, 2], alternative: [none]}
        columns: {chosen: {from: "T{task}", is: None}}
    lookup: [{source: design, on: {v: _version, t: task, alt: alternative}, columns: {colour: col}}]
  best_worst:
    source: survey
    columns: {respondent_id: Id}
    repeat:
      - over: {set: [1], _place: [1, 2, 3]}
        columns:
          item: "S{set}_{_place}"
          choice:
            cases: [{from: "B{set}", same_as: item, value: best}, {from: "W{set}", same_as: item, value: worst}]
            otherwise: none
    skip_empty: [item]
"""


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / "design.csv", tmp_path / "survey.csv"]
    paths[0].write_text(DESIGN)
    paths[1].write_text(SURVEY)
    return paths


def read_both(files, mapping):
    names = ("design", "survey")
    return {name: read_export(path, mapping.sources[name]) for name, path in zip(names, files, strict=True)}


def read(tmp_path, text, source=None, name="export.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_export(path, source or Source())


def test_wide_answers_become_long_tables(files):
    mapping = parse_map(MAP)
    exports = read_both(files, mapping)
    made = apply_mapping(exports, mapping)
    assert not made.problems
    assert made.unmapped == ()
    assert made.tables["price_ladder"].to_dict("list") == {
        "respondent_id": ["007", "007", "8"], "price": [9.5, 12.0, 9.5], "would_buy": [True, False, True],
    }  # fmt: skip
    choices = made.tables["choice_tasks"]
    assert list(choices.columns) == ["respondent_id", "task", "alternative", "price", "chosen", "colour"]
    assert choices["alternative"].tolist() == ["a", "b", "none"] * 4
    assert choices["price"].fillna(0).tolist() == [10.5, 20, 0, 15, 25, 0] * 2
    assert choices["chosen"].astype(int).tolist() == [1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0]
    assert choices["colour"].fillna("-").tolist()[:6] == ["red", "blue", "-", "green", "red", "-"]
    assert made.tables["best_worst"]["choice"].tolist() == ["best", "none", "worst", "none", "best", "worst"]
    assert "price_ladder: 3 of 6 rows have no would_buy and are not made" in made.notes
    assert "choice_tasks: 1 of 3 rows of survey.csv left out by `only` (Version)" in made.notes


def test_importing_twice_changes_no_byte_and_no_date(files, tmp_path):
    folder = tmp_path / "line"
    first = import_tables(files, into=folder, mapping=parse_map(MAP))
    assert set(first.written) == {"price_ladder.csv", "choice_tasks.csv", "best_worst.csv", "product_line.yaml"}
    assert any("product_line.yaml was started" in note for note in first.notes)
    assert [problem.table for problem in first.problems if problem.severity == "error"] == ["customers"]
    own = folder / "rungs.csv"
    own.write_text("rung,price,unit_cost\na,1,1\n")
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.iterdir()}
    second = import_tables(files, into=folder, mapping=parse_map(MAP))
    assert second.written == ()
    assert second.rows == first.rows == {"price_ladder": 3, "choice_tasks": 12, "best_worst": 6}
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.iterdir()}
    assert after == before


def test_nothing_is_written_where_anything_is_wrong(tmp_path):
    mapping = parse_map(
        "format: 1\nsources: {a: {}}\n"
        "tables: {price_ladder: {columns: {respondent_id: Id, price: P, would_buy: W, weight: Weight}}}"
    )
    path = tmp_path / "export.csv"
    path.write_text("Id,P,W,Note\n1,9,Yes,a\n2,nine,Maybe,b\n3,ten,,c\n")
    with pytest.raises(DataError) as caught:
        import_tables(path, into=tmp_path / "line", mapping=mapping)
    assert [str(problem).split(" Remedy")[0] for problem in caught.value.problems] == [
        "error: export.csv, column P, rows 3, 4: must be a number with '.' as its decimal mark "
        "(found 'nine', 'ten') to become price_ladder.price.",
        "error: export.csv, column W, row 3: must be yes or no (found 'Maybe') to become price_ladder.would_buy.",
        "error: export.csv: price_ladder.weight is made from column 'Weight', but the export has no such column.",
    ]
    assert not (tmp_path / "line").exists()


def test_a_failure_while_writing_leaves_the_folder_as_it_was(files, tmp_path, monkeypatch):
    folder = tmp_path / "line"
    folder.mkdir()
    (folder / "price_ladder.csv").write_text("mine\n")
    whole = os.replace
    done = []

    def fail_at_the_third(source, target):
        done.append(target)
        if len(done) == 3:
            raise OSError(28, "No space left on device")
        whole(source, target)

    monkeypatch.setattr("cvlab.tables.importing.importing.os.replace", fail_at_the_third)
    with pytest.raises(ParameterError, match="No space left on device; nothing was imported"):
        import_tables(files, into=folder, mapping=parse_map(MAP), overwrite=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"price_ladder.csv": "mine\n"}


def test_open_questions_stop_the_import(files, tmp_path):
    asking = MAP.replace('decimal: ","}', 'decimal: ",", ask: ["which mark?"]}')
    with pytest.raises(DataError, match=r"a question is open: source survey: which mark\?"):
        import_tables(files, into=tmp_path / "line", mapping=parse_map(asking))


def test_unmapped_columns_are_listed_and_ignored_ones_are_not(tmp_path):
    export = read(tmp_path, "Id,P,IP,Note\n1,9,x,y\n")
    mapping = parse_map("format: 1\nsources: {a: {ignore: [IP]}}\ntables: {rungs: {columns: {rung: Id, price: P}}}")
    assert apply_mapping(export, mapping).unmapped == (("a", "Note"),)


def test_a_type_may_be_said_where_the_table_leaves_it_open(tmp_path):
    export = read(tmp_path, "Id,Age,Since,Size\n1,34,2026-05-31,007\n2,,2026-06-01,12\n")
    mapping = parse_map(
        "format: 1\nsources: {a: {}}\ntables: {customers: {columns: {customer_id: Id, "
        "age: {from: Age, type: whole}, since: {from: Since, type: date}, size: Size}}}"
    )
    made = apply_mapping(export, mapping).tables["customers"]
    assert write_csv_text(made).decode() == "customer_id,age,since,size\n1,34,2026-05-31,007\n2,,2026-06-01,12\n"


def test_a_repeated_name_says_how_to_address_it(tmp_path):
    export = read(tmp_path, "Id,P,P\n1,9,10\n")
    mapping = parse_map("format: 1\nsources: {a: {}}\ntables: {rungs: {columns: {rung: Id, price: P}}}")
    said = str(apply_mapping(export, mapping).problems[0])
    assert (
        "rungs.price is made from 'P', but the name 'P' stands over columns 2 and 3. Remedy: write 'P#1' or 'P#2'"
        in said
    )
    second = parse_map("format: 1\nsources: {a: {}}\ntables: {rungs: {columns: {rung: Id, price: 'P#2'}}}")
    assert apply_mapping(export, second).tables["rungs"]["price"].tolist() == [10]


def test_files_are_told_apart_by_their_columns_and_stacked_where_said(tmp_path):
    for month in ("jan", "feb"):
        (tmp_path / f"{month}.csv").write_text(f"Id,P\n{month},9\n")
    paths = [tmp_path / "jan.csv", tmp_path / "feb.csv"]
    text = "format: 1\nsources: {a: {STACK}}\ntables: {rungs: {columns: {rung: Id, price: P}}}"
    with pytest.raises(DataError, match=r"jan.csv and feb.csv have the columns of the source 'a'.*say `stack: yes`"):
        import_tables(paths, into=tmp_path / "line", mapping=parse_map(text.replace("STACK", "")))
    report = import_tables(paths, into=tmp_path / "line", mapping=parse_map(text.replace("STACK", "stack: yes")))
    assert (tmp_path / "line" / "rungs.csv").read_text() == "rung,price\njan,9\nfeb,9\n"
    assert report.rows == {"rungs": 2}
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"other.csv: the file is none of the sources"):
        import_tables(
            [*paths, tmp_path / "other.csv"],
            into=tmp_path / "line",
            mapping=parse_map(text.replace("STACK", "stack: yes")),
        )


def test_a_lookup_needs_keys_that_name_one_row(files):
    mapping = parse_map(MAP)
    files[0].write_text(DESIGN + "1,1,a,green\n")
    exports = read_both(files, mapping)
    said = [str(problem) for problem in apply_mapping(exports, mapping).problems]
    assert said == [
        "error: design.csv, rows 2, 10: v and t and alt must name one row, but some rows share them. "
        "Remedy: delete all but one, or add a key."
    ]


def test_two_forms_of_a_table_are_refused(files, tmp_path):
    folder = tmp_path / "line"
    folder.mkdir()
    (folder / "price_ladder.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"price_ladder.parquet: a table must have one file"):
        import_tables(files, into=folder, mapping=parse_map(MAP))
    with pytest.raises(ParameterError, match="is a file: give a folder"):
        import_tables(files, into=files[0], mapping=parse_map(MAP))


def test_what_changed_since_the_mapping_was_saved(tmp_path):
    old = "Id,Q1,Q2,City,Gone\nId,How old?,Which?,Where?,Why?\n{},{},{},{},{}\n".replace("{}", '"{""ImportId"":""x""}"')
    new = "Id,Age,q-2,Where,City,New\nId,How old?,Which one?,Mood?,Where to?,What?\n{},{},{},{},{},{}\n"
    rows = "".join(f"{number},3{number},Bus,Rome,x\n" for number in range(9))
    before = read(tmp_path, old + rows, Source(header="qualtrics"))
    saved = describe_source(before)
    assert saved.labels == {"Q2": ("Bus",), "City": ("Rome",), "Gone": ("x",)}
    columns = {"respondent_id": ColumnMap(origin="Id"), "age": ColumnMap(origin="Q1"), "city": ColumnMap(origin="City")}
    mapping = ImportMap(sources={"a": saved}, tables={"customers": TableMap(columns=columns)})
    assert compare_export(before, mapping) == []
    rows = "".join(f"{number},3{number},Tram,y,Oslo,z\n" for number in range(9))
    after = read(tmp_path, new.replace("{}", '"{""ImportId"":""x""}"') + rows, Source(header="qualtrics"))
    assert [str(change) for change in compare_export(after, mapping)] == [
        "column 'Q1' seems to be 'Age' now; the mapping uses it",
        "column 'City' has another question now: 'Where to?'",
        "column 'City' has answers it did not have: 'Oslo'",
        "column 'Q2' seems to be 'q-2' now",
        "column 'Gone' is gone",
        "column 'Where' is new",
        "column 'New' is new",
    ]
    other = read(tmp_path, "x,y,z\n1,2,3\n")
    with pytest.raises(DataError, match="the mapping was made for another export: of its 5 columns 0 are here"):
        compare_export(other, mapping)


def test_the_codebook_is_put_in_without_touching_anything_else(tmp_path):
    text = "# mine\nname: Demo   # ours\ncurrency: EUR\n\n# the next key\nunit_cost: 3\n"
    entries = {"price_ladder": {"would_buy": CodebookEntry(question="Would you: buy?", labels={"1": "Yes"})}}
    once = put_codebook(text, entries)
    assert once.startswith(text)
    assert put_codebook(once, entries) == once
    moved = once.split("codebook:")[1]
    middle = f"name: Demo\r\ncodebook:{moved}\n# remark of currency\ncurrency: EUR\n"
    longer = put_codebook(middle, {"rungs": {"price": CodebookEntry(question="Price?")}})
    assert longer.endswith("\n# remark of currency\ncurrency: EUR\n")
    assert "Would you: buy?" in longer
    assert "rungs:" in longer
    with pytest.raises(DataError, match=r"product_line.yaml: the file must be YAML"):
        put_codebook("name: [", entries)


def test_questions_of_an_export_become_the_codebook_of_the_line(tmp_path):
    path = tmp_path / "export.csv"
    ids = ",".join(['"{""ImportId"":""x""}"'] * 3)
    path.write_text(
        f'Id,Joined,Mood\nResponse ID,When?,"How do you\nfeel, 😀?"\n{ids}\n1,2025-01-01,Good\n2,2025-02-01,Bad\n'
    )
    mapping = parse_map(
        "format: 1\nsources: {a: {header: qualtrics}}\ntables: {customers: {columns: "
        "{customer_id: Id, start_date: Joined, mood: {from: Mood, labels: {Good: 5, Bad: 1}}}}}\n"
        "codebook: {customers: {start_date: {question: 'Since when?'}}}"
    )
    report = import_tables(path, into=tmp_path / "line", mapping=mapping)
    line = read_product_line(tmp_path / "line")
    assert line.customers["mood"].tolist() == [5, 1]
    assert line.codebook["customers"]["mood"].question == "How do you feel, 😀?"
    assert dict(line.codebook["customers"]["mood"].labels) == {"5": "Good", "1": "Bad"}
    assert line.codebook["customers"]["start_date"].question == "Since when?"
    assert not [problem for problem in report.problems if problem.severity == "error"]


VALUES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(str.strip), min_size=1, max_size=8
)


@settings(max_examples=50, deadline=None)
@given(VALUES, st.sampled_from(["utf-8", "utf-16"]))
def test_any_text_goes_through_export_and_import(tmp_path_factory, texts, encoding):
    folder = tmp_path_factory.mktemp("texts")
    table = pd.DataFrame({"Id": [f"R{number}" for number in range(len(texts))], "Text": texts})
    (folder / "export.csv").write_bytes(table.to_csv(index=False, sep=";").encode(encoding))
    export = read_export(folder / "export.csv", Source(delimiter=";", encoding=encoding))
    columns = {"customer_id": ColumnMap(origin="Id"), "end_reason": ColumnMap(origin="Text")}
    mapping = ImportMap(sources={"a": Source()}, tables={"customers": TableMap(columns=columns)})
    made = apply_mapping(export, mapping).tables["customers"]
    (folder / "table.csv").write_bytes(write_csv_text(made))
    again = pd.read_csv(folder / "table.csv", dtype="str", keep_default_na=False)
    assert again["end_reason"].str.removeprefix("'").tolist() == [text.removeprefix("'") for text in texts]


def test_a_refusal_names_the_new_column_and_the_new_answers(tmp_path):
    rows = "".join(f"{number},{number % 2 + 1},agree\n" for number in range(9))
    before = read(tmp_path, "Id,Q 2,Q3\n" + rows)
    columns = {
        "respondent_id": ColumnMap(origin="Id"),
        "seconds": ColumnMap(origin="Q 2"),
        "age": ColumnMap(origin="Q3", type="number", labels={"agree": "1"}),
    }
    plan = ImportMap(sources={"a": describe_source(before)}, tables={"respondents": TableMap(columns=columns)})
    path = tmp_path / "now.csv"
    path.write_text("Id,q-2,Q3,Q23\n" + rows.replace("\n", ",x\n").replace("agree", "agree fully", 2))
    with pytest.raises(DataError) as caught:
        import_tables(path, into=tmp_path / "line", mapping=plan)
    message = str(caught.value)
    assert "column 'Q 2' seems to be 'q-2' now; the mapping uses it. Remedy: write 'q-2' in the mapping" in message
    assert "the export has no such column" not in message
    assert "Remedy: say under `labels:` what each new answer means" in message
    assert "'agree fully'" in message
    assert not (tmp_path / "line").exists()
