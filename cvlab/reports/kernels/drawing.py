"""In every kernel of a report: a figure becomes two pictures of one layout, as pixels for the page and as a drawing.

IPython would lay the figure out and draw it twice for each of them, only to find where it ends. Here it is laid out
once, for the pixels, and the drawing is cut at the same edges. It is an extension of IPython, so that kernels of all
kinds have it: copies of the server, and ordinary ones where there is none.

A picture has as many pixels as a page can show, however large its figure: one of a word that stands a thousand figures
away from its axes would need more memory than there is, and the kernel would die of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

PIXELS_PER_DOT = 2  # sharp on today's screens, and in print
_MOST_PIXELS, _LONGEST_SIDE = 30_000_000, 15_000
_FARTHEST = 3.0  # times its own size to which a figure may grow by what stands outside


def load_ipython_extension(shell: Any) -> None:
    """Show figures as `draw_formats` draws them, whatever a backend would do."""
    from matplotlib.figure import Figure

    shell.display_formatter.mimebundle_formatter.for_type(Figure, draw_formats)


def draw_formats(figure: Figure) -> tuple[dict[str, str], dict[str, Any]] | None:
    """Return a figure as PNG (base64) and SVG, with the size at which the PNG is meant; None if nothing is on it.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure(figsize=(4, 3), dpi=100, layout="constrained")
    >>> draw_formats(figure) is None
    True
    >>> _ = figure.subplots().plot([0, 1])
    >>> pictures, described = draw_formats(figure)
    >>> sorted(pictures), sorted(described["image/png"])
    (['image/png', 'image/svg+xml'], ['height', 'width'])
    """
    from IPython.core.pylabtools import print_figure, retina_figure
    from matplotlib import rcParams

    if not figure.axes and not figure.lines:
        return None
    dpi, engine = figure.dpi, figure.get_layout_engine()
    try:
        figure.dpi = dpi * PIXELS_PER_DOT * _shrink(figure.bbox_inches, dpi * PIXELS_PER_DOT)
        figure.draw_without_rendering()
        edges = _find_edges(figure, rcParams["savefig.pad_inches"])
        figure.dpi = dpi * _shrink(edges, dpi * PIXELS_PER_DOT)
        figure.set_layout_engine(None)  # else each picture would be drawn once for nothing before it is drawn
        pixels, size = retina_figure(figure, base64=True, bbox_inches=edges)
        drawing = print_figure(figure, "svg", bbox_inches=edges)
    finally:
        figure.dpi = dpi
        figure.set_layout_engine(engine)
    return {"image/png": pixels, "image/svg+xml": drawing}, {"image/png": size}


def _find_edges(figure: Figure, padding: float) -> Bbox:
    """Return where the drawing ends, in inches; where something stands far outside, the edges of the figure itself."""
    edges, own = figure.get_tightbbox().padded(padding), figure.bbox_inches
    far = max(edges.width / own.width, edges.height / own.height)
    large = edges.width * edges.height * (figure.dpi**2) > _MOST_PIXELS
    return own if not math.isfinite(far) or (large and far > _FARTHEST) else edges


def _shrink(edges: Bbox, pixels_per_inch: float) -> float:
    """Return the share of the resolution that leaves a picture with edges no more pixels than it may have."""
    width, height = edges.width * pixels_per_inch, edges.height * pixels_per_inch
    return float(min(1.0, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height)))
