"""How this chapter writes names."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 6


def list_names(names: Sequence[str]) -> str:
    """Write names one after the other, and say how many more there are.

    Examples
    --------
    >>> list_names(["a", "b"]), list_names([str(number) for number in range(8)])
    ('a, b', '0, 1, 2, 3, 4, 5 and 2 more')
    """
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
