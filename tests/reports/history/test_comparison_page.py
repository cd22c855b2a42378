import json
from itertools import pairwise

import pytest
from click.testing import CliRunner

from cvlab import cli
from cvlab.errors import DataError
from cvlab.reports.comparison.comparison import compare_runs
from cvlab.reports.comparison.comparison_words import describe_changes, write_comparison
from cvlab.reports.comparison.verdicts import VERDICTS
from cvlab.reports.history.comparison_page import name_page, write_comparison_page
from cvlab.reports.history.index import write_index
from cvlab.reports.records.runs import find_runs

HOSTILE = '"><script>document.title="owned"</script><img src="https://example.org/x.png" onerror="alert(1)">'


def cvlab(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.fixture
def output(tmp_path, past):
    """Two runs in which one of each kind of change happened."""
    count = {"unit": "count", "smallest_change": 5.0}
    old = [
        past.record(key="a.matters"),
        past.record(key="a.small", label="small", **count, value=3.0, low=3.0, high=3.0),
        past.record(key="a.unsure", label="unsure"),
        past.record(key="a.gone", label="gone"),
        past.record(key="a.same", label="same", unit="share", value=0.5, low=0.4, high=0.6),
    ]
    new = [
        past.record(key="a.matters", value=30.0, low=29.0, high=31.0, text="It is <b>30</b> & more."),
        past.record(key="a.small", label="small", **count, value=4.0, low=4.0, high=4.0),
        past.record(key="a.unsure", label="unsure", value=20.5, low=18.0, high=22.0),
        past.record(key="a.new", label="new"),
        past.record(key="a.same", label="same", unit="share", value=0.5, low=0.4, high=0.6),
    ]
    seeded = [{"chapter": 6, "status": "done", "question": "", "reason": "", "parameters": {"seed": 4}}]
    past.run(tmp_path, past.manifest(*old, run="a"))
    past.run(tmp_path, past.manifest(*new, run="b", started="2026-02-01T00:00:00Z", seed=4, chapters=seeded))
    return tmp_path


def test_every_kind_of_change_is_written_on_the_page_and_in_the_terminal(output):
    runs = find_runs(output, ["a", "b"])
    comparison = compare_runs(runs[0][1], runs[1][1])
    changes = describe_changes(comparison, runs[0][1], runs[1][1])
    assert {change["verdict"] for change in changes} == set(VERDICTS)
    told = write_comparison(comparison, runs[0][1], runs[1][1])
    html = write_comparison_page(*runs).read_text(encoding="utf-8")
    for words in ("Changed, and it matters", "Changed, too little to matter", "Cannot tell", "New", "Gone", "The same"):
        assert words in told
        assert words in html
    assert "€20.00 → €30.00   ▲ better" in told
    assert "+€10.00 (+€8.59 to +€11.41)" in told
    assert "+€8.59 to +€11.41" in html
    assert "It is &lt;b&gt;30&lt;/b&gt; &amp; more." in html
    assert 'alt="Difference +€10.00, interval +€8.59 to +€11.41"' in html
    assert max(map(len, told.splitlines())) <= 100


def test_a_long_label_and_a_long_reason_stay_within_the_terminal(past):
    old = past.manifest(past.record(label="word " * 40, unit="months"))
    new = past.manifest(past.record(label="word " * 40, unit="months", value=90.0, low=80.0, high=99.0), seed=1)
    told = write_comparison(compare_runs(old, new), old, new)
    assert max(map(len, told.splitlines())) <= 100


def test_what_was_to_be_done_first_is_told_then_and_now(past, tmp_path):
    first = past.record(key="summary.first_action", words={"action": "Hold the price"})
    second = past.record(key="summary.first_action", words={"action": HOSTILE})
    old = past.manifest(past.record(), first, run="a")
    new = past.manifest(past.record(), second, run="b", started="2026-02-01T00:00:00Z")
    told = write_comparison(compare_runs(old, new), old, new).replace("\n", " ")
    assert f"First action: Hold the price → {HOSTILE}" in told
    same = write_comparison(compare_runs(old, old), old, old)
    assert "First action: Hold the price, then and now" in same.splitlines()
    bare = past.manifest(past.record())
    assert "First action: none → Hold the price" in write_comparison(compare_runs(bare, old), bare, old)
    assert "First action" not in write_comparison(compare_runs(bare, bare), bare, bare)
    past.run(tmp_path, old)
    past.run(tmp_path, new)
    html = write_comparison_page(*find_runs(tmp_path, ["a", "b"])).read_text(encoding="utf-8")
    assert "First action: Hold the price → &#34;&gt;&lt;script&gt;" in html


def test_files_and_notebooks_that_changed_are_said_in_words(past):
    chapters = [{"chapter": 6, "status": "done", "question": "", "reason": "", "source_sha256": "1"}]
    old = past.manifest(past.record(), data={"rungs.csv": "1"}, chapters=chapters)
    new = past.manifest(past.record(), data={"rungs.csv": "2"}, chapters=[{**chapters[0], "source_sha256": "2"}])
    told = write_comparison(compare_runs(old, new), old, new).splitlines()
    assert {"  rungs.csv has other content", "  chapter 6, notebook has other content"} <= set(told)


def test_the_page_stands_beside_the_newer_run_and_links_both(output):
    runs = find_runs(output, ["a", "b"])
    page = write_comparison_page(*runs)
    assert page == name_page(*runs) == output / "line" / "compare-a-b.html"
    html = page.read_text(encoding="utf-8")
    assert 'href="a/index.html"' in html
    assert 'href="b/index.html"' in html
    assert 'href="../index.html"' in html
    assert [path.name for path in output.glob("*/.*")] == []


def test_a_page_that_cannot_be_written_says_so(output, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be written .*: name another with --html"):
        write_comparison_page(*find_runs(output, ["a", "b"]), tmp_path / "file" / "page.html")
    with pytest.raises(DataError, match=r"cannot be written \(.*name too long.*\)"):
        write_comparison_page(*find_runs(output, ["a", "b"]), tmp_path / f"{'x' * 300}.html")


def test_the_command_writes_text_and_page_and_links_it_from_the_index(output):
    done = cvlab("compare", "previous", "latest", "--output", output)
    assert done.exit_code == 0, done.output
    assert "1 of 4 headlines in both runs changed and matter" in done.output
    assert done.output.strip().endswith("compare-a-b.html")
    assert 'href="line/compare-a-b.html"' in (output / "index.html").read_text(encoding="utf-8")
    elsewhere = output / "new folder" / "mine.html"
    assert cvlab("compare", "line/a", "b", "--output", output, "--html", elsewhere).exit_code == 0
    assert 'href="../line/a/index.html"' in elsewhere.read_text(encoding="utf-8")


def test_the_command_gives_programs_strict_json(output):
    done = cvlab("compare", "a", "b", "--output", output, "--json")
    told = json.loads(done.output, parse_constant=pytest.fail)
    assert (told["line"], told["then"], told["now"]) == ("line", "a", "b")
    assert {row["verdict"] for row in told["headlines"]} == set(VERDICTS)
    assert told["circumstances"] == [{"chapter": 0, "what": "seed", "then": "0", "now": "4"}]
    listed = json.loads(cvlab("runs", "--output", output, "--json").output)
    assert [(run["run"], run["answered"]) for run in listed] == [("b", 1), ("a", 1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "a", "c"], "there is no report 'c'"),
        (["compare", "../../a", "b"], "there is no report '../../a'"),
        (["compare", "a", "b", "--json", "--html", "x.html"], "--html and --json are given together"),
        (["runs", "tea leaves"], "there is no report of a line 'tea leaves': there are line"),
        (["runs", "a\x1b[2J"], "there is no report of a line"),
    ],
)
def test_the_commands_say_in_one_line_what_is_wrong(output, arguments, said):
    done = cvlab(*arguments, "--output", output)
    assert done.exit_code == 1
    assert said in done.output
    assert "\x1b" not in done.output
    assert "Traceback" not in done.output


