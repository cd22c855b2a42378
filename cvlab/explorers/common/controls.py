"""What all explorers share: how a picture and a table come on the page, how controls are arranged, when they answer.

A picture is an image of vector graphics with a text for those who cannot see it. At most four controls are visible;
the rest stands under "More". While a slider is dragged, changes arrive faster than a picture can be drawn, so an
answer is given at most every `WAIT` seconds, always with the newest values.
"""

from __future__ import annotations

import asyncio
import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from cvlab.units import write_number

MOST_VISIBLE = 4
WAIT = 0.06
REST = 0.25
STEPS_PER_SLIDER = 200
SMALLEST_AMOUNT = 1e-6
POINTS_PER_INCH = 72
STYLE = """<style>
.cvlab-explorer { container-type: inline-size; }
.cvlab-explorer table { border-collapse: collapse; margin: .5em 0; }
.cvlab-explorer th, .cvlab-explorer td { padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd; }
.cvlab-explorer th:first-child, .cvlab-explorer td:first-child { text-align: left; }
.cvlab-explorer th, .cvlab-explorer td { overflow-wrap: break-word; }
.cvlab-explorer td small { color: #555; white-space: nowrap; }
.cvlab-explorer .widget-html-content, .cvlab-explorer .widget-html > .widget-html-content { line-height: 1.4; }
.cvlab-explorer img { width: 100%; height: auto; }
.cvlab-panels { display: flex; flex-flow: row wrap; }
.cvlab-layers { flex: 1 1 20em; min-width: 0; display: grid; align-content: start; }
.cvlab-layers > img { grid-area: 1 / 1; }
.cvlab-explorer .cvlab-amount { min-width: 4.5em; text-align: right; }
@container (max-width: 500px) { .cvlab-slider .widget-slider .widget-label { width: 4.5em !important; } }
.cvlab-explorer .widget-html, .cvlab-explorer .widget-html-content { min-width: 0; max-width: 100%; }
.cvlab-explorer .widget-html-content { white-space: normal; overflow-wrap: anywhere; overflow-x: auto; }
.cvlab-projector, .cvlab-projector .widget-label, .cvlab-projector button,
.cvlab-projector select, .cvlab-projector input { font-size: 20px !important; }
.cvlab-projector .widget-html-content { font-size: 22px !important; }
.cvlab-projector .widget-label, .cvlab-projector button { height: auto; line-height: 1.5; }
</style>"""


class Answering:
    """Calls `answer` after a change: at once in a script, within `WAIT` seconds and once per burst in a kernel."""

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer = answer
        self._pending = False

    def __call__(self, _change: object = None) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._answer()
            return
        if not self._pending:
            self._pending = True
            loop.call_later(WAIT, self._fire)

    def _fire(self) -> None:
        self._pending = False
        self._answer()


class Resting:
    """Calls `answer` once nothing has changed for `REST` seconds, for what takes too long while a slider is dragged.

    In a script it answers at once.
    """

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer = answer
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._answer()
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(REST, self._answer)


def new_figure(*, size: tuple[float, float]) -> Figure:
    """Return a figure of `size` inches that no notebook shows by itself."""
    return Figure(figsize=size, layout="constrained")


def write_picture(figure: Figure, *, alt: str) -> str:
    """Return a figure as an HTML image that needs no file and no network, with `alt` for those who cannot see it."""
    stream = io.BytesIO()
    _fix_ticks(figure)
    _place_axes(figure)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "cvlab"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{encoded}" alt="{html.escape(alt)}">'


def write_notes(notes: Sequence[str]) -> str:
    """Return what a result rests on as HTML that opens on demand.

    Examples
    --------
    >>> write_notes(["Prices < 5 were never asked."])
    '<details><summary>What this rests on</summary><ul><li>Prices &lt; 5 were never asked.</li></ul></details>'
    """
    if not notes:
        return ""
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in dict.fromkeys(notes))
    return f"<details><summary>What this rests on</summary><ul>{listed}</ul></details>"


def write_table(table: pd.DataFrame, *, kinds: Mapping[str, str], intervals: Mapping[str, tuple[str, str]]) -> str:
    """Return a table as HTML: numbers by their kind, intervals in small print behind their estimate.

    Parameters
    ----------
    kinds : column → kind of number, for the columns to show; text needs none.
    intervals : column → columns of its low and high bound, which are not shown by themselves.

    Examples
    --------
    >>> table = pd.DataFrame({"rung": ["<b>"], "share": [0.5], "low": [0.4], "high": [0.6]})
    >>> written = write_table(table, kinds={"share": "share"}, intervals={"share": ("low", "high")})
    >>> print(written.replace("</tr>", "</tr>\\n"))
    <table><tr><th>rung</th><th>share</th></tr>
    <tr><td>&lt;b&gt;</td><td>50.0% <small>40.0% – 60.0%</small></td></tr>
    </table>
    """
    bounds = {name for pair in intervals.values() for name in pair}
    columns = [column for column in table.columns if column not in bounds]
    lines = ["".join(f"<th>{html.escape(str(column))}</th>" for column in columns)]
    for row in table.to_dict("records"):
        cells = []
        for column in columns:
            kind = kinds.get(column)
            text = str(row[column]) if kind is None else write_number(row[column], kind)
            cell = html.escape(text)
            if column in intervals and kind is not None and np.isfinite(row[intervals[column][0]]):
                low, high = (html.escape(write_number(row[bound], kind)) for bound in intervals[column])
                cell += f" <small>{low} – {high}</small>"
            cells.append(f"<td>{cell}</td>")
        lines.append("".join(cells))
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def money_slider(label: str, value: float, *, most: float) -> widgets.FloatSlider:
    """Return a slider over prices up to at least `most`, in round steps, that answers while it moves.

    The steps are counted from `value`, since a browser moves a value between two steps to one of them.

    Examples
    --------
    >>> slider = money_slider("good", 4.99, most=12.0)
    >>> slider.value, round(slider.min, 2), slider.step, round(slider.max, 2)
    (4.99, 0.09, 0.1, 12.09)
    """
    step = _round_up(max(most, value, SMALLEST_AMOUNT) / STEPS_PER_SLIDER)
    lowest = value - step * np.floor(value / step + SMALLEST_AMOUNT)
    highest = lowest + step * np.ceil((max(most, value) - lowest) / step - SMALLEST_AMOUNT)
    return _make_slider(label, value, max(0.0, float(lowest)), max(float(highest), value), step)


