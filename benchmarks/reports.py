"""Reports: twelve product lines through one notebook of five cells, against a loop over the `papermill` command.

This is what "re-run the parameterized report for each product line" means where there is only papermill: one notebook
at a time, each with everything imported anew. Both are measured by the clock, because two workers are the point.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import Comparison
from cvlab.page_types import HEADLINE_MIME

LINES, WORKERS = 12, 2
SCRIPTS = Path(sys.executable).parent
SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "fitness-trackers"
TABLES = ("customers.csv", "price_sensitivity.csv")
NAME = "01_price"
CELLS = (
    'product_line: str = "fitness-trackers"\nseed: int = 0',
    "from cvlab.analyses.willingness_to_pay import estimate_price_sensitivity\n"
    "from cvlab.figures.willingness_to_pay import draw_price_sensitivity\n"
    "from cvlab.present import open_chapter, present",
    "line = open_chapter(product_line)",
    "prices = estimate_price_sensitivity(line.price_sensitivity, n_boot=200, seed=seed)\npresent(prices)",
    "draw_price_sensitivity(prices);",
)


def list_comparisons() -> list[Comparison]:
    """List the one comparison: both make the same notebooks; ours checks, collects and publishes them beside."""
    return [
        Comparison(
            name=f"{LINES} runs of a notebook of five cells, {WORKERS} workers, against a loop over `papermill`",
            ours=report_lines,
            peer=loop_over_papermill,
            compare=same_content,
            target=1 / 8,
            repeats=2,
            clock=time.perf_counter,
        )
    ]


def report_lines() -> tuple[list[str], int]:
    """Report all lines with one command; return the sentences that their headlines say, and how many pictures."""
    with tempfile.TemporaryDirectory() as folder:
        lines, notebook = write_input(Path(folder))
        output = Path(folder) / "reports"
        options = ("--formats", "html", "--workers", str(WORKERS), "--notebooks", notebook.parent, "--output", output)
        run(SCRIPTS / "cvlab", "report", *lines, *options)
        manifests = [json.loads(path.read_text("utf-8")) for path in output.glob("*/*/manifest.json")]
        sentences = [record["text"] for manifest in manifests for record in manifest["headlines"]]
        return sorted(sentences), len(list(output.glob("*/*/pictures/*.png")))


def loop_over_papermill() -> tuple[list[str], int]:
    """Run the notebook for one line after the other; return the same."""
    with tempfile.TemporaryDirectory() as folder:
        lines, notebook = write_input(Path(folder))
        sentences: list[str] = []
        n_pictures = 0
        for line in lines:
            executed = Path(folder) / f"{line.name}.ipynb"
            run(SCRIPTS / "papermill", notebook, executed, "-p", "product_line", line)
            sentences += read_sentences(executed)
            n_pictures += executed.read_text("utf-8").count('"image/png"')
        return sorted(sentences), n_pictures


def write_input(folder: Path) -> tuple[list[Path], Path]:
    """Write the product lines and the notebook, and return their paths."""
    lines = [folder / f"line-{number}" for number in range(1, LINES + 1)]
    for number, line in enumerate(lines, start=1):
        line.mkdir()
        for table in TABLES:
            shutil.copy(SAMPLE / table, line)
        (line / "product_line.yaml").write_text(f"name: Line {number}\ncurrency: EUR\n", encoding="utf-8")
    notebook = folder / "notebooks" / f"{NAME}.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(json.dumps(make_notebook()), encoding="utf-8")
    return lines, notebook


def make_notebook() -> dict[str, Any]:
    """Make the notebook, as a chapter that papermill can run by itself."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "source": source,
            "execution_count": None,
            "outputs": [],
        }
        for number, source in enumerate(CELLS)
    ]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "cvlab": {"chapter": 1, "part": "worth", "question": "What would they pay?", "needs_any": []},
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        },
        "cells": cells,
    }


def read_sentences(executed: Path) -> list[str]:
    """Read the sentences of the headlines that an executed notebook presents."""
    return [
        record["text"]
        for cell in json.loads(executed.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", ())
        for record in output.get("data", {}).get(HEADLINE_MIME, {}).get("headlines", ())
    ]


def same_content(ours: tuple[list[str], int], peer: tuple[list[str], int]) -> None:
    """Raise unless both say the same of every line, and show a picture for each."""
    if ours != peer or len(ours[0]) != LINES or ours[1] != LINES:
        raise ValueError(f"cvlab says {ours}, papermill {peer}")


def run(*command: str | Path) -> None:
    """Run a command to its end; a failure raises."""
    subprocess.run(command, check=True, capture_output=True)
