"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.choice import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choice_shares import ChoiceElasticities, ChoiceShares
from cvlab.analyses.willingness_to_pay.choice_worth import WillingnessToPay
from cvlab.analyses.willingness_to_pay.price_sensitivity import PriceSensitivity, estimate_price_sensitivity

__all__ = [
    "ChoiceElasticities",
    "ChoiceModel",
    "ChoiceShares",
    "PriceSensitivity",
    "WillingnessToPay",
    "estimate_choice",
    "estimate_price_sensitivity",
]
