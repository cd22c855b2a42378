"""Tables of a latent class logit: sizes, weights and worth of the classes, who belongs where, and the headline."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import ClassParameters
from cvlab.analyses.willingness_to_pay.choosing.class_worth import ClassWorth
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices
from cvlab.analyses.willingness_to_pay.choosing.top import (
    find_top_step,
    name_roles,
    read_name,
    write_people,
    write_too_few,
)
from cvlab.units import write_number

SCHEME = "classes by what they would pay"
SMALLEST_CHANGE = 0.10  # share of an amount below which a change between two runs does not matter
_LARGEST = "The largest of {count} classes by what they would pay holds {share} of people. "
_CERTAIN = 1e-12  # shares this close to 0 or 1 have no odds


def assign_classes(
    chances: np.ndarray, people: pd.Index, names: tuple[str, ...], made_from: tuple[str, ...]
) -> Partition:
    """Return who belongs to which class, by the likeliest; `made_from` are the columns behind the choices."""
    codes = chances.argmax(axis=0)
    return Partition(
        labels=pd.Series(pd.Categorical.from_codes(codes, categories=list(names)), index=people, name="class"),
        scheme=SCHEME,
        made_from=made_from,
        probabilities=pd.DataFrame(chances.T, index=people, columns=list(names)),
    )


def tabulate_sizes(
    parameters: ClassParameters, membership: Partition, quantile: float, shown: np.ndarray
) -> pd.DataFrame:
    """Return class, n, share, low, high; the share is withheld where a class may not be shown."""
    share, error = parameters.shares, parameters.share_errors()
    # On the scale of log odds, so that the bounds stay between 0 and 1; a single class is everybody for certain.
    inside = np.clip(share, _CERTAIN, 1 - _CERTAIN)
    odds, spread = special.logit(inside), quantile * error / (inside * (1 - inside))
    alone = len(share) == 1
    table = pd.DataFrame({"class": membership.names, "n": membership.sizes.to_numpy(), "share": share})
    table["low"] = 1.0 if alone else special.expit(odds - spread)
    table["high"] = 1.0 if alone else special.expit(odds + spread)
    table.loc[~shown, ["share", "low", "high"]] = math.nan
    return table


def tabulate_weights(
    parameters: ClassParameters, names: tuple[str, ...], attributes: tuple[str, ...], quantile: float
) -> pd.DataFrame:
    """Return class, share, attribute, estimate, std_error, low, high."""
    tables = []
    for each, name in enumerate(names):
        error = np.sqrt(np.diag(parameters.covariance_of(each)))
        estimate = parameters.weights[each]
        tables.append(
            pd.DataFrame(
                {
                    "class": name,
                    "share": parameters.shares[each],
                    "attribute": attributes,
                    "estimate": estimate,
                    "std_error": error,
                    "low": estimate - quantile * error,
                    "high": estimate + quantile * error,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def tabulate_worth(worth: ClassWorth, sizes: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    """Return class, n, share, attribute, estimate, std_error, low, high."""
    tables = []
    for each, row in enumerate(sizes[["class", "n", "share"]].to_dict("records")):
        value, low, high = worth.bound(each, np.eye(len(attributes)))
        error = np.sqrt(np.diag(worth.covariance[each]))
        numbers = {"estimate": value, "std_error": error, "low": low, "high": high}
        tables.append(pd.DataFrame({**row, "attribute": attributes, **numbers}))
    return pd.concat(tables, ignore_index=True)


def withhold(table: pd.DataFrame, columns: list[str], names: tuple[str, ...], shown: np.ndarray) -> pd.DataFrame:
    """Empty these columns for the classes that may not be shown."""
    hidden = [name for name, seen in zip(names, shown, strict=True) if not seen]
    table.loc[table["class"].isin(hidden), columns] = math.nan
    return table


def write_headline(
    worth: ClassWorth, sizes: pd.DataFrame, choices: CodedChoices, level: float, enough: bool, smallest_group: int
) -> Headline:
    """What the largest class would pay most for."""
    words = {"people": write_people(choices.n_respondents)}
    value = low = high = math.nan
    step = find_top_step(worth.estimate[0], name_roles(choices), choices) if worth.defined[0] else None
    if not enough:
        sentence, words = write_too_few(choices.n_respondents, smallest_group)
    elif step is None or not math.isfinite(sizes["share"].iloc[0]):
        sentence = (
            "The choices of {people} do not show what the largest of {count} classes would pay: a higher price did not "
            "make an offer less likely to be chosen there, or only the price differed."
        )
        words["count"] = str(len(sizes))
    elif len(sizes) == 1:
        sentence = (
            "The choices of {people} tell no classes apart: their tastes differ too little, or they are too few. "
            "Everybody is in one class."
        )
    elif not worth.sure[0]:
        sentence = (
            "The choices of {people} do not show what the largest of {count} classes would pay: how much a higher "
            "{price} deters them there is so uncertain that it could be nothing."
        )
        words |= {"count": str(len(sizes)), "price": read_name(choices.coding.price)}
    else:
        value, low, high = (float(part[0]) for part in worth.bound(0, step.contrast[None]))
        largest = sizes.iloc[0]
        sentence = _LARGEST + step.sentence.replace("People", "They", 1)
        words = {
            **step.words,
            "people": write_people(int(largest["n"])),
            "count": str(len(sizes)),
            "share": write_number(largest["share"], "share"),
        }
    return Headline(
        key="willingness_to_pay.largest_class",
        label="most that the largest class would pay for an attribute",
        value=value,
        low=low,
        high=high,
        level=level,
        n=choices.n_respondents,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(value),
        method="latent class logit, delta method",
        sentence=sentence,
        words=words,
    )
