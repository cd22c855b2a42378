"""Weights in tables: each row has that of its respondent, and nothing else changes."""

import pandas as pd
import pytest

from cvlab.analyses.survey import assign_weights
from cvlab.errors import DataError

WEIGHTS = pd.Series([0.5, 1.5], index=pd.Index(["a", "b"], name="respondent_id"))


def test_each_row_gets_the_weight_of_its_respondent() -> None:
    tasks = pd.DataFrame({"respondent_id": ["b", "a", "b", "z"], "weight": [9.0] * 4})
    indexed = pd.DataFrame({"price": [1.0, 2.0]}, index=pd.Index(["b", "a"], name="respondent_id"))
    rungs = pd.DataFrame({"rung": ["good"]})
    weighted = assign_weights({"tasks": tasks, "indexed": indexed, "rungs": rungs}, WEIGHTS)
    assert weighted["tasks"]["weight"].tolist() == [1.5, 0.5, 1.5, 1.0]
    assert weighted["indexed"]["weight"].tolist() == [1.5, 0.5]
    assert weighted["rungs"] is rungs
    assert tasks["weight"].tolist() == [9.0] * 4  # the input stays as it was


def test_weights_that_are_of_nobody_or_twice_are_refused() -> None:
    with pytest.raises(DataError, match="name a respondent_id twice"):
        assign_weights({}, pd.concat([WEIGHTS, WEIGHTS]))
    with pytest.raises(DataError, match="respondent_id"):
        assign_weights({}, WEIGHTS.rename_axis("person"))
