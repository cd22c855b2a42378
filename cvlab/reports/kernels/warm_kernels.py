"""Warm kernels: why a chapter need not import everything anew.

An ordinary kernel spends seconds on importing pandas, SciPy and the rest before its first cell. Here one process, the
fork server (`warm_server`), imports them once per run; a kernel is then a copy of it, made in milliseconds by `fork`.
Papermill notices nothing: a kernel provisioner (`warm_provisioner`) answers its request for a kernel.

What holds it together:

    runner ──lifeline──▶ server     a pipe: when the runner is gone, however it went, the server clears up and ends
    worker ──socket────▶ server     one connection per kernel: when the worker is gone, its kernel is ended
    server ──signal────▶ kernel     a kernel's parent is the server: without it, Linux ends the kernel

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cvlab.reports.kernels.execution import SERVER_ADDRESS, TEMPORARY, set_up_workspace

SERVER = ("-m", "cvlab.reports.kernels.warm_server")
SOCKET_NAME = "server.sock"
_SECONDS_TO_END = 10.0


@contextmanager
def serve_kernels(workspace: Path) -> Iterator[dict[str, str]]:
    """Make the kernels of a run available, warm where that is safe; gives the environment that its workers need."""
    environment = set_up_workspace(workspace, warm=can_fork())
    if not can_fork():
        yield environment
        return
    folder = Path(tempfile.mkdtemp(prefix="kernels-", dir=workspace))  # mode 0700, and no other run's
    server = _start_server(folder, workspace / "workers.log", environment)
    try:
        yield {**environment, SERVER_ADDRESS: str(folder / SOCKET_NAME)} if server else environment
    finally:
        if server is not None:
            _end_server(server)
        shutil.rmtree(folder, ignore_errors=True)


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


def _start_server(folder: Path, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes] | None:
    """Start the fork server on a socket that exists from now on; None where the file system has no sockets."""
    with socket.socket(socket.AF_UNIX) as listener:
        os.fchmod(listener.fileno(), 0o600)  # before there is a name under which anyone could find it
        try:
            with short_address(folder / SOCKET_NAME) as address:
                listener.bind(address)
            listener.listen()
        except OSError:
            return None
        with log.open("ab") as stream:
            return subprocess.Popen(  # noqa: S603 - our own interpreter, module and folder
                [sys.executable, *SERVER, str(listener.fileno()), str(folder)],
                stdin=subprocess.PIPE,  # the lifeline
                stdout=stream,
                stderr=stream,
                pass_fds=[listener.fileno()],
                cwd=folder,  # empty: no file of the user's can stand in for a module
                env={**os.environ, **environment, **_server_environment()},
                start_new_session=True,  # Ctrl+C is for the runner, which then ends the server
            )


def _server_environment() -> dict[str, str]:
    """Say what differs in the server: a backend without windows, the machine's own folder, no threads of allocators."""
    return {
        "MPLBACKEND": "agg",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        **dict.fromkeys(TEMPORARY, tempfile.gettempdir()),
    }


def _end_server(server: subprocess.Popen[bytes]) -> None:
    if server.stdin is not None:
        server.stdin.close()
    try:
        server.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
