"""The picture of tastes draws every random attribute with mean, interval and share below nothing, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cvlab.analyses.willingness_to_pay import MixedChoiceModel, estimate_mixed_choice
from cvlab.figures.willingness_to_pay import draw_taste_distributions


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    plt.close("all")


def choose(n: int = 40, *, distribution: str = "normal", price: str | None = None) -> MixedChoiceModel:
    random = np.random.default_rng(0)
    shape = (n, 6, 2)
    prices, gps, oled = (
        random.choice([4.0, 6.0, 8.0], shape),
        random.integers(0, 2, shape),
        random.integers(0, 3, shape),
    )
    likes = random.normal(1.5, 1.0, (n, 1, 1))
    utility = -0.5 * prices + likes * gps + 0.3 * oled + random.gumbel(size=shape)
    person, task, offer = (part.ravel() for part in np.indices(shape))
    tasks = pd.DataFrame(
        {
            "respondent_id": person,
            "task": task,
            "alternative": offer,
            "price": prices.ravel(),
            "gps_$included$_and_more_than_fits_beside_an_axis": gps.ravel(),
            "oled": oled.ravel(),
            "chosen": (utility.argmax(axis=2)[person, task] == offer).astype(int),
        }
    )
    attributes = [tasks.columns[4], "oled"]
    return estimate_mixed_choice(
        tasks,
        attributes=attributes,
        price="price",
        random={attributes[0]: distribution} | ({} if price is None else {"price": price}),
        n_draws=40,
        n_starts=1,
    )


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_each_random_attribute_has_its_mean_interval_and_share_below_nothing() -> None:
    model = choose()
    ax = draw_taste_distributions(model)
    worth = model.willingness_to_pay()
    row = worth.table.iloc[0]
    intervals = [part for part in ax.collections if isinstance(part, LineCollection)]
    assert len(intervals) == 1  # oled is worth the same to everybody
    (segment,) = intervals[0].get_segments()
    assert segment[:, 0].tolist() == pytest.approx([row["low"], row["high"]])
    means = [line for line in ax.lines if line.get_marker() == "o"]
    assert [np.asarray(line.get_xdata())[0] for line in means] == pytest.approx([row["estimate"]])
    (written,) = texts(ax)
    assert written.startswith("€")
    assert f" on average\n{row['below_zero']:.0%} below nothing\n(" in written
    (label,) = [tick.get_text() for tick in ax.get_yticklabels()]
    assert label.startswith(r"gps \$included\$")
    assert "…" in label
    assert ax.get_xlabel() == "willingness to pay (EUR)"


def test_a_result_is_drawn_as_its_model_is_and_on_the_axes_given() -> None:
    model = choose()
    _, ax = plt.subplots()
    assert draw_taste_distributions(model.willingness_to_pay(), ax=ax) is ax
    assert texts(ax) == texts(draw_taste_distributions(model))


def test_a_log_normal_taste_has_nobody_below_nothing_and_a_tail_that_squeezes_nothing() -> None:
    model = choose(distribution="log-normal", price="log-normal")
    ax = draw_taste_distributions(model)
    assert "\n0% below nothing" in texts(ax)[0]
    assert "to" not in texts(ax)[0]
    people = model.willingness_to_pay().population.iloc[:, 0]
    left, right = ax.get_xlim()
    assert left < 0
    assert right <= 1.05 * max(people.quantile(0.99), model.willingness_to_pay().table.loc[0, "high"])


def test_what_is_undefined_or_not_random_is_said() -> None:
    normal = choose(price="normal")
    assert "lets the weight of price" in texts(draw_taste_distributions(normal))[0].replace("\n", " ")
    few = choose(5)
    assert "5 people chose, and at least 10 are needed" in texts(draw_taste_distributions(few))[0].replace("\n", " ")
    worth = replace(choose().willingness_to_pay(), random=("price",))
    assert texts(draw_taste_distributions(worth))[0].startswith("Only staying out or the price differs")
