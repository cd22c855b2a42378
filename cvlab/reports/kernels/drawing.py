"""In every kernel of a report: a figure becomes two pictures of one layout, as pixels for the page and as a drawing.

IPython would lay the figure out and draw it twice for each of them, only to find where it ends. Here it is laid out
once, for the pixels, and the drawing is cut at the same edges. It is an extension of IPython, so that kernels of all
kinds have it: copies of the server, and ordinary ones where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_DOT = 2  # sharp on today's screens, and in print


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
        figure.dpi = dpi * PIXELS_PER_DOT
        figure.draw_without_rendering()
        edges = figure.get_tightbbox().padded(rcParams["savefig.pad_inches"])
        figure.dpi = dpi
        figure.set_layout_engine(None)  # else each picture would be drawn once for nothing before it is drawn
        pixels, size = retina_figure(figure, base64=True, bbox_inches=edges)
        drawing = print_figure(figure, "svg", bbox_inches=edges)
    finally:
        figure.dpi = dpi
        figure.set_layout_engine(engine)
    return {"image/png": pixels, "image/svg+xml": drawing}, {"image/png": size}
