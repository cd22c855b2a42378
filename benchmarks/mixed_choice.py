"""The mixed logit against xlogit: the same draws, the same single start, standard errors included."""

from __future__ import annotations

import numpy as np
import pandas as pd
from xlogit import MixedLogit

from benchmarks.harness import Comparison
from cvlab.analyses.willingness_to_pay import estimate_mixed_choice

PEOPLE, TASKS, OFFERS, DRAWS = 361, 12, 4, 600
COLUMNS = ("length", "local", "known", "by_time", "by_season", "price")  # in the order in which both number the draws
MEANS = np.array([-0.2, 2.3, 1.6, -9.5, -9.6, -1.0])
SPREADS = np.array([0.4, 1.8, 1.2, 2.2, 1.5, 0.2])
SLACK = 1e-4  # by how much our log-likelihood may be lower


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    tasks = draw_tasks()
    return [
        Comparison(
            name=f"mixed logit, {PEOPLE} people × {TASKS} tasks, 6 normals, {DRAWS} draws, against xlogit",
            ours=lambda: fit_by_cvlab(tasks),
            peer=lambda: fit_by_xlogit(tasks),
            compare=compare_fits,
            target=1 / 8,
            repeats=2,
        )
    ]


def draw_tasks() -> pd.DataFrame:
    """Draw people who choose their electricity: contract length, kind of supplier, tariff and price."""
    random = np.random.default_rng(20260401)
    shape = (PEOPLE, TASKS, OFFERS)
    tariff = random.integers(0, 3, shape)  # at a price, by the time of day, by the season
    shown = np.stack(
        [
            random.choice([0.0, 1.0, 5.0], shape),
            random.integers(0, 2, shape),
            random.integers(0, 2, shape),
            tariff == 1,
            tariff == 2,
            np.where(tariff == 0, random.choice([7.0, 9.0], shape), 0.0),
        ],
        axis=-1,
    )
    tastes = random.normal(MEANS, SPREADS, (PEOPLE, 1, 1, len(COLUMNS)))
    picked = ((shown * tastes).sum(axis=-1) + random.gumbel(size=shape)).argmax(axis=-1)
    person, task, offer = (part.ravel() for part in np.indices(shape))
    return pd.DataFrame(shown.reshape(-1, len(COLUMNS)), columns=list(COLUMNS)).assign(
        respondent_id=person,
        task=person * TASKS + task,
        alternative=offer,
        chosen=(picked[person, task] == offer).astype(int),
    )


def fit_by_cvlab(tasks: pd.DataFrame) -> tuple[float, np.ndarray]:
    """Return log-likelihood and estimates, means first."""
    model = estimate_mixed_choice(
        tasks,
        attributes=COLUMNS[:-1],
        price=COLUMNS[-1],
        random=dict.fromkeys(COLUMNS, "normal"),
        draws="halton",
        n_draws=DRAWS,
        n_starts=1,
    )
    return model.log_likelihood, model.parameters.to_numpy()


def fit_by_xlogit(tasks: pd.DataFrame) -> tuple[float, np.ndarray]:
    """Do the same with xlogit; its deviations may have either sign."""
    model = MixedLogit()
    model.fit(
        X=tasks[list(COLUMNS)],
        y=tasks["chosen"],
        varnames=list(COLUMNS),
        ids=tasks["task"],
        panels=tasks["respondent_id"],
        alts=tasks["alternative"],
        randvars=dict.fromkeys(COLUMNS, "n"),
        n_draws=DRAWS,
        verbose=0,
    )
    return model.loglikelihood, np.concatenate([model.coeff_[:6], np.abs(model.coeff_[6:])])


def compare_fits(ours: tuple[float, np.ndarray], peer: tuple[float, np.ndarray]) -> None:
    """Raise if our log-likelihood is lower, or the estimates differ."""
    if ours[0] < peer[0] - SLACK:
        raise ArithmeticError(f"log-likelihood {ours[0]:.6f} is below xlogit's {peer[0]:.6f}")
    np.testing.assert_allclose(ours[1], peer[1], rtol=0.01)
