"""The page of a comparison: each headline then and now, what changed, and what else differs between the runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cvlab.errors import DataError
from cvlab.reports.comparison.comparison import RunComparison, compare_runs
from cvlab.reports.comparison.comparison_words import (
    HOW_WORDS,
    ORDER,
    TITLES,
    compare_first_actions,
    describe_changes,
    name_run,
)
from cvlab.reports.comparison.verdicts import SAME
from cvlab.reports.history.inline_pictures import draw_change
from cvlab.reports.publishing.pages import EFFORT_NAMES, make_environment
from cvlab.reports.records.runs import Run


def name_page(old: Run, new: Run) -> Path:
    """Return where the page of a comparison stands: beside the newer run, named by the folders of both.

    Examples
    --------
    >>> name_page((Path("reports/tea/a"), {}), (Path("reports/tea/b"), {})).as_posix()
    'reports/tea/compare-a-b.html'
    """
    return new[0].parent / f"compare-{old[0].name}-{new[0].name}.html"


def write_comparison_page(old: Run, new: Run, path: Path | None = None) -> Path:
    """Compare two runs and write the page, in one step; return where it stands.

    Raises
    ------
    ParameterError : the runs are of two lines.
    DataError : the page cannot be written there.
    """
    comparison = compare_runs(old[1], new[1])
    target = path or name_page(old, new)
    html = render_comparison(comparison, old, new, beside=target.parent)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_in_one_step(target, html)
    except OSError as error:
        raise DataError(f"the page {target} cannot be written ({error.strerror}): name another with --html") from None
    return target


def write_in_one_step(path: Path, text: str) -> None:
    """Write a file aside and move it into place: nobody reads half of it."""
    aside = path.with_name(f".page-{os.getpid()}.html")
    try:
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def render_comparison(comparison: RunComparison, old: Run, new: Run, *, beside: Path) -> str:
    """Return the page of a comparison that will stand in the folder `beside`."""
    changes = describe_changes(comparison, old[1], new[1])
    for change in changes:
        change["how"] = HOW_WORDS[change["how"]]
        change["picture"] = draw_change(
            change["difference"], change["difference_low"], change["difference_high"], change["smallest_change"]
        )
    groups = [
        {"verdict": verdict, "title": TITLES[verdict], "rows": [row for row in changes if row["verdict"] == verdict]}
        for verdict in ORDER
    ]
    return make_environment().get_template("compare.html.j2").render(
        line=new[1]["line"],
        groups=[group for group in groups if group["rows"]],
        same=SAME,
        headline=str(comparison.headline),
        first_action=compare_first_actions(old[1], new[1]),
        notes=comparison.notes,
        told=[change for change in changes if change["verdict"] != SAME and _says_two_things(change)],
        circumstances=comparison.circumstances.to_dict("records"),
        runs=[_describe_side(run, beside) for run in (old, new)],
        index=_link(new[0].parent.parent / "index.html", beside),
    )  # fmt: skip


def _says_two_things(change: dict[str, Any]) -> bool:
    return bool(change["text_then"]) and bool(change["text_now"]) and change["text_then"] != change["text_now"]


def _describe_side(run: Run, beside: Path) -> dict[str, Any]:
    folder, manifest = run
    return {
        "run": manifest["run"],
        "started": name_run(manifest),
        "period": manifest["line"].get("period") or "–",
        "effort": EFFORT_NAMES.get(manifest.get("effort") or "", manifest.get("effort") or "–"),
        "customers": manifest["line"].get("customers"),
        "light": manifest.get("light"),
        "page": _link(folder / "index.html", beside),
    }


def _link(target: Path, beside: Path) -> str:
    """Return the address of a file as seen from a folder; empty where there is no way, as between two drives."""
    try:
        return quote(Path(os.path.relpath(target.resolve(), beside.resolve())).as_posix())
    except ValueError:
        return ""


def list_pages(folders: Iterable[Path]) -> set[str]:
    """Return the names of the comparison pages that lie beside runs."""
    return {page.name for folder in {folder.parent for folder in folders} for page in folder.glob("compare-*.html")}
