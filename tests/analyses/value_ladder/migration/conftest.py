"""Contracts and their migration that the tests share."""

from __future__ import annotations

import pandas as pd
import pytest

from cvlab.analyses.value_ladder import Migration, measure_migration
from tests.analyses.value_ladder.migration.cases import NAMES, UNTIL, draw_contracts


@pytest.fixture(scope="session")
def contracts() -> pd.DataFrame:
    return draw_contracts(400, seed=20260801)


@pytest.fixture(scope="session")
def migration(contracts: pd.DataFrame) -> Migration:
    return measure_migration(contracts, rungs=NAMES, as_of=UNTIL)
