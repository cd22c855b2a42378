"""The survey of fitness-trackers as Qualtrics exports it: three header rows, labels instead of codes, a row per person.

What was shown in the choice tasks and in the sets of best and worst stands beside the answers, as embedded data. Names,
addresses and places are empty or placeholders.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cvlab.tables.importing import ImportMap, Source
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.raw.layout import NOWHERE, Asked, Layout
from cvlab.tables.synthetic.raw.survey_columns import is_long, write_cells, write_survey
from cvlab.tables.synthetic.raw.survey_maps import map_survey

FILE = "qualtrics_export.csv"
LAYOUT = Layout(
    respondent="ExternalReference",
    seconds="Duration (in seconds)",
    started="StartDate",
    version="Version",
    long="A",
    statement="Q1_{item}",
    attention="Q2",
    prices={
        "too_cheap": "Q3_1",
        "cheap": "Q3_2",
        "expensive": "Q3_3",
        "too_expensive": "Q3_4",
        "buy_cheap": "Q4",
        "buy_expensive": "Q5",
    },
    ladder="Q6_{price}",
    bids={"bid": "bid", "bid_up": "bid_up", "bid_down": "bid_down", "answer": "Q7", "second_answer": "Q8"},
    shown="C{task}_{alternative}_{attribute}",
    picked="C{task}",
    option="Option {alternative}",
    outside="None of these",
    slot="B{set}_item{slot}",
    marked="B{set}_{mark}",
    marks={"best": "most", "worst": "least"},
    characteristics={
        "age": ("Q20", "How old are you?", {}),
        "income": ("Q21", "What is your yearly income in EUR?", {}),
        "region": ("Q22", "Where do you live?", {}),
        "phone": ("Q23", "Which phone do you use?", {"android": "Android phone", "ios": "iPhone"}),
    },
)
# What Qualtrics adds, and no table needs.
_ASIDE = (
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Finished",
    "ResponseId",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
)


def write_export(line: SampleLine, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the survey as a CSV file with Qualtrics' header."""
    asked = [*_write_start(tables), *write_survey(line, tables, LAYOUT)]
    ids = [json.dumps({"ImportId": f"QID{number}"}) for number in range(1, len(asked) + 1)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[each.name for each in asked], [each.question for each in asked], ids])
    writer.writerows(zip(*(each.cells for each in asked), strict=True))
    return stream.getvalue().encode()


def map_export(line: SampleLine) -> ImportMap:
    """Return the mapping that makes the survey's tables of the export."""
    return map_survey(line, LAYOUT, Source(kind="csv", file=FILE, header="qualtrics", ignore=_ASIDE))


def _write_start(tables: Mapping[str, pd.DataFrame]) -> Iterator[Asked]:
    """What Qualtrics records by itself."""
    people, long = tables["respondents"], is_long(tables)
    day = write_cells(people["started_on"], LAYOUT)
    numbers = pd.Series([f"R_{number:06d}" for number in range(1, len(people) + 1)])

    def same(text: str) -> pd.Series:
        return pd.Series(text, index=range(len(people)))

    for name, question, cells in (
        ("StartDate", "Start Date", day),
        ("EndDate", "End Date", day),
        ("Status", "Response Type", same("IP Address")),
        ("IPAddress", "IP Address", same(NOWHERE)),
        ("Progress", "Progress", same("100")),
        ("Duration (in seconds)", "Duration (in seconds)", write_cells(people["seconds"], LAYOUT)),
        ("Finished", "Finished", same("True")),
        ("ResponseId", "Response ID", numbers),
        ("RecipientLastName", "Recipient Last Name", same("")),
        ("RecipientFirstName", "Recipient First Name", same("")),
        ("RecipientEmail", "Recipient Email", same("")),
        ("ExternalReference", "External Data Reference", people["respondent_id"]),
        ("LocationLatitude", "Location Latitude", same("")),
        ("LocationLongitude", "Location Longitude", same("")),
        ("DistributionChannel", "Distribution Channel", pd.Series(np.where(long, "phone", "anonymous"))),
        ("UserLanguage", "User Language", same("EN")),
        ("Version", "Version", pd.Series(np.where(long, "A", "B"))),
    ):
        yield Asked(name=name, question=question, cells=cells)
