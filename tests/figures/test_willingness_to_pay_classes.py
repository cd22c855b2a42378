"""Pictures of classes draw every interval that the result holds, and say what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cvlab.analyses.willingness_to_pay import (
    BestWorst,
    ClassChoiceModel,
    estimate_best_worst,
    estimate_class_choice,
)
from cvlab.figures.willingness_to_pay import draw_best_worst, draw_class_criteria, draw_class_worth

ODD = "gps_$of a very long name$ that runs on and on"


def choose(n: int = 60, *, n_classes: object = (1, 2, 3), smallest_group: int = 10) -> ClassChoiceModel:
    """Half of the people want gps, the others a good strap; every name is awkward."""
    random = np.random.default_rng(0)
    person, task = np.divmod(np.arange(10 * n), 10)
    gps, strap = random.integers(0, 2, (10 * n, 2)), random.integers(0, 2, (10 * n, 2))
    price = random.choice([4.0, 6.0, 8.0], (10 * n, 2))
    liked = (person % 2)[:, None]
    utility = np.column_stack([4 * liked * gps + 4 * (1 - liked) * strap - 0.8 * price, np.full(10 * n, -4.0)])
    pick = (utility + random.gumbel(size=(10 * n, 3))).argmax(axis=1)
    sides = []
    for side, name in enumerate("ab"):
        table = {"alternative": name, ODD: gps[:, side], "strap": np.where(strap[:, side], "metal", "band")}
        sides.append(pd.DataFrame({**table, "price": price[:, side], "chosen": (pick == side).astype(int)}))
    sides.append(pd.DataFrame({"alternative": "none", "chosen": (pick == 2).astype(int)}))
    tasks = pd.concat([side.assign(respondent_id=person, task=task) for side in sides])
    return estimate_class_choice(
        tasks,
        attributes=[ODD, "strap"],
        price="price",
        outside="none",
        n_classes=n_classes,  # type: ignore[arg-type]
        n_starts=4,
        smallest_group=smallest_group,
    )


def compare(n: int = 20) -> BestWorst:
    random = np.random.default_rng(1)
    names = np.array(["a fair price of $5", "b", "c", "an item whose name goes on for ever and ever"])
    rows = []
    for person in range(n):
        for number in range(3):
            order = random.permutation(4)
            marks = ["best", "none", "none", "worst"] if person % 3 else ["worst", "none", "none", "best"]
            rows += [(person, number, names[each], mark) for each, mark in zip(order, marks, strict=True)]
    return estimate_best_worst(pd.DataFrame(rows, columns=["respondent_id", "set", "item", "choice"]))


@pytest.fixture(scope="module")
def model() -> ClassChoiceModel:
    return choose()


def segments(ax: Axes) -> list[list[float]]:
    """Ends of the horizontal intervals that `hlines` drew."""
    drawn = [each for each in ax.collections if isinstance(each, LineCollection)]
    return [[float(end[0]) for end in segment] for lines in drawn for segment in lines.get_segments()]


def assert_inside(ax: Axes) -> None:
    """Every text stays on the paper."""
    figure = ax.figure
    figure.canvas.draw()
    legend = ax.get_legend()
    for text in [*ax.texts, *ax.get_yticklabels(), ax.xaxis.label, *(legend.get_texts() if legend else [])]:
        box = text.get_window_extent()
        if text.get_text():
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()
            assert box.y1 <= figure.bbox.y1 + 1, text.get_text()


def test_worth_draws_every_class_and_interval_but_the_outside_option(model: ClassChoiceModel) -> None:
    ax = draw_class_worth(model)
    worth = model.table[model.table["attribute"] != "none"]
    assert len(worth) == 4
    assert segments(ax) == [pytest.approx(ends) for ends in worth[["low", "high"]].to_numpy().tolist()]
    assert [label.get_text() for label in ax.get_yticklabels()][1] == "strap: metal"
    assert r"\$" in ax.get_yticklabels()[0].get_text()
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(said) == 2
    assert all(text.endswith("(50%, 30 people)") for text in said)
    marks = [line.get_marker() for line in ax.lines if line.get_marker() not in ("None", None, "")]
    assert len(set(marks)) == 2
    assert ax.get_xlabel() == "willingness to pay (EUR)"
    assert_inside(ax)


def test_classes_of_an_attribute_stand_apart_and_in_order(model: ClassChoiceModel) -> None:
    ax = draw_class_worth(model)
    first, second = (line.get_ydata() for line in ax.lines if line.get_marker() in ("o", "s"))
    assert np.asarray(first) - np.asarray(second) == pytest.approx(np.full(2, 0.7))
    assert max(first) < ax.get_ylim()[1]
    assert min(second) > ax.get_ylim()[0]


def test_a_class_without_worth_is_named_and_not_drawn(model: ClassChoiceModel) -> None:
    name = model.membership.names[1]
    worth = model.table.copy()
    worth.loc[worth["class"] == name, ["estimate", "low", "high"]] = np.nan
    ax = draw_class_worth(replace(model, table=worth))
    assert len(segments(ax)) == 2
    assert [text.get_text().endswith(": not shown)") for text in ax.get_legend().get_texts()] == [False, True]
    nothing = draw_class_worth(replace(model, table=worth.assign(estimate=np.nan, low=np.nan, high=np.nan)))
    assert "No class has a willingness to pay" in nothing.texts[0].get_text()


def test_criteria_mark_the_lowest_and_the_one_used(model: ClassChoiceModel) -> None:
    ax = draw_class_criteria(model)
    lines = {str(line.get_label()): line for line in ax.lines}
    assert list(lines) == ["BIC", "CAIC", "used: 2", "lowest BIC: 2"]
    assert lines["BIC"].get_ydata() == pytest.approx(model.criteria["bic"].to_numpy())
    assert lines["CAIC"].get_ydata() == pytest.approx(model.criteria["caic"].to_numpy())
    assert lines["used: 2"].get_xdata()[0] == 2
    assert ax.get_xticks().tolist() == [1, 2, 3]
    assert ax.get_ylabel() == "criterion (less is better)"
    assert_inside(ax)


def test_one_number_of_classes_is_nothing_to_compare() -> None:
    ax = draw_class_criteria(choose(20, n_classes=2, smallest_group=5))
    assert ax.texts[0].get_text() == "Only 2 classes were tried: there is nothing to compare."


def test_best_worst_draws_shares_with_intervals_the_most_important_on_top() -> None:
    result = compare()
    ax = draw_best_worst(result)
    upwards = result.table.iloc[::-1]
    assert segments(ax) == [pytest.approx(ends) for ends in upwards[["share_low", "share_high"]].to_numpy().tolist()]
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert dots.get_xdata() == pytest.approx(upwards["share"].to_numpy())
    assert any(r"\$5" in label.get_text() for label in ax.get_yticklabels())
    equal = next(line for line in ax.lines if line.get_marker() != "o")
    assert equal.get_xdata()[0] == 0.25
    assert ax.get_xlim()[0] == 0
    assert_inside(ax)


def test_too_few_people_are_said_and_not_drawn() -> None:
    few = choose(6, n_classes=1)
    for ax in (draw_class_worth(few), draw_class_criteria(few), draw_best_worst(compare(6))):
        assert [text.get_text().startswith("Not enough data") for text in ax.texts] == [True]
        assert not ax.lines
        assert not ax.collections
        assert not ax.axison


def test_pictures_go_on_the_axes_they_are_given(model: ClassChoiceModel) -> None:
    _, axes = plt.subplots(ncols=3)
    assert draw_class_worth(model, ax=axes[0]) is axes[0]
    assert draw_class_criteria(model, ax=axes[1]) is axes[1]
    assert draw_best_worst(compare(), ax=axes[2]) is axes[2]
    assert len(plt.get_fignums()) == 1
