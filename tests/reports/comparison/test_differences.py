import math

import numpy as np
import pytest

from cvlab.reports.comparison.differences import is_same, measure_difference, read_estimate

Z = 1.959963984540054


def record(value, low, high, **changes):
    return {"value": value, "low": low, "high": high, **changes}


def test_an_independent_difference_of_symmetric_intervals_is_the_textbook_one():
    moved = measure_difference(record(10.0, 10 - 3 * Z, 10 + 3 * Z), record(20.0, 20 - 4 * Z, 20 + 4 * Z))
    assert (moved.value, moved.how) == (10.0, "independent")
    assert moved.low == pytest.approx(10 - 5 * Z)
    assert moved.high == pytest.approx(10 + 5 * Z)
    # Where the interval reaches 0 the p-value is 5 %, and it falls more slowly than that of a normal.
    edge = measure_difference(record(0.0, 0.0, 3.0), record(5.0, 1.0, 6.0))
    assert (edge.low, edge.p_value) == (0.0, pytest.approx(0.05))
    far = measure_difference(record(0.0, -3 * Z, 3 * Z), record(20.0, 20 - 4 * Z, 20 + 4 * Z))
    assert 6.3e-5 < far.p_value < 1e-3


def test_sides_of_skewed_intervals_meet_as_in_zou_and_donner():
    moved = measure_difference(record(10.0, 9.0, 14.0), record(20.0, 17.0, 21.0))
    assert moved.low == pytest.approx(10 - math.hypot(3, 4))
    assert moved.high == pytest.approx(10 + math.sqrt(1 + 1) if math.sqrt(2) > 5 / 3 else 10 + 5 / 3)


def test_the_p_value_and_the_interval_say_the_same():
    for now in np.linspace(10.5, 16, 23):
        moved = measure_difference(record(10.0, 9.0, 12.0), record(now, now - 1.5, now + 2.5))
        assert (moved.p_value < 0.05) == (moved.low > 0)
    assert measure_difference(record(1.0, 0.0, 2.0), record(1.0, 0.5, 2.0)).p_value == 1.0


def test_levels_are_brought_to_that_of_the_newer_run():
    wide = measure_difference(record(0.0, -Z, Z), record(5.0, 5 - Z, 5 + Z))
    narrow = measure_difference(
        record(0.0, -0.6744897501960817, 0.6744897501960817, level=0.5), record(5.0, 5 - Z, 5 + Z)
    )
    assert narrow.low == pytest.approx(wide.low)
    assert narrow.p_value == pytest.approx(wide.p_value)


def test_what_the_same_people_answered_twice_cancels():
    random = np.random.default_rng(0)
    shared, own = random.normal(0, 1, 400), random.normal(0, 0.1, 400)
    then, now = 10 + shared, 11 + shared + own
    records = [
        record(centre, *np.quantile(draws, [0.025, 0.975]), draws=draws.tolist())
        for centre, draws in ((10.0, then), (11.0, now))
    ]
    paired = measure_difference(*records, same_draws=True)
    apart = measure_difference(*records)
    assert (paired.how, apart.how) == ("paired", "independent")
    assert paired.high - paired.low == pytest.approx(2 * Z * 0.1, rel=0.1)
    assert apart.high - apart.low > 10 * (paired.high - paired.low)
    assert paired.p_value < 1e-9 < 0.05 < apart.p_value


@pytest.mark.parametrize(
    "draws",
    [None, [1.0] * 50, [1.0] * 400, [None] * 300 + [1.0, 2.0] * 50, ["x"] * 400, "draws", list(range(399))],
)
def test_draws_that_cannot_say_it_leave_the_intervals(draws):
    good = record(1.0, 0.0, 2.0, draws=np.random.default_rng(1).normal(1, 0.5, 400).tolist())
    assert measure_difference(good, record(5.0, 4.0, 6.0, draws=draws), same_draws=True).how == "independent"


