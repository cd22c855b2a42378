"""What is offered: the rungs of the value ladder, their features, and what each rung is worth to people."""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import NOT_NEGATIVE
from cvlab.tables.schema.columns import RESPONDENT, WEIGHT, name_column

RUNGS = Table(
    name="rungs",
    row="one rung of the value ladder, from the lowest to the highest",
    columns=(
        name_column("rung", "Names the rung."),
        Column(
            name="price",
            meaning="Price per unit of the rung today.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
        Column(
            name="unit_cost",
            meaning="Money one unit of the rung costs the firm.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
    ),
    key=("rung",),
    id="rung",
    purposes=("pricing", "retention"),
)

RUNG_FEATURES = Table(
    name="rung_features",
    row="one feature of one rung",
    columns=(
        name_column("rung", "Names the rung."),
        name_column("feature", "Names the feature."),
        Column(
            name="level",
            meaning="How much of the feature the rung has: a number, or a word such as basic.",
            type="any",
            kind="number",
        ),
        Column(
            name="cost",
            meaning="Money the feature at this level costs the firm per unit.",
            type="number",
            kind="money",
            rules=(NOT_NEGATIVE,),
        ),
    ),
    key=("rung", "feature"),
    id="rung",
    links=(("rung", "rungs"),),
    purposes=("pricing",),
)

RUNG_VALUES = Table(
    name="rung_values",
    row="what one respondent would pay for each rung, in one draw",
    columns=(
        RESPONDENT,
        Column(
            name="draw",
            meaning="Number of the draw from what is known about the respondent; 0 where there is only one.",
            type="whole",
            kind="count",
        ),
        WEIGHT,
    ),
    key=("respondent_id", "draw"),
    id="respondent_id",
    free=Column(
        name="rung",
        meaning="Money the respondent would pay per unit of the rung that the column is named after.",
        type="number",
        kind="money",
        severity="warning",
    ),
    purposes=("pricing",),
)
