"""Money per year by hand: draws that belong together, those that do not, and those that are made from an interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cvlab.reports.summary.money import PERS, draw_jointly, measure_optimism, scale_to_year, split_normal, sum_money


def record(key: str, draws: list[float] | None, *, draws_by: str = "people", **numbers: Any) -> dict[str, Any]:
    return {"key": key, "value": 2.0, "low": 1.0, "high": 4.0, "level": 0.95, "draws": draws, "draws_by": draws_by} | (
        numbers
    )


def total(joint: Any, records: list[dict[str, Any]], **changes: Any) -> tuple[float, list[float]]:
    given: dict[str, Any] = {"of": ["a", "b"], "share": 1.0, "scale": 10.0, "cost_per_year": 5.0} | changes
    value, draws = sum_money(joint, {each["key"]: each for each in records}, **given)
    return value, draws.tolist()


def test_draws_of_the_same_people_are_added_one_by_one() -> None:
    records = [record("a", [1.0, 2.0, 3.0]), record("b", [3.0, 2.0, 1.0])]
    joint = draw_jointly(records, seed=0)
    # 10 × (1 + 3) - 5 in every draw: what is high in one is low in the other.
    assert total(joint, records) == (35.0, [35.0, 35.0, 35.0])
    assert joint.paired == ("a", "b")
    assert joint.assumed == ()


def test_a_share_multiplies_draw_by_draw() -> None:
    records = [record("a", [1.0, 2.0, 4.0]), record("s", [0.5, 0.25, 0.0], value=0.25)]
    joint = draw_jointly(records, seed=0)
    assert total(joint, records, of=["a"], share="s", cost_per_year=0.0) == (5.0, [5.0, 5.0, 0.0])


def test_other_draws_count_as_independent_and_keep_their_margin() -> None:
    rng = np.random.default_rng(1)
    same = rng.normal(size=800).tolist()
    records = [record("a", same), record("b", same), record("c", same, draws_by="")]
    joint = draw_jointly(records, seed=0)
    assert np.array_equal(joint.draws["a"], joint.draws["b"])
    assert sorted(joint.draws["c"]) == sorted(same)
    assert abs(np.corrcoef(joint.draws["a"], joint.draws["c"])[0, 1]) < 0.12
    assert joint.paired == ("a", "b")


def test_draws_of_another_number_are_brought_to_as_many() -> None:
    records = [record("a", list(range(400))), record("b", list(range(400))), record("c", list(range(1000)))]
    joint = draw_jointly(records, seed=0)
    assert joint.paired == ("a", "b")
    assert len(joint.draws["c"]) == 400
    assert np.quantile(joint.draws["c"], [0.025, 0.5, 0.975]) == pytest.approx([25, 499.5, 974], abs=2)


def test_another_headline_leaves_the_draws_of_the_others_alone() -> None:
    few = [record("a", None), record("b", [1.0, 5.0, 9.0], draws_by="")]
    more = [record("z", None), *few]
    first, second = draw_jointly(few, seed=3), draw_jointly(more, seed=3)
    for key in ("a", "b"):
        assert np.array_equal(first.draws[key], second.draws[key])
    assert not np.array_equal(first.draws["a"], draw_jointly(few, seed=4).draws["a"])


def test_an_interval_comes_out_again_from_two_halves_of_a_normal() -> None:
    joint = draw_jointly([record("a", None)], seed=0)
    assert joint.assumed == ("a",)
    assert np.quantile(joint.draws["a"], [0.025, 0.5, 0.975]) == pytest.approx([1.0, 2.0, 4.0], abs=0.02)
    one = {"value": 0.0, "low": -1.0, "high": 1.0, "level": 0.8}
    assert split_normal(one, np.array([0.1, 0.9])).tolist() == pytest.approx([-1.0, 1.0])


@pytest.mark.parametrize(
    "changes",
    [{"value": None}, {"draws": None, "low": None}, {"draws": None, "high": math.nan}, {"value": True}],
)
def test_what_has_no_number_or_no_interval_gives_no_money(changes: dict[str, Any]) -> None:
    records = [record("a", [1.0, 2.0]) | changes, record("b", [1.0, 2.0])]
    value, draws = total(draw_jointly(records, seed=0), records)
    assert math.isnan(value)
    assert draws == []


def test_draws_with_gaps_are_not_paired() -> None:
    gap: list[Any] = [1.0, None, 3.0]
    joint = draw_jointly([record("a", gap), record("b", [1.0, 2.0, 3.0])], seed=0)
    assert joint.paired == ("b",)
    assert np.isfinite(joint.draws["a"]).all()


def test_every_conversion_to_a_year_is_the_one_that_is_stated() -> None:
    assert {per: scale_to_year(per, 12.0, 500) for per in PERS} == {
        "person": 6000.0,
        "100 people": 60.0,
        "period": 12.0,
        "year": 1.0,
    }


def test_the_luck_of_the_best_is_that_of_equals_in_theory() -> None:
    # The expected largest of three independent standard normals is 0.846 (Tippett 1925).
    draws = np.random.default_rng(20261122).normal(size=(200_000, 3))
    assert measure_optimism(draws, np.ones(3)) == pytest.approx(0.846, abs=0.01)
    assert measure_optimism(draws + np.array([50.0, 0.0, 0.0]), np.ones(3)) == pytest.approx(0.0, abs=0.01)


def test_the_best_is_chosen_for_its_money_and_its_certainty() -> None:
    # By money alone the first would be chosen in the first draw, 2.5 above its mean; half as sure, it never is.
    draws = np.array([[12.0, 8.0], [7.0, 8.0]])
    assert measure_optimism(draws, np.ones(2)) == 1.25
    assert measure_optimism(draws, np.array([0.5, 1.0])) == 0.0


def test_two_numbers_known_by_their_intervals_alone_err_each_for_itself() -> None:
    unknown = {"value": 5.0, "low": 3.0, "high": 7.0}
    drawn = draw_jointly([{"key": "a", **unknown}, {"key": "b", **unknown}], seed=0).draws
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 0.15
