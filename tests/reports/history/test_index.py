import json

from cvlab.reports.history.index import write_index
from cvlab.reports.records.runs import find_newest, read_manifests


def record(**changes):
    return {
        "key": "price.best", "chapter": 6, "text": "The best price is 20.", "unit": "money", "value": 20.0, "low": 19.0,
        "high": 21.0, "smallest_change": 2.0, **changes,
    }  # fmt: skip


def write_run(output, run, *, slug="line", name="Line", started="2026-01-01T00:00:00Z", headlines=(), **changes):
    folder = output / slug / run
    folder.mkdir(parents=True)
    chapter = {"chapter": 6, "status": "done", "question": "What?", "reason": ""}
    manifest = {
        "format": 1, "run": run, "line": {"name": name, "slug": slug, "period": ""}, "started": started, "light": None,
        "status": "done", "effort": "quick", "chapters": [chapter], "headlines": list(headlines), **changes,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "index.html").write_text("page", encoding="utf-8")
    return folder


def test_runs_are_listed_by_line_newest_first(tmp_path):
    write_run(tmp_path, "a", started="2026-01-01T00:00:00Z", name="Old name")
    write_run(tmp_path, "b", started="2026-03-01T00:00:00Z", name="New name")
    write_run(tmp_path, "c", slug="other", name="Other", started="2026-02-01T00:00:00Z")
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "2 product lines, 3 reports" in html
    places = [html.rindex(f'href="{page}/index.html"') for page in ("line/b", "line/a", "other/c")]
    assert places == sorted(places)
    assert "New name" in html
    assert "Old name" not in html
    assert find_newest(tmp_path, "line")["run"] == "b"
    assert find_newest(tmp_path, "unknown") is None


def test_broken_manifests_are_named_and_left_out(tmp_path):
    write_run(tmp_path, "good", headlines=[record()])
    write_run(tmp_path, "other_format", format=99)
    write_run(tmp_path, "odd_time", started="yesterday")
    write_run(tmp_path, "odd_headline", headlines=["x"])
    (write_run(tmp_path, "cut") / "manifest.json").write_text('{"format": 1', encoding="utf-8")
    (write_run(tmp_path, "list") / "manifest.json").write_text("[]", encoding="utf-8")
    (write_run(tmp_path, "none") / "manifest.json").unlink()
    found, broken = read_manifests(tmp_path)
    assert [folder.name for folder, _ in found] == ["good"]
    assert broken == [f"line/{name}" for name in ("cut", "list", "none", "odd_headline", "odd_time", "other_format")]
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "6 folders without a manifest that can be read" in html


def test_names_are_escaped_and_addresses_quoted(tmp_path):
    write_run(
        tmp_path, 'r"><script>', name="<script>alert(1)</script>", headlines=[record(text="<img src=x>")], light="<b>"
    )
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "<img" not in html
    assert 'href="line/r%22%3E%3Cscript%3E/index.html"' in html


def test_money_is_named_first_and_the_state_of_the_data_never(tmp_path):
    sharp = record(key="segments.share", unit="share", text="Sharp.", low=20.0, high=20.0)
    trust = record(key="trust.usable_share", text="Usable.", low=20.0, high=20.0, decides=False)
    write_run(tmp_path, "a", headlines=[trust, sharp, record()])
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "The best price is 20." in html
    assert "Sharp." not in html
    assert "Usable." not in html


def test_failed_chapters_are_counted(tmp_path):
    chapters = [{"chapter": i, "status": status, "question": "", "reason": ""} for i, status in enumerate(
        ("done", "failed", "skipped"))]  # fmt: skip
    write_run(tmp_path, "a", chapters=chapters)
    assert "1 of 3 chapters, 1 failed" in write_index(tmp_path).read_text(encoding="utf-8")


def test_an_empty_folder_says_how_to_begin(tmp_path):
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert "There is no report yet" in html
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_report_of_the_summary_alone_is_not_the_newest_to_speak_of(tmp_path):
    summary = {"chapter": 12, "status": "done", "question": "", "reason": ""}
    write_run(tmp_path, "whole", started="2026-01-01T00:00:00Z")
    write_run(tmp_path, "alone", started="2026-02-01T00:00:00Z", chapters=[summary])
    assert find_newest(tmp_path, "line")["run"] == "whole"
