"""Lifetime value: what customers are worth over time. It starts from what each has bought so far."""

from cvlab.analyses.lifetime_value.purchases import PurchaseSummary, summarise_purchases

__all__ = ["PurchaseSummary", "summarise_purchases"]
