"""Small chapters and product lines, written where a test wants them, and one report in which much happens."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.kernels.execution import SERVER_ADDRESS, set_up_workspace
from cvlab.reports.kernels.warm_kernels import serve_kernels
from cvlab.reports.plans.chapters import Chapter
from cvlab.reports.records.manifest import RunFacts

HOSTILE_NAME = "Café & Söhne <b>"
HOSTILE_REGION = "<script>alert(1)</script>"
SAY = """
from html import escape
from IPython.display import display
from cvlab.analyses.common import Headline


def say(key, value, low, high, *, label="share", text="It is {value}.", words=None, notes=()):
    headline = Headline(key=key, label=label, value=value, low=low, high=high, n=100, unit="share", sentence=text,
                        words=words or {}, smallest_change=0.05)
    sentence = f'<p class="cvlab-headline"><strong>{escape(str(headline))}</strong></p>'
    display(
        {
            "text/html": f'<div class="cvlab-result">{sentence}</div>',
            "text/plain": "not for readers",
            "application/vnd.cvlab.headline+json": {"headlines": [headline.to_record()], "notes": list(notes)},
        },
        raw=True,
    )
"""


def markdown(source: str, *tags: str) -> dict[str, Any]:
    """Make a cell of prose."""
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *tags: str) -> dict[str, Any]:
    """Make a cell of code."""
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def parameters(*lines: str) -> dict[str, Any]:
    """Make the parameters cell; product_line comes first."""
    return code("\n".join(('product_line: str = "sample"', *lines)), "parameters")


def write_notebook(
    folder: Path, name: str, *cells: dict[str, Any], question: str = "What is it?", part: str = "who", **declared: Any
) -> Path:
    """Write a chapter and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"cvlab": {"chapter": int(name[:2]), "part": part, "question": question, "needs_any": [], **declared}}
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def write_line(folder: Path, name: str = "Sample", **tables: str) -> Path:
    """Write a product line of twelve customers and return its folder."""
    folder.mkdir(parents=True)
    (folder / "product_line.yaml").write_text(f"name: {json.dumps(name)}\ncurrency: EUR\n", encoding="utf-8")
    rows = "".join(f"c{i:03d},2025-01-{i + 1:02d},{HOSTILE_REGION}\n" for i in range(12))
    (folder / "customers.csv").write_text(f"customer_id,start_date,region\n{rows}", encoding="utf-8")
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def shared_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve warm kernels once for all tests, which otherwise would wait for the same imports in each; "" elsewhere."""
    with serve_kernels(tmp_path_factory.mktemp("kernels")) as environment:
        yield environment.get(SERVER_ADDRESS, "")


@pytest.fixture(scope="session", autouse=True)
def shared_kernels(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every run that a test starts in this process take its kernels from one server.

    The runs differ in nothing else: workers, papermill and the kernels are what they always are. Tests of the server
    itself (`kernels/`) and of the command, each a process of its own, start their own.
    """

    @contextmanager
    def serve(workspace: Path, server: object = None) -> Iterator[dict[str, str]]:
        address = request.getfixturevalue("shared_address")
        environment = set_up_workspace(workspace, warm=bool(address))
        yield {**environment, SERVER_ADDRESS: address} if address else environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cvlab.reports.running.course.serve_kernels", serve)
        yield


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Give the writers of cells, chapters and lines."""
    return SimpleNamespace(
        markdown=markdown,
        code=code,
        parameters=parameters,
        notebook=write_notebook,
        line=write_line,
        say=SAY,
        run=make_run,
        output=make_output,
        facts=make_facts,
        hostile_name=HOSTILE_NAME,
        hostile_region=HOSTILE_REGION,
    )


def draw_png(width: int = 320, height: int = 200) -> bytes:
    """Draw a small PNG that says in its text who made it."""
    about = PngInfo()
    about.add_text("Author", "somebody at machine-7")
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "#0072B2").save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


@pytest.fixture(scope="session")
def png() -> bytes:
    """Give a small picture."""
    return draw_png()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Give what the workbook and the slides are made of: a manifest, chapters of every state, and a brand."""
    return tell_report(tmp_path_factory.mktemp("told"))


