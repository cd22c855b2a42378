"""Which rows of value_drivers speak of one account, and which names of accounts may be shown.

A row of the account's own takes the place of a general one for the same driver; among each of the two, the row of its
group comes before the row for all groups. Names of accounts are hidden wherever they stand, in evidence and in names
of drivers too, unless the audience is inside the house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from cvlab.analyses.economic_value.drivers import BLANK
from cvlab.analyses.economic_value.wording import list_names
from cvlab.errors import DataError, ParameterError

THIS, ANOTHER = "this account", "another account"


@dataclass(frozen=True)
class AccountNames:
    """Which names of accounts a page may show.

    Attributes
    ----------
    account : whose page it is.
    others : all other accounts of the table.
    audience : "internal" may see names, "shared" may not.

    Examples
    --------
    >>> names = AccountNames(account="Alpha", others=("Alpha South",), audience="shared")
    >>> names.own, names.clean("as seen at ALPHA and at Alpha South")
    ('this account', 'as seen at this account and at another account')
    """

    account: str
    others: tuple[str, ...]
    audience: str

    @property
    def own(self) -> str:
        """What the page calls its account."""
        return self.account if self.audience == "internal" else THIS

    def clean(self, text: str) -> str:
        """Return a text without the names that the page may not show."""
        if self.audience == "internal":
            return text
        # The longest first, so that no part of a name is left behind.
        for name in sorted((self.account, *self.others), key=len, reverse=True):
            instead = THIS if name == self.account else ANOTHER
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, text, flags=re.IGNORECASE)
        return text


def find_account_rows(rows: pd.DataFrame, account: str, group: str | None, audience: str) -> pd.DataFrame:
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


def clean_rows(rows: pd.DataFrame, names: AccountNames) -> pd.DataFrame:
    """Return the rows without the names that a page may not show."""
    cleaned = rows.assign(
        driver=[names.clean(driver) for driver in rows["driver"]],
        evidence=[names.clean(evidence) for evidence in rows["evidence"]],
    )
    if cleaned["driver"].duplicated().any():
        raise DataError(
            "two drivers differ only by the name of an account: name them without, or set audience='internal'"
        )
    return cleaned
