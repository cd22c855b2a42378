"""Preparing features for clustering: what is done to the columns before any distance is measured, and said aloud.

    measured column    (x - mean) / standard deviation, or left in its own unit
    0/1 column         left as it is: a difference counts 1
    category           one 0/1 column per level, times sqrt(1/2): two different levels then also differ by 1

With `scale="auto"` nothing is rescaled where all columns are 0/1, answers on one rating scale, or numbers from -1 to 1:
sums of squares then stay in the data's own unit. Otherwise measured columns are divided by their standard deviation,
and by two of them where 0/1 columns or categories stand beside: an even 0/1 column has standard deviation 1/2.

A method that fits a density to each column (latent classes) needs no common unit and no complete rows: for it nothing
is scaled, and only those without any known feature are left out.

Source: Gelman (2008), "Scaling regression inputs by dividing by two standard deviations", Statistics in Medicine 27.
Assumes that a person with a missing feature can be left out where distances are measured; the notes say how many
were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import compress_rows
from cvlab.checks import check_columns, check_one_of
from cvlab.errors import DataError, ParameterError

SCALES = ("auto", "standard", "none")
ID_COLUMNS = ("customer_id", "respondent_id")
MOST_LEVELS = 30
_YES, _NO = {"yes", "true"}, {"no", "false"}
_LONGEST_RATING_SCALE = 11
_CALLED_LIKE_AN_ID = re.compile(r"(^|[_ .-])(id|uuid|guid|key)$", re.IGNORECASE)


def index_people(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table indexed by person: the id may be a column, the named index, or the index as it stands.

    Raises
    ------
    DataError : no rows, an id that is missing, or one that stands twice.

    Examples
    --------
    >>> index_people(pd.DataFrame({"customer_id": ["b", "a"], "age": [30, 40]}), "customers").index.tolist()
    ['b', 'a']
    """
    check_columns(table, (), name)
    columns = [column for column in ID_COLUMNS if column in table.columns]
    people = table
    if table.index.name not in ID_COLUMNS and columns:
        people = table.set_index(columns[0])
    if people.index.hasnans:
        raise DataError(f"{name}: {int(people.index.isna().sum())} rows have no id. Give each row an id")
    repeated = people.index[people.index.duplicated()]
    if len(repeated):
        raise DataError(
            f"{name}: {len(repeated)} rows repeat an id, for example {repeated[0]!r}. Give one row per person"
        )
    return people.rename_axis(people.index.name or ID_COLUMNS[0])


