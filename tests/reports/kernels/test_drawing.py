"""Figures become the same pictures as IPython would make of them, with one layout for both."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import print_figure, retina_figure, select_figure_formats
from matplotlib.figure import Figure
from PIL import Image

from cvlab.reports.kernels import drawing


def draw(layout="constrained", *, colorbar=False):
    figure = Figure(figsize=(4, 3), dpi=80, layout=layout)
    axes = figure.subplots()
    lines = axes.plot([1, 10, 100], label="a line with a name that needs room")
    axes.set_ylabel("share of people\nwho would buy")
    figure.suptitle("worth")
    figure.legend(loc="outside upper right" if layout == "constrained" else "upper right")
    if colorbar:
        figure.colorbar(axes.imshow(np.eye(3)), ax=axes)
    assert lines
    return figure


def read_pixels(png):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), dtype=float)


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
@pytest.mark.parametrize("colorbar", [False, True])
def test_pictures_are_those_of_ipython(layout, colorbar):
    pictures, described = drawing.draw_formats(draw(layout, colorbar=colorbar))
    png, size = retina_figure(draw(layout, colorbar=colorbar), base64=True)
    assert described == {"image/png": size}
    ours, its = read_pixels(pictures["image/png"]), read_pixels(png)
    assert ours.shape == its.shape
    assert np.mean(np.abs(ours - its)) < 0.5  # of 255: letters may stand a fraction of a pixel aside
    svg = print_figure(draw(layout, colorbar=colorbar), "svg")
    assert pictures["image/svg+xml"].count("<g id=") == svg.count("<g id=")


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
def test_a_figure_is_left_as_it_was(layout):
    figure = draw(layout)
    engine = figure.get_layout_engine()
    first = drawing.draw_formats(figure)
    assert (figure.dpi, figure.get_layout_engine()) == (80, engine)
    assert drawing.draw_formats(figure)[0]["image/png"] == first[0]["image/png"]


def test_a_figure_that_cannot_be_drawn_says_why_and_is_left_as_it_was():
    figure = draw()
    engine = figure.get_layout_engine()
    figure.axes[0].set_title("$\\nonsense{$")
    with pytest.raises(ValueError, match="nonsense"):
        drawing.draw_formats(figure)
    assert (figure.dpi, figure.get_layout_engine()) == (80, engine)


@pytest.mark.parametrize("size", [(400, 300), (500, 1), (4, 3)])
def test_a_picture_never_needs_more_memory_than_there_is(size):
    figure = Figure(figsize=size, dpi=100)
    axes = figure.subplots()
    axes.plot([0, 1])
    if size == (4, 3):
        axes.text(10_000, 10_000, "far outside")
    pictures, described = drawing.draw_formats(figure)
    width, height = Image.open(io.BytesIO(base64.b64decode(pictures["image/png"]))).size
    assert width * height <= 30_000_000
    assert max(width, height) <= 15_000
    assert described["image/png"] == {"width": width // 2, "height": height // 2}
    assert figure.dpi == 100


def test_a_shell_shows_figures_so_whatever_its_backend_says():
    shell = InteractiveShell()
    select_figure_formats(shell, set())
    drawing.load_ipython_extension(shell)
    select_figure_formats(shell, set())  # as the backend does when it is loaded after the extension
    data, described = shell.display_formatter.format(draw())
    assert sorted(data) == ["image/png", "image/svg+xml", "text/plain"]
    assert described["image/png"]["width"] * 2 == read_pixels(data["image/png"]).shape[1]
    assert list(shell.display_formatter.format(Figure())[0]) == ["text/plain"]
