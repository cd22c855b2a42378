"""Pictures of the offer: the ladder, its shares, its rules, and who moves when a price does."""

from cvlab.figures.value_ladder.ladder import draw_ladder, draw_ladder_shares, draw_rules, draw_switching

__all__ = ["draw_ladder", "draw_ladder_shares", "draw_rules", "draw_switching"]
