"""Nothing that is published names a person, shows a group of a few, tells of the machine, or acts."""

import json
import os
import platform
import re
import sys
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import openpyxl
import pandas as pd
import pytest

from cvlab.reports import run_report
from cvlab.reports.collecting.faults import publish_fault
from cvlab.reports.collecting.paths import Paths
from cvlab.reports.collecting.persons import Persons, find_persons
from cvlab.reports.kernels.execution import Fault
from cvlab.reports.kernels.warm_kernels import serve_kernels
from cvlab.tables.product_line import read_product_line
from tests.reports.planted_lines import ELSEWHERE, FEW_MARK, FOLDER, PERSON, plant_line

OWNER = "planted-owner-Hm3Rq9"
FORMATS = ("html", "pdf", "xlsx", "pptx")
GROUP_SIZES = {"n", "people", "customers", "respondents", "members", "households", "buyers"}
# Of these the n counts drivers, groups, offers, tests or numbers, not people.
NOT_OF_PEOPLE = ("economic_value.", "summary.", "trust.shifted_")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("salon-software", [1, 2, 7, 12]), id="chapters that see persons"),
        *(
            pytest.param((name, None), id=name, marks=pytest.mark.slow)
            for name in ("fitness-trackers", "lab-analysers", "salon-software")
        ),
    ],
)
def planted(request, tmp_path_factory, checkout, read_published):
    """Report on the planted line, on a machine whose every name is planted, and again after the data have changed."""
    root = tmp_path_factory.mktemp("planted")
    sample, chapters = request.param
    line = plant_line(checkout / "data" / "sample" / sample, root)
    (root / "matplotlibrc").write_text("svg.fonttype: none\n", encoding="utf-8")  # words of pictures stay words
    home = root / OWNER
    home.mkdir()
    mask = os.umask(0o027)
    with pytest.MonkeyPatch.context() as patch:
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        names = dict.fromkeys(("USER", "LOGNAME", "HOSTNAME", "PLANTED_TOKEN"), OWNER)
        names |= {"HOME": str(home), "XDG_CACHE_HOME": cache, "MPLCONFIGDIR": mpl.get_configdir()}
        for name, value in {**names, "MATPLOTLIBRC": str(root / "matplotlibrc")}.items():
            patch.setenv(name, value)
        # Kernels of a server of its own: the one that other tests share has read its settings before.
        patch.setattr("cvlab.reports.running.course.serve_kernels", serve_kernels)
        given = {"output": root / "out", "workers": 2, "progress": False}
        try:
            run = run_report([line.folder], chapters=chapters, formats=FORMATS, **given)
            drop_rows(line.folder / "contracts.csv", 20)
            again = run_report([line.folder], chapters=[1, 12], **given)
        finally:
            os.umask(mask)
    return SimpleNamespace(
        root=root, line=line, run=run, again=again, folder=run.pages[0].parent, texts=read_published(root / "out")
    )


def drop_rows(path, count):
    pd.read_csv(path, dtype="str", keep_default_na=False).iloc[:-count].to_csv(path, index=False)


def squeeze(text):
    """Take out the blanks, at which a page may break a word."""
    return "".join(text.split())


def find(planted, word):
    return sorted(name for name, text in planted.texts.items() if word in squeeze(text))


def test_every_chapter_bears_a_line_full_of_texts_that_act(planted):
    assert planted.run.ok, planted.run.failures
    assert planted.again.ok, planted.again.failures
    assert planted.run.warnings == planted.again.warnings == ()


def test_what_stands_in_a_report_would_be_found(planted):
    line = read_product_line(planted.line.folder)
    said = find(planted, squeeze(line.name).rpartition(">")[2][-12:])
    for ending in ("index.html", "report.pdf", "slide1.xml", "sheet1.xml", "core.xml", "manifest.json", ".ipynb"):
        assert any(name.endswith(ending) for name in said), ending
    assert any(name.endswith(".html") and name.count("/") == 1 for name in said)  # what changed since the run before
    drawn = [text for name, text in planted.texts.items() if name.endswith(".svg")]
    assert len(drawn) > 15
    assert any("satisfied" in text or "share" in text.lower() for text in drawn)  # its words are words
    rungs = [rung.rpartition(" ")[2] for rung in line.rungs["rung"]]
    assert any(rung in text for rung in rungs for name, text in planted.texts.items() if name.endswith("report.pdf"))


