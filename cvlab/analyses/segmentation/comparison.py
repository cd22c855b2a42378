"""Comparing schemes: which division of the customers tells most about what they do, on people it has not seen?

    held-out R²   share of the differences in an outcome that group means foretell on people outside the training folds

How it is measured stands in held_out.py. An outcome that a scheme was made from is explained "by construction"; it is
shown, and kept out of the verdict for all schemes, so that they are judged on the same outcomes and the same people.

    verdict   "neither" unless the interval of the best scheme lies above 0;
              one scheme only if the interval of its lead over the next lies above 0 as well

Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52 (intervals); Hubert &
Arabie (1985), Journal of Classification 2 (adjusted Rand index); Vinh, Epps & Bailey (2010), JMLR 11 (adjusted mutual
information).
Assumes that people are independent, and that groups were made without a look at the outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from cvlab.analyses.common import Headline, Partition, corrected_interval
from cvlab.analyses.segmentation.held_out import LEVEL, POWER, WORTH_FINDING, people_needed, score_schemes
from cvlab.analyses.segmentation.preparation import index_people
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

SMALLEST_CHANGE = 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupingComparison:
    """Schemes side by side.

    Attributes
    ----------
    table : scheme, outcome, r2, low, high (R² or deviance explained on held-out people), n, groups, by_construction.
    agreement : scheme_a, scheme_b, ari, ami, n: how far two schemes divide people alike; 1 is the same, 0 is chance.
    crossings : (scheme_a, scheme_b) -> people in each pair of groups.
    balance : scheme, groups, smallest, largest (shares of people), effective_groups (exp of the entropy of shares).
    verdict : which scheme to run on, in a sentence; it may be neither.
    winner : name of the scheme of the verdict, None for neither.
    headline : mean held-out R² of the best scheme over the outcomes that none was made from.
    notes : who and what was left out, and caveats.
    """

    table: pd.DataFrame
    agreement: pd.DataFrame
    crossings: Mapping[tuple[str, str], pd.DataFrame]
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
    groupings: Mapping[str, Partition], outcomes: pd.DataFrame, *, folds: int = 10, repeats: int = 5, seed: int = 0
) -> GroupingComparison:
    """Compare schemes by what they tell about outcomes of people they have not seen.

    Parameters
    ----------
    groupings : name of the scheme -> Partition.
    outcomes : one row per person (id as column or index), one numeric column per outcome: money, counts, or 0/1 and
        yes/no. Best from a later time than the features of the clusters.
    folds, repeats : of the cross-validation.
    seed : of the folds.

    Raises
    ------
    DataError : no outcome, an outcome that is text or infinite, or nobody who has groups and outcomes.
    ParameterError : `groupings` is empty or holds something else than Partitions.

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
    numbers, dropped = _read_outcomes(outcomes)
    codes, shared = _share_people(schemes, numbers)
    notes = [*dropped, *_note_missing(schemes, numbers, shared, len(outcomes))]
    needed = people_needed(max(len(partition.names) for partition in schemes.values()))
    eligible = [
        column for column in numbers.columns if not any(column in partition.made_from for partition in schemes.values())
    ]
    scores = score_schemes(codes, numbers.loc[shared], folds=folds, repeats=repeats, seed=seed)
    table = _tabulate(schemes, numbers.loc[shared], scores, folds)
    notes += _note_schemes(schemes, table)
    answer = _Judgement.judge(schemes, scores, eligible, n=len(shared), needed=needed, folds=folds)
    agreement, crossings = _compare_pairs(schemes)
    return GroupingComparison(
        table=table,
        agreement=agreement,
        crossings=crossings,
        balance=_measure_balance(schemes),
        verdict=answer.verdict,
        winner=answer.winner,
        headline=answer.headline,
        notes=tuple(notes),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Judgement:
    verdict: str
    winner: str | None
    headline: Headline

    @classmethod
    def judge(
        cls,
        schemes: Mapping[str, Partition],
        scores: Mapping[tuple[str, str], np.ndarray],
        eligible: Sequence[str],
        *,
        n: int,
        needed: int,
        folds: int,
    ) -> _Judgement:
        """Say which scheme explains most, whether that is more than nothing, and more than the next one does."""
        usable = [column for column in eligible if all(np.isfinite(scores[name, column]).all() for name in schemes)]
        if not usable or n < needed:
            return cls._decline(eligible, usable, n=n, needed=needed)
        means = {name: np.mean([scores[name, column] for column in usable], axis=0) for name in schemes}
        ranked = sorted(means, key=lambda name: -means[name].mean())
        best = ranked[0]
        value, low, high = corrected_interval(means[best], test_share=1 / folds, level=LEVEL)
        words = {"best": best, "outcomes": _list_words(usable)}
        # Every other scheme must be left behind, not only the next: a noisy one further down may be as good.
        rivals = [
            name
            for name in ranked[1:]
            if corrected_interval(means[best] - means[name], test_share=1 / folds, level=LEVEL)[1] <= 0
        ]
        explained = "{value} of the differences in {outcomes} on held-out people ({level} interval {low} to {high})"
        winner: str | None = None
        if low <= 0:
            sentence = f"Neither: nothing certain is explained. The best scheme, “{{best}}”, explains {explained}."
            if len(ranked) == 1:
                sentence = f"Nothing certain is explained: the scheme “{{best}}” explains {explained}."
        elif rivals:
            words["rivals"] = _list_words(rivals, readable=False)
            sentence = (
                f"Neither is clearly better: the scheme “{{best}}” explains {explained}, {{rivals}} not clearly less."
            )
        else:
            winner = best
            lead = ", more than any other scheme" if len(ranked) > 1 else ""
            sentence = f"Best on held-out people: the scheme “{{best}}” explains {explained}{lead}."
            sentence = sentence.replace(" on held-out people (", " (")
        headline = _make_headline(value, low, high, n=n, sentence=sentence, words=words)
        return cls(verdict=str(headline), winner=winner, headline=headline)

    @classmethod
    def _decline(cls, eligible: Sequence[str], usable: Sequence[str], *, n: int, needed: int) -> _Judgement:
        words = {"needed": f"{needed:,}", "found": f"{WORTH_FINDING:.0%}", "power": f"{POWER:.0%}"}
        if not eligible:
            sentence = (
                "Not enough data to compare schemes: each outcome made one of them, so what they explain is by "
                "construction. Give at least one outcome from another source or a later time."
            )
        elif n >= needed and not usable:
            sentence = (
                "Not enough data to compare schemes: no outcome differs between people. Give at least one that does."
            )
        else:
            sentence = (
                "Not enough data to compare schemes: {n} people have groups and outcomes; {needed} would do, to find a "
                "scheme that explains {found} with a chance of {power}."
            )
        headline = _make_headline(math.nan, math.nan, math.nan, n=n, sentence=sentence, words=words)
        return cls(verdict=str(headline), winner=None, headline=headline)


def _make_headline(
    value: float, low: float, high: float, *, n: int, sentence: str, words: Mapping[str, str]
) -> Headline:
    return Headline(
        key="segmentation.held_out_r2",
        label="held-out R² of the best scheme",
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        n=n,
        unit="share",
        better="higher",
        smallest_change=SMALLEST_CHANGE,
        method="cross-validated group means, Nadeau–Bengio interval; mean over the outcomes",
        sentence=sentence,
        words=words,
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
                "by_construction": column in schemes[name].made_from,
            }
        )
    return pd.DataFrame(rows)


