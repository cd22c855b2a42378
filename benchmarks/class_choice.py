"""Classes by what people would pay, against EM as it is usually written: BFGS for each class in every round."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special

from benchmarks.harness import Allowance, Comparison
from cvlab.analyses.willingness_to_pay import ClassChoiceModel, estimate_class_choice
from cvlab.analyses.willingness_to_pay.choosing.class_starts import draw_starts, fit_classes
from cvlab.analyses.willingness_to_pay.choosing.class_steps import Panel, make_panel
from cvlab.analyses.willingness_to_pay.choosing.coding import code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns

PEOPLE, TASKS, OFFERS = 600, 12, 3
CLASSES, STARTS = 3, 5
ATTRIBUTES = ["gps", "heart_alerts", "battery_days", "metal_strap", "textile_strap"]
# Worth per class (money) and its spread within classes.
WORTH = np.array([[100.0, 5, 2, 0, 0, 60], [5, 100, 2, 0, 0, 90], [5, 5, 2, 100, 15, 90]])
SPREAD = np.array([9.0, 9, 0.7, 9, 5, 20])
SHARES, PRICE_WEIGHT = (0.35, 0.40, 0.25), 0.065
_MOST_ROUNDS, _SETTLED = 500, 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Survey:
    """Coded choices and the pooled weights from which both begin."""

    panel: Panel
    pooled: np.ndarray


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    tasks = draw_tasks()
    few = code_tasks(tasks[tasks["respondent_id"] < PEOPLE // 3])
    return [
        Comparison(
            name=f"{CLASSES} classes of choice, {PEOPLE // 3} people × {TASKS}, {STARTS} starts, against EM with BFGS",
            ours=functools.partial(likelihood_by_cvlab, few),
            peer=functools.partial(likelihood_by_em, few),
            compare=agree,
            target=0.1,
            repeats=2,
        )
    ]


def list_allowances() -> list[Allowance]:
    """List what has no peer: everything a page needs, by the clock."""
    return [
        Allowance(
            name=f"1 to 6 classes of choice, {PEOPLE} people × {TASKS}, 20 starts each",
            ours=functools.partial(fit_all, draw_tasks()),
            target=6.0,
        )
    ]


def draw_tasks() -> pd.DataFrame:
    """Draw people of three kinds who differ within their kind, too, and choose among three offers or nothing."""
    rng = np.random.default_rng(20260101)
    kind = rng.choice(CLASSES, size=PEOPLE, p=SHARES)
    worth = WORTH[kind] + SPREAD * rng.normal(size=(PEOPLE, WORTH.shape[1]))
    shape = (PEOPLE, TASKS, OFFERS)
    strap = rng.integers(0, 3, shape)
    battery = rng.choice([5.0, 7.0, 10.0], shape)
    columns = [rng.integers(0, 2, shape), rng.integers(0, 2, shape), battery, strap == 1, strap == 2]
    price = rng.choice([79.0, 109.0, 139.0, 169.0, 199.0], shape)
    value = worth[:, 5, None, None] - price + sum(worth[:, i, None, None] * part for i, part in enumerate(columns))
    utility = np.concatenate([PRICE_WEIGHT * value, np.zeros((PEOPLE, TASKS, 1))], axis=2)
    pick = (utility + rng.gumbel(size=utility.shape)).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices(utility.shape))
    inside, at = offer < OFFERS, (person, task, np.minimum(offer, OFFERS - 1))
    table = {"respondent_id": person, "task": task, "alternative": np.array(["a", "b", "c", "none"])[offer]}
    table |= {name: np.where(inside, part[at], 0.0) for name, part in zip(ATTRIBUTES, columns, strict=True)}
    return pd.DataFrame(
        {**table, "price": np.where(inside, price[at], 0.0), "chosen": (pick[person, task] == offer).astype(int)}
    )


def fit_all(tasks: pd.DataFrame) -> ClassChoiceModel:
    """Fit one to six classes with everything that the result holds."""
    return estimate_class_choice(tasks, attributes=ATTRIBUTES, price="price", outside="none")


def code_tasks(tasks: pd.DataFrame) -> Survey:
    """Code the choices and fit everybody together: both need it, so it is not measured."""
    choices = code_choices(tasks, TaskColumns(attributes=ATTRIBUTES, price="price", outside="none"))
    differences = prepare(choices)
    pooled = fit_conditional_logit(differences, choices, clustered=False)
    return Survey(
        panel=make_panel(differences, np.ones(choices.n_respondents)), pooled=pooled.estimates * differences.scale
    )


def likelihood_by_cvlab(survey: Survey) -> float:
    """Return the log-likelihood of the best start."""
    return fit_classes(survey.panel, survey.pooled, CLASSES, n_starts=STARTS, seed=0).log_likelihood


def likelihood_by_em(survey: Survey) -> float:
    """Do the same from the same starts, as a careful person would write it: vectorised, with the gradient given."""
    panel = survey.panel
    rivals = np.ascontiguousarray(panel.columns.transpose(2, 0, 1))  # choices × rivals × columns
    owner = np.repeat(np.arange(panel.n_people), np.diff(panel.first))
    starts = draw_starts(panel, survey.pooled, CLASSES, n_starts=STARTS, random=np.random.default_rng([0, CLASSES]))

    def log_chosen(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        odds = np.exp(rivals @ weights)
        total = 1 + odds.sum(axis=1)
        return -np.log(total), odds / total[:, None]

    def objective(weights: np.ndarray, chance: np.ndarray) -> tuple[float, np.ndarray]:
        value, share = log_chosen(weights)
        return -float(chance @ value), np.einsum("c,cr,crp->p", chance, share, rivals, optimize=True)

    best = -np.inf
    for start in range(STARTS):
        weights, log_share = starts.weights[start].copy(), starts.logits[start].copy()
        reached = -np.inf
        for _ in range(_MOST_ROUNDS):
            each = np.stack(
                [np.bincount(owner, weights=log_chosen(one)[0], minlength=panel.n_people) for one in weights]
            )
            joint = each + log_share[:, None]
            total = special.logsumexp(joint, axis=0)
            value = float(total.sum())
            if value - reached < _SETTLED:
                break
            reached = value
            chances = np.exp(joint - total)
            log_share = np.log(chances.mean(axis=1))
            for one in range(CLASSES):
                weights[one] = optimize.minimize(
                    objective, weights[one], args=(chances[one][owner],), jac=True, method="BFGS"
                ).x
        best = max(best, reached)
    return best


def agree(ours: float, peer: float) -> None:
    """Raise unless ours is as good; what holds our weights finite costs less than a tenth of log-likelihood."""
    if ours < peer - 0.1:
        raise ArithmeticError(f"log-likelihood {ours:.4f} is below the peer's {peer:.4f}")
