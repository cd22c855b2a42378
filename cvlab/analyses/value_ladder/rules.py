"""The four rules of a value ladder, tested instead of asserted.

    1 worth more    the value of a rung minus that of the rung below: its mean is above 0, and for somebody the
                    increment is above the price step                                          [money per unit]
    2 nested        a rung has all that the rung below has, and something more that has a name
    3 profitable    contribution of the ladder with the rung minus without it, people choosing anew [money per person]
    4 up to date    age of what the values were asked with                                     [days]
                    change of the mean values against an earlier ladder                        [money per unit]

Each test says pass, fail or cannot tell. What is estimated fails only where the interval says so; where the interval
spans both answers, more people have to be asked.

    1   pass: the increment's interval is above 0, and that of the share of people (and draws) to whom the increment is
        worth the price step is above `fewest_share`.
        fail: the interval is below 0; or spans 0 without reaching the price step, so that the rung adds about
        nothing; or next to nobody finds the step worth its price.
    3   pass: P(the rung adds profit) >= `sure`; fail: <= 1 - `sure`. P is the share of bootstrap samples of people in
        which the ladder earns more with the rung than without.

Source: the four rules, domain notes of cvlab (Dager, The Process on Customer Value). That more rungs can sell less:
Iyengar & Lepper (2000), "When choice is demotivating", Journal of Personality and Social Psychology 79; how many are
too many depends on the choice (Chernev, Böckenholt & Goodman 2015, Journal of Consumer Psychology 25), so the limit is
an argument and not a law.
Assumes for rule 2 that levels in words rise along the ladder; levels in numbers, yes and no are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.value_ladder.ladder import Ladder
from cvlab.analyses.value_ladder.ladder_answers import FEWEST_PEOPLE
from cvlab.analyses.value_ladder.nesting import check_features, describe_step
from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.checks import check_columns, check_count, check_positive, check_share
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

WHOLE_LADDER = "whole ladder"
PASS, FAIL, UNSURE = "pass", "fail", "cannot tell"
Numbers = dict[str, Any]
VERDICTS = (PASS, UNSURE, FAIL)
RULES = {1: "worth more", 2: "nested", 3: "profitable", 4: "up to date"}


@dataclass(frozen=True, eq=False, kw_only=True)
class LadderCheck:
    """Verdicts on the rules of a ladder.

    Attributes
    ----------
    table : one row per test: rule (1 to 4), test, rung (or "whole ladder"), group, verdict (pass, fail, cannot tell),
        value, low, high in the unit that the column unit names, n (people), reason (a sentence).
    headline : what the weakest rung adds to the contribution per person in the market.
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
        order = [rung for rung in dict.fromkeys(self.table["rung"]) if rung != WHOLE_LADDER]
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
    today = _read_date(as_of, "as_of")
    gains = _measure_gains(ladder)
    tests = [
        *_test_worth(ladder, fewest_share),
        *_test_nesting(ladder, features),
        *_test_profit(ladder, gains, sure),
        _test_choice(ladder, most_rungs),
        *_test_age(today, collected_on or {}, oldest_days),
        *([] if previous is None else _test_drift(ladder, previous, smallest_drift)),
    ]
    table = pd.DataFrame(tests)
    notes = list(ladder.notes)
    if features is None:
        notes.append("Rule 2 was not tested: there is no table rung_features.")
    if previous is None:
        notes.append("Drift was not tested: no earlier ladder was given.")
    return LadderCheck(
        table=table,
        headline=_make_headline(ladder, gains),
        notes=tuple(notes),
        probabilities=pd.DataFrame([{key: gain[key] for key in gain if key != "draws"} for gain in gains]),
    )


def _row(
    rule: int, test: str, rung: str, verdict: str, reason: str, *, group: str = EVERYBODY, **numbers: Any
) -> dict[str, Any]:
    blank = {"value": math.nan, "low": math.nan, "high": math.nan, "unit": "number", "n": 0}
    head = {"rule": rule, "test": test, "rung": rung, "group": group, "verdict": verdict}
    return {**head, **blank, **numbers, "reason": reason}


