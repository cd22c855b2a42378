"""Actions: what should we do, for whom, and what is it worth a year?

    an action        a rule of the playbook whose thresholds the headlines of this report meet
    money per year   from the headlines' draws, jointly, by a stated rule           (see `cvlab.reports.summary.money`)
    chance of loss   share of the draws in which the money is below 0
    act              the whole interval lies above 0
    test             it does not, or the data light is red: try it before deciding
    hold             leave as it is; worth 0 against today
    order            what to act on, then what to hold, then what to test, each by likely money × probability of a gain;
                     what has no money per year comes last

The best of several is best partly by luck: by how much its money is likely too high is measured on the joint draws and
said beside it (Smith & Winkler 2006, "The optimizer's curse", Management Science 52).
Of actions that price the same product only the first is shown (`exclusions`). Assumes that actions are alternatives:
what they share is counted in each, so their money must not be added up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.checks import check_count
from cvlab.reports.records.manifest import find_light
from cvlab.reports.summary.action_words import MOST, write_action_notes, write_first
from cvlab.reports.summary.candidates import HOLD, LEVEL, ORDER, Candidate, find_misspelt, has_number, propose
from cvlab.reports.summary.exclusions import keep_first
from cvlab.reports.summary.money import Record, draw_jointly, measure_optimism
from cvlab.reports.summary.playbook import Assumption, Playbook
from cvlab.units import NOT_KNOWN

_COSTS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, eq=False, kw_only=True)
class Trials:
    """The tests of the first actions, the cheapest first; `table`: test, for_action, cost, weeks."""

    rows: ClassVar[str] = "test"
    kinds: ClassVar[Mapping[str, str]] = {"for_action": "count", "weeks": "number"}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Actions:
    """What to do, the first first.

    Attributes
    ----------
    table : one row per action: rank, what (act, hold, test, not in money), do (action and group in one), action,
        group, low, likely, high (money per year), chance_of_loss (in words that so many draws bear), loss (the share
        of draws below 0), test, owner and date (blank, for the reader), missing (what money per year would take),
        rests_on (the headline's sentence).
    headline : the money per year of the first action.
    optimism : by how much the money of the first is likely too high for being the best of several; NaN where there is
        no choice.
    draws : money per year, one column per action that has any, by rank.
    assumed : the assumptions of the first three that nothing in the report tests, each with the likely money at stake.
    tested : their assumptions that are tested, each with what the report says of it.
    trials : the tests of the first three, the cheapest first.
    """

    rows: ClassVar[str] = "action"
    kinds: ClassVar[Mapping[str, str]] = {
        "rank": "count",
        "low": "money",
        "likely": "money",
        "high": "money",
        "loss": "share",
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    optimism: float = math.nan
    draws: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    assumed: tuple[tuple[Assumption, float], ...] = ()
    tested: tuple[tuple[Assumption, str], ...] = ()
    trials: Trials


def plan_actions(headlines: Sequence[Record], playbook: Playbook, *, customers: int, seed: int = 0) -> Actions:
    """Find the actions whose thresholds are met, and what each is worth a year.

    Parameters
    ----------
    headlines : records of `Headline.to_record`, of all chapters of one report.
    playbook : from `read_playbook`.
    customers : how many customers the line has; the market is taken to be as large.
    seed : of the order in which independent draws meet.

    Returns
    -------
    Actions; a rule whose template names a word that its headline lacks is left out, and a note says so.

    Raises
    ------
    ParameterError : customers or seed is not a whole number.

    Examples
    --------
    >>> from cvlab.reports.summary.playbook import Times, read_playbook
    >>> from dataclasses import replace
    >>> gain = Headline(key="value_ladder.gain", label="gain", value=1.0, low=0.5, high=1.5, n=300, unit="money",
    ...                 sentence="", words={"prices": "Basic at 9"}, draws=np.linspace(0.49, 1.51, 400))
    >>> monthly = replace(read_playbook(), times_per_year={"value_ladder.gain": Times(per_year=12, why="an example")})
    >>> actions = plan_actions([gain.to_record()], monthly, customers=100)
    >>> actions.table[["what", "likely", "chance_of_loss"]].values.tolist()
    [['act', 1200.0, 'less than 1%']]
    """
    check_count(customers, "customers")
    check_count(seed, "seed", least=0)
    records = {str(record["key"]): record for record in headlines}
    joint = draw_jointly(records.values(), seed=seed)
    light = find_light(records.values())
    problems = find_misspelt(playbook, records)
    found = [
        candidate
        for rule in playbook.rules
        for candidate in propose(rule, records, joint, playbook, customers, light == "red", problems)
    ]
    found.sort(key=lambda one: (ORDER.index(one.what), -one.worth))
    # The first was chosen from all of them, those included that it excludes.
    rivals = [one for one in found if one.what == found[0].what and len(one.draws)] if found else []
    found, excluded = keep_first(found, playbook.products)
    table = _tabulate(found)
    assumed, tested = _find_assumed(found[:MOST], records, playbook)
    optimism = math.nan
    if len(rivals) > 1 and found[0].what != HOLD:
        optimism = measure_optimism(
            np.column_stack([one.draws for one in rivals]), np.array([(one.draws > 0).mean() for one in rivals])
        )
    return Actions(
        table=table,
        headline=write_first(table, found, any(has_number(record) for record in headlines)),
        notes=(*write_action_notes(found, joint, light, optimism, len(rivals), customers), *excluded, *problems),
        optimism=optimism,
        draws=pd.DataFrame({rank: one.draws for rank, one in enumerate(found, start=1) if len(one.draws)}),
        assumed=assumed,
        tested=tested,
        trials=_list_trials(found[:MOST]),
    )


def _tabulate(found: Sequence[Candidate]) -> pd.DataFrame:
    rows = []
    for rank, one in enumerate(found, start=1):
        low = likely = high = loss = math.nan
        if len(one.draws):
            low, high = (float(bound) for bound in np.quantile(one.draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
            likely, loss = one.value, float((one.draws < 0).mean())
        elif one.what == HOLD:
            low = likely = high = loss = 0.0
        rows.append(
            {
                "rank": rank,
                "what": one.what,
                "action": one.action,
                "group": one.group,
                "do": f"{one.action} (for {one.group})",
                "low": low,
                "likely": likely,
                "high": high,
                "chance_of_loss": write_probability(loss, len(one.draws)) if len(one.draws) else NOT_KNOWN,
                "loss": loss,
                "test": one.rule.test.do,
                "owner": "",
                "date": "",
                "missing": one.missing,
                "rests_on": str(one.record.get("text", "")),
            }
        )
    columns = [
        "rank",
        "what",
        "do",
        "action",
        "group",
        "low",
        "likely",
        "high",
        "chance_of_loss",
        "loss",
        "test",
        "owner",
        "date",
    ]
    return pd.DataFrame(rows, columns=[*columns, "missing", "rests_on"])


def _find_assumed(
    first: Sequence[Candidate], records: Mapping[str, Record], playbook: Playbook
) -> tuple[tuple[tuple[Assumption, float], ...], tuple[tuple[Assumption, str], ...]]:
    """Return what is not known to hold, and what is tested, with it.

    What the report refutes comes first, then what nothing tests, that with the most money at stake first.
    """
    at_stake: dict[str, float] = {}
    tested: dict[str, str] = {}
    refuted: dict[str, Assumption] = {}
    for one in first:
        for name in one.rule.assumptions:
            assumption = playbook.assumptions[name]
            known = [records[key] for key in assumption.tested_by if key in records and has_number(records[key])]
            against = [record for record in known if _refutes(record, assumption)]
            if against:
                said = " ".join(str(record["text"]) for record in against)
                refuted[name] = replace(assumption, change=f"The report speaks against it. {said} {assumption.change}")
            if against or not known:
                money = abs(one.value) if math.isfinite(one.value) else 0.0
                at_stake[name] = at_stake.get(name, 0.0) + assumption.at_stake * money
            else:
                tested[name] = " ".join(str(record["text"]) for record in known)
    ordered = sorted(
        at_stake, key=lambda name: (name not in refuted, -at_stake[name], -playbook.assumptions[name].at_stake)
    )
    named = {**playbook.assumptions, **refuted}
    return tuple((named[name], at_stake[name]) for name in ordered), tuple(
        (named[name], text) for name, text in tested.items()
    )


def _refutes(record: Record, assumption: Assumption) -> bool:
    """Tell whether the interval of a headline leaves out what it would be if the assumption held."""
    low, high = record.get("low"), record.get("high")
    if assumption.holds_at is None or low is None or high is None:
        return False
    return not float(low) <= assumption.holds_at <= float(high)


def _list_trials(first: Sequence[Candidate]) -> Trials:
    ordered = sorted(enumerate(first, start=1), key=lambda pair: _order_trial(pair[1]))
    table = pd.DataFrame(
        [
            {"test": one.rule.test.do, "for_action": rank, "cost": one.rule.test.cost, "weeks": one.rule.test.weeks}
            for rank, one in ordered
        ],
        columns=["test", "for_action", "cost", "weeks"],
    )
    weeks = float(table["weeks"].iloc[0]) if len(table) else math.nan
    return Trials(
        table=table,
        headline=Headline(
            key="summary.cheapest_test",
            label="weeks of the cheapest test",
            value=weeks,
            low=weeks,
            high=weeks,
            n=len(table),
            unit="weeks",
            method="as the playbook says",
            decides=False,
            sentence="The cheapest test first, of {cost} cost, in {value}: {test}."
            if len(table)
            else "There is nothing to test: no action follows from this report.",
            words={"cost": str(table["cost"].iloc[0]), "test": str(table["test"].iloc[0])} if len(table) else {},
        ),
    )


def _order_trial(one: Candidate) -> tuple[int, float]:
    return _COSTS[one.rule.test.cost], one.rule.test.weeks
