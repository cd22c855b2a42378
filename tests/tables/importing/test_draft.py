"""A draft says of every column what it becomes or why not, asks what is open, and imports once that is answered."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.errors import DataError
from cvlab.tables.importing import (
    Draft,
    apply_mapping,
    detect_source,
    draft_files,
    draft_mapping,
    import_tables,
    parse_map,
    read_export,
    write_map_text,
)
from cvlab.tables.importing.drafting import without_questions
from tests.tables.importing.survey_exports import (
    CHECK,
    GRID,
    PEOPLE,
    PRICES,
    STATEMENTS,
    answer,
    qualtrics_columns,
    write_qualtrics,
    write_surveymonkey,
)


def draft(path: Path, text: str) -> Draft:
    path.write_text(text, encoding="utf-8")
    return draft_mapping(read_export(path, detect_source(path)))


def proposals(drafted: Draft) -> dict[str, str]:
    table = drafted.table
    return dict(zip(table["column"], table["table"] + "." + table["field"], strict=True))


def reasons(drafted: Draft) -> dict[str, str]:
    return dict(zip(drafted.table["column"], drafted.table["reason"], strict=True))


@pytest.fixture
def qualtrics(tmp_path):
    return write_qualtrics(tmp_path / "answers.csv", qualtrics_columns(answer()))


def test_a_qualtrics_export_is_drafted_by_its_questions(qualtrics):
    drafted = draft_files(qualtrics)
    proposed = proposals(drafted)
    assert {name: proposed[name] for name in ("Q3_1", "Q3_4", "Q4", "Q5", "Q6_0", "Q1_2", "C2", "C1_B_colour")} == {
        "Q3_1": "price_sensitivity.too_cheap",
        "Q3_4": "price_sensitivity.too_expensive",
        "Q4": "price_sensitivity.buy_cheap",
        "Q5": "price_sensitivity.buy_expensive",
        "Q6_0": "price_ladder.would_buy",
        "Q1_2": "value_survey.score",
        "C2": "choice_tasks.chosen",
        "C1_B_colour": "choice_tasks.colour",
    }
    wanted = {
        "ResponseId": "respondent_id",
        "Duration (in seconds)": "seconds",
        "StartDate": "started_on",
        "Q2": "attention_passed",
        "Q20": "region",
    }
    assert {name: proposed[name] for name in wanted} == {
        name: f"respondents.{column}" for name, column in wanted.items()
    }
    ignored = drafted.mapping.sources["answers"].ignore
    assert set(ignored) == {"Status", "IPAddress", "Progress", "Finished", "RecipientEmail", "ExternalReference", "Q21"}
    assert "who somebody is" in reasons(drafted)["IPAddress"]
    assert "who somebody is" in reasons(drafted)["RecipientEmail"]
    assert reasons(drafted)["Q21"].startswith("open answers")
    assert drafted.questions == [
        "value_survey.dimension: which dimension of value is each statement about, such as functional or emotional? "
        "One `repeat` for each"
    ]


def test_every_column_has_one_row_and_a_confidence_with_a_reason(qualtrics):
    drafted = draft_files(qualtrics)
    export = read_export(qualtrics, detect_source(qualtrics))
    assert drafted.table["column"].tolist() == list(export.frame.columns)
    assert drafted.table["confidence"].between(0, 1).all()
    assert drafted.table["reason"].str.len().gt(0).all()
    assert drafted.table.set_index("column").loc["Q20", ["confidence", "examples", "question"]].tolist() == [
        0.6, ", ".join(export.frame["Q20"].unique()), "Which region do you live in?",
    ]  # fmt: skip


def test_a_qualtrics_draft_is_imported_once_its_question_is_answered(qualtrics, tmp_path):
    drafted = draft_files(qualtrics)
    with pytest.raises(DataError, match=r"a question is open: value_survey\.dimension: which dimension of value"):
        import_tables(qualtrics, into=tmp_path / "line", mapping=drafted.mapping)
    assert not (tmp_path / "line").exists()
    assert parse_map(write_map_text(drafted.mapping)) == drafted.mapping
    report = import_tables(qualtrics, into=tmp_path / "line", mapping=without_questions(drafted.mapping))
    assert report.rows == {
        "respondents": PEOPLE, "price_sensitivity": PEOPLE, "choice_tasks": 6 * PEOPLE,
        "price_ladder": 3 * PEOPLE, "value_survey": 3 * PEOPLE,
    }  # fmt: skip
    assert report.unmapped == ()
    assert {problem.table for problem in report.problems if problem.severity == "error"} == {"customers"}
    answers = answer()
    prices = pd.read_csv(tmp_path / "line" / "price_sensitivity.csv")
    assert prices["too_cheap"].tolist() == answers["too cheap"]
    assert prices["buy_cheap"].between(1, 5).all()
    ladder = pd.read_csv(tmp_path / "line" / "price_ladder.csv")
    assert ladder["price"].unique().tolist() == list(PRICES)
    assert ladder.loc[ladder["price"] == 12.0, "would_buy"].str.capitalize().tolist() == answers["at 12.0"]
    choices = pd.read_csv(tmp_path / "line" / "choice_tasks.csv")
    first = choices[(choices["task"] == 1) & (choices["chosen"] == "yes")].set_index("respondent_id")["alternative"]
    wanted = {"Option A": "a", "Option B": "b", "None of these": "none"}
    assert first.tolist() == [wanted[text] for text in answers["task 1"]]
    assert choices[choices["alternative"] == "b"]["price"].unique().tolist() == [11.0, 21.0]
    scores = pd.read_csv(tmp_path / "line" / "value_survey.csv")
    assert scores["item"].unique().tolist() == list(STATEMENTS)
    assert scores["score"].between(1, 7).all()
    passed = pd.read_csv(tmp_path / "line" / "respondents.csv")["attention_passed"]
    assert (passed == "yes").tolist() == [text == "rather agree" for text in answers["check"]]


def test_the_codebook_of_a_grid_has_its_question_and_scale(qualtrics):
    entry = draft_files(qualtrics).mapping.codebook["value_survey"]["score"]
    assert entry.question == GRID
    assert (entry.labels["1"], entry.labels["7"]) == ("strongly disagree", "strongly agree")


def test_a_surveymonkey_export_asks_for_the_order_of_its_dates(tmp_path):
    dates = [f"{1 + number % 9:02d}/{1 + number % 12:02d}/2026 10:00:00" for number in range(PEOPLE)]
    path = write_surveymonkey(tmp_path / "monkey.csv", answer(), dates=dates)
    drafted = draft_files(path)
    source = drafted.mapping.sources["monkey"]
    assert (source.header, source.delimiter, source.decimal, source.dates) == ("surveymonkey", ";", ",", "day-first")
    assert drafted.questions == [
        f"source monkey: does the day or the month stand first in dates such as '{dates[0]}' in column 'Start Date'? "
        "dates is 'day-first' now"
    ]
    assert "Email Address" in source.ignore
    with pytest.raises(DataError, match="does the day or the month stand first"):
        import_tables(path, into=tmp_path / "line", mapping=drafted.mapping)
    made = apply_mapping(read_export(path, without_questions(drafted.mapping).sources["monkey"]),
                         without_questions(drafted.mapping))  # fmt: skip
    assert made.problems == ()
    assert made.tables["price_sensitivity"]["cheap"].tolist() == answer()["cheap"]
    assert made.tables["price_ladder"]["price"].unique().tolist() == list(PRICES)


def test_dates_that_say_their_order_are_not_asked_about(tmp_path):
    dates = [f"03/{1 + number % 28:02d}/2026" for number in range(PEOPLE)]
    drafted = draft_files(write_surveymonkey(tmp_path / "monkey.csv", answer(), dates=dates))
    assert drafted.mapping.sources["monkey"].dates == "month-first"
    assert drafted.questions == []


def test_a_workbook_is_drafted_sheet_by_sheet_and_imported(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    people = book.active
    people.title = "People"
    people.append(["Kundennummer", "Kunde seit", "Alter"])
    orders = book.create_sheet("Orders")
    orders.append(["Price list and orders"])
    orders.merge_cells("A1:D1")
    orders.append(["Customer no", "Order date", "Qty", "Unit price"])
    for number in range(8):
        people.append([f"K{number}", f"2025-0{1 + number}-15", 20 + number])
        orders.append([f"K{number}", f"2026-01-{10 + number}", 2, 4.5])
    note = book.create_sheet("Read me")
    note.append(["Made by sales"])
    note.append(["Ask Ada"])
    path = tmp_path / "sales.xlsx"
    book.save(path)
    drafted = draft_files(path)
    assert {name: source.sheet for name, source in drafted.mapping.sources.items()} == {
        "people": "People", "orders": "Orders",
    }  # fmt: skip
    assert drafted.mapping.sources["orders"].skip == 1
    assert proposals(drafted) == {
        "Kundennummer": "customers.customer_id", "Kunde seit": "customers.start_date", "Alter": "customers.alter",
        "Customer no": "transactions.customer_id", "Order date": "transactions.date", "Qty": "transactions.quantity",
        "Unit price": "transactions.price_paid", "Made by sales": ".",
    }  # fmt: skip
    assert reasons(drafted)["Made by sales"] == "no table is known that holds it"
    assert drafted.questions == []
    report = import_tables(path, into=tmp_path / "line", mapping=drafted.mapping)
    assert report.rows == {"customers": 8, "transactions": 8}
    assert [problem for problem in report.problems if problem.severity == "error"] == []


def test_the_design_of_choice_tasks_is_found_in_another_file(tmp_path):
    rows = [f"P{number},{1 + number % 2},{'AB'[number % 2]},{'BA'[number % 2]}\n" for number in range(12)]
    answers, design = tmp_path / "answers.csv", tmp_path / "design.csv"
    answers.write_text("respondent_id,Version,Choice1,Choice2\n" + "".join(rows))
    shown = [
        f"{version},{task},{letter},{version + task},red\n" for version in (1, 2) for task in (1, 2) for letter in "ab"
    ]
    design.write_text("version,task,alternative,price,colour\n" + "".join(shown))
    drafted = draft_files([answers, design])
    lookup = drafted.mapping.tables["choice_tasks"].lookup[0]
    assert (lookup.source, dict(lookup.on)) == (
        "design", {"task": "task", "alternative": "alternative", "version": "_version"},
    )  # fmt: skip
    assert drafted.questions == []
    report = import_tables([answers, design], into=tmp_path / "line", mapping=drafted.mapping)
    assert report.rows["choice_tasks"] == 48
    made = pd.read_csv(tmp_path / "line" / "choice_tasks.csv")
    assert made["price"].isin([2, 3, 4]).all()
    alone = draft_files(answers)
    assert [question.partition(":")[0] for question in alone.questions] == ["choice_tasks.price"]
    assert "give the file of the design as well" in alone.questions[0]


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["1,500", "2,750", "3,125"], "is '1,500' in column 'Income' a number with decimals or in thousands?"),
        (["1.5", "1,5", "2"], "respondents.income: its numbers mix decimal marks: correct them in the export"),
        (["1,5", "12,75", "3"], None),
        (["1,234.5", "12.75", "3"], None),
    ],
)
def test_what_a_mark_in_numbers_means_is_asked_where_it_is_open(tmp_path, cells, asked):
    rows = [f"P{n};{cells[n % 3]};{('Yes', 'No')[n % 2]};{('No', 'Yes')[n % 2]}\n" for n in range(30)]
    drafted = draft(tmp_path / "a.csv", "respondent_id;Income;Buy at 9 €;Buy at 12 €\n" + "".join(rows))
    assert [question for question in drafted.questions if asked and asked in question] == drafted.questions
    assert bool(drafted.questions) == bool(asked)


def test_two_columns_that_may_name_the_person_are_asked_about(tmp_path):
    rows = [f"R{n},C{n},{('Yes', 'No')[n % 2]},{('No', 'Yes')[n % 2]}\n" for n in range(10)]
    drafted = draft(tmp_path / "a.csv", "ResponseId,customer_id,Buy at 9 €,Buy at 12 €\n" + "".join(rows))
    assert drafted.questions == [
        "source a: 'customer_id' or 'ResponseId': which one is respondent_id? Best the one that customers have; "
        "it is 'customer_id' now"
    ]
    assert proposals(drafted)["ResponseId"] == "."


def test_an_id_that_is_not_unique_and_none_at_all_are_asked_about(tmp_path):
    rows = [f"R{n % 4},{('Yes', 'No')[n % 2]},{('No', 'Yes')[n % 2]}\n" for n in range(10)]
    drafted = draft(tmp_path / "a.csv", "ResponseId,Buy at 9 €,Buy at 12 €\n" + "".join(rows))
    assert "some rows share a value or have none: is that right?" in drafted.questions[0]
    rows = [f"{('Yes', 'No')[n % 2]},{('No', 'Yes')[n % 2]}\n" for n in range(10)]
    drafted = draft(tmp_path / "b.csv", "Buy at 9 €,Buy at 12 €\n" + "".join(rows))
    assert (
        "price_ladder.respondent_id: no column names each person once: name one here, as `from:`" in drafted.questions
    )


def test_labels_that_may_lack_one_are_asked_about(tmp_path):
    rows = [f"P{n},{('agree', 'neither', 'strongly agree')[n % 3]},{('neither', 'strongly agree', 'agree')[n % 3]},"
            f"{('strongly agree', 'agree', 'neither')[n % 3]}\n" for n in range(60)]  # fmt: skip
    drafted = draft(tmp_path / "b.csv", "respondent_id,functional_1,emotional_2,social_3\n" + "".join(rows))
    assert drafted.questions == [
        "value_survey.score: which code does each label stand for? Some could be missing or out of order"
    ]


def test_dimensions_in_the_names_of_statements_need_no_question(tmp_path):
    rows = [f"P{n},{1 + n % 7},{1 + n % 6},{1 + n % 5}\n" for n in range(60)]
    drafted = draft(tmp_path / "a.csv", "respondent_id,functional_1,emotional_1,social_1_r\n" + "".join(rows))
    made = apply_mapping(read_export(tmp_path / "a.csv", detect_source(tmp_path / "a.csv")), drafted.mapping)
    table = made.tables["value_survey"].drop_duplicates("item")[["item", "dimension", "reversed"]]
    assert table.to_numpy().tolist() == [
        ["functional_1", "functional", False], ["emotional_1", "emotional", False], ["social_1_r", "social", True],
    ]  # fmt: skip


def test_four_prices_are_known_by_their_values_alone_but_marked(tmp_path):
    centre = [20 + 3 * (n % 17) for n in range(60)]
    rows = [f"P{n},{c * 0.5},{c * 0.8},{c * 1.2},{c * 1.9}\n" for n, c in enumerate(centre)]
    drafted = draft(tmp_path / "a.csv", "respondent_id,p1,p2,p3,p4\n" + "".join(rows))
    assert proposals(drafted)["p3"] == "price_sensitivity.expensive"
    assert drafted.table["confidence"].tolist()[1:] == [0.6] * 4
    unlike = [f"P{n},{5 + n % 7},{30 + (n * 7) % 11},{200 + (n * 5) % 13},{3000 + (n * 3) % 17}\n" for n in range(60)]
    drafted = draft(tmp_path / "b.csv", "respondent_id,visits,age,steps,income\n" + "".join(unlike))
    assert set(drafted.mapping.tables) == {"respondents"}


def test_prices_that_contradict_their_names_are_asked_about(tmp_path):
    rows = [f"P{n},{40 + n},{30 + n},{20 + n},{10 + n}\n" for n in range(30)]
    drafted = draft(tmp_path / "a.csv", "respondent_id,too_cheap,cheap,expensive,too_expensive\n" + "".join(rows))
    assert drafted.questions == [
        "price_sensitivity.too_cheap: most people's four prices are not in order by these columns: "
        "is each where it belongs?"
    ]


def test_how_likely_one_would_buy_at_prices_asks_what_counts_as_a_yes(tmp_path):
    labels = ("certainly not", "probably not", "perhaps", "probably", "certainly")
    rows = [f"P{n},{labels[n % 5]},{labels[(n + 1) % 5]}\n" for n in range(40)]
    drafted = draft(tmp_path / "a.csv", "respondent_id,Buy at 9 €?,Buy at 12 €?\n" + "".join(rows))
    assert drafted.questions == ["price_ladder.would_buy: which of these answers count as a yes?"]
    column = drafted.mapping.tables["price_ladder"].repeat[0].columns["would_buy"]
    assert column.labels == dict(zip(labels, ["no", "no", "no", "yes", "yes"], strict=True))


def test_an_attention_check_that_does_not_say_its_answer_asks_for_it(tmp_path):
    rows = [f"P{n},{('red', 'blue')[n % 2]},{n % 5}\n" for n in range(40)]
    drafted = draft(tmp_path / "a.csv", "respondent_id,attention_item,visits\n" + "".join(rows))
    assert drafted.questions == ["respondents.attention_passed: which answer is the right one? Give it as `is:`"]
    assert CHECK not in drafted.questions[0]


def test_a_bid_takes_the_yes_or_no_behind_it(tmp_path):
    rows = [f"P{n},{(20, 30)[n % 2]},{('Yes', 'No')[n % 2]},{('No', 'Yes')[n % 2]}\n" for n in range(40)]
    text = "respondent_id,Price offered in EUR,Would you buy at the price offered?,Do you own one?\n" + "".join(rows)
    proposed = proposals(draft(tmp_path / "a.csv", text))
    assert list(proposed.values())[1:3] == ["contingent_valuation.bid", "contingent_valuation.answer"]
    assert proposed["Do you own one?"].startswith("respondents.")


def test_sets_of_items_are_found_with_what_they_showed(tmp_path):
    items = ("GPS", "strap", "alerts", "battery")
    header = "respondent_id" + "".join(f",S{s}_item1,S{s}_item2,S{s}_item3,S{s}_best,S{s}_worst" for s in (1, 2))
    rows = []
    for n in range(30):
        sets = [[items[(n + s + place) % 4] for place in range(3)] for s in (0, 1)]
        rows.append(f"P{n}," + ",".join(",".join([*each, each[n % 3], each[(n + 1) % 3]]) for each in sets) + "\n")
    drafted = draft(tmp_path / "a.csv", header + "\n" + "".join(rows))
    made = apply_mapping(read_export(tmp_path / "a.csv", detect_source(tmp_path / "a.csv")), drafted.mapping)
    table = made.tables["best_worst"]
    assert table["choice"].value_counts().to_dict() == {"best": 60, "worst": 60, "none": 60}
    bare = "respondent_id,S1_best,S1_worst,S2_best,S2_worst\n"
    rows = [f"P{n},{items[n % 4]},{items[(n + 1) % 4]},{items[n % 4]},{items[(n + 2) % 4]}\n" for n in range(30)]
    drafted = draft(tmp_path / "b.csv", bare + "".join(rows))
    assert ["which items each set showed is not in this export" in question for question in drafted.questions] == [True]


def test_amounts_asked_with_the_same_words_are_reservation_prices(tmp_path):
    question = "What is the most you would pay for it? - "
    rows = [f"P{n},{10 + n % 7},{20 + n % 9}\n" for n in range(30)]
    drafted = draft(tmp_path / "a.csv", f"respondent_id,{question}tracker,{question}app\n" + "".join(rows))
    repeat = drafted.mapping.tables["reservation_prices"].repeat[0]
    assert list(repeat.over["component"]) == ["tracker", "app"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("ResponseId,Q1\n", "the export has no rows below its header. Remedy: export it with answers"),
     ("x,y\n, \n,\nsome words here,other words\n", "no column is known by its name, its question or its values")],
)  # fmt: skip
def test_what_cannot_be_drafted_says_why(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        draft(tmp_path / "a.csv", text)


def test_no_export_at_all_is_refused():
    with pytest.raises(DataError, match="no export is given"):
        draft_mapping({})


_CELLS = st.sampled_from(
    ["", "1", "2,5", "3.5", "yes", "No", "01/02/2026", "2026-02-01", "agree", "disagree", "neither", "n/a", "🙂",
     "שלום", "=1+1", "-99", "Option A", "None"]
)  # fmt: skip
_NAMES = st.sampled_from(
    ["ResponseId", "Q1_1", "Q1_2", "too_cheap", "bid", "C1", "C2", "price 9 €", "price 12 €", "IPAddress", "StartDate",
     "Set 1 / best", "attention", "🙂", "weight", "customer_id"]
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_export_gets_a_draft_that_can_be_saved_and_read_or_a_reason(tmp_path_factory, data):
    names = data.draw(st.lists(_NAMES, min_size=2, max_size=7, unique=True))
    rows = data.draw(st.lists(st.lists(_CELLS, min_size=len(names), max_size=len(names)), min_size=1, max_size=12))
    frame = pd.DataFrame(rows, columns=names)
    path = tmp_path_factory.mktemp("any") / "any.csv"
    frame.to_csv(path, index=False, encoding="utf-8")
    try:
        drafted = draft_mapping(read_export(path, detect_source(path)))
    except DataError as error:
        refused = error
        drafted = None
    if drafted is None:
        assert refused.problems
        return
    assert parse_map(write_map_text(drafted.mapping)) == drafted.mapping
    assert drafted.table["reason"].str.len().gt(0).all()
    source = drafted.mapping.sources["any"]
    made = apply_mapping(read_export(path, without_questions(drafted.mapping).sources["any"]),
                         without_questions(drafted.mapping))  # fmt: skip
    assert made.unmapped == ()
    assert set(source.ignore) == set(drafted.table.loc[drafted.table["table"] == "", "column"])


def test_years_of_two_digits_are_asked_about(tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text("Customer no,Customer since\n1,25.03.24\n2,26.03.75\n")
    drafted = draft_files(path)
    assert drafted.questions == [
        "source crm: years have two digits, and '26.03.75' in column 'Customer since' is read as 1975-03-26: is that "
        "right? short_years is '1950-2049' and dates 'day-first' now (day-first, month-first or year-first)"
    ]
    mapping = parse_map(write_map_text(without_questions(drafted.mapping)))
    import_tables(path, into=tmp_path / "line", mapping=mapping)
    assert (tmp_path / "line" / "customers.csv").read_text().splitlines()[1:] == ["1,2024-03-25", "2,1975-03-26"]


def test_days_as_excel_counts_them_are_asked_about(tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text("Customer no,Customer since\n1,46173\n2,46174\n")
    drafted = draft_files(path)
    assert drafted.questions == [
        "customers.start_date: are numbers such as '46173' days as Excel counts them? That is 2026-05-31"
    ]
    import_tables(path, into=tmp_path / "line", mapping=without_questions(drafted.mapping))
    assert (tmp_path / "line" / "customers.csv").read_text().splitlines()[1:] == ["1,2026-05-31", "2,2026-06-01"]


def test_a_column_without_a_name_for_an_id_is_asked_about(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("foo,bar\nA7,2\nB8,4\n")
    assert draft_files(path).questions == [
        "source list: no column is called an id, but 'foo' has a value of its own in every row: is it respondent_id?"
    ]


def test_a_second_header_row_is_asked_about(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("ResponseId,Q1\nResponse ID,Would you buy?\nR1,Yes\nR2,No\n")
    (question,) = draft_files(path).questions
    assert question.startswith("source answers: the row below the header repeats names of columns ('Response ID')")
    assert "all three header rows that Qualtrics has" in question


def test_a_column_of_numbers_stays_one_next_quarter(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,start_date,seats\n1,2026-01-31,2\n2,2026-02-01,3\n")
    mapping = draft_files(path).mapping
    import_tables(path, into=tmp_path / "line", mapping=mapping)
    path.write_text(path.read_text() + "3,2026-02-01,unknown\n")
    with pytest.raises(DataError, match=r"column seats, row 4: must be a number .*\(found 'unknown'\)"):
        import_tables(path, into=tmp_path / "line", mapping=mapping)


def test_options_to_tick_are_called_by_the_option_and_what_is_written_beside_them_is_left_out(tmp_path):
    path = tmp_path / "answers.csv"
    rows = [f"R{n},{'Car' if n % 2 else ''},{'Boat' if n % 3 else ''},{'a sledge' if n % 2 else ''}" for n in range(12)]
    header = "Respondent ID,Which do you own?,,\n,Car,Boat,Other (please specify)\n"
    path.write_text(header + "\n".join(rows) + "\n")
    table = draft_files(path).table.set_index("column")
    assert table["field"].tolist() == ["respondent_id", "own_car", "own_boat", ""]
    assert "one of several options to tick" in table["reason"].iloc[1]
    assert "it may tell who somebody is" in table["reason"].iloc[3]
