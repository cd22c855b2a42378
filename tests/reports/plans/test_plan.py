import pytest

from cvlab.errors import DataError, ParameterError
from cvlab.reports.plans.plan import find_notebooks, find_samples, make_plan, read_assignments


@pytest.fixture
def notebooks(make, tmp_path):
    folder = tmp_path / "notebooks"
    make.notebook(folder, "00_start", make.parameters())
    make.notebook(
        folder,
        "02_segments",
        make.parameters('effort: str = "quick"', "n_clusters: int = 3", 'code: str = "1"', "seed: int = 0"),
    )
    make.notebook(folder, "06_price", make.parameters("n_clusters: float = 0.5"), part="worth")
    make.notebook(folder, "12_summary", make.parameters('headlines: str = ""'), part="first")
    (folder / "notes.ipynb").write_text("not a chapter", encoding="utf-8")
    return folder


@pytest.fixture
def line(make, tmp_path):
    return make.line(tmp_path / "line")


def test_all_chapters_but_the_tour_run_by_default(line, notebooks):
    plan = make_plan([line], notebooks=notebooks)
    assert [chapter.number for chapter in plan.chapters] == [2, 6, 12]
    assert plan.by_chapter[2] == {"product_line": "sample", "effort": "quick", "n_clusters": 3, "code": "1", "seed": 0}


def test_values_take_the_type_each_notebook_declares(line, notebooks):
    plan = make_plan([line], notebooks=notebooks, parameters={"n_clusters": "4", "code": "007"}, effort="full")
    expected = {"product_line": "sample", "effort": "full", "n_clusters": 4, "code": "007", "seed": 0}
    assert plan.by_chapter[2] == expected
    assert isinstance(plan.by_chapter[6]["n_clusters"], float)
    assert "effort" not in plan.by_chapter[6]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_cluster": "3"}, "no selected chapter has a parameter n_cluster: did you mean n_clusters?"),
        ({"colour": "red"}, "no selected chapter has a parameter colour: there are code, n_clusters, seed"),
        ({"x = 1; import os": "1"}, "'x = 1; import os' cannot be the name of a parameter"),
        ({"class": "1"}, "'class' cannot be the name of a parameter"),
        ({"n_clusters": "three"}, "n_clusters is 'three': give a whole number (chapter 2 declares it)"),
        ({"product_line": "x"}, "product_line cannot be set: give the line's folder instead"),
        ({"effort": "full"}, "effort cannot be set: give the effort of the whole report instead"),
        ({"n_clusters": "1"}, "n_clusters is 1: give a whole number of at least 2 (chapter 2 declares it)"),
        ({"seed": "-1"}, "seed is -1: give a whole number of at least 0 (chapter 2 declares it)"),
        ({"headlines": "x"}, "headlines cannot be set: the report fills it in for the summary"),
    ],
)
def test_parameters_are_distrusted(line, notebooks, given, message):
    with pytest.raises(ParameterError) as caught:
        make_plan([line], notebooks=notebooks, parameters=given)
    assert message in str(caught.value)


def test_a_parameter_of_a_chapter_that_is_not_selected_is_unknown(line, notebooks):
    with pytest.raises(ParameterError, match="no selected chapter has a parameter code: there are n_clusters"):
        make_plan([line], notebooks=notebooks, chapters=[6], parameters={"code": "007"})


def test_all_problems_are_told_at_once(line, notebooks):
    with pytest.raises(ParameterError) as caught:
        make_plan([line], notebooks=notebooks, parameters={"colour": "red", "n_clusters": "many", "product_line": "y"})
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("chapters", "message"),
    [
        ([2, 7], "there is no chapter 7: there are 2, 6, 12"),
        ([0], "chapter 0 is the tour and no part of a report: leave it out"),
        ([], "no chapter is selected: name at least one, such as 2,6"),
    ],
)
def test_unknown_chapters_stop_the_run(line, notebooks, chapters, message):
    with pytest.raises(ParameterError) as caught:
        make_plan([line], notebooks=notebooks, chapters=chapters)
    assert str(caught.value) == message


