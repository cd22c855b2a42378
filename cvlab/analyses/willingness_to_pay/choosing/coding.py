"""Coding of choices: from a table of tasks, one row per alternative shown, to the numbers a choice model is fitted on.

    numeric attribute     one column, as it is                        "per unit"
    category attribute    one column per level but the base           "level instead of base"
    price                 one column
    alternative constant  one column per alternative but the base     what the name itself is worth
    outside option        attributes and price are 0, and one constant of its own

The outside option (buy nothing) has no attributes. Its constant is always estimated: without it, "all attributes 0 at
price 0" would pass for nothing, and the levels coded 0 would be worth what staying out is worth.

A choice is the pair (respondent, task). Tasks may differ in size, and the order of rows does not matter.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 2.5 (which constants are identified).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns
from cvlab.analyses.willingness_to_pay.survey_weights import WEIGHT, read_weights
from cvlab.checks import check_columns
from cvlab.errors import DataError, ParameterError

TABLE = "choice_tasks"
_LARGEST = 1e100  # squares of larger numbers are not finite
_NAMED = 3  # how many offending tasks or rows a message names


@dataclass(frozen=True, eq=False, kw_only=True)
class Coding:
    """How a table of offers becomes columns; the same for the tasks a model is fitted on and for new offers.

    Attributes
    ----------
    attributes : names of the attribute columns, in order.
    levels : levels of each category attribute, the base first; numeric attributes are not in it.
    price, alternative : names of those columns.
    constants : alternatives with a constant of their own, the outside option included.
    base_alternative : the alternative whose constant is 0, if alternatives have constants.
    outside : name of the outside option, if there is one.
    """

    attributes: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    price: str
    alternative: str
    constants: tuple[str, ...]
    base_alternative: str | None
    outside: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coded columns: attributes, price, constants."""
        coded = [
            f"{attribute}: {level}" if attribute in self.levels else attribute
            for attribute in self.attributes
            for level in self.levels.get(attribute, ("", attribute))[1:]
        ]
        return (*coded, self.price, *self.constants)

    @property
    def price_position(self) -> int:
        """Where the price stands among the columns."""
        return len(self.names) - len(self.constants) - 1

    @property
    def attribute_of(self) -> tuple[str, ...]:
        """The attribute each column before the price belongs to."""
        return tuple(
            attribute for attribute in self.attributes for _ in self.levels.get(attribute, ("", attribute))[1:]
        )

    def encode(self, offers: pd.DataFrame, name: str) -> np.ndarray:
        """Return rows × columns.

        Raises
        ------
        DataError : columns are missing, cells are empty or not numeric, or a level was never shown.
        """
        check_columns(offers, [self.alternative, *self.attributes, self.price], name)
        alternatives = as_text(offers[self.alternative])
        inside = (alternatives != self.outside).to_numpy()
        cells = offers[[*self.attributes, self.price]]
        _check_cells(cells if inside.all() else cells[inside], self.levels, name)
        columns = []
        for attribute in (*self.attributes, self.price):
            values = offers[attribute]
            if attribute in self.levels:
                text = as_text(values)
                _check_levels(text[inside], self.levels[attribute], attribute, name)
                columns += [(text == level).to_numpy() & inside for level in self.levels[attribute][1:]]
            else:
                columns.append(np.where(inside, values.to_numpy(dtype=float, na_value=0.0), 0.0))
        columns += [(alternatives == constant).to_numpy() for constant in self.constants]
        return np.column_stack(columns).astype(float)


@dataclass(frozen=True, eq=False, kw_only=True)
class CodedChoices:
    """Choices as numbers, rows sorted by task and alternative.

    Attributes
    ----------
    columns : rows × columns of the coding.
    starts : first row of each choice.
    chosen : row that was chosen, per choice.
    respondents : number of the respondent from 0, per choice.
    inside : which rows are offers; the others are the outside option.
    weights : of the choices, 1 on average.
    coding : the coding that made `columns`.
    """

    columns: np.ndarray
    starts: np.ndarray
    chosen: np.ndarray
    respondents: np.ndarray
    inside: np.ndarray
    weights: np.ndarray
    coding: Coding

    @property
    def sizes(self) -> np.ndarray:
        """How many alternatives each choice offered."""
        return np.diff(np.append(self.starts, len(self.columns)))

    @property
    def n_choices(self) -> int:
        """How many choices were made."""
        return len(self.starts)

    @property
    def n_respondents(self) -> int:
        """How many people made them."""
        return int(self.respondents.max()) + 1

    @property
    def weighted(self) -> bool:
        """Whether some choices count more than others."""
        return not np.allclose(self.weights, 1.0)


