"""How far the data carry a verdict: how many people would settle it, and how sure a bootstrap can be.

    people that settle it   n · (half-width of the interval / distance from what would change the verdict)²   [people]
                            for a share that nobody or everybody shows: those at which Wilson's interval is clear of it
    surest probability      1 - 3 / bootstrap samples, at most 99 %: what all samples say can be no surer     [share]

Source: intervals shrink with the square root of n; the "rule of three" for what was never seen, Hanley & Lippman-Hand
(1983), "If nothing goes wrong, is everything all right?", JAMA 249.
Assumes that further people are like those asked, and the estimate is about right: it is a plan, not a promise.
"""

from __future__ import annotations

import math

from scipy import stats

from cvlab.units import write_number

MOST_PEOPLE = 100_000
DIGITS_OF_PEOPLE = 2


def count_people_needed(n: int, low: float, high: float, distance: float) -> float:
    """Return about how many people make the interval's half-width as small as `distance`; more than there are.

    Examples
    --------
    >>> count_people_needed(50, low=-1.0, high=3.0, distance=1.0)
    200.0
    """
    if not all(map(math.isfinite, (low, high, distance))) or distance <= 0:
        return math.inf
    return max(n + 1.0, n * ((high - low) / 2 / distance) ** 2)


def count_people_for_none(threshold: float, level: float) -> float:
    """Return of how many people nobody must show what fewer than `threshold` do, for Wilson's interval to end there.

    Examples
    --------
    >>> round(count_people_for_none(0.01, 0.95))
    380
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    return z**2 * (1 - threshold) / threshold if threshold > 0 else math.inf


def write_people_needed(people: float) -> str:
    """Say how many people would settle a verdict, rounded up to two digits.

    Examples
    --------
    >>> write_people_needed(231.2), write_people_needed(float("inf"))
    ('about 240 people would settle it', 'more than 100,000 people would be needed to settle it')
    """
    if people > MOST_PEOPLE:
        return f"more than {write_number(MOST_PEOPLE, 'count')} people would be needed to settle it"
    step = 10 ** max(0, math.floor(math.log10(people)) + 1 - DIGITS_OF_PEOPLE)
    return f"about {write_number(math.ceil(people / step) * step, 'count')} people would settle it"
