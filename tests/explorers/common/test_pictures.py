"""Layers of a picture fit on each other, and what is written on an axis is what the page would write."""

from __future__ import annotations

import asyncio
import base64
import re

import numpy as np
import pytest
from matplotlib.axes import Axes

from cvlab.explorers.common.controls import REST, Resting, bounded_slider, new_figure, write_notes, write_picture
from cvlab.explorers.common.pictures import KeptPictures, lay_over, write_panels
from cvlab.figures.style import new_axes, write_ticks


def draw_money(ax: Axes) -> None:
    new_axes(ax).plot([10, 90], [2000, 3000])
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "money")
    ax.set_ylabel("a label\nof two lines")


def read_svg(written: str) -> str:
    encoded = re.search(r"base64,([^\"]+)", written)
    assert encoded is not None
    return base64.b64decode(encoded.group(1)).decode("utf-8")


def find_lines(svg: str) -> set[str]:
    return set(re.findall(r"<path d=\"(M [^\"]+)\"", svg))


def test_a_point_laid_over_lies_where_it_would_have_been_drawn() -> None:
    figure, _ = KeptPictures().draw("money", 1, (5.0, 3.0), draw_money, alt="")
    over = lay_over(figure)
    over.axes[0].plot([20, 60], [2200, 2800], color="red")
    together = new_figure(size=(5.0, 3.0))
    ax = together.add_subplot()
    draw_money(ax)
    ax.set(xlim=figure.axes[0].get_xlim(), ylim=figure.axes[0].get_ylim())
    ax.plot([20, 60], [2200, 2800], color="red")
    lines = [find_lines(read_svg(write_picture(each, alt=""))) for each in (over, together)]
    points = [np.array(re.findall(r"[\d.]+", line), dtype=float) for line in lines[0]]
    others = [np.array(re.findall(r"[\d.]+", line), dtype=float) for line in lines[1]]
    drawn = next(each for each in points if len(each) == 4)
    assert any(len(each) == 4 and np.allclose(each, drawn, atol=0.05) for each in others)


def test_a_layer_hides_nothing_below_it() -> None:
    figure, _ = KeptPictures().draw("money", 1, (5.0, 3.0), draw_money, alt="")
    svg = read_svg(write_picture(lay_over(figure), alt=""))
    assert "fill: #ffffff" not in svg
    assert "fill: none" in svg


def test_ticks_are_written_once_and_as_before() -> None:
    figure = new_figure(size=(5.0, 3.0))
    draw_money(figure.add_subplot())
    axis = figure.axes[0].yaxis
    places = axis.get_majorticklocs()
    asked = axis.get_major_formatter().format_ticks(places)
    write_picture(figure, alt="")
    assert [label.get_text() for label in axis.get_ticklabels()] == asked
    assert "€2,200" in asked
    assert axis.get_majorticklocs() == pytest.approx(places)


def test_the_same_picture_is_the_same_text() -> None:
    pictures = [KeptPictures().draw("money", 1, (5.0, 3.0), draw_money, alt='"hi"')[1] for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert 'alt="&quot;hi&quot;"' in pictures[0]


def test_a_picture_fits_its_labels() -> None:
    figure, _ = KeptPictures().draw("money", 1, (3.0, 2.0), draw_money, alt="")
    box = figure.axes[0].get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.bbox.y1


def test_pictures_are_kept_by_name_and_state() -> None:
    kept, drawn = KeptPictures(), []
    for name, state in (("a", 1), ("b", 1), ("a", 1), ("a", 2), ("a", 1)):
        kept.draw(name, state, (2.0, 1.0), lambda ax: drawn.append(ax), alt="")
    assert len(drawn) == 4


def test_panels_pile_up_their_layers() -> None:
    written = write_panels([["<img 1>", "<img 2>"], ["<img 3>"]])
    assert re.sub(r"<div[^>]*>", "(", written).replace("</div>", ")") == "((<img 1><img 2>)(<img 3>))"


def test_notes_are_text_and_each_is_said_once() -> None:
    assert write_notes([]) == ""
    assert write_notes(["a < b", "a < b", "c"]).count("<li>") == 2
    assert "a &lt; b" in write_notes(["a < b"])


@pytest.mark.parametrize(
    ("value", "low", "high"), [(129.0, 51.8, 184.93), (27.0, 18.0, 40.0), (0.05, 0.01, 0.09), (5.0, 5.0, 5.0)]
)
def test_a_bounded_slider_stays_inside_and_reaches_its_value(value: float, low: float, high: float) -> None:
    slider = bounded_slider("price", value, low=low, high=high)
    assert low - 1e-9 <= slider.min <= slider.value <= slider.max <= high + 1e-9
    assert slider.value == value
    assert (value - slider.min) / slider.step == pytest.approx(round((value - slider.min) / slider.step), abs=1e-6)
    assert bounded_slider("days", 7.0, low=5, high=10, least_step=1.0).step == 1


def test_what_takes_long_waits_until_nothing_moves() -> None:
    answers: list[int] = []
    resting = Resting(lambda: answers.append(1))

    async def drag() -> None:
        for _ in range(3):
            resting()
            await asyncio.sleep(REST / 3)
        assert not answers
        await asyncio.sleep(REST + 0.3)

    asyncio.run(drag())
    assert len(answers) == 1
    resting()
    assert len(answers) == 2
