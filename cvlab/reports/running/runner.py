"""The report runner: chapters for each product line, side by side, published as pages that are whole or not there.

The plan is checked first; then chapters run through papermill in worker processes, the summary of a line as soon as
its other chapters are through, and the report of a line is written as soon as its summary is, while other lines'
chapters still run. A chapter that fails does not stop the others: its page says why. Each line's report is built aside
and moved into place in one step. A run that is stopped keeps the chapters that ended well for `resume`.

The rooms of the house: `course` (what follows what), `locks` (one run at a time in a folder), `workspaces` (where a
run works, and what is kept), `identity` (which runs are the same), `workers` (the processes), `tasks` (what goes to
them and comes back), `progress` (what is told meanwhile).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvlab.checks import check_count, check_positive
from cvlab.reports.history.index import write_index
from cvlab.reports.kernels.warm_kernels import WarmServer
from cvlab.reports.plans.formats import DEFAULT_FORMATS, check_formats
from cvlab.reports.plans.plan import Plan, make_plan
from cvlab.reports.running.course import FULL, ChapterFailure, Course, RunStoppedError
from cvlab.reports.running.identity import describe_run
from cvlab.reports.running.locks import lock_folder
from cvlab.reports.running.progress import Tell, show_bar
from cvlab.reports.running.workers import count_processors
from cvlab.reports.running.workspaces import make_output, open_workspace

MOST_WORKERS = 4
TIMEOUT_SECONDS = 900.0
_BYTES_PER_MEGABYTE = 1e6


@dataclass(frozen=True, kw_only=True)
class ReportRun:
    """What a run has published.

    Attributes
    ----------
    run : the run's name, its start in UTC.
    pages : one page per product line, in the order in which the lines were given.
    index : the page across lines and runs.
    failures : the chapters that failed.
    seconds : wall time of the whole run.
    warnings : in one sentence each, what could not be made, such as a PDF.
    resumed : whether it went on with a run that had been stopped.
    """

    run: str
    pages: tuple[Path, ...]
    index: Path
    failures: tuple[ChapterFailure, ...]
    seconds: float
    warnings: tuple[str, ...] = ()
    resumed: bool = False

    @property
    def ok(self) -> bool:
        """Whether every chapter that could run did."""
        return not self.failures


def run_report(
    folders: Sequence[str | Path],
    *,
    chapters: Sequence[int] | None = None,
    parameters: Mapping[str, Any] | None = None,
    effort: str = "quick",
    workers: int | None = None,
    output: str | Path = "reports",
    notebooks: str | Path | None = None,
    progress: bool | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    formats: Iterable[str] = DEFAULT_FORMATS,
    resume: bool = False,
    wait_seconds: float = 0.0,
    tell: Tell | None = None,
) -> ReportRun:
    """Run the chapters for each product line and publish a report for each, and the index over all of them.

    Parameters
    ----------
    folders : folders of product lines, each with its product_line.yaml.
    chapters : numbers of the chapters to run; all when not given.
    parameters : name → value, as typed or typed already; each must be declared by at least one selected chapter.
    effort : "quick" for a look, "full" for a decision.
    workers : how many chapters run at a time; as many as there are processors, at most four, when not given.
    output : folder for the reports; made where it does not exist. One run at a time works in it.
    notebooks : folder of the chapters; that of the checkout when not given.
    progress : True shows a progress bar, False does not; when not given, only a terminal gets one.
    timeout_seconds : how long one chapter may take.
    formats : some of html, pdf, xlsx and pptx; html is always made.
    resume : go on with the newest run of the same plan, data, notebooks and versions that was stopped in `output`;
        chapters that ended well do not run again. Without such a run, start anew, and tell in what the stopped one
        differs.
    wait_seconds : how long to wait for another run in the same folder to end.
    tell : called with each event as it happens, see `cvlab.reports.running.progress`.

    Raises
    ------
    ParameterError : a chapter, a parameter or a notebook is not what it should be. Nothing has started then.
    DataError : a product line cannot be used. Nothing has started then.
    FolderInUseError : another run works in `output`. Nothing has started then.
    RunStoppedError : a report could not be written, for example because the disk is full; finished chapters are kept.
    """
    plan = make_plan(folders, chapters=chapters, parameters=parameters, effort=effort, notebooks=notebooks)
    return run_plans(
        [plan],
        workers=workers,
        output=output,
        progress=progress,
        timeout_seconds=timeout_seconds,
        formats=formats,
        resume=resume,
        wait_seconds=wait_seconds,
        tell=tell,
    )


def run_plans(
    plans: Sequence[Plan],
    *,
    workers: int | None = None,
    output: str | Path = "reports",
    progress: bool | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    formats: Iterable[str] = DEFAULT_FORMATS,
    resume: bool = False,
    wait_seconds: float = 0.0,
    tell: Tell | None = None,
    server: WarmServer | None = None,
) -> ReportRun:
    """Run checked plans, of which each has chapters and parameters of its own, as one run; see `run_report`.

    Parameters
    ----------
    server : where kernels come from, if it was started while the plans were checked; it ends with the run.
    """
    clock = time.monotonic()
    check_positive(timeout_seconds, "timeout_seconds")
    check_positive(wait_seconds, "wait_seconds", zero_allowed=True)
    if workers is not None:
        check_count(workers, "workers")
    chosen = check_formats(formats)
    n_chapters = sum(len(plan.lines) * len(plan.chapters) for plan in plans)
    n_workers = min(workers or min(count_processors(), MOST_WORKERS), n_chapters)
    identity = describe_run(plans, formats=chosen)
    target = make_output(output)
    slugs = [line.slug for plan in plans for line in plan.lines]
    with (
        lock_folder(target, wait_seconds=wait_seconds),
        _say_when_full(target),
        open_workspace(target, identity, slugs=slugs, resume=resume) as workspace,
        _say_when_full(target),  # before what the run has written is cleared away, and there is room again
        show_bar(n_chapters, progress=progress) as move_bar,
    ):
        listeners = [move_bar, *([tell] if tell else [])]
        course = Course(plans, target, workspace, n_workers, chosen, timeout_seconds, listeners, server=server)
        try:
            course.run()
            index = write_index(target)
        except BaseException as error:
            course.tell(
                "run_stopped",
                reason=str(error) or type(error).__name__,
                finished_chapters=workspace.count_finished(),
                seconds=round(time.monotonic() - clock, 3),
            )
            raise
        run = ReportRun(
            run=workspace.run,
            pages=tuple(course.published[report.key].page for report in course.reports),
            index=index,
            failures=tuple(failure for report in course.reports for failure in course.failures[report.key]),
            seconds=time.monotonic() - clock,
            warnings=tuple(dict.fromkeys(said for each in course.published.values() for said in each.warnings)),
            resumed=workspace.resumed,
        )
        course.tell(
            "run_done",
            reports=len(run.pages),
            failed_chapters=len(run.failures),
            index=str(index),
            seconds=round(run.seconds, 3),
        )
    return run


@contextmanager
def _say_when_full(output: Path) -> Iterator[None]:
    """Say what to do where the disk is full; nothing half made is published then."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        free = shutil.disk_usage(output).free / _BYTES_PER_MEGABYTE
        raise RunStoppedError(
            f"the disk of {output} is full ({free:,.1f} MB free): make room there, a few hundred MB at best, then run "
            "the same command with --resume; the chapters that ended well are kept, and nothing half made was published"
        ) from error
