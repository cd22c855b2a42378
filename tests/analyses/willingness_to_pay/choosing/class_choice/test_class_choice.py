"""Classes by what people would pay: planted classes are found, and what must not matter does not."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from scipy.stats import t

from cvlab.analyses.willingness_to_pay import ClassChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.class_steps import (
    RIDGE,
    State,
    climb,
    differentiate,
    expect,
    make_panel,
)
from cvlab.analyses.willingness_to_pay.choosing.fit import prepare
from cvlab.units import write_number, write_range
from tests.analyses.willingness_to_pay.choosing.class_choice.cases import ATTRIBUTES, SHARES, TASTES, draw_tasks, fit


def truth_of(each: int) -> pd.Series:
    weights = TASTES[each]
    worth = -np.delete(weights, 3) / weights[3]
    return pd.Series(worth, index=["gps", "battery_days", "strap: metal", "none"])


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
