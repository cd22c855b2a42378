"""Classes by what people would pay: planted classes are found, one class is the conditional logit, doubts are said."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from scipy.stats import norm, t

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.analyses.willingness_to_pay import ClassChoiceModel, estimate_choice, estimate_class_choice
from cvlab.analyses.willingness_to_pay.choosing.class_groups import measure_group_classes
from cvlab.analyses.willingness_to_pay.choosing.class_names import name_classes
from cvlab.analyses.willingness_to_pay.choosing.class_steps import (
    RIDGE,
    State,
    climb,
    differentiate,
    expect,
    make_panel,
)
from cvlab.analyses.willingness_to_pay.choosing.fit import prepare
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_number, write_range

ATTRIBUTES = ["gps", "battery_days", "strap"]
# Weights per class: gps, a day of battery, a metal strap, price, staying out.
TASTES = np.array([[4.5, 0.0, 0.0, -0.08, -7.5], [0.0, 0.8, 0.0, -0.08, -3.0], [0.0, 0.0, 5.0, -0.08, -7.5]])
SHARES = np.array([0.5, 0.3, 0.2])


def draw_tasks(
    n: int = 150,
    *,
    seed: int = 1,
    n_tasks: int = 12,
    tastes: np.ndarray = TASTES,
    shares: np.ndarray = SHARES,
    spread: float = 0.0,
) -> pd.DataFrame:
    """Tasks of three offers and nothing; the first people are of the first class, and so on.

    With `spread`, people of a class differ in their willingness to stay out.
    """
    random = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(shares)), np.round(shares * n).astype(int))
    n = len(kind)
    shape = (n, n_tasks, 3)
    gps, metal = random.integers(0, 2, shape), random.integers(0, 2, shape)
    battery, price = random.choice([5.0, 7.0, 10.0], shape), random.choice([60.0, 80.0, 100.0, 120.0], shape)
    weight = tastes[kind][:, None, None]
    utility = weight[..., 0] * gps + weight[..., 1] * battery + weight[..., 2] * metal + weight[..., 3] * price
    out = tastes[kind, 4][:, None, None] + spread * random.normal(size=(n, 1, 1)) + np.zeros((n, n_tasks, 1))
    pick = (np.concatenate([utility, out], axis=2) + random.gumbel(size=(n, n_tasks, 4))).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices((n, n_tasks, 4)))
    inside, at = offer < 3, (person, task, np.minimum(offer, 2))
    return pd.DataFrame(
        {
            "respondent_id": [f"r{number:04d}" for number in person],
            "task": task + 1,
            "alternative": np.array(["a", "b", "c", "none"])[offer],
            "gps": np.where(inside, gps[at], np.nan),
            "battery_days": np.where(inside, battery[at], np.nan),
            "strap": pd.Series(np.where(metal[at] == 1, "metal", "a band")).where(inside),
            "price": np.where(inside, price[at], np.nan),
            "chosen": (pick[person, task] == offer).astype(int),
        }
    )


def fit(tasks: pd.DataFrame, **changes: Any) -> ClassChoiceModel:
    arguments = {"attributes": ATTRIBUTES, "price": "price", "outside": "none", "n_starts": 5, **changes}
    return estimate_class_choice(tasks, **arguments)


def truth_of(each: int) -> pd.Series:
    weights = TASTES[each]
    worth = -np.delete(weights, 3) / weights[3]
    return pd.Series(worth, index=["gps", "battery_days", "strap: metal", "none"])


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return draw_tasks()


@pytest.fixture(scope="module")
def model(tasks: pd.DataFrame) -> ClassChoiceModel:
    return fit(tasks, n_classes=range(1, 5))


@pytest.fixture(scope="module")
def offers() -> pd.DataFrame:
    return pd.DataFrame(
        {"alternative": ["plain", "guide"], "gps": [0, 1], "battery_days": [7, 7], "strap": "a band", "price": [60, 90]}
    )


# Truth


def test_planted_classes_are_found_with_what_they_would_pay(model: ClassChoiceModel) -> None:
    assert model.n_classes == 3
    assert model.membership.names == ("class 1: gps", "class 2: battery days", "class 3: strap metal")
    assert model.membership.sizes.to_numpy() == pytest.approx(np.array([75, 45, 30]), abs=3)
    assert model.sizes["share"].to_numpy() == pytest.approx(SHARES, abs=0.02)
    assert (model.sizes["low"] < SHARES).all()
    assert (model.sizes["high"] > SHARES).all()
    for each, name in enumerate(model.membership.names):
        found = model.table[model.table["class"] == name].set_index("attribute")
        error = (found["high"] - found["low"]) / 2 / 1.976  # t with 149 degrees of freedom
        assert (abs(found["estimate"] - truth_of(each)) < 3.3 * error).all(), name
    planted = np.repeat([0, 1, 2], [75, 45, 30])
    assert (model.membership.codes.to_numpy() == planted).mean() > 0.98


def test_intervals_of_a_class_are_its_standard_errors_apart(model: ClassChoiceModel) -> None:
    table = model.table
    quantile = t.ppf(0.975, model.n_respondents - 1)
    assert table["std_error"].to_numpy() == pytest.approx((table["high"] - table["low"]).to_numpy() / (2 * quantile))
    assert model.kinds["std_error"] == "money"


def test_everybodys_mean_and_each_persons_own(model: ClassChoiceModel) -> None:
    worth = model.willingness_to_pay()
    table = worth.table.set_index("attribute")
    truth = sum(share * truth_of(each) for each, share in enumerate(SHARES))
    assert (table["low"] < truth).all()
    assert (truth < table["high"]).all()
    by_class = model.table.pivot_table(index="attribute", columns="class", values="estimate")
    expected = by_class.to_numpy() @ model.sizes["share"].to_numpy()
    assert table.loc[by_class.index, "estimate"].to_numpy() == pytest.approx(expected)
    assert list(model.individuals.columns) == list(table.index)
    assert model.individuals.index.name == "respondent_id"
    # A person who is clearly of a class would pay what the class would.
    assert model.individuals.loc["r0000", "gps"] == pytest.approx(by_class.loc["gps", "class 1: gps"], rel=0.05)
    assert model.individuals["gps"].mean() == pytest.approx(table.loc["gps", "estimate"], rel=0.02)
    assert worth.headline.answered
    assert len(worth.headline.draws) == 1000


def test_one_class_is_the_conditional_logit(tasks: pd.DataFrame, offers: pd.DataFrame) -> None:
    single = fit(tasks, n_classes=1)
    plain = estimate_choice(tasks, attributes=ATTRIBUTES, price="price", outside="none")
    pd.testing.assert_frame_equal(single.weights.drop(columns=["class", "share"]), plain.table)
    assert single.log_likelihood == plain.log_likelihood
    worth = plain.willingness_to_pay().table
    for column in ("estimate", "low", "high"):
        assert single.table[column].to_numpy() == pytest.approx(worth[column].to_numpy(), rel=1e-12)
    assert single.willingness_to_pay().table["estimate"].to_numpy() == pytest.approx(worth["estimate"].to_numpy())
    assert single.shares(offers).table["share"].tolist() == pytest.approx(plain.shares(offers).table["share"].tolist())
    ours, theirs = (each.elasticities(offers).table["elasticity"].to_numpy() for each in (single, plain))
    assert ours == pytest.approx(theirs)
    estimate, draws = single.demand_at([60.0, 90.0], offers=offers, vary="guide")
    assert estimate == pytest.approx(plain.demand_at([60.0, 90.0], offers=offers, vary="guide")[0])
    assert draws.shape == (1000, 2)
    assert single.membership.names == ("class 1: everybody",)
    assert single.sizes.loc[0, ["share", "low", "high"]].tolist() == [1, 1, 1]
    assert not single.headline.answered
    assert str(single.headline).endswith("Everybody is in one class.")


def test_classes_stand_side_by_side_for_readers(model: ClassChoiceModel) -> None:
    compared = model.compare_classes()
    assert list(compared.table.columns) == ["attribute", *model.membership.names]
    first = model.membership.names[0]
    row = model.table[(model.table["class"] == first) & (model.table["attribute"] == "gps")].iloc[0]
    written = compared.table.set_index("attribute").loc["gps", first]
    assert written == f"{write_number(row['estimate'], 'money')} ({write_range(row['low'], row['high'], 'money')})"
    assert "none" not in set(compared.table["attribute"])
    assert compared.table.iloc[0]["attribute"] == "people"


def plain_log_likelihood(parameters: np.ndarray, model: ClassChoiceModel, k: int) -> tuple[float, float]:
    """The likelihood as it is written down, and with the two small terms."""
    choices = model.choices
    logits = np.append(0.0, parameters[: k - 1])
    log_share = logits - special.logsumexp(logits)
    weights = parameters[k - 1 :].reshape(k, -1)
    utility = choices.columns @ weights.T
    each = utility[choices.chosen] - np.log(np.add.reduceat(np.exp(utility), choices.starts))
    chosen = np.zeros((choices.n_respondents, k))
    np.add.at(chosen, choices.respondents, each)
    value = float(special.logsumexp(chosen + log_share, axis=1).sum())
    scaled = weights * prepare(choices).scale
    return value, value - 0.5 * RIDGE * (scaled**2).sum() + log_share.sum() / k


def test_no_climber_gets_higher(model: ClassChoiceModel) -> None:
    k, found = 3, model.parameters
    at = np.concatenate([found.log_shares[1:] - found.log_shares[0], found.weights.ravel()])
    value, climbed = plain_log_likelihood(at, model, k)
    assert model.log_likelihood == pytest.approx(value, abs=1e-8)
    units = np.concatenate([np.ones(k - 1), np.tile(prepare(model.choices).scale, k)])
    polished = optimize.minimize(
        lambda moved: -plain_log_likelihood(at + moved / units, model, k)[1],
        np.zeros(len(at)),
        method="BFGS",
        options={"maxiter": 3},
    )
    assert -polished.fun <= climbed + 1e-6
    # What holds weights and shares finite does not move them.
    free = optimize.minimize(
        lambda moved: -plain_log_likelihood(at + moved / units, model, k)[0],
        np.zeros(len(at)),
        method="BFGS",
        options={"maxiter": 15},
    )
    assert -free.fun == pytest.approx(value, abs=0.02)


def test_gradient_and_information_are_the_derivatives(model: ClassChoiceModel) -> None:
    differences = prepare(model.choices)
    panel = make_panel(differences, np.linspace(0.5, 1.5, model.n_respondents))
    k, size = 3, len(model.coding.names)
    random = np.random.default_rng(0)
    at = np.concatenate([random.normal(0, 0.5, k - 1), random.normal(0, 0.5, k * size)])

    def look(parameters: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        logits = np.append(0.0, parameters[: k - 1])
        state = State(
            logits=(logits - special.logsumexp(logits))[None], weights=parameters[k - 1 :].reshape(1, k, size)
        )
        known = expect(panel, state)
        gradient, complete, missing = differentiate(panel, state, known)
        return float(known.value[0]), gradient[0], (complete - missing)[0]

    _, gradient, information = look(at)
    step = 1e-5
    for position in range(len(at)):
        moved = np.zeros(len(at))
        moved[position] = step
        (up, slope_up, _), (down, slope_down, _) = look(at + moved), look(at - moved)
        assert gradient[position] == pytest.approx((up - down) / (2 * step), abs=1e-4)
        assert information[position] == pytest.approx(-(slope_up - slope_down) / (2 * step), abs=1e-4)


def test_no_step_goes_down(tasks: pd.DataFrame) -> None:
    differences = prepare(fit(tasks, n_classes=1).choices)
    panel = make_panel(differences, np.ones(150))
    random = np.random.default_rng(3)
    state = State(logits=np.full((6, 3), -math.log(3)), weights=random.normal(0, 2, (6, 3, 5)))
    heights = [expect(panel, state).value]
    for _ in range(12):
        state, known, _ = climb(panel, state, most_steps=1, precision=1e-9)
        heights.append(known.value)
    assert (np.diff(heights, axis=0) >= -1e-6).all()
    assert (heights[-1] > heights[0]).all()


def cover(repeats: int, first_seed: int) -> pd.Series:
    """Share of repeats in which intervals hold the planted worth of each class, its size, and everybody's mean."""
    tastes, shares = TASTES[:2], np.array([0.6, 0.4])
    mean = 0.6 * truth_of(0) + 0.4 * truth_of(1)
    held = []
    for repeat in range(repeats):
        random = np.random.default_rng(first_seed + repeat)
        drawn = random.binomial(100, 0.6) / 100
        tasks = draw_tasks(100, seed=first_seed + repeat, tastes=tastes, shares=np.array([drawn, 1 - drawn]))
        model = fit(tasks, n_classes=2, n_starts=2)
        found, record = model.table.set_index(["class", "attribute"]), {}
        names = sorted(model.membership.names, key=lambda name: -found.loc[(name, "gps"), "estimate"])
        for each, name in enumerate(names):
            for attribute in ("gps", "strap: metal"):
                row = found.loc[(name, attribute)]
                record[f"{each} {attribute}"] = row["low"] < truth_of(each)[attribute] < row["high"]
        size = model.sizes.set_index("class").loc[names[0]]
        record["size"] = size["low"] < shares[0] < size["high"]
        row = model.willingness_to_pay().table.set_index("attribute").loc["gps"]
        record["mean"] = row["low"] < mean["gps"] < row["high"]
        held.append(record)
    return pd.DataFrame(held).mean()


