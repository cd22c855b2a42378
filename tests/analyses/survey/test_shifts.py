"""How headlines move: judged against what matters, with the interval of paired draws where there are any."""

import numpy as np
import pytest
from scipy import stats

from cvlab.analyses.common import Headline, bootstrap_people
from cvlab.analyses.survey import measure_shifts
from cvlab.errors import ParameterError


def make(value: float, *, change: float = 1.0, draws: np.ndarray | None = None, unit: str = "number") -> Headline:
    return Headline(
        key="demo.mean",
        label="mean",
        value=value,
        low=value,
        high=value,
        n=100,
        unit=unit,
        sentence="",
        smallest_change=change,
        draws=draws,
        draws_by="" if draws is None else "people",
    )


def test_verdicts_follow_the_interval_and_the_smallest_change() -> None:
    draws = np.linspace(-1, 1, 201)
    pairs = {
        "surely matters": (make(10, draws=10 + draws), make(13, draws=13 + draws + draws / 2)),
        "surely small": (make(10, draws=10 + draws), make(10.2, draws=10.2 + draws + draws / 2)),
        "unsure": (make(10, draws=10 + draws), make(11, draws=11 + draws + draws / 2)),
        "without draws": (make(10), make(12)),
        "without draws, small": (make(10), make(10.5)),
        "without a smallest change": (make(100, change=np.nan), make(106, change=np.nan)),
        "missing": (make(np.nan), make(2)),
    }
    result = measure_shifts(pairs, cause="with weights")
    verdicts = result.table.set_index("what")["verdict"].to_dict()
    assert verdicts == {
        "surely matters": "matters",
        "surely small": "small",
        "unsure": "cannot tell",
        "without draws": "matters",
        "without draws, small": "small",
        "without a smallest change": "matters",
        "missing": "cannot tell",
    }
    row = result.table.set_index("what").loc["surely matters"]
    assert (row["shift_in_changes"], row["low_in_changes"], row["high_in_changes"]) == pytest.approx((3, 2.525, 3.475))
    sizes = result.table["shift_in_changes"].abs().dropna().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert str(result.headline) == (
        "With weights, 3 of 7 numbers move by more than what matters for sure; of 2 it cannot be told."
    )
    assert "no draws by person" in result.notes[0]
    assert "unsure" in result.notes[1]


def test_draws_that_are_not_of_the_same_people_give_no_interval() -> None:
    draws = np.linspace(9, 11, 50)
    by_model = Headline(**{**make(10, draws=draws).__dict__, "draws_by": ""})
    for before, after in ((by_model, by_model), (make(10, draws=draws), make(11, draws=draws[:40]))):
        table = measure_shifts({"mean": (before, after)}, cause="with weights").table
        assert table.loc[0, "interval"] == "–"


@pytest.mark.parametrize(("lost", "verdict"), [(40, "small"), (41, "cannot tell"), (399, "cannot tell")])
@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_draws_without_a_number_do_not_make_a_shift_sure(lost: int, verdict: str, gap: float) -> None:
    draws = 10 + np.linspace(-1, 1, 400)
    gaps = np.random.default_rng(0).permutation(np.where(np.arange(400) < lost, gap, 0.0))
    for before, after in ((make(10, draws=draws), make(10.1, draws=draws + gaps)),
                          (make(10.1, draws=draws + gaps), make(10, draws=draws))):  # fmt: skip
        result = measure_shifts({"median": (before, after)}, cause="with weights")
        row = result.table.iloc[0]
        assert row["verdict"] == verdict
        assert (row["interval"] == "–") == (verdict == "cannot tell")
        assert not np.isinf([row["low_in_changes"], row["high_in_changes"]]).any()
        if verdict == "cannot tell":
            assert result.notes == (
                "In more than a tenth of the draws there is no number, so that nothing bounds the shift: median.",
                "Cannot be told at 95%: median.",
            )


def test_where_a_headline_names_no_change_a_twentieth_of_its_size_matters() -> None:
    table = measure_shifts({"price": (make(-100, change=np.nan), make(-97, change=np.nan))}, cause="x").table
    assert (table.loc[0, "shift_in_changes"], table.loc[0, "verdict"]) == (pytest.approx(0.6), "small")


@pytest.mark.parametrize(("moved", "text"), [(0, "none of 2 numbers moves"), (2, "2 of 2 numbers move ")])
def test_the_sentence_counts(moved: int, text: str) -> None:
    pairs = {str(name): (make(10), make(15 if name < moved else 10)) for name in range(2)}
    assert text in str(measure_shifts(pairs, cause="with weights").headline)


def test_numbers_of_which_nothing_can_be_told_are_counted() -> None:
    pairs = {"known": (make(10), make(10)), "missing": (make(10), make(np.nan))}
    result = measure_shifts(pairs, cause="with weights")
    assert str(result.headline) == (
        "With weights, none of 2 numbers moves by more than what matters for sure; of 1 it cannot be told."
    )
    nothing = measure_shifts({"missing": pairs["missing"]}, cause="with weights").headline
    assert np.isnan(nothing.value)
    assert str(nothing) == "With weights, it cannot be told of 1 number whether it moves by more than what matters."


def test_a_number_of_which_nobody_is_left_is_said_and_not_judged() -> None:
    result = measure_shifts({"price": (make(10), None), "share": (make(1), None)}, cause="without careless respondents")
    assert result.table["verdict"].tolist() == ["cannot tell"] * 2
    assert result.table["interval"].tolist() == ["–"] * 2
    assert result.notes == ("Without careless respondents nobody is left to answer: price, share.",)
    assert str(result.headline) == (
        "Without careless respondents, it cannot be told of 2 numbers whether they move by more than what matters."
    )


def test_nothing_to_compare_and_two_units() -> None:
    assert str(measure_shifts({}, cause="with weights").headline) == "There is no number to compare."
    with pytest.raises(ParameterError, match="price: the two headlines differ in unit"):
        measure_shifts({"price": (make(1), make(1, unit="money"))}, cause="with weights")


def count_covered(runs: int, *, seed: int) -> int:
    """Count how often the interval of a shift holds the shift of the whole population, for weighted means."""
    random = np.random.default_rng(seed)
    covered = 0
    for run in range(runs):
        old = random.random(300) < 0.5
        weights = np.where(old, 1.5, 0.5)
        values = 10 + 2 * old + random.normal(0, 3, 300)
        counts = bootstrap_people(np.arange(300), n_boot=400, seed=run)
        pair = [
            make(float(np.average(values, weights=w)), draws=(counts * w) @ values / (counts @ w), change=0.01)
            for w in (np.ones(300), weights)
        ]
        table = measure_shifts({"mean": (pair[0], pair[1])}, cause="with weights").table
        # Half of the people are old by truth and three quarters once weighted, and old people say 2 more.
        covered += bool(table.loc[0, "low_in_changes"] <= 50 <= table.loc[0, "high_in_changes"])
    return covered


def test_the_interval_of_a_shift_covers_it() -> None:
    assert stats.binomtest(count_covered(60, seed=1), 60, 0.95).pvalue > 0.001


@pytest.mark.slow
def test_the_interval_of_a_shift_covers_it_in_many_runs() -> None:
    assert stats.binomtest(count_covered(600, seed=2), 600, 0.95).pvalue > 0.001
