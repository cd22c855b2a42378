"""Pictures become files that carry nothing but the drawing."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from cvlab.reports.publishing.pictures import measure_png, read_png, write_pictures


def test_every_picture_is_a_file_of_each_kind(told, tmp_path):
    files = write_pictures(tmp_path, told.runs)
    names = ["06-1.png", "06-1.svg", "06-2.png", "06-2.svg"]
    assert sorted(path.name for path in files) == names
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == names
    assert (tmp_path / "pictures" / "06-2.svg").read_text(encoding="utf-8").startswith("<svg")
    with Image.open(tmp_path / "pictures" / "06-2.png") as picture:
        assert picture.size == (320, 200)


def test_without_pictures_there_is_no_folder(told, tmp_path):
    assert write_pictures(tmp_path, told.runs[:1]) == ()
    assert list(tmp_path.iterdir()) == []


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
