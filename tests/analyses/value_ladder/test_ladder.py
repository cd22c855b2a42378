"""The ladder: hand-made markets, properties that hold for any people, intervals, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats.mstats import hdquantiles

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.value_ladder import measure_ladder
from cvlab.errors import DataError, ParameterError

GOLDEN = yaml.safe_load((Path(__file__).parents[2] / "golden" / "value_ladder.yaml").read_text(encoding="utf-8"))
MEASURES = ["share", "surplus", "contribution", "revenue"]
QUANTILES = ["p10", "p25", "p50", "p75", "p90"]


def make_rungs(prices: list[float], costs: list[float] | None = None) -> pd.DataFrame:
    names = [f"r{number}" for number in range(len(prices))]
    return pd.DataFrame({"rung": names, "price": prices, "unit_cost": costs or [0.0] * len(prices)})


def make_values(values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=[f"r{number}" for number in range(values.shape[1])])
    table.insert(0, "respondent_id", [f"P{number}" for number in range(len(values))])
    return table


markets = hnp.arrays(
    float, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(-20, 60).map(lambda cents: cents / 4)
)
price_lists = st.lists(st.integers(0, 50).map(lambda cents: cents / 4), min_size=3, max_size=3)


def shares_of(rungs: pd.DataFrame, values: pd.DataFrame, **arguments: object) -> np.ndarray:
    return measure_ladder(rungs, values, n_boot=0, smallest_group=1, **arguments).table["share"].to_numpy()


def test_two_types_choose_the_qualities_made_for_them() -> None:
    golden = GOLDEN["mussa_rosen_two_types"]
    tastes, qualities = np.array(golden["tastes"]), np.array(golden["qualities"])
    # The optimal prices leave both types indifferent; the tie goes to the seller.
    ladder = measure_ladder(
        make_rungs(golden["prices"], list(qualities**2)),
        make_values(np.outer(tastes, qualities)),
        n_boot=0,
        smallest_group=1,
    )
    assert ladder.table["share"].tolist() == [0.5, 0.5, 0.0]
    assert ladder.totals["contribution"].item() == pytest.approx(golden["profit"], abs=golden["tolerance"])
    assert ladder.totals["surplus"].item() == pytest.approx(golden["surplus"], abs=golden["tolerance"])


def test_no_qualities_on_a_grid_earn_more_from_two_types_than_mussa_and_rosen() -> None:
    golden = GOLDEN["mussa_rosen_two_types"]
    (low, high), grid = golden["tastes"], np.arange(0, 2.01, 0.25)
    found = {}
    for small in grid:
        for large in grid[grid >= small]:
            prices = [low * small, high * large - (high - low) * small]
            values = make_values(np.outer([low, high], [small, large]))
            ladder = measure_ladder(make_rungs(prices, [small**2, large**2]), values, n_boot=0, smallest_group=1)
            found[float(small), float(large)] = ladder.totals["contribution"].item()
    best = max(found, key=lambda pair: found[pair])
    assert list(best) == golden["qualities"]
    assert found[best] == pytest.approx(golden["profit"], abs=golden["tolerance"])


@pytest.mark.parametrize("strategy", ["pure", "mixed"])
def test_bundles_sell_as_printed(strategy: str) -> None:
    golden = GOLDEN["bundles"]
    people = np.array(golden["reservation_prices"])
    values = np.column_stack([people, people.sum(axis=1)])
    rungs = make_rungs(golden[strategy]["prices"], golden["unit_costs"])
    ladder = measure_ladder(rungs, make_values(values), n_boot=0, smallest_group=1)
    earned = ladder.totals["contribution"].item() * len(people)
    assert earned == pytest.approx(golden[strategy]["profit"], abs=golden["tolerance"])


@pytest.mark.parametrize(
    ("prices", "costs", "shares"),
    [
        ([10.0, 20.0], [2.0, 15.0], [1.0, 0.0, 0.0]),  # the lower rung earns more
        ([10.0, 20.0], [2.0, 5.0], [0.0, 1.0, 0.0]),  # the upper one does
        ([10.0, 20.0], [2.0, 12.0], [0.0, 1.0, 0.0]),  # both earn the same: the upper one
        ([15.0, 25.0], [20.0, 30.0], [0.0, 0.0, 1.0]),  # a sale would lose money
        ([15.0, 25.0], [15.0, 30.0], [1.0, 0.0, 0.0]),  # a sale at cost counts
    ],
)
def test_ties_go_to_what_earns_the_seller_more(prices: list[float], costs: list[float], shares: list[float]) -> None:
    assert shares_of(make_rungs(prices, costs), make_values(np.array([[15.0, 25.0]] * 3))).tolist() == shares


def test_a_tie_survives_the_arithmetic_of_computers() -> None:
    # 0.3 - 0.1 is not 0.2 in binary: the two rungs tie all the same.
    ladder = make_rungs([0.1, 0.1], [0.0, 0.05])
    assert shares_of(ladder, make_values(np.array([[0.3, 0.1 + 0.2]]))).tolist() == [1.0, 0.0, 0.0]


def test_draws_are_not_averaged_into_people(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    one = pd.DataFrame({"respondent_id": ["A", "A"], "draw": [0, 1], "good": [4.0, 20.0], "better": 0.0, "best": 0.0})
    assert shares_of(rungs, one).tolist() == [0.5, 0.0, 0.0, 0.5]


def test_a_person_counts_once_however_many_draws_there_are(rungs: pd.DataFrame) -> None:
    values = pd.DataFrame({"respondent_id": ["A"] * 3 + ["B"], "good": [9.0] * 3 + [1.0], "better": 0.0, "best": 0.0})
    assert shares_of(rungs, values).tolist() == [0.5, 0.0, 0.0, 0.5]


def test_weights_count_as_copies(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    single = rung_values[rung_values["draw"] == 0]
    weighted = single.assign(weight=np.where(np.arange(len(single)) % 2, 2.0, 1.0))
    copies = pd.concat(
        [single, single[np.arange(len(single)) % 2 == 1].assign(respondent_id=lambda t: t.respondent_id + "x")]
    )
    one, other = measure_ladder(rungs, weighted, n_boot=0), measure_ladder(rungs, copies, n_boot=0)
    np.testing.assert_allclose(one.table[MEASURES], other.table[MEASURES])


@settings(deadline=None)
@given(markets, price_lists, st.integers(0, 2), st.integers(1, 40))
def test_raising_a_price_never_raises_that_rungs_share(
    market: np.ndarray, prices: list[float], rung: int, rise: int
) -> None:
    values, costs = make_values(market), [2.0, 3.0, 5.0]
    higher = [price + rise / 4 * (number == rung) for number, price in enumerate(prices)]
    before, after = shares_of(make_rungs(prices, costs), values), shares_of(make_rungs(higher, costs), values)
    assert after[rung] <= before[rung]
    others = [option for option in range(4) if option != rung]
    assert (after[others] >= before[others] - 1e-12).all()


@settings(deadline=None)
@given(markets, price_lists)
def test_shares_add_up_and_nobody_loses_by_buying(market: np.ndarray, prices: list[float]) -> None:
    table = measure_ladder(make_rungs(prices), make_values(market), n_boot=0, smallest_group=1).table
    assert table["share"].sum() == pytest.approx(1.0)
    assert (table["surplus"] >= -1e-9).all()


@settings(deadline=None)
@given(markets, price_lists, st.floats(0.01, 1000))
def test_scaling_money_scales_money(market: np.ndarray, prices: list[float], factor: float) -> None:
    one = measure_ladder(make_rungs(prices, [1.0, 2.0, 3.0]), make_values(market), n_boot=0, smallest_group=1).table
    scaled_rungs = make_rungs([price * factor for price in prices], [factor, 2 * factor, 3 * factor])
    other = measure_ladder(scaled_rungs, make_values(market * factor), n_boot=0, smallest_group=1).table
    np.testing.assert_allclose(other["share"], one["share"], atol=1e-12)
    for measure in ("surplus", "contribution", "revenue"):
        np.testing.assert_allclose(other[measure], one[measure] * factor, rtol=1e-6, atol=1e-9 * factor)


@settings(deadline=None)
@given(markets, price_lists, st.integers(1, 10))
def test_a_rung_worth_as_much_as_not_buying_sells_nothing(
    market: np.ndarray, prices: list[float], outside: int
) -> None:
    market = market.copy()
    market[:, 1] = outside
    rungs = make_rungs([prices[0], prices[1] + 0.25, prices[2]])
    assert shares_of(rungs, make_values(market), outside=float(outside))[1] == 0


def test_groups_weigh_up_to_the_total(rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition) -> None:
    alone = measure_ladder(rungs, rung_values, n_boot=50)
    ladder = measure_ladder(rungs, rung_values, by=clusters, n_boot=50)
    table = ladder.table.set_index("group")
    assert table.index.unique().tolist() == ["everybody", "keen", "plain"]
    for measure in MEASURES:
        parts = table.loc["keen", measure].to_numpy() * 80 + table.loc["plain", measure].to_numpy() * 40
        np.testing.assert_allclose(parts / 120, table.loc["everybody", measure])
    # Grouping changes neither the total nor its interval.
    total = table.loc["everybody"].reset_index(drop=True)
    pd.testing.assert_frame_equal(total, alone.table.drop(columns="group"))
    assert table.loc["plain", "n"].unique().tolist() == [40]


def test_people_of_no_group_count_in_the_total_only(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition
) -> None:
    some = Partition(labels=clusters.labels[:100], scheme="clusters")
    ladder = measure_ladder(rungs, rung_values, by=some, n_boot=20)
    assert ladder.totals["n"].tolist() == [120, 60, 40]
    assert ladder.notes == ("20 of 120 people belong to no group of clusters; they count in the total only.",)


def test_input_is_left_as_it_was_and_order_does_not_matter(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    kept_rungs, kept_values = rungs.copy(), rung_values.copy()
    ladder = measure_ladder(rungs, rung_values, n_boot=50)
    pd.testing.assert_frame_equal(rungs, kept_rungs)
    pd.testing.assert_frame_equal(rung_values, kept_values)
    shuffled = rung_values.sample(frac=1, random_state=1)[rung_values.columns[::-1]]
    pd.testing.assert_frame_equal(measure_ladder(rungs, shuffled, n_boot=50).table, ladder.table)
    by_index = rung_values.set_index("respondent_id")
    pd.testing.assert_frame_equal(measure_ladder(rungs, by_index, n_boot=50).table, ladder.table)


def test_intervals_are_those_of_people_drawn_anew(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values, n_boot=2000, seed=3)
    groups = dict(list(rung_values.groupby("respondent_id")))
    random, drawn = np.random.default_rng(8), []
    for _ in range(100):
        chosen = random.choice(list(groups), len(groups))
        again = pd.concat([groups[name].assign(respondent_id=f"{place}") for place, name in enumerate(chosen)])
        drawn.append(measure_ladder(rungs, again, n_boot=0).totals["contribution"].item())
    assert np.std(ladder.headline.draws) == pytest.approx(np.std(drawn), rel=0.25)
    assert ladder.headline.low < ladder.headline.value < ladder.headline.high
    assert ladder.headline.high - ladder.headline.low == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.25)


@pytest.mark.slow
def test_intervals_cover_the_truth_of_the_market(rungs: pd.DataFrame) -> None:
    def draw_market(random: np.random.Generator, people: int) -> pd.DataFrame:
        base = random.lognormal(2.3, 0.4, people)
        steps = random.gamma(4, 1.5, (2, people)).cumsum(axis=0)
        names = [f"P{number}" for number in range(people)]
        return pd.DataFrame({"respondent_id": names, "good": base, "better": base + steps[0], "best": base + steps[1]})

    random = np.random.default_rng(0)
    truth = measure_ladder(rungs, draw_market(random, 400_000), n_boot=0).totals.iloc[0]
    runs, covered = 400, {"contribution": 0, "surplus": 0, "buyers": 0}
    for _ in range(runs):
        total = measure_ladder(rungs, draw_market(random, 150), n_boot=300).totals.iloc[0]
        for name in covered:
            covered[name] += total[f"{name}_low"] <= truth[name] <= total[f"{name}_high"]
    # 400 runs at 95 %: between 91.6 % and 98 % in all but one case in a thousand; percentile intervals run a bit short.
    assert all(0.91 <= count / runs <= 0.985 for count in covered.values()), covered


def test_other_prices_answer_like_a_new_measurement(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition
) -> None:
    moved = measure_ladder(rungs, rung_values, by=clusters, n_boot=60).at_prices({"better": 10.5, "best": 17})
    anew = measure_ladder(rungs.assign(price=[8.0, 10.5, 17.0]), rung_values, by=clusters, n_boot=60)
    pd.testing.assert_frame_equal(moved.table, anew.table)
    pd.testing.assert_frame_equal(moved.totals, anew.totals)
    assert str(moved.headline) == str(anew.headline)


def test_other_prices_must_be_prices_of_rungs(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values, n_boot=10)
    with pytest.raises(ParameterError, match=r"no rung is called 'bst': the rungs are good, better, best"):
        ladder.at_prices({"bst": 3})
    with pytest.raises(ParameterError, match=r"price of best is -1: give a number 0 or more"):
        ladder.at_prices({"best": -1})


def test_logit_nears_the_largest_surplus_as_its_scale_falls(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    sharp = measure_ladder(rungs, rung_values, n_boot=0)
    smooth = measure_ladder(rungs, rung_values, choice_rule="logit", scale=1e-4, n_boot=0)
    np.testing.assert_allclose(smooth.table[MEASURES], sharp.table[MEASURES], atol=1e-3)


def test_logit_shares_and_surplus_are_those_of_the_formula() -> None:
    ladder = measure_ladder(
        make_rungs([1.0, 2.0]),
        make_values(np.array([[2.0, 4.0]])),
        choice_rule="logit",
        scale=2.0,
        outside=0.5,
        n_boot=0,
        smallest_group=1,
    )
    weights = np.exp(np.array([1.0, 2.0, 0.5]) / 2)
    np.testing.assert_allclose(ladder.table["share"], weights / weights.sum())
    assert ladder.totals["surplus"].item() == pytest.approx(2 * np.log(weights.sum()) - 0.5)


def test_switching_accounts_for_what_the_shares_lose(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values, n_boot=50)
    for change, side in ((0.1, "from"), (-0.1, "to")):
        moves = ladder.switching(change)
        assert (moves[side] == moves["rung"]).all()
        for number, rung in enumerate(rungs["rung"]):
            price = rungs["price"][number] * (1 + change)
            after = ladder.at_prices({rung: price}).table["share"][number]
            moved = moves.loc[moves["rung"] == rung, "share"].sum()
            assert moved == pytest.approx(abs(ladder.table["share"][number] - after))
            assert moves.loc[moves["rung"] == rung, "new_price"].tolist() == pytest.approx([price] * 3)
    moves = ladder.switching()
    moved = moves[moves["share"] > 0.02]
    assert len(moved) >= 3
    assert (moved["low"] < moved["share"]).all()
    assert (moved["share"] < moved["high"]).all()


@pytest.mark.parametrize("change", [0, -1, float("nan")])
def test_switching_needs_a_change(rungs: pd.DataFrame, rung_values: pd.DataFrame, change: float) -> None:
    with pytest.raises(ParameterError, match="change is"):
        measure_ladder(rungs, rung_values, n_boot=10).switching(change)


def test_worth_has_the_spread_of_the_values(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition
) -> None:
    worth = measure_ladder(rungs, rung_values, by=clusters, n_boot=50).worth.set_index(["group", "rung"])
    plain = rung_values[rung_values["respondent_id"].isin(clusters.labels.index[:40])]
    assert worth.loc[("plain", "better"), "mean"] == pytest.approx(plain["better"].mean())
    middle = rung_values["best"].quantile([0.4, 0.6])
    assert middle.iloc[0] < worth.loc[("everybody", "best"), "p50"] < middle.iloc[1]
    assert (worth["low"] < worth["mean"]).all()
    assert (worth["mean"] < worth["high"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_no_quantile_is_what_one_person_named(seed: int) -> None:
    values = np.round(np.random.default_rng(seed).lognormal(3, 0.4, (11, 3)), 2)
    worth = measure_ladder(make_rungs([5.0, 10.0, 15.0]), make_values(values), n_boot=0).worth
    told = worth[QUANTILES].to_numpy(dtype=float)
    assert np.isfinite(told).all()
    assert np.abs(told[..., None] - values.T[:, None, :]).min() > 1e-6
    assert (np.diff(told, axis=1) > 0).all()
    assert ((told > values.min(axis=0)[:, None]) & (told < values.max(axis=0)[:, None])).all()


def test_quantiles_are_those_of_harrell_and_davis() -> None:
    values = np.random.default_rng(2).gamma(4, 5, (60, 1))
    told = measure_ladder(make_rungs([10.0]), make_values(values), n_boot=0).worth[QUANTILES].to_numpy()[0]
    np.testing.assert_allclose(told, hdquantiles(values[:, 0], [0.1, 0.25, 0.5, 0.75, 0.9]), rtol=1e-4)


def test_draws_and_weights_spread_like_the_people_they_stand_for() -> None:
    values = make_values(np.random.default_rng(1).gamma(4, 5, (40, 1)))
    rungs = make_rungs([10.0])
    once = measure_ladder(rungs, values, n_boot=0).worth[QUANTILES]
    twice = pd.concat([values, values], ignore_index=True)
    pd.testing.assert_frame_equal(measure_ladder(rungs, twice, n_boot=0).worth[QUANTILES], once)
    weighted = values.assign(weight=np.repeat([1.0, 0.0], 20))
    half = measure_ladder(rungs, values.head(20), n_boot=0).worth[QUANTILES]
    pd.testing.assert_frame_equal(measure_ladder(rungs, weighted, n_boot=0).worth[QUANTILES], half)


def test_nobody_buys(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs.assign(price=1000.0), rung_values)
    assert ladder.headline.value == 0
    assert str(ladder.headline).startswith("At these prices none of 120 respondents buys")
    assert ladder.notes == ("Nobody buys at these prices: each rung costs more than it is worth to anybody asked.",)


def test_everybody_takes_the_top_and_prices_are_odd(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    notes = measure_ladder(rungs.assign(price=[500.0, 400.0, 0.0]), rung_values.assign(best=50.0)).notes
    assert notes == (
        "Everybody takes the top rung: the rungs below it sell nothing, or its price is too low.",
        "Priced below unit cost, so that each sale loses money: best.",
        "Cheaper than the rung below it: better, best. Rungs are read from lowest to highest.",
    )


def test_one_person_is_not_enough(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values.head(1), n_boot=20)
    assert not ladder.headline.answered
    assert str(ladder.headline) == "Not enough data for what the ladder earns: respondents asked 1, needed at least 10."
    numbers = [*MEASURES, "low", "high"]
    assert ladder.table[numbers].isna().all(axis=None)
    assert ladder.totals.drop(columns=["group", "n"]).isna().all(axis=None)
    assert ladder.worth.drop(columns=["group", "rung", "price", "n"]).isna().all(axis=None)
    assert ladder.switching()[["share", "low", "high"]].isna().all(axis=None)
    assert ladder.notes == ("Fewer than 10 people, so no number is given: everybody.",)
    told = measure_ladder(rungs, rung_values.head(1), n_boot=20, smallest_group=1)
    assert not told.headline.answered
    assert told.table["share"].sum() == 1
    assert told.table[["low", "high"]].isna().all(axis=None)
    assert told.notes[-1] == "Fewer than 10 people, so no interval is given: everybody."


def test_a_published_group_is_never_smaller_than_allowed(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition
) -> None:
    ladder = measure_ladder(rungs, rung_values, by=clusters, n_boot=20, smallest_group=41)
    hidden = ladder.table["group"] == "plain"
    assert ladder.table.loc[hidden, [*MEASURES, "low", "high"]].isna().all(axis=None)
    assert ladder.table.loc[~hidden, [*MEASURES, "low", "high"]].notna().all(axis=None)
    assert ladder.worth.loc[ladder.worth["group"] == "plain", "p50"].isna().all()
    assert ladder.notes == ("Fewer than 41 people, so no number is given: plain.",)
    all_told = measure_ladder(rungs, rung_values, by=clusters, n_boot=20, smallest_group=40)
    assert all_told.table[MEASURES].notna().all(axis=None)
    needed = str(measure_ladder(rungs, rung_values, n_boot=20, smallest_group=121).headline)
    assert needed.endswith("respondents asked 120, needed at least 121.")


@pytest.mark.parametrize(("people", "said"), [(29, True), (30, False)])
def test_few_people_are_said_to_be_few(rungs: pd.DataFrame, rung_values: pd.DataFrame, people: int, said: bool) -> None:
    notes = measure_ladder(rungs, rung_values.head(5 * people), n_boot=20).notes
    words = "Few people, so that intervals are likely too short, and 30 or more would make them sound: everybody (29)."
    assert (words in notes) == said


def test_what_nobody_or_everybody_does_is_not_certain(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    dear = measure_ladder(rungs.assign(price=1000.0), rung_values, n_boot=50).table.set_index("rung")
    low, high = wilson_interval(0, 120)
    np.testing.assert_allclose(dear.loc["best", ["share", "low", "high"]].astype(float), [0.0, low, high])
    np.testing.assert_allclose(dear.loc["none", ["share", "low", "high"]].astype(float), [1.0, 1 - high, 1.0])
    assert dear.loc["best", "contribution_high"] == pytest.approx(high * (1000 - 7))
    assert dear.loc["best", "revenue_low"] == 0
    moves = measure_ladder(rungs.assign(price=1000.0), rung_values, n_boot=50).switching()
    np.testing.assert_allclose(moves["high"], high)


def test_weights_make_what_nobody_does_less_certain(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    single = rung_values[rung_values["draw"] == 0].assign(weight=[7.0] * 10 + [1.0] * 110)
    dear = measure_ladder(rungs.assign(price=1000.0), single, n_boot=50).totals.iloc[0]
    effective = (70 + 110) ** 2 / (490 + 110)
    assert dear["buyers_high"] == pytest.approx(wilson_interval(0, effective)[1])


def test_shares_are_written_alike_whatever_the_groups(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, clusters: Partition
) -> None:
    # Sums in another order differ in the last digit, and 14.65 % would be rounded up here and down there.
    alone = measure_ladder(rungs, rung_values, n_boot=50).table
    table = measure_ladder(rungs, rung_values, by=clusters, n_boot=50).table
    everybody = table[table["group"] == "everybody"]
    assert everybody["share"].tolist() == alone["share"].tolist() == alone["share"].round(12).tolist()
    thousandths = make_values(np.repeat([1.0, 3.0], [1707, 293])[:, None])
    ladder = measure_ladder(make_rungs([2.0]), thousandths, n_boot=0)
    assert ladder.table["share"].tolist() == [0.1465, 0.8535]


def test_columns_that_are_no_rung_are_left_out_and_said(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs.drop(index=1), rung_values, n_boot=10)
    assert ladder.table["rung"].tolist() == ["good", "best", "none"]
    assert ladder.notes == ("Columns of rung_values that are no rung of this ladder were left out: better.",)


def test_everything_wrong_is_said_at_once() -> None:
    rungs = pd.DataFrame({"rung": ["a", "a", "none", "d"], "price": [1, 2, np.nan, 4], "unit_cost": [1, -1, 1, 1]})
    values = pd.DataFrame({"respondent_id": ["x", None], "a": [np.inf, 1.0], "none": ["1", "2"], "weight": [-1.0, 1.0]})
    with pytest.raises(DataError) as caught:
        measure_ladder(rungs, values)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the ladder cannot be measured: 9 problems"
    assert [line.split(". Remedy")[0].removeprefix("  error: ") for line in lines[1:]] == [
        "rungs, column rung, rows 1, 2: is empty or names the same rung twice",
        "rungs, column rung, row 3: is one of none, everybody, respondent_id, draw, weight, "
        "which mean something else here",
        "rungs, column price, row 3: is not a number of 0 or more",
        "rungs, column unit_cost, row 2: is not a number of 0 or more",
        "rung_values, column none: is not numeric",
        "rung_values, column d: is missing",
        "rung_values, column a, row 1: is missing or infinite",
        "rung_values, column weight, row 1: is not a weight",
        "rung_values, column respondent_id, row 2: is empty",
    ]


@pytest.mark.parametrize(
    ("rungs", "values", "message"),
    [
        ({"rung": ["a"]}, {"respondent_id": ["x"], "a": [1.0]}, "rungs, column price: is missing"),
        ({"rung": [], "price": [], "unit_cost": []}, {"respondent_id": ["x"]}, "rungs: has no rows"),
        (
            {"rung": ["a"], "price": [1], "unit_cost": [0]},
            {"a": [1.0]},
            "rung_values, column respondent_id: is missing",
        ),
        ({"rung": ["a"], "price": [1], "unit_cost": [0]}, {"respondent_id": [], "a": []}, "rung_values: has no rows"),
        (
            {"rung": ["a"], "price": [1], "unit_cost": [0]},
            {"respondent_id": ["x"], "a": [1.0], "weight": [0.0]},
            "rung_values, column weight: is 0 in all rows",
        ),
    ],
)
def test_tables_that_are_no_ladder(rungs: dict[str, list], values: dict[str, list], message: str) -> None:
    with pytest.raises(DataError, match=message):
        measure_ladder(pd.DataFrame(rungs), pd.DataFrame(values))


def test_a_table_must_be_a_table(rungs: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="rung_values is a list: give a pandas DataFrame"):
        measure_ladder(rungs, [1, 2])


def test_groups_must_be_of_these_people(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    strangers = Partition(labels=pd.Series(["a"], index=["stranger"], dtype="category"), scheme="others")
    with pytest.raises(DataError, match="others names none of the respondents"):
        measure_ladder(rungs, rung_values, by=strangers)
    named = pd.Series(["everybody"], index=["R001"], dtype="category")
    with pytest.raises(DataError, match="rename the group"):
        measure_ladder(rungs, rung_values, by=Partition(labels=named, scheme="others"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 95}, "level is 95"),
        ({"n_boot": -1}, "n_boot is -1"),
        ({"smallest_group": 0}, "smallest_group is 0"),
        ({"seed": "a"}, "seed is 'a': give a whole number of at least 0"),
        ({"seed": -1}, "seed is -1: give a whole number of at least 0"),
        ({"by": "plain"}, "by is 'plain': give a Partition"),
        ({"outside": float("inf")}, "outside is inf"),
        ({"choice_rule": "probit"}, "choice_rule is 'probit'"),
        ({"choice_rule": "logit"}, "scale is missing"),
        ({"scale": 1.0}, "scale is given, but only the logit rule has one"),
        ({"choice_rule": "logit", "scale": 0}, "scale is 0"),
    ],
)
def test_arguments_are_checked(
    rungs: pd.DataFrame, rung_values: pd.DataFrame, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        measure_ladder(rungs, rung_values, **arguments)


def test_a_search_without_intervals_says_so(rungs: pd.DataFrame, rung_values: pd.DataFrame) -> None:
    ladder = measure_ladder(rungs, rung_values, n_boot=0)
    assert ladder.headline.draws is None
    assert ladder.table["low"].isna().all()
    assert "No intervals were computed" in ladder.notes[-1]
    full = measure_ladder(rungs, rung_values, n_boot=10)
    np.testing.assert_allclose(ladder.table[MEASURES], full.table[MEASURES])


def test_rungs_are_offers_of_what_they_are_worth_to_everybody():
    rungs = pd.DataFrame({"rung": ["good", "best"], "price": [10.0, 20.0], "unit_cost": [4.0, 8.0]})
    values = pd.DataFrame({"respondent_id": range(40), "good": [12.0, 14.0] * 20, "best": [19.0, 25.0] * 20})
    offers = measure_ladder(rungs, values, n_boot=50, smallest_group=1).offers
    assert offers[["offer", "value", "price"]].to_numpy().tolist() == [["good", 13.0, 10.0], ["best", 22.0, 20.0]]
    assert (offers["low"] <= offers["value"]).all()
    assert (offers["value"] <= offers["high"]).all()
