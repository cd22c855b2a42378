"""Cumulative net value and what is read off it: when it is paid back, for how long it then earns, what it is worth.

    cumulative net value     sum of benefit - cost up to the end of month t, linear between the ends     [money]
    break-even               the time from which it stays at 0 or above up to the horizon                [months]
    profit zone              area between it and 0 after the break-even                                  [money·months]
    discounted               the same with each month divided by (1 + rate per year)^(month / 12)

Draws of a group's mean are computed schedule by schedule. In draw d schedule s has one level u between 0 and 1, its
benefit in each month is the u-quantile of that month's range, and it weighs w, standard exponential: the Bayesian
bootstrap over customers.

    mean net value (d, t)   sum over s of w (low - cost + width * z(u, c)) / sum over s of w

z depends on the place c of the likely benefit in its range alone, so that months with the same place share one column
of quantiles, and the sum over schedules is one product of matrices for all months.

Source: Rubin (1981), "The Bayesian bootstrap", Annals of Statistics 9, 130-134.
"""

from __future__ import annotations

import zlib
from typing import Literal

import numpy as np
from scipy import sparse

from cvlab.analyses.economic_value.schedules import Schedules
from cvlab.analyses.economic_value.three_points import find_quantile, place_likely, spread_levels

Dependence = Literal["within customer", "across customers", "none"]
DEPENDENCES: tuple[Dependence, ...] = ("within customer", "across customers", "none")
MONTHS_PER_YEAR = 12
MOST_NUMBERS = 4_000_000  # in memory at a time, per matrix
DIGITS_OF_PLACE = 9
NEARLY = 1e-9


def discount_months(horizon: int, rate_per_year: float) -> np.ndarray:
    """Return what money at the end of months 0 to `horizon` is worth on the day of the purchase.

    Examples
    --------
    >>> discount_months(12, 0.25)[[0, 12]].tolist()
    [1.0, 0.8]
    """
    return np.asarray((1 + rate_per_year) ** (-np.arange(horizon + 1) / MONTHS_PER_YEAR))


def find_break_even(cumulative: np.ndarray) -> np.ndarray:
    """Return the time from which each cumulative net value (last axis: months from 0) stays at 0 or above.

    Infinity where it is below 0 at the end; 0 where it never was.

    Examples
    --------
    >>> find_break_even(np.array([[-9.0, -3.0, 3.0], [-9.0, 1.0, -1.0], [1.0, 2.0, 3.0]])).tolist()
    [1.5, inf, 0.0]
    """
    slack = NEARLY * np.abs(cumulative).max(axis=-1, keepdims=True)
    values = np.where(np.abs(cumulative) <= slack, 0.0, cumulative)
    below = values < 0
    months = values.shape[-1]
    last = months - 1 - np.argmax(below[..., ::-1], axis=-1)
    after = np.minimum(last + 1, months - 1)
    owed = -np.take_along_axis(values, last[..., None], axis=-1)[..., 0]
    earned = np.take_along_axis(values, after[..., None], axis=-1)[..., 0]
    between = np.divide(owed, owed + earned, out=np.zeros_like(owed), where=(owed + earned) > 0)
    times = np.where(below[..., -1], np.inf, last + between)
    return np.where(below.any(axis=-1), times, 0.0)


def measure_profit_zone(cumulative: np.ndarray) -> np.ndarray:
    """Return the area between each cumulative net value and 0 after its break-even; 0 without one.

    Examples
    --------
    >>> measure_profit_zone(np.array([[-9.0, -3.0, 3.0, 5.0], [-9.0, 1.0, -1.0, -1.0]])).tolist()
    [4.75, 0.0]
    """
    start = find_break_even(cumulative)[..., None]
    months = np.arange(cumulative.shape[-1])
    whole = np.where(months[:-1] >= start, (cumulative[..., :-1] + cumulative[..., 1:]) / 2, 0.0)
    # The month of the break-even counts from there, as a triangle up to its end.
    inside = (months[:-1] < start) & (start <= months[1:])
    part = np.where(inside, np.nan_to_num(months[1:] - start, neginf=0.0) * cumulative[..., 1:] / 2, 0.0)
    return np.asarray((whole + part).sum(axis=-1))


