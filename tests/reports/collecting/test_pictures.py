"""Pictures carry nothing but the drawing."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from cvlab.reports.collecting.pictures import measure_png, read_png


def test_a_png_keeps_its_pixels_and_loses_its_texts(png):
    read = read_png(base64.encodebytes(png).decode())
    assert b"machine-7" in png
    assert b"machine-7" not in read
    assert Image.open(io.BytesIO(read)).tobytes() == Image.open(io.BytesIO(png)).tobytes()
    assert measure_png(read) == (320, 200)
    assert read_png(base64.b64encode(read).decode()) == read


@pytest.mark.parametrize("cut", [0, 7, 8, 20, 60, -1])
def test_what_is_no_whole_png_is_none(png, cut):
    assert read_png(base64.b64encode(png[:cut]).decode()) is None
    assert read_png("no base64!") is None
