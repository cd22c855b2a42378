from datetime import UTC, datetime
from pathlib import Path

from cvlab.reports.records.order import find_place, find_previous, follow


def report(name, *, started="2026-01-01T00:00:00Z", **parameters):
    return Path(name), {"run": name, "started": started, "parameters": parameters}


def names(runs):
    return [manifest["run"] for _, manifest in runs]


def test_a_run_stands_behind_those_that_are_there_whatever_the_clock_says():
    there = [{"run": "b", "started": "2026-06-01T00:00:00Z", "place": "2026-09-01T00:00:00Z"}]
    now = datetime(2026, 7, 1, 12, 30, 15, 250, tzinfo=UTC)
    assert find_place([], run="c", started=now) == now.replace(microsecond=0)
    place = find_place(there, run="c", started=now)
    assert place > datetime(2026, 9, 1, tzinfo=UTC)
    following = [*there, {"run": "c", "started": "2026-07-01T12:30:15Z", "place": place.isoformat()}]
    assert find_place(following, run="d", started=now) > place
    assert find_place(following, run="c", started=now) == place  # when it is continued, or for its second version


def test_versions_of_one_run_do_not_follow_each_other():
    runs = [report("q2-v2", by="age"), report("q2", by="region"), report("q1-v2", by="region"), report("q1", by="age")]
    assert names(follow(runs)) == ["q2-v2", "q1"]
    assert names(follow(runs[1:])) == ["q2", "q1-v2"]
    assert follow([]) == []


def test_without_the_same_parameters_the_same_place_in_the_plan_counts_else_the_first():
    earlier = [report("q1-v3", seed=3), report("q1-v2", seed=2), report("q1", seed=1)]
    assert find_previous(earlier, report="q2-v2", parameters={"seed": 7})[1]["run"] == "q1-v2"
    assert find_previous(earlier, report="q2-v9", parameters={"seed": 7})[1]["run"] == "q1"
    assert find_previous(earlier, report="q2-v9", parameters={"seed": 3})[1]["run"] == "q1-v3"
    assert find_previous(earlier, report="q1-v9", parameters={}) is None
