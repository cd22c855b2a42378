"""Survey hygiene: what of the input can be believed, and what was left out."""

from cvlab.analyses.survey.data_trust import DataTrust, measure_data_trust
from cvlab.analyses.survey.exclusions import Exclusions, summarise_exclusions

__all__ = ["DataTrust", "Exclusions", "measure_data_trust", "summarise_exclusions"]
