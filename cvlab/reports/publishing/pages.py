"""Pages: what a run has found, written for a reader: the summary first, then the chapters that carry a decision.

Chapters go through nbconvert with a template over its `basic`, and are cleaned. The page and the print, from which the
PDF is made, show the same bodies; the page is a file that opens anywhere, offline, and does nothing but show, which its
content security policy says to the browser, too. Of the other chapters at most five stand open: those whose answers are
sharpest. The rest is an appendix, folded on the page, printed in full.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.publishing.brand import PageBrand
from cvlab.reports.publishing.cleaning import clean_html, frame_tables, hold_numbers, order_headings
from cvlab.reports.records.manifest import LIGHT_KEY, RunFacts
from cvlab.reports.records.ranking import is_answer, measure_sharpness
from cvlab.units import NumberFormat, write_number

if TYPE_CHECKING:
    from nbconvert.exporters import HTMLExporter

TEMPLATES = Path(__file__).parent / "templates"
PART_NAMES = {"light": "Light", "who": "Who", "worth": "Worth", "offer": "Offer", "keep": "Keep", "first": "First"}
EFFORT_NAMES = {"quick": "quick look", "full": "full effort"}
MOST_OPEN = 5
TRUST = 1
_PICTURE = re.compile(r"<figure>(<img [^>]*>)</figure>")
_USUAL_WIDTH = 800  # dots of a picture that fills the column
_SIZE_STANDS_WITHIN = 64  # letters of base64
# Height by width above which a picture needs more of a printed page, for what is written in it to be read.
_SHAPES = {"tall": 1.0, "square": 0.85}


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file beside the page: where it is, what it is, and what it holds."""

    path: str
    name: str
    holds: str = ""


def describe_report(
    manifest: Mapping[str, Any], facts: RunFacts, runs: Sequence[ChapterRun], brand: PageBrand
) -> dict[str, Any]:
    """Return what the page and the print show, bodies of chapters included; it is made once for both."""
    shown = sorted(
        (run for run in runs if run.status != "skipped"),
        key=lambda run: (run.chapter.number != SUMMARY, run.chapter.number),
    )
    light = next((record for record in manifest["headlines"] if record["key"] == LIGHT_KEY), None)
    standing = choose_open(shown, light=manifest["light"])
    chapters = [_show_chapter(run) for run in shown]
    return {
        "manifest": manifest,
        "brand": brand,
        "customers": _count_customers(manifest["line"]),
        "started": facts.started.astimezone(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0"),
        "effort": EFFORT_NAMES[facts.effort],
        "light_reason": light["text"] if light else "",
        "first": [chapter for chapter in chapters if chapter["number"] == SUMMARY],
        "chapters": [chapter for chapter in chapters if chapter["number"] in standing],
        "appendix": [chapter for chapter in chapters if chapter["number"] not in {*standing, SUMMARY}],
        "skipped": [_show_chapter(run) for run in runs if run.status == "skipped"],
        "notebooks": [run.chapter.name for run in runs if run.notebook is not None],
    }


def render_page(report: Mapping[str, Any], *, downloads: Sequence[Download] = ()) -> str:
    """Return the page of one report, from what `describe_report` gives, with links to the files beside it."""
    linked = {name: [_link_pictures(chapter) for chapter in report[name]] for name in ("first", "chapters", "appendix")}
    return make_environment().get_template("page.html.j2").render({**report, **linked, "downloads": downloads})


def render_print(report: Mapping[str, Any]) -> str:
    """Return what the PDF is made from: a cover, contents with page numbers, every chapter in full."""
    return make_environment().get_template("print.html.j2").render(dict(report))


def choose_open(runs: Sequence[ChapterRun], *, light: str | None, most: int = MOST_OPEN) -> set[int]:
    """Choose the chapters that stand open beside the summary: at most five, on whose answers a decision can rest.

    Chapter 1 is one of them where the data are not green, for then the decision is to collect more; so is a chapter
    that failed, before those that only describe. Among the others the sharpest answer in money comes first, then the
    sharpest of any kind.
    """
    others = [run for run in runs if run.chapter.number != SUMMARY]
    chosen = sorted(others, key=lambda run: _rate_chapter(run, light=light))[:most]
    return {run.chapter.number for run in chosen}


@cache
def make_environment() -> Environment:
    """Return the templates' environment; every text that is put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["hold_numbers"] = lambda text: Markup(hold_numbers(str(escape(text))))  # noqa: S704  escaped
    for name in ("report", "print"):
        style = (TEMPLATES / f"{name}.css").read_text(encoding="utf-8")
        environment.globals["style" if name == "report" else f"{name}_style"] = Markup(style)  # noqa: S704  our own
    environment.globals["brand"] = PageBrand()
    return environment


@cache
def load_exporter() -> HTMLExporter:
    """Return nbconvert's exporter with the chapter template; loading it takes a while, so it is kept."""
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    # The PNG before the SVG: what is drawn of thousands of points is small as a picture, large as a drawing.
    priority = ["text/html", "image/png", "image/svg+xml"]
    exporter = HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": priority}}),
        template_name="chapter",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_raw=True,
        exclude_anchor_links=True,
    )
    exporter.register_filter("clean_html", clean_html)
    exporter.register_filter("hold_numbers", hold_numbers)
    exporter.register_filter("state_size", state_size)
    return exporter


