"""From an executed notebook to what may be published: headlines as data, outputs that were meant, no path of a machine.

Of the outputs only those of `present` and `open_chapter` stay, and pictures; printing, warnings, tracebacks and tables
that were merely displayed do not. Every picture gets a text in its place, for those who hear the page; of one that was
drawn twice, as pixels and as a drawing, the notebook keeps the pixels. Whole tables and drawings are kept beside the
notebook, for the workbook, the slides and the folder of pictures.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, QUESTION_MIME, TABLE_MIME
from cvlab.reports.kernels.execution import Fault
from cvlab.reports.plans.chapters import Chapter, Notebook, tags_of
from cvlab.reports.publishing.pictures import PNG_MIME, SVG_MIME, Picture, read_png
from cvlab.reports.publishing.svg import clean_svg
from cvlab.reports.running.persons import Persons
from cvlab.reports.running.tables import find_small_group, find_smallest_group, read_table, withhold_table

PICTURES = (PNG_MIME, SVG_MIME)
OWN_ERRORS = ("DataError", "ParameterError", "MissingExtraError", "MissingTableError")
Status = Literal["done", "failed", "skipped"]
_PAPERMILL_TAGS = ("papermill-error-cell-tag",)
_ABSOLUTE_PATH = re.compile(r"(?<![\w/.])(?:/[\w.@+-]+){2,}/?|\b[A-Za-z]:\\[^\s'\"<>]+")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOST_WORDS = 600


@dataclass(frozen=True, kw_only=True)
class ChapterRun:
    """One chapter of one line after the run.

    Attributes
    ----------
    status : done, failed or skipped.
    reason : why it failed or was skipped, in plain words; empty when done.
    detail : of a failure, all that the error says; it may hold values of the data, and is never published.
    missing : the tables of which one would let a skipped chapter answer.
    missing_all : the tables that it lacks beside, each of which it needs.
    notebook : the published form; None when there is nothing to show.
    headlines : records of `Headline.to_record`.
    notes : the caveats that the chapter presented.
    tables : the whole tables that it presented, in order, as `cvlab.reports.running.tables.read_table` gives them.
    pictures : what it drew, in order.
    traceback : of a failed cell; for the person who repairs it, never published.
    """

    chapter: Chapter
    status: Status
    reason: str = ""
    detail: str = ""
    missing: tuple[str, ...] = ()
    missing_all: tuple[str, ...] = ()
    seconds: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notebook: Notebook | None = None
    headlines: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    pictures: tuple[Picture, ...] = ()
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What an executed notebook leaves behind: its published form, and the whole tables and pictures beside it."""

    notebook: Notebook
    tables: tuple[dict[str, Any], ...]
    pictures: tuple[Picture, ...]


def collect_chapter(
    notebook: Notebook,
    chapter: Chapter,
    *,
    parameters: Mapping[str, Any],
    paths: Paths,
    persons: Persons = Persons(),  # noqa: B008  frozen
) -> Collected:
    """Return what an executed notebook has for its readers.

    Parameters
    ----------
    parameters : what its injected cell shall say, with names in the place of paths.
    persons : who must not be named in it.
    """
    smallest_group = find_smallest_group(
        output for cell in notebook["cells"] for output in cell.get("outputs") or () if "data" in output
    )
    tables: dict[str, dict[str, Any]] = {}
    pictures: list[Picture] = []
    cells: list[Notebook] = []
    heading, latest, n_drawn = chapter.title, "", 0
    last: dict[str, Any] = {}  # the table above, to which a question belongs
    for cell in notebook["cells"]:
        tags = [tag for tag in tags_of(cell) if tag not in _PAPERMILL_TAGS]
        if len(tags) < len(tags_of(cell)):
            continue
        source = "".join(cell["source"]) if isinstance(cell["source"], list) else cell["source"]
        clean: Notebook = {"cell_type": cell["cell_type"], "id": cell.get("id", f"cell-{len(cells)}")}
        clean["metadata"] = {"tags": tags} if tags else {}
        if cell["cell_type"] == "code":
            outputs = [kept for output in cell.get("outputs", ()) if (kept := _keep_output(output, paths, persons))]
            if any(picture in output["data"] for output in outputs for picture in PICTURES):
                n_drawn += 1
                _describe_pictures(outputs, heading, chapter.question, n_drawn)
            for output in outputs:
                latest = _find_key(output) or latest
                if table := _take_table(output, heading, smallest_group):
                    # The same result may be presented twice, with different columns.
                    last = tables.setdefault(json.dumps(table, sort_keys=True), table)
                elif asked := _find_questions(output):
                    last["questions"] = list(dict.fromkeys([*last.get("questions", ()), *asked]))
                if picture := _take_picture(output, heading, latest, len(pictures) + 1):
                    pictures.append(picture)
            outputs = [output for output in outputs if output["data"]]
            clean.update(execution_count=cell.get("execution_count"), outputs=outputs)
            if "injected-parameters" in tags:
                source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        elif found := re.findall(r"^#+ +(.+)$", source, re.MULTILINE):
            heading, last = found[-1].strip(), {}
        cells.append(clean | {"source": source})
    published = {"nbformat": 4, "nbformat_minor": 5, "metadata": _describe_notebook(chapter), "cells": cells}
    return Collected(notebook=published, tables=tuple(tables.values()), pictures=tuple(pictures))


