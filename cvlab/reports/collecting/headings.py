"""The headings of a notebook: under which of them a cell stands, and how it reads where there is no markup."""

from __future__ import annotations

import re


def find_heading(source: str) -> str:
    """Return the last heading in the text of a cell, as it was written; "" where it has none.

    Examples
    --------
    >>> find_heading("# Worth\\n\\nSome words.\\n\\n## What *they* pay")
    'What *they* pay'
    """
    found = re.findall(r"^#+ +(.+)$", source, re.MULTILINE)
    return found[-1].strip() if found else ""


def strip_markup(heading: str) -> str:
    """Return a heading as plain words.

    Examples
    --------
    >>> strip_markup("What *they* pay")
    'What they pay'
    """
    return re.sub(r"[*_`#]", "", heading)
