"""Pictures of who the customers are: sizes of groups, what they explain, how schemes cross, what marks clusters."""

from cvlab.figures.segmentation.centres import draw_centres
from cvlab.figures.segmentation.crossing import draw_crossing
from cvlab.figures.segmentation.explained import draw_explained
from cvlab.figures.segmentation.flow import draw_crossing_flow
from cvlab.figures.segmentation.profiles import draw_profiles
from cvlab.figures.segmentation.reach import draw_value_reach
from cvlab.figures.segmentation.sizes import draw_group_sizes
from cvlab.figures.segmentation.stability import draw_stability, draw_structure, draw_tree
from cvlab.figures.segmentation.targets import draw_targets

__all__ = [
    "draw_centres",
    "draw_crossing",
    "draw_crossing_flow",
    "draw_explained",
    "draw_group_sizes",
    "draw_profiles",
    "draw_stability",
    "draw_structure",
    "draw_targets",
    "draw_tree",
    "draw_value_reach",
]
