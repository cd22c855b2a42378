import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from cvlab.errors import DataError, ParameterError
from cvlab.reports import run_report

PAST = "20200101T000000Z"


def chapters_of(manifest):
    return {chapter["chapter"]: chapter for chapter in manifest["chapters"]}


def read_manifest(page):
    return json.loads(page.with_name("manifest.json").read_text(encoding="utf-8"))


def test_a_failing_chapter_does_not_stop_the_others(eventful):
    statuses = {number: chapter["status"] for number, chapter in chapters_of(eventful.manifest).items()}
    assert statuses == {1: "done", 2: "failed", 3: "failed", 6: "done", 7: "skipped", 12: "done"}
    assert not eventful.run.ok
    assert [(failure.line, failure.chapter) for failure in eventful.run.failures] == [
        ("Café & Söhne <b>", 2),
        ("Café & Söhne <b>", 3),
        ("Plain line", 2),
        ("Plain line", 3),
    ]


def test_failures_are_told_in_plain_words_without_paths(eventful):
    chapters = chapters_of(eventful.manifest)
    assert chapters[2]["reason"] == "customers lacks column age: add it to customers.csv"
    assert chapters[3]["reason"] == (
        "It met an error that it does not expect: KeyError. What the error says may hold data of persons and is not "
        "published; the terminal has shown it. Open 03_surprise.ipynb in JupyterLab with this product line."
    )
    assert eventful.run.failures[1].reason.endswith("The error says: KeyError: '<script>alert(3)</script>'")
    assert "Traceback" not in eventful.html
    assert "Traceback" in eventful.run.failures[0].traceback


def test_what_a_chapter_showed_before_it_failed_is_kept(eventful):
    keys = [record["key"] for record in eventful.manifest["headlines"] if record["chapter"] == 2]
    assert keys == ["segments.share"]


def test_the_notebooks_own_type_wins(eventful):
    texts = {record["key"]: record["text"] for record in eventful.manifest["headlines"]}
    assert texts["trust.code"] == "The code is 007."
    assert eventful.manifest["parameters"] == {"code": "007"}


def test_one_worker_and_two_give_the_same_headlines(eventful):
    again = run_report(eventful.lines, workers=1, progress=False, **eventful.arguments)
    for before, after in zip(eventful.run.pages, again.pages, strict=True):
        assert read_manifest(after)["headlines"] == read_manifest(before)["headlines"]
        assert read_manifest(after)["workers"] == 1
        assert before.parent != after.parent
    index = again.index.read_text(encoding="utf-8")
    for page in (*eventful.run.pages, *again.pages):
        assert f'href="{page.relative_to(again.index.parent).as_posix()}"' in index


def test_the_summary_alone_speaks_of_the_newest_report(eventful):
    run = run_report(
        [eventful.lines[0]], chapters=[12], notebooks=eventful.arguments["notebooks"], progress=False,
        output=eventful.arguments["output"],
    )  # fmt: skip
    summary = next(record for record in read_manifest(run.pages[0])["headlines"] if record["chapter"] == 12)
    before = next(record for record in eventful.manifest["headlines"] if record["chapter"] == 12)
    assert run.ok
    assert summary["text"] == before["text"]


def test_the_summary_without_any_report_says_how_to_make_one(make, eventful, tmp_path):
    line = make.line(tmp_path / "fresh", "Fresh line")
    run = run_report(
        [line], chapters=[12], notebooks=eventful.arguments["notebooks"], output=tmp_path / "out", progress=False
    )
    assert run.ok
    said = chapters_of(read_manifest(run.pages[0]))[12]["notes"]
    assert any(
        note.startswith("There is no report of Fresh line to sum up yet: make one with `cvlab report") for note in said
    )


def test_nothing_but_reports_is_left(eventful):
    output = eventful.run.index.parent
    assert not list(output.glob(".*"))
    assert multiprocessing.active_children() == []


def test_nothing_starts_when_something_is_wrong(make, eventful, tmp_path):
    arguments = {"notebooks": eventful.arguments["notebooks"], "output": tmp_path / "out", "progress": False}
    with pytest.raises(ParameterError, match="no selected chapter has a parameter sed: did you mean seed"):
        run_report(eventful.lines, parameters={"sed": "1"}, **arguments)
    with pytest.raises(DataError):
        run_report([tmp_path / "nowhere"], **arguments)
    with pytest.raises(ParameterError, match="workers is 0: give a whole number of at least 1"):
        run_report(eventful.lines, workers=0, **arguments)
    with pytest.raises(ParameterError, match="timeout_seconds is 0: give a number above 0"):
        run_report(eventful.lines, timeout_seconds=0, **arguments)
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file_is_refused(eventful, tmp_path):
    output = tmp_path / "out"
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="cannot be made"):
        run_report(eventful.lines, notebooks=eventful.arguments["notebooks"], output=output, progress=False)
    assert output.read_text(encoding="utf-8") == "mine"


