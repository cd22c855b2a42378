"""The individual logit against a plain Metropolis-within-Gibbs sampler: CPU seconds per effective draw.

Both draw from the same posterior, with the same prior, and both are asked for the same numbers: means and standard
deviations of the population. What an answer yields is the smallest effective sample size among them, over all chains;
warm-up counts as work. The peer is the sampler of the textbooks (Rossi, Allenby & McCulloch 2005, chapter 5): a random
walk per person, its covariance from the population's and the curvature of the person's own choices (at everybody's
weights, where it starts), step 2.93 / sqrt(number of tastes), then Gibbs draws of mean and covariance; all people are
moved at once by NumPy.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.harness import Comparison
from cvlab.analyses.willingness_to_pay import estimate_individual_choice
from cvlab.analyses.willingness_to_pay.choosing.individual_diagnostics import measure_ess

PEOPLE, TASKS, OFFERS = 361, 12, 4
COLUMNS = ("length", "local", "known", "by_time", "by_season", "price")
MEANS = np.array([-0.3, 2.2, 1.8, -1.8, -1.4, -1.2])
SPREADS = np.array([0.6, 2.4, 2.0, 2.4, 2.2, 0.9])
CHAINS, SWEEPS, WARM_UP = 2, 10_000, 3_000  # of the peer
STEP = 2.93
SMALLEST_GAIN = 5.0  # times less CPU per effective draw
SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Posterior means and standard deviations of the population's means, and the smallest effective sample size."""

    means: np.ndarray
    errors: np.ndarray
    ess: float


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    tasks = draw_tasks()
    return [
        Comparison(
            name=f"individual logit, {PEOPLE} people × {TASKS} tasks, per effective draw, against plain Metropolis",
            ours=functools.partial(draw_by_cvlab, tasks),
            peer=functools.partial(draw_plainly, tasks),
            compare=compare_answers,
            target=1 / SMALLEST_GAIN,
            repeats=1,
            yields=lambda answer: answer.ess,
        )
    ]


def draw_tasks() -> pd.DataFrame:
    """Draw people who choose their electricity: contract length, kind of supplier, tariff and price."""
    random = np.random.default_rng(20260402)
    shape = (PEOPLE, TASKS, OFFERS)
    tariff = random.integers(0, 3, shape)  # the same all day, by the time of day, by the season
    kinds = [random.choice([0.0, 1.0, 5.0], shape), random.integers(0, 2, shape), random.integers(0, 2, shape)]
    shown = np.stack([*kinds, tariff == 1, tariff == 2, random.choice([6.0, 7.0, 8.0, 9.0], shape)], axis=-1)
    tastes = random.normal(MEANS, SPREADS, (PEOPLE, len(COLUMNS)))
    utility = np.einsum("ptok,pk->pto", shown, tastes) + random.gumbel(size=shape)
    person, task, offer = (part.ravel() for part in np.indices(shape))
    return pd.DataFrame(shown.reshape(-1, len(COLUMNS)), columns=list(COLUMNS)).assign(
        respondent_id=person,
        task=task,
        alternative=offer,
        chosen=(utility.argmax(axis=2)[person, task] == offer).astype(int),
    )


def draw_by_cvlab(tasks: pd.DataFrame) -> Answer:
    """Draw until the chains have settled."""
    model = estimate_individual_choice(
        tasks,
        attributes=COLUMNS[:-1],
        price=COLUMNS[-1],
        space="preference",
        price_sign="free",
        n_draws=1000,
        time_limit=SECONDS,
    )
    table = model.table.set_index("attribute").loc[list(COLUMNS)]
    return Answer(
        means=table["estimate"].to_numpy(), errors=table["std_error"].to_numpy(), ess=float(table["ess"].min())
    )


def draw_plainly(tasks: pd.DataFrame) -> Answer:
    """Draw a given number of times, chain after chain."""
    shape = (PEOPLE, TASKS, -1, len(COLUMNS))
    rows, scale = _take_differences(tasks.sort_values(["respondent_id", "task"])[[*COLUMNS, "chosen"]], shape)
    chains = [_draw_chain(rows, np.random.default_rng(seed)) for seed in range(CHAINS)]
    draws = np.stack(chains, axis=1)
    ess = min(measure_ess(draws[:, :, number]) for number in range(draws.shape[2]))
    means = draws[:, :, : len(COLUMNS)].reshape(-1, len(COLUMNS)) / scale
    return Answer(means=means.mean(axis=0), errors=means.std(axis=0), ess=ess)


