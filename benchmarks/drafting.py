"""Drafting the mapping of a large export: reading it, looking at every column, proposing what each may be.

There is no peer that does this; pandas reading the same file says how much of it is reading.
"""

from __future__ import annotations

from benchmarks.harness import Allowance, Comparison
from benchmarks.importing import COLUMNS, ROWS, write_answers
from cvlab.tables.importing import Draft, draft_files

SECONDS = 3.0


def list_allowances() -> list[Comparison | Allowance]:
    """List the draft of a hundred thousand answers to two hundred questions."""
    # Written beforehand, so that only the draft is timed.
    write_answers()
    name = f"draft of the mapping for {ROWS:,} rows × {COLUMNS} columns"
    return [Allowance(name=name, ours=draft_answers, target=SECONDS)]


def draft_answers() -> Draft:
    """Draft the mapping, from the file on."""
    return draft_files(write_answers())
