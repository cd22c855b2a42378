"""What chapters, clocks and names may do to a run, and the truth that it holds all the same."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from cvlab.reports import find_samples, run_report
from cvlab.reports.plans.plan import make_plan
from cvlab.reports.records.manifest import RunFacts, build_manifest
from cvlab.reports.records.runs import find_runs, read_manifests
from cvlab.reports.running import workspaces
from cvlab.reports.running.runner import run_plans
from cvlab.tables.product_line import read_product_line

PRINTED = 10_000_000


def read_manifest(page):
    return json.loads(page.with_name("manifest.json").read_text(encoding="utf-8"))


def test_ten_megabytes_of_print_and_a_wild_name_leave_a_small_page_in_its_folder(make, tmp_path):
    name = "../../up/\"two\" 'quotes' & ünïcode ☃"
    line = make.line(tmp_path / "lines with spaces" / "ünï 'q' \"d\"", name)
    make.notebook(
        tmp_path / "n", "02_prints", make.parameters(), make.code(make.say),
        make.code(f"for _ in range(10):\n    print('x' * {PRINTED // 10})"),
        make.code("import sys\nprint('y' * 1_000_000, file=sys.stderr)"), make.code('say("a.b", .5, .4, .6)'),
    )  # fmt: skip
    run = run_report([line], notebooks=tmp_path / "n", output=tmp_path / "out", progress=False)
    assert run.ok, run.failures
    folder = run.pages[0].parent
    assert re.fullmatch(r"[a-z0-9-]+", folder.parent.name)
    assert folder.parent.parent == tmp_path / "out"
    assert {path.name for path in tmp_path.iterdir()} == {"lines with spaces", "n", "out"}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 400_000
    assert "x" * 100 not in run.pages[0].read_text(encoding="utf-8")
    assert read_manifest(run.pages[0])["line"]["name"] == " ".join(name.split())
    assert read_manifest(run.pages[0])["formats"] == ["html", "xlsx"]


def make_facts(started):
    return RunFacts(
        run="r", started=started, effort="quick", workers=2, parameters={}, packages={}, git_commit=None,
        formats=("html", "pdf"),
    )  # fmt: skip


def test_a_clock_that_is_set_back_ends_no_run_before_its_start(make, tmp_path):
    line = read_product_line(make.line(tmp_path / "line"))
    started = datetime.now(UTC) + timedelta(hours=2)
    manifest = build_manifest(make_facts(started), line, [])
    assert manifest["finished"] == manifest["started"]
    assert manifest["formats"] == ["html", "pdf"]
    earlier = build_manifest(replace(make_facts(started), started=started - timedelta(days=1)), line, [])
    assert earlier["finished"] > earlier["started"]


class Text(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self):
        super().__init__()
        self.parts = []

    def handle_data(self, data):
        self.parts.append(data)


@pytest.mark.parametrize(
    "chapters", [[1, 5], pytest.param([1, 2, 5, 6, 7, 12], marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_numbers_are_the_same_twice_with_one_worker_and_two_and_on_the_page(tmp_path, chapters):
    salon = next(folder for folder in find_samples() if folder.name == "salon-software")
    runs = [
        run_report(
            [salon], chapters=chapters, workers=workers, output=tmp_path / "out", formats=["html"], progress=False
        )
        for workers in (1, 2)
    ]
    one, two = (read_manifest(run.pages[0]) for run in runs)
    assert (one["workers"], two["workers"]) == (1, 2)
    said_of_history = {"summary"}  # the second run may tell what has changed since the first
    kept = [
        [record for record in manifest["headlines"] if record["key"].split(".")[0] not in said_of_history]
        for manifest in (one, two)
    ]
    assert kept[0]
    assert kept[0] == kept[1]
    assert [record["chapter"] for record in kept[0]] == sorted(record["chapter"] for record in kept[0])
    reader = Text()
    reader.feed(runs[1].pages[0].read_text(encoding="utf-8"))
    page = re.sub(r"\s+", " ", "".join(reader.parts))
    for record in two["headlines"]:
        assert re.sub(r"\s+", " ", record["text"]) in page


def test_variants_of_one_line_stand_side_by_side(make, tmp_path):
    from cvlab.reports.plans.plan import make_plan
    from cvlab.reports.running.runner import run_plans

    line = make.line(tmp_path / "line")
    make.notebook(
        tmp_path / "n", "02_share", make.parameters("share: float = 0.5"), make.code(make.say),
        make.code('say("a.share", share, share - .1, share + .1)'),
    )  # fmt: skip
    plans = [make_plan([line], notebooks=tmp_path / "n", parameters={"share": share}) for share in (0.2, 0.7)]
    told = []
    run = run_plans(plans, output=tmp_path / "out", progress=False, tell=told.append, formats=["html"])
    assert [page.parent.name for page in run.pages] == [run.run, f"{run.run}-v2"]
    manifests = [read_manifest(page) for page in run.pages]
    assert [manifest["parameters"] for manifest in manifests] == [{"share": 0.2}, {"share": 0.7}]
    assert [manifest["headlines"][0]["value"] for manifest in manifests] == [0.2, 0.7]
    assert [manifest["run"] for manifest in manifests] == [page.parent.name for page in run.pages]
    events = [event["event"] for event in told]
    assert events[0] == "run_started"
    assert sorted(events[1:-1]) == ["chapter_done"] * 2 + ["chapter_started"] * 2 + ["line_published"] * 2
    assert events[-1] == "run_done"
    assert all(event["run"] == run.run for event in told)
    json.dumps(told)


def test_the_last_run_is_the_one_made_before_whatever_the_clock_says_and_whatever_else_this_run_makes(
    make, tmp_path, monkeypatch
):
    """A plan asks for a line twice, each quarter; before the second quarter the clock was set back by a year."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=365)

    line, notebooks = make.line(tmp_path / "line"), tmp_path / "n"
    make.notebook(
        notebooks, "02_one", make.parameters("seed: int = 0"), make.code(make.say),
        make.code('say("a.b", seed / 10, 0.0, 0.9)'),
    )  # fmt: skip
    make.notebook(
        notebooks, "12_summary", make.parameters('headlines: str = ""'), make.code(make.say),
        make.code(
            "import json\nbefore = json.load(open(headlines))['previous']\n"
            'said = [record["value"] for record in before["headlines"]][0] if before else 0.0\n'
            'say("summary.before", said, 0.0, 0.9)'
        ), part="first",
    )  # fmt: skip

    def run_quarter(first, second):
        plans = [
            make_plan([line], parameters={"seed": seed}, notebooks=notebooks, chapters=[2, 12])
            for seed in (first, second)
        ]
        run = run_plans(plans, output=tmp_path / "out", progress=False, formats=["html"], workers=1)
        assert run.ok, run.failures
        return [read_manifest(page)["headlines"][-1]["value"] for page in run.pages]

    assert run_quarter(1, 2) == [0.0, 0.0]
    monkeypatch.setattr(workspaces, "datetime", Clock)
    assert run_quarter(2, 1) == [0.2, 0.1]
    runs = [manifest for _, manifest in read_manifests(tmp_path / "out")[0]]
    assert [manifest["parameters"]["seed"] for manifest in runs] == [1, 2, 2, 1]
    assert runs[0]["started"] < runs[-1]["started"]
    newest, before = (manifest["run"] for _, manifest in find_runs(tmp_path / "out", ["latest", "previous"]))
    assert (newest, before) == (runs[0]["run"], runs[3]["run"])
