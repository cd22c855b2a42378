"""Stated against revealed: by what factor does stated worth run above real worth, and is demand really that flat?

    D_stated(c · p) = D_real(p)                       c: stated worth per real worth, the same for everybody
    log c_k         = log p_k - log D_real⁻¹(D_stated(p_k))                        at each price p_k that was asked
    data            = mean of log c_k, weighted by the inverse variance over the draws
    posterior       = (log c_prior / s_prior² + log c_data / s_data²) / (1 / s_prior² + 1 / s_data²),
                      with variance 1 / (1 / s_prior² + 1 / s_data²)               normal in logs

A factor shifts the curve and leaves its steepness alone, so the elasticities are compared beside it: over prices that
correspond to each other (p and p / c) where the factor is known from the data, else each over its own observed prices.
The two curves can be laid on each other only if both count people; where sales count units, the factor is that of the
prior. Where the same people stand behind both curves they are resampled together, so that what the two have in common
cancels.

The default prior is log-normal with median 1.21 and a standard deviation of 0.25 in logs (95 % from 0.74 to 1.97):
Schmidt & Bijmolt (2020), "Accurately measuring willingness to pay for consumer goods", Journal of the Academy of
Marketing Science 48, find 21 % on average over 77 studies of consumer goods; Murphy, Allen, Stevens & Weatherhead
(2005), "A meta-analysis of hypothetical bias in stated preference valuation", Environmental and Resource Economics 30,
a median ratio of 1.35, public goods included. The width is our judgement: both lie well inside, and so does no bias.
Assumes that real answers are real: an auction with money at stake, or purchases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.analyses.common import Headline, bootstrap_people, percentile_interval
from cvlab.analyses.willingness_to_pay.pricing.calibration import calibrate_demand
from cvlab.analyses.willingness_to_pay.pricing.curve import CHOICES, PEOPLE, UNITS
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand, estimate_demand, present_demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import measure_elasticity
from cvlab.analyses.willingness_to_pay.pricing.factor import SURE, measure_factor, no_factors
from cvlab.analyses.willingness_to_pay.pricing.stated_revealed_words import describe_comparison, write_headline
from cvlab.checks import check_count, check_positive, check_share
from cvlab.errors import ParameterError

PRIOR = (1.21, 0.25)  # median, and standard deviation of the logarithm
_WIDEST, _VAGUEST = 1000.0, 100.0  # a prior beyond these is a slip of the pen


@dataclass(frozen=True, eq=False, kw_only=True)
class StatedRevealed:
    """How stated worth compares with real worth.

    Attributes
    ----------
    table : source (prior, data, posterior), estimate, low, high: stated worth per real worth; data are NaN where
        there are none.
    headline : the posterior factor; where nothing can be learned about it and both elasticities are known, their ratio.
    factor : draws of the posterior factor.
    elasticities : what (stated, revealed, stated per revealed), estimate, low, high; NaN where a side is missing.
    by_price : price, factor, low, high: the factor at each asked price that has a counterpart; no rows without data.
    paired : whether the same people were resampled together.
    stated, revealed : the two demands; None where a side is missing.
    """

    rows: ClassVar[str] = "source"
    kinds: ClassVar[Mapping[str, str]] = {"estimate": "ratio", "low": "ratio", "high": "ratio"}

    table: pd.DataFrame
    headline: Headline
    factor: np.ndarray
    elasticities: pd.DataFrame
    by_price: pd.DataFrame
    paired: bool
    level: float
    stated: Demand | None = field(repr=False)
    revealed: Demand | None = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def demand(self) -> Demand:
        """What a price should rest on: the revealed demand; where there is none, the stated one, calibrated."""
        known = self.revealed is not None and self.revealed.enough
        # One of the two is always there.
        return cast(Demand, self.revealed) if known or self.stated is None else self.calibrate(self.stated)

    def calibrate(self, demand: Demand) -> Demand:
        """Return a stated demand on the scale of real money, the uncertainty of the factor carried along.

        Parameters
        ----------
        demand : in people or choices per 100; sales are real already.

        Raises
        ------
        ParameterError : the demand counts units sold, or is calibrated already.
        """
        return calibrate_demand(demand, self.factor, float(self.table["estimate"].iloc[-1]))


def compare_stated_revealed(
    stated: Any,
    revealed: Any,
    *,
    prior: tuple[float, float] = PRIOR,
    n_boot: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    smallest_group: int = 10,
) -> StatedRevealed:
    """Compare what people say with what they do: the factor between the two, and both elasticities.

    Parameters
    ----------
    stated, revealed : a Demand, a result or a table from which `estimate_demand` makes one; None where there is none.
        Tables of the same people (amounts or price ladders with respondent_id) are resampled together.
    prior : median of the factor before any data, and standard deviation of its logarithm.
    n_boot, seed : of the bootstrap and of the draws of the prior.
    level : coverage of the intervals.
    smallest_group : with fewer people a side counts as missing.

    Returns
    -------
    StatedRevealed; with one side only, or sides that cannot be laid on each other, its factor is the prior's.

    Raises
    ------
    DataError : a table is not usable.
    ParameterError : an argument is outside what it may be, or both sides are missing.

    Examples
    --------
    >>> real = pd.DataFrame({"respondent_id": range(300), "amount": np.linspace(20.0, 80.0, 300)})
    >>> said = real.assign(amount=real["amount"] * 1.3)
    >>> compared = compare_stated_revealed(said, real, n_boot=200)
    >>> compared.paired, round(compared.headline.value, 1)
    (True, 1.3)
    >>> compare_stated_revealed(said, None).table["estimate"].tolist()
    [1.21, nan, 1.21]
    """
    centre, spread = _check_prior(prior)
    check_share(level, "level")
    check_count(n_boot, "n_boot", least=2)
    check_count(seed, "seed", least=0)
    if stated is None and revealed is None:
        raise ParameterError("stated and revealed are both None: give at least one of them")
    first, second = (_as_demand(side, n_boot, level, seed, smallest_group) for side in (stated, revealed))
    first, second, paired = _pair(first, second, n_boot, seed)
    # Streams of their own: two sides drawn with one seed would else move together, and so would the prior.
    mixing, guessing = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
    second = second if paired else _shuffle(second, mixing)
    reason = _find_obstacle(first, second)
    by_price, log_factor, drawn = no_factors(), math.nan, np.full(n_boot, math.nan)
    if not reason and first is not None and second is not None:
        by_price, log_factor, drawn = measure_factor(first, second, level)
        if math.isnan(log_factor):
            reason = "at no asked price do the shares of the two overlap"
    data_spread = max(float(np.nanstd(drawn, ddof=1)), SURE) if not reason else math.inf
    n_draws = len(drawn)
    # Mixing a draw of the prior with a draw of the data gives draws of the posterior that stay paired with the people.
    pull = spread**2 / (spread**2 + data_spread**2)
    before = centre + spread * guessing.standard_normal(n_draws)
    known = np.where(np.isfinite(drawn), drawn, 0.0 if reason else log_factor)
    posterior = np.exp((1 - pull) * before + pull * known)
    middle = (1 - pull) * centre + (pull * log_factor if not reason else 0.0)
    table = _tabulate((centre, spread), (log_factor, drawn), (middle, spread * math.sqrt(1 - pull)), level)
    elasticities, ratios = _compare_elasticities(first, second, by_price["price"].to_numpy(), log_factor, level)
    return StatedRevealed(
        table=table,
        headline=write_headline(table, posterior, elasticities, ratios, first, second, reason, level),
        factor=posterior,
        elasticities=elasticities,
        by_price=by_price,
        paired=paired,
        level=level,
        stated=first,
        revealed=second,
        notes=describe_comparison(table, first, second, by_price, paired, reason, prior),
    )


def _check_prior(prior: tuple[float, float]) -> tuple[float, float]:
    """Return the mean and standard deviation of the logarithm."""
    if isinstance(prior, str) or not hasattr(prior, "__len__") or len(prior) != 2:
        raise ParameterError(f"prior is {prior!r}: give the median and the standard deviation in logs, such as {PRIOR}")
    median, spread = check_positive(prior[0], "prior, median"), check_positive(prior[1], "prior, standard deviation")
    for value, name, least, most in (
        (median, "median", 1 / _WIDEST, _WIDEST),
        (spread, "standard deviation", 0.0, _VAGUEST),
    ):
        if not least <= value <= most:
            raise ParameterError(f"prior, {name} is {value:g}: give a number from {least:g} to {most:g}")
    return math.log(median), spread


def _as_demand(side: Any, n_boot: int, level: float, seed: int, smallest_group: int) -> Demand | None:
    if side is None or isinstance(side, Demand):
        return side
    return estimate_demand(side, n_boot=n_boot, level=level, seed=seed, smallest_group=smallest_group)


def _pair(
    stated: Demand | None, revealed: Demand | None, n_boot: int, seed: int
) -> tuple[Demand | None, Demand | None, bool]:
    """Resample both sides together where the same people stand behind them."""
    if stated is None or revealed is None or stated.answers is None or revealed.answers is None:
        return stated, revealed, False
    first, second = stated.answers, revealed.answers
    everybody = first.ids.union(second.ids, sort=False)
    if len(everybody) == first.n_people + second.n_people:
        return stated, revealed, False
    counts = bootstrap_people(everybody, n_boot=n_boot, seed=seed)
    redrawn = []
    for side, answers in ((stated, first), (revealed, second)):
        samples = counts[:, everybody.get_indexer(answers.ids)]
        # A sample without anybody of one side is as good as no sample.
        samples = np.where(samples.sum(axis=1, keepdims=True) > 0, samples, 1)
        basis = answers.as_curve(side.basis.estimate / 100, answers.shares(samples, seed=seed))
        redrawn.append(
            present_demand(
                basis, level=side.level, smallest_group=side.smallest_group, answers=answers, groups=side.groups
            )
        )
    return redrawn[0], redrawn[1], True


def _shuffle(demand: Demand | None, random: np.random.Generator) -> Demand | None:
    """Return the same demand with its draws in another order: nothing pairs them with those of other people."""
    if demand is None:
        return None
    return replace(demand, basis=replace(demand.basis, draws=random.permutation(demand.basis.draws)))


def _find_obstacle(stated: Demand | None, revealed: Demand | None) -> str:
    """Return why the two curves cannot be laid on each other, nothing where they can."""
    for side, name in ((stated, "stated"), (revealed, "revealed")):
        if side is None:
            return f"there is no {name} demand"
        if not side.enough:
            return f"too few people stand behind the {name} demand"
        if side.unit == CHOICES:
            return f"the {name} demand counts choices among offers that nobody could decline"
    if stated is not None and revealed is not None and (stated.unit, revealed.unit) != (PEOPLE, PEOPLE):
        counts = ("units sold" if side.unit == UNITS else "people" for side in (stated, revealed))
        return f"the stated demand counts {next(counts)} and the revealed one {next(counts)}"
    return ""


def _tabulate(
    prior: tuple[float, float], data: tuple[float, np.ndarray], posterior: tuple[float, float], level: float
) -> pd.DataFrame:
    z = float(stats.norm.ppf((1 + level) / 2))
    low, high = (float(bound) for bound in percentile_interval(np.exp(data[1]), level=level))
    rows: list[tuple[str, float, float, float]] = [
        ("data", math.exp(data[0]) if math.isfinite(data[0]) else math.nan, low, high)
    ]
    for name, (centre, spread) in (("prior", prior), ("posterior", posterior)):
        value, lowest, highest = (math.exp(centre + sign * z * spread) for sign in (0, -1, 1))
        rows.insert(0 if name == "prior" else 2, (name, value, lowest, highest))
    return pd.DataFrame(rows, columns=["source", "estimate", "low", "high"])


def _compare_elasticities(
    stated: Demand | None, revealed: Demand | None, prices: np.ndarray, log_factor: float, level: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return both elasticities and their ratio, over corresponding prices where at least two are known; its draws."""
    over = {"stated": prices, "revealed": prices / math.exp(log_factor)} if len(prices) > 1 else {}
    found: dict[str, tuple[float, np.ndarray]] = {}
    for side, name in ((stated, "stated"), (revealed, "revealed")):
        if side is None or not side.enough:
            found[name] = math.nan, np.array([math.nan])
        else:
            measured = measure_elasticity(side.basis, price=None, level=level, over=over.get(name))
            found[name] = measured.headline.value, measured.draws
    n = min(len(draws) for _, draws in found.values())
    ratio = found["stated"][0] / found["revealed"][0]
    found["stated per revealed"] = ratio, found["stated"][1][:n] / found["revealed"][1][:n]
    rows = []
    for name, (value, draws) in found.items():
        low, high = percentile_interval(draws, level=level)
        rows.append((name, value, float(low), float(high)))
    return pd.DataFrame(rows, columns=["what", "estimate", "low", "high"]), found["stated per revealed"][1]