def test_intervals_cover_the_truth_in_a_few_repeats() -> None:
    assert (cover(20, 700) >= 0.75).all()


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = cover(400, 20_000)
    assert covered.between(0.92, 0.98).all(), covered.to_dict()


# What must not matter


def test_order_of_rows_and_the_input_stay_as_they_are(tasks: pd.DataFrame, model: ClassChoiceModel) -> None:
    before = tasks.copy(deep=True)
    shuffled = fit(tasks.sample(frac=1, random_state=5), n_classes=range(1, 5))
    pd.testing.assert_frame_equal(tasks, before)
    pd.testing.assert_frame_equal(shuffled.weights, model.weights)
    pd.testing.assert_frame_equal(shuffled.individuals, model.individuals)


@given(factor=st.floats(0.01, 100))
@settings(max_examples=8, deadline=None)
def test_scaling_prices_scales_every_worth(factor: float) -> None:
    tasks = draw_tasks(80, seed=1)
    plain, scaled = (fit(each, n_classes=2) for each in (tasks, tasks.assign(price=tasks["price"] * factor)))
    for column in ("estimate", "low", "high"):
        assert scaled.table[column].to_numpy() == pytest.approx(plain.table[column].to_numpy() * factor, rel=1e-5)
    assert scaled.membership.sizes.tolist() == plain.membership.sizes.tolist()


