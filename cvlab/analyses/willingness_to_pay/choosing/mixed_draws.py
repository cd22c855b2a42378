"""Draws of tastes: points that fill the space of tastes more evenly than chance would.

A simulated likelihood averages over draws. Quasi-random points reach with a hundred draws the precision that random
ones reach with a thousand. One sequence runs through all respondents, a block of consecutive points each, so that what
one person's block misses the next one's has.

    Sobol     scrambled by the seed; even in many dimensions
    Halton    one prime per dimension, the first points dropped; the points of high primes line up in many dimensions

Points of the unit cube become standard normal by the inverse of the normal distribution.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 9.3; Bhat (2003), "Simulation estimation of mixed
discrete choice models using randomized and scrambled Halton sequences", Transportation Research B 37; Owen (1998),
"Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14.
"""

from __future__ import annotations

import numpy as np
from scipy import special
from scipy.stats import qmc

from cvlab.checks import check_one_of

DRAWS = ("sobol", "halton")
_DROPPED = 100  # first points of a Halton sequence, in which all dimensions rise together
_EDGE = 1e-9  # points are kept this far from 0 and 1, where the normal is infinite


def draw_normals(kind: str, *, n_people: int, n_dimensions: int, n_draws: int, seed: int) -> np.ndarray:
    """Return n_people × n_dimensions × n_draws standard normal numbers.

    Parameters
    ----------
    kind : "sobol" or "halton".
    seed : scrambles Sobol points; Halton points are the same for every seed.

    Examples
    --------
    >>> normal = draw_normals("sobol", n_people=20, n_dimensions=3, n_draws=50, seed=0)
    >>> normal.shape, abs(round(float(normal.mean()), 2)), round(float(normal.std()), 2)
    ((20, 3, 50), 0.0, 1.0)
    >>> bool((draw_normals("halton", n_people=2, n_dimensions=1, n_draws=4, seed=1)[0, 0] < 0).any())
    True
    """
    check_one_of(kind, DRAWS, "draws")
    n_points = n_people * n_draws
    if kind == "sobol":
        sequence = qmc.Sobol(n_dimensions, scramble=True, rng=np.random.default_rng(seed))
        # The first call for a number that is no power of two would warn that the points are not perfectly even.
        points = (
            np.concatenate([sequence.random(1), sequence.random(n_points - 1)])
            if n_points > 1
            else (sequence.random(1))
        )
    else:
        points = qmc.Halton(n_dimensions, scramble=False).fast_forward(_DROPPED).random(n_points)
    normal = special.ndtri(np.clip(points, _EDGE, 1 - _EDGE))
    return np.ascontiguousarray(normal.reshape(n_people, n_draws, n_dimensions).swapaxes(1, 2))
