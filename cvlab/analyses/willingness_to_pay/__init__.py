"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.asking.price_sensitivity import PriceSensitivity, estimate_price_sensitivity
from cvlab.analyses.willingness_to_pay.choosing.choice import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choosing.worth import WillingnessToPay

__all__ = [
    "ChoiceElasticities",
    "ChoiceModel",
    "ChoiceShares",
    "PriceSensitivity",
    "WillingnessToPay",
    "estimate_choice",
    "estimate_price_sensitivity",
]
