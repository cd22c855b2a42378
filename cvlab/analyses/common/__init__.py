"""What all analyses share: results and headlines, partitions and groups of customers, resampling, intervals, effort."""

from cvlab.analyses.common.customer_groups import divide_customers
from cvlab.analyses.common.effort import Effort, effort_settings
from cvlab.analyses.common.intervals import corrected_interval, normal_interval, percentile_interval, wilson_interval
from cvlab.analyses.common.partition import Partition
from cvlab.analyses.common.probability import write_probability
from cvlab.analyses.common.repeated_rows import compress_rows
from cvlab.analyses.common.resampling import (
    BY_PEOPLE,
    bootstrap_counts,
    bootstrap_people,
    cross_validation_folds,
    draw_normal,
)
from cvlab.analyses.common.result import Headline, Result

__all__ = [
    "BY_PEOPLE",
    "Effort",
    "Headline",
    "Partition",
    "Result",
    "bootstrap_counts",
    "bootstrap_people",
    "compress_rows",
    "corrected_interval",
    "cross_validation_folds",
    "divide_customers",
    "draw_normal",
    "effort_settings",
    "normal_interval",
    "percentile_interval",
    "wilson_interval",
    "write_probability",
]
