"""The values in a mapping file: how each is read, and the one message where it is not what it should be.

Everything in the file is text until a key says otherwise: `Yes`, `007` and `2026-05-31` stay as they are written.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from cvlab.errors import Problem
from cvlab.tables.setting_values import cut, show

_HUNDRED_YEARS = re.compile(r"(\d{4})\s*-\s*(\d{4})")
_HUNDRED = 100
Read = Callable[[Any, str, "Problems"], Any]
MOST_NAMED = 12


class Problems:
    """Collects what is wrong with a mapping file, so that all of it is said at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, rule: str, remedy: str) -> None:
        """Note one thing that is wrong."""
        self.found.append(Problem(table=self.file, rule=rule, remedy=remedy))


def read_fields(value: Any, place: str, keys: Mapping[str, Read], problems: Problems) -> dict[str, Any]:
    """Read a mapping whose keys are known; each value that can be read is returned under its key."""
    if not isinstance(value, dict):
        problems.add(f"{place} is {show(value)}", f"give keys and values; known are {', '.join(keys)}")
        return {}
    for key in value:
        if key not in keys:
            problems.add(f"{place} has a key {show(key)} that is not known", suggest(key, keys))
    return {
        key: read(value[key], f"{place}: {key}" if place else key, problems)
        for key, read in keys.items()
        if key in value
    }


def suggest(name: Any, known: Collection[str]) -> str:
    """Say what may have been meant, or what is known."""
    close = difflib.get_close_matches(str(name), list(known), n=1)
    if close:
        return f"write {close[0]!r} if that is meant, or delete it"
    listed = list(known)[:MOST_NAMED]
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return f"delete it or correct its spelling; known are {', '.join(listed)}{more}"


def read_text(value: Any, place: str, problems: Problems) -> str:
    if isinstance(value, str):
        return value
    problems.add(f"{place} is {show(value)}", "give text, in quotes where it holds brackets or braces")
    return ""


def read_filled(value: Any, place: str, problems: Problems) -> str:
    text = read_text(value, place, problems)
    if isinstance(value, str) and not text:
        problems.add(f"{place} is empty", "give a name, or delete the key")
    return text


def read_texts(value: Any, place: str, problems: Problems) -> tuple[str, ...]:
    """Read one text or a list of texts."""
    if isinstance(value, str):
        return (value,) if value else ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        problems.add(f"{place} is {show(value)}", "give a text, or a list of texts in square brackets")
        return ()
    return tuple(value)


def read_pairs(value: Any, place: str, problems: Problems) -> dict[str, str]:
    """Read texts by text."""
    return {key: read_text(text, f"{place}: {cut(key)}", problems) for key, text in _named(value, place, problems)}


def read_lists(value: Any, place: str, problems: Problems) -> dict[str, tuple[str, ...]]:
    """Read lists of texts by text."""
    return {key: read_texts(texts, f"{place}: {cut(key)}", problems) for key, texts in _named(value, place, problems)}


def read_over(value: Any, place: str, problems: Problems) -> dict[str, dict[str, str]]:
    """Read the values that groups of columns run over: a list, or what is written by how it stands in column names."""
    over = {}
    for name, values in _named(value, place, problems):
        if isinstance(values, dict):
            over[name] = read_pairs(values, f"{place}: {cut(name)}", problems)
        else:
            listed = read_texts(values, f"{place}: {cut(name)}", problems)
            if len(set(listed)) < len(listed):
                problems.add(f"{place}: {cut(name)} names a value twice", "name each once")
            over[name] = {text: text for text in listed}
        if not over[name]:
            problems.add(f"{place}: {cut(name)} has no values", "list at least one, or delete it")
    if not over:
        problems.add(f"{place} is empty", "give names with their values, such as {price: [9, 12]}")
    return over


def read_truth(value: Any, place: str, problems: Problems) -> bool:
    text = str(value).lower()
    if text not in ("yes", "no", "true", "false"):
        problems.add(f"{place} is {show(value)}", "give yes or no")
    return text in ("yes", "true")


def read_count(value: Any, place: str, problems: Problems) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > len("1048576"):
        problems.add(f"{place} is {show(value)}", "give a whole number of 0 or more")
        return 0
    return int(value)


def read_short_years(value: Any, place: str, problems: Problems) -> str:
    """Read a hundred years, such as 1950-2049."""
    found = _HUNDRED_YEARS.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[2]) - int(found[1]) != _HUNDRED - 1:
        problems.add(f"{place} is {show(value)}", "give the first and the last of a hundred years, such as 1950-2049")
        return ""
    return f"{found[1]}-{found[2]}"


def read_factor(value: Any, place: str, problems: Problems) -> float:
    try:
        factor = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor) or factor == 0:
        problems.add(f"{place} is {show(value)}", "give a finite number other than 0, such as 0.01")
        return 1.0
    return factor


def one_of(allowed: Collection[str]) -> Read:
    """Read one of some words."""

    def read(value: Any, place: str, problems: Problems) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        problems.add(f"{place} is {show(value)}", f"give one of {', '.join(map(repr, allowed))}")
        return next(iter(allowed))

    return read


def each(read: Read) -> Read:
    """Read a list, each item by `read`."""

    def read_items(value: Any, place: str, problems: Problems) -> tuple[Any, ...]:
        if not isinstance(value, list):
            problems.add(f"{place} is {show(value)}", "give a list: one item per line, each after a dash")
            return ()
        return tuple(read(item, f"{place} {number}", problems) for number, item in enumerate(value, start=1))

    return read_items


def by_name(read: Read) -> Read:
    """Read a mapping from any name, each value by `read`."""

    def read_named(value: Any, place: str, problems: Problems) -> dict[str, Any]:
        return {
            name: read(item, f"{place}: {cut(name)}" if place else cut(name), problems)
            for name, item in _named(value, place, problems)
        }

    return read_named


def _named(value: Any, place: str, problems: Problems) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    problems.add(f"{place} is {show(value)}", "give names and values, in braces or indented below")
    return []
