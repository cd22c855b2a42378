"""Best–worst scaling (MaxDiff): how much does each item matter, judged by which people call the best and the worst?

People see sets of a few items and name the best and the worst of each: nobody can call everything important. The best
is chosen from the set by a logit, then the worst from the rest by a logit with the sign turned (`best_worst_sets`).

    utility_i   u_i, mean 0 over the items
    share_i     exp(u_i) / sum over all items of exp(u_j)          share of importance: the items' weights add up to 1
    score_i     (times best - times worst) / times shown           a count, from -1 to 1, that needs no model

Source: Finn & Louviere (1992), "Determining the appropriate response to evidence of public concern: the case of food
safety", Journal of Public Policy & Marketing 11; Marley & Louviere (2005), "Some probabilistic models of best, worst,
and best–worst choices", Journal of Mathematical Psychology 49.
Assumes one set of utilities for everybody, and that the worst is picked as consistently as the best. Where tastes
differ, the utilities are those of nobody in particular: an item that some love and others do not care for is the best
of all to more people than its share of importance says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import Headline, Partition, draw_normal, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.best_worst_sets import Sets, explode_sets, read_sets
from cvlab.analyses.willingness_to_pay.choosing.fit import decline_fit, fit_conditional_logit
from cvlab.analyses.willingness_to_pay.choosing.top import write_people, write_too_few
from cvlab.analyses.willingness_to_pay.choosing.worth import two_sided_quantile
from cvlab.analyses.willingness_to_pay.groups import Grouped, estimate_groups
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.checks import check_count, check_share
from cvlab.units import write_number

N_DRAWS = 1000
FEW = 30  # people below whom clustered standard errors are known to be too small
UNBALANCED = 2.0  # times that one item was shown for each time of another
SMALLEST_CHANGE = 0.02  # difference between two shares that does not matter
_SURE, _RIVAL = 0.95, 0.05
_POOLED = (
    "Shares of importance and chances of coming first take all people together. Where tastes differ, they are not the "
    "share of people to whom an item is the best of all."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class BestWorst:
    """How much each item matters, the most important first.

    Attributes
    ----------
    table : item, utility, std_error, low, high (mean 0 over the items), share, share_low, share_high (of
        importance, all people pooled; they sum to 1), first (probability that no item has a higher pooled utility),
        score (best minus worst per time shown), n_shown.
    individuals : index respondent_id, one column per item: the person's own score, drawn towards everybody's as far as
        chance explains it (empirical Bayes, one-way random effects).
    covariance : of the utilities.
    log_likelihood : of best and worst choices together.
    """

    rows: ClassVar[str] = "item"
    kinds: ClassVar[Mapping[str, str]] = {
        "utility": "number",
        "std_error": "number",
        "low": "number",
        "high": "number",
        "share": "share",
        "share_low": "share",
        "share_high": "share",
        "first": "share",
        "score": "number",
        "n_shown": "count",
    }

    table: pd.DataFrame
    headline: Headline
    individuals: pd.DataFrame = field(repr=False)
    covariance: pd.DataFrame = field(repr=False)
    log_likelihood: float
    n_sets: int
    n_respondents: int
    level: float
    smallest_group: int = 10
    notes: tuple[str, ...] = ()
    groups: Grouped | None = None

    @property
    def enough(self) -> bool:
        """Whether enough people answered for a result that shows no single person."""
        return self.n_respondents >= self.smallest_group


def estimate_best_worst(
    best_worst: pd.DataFrame,
    *,
    respondent: str = "respondent_id",
    set: str = "set",  # noqa: A002 - what the column is called
    item: str = "item",
    choice: str = "choice",
    weights: str | None = None,
    clustered: bool = True,
    level: float = 0.95,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    seed: int = 0,
) -> BestWorst:
    """Estimate how much each item matters from which items people call the best and the worst of sets.

    Parameters
    ----------
    best_worst : one row per item of a set of a respondent; sets may differ in size, and the order of rows is
        irrelevant.
    respondent, set, item, choice : names of the columns; `choice` is best, worst or none.
    weights : column of survey weights, the same in all rows of a set; the column `weight` where there is one.
    clustered : standard errors that allow one person's choices to resemble each other, with t intervals.
    level : coverage of the intervals.
    smallest_group : with fewer people the result says that there is not enough data, and its tables are NaN.
    by, allow_sensitive : estimate once more for every group of a partition; see `groups`.
    seed : of the draws behind the intervals of shares and the probability of being first.

    Returns
    -------
    BestWorst.

    Raises
    ------
    DataError : missing cells, sets without exactly one best and one worst, an item twice in a set, a single item, or
        items that always (or never) beat the others.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    Twelve people compare three benefits; most call a long battery the best and a thin case the worst:

    >>> answers = [("battery", "case")] * 7 + [("gps", "case")] * 3 + [("case", "gps"), ("gps", "battery")]
    >>> table = pd.DataFrame([
    ...     {"respondent_id": person, "set": 1, "item": name,
    ...      "choice": "best" if name == best else "worst" if name == worst else "none"}
    ...     for person, (best, worst) in enumerate(answers) for name in ("battery", "gps", "case")])
    >>> result = estimate_best_worst(table)
    >>> result.table[["item", "share", "score"]].round(2).to_dict("records")[0]
    {'item': 'battery', 'share': 0.56, 'score': 0.5}
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    check_count(seed, "seed", least=0)
    sets = read_sets(best_worst, respondent=respondent, set_column=set, item=item, choice=choice, weights=weights)
    n = len(sets.people)
    enough = n >= smallest_group
    # What separates the choices of a few people would tell what they chose: it is not even looked for.
    choices, differences = explode_sets(sets, look=enough)
    fit = fit_conditional_logit(differences, choices, clustered=clustered) if enough else decline_fit(choices)
    size = len(sets.items)
    centre = (np.eye(size) - 1 / size)[:, 1:]  # from utilities against the first item to utilities around their mean
    utility, covariance = centre @ fit.estimates, centre @ fit.covariance @ centre.T
    quantile = two_sided_quantile(level, choices.n_respondents if clustered else None)
    draws = draw_normal(utility, covariance, n_draws=N_DRAWS, seed=seed)
    table, order = _tabulate(sets, utility, covariance, draws, quantile, level)
    headline = _write_headline(table, special.softmax(draws, axis=1)[:, order[0]], n, level, smallest_group)
    if not enough:
        table[[column for column in table.columns if column not in ("item", "n_shown")]] = math.nan
    individuals, shrunken = _measure_people(sets)
    names = [sets.items[position] for position in order]
    rows = best_worst.reset_index() if respondent not in best_worst.columns else best_worst
    groups = estimate_groups(
        rows,
        rows[respondent],
        by,
        partial(
            estimate_best_worst,
            respondent=respondent,
            set=set,
            item=item,
            choice=choice,
            weights=weights,
            clustered=clustered,
            level=level,
            smallest_group=smallest_group,
            seed=seed,
        ),
        smallest_group=smallest_group,
        allow_sensitive=allow_sensitive,
    )
    return BestWorst(
        table=table,
        headline=headline,
        individuals=individuals[names] if enough else individuals[names] * math.nan,
        covariance=pd.DataFrame(covariance, index=sets.items, columns=sets.items).loc[names, names],
        log_likelihood=fit.log_likelihood,
        n_sets=sets.n_sets,
        n_respondents=n,
        level=level,
        smallest_group=smallest_group,
        notes=_write_notes(sets, table, n, clustered, shrunken, enough),
        groups=groups,
    )


