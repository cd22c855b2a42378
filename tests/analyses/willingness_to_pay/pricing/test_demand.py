"""Demand from sales, amounts, ladders and models agrees with what is known by hand, by other code, and by design."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import (
    Demand,
    compare_stated_revealed,
    estimate_choice,
    estimate_demand,
    estimate_gabor_granger,
    estimate_price_sensitivity,
)
from cvlab.analyses.willingness_to_pay.pricing.amount_steps import smooth_steps
from cvlab.analyses.willingness_to_pay.pricing.curve import fall_monotonically, interpolate
from cvlab.analyses.willingness_to_pay.pricing.elasticity import fit_slopes
from cvlab.errors import DataError, ParameterError

AMOUNTS = pd.DataFrame({"respondent_id": range(20), "amount": [10.0, 20, 30, 40] * 5})


def test_amounts_are_an_empirical_survival_curve() -> None:
    demand = estimate_demand(AMOUNTS, smallest_group=5)
    assert demand.table["price"].tolist() == [10, 20, 30, 40, 50]
    assert demand.table["quantity"].tolist() == pytest.approx([100, 75, 50, 25, 0])
    assert demand.unit == "people per 100 asked"
    assert demand.at([25.0])[0].tolist() == [pytest.approx(62.5, abs=1)]
    assert np.isnan(demand.at([9.0, 51.0])[0]).all()
    # Everybody pays 10: a bootstrap sees no doubt, and Wilson's bound does.
    assert demand.table["low"][0] == pytest.approx(83.9, abs=0.1)


def people_between(amounts: pd.Series, prices: np.ndarray) -> np.ndarray:
    return np.array([((amounts >= low) & (amounts < high)).sum() for low, high in pairwise(prices)])


@pytest.mark.parametrize("n", [25, 40, 200, 600])
def test_no_price_is_what_one_person_named(market: SimpleNamespace, n: int) -> None:
    amounts = market.ask_amounts(np.random.default_rng(20), n=n)
    demand = estimate_demand(amounts)
    steps = demand.prices_asked
    assert people_between(amounts["amount"], steps).min() >= 10
    assert np.diff(steps) == pytest.approx(steps[1] - steps[0])
    assert set(demand.table["price"]) <= set(steps)
    # Where people stand inside a step changes nothing that is told.
    counted = np.array([[(amounts["amount"] >= price).mean() for price in steps]])
    told = smooth_steps(steps, counted, demand.curve["price"].to_numpy())[0]
    assert demand.curve["quantity"].to_numpy() == pytest.approx(100 * told)
    assert any("no price is what one person named" in note for note in demand.notes)


def test_a_refused_demand_keeps_nothing_of_the_people(market: SimpleNamespace) -> None:
    amounts = market.ask_amounts(np.random.default_rng(21), n=9)
    demand = estimate_demand(amounts)
    assert demand.table.empty
    assert demand.curve.empty
    assert demand.answers is None
    assert len(demand.prices_asked) == len(demand.basis.prices) == demand.draws.shape[1] == 0
    assert not any(f"{amount:g}" in repr(demand) + repr(demand.basis) for amount in amounts["amount"])
    assert np.isnan(demand.observed_range).all()
    assert np.isnan(demand.at([100.0])[0]).all()
    assert "Not enough data: 9 people" in str(demand.elasticity(100.0).headline)
    assert "Not enough data: 9 people" in str(compare_stated_revealed(demand, None).demand.headline)


def test_amounts_too_few_to_fill_a_step_are_refused() -> None:
    few = pd.DataFrame({"respondent_id": range(12), "amount": np.linspace(3.0, 60.0, 12)})
    demand = estimate_demand(few)
    assert not demand.enough
    assert demand.table.empty
    assert "do not fill a step of the price with 10 of them" in str(demand.headline)


def test_prices_that_were_put_to_people_stay_where_a_demand_is_refused(market: SimpleNamespace) -> None:
    ladder = market.climb(market.ask_amounts(np.random.default_rng(22), n=6), (70.0, 90.0, 110.0))
    demand = estimate_demand(ladder)
    assert demand.prices_asked.tolist() == [70, 90, 110]
    assert demand.table.empty
    assert np.isnan(demand.basis.estimate).all()
    assert np.isnan(demand.draws).all()


def test_amounts_out_of_all_measure_decide_nothing(market: SimpleNamespace) -> None:
    amounts = market.ask_amounts(np.random.default_rng(25), n=300)
    shouted = pd.concat([amounts, pd.DataFrame({"respondent_id": [-1], "amount": [1e12]})])
    assert estimate_demand(shouted).prices_asked.tolist() == estimate_demand(amounts).prices_asked.tolist()
    plain, huge = estimate_demand(amounts), estimate_demand(amounts.assign(amount=amounts["amount"] * 1e200))
    assert huge.headline.value == pytest.approx(plain.headline.value, rel=0.01)
    assert "E202 EUR" in str(huge.headline)
    same = estimate_demand(amounts.assign(amount=50.0))
    assert not same.enough or same.table["quantity"].iloc[0] == 100


def test_rows_of_one_person_do_not_fill_a_step(market: SimpleNamespace) -> None:
    people = market.ask_amounts(np.random.default_rng(23), n=8)
    draws = pd.concat([people] * 20)
    assert not estimate_demand(draws).enough
    many = market.ask_amounts(np.random.default_rng(24), n=100)
    steps = estimate_demand(pd.concat([many] * 20)).prices_asked
    assert people_between(many["amount"], steps).min() >= 10


def test_weights_and_repeated_rows_of_a_person_count_as_they_should() -> None:
    weighted = estimate_demand(AMOUNTS.assign(weight=[1.0, 1, 1, 2] * 5), smallest_group=5)
    assert weighted.table["quantity"].tolist() == pytest.approx([100, 80, 60, 40, 0])
    assert any("Weighted" in note for note in weighted.notes)
    scaled = estimate_demand(AMOUNTS.assign(weight=[3.0, 3, 3, 6] * 5), smallest_group=5)
    pd.testing.assert_frame_equal(weighted.table, scaled.table)
    twice = estimate_demand(pd.concat([AMOUNTS, AMOUNTS]))
    pd.testing.assert_frame_equal(twice.table, estimate_demand(AMOUNTS).table)


def test_a_ladder_gives_the_shares_of_gabor_granger(market: SimpleNamespace) -> None:
    ladder = market.climb(market.ask_amounts(np.random.default_rng(1)), (70.0, 90.0, 110.0, 140.0))
    ours, theirs = estimate_demand(ladder), estimate_gabor_granger(ladder)
    assert ours.table["quantity"].to_numpy() == pytest.approx(100 * theirs.table["share"].to_numpy())
    again = estimate_demand(theirs)
    assert again.basis.discrete
    assert again.prices_asked.tolist() == [70, 90, 110, 140]
    assert again.table["quantity"].to_numpy() == pytest.approx(ours.table["quantity"].to_numpy())


def test_log_log_is_poisson_pseudo_likelihood_of_the_totals(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(2))
    totals = sales.groupby("price_paid")["quantity"].sum()
    x = np.column_stack([np.ones(5), np.log(totals.index)])
    oracle = GLM(totals.to_numpy(), x, family=Poisson()).fit(tol=1e-12)
    demand = estimate_demand(sales, experiment=True)
    assert demand.headline.value == pytest.approx(oracle.params[1], abs=1e-7)
    # Each price was offered to all, so if all offers had one price five times as much would be sold.
    assert demand.table["quantity"].to_numpy() == pytest.approx(5 * oracle.fittedvalues, rel=1e-6)
    assert demand.elasticity(27.0).headline.value == pytest.approx(oracle.params[1], abs=1e-3)


def test_exposure_is_an_offset(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(3))
    offers = dict(zip(market.prices, [100.0, 200, 300, 200, 100], strict=True))
    totals = sales.groupby("price_paid")["quantity"].sum()
    x = np.column_stack([np.ones(5), np.log(totals.index)])
    oracle = GLM(totals.to_numpy(), x, family=Poisson(), exposure=list(offers.values())).fit(tol=1e-12)
    demand = estimate_demand(sales, exposure=offers)
    assert demand.headline.value == pytest.approx(oracle.params[1], abs=1e-7)
    assert demand.table["quantity"].to_numpy() == pytest.approx(
        900 * oracle.fittedvalues / list(offers.values()), rel=1e-6
    )
    assert not any("equally often" in note for note in demand.notes)
    tenfold = estimate_demand(sales, exposure=pd.Series(offers) * 10)
    pd.testing.assert_frame_equal(demand.table, tenfold.table)


def test_rows_that_are_missing_where_nothing_was_bought_do_not_flatten_demand(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(4), n=3000, scale=0.3)
    naive = np.polyfit(np.log(sales["price_paid"]), np.log(sales["quantity"]), 1)[0]
    demand = estimate_demand(sales, experiment=True, n_customers=3000)
    assert naive > -0.7  # what regressing the rows would say
    assert demand.headline.low < -1.8 < demand.headline.high


def test_intervals_of_sales_allow_customers_purchases_to_resemble_each_other(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(5))
    alone = estimate_demand(sales.assign(customer_id=np.arange(len(sales))))
    together = estimate_demand(sales)
    spread = [np.ptp(each.table.iloc[2][["low", "high"]]) for each in (alone, together)]
    assert spread[1] > 1.2 * spread[0]


def test_isotonic_sales_never_rise_and_agree_with_scikit_learn() -> None:
    units = [50.0, 60, 30, 35, 10]
    sales = pd.DataFrame({"customer_id": np.arange(50) % 25, "price_paid": np.repeat([1.0, 2, 3, 4, 5], 10)}).assign(
        quantity=np.repeat(units, 10) / 10
    )
    demand = estimate_demand(sales, method="isotonic")
    assert demand.table["quantity"].tolist() == pytest.approx([275, 275, 162.5, 162.5, 50])
    assert (np.diff(demand.draws, axis=1) <= 1e-9).all()
    assert demand.basis.discrete


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_monotone_fit_is_isotonic_regression(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values, weights = random.normal(size=(3, n)).round(1), random.uniform(0.1, 3, n)
    fitted = fall_monotonically(values, weights)
    isotonic = IsotonicRegression(increasing=False)
    for row, found in zip(values, fitted, strict=True):
        assert found == pytest.approx(isotonic.fit(np.arange(n), row, weights).predict(np.arange(n)))


@given(st.floats(0.01, 1000), st.floats(-5, -0.1), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_slopes_do_not_depend_on_units_and_find_any_constant_elasticity(scale: float, b: float, seed: int) -> None:
    price = np.sort(np.random.default_rng(seed).uniform(5, 80, 6))
    quantity = (price / price.mean()) ** b
    assert fit_slopes(np.log(scale * price), 7 * quantity[None])[0] == pytest.approx(b, abs=1e-6)


def test_slopes_count_a_price_at_which_nothing_was_sold() -> None:
    x = np.log([10.0, 20, 40])
    with_zero, without = fit_slopes(x, np.array([[8.0, 2.0, 0.0]]))[0], fit_slopes(x[:2], np.array([[8.0, 2.0]]))[0]
    assert with_zero < without == pytest.approx(-2)
    assert np.isnan(fit_slopes(x, np.array([[8.0, 0.0, 0.0]]))[0])


def test_interpolation_knows_nothing_outside() -> None:
    found = interpolate(np.array([1.0, 3.0]), np.array([4.0, 8.0]), np.array([0.5, 1.0, 2.0, 3.0, 3.1]))
    assert found[1:4].tolist() == [4, 6, 8]
    assert np.isnan(found[[0, 4]]).all()


def test_order_of_rows_and_scale_of_prices_are_irrelevant_and_input_stays(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(6), n=100)
    before = sales.copy(deep=True)
    demand = estimate_demand(sales)
    pd.testing.assert_frame_equal(sales, before)
    scaled = estimate_demand(sales.assign(price_paid=10 * sales["price_paid"]))
    assert scaled.table["price"].to_numpy() == pytest.approx(10 * demand.table["price"].to_numpy())
    assert scaled.table["quantity"].to_numpy() == pytest.approx(demand.table["quantity"].to_numpy())
    assert scaled.headline.value == pytest.approx(demand.headline.value)
    shuffled = estimate_demand(sales.sample(frac=1, random_state=1).set_index("customer_id"))
    assert shuffled.table["quantity"].to_numpy() == pytest.approx(demand.table["quantity"].to_numpy())


def test_choices_need_offers_and_the_name_of_the_one_that_moves(market: SimpleNamespace) -> None:
    model = estimate_choice(
        market.choose(np.random.default_rng(7)), attributes=["extra"], price="price", outside="none"
    )
    with pytest.raises(ParameterError, match=r"ChoiceModel: give offers .* and vary"):
        estimate_demand(model)
    offers = pd.DataFrame({"alternative": ["ours", "theirs"], "extra": [1, 0], "price": [30.0, 30.0]})
    demand = estimate_demand(model, offers=offers, vary="ours")
    at_30 = model.shares(offers).table.set_index("alternative").loc["ours", "share"]
    assert demand.at([30.0])[0][0] == pytest.approx(100 * at_30, abs=1e-6)
    true = 1 / (1 + (1 + np.exp(3 - 2.4)) / np.exp(4 - 2.4))
    low, high = np.quantile(demand.at([30.0])[1], [0.0005, 0.9995])
    assert low < 100 * true < high
    assert (np.diff(demand.curve["quantity"]) < 0).all()
    assert not demand.basis.discrete


def test_choices_without_an_outside_option_are_no_demand(market: SimpleNamespace) -> None:
    tasks = market.choose(np.random.default_rng(8))
    answered = tasks[tasks["alternative"] != "none"].groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1
    inside = tasks[tasks["alternative"] != "none"][answered]
    model = estimate_choice(inside, attributes=["extra"], price="price")
    offers = pd.DataFrame({"alternative": ["ours", "theirs"], "extra": [1, 0], "price": [30.0, 30.0]})
    demand = estimate_demand(model, offers=offers, vary="ours")
    assert demand.unit == "choices per 100"
    assert any("not demand" in note for note in demand.notes)


def test_prices_of_ones_own_restrict_the_grid(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(9), n=100)
    demand = estimate_demand(sales, prices=np.array([20.0, 25.0, 30.0]))
    assert demand.curve["price"].tolist() == [20, 25, 30]
    assert demand.basis.discrete
    with pytest.raises(ParameterError, match=r"1 of 2 lie outside the observed prices €18.00 to €40.00"):
        estimate_demand(sales, prices=np.array([20.0, 50.0]))
    with pytest.raises(ParameterError, match="was never charged"):
        estimate_demand(sales, prices=np.array([20.0, 22.0]), method="isotonic")


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ("x", "prices are not numbers"),
        ([np.nan], "at least two different finite prices"),
        ([-1, 80], "lie outside the observed prices"),
        ([], "at least two different finite prices"),
        ([500.0, 80.0], "1 of 2 lie outside the observed prices €70.00 to €140.00"),
    ],
)
def test_prices_restrict_a_ladder_too_or_are_refused(market: SimpleNamespace, prices: object, message: str) -> None:
    ladder = market.climb(market.ask_amounts(np.random.default_rng(1)), (70.0, 90.0, 110.0, 140.0))
    for source in (ladder, market.ask_amounts(np.random.default_rng(1))):
        with pytest.raises(ParameterError, match=message.partition(" €")[0]):
            estimate_demand(source, prices=prices)  # type: ignore[arg-type]
    some, all_of_it = estimate_demand(ladder, prices=np.array([80.0, 110.0])), estimate_demand(ladder)
    assert some.curve["price"].tolist() == [80, 110]
    assert some.at([80.0])[0][0] == pytest.approx(all_of_it.at([80.0])[0][0])
    assert some.at([110.0])[1] == pytest.approx(all_of_it.at([110.0])[1])


def test_seeds_and_prices_that_are_none_are_refused(market: SimpleNamespace) -> None:
    for seed in (-1, "x", 1.5):
        with pytest.raises(ParameterError, match=f"seed is {seed!r}: give a whole number of at least 0"):
            estimate_demand(AMOUNTS, seed=seed)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"prices is .*: give prices as numbers"):
        estimate_demand(AMOUNTS, smallest_group=5).at(["dear"])


def test_elasticity_at_a_price_is_the_slope_around_it() -> None:
    worth = pd.DataFrame({"respondent_id": range(1000), "amount": np.linspace(0.05, 50, 1000)})
    found = estimate_demand(worth).elasticity(20.0)
    # Linear demand 50 - p: the elasticity at 20 is -20 / 30, as an arc between 18 and 22 a little more.
    assert found.headline.value == pytest.approx(np.log(28 / 32) / np.log(22 / 18), abs=0.02)
    assert found.headline.low < found.headline.value < found.headline.high
    assert "At €20.00" in str(found.headline)
    with pytest.raises(ParameterError, match="demand is known only from"):
        estimate_demand(worth).elasticity(60.0)


def test_groups_have_a_demand_of_their_own(market: SimpleNamespace) -> None:
    amounts = market.ask_amounts(np.random.default_rng(10), n=200)
    amounts["amount"] *= np.where(amounts["respondent_id"] < 100, 1.0, 2.0)
    labels = pd.Series(np.where(amounts["respondent_id"] < 100, "low", "high"), index=amounts["respondent_id"])
    by = Partition(labels=labels.astype("category"), scheme="half")
    demand = estimate_demand(amounts, by=by)
    assert demand.groups is not None
    low, high = demand.groups.results["low"], demand.groups.results["high"]
    assert high.at([115.0])[0][0] > low.at([115.0])[0][0] + 40
    assert set(demand.groups.table["group"]) == {"low", "high"}
    pd.testing.assert_frame_equal(demand.table, estimate_demand(amounts).table)
    sensitive = Partition(labels=labels.astype("category"), scheme="age", made_from=("age",), sensitive=("age",))
    with pytest.raises(ParameterError, match="marked as sensitive"):
        estimate_demand(amounts, by=sensitive)
    assert estimate_demand(amounts, by=sensitive, allow_sensitive=True).groups is not None
    ladder = estimate_gabor_granger(market.climb(amounts, (80.0, 120.0, 200.0)), by=by)
    grouped = estimate_demand(ladder).groups
    assert grouped is not None
    assert grouped.results["high"].at([120.0])[0][0] > grouped.results["low"].at([120.0])[0][0]


def test_too_few_people_are_not_shown() -> None:
    demand = estimate_demand(AMOUNTS.head(9))
    assert demand.table[["quantity", "low", "high"]].isna().all(axis=None)
    assert demand.curve.empty
    assert "9 people stand behind this demand, and at least 10" in str(demand.headline)
    assert np.isnan(demand.elasticity(20.0).headline.value)
    assert np.isnan(demand.at([20.0])[1]).all()
    asked = pd.DataFrame({"respondent_id": range(8), "price": [10.0, 20] * 4, "would_buy": ["yes", "no"] * 4})
    assert not estimate_demand(estimate_gabor_granger(asked)).enough


def test_a_demand_that_nobody_has_says_so() -> None:
    asked = pd.DataFrame({"respondent_id": np.repeat(range(20), 2), "price": [10.0, 20] * 20, "would_buy": "no"})
    demand = estimate_demand(asked)
    assert demand.table["quantity"].tolist() == [0, 0]
    assert demand.table["high"].min() > 10
    assert "no slope" in str(demand.headline)


def test_price_sensitivity_gives_its_trial_as_demand() -> None:
    random = np.random.default_rng(11)
    answers = pd.DataFrame(
        np.cumsum(np.exp(random.normal(2, 0.3, (80, 4))), axis=1).round(),
        columns=["too_cheap", "cheap", "expensive", "too_expensive"],
    ).assign(buy_cheap=4, buy_expensive=2)
    result = estimate_price_sensitivity(answers)
    demand = estimate_demand(result)
    price = float(demand.curve["price"].iloc[100])
    assert demand.at([price])[0][0] == pytest.approx(100 * result.demand_at(np.array([price]))[0][0])
    assert any("answers run high" in note for note in demand.notes)


def describe(demand: Demand) -> str:
    return " ".join(demand.notes)


def test_notes_say_what_sales_can_and_cannot_show(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(12), n=50).assign(date=pd.Timestamp("2026-03-01"))
    assert "association, not an effect" in describe(estimate_demand(sales))
    assert not estimate_demand(sales).basis.trusted
    shown = estimate_demand(sales, experiment=True, n_customers=50)
    assert "assigned by chance, so what differs" in describe(shown)
    assert "never bought" not in describe(shown)
    assert "2026-03-01" in describe(shown)
    assert "Quantities are units." in describe(shown)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"price_paid": 20.0}, "€20.00 in every row: sales at one price"),
        ({"quantity": -1.0}, "quantity is not above 0 in"),
        ({"quantity": np.nan}, "quantity has .* missing values"),
        ({"sku": ["a", "b"]}, "2 articles are mixed.*table\\['sku'\\] == 'a'"),
        ({"customer_id": None}, "customer_id is missing"),
    ],
)
def test_sales_that_cannot_be_used(market: SimpleNamespace, change: dict[str, object], message: str) -> None:
    sales = market.sell(np.random.default_rng(13), n=20)
    change = {
        name: (value * len(sales))[: len(sales)] if isinstance(value, list) else value for name, value in change.items()
    }
    with pytest.raises(DataError, match=message):
        estimate_demand(sales.assign(**change))


def test_other_input_that_cannot_be_used(market: SimpleNamespace) -> None:
    sales = market.sell(np.random.default_rng(14), n=20)
    with pytest.raises(ParameterError, match=r"exposure lacks €18.00, €22.00"):
        estimate_demand(sales, exposure={27.0: 10, 33.0: 10, 40.0: 10})
    with pytest.raises(ParameterError, match="exposure is not above 0"):
        estimate_demand(sales, exposure=dict.fromkeys(market.prices, 0.0))
    with pytest.raises(ParameterError, match=r"n_customers is 3, but .* customers bought"):
        estimate_demand(sales, n_customers=3)
    with pytest.raises(ParameterError, match="method is 'linear'"):
        estimate_demand(sales, method="linear")
    with pytest.raises(ParameterError, match="source is a int: give a result with a demand"):
        estimate_demand(3)
    with pytest.raises(ParameterError, match="offers and vary go with models of choice"):
        estimate_demand(sales, vary="a")
    with pytest.raises(DataError, match="amounts lacks column amount"):
        estimate_demand(AMOUNTS.rename(columns={"amount": "worth"}))
    with pytest.raises(DataError, match=r"amount is below 0 in 5 rows.*2 components are mixed"):
        estimate_demand(AMOUNTS.assign(amount=AMOUNTS["amount"] - 15, component=["a", "b"] * 10))
    with pytest.raises(DataError, match="nobody would pay anything"):
        estimate_demand(AMOUNTS.assign(amount=0.0))
    ladder = estimate_gabor_granger(market.climb(AMOUNTS, (15.0, 25.0)))
    by = Partition(labels=pd.Series(["a", "b"] * 10, dtype="category"), scheme="letters")
    with pytest.raises(ParameterError, match="by goes with tables"):
        estimate_demand(ladder, by=by)
