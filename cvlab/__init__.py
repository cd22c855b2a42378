"""cvlab: an interactive Jupyter workbench for customer value analysis.

Tables about one product line go in; segments, willingness to pay, value ladders and lifetime value come out, each
number with its interval, its method and its caveats. The same functions serve a notebook, a live control on a
projector and the report that `cvlab report` makes.

    cvlab.tables      what comes in: the schema, product lines, the sample lines
    cvlab.analyses    numbers: plain functions over DataFrames
    cvlab.figures     pictures of what the analyses return
    cvlab.explorers   live controls around the same functions
    cvlab.present     `open_chapter` and `present`, for notebooks
    cvlab.reports     chapters into reports

The few names below are what people start with. They are loaded on first use, so that `import cvlab` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvlab.present import open_chapter
    from cvlab.reports import run_report
    from cvlab.tables.product_line import check_product_line, read_product_line

    __version__: str

# `cvlab.present` stays the module: a function of that name here would hide it, or be hidden, depending on what was
# imported first. Notebooks write `from cvlab.present import open_chapter, present`.
_HOMES = {
    "check_product_line": "cvlab.tables.product_line",
    "open_chapter": "cvlab.present",
    "read_product_line": "cvlab.tables.product_line",
    "run_report": "cvlab.reports",
}

__all__ = ["__version__", "check_product_line", "open_chapter", "read_product_line", "run_report"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("cvlab")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
