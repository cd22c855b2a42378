"""Circumstances: what two runs did not have in common besides the world they looked at.

A number that moved because a parameter, a seed, the effort, a chapter or cvlab itself was changed tells nothing about
customers. So everything that a manifest knows about how a run was made is compared, and each headline is told which of
it may have moved it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cvlab.tables.setting_values import cut

COLUMNS = ("chapter", "what", "then", "now")
_NOT_GIVEN = "–"
_LONGEST_VALUE = 60
_REPEATED = ("effort", "seed")
_OF_THE_RUN = ("cvlab", "effort", "seed", "python", "git_commit", "light")
_OF_THE_LINE = ("name", "period", "currency", "customers", "report_currency", "rate", "number_format")


def list_circumstances(old: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    """List what differs between two manifests: chapter (0 for the whole run), what, then and now.

    Examples
    --------
    >>> table = list_circumstances({"seed": 0, "data": {"customers.csv": "a"}}, {"seed": 1, "data": {}})
    >>> table[["what", "then", "now"]].values.tolist()
    [['seed', '0', '1'], ['data customers.csv', 'there', '–']]
    """
    rows = [
        *_compare_values(0, "", old, new, _OF_THE_RUN),
        *_compare_values(0, "line ", old.get("line") or {}, new.get("line") or {}, _OF_THE_LINE),
        *_compare_files(old.get("data") or {}, new.get("data") or {}),
        *_compare_values(0, "package ", old.get("packages") or {}, new.get("packages") or {}),
        *_compare_chapters(old, new),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def has_same_data(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether both runs read the very same files; unknown counts as no."""
    return bool(old.get("data")) and old.get("data") == new.get("data")


def list_technical_causes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name what differs between the runs that moves numbers without a customer having moved.

    Examples
    --------
    >>> list_technical_causes({"seed": 0, "effort": "quick"}, {"seed": 1, "effort": "full"})
    ['the seed', 'the effort']
    """
    causes = {
        "the seed": ("seed",),
        "the effort": ("effort",),
        "parameters": ("parameters",),
        "cvlab itself": ("cvlab", "git_commit"),
        "packages": ("packages", "python"),
    }
    return [cause for cause, names in causes.items() if any(old.get(name) != new.get(name) for name in names)]


def find_chapter(manifest: Mapping[str, Any], number: object) -> Mapping[str, Any]:
    """Return what a manifest says of a chapter; nothing where it was no part of the run."""
    return next((chapter for chapter in manifest.get("chapters") or () if chapter.get("chapter") == number), {})


def find_seed(manifest: Mapping[str, Any], number: object) -> object:
    """Return the seed with which a chapter ran: its own, else that of the run."""
    own = (find_chapter(manifest, number).get("parameters") or {}).get("seed")
    return manifest.get("seed") if own is None else own


def _compare_values(
    chapter: object, prefix: str, old: Mapping[str, Any], new: Mapping[str, Any], names: tuple[str, ...] | None = None
) -> Iterator[tuple[object, str, str, str]]:
    for name in names or sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield chapter, f"{prefix}{name.replace('_', ' ')}", _write(old.get(name)), _write(new.get(name))


def _compare_files(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[object, str, str, str]]:
    """Name the files whose content differs; a hash tells a reader nothing more."""
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            then, now = ("there" if name in side else _NOT_GIVEN for side in (old, new))
            yield 0, f"data {name}", then, now
        elif old[name] != new[name]:
            yield 0, f"data {name}", "", "other content"


def _compare_chapters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[object, str, str, str]]:
    numbers = {chapter.get("chapter") for side in (old, new) for chapter in side.get("chapters") or ()}
    for number in sorted(numbers):
        then, now = find_chapter(old, number), find_chapter(new, number)
        if not then or not now:
            yield number, "part of the run", "yes" if then else "no", "yes" if now else "no"
            continue
        if then.get("status") != now.get("status"):
            yield number, "status", _write(then.get("status")), _write(now.get("status"))
        if then.get("source_sha256") != now.get("source_sha256"):
            yield number, "notebook", "", "other content"
        first, second = dict(then.get("parameters") or {}), dict(now.get("parameters") or {})
        for name in _REPEATED:  # said once, of the whole run
            if first.get(name) == old.get(name) and second.get(name) == new.get(name):
                first.pop(name, None)
                second.pop(name, None)
        yield from _compare_values(number, "parameter ", first, second)


def _write(value: object) -> str:
    return _NOT_GIVEN if value is None or value == "" else cut(str(value), _LONGEST_VALUE)
