"""The kernel provisioner: what jupyter_client asks for a kernel, and what it gets.

A kernel comes from the run's fork server where there is one that is willing, else it is started as any other. To
jupyter_client both are processes that can be polled, waited for and signalled.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from subprocess import Popen
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from cvlab.reports.kernels.execution import PROVISIONER, SERVER_ADDRESS
from cvlab.reports.kernels.warm_kernels import short_address

LAUNCHER = "ipykernel_launcher"
SECONDS_TO_ANSWER = 60.0  # the first kernel waits for what the server imports
_SECONDS_TO_END = 2.0
_SECONDS_BETWEEN_LOOKS = 0.002
_BYTES = 4096


class WarmProvisioner(LocalProvisioner):
    """Gets kernels from the fork server whose address is in the environment, or starts ordinary ones."""

    warm: WarmKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Get a kernel, or start one."""
        environment = dict(kwargs.get("env") or os.environ)
        address = environment.pop(SERVER_ADDRESS, "")
        if address and LAUNCHER in cmd:
            arguments = cmd[cmd.index(LAUNCHER) + 1 :]
            folder = str(kwargs.get("cwd") or Path.cwd())
            self.warm = await asyncio.to_thread(ask_for_kernel, Path(address), arguments, folder, environment)
            if self.warm is not None:
                self.process = cast("Popen[bytes]", self.warm)
                self.pid, self.pgid = self.warm.pid, None
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel, and be back when it has ended: whoever looks first and then waits would wait long."""
        await super().kill(restart=restart)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_TO_END):
                while self.warm is not None and self.warm.poll() is None:
                    await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def wait(self) -> int | None:
        """Wait for the kernel to end; looking takes a moment only, so it looks often."""
        while self.warm is not None and self.warm.poll() is None:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        return await super().wait()


class WarmKernel:
    """A kernel made by the server, with what jupyter_client uses of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int, received: bytes = b"") -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        self._received = b""
        if received:
            self._take(received)

    def poll(self) -> int | None:
        """Return how the kernel has ended, None while it runs."""
        if self.returncode is None:
            self._connection.settimeout(0)
            self._look()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the kernel has ended and return how; None if it takes too long."""
        while self.returncode is None:
            self._connection.settimeout(timeout)
            if not self._look():
                break
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel and what it has started, unless it has ended."""
        if self.poll() is None:
            self._connection.settimeout(SECONDS_TO_ANSWER)
            with suppress(OSError):
                self._connection.sendall(json.dumps({"signal": int(number)}).encode() + b"\n")

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def _look(self) -> bool:
        """Take in what the server says of the kernel; False if it says nothing."""
        try:
            received = self._connection.recv(_BYTES)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError:
            received = b""
        self._take(received)
        return True

    def _take(self, received: bytes) -> None:
        self._received += received
        if not received:  # the server is gone, and its kernels with it
            self.returncode = -signal.SIGKILL
        elif self._received.endswith(b"\n"):
            self.returncode = int(json.loads(self._received)["status"])
        if self.returncode is not None:
            self._connection.close()


def ask_for_kernel(
    address: Path, arguments: Sequence[str], folder: str, environment: Mapping[str, str]
) -> WarmKernel | None:
    """Ask the server at an address for a kernel; None if it is gone or must not make one."""
    connection = connect(address)
    if connection is None:
        return None
    request = {"arguments": list(arguments), "folder": folder, "environment": dict(environment)}
    try:
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while b"\n" not in answer and (received := connection.recv(_BYTES)):
            answer += received
    except OSError:
        answer = b""
    line, _, rest = answer.partition(b"\n")
    told = json.loads(line or b"{}")
    if "pid" not in told:
        connection.close()
        return None
    return WarmKernel(connection, int(told["pid"]), rest)


def connect(address: Path) -> socket.socket | None:
    """Connect to the server; None where nobody answers."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS_TO_ANSWER)
    try:
        with short_address(address) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        return None
    return connection


def register_provisioner() -> None:
    """Make the provisioner known in this process, also where cvlab is run from a folder that was never installed."""
    value = f"{WarmProvisioner.__module__}:{WarmProvisioner.__qualname__}"
    known = EntryPoint(name=PROVISIONER, value=value, group=KernelProvisionerFactory.GROUP_NAME)
    # This checkout's own, also where another version is installed.
    KernelProvisionerFactory.instance().provisioners[PROVISIONER] = known
