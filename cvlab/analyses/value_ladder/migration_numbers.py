"""What is measured of one group of customers: rates, times and values, with draws; formulas stand in `migration`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvlab.analyses.common import percentile_interval, wilson_interval
from cvlab.analyses.value_ladder.markov_chain import (
    Clock,
    Counts,
    draw_counts,
    draw_rates,
    find_hidden,
    find_rates,
    find_visits,
    sum_counts,
)
from cvlab.analyses.value_ladder.stays import MONTHS_PER_YEAR, Histories
from cvlab.analyses.value_ladder.withheld_cells import Withheld, withhold_nothing

FEWEST_CUSTOMERS = 10
Bounded = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Chance:
    """A chance per period, with its interval: so many moves in so many periods at risk, of `n` customers.

    Where nothing may be told, all of it is missing: counts of a few customers tell about them as well as a rate does.
    """

    n: float
    periods: float
    moves: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupNumbers:
    """One group of customers: their histories summed up, as they are and in draws.

    Attributes
    ----------
    name : of the group; enough : how many customers are needed for numbers; smallest_group : for any count of them.
    counts, rates : sums and chances; drawn_counts, drawn_rates : draws of them.
    told : rungs of which something is told, because enough customers have been on them.
    withheld : what is not told of these either; nothing before `withhold_moves` has said so.
    """

    name: str
    histories: Histories
    members: np.ndarray
    clock: Clock
    level: float
    enough: int
    smallest_group: int
    counts: Counts
    rates: np.ndarray
    drawn_counts: Counts
    drawn_rates: np.ndarray
    told: np.ndarray
    withheld: Withheld

    @property
    def n(self) -> int:
        """How many customers the group has."""
        return len(self.members)

    @property
    def answered(self) -> bool:
        """Whether there are enough customers for any number."""
        return self.n >= self.enough

    @property
    def told_steps(self) -> np.ndarray:
        """Whether both ends of each step are told; from the second rung on."""
        return np.asarray(self.told[1:] & self.told[:-1])

    @property
    def on_rung(self) -> np.ndarray:
        """How many customers were ever on each rung."""
        return np.asarray((self.histories.arrival[self.members] > 0).sum(axis=0))

    @cached_property
    def visits(self) -> Bounded:
        """Months on each rung (columns) by the rung of the start."""
        return self._bound(*self._visits)

    @cached_property
    def earned(self) -> Bounded:
        """Discounted contribution on each rung (columns) by the rung of the start."""
        return self._bound(*self._earned)

    @cached_property
    def stay(self) -> Bounded:
        """Months on a rung in one go, whatever the horizon."""
        with np.errstate(divide="ignore"):
            point, draws = (self.clock.period_months / each.sum(axis=-1) for each in (self.rates, self.drawn_rates))
        # Which tells how many stayed, where that is withheld.
        return _hide(self._bound(point, draws), ~self.withheld.moves.diagonal())

    @cached_property
    def months(self) -> Bounded:
        """Months until leaving."""
        point, draws = (visits.sum(axis=-1) for visits in self._visits)
        return self._bound(point, draws)

    @cached_property
    def contribution(self) -> Bounded:
        """Contribution per month on each rung."""
        return self._bound(self.counts.margins, self.drawn_counts.margins)

    @cached_property
    def value(self) -> Bounded:
        """Discounted contribution until leaving."""
        return self._bound(*self._values)

    @cached_property
    def step_up(self) -> Bounded:
        """How much more each rung is worth than the one below; from the second rung on."""
        point, draws = (np.diff(values, axis=-1) for values in self._values)
        return _hide(bound(point, draws, self.level), self.told_steps)

    @cached_property
    def average_step(self) -> tuple[float, np.ndarray]:
        """What one step up is worth to us, the mean over customers who now stand below the top rung, and its draws.

        Steps of which one end is not told are left out.
        """
        found = []
        now = bool(self.counts.current[:-1][self.told_steps].any())
        for counts, values in ((self.counts, self._values[0]), (self.drawn_counts, self._values[1])):
            weights = counts.current if now else counts.at_risk
            steps = np.where(self.told_steps, np.diff(values, axis=-1), np.nan)
            found.append(_average(steps, weights[..., :-1]))
        return float(found[0]), found[1]

    @cached_property
    def newcomer(self) -> tuple[float, np.ndarray]:
        """What a new customer is worth, with first rungs as they have been, and its draws; over the rungs told."""
        point, draws = (np.where(self.told, values, np.nan) for values in self._values)
        return float(_average(point, self.counts.started)), _average(draws, self.drawn_counts.started)

    @cached_property
    def tenure_gap(self) -> tuple[float, float, float]:
        """How many more leave per period in the first year than later on the same rung, with interval."""
        point, draws = (_compare_tenures(counts) for counts in (self.counts, self.drawn_counts))
        low, high = percentile_interval(draws, level=self.level)
        return float(point), float(low), float(high)

    def chance(self, moves: np.ndarray, periods: np.ndarray, *, told: bool = True, withheld: bool = False) -> Chance:
        """Return a chance per period from the moves and the periods at risk of each member.

        Of what is withheld no more is told than how many customers could have moved, and for how long.
        """
        if not told or not self.answered:
            return Chance(**dict.fromkeys(("n", "periods", "moves", "rate", "low", "high"), math.nan))
        at_risk, moved = float(periods.sum()), float(moves.sum())
        n = int((periods > 0).sum())
        if at_risk == 0:
            return Chance(n=n, periods=0, moves=0, rate=math.nan, low=math.nan, high=math.nan)
        if withheld:
            return Chance(n=n, periods=round(at_risk), **dict.fromkeys(("moves", "rate", "low", "high"), math.nan))
        rate = moved / at_risk
        effective = at_risk / find_design_effect(moves, periods)
        low, high = wilson_interval(min(rate, 1.0) * effective, effective, level=self.level)
        # What was never seen may be impossible, to the last digit.
        low, high = (0.0 if moved == 0 else low), (1.0 if moved == at_risk else high)
        return Chance(n=n, periods=round(at_risk), moves=round(moved), rate=rate, low=low, high=high)

    @cached_property
    def _visits(self) -> tuple[np.ndarray, np.ndarray]:
        point = find_visits(self.rates, self.clock, discounted=False)
        return self._mask(point, find_visits(self.drawn_rates, self.clock, discounted=False))

    @cached_property
    def _earned(self) -> tuple[np.ndarray, np.ndarray]:
        point = _earn(find_visits(self.rates, self.clock, discounted=True), self.counts.margins)
        drawn = find_visits(self.drawn_rates, self.clock, discounted=True)
        return self._mask(point, _earn(drawn, self.drawn_counts.margins))

    @cached_property
    def _values(self) -> tuple[np.ndarray, np.ndarray]:
        point, draws = (earned.sum(axis=-1) for earned in self._earned)
        return point, draws

    def _mask(self, point: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take out what rests on a rung that nobody has been on for a period."""
        hidden = find_hidden(self.rates)[:, None]
        return np.where(hidden, np.nan, point), np.where(hidden, np.nan, draws)

    def _bound(self, point: np.ndarray, draws: np.ndarray) -> Bounded:
        return _hide(bound(point, draws, self.level), self.told)


