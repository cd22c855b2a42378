"""Large populations of the sample lines, drawn once."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.tables.synthetic import LINES

N = 60_000


@pytest.fixture(scope="package")
def trackers() -> pd.DataFrame:
    """Draw a large population of fitness-trackers."""
    return LINES["fitness-trackers"].draw_large(11, N)


@pytest.fixture(scope="package")
def salons() -> pd.DataFrame:
    """Draw a large population of salon-software."""
    return LINES["salon-software"].draw_large(12, N)
