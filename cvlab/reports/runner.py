"""The report runner: chapters for each product line, side by side, published as pages that are whole or not there.

The plan is checked first; then chapters run through papermill in worker processes, the summary of a line as soon as
its other chapters are through. A chapter that fails does not stop the others: its page says why. Each line's report is
built aside and moved into place in one step.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cvlab.checks import check_count, check_positive
from cvlab.errors import ParameterError
from cvlab.reports.chapters import SUMMARY, Chapter
from cvlab.reports.collect import ChapterRun
from cvlab.reports.execution import Fault, Outcome, Task, run_task, set_up_worker
from cvlab.reports.index import write_index
from cvlab.reports.manifest import RunFacts
from cvlab.reports.plan import Plan, make_plan
from cvlab.reports.publish import load_exporter, publish_report
from cvlab.reports.tasks import finish_chapter, path_names, prepare_task, skip_chapter, tell_summary
from cvlab.reports.warm_kernels import serve_kernels
from cvlab.tables.product_line import ProductLine

MOST_WORKERS = 4
TIMEOUT_SECONDS = 900.0
_SECONDS_TO_END = 10.0


@dataclass(frozen=True, kw_only=True)
class ChapterFailure:
    """A chapter that failed: where, why in plain words, and the traceback for the person who repairs it."""

    line: str
    chapter: int
    name: str
    reason: str
    traceback: str


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
    """

    run: str
    pages: tuple[Path, ...]
    index: Path
    failures: tuple[ChapterFailure, ...]
    seconds: float

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
) -> ReportRun:
    """Run the chapters for each product line and publish a report for each, and the index over all of them.

    Parameters
    ----------
    folders : folders of product lines, each with its product_line.yaml.
    chapters : numbers of the chapters to run; all when not given.
    parameters : name → value, as typed or typed already; each must be declared by at least one selected chapter.
    effort : "quick" for a look, "full" for a decision.
    workers : how many chapters run at a time; as many as there are processors, at most four, when not given.
    output : folder for the reports; made where it does not exist.
    notebooks : folder of the chapters; that of the checkout when not given.
    progress : True shows a progress bar, False does not; when not given, only a terminal gets one.
    timeout_seconds : how long one chapter may take.

    Raises
    ------
    ParameterError : a chapter, a parameter or a notebook is not what it should be. Nothing has started then.
    DataError : a product line cannot be used. Nothing has started then.
    """
    clock = time.monotonic()
    check_positive(timeout_seconds, "timeout_seconds")
    if workers is not None:
        check_count(workers, "workers")
    plan = make_plan(folders, chapters=chapters, parameters=parameters, effort=effort, notebooks=notebooks)
    n_workers = min(workers or min(_count_processors(), MOST_WORKERS), len(plan.lines) * len(plan.chapters))
    started = datetime.now(UTC)
    target = _make_output(output)
    with _reserve_run(target, started, [line.slug for line in plan.lines]) as (run, workspace):
        facts = RunFacts.of(
            run=run, started=started, effort=effort, workers=n_workers, parameters=plan.parameters
        )  # fmt: skip
        pages: dict[str, Path] = {}
        finished: dict[str, list[ChapterRun]] = {}

        def publish(line: ProductLine, runs: list[ChapterRun]) -> None:
            finished[line.slug] = runs
            pages[line.slug] = publish_report(target, workspace, facts, line, runs)

        _run_lines(plan, target, workspace, n_workers, timeout_seconds, _open_bar(progress, plan), publish)
    return ReportRun(
        run=run,
        pages=tuple(pages[line.slug] for line in plan.lines),
        index=write_index(target),
        failures=tuple(
            ChapterFailure(
                line=line.name,
                chapter=done.chapter.number,
                name=done.chapter.name,
                reason=done.reason,
                traceback=done.traceback,
            )
            for line in plan.lines
            for done in finished[line.slug]
            if done.status == "failed"
        ),
        seconds=time.monotonic() - clock,
    )


@dataclass(frozen=True, kw_only=True)
class _Job:
    line: ProductLine
    chapter: Chapter
    task: Task


