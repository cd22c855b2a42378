"""Willingness to pay: what people say, choose and buy, turned into prices with intervals."""

from cvlab.analyses.willingness_to_pay.price_sensitivity import PriceSensitivity, estimate_price_sensitivity

__all__ = ["PriceSensitivity", "estimate_price_sensitivity"]