def _compare_pairs(
    schemes: Mapping[str, Partition],
) -> tuple[pd.DataFrame, dict[tuple[str, str], pd.DataFrame]]:
    rows, crossings = [], {}
    for first, second in combinations(schemes, 2):
        pair = pd.DataFrame({"a": schemes[first].labels, "b": schemes[second].labels}).dropna()
        a, b = (
            pair[side].astype(pd.CategoricalDtype(list(schemes[name].names)))
            for side, name in (("a", first), ("b", second))
        )
        crossing = pd.crosstab(a, b, dropna=False).rename_axis(index=first, columns=second)
        crossings[first, second] = crossing
        known = len(pair) > 0
        rows.append(
            {
                "scheme_a": first,
                "scheme_b": second,
                "ari": float(adjusted_rand_score(a.cat.codes, b.cat.codes)) if known else math.nan,
                "ami": float(adjusted_mutual_info_score(a.cat.codes, b.cat.codes)) if known else math.nan,
                "n": len(pair),
            }
        )
    return pd.DataFrame(rows, columns=["scheme_a", "scheme_b", "ari", "ami", "n"]), crossings


def _measure_balance(schemes: Mapping[str, Partition]) -> pd.DataFrame:
    rows = []
    for name, partition in schemes.items():
        shares = partition.sizes.to_numpy() / partition.sizes.sum()
        occupied = shares[shares > 0]
        effective = float(np.exp(-(occupied * np.log(occupied)).sum()))
        rows.append(
            {
                "scheme": name,
                "groups": len(shares),
                "smallest": float(shares.min()),
                "largest": float(shares.max()),
                "effective_groups": effective,
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
    for column in numbers.columns:
        missing = int(numbers.loc[shared, column].isna().sum())
        if missing:
            notes.append(f"{column} is missing for {missing:,} of them, who are left out there.")
    return notes


def _note_schemes(schemes: Mapping[str, Partition], table: pd.DataFrame) -> list[str]:
    notes = []
    for name, partition in schemes.items():
        if len(partition.names) == 1:
            notes.append(f"{name} has one group only and cannot tell people apart.")
        if partition.sensitive:
            notes.append(
                f"{name} uses sensitive characteristics ({', '.join(partition.sensitive)}): no price may hang on it."
            )
    for column, rows in table[table["by_construction"]].groupby("outcome", sort=False):
        notes.append(
            f"{column} made {_list_words(list(rows['scheme']), readable=False)}: what that explains of it is by "
            "construction, so it has no part in the verdict."
        )
    for column, rows in table.groupby("outcome", sort=False):
        if rows["r2"].isna().all():
            notes.append(f"{column} could not be compared: it differs too little, or too few people have it.")
    return notes


def _list_words(words: Sequence[str], *, readable: bool = True) -> str:
    listed = [word.replace("_", " ") if readable else word for word in words]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
