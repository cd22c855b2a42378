"""The value statement: what the offer is worth to one account, on one page that can be handed over.

    discover     every driver known for the account: its own rows, and the general ones where it has none of its own
    select       those that can be claimed: with evidence, the largest first, at most `most_drivers`;
                 and every one that speaks against the offer, since the account will find it anyway
    quantify     low, likely and high of each in money, and their sum on top of the reference price
    share        the sentences of the page, which name what is claimed, on what evidence, and what was left out

A statement claims less than `measure_economic_value`, by design: what cannot be shown to the account is not promised.

Source: Anderson, Narus & van Rossum (2006), "Customer value propositions in business markets", Harvard Business Review
84(3); amounts and draws: see `drivers` and `three_points`.
Assumes what `economic_value` assumes, and that the account's own rows were measured or agreed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.economic_value.account_rows import AccountNames, clean_rows, find_account_rows
from cvlab.analyses.economic_value.drivers import BLANK, check_reference_price, make_book, read_drivers
from cvlab.analyses.economic_value.economic_value import EconomicValue, check_draws, measure_worth
from cvlab.analyses.economic_value.statement_page import (
    AGAINST,
    CLAIMED,
    GENERAL,
    NO_EVIDENCE,
    OWN,
    TOO_SMALL,
    write_page,
    write_statement,
)
from cvlab.analyses.economic_value.sums import draw_book_levels
from cvlab.checks import check_count, check_one_of, check_positive

Audience = Literal["shared", "internal"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueStatement:
    """One page for one account; money per unit.

    Attributes
    ----------
    table : one row per driver that is known for the account, the chosen ones first: driver, choice (claimed, speaks
        against the offer, left out and why), amount, low, high, share (of what is stated), source (the account's own,
        or of the typical customer), evidence.
    headline : the economic value that is stated.
    page : the page in words, one row per step and line: step (discover, select, quantify, share), text.
    worth : the sum of the chosen drivers as an economic value, for its picture; None where none can be claimed.
    account : its name, or "this account" where names may not be shown.
    """

    rows: ClassVar[str] = "driver"
    kinds: ClassVar[Mapping[str, str]] = {**dict.fromkeys(("amount", "low", "high"), "money"), "share": "share"}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    page: pd.DataFrame
    worth: EconomicValue | None
    account: str


def measure_value_statement(
    value_drivers: pd.DataFrame,
    account: str,
    *,
    reference_price: float,
    price: float | None = None,
    group: str | None = None,
    most_drivers: int = 5,
    audience: Audience = "shared",
    correlation: float = 0.0,
    n_draws: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> ValueStatement:
    """Measure what can be claimed to one account, and write it down in four steps.

    Parameters
    ----------
    value_drivers : as for `measure_economic_value`, with a column account; rows without account hold for all.
    account : one of the accounts.
    reference_price, price : money per unit.
    group : the account's group, where value_drivers names groups.
    most_drivers : how many drivers are claimed at most.
    audience : "internal" lets the page name the account; "shared" writes "this account" instead, in every text.
    correlation, n_draws, level, seed : as for `measure_economic_value`.

    Returns
    -------
    ValueStatement : rows of `table` are drivers.

    Raises
    ------
    DataError : as `measure_economic_value`, or nothing is known for the account.
    ParameterError : the account or its group is unknown, or an argument is out of range.

    Source
    ------
    Anderson, Narus & van Rossum (2006), Harvard Business Review 84(3).

    Examples
    --------
    >>> drivers = pd.DataFrame({"driver": ["throughput", "training", "throughput"], "ours": [640.0, 90.0, 320.0],
    ...                         "reference": 0.0, "evidence": ["time study", None, "time study at Alpha"],
    ...                         "account": [None, None, "Alpha"]})
    >>> statement = measure_value_statement(drivers, "Alpha", reference_price=790.0)
    >>> statement.table[["driver", "choice", "amount", "source", "evidence"]].to_numpy().tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [['throughput', 'claimed', 320.0, "the account's own", 'time study at this account'],
     ['training', 'left out: no evidence', 90.0, 'typical customer', '']]
    >>> statement.headline.value
    1110.0
    """
    reference = check_reference_price(reference_price)
    paid = None if price is None else check_positive(price, "price", zero_allowed=True)
    check_draws(n_draws, level, seed, correlation)
    check_count(most_drivers, "most_drivers")
    check_one_of(audience, ("shared", "internal"), "audience")
    rows = read_drivers(value_drivers)
    known = find_account_rows(rows, account, group, audience)
    names = tuple(name for name in dict.fromkeys(rows["account"]) if name != BLANK)
    shown = AccountNames(account=account, others=tuple(name for name in names if name != account), audience=audience)
    known = clean_rows(known, shown)
    everything = make_book(known.assign(group=BLANK))
    levels = draw_book_levels(everything, n_draws=n_draws, seed=seed, correlation=correlation)
    discovered = measure_worth(everything, levels, reference, paid, level)
    choices = _choose(discovered.table, most_drivers)
    stated = [driver for driver, choice in choices.items() if choice in (CLAIMED, AGAINST)]
    worth = None
    if stated:
        chosen = make_book(known[known["driver"].isin(stated)].assign(group=BLANK))
        own = np.array([everything.drivers.index(driver) for driver in chosen.drivers], dtype=int)
        worth = measure_worth(chosen, levels[:, own], reference, paid, level)
    table = _tabulate(discovered.table, choices, worth, dict(zip(known["driver"], known["account"], strict=True)))
    return ValueStatement(
        table=table,
        headline=write_statement(worth, table, shown.own),
        notes=() if worth is None else worth.notes,
        page=write_page(table, worth, shown.own),
        worth=worth,
        account=shown.own,
    )


def _choose(steps: pd.DataFrame, most_drivers: int) -> dict[str, str]:
    """Return what becomes of each driver, in the order of the steps: the largest plus first."""
    choices, claimed = {}, 0
    for driver, amount, evidence in zip(
        *(steps[name].iloc[1:-1] for name in ("step", "amount", "evidence")), strict=True
    ):
        if amount < 0:
            choices[driver] = AGAINST
        elif evidence == BLANK:
            choices[driver] = NO_EVIDENCE
        elif claimed == most_drivers or amount == 0:
            choices[driver] = TOO_SMALL
        else:
            choices[driver], claimed = CLAIMED, claimed + 1
    return choices


def _tabulate(
    steps: pd.DataFrame, choices: Mapping[str, str], worth: EconomicValue | None, accounts: Mapping[str, str]
) -> pd.DataFrame:
    drivers = steps.iloc[1:-1].rename(columns={"step": "driver"})
    shares = {} if worth is None else dict(zip(worth.table["step"], worth.table["share"], strict=True))
    table = pd.DataFrame(
        {
            "driver": drivers["driver"],
            "choice": drivers["driver"].map(choices),
            "amount": drivers["amount"],
            "low": drivers["low"],
            "high": drivers["high"],
            "share": drivers["driver"].map(shares),
            "source": [GENERAL if accounts[driver] == BLANK else OWN for driver in drivers["driver"]],
            "evidence": drivers["evidence"],
        }
    )
    order = table["choice"].map({CLAIMED: 0, AGAINST: 1, TOO_SMALL: 2, NO_EVIDENCE: 3})
    return table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
