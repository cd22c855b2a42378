"""The value ladder (chapter 7): which rungs to offer at which prices, and whether they obey the four rules."""

from cvlab.analyses.value_ladder.bundles import BundlePlan, optimise_bundles
from cvlab.analyses.value_ladder.ladder import Ladder, measure_ladder
from cvlab.analyses.value_ladder.ladder_plan import LadderPlan
from cvlab.analyses.value_ladder.ladder_search import optimise_ladder
from cvlab.analyses.value_ladder.migration import Migration, measure_migration
from cvlab.analyses.value_ladder.rules import LadderCheck, check_ladder
from cvlab.analyses.value_ladder.self_selection import EVERYBODY, NOBODY
from cvlab.analyses.value_ladder.value_model import ValueModel, measure_value_model
from cvlab.analyses.value_ladder.verdicts import WHOLE_LADDER

__all__ = [
    "EVERYBODY",
    "NOBODY",
    "WHOLE_LADDER",
    "BundlePlan",
    "Ladder",
    "LadderCheck",
    "LadderPlan",
    "Migration",
    "ValueModel",
    "check_ladder",
    "measure_ladder",
    "measure_migration",
    "measure_value_model",
    "optimise_bundles",
    "optimise_ladder",
]
