"""The identity of a run: everything on which its numbers depend, so that a stopped run is only continued by the same.

Two runs are the same when the lines' files, the notebooks, the parameters (seed and effort among them), the formats,
cvlab's own code and the packages under it are. How many workers there are, and how long a chapter may take, changes no
number.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cvlab.reports.collecting.strict_json import make_strict
from cvlab.reports.plans.plan import Plan
from cvlab.reports.records.manifest import list_versions

PACKAGE = Path(__file__).resolve().parents[2]
_CODE = {".py", ".j2", ".css", ".yaml"}
_MOST_TOLD = 5


def describe_run(plans: Sequence[Plan], *, formats: Sequence[str]) -> dict[str, Any]:
    """Return the identity of a run, ready for strict JSON."""
    return dict(
        make_strict(
            {
                "cvlab": importlib.metadata.version("cvlab"),
                "code": _hash_code(),
                "python": ".".join(map(str, sys.version_info[:3])),
                "packages": list_versions(),
                "formats": list(formats),
                "reports": [_describe_report(plan, number) for plan in plans for number in range(len(plan.lines))],
            }
        )
    )


def list_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in a few words each in what two runs differ.

    Examples
    --------
    >>> list_differences({"cvlab": "0.1", "formats": ["html"]}, {"cvlab": "0.2", "formats": ["html"]})
    ['cvlab (0.1, now 0.2)']
    """
    return list(dict.fromkeys(_differences(then, now)))


def name_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Name the first few differences in one text."""
    told = list_differences(then, now)
    more = [f"{len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
    return ", ".join([*told[:_MOST_TOLD], *more])


def _describe_report(plan: Plan, number: int) -> dict[str, Any]:
    line = plan.lines[number]
    return {
        "name": line.name,
        "slug": line.slug,
        "effort": plan.effort,
        "data": dict(line.data_hashes),
        "chapters": {
            chapter.name: {"notebook": chapter.sha256, "parameters": dict(plan.by_chapter[chapter.number])}
            for chapter in plan.chapters
        },
    }


def _hash_code() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in _CODE):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in ("cvlab", "python"):
        if then.get(name) != now.get(name):
            yield f"{name} ({then.get(name)}, now {now.get(name)})"
    if then.get("code") != now.get("code") and then.get("cvlab") == now.get("cvlab"):
        yield "the code of cvlab"
    if packages := _changed(then, now, "packages"):
        yield f"the packages {', '.join(packages)}"
    if then.get("formats") != now.get("formats"):
        yield "the formats"
    before, after = then.get("reports") or [], now.get("reports") or []
    if [report["slug"] for report in before] != [report["slug"] for report in after]:
        yield "the product lines"
        return
    for old, new in zip(before, after, strict=True):
        yield from _differences_of_reports(old, new)


def _differences_of_reports(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if then["effort"] != now["effort"]:
        yield f"the effort ({then['effort']}, now {now['effort']})"
    if files := _changed(then, now, "data"):
        yield f"the data of {now['name']} ({', '.join(files)})"
    old, new = then["chapters"], now["chapters"]
    if set(old) != set(new):
        yield f"the chapters of {now['name']}"
    for name in sorted(set(old) & set(new)):
        if old[name]["notebook"] != new[name]["notebook"]:
            yield f"the notebook {name}"
        if parameters := _changed(old[name], new[name], "parameters"):
            yield f"the parameters {', '.join(parameters)} of {now['name']}"


def _changed(then: Mapping[str, Any], now: Mapping[str, Any], part: str) -> list[str]:
    """Return the names whose values differ, or that only one of two mappings has."""
    old, new = then.get(part) or {}, now.get(part) or {}
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name) or (name in old) != (name in new))
