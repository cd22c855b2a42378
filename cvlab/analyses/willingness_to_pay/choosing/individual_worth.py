"""What people would pay, from draws of each person's tastes: for everybody, and for every group."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.individual_posterior import Posterior
from cvlab.analyses.willingness_to_pay.choosing.top import (
    find_top_step,
    measure_spans,
    name_roles,
    write_people,
    write_too_few,
)
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.groups import Grouped, assign_people
from cvlab.units import write_number, write_range

KEY = "willingness_to_pay.top_attribute_by_person"
LABEL = "most that is paid for an attribute"
SMALLEST_CHANGE = 0.10  # share of the willingness to pay below which a change between two runs does not matter
ONLY_PRICE = "Only the price differed between the offers that {people} saw, so there is no attribute to pay for."


def tabulate_worth(
    posterior: Posterior,
    choices: CodedChoices,
    *,
    of: str,
    method: str,
    level: float,
    seed: int,
    smallest_group: int,
    undefined: str,
) -> WillingnessToPay:
    """Return mean or median over people of the willingness to pay; see `IndividualChoiceModel.willingness_to_pay`.

    Parameters
    ----------
    undefined : why there is no willingness to pay; empty where there is one.
    """
    names = [name for name in choices.coding.names if name != choices.coding.price]
    roles, spans = name_roles(choices), measure_spans(choices)
    n = len(posterior.respondents)
    if n < smallest_group or undefined:
        sentence, words = write_too_few(n, smallest_group) if n < smallest_group else (undefined, {})
        return WillingnessToPay(
            table=pd.DataFrame(
                {"attribute": names, **dict.fromkeys(("estimate", "std_error", "low", "high"), math.nan)}
            ),
            headline=write_worth_headline((math.nan,) * 3, n, level, sentence, words, method),
            roles=roles,
            spans=spans,
            smallest_group=smallest_group,
            notes=(undefined,) if undefined else (),
        )
    worth = posterior.worth()
    estimate, draws = posterior.average(worth, seed=seed, of=of)
    low, high = percentile_interval(draws, level=level)
    table = pd.DataFrame(
        {"attribute": names, "estimate": estimate, "std_error": draws.std(axis=0, ddof=1), "low": low, "high": high}
    )
    return WillingnessToPay(
        table=table,
        headline=_summarise_top(posterior, worth, estimate, choices, roles, of, method, level, seed),
        roles=roles,
        spans=spans,
        smallest_group=smallest_group,
        notes=(f"Amounts are the {of} over people, each with tastes of their own.",),
    )


def tabulate_groups(
    posterior: Posterior,
    choices: CodedChoices,
    by: Partition,
    *,
    of: str,
    method: str,
    level: float,
    seed: int,
    smallest_group: int,
    allow_sensitive: bool,
    undefined: str,
) -> tuple[Grouped, Partition]:
    """Return the willingness to pay of each group from the draws of its people, and the groups, small ones merged."""
    people = pd.Series(posterior.respondents, name="respondent_id")
    groups = assign_people(people, by, smallest_group=smallest_group, allow_sensitive=allow_sensitive)
    member_of = people.map(groups.labels.astype(object)).to_numpy()
    results, tables = {}, []
    for name, size in groups.sizes.items():
        result = tabulate_worth(
            posterior.take(np.flatnonzero(member_of == name)),
            choices,
            of=of,
            method=method,
            level=level,
            seed=seed,
            smallest_group=smallest_group,
            undefined=undefined,
        )
        results[str(name)] = result
        table = result.table.copy()
        table.insert(0, "group", name)
        table.insert(1, "n", int(size))
        tables.append(table)
    notes = ["Groups are read from the draws of their people; one population stands behind all of them."]
    unknown = len(people) - len(groups.labels)
    if unknown:
        notes.append(f"{write_number(unknown, 'count')} people who answered belong to no group of {by.scheme}.")
    table = pd.concat(tables, ignore_index=True)
    return Grouped(scheme=by.scheme, results=results, table=table, notes=tuple(notes)), groups


def write_worth_headline(
    numbers: tuple[float, ...],
    n: int,
    level: float,
    sentence: str,
    words: dict[str, str],
    method: str,
    draws: np.ndarray | None = None,
) -> Headline:
    """Return the headline of what is paid for the top attribute."""
    value, low, high = numbers
    return Headline(
        key=KEY,
        label=LABEL,
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(value),
        method=method,
        sentence=sentence,
        words={"people": write_people(n), **words},
        draws=draws,
    )


def _summarise_top(
    posterior: Posterior,
    worth: np.ndarray,
    estimate: np.ndarray,
    choices: CodedChoices,
    roles: tuple[str, ...],
    of: str,
    method: str,
    level: float,
    seed: int,
) -> Headline:
    n = len(posterior.respondents)
    step = find_top_step(estimate, roles, choices)
    if step is None:
        return write_worth_headline((math.nan,) * 3, n, level, ONLY_PRICE, {}, method)
    amounts = worth @ step.contrast
    value, draws = (part[..., 0] for part in posterior.average(amounts[..., None], seed=seed, of=of))
    low, high = percentile_interval(draws, level=level)
    each = np.repeat(posterior.weights[None], len(amounts), axis=0).ravel()
    quarter, three_quarters = _weighted_quantiles(amounts.ravel(), each, (0.25, 0.75))
    sentence = f"{step.sentence} The middle half of people would pay {{middle_half}}."
    words = {**step.words, "middle_half": write_range(quarter, three_quarters, "money")}
    return write_worth_headline((float(value), float(low), float(high)), n, level, sentence, words, method, draws)


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray, shares: tuple[float, ...]) -> tuple[float, ...]:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return tuple(float(values[order[np.searchsorted(reached, share * reached[-1])]]) for share in shares)
