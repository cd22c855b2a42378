"""Choice: what is each attribute worth to people, judged by what they pick rather than by what they say?

Respondents choose in every task one of several offers that differ in attributes and price, or nothing. A conditional
logit (`fit` holds formula and source) weighs the attributes; dividing by the weight of the price gives

    willingness to pay = -b_attribute / b_price                                   [money per unit of the attribute]

with intervals (`worth`), and the same model gives shares and elasticities of new offers (`shares`). How a
table of tasks becomes numbers, and what the outside option means, stands in `coding`.

Assumes one set of weights for everybody. Where tastes differ the shares of similar offers are overstated, and a model
with individual weights says more. Stated choices run less high than stated prices, yet still run high.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.willingness_to_pay.choosing.choice_words import (
    METHOD,
    decline_headline,
    write_caveats,
    write_headline,
)
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding, code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences, Fit, decline_fit, fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.shares import (
    ChoiceElasticities,
    ChoiceShares,
    measure_demand,
    measure_elasticities,
    measure_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns
from cvlab.analyses.willingness_to_pay.choosing.worth import (
    INTERVALS,
    WillingnessToPay,
    measure_worth,
    two_sided_quantile,
)
from cvlab.analyses.willingness_to_pay.groups import Grouped, estimate_groups
from cvlab.checks import check_count, check_one_of, check_share


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceModel:
    """A conditional logit fitted to choices.

    Attributes
    ----------
    table : attribute, estimate, std_error, low, high: weights in the utility, the price and the constants included.
    smallest_group : with fewer people, tables are NaN and headlines unanswered, here and in all that follows.
    log_likelihood : at the maximum; `null_log_likelihood` with equal shares; `mcfadden_r2` is 1 minus their ratio.
    covariance : of the estimates, named rows and columns.
    n_choices, n_respondents : how many choices were made, and by how many people.
    coding : how attributes became columns; `coding.price` names the price, `coding.outside` the outside option.
    groups : the models of the groups, where a partition was given.
    """

    rows: ClassVar[str] = "parameter"
    kinds: ClassVar[Mapping[str, str]] = {
        "estimate": "number",
        "std_error": "number",
        "low": "number",
        "high": "number",
    }

    table: pd.DataFrame
    headline: Headline
    log_likelihood: float
    null_log_likelihood: float
    covariance: pd.DataFrame
    n_choices: int
    n_respondents: int
    clustered: bool
    level: float
    coding: Coding
    smallest_group: int = 10
    notes: tuple[str, ...] = ()
    fitted: Fit = field(repr=False)
    choices: CodedChoices = field(repr=False)
    differences: Differences = field(repr=False)
    groups: Grouped | None = None

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that were shown, ascending."""
        return np.unique(self.choices.columns[self.choices.inside, self.coding.price_position])

    @property
    def mcfadden_r2(self) -> float:
        """Share of the log-likelihood of equal shares that the model explains."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    def willingness_to_pay(
        self, *, interval: str = "delta", level: float | None = None, n_draws: int = 1000, seed: int = 0
    ) -> WillingnessToPay:
        """Divide every weight by the weight of the price.

        Parameters
        ----------
        interval : "delta", "krinsky-robb", or "bootstrap" (refits the model `n_draws` times).
        level : coverage; the model's when not given.
        n_draws : draws behind the interval, and behind the headline's draws.
        seed : of the draws.

        Returns
        -------
        WillingnessToPay; all NaN, with a note, where dearer offers were chosen no less often.
        """
        check_one_of(interval, INTERVALS, "interval")
        check_count(n_draws, "n_draws", least=2)
        check_count(seed, "seed", least=0)
        chosen = self.level if level is None else check_share(level, "level")
        return measure_worth(
            self.fitted,
            self.choices,
            self.differences,
            interval=interval,
            level=chosen,
            quantile=self._quantile(chosen),
            n_draws=n_draws,
            seed=seed,
            smallest_group=self.smallest_group,
        )

    def shares(self, offers: pd.DataFrame) -> ChoiceShares:
        """Predict how often each of several offers would be chosen, side by side.

        Parameters
        ----------
        offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks. The
            outside option is added where the model has one.

        Raises
        ------
        DataError : columns or cells are missing, or a level was never shown to the respondents.
        """
        return measure_shares(
            self.fitted,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            quantile=self._quantile(self.level),
            smallest_group=self.smallest_group,
        )

    def elasticities(self, offers: pd.DataFrame) -> ChoiceElasticities:
        """Predict by how many percent each share changes when one price rises by 1%; `offers` as for `shares`."""
        return measure_elasticities(
            self.fitted,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            quantile=self._quantile(self.level),
            smallest_group=self.smallest_group,
        )

    def demand_at(
        self, prices: np.ndarray, *, offers: pd.DataFrame, vary: str, n_draws: int = 1000, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predict the share of one offer at each of several prices, all else as it is.

        Parameters
        ----------
        prices : prices of the offer named `vary`.
        offers : as for `shares`; the price that `vary` has there is not used, and may not be empty.
        n_draws, seed : draws of the coefficients from their joint normal distribution (Krinsky–Robb).

        Returns
        -------
        shares (n_prices,), and draws of them n_draws × n_prices; NaN where fewer people chose than `smallest_group`.
        """
        check_count(n_draws, "n_draws", least=2)
        estimate, draws = measure_demand(
            self.fitted, self.coding, offers, vary=vary, prices=prices, n_draws=n_draws, seed=seed
        )
        if self.n_respondents < self.smallest_group:
            return np.full_like(estimate, math.nan), np.full_like(draws, math.nan)
        return estimate, draws

    def _quantile(self, level: float) -> float:
        return two_sided_quantile(level, self.n_respondents if self.clustered else None)


