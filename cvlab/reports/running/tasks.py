"""Between the plan and the kernels: chapters made ready to run, and what is known of them afterwards."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.collecting.collect import collect_chapter, collect_headlines, find_unrun
from cvlab.reports.collecting.faults import explain_fault, publish_fault
from cvlab.reports.collecting.paths import Paths
from cvlab.reports.collecting.persons import find_persons
from cvlab.reports.collecting.strict_json import make_strict, write_json
from cvlab.reports.kernels.execution import Outcome, Task
from cvlab.reports.plans.chapters import Chapter
from cvlab.reports.plans.plan import CHECKOUT
from cvlab.reports.publishing.publish import Published, publish_report
from cvlab.reports.records.manifest import RunFacts, find_light
from cvlab.reports.records.order import find_previous
from cvlab.reports.records.runs import has_answers, list_chapters, read_manifests
from cvlab.reports.running.workspaces import FINISHED
from cvlab.reports.summary.summary import find_before
from cvlab.tables.product_line import ProductLine


def prepare_task(
    workspace: Path,
    line: ProductLine,
    chapter: Chapter,
    values: Mapping[str, Any],
    timeout_seconds: float,
    *,
    key: str,
) -> Task:
    """Write the notebook as it runs for this line, and say where and how it is to run.

    Parameters
    ----------
    key : name of the report's files in the workspace.
    """
    notebook = workspace / "tasks" / f"{key}-{chapter.name}.ipynb"
    write_json(make_strict(chapter.prepare(line.has)), notebook)
    return Task(
        notebook=notebook,
        output=workspace / FINISHED / notebook.name,
        folder=chapter.path.parent.resolve(),
        parameters=values,
        timeout_seconds=timeout_seconds,
    )


def skip_chapter(chapter: Chapter, reason: str, line: ProductLine, values: Mapping[str, Any]) -> ChapterRun:
    """Note a chapter that the line's tables cannot answer."""
    persons = find_persons(line)
    return ChapterRun(
        chapter=chapter,
        status="skipped",
        reason=reason,
        missing=chapter.find_missing_any(line.has),
        missing_all=chapter.find_missing_all(line.has),
        parameters={
            name: persons.hide_setting(value)
            for name, value in values.items()
            if name not in ("product_line", "headlines")
        },
    )


def finish_chapter(chapter: Chapter, task: Task, outcome: Outcome, paths: Paths, line: ProductLine) -> ChapterRun:
    """Read what a chapter has left behind: its published form, its headlines, and why it failed if it did."""
    persons, fault = find_persons(line), outcome.fault
    own = {"product_line": paths.strip_known(task.parameters["product_line"]), "headlines": ""}
    values = {name: own.get(name, persons.hide_setting(value)) for name, value in task.parameters.items()}
    executed = _read_output(task.output)
    reason = publish_fault(fault, chapter, executed, paths=paths, persons=persons) if fault else ""
    if not reason and (executed is None or find_unrun(executed)):
        reason = "It left before its last cell. A chapter must not call exit; take that out and run it again."
    found = collect_chapter(executed, chapter, parameters=values, paths=paths, persons=persons) if executed else None
    headlines, notes = collect_headlines(found.notebook) if found else ((), ())
    return ChapterRun(
        chapter=chapter,
        status="failed" if reason else "done",
        reason=reason,
        detail=explain_fault(fault, chapter, paths=paths) if fault else "",
        seconds=outcome.seconds,
        parameters={name: value for name, value in values.items() if name not in own},
        notebook=found.notebook if found else None,
        headlines=headlines,
        notes=notes,
        tables=found.tables if found else (),
        pictures=found.pictures if found else (),
        traceback=fault.traceback if fault else "",
    )


def tell_summary(
    workspace: Path,
    output: Path,
    line: ProductLine,
    runs: Sequence[ChapterRun],
    *,
    key: str,
    report: str,
    parameters: Mapping[str, Any],
) -> str:
    """Write down what chapter 12 is told of the others, and return where; alone, it is told of the newest report.

    Without either the answer is empty, and the chapter says how to make a report.

    Parameters
    ----------
    key : name of the report's files in the workspace.
    report : its name among the line's reports. What the last run said is not what another report of this run says.
    parameters : its parameters, by which the report of the last run is chosen where that has several.
    """
    persons = find_persons(line)
    before = [run for run in read_manifests(output)[0] if run[1]["line"]["slug"] == line.slug and has_answers(run[1])]
    shown = make_strict({name: persons.hide_setting(value) for name, value in parameters.items()})
    chapters = [_describe_for_summary(run) for run in runs]
    previous = find_previous(before, report=report, parameters=shown)
    told_before: Mapping[str, Any] | None = previous[1] if previous else None
    if not chapters:
        if previous is None:
            return ""
        chapters, told_before = list_chapters(previous[1]), find_before(output, previous[1])
    path = workspace / "tasks" / f"{key}-headlines.json"
    write_json({"chapters": chapters, "previous": told_before}, path)
    return str(path)


def publish_line(
    output: Path, aside: Path, facts: RunFacts, line: ProductLine, runs: Sequence[ChapterRun], *, formats: Sequence[str]
) -> tuple[Published, float]:
    """Publish the report of one line, in a worker; return what was published and the seconds that it took.

    Parameters
    ----------
    aside : a folder of its own, in which the report is built.
    """
    started = time.monotonic()
    page = output / line.slug / facts.run / "index.html"
    if page.exists():  # the worker that has put it there died before it could say so
        return Published(page=page), 0.0
    shutil.rmtree(aside, ignore_errors=True)  # likewise, halfway
    aside.mkdir(parents=True)
    published = publish_report(output, aside, facts, line, runs, formats=formats)
    shutil.rmtree(aside, ignore_errors=True)
    return published, time.monotonic() - started


def find_published(output: Path, line: ProductLine, run: str) -> tuple[Path, dict[str, Any]] | None:
    """Return page and manifest of a report that stands in its place already, or None."""
    folder = output / line.slug / run
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return (folder / "index.html", manifest) if manifest["run"] == run else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def path_names(line: ProductLine, chapter: Chapter, workspace: Path) -> Paths:
    """Return what shall stand for this machine's folders in what is published."""
    folder = Path(line.folder)
    known = {
        str(folder.resolve()): folder.resolve().name,
        str(workspace): "run",
        str(chapter.path.parent.resolve()): "notebooks",
        str(CHECKOUT): "cvlab",
        sys.prefix: "python",
        str(Path.home()): "~",
    }
    if folder.is_absolute():
        known[str(folder)] = folder.name
    return Paths.of({path: name for path, name in known.items() if len(Path(path).parts) > 1})


def _describe_for_summary(run: ChapterRun) -> dict[str, Any]:
    return {
        "chapter": run.chapter.number,
        "title": run.chapter.title,
        "question": run.chapter.question,
        "status": run.status,
        "reason": run.reason,
        "missing": list(run.missing),
        "missing_all": list(run.missing_all),
        "headlines": list(run.headlines),
        "notes": list(run.notes),
        "parameters": dict(run.parameters),
        "light": find_light(run.headlines),
    }


def _read_output(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None
