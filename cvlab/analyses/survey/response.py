"""Response: who answered, who did not, and which questions were left empty?

    response rate = respondents / customers, per level          [share, Wilson interval]
    ratio = rate of the level / rate of all                     [1: as often as everybody]
    item response = cells filled / cells, per column            [share, Wilson interval if each person fills one cell]

Nothing that is missing is filled in here or anywhere else: a mean over those who answered says that it is one.

Source: Wilson (1927), JASA 22, for the interval; Pearson's chi-squared test that all levels of a characteristic answer
equally often, at 5% over all characteristics together (Bonferroni); American Association for Public Opinion Research
(2023), Standard Definitions, RR1, for the rate.
Assumes that every customer was asked, unless the table given holds only those who were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.analyses.survey.characteristics import Characteristic, is_date, match_people
from cvlab.checks import check_columns, check_count, check_share
from cvlab.errors import DataError
from cvlab.units import write_number

RESPONDENT, CUSTOMER = "respondent_id", "customer_id"
SURE = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class Response:
    """How often whom answered what.

    Attributes
    ----------
    table : one row per characteristic and level, those least like everybody first: characteristic, level, people,
        answered, rate, low, high, ratio, p_value (that all levels of the characteristic answer equally often). A rate
        is missing where more people answered than there are customers of that level.
    items : one row per table and column, the emptiest first: table, column, n, filled, low, high.
    rate, low, high : response rate of all.
    """

    rows: ClassVar[str] = "level"
    kinds: ClassVar[Mapping[str, str]] = {
        "people": "count",
        "answered": "count",
        "rate": "share",
        "low": "share",
        "high": "share",
        "ratio": "ratio",
        "p_value": "number",
    }

    table: pd.DataFrame
    items: pd.DataFrame
    rate: float
    low: float
    high: float
    headline: Headline
    notes: tuple[str, ...] = ()


def measure_response(
    respondents: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    columns: Sequence[str] | None = None,
    answers: Mapping[str, pd.DataFrame] | None = None,
    may_be_empty: Mapping[str, Collection[str]] | None = None,
    level: float = 0.95,
    smallest_group: int = 10,
) -> Response:
    """Measure response by group and item non-response per column.

    Parameters
    ----------
    respondents : one row per respondent: respondent_id and characteristics; those that it lacks are taken from the
        customer of the same id, where ids are shared.
    customers : one row per person asked, with the same characteristics.
    columns : characteristics to compare; those that both tables have when not given.
    answers : name → survey table whose columns are counted beside those of the respondents.
    may_be_empty : name → columns in which an empty cell says something, so that it is no gap; not counted.
    level : coverage of the intervals.
    smallest_group : levels with fewer respondents or customers are merged, and rates of fewer are not given.

    Raises
    ------
    DataError : a table has no rows, they share no characteristic, or there are more respondents than customers.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": range(100), "region": ["north"] * 50 + ["south"] * 50})
    >>> result = measure_response(customers.iloc[:60].rename(columns={"customer_id": "respondent_id"}), customers)
    >>> result.table[["level", "people", "answered", "rate"]].values.tolist()
    [['south', 50, 10, 0.2], ['north', 50, 50, 1.0]]
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    asked = respondents.reset_index() if respondents.index.name == RESPONDENT else respondents
    everybody = customers.reset_index() if customers.index.name == CUSTOMER else customers
    check_columns(asked, [RESPONDENT], "respondents")
    if asked.empty or everybody.empty:
        raise DataError(f"{'respondents' if asked.empty else 'customers'} has no rows: nothing can be compared")
    if CUSTOMER in everybody.columns:
        everybody = everybody.drop_duplicates(CUSTOMER)
    n, people = int(asked[RESPONDENT].nunique()), len(everybody)
    if n > people:
        raise DataError(f"{n} people answered, but customers has {people} rows: give the table of all who were asked")
    joined = _join(asked.drop_duplicates(RESPONDENT), everybody)
    chosen = _choose(joined, everybody, columns)
    found, notes = match_people(joined, everybody, chosen, smallest_group=smallest_group)
    enough = n >= smallest_group
    rate = n / people if enough else np.nan
    low, high = wilson_interval(n, people, level=level) if enough else (np.nan, np.nan)
    table = _tabulate(found, rate, level)
    items = measure_items(
        {"respondents": asked, **(answers or {})},
        may_be_empty=may_be_empty,
        level=level,
        smallest_group=smallest_group,
    )
    return Response(
        table=table,
        items=items,
        rate=rate,
        low=low,
        high=high,
        headline=_write_headline(table, n, people, (rate, low, high), level, smallest_group),
        notes=(*_say_strangers(asked, everybody, smallest_group), *notes, *_write_notes(table, items)),
    )


