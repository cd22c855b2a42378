"""Shares, elasticities and demand of offers, by the conditional logit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import ChoiceModel
from cvlab.errors import DataError
from tests.analyses.willingness_to_pay.choosing.choice.cases import NOBODY, estimates, fit_travel


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