def measure_group(
    histories: Histories,
    name: str,
    members: np.ndarray,
    *,
    clock: Clock,
    n_boot: int,
    smallest_group: int,
    level: float,
    random: np.random.Generator,
) -> GroupNumbers:
    """Sum up one group of customers, and draw the sums."""
    enough = max(FEWEST_CUSTOMERS, smallest_group)
    on_rung = (histories.arrival[members] > 0).sum(axis=0)
    counts = sum_counts(histories, members)
    drawn = draw_counts(histories, members, n_boot=n_boot, random=random)
    return GroupNumbers(
        name=name,
        histories=histories,
        members=members,
        clock=clock,
        level=level,
        enough=enough,
        smallest_group=smallest_group,
        counts=counts,
        rates=find_rates(counts),
        drawn_counts=drawn,
        drawn_rates=draw_rates(drawn, counts, random=random),
        told=(on_rung >= smallest_group) & (len(members) >= enough),
        withheld=withhold_nothing(len(histories.rungs)),
    )


def find_design_effect(moves: np.ndarray, periods: np.ndarray) -> float:
    """Return how many times wider the variance of moves / periods is because customers count several times; at least 1.

    Examples
    --------
    >>> find_design_effect(np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)) < 1.4
    True
    >>> find_design_effect(np.array([0.0, 10.0, 0.0, 10.0]), np.full(4, 10.0)) > 10
    True
    """
    customers = int((periods > 0).sum())
    rate = moves.sum() / periods.sum()
    independent = rate * (1 - rate) / periods.sum()
    if independent <= 0 or customers < 2:
        return 1.0
    residuals = moves - rate * periods
    spread = customers / (customers - 1) * float((residuals**2).sum()) / float(periods.sum()) ** 2
    return float(max(1.0, spread / independent))


def bound(point: np.ndarray, draws: np.ndarray, level: float) -> Bounded:
    """Return numbers with the interval of their draws, which holds them.

    A number of 0 is below all draws where half an event was added; one without an end is above them all.
    """
    if np.isnan(draws).any():
        flat = draws.reshape(len(draws), -1)
        pairs = np.array([percentile_interval(column, level=level) for column in flat.T], dtype=float)
        low, high = (pairs[:, end].reshape(point.shape) for end in (0, 1))
    else:
        low, high = percentile_interval(draws, level=level)
    return point, np.fmin(low, point), np.fmax(high, point)


def _hide(bounded: Bounded, told: np.ndarray) -> Bounded:
    kept = told.reshape(told.shape + (1,) * (bounded[0].ndim - 1))
    point, low, high = (np.where(kept, each, np.nan) for each in bounded)
    return point, low, high


def _earn(months: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Return money by rung from the months' worth on each: nothing where nobody comes, however long that may be."""
    with np.errstate(invalid="ignore"):
        return np.where(months == 0, 0.0, months * margins[..., None, :])


def _average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean along the last axis over what is known; NaN where that is nothing."""
    known = np.isfinite(values)
    weights = np.where(known, weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.where(known, values, 0.0) * weights).sum(axis=-1) / weights.sum(axis=-1))


def _compare_tenures(counts: Counts) -> np.ndarray:
    """Return leaving per period in the first year less later, rungs weighted as Mantel and Haenszel (1959) do."""
    first, left_first = counts.early_at_risk, counts.early_left
    later, left_later = counts.at_risk - first, counts.exits[..., -1] - left_first
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.nan_to_num(first * later / (first + later))
        gaps = np.where(weights > 0, left_first / first - left_later / later, 0.0)
        return np.asarray((weights * gaps).sum(axis=-1) / weights.sum(axis=-1))


def name_first_year(period_months: int) -> str:
    """Say how long the first year with us is, in whole periods.

    Examples
    --------
    >>> name_first_year(1), name_first_year(36)
    ('first 12 months', 'first 36 months')
    """
    return f"first {period_months * max(1, -(-MONTHS_PER_YEAR // period_months))} months"