def estimate_choice(
    tasks: pd.DataFrame,
    *,
    attributes: Sequence[str],
    price: str,
    respondent: str = "respondent_id",
    task: str = "task",
    alternative: str = "alternative",
    chosen: str = "chosen",
    outside: str | None = None,
    alternative_constants: bool = False,
    base_alternative: str | None = None,
    weights: str | None = None,
    clustered: bool = True,
    level: float = 0.95,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> ChoiceModel:
    """Estimate how attributes and price weigh in people's choices, by a conditional logit.

    Parameters
    ----------
    tasks : one row per alternative shown. A choice is the pair (respondent, task); both may name the same column. Tasks
        may differ in size; order of rows is irrelevant.
    attributes : columns that describe the alternatives. Numbers enter as they are; text and categories are compared
        with their first level (first in the order of the categories, else of the alphabet). To let the effect of a
        respondent's characteristic differ between alternatives give a prepared product as a column.
    price : column of prices.
    respondent, task, alternative, chosen : names of the columns; `chosen` is 1 for the alternative picked, else 0.
    outside : the alternative that means "none of these". Its attributes and price are ignored and may be empty, and it
        has a constant of its own. Where no row is this alternative, nobody could decline, and a note says so.
    alternative_constants : give every alternative a constant, for alternatives that are brands or modes.
    base_alternative : the alternative whose constant is 0; the first when not given.
    weights : column of survey weights, the same in all rows of a task; the column `weight` where there is one that is
        no attribute.
    clustered : standard errors that allow one person's choices to resemble each other, with t intervals. With one
        respondent there is nothing to cluster and the inverse information is used.
    level : coverage of the intervals.
    smallest_group : with fewer people the result says that there is not enough data, and its tables are NaN, so that
        no single person's tastes are shown.

    Returns
    -------
    ChoiceModel.

    Raises
    ------
    DataError : tasks without or with several chosen alternatives, missing cells, a price or attribute that never
        differs, collinear attributes, or attributes that separate the choices perfectly.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    Ten people see six pairs of offers each, or buy nothing:

    >>> prices = [[8, 12], [9, 11], [10, 10], [8, 9], [12, 12], [7, 12]] * 10
    >>> picked = ["lcd", "oled", "oled", "oled", "none", "lcd"] * 7
    >>> picked += ["lcd", "lcd", "none", "oled", "oled", "none"] * 3
    >>> tasks = pd.DataFrame([
    ...     {"respondent_id": number // 6, "task": number % 6, "alternative": name, "screen": name,
    ...      "price": None if name == "none" else prices[number]["lcd oled".split().index(name)],
    ...      "chosen": int(name == picked[number])}
    ...     for number in range(60) for name in ("lcd", "oled", "none")])
    >>> model = estimate_choice(tasks, attributes=["screen"], price="price", outside="none")
    >>> model.table["attribute"].tolist(), model.n_choices, model.n_respondents
    (['screen: oled', 'price', 'none'], 60, 10)
    >>> round(float(model.willingness_to_pay().table.loc[0, "estimate"]), 2)
    2.54
    >>> offers = pd.DataFrame({"alternative": ["basic", "better"], "screen": ["lcd", "oled"], "price": [9, 12]})
    >>> model.shares(offers).table["alternative"].tolist()
    ['basic', 'better', 'none']
    >>> model.elasticities(offers).table[["alternative", "price_of"]].head(2).to_numpy().tolist()
    [['basic', 'basic'], ['better', 'basic']]
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    told = TaskColumns(
        attributes=attributes,
        price=price,
        respondent=respondent,
        task=task,
        alternative=alternative,
        chosen=chosen,
        outside=outside,
        alternative_constants=alternative_constants,
        base_alternative=base_alternative,
        weights=weights,
    )
    return _estimate(
        tasks,
        told,
        clustered=clustered,
        level=level,
        smallest_group=smallest_group,
        by=by,
        allow_sensitive=allow_sensitive,
    )


def _estimate(
    tasks: pd.DataFrame,
    told: TaskColumns,
    *,
    clustered: bool,
    level: float,
    smallest_group: int,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> ChoiceModel:
    """Estimate for everybody, and then for each group as for everybody."""
    choices = code_choices(tasks, told)
    enough = choices.n_respondents >= smallest_group
    differences = prepare(choices, look=enough)
    fit = fit_conditional_logit(differences, choices, clustered=clustered) if enough else decline_fit(choices)
    names = list(choices.coding.names)
    std_error = np.sqrt(np.diag(fit.covariance))
    quantile = two_sided_quantile(level, choices.n_respondents if clustered else None)
    table = pd.DataFrame(
        {
            "attribute": names,
            "estimate": fit.estimates,
            "std_error": std_error,
            "low": fit.estimates - quantile * std_error,
            "high": fit.estimates + quantile * std_error,
        }
    )
    rows = tasks.reset_index() if told.respondent not in tasks.columns else tasks
    groups = estimate_groups(
        rows,
        rows[told.respondent],
        by,
        partial(_estimate, told=told, clustered=clustered, level=level, smallest_group=smallest_group),
        smallest_group=smallest_group,
        allow_sensitive=allow_sensitive,
    )
    headline = (
        write_headline(table, choices, level)
        if enough
        else decline_headline(choices, level, smallest_group, method=METHOD)
    )
    return ChoiceModel(
        table=table,
        headline=headline,
        log_likelihood=fit.log_likelihood,
        null_log_likelihood=-float(choices.weights @ np.log(choices.sizes)),
        covariance=pd.DataFrame(fit.covariance, index=names, columns=names),
        n_choices=choices.n_choices,
        n_respondents=choices.n_respondents,
        clustered=clustered,
        level=level,
        coding=choices.coding,
        smallest_group=smallest_group,
        notes=write_caveats(choices, fit, clustered, enough),
        fitted=fit,
        choices=choices,
        differences=differences,
        groups=groups,
    )
