import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from cvlab.errors import ParameterError
from cvlab.reports.kernels.execution import Outcome
from cvlab.reports.running import workspaces
from cvlab.reports.running.identity import list_differences, name_differences
from cvlab.reports.running.workspaces import FINISHED, STATE, make_output, open_workspace

SAME = {"cvlab": "1", "reports": []}
OTHER = {"cvlab": "2", "reports": []}


def finish(workspace, stem, *, told="", seconds=2.5):
    (workspace.folder / FINISHED / f"{stem}.ipynb").write_text("{}", encoding="utf-8")
    workspace.keep(stem, Outcome(seconds=seconds), told=told)


def leave(output, identity=SAME, *, finished=True):
    """Leave a workspace behind as a run does that is stopped."""
    opened = open_workspace(output, identity, slugs=["line"], resume=False)
    workspace = opened.__enter__()
    if finished:
        finish(workspace, "line-02_a", told="before")
    (workspace.folder / "runtime").mkdir()
    assert not opened.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert sorted(path.name for path in workspace.folder.glob("*")) == ([FINISHED, STATE] if finished else [])
    return workspace


def reopen(output, identity=SAME, *, resume=True):
    return open_workspace(output, identity, slugs=["line"], resume=resume)


def test_a_run_that_ends_well_leaves_nothing(tmp_path):
    with reopen(tmp_path, resume=False) as workspace:
        finish(workspace, "line-02_a")
        assert workspace.folder.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.iterdir())


def test_a_run_stopped_before_a_chapter_was_finished_leaves_nothing(tmp_path):
    leave(tmp_path, finished=False)
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_goes_on_under_its_name(tmp_path):
    stopped = leave(tmp_path)
    with reopen(tmp_path) as workspace:
        assert workspace.resumed
        assert (workspace.run, workspace.started, workspace.folder) == (stopped.run, stopped.started, stopped.folder)
        assert workspace.notes == (f"the run {stopped.run} goes on: 1 chapter is finished already",)
        assert sorted(path.name for path in workspace.folder.iterdir()) == [FINISHED, STATE]
        assert workspace.find_kept("line-02_a", told="before").seconds == 2.5
        assert workspace.find_kept("line-02_a", told="now") is None
        assert workspace.find_kept("line-03_b") is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spoil", ["notebook", "record", "gone"])
def test_a_finished_chapter_that_was_damaged_runs_again(tmp_path, spoil):
    stopped = leave(tmp_path)
    folder = stopped.folder / FINISHED
    if spoil == "notebook":
        (folder / "line-02_a.ipynb").write_text("{ ", encoding="utf-8")
    elif spoil == "gone":
        (folder / "line-02_a.ipynb").unlink()
    else:
        (folder / "line-02_a.json").write_text('{"seconds":', encoding="utf-8")
    with reopen(tmp_path) as workspace:
        assert workspace.find_kept("line-02_a", told="before") is None


def test_the_newest_of_the_same_is_taken_and_all_of_them_go(tmp_path):
    leave(tmp_path)
    second = leave(tmp_path)
    other = leave(tmp_path, OTHER)
    with reopen(tmp_path) as workspace:
        assert workspace.run == second.run
    assert [path.name for path in tmp_path.iterdir()] == [other.folder.name]


def test_a_run_anew_takes_away_what_it_makes_needless_and_only_when_it_is_through(tmp_path):
    stopped = leave(tmp_path)
    with reopen(tmp_path, resume=False) as workspace:
        assert not workspace.resumed
        assert workspace.run != stopped.run
        assert stopped.folder.exists()
    assert not list(tmp_path.iterdir())


def test_without_the_same_run_it_says_what_differs(tmp_path):
    with reopen(tmp_path) as workspace:
        assert workspace.notes == ("there is no stopped run to go on with: this one starts anew",)
    stopped = leave(tmp_path)
    with reopen(tmp_path, OTHER) as workspace:
        assert not workspace.resumed
        assert workspace.notes == (
            f"the run {stopped.run}, which was stopped, is another one: it differs in cvlab (1, now 2). "
            "This one starts anew",
        )
    assert stopped.folder.exists()


