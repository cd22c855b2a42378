"""Low, likely, high: how an amount that is not known exactly is drawn.

    distribution      triangular from low to high, highest at likely       [the unit of the amount]
    expected amount   (low + likely + high) / 3
    quantile          low + width * sqrt(u * c)                   for u <= c = (likely - low) / width
                      high - width * sqrt((1 - u) * (1 - c))      above

Low and high are the whole range: nothing outside them is drawn. The triangle is wider than the beta distribution that
is often drawn through the same three points, which is the safer error: people who are asked for a low and a high
tend to give too narrow a range. Where the range leans to one side the expected amount is not the likely one, and
likely amounts do not add up to the likely sum; what is added up is therefore always the expected amount.

Each name draws from a stream of its own, so that neither the order of the rows nor what else is in the table changes
its draws, and each stream covers its range evenly (a Latin hypercube), so that few draws go far.

Source: Johnson (1997), "The triangular distribution as a proxy for the beta distribution in risk analysis", The
Statistician 46, 387-398; McKay, Beckman & Conover (1979), "A comparison of three methods for selecting values of input
variables", Technometrics 21, 239-245.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from scipy import special

Amounts = np.ndarray


def expect_amount(low: Amounts, likely: Amounts, high: Amounts) -> np.ndarray:
    """Return the expected amount of each range.

    Examples
    --------
    >>> expect_amount(np.array([0.0]), np.array([30.0]), np.array([120.0])).tolist()
    [50.0]
    """
    return np.asarray((np.asarray(low, dtype=float) + likely + high) / 3)


def place_likely(low: Amounts, likely: Amounts, high: Amounts) -> np.ndarray:
    """Return where in its range the likely amount lies: 0 at low, 1 at high; 0 where the range has no width."""
    width = np.asarray(high, dtype=float) - low
    place = np.divide(np.asarray(likely, dtype=float) - low, width, out=np.zeros_like(width), where=width > 0)
    return np.asarray(np.clip(place, 0.0, 1.0))


def find_quantile(levels: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the quantiles of the triangle from 0 to 1 with its peak at `place`; the two broadcast.

    Examples
    --------
    >>> find_quantile(np.array([0.0, 0.125, 0.5, 1.0]), np.array(0.5)).tolist()
    [0.0, 0.25, 0.5, 1.0]
    """
    rising = np.sqrt(levels * place)
    falling = 1 - np.sqrt((1 - levels) * (1 - place))
    return np.where(levels <= place, rising, falling)


def draw_amounts(levels: np.ndarray, low: Amounts, likely: Amounts, high: Amounts) -> np.ndarray:
    """Return draws × amounts, from draws × amounts of levels between 0 and 1."""
    width = np.asarray(high, dtype=float) - low
    return np.asarray(low + width * find_quantile(levels, place_likely(low, likely, high)))


def draw_levels(names: Sequence[str], *, n_draws: int, seed: int, correlation: float = 0.0) -> np.ndarray:
    """Return n_draws × names levels between 0 and 1, evenly spread for each name.

    Parameters
    ----------
    correlation : from 0 to 1, between the normal scores of any two names: one cause moves them all.

    Examples
    --------
    >>> levels = draw_levels(["a", "b"], n_draws=4, seed=0)
    >>> np.floor(4 * np.sort(levels, axis=0)).astype(int).tolist()
    [[0, 0], [1, 1], [2, 2], [3, 3]]
    >>> bool((draw_levels(["b"], n_draws=4, seed=0)[:, 0] == levels[:, 1]).all())
    True
    """
    levels = np.column_stack(
        [spread_levels(np.random.default_rng([seed, zlib.crc32(name.encode())]), n_draws) for name in names]
    )
    if correlation == 0:
        return levels
    shared = special.ndtri(spread_levels(np.random.default_rng(seed), n_draws))[:, None]
    own = special.ndtri(levels)
    return np.asarray(special.ndtr(np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own))


def spread_levels(random: np.random.Generator, n: int) -> np.ndarray:
    """Draw one level from each of n equal parts of the range, in random order; never exactly 0."""
    return np.asarray((random.permutation(n) + 1 - random.random(n)) / n).clip(1e-12, 1 - 1e-12)
