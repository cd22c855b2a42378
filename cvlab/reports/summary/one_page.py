"""The one page: light, numbers, doubts and predictions, each a small result that stands beside the actions.

    1 which line, which data, how far to trust them      `summarise_light`
    2 the answer, and three actions                      `cvlab.reports.summary.actions`
    3 five numbers, now and in the last run              `compare_numbers`
    4 what would change our mind, and what is open       `list_doubts`
    5 what the last run said, hit or miss                `check_predictions`

    a hit = this run's number lies inside the interval that the last run gave

Two runs on like data both err: of the numbers of two independent samples of one size, from a world that has not
changed, about 83 of 100 hit a 95 % interval, not 95; for their difference is 1.41 times as wide as either
(P(|z| < 1.96 / 1.41)). On the same data nearly all hit, which proves nothing.

Assumes that a headline of the same key asks the same in both runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.reports.comparison.comparison import compare_runs
from cvlab.reports.comparison.differences import find_other_basis
from cvlab.reports.records.manifest import LIGHT_KEY
from cvlab.reports.summary.actions import Actions
from cvlab.reports.summary.playbook import PageNumber, Playbook
from cvlab.reports.summary.summary import RunHeadlines, rank_headlines
from cvlab.tables.product_line import ProductLine
from cvlab.units import agree_decimals, write_number, write_range

MOST_DOUBTS = 2
MOST_OPEN = 6
HIT, MISS = "hit", "miss"
# What is measured against a decision: another price today is no news from customers. File -> what rests on it.
_DECIDED_BY = {
    "product_line.yaml": (
        *("willingness_to_pay.best_price", "willingness_to_pay.best_price_gain", "willingness_to_pay.price_change"),
        *("value_ladder.bundle_gain", "economic_value.incentive"),
    ),
    "rungs.csv": ("value_ladder.gain", "value_ladder.contribution", "value_ladder.weakest_rung"),
}

Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class PagePart:
    """One part of the page; what a row of `table` is, the function that makes it says."""

    rows: ClassVar[str] = "line"
    kinds: ClassVar[Mapping[str, str]] = {}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def summarise_light(known: RunHeadlines) -> PagePart:
    """Say how far the data can be trusted, and why; without a report, how to make one. The table stays empty."""
    record = next((record for record in known.headlines if record["key"] == LIGHT_KEY), None)
    said = known.source if not known.chapters else "Chapter 1 is not part of this report, so there is no data light."
    return PagePart(
        table=pd.DataFrame(),
        headline=_say(
            "summary.light",
            "data light",
            "{said}",
            {"said": record["text"] if record else said, "light": known.light or ""},
            numbers=_read_numbers(record),
            n=int(record["n"]) if record else 0,
            unit="share",
        ),
    )


def compare_numbers(known: RunHeadlines, playbook: Playbook, *, product_line: ProductLine) -> PagePart:
    """Put the numbers of the page beside those of the last run; of what is not known, say what would answer it.

    The table has a row per number: number, now, interval, since_last_run (an arrow where it has changed beyond noise),
    answered_by (chapter and tables, where it is open).
    """
    records = {str(record["key"]): record for record in known.headlines}
    changes = _compare(known, product_line)
    rows = [_describe_number(number, records.get(number.headline), changes) for number in playbook.numbers]
    table = pd.DataFrame(rows, columns=["number", "now", "interval", "since_last_run", "answered_by"])
    answered = int((table["answered_by"] == "").sum())
    total = len(table)
    last = known.previous["run"] if known.previous else ""
    notes = (
        f"An arrow means changed beyond noise since run {last}, and by enough to matter."
        if last
        else "There is no earlier run of this line to compare with.",
    )
    return PagePart(
        table=table,
        headline=_say(
            "summary.numbers_known",
            "numbers of the page that are known",
            "{known} of the {total} numbers that matter most {are} known.",
            {
                "known": str(answered) if answered else "None",
                "total": str(total),
                "are": "is" if answered == 1 else "are",
            },
            numbers=(float(answered),) * 3,
            n=total,
            unit="count",
        ),
        notes=notes,
    )


def list_doubts(known: RunHeadlines, actions: Actions) -> PagePart:
    """List what would change our mind: the weakest assumptions, and the questions that stayed open.

    The table has a row per doubt: what, would_change (what follows if it does not hold, or why it is open),
    answered_by.
    """
    rows = [
        {"what": assumption.says, "would_change": assumption.change, "answered_by": assumption.table}
        for assumption, _ in actions.assumed[:MOST_DOUBTS]
    ]
    opened = _list_open(known)
    more = len(opened) - MOST_OPEN
    table = pd.DataFrame([*rows, *opened[:MOST_OPEN]], columns=["what", "would_change", "answered_by"])
    first = actions.assumed[0][0] if actions.assumed else None
    sentence = "Nothing that the report takes for granted would change the actions."
    if first is not None:
        sentence = "What would change our mind first: {says} {change}"
    elif not len(actions.table):
        sentence = "There are no actions to change our mind about."
    tested = [assumption.name for assumption, _ in actions.assumed[MOST_DOUBTS:]]
    notes = [f"{more} more question{'s' if more > 1 else ''} stayed open."] if more > 0 else []
    if tested:
        notes.append(f"Also taken for granted, and not tested: {', '.join(tested)}.")
    notes += [f"Put to the test: {assumption.says} {text}" for assumption, text in actions.tested]
    return PagePart(
        table=table,
        headline=_say(
            "summary.doubts",
            "assumptions that are not tested",
            sentence,
            {"says": first.says, "change": first.change} if first else {},
            numbers=(float(len(actions.assumed)),) * 3,
            n=len(actions.assumed),
            unit="count",
        ),
        notes=tuple(notes),
    )


def check_predictions(known: RunHeadlines, *, product_line: ProductLine) -> PagePart:
    """Hold each number of the last run against this one: did it fall into the interval that was given?

    The table: what, then, its_interval, now, verdict (hit or miss); misses first. Not counted is what we decided since:
    a number measured against a price of today that has changed. A number that came out the very same is a trivial hit.
    """
    if known.previous is None:
        return _say_nothing("There is no earlier run of this line, so there is nothing yet to have been right about.")
    then: dict[str, Record] = {}
    for record in known.previous.get("headlines") or ():
        then.setdefault(str(record["key"]), record)  # the first of a key speaks for it, as in this run
    currency = (known.previous.get("line") or {}).get("currency") or product_line.currency
    data = dict(known.previous.get("data") or {})
    rows, decided, trivial = [], [], 0
    for record in known.headlines:
        last = then.get(str(record["key"]))
        value, low, high = _read_numbers(record)[0], *_read_numbers(last)[1:]
        if last is None or record["unit"] != last["unit"] or not record.get("decides", True):
            continue
        if find_other_basis(last, record):
            continue
        if record["unit"] == "money" and currency != product_line.currency:
            continue
        if not all(map(math.isfinite, (value, low, high))) or low == high:
            continue
        if _is_decided(record, last, data, product_line.data_hashes):
            decided.append(str(record["label"]))
            continue
        trivial += value == last["value"]
        rows.append(
            {
                "what": record["label"],
                "then": write_number(last["value"], last["unit"]),
                "its_interval": write_range(low, high, last["unit"]),
                "now": write_number(value, record["unit"]),
                "verdict": HIT if low <= value <= high else MISS,
            }
        )
    uncounted = _say_uncounted(decided)
    if not rows:
        return _say_nothing("The last run gave no interval for anything that this run measures.", uncounted)
    table = pd.DataFrame(rows).sort_values("verdict", ascending=False, kind="stable", ignore_index=True)
    hits = int((table["verdict"] == HIT).sum())
    same = data == dict(product_line.data_hashes)
    note = (
        "Both runs read the same data, so hits say nothing about how well the report foresees."
        if same
        else "Both runs err: had nothing changed, of the numbers from other people of the same number about 83 in 100 "
        "would lie inside a 95 % interval; those from the same people more."
    )
    return PagePart(
        table=table,
        headline=_say(
            "summary.hits",
            "numbers inside the interval of the last run",
            "{hits} of {n} numbers lie inside the interval that run {run} gave for them.",
            {"hits": str(hits), "run": str(known.previous["run"])},
            numbers=(float(hits),) * 3,
            n=len(table),
            unit="count",
        ),
        notes=(note, *(() if same else _say_trivial(trivial, hits)), *uncounted),
    )


def _is_decided(record: Record, last: Record, then: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Tell whether the decision has changed that a number is measured against: today's price, or the file with it."""
    words, old = record.get("words") or {}, last.get("words") or {}
    if "now" in words and "now" in old:
        return bool(words["now"] != old["now"])
    return any(
        str(record["key"]) in keys and file in then and file in now and then[file] != now[file]
        for file, keys in _DECIDED_BY.items()
    )


