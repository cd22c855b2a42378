"""The presentation in the making: slides that all wear the same, in a file that does not say who made it, or when."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from cvlab.reports.publishing.archives import keep_writable, read_start, write_archive
from cvlab.reports.publishing.slide_shapes import Box, Look, draw_bar, place_picture, write_box, write_title
from cvlab.units import NumberFormat

if TYPE_CHECKING:
    from pptx.slide import Slide

    from cvlab.reports.publishing.brand import PageBrand

WIDTH, HEIGHT = 13.333, 7.5  # inches: 16 to 9
MARGIN = 0.6
QUIET = "#57606a"
_TITLE_ONLY = 5  # the layout of an empty presentation that has a title and nothing else
_PRINTER = "printerSettings"
_PIXELS = ("image/png", "image/jpeg")


class Deck:
    """The presentation in the making: adds slides that all wear the same."""

    def __init__(self, manifest: Mapping[str, Any], brand: PageBrand) -> None:
        self.manifest, self.brand = manifest, brand
        line = manifest["line"]
        self.number_format = NumberFormat(currency=line["currency"], locale=line["number_format"])
        self._made = Presentation()
        self._made.slide_width, self._made.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self._logo = _read_logo(brand)
        self._count = 0

    def add_slide(self) -> Slide:
        """Add a slide with the line, the footer and the page number at its foot, and the logo."""
        slide = self._made.slides.add_slide(self._made.slide_layouts[_TITLE_ONLY])
        self._count += 1
        quiet = Look(sizes=(10, 9, 8), colour=QUIET, anchor="middle")
        line = self.manifest["line"]
        write_box(slide, self.brand.footer, Box(left=MARGIN, top=7.02, width=6.4, height=0.3), quiet)
        said = " · ".join(filter(None, (line["name"], line["period"], str(self._count))))
        right = Look(sizes=quiet.sizes, colour=QUIET, anchor="middle", align="right")
        write_box(slide, said, Box(left=7.2, top=7.02, width=WIDTH - MARGIN - 7.2, height=0.3), right)
        return slide

    def add_page(self, tag: str, title: str) -> Slide:
        """Add a slide with a tag and a sentence on top."""
        slide = self.add_slide()
        draw_bar(slide, Box(left=0, top=0, width=WIDTH, height=0.12), self.brand.primary)
        tagged = Look(sizes=(12, 11, 10), colour=self.brand.secondary_ink, bold=True, anchor="middle")
        write_box(slide, tag, Box(left=MARGIN, top=0.32, width=9.8, height=0.32), tagged)
        look = Look(sizes=(24, 22, 20, 18, 16, 15, 14, 13), colour=self.brand.primary_ink, bold=True)
        write_title(slide, title, Box(left=MARGIN, top=0.72, width=WIDTH - 2 * MARGIN, height=1.3), look)
        self.place_logo(slide, Box(left=WIDTH - MARGIN - 1.6, top=0.2, width=1.6, height=0.45))
        return slide

    def place_logo(self, slide: Slide, box: Box) -> None:
        """Put the logo into the right of a box."""
        if self._logo is None or self.brand.logo is None:
            return
        scale = min(box.width / self._logo[0], box.height / self._logo[1])
        width = self._logo[0] * scale
        place = Box(left=box.left + box.width - width, top=box.top, width=width, height=box.height)
        place_picture(slide, self.brand.logo, self._logo, "Logo", place)

    def save(self, path: Path) -> None:
        """Write the file, with nothing in it of who made the empty presentation, or when."""
        properties, start = self._made.core_properties, read_start(self.manifest)
        line = self.manifest["line"]
        properties.author = properties.last_modified_by = "cvlab"
        properties.title = keep_writable(f"{line['name']} {line['period']}".strip())
        properties.created = properties.modified = start.replace(tzinfo=None)
        properties.revision = 1
        part = self._made.part
        for name, link in list(part.rels.items()):
            if link.reltype.endswith(_PRINTER):
                part.rels.pop(name)
        stream = io.BytesIO()
        self._made.save(stream)
        write_archive(stream.getvalue(), path, start)


def _read_logo(brand: PageBrand) -> tuple[int, int] | None:
    """Return width and height of the logo; None without one, or where it is a drawing, which slides cannot hold."""
    if brand.logo is None or brand.logo_mime not in _PIXELS:
        return None
    with Image.open(io.BytesIO(brand.logo)) as picture:
        return picture.size
