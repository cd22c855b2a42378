"""Shares, elasticities and demand of offers, by the mixed logit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.willingness_to_pay import MixedChoiceModel
from cvlab.errors import ParameterError


def test_shares_are_the_mean_over_people(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    values = model.parameters
    random = np.random.default_rng(0).normal(size=(2, 200_000))
    battery = values["mean of battery"] + values["battery on battery"] * random[0]
    oled = values["mean of screen: oled"] + values["screen: oled on screen: oled"] * random[1]
    price = values["mean of price"]
    utility = np.stack([battery + 6 * price, 5 * battery + oled + 14 * price, np.full(200_000, values["mean of none"])])
    odds = np.exp(utility - utility.max(axis=0))
    expected = (odds / odds.sum(axis=0)).mean(axis=1)
    result = model.shares(offers)
    assert result.table["alternative"].tolist() == ["basic", "pro", "none"]
    assert result.table["share"].to_numpy() == pytest.approx(expected, abs=0.004)
    assert result.table["share"].sum() == pytest.approx(1)
    assert (result.table["low"] < result.table["share"]).all()
    assert (result.table["share"] < result.table["high"]).all()


def test_elasticities_are_the_relative_change_of_shares(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    table = model.elasticities(offers).table.set_index(["alternative", "price_of"])
    dearer = offers.assign(price=offers["price"] * np.array([1.0, 1.0001]))
    before, after = (model.shares(each).table.set_index("alternative")["share"] for each in (offers, dearer))
    for name in before.index:
        change = (after[name] / before[name] - 1) / 0.0001
        assert table.loc[(name, "pro"), "elasticity"] == pytest.approx(change, abs=1e-3)
    assert (table.loc[[("basic", "basic"), ("pro", "pro")], "high"] < 0).all()
    headline = model.elasticities(offers).headline
    assert headline.low <= headline.value <= headline.high


def test_demand_is_the_share_at_each_price(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    prices = np.array([4.0, 10.0, 16.0])
    share, draws = model.demand_at(prices, offers=offers, vary="pro", n_draws=50)
    assert draws.shape == (50, 3)
    assert (np.diff(share) < 0).all()
    assert (np.diff(draws, axis=1) < 0).all()  # paired: each draw is a curve
    for price, expected in zip(prices, share, strict=True):
        tried = offers.assign(price=[6.0, price])
        assert model.shares(tried).table["share"][1] == pytest.approx(expected, abs=1e-12)
    assert model.prices_asked.tolist() == [4.0, 8.0, 12.0, 16.0]
    with pytest.raises(ParameterError, match="vary is 'none'"):
        model.demand_at(prices, offers=offers, vary="none")


def test_near_copies_share_their_buyers(model: MixedChoiceModel, offers: pd.DataFrame) -> None:
    before = model.shares(offers).table.set_index("alternative")["share"]
    copy = offers.iloc[[1]].assign(alternative="copy")
    after = model.shares(pd.concat([offers, copy])).table.set_index("alternative")["share"]
    # Under independence of irrelevant alternatives all would lose in the same proportion.
    assert after["pro"] / before["pro"] < after["basic"] / before["basic"]
