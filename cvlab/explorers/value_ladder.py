"""The value ladder, live: one slider per price, and shares, surplus and contribution answer at once.

Every answer is `measure_ladder` at the prices of the sliders, on the same people and the same bootstrap samples, so
that what a slider changes is the price and not chance.
"""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition, percentile_interval
from cvlab.analyses.value_ladder import EVERYBODY, NOBODY, Ladder, measure_ladder
from cvlab.explorers.common.controls import (
    Answering,
    arrange,
    class_names,
    money_slider,
    new_figure,
    show_amount,
    write_picture,
    write_table,
)
from cvlab.figures.value_ladder import draw_ladder, draw_ladder_shares, draw_switching
from cvlab.units import write_number, write_range

PICTURES = ("staircase and shares", "who moves at 10 % more")
ROOM_ABOVE = 1.5
HEADROOM = 1.2
# Inches; the picture fills the page, so the smaller it is drawn, the larger its type.
PICTURE_SIZE, PROJECTOR_SIZE = (11.0, 4.4), (9.2, 3.9)


class LadderExplorer(widgets.VBox):
    """Sliders for the prices of a ladder, the picture and the numbers that answer.

    Attributes
    ----------
    sliders : rung → its price slider.
    today : sets all prices back.
    picture_choice, group_choice : what the picture shows, and whose numbers the table holds; under "More".
    picture, numbers, sentence : the answers, as HTML.
    ladder : the ladder at the prices of the sliders.
    """

    def __init__(self, ladder: Ladder, *, projector: bool) -> None:
        self._at_start = ladder
        self._size = PROJECTOR_SIZE if projector else PICTURE_SIZE
        self.ladder = ladder
        self._answering = Answering(self._answer)
        worth = ladder.worth.groupby("rung", sort=False)["p90"].max()
        self.sliders = {
            rung: money_slider(rung, float(price), most=float(np.fmax(ROOM_ABOVE * float(price), worth[rung])))
            for rung, price in zip(ladder.rungs["rung"], ladder.rungs["price"], strict=True)
        }
        self.today = widgets.Button(description="today's prices", layout={"width": "auto"})
        self.picture_choice = widgets.Dropdown(options=PICTURES, description="picture", layout={"width": "100%"})
        self.group_choice = widgets.Dropdown(
            options=ladder.people.group_names, description="numbers of", layout={"width": "100%"}
        )
        self.picture, self.numbers, self.sentence = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._connect()
        controls = [*map(show_amount, self.sliders.values()), self.today, self.picture_choice]
        if ladder.people.groups:
            controls.append(self.group_choice)
        super().__init__(arrange(controls, [self.sentence, self.picture], below=[self.numbers]))
        for name in class_names(projector=projector):
            self.add_class(name)
        self._answer()

    def prices(self) -> dict[str, float]:
        """Return the prices that the sliders show."""
        return {rung: float(slider.value) for rung, slider in self.sliders.items()}

    def _connect(self) -> None:
        for control in (*self.sliders.values(), self.picture_choice, self.group_choice):
            control.observe(self._answering, names="value")
        self.today.on_click(self._reset)

    def _reset(self, _button: widgets.Button) -> None:
        for rung, price in zip(self._at_start.rungs["rung"], self._at_start.rungs["price"], strict=True):
            self.sliders[rung].value = price

    def _answer(self) -> None:
        self.ladder = self._at_start.at_prices(self.prices())
        self.sentence.value = f"<p>{_escape(str(self.ladder.headline))} {_escape(self._against_today())}</p>"
        self.picture.value = self._draw()
        self.numbers.value = _write_numbers(self.ladder, self.group_choice.value)

    def _against_today(self) -> str:
        """Say what the prices change against today's, with its interval: both are on the same bootstrap samples."""
        now, then = self.ladder.headline, self._at_start.headline
        if not now.answered or not then.answered or _are_close(self.prices(), self._prices_today()):
            return ""
        value = now.value - then.value
        low, high = percentile_interval(np.asarray(now.draws) - np.asarray(then.draws), level=now.level)
        return (
            f"Against today's prices that is {write_number(value, 'money')} per person "
            f"({write_range(float(low), float(high), 'money')})."
        )

    def _prices_today(self) -> dict[str, float]:
        return dict(zip(self._at_start.rungs["rung"], self._at_start.rungs["price"].astype(float), strict=True))

    def _draw(self) -> str:
        figure = new_figure(size=self._size)
        if self.picture_choice.value == PICTURES[1]:
            draw_switching(self.ladder, ax=figure.add_subplot())
        else:
            # Axes that stay where they are, so that what moves is the ladder.
            stairs = draw_ladder(self.ladder, ax=figure.add_subplot(1, 2, 1))
            stairs.set_ylim(top=HEADROOM * max(slider.max for slider in self.sliders.values()))
            draw_ladder_shares(self.ladder, ax=figure.add_subplot(1, 2, 2)).set_ylim(0, 1)
        return write_picture(figure, alt=_describe(self.ladder))


