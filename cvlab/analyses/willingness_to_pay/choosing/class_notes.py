"""Caveats of a latent class logit, in the order in which a reader needs them."""

from __future__ import annotations

import math

import numpy as np

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay.choosing.class_counts import ClassCounts
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import ClassParameters, find_separated
from cvlab.analyses.willingness_to_pay.choosing.class_starts import ClassFit
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights
from cvlab.units import write_number

_SURE, _MANY = 0.8, 0.1  # a continuum is suspected where more than so many people are less sure of their class
_FEW_AGREE = 0.1  # of the starts: with fewer at the best top there may be a better one
_AS_CHOSEN = "Amounts are as chosen in a survey, where nobody pays: they run high until held against money."
_ALL = "The classes sum up differences in taste; they are segments to work with, not proof that people come in kinds."


def write_notes(
    choices: CodedChoices,
    parameters: ClassParameters,
    fit: ClassFit | None,
    counts: ClassCounts,
    membership: Partition,
    quantile: float,
    weights: np.ndarray,
    smallest_group: int,
) -> tuple[str, ...]:
    """Return the notes of `ClassChoiceModel`."""
    coding = choices.coding
    notes = [f"{attribute} is compared with {levels[0]}." for attribute, levels in coding.levels.items()]
    if coding.base_alternative is not None:
        notes.append(f"Alternatives are compared with {coding.base_alternative}.")
    if choices.n_respondents >= smallest_group:
        notes.append(_AS_CHOSEN)
        notes += _describe_count(counts, smallest_group)
        notes += _describe_search(counts, fit)
        if fit is not None:
            notes += _describe_overlap(membership)
            notes += _describe_separation(fit, membership.names, coding.names)
        notes += _describe_small(membership, smallest_group)
        notes += _describe_prices(parameters, membership.names, coding.price_position, coding.price, quantile)
    if coding.outside is None:
        notes.append(NOBODY_DECLINES)
    notes += describe_weights(weights, "people")
    return tuple(notes)


def _describe_count(counts: ClassCounts, smallest_group: int) -> list[str]:
    criteria = counts.criteria.set_index("n_classes")
    notes = []
    if counts.lowest != counts.n_classes:
        smallest = int(criteria.loc[counts.lowest, "smallest_n"])
        reason = (
            f"one of which has fewer than {smallest_group} people"
            if smallest < smallest_group
            else "but those add little: people within a class are never quite alike, and BIC goes on to split them"
        )
        notes.append(f"BIC is lowest at {counts.lowest} classes, {reason}. Used here: {counts.n_classes}.")
    elif len(criteria) > 1 and counts.n_classes == criteria.index.max() and counts.n_classes > 1:
        notes.append(f"BIC still falls at {counts.n_classes} classes, the most that were tried: try more.")
    if counts.left_out:
        listed = ", ".join(map(str, counts.left_out))
        notes.append(f"{listed} classes were not tried: they would have more parameters than people.")
    return notes


def _describe_search(counts: ClassCounts, fit: ClassFit | None) -> list[str]:
    if fit is None:
        return []
    notes = []
    if not fit.arrived:
        notes.append("The best climb did not come to rest: its numbers are not final. More choices would help.")
    if fit.n_starts > 1 and fit.n_agreed <= max(1, _FEW_AGREE * fit.n_starts):
        notes.append(
            f"{fit.n_agreed} of {fit.n_starts} starts found the best solution: there may be a better one. Try more "
            "starts."
        )
    return notes


def _describe_overlap(membership: Partition) -> list[str]:
    if membership.probabilities is None:
        return []
    unsure = float((membership.probabilities.max(axis=1) < _SURE).mean())
    if unsure <= _MANY:
        return [_ALL]
    return [
        f"{write_number(unsure, 'share')} of people lie between classes (no class has a chance of "
        f"{write_number(_SURE, 'share', decimals=0)}): the classes may cut a continuum of tastes rather than tell "
        "kinds of people apart."
    ]


def _describe_separation(fit: ClassFit, names: tuple[str, ...], columns: tuple[str, ...]) -> list[str]:
    return [
        f"In {names[each]}, hardly a choice goes against {', '.join(np.array(columns)[involved])}: the weight is held "
        "finite by assumption (a standard deviation of 10 per typical difference between offers)."
        for each, involved in find_separated(fit)
    ]


def _describe_small(membership: Partition, smallest_group: int) -> list[str]:
    sizes = membership.sizes
    small = [str(name) for name, n in sizes.items() if n < smallest_group]
    if not small:
        return []
    return [f"Too small to be shown, with fewer than {smallest_group} people: {', '.join(small)}."]


def _describe_prices(
    parameters: ClassParameters, names: tuple[str, ...], position: int, price: str, quantile: float
) -> list[str]:
    notes = []
    for each, name in enumerate(names):
        weight = parameters.weights[each, position]
        if weight >= 0:
            notes.append(
                f"In {name}, a higher {price} made offers no less likely to be chosen: willingness to pay is undefined."
            )
        elif weight + quantile * math.sqrt(parameters.covariance_of(each)[position, position]) >= 0:
            notes.append(
                f"In {name}, the interval of the coefficient of {price} reaches 0: its willingness to pay could be "
                "anything, and its intervals are not to be trusted."
            )
    return notes
