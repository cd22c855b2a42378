"""Survey hygiene: what of the input can be believed."""

from cvlab.analyses.survey.data_trust import DataTrust, measure_data_trust

__all__ = ["DataTrust", "measure_data_trust"]
