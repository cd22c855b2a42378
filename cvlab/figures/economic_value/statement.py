"""The value statement as a page: four steps, one below the other."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes

from cvlab.analyses.economic_value import ValueStatement
from cvlab.figures.style import COLOURS, GRID, INK, new_axes, shorten

LINE = 96  # characters
LINE_HEIGHT, GAP, MARGIN = 0.21, 0.16, 0.35  # inches
WIDTH = 8.0


def draw_value_statement(result: ValueStatement, *, ax: Axes | None = None) -> Axes:
    """Draw the page for one account: what is known, what is stated, in money, and what to say."""
    blocks = {
        step: [line for text in lines["text"] for line in wrap(str(text), LINE, subsequent_indent="    ")]
        for step, lines in result.page.groupby("step", sort=False)
    }
    title = wrap(str(result.headline), LINE - 16)
    height = 2 * MARGIN + LINE_HEIGHT * 1.3 * len(title)
    height += sum(LINE_HEIGHT * len(lines) + GAP for lines in blocks.values())
    ax = new_axes(ax, size=(WIDTH, height))
    ax.set_axis_off()
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(height, 0)
    top = MARGIN
    ax.text(0.1, top, "\n".join(map(_plain, title)), va="top", fontsize=11, fontweight="bold", color=INK)
    top += LINE_HEIGHT * 1.3 * len(title) + GAP
    for number, (step, lines) in enumerate(blocks.items()):
        ax.plot([0.1, WIDTH - 0.1], [top - GAP / 2] * 2, color=GRID, linewidth=1)
        ax.text(0.1, top, f"{number + 1} {step}", va="top", fontsize=9.5, fontweight="bold", color=COLOURS[0])
        ax.text(1.35, top, "\n".join(map(_plain, lines)), va="top", fontsize=9, color=INK, linespacing=1.35)
        top += LINE_HEIGHT * len(lines) + GAP
    return ax


def _plain(line: str) -> str:
    return shorten(line, LINE + 20)
