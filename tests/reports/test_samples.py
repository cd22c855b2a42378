"""The main job, end to end: the three sample lines, the curated notebooks, one command."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from cvlab.reports import ReportRun, find_samples, run_report
from cvlab.units import write_number

CHAPTERS = [1, 2, 5, 6, 7, 12]
LINES = ("fitness-trackers", "lab-analysers", "salon-software")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ReportRun:
    """Make the report of each sample line, as `make report` does."""
    return run_report(find_samples(), output=tmp_path_factory.mktemp("reports"), workers=2, progress=False)


@pytest.fixture(scope="module")
def manifests(run: ReportRun) -> dict[str, dict[str, Any]]:
    """Give the manifest of each line by the name of its folder."""
    found = [json.loads((page.parent / "manifest.json").read_text(encoding="utf-8")) for page in run.pages]
    return dict(zip(LINES, found, strict=True))


def get_texts(manifest: dict[str, Any]) -> dict[str, str]:
    return {headline["key"]: headline["text"] for headline in manifest["headlines"]}


def read_page(run: ReportRun, name: str) -> str:
    return run.pages[LINES.index(name)].read_text(encoding="utf-8")


@pytest.mark.timeout(600)
def test_every_chapter_of_every_line_runs(run: ReportRun, manifests: dict[str, dict[str, Any]]) -> None:
    assert run.ok, run.failures
    for manifest in manifests.values():
        assert [(chapter["chapter"], chapter["status"]) for chapter in manifest["chapters"]] == [
            (number, "done") for number in CHAPTERS
        ]
    index = run.index.read_text(encoding="utf-8")
    for page in run.pages:
        assert page.relative_to(run.index.parent).as_posix() in index


@pytest.mark.parametrize("name", LINES)
def test_every_headline_on_the_page_is_in_the_manifest(
    run: ReportRun, manifests: dict[str, dict[str, Any]], name: str
) -> None:
    page = re.sub(r"\s+", " ", _read_text(read_page(run, name)))
    texts = [headline["text"] for headline in manifests[name]["headlines"]]
    assert len(texts) >= 9
    assert len({headline["key"] for headline in manifests[name]["headlines"]}) == len(texts)
    for text in texts:
        assert re.sub(r"\s+", " ", text) in page


def test_the_summary_stands_first_and_tells_the_data_light(run: ReportRun) -> None:
    for name, light in zip(LINES, ("green", "red", "green"), strict=True):
        page = read_page(run, name)
        assert page.index("Summary") < page.index("Data and trust")
        assert f"Data light: {light}" in page


def test_each_line_gets_the_verdicts_that_are_planted_in_it(manifests: dict[str, dict[str, Any]]) -> None:
    fitness, lab, salon = (get_texts(manifests[name]) for name in LINES)
    assert "clusters" in fitness["segmentation.held_out_r2"]
    assert "Train" in fitness["value_ladder.weakest_rung"]
    assert "heart alerts" in fitness["value_ladder.weakest_rung"]
    assert lab["segmentation.held_out_r2"].startswith("Not enough data")
    assert lab["segmentation.explained_spread"].startswith("Not enough data")
    assert "declared segments" in salon["segmentation.held_out_r2"]


@pytest.mark.parametrize("name", LINES)
def test_pages_are_offline_and_inert(run: ReportRun, name: str) -> None:
    page = read_page(run, name)
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#|\.)[^"']*//""", page)


@pytest.mark.parametrize("name", LINES)
def test_a_chapter_is_a_light_page_besides_its_pictures(run: ReportRun, name: str) -> None:
    chapters = re.split(r'<section class="chapter', _without_pictures(read_page(run, name)))[1:]
    assert len(chapters) == len(CHAPTERS)
    for chapter in chapters:
        assert 1_000 < len(chapter.encode()) < 400_000


@pytest.mark.parametrize("name", ["fitness-trackers", "salon-software"])  # the customers of lab-analysers are firms
def test_nothing_that_is_published_names_a_person(run: ReportRun, name: str) -> None:
    customers = pd.read_csv(find_samples()[LINES.index(name)] / "customers.csv", dtype="str")
    persons = set(customers["customer_id"])
    assert len(persons) > 200
    folder = run.pages[LINES.index(name)].parent
    published = [folder / "index.html", folder / "manifest.json", *sorted(folder.glob("notebooks/*.ipynb"))]
    assert len(published) == 2 + len(CHAPTERS)
    for path in published:
        words = set(re.findall(r"\w+", _without_pictures(path.read_text(encoding="utf-8"))))
        assert not words & persons, path.name


def test_money_is_written_in_the_currency_of_the_line(manifests: dict[str, dict[str, Any]]) -> None:
    for manifest in manifests.values():
        headline = next(item for item in manifest["headlines"] if item["key"] == "value_ladder.contribution")
        assert write_number(headline["value"], "money") in headline["text"]


@pytest.mark.parametrize("name", LINES)
def test_the_tour_runs_on_every_line(checkout: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel shows pictures in its own way
    path = checkout / "notebooks" / "00_start_here.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    cell.source = cell.source.replace("fitness-trackers", name)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    assert sum("image/png" in data for data in shown) == 3
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)


def test_a_person_would_be_found() -> None:
    assert "F0002" in re.findall(
        r"\w+", _without_pictures('<p>(F0002)</p><img src="data:image/png;base64,F0002/+F==">')
    )
    assert "F0002" not in re.findall(r"\w+", _without_pictures('"image/png": "F0002/F0002"'))


def _without_pictures(text: str) -> str:
    return re.sub(r"data:image/[\w+]+;base64,[\w+/=]*|\"image/[\w+]+\": \"[^\"]*\"", "", text)


class _Text(HTMLParser):
    """Collects what a reader sees, without tags."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _read_text(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return "".join(parser.parts)
