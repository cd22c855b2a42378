"""Measure everything and print the table; exit code 1 if a target is missed."""

from __future__ import annotations

import os
import sys

# One thread each, set before anything loads NumPy.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"

import argparse
import importlib
import pkgutil
import tempfile
from pathlib import Path

import benchmarks
from benchmarks import start_up
from benchmarks.harness import Allowance, Comparison, measure, write_table


def main() -> int:
    """Measure, print, and say by the exit code whether all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--report", action="store_true", help="also time the reports of the three sample lines")
    parser.add_argument("--only", default="", metavar="MODULE", help="one module of benchmarks, such as mixed_choice")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as output:
        listed = list_benchmarks(chosen.only)
        if chosen.report:
            listed.append(start_up.report_allowance(Path(output)))
        measurements = [measure(benchmark) for benchmark in listed]
    print(write_table(measurements))
    return 0 if all(each.met for each in measurements) else 1


def list_benchmarks(only: str = "") -> list[Comparison | Allowance]:
    """List what each module of this folder measures: its `list_comparisons` and its `list_allowances`."""
    listed: list[Comparison | Allowance] = []
    for found in pkgutil.iter_modules(benchmarks.__path__):
        if found.name.startswith("_") or only not in ("", found.name):
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        for name in ("list_comparisons", "list_allowances"):
            listed += getattr(module, name, list)()
    return listed


if __name__ == "__main__":
    sys.exit(main())
