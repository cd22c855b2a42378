"""Withheld moves: what few customers did is not told, and no sum of what is told gives it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.common import Partition
from cvlab.analyses.value_ladder import Migration, measure_migration
from cvlab.analyses.value_ladder.contract_rows import read_contracts
from cvlab.analyses.value_ladder.stays import Histories, read_histories
from cvlab.analyses.value_ladder.withheld_cells import cover_small
from cvlab.tables.product_line import read_product_line

NAMES = ["good", "better", "best"]
GOALS = [*NAMES, "left"]
SLUGS = ("fitness-trackers", "lab-analysers", "salon-software")
AS_OF = "2026-06-30"


def draw_contracts(n: int, seed: int) -> pd.DataFrame:
    """Draw customers of whom few move, and each at most twice."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        rung, month = int(random.integers(3)), int(random.integers(12))
        for _ in range(3):
            until = month + int(random.geometric(0.12))
            ended = until <= 29
            start, end = (pd.Timestamp("2024-01-01") + pd.DateOffset(months=each) for each in (month, until))
            rows.append((f"C{number:04d}", NAMES[rung], start, end if ended else None, 10.0 * (rung + 1), 4.0))
            goal = rung + int(random.choice([-1, 0, 0, 0, 1]))
            if not ended or goal == rung or not 0 <= goal <= 2:
                break
            rung, month = goal, until
    columns = ["customer_id", "rung", "start", "end", "price_per_month", "cost_to_serve_per_month"]
    return pd.DataFrame(rows, columns=columns)


def read_moves(contracts: pd.DataFrame, rungs: list[str]) -> tuple[Histories, np.ndarray]:
    """Return histories, and how many customers made each move, rungs × goals."""
    rows, _ = read_contracts(contracts, rungs=rungs, as_of=AS_OF)
    histories = read_histories(rows, period_months=1, longest_gap_days=31)
    return histories, (histories.exits > 0).sum(axis=0)


def find_given_away(result: Migration, histories: Histories, groups: dict[str, np.ndarray]) -> list[tuple[str, ...]]:
    """Solve all sums that are told for the moves that are not: which of few customers have one solution?"""
    cells = {tuple(row[["group", "from", "to"]]): row for _, row in result.table.iterrows() if row["from"] != row["to"]}
    hidden = [key for key, row in cells.items() if np.isnan(row["rate"])]
    place = {key: number for number, key in enumerate(hidden)}
    sums = [[key for key in hidden if key[0] == group and key[1] == rung] for group, rung in told_rows(result)]
    for _, row in result.directions.dropna(subset="rate").iterrows():
        sums.append([key for key in hidden if key[0] == row["group"] and direction_of(key) == row["direction"]])
    for start, goal in {key[1:] for key in hidden}:
        if ("everybody", start, goal) not in place:
            sums.append([key for key in hidden if key[1:] == (start, goal)])
    equations = np.zeros((len(sums) + 1, len(hidden)))
    for number, each in enumerate(sums):
        equations[number, [place[key] for key in each]] = 1
    # A cell has one solution where it is orthogonal to all that the equations leave open.
    _, values, right = np.linalg.svd(equations)
    free = right[(values > 1e-9).sum() :]
    found = []
    for key in hidden:
        moved = histories.exits[groups[key[0]], NAMES.index(key[1]), GOALS.index(key[2])]
        if moved.any() and (moved > 0).sum() < 10 and np.abs(free[:, place[key]]).max(initial=0) < 1e-9:
            found.append(key)
    return found


def told_rows(result: Migration) -> list[tuple[str, str]]:
    staying = result.table[(result.table["from"] == result.table["to"]) & result.table["rate"].notna()]
    known = {tuple(row) for row in staying[["group", "from"]].to_numpy()}
    stays = result.rungs.dropna(subset="stay")
    return sorted(known | {tuple(row) for row in stays[["group", "rung"]].to_numpy()})


def direction_of(key: tuple[str, ...]) -> str:
    if key[2] == "left":
        return "left"
    return "up" if NAMES.index(key[2]) > NAMES.index(key[1]) else "down"


@pytest.mark.parametrize(("n", "seed"), [(60, 1), (120, 2), (120, 3), (240, 4), (240, 5), (500, 6)])
def test_what_few_did_is_neither_told_nor_the_rest_of_a_sum(n: int, seed: int) -> None:
    contracts = draw_contracts(n, seed)
    histories, _ = read_moves(contracts, NAMES)
    ids = histories.customers
    labels = pd.Series(np.random.default_rng(seed).choice(["a", "b", "c"], len(ids)), index=ids, dtype="category")
    result = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, by=Partition(labels=labels, scheme="x"), n_boot=20)
    groups = {name: np.flatnonzero(labels == name) for name in "abc"} | {"everybody": np.arange(len(ids))}
    small = 0
    for row in result.table.to_dict("records"):
        if row["from"] == row["to"]:
            continue
        moved = histories.exits[groups[row["group"]], NAMES.index(row["from"]), GOALS.index(row["to"])]
        if 0 < (moved > 0).sum() < 10:
            small += 1
            assert np.isnan([row["moves"], row["rate"], row["low"], row["high"]]).all(), row
    assert small, "this test wants few movers"
    for told, name in ((result.directions, "moves"), (result.tenure, "left")):
        assert not told[name].between(1, 9).any()
    assert find_given_away(result, histories, groups) == []


