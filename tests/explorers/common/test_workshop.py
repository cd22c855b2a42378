"""Workshop pages: what is wrong is said before a browser opens, and the page works in one without a network."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from cvlab.analyses.value_ladder import measure_ladder
from cvlab.analyses.willingness_to_pay import compare_stated_revealed, estimate_demand, optimise_price
from cvlab.errors import DataError, ParameterError
from cvlab.explorers.common import workshop as module
from cvlab.explorers.common.workshop import PAGES, Workshop, run_workshop, start_workshop
from cvlab.tables.product_line import read_product_line
from cvlab.units import NumberFormat, write_number

if TYPE_CHECKING:
    from playwright.sync_api import Page

LINE = "salon-software"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_unknown_page_is_named_with_the_known_ones() -> None:
    message = "there is no workshop page 'bundles': the pages are value_ladder, willingness_to_pay"
    with pytest.raises(ParameterError, match=message):
        run_workshop("bundles")
    with pytest.raises(ParameterError, match="there is no workshop page"):
        run_workshop("../workshop/value_ladder")


def test_no_pages_at_all(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"there are no pages in {tmp_path}")):
        run_workshop(pages=tmp_path)


def test_a_port_in_use_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ParameterError, match=f"port {port} cannot be used, perhaps by another page"):
            start_workshop(port=port)


@pytest.mark.parametrize("port", [-1, 70000, "8866"])
def test_a_port_must_be_one(port: object) -> None:
    with pytest.raises(ParameterError, match="port"):
        start_workshop(port=port)


def test_a_line_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no folder .*nowhere: give the folder that holds product_line\.yaml"):
        start_workshop(product_line=tmp_path / "nowhere")


def test_a_line_without_the_tables_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "product_line.yaml").write_text("name: Bare\ncurrency: EUR\n", encoding="utf-8")
    (tmp_path / "customers.csv").write_text("customer_id,start_date\nA,2026-01-01\n", encoding="utf-8")
    with pytest.raises(DataError, match="Bare lacks what this page needs: add rungs, rung_values to"):
        start_workshop(product_line=tmp_path)
    with pytest.raises(DataError, match="Bare lacks what this page needs: add price_ladder, unit_cost to"):
        start_workshop("willingness_to_pay", product_line=tmp_path)


def test_a_page_without_a_parameters_cell(tmp_path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "bare.ipynb")
    with pytest.raises(ParameterError, match="the page has no cell tagged parameters"):
        start_workshop("bare", product_line=LINE, pages=tmp_path)


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_write_command", lambda *_: [os.sys.executable, "-c", "raise SystemExit('no voila')"])
    with pytest.raises(ParameterError, match="the page could not be served: no voila"):
        start_workshop(port=0)


SERVE = """
import sys, tempfile
from cvlab.explorers.common import workshop as module
module._write_command = lambda page, port: [
    sys.executable, "-m", "http.server", str(port), "--bind", module.HOST, "--directory", str(page.parent)
]
original = module.start_workshop
def start(*args, **kwargs):
    workshop = original(*args, **kwargs)
    print(workshop.pid, workshop._folder.name, flush=True)
    return workshop
