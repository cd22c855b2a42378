"""Actions: what should we do, for whom, and what is it worth a year?

    an action        a rule of the playbook whose thresholds the headlines of this report meet
    money per year   from the headlines' draws, jointly, by a stated rule           (see `cvlab.reports.money`)
    chance of loss   share of the draws in which the money is below 0
    act              the whole interval lies above 0
    test             it does not, or the data light is red: try it before deciding
    hold             leave as it is; worth 0 against today
    order            what to act on, then what to hold, then what to test, each by likely money × probability of a gain;
                     what has no money per year comes last

The best of several is best partly by luck: by how much its money is likely too high is measured on the joint draws and
said beside it (Smith & Winkler 2006, "The optimizer's curse", Management Science 52).
Assumes that actions are alternatives: what they share is counted in each, so their money must not be added up.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, write_probability
from cvlab.checks import check_count
from cvlab.errors import DataError
from cvlab.reports.manifest import find_light
from cvlab.reports.money import JointDraws, Record, draw_jointly, measure_optimism, scale_to_year, sum_money
from cvlab.reports.playbook import Assumption, Condition, Playbook, Rule
from cvlab.units import write_number

ACT, HOLD, TEST, OPEN = "act", "hold", "test", "not in money"
ORDER = (ACT, HOLD, TEST, OPEN)
MOST = 3
_LEVEL = 0.95
_MATTERS = 0.05
_HARDLY = 0.01
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
    table : one row per action: rank, what (act, hold, test, not in money), action, group, low, likely, high (money per
        year), chance_of_loss, test, owner and date (blank, for the reader), rests_on (the headline's sentence).
    headline : the money per year of the first action.
    optimism : by how much the money of the first is likely too high for being the best of several; NaN where there is
        no choice.
    draws : money per year, one column per action that has any, by rank.
    assumed : the assumptions of the first three that nothing in the report tests, each with the likely money at stake.
    trials : the tests of the first three, the cheapest first.
    """

    rows: ClassVar[str] = "action"
    kinds: ClassVar[Mapping[str, str]] = {
        "rank": "count",
        "low": "money",
        "likely": "money",
        "high": "money",
        "chance_of_loss": "share",
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    optimism: float = math.nan
    draws: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    assumed: tuple[tuple[Assumption, float], ...] = ()
    trials: Trials


@dataclass(frozen=True, eq=False, kw_only=True)
class _Candidate:
    rule: Rule
    record: Record
    action: str
    group: str
    what: str
    value: float
    draws: np.ndarray
    missing: str
    per_year: str = ""

    @property
    def worth(self) -> float:
        """Likely money × probability of a gain."""
        return self.value * float((self.draws > 0).mean()) if len(self.draws) else -math.inf


def plan_actions(headlines: Sequence[Record], playbook: Playbook, *, customers: int, seed: int = 0) -> Actions:
    """Find the actions whose thresholds are met, and what each is worth a year.

    Parameters
    ----------
    headlines : records of `Headline.to_record`, of all chapters of one report.
    playbook : from `read_playbook`.
    customers : how many customers the line has; the market is taken to be as large.
    seed : of the order in which independent draws meet.

    Raises
    ------
    DataError : a rule's template names a word that its headline does not have.

    Examples
    --------
    >>> from cvlab.reports.playbook import Times, read_playbook
    >>> from dataclasses import replace
    >>> gain = Headline(key="value_ladder.gain", label="gain", value=1.0, low=0.5, high=1.5, n=300, unit="money",
    ...                 sentence="", words={"prices": "Basic at 9"}, draws=np.linspace(0.49, 1.51, 400))
    >>> monthly = replace(read_playbook(), times_per_year={"value_ladder.gain": Times(per_year=12, why="an example")})
    >>> actions = plan_actions([gain.to_record()], monthly, customers=100)
    >>> actions.table[["what", "likely", "chance_of_loss"]].values.tolist()
    [['act', 1200.0, 0.0]]
    """
    check_count(customers, "customers")
    check_count(seed, "seed", least=0)
    records = {str(record["key"]): record for record in headlines}
    joint = draw_jointly(records.values(), seed=seed)
    light = find_light(records.values())
    problems: list[str] = []
    found = [
        candidate
        for rule in playbook.rules
        for candidate in _apply(rule, records, joint, playbook, customers, light == "red", problems)
    ]
    if problems:
        raise DataError("\n  ".join(["the playbook does not fit this report:", *problems]))
    found.sort(key=lambda one: (ORDER.index(one.what), -one.worth))
    table = _tabulate(found)
    rivals = [one for one in found if one.what == found[0].what and len(one.draws)] if found else []
    optimism = math.nan
    if len(rivals) > 1 and found[0].what != HOLD:
        optimism = measure_optimism(
            np.column_stack([one.draws for one in rivals]), np.array([(one.draws > 0).mean() for one in rivals])
        )
    return Actions(
        table=table,
        headline=_write_headline(table, found, any(_has_number(record) for record in headlines)),
        notes=_write_notes(found, joint, light, optimism, len(rivals), customers),
        optimism=optimism,
        draws=pd.DataFrame({rank: one.draws for rank, one in enumerate(found, start=1) if len(one.draws)}),
        assumed=_find_assumed(found[:MOST], records, playbook),
        trials=_list_trials(found[:MOST]),
    )


def _apply(
    rule: Rule,
    records: Mapping[str, Record],
    joint: JointDraws,
    playbook: Playbook,
    customers: int,
    is_red: bool,
    problems: list[str],
) -> list[_Candidate]:
    """Return the actions that a rule proposes: one per headline that its first condition fits."""
    first, *others = rule.when
    for condition in others:
        if not any(_meets(record, condition) for record in records.values()):
            return []
    found = []
    for key, record in records.items():
        if not _meets(record, first):
            continue
        fields = {**_write_fields(record), **{name: str(word) for name, word in (record.get("words") or {}).items()}}
        texts = {}
        for name, template in (("action", rule.action), ("group", rule.group)):
            named = {part for _, part, _, _ in string.Formatter().parse(template) if part is not None}
            if unknown := sorted(named - fields.keys()):
                problems.append(
                    f"rule {rule.name}: {name} names {', '.join(unknown)}, but {key} has only {', '.join(fields)}"
                )
            else:
                # format_map inserts each text once and interprets nothing in it.
                texts[name] = template.format_map(fields)
        if len(texts) == 2:
            found.append(_value(rule, record, texts, records, joint, playbook, customers, is_red))
    return found


def _value(
    rule: Rule,
    record: Record,
    texts: Mapping[str, str],
    records: Mapping[str, Record],
    joint: JointDraws,
    playbook: Playbook,
    customers: int,
    is_red: bool,
) -> _Candidate:
    value, draws, missing, per_year = math.nan, np.empty(0), rule.missing, ""
    if rule.kind == HOLD:
        value = 0.0
    elif rule.money is not None:
        money = rule.money
        of = tuple(str(record["key"]) if key == "this" else key for key in money.of)
        times = {key: playbook.times_per_year[key] for key in of if key in playbook.times_per_year}
        unknown = [key for key in of if key not in times] if money.per != "year" else []
        if unknown:
            missing = f"how often a year it is earned: say it in playbook.yaml under times_per_year, for {unknown[0]}"
        elif len({one.per_year for one in times.values()}) > 1:
            missing = f"one number of times per year for all of {', '.join(of)}: the playbook gives several"
        else:
            often = next(iter(times.values()), None)
            scale = scale_to_year(money.per, often.per_year if often else 1.0, customers)
            value, draws = sum_money(
                joint, records, of=of, share=money.share, scale=scale, cost_per_year=money.cost_per_year
            )
            missing = "" if len(draws) else f"an interval for {', '.join(of)}"
            per_year = f"{write_number(often.per_year)} × a year ({often.why})" if often else ""
    what = HOLD if rule.kind == HOLD else OPEN
    if len(draws):
        what = TEST if is_red or np.quantile(draws, (1 - _LEVEL) / 2) <= 0 else ACT
    return _Candidate(
        rule=rule, record=record, **texts, what=what, value=value, draws=draws, missing=missing, per_year=per_year
    )


def _meets(record: Record, condition: Condition) -> bool:
    if not condition.matches(str(record["key"])):
        return False
    if condition.field.startswith("words."):
        word = (record.get("words") or {}).get(condition.field.removeprefix("words."))
        if condition.is_ is not None:
            return word == condition.is_
        return word is not None and condition.is_not is not None and word != condition.is_not
    number: Any = record.get(condition.field)
    if condition.field == "probability":
        drawn = [draw for draw in record.get("draws") or () if draw is not None]
        number = sum(draw > 0 for draw in drawn) / len(drawn) if drawn else None
    if not isinstance(number, (int, float)) or not math.isfinite(number):
        return False
    above = condition.above is not None and number > condition.above
    return above or (condition.below is not None and number < condition.below)


def _write_fields(record: Record) -> dict[str, str]:
    numbers = {name: write_number(record.get(name), record["unit"]) for name in ("value", "low", "high")}
    return {**numbers, "n": write_number(record.get("n"), "count"), "label": str(record["label"])}


def _tabulate(found: Sequence[_Candidate]) -> pd.DataFrame:
    rows = []
    for rank, one in enumerate(found, start=1):
        low = likely = high = loss = math.nan
        if len(one.draws):
            low, high = (float(bound) for bound in np.quantile(one.draws, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]))
            likely, loss = one.value, float((one.draws < 0).mean())
        elif one.what == HOLD:
            low = likely = high = loss = 0.0
        rows.append(
            {
                "rank": rank,
                "what": one.what,
                "action": one.action,
                "group": one.group,
                "low": low,
                "likely": likely,
                "high": high,
                "chance_of_loss": loss,
                "test": one.rule.test.do,
                "owner": "",
                "date": "",
                "missing": one.missing,
                "rests_on": str(one.record.get("text", "")),
            }
        )
    columns = ["rank", "what", "action", "group", "low", "likely", "high", "chance_of_loss", "test", "owner", "date"]
    return pd.DataFrame(rows, columns=[*columns, "missing", "rests_on"])


