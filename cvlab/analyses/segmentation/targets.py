"""Targets: which groups to go for first, and how sure is the order?

    1  knock-out         a group that misses an `at_least` or exceeds an `at_most` is out, whatever else speaks for it
    2  scale             (x - worst)/(best - worst) of each criterion, over the groups that are left     [0 to 1]
    3  attractiveness    weighted mean of its scaled criteria: what the group is worth to anybody
       competitiveness   the same of its own: how well the firm can win it
    4  score             attractiveness · competitiveness; the larger, the earlier; of equals, the larger sum

Weights are opinions, and means of groups are estimates. P(first) is the share of draws in which a group comes first
when both move: weights are drawn from a Dirichlet distribution around those given, values from their intervals.
A scale from worst to best makes much of small differences; where they are no more than chance, P(first) shows it.

Source: McDonald & Dunbar (2012), Market Segmentation, chapters 9 and 10 (directional policy matrix); Dolnicar, Grün &
Leisch (2018), Market Segmentation Analysis, chapter 8 and section 4.2 (knock-out criteria); Butler, Jia & Dyer (1997),
"Simulation techniques for the sensitivity analysis of multi-criteria decision models", EJOR 103 (random weights).
Assumes that criteria of one axis make up for each other, and that knock-outs are decided on the values as they stand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.analyses.segmentation.profiles import Profiles
from cvlab.analyses.segmentation.target_input import AXES, Criterion, GroupValues, find_values, read_criteria
from cvlab.analyses.segmentation.target_score import LEVEL, TIE, score_groups, simulate_ranking
from cvlab.checks import check_count, check_positive

SMALLEST_CHANGE = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class TargetRanking:
    """Groups in the order in which to go for them.

    Attributes
    ----------
    table : group, n, attractiveness and competitiveness (0 to 1; `_low` and `_high` hold 95 % of the draws), score,
        rank, p_first (how often the group comes first when weights and values move), knocked_out_by (criteria it
        fails; empty for none). Knocked-out groups stand last and have no score.
    scaled : group, criterion, axis, weight (within its axis), value, scaled (0 to 1).
    headline : P(first) of the best target.
    notes : how it was scaled, what is close to a limit, and caveats.
    """

    table: pd.DataFrame
    scaled: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {
        "group": "text",
        "n": "count",
        "attractiveness": "number",
        "competitiveness": "number",
        "score": "number",
        "rank": "count",
        "p_first": "share",
        "knocked_out_by": "text",
    }


def rank_targets(
    profiles: Profiles,
    criteria: pd.DataFrame | Sequence[Mapping[str, Any]],
    *,
    groups: pd.DataFrame | None = None,
    n_draws: int = 2000,
    certainty: float = 20.0,
    seed: int = 0,
) -> TargetRanking:
    """Rank groups as targets: knock-outs first, then attractiveness times competitiveness.

    Parameters
    ----------
    profiles : groups and their variables, from `profile_groups`.
    criteria : one row per criterion: axis ("attractiveness", "competitiveness" or "knock-out"), variable (of the
        profiles, "variable: level" for a category, a column of `groups`, or "n" and "share" for size), and
        criterion (its name; the variable when not given), weight (1 when not given), better ("higher" or "lower";
        higher when not given); for knock-outs at_least or at_most.
    groups : further values per group, such as what a team thinks of its own strength there: group as column or index.
    n_draws : draws of weights and values for P(first).
    certainty : how sure the weights are; a weight's standard deviation is sqrt(w · (1 - w) / (certainty + 1)).
    seed : of the draws.

    Raises
    ------
    DataError : a criterion cannot be read, its variable is nowhere, or `groups` lacks a group.
    ParameterError : a number is outside what it may be.

    Source
    ------
    McDonald & Dunbar (2012), Market Segmentation, chapters 9 and 10.

    Examples
    --------
    >>> from cvlab.analyses.common import Partition
    >>> from cvlab.analyses.segmentation import profile_groups
    >>> people = pd.Index([f"c{number}" for number in range(120)], name="customer_id")
    >>> plan = pd.Series(["free", "basic", "plus", "pro"] * 30, index=people, dtype="category")
    >>> spend = pd.DataFrame({"spend": [0.0, 100.0, 200.0, 300.0] * 30 + np.arange(120) // 4 % 5}, index=people)
    >>> profiles = profile_groups(Partition(labels=plan, scheme="plan"), spend)
    >>> team = pd.DataFrame({"group": ["free", "basic", "plus", "pro"], "our strength": [5, 5, 4, 1]})
    >>> criteria = [{"axis": "attractiveness", "variable": "spend"},
    ...             {"axis": "competitiveness", "variable": "our strength"},
    ...             {"axis": "knock-out", "variable": "spend", "at_least": 50}]
    >>> table = rank_targets(profiles, criteria, groups=team).table
    >>> table.loc[table["group"].isin(["plus", "free"]), ["group", "score", "rank", "knocked_out_by"]].values.tolist()
    [['plus', 0.375, 1.0, ''], ['free', nan, nan, 'spend']]
    """
    check_count(n_draws, "n_draws", least=100)
    check_positive(certainty, "certainty")
    listed = read_criteria(criteria)
    names = list(profiles.sizes.index)
    values = {criterion: find_values(profiles, groups, criterion) for criterion in listed}
    failed = _knock_out(listed, values, names)
    judged = [criterion for criterion in listed if criterion.axis in AXES]
    unknown = {
        name: [each.name for each in judged if not math.isfinite(values[each].value[place])]
        for place, name in enumerate(names)
    }
    stays = np.array([not failed[name] and not unknown[name] for name in names])
    by_axis = {axis: [each for each in judged if each.axis == axis] for axis in AXES}
    scores, axes, scaled = score_groups(by_axis, values, stays)
    first, bounds = simulate_ranking(by_axis, values, stays, n_draws=n_draws, certainty=certainty, seed=seed)
    table = pd.DataFrame({"group": names, "n": profiles.sizes.to_numpy(), **axes, "score": scores, **bounds})
    # A group that is worst on one axis scores 0, as others may: their sums tell them apart.
    both = table["attractiveness"].fillna(0) + table["competitiveness"].fillna(0)
    merit = (table["score"] + TIE * both).round(12)
    table["rank"] = merit.rank(ascending=False, method="min")
    table["p_first"] = np.where(stays, first, np.nan)
    table["knocked_out_by"] = [
        ", ".join([*failed[name], *(f"{each} not known" for each in unknown[name])]) for name in names
    ]
    order = np.lexsort((-table["n"], -table["p_first"].fillna(-1), -merit.fillna(-1)))
    table = table.iloc[order].reset_index(drop=True)
    return TargetRanking(
        table=table,
        scaled=pd.DataFrame(
            [
                {
                    "group": name,
                    "criterion": each.name,
                    "axis": each.axis,
                    "weight": each.weight / sum(other.weight for other in by_axis[each.axis]),
                    "value": values[each].value[place],
                    "scaled": scaled[each][place],
                }
                for each in judged
                for place, name in enumerate(names)
            ]
        ),
        headline=_write_headline(table, unknown, profiles.smallest_group, n_draws=n_draws),
        notes=tuple(_write_notes(profiles, listed, values, by_axis, names, stays)),
    )


def _knock_out(
    listed: Sequence[Criterion], values: Mapping[Criterion, GroupValues], names: Sequence[str]
) -> dict[str, list[str]]:
    """Return the knock-out criteria that each group fails; what is not known is failed."""
    failed: dict[str, list[str]] = {name: [] for name in names}
    for criterion in (each for each in listed if each.axis == "knock-out"):
        for place, name in enumerate(names):
            value = values[criterion].value[place]
            if not math.isfinite(value):
                failed[name].append(f"{criterion.name} not known")
            elif value < criterion.at_least or value > criterion.at_most:
                failed[name].append(criterion.name)
    return failed


def _write_headline(
    table: pd.DataFrame, unknown: Mapping[str, Sequence[str]], smallest_group: int, *, n_draws: int
) -> Headline:
    left = table[table["knocked_out_by"] == ""]
    value = low = high = math.nan
    words = {"passed": str(len(left)), "all": str(len(table)), "best": "", "next": ""}
    lacking = list(dict.fromkeys(name for names in unknown.values() for name in names))
    if left.empty and all(unknown.values()):
        words |= {"lacking": ", ".join(lacking), "smallest": str(smallest_group)}
        sentence = (
            "Not enough data to rank targets: {lacking} is known of fewer than {smallest} people in each of the {all} "
            "groups; {smallest} in each would do."
        )
    elif left.empty:
        sentence = "No target: not one of the {all} groups passes the knock-out criteria."
    elif len(left) == 1:
        words["best"] = str(left["group"].iloc[0])
        sentence = "Only “{best}” of {all} groups passes the knock-out criteria, so that there is nothing to rank."
    else:
        value = float(left["p_first"].iloc[0])
        low, high = wilson_interval(value * n_draws, n_draws, level=LEVEL)
        words |= {"best": str(left["group"].iloc[0])}
        sentence = (
            "The first target is “{best}”: it comes first in {value} of the draws of weights and values, among "
            "{passed} groups that pass."
        )
        other = left["p_first"].iloc[1:].max()
        if value < 0.5 or other >= value:
            words["next"] = str(left.loc[left["p_first"].iloc[1:].idxmax(), "group"])
            sentence = (
                "No clear first target: “{best}” scores highest, yet comes first in only {value} of the draws of "
                "weights and values, among {passed} groups that pass; “{next}” is its nearest rival."
            )
    return Headline(
        key="segmentation.best_target",
        label="P(first) of the best target",
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        n=int(table["n"].sum()),
        unit="share",
        better="higher",
        smallest_change=SMALLEST_CHANGE,
        method="Dirichlet weights and values within their intervals; bounds are those of the simulation only",
        sentence=sentence,
        words=words,
    )


def _write_notes(
    profiles: Profiles,
    listed: Sequence[Criterion],
    values: Mapping[Criterion, GroupValues],
    by_axis: Mapping[str, Sequence[Criterion]],
    names: Sequence[str],
    stays: np.ndarray,
) -> list[str]:
    notes = ["Each criterion runs from 0 for the worst to 1 for the best of the groups that pass the knock-outs."]
    notes += [f"There is no criterion of {axis}, so it does not count." for axis in AXES if not by_axis[axis]]
    for each in listed:
        value, error = values[each].value, values[each].error
        if each.axis == "knock-out":
            limit = each.at_least if math.isfinite(each.at_least) else each.at_most
            close = [
                name for name, gap, e in zip(names, np.abs(value - limit), error, strict=True) if 0 < gap < 1.96 * e
            ]
            if close:
                notes.append(f"{each.name}: {', '.join(close)} may lie on the other side of the limit.")
        elif stays.sum() > 1 and np.ptp(value[stays]) == 0:
            notes.append(f"{each.name} is the same in every group, so it does not count.")
    used = [each.variable for each in listed if each.variable.partition(": ")[0] in profiles.sensitive]
    if profiles.sensitive or used:
        named = ", ".join(dict.fromkeys([*profiles.sensitive, *used]))
        notes.append(
            f"Sensitive characteristics are involved ({named}): choose whom to speak to, never a price by them."
        )
    return notes
