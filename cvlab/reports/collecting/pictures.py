"""The pictures of a chapter: each as PNG for a page or a slide, and as SVG to be enlarged or edited.

They carry nothing but the drawing: no comment, no time, no name of the program that drew them.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

PNG_MIME, SVG_MIME = "image/png", "image/svg+xml"
_PNG_START = b"\x89PNG\r\n\x1a\n"
# What is needed to show the picture as it was meant; the rest is text, times and whatever else programs add.
_SHOWN = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"bKGD", b"sBIT")


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """One picture of a chapter.

    Attributes
    ----------
    number : its place among the chapter's pictures, from 1.
    heading : of the section in which it stands.
    key : of the headline that was presented last before it; "" where there was none.
    alt : what it shows, for those who hear the page.
    png : the file's content; None where the chapter drew none.
    svg : the cleaned drawing; "" where the chapter drew none.
    """

    number: int
    heading: str
    alt: str
    png: bytes | None
    svg: str
    key: str = ""


def read_png(written: str) -> bytes | None:
    """Return a PNG, as a notebook holds it, without anything that does not show; None where it is none.

    Examples
    --------
    >>> read_png("aGVsbG8=") is None
    True
    """
    try:
        content = base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content.startswith(_PNG_START):
        return None
    kept, place = [_PNG_START], len(_PNG_START)
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        end = place + 12 + length
        if end > len(content):
            return None
        kind = content[place + 4 : place + 8]
        if kind in _SHOWN:
            kept.append(content[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    return None


def measure_png(png: bytes) -> tuple[int, int]:
    """Return the width and height of a PNG in pixels."""
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)
