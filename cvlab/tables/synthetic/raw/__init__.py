"""Exports as survey tools and sales departments deliver them, made of the sample tables, with the mapping back.

    fitness-trackers   the survey as a CSV file with Qualtrics' three header rows
    salon-software     the survey as a CSV file with SurveyMonkey's two header rows, semicolons and decimal commas
    lab-analysers      a workbook from sales: customers, contracts, and a price list below a merged title

Importing an export by its mapping gives the tables of the line exactly.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from cvlab.tables.importing import ImportMap, Source, describe_source, read_export, write_map_text
from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.raw import qualtrics, sales_workbook, surveymonkey

ABOUT_RAW: Mapping[str, str] = {
    fitness_trackers.LINE.slug: "the survey as Qualtrics exports it",
    lab_analysers.LINE.slug: "the workbook of sales, with customers, contracts, rungs and their features",
    salon_software.LINE.slug: "the survey as SurveyMonkey exports it, with semicolons, decimal commas and days first",
}
MAP_FILE = "map.yaml"
Maker = tuple[str, Callable[[SampleLine, Mapping[str, pd.DataFrame]], bytes], Callable[[SampleLine], ImportMap]]
_MAKERS: Mapping[str, Maker] = {
    fitness_trackers.LINE.slug: (qualtrics.FILE, qualtrics.write_export, qualtrics.map_export),
    lab_analysers.LINE.slug: (sales_workbook.FILE, sales_workbook.write_export, sales_workbook.map_export),
    salon_software.LINE.slug: (surveymonkey.FILE, surveymonkey.write_export, surveymonkey.map_export),
}


def make_raw(line: SampleLine, tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return file name -> content of the folder `raw` of a line: its export, and the mapping of the export.

    Parameters
    ----------
    tables : as `make_line` gives them.
    """
    file, write_export, map_export = _MAKERS[line.slug]
    content = write_export(line, tables)
    mapping = map_export(line)
    # What the export holds belongs to the mapping, so that the next one can be compared with it.
    with tempfile.TemporaryDirectory(prefix="cvlab-raw-") as workshop:
        path = Path(workshop) / file
        path.write_bytes(content)
        sources = {name: _describe(path, source) for name, source in mapping.sources.items()}
    text = write_map_text(ImportMap(sources=sources, tables=mapping.tables, codebook=mapping.codebook))
    return {file: content, MAP_FILE: text.encode()}


def _describe(path: Path, source: Source) -> Source:
    return describe_source(read_export(path, source))
