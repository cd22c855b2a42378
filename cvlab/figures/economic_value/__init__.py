"""Pictures of economic value: the waterfall, the tornado, the break-even, two views, and the page for an account."""

from cvlab.figures.economic_value.paying_back import draw_break_even
from cvlab.figures.economic_value.statement import draw_value_statement
from cvlab.figures.economic_value.views import draw_value_views
from cvlab.figures.economic_value.worth import draw_economic_value, draw_tornado

__all__ = ["draw_break_even", "draw_economic_value", "draw_tornado", "draw_value_statement", "draw_value_views"]