def _write_headline(table: pd.DataFrame, found: Sequence[_Candidate], has_numbers: bool) -> Headline:
    unanswered = Headline(
        key="summary.first_action",
        label="money per year of the first action",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        n=len(found),
        unit="money",
        better="higher",
        method="propagated from the draws of the headlines by the rules of the playbook",
        sentence="No action follows from this report: its numbers meet no threshold of the playbook."
        if has_numbers
        else "No action can be named: no other chapter of this report has given a number.",
        words={},
    )
    if not found:
        return unanswered
    first, row = found[0], table.iloc[0]
    words = {
        "action": first.action,
        "group": first.group,
        "loss": write_probability(float(row["chance_of_loss"]), len(first.draws)) if len(first.draws) else "",
        "missing": first.missing,
    }
    sentences = {
        ACT: "Do first: {action}, for {group}. Likely {value} a year ({level} interval {low} to {high}); the "
        "probability of a loss is {loss}.",
        HOLD: "Nothing is sure to earn more than today. {action}.",
        TEST: "Nothing is sure to earn more than today. Test first: {action}, for {group}. Likely {value} a year "
        "({level} interval {low} to {high}); the probability of a loss is {loss}.",
        OPEN: "No action can be given in money. Look first at: {action}, for {group}. Missing: {missing}.",
    }
    numbers = {name: float(row[column]) for name, column in (("value", "likely"), ("low", "low"), ("high", "high"))}
    return Headline(
        **{
            **{name: getattr(unanswered, name) for name in ("key", "label", "unit", "better", "method")},
            **numbers,
            "n": int(first.record.get("n") or 0),
            "smallest_change": _MATTERS * abs(numbers["value"]) if math.isfinite(numbers["value"]) else math.nan,
            "sentence": sentences[first.what],
            "words": words,
            "draws": first.draws if len(first.draws) else None,
        }
    )


