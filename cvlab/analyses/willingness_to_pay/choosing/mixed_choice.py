"""Mixed choice: how do tastes differ between people, and what would each of them pay?

A conditional logit has one set of weights for everybody. Here some weights follow a distribution over people, normal or
log-normal, independent or correlated, either as weights of the utility or as amounts of money (`mixed_tastes` holds
both formulas). A person keeps the same tastes through all tasks (panel). The likelihood is simulated with draws
(`mixed_draws`, `mixed_likelihood`) and maximised from several starts (`mixed_search`). What follows:

    mean and spread of willingness to pay, share who would pay less than nothing        `mixed_worth`
    shares, elasticities and demand of new offers                                       `mixed_shares`
    each person's likely willingness to pay, given the choices made                     `individuals`

    E(w | choices of n) = sum over r of pi_nr · w_r         pi_nr: how well draw r fits n's choices

Source: McFadden & Train (2000), "Mixed MNL models for discrete response", Journal of Applied Econometrics 15;
Revelt & Train (1998), Review of Economics and Statistics 80 (panel); Train (2009), Discrete Choice Methods with
Simulation, chapters 6, 8, 9 and 11 (conditional means, equation 11.6).
Assumes that the shape of each distribution is right: a normal taste lets some people dislike what others like, a
log-normal one never does and has a long tail. Stated choices run less high than stated prices, yet still run high.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.willingness_to_pay.choosing.coding import TABLE, CodedChoices, Coding, code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.mixed_draws import DRAWS, draw_normals
from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Panel, arrange, evaluate
from cvlab.analyses.willingness_to_pay.choosing.mixed_people import measure_individuals
from cvlab.analyses.willingness_to_pay.choosing.mixed_report import (
    decline_headline,
    tabulate_parameters,
    write_caveats,
    write_headline,
)
from cvlab.analyses.willingness_to_pay.choosing.mixed_search import Search, begin_search, search
from cvlab.analyses.willingness_to_pay.choosing.mixed_shares import (
    simulate_demand,
    simulate_elasticities,
    simulate_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes, plan_tastes
from cvlab.analyses.willingness_to_pay.choosing.mixed_worth import (
    INTERVALS,
    MixedWillingnessToPay,
    draw_parameters,
    explain_worth,
    find_price_problem,
    measure_mixed_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import two_sided_quantile
from cvlab.analyses.willingness_to_pay.groups import Grouped, estimate_groups
from cvlab.checks import check_count, check_one_of, check_share
from cvlab.errors import DataError, ParameterError

FEWEST_DRAWS = 20  # below this a simulated likelihood says nothing


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedChoiceModel:
    """A mixed logit fitted to choices.

    Attributes
    ----------
    table : attribute, parameter, estimate, std_error, low, high. `parameter` is "weight" (the same for everybody),
        "mean", "standard deviation", "mean of logarithm", "standard deviation of logarithm", or "correlation with …".
        In the space of willingness to pay the rows of attributes are money per unit.
    smallest_group : with fewer people, tables are NaN and headlines unanswered, here and in all that follows.
    log_likelihood : simulated, at the maximum; `null_log_likelihood` with equal shares; `one_taste_log_likelihood` of
        the conditional logit.
    parameters, covariance : the numbers the likelihood is a function of, named: "mean of …", and "… on draw l".
    starts : start, log_likelihood (with a few draws), converged, iterations, agrees (its estimates are those of the
        best start, within two standard errors), final_log_likelihood (with all draws; NaN where not carried on).
    n_choices, n_respondents : how many choices were made, and by how many people.
    coding : how attributes became columns; `coding.price` names the price, `coding.outside` the outside option.
    groups : the models of the groups, where a partition was given.
    """

    rows: ClassVar[str] = "parameter"
    kinds: ClassVar[Mapping[str, str]] = {
        "parameter": "text",
        "estimate": "number",
        "std_error": "number",
        "low": "number",
        "high": "number",
    }

    table: pd.DataFrame
    headline: Headline
    log_likelihood: float
    one_taste_log_likelihood: float
    null_log_likelihood: float
    parameters: pd.Series
    covariance: pd.DataFrame
    starts: pd.DataFrame
    space: str
    n_draws: int
    n_choices: int
    n_respondents: int
    clustered: bool
    level: float
    coding: Coding
    smallest_group: int = 10
    notes: tuple[str, ...] = ()
    tastes: Tastes = field(repr=False)
    choices: CodedChoices = field(repr=False)
    panel: Panel = field(repr=False)
    scale: np.ndarray = field(repr=False)
    people: pd.Index = field(repr=False)
    groups: Grouped | None = None

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that were shown, ascending."""
        return np.unique(self.choices.columns[self.choices.inside, self.coding.price_position])

    @property
    def mcfadden_r2(self) -> float:
        """Share of the log-likelihood of equal shares that the model explains."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    @cached_property
    def individuals(self) -> pd.DataFrame:
        """What each person would probably pay, given the choices made: a person table, never to be published.

        Index: the respondent. Columns: each attribute (mean), `<attribute> low` and `<attribute> high` (the middle
        `level` of what fits the person's choices; money per unit). It takes the estimates as certain. NaN where
        willingness to pay is undefined and where fewer people chose than `smallest_group`.
        """
        undefined = not self._enough or find_price_problem(self.parameters.to_numpy(), self.tastes) is not None
        return measure_individuals(
            self._scaled(self.parameters.to_numpy()),
            self.tastes,
            self.panel,
            scale=self.scale,
            people=self.people,
            level=self.level,
            undefined=undefined,
        )

    def simulate_log_likelihood(self, parameters: pd.Series | np.ndarray, draws: np.ndarray | None = None) -> float:
        """Return the log-likelihood at any parameters and with any draws.

        Parameters
        ----------
        parameters : in the order of `parameters`.
        draws : respondents (sorted) × random columns (in the order of the columns) × draws, standard normal; those the
            model was fitted with when not given.

        Raises
        ------
        ParameterError : the shapes do not fit the model.
        """
        values = np.asarray(parameters, dtype=float)
        if values.shape != self.parameters.shape:
            raise ParameterError(f"parameters has shape {values.shape}: the model has {len(self.parameters)} of them")
        panel = self.panel
        if draws is not None:
            shape = (self.n_respondents, len(self.tastes.random))
            if draws.ndim != 3 or draws.shape[:2] != shape or not draws.shape[2]:
                raise ParameterError(
                    f"draws has shape {draws.shape}: give respondents × random columns × draws, {shape[0]} × "
                    f"{shape[1]} × any number"
                )
            panel = panel.with_draws(np.ascontiguousarray(draws, dtype=float))
        return evaluate(self._scaled(values), self.tastes, panel).value

    def willingness_to_pay(
        self, *, interval: str = "delta", level: float | None = None, n_draws: int = 1000, seed: int = 0
    ) -> MixedWillingnessToPay:
        """Describe what people would pay: mean, spread, and the share who would pay less than nothing.

        Parameters
        ----------
        interval : "delta" or "krinsky-robb", of the mean; spread and share below 0 are always Krinsky–Robb.
        level : coverage; the model's when not given.
        n_draws, seed : draws behind the intervals, and behind the headline's draws.

        Returns
        -------
        MixedWillingnessToPay; all NaN, with the reason and what to do, where the weight of the price is normal, or
        where dearer offers were chosen no less often.
        """
        check_one_of(interval, INTERVALS, "interval")
        check_count(n_draws, "n_draws", least=2)
        chosen = self.level if level is None else check_share(level, "level")
        return measure_mixed_worth(
            self.parameters.to_numpy(),
            self.covariance.to_numpy(),
            self.tastes,
            self.choices,
            interval=interval,
            level=chosen,
            quantile=two_sided_quantile(chosen, self.n_respondents if self.clustered else None),
            n_draws=n_draws,
            seed=seed,
            smallest_group=self.smallest_group,
            notes=explain_worth(self.choices),
        )

    def shares(self, offers: pd.DataFrame, *, n_draws: int = 500, seed: int = 0) -> ChoiceShares:
        """Simulate how often each of several offers would be chosen, side by side.

        Parameters
        ----------
        offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks. The
            outside option is added where the model has one.
        n_draws, seed : draws of the parameters behind the intervals.

        Raises
        ------
        DataError : columns or cells are missing, or a level was never shown to the respondents.
        """
        return simulate_shares(
            self._drawn(n_draws, seed),
            self.tastes,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            smallest_group=self.smallest_group,
            seed=seed,
        )

    def elasticities(self, offers: pd.DataFrame, *, n_draws: int = 500, seed: int = 0) -> ChoiceElasticities:
        """Simulate by how many percent each share changes when one price rises by 1%; arguments as for `shares`."""
        return simulate_elasticities(
            self._drawn(n_draws, seed),
            self.tastes,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            smallest_group=self.smallest_group,
            seed=seed,
        )

    def demand_at(
        self, prices: np.ndarray, *, offers: pd.DataFrame, vary: str, n_draws: int = 500, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Simulate the share of one offer at each of several prices, all else as it is.

        Parameters
        ----------
        prices : prices of the offer named `vary`.
        offers : as for `shares`; the price that `vary` has there is not used, and may not be empty.
        n_draws, seed : draws of the parameters from their joint normal distribution (Krinsky–Robb).

        Returns
        -------
        shares (n_prices,), and draws of them n_draws × n_prices; NaN where fewer people chose than `smallest_group`.
        """
        estimate, draws = simulate_demand(
            self._drawn(n_draws, seed), self.tastes, self.coding, offers, vary=vary, prices=prices, seed=seed
        )
        if not self._enough:
            return np.full_like(estimate, math.nan), np.full_like(draws, math.nan)
        return estimate, draws

    @property
    def _enough(self) -> bool:
        return self.n_respondents >= self.smallest_group

    def _drawn(self, n_draws: int, seed: int) -> np.ndarray:
        """The estimates, then draws of them."""
        check_count(n_draws, "n_draws", least=2)
        estimates = self.parameters.to_numpy()
        drawn = draw_parameters(estimates, self.covariance.to_numpy(), n_draws=n_draws, seed=seed)
        return np.vstack([estimates, drawn])

    def _scaled(self, parameters: np.ndarray) -> np.ndarray:
        factor, shift = self.tastes.unscale(self.scale)
        return (parameters - shift) / factor


def estimate_mixed_choice(
    tasks: pd.DataFrame,
    *,
    attributes: Sequence[str],
    price: str,
    random: Mapping[str, str],
    space: str = "preference",
    draws: str = "sobol",
    n_draws: int = 500,
    n_starts: int = 5,
    correlated: bool = False,
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
    workers: int = 1,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> MixedChoiceModel:
    """Estimate how attributes and price weigh in people's choices, and how far people differ, by a mixed logit.

    Parameters
    ----------
    tasks, attributes, price, respondent, task, alternative, chosen, outside, alternative_constants, base_alternative,
    level, smallest_group : as for `estimate_choice`.
    random : what differs between people: name of an attribute (all levels of a category), of one coded column such as
        "screen: oled", of the price or of a constant -> "normal" or "log-normal". A log-normal weight has one sign for
        everybody: below 0 for the price, else that of the conditional logit.
    space : "preference" describes weights of the utility, "wtp" amounts of money; there the price is the scale of the
        utility, log-normal or the same for everybody.
    draws : "sobol" or "halton".
    n_draws : draws per respondent; the standard errors of a decision want 500 or more.
    n_starts : searches, from the conditional logit and from around it.
    correlated : let the random weights be correlated with each other.
    weights : column of survey weights, the same in all rows of a respondent.
    clustered : sandwich standard errors, with t intervals; else the inverse information (never where people are
        weighted).
    workers : processes that share the starts; a script that asks for more than one needs the usual guard
        `if __name__ == "__main__"`.
    by : a division of the people: the model is estimated once more for each group.
    seed : of the Sobol draws and of the starts.
    progress : called with how many of how many steps are done.

    Returns
    -------
    MixedChoiceModel.

    Raises
    ------
    DataError : as for `estimate_choice`; one respondent only; weights that differ within a respondent.
    ParameterError : an argument is outside what it may be, `random` names something unknown, the price is to be normal
        in the space of willingness to pay, or `by` is sensitive.

    Examples
    --------
    Forty people see eight pairs of offers each; they differ in how much they like the better screen:

    >>> rng = np.random.default_rng(0)
    >>> price, oled = rng.choice([8.0, 10, 12], (40, 8, 2)), np.array([0.0, 1.0])
    >>> likes = rng.normal(2, 2, (40, 1, 1))
    >>> picked = (likes * oled - 0.8 * price + rng.gumbel(size=price.shape)).argmax(axis=2)
    >>> person, task, offer = (part.ravel() for part in np.indices(price.shape))
    >>> tasks = pd.DataFrame({"respondent_id": person, "task": task, "alternative": offer, "oled": oled[offer],
    ...                       "price": price.ravel(), "chosen": (picked[person, task] == offer) * 1})
    >>> model = estimate_mixed_choice(tasks, attributes=["oled"], price="price", random={"oled": "normal"}, n_draws=64)
    >>> model.table[["attribute", "parameter"]].to_numpy().tolist()
    [['oled', 'mean'], ['oled', 'standard deviation'], ['price', 'weight']]
    >>> worth = model.willingness_to_pay().table.loc[0]
    >>> bool(worth["low"] < 2.5 < worth["high"]), bool(worth["spread_low"] < 2.5 < worth["spread_high"])
    (True, True)
    >>> model.individuals.shape
    (40, 3)
    """
    _check_settings(draws, n_draws, n_starts, workers, level, smallest_group)
    rows = tasks
    if isinstance(tasks, pd.DataFrame) and respondent not in tasks.columns and tasks.index.name == respondent:
        rows = tasks.reset_index()
    choices = code_choices(
        rows,
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
    differences = prepare(choices)
    one_taste = fit_conditional_logit(differences, choices, clustered=clustered)
    tastes = plan_tastes(choices.coding, random, space=space, correlated=correlated, estimates=one_taste.estimates)
    n_people, enough = choices.n_respondents, choices.n_respondents >= smallest_group
    if n_people == 1 and enough:
        raise DataError(
            f"{TABLE}: one respondent made all choices, and how tastes differ between people cannot be seen in one. "
            "Use estimate_choice, or ask more people"
        )
    normal = draw_normals(draws, n_people=n_people, n_dimensions=len(tastes.random), n_draws=n_draws, seed=seed)
    panel = arrange(differences, _weigh_people(choices), normal)
    start = begin_search(one_taste.estimates * differences.scale, tastes)
    found = (
        search(tastes, panel, start, n_starts=n_starts, workers=workers, seed=seed, progress=progress)
        if enough
        else None
    )
    factor, shift = tastes.unscale(differences.scale)
    names = _name_parameters(tastes)
    estimates = (start if found is None else found.best.parameters) * factor + shift
    covariance, n_flat = (np.zeros((len(start),) * 2), 0) if found is None else _covariance(found, choices, clustered)
    covariance = covariance * np.outer(factor, factor)
    table = tabulate_parameters(
        estimates, covariance, tastes, quantile=two_sided_quantile(level, n_people if clustered else None)
    )
    if found is None:
        table[["estimate", "std_error", "low", "high"]] = math.nan
    groups = estimate_groups(
        rows,
        rows[respondent],
        by,
        partial(
            estimate_mixed_choice,
            attributes=attributes,
            price=price,
            random=random,
            space=space,
            draws=draws,
            n_draws=n_draws,
            n_starts=n_starts,
            correlated=correlated,
            respondent=respondent,
            task=task,
            alternative=alternative,
            chosen=chosen,
            outside=outside,
            alternative_constants=alternative_constants,
            base_alternative=base_alternative,
            weights=weights,
            clustered=clustered,
            level=level,
            smallest_group=smallest_group,
            workers=workers,
            seed=seed,
        ),
        smallest_group=smallest_group,
        allow_sensitive=allow_sensitive,
    )
    return MixedChoiceModel(
        table=table,
        headline=(
            decline_headline(choices, level, smallest_group)
            if found is None
            else write_headline(table, tastes, choices, level)
        ),
        log_likelihood=math.nan if found is None else found.best.value,
        one_taste_log_likelihood=one_taste.log_likelihood,
        null_log_likelihood=-float(choices.weights @ np.log(choices.sizes)),
        parameters=pd.Series(estimates, index=names, name="estimate"),
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        starts=_no_starts() if found is None else found.starts,
        space=space,
        n_draws=n_draws,
        n_choices=choices.n_choices,
        n_respondents=n_people,
        clustered=clustered,
        level=level,
        coding=choices.coding,
        smallest_group=smallest_group,
        notes=write_caveats(
            choices,
            tastes,
            one_taste,
            found,
            weights=panel.weights,
            draws=draws,
            n_flat=n_flat,
            clustered=clustered,
        ),
        tastes=tastes,
        choices=choices,
        panel=panel if found is None else found.panel,
        scale=differences.scale,
        people=pd.Index(pd.factorize(rows[respondent], sort=True)[1], name=respondent),
        groups=groups,
    )


def _check_settings(draws: str, n_draws: int, n_starts: int, workers: int, level: float, smallest_group: int) -> None:
    check_one_of(draws, DRAWS, "draws")
    check_count(n_draws, "n_draws", least=FEWEST_DRAWS)
    check_count(n_starts, "n_starts")
    check_count(workers, "workers")
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")


def _weigh_people(choices: CodedChoices) -> np.ndarray:
    """Return one weight per person; choices of one person cannot count differently, because they share their tastes."""
    least, most = np.full(choices.n_respondents, np.inf), np.zeros(choices.n_respondents)
    np.minimum.at(least, choices.respondents, choices.weights)
    np.maximum.at(most, choices.respondents, choices.weights)
    if (most > least).any():
        raise DataError(
            f"{TABLE}: the weights differ within {int((most > least).sum())} respondents. A person counts as a whole: "
            "give all rows of a respondent the same weight"
        )
    return least


def _covariance(found: Search, choices: CodedChoices, clustered: bool) -> tuple[np.ndarray, int]:
    """Return the covariance of the estimates, and how many directions are left out because nothing is known of them."""
    hessian = found.at_best.hessian
    if hessian is None:
        raise TypeError("the search ends with a Hessian")
    sizes, directions = np.linalg.eigh(-hessian)
    known = sizes > 1e-8 * sizes[-1]
    inverse = (directions[:, known] / sizes[known]) @ directions[:, known].T
    if clustered or choices.weighted:
        scores = found.at_best.scores * found.panel.weights[:, None]
        n = choices.n_respondents
        inverse = inverse @ (scores.T @ scores) @ inverse * n / (n - 1)
    return inverse, int((~known).sum())


def _name_parameters(tastes: Tastes) -> list[str]:
    return [
        f"{tastes.names[column]} on {tastes.names[tastes.random[dimension - 1]]}"
        if dimension
        else f"mean of {tastes.names[column]}"
        for column, dimension in zip(*tastes.cells, strict=True)
    ]


def _no_starts() -> pd.DataFrame:
    columns = ["start", "log_likelihood", "converged", "iterations", "agrees", "final_log_likelihood"]
    return pd.DataFrame(columns=columns, dtype=float)
