"""Targets: knock-outs first, the product of two axes, and how sure the order is."""

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition, Result
from cvlab.analyses.segmentation import Profiles, profile_groups, rank_targets
from cvlab.errors import DataError, ParameterError

N = 400
NAMES = ("a", "b", "c", "d")
TEAM = pd.DataFrame({"group": list(NAMES), "strength": [5.0, 4.0, 3.0, 1.0], "cost": [1.0, 2.0, 3.0, 4.0]})


def make_profiles(spread: float = 1.0, **options: object) -> Profiles:
    people = pd.Index([f"c{number:04}" for number in range(N)], name="customer_id")
    codes = np.arange(N) % 4
    labels = pd.Series([NAMES[code] for code in codes], index=people, dtype="category")
    random = np.random.default_rng(0)
    told = pd.DataFrame(
        {
            "spend": np.array([10.0, 20.0, 30.0, 40.0])[codes] + random.normal(0, spread, N),
            "noise": random.normal(50, 10, N),
            "region": random.choice(["north", "south"], N),
        },
        index=people,
    )
    return profile_groups(Partition(labels=labels, scheme="letters", **options), told)


SPEND = {"axis": "attractiveness", "variable": "spend"}
STRENGTH = {"axis": "competitiveness", "variable": "strength"}


def test_the_score_is_the_product_of_the_weighted_axes() -> None:
    profiles = make_profiles()
    criteria = [SPEND | {"weight": 3}, {"axis": "attractiveness", "variable": "cost", "better": "lower"}, STRENGTH]
    ranking = rank_targets(profiles, criteria, groups=TEAM)
    assert isinstance(ranking, Result)
    table = ranking.table.set_index("group")
    spend = profiles.table[profiles.table["variable"] == "spend"].set_index("group")["value"]
    scaled = (spend - spend.min()) / (spend.max() - spend.min())
    attractive = (3 * scaled + pd.Series([1, 2 / 3, 1 / 3, 0], index=list(NAMES))) / 4
    competitive = pd.Series([1, 0.75, 0.5, 0], index=list(NAMES))
    for name in NAMES:
        assert table.loc[name, "attractiveness"] == pytest.approx(attractive[name])
        assert table.loc[name, "competitiveness"] == pytest.approx(competitive[name])
        assert table.loc[name, "score"] == pytest.approx(attractive[name] * competitive[name])
    assert ranking.table["rank"].tolist() == [1, 2, 3, 4]
    assert ranking.scaled.groupby("axis")["weight"].sum().tolist() == pytest.approx([4, 4])  # 1 in each of four groups


def test_knock_outs_come_first_and_set_the_scale() -> None:
    knock_out = {"axis": "knock-out", "variable": "spend", "at_most": 35, "criterion": "too large for us"}
    ranking = rank_targets(make_profiles(), [SPEND, STRENGTH, knock_out], groups=TEAM)
    last = ranking.table.iloc[-1]
    assert (last["group"], last["knocked_out_by"]) == ("d", "too large for us")
    assert np.isnan(last["score"])
    assert np.isnan(last["rank"])
    assert ranking.table.set_index("group").loc["c", "attractiveness"] == 1
    assert ranking.table["p_first"].sum() == pytest.approx(1)


def test_a_group_that_is_best_in_everything_is_always_first() -> None:
    team = TEAM.assign(strength=[1.0, 2.0, 3.0, 5.0])
    ranking = rank_targets(make_profiles(), [SPEND, STRENGTH], groups=team)
    assert ranking.headline.value == 1
    assert str(ranking.headline).startswith("The first target is “d”: it comes first in 100.0% of the draws")
    assert ranking.table.loc[ranking.table["group"] == "a", "p_first"].item() == 0


def test_p_first_follows_the_doubt_about_weights() -> None:
    team = TEAM.assign(x=[1.0, 0.0, 0.5, 0.0], y=[0.0, 1.0, 0.45, 0.0])
    criteria = [
        {"axis": "attractiveness", "variable": "x", "weight": 55},
        {"axis": "attractiveness", "variable": "y", "weight": 45},
    ]

    def first(certainty: float) -> pd.Series:
        ranking = rank_targets(make_profiles(), criteria, groups=team, certainty=certainty)
        return ranking.table.set_index("group")["p_first"]

    assert first(10_000)["a"] > 0.99
    # The weight of x is Beta(11, 9): a is first where it exceeds 1/2, with a chance of .676.
    assert first(20)["a"] == pytest.approx(0.676, abs=0.03)
    assert first(20)["a"] + first(20)["b"] == pytest.approx(1, abs=0.01)


def test_p_first_follows_the_doubt_about_values() -> None:
    only_noise = rank_targets(make_profiles(), [{"axis": "attractiveness", "variable": "noise"}])
    assert only_noise.headline.value < 0.95
    sure = rank_targets(make_profiles(), [SPEND])
    assert sure.headline.value == 1
    assert "There is no criterion of competitiveness, so it does not count." in sure.notes


