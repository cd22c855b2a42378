import json
import math
from types import SimpleNamespace

import pytest

from cvlab.analyses.common import Headline, Result
from cvlab.errors import DataError
from cvlab.reports import RunHeadlines, rank_headlines, read_headlines
from cvlab.reports.records.ranking import measure_sharpness, name_sharpness
from cvlab.reports.records.runs import read_manifests
from cvlab.reports.summary.summary import find_before


def headline(key, value, half, *, smallest_change=math.nan, unit="share", decides=True):
    return Headline(
        key=key, label=key, value=value, low=value - half, high=value + half, n=50, unit=unit,
        sentence=f"{key} says so.", smallest_change=smallest_change, decides=decides,
    ).to_record()  # fmt: skip


def chapter(number, *headlines, status="done", reason="", missing=()):
    return {
        "chapter": number, "question": f"Question {number}?", "status": status, "reason": reason,
        "missing": list(missing), "headlines": list(headlines),
    }  # fmt: skip


@pytest.fixture
def run():
    return RunHeadlines(
        chapters=(
            chapter(1, headline("trust.usable_share", 0.9, 0.01, decides=False)),
            chapter(2, headline("a.rough", 0.5, 0.4, smallest_change=0.1), headline("a.open", math.nan, 0.0)),
            chapter(6, headline("b.clear", 10.0, 0.5, unit="money"), headline("b.fair", 0.5, 0.2, smallest_change=0.1)),
            chapter(7, status="skipped", reason="Add rungs.csv.", missing=["rungs", "rung_values"]),
            chapter(9, status="failed", reason="It failed."),
            chapter(12, headline("summary.clear_answers", 1.0, 0.0)),
        ),
        light="amber",
        source="a test",
    )


def test_the_sharpest_stand_first_and_say_how_sure_they_are(run):
    ranking = rank_headlines(run)
    assert isinstance(ranking, Result)
    assert ranking.table[["rank", "chapter", "what", "how_sure"]].to_numpy().tolist() == [
        [1, 6, "b.clear", "clear"],
        [2, 6, "b.fair", "fair"],
        [3, 2, "a.rough", "rough"],
    ]
    assert ranking.light == "amber"


def test_what_stayed_open_is_listed_with_the_table_that_would_answer_it(run):
    ranking = rank_headlines(run)
    assert ranking.unanswered[["chapter", "why", "tables"]].to_numpy().tolist() == [
        [2, "a.open says so.", ""],
        [7, "Add rungs.csv.", "rungs or rung_values"],
        [9, "It failed.", ""],
    ]
    assert "Open, chapter 7: Question 7? Add rungs.csv." in ranking.notes
    assert "trust.usable_share says so." not in ranking.notes  # the page says it first


def test_the_headline_counts_clear_answers_among_all_that_were_sought(run):
    ranking = rank_headlines(run)
    assert (ranking.headline.value, ranking.headline.n) == (1.0, 6)
    assert str(ranking.headline) == (
        "1 of the 6 answers sought is clear enough to act on. The sharpest in money: b.clear says so."
    )
    assert Headline.from_record(ranking.headline.to_record()).value == 1.0


def test_a_report_without_answers_says_so():
    ranking = rank_headlines(
        RunHeadlines(chapters=(chapter(7, status="skipped", reason="Add."),), light=None, source="")
    )
    assert math.isnan(ranking.headline.value)
    assert str(ranking.headline).startswith("None of the answers sought could be given")
    assert ranking.table.empty


def test_nothing_is_called_sharp_that_has_no_interval():
    bare = headline("b.bare", 10.0, math.nan, unit="money")
    ranking = rank_headlines(RunHeadlines(chapters=(chapter(6, bare),), light=None, source=""))
    assert str(ranking.headline) == (
        "None of the 1 answer sought is clear enough to act on: none has an interval that says how well it is known."
    )
    assert "Every question of these chapters was answered." in ranking.notes
    assert not any("Clear means" in note for note in ranking.notes)
    sharp = headline("a.sharp", 0.5, 0.01, smallest_change=0.1)
    mixed = rank_headlines(RunHeadlines(chapters=(chapter(2, sharp), chapter(6, bare)), light=None, source=""))
    assert str(mixed.headline) == (
        "1 of the 2 answers sought is clear enough to act on. The sharpest: a.sharp says so."
    )


def test_a_summary_of_nothing_claims_nothing():
    alone = rank_headlines(RunHeadlines(chapters=(), light=None, source=""))
    assert str(alone.headline) == "There is nothing to rank: no other chapter of this report gives an answer to act on."
    assert alone.notes == ("No other chapter is part of this report.",)
    described = chapter(1, headline("trust.usable_share", 0.9, 0.01, decides=False))
    silent = rank_headlines(RunHeadlines(chapters=(described, chapter(7)), light="green", source=""))
    assert "Open, chapter 7: Question 7? The chapter ran, but gave no number." in silent.notes
    assert str(silent.headline).startswith("None of the answers sought could be given")


def test_all_tables_that_a_chapter_lacks_are_named():
    skipped = chapter(7, status="skipped", reason="Add.", missing=["a", "b"]) | {"missing_all": ["rungs"]}
    ranking = rank_headlines(RunHeadlines(chapters=(skipped,), light=None, source=""))
    assert ranking.unanswered["tables"].tolist() == ["rungs and (a or b)"]