def _say_trivial(trivial: int, hits: int) -> tuple[str, ...]:
    if not trivial:
        return ()
    are = "is the very number" if trivial == 1 else "are the very numbers"
    return (f"{trivial} of the {hits} hits {are} of that run, from data that have not changed: trivial.",)


def _say_uncounted(decided: list[str]) -> tuple[str, ...]:
    if not decided:
        return ()
    return (f"Not counted, as what we ask or charge has changed since: {'; '.join(decided)}.",)


def _describe_number(number: PageNumber, record: Record | None, changes: Mapping[str, str]) -> dict[str, str]:
    answered_by = f"chapter {number.chapter}, from {number.table}"
    if record is None or not math.isfinite(_read_numbers(record)[0]):
        return dict(zip(_NUMBER_COLUMNS, (number.name, "–", "–", "", answered_by), strict=True))
    value, low, high = _read_numbers(record)
    interval = write_range(low, high, record["unit"]).replace(" ", "\N{NO-BREAK SPACE}")
    now = write_number(value, record["unit"], decimals=agree_decimals((value, low, high), record["unit"]))
    change = changes.get(number.headline, "")
    return dict(zip(_NUMBER_COLUMNS, (number.name, now, interval, change, ""), strict=True))


_NUMBER_COLUMNS = ("number", "now", "interval", "since_last_run", "answered_by")


