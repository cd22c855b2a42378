"""Who answered, and with how much care: the respondents, and what they say the offer is worth to them in words.

Both tables may hold answers given without care: durations far below the others', the same answer to every item, a
failed attention check. They are kept as they are and found by the rules of `cvlab.analyses.survey`.
"""

from __future__ import annotations

from cvlab.tables.declaration import Column, Table
from cvlab.tables.rules import NOT_NEGATIVE, not_before, one_value_per
from cvlab.tables.schema.columns import RESPONDENT, WEIGHT, name_column

RESPONDENTS = Table(
    name="respondents",
    row="one person who answered a survey",
    columns=(
        RESPONDENT,
        Column(
            name="seconds",
            meaning="How long the person took to answer, in seconds; empty where nobody measured it.",
            type="number",
            kind="number",
            filled=False,
            rules=(NOT_NEGATIVE,),
            severity="warning",
        ),
        Column(
            name="started_on",
            meaning="Day on which the person began to answer.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
        Column(
            name="finished_on",
            meaning="Day on which the person had answered everything.",
            type="date",
            kind="date",
            required=False,
            filled=False,
        ),
        Column(
            name="attention_passed",
            meaning="Whether the person followed the instruction of the attention check; empty where there was none.",
            type="truth",
            kind="truth",
            required=False,
            filled=False,
        ),
        WEIGHT,
    ),
    key=("respondent_id",),
    id="respondent_id",
    free=Column(
        name="characteristic",
        meaning="A characteristic of the person, such as age or region; named as in customers, so that they compare.",
        type="any",
        kind="number",
        required=False,
        filled=False,
    ),
    row_rules=(not_before("finished_on", "started_on"),),
    purposes=("pricing", "segments"),
)

VALUE_SURVEY = Table(
    name="value_survey",
    row="how far one respondent agrees with one statement about the value of the offer",
    columns=(
        RESPONDENT,
        name_column("item", "Names the statement."),
        name_column("dimension", "Which dimension of value the statement is about, such as functional or emotional."),
        Column(
            name="score",
            meaning="The answer as it was given, on one scale for all items; empty where there is none.",
            type="number",
            kind="number",
            filled=False,
        ),
        Column(
            name="reversed",
            meaning="Whether agreeing with the statement means less value; no where there is no such column.",
            type="truth",
            kind="truth",
            required=False,
        ),
        WEIGHT,
    ),
    key=("respondent_id", "item"),
    id="respondent_id",
    row_rules=(one_value_per("dimension", ("item",)), one_value_per("reversed", ("item",))),
    purposes=("segments",),
)
