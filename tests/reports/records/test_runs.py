import pytest

from cvlab.errors import DataError
from cvlab.reports.records.runs import find_runs, list_runs, read_manifests


@pytest.fixture
def output(tmp_path, past):
    for run, day in (("20260101T000000Z", 1), ("20260201T000000Z", 2), ("20260201T000000Z-2", 2)):
        past.run(tmp_path, past.manifest(past.record(), run=run, started=f"2026-0{day}-01T00:00:00Z"))
    past.run(
        tmp_path,
        past.manifest(
            past.record(), run="20260201T000000Z", slug="line-other", line={"name": "Other", "folder": "oat"}
        ),
    )
    return tmp_path


def names(runs):
    return [f"{folder.parent.name}/{folder.name}" for folder, _ in runs]


def test_runs_of_the_same_second_stand_by_name_and_a_clock_that_went_back_only_reorders(tmp_path, past):
    for run, started in (("b", "2026-02-01T00:00:00Z"), ("a", "2026-02-01T00:00:00Z"), ("c", "2025-12-31T00:00:00Z")):
        past.run(tmp_path, past.manifest(run=run, started=started))
    past.run(tmp_path, past.manifest(run="d", started="2026-02-01T01:30:00+02:00"))
    past.run(tmp_path, past.manifest(run="e", started="2026-01-31T23:45:00"))
    assert [folder.name for folder, _ in read_manifests(tmp_path)[0]] == ["b", "a", "e", "d", "c"]


@pytest.mark.parametrize(
    "changes",
    [
        {"headlines": [{"key": "a", "text": "t", "chapter": 6, "value": 10**400}]},
        {"headlines": [{"key": "a", "text": "t", "chapter": 6, "unit": "parsecs"}]},
        {"headlines": [{"key": "a", "text": "t", "chapter": "six"}]},
        {"line": {"currency": "Taler"}},
        {"line": {"number_format": "klingon"}},
        {"started": "0001-01-01T00:00:00+14:00"},
        {"started": 3},
        {"chapters": [{"chapter": 6}]},
    ],
)
def test_a_manifest_that_cannot_be_used_is_named_not_stumbled_over(tmp_path, past, changes):
    past.run(tmp_path, past.manifest(run="odd", **changes))
    assert read_manifests(tmp_path) == ([], ["line/odd"])


def test_a_manifest_nested_without_end_is_named_not_stumbled_over(tmp_path, past):
    folder = past.run(tmp_path, past.manifest(run="deep"))
    (folder / "manifest.json").write_text("[" * 200_000, encoding="utf-8")
    assert read_manifests(tmp_path) == ([], ["line/deep"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["line/previous", "latest"], ["line/20260201T000000Z", "line/20260201T000000Z-2"]),
        (["latest", "20260101"], ["line/20260201T000000Z-2", "line/20260101T000000Z"]),
        (["20260101T000000Z", "tea/20260201T000000Z-"], ["line/20260101T000000Z", "line/20260201T000000Z-2"]),
        (["line/20260201T000000Z", "oat/2026"], ["line/20260201T000000Z", "line-other/20260201T000000Z"]),
        (["LINE-O/20260201t"], ["line-other/20260201T000000Z"]),
        (["Other/latest"], ["line-other/20260201T000000Z"]),
    ],
)
def test_a_run_is_found_by_name_beginning_and_order(output, asked, found):
    assert names(find_runs(output, asked)) == found


def test_a_run_is_found_by_its_path_and_gives_its_line_to_the_other(output, tmp_path_factory, past):
    elsewhere = past.run(tmp_path_factory.mktemp("elsewhere"), past.manifest(past.record(), run="copied"))
    for path in (elsewhere, elsewhere / "index.html", elsewhere / "manifest.json"):
        assert names(find_runs(output, [str(path), "latest"])) == ["line/copied", "line/20260201T000000Z-2"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("20260201T000000Z", r"'20260201T000000Z' fits 2 reports, line/20260201T000000Z, line-other/20260201T000000Z"),
        ("20260301T000000Z", r"no report '20260301T000000Z' in .*: did you mean .*20260\d01T000000Z"),
        ("line/20260201", "fits 2 reports"),
        ("line/", "there is no report ''"),
        ("l/latest", "'l' fits 2 lines, "),
        ("oat/previous", "line-other has reports of 1 run: none is 'previous'"),
        ("latest", "'latest' of which line. Write LINE/latest, with one of line, line-other"),
        ("../../etc/passwd", "there is no report '../../etc/passwd' in .*: there are line"),
        ("../latest", "there is no report '../latest'"),
        ("line/../line-other/latest", "there is no report"),
        ("", "there is no report ''"),
        ("x" * 5000, "there is no report"),
    ],
)
def test_a_name_that_fits_none_or_several_says_what_it_may_have_meant(output, asked, said):
    with pytest.raises(DataError, match=said):
        find_runs(output, [asked])


def test_a_path_to_a_manifest_of_another_format_says_so(tmp_path, past):
    folder = past.run(tmp_path, past.manifest(run="old", format=99))
    with pytest.raises(DataError, match=r"the manifest in .* cannot be used \(it has format 99, and .* reads 1\)"):
        find_runs(tmp_path, [str(folder)])


def test_runs_of_one_line_and_of_none(output, tmp_path):
    assert names(list_runs(output, "Other")[0]) == ["line-other/20260201T000000Z"]
    with pytest.raises(DataError, match="no report of a line 'coffee': there are line, line-other"):
        list_runs(output, "coffee")
    with pytest.raises(DataError, match=r"there is no folder .*nowhere: make a report"):
        list_runs(tmp_path / "nowhere")
    with pytest.raises(DataError, match="there is no report 'a' in"):
        find_runs(tmp_path / "nowhere", ["a"])


def test_a_run_of_the_summary_alone_is_neither_latest_nor_previous(tmp_path, past):
    summary = {"chapter": 12, "status": "done", "question": "", "reason": ""}
    past.run(tmp_path, past.manifest(run="a"))
    past.run(tmp_path, past.manifest(run="b", started="2026-01-02T00:00:00Z"))
    past.run(tmp_path, past.manifest(run="c", started="2026-01-03T00:00:00Z", chapters=[summary]))
    assert names(find_runs(tmp_path, ["previous", "latest"])) == ["line/a", "line/b"]


@pytest.mark.parametrize("name", ["new", "line/new", "PATH"])
def test_a_report_of_a_newer_version_is_not_said_to_be_missing(tmp_path, name):
    folder = tmp_path / "line" / "new"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"format": 2}', encoding="utf-8")
    (folder / "index.html").write_text("page", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        find_runs(tmp_path, [str(folder) if name == "PATH" else name])
    said = "it has format 2, and this version of cvlab reads 1): make the report again, or update cvlab"
    assert said in str(caught.value)
