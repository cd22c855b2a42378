"""The manifest of a report: everything that is needed to say later what was run, on which data, and what came out.

It is strict JSON: a number that is missing is null. Headlines stand in it as `Headline.to_record` writes them, each
with the chapter it comes from.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.collecting.persons import find_persons
from cvlab.reports.collecting.strict_json import make_strict
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.plans.plan import CHECKOUT
from cvlab.tables.product_line import ProductLine

FORMAT = 1
LIGHT_KEY = "trust.usable_share"
LIGHTS = ("green", "amber", "red")


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What is the same for every line of a run.

    Attributes
    ----------
    place : where it stands among the runs of its folder, see `cvlab.reports.records.order`; its start if not given.
    """

    run: str
    started: datetime
    place: datetime | None = None
    effort: str
    workers: int
    parameters: Mapping[str, Any]
    packages: Mapping[str, str]
    git_commit: str | None
    formats: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        run: str,
        started: datetime,
        place: datetime | None = None,
        effort: str,
        workers: int,
        parameters: Mapping[str, Any],
        formats: Sequence[str] = (),
    ) -> RunFacts:
        """Note versions and commit once for the whole run."""
        return cls(
            run=run,
            started=started,
            place=place,
            effort=effort,
            workers=workers,
            parameters=parameters,
            packages=list_versions(),
            git_commit=find_commit(CHECKOUT),
            formats=tuple(formats),
        )


def build_manifest(facts: RunFacts, line: ProductLine, runs: Sequence[ChapterRun]) -> dict[str, Any]:
    """Return the manifest of one line's report, ready for strict JSON; chapters and headlines in order of chapters."""
    in_order = sorted(runs, key=lambda run: run.chapter.number)
    finished = max(datetime.now(UTC), facts.started)  # the clock may have been set back meanwhile
    return make_strict(
        {
            "format": FORMAT,
            "run": facts.run,
            "cvlab": importlib.metadata.version("cvlab"),
            "line": {
                "name": line.name,
                "slug": line.slug,
                "period": str(line.period or ""),
                "customers": len(line.customers),
                "currency": line.currency,
                "report_currency": line.report_currency,
                "rate": line.rate,
                "number_format": line.number_format,
                "folder": Path(line.folder).name,
            },
            "started": _write_time(facts.started),
            "finished": _write_time(finished),
            "place": (facts.place or facts.started.replace(microsecond=0)).astimezone(UTC).isoformat(),
            "chapter_seconds": round(sum(run.seconds for run in in_order), 3),
            "status": "failed" if any(run.status == "failed" for run in runs) else "done",
            "light": find_light(record for run in in_order for record in run.headlines),
            "effort": facts.effort,
            "seed": _find_seed(in_order),
            "workers": facts.workers,
            "formats": list(facts.formats),
            "parameters": {name: find_persons(line).hide_setting(value) for name, value in facts.parameters.items()},
            "chapters": [_describe_chapter(run) for run in in_order],
            "headlines": [{"chapter": run.chapter.number, **record} for run in in_order for record in run.headlines],
            "data": dict(line.data_hashes),
            "packages": dict(facts.packages),
            "python": ".".join(map(str, sys.version_info[:3])),
            "git_commit": facts.git_commit,
        }
    )


def find_light(headlines: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the data light that chapter 1 has set, or None where it did not run."""
    for record in headlines:
        if record.get("key") == LIGHT_KEY:
            light = (record.get("words") or {}).get("light")
            return light if light in LIGHTS else None
    return None


def list_versions() -> dict[str, str]:
    """Return the versions of cvlab's direct dependencies that are installed."""
    versions = {}
    for requirement in importlib.metadata.requires("cvlab") or ():
        if "extra ==" not in requirement and (name := re.match(r"[\w.-]+", requirement)):
            try:
                versions[name[0]] = importlib.metadata.version(name[0])
            except importlib.metadata.PackageNotFoundError:
                continue
    return dict(sorted(versions.items()))


def find_commit(checkout: Path) -> str | None:
    """Return the commit of the checkout, with -dirty where files differ from it; None without git."""
    git = shutil.which("git")
    if git is None or not (checkout / ".git").exists():
        return None
    command = [git, "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def _describe_chapter(run: ChapterRun) -> dict[str, Any]:
    return {
        "chapter": run.chapter.number,
        "name": run.chapter.name,
        "title": run.chapter.title,
        "part": run.chapter.part,
        "question": run.chapter.question,
        "status": run.status,
        "reason": run.reason,
        "missing": list(run.missing),
        "missing_all": list(run.missing_all),
        "seconds": round(run.seconds, 3),
        "parameters": dict(run.parameters),
        "notes": list(run.notes),
        "notebook": f"notebooks/{run.chapter.name}.ipynb" if run.notebook else None,
        "source_sha256": run.chapter.sha256,
    }


def _find_seed(runs: Sequence[ChapterRun]) -> int | None:
    """Return the seed of the chapters; the summary draws nothing of its own."""
    seeds = [run.parameters["seed"] for run in runs if "seed" in run.parameters and run.chapter.number != SUMMARY]
    return seeds[0] if seeds else None


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
