"""In the copy: from a fork of the server to a kernel that is like any other.

A copy has everything of the server's: its environment, folder, random state and graphics backend. A kernel must not
notice: two chapters that draw random numbers without a seed must not draw the same ones.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a kernel is to be: its command line, its folder and its environment."""

    arguments: tuple[str, ...]
    folder: str
    environment: Mapping[str, str]

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Request:
        """Read a request as it comes over the socket.

        Examples
        --------
        >>> Request.of({"arguments": ["-f", "kernel.json"], "folder": "/", "environment": {"LANG": "C"}}).arguments
        ('-f', 'kernel.json')
        """
        return cls(
            arguments=tuple(map(str, message["arguments"])),
            folder=str(message["folder"]),
            environment={str(name): str(value) for name, value in message["environment"].items()},
        )


def be_kernel(request: Request, *, server_pid: int) -> None:
    """Be a kernel until its client says that it is enough."""
    end_with(server_pid)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    gc.enable()
    renew_state()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *request.arguments]
    app = IPKernelApp.instance(parent_handle=server_pid)
    app.initialize(list(request.arguments))
    use_backend(os.environ.get("MPLBACKEND", ""))
    app.start()


def end_with(parent: int) -> None:
    """Have Linux kill this process when its parent ends, however that goes."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was faster
        os._exit(1)


def renew_state() -> None:
    """Draw fresh random state, and forget which folder is the temporary one. Hashes stay: the run has fixed them."""
    import numpy as np

    random.seed()
    np.random.seed()  # noqa: NPY002 - the old generator is the one with a state to renew
    tempfile.tempdir = None


def use_backend(name: str) -> None:
    """Draw as the kernel's environment says: Matplotlib read it when it was imported, in the server."""
    if name.startswith("module://"):
        import matplotlib.pyplot

        matplotlib.rcParams["backend"] = name
        importlib.import_module(name.removeprefix("module://"))  # which connects itself to the kernel's shell
        # After a cell the backend draws its pictures for the page; Matplotlib would draw each on a screen before.
        matplotlib.pyplot.uninstall_repl_displayhook()
