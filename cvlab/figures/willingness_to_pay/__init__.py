"""Pictures of willingness to pay: what people say, what they choose, and the price that follows."""

from cvlab.figures.willingness_to_pay.asking import (
    draw_gabor_granger,
    draw_price_by_group,
    draw_price_sensitivity,
    draw_trial,
)
from cvlab.figures.willingness_to_pay.choosing import draw_shares, draw_willingness_to_pay
from cvlab.figures.willingness_to_pay.classes import draw_best_worst, draw_class_criteria, draw_class_worth
from cvlab.figures.willingness_to_pay.decisions import draw_concessions, draw_price_change, draw_price_range
from cvlab.figures.willingness_to_pay.individuals import draw_individual_worth
from cvlab.figures.willingness_to_pay.mixed import draw_taste_distributions
from cvlab.figures.willingness_to_pay.pricing import (
    draw_best_price,
    draw_compared_prices,
    draw_demand,
    draw_stated_revealed,
)
from cvlab.figures.willingness_to_pay.valuation import draw_valuation

__all__ = [
    "draw_best_price",
    "draw_best_worst",
    "draw_class_criteria",
    "draw_class_worth",
    "draw_compared_prices",
    "draw_concessions",
    "draw_demand",
    "draw_gabor_granger",
    "draw_individual_worth",
    "draw_price_by_group",
    "draw_price_change",
    "draw_price_range",
    "draw_price_sensitivity",
    "draw_shares",
    "draw_stated_revealed",
    "draw_taste_distributions",
    "draw_trial",
    "draw_valuation",
    "draw_willingness_to_pay",
]
