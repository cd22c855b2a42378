import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

PROGRAM = """
import json, sys
from cvlab.reports.kernels.quick_start import start_quickly
{before}
start_quickly()
start_quickly()
import nbformat
seen = {{"left": "rfc3987_syntax" in sys.modules, "parser": "lark" in sys.modules}}
try:
    nbformat.validate(nbformat.from_dict({{"nbformat": 4, "nbformat_minor": 5, "metadata": 1, "cells": []}}))
except nbformat.ValidationError:
    seen["validates"] = True
import rfc3987_syntax
seen["can be had"] = rfc3987_syntax.is_valid_syntax("iri", "https://example.org")
print(json.dumps(seen))
"""


def start(before=""):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_notebooks_are_checked_without_the_grammar_and_whoever_wants_it_gets_it():
    pytest.importorskip("rfc3987_syntax")
    assert start() == {"left": False, "parser": False, "validates": True, "can be had": True}


def test_what_is_loaded_already_stays():
    pytest.importorskip("rfc3987_syntax")
    assert start("import rfc3987_syntax") == {"left": True, "parser": True, "validates": True, "can be had": True}


def test_no_schema_of_notebooks_has_a_field_of_those_formats():
    schemas = list(Path(nbformat.__file__).parent.rglob("*.schema.json"))
    assert schemas
    for schema in schemas:
        assert '"iri' not in schema.read_text("utf-8")


def test_workers_start_quickly():
    program = (
        "import sys, tempfile\nfrom pathlib import Path\nfrom cvlab.reports.kernels.execution import set_up_worker\n"
        "set_up_worker({}, Path(tempfile.mkdtemp()) / 'log')\nimport papermill, nbconvert\n"
        "sys.exit('lark' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