@dataclass(frozen=True, eq=False, kw_only=True)
class Preparation:
    """How features become the numbers between which distances are measured; the same for new rows.

    Attributes
    ----------
    features : columns used, as the caller names them.
    levels : levels of each category column; a column not in it is numeric.
    columns : encoded columns; a category has one per level, called `column: level`.
    factors : what each encoded column is multiplied by before distances are measured.
    shares : whether each encoded column is 0/1, so that its mean is a share.
    """

    features: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...]
    factors: np.ndarray
    shares: np.ndarray

    def encode(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the encoded columns in the data's own units; a person with a missing feature has missing numbers.

        Raises
        ------
        DataError : a feature is absent, infinite, or text where numbers are expected.
        """
        named = table.rename(columns=str)
        check_columns(named, self.features, "features")
        return _encode(named, self.features, self.levels)

    @property
    def categories(self) -> tuple[np.ndarray, ...]:
        """Positions, among the encoded columns, of the levels of each category."""
        found, position = [], 0
        for name in self.features:
            width = len(self.levels.get(name, ("",)))
            if name in self.levels:
                found.append(np.arange(position, position + width))
            position += width
        return tuple(found)


@dataclass(frozen=True, eq=False, kw_only=True)
class PreparedFeatures:
    """Features ready for clustering.

    Attributes
    ----------
    preparation : what was done.
    encoded : people × encoded columns, in the data's own units: the complete, or all with a known feature where missing
        ones are allowed.
    weights : weight of each of these people.
    distinct, distinct_weights, position : repeated rows of `encoded`, scaled, as `compress_rows` gives them.
    people : index of everybody, also of those left out.
    notes : what was done and who was left out, in words.
    """

    preparation: Preparation
    encoded: pd.DataFrame
    weights: pd.Series
    distinct: np.ndarray
    distinct_weights: np.ndarray
    position: np.ndarray
    people: pd.Index
    notes: tuple[str, ...]


def prepare_features(
    features: pd.DataFrame,
    *,
    scale: str = "auto",
    weights: pd.Series | np.ndarray | None = None,
    missing_allowed: bool = False,
) -> PreparedFeatures:
    """Encode, scale and compress features, and say what was done.

    Parameters
    ----------
    features : one row per person; numbers, yes/no or categories; the id as a column or as the index.
    scale : "auto", "standard" (every measured and 0/1 column to standard deviation 1) or "none".
    weights : one weight per person, in the order of the rows or as a Series by id.
    missing_allowed : keep people with some features missing and scale nothing, for a method that fits densities.

    Raises
    ------
    DataError : infinite values, dates, a column of ids, no column that varies, or nobody with every feature.
    ParameterError : `scale` or `weights` are not what they may be.

    Examples
    --------
    >>> features = pd.DataFrame({"battery": [1, 0, 1], "price": [0, 1, 1]})
    >>> prepare_features(features).notes
    ('Features are left in their own units, since all are 0/1.',)
    """
    check_one_of(scale, SCALES, "scale")
    table = index_people(features, "features").drop(columns=list(ID_COLUMNS), errors="ignore").rename(columns=str)
    names, levels, notes = _read_columns(table)
    encoded = _encode(table, names, levels)
    known = encoded.notna().to_numpy()
    used = known.any(axis=1) if missing_allowed else known.all(axis=1)
    if not used.any():
        raise DataError("features: nobody has a value in every column. Drop the columns that are mostly missing")
    kept = encoded[used]
    notes += _note_missing(known, used, missing_allowed=missing_allowed)
    each = _read_weights(weights, table.index)[used]
    if (each > 0).sum() < len(each):
        notes.append(f"{int((each == 0).sum())} people have weight 0: they are assigned, but shape no cluster.")
    # Compressed before scaling: the order of the rows then cannot touch even the last digit.
    raw, raw_weights, position = _compress(kept.to_numpy(), each.to_numpy())
    of_category = np.array([column not in names for column in kept.columns])
    heavy = raw[raw_weights > 0]
    low, high = np.where(np.isnan(heavy), np.inf, heavy), np.where(np.isnan(heavy), -np.inf, heavy)
    varying = low.min(axis=0) < high.max(axis=0)
    if not varying.all():
        constant = [str(column) for column in kept.columns[~varying]]
        notes.append(f"No difference between people in {', '.join(constant)}: left out of distances.")
    if not varying.any():
        raise DataError("features: no column varies between people. Give at least one that does")
    if missing_allowed:
        factors, note = (
            np.ones(raw.shape[1]),
            "Each column counts by its own chances or spread in each cluster, unscaled.",
        )
    else:
        factors, note = _choose_factors(raw, raw_weights, of_category, scale)
        factors = factors * varying
    notes.insert(0, note)
    shares = (np.isnan(raw) | (raw == 0) | (raw == 1)).all(axis=0)
    preparation = Preparation(
        features=names, levels=levels, columns=tuple(kept.columns), factors=factors, shares=shares
    )
    return PreparedFeatures(
        preparation=preparation,
        encoded=kept,
        weights=each,
        distinct=raw * preparation.factors,
        distinct_weights=raw_weights,
        position=position,
        people=table.index,
        notes=tuple(notes),
    )


def _note_missing(known: np.ndarray, used: np.ndarray, *, missing_allowed: bool) -> list[str]:
    n, left_out = len(used), int((~used).sum())
    if not missing_allowed:
        return [f"{left_out} of {n} people lack a feature and belong to no cluster."] if left_out else []
    partly = int((~known[used].all(axis=1)).sum())
    notes = [f"{partly} of {n} people lack a feature: they count by those that are known."] if partly else []
    return notes + ([f"{left_out} of {n} people have no known feature and belong to no cluster."] if left_out else [])


def _compress(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compress repeated rows; a missing value is like another missing value."""
    known = ~np.isnan(values)
    if known.all():
        return compress_rows(values, weights)
    width = values.shape[1]
    beside, each, position = compress_rows(np.hstack([np.where(known, values, 0.0), known]), weights)
    return np.where(beside[:, width:] > 0, beside[:, :width], np.nan), each, position


def _read_columns(table: pd.DataFrame) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]], list[str]]:
    """Sort columns into numeric ones and categories; drop the useless with a note, refuse the misleading."""
    names, dropped, complaints = [], [], []
    levels: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        values = table[column]
        known = values.dropna()
        if known.empty or (known == known.iloc[0]).all():
            dropped.append(f"{column} ({'all missing' if known.empty else 'the same for everybody'})")
            continue
        if pd.api.types.is_datetime64_any_dtype(values):
            complaints.append(f"{column} is a date: turn it into a number, such as days before today")
        elif not pd.api.types.is_numeric_dtype(values) and not _is_yes_no(known):
            found = tuple(sorted(known.astype(str).unique()))
            if len(found) == len(known) and len(found) > 2:
                complaints.append(f"{column} is different for everybody, like an id: drop it")
            elif len(found) > MOST_LEVELS:
                complaints.append(f"{column} has {len(found)} categories: merge them to at most {MOST_LEVELS}")
            levels[str(column)] = found
        elif _CALLED_LIKE_AN_ID.search(str(column)) and known.nunique() == len(known) > 2:
            complaints.append(f"{column} is different for everybody, like an id: drop it")
        names.append(str(column))
    if complaints:
        raise DataError(f"features: {'; '.join(complaints)}")
    if not names:
        raise DataError(f"features: no column varies between people ({', '.join(dropped) or 'there is none'})")
    notes = [f"Left out: {', '.join(dropped)}."] if dropped else []
    return tuple(names), levels, notes