def _run_lines(
    plan: Plan,
    output: Path,
    workspace: Path,
    n_workers: int,
    timeout_seconds: float,
    bar: tqdm[Any],
    publish: Callable[[ProductLine, list[ChapterRun]], None],
) -> None:
    """Run every chapter of every line; hand each line over as soon as it is complete."""
    runs: dict[str, list[ChapterRun]] = {line.slug: [] for line in plan.lines}
    queue: deque[_Job] = deque()

    def add(line: ProductLine, chapter: Chapter) -> None:
        """Queue a chapter, or note why it is skipped."""
        if reason := chapter.why_skipped(line.has):
            note(line, skip_chapter(chapter, reason, line, plan.by_chapter[chapter.number]))
            return
        own = {"product_line": str(Path(line.folder).resolve())}
        if chapter.number == SUMMARY and "headlines" in chapter.parameters:
            own["headlines"] = tell_summary(workspace, output, line, runs[line.slug])
        values = {**plan.by_chapter[chapter.number], **own}
        queue.append(
            _Job(line=line, chapter=chapter, task=prepare_task(workspace, line, chapter, values, timeout_seconds))
        )

    def note(line: ProductLine, run: ChapterRun) -> None:
        """Keep what came out; the summary follows when the rest of its line is through, the page when all is."""
        mine = runs[line.slug]
        mine.append(run)
        mine.sort(key=lambda done: done.chapter.number)
        bar.update()
        if len(mine) == len(plan.chapters):
            publish(line, mine)
        elif len(mine) == len(plan.chapters) - 1 and run.chapter.number != SUMMARY and has_summary:
            add(line, plan.chapters[-1])

    has_summary = plan.chapters[-1].number == SUMMARY
    first = plan.chapters[:-1] if has_summary and len(plan.chapters) > 1 else plan.chapters
    with (
        bar,
        serve_kernels(workspace) as environment,
        _Workers(n_workers, environment, workspace / "workers.log") as pool,
    ):
        for line in plan.lines:
            for chapter in first:
                add(line, chapter)
        for job, outcome in pool.run(queue):
            paths = path_names(job.line, job.chapter, workspace)
            note(job.line, finish_chapter(job.chapter, job.task, outcome, paths))


class _Workers:
    """Worker processes that take jobs one by one, and survive the death of any of them.

    A worker that dies takes the whole pool down, so nobody can tell whose job it was: those that were running run
    again, alone. A job that kills its worker even then is at fault.
    """

    def __init__(self, n_workers: int, environment: Mapping[str, str], log: Path) -> None:
        self._set_up = (environment, log)
        self._limit = n_workers
        self._others = set(multiprocessing.active_children())
        self._pool = self._start()

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:
            ours = set(multiprocessing.active_children()) - self._others
            for process in ours:
                process.terminate()
            for process in ours:
                process.join(_SECONDS_TO_END)
                process.kill()

    def run(self, queue: deque[_Job]) -> Iterator[tuple[_Job, Outcome]]:
        """Yield each job with its outcome as it ends; the queue may grow meanwhile."""
        running: dict[Future[Outcome], _Job] = {}
        while queue or running:
            suspects: list[_Job] = []
            while queue and len(running) < self._limit and not suspects:
                job = queue.popleft()
                try:
                    running[self._pool.submit(run_task, job.task)] = job
                except BrokenProcessPool:
                    suspects.append(job)
            load_exporter()  # takes two seconds the first time, while the workers have theirs to do
            ended: list[tuple[_Job, Outcome]] = []
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    ended.append((job, future.result()))
                except BrokenProcessPool:
                    suspects.append(job)
            if suspects:
                suspects.extend(running.values())
                running.clear()
                ended.extend(self._restart(suspects, queue))
            yield from ended

    def _restart(self, suspects: list[_Job], queue: deque[_Job]) -> list[tuple[_Job, Outcome]]:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._start()
        if self._limit > 1 or len(suspects) > 1:
            self._limit = 1
            queue.extendleft(reversed(suspects))
            return []
        fault = Fault(kind="kernel", name="BrokenProcessPool", message="the worker process died")
        return [(suspects[0], Outcome(seconds=0.0, fault=fault))]

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._limit,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=set_up_worker,
            initargs=self._set_up,
        )


@contextmanager
def _reserve_run(output: Path, started: datetime, slugs: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Give the run a name that no other has, and a private folder beside the reports until it is through."""
    stamp = started.strftime("%Y%m%dT%H%M%SZ")
    attempt = 1
    while True:
        run = stamp if attempt == 1 else f"{stamp}-{attempt}"
        workspace = output / f".run-{run}"
        attempt += 1
        if any((output / slug / run).exists() for slug in slugs):
            continue
        try:
            workspace.mkdir(mode=0o700)
            break
        except FileExistsError:
            continue
    try:
        yield run, workspace.resolve()
    finally:
        _remove(workspace)


def _remove(folder: Path) -> None:
    """Remove a folder, patiently: a process on its way out may still write to it."""
    deadline = time.monotonic() + _SECONDS_TO_END
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)


def _make_output(given: str | Path) -> Path:
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


def _count_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _open_bar(progress: bool | None, plan: Plan) -> tqdm[Any]:
    """Open one bar over all chapters of all lines, on stderr."""
    disable = None if progress is None else not progress
    return tqdm(
        total=len(plan.lines) * len(plan.chapters), desc="cvlab report", unit="chapter", disable=disable, leave=False
    )