def _tabulate(
    sets: Sets, utility: np.ndarray, covariance: np.ndarray, draws: np.ndarray, quantile: float, level: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table, the most important item first, and that order."""
    size = len(sets.items)
    error = np.sqrt(np.diag(covariance))
    low, high = percentile_interval(special.softmax(draws, axis=1), level=level)
    shown = np.bincount(sets.item, minlength=size)
    score = np.bincount(sets.item, weights=sets.marks * sets.weights, minlength=size)
    table = pd.DataFrame(
        {
            "item": sets.items,
            "utility": utility,
            "std_error": error,
            "low": utility - quantile * error,
            "high": utility + quantile * error,
            "share": special.softmax(utility),
            "share_low": low,
            "share_high": high,
            "first": np.bincount(draws.argmax(axis=1), minlength=size) / len(draws),
            "score": score / np.bincount(sets.item, weights=sets.weights, minlength=size),
            "n_shown": shown,
        }
    )
    order = np.argsort(-utility.round(9), kind="stable")
    return table.iloc[order].reset_index(drop=True), order


def _measure_people(sets: Sets) -> tuple[pd.DataFrame, bool]:
    """Return people × items, scores drawn towards everybody's, and whether they could be.

    A score is a mean of marks (1, 0, -1). What marks of one person and item differ by is chance; by how much people's
    means differ beyond that is taste. The mean is drawn in by chance / (chance + times shown · taste).
    """
    n_people, size = len(sets.people), len(sets.items)
    cell = sets.person * size + sets.item
    shown = np.bincount(cell, minlength=n_people * size)
    total = np.bincount(cell, weights=sets.marks, minlength=n_people * size)
    squares = np.bincount(cell, weights=sets.marks**2, minlength=n_people * size)
    seen = shown > 0
    mean = np.divide(total, shown, out=np.zeros(len(shown)), where=seen)
    item = np.tile(np.arange(size), n_people)
    everybody = np.bincount(item, weights=total, minlength=size) / np.bincount(item, weights=shown, minlength=size)
    repeats = int(shown.sum() - seen.sum())
    if repeats == 0 or n_people < 2:
        values = np.where(seen, mean, everybody[item])
        return pd.DataFrame(values.reshape(n_people, size), index=sets.people, columns=sets.items), False
    # One-way random effects, pooled over items: mean squares within and between the cells.
    within = float((squares - shown * mean**2).sum() / repeats)
    freedom = int(seen.sum()) - size
    between = float((shown * (mean - everybody[item]) ** 2).sum() / max(freedom, 1))
    by_item = np.bincount(item, weights=shown, minlength=size)
    typical = (shown.sum() - (np.bincount(item, weights=shown**2, minlength=size) / by_item).sum()) / max(freedom, 1)
    taste = max(0.0, (between - within) / max(typical, np.finfo(float).tiny))
    own = np.divide(shown * taste, within + shown * taste, out=np.zeros(len(shown)), where=within + shown * taste > 0)
    values = everybody[item] + own * (mean - everybody[item])
    return pd.DataFrame(values.reshape(n_people, size), index=sets.people, columns=sets.items), True


def _write_notes(
    sets: Sets, table: pd.DataFrame, n: int, clustered: bool, shrunken: bool, enough: bool
) -> tuple[str, ...]:
    notes = ["Utilities are compared with the mean of the items; they say nothing about items that were not shown."]
    notes.append(_POOLED)
    if sets.never_shown:
        notes.append(f"Never shown and left out: {', '.join(sets.never_shown)}.")
    ratio = table["n_shown"].max() / table["n_shown"].min()
    if ratio > UNBALANCED:
        rare = table.loc[table["n_shown"].idxmin(), "item"]
        notes.append(
            f"Items were shown unequally often ({rare} least: {table['n_shown'].min()} times): counts depend on which "
            "items stood beside them, utilities do not."
        )
    if enough and n == 1:
        notes.append("One respondent: the intervals speak of this person's next choices, not of other people.")
    elif enough and clustered and n < FEW:
        notes.append(f"{n} people are few: clustered intervals are likely too short below {FEW}.")
    if not shrunken:
        notes.append("Nobody saw an item twice: people's own scores are plain counts, with all their chance.")
    notes += describe_weights(_weigh_people(sets), "people")
    return tuple(notes)


def _weigh_people(sets: Sets) -> np.ndarray:
    first = np.flatnonzero(np.append(True, sets.set[1:] != sets.set[:-1]))
    return np.bincount(sets.person[first], weights=sets.weights[first], minlength=len(sets.people))


def _write_headline(table: pd.DataFrame, draws: np.ndarray, n: int, level: float, smallest_group: int) -> Headline:
    """The most important item, and how sure it is that no other matters more."""
    top = table.iloc[0]
    value, low, high = (float(top[column]) for column in ("share", "share_low", "share_high"))
    words = {"people": write_people(n), "item": str(top["item"])}
    others = [str(row["item"]) for row in table.iloc[1:].to_dict("records") if row["first"] >= _RIVAL]
    words["chance"] = "all but certainly" if top["first"] > 0.995 else write_number(top["first"], "share", decimals=0)
    sentence = "{item} matters most on average: it holds {value} of the importance of all items ({level} interval "
    sentence += "{low} to {high}, {people} pooled); the chance that it comes first on average is {chance}"
    if top["first"] < _SURE and others:
        words["others"] = ", ".join(others[:2])
        sentence += ", rivalled by {others}"
    if top["first"] > 0.995:
        sentence = sentence.replace("the chance that it comes first on average is", "on average it comes first")
    sentence += "."
    if n < smallest_group:
        value = low = high = math.nan
        sentence, words = write_too_few(n, smallest_group)
    return Headline(
        key="willingness_to_pay.best_worst",
        label="share of importance of the item that matters most on average",
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="share",
        smallest_change=SMALLEST_CHANGE,
        method="sequential best–worst logit",
        sentence=sentence,
        words=words,
        draws=draws if n >= smallest_group else None,
        decides=bool(n >= smallest_group and top["first"] >= _SURE),
    )
