"""The fork server: a process that has imported what chapters need, and makes kernels by copying itself.

It speaks one JSON object per line over a Unix socket, one connection per kernel:

    ▶ {"arguments": [...], "folder": "...", "environment": {...}}     make a kernel
    ◀ {"pid": 123}  or  {"refused": "why"}
    ▶ {"signal": 2}                                                   for the kernel and what it has started
    ◀ {"status": 0}                                                   it has ended: exit code, or minus the signal

A connection that closes ends its kernel. The server runs in one thread and waits for nothing but its sockets, its
children and the lifeline from the runner, on its standard input.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cvlab.reports.kernels.execution import DRAWING
from cvlab.reports.kernels.warm_fork import Request, be_kernel

# What notebooks import, and what a kernel consists of. Never polars, Spark or an open DuckDB connection: they start
# threads, and a fork copies none.
LIBRARIES = (
    *("pandas", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats"),
    *("sklearn.cluster", "sklearn.metrics", "sklearn.mixture", "sklearn.preprocessing", "sklearn.tree"),
    *("matplotlib.pyplot", "babel.numbers", "ipykernel.kernelapp", "ipykernel.ipkernel"),
    # Which every kernel would import as it starts.
    *("ipykernel.debugger", "IPython.core.completerlib", "IPython.core.pylabtools", "IPython.extensions.storemagic"),
    DRAWING,
)
# What chapters of the user's own are likely to import, and ours do not: it comes when nobody asks for a kernel.
LATER = ("seaborn", "statsmodels.api")
CHAPTER_MODULES = (
    "cvlab.present",
    *(
        "cvlab.reports.summary.actions",
        "cvlab.reports.summary.one_page",
        "cvlab.reports.summary.playbook",
        "cvlab.reports.summary.summary",
    ),
)
CHAPTER_PACKAGES = ("cvlab.analyses", "cvlab.figures", "cvlab.explorers")
_BYTES = 65_536
_IDLE_SECONDS = 0.1


def main() -> None:
    """Import, then serve until the runner is gone; in a copy made meanwhile, be a kernel."""
    control, own_pid = socket.socket(fileno=int(sys.argv[1])), os.getpid()
    lifeline = os.dup(0)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.path[:] = [path for path in sys.path if path != "/"]  # the folder in which this was started
    gc.disable()  # see `quick_start`; it is on again in each copy
    missed = preload()
    if (told := hear_of_run(control)) is None:
        return
    listener, folder = told
    server = Server(listener, lifeline)
    try:
        sys.stderr.write("".join(missed))
        rehearse(folder)
        make_ready()
        request = server.serve(preload_later())
    finally:
        if os.getpid() == own_pid:
            server.end_kernels()
            shutil.rmtree(folder, ignore_errors=True)
    if request is not None:
        be_kernel(request, server_pid=own_pid)


def preload() -> list[str]:
    """Import what chapters need; return tracebacks of what could not be. The chapter that needs it will explain it."""
    found = [
        f"{package}.{module.name}"
        for package in CHAPTER_PACKAGES
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
    ]
    missed = []
    for name in (*LIBRARIES, *CHAPTER_MODULES, *found):
        try:
            importlib.import_module(name)
        except Exception:
            missed.append(traceback.format_exc())
    return missed


def preload_later() -> Iterator[str]:
    """Import what may be needed, a library with each step."""
    for name in LATER:
        with suppress(Exception):  # the chapter that needs it will explain it
            importlib.import_module(name)
        make_ready()
        yield name


def hear_of_run(control: socket.socket) -> tuple[socket.socket, Path] | None:
    """Wait for a run: its socket and its folder; what this process says goes to its log. None if there is none."""
    with control:
        folder, numbers, _, _ = socket.recv_fds(control, _BYTES, 2)
    if not numbers:
        return None
    listener, log = numbers
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    os.chdir(os.fsdecode(folder))  # which is empty
    return socket.socket(fileno=listener), Path(os.fsdecode(folder))


def rehearse(folder: Path) -> None:
    """Read a tiny line and draw, once: libraries load more, fonts say, when they are first used."""
    try:
        from matplotlib.backends import backend_registry
        from matplotlib.figure import Figure

        from cvlab.reports.kernels.drawing import draw_formats
        from cvlab.tables.product_line import read_product_line
        from cvlab.units import write_number

        with tempfile.TemporaryDirectory(dir=folder) as line:
            Path(line, "product_line.yaml").write_text("name: Rehearsal\ncurrency: EUR\n", encoding="utf-8")
            Path(line, "customers.csv").write_text("customer_id,start_date\na,2025-01-01\n", encoding="utf-8")
            write_number(len(read_product_line(line).customers), "count")
        figure = Figure(layout="constrained")
        figure.subplots().plot([0, 1], label="line")
        draw_formats(figure)
        backend_registry.list_all()  # it asks every package that is installed
    except Exception:
        traceback.print_exc()


def make_ready() -> None:
    """Tidy the memory up for copies: else the first collection in each would touch, and so copy, all there is."""
    gc.collect()
    gc.freeze()


def count_threads() -> int:
    """Count the threads of this process, also those that Python knows nothing of."""
    return len(os.listdir("/proc/self/task"))


@dataclass(eq=False)
class _Client:
    """A connection, what was received on it so far, and the kernel made for it."""

    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)
    pid: int | None = None


class Server:
    """Connections and kernels, and what happens to one when something happens to the other."""

    def __init__(self, listener: socket.socket, lifeline: int) -> None:
        self._lifeline = lifeline
        self._listener = listener
        self._wake, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._clients: dict[int, _Client] = {}  # by file descriptor
        self._kernels: dict[int, _Client] = {}  # by process id, until they have ended
        for end in (self._listener, self._wake, self._waker):
            end.setblocking(False)
        for source in (self._listener, self._wake, self._lifeline):
            self._selector.register(source, selectors.EVENT_READ)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def serve(self, pastime: Iterator[object]) -> Request | None:
        """Serve until the runner is gone, then return None; in a copy of this process, return what it is to be.

        Parameters
        ----------
        pastime : goes a step on whenever nobody has wanted anything for a while.
        """
        idle: float | None = _IDLE_SECONDS
        while True:
            events = self._selector.select(idle)
            if not events and next(pastime, None) is None:
                idle = None
            for key, _ in events:
                if key.fd == self._lifeline:
                    return None
                if key.fd == self._listener.fileno():
                    self._accept()
                elif key.fd == self._wake.fileno():
                    self._reap()
                elif (client := self._clients.get(key.fd)) and (request := self._hear(client)):
                    return request

    def end_kernels(self) -> None:
        """Kill every kernel, with what it has started, and wait until it is gone."""
        for pid in self._kernels:
            _signal_group(pid, signal.SIGKILL)
        for pid in self._kernels:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # the client has thought better of it
            return
        connection.setblocking(False)
        self._clients[connection.fileno()] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _hear(self, client: _Client) -> Request | None:
        """Do what a client asks; in the copy that this may make, return what it is to be."""
        try:
            received = client.connection.recv(_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            received = b""
        if not received:
            self._drop(client)
            return None
        client.received += received
        while b"\n" in client.received:
            line, _, rest = client.received.partition(b"\n")
            client.received = rest
            try:
                message = json.loads(line)
                number = int(message["signal"]) if "signal" in message else None
                request = Request.of(message) if number is None else None
            except (ValueError, TypeError, KeyError, AttributeError):  # none of ours
                self._drop(client)
                return None
            if number is not None and client.pid in self._kernels:
                _signal_group(client.pid, number)
            elif request is not None and client.pid is None and self._copy(client):
                return request
        return None

    def _copy(self, client: _Client) -> bool:
        """Make a kernel for a client, or say why not; True in the copy."""
        if (threads := count_threads()) != 1:
            _tell(client, {"refused": f"{threads} threads are running"})
            return False
        try:
            pid = os.fork()
        except OSError as error:
            _tell(client, {"refused": str(error)})
            return False
        if pid == 0:
            self._forget()
            return True
        _lead_group(pid)
        client.pid = pid
        self._kernels[pid] = client
        _tell(client, {"pid": pid})
        return False

    def _forget(self) -> None:
        """Let go, in a copy, of all that is the server's: nobody would notice its end while a copy held on to it."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for client in self._clients.values():
            client.connection.close()
        for end in (self._listener, self._wake, self._waker):
            end.close()
        os.close(self._lifeline)
        _lead_group(os.getpid())

    def _drop(self, client: _Client) -> None:
        """Forget a client that is gone, and end its kernel."""
        self._selector.unregister(client.connection)
        del self._clients[client.connection.fileno()]
        client.connection.close()
        if client.pid in self._kernels:
            _signal_group(client.pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Tell clients whose kernels have ended; what these have started ends too."""
        with suppress(BlockingIOError):
            self._wake.recv(_BYTES)
        for pid, client in list(self._kernels.items()):
            # Until it is waited for, nobody else can get its number: the signal cannot hit a stranger.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _signal_group(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            del self._kernels[pid]
            _tell(client, {"status": os.waitstatus_to_exitcode(status)})


def _tell(client: _Client, message: dict[str, Any]) -> None:
    with suppress(OSError):  # a client that is gone is dropped when its connection is read
        client.connection.sendall(json.dumps(message).encode() + b"\n")


def _signal_group(pid: int | None, number: int) -> None:
    """Signal a kernel and what it has started."""
    if pid is not None:
        with suppress(OSError):  # it has ended, or there is no such signal
            os.killpg(pid, number)


def _lead_group(pid: int) -> None:
    """Give a kernel a process group of its own; both it and the server see to it, as either may be first."""
    with suppress(OSError):
        os.setpgid(pid, pid)


if __name__ == "__main__":
    main()
