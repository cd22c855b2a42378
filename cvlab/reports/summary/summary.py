"""What the chapters said, and how sharply the data answer each question.

    sharpness = half the width of the interval / smallest change that matters      [a ratio; 1 or less is clear]

Every headline of the report in order of its sharpness, and the questions that stayed open with the table that would
answer them. `ranking` measures the sharpness; what to do follows in `actions`.

Assumes that each headline declares the change that would matter; a tenth of its size takes the place where it does not.
The order says how well a number is known, not how much money it moves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.errors import DataError
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.plans.plan import CHECKOUT
from cvlab.reports.records.manifest import find_light
from cvlab.reports.records.order import find_previous
from cvlab.reports.records.ranking import CLEAR, is_answer, measure_sharpness, name_sharpness, pick_top
from cvlab.reports.records.runs import find_newest, has_answers, list_chapters, read_manifests
from cvlab.tables.product_line import ProductLine
from cvlab.units import write_number, write_range

_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, kw_only=True)
class RunHeadlines:
    """What the other chapters of one report have said.

    Attributes
    ----------
    chapters : one mapping per chapter: chapter, question, status (done, failed, skipped), reason, missing (tables of
        which one would answer it), missing_all (tables that it needs beside, if any), headlines (records of
        `Headline.to_record`), and its parameters where they are known.
    light : the data light of chapter 1, or None where it did not run.
    source : where they come from, in a few words; how to get some, where there are none.
    previous : the manifest of the line's last report before this one, or None.
    """

    chapters: tuple[Mapping[str, Any], ...]
    light: str | None
    source: str
    previous: Mapping[str, Any] | None = None

    @property
    def headlines(self) -> tuple[Mapping[str, Any], ...]:
        """The records of all other chapters, each with the number of its chapter; each key once."""
        found: dict[str, Mapping[str, Any]] = {}
        for chapter in self.chapters:
            if chapter["chapter"] != SUMMARY:
                for record in chapter["headlines"]:
                    found.setdefault(str(record["key"]), {**record, "chapter": chapter["chapter"]})
        return tuple(found.values())


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadlineRanking:
    """The headlines of a report, the sharpest first.

    Attributes
    ----------
    table : one row per answered headline: rank, chapter, what, estimate, interval, n, how_sure.
    unanswered : one row per open question: chapter, question, why, tables.
    light : the data light, or None.
    """

    rows: ClassVar[str] = "headline"
    kinds: ClassVar[Mapping[str, str]] = {"rank": "count", "chapter": "count", "n": "count"}

    table: pd.DataFrame
    unanswered: pd.DataFrame
    light: str | None
    headline: Headline
    notes: tuple[str, ...] = ()


def read_headlines(path: str, product_line: ProductLine, *, reports: str | Path | None = None) -> RunHeadlines:
    """Read what the other chapters have said: from the file the runner writes, else from the line's newest report.

    Parameters
    ----------
    path : the runner's file; empty when the notebook runs alone.
    product_line : the line, as `open_chapter` returns it.
    reports : folder of the reports to search; `reports` here, or in the checkout, when not given.

    Returns
    -------
    RunHeadlines; without chapters where the line has no report yet, and `source` then says how to make one.

    Raises
    ------
    DataError : the file named cannot be read.
    """
    if path:
        try:
            told = json.loads(Path(path).read_bytes())
            chapters = tuple(told if isinstance(told, list) else told["chapters"])
            return RunHeadlines(
                chapters=chapters,
                light=find_light(record for chapter in chapters for record in chapter["headlines"]),
                source="this report",
                previous=None if isinstance(told, list) else told.get("previous"),
            )
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DataError(
                f"the headlines in {path} cannot be read ({type(error).__name__}): leave it empty"
            ) from None
    folders = [Path(reports)] if reports is not None else [Path("reports"), CHECKOUT / "reports"]
    for folder in folders:
        if manifest := find_newest(folder, product_line.slug):
            return RunHeadlines(
                chapters=tuple(list_chapters(manifest)),
                light=manifest.get("light"),
                source=f"the report of run {manifest['run']}",
                previous=find_before(folder, manifest),
            )
    return RunHeadlines(
        chapters=(),
        light=None,
        source=f"There is no report of {product_line.name} to sum up yet: make one with "
        f"`cvlab report {product_line.folder}`.",
    )


def find_before(output: Path, report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the manifest of the report with answers that one goes on with: of its line, from the run before."""
    mine = [run for run in read_manifests(output)[0] if run[1]["line"]["slug"] == report["line"]["slug"]]
    names = [manifest["run"] for _, manifest in mine]
    before = [run for run in mine[names.index(report["run"]) :] if has_answers(run[1])]
    found = find_previous(before, report=report["run"], parameters=report.get("parameters") or {})
    return found[1] if found else None