def test_weights_count_people_and_people_may_stand_in_the_index(tasks: pd.DataFrame) -> None:
    plain = fit(tasks, n_classes=3)
    same = fit(tasks.assign(weight=7.0).set_index("respondent_id"), n_classes=3)
    pd.testing.assert_frame_equal(same.weights, plain.weights)
    doubled = tasks["respondent_id"] < "r0075"
    copies = tasks[doubled].assign(respondent_id=tasks["respondent_id"] + "-again")
    repeated = fit(pd.concat([tasks, copies]), n_classes=3)
    weighted = fit(tasks.assign(weight=np.where(doubled, 2.0, 1.0)), n_classes=3)
    # The small terms that hold weights and shares weigh a little more beside fewer people.
    assert weighted.weights["estimate"].to_numpy() == pytest.approx(repeated.weights["estimate"].to_numpy(), abs=0.02)
    assert weighted.sizes["share"].to_numpy() == pytest.approx(repeated.sizes["share"].to_numpy(), abs=2e-3)
    assert weighted.sizes["share"].iloc[0] > plain.sizes["share"].iloc[0] + 0.1
    assert "Weighted: 150 people carry the information of 135 equal ones." in weighted.notes


def test_tasks_may_differ_in_size_and_people_may_have_none_that_tells(tasks: pd.DataFrame) -> None:
    withheld = (tasks["alternative"] == "c") & (tasks["chosen"] == 0) & (tasks["task"] % 2 == 0)
    silent = (tasks["respondent_id"] == "r0149") & (tasks["chosen"] == 0)
    model = fit(tasks[~withheld & ~silent], n_classes=3)
    assert model.membership.sizes.sum() == 150
    chances = model.membership.probabilities
    assert chances is not None
    assert chances.loc["r0149"].to_numpy() == pytest.approx(model.sizes["share"].to_numpy())
    padded = model.parameters
    assert model.log_likelihood == pytest.approx(
        plain_log_likelihood(
            np.concatenate([padded.log_shares[1:] - padded.log_shares[0], padded.weights.ravel()]), model, 3
        )[0],
        abs=1e-8,
    )


