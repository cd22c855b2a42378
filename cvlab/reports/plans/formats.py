"""The formats in which a report can be published: a page for the screen always, the others on request."""

from __future__ import annotations

from collections.abc import Iterable

from cvlab.errors import ParameterError

FORMATS = ("html", "pdf", "xlsx", "pptx")
DEFAULT_FORMATS = ("html", "xlsx")


def check_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """Return the formats in their order, each once; html is always one of them.

    Raises
    ------
    ParameterError : a format is unknown.

    Examples
    --------
    >>> check_formats(["xlsx", "pdf", "xlsx"])
    ('html', 'pdf', 'xlsx')
    """
    chosen = [formats] if isinstance(formats, str) else list(formats)
    if unknown := [repr(name) for name in chosen if name not in FORMATS]:
        raise ParameterError(f"formats: {', '.join(unknown)} unknown: give some of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name == "html" or name in chosen)
