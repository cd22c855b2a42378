"""Survey weights: how many people of the market each answer stands for, in any scale.

    effective number = (sum of weights)² / sum of weights²         how many equal answers would be as informative

Source: Kish (1965), Survey Sampling, chapter 11.7.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.checks import check_columns, check_numeric
from cvlab.errors import DataError, ParameterError

WEIGHT = "weight"


def name_weights(answers: pd.DataFrame, column: str | None) -> str | None:
    """Return the column of weights: `column`, else the column `weight` where there is one, else None.

    Raises
    ------
    ParameterError : `column` is no name.

    Examples
    --------
    >>> name_weights(pd.DataFrame({"price": [1.0], "weight": [0.5]}), None)
    'weight'
    """
    if column is not None and not isinstance(column, str):
        raise ParameterError(f"weights is {column!r}: give the name of a column")
    return WEIGHT if column is None and WEIGHT in answers.columns else column


def read_weights(answers: pd.DataFrame, column: str | None, name: str) -> np.ndarray:
    """Return one weight per row: of `column`, else of the column `weight` where there is one, else 1 each.

    Parameters
    ----------
    answers : the table; `name` is what messages call it.

    Raises
    ------
    DataError : the column is missing, not numeric, or not above 0 everywhere.
    ParameterError : `column` is no name.

    Examples
    --------
    >>> read_weights(pd.DataFrame({"price": [1.0, 2.0], "weight": [0.5, 3]}), None, "answers").tolist()
    [0.5, 3.0]
    """
    chosen = name_weights(answers, column)
    if chosen is None:
        return np.ones(len(answers))
    check_columns(answers, [chosen], name)
    check_numeric(answers, [chosen], name)
    weight = answers[chosen].to_numpy(dtype=float)
    if (weight <= 0).any():
        raise DataError(
            f"{name}, column {chosen}: {int((weight <= 0).sum())} weights are not above 0. "
            "Drop these people or correct their weights"
        )
    return weight


def describe_weights(weight: np.ndarray, what: str) -> tuple[str, ...]:
    """Return a note about what weighting costs, none where all weights are equal.

    Parameters
    ----------
    weight : one per answer or person.
    what : what is weighted, in the plural.

    Examples
    --------
    >>> describe_weights(np.array([1.0, 3.0, 1.0, 3.0]), "answers")
    ('Weighted: 4 answers carry the information of 3 equal ones.',)
    """
    if np.isclose(weight.max(), weight.min()):
        return ()
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return (f"Weighted: {len(weight)} {what} carry the information of {effective:.0f} equal ones.",)
