"""A price, live: how many buy at it, what it earns, and what it falls short of the best price.

Every answer comes from `optimise_price`, `measure_price_change` and `Demand.at`, on the same draws of the demand, so
that what a slider changes is the price and not chance. For a workshop the answers can be held back until everybody has
named a price.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape

import ipywidgets as widgets
import numpy as np

from cvlab.analyses.willingness_to_pay import (
    BestPrice,
    Demand,
    PriceChange,
    StatedRevealed,
    measure_price_change,
    optimise_price,
)
from cvlab.analyses.willingness_to_pay.pricing.calibration import calibrate_demand
from cvlab.analyses.willingness_to_pay.pricing.curve import UNITS
from cvlab.checks import check_positive
from cvlab.errors import ParameterError
from cvlab.explorers.common.controls import (
    Answering,
    arrange,
    bounded_slider,
    class_names,
    money_slider,
    new_figure,
    show_amount,
    write_notes,
    write_table,
)
from cvlab.explorers.willingness_to_pay.price_pictures import PricePictures
from cvlab.explorers.willingness_to_pay.price_words import (
    list_points,
    write_change,
    write_factor,
    write_price,
    write_question,
)
from cvlab.figures.willingness_to_pay import draw_demand

REVEAL, HIDE = "reveal", "hide again"
ROOM_ABOVE = 1.5
FACTORS = (0.5, 2.5)


class PriceExplorer(widgets.VBox):
    """Sliders for a price and its unit cost, the pictures and the numbers that answer.

    Attributes
    ----------
    price, unit_cost : sliders.
    market_size : how many people, or how many times the sales' period; under "More".
    factor : slider of stated worth per real worth, under "More"; None where nothing stated is shown.
    today : sets the price back to today's; None where it is not known.
    reveal : shows or hides the answers; None where they are shown from the start.
    guess : the price at which they were revealed, None while they are not.
    demand, beside : what the answers rest on, and what is drawn beside it.
    best : the best price at this unit cost; `here` the same, with the price of the slider as the price now.
    change : going from today's price to that of the slider; None where that cannot be asked.
    picture, numbers, sentence : the answers, as HTML.
    """

    def __init__(
        self,
        demand: Demand,
        *,
        compared: StatedRevealed | None,
        beside: Demand | None,
        unit_cost: float,
        price_now: float | None,
        market_size: float | None,
        projector: bool,
        guess_first: bool,
    ) -> None:
        self.demand, self.beside, self._compared = demand, beside, compared
        self._price_now, self._market_size = price_now, market_size
        self.guess: float | None = None
        self._pictures = PricePictures(projector=projector)
        self._answering = Answering(self._answer)
        self._make_controls(unit_cost, guess_first)
        self.picture, self.numbers, self.sentence = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._connect()
        controls = [show_amount(self.price), show_amount(self.unit_cost)]
        controls += [button for button in (self.reveal, self.today) if button is not None]
        more = [self.market_size, *([] if self.factor is None else [show_amount(self.factor, kind="ratio")])]
        super().__init__(arrange(controls, [self.sentence, self.picture], below=[self.numbers], more=more))
        for name in class_names(projector=projector):
            self.add_class(name)
        self._answer()

    @property
    def revealed(self) -> bool:
        """Whether the answers are shown."""
        return self.reveal is None or self.guess is not None

    def _make_controls(self, unit_cost: float, guess_first: bool) -> None:
        low, high = self._find_ends(unit_cost)
        start = (low + high) / 2 if self._price_now is None else self._price_now
        self.price = bounded_slider("price", start, low=min(low, start), high=max(high, start))
        self.unit_cost = money_slider("unit cost", unit_cost, most=max(high, ROOM_ABOVE * unit_cost))
        sales = self.demand.unit == UNITS
        # Where no size is given, results count 100 people, or the sales' period once.
        self._unsized = 1.0 if sales else 100.0
        self.market_size = widgets.BoundedFloatText(
            value=self._unsized if self._market_size is None else self._market_size,
            min=0.01 if sales else 1.0,
            max=1e12,
            description="sales' periods" if sales else "people",
            tooltip="how many times the sales' period" if sales else "how many people there are",
            style={"description_width": "9em"},
            layout={"width": "100%"},
        )
        self.factor = None
        if self._compared is not None:
            middle = _middle(self._compared)
            low, high = min(FACTORS[0], middle), max(FACTORS[1], middle)
            self.factor = bounded_slider("stated : real", middle, low=low, high=high)
        self.reveal = widgets.Button(description=REVEAL, layout={"width": "auto"}) if guess_first else None
        self.today = None
        if self._price_now is not None:
            self.today = widgets.Button(description="today's price", layout={"width": "auto"})

    def _find_ends(self, unit_cost: float) -> tuple[float, float]:
        """Return the observed prices; where nothing is known of any, some around what is."""
        if np.isfinite(self.demand.observed_range).all():
            return self.demand.observed_range
        known = self._price_now or unit_cost or 1.0
        return known / ROOM_ABOVE, known * ROOM_ABOVE

    def _connect(self) -> None:
        for control in (self.price, self.unit_cost, self.market_size, self.factor):
            if control is not None:
                control.observe(self._answering, names="value")
        if self.today is not None:
            self.today.on_click(self._reset)
        if self.reveal is not None:
            self.reveal.on_click(self._turn)

    def _reset(self, _button: widgets.Button) -> None:
        self.price.value = self._price_now

    def _turn(self, button: widgets.Button) -> None:
        self.guess = float(self.price.value) if self.guess is None else None
        button.description = REVEAL if self.guess is None else HIDE
        self._answer()

    def _answer(self) -> None:
        price, cost = self._read_price(), float(self.unit_cost.value)
        if not self.revealed:
            self.sentence.value, self.numbers.value = f"<p>{escape(write_question(price, cost), quote=False)}</p>", ""
            ends = float(self.price.min), float(self.price.max)
            self.picture.value = self._pictures.draw_question(price, cost, self._price_now, ends)
            return
        self._calibrate()
        self.best, self.here = self._optimise(self._price_now), self._optimise(price)
        self.change = self._measure_change(price, cost)
        answer = write_price(self.demand, self.here, price)
        paragraphs = [
            answer,
            write_change(self.demand, self.change, price, self._price_now, cost),
            write_factor(self._compared, None if self.factor is None else float(self.factor.value)),
        ]
        self.sentence.value = "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs if text)
        self.picture.value = self._pictures.draw_answers(
            self.demand, self.beside, self.best, self.here, self.guess, alt=answer
        )
        self.numbers.value = self._write_numbers() + write_notes((*self.best.notes, *self.demand.notes))

    def _read_price(self) -> float:
        """Return the price of the slider; a browser's rounding error does not lead out of the observed prices."""
        price = float(self.price.value)
        ends = np.array(self.demand.observed_range)
        near = np.isclose(ends, price, rtol=1e-9, atol=0)
        return float(ends[near][0]) if near.any() else price

    def _optimise(self, price_now: float | None) -> BestPrice:
        size = float(self.market_size.value)
        return optimise_price(
            self.demand,
            unit_cost=float(self.unit_cost.value),
            market_size=None if self._market_size is None and size == self._unsized else size,
            price_now=price_now,
        )

    def _measure_change(self, price: float, cost: float) -> PriceChange | None:
        now = self._price_now
        if now is None or not self.demand.enough or np.isclose(now, price, rtol=1e-9) or min(now, price) <= cost:
            return None
        low, high = self.demand.observed_range
        if not low <= min(now, price) <= max(now, price) <= high:
            return None
        return measure_price_change(self.demand, price_now=now, price_new=price, unit_cost=cost)

    def _calibrate(self) -> None:
        """Put what was stated on the scale of real money, by the factor of the slider."""
        if self.factor is None or self._compared is None or self._compared.stated is None:
            return
        chosen = float(self.factor.value)
        said = calibrate_demand(
            self._compared.stated, self._compared.factor * (chosen / _middle(self._compared)), chosen
        )
        if self.demand.basis.evidence == "calibrated":
            self.demand = said
        else:
            self.beside = said

    def _write_numbers(self) -> str:
        guess = None if self.guess is None or self.guess == self.price.value else self._optimise(self.guess)
        table = list_points(self.best, self.here, guess)
        if table.empty:
            return ""
        sold = f"{self.demand.unit.split()[0]} who buy" if self.demand.unit != UNITS else "units sold"
        intervals = {name: (f"{name}_low", f"{name}_high") for name in ("revenue", "profit")}
        return f"<p>From {escape(self.best.market, quote=False)}:</p>" + write_table(
            table.rename(columns={"quantity": sold}),
            kinds={"price": "money", sold: "number", "revenue": "money", "profit": "money"},
            intervals={"price": ("low", "high"), sold: ("quantity_low", "quantity_high"), **intervals},
        )


