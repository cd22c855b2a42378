"""Groups found anew in each fold: clusters that never saw the people they are judged by.

Clusters made from everybody's features have seen the held-out people as well, and follow their oddities. Here they are
found among the people of the training folds alone; the others are then assigned, as customers of tomorrow would be.

Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, section 7.10.2 ("the wrong and right
way to do cross-validation").
Assumes that the given function finds groups in the features that it is handed, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.segmentation.preparation import index_people
from cvlab.errors import ParameterError

Fit = Callable[[pd.DataFrame], Partition]


def read_refit(
    refit: Mapping[str, Fit | tuple[pd.DataFrame, Fit]], schemes: Mapping[str, Partition]
) -> dict[str, tuple[pd.DataFrame, Fit]]:
    """Return features and function of each scheme that is to be found anew in every fold."""
    checked = {}
    for name, given in refit.items():
        if name not in schemes:
            raise ParameterError(f"refit names {name!r}: the schemes are {', '.join(schemes)}")
        features, fit = given if isinstance(given, tuple) else (getattr(schemes[name], "features", None), given)
        if not callable(fit):
            raise ParameterError(f"refit of {name} is no function: give one from features to a Partition")
        if not isinstance(features, pd.DataFrame):
            raise ParameterError(f"refit of {name} has no features to work on: give (features, function)")
        checked[name] = (index_people(features, f"features of {name}"), fit)
    return checked


def make_finder(features: pd.DataFrame, fit: Fit, shared: pd.Index, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return what finds groups among the people of the training folds, and says in which of them everybody falls."""
    present = shared.isin(features.index)
    known = features.loc[shared[present]]

    def find(train: np.ndarray) -> np.ndarray:
        partition = fit(known[train[present]])
        if not isinstance(partition, Partition):
            raise ParameterError(f"refit of {name} returns a {type(partition).__name__}: let it return a Partition")
        numbers = np.full(len(shared), -1)
        numbers[present] = partition.assign(known).astype("category").cat.codes.to_numpy()
        # Who is in no group is a group of their own.
        return numbers + 1

    return find
