"""Columns of a table of tasks: what each one is, and how its alternatives are to be taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from cvlab.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class TaskColumns:
    """What every model of choice is told of its tasks, in one piece; the arguments of `estimate_choice`.

    Attributes
    ----------
    attributes, price : columns that describe the alternatives.
    respondent, task, alternative, chosen : columns that say whose choice, among what, and which.
    weights : column of survey weights; `weight` where there is one when not given.
    outside : the alternative that means "none of these", if there is one.
    alternative_constants, base_alternative : whether every alternative has a constant, and which one's is 0.

    Examples
    --------
    >>> columns = TaskColumns(attributes=["battery"], price="price")
    >>> columns.check_names()
    ('battery',)
    >>> columns.read_people(pd.DataFrame({"respondent_id": ["b", "a", "b"]})).tolist()
    ['a', 'b']
    """

    attributes: Sequence[str]
    price: str
    respondent: str = "respondent_id"
    task: str = "task"
    alternative: str = "alternative"
    chosen: str = "chosen"
    outside: str | None = None
    alternative_constants: bool = False
    base_alternative: str | None = None
    weights: str | None = None

    def check_names(self) -> tuple[str, ...]:
        """Return the attributes.

        Raises
        ------
        ParameterError : names are no names, or one column is named for two things.
        """
        attributes, price, weights = self.attributes, self.price, self.weights
        if isinstance(attributes, str):
            raise ParameterError(
                f"attributes is the text {attributes!r}: give a list of columns, such as [{attributes!r}]"
            )
        if not isinstance(attributes, Iterable) or not all(isinstance(name, str) for name in attributes):
            raise ParameterError(f"attributes is {attributes!r}: give a list of names of columns, such as ['battery']")
        if not isinstance(price, str):
            raise ParameterError(f"price is {price!r}: give the name of a column")
        named = tuple(attributes)
        if len(set(named)) < len(named):
            raise ParameterError(f"attributes names a column twice: {', '.join(named)}. Name each once")
        if price in named:
            raise ParameterError(f"attributes contains the price column {price!r}: name it by price only")
        if weights is not None and weights in (*named, price):
            raise ParameterError(f"weights is {weights!r}, which is an attribute or the price: name it once")
        return named

    def read_people(self, tasks: pd.DataFrame) -> pd.Index:
        """Return the respondents' ids in the order in which `code_choices` numbers them."""
        ids = tasks[self.respondent] if self.respondent in tasks.columns else tasks.index.to_series()
        return pd.Index(pd.factorize(ids, sort=True)[1], name=self.respondent)
