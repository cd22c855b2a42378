"""Careless answers: how each is recognised.

    speeders          seconds < threshold * median seconds
    straight liners   the same answer to every item, of at least `threshold` items, some of them reversed
    misordered        prices that do not rise from too cheap to too expensive
    duplicates        the same answers to everything as an earlier respondent, over at least `threshold` answers
    attention         an attention check not passed

Each finder takes the tables and a threshold and returns who was checked and who was found. Who gave no answer is not
checked. What a person chose in one task, in one set or on one ladder of prices is one answer, however many rows hold
it: a ladder has few ways to be answered, and two people who agree on it are no duplicates.

Source: Meade & Craig (2012), "Identifying careless responses in survey data", Psychological Methods 17; Greszki, Meyer
& Schoen (2015), "Exploring the effects of removing too fast responses", Public Opinion Quarterly 79, for speeding
relative to the median; Johnson (2005), Journal of Research in Personality 39, for long strings of one answer.
Assumes that careless people are careless throughout: one rule broken is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.checks import check_columns, check_numeric
from cvlab.errors import DataError

RESPONDENT = "respondent_id"
PRICES = ("too_cheap", "cheap", "expensive", "too_expensive")
Tables = Mapping[str, pd.DataFrame]
Found = tuple[pd.Index, pd.Index]  # who was checked, who was found


def find_speeders(tables: Tables, threshold: float) -> Found:
    """Find those who took less than `threshold` times the median duration.

    Examples
    --------
    >>> people = pd.DataFrame({"respondent_id": list("abcde"), "seconds": [60, 300, 310, 290, 305]})
    >>> find_speeders({"respondents": people}, 1 / 3)[1].tolist()
    ['a']
    """
    table = _read(tables["respondents"], ["seconds"], "respondents")
    check_numeric(table, ["seconds"], "respondents", missing_allowed=True)
    timed = table[table["seconds"].notna()]
    limit = threshold * float(timed["seconds"].median()) if len(timed) else np.nan
    return _ids(timed), _ids(timed[timed["seconds"] < limit])


def find_straight_liners(tables: Tables, threshold: float) -> Found:
    """Find those who gave one and the same answer to every item of a battery of at least `threshold` items.

    Reversed items are taken as they were answered: someone who reads them cannot agree with an item and its opposite.
    Where the survey has such items, only people who answered some of both are checked.
    """
    table = _read(tables["value_survey"], ["item", "score"], "value_survey")
    answered = table[table["score"].notna()]
    people = answered.groupby(RESPONDENT, sort=False)
    spread = people["score"].agg(["size", "min", "max"])
    enough = spread["size"] >= threshold
    if has_reversed(tables):
        turned = read_truth(answered["reversed"], "value_survey: reversed")
        of_both = turned.groupby(answered[RESPONDENT], sort=False).agg(["min", "max"])
        enough &= (of_both["min"] < of_both["max"]).reindex(spread.index)
    checked = spread[enough]
    return pd.Index(checked.index), pd.Index(checked.index[checked["min"] == checked["max"]])


def has_reversed(tables: Tables) -> bool:
    """Whether some items of the survey are put the other way round."""
    table = tables["value_survey"]
    if "reversed" not in table.columns or table["reversed"].isna().all():
        return False
    return bool(read_truth(table["reversed"], "value_survey: reversed").any())


def find_misordered(tables: Tables, threshold: float) -> Found:
    """Find those whose four prices do not rise; `threshold` is the least step between them, 0 for any step up."""
    table = _read(tables["price_sensitivity"], PRICES, "price_sensitivity")
    check_numeric(table, PRICES, "price_sensitivity", missing_allowed=True)
    complete = table.dropna(subset=list(PRICES))
    steps = np.diff(complete[list(PRICES)].to_numpy(dtype=float), axis=1)
    return _ids(complete), _ids(complete[~(steps > threshold).all(axis=1)])


def find_duplicates(tables: Tables, threshold: float) -> Found:
    """Find those who answered everything exactly as an earlier respondent did, `threshold` answers or more.

    Two patterns of answers are the same when the sums of two independent hashes of each answer with its question are:
    the order of rows does not matter, and by chance not one pair in 10^38 agrees.
    """
    given = [_read_answers(name, tables[name]) for name in ANSWERS if name in tables and len(tables[name])]
    if not given:
        raise DataError(f"no table of answers is there: give at least one of {', '.join(ANSWERS)}")
    together = pd.concat(given, ignore_index=True)
    # In the order in which people come, so that the earlier of two alike is kept.
    people = together.groupby(RESPONDENT, sort=False)[["n", "first", "second"]].sum()
    checked = people[people["n"] >= threshold]
    return pd.Index(checked.index), pd.Index(checked.index[checked.duplicated(["first", "second"]).to_numpy()])


def find_failed_attention(tables: Tables, threshold: float) -> Found:
    """Find those who did not pass the attention check; the threshold has no meaning here."""
    table = _read(tables["respondents"], ["attention_passed"], "respondents")
    asked = table[table["attention_passed"].notna()]
    passed = read_truth(asked["attention_passed"], "respondents: attention_passed")
    return _ids(asked), _ids(asked[~passed.to_numpy()])


def read_truth(values: pd.Series, name: str) -> pd.Series:
    """Return a column of yes and no (or 1 and 0) as truths, without its empty cells, else raise DataError.

    Examples
    --------
    >>> read_truth(pd.Series([True, None, False]), "checked").tolist()
    [True, False]
    >>> read_truth(pd.Series(["no"]), "checked")
    Traceback (most recent call last):
    ...
    cvlab.errors.DataError: checked holds 'no': give True or False
    """
    there = values.dropna()
    codes, uniques = pd.factorize(there)
    strange = [value for value in uniques if isinstance(value, str) or value not in (0, 1)]
    if strange:
        raise DataError(f"{name} holds {strange[0]!r}: give True or False")
    return pd.Series(np.array([bool(value) for value in uniques], dtype=bool)[codes], index=there.index)


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """Where a table keeps its answers: in which columns, and the columns that tell one answer from another."""

    said: tuple[str, ...]
    one_per: tuple[str, ...] = ()


ANSWERS: Mapping[str, _Answers] = {
    "value_survey": _Answers(said=("score",), one_per=("item",)),
    "price_sensitivity": _Answers(said=PRICES),
    "price_ladder": _Answers(said=("would_buy",)),
    "choice_tasks": _Answers(said=("chosen",), one_per=("task",)),
    "best_worst": _Answers(said=("choice",), one_per=("set",)),
}
_NOT_ANSWERS = (RESPONDENT, "weight", "draw")
_KEYS = ("0123456789abcdef", "fedcba9876543210")  # of the two hashes


def _read_answers(name: str, given: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a respondent, how many answers they add, and two hashes of what was asked and said."""
    where = ANSWERS[name]
    table = _read(given, [*where.said, *where.one_per], name)
    table = table[table[list(where.said)].notna().any(axis=1)]
    # A table with one row per person holds an answer in each column; any other one in each task, set, ladder.
    n = table[list(where.said)].notna().sum(axis=1) if len(where.said) > 1 else 1
    first = (~table.duplicated([RESPONDENT, *where.one_per])).astype(int)
    said = table[sorted(column for column in table.columns if column not in _NOT_ANSWERS)]
    cells = [_hash_cells(f"{name}.{column}", said[column]) for column in said.columns]
    return pd.DataFrame(
        {
            RESPONDENT: table[RESPONDENT].to_numpy(),
            "n": (n * first).to_numpy(),
            "first": _mix(cells, 0),
            "second": _mix(cells, 1),
        }
    )


