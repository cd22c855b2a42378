"""Offers side by side, live: change one, and see whom it takes from the others and what that earns.

Every answer is `model.shares` of the offers as the controls show them; what changes against the offers as given comes
from `model.demand_at` with the same draws for both, so that the interval of a change is that of the change, not of two
surveys. Works with every model of choosing. Where tastes differ between people the change takes longer than a picture,
so it is said when a control has come to rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.choosing.coding import Coding, as_text
from cvlab.checks import check_positive
from cvlab.errors import ParameterError
from cvlab.explorers.common.controls import (
    Answering,
    Resting,
    arrange,
    class_names,
    new_figure,
    write_notes,
    write_picture,
    write_table,
)
from cvlab.explorers.willingness_to_pay.offer_controls import OfferControls, find_shown
from cvlab.explorers.willingness_to_pay.offer_words import PER, describe_shares, say_earned, say_share
from cvlab.figures.style import INK
from cvlab.figures.willingness_to_pay import draw_shares

# Inches; the picture fills the page, so the smaller it is drawn, the larger its type.
PICTURE_SIZE, PROJECTOR_SIZE = (9.5, 4.0), (7.6, 3.6)
ROOM_FOR_NUMBERS = 1.12
USUAL_ROWS, ROW_ROOM = 4, 2


class OffersExplorer(widgets.VBox):
    """Controls for offers that stand side by side, the picture and the numbers that answer.

    Attributes
    ----------
    offer_choice : which offer the controls show.
    controls : offer → price or attribute → its control.
    as_given : sets all offers back.
    offers : the offers as the controls show them.
    shares : who would choose which; `shares_given` among the offers as given.
    picture, numbers, sentence : the answers, as HTML.
    """

    def __init__(self, model: Any, offers: pd.DataFrame, *, unit_costs: Mapping[str, float], projector: bool) -> None:
        self._model, self._costs = model, dict(unit_costs)
        self._size = PROJECTOR_SIZE if projector else PICTURE_SIZE
        self._answering, self._resting = Answering(self._answer), Resting(self._say_changes)
        self._all = OfferControls(offers, model.coding, find_shown(model))
        self.controls = self._all.by_offer
        self.offers = self._given = self._all.read()
        self.shares = self.shares_given = model.shares(self._given)
        self._drawn_given: dict[str, np.ndarray] = {}
        label = {"description": "offer", "style": {"description_width": "9em"}, "layout": {"width": "100%"}}
        self.offer_choice = widgets.Dropdown(options=tuple(self.controls), **label)
        self.as_given = widgets.Button(description="all as given", layout={"width": "auto"})
        self.picture, self.numbers, self.sentence = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._connect()
        controls = [self.offer_choice, *self._all.stacks, self.as_given]
        super().__init__(arrange(controls, [self.sentence, self.picture], below=[self.numbers]))
        for name in class_names(projector=projector):
            self.add_class(name)
        self._answer()

    def _connect(self) -> None:
        for controls in self.controls.values():
            for control in controls.values():
                control.observe(self._answering, names="value")
        self.offer_choice.observe(self._look, names="value")
        self.as_given.on_click(lambda _button: self._all.reset())

    def _look(self, change: Mapping[str, Any]) -> None:
        self._all.look_at(change["new"])
        self._answering()

    def _answer(self) -> None:
        self.offers = self._all.read()
        self.shares = self._model.shares(self.offers)
        self._say()
        self.picture.value = self._draw()
        self.numbers.value = self._write_numbers() + write_notes(self.shares.notes)
        if self.shares.headline.answered:
            self._resting()

    def _say(self, changes: Sequence[str] = ()) -> None:
        """Say how often the offer that is looked at is chosen, with what has changed where it is known by now."""
        told = [str(self.shares.headline)]
        if self.shares.headline.answered:
            told = [*(changes or [say_share(str(self.offer_choice.value), self.shares)])]
            told += [f"{unseen}." for unseen in self._all.find_unseen()]
        self.sentence.value = "".join(f"<p>{escape(text, quote=False)}</p>" for text in told)

    def _say_changes(self) -> None:
        """Say what the offer that is looked at gains or loses, and what all offers with a unit cost earn."""
        offer = str(self.offer_choice.value)
        if not self._drawn_given:
            self._drawn_given = {name: self._draw_share(self._given, name) for name in self.controls}
        changed = not self.offers.equals(self._given)
        now, given = self._drawn_given, self._drawn_given
        if changed:
            now = {name: self._draw_share(self.offers, name) for name in dict.fromkeys((offer, *self._costs))}
        change = now[offer] - given[offer]
        told = [say_share(offer, self.shares, change if changed else None)]
        if self._costs:
            earned, before = self._earn(self.offers, now), self._earn(self._given, given)
            told.append(
                say_earned(earned, earned - before if changed else None, level=self._model.level, unit=self._unit)
            )
        self._say(told)

    @property
    def _unit(self) -> str:
        return "choices" if self._model.coding.outside is None else "people"

    def _draw_share(self, offers: pd.DataFrame, name: str) -> np.ndarray:
        """Return the share of an offer, then draws of it; the same draws for all offers."""
        coding: Coding = self._model.coding
        price = offers.loc[offers[coding.alternative] == name, coding.price].to_numpy()
        estimate, draws = self._model.demand_at(price, offers=offers, vary=name)
        return np.concatenate([estimate, draws[:, 0]])

    def _earn(self, offers: pd.DataFrame, shares: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return what 100 people bring above unit costs, then draws of it."""
        coding: Coding = self._model.coding
        prices = offers.set_index(coding.alternative)[coding.price]
        return PER * np.sum([shares[name] * (prices[name] - cost) for name, cost in self._costs.items()], axis=0)

    def _draw(self) -> str:
        width, height = self._size
        figure = new_figure(size=(width, height * (ROW_ROOM + len(self.shares.table)) / (ROW_ROOM + USUAL_ROWS)))
        ax = draw_shares(self.shares, ax=figure.add_subplot())
        if self.shares.headline.answered:
            given = self.shares_given.table["share"].to_numpy()[::-1]
            # Below its bar, where no number is written.
            ax.plot(given, np.arange(len(given)) - 0.38, "^", color=INK, markersize=7, label="as given")
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, handlelength=1)
            # Axes that stay where they are, so that what moves are the shares.
            ax.set_xlim(0, ROOM_FOR_NUMBERS)
            ax.set_xticks(np.linspace(0, 1, 6))
        return write_picture(figure, alt=describe_shares(self.shares))

    def _write_numbers(self) -> str:
        coding: Coding = self._model.coding
        now, given = self.shares.table, self.shares_given.table
        prices = self.offers.set_index(coding.alternative)[coding.price]
        table = pd.DataFrame(
            {
                "offer": now["alternative"],
                "price": [float(prices.get(name, math.nan)) for name in now["alternative"]],
                "chosen by": now["share"],
                "low": now["low"],
                "high": now["high"],
                "as given": given["share"],
                "given_low": given["low"],
                "given_high": given["high"],
            }
        )
        # Staying out has no price, whatever stands in its row.
        table.loc[table["offer"] == coding.outside, "price"] = math.nan
        kinds = {"price": "money", "chosen by": "share", "as given": "share"}
        intervals = {"chosen by": ("low", "high"), "as given": ("given_low", "given_high")}
        if self._costs:
            earned = f"earns, per {PER:.0f} {self._unit}"
            margin = table["price"] - table["offer"].map(self._costs)
            ends = PER * np.sort(now[["low", "high"]].to_numpy() * margin.to_numpy()[:, None], axis=1)
            table = table.assign(
                **{earned: PER * now["share"] * margin, "earned_low": ends[:, 0], "earned_high": ends[:, 1]}
            )
            kinds[earned], intervals[earned] = "money", ("earned_low", "earned_high")
        return write_table(table, kinds=kinds, intervals=intervals)


