"""Runs that are stopped, and those that go on where they were."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from cvlab.cli import main
from cvlab.errors import ParameterError
from cvlab.reports import FolderInUseError, RunStoppedError, run_report
from cvlab.reports.running import identity
from cvlab.tables.product_line import slug_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signal")
COUNT = "from pathlib import Path\nwith (Path('..') / 'ran.txt').open('a') as file:\n    print({name!r}, file=file)"
RUN_COMMAND = "from pathlib import Path; identity.PACKAGE = Path(identity.PACKAGE); from cvlab.cli import main; main()"
WAIT = "import time\nwhile not Path('../go').exists():\n    time.sleep(0.1)"


@pytest.fixture(autouse=True)
def edited_code_does_not_count(tmp_path, monkeypatch):
    """Take the code for unchanged: somebody may well be editing it while the tests run."""
    monkeypatch.setattr(identity, "PACKAGE", tmp_path / "no code here")


@pytest.fixture
def folders(make, tmp_path):
    """Write two lines, a quick chapter, one that waits for a file `go`, and a summary; each notes that it ran."""
    notebooks = tmp_path / "notebooks"
    for name, *more in (("02_quick",), ("03_waits", WAIT)):
        make.notebook(
            notebooks, name, make.parameters("seed: int = 0"), make.code(COUNT.format(name=name)),
            *map(make.code, more), make.code(make.say), make.code(f'say("a.{name[:2]}", .5, .4, .6)'),
        )  # fmt: skip
    make.notebook(
        notebooks, "12_summary", make.parameters('headlines: str = ""'), make.code(COUNT.format(name="12_summary")),
        part="first",
    )  # fmt: skip
    return make.line(tmp_path / "one"), make.line(tmp_path / "two", "Ünï 'quoted' \"two\" ../../up")


def ask(folders, **changed):
    root = folders[0].parent
    return {"notebooks": root / "notebooks", "output": root / "out", "workers": 1, "progress": False, **changed}


def count_runs(folders):
    path = folders[0].parent / "ran.txt"
    return Counter(path.read_text(encoding="utf-8").split()) if path.exists() else Counter()


def start(folders):
    """Start the command as a scheduler does and return it when its first chapter is through."""
    root = folders[0].parent
    command = [
        *(
            sys.executable,
            "-c",
            "from cvlab.reports.running import identity; "
            f"identity.PACKAGE = {str(root / 'no code here')!r}; {RUN_COMMAND}",
        ),
        *("report", *map(str, folders), "--notebooks", str(root / "notebooks"), "--output", str(root / "out")),
        *("--workers", "1", "--formats", "html,xlsx", "--json"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=root
    )
    events = []
    for text in process.stdout:
        events.append(json.loads(text))
        if events[-1]["event"] == "chapter_done":
            return process, events
    raise AssertionError(process.stderr.read())


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("blow", "code"), [(signal.SIGTERM, 130), pytest.param(signal.SIGKILL, -signal.SIGKILL, marks=pytest.mark.slow)]
)
def test_a_stopped_run_keeps_what_is_finished_and_goes_on(folders, blow, code):
    root = folders[0].parent
    process, events = start(folders)
    try:
        with pytest.raises(FolderInUseError, match=rf"\(process {process.pid}\)"):
            run_report(folders, **ask(folders))
        asked = ["report", str(folders[0]), "--notebooks", root / "notebooks", "--output", root / "out", "--quiet"]
        refused = CliRunner().invoke(main, list(map(str, asked)))
        assert refused.exit_code == 4
        assert refused.stderr.startswith("Error: another run ")
        wait_until(lambda: count_runs(folders)["03_waits"])
        process.send_signal(blow)
        rest, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    events += [json.loads(text) for text in rest.splitlines()]
    assert process.returncode == code
    assert [event["event"] for event in events[:3]] == ["run_started", "chapter_started", "chapter_done"]
    if blow == signal.SIGTERM:
        assert events[-1]["event"] == "run_stopped"
        assert events[-1]["finished_chapters"] == 1
        assert said == "Error: interrupted: the same command with --resume goes on where it was\n"
    left = [path.name for path in (root / "out").iterdir() if path.name != ".lock"]
    assert left == [f".run-{events[0]['run']}"]

    (root / "go").touch()
    told = []
    run = run_report(folders, **ask(folders, resume=True, workers=2, tell=told.append))
    assert run.ok
    assert run.resumed
    assert run.run == events[0]["run"]
    assert told[0]["notes"] == (f"the run {run.run} goes on: 1 chapter is finished already",)
    assert [event["chapter"] for event in told if event.get("kept")] == [2]
    assert count_runs(folders) == {"02_quick": 2, "03_waits": 3, "12_summary": 2}  # 03 was running as the blow came
    for page in run.pages:
        manifest = json.loads(page.with_name("manifest.json").read_text(encoding="utf-8"))
        assert [record["key"] for record in manifest["headlines"]] == ["a.02", "a.03"]
    assert run.pages[1].parent.parent.name.startswith("uni-quoted-two-up-")
    assert sorted(path.name for path in (root / "out").iterdir()) == sorted(
        ["index.html", *(page.parent.parent.name for page in run.pages)]
    )


FULL = """
import builtins, os
rename, open_ = os.rename, builtins.open
def full(flag):
    if os.path.exists(os.path.join(os.path.dirname(__file__), flag)):
        raise OSError(28, "No space left on device")