def _test_worth(ladder: Ladder, fewest_share: float) -> list[dict[str, Any]]:
    """Rule 1, per group and rung; what lies below the lowest rung is not buying."""
    people, offer = ladder.people, ladder.offer
    below_worth = np.vstack([np.full(people.worth.shape[1], ladder.outside), people.worth[:-1]])
    increments = people.worth - below_worth
    steps = np.diff(offer.prices, prepend=0.0)
    above = increments > steps[:, None]
    amounts = np.hstack([people.sum_rows(increments * people.weights), people.sum_rows(above * people.weights)])
    estimates, draws = people.means(amounts)
    low, high = percentile_interval(draws, level=ladder.level)
    rungs, tests = len(people.rungs), []
    for group, name in enumerate(people.group_names):
        for rung, rung_name in enumerate(people.rungs):
            share = rungs + rung
            below = "not buying" if rung == 0 else people.rungs[rung - 1]
            n = int(people.group_sizes[group])
            value, bounds = float(estimates[group, rung]), (float(low[group, rung]), float(high[group, rung]))
            if n < FEWEST_PEOPLE:
                verdict, reason = UNSURE, f"only {n} people: at least {FEWEST_PEOPLE} are needed"
                bounds = (math.nan, math.nan)
            else:
                share_range = (float(low[group, share]), float(high[group, share]))
                verdict = _judge_worth(bounds, float(steps[rung]), share_range, fewest_share)
                reason = (
                    f"worth {write_number(value, 'money')} more than {below} "
                    f"({write_range(*bounds, 'money')}), price step "
                    f"{write_number(float(steps[rung]), 'money')}, which "
                    f"{write_number(float(estimates[group, share]), 'share')} find worth paying"
                )
            numbers: Numbers = {"value": value, "low": bounds[0], "high": bounds[1], "unit": "money", "n": n}
            tests.append(_row(1, "worth more than the rung below", rung_name, verdict, reason, group=name, **numbers))
    return tests


def _judge_worth(increment: tuple[float, float], step: float, share: tuple[float, float], fewest_share: float) -> str:
    low, high = increment
    if low > 0 and share[0] > fewest_share:
        return PASS
    if high <= 0 or (low <= 0 and high < step) or share[1] <= fewest_share:
        return FAIL
    return UNSURE


