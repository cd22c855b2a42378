"""A cleaned drawing shows what it showed, and does nothing else."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cvlab.reports.collecting.svg import clean_svg

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" />'


def draw(**settings):
    with mpl.rc_context(settings):
        figure = Figure()
        axes = figure.subplots()
        axes.bar(["a", "b"], [1, 2], hatch=["//", ".."], label="<script>")
        axes.imshow(np.eye(3))
        axes.legend()
        stream = io.StringIO()
        figure.savefig(stream, format="svg")
    return stream.getvalue()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="http://example.org/x.js"/>',
        "<foreignObject><p>x</p></foreignObject>",
        '<a xlink:href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<animate onbegin="alert(1)" attributeName="x"/>',
        "<metadata>somebody at machine-7</metadata>",
        "<!-- somebody at machine-7 -->",
        '<?xml-stylesheet href="http://example.org/x.css"?>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    ],
)
def test_what_acts_loads_or_tells_goes_whole(hostile):
    assert clean_svg(f"{OPEN}{hostile}</svg>") == EMPTY


@pytest.mark.parametrize(
    "attribute",
    [
        'onclick="alert(1)"',
        'xlink:href="http://example.org/x.png"',
        'href="//example.org/x.png"',
        'href="data:image/svg+xml;base64,PHN2Zy8+"',
        'href="#nowhere"',
        'style="fill: url(http://example.org/x)"',
        'style="background: u\\72l(x)"',
        "fill=\"url('http://example.org/x#y')\"",
        'data-owner="machine-7"',
        'xml:base="http://example.org/"',
    ],
)
def test_attributes_that_act_or_point_outside_go(attribute):
    assert clean_svg(f"{OPEN}<image {attribute}/></svg>").endswith("<image /></svg>")


@pytest.mark.parametrize("style", ["@import 'http://example.org/x.css';", "* {fill: url(//example.org)}", "a\\62 c"])
def test_styles_that_load_are_emptied(style):
    assert clean_svg(f"{OPEN}<style>{style}</style></svg>").endswith("<style /></svg>")


def test_names_within_the_file_are_numbered_and_still_found():
    svg = f'{OPEN}<path id="p-1f3c" d="M0 0"/><use xlink:href="#p-1f3c"/><g clip-path="url(#p-1f3c)"/></svg>'
    cleaned = clean_svg(svg)
    assert "1f3c" not in cleaned
    assert 'id="n1"' in cleaned
    assert 'xlink:href="#n1"' in cleaned
    assert 'clip-path="url(#n1)"' in cleaned


@pytest.mark.parametrize(
    "broken",
    ["", "<svg", "<svg></svg>", "<html/>", "\x00", '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
     OPEN + "<g>" * 5000 + "</g>" * 5000 + "</svg>"],
)  # fmt: skip
def test_what_is_no_drawing_is_nothing(broken):
    assert clean_svg(broken) == ""


@given(st.text(max_size=200))
def test_no_text_is_a_fault(text):
    assert clean_svg(text) == ""


def test_a_figure_keeps_every_mark_and_is_the_same_on_every_run():
    drawn = draw(**{"svg.hashsalt": "one"})
    cleaned = clean_svg(drawn)
    assert cleaned == clean_svg(draw(**{"svg.hashsalt": "two"}))
    for mark in ("path", "use", "image", "clipPath", "pattern"):
        counted = [len(re.findall(rf"<{mark}\b", text)) for text in (drawn, cleaned)]
        assert counted[0] == counted[1] > 0, mark
    for word in ("matplotlib.org", "<metadata>", "dc:date", "<!--", "purl.org"):
        assert word in drawn
        assert word not in cleaned


@pytest.mark.browser
def test_a_browser_draws_the_same(page, tmp_path):
    shots = []
    for name, text in (("drawn", draw()), ("cleaned", clean_svg(draw()))):
        path = tmp_path / f"{name}.svg"
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        shots.append(page.screenshot())
    assert shots[0] == shots[1]
