"""The course of a run: which chapters are through, what follows from that, and which reports are published.

A report's chapters run in any order; its summary when the others are through, its publishing when that is. Both go to
the head of the queue: a line that is nearly through has readers who wait, and its publishing then runs beside the
chapters of the other lines.
"""

from __future__ import annotations

import errno
import re
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cvlab.reports.collecting.chapter_run import ChapterRun, Status
from cvlab.reports.kernels.execution import Fault, Outcome, Task, run_task
from cvlab.reports.kernels.warm_kernels import WarmServer, serve_kernels
from cvlab.reports.plans.chapters import SUMMARY, Chapter
from cvlab.reports.plans.plan import Plan
from cvlab.reports.publishing.publish import Published
from cvlab.reports.records.manifest import RunFacts
from cvlab.reports.records.order import find_place, name_version
from cvlab.reports.records.runs import read_manifests
from cvlab.reports.running.progress import Tell, make_event
from cvlab.reports.running.tasks import (
    find_published,
    finish_chapter,
    path_names,
    prepare_task,
    publish_line,
    skip_chapter,
    tell_summary,
)
from cvlab.reports.running.workers import Job, WorkerDiedError, Workers
from cvlab.reports.running.workspaces import Workspace
from cvlab.tables.product_line import ProductLine

FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_IN_WORDS = re.compile(rf"\[Errno ({'|'.join(map(str, FULL))})\]")


class RunStoppedError(RuntimeError):
    """The run could not go on to its end; the message says why, and how to go on."""


@dataclass(frozen=True, kw_only=True)
class ChapterFailure:
    """A chapter that failed: where, why in plain words, and the traceback for the person who repairs it."""

    line: str
    chapter: int
    name: str
    reason: str
    traceback: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """One report of a run: a line under a plan.

    Attributes
    ----------
    key : name of its files in the workspace.
    run : its folder among the line's reports; the run's name, with a mark where the line has several in one run.
    """

    key: str
    run: str
    line: ProductLine
    plan: Plan


@dataclass(frozen=True, eq=False, kw_only=True)
class _ChapterJob:
    report: Report
    chapter: Chapter
    task: Task
    told: str