def explore_offers(
    model: Any, offers: pd.DataFrame, *, unit_costs: Mapping[str, float] | None = None, projector: bool = False
) -> OffersExplorer:
    """Return controls for offers that stand side by side; who would choose which answers while they move.

    Parameters
    ----------
    model : any model of choosing: conditional, mixed, by classes, or with tastes of each person.
    offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks.
    unit_costs : offer → money that one unit of it costs us; without those of rivals, which are then not counted.
    projector : large type, for a page seen from the last row.

    Raises
    ------
    DataError : columns or cells are missing, or a level was never shown to the respondents.
    ParameterError : the model does not predict shares, or a unit cost is below 0 or belongs to no offer.

    Examples
    --------
    >>> from cvlab.analyses.willingness_to_pay import estimate_choice
    >>> prices = [[8, 12], [9, 11], [10, 10], [8, 9], [12, 12], [7, 12]] * 10
    >>> picked = ["lcd", "oled", "oled", "oled", "none", "lcd"] * 7
    >>> picked += ["lcd", "lcd", "none", "oled", "oled", "none"] * 3
    >>> tasks = pd.DataFrame([
    ...     {"respondent_id": number // 6, "task": number % 6, "alternative": name, "screen": name,
    ...      "price": None if name == "none" else prices[number]["lcd oled".split().index(name)],
    ...      "chosen": int(name == picked[number])}
    ...     for number in range(60) for name in ("lcd", "oled", "none")])
    >>> model = estimate_choice(tasks, attributes=["screen"], price="price", outside="none")
    >>> offers = pd.DataFrame({"alternative": ["basic", "better"], "screen": ["lcd", "oled"], "price": [9, 12]})
    >>> explorer = explore_offers(model, offers, unit_costs={"better": 6})
    >>> explorer.controls["better"]["price"].value = 10
    >>> explorer.shares.table.equals(model.shares(offers.assign(price=[9, 10])).table)
    True
    """
    missing = [name for name in ("shares", "demand_at", "coding", "choices") if not hasattr(model, name)]
    if missing:
        raise ParameterError(
            f"model is a {type(model).__name__}: give a model of choosing, such as estimate_choice returns"
        )
    model.shares(offers)
    return OffersExplorer(model, offers, unit_costs=_read_costs(unit_costs, offers, model.coding), projector=projector)


def _read_costs(costs: Mapping[str, float] | None, offers: pd.DataFrame, coding: Coding) -> dict[str, float]:
    given = {} if costs is None else {str(name): cost for name, cost in costs.items()}
    known = [str(name) for name in as_text(offers[coding.alternative]) if name != coding.outside]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ParameterError(f"unit_costs names {', '.join(unknown)}: the offers are {', '.join(known)}")
    return {name: check_positive(cost, f"unit_costs of {name}", zero_allowed=True) for name, cost in given.items()}
