"""What differences the tables of people could show: by hand, by simulation, and what is said."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.survey import measure_detectable_differences
from cvlab.errors import DataError, ParameterError


def make_answers(n: int) -> pd.DataFrame:
    return pd.DataFrame({"respondent_id": range(n)})


def test_the_least_difference_is_that_of_a_book() -> None:
    # Two groups of 200 at a share of one half: 2.8016 * sqrt(2 * .25 / 200), by hand; a tenth: 40 against 360.
    row = measure_detectable_differences({"answers": make_answers(400)}).table.iloc[0]
    assert row["halves"] == pytest.approx(0.14008, abs=1e-5)
    assert row["tenth"] == pytest.approx(2.8015852 * 0.5 * (1 / 40 + 1 / 360) ** 0.5, abs=1e-6)
    assert row["needed"] == 785  # (2 * 2.8015852 / 0.1)² / 4 = 784.9, by hand
    assert not row["enough"]


def test_a_difference_of_that_size_is_found_as_often_as_promised() -> None:
    n, random = 800, np.random.default_rng(7)
    least = measure_detectable_differences({"answers": make_answers(n)}).table.loc[0, "halves"]
    shares = random.binomial(n // 2, [[0.5 - least / 2], [0.5 + least / 2]], size=(2, 20_000)) / (n // 2)
    error = np.sqrt((shares * (1 - shares)).sum(axis=0) / (n // 2))
    assert np.mean(np.abs(shares[1] - shares[0]) > 1.96 * error) == pytest.approx(0.8, abs=0.02)


def test_weights_widen_tables_of_respondents_and_no_others() -> None:
    tables = {
        "answers": make_answers(400),
        "customers": pd.DataFrame({"customer_id": range(400)}),
        "rungs": pd.DataFrame(),
    }
    table = measure_detectable_differences(tables, design_effect=2.0).table.set_index("table")
    assert table["effective_n"].to_dict() == {"answers": 200.0, "customers": 400.0}
    assert table["halves"]["answers"] == pytest.approx(table["halves"]["customers"] * 2**0.5)
    assert table["needed"].to_dict() == {"answers": 1570, "customers": 785}


def test_as_many_as_are_needed_are_enough() -> None:
    needed = int(measure_detectable_differences({"answers": make_answers(10)}, difference=0.2).table.loc[0, "needed"])
    for n, enough in ((needed - 1, False), (needed, True)):
        assert (
            measure_detectable_differences({"answers": make_answers(n)}, difference=0.2).table.loc[0, "enough"]
            == enough
        )


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1000, "A difference of 10 points between two halves of the people would be seen in every table"),
        (
            400,
            "the weakest, answers, has 400 people and shows 14.0 points at best; 785 would be needed.",
        ),
        (1, "answers speaks for a single person: no difference can be seen in it."),
        (0, "answers speaks for nobody: no difference can be seen in it."),
    ],
)
def test_the_sentence_says_what_would_be_enough(n: int, said: str) -> None:
    assert said in str(measure_detectable_differences({"answers": make_answers(n)}).headline)


def test_weights_that_leave_less_than_one_person_in_a_half_show_nothing() -> None:
    result = measure_detectable_differences({"answers": make_answers(3)}, design_effect=2.0)
    assert result.table[["halves", "tenth"]].isna().all(axis=None)
    assert str(result.headline) == (
        "answers speaks for 3 people: no difference can be seen in it; 1,570 would be needed."
    )
    # From one person of equal weight on in the smaller group there is a number, however large.
    two, ten = (measure_detectable_differences({"answers": make_answers(n)}).table.iloc[0] for n in (2, 10))
    assert two["halves"] == 1.0
    assert np.isnan(two["tenth"])
    assert ten["tenth"] == 1.0


def test_where_there_are_too_few_customers_nobody_is_sent_to_collect_more() -> None:
    few, many = (
        measure_detectable_differences({"answers": make_answers(25)}, n_customers=n_customers)
        for n_customers in (60, 800)
    )
    assert "There are only 60 customers: however many of them are asked" in few.notes[1]
    assert len(many.notes) == 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="no table has people"):
        measure_detectable_differences({"rungs": pd.DataFrame({"rung": ["a"]})})
    with pytest.raises(ParameterError, match=r"difference is 0\.0: give a share"):
        measure_detectable_differences({"answers": make_answers(10)}, difference=0.0)
    with pytest.raises(ParameterError, match=r"design_effect is 0\.5: give 1 \(no weights\) or more"):
        measure_detectable_differences({"answers": make_answers(10)}, design_effect=0.5)