def test_workers_and_progress_change_nothing(tasks: pd.DataFrame, model: ClassChoiceModel) -> None:
    told: list[tuple[int, int]] = []
    apart = fit(tasks, n_classes=range(1, 5), workers=2, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_allclose(apart.criteria["bic"], model.criteria["bic"], rtol=1e-9)
    assert apart.membership.labels.equals(model.membership.labels)


# How many classes


def test_criteria_say_what_was_tried(model: ClassChoiceModel) -> None:
    criteria = model.criteria.set_index("n_classes")
    assert list(criteria.index) == [1, 2, 3, 4]
    assert criteria["n_parameters"].tolist() == [5, 11, 17, 23]
    assert criteria["log_likelihood"].is_monotonic_increasing
    row = criteria.loc[3]
    assert row["bic"] == pytest.approx(-2 * row["log_likelihood"] + 17 * math.log(150))
    assert row["caic"] == pytest.approx(row["bic"] + 17)
    assert criteria["bic"].idxmin() == 3
    assert criteria["chosen"].tolist() == [False, False, True, False]
    assert criteria.loc[[1, 3], "smallest_n"].tolist() == [150, model.membership.sizes.min()]
    assert row["smallest_share"] == pytest.approx(model.sizes["share"].min())
    assert criteria["agreed"].between(1, 5).all()
    assert row["certainty"] > 0.97


def test_a_spread_within_classes_makes_no_more_classes() -> None:
    model = fit(draw_tasks(400, seed=4, spread=1.5), n_classes=range(1, 6))
    lowest = int(model.criteria.loc[model.criteria["bic"].idxmin(), "n_classes"])
    assert lowest > 3
    assert model.n_classes == 3
    assert any(
        note.startswith(f"BIC is lowest at {lowest} classes, but those add little") and note.endswith("Used here: 3.")
        for note in model.notes
    )


def test_people_of_one_kind_are_one_class() -> None:
    model = fit(draw_tasks(100, seed=2, tastes=TASTES[:1], shares=np.ones(1)), n_classes=range(1, 4))
    assert model.n_classes == 1
    assert not model.headline.answered
    assert str(model.headline).startswith("The choices of 100 people tell no classes apart")


def test_a_continuum_is_suspected_where_people_lie_between_classes() -> None:
    tastes = np.repeat(TASTES[:1], 40, axis=0)
    tastes[:, 0] = np.linspace(-1, 4, 40)
    model = fit(draw_tasks(200, seed=6, tastes=tastes, shares=np.full(40, 1 / 40), n_tasks=6), n_classes=2)
    assert any("the classes may cut a continuum of tastes" in note for note in model.notes)
    clear = fit(draw_tasks(), n_classes=3)
    assert not any("continuum" in note for note in clear.notes)
    assert any("not proof that people come in kinds" in note for note in clear.notes)


def test_a_class_that_is_too_small_is_not_chosen_and_not_shown(tasks: pd.DataFrame) -> None:
    chosen = fit(tasks, n_classes=range(1, 5), smallest_group=40)
    assert chosen.n_classes == 2
    forced = fit(tasks, n_classes=3, smallest_group=40)
    assert "BIC is lowest at 3 classes, one of which has fewer than 40 people. Used here: 2." in chosen.notes
    hidden = forced.table[forced.table["class"] == "class 3: strap metal"]
    assert hidden[["share", "estimate", "low", "high"]].isna().all(axis=None)
    assert forced.weights.loc[forced.weights["class"] == "class 3: strap metal", "estimate"].isna().all()
    assert forced.table.loc[forced.table["class"] == "class 1: gps", "estimate"].notna().all()
    small = "Too small to be shown, with fewer than 40 people: class 3: strap metal."
    assert small in forced.notes


def test_more_parameters_than_people_are_not_tried() -> None:
    model = fit(draw_tasks(20, seed=1), n_classes=range(1, 5))
    assert model.criteria["n_classes"].tolist() == [1, 2, 3]
    assert "4 classes were not tried: they would have more parameters than people." in model.notes


# What follows from a model


def test_shares_mix_the_classes(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    shares = model.shares(offers)
    columns = np.array([[0, 7, 0, 60, 0], [1, 7, 0, 90, 0], [0, 0, 0, 0, 1.0]])
    order = [model.coding.names.index(name) for name in ("gps", "battery_days", "strap: metal", "price", "none")]
    utility = columns @ model.parameters.weights[:, order].T
    expected = special.softmax(utility, axis=0) @ model.parameters.shares
    table = shares.table.set_index("alternative")
    assert table.loc[["plain", "guide", "none"], "share"].to_numpy() == pytest.approx(expected)
    assert (table["low"] < table["share"]).all()
    assert (table["share"] < table["high"]).all()
    true = special.softmax(columns @ TASTES.T, axis=0) @ SHARES
    assert ((table["low"] < true) & (true < table["high"])).all()


def test_elasticities_are_the_derivatives_of_shares(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    step = 1e-5
    base = model.shares(offers, n_draws=2).table.set_index("alternative")["share"]
    dearer = offers.assign(price=offers["price"] * np.where(offers["alternative"] == "guide", 1 + step, 1.0))
    moved = model.shares(dearer, n_draws=2).table.set_index("alternative")["share"]
    for name in ("plain", "guide", "none"):
        row = table.loc[(name, "guide")]
        assert row["elasticity"] == pytest.approx((moved[name] / base[name] - 1) / step, rel=1e-3)
        assert row["low"] < row["elasticity"] < row["high"]
    # Those who liked the guide are not of the kind that likes the plain one: no equal shifts.
    assert table.loc[("plain", "guide"), "elasticity"] != pytest.approx(table.loc[("none", "guide"), "elasticity"])


def test_demand_falls_with_the_price_and_draws_are_paired(model: ClassChoiceModel, offers: pd.DataFrame) -> None:
    assert model.prices_asked.tolist() == [60, 80, 100, 120]
    estimate, draws = model.demand_at(model.prices_asked, offers=offers, vary="guide", n_draws=200)
    assert draws.shape == (200, 4)
    assert (np.diff(estimate) < 0).all()
    assert (np.diff(draws, axis=1) < 0).all()
    table = model.shares(offers.assign(price=[60, 80]), n_draws=2).table.set_index("alternative")
    assert estimate[1] == pytest.approx(table.loc["guide", "share"])
    with pytest.raises(ParameterError, match="vary is 'other'"):
        model.demand_at([60.0], offers=offers, vary="other")


def test_headline_speaks_of_the_largest_class(model: ClassChoiceModel) -> None:
    found = model.table.set_index(["class", "attribute"]).loc[("class 1: gps", "gps")]
    headline = model.headline
    assert (headline.value, headline.low, headline.high) == pytest.approx(
        (found["estimate"], found["low"], found["high"])
    )
    written = str(headline)
    share = write_number(model.sizes["share"].iloc[0], "share")
    began = f"The largest of 3 classes by what they would pay holds {share} of people. They would pay most for gps: €"
    assert written.startswith(began)
    assert written.endswith(f", {model.membership.sizes.iloc[0]} people).")


def test_groups_count_the_classes(tasks: pd.DataFrame, model: ClassChoiceModel) -> None:
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    first = pd.Series(np.where(np.arange(150) < 75, "north", "south"), index=people, dtype="category")
    grouped = fit(tasks, n_classes=3, by=Partition(labels=first, scheme="region")).groups
    assert grouped is not None
    table = grouped.table.set_index(["group", "class"])
    assert list(grouped.table.columns) == ["group", "n", "class", "share", "low", "high"]
    assert table.loc[("north", "class 1: gps"), "share"] > 0.97
    assert table.loc[("south", "class 2: battery days"), "share"] == pytest.approx(0.6, abs=0.03)
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    assert grouped.table.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    assert table.loc[("south", "class 2: battery days"), "low"] > 0.4
    sensitive = Partition(labels=first, scheme="age", made_from=("age",), sensitive=("age",))
    with pytest.raises(ParameterError, match="allow_sensitive=True"):
        fit(tasks, n_classes=1, by=sensitive)
    assert fit(tasks, n_classes=1, by=sensitive, allow_sensitive=True).groups is not None
    assert model.groups is None


def test_unsure_people_do_not_pull_groups_together() -> None:
    tasks = draw_tasks(300, seed=8, n_tasks=2, tastes=TASTES[:2] * 0.7, shares=np.array([0.5, 0.5]))
    people = pd.Index(sorted(tasks["respondent_id"].unique()), name="respondent_id")
    half = pd.Series(np.where(np.arange(300) < 150, "first", "second"), index=people, dtype="category")
    model = fit(tasks, n_classes=2, by=Partition(labels=half, scheme="halves"))
    chances = model.membership.probabilities
    assert chances is not None
    name = max(model.membership.names, key=lambda each: chances[each].iloc[:150].mean())
    assert model.groups is not None
    share = model.groups.table.set_index(["group", "class"]).loc[("first", name)]
    told = chances[name].iloc[:150].mean()
    assert told < 0.97
    assert share["share"] > told + 0.015
    # Unsure people count for less than a person each.
    certain, _ = wilson_interval(150 * share["share"], 150)
    assert share["low"] < certain


def test_shares_of_groups_are_the_likeliest_where_classes_differ_in_size() -> None:
    random = np.random.default_rng(4)
    shares = np.array([0.7, 0.3])
    of_second = random.random(400) < 0.3
    signal = random.normal(np.where(of_second, 1.0, -1.0))
    likelihood = norm.pdf(signal[:, None], loc=[-1.0, 1.0])
    joint = likelihood * shares
    people = pd.RangeIndex(400, name="respondent_id")
    chances = pd.DataFrame(joint / joint.sum(axis=1, keepdims=True), index=people, columns=["first", "second"])
    side = pd.Series(np.where(np.arange(400) < 200, "left", "right"), index=people, dtype="category")
    by = Partition(labels=side, scheme="sides")
    found = measure_group_classes(
        chances, shares, np.ones(400), by, level=0.95, smallest_group=10, allow_sensitive=False
    )
    assert found is not None
    likeliest = optimize.minimize_scalar(
        lambda share: -np.log(likelihood[:200] @ [1 - share, share]).sum(), bounds=(0, 1), method="bounded"
    ).x
    row = found.table.set_index(["group", "class"]).loc[("left", "second")]
    assert row["share"] == pytest.approx(likeliest, abs=1e-4)


# Bad input and doubt


def test_a_class_that_does_not_mind_the_price_has_no_worth() -> None:
    tastes = TASTES.copy()
    tastes[2] = (0.0, 0.0, 2.0, 0.03, -1.0)
    model = fit(draw_tasks(seed=3, tastes=tastes), n_classes=3)
    name = "class 3: not led by price"
    assert model.membership.names[2] == name
    rows = model.table[model.table["class"] == name]
    assert rows["estimate"].isna().all()
    assert rows["share"].notna().all()
    note = f"In {name}, a higher price made offers no less likely to be chosen: willingness to pay is undefined."
    assert note in model.notes
    worth = model.willingness_to_pay()
    assert any(note.startswith("The mean leaves out 2") for note in worth.notes)
    assert worth.table["estimate"].notna().all()
    assert model.individuals.notna().all(axis=None)


def test_a_price_that_may_weigh_nothing_leaves_headlines_open() -> None:
    unsure = TASTES[:2].copy()
    unsure[0, 3] = -0.003
    model = fit(draw_tasks(60, seed=3, tastes=unsure, shares=np.array([0.7, 0.3])), n_classes=2, n_starts=4)
    weight = model.weights[model.weights["attribute"] == "price"].iloc[0]
    assert weight["estimate"] < 0 < weight["high"]
    for headline in (model.headline, model.willingness_to_pay().headline):
        assert not headline.answered
        assert "is so uncertain that it could be nothing" in str(headline)


def test_nobody_minds_the_price() -> None:
    tastes = TASTES.copy()
    tastes[:, 3] = 0.03
    tastes[:, 4] = 1.0
    model = fit(draw_tasks(seed=3, tastes=tastes), n_classes=2)
    assert model.table["estimate"].isna().all()
    assert not model.headline.answered
    worth = model.willingness_to_pay()
    assert not worth.headline.answered
    assert "in no class did a higher price make an offer less likely" in str(worth.headline)
    assert model.individuals.isna().all(axis=None)


def test_an_attribute_that_separates_a_class_is_held_and_said() -> None:
    tastes = TASTES.copy()
    tastes[0, 0] = 40.0  # the first class never takes an offer without gps
    model = fit(draw_tasks(seed=5, tastes=tastes), n_classes=3)
    assert np.isfinite(model.weights["estimate"]).all()
    assert any(note.startswith("In class 1: gps, hardly a choice goes against gps") for note in model.notes)


def test_too_few_people_are_said_and_not_shown(offers: pd.DataFrame) -> None:
    model = fit(draw_tasks(8, seed=7, n_tasks=30), n_classes=[1, 2])
    assert not model.enough
    assert not model.headline.answered
    assert "at least 10 are needed" in str(model.headline)
    for table in (model.weights, model.table, model.willingness_to_pay().table):
        assert table["estimate"].isna().all()
    assert model.individuals.isna().all(axis=None)
    assert model.shares(offers).table["share"].isna().all()
    assert model.elasticities(offers).table["elasticity"].isna().all()
    estimate, draws = model.demand_at([60.0], offers=offers, vary="guide")
    assert np.isnan(estimate).all()
    assert np.isnan(draws).all()


def test_what_one_person_chose_is_not_told(offers: pd.DataFrame) -> None:
    tasks = draw_tasks(1, seed=7, n_tasks=10, shares=np.array([1.0]))
    never = tasks.assign(chosen=(tasks["alternative"] == "none").astype(int))
    model = fit(never)
    assert not model.headline.answered
    assert math.isnan(model.log_likelihood)
    assert model.shares(offers).table[["share", "low", "high"]].isna().all(axis=None)
    assert not model.willingness_to_pay().headline.answered


def test_one_start_may_be_too_few(tasks: pd.DataFrame) -> None:
    model = fit(draw_tasks(60, seed=11, n_tasks=4), n_classes=5, n_starts=12)
    row = model.criteria.iloc[0]
    assert row["starts"] == 12
    said = any("starts found the best solution: there may be a better one" in note for note in model.notes)
    assert said == (row["agreed"] <= 1.2)


def test_arguments_are_checked(tasks: pd.DataFrame) -> None:
    for changes, message in (
        ({"n_classes": 0}, "n_classes is 0: give a whole number of at least 1"),
        ({"n_classes": []}, "n_classes is empty: give a number of classes"),
        ({"n_starts": 0}, "n_starts is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"level": 95}, "level is 95: give a share"),
        ({"smallest_group": 0}, "smallest_group is 0"),
    ):
        with pytest.raises(ParameterError, match=message):
            fit(tasks, **changes)


def test_bad_tables_are_refused(tasks: pd.DataFrame) -> None:
    eight = tasks["respondent_id"].isin(tasks["respondent_id"].unique()[[0, 1, 2, 80, 81, 130, 131, 132]])
    with pytest.raises(DataError, match="9 classes cannot be told apart among 8 people"):
        fit(tasks[eight], n_classes=9, smallest_group=8)
    uneven = tasks.assign(weight=np.where((tasks["respondent_id"] == "r0003") & (tasks["task"] == 2), 2.0, 1.0))
    with pytest.raises(DataError, match=r"weights differ between the tasks of one person \(first: r0003\)"):
        fit(uneven, n_classes=2)
    with pytest.raises(DataError, match=r"the price \(price\) never varies"):
        fit(tasks.assign(price=np.where(tasks["price"].isna(), np.nan, 80.0)), n_classes=2)
    with pytest.raises(DataError, match="without a chosen alternative"):
        fit(tasks.assign(chosen=0), n_classes=2)
    separated = tasks.assign(gps=np.where(tasks["alternative"] == "none", np.nan, tasks["chosen"]))
    with pytest.raises(DataError, match="gps separates the choices perfectly"):
        fit(separated, n_classes=2)


@pytest.mark.parametrize(
    ("worth", "expected"),
    [
        # gps, battery, strap (metal against a band), staying out
        ([[50, 0, 0, -70], [0, 0, 60, -70]], ("gps", "strap metal")),
        ([[0, 0, 60, -70], [0, 0, 5, -40]], ("strap metal", "less for strap")),
        ([[-40, 0, 0, -70], [30, 0, 0, -80]], ("against gps", "gps")),
        ([[-2, 0, 0, -70], [-60, 0, 0, -70]], ("less against gps", "against gps")),
        ([[10, 1, 5, -90], [10, 1, 5, -30]], ("declines less", "declines more")),
        ([[10, 1, 5, -90], [10, 1, 5, -90]], ("like most", "like most")),
        ([[10, 1, 5, -90], [np.nan] * 4], ("like most", "not led by price")),
    ],
)
def test_classes_are_named_for_what_marks_them(
    model: ClassChoiceModel, worth: list[list[float]], expected: tuple[str, ...]
) -> None:
    names = name_classes(np.array(worth, dtype=float), np.array([0.6, 0.4]), model.choices)
    assert names == tuple(f"class {number}: {name}" for number, name in enumerate(expected, start=1))


# Sample lines


def read_sample(checkout: Path, line: str) -> tuple[pd.DataFrame, dict[str, float]]:
    folder = checkout / "data/sample" / line
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["truths"]
    return pd.read_csv(folder / "choice_tasks.csv"), {truth["key"]: truth["value"] for truth in truths}


def assert_means_hold(model: ClassChoiceModel, truths: dict[str, float]) -> None:
    table = model.willingness_to_pay().table.set_index("attribute")
    for name in table.index.drop("none"):
        truth = truths[f"willingness_to_pay.mean_stated.{name}"]
        assert table.loc[name, "low"] < truth < table.loc[name, "high"], name


def test_benefit_clusters_of_the_fitness_trackers_are_found(checkout: Path) -> None:
    tasks, truths = read_sample(checkout, "fitness-trackers")
    attributes = ["gps", "heart_alerts", "battery_days", "strap"]
    model = fit(tasks, attributes=attributes, n_classes=range(1, 6), level=0.999)
    assert model.n_classes == truths["segmentation.n_clusters"] == 3
    assert model.membership.names == ("class 1: heart alerts", "class 2: gps", "class 3: strap metal")
    for name, cluster in zip(model.membership.names, ("health", "athletes", "style"), strict=True):
        size = model.sizes.set_index("class").loc[name]
        assert size["low"] < truths[f"segmentation.cluster_share.{cluster}"] < size["high"]
    real = {"gps": (5, 80, 5), "heart_alerts": (80, 5, 5), "battery_days": (2, 2, 2), "strap: silicone": (-2, -2, -80)}
    worth = model.table.set_index(["attribute", "class"])
    for attribute, amounts in real.items():
        for name, amount in zip(model.membership.names, amounts, strict=True):
            row = worth.loc[(attribute, name)]
            assert row["low"] < truths["willingness_to_pay.stated_per_real"] * amount < row["high"], (attribute, name)
    assert_means_hold(model, truths)


def test_classes_of_the_salons_are_said_to_cut_a_continuum(checkout: Path) -> None:
    tasks, truths = read_sample(checkout, "salon-software")
    attributes = ["messages", "two_way_replies", "channel"]
    model = fit(tasks, attributes=attributes, n_classes=range(1, 4), level=0.999)
    assert any("the classes may cut a continuum of tastes" in note for note in model.notes)
    assert_means_hold(model, truths)