"""


@pytest.mark.parametrize(
    "ending",
    [
        "module.start_workshop = start; module.run_workshop(port=0, open_browser=False)",
        "start(port=0); sys.stdin.readline()",
    ],
    ids=["ended from outside", "forgotten"],
)
def test_nothing_stays_behind(ending: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE + ending], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    try:
        pid, folder = process.stdout.readline().split()
        assert is_running(int(pid))
        assert Path(folder).is_dir()
        if "run_workshop" in ending:
            process.send_signal(signal.SIGTERM)
        process.communicate("\n", timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == (128 + signal.SIGTERM if "run_workshop" in ending else 0)
    assert not is_running(int(pid))
    assert not Path(folder).exists()


def test_what_a_signal_does_is_set_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with module._leaving_on_request():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_page_shows_no_code_and_asks_for_its_tables() -> None:
    for path in PAGES.glob("*.ipynb"):
        page = nbformat.read(path, as_version=4)
        tagged = [cell for cell in page.cells if "parameters" in cell.metadata.get("tags", [])]
        assert [cell.source.splitlines()[0].partition(":")[0] for cell in tagged] == ["product_line"]
        assert page.metadata["cvlab"]["needs"]
        assert page.metadata["title"]


@pytest.fixture(scope="module")
def served() -> Iterator[Workshop]:
    with start_workshop(product_line=LINE, port=0) as workshop:
        yield workshop
    assert not is_running(workshop.pid)


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_in_a_browser_a_slider_moves_the_picture_and_the_numbers(served: Workshop, page: Page) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda channel: asked.append(channel.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served.url)
    page.wait_for_selector(".cvlab-explorer img", timeout=120_000)
    line = read_product_line(module.SAMPLES / LINE)
    euro = NumberFormat(currency=line.currency, locale=line.number_format)
    rung = str(line.rungs["rung"].iloc[-1])

    def shown() -> str:
        return page.inner_text(f".cvlab-explorer tr:has-text('{rung}')")

    def expected(rungs_price: float) -> list[str]:
        rungs = line.rungs.assign(price=[*line.rungs["price"].iloc[:-1], rungs_price])
        row = measure_ladder(rungs, line.rung_values).table.iloc[-2]
        return [write_number(rungs_price, "money", number_format=euro), write_number(row["share"], "share")]

    before, picture = shown(), page.get_attribute(".cvlab-explorer img", "src")
    assert all(words in before for words in expected(float(line.rungs["price"].iloc[-1])))
    handle = page.locator(".cvlab-explorer .noUi-handle").nth(len(line.rungs) - 1)
    handle.focus()
    for _ in range(5):
        handle.press("ArrowLeft")
    assert handle.get_attribute("aria-label") == rung
    price = float(page.locator(".cvlab-explorer .widget-readout").nth(len(line.rungs) - 1).text_content() or "nan")
    assert price < float(line.rungs["price"].iloc[-1])
    page.wait_for_function(
        "([place, written]) => document.querySelectorAll('.cvlab-amount')[place].innerText === written"
        " && document.querySelectorAll('.noUi-handle')[place].getAttribute('aria-valuetext') === written",
        arg=[len(line.rungs) - 1, write_number(price, "money", number_format=euro)],
        timeout=20_000,
    )
    page.wait_for_function(
        "words => document.querySelector('.cvlab-explorer table').innerText.includes(words)",
        arg=expected(price)[0],
        timeout=20_000,
    )
    assert all(words in shown() for words in expected(price))
    assert page.get_attribute(".cvlab-explorer img", "src") != picture
    assert page.locator(".jp-CodeMirrorEditor, .jp-InputArea-editor").count() == 0, "no code in sight"
    addresses = [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert addresses
    assert all(re.match(rf"(http|ws)://127\.0\.0\.1:{served.url.split(':')[-1]}", url) for url in addresses), addresses
    assert not errors


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_the_page_fits_its_window(served: Workshop, page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(served.url)
    page.wait_for_selector(".cvlab-explorer img", timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.cvlab-explorer td')).fontSize)") >= 20


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_on_a_phone_the_headline_wraps(served: Workshop, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(served.url)
    page.wait_for_selector(".cvlab-explorer img", timeout=120_000)
    beyond = """() => [...document.querySelectorAll('h1, p, .cvlab-amount, .cvlab-explorer img')]
        .filter(part => part.getBoundingClientRect().right > window.innerWidth + 1)
        .map(part => part.outerHTML.slice(0, 80))"""
    assert page.evaluate(beyond) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture(scope="module")
def served_price() -> Iterator[Workshop]:
    with start_workshop("willingness_to_pay", product_line=LINE, port=0) as workshop:
        yield workshop
    assert not is_running(workshop.pid)


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_in_a_browser_a_price_is_guessed_first_and_revealed_then(served_price: Workshop, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(served_price.url)
    page.wait_for_selector(".cvlab-explorer img", timeout=120_000)
    assert page.locator(".cvlab-explorer table").count() == 0, "nothing is told before the guess"
    handle = page.locator(".cvlab-explorer .noUi-handle").first
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    guess = float(page.locator(".cvlab-explorer .widget-readout").first.text_content() or "nan")
    line = read_product_line(module.SAMPLES / LINE)
    assert guess > line.price
    euro = NumberFormat(currency=line.currency, locale=line.number_format)
    # A page sends the moves of a slider one after the other, and a button may overtake the last.
    page.wait_for_function(
        "written => document.querySelector('.cvlab-amount').innerText === written",
        arg=write_number(guess, "money", number_format=euro),
        timeout=20_000,
    )
    page.get_by_role("button", name="reveal").click()
    page.wait_for_selector(".cvlab-explorer table", timeout=20_000)
    sold = estimate_demand(line.priced_sales, experiment=line.price_experiment)
    demand = compare_stated_revealed(line.price_ladder, sold).demand
    best = optimise_price(demand, unit_cost=line.unit_cost, price_now=guess).table

    def row(name: str, place: int) -> None:
        shown = page.inner_text(f".cvlab-explorer tr:has-text('{name}')")
        for column in ("price", "profit"):
            assert write_number(best[column][place], "money", number_format=euro) in shown

    row("best price", 0)
    row("this price", 2)
    pictures = page.locator(".cvlab-explorer .cvlab-layers > img")
    boxes = [pictures.nth(number).bounding_box() for number in range(4)]
    assert boxes[0] == boxes[1], "a layer lies on its picture"
    assert boxes[2] == boxes[3]
    for _ in range(3):
        handle.press("ArrowLeft")
    page.wait_for_selector(".cvlab-explorer tr:has-text('your guess')", timeout=20_000)
    row("your guess", 2)
    page.get_by_role("button", name="hide again").click()
    page.wait_for_function("!document.querySelector('.cvlab-explorer table')", timeout=20_000)
    assert page.locator(".jp-CodeMirrorEditor, .jp-InputArea-editor").count() == 0, "no code in sight"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not errors
