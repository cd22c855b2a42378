"""The value model in four steps: what we propose to whom, what it costs, what follows, and what has changed.

    1 against rivals   lead = our score - that of the best rival, per proposition and group; rank    [points]
    2 money            margin = revenue - cost, per customer of the group                            [money]
    3 decision         lead with it, price it, match the rival, or drop it (see `proposition_verdicts`)
    4 over time        change of the lead against an earlier value model                             [points]

A score says how well an offer does what the proposition promises, on a scale that all offers share. One that was asked
of respondents has the uncertainty of a sample; one that somebody judged has the range that he or she gave, or, where
none was given, `judged_within` of the scale to either side. Such an interval says how the verdict follows from the
judgement, not how good the judgement is.

Source: the steps are those of the customer value management literature, e.g. Gale (1994), Managing Customer Value, and
Anderson, Narus & van Rossum (2006), "Customer value propositions in business markets", Harvard Business Review 84(3);
ranks with their uncertainty: Goldstein & Spiegelhalter (1996), Journal of the Royal Statistical Society A 159.
Assumes that costs and revenues are known, and that being best at a proposition is what wins customers by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.value_ladder.proposition_input import Scale, read_value_input
from cvlab.analyses.value_ladder.proposition_numbers import measure_standing
from cvlab.analyses.value_ladder.proposition_tables import tabulate_cells, tabulate_propositions
from cvlab.analyses.value_ladder.proposition_verdicts import Thresholds, compare_leads
from cvlab.analyses.value_ladder.value_model_words import find_notes, note_age, note_changes, write_headline
from cvlab.checks import check_count, check_day, check_finite, check_positive, check_share
from cvlab.errors import ParameterError

LEAST_SURE = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueModel:
    """What we propose to whom, against whom, and what follows.

    Attributes
    ----------
    table : one row per proposition and group: proposition, group, n (respondents; 0: judged), ours, ours_low,
        ours_high, rival (the best), rivals (how many), size (customers), rival_score, lead (points of the scale), both
        with `_low` and `_high`, rank, rank_low, rank_high, first (probability), cost, revenue, margin, price,
        rival_price, price_gap (money per customer), standing (ahead, level, behind, cannot tell), decision, reason.
    decisions : one row per proposition over all groups: proposition, groups, ahead (groups), lead, lead_low, lead_high
        (mean over customers), probability (that the mean is above 0), margin, total_margin (money; of all customers,
        where sizes are given), standing, decision.
    changes : one row per proposition and group, where an earlier value model was given: before, now, change, low, high,
        verdict ("changed and matters", "too small to matter", "cannot tell", "new").
    headline : share of propositions and groups in which we are first.
    scale, level, smallest_lead, sure : as they were taken; smallest_lead in points of the scale.
    drawn_leads : draws × rows of `table`, for a later value model.
    """

    rows: ClassVar[str] = "proposition"
    kinds: ClassVar[Mapping[str, str]] = {
        **{
            f"{name}{end}": "number"
            for name in ("ours", "lead", "rank", "rival_score")
            for end in ("", "_low", "_high")
        },
        **dict.fromkeys(("before", "now", "change", "low", "high"), "number"),
        **dict.fromkeys(("first", "probability"), "share"),
        **dict.fromkeys(("n", "rivals", "groups", "ahead", "size"), "count"),
        **dict.fromkeys(("cost", "revenue", "margin", "price", "rival_price", "price_gap", "total_margin"), "money"),
    }

    table: pd.DataFrame
    decisions: pd.DataFrame
    changes: pd.DataFrame | None
    headline: Headline
    notes: tuple[str, ...] = ()
    scale: Scale
    level: float
    smallest_lead: float
    sure: float
    drawn_leads: np.ndarray = field(repr=False)

    @property
    def matrix(self) -> pd.DataFrame:
        """Leads, one row per proposition and one column per group; missing where a group has no such proposition."""
        order = self.table.drop_duplicates("group")["group"]
        wide = self.table.pivot_table(index="proposition", columns="group", values="lead", sort=False, dropna=False)
        return wide.reindex(columns=list(order))


def measure_value_model(
    propositions: pd.DataFrame,
    rivals: pd.DataFrame,
    *,
    sizes: Mapping[str, float] | None = None,
    previous: ValueModel | None = None,
    scale: Scale = (0.0, 10.0),
    judged_within: float = 0.1,
    smallest_lead: float = 0.05,
    sure: float = 0.9,
    as_of: date | str | None = None,
    collected_on: date | str | None = None,
    oldest_days: int = 365,
    n_draws: int = 2000,
    smallest_group: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> ValueModel:
    """Measure what we propose against the best rival, group by group, what it earns, and what follows.

    Parameters
    ----------
    propositions : one row per proposition and group (or per respondent, too): proposition, ours (score), cost (money
        per customer), and, where known: group, revenue, price (money per customer), low, high (of a judged score),
        respondent_id, weight, collected_on.
    rivals : one row per proposition and rival (or per respondent, too): proposition, rival, score, and, where known:
        price, group (empty: all groups), low, high, respondent_id, weight.
    sizes : group → number of customers; without it every group counts the same.
    previous : an earlier value model, to see what has changed.
    scale : lowest and highest score that could be given.
    judged_within : judged scores without low and high are taken to be right within this share of the scale.
    smallest_lead : share of the scale below which a lead, or a change of it, does not matter.
    sure : probability of being first from which we count as ahead; from 1 - sure down we are behind.
    as_of, oldest_days : where `as_of` is given, scores collected more than so many days earlier are named.
    collected_on : the day of scores that bear none of their own.
    n_draws : draws for intervals and ranks.
    smallest_group : of fewer respondents than this nothing is told.
    level, seed : coverage of the intervals, and where the random numbers start.

    Returns
    -------
    ValueModel : rows of `table` are propositions, group by group.

    Raises
    ------
    DataError : columns are missing, scores off the scale, rows repeated, rivals missing or unknown; all at once.
    ParameterError : an argument is out of range, or the earlier value model has another scale.

    Source
    ------
    Goldstein & Spiegelhalter (1996), Journal of the Royal Statistical Society A 159, 385-443.

    Examples
    --------
    >>> propositions = pd.DataFrame({"proposition": ["quick start", "quiet"], "group": ["small", "small"],
    ...                              "ours": [8.0, 4.0], "cost": [3.0, 2.0], "revenue": [5.0, 1.0]})
    >>> rivals = pd.DataFrame({"proposition": ["quick start", "quick start", "quiet"], "rival": ["Ax", "Bo", "Ax"],
    ...                        "score": [5.0, 6.0, 7.0], "price": [20.0, 22.0, 20.0]})
    >>> model = measure_value_model(propositions, rivals)
    >>> model.table[["proposition", "rival", "lead", "rank", "margin", "decision"]].to_numpy().tolist()
    [['quick start', 'Bo', 2.0, 1, 2.0, 'lead'], ['quiet', 'Ax', -3.0, 2, -1.0, 'drop']]
    >>> model.headline.value
    0.5
    """
    _check_scale(scale, previous)
    check_positive(judged_within, "judged_within", zero_allowed=True)
    check_positive(smallest_lead, "smallest_lead", zero_allowed=True)
    check_share(level, "level")
    if check_share(sure, "sure") < LEAST_SURE:
        raise ParameterError(f"sure is {sure}: give a probability from {LEAST_SURE} to 1, for example 0.9")
    for count, name in ((oldest_days, "oldest_days"), (n_draws, "n_draws"), (smallest_group, "smallest_group")):
        check_count(count, name)
    check_count(seed, "seed", least=0)
    if sizes is not None:
        _check_sizes(sizes)
    today = None if as_of is None else check_day(as_of, "as_of")
    collected = None if collected_on is None else check_day(collected_on, "collected_on")
    limits = Thresholds(sure=sure, smallest_lead=smallest_lead * (scale[1] - scale[0]))
    given, notes = read_value_input(propositions, rivals, sizes=sizes, scale=scale, judged_within=judged_within)
    standing = measure_standing(given, n_draws=n_draws, seed=seed)
    told = ((given.cells["n"] == 0) | (given.cells["n"] >= smallest_group)).to_numpy()
    table = tabulate_cells(given, standing, told, limits, level=level, smallest_group=smallest_group)
    drawn_leads = np.where(told, standing.drawn_lead, np.nan)
    decisions = tabulate_propositions(table, drawn_leads, limits, level=level)
    before = None if previous is None else previous.table
    changes = None
    if previous is not None:
        changes = compare_leads(
            table, drawn_leads, previous.table, previous.drawn_leads, smallest=limits.smallest_lead, level=level
        )
    return ValueModel(
        table=table,
        decisions=decisions,
        changes=changes,
        headline=write_headline(table, decisions, standing.drawn_first, level, smallest_group),
        notes=(
            *notes,
            *find_notes(given, table, judged_within=judged_within, smallest_group=smallest_group),
            *note_age(given, today, collected, oldest_days),
            *note_changes(changes, table, before),
        ),
        scale=(float(scale[0]), float(scale[1])),
        level=level,
        smallest_lead=limits.smallest_lead,
        sure=sure,
        drawn_leads=drawn_leads,
    )


def _check_sizes(sizes: Mapping[str, float]) -> None:
    if not isinstance(sizes, Mapping):
        raise ParameterError(f"sizes is {sizes!r}: give group → number of customers, such as {{'small': 400}}")
    for group, size in sizes.items():
        check_finite(size, f"sizes of {group}")


def _check_scale(scale: Scale, previous: ValueModel | None) -> None:
    if previous is not None and not isinstance(previous, ValueModel):
        raise ParameterError(
            f"previous is a {type(previous).__name__}: give what measure_value_model returned, or None"
        )
    if (
        not isinstance(scale, (Sequence, np.ndarray))
        or isinstance(scale, str)
        or len(scale) != len(("lowest", "highest"))
    ):
        raise ParameterError(f"scale is {scale!r}: give the lowest and the highest score, such as (0, 10)")
    lowest, highest = (check_finite(end, "scale") for end in scale)
    if lowest >= highest:
        raise ParameterError(f"scale is {scale!r}: give the lowest score before the highest, such as (0, 10)")
    if previous is not None and previous.scale != (lowest, highest):
        before = f"{previous.scale[0]:g} to {previous.scale[1]:g}"
        raise ParameterError(
            f"previous has scores from {before}, now they run from {lowest:g} to {highest:g}: bring both to one scale"
        )
