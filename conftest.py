"""What holds for every test, the examples in docstrings included: no windows, no network, no traces in the home folder.

It stands here, above tests/, because the examples in cvlab/ run under the same rules.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

# Before anything loads NumPy or Matplotlib: figures are drawn in memory, and each worker uses one core.
os.environ["MPLBACKEND"] = "agg"
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import pytest
from hypothesis import settings

# It sets up the process that imports it as one whose copies do a report's work; the search for examples imports all.
collect_ignore = ["cvlab/reports/running/worker_imports.py"]

# A slow machine is no defect; and what CI finds, anyone can find again.
settings.register_profile("cvlab", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("cvlab")


@pytest.fixture(scope="session", autouse=True)
def no_traces_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep Jupyter and IPython out of the user's own settings, in both directions."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(variable, str(home / variable.lower()))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(address[0]):
            raise ConnectionRefusedError(f"a test tried to reach {address[0]}: tests run without a network")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(autouse=True)
def fresh_page() -> Iterator[None]:
    """Start each test with the standard number format, and close the figures it leaves open."""
    from cvlab.units import NumberFormat, set_number_format

    set_number_format(NumberFormat())
    yield
    set_number_format(NumberFormat())
    from matplotlib import pyplot

    pyplot.close("all")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")
