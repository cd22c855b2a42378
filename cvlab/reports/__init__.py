"""Reports: run the chapters for each product line and publish pages that can be relied on, offline.

The names below load on first use: a command that only asks what there is should not wait for Jupyter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvlab.reports.history.index import write_index
    from cvlab.reports.plans.plan import find_notebooks, find_samples, read_assignments
    from cvlab.reports.running.course import RunStoppedError
    from cvlab.reports.running.locks import FolderInUseError
    from cvlab.reports.running.runner import ChapterFailure, ReportRun, run_report
    from cvlab.reports.summary.summary import HeadlineRanking, RunHeadlines, rank_headlines, read_headlines

_HOMES = {
    "ChapterFailure": "running.runner",
    "FolderInUseError": "running.locks",
    "HeadlineRanking": "summary.summary",
    "ReportRun": "running.runner",
    "RunHeadlines": "summary.summary",
    "RunStoppedError": "running.course",
    "find_notebooks": "plans.plan",
    "find_samples": "plans.plan",
    "rank_headlines": "summary.summary",
    "read_assignments": "plans.plan",
    "read_headlines": "summary.summary",
    "run_report": "running.runner",
    "write_index": "history.index",
}

__all__ = [
    "ChapterFailure",
    "FolderInUseError",
    "HeadlineRanking",
    "ReportRun",
    "RunHeadlines",
    "RunStoppedError",
    "find_notebooks",
    "find_samples",
    "rank_headlines",
    "read_assignments",
    "read_headlines",
    "run_report",
    "write_index",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
