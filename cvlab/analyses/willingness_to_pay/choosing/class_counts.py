"""How many classes: each number is tried from many starts, and one is chosen.

    BIC = -2 · log-likelihood + parameters · log(people),  parameters = classes · columns + classes - 1

Chosen are the fewest classes that reach 97% of what BIC gains at its lowest, counted from the fewest that were tried,
among those whose classes all have enough people and whose best climb came to rest. BIC's own lowest is shown beside it.

Source: Schwarz (1978), "Estimating the dimension of a model", Annals of Statistics 6; Bozdogan (1987), "Model selection
and Akaike's information criterion: the general theory and its analytical extensions", Psychometrika 52, for CAIC.
Assumes that a person is the unit of information: his or her choices are not independent pieces of evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.class_starts import ClassFit, fit_classes
from cvlab.analyses.willingness_to_pay.choosing.class_steps import Panel
from cvlab.analyses.willingness_to_pay.choosing.side_by_side import do_all
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

ENOUGH = 0.97  # of the gain in BIC at its lowest: more classes than reach this say little more


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassCounts:
    """The numbers of classes that were tried.

    Attributes
    ----------
    criteria : as in `ClassChoiceModel`.
    fits : number of classes -> fit, for two classes and more.
    n_classes : the number that was chosen; `lowest` is the one with the lowest BIC.
    left_out : numbers not tried, because there would be more parameters than people.
    """

    criteria: pd.DataFrame
    fits: Mapping[int, ClassFit]
    n_classes: int
    lowest: int
    left_out: tuple[int, ...]

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of the number that was chosen."""
        return float(self.criteria.set_index("n_classes").loc[self.n_classes, "log_likelihood"])


def check_counts(n_classes: int | Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of classes to try, ascending.

    Examples
    --------
    >>> check_counts(3), check_counts(range(1, 4))
    ((3,), (1, 2, 3))
    """
    if not isinstance(n_classes, Iterable):
        return (check_count(n_classes, "n_classes"),)
    tried = sorted({check_count(each, "n_classes") for each in n_classes})
    if not tried:
        raise ParameterError("n_classes is empty: give a number of classes, or several to try, such as range(1, 7)")
    return tuple(tried)


def count_classes(
    panel: Panel,
    pooled: np.ndarray,
    pooled_log_likelihood: float,
    tried: Sequence[int],
    *,
    n_starts: int,
    smallest_group: int,
    workers: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> ClassCounts:
    """Fit every number of classes and choose one.

    Parameters
    ----------
    pooled, pooled_log_likelihood : scaled weights of everybody together, and what they reach: the single class.

    Raises
    ------
    DataError : there are fewer people than classes.
    """
    n_people, n_columns = int((np.diff(panel.first) > 0).sum()), len(pooled)
    if min(tried) > n_people:
        raise DataError(
            f"choice_tasks: {min(tried)} classes cannot be told apart among {n_people} people. Ask for fewer classes"
        )
    kept = [k for k in tried if k == min(tried) or k * n_columns + k - 1 <= n_people]
    several = [k for k in kept if k > 1]
    # The most classes take longest and go first.
    fitted = do_all(
        partial(fit_classes, panel, pooled, n_starts=n_starts, seed=seed),
        several[::-1],
        workers=workers,
        told=None if progress is None else lambda done: progress(done, len(several)),
    )
    fits = dict(zip(several, reversed(fitted), strict=True))
    criteria = pd.DataFrame([_describe(k, fits.get(k), pooled_log_likelihood, n_columns, panel) for k in kept])
    fair = (criteria["smallest_n"] >= smallest_group) & criteria["arrived"]
    chosen, lowest = _choose(criteria, fair.to_numpy())
    criteria["chosen"] = criteria["n_classes"] == chosen
    return ClassCounts(
        criteria=criteria,
        fits=fits,
        n_classes=chosen,
        lowest=lowest,
        left_out=tuple(k for k in tried if k not in kept),
    )


def decline_counts(panel: Panel, n_columns: int) -> ClassCounts:
    """Return one class of which nothing is known, for too few people."""
    criteria = pd.DataFrame([_describe(1, None, math.nan, n_columns, panel)]).assign(chosen=True)
    return ClassCounts(criteria=criteria, fits={}, n_classes=1, lowest=1, left_out=())


def _describe(k: int, fit: ClassFit | None, pooled_log_likelihood: float, n_columns: int, panel: Panel) -> dict:
    n_people = panel.n_people
    log_likelihood = pooled_log_likelihood if fit is None else fit.log_likelihood
    chances = np.ones((1, n_people)) if fit is None else fit.chances
    shares = np.ones(1) if fit is None else np.exp(fit.state.logits[0])
    n_parameters = k * n_columns + k - 1
    penalty = math.log(n_people)
    return {
        "n_classes": k,
        "log_likelihood": log_likelihood,
        "n_parameters": n_parameters,
        "bic": -2 * log_likelihood + n_parameters * penalty,
        "caic": -2 * log_likelihood + n_parameters * (penalty + 1),
        "starts": 1 if fit is None else fit.n_starts,
        "agreed": 1 if fit is None else fit.n_agreed,
        "arrived": fit is None or fit.arrived,
        "smallest_share": float(shares.min()),
        "smallest_n": int(np.bincount(chances.argmax(axis=0), minlength=k).min()),
        "certainty": float(np.average(chances.max(axis=0), weights=panel.weights)),
    }


def _choose(criteria: pd.DataFrame, fair: np.ndarray) -> tuple[int, int]:
    """Return the number chosen, and the one with the lowest BIC of all."""
    numbers, bic = criteria["n_classes"].to_numpy(), criteria["bic"].to_numpy()
    lowest = int(numbers[bic.argmin()])
    usable = fair if fair.any() else numbers == numbers[0]
    best = bic[usable].min()
    reached = bic[0] - bic >= ENOUGH * (bic[0] - best)
    return int(numbers[usable & reached][0]), lowest