def collect_headlines(notebook: Notebook) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
    """Return the headlines that a published notebook presented, in order, and its notes, each once."""
    headlines: list[dict[str, Any]] = []
    notes: dict[str, None] = {}
    for data in _presented(notebook):
        headlines += [
            make_strict(record)
            for record in data.get("headlines") or ()
            if isinstance(record, dict) and isinstance(record.get("key"), str)
        ]
        notes.update(dict.fromkeys(str(note) for note in data.get("notes") or ()))
    return tuple(headlines), tuple(notes)


def find_unrun(notebook: Notebook) -> bool:
    """Tell whether a cell with code was never run although nothing failed: the notebook left early."""
    return any(
        cell["cell_type"] == "code"
        and "".join(cell["source"]).strip()
        and cell.get("execution_count") is None
        and "skip-execution" not in tags_of(cell)
        for cell in notebook["cells"]
    )


def explain_fault(fault: Fault, chapter: Chapter, *, paths: Paths) -> str:
    """Say in plain words what stopped a chapter and what to do about it, for the person who ran it."""
    message = paths.strip(_ANSI.sub("", fault.message)).strip()
    again = f"Open {chapter.name}.ipynb in JupyterLab with this product line to see where"
    if fault.kind == "timeout":
        return (
            f"It was stopped because it took longer than {message} seconds. "
            "Allow more time, or run it with effort quick."
        )
    if fault.kind == "kernel":
        return f"Its kernel died, most often for want of memory. Close other programs or run with one worker. {again}."
    if fault.kind == "cell" and fault.name in OWN_ERRORS:
        return message
    shortened = message if len(message) <= _MOST_WORDS else message[:_MOST_WORDS].rstrip() + " …"
    said = f"{fault.name}: {shortened}" if shortened else fault.name
    return f"It met an error that it does not expect. {again}. The error says: {said}"


def publish_fault(fault: Fault, chapter: Chapter, notebook: Notebook | None, *, paths: Paths, persons: Persons) -> str:
    """Say what stopped a chapter, for every reader of the report.

    What an error that nobody expected says may hold any value of the data: only its kind and its place are told. An
    error of our own says what to mend, and says it without a person's name.
    """
    told = explain_fault(fault, chapter, paths=paths)
    if fault.kind not in ("cell", "runner"):
        return told
    if fault.kind == "cell" and fault.name in OWN_ERRORS:
        hidden = persons.hide_all(told)
        rest = " The page leaves out what may name a person; the terminal has shown it."
        return told if hidden == told else hidden.rstrip() + ("" if hidden.rstrip().endswith(".") else ".") + rest
    kind = fault.name if persons.hide_all(fault.name).isidentifier() else "error"
    heading = _find_fault(notebook) if notebook else ""
    place = f", in the section “{heading}”" if heading else ""
    return (
        f"It met an error that it does not expect: {kind}{place}. What the error says may hold data of persons and is "
        f"not published; the terminal has shown it. Open {chapter.name}.ipynb in JupyterLab with this product line."
    )


