"""`import cvlab` and `cvlab --help` answer at once because they load only what they use.

Times depend on the machine and are measured by `make bench`; what is loaded does not.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("IPython", "matplotlib", "nbconvert", "numpy", "pandas", "pandera", "papermill", "scipy", "sklearn")


def modules_loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter and name the top-level modules it loaded."""
    listing = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{listing}"], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import cvlab", "import cvlab; cvlab.__all__; dir(cvlab)", "import cvlab.cli"])
def test_nothing_heavy_is_loaded_before_it_is_used(code: str) -> None:
    assert modules_loaded_by(code).isdisjoint(HEAVY)


def test_a_name_loads_what_it_needs_on_first_use() -> None:
    assert "pandas" in modules_loaded_by("import cvlab; cvlab.read_product_line")


def test_every_name_offered_is_there_and_comes_from_where_it_lives() -> None:
    import cvlab

    for name in cvlab.__all__:
        assert getattr(cvlab, name) is getattr(cvlab, name)
        assert name in dir(cvlab)
    assert cvlab.read_product_line.__module__.startswith("cvlab.tables.product_line")


def test_present_stays_a_module_whatever_was_used_before() -> None:
    code = "import cvlab; cvlab.open_chapter; import cvlab.present; assert callable(cvlab.present.present)"
    assert "pandas" in modules_loaded_by(code)


def test_an_unknown_name_is_an_attribute_error() -> None:
    import cvlab

    with pytest.raises(AttributeError, match="module 'cvlab' has no attribute 'read_product_lines'"):
        cvlab.read_product_lines  # noqa: B018


def test_the_version_is_the_one_in_pyproject(checkout) -> None:
    import tomllib

    import cvlab

    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cvlab.__version__ == project["version"]