def measure_items(
    tables: Mapping[str, pd.DataFrame],
    *,
    may_be_empty: Mapping[str, Collection[str]] | None = None,
    level: float = 0.95,
    smallest_group: int = 1,
) -> pd.DataFrame:
    """Return one row per table and column, the emptiest first: table, column, n, filled, low, high.

    The interval is that of cells that are independent, so it is missing for tables with several rows per person;
    tables with fewer rows than `smallest_group` have no shares.

    Examples
    --------
    >>> measure_items({"answers": pd.DataFrame({"a": [1.0, None], "b": [1, 2]})})[["column", "filled"]].values.tolist()
    [['a', 0.5], ['b', 1.0]]
    """
    rows = []
    for name, table in tables.items():
        n = len(table)
        alone = not (RESPONDENT in table.columns and table[RESPONDENT].duplicated().any())
        for column in table.columns:
            if column in (may_be_empty or {}).get(name, ()):
                continue
            filled = int(table[column].notna().sum()) if n >= max(1, smallest_group) else np.nan
            known = alone and np.isfinite(filled)
            low, high = wilson_interval(filled, n, level=level) if known else (np.nan, np.nan)
            share = filled / n if n else np.nan
            rows.append({"table": name, "column": str(column), "n": n, "filled": share, "low": low, "high": high})
    items = pd.DataFrame(rows, columns=["table", "column", "n", "filled", "low", "high"])
    return items.sort_values("filled", kind="stable", ignore_index=True)


def _join(asked: pd.DataFrame, everybody: pd.DataFrame) -> pd.DataFrame:
    """Add what is known of the customer with the same id."""
    if CUSTOMER not in everybody.columns:
        return asked
    missing = [name for name in everybody.columns if name not in asked.columns and name != CUSTOMER]
    known = everybody.drop_duplicates(CUSTOMER).set_index(everybody[CUSTOMER].drop_duplicates().astype("str"))
    ids = asked[RESPONDENT].astype("str")
    if not missing or not ids.isin(known.index).any():
        return asked
    return asked.assign(**{name: known[name].reindex(ids).to_numpy() for name in missing})


def _say_strangers(asked: pd.DataFrame, everybody: pd.DataFrame, smallest_group: int) -> list[str]:
    """Say how many of those who count as answers are no customers by their id."""
    if CUSTOMER not in everybody.columns:
        return []
    ids = pd.Series(asked[RESPONDENT].astype("str").unique())
    strangers = int((~ids.isin(everybody[CUSTOMER].astype("str"))).sum())
    if not strangers:
        return []
    if strangers == len(ids):
        return ["No respondent has the id of a customer: that they are customers is taken for granted, not known."]
    some = write_number(strangers, "count") if strangers >= smallest_group else f"Fewer than {smallest_group}"
    return [
        f"{some} of {write_number(len(ids), 'count')} respondents do not have the id of a customer: they count as "
        "answers all the same, so that the rate is too high if they are none."
    ]