def make_strict(value: Any) -> Any:
    """Return a copy that strict JSON can hold: numbers that are missing or infinite become None."""
    if isinstance(value, Mapping):
        return {str(name): make_strict(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Paths of this machine and what stands for them in what is published."""

    names: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> Paths:
        """Put the longest first, so that a folder inside another keeps its own name."""
        return cls(names=tuple(sorted(names.items(), key=lambda pair: -len(pair[0]))))

    def strip(self, text: str) -> str:
        """Replace the known paths by their names, and cut any other absolute path to its last part."""
        for path, name in self.names:
            text = text.replace(path, name)
        return _ABSOLUTE_PATH.sub(lambda found: re.split(r"[\\/]", found[0].rstrip("\\/"))[-1], text)

    def strip_known(self, value: Any) -> Any:
        """Replace the known paths in every text of a JSON value."""
        if isinstance(value, str):
            for path, name in self.names:
                value = value.replace(path, name)
            return value
        if isinstance(value, dict):
            return {self.strip_known(name): self.strip_known(item) for name, item in value.items()}
        return [self.strip_known(item) for item in value] if isinstance(value, list) else value


def _presented(notebook: Notebook) -> Iterable[dict[str, Any]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output["data"].get(HEADLINE_MIME)
            if isinstance(data, dict):
                yield data


def _keep_output(output: Notebook, paths: Paths, persons: Persons) -> Notebook | None:
    """Return what may stay of one output, or None."""
    if output.get("output_type") not in ("display_data", "execute_result"):
        return None
    data = {mime: "".join(value) if isinstance(value, list) else value for mime, value in output["data"].items()}
    own = [mime for mime in (HEADLINE_MIME, CHAPTER_MIME, QUESTION_MIME, TABLE_MIME) if mime in data]
    kept = [mime for mime in (["text/html", *own] if own else PICTURES) if mime in data]
    if not kept:
        return None
    metadata = output.get("metadata") or {}

    def hide(value: Any) -> Any:
        return persons.hide_within(paths.strip_known(value))

    described = {mime: {"alt": hide(str(metadata[mime]["alt"]))} for mime in kept if _has_text(metadata.get(mime))}
    return {
        "output_type": "display_data",
        "data": {mime: data[mime] if mime == PNG_MIME else hide(data[mime]) for mime in kept},
        "metadata": described,
    }


def _take_table(output: Notebook, heading: str, smallest_group: int) -> dict[str, Any] | None:
    """Take the whole table out of an output; what may not be shown goes from the page, too."""
    table = read_table(output["data"])
    output["data"].pop(TABLE_MIME, None)
    if table is None:
        return None
    if find_small_group(table, smallest_group):
        output["data"]["text/html"] = withhold_table(output["data"].get("text/html", ""))
        return None
    plain: dict[str, Any] = make_strict(table | {"heading": _plain(heading)})
    return plain


def _find_key(output: Notebook) -> str:
    """Return the key of the headline that an output presents, or "" where it presents none."""
    data = output["data"].get(HEADLINE_MIME)
    records = data.get("headlines") if isinstance(data, dict) else None
    return next((str(record.get("key", "")) for record in records or () if isinstance(record, dict)), "")


def _find_questions(output: Notebook) -> list[str]:
    """Return what people were asked, as an output says it below a table or a picture of their answers."""
    data = output["data"].get(QUESTION_MIME)
    return [str(text) for text in data.get("questions") or ()] if isinstance(data, dict) else []


def _take_picture(output: Notebook, heading: str, key: str, number: int) -> Picture | None:
    """Read the picture of an output, which then keeps its pixels, or its cleaned drawing where it has no pixels."""
    data, described = output["data"], output["metadata"]
    if not any(mime in data for mime in PICTURES):
        return None
    png, svg = read_png(data.get(PNG_MIME, "")), clean_svg(data.get(SVG_MIME, ""))
    alt = next((described[mime]["alt"] for mime in PICTURES if mime in described), "")
    if PNG_MIME in data:
        data.pop(SVG_MIME, None)
        described.pop(SVG_MIME, None)
    elif svg:
        data[SVG_MIME] = svg
    else:
        del data[SVG_MIME]
    if png is None and not svg:
        return None
    return Picture(number=number, heading=_plain(heading), key=key, alt=alt, png=png, svg=svg)


def _find_fault(notebook: Notebook) -> str:
    """Return the heading above the cell that failed."""
    heading = ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if _PAPERMILL_TAGS[0] in tags_of(cell):
            continue
        if cell["cell_type"] != "code" and (found := re.findall(r"^#+ +(.+)$", source, re.MULTILINE)):
            heading = _plain(found[-1].strip())
        if any(output.get("output_type") == "error" for output in cell.get("outputs") or ()):
            break
    return heading


def _plain(heading: str) -> str:
    return re.sub(r"[*_`#]", "", heading)


def _describe_notebook(chapter: Chapter) -> dict[str, Any]:
    return {
        "cvlab": {
            "chapter": chapter.number,
            "part": chapter.part,
            "question": chapter.question,
            "decision": chapter.decision,
            "needs_any": list(chapter.needs_any),
            "needs_all": list(chapter.needs_all),
        },
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }


def _has_text(described: object) -> bool:
    return isinstance(described, dict) and bool(described.get("alt"))


def _describe_pictures(outputs: Iterable[Notebook], heading: str, question: str, number: int) -> None:
    plain = _plain(heading)
    for output in outputs:
        for mime in PICTURES:
            if mime in output["data"]:
                output["metadata"].setdefault(
                    mime, {"alt": f"Figure {number}: {plain}. It helps to answer: {question}"}
                )
