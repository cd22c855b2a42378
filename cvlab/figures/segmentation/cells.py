"""What the pictures of segmentation share: a table of shaded cells, and names broken into lines."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes

from cvlab.figures.style import INK, shorten

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DARK = 0.6


def shade_cells(ax: Axes, values: np.ndarray, texts: list[list[str]], *, colours: str, low: float, high: float) -> None:
    """Draw a table of cells, each with its number, dark on pale and white on dark shades."""
    image = ax.imshow(np.clip(values, low, high), cmap=colours, vmin=low, vmax=high, aspect="auto")
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            red, green, blue, _ = image.cmap(image.norm(values[row, column]))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < _DARK
            ax.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if dark else INK)
    ax.grid(False)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def wrap(text: str, width: int) -> str:
    """Break a name into at most two lines; the second is cut where it is still too long."""
    lines = textwrap.wrap(text, width) or [""]
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return "\n".join(shorten(line, width + 2) for line in lines)
