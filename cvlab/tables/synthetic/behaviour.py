"""Behaviour: when do people with known latent traits buy, stay, move and leave?

    purchases   gaps between purchases of a living customer ~ exponential(rate per week); after each repeat purchase
                the customer is lost with probability p; rate ~ gamma(r, alpha), p ~ beta(a, b)
    contracts   whole months until leaving ~ geometric(churn per month), churn ~ beta over people; meanwhile moves up
                and down the ladder with known probabilities per month

Source: Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24, section 3;
Fader & Hardie (2007), "How to project customer retention", J. Interactive Marketing 21 (shifted beta-geometric).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.tables.synthetic.line import Rung

OBSERVED_UNTIL = np.datetime64("2026-06-30")
DAYS_PER_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Purchasing:
    """Parameters of the BG/NBD model in weeks: rate ~ gamma(shape r, rate alpha), dropout ~ beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, kw_only=True)
class Staying:
    """Churn per month ~ beta(a, b) over customers."""

    a: float
    b: float

    @property
    def mean_retention(self) -> float:
        """Retention in the first month, averaged over customers."""
        return self.b / (self.a + self.b)

    def expected_months(self, *, discount_per_month: float, months: int) -> float:
        """Discounted months paid per new customer, each month paid at its start."""
        survival = np.concatenate([[1.0], self._survival(months - 1)])
        return float((survival / (1 + discount_per_month) ** np.arange(months)).sum())

    def _survival(self, months: int) -> np.ndarray:
        steps = np.arange(1, months + 1)
        return np.cumprod((self.b + steps - 1) / (self.a + self.b + steps - 1))


def months_at_one_rate(retention: float, *, discount_per_month: float, months: int) -> float:
    """Discounted months paid per new customer if all had one retention rate: what an aggregate rate promises.

    Examples
    --------
    >>> round(months_at_one_rate(0.5, discount_per_month=0.0, months=60), 6)
    2.0
    """
    return float(((retention / (1 + discount_per_month)) ** np.arange(months)).sum())


def rank_in_mixture(groups: np.ndarray, shares: np.ndarray, centres: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return uniform numbers that differ between groups and are exactly uniform over all people.

    Each person's score is the centre of the group plus normal noise; its rank in the mixture of the groups is uniform.
    Any distribution can then be drawn so that groups differ and the whole keeps its known parameters.
    """
    scores = centres[groups] + noise
    return np.clip((shares * stats.norm.cdf(scores[:, None] - centres)).sum(axis=1), 1e-9, 1 - 1e-9)


def draw_purchase_days(
    rate: np.ndarray, dropout: np.ndarray, days: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw repeat purchases of customers followed for some days.

    Parameters
    ----------
    rate : purchases per week of each customer while alive.
    dropout : probability of being lost after a repeat purchase.
    days : how long each customer is observed after the first purchase.

    Returns
    -------
    the customer's position and the whole day (1 or later) of each repeat purchase, ordered; at most one per day.
    """
    who, when = [np.empty(0, dtype=int)], [np.empty(0, dtype=int)]
    alive = np.arange(len(rate))
    clock = np.zeros(len(rate))
    while alive.size:
        clock[alive] += random.exponential(DAYS_PER_WEEK / rate[alive])
        alive = alive[clock[alive] <= days[alive]]
        who.append(alive)
        when.append(np.maximum(np.ceil(clock[alive]), 1).astype(int))
        alive = alive[random.random(alive.size) >= dropout[alive]]
    pairs = np.unique(np.column_stack([np.concatenate(who), np.concatenate(when)]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def draw_start_dates(n: int, first: str, last: str, random: np.random.Generator, *, latest_day: int = 28) -> np.ndarray:
    """Draw dates from the first month to the last; days up to 28, so that every month has the anniversary."""
    low, high = np.datetime64(first, "M"), np.datetime64(last, "M")
    months = low + random.integers(0, int((high - low).astype(int)) + 1, n)
    return months.astype("datetime64[D]") + random.integers(0, latest_day, n)


def add_months(dates: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Return the anniversaries of dates whose day is 28 at most.

    Examples
    --------
    >>> add_months(np.array(["2025-12-28"], dtype="datetime64[D]"), np.array([2])).tolist()
    [datetime.date(2026, 2, 28)]
    """
    month_starts = dates.astype("datetime64[M]")
    return (month_starts + months).astype("datetime64[D]") + (dates - month_starts.astype("datetime64[D]"))


def months_observed(starts: np.ndarray) -> np.ndarray:
    """Return how many anniversaries after the start lie on or before the end of observation."""
    months = (OBSERVED_UNTIL.astype("datetime64[M]") - starts.astype("datetime64[M]")).astype(int)
    return months - (add_months(starts, months) > OBSERVED_UNTIL)


@dataclass(frozen=True, kw_only=True)
class Moving:
    """Probability per term to move one rung up or one rung down, and the length of a term in months.

    With `row_per_term` every term is a contract of its own (yearly contracts that are renewed), else a contract runs
    until the customer moves or leaves.
    """

    up: float
    down: float
    term_months: int = 1
    row_per_term: bool = False


def draw_spells(
    ids: np.ndarray,
    starts: np.ndarray,
    rungs: np.ndarray,
    lifetimes: np.ndarray,
    *,
    n_rungs: int,
    moving: Moving,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Draw the contracts of each customer.

    Parameters
    ----------
    rungs : number of the first rung, from 0.
    lifetimes : months until the customer leaves, a multiple of the term; beyond the end of observation: still there.

    Returns
    -------
    customer_id, rung (number), start, end (missing = still running), renewed (missing = still running, "no" only where
    the customer left).
    """
    rows = []
    active = np.arange(len(ids))
    begun = np.zeros(len(ids), dtype=int)
    rung = rungs.copy()
    observed = months_observed(starts)
    while active.size:
        up = np.where(rung[active] < n_rungs - 1, moving.up, 0.0)
        down = np.where(rung[active] > 0, moving.down, 0.0)
        change = np.ones(active.size) if moving.row_per_term else up + down
        stop = begun[active] + moving.term_months * random.geometric(change)
        chance = random.random(active.size) * change
        step = np.where(chance < up, 1, np.where(chance < up + down, -1, 0))
        moved = stop < lifetimes[active]
        stop = np.minimum(stop, lifetimes[active])
        running = stop > observed[active]
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": ids[active],
                    "rung": rung[active],
                    "start": add_months(starts[active], begun[active]),
                    "end": np.where(running, np.datetime64("NaT"), add_months(starts[active], stop)),
                    "renewed": pd.Series(np.where(moved, "yes", "no"), dtype="str").where(~running),
                }
            )
        )
        moved &= ~running
        active, step = active[moved], step[moved]
        begun[active] = stop[moved]
        rung[active] += step
    return pd.concat(rows).sort_values(["customer_id", "start"], kind="stable", ignore_index=True)


def price_spells(spells: pd.DataFrame, rungs: Sequence[Rung]) -> pd.DataFrame:
    """Return the contracts of `draw_spells` with the name, the price and the cost to serve of their rungs."""
    number = spells["rung"].to_numpy()
    return spells.assign(
        rung=np.array([rung.name for rung in rungs])[number],
        price_per_month=np.array([rung.price for rung in rungs])[number],
        cost_to_serve_per_month=np.array([rung.unit_cost for rung in rungs])[number],
    )