def test_no_person_is_named_anywhere(planted):
    assert len(planted.line.persons) >= 40
    assert find(planted, PERSON) == []


def test_no_trait_that_few_have_is_named_anywhere(planted):
    assert find(planted, FEW_MARK) == []


def test_nothing_tells_where_and_by_whom_it_was_made(planted, checkout):
    for word in (FOLDER, OWNER, str(planted.root), str(checkout), sys.prefix, ".run-"):
        assert find(planted, word) == [], word
    if len(platform.node()) > 5:
        assert find(planted, platform.node()) == []


def test_no_number_rests_on_fewer_people_than_the_line_allows(planted):
    manifest = json.loads((planted.folder / "manifest.json").read_bytes())
    of_people = [record for record in manifest["headlines"] if not record["key"].startswith(NOT_OF_PEOPLE)]
    assert len(of_people) > 8
    assert [record["key"] for record in of_people if 0 < record["n"] < 10] == []
    assert all(isinstance(draw, float | int) for record in of_people for draw in record["draws"] or ())


def test_no_group_in_a_table_is_smaller_than_the_line_allows(planted):
    book = openpyxl.load_workbook(planted.folder / "tables.xlsx")
    sizes = []
    for sheet in book.worksheets:
        if sheet.title.startswith(("05", "12", "Headlines", "Contents")):
            continue
        rows = list(sheet.iter_rows(values_only=True))
        for place, head in enumerate(rows):
            columns = [column for column, name in enumerate(head) if name in GROUP_SIZES]
            if columns and all(name is None or isinstance(name, str) for name in head):
                sizes += [(sheet.title, row[column]) for row in rows[place + 1 :] for column in columns]
    counts = [(title, size) for title, size in sizes if isinstance(size, (int, float))]
    assert len({title for title, _ in counts}) >= 3
    assert [found for found in counts if 0 < found[1] < 10] == []


def test_only_what_was_meant_is_left_and_only_its_owners_can_read_it(planted):
    out = planted.root / "out"
    slug = planted.folder.parent.name
    assert {path.name for path in out.iterdir()} - {".lock", ".cvlab.lock"} == {"index.html", slug}
    for path in out.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode & 0o027 == 0, path  # what the person's umask takes away stays away
        assert path.is_dir() or mode & 0o111 == 0, path


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_no_page_holds_anything_that_acts(planted):
    pages = {name: text for name, text in planted.texts.items() if name.endswith(".html")}
    assert len(pages) >= 3
    for name, text in pages.items():
        for tag, attributes in Tags(text).found:
            assert tag not in {"script", "svg", "iframe", "object", "embed", "form", "base", "link", "video"}, name
            assert not [key for key in attributes if key.startswith("on")], name
            assert ":" not in (attributes.get("href") or ""), name
            assert (attributes.get("src") or "data:image/").startswith("data:image/") or tag == "img", name
        assert "49 " not in re.findall(r"\{\{7\*7\}\}|49 \$\{7", text), name


def test_office_files_hold_no_formula_and_lead_nowhere(planted):
    for name in ("tables.xlsx", "slides.pptx"):
        with zipfile.ZipFile(planted.folder / name) as packed:
            parts = {part: packed.read(part).decode() for part in packed.namelist() if part.endswith((".xml", ".rels"))}
        for part, text in parts.items():
            assert 'TargetMode="External"' not in text, part
            assert not re.search(r"<f[ >]|hlinkClick|hlinkMouseOver|<oleObject|ddeLink|externalReference", text), part
            if part.endswith(".rels"):
                assert ELSEWHERE not in text, part
            else:
                assert not re.search(rf'(?:location|Target|display)="[^"]*{ELSEWHERE}', text), part
        assert any(ELSEWHERE in text for text in parts.values()), name  # as a word it is there


