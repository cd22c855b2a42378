"""What fitness-trackers are worth in money: what the Pulse Two saves its owner against a Corelife Band 4.

Only what an owner would else pay for counts, over two years of use, EUR per piece. What people like about a tracker is
not in here: it is in what they would pay, which the choice tasks ask for.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.records import Record
from cvlab.tables.synthetic.value_tables import COST_AVOIDED, Driver, list_driver_truths, tabulate_drivers

MONTHS_OF_USE = 24.0

DRIVERS = (
    Driver(
        driver="route app not needed",
        ours=0.0,
        reference=1.25,
        volume=MONTHS_OF_USE,
        low=16.0,
        high=44.0,
        kind=COST_AVOIDED,
        evidence="GPS built in; price list of three route apps, share of owners who pay for one",
    ),
    Driver(
        driver="charging",
        ours=4.0,
        reference=6.0,
        volume=MONTHS_OF_USE,
        unit_value=0.1,
        low=2.4,
        high=7.2,
        kind=COST_AVOIDED,
        evidence="battery test: charges per month at 7 and at 5 days, two minutes each",
    ),
    Driver(
        driver="old straps fit",
        ours=0.0,
        reference=0.25,
        unit_value=24.0,
        low=3.0,
        high=9.0,
        kind=COST_AVOIDED,
        evidence="share of owners who bought a strap, and its price",
    ),
    # Too few have come back so far to say how often it breaks.
    Driver(driver="repairs", ours=3.0, reference=8.0, low=0.0, high=10.0, kind=COST_AVOIDED),
    Driver(
        driver="heart alerts",
        ours=0.0,
        reference=7.0,
        low=-12.0,
        high=-2.0,
        kind="difference",
        evidence="Corelife has them; a chest strap costs 35, a fifth of owners would want one",
    ),
)


def draw_value_drivers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table value_drivers."""
    return tabulate_drivers(DRIVERS)


def list_worth_truths(*, reference_price: float) -> list[Record]:
    """Return what is true of the drivers."""
    return list_driver_truths(DRIVERS, reference_price=reference_price)
