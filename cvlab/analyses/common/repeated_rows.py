"""Repeated rows: many customers look alike, and a computation need only see each distinct row once, with its weight."""

from __future__ import annotations

import numpy as np


def compress_rows(values: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct rows of a matrix, their summed weights, and which distinct row each original one is.

    Parameters
    ----------
    values : n × p matrix without missing values.
    weights : n weights; 1 each when not given.

    Examples
    --------
    >>> distinct, weights, position = compress_rows(np.array([[0, 1], [1, 1], [0, 1]]))
    >>> distinct.tolist(), weights.tolist(), position.tolist()
    ([[0, 1], [1, 1]], [2.0, 1.0], [0, 1, 0])
    """
    distinct, position = np.unique(values, axis=0, return_inverse=True)
    position = position.reshape(-1)
    each = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    return distinct, np.bincount(position, weights=each, minlength=len(distinct)), position
