"""How long a person waits before anything happens: peers are the libraries that would otherwise be waited for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.harness import Allowance, Comparison

SCRIPTS = Path(sys.executable).parent


def list_comparisons() -> list[Comparison]:
    """List what happens before the first result."""
    return [
        Comparison(
            name="`import cvlab` against `import pandas`",
            ours=lambda: run(sys.executable, "-c", "import cvlab"),
            peer=lambda: run(sys.executable, "-c", "import pandas"),
            compare=both_ended_well,
            target=0.25,
        ),
        Comparison(
            name="`cvlab --help` against `papermill --help`",
            ours=lambda: run(SCRIPTS / "cvlab", "--help"),
            peer=lambda: run(SCRIPTS / "papermill", "--help"),
            compare=both_ended_well,
            target=0.5,
        ),
    ]


def report_allowance(output: Path) -> Allowance:
    """Take the time of what a newcomer does first: the reports of the three sample lines."""
    return Allowance(
        name="`cvlab report`, three sample lines",
        ours=lambda: run(SCRIPTS / "cvlab", "report", "--output", output),
        target=180,
    )


def run(*command: str | Path) -> int:
    """Run a command to its end; a failure raises."""
    return subprocess.run(command, check=True, capture_output=True).returncode


def both_ended_well(ours: Any, peer: Any) -> None:
    """Raise unless both commands ended with exit code 0."""
    if ours or peer:
        raise RuntimeError(f"exit codes {ours} and {peer}: run the two commands by hand")
