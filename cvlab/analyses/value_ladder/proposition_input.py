"""What goes into a value model: the tables propositions and rivals are checked, and become cells and offers.

A cell is one proposition for one group. In each cell there are offers: ours, and one per rival. A score is a judgement
(one row, with low and high if somebody gave them) or was asked (one row per respondent).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.errors import DataError, Problem

OURS = ""  # in the column rival of the offers
KEY = ["proposition", "group"]
MONEY = ("cost", "revenue", "price")
Scale = tuple[float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueInput:
    """Checked propositions and rivals.

    Attributes
    ----------
    cells : proposition, group, n (respondents; 0: judged), cost, revenue, price, collected_on, size.
    offers : cell (position), rival ("" for ours), score, low, high, ranged (whether low and high were given), asked
        (how many respondents), price; `cell` ascends, and ours comes first.
    answers : of offers that were asked: offer (position), respondent (code), score, weight.
    respondents : ids, by code.
    """

    cells: pd.DataFrame
    offers: pd.DataFrame
    answers: pd.DataFrame
    respondents: tuple[str, ...]


def read_value_input(
    propositions: pd.DataFrame,
    rivals: pd.DataFrame,
    *,
    sizes: Mapping[str, float] | None,
    scale: Scale,
    judged_within: float,
) -> tuple[ValueInput, list[str]]:
    """Return cells and offers, and what a reader should know about them.

    Raises
    ------
    DataError : columns are missing, scores are off the scale, rows are repeated, rivals are missing or unknown; all at
        once, as far as they can be told apart.
    """
    for table, name in ((propositions, "propositions"), (rivals, "rivals")):
        if not isinstance(table, pd.DataFrame):
            raise DataError(f"{name} is a {type(table).__name__}: give a pandas DataFrame")
    _stop_at([*_find_missing(propositions, "propositions"), *_find_missing(rivals, "rivals")])
    ours, theirs = _complete(propositions, "ours"), _complete(rivals, "score")
    problems = [*_find_wrong(ours, "propositions", "ours", scale), *_find_wrong(theirs, "rivals", "score", scale)]
    problems += [*_find_repeated(ours), *_find_moved(ours)]
    _stop_at([*problems, *_find_unknown(ours, theirs)])
    cells = _form_cells(ours, sizes)
    placed, lost = _place_rivals(ours, theirs, cells)
    _stop_at([*_find_doubled(placed), *_find_lonely(placed, cells)])
    notes = []
    if lost:
        notes.append(f"{lost} scores of rivals are of respondents who did not score us: they were left out.")
    rows = pd.concat([_place_ours(ours, cells), placed], ignore_index=True)
    return _assemble(rows, cells, scale, judged_within), notes


def _stop_at(problems: list[Problem]) -> None:
    if problems:
        raise DataError.from_problems("the value model cannot be measured", problems)


def _complete(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the table with all columns that may be left out, numbers as numbers, and the rows numbered from 1."""
    full = pd.DataFrame({"row": np.arange(1, len(table) + 1)})
    for column in ("proposition", "group", "rival", "respondent_id"):
        given = table[column] if column in table.columns else pd.Series(index=table.index, dtype="str")
        full[column] = given.astype("str").where(given.notna()).to_numpy()
    for column in (score, "low", "high", "weight", *MONEY):
        full[column] = _read_numbers(table, column)
        full[f"{column} unread"] = np.isnan(full[column]) & (
            table[column].notna().to_numpy() if column in table.columns else False
        )
    given = table["collected_on"] if "collected_on" in table.columns else pd.Series(pd.NaT, index=table.index)
    dates = pd.to_datetime(given, errors="coerce", format=None if _is_date(given) else "ISO8601")
    full["collected_on"] = dates.to_numpy()
    full["collected_on unread"] = (dates.isna() & given.notna()).to_numpy()
    if "rival" not in table.columns and "group" not in table.columns:
        full["group"] = EVERYBODY
    return full.rename(columns={score: "score", f"{score} unread": "score unread"})


def _is_date(given: pd.Series) -> bool:
    return bool(pd.api.types.is_datetime64_any_dtype(given))


def _read_numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    if column not in table.columns:
        return np.full(len(table), np.nan)
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _find_missing(table: pd.DataFrame, name: str) -> Iterator[Problem]:
    needed = {"propositions": ("proposition", "ours", "cost"), "rivals": ("proposition", "rival", "score")}[name]
    row = {"propositions": "proposition and group", "rivals": "proposition and rival"}[name]
    repeated = sorted({str(column) for column in table.columns[table.columns.duplicated()]})
    if repeated:
        rule = f"has columns of the same name: {', '.join(repeated)}"
        yield Problem(table=name, rule=rule, remedy="rename or drop all but one")
    for column in needed:
        if column not in table.columns:
            yield Problem(table=name, column=column, rule="is missing", remedy=f"add the column, one row per {row}")
    if table.empty:
        yield Problem(table=name, rule="has no rows", remedy=f"add one row per {row}")


