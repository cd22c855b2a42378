"""Economic value, live: pick a driver, move its amount and the price; worth, incentive and its chance answer at once.

Every answer is `measure_economic_value` with the moved amounts, on the same draws, so that what a slider changes is the
driver and not chance. The range of a driver moves along with its amount and keeps its width.
"""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np
import pandas as pd

from cvlab.analyses.economic_value import EconomicValue, measure_economic_value
from cvlab.explorers.common.controls import (
    SMALLEST_AMOUNT,
    STEPS_PER_SLIDER,
    Answering,
    arrange,
    class_names,
    money_slider,
    new_figure,
    show_amount,
    write_picture,
    write_table,
)
from cvlab.figures.economic_value import draw_economic_value, draw_tornado
from cvlab.units import write_number

PICTURES = ("waterfall", "tornado")
ROOM_ABOVE = 1.5
HALF_STEPS = STEPS_PER_SLIDER // 2
# Inches; the picture fills the page, so the smaller it is drawn, the larger its type.
PICTURE_SIZE, PROJECTOR_SIZE = (9.6, 4.6), (8.0, 4.2)


class EconomicValueExplorer(widgets.VBox):
    """A choice of driver, sliders for its amount and for the price, the picture and the numbers that answer.

    Attributes
    ----------
    driver_choice : which driver the slider moves; those moved before stay where they are.
    amount, price : sliders, money per unit.
    reset : sets all amounts and the price back.
    picture_choice, group_choice : what the picture shows, and of which group; under "More".
    picture, numbers, sentence : the answers, as HTML.
    worth : the economic value with the amounts and the price of the controls, over all groups.
    """

    def __init__(self, worth: EconomicValue, *, projector: bool) -> None:
        self._at_start = worth
        self._size = PROJECTOR_SIZE if projector else PICTURE_SIZE
        self._moved: dict[str, float] = {}
        self._switching = False
        self.worth = worth
        self._answering = Answering(self._answer)
        steps = worth.table.iloc[1:-1]
        self._amounts = dict(zip(steps["step"], steps["amount"].astype(float), strict=True))
        self.driver_choice = widgets.Dropdown(
            options=list(self._amounts), description="driver", layout={"width": "100%"}
        )
        self.amount = widgets.FloatSlider(
            description="amount", tooltip="expected amount of the driver", readout=False, continuous_update=True,
            style={"description_width": "9em"}, layout={"flex": "1 1 auto", "width": "auto", "min_width": "0"},
        )  # fmt: skip
        paid = float(worth.price if worth.price is not None else worth.reference_price)
        self.price = money_slider("price", paid, most=float(np.fmax(ROOM_ABOVE * paid, worth.headline.value)))
        self.reset = widgets.Button(description="back to the table", layout={"width": "auto"})
        self.picture_choice = widgets.Dropdown(options=PICTURES, description="picture", layout={"width": "100%"})
        groups = list(worth.group_table["group"])
        self.group_choice = widgets.Dropdown(options=groups, description="shown for", layout={"width": "100%"})
        self.picture, self.numbers, self.sentence = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._show_driver()
        self._connect()
        controls = [self.driver_choice, show_amount(self.amount), show_amount(self.price), self.reset]
        controls += [self.picture_choice, *([self.group_choice] if worth.by_group else [])]
        super().__init__(arrange(controls, [self.sentence, self.picture], below=[self.numbers]))
        for name in class_names(projector=projector):
            self.add_class(name)
        self._answer()

    def amounts(self) -> dict[str, float]:
        """Return the expected amounts of the drivers that were moved."""
        return dict(self._moved)

    def _connect(self) -> None:
        self.driver_choice.observe(self._show_driver, names="value")
        self.amount.observe(self._move, names="value")
        for control in (self.price, self.picture_choice, self.group_choice):
            control.observe(self._answering, names="value")
        self.reset.on_click(self._set_back)

    def _show_driver(self, _change: object = None) -> None:
        """Set the slider to the chosen driver: its amount in the middle, in steps of a two-hundredth of its way."""
        driver = self.driver_choice.value
        start = self._amounts[driver]
        tornado = self._at_start.tornado.set_index("driver")["swing"]
        reach = max(abs(start), float(tornado.get(driver, 0.0)), SMALLEST_AMOUNT)
        self._switching = True
        # Wide enough for either driver while the bounds change, since a slider refuses a minimum above its maximum.
        self.amount.min, self.amount.max = min(self.amount.min, start - reach), max(self.amount.max, start + reach)
        self.amount.step = reach / HALF_STEPS
        self.amount.value = self._moved.get(driver, start)
        self.amount.min, self.amount.max = start - reach, start + reach
        self._switching = False

    def _move(self, change: object) -> None:
        if not self._switching:
            self._moved[self.driver_choice.value] = float(self.amount.value)
            self._answering(change)

    def _set_back(self, _button: widgets.Button) -> None:
        self._moved.clear()
        self.price.value = self._at_start.price if self._at_start.price is not None else self._at_start.reference_price
        self._show_driver()
        self._answering()

    def _answer(self) -> None:
        self.worth = self._at_start.with_amounts(self._moved, price=float(self.price.value))
        shown = self.worth.by_group.get(self.group_choice.value, self.worth)
        sentences = [str(shown.headline), str(shown.incentive)]
        self.sentence.value = "<p>" + " ".join(map(_escape, sentences)) + "</p>"
        figure = new_figure(size=self._size)
        draw = draw_tornado if self.picture_choice.value == PICTURES[1] else draw_economic_value
        draw(shown, ax=figure.add_subplot())
        self.picture.value = write_picture(figure, alt=_describe(shown))
        self.numbers.value = _write_numbers(shown)


