"""Chapter 1 on lines that have little: nobody answered, a handful did, or the respondents are no customers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cvlab import present as page
from cvlab.page_types import HEADLINE_MIME
from cvlab.reports.plans.chapters import find_missing
from cvlab.tables.product_line import read_product_line
from cvlab.units import current_number_format, set_number_format

Cells = Callable[..., dict[str, str]]
CUSTOMERS = pd.DataFrame(
    {"customer_id": [f"c{i}" for i in range(60)], "start_date": "2025-01-01", "region": ["north", "south"] * 30}
)
PRICES = pd.DataFrame({"too_cheap": range(5, 45), "cheap": range(8, 48), "expensive": range(12, 52)})
PRICES["too_expensive"] = PRICES["expensive"] + 4


@pytest.fixture(name="run_chapter")
def make_runner(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cells]:
    """Run the cells of the chapter that a line of these tables admits; give the sentence of each headline."""
    cells = json.loads((checkout / "notebooks/01_data_and_trust.ipynb").read_text(encoding="utf-8"))["cells"]
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(page, "display", lambda data, raw: shown.append(data))

    def run(**tables: pd.DataFrame) -> dict[str, str]:
        (tmp_path / "product_line.yaml").write_text("name: Line\ncurrency: EUR\n", encoding="utf-8")
        for name, table in {"customers": CUSTOMERS, **tables}.items():
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        line = read_product_line(tmp_path)
        names: dict[str, Any] = {}
        for cell in cells:
            tags = cell["metadata"].get("tags", [])
            if cell["cell_type"] == "code" and not find_missing(tags, line.has):
                exec("".join(cell["source"]), names)  # noqa: S102  our own notebook
                if "parameters" in tags:
                    names["product_line"] = str(tmp_path)
        plt.close("all")
        return {
            record["key"]: record["text"]
            for data in shown
            for record in data.get(HEADLINE_MIME, {}).get("headlines", ())
        }

    before = current_number_format()
    yield run
    set_number_format(before)


def test_a_line_without_a_survey_is_judged_by_its_tables(run_chapter: Cells) -> None:
    said = run_chapter()
    assert set(said) == {"trust.usable_share", "trust.excluded_share", "trust.detectable_difference"}
    assert "785 would be needed" in said["trust.detectable_difference"]


def test_a_handful_of_respondents_is_too_few_to_weight_or_to_compare(run_chapter: Cells) -> None:
    people = pd.DataFrame({"respondent_id": ["c1", "c2", "c3"], "seconds": [30, 300, 310]})
    people["region"] = ["north", "south", "north"]
    said = run_chapter(respondents=people, price_sensitivity=PRICES.head(3).assign(respondent_id=["c1", "c2", "c3"]))
    assert said["trust.response_rate"].startswith("Not enough data")
    assert said["trust.effective_n"].startswith("Not enough data")
    assert said["trust.shifted_with_weights"]


def test_respondents_who_are_no_customers_have_no_response_rate(run_chapter: Cells) -> None:
    people = pd.DataFrame({"respondent_id": [f"p{i}" for i in range(80)], "region": ["north"] * 60 + ["south"] * 20})
    people["seconds"] = 300
    said = run_chapter(respondents=people, price_sensitivity=PRICES.assign(respondent_id=people["respondent_id"][:40]))
    assert "trust.response_rate" not in said
    assert said["trust.effective_n"].startswith(
        "Weighted by region, 80 answers inform as much as 60"
    )  # 80² / (60 (2/3)² + 20 · 2²)
    assert said["trust.shifted_with_weights"].startswith("With weights")


def test_respondents_of_whom_nothing_is_known_are_not_weighted(run_chapter: Cells) -> None:
    people = pd.DataFrame({"respondent_id": [f"p{i}" for i in range(80)], "seconds": [300] * 80})
    said = run_chapter(respondents=people)
    assert "trust.effective_n" not in said
    assert "trust.careless_share" not in said


@pytest.mark.parametrize("careful", [0, 1, 2, 12])
def test_where_nobody_or_hardly_anybody_answered_with_care_it_is_said(run_chapter: Cells, careful: int) -> None:
    people = CUSTOMERS.head(40)[["customer_id", "region"]].rename(columns={"customer_id": "respondent_id"})
    people["seconds"] = 300
    people["attention_passed"] = [True] * careful + [False] * (40 - careful)
    ids = people["respondent_id"]
    ladder = pd.DataFrame({"respondent_id": ids.repeat(3).to_list(), "price": [10.0, 20.0, 30.0] * 40})
    ladder["would_buy"] = ladder["price"] < [10 + 5 * (row // 3 % 5) for row in range(len(ladder))]
    bids = pd.DataFrame({"respondent_id": ids, "bid": [10.0, 20.0] * 20, "answer": [True, False, False, True] * 10})
    said = run_chapter(
        respondents=people,
        price_sensitivity=PRICES.assign(respondent_id=ids),
        price_ladder=ladder,
        contingent_valuation=bids,
    )
    assert said["trust.careless_share"].startswith(f"{40 - careful} of 40 respondents answered without care")
    assert said["trust.shifted_with_weights"].startswith("With weights")
