"""The conditional logit: how much each attribute weighs in a choice.

    V_j  = x_j'b                                   utility of alternative j                          [no unit]
    P(j) = exp(V_j) / sum over k of exp(V_k)       probability that it is chosen from the task

The log-likelihood, sum over choices of log P(chosen), is concave; Newton's method with the analytic gradient and
Hessian finds its one maximum in a few steps. One person's choices resemble each other, so standard errors are
clustered by person (sandwich: inverse Hessian × sum of outer products of people's scores × inverse Hessian, times
G / (G - 1) for G people). Survey weights multiply each choice's part of the log-likelihood and its score.

Source: McFadden (1974), "Conditional logit analysis of qualitative choice behavior", in Frontiers in Econometrics;
Train (2009), Discrete Choice Methods with Simulation, chapters 3.7 and 8.3; Cameron & Miller (2015), "A practitioner's
guide to cluster-robust inference", Journal of Human Resources 50, for the correction and the t quantile.
Assumes independence of irrelevant alternatives: a new offer takes from all others in proportion to their shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from scipy import linalg, optimize

from cvlab.analyses.willingness_to_pay.choosing.coding import TABLE, CodedChoices
from cvlab.errors import DataError

_MOST_STEPS = 100
_PRECISION = 1e-14  # Newton decrement, relative to the number of choices, at which the maximum is reached
_ROUNDING = 1e-13  # relative size of the rounding error in a log-likelihood
_RANK = 1e-9  # relative size below which a direction does not vary
_INVOLVED = 1e-6  # a column with less weight than this in a direction has no part in it
_LARGE = 1e3  # a standard error, per standard deviation of the column, that only a diverging likelihood reaches


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """Maximum of the likelihood: estimates per column, their covariance, and the log-likelihood."""

    estimates: np.ndarray
    covariance: np.ndarray
    log_likelihood: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Differences:
    """Choices as differences from the chosen alternative: all that the likelihood depends on.

    `rows` are the alternatives that were not chosen, minus the chosen one; `starts` is the first row of each choice,
    and `respondents` and `weights` are the choices'.
    """

    rows: np.ndarray
    starts: np.ndarray
    respondents: np.ndarray
    weights: np.ndarray
    scale: np.ndarray


def decline_fit(choices: CodedChoices) -> Fit:
    """Return a fit of which nothing is known, for too few people: what they chose is not even looked at."""
    size = len(choices.coding.names)
    return Fit(estimates=np.full(size, np.nan), covariance=np.full((size, size), np.nan), log_likelihood=float("nan"))


def prepare(choices: CodedChoices, *, look: bool = True) -> Differences:
    """Return differences from the chosen alternatives, each column divided by its spread within tasks.

    Parameters
    ----------
    look : whether to say which attributes separate the choices; of a few people that would tell what they chose.

    Raises
    ------
    DataError : an attribute or the price never differs within a task, attributes are collinear, or one separates.
    """
    rejected = np.ones(len(choices.columns), dtype=bool)
    rejected[choices.chosen] = False
    rows = (choices.columns - np.repeat(choices.columns[choices.chosen], choices.sizes, axis=0))[rejected]
    sizes = choices.sizes - 1
    informative = sizes > 0
    starts = np.cumsum(sizes) - sizes
    scale = np.sqrt((rows**2).mean(axis=0))
    _check_variation(scale, choices)
    scaled = rows / scale
    _check_collinear(scaled, choices)
    if look:
        _check_separated(scaled, choices)
    return Differences(
        rows=scaled,
        starts=starts[informative],
        respondents=choices.respondents[informative],
        weights=choices.weights[informative],
        scale=scale,
    )


def fit_conditional_logit(
    differences: Differences,
    choices: CodedChoices,
    *,
    clustered: bool,
    weights: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> Fit:
    """Maximise the likelihood.

    Parameters
    ----------
    weights : one per respondent, for the bootstrap; 1 each when not given. The choices' own weights multiply them.
    start : estimates to start from.

    Raises
    ------
    DataError : the likelihood has no maximum because attributes together predict every choice.
    """
    n_columns = differences.rows.shape[1]
    per_choice = differences.weights * (1.0 if weights is None else weights[differences.respondents])
    estimates = np.zeros(n_columns) if start is None else start * differences.scale
    value, gradient, information, scores = _evaluate(estimates, differences, per_choice)
    for _ in range(_MOST_STEPS):
        try:
            step = linalg.cho_solve(linalg.cho_factor(information), gradient)
        except linalg.LinAlgError:
            _explain_divergence(differences, choices, per_choice)
        if gradient @ step < _PRECISION * len(per_choice):
            estimates = estimates + step  # costs nothing and doubles the digits
            break
        length = 1.0
        while True:
            trial = _evaluate(estimates + length * step, differences, per_choice)
            if trial[0] >= value - _ROUNDING * abs(value) or length < _RANK:
                break
            length /= 2
        estimates = estimates + length * step
        value, gradient, information, scores = trial
    else:
        _explain_divergence(differences, choices, per_choice)
    inverse = linalg.inv(information)
    if np.sqrt(np.diag(inverse)).max() > _LARGE:
        _explain_divergence(differences, choices, per_choice)
    covariance = inverse
    n_people = len(np.unique(differences.respondents))
    if clustered and n_people > 1:
        summed = np.zeros((choices.n_respondents, n_columns))
        np.add.at(summed, differences.respondents, scores * per_choice[:, None])
        covariance = inverse @ (summed.T @ summed) @ inverse * n_people / (n_people - 1)
    elif choices.weighted:  # the inverse information would take weights for numbers of choices
        each = scores * per_choice[:, None]
        covariance = inverse @ (each.T @ each) @ inverse
    return Fit(
        estimates=estimates / differences.scale,
        covariance=covariance / np.outer(differences.scale, differences.scale),
        log_likelihood=float(value),
    )


def _check_variation(scale: np.ndarray, choices: CodedChoices) -> None:
    names = choices.coding.names
    prices = choices.columns[choices.inside, choices.coding.price_position]
    if prices.min() == prices.max():
        raise DataError(
            f"{TABLE}: the price ({choices.coding.price}) never varies, it is {prices[0]:g} in every offer, so nothing "
            "can be said about willingness to pay. Ask again with offers at different prices"
        )
    offered, levels = choices.columns[choices.inside], choices.coding.levels
    only = {attribute: named[0] for attribute, named in levels.items() if len(named) == 1}
    only |= {
        attribute: f"{offered[0, column]:g}"
        for column, attribute in enumerate(choices.coding.attribute_of)
        if attribute not in levels and (offered[:, column] == offered[0, column]).all()
    }
    if only:
        same = [f"{attribute} never varies, it is {value} in every offer" for attribute, value in only.items()]
        raise DataError(
            f"{TABLE}: {'; '.join(same)}, so that choices say nothing about what it is worth. Drop it from attributes, "
            "or ask again with offers that differ in it"
        )
    constant = [name for name, spread in zip(names, scale, strict=True) if not spread > 0]
    if choices.coding.price in constant:
        raise DataError(
            f"{TABLE}: the price ({choices.coding.price}) does not differ within any task, so nothing can be said "
            "about willingness to pay. Show alternatives at different prices"
        )
    if constant:
        raise DataError(
            f"{TABLE}: {', '.join(constant)} never differs between the alternatives of a task, so choices say nothing "
            "about it. Drop it, or multiply it with an alternative or attribute that differs"
        )


def _check_collinear(rows: np.ndarray, choices: CodedChoices) -> None:
    sizes, directions = linalg.eigh(rows.T @ rows / len(rows))
    null = directions[:, sizes < _RANK * sizes[-1]]
    if null.shape[1]:
        involved = np.abs(null).max(axis=1) > _INVOLVED
        raise DataError(
            f"{TABLE}: {_name_columns(involved, choices)} are collinear: each follows from the others in every task, "
            "so their weights cannot be told apart. Drop one of them"
        )


def _check_separated(rows: np.ndarray, choices: CodedChoices) -> None:
    separated = np.logical_or((rows >= 0).all(axis=0), (rows <= 0).all(axis=0))
    if separated.any():
        _raise_separated(separated, choices)


def _explain_divergence(differences: Differences, choices: CodedChoices, weights: np.ndarray) -> NoReturn:
    """Find the direction along which the likelihood grows for ever, by a linear programme, and name what is in it."""
    sizes = np.diff(np.append(differences.starts, len(differences.rows)))
    rows = differences.rows[np.repeat(weights > 0, sizes)]
    involved = np.ones(rows.shape[1], dtype=bool)
    if not _separates(rows, involved):
        raise DataError(
            f"{TABLE}: the likelihood has no maximum that could be found in {_MOST_STEPS} steps. "
            "Look for attributes of extreme size or nearly collinear ones, and drop or rescale them"
        )
    for column in reversed(range(len(involved))):  # leave out what the others do not need
        involved[column] = False
        involved[column] = not _separates(rows, involved)
    _raise_separated(involved, choices)


def _separates(rows: np.ndarray, columns: np.ndarray) -> bool:
    """Whether some weights of these columns never favour what was not chosen, and sometimes disfavour it."""
    if not columns.any():
        return False
    kept = rows[:, columns]
    found = optimize.linprog(kept.sum(axis=0), A_ub=kept, b_ub=np.zeros(len(kept)), bounds=(-1, 1), method="highs")
    return bool(found.status == 0 and found.fun < -_INVOLVED)


def _raise_separated(involved: np.ndarray, choices: CodedChoices) -> NoReturn:
    alone = involved.sum() == 1
    raise DataError(
        f"{TABLE}: {_name_columns(involved, choices)} {'separates' if alone else 'together separate'} the choices "
        f"perfectly: no one of the {choices.n_choices} choices goes against {'it' if alone else 'them'}, so "
        f"{'its weight has' if alone else 'their weights have'} no finite estimate. "
        "Merge levels with others, drop one, or ask more people"
    )


def _name_columns(involved: np.ndarray, choices: CodedChoices) -> str:
    return ", ".join(name for name, named in zip(choices.coding.names, involved, strict=True) if named)


def _evaluate(
    estimates: np.ndarray, differences: Differences, weights: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihood, gradient, information (minus the Hessian) and the score of each choice."""
    rows, starts = differences.rows, differences.starts
    sizes = np.diff(np.append(starts, len(rows)))
    utility = rows @ estimates
    alike = len(rows) == len(starts) * sizes[0] and bool((sizes == sizes[0]).all())
    if alike:  # tasks of one size are a block, which is summed several times as fast
        block = utility.reshape(len(starts), -1)
        top = np.maximum(block.max(axis=1), 0.0)  # the chosen alternative stands at 0
        odds = np.exp(block - top[:, None])
        total = odds.sum(axis=1) + np.exp(-top)
        probability = (odds / total[:, None]).ravel()
    else:
        top = np.maximum(np.maximum.reduceat(utility, starts), 0.0)
        odds = np.exp(utility - np.repeat(top, sizes))
        total = np.add.reduceat(odds, starts) + np.exp(-top)
        probability = odds / np.repeat(total, sizes)
    weighted = rows * probability[:, None]
    if alike:
        scores = -sum(weighted[rival :: sizes[0]] for rival in range(sizes[0]))
    else:
        scores = -np.add.reduceat(weighted, starts)
    value = float(-(weights * (top + np.log(total))).sum())
    information = (weighted * np.repeat(weights, sizes)[:, None]).T @ rows - (scores * weights[:, None]).T @ scores
    return value, weights @ scores, information, scores
