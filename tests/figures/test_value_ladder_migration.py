"""Pictures of migration and of the value model hold the numbers of the result, and say so where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cvlab.analyses.value_ladder import Migration, ValueModel, measure_migration, measure_value_model
from cvlab.figures.value_ladder import draw_migration, draw_propositions, draw_rung_value
from cvlab.units import write_number, write_range

NAMES = ["good", "better", "best"]


@pytest.fixture(scope="module")
def migration() -> Migration:
    random = np.random.default_rng(9)
    start = pd.Timestamp("2024-01-01")
    rows = []
    for number in range(240):
        rung, month = number % 3, 0
        for _ in range(3):
            until = month + int(random.geometric(0.08))
            end = start + pd.DateOffset(months=until) if until <= 24 else None
            rows.append((f"C{number}", NAMES[rung], start + pd.DateOffset(months=month), end, 10.0 * (rung + 1), 4.0))
            step = int(random.choice([-1, 0, 1]))
            if end is None or step == 0 or not 0 <= rung + step <= 2:
                break
            rung, month = rung + step, until
    columns = ["customer_id", "rung", "start", "end", "price_per_month", "cost_to_serve_per_month"]
    return measure_migration(pd.DataFrame(rows, columns=columns), as_of="2026-01-01", n_boot=100, smallest_group=1)


@pytest.fixture(scope="module")
def model() -> ValueModel:
    propositions = pd.DataFrame(
        {
            "proposition": ["costs $5 or $6", "quiet", "quiet"],
            "group": ["small", "small", "large"],
            "ours": [9.0, 6.0, 2.0],
            "cost": 1.0,
            "revenue": 2.0,
        }
    )
    rivals = pd.DataFrame(
        {"proposition": ["costs $5 or $6", "quiet"], "rival": "Ax", "score": [3.0, 6.1], "price": 9.0}
    )
    return measure_value_model(propositions, rivals, n_draws=400)


def texts_of(ax: Axes) -> list[str]:
    figure = ax.figure
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(match=lambda artist: hasattr(artist, "get_text"))]


def test_each_chance_stands_in_its_cell_with_its_interval(migration: Migration) -> None:
    ax = draw_migration(migration)
    texts = texts_of(ax)
    for row in migration.table.to_dict("records"):
        assert write_number(row["rate"], "share") in texts
        assert write_range(row["low"], row["high"], "share") in texts
    assert [label.get_text().split("\n")[0] for label in ax.get_yticklabels()] == NAMES[::-1]
    assert [label.get_text() for label in ax.get_xticklabels()] == [*NAMES, "left"]
    assert ax.get_xlabel() == "… and where they go within a month"


def test_the_likelier_a_move_the_darker_its_cell(migration: Migration) -> None:
    ax = draw_migration(migration)
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_fill()]
    order = {name: number for number, name in enumerate([*NAMES, "left"])}
    table = migration.table[migration.table["from"] != migration.table["to"]]
    shades = {}
    for row in table.to_dict("records"):
        place = ((2 - order[row["from"]]) * 4) + order[row["to"]]
        shades[row["rate"]] = boxes[place].get_alpha()
    by_rate = [shades[rate] for rate in sorted(shades)]
    assert by_rate == sorted(by_rate)
    assert max(by_rate) < 0.7, "words can be read on it"


def test_bars_add_up_to_the_value_and_whiskers_are_its_interval(migration: Migration) -> None:
    ax = draw_rung_value(migration)
    heights = np.array([[bar.get_height() for bar in bars] for bars in ax.containers[:3]])
    np.testing.assert_allclose(heights.sum(axis=0), migration.rungs["value"])
    segments = np.array([segment for lines in ax.collections for segment in lines.get_segments()])
    np.testing.assert_allclose(segments[:, 0, 1], migration.rungs["value_low"])
    np.testing.assert_allclose(segments[:, 1, 1], migration.rungs["value_high"])
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert all("started here" in label and "stays" in label for label in labels)
    assert ax.get_ylabel() == "worth of a customer by first rung (EUR)"
    assert max(segments[:, 1, 1]) < ax.get_ylim()[1]


def test_losses_lie_below_zero(migration: Migration) -> None:
    losing = migration.paths.assign(value=np.where(migration.paths["rung"] == "good", -50.0, migration.paths["value"]))
    sums = losing.groupby("start", sort=False)["value"].sum().to_numpy()
    rungs = migration.rungs.assign(value=sums, value_low=sums - 1, value_high=sums + 1)
    ax = draw_rung_value(replace(migration, paths=losing, rungs=rungs))
    assert min(bar.get_y() + min(bar.get_height(), 0) for bars in ax.containers[:3] for bar in bars) == -50
    assert ax.get_ylim()[0] < -50


def test_without_data_the_pictures_say_so() -> None:
    table = pd.DataFrame({"customer_id": ["A"], "rung": "good", "start": "2025-01-01", "price_per_month": 1.0}).assign(
        cost_to_serve_per_month=0.0
    )
    empty = measure_migration(table)
    assert any("Not enough data" in text.replace("\n", " ") for text in texts_of(draw_rung_value(empty)))
    assert not draw_migration(empty).axison


def test_what_is_withheld_is_said_in_its_cell(migration: Migration) -> None:
    table = migration.table.copy()
    table.loc[[1, 4], ["moves", "rate", "low", "high"]] = np.nan
    texts = texts_of(draw_migration(replace(migration, table=table)))
    assert texts.count("not told") == 2
    assert "not enough\ndata" not in texts


def test_propositions_show_lead_rank_and_decision(model: ValueModel) -> None:
    ax = draw_propositions(model)
    texts = texts_of(ax)
    assert {"▲ +6", "▼ −4.10"} <= set(texts)
    lines = next(text for text in texts if text.endswith("lead"))
    assert "against Ax\nrank 1 of 2, first >99%" in lines
    row = model.table.iloc[0]
    assert lines.startswith(f"({write_range(row['lead_low'], row['lead_high'], 'number')})")
    assert "not proposed" in texts
    assert any(text.endswith("no decision yet") for text in texts)
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"costs \$5 or \$6", "quiet"]
    assert "lead over the best rival (points, scores run from 0 to 10)" in texts


def test_too_few_people_leave_a_cell_and_a_picture_without_numbers(model: ValueModel) -> None:
    blank = model.table.assign(lead=model.table["lead"].where(model.table.index > 0))
    assert "not enough people" in texts_of(draw_propositions(replace(model, table=blank)))
    nothing = replace(model, table=model.table.assign(lead=np.nan))
    assert not draw_propositions(nothing).axison


def test_pictures_go_where_they_are_told(migration: Migration, model: ValueModel) -> None:
    ax = draw_migration(migration)
    ax.clear()
    assert draw_rung_value(migration, ax=ax) is ax
    assert draw_propositions(model, ax=ax) is ax
