import pytest

from cvlab.errors import DataError, ParameterError
from cvlab.reports.plans.plan_file import LineRequest, PlanFile, make_plans, override, read_plan_file


@pytest.fixture
def notebooks(make, tmp_path):
    folder = tmp_path / "notebooks"
    make.notebook(folder, "02_segments", make.parameters("seed: int = 0", 'code: str = "1"'))
    make.notebook(folder, "06_price", make.parameters("seed: int = 0", "price: float = 1.0"), part="worth")
    return folder


@pytest.fixture
def line(make, tmp_path):
    return make.line(tmp_path / "lines" / "one")


@pytest.fixture
def other(make, tmp_path):
    return make.line(tmp_path / "lines" / "two", "Other")


def read(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return read_plan_file(path)


def refuse(tmp_path, text):
    with pytest.raises(ParameterError) as caught:
        read(tmp_path, text)
    return str(caught.value).splitlines()


def test_everything_that_a_plan_can_say(tmp_path):
    plan = read(
        tmp_path,
        """
        lines:
          - lines/one
          - {folder: lines/two, chapters: [2], parameters: {code: "007", since: 2026-05-31}}
        chapters: [2, 6]
        parameters: {seed: 7}
        effort: full
        workers: 2
        output: /srv/reports
        formats: pdf, xlsx
        timeout_seconds: 1200
        notebooks: ../notebooks
        """,
    )
    assert plan.lines == (
        LineRequest(folder=tmp_path / "lines" / "one"),
        LineRequest(
            folder=tmp_path / "lines" / "two", chapters=(2,), parameters={"code": "007", "since": "2026-05-31"}
        ),
    )
    assert (plan.chapters, plan.parameters, plan.effort, plan.workers) == ((2, 6), {"seed": 7}, "full", 2)
    assert (plan.formats, plan.timeout_seconds) == (("html", "pdf", "xlsx"), 1200)
    assert (plan.output.as_posix(), plan.notebooks) == ("/srv/reports", tmp_path / "../notebooks")


def test_keys_without_a_value_are_not_given(tmp_path):
    assert read(tmp_path, "lines: [one]\neffort:\nworkers: ~") == PlanFile(
        lines=(LineRequest(folder=tmp_path / "one"),)
    )


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path):
    said = refuse(
        tmp_path,
        "lines:\n  - one\n  - {chapter: 3, chapters: [1, two]}\n  - 7\nefort: full\neffort: fast\nchapters: [yes]\n"
        "workers: 0\nformats: [html, docx]\ntimeout_seconds: soon\nparameters: [a]\n? [a]\n: 1\nworkers: 2\n"
        "output: ' '",
    )
    assert said == [
        "plan.yaml, line 14: the key 'workers' is there twice: keep one",
        "plan.yaml, line 3: the key 'chapter' is not known: did you mean chapters?",
        "plan.yaml, line 3: chapters is [1, 'two']: give the numbers of chapters, such as [2, 6]",
        "plan.yaml, line 3: the key folder is missing: add it, as in `folder: lines/salon`",
        "plan.yaml, line 4: a line is 7: give a folder, relative to the plan file",
        "plan.yaml, line 5: the key 'efort' is not known: did you mean effort?",
        "plan.yaml, line 6: effort is 'fast': give one of 'quick', 'full'",
        "plan.yaml, line 7: chapters is [True]: give the numbers of chapters, such as [2, 6]",
        "plan.yaml, line 8: workers is 0: give a whole number of at least 1",
        "plan.yaml, line 9: formats: 'docx' unknown: give some of html, pdf, xlsx, pptx",
        "plan.yaml, line 10: timeout_seconds is 'soon': give a number above 0",
        "plan.yaml, line 11: parameters is ['a']: give a value for each name, such as {seed: 7}",
        "plan.yaml, line 12: the key ['a'] is not known: known are lines, chapters, parameters, effort, workers, "
        "output, formats, timeout_seconds, notebooks",
        "plan.yaml, line 15: output is ' ': give a folder, relative to the plan file",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "plan.yaml: the file must hold keys and values: write one `key: value` per line"),
        ("- one", "plan.yaml, line 1: the file must hold keys and values: write one `key: value` per line"),
        ("effort: full", "plan.yaml, line 1: the key lines is missing: add it, as in `lines: [lines/salon]`"),
        ("lines:", "plan.yaml, line 1: the key lines is missing: add it, as in `lines: [lines/salon]`"),
        ("lines: []", "plan.yaml, line 1: lines must be a list of folders: write one `- folder` per line"),
        ("lines: one", "plan.yaml, line 1: lines must be a list of folders: write one `- folder` per line"),
        ("lines: [one\n", "plan.yaml, line 2: this is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("lines: [one]\nparameters: {a: 2026-02-30}", "plan.yaml: it has an impossible value: day is out of range"),
        ("lines: [&a one, *a]", "plan.yaml, line 1: anchors (&) and aliases (*) must not be used"),
        ("lines: [!!python/name:os.system '']", "plan.yaml, line 1: this is not YAML: could not determine a"),
        ("lines: [{folder: one, folder: two}]", "plan.yaml, line 1: the key 'folder' is there twice: keep one"),
        ('lines: ["a\\0b"]', "plan.yaml, line 1: a line is 'a\\x00b': give a folder"),
        (
            "lines: " + "[" * 4000 + "]" * 4000,
            "plan.yaml: it has an impossible value: maximum recursion depth exceeded",
        ),
    ],
)
def test_files_that_are_no_plan_are_refused(tmp_path, text, said):
    assert refuse(tmp_path, text)[0].startswith(said)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read: No such file"):
        read_plan_file(tmp_path / "none.yaml")
    with pytest.raises(ParameterError, match="cannot be read: Is a directory"):
        read_plan_file(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("lines: [café]".encode("latin-1"))
    with pytest.raises(ParameterError, match="is not text: save it as UTF-8"):
        read_plan_file(tmp_path / "latin.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ParameterError, match="is larger than a plan can be"):
        read_plan_file(tmp_path / "large.yaml")


def test_lines_have_chapters_and_parameters_of_their_own(tmp_path, line, other, notebooks):
    plan = read(
        tmp_path,
        "lines:\n  - lines/one\n  - {folder: lines/two, chapters: [6], parameters: {price: 2}}\n"
        "  - {folder: lines/two, chapters: [6], parameters: {price: 3}}\n"
        "parameters: {seed: 7, code: x}\neffort: full\nnotebooks: notebooks",
    )
    one, two, again = make_plans(plan)
    assert [chapter.number for chapter in one.chapters] == [2, 6]
    assert one.parameters == {"seed": 7, "code": "x"}
    assert one.by_chapter[6]["price"] == 1.0
    assert two.parameters == {"seed": 7, "price": 2.0}  # chapter 6 has no code
    assert again.by_chapter == {6: {"product_line": "sample", "seed": 7, "price": 3.0}}
    assert {each.effort for each in (one, two, again)} == {"full"}


def test_what_the_command_line_says_counts_more(tmp_path, line, other, notebooks):
    plan = read(
        tmp_path,
        "lines: [{folder: lines/one, chapters: [2], parameters: {seed: 1}}, lines/two]\nparameters: {seed: 2}\n"
        "chapters: [6]\neffort: full\nworkers: 3\noutput: out\nformats: [pdf]\ntimeout_seconds: 5\n"
        "notebooks: notebooks",
    )
    assert override(plan) == plan
    changed = override(
        plan, chapters=[2, 6], parameters={"seed": "5"}, effort="quick", workers=1, output=tmp_path, formats=["pptx"],
        timeout_seconds=9.0, notebooks=notebooks,
    )  # fmt: skip
    assert (changed.effort, changed.workers, changed.output) == ("quick", 1, tmp_path)
    assert (changed.formats, changed.timeout_seconds) == (("pptx",), 9.0)
    for each in make_plans(changed):
        assert [chapter.number for chapter in each.chapters] == [2, 6]
        assert each.parameters == {"seed": 5}


def test_every_line_is_checked_before_anything_starts(tmp_path, line, other, notebooks):
    plan = read(
        tmp_path,
        "lines:\n  - {folder: lines/one, chapters: [7]}\n  - {folder: lines/two, parameters: {cod: x}}\n"
        "parameters: {colour: red, seed: many}\nnotebooks: notebooks",
    )
    with pytest.raises(ParameterError) as caught:
        make_plans(plan)
    assert str(caught.value).splitlines() == [
        "there is no chapter 7: there are 2, 6",
        "no selected chapter has a parameter cod: did you mean code?",
        "seed is 'many': give a whole number (chapter 2 declares it)",
        "seed is 'many': give a whole number (chapter 6 declares it)",
    ]


def test_a_parameter_that_no_line_has_is_refused(tmp_path, line, other, notebooks):
    plan = read(tmp_path, "lines: [lines/one, lines/two]\nparameters: {colour: red}\nnotebooks: notebooks")
    with pytest.raises(ParameterError) as caught:
        make_plans(plan)
    assert str(caught.value) == "no selected chapter has a parameter colour: there are code, price, seed"


def test_lines_that_cannot_be_used_are_all_named(tmp_path, line, other, notebooks):
    plan = read(tmp_path, "lines: [lines/one, nowhere, {folder: lines/two, chapters: [9]}]\nnotebooks: notebooks")
    with pytest.raises(DataError) as caught:
        make_plans(plan)
    assert "nowhere" in str(caught.value)
    assert "there is no chapter 9: there are 2, 6" in str(caught.value)
    assert caught.value.problems


@pytest.mark.parametrize("second", ["lines/../lines/one", "{folder: lines/one, parameters: {seed: 0}}"])
def test_the_same_report_is_not_asked_for_twice(tmp_path, line, notebooks, second):
    plan = read(tmp_path, f"lines: [lines/one, {second}]\nnotebooks: notebooks")
    with pytest.raises(
        DataError, match="is given twice with the same chapters and parameters: give it once, or let them differ"
    ):
        make_plans(plan)


def test_two_lines_of_one_name_are_refused(make, tmp_path, line, notebooks):
    make.line(tmp_path / "lines" / "copy")
    plan = read(tmp_path, "lines: [lines/one, {folder: lines/copy, chapters: [2]}]\nnotebooks: notebooks")
    with pytest.raises(DataError, match="are both called Sample: their reports would share a folder"):
        make_plans(plan)