def test_equals_share_the_first_place() -> None:
    same = rank_targets(make_profiles(), [{"axis": "attractiveness", "variable": "n"}])
    assert same.table["p_first"].tolist() == pytest.approx([0.25] * 4)
    assert same.table["rank"].tolist() == [1] * 4
    assert "n is the same in every group, so it does not count." in same.notes


def test_of_groups_that_are_worst_in_one_thing_the_larger_sum_is_first() -> None:
    team = TEAM.assign(x=[1.0, 0.0, 0.0, 0.2], y=[0.0, 0.6, 1.0, 0.0])
    criteria = [{"axis": "attractiveness", "variable": "x"}, {"axis": "competitiveness", "variable": "y"}]
    table = rank_targets(make_profiles(), criteria, groups=team).table
    assert (table["score"] == 0).all()
    assert table["group"].tolist()[2:] == ["b", "d"]


def test_nothing_left_or_one_left_is_said() -> None:
    none = rank_targets(make_profiles(), [SPEND, {"axis": "knock-out", "variable": "n", "at_least": 1000}])
    assert str(none.headline) == "No target: not one of the 4 groups passes the knock-out criteria."
    one = rank_targets(make_profiles(), [SPEND, {"axis": "knock-out", "variable": "spend", "at_least": 35}])
    assert str(one.headline).startswith("Only “d” of 4 groups passes")
    assert not one.headline.answered


def test_what_is_not_known_of_a_group_is_no_target() -> None:
    team = TEAM.assign(strength=[5.0, np.nan, 3.0, 1.0])
    ranking = rank_targets(make_profiles(), [SPEND, STRENGTH], groups=team)
    assert ranking.table.iloc[-1]["knocked_out_by"] == "strength not known"
    nothing = rank_targets(make_profiles(), [SPEND, STRENGTH], groups=team.assign(strength=np.nan))
    assert str(nothing.headline) == (
        "Not enough data to rank targets: strength is known of fewer than 10 people in each of the 4 groups; "
        "10 in each would do."
    )


def test_a_limit_within_reach_and_sensitive_groups_are_noted() -> None:
    profiles = make_profiles(spread=40, made_from=("age",), sensitive=("age",))
    ranking = rank_targets(
        profiles, [STRENGTH, {"axis": "knock-out", "variable": "spend", "at_least": 25}], groups=TEAM
    )
    assert any("may lie on the other side of the limit" in note for note in ranking.notes)
    assert any(note.startswith("Sensitive characteristics are involved (age)") for note in ranking.notes)


def test_levels_of_categories_and_sizes_may_be_criteria() -> None:
    criteria = [
        {"axis": "attractiveness", "variable": "region: north"},
        {"axis": "competitiveness", "variable": "share"},
    ]
    profiles = make_profiles()
    ranking = rank_targets(profiles, pd.DataFrame(criteria))
    rows = profiles.table[profiles.table["level"] == "north"].set_index("group")["value"]
    assert ranking.table.iloc[0]["group"] == rows.idxmax()


def test_the_seed_decides() -> None:
    criteria = [SPEND, STRENGTH]
    first, again, other = (rank_targets(make_profiles(), criteria, groups=TEAM, seed=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["attractiveness_low"].equals(other["attractiveness_low"])


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ([{"axis": "beauty", "variable": "spend"}], "row 1: axis is 'beauty'"),
        ([SPEND | {"better": "more"}], "neither higher nor lower"),
        ([SPEND | {"weight": 0}], "weight is 0, not above 0"),
        ([SPEND | {"at_least": 3}], "for the axis knock-out"),
        ([{"axis": "knock-out", "variable": "spend"}], "a knock-out needs at_least or at_most"),
        ([{"axis": "knock-out", "variable": "spend", "at_least": 3}], "none is of attractiveness or competitiveness"),
        ([SPEND, SPEND], "stands twice"),
        ([SPEND | {"colour": "red"}], "column colour is unknown"),
        ([SPEND | {"variable": "moon"}], "there is no variable 'moon'. There are spend, noise, region: north"),
        ([SPEND | {"variable": "region"}], "region is a category: name a level, as in 'region: north'"),
    ],
)
def test_criteria_that_cannot_be_read_are_refused(criteria: list[dict[str, object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        rank_targets(make_profiles(), criteria)


def test_unfit_groups_and_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="groups lacks c, d"):
        rank_targets(make_profiles(), [SPEND, STRENGTH], groups=TEAM.head(2))
    with pytest.raises(DataError, match="strength is not numeric"):
        rank_targets(make_profiles(), [STRENGTH], groups=TEAM.assign(strength="good"))
    with pytest.raises(DataError, match="a group stands twice"):
        rank_targets(make_profiles(), [STRENGTH], groups=pd.concat([TEAM, TEAM]))
    with pytest.raises(ParameterError, match="certainty is 0"):
        rank_targets(make_profiles(), [SPEND], certainty=0)
