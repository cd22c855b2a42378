"""Quick start: what lets the programs of a report start seconds earlier.

They import thousands of modules, none of which ever goes away: looking for garbage among them, as Python does time and
again while they come, finds none.

nbformat checks notebooks with jsonschema, and jsonschema, when it is imported, looks for packages that check the
formats of text. One of them, rfc3987_syntax (JupyterLab brings it), builds a parser for a whole grammar while it is
imported: most of what importing papermill or nbconvert takes. It serves the formats "iri" and "iri-reference" only.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

_SLOW = "rfc3987_syntax"


def start_quickly() -> None:
    """Import jsonschema without the checks that take seconds to load; for processes that are cvlab's own.

    This is safe because jsonschema treats the package as optional (it is imported under `suppress(ImportError)`), the
    schema of notebooks has no field of those formats, and these processes check nothing else. Nothing that is
    installed changes; whoever imports the package afterwards gets it.
    """
    if "jsonschema" in sys.modules or _SLOW in sys.modules:
        return
    sys.modules[_SLOW] = None  # type: ignore[assignment]  # which is how Python is told that there is no such module
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[_SLOW]


@contextmanager
def collect_afterwards() -> Iterator[None]:
    """Import in this block without looking for garbage, and never look among what was there at its end again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
