"""Workshop pages: a notebook of `notebooks/workshop/` on a projector, live, without code and without a network.

Voila runs the notebook and serves it to this machine only (127.0.0.1). The page comes from `page/`, which is Voila's
own template without the addresses it would load icons and diagrams from.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

import nbformat

from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError
from cvlab.tables.product_line import read_product_line

HOST = "127.0.0.1"
PORT = 8866
CHECKOUT = Path(__file__).parents[3]
PAGES = CHECKOUT / "notebooks" / "workshop"
SAMPLES = CHECKOUT / "data" / "sample"
TEMPLATES = Path(__file__).parent / "page"
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 10.0


class Workshop:
    """A page that is being served; leave the `with` block, or call `stop`, to end it.

    Attributes
    ----------
    url : where the page is.
    pid : number of the server's process.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._process, self._folder = process, folder
        self.url = url
        self.pid = process.pid
        # Whoever forgets to stop it does not leave a server behind.
        atexit.register(self.stop)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self) -> None:
        """Return when the server has ended."""
        self._process.wait()

    def stop(self) -> None:
        """End the server and the kernels it started; nothing happens if it has ended."""
        atexit.unregister(self.stop)
        if self._process.poll() is None:
            # Voila ends its kernels when it is interrupted; only a server that hangs is ended outright.
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()


def run_workshop(
    page: str = "value_ladder",
    *,
    product_line: str | Path | None = None,
    port: int = PORT,
    open_browser: bool = True,
    pages: Path = PAGES,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve a workshop page until the user interrupts.

    Parameters
    ----------
    page : name of a notebook in `pages`, without ending.
    product_line : the line's folder or the name of a sample line; the page's own sample when not given.
    port : of this machine; 0 takes a free one.
    open_browser : whether to show the page in the user's browser.
    announce : called with a sentence that says where the page is.

    Raises
    ------
    ParameterError : there is no such page, or the port is in use.
    DataError : the product line cannot be read, or lacks a table that the page needs.
    """
    with (
        _leaving_on_request(),
        start_workshop(page, product_line=product_line, port=port, pages=pages) as workshop,
    ):
        if announce is not None:
            announce(f"The workshop page is at {workshop.url}. Press Ctrl+C to end it.")
        if open_browser:
            webbrowser.open(workshop.url)
        try:
            workshop.wait()
        except KeyboardInterrupt:
            workshop.stop()


@contextmanager
def _leaving_on_request() -> Iterator[None]:
    """Make a request to end this process (SIGTERM) leave the block in order, so that nothing it started stays."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    # Only the main thread of a process may say what a signal does.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def start_workshop(
    page: str = "value_ladder", *, product_line: str | Path | None = None, port: int = PORT, pages: Path = PAGES
) -> Workshop:
    """Start serving a workshop page and return when it can be opened; arguments and errors as for `run_workshop`."""
    notebook = _read_page(page, pages)
    if product_line is not None:
        _set_product_line(notebook, _find_line(product_line))
    chosen = _claim_port(port)
    folder = tempfile.TemporaryDirectory(prefix="cvlab-workshop-")
    try:
        copy = Path(folder.name) / f"{page}.ipynb"
        nbformat.write(notebook, copy)
        log = Path(folder.name) / "voila.log"
        with log.open("wb") as stream:
            command = _write_command(copy, chosen)
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env=_environment())  # noqa: S603 – our own words
    except BaseException:
        folder.cleanup()
        raise
    workshop = Workshop(process, f"http://{HOST}:{chosen}/", folder)
    try:
        _await_server(process, chosen, log)
    except BaseException:
        workshop.stop()
        raise
    return workshop


def _write_command(notebook: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "voila",
        str(notebook),
        "--no-browser",
        f"--Voila.ip={HOST}",
        f"--port={port}",
        "--Voila.port_retries=0",
        "--template=cvlab",
        "--VoilaConfiguration.strip_sources=True",
        "--VoilaConfiguration.show_tracebacks=False",
    ]


def _environment() -> dict[str, str]:
    paths = [str(TEMPLATES), *([os.environ["JUPYTER_PATH"]] if os.environ.get("JUPYTER_PATH") else [])]
    return {**os.environ, "JUPYTER_PATH": os.pathsep.join(paths)}


def _read_page(page: str, pages: Path) -> nbformat.NotebookNode:
    path = pages / f"{page}.ipynb"
    if not path.is_file() or path.parent != pages:
        known = sorted(found.stem for found in pages.glob("*.ipynb"))
        there = f"the pages are {', '.join(known)}" if known else f"there are no pages in {pages}"
        raise ParameterError(f"there is no workshop page {page!r}: {there}")
    return nbformat.read(path, as_version=4)


def _find_line(product_line: str | Path) -> Path:
    folder = Path(product_line)
    sample = SAMPLES / product_line
    if not folder.is_dir() and len(folder.parts) == 1 and sample.is_dir():
        return sample
    if not folder.is_dir():
        raise DataError(f"there is no folder {product_line}: give the folder that holds product_line.yaml")
    return folder.resolve()


def _set_product_line(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Make the page read this line: checked here, so that what is wrong is said before a browser opens."""
    line = read_product_line(folder)
    needed = notebook.metadata.get("cvlab", {}).get("needs", [])
    missing = [table for table in needed if not line.has(table)]
    if missing:
        raise DataError(f"{line.name} lacks what this page needs: add {', '.join(missing)} to {folder}")
    position = next(
        (number for number, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])),
        None,
    )
    if position is None:
        raise ParameterError("the page has no cell tagged parameters: tag the one that sets product_line")
    notebook.cells.insert(position + 1, nbformat.v4.new_code_cell(f"product_line = {str(folder)!r}"))


def _claim_port(port: int) -> int:
    """Return the port, or a free one for 0, if nobody listens there."""
    check_count(port, "port", least=0)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise ParameterError(f"port {port} cannot be used, perhaps by another page: give another, or 0") from None
        return int(probe.getsockname()[1])


def _await_server(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ParameterError(f"the page could not be served: {_last_line(log)}")
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise ParameterError(f"the page was not ready after {SECONDS_TO_START:.0f} seconds: {_last_line(log)}")


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "the server said nothing"
