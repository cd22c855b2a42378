"""What stopped a chapter, in plain words: all of it for the person who ran it, and what every reader may know."""

from __future__ import annotations

import re

from cvlab.reports.collecting.headings import find_heading, strip_markup
from cvlab.reports.collecting.paths import Paths
from cvlab.reports.collecting.persons import Persons
from cvlab.reports.kernels.execution import Fault
from cvlab.reports.plans.chapters import Chapter, Notebook, tags_of

OWN_ERRORS = ("DataError", "ParameterError", "MissingExtraError", "MissingTableError")
ERROR_CELL = "papermill-error-cell-tag"  # of the cell that papermill puts above the one that failed
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOST_WORDS = 600


def explain_fault(fault: Fault, chapter: Chapter, *, paths: Paths) -> str:
    """Say in plain words what stopped a chapter and what to do about it, for the person who ran it."""
    message = paths.strip(_ANSI.sub("", fault.message)).strip()
    again = f"Open {chapter.name}.ipynb in JupyterLab with this product line to see where"
    if fault.kind == "timeout":
        return (
            f"It was stopped because it took longer than {message} seconds. "
            "Allow more time, or run it with effort quick."
        )
    if fault.kind == "kernel":
        return f"Its kernel died, most often for want of memory. Close other programs or run with one worker. {again}."
    if fault.kind == "cell" and fault.name in OWN_ERRORS:
        return message
    shortened = message if len(message) <= _MOST_WORDS else message[:_MOST_WORDS].rstrip() + " …"
    said = f"{fault.name}: {shortened}" if shortened else fault.name
    return f"It met an error that it does not expect. {again}. The error says: {said}"


def publish_fault(fault: Fault, chapter: Chapter, notebook: Notebook | None, *, paths: Paths, persons: Persons) -> str:
    """Say what stopped a chapter, for every reader of the report.

    What an error that nobody expected says may hold any value of the data: only its kind and its place are told. An
    error of our own says what to mend, and says it without a person's name.
    """
    told = explain_fault(fault, chapter, paths=paths)
    if fault.kind not in ("cell", "runner"):
        return told
    if fault.kind == "cell" and fault.name in OWN_ERRORS:
        hidden = persons.hide_all(told)
        rest = " The page leaves out what may name a person; the terminal has shown it."
        return told if hidden == told else hidden.rstrip() + ("" if hidden.rstrip().endswith(".") else ".") + rest
    kind = fault.name if persons.hide_all(fault.name).isidentifier() else "error"
    heading = _find_fault(notebook) if notebook else ""
    place = f", in the section “{heading}”" if heading else ""
    return (
        f"It met an error that it does not expect: {kind}{place}. What the error says may hold data of persons and is "
        f"not published; the terminal has shown it. Open {chapter.name}.ipynb in JupyterLab with this product line."
    )


def _find_fault(notebook: Notebook) -> str:
    """Return the heading above the cell that failed."""
    heading = ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if ERROR_CELL in tags_of(cell):
            continue
        if cell["cell_type"] != "code":
            heading = strip_markup(find_heading(source)) or heading
        if any(output.get("output_type") == "error" for output in cell.get("outputs") or ()):
            break
    return heading
