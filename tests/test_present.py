"""What lands on a page: sentence, table and notes, escaped; and the headline as data beside them."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from cvlab import present as page
from cvlab.analyses.common import Headline
from cvlab.errors import DataError, ParameterError
from cvlab.page_types import CHAPTER_MIME, HEADLINE_MIME, QUESTION_MIME, TABLE_MIME
from cvlab.tables.product_line import ProductLine
from cvlab.tables.setting_values import CodebookEntry
from cvlab.units import NumberFormat, current_number_format, set_number_format

HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True, eq=False, kw_only=True)
class Prices:
    """A result as the analyses give it."""

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money"}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class PricesOfPeople(Prices):
    rows: ClassVar[str] = "person"


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    outputs: list[dict[str, Any]] = []
    monkeypatch.setattr(page, "display", lambda data, raw: outputs.append(data))
    before = current_number_format()
    set_number_format(NumberFormat(currency="USD"))
    yield outputs
    set_number_format(before)


def make_result(n: int = 2, kind: type[Prices] = Prices) -> Prices:
    headline = Headline(
        key="demo.price",
        label="price",
        value=5.0,
        low=4.0,
        high=6.0,
        n=9,
        unit="money",
        sentence="{who} pay {value}.",
        words={"who": HOSTILE},
    )
    table = pd.DataFrame({"group": [HOSTILE] * n, "price": [1234.5] * n, "sold": [True] * n, "day": [pd.NaT] * n})
    return kind(table=table, headline=headline, notes=(f"beware of {HOSTILE}",))


def test_the_page_shows_sentence_table_and_notes_escaped(shown: list[dict[str, Any]]) -> None:
    page.present(make_result())
    html = shown[0]["text/html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; pay $5.00." in html
    assert "<script" not in html
    assert html.count("<tr>") == 3
    assert "price (USD)" in html
    assert "$1,234" in html
    assert ">yes<" in html
    assert "beware of" in html


def test_the_whole_table_travels_as_data_whatever_the_page_shows(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(12), columns=["group"], most=1)
    table = shown[0][TABLE_MIME]
    assert (table["title"], table["key"], table["rows"], table["n_rows"]) == ("price", "demo.price", "group", 12)
    assert table["columns"] == [
        {"name": "group", "kind": "text"},
        {"name": "price", "kind": "money"},
        {"name": "sold", "kind": "truth"},
        {"name": "day", "kind": "date"},
    ]
    assert table["data"] == [[HOSTILE, 1234.5, True, None]] * 12


def test_a_table_of_persons_is_not_handed_on(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(kind=PricesOfPeople))
    assert TABLE_MIME not in shown[0]
    page.present(make_result(0))
    assert TABLE_MIME not in shown[1]


def test_a_table_as_data_is_strict_json_of_plain_values(shown: list[dict[str, Any]]) -> None:
    values = [
        *(np.float64(1.5), np.int64(3), np.bool_(True), np.inf, np.nan, None, pd.NA, pd.NaT, "x", 2**70),
        *(pd.Timestamp("2026-01-31"), pd.Timestamp("2026-01-31 12:30"), date(2026, 1, 31), pd.Interval(0, 1)),
        *(Decimal("0.5"), Fraction(1, 4), (1, 2), pd.Timedelta(days=1), np.array([1, 2])),
    ]
    table = pd.DataFrame({"value": pd.Series(values, dtype="object")})
    page.present(dataclasses.replace(make_result(), table=table), columns=[])
    data = shown[0][TABLE_MIME]["data"]
    assert [row[0] for row in data] == [
        *(1.5, 3, True, None, None, None, None, None, "x", 2**70),
        *("2026-01-31", "2026-01-31T12:30:00", "2026-01-31", "(0, 1]"),
        *("0.5", 0.25, "(1, 2)", "1 days 00:00:00", "[1 2]"),
    ]
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_a_table_too_long_for_a_reader_is_cut_and_says_how_long_it_was(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(page.MOST_ROWS_AS_DATA + 1))
    table = shown[0][TABLE_MIME]
    assert (len(table["data"]), table["n_rows"]) == (page.MOST_ROWS_AS_DATA, page.MOST_ROWS_AS_DATA + 1)


def test_the_headline_travels_as_data(shown: list[dict[str, Any]]) -> None:
    page.present(make_result())
    data = shown[0][HEADLINE_MIME]
    assert data["headlines"][0]["key"] == "demo.price"
    assert data["headlines"][0]["value"] == 5.0
    assert data["notes"] == [f"beware of {HOSTILE}"]


def test_eight_rows_at_most_and_the_rest_is_counted(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(12))
    assert "4 more rows in the table" in shown[0]["text/html"]
    page.present(make_result(3), most=2)
    assert "1 more row in the table" in shown[1]["text/html"]
    with pytest.raises(ParameterError, match="give 1 to 8 rows"):
        page.present(make_result(), most=9)


def test_columns_can_be_chosen_and_unknown_ones_are_named(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(), columns=["price"])
    assert "<th" in shown[0]["text/html"]
    assert "group" not in shown[0]["text/html"]
    page.present(make_result(), columns=[])
    assert "<table" not in shown[1]["text/html"]
    with pytest.raises(ParameterError, match="no column cost: it has group, price"):
        page.present(make_result(), columns=["cost"])


def test_people_are_never_listed(shown: list[dict[str, Any]]) -> None:
    page.present(make_result(kind=PricesOfPeople))
    assert "<table" not in shown[0]["text/html"]
    assert "pay $5.00" in shown[0]["text/html"]


def test_only_results_are_presented() -> None:
    with pytest.raises(ParameterError, match="not a DataFrame"):
        page.present(pd.DataFrame())  # type: ignore[arg-type]


def test_a_chapter_opens_with_the_line_and_its_currency(shown: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "product_line.yaml").write_text(f"name: 'Café {HOSTILE}'\ncurrency: CHF\nnumber_format: de_CH\n")
    (tmp_path / "customers.csv").write_text("customer_id,start_date\n1,2025-01-01\n2,2025-02-01\n")
    line = page.open_chapter(str(tmp_path))
    assert line.currency == current_number_format().currency == "CHF"
    assert "<script" not in shown[0]["text/html"]
    assert "2 customers" in shown[0]["text/html"]
    assert shown[0][CHAPTER_MIME]["line"] == f"Café {HOSTILE}"


def test_a_sample_is_found_by_its_name_and_a_missing_folder_is_named(shown: list[dict[str, Any]]) -> None:
    assert page.open_chapter("lab-analysers").audience == "internal"
    header = shown[-1]["text/html"]
    assert "priced: service Plus · next best alternative: Service contract of Cytomat" in header
    with pytest.raises(DataError, match=r"there is no folder nowhere: .* or a sample: fitness-trackers, lab-analysers"):
        page.open_chapter("nowhere")


BOOK = {
    "price_sensitivity": {
        "too_cheap": CodebookEntry(question=f"Too cheap? {HOSTILE}"),
        "buy_cheap": CodebookEntry(question="Would you buy?", labels={"1": "no", "2": "yes"}),
        "buy_expensive": CodebookEntry(question="And now?", labels={"1": "no", "2": "yes"}),
    },
    "value_survey": {
        "item": CodebookEntry(labels={f"item {number}": f"Statement {number}" for number in range(11)}),
        "score": CodebookEntry(question="How far do you agree? " * 30),
    },
}


@pytest.fixture(name="line")
def make_line(tmp_path: Path) -> ProductLine:
    (tmp_path / "product_line.yaml").write_text("name: Line\ncurrency: CHF\n")
    (tmp_path / "customers.csv").write_text("customer_id,start_date\n1,2025-01-01\n")
    line = page.open_chapter(str(tmp_path))
    return dataclasses.replace(line, codebook=BOOK)


def test_a_question_is_shown_escaped_and_handed_on(line: ProductLine, shown: list[dict[str, Any]]) -> None:
    page.present_question(line, "price_sensitivity", "too_cheap")
    output = shown[-1]
    assert output["text/html"] == (
        '<div class="cvlab-question"><p>Asked: “Too cheap? &lt;script&gt;alert(1)&lt;/script&gt;”</p></div>'
    )
    assert output[QUESTION_MIME] == {"questions": [f"Asked: “Too cheap? {HOSTILE}”"]}


def test_questions_that_share_a_scale_say_it_once(line: ProductLine, shown: list[dict[str, Any]]) -> None:
    page.present_question(line, "price_sensitivity", "buy_cheap", "buy_expensive")
    assert shown[-1][QUESTION_MIME]["questions"] == [
        "Asked (buy cheap): “Would you buy?”",
        "Asked (buy expensive): “And now?” Scale: 1 = no · 2 = yes",
    ]


def test_long_questions_and_many_labels_are_cut(line: ProductLine, shown: list[dict[str, Any]]) -> None:
    page.present_question(line, "value_survey")
    labels, asked = shown[-1][QUESTION_MIME]["questions"]
    assert labels.startswith("Answers (item): item 0 = Statement 0 · item 1")
    assert labels.endswith("item 7 = Statement 7 · and 3 more")
    assert len(asked) < 330
    assert asked.endswith(" …”")


def test_where_no_question_is_known_nothing_is_shown(line: ProductLine, shown: list[dict[str, Any]]) -> None:
    before = len(shown)
    page.present_question(line, "price_sensitivity", "cheap")
    page.present_question(line, "price_ladder")
    assert len(shown) == before


@pytest.mark.parametrize(("table", "column"), [("prices", "cheap"), ("price_sensitivity", "chap")])
def test_a_question_of_what_is_not_there_is_refused(line: ProductLine, table: str, column: str) -> None:
    with pytest.raises(ParameterError, match=r"chap|prices"):
        page.present_question(line, table, column)
