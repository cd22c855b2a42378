"""Latent classes of choice: which groups of people weigh attributes and price alike, and what would each pay?

    P(choices of a person) = sum over classes of share_c · product over the choices of P(chosen | b_c)

Within a class choices follow a conditional logit (`fit`); who belongs where is not known, and follows from the choices
as a chance per person (`class_steps`, `class_starts`). Each class has a willingness to pay of its own (`class_worth`),
and the classes are segments by what people would pay.

    BIC  = -2 · log-likelihood + parameters · log(people)
    CAIC = -2 · log-likelihood + parameters · (log(people) + 1)

BIC takes everybody of a class for alike. People never are, so with enough choices it goes on to split real groups by
small differences. The fewest classes count that reach 97% of what BIC gains at its lowest; both are shown.

Source: Kamakura & Russell (1989), "A probabilistic choice model for market segmentation and elasticity structure",
Journal of Marketing Research 26; Schwarz (1978), Annals of Statistics 6; Bozdogan (1987), Psychometrika 52.
Assumes that people of a class have the same weights. Where tastes form a continuum, classes cut it: they sum it up,
they are not there. A mixed or individual model says more about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay.choosing.class_counts import check_counts, count_classes, decline_counts
from cvlab.analyses.willingness_to_pay.choosing.class_groups import measure_group_classes
from cvlab.analyses.willingness_to_pay.choosing.class_model import ClassChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.class_names import name_classes
from cvlab.analyses.willingness_to_pay.choosing.class_notes import write_notes
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import take_one, take_several
from cvlab.analyses.willingness_to_pay.choosing.class_steps import make_panel
from cvlab.analyses.willingness_to_pay.choosing.class_tables import (
    assign_classes,
    tabulate_sizes,
    tabulate_weights,
    tabulate_worth,
    withhold,
    write_headline,
)
from cvlab.analyses.willingness_to_pay.choosing.class_worth import (
    average_by_person,
    measure_class_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, code_choices
from cvlab.analyses.willingness_to_pay.choosing.fit import decline_fit, fit_conditional_logit, prepare
from cvlab.analyses.willingness_to_pay.choosing.task_columns import TaskColumns
from cvlab.analyses.willingness_to_pay.choosing.top import measure_spans, name_roles, write_people
from cvlab.analyses.willingness_to_pay.choosing.worth import two_sided_quantile
from cvlab.analyses.willingness_to_pay.groups import check_by
from cvlab.checks import check_count, check_share
from cvlab.errors import DataError


def estimate_class_choice(
    tasks: pd.DataFrame,
    *,
    attributes: Sequence[str],
    price: str,
    n_classes: int | Iterable[int] = range(1, 7),
    n_starts: int = 20,
    respondent: str = "respondent_id",
    task: str = "task",
    alternative: str = "alternative",
    chosen: str = "chosen",
    outside: str | None = None,
    alternative_constants: bool = False,
    base_alternative: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    workers: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ClassChoiceModel:
    """Find classes of people who weigh attributes and price alike, and what each class would pay.

    Parameters
    ----------
    tasks, attributes, price, respondent, task, alternative, chosen, outside, alternative_constants, base_alternative,
    weights, level, smallest_group : as for `estimate_choice`; a person's weight is the same in all tasks.
    n_classes : so many classes, or the numbers to try. Among several the fewest are taken that reach 97% of what BIC
        gains at its lowest, every class with at least `smallest_group` people.
    n_starts : climbs from different starts, for each number of classes.
    by, allow_sensitive : a partition across which the classes are counted; see `groups`.
    workers : processes that share the numbers of classes.
    progress : called with (numbers of classes done, of how many).

    Returns
    -------
    ClassChoiceModel.

    Raises
    ------
    DataError : as for `estimate_choice`; a person's weights differ, or there are fewer people than classes.
    ParameterError : an argument is outside what it may be, or `by` is sensitive.

    Examples
    --------
    Twenty people look for a better screen and twenty for a longer battery; each sees ten pairs of offers:

    >>> random = np.random.default_rng(0)
    >>> person, task = np.divmod(np.arange(400), 10)
    >>> offers = random.integers(0, 2, (400, 2, 2)), random.choice([8.0, 10, 12], (400, 2))
    >>> tastes = np.where(person[:, None] % 2, (4.0, 0.0), (0.0, 4.0))
    >>> utility = np.einsum("tac,tc->ta", offers[0], tastes) - 0.5 * offers[1] + random.gumbel(size=(400, 2))
    >>> tasks = pd.concat([
    ...     pd.DataFrame({"respondent_id": person, "task": task, "alternative": "ab"[side],
    ...                   "screen": offers[0][:, side, 0], "battery": offers[0][:, side, 1],
    ...                   "price": offers[1][:, side], "chosen": (utility.argmax(axis=1) == side).astype(int)})
    ...     for side in (0, 1)])
    >>> model = estimate_class_choice(tasks, attributes=["screen", "battery"], price="price", n_classes=[1, 2])
    >>> model.n_classes, model.membership.names, model.membership.sizes.tolist()
    (2, ('class 1: battery', 'class 2: screen'), [21, 19])
    """
    check_share(level, "level")
    check_count(smallest_group, "smallest_group")
    check_count(n_starts, "n_starts")
    check_count(workers, "workers")
    check_count(seed, "seed", least=0)
    tried = check_counts(n_classes)
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
    people = told.read_people(tasks)
    person_weights = _read_person_weights(choices, people)
    enough = choices.n_respondents >= smallest_group
    differences = prepare(choices, look=enough)
    pooled = fit_conditional_logit(differences, choices, clustered=True) if enough else decline_fit(choices)
    panel = make_panel(differences, person_weights)
    counts = (
        count_classes(
            panel,
            pooled.estimates * differences.scale,
            pooled.log_likelihood,
            tried,
            n_starts=n_starts,
            smallest_group=smallest_group,
            workers=workers,
            seed=seed,
            progress=progress,
        )
        if enough
        else decline_counts(panel, len(differences.scale))
    )
    fit = counts.fits.get(counts.n_classes)
    parameters = take_one(pooled) if fit is None else take_several(fit, panel, differences.scale)
    chances = np.ones((1, len(people))) if fit is None else fit.chances
    quantile = two_sided_quantile(level, choices.n_respondents)
    worth = measure_class_worth(parameters, choices.coding.price_position, quantile)
    names = name_classes(worth.estimate, parameters.shares, choices)
    membership = assign_classes(chances, people, names, (*choices.coding.attributes, price))
    shown = (membership.sizes.to_numpy() >= smallest_group) & enough
    sizes = tabulate_sizes(parameters, membership, quantile, shown)
    others = [name for name in choices.coding.names if name != price]
    individuals = pd.DataFrame(average_by_person(worth, chances), index=people, columns=others)
    weights_in_utility = tabulate_weights(parameters, names, choices.coding.names, quantile)
    weights_in_utility = withhold(weights_in_utility, ["share", "estimate", "std_error", "low", "high"], names, shown)
    written = tabulate_worth(worth, sizes, others)
    written = withhold(written, ["share", "estimate", "std_error", "low", "high"], names, shown)
    groups = measure_group_classes(
        pd.DataFrame(chances.T, index=people, columns=list(names)),
        parameters.shares,
        person_weights,
        by,
        level=level,
        smallest_group=smallest_group,
        allow_sensitive=allow_sensitive,
    )
    return ClassChoiceModel(
        table=written,
        headline=write_headline(worth, sizes, choices, level, enough, smallest_group),
        weights=weights_in_utility,
        sizes=sizes,
        criteria=counts.criteria,
        membership=membership,
        individuals=individuals if enough else individuals * math.nan,
        log_likelihood=counts.log_likelihood,
        n_classes=counts.n_classes,
        n_choices=choices.n_choices,
        n_respondents=choices.n_respondents,
        level=level,
        coding=choices.coding,
        roles=name_roles(choices),
        spans=measure_spans(choices),
        smallest_group=smallest_group,
        seed=seed,
        notes=write_notes(choices, parameters, fit, counts, membership, quantile, person_weights, smallest_group),
        parameters=parameters,
        choices=choices,
        groups=groups,
    )


def _read_person_weights(choices: CodedChoices, people: pd.Index) -> np.ndarray:
    low, high = np.full(len(people), math.inf), np.zeros(len(people))
    np.minimum.at(low, choices.respondents, choices.weights)
    np.maximum.at(high, choices.respondents, choices.weights)
    varied = high > low * (1 + 1e-9)
    if varied.any():
        raise DataError(
            f"choice_tasks: the weights differ between the tasks of {write_people(int(varied.sum()))} "
            f"(first: {people[varied][0]}). Classes are made of people: give all rows of a person the same weight"
        )
    return high
