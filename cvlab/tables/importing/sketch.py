"""What a draft knows of one export while it is made: which columns are spoken for, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.known_names import fold
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import CodebookEntry, ColumnMap, TableMap
from cvlab.tables.schema import TABLES

_LONGEST_NAME = 40
_MOST_WORDS = 6
# Words of questions that do not say what they are about.
_WORDS = (
    "what which who how is are was do does did you your yours the a an of in on at to for with from it its this that "
    "live use many much long we our have has be most please us tell following best describes welche welcher welches "
    "wie wer ist sind sie ihr ihre ihren der die das ein eine im aus von fuer mit haben hat bitte leben wohnen "
    "viele lange"
)
_ASKING = frozenset(_WORDS.split())
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What is proposed for one column of an export; without a table it is left out, and the reason says why."""

    column: str
    table: str = ""
    field: str = ""
    confidence: float
    reason: str


@dataclass(eq=False, kw_only=True)
class Sketch:
    """A draft of one export; filled step by step.

    Attributes
    ----------
    source : the name of the export in the mapping.
    columns : what each column holds.
    guesses : column -> what is proposed, of those that are spoken for.
    tables : table -> how it is made.
    person : where the id of a person comes from.
    asks : questions about the export as a whole.
    codebook : table -> column -> question and labels.
    """

    source: str
    export: Export
    columns: Mapping[str, Seen]
    guesses: dict[str, Guess] = field(default_factory=dict)
    tables: dict[str, TableMap] = field(default_factory=dict)
    person: ColumnMap = field(default_factory=ColumnMap)
    asks: list[str] = field(default_factory=list)
    codebook: dict[str, dict[str, CodebookEntry]] = field(default_factory=dict)

    def open(self) -> list[Seen]:
        """The columns that nothing is proposed for yet, in the order of the export."""
        return [seen for name, seen in self.columns.items() if name not in self.guesses]

    def claim(self, seen: Seen, table: str, column: str, confidence: float, reason: str) -> None:
        """Propose a column for a column of a table."""
        guess = Guess(column=seen.name, table=table, field=column, confidence=confidence, reason=reason)
        self.guesses[seen.name] = guess

    def leave_out(self, seen: Seen, confidence: float, reason: str) -> None:
        """Propose to ignore a column."""
        self.guesses[seen.name] = Guess(column=seen.name, confidence=confidence, reason=reason)

    def add(self, table: str, columns: Mapping[str, ColumnMap], *, skip_empty: tuple[str, ...] = ()) -> None:
        """Add columns to a table of persons; nobody has a row of it who has none of `skip_empty`."""
        before = self.tables.get(table) or TableMap(source=self.source, columns={"respondent_id": self.person})
        self.tables[table] = replace(
            before, columns={**before.columns, **columns}, skip_empty=before.skip_empty + skip_empty
        )


def name_column(text: str, taken: Iterable[str]) -> str:
    """Return a short name for a column made of a name or a question, unlike those taken.

    Examples
    --------
    >>> name_column("Which region do you live in?", ["which_region_do_you_live_in"])
    'which_region_do_you_live_in_2'
    """
    words = fold(text).split()[:_MOST_WORDS]
    while len(words) > 1 and len("_".join(words)) > _LONGEST_NAME:
        words.pop()
    name = "_".join(words)[:_LONGEST_NAME] or "question"
    used = taken if isinstance(taken, (dict, set)) else set(taken)
    number, plain = 1, name
    while name in used:
        number += 1
        name = f"{plain}_{number}"
    return name


def shorten_question(question: str) -> str:
    """Return the words of a question that say what it is about.

    Examples
    --------
    >>> shorten_question("Which region do you live in?"), shorten_question("How old are you?")
    ('region', 'old')
    """
    words = [word for word in fold(question).split() if word not in _ASKING]
    return " ".join(words) or question


def group_numbered(columns: Iterable[Seen], *, number: str) -> dict[str, dict[str, Seen]]:
    """Return the series among columns that have the same name but for one number: name with {number} -> columns.

    Examples
    --------
    `C1` and `C2` are the series `C{task}`; so are `Task 1: which?` and `Task 2: which?` that of `Task {task}: which?`.
    """
    found: dict[str, dict[str, Seen]] = {}
    for seen in columns:
        for digits in _DIGITS.finditer(seen.name):
            form = f"{seen.name[: digits.start()]}{{{number}}}{seen.name[digits.end() :]}"
            found.setdefault(form, {})[digits[0]] = seen
    return {form: series for form, series in found.items() if len(series) > 1}


def split_question(seen: Seen) -> tuple[str, str]:
    """Return the question of a column and the item it is asked about, as grids write them; "" where there is none.

    Examples
    --------
    SurveyMonkey writes the question above its items, Qualtrics writes `question - item`.
    """
    if seen.question and seen.name.startswith(f"{seen.question} / "):
        return seen.question, seen.name[len(seen.question) + 3 :]
    for text in (seen.question, seen.name):
        question, mark, item = text.rpartition(" - ")
        if mark and len(question) > len(mark):
            return question, item
        # LimeSurvey: Question [item]
        if text.endswith("]") and " [" in text:
            question, _, item = text[:-1].rpartition(" [")
            return question, item
    return seen.question, ""


def is_declared(table: str, column: str) -> bool:
    """Whether a table declares a column of that name."""
    return column in TABLES[table].column_names
