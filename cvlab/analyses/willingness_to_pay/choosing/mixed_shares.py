"""Shares and elasticities where tastes differ: what people drawn from the fitted tastes would choose.

    share_j        = mean over people r of exp(V_jr) / sum over k of exp(V_kr)
    elasticity_jk  = price_k / share_j · mean over r of b_price,r · P_jr · (1 if j = k else 0, minus P_kr)

An offer takes more from those that appeal to the same people: near copies share their buyers. Intervals: percentiles
over draws of the parameters (Krinsky-Robb), each with the same simulated people.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.mixed_draws import draw_normals
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes
from cvlab.analyses.willingness_to_pay.choosing.shares import (
    ChoiceElasticities,
    ChoiceShares,
    encode_offers,
    encode_prices,
    tabulate_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES, write_people, write_too_few

METHOD = "mixed logit, Krinsky–Robb draws"
_PEOPLE = 1024  # simulated people; quasi-random, so that a share is right to about a tenth of a per cent
_OVER_PEOPLE = "Shares are averaged over the tastes of people like those asked."


def simulate_shares(
    parameters: np.ndarray,
    tastes: Tastes,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    n: int,
    level: float,
    smallest_group: int,
    seed: int,
) -> ChoiceShares:
    """Simulate who would choose which offer; `parameters` are the estimates, then draws of them."""
    names, columns = encode_offers(offers, coding)
    shares = np.array([_choose(columns @ beta).mean(axis=1) for beta in _each_taste(parameters, tastes, seed)])
    return tabulate_shares(
        names,
        shares[0],
        shares[1:],
        outside=coding.outside,
        n=n,
        level=level,
        smallest_group=smallest_group,
        method=METHOD,
        notes=(_OVER_PEOPLE, *([NOBODY_DECLINES] if coding.outside is None else [])),
    )


def simulate_elasticities(
    parameters: np.ndarray,
    tastes: Tastes,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    n: int,
    level: float,
    smallest_group: int,
    seed: int,
) -> ChoiceElasticities:
    """Simulate by how many percent each share changes when one price rises by 1%."""
    names, columns = encode_offers(offers, coding)
    prices = columns[:, tastes.price]
    found = np.empty((len(parameters), len(names), len(names)))
    for position, beta in enumerate(_each_taste(parameters, tastes, seed)):
        chance = _choose(columns @ beta)
        weighted = chance * beta[tastes.price]
        slope = np.diag(weighted.mean(axis=1)) - weighted @ chance.T / chance.shape[1]
        found[position] = slope * prices / chance.mean(axis=1)[:, None]
    low, high = percentile_interval(found[1:], level=level)
    offered = [position for position, name in enumerate(names) if name != coding.outside]
    table = pd.DataFrame(
        [
            (name, names[rival], found[0, position, rival], low[position, rival], high[position, rival])
            for rival in offered
            for position, name in enumerate(names)
        ],
        columns=["alternative", "price_of", "elasticity", "low", "high"],
    )
    own = table[table["alternative"] == table["price_of"]]
    top = own.loc[own["elasticity"].abs().fillna(0.0).idxmax()]
    enough = n >= smallest_group
    sentence, words = (
        (
            "{alternative} answers most to its own price: 1% more changes its share by {value}% ({level} interval "
            "{low}% to {high}%, {people}).",
            {"alternative": str(top["alternative"]), "people": write_people(n)},
        )
        if enough
        else write_too_few(n, smallest_group)
    )
    value, bottom, ceiling = (
        float(top[column]) if enough else float("nan") for column in ("elasticity", "low", "high")
    )
    headline = Headline(
        key="willingness_to_pay.own_elasticity",
        label="strongest own price elasticity",
        value=value,
        low=bottom,
        high=ceiling,
        level=level,
        n=n,
        unit="ratio",
        method=METHOD,
        sentence=sentence,
        words=words,
    )
    if not enough:
        table = table.assign(elasticity=np.nan, low=np.nan, high=np.nan)
    return ChoiceElasticities(table=table, headline=headline, notes=(_OVER_PEOPLE,))


def simulate_demand(
    parameters: np.ndarray,
    tastes: Tastes,
    coding: Coding,
    offers: pd.DataFrame,
    *,
    vary: str,
    prices: np.ndarray,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of one offer at each price, and draws of it n_draws × n_prices."""
    columns, position = encode_prices(offers, coding, vary=vary, prices=prices)
    if columns.shape[1] == 1:  # nothing else to choose
        return np.ones(len(columns)), np.ones((len(parameters) - 1, len(columns)))
    tried = columns[:, position, tastes.price]
    found = np.empty((len(parameters), len(tried)))
    for draw, beta in enumerate(_each_taste(parameters, tastes, seed)):
        utility = columns[0] @ beta
        rest = special.logsumexp(np.delete(utility, position, axis=0), axis=0)
        lead = utility[position] - tried[0] * beta[tastes.price] - rest
        found[draw] = special.expit(lead + tried[:, None] * beta[tastes.price]).mean(axis=1)
    return found[0], found[1:]


def _each_taste(parameters: np.ndarray, tastes: Tastes, seed: int) -> Iterator[np.ndarray]:
    """Yield for each row of parameters the weights of the simulated people, columns × people."""
    normal = draw_normals("sobol", n_people=1, n_dimensions=len(tastes.random), n_draws=_PEOPLE, seed=seed)[0]
    for row in parameters:
        yield tastes.weigh(tastes.latent(tastes.spread_out(row), normal))[0]


def _choose(utility: np.ndarray) -> np.ndarray:
    """Return the probabilities of offers × people."""
    return np.asarray(special.softmax(utility, axis=0))
