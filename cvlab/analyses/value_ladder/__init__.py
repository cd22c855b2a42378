"""The value ladder (chapter 7): which rungs to offer at which prices, and whether they obey the four rules."""

from cvlab.analyses.value_ladder.ladder import Ladder, measure_ladder
from cvlab.analyses.value_ladder.rules import LadderCheck, check_ladder
from cvlab.analyses.value_ladder.self_selection import EVERYBODY, NOBODY
from cvlab.analyses.value_ladder.verdicts import WHOLE_LADDER

__all__ = ["EVERYBODY", "NOBODY", "WHOLE_LADDER", "Ladder", "LadderCheck", "check_ladder", "measure_ladder"]
