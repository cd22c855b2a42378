"""The brand: how a report is dressed, so that it stays readable in any two colours.

    contrast = (lighter + 0.05) / (darker + 0.05)      of the relative luminance of two colours   [1 to 21]

Source: Web Content Accessibility Guidelines 2.2 (2023), "contrast ratio" and "relative luminance"; 4.5 is the least for
text. What a line's `brand` leaves open has a default here. A brand colour is never used as it is for letters on paper:
it is darkened until it can be read, and what stands on it is white or nearly black, whichever can be read better.

A logo is a file inside the folder of the line, a PNG, JPEG or SVG of at most 1 MB. One that is not usable is left out
with one sentence that says why; a report is not held up by it.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from PIL import Image

if TYPE_CHECKING:
    from cvlab.tables.product_line import ProductLine

PRIMARY, SECONDARY = "#0b4f7d", "#57606a"
PAPER, GROUND, INK = "#ffffff", "#f4f5f2", "#1f2428"
LEAST_CONTRAST = 4.5
LARGEST_LOGO = 1_000_000  # bytes
MOST_PIXELS = 25_000_000  # a small file can hold a picture that fills the memory
_STEPS = 40
_PLAIN_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*>", re.IGNORECASE)
_UNSAFE_SVG = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\?xml-stylesheet|<(?:\w+:)?(?:script|foreignObject)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PageBrand:
    """What a report wears.

    Attributes
    ----------
    logo, logo_mime : the bytes of the logo and their type, such as image/png; None and "" without a logo.
    primary, secondary : two colours as #rrggbb, for surfaces and lines; for letters take `primary_ink`.
    footer : a line at the foot of every page; "" when there is none.
    problem : why the logo is left out, in one sentence; "" when nothing is wrong.

    Examples
    --------
    >>> brand = PageBrand(primary="#ffdd00", secondary="#102030")
    >>> brand.on_primary, brand.on_secondary
    ('#1f2428', '#ffffff')
    >>> measure_contrast(brand.primary_ink, "#ffffff") >= 4.5
    True
    """

    logo: bytes | None = None
    logo_mime: str = ""
    primary: str = PRIMARY
    secondary: str = SECONDARY
    footer: str = ""
    problem: str = ""

    @property
    def on_primary(self) -> str:
        """The colour of letters on the primary colour."""
        return choose_ink(self.primary)

    @property
    def on_secondary(self) -> str:
        """The colour of letters on the secondary colour."""
        return choose_ink(self.secondary)

    @property
    def primary_ink(self) -> str:
        """The primary colour, dark enough for letters on paper."""
        return darken_to_read(self.primary)

    @property
    def secondary_ink(self) -> str:
        """The secondary colour, dark enough for letters on paper."""
        return darken_to_read(self.secondary)

    @cached_property
    def logo_uri(self) -> str:
        """The logo as a data: address; "" without a logo."""
        if self.logo is None:
            return ""
        return f"data:{self.logo_mime};base64,{base64.b64encode(self.logo).decode('ascii')}"


def read_brand(line: ProductLine) -> PageBrand:
    """Return what the reports of a product line wear."""
    primary, secondary = line.brand.colours or (PRIMARY, SECONDARY)
    logo, mime, problem = None, "", ""
    if line.brand.logo is not None:
        try:
            logo, mime = _read_logo(Path(line.folder), line.brand.logo)
        except ValueError as error:
            problem = f"The logo {line.brand.logo} of {line.name} is left out: {error}."
    return PageBrand(
        logo=logo,
        logo_mime=mime,
        primary=primary.lower(),
        secondary=secondary.lower(),
        footer=line.brand.footer or "",
        problem=problem,
    )


def measure_contrast(colour: str, other: str) -> float:
    """Return how well two colours can be told apart, 1 to 21.

    Examples
    --------
    >>> round(measure_contrast("#000000", "#ffffff"), 1), round(measure_contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    darker, lighter = sorted((_measure_luminance(colour), _measure_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def choose_ink(ground: str) -> str:
    """Return white or nearly black, whichever can be read better on a colour; black where neither is enough.

    Examples
    --------
    >>> choose_ink("#0b4f7d"), choose_ink("#ddaa33")
    ('#ffffff', '#1f2428')
    """
    best = max((PAPER, INK), key=lambda ink: measure_contrast(ink, ground))
    return best if measure_contrast(best, ground) >= LEAST_CONTRAST else "#000000"


def darken_to_read(colour: str, ground: str = GROUND) -> str:
    """Return a colour mixed with black until letters in it can be read on a light ground; as it is where they can.

    Examples
    --------
    >>> darken_to_read("#0b4f7d"), darken_to_read("#ffffff")
    ('#0b4f7d', '#6c6c6c')
    """
    parts = _split(colour)
    for step in range(_STEPS + 1):
        darker = "#" + "".join(f"{round(part * (1 - step / _STEPS)):02x}" for part in parts)
        if measure_contrast(darker, ground) >= LEAST_CONTRAST:
            return darker
    return INK


def _read_logo(folder: Path, name: str) -> tuple[bytes, str]:
    """Return the bytes of a logo and their type; ValueError says why it cannot be shown."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise ValueError("it is no file inside the folder of the line")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror})") from None
    if len(content) > LARGEST_LOGO:
        raise ValueError("it is larger than 1 MB: save a smaller one")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _check_pixels(content, end=b"IEND\xaeB`\x82"), "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return _check_pixels(content, end=b"\xff\xd9"), "image/jpeg"
    if b"<svg" in content or b":svg" in content:
        return _check_svg(content), "image/svg+xml"
    raise ValueError("it is neither a PNG nor a JPEG nor an SVG: save it as one of them")


def _check_pixels(content: bytes, *, end: bytes) -> bytes:
    """Refuse a picture that is cut off, which libraries may show in part, and one that would fill the memory."""
    if end not in content:
        raise ValueError("it is cut off: save it again")
    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise ValueError(f"it has {width} × {height} pixels: save a smaller one")
            picture.load()
    except (OSError, SyntaxError, Warning, Image.DecompressionBombError):
        raise ValueError("it is damaged or too large: save it again") from None
    return content


def _check_svg(content: bytes) -> bytes:
    """Refuse what could act or grow: a logo needs neither scripts nor entities."""
    content = _PLAIN_DOCTYPE.sub(b"", content, count=1)
    if _UNSAFE_SVG.search(content) or b"\x00" in content:
        raise ValueError("it holds a script, a style sheet or an entity: save it as plain SVG or as PNG")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  entities are refused above
    except ElementTree.ParseError:
        raise ValueError("it is not well-formed SVG: save it again") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError("it is not an SVG: save it as one, or as PNG")
    return content


def _split(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _measure_luminance(colour: str) -> float:
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (part / 255 for part in _split(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
