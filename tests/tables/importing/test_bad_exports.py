"""Every kind of bad export gives one clear message that says what to do."""

import datetime
import zipfile

import openpyxl
import pytest

from cvlab.errors import DataError, ParameterError
from cvlab.tables.importing import Source, detect_source, read_export
from cvlab.tables.importing.drafting import draft_files


def refusal(path, source):
    with pytest.raises(DataError) as caught:
        read_export(path, source)
    return str(caught.value)


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="answers.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def save_book(tmp_path):
    def save(rows, prepare=lambda book: None):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        prepare(book)
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return save


CSV_CASES = {
    "empty": ("", Source(), "the file is empty"),
    "rows of other widths": ("a,b\n1\n1,2\n1,2,3\n", Source(), "rows 2, 4: each row must have 2 cells like the header"),
    "two header rows where three are promised": (
        "Q1,Q2\nAge?,City?\n34,Rome\n",
        Source(header="qualtrics"),
        'Qualtrics promises three header rows, but the third holds no {"ImportId": …}',
    ),
    "three header rows where one is promised": (
        'Q1\nAge?\n"{""ImportId"":""QID1""}"\n34\n',
        Source(),
        "row 3 holds Qualtrics' import ids. Remedy: say `header: qualtrics`",
    ),
    "no second header row": (
        "Q1,Q2\n34,Rome\n",
        Source(header="surveymonkey"),
        "SurveyMonkey promises a second header row with answer options, but it holds answers",
    ),
    "header cut off": ("Q1,Q2\n", Source(header="qualtrics"), "the header must have 3 rows, but the file ends before"),
    "uneven header": ("a,b\n1\n{}\n", Source(header="qualtrics"), "row of the header must have 2 cells, but one has 1"),
    "another encoding": ("Größe\n1\n".encode("cp1252"), Source(), "the file must be text in utf-8, but line 1 is not"),
    "another encoding further down": (
        b"a\n" + b"1\n" * 10 + "Größe\n".encode("cp1252"),
        Source(),
        "the file must be text in utf-8, but line 12 is not. Remedy: say its `encoding:`, such as cp1252",
    ),
    "unknown encoding": ("a\n", Source(encoding="klingon"), "encoding is 'klingon', which is not known"),
    "no text": (b"a,b\n\0\0,1\n", Source(), "the file must be CSV, but is not text"),
    "workbook": (b"PK\x03\x04rest", Source(), "looks like a workbook or zip archive"),
    "web page": ("<html><body>", Source(), "looks like a web page or XML"),
    "two delimiters": ("a,b\n1,2\n", Source(delimiter=",,"), "delimiter is ',,'. Remedy: give one character"),
    "address taken": ("a,a,a#1\n1,2,3\n", Source(), "the column 'a#1' has the name by which one of several others"),
}  # fmt: skip


@pytest.mark.parametrize("case", CSV_CASES)
def test_a_bad_csv_file_is_refused(case, write):
    content, source, expected = CSV_CASES[case]
    assert expected in refusal(write(content), source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"nothing\.csv' cannot be opened: No such file"):
        read_export(tmp_path / "nothing.csv", Source())


def test_emoji_and_text_from_right_to_left_stay_as_they_are(write):
    export = read_export(write("Name,Ausgefüllt\n😀👩‍👩‍👧,שלום עולם\n مرحبا ,a\u200fb\n"), Source())
    assert export.frame["Name"].tolist() == ["😀👩‍👩‍👧", " مرحبا "]
    assert export.frame["Ausgefüllt"].tolist() == ["שלום עולם", "a\u200fb"]


def test_repeated_names_are_addressed_by_number_and_noted(write):
    export = read_export(write("Age,Id,Age\n1,2,3\n"), Source())
    assert list(export.frame.columns) == ["Age#1", "Id", "Age#2"]
    assert export.notes == ("the name 'Age' stands over columns 1 and 3: write 'Age#1' or 'Age#2'",)


def test_ten_thousand_columns_are_read_even_where_a_row_is_longer_than_a_block(write):
    names = [f"Q{number}" for number in range(10_000)]
    export = read_export(write(",".join(names) + "\n" + ",".join(["x" * 600] * 10_000) + "\n"), Source())
    assert export.frame.shape == (1, 10_000)
    assert export.frame["Q9999"].tolist() == ["x" * 600]