def _find_wrong(table: pd.DataFrame, name: str, score: str, scale: Scale) -> Iterator[Problem]:
    """Find cells that hold no name, no number, or one that contradicts another."""
    names = ("proposition", "group") if name == "propositions" else ("proposition", "rival")
    for column in names:
        yield from _at(table, table[column].isna(), name, column, "is empty", "name it, or drop the row")
    lowest, highest = scale
    values, low, high = (table[column] for column in ("score", "low", "high"))
    off = values.isna() | (values < lowest) | (values > highest)
    rule = f"is not a score from {lowest:g} to {highest:g}"
    yield from _at(table, off, name, score, rule, "correct it, or give the scale that was used")
    for column in ("low", "high"):
        bounds = table[column]
        wrong = table[f"{column} unread"] | (bounds < lowest) | (bounds > highest)
        yield from _at(table, wrong, name, column, rule, "correct it, or leave low and high empty")
    half = low.isna() != high.isna()
    yield from _at(table, half, name, "low", "has no partner", "give low and high together, or neither")
    yield from _at(table, low > high, name, "low", "is above high", "exchange the two")
    beyond = ~(low > high) & ((values < low) | (values > high))
    yield from _at(table, beyond, name, score, "lies outside low to high", "give the likely score")
    for column in (*MONEY, "weight"):
        numbers = table[column]
        needed = numbers.isna() if name == "propositions" and column == "cost" else table[f"{column} unread"]
        what = "a weight" if column == "weight" else "an amount of money per customer"
        yield from _at(table, needed | (numbers < 0), name, column, "is not a number of 0 or more", f"write {what}")
    unread = table["collected_on unread"]
    yield from _at(table, unread, name, "collected_on", "is not a date", "write dates as 2026-05-31")


def _find_repeated(ours: pd.DataFrame) -> Iterator[Problem]:
    key = [*KEY, "respondent_id"]
    named = ours["proposition"].notna() & ours["group"].notna()
    twice = ours.duplicated(key, keep=False) & named
    remedy = "keep one row per proposition and group (and respondent)"
    yield from _at(ours, twice, "propositions", "proposition", "comes twice for the same group", remedy)
    asked = ours["respondent_id"].notna()
    mixed = asked.groupby([ours[column] for column in KEY]).transform("nunique") > 1
    rule, remedy = "has judged and asked scores for the same group", "keep one of the two kinds"
    yield from _at(ours, mixed & named & ~twice, "propositions", "proposition", rule, remedy)
    for column in MONEY:
        differs = ours.groupby(KEY)[column].transform("nunique") > 1
        yield from _at(ours, differs & named, "propositions", column, "differs within one group", "write one amount")


def _find_moved(ours: pd.DataFrame) -> Iterator[Problem]:
    groups = ours.groupby("respondent_id")["group"].transform("nunique")
    rule, remedy = "belongs to several groups", "put every respondent into one group"
    yield from _at(ours, groups > 1, "propositions", "respondent_id", rule, remedy)


def _find_unknown(ours: pd.DataFrame, theirs: pd.DataFrame) -> Iterator[Problem]:
    unknown = ~theirs["proposition"].isin(ours["proposition"]) & theirs["proposition"].notna()
    remedy = "write it as in propositions, or add it there"
    yield from _at(theirs, unknown, "rivals", "proposition", "is not in propositions", remedy)
    strange = ~theirs["group"].isin(ours["group"]) & theirs["group"].notna()
    remedy = "write it as in propositions, or leave it empty for all groups"
    yield from _at(theirs, strange, "rivals", "group", "is not in propositions", remedy)


def _form_cells(ours: pd.DataFrame, sizes: Mapping[str, float] | None) -> pd.DataFrame:
    grouped = ours.groupby(KEY, sort=False)
    cells = grouped[[*MONEY]].first().reset_index()
    cells["n"] = grouped["respondent_id"].nunique().to_numpy()
    cells["collected_on"] = grouped["collected_on"].min().to_numpy()
    if sizes is None:
        return cells.assign(size=np.nan)
    lacking = sorted(set(cells["group"]) - {str(group) for group in sizes})
    wrong = sorted(str(group) for group, size in sizes.items() if not np.isfinite(size) or size <= 0)
    if lacking or wrong:
        parts = [f"lacks {', '.join(lacking)}"] if lacking else []
        parts += [f"is not above 0 for {', '.join(wrong)}"] if wrong else []
        raise DataError(f"sizes {' and '.join(parts)}: give the number of customers of every group")
    return cells.assign(size=cells["group"].map({str(group): float(size) for group, size in sizes.items()}))


