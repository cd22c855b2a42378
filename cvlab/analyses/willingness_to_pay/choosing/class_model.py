"""What latent classes of choice hold, and what is predicted from them; how they are found stands in `class_choice`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition
from cvlab.analyses.willingness_to_pay.choosing.class_comparison import ClassComparison, tabulate_comparison
from cvlab.analyses.willingness_to_pay.choosing.class_parameters import ClassParameters
from cvlab.analyses.willingness_to_pay.choosing.class_shares import (
    measure_class_demand,
    measure_class_elasticities,
    measure_class_shares,
)
from cvlab.analyses.willingness_to_pay.choosing.class_worth import (
    measure_mean_worth,
)
from cvlab.analyses.willingness_to_pay.choosing.coding import CodedChoices, Coding
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.groups import Grouped
from cvlab.checks import check_count, check_share

N_DRAWS = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassChoiceModel:
    """Latent classes fitted to choices, the largest first.

    Attributes
    ----------
    table : class, n, share, attribute, estimate, std_error, low, high: willingness to pay (money per unit). n are the
        people whose likeliest class it is. NaN for a class with fewer people than `smallest_group`, and where a higher
        price does not make an offer less likely to be chosen.
    weights : class, share, attribute, estimate, std_error, low, high: weights in the utility, per class.
    sizes : class, n, share, low, high: share of people in each class.
    criteria : n_classes, log_likelihood, n_parameters, bic, caic, starts, agreed (starts that found the best top),
        smallest_share, smallest_n (people in the smallest class), certainty (mean chance of the likeliest class),
        chosen.
    membership : who belongs to which class, by the likeliest, with the chances.
    individuals : index respondent_id, one column per attribute: what the person would pay, given the choices.
    log_likelihood : of the chosen number of classes.
    parameters : shares and weights of all classes with their covariance.
    roles, spans : what each attribute's row is worth, as in `WillingnessToPay`.
    groups : class, share, low, high for each group, where a partition was given.
    """

    rows: ClassVar[str] = "attribute of a class"
    kinds: ClassVar[Mapping[str, str]] = {
        "n": "count",
        "share": "share",
        "estimate": "money",
        "std_error": "money",
        "low": "money",
        "high": "money",
    }

    table: pd.DataFrame
    headline: Headline
    weights: pd.DataFrame
    sizes: pd.DataFrame
    criteria: pd.DataFrame
    membership: Partition = field(repr=False)
    individuals: pd.DataFrame = field(repr=False)
    log_likelihood: float
    n_classes: int
    n_choices: int
    n_respondents: int
    level: float
    coding: Coding
    roles: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    smallest_group: int = 10
    seed: int = 0
    notes: tuple[str, ...] = ()
    parameters: ClassParameters = field(repr=False)
    choices: CodedChoices = field(repr=False)
    groups: Grouped | None = None

    @property
    def prices_asked(self) -> np.ndarray:
        """Distinct prices that were shown, ascending."""
        return np.unique(self.choices.columns[self.choices.inside, self.coding.price_position])

    @property
    def enough(self) -> bool:
        """Whether enough people chose for a result that shows no single person."""
        return self.n_respondents >= self.smallest_group

    def compare_classes(self) -> ClassComparison:
        """Write what the classes would pay side by side, for reading."""
        return ClassComparison(
            table=tabulate_comparison(self.table, self.roles, self.spans), headline=self.headline, notes=self.notes
        )

    def willingness_to_pay(self, *, level: float | None = None, n_draws: int = N_DRAWS) -> WillingnessToPay:
        """Average what people would pay over the classes, with intervals from draws of all parameters together."""
        return measure_mean_worth(
            self.parameters,
            self.choices,
            level=self.level if level is None else check_share(level, "level"),
            n_draws=check_count(n_draws, "n_draws", least=2),
            seed=self.seed,
            smallest_group=self.smallest_group,
            notes=self.notes,
        )

    def shares(self, offers: pd.DataFrame, *, n_draws: int = N_DRAWS) -> ChoiceShares:
        """Predict how often each of several offers would be chosen, side by side.

        Parameters
        ----------
        offers : one row per offer with the alternative's name, the attributes and the price, named as in the tasks. The
            outside option is added where the model has one.

        Raises
        ------
        DataError : columns or cells are missing, or a level was never shown to the respondents.
        """
        return measure_class_shares(
            self.parameters,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            n_draws=check_count(n_draws, "n_draws", least=2),
            seed=self.seed,
            smallest_group=self.smallest_group,
        )

    def elasticities(self, offers: pd.DataFrame, *, n_draws: int = N_DRAWS) -> ChoiceElasticities:
        """Predict by how many percent each share changes when one price rises by 1%; `offers` as for `shares`."""
        return measure_class_elasticities(
            self.parameters,
            self.coding,
            offers,
            n=self.n_respondents,
            level=self.level,
            n_draws=check_count(n_draws, "n_draws", least=2),
            seed=self.seed,
            smallest_group=self.smallest_group,
        )

    def demand_at(
        self, prices: np.ndarray, *, offers: pd.DataFrame, vary: str, n_draws: int = N_DRAWS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predict the share of one offer at each of several prices, all else as it is.

        Parameters
        ----------
        prices : prices of the offer named `vary`.
        offers : as for `shares`; the price that `vary` has there is not used, and may not be empty.

        Returns
        -------
        shares (n_prices,), and draws of them n_draws × n_prices; NaN where fewer people chose than `smallest_group`.
        """
        estimate, draws = measure_class_demand(
            self.parameters,
            self.coding,
            offers,
            vary=vary,
            prices=prices,
            n_draws=check_count(n_draws, "n_draws", least=2),
            seed=self.seed,
        )
        if not self.enough:
            return np.full_like(estimate, math.nan), np.full_like(draws, math.nan)
        return estimate, draws
