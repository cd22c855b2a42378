"""What the columns of an export hold, as far as a draft needs to know.

Kinds are told from up to `SAMPLE` rows, evenly spaced: every row is held against the mapping when it is imported, and
refused where it does not fit, so that a value outside the sample cannot be read wrongly, only refused. Where the sample
leaves two readings (day or month first, which decimal mark) and where something must hold of all rows (an id is unique,
a column is empty, the labels of a scale are complete), all rows are looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cvlab.tables.importing.cells import FORMULA_ERRORS
from cvlab.tables.importing.detection import detect_dates, detect_marks
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.known_names import fold
from cvlab.tables.importing.mapping import DateOrder
from cvlab.tables.importing.number_texts import read_numbers
from cvlab.tables.importing.scales import order_labels

Kind = Literal["empty", "number", "date", "truth", "scale", "choice", "text"]
SAMPLE = 2_000
MOST_CHOICES = 40
_LEAST_PER_CHOICE = 3
_LONGEST_NO_ANSWER = 24
# "No answer" in words, folded.
NO_ANSWER = frozenset(
    ("n a", "na", "none given", "no answer", "don t know", "dont know", "i don t know", "prefer not to say",
     "prefer not to answer", "not applicable", "k a", "keine angabe", "weiss nicht", "ich weiss nicht",
     "nicht zutreffend", "")
)  # fmt: skip
TRUTHS: Mapping[str, str] = {
    **dict.fromkeys(("yes", "true", "y", "ja", "wahr", "oui", "si", "selected", "checked", "would buy", "i would buy",
                     "yes i would buy", "yes i would", "renewed", "verlaengert"), "yes"),
    **dict.fromkeys(("no", "false", "n", "nein", "falsch", "non", "not selected", "unchecked", "would not buy",
                     "i would not buy", "no i would not buy", "no i would not", "no i wouldn t", "cancelled",
                     "canceled", "not renewed", "gekuendigt"), "no"),
}  # fmt: skip
# What the tables read as yes and no without being told.
_READ_AS_TRUTH = frozenset(("yes", "true", "y", "1", "no", "false", "n", "0"))
_AROUND = re.compile(r"^(?:[€$£¥₹]|[A-Z]{3})?\s*|\s*(?:[€$£¥₹%]|EUR|USD|GBP|CHF|Euro|euros?|dollars?)?$")
_NUMERAL = re.compile(r"[+-]?[\d.,'\u2019\u00a0\u202f ]*\d[.,]?(?:[eE][+-]?\d+)?")
_PLAIN = re.compile(r"[+-]?\d+")
_LEADING_ZERO = re.compile(r"0\d")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:[ T].*)?|"
    r"\d{1,2}[. -]+[A-Za-z]{3,9}\.?[, -]+\d{4}.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}.*"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """One column of an export, as it was looked at.

    Attributes
    ----------
    name, question : as in the export; `asked` is both together, folded.
    kind : what it holds.
    distinct : the different texts of the sample, those that mean "no answer" and errors of formulas left out.
    missing : those texts.
    filled : share of the sampled rows with an answer.
    """

    name: str
    question: str
    kind: Kind
    distinct: tuple[str, ...]
    missing: tuple[str, ...]
    filled: float
    cells: pd.Series = field(repr=False)
    sampled: tuple[str, ...] = field(repr=False)

    @cached_property
    def sample(self) -> pd.Series:
        """The sampled rows, stripped."""
        return pd.Series(self.sampled, dtype="str")

    @cached_property
    def asked(self) -> str:
        """Name and question, folded."""
        return f"{fold(self.name)} {fold(self.question)}".strip()

    @cached_property
    def all_texts(self) -> tuple[str, ...]:
        """The different texts of all rows, "no answer" left out."""
        texts = pc.unique(pa.array(self.cells, type=pa.large_string(), from_pandas=True)).to_pylist()
        stripped = dict.fromkeys(text.strip() for text in texts if text)
        return tuple(text for text in stripped if text not in FORMULA_ERRORS and not _is_no_answer(text))

    @cached_property
    def failed(self) -> tuple[str, ...]:
        """The errors of formulas in all rows."""
        if len(self.cells) == len(self.sampled):
            return tuple(text for text in dict.fromkeys(self.sampled) if text in FORMULA_ERRORS)
        cells = pa.array(self.cells, type=pa.large_string(), from_pandas=True)
        errors = pc.is_in(pc.utf8_trim_whitespace(cells), pa.array(FORMULA_ERRORS, pa.large_string()))
        return tuple(dict.fromkeys(text.strip() for text in cells.filter(errors).to_pylist()))

    @cached_property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The (decimal, thousands) marks with which its numbers can be read."""
        if self.kind != "number":
            return ()
        found = detect_marks(_bare(text) for text in self.distinct)
        return detect_marks(_bare(text) for text in self.all_texts) if len(found) > 1 else found

    @cached_property
    def orders(self) -> tuple[DateOrder, ...]:
        """The orders of day and month that fit its dates."""
        if self.kind != "date":
            return ()
        found = detect_dates(self.distinct)
        return detect_dates(self.all_texts) if len(found) > 1 else found

    @cached_property
    def numbers(self) -> pd.Series:
        """The numbers of the sample, missing where there is none."""
        decimal, thousands = self.marks[0] if self.marks else (".", "")
        return read_numbers(self.sample, decimal=decimal, thousands=thousands)

    @cached_property
    def points(self) -> tuple[float, ...]:
        """The different numbers of the sample."""
        if all(_PLAIN.fullmatch(text) for text in self.distinct):
            return tuple(map(float, self.distinct))
        return tuple(self.numbers.dropna().unique().tolist())

    @property
    def few(self) -> bool:
        """Whether several people gave each answer."""
        return len(self.distinct) <= MOST_CHOICES and len(self.distinct) * _LEAST_PER_CHOICE <= max(
            len(self.sampled), 1
        )

    @property
    def zero_one(self) -> bool:
        """Whether it holds 0 and 1 only."""
        return bool(self.distinct) and set(self.distinct) <= {"0", "1"}

    def truth_labels(self) -> dict[str, str]:
        """The labels that turn its answers into yes and no, where they are not read as such already."""
        labels = {text: TRUTHS[fold(text)] for text in self.distinct if fold(text) in TRUTHS}
        return {} if {text.casefold() for text in labels} <= _READ_AS_TRUTH else labels

    def is_id(self) -> bool:
        """Whether every row has a value of its own."""
        if self.filled < 1 or len(self.distinct) < len(self.sampled):
            return False
        return bool(self.cells.is_unique and (self.cells.str.len() > 0).all())


