"""Measure two ways of doing the same, on the same machine, in the same minute.

What counts is CPU time, of this process and of those it starts, on one thread: it says what the work costs, whatever
else the machine is doing. The two take turns, so that both meet the same moods of the machine, and the least of several
measurements stands, because nothing makes a computer faster than it is. Before any measurement the two answers are
compared: a quick wrong answer is no achievement. Only what works on several processors at once is measured by the
clock.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


def cpu_seconds() -> float:
    """CPU seconds spent so far by this process and by the processes it started and waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)  # finer than os.times, which counts in clock ticks
    return sum(spent.ru_utime + spent.ru_stime for spent in map(resource.getrusage, whose))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Ours against a peer.

    Attributes
    ----------
    name : what is done, and with what size of data.
    ours, peer : do it once and return the answer.
    compare : raises if the two answers differ.
    target : ours may cost at most this many times what the peer costs.
    repeats : how often each is measured.
    clock : says how many seconds have gone by; CPU seconds, or `time.perf_counter` for what uses several processors.
    yields : what an answer is worth, such as its effective number of draws, where answers come in any amount: CPU
        seconds are then divided by it. Without it an answer is an answer.
    """

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    compare: Callable[[Any, Any], None]
    target: float
    repeats: int = 5
    clock: Callable[[], float] = cpu_seconds
    yields: Callable[[Any], float] | None = None


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Something without a peer: what it may take by the clock, in seconds, once."""

    name: str
    ours: Callable[[], Any]
    target: float


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One line of the table; seconds are of the comparison's own clock (per yield), by the clock for an allowance."""

    name: str
    ours: float
    peer: float | None
    target: float

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return (self.ours if self.peer is None else self.ours / self.peer) <= self.target


def measure(benchmark: Comparison | Allowance) -> Measurement:
    """Measure one benchmark.

    Examples
    --------
    >>> def agree(ours, peer):
    ...     if ours != peer:
    ...         raise ArithmeticError(f"{ours} is not {peer}")
    >>> def add():
    ...     return sum(range(1_000_000))
    >>> def both_same():
    ...     return Comparison(name="add", ours=add, peer=add, compare=agree, target=100, repeats=2)
    >>> measure(both_same()).met
    True

    Twice the work is no slower where it yields twice as much:

    >>> def add_more():
    ...     return [add() for _ in range(2)]
    >>> race = Comparison(name="add", ours=add_more, peer=lambda: [add()], compare=lambda *_: None, target=1.5,
    ...                   repeats=5, yields=len)
    >>> measure(race).met
    True
    """
    if isinstance(benchmark, Allowance):
        began = time.perf_counter()
        benchmark.ours()
        return Measurement(name=benchmark.name, ours=time.perf_counter() - began, peer=None, target=benchmark.target)
    benchmark.compare(benchmark.ours(), benchmark.peer())
    sides = (benchmark.ours, benchmark.peer)
    turns = [[_spent_by(side, benchmark) for side in sides] for _ in range(benchmark.repeats)]
    ours, peer = map(min, zip(*turns, strict=True))
    return Measurement(name=benchmark.name, ours=ours, peer=peer, target=benchmark.target)


def write_table(measurements: Iterable[Measurement]) -> str:
    """Write the measurements as a table that can be pasted into the README.

    Examples
    --------
    >>> print(write_table([Measurement(name="add", ours=0.5, peer=2.0, target=0.3)]))
    | name | ours | peer | ratio | target |
    | --- | ---: | ---: | ---: | ---: |
    | add | 0.500 s | 2.000 s | 0.250 | ≤ 0.3 |
    >>> print(write_table([Measurement(name="a report", ours=200.0, peer=None, target=180)]).splitlines()[-1])
    | a report | 200.0 s by the clock | – | – | ≤ 180 s: missed |
    """
    lines = ["| name | ours | peer | ratio | target |", "| --- | ---: | ---: | ---: | ---: |"]
    for each in measurements:
        verdict = "" if each.met else ": missed"
        if each.peer is None:
            lines.append(f"| {each.name} | {each.ours:.1f} s by the clock | – | – | ≤ {each.target:g} s{verdict} |")
        else:
            lines.append(
                f"| {each.name} | {each.ours:.3f} s | {each.peer:.3f} s | {each.ours / each.peer:.3f} | "
                f"≤ {each.target:g}{verdict} |"
            )
    return "\n".join(lines)


def _spent_by(work: Callable[[], Any], benchmark: Comparison) -> float:
    before = benchmark.clock()
    answer = work()
    spent = benchmark.clock() - before
    return spent if benchmark.yields is None else spent / benchmark.yields(answer)
