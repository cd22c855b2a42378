"""The conditional logit: published numbers, statsmodels as an oracle, invariances, prediction, caveats and messages."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlab.analyses.willingness_to_pay import ChoiceModel, estimate_choice
from cvlab.errors import DataError, ParameterError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from statsmodels.datasets import modechoice
    from statsmodels.discrete.conditional_models import ConditionalLogit

TRUTH = {"battery_days": 0.12, "gps: yes": 0.8, "screen: oled": 0.5, "price": -0.04, "none": -1.0}
ATTRIBUTES = ["battery_days", "gps", "screen"]
NOBODY = "Nobody could decline, so the choices give shares among these offers, not demand."


def draw_tasks(
    n: int = 60, *, seed: int = 0, n_tasks: int = 8, price_weight: float = TRUTH["price"], spread: float = 0.0
) -> pd.DataFrame:
    """Tasks of three offers and nothing, answered by the logit with the weights of TRUTH.

    With `spread`, people differ in their willingness to stay out, so that one person's choices resemble each other.
    """
    random = np.random.default_rng(seed)
    shape = (n, n_tasks, 3)
    battery = random.choice([3.0, 7.0, 14.0], shape)
    gps, oled = random.integers(0, 2, shape), random.integers(0, 2, shape)
    price = random.choice([39.0, 59.0, 79.0, 99.0], shape)
    utility = TRUTH["battery_days"] * battery + TRUTH["gps: yes"] * gps + TRUTH["screen: oled"] * oled
    utility = utility + price_weight * price
    out = TRUTH["none"] + spread * random.normal(size=(n, 1, 1)) + np.zeros((n, n_tasks, 1))
    pick = (np.concatenate([utility, out], axis=2) + random.gumbel(size=(n, n_tasks, 4))).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices((n, n_tasks, 4)))
    inside = offer < 3
    at = (person, task, np.minimum(offer, 2))
    return pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in person],
            "task": task + 1,
            "alternative": np.array(["a", "b", "c", "none"])[offer],
            "battery_days": np.where(inside, battery[at], np.nan),
            "gps": pd.Series(np.where(gps[at] == 1, "yes", "no")).where(inside),
            "screen": pd.Series(np.where(oled[at] == 1, "oled", "lcd")).where(inside),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def fit(tasks: pd.DataFrame, **changes: Any) -> ChoiceModel:
    arguments = {"attributes": ATTRIBUTES, "price": "price", "outside": "none", **changes}
    return estimate_choice(tasks, **arguments)


def estimates(model: Any) -> dict[str, float]:
    return dict(zip(model.table["attribute"], model.table["estimate"], strict=True))


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="module")
def model(tasks: pd.DataFrame) -> ChoiceModel:
    return fit(tasks)


@pytest.fixture(scope="module")
def travel() -> pd.DataFrame:
    read = modechoice.load_pandas().data
    read["mode"] = read["mode"].map({1: "air", 2: "train", 3: "bus", 4: "car"})
    return read.assign(hinc_air=read["hinc"] * (read["mode"] == "air"))


def fit_travel(travel: pd.DataFrame, **changes: Any) -> ChoiceModel:
    arguments = {
        "attributes": ["ttme", "hinc_air"],
        "price": "gc",
        "respondent": "individual",
        "task": "individual",
        "alternative": "mode",
        "chosen": "choice",
        "alternative_constants": True,
        "base_alternative": "car",
        **changes,
    }
    return estimate_choice(travel, **arguments)


@pytest.fixture(scope="module")
def golden(checkout: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((checkout / "tests/golden/willingness_to_pay.yaml").read_text(encoding="utf-8")))


# Truth


def test_travel_mode_as_printed(travel: pd.DataFrame, golden: dict[str, Any]) -> None:
    model, printed = fit_travel(travel), golden["travel_mode"]
    found = estimates(model)
    assert set(found) == set(printed["attributes"])
    for name, value in printed["attributes"].items():
        assert found[name] == pytest.approx(value, abs=printed["tolerance"]), name
    assert model.log_likelihood == pytest.approx(printed["log_likelihood"], abs=printed["tolerance"])
    assert model.null_log_likelihood == pytest.approx(printed["null_log_likelihood"], abs=printed["tolerance"])
    assert model.mcfadden_r2 == pytest.approx(1 - 199.1284 / 291.1218, abs=1e-5)
    assert (model.n_choices, model.n_respondents) == (210, 210)


def test_travel_mode_to_more_digits(travel: pd.DataFrame, golden: dict[str, Any]) -> None:
    model, digits = fit_travel(travel), golden["travel_mode_digits"]
    found = estimates(model)
    for name, value in digits["attributes"].items():
        assert found[name] == pytest.approx(value, rel=digits["tolerance"], abs=digits["tolerance"]), name
    assert model.log_likelihood == pytest.approx(digits["log_likelihood"], abs=1e-6)


def test_statsmodels_agrees_on_estimates_errors_and_likelihood(tasks: pd.DataFrame) -> None:
    model = fit(tasks, clustered=False)
    inside = tasks["alternative"] != "none"
    columns = pd.DataFrame(
        {
            "battery_days": tasks["battery_days"].fillna(0),
            "gps: yes": (tasks["gps"] == "yes") * 1.0,
            "screen: oled": (tasks["screen"] == "oled") * 1.0,
            "price": tasks["price"].fillna(0),
            "none": (~inside) * 1.0,
        }
    )
    groups = tasks.groupby(["respondent_id", "task"]).ngroup()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = ConditionalLogit(tasks["chosen"], columns, groups=groups).fit(method="newton", disp=False)
    assert estimates(model) == pytest.approx(oracle.params.to_dict(), rel=1e-6)
    assert model.log_likelihood == pytest.approx(oracle.llf, abs=1e-8)
    errors = dict(zip(model.table["attribute"], model.table["std_error"], strict=True))
    assert errors == pytest.approx(oracle.bse.to_dict(), rel=1e-4)


def test_clustered_errors_are_the_sandwich_summed_by_person(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    plain = fit(tasks, clustered=False)
    weights = model.table["estimate"].to_numpy()
    columns, choices = model.choices.columns, model.choices
    scores = np.zeros((choices.n_respondents, columns.shape[1]))
    for start, size, chosen, person in zip(
        choices.starts, choices.sizes, choices.chosen, choices.respondents, strict=True
    ):
        shown = columns[start : start + size]
        share = np.exp(shown @ weights) / np.exp(shown @ weights).sum()
        scores[person] += columns[chosen] - share @ shown
    assert scores.sum(axis=0) == pytest.approx(0, abs=1e-6)  # the gradient is 0 at the maximum
    inverse = plain.covariance.to_numpy()
    expected = inverse @ scores.T @ scores @ inverse * choices.n_respondents / (choices.n_respondents - 1)
    assert model.covariance.to_numpy() == pytest.approx(expected, rel=1e-6)


def test_people_who_resemble_themselves_widen_the_intervals_of_what_they_share() -> None:
    alike = draw_tasks(seed=3, n_tasks=30, spread=2.0)
    clustered, plain = (
        fit(alike, clustered=choice).table.set_index("attribute")["std_error"] for choice in (True, False)
    )
    assert clustered["none"] > 1.5 * plain["none"]


def cover(repeats: int, interval: str, first_seed: int) -> pd.Series:
    """Share of repeats in which the intervals of willingness to pay hold the planted truth."""
    truth = pd.Series({name: -value / TRUTH["price"] for name, value in TRUTH.items() if name != "price"})
    held = []
    for repeat in range(repeats):
        table = fit(draw_tasks(50, seed=first_seed + repeat)).willingness_to_pay(interval=interval, seed=repeat).table
        table = table.set_index("attribute")
        held.append(truth.between(table["low"], table["high"]))
    return pd.DataFrame(held).mean()


@pytest.mark.parametrize("interval", ["delta", "krinsky-robb"])
def test_intervals_cover_the_truth_in_a_few_repeats(interval: str) -> None:
    assert (cover(40, interval, 500) >= 0.85).all()


@pytest.mark.slow
@pytest.mark.parametrize("interval", ["delta", "krinsky-robb"])
def test_intervals_cover_the_truth_as_often_as_they_say(interval: str) -> None:
    covered = cover(400, interval, 10_000)
    assert covered.between(0.92, 0.98).all(), covered.to_dict()


# What must not matter


def test_order_of_rows_and_the_input_stay_as_they_are(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    before = tasks.copy(deep=True)
    shuffled = fit(tasks.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(tasks, before)
    pd.testing.assert_frame_equal(shuffled.table, model.table)
    assert shuffled.log_likelihood == model.log_likelihood


@given(factor=st.floats(0.001, 1000))
@settings(max_examples=15, deadline=None)
def test_scaling_prices_scales_every_worth(factor: float) -> None:
    tasks = draw_tasks(30, seed=1)
    plain = fit(tasks).willingness_to_pay().table
    scaled = fit(tasks.assign(price=tasks["price"] * factor)).willingness_to_pay().table
    for column in ("estimate", "std_error", "low", "high"):
        assert scaled[column].to_numpy() == pytest.approx(plain[column].to_numpy() * factor, rel=1e-6)


@given(seed=st.integers(0, 10**6), size=st.floats(0.1, 1000))
@settings(max_examples=10, deadline=None)
def test_adding_the_same_to_all_alternatives_of_a_task_changes_nothing(seed: int, size: float) -> None:
    tasks = draw_tasks()
    tasks = tasks[tasks["alternative"] != "none"]
    kept = tasks.groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1
    tasks = tasks[kept]
    number = tasks.groupby(["respondent_id", "task"]).ngroup().to_numpy()
    moved = tasks.assign(battery_days=tasks["battery_days"] + np.random.default_rng(seed).normal(0, size, 480)[number])
    assert estimates(fit(moved, outside=None)) == pytest.approx(estimates(fit(tasks, outside=None)), rel=1e-6)


def test_respondent_may_be_the_index_and_ids_of_any_kind(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    indexed = tasks.set_index("respondent_id")
    pd.testing.assert_frame_equal(fit(indexed).table, model.table)
    numbered = tasks.assign(respondent_id=tasks["respondent_id"].str[1:].astype(int))
    pd.testing.assert_frame_equal(fit(numbered).table, model.table)


def test_what_the_outside_option_has_in_its_cells_is_ignored(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    outside = tasks["alternative"] == "none"
    filled = tasks.copy()
    filled.loc[outside, ["battery_days", "price"]] = [99.0, 1.0]
    filled.loc[outside, ["gps", "screen"]] = ["yes", "none of them"]
    pd.testing.assert_frame_equal(fit(filled).table, model.table)


def test_tasks_may_differ_in_size(tasks: pd.DataFrame) -> None:
    # Offer "c" is withheld from every other task in which it was not chosen: by independence of irrelevant
    # alternatives the estimates stay close to the truth.
    withheld = (tasks["alternative"] == "c") & (tasks["chosen"] == 0) & (tasks["task"] % 2 == 0)
    model = fit(tasks[~withheld])
    assert model.n_choices == 60 * 8
    assert model.null_log_likelihood > -60 * 8 * math.log(4)
    table = model.table.set_index("attribute")
    assert (
        abs(table.loc["screen: oled", "estimate"] - TRUTH["screen: oled"]) < 4 * table.loc["screen: oled", "std_error"]
    )


def test_base_level_follows_the_categories_and_swaps_the_sign(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    ordered = tasks.assign(gps=tasks["gps"].astype(pd.CategoricalDtype(["yes", "no", "never shown"])))
    swapped = fit(ordered)
    assert estimates(swapped)["gps: no"] == pytest.approx(-estimates(model)["gps: yes"])
    assert swapped.log_likelihood == pytest.approx(model.log_likelihood)
    assert "gps is compared with yes." in swapped.notes


def test_numbers_as_alternatives_are_written_without_decimals(travel: pd.DataFrame) -> None:
    numbered = travel.assign(mode=travel["mode"].map({"air": 1.0, "train": 2.0, "bus": 3.0, "car": 4.0}))
    model = fit_travel(numbered, base_alternative="4")
    named = fit_travel(travel)
    assert estimates(model)["1"] == pytest.approx(estimates(named)["air"])
    assert list(model.table["attribute"]) == ["ttme", "hinc_air", "gc", "1", "2", "3"]


# Willingness to pay


def test_worth_is_minus_the_ratio_and_delta_agrees_with_numerical_derivatives(model: ChoiceModel) -> None:
    table = model.willingness_to_pay().table.set_index("attribute")
    weights = model.table.set_index("attribute")["estimate"]
    for name in table.index:
        assert table.loc[name, "estimate"] == pytest.approx(-weights[name] / weights["price"])
        gradient = pd.Series(0.0, index=weights.index)
        for changed in (name, "price"):
            step = 1e-6 * abs(weights[changed])
            up, down = weights.copy(), weights.copy()
            up[changed] += step
            down[changed] -= step
            gradient[changed] = (-up[name] / up["price"] + down[name] / down["price"]) / (2 * step)
        expected = math.sqrt(gradient @ model.covariance @ gradient)
        assert table.loc[name, "std_error"] == pytest.approx(expected, rel=1e-5)


def test_the_three_intervals_agree_on_a_large_survey() -> None:
    model = fit(draw_tasks(400, seed=6))
    delta = model.willingness_to_pay().table.set_index("attribute")
    for interval, n_draws in (("krinsky-robb", 4000), ("bootstrap", 200)):
        other = model.willingness_to_pay(interval=interval, n_draws=n_draws).table.set_index("attribute")
        pd.testing.assert_series_equal(other["estimate"], delta["estimate"])
        width, expected = other["high"] - other["low"], delta["high"] - delta["low"]
        assert (width / expected).between(0.75, 1.33).all(), interval


def test_a_bootstrap_refit_is_a_fit_to_repeated_people(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    from cvlab.analyses.willingness_to_pay.choosing.fit import fit_conditional_logit

    names = sorted(tasks["respondent_id"].unique())
    counts = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)))
    copies = [
        tasks[tasks["respondent_id"] == name].assign(respondent_id=f"{name}-{copy}")
        for name, count in zip(names, counts, strict=True)
        for copy in range(count)
    ]
    weighted = fit_conditional_logit(
        model.differences, model.choices, clustered=False, weights=counts.astype(float), start=model.fitted.estimates
    )
    assert weighted.estimates == pytest.approx(list(estimates(fit(pd.concat(copies))).values()), rel=1e-6)


def test_headline_ranks_by_the_whole_step_shown(model: ChoiceModel) -> None:
    worth = model.willingness_to_pay()
    table = worth.table.set_index("attribute")
    # 11 days of battery more are worth more than gps, though one day is not.
    assert table.loc["battery_days", "estimate"] < table.loc["gps: yes", "estimate"]
    for column, bound in (("estimate", "value"), ("low", "low"), ("high", "high")):
        assert getattr(worth.headline, bound) == pytest.approx(11 * table.loc["battery_days", column])
    assert str(worth.headline).startswith("People would pay most for battery days (14 instead of 3): €")
    assert worth.headline.draws is not None
    assert worth.headline.draws.mean() == pytest.approx(worth.headline.value, rel=0.05)
    assert worth.roles == ("numeric", "level", "level", "outside")


def test_headline_compares_the_best_level_with_the_worst_whatever_the_base(tasks: pd.DataFrame) -> None:
    first, second = (
        fit(tasks.assign(gps=tasks["gps"].astype(pd.CategoricalDtype(order))), attributes=["gps"]).willingness_to_pay()
        for order in (["no", "yes"], ["yes", "no"])
    )
    assert str(first.headline) == str(second.headline)
    assert "People would pay most for gps (yes instead of no): €" in str(first.headline)
    assert second.headline.low == pytest.approx(first.headline.low)


def test_headline_of_a_burden_and_of_a_switch(tasks: pd.DataFrame) -> None:
    burden = tasks.assign(charging=20 - tasks["battery_days"], wants=(tasks["gps"] == "no") * 1.0)
    less = fit(burden, attributes=["charging"]).willingness_to_pay().headline
    assert less.value > 0
    assert str(less).startswith("People would pay most for charging (6 instead of 17): €")
    avoid = fit(burden, attributes=["wants"]).willingness_to_pay().headline
    assert str(avoid).startswith("People would pay most to avoid wants: €")


def test_headline_falls_back_on_alternatives_and_then_declines(travel: pd.DataFrame, tasks: pd.DataFrame) -> None:
    brands = fit_travel(travel, attributes=[]).willingness_to_pay()
    assert " instead of " in str(brands.headline)
    only_price = fit(tasks, attributes=[]).willingness_to_pay()
    assert not only_price.headline.answered
    assert str(only_price.headline) == (
        "Only the price differed between the offers that 60 people saw, so there is no attribute to pay for."
    )
    assert only_price.table["attribute"].tolist() == ["none"]


def test_a_price_that_attracts_leaves_willingness_to_pay_undefined() -> None:
    model = fit(draw_tasks(seed=2, price_weight=0.03))
    worth = model.willingness_to_pay()
    assert worth.table[["estimate", "std_error", "low", "high"]].isna().all(axis=None)
    assert "A higher price made offers no less likely to be chosen: willingness to pay is undefined." in model.notes
    assert "willingness to pay is undefined. Check the coding of prices" in worth.notes[0]
    assert str(worth.headline) == (
        "The choices of 60 people do not show what they would pay: a higher price did not make an offer less likely to "
        "be chosen."
    )


def test_an_attribute_that_never_varies_is_named() -> None:
    tasks = draw_tasks(30, seed=4).assign(gps=1.0, strap="x", case="y")
    with pytest.raises(DataError, match=r"strap never varies, it is x in every offer; case never varies, it is y"):
        fit(tasks, attributes=["battery_days", "strap", "case"])
    with pytest.raises(DataError, match=r"gps never varies, it is 1 in every offer, so that choices say nothing"):
        fit(tasks, attributes=["battery_days", "gps"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attributes": None}, "attributes is None: give a list of names"),
        ({"attributes": 5}, "attributes is 5"),
        ({"attributes": [["gps"]]}, "attributes is "),
        ({"price": None}, "price is None: give the name of a column"),
    ],
)
def test_names_that_are_none_are_refused(tasks: pd.DataFrame, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit(tasks, **changes)


def test_numbers_beyond_any_scale_are_refused(tasks: pd.DataFrame, model: ChoiceModel, offers: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="price has values beyond any scale"):
        fit(tasks.assign(price=tasks["price"] * 1e200))
    with pytest.raises(DataError, match="price has values beyond any scale"):
        model.elasticities(offers.assign(price=1e300))
    with pytest.raises(ParameterError, match="prices is 'abc'"):
        model.demand_at("abc", offers=offers, vary=str(offers["alternative"].iloc[0]))  # type: ignore[arg-type]
    for seed in (-1, "x"):
        with pytest.raises(ParameterError, match="seed is"):
            model.willingness_to_pay(interval="bootstrap", n_draws=2, seed=seed)  # type: ignore[arg-type]


def test_more_tasks_are_no_weight(tasks: pd.DataFrame) -> None:
    fewer = tasks[(tasks["respondent_id"] > "r0010") | (tasks["task"] <= 4)]
    assert len(fewer) < len(tasks)
    assert not any(note.startswith("Weighted") for note in fit(fewer).notes)


def test_what_one_person_chose_is_not_told() -> None:
    # One person who always takes the cheapest offer: what separates the choices would say so.
    tasks = draw_tasks(1, seed=4)
    inside = tasks[tasks["price"].notna()]
    cheapest = inside.groupby(["respondent_id", "task"])["price"].transform("idxmin") == inside.index
    model = fit(tasks.assign(chosen=cheapest.reindex(tasks.index, fill_value=False).astype(int)))
    assert not model.headline.answered
    assert model.covariance.isna().all(axis=None)
    assert math.isnan(model.log_likelihood)
    assert not model.willingness_to_pay().headline.answered


def test_a_price_weight_near_nothing_is_marked() -> None:
    model = fit(draw_tasks(30, seed=4, price_weight=-0.002))
    assert estimates(model)["price"] < 0
    worth = model.willingness_to_pay()
    assert not worth.headline.answered
    assert "is so uncertain that it could be nothing, and what they would pay anything" in str(worth.headline)
    assert worth.table["estimate"].notna().all()
    notes = " ".join(worth.notes)
    assert "The interval of the coefficient of price reaches 0" in notes
    assert "draws are left out" in notes


# Shares and elasticities


@pytest.fixture(scope="module")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "alternative": ["basic", "sport", "pro"],
            "battery_days": [3.0, 7.0, 14.0],
            "gps": ["no", "yes", "yes"],
            "screen": ["lcd", "lcd", "oled"],
            "price": [39.0, 79.0, 99.0],
        }
    )


def test_shares_are_the_logit_and_add_up(model: ChoiceModel, offers: pd.DataFrame) -> None:
    weights = estimates(model)
    utility = [
        weights["battery_days"] * offer["battery_days"]
        + weights["gps: yes"] * (offer["gps"] == "yes")
        + weights["screen: oled"] * (offer["screen"] == "oled")
        + weights["price"] * offer["price"]
        for offer in offers.to_dict("records")
    ] + [weights["none"]]
    expected = np.exp(utility) / np.exp(utility).sum()
    result = model.shares(offers)
    assert result.table["alternative"].tolist() == ["basic", "sport", "pro", "none"]
    assert result.table["share"].to_numpy() == pytest.approx(expected)
    assert result.table["share"].between(result.table["low"], result.table["high"]).all()
    assert (result.table["low"] > 0).all()
    assert (result.table["high"] < 1).all()
    assert result.headline.words["alternative"] in offers["alternative"].tolist()


def test_intervals_of_shares_agree_with_draws_of_the_weights(model: ChoiceModel, offers: pd.DataFrame) -> None:
    drawn = np.random.default_rng(0).multivariate_normal(model.table["estimate"], model.covariance, size=4000)
    columns = np.vstack([model.coding.encode(offers, "offers"), [0, 0, 0, 0, 1]])
    odds = np.exp(drawn @ columns.T)
    shares = odds / odds.sum(axis=1, keepdims=True)
    table = model.shares(offers).table
    assert table["low"].to_numpy() == pytest.approx(np.quantile(shares, 0.025, axis=0), abs=0.02)
    assert table["high"].to_numpy() == pytest.approx(np.quantile(shares, 0.975, axis=0), abs=0.02)


def test_elasticities_are_the_relative_change_of_shares(model: ChoiceModel, offers: pd.DataFrame) -> None:
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    assert len(table) == 4 * 3
    dearer = offers.copy()
    dearer.loc[dearer["alternative"] == "sport", "price"] *= 1.0001
    before, after = (model.shares(each).table.set_index("alternative")["share"] for each in (offers, dearer))
    for name in before.index:
        change = (after[name] / before[name] - 1) / 0.0001
        assert table.loc[(name, "sport"), "elasticity"] == pytest.approx(change, abs=1e-3)
    own = table[table.index.get_level_values(0) == table.index.get_level_values(1)]
    assert (own["high"] < 0).all()


def test_without_an_outside_option_shares_are_not_demand(travel: pd.DataFrame) -> None:
    model = fit_travel(travel)
    offers = travel[travel["individual"] == 1]
    result = model.shares(offers)
    assert result.table["share"].sum() == pytest.approx(1)
    assert NOBODY in result.notes
    with pytest.raises(DataError, match=r"column mode: ship has no constant in the model\. Use one of car, air"):
        model.shares(offers.assign(mode=["air", "train", "bus", "ship"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"gps": ["no", "yes", "maybe"]},
            "offers, column gps: maybe was never shown to the respondents. Use one of no, yes",
        ),
        ({"price": [1.0, np.nan, 2.0]}, "offers: price has 1 missing cells"),
        ({"alternative": ["x", "x", "y"]}, "offers: an alternative occurs twice"),
        ({"alternative": ["none"] * 3}, "offers: an alternative occurs twice"),
    ],
)
def test_bad_offers_are_named(
    model: ChoiceModel, offers: pd.DataFrame, change: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(DataError, match="^" + message.replace("(", r"\(")):
        model.shares(offers.assign(**change))


def test_offers_without_an_offer_are_named(model: ChoiceModel, offers: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="offers has no offer besides staying out"):
        model.shares(offers.head(1).assign(alternative="none"))
    with pytest.raises(DataError, match="offers lacks column screen"):
        model.elasticities(offers.drop(columns="screen"))


def test_intervals_of_elasticities_are_those_of_numerical_derivatives(model: ChoiceModel, offers: pd.DataFrame) -> None:
    columns = np.vstack([model.coding.encode(offers, "offers"), [0, 0, 0, 0, 1]])
    price = model.coding.price_position
    weights = model.table["estimate"].to_numpy()
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    names = [*offers["alternative"], "none"]
    quantile = (model.table["high"] - model.table["estimate"]).to_numpy()[0] / model.table["std_error"].to_numpy()[0]

    def elasticity(at: np.ndarray, of: int, to: int) -> float:
        share = np.exp(columns @ at) / np.exp(columns @ at).sum()
        return float(at[price] * columns[to, price] * ((of == to) - share[to]))

    for to in range(3):
        for of in range(4):
            gradient = np.zeros(len(weights))
            for position, weight in enumerate(weights):
                step = np.zeros(len(weights))
                step[position] = 1e-6 * abs(weight)
                gradient[position] = (elasticity(weights + step, of, to) - elasticity(weights - step, of, to)) / (
                    2e-6 * abs(weight)
                )
            half = quantile * math.sqrt(gradient @ model.covariance.to_numpy() @ gradient)
            row = table.loc[(names[of], names[to])]
            assert row["high"] - row["elasticity"] == pytest.approx(half, rel=1e-4)
            assert row["elasticity"] - row["low"] == pytest.approx(half, rel=1e-4)


# Weights


def weigh(tasks: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    """Weights 1 to 3, the same in all rows of a respondent."""
    return tasks.assign(weight=tasks["respondent_id"].str[1:].astype(int) % 3 + 1.0, **changes)


def test_weights_count_as_that_many_people_in_estimates_and_the_same_scale_changes_nothing(
    tasks: pd.DataFrame, model: ChoiceModel
) -> None:
    weighted = weigh(tasks)
    copies = [
        weighted[weighted["weight"] > copy].assign(respondent_id=weighted["respondent_id"] + f"-{copy}", weight=1.0)
        for copy in range(3)
    ]
    found = fit(weighted)
    assert estimates(found) == pytest.approx(estimates(fit(pd.concat(copies))), rel=1e-6)
    assert estimates(found) != pytest.approx(estimates(model), rel=1e-3)
    pd.testing.assert_frame_equal(fit(weighted.assign(weight=weighted["weight"] * 7)).table, found.table)
    pd.testing.assert_frame_equal(fit(tasks.assign(weight=5)).table, model.table)
    named = fit(weighted.rename(columns={"weight": "importance"}), weights="importance")
    pd.testing.assert_frame_equal(named.table, found.table)
    assert found.n_respondents == 60
    assert "Weighted: 60 people carry the information of 51 equal ones." in found.notes
    assert not any(note.startswith("Weighted") for note in fit(tasks.assign(weight=5)).notes)
    assert found.null_log_likelihood == pytest.approx(-480 * math.log(4))


def test_weighted_errors_are_the_sandwich_of_weighted_scores(tasks: pd.DataFrame) -> None:
    found = fit(weigh(tasks))
    weights, choices = found.table["estimate"].to_numpy(), found.choices
    scores = np.zeros((choices.n_respondents, len(weights)))
    information = np.zeros((len(weights), len(weights)))
    each = []
    for start, size, chosen, person, weight in zip(
        choices.starts, choices.sizes, choices.chosen, choices.respondents, choices.weights, strict=True
    ):
        shown = choices.columns[start : start + size]
        share = np.exp(shown @ weights) / np.exp(shown @ weights).sum()
        each.append(weight * (choices.columns[chosen] - share @ shown))
        scores[person] += each[-1]
        information += weight * ((shown * share[:, None]).T @ shown - np.outer(share @ shown, share @ shown))
    inverse = np.linalg.inv(information)
    clustered = inverse @ scores.T @ scores @ inverse * 60 / 59
    assert found.covariance.to_numpy() == pytest.approx(clustered, rel=1e-6)
    plain = inverse @ np.transpose(each) @ each @ inverse
    assert fit(weigh(tasks), clustered=False).covariance.to_numpy() == pytest.approx(plain, rel=1e-6)


def test_the_bootstrap_refits_with_the_weights() -> None:
    found = fit(weigh(draw_tasks(200, seed=6)))
    delta = found.willingness_to_pay().table.set_index("attribute")
    refitted = found.willingness_to_pay(interval="bootstrap", n_draws=150).table.set_index("attribute")
    middle = (refitted["low"] + refitted["high"]) / 2
    assert ((middle - delta["estimate"]).abs() < 0.5 * delta["std_error"]).all()
    # One heavy person outweighs all others: the refits must scatter as her presence does.
    heavy = weigh(draw_tasks(40, seed=7))
    heavy.loc[heavy["respondent_id"] < "r0004", "weight"] = 100.0
    light = fit(heavy.drop(columns="weight")).willingness_to_pay(interval="bootstrap", n_draws=60).table
    uneven = fit(heavy).willingness_to_pay(interval="bootstrap", n_draws=60).table
    assert (uneven["std_error"] > 1.3 * light["std_error"]).all()


def test_weights_that_vary_in_a_task_or_are_no_weights_are_named(tasks: pd.DataFrame) -> None:
    uneven = weigh(tasks)
    uneven.loc[0, "weight"] = 5.0
    with pytest.raises(
        DataError,
        match=r"choice_tasks, column weight: its rows differ within 1 task \(first: respondent_id r0000 task 1\)\. A ",
    ):
        fit(uneven)
    with pytest.raises(DataError, match="choice_tasks, column weight: 1920 weights are not above 0"):
        fit(tasks.assign(weight=0))
    with pytest.raises(DataError, match="choice_tasks: weight has 1920 missing values"):
        fit(tasks.assign(weight=np.nan))
    with pytest.raises(DataError, match="choice_tasks lacks column importance"):
        fit(tasks, weights="importance")
    # Weights may differ between the tasks of one respondent.
    assert fit(tasks.assign(weight=tasks["task"])).n_choices == 480


def test_a_product_s_weight_named_as_attribute_is_none_of_the_survey_s(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    grams = fit(tasks.rename(columns={"battery_days": "weight"}), attributes=["weight", "gps", "screen"])
    assert estimates(grams)["weight"] == pytest.approx(estimates(model)["battery_days"])


# Nobody could decline


def test_an_outside_option_that_was_never_shown_is_noted_and_left_out(
    tasks: pd.DataFrame, offers: pd.DataFrame
) -> None:
    shown = tasks[(tasks["alternative"] != "none") & _chosen_inside(tasks)]
    named, unnamed = fit(shown, outside="none"), fit(shown, outside=None)
    pd.testing.assert_frame_equal(named.table, unnamed.table)
    assert named.coding.outside is None
    assert named.table["attribute"].tolist() == ["battery_days", "gps: yes", "screen: oled", "price"]
    for result in (named, named.willingness_to_pay(), named.shares(offers)):
        assert NOBODY in result.notes
    assert named.shares(offers).table["share"].sum() == pytest.approx(1)
    assert len(named.elasticities(offers).table) == 9
    assert NOBODY not in fit(tasks).notes


# Few people, caveats and messages


def test_one_respondent_speaks_for_nobody_else() -> None:
    model = fit(draw_tasks(1, seed=4, n_tasks=60), smallest_group=1)
    assert "One respondent: the intervals speak of this person's next choices, not of other people." in model.notes
    assert np.isfinite(model.table["std_error"]).all()
    assert "one person" in str(model.willingness_to_pay().headline)


@pytest.mark.parametrize("n", [1, 9])
def test_a_group_too_small_to_publish_shows_nobody_s_tastes(n: int, offers: pd.DataFrame) -> None:
    few = fit(draw_tasks(n, seed=4, n_tasks=60))
    worth = few.willingness_to_pay(n_draws=10)
    people = "one person" if n == 1 else f"{n} people"
    sentence = f"Not enough data: {people} chose, and at least 10 are needed for a result that shows no single person."
    for result in (few, worth, few.shares(offers), few.elasticities(offers)):
        assert str(result.headline) == sentence
        assert not result.headline.answered
        assert result.headline.draws is None
        assert result.table.select_dtypes("number").isna().all(axis=None)
    assert worth.table["attribute"].tolist() == ["battery_days", "gps: yes", "screen: oled", "none"]
    assert not worth.enough
    assert fit(draw_tasks(n, seed=4, n_tasks=60), smallest_group=n).willingness_to_pay().headline.answered


def test_few_people_get_t_intervals_and_a_caveat() -> None:
    model = fit(draw_tasks(12, seed=5))
    row = model.table.iloc[0]
    assert (row["high"] - row["estimate"]) / row["std_error"] == pytest.approx(2.200985)  # t with 11 degrees of freedom
    assert any(note.startswith("12 people are few") for note in model.notes)


def test_headline_of_the_model_says_what_a_dearer_offer_loses(model: ChoiceModel) -> None:
    step = 0.1 * model.choices.columns[model.choices.inside, model.coding.price_position].mean()
    assert model.headline.value == pytest.approx(math.expm1(step * estimates(model)["price"]))
    assert str(model.headline).startswith(
        "A price that is 10.0% above the average changes the odds that an offer is chosen"
    )


def test_tasks_with_one_alternative_say_nothing(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    lonely = tasks[tasks["chosen"] == 1].head(3).assign(task=99)
    lonely["respondent_id"] = ["r0000", "r0001", "r0002"]
    more = fit(pd.concat([tasks, lonely]))
    assert estimates(more) == pytest.approx(estimates(model))
    assert "3 of 483 tasks offered one alternative only and say nothing." in more.notes
    with pytest.raises(DataError, match="every task offers one alternative only"):
        fit(lonely.assign(alternative="a", battery_days=3.0, gps="no", screen="lcd", price=9.0), outside=None)


def test_tasks_without_or_with_two_choices_are_counted_and_named(tasks: pd.DataFrame) -> None:
    broken = tasks.copy()
    broken.loc[(broken["respondent_id"] == "r0001") & (broken["task"] <= 5), "chosen"] = 0
    broken.loc[(broken["respondent_id"] == "r0002") & (broken["task"] == 3), "chosen"] = 1
    repeated = broken[(broken["respondent_id"] == "r0003") & (broken["task"] == 1)].assign(chosen=0)
    with pytest.raises(DataError) as raised:
        fit(pd.concat([broken, repeated]))
    assert str(raised.value) == (
        "choice_tasks: 5 tasks without a chosen alternative (first: respondent_id r0001 task 1, respondent_id r0001 "
        "task 2, respondent_id r0001 task 3); 1 task with two or more chosen alternatives (first: respondent_id r0002 "
        "task 3); 1 task in which an alternative occurs twice (first: respondent_id r0003 task 1). Each task needs "
        "exactly one chosen alternative; correct or drop these"
    )


def test_missing_cells_are_counted_unless_they_belong_to_the_outside_option(tasks: pd.DataFrame) -> None:
    gaps = tasks.copy()
    gaps.loc[[0, 1], "price"] = np.nan
    gaps.loc[4, "gps"] = None
    with pytest.raises(
        DataError, match=r"choice_tasks: gps has 1 missing cells \(first at index 4\); price has 2 missing"
    ):
        fit(gaps)
    with pytest.raises(DataError, match=r"battery_days has 480 missing cells .* `outside` must name it"):
        fit(tasks, outside=None)
    with pytest.raises(DataError, match="choice_tasks: respondent_id has 1 missing values"):
        fit(tasks.assign(respondent_id=tasks["respondent_id"].where(tasks.index > 0)))


def test_perfectly_separating_attributes_are_named(tasks: pd.DataFrame) -> None:
    with pytest.raises(
        DataError, match="choice_tasks: hint separates the choices perfectly: no one of the 480 choices"
    ):
        fit(
            tasks.assign(hint=tasks["chosen"] * 1.0),
            attributes=[*ATTRIBUTES, "hint"],
        )
    inside = tasks["alternative"] != "none"
    random = np.random.default_rng(1)
    noise = random.normal(size=len(tasks))
    # Neither alone predicts, their sum does.
    both = tasks.assign(one=noise, two=np.where(inside, tasks["chosen"] * 1.0, 0) - noise)[inside]
    kept = both.groupby(["respondent_id", "task"])["chosen"].transform("sum") == 1
    with pytest.raises(DataError, match="one, two together separate the choices perfectly"):
        fit(both[kept], attributes=["one", "two"], outside=None)


def test_a_level_that_is_never_chosen_is_named(tasks: pd.DataFrame) -> None:
    strange = tasks.assign(gps=tasks["gps"].mask((tasks["gps"] == "yes") & (tasks["chosen"] == 0), "broken"))
    with pytest.raises(DataError, match="gps: yes separates the choices perfectly"):
        fit(strange)


def test_collinear_attributes_are_named(tasks: pd.DataFrame) -> None:
    doubled = tasks.assign(hours=tasks["battery_days"] * 24)
    with pytest.raises(DataError, match="choice_tasks: battery_days, hours are collinear"):
        fit(doubled, attributes=[*ATTRIBUTES, "hours"])


def test_what_never_differs_is_named(tasks: pd.DataFrame) -> None:
    inside = tasks["alternative"] != "none"
    with pytest.raises(DataError, match=r"the price \(price\) never varies, it is 9 in every offer, .* Ask again"):
        fit(tasks[inside & _chosen_inside(tasks)].assign(price=9.0), outside=None)
    by_task = tasks[inside & _chosen_inside(tasks)].assign(weather=lambda table: table["task"] * 1.0)
    with pytest.raises(DataError, match="choice_tasks: weather never differs between the alternatives of a task"):
        fit(by_task, attributes=["gps", "weather"], outside=None)


def test_prices_that_never_vary_are_named_before_anything_is_called_collinear(tasks: pd.DataFrame) -> None:
    same = tasks.assign(price=tasks["price"].where(tasks["price"].isna(), 49.0))
    with pytest.raises(
        DataError, match=r"the price \(price\) never varies, it is 49 in every offer, so nothing can be"
    ):
        fit(same)
    # The same price within each task, but not in all of them: those who decline tell what it does.
    per_task = tasks.assign(price=(40.0 + 10 * tasks["task"]).where(tasks["price"].notna()))
    assert np.isfinite(estimates(fit(per_task))["price"])


def _chosen_inside(tasks: pd.DataFrame) -> pd.Series:
    return tasks.groupby(["respondent_id", "task"])["alternative"].transform("size").eq(4) & ~(
        tasks.assign(out=(tasks["alternative"] == "none") & (tasks["chosen"] == 1))
        .groupby(["respondent_id", "task"])["out"]
        .transform("any")
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attributes": "gps"}, r"attributes is the text 'gps': give a list of columns, such as \['gps'\]"),
        ({"attributes": ["gps", "gps"]}, "attributes names a column twice: gps, gps"),
        ({"attributes": ["gps", "price"]}, "attributes contains the price column 'price'"),
        ({"outside": "nothing"}, "outside is 'nothing': the alternatives in choice_tasks are a, b, c, none"),
        ({"weights": "price"}, "weights is 'price', which is an attribute or the price: name it once"),
        ({"weights": "battery_days"}, "weights is 'battery_days', which is an attribute or the price"),
        ({"smallest_group": 0}, "smallest_group is 0: give a whole number"),
        ({"base_alternative": "a"}, "base_alternative is given without alternative_constants"),
        ({"alternative_constants": True, "base_alternative": "z"}, "base_alternative is 'z': the alternatives in"),
        ({"level": 1.0}, "level is 1.0: give a share"),
    ],
)
def test_bad_arguments_are_named(tasks: pd.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + message):
        fit(tasks, **arguments)


def test_names_that_would_clash_are_refused(tasks: pd.DataFrame) -> None:
    renamed = tasks.assign(alternative=tasks["alternative"].replace({"none": "price"}))
    with pytest.raises(ParameterError, match="two columns of the model would share a name"):
        fit(renamed, outside="price")


def test_bad_tables_are_named(tasks: pd.DataFrame, model: ChoiceModel) -> None:
    with pytest.raises(DataError, match="choice_tasks lacks columns gps, chosen"):
        fit(tasks.drop(columns=["gps", "chosen"]))
    with pytest.raises(DataError, match="choice_tasks has no rows"):
        fit(tasks.head(0))
    with pytest.raises(DataError, match="column chosen: give 1 for the chosen alternative and 0 for the others"):
        fit(tasks.assign(chosen=tasks["chosen"] * 2))
    with pytest.raises(DataError, match="choice_tasks: price is not numeric"):
        fit(tasks.assign(price=tasks["price"].astype("string")))
    with pytest.raises(ParameterError, match="interval is 'fieller': give one of 'delta', 'krinsky-robb', 'bootstrap'"):
        model.willingness_to_pay(interval="fieller")