def rank_headlines(headlines: RunHeadlines) -> HeadlineRanking:
    """Rank the headlines by how sharply the data answer, and list what stayed open.

    What chapter 1 says of the data is not ranked: it is no answer, but what the answers stand on.

    Examples
    --------
    >>> price = Headline(key="demo.price", label="best price", value=20.0, low=19.0, high=21.0, n=300, unit="money",
    ...                  smallest_change=2.0, sentence="The best price is {value}.")
    >>> run = RunHeadlines(light="green", source="an example", chapters=(
    ...     {"chapter": 6, "question": "What will they pay?", "status": "done", "reason": "", "missing": [],
    ...      "headlines": [price.to_record()]},
    ...     {"chapter": 9, "question": "Who leaves?", "status": "skipped", "reason": "", "missing": ["contracts"],
    ...      "headlines": []}))
    >>> ranking = rank_headlines(run)
    >>> ranking.table[["what", "how_sure"]].values.tolist(), ranking.unanswered["tables"].tolist()
    ([['best price', 'clear']], ['contracts'])
    """
    others = [chapter for chapter in headlines.chapters if chapter["chapter"] != SUMMARY]
    nowhere = (headlines.source,) if headlines.source and not headlines.chapters else ()
    answered = sorted(
        (
            (measure_sharpness(record), chapter["chapter"], record)
            for chapter in others
            for record in chapter["headlines"]
            if record.get("value") is not None and is_answer(record)
        ),
        key=lambda entry: entry[:2],
    )
    unanswered = _list_unanswered(others)
    return HeadlineRanking(
        table=_write_table(answered),
        unanswered=unanswered,
        light=headlines.light,
        headline=_write_headline(answered, len(unanswered)),
        notes=nowhere or (*_say_open(others, unanswered), *_say_how(answered)),
    )


_Answer = tuple[float, int, Mapping[str, Any]]


def _write_table(answered: Sequence[_Answer]) -> pd.DataFrame:
    rows = [
        {
            "rank": rank,
            "chapter": chapter,
            "what": record["label"],
            "estimate": write_number(record["value"], record["unit"]),
            "interval": write_range(record["low"], record["high"], record["unit"]).replace(" ", _NO_BREAK),
            "n": record["n"],
            "how_sure": name_sharpness(sharpness),
            "sharpness": sharpness,
        }
        for rank, (sharpness, chapter, record) in enumerate(answered, start=1)
    ]
    return pd.DataFrame(rows, columns=["rank", "chapter", "what", "estimate", "interval", "n", "how_sure", "sharpness"])


def _list_unanswered(chapters: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = []
    for chapter in chapters:
        place = {"chapter": chapter["chapter"], "question": chapter["question"]}
        if chapter["status"] != "done":
            rows.append({**place, "why": chapter["reason"], "tables": _name_missing(chapter)})
        elif not chapter["headlines"]:
            rows.append({**place, "why": "The chapter ran, but gave no number.", "tables": ""})
        rows += [
            {**place, "why": record["text"], "tables": ""}
            for record in chapter["headlines"]
            if record.get("value") is None
        ]
    return pd.DataFrame(rows, columns=["chapter", "question", "why", "tables"])


def _name_missing(chapter: Mapping[str, Any]) -> str:
    one_of, each = chapter.get("missing") or (), chapter.get("missing_all") or ()
    alternatives = " or ".join(one_of)
    return " and ".join(
        [*each, *([f"({alternatives})" if each and len(one_of) > 1 else alternatives] if one_of else [])]
    )


def _write_headline(answered: Sequence[_Answer], n_open: int) -> Headline:
    total = len(answered) + n_open
    clear = sum(sharpness <= CLEAR for sharpness, _, _ in answered)
    top = pick_top(record for sharpness, _, record in answered if math.isfinite(sharpness))
    sentence = "{clear} of the {asked} {answers} sought {are} clear enough to act on. The sharpest{kind}: {top}"
    if answered and top is None:
        sentence = (
            "{clear} of the {asked} {answers} sought {are} clear enough to act on: "
            "none has an interval that says how well it is known."
        )
    elif not answered and n_open:
        sentence = "None of the answers sought could be given: the open questions below name what is missing."
    elif not answered:
        sentence = "There is nothing to rank: no other chapter of this report gives an answer to act on."
    return Headline(
        key="summary.clear_answers",
        label="answers clear enough to act on",
        value=float(clear) if answered else math.nan,
        low=float(clear) if answered else math.nan,
        high=float(clear) if answered else math.nan,
        n=total,
        unit="count",
        better="higher",
        smallest_change=1.0,
        method="counted: half the interval is no wider than the smallest change that matters",
        sentence=sentence,
        words={
            "clear": str(clear) if clear else "None",
            "asked": str(total),
            "answers": "answer" if total == 1 else "answers",
            "are": "is" if clear == 1 or total == 1 else "are",
            "kind": " in money" if top and top["unit"] == "money" else "",
            "top": top["text"] if top else "",
        },
    )


def _say_open(chapters: Sequence[Mapping[str, Any]], unanswered: pd.DataFrame) -> list[str]:
    """Say what stayed open, and why; the reason of a skipped chapter names the table that would answer it."""
    if unanswered.empty:
        return [
            "Every question of these chapters was answered." if chapters else "No other chapter is part of this report."
        ]
    return [
        f"Open, chapter {chapter}: {question} {' '.join(rows['why'])}".strip()
        for (chapter, question), rows in unanswered.groupby(["chapter", "question"], sort=False)
    ]


def _say_how(answered: Sequence[_Answer]) -> list[str]:
    if not answered:
        return []
    if not any(math.isfinite(sharpness) for sharpness, _, _ in answered):
        return ["The order is that of the chapters: without an interval nothing says how well a number is known."]
    return [
        "Clear means that half the interval is no wider than the smallest change that matters, fair up to three times "
        "that, rough beyond. The order says how well a number is known, not how much money it moves."
    ]
