"""Many runs of k-means at once: what all starts and all bootstrap samples of one table have in common.

A run is a set of k centres and the number of the sample whose weights it minimises. One matrix product gives the
distances of all runs, another the new centres. Lloyd's iterations are done in single precision, which costs half; what
a run reached is computed in double precision from the memberships it ended with.

The nearest centre is found by one pass of minima: a positive float is ordered like the integer with the same bits, so
the number of the centre is written into the last bits of the distance (a relative error of a millionth), and the
least integer tells both.

Source: Lloyd (1982), IEEE Trans. Inf. Theory 28; Arthur & Vassilvitskii (2007), "k-means++"; Hartigan (1975),
Clustering Algorithms, chapter 4.
Assumes that most rows lie near the origin, measured by how far apart they are: single precision then loses nothing
that matters.
"""

from __future__ import annotations

import numpy as np

_MOST_ITERATIONS = 300
_MOST_MOVES = 300
_ROUNDING = 1e-12
# Numbers that a chunk of runs works on at a time, so that they stay in the processor's cache.
_CHUNK = 400_000
_BLOCK = 8192


def squared_distances(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return runs × clusters × rows: squared distances less the square of the row, which no comparison needs."""
    runs, k, p = centres.shape
    products = (centres.reshape(-1, p) @ X.T).reshape(runs, k, len(X))
    return (centres**2).sum(axis=2)[..., None] - 2 * products


def assign_rows(X: np.ndarray, w: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the nearest centre of each row, and the within sum of squares, in double precision."""
    labels, within = np.empty(len(X), dtype=int), 0.0
    for start in range(0, len(X), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = squared_distances(X[rows], centres[None])[0]
        labels[rows] = distances.argmin(axis=0)
        within += float(w[rows] @ ((X[rows] - centres[labels[rows]]) ** 2).sum(axis=1))
    return labels, within


def draw_centres(X: np.ndarray, W: np.ndarray, sample: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """Draw starting centres for all runs by greedy k-means++; runs × k × p.

    Each next centre is the best of a few rows drawn in proportion to weight · distance² from the centres so far.
    """
    trials = 2 + int(np.log(k))
    target = random.random((k, trials, len(sample)))
    centres = np.empty((len(sample), k, X.shape[1]))
    narrow = X.astype(np.float32)
    square = (narrow**2).sum(axis=1)
    for runs in _chunks(len(sample), 2 * len(X)):
        w = W[sample[runs]].astype(np.float32)
        each = np.arange(len(w))
        chosen = np.empty((len(w), k), dtype=int)
        farness = np.ones_like(w)
        for position in range(k):
            cumulated = np.cumsum(farness * w, axis=1)
            least = np.full(len(w), np.inf)
            nearer = farness
            for trial in range(trials if position else 1):
                aim = (target[position, trial, runs] * cumulated[:, -1]).astype(np.float32)
                found = np.minimum((cumulated <= aim[:, None]).sum(axis=1), len(X) - 1)
                gap = (-2 * narrow[found]) @ narrow.T
                gap += square
                gap += square[found, None]
                np.maximum(gap, 0, out=gap)
                # Exactly 0 at the centre itself, so that it cannot be drawn twice.
                gap[each, found] = 0
                if not position:
                    nearer, chosen[:, 0] = gap, found
                    break
                np.minimum(gap, farness, out=gap)
                left = np.einsum("rd,rd->r", gap, w)
                best = left < least
                least[best] = left[best]
                chosen[best, position] = found[best]
                nearer = gap if trial == 0 else np.where(best[:, None], gap, nearer)
            farness = nearer
        centres[runs] = X[chosen]
    return centres


def run_lloyd(X: np.ndarray, W: np.ndarray, sample: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move rows and centres in turn until nothing changes; return centres and within sums of squares of all runs."""
    runs, k, _ = centres.shape
    done = np.empty_like(centres)
    within = np.empty(runs)
    for part in _chunks(runs, k * len(X)):
        done[part], within[part] = _run_chunk(X, W, sample[part], centres[part])
    return done, within


def _run_chunk(X: np.ndarray, W: np.ndarray, sample: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    runs, k, p = centres.shape
    rows = len(X)
    left, bits = _extend_rows(X), _last_bits(k)
    right = np.concatenate([X, np.ones((rows, 1))], axis=1).astype(np.float32)
    w = W[sample].astype(np.float32)
    means = np.ascontiguousarray(centres.transpose(1, 0, 2)).astype(np.float32)
    labels = np.full((runs, rows), -1, dtype=np.int32)
    active = np.arange(runs)
    for _ in range(_MOST_ITERATIONS):
        now = means if len(active) == runs else means[:, active]
        number = len(active)
        distances = (_extend_centres(now).reshape(-1, p + 2) @ left).reshape(k, number, rows)
        nearest = _pack_nearest(distances, bits) & bits
        moving = (nearest != labels[active]).any(axis=1)
        if not moving.any():
            break
        if not moving.all():
            active, nearest, w = active[moving], nearest[moving], w[moving]
            number = len(active)
        labels[active] = nearest
        members = distances[:, :number]
        for cluster in range(k):
            np.multiply(nearest == cluster, w, out=members[cluster])
        sums = (members.reshape(-1, rows) @ right).reshape(k, number, p + 1)
        sizes = sums[..., p:]
        # A cluster that lost everybody keeps its centre; single moves fill it again where that helps.
        means[:, active] = np.where(sizes > 0, sums[..., :p] / np.where(sizes > 0, sizes, 1), means[:, active])
    return _finish(X, W[sample], labels, means.transpose(1, 0, 2).astype(float))


def settle(X: np.ndarray, w: np.ndarray, centres: np.ndarray, *, gain: float) -> np.ndarray:
    """Go on with one run on many rows until an iteration lowers the within sum of squares by less than `gain` of it."""
    k, p = centres.shape
    left, bits = _extend_rows(X), _last_bits(k)
    narrow = w.astype(np.float32)
    before = np.inf
    for _ in range(_MOST_ITERATIONS):
        c = _extend_centres(centres[:, None].astype(np.float32))[:, 0]
        sums, within = np.zeros((k, p + 1)), 0.0
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, start + _BLOCK)
            distances = c @ left[:, rows]
            nearest = _pack_nearest(distances, bits)
            shortest = (nearest & ~bits).view(np.float32)
            nearest &= bits
            for cluster in range(k):
                np.multiply(nearest == cluster, narrow[rows], out=distances[cluster])
            sums += distances @ left[: p + 1, rows].T
            within += float(shortest @ narrow[rows])
        sizes = sums[:, p:]
        centres = np.where(sizes > 0, sums[:, :p] / np.where(sizes > 0, sizes, 1), centres)
        if within > before * (1 - gain):
            break
        before = within
    return centres


def _extend_rows(X: np.ndarray) -> np.ndarray:
    """Return (x, 1, |x|²) as columns; with (-2c, |c|², 1) the product is the squared distance, kept above 0."""
    square = (X**2).sum(axis=1)
    left = np.empty((X.shape[1] + 2, len(X)), dtype=np.float32)
    left[:-2], left[-2], left[-1] = X.T, 1, square * (1 + 1e-5) + 1e-9 * square.max() + 1e-30
    return left


def _extend_centres(means: np.ndarray) -> np.ndarray:
    c = np.empty((*means.shape[:2], means.shape[2] + 2), dtype=np.float32)
    c[..., :-2], c[..., -2], c[..., -1] = -2 * means, (means**2).sum(axis=2), 1
    return c


def _last_bits(k: int) -> np.int32:
    """Return a mask of as many bits as the numbers of k clusters need."""
    return np.int32((1 << max(1, (k - 1).bit_length())) - 1)


def _pack_nearest(distances: np.ndarray, bits: np.int32) -> np.ndarray:
    """Return the least distance over the first axis, as integers whose last bits are the number of the cluster."""
    keys = distances.view(np.int32)
    keys &= ~bits
    for cluster in range(1, len(keys)):
        keys[cluster] |= np.int32(cluster)
    return np.asarray(np.minimum.reduce(keys, axis=0))


def move_single_rows(
    X: np.ndarray, W: np.ndarray, sample: np.ndarray, centres: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Improve runs by Hartigan's moves of single rows; return centres and within sums of squares."""
    runs, k, _ = centres.shape
    done = np.empty_like(centres)
    within = np.empty(runs)
    for part in _chunks(runs, k * len(X)):
        w = W[sample[part]]
        labels = squared_distances(X, centres[part]).argmin(axis=1)
        _move_chunk(X, w, labels, k)
        done[part], within[part] = _finish(X, w, labels, centres[part])
    return done, within


def _move_chunk(X: np.ndarray, w: np.ndarray, labels: np.ndarray, k: int) -> None:
    """Move one row per run and round, the one that gains most, until no move gains; `labels` change in place.

    What it costs to join each cluster, and what it saves to leave one's own, changes only for the two clusters between
    which a row has moved.
    """
    runs, rows = labels.shape
    sums, sizes = _group_sums(X, w, labels, k)
    square = (X**2).sum(axis=1)
    smallest_gain = _ROUNDING * np.maximum(w @ square, _ROUNDING)
    joining, leaving = np.empty((runs, k, rows)), np.empty((runs, rows))
    going = np.arange(runs)

    def refresh(place: np.ndarray, cluster: np.ndarray) -> None:
        """Compute anew what concerns these clusters of the runs that stand at `place` in `going`."""
        run = going[place]
        size, weight = sizes[run, cluster][:, None], w[run]
        mean = sums[run, cluster] / np.where(size > 0, size, 1)
        distance = np.maximum((-2 * mean) @ X.T + square + (mean**2).sum(axis=1)[:, None], 0) * size * weight
        own = labels[run] == cluster[:, None]
        both, rest = size + weight, size - weight
        joining[place, cluster] = np.where(own, np.inf, distance / np.where(both > 0, both, 1))
        alone = rest <= _ROUNDING
        saved = np.where(alone, 0, distance / np.where(alone, 1, rest))
        leaving[place] = np.where(own, saved, leaving[place])

    for cluster in range(k):
        refresh(going, np.full(runs, cluster))
    for _ in range(_MOST_MOVES):
        gain = leaving - np.minimum.reduce(joining, axis=1)
        row = gain.argmax(axis=1)
        better = gain[np.arange(len(going)), row] > smallest_gain[going]
        if not better.all():
            going, row, joining, leaving = going[better], row[better], joining[better], leaving[better]
        if not len(going):
            break
        place = np.arange(len(going))
        target = joining[place, :, row].argmin(axis=1)
        source, weight = labels[going, row], w[going, row]
        for cluster, sign in ((source, -1), (target, 1)):
            sums[going, cluster] += sign * X[row] * weight[:, None]
            sizes[going, cluster] += sign * weight
        labels[going, row] = target
        refresh(place, source)
        refresh(place, target)


def _finish(X: np.ndarray, w: np.ndarray, labels: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return centres and within sums of squares of the memberships, in double precision."""
    sums, sizes = _group_sums(X, w, labels, centres.shape[1])
    filled = sizes > 0
    divisor = np.where(filled, sizes, 1)
    means = np.where(filled[..., None], sums / divisor[..., None], centres)
    between = ((sums**2).sum(axis=2) / divisor * filled).sum(axis=1)
    return means, np.maximum(w @ (X**2).sum(axis=1) - between, 0)


def _group_sums(X: np.ndarray, w: np.ndarray, labels: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return runs × clusters × p sums and runs × clusters weights of the members."""
    members = np.empty((k, *labels.shape))
    for cluster in range(k):
        np.multiply(labels == cluster, w, out=members[cluster])
    right = np.concatenate([X, np.ones((len(X), 1))], axis=1)
    sums = (members.reshape(-1, len(X)) @ right).reshape(k, len(labels), -1).transpose(1, 0, 2)
    return np.ascontiguousarray(sums[..., :-1]), np.ascontiguousarray(sums[..., -1])


def _chunks(runs: int, numbers_per_run: int) -> list[slice]:
    """Divide runs so that a chunk works on a bounded count of numbers."""
    step = max(1, _CHUNK // max(1, numbers_per_run))
    return [slice(start, min(start + step, runs)) for start in range(0, runs, step)]
