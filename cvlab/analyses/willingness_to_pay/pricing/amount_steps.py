"""Steps of amounts: prices at which a demand can be told without telling what any single person would pay.

The share of people whose amount is at least p falls by one person's share at each amount that somebody named, so a
curve through all of them is the list of amounts. It is therefore told at the multiples of a round step only (1, 2, 2.5
or 5 times a power of ten), with `smallest_group` people or more between any two neighbours; between these prices runs a
smooth curve that never rises, the same whatever the amounts inside a step are.

    step     the smallest that leaves at most 15 % of the people outside the steps; else the one that leaves fewest
    lost     where inside a step people stand, and what is asked for below the first step and above the last

Source: Fritsch & Carlson (1980), "Monotone piecewise cubic interpolation", SIAM Journal on Numerical Analysis 17;
Hundepool et al. (2012), Statistical Disclosure Control, chapter 3 (smallest number of people in a published cell).
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from cvlab.units import agree_decimals, write_number

_ROUND = (1.0, 2.0, 2.5, 5.0)
_MOST_STEPS = 40  # that the middle of the amounts is divided into
_MIDDLE = (0.01, 0.99)  # of the amounts, from which the smallest step follows
_INSIDE = 0.85  # share of the people inside the steps that is enough


def find_steps(amount: np.ndarray, people: np.ndarray, smallest_group: int) -> np.ndarray:
    """Return round prices, ascending and evenly spaced, with enough people between neighbours; none where none have.

    Parameters
    ----------
    amount : what each row says.
    people : how many people each row stands for: less than one where a person has several rows.

    Examples
    --------
    >>> find_steps(np.linspace(5.0, 45.0, 80), np.ones(80), 10).tolist()
    [5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0]
    >>> find_steps(np.linspace(5.0, 45.0, 9), np.ones(9), 10).tolist()
    []
    """
    best, most = np.empty(0), 0.0
    for step in _list_steps(amount[amount > 0]):
        edges, inside = _longest_run(amount, people, step, smallest_group)
        if inside > most:
            best, most = edges, inside
        if most >= _INSIDE * people.sum():
            break
    return best


def smooth_steps(steps: np.ndarray, shares: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Return shares (rows × steps) at any prices between the steps, by a smooth curve that never rises.

    Examples
    --------
    >>> smooth_steps(np.array([10.0, 20.0]), np.array([[0.8, 0.4]]), np.array([15.0])).round(6).tolist()
    [[0.6]]
    """
    width = steps[1] - steps[0]  # in which prices of any currency are counted
    found = PchipInterpolator((steps - steps[0]) / width, shares, axis=1)((prices - steps[0]) / width)
    return np.asarray(np.clip(found, 0.0, 1.0).round(12))  # nobody is nobody, not a rounding error


def bend_steps(steps: np.ndarray, shares: np.ndarray, prices: np.ndarray, seed: int) -> np.ndarray:
    """Return the curves of `smooth_steps`, each bent up or down inside each step as far as people may stand elsewhere.

    A curve between two prices that falls by d may lie up to d · t(1 - t) higher or lower at the share t of the way and
    still never rise where it is straight; how far is drawn evenly. The wider the step, the more that adds to the doubt.
    """
    cell = np.clip(np.searchsorted(steps, prices, side="right") - 1, 0, len(steps) - 2)
    way = (prices - steps[cell]) / (steps[cell + 1] - steps[cell])
    bend = np.random.default_rng(seed).uniform(-1, 1, (len(shares), len(steps) - 1)) * -np.diff(shares, axis=1)
    bent = smooth_steps(steps, shares, prices) + bend[:, cell] * way * (1 - way)
    return np.asarray(np.clip(np.minimum.accumulate(bent, axis=1), 0.0, 1.0))


def describe_steps(steps: np.ndarray, smallest_group: int) -> str:
    """Say how amounts are told, and what is lost by it."""
    ends = (float(steps[1] - steps[0]), float(steps[0]), float(steps[-1]))
    decimals = 0 if all(end.is_integer() for end in ends) else agree_decimals(ends[:1], "money")
    step, first, last = (write_number(end, "money", decimals=decimals) for end in ends)
    return (
        f"Amounts are counted in steps of {step} from {first} to {last}, with at least "
        f"{write_number(smallest_group, 'count')} people in each, so that no price is what one person named; inside a "
        "step the curve is smooth, and beyond the steps nothing is told."
    )


def decline_steps(n_people: int, smallest_group: int) -> str:
    """Say why the amounts cannot be told."""
    needed = write_number(smallest_group, "count")
    return (
        f"Not enough data: the amounts of {write_number(n_people, 'count')} people do not fill a step of the price "
        f"with {needed} of them, so they would show single people. {write_number(4 * smallest_group, 'count')} people "
        "would as a rule be enough."
    )


def _list_steps(positive: np.ndarray) -> list[float]:
    """Return the round steps that come into question, the smallest first."""
    low, high = np.quantile(positive, _MIDDLE)
    smallest = max(float(high - low) / _MOST_STEPS, 1e-3 * float(high))
    power = np.floor(np.log10(smallest))
    candidates = [times * 10.0 ** (power + more) for more in range(4) for times in _ROUND]
    return [step for step in candidates if smallest * (1 - 1e-9) <= step <= high]


def _longest_run(amount: np.ndarray, people: np.ndarray, step: float, smallest_group: int) -> tuple[np.ndarray, float]:
    """Return the edges of the neighbouring steps that have enough people each and hold most, and how many they hold."""
    # A price of 0 is none; an amount on an edge belongs to the step above it, rounding errors aside.
    cell = np.floor(amount / step * (1 + 1e-12))
    beyond = np.floor(np.quantile(amount, _MIDDLE[1]) / step) + 1  # few are asked for there, and some a thousandfold
    counts = np.bincount(np.minimum(cell, beyond).astype(int), weights=people, minlength=int(beyond) + 1)
    full = counts >= smallest_group * (1 - 1e-9)
    full[[0, -1]] = False
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], full.astype(int), [0]])))
    runs = [(float(counts[first:last].sum()), first, last) for first, last in bounds.reshape(-1, 2)]
    if not runs:
        return np.empty(0), 0.0
    inside, first, last = max(runs)
    return np.array([float(f"{number * step:.12g}") for number in range(first, last + 1)]), inside