def test_two_notebooks_of_one_number_stop_the_run(make, line, notebooks):
    make.notebook(notebooks, "06_other", make.parameters())
    with pytest.raises(
        ParameterError, match=r"chapter 6 is there more than once: 06_other\.ipynb, 06_price\.ipynb\. Keep one"
    ):
        make_plan([line], notebooks=notebooks)


def test_only_selected_notebooks_must_be_sound(make, line, notebooks):
    (notebooks / "03_broken.ipynb").write_text("{", encoding="utf-8")
    assert [chapter.number for chapter in make_plan([line], notebooks=notebooks, chapters=[6, 2]).chapters] == [2, 6]
    with pytest.raises(ParameterError, match=r"03_broken\.ipynb cannot be read"):
        make_plan([line], notebooks=notebooks)


def test_effort_is_one_of_two_words(line, notebooks):
    with pytest.raises(ParameterError, match="effort is 'fast': give one of 'quick', 'full'"):
        make_plan([line], notebooks=notebooks, effort="fast")


def test_errors_of_all_lines_are_told_together(make, tmp_path, line, notebooks):
    bad = make.line(tmp_path / "bad", "Bad")
    (bad / "customers.csv").write_text("customer_id,start_date\na,2025-01-01\na,2025-01-01\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        make_plan([tmp_path / "nowhere", line, bad], notebooks=notebooks)
    message = str(caught.value)
    assert str(tmp_path / "nowhere") in message
    assert str(bad) in message
    assert len(caught.value.problems) >= 2


def test_lines_of_one_name_stop_the_run(make, tmp_path, line, notebooks):
    other = make.line(tmp_path / "other")
    with pytest.raises(DataError, match="are both called Sample: their reports would share a folder"):
        make_plan([line, other], notebooks=notebooks)


def test_a_folder_given_twice_is_called_that(line, notebooks):
    with pytest.raises(DataError) as caught:
        make_plan([line, line.parent / "." / line.name / ".." / line.name], notebooks=notebooks)
    assert str(caught.value).endswith("is given twice: give it once")


def test_characteristics_are_looked_up_in_each_line_before_the_start(make, tmp_path, line, notebooks):
    make.notebook(notebooks, "03_by", make.parameters('segment_by: str = ""'))
    make.notebook(notebooks, "04_skipped", make.parameters('segment_by: str = "size"'), needs_any=["rungs"])
    other = make.line(tmp_path / "other", "Other")
    (other / "customers.csv").write_text(
        "customer_id,start_date,size\na,2025-01-01,1\nb,2025-01-02,2\n", encoding="utf-8"
    )
    plan = make_plan([line, other], notebooks=notebooks)
    assert plan.by_chapter[3]["segment_by"] == ""
    with pytest.raises(ParameterError) as caught:
        make_plan([line, other], notebooks=notebooks, parameters={"segment_by": "region"})
    assert str(caught.value) == (
        "segment_by is 'region', but in Other customers has no characteristic 'region': give some of those it has, size"
    )


def test_no_line_is_refused(notebooks):
    with pytest.raises(ParameterError, match="no product line is given"):
        make_plan([], notebooks=notebooks)


def test_folders_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ParameterError, match=r"there is no folder .*missing"):
        find_notebooks(tmp_path / "missing")
    with pytest.raises(ParameterError, match="holds no chapter"):
        find_notebooks(tmp_path)
    with pytest.raises(ParameterError, match="holds no product line"):
        find_samples(tmp_path)


def test_samples_are_found_in_order(make, tmp_path):
    lines = [make.line(tmp_path / name, name) for name in ("b", "a")]
    assert find_samples(tmp_path) == (lines[1], lines[0])


def test_assignments_are_split_at_the_first_equals_sign():
    assert read_assignments([" code =007", "note=a=b", "empty="]) == {"code": "007", "note": "a=b", "empty": ""}
    with pytest.raises(ParameterError) as caught:
        read_assignments(["code", "k=1", "k=2"])
    assert str(caught.value) == "'code' sets nothing: write name=value\nk is set twice: set it once"
