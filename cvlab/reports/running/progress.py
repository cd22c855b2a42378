"""Progress: what a run tells while it goes on, to a person by a bar, to a scheduler by one JSON object per line.

Events, each with `event`, `time` (UTC) and `run`:

    run_started       reports (line, name, chapters), workers, formats, resumed, notes
    chapter_started   line, chapter, title
    chapter_done      line, chapter, title, seconds, kept (true: a run before this one had finished it)
    chapter_failed    the same, and reason
    chapter_skipped   the same, and reason
    line_published    line, name, page, warnings, seconds, kept
    run_done          reports, failed_chapters, index, seconds
    run_stopped       reason, finished_chapters, seconds: the run ended before its end

`line` is the line's folder among the reports, `name` what it is called. Seconds are those of a clock that only goes
forward.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from tqdm import tqdm

Event = Mapping[str, Any]
Tell = Callable[[Event], None]
CHAPTER_ENDS = ("chapter_done", "chapter_failed", "chapter_skipped")


def make_event(event: str, run: str, told: Mapping[str, Any]) -> Event:
    """Return an event with the time at which it was told."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": event, "time": time, "run": run, **told}


def write_lines(stream: TextIO) -> Tell:
    """Return a listener that writes each event to a stream, one JSON object per line.

    A reader who goes away does not stop the run.

    Examples
    --------
    >>> import sys
    >>> write_lines(sys.stdout)({"event": "run_done", "seconds": 2.5})
    {"event": "run_done", "seconds": 2.5}
    """

    def tell(event: Event) -> None:
        with suppress(BrokenPipeError):
            stream.write(json.dumps(event, ensure_ascii=True, allow_nan=False) + "\n")
            stream.flush()

    return tell


@contextmanager
def show_bar(total: int, *, progress: bool | None) -> Iterator[Tell]:
    """Show one bar over all chapters of all lines, on stderr, and give the listener that moves it.

    Parameters
    ----------
    progress : True shows it, False does not; None shows it on a terminal only.
    """
    disable = None if progress is None else not progress
    with tqdm(total=total, desc="cvlab report", unit="chapter", disable=disable, leave=False) as bar:

        def tell(event: Event) -> None:
            if event["event"] in CHAPTER_ENDS:
                bar.update()

        yield tell
