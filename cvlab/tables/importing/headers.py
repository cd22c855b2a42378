"""From the rows of a header to a name and a question per column.

    plain          one row of names
    qualtrics      names, question texts, and the ids of the questions as {"ImportId": …}
    surveymonkey   question texts, each over the columns of its answer options, and the options below

A name that stands over several columns does not say which one is meant: they are addressed as Age#1, Age#2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvlab.errors import DataError
from cvlab.tables.importing.cells import refuse
from cvlab.tables.importing.mapping import Header

HEADER_ROWS: Mapping[Header, int] = {"plain": 1, "qualtrics": 3, "surveymonkey": 2}
OPEN_ANSWERS = ("", "Response", "Open-Ended Response")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the columns of an export are called.

    Attributes
    ----------
    columns : a name per column, no two the same.
    questions : column -> question text.
    repeated : name in the file -> positions, from 1, of the columns that share it.
    """

    columns: tuple[str, ...]
    questions: Mapping[str, str]
    repeated: Mapping[str, tuple[int, ...]]


def name_columns(header: Sequence[Sequence[str]], kind: Header, *, file: str) -> Names:
    """Name the columns of an export.

    Raises
    ------
    DataError : the header is not of the kind promised, or a name cannot be told from another.

    Examples
    --------
    >>> names = name_columns([["Id", "Which do you own?", ""], ["", "Car", "Bicycle"]], "surveymonkey", file="a.csv")
    >>> names.columns
    ('Id', 'Which do you own? / Car', 'Which do you own? / Bicycle')
    >>> name_columns([["Age", "Age"]], "plain", file="a.csv").columns
    ('Age#1', 'Age#2')
    """
    rows = [[" ".join(cell.removeprefix("\ufeff").split()) for cell in row] for row in header]
    if kind == "surveymonkey":
        questions, names = _name_by_question(rows, file)
    else:
        if kind == "qualtrics" and not looks_like_import_ids(header[2]):
            raise refuse(
                file,
                'Qualtrics promises three header rows, but the third holds no {"ImportId": …}',
                "export again with the three header rows, or say `header: plain`",
            )
        names = rows[0]
        questions = rows[1] if kind == "qualtrics" else [""] * len(names)
    filled = [name or f"column {position}" for position, name in enumerate(names, start=1)]
    counted = Counter(filled)
    repeated = {name: _positions(filled, name) for name, count in counted.items() if count > 1}
    columns = _number_repeated(filled, repeated, file)
    return Names(columns=columns, questions=dict(zip(columns, questions, strict=True)), repeated=repeated)


def looks_like_import_ids(row: Sequence[str]) -> bool:
    """Whether a row holds the ids that Qualtrics gives its questions."""
    return any(cell.replace(" ", "").startswith('{"ImportId"') for cell in row)


def _name_by_question(rows: list[list[str]], file: str) -> tuple[list[str], list[str]]:
    """Spread each question over its columns; a column is called by its question, and its option where it has one."""
    questions: list[str] = []
    for cell in rows[0]:
        questions.append(cell or (questions[-1] if questions else ""))
    options = rows[1]
    if all(rows[0]) and not any(option in OPEN_ANSWERS for option in options):
        raise refuse(
            file,
            "SurveyMonkey promises a second header row with answer options, but it holds answers",
            "say `header: plain`, or export again with both header rows",
        )
    names = [
        question if option in OPEN_ANSWERS or not question else f"{question} / {option}"
        for question, option in zip(questions, options, strict=True)
    ]
    return questions, names


def _positions(names: list[str], name: str) -> tuple[int, ...]:
    return tuple(position for position, each in enumerate(names, start=1) if each == name)


def _number_repeated(names: list[str], repeated: Mapping[str, tuple[int, ...]], file: str) -> tuple[str, ...]:
    addresses = {
        position: f"{name}#{number}"
        for name, positions in repeated.items()
        for number, position in enumerate(positions, start=1)
    }
    taken = sorted(set(addresses.values()) & set(names))
    if taken:
        rule = f"the column {taken[0]!r} has the name by which one of several others would be addressed"
        raise refuse(file, rule, "rename it in the export")
    return tuple(addresses.get(position, name) for position, name in enumerate(names, start=1))


def name_repeated(repeated: Mapping[str, tuple[int, ...]], name: str) -> str:
    """Say where the columns of one name stand and how each is addressed.

    Examples
    --------
    >>> name_repeated({"Age": (2, 5)}, "Age")
    "the name 'Age' stands over columns 2 and 5: write 'Age#1' or 'Age#2'"
    """
    positions = [str(position) for position in repeated[name]]
    addresses = [repr(f"{name}#{number}") for number in range(1, len(positions) + 1)]
    where = f"{', '.join(positions[:-1])} and {positions[-1]}"
    return f"the name {name!r} stands over columns {where}: write {', '.join(addresses[:-1])} or {addresses[-1]}"


def refuse_other_header(header: Sequence[Sequence[str]], first_rows: Sequence[Sequence[str]], file: str) -> DataError:
    """Return the error of a Qualtrics export that is read as another kind."""
    return refuse(
        file,
        f"row {len(header) + len(first_rows)} holds Qualtrics' import ids, so the file has three header rows",
        "say `header: qualtrics`",
    )
