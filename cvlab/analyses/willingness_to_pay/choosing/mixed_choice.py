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
from functools import partial

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay.choosing.choice_words import decline_headline
from cvlab.analyses.willingness_to_pay.choosing.coding import TABLE, CodedChoices, code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import decline_fit, fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.mixed_draws import DRAWS, draw_normals
from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import arrange
from cvlab.analyses.willingness_to_pay.choosing.mixed_model import MixedChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.mixed_moments import find_price_problem
from cvlab.analyses.willingness_to_pay.choosing.mixed_report import (
    METHOD,
    NUMBERS,
    tabulate_parameters,
    write_caveats,
    write_headline,
)
from cvlab.analyses.willingness_to_pay.choosing.mixed_search import Search, begin_search, search
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes, plan_tastes
from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns
from cvlab.analyses.willingness_to_pay.choosing.worth import two_sided_quantile
from cvlab.analyses.willingness_to_pay.groups import estimate_groups
from cvlab.checks import check_count, check_one_of, check_share
from cvlab.errors import DataError

FEWEST_DRAWS = 20  # below this a simulated likelihood says nothing


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
    _check_settings(draws, n_draws, n_starts, workers, level, smallest_group, seed)
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
        random=random,
        space=space,
        draws=draws,
        n_draws=n_draws,
        n_starts=n_starts,
        correlated=correlated,
        clustered=clustered,
        level=level,
        smallest_group=smallest_group,
        workers=workers,
        by=by,
        allow_sensitive=allow_sensitive,
        seed=seed,
        progress=progress,
    )


def _estimate(
    tasks: pd.DataFrame,
    told: TaskColumns,
    *,
    random: Mapping[str, str],
    space: str,
    draws: str,
    n_draws: int,
    n_starts: int,
    correlated: bool,
    clustered: bool,
    level: float,
    smallest_group: int,
    workers: int,
    seed: int,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> MixedChoiceModel:
    """Estimate for everybody, and then for each group as for everybody."""
    rows = tasks
    if isinstance(tasks, pd.DataFrame) and told.respondent not in tasks.columns and tasks.index.name == told.respondent:
        rows = tasks.reset_index()
    choices = code_choices(rows, told)
    n_people, enough = choices.n_respondents, choices.n_respondents >= smallest_group
    differences = prepare(choices, look=enough)
    one_taste = fit_conditional_logit(differences, choices, clustered=clustered) if enough else decline_fit(choices)
    # Without enough people nothing is fitted, and a start at 0 with a price that deters only fills the places.
    begun = (
        one_taste.estimates if enough else -1.0 * (np.arange(len(differences.scale)) == choices.coding.price_position)
    )
    tastes = plan_tastes(choices.coding, random, space=space, correlated=correlated, estimates=begun)
    if n_people == 1 and enough:
        raise DataError(
            f"{TABLE}: one respondent made all choices, and how tastes differ between people cannot be seen in one. "
            "Use estimate_choice, or ask more people"
        )
    normal = draw_normals(draws, n_people=n_people, n_dimensions=len(tastes.random), n_draws=n_draws, seed=seed)
    panel = arrange(differences, _weigh_people(choices), normal)
    start = begin_search(begun * differences.scale, tastes)
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
        table[list(NUMBERS)] = math.nan
        estimates, covariance = np.full_like(estimates, math.nan), np.full_like(covariance, math.nan)
    elif tastes.wtp and find_price_problem(estimates, tastes) is not None:
        # The rows but the price's are amounts of money, and there are none where dearer offers are liked no less.
        table.loc[table["attribute"] != told.price, list(NUMBERS)] = math.nan
    groups = estimate_groups(
        rows,
        rows[told.respondent],
        by,
        partial(
            _estimate,
            told=told,
            random=random,
            space=space,
            draws=draws,
            n_draws=n_draws,
            n_starts=n_starts,
            correlated=correlated,
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
            decline_headline(choices, level, smallest_group, method=METHOD)
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
        people=told.read_people(rows),
        groups=groups,
    )


def _check_settings(
    draws: str, n_draws: int, n_starts: int, workers: int, level: float, smallest_group: int, seed: int
) -> None:
    check_one_of(draws, DRAWS, "draws")
    check_count(n_draws, "n_draws", least=FEWEST_DRAWS)
    check_count(n_starts, "n_starts")
    check_count(workers, "workers")
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    check_count(seed, "seed", least=0)


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
