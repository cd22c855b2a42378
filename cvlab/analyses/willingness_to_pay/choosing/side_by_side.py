"""Side by side: the same work from several starts or for several sizes, in processes where there are workers for it.

Each process computes on one thread, so that workers do not take each other's cores. Where no processes can be started,
as in some notebooks and schedulers, the same is done here, one after the other.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from threadpoolctl import threadpool_limits

Done = TypeVar("Done")
Job = TypeVar("Job")


def do_all(
    do: Callable[[Job], Done], jobs: Sequence[Job], *, workers: int, told: Callable[[int], None] | None = None
) -> list[Done]:
    """Return what `do` makes of each job, in their order.

    Parameters
    ----------
    do : a function of a module, or a `functools.partial` of one, as processes can be sent nothing else.
    jobs : those that take longest first, where they differ.
    workers : processes at a time, at the most; with one everything is done in this one.
    told : called with the number of jobs done so far.

    Examples
    --------
    >>> done = []
    >>> do_all(abs, [-3, 2], workers=1, told=done.append), done
    ([3, 2], [1, 2])
    """
    processes = min(workers, len(jobs))
    if processes > 1:
        try:
            return _do_apart(do, jobs, processes, told)
        except (BrokenProcessPool, OSError, RuntimeError):
            pass  # no processes can be started from here: the same is done in this one
    found = []
    for count, job in enumerate(jobs, start=1):
        found.append(do(job))
        if told is not None:
            told(count)
    return found


def _do_apart(
    do: Callable[[Job], Done], jobs: Sequence[Job], processes: int, told: Callable[[int], None] | None
) -> list[Done]:
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(_do_on_one_thread, do, job) for job in jobs]
        for count, _ in enumerate(as_completed(running), start=1):
            if told is not None:
                told(count)
        return [each.result() for each in running]


def _do_on_one_thread(do: Callable[[Job], Done], job: Job) -> Done:
    with threadpool_limits(1):
        return do(job)
