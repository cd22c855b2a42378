"""Controls of offers: for every offer its price and its attributes, within what people were shown.

Every offer has controls of its own, stacked behind each other so that those of one offer are seen; what they show is
what the offer is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.coding import Coding, as_text
from cvlab.analyses.willingness_to_pay.choosing.top import read_name
from cvlab.explorers.common.controls import bounded_slider, show_amount
from cvlab.units import write_number, write_range

SWITCH = (("without", 0.0), ("with", 1.0))


class OfferControls:
    """The controls of all offers.

    Attributes
    ----------
    by_offer : offer → price or attribute → its control.
    stacks : per price or attribute the controls of all offers, one of them seen.
    """

    def __init__(self, offers: pd.DataFrame, coding: Coding, shown: Mapping[str, np.ndarray]) -> None:
        self._offers, self._coding, self._shown = offers, coding, shown
        names = as_text(offers[coding.alternative])
        self._rows = {str(name): row for row, name in enumerate(names) if name != coding.outside}
        columns = (coding.price, *coding.attributes)
        self.by_offer = {
            name: {column: self._make(column, row) for column in columns} for name, row in self._rows.items()
        }
        self.stacks = [
            widgets.Stack([self._dress(column, controls[column]) for controls in self.by_offer.values()])
            for column in columns
        ]
        self.look_at(next(iter(self.by_offer)))

    def look_at(self, offer: str) -> None:
        """Show the controls of this offer."""
        for stack in self.stacks:
            stack.selected_index = list(self.by_offer).index(offer)

    def reset(self) -> None:
        """Set everything to what the offers were at first."""
        for name, controls in self.by_offer.items():
            for column, control in controls.items():
                control.value = self._value(column, self._rows[name])

    def read(self) -> pd.DataFrame:
        """Return the offers as the controls show them."""
        columns: dict[str, list[Any]] = {
            column: list(self._offers[column]) for column in (self._coding.price, *self._coding.attributes)
        }
        for name, controls in self.by_offer.items():
            for column, control in controls.items():
                columns[column][self._rows[name]] = control.value
        table = pd.DataFrame({self._coding.alternative: as_text(self._offers[self._coding.alternative]), **columns})
        numeric = [column for column in columns if column not in self._coding.levels]
        return table.astype(dict.fromkeys(numeric, float)).reset_index(drop=True)

    def find_unseen(self) -> list[str]:
        """Say which numbers lie outside what people were shown: the model goes on there as it did inside."""
        told = []
        for name, controls in self.by_offer.items():
            for column, control in controls.items():
                ends = self._ends(column)
                if ends is not None and not ends[0] <= control.value <= ends[1]:
                    kind = self._kind(column)
                    value, seen = write_number(control.value, kind), write_range(*ends, kind)
                    told.append(f"{read_name(column)} of {name} is {value}, and people were shown {seen}")
        return told

    def _make(self, column: str, row: int) -> widgets.Widget:
        value = self._value(column, row)
        label = read_name(column)
        looks = {"description": label, "tooltip": label, "style": {"description_width": "9em"}}
        if column in self._coding.levels:
            return widgets.Dropdown(options=self._coding.levels[column], value=value, layout={"width": "100%"}, **looks)
        shown = self._shown.get(column, np.array([]))
        if len(shown) and np.isin([*shown, value], [0.0, 1.0]).all() and column != self._coding.price:
            return widgets.Dropdown(options=SWITCH, value=value, layout={"width": "100%"}, **looks)
        whole = len(shown) > 0 and np.equal([*shown, value], np.round([*shown, value])).all()
        low, high = min([*shown, value]), max([*shown, value])
        return bounded_slider(label, value, low=low, high=high, least_step=1.0 if whole else 0.0)

    def _dress(self, column: str, control: widgets.Widget) -> widgets.Widget:
        """Write the amount beside a slider."""
        return control if isinstance(control, widgets.Dropdown) else show_amount(control, kind=self._kind(column))

    def _kind(self, column: str) -> str:
        return "money" if column == self._coding.price else "number"

    def _value(self, column: str, row: int) -> Any:
        if column in self._coding.levels:
            return str(as_text(self._offers[column]).iloc[row])
        return float(self._offers[column].iloc[row])

    def _ends(self, column: str) -> tuple[float, float] | None:
        """Return the lowest and highest number that people were shown, where it is one and known."""
        shown = self._shown.get(column)
        return None if shown is None or not len(shown) else (float(shown.min()), float(shown.max()))


def find_shown(model: Any) -> dict[str, np.ndarray]:
    """Return the distinct numbers that people were shown, for the price and each numeric attribute.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> coding = Coding(attributes=("days",), levels={}, price="price", alternative="offer", constants=(),
    ...                 base_alternative=None, outside=None)
    >>> choices = SimpleNamespace(columns=np.array([[5.0, 9.0], [7.0, 12.0]]), inside=np.array([True, True]))
    >>> find_shown(SimpleNamespace(coding=coding, choices=choices))
    {'days': array([5., 7.]), 'price': array([ 9., 12.])}
    """
    coding: Coding = model.coding
    numeric = [name for name in (*coding.attributes, coding.price) if name not in coding.levels]
    inside = model.choices.columns[model.choices.inside]
    return {name: np.unique(inside[:, coding.names.index(name)]) for name in numeric}
