"""Side by side: results stand in the order of the jobs, whether processes do them or not."""

from __future__ import annotations

from typing import Any

import pytest

from cvlab.analyses.willingness_to_pay.choosing import side_by_side
from cvlab.analyses.willingness_to_pay.choosing.side_by_side import do_all


@pytest.mark.parametrize("workers", [1, 2])
def test_results_stand_in_the_order_of_the_jobs(workers: int) -> None:
    told: list[int] = []
    assert do_all(abs, [-3, 2, -1], workers=workers, told=told.append) == [3, 2, 1]
    assert told == [1, 2, 3]
    assert do_all(abs, [], workers=workers) == []


def test_what_a_job_raises_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        do_all(float, ["1", "one"], workers=1)


def test_where_no_process_can_be_started_the_same_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("no processes here")

    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", refuse)
    assert do_all(abs, [-3, 2], workers=2) == [3, 2]
