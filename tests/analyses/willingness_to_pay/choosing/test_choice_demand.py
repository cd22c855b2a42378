"""A choice model speaks for groups, gives demand at prices, and lends its shares to other models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import ChoiceModel, estimate_choice
from cvlab.analyses.willingness_to_pay.choosing.shares import encode_offers, encode_prices, tabulate_shares
from cvlab.errors import DataError, ParameterError

OFFERS = pd.DataFrame({"alternative": ["ours", "theirs"], "extra": [1, 0], "price": [30.0, 30.0]})


def draw_tasks(n: int = 60, *, second_price_weight: float = -0.08) -> pd.DataFrame:
    """People of two kinds, the second half with another weight of the price."""
    random = np.random.default_rng(0)
    shape = (n, 8, 2)
    price, extra = random.choice([20.0, 30.0, 40.0, 50.0], shape), random.integers(0, 2, shape)
    weight = np.where(np.arange(n) < n // 2, -0.08, second_price_weight)[:, None, None]
    utility = np.concatenate([3 + extra + weight * price, np.zeros((n, 8, 1))], axis=2)
    picked = (utility + random.gumbel(size=utility.shape)).argmax(axis=2)
    person, task, offer = np.indices((n, 8, 3)).reshape(3, -1)
    inside = np.minimum(offer, 1)
    return pd.DataFrame(
        {
            "respondent_id": person,
            "task": task,
            "alternative": np.array(["a", "b", "none"])[offer],
            "extra": extra[person, task, inside],
            "price": np.where(offer < 2, price[person, task, inside], np.nan),
            "chosen": (picked[person, task] == offer).astype(int),
        }
    )


def fit(
    tasks: pd.DataFrame, by: Partition | None = None, *, smallest_group: int = 10, open_eyes: bool = False
) -> ChoiceModel:
    return estimate_choice(
        tasks,
        attributes=["extra"],
        price="price",
        outside="none",
        by=by,
        smallest_group=smallest_group,
        allow_sensitive=open_eyes,
    )


def halves(n: int = 60, *, sensitive: tuple[str, ...] = ()) -> Partition:
    labels = pd.Series(np.where(np.arange(n) < n // 2, "first", "second"), dtype="category")
    return Partition(labels=labels, scheme="half", made_from=("half",), sensitive=sensitive)


def test_each_group_has_the_model_of_its_own_rows() -> None:
    tasks = draw_tasks(second_price_weight=-0.2)
    model = fit(tasks, halves())
    assert model.groups is not None
    for name, rows in (("first", tasks["respondent_id"] < 30), ("second", tasks["respondent_id"] >= 30)):
        pd.testing.assert_frame_equal(model.groups.results[name].table, fit(tasks[rows]).table)
    table = model.groups.table.set_index(["group", "attribute"])
    assert table.loc[("second", "price"), "estimate"] < table.loc[("first", "price"), "estimate"] - 0.05
    assert table["n"].unique().tolist() == [30]
    pd.testing.assert_frame_equal(model.table, fit(tasks).table)
    assert fit(tasks).groups is None
    by_index = fit(tasks.set_index("respondent_id"), halves())
    assert by_index.groups is not None
    pd.testing.assert_frame_equal(by_index.groups.table, model.groups.table)


def test_sensitive_groups_are_refused_unless_asked_for() -> None:
    tasks = draw_tasks()
    with pytest.raises(ParameterError, match="made from half, marked as sensitive"):
        fit(tasks, halves(sensitive=("half",)))
    assert fit(tasks, halves(sensitive=("half",)), open_eyes=True).groups is not None


def test_demand_is_the_share_as_one_price_moves() -> None:
    model = fit(draw_tasks())
    prices = np.array([20.0, 30.0, 45.0])
    estimate, draws = model.demand_at(prices, offers=OFFERS, vary="ours", n_draws=4000)
    assert draws.shape == (4000, 3)
    for price, found, drawn in zip(prices, estimate, draws.T, strict=True):
        moved = OFFERS.assign(price=[price, 30.0])
        row = model.shares(moved).table.set_index("alternative").loc["ours"]
        assert found == pytest.approx(row["share"])
        assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([row["low"], row["high"]], abs=0.012)
    assert model.prices_asked.tolist() == [20, 30, 40, 50]
    again = model.demand_at(prices, offers=OFFERS, vary="ours", n_draws=4000)[1]
    assert (again == draws).all()
    swapped = model.demand_at(prices, offers=OFFERS.iloc[::-1], vary="ours")[0]
    assert swapped == pytest.approx(estimate)


def test_demand_of_few_people_is_not_shown_and_names_are_checked() -> None:
    model = fit(draw_tasks(), smallest_group=100)
    estimate, draws = model.demand_at(np.array([20.0]), offers=OFFERS, vary="ours")
    assert np.isnan(estimate).all()
    assert np.isnan(draws).all()
    enough = fit(draw_tasks())
    with pytest.raises(ParameterError, match="vary is 'none': give one of 'ours', 'theirs'"):
        enough.demand_at(np.array([20.0]), offers=OFFERS, vary="none")
    with pytest.raises(ParameterError, match="prices are not all finite"):
        enough.demand_at(np.array([np.nan]), offers=OFFERS, vary="ours")
    with pytest.raises(DataError, match="an alternative occurs twice"):
        enough.demand_at(np.array([20.0]), offers=OFFERS.assign(alternative="ours"), vary="ours")


def test_encoded_prices_move_one_cell_only() -> None:
    coding = fit(draw_tasks()).coding
    names, columns = encode_offers(OFFERS, coding)
    moved, position = encode_prices(OFFERS, coding, vary="theirs", prices=np.array([1.0, 2.0]))
    assert names == ["ours", "theirs", "none"]
    assert position == 1
    assert moved.shape == (2, *columns.shape)
    assert moved[:, 1, coding.price_position].tolist() == [1, 2]
    moved[:, 1, coding.price_position] = 30
    assert (moved == columns).all()


def test_shares_of_any_model_are_written_alike() -> None:
    draws = np.random.default_rng(1).dirichlet([40, 30, 30], size=2000)
    shares = tabulate_shares(
        ["a", "b", "none"],
        draws.mean(axis=0),
        draws,
        outside="none",
        n=80,
        level=0.9,
        smallest_group=10,
        method="mixed logit",
        notes=("a caveat",),
    )
    assert shares.headline.value == pytest.approx(0.4, abs=0.01)
    assert shares.headline.words["alternative"] == "a"
    assert shares.headline.method == "mixed logit"
    assert shares.table["low"].to_numpy() == pytest.approx(np.quantile(draws, 0.05, axis=0))
    assert (shares.outside, shares.notes) == ("none", ("a caveat",))
    few = tabulate_shares(
        ["a", "none"], np.array([0.6, 0.4]), draws[:, :2], outside="none", n=9, level=0.9, smallest_group=10, method="x"
    )
    assert few.table[["share", "low", "high"]].isna().all(axis=None)
    assert "at least 10 are needed" in str(few.headline)
