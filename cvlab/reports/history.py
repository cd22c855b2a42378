"""History: the reports that lie in a folder, newest first, and the one that somebody means by a name.

It is read from the manifests alone, so that reports may be deleted or copied in by hand. A manifest that cannot be read
is named, not stumbled over. Runs stand in the order in which they started, those of the same second in the order of
their names; a clock that went backwards changes the order and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvlab.reports.chapters import SUMMARY
from cvlab.reports.manifest import FORMAT

Manifest = dict[str, Any]


def read_manifests(output: Path) -> tuple[list[tuple[Path, Manifest]], list[str]]:
    """Return folder and manifest of every report, newest first, and the folders whose manifest cannot be read."""
    found: list[tuple[Path, Manifest]] = []
    broken: list[str] = []
    for folder in _list_folders(output):
        try:
            found.append((folder, read_manifest(folder)))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            broken.append(folder.relative_to(output).as_posix())
    found.sort(key=lambda pair: (read_start(pair[1]), pair[1]["run"]), reverse=True)
    return found, broken


def find_newest(output: Path, slug: str) -> Manifest | None:
    """Return the manifest of a line's newest report, or None where it has none.

    A report of nothing but the summary does not count: it only repeats another.
    """
    for _, manifest in read_manifests(output)[0]:
        if manifest["line"]["slug"] == slug and has_answers(manifest):
            return manifest
    return None


def list_chapters(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the chapters of a manifest, each with its headlines."""
    return [
        {
            **chapter,
            "headlines": [record for record in manifest["headlines"] if record["chapter"] == chapter["chapter"]],
        }
        for chapter in manifest["chapters"]
    ]


def has_answers(manifest: Manifest) -> bool:
    """Tell whether a report holds more than the summary, which only repeats another."""
    return any(chapter["chapter"] != SUMMARY for chapter in manifest["chapters"])


def read_start(manifest: Manifest) -> datetime:
    """Return when a run started; a time that names no zone is taken as UTC.

    Examples
    --------
    >>> read_start({"started": "2026-05-31T12:00:00+02:00"}).isoformat()
    '2026-05-31T10:00:00+00:00'
    """
    moment = datetime.fromisoformat(manifest["started"])
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of one report; raise where it does not hold what is read from it later."""
    manifest: Manifest = json.loads((folder / "manifest.json").read_bytes())
    if manifest["format"] != FORMAT:
        raise ValueError(f"the manifest has format {manifest['format']!r}, not {FORMAT}")
    read_start(manifest)
    texts = (manifest["line"]["name"], manifest["line"]["slug"], manifest["run"], manifest["status"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("name, slug, run and status must be text")
    for chapter in manifest["chapters"]:
        chapter["chapter"], chapter["status"], chapter["question"], chapter["reason"]
    for record in manifest["headlines"]:
        record["key"].split("."), record["text"].strip(), record["chapter"]
    return manifest


def _list_folders(output: Path) -> Iterator[Path]:
    for page in sorted(output.glob("*/*/index.html")):
        if not page.parent.parent.name.startswith("."):
            yield page.parent
