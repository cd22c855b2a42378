"""What the explorer of offers says: how often an offer is chosen, what the offers earn, and what has changed."""

from __future__ import annotations

import numpy as np

from cvlab.analyses.common import percentile_interval
from cvlab.analyses.willingness_to_pay import ChoiceShares
from cvlab.units import write_number, write_range

PER = 100.0  # people or choices to which amounts of money refer


def say_share(offer: str, shares: ChoiceShares, change: np.ndarray | None = None) -> str:
    """Say how often an offer is chosen, and the change of that with its interval.

    Parameters
    ----------
    change : of the share, the estimate and then draws; None where nothing has changed.
    """
    row = shares.table.set_index("alternative").loc[offer]
    level = write_number(shares.headline.level, "share", decimals=0)
    said = (
        f"{offer} would be chosen by {write_number(row['share'], 'share')} ({level} interval "
        f"{write_range(row['low'], row['high'], 'share')})"
    )
    if change is None:
        return f"{said}."
    points = PER * change
    written = _compare(points, "number", " percentage points", level=shares.headline.level)
    return f"{said}, {written}."


def say_earned(earned: np.ndarray, gain: np.ndarray | None, *, level: float, unit: str) -> str:
    """Say what the offers bring above their unit costs, and what a change gains.

    Parameters
    ----------
    earned, gain : money per 100, the estimate and then draws; `gain` is None where nothing has changed.
    unit : "people" or "choices".
    """
    low, high = (float(bound) for bound in percentile_interval(earned[1:], level=level))
    said = (
        f"Above unit costs, {PER:.0f} {unit} bring {write_number(float(earned[0]), 'money')} "
        f"({write_range(low, high, 'money')})"
    )
    if gain is None:
        return f"{said}."
    chance = write_number(float((gain[1:] > 0).mean()), "share")
    return f"{said}, {_compare(gain, 'money', '', level=level)}; the probability that it is more is {chance}."


def describe_shares(shares: ChoiceShares) -> str:
    """Say in words what the picture shows."""
    table = shares.table
    parts = [
        f"{name} {write_number(share, 'share')}"
        for name, share in zip(table["alternative"], table["share"], strict=True)
    ]
    return f"Shares of choices: {'; '.join(parts)}."


def _compare(change: np.ndarray, kind: str, unit: str, *, level: float) -> str:
    """Write a change, the estimate and then draws of it, as more or less than before."""
    value, sign, more = float(change[0]), 1.0, "more"
    if value < 0:
        sign, more = -1.0, "less"
    low, high = (float(bound) for bound in percentile_interval(sign * change[1:], level=level))
    return f"{write_number(sign * value, kind)}{unit} {more} than as given ({write_range(low, high, kind)})"
