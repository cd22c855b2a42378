"""Pictures of the offer: the ladder, its shares, its rules, and who moves when a price does."""

from cvlab.figures.value_ladder.bundles import draw_bundle_profits, draw_bundles
from cvlab.figures.value_ladder.ladder import draw_ladder, draw_ladder_shares, draw_rules, draw_switching
from cvlab.figures.value_ladder.migration import draw_migration, draw_rung_value
from cvlab.figures.value_ladder.search import draw_ladder_plan
from cvlab.figures.value_ladder.value_model import draw_propositions

__all__ = [
    "draw_bundle_profits",
    "draw_bundles",
    "draw_ladder",
    "draw_ladder_plan",
    "draw_ladder_shares",
    "draw_migration",
    "draw_propositions",
    "draw_rules",
    "draw_rung_value",
    "draw_switching",
]