def test_dying_kernels_early_exits_and_braces_in_paths(make, tmp_path):
    notebooks = tmp_path / "{odd} [folder]"
    make.notebook(notebooks, "02_dies", make.parameters(), make.code("import os\nos._exit(1)"))
    make.notebook(notebooks, "03_leaves", make.parameters(), make.code("raise SystemExit"), make.code("1"))
    make.notebook(notebooks, "04_works", make.parameters(), make.code(make.say), make.code('say("a.b", .5, .4, .6)'))
    run = run_report(
        [make.line(tmp_path / "line {x}")], notebooks=notebooks, output=tmp_path / "{out}", workers=2, progress=False
    )
    reasons = {failure.chapter: failure.reason for failure in run.failures}
    assert set(reasons) == {2, 3}
    assert reasons[2].startswith("Its kernel died, most often for want of memory.")
    assert reasons[3].startswith("It left before its last cell.")
    assert [record["key"] for record in read_manifest(run.pages[0])["headlines"]] == ["a.b"]


def test_a_chapter_that_takes_too_long_is_stopped(make, tmp_path):
    make.notebook(tmp_path / "n", "02_endless", make.parameters(), make.code("while True:\n    pass"))
    started = time.monotonic()
    run = run_report(
        [make.line(tmp_path / "line")],
        notebooks=tmp_path / "n",
        output=tmp_path / "out",
        timeout_seconds=4,
        progress=False,
    )
    assert run.failures[0].reason == (
        "It was stopped because it took longer than 4 seconds. Allow more time, or run it with effort quick."
    )
    assert time.monotonic() - started < 60


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_dead_worker_costs_only_its_own_chapter(make, tmp_path):
    make.notebook(
        tmp_path / "n", "02_kills", make.parameters(),
        make.code("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(60)"),
    )  # fmt: skip
    for name in ("03_works", "04_works"):
        make.notebook(tmp_path / "n", name, make.parameters(), make.code(make.say), make.code('say("a.b", .5, .4, .6)'))
    run = run_report(
        [make.line(tmp_path / "line")], notebooks=tmp_path / "n", output=tmp_path / "out", workers=2, progress=False
    )
    assert [failure.chapter for failure in run.failures] == [2]
    assert [record["chapter"] for record in read_manifest(run.pages[0])["headlines"]] == [3, 4]


def test_runs_of_the_same_second_get_names_of_their_own(make, tmp_path):
    make.notebook(tmp_path / "n", "07_skipped", make.parameters(), needs_any=["rungs"])
    line = make.line(tmp_path / "line")
    runs = [run_report([line], notebooks=tmp_path / "n", output=tmp_path / "out", progress=False) for _ in range(2)]
    assert len({run.run for run in runs}) == 2
    assert all(page.exists() for run in runs for page in run.pages)


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_killed_publishes_nothing(make, tmp_path, blow):
    make.notebook(tmp_path / "n", "02_slow", make.parameters(), make.code("import time\ntime.sleep(600)"))
    line = make.line(tmp_path / "line")
    program = (
        "from cvlab.reports import run_report\n"
        "if __name__ == '__main__':\n"
        f"    run_report([{str(line)!r}], notebooks={str(tmp_path / 'n')!r}, output={str(tmp_path / 'out')!r})\n"
    )
    script = tmp_path / "run.py"
    script.write_text(program, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a job in the background has none
    )
    try:
        wait_until(lambda: list((tmp_path / "out").glob(".run-*/runtime/*.json")))
        connection = next((tmp_path / "out").glob(".run-*/runtime/*.json"))
        process.send_signal(blow)
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode != 0
    assert not [path for path in (tmp_path / "out").glob("*") if not path.name.startswith(".")]
    wait_until(lambda: not find_processes(connection.name))
    if blow == signal.SIGINT:
        assert not list((tmp_path / "out").iterdir())


def find_processes(word):
    """Find the processes whose command line holds a word; none where there is no /proc."""
    found = []
    for folder in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{folder}/cmdline", "rb") as stream:
                if word.encode() in stream.read():
                    found.append(int(folder))
        except (OSError, ValueError):
            continue
    return found


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
