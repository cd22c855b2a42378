"""What stands on a slide: boxes of text, pictures and tables, each where it was measured to fit.

Places and sizes are in inches, texts in points. A box takes a text only as large as it fits.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.util import Inches, Pt

from cvlab.reports.collecting.pictures import measure_png
from cvlab.reports.publishing.archives import keep_writable
from cvlab.reports.publishing.slide_text import LINE, fit_text, measure_text, split_words, wrap_text

if TYPE_CHECKING:
    from pptx.slide import Slide

POINTS = 72.0  # in an inch
FONT = "Arial"  # there, or a font of the same widths, wherever slides are shown
PADDING = 0.06  # inches around the text in a cell
_MOST_LINES = 6.01  # in a cell; a little more than whole, so that rounding does not cost a line
_BODY_SIZES = (14, 13, 12, 11, 10)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a text looks: the sizes to try, its colour as #rrggbb, and how it stands in its box."""

    sizes: Sequence[float] = _BODY_SIZES
    colour: str = "#1f2428"
    bold: bool = False
    fill: str = ""
    align: str = "left"
    anchor: str = "top"
    inset: float = 0.0


_ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
_ANCHOR = {"top": MSO_ANCHOR.TOP, "middle": MSO_ANCHOR.MIDDLE, "bottom": MSO_ANCHOR.BOTTOM}


def write_title(slide: Slide, text: str, box: Box, look: Look) -> None:
    """Write the title of a slide: the one text by which it is found in an outline, or by a screen reader."""
    shape: Any = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = _place(box)
    _write(shape, text, box, look)


def write_box(slide: Slide, text: str, box: Box, look: Look) -> None:
    """Write a text into a box of its own."""
    if text.strip():
        _write(slide.shapes.add_textbox(*_place(box)), text, box, look)


def draw_bar(slide: Slide, box: Box, colour: str) -> None:
    """Draw a bar of one colour; it says nothing, and readers of screens pass it over."""
    shape = slide.shapes.add_textbox(*_place(box))
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)


