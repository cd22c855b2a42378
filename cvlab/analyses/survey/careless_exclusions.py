"""Exclusions by rule: who answered without care, by which rule, and what is left without them?

    share = respondents found by a rule / respondents checked by it      [Wilson interval]

The rules are those of `cvlab.analyses.survey.careless_rules`. The log names respondents, so it is never published; the
table counts them. Nothing is taken out silently: `apply` returns the tables without them, for whoever asks.

Source: see `cvlab.analyses.survey.careless`; Wilson (1927), JASA 22, for the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, wilson_interval
from cvlab.analyses.survey.careless import ANSWERS, RESPONDENT, Tables, has_reversed
from cvlab.analyses.survey.careless_rules import EVERYTHING, KINDS, Rule, can_be_used, say_need
from cvlab.checks import check_columns, check_count, check_share
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number

SUSPICIOUS = 0.1  # a share of duplicates above it speaks against the rule rather than against the people


@dataclass(frozen=True, eq=False, kw_only=True)
class CarelessExclusions:
    """Who is left out by which rule.

    Attributes
    ----------
    table : one row per rule: rule, means, checked, found, share, low, high, left_out_of; found and what follows from it
        are missing where fewer people than the smallest group were checked.
    log : one row per respondent and rule: respondent_id, rule, analysis (that it is left out of). Never published.
    n : respondents in any of the tables; n_found : of them, found by a rule that leaves out of everything.
    """

    rows: ClassVar[str] = "rule"
    kinds: ClassVar[Mapping[str, str]] = {
        "checked": "count",
        "found": "count",
        "share": "share",
        "low": "share",
        "high": "share",
    }

    table: pd.DataFrame
    log: pd.DataFrame
    n: int
    n_found: int
    headline: Headline
    notes: tuple[str, ...] = ()

    def apply(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Return the tables without the respondents who are left out of each; other tables as they are."""
        return {name: _leave_out(self.log, name, table) for name, table in tables.items()}


def _leave_out(log: pd.DataFrame, name: str, table: pd.DataFrame) -> pd.DataFrame:
    indexed = table.index.name == RESPONDENT
    if not indexed and RESPONDENT not in table.columns:
        return table
    out = log.loc[log["analysis"].isin([EVERYTHING, name]), RESPONDENT].astype("str")
    ids = table.index if indexed else table[RESPONDENT]
    # As text: a respondent may be 7 in one table and "7" in another.
    return table[~ids.astype("str").isin(out)]


