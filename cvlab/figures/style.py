"""One style for every figure: quiet frame, labels with units, colours that survive colour blindness and grey print.

The colours are Okabe and Ito's (2008), ordered so that neighbours also differ in lightness.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from cvlab.units import write_number

INK = "#222222"
QUIET = "#8a8a8a"
GRID = "#e6e6e6"
BAND_ALPHA = 0.2
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#5b5b5b")
GOOD, WATCH, BAD = "#009E73", "#E69F00", "#D55E00"
HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
DEFAULT_SIZE = (7.2, 4.2)
_NEARLY = 1e-9
_LINE_INSIDE = 60  # characters in a line of text that stands in place of a picture


def new_axes(ax: Axes | None = None, *, size: tuple[float, float] = DEFAULT_SIZE) -> Axes:
    """Return the Axes to draw on, in the house style; a new figure of `size` inches where none is given."""
    if ax is None:
        _, ax = plt.subplots(figsize=size, layout="constrained", dpi=110)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(colors=INK, labelsize=9)
    ax.set_axisbelow(True)
    ax.grid(True, color=GRID, linewidth=0.8)
    return ax


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """Return one colour per name, in order, starting over after eight."""
    return {name: COLOURS[position % len(COLOURS)] for position, name in enumerate(names)}


class _Ticks(FuncFormatter):
    """Writes ticks of one kind; it is told where all of them are before it is asked for each."""

    def __init__(self, kind: str) -> None:
        super().__init__(self._write)
        self.kind = kind
        self.places: tuple[float, ...] = ()

    def set_locs(self, locs: list[float]) -> None:
        super().set_locs(locs)
        self.places = tuple(locs)

    def _write(self, value: float, _position: int | None) -> str:
        scale = 100 if self.kind == "share" else 1
        whole = all(abs(scale * place - round(scale * place)) < _NEARLY for place in self.places)
        return write_number(value, self.kind, decimals=0 if whole else None)


def write_ticks(axis: Axis, kind: str) -> None:
    """Write the ticks of an axis as money, shares or durations in the page's format, whole where all of them are."""
    axis.set_major_formatter(_Ticks(kind))


def shorten(text: str, most: int = 28) -> str:
    """Cut a label that would run into its neighbour, and show that it was cut.

    Dollar signs are escaped: matplotlib would read what stands between two of them as a formula.

    Examples
    --------
    >>> shorten("a very long name of a customer segment", 12)
    'a very long…'
    """
    cut = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return cut.replace("$", r"\$")


def say_instead(ax: Axes, text: str) -> Axes:
    """Write why there is nothing to draw, in place of the picture."""
    ax.set_axis_off()
    ax.text(
        0.5,
        0.5,
        "\n".join(wrap(text, _LINE_INSIDE)).replace("$", r"\$"),
        ha="center",
        va="center",
        transform=ax.transAxes,
        color=INK,
    )
    return ax