def test_runs_are_listed_line_by_line(output, past):
    folder = past.run(output, past.manifest(run="z", slug="other", line={"name": "Oat\x1b[2Jmilk"}, light="green"))
    (folder / "report.pdf").write_bytes(b"")
    past.run(output, past.manifest(run="odd", format=7))
    told = cvlab("runs", "--output", output).output
    assert told.index("  b    2026-02-01 00:00") < told.index("  a    2026-01-01 00:00")
    assert "green  1 of 1    html pdf" in told
    assert "Without a manifest that can be read: line/odd" in told
    assert "\x1b" not in told
    assert cvlab("runs", "tea", "--output", output / "line").output.startswith("Error: there is no report of a line")


@pytest.mark.browser
def test_pages_over_hostile_manifests_stay_inert(tmp_path, past, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    line = {"name": HOSTILE, "period": HOSTILE, "number_format": "de"}
    for run, value in (("a", 20.0), (f"b{HOSTILE[:20]}", 30.0)):
        hostile = past.record(
            label=HOSTILE, text=HOSTILE, method=HOSTILE, key=f"x.{HOSTILE}", value=value, low=value - 1, high=value + 1,
            words={"rung": f"{HOSTILE}{value}"},
        )  # fmt: skip
        price = past.record(key="willingness_to_pay.best_price", label=HOSTILE, value=value)
        past.run(
            tmp_path,
            past.manifest(
                hostile, price, run=run, line=line, cvlab=HOSTILE + run, light=HOSTILE, effort=HOSTILE,
                parameters={HOSTILE: HOSTILE}, data={HOSTILE: run}, started=f"2026-01-0{1 + (value > 20)}T00:00:00Z",
            ),
            folder=run.replace("/", ""),
        )  # fmt: skip
    index = write_index(tmp_path)
    (compared,) = (tmp_path / "line").glob("compare-*.html")
    for path in (index, compared):
        page.goto(path.as_uri())
        assert "owned" not in page.title().replace(HOSTILE, "")
        assert page.locator("script, iframe, object, [onerror]").count() == 0
        pictures = page.locator("img")
        assert pictures.count() >= 1
        for place in range(pictures.count()):
            assert pictures.nth(place).get_attribute("src").startswith("data:image/svg+xml,")
            assert pictures.nth(place).get_attribute("alt")
            assert pictures.nth(place).evaluate("picture => picture.naturalWidth") > 0
        headings = page.locator("h1, h2, h3").evaluate_all("found => found.map(one => Number(one.tagName[1]))")
        assert headings[0] == 1
        assert all(second - first <= 1 for first, second in pairwise(headings))
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.goto(index.as_uri())
    page.get_by_role("link", name="What changed since the run before").first.click()
    assert page.locator("h1").inner_text() == HOSTILE