def rename_unless_full(source, *more, **options):
    if os.sep + "aside" + os.sep in str(source):
        full("publishing")
    return rename(source, *more, **options)
def open_unless_full(file, mode="r", *more, **options):
    if "w" in mode and os.sep + "finished" + os.sep in str(file) and "03_waits" in str(file):
        full("executing")
    return open_(file, mode, *more, **options)
os.rename, builtins.open = rename_unless_full, open_unless_full
"""


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Let every process started from here meet a full disk as long as a file of that name lies in the folder given."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FULL, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr("cvlab.reports.running.workers.can_fork", lambda: False)  # copies were started before
    return folder


@pytest.mark.parametrize(("moment", "kept"), [pytest.param("executing", 1, marks=pytest.mark.slow), ("publishing", 3)])
def test_a_full_disk_publishes_nothing_half_and_the_run_goes_on_later(folders, disk, moment, kept, monkeypatch):
    root = folders[0].parent
    seen = []

    def measure(path):
        seen.extend(path.glob(".run-*/jupyter"))  # how much room there is with what the run has written
        return SimpleNamespace(free=0)

    monkeypatch.setattr("cvlab.reports.running.runner.shutil.disk_usage", measure)
    (root / "go").touch()
    (disk / moment).touch()
    told = []
    with pytest.raises(RunStoppedError) as caught:
        run_report(folders[:1], **ask(folders, tell=told.append))
    assert f"the disk of {root / 'out'} is full (0.0 MB free)" in str(caught.value)
    assert seen
    assert "then run the same command with --resume" in str(caught.value)
    assert told[-1]["event"] == "run_stopped"
    assert told[-1]["finished_chapters"] == kept
    assert not [path for path in (root / "out").glob("[!.]*/**/*") if path.is_file()]
    assert len(list((root / "out").glob(".*"))) == 1
    before = count_runs(folders)
    (disk / moment).unlink()
    run = run_report(folders[:1], **ask(folders, resume=True))
    assert run.ok
    assert run.resumed
    again = count_runs(folders) - before
    assert again == ({} if moment == "publishing" else {"03_waits": 1, "12_summary": 1})
    assert not list((root / "out").glob(".*"))


def test_a_report_that_cannot_be_written_does_not_stop_the_others(folders):
    root = folders[0].parent
    (root / "go").touch()
    home = root / "out" / slug_of("Sample")
    home.parent.mkdir()
    home.write_text("in the way", encoding="utf-8")
    with pytest.raises(RunStoppedError) as caught:
        run_report(folders, **ask(folders, chapters=[2]))
    assert str(caught.value).startswith("the report of Sample could not be written: ")
    assert "run the same command with --resume when that is mended" in str(caught.value)
    assert len(list((root / "out").glob("uni-*/*/index.html"))) == 1
    home.unlink()
    before = count_runs(folders)
    told = []
    run = run_report(folders, **ask(folders, chapters=[2], resume=True, tell=told.append))
    assert run.ok
    assert told[0]["notes"][0].endswith(" goes on: 2 chapters are finished already")
    assert len(run.pages) == 2
    assert all(page.exists() for page in run.pages)
    assert count_runs(folders) == before
    assert [event["kept"] for event in told if event["event"] == "line_published"] == [True, False]


def test_what_cannot_be_asked_for_starts_nothing(folders):
    for wrong, message in (
        ({"formats": ["docx"]}, "'docx' unknown: give some of html, pdf, xlsx, pptx"),
        ({"wait_seconds": -1}, "wait_seconds is -1: give a number 0 or more"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds is nan: give a number above 0"),
    ):
        with pytest.raises(ParameterError, match=message):
            run_report(folders, **ask(folders, **wrong))
    assert not (folders[0].parent / "out").exists()
