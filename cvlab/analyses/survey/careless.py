"""Careless answers: how each is recognised.

    speeders          seconds < threshold * median seconds
    straight liners   the same answer to every item of a battery, of at least `threshold` items, some of them reversed
    misordered        prices that do not rise from too cheap to too expensive
    duplicates        the same answers to everything as an earlier respondent, over at least `threshold` answers
    attention         an attention check not passed

Each finder takes the tables and a threshold and returns who was checked and who was found.

Source: Meade & Craig (2012), "Identifying careless responses in survey data", Psychological Methods 17; Greszki, Meyer
& Schoen (2015), "Exploring the effects of removing too fast responses", Public Opinion Quarterly 79, for speeding
relative to the median; Johnson (2005), Journal of Research in Personality 39, for long strings of one answer.
Assumes that careless people are careless throughout: one rule broken is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

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
    check_numeric(table, ["seconds"], "respondents")
    timed = table[table["seconds"].notna()]
    limit = threshold * float(timed["seconds"].median()) if len(timed) else np.nan
    return _ids(timed), _ids(timed[timed["seconds"] < limit])


def find_straight_liners(tables: Tables, threshold: float) -> Found:
    """Find those who gave one and the same answer to every item of a battery of at least `threshold` items.

    Reversed items are taken as they were answered: someone who reads them cannot agree with an item and its opposite.
    """
    table = _read(tables["value_survey"], ["item", "score"], "value_survey")
    scores = table[table["score"].notna()].groupby(RESPONDENT, sort=False)["score"]
    spread = scores.agg(["size", "nunique"])
    checked = spread[spread["size"] >= threshold]
    return pd.Index(checked.index), pd.Index(checked.index[checked["nunique"] == 1])


def find_misordered(tables: Tables, threshold: float) -> Found:
    """Find those whose four prices do not rise; `threshold` is the least step between them, 0 for any step up."""
    table = _read(tables["price_sensitivity"], PRICES, "price_sensitivity")
    check_numeric(table, PRICES, "price_sensitivity")
    complete = table.dropna(subset=list(PRICES))
    steps = np.diff(complete[list(PRICES)].to_numpy(dtype=float), axis=1)
    return _ids(complete), _ids(complete[~(steps > threshold).all(axis=1)])


def find_duplicates(tables: Tables, threshold: float) -> Found:
    """Find those who answered everything exactly as an earlier respondent did, `threshold` answers or more."""
    answers = [_read_answers(name, tables[name]) for name in ANSWERS if name in tables]
    if not answers:
        raise DataError(f"no table of answers is there: give at least one of {', '.join(ANSWERS)}")
    together = pd.concat(answers).sort_values([RESPONDENT, "what"], kind="stable")
    each = together.groupby(RESPONDENT, sort=False)
    n_answers = each.size()
    patterns = each["hash"].agg(lambda hashes: hash(tuple(hashes)))
    order = pd.unique(pd.concat([table[RESPONDENT] for table in answers]))
    patterns, n_answers = patterns.reindex(order), n_answers.reindex(order)
    checked = patterns[n_answers >= threshold]
    return pd.Index(checked.index), pd.Index(checked.index[checked.duplicated().to_numpy()])


def find_failed_attention(tables: Tables, threshold: float) -> Found:
    """Find those who did not pass the attention check; the threshold has no meaning here."""
    table = _read(tables["respondents"], ["attention_passed"], "respondents")
    asked = table[table["attention_passed"].notna()]
    return _ids(asked), _ids(asked[~asked["attention_passed"].astype(bool)])


ANSWERS: Mapping[str, tuple[str, ...]] = {
    "value_survey": ("item",),
    "price_sensitivity": (),
    "price_ladder": ("price",),
    "choice_tasks": ("task", "alternative"),
    "best_worst": ("set", "item"),
}
_NOT_ANSWERS = (RESPONDENT, "weight", "draw")


def _read_answers(name: str, given: pd.DataFrame) -> pd.DataFrame:
    """Return one row per respondent and row of a table: what was asked, and a hash of everything in the row."""
    keys = [key for key in ANSWERS[name] if key in given.columns]
    table = _read(given, keys, name)
    said = table[[column for column in table.columns if column not in _NOT_ANSWERS]]
    # Column by column: joining row by row takes seconds for the tables of one survey.
    asked = reduce(lambda first, second: first + "\x1f" + second, [table[key].astype("str") for key in keys] or [""])
    return pd.DataFrame(
        {
            RESPONDENT: table[RESPONDENT],
            "what": name + "\x1f" + asked,
            "hash": pd.util.hash_pandas_object(said, index=False),
        }
    )


def _read(given: pd.DataFrame, columns: list[str] | tuple[str, ...], name: str) -> pd.DataFrame:
    table = given.reset_index() if given.index.name == RESPONDENT else given
    check_columns(table, [RESPONDENT, *columns], name)
    return table


def _ids(table: pd.DataFrame) -> pd.Index:
    return pd.Index(pd.unique(table[RESPONDENT]))