def test_the_check_of_sums_finds_what_is_given_away() -> None:
    contracts = draw_contracts(120, 3)
    histories, people = read_moves(contracts, NAMES)
    result = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, smallest_group=1, n_boot=20)
    table = result.table.copy()
    small = [(NAMES[row], GOALS[goal]) for row, goal in zip(*np.nonzero((people > 0) & (people < 10)), strict=True)]
    start, goal = small[0]
    table.loc[(table["from"] == start) & (table["to"] == goal), ["moves", "rate", "low", "high"]] = np.nan
    object.__setattr__(result, "table", table)
    everybody = {"everybody": np.arange(len(histories.customers))}
    assert find_given_away(result, histories, everybody) == [("everybody", start, goal)]


def test_nothing_is_withheld_from_large_moves_and_none_of_the_worth_changes() -> None:
    contracts = draw_contracts(120, 3)
    told = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, n_boot=50)
    everything = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, n_boot=50, smallest_group=1)
    assert told.headline.value == everything.headline.value
    assert told.customer_value.low == everything.customer_value.low
    columns = ["n", "periods", "months", "months_low", "value", "value_high"]
    pd.testing.assert_frame_equal(told.rungs[columns], everything.rungs[columns])
    kept = told.table["rate"].notna()
    assert 0 < kept.sum() < len(kept)
    pd.testing.assert_frame_equal(told.table[kept], everything.table[kept])
    assert not any("few" in note for note in everything.notes)


@pytest.mark.parametrize("slug", SLUGS)
def test_sample_lines_tell_no_move_of_fewer_than_ten(checkout: Path, slug: str) -> None:
    line = read_product_line(checkout / "data" / "sample" / slug)
    result = measure_migration(line.contracts, as_of=line.last_date, n_boot=20, smallest_group=line.smallest_group)
    moves = result.table["moves"].dropna()
    assert not ((moves > 0) & (moves < line.smallest_group)).any()
    hidden = result.table["rate"].isna()
    assert hidden.any() == (slug != "salon-software")
    # Periods at risk times a rate are moves: none is told without the other.
    assert (result.table.loc[hidden, "moves"].isna() & result.table.loc[hidden, "low"].isna()).all()
    assert any(note.startswith("Moves that fewer than 10 customers made are not told") for note in result.notes)


def test_a_sentence_says_what_it_does_not_tell(checkout: Path) -> None:
    line = read_product_line(checkout / "data" / "sample" / "lab-analysers")
    arguments: dict[str, Any] = {"as_of": line.last_date, "discount_rate_per_year": 0.08, "n_boot": 20}
    sentence = str(measure_migration(line.contracts, **arguments).headline)
    assert sentence.endswith("Per year 8.7% leave. How many move up or down is not told, because they are few.")
    # With fewer still, leaving is not told either.
    result = measure_migration(line.contracts, **arguments, smallest_group=13)
    assert "move out is not told" in str(result.headline) or "move up or down or out is not told" in str(
        result.headline
    )
    assert "leave" not in str(result.customer_value)
    assert "unknown" not in str(result.headline)


def test_ways_of_coming_to_a_rung_that_few_took_are_withheld() -> None:
    contracts = draw_contracts(120, 3)
    everything = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, n_boot=20, smallest_group=1).origins
    told = measure_migration(contracts, rungs=NAMES, as_of=AS_OF, n_boot=20).origins
    ways = ["started", "moved_up", "moved_down", "came_back"]
    counts = everything[ways].mul(everything["n"], axis=0).round()
    small = (counts > 0) & (counts < 10)
    assert small.any(axis=None)
    assert told[ways].where(small).isna().all(axis=None)
    # Shares add up to 1, so that one alone is never missing.
    assert (told[ways].isna().sum(axis=1) != 1).all()


def test_cells_are_covered_until_enough_people_are_behind_them() -> None:
    people = np.zeros((40, 4), dtype=bool)
    for column, size in enumerate((2, 4, 12, 30)):
        people[:size, column] = True
    none = np.zeros(4, dtype=bool)
    # The two smallest have four people behind them together, so that a third is withheld with them.
    assert cover_small(none, people, smallest_group=10).tolist() == [True, True, True, False]
    assert cover_small(none, people, smallest_group=10, first=3).tolist() == [True, True, False, True]
    assert not cover_small(none, people, smallest_group=2).any()
    assert cover_small(np.array([False, False, True, False]), people, smallest_group=1).tolist() == [
        True, False, True, False,
    ]  # fmt: skip
    nobody = np.zeros((40, 4), dtype=bool)
    assert not cover_small(none, nobody, smallest_group=10).any()