def test_the_pdf_does_nothing(planted):
    content = (planted.folder / "report.pdf").read_bytes()
    objects = [re.sub(rb"stream\r?\n.*?endstream", b"", content, flags=re.DOTALL)]
    for found in re.finditer(rb"/FlateDecode[^\n]*?>>\s*stream\r?\n", content):
        inflated = zlib.decompressobj().decompress(content[found.end() :])
        objects += [inflated] if inflated.isascii() else []
    everything = b"\n".join(objects)
    assert b"/Dest" in everything  # the contents lead to their pages
    acts = rb"/(?:URI|JavaScript|JS|Launch|AA|SubmitForm|ImportData|EmbeddedFiles?|GoToR|RichMedia)\b"
    assert re.findall(acts, everything) == []
    assert ELSEWHERE in planted.texts[f"{planted.folder.parent.name}/{planted.folder.name}/report.pdf"]


def test_drawings_hold_nothing_that_acts(planted):
    drawings = sorted(planted.folder.glob("pictures/*.svg"))
    assert len(drawings) > 10
    for path in drawings:
        for element in ElementTree.parse(path).iter():  # noqa: S314  our own
            assert element.tag.rpartition("}")[2] not in {"script", "a", "foreignObject", "iframe"}, path.name
            for name, value in element.attrib.items():
                assert not name.startswith("on"), path.name
                assert not name.endswith("href") or value.startswith(("#", "data:image/png;base64,")), path.name


