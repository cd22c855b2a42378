"""Pictures of willingness to pay: what people say, what they choose, and the price that follows."""

from cvlab.figures.willingness_to_pay.asking import (
    draw_gabor_granger,
    draw_price_by_group,
    draw_price_sensitivity,
    draw_trial,
)
from cvlab.figures.willingness_to_pay.choosing import draw_shares, draw_willingness_to_pay
from cvlab.figures.willingness_to_pay.valuation import draw_valuation

__all__ = [
    "draw_gabor_granger",
    "draw_price_by_group",
    "draw_price_sensitivity",
    "draw_shares",
    "draw_trial",
    "draw_valuation",
    "draw_willingness_to_pay",
]
