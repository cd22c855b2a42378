"""Willingness to pay, live: a price on its demand, and offers side by side."""

from cvlab.explorers.willingness_to_pay.offers import OffersExplorer, explore_offers
from cvlab.explorers.willingness_to_pay.price import PriceExplorer, explore_price

__all__ = ["OffersExplorer", "PriceExplorer", "explore_offers", "explore_price"]
