"""One test after another of the four rules of a value ladder: what is measured, and which verdict follows.

Each function returns rows of `LadderCheck.table`; the rules, their formulas and sources stand in `rules`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cvlab.analyses.common import percentile_interval, write_probability
from cvlab.analyses.value_ladder.evidence import (
    count_people_for_none,
    count_people_needed,
    write_people_needed,
)
from cvlab.analyses.value_ladder.ladder import Ladder
from cvlab.analyses.value_ladder.ladder_numbers import (
    fewest_people,
    find_bounds,
    find_share_bounds,
    hide_small,
    round_shares,
)
from cvlab.analyses.value_ladder.nesting import check_features, describe_step
from cvlab.analyses.value_ladder.self_selection import EVERYBODY, LadderPeople
from cvlab.checks import check_columns, check_day
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
    rungs = len(people.rungs)
    estimates, draws = hide_small(people, *people.means(amounts))
    low, high = find_bounds(draws[..., :rungs], ladder.level)
    shares, drawn_shares = round_shares(estimates[..., rungs:]), round_shares(draws[..., rungs:])
    share_low, share_high = find_share_bounds(shares, drawn_shares, people.effective_sizes, ladder.level)
    tests = []
    for group, name in enumerate(people.group_names):
        for rung, rung_name in enumerate(people.rungs):
            here, step = (group, rung), float(steps[rung])
            n = int(people.group_sizes[group])
            value, bounds = float(estimates[here]), (float(low[here]), float(high[here]))
            numbers: Numbers = {"value": value, "low": bounds[0], "high": bounds[1], "unit": "money", "n": n}
            verdict, reason = UNSURE, _say_few(n, people)
            if n >= fewest_people(people):
                share, share_bounds = float(shares[here]), (float(share_low[here]), float(share_high[here]))
                verdict = _judge_increment(bounds, step, share_bounds, fewest_share)
                reason = (
                    f"worth {write_number(value, 'money')} more than "
                    f"{'not buying' if rung == 0 else people.rungs[rung - 1]} "
                    f"({write_range(*bounds, 'money')}), price step {write_number(step, 'money')}, which "
                    f"{write_number(share, 'share')} ({write_range(*share_bounds, 'share')}) find worth paying"
                )
                if verdict == UNSURE:
                    needed = _settle_increment(n, value, bounds, share, share_bounds, fewest_share, ladder.level)
                    reason = f"{reason}; {write_people_needed(needed)}"
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


def _settle_increment(
    n: int,
    value: float,
    increment: tuple[float, float],
    share: float,
    share_range: tuple[float, float],
    fewest_share: float,
    level: float,
) -> float:
    """Return how many people settle what is open: whether the increment is above 0, and for enough people its step."""
    needed = 0.0
    if increment[0] <= 0:
        needed = count_people_needed(n, *increment, abs(value))
    if share_range[0] <= fewest_share < share_range[1]:
        nobody = share == 0
        of_share = (
            count_people_for_none(fewest_share, level)
            if nobody
            else count_people_needed(n, *share_range, abs(share - fewest_share))
        )
        needed = max(needed, of_share)
    return max(needed, n + 1.0)


def _say_few(n: int, people: LadderPeople) -> str:
    return f"only {n} people: at least {fewest_people(people)} are needed"


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
        estimates, draws = hide_small(people, *people.means(added[:, None]))
        drawn = draws[:, 0, 0]
        low, high = percentile_interval(drawn, level=ladder.level)
        told = people.n >= fewest_people(people)
        gains.append(
            {
                "rung": rung,
                "gain": float(estimates[0, 0]),
                "gain_low": float(low),
                "gain_high": float(high),
                "probability": float((drawn > 0).mean()) if told else math.nan,
                "draws": drawn,
            }
        )
    return gains


def judge_profit(ladder: Ladder, gains: list[dict[str, Any]], sure: float) -> list[dict[str, Any]]:
    """Rule 3, per rung."""
    people, tests = ladder.people, []
    for gain in gains:
        value, low, high = gain["gain"], gain["gain_low"], gain["gain_high"]
        probability = gain["probability"]
        verdict, reason = UNSURE, _say_few(people.n, people)
        if people.n >= fewest_people(people):
            verdict = PASS if probability >= sure else FAIL if probability <= 1 - sure else UNSURE
            reason = (
                f"changes the contribution by {write_number(value, 'money')} per person in the market "
                f"({write_range(low, high, 'money')}); "
                f"it adds profit with a probability of {write_probability(probability, people.n_boot)}"
            )
            if verdict == UNSURE:
                reason = f"{reason}; {write_people_needed(count_people_needed(people.n, low, high, abs(value)))}"
        numbers: Numbers = {"value": value, "low": low, "high": high, "unit": "money", "n": people.n}
        tests.append(_row(3, "adds profit", gain["rung"], verdict, reason, **numbers))
    return tests


def judge_choice(ladder: Ladder, most_rungs: int) -> dict[str, Any]:
    """Rule 3, the whole ladder: is there too much to choose from?"""
    rungs = len(ladder.people.rungs)
    verdict = PASS if rungs <= most_rungs else FAIL
    reason = f"{rungs} rung{'s' if rungs != 1 else ''} to choose from, limit {most_rungs}"
    return _row(3, "not too much choice", WHOLE_LADDER, verdict, reason, value=float(rungs), unit="count")


def judge_age(
    today: pd.Timestamp, collected_on: Mapping[str, date | str], made_from: Sequence[str], oldest_days: int
) -> list[dict[str, Any]]:
    """Rule 4, per table that the ladder is made from."""
    tests = []
    for table in made_from:
        verdict, age = UNSURE, math.nan
        reason = f"it is not known when {table} was collected: write it under collected_on in product_line.yaml"
        if table in collected_on:
            age = float((today - check_day(collected_on[table], f"collected_on of {table}")).days)
            verdict = PASS if age <= oldest_days else FAIL
            reason = f"{table} is {age:.0f} days old, limit {oldest_days}"
        if age < 0:
            verdict = UNSURE
            reason = f"{table} is dated {-age:.0f} days after the day of the question: correct one of them"
        tests.append(_row(4, f"{table} is recent", WHOLE_LADDER, verdict, reason, value=age, unit="days"))
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
    people, tests = ladder.people, []
    n = min(people.n, previous.people.n)
    for position, rung in enumerate(people.rungs):
        if rung not in previous.people.rungs:
            reason = "the rung is new, so there is nothing to compare it with"
            tests.append(_row(4, "values have not drifted", rung, UNSURE, reason, unit="money"))
            continue
        earlier = previous.people.rungs.index(rung)
        value = float(means[position] - means_before[earlier])
        bounds = percentile_interval(draws[:size, position] - draws_before[shuffled, earlier], level=ladder.level)
        low, high = (float(bound) for bound in bounds)
        verdict, reason = UNSURE, _say_few(n, people)
        if n >= fewest_people(people):
            matters = smallest_drift * abs(float(means_before[earlier]))
            verdict = PASS if -matters <= low and high <= matters else FAIL if low > 0 or high < 0 else UNSURE
            reason = (
                f"mean value changed by {write_number(value, 'money')} ({write_range(low, high, 'money')}), "
                f"up to {write_number(matters, 'money')} would not matter"
            )
            if verdict == UNSURE:
                # Enough people tell either that the value moved, or that it moved by less than matters.
                distance = max(abs(value), matters - abs(value))
                reason = f"{reason}; {write_people_needed(count_people_needed(n, low, high, distance))} in each ladder"
        numbers: Numbers = {"value": value, "low": low, "high": high, "unit": "money", "n": people.n}
        tests.append(_row(4, "values have not drifted", rung, verdict, reason, **numbers))
    return tests


def _mean_values(ladder: Ladder) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean value of each rung, and bootstrap samples × rungs draws of it, for everybody."""
    people = ladder.people
    means, draws = hide_small(people, *people.means(people.sum_rows(people.worth * people.weights)))
    return means[0], draws[:, 0]