def explore_ladder(
    rungs: pd.DataFrame,
    rung_values: pd.DataFrame,
    *,
    outside: float = 0.0,
    by: Partition | None = None,
    n_boot: int = 400,
    smallest_group: int = 10,
    seed: int = 0,
    projector: bool = False,
) -> LadderExplorer:
    """Return sliders for the prices of a ladder; the picture and the numbers answer while they move.

    Parameters
    ----------
    rungs, rung_values, outside, by, n_boot, smallest_group, seed : as for `measure_ladder`.
    projector : large type, for a page seen from the last row.

    Raises
    ------
    DataError, ParameterError : as `measure_ladder`.

    Examples
    --------
    >>> rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
    >>> values = pd.DataFrame({"respondent_id": [str(number) for number in range(40)],
    ...                        "good": [12.0, 12.0, 9.0, 11.0] * 10, "best": [19.0, 25.0, 15.0, 18.0] * 10})
    >>> explorer = explore_ladder(rungs, values, n_boot=50)
    >>> explorer.sliders["best"].value = 15
    >>> explorer.ladder.headline.value
    7.0
    """
    ladder = measure_ladder(
        rungs, rung_values, outside=outside, by=by, n_boot=n_boot, smallest_group=smallest_group, seed=seed
    )
    return LadderExplorer(ladder, projector=projector)


def _write_numbers(ladder: Ladder, group: str) -> str:
    table, totals = ladder.table, ladder.totals[ladder.totals["group"] == group].iloc[0]
    rows = table[table["group"] == group]
    total = {
        "rung": "all who buy",
        "share": totals["buyers"],
        "low": totals["buyers_low"],
        "high": totals["buyers_high"],
    }
    for measure in ("surplus", "contribution"):
        for end in ("", "_low", "_high"):
            total[f"{measure}{end}"] = totals[f"{measure}{end}"]
    shown = pd.concat([rows[rows["rung"] != NOBODY], pd.DataFrame([total])], ignore_index=True)
    names = {"share": "sold to", "surplus": "customers keep, per person", "contribution": "we earn, per person"}
    columns = ["rung", "price", "share", "low", "high"]
    columns += [f"{measure}{end}" for measure in ("surplus", "contribution") for end in ("", "_low", "_high")]
    kinds = {names.get(column, column): Ladder.kinds[column] for column in columns if column in Ladder.kinds}
    intervals = {
        "sold to": ("low", "high"),
        names["surplus"]: ("surplus_low", "surplus_high"),
        names["contribution"]: ("contribution_low", "contribution_high"),
    }
    caption = "" if group == EVERYBODY else f"<p>Only {_escape(group)}.</p>"
    return caption + write_table(shown[columns].rename(columns=names), kinds=kinds, intervals=intervals)


def _describe(ladder: Ladder) -> str:
    """Say in words what the picture shows."""
    table = ladder.table
    rows = table[table["group"] == EVERYBODY]
    parts = [
        f"{rung} at {write_number(price, 'money')} is sold to {write_number(share, 'share')}"
        for rung, price, share in zip(rows["rung"], rows["price"], rows["share"], strict=True)
        if rung != NOBODY
    ]
    return f"Value ladder: {'; '.join(parts)}."


def _are_close(prices: dict[str, float], others: dict[str, float]) -> bool:
    """Compare as prices are: a browser returns 4.99 as 4.990000000000001."""
    return bool(np.allclose(list(prices.values()), list(others.values()), rtol=1e-9))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
