"""The likelihood of each person's choices, for many people and several chains of draws at once.

    log P(person's choices) = - sum over tasks of log(1 + sum over rejected k of exp((x_k - x_chosen)'c))

with coefficients c of the utility. Tastes, on which the hierarchical model stands, become coefficients in one of three
ways; g is the logarithm of how much a unit of money weighs:

    "free"         c = tastes                                      any sign of the price coefficient
    "negative"     c_price = -exp(g), other c = tastes             log-normal price coefficient
    "money"        c_price = -exp(g), other c = exp(g) · tastes    tastes are amounts of money: the space of
                                                                   willingness to pay, with a log-normal scale

Tables of people are padded to the longest, so that all sums are matrix products; the last axis is the chain.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 3; Train & Weeks (2005), "Discrete choice models
in preference space and willingness-to-pay space", in Applications of Simulation Methods in Environmental and Resource
Economics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.fit import Differences

Form = Literal["free", "negative", "money"]
_HIGHEST_UTILITY = 600.0  # its exponential can still be added up
_HIGHEST_LOG_SCALE = 30.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """Everybody's choices as differences from the chosen alternative, padded.

    Attributes
    ----------
    rows : people × (alternatives · tasks) × columns; the tasks of the first rejected alternative stand first.
    turned : the same as people × columns × rows.
    padding : people × rows × 1: 0, or minus infinity where there is no such alternative; None where nothing is padded.
    n_tasks, n_rejected : most tasks of a person, and most rejected alternatives of a task.
    form : how tastes become coefficients.
    price : column of the price.
    """

    rows: np.ndarray
    turned: np.ndarray
    padding: np.ndarray | None
    n_tasks: int
    n_rejected: int
    form: Form
    price: int

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return len(self.rows)

    @property
    def n_columns(self) -> int:
        """How many tastes each of them has."""
        return self.rows.shape[2]


def arrange_panel(differences: Differences, *, n_people: int, form: Form, price: int) -> Panel:
    """Return the padded table of all people.

    Examples
    --------
    >>> differences = Differences(rows=np.array([[1.0], [2.0], [3.0]]), starts=np.array([0, 2]), scale=np.ones(1),
    ...                           respondents=np.array([0, 1]), weights=np.ones(2))
    >>> panel = arrange_panel(differences, n_people=2, form="free", price=0)
    >>> panel.rows[..., 0].tolist(), panel.padding[..., 0].tolist()
    ([[1.0, 2.0], [3.0, 0.0]], [[0.0, 0.0], [0.0, -inf]])
    """
    sizes = np.diff(np.append(differences.starts, len(differences.rows)))
    people = differences.respondents
    tasks = np.arange(len(people)) - np.searchsorted(people, people)
    n_tasks, n_rejected = int(tasks.max()) + 1, int(sizes.max())
    alternative = np.arange(len(differences.rows)) - np.repeat(differences.starts, sizes)
    place = (np.repeat(people, sizes), alternative * n_tasks + np.repeat(tasks, sizes))
    rows = np.zeros((n_people, n_rejected * n_tasks, differences.rows.shape[1]))
    rows[place] = differences.rows
    padding = np.full((n_people, n_rejected * n_tasks, 1), -np.inf)
    padding[place] = 0.0
    return Panel(
        rows=rows,
        turned=np.ascontiguousarray(rows.transpose(0, 2, 1)),
        padding=padding if np.isinf(padding).any() else None,
        n_tasks=n_tasks,
        n_rejected=n_rejected,
        form=form,
        price=price,
    )


def to_coefficients(tastes: np.ndarray, form: Form, price: int) -> np.ndarray:
    """Return coefficients of the utility; the first axis is the columns.

    Examples
    --------
    >>> to_coefficients(np.array([[2.0], [0.0]]), "money", 1).ravel().tolist()
    [2.0, -1.0]
    """
    if form == "free":
        return tastes
    scale = np.exp(np.clip(tastes[price], -_HIGHEST_LOG_SCALE, _HIGHEST_LOG_SCALE))
    coefficients = tastes * scale if form == "money" else tastes.copy()
    coefficients[price] = -scale
    return coefficients


def measure_likelihood(panel: Panel, tastes: np.ndarray) -> np.ndarray:
    """Return people × chains: the log-likelihood of each person's choices. `tastes` is columns × people × chains."""
    odds = _measure_odds(panel, to_coefficients(tastes, panel.form, panel.price))
    return _add_up(panel, _total(panel, odds))


def measure_slopes(panel: Panel, tastes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihood (people × chains), its gradient by the tastes, and the probabilities of what was rejected.

    The gradient is columns × people × chains, the probabilities people × rows × chains.
    """
    coefficients = to_coefficients(tastes, panel.form, panel.price)
    probabilities = _measure_odds(panel, coefficients)
    total = _total(panel, probabilities)
    value = _add_up(panel, total)
    np.reciprocal(total, out=total)
    for block in _blocks(panel):
        probabilities[:, block] *= total
    slopes = -(panel.turned @ probabilities).transpose(1, 0, 2)
    if panel.form != "free":
        whole = slopes[panel.price] * coefficients[panel.price]
        if panel.form == "money":
            whole = (slopes * coefficients).sum(axis=0)
            slopes *= -coefficients[panel.price]
        slopes[panel.price] = whole
    return value, slopes, probabilities


def measure_information(panel: Panel, probabilities: np.ndarray, tastes: np.ndarray) -> np.ndarray:
    """Return people × columns × columns: the information each person's choices hold about the tastes, in one chain.

    Parameters
    ----------
    probabilities, tastes : people × rows and columns × people, of one chain.
    """
    weighted = panel.turned * probabilities[:, None, :]
    shape = (panel.n_people, panel.n_columns, panel.n_rejected, panel.n_tasks)
    means = weighted.reshape(shape).sum(axis=2)
    information = weighted @ panel.rows - means @ means.transpose(0, 2, 1)
    if panel.form == "free":
        return information
    coefficients = to_coefficients(tastes, panel.form, panel.price)
    scale = -coefficients[panel.price]
    slopes = np.zeros_like(information)  # of each coefficient (row) by each taste (column)
    diagonal = np.arange(panel.n_columns)
    slopes[:, diagonal, diagonal] = scale[:, None] if panel.form == "money" else 1.0
    if panel.form == "money":
        slopes[:, :, panel.price] = coefficients.T
    slopes[:, panel.price, panel.price] = -scale
    return slopes.transpose(0, 2, 1) @ information @ slopes


def _blocks(panel: Panel) -> list[slice]:
    return [slice(number * panel.n_tasks, (number + 1) * panel.n_tasks) for number in range(panel.n_rejected)]


def _measure_odds(panel: Panel, coefficients: np.ndarray) -> np.ndarray:
    """People × rows × chains: odds of each rejected alternative against the chosen one."""
    utility = panel.rows @ coefficients.transpose(1, 0, 2)
    if panel.padding is not None:
        utility += panel.padding
    np.minimum(utility, _HIGHEST_UTILITY, out=utility)
    return np.exp(utility, out=utility)


def _total(panel: Panel, odds: np.ndarray) -> np.ndarray:
    """People × tasks × chains: one plus the odds of all that was rejected."""
    first, *others = _blocks(panel)
    total = 1.0 + odds[:, first]
    for block in others:
        total += odds[:, block]
    return total


def _add_up(panel: Panel, total: np.ndarray) -> np.ndarray:
    return -(np.ones((1, panel.n_tasks)) @ np.log(total))[:, 0]
