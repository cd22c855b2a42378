"""Workspaces: the private folder in which a run works, beside the reports, and what is left of it when it is stopped.

    reports/.run-<run>/     run.json (what is run) · finished/ (chapters that ended well) · and what kernels need

Nothing in it is published before a report is whole; then the report is renamed into place. A run that ends well leaves
no workspace. One that is stopped keeps it if at least one chapter had ended well, and `--resume` goes on with it.

What a later run does with the workspaces that it finds: it holds the lock of the folder, so all of them are dead.

- without a finished chapter, or unreadable: removed at once;
- of the same run: continued with --resume; removed as soon as that run, continued or anew, has ended well;
- of another: kept for a week, so that a run of other lines in the same folder does not take them away, then removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvlab.errors import ParameterError
from cvlab.reports.collecting.strict_json import write_json
from cvlab.reports.kernels.execution import Outcome
from cvlab.reports.running.identity import name_differences
from cvlab.reports.running.workers import SECONDS_TO_END

STATE = "run.json"
FINISHED = "finished"
STATE_FORMAT = 1
DAYS_KEPT = 7
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, eq=False, kw_only=True)
class Workspace:
    """The private folder of a run.

    Attributes
    ----------
    run : the run's name, its start in UTC; that of the stopped run when it is continued.
    started : when it started, or the stopped one did.
    identity : what is run, see `cvlab.reports.running.identity`.
    resumed : whether it continues a stopped run.
    notes : in one sentence each, what was found in the folder of reports.
    """

    run: str
    folder: Path
    started: datetime
    identity: Mapping[str, Any]
    resumed: bool = False
    notes: tuple[str, ...] = ()

    def keep(self, stem: str, outcome: Outcome, *, told: str = "") -> None:
        """Note that a chapter ended well, so that it need not run again.

        Parameters
        ----------
        told : what it was told of the others; the summary counts as finished only if they still say the same.
        """
        folder = self.folder / FINISHED
        record = {
            "seconds": outcome.seconds,
            "sha256": _hash((folder / f"{stem}.ipynb").read_bytes()),
            "told": _hash(told.encode()),
        }
        aside = folder / f".{stem}.json"
        write_json(record, aside)
        os.replace(aside, folder / f"{stem}.json")

    def find_kept(self, stem: str, *, told: str = "") -> Outcome | None:
        """Return how a chapter ended that a run before this one finished, or None."""
        folder = self.folder / FINISHED
        try:
            record = json.loads((folder / f"{stem}.json").read_bytes())
            notebook = (folder / f"{stem}.ipynb").read_bytes()
            same = (record["sha256"], record["told"]) == (_hash(notebook), _hash(told.encode()))
            return Outcome(seconds=float(record["seconds"])) if same else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def count_finished(self) -> int:
        """Count the chapters that ended well."""
        return sum(1 for _ in (self.folder / FINISHED).glob("[!.]*.json"))


@contextmanager
def open_workspace(
    output: Path, identity: Mapping[str, Any], *, slugs: Sequence[str], resume: bool
) -> Iterator[Workspace]:
    """Give a run its private folder, new or that of a stopped run, until it is through.

    The caller holds the lock of the folder of reports.

    Parameters
    ----------
    slugs : the lines' folders among the reports; in none of them is there a report of the run's name yet.
    resume : whether to continue the newest stopped run of the same identity.
    """
    stopped, notes = _tidy(output)
    same = [found for found in stopped if found.identity == identity]
    if resume and same:
        workspace = _continue(same[0], notes)
    else:
        if resume:
            notes += (_say_why_anew(stopped, identity),)
        workspace = _begin(output, identity, slugs, notes)
    try:
        yield workspace
    except BaseException:
        if workspace.count_finished():
            _reduce(workspace.folder)
        else:
            remove_folder(workspace.folder)
        raise
    for done in (workspace, *same):
        remove_folder(done.folder)


def make_output(given: str | Path) -> Path:
    """Return the folder for the reports; it is made where it does not exist.

    Raises
    ------
    ParameterError : it cannot be made or written to.
    """
    if not str(given).strip():
        raise ParameterError("output is empty: give the folder for the reports")
    output = Path(given)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"the folder {output} cannot be made: {error.strerror}. Give another --output") from None
    if not os.access(output, os.W_OK | os.X_OK):
        raise ParameterError(f"the folder {output} cannot be written to: give another --output")
    return output


def remove_folder(folder: Path) -> None:
    """Remove a folder, patiently: a process on its way out may still write to it."""
    deadline = time.monotonic() + SECONDS_TO_END
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)


def _begin(output: Path, identity: Mapping[str, Any], slugs: Sequence[str], notes: tuple[str, ...]) -> Workspace:
    """Give the run a name that no other has, whatever the clock says, and a folder."""
    started = datetime.now(UTC)
    stamp = started.strftime("%Y%m%dT%H%M%SZ")
    attempt = 0
    while True:
        attempt += 1
        run = stamp if attempt == 1 else f"{stamp}-{attempt}"
        folder = output / f".run-{run}"
        if folder.exists() or any((output / slug / run).exists() for slug in slugs):
            continue
        folder.mkdir(mode=0o700)
        break
    folder = folder.resolve()  # chapters run in another folder
    workspace = Workspace(run=run, folder=folder, started=started, identity=identity, notes=notes)
    try:
        (folder / FINISHED).mkdir()
        state = {"format": STATE_FORMAT, "run": run, "started": started.isoformat(), "identity": dict(identity)}
        write_json(state, folder / STATE)
    except BaseException:
        remove_folder(folder)
        raise
    return workspace


def _continue(found: Workspace, notes: tuple[str, ...]) -> Workspace:
    """Take over the workspace of a stopped run."""
    _reduce(found.folder)
    count = found.count_finished()
    said = f"the run {found.run} goes on: {count} {'chapter is' if count == 1 else 'chapters are'} finished already"
    return Workspace(
        run=found.run,
        folder=found.folder,
        started=found.started,
        identity=found.identity,
        resumed=True,
        notes=(*notes, said),
    )


def _reduce(folder: Path) -> None:
    """Keep of a workspace what a later run can use: the finished chapters, and what was run."""
    for path in list(folder.iterdir()):
        if path.name not in (STATE, FINISHED):
            _discard(path)


def _tidy(output: Path) -> tuple[list[Workspace], tuple[str, ...]]:
    """Remove the workspaces that nobody can continue; return the others, the newest first."""
    stopped: list[Workspace] = []
    notes: list[str] = []
    for folder in sorted(output.glob(".run-*")):
        found = _read(folder)
        if found is None:
            notes.append(f"{folder.name}, left by a run that was stopped before a chapter was finished, was removed")
            _discard(folder)
        elif time.time() - (folder / FINISHED).stat().st_mtime > DAYS_KEPT * _SECONDS_PER_DAY:
            notes.append(f"{folder.name}, left by a run that was stopped more than {DAYS_KEPT} days ago, was removed")
            _discard(folder)
        else:
            stopped.append(found)
    stopped.sort(key=lambda found: (found.started, found.run), reverse=True)
    return stopped, tuple(notes)


def _read(folder: Path) -> Workspace | None:
    try:
        state = json.loads((folder / STATE).read_bytes())
        started = datetime.fromisoformat(state["started"])
        if state["format"] != STATE_FORMAT or folder.name != f".run-{state['run']}" or started.tzinfo is None:
            return None
        found = Workspace(run=state["run"], folder=folder.resolve(), started=started, identity=dict(state["identity"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if found.count_finished() else None


def _discard(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        remove_folder(path)


def _say_why_anew(stopped: Sequence[Workspace], identity: Mapping[str, Any]) -> str:
    if not stopped:
        return "there is no stopped run to go on with: this one starts anew"
    newest = stopped[0]
    return (
        f"the run {newest.run}, which was stopped, is another one: it differs in "
        f"{name_differences(newest.identity, identity)}. This one starts anew"
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
