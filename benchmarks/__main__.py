"""Measure everything and print the table; exit code 1 if a target is missed."""

from __future__ import annotations

import os
import sys

# One thread each, set before anything loads NumPy.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"

import argparse
import tempfile
from pathlib import Path

from benchmarks import economic_value, latent_class, segmentation, start_up, willingness_to_pay
from benchmarks.harness import Allowance, Comparison, measure, write_table


def main() -> int:
    """Measure, print, and say by the exit code whether all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--report", action="store_true", help="also time the reports of the three sample lines")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as output:
        benchmarks: list[Comparison | Allowance] = [
            *start_up.list_comparisons(),
            *willingness_to_pay.list_comparisons(),
            *segmentation.list_comparisons(),
            *latent_class.list_comparisons(),
            *economic_value.list_comparisons(),
        ]
        if chosen.report:
            benchmarks.append(start_up.report_allowance(Path(output)))
        measurements = [measure(benchmark) for benchmark in benchmarks]
    print(write_table(measurements))
    return 0 if all(each.met for each in measurements) else 1


if __name__ == "__main__":
    sys.exit(main())
