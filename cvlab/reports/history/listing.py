"""The list of runs: what there is to know of each in one line, for a terminal, a program and the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cvlab.reports.comparison.comparison_words import name_run
from cvlab.reports.records.manifest import LIGHTS
from cvlab.reports.records.order import Run, read_start

FILES = {"report.pdf": "PDF", "tables.xlsx": "Excel", "slides.pptx": "Slides"}
_HEAD = ("run", "started (UTC)", "period", "effort", "light", "chapters", "files")
_WIDEST = 24


def describe_runs(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Return what there is to know of each run, as plain JSON types."""
    return [_describe_run(*run) for run in runs]


def write_runs(runs: Sequence[Run], broken: Sequence[str] = ()) -> str:
    """Write the runs line by line for a terminal, and name the folders that could not be read."""
    described = describe_runs(runs)
    lines: list[str] = []
    for slug in dict.fromkeys(run["slug"] for run in described):
        mine = [run for run in described if run["slug"] == slug]
        rows = [_HEAD, *(_write_cells(run) for run in mine)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        name = mine[0]["line"]
        lines += ["", f"{name} ({slug})"]
        lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    if not described:
        lines = ["", "There is no report yet: make one with cvlab report FOLDER"]
    if broken:
        lines += ["", f"Without a manifest that can be read: {', '.join(broken)}"]
    return "\n".join(line.rstrip() for line in lines[1:])


def say_status(run: dict[str, Any]) -> str:
    """Say how many chapters of a run came through.

    Examples
    --------
    >>> say_status({"chapters": 8, "answered": 6, "failed": 1})
    '6 of 8 chapters, 1 failed'
    """
    failed = f", {run['failed']} failed" if run["failed"] else ""
    return f"{run['answered']} of {run['chapters']} chapters{failed}"


def _describe_run(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    statuses = [chapter["status"] for chapter in manifest["chapters"]]
    light = manifest.get("light")
    return {
        "line": manifest["line"]["name"],
        "slug": manifest["line"]["slug"],
        "run": folder.name,
        "started": read_start(manifest).isoformat(),
        "started_text": name_run(manifest),
        "period": str(manifest["line"].get("period") or ""),
        "effort": str(manifest.get("effort") or ""),
        "light": light if light in LIGHTS else None,
        "status": manifest["status"],
        "chapters": len(statuses),
        "answered": len(statuses) - statuses.count("failed") - statuses.count("skipped"),
        "failed": statuses.count("failed"),
        "headlines": len(manifest["headlines"]),
        "page": (folder / "index.html").as_posix(),
        "files": [name for name in FILES if (folder / name).is_file()],
    }


def _write_cells(run: dict[str, Any]) -> tuple[str, ...]:
    files = " ".join(["html", *(name.rpartition(".")[2] for name in run["files"])])
    chapters = say_status(run).replace(" chapters", "")
    cells = (run["run"], run["started_text"], run["period"], run["effort"], run["light"] or "", chapters, files)
    return tuple((cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…") or "–" for cell in cells)
