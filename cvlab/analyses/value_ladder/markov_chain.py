"""A customer as a Markov chain on the rungs: how long on each, until leaving, and what that is worth.

    P[r, s]     chance per period to go from rung r to rung s; the rest of the row leaves for good      [share]
    visits      M = (I - P)^-1: periods on rung s of a customer who starts on rung r                    [periods]
    value       v = (I - d P)^-1 c, d the discount factor of a period, c the contribution of a period
                on each rung, which comes from its first day on                                         [money]
    horizon     the sums over the first H periods only: I + dP + ... + (dP)^(H - 1)

Source: Pfeifer & Carraway (2000), "Modeling customer relationships as Markov chains", Journal of Interactive Marketing
14(2), 43-55, equations 1-4 (infinite and finite horizon); draws: Rubin (1981), "The Bayesian bootstrap", Annals of
Statistics 9.
Assumes that chances depend on the rung and on nothing else: not on how long somebody has been there, nor on who it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.common import compress_rows
from cvlab.analyses.value_ladder.stays import MONTHS_PER_YEAR, Histories

HALF_AN_EVENT = 0.5  # Jeffreys: what a draw adds where nothing was seen, so that "never" stays uncertain
DAYS_PER_MONTH = 365.25 / 12
_CELLS_AT_ONCE = 2_000_000
COUNTED = ("at_risk", "exits", "days", "money", "early_at_risk", "early_left", "started", "current")


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """Sums of `Histories` over customers; the first axis may run over draws."""

    at_risk: np.ndarray
    exits: np.ndarray
    days: np.ndarray
    money: np.ndarray
    early_at_risk: np.ndarray
    early_left: np.ndarray
    started: np.ndarray
    current: np.ndarray

    @property
    def margins(self) -> np.ndarray:
        """Contribution per month on each rung, the mean over the days spent there."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.money / self.days


def sum_counts(histories: Histories, members: np.ndarray) -> Counts:
    """Return the sums over the customers at the positions `members`."""
    return Counts(**{name: getattr(histories, name)[members].sum(axis=0) for name in COUNTED})


def draw_counts(histories: Histories, members: np.ndarray, *, n_boot: int, random: np.random.Generator) -> Counts:
    """Return `n_boot` draws of the sums: customers weighted by the Bayesian bootstrap.

    Customers with the same history share a weight: the sum of n standard exponentials is gamma-distributed with n.
    """
    rungs = len(histories.rungs)
    blocks = [getattr(histories, name)[members].reshape(len(members), -1) for name in COUNTED]
    distinct, sizes, _ = compress_rows(np.hstack(blocks))
    sums = np.vstack([random.gamma(sizes, size=(rows, len(sizes))) @ distinct for rows in _divide(n_boot, len(sizes))])
    ends = np.cumsum([block.shape[1] for block in blocks])
    parts = dict(zip(COUNTED, np.split(sums, ends[:-1], axis=1), strict=True))
    parts["exits"] = parts["exits"].reshape(n_boot, rungs, rungs + 1)
    return Counts(**parts)


