"""Writing values as YAML on one line, so that every YAML reader gets back the text that was written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

_PLAIN = re.compile(r"[A-Za-z0-9_](?:[\w .()/+%-]*[\w.()/+%-])?", re.ASCII)
# What YAML must not find as it stands in a text in double quotes: controls, and what it takes for the end of a line.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_TEXT = "tag:yaml.org,2002:str"
_LONGEST_KEY = 1_000  # YAML looks 1,024 characters ahead for the colon behind a key


def write_scalar(text: str, *, strict: bool = False) -> str:
    """Write a text, in quotes where YAML could misread it.

    Parameters
    ----------
    text : any text.
    strict : whether texts that look like a number, a date or a truth are put in quotes too.

    Examples
    --------
    >>> write_scalar("Yes"), write_scalar("Yes", strict=True), write_scalar("a: b")
    ('Yes', '"Yes"', '"a: b"')
    """
    if _PLAIN.fullmatch(text) and not (strict and Resolver().resolve(ScalarNode, text, (True, False)) != _TEXT):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def write_key(text: str, *, strict: bool = False, indent: int | None = None) -> str:
    """Write a key, to be followed by a colon; YAML reads a long one only behind a question mark.

    Parameters
    ----------
    text : any text.
    strict : as in `write_scalar`.
    indent : blanks before the key; None inside brackets, where everything stands on one line.

    Examples
    --------
    >>> write_key("Q1"), write_key("Q" * 1_001)[:4]
    ('Q1', '? QQ')
    """
    written = write_scalar(text, strict=strict)
    return (
        written if len(written) <= _LONGEST_KEY else f"? {written}{' ' if indent is None else chr(10) + ' ' * indent}"
    )


def write_flow(value: Any, *, strict: bool = False) -> str:
    """Write a value on one line; parts that are None are left out.

    Examples
    --------
    >>> write_flow({"from": "Q1", "is": None, "labels": {"Yes": "1"}})
    '{from: Q1, labels: {Yes: 1}}'
    """
    if isinstance(value, Mapping):
        pairs = (
            f"{write_key(key, strict=strict)}: {write_flow(part, strict=strict)}"
            for key, part in value.items()
            if part is not None
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(write_flow(part, strict=strict) for part in value) + "]"
    return write_scalar(value if isinstance(value, str) else repr(value), strict=strict)
