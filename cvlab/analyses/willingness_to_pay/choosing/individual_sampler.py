"""Draws from the hierarchical model: warm up, draw, look whether the chains have settled, draw more, stop.

One sweep moves everybody's tastes given the population (`individual_people`), then the population with everybody's
place in it held fixed, then the population given everybody's tastes (`individual_population`). All chains run side by
side in the same arrays. What is tuned, the surrogate, the metric and the step, is tuned in the warm-up only and then
stays, so that the draws afterwards have the posterior as their distribution.

Chains that are far apart at the first look were stopped in their warm-up: what was drawn is dropped, and it goes on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.individual_diagnostics import (
    SETTLED_ESS,
    is_settled,
    tabulate_diagnostics,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import Panel
from cvlab.analyses.willingness_to_pay.choosing.individual_people import (
    People,
    Surrogate,
    condition_people,
    look_at,
    measure_surrogate,
    move_people,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_population import (
    FREEDOM,
    Frame,
    Population,
    Prior,
    draw_population,
    find_frame,
    leap,
    measure_metric,
    whiten_metric,
)

KEPT = 400  # most draws kept per person
WARM_UP = 400  # sweeps
_APART = 5.0  # spread of the start, in likeliest spreads
_FEWEST = 20  # draws per chain that are made even when time is up
FEWEST_SWEEPS = 100  # a budget of fewer could neither warm up nor be judged
_WARM_UP_SHARE = 0.5  # of the budget is the most that the warm-up may take
_BETWEEN_SURROGATES, _BETWEEN_METRICS, _BETWEEN_FRAMES = 5, 20, 100  # sweeps
_SMALLEST_WEIGHT = 0.02  # of the present tastes in the surrogate
_WEIGHT_OF_METRIC = 0.3  # of the present population in the metric
_ACCEPTED = 0.7  # share of the moves of the population that the step aims at
_FAR_APART = 1.1  # R-hat from which on draws still count as warm-up
_MOST_RESTARTS = 3
_AHEAD = 1.1  # a little more than the draws that seem needed
_REPORT_EVERY = 50  # sweeps


@dataclass(frozen=True, eq=False, kw_only=True)
class IndividualDraws:
    """Draws after the warm-up.

    Attributes
    ----------
    means, spreads : draws × chains × columns, of the population's tastes.
    tastes : kept draws × people × columns, evenly spaced, all chains together.
    diagnostics : parameter, r_hat, ess_bulk; first all means, then all spreads.
    settled : whether they are good enough.
    accepted : share of the moves of people that were accepted.
    """

    means: np.ndarray
    spreads: np.ndarray
    tastes: np.ndarray
    diagnostics: pd.DataFrame
    settled: bool
    accepted: float


@dataclass(eq=False, kw_only=True)
class _Chains:
    """Where the chains are, and what was tuned."""

    random: np.random.Generator
    panel: Panel
    prior: Prior
    population: Population
    people: People
    surrogate: Surrogate
    frame: Frame
    metric: np.ndarray
    whiten: np.ndarray
    step: float = 0.5
    moved: float = 0.0  # share of the people, and mean acceptance of the population, in the last sweep
    leapt: float = 0.0

    def sweep(self) -> None:
        conditional = condition_people(self.surrogate, self.population.means, self.population.precision)
        self.people, moved = move_people(self.random, self.panel, self.surrogate, conditional, self.people)
        self.moved = float(moved.mean())
        self.population, self.people, self.leapt = leap(
            self.random, self.panel, self.prior, self.population, self.people, self.frame, self.whiten, self.step
        )
        self.population = draw_population(self.random, self.prior, self.population, self.people.tastes)

    def tune(self, sweep: int) -> None:
        """Bring surrogate, metric and step nearer to what the present draws ask for."""
        if sweep % _BETWEEN_SURROGATES == 0:
            weight = max(1 / (1.5 + sweep / _BETWEEN_SURROGATES), _SMALLEST_WEIGHT)
            self.surrogate = self.surrogate.blend(measure_surrogate(self.panel, self.people.tastes), weight)
        if sweep % _BETWEEN_METRICS == 0:
            turns = sweep % _BETWEEN_FRAMES == 0
            if turns:
                self.frame = find_frame(self.population, self.surrogate.curvature)
            metric = measure_metric(
                self.prior, self.population, self.people.tastes, self.surrogate.curvature, self.frame
            )
            weight = 1.0 if turns else _WEIGHT_OF_METRIC
            self.metric = (1 - weight) * self.metric + weight * metric
            self.whiten = whiten_metric(self.metric)
        self.step *= math.exp(0.1 * (self.leapt - _ACCEPTED))


@dataclass(eq=False, kw_only=True)
class _Record:
    """What is kept of the sweeps."""

    most: int
    means: list[np.ndarray] = field(default_factory=list)
    spreads: list[np.ndarray] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    tastes: list[np.ndarray] = field(default_factory=list)
    every: int = 1

    def add(self, chains: _Chains) -> None:
        self.means.append(chains.population.means)
        self.spreads.append(chains.population.spreads)
        self.accepted.append(chains.moved)
        if len(self.means) % self.every == 0:
            self.tastes.append(chains.people.tastes)  # moves make new arrays
            if len(self.tastes) > self.most:
                self.tastes, self.every = self.tastes[1::2], 2 * self.every

    def diagnose(self, names: list[str]) -> pd.DataFrame:
        both = np.concatenate([np.stack(self.means), np.stack(self.spreads)], axis=2)
        return tabulate_diagnostics(both, [f"{what} of {name}" for what in ("mean", "spread") for name in names])


def draw_individuals(
    panel: Panel,
    prior: Prior,
    start: np.ndarray,
    names: list[str],
    *,
    n_draws: int,
    n_chains: int,
    time_limit: float,
    most_sweeps: int | None = None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> IndividualDraws:
    """Draw until all means and spreads of the population have settled, or the time is up.

    Parameters
    ----------
    start : tastes near which the chains start, one per column.
    names : of the columns.
    n_draws : draws per chain before the first look.
    time_limit : seconds by the clock; at least `_FEWEST` draws are made.
    most_sweeps : instead of the clock, sweeps of all chains, so that the same seed gives the same draws anywhere.
    progress : called with the sweeps done and the sweeps planned.
    """
    spent = _open_budget(time_limit, most_sweeps)
    chains = _start(np.random.default_rng(seed), panel, prior, start, n_chains)
    done = _warm_up(chains, lambda sweeps: spent(sweeps) > _WARM_UP_SHARE, n_draws, progress)
    record = _Record(most=max(1, KEPT // n_chains))
    target, restarts = n_draws, 0
    while True:
        late = False
        while len(record.means) < target and not late:
            chains.sweep()
            record.add(chains)
            done += 1
            late = spent(done) > 1 and len(record.means) >= _FEWEST
            if progress is not None and done % _REPORT_EVERY == 0:
                progress(done, done + target - len(record.means))
        diagnostics = record.diagnose(names)
        settled = is_settled(diagnostics)
        if settled or late:
            break
        half_left = spent(done) < _WARM_UP_SHARE
        if restarts < _MOST_RESTARTS and half_left and not diagnostics["r_hat"].max() <= _FAR_APART:
            record = _Record(most=record.most)
            restarts += 1
        else:
            target = _plan_draws(len(record.means), float(diagnostics["ess_bulk"].min()))
    if progress is not None:
        progress(done, done)
    return IndividualDraws(
        means=np.stack(record.means),
        spreads=np.stack(record.spreads),
        tastes=np.concatenate([each.transpose(2, 1, 0) for each in record.tastes]),
        diagnostics=diagnostics,
        settled=settled,
        accepted=float(np.mean(record.accepted)),
    )


def _open_budget(time_limit: float, most_sweeps: int | None) -> Callable[[int], float]:
    """Return the function that says what share of the budget, of sweeps or else of time, is spent after some sweeps."""
    began = time.perf_counter()
    if most_sweeps is not None:
        return lambda sweeps: sweeps / most_sweeps
    return lambda sweeps: (time.perf_counter() - began) / time_limit


def _plan_draws(n: int, ess: float) -> int:
    """How many draws per chain the next look should see."""
    needed = n * SETTLED_ESS / ess if math.isfinite(ess) and ess > 0 else 2.0 * n
    return int(min(max(_AHEAD * needed, 1.2 * n), 1.6 * n)) + 1


def _start(random: np.random.Generator, panel: Panel, prior: Prior, start: np.ndarray, n_chains: int) -> _Chains:
    """Chains further apart than what they will come to, as R-hat needs them."""
    n_columns = panel.n_columns
    covariance = _APART**2 * prior.scale / (FREEDOM + 3)
    root = np.tile(np.linalg.cholesky(covariance), (n_chains, 1, 1))
    means = start + np.einsum("ckl,cl->ck", root, random.standard_normal((n_chains, n_columns)))
    precision = np.tile(np.linalg.inv(covariance), (n_chains, 1, 1))
    population = Population(means=means, root=root, precision=precision)
    people = look_at(panel, population.carry(random.standard_normal((n_chains, n_columns, panel.n_people))))
    surrogate = measure_surrogate(panel, people.tastes)
    frame = find_frame(population, surrogate.curvature)
    metric = measure_metric(prior, population, people.tastes, surrogate.curvature, frame)
    return _Chains(
        random=random,
        panel=panel,
        prior=prior,
        population=population,
        people=people,
        surrogate=surrogate,
        frame=frame,
        metric=metric,
        whiten=whiten_metric(metric),
    )


def _warm_up(
    chains: _Chains, is_late: Callable[[int], bool], n_draws: int, progress: Callable[[int, int], None] | None
) -> int:
    """Let the chains forget their start and tune what they propose; return the number of sweeps."""
    for sweep in range(WARM_UP):
        chains.sweep()
        chains.tune(sweep)
        if progress is not None and (sweep + 1) % _REPORT_EVERY == 0:
            progress(sweep + 1, WARM_UP + n_draws)
        if is_late(sweep + 1):
            return sweep + 1
    return WARM_UP
