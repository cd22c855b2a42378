"""What `cvlab report` does: its options put together, what it says, and the exit code by which a scheduler knows.

A chapter that failed (1) is told apart from input that must be mended before anything runs (3): after the first there
are reports to read, after the second there are none. The other commands say 1 in both cases, for there is no such
difference with them.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cvlab.errors import DataError, MissingExtraError, ParameterError
from cvlab.reports.kernels.warm_kernels import WarmServer
from cvlab.reports.plans.plan import find_samples, read_assignments
from cvlab.reports.plans.plan_file import LineRequest, PlanFile, make_plans, override, read_plan_file
from cvlab.reports.running.course import RunStoppedError
from cvlab.reports.running.locks import FolderInUseError
from cvlab.reports.running.progress import Event, Tell, write_lines
from cvlab.reports.running.runner import TIMEOUT_SECONDS, ReportRun, run_plans

WELL, CHAPTER_FAILED, BAD_INPUT, IN_USE, STOPPED, INTERRUPTED = 0, 1, 3, 4, 5, 130
DEFAULT_FORMATS = ("html", "pdf", "xlsx")
DEFAULT_OUTPUT = Path("reports")
_GOES_ON = "the same command with --resume goes on where it was"
_NOTHING_KEPT = "no chapter had ended well, so nothing is kept: the same command starts anew"
Say = Callable[[str, bool], None]


def make_reports(
    folders: Sequence[Path],
    *,
    plan: Path | None,
    chapters: str | None,
    assignments: Sequence[str],
    effort: str | None,
    formats: str | None,
    workers: int | None,
    timeout_seconds: float | None,
    output: Path | None,
    notebooks: Path | None,
    resume: bool,
    wait_seconds: float,
    as_json: bool,
    quiet: bool,
    say: Say,
    server: WarmServer | None = None,
) -> int:
    """Make the reports that the command line asks for and return the exit code.

    Parameters
    ----------
    say : prints a text, on stderr where its second argument is true.
    server : where kernels come from, see `run_plans`.
    """
    kept: list[int] = []
    try:
        asked = override(
            read_plan_file(plan) if plan else PlanFile(lines=_ask_for(folders)),
            chapters=_read_numbers(chapters),
            parameters=read_assignments(assignments),
            effort=effort,
            workers=workers,
            output=output,
            formats=None if formats is None else formats.replace(",", " ").split(),
            timeout_seconds=timeout_seconds,
            notebooks=notebooks,
        )
        with _stop_at_sigterm():
            run = run_plans(
                make_plans(asked),
                workers=asked.workers,
                output=asked.output or DEFAULT_OUTPUT,
                progress=False if as_json or quiet else None,
                timeout_seconds=TIMEOUT_SECONDS if asked.timeout_seconds is None else asked.timeout_seconds,
                formats=asked.formats or DEFAULT_FORMATS,
                resume=resume,
                wait_seconds=wait_seconds,
                tell=_note_kept(kept, _choose_listener(as_json=as_json, quiet=quiet, say=say)),
                server=server,
            )
    except (DataError, ParameterError, MissingExtraError) as error:
        return _fail(say, str(error), BAD_INPUT)
    except FolderInUseError as error:
        return _fail(say, str(error), IN_USE)
    except RunStoppedError as error:
        return _fail(say, str(error), STOPPED)
    except KeyboardInterrupt:
        return _fail(say, f"interrupted: {_GOES_ON if kept else _NOTHING_KEPT}", INTERRUPTED)
    _say_results(run, say, quiet=quiet or as_json)
    return WELL if run.ok else CHAPTER_FAILED


def _ask_for(folders: Sequence[Path]) -> tuple[LineRequest, ...]:
    return tuple(LineRequest(folder=folder) for folder in folders or find_samples())


def _read_numbers(text: str | None) -> list[int] | None:
    """Read chapter numbers such as `2,6`."""
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(f"chapters is {text!r}: give numbers with commas between, such as 2,6") from None


def _choose_listener(*, as_json: bool, quiet: bool, say: Say) -> Tell | None:
    if as_json:
        return write_lines(sys.stdout)
    if quiet:
        return None

    def say_notes(event: Event) -> None:
        for note in event.get("notes", ()):
            say(note, True)

    return say_notes


def _note_kept(kept: list[int], listener: Tell | None) -> Tell:
    """Let a listener listen, and note how many finished chapters a run that stopped leaves, if it leaves any."""

    def tell(event: Event) -> None:
        if event["event"] == "run_stopped" and event.get("finished_chapters"):
            kept.append(event["finished_chapters"])
        if listener is not None:
            listener(event)

    return tell


def _say_results(run: ReportRun, say: Say, *, quiet: bool) -> None:
    """Say what failed, always; what could not be made and where the reports are, unless quiet."""
    for failure in run.failures:
        say(f"{failure.line}, chapter {failure.chapter} ({failure.name}) failed: {failure.reason}", True)
    if quiet:
        return
    for warning in run.warnings:
        say(warning, True)
    for page in run.pages:
        say(str(page), False)
    reports = "report" if len(run.pages) == 1 else "reports"
    say(f"{len(run.pages)} {reports} in {run.seconds:.0f} s: open {run.index}", False)


def _fail(say: Say, text: str, code: int) -> int:
    say(f"Error: {text}", True)
    return code


@contextmanager
def _stop_at_sigterm() -> Iterator[None]:
    """Let the signal by which schedulers stop a run end it as Ctrl+C does: workers ended, finished chapters kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
