"""The sample product lines: made from a planted truth, so that what an analysis finds can be held against it.

Each line is a population of customers with latent traits (tastes, worth of each rung, purchase rate, retention …),
from which every table is drawn by one function with a random stream of its own. Segments, willingness to pay, ladder
choice and retention of one customer therefore cohere, and a table added later leaves the others unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from cvlab.checks import check_one_of
from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.streams import open_stream

SEED = 20260630
LINES: Mapping[str, SampleLine] = {
    line.slug: line for line in (fitness_trackers.LINE, lab_analysers.LINE, salon_software.LINE)
}

__all__ = ["LINES", "SEED", "make_line", "write_samples"]


def make_line(slug: str, *, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Draw the tables of one sample line.

    Parameters
    ----------
    slug : one of `LINES`.
    seed : of the population and of every table.

    Returns
    -------
    name -> table, columns and units as in the schema.

    Raises
    ------
    ParameterError : there is no such line.

    Examples
    --------
    >>> tables = make_line("lab-analysers")
    >>> len(tables["customers"]), tables["choice_tasks"]["respondent_id"].nunique()
    (60, 25)
    """
    line = LINES[check_one_of(slug, tuple(LINES), "slug")]
    population = line.draw_sample(seed)
    return {name: draw(population, open_stream(seed, slug, name)) for name, draw in line.drawers.items()}


def write_samples(output: Path, *, seed: int = SEED) -> list[Path]:
    """Write the sample lines, each into a folder of its own under `output`, and return the files written.

    Parameters
    ----------
    output : folder, made where it is missing.
    seed : the committed samples have `SEED`.
    """
    written = []
    for slug, line in LINES.items():
        folder = Path(output) / slug
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "product_line.yaml"
        settings.write_text(yaml.safe_dump(dict(line.settings), sort_keys=False, allow_unicode=True), encoding="utf-8")
        written.append(settings)
        for name, table in make_line(slug, seed=seed).items():
            path = folder / f"{name}.csv"
            table.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")
            written.append(path)
    return written
