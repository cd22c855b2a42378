import base64
import io
import re
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from cvlab.reports.publishing.brand import PageBrand
from cvlab.reports.publishing.cleaning import frame_tables
from cvlab.reports.publishing.pages import TEMPLATES, describe_report, render_print
from cvlab.reports.publishing.pdf import lay_out, write_pdf
from cvlab.reports.records.manifest import build_manifest

weasyprint = pytest.importorskip(
    "weasyprint", reason="WeasyPrint needs the library pango", exc_type=(ImportError, OSError)
)


def make_document(body):
    style = (TEMPLATES / "print.css").read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>T</title><style>{style}</style></head><body>{body}</body></html>'
    )


def make_table(columns, words, rows=2):
    cells = "".join(f'<td class="number">{words}</td>' for _ in range(columns))
    head = "".join(f'<th class="number">{words}</th>' for _ in range(columns))
    body = f"<tr>{cells}</tr>" * rows
    return frame_tables(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", where="chapter 1")


def find_clipped(document):
    """List what stands out of the page's content: tables, pictures and words, each with its page."""
    clipped = []
    for number, page in enumerate(document.pages, start=1):
        frame = page._page_box
        right, bottom = frame.content_box_x() + frame.width, frame.content_box_y() + frame.height
        for box in frame.descendants():
            inside = box.position_y < bottom and box.position_y >= frame.content_box_y() - 1
            if not inside or type(box).__name__ not in ("TableBox", "TextBox", "InlineReplacedBox", "BlockReplacedBox"):
                continue
            if box.position_x + box.border_width() > right + 1 or box.position_y + box.border_height() > bottom + 1:
                clipped.append((number, type(box).__name__, getattr(box, "text", "")))
    return clipped


@pytest.fixture
def report(make):
    """Describe a report of a summary, a long chapter and a question not answered."""
    line = SimpleNamespace(
        name="Salon “A”", slug="salon-1", period="2026-Q1", customers=range(1234), currency="EUR", number_format="de",
        folder="salon", data_hashes={}, report_currency=None, rate=None,
    )  # fmt: skip
    table = "<table><tr><th>n</th></tr>" + "<tr><td>1.234</td></tr>" * 8 + "</table>"
    sections = [
        cell
        for number in range(6)
        for cell in (
            make.markdown(f"## Section {number}\n\n" + "Words in a long line of prose. " * 60),
            make.output(f'<div class="cvlab-result">{table}</div>'),
        )
    ]
    runs = [
        make.run(2, *sections, title="Segments"),
        make.run(9, status="skipped", reason="It needs the table contracts."),
        make.run(12, make.output("<p>In short.</p>"), title="Summary", part="first"),
    ]
    facts = make.facts()
    return describe_report(build_manifest(facts, line, runs), facts, runs, PageBrand(footer="Example Ltd"))


def test_the_report_is_read_from_its_pdf(report, tmp_path, read_published):
    assert write_pdf(render_print(report), tmp_path / "report.pdf") is None
    words = read_published(tmp_path)["report.pdf"]
    pages = len(lay_out(render_print(report)).pages)
    assert pages >= 4
    for said in (
        "Salon “A”",
        "1.234 customers",
        "In short.",
        "Segments",
        "It needs the table contracts.",
        "Example Ltd",
    ):
        assert said in words
    assert [line for line in words.splitlines() if line.endswith(f" / {pages}")] == [
        f"{number} / {pages}" for number in range(1, pages + 1)
    ]
    assert words.count("Salon “A” – customer value report") >= 1  # the title of the file


def test_it_has_tags_a_language_bookmarks_and_nothing_that_acts(report, tmp_path):
    write_pdf(render_print(report), tmp_path / "report.pdf")
    document = lay_out(render_print(report))
    plain = document.write_pdf(pdf_variant="pdf/ua-1", uncompressed_pdf=True)
    for mark in (b"/StructTreeRoot", b"/Lang (en)", b"/Marked true", b"/Outlines"):
        assert mark in plain
    assert not re.search(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|URI)\b", plain)
    fonts = re.findall(rb"/BaseFont /([A-Z]{6}\+)?", plain)
    assert fonts
    assert all(fonts), "every font is embedded, in part"
    assert [title for title, *_ in document.make_bookmark_tree()] == [
        "Summary", "Segments", "Not answered", "How this report was made",
    ]  # fmt: skip


def test_the_contents_name_the_pages_on_which_chapters_start(report, tmp_path, read_published):
    document = lay_out(render_print(report))
    listed = {}
    for number, page in enumerate(document.pages, start=1):
        listed = {**dict.fromkeys(page.anchors, number), **listed}
    assert listed["chapter-12"] == 2
    assert listed["chapter-2"] == 3
    assert listed["not-answered"] > 3
    write_pdf(render_print(report), tmp_path / "report.pdf")
    words = " ".join(read_published(tmp_path)["report.pdf"].split())
    contents = words[words.index("CONTENTS") : words.index("How this report was made")]
    assert re.findall(r"(Summary|Segments|Not answered) .*? (\d+)(?= 2 Segments| – |$)", contents) == [
        ("Summary", "2"), ("Segments", "3"), ("Not answered", str(listed["not-answered"])),
    ]  # fmt: skip


def test_no_heading_is_left_alone_at_the_foot_of_a_page(report):
    for page in lay_out(render_print(report)).pages:
        written = next(box for box in page._page_box.children if type(box).__name__ == "BlockBox").descendants()
        tags = [box.element_tag for box in written if getattr(box, "text", "").strip()]
        assert tags[-1] not in ("h2", "h3", "h4")


@pytest.mark.parametrize("above", range(150, 240, 6))
def test_how_to_read_a_picture_stays_with_its_picture(above):
    """Whatever stands above, in millimetres: the picture moves on with its words."""
    picture = '<figure><svg width="60mm" height="20mm"></svg></figure>'
    words = "<strong>How to read it.</strong> " + "It says so. " * 40
    body = f'<div style="height: {above}mm"></div>{picture}<div class="prose"><p>{words}</p></div>'
    holding = [
        {box.element_tag for box in page._page_box.descendants()} & {"figure", "strong"}
        for page in lay_out(make_document(body)).pages
    ]
    assert [both for both in holding if both] == [{"figure", "strong"}]


def test_how_a_report_was_made_does_not_stand_alone_on_a_page():
    for above in range(180, 262, 6):
        body = (
            f'<section class="chapter"><div style="height: {above}mm"></div><p>The last words.</p></section>'
            '<section class="made"><h2>How this report was made</h2><p>Run 1.</p></section>'
        )
        last = lay_out(make_document(body)).pages[-1]
        assert any("The last words" in getattr(box, "text", "") for box in last._page_box.descendants())


def test_the_same_report_gives_the_same_file(report, tmp_path):
    html = render_print(report)
    for name in ("a.pdf", "b.pdf"):
        write_pdf(html, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize("columns", [3, 8, 10, 12, 15, 20, 40])
@pytest.mark.parametrize("words", ["€1,234.56", "WWWWWWWWW", "数据数据数据"])
def test_no_table_is_clipped(columns, words):
    document = lay_out(make_document(f"<p>before</p>{make_table(columns, words)}<p>after</p>"))
    assert find_clipped(document) == []


def test_a_clipped_table_would_be_found():
    wide = make_table(20, "€1,234.56").replace("landscape crowded", "")
    assert {kind for _, kind, _ in find_clipped(lay_out(make_document(wide)))} == {"TableBox", "TextBox"}


def test_endless_words_and_long_tables_stay_on_the_page():
    endless = "<p class='cvlab-headline'>" + "x" * 400 + "</p><h3>" + "y" * 300 + "</h3>"
    table = frame_tables(
        "<table>" + f"<tr><td>{'z' * 300}</td><td>{'words ' * 40}</td></tr>" * 60 + "</table>", where="x"
    )
    document = lay_out(make_document(f"<section class='chapter'>{endless}<div class='prose'>{table}</div></section>"))
    assert len(document.pages) > 3
    assert find_clipped(document) == []


@pytest.mark.parametrize("size", [(3000, 300), (300, 3000), (1600, 1200)])
def test_no_picture_is_cut(size):
    content = io.BytesIO()
    Image.new("RGB", size).save(content, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    document = lay_out(make_document(f'<figure><img src="{uri}" alt="a"></figure>'))
    assert find_clipped(document) == []
    assert any("Replaced" in type(box).__name__ for box in document.pages[0]._page_box.descendants())


def test_nothing_is_fetched(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda _, request, *__, **___: asked.append(request))
    secret = tmp_path / "secret.png"
    Image.new("RGB", (10, 10)).save(secret)
    svg = base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        b'<image xlink:href="' + secret.as_uri().encode() + b'" width="9" height="9"/></svg>'
    ).decode()
    body = (
        '<style>@import "http://192.0.2.1/a.css"; @font-face { font-family: x; src: url(http://192.0.2.1/x.ttf) }'
        "p { background: url(http://192.0.2.1/b.png); font-family: x }</style><p>words</p>"
        f'<link rel="stylesheet" href="http://192.0.2.1/c.css"><img src="{secret.as_uri()}" alt="a">'
        f'<object data="{secret.as_uri()}">b</object><img src="//192.0.2.1/d.png" alt="c">'
        f'<a rel="attachment" href="{secret.as_uri()}">e</a>'
    )
    write_pdf(make_document(body), tmp_path / "a.pdf")
    assert asked == []
    monkeypatch.undo()
    write_pdf(make_document(f'{body}<img src="data:image/svg+xml;base64,{svg}" alt="f">'), tmp_path / "b.pdf")
    assert b"/Subtype /Image" not in (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize(
    ("platform", "remedy"),
    [
        ("linux", "apt install libpango-1.0-0 libpangoft2-1.0-0 on Debian or Ubuntu, dnf install pango on Fedora"),
        ("darwin", "brew install pango"),
        ("sunos5", "install pango"),
    ],
)
def test_where_pango_is_missing_one_line_names_the_package(tmp_path, monkeypatch, platform, remedy):
    monkeypatch.setattr(sys, "platform", platform)
    hide_pango(monkeypatch)
    said = write_pdf(make_document("<p>a</p>"), tmp_path / "a.pdf")
    assert said == f"The PDF is left out: the system library pango is missing. Install it: {remedy}."
    assert not (tmp_path / "a.pdf").exists()


def test_where_weasyprint_is_missing_one_line_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    said = write_pdf(make_document("<p>a</p>"), tmp_path / "a.pdf")
    assert said == "The PDF is left out: the package weasyprint is missing. Install it: pip install weasyprint."


def test_a_disk_that_is_full_is_no_missing_library(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_pdf(make_document("<p>a</p>"), tmp_path / "no" / "a.pdf")


def hide_pango(monkeypatch):
    """Let the import of WeasyPrint end as it does where its library cannot be loaded."""

    class Refuse:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0': error 0x7e")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Refuse(), *sys.meta_path])
