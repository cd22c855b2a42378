import json
import re
from html.parser import HTMLParser

import pytest

from cvlab.reports.publish import clean_html, hold_numbers, shift_headings

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
    assert all(value.startswith("data:image/png;base64,") for value in page.values("img", "src"))
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
    assert "KeyError: '<script>alert(3)</script>'" in words
    assert "What do <b>they</b> value?" in words
    assert "alert(2)" not in words


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


def test_no_path_of_this_machine_is_published(eventful):
    for path in eventful.run.index.parent.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert str(eventful.root) not in text, path
            assert ".run-" not in text, path
            assert "/srv/data" not in text.replace("add it to /srv/data/customers.csv')\"", ""), path
    notes = next(chapter for chapter in eventful.manifest["chapters"] if chapter["chapter"] == 1)["notes"]
    assert notes == ["read from cafe"]


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


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ('<img src=x onerror="alert(1)">', ""),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="#here">x</a>', '<a href="#here">x</a>'),
        ("<svg><script>alert(1)</script></svg>after", "after"),
        ("<style>p{}</style><p style='color:red'>x</p>", "<p>x</p>"),
        ("<scr<script>ipt>alert(1)</script>", "&lt;scr"),
        ('<p class="a" onclick="x()">x & y</p>', '<p class="a">x &amp; y</p>'),
        ("<form action='//evil'><input></form>", ""),
    ],
)
def test_cleaning_leaves_only_harmless_tags(html, clean):
    assert clean_html(html) == clean


def test_headings_move_down_two_levels_at_most_to_six():
    assert shift_headings("<h1>a</h1><h3 class='x'>b</h3><h6>c</h6><hr>") == (
        "<h3>a</h3><h4 class='x'>b</h4><h6>c</h6><hr>"
    )


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("(−€10.71 to €2.00)", ["−€10.71"]),
        (
            "-10,71\N{NO-BREAK SPACE}€ and −1\N{NARROW NO-BREAK SPACE}234,5 €",
            ["-10,71", "−1\N{NARROW NO-BREAK SPACE}234,5"],
        ),
        ("−CHF\N{NO-BREAK SPACE}5.00, −3.5%.", ["−CHF\N{NO-BREAK SPACE}5.00", "−3.5%"]),
        ("2025-01-02, mid-10, 5-10 and a - 3 b", []),
        ('<b title="-5">x</b>&lt;-&gt; &amp;-7', ["-7"]),
    ],
)
def test_a_minus_sign_stays_with_its_number_and_the_words_stay_the_same(text, whole):
    held = hold_numbers(text)
    assert re.findall(r'<span class="whole">(.*?)</span>', held) == whole
    assert re.sub(r'<span class="whole">(.*?)</span>', r"\1", held) == text
    assert clean_html(held) == held