def place_picture(slide: Slide, content: bytes, size: tuple[int, int], alt: str, box: Box) -> Box:
    """Put a picture into a box, as large as it fits without being bent, and say what it shows.

    Parameters
    ----------
    size : width and height of the picture in pixels.
    """
    scale = min(box.width / size[0], box.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    fitted = Box(left=box.left, top=box.top + (box.height - height) / 2, width=width, height=height)
    picture: Any = slide.shapes.add_picture(io.BytesIO(content), *_place(fitted))
    picture._element.nvPicPr.cNvPr.set("descr", keep_writable(alt))
    picture.name = "Picture"
    return fitted


def place_png(slide: Slide, png: bytes, alt: str, box: Box) -> Box:
    """Put a PNG into a box."""
    return place_picture(slide, png, measure_png(png), alt, box)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Texts in rows and columns, with the widths of the columns in inches."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    is_number: tuple[bool, ...]


def place_grid(slide: Slide, grid: Grid, box: Box, *, fill: str, ink: str, size: float) -> int:
    """Put as many rows of a grid into a box as fit, and return how many these are."""
    grid = _cut_cells(grid, size)
    shown = count_rows(grid, box.height, size=size)
    if not shown:
        return 0
    heights = _measure_rows(grid, size)[: shown + 1]
    place = Box(left=box.left, top=box.top, width=sum(grid.widths), height=sum(heights))
    table = slide.shapes.add_table(shown + 1, len(grid.head), *_place(place)).table
    for number, height in enumerate(heights):
        table.rows[number].height = Inches(height)
    for number, width in enumerate(grid.widths):
        table.columns[number].width = Inches(width)
    for number, row in enumerate((grid.head, *grid.rows[:shown])):
        for place_in_row, text in enumerate(row):
            cell = table.cell(number, place_in_row)
            look = Look(
                colour=ink if number == 0 else "#1f2428",
                bold=number == 0,
                align="right" if grid.is_number[place_in_row] else "left",
            )
            cell.margin_left = cell.margin_right = cell.margin_top = cell.margin_bottom = Inches(PADDING)
            cell.vertical_anchor = _ANCHOR["top"]
            cell.fill.solid()
            cell.fill.fore_color.rgb = _rgb(fill if number == 0 else "#ffffff" if number % 2 else "#f4f5f2")
            _fill_frame(cell.text_frame, text, size, look)
    return shown


def count_rows(grid: Grid, height: float, *, size: float) -> int:
    """Return how many rows of a grid fit under its head into a height."""
    heights = _measure_rows(_cut_cells(grid, size), size)
    return sum(sum(heights[: number + 1]) <= height for number in range(1, len(heights)))


def count_columns(columns: Sequence[Sequence[str]], width: float, *, size: float) -> int:
    """Return how many columns fit beside each other without a word being broken."""
    needs = _measure_words(columns, size)
    return sum(sum(needs[: number + 1]) <= width for number in range(len(needs)))


def share_widths(columns: Sequence[Sequence[str]], width: float, *, size: float) -> tuple[float, ...]:
    """Share a width among columns by the length of what is in them, so that no word must be broken where it can be."""
    least = _measure_words(columns, size)
    wanted = [_inches(max((measure_text(text, size=size, bold=True) for text in column), default=0.0))
              for column in columns]  # fmt: skip
    if sum(wanted) <= width:
        return tuple(want + (width - sum(wanted)) * want / sum(wanted) for want in wanted)
    if sum(least) >= width:
        return tuple(width * need / sum(least) for need in least)
    spare = width - sum(least)
    # What is long gets more of the rest, but less than in proportion: a sentence may take several lines.
    hunger = [max(0.0, want - need) ** 0.7 for want, need in zip(wanted, least, strict=True)]
    return tuple(need + spare * share / sum(hunger) for need, share in zip(least, hunger, strict=True))


def _cut_cells(grid: Grid, size: float) -> Grid:
    """Cut what would take too many lines, so that one long text does not push the other rows out."""

    def cut(row: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            fit_text(text, width=(width - 2 * PADDING) * POINTS, height=_MOST_LINES * size * LINE, sizes=(size,)).text
            for text, width in zip(row, grid.widths, strict=True)
        )

    return replace(grid, head=cut(grid.head), rows=tuple(map(cut, grid.rows)))


def _measure_words(columns: Sequence[Sequence[str]], size: float) -> list[float]:
    """Return the width that the longest word of each column needs, in inches."""
    return [
        _inches(
            max((measure_text(word, size=size, bold=True) for text in column for word in split_words(text)), default=0)
        )
        for column in columns
    ]


def _inches(points: float) -> float:
    return points / POINTS + 2 * PADDING + 0.02


def _measure_rows(grid: Grid, size: float) -> list[float]:
    """Return the heights of the head and of each row, in inches."""
    rows = [_measure_row(row, grid.widths, size, bold=False) for row in grid.rows]
    return [_measure_row(grid.head, grid.widths, size, bold=True), *rows]


def _measure_row(texts: Sequence[str], widths: Sequence[float], size: float, *, bold: bool) -> float:
    lines = max(
        len(wrap_text(text, width=(width - 2 * PADDING) * POINTS, size=size, bold=bold))
        for text, width in zip(texts, widths, strict=True)
    )
    return lines * size * LINE / POINTS + 2 * PADDING


def _write(shape: Any, text: str, box: Box, look: Look) -> None:
    if look.fill:
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(look.fill)
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Inches(look.inset)
    frame.vertical_anchor = _ANCHOR[look.anchor]
    fitted = fit_text(
        keep_writable(text),
        width=(box.width - 2 * look.inset) * POINTS,
        height=(box.height - 2 * look.inset) * POINTS,
        sizes=look.sizes,
        bold=look.bold,
    )
    _fill_frame(frame, fitted.text, fitted.size, look)


def _fill_frame(frame: Any, text: str, size: float, look: Look) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    for number, line in enumerate(keep_writable(text).split("\n")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = _ALIGN[look.align]
        paragraph.line_spacing = 1.0
        run = paragraph.add_run()
        run.text = line
        run.font.name, run.font.size, run.font.bold = FONT, Pt(size), look.bold
        run.font.color.rgb = _rgb(look.colour)


def _place(box: Box) -> tuple[Any, Any, Any, Any]:
    return Inches(box.left), Inches(box.top), Inches(box.width), Inches(box.height)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour.removeprefix("#").upper())