def measure_exclusions(
    tables: Mapping[str, pd.DataFrame],
    *,
    rules: Sequence[Rule] | None = None,
    thresholds: Mapping[str, float] | None = None,
    level: float = 0.95,
    left_out: pd.DataFrame | None = None,
    smallest_group: int = 10,
) -> CarelessExclusions:
    """Find careless respondents by rules.

    Parameters
    ----------
    tables : name → table; respondents, value_survey, price_sensitivity and other tables of answers are looked at.
    rules : what to look for; every rule for which there are tables, with its usual threshold, when not given.
    thresholds : kind of rule → threshold in place of the usual one, where `rules` are not given; those that cannot be
        used are left aside. Units stand at `Rule`.
    level : coverage of the intervals.
    left_out : rows that reading left out already, with columns table and rule; a rule for which it took rows out is
        not used unless `rules` name it, as it would find nobody.
    smallest_group : fewest people checked of whom a number is given.

    Returns
    -------
    CarelessExclusions : the tables are as they were; its `apply` gives them without those found.

    Raises
    ------
    DataError : a rule was asked for whose table is not there, or no rule can be used at all.
    ParameterError : a rule is given twice, or an argument is outside what it may be.

    Examples
    --------
    >>> people = pd.DataFrame({"respondent_id": range(20), "seconds": [40] + [300] * 19})
    >>> result = measure_exclusions({"respondents": people})
    >>> result.table[["rule", "checked", "found"]].values.tolist(), len(result.log)
    ([['speeders', 20, 1]], 1)
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    own = {kind: Rule(kind=kind, threshold=threshold) for kind, threshold in (thresholds or {}).items()}
    done = _count_done(left_out) if rules is None else {}
    usable = [own.get(kind, Rule(kind=kind)) for kind in KINDS if can_be_used(kind, tables) and kind not in done]
    chosen = usable if rules is None else list(rules)
    kinds = [rule.kind for rule in chosen]
    if repeated := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        raise ParameterError(f"rules has {', '.join(repeated)} twice: give each rule once")
    if impossible := [kind for kind in kinds if not can_be_used(kind, tables)]:
        raise DataError("; ".join(f"{kind} cannot be looked for: {say_need(kind)}" for kind in impossible))
    if not chosen:
        raise DataError(
            f"no rule can be used: give respondents with seconds, or a table of answers such as {', '.join(ANSWERS)}"
        )
    rows, logs = [], []
    for rule in chosen:
        checked, found = rule.find(tables)
        rows.append(_count(rule, len(checked), len(found), level, smallest_group))
        logs.append(pd.DataFrame({RESPONDENT: found, "rule": rule.kind, "analysis": rule.analysis}))
    log = pd.concat(logs, ignore_index=True)
    table = pd.DataFrame(rows)
    everybody = _count_people(tables)
    careless = int(log.loc[log["analysis"] == EVERYTHING, RESPONDENT].astype("str").nunique())
    return CarelessExclusions(
        table=table,
        log=log,
        n=everybody,
        n_found=careless,
        headline=_write_headline(table, careless, everybody, level, smallest_group),
        notes=(*_write_notes(chosen, table, log, tables, done), *_say_emptied(log, tables)),
    )


def _count(rule: Rule, checked: int, found: int, level: float, smallest_group: int) -> dict[str, object]:
    enough = checked >= smallest_group
    low, high = wilson_interval(found, checked, level=level) if enough else (np.nan, np.nan)
    return {
        "rule": rule.kind,
        "means": rule.says,
        "checked": checked,
        "found": found if enough else np.nan,
        "share": found / checked if enough else np.nan,
        "low": low,
        "high": high,
        "left_out_of": rule.analysis,
    }


def _count_done(left_out: pd.DataFrame | None) -> dict[str, int]:
    """Count the rows that reading left out by the rule of a kind."""
    if left_out is None or left_out.empty:
        return {}
    check_columns(left_out, ["table", "rule"], "left_out")
    prices = (left_out["table"] == "price_sensitivity") & left_out["rule"].astype("str").str.contains("must rise")
    return {"misordered prices": int(prices.sum())} if prices.any() else {}


def _say_emptied(log: pd.DataFrame, tables: Tables) -> list[str]:
    """Say which tables have nobody left."""
    emptied = [name for name, table in tables.items() if len(table) and _leave_out(log, name, table).empty]
    if not emptied:
        return []
    return [f"Without those found nobody is left in {', '.join(emptied)}: nothing can be said without them."]


def _count_people(tables: Tables) -> int:
    known: set[str] = set()
    for name in ("respondents", *ANSWERS):
        if name in tables:
            table = tables[name]
            indexed = table.index.name == RESPONDENT
            if table.empty:
                continue
            check_columns(table, [] if indexed else [RESPONDENT], name)
            ids = table.index if indexed else table[RESPONDENT].dropna()
            known.update(str(one) for one in ids.unique())
    return len(known)


def _write_headline(table: pd.DataFrame, found: int, n: int, level: float, smallest_group: int) -> Headline:
    enough = n >= smallest_group
    low, high = wilson_interval(found, n, level=level) if enough else (np.nan, np.nan)
    general = table[table["left_out_of"] == EVERYTHING]
    sentence = "None of {n} respondents is found careless by {rules}."
    words = {"rules": f"{len(general)} rule{'' if len(general) == 1 else 's'}", "found": write_number(found, "count")}
    words["fewest"] = write_number(smallest_group, "count")
    if not enough:
        sentence = "Not enough data to count careless respondents: {n} respondents, at least {fewest} are needed."
    elif found and general["found"].notna().any():
        top = general.loc[general["found"].idxmax()]
        words |= {"rule": str(top["rule"]), "most": write_number(int(top["found"]), "count")}
        sentence = (
            "{found} of {n} respondents answered without care ({value}, {level} interval {low} to {high}), most often "
            "as {rule} ({most})."
        )
    return Headline(
        key="trust.careless_share",
        label="share of careless respondents",
        value=found / n if enough else np.nan,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="share",
        better="lower",
        smallest_change=0.02,
        method=f"rules: {', '.join(general['rule'])}; Wilson interval" if len(general) else "no rule",
        sentence=sentence,
        words=words,
        decides=False,
    )


def _write_notes(
    rules: Sequence[Rule], table: pd.DataFrame, log: pd.DataFrame, tables: Tables, done: Mapping[str, int]
) -> tuple[str, ...]:
    notes = []
    kinds = {rule.kind for rule in rules}
    notes += [
        f"Not looked for again: {kind}, of which reading left out {write_number(rows, 'count')} "
        f"{'row' if rows == 1 else 'rows'} already."
        for kind, rows in done.items()
    ]
    unable = [kind for kind in KINDS if kind not in kinds and not can_be_used(kind, tables)]
    if unable:
        notes.append(f"Not looked for, as the columns are not there: {', '.join(unable)}.")
    idle = table.loc[table["checked"] == 0, "rule"].tolist()
    if idle:
        notes.append(f"Nobody could be checked for {', '.join(idle)}: too few answers by each.")
    few = table.loc[(table["checked"] > 0) & table["found"].isna(), "rule"].tolist()
    if few:
        notes.append(f"Too few people were checked to give a number: {', '.join(few)}.")
    if "straight liners" in kinds and not has_reversed(tables):
        notes.append("No statement is put the other way round, so that one answer to all of them may be meant.")
    alike = table[(table["rule"] == "duplicates") & (table["share"] > SUSPICIOUS)]
    if len(alike):
        notes.append(
            f"{write_number(float(alike['share'].iloc[0]), 'share')} answered as somebody else did: more likely the "
            "questions have few ways to be answered than that so many answered twice. Raise the threshold."
        )
    general = log[log["analysis"] == EVERYTHING]
    both = int((general[RESPONDENT].astype("str").value_counts() > 1).sum())
    if both:
        notes.append(f"{write_number(both, 'count')} were found by more than one rule and are left out once.")
    return tuple(notes)
