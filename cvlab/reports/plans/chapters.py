"""Chapters: notebooks that a report can run, what they ask for, and the form in which they are run.

A chapter is a notebook `NN_name.ipynb` whose metadata say, under `cvlab`: its number, its part of the report, its
question, the tables of which it needs at least one (`needs_any`), those that it needs all (`needs_all`, optional) and
the decision that its answer is for (`decision`, optional) and the headlines on which it rests, the first that has a
number first (`deciding`, optional).
One cell tagged `parameters` declares its parameters. Cells tagged `needs:<table>` fall away where the line lacks the
table (or the key of its yaml file, see `cvlab.tables.needs`); cells tagged `interactive` always do. A section, from its
heading to the next of the same rank, goes as a whole when nothing but its heading would be left; one sentence says what
it needs.

Notebooks are read as the JSON they are; nothing is run or guessed here.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvlab.errors import ParameterError
from cvlab.reports.plans.parameters import Parameter, read_parameters
from cvlab.tables.needs import describe_need
from cvlab.tables.schema import TABLES

CHAPTER_FILE = re.compile(r"(\d{2})_[\w-]+\.ipynb")
PARTS = ("light", "who", "worth", "offer", "keep", "first")
SUMMARY = 12
TOUR = 0

Notebook = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One notebook of the report.

    Attributes
    ----------
    number : its place in the report; 12 is the summary, which runs last and stands first.
    name : the file's name without its ending, such as `02_segments_and_clusters`.
    title : its first heading.
    needs_any : tables of which the line must have at least one; empty when the chapter needs none.
    needs_all : tables that the line must have, each of them.
    decision : what its answer is to decide; empty where its metadata do not say.
    deciding : keys of the headlines that it rests on, in order; empty where its metadata do not say.
    notebook : the file's content, sources as one text each.
    sha256 : of the file, so that a manifest tells which version ran.
    """

    number: int
    name: str
    path: Path
    title: str
    part: str
    question: str
    needs_any: tuple[str, ...]
    needs_all: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    notebook: Notebook
    sha256: str
    decision: str = ""
    deciding: tuple[str, ...] = ()

    def why_skipped(self, has: Callable[[str], bool]) -> str:
        """Return why a line with these tables cannot answer this chapter, or "" if it can."""
        one_of, each = self.find_missing_any(has), self.find_missing_all(has)
        if len(one_of) == 1:
            one_of, each = (), tuple(dict.fromkeys((*each, *one_of)))
        said = []
        if each:
            names, files = " and ".join(each), " and ".join(f"{table}.csv" for table in each)
            tables = "table" if len(each) == 1 else "tables"
            said.append(f"It needs the {tables} {names}, which this line lacks: add {files} to its folder.")
        if one_of:
            names, files = ", ".join(one_of), " or ".join(f"{table}.csv" for table in one_of)
            said.append(
                f"It needs at least one of the tables {names}, and this line has none: add {files} to its folder."
            )
        return " ".join(said)

    def find_missing_any(self, has: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the tables of which one is needed and none is there."""
        return () if any(has(table) for table in self.needs_any) else self.needs_any

    def find_missing_all(self, has: Callable[[str], bool]) -> tuple[str, ...]:
        """Return those tables that are not there of all that are needed."""
        return tuple(table for table in self.needs_all if not has(table))

    def prepare(self, has: Callable[[str], bool]) -> Notebook:
        """Return the notebook as it runs for a line with these tables: cells that cannot work are gone."""
        prepared = copy.deepcopy(self.notebook)
        everything = prepared["cells"]
        missing = [find_missing(tags_of(cell), has) for cell in everything]
        stays = [
            not lacks and "interactive" not in tags_of(cell) for cell, lacks in zip(everything, missing, strict=True)
        ]
        _drop_empty_sections(everything, stays, missing)
        cells: list[Notebook] = []
        said: set[tuple[str, ...]] = set()
        gone = 0  # rank of the section that is left out here: its subsections go without a word
        for cell, stay, lacks in zip(everything, stays, missing, strict=True):
            rank = _heading_rank(cell)
            if stay:
                cells.append(_without_outputs(cell))
            elif lacks and lacks not in said and rank and not 0 < gone < rank and "interactive" not in tags_of(cell):
                said.add(lacks)
                cells.append(_say_missing(lacks, position=len(cells)))
            if rank and not 0 < gone < rank:
                gone = 0 if stay else rank
        prepared["cells"] = cells
        return prepared


def read_chapter(path: Path) -> Chapter:
    """Read one chapter and everything it declares.

    Raises
    ------
    ParameterError : the file is no notebook, its metadata lack what a chapter needs, or its parameters are not plain.
    """
    raw, notebook = _read_notebook(path)
    declared = notebook.get("metadata", {}).get("cvlab")
    number = chapter_number(path)
    if not isinstance(declared, dict):
        raise ParameterError(f"{path.name}: its metadata lack `cvlab`: give it chapter, part, question and needs_any")
    problems = _check_declared(declared, number)
    try:
        parameters = _find_parameters(notebook)
    except ParameterError as error:
        parameters = {}
        problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return Chapter(
        number=number,
        name=path.stem,
        path=path,
        title=_find_title(notebook) or _title_from_name(path.stem),
        part=declared["part"],
        question=declared["question"],
        needs_any=tuple(declared.get("needs_any") or ()),
        needs_all=tuple(declared.get("needs_all") or ()),
        parameters=parameters,
        notebook=notebook,
        sha256=hashlib.sha256(raw).hexdigest(),
        decision=(declared.get("decision") or "").strip(),
        deciding=tuple(declared.get("deciding") or ()),
    )


def chapter_number(path: Path) -> int:
    """Return the number in the name of a chapter's file."""
    return int(path.name[:2])


def tags_of(cell: Notebook) -> list[str]:
    """Return the tags of a cell."""
    return [tag for tag in cell.get("metadata", {}).get("tags") or () if isinstance(tag, str)]


def find_missing(tags: Collection[str], has: Callable[[str], bool]) -> tuple[str, ...]:
    """Return what a cell with these tags needs and the line lacks; `needs:a|b` is met by either.

    Examples
    --------
    >>> find_missing(["needs:rungs", "needs:contracts|transactions"], {"contracts"}.__contains__)
    ('rungs',)
    """
    needs = [tag.removeprefix("needs:") for tag in tags if tag.startswith("needs:")]
    return tuple(need for need in needs if not any(has(table) for table in need.split("|")))


def _read_notebook(path: Path) -> tuple[bytes, Notebook]:
    try:
        raw = path.read_bytes()
        notebook = json.loads(raw)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path.name} cannot be read as a notebook: {type(error).__name__}") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        raise ParameterError(f"{path.name} is not a notebook of format 4: open and save it in JupyterLab")
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or "cell_type" not in cell:
            raise ParameterError(f"{path.name} has a cell without a type: open and save it in JupyterLab")
        source = cell.get("source", "")
        cell["source"] = "".join(source) if isinstance(source, list) else str(source)
        cell.setdefault("metadata", {})
    return raw, notebook


