"""History: the reports that lie in a folder, newest first, and the one that somebody means by a name.

It is read from the manifests alone, so that reports may be deleted or copied in by hand. A manifest that cannot be read
is named, not stumbled over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cvlab.errors import DataError
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.records.manifest import FORMAT
from cvlab.reports.records.order import Manifest, Run, follow, read_place, read_start
from cvlab.units import KINDS, NumberFormat

LATEST, PREVIOUS = "latest", "previous"
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_MOST_NAMED = 5
_FORMAT_KEYS = {"currency": "currency", "number_format": "locale"}


def read_manifests(output: Path) -> tuple[list[Run], list[str]]:
    """Return folder and manifest of every report, newest first, and the folders whose manifest cannot be read."""
    found: list[Run] = []
    broken: list[str] = []
    for folder in _list_folders(output):
        try:
            found.append((folder, read_manifest(folder)))
        except _UNREADABLE:
            broken.append(folder.relative_to(output).as_posix())
    found.sort(key=lambda pair: (read_place(pair[1]), pair[1]["run"]), reverse=True)
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


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of one report; raise where it does not hold what is read from it later."""
    manifest: Manifest = json.loads((folder / "manifest.json").read_bytes())
    if manifest["format"] != FORMAT:
        raise ValueError(f"it has format {manifest['format']!r}, and this version of cvlab reads {FORMAT}")
    read_start(manifest), read_place(manifest)
    texts = (manifest["line"]["name"], manifest["line"]["slug"], manifest["run"], manifest["status"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("name, slug, run and status must be text")
    NumberFormat(**{own: manifest["line"][name] for name, own in _FORMAT_KEYS.items() if manifest["line"].get(name)})
    for chapter in manifest["chapters"]:
        int(chapter["chapter"]), chapter["status"], chapter["question"], chapter["reason"]
        dict(chapter.get("parameters") or {})
    for record in manifest["headlines"]:
        record["key"].split("."), record["text"].strip(), int(record["chapter"]), dict(record.get("words") or {})
        if record.get("unit", "number") not in KINDS:
            raise ValueError(f"{record['unit']!r} is no kind of number")
        for name in ("value", "low", "high", "level", "smallest_change"):
            float(record.get(name) or 0)  # a whole number that no float can hold ends here
    return manifest


def list_runs(output: Path, line: str = "") -> tuple[list[Run], list[str]]:
    """Return the runs of a folder, of one line where it is named, newest first, and the folders that cannot be read.

    Raises
    ------
    DataError : there is no such folder, or no line of that name.
    """
    if not output.is_dir():
        raise DataError(f"there is no folder {output}: make a report with cvlab report, or name another with --output")
    runs, broken = read_manifests(output)
    return (_of_line(runs, line) if line else runs), broken


def find_runs(output: Path, names: Sequence[str]) -> list[Run]:
    """Find the runs that are meant by names; a line that one of them names holds for the others too.

    Parameters
    ----------
    output : folder of the reports.
    names : each the folder of a report, its name or the beginning of it, `latest` or `previous`, with `LINE/` before it
        where there are several lines. LINE is a line's name, its folder, or the beginning of either.

    Raises
    ------
    DataError : a name fits no run, or more than one; what it may have meant is listed.
    """
    runs, broken = read_manifests(output) if output.is_dir() else ([], [])
    found: dict[int, Run] = {}
    for position, name in enumerate(names):
        line, _, run = name.strip().rpartition("/")
        if line and _match_lines(runs, line):
            found[position] = _pick(_of_line(runs, line), run, output)
        elif opened := _open_path(_find_broken(broken, output, line, run) or name):
            found[position] = opened
    # Names that stand for a single run come first, so that latest and previous know of which line.
    waiting = [position for position in range(len(names)) if position not in found]
    for position in sorted(waiting, key=lambda position: names[position].strip() in (LATEST, PREVIOUS)):
        slugs = {manifest["line"]["slug"] for _, manifest in found.values()}
        mine = [run for run in runs if run[1]["line"]["slug"] in slugs] if len(slugs) == 1 else runs
        found[position] = _pick(mine, names[position].strip(), output)
    return [found[position] for position in range(len(names))]


def _pick(runs: Sequence[Run], name: str, output: Path) -> Run:
    """Return the one run that a name means."""
    if not runs:
        raise DataError(f"there is no report {name!r} in {output}: cvlab runs lists those that there are")
    if name in (LATEST, PREVIOUS):
        return _pick_by_order(runs, name)
    exact = [run for run in runs if name in (run[0].name, run[1]["run"])]
    fitting = exact or [run for run in runs if name and run[0].name.casefold().startswith(name.casefold())]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DataError(f"{name!r} fits {len(fitting)} reports, {_list_names(fitting)}: write more of the one you mean")
    near = get_close_matches(name, [_name_run(run) for run in runs] + [run[0].name for run in runs], n=3, cutoff=0.5)
    said = f"did you mean {' or '.join(near)}?" if near else f"there are {_list_names(runs)}"
    raise DataError(f"there is no report {name!r} in {output}: {said}")


def _pick_by_order(runs: Sequence[Run], name: str) -> Run:
    slugs = list(dict.fromkeys(manifest["line"]["slug"] for _, manifest in runs))
    if len(slugs) > 1:
        raise DataError(f"{name!r} of which line? Write LINE/{name}, with one of {_list(slugs)}")
    answering = follow([run for run in runs if has_answers(run[1])])
    place = 0 if name == LATEST else 1
    if len(answering) <= place:
        count = f"{len(answering)} run{'' if len(answering) == 1 else 's'}"
        raise DataError(f"{slugs[0]} has reports of {count}: none is {name!r}")
    return answering[place]


def _of_line(runs: Sequence[Run], line: str) -> list[Run]:
    slugs = _match_lines(runs, line)
    if len(slugs) == 1:
        return [run for run in runs if run[1]["line"]["slug"] == slugs[0]]
    if slugs:
        raise DataError(f"{line!r} fits {len(slugs)} lines, {_list(slugs)}: write more of the one you mean")
    known = list(dict.fromkeys(manifest["line"]["slug"] for _, manifest in runs))
    raise DataError(f"there is no report of a line {line!r}: there are {_list(known) or 'none at all'}")


def _match_lines(runs: Iterable[Run], text: str) -> list[str]:
    """Return the slugs of the lines that a text means: by its slug, name or folder, else by how one of these begins."""
    asked = text.strip().casefold()
    names: dict[str, set[str]] = {}
    for _, manifest in runs:
        line = manifest["line"]
        names.setdefault(line["slug"], set()).update(
            str(line[key]).casefold() for key in ("slug", "name", "folder") if line.get(key)
        )
    exact = [slug for slug, own in names.items() if asked in own]
    return exact or [slug for slug, own in names.items() if asked and any(name.startswith(asked) for name in own)]


def _open_path(name: str) -> Run | None:
    """Read the report in a folder that is named by its path; None where there is none."""
    path = Path(name)
    folder = path.parent if path.name in ("index.html", "manifest.json") else path
    if not os.path.isfile(folder / "manifest.json"):
        return None
    try:
        return folder.resolve(), read_manifest(folder)
    except _UNREADABLE as error:
        said = str(error) or type(error).__name__
        raise DataError(
            f"the manifest in {folder} cannot be used ({said}): make the report again, or update cvlab if a newer one "
            "made it"
        ) from None


def _find_broken(broken: Iterable[str], output: Path, line: str, run: str) -> str:
    """Return the path of a report that a name means and whose manifest cannot be read, so that it is said why."""
    named = (folder for folder in broken if run and folder.endswith(f"/{run}") and folder.startswith(line))
    return next((str(output / folder) for folder in named), "")


def _name_run(run: Run) -> str:
    return f"{run[1]['line']['slug']}/{run[0].name}"


def _list_names(runs: Sequence[Run]) -> str:
    return _list([_name_run(run) for run in runs])


def _list(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _list_folders(output: Path) -> Iterator[Path]:
    for page in sorted(output.glob("*/*/index.html")):
        if not page.parent.parent.name.startswith("."):
            yield page.parent
