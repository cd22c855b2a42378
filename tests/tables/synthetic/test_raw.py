"""The raw exports of the sample lines: as they arrive, small, and importable to the very tables of the line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cvlab.tables.importing import import_tables, list_questions, parse_map, read_export, read_map
from cvlab.tables.loading import load_folder
from cvlab.tables.synthetic import LINES, make_line
from cvlab.tables.synthetic.raw import make_raw
from cvlab.tables.synthetic.raw.layout import NOWHERE

SLUGS = tuple(LINES)
FILES = {
    "fitness-trackers": "qualtrics_export.csv",
    "lab-analysers": "sales_workbook.xlsx",
    "salon-software": "surveymonkey_export.csv",
}
SURVEY = {
    "respondents", "value_survey", "price_sensitivity", "price_ladder", "contingent_valuation", "choice_tasks",
    "best_worst",
}  # fmt: skip
TABLES = {
    "fitness-trackers": SURVEY,
    "lab-analysers": {"customers", "contracts", "rungs", "rung_features"},
    "salon-software": SURVEY,
}
MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def samples(checkout: Path) -> Path:
    """Give the folder of the committed samples."""
    return checkout / "data" / "sample"


@pytest.mark.parametrize("slug", SLUGS)
def test_an_import_restores_the_tables(slug: str, samples: Path, tmp_path: Path) -> None:
    raw, into = samples / slug / "raw", tmp_path / slug
    report = import_tables(raw / FILES[slug], into=into, mapping=raw / "map.yaml")
    assert set(report.rows) == TABLES[slug]
    assert report.unmapped == ()
    assert not any(report.changes.values())
    imported, committed = load_folder(into).checked, load_folder(samples / slug).checked
    for name in TABLES[slug]:
        expected = committed[name].frame
        # Free columns come last in an imported table; their order among themselves stays.
        found = imported[name].frame
        assert set(found.columns) == set(expected.columns)
        pd.testing.assert_frame_equal(found[list(expected.columns)], expected)


@pytest.mark.parametrize("slug", SLUGS)
def test_importing_twice_changes_nothing(slug: str, samples: Path, tmp_path: Path) -> None:
    raw = samples / slug / "raw"
    import_tables(raw / FILES[slug], into=tmp_path, mapping=raw / "map.yaml")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    report = import_tables(raw / FILES[slug], into=tmp_path, mapping=raw / "map.yaml")
    assert report.written == ()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("slug", SLUGS)
def test_committed_exports_are_those_that_are_made(slug: str, samples: Path, tmp_path: Path) -> None:
    made, folder = make_raw(LINES[slug], make_line(slug)), samples / slug / "raw"
    assert set(made) == {FILES[slug], "map.yaml"} == {path.name for path in folder.iterdir()}
    assert sum(map(len, made.values())) < MOST_BYTES
    assert make_raw(LINES[slug], make_line(slug)) == made
    mapping = read_map(folder / "map.yaml")
    assert parse_map(made["map.yaml"].decode()).tables == mapping.tables
    assert list_questions(mapping) == []
    # Cells and not bytes: another release of the library writes the same workbook in other words.
    (tmp_path / FILES[slug]).write_bytes(made[FILES[slug]])
    for source in mapping.sources.values():
        found, committed = (read_export(path / FILES[slug], source).frame for path in (tmp_path, folder))
        pd.testing.assert_frame_equal(found, committed)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_codebook_of_an_import_is_that_of_the_line(slug: str, samples: Path, tmp_path: Path) -> None:
    raw = samples / slug / "raw"
    import_tables(raw / FILES[slug], into=tmp_path, mapping=raw / "map.yaml")
    book = load_folder(samples / slug).settings.codebook
    text = (tmp_path / "product_line.yaml").read_text("utf-8")
    if not TABLES[slug] & set(book):
        assert "\ncodebook:" not in text
        return
    for table in TABLES[slug] & set(book):
        for entry in book[table].values():
            assert entry.question in text
            assert all(label in text for label in entry.labels.values())


def test_exports_look_like_those_of_their_tools(samples: Path) -> None:
    qualtrics = (samples / "fitness-trackers" / "raw" / FILES["fitness-trackers"]).read_text("utf-8").splitlines()
    assert qualtrics[0].startswith("StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,")
    assert qualtrics[1].startswith("Start Date,End Date,Response Type,")
    assert qualtrics[2].startswith('"{""ImportId"": ""QID1""}"')
    monkey = (samples / "salon-software" / "raw" / FILES["salon-software"]).read_text("utf-8").splitlines()
    assert monkey[0].startswith("Respondent ID;Collector ID;Start Date;")
    assert monkey[1].startswith(";;;;;;;;;;It saves us time.;")
    assert any(",00;" in line for line in monkey[2:])
    days = [line.split(";")[2] for line in monkey[2:]]
    assert max(int(day[:2]) for day in days) > 12 >= max(int(day[3:5]) for day in days)


def test_exports_name_nobody(samples: Path) -> None:
    for slug in ("fitness-trackers", "salon-software"):
        source = read_map(samples / slug / "raw" / "map.yaml").sources["survey"]
        frame = read_export(samples / slug / "raw" / FILES[slug], source).frame
        empty = [name for name in frame if "Name" in name or "Email" in name or "Location" in name]
        assert len(empty) >= 3
        assert (frame[empty] == "").all().all()
        address = next(name for name in frame if name.replace(" ", "") == "IPAddress")
        assert set(frame[address]) == {NOWHERE}
