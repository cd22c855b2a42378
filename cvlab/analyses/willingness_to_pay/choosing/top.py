"""The attribute people would pay most for, and the sentence that says it.

Amounts per gram and per gigabyte cannot be compared, and whether a level has a positive or a negative amount depends on
the base it is compared with. Attributes are therefore ranked by the whole step that was shown:

    category attribute    best level against worst level
    0/1 attribute         with against without, or without against with
    numeric attribute     highest against lowest value shown, or the other way round
    alternatives          best against worst, where there are no attributes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding
from cvlab.units import write_number

_RANGE = "({level} interval {low} to {high}, {people})."
_OF_ATTRIBUTE = f"People would pay most for {{attribute}} ({{best}} instead of {{worst}}): {{value}} {_RANGE}"
_OF_ALTERNATIVE = f"People would pay most for {{best}} instead of {{worst}}: {{value}} {_RANGE}"
NOBODY_DECLINES = "Nobody could decline, so the choices give shares among these offers, not demand."


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """A step that is worth something: the sum of `contrast` times the columns other than the price.

    `size` ranks it: what it is worth. `sentence` and `words` are for a Headline.
    """

    contrast: np.ndarray
    size: float
    sentence: str
    words: Mapping[str, str]


def name_roles(choices: CodedChoices) -> tuple[str, ...]:
    """Return what each column but the price is: numeric, feature (0 or 1), level, alternative or outside."""
    coding = choices.coding
    offered = choices.columns[choices.inside]
    roles = []
    for column, name in enumerate(coding.names):
        if column < coding.price_position:
            switch = bool(np.isin(offered[:, column], [0.0, 1.0]).all())
            roles.append(
                "level" if coding.attribute_of[column] in coding.levels else "feature" if switch else "numeric"
            )
        elif column > coding.price_position:
            roles.append("outside" if name == coding.outside else "alternative")
    return tuple(roles)


def measure_spans(choices: CodedChoices) -> tuple[tuple[float, float], ...]:
    """Return the lowest and highest value shown of each column but the price; 0 and 1 where it is not numeric."""
    offered = np.delete(choices.columns[choices.inside], choices.coding.price_position, axis=1)
    return tuple(
        (float(offered[:, column].min()), float(offered[:, column].max())) if role == "numeric" else (0.0, 1.0)
        for column, role in enumerate(name_roles(choices))
    )


def find_top_step(worth: np.ndarray, roles: tuple[str, ...], choices: CodedChoices) -> Step | None:
    """Return the step that is worth most; None where nothing but the price differs between offers.

    Parameters
    ----------
    worth : willingness to pay per column other than the price; `roles` says what each column is.
    """
    coding = choices.coding
    offered = np.delete(choices.columns[choices.inside], coding.price_position, axis=1)
    steps = []
    for attribute in coding.attributes:
        columns = [position for position, owner in enumerate(coding.attribute_of) if owner == attribute]
        if attribute in coding.levels:
            steps.append(_between(worth, columns, coding.levels[attribute], {"attribute": attribute}))
        else:
            steps.append(_single(worth, columns[0], roles[columns[0]], offered[:, columns[0]], attribute))
    if not steps:
        columns = [position for position, role in enumerate(roles) if role == "alternative"]
        names = (str(coding.base_alternative), *_names(coding, columns))
        steps = [_between(worth, columns, names, {})] if columns else []
    return max(steps, key=lambda step: step.size, default=None)


def read_name(name: str) -> str:
    """Write a column's name as a reader expects it."""
    return name.replace("_", " ")


def describe_row(name: str, role: str, span: tuple[float, float]) -> str:
    """Write what a row stands for: a numeric attribute is the whole step that was shown.

    Examples
    --------
    >>> describe_row("battery_days", "numeric", (5, 10)), describe_row("heart_alerts", "feature", (0, 1))
    ('battery days: 10 instead of 5', 'heart alerts')
    """
    if role != "numeric":
        return read_name(name)
    low, high = (write_number(end, "number") for end in span)
    return f"{read_name(name)}: {high} instead of {low}"


def write_people(n: int) -> str:
    """Write how many people stand behind a number.

    Examples
    --------
    >>> write_people(1), write_people(1200)
    ('one person', '1,200 people')
    """
    return "one person" if n == 1 else f"{write_number(n, 'count')} people"


def write_too_few(n: int, smallest_group: int) -> tuple[str, dict[str, str]]:
    """Return the sentence of a headline, and its words, where fewer people answered than a page may speak of.

    Examples
    --------
    >>> sentence, words = write_too_few(5, 10)
    >>> sentence.format(**words)
    'Not enough data: 5 people chose, and at least 10 are needed for a result that shows no single person.'
    """
    sentence = (
        "Not enough data: {people} chose, and at least {needed} are needed for a result that shows no single person."
    )
    return sentence, {"people": write_people(n), "needed": write_number(smallest_group, "count")}


def _names(coding: Coding, columns: list[int]) -> tuple[str, ...]:
    others = (*coding.names[: coding.price_position], *coding.constants)
    return tuple(others[column] for column in columns)


def _between(worth: np.ndarray, columns: list[int], names: tuple[str, ...], words: dict[str, str]) -> Step:
    """The best against the worst of several levels, the first of which is the base and worth 0."""
    values = np.append(0.0, worth[columns])
    best, worst = int(values.argmax()), int(values.argmin())
    contrast = np.zeros(len(worth))
    if best:
        contrast[columns[best - 1]] += 1
    if worst:
        contrast[columns[worst - 1]] -= 1
    return Step(
        contrast=contrast,
        size=float(values[best] - values[worst]),
        sentence=_OF_ATTRIBUTE if words else _OF_ALTERNATIVE,
        words={**{key: read_name(text) for key, text in words.items()}, "best": names[best], "worst": names[worst]},
    )


def _single(worth: np.ndarray, column: int, role: str, values: np.ndarray, attribute: str) -> Step:
    """The preferred end of a numeric attribute against the other end."""
    liked = worth[column] >= 0
    low, high = float(values.min()), float(values.max())
    words = {"attribute": read_name(attribute)}
    if role == "feature":
        sentence = f"People would pay most {'for' if liked else 'to avoid'} {{attribute}}: {{value}} {_RANGE}"
    else:
        sentence = _OF_ATTRIBUTE
        lowest, highest = (write_number(end, "number") for end in (low, high))
        words |= {"best": highest, "worst": lowest} if liked else {"best": lowest, "worst": highest}
    contrast = np.zeros(len(worth))
    contrast[column] = (high - low) * (1 if liked else -1)
    return Step(contrast=contrast, size=float(contrast[column] * worth[column]), sentence=sentence, words=words)
