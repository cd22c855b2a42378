"""The four rules of a value ladder, tested instead of asserted.

    1 worth more    the value of a rung minus that of the rung below: its mean is above 0, and for somebody the
                    increment is above the price step                                          [money per unit]
    2 nested        a rung has all that the rung below has, and something more that has a name
    3 profitable    contribution of the ladder with the rung minus without it, people choosing anew [money per person]
    4 up to date    age of what the values were asked with                                     [days]
                    change of the mean values against an earlier ladder                        [money per unit]

Each test says pass, fail or cannot tell. What is estimated fails only where the interval says so; where the interval
spans both answers, more people have to be asked, and the reason says about how many (see `evidence`).

    1   pass: the increment's interval is above 0, and that of the share of people (and draws) to whom the increment is
        worth the price step is above `fewest_share`.
        fail: the interval is below 0; or spans 0 without reaching the price step, so that the rung adds about
        nothing; or next to nobody finds the step worth its price.
    3   pass: P(the rung adds profit) >= `sure`; fail: <= 1 - `sure`. P is the share of bootstrap samples of people in
        which the ladder earns more with the rung than without.

Source: rules 1 and 3 are what a line of vertically ordered products must fulfil, Mussa & Rosen (1978), Journal of
Economic Theory 18, and Moorthy (1984), Marketing Science 3; rules 2 and 4 are definitions. More rungs can sell less:
Iyengar & Lepper (2000), "When choice is demotivating", Journal of Personality and Social Psychology 79; how many are
too many depends on the choice (Chernev, Böckenholt & Goodman 2015, Journal of Consumer Psychology 25), so the limit is
an argument and not a law.
Assumes for rule 2 that levels in words rise along the ladder; levels in numbers, yes and no are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

import pandas as pd

from cvlab.analyses.common import BY_PEOPLE, Headline, write_probability
from cvlab.analyses.value_ladder.ladder import Ladder
from cvlab.analyses.value_ladder.ladder_numbers import fewest_people
from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.analyses.value_ladder.verdicts import (
    FAIL,
    UNSURE,
    VERDICTS,
    WHOLE_LADDER,
    judge_age,
    judge_choice,
    judge_drift,
    judge_nesting,
    judge_profit,
    judge_worth,
    measure_gains,
)
from cvlab.checks import check_count, check_day, check_positive, check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number

RULES = (1, 2, 3, 4)


@dataclass(frozen=True, eq=False, kw_only=True)
class LadderCheck:
    """Verdicts on the rules of a ladder.

    Attributes
    ----------
    table : one row per test: rule (1 to 4), test, rung (or "whole ladder"), group, verdict (pass, fail, cannot tell),
        value, low, high in the unit that the column unit names, n (people), reason (a sentence). Tests that fail come
        first, then those that cannot tell; within a verdict they stand by rule, group and rung.
    headline : what the weakest rung adds to the contribution per person in the market; the only one of a ladder of
        one rung adds all of it.
    probabilities : one row per rung: rung, gain (money per person), low, high, probability that it adds profit.
    """

    rows: ClassVar[str] = "test"
    kinds: ClassVar[Mapping[str, str]] = {
        "rule": "count",
        "n": "count",
        "gain": "money",
        "gain_low": "money",
        "gain_high": "money",
        "probability": "share",
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    probabilities: pd.DataFrame = field(repr=False)

    @property
    def board(self) -> pd.DataFrame:
        """One row per rung (and the whole ladder), one column per rule: the worst verdict of its tests.

        A rule without a test on a rung is missing. A failure of one group is a failure.
        """
        worst = self.table.assign(rank=self.table["verdict"].map(VERDICTS.index))
        ranks = worst.pivot_table(index="rung", columns="rule", values="rank", aggfunc="max", sort=False)
        order = list(self.probabilities["rung"])
        if WHOLE_LADDER in ranks.index:
            order.append(WHOLE_LADDER)
        ranks = ranks.reindex(index=order, columns=list(RULES))
        return ranks.apply(lambda column: column.map(lambda rank: None if pd.isna(rank) else VERDICTS[int(rank)]))


def check_ladder(
    ladder: Ladder,
    features: pd.DataFrame | None,
    *,
    as_of: date | str,
    collected_on: Mapping[str, date | str] | None = None,
    made_from: Sequence[str] = ("rung_values",),
    previous: Ladder | None = None,
    most_rungs: int = 5,
    oldest_days: int = 365,
    fewest_share: float = 0.01,
    sure: float = 0.9,
    smallest_drift: float = 0.05,
) -> LadderCheck:
    """Test the four rules of a ladder, for everybody and for each group it was measured for.

    Parameters
    ----------
    ladder : from `measure_ladder`; its groups are the groups of rule 1.
    features : rung, feature, level, cost: what each rung has; None where nobody wrote it down.
    as_of : the day on which the question is asked.
    collected_on : table (such as rung_values) → day on which it was collected.
    made_from : the tables that the ladder rests on; the dates of others do not matter to rule 4.
    previous : the ladder of an earlier run, to see whether values drifted.
    most_rungs : more rungs than this are taken to be too much choice.
    oldest_days : inputs older than this are out of date.
    fewest_share : rule 1: more than this share of people must find a rung worth its price step.
    sure : rule 3: probability from which a rung is taken to add profit.
    smallest_drift : rule 4: change of a mean value, as a share of the earlier one, that would matter.

    Returns
    -------
    LadderCheck : rows of `table` are tests.

    Raises
    ------
    DataError : features lack columns, name a rung the ladder does not have, or name a feature twice.
    ParameterError : the ladder has no intervals, a date cannot be read, an argument is out of range.

    Examples
    --------
    >>> from cvlab.analyses.value_ladder import measure_ladder
    >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
    >>> values = pd.DataFrame({"respondent_id": [str(number) for number in range(40)],
    ...                        "good": [12.0, 12.0, 9.0, 11.0] * 10, "best": [19.0, 25.0, 15.0, 18.0] * 10})
    >>> features = pd.DataFrame({"rung": ["good", "best", "best"], "feature": ["steps", "steps", "sleep"],
    ...                          "level": [1, 1, 1], "cost": [4.0, 4.0, 4.0]})
    >>> check = check_ladder(measure_ladder(rungs, values), features, as_of="2026-06-01",
    ...                      collected_on={"rung_values": "2026-03-01"})
    >>> check.board.loc["best"].dropna().to_dict()
    {1: 'pass', 2: 'pass', 3: 'pass'}
    """
    if ladder.people.n_boot == 0:
        raise ParameterError("the ladder has no intervals (n_boot=0): measure it again with, say, n_boot=400")
    check_count(most_rungs, "most_rungs")
    check_count(oldest_days, "oldest_days")
    check_share(sure, "sure")
    check_positive(fewest_share, "fewest_share", zero_allowed=True)
    check_positive(smallest_drift, "smallest_drift", zero_allowed=True)
    if isinstance(made_from, str) or not made_from:
        raise ParameterError(f"made_from is {made_from!r}: give names of tables in a list, such as ['rung_values']")
    today = check_day(as_of, "as_of")
    gains = measure_gains(ladder)
    tests = [
        *judge_worth(ladder, fewest_share),
        *judge_nesting(ladder, features),
        *judge_profit(ladder, gains, sure),
        judge_choice(ladder, most_rungs),
        *judge_age(today, collected_on or {}, made_from, oldest_days),
        *([] if previous is None else judge_drift(ladder, previous, smallest_drift)),
    ]
    # Worst first, so that a page with room for few rows shows what has to be mended.
    table = pd.DataFrame(sorted(tests, key=lambda test: -VERDICTS.index(test["verdict"])))
    notes = list(ladder.notes)
    if features is None:
        notes.append("Rule 2 was not tested: there is no table rung_features.")
    if previous is None:
        notes.append("Drift was not tested: no earlier ladder was given.")
    return LadderCheck(
        table=table,
        headline=_make_headline(ladder, gains, table),
        notes=tuple(notes),
        probabilities=pd.DataFrame([{key: gain[key] for key in gain if key != "draws"} for gain in gains]),
    )


def _make_headline(ladder: Ladder, gains: list[dict[str, Any]], table: pd.DataFrame) -> Headline:
    weakest = min(gains, key=lambda gain: (gain["probability"], gain["gain"]))
    only = len(gains) == 1
    unanswered = Headline(
        key="value_ladder.weakest_rung",
        label=f"what the {'only' if only else 'least certain'} rung adds per person in the market",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=ladder.level,
        n=ladder.people.n,
        unit="money",
        better="higher",
        method="contribution with the rung minus without it, people choosing anew; bootstrap over people",
        sentence="Not enough data on what each rung adds: respondents asked {n}, needed at least {enough}.",
        words={"enough": write_number(fewest_people(ladder.people), "count")},
    )
    if ladder.people.n < fewest_people(ladder.people):
        return unanswered
    sentence = (
        "The least certain rung, {rung}, changes the contribution by {value} per person in the market "
        "({level} interval {low} to {high}); it adds profit with a probability of {probability}. {failures}"
    )
    if only:
        sentence = (
            "The only rung, {rung}, earns {value} per person in the market against selling nothing "
            "({level} interval {low} to {high}); there is no other rung to compare it with. {failures}"
        )
    return replace(
        unanswered,
        value=weakest["gain"],
        low=weakest["gain_low"],
        high=weakest["gain_high"],
        # As for the contribution of the ladder, of which this is a part: one number, one judgement.
        smallest_change=ladder.headline.smallest_change,
        sentence=sentence,
        words={
            "rung": weakest["rung"],
            "probability": write_probability(weakest["probability"], ladder.people.n_boot),
            "failures": _name_failures(table),
            **_find_repair(table),
        },
        draws=weakest["draws"],
        draws_by=BY_PEOPLE,
    )


def _find_repair(table: pd.DataFrame) -> dict[str, str]:
    """Name the rung that fails rule 1, and for whom; both empty where none does."""
    failed = table[(table["rule"] == 1) & (table["verdict"] == FAIL)]
    if failed.empty:
        return {"failed_rung": "", "failed_group": ""}
    return {"failed_rung": str(failed["rung"].iloc[0]), "failed_group": str(failed["group"].iloc[0])}


def _name_failures(table: pd.DataFrame, most: int = 3) -> str:
    """Name the tests that failed, the first few by rung and group; without any, those that cannot be told."""
    failed, unsure = table[table["verdict"] == FAIL], table[table["verdict"] == UNSURE]
    if failed.empty and unsure.empty:
        return "No rule fails."
    listed = failed if len(failed) else unsure
    named = [
        f"{row.rung} ({row.test}{'' if row.group == EVERYBODY else f', {row.group}'})"
        for row in listed.head(most).itertuples()
    ]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    start = "What fails" if len(failed) else "No rule fails, but some cannot be told"
    return f"{start}: {'; '.join(named)}{more}."