class Course:
    """The course of a run: which chapters are through, and which reports are published."""

    def __init__(
        self,
        plans: Sequence[Plan],
        output: Path,
        workspace: Workspace,
        n_workers: int,
        formats: tuple[str, ...],
        timeout_seconds: float,
        listeners: Sequence[Tell],
        *,
        server: WarmServer | None = None,
    ) -> None:
        self.reports = _name_reports(plans, workspace.run)
        self.published: dict[str, Published] = {}
        self.failures: dict[str, list[ChapterFailure]] = {report.key: [] for report in self.reports}
        self._output, self._workspace, self._formats = output, workspace, formats
        self._n_workers, self._timeout_seconds, self._listeners = n_workers, timeout_seconds, listeners
        self._server = server
        self._runs: dict[str, list[ChapterRun]] = {report.key: [] for report in self.reports}
        self._unwritten: list[tuple[Report, Exception]] = []
        self._queue: deque[Job] = deque()
        self._pastime = partial(prepare_publishing, formats)

    def run(self) -> None:
        """Run every chapter of every report; publish each report as soon as it is complete."""
        self.tell(
            "run_started",
            reports=[
                {
                    "line": report.line.slug,
                    "name": report.line.name,
                    "chapters": [chapter.number for chapter in report.plan.chapters],
                }
                for report in self.reports
            ],
            workers=self._n_workers,
            formats=self._formats,
            resumed=self._workspace.resumed,
            notes=self._workspace.notes,
        )
        folder = self._workspace.folder
        with (
            serve_kernels(folder, self._server) as environment,
            Workers(self._n_workers, environment, folder / "workers.log", pastime=self._pastime) as pool,
        ):
            self._facts = RunFacts.of(
                run=self._workspace.run,
                started=self._workspace.started,
                place=find_place(
                    (manifest for _, manifest in read_manifests(self._output)[0]),
                    run=self._workspace.run,
                    started=self._workspace.started,
                ),
                effort=self.reports[0].plan.effort,
                workers=self._n_workers,
                parameters={},
                formats=self._formats,
            )
            for report in self.reports:
                self._begin(report)
            for job, ended in pool.run(self._queue, started=self._tell_started):
                if isinstance(job.about, _ChapterJob):
                    self._end_chapter(job.about, ended)
                else:
                    self._end_publishing(job.about, ended)
        if self._unwritten:
            _refuse_unwritten(self._unwritten)

    def tell(self, event: str, **told: Any) -> None:
        """Tell everybody who listens what has happened."""
        made = make_event(event, self._workspace.run, told)
        for listener in self._listeners:
            listener(made)

    def _begin(self, report: Report) -> None:
        """Queue the chapters of a report, unless a run before this one has published it."""
        done = find_published(self._output, report.line, report.run) if self._workspace.resumed else None
        if done is not None:
            page, manifest = done
            for chapter, run in zip(report.plan.chapters, manifest["chapters"], strict=True):
                self._note_end(report, chapter, run["status"], run["reason"], run["seconds"], kept=True)
            self._note_published(report, Published(page=page), kept=True)
            return
        chapters = report.plan.chapters
        alone = len(chapters) == 1
        for chapter in chapters:
            if alone or chapter.number != SUMMARY:
                self._add(report, chapter)

    def _add(self, report: Report, chapter: Chapter) -> None:
        """Queue a chapter, or note why it is skipped, or that it is finished already."""
        line, values = report.line, report.plan.by_chapter[chapter.number]
        if reason := chapter.why_skipped(line.has):
            self._note(report, skip_chapter(chapter, reason, line, values))
            return
        own = {"product_line": str(Path(line.folder).resolve())}
        told = ""
        if chapter.number == SUMMARY and "headlines" in chapter.parameters:
            path = tell_summary(
                self._workspace.folder,
                self._output,
                line,
                self._runs[report.key],
                key=report.key,
                report=report.run,
                parameters=report.plan.parameters,
            )
            own["headlines"] = path
            told = Path(path).read_text(encoding="utf-8") if path else ""
        task = prepare_task(
            self._workspace.folder, line, chapter, {**values, **own}, self._timeout_seconds, key=report.key
        )  # fmt: skip
        job = _ChapterJob(report=report, chapter=chapter, task=task, told=told)
        if kept := self._workspace.find_kept(task.output.stem, told=told):
            self._end_chapter(job, kept, kept=True)
            return
        queued = Job(call=partial(run_task, task), about=job)
        if chapter.number == SUMMARY:
            self._queue.appendleft(queued)  # a line that is nearly through goes first: its readers have it sooner
        else:
            self._queue.append(queued)

    def _end_chapter(self, job: _ChapterJob, ended: Outcome | Exception, *, kept: bool = False) -> None:
        if isinstance(ended, WorkerDiedError):
            fault = Fault(kind="kernel", name=type(ended).__name__, message=str(ended))
            ended = Outcome(seconds=0.0, fault=fault)
        if isinstance(ended, Exception):
            raise ended
        if ended.fault and ended.fault.kind == "runner" and (full := _FULL_IN_WORDS.search(ended.fault.message)):
            raise OSError(int(full[1]), ended.fault.message)
        paths = path_names(job.report.line, job.chapter, self._workspace.folder)
        run = finish_chapter(job.chapter, job.task, ended, paths, job.report.line)
        if run.status == "done" and not kept:
            self._workspace.keep(job.task.output.stem, ended, told=job.told)
        self._note(job.report, run, kept=kept)

    def _note(self, report: Report, run: ChapterRun, *, kept: bool = False) -> None:
        """Keep what came out; the summary follows when the rest of its line is through, the report when all is."""
        mine = self._runs[report.key]
        mine.append(run)
        mine.sort(key=lambda done: done.chapter.number)
        self._note_end(report, run.chapter, run.status, run.detail or run.reason, run.seconds, run.traceback, kept=kept)
        chapters = report.plan.chapters
        if len(mine) == len(chapters):
            self._publish(report, mine)
        elif len(mine) == len(chapters) - 1 and chapters[-1].number == SUMMARY:
            self._add(report, chapters[-1])

    def _note_end(
        self,
        report: Report,
        chapter: Chapter,
        status: Status,
        reason: str,
        seconds: float,
        traceback: str = "",
        *,
        kept: bool = False,
    ) -> None:
        """Tell how a chapter ended, and note a failure."""
        told: dict[str, Any] = {} if status == "skipped" else {"seconds": round(seconds, 3), "kept": kept}
        if status != "done":
            told["reason"] = reason
        self.tell(f"chapter_{status}", **_name_chapter(report, chapter), **told)
        if status == "failed":
            self.failures[report.key].append(
                ChapterFailure(
                    line=report.line.name,
                    chapter=chapter.number,
                    name=chapter.name,
                    reason=reason,
                    traceback=traceback,
                )
            )
            self.failures[report.key].sort(key=lambda failure: failure.chapter)

    def _publish(self, report: Report, runs: Sequence[ChapterRun]) -> None:
        aside = self._workspace.folder / "aside" / report.key
        facts = replace(self._facts, run=report.run, parameters=report.plan.parameters)
        call = partial(publish_line, self._output, aside, facts, report.line, runs, formats=self._formats)
        self._queue.appendleft(Job(call=call, about=report))

    def _end_publishing(self, report: Report, ended: tuple[Published, float] | Exception) -> None:
        """Note a report; one that cannot be written does not stop the others, unless the disk is full."""
        if isinstance(ended, Exception):
            if isinstance(ended, OSError) and ended.errno in FULL:
                raise ended
            self._unwritten.append((report, ended))
            return
        published, seconds = ended
        self._note_published(report, published, seconds=seconds)

    def _note_published(
        self, report: Report, published: Published, *, seconds: float = 0.0, kept: bool = False
    ) -> None:
        self.published[report.key] = published
        self.tell(
            "line_published",
            line=report.line.slug,
            name=report.line.name,
            page=str(published.page),
            warnings=published.warnings,
            seconds=round(seconds, 3),
            kept=kept,
        )

    def _tell_started(self, job: Job) -> None:
        if isinstance(job.about, _ChapterJob):
            self.tell("chapter_started", **_name_chapter(job.about.report, job.about.chapter))


