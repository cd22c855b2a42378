"""Warm kernels: the kernels of a run, and the environment in which its workers find them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cvlab.reports.execution import set_up_workspace


@contextmanager
def serve_kernels(workspace: Path) -> Iterator[dict[str, str]]:
    """Make the kernels of a run available, and give the environment that its workers need to find them."""
    yield set_up_workspace(workspace)
