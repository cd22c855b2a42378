"""Pictures of who the customers are: sizes of groups, what they explain, how schemes cross, what marks clusters."""

from cvlab.figures.segmentation.centres import draw_centres
from cvlab.figures.segmentation.crossing import draw_crossing
from cvlab.figures.segmentation.explained import draw_explained
from cvlab.figures.segmentation.sizes import draw_group_sizes

__all__ = ["draw_centres", "draw_crossing", "draw_explained", "draw_group_sizes"]
