"""Pictures in layers: what stays while a slider moves is drawn once, and what moves is laid over it.

Drawing a chart with its axes takes a tenth of a second, drawing a line on it a hundredth.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlab.explorers.common.controls import new_figure, write_picture


class KeptPictures:
    """Pictures by name, each drawn anew only when what it shows has changed.

    Examples
    --------
    >>> pictures = KeptPictures()
    >>> first = pictures.draw("line", 1, (3.0, 2.0), lambda ax: ax.plot([0, 1]), alt="A line.")
    >>> pictures.draw("line", 1, (3.0, 2.0), lambda ax: ax.plot([1, 0]), alt="A line.") is first
    True
    >>> pictures.draw("line", 2, (3.0, 2.0), lambda ax: ax.plot([1, 0]), alt="A line.") is first
    False
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Hashable, tuple[Figure, str]]] = {}

    def draw(
        self, name: str, state: Hashable, size: tuple[float, float], draw: Callable[[Axes], object], *, alt: str
    ) -> tuple[Figure, str]:
        """Return the figure and its HTML; the last ones of this name where `state` is still the same."""
        known = self._kept.get(name)
        if known is None or known[0] != state:
            figure = new_figure(size=size)
            draw(figure.add_subplot())
            known = self._kept[name] = state, (figure, write_picture(figure, alt=alt))
        return known[1]


def lay_over(figure: Figure) -> Figure:
    """Return an empty, transparent figure whose Axes lie exactly on those of `figure`, which has been written before.

    Examples
    --------
    >>> figure, _ = KeptPictures().draw("line", 1, (3.0, 2.0), lambda ax: ax.plot([4, 9]), alt="A line.")
    >>> lay_over(figure).axes[0].get_ylim() == figure.axes[0].get_ylim()
    True
    """
    over = Figure(figsize=tuple(figure.get_size_inches()), facecolor="none")
    for below in figure.axes:
        ax = over.add_axes(below.get_position().bounds)
        ax.set(xlim=below.get_xlim(), ylim=below.get_ylim())
        ax.set_axis_off()
    return over


def write_panels(panels: Sequence[Sequence[str]]) -> str:
    """Return pictures side by side as HTML, each of them a pile of images of one size, the lowest first.

    Examples
    --------
    >>> write_panels([["<img>", "<img>"]])
    '<div class="cvlab-panels"><div class="cvlab-layers"><img><img></div></div>'
    """
    piles = "".join(f'<div class="cvlab-layers">{"".join(layers)}</div>' for layers in panels)
    return f'<div class="cvlab-panels">{piles}</div>'
