"""One chapter of one line after its run: what the page, the workbook, the slides and the manifest are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cvlab.reports.collecting.pictures import Picture
from cvlab.reports.plans.chapters import Chapter, Notebook

Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, kw_only=True)
class ChapterRun:
    """One chapter of one line after the run.

    Attributes
    ----------
    status : done, failed or skipped.
    reason : why it failed or was skipped, in plain words; empty when done.
    detail : of a failure, all that the error says; it may hold values of the data, and is never published.
    missing : the tables of which one would let a skipped chapter answer.
    missing_all : the tables that it lacks beside, each of which it needs.
    notebook : the published form; None when there is nothing to show.
    headlines : records of `Headline.to_record`.
    notes : the caveats that the chapter presented.
    tables : the whole tables that it presented, in order, as `cvlab.reports.collecting.tables.read_table` gives them.
    pictures : what it drew, in order.
    traceback : of a failed cell; for the person who repairs it, never published.
    """

    chapter: Chapter
    status: Status
    reason: str = ""
    detail: str = ""
    missing: tuple[str, ...] = ()
    missing_all: tuple[str, ...] = ()
    seconds: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notebook: Notebook | None = None
    headlines: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    pictures: tuple[Picture, ...] = ()
    traceback: str = ""
