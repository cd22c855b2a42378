"""Texts that fit: measured before they are put on a slide, made smaller where they must be, and cut where that fails.

    lines = words laid out one after the other at the width of the box;  height = lines × size × 1.2      [points]

Widths are those of DejaVu Sans, which comes with matplotlib and is wider than the fonts that slides are shown in:
what fits here fits there. Characters it does not have count as wide as they are high.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from PIL import ImageFont

LINE = 1.2  # height of a line in sizes of the font
_MEASURED_AT = 100
_BLANKS = re.compile(r"[ \t\v\f]+")
_WIDE_FROM = 0x1100  # Hangul, Chinese, Japanese, emoji: as wide as high


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A text as it is put into a box: the size of its letters, and whether something had to be cut."""

    text: str
    size: float
    lines: int

    @property
    def height(self) -> float:
        """In points."""
        return self.lines * self.size * LINE


def fit_text(text: str, *, width: float, height: float, sizes: Sequence[float], bold: bool = False) -> Fitted:
    """Return a text in the largest of some sizes in which it fits a box; cut with an ellipsis in the smallest.

    Parameters
    ----------
    width, height : of the box, in points.
    sizes : to try, the largest first.

    Examples
    --------
    >>> fitted = fit_text("one two three", width=200, height=30, sizes=(20, 10))
    >>> fitted.text, fitted.size, fitted.lines
    ('one two three', 20, 1)
    >>> fit_text("one two three " * 20, width=100, height=30, sizes=(20, 10)).text
    'one two three one two three one tw…'
    """
    text = "\n".join(" ".join(split_words(line)) for line in text.split("\n"))
    for size in sizes:
        lines = wrap_text(text, width=width, size=size, bold=bold)
        if len(lines) * size * LINE <= height:
            return Fitted(text=text, size=size, lines=len(lines))
    size = sizes[-1]
    most = max(1, int(height / (size * LINE)))
    kept = wrap_text(text, width=width, size=size, bold=bold)[:most]
    while kept[-1] and measure_text(f"{kept[-1]}…", size=size, bold=bold) > width:
        kept[-1] = kept[-1][:-1]
    kept[-1] = kept[-1].rstrip() + "…"
    return Fitted(text=" ".join(kept), size=size, lines=len(kept))


def wrap_text(text: str, *, width: float, size: float, bold: bool = False) -> list[str]:
    """Return the lines of a text in a box of some width, in points; a word that is too long is broken."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in split_words(paragraph):
            longer = f"{line} {word}" if line else word
            if measure_text(longer, size=size, bold=bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _break_word(word, width, size, bold)
            lines.extend(full)
        lines.append(line)
    return lines


def measure_text(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of a text in points.

    Examples
    --------
    >>> measure_text("mm", size=10) > measure_text("ii", size=10)
    True
    """
    return sum(_measure_sign(sign, bold) for sign in text) * size


def split_words(line: str) -> list[str]:
    """Split where a line may be broken: at blanks, not at those that hold a number and its unit together."""
    return [word for word in _BLANKS.split(line) if word]


def _break_word(word: str, width: float, size: float, bold: bool) -> list[str]:
    parts, part = [], ""
    for sign in word:
        if part and measure_text(part + sign, size=size, bold=bold) > width:
            parts.append(part)
            part = ""
        part += sign
    return [*parts, part]


@cache
def _measure_sign(sign: str, bold: bool) -> float:
    """Return the width of one character in sizes of the font."""
    width = _load_font(bold).getlength(sign) / _MEASURED_AT
    return max(1.0, width) if ord(sign) >= _WIDE_FROM and sign not in "–—‘’“”…−€" else width


@cache
def _load_font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(path, _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)
