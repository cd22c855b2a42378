"""Reach: can the group of a person be told from what is known of everybody, such as age, income or region?

    accuracy     share of held-out people whom a classifier places in their group
    base rate    share placed by always guessing the largest group
    kappa        (accuracy - e) / (1 - e), e = agreement by chance = sum of share in group · share placed there
                 0 is chance, 1 is always right

A cluster that explains value but cannot be found is not a target. The classifier is a multinomial logistic regression
with a ridge penalty on descriptors in steps (numbers at their fifths, categories by level), so that "the middle-aged"
can be found as well as "the old". A group that is a rule over the descriptors is known by that rule, not guessed.

Source: Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20;
Landis & Koch (1977), Biometrics 33 (kappa below .20 is slight); Nadeau & Bengio (2003), Machine Learning 52 (interval).
Assumes that people are independent, and that descriptors are known before a person is approached. Guesses about groups
that have nothing to do with the descriptors fall slightly below chance, so that kappa errs on the careful side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from cvlab.analyses.common import Partition, corrected_interval, cross_validation_folds
from cvlab.analyses.segmentation.preparation import ID_COLUMNS, MOST_LEVELS, index_people
from cvlab.errors import DataError, ParameterError

LEVEL = 0.95
SLIGHT = 0.20
REACH_COLUMNS = (
    *("scheme", "n", "groups", "base_rate", "accuracy", "accuracy_low", "accuracy_high"),
    *("kappa", "low", "high", "found_by"),
)
_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_FEW_VALUES = 6
# More repeats would only narrow the error of the folds, which is small beside that of the people.
_MOST_REPEATS = 2
_PENALTY = 1.0


def measure_reach(
    schemes: Mapping[str, Partition], descriptors: pd.DataFrame | None, *, folds: int, repeats: int, seed: int
) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
    """Return how well each scheme's groups are found from descriptors, which descriptors were used, and notes.

    Raises
    ------
    DataError : no descriptor is left, or one is a column of ids, or infinite.
    """
    if descriptors is None:
        return pd.DataFrame(columns=list(REACH_COLUMNS)), (), []
    known, encoded, notes = _read_descriptors(descriptors)
    rows = []
    for name, partition in schemes.items():
        row, more = _measure_scheme(
            partition, known, encoded, folds=folds, repeats=min(repeats, _MOST_REPEATS), seed=seed
        )
        rows.append({"scheme": name, **row})
        notes += [f"{name}: {note}" for note in more]
    return pd.DataFrame(rows, columns=list(REACH_COLUMNS)), tuple(map(str, known.columns)), notes


def _measure_scheme(
    partition: Partition, known: pd.DataFrame, encoded: pd.DataFrame, *, folds: int, repeats: int, seed: int
) -> tuple[dict[str, object], list[str]]:
    codes = partition.codes.reindex(encoded.index, fill_value=-1)
    # Sorted by id, so that the folds do not hang on the order of the rows.
    people = pd.Index(sorted(codes.index[codes >= 0], key=str))
    groups = codes.loc[people].to_numpy()
    n, occupied = len(people), len(np.unique(groups))
    row: dict[str, object] = dict.fromkeys(REACH_COLUMNS[1:], math.nan)
    row |= {"n": n, "groups": len(partition.names), "found_by": "not known"}
    if occupied < 2:
        return row, ["nobody can be told apart by one group, so its reach is not measured."] if n else [
            "nobody has both a group and descriptors, so its reach is not measured."
        ]
    row["base_rate"] = float(np.bincount(groups).max() / n)
    if n < 2 * folds:
        return row, [f"{n} people are too few to measure reach; {2 * folds} would do for {folds} folds."]
    predicted, found_by = _apply_rule(partition, known.loc[people]), "rule"
    if predicted is not None:
        hits = np.asarray(predicted == groups, dtype=float)
        accuracy, by_chance = float(hits.mean()), _chance(groups, predicted)
        row |= dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high"), accuracy)
        row |= dict.fromkeys(("kappa", "low", "high"), (accuracy - by_chance) / (1 - by_chance))
        return row | {"found_by": found_by}, []
    matrix = encoded.loc[people].to_numpy()
    fold_numbers = cross_validation_folds(n, folds=folds, repeats=repeats, seed=seed)
    accuracies, kappas = [], []
    for fold in fold_numbers:
        guesses = _classify(matrix, groups, fold, folds)
        by_chance = _chance(groups, guesses)
        placed = np.bincount(fold, weights=guesses == groups) / np.bincount(fold)
        accuracies.append(placed)
        kappas.append((placed - by_chance) / (1 - by_chance))
    names = {"accuracy": ("accuracy", "accuracy_low", "accuracy_high"), "kappa": ("kappa", "low", "high")}
    for name, values in (("accuracy", accuracies), ("kappa", kappas)):
        row |= zip(
            names[name], corrected_interval(np.concatenate(values), test_share=1 / folds, level=LEVEL), strict=True
        )
    return row | {"found_by": "descriptors"}, []


def _apply_rule(partition: Partition, known: pd.DataFrame) -> np.ndarray | None:
    """Return the groups that the partition's own rule gives from the descriptors, or None where it asks for more."""
    if partition.rule is None or not partition.made_from or not set(partition.made_from) <= set(known.columns):
        return None
    try:
        assigned = partition.assign(known)
    except (DataError, ParameterError):
        return None
    return assigned.astype(pd.CategoricalDtype(list(partition.labels.cat.categories))).cat.codes.to_numpy()