def _choose(asked: pd.DataFrame, everybody: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        return list(columns)
    shared = [
        str(name)
        for name in everybody.columns
        if name in asked.columns and not str(name).endswith("_id") and _is_characteristic(everybody[name])
    ]
    if not shared:
        raise DataError("respondents and customers share no characteristic: add one, such as region, to both")
    return shared


def _is_characteristic(values: pd.Series) -> bool:
    return not is_date(values) and len(values.dropna().unique()) > 1


def _tabulate(found: Sequence[Characteristic], rate: float, level: float) -> pd.DataFrame:
    rows = []
    for one in found:
        people = np.zeros(len(one.levels), dtype=int) if one.people is None else one.people
        p_value = _test(one.n, people)
        for name, answered, of in zip(one.levels, one.n.tolist(), people.tolist(), strict=True):
            fits = answered <= of and of > 0
            low, high = wilson_interval(answered, of, level=level) if fits else (np.nan, np.nan)
            of_level = answered / of if fits else np.nan
            rows.append(
                {
                    "characteristic": one.name,
                    "level": name,
                    "people": of,
                    "answered": answered,
                    "rate": of_level,
                    "low": low,
                    "high": high,
                    "ratio": of_level / rate,
                    "p_value": p_value,
                }
            )
    columns = ["characteristic", "level", "people", "answered", "rate", "low", "high", "ratio", "p_value"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        "ratio", key=lambda ratio: -np.abs(np.log(ratio.clip(lower=1e-9))), kind="stable", ignore_index=True
    )


def _test(answered: np.ndarray, people: np.ndarray) -> float:
    """Return the p-value of Pearson's test that all levels answer equally often; 1 where everybody did."""
    silent = people - answered
    if (silent < 0).any():
        return np.nan
    if not silent.any():
        return 1.0
    return float(stats.chi2_contingency(np.array([answered, silent]), correction=False).pvalue)


def _write_headline(
    table: pd.DataFrame,
    n: int,
    people: int,
    rate: tuple[float, float, float],
    level: float,
    smallest_group: int,
) -> Headline:
    sentence = "{n} of {people} customers answered ({value}, {level} interval {low} to {high})"
    words = {"people": write_number(people, "count"), "fewest": write_number(smallest_group, "count")}
    if n < smallest_group:
        sentence = "Not enough data for a response rate: {n} answers, at least {fewest} are needed"
    elif len(table) and np.isfinite(table["rate"].iloc[0]):
        first = table.iloc[0]
        words |= {
            "group": f"{first['characteristic']} {first['level']}",
            "rate": write_number(float(first["rate"]), "share"),
        }
        sentence += "; least like the others is {group}, of whom {rate} did"
    return Headline(
        key="trust.response_rate",
        label="response rate",
        value=rate[0],
        low=rate[1],
        high=rate[2],
        level=level,
        n=n,
        unit="share",
        better="higher",
        smallest_change=0.05,
        method="respondents of customers, Wilson interval",
        sentence=sentence + ".",
        words=words,
        decides=False,
    )


def _write_notes(table: pd.DataFrame, items: pd.DataFrame) -> list[str]:
    notes = []
    tested = table.drop_duplicates("characteristic").dropna(subset=["p_value"])
    unlike = tested.loc[tested["p_value"] * len(tested) < SURE, "characteristic"].tolist()
    if unlike:
        notes.append(
            f"Some answered more readily than others, by {', '.join(unlike)}: numbers that depend on it need weights."
        )
    impossible = table.loc[table["rate"].isna(), "characteristic"].unique().tolist()
    if impossible:
        notes.append(
            f"By {', '.join(impossible)} more people answered than there are customers of a level: the two tables "
            "do not mean the same by it, or the respondents are no customers."
        )
    gaps = items[items["filled"] < 1]
    if len(gaps):
        worst = gaps.iloc[0]
        notes.append(
            f"{len(gaps)} of {len(items)} columns {'has' if len(gaps) == 1 else 'have'} gaps, the most "
            f"{worst['table']}.{worst['column']} ({write_number(1 - float(worst['filled']), 'share')} empty). "
            "Nothing is filled in."
        )
    return notes