def test_braces_in_a_sentence_stay_words(run):
    hostile = headline("b.odd", 10.0, 0.1, unit="money") | {"text": "{value} {0} <b>"}
    ranking = rank_headlines(RunHeadlines(chapters=(chapter(6, hostile),), light=None, source=""))
    assert str(ranking.headline).endswith("The sharpest in money: {value} {0} <b>")


@pytest.mark.parametrize(
    ("record", "sharpness", "word"),
    [
        ({"value": 1.0, "low": 0.9, "high": 1.1, "smallest_change": None}, 1.0, "clear"),
        ({"value": 1.0, "low": 0.7, "high": 1.3, "smallest_change": 0.1}, 3.0, "fair"),
        ({"value": -1.0, "low": -2.0, "high": 0.0, "smallest_change": None}, 10.0, "rough"),
        ({"value": 0.0, "low": -1.0, "high": 1.0, "smallest_change": None}, math.inf, "no interval"),
        ({"value": 1.0, "low": None, "high": None, "smallest_change": 0.1}, math.inf, "no interval"),
    ],
)
def test_sharpness_is_half_the_interval_against_what_matters(record, sharpness, word):
    assert measure_sharpness(record) == pytest.approx(sharpness)
    assert name_sharpness(sharpness) == word


def test_headlines_come_from_the_runners_file(run, tmp_path):
    path = tmp_path / "headlines.json"
    path.write_text(json.dumps(list(run.chapters)), encoding="utf-8")
    line = SimpleNamespace(name="Line", slug="line", folder="lines/line")
    assert [chapter["chapter"] for chapter in read_headlines(str(path), line).chapters] == [1, 2, 6, 7, 9, 12]
    with pytest.raises(DataError, match="cannot be read"):
        read_headlines(str(tmp_path / "missing.json"), line)


def test_without_a_file_the_newest_report_speaks(eventful, tmp_path):
    manifest = eventful.manifest
    line = SimpleNamespace(name=manifest["line"]["name"], slug=manifest["line"]["slug"], folder="cafe")
    read = read_headlines("", line, reports=eventful.run.index.parent)
    assert read.light == "green"
    assert read.source.startswith("the report of run ")
    assert "price.best" in [record["key"] for chapter in read.chapters for record in chapter["headlines"]]
    nothing = read_headlines("", line, reports=tmp_path)
    assert (nothing.chapters, nothing.previous, nothing.headlines) == ((), None, ())
    assert nothing.source == (
        "There is no report of Café & Söhne <b> to sum up yet: make one with `cvlab report cafe`."
    )
    assert rank_headlines(nothing).notes == (nothing.source,)


def test_the_report_before_is_found(tmp_path):
    def write(run, started, *, chapters=(1, 12), slug="line"):
        folder = tmp_path / slug / run
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("x")
        manifest = {
            "format": 1, "run": run, "started": started, "status": "done", "light": "green",
            "line": {"name": "Line", "slug": slug}, "headlines": [],
            "chapters": [{"chapter": n, "status": "done", "question": "?", "reason": ""} for n in chapters],
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest))

    write("one", "2026-01-01T00:00:00Z")
    write("two", "2026-02-01T00:00:00Z")
    write("only summary", "2026-02-15T00:00:00Z", chapters=(12,))
    write("three", "2026-03-01T00:00:00Z")
    write("four", "2026-04-01T00:00:00Z", slug="another")
    read = {manifest["run"]: manifest for _, manifest in read_manifests(tmp_path)[0]}
    assert find_before(tmp_path, read["three"])["run"] == "two"
    assert find_before(tmp_path, read["one"]) is None
    line = SimpleNamespace(name="Line", slug="line", folder="line")
    assert read_headlines("", line, reports=tmp_path).previous["run"] == "two"


def test_the_runners_file_brings_the_report_before(run, tmp_path):
    path = tmp_path / "headlines.json"
    path.write_text(json.dumps({"chapters": list(run.chapters), "previous": {"run": "then"}}), encoding="utf-8")
    read = read_headlines(str(path), SimpleNamespace(name="Line", slug="line", folder="line"))
    assert read.previous == {"run": "then"}
    assert [record["key"] for record in read.headlines] == [
        "trust.usable_share", "a.rough", "a.open", "b.clear", "b.fair"
    ]  # fmt: skip
    assert {record["chapter"] for record in read.headlines} == {1, 2, 6}
    path.write_text("[3]")
    with pytest.raises(DataError, match="cannot be read"):
        read_headlines(str(path), SimpleNamespace(name="Line", slug="line", folder="line"))


def test_a_number_whose_sign_is_not_known_is_not_clear():
    from cvlab.reports.records.ranking import measure_sharpness, name_sharpness

    unsure = {"value": 1.6, "low": -10.7, "high": 16.2, "smallest_change": 39.0}
    assert name_sharpness(measure_sharpness(unsure)) == "rough"
    assert name_sharpness(measure_sharpness({**unsure, "low": 1.0, "high": 2.0})) == "clear"


def test_a_question_is_named_once_however_much_of_it_stayed_open():
    unclear = [headline(f"demo.{name}", math.nan, math.nan) for name in ("one", "two")]
    run = RunHeadlines(chapters=(chapter(2, *unclear),), light="green", source="a test")
    notes = [note for note in rank_headlines(run).notes if note.startswith("Open")]
    assert notes == ["Open, chapter 2: Question 2? demo.one says so. demo.two says so."]
