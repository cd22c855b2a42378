"""Warm kernels: why a chapter need not import everything anew.

An ordinary kernel spends seconds on importing pandas, SciPy and the rest before its first cell. Here one process, the
fork server (`warm_server`), imports them once per run; a kernel is then a copy of it, made in milliseconds by `fork`.
Papermill notices nothing: a kernel provisioner (`warm_provisioner`) answers its request for a kernel.

What holds it together:

    runner ──control───▶ server     the socket to listen on and the folder of the run, once the plan is checked
    runner ──lifeline──▶ server     a pipe: when the runner is gone, however it went, the server clears up and ends
    worker ──socket────▶ server     one connection per kernel: when the worker is gone, its kernel is ended
    server ──signal────▶ kernel     a kernel's parent is the server: without it, Linux ends the kernel

The server takes seconds to import, and the runner to check its plan; so `cvlab report` starts it first, before there
is a run. Until it is told of one it has neither file nor socket, and can be killed at any moment.

A fork copies one thread only, so the server must have no other: it counts before every fork and refuses otherwise.
Whoever is refused starts an ordinary kernel instead. So does everyone on macOS and Windows, where the system's own
libraries do not survive a fork.

Assumes Linux with /proc, and one BLAS thread per process. The socket has mode 0600 in a folder of mode 0700.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cvlab.reports.kernels.execution import ONE_THREAD, SERVER_ADDRESS, SETTINGS, TEMPORARY, set_up_workspace

SERVER = ("-m", "cvlab.reports.kernels.warm_server")
SOCKET_NAME = "server.sock"
_SECONDS_TO_END = 10.0


@dataclass(frozen=True, eq=False, kw_only=True)
class WarmServer:
    """A fork server: its process, and the socket over which it is told of a run; closed as soon as it was."""

    process: subprocess.Popen[bytes]
    control: socket.socket


@contextmanager
def start_server() -> Iterator[WarmServer | None]:
    """Have a fork server import while something else is done; gives None where forks are not safe."""
    server = _start_server() if can_fork() else None
    try:
        yield server
    finally:
        if server is not None:
            _end_server(server)


@contextmanager
def serve_kernels(workspace: Path, server: WarmServer | None = None) -> Iterator[dict[str, str]]:
    """Make the kernels of a run available, warm where that is safe; gives the environment that its workers need.

    Parameters
    ----------
    server : a server that was started for this run; when not given, one is started now. It ends with the run.
    """
    environment = set_up_workspace(workspace, warm=can_fork())
    with ExitStack() as stack:
        if server is None:
            server = stack.enter_context(start_server())
        if server is None:
            yield environment
            return
        folder = Path(tempfile.mkdtemp(prefix="kernels-", dir=workspace))  # mode 0700, and no other run's
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(_end_server, server)
        served = _hand_over(server, folder, workspace / "workers.log")
        yield {**environment, SERVER_ADDRESS: str(folder / SOCKET_NAME)} if served else environment


def can_fork() -> bool:
    """Tell whether a process may be copied here, and its threads be counted beforehand."""
    return sys.platform == "linux" and os.path.isdir("/proc/self/task")


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """Give a name by which a socket can be reached although its folder lies deep: the system allows 107 bytes.

    Examples
    --------
    >>> with short_address(Path("/proc") / "server.sock") as address:
    ...     len(address) < 40
    True
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _start_server() -> WarmServer:
    """Start a fork server that does nothing but import until it is told of a run."""
    ours, its = socket.socketpair()
    with its:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, *SERVER, str(its.fileno())],
            stdin=subprocess.PIPE,  # the lifeline
            stdout=subprocess.DEVNULL,  # until there is the log of a run
            stderr=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            cwd="/",  # no file of the user's can stand in for a module
            env={**os.environ, **SETTINGS, **_server_environment()},
            start_new_session=True,  # Ctrl+C is for the runner, which then ends the server
        )
    return WarmServer(process=process, control=ours)


def _hand_over(server: WarmServer, folder: Path, log: Path) -> bool:
    """Give the server a socket, which exists from now on, and a log; False where the file system has no sockets."""
    with socket.socket(socket.AF_UNIX) as listener, log.open("ab") as stream:
        os.fchmod(listener.fileno(), 0o600)  # before there is a name under which anyone could find it
        try:
            with short_address(folder / SOCKET_NAME) as address:
                listener.bind(address)
            listener.listen()
            socket.send_fds(server.control, [os.fsencode(folder)], [listener.fileno(), stream.fileno()])
        except OSError:  # or the server is gone
            return False
    server.control.close()
    return True


def _server_environment() -> dict[str, str]:
    """Say what differs in the server: a backend without windows, the machine's own folder, no threads of allocators."""
    return {
        "MPLBACKEND": "agg",
        **ONE_THREAD,
        **dict.fromkeys(TEMPORARY, tempfile.gettempdir()),
    }


def _end_server(server: WarmServer) -> None:
    """End a server; one that was not told of a run has nothing to clear up, and is not waited for."""
    if server.control.fileno() >= 0:
        server.process.kill()
        server.control.close()
    if server.process.stdin is not None:
        server.process.stdin.close()
    try:
        server.process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
