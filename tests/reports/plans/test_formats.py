"""Formats are a page always, and of the others those that were asked for."""

from __future__ import annotations

import re

import pytest

from cvlab.errors import ParameterError
from cvlab.reports.plans.formats import check_formats


@pytest.mark.parametrize("given", [["doc"], ["html", "PDF"], "docx"])
def test_unknown_formats_are_refused(given):
    name = given if isinstance(given, str) else given[-1]
    with pytest.raises(
        ParameterError, match=re.escape(f"formats: {name!r} unknown: give some of html, pdf, xlsx, pptx")
    ):
        check_formats(given)


def test_html_is_always_made():
    assert check_formats([]) == ("html",)
    assert check_formats("pptx") == ("html", "pptx")
