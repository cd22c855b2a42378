"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.asking.contingent_valuation import (
    ContingentValuation,
    estimate_contingent_valuation,
)
from cvlab.analyses.willingness_to_pay.asking.gabor_granger import GaborGranger, estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.price_sensitivity import PriceSensitivity, estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.choosing.best_worst import BestWorst, estimate_best_worst
from cvlab.analyses.willingness_to_pay.choosing.choice import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.class_choice import estimate_class_choice
from cvlab.analyses.willingness_to_pay.choosing.class_model import ClassChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.individual_choice import estimate_individual_choice
from cvlab.analyses.willingness_to_pay.choosing.individual_result import IndividualChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.mixed_choice import estimate_mixed_choice
from cvlab.analyses.willingness_to_pay.choosing.mixed_model import MixedChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.mixed_worth import MixedWillingnessToPay
from cvlab.analyses.willingness_to_pay.choosing.reservation import Reservation, measure_reservation
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.pricing.best_price import BestPrice, optimise_price
from cvlab.analyses.willingness_to_pay.pricing.compared_prices import ComparedPrices, compare_best_prices
from cvlab.analyses.willingness_to_pay.pricing.concessions import Concessions, measure_concessions
from cvlab.analyses.willingness_to_pay.pricing.demand import Demand, estimate_demand
from cvlab.analyses.willingness_to_pay.pricing.elasticity import Elasticity
from cvlab.analyses.willingness_to_pay.pricing.price_change import PriceChange, measure_price_change
from cvlab.analyses.willingness_to_pay.pricing.price_gain import PriceGain, compare_with_today
from cvlab.analyses.willingness_to_pay.pricing.price_range import PriceRange, measure_price_range
from cvlab.analyses.willingness_to_pay.pricing.stated_revealed import StatedRevealed, compare_stated_revealed

__all__ = [
    "BestPrice",
    "BestWorst",
    "ChoiceElasticities",
    "ChoiceModel",
    "ChoiceShares",
    "ClassChoiceModel",
    "ComparedPrices",
    "Concessions",
    "ContingentValuation",
    "Demand",
    "Elasticity",
    "GaborGranger",
    "IndividualChoiceModel",
    "MixedChoiceModel",
    "MixedWillingnessToPay",
    "PriceChange",
    "PriceGain",
    "PriceRange",
    "PriceSensitivity",
    "Reservation",
    "StatedRevealed",
    "WillingnessToPay",
    "compare_best_prices",
    "compare_stated_revealed",
    "compare_with_today",
    "estimate_best_worst",
    "estimate_choice",
    "estimate_class_choice",
    "estimate_contingent_valuation",
    "estimate_demand",
    "estimate_gabor_granger",
    "estimate_individual_choice",
    "estimate_mixed_choice",
    "estimate_price_sensitivity",
    "measure_concessions",
    "measure_price_change",
    "measure_price_range",
    "measure_reservation",
    "optimise_price",
]
