"""RFM segments follow the grid that the module prints."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.segmentation import assign_rfm_segments
from cvlab.errors import DataError


def make_summary(n: int = 100) -> pd.DataFrame:
    """Everybody is different: the more often, the more recently."""
    number = np.arange(n)
    return pd.DataFrame({"customer_id": [f"c{i:03}" for i in number], "frequency": number, "recency": number, "age": n})


def test_scores_are_fifths_and_the_grid_is_applied() -> None:
    labels = assign_rfm_segments(make_summary()).labels
    # On the diagonal of the grid, from (1, 1) to (5, 5).
    expected = ["hibernating"] * 40 + ["need attention"] * 20 + ["loyal"] * 20 + ["champions"] * 20
    assert labels.tolist() == expected
    opposite = make_summary().assign(recency=lambda table: table["recency"].to_numpy()[::-1])
    expected = ["new"] * 20 + ["promising"] * 20 + ["need attention"] * 20 + ["at risk"] * 40
    assert assign_rfm_segments(opposite).labels.tolist() == expected


def test_equal_customers_are_in_equal_segments() -> None:
    summary = pd.DataFrame(
        {"customer_id": range(100), "frequency": [0] * 60 + [1] * 40, "recency": [0] * 60 + [10] * 40}
    )
    summary["age"] = [50] * 30 + [2] * 30 + [12] * 40
    segments = assign_rfm_segments(summary)
    assert (
        segments.labels.groupby(summary.drop(columns="customer_id").apply(tuple, axis=1).to_numpy()).nunique().max()
        == 1
    )
    assert segments.labels[30] == "new"
    assert segments.labels[0] == "hibernating"


def test_a_result_with_a_table_will_do_and_new_customers_are_placed_among_the_old() -> None:
    class Summary:
        table = make_summary()

    segments = assign_rfm_segments(Summary())
    pd.testing.assert_series_equal(segments.labels, assign_rfm_segments(Summary.table).labels)
    new = pd.DataFrame({"frequency": [500, 0], "recency": [99, 1], "age": [99, 900]})
    assert segments.assign(new).tolist() == ["champions", "hibernating"]
    assert segments.labels.index.name == "customer_id"
    assert segments.made_from == ("frequency", "recency", "time since first purchase")
    assert segments.notes[1] == "Nobody is in: promising, new, about to sleep, at risk."


def test_the_order_of_rows_and_one_customer_do_no_harm() -> None:
    summary = make_summary()
    shuffled = assign_rfm_segments(summary.sample(frac=1, random_state=0)).labels
    pd.testing.assert_series_equal(shuffled.sort_index(), assign_rfm_segments(summary).labels)
    assert len(assign_rfm_segments(summary.head(1)).labels) == 1


def test_unfit_summaries_are_refused() -> None:
    with pytest.raises(DataError, match="summary lacks column age"):
        assign_rfm_segments(make_summary().drop(columns="age"))
    with pytest.raises(DataError, match="frequency has 1 missing values"):
        assign_rfm_segments(make_summary().assign(frequency=[np.nan, *range(99)]))
    with pytest.raises(DataError, match="99 customers have recency above age"):
        assign_rfm_segments(make_summary().assign(age=0))
