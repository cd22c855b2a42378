import json

import pytest

from cvlab.errors import ParameterError
from cvlab.reports.plans.chapters import read_chapter


def test_a_chapter_says_what_it_is(make, tmp_path):
    path = make.notebook(
        tmp_path, "06_willingness_to_pay", make.markdown("# 6 · Willingness to pay\n\nProse."),
        make.parameters("seed: int = 4"), part="worth", question="What will they pay?", needs_any=["price_ladder"],
    )  # fmt: skip
    chapter = read_chapter(path)
    assert (chapter.number, chapter.title, chapter.part) == (6, "Willingness to pay", "worth")
    assert chapter.parameters["seed"].default == 4
    assert chapter.needs_any == ("price_ladder",)


def test_a_chapter_may_say_what_it_decides(make, tmp_path):
    path = make.notebook(tmp_path, "06_price", make.parameters(), decision=" Set the price. ")
    assert read_chapter(path).decision == "Set the price."
    assert read_chapter(make.notebook(tmp_path, "07_ladder", make.parameters())).decision == ""


def test_a_chapter_may_name_the_headlines_that_decide(make, tmp_path):
    path = make.notebook(tmp_path, "06_price", make.parameters(), deciding=["price.best", "price.gain"])
    assert read_chapter(path).deciding == ("price.best", "price.gain")
    assert read_chapter(make.notebook(tmp_path, "07_ladder", make.parameters())).deciding == ()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("05_economic_value", "economic_value.total"),
        ("06_willingness_to_pay", "willingness_to_pay.best_price"),
        ("07_value_ladder", "value_ladder.gain"),
    ],
)
def test_the_priced_chapters_name_what_decides(checkout, name, first):
    assert read_chapter(checkout / "notebooks" / f"{name}.ipynb").deciding[0] == first


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"chapter": 7}, "06_price.ipynb: its metadata say chapter 7, its name says 6: make them agree"),
        ({"part": "middle"}, "06_price.ipynb: its part is 'middle': give one of light, who, worth, offer, keep, first"),
        ({"question": " "}, "06_price.ipynb: its metadata lack the question that the chapter answers"),
        ({"needs_any": "rungs"}, "06_price.ipynb: needs_any is not a list of names of tables"),
        ({"needs_all": [1]}, "06_price.ipynb: needs_all is not a list of names of tables"),
        (
            {"deciding": "price.best"},
            "06_price.ipynb: deciding is not a list of keys of headlines, such as willingness_to_pay.best_price",
        ),
        ({"decision": 3}, "06_price.ipynb: its decision is 3: say in a sentence what its answer is to decide"),
    ],
)
def test_metadata_are_checked(make, tmp_path, declared, message):
    path = make.notebook(tmp_path, "06_price", make.parameters(), **declared)
    with pytest.raises(ParameterError) as caught:
        read_chapter(path)
    assert str(caught.value) == message


def test_exactly_one_cell_is_tagged_parameters(make, tmp_path):
    none = make.notebook(tmp_path, "02_none", make.code('product_line: str = "x"'))
    with pytest.raises(ParameterError, match=r"02_none\.ipynb: no cell tagged `parameters`: tag exactly one"):
        read_chapter(none)
    two = make.notebook(tmp_path, "03_two", make.parameters(), make.parameters())
    with pytest.raises(ParameterError, match=r"03_two\.ipynb: 2 cells tagged `parameters`: tag exactly one"):
        read_chapter(two)
    without = make.notebook(tmp_path, "04_without", make.code("seed: int = 0", "parameters"))
    with pytest.raises(ParameterError, match="its parameters cell must declare product_line: str"):
        read_chapter(without)


def test_every_problem_of_a_chapter_is_told_at_once(make, tmp_path):
    path = make.notebook(tmp_path, "02_bad", part="?", question="")
    with pytest.raises(ParameterError) as caught:
        read_chapter(path)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"nbformat": 3}', '{"nbformat": 4, "cells": [1]}', "\x00"])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "02_broken.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"02_broken\.ipynb"):
        read_chapter(path)


def test_a_notebook_without_chapter_metadata_is_named(tmp_path):
    path = tmp_path / "02_other.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": [], "metadata": {}}), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"02_other\.ipynb: its metadata lack `cvlab`"):
        read_chapter(path)


def test_cells_that_cannot_work_fall_away_with_one_sentence(make, tmp_path):
    path = make.notebook(
        tmp_path, "02_cells", make.parameters(),
        make.markdown("## Both", "needs:rungs", "needs:rung_values"),
        make.code("1", "needs:rungs", "needs:rung_values"),
        make.code("2", "needs:customers"), make.code("3", "interactive"), make.code("4", "interactive", "needs:rungs"),
    )  # fmt: skip
    chapter = read_chapter(path)
    cells = chapter.prepare({"customers", "rungs"}.__contains__)["cells"]
    assert [cell["source"] for cell in cells][1:] == [
        "*A section is left out: it needs the table `rung_values`. Add `rung_values.csv` to the product line's folder "
        "to see it.*",
        "2",
    ]
    whole = chapter.prepare({"customers", "rungs", "rung_values"}.__contains__)["cells"]
    assert [cell["source"] for cell in whole][1:] == ["## Both", "1", "2"]
    assert len(chapter.notebook["cells"]) == 6


