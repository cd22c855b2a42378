"""What `cvlab report` says, and the exit codes by which a scheduler knows."""

import json
import re

import pytest
from click.testing import CliRunner

from cvlab.cli import main
from cvlab.reports import FolderInUseError, ReportRun, RunStoppedError, command
from cvlab.reports.running.course import ChapterFailure

FAILURE = ChapterFailure(line="Sample", chapter=2, name="02_segments", reason="It has \x1b[2J no age.", traceback="")


@pytest.fixture
def folders(make, tmp_path):
    make.notebook(tmp_path / "notebooks", "02_segments", make.parameters("seed: int = 0"), needs_any=["rungs"])
    return make.line(tmp_path / "line"), tmp_path / "notebooks", tmp_path / "out"


@pytest.fixture
def asked(monkeypatch, folders):
    """Let a run do what the test says, and note what it was asked for."""
    asked = {"ends": None}

    def run_plans(plans, **options):
        asked.update(options, plans=plans)
        options["tell"] and options["tell"]({"event": "run_started", "notes": ("it starts anew",)})
        if isinstance(asked["ends"], BaseException):
            raise asked["ends"]
        pages = (folders[2] / "sample" / "r" / "index.html",)
        return ReportRun(
            run="r", pages=pages, index=folders[2] / "index.html", failures=asked["ends"] or (), seconds=3.2,
            warnings=("no PDF: install pango",),
        )  # fmt: skip

    monkeypatch.setattr(command, "run_plans", run_plans)
    return asked


def report(folders, *more):
    line, notebooks, output = folders
    arguments = [line, "--notebooks", notebooks, "--output", output, *more]
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_all_well(folders, asked):
    result = report(folders)
    page = folders[2] / "sample" / "r" / "index.html"
    assert result.exit_code == 0
    assert result.stdout == f"{page}\n1 report in 3 s: open {folders[2] / 'index.html'}\n"
    assert result.stderr == "it starts anew\nno PDF: install pango\n"
    assert asked["formats"] == ("html", "pdf", "xlsx")
    assert (asked["timeout_seconds"], asked["resume"], asked["wait_seconds"]) == (900, False, 0)


def test_options_arrive(folders, asked):
    result = report(
        folders, "--formats", "html, pptx", "--timeout", 5, "--wait", 7, "--resume", "--workers", 3, "--effort", "full",
        "--set", "seed=4", "--chapters", "2",
    )  # fmt: skip
    assert result.exit_code == 0
    assert (asked["formats"], asked["timeout_seconds"], asked["wait_seconds"]) == (("html", "pptx"), 5, 7)
    assert (asked["resume"], asked["workers"]) == (True, 3)
    assert (asked["plans"][0].effort, asked["plans"][0].parameters) == ("full", {"seed": 4})


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        ((FAILURE,), 1, "Sample, chapter 2 (02_segments) failed: It has �[2J no age."),
        (FolderInUseError("another run is making reports"), 4, "Error: another run is making reports"),
        (RunStoppedError("the disk is full"), 5, "Error: the disk is full"),
        (
            KeyboardInterrupt(),
            130,
            "Error: interrupted: no chapter had ended well, so nothing is kept: the same command starts anew",
        ),
    ],
)
@pytest.mark.parametrize("quiet", [(), ("--quiet",), ("--json",), ("--json", "--quiet")])
def test_each_end_has_a_code_and_is_said_on_stderr(folders, asked, ends, code, said, quiet):
    asked["ends"] = ends
    result = report(folders, *quiet)
    assert result.exit_code == code
    assert said in result.stderr.splitlines()
    if quiet:
        assert result.stderr == f"{said}\n"
    if "--json" in quiet:
        assert json.loads(result.stdout) == {"event": "run_started", "notes": ["it starts anew"]}
    elif quiet:
        assert result.stdout == ""


@pytest.mark.parametrize(("finished", "said"), [(2, "with --resume goes on where it was"), (0, "starts anew")])
def test_only_a_run_that_kept_something_is_said_to_go_on(folders, monkeypatch, finished, said):
    def run_plans(_plans, **options):
        options["tell"]({"event": "run_stopped", "finished_chapters": finished})
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_plans", run_plans)
    result = report(folders, "--quiet")
    assert result.exit_code == 130
    assert result.stderr.endswith(f"the same command {said}\n")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--set", "sed=1"), 3, "no selected chapter has a parameter sed: did you mean seed?"),
        (("--set", "seed=many"), 3, "seed is 'many': give a whole number (chapter 2 declares it)"),
        (("--formats", "docx"), 3, "'docx' unknown: give some of html, pdf, xlsx, pptx"),
        (("--chapters", "two"), 3, "chapters is 'two': give numbers with commas between, such as 2,6"),
        (("--timeout", "0"), 3, "timeout_seconds is 0.0: give a number above 0"),
        (("nowhere",), 3, "nowhere"),
        (("--timeout", "soon"), 2, "'soon' is not a valid float"),
        (("--wait", "-1"), 2, "-1.0 is not in the range x>=0"),
        (("--workers", "0"), 2, "0 is not in the range x>=1"),
        (("--plan", "plan.yaml"), 2, "give folders or --plan, not both"),
    ],
)
def test_bad_input_and_wrong_use_start_nothing(folders, more, code, said):
    result = report(folders, *more)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
    assert not folders[2].exists()


def test_a_corrupt_notebook_starts_nothing(folders):
    (folders[1] / "03_broken.ipynb").write_text('{"cells": [', encoding="utf-8")
    result = report(folders, "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "03_broken.ipynb cannot be read as a notebook" in result.stderr


def test_without_lines_the_samples_are_taken(folders, asked, monkeypatch):
    monkeypatch.setattr(command, "find_samples", lambda: (folders[0],))
    assert CliRunner().invoke(main, ["report", "--notebooks", str(folders[1])]).exit_code == 0
    assert [line.name for line in asked["plans"][0].lines] == ["Sample"]
    assert str(asked["output"]) == "reports"


def test_a_plan_brings_its_settings_and_the_command_line_counts_more(folders, asked, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "lines: [line]\nnotebooks: notebooks\noutput: elsewhere\neffort: full\nformats: [html]\ntimeout_seconds: 60\n"
    )
    result = CliRunner().invoke(main, ["report", "--plan", str(plan), "--effort", "quick"])
    assert result.exit_code == 0
    assert (asked["output"], asked["formats"], asked["timeout_seconds"]) == (tmp_path / "elsewhere", ("html",), 60)
    assert asked["plans"][0].effort == "quick"
    plan.write_text("lines: [line]\noutputs: x")
    result = CliRunner().invoke(main, ["report", "--plan", str(plan)])
    assert result.exit_code == 3
    assert result.stderr == "Error: plan.yaml, line 2: the key 'outputs' is not known: did you mean output?\n"


def test_the_help_names_every_exit_code():
    said = CliRunner().invoke(main, ["report", "--help"]).output
    codes = (command.WELL, command.CHAPTER_FAILED, 2, command.BAD_INPUT, command.IN_USE, command.STOPPED)
    assert [int(code) for code in re.findall(r"^    (\d+) +when ", said, re.MULTILINE)] == [*codes, command.INTERRUPTED]
