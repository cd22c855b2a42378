"""The picture of purchases counts every customer once, and counts out no small cell."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.lifetime_value import PurchaseSummary, summarise_purchases
from cvlab.figures.lifetime_value import PERIODS, draw_purchases


def summarise(n: int, most: int, seed: int = 0, unit: str = "week") -> PurchaseSummary:
    random = np.random.default_rng(seed)
    people = np.repeat(np.arange(n), random.integers(1, most + 1, n))
    days = pd.to_timedelta(random.integers(0, 300, len(people)), unit="D")
    table = pd.DataFrame(
        {
            "customer_id": [f"c{person}" for person in people],
            "date": pd.Timestamp("2026-01-01") + days,
            "quantity": 1,
            "price_paid": 9.0,
        }
    )
    return summarise_purchases(table, unit=unit)


def counts_of(ax: plt.Axes) -> np.ndarray:
    """Read the shades back: they are roots of the numbers of customers."""
    return np.asarray(ax.collections[0].get_array()) ** 2


@pytest.mark.parametrize("most", [1, 4, 40])
def test_every_customer_is_in_one_cell(most: int) -> None:
    summary = summarise(500, most)
    ax = draw_purchases(summary, smallest_group=1)
    counts = counts_of(ax)
    assert counts.sum() == pytest.approx(500)
    assert counts.shape[1] == PERIODS
    assert counts[0].sum() == pytest.approx((summary.table["frequency"] == 0).sum())
    assert len(ax.get_yticklabels()) == counts.shape[0] <= 7


def test_rows_hold_what_their_labels_say() -> None:
    summary = summarise(800, 40)
    ax = draw_purchases(summary, smallest_group=1)
    for label, row in zip(ax.get_yticklabels(), counts_of(ax), strict=True):
        bounds = label.get_text().removesuffix(" or more").split("–")
        first = int(bounds[0])
        last = 10_000 if "more" in label.get_text() else int(bounds[-1])
        assert row.sum() == pytest.approx(summary.table["frequency"].between(first, last).sum()), label.get_text()


def test_small_cells_are_not_counted_out() -> None:
    ax = draw_purchases(summarise(120, 4))
    counts = counts_of(ax).round().astype(int)
    written = [text.get_text() for text in ax.texts]
    assert written.count("<10") == ((counts > 0) & (counts < 10)).sum()
    assert sorted(int(text) for text in written if text != "<10") == sorted(counts[counts >= 10].tolist())


def test_the_axis_names_unit_and_day_and_recent_is_right() -> None:
    summary = summarise(50, 3, unit="month")
    ax = draw_purchases(summary)
    assert ax.get_xlabel() == f"time since the last purchase, on {summary.as_of:%Y-%m-%d} (months)"
    assert ax.get_xlim()[0] > ax.get_xlim()[1]


def test_one_customer_is_drawn_on_the_axes_given() -> None:
    _, given = plt.subplots()
    assert draw_purchases(summarise(1, 1), ax=given) is given
    assert len(given.texts) == 1


@pytest.mark.parametrize("smallest_group", [10, 25])
def test_no_shade_tells_small_cells_apart(smallest_group: int) -> None:
    summary = summarise(300, 6)
    exact = counts_of(draw_purchases(summary, smallest_group=1))
    ax = draw_purchases(summary, smallest_group=smallest_group)
    few = (exact > 0) & (exact < smallest_group)
    assert few.sum() > 1
    assert len(np.unique(counts_of(ax)[few].round(9))) == 1
    numbers = [int(text.get_text()) for text in ax.texts if not text.get_text().startswith("<")]
    assert min(numbers) >= smallest_group
