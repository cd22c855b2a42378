"""The likelihood of choices when tastes differ, simulated with a set of draws per respondent.

    P_nr  = product over n's tasks of exp(V_chosen) / sum over k of exp(V_k)      with the tastes of draw r
    P_n   = mean over r of P_nr                                                   probability of all n's choices
    pi_nr = P_nr / sum over r of P_nr                                             how well draw r fits person n
    log-likelihood = sum over n of weight_n · log P_n

The score of a person is the mean, with weights pi, of the gradients of log P_nr; the Hessian has besides the mean of
their second derivatives the spread of these gradients between draws. All are analytic, in both spaces.

Only differences to the chosen alternative matter, so its utility is 0. People are worked through in chunks whose
utilities fit into the processor's cache: memory does not grow with their number, and a chunk is a handful of matrix
products and one exponential.

Source: Train (2009), Discrete Choice Methods with Simulation, chapters 6.6, 6.7 and 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.fit import Differences
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes

_CHUNK = 64_000  # utilities worked on at a time: half a megabyte
_STEEPEST = 600.0  # utilities above this would overflow; no choice that matters comes near


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunk:
    """Some people, padded to the same number of tasks and of rejected alternatives.

    Attributes
    ----------
    people : their numbers.
    rows : people × (rejected · tasks) × columns, tasks running fastest; 0 where padded.
    padded : people × rejected × tasks, where there is nothing; None where everything is filled.
    shape : rejected, tasks.
    """

    people: np.ndarray
    rows: np.ndarray
    padded: np.ndarray | None
    shape: tuple[int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """All people in chunks, with their draws.

    Attributes
    ----------
    draws : people × dimensions × draws, standard normal.
    weights : of the people, 1 on average.
    """

    chunks: tuple[Chunk, ...]
    draws: np.ndarray
    weights: np.ndarray

    def with_draws(self, draws: np.ndarray) -> Panel:
        """Return the same people with other draws."""
        return replace(self, chunks=_merge(self.chunks, draws.shape[2]), draws=draws)

    def with_fewer_draws(self, n_draws: int) -> Panel:
        """Return the same people with the first `n_draws` of their draws, in larger chunks."""
        return self.with_draws(np.ascontiguousarray(self.draws[:, :, :n_draws]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """Likelihood at some parameters.

    Attributes
    ----------
    value : log-likelihood.
    scores : people × parameters, gradients of log P_n without their weights.
    gradient : of the log-likelihood.
    effective_draws : per person, how many equally fitting draws the mean over draws amounts to.
    hessian : its second derivatives, where asked for.
    """

    value: float
    scores: np.ndarray
    gradient: np.ndarray
    effective_draws: np.ndarray
    hessian: np.ndarray | None = None


def arrange(differences: Differences, weights: np.ndarray, draws: np.ndarray) -> Panel:
    """Put people with similar numbers of tasks together.

    Parameters
    ----------
    weights : one per respondent.
    draws : respondents × dimensions × draws.
    """
    starts = np.append(differences.starts, len(differences.rows))
    tasks_of: list[list[int]] = [[] for _ in weights]
    for task, person in enumerate(differences.respondents):
        tasks_of[person].append(task)
    sizes = np.diff(starts)
    alone = [
        _pad(person, [differences.rows[starts[task] : starts[task + 1]] for task in tasks], int(sizes[tasks].max()))
        for person, tasks in enumerate(tasks_of)
        if tasks
    ]
    alone.sort(key=lambda chunk: chunk.shape)
    return Panel(chunks=_merge(alone, draws.shape[2]), draws=draws, weights=weights)


def evaluate(parameters: np.ndarray, tastes: Tastes, panel: Panel, *, hessian: bool = False) -> Evaluation:
    """Return log-likelihood, scores and gradient, and the Hessian where asked for."""
    matrix = tastes.spread_out(parameters)
    n_dimensions = len(tastes.random) + 1
    rows, dimensions = tastes.cells
    logs = np.zeros(len(panel.weights))
    effective = np.full(len(panel.weights), float(panel.draws.shape[2]))
    scores = np.zeros((len(panel.weights), tastes.n_parameters))
    curvature = np.zeros((tastes.n_columns, tastes.n_columns, n_dimensions, n_dimensions))
    for chunk in panel.chunks:
        normal = panel.draws[chunk.people]
        latent = tastes.latent(matrix, normal)
        beta, slopes = tastes.weigh(latent)
        odds, logarithms = _choose(chunk, beta)
        logs[chunk.people], fits = _mix(logarithms)
        effective[chunk.people] = 1 / np.einsum("nr,nr->n", fits, fits)
        by_weight = -np.matmul(chunk.rows.swapaxes(1, 2), odds)
        by_latent = tastes.chain(by_weight, beta, slopes)
        fitting = by_latent * fits[:, None, :]
        slope = np.empty((len(chunk.people), tastes.n_columns, n_dimensions))
        slope[:, :, 0] = fitting.sum(axis=2)
        np.matmul(fitting, normal.swapaxes(1, 2), out=slope[:, :, 1:])
        scores[chunk.people] = slope[:, rows, dimensions]
        if hessian:
            second = _curve(chunk, tastes, odds, by_weight, by_latent, beta, slopes)
            share = fits * panel.weights[chunk.people, None]
            extended = np.concatenate([np.ones_like(normal[:, :1]), normal], axis=1)
            paired = (extended[:, :, None] * extended[:, None] * share[:, None, None]).reshape(
                len(chunk.people), n_dimensions**2, -1
            )
            flat = second.reshape(len(chunk.people), tastes.n_columns**2, -1)
            curvature += np.matmul(flat, paired.swapaxes(1, 2)).sum(axis=0).reshape(curvature.shape)
    weighted = scores * panel.weights[:, None]
    found = None
    if hessian:
        found = curvature[rows[:, None], rows, dimensions[:, None], dimensions] - weighted.T @ scores
        found = (found + found.T) / 2
    return Evaluation(
        value=float(panel.weights @ logs),
        scores=scores,
        gradient=weighted.sum(axis=0),
        effective_draws=effective,
        hessian=found,
    )


def measure_fits(parameters: np.ndarray, tastes: Tastes, panel: Panel) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for chunk after chunk the people in it, and how well each of their draws fits, people × draws."""
    matrix = tastes.spread_out(parameters)
    for chunk in panel.chunks:
        beta, _ = tastes.weigh(tastes.latent(matrix, panel.draws[chunk.people]))
        yield chunk.people, _mix(_choose(chunk, beta)[1])[1]