def _encode(table: pd.DataFrame, names: tuple[str, ...], levels: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    encoded: dict[str, np.ndarray] = {}
    infinite = []
    for name in names:
        values = table[name]
        if name in levels:
            text = values.astype("string")
            missing = values.isna().to_numpy()
            for level in levels[name]:
                encoded[f"{name}: {level}"] = np.where(missing, np.nan, (text == level).fillna(False).to_numpy(float))
            continue
        encoded[name] = _to_numbers(values)
        if np.isinf(encoded[name]).any():
            infinite.append(name)
    if infinite:
        raise DataError(f"features: {', '.join(infinite)} has infinite values. Correct, fill or drop them first")
    return pd.DataFrame(encoded, index=table.index)


def _to_numbers(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    known = values.dropna()
    if not _is_yes_no(known):
        raise DataError(f"features: {values.name} is not numeric. Give numbers, as when the clusters were made")
    yes = values.astype("string").str.lower().isin(_YES).to_numpy(dtype=float, na_value=np.nan)
    return np.where(values.isna(), np.nan, yes)


def _is_yes_no(known: pd.Series) -> bool:
    return set(known.astype(str).str.lower().unique()) <= _YES | _NO


def _read_weights(weights: pd.Series | np.ndarray | None, people: pd.Index) -> pd.Series:
    if weights is None:
        return pd.Series(1.0, index=people)
    if isinstance(weights, pd.Series) and not weights.index.equals(pd.RangeIndex(len(weights))):
        each = weights.reindex(people)
    elif len(weights) != len(people):
        raise ParameterError(f"weights has {len(weights)} values for {len(people)} people: give one per person")
    else:
        each = pd.Series(np.asarray(weights, dtype=float), index=people)
    numbers = each.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all() or (numbers < 0).any() or numbers.sum() == 0:
        raise ParameterError("weights must be 0 or more, finite, one for each person, and not all 0")
    return pd.Series(numbers, index=people)


def _choose_factors(
    raw: np.ndarray, weights: np.ndarray, of_category: np.ndarray, scale: str
) -> tuple[np.ndarray, str]:
    factors = np.where(of_category, np.sqrt(0.5), 1.0)
    binary = ((raw == 0) | (raw == 1)).all(axis=0) & ~of_category
    measured = ~binary & ~of_category
    beside = ""
    if of_category.any():
        beside = " Categories become one 0/1 column per level, weighted so that two levels differ by 1."
    if scale == "none":
        return factors, f"Features are left in their own units, as asked.{beside}"
    mean = np.average(raw, axis=0, weights=weights)
    spread = np.sqrt(np.average((raw - mean) ** 2, axis=0, weights=weights))
    spread = np.where(spread > 0, spread, 1.0)
    if scale == "standard":
        factors = np.where(of_category, factors, 1 / spread)
        return factors, f"Every column but categories is divided by its standard deviation, as asked.{beside}"
    if not measured.any():
        kinds = "0/1" if binary.any() else "categories"
        return factors, f"Features are left in their own units, since all are {kinds}.{beside}"
    numbers = raw[:, ~of_category]
    if np.abs(numbers).max() <= 1:
        return factors, f"Features are left in their own units, since all lie from -1 to 1.{beside}"
    if measured.sum() == (~of_category).sum() and _is_rating_scale(numbers):
        low, high = int(numbers.min()), int(numbers.max())
        return (
            factors,
            f"Features are left in their own units, since all are on one scale from {low} to {high}.{beside}",
        )
    two = bool(binary.any() or of_category.any())
    factors = np.where(measured, 1 / (spread * (2 if two else 1)), factors)
    times = (
        "two standard deviations, so that they count like the 0/1 columns beside them"
        if two
        else "their standard deviation"
    )
    return factors, f"Measured columns are divided by {times}.{beside}"


def _is_rating_scale(numbers: np.ndarray) -> bool:
    """Whole numbers on one short scale, whose ends most columns use."""
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    same_ends = np.mean((low == low.min()) & (high == high.max())) > 0.5
    return bool(same_ends and (numbers == numbers.round()).all() and high.max() - low.min() < _LONGEST_RATING_SCALE)