def look_at(export: Export) -> dict[str, Seen]:
    """Look at every column of an export."""
    count = len(export.frame)
    places = (
        np.unique(np.linspace(0, max(count - 1, 0), min(count, SAMPLE)).astype(int)) if count else np.array([], int)
    )
    sampled = export.frame if count <= SAMPLE else export.frame.iloc[places]
    return {str(name): _look(str(name), export, sampled[name]) for name in export.frame.columns}


def _look(name: str, export: Export, sampled: pd.Series) -> Seen:
    # Plain Python: with thousands of columns, what pandas does per column is most of the work.
    sample = tuple(map(str.strip, sampled.tolist()))
    counted = Counter(sample)
    texts = [text for text in counted if text]
    missing = tuple(text for text in texts if _is_no_answer(text))
    distinct = tuple(text for text in texts if text not in missing and text not in FORMULA_ERRORS)
    there = sum(counted[text] for text in distinct)
    cells = export.frame[name]
    kind: Kind = _kind_of(distinct, len(sample))
    if kind == "empty" and any(text.strip() for text in cells.unique().tolist()):
        kind = "text"
    return Seen(
        name=name, question=export.questions.get(name, ""), kind=kind, distinct=distinct, missing=missing,
        filled=there / len(sample) if sample else 0.0, cells=cells, sampled=sample,
    )  # fmt: skip


def _kind_of(distinct: tuple[str, ...], rows: int) -> Kind:
    if not distinct:
        return "empty"
    if all(_NUMERAL.fullmatch(_bare(text)) for text in distinct):
        dates = all(_DATE.fullmatch(text) for text in distinct)
        codes = any(_LEADING_ZERO.match(text) for text in distinct)
        return "date" if dates else "text" if codes else "number"
    if all(_DATE.fullmatch(text) for text in distinct):
        return "date"
    if {fold(text) for text in distinct} <= set(TRUTHS):
        return "truth"
    if len(distinct) <= MOST_CHOICES and len(distinct) * _LEAST_PER_CHOICE <= rows:
        return "scale" if order_labels(distinct) is not None else "choice"
    return "text"


def _is_no_answer(text: str) -> bool:
    return (
        text not in FORMULA_ERRORS
        and len(text) <= _LONGEST_NO_ANSWER
        and not text[-1].isdigit()
        and fold(text) in NO_ANSWER
    )


def _bare(text: str) -> str:
    """A number without its currency or percent sign."""
    return text if text[-1:].isdigit() and text[:1].isdigit() else _AROUND.sub("", text)