def compare_answers(ours: Answer, peer: Answer) -> None:
    """Raise if the means differ by more than both chains' own doubt allows, or their standard errors do."""
    doubt = peer.errors * np.sqrt(1 / ours.ess + 1 / peer.ess)
    if (np.abs(ours.means - peer.means) > 5 * doubt).any():
        raise ArithmeticError(f"means {ours.means} and {peer.means} are further apart than chance allows")
    np.testing.assert_allclose(ours.errors, peer.errors, rtol=0.5)


def _take_differences(tasks: pd.DataFrame, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """People × tasks × rejected × columns, rejected minus chosen, each column divided by its spread."""
    shown = tasks[list(COLUMNS)].to_numpy(dtype=float).reshape(shape)
    picked = tasks["chosen"].to_numpy(dtype=bool).reshape(shape[0], shape[1], -1)
    rejected = shown[~picked].reshape(shape[0], shape[1], -1, shape[3])
    rows = rejected - shown[picked].reshape(shape[0], shape[1], 1, shape[3])
    scale = np.sqrt((rows**2).mean(axis=(0, 1, 2)))
    return rows / scale, scale


def _likelihood(rows: np.ndarray, tastes: np.ndarray) -> np.ndarray:
    odds = np.exp(np.minimum(np.einsum("ntak,nk->nta", rows, tastes), 600.0))
    return -np.log1p(odds.sum(axis=2)).sum(axis=1)


def _curve(rows: np.ndarray, tastes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and information of each person's choices."""
    odds = np.exp(np.einsum("ntak,nk->nta", rows, tastes))
    share = odds / (1 + odds.sum(axis=2, keepdims=True))
    weighted = share[..., None] * rows
    means = weighted.sum(axis=2)
    information = np.einsum("ntak,ntal->nkl", weighted, rows) - np.einsum("ntk,ntl->nkl", means, means)
    return -means.sum(axis=1), information


def _pool(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Everybody's weights, and the information of each person's choices there."""
    weights = np.zeros((1, rows.shape[-1]))
    for _ in range(20):
        slopes, information = _curve(rows, np.repeat(weights, len(rows), axis=0))
        weights = weights + np.linalg.solve(information.sum(axis=0), slopes.sum(axis=0))
    return weights, information


def _draw_chain(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draws × (means, standard deviations) of the population after the warm-up."""
    n, k = len(rows), rows.shape[-1]
    pooled, curvatures = _pool(rows)
    tastes = pooled + random.normal(0, 0.5, (n, k))
    value, precision = _likelihood(rows, tastes), np.eye(k) / 0.25
    kept = np.empty((SWEEPS, 2 * k))
    for sweep in range(-WARM_UP, SWEEPS):
        spread = np.linalg.inv(n * precision + np.eye(k) / 100.0)
        means = random.multivariate_normal(spread @ (n * precision @ tastes.mean(axis=0)), spread)
        apart = tastes - means
        covariance = stats.invwishart.rvs(k + 3 + n, apart.T @ apart + 0.06 * np.eye(k), random_state=random)
        precision = np.linalg.inv(covariance)
        roots = np.linalg.cholesky(curvatures + precision)
        noise = random.standard_normal((n, k, 1))
        new = tastes + STEP / np.sqrt(k) * np.linalg.solve(roots.transpose(0, 2, 1), noise)[..., 0]
        new_value = _likelihood(rows, new)
        far, near = (np.einsum("nk,kl,nl->n", each, precision, each) for each in (new - means, apart))
        accepted = np.log(random.random(n)) < new_value - value - 0.5 * (far - near)
        tastes, value = np.where(accepted[:, None], new, tastes), np.where(accepted, new_value, value)
        if sweep >= 0:
            kept[sweep] = np.append(means, np.sqrt(np.diag(covariance)))
    return kept
