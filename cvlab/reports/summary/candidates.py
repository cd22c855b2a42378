"""Candidates: the actions that a playbook proposes for one report, each with its money per year.

    a candidate      a rule all of whose thresholds are met, for each headline that its first condition fits
    act              the whole interval of its money lies above 0
    test             it does not, or the data light is red
    hold             leave as it is; worth 0 against today
    not in money     no money per year follows: `missing` says what it would take

Source of the rules: `playbook.yaml`. Assumes that a rule's other conditions may be met by any headline.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from cvlab.reports.summary.money import JointDraws, Record, scale_to_year, sum_money
from cvlab.reports.summary.playbook import Condition, Playbook, Rule
from cvlab.units import write_number

ACT, HOLD, TEST, OPEN = "act", "hold", "test", "not in money"
ORDER = (ACT, HOLD, TEST, OPEN)
LEVEL = 0.95
_NEAR = 0.8  # likeness from which on a name that is not known may be a misspelt one


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate:
    """An action proposed: its rule, the headline that triggered it, its texts, and what it is worth a year."""

    rule: Rule
    record: Record
    action: str
    group: str
    what: str
    value: float
    draws: np.ndarray
    missing: str
    per_year: str = ""
    of: tuple[str, ...] = ()

    @property
    def worth(self) -> float:
        """Likely money × probability of a gain."""
        return self.value * float((self.draws > 0).mean()) if len(self.draws) else -math.inf


def propose(
    rule: Rule,
    records: Mapping[str, Record],
    joint: JointDraws,
    playbook: Playbook,
    customers: int,
    is_red: bool,
    problems: list[str],
) -> list[Candidate]:
    """Return the actions that a rule proposes: one per headline that its first condition fits."""
    first, *others = rule.when
    for condition in others:
        if not any(_meets(record, condition) for record in records.values()):
            return []
    found = []
    for key, record in records.items():
        if not _meets(record, first):
            continue
        fields = {
            **_write_fields(record),
            "product": playbook.product,
            **{name: str(word) for name, word in (record.get("words") or {}).items()},
        }
        texts = {}
        for name, template in (("action", rule.action), ("group", rule.group)):
            named = {part for _, part, _, _ in string.Formatter().parse(template) if part is not None}
            if unknown := sorted(named - fields.keys()):
                problems.append(
                    f"Rule “{rule.name}” was left out: its {name} names {', '.join(unknown)}, but {key} has only "
                    f"{', '.join(fields)}. Correct it in the playbook, or run the chapter again."
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
) -> Candidate:
    value, draws, missing, per_year = math.nan, np.empty(0), rule.missing, ""
    of: tuple[str, ...] = ()
    if rule.kind == HOLD:
        value = 0.0
    elif rule.money is not None:
        money = rule.money
        of = tuple(str(record["key"]) if key == "this" else key for key in money.of)
        times = {key: playbook.times_per_year[key] for key in of if key in playbook.times_per_year}
        unknown = [key for key in of if key not in times] if money.per != "year" else []
        if unknown:
            missing = f"how often a year it is earned: say it in playbook.yaml under times_per_year, for {unknown[0]}"
        elif wrong := _find_wrong_sum(records, of, money.share):
            missing = wrong
        elif len({one.per_year for one in times.values()}) > 1:
            missing = f"one number of times per year for all of {', '.join(of)}: the playbook gives several"
        else:
            often = next(iter(times.values()), None)
            scale = scale_to_year(money.per, often.per_year if often else 1.0, customers)
            value, draws = sum_money(
                joint, records, of=of, share=money.share, scale=scale, cost_per_year=money.cost_per_year
            )
            named = [*of, *([money.share] if isinstance(money.share, str) else [])]
            unheard = [key for key in named if key not in joint.draws]
            missing = "" if len(draws) else f"an interval for {', '.join(unheard)}"
            per_year = f"{write_number(often.per_year)} × a year ({often.why})" if often else ""
    what = HOLD if rule.kind == HOLD else OPEN
    if len(draws):
        what = TEST if is_red or np.quantile(draws, (1 - LEVEL) / 2) <= 0 else ACT
    return Candidate(
        rule=rule,
        record=record,
        **texts,
        what=what,
        value=value,
        draws=draws,
        missing=missing,
        per_year=per_year,
        of=of,
    )


def _find_wrong_sum(records: Mapping[str, Record], of: Sequence[str], share: float | str) -> str:
    """Say which headlines cannot be added up as the playbook says: what is no money, no share, or named twice.

    A headline that the report does not have is not judged here.
    """
    wanted = [*((key, "money") for key in of), *([(share, "share")] if isinstance(share, str) else [])]
    wrong = [
        f"a number in {unit} in place of {key}, which is given as {records[key]['unit']}"
        for key, unit in wanted
        if key in records and records[key]["unit"] != unit
    ]
    twice = [f"{key} only once, as it would count double" for key in dict.fromkeys(of) if of.count(key) > 1]
    return ", ".join([*wrong, *twice])


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


def find_misspelt(playbook: Playbook, records: Mapping[str, Record]) -> list[str]:
    """Name the headlines of a line's own playbook that this report does not have but nearly has.

    A rule that waits for a headline which never comes is silent for ever.

    Examples
    --------
    >>> find_misspelt(Playbook(rules=(), assumptions={}, numbers=(), own_keys=("a.gian",)), {"a.gain": {}})
    ['The playbook names a.gian, which no chapter of this report gives: did you mean a.gain?']
    """
    return [
        f"The playbook names {key}, which no chapter of this report gives: did you mean {near[0]}?"
        for key in playbook.own_keys
        if key not in records and (near := get_close_matches(key, list(records), n=1, cutoff=_NEAR))
    ]


def has_number(record: Record) -> bool:
    """Whether a headline could be answered."""
    value = record.get("value")
    return isinstance(value, (int, float)) and math.isfinite(value)
