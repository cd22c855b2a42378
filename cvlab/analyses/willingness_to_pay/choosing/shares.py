"""Shares and elasticities: what a choice model says about offers that stand side by side.

    share_j         = exp(V_j) / sum over k of exp(V_k)
    elasticity_jk   = b_price · price_k · (1 if j = k else 0, minus share_k)     relative change of share_j per relative
                                                                                 change of price_k
Intervals: delta method, the share's on the scale of its log odds so that the bounds stay between 0 and 1.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 3.6.
Assumes independence of irrelevant alternatives: the elasticity of every other share to price_k is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import special

from cvlab.analyses.common import Headline, draw_normal, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding, as_text
from cvlab.analyses.willingness_to_pay.choosing.fit import Fit
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES, write_people, write_too_few
from cvlab.checks import check_one_of
from cvlab.errors import DataError, ParameterError

OFFERS = "offers"
SMALLEST_CHANGE = 0.02  # difference between two shares below which it does not matter
_PROPORTIONAL = (
    "Shares assume that an offer takes from all others in proportion to their shares; near copies of an offer are "
    "overstated."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceShares:
    """Who would choose which offer.

    Attributes
    ----------
    table : alternative, share, low, high; the outside option has a row where there is one.
    outside : its name.
    """

    rows: ClassVar[str] = "alternative"
    kinds: ClassVar[Mapping[str, str]] = {"share": "share", "low": "share", "high": "share"}

    table: pd.DataFrame
    headline: Headline
    outside: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceElasticities:
    """How shares answer to prices.

    Attributes
    ----------
    table : alternative, price_of, elasticity, low, high: by how many percent the share of `alternative` changes when
        the price of `price_of` rises by 1%.
    """

    rows: ClassVar[str] = "pair"
    kinds: ClassVar[Mapping[str, str]] = {"elasticity": "ratio", "low": "ratio", "high": "ratio"}

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()


def measure_shares(
    fit: Fit, coding: Coding, offers: pd.DataFrame, *, n: int, level: float, quantile: float, smallest_group: int
) -> ChoiceShares:
    """Compute the share of every offer; see `ChoiceModel.shares`."""
    names, columns = encode_offers(offers, coding)
    share, gradient = _share(fit, columns)
    # On the log-odds scale the gradient is that of the share divided by share · (1 - share).
    spread = np.maximum(share * (1 - share), np.finfo(float).tiny)
    error = np.sqrt(np.einsum("ij,jk,ik->i", gradient, fit.covariance, gradient)) / spread
    odds = special.logit(share)
    table = pd.DataFrame(
        {
            "alternative": names,
            "share": share,
            "low": special.expit(odds - quantile * error),
            "high": special.expit(odds + quantile * error),
        }
    )
    notes = (_PROPORTIONAL, *([NOBODY_DECLINES] if coding.outside is None else []))
    return _write_shares(
        table,
        outside=coding.outside,
        n=n,
        level=level,
        smallest_group=smallest_group,
        method="conditional logit, delta method",
        notes=notes,
    )


def tabulate_shares(
    names: Sequence[str],
    estimate: np.ndarray,
    draws: np.ndarray,
    *,
    outside: str | None,
    n: int,
    level: float,
    smallest_group: int,
    method: str,
    notes: tuple[str, ...] = (),
) -> ChoiceShares:
    """Write the shares that any model of choosing gives, with the percentile interval of its draws.

    Parameters
    ----------
    names : of the offers, and of the outside option where there is one.
    estimate, draws : shares (n_offers,) and n_draws × n_offers.
    outside : name of the outside option.
    n : how many people chose; below `smallest_group` nothing is shown.
    method : how the shares were estimated, in a few words.

    Examples
    --------
    >>> draws = np.array([[0.5, 0.5], [0.6, 0.4], [0.7, 0.3]])
    >>> shares = tabulate_shares(["app", "none"], draws.mean(axis=0), draws, outside="none", n=40, level=0.9,
    ...                          smallest_group=10, method="mixed logit")
    >>> shares.table.round(2).to_dict("records")[0]
    {'alternative': 'app', 'share': 0.6, 'low': 0.51, 'high': 0.69}
    """
    low, high = percentile_interval(draws, level=level)
    table = pd.DataFrame({"alternative": list(names), "share": estimate, "low": low, "high": high})
    return _write_shares(
        table, outside=outside, n=n, level=level, smallest_group=smallest_group, method=method, notes=notes
    )


def _write_shares(
    table: pd.DataFrame,
    *,
    outside: str | None,
    n: int,
    level: float,
    smallest_group: int,
    method: str,
    notes: tuple[str, ...],
) -> ChoiceShares:
    """Add the headline, the largest share of an offer, and withhold everything where too few people chose."""
    inside = table[table["alternative"] != outside]
    top = inside.loc[inside["share"].fillna(0.0).idxmax()]
    headline = Headline(
        key="willingness_to_pay.largest_share",
        label="largest share of choices",
        value=float(top["share"]),
        low=float(top["low"]),
        high=float(top["high"]),
        level=level,
        n=n,
        unit="share",
        smallest_change=SMALLEST_CHANGE,
        method=method,
        sentence="{alternative} would be chosen by {value} ({level} interval {low} to {high}, {people}), more often "
        "than any other offer here.",
        words={"alternative": str(top["alternative"]), "people": write_people(n)},
    )
    if n < smallest_group:
        table = table.assign(share=math.nan, low=math.nan, high=math.nan)
        headline = _withhold(headline, smallest_group)
    return ChoiceShares(table=table, headline=headline, outside=outside, notes=notes)


def measure_elasticities(
    fit: Fit, coding: Coding, offers: pd.DataFrame, *, n: int, level: float, quantile: float, smallest_group: int
) -> ChoiceElasticities:
    """Compute own and cross price elasticities of every offer; see `ChoiceModel.elasticities`."""
    names, columns = encode_offers(offers, coding)
    share, gradient = _share(fit, columns)
    price = coding.price_position
    prices = columns[:, price]
    offered = [position for position, name in enumerate(names) if name != coding.outside]
    records = []
    for rival in offered:
        for position, name in enumerate(names):
            factor = prices[rival] * ((position == rival) - share[rival])
            slope = -fit.estimates[price] * prices[rival] * gradient[rival]
            slope[price] += factor
            value = fit.estimates[price] * factor
            half = quantile * math.sqrt(slope @ fit.covariance @ slope)
            records.append((name, names[rival], value, value - half, value + half))
    table = pd.DataFrame(records, columns=["alternative", "price_of", "elasticity", "low", "high"])
    own = table[table["alternative"] == table["price_of"]]
    top = own.loc[own["elasticity"].abs().fillna(0.0).idxmax()]
    headline = Headline(
        key="willingness_to_pay.own_elasticity",
        label="strongest own price elasticity",
        value=float(top["elasticity"]),
        low=float(top["low"]),
        high=float(top["high"]),
        level=level,
        n=n,
        unit="ratio",
        method="conditional logit, delta method",
        sentence="{alternative} answers most to its own price: 1% more changes its share by {value}% ({level} interval "
        "{low}% to {high}%, {people}).",
        words={"alternative": str(top["alternative"]), "people": write_people(n)},
    )
    if n < smallest_group:
        table[["elasticity", "low", "high"]] = math.nan
        headline = _withhold(headline, smallest_group)
    return ChoiceElasticities(table=table, headline=headline, notes=(_PROPORTIONAL,))


def measure_demand(
    fit: Fit, coding: Coding, offers: pd.DataFrame, *, vary: str, prices: np.ndarray, n_draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of one offer at each price, and draws of it n_draws × n_prices; see `ChoiceModel.demand_at`.

    A draw that makes dearer offers more popular is kept: it is part of what the choices leave open.
    """
    columns, position = encode_prices(offers, coding, vary=vary, prices=prices)
    drawn = draw_normal(fit.estimates, fit.covariance, n_draws=n_draws, seed=seed)
    utility = np.einsum("poc,dc->dpo", columns, np.vstack([fit.estimates, drawn]))
    share = special.softmax(utility, axis=2)[..., position]
    return share[0], share[1:]


