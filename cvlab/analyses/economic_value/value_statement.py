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

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline
from cvlab.analyses.economic_value.drivers import BLANK, check_reference_price, make_book, read_drivers
from cvlab.analyses.economic_value.economic_value import EconomicValue, check_draws, measure_worth
from cvlab.analyses.economic_value.sums import draw_book_levels
from cvlab.analyses.economic_value.wording import list_names
from cvlab.checks import check_count, check_one_of, check_positive
from cvlab.errors import DataError, ParameterError
from cvlab.units import agree_decimals, write_number, write_range

Audience = Literal["shared", "internal"]
STEPS = ("discover", "select", "quantify", "share")
CLAIMED, AGAINST, NO_EVIDENCE, TOO_SMALL = (
    "claimed",
    "speaks against the offer",
    "left out: no evidence",
    "left out: smaller than the others",
)
THIS, ANOTHER = "this account", "another account"
GENERAL, OWN = "typical customer", "the account's own"


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
    known = _find_account_rows(rows, account, group, audience)
    names = tuple(name for name in dict.fromkeys(rows["account"]) if name != BLANK)
    shown = _Names(account=account, others=tuple(name for name in names if name != account), audience=audience)
    known = _clean_rows(known, shown)
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
        headline=_write_headline(worth, table, shown.own),
        notes=() if worth is None else worth.notes,
        page=_write_page(table, worth, shown.own),
        worth=worth,
        account=shown.own,
    )


@dataclass(frozen=True)
class _Names:
    """Which names of accounts a page may show."""

    account: str
    others: tuple[str, ...]
    audience: str

    @property
    def own(self) -> str:
        return self.account if self.audience == "internal" else THIS

    def clean(self, text: str) -> str:
        """Return a text without the names that the page may not show."""
        if self.audience == "internal":
            return text
        for names, instead in (((self.account,), THIS), (self.others, ANOTHER)):
            # The longest first, so that no part of a name is left behind.
            for name in sorted(names, key=len, reverse=True):
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, text, flags=re.IGNORECASE)
        return text


def _find_account_rows(rows: pd.DataFrame, account: str, group: str | None, audience: str) -> pd.DataFrame:
    """Return one row per driver: the account's own, else its group's, else the general one."""
    accounts = sorted(set(rows["account"]) - {BLANK})
    if not accounts:
        raise DataError("value_drivers names no account: add a column account, filled where a row holds for one only")
    if account not in accounts:
        # Names reach a page with an error too.
        which = list_names(accounts) if audience == "internal" else f"{len(accounts)} others are in the column account"
        raise ParameterError(f"account {account!r} is not in value_drivers: {which}")
    candidates = rows[rows["account"].isin([account, BLANK])]
    groups = sorted(set(candidates["group"]) - {BLANK})
    own_groups = sorted(set(rows.loc[rows["account"] == account, "group"]) - {BLANK})
    if group is None and len(own_groups) == 1:
        group = own_groups[0]
    if groups and group is None:
        raise ParameterError(
            f"group is missing: value_drivers has rows for {list_names(groups)}, say which one applies"
        )
    if group is not None and group not in groups:
        known = f"the groups are {list_names(groups)}" if groups else "value_drivers names no group"
        raise ParameterError(f"group is {group!r}: {known}")
    fitting = candidates[candidates["group"].isin([BLANK, group])]
    closeness = 2 * (fitting["account"] != BLANK) + (fitting["group"] != BLANK)
    return (
        fitting.assign(closeness=closeness)
        .sort_values("closeness", kind="stable")
        .drop_duplicates("driver", keep="last")
    )


def _clean_rows(rows: pd.DataFrame, names: _Names) -> pd.DataFrame:
    cleaned = rows.assign(
        driver=[names.clean(driver) for driver in rows["driver"]],
        evidence=[names.clean(evidence) for evidence in rows["evidence"]],
    )
    if cleaned["driver"].duplicated().any():
        raise DataError(
            "two drivers differ only by the name of an account: name them without, or set audience='internal'"
        )
    return cleaned


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


def _write_headline(worth: EconomicValue | None, table: pd.DataFrame, who: str) -> Headline:
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


def _write_page(table: pd.DataFrame, worth: EconomicValue | None, who: str) -> pd.DataFrame:
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
