"""The plan: which chapters run for which product lines, with which parameters. Nothing starts before all of it holds.

Every notebook, every parameter and every line is checked first, and everything found wrong is said at once: a report
that stops after ten minutes because of a misspelled parameter, or runs to its end and ignores it, is worse than none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvlab.analyses.common.effort import effort_settings
from cvlab.errors import DataError, ParameterError, Problem
from cvlab.reports.plans.chapters import CHAPTER_FILE, TOUR, Chapter, chapter_number, read_chapter
from cvlab.reports.plans.parameters import convert_value, is_name
from cvlab.tables.product_line import ProductLine, read_product_line

CHECKOUT = Path(__file__).resolve().parents[3]
# The parameter by which a chapter is told which characteristics of customers to cross.
CROSSED = "segment_by"
OWN_PARAMETERS = {
    "product_line": "give the line's folder instead",
    "effort": "give the effort of the whole report instead",
    "headlines": "the report fills it in for the summary",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    lines : the product lines, read and checked.
    chapters : the chapters in order of their numbers.
    effort : "quick" or "full".
    parameters : what the caller set, typed.
    by_chapter : chapter number → values of its parameters, without those that differ by line.
    """

    lines: tuple[ProductLine, ...]
    chapters: tuple[Chapter, ...]
    effort: str
    parameters: Mapping[str, Any]
    by_chapter: Mapping[int, Mapping[str, Any]]


def make_plan(
    folders: Sequence[str | Path],
    *,
    chapters: Sequence[int] | None = None,
    parameters: Mapping[str, Any] | None = None,
    effort: str = "quick",
    notebooks: str | Path | None = None,
) -> Plan:
    """Read and check everything that a run needs.

    Raises
    ------
    ParameterError : a chapter, a parameter or a notebook is not what it should be; all problems are listed.
    DataError : a product line cannot be used, or two would share a report folder; all problems of all lines are listed.
    """
    effort_settings(effort)
    selected = select_chapters(find_notebooks(notebooks), chapters)
    by_chapter = _fill_parameters(selected, parameters or {}, effort)
    typed = {
        name: values[name] for values in by_chapter.values() for name in (parameters or {}) if name in values
    }  # fmt: skip
    lines = _read_lines([Path(folder) for folder in folders])
    _check_characteristics(lines, selected, by_chapter)
    return Plan(
        lines=lines,
        chapters=selected,
        effort=effort,
        parameters=typed,
        by_chapter=by_chapter,
    )


def check_reports(plans: Sequence[Plan]) -> None:
    """Raise DataError where plans ask for the same report twice; a line may come again with other parameters.

    Raises
    ------
    DataError : two lines share a name, or one line comes twice with the same chapters and parameters.
    """
    seen: dict[str, list[tuple[Path, Plan]]] = {}
    complaints = []
    for plan in plans:
        for line in plan.lines:
            folder = Path(line.folder)
            for other, before in seen.setdefault(line.slug, []):
                if other.resolve() != folder.resolve():
                    complaints.append(_say_both_called(other, folder, line.name))
                elif before.by_chapter == plan.by_chapter:
                    complaints.append(
                        f"{folder} is given twice with the same chapters and parameters: "
                        "give it once, or let them differ"
                    )
            seen[line.slug].append((folder, plan))
    if complaints:
        raise DataError("\n".join(dict.fromkeys(complaints)))


def find_notebooks(folder: str | Path | None = None) -> Path:
    """Return the folder of the chapters: the one given, else that of the checkout cvlab runs from.

    Raises
    ------
    ParameterError : there is no such folder, or it holds no chapter.
    """
    found = Path(folder) if folder is not None else CHECKOUT / "notebooks"
    if not found.is_dir():
        asked = f"there is no folder {found}" if folder is not None else "cvlab does not run from a checkout"
        raise ParameterError(f"{asked}: give the folder that holds the notebooks, such as --notebooks notebooks")
    if not _list_chapters(found):
        raise ParameterError(f"the folder {found} holds no chapter: chapters are named like 02_segments.ipynb")
    return found


def find_samples(folder: str | Path | None = None) -> tuple[Path, ...]:
    """Return the folders of the sample lines: those in the folder given, else those of the checkout.

    Raises
    ------
    ParameterError : there are none.
    """
    found = Path(folder) if folder is not None else CHECKOUT / "data" / "sample"
    samples = tuple(sorted(path.parent for path in found.glob("*/product_line.yaml")))
    if not samples:
        asked = f"the folder {found} holds no product line" if folder is not None else "the sample lines are not here"
        raise ParameterError(f"{asked}: give the folder of your own line, the one with product_line.yaml")
    return samples


