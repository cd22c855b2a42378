"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.asking.contingent_valuation import (
    ContingentValuation,
    estimate_contingent_valuation,
)
from cvlab.analyses.willingness_to_pay.asking.gabor_granger import GaborGranger, estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.price_sensitivity import PriceSensitivity, estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.choosing.best_worst import BestWorst, estimate_best_worst
from cvlab.analyses.willingness_to_pay.choosing.choice import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.class_choice import ClassChoiceModel, estimate_class_choice
from cvlab.analyses.willingness_to_pay.choosing.mixed_choice import MixedChoiceModel, estimate_mixed_choice
from cvlab.analyses.willingness_to_pay.choosing.mixed_worth import MixedWillingnessToPay
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.pricing.best_price import BestPrice, optimise_price
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand, estimate_demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import Elasticity

__all__ = [
    "BestPrice",
    "BestWorst",
    "ChoiceElasticities",
    "ChoiceModel",
    "ChoiceShares",
    "ClassChoiceModel",
    "ContingentValuation",
    "Demand",
    "Elasticity",
    "GaborGranger",
    "MixedChoiceModel",
    "MixedWillingnessToPay",
    "PriceSensitivity",
    "WillingnessToPay",
    "estimate_best_worst",
    "estimate_choice",
    "estimate_class_choice",
    "estimate_contingent_valuation",
    "estimate_demand",
    "estimate_gabor_granger",
    "estimate_mixed_choice",
    "estimate_price_sensitivity",
    "optimise_price",
]
