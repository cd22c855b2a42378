"""Random streams: each table has its own, so that a table added later leaves the others as they are."""

from __future__ import annotations

import zlib

import numpy as np


def open_stream(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator that belongs to a seed and some names, such as a line and a table.

    Examples
    --------
    >>> first = open_stream(1, "salon-software", "customers").integers(1000)
    >>> bool(first == open_stream(1, "salon-software", "customers").integers(1000))
    True
    >>> bool(first == open_stream(1, "salon-software", "contracts").integers(1000))
    False
    """
    # crc32 and not hash(): Python salts the latter anew in every process.
    return np.random.default_rng(np.random.SeedSequence([seed, *(zlib.crc32(name.encode()) for name in names)]))


def split_normal(random: np.random.Generator, n: int, *, unknown: float) -> tuple[np.ndarray, np.ndarray]:
    """Return n standard normal numbers as a part that a survey reveals and the whole.

    A calibrated posterior draw of a person is the revealed part plus fresh noise; it then has the same distribution
    over people as the truth itself, so that shares computed from draws are not biased.

    Parameters
    ----------
    unknown : share of the variance that the survey leaves open.

    Examples
    --------
    >>> revealed, whole = split_normal(np.random.default_rng(0), 100_000, unknown=0.25)
    >>> round(float(revealed.var()), 2), round(float(whole.var()), 2)
    (0.75, 1.0)
    """
    revealed = np.sqrt(1 - unknown) * random.standard_normal(n)
    return revealed, revealed + np.sqrt(unknown) * random.standard_normal(n)


def draw_ids(prefix: str, n: int) -> list[str]:
    """Return n ids of equal width, as in F0001.

    Examples
    --------
    >>> draw_ids("L", 12)[-1]
    'L12'
    """
    width = len(str(n))
    return [f"{prefix}{number:0{width}d}" for number in range(1, n + 1)]


def draw_surveyed(random: np.random.Generator, n: int, n_surveyed: int) -> np.ndarray:
    """Return who of n customers is asked: a simple random sample of `n_surveyed`, as booleans."""
    surveyed = np.zeros(n, dtype=bool)
    surveyed[random.choice(n, size=min(n, n_surveyed), replace=False)] = True
    return surveyed
