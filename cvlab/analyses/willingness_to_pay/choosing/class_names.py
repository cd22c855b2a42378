"""Names of classes: for what each would pay more than people do on average.

Amounts per day and per level cannot be compared, so attributes are ranked by the whole step that was shown, valued by
how much more it is worth to the class than on average. What a class pays more for says more than what it pays less for.
Where people could decline, the average offer shown is a mark like an attribute: a class may decline more or less.
"""

from __future__ import annotations

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.top import read_name

_LESS_COUNTS = 0.75
_DECLINING_COUNTS = 0.5  # every attribute has its part in it, and says more by itself
_LEAST = 0.05  # of the largest step that marks any class: less marks nothing


def name_classes(worth: np.ndarray, shares: np.ndarray, choices: CodedChoices) -> tuple[str, ...]:
    """Name each class by its number and what marks it; a class whose worth is unknown says so.

    Parameters
    ----------
    worth : classes × columns other than the price, money; NaN where a class has no willingness to pay.
    """
    known = ~np.isnan(worth).any(axis=1)
    if len(worth) == 1:
        return ("class 1: everybody",)
    mean = shares[known] @ worth[known] / shares[known].sum() if known.any() else np.zeros(worth.shape[1])
    marks = [_find_marks(row, row - mean, choices) if sure else [] for row, sure in zip(worth, known, strict=True)]
    largest = max((size for found in marks for size, _ in found), default=0.0)
    names = []
    for number, (found, sure) in enumerate(zip(marks, known, strict=True), start=1):
        strong = [mark for size, mark in found if size > _LEAST * largest]
        names.append(f"class {number}: {strong[0] if strong else 'like most' if sure else 'not led by price'}")
    return tuple(names)


def _find_marks(worth: np.ndarray, gap: np.ndarray, choices: CodedChoices) -> list[tuple[float, str]]:
    """Return what marks a class with its size in money, the strongest first.

    Parameters
    ----------
    worth, gap : what the class would pay, and how much more that is than on average.
    """
    coding = choices.coding
    offered = np.delete(choices.columns[choices.inside], coding.price_position, axis=1)
    others = [name for position, name in enumerate(coding.names) if position != coding.price_position]
    marks = []
    for attribute in coding.attributes:
        columns = [position for position, owner in enumerate(coding.attribute_of) if owner == attribute]
        name = read_name(attribute)
        if attribute in coding.levels:
            own, more = np.append(0.0, worth[columns]), np.append(0.0, gap[columns])
            best, worst = int(more.argmax()), int(more.argmin())
            size = float(more[best] - more[worst])
            # A level that is merely disliked less than by others is not what the class is after.
            after = own[best] - own[worst] > size / 2
            marks.append((size, f"{name} {coding.levels[attribute][best]}") if after else _less(size, name))
            continue
        size = float(gap[columns[0]] * np.ptp(offered[:, columns[0]]))
        liked = worth[columns[0]] > 0
        if size >= 0:
            marks.append((size, name) if liked else (_LESS_COUNTS * size, f"less against {name}"))
        else:
            marks.append(_less(-size, name) if liked else (-size, f"against {name}"))
    if not coding.attributes:
        marks = [(float(size), others[position]) for position, size in enumerate(gap) if size > 0]
    if coding.outside in coding.constants:
        offer = float(offered.mean(axis=0) @ gap - gap[others.index(coding.outside)])
        marks.append((_DECLINING_COUNTS * abs(offer), "declines less" if offer >= 0 else "declines more"))
    return sorted(marks, key=lambda mark: -round(mark[0], 9))


def _less(size: float, name: str) -> tuple[float, str]:
    return _LESS_COUNTS * size, f"less for {name}"
