"""Economic value (chapter 5): what an offer is worth in money, when it pays back, and two views of value and price."""

from cvlab.analyses.economic_value.economic_value import EconomicValue, measure_economic_value

__all__ = ["EconomicValue", "measure_economic_value"]
