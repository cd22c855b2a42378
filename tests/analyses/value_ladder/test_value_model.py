"""The value model: leads, ranks and decisions by hand, draws against a plain loop, change over time, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.value_ladder import ValueModel, measure_value_model
from cvlab.analyses.value_ladder.proposition_numbers import draw_triangular
from cvlab.errors import DataError, ParameterError

GROUPS = ("small", "large")


def make_propositions(**columns: Any) -> pd.DataFrame:
    """Two propositions for two groups, judged exactly."""
    table = pd.DataFrame(
        {
            "proposition": ["quick", "quick", "quiet", "quiet"],
            "group": [*GROUPS, *GROUPS],
            "ours": [8.0, 6.0, 5.0, 3.0],
            "cost": [3.0, 3.0, 2.0, 2.0],
            "revenue": [5.0, 1.0, 4.0, 1.0],
        }
    )
    return table.assign(**columns)


def make_rivals(**columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "proposition": ["quick", "quick", "quiet", "quiet"],
            "rival": ["Ax", "Bo", "Ax", "Bo"],
            "score": [4.0, 5.0, 7.0, 6.0],
            "price": [20.0, 22.0, 20.0, 22.0],
        }
    )
    return table.assign(**columns)


def ask(people: int, seed: int, *, ours: float = 6.0, spread: float = 1.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask people about one proposition of ours and of two rivals, who score 5 and 4 on average."""
    random = np.random.default_rng(seed)
    ids = [f"R{number:03d}" for number in range(people)]
    taste = random.normal(0, 1, people)

    def score(mean: float) -> np.ndarray:
        return np.clip(mean + taste + random.normal(0, spread, people), 0, 10)

    mine = {"proposition": "quick", "respondent_id": ids, "ours": score(ours), "cost": 1.0, "revenue": 2.0}
    rivals = [
        pd.DataFrame({"proposition": "quick", "rival": name, "respondent_id": ids, "score": score(mean)})
        for name, mean in (("Ax", 5.0), ("Bo", 4.0))
    ]
    return pd.DataFrame(mine), pd.concat(rivals, ignore_index=True)


@pytest.fixture
def model() -> ValueModel:
    return measure_value_model(make_propositions(), make_rivals(), judged_within=0.0)


def test_leads_ranks_and_margins_by_hand(model: ValueModel) -> None:
    table = model.table
    assert table["rival"].tolist() == ["Bo", "Bo", "Ax", "Ax"]
    assert table["lead"].tolist() == [3.0, 1.0, -2.0, -4.0]
    assert table["rank"].tolist() == [1, 1, 3, 3]
    assert table["rivals"].tolist() == [2, 2, 2, 2]
    assert table["margin"].tolist() == [2.0, -2.0, 2.0, -1.0]
    assert table["rival_price"].tolist() == [22.0, 22.0, 20.0, 20.0]
    # Exact judgements leave no doubt.
    assert table["first"].tolist() == [1.0, 1.0, 0.0, 0.0]
    pd.testing.assert_series_equal(table["lead_low"], table["lead_high"], check_names=False)
    assert model.matrix.loc["quiet", list(GROUPS)].tolist() == [-2.0, -4.0]


def test_each_decision_has_its_case(model: ValueModel) -> None:
    assert model.table["standing"].tolist() == ["ahead", "ahead", "behind", "behind"]
    assert model.table["decision"].tolist() == ["lead", "price", "match", "drop"]
    reasons = model.table["reason"]
    assert reasons[0] == (
        "ahead of Bo by 3 (3 to 3); first with a probability of more than 99%; earns €2.00 more than it costs"
    )
    assert reasons[3].endswith("first with a probability of less than 1%; costs €1.00 more than it earns")


@pytest.mark.parametrize(
    ("ours", "revenue", "standing", "decision"),
    [
        (5.2, 4.0, "level", "match"),
        (5.2, 1.0, "level", "drop"),
        (5.2, None, "level", "cannot tell"),
        (9.0, None, "ahead", "lead"),
        (1.0, None, "behind", "cannot tell"),
        (9.0, 3.0, "ahead", "lead"),
    ],
)
def test_small_leads_do_not_matter_and_unknown_revenue_decides_nothing(
    ours: float, revenue: float | None, standing: str, decision: str
) -> None:
    table = make_propositions(ours=ours, revenue=revenue)
    row = measure_value_model(table, make_rivals(), judged_within=0.0).table.iloc[0]
    assert (row["standing"], row["decision"]) == (standing, decision)


