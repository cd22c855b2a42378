"""Small pictures within a line of text: a number over runs, and a difference against what matters.

They are SVG, put into the page as the address of an image, so that nothing of them can act. Nothing but numbers that
were rounded here goes into them: no text of the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

INK, QUIET, BAND, ACCENT = "#1f2428", "#8c959f", "#cfd8e0", "#0b4f7d"
_WIDTH, _HEIGHT, _EDGE = 132.0, 34.0, 4.0
_FACTOR_BEYOND = 6.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """A number of one run with its interval; low and high are NaN where it has none."""

    value: float
    low: float = math.nan
    high: float = math.nan


def draw_sparkline(points: Sequence[Point | None]) -> str:
    """Return the address of a picture of a number over runs, oldest first: its intervals as a band, gaps left open.

    Returns "" where there is not a single number.

    Examples
    --------
    >>> address = draw_sparkline([Point(value=1.0, low=0.5, high=1.5), None, Point(value=2.0)])
    >>> address[:30], "circle" in address
    ('data:image/svg+xml,%3Csvg%20xm', True)
    """
    known = [(position, point) for position, point in enumerate(points) if point and math.isfinite(point.value)]
    if not known:
        return ""
    sizes = [size for _, p in known for size in (p.value, p.low, p.high) if math.isfinite(size)]
    across = _scale(0, max(1, len(points) - 1), _EDGE, _WIDTH - _EDGE)
    up = _scale(min(sizes), max(sizes), _HEIGHT - _EDGE, _EDGE)
    places = {position: (across(position) if len(points) > 1 else _WIDTH / 2) for position, _ in known}
    shapes = []
    for stretch in _find_stretches([position for position, _ in known]):
        mine = [(places[position], points[position]) for position in stretch]
        shapes += _draw_stretch([(x, p) for x, p in mine if p], up)
    position, last = known[-1]
    shapes.append(_dot(places[position], up(last.value), ACCENT))
    return _write_svg(_WIDTH, _HEIGHT, shapes)


def draw_change(difference: float, low: float, high: float, smallest_change: float) -> str:
    """Return the address of a picture of a difference: its interval, 0 as a line, too little to matter as a band.

    Returns "" where the difference has no interval.

    Examples
    --------
    >>> draw_change(2.0, 1.0, 3.0, 0.5)[:19], draw_change(2.0, float("nan"), float("nan"), 0.5)
    ('data:image/svg+xml,', '')
    """
    if not all(map(math.isfinite, (difference, low, high))):
        return ""
    reach = max(abs(low), abs(high), abs(difference))
    matters = smallest_change if math.isfinite(smallest_change) else 0.0
    # Where the band is far wider than the interval it only fills the picture: its edges are then left outside.
    half = max(reach, min(matters, _FACTOR_BEYOND * reach if reach else matters)) * 1.1 or 1.0
    across = _scale(-half, half, 1.0, _WIDTH - 1.0)
    middle, height = 9.0, 18.0
    left, right = across(max(-half, -matters)), across(min(half, matters))
    shapes = [
        f'<rect x="{_write(left)}" y="1" width="{_write(right - left)}" height="16" fill="{BAND}"/>',
        _line(across(0), 0, across(0), height, QUIET),
        _line(across(low), middle, across(high), middle, INK, 2),
        *(_line(across(end), middle - 4, across(end), middle + 4, INK, 1.5) for end in (low, high)),
        _dot(across(difference), middle, ACCENT),
    ]
    return _write_svg(_WIDTH, height, shapes)


def _draw_stretch(points: Sequence[tuple[float, Point]], up: _Scale) -> list[str]:
    """Draw runs that follow each other: the band, then the line; a lone run gets a whisker and a dot."""
    shapes = []
    wide = [(x, p) for x, p in points if math.isfinite(p.low) and math.isfinite(p.high)]
    if len(wide) > 1:
        outline = [(x, up(p.high)) for x, p in wide] + [(x, up(p.low)) for x, p in reversed(wide)]
        shapes.append(f'<polygon points="{_write_points(outline)}" fill="{BAND}"/>')
    elif wide:
        x, p = wide[0]
        shapes.append(_line(x, up(p.low), x, up(p.high), QUIET, 2))
    line = [(x, up(p.value)) for x, p in points]
    if len(line) > 1:
        shapes.append(f'<polyline points="{_write_points(line)}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    else:
        shapes.append(_dot(*line[0], INK, 2))
    return shapes


def _find_stretches(positions: Iterable[int]) -> list[list[int]]:
    stretches: list[list[int]] = []
    for position in positions:
        if stretches and stretches[-1][-1] == position - 1:
            stretches[-1].append(position)
        else:
            stretches.append([position])
    return stretches


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if not self.high > self.low:
            return (self.start + self.end) / 2
        # Halves first: the distance of two huge numbers may be more than a float can hold.
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + share * (self.end - self.start)


def _scale(low: float, high: float, start: float, end: float) -> _Scale:
    return _Scale(float(low), float(high), start, end)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    ends = f'x1="{_write(x1)}" y1="{_write(y1)}" x2="{_write(x2)}" y2="{_write(y2)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _dot(x: float, y: float, colour: str, radius: float = 3) -> str:
    return f'<circle cx="{_write(x)}" cy="{_write(y)}" r="{radius}" fill="{colour}"/>'


def _write_points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_write(x)},{_write(y)}" for x, y in points)


def _write(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "0"


def _write_svg(width: float, height: float, shapes: Iterable[str]) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{"".join(shapes)}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"