def _compare(known: RunHeadlines, line: ProductLine) -> dict[str, str]:
    """Return what to say of each headline's change since the last run."""
    if known.previous is None:
        return {}
    efforts = [chapter["parameters"]["effort"] for chapter in known.chapters if "effort" in _parameters(chapter)]
    now = {
        "headlines": list(known.headlines),
        "chapters": list(known.chapters),
        "line": {"slug": line.slug, "currency": line.currency, "number_format": line.number_format},
        "data": dict(line.data_hashes),
        **({"effort": efforts[0]} if efforts else {}),
    }
    table = compare_runs(known.previous, now).table
    return {str(row["key"]): _write_change(row) for row in table.to_dict("records")}


def _parameters(chapter: Mapping[str, Any]) -> Mapping[str, Any]:
    return chapter.get("parameters") or {}


def _write_change(row: Mapping[Any, Any]) -> str:
    verdict = str(row["verdict"])
    if verdict == "changed and matters":
        arrow = "↑" if row["difference"] > 0 else "↓"
        return f"{arrow} {write_number(abs(row['difference']), row['unit'])}"
    return {"changed, too small": "→ hardly changed", "cannot tell": "cannot tell", "same": "= the same"}.get(
        verdict, verdict
    )


def _list_open(known: RunHeadlines) -> list[dict[str, str]]:
    """List the questions of this report that stayed open, each with what would answer it."""
    unanswered = rank_headlines(known).unanswered
    return [
        {
            "what": f"Open: {question}",
            "would_change": rows["why"].iloc[0] + (f" And {len(rows) - 1} more." if len(rows) > 1 else ""),
            "answered_by": rows["tables"].iloc[0] or "more people",
        }
        for question, rows in unanswered.groupby("question", sort=False)
    ]


def _say_nothing(sentence: str, notes: tuple[str, ...] = ()) -> PagePart:
    table = pd.DataFrame(columns=["what", "then", "its_interval", "now", "verdict"])
    return PagePart(
        table=table,
        headline=_say("summary.hits", "numbers inside the interval of the last run", sentence, {}, unit="count"),
        notes=notes,
    )


def _say(
    key: str,
    label: str,
    sentence: str,
    words: Mapping[str, str],
    *,
    numbers: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    n: int = 0,
    unit: str,
) -> Headline:
    value, low, high = numbers
    return Headline(
        key=key, label=label, value=value, low=low, high=high, n=n, unit=unit, sentence=sentence, words=words,
        method="summed up from the other chapters", decides=False,
    )  # fmt: skip


def _read_numbers(record: Record | None) -> tuple[float, float, float]:
    """Return value, low and high of a record, NaN where it has none."""
    found = [(record or {}).get(name) for name in ("value", "low", "high")]
    value, low, high = (float(number) if isinstance(number, (int, float)) else math.nan for number in found)
    return value, low, high