def encode_offers(offers: pd.DataFrame, coding: Coding) -> tuple[list[str], np.ndarray]:
    """Return names and columns of the offers, with the outside option added where the model has one.

    Raises
    ------
    DataError : columns or cells are missing, a level was never shown, or an alternative occurs twice.
    """
    columns = coding.encode(offers, OFFERS)
    names = list(as_text(offers[coding.alternative]))
    if len(set(names)) < len(names):
        raise DataError(f"{OFFERS}: an alternative occurs twice. Give each offer a name of its own")
    unknown = sorted(set(names) - {*coding.constants, coding.base_alternative, coding.outside})
    if coding.base_alternative is not None and unknown:
        raise DataError(
            f"{OFFERS}, column {coding.alternative}: {', '.join(map(str, unknown))} has no constant in the model. "
            f"Use one of {', '.join([coding.base_alternative, *coding.constants])}"
        )
    if all(name == coding.outside for name in names):
        raise DataError(f"{OFFERS} has no offer besides staying out: give at least one")
    if coding.outside is not None and coding.outside not in names:
        staying_out = np.array([float(name == coding.outside) for name in coding.names])
        names, columns = [*names, coding.outside], np.vstack([columns, staying_out])
    return names, columns


def encode_prices(offers: pd.DataFrame, coding: Coding, *, vary: str, prices: np.ndarray) -> tuple[np.ndarray, int]:
    """Return n_prices × n_offers × columns: the offers as the price of the one named `vary` moves, and where it stands.

    Raises
    ------
    ParameterError : no offer has this name, or the prices are not finite numbers.
    """
    names, columns = encode_offers(offers, coding)
    position = names.index(check_one_of(str(vary), [name for name in names if name != coding.outside], "vary"))
    try:
        tried = np.atleast_1d(np.asarray(prices, dtype=float))
    except (TypeError, ValueError):
        raise ParameterError(f"prices is {prices!r}: give a list of prices") from None
    if tried.ndim != 1 or not np.isfinite(tried).all():
        raise ParameterError("prices are not all finite numbers: give a list of prices")
    moved = np.repeat(columns[None], len(tried), axis=0)
    moved[:, position, coding.price_position] = tried
    return moved, position


def _withhold(headline: Headline, smallest_group: int) -> Headline:
    """The same headline without its number: too few people chose."""
    sentence, words = write_too_few(headline.n, smallest_group)
    return replace(headline, value=math.nan, low=math.nan, high=math.nan, sentence=sentence, words=words)


def _share(fit: Fit, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shares, and their gradient by the coefficients: share_j · (x_j - mean x)."""
    share = special.softmax(columns @ fit.estimates)
    return share, share[:, None] * (columns - share @ columns)
