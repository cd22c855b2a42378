"""`cvlab import`: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cvlab import cli
from cvlab.tables.importing import read_map, write_map
from cvlab.tables.importing.drafting import without_questions
from cvlab.tables.importing.telling import WIDTH
from tests.tables.importing.survey_exports import PEOPLE, answer, qualtrics_columns, write_qualtrics

CUSTOMERS = "Kundennummer;Kunde seit;Umsatz\n1;31.01.2026;1,5\n2;01.02.2026;12,25\n"


def run(*arguments):
    return CliRunner().invoke(cli.main, ["import", *map(str, arguments)])


@pytest.fixture
def customers(tmp_path):
    path = tmp_path / "sales export.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "line"


def test_a_draft_is_printed_in_line_and_saved(customers, folder):
    result = run(customers, "--into", folder, "--draft")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "sales_export: 3 columns",
        "sure  column        becomes                because",
        ".90   Kundennummer  customers.customer_id  'Kundennummer' is a usual name for it",
        ".90   Kunde seit    customers.start_date   'Kunde seit' is a usual name for it and holds dates",
        ".60?  Umsatz        customers.umsatz       no column of customers has that name: it may be a",
        "                                           characteristic",
        "",
        "1 table: customers",
        "1 of 3 columns are marked with ?: look at these first",
        "",
        f"The mapping is in {folder / 'map.yaml'}. Look at it, then run:",
        f"  cvlab import '{customers}' --into {folder}",
    ]
    assert read_map(folder / "map.yaml").sources["sales_export"].decimal == ","
    assert [path.name for path in folder.iterdir()] == ["map.yaml"]


def test_what_was_drafted_is_imported_and_checked(customers, folder):
    run(customers, "--into", folder, "--draft")
    result = run(customers, "--into", folder)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "nothing has changed in the form of the export since the mapping was saved",
        "",
        "customers          2 rows  written",
        "",
        "product_line.yaml was started: correct name and currency in it",
        "",
        f"{folder}: no problems",
        "",
        f"Next: cvlab report {folder}",
    ]
    assert (
        folder / "customers.csv"
    ).read_text() == "customer_id,start_date,umsatz\n1,2026-01-31,1.5\n2,2026-02-01,12.25\n"
    again = run(customers, "--into", folder)
    assert "customers          2 rows  unchanged" in again.output
    assert again.exit_code == 0


def test_changes_of_the_export_and_columns_without_use_are_told(customers, folder):
    run(customers, "--into", folder, "--draft")
    customers.write_text("Kundennummer;Kunde seit;Umsatz;Neu\n1;31.01.2026;1,5;a\n1;01.02.2026;12,25;b\n")
    result = run(customers, "--into", folder)
    assert "sales_export has changed since the mapping was saved:\n  column 'Neu' is new" in result.output
    assert "1 column is neither used nor ignored in sales_export: Neu" in result.output
    assert "no two rows may have the same customer_id" in result.output
    assert f"Correct what is listed above, then run: cvlab check {folder}" in result.output
    assert result.exit_code == 1


def test_questions_are_listed_and_refuse_the_import_until_answered(tmp_path, folder):
    path = write_qualtrics(tmp_path / "answers.csv", qualtrics_columns(answer()))
    result = run(path, "--into", folder, "--draft")
    assert result.exit_code == 0, result.output
    assert "1 question to answer in the mapping before it can be used:" in result.output
    assert "Answer the questions in it, then run:" in result.output
    assert max(len(line) for line in result.output.splitlines() if str(tmp_path) not in line) <= WIDTH
    assert "Q1_1 … Q1_3 (3)" in result.output
    refused = run(path, "--into", folder)
    assert refused.exit_code == 1
    assert "a question is open: value_survey.dimension" in refused.output
    assert [each.name for each in folder.iterdir()] == ["map.yaml"]
    write_map(without_questions(read_map(folder / "map.yaml")), folder / "map.yaml")
    done = run(path, "--into", folder)
    assert f"respondents              {PEOPLE} rows  written" in done.output
    assert "customers.csv is missing" in done.output
    assert "without an error. What is left is customers.csv" in " ".join(done.output.split())
    assert "Correct what is listed above" not in done.output
    own = folder / "customers-map.yaml"
    assert f"  cvlab import customers-export.csv --into {folder} --map {own} --draft\n" in done.output
    assert done.exit_code == 1
    customers = tmp_path / "customers-export.csv"
    customers.write_text(CUSTOMERS)
    assert run(customers, "--into", folder, "--map", own, "--draft").exit_code == 0
    assert "customers.csv is missing" not in run(customers, "--into", folder, "--map", own).output


def test_an_edited_mapping_is_kept_unless_forced(customers, folder):
    run(customers, "--into", folder, "--draft")
    assert run(customers, "--into", folder, "--draft").exit_code == 0
    edited = (folder / "map.yaml").read_text().replace("umsatz", "revenue")
    (folder / "map.yaml").write_text(edited)
    result = run(customers, "--into", folder, "--draft")
    assert result.exit_code == 1
    assert "is there already and says something else: import with it, give another --map, or overwrite" in result.output
    assert (folder / "map.yaml").read_text() == edited
    assert run(customers, "--into", folder, "--draft", "--force").exit_code == 0
    assert "revenue" not in (folder / "map.yaml").read_text()


def test_another_place_for_the_mapping_is_in_the_next_command(customers, folder, tmp_path):
    result = run(customers, "--into", folder, "--map", tmp_path / "maps" / "q1.yaml", "--draft")
    assert result.output.endswith(
        f"  cvlab import '{customers}' --into {folder} --map {tmp_path / 'maps' / 'q1.yaml'}\n"
    )
    assert not folder.exists()
    assert run(customers, "--into", folder, "--map", tmp_path / "maps" / "q1.yaml").exit_code == 0


def test_without_a_mapping_the_next_step_is_a_draft(customers, folder):
    result = run(customers, "--into", folder)
    assert result.exit_code == 1
    assert f"there is no mapping '{folder / 'map.yaml'}': draft one with cvlab import" in result.output
    assert result.output.rstrip().endswith("--draft")


def test_a_sheet_is_named_of_workbooks_only(customers, folder):
    result = run(customers, "--into", folder, "--draft", "--sheet", "Orders")
    assert result.exit_code == 1
    assert "sheet is 'Orders', but no file is a workbook: leave it out" in result.output
    run(customers, "--into", folder, "--draft")
    result = run(customers, "--into", folder, "--sheet", "Orders")
    assert "the mapping reads 0 sheets: say `sheet:` in" in result.output


def test_one_sheet_is_drafted_and_another_imported_by_the_same_mapping(tmp_path, folder):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for number, title in enumerate(("Q1", "Q2")):
        sheet = book.active if not number else book.create_sheet(title)
        sheet.title = title
        sheet.append(["Customer", "Customer since"])
        for row in range(2 + number):
            sheet.append([f"K{row}", "2026-01-31"])
    book.save(tmp_path / "sales.xlsx")
    assert run(tmp_path / "sales.xlsx", "--into", folder, "--draft", "--sheet", "Q1").exit_code == 0
    assert "customers          2 rows" in run(tmp_path / "sales.xlsx", "--into", folder).output
    assert "customers          3 rows" in run(tmp_path / "sales.xlsx", "--into", folder, "--sheet", "Q2").output


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.xlsx"])
def test_a_file_that_is_not_there_is_said_without_a_traceback(folder, tmp_path, name):
    result = run(tmp_path / name, "--into", folder, "--draft")
    assert result.exit_code == 1
    assert "Error: " in result.output
    assert "No such file" in result.output


def test_control_characters_of_an_export_do_not_reach_the_terminal(tmp_path, folder):
    path = tmp_path / "a.csv"
    path.write_text("customer_id,start_date,\x1b[31mred\n1,2026-01-31,a\n2,2026-01-31,b\n")
    assert "\x1b" not in run(path, "--into", folder, "--draft").output


def test_an_import_says_how_many_rows_a_table_had_before(customers, folder):
    run(customers, "--into", folder, "--draft")
    assert "before" not in run(customers, "--into", folder).output
    assert "before" not in run(customers, "--into", folder).output
    customers.write_text("\n".join(CUSTOMERS.splitlines()[:2]) + "\n")
    assert "customers          1 row   written: 2 before, 1 fewer now\n" in run(customers, "--into", folder).output
    customers.write_text(CUSTOMERS + "3;01.02.2026;1,5\n")
    (folder / "customers.csv").write_text('customer_id,start_date,umsatz\n"1\n1",2026-01-31,2\n\n')
    assert (
        "customers          3 rows  written: 1 before, 2 more now\n"
        in run(customers, "--into", folder, "--overwrite").output
    )


def test_the_form_of_a_file_is_said_where_it_cannot_be_told(tmp_path, folder):
    path = tmp_path / "a.csv"
    path.write_bytes("Sales of May | all; shops\ncustomer_id|start_date|Größe\n1|2026-01-31|Süd\n".encode("cp850"))
    refused = run(path, "--into", folder, "--draft")
    assert refused.exit_code == 1
    assert "Say `encoding:`, `delimiter:`, `skip:` and `header:` as options" in refused.output
    form = ["--encoding", "cp850", "--delimiter", "|", "--skip", 1, "--header", "plain"]
    done = run(path, "--into", folder, "--draft", *form)
    assert done.exit_code == 0, done.output
    source = read_map(folder / "map.yaml").sources["a"]
    assert (source.encoding, source.delimiter, source.skip, source.header) == ("cp850", "|", 1, "plain")
    assert source.ask == ()
    assert run(path, "--into", folder).exit_code == 0
    assert "Süd" in (folder / "customers.csv").read_text(encoding="utf-8")


def test_tabs_are_said_in_a_word(tmp_path, folder):
    path = tmp_path / "a.csv"
    path.write_text("customer_id\tstart_date\n1\t2026-01-31\n")
    assert run(path, "--into", folder, "--draft", "--delimiter", "tab").exit_code == 0
    assert read_map(folder / "map.yaml").sources["a"].delimiter == "\t"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--draft", "--encoding", "latin-99"], "encoding is 'latin-99', which is not known: give one such as utf-8"),
        (["--draft", "--delimiter", "||"], "delimiter is '||': give one character"),
        (["--skip", "2"], "go with --draft: say them in"),
    ],
)
def test_a_form_that_cannot_be_is_refused(customers, folder, options, said):
    result = run(customers, "--into", folder, *options)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert not folder.exists()


def test_help_shows_the_three_steps():
    result = run("--help")
    assert result.exit_code == 0
    assert "cvlab import answers.csv --into LINE --draft   1. proposes" in result.output
    assert "--sheet NAME" in result.output


def test_a_table_changed_by_hand_is_overwritten_only_where_that_is_said(customers, folder):
    run(customers, "--into", folder, "--draft")
    run(customers, "--into", folder)
    table = folder / "customers.csv"
    table.write_text(table.read_text().replace("1.5", "99"))
    refused = run(customers, "--into", folder)
    assert refused.exit_code == 1
    assert "error: customers, row 2: the table was changed by hand since the last import" in refused.output
    assert "99" in table.read_text()
    done = run(customers, "--into", folder, "--overwrite")
    assert done.exit_code == 0, done.output
    assert "customers: what was done by hand was overwritten" in done.output
    assert "99" not in table.read_text()


def test_options_that_overwrite_say_what_they_go_with(customers, folder):
    assert "a draft writes no table" in run(customers, "--into", folder, "--draft", "--overwrite").output
    run(customers, "--into", folder, "--draft")
    assert "--force goes with --draft" in run(customers, "--into", folder, "--force").output