def state_size(png: str) -> str:
    """Return the attributes that tell how large a picture is, before all of it is read, and its shape if it is high.

    Pictures are drawn with two or more dots for each of the page's; what is said is the size on the page.

    Examples
    --------
    >>> state_size("iVBORw0KGgoAAAANSUhEUgAABkgAAAKOCAYAAABxxxxx")
    ' width="804" height="327"'
    """
    start = base64.b64decode("".join(png[:_SIZE_STANDS_WITHIN].split())[:32])
    width, height = struct.unpack(">II", start[16:24])
    scale = max(1, round(width / _USUAL_WIDTH))
    shape = next((f' class="{name}"' for name, ratio in _SHAPES.items() if height > ratio * width), "")
    return f'{shape} width="{width // scale}" height="{height // scale}"'


def _rate_chapter(run: ChapterRun, *, light: str | None) -> tuple[int, bool, float, int]:
    """Return a key that sorts chapters by how much of a decision rests on them."""
    number = run.chapter.number
    if number == TRUST:
        return (5 if light == "green" else 0, False, 0.0, number)
    if run.status == "failed":
        return (2, False, 0.0, number)
    answers = [record for record in run.headlines if is_answer(record) and record.get("value") is not None]
    if not answers:
        return (4 if run.headlines else 3, False, 0.0, number)
    sharpest = min((record.get("unit") != "money", measure_sharpness(record)) for record in answers)
    return (1, *sharpest, number)


def _count_customers(line: Mapping[str, Any]) -> str:
    number_format = NumberFormat(currency=line["currency"], locale=line["number_format"])
    written = write_number(line["customers"], "count", number_format=number_format)
    return f"{written} customer{'s' if line['customers'] != 1 else ''}"


def _show_chapter(run: ChapterRun) -> dict[str, Any]:
    return {
        "number": run.chapter.number,
        "first": run.chapter.number == SUMMARY,
        "title": run.chapter.title,
        "part": PART_NAMES[run.chapter.part],
        "question": run.chapter.question,
        "status": run.status,
        "reason": run.reason,
        "drawings": [
            f"pictures/{run.chapter.number:02d}-{picture.number}.svg" if picture.svg else "" for picture in run.pictures
        ],
        "body": Markup(_render_chapter(run)),  # noqa: S704  cleaned by the chapter template
    }


def _link_pictures(chapter: Mapping[str, Any]) -> dict[str, Any]:
    """Let each picture lead to its drawing beside the page, which can be enlarged; as it is where there is none."""
    parts = _PICTURE.split(chapter["body"])
    drawings = chapter["drawings"]
    if len(parts) // 2 != len(drawings):
        return dict(chapter)
    parts[1::2] = [
        f'<figure><a href="{path}" title="Enlarge">{picture}</a></figure>' if path else f"<figure>{picture}</figure>"
        for picture, path in zip(parts[1::2], drawings, strict=True)
    ]
    return {**chapter, "body": Markup("".join(parts))}  # noqa: S704  cleaned before, and paths are our own


def _render_chapter(run: ChapterRun) -> str:
    if run.notebook is None:
        return ""
    import nbformat

    html, _ = load_exporter().from_notebook_node(nbformat.from_dict(_without_title(run.notebook)))
    return frame_tables(order_headings(str(html)), where=f"chapter {run.chapter.number}")


def _without_title(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Take the first heading out: the page gives the chapter's title itself."""
    cells = list(notebook["cells"])
    for position, cell in enumerate(cells):
        if cell["cell_type"] == "markdown" and re.search(r"^# +.+$", cell["source"], re.MULTILINE):
            cells[position] = cell | {"source": re.sub(r"^# +.+$", "", cell["source"], count=1, flags=re.MULTILINE)}
            break
    return {**notebook, "cells": cells}