def _test_nesting(ladder: Ladder, features: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rule 2, per rung."""
    if features is None:
        return []
    check_columns(features, ("rung", "feature", "level"), "rung_features")
    names = ladder.people.rungs
    levels = check_features(features, names)
    tests = []
    for position, rung in enumerate(names):
        verdict, gained, reason = describe_step(levels, names[position - 1] if position else None, rung)
        unit: Numbers = {"value": float(len(gained)), "unit": "count"}
        tests.append(_row(2, "has all of the rung below, and more", rung, verdict, reason, **unit))
    return tests


def _measure_gains(ladder: Ladder) -> list[dict[str, Any]]:
    """Return what each rung adds to the contribution per person, everybody choosing anew without it."""
    people, offer = ladder.people, ladder.offer
    full = people.outcomes(offer)[0] @ offer.margins
    gains = []
    for position, rung in enumerate(people.rungs):
        without = replace(offer, offered=np.arange(len(people.rungs)) != position)
        # The difference per person comes first: a rung that nobody takes then adds exactly 0.
        added = full - people.outcomes(without)[0] @ offer.margins
        estimates, draws = people.means(added[:, None])
        drawn = draws[:, 0, 0]
        low, high = percentile_interval(drawn, level=ladder.level)
        gains.append(
            {
                "rung": rung,
                "gain": float(estimates[0, 0]),
                "gain_low": float(low),
                "gain_high": float(high),
                "probability": float((drawn > 0).mean()),
                "draws": drawn,
            }
        )
    return gains


def _test_profit(ladder: Ladder, gains: list[dict[str, Any]], sure: float) -> list[dict[str, Any]]:
    """Rule 3, per rung."""
    tests = []
    for gain in gains:
        probability = gain["probability"]
        verdict = PASS if probability >= sure else FAIL if probability <= 1 - sure else UNSURE
        numbers: Numbers = {"value": gain["gain"], "low": gain["gain_low"], "high": gain["gain_high"], "unit": "money"}
        reason = (
            f"changes the contribution by {write_number(gain['gain'], 'money')} per person in the market "
            f"({write_range(gain['gain_low'], gain['gain_high'], 'money')}); "
            f"it adds profit with probability {write_number(probability, 'share')}"
        )
        if ladder.people.n < FEWEST_PEOPLE:
            verdict, reason = UNSURE, f"only {ladder.people.n} people: at least {FEWEST_PEOPLE} are needed"
            numbers["low"] = numbers["high"] = math.nan
        tests.append(_row(3, "adds profit", gain["rung"], verdict, reason, n=ladder.people.n, **numbers))
    return tests


def _test_choice(ladder: Ladder, most_rungs: int) -> dict[str, Any]:
    """Rule 3, the whole ladder: is there too much to choose from?"""
    rungs = len(ladder.people.rungs)
    verdict = PASS if rungs <= most_rungs else FAIL
    reason = f"{rungs} rung{'s' if rungs != 1 else ''} to choose from, limit {most_rungs}"
    return _row(3, "not too much choice", WHOLE_LADDER, verdict, reason, value=float(rungs), unit="count")


def _test_age(today: pd.Timestamp, collected_on: Mapping[str, date | str], oldest_days: int) -> list[dict[str, Any]]:
    """Rule 4, per dated table."""
    if not collected_on:
        reason = "it is not known when the values were collected: write collected_on in product_line.yaml"
        return [_row(4, "values are recent", WHOLE_LADDER, UNSURE, reason, unit="days")]
    tests = []
    for table, day in collected_on.items():
        age = (today - _read_date(day, f"collected_on of {table}")).days
        verdict, reason = PASS, f"{table} is {age} days old, limit {oldest_days}"
        if age < 0:
            verdict, reason = UNSURE, f"{table} is dated {-age} days after the day of the question: correct one of them"
        elif age > oldest_days:
            verdict = FAIL
        tests.append(_row(4, f"{table} is recent", WHOLE_LADDER, verdict, reason, value=float(age), unit="days"))
    return tests


def _test_drift(ladder: Ladder, previous: Ladder, smallest_drift: float) -> list[dict[str, Any]]:
    """Rule 4, per rung that both ladders have; the two samples of people are taken to be independent."""
    if previous.people.n_boot == 0:
        raise ParameterError("the previous ladder has no intervals (n_boot=0): measure it again with, say, n_boot=400")
    means, draws = _mean_values(ladder)
    means_before, draws_before = _mean_values(previous)
    size = min(len(draws), len(draws_before))
    # Both samplings may come from the same seed; shuffling one keeps the two independent.
    shuffled = np.random.default_rng(ladder.people.seed).permutation(len(draws_before))[:size]
    tests = []
    for position, rung in enumerate(ladder.people.rungs):
        if rung not in previous.people.rungs:
            reason = "the rung is new, so there is nothing to compare it with"
            tests.append(_row(4, "values have not drifted", rung, UNSURE, reason, unit="money"))
            continue
        earlier = previous.people.rungs.index(rung)
        value = float(means[position] - means_before[earlier])
        low, high = percentile_interval(draws[:size, position] - draws_before[shuffled, earlier], level=ladder.level)
        matters = smallest_drift * abs(float(means_before[earlier]))
        verdict = FAIL if low > 0 or high < 0 else UNSURE
        if -matters <= low and high <= matters:
            verdict = PASS
        if min(ladder.people.n, previous.people.n) < FEWEST_PEOPLE:
            verdict = UNSURE
        reason = (
            f"mean value changed by {write_number(value, 'money')} ({write_range(float(low), float(high), 'money')}), "
            f"up to {write_number(matters, 'money')} would not matter"
        )
        numbers: Numbers = {
            "value": value,
            "low": float(low),
            "high": float(high),
            "unit": "money",
            "n": ladder.people.n,
        }
        tests.append(_row(4, "values have not drifted", rung, verdict, reason, **numbers))
    return tests


def _mean_values(ladder: Ladder) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean value of each rung, and bootstrap samples × rungs draws of it, for everybody."""
    people = ladder.people
    means, draws = people.means(people.sum_rows(people.worth * people.weights))
    return means[0], draws[:, 0]


def _make_headline(ladder: Ladder, gains: list[dict[str, Any]]) -> Headline:
    weakest = min(gains, key=lambda gain: (gain["probability"], gain["gain"]))
    unanswered = Headline(
        key="value_ladder.weakest_rung",
        label="what the weakest rung adds per person in the market",
        value=math.nan,
        low=math.nan,
        high=math.nan,
        level=ladder.level,
        n=ladder.people.n,
        unit="money",
        better="higher",
        method="contribution with the rung minus without it, people choosing anew; bootstrap over people",
        sentence="Not enough data on what each rung adds: respondents asked {n}, needed at least {enough}.",
        words={"enough": str(FEWEST_PEOPLE)},
    )
    if ladder.people.n < FEWEST_PEOPLE:
        return unanswered
    return replace(
        unanswered,
        value=weakest["gain"],
        low=weakest["gain_low"],
        high=weakest["gain_high"],
        sentence=(
            "The weakest rung, {rung}, changes the contribution by {value} per person in the market "
            "({level} interval {low} to {high}); "
            "it adds profit with probability {probability}."
        ),
        words={"rung": weakest["rung"], "probability": write_number(weakest["probability"], "share")},
        draws=weakest["draws"],
    )


def _read_date(day: date | str, name: str) -> pd.Timestamp:
    try:
        read = pd.Timestamp(day)
    except (ValueError, TypeError):
        raise ParameterError(f"{name} is {day!r}: give a date such as 2026-05-31") from None
    if pd.isna(read):
        raise ParameterError(f"{name} is {day!r}: give a date such as 2026-05-31")
    return read.tz_localize(None).normalize()