def explore_economic_value(
    value_drivers: pd.DataFrame,
    *,
    reference_price: float,
    price: float | None = None,
    n_draws: int = 2_000,
    seed: int = 0,
    projector: bool = False,
) -> EconomicValueExplorer:
    """Return controls for the drivers of an offer and its price; the picture and the numbers answer while they move.

    Parameters
    ----------
    value_drivers, reference_price, price, n_draws, seed : as for `measure_economic_value`; without a price the slider
        starts at the reference price.
    projector : large type, for a page seen from the last row.

    Raises
    ------
    DataError, ParameterError : as `measure_economic_value`.

    Examples
    --------
    >>> drivers = pd.DataFrame({"driver": ["energy", "repairs"], "ours": [100.0, 200.0], "reference": 0.0})
    >>> explorer = explore_economic_value(drivers, reference_price=300.0, price=500.0)
    >>> explorer.driver_choice.value, explorer.amount.value
    ('repairs', 200.0)
    >>> explorer.amount.value = 250.0
    >>> explorer.worth.incentive.value
    150.0
    """
    worth = measure_economic_value(
        value_drivers, reference_price=reference_price, price=price, n_draws=n_draws, seed=seed
    )
    return EconomicValueExplorer(worth, projector=projector)


def _write_numbers(worth: EconomicValue) -> str:
    columns = ["step", "amount", "low", "high", "share", "share_low", "share_high"]
    kinds = {column: EconomicValue.kinds[column] for column in columns if column in EconomicValue.kinds}
    intervals = {"amount": ("low", "high"), "share": ("share_low", "share_high")}
    shown = worth.table[columns].rename(columns={"share": "share of what differs"})
    names = {"share of what differs": intervals.pop("share"), **intervals}
    return write_table(shown, kinds={**kinds, "share of what differs": "share"}, intervals=names)


def _describe(worth: EconomicValue) -> str:
    """Say in words what the picture shows."""
    steps = [
        f"{step} {write_number(amount, 'money')}"
        for step, amount in zip(worth.table["step"], worth.table["amount"], strict=True)
    ]
    return f"Economic value: {'; '.join(steps)}; price {write_number(worth.price, 'money')}."


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
