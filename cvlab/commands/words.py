"""What all commands take and say alike: folders and seconds in, text and JSON out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Folder(click.Path):
    """A folder on the command line; an empty text would mean the folder one happens to be in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and not value.strip():
            self.fail("it is empty: give a folder, or . for the one you are in", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = Folder(path_type=Path)
SECONDS = click.FloatRange(min=0)


def write_json(value: Any) -> str:
    """Return a value for a program to read."""
    import json

    return json.dumps(value, allow_nan=False, indent=1)


def make_printable(text: str) -> str:
    """Replace control characters, which names in a file could use to rewrite a terminal; line ends stay."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
