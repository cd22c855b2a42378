"""The rules of the house that no linter knows; CONTRIBUTING.md gives the reasons."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cvlab"
MODULES = sorted(PACKAGE.rglob("*.py"))
ANALYSES = sorted(
    folder.name
    for folder in (PACKAGE / "analyses").iterdir()
    if (folder / "__init__.py").is_file() and folder.name != "common"
)
# Figures of a folder of analyses are one module, or a package whose __init__ re-exports what it draws.
FIGURES = sorted(
    path.stem
    for path in (PACKAGE / "figures").iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").is_file()) and path.stem not in ("__init__", "style")
)
EXPLORERS = sorted(
    {
        path.relative_to(PACKAGE / "explorers").parts[0].removesuffix(".py")
        for path in (PACKAGE / "explorers").rglob("*.py")
        if "\ndef explore_" in path.read_text(encoding="utf-8")
    }
)
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))

# What the first word of an analysis promises about it.
VERBS = {
    *("assign", "backtest", "check", "compare", "estimate", "measure", "merge"),
    *("optimise", "plan", "profile", "rank", "summarise"),
}


def as_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def exported_functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isfunction(value):
            yield name, value


def functions_of(module: ModuleType, prefix: str) -> dict[str, Any]:
    """Find the functions that a module, or a package with its modules, defines under names that start with `prefix`."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.startswith(prefix)
        and inspect.isfunction(value)
        and f"{value.__module__}.".startswith(f"{module.__name__}.")
    }


@pytest.mark.parametrize("path", MODULES, ids=as_id)
def test_a_module_opens_with_what_it_is_for_and_neither_asserts_nor_prints(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "give the module a docstring"
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: raise an error that says what to do"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", (
                f"line {node.lineno}: return it, or echo it in cvlab/cli.py or cvlab/commands"
            )


@pytest.mark.parametrize("path", MODULES, ids=as_id)
def test_text_columns_are_not_recognised_by_the_dtype_they_had_before_pandas_3(path: Path) -> None:
    found = re.findall(r".*(?:dtypes? ?[=!]= ?(?:object|\"object\"|\"O\")|is_object_dtype).*", path.read_text("utf-8"))
    assert not found, "pandas 3 gives text the str dtype: use pandas.api.types.is_string_dtype"


def test_nothing_kept_here_speaks_of_a_place_outside_the_repository() -> None:
    outside = re.compile("|".join(map(re.escape, ("../" + "shared", "/work" + "/", "/root" + "/", "file:///" + "opt"))))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in (".png", ".parquet", ".xlsx") or not path.is_file():
            continue
        found = outside.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{name} mentions {found}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=as_id)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs"), "clear the outputs before committing"
        assert cell.get("execution_count") is None, "clear the outputs before committing"


@pytest.mark.parametrize("folder", [*ANALYSES, "common"])
def test_public_analyses_show_an_example(folder: str) -> None:
    for name, function in exported_functions(importlib.import_module(f"cvlab.analyses.{folder}")):
        documented = inspect.getdoc(function) or ""
        assert re.search(r"^Examples\n-{8}$", documented, flags=re.MULTILINE), f"{name} has no Examples section"
        assert ">>> " in documented, f"the example of {name} does not run"


@pytest.mark.parametrize("folder", ANALYSES)
def test_analyses_are_named_by_what_they_do_and_take_data_first_then_keywords(folder: str) -> None:
    for name, function in exported_functions(importlib.import_module(f"cvlab.analyses.{folder}")):
        assert name.partition("_")[0] in VERBS, f"{name}: begin with one of {', '.join(sorted(VERBS))}"
        for parameter in inspect.signature(function).parameters.values():
            positional = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
            assert not positional or parameter.default is inspect.Parameter.empty, (
                f"{name}: make {parameter} keyword-only"
            )
            assert parameter.kind is not inspect.Parameter.VAR_KEYWORD, f"{name} passes keywords on: name them"


@pytest.mark.parametrize("folder", ANALYSES)
def test_results_are_frozen_and_say_what_a_row_is(folder: str) -> None:
    module = importlib.import_module(f"cvlab.analyses.{folder}")
    results = [
        value
        for value in map(module.__dict__.get, module.__all__)
        if dataclasses.is_dataclass(value) and "headline" in {field.name for field in dataclasses.fields(value)}
    ]
    for result in results:
        assert result.__dataclass_params__.frozen, f"{result.__name__} is not frozen"
        assert not result.__dataclass_params__.eq, f"{result.__name__} compares tables: give eq=False"
        offered = {*dir(result), *(field.name for field in dataclasses.fields(result))}
        assert {"table", "notes"} <= offered, result.__name__
        assert isinstance(result.rows, str), result.__name__


@pytest.mark.parametrize("name", FIGURES)
def test_figures_draw_a_result_on_axes_the_caller_may_give(name: str) -> None:
    drawings = functions_of(importlib.import_module(f"cvlab.figures.{name}"), "draw_")
    assert drawings, "a module of figures draws"
    for function in drawings.values():
        parameters = inspect.signature(function).parameters
        assert parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY, function.__name__
        assert parameters["ax"].default is None, function.__name__
        assert all(each.kind is not inspect.Parameter.VAR_KEYWORD for each in parameters.values()), function.__name__


def test_a_chapter_has_one_name_in_every_layer() -> None:
    assert set(FIGURES) <= {*ANALYSES, "summary"}  # the summary draws the headlines of all chapters
    assert set(EXPLORERS) <= {*ANALYSES, "importing"}  # what comes in is explored before anything is analysed


def test_the_folders_of_analyses_are_all_kept_apart_by_a_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    kept_apart = next(each for each in settings["contracts"] if each["type"] == "independence")
    assert sorted(kept_apart["modules"]) == [f"cvlab.analyses.{folder}" for folder in ANALYSES]


def test_imports_point_one_way() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint_imports, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_tests_cannot_reach_a_network() -> None:
    documentation_only = ("192.0.2.1", 80)  # RFC 5737: no machine has this address
    with pytest.raises(ConnectionRefusedError, match="tests run without a network"):
        socket.create_connection(documentation_only, timeout=1)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "reports/README.md"])
def test_links_in_documents_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith(("https:", "mailto:")) or (page.parent / target).exists(), f"{name} links {target}"
