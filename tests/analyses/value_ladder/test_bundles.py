"""Bundles: printed examples, what holds for any people, what a plan promises and delivers, and bad input."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cvlab.analyses.value_ladder import BundlePlan, optimise_bundles
from cvlab.errors import DataError, ParameterError
from cvlab.tables.synthetic import LINES, SEED

ROOT = Path(__file__).parents[3]
GOLDEN = yaml.safe_load((ROOT / "tests" / "golden" / "bundles.yaml").read_text(encoding="utf-8"))
OFFERS = ["A", "B", "bundle"]

crowds = hnp.arrays(
    float, st.tuples(st.integers(1, 6), st.just(2)), elements=st.integers(0, 40).map(lambda cents: cents / 4)
)


def make_asked(amounts: np.ndarray, names: str = "AB") -> pd.DataFrame:
    wide = pd.DataFrame(amounts, columns=list(names))
    wide.insert(0, "respondent_id", [f"P{number:05d}" for number in range(len(wide))])
    return wide.melt("respondent_id", var_name="component", value_name="amount")


def plan_for(amounts: np.ndarray, costs: tuple[float, ...] = (0.0, 0.0), **arguments: object) -> BundlePlan:
    names = "ABCD"[: len(costs)]
    settings_ = {"n_boot": 0, "smallest_group": 1, **arguments}
    return optimise_bundles(make_asked(amounts, names), dict(zip(names, costs, strict=True)), **settings_)


def draw_people(n: int, seed: int, correlation: float = -0.5) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.multivariate_normal([50, 40], [[225, 150 * correlation], [150 * correlation, 100]], n).clip(0)


def earn(amounts: np.ndarray, costs: np.ndarray, prices: np.ndarray) -> float:
    """Return the profit per person, people choosing one after the other among all their options."""
    total = 0.0
    for person in amounts:
        options = [(0.0, 0.0)]
        for first, second in product((False, True), repeat=2):
            taken = np.array([first, second])
            if taken.any() and np.isfinite(prices[:2][taken]).all():
                options.append(((person - prices[:2])[taken].sum(), (prices[:2] - costs)[taken].sum()))
        options.append((person.sum() - prices[2], prices[2] - costs.sum()))
        most = max(surplus for surplus, _ in options)
        total += max(margin for surplus, margin in options if surplus >= most - 1e-9)
    return total / len(amounts)


@pytest.mark.parametrize("name", list(GOLDEN))
def test_printed_examples(name: str) -> None:
    golden = GOLDEN[name]
    plan = plan_for(
        np.array(golden["reservation_prices"]), tuple(golden["unit_costs"]), tie=golden["tie"], tick=golden["tick"]
    )
    table = plan.table.set_index("strategy")
    for strategy, profit in golden["profits"].items():
        assert table.loc[strategy, "profit"] == pytest.approx(profit, abs=golden["tolerance"])
        expected = [np.nan if price is None else price for price in golden["prices"][strategy]]
        np.testing.assert_allclose(table.loc[strategy, OFFERS].astype(float), expected)
    assert plan.best == "mixed"
    assert plan.prices == dict(zip(OFFERS, golden["prices"]["mixed"], strict=True))
    assert plan.exact


@settings(deadline=None, max_examples=30)
@given(crowds, st.tuples(st.integers(0, 5), st.integers(0, 5)))
def test_few_people_get_the_best_of_all_prices(amounts: np.ndarray, costs: tuple[int, int]) -> None:
    plan = plan_for(amounts, (float(costs[0]), float(costs[1])))
    found = plan.table.set_index("strategy")["per_person"]
    # Amounts are quarters, and so are the best prices: sums and differences of amounts.
    grid = [*np.arange(0, 10.25, 0.5), np.inf]
    unit_costs = np.array(costs, dtype=float)
    random = np.random.default_rng(0)
    tried = [np.array([*random.choice(grid, 2), price]) for price in random.choice(np.arange(0, 20.25, 0.25), 60)]
    assert found["mixed"] >= max(earn(amounts, unit_costs, prices) for prices in tried) - 1e-9
    best = plan.table.set_index("strategy").loc["mixed", OFFERS].astype(float).fillna(np.inf).to_numpy()
    assert found["mixed"] == pytest.approx(earn(amounts, unit_costs, best), abs=1e-9)


def test_three_people_get_the_best_of_all_prices_on_a_full_grid() -> None:
    amounts = np.array([[1.0, 4.0], [3.0, 2.5], [4.0, 0.5]])
    prices = np.arange(0, 8.25, 0.25)
    best = max(earn(amounts, np.array([0.5, 1.0]), np.array(each)) for each in product(prices, prices, prices))
    assert plan_for(amounts, (0.5, 1.0)).table["per_person"].iloc[2] == pytest.approx(best)


@settings(deadline=None, max_examples=25)
@given(crowds, st.tuples(st.integers(0, 5), st.integers(0, 5)), st.sampled_from(["seller", "tick"]))
def test_what_holds_for_any_people(amounts: np.ndarray, costs: tuple[int, int], tie: str) -> None:
    table = plan_for(amounts, (float(costs[0]), float(costs[1])), tie=tie, tick=0.05).table.set_index("strategy")
    separate, pure, mixed = table["profit"]
    assert mixed >= max(separate, pure) - 1e-9, "mixed can do whatever the others do"
    assert separate >= 0
    assert pure >= 0
    row = table.loc["mixed"]
    if np.isfinite(row[OFFERS].astype(float)).all():
        assert row["bundle"] <= row["A"] + row["B"] + 1e-9


@settings(deadline=None, max_examples=15)
@given(crowds, st.sampled_from([0.01, 4.0, 1000.0]))
def test_scaling_money_scales_money(amounts: np.ndarray, factor: float) -> None:
    one, other = plan_for(amounts, (1.0, 2.0)), plan_for(amounts * factor, (factor, 2 * factor))
    np.testing.assert_allclose(other.table["profit"], one.table["profit"] * factor, rtol=1e-6, atol=1e-9 * factor)


@pytest.mark.parametrize("n", [25, 300])
def test_order_does_not_matter_and_input_is_left_as_it_was(n: int) -> None:
    asked = make_asked(draw_people(n, 3))
    kept = asked.copy()
    one = optimise_bundles(asked, {"A": 10.0, "B": 5.0}, n_boot=50)
    pd.testing.assert_frame_equal(asked, kept)
    shuffled = asked.sample(frac=1, random_state=1).sort_values("component", kind="stable")
    other = optimise_bundles(shuffled.set_index("respondent_id"), {"B": 5.0, "A": 10.0}, n_boot=50)
    pd.testing.assert_frame_equal(one.table, other.table)
    assert str(one.headline) == str(other.headline)


def test_weights_count_as_copies() -> None:
    amounts = draw_people(60, 4)
    asked = make_asked(amounts)
    weights = np.tile(np.where(np.arange(60) % 3, 1.0, 2.0), 2)
    weighted = optimise_bundles(asked.assign(heavy=weights), {"A": 10.0, "B": 5.0}, weights="heavy", n_boot=0)
    copies = optimise_bundles(make_asked(np.vstack([amounts, amounts[::3]])), {"A": 10.0, "B": 5.0}, n_boot=0)
    by_default = optimise_bundles(asked.assign(weight=weights), {"A": 10.0, "B": 5.0}, n_boot=0)
    # The quantiles between which prices are tried are those of rows; with own amounts they do not matter.
    np.testing.assert_allclose(weighted.table["per_person"], copies.table["per_person"], rtol=0.01)
    pd.testing.assert_frame_equal(weighted.table, by_default.table)


def test_three_components_climb_and_say_so() -> None:
    random = np.random.default_rng(5)
    amounts = random.gamma(4, 5, (200, 3))
    plan = plan_for(amounts, (3.0, 4.0, 5.0))
    assert not plan.exact
    assert any("climbing from several starts" in note for note in plan.notes)
    separate, pure, mixed = plan.table["per_person"]
    assert mixed >= max(separate, pure) - 1e-9
    assert len(plan.correlations) == 3
    assert plan.table.columns[-4:].tolist() == ["A", "B", "C", "bundle"]


def test_the_correlation_is_that_of_the_amounts() -> None:
    amounts = draw_people(400, 6)
    row = optimise_bundles(make_asked(amounts), {"A": 10.0, "B": 5.0}).correlations.iloc[0]
    assert row["correlation"] == pytest.approx(np.corrcoef(amounts.T)[0, 1])
    assert row["correlation_low"] < -0.5 < row["correlation_high"]


def test_shares_are_of_what_is_on_sale_and_those_of_the_bundle_add_up() -> None:
    shares = plan_for(draw_people(400, 7), (10.0, 5.0)).shares
    offers = shares.groupby("strategy", sort=False)["offer"].apply(list).to_dict()
    assert offers == {"separate": ["A", "B", "none"], "pure": ["bundle", "none"], "mixed": ["A", "B", "bundle", "none"]}
    assert shares.query("strategy == 'pure'")["share"].sum() == pytest.approx(1)
    assert shares.query("strategy == 'mixed'")["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_the_gain_is_against_the_better_of_today_and_selling_apart(factor: float) -> None:
    amounts, costs = draw_people(300, 8), {"A": 10.0, "B": 5.0}
    asked = make_asked(amounts)
    at_best = optimise_bundles(asked, costs)
    today = {name: factor * float(at_best.table[name].iloc[0]) for name in costs}
    plan = optimise_bundles(asked, costs, price_now=today)
    bought = (amounts >= list(today.values())) * (np.array(list(today.values())) - [10.0, 5.0])
    earned = bought.sum(axis=1).mean()
    apart = at_best.table.loc[0, "expected"]
    if factor == 1:  # what was searched is expected to earn less than the same prices do where they are known
        assert earned > apart
        assert plan.gain.now == pytest.approx(earned)
        assert "than today" in str(plan.headline)
        assert any(note.startswith("The gain is against today's prices") for note in plan.notes)
    else:
        assert earned < apart
        assert plan.gain.now == at_best.gain.now
        assert str(plan.headline) == str(at_best.headline)
        assert "than the components apart at their best prices" in str(plan.headline)
        assert any(note.startswith("The gain is against selling apart") for note in plan.notes)


def tell_and_deliver(markets: int) -> np.ndarray:
    """Return mean gains at 25 people: promised, told as if the choice were no luck, told, and delivered."""
    covariance = [[1.0, 0.3], [0.3, 1.0]]

    def draw(n: int, seed: int) -> np.ndarray:
        return np.exp(3 + 0.4 * np.random.default_rng(seed).multivariate_normal([0.0, 0.0], covariance, n))

    population, costs, found = draw(4000, 99_999), np.array([5.0, 5.0]), []
    for seed in range(markets):
        plan = optimise_bundles(make_asked(draw(25, seed)), {"A": 5.0, "B": 5.0}, n_boot=60)
        table = plan.table.set_index("strategy")[OFFERS].astype(float).fillna(np.inf)
        best, apart = (earn(population, costs, table.loc[name].to_numpy()) for name in (plan.best, "separate"))
        expected = plan.table.set_index("strategy")["expected"]
        chosen = expected[plan.best] - expected["separate"]
        found.append([plan.gain.promised, chosen, plan.gain.value, best - apart])
        assert (plan.gain.value <= 0) or any("likely too high" in note for note in plan.notes)
    return np.mean(found, axis=0)


def test_the_choice_of_the_strategy_is_luck_as_well() -> None:
    promised, without_choice, told, _ = tell_and_deliver(6)
    assert told < min(promised, without_choice)


@pytest.mark.slow
def test_the_gain_told_is_nearer_to_what_is_delivered_than_without_the_choice() -> None:
    _, without_choice, told, delivered = tell_and_deliver(200)
    assert abs(told - delivered) < abs(without_choice - delivered)


def test_a_gain_that_may_be_none_is_no_advice() -> None:
    asked = make_asked(np.exp(3 + 0.4 * np.random.default_rng(3).standard_normal((25, 2))))
    plan = optimise_bundles(asked, {"A": 5.0, "B": 5.0}, n_boot=100)
    assert plan.gain.low <= 0 < plan.gain.value
    assert str(plan.headline).startswith(
        "Sell the components apart at their best prices: whether another way earns more cannot be told. Selling"
    )


def test_whoever_wants_only_one_component_gains_nothing_from_bundles() -> None:
    one = np.column_stack([np.repeat([50.0, 30.0, 0.0, 0.0], 10), np.repeat([0.0, 0.0, 40.0, 20.0], 10)])
    plan = plan_for(one, (5.0, 5.0), n_boot=100)
    assert plan.best == "separate"
    assert plan.gain.value == 0
    assert str(plan.headline).endswith("is best for the 40 people asked: bundling gains nothing.")


def test_few_people_are_told_nothing() -> None:
    plan = optimise_bundles(make_asked(draw_people(9, 1)), {"A": 1.0, "B": 1.0})
    assert plan.table.drop(columns="strategy").isna().all(axis=None)
    assert np.isnan(plan.headline.value)
    assert str(plan.headline) == "Not enough data for bundles: respondents asked 9, needed at least 10."
    assert plan.notes[-1] == "Fewer than 10 people, so no number is given."


def test_nobody_pays_what_things_cost() -> None:
    plan = plan_for(draw_people(40, 1), (500.0, 400.0), n_boot=50)
    assert (plan.table["profit"] == 0).all()
    assert any(note.startswith("Nobody would pay what anything costs") for note in plan.notes)
    assert plan.prices == {}


def test_people_without_an_amount_for_a_component_are_left_out_and_counted() -> None:
    asked = make_asked(draw_people(40, 1))
    plan = optimise_bundles(asked.drop(index=3), {"A": 1.0, "B": 1.0}, n_boot=20)
    assert plan.n == 39
    assert plan.notes[0] == "1 of 40 people have no amount for some component and were left out."


def test_one_person() -> None:
    plan = plan_for(np.array([[10.0, 20.0]]), (1.0, 2.0))
    np.testing.assert_allclose(plan.table["profit"], 27.0)
    assert plan.best == "separate"


def spoil(**changes: object) -> pd.DataFrame:
    asked = make_asked(draw_people(20, 1))
    for column, value in changes.items():
        asked[column] = asked[column].astype(object) if isinstance(value, str) else asked[column]
        asked.loc[2, column] = value
    return asked


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (spoil(amount=-1.0), "amount, row 3: is not an amount of 0 or more"),
        (spoil(amount=np.inf), "amount, row 3: is not an amount of 0 or more"),
        (spoil(amount="much"), "amount, row 3: is not an amount of 0 or more"),
        (spoil(respondent_id="P00001"), "component, rows 2, 3: is there twice for one respondent"),
        (spoil(component="bundle"), "component, row 3: is a name that means something else here"),
        (spoil().drop(columns=["amount", "component"]), "column component: is missing"),
        (spoil().head(0), "has no rows"),
        (spoil().query("component == 'A'"), "has fewer than two components"),
        (spoil().assign(weight=0.0), "weight, rows 1, 2, 3, 4, 5 and 35 more: is not a weight"),
        (spoil().assign(weight=np.arange(40.0) + 1), "differs between the rows of one respondent"),
        (spoil().iloc[np.r_[0:10, 30:40]], "nobody has an amount for every component"),
        ([1, 2], "reservation_prices is a list"),
    ],
)
def test_bad_tables_are_named(asked: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        optimise_bundles(asked, {"A": 1.0, "B": 1.0})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"costs": {"A": 1.0}}, "costs lack B: give the unit cost of each component"),
        ({"costs": {"A": 1.0, "B": 1.0, "C": 2.0}}, "costs name C: the components are A, B"),
        ({"costs": {"A": -1.0, "B": 1.0}}, "costs are no amounts of 0 or more: A -1.0"),
        ({"costs": [1.0, 2.0]}, "costs is a list: give a mapping"),
        ({"tie": "buyer"}, "tie is 'buyer'"),
        ({"tick": 0}, "tick is 0"),
        ({"n_boot": -1}, "n_boot is -1"),
        ({"seed": "a"}, "seed is 'a'"),
        ({"price_now": {"A": 3.0}}, "price_now lacks B"),
        ({"price_now": {"A": 3.0, "B": 2.0, "both": 4.0}}, "price_now names both: the offers are A, B, bundle"),
        ({"price_now": {"A": 3.0, "B": -2.0}}, "price_now of B is -2.0"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    given_ = {"costs": {"A": 1.0, "B": 1.0}, **arguments}
    costs = given_.pop("costs")
    with pytest.raises(ParameterError, match=message):
        optimise_bundles(make_asked(draw_people(20, 1)), costs, **given_)


@pytest.mark.parametrize("slug", list(LINES))
def test_planted_profits_of_the_sample_lines_lie_in_their_intervals(slug: str) -> None:
    folder = ROOT / "data" / "sample" / slug
    records = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    truths = {
        record["key"].removeprefix("value_ladder.bundles."): record["value"]
        for record in records
        if record["key"].startswith("value_ladder.bundles.")
    }
    line = LINES[slug]
    plan = optimise_bundles(pd.read_csv(folder / "reservation_prices.csv"), line.bundle_costs, level=0.999, n_boot=400)
    table = plan.table.set_index("strategy")
    for strategy, row in table.iterrows():
        assert row["expected_low"] <= truths[f"{strategy}.profit"] <= row["expected_high"], strategy
    correlation = plan.correlations.iloc[0]
    assert correlation["correlation_low"] <= truths["correlation"] <= correlation["correlation_high"]
    if slug == "fitness-trackers":
        assert plan.best == "mixed"
        assert plan.gain.low > 0
    # What the prices deliver in the population, against the best there.
    amounts = line.reservation_amounts(line.draw_large(SEED, 5000))
    prices = np.array([plan.prices.get(name, np.inf) for name in (*line.bundle_costs, "bundle")])
    delivered = earn(amounts, np.array(list(line.bundle_costs.values())), prices)
    assert delivered >= 0.95 * truths["mixed.profit"]


def count_kept_promises(markets: int, *, n: int = 120) -> tuple[float, float, float]:
    """Return how often the interval holds what mixed bundling delivers, and the mean errors with and without luck."""
    costs, population = np.array([20.0, 15.0]), draw_people(4000, 999)
    held, errors, promises = [], [], []
    for seed in range(markets):
        asked = make_asked(draw_people(n, seed))
        plan = optimise_bundles(asked, {"A": 20.0, "B": 15.0}, n_boot=100)
        row = plan.table.set_index("strategy").loc["mixed"]
        prices = row[OFFERS].astype(float).fillna(np.inf).to_numpy()
        delivered = earn(population, costs, prices)
        held.append(row["expected_low"] <= delivered <= row["expected_high"])
        errors.append(row["expected"] - delivered)
        promises.append(row["per_person"] - delivered)
    return float(np.mean(held)), float(np.mean(errors)), float(np.mean(promises))


def test_what_is_expected_is_delivered() -> None:
    held, error, promised = count_kept_promises(6, n=60)
    assert held >= 4 / 6
    assert abs(error) < promised, "the promise of the people asked is too large"


@pytest.mark.slow
def test_intervals_hold_what_is_delivered() -> None:
    held, error, promised = count_kept_promises(200)
    assert held >= 0.90
    assert abs(error) < promised / 2


def test_no_price_is_what_a_single_person_named():
    random = np.random.default_rng(20261122)
    amounts = np.round(random.uniform(20, 90, size=(25, 2)), 2)
    asked = pd.DataFrame(
        {
            "respondent_id": np.repeat(np.arange(25), 2),
            "component": np.tile(["lease", "service"], 25),
            "amount": amounts.reshape(-1),
        }
    )
    plan = optimise_bundles(asked, {"lease": 10.0, "service": 10.0}, n_boot=20)
    shown = plan.table[["lease", "service", "bundle"]].to_numpy().reshape(-1)
    named = {*amounts.reshape(-1), *np.round(amounts.sum(axis=1), 2)}
    assert not {round(float(price), 2) for price in shown if np.isfinite(price)} & named
