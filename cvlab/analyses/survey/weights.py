"""Weights: whom does the sample stand for, and what does making it stand for them cost?

    effective n = (sum of weights)² / sum of squared weights      [people of equal weight that inform as much; Kish]
    design effect = n / effective n                               [how much wider variances become]

Weights make the margins of the respondents those of a target, by default of the customer table, by raking
(`cvlab.analyses.survey.raking`). They mend what is known to be unlike; they cannot mend what was not asked.

Source: Deming & Stephan (1940), Annals of Mathematical Statistics 11; Kish (1965), Survey Sampling, section 11.7.
Assumes that within a level those who answered are like those who did not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.survey.characteristics import Characteristic, is_date, match_people, match_shares
from cvlab.analyses.survey.raking import Margin, Raked, rake, share_levels
from cvlab.checks import check_columns, check_count, check_numeric, check_positive
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

RESPONDENT = "respondent_id"
HELD = 1e-8  # an error of a margin below this is rounding
VISIBLE = 0.001  # an error that a reader sees: a tenth of a per cent
TRIM = 5.0
MOST_ERRORS = 3  # margins that do not hold, named in a note


@dataclass(frozen=True, eq=False, kw_only=True)
class Weights:
    """Weights of respondents, and what they do to the sample.

    Attributes
    ----------
    table : one row per characteristic and level: characteristic, level, n, sample (share unweighted), target (share),
        weighted (share), factor (target over sample).
    weights : of each respondent, mean 1; index respondent_id. Never published.
    effective_n : people of equal weight that would inform as much.
    design_effect : n over effective n.
    error : largest difference of a weighted share from its target, a share.
    converged : whether every margin holds.
    n_trimmed : how many weights stand at a limit.
    """

    rows: ClassVar[str] = "level"
    kinds: ClassVar[Mapping[str, str]] = {
        "n": "count",
        "sample": "share",
        "target": "share",
        "weighted": "share",
        "factor": "ratio",
    }

    table: pd.DataFrame
    weights: pd.Series
    effective_n: float
    design_effect: float
    error: float
    converged: bool
    n_trimmed: int
    headline: Headline
    notes: tuple[str, ...] = ()


def estimate_weights(
    respondents: pd.DataFrame,
    targets: pd.DataFrame | Mapping[str, Mapping[str, float]],
    *,
    columns: Sequence[str] | None = None,
    trim: float | None = TRIM,
    base: str | None = None,
    smallest_group: int = 10,
) -> Weights:
    """Weight respondents so that their margins are those of a target.

    Parameters
    ----------
    respondents : one row per respondent: respondent_id (column or index) and characteristics.
    targets : the table of the people stood for (such as customers), or characteristic → level → share.
    columns : characteristics to rake; with a table those that both have, when not given.
    trim : no weight above this many times the mean, nor below the mean divided by it; None for no limit.
    base : column of weights to begin with, such as those of the sampling; equal when not given.
    smallest_group : fewest respondents of a level; with a table smaller levels are merged.

    Raises
    ------
    DataError : characteristics are missing, ids repeat, or nobody stands for a level that has a share.
    ParameterError : shares do not sum to 1, or an argument is outside what it may be.

    Examples
    --------
    >>> people = pd.DataFrame({"respondent_id": range(40), "region": ["north"] * 30 + ["south"] * 10})
    >>> result = estimate_weights(people, {"region": {"north": 0.5, "south": 0.5}})
    >>> result.weights.iloc[[0, -1]].round(4).tolist(), round(result.effective_n, 6)
    ([0.6667, 2.0], 30.0)
    """
    check_count(smallest_group, "smallest_group")
    if trim is not None and not check_positive(trim, "trim") > 1:
        raise ParameterError(f"trim is {trim!r}: give a multiple of the mean above 1, such as 5, or None for no limit")
    table = respondents.reset_index() if respondents.index.name == RESPONDENT else respondents
    check_columns(table, [RESPONDENT, *([base] if base else [])], "respondents")
    if table[RESPONDENT].isna().any() or table[RESPONDENT].duplicated().any():
        what = "repeats a respondent_id" if table[RESPONDENT].notna().all() else "has rows without a respondent_id"
        raise DataError(f"respondents {what}: give one row per respondent")
    found, notes = _match(table.drop(columns=[base] if base else []), targets, columns, smallest_group)
    start = _read_base(table, base)
    margins = [Margin(levels=one.sample, target=one.target) for one in found]
    # By name, so that what comes out where no weights fit does not depend on the order of the columns.
    by_name = sorted(range(len(found)), key=lambda place: found[place].name)
    raked = rake([margins[place] for place in by_name], start, trim=trim)
    effective = float(raked.weights.sum() ** 2 / (raked.weights**2).sum())
    enough = len(table) >= smallest_group
    return Weights(
        table=_tabulate(found, margins, raked.weights) if enough else _tabulate([], [], raked.weights),
        weights=pd.Series(raked.weights, index=pd.Index(table[RESPONDENT], name=RESPONDENT), name="weight"),
        effective_n=effective,
        design_effect=len(table) / effective,
        error=raked.error,
        converged=raked.error <= HELD,
        n_trimmed=raked.n_trimmed,
        headline=_write_headline(found, margins, raked, effective, enough, smallest_group, trim),
        notes=(*notes, *_write_notes(found, margins, raked, trim)),
    )


def _match(
    table: pd.DataFrame,
    targets: pd.DataFrame | Mapping[str, Mapping[str, float]],
    columns: Sequence[str] | None,
    smallest_group: int,
) -> tuple[list[Characteristic], list[str]]:
    if not isinstance(targets, pd.DataFrame):
        if columns is not None and (unknown := [name for name in columns if name not in targets]):
            raise ParameterError(f"columns name {', '.join(unknown)}, for which targets give no shares")
        return match_shares(
            table, {name: targets[name] for name in (columns or targets)}, smallest_group=smallest_group
        )
    shared = [str(name) for name in table.columns if name in targets.columns and not str(name).endswith("_id")]
    chosen = list(columns) if columns is not None else [name for name in shared if not is_date(table[name])]
    if not chosen:
        raise DataError("respondents and the table stood for share no characteristic: add one, such as region, to both")
    return match_people(table, targets, chosen, smallest_group=smallest_group)


def _read_base(table: pd.DataFrame, base: str | None) -> np.ndarray:
    if base is None:
        return np.ones(len(table))
    check_numeric(table, [base], "respondents")
    weights = table[base].to_numpy(dtype=float, na_value=np.nan)
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise DataError(f"respondents: {base} is not above 0 in every row. Give each respondent a weight")
    return weights


def _tabulate(found: Sequence[Characteristic], margins: Sequence[Margin], weights: np.ndarray) -> pd.DataFrame:
    rows = []
    for one, margin in zip(found, margins, strict=True):
        sample, weighted = one.n / one.n.sum(), share_levels(margin, weights)
        rows += [
            {
                "characteristic": one.name,
                "level": level,
                "n": int(one.n[position]),
                "sample": sample[position],
                "target": one.target[position],
                "weighted": weighted[position],
                "factor": one.target[position] / sample[position],
            }
            for position, level in enumerate(one.levels)
        ]
    return pd.DataFrame(rows, columns=["characteristic", "level", "n", "sample", "target", "weighted", "factor"])


def _write_headline(
    found: Sequence[Characteristic],
    margins: Sequence[Margin],
    raked: Raked,
    effective: float,
    enough: bool,
    smallest_group: int,
    trim: float | None,
) -> Headline:
    n = len(raked.weights)
    value = effective if enough else np.nan
    sentence = (
        "Weighted by {by}, {n} answers inform as much as {value} of equal weight; the largest weight is "
        "{largest} times the mean."
    )
    if raked.error > VISIBLE:
        sentence = (
            "Weights by {by} do not make {n} answers stand for the people in question, as no weights{within} fit: "
            "{furthest}. What they say is as precise as {value} answers of equal weight, but of other people."
        )
    if not found:
        sentence = "There is no characteristic by which {n} answers could be weighted; all count alike."
    if not enough:
        sentence = "Not enough data for weights: {n} answers, at least {fewest} are needed."
    return Headline(
        key="trust.effective_n",
        label="effective number of answers",
        value=value,
        low=value,
        high=value,
        n=n,
        unit="count",
        better="higher",
        smallest_change=0.1 * n,
        method="raking; Kish's effective sample size",
        sentence=sentence,
        words={
            "by": " and ".join(
                [", ".join(one.name for one in found[:-1]), found[-1].name]
                if len(found) > 1
                else [one.name for one in found]
            ),
            "largest": write_number(float(raked.weights.max()), "number"),
            "fewest": str(smallest_group),
            "within": "" if trim is None else " within the limits",
            "furthest": _say_errors(found, margins, raked, most=1),
        },
        decides=False,
    )


def _write_notes(
    found: Sequence[Characteristic], margins: Sequence[Margin], raked: Raked, trim: float | None
) -> list[str]:
    notes = []
    unknown = [f"{one.name} ({int((one.sample < 0).sum())})" for one in found if (one.sample < 0).any()]
    if unknown:
        notes.append(f"Not known of some respondents, who keep their weight there: {', '.join(unknown)}.")
    if raked.n_trimmed and trim is not None:
        limit = write_number(trim)
        notes.append(
            f"{write_number(raked.n_trimmed, 'count')} of {write_number(len(raked.weights), 'count')} weights are held "
            f"at a limit: {limit} times the mean or 1/{limit} of it."
        )
    if raked.error > HELD:
        within = "no weights within the limits fit" if trim is not None else "no weights fit"
        remedy = "Allow larger weights, or merge levels" if trim is not None else "Merge levels"
        notes.append(
            f"The margins do not all hold, as {within} all of them: {_say_errors(found, margins, raked)}. {remedy}."
        )
    return notes


def _say_errors(
    found: Sequence[Characteristic], margins: Sequence[Margin], raked: Raked, *, most: int = MOST_ERRORS
) -> str:
    """Name the levels that are furthest off, with what they are and what they should be."""
    errors = []
    for one, margin in zip(found, margins, strict=True):
        for level, is_share, target in zip(one.levels, share_levels(margin, raked.weights), one.target, strict=True):
            text = f"{one.name} {level} is {write_number(is_share, 'share')} instead of {write_number(target, 'share')}"
            errors.append((abs(is_share - target), text))
    errors.sort(key=lambda error: -error[0])
    return ", ".join(text for error, text in errors[:most] if error > HELD)
