"""Attributes on an axis: the step that a row stands for, and its label.

What one more message and what two-way replies are worth do not fit on one axis: a numeric attribute is drawn as the
whole step that was shown, its highest value instead of its lowest.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.top import describe_row
from cvlab.figures.style import shorten

_LONGEST = 32


def scale_steps(
    table: pd.DataFrame, roles: Sequence[str], spans: Sequence[tuple[float, float]], columns: Sequence[str]
) -> pd.DataFrame:
    """Return the table with its role and label per row, amounts of numeric attributes multiplied by the step shown.

    Examples
    --------
    >>> worth = pd.DataFrame({"attribute": ["messages", "replies"], "estimate": [0.03, 8.0]})
    >>> scale_steps(worth, ["numeric", "feature"], [(100, 400), (0, 1)], ["estimate"]).to_numpy().tolist()
    [['messages: 400 instead of 100', 9.0, 'numeric', 'messages'], ['replies', 8.0, 'feature', 'replies']]
    """
    steps = [high - low for low, high in spans]
    scaled = table.assign(**{column: table[column] * steps for column in columns})
    labels = [
        label_attribute(name, role, span) for name, role, span in zip(table["attribute"], roles, spans, strict=True)
    ]
    return scaled.assign(attribute=labels, role=list(roles), name=table["attribute"])


def label_attribute(name: str, role: str, span: tuple[float, float]) -> str:
    """Write what a row stands for, on an axis."""
    return describe_row(shorten(name, _LONGEST), role, span)
