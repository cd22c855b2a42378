"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.asking.gabor_granger import GaborGranger, estimate_gabor_granger
from cvlab.analyses.willingness_to_pay.asking.price_sensitivity import PriceSensitivity, estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.choosing.choice import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay

__all__ = [
    "ChoiceElasticities",
    "ChoiceModel",
    "ChoiceShares",
    "GaborGranger",
    "PriceSensitivity",
    "WillingnessToPay",
    "estimate_choice",
    "estimate_gabor_granger",
    "estimate_price_sensitivity",
]
