"""Real input: the CDNOW purchases, which the lifetimes package ships, make a product line of two tables."""

import importlib.util
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cvlab.cli import main
from cvlab.reports import ReportRun, run_report
from cvlab.tables.product_line import check_product_line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the product line: customers start on the day of their first purchase, prices are paid per unit."""
    package = importlib.util.find_spec("lifetimes")
    assert package is not None
    assert package.origin is not None
    raw = pd.read_csv(
        Path(package.origin).parent / "datasets" / "CDNOW_master.txt",
        sep=r"\s+",
        header=0,
        names=["customer_id", "date", "quantity", "amount"],
        dtype={"customer_id": "str", "date": "str"},
    )
    raw["date"] = pd.to_datetime(raw["date"], format="%Y%m%d")
    folder = tmp_path_factory.mktemp("cdnow")
    (folder / "product_line.yaml").write_text("name: CDNOW\ncurrency: USD\n", encoding="utf-8")
    first = raw.groupby("customer_id", as_index=False)["date"].min().rename(columns={"date": "start_date"})
    first.to_csv(folder / "customers.csv", index=False)
    raw["price_paid"] = raw["amount"] / raw["quantity"]
    raw.drop(columns="amount").to_csv(folder / "transactions.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportRun:
    """Make the report."""
    return run_report([folder], output=tmp_path_factory.mktemp("reports"), workers=2, progress=False)


def test_the_line_has_no_errors(folder: Path) -> None:
    assert not [problem for problem in check_product_line(folder) if problem.severity == "error"]


def test_chapters_1_and_2_run_and_the_others_say_what_is_missing(run: ReportRun) -> None:
    assert run.ok, run.failures
    manifest = json.loads((run.pages[0].parent / "manifest.json").read_text(encoding="utf-8"))
    status = {chapter["chapter"]: chapter["status"] for chapter in manifest["chapters"]}
    assert status == {1: "done", 2: "done", 5: "skipped", 6: "skipped", 7: "skipped", 12: "done"}
    page = run.pages[0].read_text(encoding="utf-8")
    assert "price_sensitivity" in page
    assert "rung_values" in page


def test_past_purchases_foretell_later_spend(run: ReportRun) -> None:
    manifest = json.loads((run.pages[0].parent / "manifest.json").read_text(encoding="utf-8"))
    headline = next(item for item in manifest["headlines"] if item["key"] == "segmentation.held_out_r2")
    assert headline["low"] > 0
    assert headline["n"] > 20_000


def test_the_command_line_checks_the_line(folder: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    assert CliRunner().invoke(main, ["check", str(folder)]).exit_code == 0
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "customers.csv").unlink()
    result = CliRunner().invoke(main, ["check", str(broken)])
    assert result.exit_code == 1
    assert "customers.csv is missing" in result.output
