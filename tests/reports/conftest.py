"""Small chapters and product lines, written where a test wants them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

NotebookWriter = Callable[..., Path]
LineWriter = Callable[..., Path]

SAY = '''
def say(key, value, *, label="share", low=None, high=None, notes=(), text="It is {value}.", words=None, n=100):
    import math
    from IPython.display import display
    from cvlab.analyses.common import Headline
    from html import escape
    low = value if low is None else low
    high = value if high is None else high
    headline = Headline(key=key, label=label, value=value, low=low, high=high, n=n, unit="share", sentence=text,
                        words=words or {}, smallest_change=0.05)
    display({
        "text/html": f'<div class="cvlab-result"><p class="cvlab-headline"><strong>{escape(str(headline))}</strong></p>'
                     '<table class="cvlab-table"><thead><tr><th scope="col" class="text">group</th>'
                     '<th scope="col" class="number">share</th></tr></thead>'
                     f'<tbody><tr><td class="text">all</td><td class="number">{value:.1%}</td></tr></tbody></table></div>',
        "application/vnd.cvlab.headline+json": {"headlines": [headline.to_record()], "notes": list(notes)},
    }, raw=True)
'''


def markdown(source: str, *tags: str) -> dict[str, Any]:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *tags: str) -> dict[str, Any]:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def parameters(*lines: str) -> dict[str, Any]:
    return code("\n".join(('product_line: str = "sample"', *lines)), "parameters")


@pytest.fixture
def write_chapter(tmp_path: Path) -> NotebookWriter:
    """Write a chapter into the folder `notebooks` and return that folder."""
    folder = tmp_path / "notebooks"
    folder.mkdir(exist_ok=True)
    return lambda *args, **settings: write_notebook(folder, *args, **settings)


@pytest.fixture
def write_line(tmp_path: Path) -> LineWriter:
    """Write a product line of a few customers and return its folder."""
    return lambda *args, **settings: write_product_line(tmp_path / "lines", *args, **settings)


def write_notebook(
    folder: Path, name: str, *cells: dict[str, Any], question: str = "What is it?", part: str = "who", **declared: Any
) -> Path:
    metadata = {"cvlab": {"chapter": int(name[:2]), "part": part, "question": question, "needs_any": [], **declared}}
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def write_product_line(folder: Path, name: str = "Sample", *, short: str = "", customers: int = 12, **tables: str) -> Path:
    line = folder / (short or "line")
    line.mkdir(parents=True)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    (line / "product_line.yaml").write_text(f'name: "{quoted}"\ncurrency: EUR\n', encoding="utf-8")
    rows = "".join(f"c{i:03d},2025-01-{i % 28 + 1:02d}\n" for i in range(customers))
    (line / "customers.csv").write_text("customer_id,start_date\n" + rows, encoding="utf-8")
    for table, text in tables.items():
        (line / f"{table}.csv").write_text(text, encoding="utf-8")
    return line