def test_thresholds_are_arguments() -> None:
    table, rivals = make_propositions(ours=5.6), make_rivals()
    standing = [
        measure_value_model(table, rivals, **limits).table["standing"].iloc[0]
        for limits in (
            {"judged_within": 0.1},
            {"judged_within": 0.1, "sure": 0.7},
            {"judged_within": 0.1, "smallest_lead": 0.3},
            {"judged_within": 0.01},
        )
    ]
    assert standing == ["cannot tell", "ahead", "level", "ahead"]


def test_prices_are_compared_where_both_are_known() -> None:
    priced = measure_value_model(make_propositions(price=25.0), make_rivals(), judged_within=0.0).table
    assert priced["price_gap"].tolist() == [3.0, 3.0, 5.0, 5.0]
    assert priced["reason"][0].endswith("asks €3.00 more than Bo")
    assert measure_value_model(make_propositions(), make_rivals()).table["price_gap"].isna().all()


def test_over_all_groups_customers_are_counted() -> None:
    model = measure_value_model(
        make_propositions(), make_rivals(), judged_within=0.0, sizes={"small": 300, "large": 100}
    )
    quick = model.decisions.set_index("proposition").loc["quick"]
    assert quick[["groups", "ahead", "lead", "probability"]].tolist() == [2, 2, 2.5, 1.0]
    assert quick["margin"] == pytest.approx((300 * 2 - 100 * 2) / 400)
    assert quick["total_margin"] == pytest.approx(300 * 2 - 100 * 2)
    assert model.headline.value == 0.5
    assert str(model.headline) == (
        "Each proposition counted once per group and weighted by its customers (4 cases), no rival is better in 50.0% "
        "(95% interval 50.0% to 50.0%). Lead with: quick. Match rivals in: quiet."
    )
    alike = measure_value_model(make_propositions(), make_rivals(), judged_within=0.0)
    assert alike.decisions["lead"].tolist() == [2.0, -3.0]
    assert alike.decisions["total_margin"].isna().all()


def test_ties_share_the_first_place() -> None:
    table = make_propositions(ours=5.0).head(1)
    row = measure_value_model(table, make_rivals(score=5.0).head(2), judged_within=0.0).table.iloc[0]
    assert (row["rank"], row["lead"], row["first"]) == (1, 0.0, pytest.approx(1 / 3))


# Draws


def test_a_triangle_is_drawn_as_it_is() -> None:
    levels = (np.arange(200_000) + 0.5) / 200_000
    drawn = draw_triangular(np.array([2.0]), np.array([3.0]), np.array([7.0]), levels[:, None])[:, 0]
    assert drawn.mean() == pytest.approx((2 + 3 + 7) / 3, abs=1e-3)
    assert drawn.var() == pytest.approx((4 + 9 + 49 - 6 - 14 - 21) / 18, rel=1e-3)
    assert (drawn <= 3).mean() == pytest.approx(1 / 5, abs=1e-4)


def test_ranks_of_judgements_are_those_of_a_plain_loop() -> None:
    table = make_propositions(low=[6.0, 4.0, 4.0, 2.0], high=[9.0, 9.0, 8.0, 9.0])
    rivals = make_rivals(low=[2.0, 4.0, 3.0, 5.0], high=[8.0, 6.0, 9.0, 7.0])
    model = measure_value_model(table, rivals, n_draws=20_000)
    random = np.random.default_rng(5)
    for number, mine in enumerate(table.to_dict("records")):
        others = rivals[rivals["proposition"] == mine["proposition"]].to_dict("records")
        leads, ranks = [], []
        for _ in range(20_000):
            score = random.triangular(mine["low"], mine["ours"], mine["high"])
            theirs = [random.triangular(each["low"], each["score"], each["high"]) for each in others]
            leads.append(score - max(theirs))
            ranks.append(1 + sum(other > score for other in theirs))
        row = model.table.iloc[number]
        assert row["first"] == pytest.approx(np.mean(np.array(ranks) == 1), abs=0.015)
        assert [row["lead_low"], row["lead_high"]] == pytest.approx(np.quantile(leads, [0.025, 0.975]), abs=0.08)
        assert [row["rank_low"], row["rank_high"]] == np.quantile(ranks, [0.025, 0.975]).tolist()