def test_a_chapter_is_skipped_when_all_its_tables_are_missing(make, tmp_path):
    chapter = read_chapter(make.notebook(tmp_path, "07_l", make.parameters(), needs_any=["rungs", "rung_values"]))
    assert chapter.why_skipped({"rungs"}.__contains__) == ""
    assert chapter.why_skipped(set().__contains__) == (
        "It needs at least one of the tables rungs, rung_values, and this line has none: add rungs.csv or "
        "rung_values.csv to its folder."
    )
    free = read_chapter(make.notebook(tmp_path, "08_free", make.parameters()))
    assert free.why_skipped(set().__contains__) == ""


@pytest.mark.parametrize(
    ("there", "message"),
    [
        ({"rungs", "values", "tasks"}, ""),
        ({"rungs", "tasks"}, "It needs the table values, which this line lacks: add values.csv to its folder."),
        (
            {"tasks"},
            "It needs the tables rungs and values, which this line lacks: add rungs.csv and values.csv to its folder.",
        ),
        (
            {"rungs"},
            "It needs the table values, which this line lacks: add values.csv to its folder. It needs at least one of "
            "the tables tasks, prices, and this line has none: add tasks.csv or prices.csv to its folder.",
        ),
    ],
)
def test_a_chapter_may_need_several_tables(make, tmp_path, there, message):
    path = make.notebook(
        tmp_path, "07_l", make.parameters(), needs_all=["rungs", "values"], needs_any=["tasks", "prices"]
    )
    assert read_chapter(path).why_skipped(there.__contains__) == message


def test_code_that_falls_away_leaves_its_section_without_a_word(make, tmp_path):
    path = make.notebook(
        tmp_path, "02_cells", make.parameters(), make.markdown("## Clusters"), make.code("1"),
        make.code("2", "needs:choice_tasks"), make.markdown("Only with tasks.", "needs:choice_tasks"), make.code("3"),
    )  # fmt: skip
    cells = read_chapter(path).prepare(set().__contains__)["cells"]
    assert [cell["source"] for cell in cells][1:] == ["## Clusters", "1", "3"]


def test_no_heading_stays_without_its_section(make, tmp_path):
    path = make.notebook(
        tmp_path, "02_cells", make.markdown("# Title\n\nProse."), make.parameters(),
        make.markdown("## Empty\n\nWhat to look for."), make.code("1", "needs:rungs"),
        make.markdown("### Below", "needs:rungs"), make.code("2", "needs:rungs", "needs:rung_values"),
        make.markdown("## Live"), make.code("3", "interactive"),
        make.markdown("## Whole"), make.markdown("### Part"), make.code("4"),
        make.markdown("## Prose alone\n\nIt says something."),
    )  # fmt: skip
    chapter = read_chapter(path)
    cells = chapter.prepare(set().__contains__)["cells"]
    assert [cell["source"] for cell in cells][2:] == [
        "*A section is left out: it needs the tables `rungs` and `rung_values`. Add `rungs.csv` and `rung_values.csv` "
        "to the product line's folder to see it.*",
        "## Whole",
        "### Part",
        "4",
        "## Prose alone\n\nIt says something.",
    ]
    kept = chapter.prepare({"rungs"}.__contains__)["cells"]
    assert [cell["source"] for cell in kept][2:6] == [
        "## Empty\n\nWhat to look for.",
        "1",
        "*A section is left out: it needs the table `rung_values`. Add `rung_values.csv` to the product line's folder "
        "to see it.*",
        "## Whole",
    ]


def test_a_section_may_need_a_key_or_what_follows_from_tables(make, tmp_path):
    path = make.notebook(
        tmp_path, "02_cells", make.markdown("# Title"), make.parameters(), make.markdown("## Price"),
        make.code("1", "needs:price_ladder|priced_sales", "needs:unit_cost"),
    )  # fmt: skip
    chapter = read_chapter(path)
    said = chapter.prepare({"priced_sales"}.__contains__)["cells"][-1]["source"]
    assert said == "*A section is left out: it needs `unit_cost`. Add `unit_cost` to `product_line.yaml` to see it.*"
    said = chapter.prepare({"unit_cost"}.__contains__)["cells"][-1]["source"]
    assert said.startswith("*A section is left out: it needs the table `price_ladder` or sales of the priced product")
    assert chapter.prepare({"priced_sales", "unit_cost"}.__contains__)["cells"][-1]["source"] == "1"
