"""How this chapter writes chances and names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cvlab.units import write_number

SUREST = 0.99
TIMES_UNSEEN = 3
MOST_NAMES = 6


def write_chance(chance: float, n_draws: int) -> str:
    """Write a share of draws as a probability that finitely many draws can show.

    Examples
    --------
    >>> write_chance(1.0, 10_000), write_chance(0.0, 10_000), write_chance(0.5, 10_000), write_chance(math.nan, 10)
    ('more than 99%', 'less than 1%', '50.0%', '–')
    """
    if not math.isfinite(chance):
        return write_number(chance, "share")
    surest = max(0.5, min(SUREST, 1 - TIMES_UNSEEN / n_draws))
    if chance > surest:
        return f"more than {write_number(surest, 'share', decimals=0)}"
    if chance < 1 - surest:
        return f"less than {write_number(1 - surest, 'share', decimals=0)}"
    return write_number(chance, "share")


def list_names(names: Sequence[str]) -> str:
    """Write names one after the other, and say how many more there are.

    Examples
    --------
    >>> list_names(["a", "b"]), list_names([str(number) for number in range(8)])
    ('a, b', '0, 1, 2, 3, 4, 5 and 2 more')
    """
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
