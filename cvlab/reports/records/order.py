"""Order: which report came before which, whatever the clock said, and which one goes on with which.

A report stands at the time when it started, unless reports lay in the folder already that stand later, as when the
clock was set back meanwhile: then just behind them. It says so in its manifest, so that the order holds when reports
are copied or deleted.

A plan may ask for one line several times, with other parameters each: versions of one run, which did not come one
after the other. What a version is held against is the run before, and of that the version with the same parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]
Run = tuple[Path, Manifest]
_MARK = re.compile(r"-v(\d+)$")
_STEP = timedelta(microseconds=1)


def read_start(manifest: Mapping[str, Any]) -> datetime:
    """Return when a run started; a time that names no zone is taken as UTC.

    Examples
    --------
    >>> read_start({"started": "2026-05-31T12:00:00+02:00"}).isoformat()
    '2026-05-31T10:00:00+00:00'
    """
    return _read_time(manifest["started"])


def read_place(manifest: Mapping[str, Any]) -> datetime:
    """Return where a report stands among others: its start, unless its manifest says otherwise.

    Examples
    --------
    >>> read_place({"started": "2026-05-31T12:00:00Z", "place": "2026-06-30T12:00:00Z"}).isoformat()
    '2026-06-30T12:00:00+00:00'
    """
    return _read_time(manifest.get("place") or manifest["started"])


def find_place(manifests: Iterable[Mapping[str, Any]], *, run: str, started: datetime) -> datetime:
    """Return where a run that starts now is to stand: behind all that are there, but for its own reports.

    Examples
    --------
    >>> there = [{"run": "20260630T120000Z", "started": "2026-06-30T12:00:00Z"}]
    >>> find_place(there, run="20260531T120000Z", started=datetime(2026, 5, 31, 12, tzinfo=UTC)).isoformat()
    '2026-06-30T12:00:00.000001+00:00'
    """
    place = started.astimezone(UTC).replace(microsecond=0)
    last = max((read_place(other) for other in manifests if name_run_of(other["run"]) != run), default=None)
    return place if last is None or last < place else last + _STEP


def name_version(run: str, number: int) -> str:
    """Name a report of a run, of which a line may have several; the first has the name of the run.

    Examples
    --------
    >>> name_version("20260531T120000Z", 1), name_version("20260531T120000Z", 2)
    ('20260531T120000Z', '20260531T120000Z-v2')
    """
    return run if number == 1 else f"{run}-v{number}"


def name_run_of(report: str) -> str:
    """Return the name of the run that a report belongs to.

    Examples
    --------
    >>> name_run_of("20260531T120000Z-v2"), name_run_of("20260531T120000Z-2")
    ('20260531T120000Z', '20260531T120000Z-2')
    """
    return _MARK.sub("", report)


def find_previous(runs: Sequence[Run], *, report: str, parameters: Mapping[str, Any]) -> Run | None:
    """Return what a report is held against: of the newest other run, the version with its parameters.

    Parameters
    ----------
    runs : the line's reports that came before, the newest first; those of the report's own run are passed over.
    report : its name.
    parameters : its parameters; without a version that has them, the one with the same number counts, else the first.
    """
    others = [run for run in runs if name_run_of(run[1]["run"]) != name_run_of(report)]
    if not others:
        return None
    newest = name_run_of(others[0][1]["run"])
    versions = [run for run in others if name_run_of(run[1]["run"]) == newest]
    return max(
        sorted(versions, key=lambda run: _number(run[1]["run"])),
        key=lambda run: (
            dict(run[1].get("parameters") or {}) == dict(parameters),
            _number(run[1]["run"]) == _number(report),
        ),
    )


def follow(runs: Sequence[Run]) -> list[Run]:
    """Return a line's newest report and, one for each run before, those that it goes on with; the newest first."""
    followed = list(runs[:1])
    rest = list(runs[1:])
    while followed:
        last = followed[-1][1]
        before = find_previous(rest, report=last["run"], parameters=last.get("parameters") or {})
        if before is None:
            break
        followed.append(before)
        rest = [run for run in rest if name_run_of(run[1]["run"]) != name_run_of(last["run"])]
    return followed


def _number(report: str) -> int:
    found = _MARK.search(report)
    return int(found[1]) if found else 1


def _read_time(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
