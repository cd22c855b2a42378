"""Probabilities from draws: what finitely many of them can show, in words."""

from __future__ import annotations

import math

from cvlab.units import write_number

SUREST = 0.99
TIMES_UNSEEN = 3  # what was never seen in n draws may still happen 3 times in n


def write_probability(probability: float, n_draws: int) -> str:
    """Write a share of draws as a probability that finitely many draws can show.

    Examples
    --------
    >>> write_probability(1.0, 400), write_probability(0.0, 400), write_probability(0.5, 400)
    ('more than 99%', 'less than 1%', '50.0%')
    >>> write_probability(math.nan, 10)
    '–'
    """
    if not math.isfinite(probability):
        return write_number(probability, "share")
    surest = max(0.5, min(SUREST, 1 - TIMES_UNSEEN / n_draws))
    if probability > surest:
        return f"more than {write_number(surest, 'share', decimals=0)}"
    if probability < 1 - surest:
        return f"less than {write_number(1 - surest, 'share', decimals=0)}"
    return write_number(probability, "share")