def _choose(chunk: Chunk, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of the rejected alternatives, and the logarithm of P_nr, people × draws."""
    rejected, tasks = chunk.shape
    odds = np.matmul(chunk.rows, beta)
    by_task = odds.reshape(len(odds), rejected, tasks, -1)
    np.minimum(odds, _STEEPEST, out=odds)
    np.exp(odds, out=odds)
    if chunk.padded is not None:
        by_task[chunk.padded] = 0.0
    total = by_task.sum(axis=1)
    total += 1.0
    logarithms = -np.log(total).sum(axis=1)
    by_task *= np.reciprocal(total, out=total)[:, None]
    return odds, logarithms


def _mix(logarithms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log P_n, and how well each draw fits."""
    top = logarithms.max(axis=1, keepdims=True)
    fits = np.exp(logarithms - top)
    total = fits.sum(axis=1, keepdims=True)
    fits /= total
    return (top + np.log(total / fits.shape[1]))[:, 0], fits


def _curve(
    chunk: Chunk,
    tastes: Tastes,
    odds: np.ndarray,
    by_weight: np.ndarray,
    by_latent: np.ndarray,
    beta: np.ndarray,
    slopes: np.ndarray,
) -> np.ndarray:
    """Return people × columns × columns × draws: second derivatives of P_nr by eta, relative to P_nr."""
    rejected, tasks = chunk.shape
    n, n_columns, n_draws = beta.shape
    squares = (chunk.rows[:, :, :, None] * chunk.rows[:, :, None, :]).reshape(n, -1, n_columns**2)
    second = -np.matmul(squares.swapaxes(1, 2), odds).reshape(n, n_columns, n_columns, n_draws)
    by_task = odds.reshape(n, rejected, tasks, n_draws).swapaxes(1, 2)
    mean = np.matmul(chunk.rows.reshape(n, rejected, tasks, n_columns).transpose(0, 2, 3, 1), by_task)
    for first in range(n_columns):
        for other in range(first + 1):
            part = np.einsum("ntr,ntr->nr", mean[:, :, first], mean[:, :, other])
            second[:, first, other] += part
            if other < first:
                second[:, other, first] += part
    if tastes.wtp:
        along = np.einsum("nklr,nlr->nkr", second, beta)
    second *= slopes[..., :, None, :] if slopes.ndim == 2 else slopes[:, :, None]
    second *= slopes if slopes.ndim == 2 else slopes[:, None]
    grown = np.flatnonzero(tastes.log_normal)
    second[:, grown, grown] += by_latent[:, grown]
    if tastes.wtp:
        mixed = along * slopes + by_latent
        second[:, tastes.price] = second[:, :, tastes.price] = mixed
        second[:, tastes.price, tastes.price] = np.einsum("nkr,nkr->nr", beta, along + by_weight)
    second += by_latent[:, :, None] * by_latent[:, None]
    return second


def _pad(person: int, rows: list[np.ndarray], rejected: int) -> Chunk:
    n_columns = rows[0].shape[1]
    filled = np.zeros((rejected, len(rows), n_columns))
    padded = np.ones((rejected, len(rows)), dtype=bool)
    for task, part in enumerate(rows):
        filled[: len(part), task] = part
        padded[: len(part), task] = False
    return Chunk(
        people=np.array([person]),
        rows=filled.reshape(1, -1, n_columns),
        padded=padded[None] if padded.any() else None,
        shape=(rejected, len(rows)),
    )


def _merge(chunks: Sequence[Chunk], n_draws: int) -> tuple[Chunk, ...]:
    """Join neighbours of the same shape as long as their utilities fit the cache."""
    merged: list[Chunk] = []
    waiting: list[Chunk] = []
    n_waiting = 0
    for chunk in chunks:
        n_chunk = len(chunk.people)
        size = chunk.shape[0] * chunk.shape[1] * n_draws
        if waiting and (chunk.shape != waiting[0].shape or (n_waiting + n_chunk) * size > _CHUNK):
            merged.append(_join(waiting))
            waiting, n_waiting = [], 0
        waiting.append(chunk)
        n_waiting += n_chunk
    return (*merged, *([_join(waiting)] if waiting else []))


def _join(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    padded = None
    if any(chunk.padded is not None for chunk in chunks):
        padded = np.concatenate(
            [
                np.zeros((len(chunk.people), *chunk.shape), dtype=bool) if chunk.padded is None else chunk.padded
                for chunk in chunks
            ]
        )
    return Chunk(
        people=np.concatenate([chunk.people for chunk in chunks]),
        rows=np.concatenate([chunk.rows for chunk in chunks]),
        padded=padded,
        shape=chunks[0].shape,
    )
