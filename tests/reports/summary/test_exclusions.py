"""Exclusions: of actions that price the same product only the first in rank is shown, and the others are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvlab.analyses.common import Headline
from cvlab.errors import DataError
from cvlab.reports.summary.actions import Actions, plan_actions
from cvlab.reports.summary.exclusions import is_alike
from cvlab.reports.summary.playbook import Times, read_playbook
from cvlab.tables.product_line import read_product_line

GAIN, BUNDLE, PRICE = "value_ladder.gain", "value_ladder.bundle_gain", "willingness_to_pay.best_price_gain"
PRODUCTS = {
    "priced product": ("Pulse tracker",),
    "components": ("Pulse tracker", "Move app, one year"),
    "rungs": ("Move", "Train"),
}
WORDS = {
    GAIN: {"prices": "Move at €9"},
    BUNDLE: {"do": "Sell both", "prices": "Pulse tracker at €144"},
    PRICE: {"now": "€129", "best": "€140", "unit": "people"},
}


def plan(likely: dict[str, float], *, width: float = 1.0, products: dict[str, tuple[str, ...]] = PRODUCTS) -> Actions:
    records: list[Any] = []
    for key, middle in likely.items():
        draws = middle + width * np.linspace(-1, 1, 401)
        low, high = np.quantile(draws, [0.025, 0.975])
        records.append(
            Headline(
                key=key, label=key, value=middle, low=float(low), high=float(high), n=300, unit="money", sentence="",
                words=WORDS[key], draws=draws, draws_by="people",
            ).to_record()
        )  # fmt: skip
    times = dict.fromkeys(WORDS, Times(per_year=1, why="an example"))
    book = replace(read_playbook(), times_per_year=times, product="Pulse tracker", products=products)
    return plan_actions(records, book, customers=100)


def test_a_bundle_that_prices_the_product_stands_instead_of_holding_its_price() -> None:
    actions = plan({BUNDLE: 9.0, PRICE: -5.0})
    assert actions.table["action"].tolist() == ["Sell both: Pulse tracker at €144"]
    said = "“Hold the price of Pulse tracker at €129: no other is known to earn more” is left out: it goes only"
    assert f"{said} instead of “Sell both: Pulse tracker at €144”, as both set the price of Pulse tracker." in (
        actions.notes
    )


def test_the_better_of_two_that_price_the_same_stays_and_luck_still_counts_both() -> None:
    same = {**PRODUCTS, "components": ("Move", "strap")}
    for better, worse, kept in ((GAIN, BUNDLE, "Change the prices"), (BUNDLE, GAIN, "Sell both")):
        actions = plan({better: 9.0, worse: 5.0}, products=same)
        assert len(actions.table) == 1
        assert actions.table["action"][0].startswith(kept)
        assert any(note.endswith("as both set the price of Move.") for note in actions.notes)
        assert any("the best of 2" in note for note in actions.notes)
        assert list(actions.draws.columns) == [1]


def test_products_with_names_alike_are_both_priced_and_a_note_warns() -> None:
    actions = plan({BUNDLE: 9.0, GAIN: 5.0})
    assert len(actions.table) == 2
    assert any(
        note.endswith(
            "cannot both be done as they stand if “Move app, one year” and “Move” are one product: set its price once."
        )
        for note in actions.notes
    )


def test_actions_on_different_products_stand_side_by_side() -> None:
    apart = {**PRODUCTS, "components": ("strap", "screen guard")}
    for products in (apart, {}):
        actions = plan({BUNDLE: 9.0, GAIN: 5.0, PRICE: 3.0}, products=products)
        assert len(actions.table) == 3
        assert not any("set the price" in note or "set its price" in note for note in actions.notes)


def test_a_price_may_be_held_while_another_is_tested_and_a_note_says_so() -> None:
    # More than 0.9 but less than all of the draws are above 0, so that the bundle is to be tested.
    actions = plan({BUNDLE: 0.88, PRICE: -5.0})
    assert actions.table["what"].tolist() == ["hold", "test"]
    assert any(
        note.endswith("both set the price of Pulse tracker: hold it until the other has been tested.")
        for note in actions.notes
    )


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Plus", "service Plus", True),
        ("Solo", "online booking", False),
        ("art", "cart", False),
        ("", "anything", False),
        ("Plus, yearly", "yearly plus", True),
        ("…", "!", False),
    ],
)
def test_names_of_one_product(first: str, second: str, same: bool) -> None:
    assert is_alike(first, second) is is_alike(second, first) is same


def test_the_line_names_its_products(checkout: Path) -> None:
    book = read_playbook(product_line=read_product_line(checkout / "data/sample/fitness-trackers"))
    assert book.product == "Pulse Two tracker"
    assert book.products["components"] == ("Pulse Two tracker", "Move app, one year")
    assert book.products["rungs"] == ("Move", "Train", "Coach")
    assert read_playbook().product == "the offer"


def test_a_subject_that_is_not_known_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "rules:\n  - name: demo\n    when: [{headline: a, above: 0}]\n    action: do\n    group: all\n"
        "    missing: much\n    touches: [weather]\n    test: {do: try, cost: low, weeks: 1}\n"
    )
    with pytest.raises(DataError, match=r"line 7: touches is .weather.: give one of priced product, components, rungs"):
        read_playbook(own)