def _write_notes(
    found: Sequence[_Candidate],
    joint: JointDraws,
    light: str | None,
    optimism: float,
    n_rivals: int,
    customers: int,
) -> tuple[str, ...]:
    """Say how the money came about, how lucky the choice is, and what is missing."""
    if not found:
        return ()
    notes = []
    if light == "red":
        notes.append("The data light is red: everything is to be tested before it is done.")
    if math.isfinite(optimism):
        notes.append(_write_luck(max(optimism, 0.0), found[0].value, n_rivals))
    with_money = [one for one in found if len(one.draws)]
    if len(with_money) > 1:
        notes.append("The actions share customers: their money must not be added up.")
    said = dict.fromkeys(one.per_year for one in with_money if one.per_year)
    if said:
        notes.append(f"Money per year: for {write_number(customers, 'count')} customers, {'; '.join(said)}.")
    used = {key for one in with_money if one.rule.money for key in one.rule.money.of}
    if len(used & set(joint.paired)) > 1:
        notes.append("Numbers from the same people were drawn together, all others as if independent.")
    if used & set(joint.assumed):
        notes.append("A number without draws was drawn from two halves of a normal, as wide as its interval.")
    notes += [f"No money per year for “{one.action}”. Missing: {one.missing}." for one in found if one.what == OPEN]
    return tuple(notes)


def _write_luck(optimism: float, likely: float, n_rivals: int) -> str:
    """Say what is luck in being the best of several."""
    best = f"The first is the best of {n_rivals}, and the best of several is best partly by luck"
    if optimism < _HARDLY * abs(likely):
        return f"{best}; here hardly, for it leads by more than the intervals are wide."
    return (
        f"{best}: about {write_number(optimism, 'money')} of its likely money is, so expect "
        f"{write_number(likely - optimism, 'money')}."
    )


def _find_assumed(
    first: Sequence[_Candidate], records: Mapping[str, Record], playbook: Playbook
) -> tuple[tuple[Assumption, float], ...]:
    """Return what nothing in the report tests, that with the most money at stake first."""
    at_stake: dict[str, float] = {}
    for one in first:
        for name in one.rule.assumptions:
            assumption = playbook.assumptions[name]
            known = records.get(assumption.tested_by)
            if known is None or not _has_number(known):
                money = abs(one.value) if math.isfinite(one.value) else 0.0
                at_stake[name] = at_stake.get(name, 0.0) + assumption.at_stake * money
    ordered = sorted(at_stake, key=lambda name: (-at_stake[name], -playbook.assumptions[name].at_stake))
    return tuple((playbook.assumptions[name], at_stake[name]) for name in ordered)


def _list_trials(first: Sequence[_Candidate]) -> Trials:
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


def _order_trial(one: _Candidate) -> tuple[int, float]:
    return _COSTS[one.rule.test.cost], one.rule.test.weeks


def _has_number(record: Record) -> bool:
    value = record.get("value")
    return isinstance(value, (int, float)) and math.isfinite(value)
