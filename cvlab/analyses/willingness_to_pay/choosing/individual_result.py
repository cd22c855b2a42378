"""The result of the hierarchical model: what the population is like, what each person would pay, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding
from cvlab.analyses.willingness_to_pay.choosing.individual_posterior import Posterior
from cvlab.analyses.willingness_to_pay.choosing.individual_worth import tabulate_worth
from cvlab.analyses.willingness_to_pay.choosing.shares import (
    ChoiceShares,
    encode_offers,
    encode_prices,
    tabulate_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.top import NOBODY_DECLINES
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.groups import Grouped
from cvlab.checks import check_count, check_one_of

METHOD = "hierarchical Bayes logit"


@dataclass(frozen=True, eq=False, kw_only=True)
class IndividualChoiceModel:
    """A logit with tastes of each person's own, and the population they come from.

    Attributes
    ----------
    table : one row per column of the coding: attribute, estimate, std_error, low, high (mean of the population), spread
        with spread_low and spread_high (its standard deviation over people), r_hat and ess (the worse of the two). In
        the space "wtp" all are money per unit, in "preference" weights in the utility. Where the price coefficient is
        negative by design it is log-normal: the price's row has the median person's coefficient, and as spread the
        standard deviation of its logarithm. NaN where fewer people chose than `smallest_group`.
    diagnostics : parameter, r_hat, ess_bulk: how well the draws have settled (see `individual_diagnostics`).
    settled : whether all R-hat are at most 1.01 and all effective sample sizes at least 400.
    n_draws : draws after the warm-up, all chains together; `n_chains` of them side by side.
    log_likelihood : mean over draws of the log-likelihood of all choices, given everybody's tastes.
    space, price_sign : see `estimate_individual_choice`.
    partition : the groups of `groups`, small ones merged.
    groups : willingness to pay by group, from the same draws: nothing is fitted again.
    posterior : draws of everybody's coefficients, at most 400, evenly spaced; never published.
    """

    rows: ClassVar[str] = "parameter"
    kinds: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("estimate", "std_error", "low", "high", "spread", "spread_low", "spread_high"), "number"),
        "r_hat": "number",
        "ess": "count",
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    diagnostics: pd.DataFrame
    settled: bool
    n_draws: int
    n_chains: int
    log_likelihood: float
    n_choices: int
    n_respondents: int
    space: str
    price_sign: str
    level: float
    seed: int
    coding: Coding
    smallest_group: int = 10
    partition: Partition | None = None
    groups: Grouped | None = None
    posterior: Posterior = field(repr=False)
    choices: CodedChoices = field(repr=False)
    undefined: str = field(default="", repr=False)

    @property
    def draws(self) -> np.ndarray:
        """People × draws × columns: coefficients of the utility, in the order of `individuals` and `coding.names`."""
        return self.posterior.coefficients.transpose(1, 0, 2)

    @property
    def enough(self) -> bool:
        """Whether enough people chose for numbers that show no single person."""
        return self.n_respondents >= self.smallest_group

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that people saw, ascending: money per unit."""
        return np.unique(self.choices.columns[self.choices.inside, self.coding.price_position])

    @cached_property
    def individuals(self) -> pd.DataFrame:
        """What each person would pay; never published. Index respondent_id.

        For each column but the price: the name with the mean of the person's draws (their median in the space
        "preference", where a ratio may have a long tail), and the name with " low" and " high". NaN where willingness
        to pay is undefined.
        """
        names = [name for name in self.coding.names if name != self.coding.price]
        worth = self.posterior.worth()
        if self.undefined or not len(worth):
            worth = np.full((1, len(self.posterior.respondents), len(names)), math.nan)
        middle = worth.mean(axis=0) if self.space == "wtp" else np.median(worth, axis=0)
        low, high = percentile_interval(worth, level=self.level)
        columns: dict[str, np.ndarray] = {}
        for number, name in enumerate(names):
            columns |= {name: middle[:, number], f"{name} low": low[:, number], f"{name} high": high[:, number]}
        return pd.DataFrame(columns, index=self.posterior.respondents)

    def willingness_to_pay(self, *, of: str | None = None, seed: int | None = None) -> WillingnessToPay:
        """Return what people would pay on average, from all draws of all people.

        Parameters
        ----------
        of : "mean" or "median" over people; the mean in the space "wtp", the median in "preference" when not given.
        seed : of the people drawn for the interval; the model's when not given.

        Returns
        -------
        WillingnessToPay; all NaN, with a note, where willingness to pay is undefined.
        """
        return tabulate_worth(
            self.posterior,
            self.choices,
            of=self.typical if of is None else check_one_of(of, ("mean", "median"), "of"),
            method=METHOD,
            level=self.level,
            seed=self.seed if seed is None else seed,
            smallest_group=self.smallest_group,
            undefined=self.undefined,
        )

    @property
    def typical(self) -> str:
        """What stands for all people where nothing else is asked for: their mean or their median."""
        return "mean" if self.space == "wtp" else "median"

    def shares(self, offers: pd.DataFrame) -> ChoiceShares:
        """Predict how often each of several offers would be chosen, side by side, averaged over people and draws.

        Parameters
        ----------
        offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks. The
            outside option is added where the model has one.

        Raises
        ------
        DataError : columns or cells are missing, or a level was never shown to the respondents.
        """
        names, columns = encode_offers(offers, self.coding)
        if self.enough:
            estimate, draws = self.posterior.average(self.posterior.choose(columns), seed=self.seed)
        else:
            estimate, draws = np.zeros(len(names)), np.zeros((1, len(names)))
        return tabulate_shares(
            names,
            estimate,
            draws,
            outside=self.coding.outside,
            n=self.n_respondents,
            level=self.level,
            smallest_group=self.smallest_group,
            method=METHOD,
            notes=(NOBODY_DECLINES,) if self.coding.outside is None else (),
        )

    def demand_at(
        self, prices: np.ndarray, *, offers: pd.DataFrame, vary: str, n_draws: int = 1000, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predict the share of one offer at each of several prices, all else as it is.

        Parameters
        ----------
        prices : prices of the offer named `vary`.
        offers : as for `shares`; the price that `vary` has there is not used, and may not be empty.
        n_draws, seed : draws of the share, each from a draw of everybody's tastes and a bootstrap sample of people.

        Returns
        -------
        shares (n_prices,), and draws of them n_draws × n_prices; NaN where fewer people chose than `smallest_group`.
        """
        check_count(n_draws, "n_draws", least=2)
        columns, position = encode_prices(offers, self.coding, vary=vary, prices=prices)
        if not self.enough:
            return np.full(len(columns), math.nan), np.full((n_draws, len(columns)), math.nan)
        return self.posterior.average(self.posterior.demand(columns, position), seed=seed, n_boot=n_draws)
