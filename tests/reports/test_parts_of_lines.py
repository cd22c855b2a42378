"""Lines that have a part of the tables only: every chapter that its tables admit runs, and says what is true."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cvlab.reports import ReportRun, run_report

SAMPLE = "data/sample/fitness-trackers"
PARTS = {
    "choices": ["choice_tasks"],
    "contracts": ["contracts", "rungs"],
    "purchases": ["transactions"],
    "values": ["rung_values", "rungs"],
    "no way out": ["choice_tasks"],
}


def write_part(folder: Path, sample: Path, name: str, tables: list[str]) -> Path:
    """Write a line of some tables of a sample, and customers without characteristics."""
    folder.mkdir()
    (folder / "product_line.yaml").write_text(f"name: Only {name}\ncurrency: EUR\n", encoding="utf-8")
    customers = pd.read_csv(sample / "customers.csv", dtype="str")
    customers[["customer_id", "start_date"]].to_csv(folder / "customers.csv", index=False)
    for table in tables:
        cells = pd.read_csv(sample / f"{table}.csv", dtype="str")
        if name == "no way out":
            task = ["respondent_id", "task"]
            declined = cells[(cells["alternative"] == "none") & (cells["chosen"] == "1")][task].drop_duplicates()
            cells = cells.merge(declined, on=task, how="left", indicator="declined")
            cells = cells[(cells["declined"] == "left_only") & (cells["alternative"] != "none")].drop(
                columns="declined"
            )
        cells.to_csv(folder / f"{table}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportRun:
    """Make the reports of all parts in one run."""
    top = tmp_path_factory.mktemp("parts")
    folders = [write_part(top / name, checkout / SAMPLE, name, tables) for name, tables in PARTS.items()]
    return run_report(folders, output=top / "reports", workers=2, progress=False)


@pytest.fixture(scope="module")
def manifests(run: ReportRun) -> dict[str, dict[str, Any]]:
    """Give the manifest of each part by its name."""
    found = [json.loads((page.parent / "manifest.json").read_text(encoding="utf-8")) for page in run.pages]
    return dict(zip(PARTS, found, strict=True))


@pytest.mark.timeout(600)
def test_whatever_the_tables_admit_runs(run: ReportRun, manifests: dict[str, dict[str, Any]]) -> None:
    assert run.ok, run.failures
    status = {
        name: {chapter["chapter"]: chapter["status"] for chapter in manifest["chapters"]}
        for name, manifest in manifests.items()
    }
    done, skipped = "done", "skipped"
    assert status == {
        "choices": {1: done, 2: done, 5: skipped, 6: done, 7: skipped, 12: done},
        "contracts": {1: done, 2: done, 5: skipped, 6: skipped, 7: skipped, 12: done},
        "purchases": {1: done, 2: done, 5: skipped, 6: skipped, 7: skipped, 12: done},
        "values": {1: done, 2: skipped, 5: skipped, 6: skipped, 7: done, 12: done},
        "no way out": {1: done, 2: done, 5: skipped, 6: done, 7: skipped, 12: done},
    }


def test_a_chapter_that_is_skipped_names_the_tables_it_lacks(manifests: dict[str, dict[str, Any]]) -> None:
    reason = next(chapter["reason"] for chapter in manifests["contracts"]["chapters"] if chapter["chapter"] == 7)
    assert "rung_values" in reason
    assert "rungs.csv" not in reason


def test_choices_without_a_way_out_are_said_to_give_no_demand(run: ReportRun) -> None:
    page = run.pages[list(PARTS).index("no way out")].read_text(encoding="utf-8")
    assert "Nobody could decline" in page
