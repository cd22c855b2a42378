import json
import pickle
import sys
from html.parser import HTMLParser

import pytest
from PIL import Image

from cvlab.reports.plans.formats import FORMATS
from cvlab.reports.publishing.publish import publish_report, write_pictures
from cvlab.tables.product_line import read_product_line

VOID = {"meta", "img", "br", "hr", "col"}


class Page(HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.headings, self.words, self.open = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def values(self, tag, name):
        return [value for found, attribute, value in self.attributes if (found, attribute) == (tag, name)]


@pytest.fixture(scope="module", params=["page", "index"])
def page(request, eventful):
    return Page((eventful.page if request.param == "page" else eventful.run.index).read_text(encoding="utf-8"))


def test_the_page_is_inert(page):
    assert not {"script", "iframe", "object", "embed", "form", "input", "svg", "link", "base", "video"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "srcset")]
    # The index draws numbers over runs as SVG, with nothing but shapes in it; as an image it cannot act.
    for address in page.values("img", "src"):
        assert address.startswith(("data:image/png;base64,", "data:image/svg+xml,"))
        assert "script" not in address
    policy = page.values("meta", "content")[0]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


def test_no_address_of_a_network_is_in_the_page(page):
    assert not [value for _, _, value in page.attributes if "//" in value and not value.startswith("data:")]
    assert not [value for value in page.values("a", "href") if ":" in value]


def test_hostile_words_are_shown_as_words(eventful):
    page = Page(eventful.html)
    words = "".join(page.words)
    assert "Café & Söhne <b>" in words
    assert "40.0% live in <script>alert(1)</script>." in words
    assert "It met an error that it does not expect: KeyError." in words
    assert "What do <b>they</b> value?" in words
    assert "alert(2)" not in words
    assert "alert(3)" not in words


def test_headings_are_nested_and_ids_are_unique(page):
    assert page.headings.count(1) == 1
    assert page.headings[0] == 1
    assert all(later <= before + 1 for before, later in zip(page.headings, page.headings[1:], strict=False))
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in page.values("a", "href") if value.startswith("#")} <= set(ids)


def test_every_picture_is_described(eventful):
    page = Page(eventful.html)
    assert page.values("img", "alt") == ["Figure 1: Completeness. It helps to answer: Can we believe it?"]


def test_the_summary_stands_first_and_skipped_chapters_last(eventful):
    page = Page(eventful.html)
    sections = page.values("section", "id")
    assert sections == ["chapter-12", "chapter-1", "chapter-2", "chapter-3", "chapter-6", "not-answered"]
    assert "It needs at least one of the tables rungs, rung_values" in eventful.html
    assert "A section is left out: it needs the table <code>price_sensitivity</code>" in eventful.html


@pytest.mark.parametrize(
    "word",
    ["stray words", "stray warning", "not for readers", "import ", "say(", "customer_id", "undefined", "In [", "c001"],
)
def test_code_and_stray_outputs_are_not_on_the_page(eventful, word):
    assert word not in eventful.html


def test_published_notebooks_hold_only_what_was_meant(eventful):
    path = eventful.page.parent / "notebooks" / "01_trust.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    assert [sorted(output["data"]) for output in outputs] == [
        ["application/vnd.cvlab.chapter+json", "text/html"],
        ["application/vnd.cvlab.headline+json", "text/html"],
        ["image/png"],
        ["application/vnd.cvlab.headline+json", "text/html"],
    ]
    injected = next(cell for cell in notebook["cells"] if "injected-parameters" in cell["metadata"].get("tags", ()))
    assert injected["source"] == "product_line = 'cafe'\nseed = 0\ncode = '007'"
    assert "papermill" not in notebook["metadata"]


def test_published_notebooks_are_valid(eventful):
    nbformat = pytest.importorskip("nbformat")
    for path in sorted((eventful.page.parent / "notebooks").glob("*.ipynb")):
        nbformat.validate(nbformat.read(path, as_version=4))


