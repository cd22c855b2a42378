"""The sample product lines: made from a planted truth, so that what an analysis finds can be held against it.

Each line is a population of customers with latent traits (tastes, worth of each rung, purchase rate, retention …),
from which every table is drawn by one function with a random stream of its own. Segments, willingness to pay, ladder
choice and retention of one customer therefore cohere, and a table added later leaves the others unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cvlab.checks import check_one_of
from cvlab.tables.data_dictionary import write_data_dictionary
from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.dirty import CARELESSNESS, FAULTS, make_careless, make_dirty
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.playbooks import write_playbook
from cvlab.tables.synthetic.population import read_population_truth
from cvlab.tables.synthetic.raw import ABOUT_RAW, make_raw
from cvlab.tables.synthetic.streams import open_stream
from cvlab.tables.synthetic.truth import write_truth

SEED = 2026
LINES: Mapping[str, SampleLine] = {
    line.slug: line for line in (fitness_trackers.LINE, lab_analysers.LINE, salon_software.LINE)
}

__all__ = [
    "CARELESSNESS",
    "FAULTS",
    "LINES",
    "SEED",
    "make_careless",
    "make_dirty",
    "make_line",
    "make_truth",
    "write_samples",
]

_WIDTH = 120
_ABOUT_SAMPLES = """
## The sample lines

Made up, from a known truth: `cvlab sample` writes them again, and each `truth.json` says what is true in the population
they were drawn from, what to decide, and what a tempting wrong decision costs. `respondent_id` is a `customer_id`.
Some respondents are careless (too fast, one answer to everything, the same answers twice, a failed attention check);
`careless` in truth.json names them. The folder `raw` of each line holds an export as it arrives, and beside it the
mapping by which `cvlab import` makes the same tables of it.

"""


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


def make_truth(slug: str, *, seed: int = SEED) -> dict[str, Any]:
    """Return the contents of a line's truth.json: `truths`, `careless`, `decisions` and `best_prices`.

    What had to be simulated belongs to the planted population and not to the seed of a sample.

    Examples
    --------
    >>> truths = {truth["key"]: truth["value"] for truth in make_truth("salon-software")["truths"]}
    >>> truths["willingness_to_pay.elasticity.revealed"], truths["willingness_to_pay.elasticity.stated"]
    (-1.8, -1.2)
    """
    line = LINES[check_one_of(slug, tuple(LINES), "slug")]
    return write_truth(line, read_population_truth()[slug], seed=seed)


def write_samples(output: Path, *, seed: int = SEED) -> list[Path]:
    """Write the sample lines, each into a folder of its own under `output`, and return the files written.

    Parameters
    ----------
    output : folder, made where it is missing; it also gets README.md, the data dictionary.
    seed : the committed samples have `SEED`.
    """
    root = Path(output)
    root.mkdir(parents=True, exist_ok=True)
    written = [_write(root / "README.md", write_data_dictionary() + _describe_lines())]
    for slug, line in LINES.items():
        folder = root / slug
        folder.mkdir(exist_ok=True)
        settings = yaml.dump(dict(line.settings), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
        written.append(_write(folder / "product_line.yaml", settings))
        written.append(_write(folder / "playbook.yaml", write_playbook(slug)))
        truth = json.dumps(make_truth(slug, seed=seed), indent=1, ensure_ascii=False)
        written.append(_write(folder / "truth.json", truth + "\n"))
        tables = make_line(slug, seed=seed)
        for name, table in tables.items():
            text = table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
            written.append(_write(folder / f"{name}.csv", text))
        (folder / "raw").mkdir(exist_ok=True)
        for name, content in make_raw(line, tables).items():
            (folder / "raw" / name).write_bytes(content)
            written.append(folder / "raw" / name)
    return written


class _Dumper(yaml.SafeDumper):
    """Writes each value out, however often it occurs: a product_line.yaml has no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _describe_lines() -> str:
    entries = [
        f"- **{slug}** ({line.settings['name']}): {line.about} Raw: {ABOUT_RAW[slug]}." for slug, line in LINES.items()
    ]
    return _ABOUT_SAMPLES + "\n".join(entries) + "\n"
