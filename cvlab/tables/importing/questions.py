"""What was asked: the wording of each question and the labels of its scale, for the settings of the product line."""

from __future__ import annotations

from collections.abc import Mapping

from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.mapping import CodebookEntry, ColumnMap, ImportMap, TableMap
from cvlab.tables.importing.parts import fill_braces
from cvlab.tables.schema import TABLES

Codebook = dict[str, dict[str, CodebookEntry]]
LONGEST_QUESTION = 2_000


def collect_codebook(exports: Mapping[str, Export], mapping: ImportMap) -> Codebook:
    """Return table -> column -> question and labels, as the exports have them or the mapping says instead.

    Columns that name a row, such as an id, were asked of nobody and have no entry.
    """
    codebook: Codebook = {}
    for name, table in mapping.tables.items():
        entries: dict[str, CodebookEntry] = {}
        said = mapping.codebook.get(name, {})
        for part in table.parts:
            questions = exports[mapping.source_of(part)].questions
            for column, each, fill in _asked_columns(part):
                entry = _describe(each, fill, questions, truth=_is_truth(name, column))
                asked = column not in TABLES[name].key and not column.startswith("_")
                if asked and column not in entries and (entry.question or entry.labels):
                    entries[column] = entry
        for column, entry in said.items():
            found = entries.get(column, CodebookEntry())
            entries[column] = CodebookEntry(
                question=clean(entry.question) or found.question, labels=entry.labels or found.labels
            )
        if entries:
            codebook[name] = entries
    return codebook


def clean(text: str) -> str:
    """Return a question as one printable line of at most `LONGEST_QUESTION` characters.

    Examples
    --------
    >>> clean("How likely\\n are you …  to buy?")
    'How likely are you … to buy?'
    """
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return line if len(line) <= LONGEST_QUESTION else f"{line[: LONGEST_QUESTION - 1]}…"


def _asked_columns(part: TableMap) -> list[tuple[str, ColumnMap, Mapping[str, str]]]:
    """Each column of a part, with what its braces stand for the first time."""
    listed: list[tuple[str, ColumnMap, Mapping[str, str]]] = [(name, each, {}) for name, each in part.columns.items()]
    for repeat in part.repeat:
        fill = {name: next(iter(values.values())) for name, values in repeat.over.items()}
        listed += [(name, each, fill) for name, each in repeat.columns.items()]
    return listed


def _is_truth(table: str, column: str) -> bool:
    return not column.startswith("_") and TABLES[table].find_column(column).type == "truth"


def _describe(
    column: ColumnMap, fill: Mapping[str, str], questions: Mapping[str, str], *, truth: bool
) -> CodebookEntry:
    origin = column.origin or (column.cases[0].origin if column.cases else "")
    name = fill_braces(origin, fill)
    question = clean(questions.get(name, ""))
    # Yes and no need no label; several texts for one value are ways of writing it, and the first is its label.
    labels: dict[str, str] = {}
    if not truth:
        for found, written in column.labels.items():
            if clean(found) and clean(found) != written:
                labels.setdefault(written, clean(found))
    return CodebookEntry(question=question, labels=labels)