@pytest.mark.browser
def test_in_a_browser_no_script_runs_and_no_request_leaves(planted, browser):
    opened = browser.new_page()
    asked, told = [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    pages = sorted((planted.root / "out").rglob("*.html")) + sorted(planted.folder.glob("pictures/*.svg"))[:6]
    for path in pages:
        opened.goto(path.as_uri())
        opened.wait_for_load_state("load")
    opened.close()
    assert told == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


WHO = f"Qx0001{PERSON}00042Vw"
LEAKS = f"""
import logging, sys, warnings
from IPython.display import HTML, SVG, Markdown, display
import matplotlib.pyplot as plt
import pandas as pd
who = "Qx0001" + "{PERSON}" + "00042Vw"
print(who); print(who, file=sys.stderr); warnings.warn(who); logging.getLogger().error(who)
table = pd.DataFrame({{"customer_id": [who]}})
display(table); display(HTML(table.to_html())); display(Markdown(who))
display({{"text/plain": who, "text/latex": who}}, raw=True)
figure, axes = plt.subplots()
axes.plot([1, 2], gid=who, label=who, url="http://{ELSEWHERE}/" + who)
display(figure, metadata={{"image/png": {{"alt": who}}, "image/svg+xml": {{"alt": who}}}})
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {{who}} --><desc>{{who}}</desc><text>{{who}}</text></svg>'))
plt.close(figure)
table
"""


@pytest.fixture(scope="module")
def careless(make, tmp_path_factory, read_published):
    """Run chapters that let out whom they met, in every way that a chapter can."""
    root = tmp_path_factory.mktemp("careless")
    line = make.line(root / "line")
    text = (line / "customers.csv").read_text(encoding="utf-8").replace("c001", WHO).replace("c002", "17")
    (line / "customers.csv").write_text(text, encoding="utf-8")
    who = f'"Qx0001" + "{PERSON}" + "00042Vw"'
    head = [make.parameters('who: str = "nobody"'), make.code(make.say)]
    chapter = make.notebook
    chapter(root / "n", "02_leaks", *head, make.code(LEAKS), make.code('say("a.b", .5, .4, .6)'))
    said = f'say("c.d", .5, .4, .6, text="{{value}} like {{x}}.", words={{"x": {who}}}, notes=["not " + {who}])'
    chapter(root / "n", "03_presents", *head, make.code(said))
    chapter(root / "n", "04_fails", *head, make.markdown("## By *age*"), make.code(f"raise ValueError({who})"))
    error = f'raise DataError("customers, row 17: " + {who} + " has two ages. Keep one")'
    chapter(root / "n", "05_refuses", *head, make.code(f"from cvlab.errors import DataError\n{error}"))
    chapter(root / "n", "06_names", *head, make.code(f"raise type({who}, (Exception,), {{}})(1)"))
    chapter(root / "n", "07_leaves", *head, make.code(f"raise SystemExit({who})"), make.code("1"))
    run = run_report(
        [line], notebooks=root / "n", output=root / "out", formats=FORMATS, parameters={"who": WHO}, workers=2,
        progress=False,
    )  # fmt: skip
    manifest = json.loads((run.pages[0].parent / "manifest.json").read_bytes())
    return SimpleNamespace(run=run, manifest=manifest, texts=read_published(root / "out"))


def test_careless_chapters_publish_nobody(careless):
    assert {chapter["chapter"]: chapter["status"] for chapter in careless.manifest["chapters"]} == {
        2: "done", 3: "done", 4: "failed", 5: "failed", 6: "failed", 7: "failed",
    }  # fmt: skip
    code = f'"Qx0001"+"{PERSON}"+"00042Vw"'  # the chapter's own source says it in parts
    for name, text in careless.texts.items():
        rest = squeeze(text).replace(code, "").replace(code.replace('"', '\\"'), "")
        assert PERSON not in rest, name
    texts = {record["key"]: record["text"] for record in careless.manifest["headlines"]}
    assert texts["c.d"] == "50.0% like …."


def test_the_reader_learns_kind_and_place_the_person_at_the_terminal_all(careless):
    reasons = {chapter["chapter"]: chapter["reason"] for chapter in careless.manifest["chapters"]}
    assert reasons[4] == (
        "It met an error that it does not expect: ValueError, in the section “By age”. What the error says may hold "
        "data of persons and is not published; the terminal has shown it. Open 04_fails.ipynb in JupyterLab with this "
        "product line."
    )
    assert reasons[5] == (
        "customers, row …: … has two ages. Keep one. The page leaves out what may name a person; the terminal has "
        "shown it."
    )
    assert reasons[6].startswith("It met an error that it does not expect: error. ")
    told = {failure.chapter: failure.reason for failure in careless.run.failures}
    assert told[4].endswith(f"The error says: ValueError: {WHO}")
    assert told[5] == f"customers, row 17: {WHO} has two ages. Keep one"


def test_a_parameter_that_names_a_person_is_not_published(careless):
    assert careless.manifest["parameters"] == {"who": "…"}
    assert careless.manifest["chapters"][0]["parameters"]["who"] == "…"


@pytest.mark.parametrize(("audience", "named"), [("internal", False), ("shared", True)])
def test_inside_the_house_accounts_may_be_named_persons_not(make, tmp_path, audience, named):
    asked = "respondent_id,too_cheap,cheap,expensive,too_expensive\nR-01,1,2,3,4\nR-02,1,2,3,4\nc003,1,2,3,4\n"
    folder = make.line(tmp_path / "line", price_sensitivity=asked)
    with (folder / "product_line.yaml").open("a", encoding="utf-8") as file:
        file.write(f"audience: {audience}\n")
    persons = find_persons(read_product_line(folder))
    assert {"R-01", "R-02"} <= persons.names
    assert ({"c003", "c005"} <= persons.names) is named
    assert persons.hide("R-01 of c005") == ("… of …" if named else "… of c005")


def test_of_rows_that_were_left_out_nobody_is_named_either(make, tmp_path):
    asked = "respondent_id,too_cheap,cheap,expensive,too_expensive\nR-01,1,2,3,4\nR-02,9,2,3,4\n"
    line = read_product_line(make.line(tmp_path / "line", price_sensitivity=asked))
    assert "R-02" not in set(line.price_sensitivity["respondent_id"])
    assert "R-02" in find_persons(line).telling


def test_numbers_and_words_that_are_somebodys_id_too_stay_in_tables():
    persons = Persons.of(frozenset({"12", "3.5", "north", "K7", "K-7", "a.b@example.org"}))
    told = {"rows": ["12 of north", ["K-7", 12, None, "a.b@example.org."]]}
    assert persons.hide_within(told) == {"rows": ["12 of north", ["…", 12, None, "…."]]}
    assert persons.hide_setting(" north ") == "…"
    assert persons.hide_setting("northern") == "northern"
    assert persons.hide_all("K7 at 3.5 in north-east") == "… at … in …-east"


def test_what_stops_the_runner_itself_is_not_published_in_its_words(make):
    fault = Fault(kind="runner", name="JSONDecodeError", message=f"near {WHO} in /home/me/x")
    said = publish_fault(fault, make.run(2).chapter, None, paths=Paths.of({}), persons=Persons())
    assert said.startswith("It met an error that it does not expect: JSONDecodeError. ")
    assert PERSON not in said
