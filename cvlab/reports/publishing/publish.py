"""Publish: the files of one report, built aside and moved into place in one step.

    reports/<line>/<run>/   index.html · report.pdf · tables.xlsx · slides.pptx · pictures/ · notebooks/ · manifest.json

A reader sees a whole report or none. The page and the manifest are always made; the other formats on request. Where one
of them cannot be made on this machine, or a logo cannot be shown, a sentence says so and the rest is published.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.collecting.strict_json import write_json
from cvlab.reports.plans.formats import DEFAULT_FORMATS, check_formats
from cvlab.reports.publishing.brand import PageBrand, read_brand
from cvlab.reports.publishing.pages import Download, describe_report, render_page, render_print
from cvlab.reports.records.manifest import RunFacts, build_manifest

if TYPE_CHECKING:
    from cvlab.tables.product_line import ProductLine

_FILES = {"html": "index.html", "pdf": "report.pdf", "xlsx": "tables.xlsx", "pptx": "slides.pptx"}


@dataclass(frozen=True, kw_only=True)
class Published:
    """The report of one line: its page, and in one sentence each what could not be made."""

    page: Path
    warnings: tuple[str, ...] = ()


def publish_report(
    output: Path,
    workspace: Path,
    facts: RunFacts,
    line: ProductLine,
    runs: Sequence[ChapterRun],
    *,
    formats: Sequence[str] = DEFAULT_FORMATS,
) -> Published:
    """Build the report of one line aside, move it into place, and return its page.

    It takes and returns only what can be handed to another process.
    """
    aside = workspace / "pages" / line.slug
    (aside / "notebooks").mkdir(parents=True)
    brand = read_brand(line)
    manifest = build_manifest(facts, line, runs)
    for run in runs:
        if run.notebook is not None:
            write_json(run.notebook, aside / "notebooks" / f"{run.chapter.name}.ipynb")
    warnings = [brand.problem, *_write_formats(aside, manifest, facts, runs, brand, check_formats(formats))]
    made = [name for name, file in _FILES.items() if (aside / file).is_file()]
    write_json({**manifest, "formats": made}, aside / "manifest.json")
    target = output / line.slug / facts.run
    target.parent.mkdir(exist_ok=True)
    os.rename(aside, target)
    return Published(page=target / "index.html", warnings=tuple(filter(None, warnings)))


def _write_formats(
    folder: Path,
    manifest: dict[str, Any],
    facts: RunFacts,
    runs: Sequence[ChapterRun],
    brand: PageBrand,
    formats: Sequence[str],
) -> list[str]:
    """Write every format but the notebooks, the page last, for it links to what was made; return what could not be."""
    warnings = []
    write_pictures(folder, runs)
    report = describe_report(manifest, facts, runs, brand)
    if "pdf" in formats:
        from cvlab.reports.publishing.pdf import write_pdf

        warnings.append(write_pdf(render_print(report), folder / _FILES["pdf"]) or "")
    if "xlsx" in formats:
        from cvlab.reports.publishing.workbook import write_workbook

        write_workbook(folder / _FILES["xlsx"], manifest, runs, brand)
    if "pptx" in formats:
        from cvlab.reports.publishing.slides import write_slides

        write_slides(folder / _FILES["pptx"], manifest, runs, brand)
    page = render_page(report, downloads=_list_downloads(folder))
    (folder / _FILES["html"]).write_text(page, encoding="utf-8")
    return warnings


def _list_downloads(folder: Path) -> list[Download]:
    offered = [
        Download(path=_FILES["pdf"], name="Report (PDF)", holds="to print and to send"),
        Download(path=_FILES["xlsx"], name="Tables (Excel)", holds="every table in full"),
        Download(path=_FILES["pptx"], name="Slides (PowerPoint)", holds="one for each chapter"),
    ]
    return [download for download in offered if (folder / download.path).is_file()]


def write_pictures(folder: Path, runs: Sequence[ChapterRun]) -> tuple[Path, ...]:
    """Write every picture as `pictures/<chapter>-<number>.png` and `.svg` in a folder, and return the files."""
    files: dict[Path, bytes] = {}
    for run in runs:
        for picture in run.pictures:
            stem = folder / "pictures" / f"{run.chapter.number:02d}-{picture.number}"
            if picture.png is not None:
                files[stem.with_suffix(".png")] = picture.png
            if picture.svg:
                files[stem.with_suffix(".svg")] = picture.svg.encode()
    if files:
        (folder / "pictures").mkdir(exist_ok=True)
    for path, content in files.items():
        path.write_bytes(content)
    return tuple(files)