def code_choices(tasks: pd.DataFrame, told: TaskColumns) -> CodedChoices:
    """Check a table of tasks and code it; `told` says what its columns are.

    Raises
    ------
    DataError : columns or cells are missing, or tasks have no chosen alternative or several.
    ParameterError : a name or an alternative is given that cannot be one.

    Examples
    --------
    >>> tasks = pd.DataFrame({"person": [1, 1, 1, 1], "task": [1, 1, 2, 2], "offer": ["a", "b", "a", "b"],
    ...                       "screen": ["lcd", "oled", "oled", "lcd"], "price": [9.0, 12, 10, 9],
    ...                       "chosen": [0, 1, 0, 1]})
    >>> told = TaskColumns(attributes=["screen"], price="price", respondent="person", alternative="offer")
    >>> coded = code_choices(tasks, told)
    >>> coded.coding.names, coded.columns.tolist(), coded.chosen.tolist()
    (('screen: oled', 'price'), [[0.0, 9.0], [1.0, 12.0], [1.0, 10.0], [0.0, 9.0]], [1, 3])
    """
    named = told.check_names()
    table = tasks
    wanted = list(dict.fromkeys([told.respondent, told.task, told.alternative]))
    if isinstance(table, pd.DataFrame) and table.index.name in wanted and table.index.name not in table.columns:
        table = table.reset_index()
    check_columns(table, [*wanted, *named, told.price, told.chosen], TABLE)
    _check_ids(table, wanted)
    alternatives = as_text(table[told.alternative])
    coding = _plan_coding(table, named, alternatives, told)
    columns = coding.encode(table, TABLE)
    inside = (alternatives != coding.outside).to_numpy()
    person = pd.factorize(table[told.respondent], sort=True)[0]
    within = pd.factorize(table[told.task], sort=True)[0]
    choice = person * (int(within.max()) + 1) + within
    order = np.lexsort((pd.factorize(alternatives, sort=True)[0], choice))
    sorted_choice = choice[order]
    starts = np.flatnonzero(np.append(True, sorted_choice[1:] != sorted_choice[:-1]))
    ids = table[list(dict.fromkeys([told.respondent, told.task]))].iloc[order[starts]]
    picked = _read_chosen(table[told.chosen])[order]
    _check_tasks(picked, starts, alternatives.to_numpy()[order], ids)
    # A product may have a weight too: named as an attribute it is none of the survey's.
    unweighted = told.weights is None and WEIGHT in (*named, told.price)
    weight = (np.ones(len(table)) if unweighted else read_weights(table, told.weights, TABLE))[order]
    _check_weights(weight, starts, ids, told.weights or WEIGHT)
    return CodedChoices(
        columns=columns[order],
        starts=starts,
        chosen=np.flatnonzero(picked),
        respondents=person[order[starts]],
        inside=inside[order],
        weights=weight[starts] / weight[starts].mean(),
        coding=coding,
    )


def as_text(values: pd.Series) -> pd.Series:
    """Return labels as plain text, whole numbers without their decimal point, so that 1 and 1.0 are one label."""
    codes, distinct = pd.factorize(values)  # labels are few, rows many
    labels = pd.Series(distinct)
    if pd.api.types.is_float_dtype(labels) and len(labels) and (labels == labels.round()).all():
        labels = labels.astype("Int64")
    text = np.append(labels.astype("string").to_numpy(dtype=object), "")  # the last is for missing ones, of code -1
    return pd.Series(text[codes], index=values.index, name=values.name, dtype=object)


