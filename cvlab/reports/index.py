"""The index: every report of every line in a folder, on one page, newest first.

It is made from the manifests that lie there, so that reports may be deleted or copied in by hand; a manifest that
cannot be read is named at the foot, not stumbled over.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cvlab.reports.history import read_manifests
from cvlab.reports.manifest import LIGHTS
from cvlab.reports.pages import EFFORT_NAMES, make_environment
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
