"""The words of a value statement: its headline, and the lines of the page in four steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.economic_value.economic_value import EconomicValue
from cvlab.analyses.economic_value.wording import list_names
from cvlab.units import agree_decimals, write_number, write_range

STEPS = ("discover", "select", "quantify", "share")
CLAIMED, AGAINST, NO_EVIDENCE, TOO_SMALL = (
    "claimed",
    "speaks against the offer",
    "left out: no evidence",
    "left out: smaller than the others",
)
GENERAL, OWN = "typical customer", "the account's own"


def write_statement(worth: EconomicValue | None, table: pd.DataFrame, who: str) -> Headline:
    """Return the headline of a statement: what is stated, or that nothing can be."""
    if worth is None:
        return Headline(
            key="economic_value.stated",
            label="stated economic value",
            value=math.nan,
            low=math.nan,
            high=math.nan,
            n=len(table),
            unit="money",
            sentence=(
                "Not enough data for a value statement for {account}: of {n} drivers none has evidence, at least 1 is "
                "needed."
            ),
            words={"account": who},
            decides=False,
        )
    sentence = "To {account} the offer is worth {value}"
    if math.isfinite(worth.headline.low):
        sentence += " ({level} interval {low} to {high})"
    return replace(
        worth.headline,
        key="economic_value.stated",
        label="stated economic value",
        sentence=sentence + ", counting only what can be shown.",
        words={"account": who},
        decides=False,
    )


def write_page(table: pd.DataFrame, worth: EconomicValue | None, who: str) -> pd.DataFrame:
    """Return the lines of the page, step by step."""
    own = int((table["source"] == OWN).sum())
    stated = table[table["choice"].isin([CLAIMED, AGAINST])]
    left_out = table[~table["choice"].isin([CLAIMED, AGAINST])]
    lines = [
        (
            STEPS[0],
            f"{len(table)} drivers are known for {who}: {own} of its own, {len(table) - own} of the typical customer.",
        ),
        (
            STEPS[1],
            f"{len(stated)} are stated: {list_names(list(stated['driver']))}." if len(stated) else "None is stated.",
        ),
    ]
    if len(left_out):
        lines.append((STEPS[1], f"Left out: {_say_why(left_out)}."))
    lines += [(STEPS[2], _quantify(row)) for row in stated.to_dict("records")]
    if worth is not None:
        decimals = agree_decimals((worth.reference_price, worth.headline.value), "money")
        reference = write_number(worth.reference_price, "money", decimals=decimals)
        lines.append((STEPS[2], f"{reference} for the next best alternative comes on top: {_say_total(worth)}."))
        lines += [(STEPS[3], text) for text in _share_lines(worth, stated, who)]
    return pd.DataFrame(lines, columns=["step", "text"])


def _say_why(left_out: pd.DataFrame) -> str:
    parts = [
        f"{list_names(list(rows['driver']))} ({choice.removeprefix('left out: ')})"
        for choice, rows in left_out.groupby("choice", sort=False)
    ]
    return "; ".join(parts)


def _quantify(row: Mapping[str, object]) -> str:
    amount, low, high = (float(str(row[name])) for name in ("amount", "low", "high"))
    bounds = f" ({write_range(low, high, 'money')})" if math.isfinite(low) else ""
    evidence = f"; evidence: {row['evidence']}" if row["evidence"] else "; no evidence"
    return f"{row['driver']}: {write_number(amount, 'money')}{bounds}{evidence}."


def _say_total(worth: EconomicValue) -> str:
    total = worth.headline
    bounds = f" ({write_range(total.low, total.high, 'money')})" if math.isfinite(total.low) else ""
    return f"{write_number(total.value, 'money')}{bounds} in all"


def _share_lines(worth: EconomicValue, stated: pd.DataFrame, who: str) -> Iterable[str]:
    gains: Sequence[str] = list(stated.loc[stated["choice"] == CLAIMED, "driver"])
    costs: Sequence[str] = list(stated.loc[stated["choice"] == AGAINST, "driver"])
    if gains:
        yield f"What {who} gains over the next best alternative: {list_names(gains)}."
    if costs:
        yield f"What it gives up: {list_names(costs)}."
    if worth.incentive is not None and worth.price is not None:
        kept, price = worth.incentive, write_number(worth.price, "money")
        bounds = f" ({write_range(kept.low, kept.high, 'money')})" if math.isfinite(kept.low) else ""
        if kept.value >= 0:
            yield f"At a price of {price} it keeps {write_number(kept.value, 'money')}{bounds}."
        else:
            yield f"At a price of {price} it pays {write_number(-kept.value, 'money')} more than can be shown."