def test_people_asked_about_all_offers_are_compared_with_themselves() -> None:
    propositions, rivals = ask(80, seed=3)
    row = measure_value_model(propositions, rivals, n_draws=4000).table.iloc[0]
    wide = rivals.pivot_table(index="respondent_id", columns="rival", values="score")
    gap = propositions.set_index("respondent_id")["ours"] - wide["Ax"]
    assert row["n"] == 80
    assert row["lead"] == pytest.approx(gap.mean())
    # What makes somebody give high scores to all drops out of the difference.
    error = gap.std() / math.sqrt(80)
    assert row["lead_high"] - row["lead_low"] == pytest.approx(2 * 1.96 * error, rel=0.08)
    assert row["ours_high"] - row["ours_low"] == pytest.approx(
        2 * 1.96 * propositions["ours"].std() / math.sqrt(80), rel=0.08
    )


def test_weights_count(model: ValueModel) -> None:
    propositions, rivals = ask(60, seed=4)
    weight = np.linspace(0.5, 2, 60)
    weighted = measure_value_model(propositions.assign(weight=weight), rivals.assign(weight=np.tile(weight, 2)))
    assert weighted.table["ours"].item() == pytest.approx(np.average(propositions["ours"], weights=weight))


def measure_coverage(samples: int) -> float:
    held = []
    for seed in range(samples):
        row = measure_value_model(*ask(40, seed=9000 + seed), n_draws=1000, seed=seed).table.iloc[0]
        held.append(row["lead_low"] <= 1.0 <= row["lead_high"])
    return float(np.mean(held))


def test_the_interval_of_a_lead_holds_the_truth_in_a_few_samples() -> None:
    assert measure_coverage(30) >= 0.8


@pytest.mark.slow
def test_the_interval_of_a_lead_holds_the_truth_as_often_as_it_says() -> None:
    assert 0.91 <= measure_coverage(400) <= 0.97


