"""Reasons: in a sentence or two, why a change is called what it is, and what else than the world may have made it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cvlab.reports.comparison.circumstances import find_chapter
from cvlab.units import NumberFormat, write_number

# Words of a headline's sentence that name what it speaks of: the weakest rung, the top attribute, the table.
_SUBJECTS = ("name", "rung", "attribute", "item", "table", "cause", "driver", "node", "best", "worst", "top", "scheme")
_ALONE = 0.05

Manifest = Mapping[str, Any]


def find_number_format(manifest: Manifest) -> NumberFormat:
    """Return how a run writes its numbers.

    Examples
    --------
    >>> find_number_format({"line": {"currency": "USD", "number_format": "de"}})
    NumberFormat(currency='USD', locale='de')
    """
    line = manifest.get("line") or {}
    usual = NumberFormat()
    return NumberFormat(
        currency=line.get("currency") or usual.currency, locale=line.get("number_format") or usual.locale
    )


def explain_gap(record: Mapping[str, Any], other: Manifest, *, then: bool) -> str:
    """Say why the other run, the earlier one or the later one, has no such headline.

    Examples
    --------
    >>> explain_gap({"chapter": 6}, {"chapters": []}, then=True)
    'Chapter 6 was no part of that run.'
    """
    number = record.get("chapter")
    chapter = find_chapter(other, number)
    was, that = ("was", "that") if then else ("is", "this")
    if not chapter:
        return f"Chapter {number} {was} no part of {that} run."
    if chapter.get("status") == "skipped":
        return f"Chapter {number} {was} skipped in {that} run: {chapter.get('reason') or 'no reason is given'}"
    if chapter.get("status") == "failed":
        return f"Chapter {number} failed in {that} run."
    return f"Chapter {number} ran, but did not say it." if then else f"Chapter {number} ran, but does not say it."


def explain_change(entry: Mapping[str, Any], *, n_tested: int, number_format: NumberFormat) -> str:
    """Say why a change that was measured is called what it is; `entry` is a row of the comparison's table."""
    difference, matters, verdict = entry["difference"], entry["smallest_change"], entry["verdict"]
    if entry["how"] == "none" or not math.isfinite(difference) or verdict == "same":
        return ""
    reach = (abs(entry["difference_low"]), abs(entry["difference_high"]))
    enough = write_number(matters, entry["unit"], number_format=number_format)
    if entry["unit"] == "share":  # as the difference beside it: two shares differ by percentage points
        enough = enough.replace("%", " pp")
    if verdict == "changed and matters":
        return f"The change itself may be less than the {enough} that matters." if min(reach) < matters else ""
    if verdict == "changed, too small":
        rest = ", though it may be more" if max(reach) > matters else ""
        return f"Less than the {enough} that matters{rest}."
    if max(reach) < matters:
        return f"If it changed, then by less than the {enough} that matters."
    if entry["p_value"] <= _ALONE:
        return f"Alone it would count as changed; among {n_tested} headlines tested it may well be chance."
    return "Noise alone could move it as far."


def list_causes(then: Mapping[str, Any], now: Mapping[str, Any], old: Manifest, new: Manifest) -> Iterator[str]:
    """List what else than customers may have moved a headline: another subject, a parameter, a notebook."""
    number = now.get("chapter")
    before, after = (then.get("words") or {}), (now.get("words") or {})
    for word in _SUBJECTS:
        if before.get(word) != after.get(word) and before.get(word) and after.get(word):
            yield f"It spoke of “{before[word]}” then and speaks of “{after[word]}” now."
            break
    first, second = find_chapter(old, number), find_chapter(new, number)
    settings = [dict(chapter.get("parameters") or {}) for chapter in (first, second)]
    causes = [
        f"the parameter {name}"
        for name in sorted({*settings[0], *settings[1]} - {"seed", "effort"})
        if settings[0].get(name) != settings[1].get(name)
    ]
    if first.get("source_sha256") != second.get("source_sha256"):
        causes.append("the chapter's notebook")
    if causes:
        yield f"{_join(causes).capitalize()} changed as well: part of the difference may be theirs."


def _join(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
