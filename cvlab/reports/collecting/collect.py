"""From an executed notebook to what may be published: headlines as data, outputs that were meant, no path of a machine.

Of the outputs only those of `present` and `open_chapter` stay, and pictures; printing, warnings, tracebacks and tables
that were merely displayed do not. Every picture gets a text in its place, for those who hear the page; of one that was
drawn twice, as pixels and as a drawing, the notebook keeps the pixels. Whole tables and drawings are kept beside the
notebook, for the workbook, the slides and the folder of pictures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, QUESTION_MIME, TABLE_MIME
from cvlab.reports.collecting.faults import ERROR_CELL
from cvlab.reports.collecting.headings import find_heading, strip_markup
from cvlab.reports.collecting.paths import Paths
from cvlab.reports.collecting.persons import Persons
from cvlab.reports.collecting.pictures import PNG_MIME, SVG_MIME, Picture, read_png
from cvlab.reports.collecting.strict_json import make_strict
from cvlab.reports.collecting.svg import clean_svg
from cvlab.reports.collecting.tables import find_small_group, find_smallest_group, read_table, withhold_table
from cvlab.reports.plans.chapters import Chapter, Notebook, tags_of

PICTURES = (PNG_MIME, SVG_MIME)


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
        tags = list(tags_of(cell))
        if ERROR_CELL in tags:
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
        elif below := find_heading(source):
            heading, last = below, {}
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
    plain: dict[str, Any] = make_strict(table | {"heading": strip_markup(heading)})
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
    return Picture(number=number, heading=strip_markup(heading), key=key, alt=alt, png=png, svg=svg)


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
    plain = strip_markup(heading)
    for output in outputs:
        for mime in PICTURES:
            if mime in output["data"]:
                output["metadata"].setdefault(
                    mime, {"alt": f"Figure {number}: {plain}. It helps to answer: {question}"}
                )
