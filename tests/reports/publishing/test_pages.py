import base64
import io
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from PIL import Image

from cvlab.reports.collecting.persons import Persons
from cvlab.reports.collecting.pictures import Picture
from cvlab.reports.publishing.brand import PageBrand, measure_contrast
from cvlab.reports.publishing.pages import (
    TEMPLATES,
    Download,
    choose_open,
    describe_report,
    render_page,
    render_print,
    state_size,
)
from cvlab.reports.records.manifest import build_manifest

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">"'`]]><!--{{ 7*7 }}<style>*{display:none}</style>"""
TABLE = (
    '<div class="cvlab-result"><p class="cvlab-headline cvlab-answered"><strong>It is 5.</strong></p>'
    '<table class="cvlab-table"><thead><tr><th class="text">group</th><th class="number">n</th></tr></thead>'
    '<tbody><tr><td class="text">all</td><td class="number">12</td></tr></tbody></table>'
    '<ul class="cvlab-notes"><li>A note.</li></ul></div>'
)


class Outline(HTMLParser):
    """The ranks of headings, the landmarks and the ids of a page."""

    def __init__(self, html):
        super().__init__()
        self.ranks, self.tags, self.ids, self.attributes = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        self.ids += [value for name, value in attributes if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.ranks.append(int(tag[1]))


def draw(width=60, height=30):
    content = io.BytesIO()
    Image.new("RGB", (width, height), "#0072b2").save(content, "PNG")
    return content.getvalue()


def say(value=1.0, low=0.9, high=1.1, *, unit="share", key="a.b", **more):
    record = {"key": key, "label": key, "value": value, "low": low, "high": high, "unit": unit, "text": "It is so."}
    return {**record, "smallest_change": 0.1, "n": 10, **more}


@pytest.fixture
def describe(make, monkeypatch):
    """Describe a report made by hand of runs of chapters."""

    def describe_runs(*runs, name="Sample", period="2026-Q1", brand=None, locale="en", customers=1234, **facts):
        line = SimpleNamespace(
            name=name, slug="sample-1", period=period, customers=range(customers), currency="EUR", number_format=locale,
            folder="sample", data_hashes={"customers.csv": "0"}, report_currency=None, rate=None,
        )  # fmt: skip
        monkeypatch.setattr("cvlab.reports.records.manifest.find_persons", lambda _line: Persons())
        given = make.facts(**facts)
        return describe_report(build_manifest(given, line, runs), given, runs, brand or PageBrand())

    return describe_runs


@pytest.fixture
def picture(make):
    """Make a cell that has drawn, and the picture as it is kept beside the notebook."""

    def make_picture(alt, png):
        encoded = base64.b64encode(png).decode()
        cell = make.output("")
        cell["outputs"][0].update(data={"image/png": encoded}, metadata={"image/png": {"alt": alt}})
        return cell, Picture(number=1, heading="", alt=alt, png=png, svg="<svg/>")

    return make_picture


@pytest.fixture
def report(make, describe, picture):
    """Describe a report with a summary, seven chapters, one of them failed, and one question not answered."""
    cell, kept = picture("Figure 1: what is sold", draw())
    runs = [
        make.run(number, make.markdown("# Title\n\n### Deep\n\nProse.\n\n###### Deeper"), make.output(TABLE),
                 headlines=(say(low=1 - number / 100, high=1 + number / 100),))
        for number in range(2, 7)
    ]  # fmt: skip
    runs += [
        make.run(1, make.output(TABLE), headlines=(say(key="trust.usable_share", words={"light": "green"}),)),
        make.run(7, cell, pictures=(kept,), headlines=(say(unit="money"),), title="Ladder"),
        make.run(8, make.output(TABLE), status="failed", reason="It met an error.", title="Point of value"),
        make.run(9, status="skipped", reason="It needs the table contracts.", missing=("contracts",)),
        make.run(12, make.output(TABLE), title="Summary", part="first"),
    ]
    return describe(*runs)


def test_the_summary_stands_before_the_contents_and_at_most_five_chapters_stand_open(report):
    html = render_page(report)
    places = [html.index(mark) for mark in ('id="chapter-12"', 'class="contents"', 'id="chapter-2"', 'id="chapter-7"')]
    assert places == sorted(places)
    assert [chapter["number"] for chapter in report["chapters"]] == [2, 3, 4, 5, 7]
    assert [chapter["number"] for chapter in report["appendix"]] == [1, 6, 8]
    assert html.count("<details>") == 3
    assert html.index('id="chapter-7"') < html.index('id="chapter-1"') < html.index('id="not-answered"')


def test_the_light_has_its_reason_on_top_unless_the_summary_begins_with_it(report, describe, make):
    assert 'class="reason"' not in render_page(report)
    assert 'class="reason"' in render_print(report)  # on the cover
    alone = make.run(1, headlines=(say(key="trust.usable_share", words={"light": "green"}),))
    assert 'class="reason"' in render_page(describe(alone))


def test_chapters_on_which_no_decision_rests_are_folded_first(make):
    runs = [
        make.run(1, headlines=(say(),)),
        make.run(2, headlines=(say(decides=False),)),
        make.run(3, headlines=(say(low=0.0, high=2.0),)),
        make.run(4, headlines=(say(value=None, low=None, high=None),)),
        make.run(5, headlines=(say(unit="money", low=0.0, high=2.0),)),
        make.run(6, status="failed"),
        make.run(12),
    ]
    for most, standing in enumerate([{5}, {3, 5}, {3, 5, 6}, {2, 3, 5, 6}], start=1):
        assert choose_open(runs, light="green", most=most) == standing
    for light in ("amber", "red", None):
        assert choose_open(runs, light=light, most=2) == {1, 5}
    assert choose_open(runs[:3], light="green") == {1, 2, 3}


@pytest.mark.parametrize("render", [render_page, render_print])
def test_headings_landmarks_and_tables_can_be_followed_without_seeing(report, render):
    html = render(report)
    outline = Outline(html)
    assert outline.ranks[0] == 1
    assert outline.ranks.count(1) == 1
    assert all(later <= before + 1 for before, later in zip(outline.ranks, outline.ranks[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert '<html lang="en">' in html
    assert {"header", "nav", "section"} <= set(outline.tags)
    assert outline.tags.count("main") == (render is render_page)
    assert re.findall(r"<th\b(?![^>]*scope=)", html) == []
    assert re.findall(r'<img [^>]*alt="([^"]*)"', html) == ["Figure 1: what is sold"]
    linked = {value[1:] for tag, name, value in outline.attributes if (tag, name) == ("a", "href") and value[0] == "#"}
    assert linked <= set(outline.ids) | {"main"}


def test_a_picture_leads_to_its_drawing_on_the_page_only(report):
    link = '<a href="pictures/07-1.svg" title="Enlarge"><img '
    assert link in render_page(report)
    assert "pictures/" not in render_print(report)


def test_only_files_that_were_made_are_offered(report):
    offered = [Download(path="report.pdf", name="Report (PDF)"), Download(path="tables.xlsx", name="Tables (Excel)")]
    html = render_page(report, downloads=offered)
    assert [href for href in re.findall(r'href="([^"#]*)"', html) if "notebooks/" not in href] == [
        "report.pdf", "tables.xlsx", "pictures/07-1.svg", "../../index.html", "manifest.json",
    ]  # fmt: skip
    assert "Downloads" not in render_page(report)


def test_numbers_follow_the_locale_of_the_line(describe, make):
    assert "1.234 customers" in render_page(describe(make.run(1), locale="de"))
    assert "1 customer ·" in render_page(describe(make.run(1), customers=1))


def test_the_brand_is_worn_by_page_and_print(describe, make):
    brand = PageBrand(
        logo=draw(), logo_mime="image/png", primary="#ffdd33", secondary="#7a1fa2", footer="Example & Sons"
    )
    report = describe(make.run(1, make.output(TABLE)), brand=brand)
    for html in (render_page(report), render_print(report)):
        assert f'<img src="{brand.logo_uri}" alt="Logo">' in html
        assert f"--accent: {brand.primary_ink}; --first: #ffdd33; --second: #7a1fa2;" in html
        assert "Example &amp; Sons" in html


@pytest.fixture
def hostile(describe, make, picture):
    """Describe a report in which every text that comes from data or from people means harm."""
    cell, kept = picture(HOSTILE, draw())
    shown = make.output(TABLE + HOSTILE + '<a href="https://example.org">x</a><p style="color:red" onclick="alert(3)">')
    runs = [
        make.run(1, make.markdown(f"# {HOSTILE}\n\n{HOSTILE}\n\n[a](javascript:alert(4))"), shown, cell,
                 pictures=(kept,), title=HOSTILE, question=HOSTILE, headlines=(say(text=HOSTILE, key=HOSTILE),
                 say(text=HOSTILE, key="trust.usable_share", words={"light": "green"})), notes=(HOSTILE,)),
        make.run(2, status="failed", reason=HOSTILE, title=HOSTILE, question=HOSTILE),
        make.run(3, status="skipped", reason=HOSTILE, title=HOSTILE, question=HOSTILE),
        *(make.run(number, title=HOSTILE) for number in range(4, 9)),
        make.run(12, make.output(HOSTILE), title=HOSTILE, question=HOSTILE),
    ]  # fmt: skip
    return describe(
        *runs, name=HOSTILE, period=HOSTILE, parameters={HOSTILE: HOSTILE}, run=HOSTILE, brand=PageBrand(footer=HOSTILE)
    )


@pytest.mark.browser
@pytest.mark.parametrize("render", [render_page, render_print])
def test_hostile_words_stay_words_in_a_browser(hostile, render, page, tmp_path):
    seen = {"requests": [], "dialogs": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))
    path = tmp_path / "index.html"
    path.write_text(render(hostile), encoding="utf-8")
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert seen["dialogs"] == []
    assert [url for url in seen["requests"] if not url.startswith(("data:", path.as_uri()))] == []
    assert page.locator("script, iframe, object, form, [onclick], [onerror]").count() == 0
    assert page.locator("style").count() == 1
    assert page.locator("h1").inner_text() == page.evaluate("text => text", HOSTILE)
    assert page.locator("h1").is_visible()
    assert "49" not in page.locator("h1").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("colours", [None, ("#ffee00", "#fafafa"), ("#ffffff", "#ff0000"), ("#000000", "#777777")])
def test_every_word_can_be_read_in_the_colours_of_a_brand(report, colours, page, tmp_path):
    brand = PageBrand(primary=colours[0], secondary=colours[1], footer="Example Ltd") if colours else PageBrand()
    offered = [Download(path="report.pdf", name="Report (PDF)", holds="to print")]
    (tmp_path / "page.html").write_text(render_page({**report, "brand": brand}, downloads=offered), encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    pairs = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(each => each.checkVisibility() && [...each.childNodes].some(node => node.data && node.data.trim()))
            .map(each => {
                let under = each;
                while (getComputedStyle(under).backgroundColor === 'rgba(0, 0, 0, 0)') under = under.parentElement;
                return [each.textContent.trim().slice(0, 30), getComputedStyle(each).color,
                        getComputedStyle(under).backgroundColor];
            })"""
    )
    assert len(pairs) > 50
    weak = {
        (words, letters, ground)
        for words, letters, ground in pairs
        if measure_contrast(_hex(letters), _hex(ground)) < 4.5
    }
    assert weak == set()


def _hex(colour):
    parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert parts, colour
    return "#" + "".join(f"{int(part):02x}" for part in parts.groups())


@pytest.mark.browser
def test_a_link_opens_the_folded_chapter_and_print_shows_all_of_it(report, page, tmp_path):
    (tmp_path / "page.html").write_text(render_page(report), encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    body = page.locator("#chapter-8 .cvlab-headline")
    assert not body.is_visible()
    page.locator('.contents a[href="#chapter-8"]').click()
    assert body.is_visible()
    assert not page.locator("#chapter-6 .cvlab-headline").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#chapter-6 .cvlab-headline").bounding_box()["height"] > 0
    assert not page.locator(".downloads").is_visible()


@pytest.mark.parametrize(("height", "shape"), [(400, ""), (1500, ' class="square"'), (1800, ' class="tall"')])
def test_a_high_picture_gets_more_of_a_printed_page_for_its_words_to_be_read(height, shape):
    stream = io.BytesIO()
    Image.new("L", (1600, height)).save(stream, "PNG")
    said = state_size(base64.b64encode(stream.getvalue()).decode())
    assert said == f'{shape} width="800" height="{height // 2}"'
    css = (TEMPLATES / "print.css").read_text(encoding="utf-8")
    assert all(f"img.{name} {{ max-height:" in css for name in ("square", "tall"))