def test_no_path_of_this_machine_is_published(eventful, read_published):
    texts = read_published(eventful.run.index.parent)
    assert {path.rpartition(":")[0] or path for path in texts if "cafe" in path and "/note" not in path} == {
        f"{eventful.page.parent.relative_to(eventful.run.index.parent).as_posix()}/{name}"
        for name in ("index.html", "report.pdf", "tables.xlsx", "slides.pptx", "manifest.json", "pictures/01-1.svg")
    }
    for name, text in texts.items():
        assert str(eventful.root) not in text, name
        assert ".run-" not in text, name
        assert "/srv/data" not in text.replace("add it to /srv/data/customers.csv')\"", ""), name
    notes = next(chapter for chapter in eventful.manifest["chapters"] if chapter["chapter"] == 1)["notes"]
    assert notes == ["read from cafe"]


def test_every_headline_stands_in_page_and_pdf(eventful, read_published):
    pdf = "".join(read_published(eventful.page.parent)["report.pdf"].split())
    page = "".join(Page(eventful.html).words)
    assert len(eventful.manifest["headlines"]) >= 5
    for record in eventful.manifest["headlines"]:
        assert record["text"] in page
        assert "".join(record["text"].split()) in pdf


def test_the_page_offers_what_was_made(eventful):
    links = Page(eventful.html).values("a", "href")
    files = [link for link in links if not link.startswith(("#", ".."))]
    assert {"report.pdf", "tables.xlsx", "slides.pptx", "manifest.json", "notebooks/01_trust.ipynb"} <= set(files)
    for link in files:
        assert (eventful.page.parent / link).is_file(), link
    assert eventful.manifest["formats"] == list(FORMATS)


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


@pytest.fixture
def publish(make, tmp_path):
    """Publish one chapter of a small line, made by hand."""

    def publish_one(*formats, yaml="", logo=None):
        folder = make.line(tmp_path / "line")
        with (folder / "product_line.yaml").open("a", encoding="utf-8") as file:
            file.write(yaml)
        if logo is not None:
            (folder / "logo.png").write_bytes(logo)
        (tmp_path / "aside").mkdir()
        run = make.run(2, make.output("<p>shown</p>"))
        return publish_report(
            tmp_path, tmp_path / "aside", make.facts(), read_product_line(folder), [run], formats=formats
        )

    return publish_one


def test_without_pango_the_rest_is_published_and_one_line_says_so(publish, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    published = publish("html", "pdf", "xlsx")
    assert published.warnings == (
        "The PDF is left out: the package weasyprint is missing. Install it: pip install weasyprint.",
    )
    html = published.page.read_text(encoding="utf-8")
    assert "shown" in html
    assert "tables.xlsx" in html
    assert "report.pdf" not in html
    assert not published.page.with_name("report.pdf").exists()
    assert json.loads(published.page.with_name("manifest.json").read_bytes())["formats"] == ["html", "xlsx"]


def test_a_logo_that_cannot_be_shown_holds_nothing_up(publish):
    published = publish("html", yaml="brand: {logo: logo.png, footer: Example Ltd}\n", logo=b"no picture")
    assert published.warnings == (
        "The logo logo.png of Sample is left out: it is neither a PNG nor a JPEG nor an SVG: save it as one of them.",
    )
    assert "Example Ltd" in published.page.read_text(encoding="utf-8")


def test_publishing_can_be_handed_to_another_process(publish, make):
    arguments = (make.facts(), make.run(2, make.output("<p>shown</p>")))
    assert pickle.loads(pickle.dumps(arguments))[1].chapter.number == 2  # noqa: S301
    assert pickle.loads(pickle.dumps(publish("html"))).warnings == ()  # noqa: S301


@pytest.mark.browser
def test_no_script_runs_and_no_request_leaves_in_a_browser(eventful, page_in_browser):
    seen = {"requests": [], "dialogs": []}
    page_in_browser.on("request", lambda request: seen["requests"].append(request.url))
    page_in_browser.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))
    page_in_browser.goto(eventful.page.as_uri())
    page_in_browser.wait_for_load_state("load")
    assert seen["dialogs"] == []
    assert [url for url in seen["requests"] if not url.startswith(("file:", "data:"))] == []
    assert page_in_browser.locator("h1").inner_text() == "Café & Söhne <b>"
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for width in (1280, 400):
        page_in_browser.set_viewport_size({"width": width, "height": 900})
        assert not page_in_browser.evaluate(wide)


@pytest.fixture
def page_in_browser(browser):
    opened = browser.new_page()
    yield opened
    opened.close()