def test_rows_keep_the_number_they_have_in_a_spreadsheet(write):
    export = read_export(write('a,b\n1,"two\nlines"\n\n,\n2,3\n,\n'), Source())
    assert export.frame["a"].tolist() == ["1", "2"]
    assert export.rows.tolist() == [2, 5]
    assert export.notes == ("2 empty rows between the others left out",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_read(encoding, write):
    path = write("Größe;Ort\n1,5;Köln\n".encode(encoding))
    export = read_export(path, Source(delimiter=";", encoding=encoding.replace("-sig", "")))
    assert export.frame.to_dict("list") == {"Größe": ["1,5"], "Ort": ["Köln"]}


def test_merged_cells_are_refused_but_not_above_the_table_nor_over_options(save_book):
    rows = [["title", None], ["Id", "Price"], ["1", 2], [None, 3]]
    merged = save_book(rows, lambda book: book.active.merge_cells("A3:A4"))
    assert "cells must not be merged, for only the first of them has a value, but A3:A4 are" in refusal(
        merged, Source(kind="xlsx", skip=1)
    )
    titled = save_book(rows, lambda book: book.active.merge_cells("A1:B1"))
    assert read_export(titled, Source(kind="xlsx", skip=1)).frame["Price"].tolist() == ["2", "3"]
    options = save_book(
        [["Id", "Which?", None], [None, "Car", "Bus"], ["1", "Car", None]],
        lambda book: book.active.merge_cells("B1:C1"),
    )
    export = read_export(options, Source(kind="xlsx", header="surveymonkey"))
    assert list(export.frame.columns) == ["Id", "Which? / Car", "Which? / Bus"]


def test_formulas_are_neither_run_nor_kept(save_book):
    export = read_export(save_book([["Id", "Sum"], ["1", "=SUM(1,2)"], ["2", 4]]), Source(kind="xlsx"))
    assert export.frame["Sum"].tolist() == ["", "4"]
    assert any("no value for the formulas in B2, which are read as empty" in note for note in export.notes)


def test_cells_of_every_kind_are_written_as_text(save_book):
    row = [
        1.0,
        2.5,
        True,
        datetime.datetime(2026, 5, 31),
        datetime.datetime(2026, 5, 31, 10, 15),
        datetime.time(1, 2),
        " x ",
    ]
    path = save_book([list("abcdefg"), row])
    export = read_export(path, Source(kind="xlsx", decimal=","))
    assert export.frame.iloc[0].tolist() == ["1", "2,5", "TRUE", "2026-05-31", "2026-05-31 10:15:00", "01:02:00", " x "]


def test_hidden_sheets_are_named_and_the_sheet_must_be_clear(save_book):
    def hide(book):
        book.create_sheet("secret").sheet_state = "hidden"

    path = save_book([["a"], ["1"]], hide)
    assert "hidden sheets, which were not read: 'secret'" in read_export(path, Source(kind="xlsx")).notes[0]
    assert "there is no sheet 'Jan'. Remedy: say `sheet:`, one of 'Sheet', 'secret'" in refusal(
        path, Source(kind="xlsx", sheet="Jan")
    )
    two = save_book([["a"], ["1"]], lambda book: book.create_sheet("b"))
    assert "the workbook has 2 visible sheets" in refusal(two, Source(kind="xlsx"))


def test_a_workbook_with_a_password_and_an_old_one_are_told_apart(write):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    protected = write(ole + "EncryptedPackage".encode("utf-16-le"), "book.xlsx")
    assert "protected by a password. Remedy: open it in a spreadsheet and save it as .xlsx without" in refusal(
        protected, Source(kind="xlsx")
    )
    assert "of the old form .xls" in refusal(write(ole, "old.xls"), Source(kind="xlsx"))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_workbook_that_is_cut_off_is_refused(share, save_book, write):
    data = save_book([["a", "b"], ["1", "2"]]).read_bytes()
    assert "the workbook is cut off or damaged" in refusal(
        write(data[: int(len(data) * share)], "cut.xlsx"), Source(kind="xlsx")
    )


def test_other_files_are_no_workbooks(write, tmp_path):
    assert "the file is no workbook" in refusal(write("a,b\n", "text.xlsx"), Source(kind="xlsx"))
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "the file is no Excel workbook" in refusal(tmp_path / "other.xlsx", Source(kind="xlsx"))


def test_workbooks_that_grow_or_define_entities_are_refused(tmp_path, save_book):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    assert "which no table does" in refusal(tmp_path / "bomb.xlsx", Source(kind="xlsx"))
    with zipfile.ZipFile(tmp_path / "entities.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "holds definitions of its own" in refusal(tmp_path / "entities.xlsx", Source(kind="xlsx"))


def test_detection_proposes_and_asks_where_it_cannot_tell(write, save_book):
    assert detect_source(write("Id;Preis\n1;2,5\n")).delimiter == ";"
    assert detect_source(write('Q1\nAge?\n"{""ImportId"":""QID1""}"\n34\n')).header == "qualtrics"
    assert detect_source(write("Id,Which?,\n,Car,Bus\n1,Car,\n")).header == "surveymonkey"
    assert detect_source(write("Id\tPreis\n1\t2\n".encode("utf-16"))).encoding == "utf-16"
    latin = detect_source(write("Größe,b\n1,2\n".encode("cp1252")))
    assert latin.encoding == "cp1252"
    assert latin.ask == ("the file is not UTF-8; read as cp1252 one line holds 'Größe,b': is that what it should say?",)
    unsure = detect_source(write("a,b;c\n1,2;3\n"))
    assert "the columns could be parted by" in unsure.ask[0]
    book = detect_source(save_book([["a", "b"], [1, 2]]))
    assert (book.kind, book.sheet, book.header) == ("xlsx", "Sheet", "plain")


@pytest.mark.parametrize("end", ["", '\nR9,20,"South"\n'])
def test_a_quotation_mark_that_is_not_closed_is_named_with_its_row(write, end):
    path = write('respondent_id,age,region\nR1,20,North\nR2,30,"Sou\nR3,31,South\nR4,32,South\nR5,33,South' + end)
    message = refusal(path, Source())
    assert "row 3: a quotation mark must be closed" in message
    assert "write it twice where it belongs to the text" in message


def test_texts_of_several_lines_are_no_open_quotation_mark(write):
    path = write('id,age,why\n1,20,"cheap,\nlight, and good\nso I said yes"\n2,30,"a\nb, c, d"\n')
    assert read_export(path, Source()).frame["why"].tolist() == ["cheap,\nlight, and good\nso I said yes", "a\nb, c, d"]


@pytest.mark.parametrize("name", ["answers.csv", "answers.ods"])
def test_a_workbook_is_read_whatever_its_name_ends_in(save_book, name):
    path = save_book([["id", "age"], ["R1", 20], ["R2", 30]])
    renamed = path.rename(path.with_name(name))
    assert read_export(renamed, detect_source(renamed)).frame["age"].tolist() == ["20", "30"]


def test_one_nought_among_text_is_named_with_its_line(write):
    path = write(b"customer_id,start_date\nC1,2024-01-01\nC\x002,2024-01-02\n" + b"C3,2024-01-02\n" * 9)
    with pytest.raises(DataError, match="line 3 holds a NUL character, which no text has"):
        read_export(path, Source())


def test_an_empty_sheet_is_called_so(save_book):
    with pytest.raises(DataError, match="the sheet is empty"):
        draft_files(save_book([]))


CUSTOMERS = ["Customer no", "Customer since", "Region"]


def test_rows_of_a_table_are_never_taken_for_titles_above_it(save_book):
    rows = [[f"C{number}", datetime.datetime(2026, 1, number), "North"] for number in range(1, 20)]
    path = save_book([CUSTOMERS, *rows], lambda book: book.active.merge_cells("C4:C6"))
    with pytest.raises(DataError, match=r"cells must not be merged, .* but C4:C6 are"):
        draft_files(path)


@pytest.mark.parametrize("merged", [True, False])
def test_titles_above_a_table_are_passed_over(save_book, merged):
    rows = [["Our customers"], [], CUSTOMERS, ["C1", datetime.datetime(2026, 1, 2), "North"]]
    path = save_book(rows, lambda book: book.active.merge_cells("A1:C1") if merged else None)
    (source,) = draft_files(path).mapping.sources.values()
    assert (source.skip, list(source.columns)) == (2, CUSTOMERS)


def test_what_a_reader_would_not_see_is_said_with_the_draft(save_book):
    path = save_book([["Customer no", "Customer since", "Sold"], ["C1", datetime.datetime(2026, 1, 2), "=1+1"]])
    assert any("holds no value for the formulas in C2" in note for note in draft_files(path).notes)
