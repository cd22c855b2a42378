"""Methods of finding clusters, each brought into one form: codes, chances, criterion, and a rule for new rows.

    k-means        cells of like size around k centres; complete rows         explained spread
    latent class   chances of its own per class; any columns, gaps allowed    certainty of membership
    mixture        ellipses of any size and slant; measured columns           certainty of membership

    explained spread = 1 - within sum of squares / total sum of squares
    certainty        = mean over people of the chance of their likeliest cluster        (1/k … 1)
    AIC              = 2 · parameters - 2 · log-likelihood
    BIC              = log(people) · parameters - 2 · log-likelihood

Source: Akaike (1974), IEEE Trans. Autom. Control 19; Schwarz (1978), Annals of Statistics 6; the methods' own modules.
Assumes, for the intervals, that clusters are held fixed while people are drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.common import normal_interval, percentile_interval
from cvlab.analyses.segmentation.k_means import fit_k_means, nearest_centres
from cvlab.analyses.segmentation.latent_class import fit_latent_classes
from cvlab.analyses.segmentation.mixture import fit_mixture
from cvlab.analyses.segmentation.preparation import PreparedFeatures
from cvlab.errors import DataError

N_BOOT = 400


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundClusters:
    """What a method gives back, in the same form for each.

    Attributes
    ----------
    codes : cluster of each person in `prepared.encoded`, the largest cluster first.
    chances : people × clusters, where membership is uncertain.
    classify : cluster of new rows, encoded and in the data's own units.
    measured : value, low and high of the headline; called only where there is enough data.
    """

    codes: np.ndarray
    chances: np.ndarray | None = None
    classify: Callable[[np.ndarray], np.ndarray]
    criterion: Mapping[str, float]
    hit_rate: float
    subsampled: int
    measured: Callable[[], tuple[float, float, float]]
    notes: tuple[str, ...] = ()


def _find_by_k_means(prepared: PreparedFeatures, k: int, n_starts: int, seed: int) -> FoundClusters:
    fit = fit_k_means(prepared.distinct, prepared.distinct_weights, n_clusters=k, n_starts=n_starts, seed=seed)
    factors = prepared.preparation.factors
    return FoundClusters(
        codes=fit.labels[prepared.position],
        classify=lambda rows: nearest_centres(rows * factors, fit.centres),
        criterion={"within_sum_of_squares": fit.within_sum_of_squares},
        hit_rate=fit.hit_rate,
        subsampled=fit.subsampled,
        measured=lambda: _explained_spread(prepared, fit.labels, fit.within_sum_of_squares, k=k, seed=seed),
    )


def _find_latent_classes(prepared: PreparedFeatures, k: int, n_starts: int, seed: int) -> FoundClusters:
    preparation = prepared.preparation
    fit = fit_latent_classes(
        prepared.distinct,
        prepared.distinct_weights,
        names=preparation.columns,
        categories=preparation.categories,
        n_clusters=k,
        n_starts=n_starts,
        seed=seed,
    )
    chances = fit.probabilities[prepared.position]
    notes = []
    if fit.at_floor:
        notes.append(
            f"In some cluster the spread of {', '.join(fit.at_floor)} is at its lower bound: "
            "where many share one value, give it as a category."
        )
    patterns = int((prepared.distinct_weights > 0).sum())
    if fit.n_parameters >= patterns:
        notes.append(
            f"{fit.n_parameters} parameters for {patterns} different rows: the classes are not unique. Ask for fewer."
        )
    return FoundClusters(
        codes=chances.argmax(axis=1),
        chances=chances,
        classify=lambda rows: fit.classify(rows).argmax(axis=1),
        criterion=_information(fit.log_likelihood, fit.n_parameters, float(prepared.weights.sum())),
        hit_rate=fit.hit_rate,
        subsampled=fit.subsampled,
        measured=lambda: _certainty(chances, prepared.weights.to_numpy()),
        notes=tuple(notes),
    )


def _find_mixture(prepared: PreparedFeatures, k: int, n_starts: int, seed: int) -> FoundClusters:
    preparation = prepared.preparation
    unmeasured = [
        *preparation.levels,
        *(
            c
            for c, share in zip(preparation.columns, preparation.shares, strict=True)
            if share and c in preparation.features
        ),
    ]
    if unmeasured:
        raise DataError(
            f"features: {', '.join(unmeasured)} {'is' if len(unmeasured) == 1 else 'are'} yes/no or categories, "
            "which a Gaussian mixture cannot take. Use method 'latent class', or leave them out"
        )
    # Rows sorted by their values, so that their order in the table does not matter.
    used = preparation.factors > 0
    order = np.argsort(prepared.position, kind="stable")
    own = prepared.encoded.to_numpy()[:, used]
    fit = fit_mixture(own[order], n_clusters=k, n_starts=n_starts, seed=seed)
    chances = np.empty_like(fit.probabilities)
    chances[order] = fit.probabilities
    notes = () if fit.converged else ("The best start had not settled when it was stopped.",)
    return FoundClusters(
        codes=chances.argmax(axis=1),
        chances=chances,
        classify=lambda rows: fit.classify(rows[:, used]).argmax(axis=1),
        criterion=_information(fit.log_likelihood, fit.n_parameters, len(own)),
        hit_rate=fit.hit_rate,
        subsampled=fit.subsampled,
        measured=lambda: _certainty(chances, np.ones(len(own))),
        notes=notes,
    )


def _information(log_likelihood: float, n_parameters: int, n: float) -> dict[str, float]:
    return {
        "log_likelihood": log_likelihood,
        "aic": 2 * n_parameters - 2 * log_likelihood,
        "bic": math.log(n) * n_parameters - 2 * log_likelihood,
        "n_parameters": float(n_parameters),
    }


def _certainty(chances: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    highest, each = chances.max(axis=1), weights / weights.sum()
    value = float(each @ highest)
    low, high = normal_interval(value, math.sqrt(float(each**2 @ (highest - value) ** 2)))
    return value, max(float(low), 1 / chances.shape[1]), min(float(high), 1.0)


def _explained_spread(
    prepared: PreparedFeatures, labels: np.ndarray, within_sum_of_squares: float, *, k: int, seed: int
) -> tuple[float, float, float]:
    """Bootstrap people as counts of distinct rows; cluster means are taken anew, memberships are not."""
    weights = prepared.distinct_weights
    rows = prepared.distinct - np.average(prepared.distinct, axis=0, weights=weights)
    random = np.random.default_rng(seed)
    square = (rows**2).sum(axis=1)
    explained = np.empty(N_BOOT)
    for draw in range(N_BOOT):
        counts = random.multinomial(len(prepared.encoded), weights / weights.sum())
        total = counts @ square - ((counts @ rows) ** 2).sum() / counts.sum()
        sizes = np.bincount(labels, weights=counts, minlength=k)
        sums = np.stack([np.bincount(labels, weights=counts * column, minlength=k) for column in rows.T])
        within = counts @ square - ((sums**2).sum(axis=0) / np.where(sizes > 0, sizes, 1)).sum()
        explained[draw] = 1 - within / total if total > 0 else math.nan
    low, high = percentile_interval(explained)
    return 1 - within_sum_of_squares / float(weights @ square), float(low), float(high)


METHODS: Mapping[str, Callable[[PreparedFeatures, int, int, int], FoundClusters]] = {
    "k-means": _find_by_k_means,
    "latent class": _find_latent_classes,
    "mixture": _find_mixture,
}
