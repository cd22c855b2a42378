"""A fitted mixed logit: what it holds, and what can be asked of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cvlab.analyses.common import Headline, draw_normal
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding
from cvlab.analyses.willingness_to_pay.choosing.mixed_likelihood import Panel, evaluate
from cvlab.analyses.willingness_to_pay.choosing.mixed_moments import find_price_problem
from cvlab.analyses.willingness_to_pay.choosing.mixed_people import measure_individuals
from cvlab.analyses.willingness_to_pay.choosing.mixed_shares import (
    simulate_demand,
    simulate_elasticities,
    simulate_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes
from cvlab.analyses.willingness_to_pay.choosing.mixed_worth import (
    INTERVALS,
    MixedWillingnessToPay,
    explain_worth,
    measure_mixed_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import two_sided_quantile
from cvlab.analyses.willingness_to_pay.groups import Grouped
from cvlab.checks import check_count, check_one_of, check_share
from cvlab.errors import ParameterError


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedChoiceModel:
    """A mixed logit fitted to choices.

    Attributes
    ----------
    table : attribute, parameter, estimate, std_error, low, high. `parameter` is "weight" (the same for everybody),
        "mean", "standard deviation", "mean of logarithm", "standard deviation of logarithm", or "correlation with …".
        In the space of willingness to pay the rows of attributes are money per unit.
    smallest_group : with fewer people, tables are NaN and headlines unanswered, here and in all that follows.
    log_likelihood : simulated, at the maximum; `null_log_likelihood` with equal shares; `one_taste_log_likelihood` of
        the conditional logit.
    parameters, covariance : the numbers the likelihood is a function of, named: "mean of …", and "… on draw l".
    starts : start, log_likelihood (with a few draws), converged, iterations, agrees (its estimates are those of the
        best start, within two standard errors), final_log_likelihood (with all draws; NaN where not carried on).
    n_choices, n_respondents : how many choices were made, and by how many people.
    coding : how attributes became columns; `coding.price` names the price, `coding.outside` the outside option.
    groups : the models of the groups, where a partition was given.
    """

    rows: ClassVar[str] = "parameter"
    kinds: ClassVar[Mapping[str, str]] = {
        "parameter": "text",
        "estimate": "number",
        "std_error": "number",
        "low": "number",
        "high": "number",
    }

    table: pd.DataFrame
    headline: Headline
    log_likelihood: float
    one_taste_log_likelihood: float
    null_log_likelihood: float
    parameters: pd.Series
    covariance: pd.DataFrame
    starts: pd.DataFrame
    space: str
    n_draws: int
    n_choices: int
    n_respondents: int
    clustered: bool
    level: float
    coding: Coding
    smallest_group: int = 10
    notes: tuple[str, ...] = ()
    tastes: Tastes = field(repr=False)
    choices: CodedChoices = field(repr=False)
    panel: Panel = field(repr=False)
    scale: np.ndarray = field(repr=False)
    people: pd.Index = field(repr=False)
    groups: Grouped | None = None

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that were shown, ascending."""
        return np.unique(self.choices.columns[self.choices.inside, self.coding.price_position])

    @property
    def mcfadden_r2(self) -> float:
        """Share of the log-likelihood of equal shares that the model explains."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    @cached_property
    def individuals(self) -> pd.DataFrame:
        """What each person would probably pay, given the choices made: a person table, never to be published.

        Index: the respondent. Columns: each attribute (mean), `<attribute> low` and `<attribute> high` (the middle
        `level` of what fits the person's choices; money per unit). It takes the estimates as certain. NaN where
        willingness to pay is undefined and where fewer people chose than `smallest_group`.
        """
        undefined = not self._enough or find_price_problem(self.parameters.to_numpy(), self.tastes) is not None
        with threadpool_limits(1):
            return measure_individuals(
                self._scaled(self.parameters.to_numpy()),
                self.tastes,
                self.panel,
                scale=self.scale,
                people=self.people,
                level=self.level,
                undefined=undefined,
            )

    def simulate_log_likelihood(self, parameters: pd.Series | np.ndarray, draws: np.ndarray | None = None) -> float:
        """Return the log-likelihood at any parameters and with any draws.

        Parameters
        ----------
        parameters : in the order of `parameters`.
        draws : respondents (sorted) × random columns (in the order of the columns) × draws, standard normal; those the
            model was fitted with when not given.

        Raises
        ------
        ParameterError : the shapes do not fit the model.
        """
        values = np.asarray(parameters, dtype=float)
        if values.shape != self.parameters.shape:
            raise ParameterError(f"parameters has shape {values.shape}: the model has {len(self.parameters)} of them")
        panel = self.panel
        if draws is not None:
            shape = (self.n_respondents, len(self.tastes.random))
            if draws.ndim != 3 or draws.shape[:2] != shape or not draws.shape[2]:
                raise ParameterError(
                    f"draws has shape {draws.shape}: give respondents × random columns × draws, {shape[0]} × "
                    f"{shape[1]} × any number"
                )
            panel = panel.with_draws(np.ascontiguousarray(draws, dtype=float))
        with threadpool_limits(1):  # the products are small
            return evaluate(self._scaled(values), self.tastes, panel).value

    def willingness_to_pay(
        self, *, interval: str = "delta", level: float | None = None, n_draws: int = 1000, seed: int = 0
    ) -> MixedWillingnessToPay:
        """Describe what people would pay: mean, spread, and the share who would pay less than nothing.

        Parameters
        ----------
        interval : "delta" or "krinsky-robb", of the mean; spread and share below 0 are always Krinsky–Robb.
        level : coverage; the model's when not given.
        n_draws, seed : draws behind the intervals, and behind the headline's draws.

        Returns
        -------
        MixedWillingnessToPay; all NaN, with the reason and what to do, where the weight of the price is normal, or
        where dearer offers were chosen no less often.
        """
        check_one_of(interval, INTERVALS, "interval")
        check_count(n_draws, "n_draws", least=2)
        chosen = self.level if level is None else check_share(level, "level")
        return measure_mixed_worth(
            self.parameters.to_numpy(),
            self.covariance.to_numpy(),
            self.tastes,
            self.choices,
            interval=interval,
            level=chosen,
            quantile=two_sided_quantile(chosen, self.n_respondents if self.clustered else None),
            n_draws=n_draws,
            seed=seed,
            smallest_group=self.smallest_group,
            notes=explain_worth(self.choices),
        )

    def shares(self, offers: pd.DataFrame, *, n_draws: int = 500, seed: int = 0) -> ChoiceShares:
        """Simulate how often each of several offers would be chosen, side by side.

        Parameters
        ----------
        offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks. The
            outside option is added where the model has one.
        n_draws, seed : draws of the parameters behind the intervals.

        Raises
        ------
        DataError : columns or cells are missing, or a level was never shown to the respondents.
        """
        return simulate_shares(
            self._drawn(n_draws, seed),
            self.tastes,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            smallest_group=self.smallest_group,
            seed=seed,
        )

    def elasticities(self, offers: pd.DataFrame, *, n_draws: int = 500, seed: int = 0) -> ChoiceElasticities:
        """Simulate by how many percent each share changes when one price rises by 1%; arguments as for `shares`."""
        return simulate_elasticities(
            self._drawn(n_draws, seed),
            self.tastes,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            smallest_group=self.smallest_group,
            seed=seed,
        )

    def demand_at(
        self, prices: np.ndarray, *, offers: pd.DataFrame, vary: str, n_draws: int = 500, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Simulate the share of one offer at each of several prices, all else as it is.

        Parameters
        ----------
        prices : prices of the offer named `vary`.
        offers : as for `shares`; the price that `vary` has there is not used, and may not be empty.
        n_draws, seed : draws of the parameters from their joint normal distribution (Krinsky–Robb).

        Returns
        -------
        shares (n_prices,), and draws of them n_draws × n_prices; NaN where fewer people chose than `smallest_group`.
        """
        estimate, draws = simulate_demand(
            self._drawn(n_draws, seed), self.tastes, self.coding, offers, vary=vary, prices=prices, seed=seed
        )
        if not self._enough:
            return np.full_like(estimate, math.nan), np.full_like(draws, math.nan)
        return estimate, draws

    @property
    def _enough(self) -> bool:
        return self.n_respondents >= self.smallest_group

    def _drawn(self, n_draws: int, seed: int) -> np.ndarray:
        """The estimates, then draws of them."""
        check_count(n_draws, "n_draws", least=2)
        estimates = self.parameters.to_numpy()
        drawn = draw_normal(estimates, self.covariance.to_numpy(), n_draws=n_draws, seed=seed)
        return np.vstack([estimates, drawn])

    def _scaled(self, parameters: np.ndarray) -> np.ndarray:
        factor, shift = self.tastes.unscale(self.scale)
        return (parameters - shift) / factor