def read_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Return name → value as typed, from texts such as `n_clusters=3`.

    Raises
    ------
    ParameterError : a text has no `=`, or a name comes twice.

    Examples
    --------
    >>> read_assignments(["code=007", "note=a=b"])
    {'code': '007', 'note': 'a=b'}
    """
    assigned: dict[str, str] = {}
    problems = []
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            problems.append(f"{text!r} sets nothing: write name=value")
        elif name in assigned:
            problems.append(f"{name} is set twice: set it once")
        assigned[name] = value
    if problems:
        raise ParameterError("\n".join(problems))
    return assigned


def _list_chapters(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.ipynb")) if CHAPTER_FILE.fullmatch(path.name)]


def select_chapters(folder: Path, wanted: Sequence[int] | None) -> tuple[Chapter, ...]:
    """Read the chapters of these numbers, or all but the tour; ParameterError where any cannot be had."""
    files: dict[int, list[Path]] = {}
    for path in _list_chapters(folder):
        files.setdefault(chapter_number(path), []).append(path)
    problems = [
        f"chapter {number} is there more than once: {', '.join(path.name for path in paths)}. Keep one"
        for number, paths in files.items()
        if len(paths) > 1
    ]
    known = sorted(number for number in files if number != TOUR)
    numbers = known if wanted is None else sorted(set(wanted))
    for number in numbers:
        if number == TOUR:
            problems.append("chapter 0 is the tour and no part of a report: leave it out")
        elif number not in files:
            problems.append(f"there is no chapter {number}: there are {', '.join(map(str, known))}")
    if wanted is not None and not numbers:
        problems.append("no chapter is selected: name at least one, such as 2,6")
    chapters = []
    for number in numbers:
        if number in known:
            try:
                chapters.append(read_chapter(files[number][0]))
            except ParameterError as error:
                problems.append(str(error))
    _stop(problems)
    return tuple(chapters)


def _fill_parameters(
    chapters: Sequence[Chapter], given: Mapping[str, Any], effort: str
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """Set what the caller gave and what the run decides, over each chapter's defaults."""
    declared = {name for chapter in chapters for name in chapter.parameters} - set(OWN_PARAMETERS)
    problems = []
    for name in given:
        if name in OWN_PARAMETERS:
            problems.append(f"{name} cannot be set: {OWN_PARAMETERS[name]}")
        elif not isinstance(name, str) or not is_name(name):
            problems.append(f"{name!r} cannot be the name of a parameter: names are single words such as n_clusters")
        elif name not in declared:
            problems.append(f"no selected chapter has a parameter {name}: {_suggest(name, declared)}")
    filled: dict[int, dict[str, Any]] = {}
    for chapter in chapters:
        values = {name: parameter.default for name, parameter in chapter.parameters.items()}
        for name, value in ({"effort": effort} | dict(given)).items():
            if name in chapter.parameters and (name in declared or name == "effort"):
                try:
                    values[name] = convert_value(value, chapter.parameters[name])
                except ParameterError as error:
                    problems.append(f"{error} (chapter {chapter.number} declares it)")
        filled[chapter.number] = values
    _stop(problems)
    return filled


def _suggest(name: str, declared: Iterable[str]) -> str:
    known = sorted(declared)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {', '.join(known)}" if known else "they have none that can be set"


def _read_lines(folders: Sequence[Path]) -> tuple[ProductLine, ...]:
    if not folders:
        raise ParameterError("no product line is given: give at least one folder with a product_line.yaml")
    lines: list[ProductLine] = []
    complaints: list[str] = []
    problems: list[Problem] = []
    taken: dict[str, Path] = {}
    for folder in folders:
        try:
            line = read_product_line(folder)
        except DataError as error:
            complaints.append(str(error))
            problems.extend(error.problems)
            continue
        if line.slug in taken and taken[line.slug].resolve() == folder.resolve():
            complaints.append(f"{folder} is given twice: give it once")
        elif line.slug in taken:
            complaints.append(_say_both_called(taken[line.slug], folder, line.name))
        taken.setdefault(line.slug, folder)
        lines.append(line)
    if complaints:
        raise DataError("\n".join(complaints), problems)
    return tuple(lines)


def _say_both_called(first: Path, second: Path, name: str) -> str:
    return (
        f"{first} and {second} are both called {name}: their reports would share a folder. "
        "Give each its own name in product_line.yaml"
    )


def _check_characteristics(
    lines: Sequence[ProductLine], chapters: Sequence[Chapter], by_chapter: Mapping[int, Mapping[str, Any]]
) -> None:
    """Let each line look up the characteristics that its chapters are told to cross."""
    problems = []
    for line in lines:
        for chapter in chapters:
            named = by_chapter[chapter.number].get(CROSSED)
            if isinstance(named, str) and not chapter.why_skipped(line.has):
                try:
                    line.choose_characteristics(named)
                except ParameterError as error:
                    problems.append(f"{CROSSED} is {named!r}, but in {line.name} {error}")
    _stop(problems)


def _stop(problems: Sequence[str]) -> None:
    if problems:
        raise ParameterError("\n".join(dict.fromkeys(problems)))
