"""Classes by group: how the people of another division spread over the classes.

The classes stay as they are; the shares of a group are those that make its people's choices most likely, by EM. Plain
means of people's chances would pull every group towards everybody's shares.

    share_c <- mean over the group's people of  share_c · r_nc / sum over j of share_j · r_nj

where r is the likelihood of a person's choices in a class. Intervals are Wilson's, with the people counted for as much
as their choices tell about the class: variance of the chances, over everybody, divided by share · (1 - share).

Source: Wilson (1927), JASA 22; Bolck, Croon & Hagenaars (2004), "Estimating latent structure models with categorical
variables: one-step versus three-step estimators", Political Analysis 12, on why means of chances mislead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.willingness_to_pay.groups import Grouped, estimate_groups

_MOST_STEPS = 1000
_SETTLED = 1e-10
_WEIGHT = "weight of the person"


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupClasses:
    """How the people of one group spread over the classes; `table` has class, share, low, high."""

    table: pd.DataFrame


def measure_group_classes(
    chances: pd.DataFrame,
    shares: np.ndarray,
    weights: np.ndarray,
    by: Partition | None,
    *,
    level: float,
    smallest_group: int,
    allow_sensitive: bool,
) -> Grouped | None:
    """Estimate the shares of the classes in every group; None without a partition.

    Parameters
    ----------
    chances : people × classes, given the choices; index is the id.
    shares : of the classes among everybody.
    weights : of the people.
    """
    if by is None:
        return None
    values = chances.to_numpy()
    mean = np.average(values, axis=0, weights=weights)
    told = np.average((values - mean) ** 2, axis=0, weights=weights)
    alone = mean * (1 - mean) <= 0
    told = np.where(alone, 1.0, told / np.where(alone, 1.0, mean * (1 - mean)))
    likelihood = pd.DataFrame(values / shares, index=chances.index, columns=chances.columns)
    rows = likelihood.assign(**{_WEIGHT: weights})

    def estimate(members: pd.DataFrame) -> GroupClasses:
        each = members[_WEIGHT].to_numpy()
        found = _spread(members.drop(columns=_WEIGHT).to_numpy(), each, shares)
        effective = each.sum() ** 2 / (each**2).sum()
        bounds = [
            wilson_interval(min(float(share), 1.0) * effective * part, effective * part, level=level)
            for share, part in zip(found, np.maximum(told, 1e-3), strict=True)
        ]
        low, high = np.array(bounds).T
        table = pd.DataFrame({"class": list(chances.columns), "share": found})
        return GroupClasses(table=table.assign(low=np.minimum(low, found), high=np.maximum(high, found)))

    return estimate_groups(
        rows,
        pd.Series(rows.index, index=rows.index),
        by,
        estimate,
        smallest_group=smallest_group,
        allow_sensitive=allow_sensitive,
    )


def _spread(likelihood: np.ndarray, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
    share = start / start.sum()
    for _ in range(_MOST_STEPS):
        joint = likelihood * share
        new = weights @ (joint / joint.sum(axis=1, keepdims=True)) / weights.sum()
        settled = np.abs(new - share).max() < _SETTLED
        share = new
        if settled:
            break
    return share