def explore_price(
    demand: Demand | StatedRevealed,
    *,
    unit_cost: float,
    price_now: float | None = None,
    market_size: float | None = None,
    beside: Demand | None = None,
    projector: bool = False,
    guess_first: bool = False,
) -> PriceExplorer:
    """Return sliders for a price and its unit cost; demand, profit and the best price answer while they move.

    Parameters
    ----------
    demand : from `estimate_demand`; or what `compare_stated_revealed` returns: then its `demand` counts, and a slider
        sets the factor by which stated worth is divided, with the doubt about it as it is.
    unit_cost, price_now, market_size : as for `optimise_price`; the price starts at `price_now`.
    beside : a second demand to draw beside the first.
    projector : large type, for a page seen from the last row.
    guess_first : show nothing of the demand until a button reveals it; the price at that moment is marked as the guess.

    Raises
    ------
    ParameterError : an argument is outside what it may be.
    DataError : `beside` counts something else and knows no price in common with `demand`.

    Examples
    --------
    >>> import pandas as pd
    >>> from cvlab.analyses.willingness_to_pay import estimate_demand
    >>> worth = pd.DataFrame({"respondent_id": range(400), "amount": np.linspace(5.0, 45.0, 400)})
    >>> explorer = explore_price(estimate_demand(worth), unit_cost=10, price_now=20)
    >>> explorer.price.value = 25
    >>> explorer.here.table["price"].round(1).tolist()
    [27.5, 22.5, 25.0]
    >>> round(explorer.change.break_even, 3)
    -0.333
    """
    cost = check_positive(unit_cost, "unit_cost", zero_allowed=True)
    now = None if price_now is None else check_positive(price_now, "price_now")
    size = None if market_size is None else check_positive(market_size, "market_size")
    if not isinstance(demand, (Demand, StatedRevealed)):
        raise ParameterError(
            f"demand is a {type(demand).__name__}: give what estimate_demand or compare_stated_revealed returns"
        )
    if beside is not None and not isinstance(beside, Demand):
        raise ParameterError(f"beside is a {type(beside).__name__}: give what estimate_demand returns")
    main = demand.demand if isinstance(demand, StatedRevealed) else demand
    if beside is not None:
        draw_demand(main, beside=beside, ax=new_figure(size=(1.0, 1.0)).add_subplot())
    return PriceExplorer(
        _without_groups(main),
        compared=_find_said(demand, beside) if isinstance(demand, StatedRevealed) else None,
        beside=beside,
        unit_cost=cost,
        price_now=now,
        market_size=size,
        projector=projector,
        guess_first=guess_first,
    )


def _find_said(compared: StatedRevealed, beside: Demand | None) -> StatedRevealed | None:
    """Return the comparison, ready for many calls, where its stated demand is to be seen on the scale of real money."""
    stated = compared.stated
    if stated is None or stated.unit == UNITS or stated.basis.evidence == "calibrated":
        return None
    if beside is not None and compared.demand is compared.revealed:
        return None
    return replace(compared, stated=_without_groups(stated))


def _without_groups(demand: Demand) -> Demand:
    """Return the demand of everybody alone; the best price of each group would be found anew at every move."""
    return replace(demand, groups=None)


def _middle(compared: StatedRevealed) -> float:
    return float(compared.table["estimate"].iloc[-1])
