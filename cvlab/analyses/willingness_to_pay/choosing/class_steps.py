"""Steps of the latent class logit: how likely each person's choices are in each class, and the next step uphill.

    P_n      = sum over classes of share_c · product over the person's choices of P(chosen | b_c)
    chance   = share_c · product / P_n                       that person n belongs to class c, given the choices
    climbed  = sum of log P_n - ½ · ridge · |b|² + sum over classes of log(share_c) / C

The two small terms keep weights and shares finite where the people of a class never choose against an attribute: a
weight is held as if it were drawn with a standard deviation of 10 per typical difference between two offers, and the
shares as if one more person had been asked who could be of any class.

Maximisation given the chances is a weighted conditional logit per class; one Newton step of it is a step of generalised
EM. Near the top, where what is missing (who belongs where) no longer outweighs what is known, the Newton step of the
observed likelihood takes its place: known information minus missing information, by Louis's formula. A step that
lowers the likelihood is halved. All classes of all starts are evaluated in the same passes over the data.

Source: Kamakura & Russell (1989), "A probabilistic choice model for market segmentation and elasticity structure",
Journal of Marketing Research 26; Dempster, Laird & Rubin (1977), JRSS B 39; Louis (1982), "Finding the observed
information matrix when using the EM algorithm", JRSS B 44.
Assumes that one person's choices are independent given the class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from scipy import linalg, special

from cvlab.analyses.willingness_to_pay.choosing.fit import Differences

RIDGE = 0.01  # 1 / 10²: the standard deviation that holds a weight, on the scale of typical differences
_PADDED = -1e300  # utility of an alternative that a smaller task does not have
_LARGEST_UTILITY = 500.0
_BLOCK = 24_000  # numbers per array of a pass; larger ones no longer fit into the processor's cache
_ROUNDING = 1e-12
_SHORTEST, _CUT = 1e-3, 4.0  # a step that lowers the likelihood is cut, down to the shortest
_PARTS = (1.0, 0.9, 0.7, 0.5, 0.0)  # of the missing information that are tried to be taken off
_LONGEST = 3.0  # utility per typical difference: the longest step of a weight


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """People's choices as differences from the chosen alternative, the same number of rivals in each.

    Attributes
    ----------
    columns : rivals × columns × choices, scaled; 0 where a task has fewer rivals.
    products : rivals × choices × pairs of columns, the products of two columns.
    absent : rivals × choices, large and negative where a task has fewer rivals; None where all have the same number.
    first : first choice of each person, and one past the last.
    weights : of the people, 1 on average.
    """

    columns: np.ndarray
    products: np.ndarray
    absent: np.ndarray | None
    first: np.ndarray
    weights: np.ndarray

    @property
    def n_people(self) -> int:
        """How many people made the choices."""
        return len(self.weights)


@dataclass(frozen=True, eq=False, kw_only=True)
class State:
    """Starts side by side: `logits` starts × classes (log shares), `weights` starts × classes × columns (scaled)."""

    logits: np.ndarray
    weights: np.ndarray

    def keep(self, which: np.ndarray) -> State:
        """Return some of the starts."""
        return State(logits=self.logits[which], weights=self.weights[which])

    def put(self, where: np.ndarray, other: State, which: np.ndarray) -> None:
        """Put some starts of another state in the place of own ones."""
        self.logits[where], self.weights[where] = other.logits[which], other.weights[which]

    def move(self, step: State, length: np.ndarray) -> State:
        """Return the state some way along a step; shares sum to 1 again."""
        logits = self.logits + length[:, None] * step.logits
        return State(
            logits=logits - special.logsumexp(logits, axis=1, keepdims=True),
            weights=self.weights + length[:, None, None] * step.weights,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Expectation:
    """What one pass over the data tells about every start.

    Attributes
    ----------
    value : what is climbed; `log_likelihood` without the two small terms.
    chances : starts × classes × people.
    scores : starts × classes × columns × people, of each person's choices in each class, not weighted by the chances.
    information : starts × classes × columns × columns, weighted by the chances.
    """

    value: np.ndarray
    log_likelihood: np.ndarray
    chances: np.ndarray
    scores: np.ndarray
    information: np.ndarray

    def keep(self, which: np.ndarray) -> Expectation:
        """Return some of the starts."""
        return Expectation(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def put(self, where: np.ndarray, other: Expectation, which: np.ndarray) -> None:
        """Put what is known of some starts in the place of what is known of own ones."""
        for each in fields(self):
            getattr(self, each.name)[where] = getattr(other, each.name)[which]


def make_panel(differences: Differences, weights: np.ndarray) -> Panel:
    """Lay the choices out as a panel.

    Parameters
    ----------
    weights : one per person; people whose tasks all had one alternative have no choices and keep their weight.
    """
    starts, rows = differences.starts, differences.rows
    sizes = np.diff(np.append(starts, len(rows)))
    most, n_columns = int(sizes.max()), rows.shape[1]
    choice = np.repeat(np.arange(len(starts)), sizes)
    rival = np.arange(len(rows)) - np.repeat(starts, sizes)
    columns = np.zeros((most, n_columns, len(starts)))
    columns[rival, :, choice] = rows
    left, right = np.triu_indices(n_columns)
    products = np.ascontiguousarray((columns[:, left] * columns[:, right]).transpose(0, 2, 1))
    absent = None if (sizes == most).all() else np.where(np.arange(most)[:, None] < sizes, 0.0, _PADDED)
    first = np.searchsorted(differences.respondents, np.arange(len(weights) + 1))
    return Panel(columns=columns, products=products, absent=absent, first=first, weights=weights)


def expect(panel: Panel, state: State) -> Expectation:
    """Evaluate the likelihood, its gradient and its curvature for all classes of all starts."""
    n_starts, k, n_columns = state.weights.shape
    flat = state.weights.reshape(-1, n_columns)
    n_people = panel.n_people
    chances = np.empty((n_starts, k, n_people))
    scores = np.zeros((len(flat), n_columns, n_people))
    packed = np.zeros((len(flat), panel.products.shape[2]))
    squares = np.zeros((len(flat), n_columns, n_columns))
    likelihood = np.zeros(n_starts)
    for people, choices in _blocks(panel, len(flat)):
        share, log_chosen = _choose(panel, flat, choices)
        first = panel.first[people] - choices.start
        asked = np.flatnonzero(np.diff(panel.first[people.start : people.stop + 1]))
        joint = np.zeros((len(flat), people.stop - people.start))
        joint[:, asked] = np.add.reduceat(log_chosen, first[asked], axis=1)
        joint = joint.reshape(n_starts, k, -1) + state.logits[:, :, None]
        top = joint.max(axis=1)
        joint -= top[:, None]
        np.exp(joint, out=joint)
        total = joint.sum(axis=1)
        joint /= total[:, None]
        chances[:, :, people] = joint
        weights = panel.weights[people]
        likelihood += (np.log(total) + top) @ weights
        owner = np.repeat(np.arange(len(weights)), np.diff(panel.first[people.start : people.stop + 1]))
        each = (joint * weights).reshape(len(flat), -1)[:, owner]
        mean = np.empty((len(flat), n_columns, choices.stop - choices.start))
        for column in range(n_columns):
            part = share[0] * panel.columns[0, column, choices]
            for rival in range(1, len(share)):
                part += share[rival] * panel.columns[rival, column, choices]
            mean[:, column] = part
        scores[:, :, people.start + asked] = -np.add.reduceat(mean, first[asked], axis=2)
        squares += (mean * each[:, None]) @ mean.transpose(0, 2, 1)
        for rival in range(len(share)):
            share[rival] *= each
            packed += share[rival] @ panel.products[rival, choices]
    information = _unpack(packed, n_columns) - squares
    penalty = state.logits.sum(axis=1) / k - 0.5 * RIDGE * (state.weights**2).sum(axis=(1, 2))
    return Expectation(
        value=likelihood + penalty,
        log_likelihood=likelihood,
        chances=chances,
        scores=scores.reshape(n_starts, k, n_columns, n_people),
        information=information.reshape(n_starts, k, n_columns, n_columns),
    )


def climb(panel: Panel, state: State, *, most_steps: int, precision: float) -> tuple[State, Expectation, np.ndarray]:
    """Take every start uphill until the next step would gain less than `precision`, or for `most_steps`.

    Returns
    -------
    state, what is known there, and which starts have arrived.
    """
    here, known = state, expect(panel, state)
    everything = np.arange(len(state.logits))
    reached, reached_known = here.keep(everything), known.keep(everything)
    arrived = np.zeros(len(state.logits), dtype=bool)
    going = np.arange(len(state.logits))
    step, gain = find_step(panel, here, known)
    length = np.ones(len(going))
    for _ in range(most_steps):
        trial = here.move(step, length)
        ahead = expect(panel, trial)
        better = ahead.value >= known.value - _ROUNDING * np.abs(known.value)
        finished = np.where(better, gain < precision, length < _SHORTEST)
        here.put(better, trial, better)
        known.put(better, ahead, better)
        reached.put(going[better], trial, better)
        reached_known.put(going[better], ahead, better)
        arrived[going[finished]] = True
        if finished.all():
            break
        length = np.where(better, 1.0, length / _CUT)[~finished]
        going, here, known = going[~finished], here.keep(~finished), known.keep(~finished)
        step, gain, better = step.keep(~finished), gain[~finished], better[~finished]
        if better.any():
            fresh, gain[better] = find_step(panel, here.keep(better), known.keep(better))
            step.put(better, fresh, np.ones(len(fresh.logits), dtype=bool))
    return reached, reached_known, arrived


def find_step(panel: Panel, state: State, known: Expectation) -> tuple[State, np.ndarray]:
    """Return the next step of every start, and by how much it should gain.

    As much of the missing information is taken off the known as leaves a likelihood that is curved downwards in all
    directions: all of it near the top (Newton's step of the observed likelihood), none far away (the step of EM).
    """
    n_starts, k, n_columns = state.weights.shape
    gradient, complete, missing = differentiate(panel, state, known)
    step = State(logits=np.zeros((n_starts, k)), weights=np.zeros((n_starts, k, n_columns)))
    gain = np.full(n_starts, np.inf)
    for start in range(n_starts):
        for part in _PARTS:
            try:
                factor = linalg.cho_factor(complete[start] - part * missing[start], check_finite=False)
            except linalg.LinAlgError:
                continue
            direction = linalg.cho_solve(factor, gradient[start], check_finite=False)
            longest = np.abs(direction).max()
            if longest < _LONGEST or part == 0:
                break
        direction *= min(1.0, _LONGEST / longest)
        step.logits[start, 1:] = direction[: k - 1]
        step.weights[start] = direction[k - 1 :].reshape(k, n_columns)
        if part == 1:
            gain[start] = 0.5 * gradient[start] @ direction
    return step, gain


def differentiate(panel: Panel, state: State, known: Expectation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradient, the information there would be were it known who belongs where, and what of it is missing.

    Parameters are the log shares of all classes but the first, against it, then the weights of each class; the arrays
    are starts × parameters (× parameters). The information that was observed is the one minus the other.
    """
    n_starts, k, n_columns = state.weights.shape
    rest = slice(0, k - 1)
    share = np.exp(state.logits)[:, 1:]
    gradient = score_people(state, known) @ panel.weights
    gradient[:, rest] += 1 / k - share
    gradient[:, k - 1 :] -= RIDGE * state.weights.reshape(n_starts, -1)
    expected = known.scores * known.chances[:, :, None]
    # Missing is the covariance of the scores over the classes a person could be of: mean of squares - square of means.
    outer = np.concatenate([known.chances[:, 1:], expected.reshape(n_starts, k * n_columns, -1)], axis=1)
    missing = -(outer * panel.weights) @ outer.transpose(0, 2, 1)
    complete = np.zeros_like(missing)
    total = panel.weights.sum() + 1
    complete[:, rest, rest] = total * (np.eye(k - 1) * share[:, None] - share[:, :, None] * share[:, None])
    size = known.chances @ panel.weights
    for each in range(k):
        block = slice(k - 1 + each * n_columns, k - 1 + (each + 1) * n_columns)
        times = expected[:, each] * panel.weights
        complete[:, block, block] = known.information[:, each] + RIDGE * np.eye(n_columns)
        missing[:, block, block] += times @ known.scores[:, each].transpose(0, 2, 1)
        if each:
            missing[:, each - 1, each - 1] += size[:, each]
            missing[:, block, each - 1] += times.sum(axis=2)
            missing[:, each - 1, block] += times.sum(axis=2)
    return gradient, complete, missing


def score_people(state: State, known: Expectation) -> np.ndarray:
    """Return starts × parameters × people: the score of each person's likelihood, its weight not counted."""
    n_starts, k, n_columns = state.weights.shape
    of_shares = (known.chances - np.exp(state.logits)[:, :, None])[:, 1:]
    of_weights = (known.scores * known.chances[:, :, None]).reshape(n_starts, k * n_columns, -1)
    return np.concatenate([of_shares, of_weights], axis=1)


def _blocks(panel: Panel, width: int) -> Iterator[tuple[slice, slice]]:
    """Cut the people into blocks that are small enough for the cache, and yield their people and their choices."""
    most = max(1, _BLOCK // width)
    begin = 0
    while begin < panel.n_people:
        last = int(np.searchsorted(panel.first, panel.first[begin] + most, side="right")) - 1
        end = min(max(last, begin + 1), panel.n_people)
        yield slice(begin, end), slice(int(panel.first[begin]), int(panel.first[end]))
        begin = end


def _choose(panel: Panel, weights: np.ndarray, choices: slice) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the probability of each rival (classes × choices each), and the log probability of what was chosen."""
    odds = []
    for rival in range(len(panel.columns)):
        utility = weights @ panel.columns[rival, :, choices]
        if panel.absent is not None:
            utility += panel.absent[rival, choices]
        np.minimum(utility, _LARGEST_UTILITY, out=utility)
        odds.append(np.exp(utility, out=utility))
    total = 1.0 + odds[0]
    for each in odds[1:]:
        total += each
    log_chosen = -np.log(total)
    np.reciprocal(total, out=total)
    for each in odds:
        each *= total
    return odds, log_chosen


def _unpack(packed: np.ndarray, size: int) -> np.ndarray:
    """Return symmetric matrices from their upper triangles."""
    full = np.empty((len(packed), size, size))
    left, right = np.triu_indices(size)
    full[:, left, right] = packed
    full[:, right, left] = packed
    return full
