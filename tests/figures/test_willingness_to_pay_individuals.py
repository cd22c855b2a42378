"""The picture of individuals draws groups with mean and interval, never a person, or says why there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import IndividualChoiceModel, estimate_individual_choice
from cvlab.errors import ParameterError
from cvlab.figures.willingness_to_pay import draw_individual_worth
from cvlab.units import NumberFormat, current_number_format, set_number_format

PEOPLE = 45
GPS = "gps_$included$"


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    before = current_number_format()
    yield
    set_number_format(before)
    plt.close("all")


def choose(n: int = PEOPLE, *, price_sign: str = "negative", space: str = "wtp") -> IndividualChoiceModel:
    random = np.random.default_rng(0)
    shape = (n, 8, 2)
    price, gps = random.choice([4.0, 8.0, 12.0], shape), np.tile([0, 1], (n, 8, 1))
    hours = random.choice([5.0, 10.0], shape)
    likes = random.normal(8.0, 2.0, (n, 1, 1))
    picked = (likes * gps + 0.3 * hours - price + 2 * random.gumbel(size=shape)).argmax(axis=2)
    person, task, offer = (part.ravel() for part in np.indices(shape))
    tasks = pd.DataFrame(
        {
            "respondent_id": person,
            "task": task,
            "alternative": offer,
            GPS: gps.ravel(),
            "hours": hours.ravel(),
            "price": price.ravel(),
            "chosen": (picked[person, task] == offer).astype(int),
        }
    )
    return estimate_individual_choice(
        tasks,
        attributes=[GPS, "hours"],
        price="price",
        n_draws=150,
        n_chains=2,
        time_limit=0.7,
        price_sign=price_sign,  # type: ignore[arg-type]
        space=space,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def model() -> IndividualChoiceModel:
    return choose()


def partition(names: list[str], *, sensitive: tuple[str, ...] = ()) -> Partition:
    labels = pd.Series(names, index=pd.RangeIndex(len(names), name="respondent_id"), dtype="category")
    return Partition(labels=labels, scheme="clusters", made_from=("worth",), sensitive=sensitive)


def intervals(ax: Axes) -> list[list[float]]:
    drawn = [each for each in ax.collections if isinstance(each, LineCollection)]
    return [[float(end[0]) for end in segment] for lines in drawn for segment in lines.get_segments()]


def rows(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_everybody_is_one_curve_with_the_mean_of_the_result(model: IndividualChoiceModel) -> None:
    ax = draw_individual_worth(model)
    row = model.willingness_to_pay().table.set_index("attribute").loc[GPS]
    assert rows(ax) == ["everybody\n45 people"]
    assert intervals(ax) == [pytest.approx([row["low"], row["high"]])]
    assert ax.lines[-1].get_xdata() == pytest.approx([row["estimate"]])
    assert ax.get_xlabel() == r"willingness to pay for gps \$included\$ (EUR)"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "people who would pay",
        "their middle half",
        "mean, 95% interval",
    ]


def test_groups_stand_below_each_other_in_their_order_and_small_ones_are_merged(model: IndividualChoiceModel) -> None:
    names = ["style"] * 20 + ["health"] * 16 + ["tiny"] * 9
    ax = draw_individual_worth(model, by=partition(names))
    assert rows(ax) == ["style\n20 people", "other\n25 people"]
    assert len(intervals(ax)) == 2
    people = np.flatnonzero(np.array(names) == "style")
    place = [name for name in model.coding.names if name != "price"].index(GPS)
    worth = model.posterior.take(people).worth()[:, :, place]
    assert any(line.get_xdata() == pytest.approx([worth.mean()]) for line in ax.lines)


def test_numeric_attributes_are_drawn_as_the_whole_step(model: IndividualChoiceModel) -> None:
    ax = draw_individual_worth(model, attribute="hours")
    row = model.willingness_to_pay().table.set_index("attribute").loc["hours"]
    assert ax.get_xlabel() == "willingness to pay for hours: 10 instead of 5 (EUR)"
    assert intervals(ax) == [pytest.approx([5 * row["low"], 5 * row["high"]])]


def test_nothing_runs_off_the_paper(model: IndividualChoiceModel) -> None:
    set_number_format(NumberFormat(currency="USD", locale="en_US"))
    long = ["people who run far and wide and in all weathers"] * 20 + ["$5 and more, $10"] * 25
    ax = draw_individual_worth(model, by=partition(long))
    ax.figure.canvas.draw()
    for text in [*ax.get_yticklabels(), *ax.texts, ax.xaxis.label, *ax.get_legend().get_texts()]:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= ax.figure.bbox.x1 + 1, text.get_text()
    assert all(text.get_text().startswith(r"\$") for text in ax.texts)
    assert r"\$5" in "".join(rows(ax))


def test_no_single_person_is_drawn(model: IndividualChoiceModel) -> None:
    ax = draw_individual_worth(model)
    assert max(len(line.get_xdata()) for line in ax.lines) == 256
    shapes = [path.vertices for each in ax.collections for path in each.get_paths()]
    assert max(len(vertices) for vertices in shapes) < 2 * 256 + 10


def test_too_few_people_and_undefined_amounts_are_said() -> None:
    for few, said in (
        (choose(6), "Not enough data"),
        (choose(price_sign="free", space="preference"), "With a price coefficient of any sign"),
    ):
        ax = draw_individual_worth(few)
        assert not ax.axison
        assert ax.texts[0].get_text().startswith(said)


def test_arguments_are_checked(model: IndividualChoiceModel) -> None:
    with pytest.raises(ParameterError, match=r"attribute is 'colour': give one of 'gps_\$included\$', 'hours'"):
        draw_individual_worth(model, attribute="colour")
    with pytest.raises(ParameterError, match="marked as sensitive"):
        draw_individual_worth(model, by=partition(["a"] * 20 + ["b"] * 25, sensitive=("age",)))


def test_it_goes_on_the_axes_it_is_given_and_takes_the_groups_of_the_model(model: IndividualChoiceModel) -> None:
    _, ax = plt.subplots()
    own = replace(model, partition=partition(["a"] * 20 + ["b"] * 25))
    assert draw_individual_worth(own, ax=ax) is ax
    assert rows(ax) == ["b\n25 people", "a\n20 people"]  # from below
