"""Small chapters and product lines, written where a test wants them, and one report in which much happens."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

HOSTILE_NAME = "Café & Söhne <b>"
HOSTILE_REGION = "<script>alert(1)</script>"
SAY = """
from html import escape
from IPython.display import display
from cvlab.analyses.common import Headline


def say(key, value, low, high, *, label="share", text="It is {value}.", words=None, notes=()):
    headline = Headline(key=key, label=label, value=value, low=low, high=high, n=100, unit="share", sentence=text,
                        words=words or {}, smallest_change=0.05)
    sentence = f'<p class="cvlab-headline"><strong>{escape(str(headline))}</strong></p>'
    display(
        {
            "text/html": f'<div class="cvlab-result">{sentence}</div>',
            "text/plain": "not for readers",
            "application/vnd.cvlab.headline+json": {"headlines": [headline.to_record()], "notes": list(notes)},
        },
        raw=True,
    )
"""


def markdown(source: str, *tags: str) -> dict[str, Any]:
    """Make a cell of prose."""
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *tags: str) -> dict[str, Any]:
    """Make a cell of code."""
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def parameters(*lines: str) -> dict[str, Any]:
    """Make the parameters cell; product_line comes first."""
    return code("\n".join(('product_line: str = "sample"', *lines)), "parameters")


def write_notebook(
    folder: Path, name: str, *cells: dict[str, Any], question: str = "What is it?", part: str = "who", **declared: Any
) -> Path:
    """Write a chapter and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"cvlab": {"chapter": int(name[:2]), "part": part, "question": question, "needs_any": [], **declared}}
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def write_line(folder: Path, name: str = "Sample", **tables: str) -> Path:
    """Write a product line of twelve customers and return its folder."""
    folder.mkdir(parents=True)
    (folder / "product_line.yaml").write_text(f"name: {json.dumps(name)}\ncurrency: EUR\n", encoding="utf-8")
    rows = "".join(f"c{i:03d},2025-01-{i + 1:02d},{HOSTILE_REGION}\n" for i in range(12))
    (folder / "customers.csv").write_text(f"customer_id,start_date,region\n{rows}", encoding="utf-8")
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Give the writers of cells, chapters and lines."""
    return SimpleNamespace(
        markdown=markdown,
        code=code,
        parameters=parameters,
        notebook=write_notebook,
        line=write_line,
        say=SAY,
        hostile_name=HOSTILE_NAME,
        hostile_region=HOSTILE_REGION,
    )


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Run once, with two workers, chapters of which some fail, some are skipped and most meet hostile data."""
    from cvlab.reports import run_report

    root = tmp_path_factory.mktemp("eventful")
    notebooks = write_eventful_chapters(root / "notebooks")
    line = write_line(
        root / "cafe",
        HOSTILE_NAME,
        transactions="customer_id,date,sku,quantity,price_paid\nc001,2025-02-01,=cmd(),1,9.5\n",
    )
    plain = write_line(root / "plain", "Plain line")
    arguments: dict[str, Any] = {"notebooks": notebooks, "output": root / "out", "parameters": {"code": "007"}}
    run = run_report([line, plain], workers=2, progress=False, **arguments)
    return SimpleNamespace(
        root=root,
        lines=(line, plain),
        arguments=arguments,
        run=run,
        page=run.pages[0],
        html=run.pages[0].read_text(encoding="utf-8"),
        manifest=json.loads(run.pages[0].with_name("manifest.json").read_text(encoding="utf-8")),
    )


def write_eventful_chapters(notebooks: Path) -> Path:
    """Write chapters that present, draw, print, fail, leave out, skip and sum up."""
    write_notebook(
        notebooks,
        "01_trust",
        markdown(
            "# Data and trust\n\nProse with **weight**, <script>alert(2)</script> and [a link](https://example.org)."
        ),
        parameters("seed: int = 0", 'code: str = "001"'),
        code(SAY),
        code("from cvlab.present import open_chapter\nline = open_chapter(product_line)"),
        code(
            'say("trust.usable_share", 0.98, 0.97, 0.99, label="usable share", words={"light": "green"},\n'
            '    text="The data light is {light}: {value} can be used.", notes=[f"read from {product_line}"])'
        ),
        markdown("## Completeness\n\nWhat to look for."),
        code("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot([1, 2], [3, 4]);"),
        code("import sys\nprint('stray words')\nprint('stray warning', file=sys.stderr)\nline.customers"),
        code('say("trust.code", 0.07, 0.05, 0.09, label="code", text="The code is {code}.", words={"code": code})'),
        part="light",
        question="Can we believe it?",
    )
    write_notebook(
        notebooks,
        "02_segments",
        markdown("# Segments"),
        parameters('effort: str = "quick"', "seed: int = 0"),
        code(SAY),
        code(
            "from cvlab.present import open_chapter\nline = open_chapter(product_line)\n"
            'say("segments.share", 0.4, 0.3, 0.5, words={"who": line.customers["region"].iloc[0]},\n'
            '    text="{value} live in {who}.", notes=[line.customers["region"].iloc[0]])'
        ),
        code(
            "from cvlab.errors import DataError\n"
            "raise DataError('customers lacks column age: add it to /srv/data/customers.csv')"
        ),
        code("print('never reached')"),
        question="Who are they?",
    )
    write_notebook(
        notebooks,
        "03_surprise",
        parameters(),
        code("raise KeyError('<script>alert(3)</script>')"),
        question="What do <b>they</b> value?",
    )
    write_notebook(
        notebooks,
        "06_willingness_to_pay",
        markdown("# Willingness to pay"),
        parameters("seed: int = 0"),
        code(SAY),
        markdown("## By asking", "needs:price_sensitivity"),
        code("undefined_because_dropped", "needs:price_sensitivity"),
        code("also_undefined", "interactive"),
        code(
            "import numpy\nvalue = numpy.random.default_rng(seed).random()\n"
            'say("price.best", value, value - 0.01, value + 0.01)'
        ),
        part="worth",
        question="What will they pay?",
    )
    write_notebook(
        notebooks, "07_ladder", parameters(), part="offer", question="Which rungs?", needs_any=["rungs", "rung_values"]
    )
    write_notebook(notebooks, "00_start", parameters())
    write_notebook(
        notebooks,
        "12_summary",
        markdown("# Summary"),
        parameters('headlines: str = ""'),
        code(
            "from cvlab.present import open_chapter, present\n"
            "from cvlab.reports import rank_headlines, read_headlines\n"
            "line = open_chapter(product_line)\npresent(rank_headlines(read_headlines(headlines, line)))"
        ),
        part="first",
        question="What should we do?",
    )
    return notebooks