def _classify(matrix: np.ndarray, groups: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
    guesses = np.empty(len(groups), dtype=int)
    for number in range(folds):
        train, test = fold != number, fold == number
        if len(np.unique(groups[train])) < 2:
            guesses[test] = groups[train][0]
            continue
        classifier = LogisticRegression(C=_PENALTY, max_iter=1000, tol=1e-3)
        guesses[test] = classifier.fit(matrix[train], groups[train]).predict(matrix[test])
    return guesses


def _chance(groups: np.ndarray, guesses: np.ndarray) -> float:
    """Return the agreement that two unrelated columns with these shares would have."""
    size = int(max(groups.max(), guesses.max())) + 2  # one more place, for who was placed nowhere (-1)
    shares = [np.bincount(each + 1, minlength=size) / len(each) for each in (groups, guesses)]
    return float(shares[0] @ shares[1])


def _read_descriptors(descriptors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Turn descriptors into 0/1 steps; what is missing is a step of its own."""
    table = index_people(descriptors, "descriptors").drop(columns=list(ID_COLUMNS), errors="ignore").rename(columns=str)
    parts, complaints, dropped = [], [], []
    for column in table.columns:
        values = table[column]
        present = values.dropna()
        if pd.api.types.is_datetime64_any_dtype(values):
            complaints.append(f"{column} is a date: turn it into a number, such as days before today")
            continue
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        if numeric and np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any():
            complaints.append(f"{column} has infinite values: correct or drop them")
            continue
        if present.nunique() < 2 and len(present) in (0, len(values)):
            dropped.append(str(column))
            continue
        if not numeric and present.nunique() == len(present) > MOST_LEVELS:
            complaints.append(f"{column} is different for everybody, like an id: drop it")
            continue
        parts.append(_spread_steps(values, numeric=numeric))
    if complaints:
        raise DataError(f"descriptors: {'; '.join(complaints)}")
    if not parts:
        raise DataError("descriptors: no column differs between people. Give at least one that does")
    notes = [f"No difference between people in {', '.join(dropped)}: no help in finding them."] if dropped else []
    return table.drop(columns=dropped), pd.concat(parts, axis=1), notes


def _spread_steps(values: pd.Series, *, numeric: bool) -> pd.DataFrame:
    if numeric and values.nunique() > _FEW_VALUES:
        numbers = pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)
        edges = np.unique(numbers.quantile(list(_FIFTHS)))
        levels = pd.Series(np.searchsorted(edges, numbers, side="left"), index=values.index).where(numbers.notna(), -1)
    else:
        levels = values.astype("string").fillna("")
        common = levels.value_counts().index[:MOST_LEVELS]
        levels = levels.where(levels.isin(common), "other")
    steps = pd.get_dummies(levels, dtype=float)
    return steps.set_axis([f"{values.name}: {step}" for step in steps.columns], axis=1)
