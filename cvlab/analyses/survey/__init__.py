"""Survey hygiene: what of the input can be believed, whom it stands for, and what was left out."""

from cvlab.analyses.survey.careless_exclusions import CarelessExclusions, measure_exclusions
from cvlab.analyses.survey.careless_rules import Rule
from cvlab.analyses.survey.data_trust import DataTrust, measure_data_trust
from cvlab.analyses.survey.detectable import DetectableDifferences, measure_detectable_differences
from cvlab.analyses.survey.exclusions import Exclusions, summarise_exclusions
from cvlab.analyses.survey.response import Response, measure_items, measure_response
from cvlab.analyses.survey.shifts import Shifts, measure_shifts
from cvlab.analyses.survey.weighting import assign_weights
from cvlab.analyses.survey.weights import Weights, estimate_weights

__all__ = [
    "CarelessExclusions",
    "DataTrust",
    "DetectableDifferences",
    "Exclusions",
    "Response",
    "Rule",
    "Shifts",
    "Weights",
    "assign_weights",
    "estimate_weights",
    "measure_data_trust",
    "measure_detectable_differences",
    "measure_exclusions",
    "measure_items",
    "measure_response",
    "measure_shifts",
    "summarise_exclusions",
]
