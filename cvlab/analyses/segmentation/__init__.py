"""Segmentation: who are the customers? Declared segments and clusters found in behaviour, and which serves better."""

from cvlab.analyses.segmentation.behaviour import (
    summarise_behaviour,
    summarise_outcomes,
)
from cvlab.analyses.segmentation.choices import summarise_choices
from cvlab.analyses.segmentation.clusters import Clusters, estimate_clusters
from cvlab.analyses.segmentation.comparison import GroupingComparison, compare_groupings
from cvlab.analyses.segmentation.market_clusters import MarketClusters, merge_segments
from cvlab.analyses.segmentation.profiles import Profiles, profile_groups
from cvlab.analyses.segmentation.rfm import assign_rfm_segments
from cvlab.analyses.segmentation.segments import Segments, assign_segments
from cvlab.analyses.segmentation.stability import Stability, estimate_stability
from cvlab.analyses.segmentation.targets import TargetRanking, rank_targets

__all__ = [
    "Clusters",
    "GroupingComparison",
    "MarketClusters",
    "Profiles",
    "Segments",
    "Stability",
    "TargetRanking",
    "assign_rfm_segments",
    "assign_segments",
    "compare_groupings",
    "estimate_clusters",
    "estimate_stability",
    "merge_segments",
    "profile_groups",
    "rank_targets",
    "summarise_behaviour",
    "summarise_choices",
    "summarise_outcomes",
]
