"""Comparing schemes: which division of the customers tells most about what they do, on people it has not seen?

    held-out R²   share of the differences in an outcome that group means foretell on people outside the training folds
    reach         how far the groups can be found from descriptors that are known of everybody (reach.py)

How worth is measured stands in held_out.py, the verdict in verdict.py. An outcome that a scheme was made from is
explained "by construction": one of that name is in `made_from`, or one that ranks people like a feature of the
clusters. It is shown, and kept out of the verdict for all schemes, so that they are judged on the same outcomes and the
same people.

Clusters that were found in everybody's features have also seen the held-out people. With `refit` they are found anew
in the training folds, and the held-out people are only assigned.

Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52 (intervals).
Assumes that people are independent, and that groups were made without a look at the outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, corrected_interval
from cvlab.analyses.segmentation.agreement import compare_pairs, measure_balance
from cvlab.analyses.segmentation.held_out import LEVEL, people_needed, score_schemes
from cvlab.analyses.segmentation.preparation import index_people
from cvlab.analyses.segmentation.reach import measure_reach
from cvlab.analyses.segmentation.refitting import Fit, make_finder, read_refit
from cvlab.analyses.segmentation.verdict import judge_schemes, list_words
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

_SAME_RANKS = 0.999
_FEWEST_RANKED = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupingComparison:
    """Schemes side by side.

    Attributes
    ----------
    table : scheme, outcome, r2, low, high (R² or deviance explained on held-out people), n, groups, by_construction.
    overall : scheme, r2, low, high: the mean over the outcomes that none was made from, by which they are judged.
    agreement : scheme_a, scheme_b, ari, ami, n: how far two schemes divide people alike; 1 is the same, 0 is chance.
    crossings : (scheme_a, scheme_b) -> people in each pair of groups.
    reach : scheme, n, groups, base_rate, accuracy (with accuracy_low, accuracy_high), kappa (with low, high), found_by
        ("descriptors", "rule" or "not known"): how far groups are found from descriptors; empty without them.
    balance : scheme, groups, smallest, largest (shares of people), effective_groups (exp of the entropy of shares).
    verdict : which scheme to run on, in a sentence, and whether its groups can be found; it may be neither.
    winner : name of the scheme of the verdict, None for neither.
    headline : mean held-out R² of the best scheme over the outcomes that none was made from.
    notes : who and what was left out, and caveats.
    """

    table: pd.DataFrame
    overall: pd.DataFrame
    agreement: pd.DataFrame
    crossings: Mapping[tuple[str, str], pd.DataFrame]
    reach: pd.DataFrame
    balance: pd.DataFrame
    verdict: str
    winner: str | None
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {
        "r2": "share",
        "low": "share",
        "high": "share",
        "n": "count",
        "groups": "count",
        "by_construction": "truth",
    }


def compare_groupings(
    groupings: Mapping[str, Partition],
    outcomes: pd.DataFrame,
    *,
    descriptors: pd.DataFrame | None = None,
    folds: int = 10,
    repeats: int = 5,
    refit: Mapping[str, Fit | tuple[pd.DataFrame, Fit]] | None = None,
    seed: int = 0,
) -> GroupingComparison:
    """Compare schemes by what they tell about outcomes of people they have not seen.

    Parameters
    ----------
    groupings : name of the scheme -> Partition.
    outcomes : one row per person (id as column or index), one numeric column per outcome: money, counts, or 0/1 and
        yes/no. Best from a later time than the features of the clusters.
    descriptors : what is known of everybody before they buy (age, region …), one row per person: whether a person's
        group can be told from it is in `reach`.
    folds, repeats : of the cross-validation.
    refit : name of the scheme -> function that finds the groups in the features of the training folds and returns a
        Partition that can assign others, as `lambda features: estimate_clusters(features, n_clusters=3)` does. It is
        given the `features` of the clusters of that name; give (features, function) for any others.
    seed : of the folds.

    Raises
    ------
    DataError : no outcome, an outcome or descriptor that is unfit, or nobody who has groups and outcomes.
    ParameterError : `groupings` is empty or holds something else than Partitions; `refit` names no scheme, or
        has no features to work on.

    Source
    ------
    Nadeau & Bengio (2003), Machine Learning 52.

    Examples
    --------
    >>> people = pd.Index([f"c{number}" for number in range(200)], name="customer_id")
    >>> plan = pd.Series(["basic", "pro"] * 100, index=people, dtype="category")
    >>> side = pd.Series(["left", "left", "right", "right"] * 50, index=people, dtype="category")
    >>> noise = np.random.default_rng(0).normal(size=200)
    >>> outcomes = pd.DataFrame({"spend": (plan == "pro") * 2 + noise}, index=people)
    >>> schemes = {"plan": Partition(labels=plan, scheme="plan"), "side": Partition(labels=side, scheme="side")}
    >>> compare_groupings(schemes, outcomes).winner
    'plan'
    """
    check_count(folds, "folds", least=2)
    check_count(repeats, "repeats")
    schemes = _check_schemes(groupings)
    fits = read_refit(refit or {}, schemes)
    numbers, dropped = _read_outcomes(outcomes)
    codes, shared = _share_people(schemes, numbers)
    notes = [*dropped, *_note_missing(schemes, numbers, shared, len(outcomes))]
    needed = people_needed(max(len(partition.names) for partition in schemes.values()))
    made = {
        (name, column): _is_made_of(partition, numbers[column])
        for name, partition in schemes.items()
        for column in numbers
    }
    eligible = [column for column in numbers.columns if not any(made[name, column] for name in schemes)]
    again = {name: make_finder(features, fit, shared, name) for name, (features, fit) in fits.items()}
    scores = score_schemes(codes, numbers.loc[shared], folds=folds, repeats=repeats, seed=seed, again=again)
    table = _tabulate(schemes, numbers.loc[shared], scores, made, folds)
    reach, used, unreached = measure_reach(schemes, descriptors, folds=folds, repeats=repeats, seed=seed)
    notes += [*_note_schemes(schemes, table, fits), *unreached]
    answer = judge_schemes(
        schemes, scores, eligible, reach=reach, descriptors=used, n=len(shared), needed=needed, folds=folds
    )
    agreement, crossings = compare_pairs(schemes)
    return GroupingComparison(
        table=table,
        overall=answer.overall,
        agreement=agreement,
        crossings=crossings,
        reach=reach,
        balance=measure_balance(schemes),
        verdict=answer.verdict,
        winner=answer.winner,
        headline=answer.headline,
        notes=tuple(notes),
    )


def _check_schemes(groupings: Mapping[str, Partition]) -> dict[str, Partition]:
    if not isinstance(groupings, Mapping) or not groupings:
        raise ParameterError(
            "groupings is empty: give at least one, as in {'age': assign_segments(customers, by='age')}"
        )
    wrong = [str(name) for name, partition in groupings.items() if not isinstance(partition, Partition)]
    if wrong:
        raise ParameterError(f"{', '.join(wrong)} is no Partition: make it with assign_segments or estimate_clusters")
    return {str(name): partition for name, partition in groupings.items()}


def _is_made_of(partition: Partition, outcome: pd.Series) -> bool:
    """Say whether an outcome made the groups: by its name, or because it ranks people like one of their features."""
    if outcome.name in partition.made_from:
        return True
    features = getattr(partition, "features", None)
    if not isinstance(features, pd.DataFrame):
        return False
    ranks = features.select_dtypes("number").reindex(outcome.index)
    ranks = ranks[outcome.notna()].dropna().rank()
    own = outcome.reindex(ranks.index).rank()
    if len(ranks) < _FEWEST_RANKED or own.nunique() < 2:
        return False
    spread = ranks.std().to_numpy() * own.std()
    covariance = ((ranks - ranks.mean()).mul(own - own.mean(), axis=0)).sum().to_numpy() / (len(ranks) - 1)
    return bool((np.abs(covariance) > _SAME_RANKS * spread)[spread > 0].any())


def _read_outcomes(outcomes: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    people = index_people(outcomes, "outcomes")
    if not len(people.columns):
        raise DataError("outcomes has no column beside the id: give at least one outcome")
    numbers, complaints, notes = {}, [], []
    for column in people.columns:
        values = people[column]
        known = values.dropna()
        if known.empty:
            notes.append(f"{column} is missing for everybody and left out.")
            continue
        text = known.astype(str).str.lower()
        if not pd.api.types.is_numeric_dtype(values) and set(text) <= {"yes", "no", "true", "false"}:
            values = text.isin({"yes", "true"}).astype(float).reindex(values.index)
        if not pd.api.types.is_numeric_dtype(values):
            complaints.append(f"{column} is not numeric")
            continue
        numbers[str(column)] = values.to_numpy(dtype=float, na_value=np.nan)
        if np.isinf(numbers[str(column)]).any():
            complaints.append(f"{column} has infinite values")
    if complaints:
        raise DataError(f"outcomes: {'; '.join(complaints)}. Give numbers, 0/1 or yes/no")
    if not numbers:
        raise DataError("outcomes: every column is missing for everybody. Give at least one outcome that is known")
    return pd.DataFrame(numbers, index=people.index), notes


def _share_people(schemes: Mapping[str, Partition], numbers: pd.DataFrame) -> tuple[dict[str, np.ndarray], pd.Index]:
    """Return each scheme's group numbers of the people whom all schemes place and who have an outcome, sorted by id."""
    placed = numbers.notna().any(axis=1)
    for partition in schemes.values():
        placed &= partition.codes.reindex(numbers.index, fill_value=-1) >= 0
    # Sorted by id, so that the folds do not hang on the order of the rows.
    shared = pd.Index(sorted(numbers.index[placed], key=str), name=numbers.index.name)
    if not len(shared):
        raise DataError(
            "outcomes: nobody has both a group in every scheme and an outcome. Check that the ids are alike"
        )
    # Groups are numbered by their first member, so that the order of their names does not matter either.
    codes = {name: pd.factorize(partition.codes.reindex(shared).to_numpy())[0] for name, partition in schemes.items()}
    return codes, shared


