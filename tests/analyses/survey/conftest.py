"""People to weight: a table of counts written out as one row per person."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def spread_out() -> object:
    """Return one respondent per count of a two-way table, with levels of `row` and `column`."""

    def write(counts: list[list[int]], rows: list[str], columns: list[str]) -> pd.DataFrame:
        cells = [(row, column) for row in rows for column in columns]
        people = np.repeat(np.arange(len(cells)), np.ravel(counts))
        return pd.DataFrame(
            {
                "respondent_id": [f"r{number}" for number in range(len(people))],
                "row": [cells[cell][0] for cell in people],
                "column": [cells[cell][1] for cell in people],
            }
        )

    return write
