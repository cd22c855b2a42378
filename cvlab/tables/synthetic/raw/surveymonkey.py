"""The survey of salon-software as SurveyMonkey exports it: two header rows, semicolons, decimal commas, days first.

A question stands over the columns of its answer options, once; the options stand below. Names and addresses are empty
or placeholders.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cvlab.tables.importing import ImportMap, Source
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.raw.layout import NOWHERE, Asked, Layout
from cvlab.tables.synthetic.raw.survey_columns import is_long, write_cells, write_survey
from cvlab.tables.synthetic.raw.survey_maps import map_survey
from cvlab.tables.synthetic.statements import QUESTION

FILE = "surveymonkey_export.csv"
_OPEN = "Response"  # stands below a question without options
_BETWEEN = " / "  # stands between a question and its option where a column is named
_PRICES = "A pack of 200 reminder messages by SMS: which price in EUR is"
_SET = "Set {set}: which matters most to you, and which least?"
LAYOUT = Layout(
    respondent="customer_no",
    seconds="Time spent in seconds",
    started="Start Date",
    version="Collector ID",
    long="telephone",
    statement=f"{QUESTION}{_BETWEEN}{{item}}",
    attention="To show that you read this, please choose “rather agree” here.",
    prices={
        "too_cheap": f"{_PRICES}{_BETWEEN}so low that you doubt the quality",
        "cheap": f"{_PRICES}{_BETWEEN}a bargain",
        "expensive": f"{_PRICES}{_BETWEEN}expensive",
        "too_expensive": f"{_PRICES}{_BETWEEN}too expensive to consider",
        "buy_cheap": "Would you buy at the price you called a bargain?",
        "buy_expensive": "Would you buy at the price you called expensive?",
    },
    ladder=f"Would you buy a pack of 200 reminder messages by SMS for{_BETWEEN}EUR {{price}}",
    bids={"bid": "Price offered in EUR", "answer": "Would you buy a pack at the price offered?"},
    shown=f"Task {{task}}, offer {{alternative}}{_BETWEEN}{{attribute}}",
    picked="Task {task}: which would you buy?",
    option="Offer {alternative}",
    outside="None of them",
    slot=f"{_SET}{_BETWEEN}item {{slot}}",
    marked=f"{_SET}{_BETWEEN}{{mark}}",
    marks={"best": "most", "worst": "least"},
    characteristics={
        "chairs": ("How many chairs does your salon have?", "", {}),
        "region": ("In which part of the country is your salon?", "", {}),
        "salon_type": (
            "What kind of salon is it?",
            "",
            {"hair": "Hairdresser", "beauty": "Beauty salon", "barber": "Barber shop", "spa": "Spa"},
        ),
    },
    by_wording=True,
    decimal=",",
    cents=2,
    dates="%d/%m/%Y",
)
# What SurveyMonkey records by itself, and which of it no table needs.
_RECORDED = (
    "Respondent ID",
    "Collector ID",
    "Start Date",
    "End Date",
    "IP Address",
    "Email Address",
    "First Name",
    "Last Name",
    "customer_no",
    "Time spent in seconds",
)
_ASIDE = ("Respondent ID", "End Date", "IP Address", "Email Address", "First Name", "Last Name")


def write_export(line: SampleLine, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the survey as a CSV file with SurveyMonkey's header."""
    asked = [*_write_start(tables), *write_survey(line, tables, LAYOUT)]
    parts = [each.name.split(_BETWEEN) for each in asked]
    questions, options = [part[0] for part in parts], [part[1] if len(part) > 1 else _OPEN for part in parts]
    shown = questions[:1] + ["" if before == now else now for before, now in itertools.pairwise(questions)]
    for position in range(len(_RECORDED)):
        options[position] = ""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerows([shown, options])
    writer.writerows(zip(*(each.cells for each in asked), strict=True))
    return stream.getvalue().encode()


def map_export(line: SampleLine) -> ImportMap:
    """Return the mapping that makes the survey's tables of the export."""
    source = Source(
        kind="csv",
        file=FILE,
        header="surveymonkey",
        delimiter=";",
        decimal=",",
        dates="day-first",
        ignore=_ASIDE,
    )
    return map_survey(line, LAYOUT, source)


def _write_start(tables: Mapping[str, pd.DataFrame]) -> Iterator[Asked]:
    """What SurveyMonkey records by itself."""
    people = tables["respondents"]
    day = write_cells(people["started_on"], LAYOUT)
    nothing = pd.Series("", index=range(len(people)))
    cells = (
        pd.Series([str(number) for number in range(1, len(people) + 1)]),
        pd.Series(np.where(is_long(tables), LAYOUT.long, "web link")),
        day,
        day,
        pd.Series(NOWHERE, index=range(len(people))),
        nothing,
        nothing,
        nothing,
        people["respondent_id"],
        write_cells(people["seconds"], LAYOUT),
    )
    for name, values in zip(_RECORDED, cells, strict=True):
        yield Asked(name=name, question=name, cells=values)
