"""One test after another of the four rules of a value ladder: what is measured, and which verdict follows.

Each function returns rows of `LadderCheck.table`; the rules, their formulas and sources stand in `rules`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.value_ladder.ladder import Ladder
from cvlab.analyses.value_ladder.ladder_answers import FEWEST_PEOPLE
from cvlab.analyses.value_ladder.nesting import check_features, describe_step
from cvlab.analyses.value_ladder.self_selection import EVERYBODY
from cvlab.checks import check_columns
from cvlab.errors import ParameterError
from cvlab.units import write_number, write_range

WHOLE_LADDER = "whole ladder"
PASS, FAIL, UNSURE = "pass", "fail", "cannot tell"
Numbers = dict[str, Any]
VERDICTS = (PASS, UNSURE, FAIL)


def _row(
    rule: int, test: str, rung: str, verdict: str, reason: str, *, group: str = EVERYBODY, **numbers: Any
) -> dict[str, Any]:
    blank = {"value": math.nan, "low": math.nan, "high": math.nan, "unit": "number", "n": 0}
    head = {"rule": rule, "test": test, "rung": rung, "group": group, "verdict": verdict}
    return {**head, **blank, **numbers, "reason": reason}


def judge_worth(ladder: Ladder, fewest_share: float) -> list[dict[str, Any]]:
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
                verdict = _judge_increment(bounds, float(steps[rung]), share_range, fewest_share)
                reason = (
                    f"worth {write_number(value, 'money')} more than {below} "
                    f"({write_range(*bounds, 'money')}), price step "
                    f"{write_number(float(steps[rung]), 'money')}, which "
                    f"{write_number(float(estimates[group, share]), 'share')} find worth paying"
                )
            numbers: Numbers = {"value": value, "low": bounds[0], "high": bounds[1], "unit": "money", "n": n}
            tests.append(_row(1, "worth more than the rung below", rung_name, verdict, reason, group=name, **numbers))
    return tests


def _judge_increment(
    increment: tuple[float, float], step: float, share: tuple[float, float], fewest_share: float
) -> str:
    low, high = increment
    if low > 0 and share[0] > fewest_share:
        return PASS
    if high <= 0 or (low <= 0 and high < step) or share[1] <= fewest_share:
        return FAIL
    return UNSURE


def judge_nesting(ladder: Ladder, features: pd.DataFrame | None) -> list[dict[str, Any]]:
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


def measure_gains(ladder: Ladder) -> list[dict[str, Any]]:
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


def judge_profit(ladder: Ladder, gains: list[dict[str, Any]], sure: float) -> list[dict[str, Any]]:
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


def judge_choice(ladder: Ladder, most_rungs: int) -> dict[str, Any]:
    """Rule 3, the whole ladder: is there too much to choose from?"""
    rungs = len(ladder.people.rungs)
    verdict = PASS if rungs <= most_rungs else FAIL
    reason = f"{rungs} rung{'s' if rungs != 1 else ''} to choose from, limit {most_rungs}"
    return _row(3, "not too much choice", WHOLE_LADDER, verdict, reason, value=float(rungs), unit="count")


def judge_age(today: pd.Timestamp, collected_on: Mapping[str, date | str], oldest_days: int) -> list[dict[str, Any]]:
    """Rule 4, per dated table."""
    if not collected_on:
        reason = "it is not known when the values were collected: write collected_on in product_line.yaml"
        return [_row(4, "values are recent", WHOLE_LADDER, UNSURE, reason, unit="days")]
    tests = []
    for table, day in collected_on.items():
        age = (today - read_date(day, f"collected_on of {table}")).days
        verdict, reason = PASS, f"{table} is {age} days old, limit {oldest_days}"
        if age < 0:
            verdict, reason = UNSURE, f"{table} is dated {-age} days after the day of the question: correct one of them"
        elif age > oldest_days:
            verdict = FAIL
        tests.append(_row(4, f"{table} is recent", WHOLE_LADDER, verdict, reason, value=float(age), unit="days"))
    return tests


def judge_drift(ladder: Ladder, previous: Ladder, smallest_drift: float) -> list[dict[str, Any]]:
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


def read_date(day: date | str, name: str) -> pd.Timestamp:
    """Return the day, or say which argument is no date."""
    try:
        read = pd.Timestamp(day)
    except (ValueError, TypeError):
        raise ParameterError(f"{name} is {day!r}: give a date such as 2026-05-31") from None
    if pd.isna(read):
        raise ParameterError(f"{name} is {day!r}: give a date such as 2026-05-31")
    return read.tz_localize(None).normalize()
