"""What was left out is counted once per row in the total and once per rule in the table."""

import pandas as pd
import pytest

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.survey import summarise_exclusions
from cvlab.errors import DataError

LOG = pd.DataFrame(
    {
        "table": ["answers", "answers", "answers", "sales"],
        "row": [1, 1, 2, 7],
        "rule": ["order", "speed", "order", "negative"],
    }
)


def test_rules_are_counted_apart_and_rows_once() -> None:
    result = summarise_exclusions(LOG, rows_read={"answers": 20, "sales": 80})
    assert result.table[["table", "rule", "excluded", "share"]].to_dict("records") == [
        {"table": "answers", "rule": "order", "excluded": 2, "share": 0.1},
        {"table": "answers", "rule": "speed", "excluded": 1, "share": 0.05},
        {"table": "sales", "rule": "negative", "excluded": 1, "share": 0.0125},
    ]
    assert result.headline.value == pytest.approx(0.03)
    assert (result.headline.low, result.headline.high) == wilson_interval(3, 100)
    assert "rows read are left out (3.0%" in str(result.headline)
    assert "most of them in answers" in str(result.headline)


def test_a_row_that_a_log_names_twice_for_one_rule_counts_once() -> None:
    twice = pd.concat([LOG, LOG.iloc[[0]]])
    table = summarise_exclusions(twice, rows_read={"answers": 20, "sales": 80}).table
    assert table["excluded"].tolist() == [2, 1, 1]


def test_nothing_left_out_is_said() -> None:
    result = summarise_exclusions(LOG.iloc[:0], rows_read={"answers": 20})
    assert str(result.headline) == "None of the 20 rows read is left out."
    assert result.table.empty


def test_faults_are_named() -> None:
    with pytest.raises(DataError, match="exclusions lacks rule"):
        summarise_exclusions(LOG.drop(columns="rule"), rows_read={})
    with pytest.raises(DataError, match="rows_read lacks sales"):
        summarise_exclusions(LOG, rows_read={"answers": 3})