def _check_ids(table: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = {column: int(table[column].isna().sum()) for column in columns if table[column].isna().any()}
    if missing:
        listed = "; ".join(f"{column} has {n} missing values" for column, n in missing.items())
        raise DataError(f"{TABLE}: {listed}. Fill them: they say whose choice a row belongs to")


def _plan_coding(
    table: pd.DataFrame, attributes: tuple[str, ...], alternatives: pd.Series, told: TaskColumns
) -> Coding:
    known, price = _order_levels(table[told.alternative], alternatives), told.price
    outside, base_alternative = (None if name is None else str(name) for name in (told.outside, told.base_alternative))
    if outside is not None and outside not in known and not _find_unpriced(table[price], alternatives):
        outside = None  # nobody could decline
    for name, value in (("outside", outside), ("base_alternative", base_alternative)):
        if value is not None and value not in known:
            raise ParameterError(f"{name} is {value!r}: the alternatives in {TABLE} are {', '.join(known)}")
    if base_alternative is not None and not told.alternative_constants:
        raise ParameterError("base_alternative is given without alternative_constants: set alternative_constants=True")
    inside_names = [name for name in known if name != outside]
    base = (base_alternative or inside_names[0]) if told.alternative_constants else None
    constants = [name for name in known if name != base] if told.alternative_constants else []
    if outside is not None and not told.alternative_constants:
        constants = [outside]
    inside = alternatives != outside
    levels = {}
    for attribute in attributes:
        values = table.loc[inside, attribute]
        if not pd.api.types.is_numeric_dtype(values):
            shown = values[values.notna()]
            levels[attribute] = _order_levels(shown, as_text(shown))
    coding = Coding(
        attributes=attributes,
        levels=levels,
        price=price,
        alternative=told.alternative,
        constants=tuple(constants),
        base_alternative=base,
        outside=outside,
    )
    if len(set(coding.names)) < len(coding.names):
        raise ParameterError(
            f"two columns of the model would share a name: {', '.join(coding.names)}. "
            "Rename the alternative or the attribute"
        )
    return coding


def _find_unpriced(prices: pd.Series, alternatives: pd.Series) -> bool:
    """Whether an alternative never has a price: an outside option, under whatever name."""
    return bool(prices.isna().groupby(alternatives.to_numpy()).all().any())


def _order_levels(values: pd.Series, text: pd.Series) -> tuple[str, ...]:
    """Levels that occur: in the order of the categories where there is one, else sorted (numbers by size)."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        occurring = set(text)
        return tuple(str(level) for level in values.cat.categories if str(level) in occurring)
    first = ~text.duplicated().to_numpy()
    distinct = pd.DataFrame({"value": values[first], "text": text[first]})
    return tuple(distinct.sort_values("value" if pd.api.types.is_numeric_dtype(values) else "text")["text"])


def _check_cells(cells: pd.DataFrame, levels: Mapping[str, object], name: str) -> None:
    complaints = []
    for column in cells.columns:
        values = cells[column]
        if values.isna().any():
            rows = np.flatnonzero(values.isna().to_numpy())
            first = ", ".join(str(cells.index[row]) for row in rows[:_NAMED])
            complaints.append(f"{column} has {len(rows)} missing cells (first at index {first})")
        elif column not in levels and not pd.api.types.is_numeric_dtype(values):
            complaints.append(f"{column} is not numeric")
        elif column not in levels and not np.isfinite(values.to_numpy(dtype=float)).all():
            complaints.append(f"{column} has infinite values")
        elif column not in levels and (values.abs() > _LARGEST).any():
            complaints.append(f"{column} has values beyond any scale (above {_LARGEST:g})")
    if complaints:
        raise DataError(
            f"{name}: {'; '.join(complaints)}. Fill or drop them; only the outside option may leave attributes and "
            "price empty, and `outside` must name it"
        )


def _check_levels(text: pd.Series, levels: tuple[str, ...], attribute: str, name: str) -> None:
    unknown = sorted(set(text) - set(levels))
    if unknown:
        raise DataError(
            f"{name}, column {attribute}: {', '.join(unknown)} was never shown to the respondents. "
            f"Use one of {', '.join(levels)}"
        )


def _read_chosen(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values) or not values.isin([0, 1]).all():
        raise DataError(f"{TABLE}, column {values.name}: give 1 for the chosen alternative and 0 for the others")
    return values.to_numpy(dtype=bool)


def _check_tasks(picked: np.ndarray, starts: np.ndarray, alternatives: np.ndarray, ids: pd.DataFrame) -> None:
    """Raise one error that counts and names every kind of unusable task."""
    n_chosen = np.add.reduceat(picked.astype(int), starts)
    repeated = np.append(False, alternatives[1:] == alternatives[:-1])
    repeated[starts] = False  # the first row of a task repeats nothing
    twice = np.add.reduceat(repeated.astype(int), starts) > 0
    complaints = [
        f"{int(bad.sum())} {'task' if bad.sum() == 1 else 'tasks'} {what} (first: {_name_tasks(ids[bad])})"
        for bad, what in (
            (n_chosen == 0, "without a chosen alternative"),
            (n_chosen > 1, "with two or more chosen alternatives"),
            (twice, "in which an alternative occurs twice"),
        )
        if bad.any()
    ]
    if complaints:
        raise DataError(
            f"{TABLE}: {'; '.join(complaints)}. Each task needs exactly one chosen alternative; correct or drop these"
        )
    if (np.diff(np.append(starts, len(picked))) < 2).all():
        raise DataError(f"{TABLE}: every task offers one alternative only. A choice needs at least two rows per task")


def _check_weights(weight: np.ndarray, starts: np.ndarray, ids: pd.DataFrame, column: str) -> None:
    varies = np.maximum.reduceat(weight, starts) > np.minimum.reduceat(weight, starts)
    if varies.any():
        tasks = "1 task" if varies.sum() == 1 else f"{int(varies.sum())} tasks"
        raise DataError(
            f"{TABLE}, column {column}: its rows differ within {tasks} (first: "
            f"{_name_tasks(ids[varies])}). A choice counts as a whole: give all rows of a task the same weight"
        )


def _name_tasks(ids: pd.DataFrame) -> str:
    first = ids.head(_NAMED)
    return ", ".join(" ".join(f"{column} {value}" for column, value in row.items()) for row in first.to_dict("records"))
