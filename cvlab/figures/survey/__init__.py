"""Pictures of how far the data can be believed: what is filled, who answered, with how much care, for whom."""

from cvlab.figures.survey.answering import draw_careless, draw_response, draw_weights
from cvlab.figures.survey.comparing import draw_detectable, draw_shifts
from cvlab.figures.survey.tables import draw_completeness, draw_exclusions

__all__ = [
    "draw_careless",
    "draw_completeness",
    "draw_detectable",
    "draw_exclusions",
    "draw_response",
    "draw_shifts",
    "draw_weights",
]