def _tabulate(
    schemes: Mapping[str, Partition],
    numbers: pd.DataFrame,
    scores: Mapping[tuple[str, str], np.ndarray],
    made: Mapping[tuple[str, str], bool],
    folds: int,
) -> pd.DataFrame:
    rows = []
    for (name, column), each in scores.items():
        r2 = low = high = math.nan
        if np.isfinite(each).all():
            r2, low, high = corrected_interval(each, test_share=1 / folds, level=LEVEL)
        rows.append(
            {
                "scheme": name,
                "outcome": column,
                "r2": r2,
                "low": low,
                "high": high,
                "n": int(numbers[column].notna().sum()),
                "groups": len(schemes[name].names),
                "by_construction": made[name, column],
            }
        )
    return pd.DataFrame(rows)


def _note_missing(
    schemes: Mapping[str, Partition], numbers: pd.DataFrame, shared: pd.Index, n_outcomes: int
) -> list[str]:
    notes = []
    if len(shared) < n_outcomes:
        notes.append(
            f"Compared on the {len(shared):,} of {n_outcomes:,} people who have an outcome and a group in every scheme."
        )
    gaps = numbers.loc[shared].isna().sum()
    for missing, columns in gaps[gaps > 0].groupby(gaps, sort=False):
        are = "is" if len(columns) == 1 else "are"
        notes.append(
            f"{list_words(list(columns.index))} {are} missing for {missing:,} of them, who are left out there."
        )
    return notes


def _note_schemes(schemes: Mapping[str, Partition], table: pd.DataFrame, refitted: Collection[str]) -> list[str]:
    notes = [
        f"{name} was found anew in the training folds, so that held-out people had no part in it." for name in refitted
    ]
    for name, partition in schemes.items():
        if len(partition.names) == 1:
            notes.append(f"{name} has one group only and cannot tell people apart.")
        if partition.sensitive:
            notes.append(
                f"{name} uses sensitive characteristics ({', '.join(partition.sensitive)}): no price may hang on it."
            )
    for column, rows in table[table["by_construction"]].groupby("outcome", sort=False):
        notes.append(
            f"{column} made {list_words(list(rows['scheme']), readable=False)}: what that explains of it is by "
            "construction, so it has no part in the verdict."
        )
    for column, rows in table.groupby("outcome", sort=False):
        if rows["r2"].isna().all():
            notes.append(f"{column} could not be compared: it differs too little, or too few people have it.")
    return notes
