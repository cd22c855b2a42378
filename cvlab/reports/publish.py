"""Publish: one page per run that opens anywhere, offline, and does nothing but show.

Chapters go through nbconvert with a template over its `basic`; what comes out is cleaned to harmless tags, so that no
name, region or product of the data can bring a script, a link or a picture from elsewhere. The page's content security
policy says the same to the browser. Everything is built aside and moved into place in one step.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cvlab.reports.chapters import SUMMARY
from cvlab.reports.collect import ChapterRun
from cvlab.reports.manifest import LIGHT_KEY, RunFacts, build_manifest, write_json
from cvlab.units import NumberFormat, write_number

if TYPE_CHECKING:
    from nbconvert.exporters import HTMLExporter

    from cvlab.tables.product_line import ProductLine

TEMPLATES = Path(__file__).parent / "templates"
PART_NAMES = {"light": "Light", "who": "Who", "worth": "Worth", "offer": "Offer", "keep": "Keep", "first": "First"}
EFFORT_NAMES = {"quick": "quick look", "full": "full effort"}
_TAGS = [
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
]
_ATTRIBUTES = {"class", "title", "lang", "dir", "colspan", "rowspan", "scope"}
_UNSEEN = re.compile(r"<(script|style|template|iframe|object|svg|math)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
# A sign with up to three letters or signs of a currency after it, and the number: "-€10.71", "−10,71 €", "-CHF 5".
_SIGNED = re.compile(r"(?<!\w)[-\u2212][^\s\d<>&;-]{0,4}[\u00a0\u202f]?\d(?:[\d.,'\u2019\u00a0\u202f]*\d)?%?")
_TAG = re.compile(r"(<[^>]*>)")
_HEADING = re.compile(r"<(/?)h([1-6])\b")


def publish_report(
    output: Path, workspace: Path, facts: RunFacts, line: ProductLine, runs: Sequence[ChapterRun]
) -> Path:
    """Build the report of one line aside, move it into place, and return its page."""
    aside = workspace / "pages" / line.slug
    (aside / "notebooks").mkdir(parents=True)
    manifest = build_manifest(facts, line, runs)
    write_json(manifest, aside / "manifest.json")
    for run in runs:
        if run.notebook is not None:
            write_json(run.notebook, aside / "notebooks" / f"{run.chapter.name}.ipynb")
    (aside / "index.html").write_text(render_page(manifest, facts, runs), encoding="utf-8")
    target = output / line.slug / facts.run
    target.parent.mkdir(exist_ok=True)
    os.rename(aside, target)
    return target / "index.html"


def render_page(manifest: dict[str, Any], facts: RunFacts, runs: Sequence[ChapterRun]) -> str:
    """Return the page of one report: summary first, then the chapters, then what could not be answered."""
    shown = sorted(
        (run for run in runs if run.status != "skipped"),
        key=lambda run: (run.chapter.number != SUMMARY, run.chapter.number),
    )
    light = next((record for record in manifest["headlines"] if record["key"] == LIGHT_KEY), None)
    return make_environment().get_template("page.html.j2").render(
        manifest=manifest,
        customers=_count_customers(manifest["line"]),
        started=facts.started.astimezone(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0"),
        effort=EFFORT_NAMES[facts.effort],
        light_reason=light["text"] if light else "",
        chapters=[_show_chapter(run) for run in shown],
        skipped=[_show_chapter(run) for run in runs if run.status == "skipped"],
        notebooks=[run.chapter.name for run in runs if run.notebook is not None],
    )  # fmt: skip


def clean_html(html: str) -> str:
    """Return HTML with nothing left that could act or load: no script, style, event, form, link or picture.

    Examples
    --------
    >>> clean_html('<p onclick="go()">Sold <script>alert(1)</script><a href="https://example.org">here</a></p>')
    '<p>Sold <a>here</a></p>'
    """
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    cleaner = SanitizeHTML(tags=_TAGS, attributes=_keep_attribute, strip=True)
    return str(cleaner.sanitize_html_tags(_UNSEEN.sub("", html)))


def shift_headings(html: str) -> str:
    """Put a chapter's headings two levels under the page's: its own title is the level between.

    Examples
    --------
    >>> shift_headings("<h1>A</h1><h2>B</h2>")
    '<h3>A</h3><h3>B</h3>'
    """
    return _HEADING.sub(lambda found: f"<{found[1]}h{min(6, max(2, int(found[2])) + 1)}", html)


def hold_numbers(html: str) -> str:
    """Keep a minus sign and its number on one line: browsers may break after the sign.

    Examples
    --------
    >>> hold_numbers('<p title="-1">from -€10.71 to 5, 2025-01-02</p>')
    '<p title="-1">from <span class="whole">-€10.71</span> to 5, 2025-01-02</p>'
    """
    parts = _TAG.split(html)
    parts[::2] = [_SIGNED.sub(r'<span class="whole">\g<0></span>', text) for text in parts[::2]]
    return "".join(parts)


def let_tables_scroll(html: str) -> str:
    """Put each table into a box of its own, in which a narrow screen can move it to the side.

    Examples
    --------
    >>> let_tables_scroll("<table></table>")
    '<div class="scroll" tabindex="0"><table></table></div>'
    """
    return html.replace("<table", '<div class="scroll" tabindex="0"><table').replace("</table>", "</table></div>")


@cache
def make_environment() -> Environment:
    """Return the templates' environment; every text that is put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["hold_numbers"] = lambda text: Markup(hold_numbers(str(escape(text))))  # noqa: S704  escaped
    environment.globals["style"] = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704
    return environment


@cache
def load_exporter() -> HTMLExporter:
    """Return nbconvert's exporter with the chapter template; loading it takes a while, so it is kept."""
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    priority = ["text/html", "image/svg+xml", "image/png"]
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
    exporter.register_filter("let_tables_scroll", let_tables_scroll)
    exporter.register_filter("shift_headings", shift_headings)
    return exporter


def _count_customers(line: dict[str, Any]) -> str:
    number_format = NumberFormat(currency=line["currency"], locale=line["number_format"])
    written = write_number(line["customers"], "count", number_format=number_format)
    return f"{written} customer{'s' if line['customers'] != 1 else ''}"


def _show_chapter(run: ChapterRun) -> dict[str, Any]:
    return {
        "number": run.chapter.number,
        "title": run.chapter.title,
        "part": PART_NAMES[run.chapter.part],
        "question": run.chapter.question,
        "status": run.status,
        "reason": run.reason,
        "body": Markup(_render_chapter(run)),  # noqa: S704  cleaned by the chapter template
    }


def _render_chapter(run: ChapterRun) -> str:
    if run.notebook is None:
        return ""
    import nbformat

    html, _ = load_exporter().from_notebook_node(nbformat.from_dict(_without_title(run.notebook)))
    return str(html)


def _without_title(notebook: dict[str, Any]) -> dict[str, Any]:
    """Take the first heading out: the page gives the chapter's title itself."""
    cells = list(notebook["cells"])
    for position, cell in enumerate(cells):
        if cell["cell_type"] == "markdown" and re.search(r"^# +.+$", cell["source"], re.MULTILINE):
            cells[position] = cell | {"source": re.sub(r"^# +.+$", "", cell["source"], count=1, flags=re.MULTILINE)}
            break
    return notebook | {"cells": cells}


def _keep_attribute(tag: str, name: str, value: str) -> bool:
    return name in _ATTRIBUTES or (tag == "a" and name == "href" and value.startswith("#"))