def _check_declared(declared: Mapping[str, Any], number: int) -> list[str]:
    problems = []
    if declared.get("chapter") != number:
        problems.append(
            f"its metadata say chapter {declared.get('chapter')!r}, its name says {number}: make them agree"
        )
    if declared.get("part") not in PARTS:
        problems.append(f"its part is {declared.get('part')!r}: give one of {', '.join(PARTS)}")
    question = declared.get("question")
    if not isinstance(question, str) or not question.strip():
        problems.append("its metadata lack the question that the chapter answers")
    if not isinstance(declared.get("decision") or "", str):
        problems.append(f"its decision is {declared['decision']!r}: say in a sentence what its answer is to decide")
    for name in ("needs_any", "needs_all"):
        needs = declared.get(name) or []
        if not isinstance(needs, list) or not all(isinstance(table, str) for table in needs):
            problems.append(f"{name} is not a list of names of tables")
    deciding = declared.get("deciding") or []
    if not isinstance(deciding, list) or not all(isinstance(key, str) for key in deciding):
        problems.append("deciding is not a list of keys of headlines, such as willingness_to_pay.best_price")
    return problems


def _find_parameters(notebook: Notebook) -> dict[str, Parameter]:
    tagged = [cell for cell in notebook["cells"] if "parameters" in tags_of(cell)]
    if len(tagged) != 1:
        count = "no cell" if not tagged else f"{len(tagged)} cells"
        raise ParameterError(f"{count} tagged `parameters`: tag exactly one, or every default would win in silence")
    parameters = read_parameters(tagged[0]["source"])
    if "product_line" not in parameters or parameters["product_line"].annotation != "str":
        raise ParameterError("its parameters cell must declare product_line: str")
    return parameters


def _find_title(notebook: Notebook) -> str:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (heading := re.search(r"^# +(.+)$", cell["source"], re.MULTILINE)):
            return re.sub(r"^\d+\s*[·.:–-]\s*", "", heading[1].strip())
    return ""


def _title_from_name(name: str) -> str:
    return name[3:].replace("_", " ").capitalize()


def _heading_rank(cell: Notebook) -> int:
    """Return the rank of the heading with which a cell of prose begins, 1 for the title; 0 where it begins without."""
    heading = re.match(r"\s*(#{1,6}) ", cell["source"]) if cell["cell_type"] == "markdown" else None
    return len(heading[1]) if heading else 0


def _drop_empty_sections(cells: list[Notebook], stays: list[bool], missing: list[tuple[str, ...]]) -> None:
    """Let a heading go, too, where all that followed it in its section has gone; it then lacks what those cells lacked.

    Sections are looked at from the last to the first, so that one whose subsections are all gone goes as well.
    """
    ranks = [_heading_rank(cell) for cell in cells]
    for start in reversed(range(len(cells))):
        if not stays[start] or ranks[start] < 2:
            continue
        end = next((later for later in range(start + 1, len(cells)) if 0 < ranks[later] <= ranks[start]), len(cells))
        inside = range(start + 1, end)
        if inside and not any(stays[position] for position in inside):
            stays[start] = False
            missing[start] = tuple(dict.fromkeys(table for position in inside for table in missing[position]))


def _say_missing(tables: tuple[str, ...], *, position: int) -> Notebook:
    if all(each in TABLES for need in tables for each in need.split("|")):
        need = f"the table{'s' if len(tables) > 1 else ''} " + _list_tables(tables, "")
        remedy = _list_tables(tables, ".csv") + " to the product line's folder"
    else:
        need, remedy = (_list_needs(tables, part) for part in (0, 1))
    return {
        "cell_type": "markdown",
        "id": f"left-out-{position}",
        "metadata": {"tags": ["left-out"]},
        "source": f"*A section is left out: it needs {need}. Add {remedy} to see it.*",
    }


def _list_tables(tables: tuple[str, ...], ending: str) -> str:
    choices = (" or ".join(f"`{table}{ending}`" for table in need.split("|")) for need in tables)
    return " and ".join(choices)


def _list_needs(needs: tuple[str, ...], part: int) -> str:
    """Say what is needed (part 0), or what to add (part 1)."""
    return " and ".join(" or ".join(describe_need(name)[part] for name in need.split("|")) for need in needs)


def _without_outputs(cell: Notebook) -> Notebook:
    if cell["cell_type"] == "code":
        cell.update(outputs=[], execution_count=None)
    return cell
