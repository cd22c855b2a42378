import hashlib
import importlib.metadata
import json
import re
from datetime import datetime

import pytest

from cvlab.analyses.common import Headline
from cvlab.reports.collecting.strict_json import write_json
from cvlab.reports.records.manifest import find_commit, find_light, list_versions


def refuse(constant):
    raise AssertionError(f"{constant} is not strict JSON")


def test_the_manifest_is_strict_json_and_complete(eventful):
    text = eventful.page.with_name("manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text, parse_constant=refuse)
    assert manifest["line"]["name"] == "Café & Söhne <b>"
    assert manifest["line"]["customers"] == 12
    assert manifest["cvlab"] == importlib.metadata.version("cvlab")
    assert manifest["run"] == eventful.run.run == eventful.page.parent.name
    assert re.fullmatch(r"\d{8}T\d{6}Z(-\d+)?", manifest["run"])
    assert datetime.fromisoformat(manifest["started"]) <= datetime.fromisoformat(manifest["finished"])
    assert (manifest["effort"], manifest["seed"], manifest["workers"], manifest["light"]) == ("quick", 0, 2, "green")
    assert manifest["status"] == "failed"
    assert manifest["packages"]["papermill"] == importlib.metadata.version("papermill")
    assert manifest["chapter_seconds"] == pytest.approx(
        sum(chapter["seconds"] for chapter in manifest["chapters"]), abs=0.01
    )
    assert all(chapter["seconds"] > 0 for chapter in manifest["chapters"] if chapter["status"] != "skipped")
    by_number = {chapter["chapter"]: chapter for chapter in manifest["chapters"]}
    assert by_number[1]["parameters"] == {"seed": 0, "code": "007"}
    assert by_number[7]["missing"] == ["rungs", "rung_values"]


def test_hashes_are_those_of_the_files(eventful):
    folder = eventful.lines[0]
    assert eventful.manifest["data"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }


def test_every_headline_of_the_manifest_stands_on_the_page(eventful):
    import html

    wanted = {"key", "label", "value", "low", "high", "level", "n", "unit", "text", "chapter"}
    assert len(eventful.manifest["headlines"]) == 5
    for record in eventful.manifest["headlines"]:
        assert wanted <= set(record)
        assert html.escape(record["text"], quote=False) in eventful.html
        assert str(Headline.from_record(record)) == record["text"]


def test_numbers_that_json_cannot_hold_are_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json({"value": float("nan")}, tmp_path / "x.json")


def test_without_git_there_is_no_commit(tmp_path, checkout):
    assert find_commit(tmp_path) is None
    if (checkout / ".git").exists():
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", find_commit(checkout))


def test_only_direct_dependencies_are_listed():
    versions = list_versions()
    assert "pandas" in versions
    assert "pytest" not in versions


def test_the_light_is_one_of_three_or_none():
    assert find_light([{"key": "trust.usable_share", "words": {"light": "amber"}}]) == "amber"
    assert find_light([{"key": "trust.usable_share", "words": {"light": "<b>"}}]) is None
    assert find_light([{"key": "other"}]) is None
