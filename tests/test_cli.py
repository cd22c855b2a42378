"""The command line: what it prints, what it writes, and its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvlab import cli
from cvlab.tables.product_line import read_product_line
from cvlab.tables.starter import PURPOSES

CUSTOMERS = "customer_id,start_date,age\n1,2025-01-01,30\n2,2025-01-01,40\n"


@pytest.fixture
def line(tmp_path):
    folder = tmp_path / "line"
    folder.mkdir()
    (folder / "product_line.yaml").write_text("name: Demo\ncurrency: EUR\n")
    (folder / "customers.csv").write_text(CUSTOMERS)
    return folder


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def test_check_says_that_nothing_is_wrong(line):
    result = run("check", line)
    assert (result.exit_code, result.output) == (0, f"{line}: no problems\n")


def test_check_lists_problems_aligned_and_exits_with_1(line):
    (line / "customers.csv").write_text("customer_id,start_date,age\n1,2025-01-01,30\n1,May,40\n")
    result = run("check", line)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{line}: 2 errors",
        "",
        "       table      column       row",
        "error  customers  start_date   2",
        "    must be a date written YYYY-MM-DD (found 'May')",
        "    → write year, month and day as in 2026-05-31",
        "error  customers  customer_id  1, 2",
        "    no two rows may have the same customer_id (found '1')",
        "    → delete or merge the rows that repeat",
    ]


def test_check_exits_with_0_on_warnings_alone(line):
    (line / "rungz.csv").write_text("a\n1\n")
    result = run("check", line)
    assert result.exit_code == 0
    assert "1 warning\n" in result.output
    assert "rename it to rungs.csv" in result.output


def test_check_of_a_folder_that_is_not_there(tmp_path):
    result = run("check", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "must exist, but does not" in result.output


def test_control_characters_do_not_reach_the_terminal(line):
    (line / "rungs.csv").write_text("rung,price,unit_cost,\x1b[2Jx\nbasic,\x1b[31m,4,1\n")
    result = run("check", line)
    assert result.exit_code == 1
    assert "\x1b" not in result.output


@pytest.mark.parametrize("purpose", PURPOSES)
def test_new_writes_files_that_check_explains(tmp_path, purpose):
    folder = tmp_path / "a new" / "Café <b>"
    result = run("new", folder, "--for", purpose)
    assert result.exit_code == 0, result.output
    names = {path.stem for path in folder.glob("*.csv")}
    assert "customers" in names
    assert ("price_ladder" in names) == (purpose in ("pricing", "all"))
    assert ("contracts" in names) == (purpose in ("retention", "all"))
    assert [path for path in folder.parent.iterdir() if path != folder] == []
    checked = run("check", folder)
    assert checked.exit_code == 1
    assert checked.output.count("the table has a header but no rows") == len(names)
    assert f"{len(names)} errors" in checked.output
    assert "Traceback" not in checked.output


def test_a_new_line_can_be_read_once_filled(tmp_path):
    folder = tmp_path / 'quote " and \\'
    assert run("new", folder, "--for", "segments").exit_code == 0
    for path in folder.glob("*.csv"):
        path.unlink()
    (folder / "customers.csv").write_text(CUSTOMERS)
    assert read_product_line(folder).name == 'quote " and \\'


@pytest.mark.parametrize("name", ["product_line.yaml", "rungs.csv", "rungs.parquet"])
def test_new_overwrites_nothing(tmp_path, name):
    (tmp_path / name).write_text("mine")
    result = run("new", tmp_path)
    assert result.exit_code == 1
    assert f"has {name} already: give a new folder, nothing was written" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_new_refuses_a_file_as_folder(line):
    result = run("new", line / "customers.csv")
    assert result.exit_code == 1
    assert "is a file: give a folder" in result.output


def test_purposes_of_the_command_are_those_of_the_starter():
    assert cli.PURPOSES == PURPOSES


def test_sample_writes_where_it_is_told(tmp_path, monkeypatch):
    import cvlab.tables.synthetic

    def write_samples(output: Path) -> list[Path]:
        return [output / "one", output / "two"]

    monkeypatch.setattr(cvlab.tables.synthetic, "write_samples", write_samples)
    assert run("sample", "--output", tmp_path).output == f"{tmp_path / 'one'}\n{tmp_path / 'two'}\n"
    assert Path(run("sample").output.splitlines()[0]).parts[-3:] == ("data", "sample", "one")


def test_help_loads_nothing_heavy():
    code = "import sys, cvlab.cli; print([name for name in ('pandas', 'numpy', 'matplotlib') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments", [("report", "--output", ""), ("report", ""), ("sample", "--output", " "), ("check", "")]
)
def test_an_empty_folder_is_not_the_one_you_are_in(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert "it is empty: give a folder, or . for the one you are in" in result.output
    assert not list(tmp_path.iterdir())


def test_unknown_command_and_option_are_refused():
    assert run("chekc").exit_code == 2
    assert run("new", "x", "--for", "fun").exit_code == 2


def test_workshop_opens_the_page_that_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "cvlab.explorers.common.workshop.run_workshop", lambda page, **options: asked.append((page, options))
    )
    assert run("workshop").exit_code == 0
    assert (
        run(
            "workshop", "--line", "salon-software", "--page", "willingness_to_pay", "--port", 0, "--no-browser"
        ).exit_code
        == 0
    )
    pages, options = zip(*asked, strict=True)
    assert pages == ("value_ladder", "willingness_to_pay")
    assert [each["product_line"] for each in options] == [None, "salon-software"]
    assert [(each["port"], each["open_browser"]) for each in options] == [(8866, True), (0, False)]


def test_workshop_names_its_pages_where_one_is_not_there():
    result = run("workshop", "--page", "bundles", "--no-browser")
    assert result.exit_code == 1
    assert "there is no workshop page 'bundles': the pages are value_ladder, willingness_to_pay" in result.output