def bounded_slider(
    label: str, value: float, *, low: float, high: float, least_step: float = 0.0
) -> widgets.FloatSlider:
    """Return a slider that does not leave `low` to `high`, in round steps counted from `value`, which lies between.

    Examples
    --------
    >>> slider = bounded_slider("price", 129.0, low=51.8, high=184.9)
    >>> slider.min, slider.value, slider.max, slider.step
    (52.0, 129.0, 184.0, 1.0)
    """
    step = max(_round_up(max(high - low, SMALLEST_AMOUNT) / STEPS_PER_SLIDER), least_step)
    lowest = value - step * np.floor((value - low) / step + SMALLEST_AMOUNT)
    highest = value + step * np.floor((high - value) / step + SMALLEST_AMOUNT)
    return _make_slider(label, value, float(lowest), float(highest), step)


def show_amount(slider: widgets.FloatSlider, *, kind: str = "money") -> widgets.HBox:
    """Return the slider with its value beside it, written as its kind of number in the format of the page.

    Examples
    --------
    >>> row = show_amount(money_slider("good", 4.99, most=12.0))
    >>> row.children[0].value = 5.19
    >>> row.children[1].value
    '€5.19'
    """
    amount = widgets.Label(value=write_number(slider.value, kind), layout={"flex": "0 0 auto"})
    amount.add_class("cvlab-amount")

    def write(change: Mapping[str, Any]) -> None:
        amount.value = write_number(change["new"], kind)

    slider.observe(write, names="value")
    row = widgets.HBox([slider, amount], layout={"width": "100%"})
    row.add_class("cvlab-slider")
    return row


def arrange(
    controls: Sequence[widgets.Widget],
    answers: Sequence[widgets.Widget],
    *,
    below: Sequence[widgets.Widget] = (),
    more: Sequence[widgets.Widget] = (),
) -> list[widgets.Widget]:
    """Return the children of an explorer: controls left (four visible, the rest under "More"), answers right."""
    column: list[Any] = list(controls[:MOST_VISIBLE])
    hidden = [*controls[MOST_VISIBLE:], *more]
    if hidden:
        column.append(widgets.Accordion(children=[widgets.VBox(hidden)], titles=("More",)))
    left = widgets.VBox(column, layout={"flex": "1 1 20em", "min_width": "min(18em, 100%)", "padding": "1em 1em 0 0"})
    right = widgets.VBox(list(answers), layout={"flex": "3 1 34em", "min_width": "min(24em, 100%)"})
    across = widgets.HBox([left, right], layout={"flex_flow": "row wrap", "width": "100%"})
    return [widgets.HTML(STYLE), across, *below]


def class_names(*, projector: bool) -> list[str]:
    """Return the CSS classes of an explorer, with large type for a projector."""
    return ["cvlab-explorer", "cvlab-projector"] if projector else ["cvlab-explorer"]


def _make_slider(label: str, value: float, lowest: float, highest: float, step: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=value,
        min=lowest,
        max=highest,
        step=step,
        description=label,
        tooltip=label,
        readout=False,
        continuous_update=True,
        style={"description_width": "9em"},
        layout={"flex": "1 1 auto", "width": "auto", "min_width": "0"},
    )


def _fix_ticks(figure: Figure) -> None:
    """Write the labels of the ticks once: a function that writes them is else asked dozens of times per picture."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            formatter = axis.get_major_formatter()
            if isinstance(formatter, FuncFormatter):
                places = list(axis.get_majorticklocs())
                written = formatter.format_ticks(places)
                axis.set_major_locator(FixedLocator(places))
                axis.set_major_formatter(FixedFormatter(written))


def _place_axes(figure: Figure) -> None:
    """Lay the figure out; saving would draw a draft of the whole picture for it."""
    engine = figure.get_layout_engine()
    if engine is not None:
        figure.set_dpi(POINTS_PER_INCH)
        engine.execute(figure)
        figure.set_layout_engine(None)


def _round_up(value: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten, as people set prices."""
    power = 10.0 ** np.floor(np.log10(value))
    digit = next(digit for digit in (1, 2, 5, 10) if value <= digit * power * (1 + 1e-9))
    return float(digit * power)