def _hash_cells(what: str, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Hash each cell with the name of its column, alike in every process; each value is hashed once."""
    codes, uniques = pd.factorize(values, use_na_sentinel=False)
    texts = pd.Series([f"{what}={value}" for value in uniques], dtype="str")
    first, second = (pd.util.hash_pandas_object(texts, index=False, hash_key=key).to_numpy() for key in _KEYS)
    return first[codes], second[codes]


def _mix(cells: Sequence[tuple[np.ndarray, np.ndarray]], which: int) -> np.ndarray:
    """Join the hashes of the cells of a row to one; arithmetic modulo 2^64 (finaliser of MurmurHash3)."""
    row = np.zeros(len(cells[0][which]), dtype=np.uint64)
    for cell in cells:
        row = (row ^ cell[which]) * np.uint64(0xFF51AFD7ED558CCD)
        row ^= row >> np.uint64(33)
    return row


def _read(given: pd.DataFrame, columns: list[str] | tuple[str, ...], name: str) -> pd.DataFrame:
    table = given.reset_index() if given.index.name == RESPONDENT else given
    check_columns(table, [RESPONDENT, *columns], name)
    return table


def _ids(table: pd.DataFrame) -> pd.Index:
    return pd.Index(pd.unique(table[RESPONDENT]))