def test_a_doubt_that_the_draws_do_not_hold_widens_a_paired_difference():
    draws = np.random.default_rng(2).normal(0, 1, 1000)
    low, high = np.quantile(draws, [0.025, 0.975])
    plain = record(0.0, low, high, draws=draws.tolist())
    other = np.random.default_rng(3).normal(0, 1, 1000)
    now = record(0.0, *np.quantile(other, [0.025, 0.975]), draws=other.tolist())
    doubtful = {**now, "low": 2 * now["low"], "high": 2 * now["high"]}
    narrow = measure_difference(plain, now, same_draws=True)
    wide = measure_difference(plain, doubtful, same_draws=True)
    assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low))


def test_numbers_without_noise_are_not_tested():
    moved = measure_difference(record(3.0, 3.0, 3.0, unit="count"), record(5.0, 5.0, 5.0, unit="count"))
    assert (moved.value, moved.low, moved.high, moved.how) == (2.0, 2.0, 2.0, "exact")
    assert math.isnan(moved.p_value)


def test_a_share_without_exception_is_not_certain():
    everybody = record(1.0, 1.0, 1.0, unit="share", n=12)
    moved = measure_difference(everybody, record(0.92, 0.85, 0.97, unit="share", n=100))
    assert moved.how == "independent"
    assert moved.p_value > 0.05
    assert read_estimate({**everybody, "value": 0.0, "low": 0.0, "high": 0.0}).up == pytest.approx(Z**2 / (12 + Z**2))


@pytest.mark.parametrize("missing", [{"value": None}, {"low": None}, {"high": float("inf")}, {"value": True}])
def test_a_missing_number_or_interval_is_no_difference(missing):
    moved = measure_difference(record(1.0, 0.0, 2.0), {**record(5.0, 4.0, 6.0), **missing})
    assert moved.how == "none"
    assert math.isnan(moved.p_value)


def test_the_same_to_the_last_digits_is_the_same():
    assert is_same(record(0.0, -1.0, 1.0), record(0.0, -1.0, 1.0))
    assert is_same(record(1.0, None, None), record(1.0 + 1e-15, None, None))
    assert not is_same(record(1.0, 0.0, 2.0), record(1.0, 0.0, 2.1))
    assert not is_same(record(None, None, None), record(None, None, None))


@pytest.mark.parametrize("runs", [300, pytest.param(4000, marks=pytest.mark.slow)])
def test_the_interval_of_an_independent_difference_of_skewed_numbers_covers_the_truth(runs):
    random = np.random.default_rng(20260601)
    held = 0
    for _ in range(runs):
        records = []
        for centre in (1.0, 1.3):
            people = centre * random.lognormal(0, 0.8, 120)
            means = random.multinomial(120, np.full(120, 1 / 120), size=300) @ people / 120
            records.append(record(people.mean(), *np.quantile(means, [0.025, 0.975])))
        moved = measure_difference(*records)
        held += moved.low <= 0.3 * math.exp(0.32) <= moved.high
    margin = 3 * math.sqrt(0.95 * 0.05 / runs)
    assert 0.93 - margin <= held / runs <= 0.965 + margin


def test_the_paired_interval_reaches_to_the_quantiles_of_the_differences_on_their_own_sides():
    random = np.random.default_rng(3)
    before, gain = random.normal(10, 1, 2000), random.exponential(2.0, 2000) + random.normal(0, 1.5, 2000)
    then, now = (
        record(float(draws.mean()), *np.quantile(draws, [0.025, 0.975]).tolist(), draws=draws.tolist())
        for draws in (before, before + gain)
    )
    moved = measure_difference(then, now, same_draws=True)
    low, high = np.quantile(gain, [0.025, 0.975])
    assert moved.how == "paired"
    assert moved.value - low < 0.75 * (high - moved.value)  # the two sides differ, so that they cannot be mistaken
    assert (moved.low, moved.high) == pytest.approx((low, high))