@settings(max_examples=6, deadline=None)
@given(st.floats(0.01, 100), st.integers(0, 2**16))
def test_money_scales_and_order_does_not_matter(factor: float, seed: int) -> None:
    propositions, rivals = make_propositions(), make_rivals()
    plain = measure_value_model(propositions, rivals, n_draws=50)
    money = {name: factor * propositions[name] for name in ("cost", "revenue")}
    shuffled = rivals.sample(frac=1.0, random_state=seed)
    other = measure_value_model(propositions.assign(**money), shuffled, n_draws=50)
    pd.testing.assert_frame_equal(propositions, make_propositions())
    pd.testing.assert_frame_equal(rivals, make_rivals())
    columns = ["lead", "lead_low", "lead_high", "first", "rank_high"]
    pd.testing.assert_frame_equal(plain.table[columns], other.table[columns])
    np.testing.assert_allclose(other.table["margin"], factor * plain.table["margin"])
    turned = measure_value_model(propositions[::-1], shuffled, n_draws=50).table[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(plain.table, turned)


def test_a_higher_score_never_lowers_the_lead() -> None:
    before = -math.inf
    for score in np.linspace(0, 10, 6):
        row = measure_value_model(make_propositions(ours=score), make_rivals(), n_draws=300).table.iloc[0]
        assert row["first"] >= before
        before = row["first"]


# Over time


def test_what_was_not_scored_anew_has_not_changed_and_what_was_has() -> None:
    earlier = measure_value_model(make_propositions(), make_rivals())
    now = make_propositions(ours=[8.0, 6.3, 6.5, 3.0])
    later = measure_value_model(now, make_rivals(), previous=earlier)
    assert later.changes is not None
    assert later.changes["change"].tolist() == pytest.approx([0.0, 0.3, 1.5, 0.0])
    assert later.changes["verdict"].tolist() == [
        "too small to matter", "too small to matter", "changed and matters", "too small to matter",
    ]  # fmt: skip
    assert "The lead changed, and by enough to matter: quiet (small) up 1.50." in later.notes
    same = measure_value_model(make_propositions(), make_rivals(), previous=earlier)
    assert "No lead changed for sure by as much as matters." in same.notes
    assert "What has changed was not measured: no earlier value model was given." in earlier.notes


def test_other_people_cannot_tell_a_small_change() -> None:
    earlier = measure_value_model(*ask(30, seed=1))
    propositions, rivals = ask(30, seed=2)
    others = [table.assign(respondent_id=table["respondent_id"] + "b") for table in (propositions, rivals)]
    later = measure_value_model(*others, previous=earlier)
    assert later.changes is not None
    row = later.changes.iloc[0]
    assert row["verdict"] == "cannot tell"
    assert row["low"] < row["change"] < row["high"]
    again = measure_value_model(*ask(30, seed=1), previous=earlier)
    assert again.changes is not None
    assert again.changes["verdict"].item() == "too small to matter"


def test_new_and_gone_propositions_are_named() -> None:
    earlier = measure_value_model(make_propositions().head(3), make_rivals())
    later = measure_value_model(make_propositions().tail(2), make_rivals().tail(2), previous=earlier)
    assert later.changes is not None
    assert later.changes["verdict"].tolist() == ["too small to matter", "new"]
    assert "No longer among the propositions: quick (small), quick (large)." in later.notes
    with pytest.raises(ParameterError, match="previous has scores from 0 to 10, now they run from 0 to 100"):
        measure_value_model(make_propositions(), make_rivals(), previous=earlier, scale=(0, 100))


def test_old_scores_are_named() -> None:
    dated = make_propositions(collected_on=["2024-01-01", "2026-01-01", None, None])
    notes = measure_value_model(dated, make_rivals(), as_of="2026-06-01").notes
    assert "Older than 365 days: quick (small). Score them again." in notes
    assert any(note.startswith("2 of 4 cases are not dated") for note in notes)
    whole = measure_value_model(dated, make_rivals(), as_of="2026-06-01", collected_on="2025-01-01").notes
    assert "Older than 365 days: quick (small), quiet (small), quiet (large). Score them again." in whole


# What is judged, and what cannot be told


def test_judgements_are_called_judgements(model: ValueModel) -> None:
    notes = measure_value_model(make_propositions(), make_rivals()).notes
    assert notes[0].startswith("12 of 12 scores are judgements of whoever filled in the table, not measurements")
    assert notes[1].startswith("12 judgements came without low and high and were taken as right within 10.0%")
    assert "12 judgements came without low and high and were taken as exact." in model.notes
    ranged = make_propositions(low=2.0, high=9.0)
    assert any(note.startswith("8 judgements came") for note in measure_value_model(ranged, make_rivals()).notes)
    asked, _ = ask(20, seed=1)
    mixed = measure_value_model(asked, make_rivals().head(2))
    assert mixed.notes[0].startswith("2 of 3 scores are judgements")
    assert any(
        note.startswith("Some offers were scored by respondents and others by judgement") for note in mixed.notes
    )


def test_few_people_are_not_told_of() -> None:
    propositions, rivals = ask(30, seed=6)
    propositions["group"] = np.where(np.arange(30) < 24, "many", "few")
    model = measure_value_model(propositions, rivals)
    few = model.table.set_index("group").loc["few"]
    assert few["reason"] == "only 6 people: at least 10 are needed"
    assert few["decision"] == "cannot tell"
    assert few[["rival", "ours", "lead", "rank", "first"]].isna().all()
    assert model.headline.n == 1
    assert "Fewer than 10 respondents, so no number is given: quick (few)." in model.notes
    none = measure_value_model(*ask(6, seed=6))
    assert str(none.headline) == ("Not enough data on propositions: in none of 1 cases did 10 people give a score.")


def test_a_rival_may_differ_between_groups_and_people_without_us_are_left_out() -> None:
    rivals = pd.concat([make_rivals(), make_rivals(rival="Cy", group="small", score=9.0).iloc[[0]]])
    model = measure_value_model(make_propositions(), rivals, judged_within=0.0)
    assert model.table["rival"].tolist() == ["Cy", "Bo", "Ax", "Ax"]
    propositions, asked = ask(20, seed=2)
    strangers = asked.assign(respondent_id="X" + asked["respondent_id"]).head(5)
    notes = measure_value_model(propositions, pd.concat([asked, strangers])).notes
    assert "5 scores of rivals are of respondents who did not score us: they were left out." in notes


# Bad input


def test_all_that_is_wrong_is_said_at_once() -> None:
    propositions = make_propositions(ours=[8.0, 60.0, 5.0, 3.0], cost=[-3.0, 3.0, 2.0, None])
    rivals = pd.concat([make_rivals(), pd.DataFrame([{"proposition": "quikc", "rival": "Ax", "score": "high"}])])
    with pytest.raises(DataError) as raised:
        measure_value_model(propositions, rivals)
    assert str(raised.value).splitlines() == [
        "the value model cannot be measured: 4 problems",
        "  error: propositions, column ours, row 2: is not a score from 0 to 10. Remedy: correct it, or give the scale "
        "that was used.",
        "  error: propositions, column cost, rows 1, 4: is not a number of 0 or more. Remedy: write an amount of money "
        "per customer.",
        "  error: rivals, column score, row 5: is not a score from 0 to 10. Remedy: correct it, or give the scale that "
        "was used.",
        "  error: rivals, column proposition, row 5: is not in propositions. Remedy: write it as in propositions, or "
        "add it there.",
    ]


@pytest.mark.parametrize(
    ("propositions", "rivals", "message"),
    [
        (make_propositions(), make_rivals().head(2), r"rivals: name no rival for quiet \(small, large\)"),
        (make_propositions().drop(columns=["ours", "cost"]), make_rivals(), "column ours: is missing"),
        (make_propositions(), make_rivals().drop(columns="rival"), "rivals, column rival: is missing"),
        (make_propositions().iloc[:0], make_rivals(), "propositions: has no rows"),
        (make_propositions(group="small"), make_rivals(), "rows 1, 2, 3, 4: comes twice for the same group"),
        (make_propositions(proposition=None), make_rivals(), "column proposition, rows 1, 2, 3, 4: is empty"),
        (make_propositions(), pd.concat([make_rivals()] * 2), "is scored twice for the same proposition and group"),
        (make_propositions(), make_rivals(group="giant"), "rivals, column group, rows 1, 2, 3, 4: is not in prop"),
        (make_propositions(low=9.0, high=10.0), make_rivals(), "rows 1, 2, 3, 4: lies outside low to high"),
        (make_propositions(low=9.0, high=1.0), make_rivals(), "is above high"),
        (make_propositions(low=1.0), make_rivals(), "column low, rows 1, 2, 3, 4: has no partner"),
        (make_propositions(), make_rivals(low=-1.0, high=9.0), "rivals, column low, rows 1, 2, 3, 4: is not a score"),
        (make_propositions(collected_on="soon"), make_rivals(), "column collected_on, rows 1, 2, 3, 4: is not a date"),
        (make_propositions(revenue="much"), make_rivals(), "column revenue, rows 1, 2, 3, 4: is not a number"),
        (ask(12, 1)[0].assign(cost=range(12)), ask(12, 1)[1], "cost, .*: differs within one group"),
        (ask(12, 1)[0].assign(respondent_id="R000"), ask(12, 1)[1], "comes twice for the same group"),
        (ask(12, 1)[0], ask(12, 1)[1].assign(price=range(24)), "differs within one rival and group"),
    ],
)
def test_bad_tables(propositions: pd.DataFrame, rivals: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        measure_value_model(propositions, rivals)


def test_respondents_and_judgements_do_not_mix_within_an_offer() -> None:
    propositions, rivals = ask(12, 1)
    half = propositions.assign(respondent_id=propositions["respondent_id"].where(propositions.index > 0))
    with pytest.raises(DataError, match=r"propositions, column proposition, .* has judged and asked scores"):
        measure_value_model(half, rivals)
    half = rivals.assign(respondent_id=rivals["respondent_id"].where(rivals.index > 0))
    with pytest.raises(DataError, match=r"rivals, column rival, .* has judged and asked scores"):
        measure_value_model(propositions, half)
    moved = pd.concat([propositions.assign(group="a"), propositions.assign(group="b", proposition="quiet")])
    with pytest.raises(DataError, match=r"respondent_id, .*: belongs to several groups"):
        measure_value_model(moved, rivals)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": (10, 0)}, "give the lowest score before the highest"),
        ({"scale": (0, 5, 10)}, "give the lowest and the highest score"),
        ({"judged_within": -1.0}, "judged_within is -1.0"),
        ({"smallest_lead": -0.1}, "smallest_lead is -0.1"),
        ({"sure": 0.4}, "sure is 0.4: give a probability from 0.5 to 1"),
        ({"n_draws": 0}, "n_draws is 0"),
        ({"level": 1.0}, "level is 1.0"),
        ({"as_of": "soon"}, "as_of is 'soon'"),
        ({"seed": "x"}, "seed is 'x': give a whole number"),
        ({"sizes": [1]}, "sizes is .1.: give group → number of customers"),
        ({"sizes": {"small": "many", "large": 1}}, "sizes of small is 'many'"),
        ({"scale": 5}, "scale is 5: give the lowest and the highest score"),
        ({"previous": 3}, "previous is a int: give what measure_value_model returned"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_value_model(make_propositions(), make_rivals(), **arguments)


def test_sizes_are_needed_for_every_group() -> None:
    with pytest.raises(DataError, match="sizes lacks large and is not above 0 for small"):
        measure_value_model(make_propositions(), make_rivals(), sizes={"small": 0})
    with pytest.raises(DataError, match="rivals is a dict: give a pandas DataFrame"):
        measure_value_model(make_propositions(), {})  # type: ignore[arg-type]
