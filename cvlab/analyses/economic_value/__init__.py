"""Economic value (chapter 5): what an offer is worth in money, when it pays back, and two views of value and price."""

from cvlab.analyses.economic_value.break_even import BreakEven, measure_break_even
from cvlab.analyses.economic_value.drivers import REFERENCE_STEP, TOTAL_STEP
from cvlab.analyses.economic_value.economic_value import EconomicValue, measure_economic_value
from cvlab.analyses.economic_value.value_statement import ValueStatement, measure_value_statement
from cvlab.analyses.economic_value.value_views import ValueViews, compare_value_views

__all__ = [
    "REFERENCE_STEP",
    "TOTAL_STEP",
    "BreakEven",
    "EconomicValue",
    "ValueStatement",
    "ValueViews",
    "compare_value_views",
    "measure_break_even",
    "measure_economic_value",
    "measure_value_statement",
]
