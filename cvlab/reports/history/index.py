"""The index: every line side by side, its numbers over the runs, and every report in the folder, the newest first.

It is made from the manifests that lie there, so that reports may be deleted or copied in by hand; a manifest that
cannot be read is named at the foot, not stumbled over. The newest two runs of a line are compared on a page of their
own, which is written along with the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cvlab.errors import DataError
from cvlab.reports.comparison.comparison_words import name_run
from cvlab.reports.history.comparison_page import list_pages, name_page, write_comparison_page, write_in_one_step
from cvlab.reports.history.listing import FILES, describe_runs, say_status
from cvlab.reports.history.side_by_side import describe_numbers, find_top, list_key_numbers
from cvlab.reports.history.totals import say_totals
from cvlab.reports.publishing.pages import EFFORT_NAMES, make_environment
from cvlab.reports.records.order import Run, follow
from cvlab.reports.records.runs import has_answers, read_manifests


def write_index(output: Path) -> Path:
    """Write `index.html` over all reports in a folder, in one step, and return its path."""
    runs, broken = read_manifests(output)
    lines = [
        _describe_line([run for run in runs if run[1]["line"]["slug"] == slug], output)
        for slug in dict.fromkeys(manifest["line"]["slug"] for _, manifest in runs)
    ]
    numbers = list_key_numbers()
    shown = [place for place in range(len(numbers)) if any(line["keys"][place] for line in lines)]
    html = make_environment().get_template("index.html.j2").render(
        lines=lines,
        count=len(runs),
        titles=[numbers[place].name[:1].upper() + numbers[place].name[1:] for place in shown],
        shown=shown,
        has_tops=any(line["top"] for line in lines),
        totals=say_totals([line["manifest"] for line in lines]),
        broken=broken,
    )  # fmt: skip
    page = output / "index.html"
    write_in_one_step(page, html)
    return page


def _describe_line(runs: Sequence[Run], output: Path) -> dict[str, Any]:
    """Describe a line: its numbers side by side, its runs, and the pages that compare them."""
    answering = follow([run for run in runs if has_answers(run[1])])
    numbers = describe_numbers([manifest for _, manifest in answering or runs])
    latest = None
    if len(answering) > 1:
        latest = _compare_newest(answering[1], answering[0])
    described = [
        {**_describe_run(run, known, output), "top": find_top(run[1])}
        for run, known in zip(runs, describe_runs(runs), strict=True)
    ]
    newest = (answering or runs)[0]
    return {
        "name": newest[1]["line"]["name"],
        "manifest": newest[1],
        "newest": next(known for run, known in zip(runs, described, strict=True) if run is newest),
        "keys": numbers.keys,
        "others": numbers.others,
        "top": numbers.top,
        "runs": described,
        "changes": _link(latest, output) if latest else "",
        "comparisons": _list_comparisons(runs, output),
    }


def _compare_newest(old: Run, new: Run) -> Path | None:
    """Write the page that compares the newest two runs; a name too long for the disk leaves the index without it."""
    try:
        return write_comparison_page(old, new)
    except DataError:
        return None


def _describe_run(run: Run, known: dict[str, Any], output: Path) -> dict[str, Any]:
    folder = run[0]
    return {
        **known,
        "page": _link(folder / "index.html", output),
        "effort": EFFORT_NAMES.get(known["effort"], known["effort"]),
        "status": say_status(known),
        "files": [{"name": FILES[name], "page": _link(folder / name, output)} for name in known["files"]],
    }


def _list_comparisons(runs: Sequence[Run], output: Path) -> list[dict[str, str]]:
    """List the comparison pages whose two runs are both still there, the newest first."""
    pages = list_pages(folder for folder, _ in runs)
    return [
        {"page": _link(page, output), "then": name_run(old[1]), "now": name_run(new[1])}
        for new in runs
        for old in runs
        if old is not new and (page := name_page(old, new)).name in pages and page.is_file()
    ]


def _link(path: Path, output: Path) -> str:
    return quote(path.relative_to(output).as_posix())