def tell_report(folder: Path) -> SimpleNamespace:
    """Make up a report of one line, with texts from its data that are up to no good."""
    from cvlab.analyses.common import Headline
    from cvlab.reports.collecting.chapter_run import ChapterRun
    from cvlab.reports.collecting.pictures import Picture, read_png
    from cvlab.reports.plans.chapters import read_chapter
    from cvlab.reports.publishing.brand import PageBrand

    def headline(key: str, value: float, unit: str, sentence: str) -> dict[str, Any]:
        made = Headline(
            key=key, label=key.replace(".", " "), value=value, low=value - 1, high=value + 1, n=300, unit=unit,
            sentence=sentence, words={"light": "amber"}, smallest_change=1.0,
        )  # fmt: skip
        return made.to_record()

    price = headline("price.best", 1234.5, "money", "The best price is {value} ({low} to {high}).")
    share = headline("price.share", 2.0, "share", "Of all, {value} buy.")
    light = headline("trust.usable_share", 0.9, "share", "The data light is {light}.")
    table = {
        "title": "best price",
        "key": "price.best",
        "rows": "group",
        "heading": "Who: what's [best]?",
        "columns": [
            {"name": "group", "kind": "text"},
            {"name": "best_price", "kind": "money"},
            {"name": "share", "kind": "share"},
            {"name": "n", "kind": "count"},
            {"name": "since", "kind": "date"},
            {"name": "sure", "kind": "truth"},
            {"name": "wait", "kind": "days"},
        ],
        "data": [
            ['=HYPERLINK("http://example.org")', 1234.5, 0.125, 300, "2026-01-31", True, 1.5],
            ["＠SUM(1)", -9.5, None, 12, "1066-10-14", False, 20],
            ["\u05e9\u05dc\u05d5\u05dd 🙂 <b>", 0, 0.5, 1_000_000, "2026-01-31T12:30:00", None, None],
        ],
        "n_rows": 3,
        "text": price["text"],
        "notes": ["+1 is no formula.", "Prices are net."],
    }
    actions = {
        "title": "actions", "key": "summary.actions", "rows": "action", "heading": "What to do",
        "columns": [
            {"name": "group", "kind": "text"}, {"name": "likely", "kind": "money"}, {"name": "do", "kind": "text"},
            {"name": "test", "kind": "text"},
        ],
        "data": [["all", 1e5 * number, f"Raise rung {number}" + " and say why" * 9, ""] for number in range(1, 4)],
        "n_rows": 3, "text": "Three actions are worth trying.", "notes": [],
    }  # fmt: skip
    content = read_png(base64.b64encode(draw_png()).decode())
    picture = {
        "heading": "Best",
        "alt": 'Figure 1: Best "price" <now>.',
        "svg": '<svg xmlns="http://www.w3.org/2000/svg" />',
    }
    pictures = (
        Picture(number=1, key="price.share", png=draw_png(100, 300), **picture),
        Picture(number=2, key="price.best", png=content, **picture),
    )

    def chapter(name: str, **declared: Any) -> Any:
        title = declared.pop("title", "Prices")
        return read_chapter(write_notebook(folder, name, markdown(f"# {title}"), parameters(), **declared))

    runs = (
        ChapterRun(chapter=chapter("01_trust", part="light", question="Can we believe it?"), status="done",
                   headlines=(light,)),
        ChapterRun(chapter=chapter("06_price", part="worth", question="What will they pay?", decision="Set the price."),
                   status="done", headlines=(share, price), notes=("A caveat.",), tables=(table,), pictures=pictures),
        ChapterRun(chapter=chapter("07_ladder", part="offer", question="Which rungs?"), status="skipped",
                   reason="It needs the table rungs. " * 40),
        ChapterRun(chapter=chapter("08_point", part="keep", question="=Do they get it?"), status="failed",
                   reason="It met an error that it does not expect."),
        ChapterRun(chapter=chapter("12_summary", part="first", title="Summary", question="What to do?"), status="done",
                   headlines=(headline("summary.actions", 3.0, "count", "Three actions are worth trying."),),
                   tables=(actions,)),
    )  # fmt: skip
    manifest = {
        "run": "20260401T080000Z", "cvlab": "0.1.0", "started": "2026-04-01T08:00:00Z", "light": "amber",
        "effort": "quick",
        "line": {"name": HOSTILE_NAME, "slug": "cafe", "period": "2026-Q1", "customers": 2000, "currency": "EUR",
                 "number_format": "de"},
        "headlines": [{"chapter": run.chapter.number, **record} for run in runs for record in run.headlines],
    }  # fmt: skip
    brand = PageBrand(
        logo=draw_png(60, 20),
        logo_mime="image/png",
        primary="#ffdd00",
        secondary="#102030",
        footer="A & B, for us only",
    )
    return SimpleNamespace(manifest=manifest, runs=runs, brand=brand)


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Run once, with two workers, chapters of which some fail, some are skipped and most meet hostile data."""
    from cvlab.reports import run_report

    root = tmp_path_factory.mktemp("eventful")
    notebooks = write_eventful_chapters(root / "notebooks")
    line = write_line(
        root / "cafe",
        HOSTILE_NAME,
        transactions="customer_id,date,sku,quantity,price_paid\nc001,2025-02-01,=cmd(),1,9.5\n",
    )
    plain = write_line(root / "plain", "Plain line")
    arguments: dict[str, Any] = {
        "notebooks": notebooks,
        "output": root / "out",
        "parameters": {"code": "007"},
        "formats": ("html", "pdf", "xlsx", "pptx"),
    }
    run = run_report([line, plain], workers=2, progress=False, **arguments)
    return SimpleNamespace(
        root=root,
        lines=(line, plain),
        arguments=arguments,
        run=run,
        page=run.pages[0],
        html=run.pages[0].read_text(encoding="utf-8"),
        manifest=json.loads(run.pages[0].with_name("manifest.json").read_text(encoding="utf-8")),
    )


@pytest.fixture(scope="session")
def read_published() -> Callable[[Path], dict[str, str]]:
    """Give the reader of every published byte that is text."""
    return read_folder


def read_folder(folder: Path) -> dict[str, str]:
    """Read every file below a folder as text: HTML without its pictures, workbooks and slides unpacked, PDF inflated.

    Pictures alone are left out; their drawings are read.
    """
    texts = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".xlsx", ".pptx"):
            with zipfile.ZipFile(path) as packed:
                parts = {part: packed.read(part) for part in packed.namelist()}
            texts |= {
                f"{name}:{part}": content.decode()
                for part, content in parts.items()
                if not part.endswith((".png", ".jpeg", ".jpg"))
            }
        elif path.suffix == ".pdf":
            texts[name] = read_pdf(path)
        elif path.suffix != ".png":
            texts[name] = re.sub(r"data:image/[\w+]+;base64,[\w+/=]*", "", path.read_text(encoding="utf-8"))
    return texts


def read_pdf(path: Path) -> str:
    """Return the words of a PDF of WeasyPrint, and its plain objects, from which titles and addresses come."""
    content = path.read_bytes()
    inflated = (
        (int(found[1]), zlib.decompressobj().decompress(content[found.end() :]))
        for found in re.finditer(rb"(\d+) 0 obj\s*<<[^\n]*?/FlateDecode[^\n]*?>>\s*stream\r?\n", content)
        if b"/Image" not in found[0]
    )
    streams = {number: stream for number, stream in inflated if stream.isascii()}
    everything = b"\n".join([re.sub(rb"stream\r?\n.*?endstream", b"", content, flags=re.DOTALL), *streams.values()])
    fonts = {
        name.decode(): {
            code.decode(): bytes.fromhex(letters.decode()).decode("utf-16-be")
            for code, letters in re.findall(rb"<(\w{4})> <(\w+)>", streams[int(number)])
        }
        for name, number in re.findall(rb"/BaseFont /(\w+)\+[^/]*/ToUnicode (\d+) 0 R", everything)
    }
    words, font = [], ""
    for name, shown in re.findall(rb"/(\w+) [\d.]+ Tf|\[((?:<\w*>|[-\d.]+)*)\] TJ", everything):
        font = name.decode() or font
        words.append("".join(fonts[font][code] for code in re.findall(r"(\w{4})(?=\w*>)", shown.decode())))
    objects = everything.decode("latin-1")
    hidden = [bytes.fromhex(text).decode("utf-16-be") for text in re.findall(r"<feff((?:[0-9a-f]{4})*)>", objects)]
    return "\n".join([*words, *re.findall(r"\(((?:[^()\\]|\\.)*)\)", objects), *hidden])


def make_run(
    number: int,
    *cells: dict[str, Any],
    title: str = "",
    question: str = "What is it?",
    part: str = "worth",
    **facts: Any,
) -> ChapterRun:
    """Make the run of a chapter by hand, as it is published."""
    chapter = Chapter(
        number=number, name=f"{number:02d}_chapter", path=Path(f"{number:02d}_chapter.ipynb"), part=part,
        title=title or f"Chapter about {number}", question=question, needs_any=(), needs_all=(), parameters={},
        notebook={}, sha256="",
    )  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=list(cells)) if cells else None
    return ChapterRun(**{"chapter": chapter, "status": "done", "notebook": notebook, **facts})


def make_output(html: str) -> dict[str, Any]:
    """Make a cell that has presented something."""
    output = nbformat.v4.new_output("display_data", data={"text/html": html})
    return nbformat.v4.new_code_cell("", outputs=[output], execution_count=1)


def make_facts(**facts: Any) -> RunFacts:
    """Make the facts of a run."""
    given = {
        "run": "20260102T030405Z", "started": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "effort": "quick",
        "workers": 1, "parameters": {}, "packages": {}, "git_commit": None,
    }  # fmt: skip
    return RunFacts(**{**given, **facts})


def write_eventful_chapters(notebooks: Path) -> Path:
    """Write chapters that present, draw, print, fail, leave out, skip and sum up."""
    write_notebook(
        notebooks,
        "01_trust",
        markdown(
            "# Data and trust\n\nProse with **weight**, <script>alert(2)</script> and [a link](https://example.org)."
        ),
        parameters("seed: int = 0", 'code: str = "001"'),
        code(SAY),
        code("from cvlab.present import open_chapter\nline = open_chapter(product_line)"),
        code(
            'say("trust.usable_share", 0.98, 0.97, 0.99, label="usable share", words={"light": "green"},\n'
            '    text="The data light is {light}: {value} can be used.", notes=[f"read from {product_line}"])'
        ),
        markdown("## Completeness\n\nWhat to look for."),
        code("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot([1, 2], [3, 4]);"),
        code("import sys\nprint('stray words')\nprint('stray warning', file=sys.stderr)\nline.customers"),
        code('say("trust.code", 0.07, 0.05, 0.09, label="code", text="The code is {code}.", words={"code": code})'),
        part="light",
        question="Can we believe it?",
    )
    write_notebook(
        notebooks,
        "02_segments",
        markdown("# Segments"),
        parameters('effort: str = "quick"', "seed: int = 0"),
        code(SAY),
        code(
            "from cvlab.present import open_chapter\nline = open_chapter(product_line)\n"
            'say("segments.share", 0.4, 0.3, 0.5, words={"who": line.customers["region"].iloc[0]},\n'
            '    text="{value} live in {who}.", notes=[line.customers["region"].iloc[0]])'
        ),
        code(
            "from cvlab.errors import DataError\n"
            "raise DataError('customers lacks column age: add it to /srv/data/customers.csv')"
        ),
        code("print('never reached')"),
        question="Who are they?",
    )
    write_notebook(
        notebooks,
        "03_surprise",
        parameters(),
        code("raise KeyError('<script>alert(3)</script>')"),
        question="What do <b>they</b> value?",
    )
    write_notebook(
        notebooks,
        "06_willingness_to_pay",
        markdown("# Willingness to pay"),
        parameters("seed: int = 0"),
        code(SAY),
        markdown("## By asking", "needs:price_sensitivity"),
        code("undefined_because_dropped", "needs:price_sensitivity"),
        code("also_undefined", "interactive"),
        code(
            "import numpy\nvalue = numpy.random.default_rng(seed).random()\n"
            'say("price.best", value, value - 0.01, value + 0.01)'
        ),
        part="worth",
        question="What will they pay?",
    )
    write_notebook(
        notebooks, "07_ladder", parameters(), part="offer", question="Which rungs?", needs_any=["rungs", "rung_values"]
    )
    write_notebook(notebooks, "00_start", parameters())
    write_notebook(
        notebooks,
        "12_summary",
        markdown("# Summary"),
        parameters('headlines: str = ""'),
        code(
            "from cvlab.present import open_chapter, present\n"
            "from cvlab.reports import rank_headlines, read_headlines\n"
            "line = open_chapter(product_line)\npresent(rank_headlines(read_headlines(headlines, line)))"
        ),
        part="first",
        question="What should we do?",
    )
    return notebooks


def write_record(**changes: Any) -> dict[str, Any]:
    """Make a headline's record as a manifest holds it."""
    return {
        "key": "price.best", "label": "best price", "chapter": 6, "text": "The best price is 20.", "unit": "money",
        "value": 20.0, "low": 19.0, "high": 21.0, "level": 0.95, "n": 200, "smallest_change": 2.0, "better": "higher",
        "words": {}, "draws": None, **changes,
    }  # fmt: skip


def build_small_manifest(
    *headlines: dict[str, Any], run: str = "a", slug: str = "line", **changes: Any
) -> dict[str, Any]:
    """Make a manifest with no more than what is read from it."""
    chapter = {"chapter": 6, "status": "done", "question": "What?", "reason": "", "parameters": {"seed": 0}}
    line = {"name": "Line", "slug": slug, "period": "", "currency": "EUR", "number_format": "en", "folder": "tea"}
    return {
        "format": 1, "run": run, "line": {**line, **changes.pop("line", {})}, "started": "2026-01-01T00:00:00Z",
        "light": None, "status": "done", "effort": "quick", "seed": 0, "chapters": [chapter],
        "headlines": list(headlines), "data": {"customers.csv": "1"}, **changes,
    }  # fmt: skip


def write_small_run(output: Path, manifest: dict[str, Any], *, folder: str = "") -> Path:
    """Write a run of which there is a manifest and an empty page, and return its folder."""
    place = output / manifest["line"]["slug"] / (folder or manifest["run"])
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (place / "index.html").write_text("page", encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def past() -> SimpleNamespace:
    """Give the writers of records, manifests and runs that nobody has to wait for."""
    return SimpleNamespace(record=write_record, manifest=build_small_manifest, run=write_small_run)
