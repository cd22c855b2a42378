"""Worker processes: they take jobs one by one, and survive the death of any of them.

A job is a chapter to run or a report to publish. While the last jobs run, workers that have nothing to do load what
publishing needs, so that nobody waits for it at the end.

Where forks are safe, workers are copies of one process that has imported what all of them need (Python's own
`forkserver`); elsewhere each imports it for itself.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any

from cvlab.reports.kernels.execution import set_up_worker
from cvlab.reports.kernels.warm_kernels import can_fork

SECONDS_TO_END = 10.0
COMMON = "cvlab.reports.running.worker_imports"
LEFT_TO_US = "CVLAB_WORKERS_FOLDER"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something for a worker to do: `call()` there; `about` says here what it is about."""

    call: Callable[[], Any]
    about: Any


class WorkerDiedError(RuntimeError):
    """The process that had a job died of it, alone with it."""


class Workers:
    """Worker processes that take jobs one by one.

    A worker that dies takes the whole pool down, so nobody can tell whose job it was: those that were running run
    again, alone. A job that kills its worker even then is at fault.

    Parameters
    ----------
    environment, log : see `cvlab.reports.kernels.execution.set_up_worker`.
    pastime : what a worker without a job does once.
    """

    def __init__(
        self, n_workers: int, environment: Mapping[str, str], log: Path, *, pastime: Callable[[], Any]
    ) -> None:  # fmt: skip
        # The process that workers are copies of may be older than what this one has set since.
        self._set_up = (_read_umask(), {**os.environ, **environment}, log)
        self._limit = n_workers
        self._pastime = pastime
        self._others = set(multiprocessing.active_children())
        self._pool = self._start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:
            ours = set(multiprocessing.active_children()) - self._others
            for process in ours:
                process.terminate()
            for process in ours:
                process.join(SECONDS_TO_END)
                process.kill()

    def run(self, queue: deque[Job], *, started: Callable[[Job], None]) -> Iterator[tuple[Job, Any]]:
        """Yield each job with what it returned, or with the exception it raised; the queue may grow meanwhile.

        Parameters
        ----------
        started : told of each job as a worker takes it.
        """
        running: dict[Future[Any], Job] = {}
        while queue or running:
            suspects: list[Job] = []
            while queue and len(running) < self._limit and not suspects:
                job = queue.popleft()
                try:
                    running[self._pool.submit(job.call)] = job
                except BrokenProcessPool:
                    suspects.append(job)
                else:
                    started(job)
            if not suspects:
                self._pass_time(self._limit - len(running))
            ended: list[tuple[Job, Any]] = []
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    ended.append((job, future.result()))
                except BrokenProcessPool:
                    suspects.append(job)
                except Exception as error:  # what it means is for the one to say whose job it was
                    ended.append((job, error))
            if suspects:
                suspects.extend(running.values())
                running.clear()
                ended.extend(self._restart(suspects, queue))
            yield from ended

    def _pass_time(self, free: int) -> None:
        for _ in range(min(free, self._unprepared)):
            self._unprepared -= 1
            try:
                self._pool.submit(self._pastime)
            except BrokenProcessPool:  # the jobs that still run will tell
                return

    def _restart(self, suspects: list[Job], queue: deque[Job]) -> list[tuple[Job, Any]]:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._start()
        if self._limit > 1 or len(suspects) > 1:
            self._limit = 1
            queue.extendleft(reversed(suspects))
            return []
        return [(suspects[0], WorkerDiedError("the worker process died"))]

    def _start(self) -> ProcessPoolExecutor:
        self._unprepared = self._limit
        return ProcessPoolExecutor(
            self._limit,
            mp_context=_choose_context(),
            initializer=_set_up,
            initargs=self._set_up,
        )


def _set_up(umask: int | None, environment: Mapping[str, str], log: Path) -> None:
    """Give a worker what the runner has now: who may read its files, and its environment."""
    if umask is not None:
        os.umask(umask)
    set_up_worker(environment, log)


def _read_umask() -> int | None:
    """Read what this process takes away from those who may read its files; None where only changing it would tell."""
    try:
        status = Path("/proc/self/status").read_text("utf-8")
    except OSError:
        return None
    found = re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE)
    return int(found[1], 8) if found else None


def _choose_context() -> BaseContext:
    """Choose how workers start; never as copies of this process, of whose threads and files nobody knows."""
    if not can_fork():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([COMMON])
    # In time to be told of the folder, which it removes if this process cannot. Where it runs already, it was told.
    os.environ[LEFT_TO_US] = get_temp_dir()
    try:
        forkserver.ensure_running()
    finally:
        del os.environ[LEFT_TO_US]
    return context


def count_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
