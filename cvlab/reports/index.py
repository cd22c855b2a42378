"""The index: every report of every line in a folder, on one page, newest first.

It is made from the manifests that lie there, so that reports may be deleted or copied in by hand; a manifest that
cannot be read is named at the foot, not stumbled over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cvlab.reports.chapters import SUMMARY
from cvlab.reports.manifest import FORMAT, LIGHTS
from cvlab.reports.publish import EFFORT_NAMES, make_environment
from cvlab.reports.ranking import is_answer, pick_top


def write_index(output: Path) -> Path:
    """Write `index.html` over all reports in a folder, in one step, and return its path."""
    lines: dict[str, dict[str, Any]] = {}
    count = 0
    manifests, broken = read_manifests(output)
    for folder, manifest in manifests:
        line = lines.setdefault(manifest["line"]["slug"], {"name": manifest["line"]["name"], "runs": []})
        line["runs"].append(_describe_run(folder, manifest, output))
        count += 1
    html = make_environment().get_template("index.html.j2").render(
        lines=list(lines.values()), count=count, broken=broken
    )  # fmt: skip
    page = output / "index.html"
    aside = output / f".index-{os.getpid()}.html"
    try:
        aside.write_text(html, encoding="utf-8")
        os.replace(aside, page)
    finally:
        aside.unlink(missing_ok=True)
    return page


def read_manifests(output: Path) -> tuple[list[tuple[Path, dict[str, Any]]], list[str]]:
    """Return folder and manifest of every report, newest first, and the folders whose manifest cannot be read."""
    found: list[tuple[Path, dict[str, Any]]] = []
    broken: list[str] = []
    for folder in _list_runs(output):
        try:
            manifest = json.loads((folder / "manifest.json").read_bytes())
            _check_manifest(manifest)
            found.append((folder, manifest))
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            broken.append(folder.relative_to(output).as_posix())
    found.sort(key=lambda pair: (pair[1]["started"], pair[1]["run"]), reverse=True)
    return found, broken


def find_newest(output: Path, slug: str) -> dict[str, Any] | None:
    """Return the manifest of a line's newest report, or None where it has none.

    A report of nothing but the summary does not count: it only repeats another.
    """
    for _, manifest in read_manifests(output)[0]:
        answers = any(chapter["chapter"] != SUMMARY for chapter in manifest["chapters"])
        if manifest["line"]["slug"] == slug and answers:
            return manifest
    return None


def list_chapters(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the chapters of a manifest, each with its headlines."""
    return [
        {
            **chapter,
            "headlines": [record for record in manifest["headlines"] if record["chapter"] == chapter["chapter"]],
        }
        for chapter in manifest["chapters"]
    ]


def _list_runs(output: Path) -> Iterator[Path]:
    for page in sorted(output.glob("*/*/index.html")):
        if not page.parent.parent.name.startswith("."):
            yield page.parent


def _check_manifest(manifest: dict[str, Any]) -> None:
    """Raise unless the manifest holds what is read from it later."""
    if manifest["format"] != FORMAT:
        raise ValueError
    datetime.fromisoformat(manifest["started"])
    texts = (manifest["line"]["name"], manifest["line"]["slug"], manifest["run"], manifest["status"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    for chapter in manifest["chapters"]:
        chapter["chapter"], chapter["status"], chapter["question"], chapter["reason"]
    for record in manifest["headlines"]:
        record["key"].split("."), record["text"].strip(), record["chapter"]


def _describe_run(folder: Path, manifest: dict[str, Any], output: Path) -> dict[str, Any]:
    statuses = [chapter["status"] for chapter in manifest["chapters"]]
    failed, skipped = statuses.count("failed"), statuses.count("skipped")
    light = manifest.get("light")
    said = [f"{len(statuses) - failed - skipped} of {len(statuses)} chapters"]
    said += [f"{failed} failed"] if failed else []
    return {
        "page": quote(f"{folder.relative_to(output).as_posix()}/index.html"),
        "started": datetime.fromisoformat(manifest["started"]).strftime("%Y-%m-%d %H:%M"),
        "period": manifest["line"].get("period") or "",
        "effort": EFFORT_NAMES.get(manifest.get("effort", ""), manifest.get("effort", "")),
        "light": light if light in LIGHTS else None,
        "failed": failed,
        "status": ", ".join(said),
        "top": _find_top(manifest),
    }


def _find_top(manifest: dict[str, Any]) -> str:
    top = pick_top(filter(is_answer, manifest["headlines"]))
    return top["text"] if top else ""