def _name_reports(plans: Sequence[Plan], run: str) -> tuple[Report, ...]:
    """Name each report; a line that has several in one run, with parameters of its own each, gets a mark on the run."""
    seen: Counter[str] = Counter()
    reports = []
    for plan in plans:
        for line in plan.lines:
            seen[line.slug] += 1
            number = seen[line.slug]
            names = {"key": name_version(line.slug, number), "run": name_version(run, number)}
            reports.append(Report(**names, line=line, plan=plan))
    return tuple(reports)


def prepare_publishing(formats: Sequence[str]) -> None:
    """Load what publishing needs, in a worker that has nothing else to do."""
    from cvlab.reports.publishing.pages import load_exporter

    load_exporter()
    if "pdf" in formats:
        with suppress(ImportError, OSError):  # a system without what PDF needs is told of when a PDF is made
            import weasyprint  # noqa: F401


def _name_chapter(report: Report, chapter: Chapter) -> dict[str, Any]:
    return {"line": report.line.slug, "chapter": chapter.number, "title": chapter.title}


def _refuse_unwritten(unwritten: Sequence[tuple[Report, Exception]]) -> None:
    said = [f"the report of {report.line.name} could not be written: {_say(error)}" for report, error in unwritten]
    said.append("The chapters that ended well are kept: run the same command with --resume when that is mended")
    raise RunStoppedError("\n".join(said)) from unwritten[0][1]


def _say(error: Exception) -> str:
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
