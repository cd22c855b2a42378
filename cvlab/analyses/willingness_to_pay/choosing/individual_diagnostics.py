"""Have the chains of draws settled, and how many independent draws are they worth?

    R-hat    sqrt(variance of all draws together / mean variance within the chains), 1 where all chains agree
    ESS      number of draws / (1 + 2 · sum of autocorrelations), the sum cut where pairs of them stop being positive

R-hat is taken over halves of chains, on ranks turned into normal scores, once for the draws and once for their distance
from the median (for chains that agree in the centre and not in the tails); the larger counts. ESS is that of the normal
scores ("bulk"). Draws are taken as settled from R-hat <= 1.01 and ESS >= 400 on.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization, folding, and localization: an
improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16, equations 4 (R-hat), 10 to 13 (ESS) and 14
(normal scores); Geyer (1992), "Practical Markov chain Monte Carlo", Statistical Science 7 (initial monotone sequence).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import fft, special, stats

SETTLED_R_HAT = 1.01
SETTLED_ESS = 400.0
_FEWEST = 4  # draws per half chain below which nothing can be said


def tabulate_diagnostics(draws: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return parameter, r_hat, ess_bulk for draws × chains × parameters.

    Examples
    --------
    >>> draws = np.random.default_rng(0).normal(size=(1000, 4, 1))
    >>> table = tabulate_diagnostics(draws, ["mean of price"])
    >>> bool(table.loc[0, "r_hat"] < 1.01), bool(table.loc[0, "ess_bulk"] > 3000)
    (True, True)
    """
    return pd.DataFrame(
        {
            "parameter": names,
            "r_hat": [measure_r_hat(draws[:, :, number]) for number in range(draws.shape[2])],
            "ess_bulk": [measure_ess(draws[:, :, number]) for number in range(draws.shape[2])],
        }
    )


def is_settled(diagnostics: pd.DataFrame) -> bool:
    """Whether every parameter is estimated well enough by its draws."""
    good = (diagnostics["r_hat"] <= SETTLED_R_HAT) & (diagnostics["ess_bulk"] >= SETTLED_ESS)
    return bool(good.all())


def measure_r_hat(draws: np.ndarray) -> float:
    """Return the rank-normalised split R-hat of draws × chains; NaN where there are too few or they never move.

    Examples
    --------
    >>> stuck = np.random.default_rng(0).normal(size=(100, 2)) + [0, 3]
    >>> bool(measure_r_hat(stuck) > 1.5)
    True
    """
    halves = _split(draws)
    if len(halves) < _FEWEST or np.ptp(halves) == 0:
        return math.nan
    folded = np.abs(halves - np.median(halves))
    return max(_compare_variances(_score(halves)), _compare_variances(_score(folded)))


def measure_ess(draws: np.ndarray) -> float:
    """Return the bulk effective sample size of draws × chains; NaN where there are too few or they never move.

    Examples
    --------
    An autoregression of .8 is worth a ninth of its draws:

    >>> random = np.random.default_rng(0).normal(size=(20_000, 2))
    >>> chain = np.zeros_like(random)
    >>> for step in range(1, len(random)):
    ...     chain[step] = 0.8 * chain[step - 1] + random[step]
    >>> bool(abs(measure_ess(chain) / (40_000 / 9) - 1) < 0.1)
    True
    """
    halves = _split(draws)
    if len(halves) < _FEWEST or np.ptp(halves) == 0:
        return math.nan
    scores = _score(halves)
    n, m = scores.shape
    covariances = _autocovariances(scores)
    within = covariances[0].mean() * n / (n - 1)
    whole = covariances[0].mean() + scores.mean(axis=0).var(ddof=1)
    correlations = 1 - (within - covariances.mean(axis=1) * n / (n - 1)) / whole
    correlations[0] = 1.0
    even = n - n % 2
    pairs = correlations[0:even:2] + correlations[1:even:2]
    negative = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: negative[0]] if len(negative) else pairs)
    length = max(2 * float(pairs.sum()) - 1, 1 / math.log10(n * m))  # antithetic draws count for more, within reason
    return n * m / length


def _split(draws: np.ndarray) -> np.ndarray:
    half = len(draws) // 2
    return np.concatenate([draws[:half], draws[len(draws) - half :]], axis=1)


def _score(draws: np.ndarray) -> np.ndarray:
    """Ranks as normal scores."""
    ranks = stats.rankdata(draws).reshape(draws.shape)
    return np.asarray(special.ndtri((ranks - 0.375) / (draws.size + 0.25)))


def _compare_variances(draws: np.ndarray) -> float:
    n = len(draws)
    within = draws.var(axis=0, ddof=1).mean()
    whole = (n - 1) / n * within + draws.mean(axis=0).var(ddof=1)
    return float(np.sqrt(whole / within)) if within > 0 else math.inf


def _autocovariances(draws: np.ndarray) -> np.ndarray:
    """Lags × chains, divided by the number of draws."""
    n = len(draws)
    length = fft.next_fast_len(2 * n)
    spectrum = fft.rfft(draws - draws.mean(axis=0), length, axis=0)
    return np.asarray(fft.irfft(spectrum * np.conj(spectrum), length, axis=0)[:n] / n)
