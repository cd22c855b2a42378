import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cvlab.reports.publishing.brand import GROUND, PAPER, PageBrand, measure_contrast, read_brand
from cvlab.tables.setting_values import Brand

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10"><rect width="40" height="10"/></svg>'
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def draw(kind, size=(40, 10)):
    content = io.BytesIO()
    Image.new("RGB", size, "#004488").save(content, kind)
    return content.getvalue()


def read(folder, content=None, **brand):
    if content is not None:
        (folder / brand["logo"]).write_bytes(content)
    return read_brand(SimpleNamespace(name="Salon", folder=folder, brand=Brand(**brand)))


@pytest.mark.parametrize(
    ("colour", "other", "contrast"),
    # the ends of the scale, and greys at the border of 4.5 and 7 that the guidelines are often illustrated with
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_the_guidelines(colour, other, contrast):
    assert measure_contrast(colour, other) == pytest.approx(contrast, abs=0.005)
    assert measure_contrast(other, colour) == measure_contrast(colour, other)
    assert measure_contrast(colour, colour) == 1.0


@given(COLOURS, COLOURS)
def test_every_two_colours_can_be_read(primary, secondary):
    brand = PageBrand(primary=primary, secondary=secondary)
    assert measure_contrast(brand.on_primary, primary) >= 4.5
    assert measure_contrast(brand.on_secondary, secondary) >= 4.5
    for ink in (brand.primary_ink, brand.secondary_ink):
        assert min(measure_contrast(ink, PAPER), measure_contrast(ink, GROUND)) >= 4.5


def test_a_line_without_a_brand_gets_the_default(tmp_path):
    brand = read(tmp_path)
    assert brand == PageBrand()
    assert (brand.logo_uri, brand.footer, brand.problem) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("logo.png", draw("PNG"), "image/png"),
        ("logo.jpg", draw("JPEG"), "image/jpeg"),
        ("logo.svg", SVG, "image/svg+xml"),
        (
            "old.svg",
            b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">' + SVG,
            "image/svg+xml",
        ),
    ],
)
def test_a_brand_is_read(tmp_path, name, content, mime):
    brand = read(tmp_path, content, logo=name, colours=("#0044AA", "#ddaa33"), footer="Example Ltd")
    assert (brand.primary, brand.secondary, brand.footer, brand.problem) == ("#0044aa", "#ddaa33", "Example Ltd", "")
    assert brand.logo_mime == mime
    assert brand.logo_uri.startswith(f"data:{mime};base64,")
    assert b"DOCTYPE" not in brand.logo


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a", "it is neither a PNG nor a JPEG nor an SVG: save it as one of them"),
        (draw("PNG")[:60], "it is cut off: save it again"),
        (draw("JPEG")[:-9], "it is cut off: save it again"),
        (draw("PNG").replace(b"IHDR", b"IHDX"), "it is damaged or too large: save it again"),
        (draw("PNG", (6000, 5000)), "it has 6000 × 5000 pixels: save a smaller one"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1_000_000), "it is larger than 1 MB: save a smaller one"),
        (SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), "it holds a script, a style sheet or an entity"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG, "it holds a script, a style sheet or an entity"),
        (SVG[:-3], "it is not well-formed SVG: save it again"),
        (b"<html><svg/></html>", "it is not an SVG: save it as one, or as PNG"),
    ],
)
def test_a_logo_that_cannot_be_shown_is_left_out_with_the_reason(tmp_path, content, reason):
    brand = read(tmp_path, content, logo="logo.png")
    assert brand.logo is None
    assert brand.logo_uri == ""
    assert brand.problem.startswith(f"The logo logo.png of Salon is left out: {reason}")


def test_a_logo_outside_the_folder_of_the_line_is_not_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(draw("PNG"))
    line = tmp_path / "line"
    line.mkdir()
    (line / "link.png").symlink_to(tmp_path / "secret.png")
    for name in ("../secret.png", "link.png", str(tmp_path / "secret.png"), "gone.png"):
        assert read(line, logo=name).problem == (
            f"The logo {name} of Salon is left out: it is no file inside the folder of the line."
        )
