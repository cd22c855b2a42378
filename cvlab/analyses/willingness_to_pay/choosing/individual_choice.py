"""Individual choice: what would each single person pay, judged by the few choices that person made?

A dozen choices say too little about one person. Here every person has tastes of their own, and the tastes of all come
from one population that is estimated along with them, so that each person's answer borrows from the others as much as
the own choices leave open (hierarchical Bayes):

    P(j) = exp(x_j'c_i) / sum over k of exp(x_k'c_i)        c_i: coefficients of person i           [no unit]
    tastes_i ~ normal(mu, Sigma)                            from tastes to c_i: `individual_likelihood`

    space "wtp"          x_j'c_i = exp(g_i) (w_i'x_j - price_j): tastes are amounts of money w_i and a log scale g_i
    space "preference"   tastes are the coefficients; the price's is -exp(g_i) ("negative") or as it comes ("free")

In the space of willingness to pay the amounts themselves are normal over people, so that their mean exists and their
tails are plausible; as ratios of coefficients they have long tails, and with a price coefficient of any sign no mean at
all. The posterior is drawn, not maximised (`individual_sampler`), and reported with how well the draws have settled.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 12; Rossi, Allenby & McCulloch (2005), Bayesian
Statistics and Marketing, chapter 5; Train & Weeks (2005), "Discrete choice models in preference space and
willingness-to-pay space"; Sonnier, Ainslie & Otter (2007), "Heterogeneity distributions of willingness-to-pay in choice
models", Quantitative Marketing and Economics 5, for the amounts.
Assumes one bell-shaped population: where people fall into clearly different classes, means of individuals are drawn to
the middle, and their draws, not their means, show how far people are apart. Stated choices still run high.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import Differences, decline_fit, fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import (
    Form,
    arrange_panel,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_population import make_prior
from cvlab.analyses.willingness_to_pay.choosing.individual_report import (
    FREE,
    arrange_posterior,
    explain_undefined,
    list_caveats,
    measure_fit,
    tabulate_population,
    write_limit,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_result import METHOD, IndividualChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.individual_sampler import (
    FEWEST_SWEEPS,
    IndividualDraws,
    draw_individuals,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_worth import (
    tabulate_groups,
    tabulate_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns
from cvlab.analyses.willingness_to_pay.groups import check_by
from cvlab.checks import check_count, check_one_of, check_positive, check_share
from cvlab.errors import ParameterError

# In units of columns standardised by their spread within tasks; in the space "wtp", of the price's spread too.
_MEANS, _MEANS_OF_LOGARITHM = 10.0, 2.5
_SPREAD = 0.1  # likeliest before anything is known; small, so that few people are not made to differ by assumption


def estimate_individual_choice(
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
    space: Literal["wtp", "preference"] = "wtp",
    price_sign: Literal["negative", "free"] = "negative",
    n_draws: int = 500,
    n_chains: int = 4,
    time_limit: float = 120.0,
    most_sweeps: int | None = None,
    level: float = 0.95,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> IndividualChoiceModel:
    """Estimate every person's tastes, and the population they come from, by a hierarchical Bayes logit.

    Parameters
    ----------
    tasks, attributes, price, respondent, task, alternative, chosen, outside, alternative_constants, base_alternative :
        as for `estimate_choice`.
    weights : column of survey weights, the same in all rows of a task; the column `weight` where there is one that is
        no attribute. They weigh people in all summaries; the draws treat all people alike.
    space : "wtp": what people would pay is normal over people. "preference": coefficients are.
    price_sign : "negative": nobody likes a higher price (log-normal coefficient), so that willingness to pay is defined
        for everybody. "free" (in the space "preference" only): as it comes, and no willingness to pay is given.
    n_draws : fewest draws per chain after the warm-up. More are made until R-hat is at most 1.01 and the effective
        sample size at least 400 for all means and spreads of the population.
    n_chains : chains, side by side in one process.
    time_limit : seconds after which the draws are taken as they are, with a first note that says so. What is found then
        depends on the machine.
    most_sweeps : instead of the time limit, so many draws of every chain, the warm-up included: the same seed then
        gives the same numbers on any machine.
    level, smallest_group : coverage of the intervals; with fewer people nothing is drawn and the result says that there
        is not enough data.
    by : groups whose willingness to pay is read from the same draws.
    allow_sensitive : accept groups made from sensitive characteristics.
    seed : of the draws.
    progress : called with the sweeps done and the sweeps planned.

    Returns
    -------
    IndividualChoiceModel.

    Raises
    ------
    DataError : as for `estimate_choice`.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> worth = random.normal(6, 2, 40)                     # of gps, to each of forty people
    >>> rows = []
    >>> for person in range(40):
    ...     for number in range(8):
    ...         gps, prices = random.permutation([0, 1, 0]), random.choice([4.0, 8, 12], 3)
    ...         picked = (worth[person] * gps - prices + 2 * random.gumbel(size=3)).argmax()
    ...         rows += [(person, number, "abc"[offer], gps[offer], prices[offer], int(offer == picked))
    ...                  for offer in range(3)]
    >>> tasks = pd.DataFrame(rows, columns=["respondent_id", "task", "alternative", "gps", "price", "chosen"])
    >>> model = estimate_individual_choice(tasks, attributes=["gps"], price="price", n_draws=200, time_limit=3)
    >>> model.table["attribute"].tolist(), model.individuals.columns.tolist()
    (['gps', 'price'], ['gps', 'gps low', 'gps high'])
    >>> row = model.willingness_to_pay().table.iloc[0]
    >>> bool(row["low"] < worth.mean() < row["high"])
    True
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    check_count(n_draws, "n_draws", least=8)
    check_count(n_chains, "n_chains", least=2)
    check_positive(time_limit, "time_limit")
    if most_sweeps is not None:
        check_count(most_sweeps, "most_sweeps", least=FEWEST_SWEEPS)
    check_one_of(space, ("wtp", "preference"), "space")
    check_one_of(price_sign, ("negative", "free"), "price_sign")
    if space == "wtp" and price_sign == "free":
        raise ParameterError(
            "price_sign is 'free' in the space 'wtp': amounts of money need a price that nobody likes to be higher. "
            "Give price_sign='negative', or space='preference'"
        )
    if by is not None:
        check_by(by, allow_sensitive=allow_sensitive)
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
    choices = code_choices(tasks, told)
    form: Form = "money" if space == "wtp" else "negative" if price_sign == "negative" else "free"
    enough = choices.n_respondents >= smallest_group
    alike = replace(choices, weights=np.ones(choices.n_choices))
    differences = prepare(alike, look=enough)
    one_taste = fit_conditional_logit(differences, alike, clustered=False) if enough else decline_fit(alike)
    pooled = one_taste.estimates * differences.scale
    undefined = FREE if form == "free" else explain_undefined(pooled, choices)
    drawn = None
    if enough:
        drawn = _draw(choices, differences, pooled, form, n_draws, n_chains, time_limit, most_sweeps, seed, progress)
    posterior = arrange_posterior(told.read_people(tasks), choices, differences, drawn, form)
    of = "mean" if space == "wtp" else "median"
    groups, partition = None, None
    if by is not None:
        groups, partition = tabulate_groups(
            posterior,
            choices,
            by,
            of=of,
            method=METHOD,
            level=level,
            seed=seed,
            smallest_group=smallest_group,
            allow_sensitive=allow_sensitive,
            undefined=undefined,
        )
    worth = tabulate_worth(
        posterior,
        choices,
        of=of,
        method=METHOD,
        level=level,
        seed=seed,
        smallest_group=smallest_group,
        undefined=undefined,
    )
    return IndividualChoiceModel(
        table=tabulate_population(choices, differences, drawn, form, level),
        headline=replace(worth.headline, decides=drawn is not None and drawn.settled),
        notes=list_caveats(choices, drawn, undefined, posterior, write_limit(time_limit, most_sweeps)),
        diagnostics=pd.DataFrame(columns=["parameter", "r_hat", "ess_bulk"]) if drawn is None else drawn.diagnostics,
        settled=drawn is not None and drawn.settled,
        n_draws=0 if drawn is None else len(drawn.means) * n_chains,
        n_chains=n_chains,
        log_likelihood=measure_fit(choices, differences, drawn, form),
        n_choices=choices.n_choices,
        n_respondents=choices.n_respondents,
        space=space,
        price_sign=price_sign,
        level=level,
        seed=seed,
        coding=choices.coding,
        smallest_group=smallest_group,
        partition=partition,
        groups=groups,
        posterior=posterior,
        choices=choices,
        undefined=undefined,
    )


def _draw(
    choices: CodedChoices,
    differences: Differences,
    pooled: np.ndarray,
    form: Form,
    n_draws: int,
    n_chains: int,
    time_limit: float,
    most_sweeps: int | None,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> IndividualDraws:
    coding = choices.coding
    price = coding.price_position
    means, spreads = np.full(len(pooled), _MEANS), np.full(len(pooled), _SPREAD)
    start = pooled.copy()
    if form != "free":
        means[price] = _MEANS_OF_LOGARITHM
        scale = -pooled[price] if pooled[price] < 0 else np.abs(pooled).mean()
        start = pooled / scale if form == "money" else start
        start[price] = math.log(scale)
    panel = arrange_panel(differences, n_people=choices.n_respondents, form=form, price=price)
    return draw_individuals(
        panel,
        make_prior(means, spreads),
        start,
        list(coding.names),
        n_draws=n_draws,
        n_chains=n_chains,
        time_limit=time_limit,
        most_sweeps=most_sweeps,
        seed=seed,
        progress=progress,
    )