def _place_ours(ours: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    return ours.assign(cell=_find_cells(ours, cells), rival=OURS)


def _place_rivals(ours: pd.DataFrame, theirs: pd.DataFrame, cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the rows of rivals with their cell, a row without a group once per group, and how many have no cell."""
    groups = ours.dropna(subset="respondent_id").drop_duplicates("respondent_id").set_index("respondent_id")["group"]
    asked = theirs["respondent_id"].notna()
    theirs = theirs.assign(group=theirs["group"].where(theirs["group"].notna(), theirs["respondent_id"].map(groups)))
    everywhere = theirs["group"].isna() & ~asked
    spread = theirs[everywhere].drop(columns="group").merge(cells[KEY], on="proposition")
    placed = pd.concat([theirs[~everywhere], spread], ignore_index=True)
    placed = placed.assign(cell=_find_cells(placed, cells))
    return placed[placed["cell"] >= 0].reset_index(drop=True), int((placed["cell"] < 0).sum())


def _find_cells(rows: pd.DataFrame, cells: pd.DataFrame) -> np.ndarray:
    return np.asarray(pd.MultiIndex.from_frame(cells[KEY]).get_indexer(pd.MultiIndex.from_frame(rows[KEY])))


def _find_doubled(placed: pd.DataFrame) -> Iterator[Problem]:
    twice = placed.duplicated(["cell", "rival", "respondent_id"], keep=False)
    remedy = "keep one row per proposition, rival and group (and respondent)"
    yield from _at(placed, twice, "rivals", "rival", "is scored twice for the same proposition and group", remedy)
    asked = placed["respondent_id"].notna()
    mixed = asked.groupby([placed["cell"], placed["rival"]]).transform("nunique") > 1
    rule, remedy = "has judged and asked scores for the same group", "keep one of the two kinds"
    yield from _at(placed, mixed, "rivals", "rival", rule, remedy)
    differs = placed.groupby(["cell", "rival"])["price"].transform("nunique") > 1
    yield from _at(placed, differs, "rivals", "price", "differs within one rival and group", "write one price")


def _find_lonely(placed: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Problem]:
    lonely = cells[~cells.index.isin(placed["cell"])]
    for name, rows in lonely.groupby("proposition", sort=False):
        rule = f"name no rival for {name} ({', '.join(rows['group'])})"
        remedy = "add its best rival; one that does not offer it has the lowest score"
        yield Problem(table="rivals", rule=rule, remedy=remedy)


def _at(table: pd.DataFrame, wrong: pd.Series, name: str, column: str, rule: str, remedy: str) -> Iterator[Problem]:
    rows = tuple(sorted({int(row) for row in table.loc[wrong.to_numpy(dtype=bool), "row"]}))
    if rows:
        yield Problem(table=name, column=column, rows=rows, rule=rule, remedy=remedy)


def _assemble(rows: pd.DataFrame, cells: pd.DataFrame, scale: Scale, judged_within: float) -> ValueInput:
    """Return cells and offers; scores without a range get that of a judgement, asked ones their weighted mean."""
    reach = judged_within * (scale[1] - scale[0])
    asked = rows["respondent_id"].notna()
    judged = rows["low"].isna() & ~asked
    low = rows["low"].where(~judged, (rows["score"] - reach).clip(lower=scale[0]))
    high = rows["high"].where(~judged, (rows["score"] + reach).clip(upper=scale[1]))
    weight = rows["weight"].fillna(1.0).where(asked, 1.0)
    rows = rows.assign(
        low=low.where(~asked), high=high.where(~asked), weight=weight, total=rows["score"] * weight, judged=judged
    )
    summed: Any = rows.groupby(["cell", "rival"], sort=True)
    offers = summed[["low", "high", "price"]].first().reset_index()
    offers["score"] = (summed["total"].sum() / summed["weight"].sum()).to_numpy()
    offers["ranged"] = ~summed["judged"].any().to_numpy()
    offers["asked"] = summed["respondent_id"].nunique().to_numpy()
    numbers = pd.MultiIndex.from_frame(offers[["cell", "rival"]])
    answers = rows[asked]
    codes, respondents = pd.factorize(answers["respondent_id"], sort=True)
    return ValueInput(
        cells=cells,
        offers=offers,
        answers=pd.DataFrame(
            {
                "offer": numbers.get_indexer(pd.MultiIndex.from_frame(answers[["cell", "rival"]])),
                "respondent": codes,
                "score": answers["score"].to_numpy(dtype=float),
                "weight": answers["weight"].to_numpy(dtype=float),
            }
        ),
        respondents=tuple(str(respondent) for respondent in respondents),
    )
