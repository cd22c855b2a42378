"""What people chose: alternatives of choice tasks, the best and the worst of sets of items."""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import (
    BEST,
    BEST_WORST_OR_NONE,
    WORST,
    at_least,
    filled_unless_outside,
    one_chosen,
    one_marked,
)
from cvlab.tables.schema.columns import RESPONDENT, WEIGHT, money_column, name_column

_TASK = ("respondent_id", "task")
CHOICE_TASKS = Table(
    name="choice_tasks",
    row="one alternative of one choice task of one respondent",
    columns=(
        RESPONDENT,
        name_column("task", "Names the task among those of the respondent."),
        name_column("alternative", "Names the alternative among those of the task; none is the option to buy nothing."),
        money_column("price", "Price per unit shown with the alternative; empty for none.", filled=False),
        Column(
            name="chosen",
            meaning="Whether this alternative was chosen.",
            type="truth",
            kind="truth",
            severity="warning",
        ),
        WEIGHT,
    ),
    key=(*_TASK, "alternative"),
    id="respondent_id",
    free=Column(
        name="attribute",
        meaning="An attribute shown with the alternative; empty for the alternative none.",
        type="any",
        kind="number",
        required=False,
        filled=False,
        severity="warning",
    ),
    free_rule=lambda attribute: filled_unless_outside(attribute, alternative="alternative"),
    row_rules=(
        filled_unless_outside("price", alternative="alternative"),
        one_chosen(_TASK, chosen="chosen"),
        at_least(
            2,
            _TASK,
            column="alternative",
            what="alternatives",
            remedy="add the alternatives that were shown but not chosen",
        ),
    ),
    together=_TASK,
    purposes=("pricing", "segments"),
)

_SET = ("respondent_id", "set")
BEST_WORST = Table(
    name="best_worst",
    row="one item of one set of items of one respondent (best–worst scaling, MaxDiff)",
    columns=(
        RESPONDENT,
        name_column("set", "Names the set among those of the respondent."),
        name_column("item", "Names the item among those of the set, such as a feature or a benefit."),
        Column(
            name="choice",
            meaning="What the respondent called the item: the best of the set, the worst, or none of the two.",
            type="text",
            kind="text",
            rules=(BEST_WORST_OR_NONE,),
            severity="warning",
        ),
        WEIGHT,
    ),
    key=(*_SET, "item"),
    id="respondent_id",
    row_rules=(
        one_marked(_SET, column="choice", mark=BEST),
        one_marked(_SET, column="choice", mark=WORST),
        at_least(
            3,
            _SET,
            column="item",
            what="items",
            remedy="add the items that were shown but called neither best nor worst",
        ),
    ),
    together=_SET,
    purposes=("pricing", "segments"),
)