def _divide(n_boot: int, width: int) -> Iterator[int]:
    """Divide the draws so that no more numbers are held at once than memory bears."""
    rows = max(1, _CELLS_AT_ONCE // width)
    for start in range(0, n_boot, rows):
        yield min(rows, n_boot - start)


def find_rates(counts: Counts) -> np.ndarray:
    """Return the chances per period to go from each rung to each other and to leave; 0 to stay, NaN if never at risk.

    Examples
    --------
    >>> exits = np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 3.0]])
    >>> blank = np.zeros(2)
    >>> counts = Counts(at_risk=np.array([10.0, 6.0]), exits=exits, days=blank, money=blank, early_at_risk=blank,
    ...                 early_left=blank, started=blank, current=blank)
    >>> find_rates(counts).tolist()
    [[0.0, 0.2, 0.1], [0.0, 0.0, 0.5]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return counts.exits / counts.at_risk[..., None]


def draw_rates(draws: Counts, seen: Counts, *, random: np.random.Generator) -> np.ndarray:
    """Return draws of the chances, with half an event, more or less, where nobody was seen to leave, or to move."""
    known = seen.at_risk > 0
    rungs = len(known)
    extra = np.zeros_like(draws.exits)
    never = (seen.exits == 0) & known[:, None]
    never[np.arange(rungs), np.arange(rungs)] = False
    never[:, :-1] &= known  # nothing can be said of rungs that nobody has been on for a period
    for rung in np.flatnonzero(known):
        if never[rung, -1]:
            extra[:, rung, -1] = random.gamma(HALF_AN_EVENT, size=len(extra))
        unseen = np.flatnonzero(never[rung, :-1])
        if len(unseen):
            extra[:, rung, unseen] = random.gamma(HALF_AN_EVENT / len(unseen), size=(len(extra), len(unseen)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (draws.exits + extra) / (draws.at_risk + extra.sum(axis=-1))[..., None]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How time and money are counted: months of a period, discount, horizon (None: without end).

    Examples
    --------
    >>> Clock(period_months=12, discount_rate_per_year=0.0, horizon_months=30).worth_of_period
    12.0
    """

    period_months: int
    discount_rate_per_year: float
    horizon_months: int | None

    @property
    def discount(self) -> float:
        """The discount factor of one period."""
        return float((1 + self.discount_rate_per_year) ** (-self.period_months / MONTHS_PER_YEAR))

    @property
    def worth_of_period(self) -> float:
        """What 1 per month, paid from the first day on, is worth at the start of a period."""
        return self.worth_of(self.period_months)

    def worth_of(self, months: int) -> float:
        """What 1 per month for so many months is worth at their start."""
        return float(((1 + self.discount_rate_per_year) ** (-np.arange(months) / MONTHS_PER_YEAR)).sum())


def find_visits(rates: np.ndarray, clock: Clock, *, discounted: bool) -> np.ndarray:
    """Return months on each rung (columns) by the rung of the start (rows); discounted: months' worth at the start.

    Infinite where nobody ever leaves and the sum has no end. A rung that nobody was on for a period counts as left at
    once: see `find_hidden`.

    Examples
    --------
    >>> clock = Clock(period_months=1, discount_rate_per_year=0.0, horizon_months=None)
    >>> find_visits(np.array([[0.0, 0.25, 0.25], [0.0, 0.0, 0.5]]), clock, discounted=False).tolist()
    [[2.0, 1.0], [0.0, 2.0]]
    """
    rungs = rates.shape[-2]
    place = np.arange(rungs)
    chain = np.nan_to_num(rates[..., :-1])
    chain[..., place, place] = np.nan_to_num(1 - rates.sum(axis=-1))
    factor = clock.discount if discounted else 1.0
    whole = clock.worth_of_period if discounted else float(clock.period_months)
    if clock.horizon_months is not None:
        return _sum_to_horizon(chain * factor, clock, whole, discounted=discounted)
    system = np.eye(rungs) - factor * chain
    if factor < 1:
        return np.asarray(whole * np.linalg.inv(system))
    closed = find_closed(rates)
    system[closed] = np.eye(rungs)[np.nonzero(closed)[-1]]
    return np.where(find_reach(rates) & closed[..., None, :], np.inf, whole * np.linalg.inv(system))


def _sum_to_horizon(chain: np.ndarray, clock: Clock, whole: float, *, discounted: bool) -> np.ndarray:
    periods, rest = divmod(clock.horizon_months or 0, clock.period_months)
    power = np.broadcast_to(np.eye(chain.shape[-1]), chain.shape)
    visits = np.zeros_like(chain)
    for _ in range(periods):
        visits = visits + power
        power = power @ chain
    last = clock.worth_of(rest) if discounted else float(rest)
    return whole * visits + last * power


def find_reach(rates: np.ndarray) -> np.ndarray:
    """Return, for each rung, which rungs a customer who starts there may come to by moves that were seen."""
    rungs = rates.shape[-2]
    step = (np.nan_to_num(rates[..., :-1]) > 0) | np.eye(rungs, dtype=bool)
    for _ in range(int(np.ceil(np.log2(max(rungs, 2))))):
        step = (step.astype(float) @ step.astype(float)) > 0
    return np.asarray(step)


def find_closed(rates: np.ndarray) -> np.ndarray:
    """Return the rungs from which nobody was seen to come to leaving, however many moves it takes.

    Examples
    --------
    >>> find_closed(np.array([[0.0, 0.1, 0.1], [0.0, 0.0, 0.0]])).tolist()
    [False, True]
    """
    leaves = np.nan_to_num(rates[..., -1], nan=1.0) > 0
    return np.asarray(~(find_reach(rates) & leaves[..., None, :]).any(axis=-1))


def find_hidden(rates: np.ndarray) -> np.ndarray:
    """Return the rungs whose customers may come to a rung that nobody has been on for a period.

    Examples
    --------
    >>> find_hidden(np.array([[0.0, 0.1, 0.1], [np.nan, np.nan, np.nan]])).tolist()
    [True, True]
    """
    unknown = np.isnan(rates).any(axis=-1)
    return np.asarray((find_reach(rates) & unknown[..., None, :]).any(axis=-1))
