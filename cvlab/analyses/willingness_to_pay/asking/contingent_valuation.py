"""Contingent valuation: would you pay this much for it? One price per person, perhaps a second, yes or no.

A yes or a no to a price is easier and more honest an answer than a price of one's own. Different people are asked about
different prices; how acceptance falls from price to price gives the distribution of what people would pay:

    share who accept the bid t = F(constant + covariates + b log t), or b t         b < 0, F as the distribution says

`valuation_answers` says what each answer means, `valuation_distributions` holds the five distributions with their
median and means, `valuation_likelihood` the fit, and `valuation_nonparametric` what follows without a distribution.

The median is what half of the people would pay. The mean depends on how few would pay very much, which bids do not
show: for the log-logistic it is infinite where b is -1 or above, and the truncated mean, which ends at the largest bid,
is the better guide. With covariates both are those of a person with average covariates.

Where the interval of b reaches 0, or many draws have to be dropped, the answers fit any price and no worth is given.

Intervals: percentiles over draws of the coefficients, from their joint normal distribution (Krinsky & Robb 1986, Review
of Economics and Statistics 68), or from refits to people drawn with replacement (bootstrap).
Source: Hanemann, Loomis & Kanninen (1991), "Statistical efficiency of double-bounded dichotomous choice contingent
valuation", American Journal of Agricultural Economics 73.
Assumes that bids were put to people at random. What people say they would pay runs high and is worth a comparison with
sales.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, compress_rows
from cvlab.analyses.willingness_to_pay.asking.price_lines import read_prices
from cvlab.analyses.willingness_to_pay.asking.valuation_answers import Valuations, read_respondents, read_valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_distributions import DISTRIBUTIONS, MEASURES
from cvlab.analyses.willingness_to_pay.asking.valuation_likelihood import fit_valuations
from cvlab.analyses.willingness_to_pay.asking.valuation_nonparametric import (
    AcceptanceSteps,
    estimate_kristrom,
    estimate_turnbull,
)
from cvlab.analyses.willingness_to_pay.asking.valuation_report import (
    compare_distributions,
    observe_shares,
    write_notes,
    write_valuation_headline,
)
from cvlab.analyses.willingness_to_pay.asking.valuation_worth import (
    draw_coefficients,
    is_settled,
    price_coefficients,
    tabulate_parameters,
    tabulate_worth,
)
from cvlab.analyses.willingness_to_pay.groups import Grouped, check_by, estimate_groups
from cvlab.checks import check_count, check_one_of, check_share
from cvlab.errors import DataError, ParameterError

INTERVALS = ("krinsky-robb", "bootstrap")
_MOST_CELLS = 4_000_000  # draws × people with different covariates × prices held at once


@dataclass(frozen=True, eq=False, kw_only=True)
class ContingentValuation:
    """What people would pay, from their answers to prices.

    Attributes
    ----------
    table : measure, price, low, high (money per unit): median, mean, truncated mean, adjusted truncated mean. NaN where
        too few people answered, or it is open whether acceptance falls with the bid; infinite where the distribution
        has no finite mean.
    parameters : parameter, estimate, std_error, low, high: the constant, the covariates, and the bid or its logarithm.
        With covariates also worth, worth_low, worth_high (money per unit): by how much the median moves when the
        covariate is one unit more. NaN where too few people answered.
    sensitivity : distribution, log_likelihood, aic, median, mean, truncated_mean: the same answers under each of the
        five distributions; the amounts are NaN where those of `table` are.
    observed : bid (mean, where neighbouring bids are taken together to reach `smallest_group` people), n, share, low,
        high: who said yes to the first question, with Wilson's interval.
    draws : draws of the parameters, one column each, of which acceptance falls with the bid.
    log_likelihood : at the maximum; weights are scaled to a mean of 1.
    prices_asked : distinct bids that were put to somebody, ascending.
    groups : the same for every group of a partition; None without one.
    """

    rows: ClassVar[str] = "measure"
    kinds: ClassVar[Mapping[str, str]] = {"price": "money", "low": "money", "high": "money"}

    table: pd.DataFrame
    headline: Headline
    parameters: pd.DataFrame
    sensitivity: pd.DataFrame
    observed: pd.DataFrame
    draws: pd.DataFrame
    distribution: str
    interval: str
    log_likelihood: float
    prices_asked: np.ndarray
    n_respondents: int
    level: float
    smallest_group: int
    n_boot: int
    seed: int
    notes: tuple[str, ...] = ()
    groups: Grouped | None = None
    valuations: Valuations = field(repr=False)

    @property
    def median(self) -> float:
        """What half of the people would pay, money per unit."""
        return self._read("median")

    @property
    def mean(self) -> float:
        """Mean willingness to pay, money per unit; may be infinite."""
        return self._read("mean")

    @property
    def truncated_mean(self) -> float:
        """Mean willingness to pay, counting what is above the largest bid as the largest bid, money per unit."""
        return self._read("truncated mean")

    @property
    def enough(self) -> bool:
        """Whether enough people answered for a result that shows no single person."""
        return self.n_respondents >= self.smallest_group

    @cached_property
    def turnbull(self) -> AcceptanceSteps:
        """Acceptance at every bid without a distribution, and a mean and median that are at least reached."""
        return self._hide(estimate_turnbull(self.valuations, self._samples, level=self.level))

    @cached_property
    def kristrom(self) -> AcceptanceSteps:
        """Acceptance of the first bids joined by straight lines, with median, mean and truncated mean."""
        return self._hide(estimate_kristrom(self.valuations, self._samples, level=self.level))

    def demand_at(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predict the share of people who would buy at each price.

        With covariates it is the mean over the people who answered, each with their own covariates.

        Parameters
        ----------
        prices : money per unit, 0 or more.

        Returns
        -------
        Shares (n_prices,) and draws of them (n_draws × n_prices).

        Raises
        ------
        DataError : too few people answered, or it is open whether acceptance falls with the bid.
        """
        asked = read_prices(prices)
        if not (np.isfinite(asked) & (asked >= 0)).all():
            raise ParameterError("prices has entries that are missing, infinite or below 0: give prices of 0 or more")
        if not self.headline.answered:
            raise DataError(str(self.headline))
        everybody = self.parameters["estimate"].to_numpy()[None, :]
        return self._accept(everybody, asked)[0], self._accept(self.draws.to_numpy(), asked)

    def _accept(self, coefficients: np.ndarray, prices: np.ndarray) -> np.ndarray:
        distribution = DISTRIBUTIONS[self.distribution]
        people, weights, _ = compress_rows(self.valuations.covariates, self.valuations.weights)
        entered = distribution.enter(prices)
        size = max(1, _MOST_CELLS // (len(people) * max(1, len(prices))))
        parts = []
        for begin in range(0, len(coefficients), size):
            chunk = coefficients[begin : begin + size]
            with np.errstate(over="ignore"):
                shares = distribution.share(
                    (chunk[:, :-1] @ people.T)[:, :, None] + chunk[:, -1][:, None, None] * entered
                )
            parts.append(np.einsum("p,dpt->dt", weights / weights.sum(), shares))
        return np.concatenate(parts) if parts else np.empty((0, len(prices)))

    @cached_property
    def _samples(self) -> np.ndarray:
        return self.valuations.resample(self.n_boot, self.seed)

    def _read(self, measure: str) -> float:
        return float(self.table["price"].to_numpy()[MEASURES.index(measure)])

    def _hide(self, steps: AcceptanceSteps) -> AcceptanceSteps:
        if self.enough:
            return steps
        return AcceptanceSteps(
            table=steps.table.assign(share=math.nan, low=math.nan, high=math.nan),
            worth=steps.worth.assign(price=math.nan, low=math.nan, high=math.nan),
        )


def estimate_contingent_valuation(
    answers: pd.DataFrame,
    *,
    distribution: str = "log-logistic",
    covariates: str | None = None,
    weights: str | None = None,
    interval: str = "krinsky-robb",
    n_boot: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    smallest_group: int = 10,
    by: Partition | None = None,
    allow_sensitive: bool = False,
) -> ContingentValuation:
    """Estimate what people would pay from their yes or no to one price, or to two.

    Parameters
    ----------
    answers : one row per question: bid (money per unit) and answer (yes or no, true or false, 1 or 0); where people
        were asked again also bid_up (asked after a yes), bid_down (asked after a no) and second_answer, which is empty
        in rows without a second question. respondent_id may be a column or the index; rows of one person are drawn
        together. Column weight, and covariates, as needed.
    distribution : "log-logistic", "log-normal", "logistic", "normal" or "weibull".
    covariates : right-hand side of a formula over columns of `answers`, such as "age + C(region)".
    weights : name of the column of weights; the column `weight` where there is one.
    interval : "krinsky-robb" or "bootstrap".
    n_boot : draws, or bootstrap samples, behind the intervals; the intervals without a distribution are always from
        the bootstrap.
    level : coverage of the intervals.
    seed : of the draws.
    smallest_group : fewest people, so that no single person's answer is shown.
    by : groups to estimate for, one by one; a partition made from sensitive characteristics is refused unless
        `allow_sensitive`.

    Returns
    -------
    ContingentValuation; with too few people all is NaN and the headline says so. Where acceptance does not fall with
    the bid, or may not, the amounts are NaN and the headline is open.

    Raises
    ------
    DataError : columns are missing, rows cannot be used (all problems are listed at once), everybody says yes or no,
        there is one bid only, or bids or covariates part yes from no without exception.
    ParameterError : an argument is outside what it may be.

    Examples
    --------
    >>> yes = {5: 45, 10: 34, 20: 20, 40: 8}
    >>> asked = pd.DataFrame([{"bid": bid, "answer": "yes" if person < n else "no"}
    ...                       for bid, n in yes.items() for person in range(50)])
    >>> result = estimate_contingent_valuation(asked)
    >>> result.parameters[["parameter", "estimate"]].round(2).to_numpy().tolist()
    [['constant', 5.01], ['log bid', -1.81]]
    >>> round(result.median, 1), round(result.truncated_mean, 1)
    (15.8, 19.1)
    >>> result.kristrom.worth[["measure", "price"]].round(1).to_numpy().tolist()
    [['median', 16.4], ['mean', 20.8], ['truncated mean', 19.7]]
    >>> share, draws = result.demand_at(np.array([10.0, 20.0]))
    >>> share.round(2).tolist(), draws.shape
    ([0.7, 0.4], (1000, 2))
    """
    chosen = DISTRIBUTIONS[check_one_of(distribution, tuple(DISTRIBUTIONS), "distribution")]
    check_one_of(interval, INTERVALS, "interval")
    check_share(level, "level")
    check_count(n_boot, "n_boot", least=2)
    check_count(seed, "seed", least=0)
    check_count(smallest_group, "smallest_group")
    if by is not None:
        check_by(by, allow_sensitive=allow_sensitive)
    valuations = read_valuations(
        answers, covariates=covariates, weights=weights, logarithmic=distribution if chosen.logarithmic else None
    )
    parameters = [*valuations.names, "log bid" if chosen.logarithmic else "bid"]
    enough = valuations.n_people >= smallest_group
    fit = fit_valuations(valuations, chosen) if enough else None
    drawn = draw_coefficients(fit, valuations, chosen, interval, n_boot, seed)
    usable = drawn[drawn[:, -1] < 0]
    settled = fit is not None and is_settled(fit, drawn, level)
    worths, effects = price_coefficients(fit if settled else None, usable[: None if settled else 0], valuations, chosen)
    worth = tabulate_worth(*worths, level)
    sensitivity = compare_distributions(valuations, chosen, fit, settled=settled)
    headline = write_valuation_headline(
        worth,
        worths[1],
        fit,
        valuations.n_people,
        smallest_group,
        distribution,
        interval,
        level,
        valuations.n_second > 0,
    )
    return ContingentValuation(
        table=worth,
        headline=headline,
        parameters=tabulate_parameters(parameters, fit, drawn, effects, interval, level),
        sensitivity=sensitivity,
        observed=observe_shares(valuations, smallest_group, level),
        draws=pd.DataFrame(usable, columns=parameters),
        distribution=distribution,
        interval=interval,
        log_likelihood=math.nan if fit is None else fit.log_likelihood,
        prices_asked=valuations.prices,
        n_respondents=valuations.n_people,
        level=level,
        smallest_group=smallest_group,
        n_boot=n_boot,
        seed=seed,
        notes=write_notes(valuations, chosen, fit, worth, sensitivity, n_boot, n_boot - len(usable), settled=settled),
        groups=estimate_groups(
            answers,
            read_respondents(answers),
            by,
            lambda rows: estimate_contingent_valuation(
                rows,
                distribution=distribution,
                covariates=covariates,
                weights=weights,
                interval=interval,
                n_boot=n_boot,
                level=level,
                seed=seed,
                smallest_group=smallest_group,
            ),
            smallest_group=smallest_group,
            allow_sensitive=allow_sensitive,
        ),
        valuations=valuations,
    )