def test_what_nobody_can_continue_is_removed_and_named(tmp_path):
    old = leave(tmp_path, OTHER)
    for name in (".run-a", ".run-b", ".run-c"):
        (tmp_path / name).mkdir()
    (tmp_path / ".run-b" / STATE).write_text("[]", encoding="utf-8")
    (tmp_path / ".run-c" / STATE).write_text(json.dumps({"format": 1, "run": "../x", "started": "2026"}))
    week = time.time() - 8 * 86_400
    os.utime(old.folder / FINISHED, (week, week))
    with reopen(tmp_path, resume=False) as workspace:
        assert [path.name for path in tmp_path.iterdir()] == [workspace.folder.name]
        assert len(workspace.notes) == 4
        assert workspace.notes[0] == (
            f"{old.folder.name}, left by a run that was stopped more than 7 days ago, was removed"
        )
        assert workspace.notes[1] == (
            ".run-a, left by a run that was stopped before a chapter was finished, was removed"
        )


def test_names_are_new_even_when_the_clock_goes_backwards(tmp_path, monkeypatch):
    moments = [datetime(2026, 5, 31, 12, tzinfo=UTC) - timedelta(hours=hours) for hours in (0, 0, 1, 0, 1)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return moments.pop(0)

    monkeypatch.setattr(workspaces, "datetime", Clock)
    names = []
    while moments:
        with reopen(tmp_path, resume=False) as workspace:
            names.append(workspace.run)
            (tmp_path / "line" / workspace.run).mkdir(parents=True)
    assert names == [
        "20260531T120000Z", "20260531T120000Z-2", "20260531T110000Z", "20260531T120000Z-3", "20260531T110000Z-2"
    ]  # fmt: skip


def test_a_workspace_from_the_future_is_kept(tmp_path):
    stopped = leave(tmp_path, OTHER)
    later = time.time() + 40 * 86_400
    os.utime(stopped.folder / FINISHED, (later, later))
    with reopen(tmp_path, resume=False) as workspace:
        assert workspace.notes == ()
    assert stopped.folder.exists()


def test_a_disk_that_is_full_at_once_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspaces, "write_json", fail)
    with pytest.raises(OSError, match="No space left"), reopen(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_outputs_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="output is empty"):
        make_output(" ")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="cannot be made: "):
        make_output(tmp_path / "file" / "out")


def test_an_output_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workspaces.os, "access", lambda *_: False)
    with pytest.raises(ParameterError, match="cannot be written to: give another --output"):
        make_output(tmp_path)


def describe(**changed):
    chapter = {"notebook": "n", "parameters": {"seed": 0}}
    report = {
        "name": "Salon", "slug": "salon", "effort": "quick", "data": {"customers.csv": "a"},
        "chapters": {"02_segments": chapter, **changed.pop("chapters", {})},
    }  # fmt: skip
    identity = {"cvlab": "1", "code": "c", "python": "3", "packages": {"pandas": "3"}, "formats": ["html"]}
    return {**identity, "reports": [{**report, **changed.pop("report", {})}], **changed}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"code": "d"}, ["the code of cvlab"]),
        ({"cvlab": "2", "code": "d"}, ["cvlab (1, now 2)"]),
        ({"packages": {"pandas": "4", "scipy": "1"}}, ["the packages pandas, scipy"]),
        ({"formats": ["html", "pdf"]}, ["the formats"]),
        ({"reports": []}, ["the product lines"]),
        ({"report": {"effort": "full"}}, ["the effort (quick, now full)"]),
        (
            {"report": {"data": {"customers.csv": "b", "rungs.csv": "c"}}},
            ["the data of Salon (customers.csv, rungs.csv)"],
        ),
        ({"chapters": {"03_needs": {}}}, ["the chapters of Salon"]),
        (
            {"chapters": {"02_segments": {"notebook": "m", "parameters": {"seed": 1, "k": None}}}},
            ["the notebook 02_segments", "the parameters k, seed of Salon"],
        ),
    ],
)
def test_differences_of_runs_are_named(changed, said):
    assert list_differences(describe(), describe(**changed)) == said


def test_of_many_differences_a_few_are_named():
    chapters = {f"{number:02}_x": {"notebook": "n", "parameters": {}} for number in range(20, 29)}
    changed = {name: {**chapter, "notebook": "m"} for name, chapter in chapters.items()}
    said = name_differences(describe(chapters=chapters), describe(chapters=changed))
    assert said.startswith("the notebook 20_x, ")
    assert said.endswith(", the notebook 24_x, 4 more")