def expect_net(schedules: Schedules, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected net value and the cost per month, mean over these schedules."""
    cost = schedules.cost[members].mean(axis=0)
    benefit = (schedules.low[members] + schedules.likely[members] + schedules.high[members]).mean(axis=0) / 3
    return benefit - cost, cost


def draw_net(
    schedules: Schedules, *, n_draws: int, seed: int, dependence: Dependence
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return draws × months of net value and of cost for each group of the schedules, mean over its members."""
    months = schedules.horizon + 1
    groups = schedules.groups
    net = [np.zeros((n_draws, months)) for _ in groups]
    cost = [np.zeros((n_draws, months)) for _ in groups]
    weights = [np.zeros((n_draws, 1)) for _ in groups]
    shared = spread_levels(np.random.default_rng(seed), n_draws) if dependence == "across customers" else None
    columns = months if dependence == "none" else 1
    size = max(1, MOST_NUMBERS // (n_draws * columns))
    for start in range(0, len(schedules.names), size):
        block = np.arange(start, min(start + size, len(schedules.names)))
        levels, block_weights = _draw_block(schedules, block, n_draws, seed, shared, columns)
        for number, (_, members) in enumerate(groups):
            chosen = members[(members >= block[0]) & (members <= block[-1])]
            if len(chosen) == 0:
                continue
            own = block_weights[:, chosen - start]
            weights[number] += own.sum(axis=1, keepdims=True)
            cost[number] += own @ schedules.cost[chosen]
            net[number] += own @ (schedules.low[chosen] - schedules.cost[chosen])
            net[number] += _add_widths(schedules, chosen, own, levels[:, :, chosen - start])
    return (
        [total / weight for total, weight in zip(net, weights, strict=True)],
        [total / weight for total, weight in zip(cost, weights, strict=True)],
    )


def _draw_block(
    schedules: Schedules, block: np.ndarray, n_draws: int, seed: int, shared: np.ndarray | None, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return columns × draws × schedules of levels, and draws × schedules of weights; each schedule its own stream."""
    levels, weights = np.empty((columns, n_draws, len(block))), np.ones((n_draws, len(block)))
    for place, schedule in enumerate(block):
        random = np.random.default_rng([seed, zlib.crc32(schedules.names[schedule].encode())])
        if schedules.are_customers:
            weights[:, place] = random.standard_exponential(n_draws)
        for column in range(columns):
            levels[column, :, place] = spread_levels(random, n_draws) if shared is None else shared
    return levels.transpose(1, 0, 2), weights


def _add_widths(schedules: Schedules, chosen: np.ndarray, weights: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return draws × months of what the draws add to the lowest benefits; `levels` is draws × columns × schedules."""
    low, likely, high = schedules.low[chosen], schedules.likely[chosen], schedules.high[chosen]
    width = high - low
    schedule, month = np.nonzero(width)
    if len(schedule) == 0:
        return np.zeros((len(weights), width.shape[1]))
    place = np.round(place_likely(low, likely, high)[schedule, month], DIGITS_OF_PLACE)
    column = month if levels.shape[1] > 1 else np.zeros(len(month), dtype=int)
    # Months of a schedule with the same place in their ranges share one column of quantiles.
    keys = np.column_stack([schedule, column, np.unique(place, return_inverse=True)[1].reshape(-1)])
    _, first, kind = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    kind = kind.reshape(-1)
    shape = (len(first), width.shape[1])
    widths = sparse.csr_array((width[schedule, month], (kind, month)), shape=shape)
    total = np.zeros((len(weights), width.shape[1]))
    step = max(1, MOST_NUMBERS // len(weights))
    for start in range(0, len(first), step):
        part = first[start : start + step]
        quantiles = find_quantile(levels[:, column[part], schedule[part]], place[part])
        rows = widths[start : start + step]
        # Mostly filled (one place per schedule) is quicker as an ordinary matrix.
        total += (weights[:, schedule[part]] * quantiles) @ (rows.toarray() if _is_filled(rows) else rows)
    return total


def _is_filled(matrix: sparse.csr_array) -> bool:
    return bool(matrix.nnz * 4 > np.prod(matrix.shape))
