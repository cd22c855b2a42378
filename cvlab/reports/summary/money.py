"""Money per year from headlines: draws that belong together stay together, and every conversion is stated.

    money per year = times per year × people or periods × share × sum of headlines - cost per year          [money]
      per person        people = customers who have not left
      per 100 people    people = customers who have not left / 100
      per period        1, the money is that of the whole line in one period
      per year          1, and once a year

Draws of headlines that resample the same people alike (`draws_by` is "people", as many draws) are taken by the same
index: what is high for one is high for the other because of the same people. All others are put into an order of their
own and count as independent. A headline without draws is drawn from two halves of a normal, each as wide as its side of
the interval, so that the middle and both ends of the interval come out again.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 8 (functions of several estimates).
Assumes that the market is as large as the list of customers who have not left.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from cvlab.analyses.common import BY_PEOPLE

PERS = ("person", "100 people", "period", "year")
N_DRAWS = 1000

Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class JointDraws:
    """Draws of several headlines, draw b of each belonging together.

    Attributes
    ----------
    draws : headline's key -> as many draws as of every other.
    paired : keys of those that resample the same people alike.
    assumed : keys of those that were drawn from their interval.
    """

    draws: Mapping[str, np.ndarray]
    paired: tuple[str, ...]
    assumed: tuple[str, ...]


def draw_jointly(records: Iterable[Record], *, seed: int) -> JointDraws:
    """Return draws of every headline that has a number and an interval.

    Examples
    --------
    >>> same = {"value": 2.0, "low": 1.0, "high": 3.0, "draws": [1.0, 2.0, 3.0], "draws_by": "people"}
    >>> joint = draw_jointly([{"key": "a", **same}, {"key": "b", **same}], seed=0)
    >>> (joint.draws["a"] + joint.draws["b"]).tolist(), joint.paired
    ([2.0, 4.0, 6.0], ('a', 'b'))
    """
    answered = [record for record in records if _is_number(record.get("value"))]
    known = {str(record["key"]): _read_draws(record) for record in answered}
    by_people = [record["key"] for record in answered if record.get("draws_by") == BY_PEOPLE]
    sizes = Counter(len(known[key]) for key in by_people if len(known[key]) and np.isfinite(known[key]).all())
    n_draws = max(sizes, key=lambda size: (sizes[size], size), default=N_DRAWS)
    paired = tuple(key for key in by_people if len(known[key]) == n_draws and np.isfinite(known[key]).all())
    draws, assumed = {}, []
    for record in answered:
        key = str(record["key"])
        if key in paired:
            draws[key] = known[key]
            continue
        # A stream of its own for each key: another headline in the report leaves the draws of this one as they are.
        random = np.random.default_rng([seed, *key.encode()])
        places = (np.arange(n_draws) + 0.5) / n_draws
        finite = known[key][np.isfinite(known[key])]
        if len(finite):
            spread = finite if len(finite) == n_draws else np.quantile(finite, places)
        elif _is_number(record.get("low")) and _is_number(record.get("high")):
            spread = split_normal(record, places)
            assumed.append(key)
        else:
            continue
        draws[key] = random.permutation(spread)
    return JointDraws(draws=draws, paired=paired, assumed=tuple(assumed))


def split_normal(record: Record, places: np.ndarray) -> np.ndarray:
    """Return quantiles of two halves of a normal that meet at the value, each reaching its end of the interval.

    Examples
    --------
    >>> record = {"value": 10.0, "low": 8.0, "high": 16.0, "level": 0.95}
    >>> split_normal(record, np.array([0.025, 0.5, 0.975])).round(6).tolist()
    [8.0, 10.0, 16.0]
    """
    level = float(record.get("level") or 0.95)
    steps = special.ndtri(places) / special.ndtri((1 + level) / 2)
    value, low, high = (float(record[name]) for name in ("value", "low", "high"))
    return value + np.where(steps < 0, value - low, high - value) * steps


def scale_to_year(per: str, times: float, customers: int) -> float:
    """Return by what money is multiplied to be that of the whole line in a year.

    Examples
    --------
    >>> scale_to_year("person", 12, 1200), scale_to_year("100 people", 1, 1200), scale_to_year("period", 0.5, 1200)
    (14400.0, 12.0, 0.5)
    """
    people = {"person": float(customers), "100 people": customers / 100}.get(per, 1.0)
    return people * (1.0 if per == "year" else times)


def sum_money(
    joint: JointDraws,
    records: Mapping[str, Record],
    *,
    of: Sequence[str],
    share: float | str,
    scale: float,
    cost_per_year: float,
) -> tuple[float, np.ndarray]:
    """Return money per year and its draws; NaN and none where one of the headlines has no number or no interval."""
    named = [*of, *([share] if isinstance(share, str) else [])]
    if not all(key in joint.draws for key in named):
        return math.nan, np.empty(0)
    parts, drawn = (float(share), float(share)) if not isinstance(share, str) else (
        float(records[share]["value"]), joint.draws[share]
    )  # fmt: skip
    value = scale * parts * sum(float(records[key]["value"]) for key in of) - cost_per_year
    draws = scale * drawn * np.sum([joint.draws[key] for key in of], axis=0) - cost_per_year
    return value, np.asarray(draws, dtype=float)


def measure_optimism(draws: np.ndarray, certainty: np.ndarray) -> float:
    """Return by how much the best of several actions is likely promised too much, for being the best.

    Parameters
    ----------
    draws : draws × actions, money per year.
    certainty : probability of a gain of each; the best is the one with the highest money × certainty.

    In each draw the best is chosen as it was chosen in the report; the mean of what the winner shows there above what
    it shows over all draws is the luck of the choice.

    Examples
    --------
    >>> measure_optimism(np.array([[1.0, 0.0], [0.0, 1.0]]), np.ones(2))
    0.5
    >>> measure_optimism(np.array([[9.0, 0.0], [10.0, 1.0], [11.0, 2.0]]), np.ones(2))
    0.0
    """
    winners = np.argmax(draws * certainty, axis=1)
    return float((draws[np.arange(len(draws)), winners] - draws.mean(axis=0)[winners]).mean())


def _read_draws(record: Record) -> np.ndarray:
    return np.array([math.nan if draw is None else float(draw) for draw in record.get("draws") or ()], dtype=float)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
