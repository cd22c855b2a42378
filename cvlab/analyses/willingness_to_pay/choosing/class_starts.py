"""Starts of the latent class logit: where the climbs begin, and the best of where they end.

The likelihood has many tops. Each start takes people far apart from each other as seeds of the classes (the chance of
being taken grows with the squared distance to the nearest seed taken before), gathers the others around them in a few
rounds, and begins at the weights of these groups. A person's place is where one Newton step from everybody's weights
would take his or her own. All starts climb side by side, and the highest top counts; how many starts found it says how
far it can be trusted.

Source: Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding", SODA, for the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cvlab.analyses.willingness_to_pay.choosing.class_steps import Expectation, Panel, State, climb, expect

SAME_TOP = 1e-6  # relative difference of two log-likelihoods that are the same top
_MOST_STEPS = 300
_PRECISION = 1e-7
_ROUNDS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassFit:
    """The best of several starts, the largest class first, in scaled columns.

    Attributes
    ----------
    state : one start: log shares and weights of the classes; `known` is what the data say there.
    n_starts, n_agreed : starts, and those of them that found the same top.
    arrived : whether the best came to rest.
    """

    state: State
    known: Expectation
    n_starts: int
    n_agreed: int
    arrived: bool

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of everybody's choices."""
        return float(self.known.log_likelihood[0])

    @property
    def chances(self) -> np.ndarray:
        """Classes × people: the chance that a person belongs to a class, given the choices."""
        return self.known.chances[0]


def fit_classes(panel: Panel, pooled: np.ndarray, n_classes: int, *, n_starts: int, seed: int) -> ClassFit:
    """Fit so many classes, from several starts.

    Parameters
    ----------
    pooled : scaled weights of everybody together.
    """
    random = np.random.default_rng([seed, n_classes])
    states = draw_starts(panel, pooled, n_classes, n_starts=n_starts, random=random)
    states, known, arrived = climb(panel, states, most_steps=_MOST_STEPS, precision=_PRECISION)
    top = int(known.value.argmax())
    agreed = known.value >= known.value[top] - SAME_TOP * abs(known.value[top])
    best, there = states.keep(np.array([top])), known.keep(np.array([top]))
    order = _order(best)
    return ClassFit(
        state=State(logits=best.logits[:, order], weights=best.weights[:, order]),
        known=Expectation(
            value=there.value,
            log_likelihood=there.log_likelihood,
            chances=there.chances[:, order],
            scores=there.scores[:, order],
            information=there.information[:, order],
        ),
        n_starts=n_starts,
        n_agreed=int(agreed.sum()),
        arrived=bool(arrived[top]),
    )


def draw_starts(
    panel: Panel, pooled: np.ndarray, n_classes: int, *, n_starts: int, random: np.random.Generator
) -> State:
    """Draw starts around everybody's weights."""
    everybody = expect(panel, State(logits=np.zeros((1, 1)), weights=pooled[None, None]))
    asked = np.flatnonzero(np.diff(panel.first))
    root = linalg.cholesky(everybody.information[0, 0] / len(asked), lower=True)
    # In these coordinates the sampling errors of all people are alike, and squared distances add up fairly.
    places = linalg.solve_triangular(root, everybody.scores[0, 0][:, asked], lower=True).T
    mass = panel.weights[asked]
    seeds = np.empty((n_starts, n_classes, places.shape[1]))
    nearest = np.ones((n_starts, len(asked)))
    for each in range(n_classes):
        with np.errstate(divide="ignore"):
            keys = np.log(mass * nearest) + random.gumbel(size=nearest.shape)
        seeds[:, each] = places[keys.argmax(axis=1)]
        distance = ((places - seeds[:, each, None]) ** 2).sum(axis=2)
        nearest = distance if each == 0 else np.minimum(nearest, distance)
    for _ in range(_ROUNDS):
        distance = (seeds**2).sum(axis=2)[:, :, None] - 2 * seeds @ places.T
        mine = (distance == distance.min(axis=1, keepdims=True)) * mass
        size = mine.sum(axis=2, keepdims=True)
        seeds = np.where(size > 0, mine @ places / np.maximum(size, np.finfo(float).tiny), seeds)
    moved = linalg.solve_triangular(root.T, seeds.reshape(-1, places.shape[1]).T, lower=False).T
    return State(logits=np.full((n_starts, n_classes), -np.log(n_classes)), weights=pooled + moved.reshape(seeds.shape))


def _order(state: State) -> np.ndarray:
    """The largest class first; ties by the weights, not by the start."""
    ties = tuple(column for column in state.weights[0].T[::-1].round(4))
    return np.lexsort((*ties, -state.logits[0].round(9)))
