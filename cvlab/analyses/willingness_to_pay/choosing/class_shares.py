"""Shares and demand by classes: what people of several tastes would choose among offers side by side.

    share_j       = sum over classes of share_c · exp(V_jc) / sum over k of exp(V_kc)
    elasticity_jk = price_k / share_j · sum over classes of share_c · b_price,c · share_jc · (1 if j = k else 0,
                                                                                              minus share_kc)

Within a class a new offer takes from all others in proportion to their shares; over the classes it takes more from
offers that please the same people. Intervals: percentiles over draws of all parameters together.

Source: Train (2009), Discrete Choice Methods with Simulation, chapters 3.6 and 14.2.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import ClassParameters
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.shares import (
    ChoiceElasticities,
    ChoiceShares,
    encode_offers,
    encode_prices,
    tabulate_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES, write_people, write_too_few

METHOD = "latent class logit, draws of all parameters"
_BY_CLASS = "Within a class an offer takes from all others in proportion to their shares."


def measure_class_shares(
    parameters: ClassParameters,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    n: int,
    level: float,
    n_draws: int,
    seed: int,
    smallest_group: int,
) -> ChoiceShares:
    """Compute the share of every offer; see `ClassChoiceModel.shares`."""
    names, columns = encode_offers(offers, coding)
    shares, weights = parameters.draw(n_draws, seed)
    return tabulate_shares(
        names,
        _share(parameters.shares[None], parameters.weights[None], columns)[0],
        _share(shares, weights, columns),
        outside=coding.outside,
        n=n,
        level=level,
        smallest_group=smallest_group,
        method=METHOD,
        notes=(_BY_CLASS, *([NOBODY_DECLINES] if coding.outside is None else [])),
    )


def measure_class_demand(
    parameters: ClassParameters,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    vary: str,
    prices: np.ndarray,
    n_draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of one offer at each price, and draws of it; see `ClassChoiceModel.demand_at`."""
    columns, position = encode_prices(offers, coding, vary=vary, prices=prices)
    shares, weights = parameters.draw(n_draws, seed)
    estimate = [_share(parameters.shares[None], parameters.weights[None], each)[0, position] for each in columns]
    draws = [_share(shares, weights, each)[:, position] for each in columns]
    return np.array(estimate), np.column_stack(draws)


def measure_class_elasticities(
    parameters: ClassParameters,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    n: int,
    level: float,
    n_draws: int,
    seed: int,
    smallest_group: int,
) -> ChoiceElasticities:
    """Compute own and cross price elasticities of every offer; see `ClassChoiceModel.elasticities`."""
    names, columns = encode_offers(offers, coding)
    price = coding.price_position
    estimate = _elasticity(parameters.shares[None], parameters.weights[None], columns, price)[0]
    low, high = percentile_interval(_elasticity(*parameters.draw(n_draws, seed), columns, price), level=level)
    offered = [position for position, name in enumerate(names) if name != coding.outside]
    records = [
        (name, names[rival], *(float(part[position, rival]) for part in (estimate, low, high)))
        for rival in offered
        for position, name in enumerate(names)
    ]
    table = pd.DataFrame(records, columns=["alternative", "price_of", "elasticity", "low", "high"])
    own = table[table["alternative"] == table["price_of"]]
    top = own.loc[own["elasticity"].abs().fillna(0.0).idxmax()]
    sentence = (
        "{alternative} answers most to its own price: 1% more changes its share by {value}% ({level} interval "
        "{low}% to {high}%, {people})."
    )
    words = {"alternative": str(top["alternative"]), "people": write_people(n)}
    numbers = {bound: float(top[bound]) for bound in ("elasticity", "low", "high")}
    if n < smallest_group:
        table[["elasticity", "low", "high"]] = math.nan
        numbers = dict.fromkeys(numbers, math.nan)
        sentence, words = write_too_few(n, smallest_group)
    headline = Headline(
        key="willingness_to_pay.own_elasticity",
        label="strongest own price elasticity",
        value=numbers["elasticity"],
        low=numbers["low"],
        high=numbers["high"],
        level=level,
        n=n,
        unit="ratio",
        method=METHOD,
        sentence=sentence,
        words=words,
    )
    return ChoiceElasticities(table=table, headline=headline, notes=(_BY_CLASS,))


def _share(shares: np.ndarray, weights: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return draws × offers."""
    return np.einsum("dk,dko->do", shares, special.softmax(weights @ columns.T, axis=2))


def _elasticity(shares: np.ndarray, weights: np.ndarray, columns: np.ndarray, price: int) -> np.ndarray:
    """Return draws × offers × offers whose price changes."""
    inside = special.softmax(weights @ columns.T, axis=2)  # draws × classes × offers
    steep = shares * weights[..., price]
    own = np.einsum("dk,dko->do", steep, inside)
    slope = own[:, :, None] * np.eye(len(columns)) - np.einsum("dk,dko,dkp->dop", steep, inside, inside)
    share = np.einsum("dk,dko->do", shares, inside)
    return slope * columns[:, price] / share[:, :, None]
