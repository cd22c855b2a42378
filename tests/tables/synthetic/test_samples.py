"""The committed sample lines: made from their seed, within their size, and legal as input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cvlab.errors import DataError, ParameterError
from cvlab.tables.product_line import check_product_line, read_product_line
from cvlab.tables.schema import TABLES
from cvlab.tables.synthetic import FAULTS, LINES, SEED, make_dirty, make_line, make_truth, write_samples
from cvlab.tables.synthetic.streams import open_stream

SLUGS = tuple(LINES)
MOST_BYTES = 7_500_000


@pytest.fixture(scope="module")
def committed(checkout: Path) -> Path:
    """Give the folder of the committed samples."""
    return checkout / "data" / "sample"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the samples once."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


def test_committed_files_are_those_that_are_written(committed: Path, written: Path) -> None:
    names = {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    assert names == {path.relative_to(committed) for path in committed.rglob("*") if path.is_file()}


@pytest.mark.parametrize("slug", SLUGS)
def test_committed_tables_are_regenerated(committed: Path, written: Path, slug: str) -> None:
    for path in sorted((written / slug).glob("*.csv")):
        expected, found = pd.read_csv(committed / slug / path.name), pd.read_csv(path)
        # Money is rounded to cents: a last digit may differ between machines, a row may not.
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=0.011, check_exact=False)
    for name in ("truth.json", "product_line.yaml"):
        read = json.loads if name.endswith("json") else yaml.safe_load
        assert read((written / slug / name).read_text("utf-8")) == read((committed / slug / name).read_text("utf-8"))


def test_data_dictionary_is_current(committed: Path, written: Path) -> None:
    assert (written / "README.md").read_text("utf-8") == (committed / "README.md").read_text("utf-8")


def test_committed_data_are_small(committed: Path) -> None:
    assert sum(path.stat().st_size for path in committed.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize("slug", SLUGS)
def test_a_line_is_deterministic_and_a_seed_matters(slug: str) -> None:
    first, again, other = make_line(slug), make_line(slug), make_line(slug, seed=7)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not first["price_sensitivity"].equals(other["price_sensitivity"])


@pytest.mark.parametrize("slug", SLUGS)
def test_a_table_does_not_depend_on_the_others(slug: str) -> None:
    """A table drawn alone equals the one drawn among all: tables to come leave these as they are."""
    line = LINES[slug]
    alone = line.drawers["choice_tasks"](line.draw_sample(SEED), open_stream(SEED, slug, "choice_tasks"))
    pd.testing.assert_frame_equal(alone, make_line(slug)["choice_tasks"])


@pytest.mark.parametrize("slug", SLUGS)
def test_samples_are_legal_but_for_misordered_prices(committed: Path, slug: str) -> None:
    problems = check_product_line(committed / slug)
    assert not [problem for problem in problems if problem.severity == "error"]
    assert {problem.table for problem in problems} <= {"price_sensitivity"}
    line = read_product_line(committed / slug)
    assert set(line.tables) == set(make_line(slug)) <= set(TABLES)
    excluded = line.exclusions["row"].nunique()
    assert 0 < excluded <= 0.08 * len(make_line(slug)["price_sensitivity"])


@pytest.mark.parametrize("slug", SLUGS)
def test_ids_join_and_sizes_are_as_announced(slug: str) -> None:
    tables, line = make_line(slug), LINES[slug]
    customers = set(tables["customers"]["customer_id"])
    assert len(customers) == len(tables["customers"]) == line.n_customers
    for name, table in tables.items():
        if name in ("respondents", "value_survey"):
            assert table["respondent_id"].nunique() > line.n_surveyed, name
            assert set(tables["price_ladder"]["respondent_id"]) < set(table["respondent_id"]) <= customers, name
        elif "respondent_id" in table:
            assert table["respondent_id"].nunique() == line.n_surveyed, name
            assert set(table["respondent_id"]) <= customers, name
        elif "customer_id" in table:
            assert set(table["customer_id"]) <= customers, name


@pytest.mark.parametrize("slug", SLUGS)
def test_contracts_follow_each_other(slug: str) -> None:
    contracts = make_line(slug)["contracts"].sort_values(["customer_id", "start"])
    customer = contracts["customer_id"]
    follows = customer == customer.shift()
    assert (contracts["start"][follows] == contracts["end"].shift()[follows]).all()
    last = customer != customer.shift(-1)
    assert (contracts.loc[~last, "renewed"] == "yes").all()
    assert (contracts.loc[last, "renewed"].isna() == contracts.loc[last, "end"].isna()).all()
    assert not (contracts.loc[last, "renewed"] == "yes").any()
    assert (contracts["end"].dropna() <= pd.Timestamp("2026-06-30")).all()
    assert (contracts["start"] <= contracts["end"].fillna(pd.Timestamp("2026-06-30"))).all()


@pytest.mark.parametrize("slug", ["lab-analysers", "salon-software"])
def test_customers_leave_when_their_last_contract_ends(slug: str) -> None:
    tables = make_line(slug)
    contracts = tables["contracts"].sort_values("start").drop_duplicates("customer_id", keep="last")
    last = contracts.set_index("customer_id")["end"]
    customers = tables["customers"].set_index("customer_id")
    ends = customers["end_date"]
    pd.testing.assert_series_equal(last.reindex(ends.index), ends, check_names=False, check_dtype=False)
    assert (ends.notna() == customers["end_reason"].notna()).all()
    bought = tables["transactions"].merge(ends.rename("left"), left_on="customer_id", right_index=True)
    assert (bought["date"] <= bought["left"].fillna(pd.Timestamp("2026-06-30"))).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_choice_tasks_tell_alternatives_apart(slug: str) -> None:
    tasks = make_line(slug)["choice_tasks"]
    shown = tasks[tasks["alternative"] != "none"]
    outside = tasks[tasks["alternative"] == "none"]
    attributes = [name for name in tasks if name not in ("respondent_id", "task", "alternative", "chosen")]
    assert outside[attributes].isna().all().all()
    assert (shown.groupby(["respondent_id", "task"])["price"].nunique() == 3).all()
    for name in attributes:
        assert shown[name].value_counts(normalize=True).min() > 0.6 / shown[name].nunique(), name
    assert (tasks.groupby(["respondent_id", "task"])["chosen"].sum() == 1).all()
    assert 0.02 < outside["chosen"].mean() < 0.6


@pytest.mark.parametrize("slug", SLUGS)
def test_bids_are_put_to_equally_many_people_and_answered_as_the_price_ladder(slug: str) -> None:
    tables = make_line(slug)
    bids = tables["contingent_valuation"]
    counts = bids["bid"].value_counts()
    assert counts.max() - counts.min() <= 1
    highest = tables["price_ladder"].query("would_buy == 'yes'").groupby("respondent_id")["price"].max()
    refused = tables["price_ladder"].query("would_buy == 'no'").groupby("respondent_id")["price"].min()
    of_person = bids.set_index("respondent_id")
    assert (of_person["answer"][of_person["bid"] <= highest.reindex(of_person.index)] == "yes").all()
    assert (of_person["answer"][of_person["bid"] >= refused.reindex(of_person.index)] == "no").all()
    assert 0.2 < (bids["answer"] == "yes").mean() < 0.8


@pytest.mark.parametrize("slug", ["fitness-trackers", "lab-analysers"])
def test_second_bids_narrow_the_first_answer(slug: str) -> None:
    bids = make_line(slug)["contingent_valuation"]
    assert (bids["bid_down"] < bids["bid"]).all()
    assert (bids["bid"] < bids["bid_up"]).all()
    assert bids.groupby("answer")["second_answer"].nunique().tolist() == [2, 2]


@pytest.mark.parametrize("slug", SLUGS)
def test_sets_of_items_are_balanced_within_each_person(slug: str) -> None:
    table, design = make_line(slug)["best_worst"], LINES[slug].survey.best_worst
    shown = table.groupby(["respondent_id", "item"]).size()
    assert (shown == design.n_rounds).all()
    assert len(shown) == len(design.items) * LINES[slug].n_surveyed
    sets = table.groupby(["respondent_id", "set"])
    assert (sets["item"].nunique() == 4).all()
    for mark, count in {"best": 1, "worst": 1, "none": 2}.items():
        assert (sets["choice"].agg(lambda choice, mark=mark: (choice == mark).sum()) == count).all()
    contents = sets["item"].agg(frozenset).groupby("respondent_id").nunique()
    assert (contents == 2 * design.n_rounds).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_truth_says_how_each_value_is_known(slug: str) -> None:
    truth = make_truth(slug)
    tables = LINES[slug].drawers
    keys = [record["key"] for record in truth["truths"]]
    assert len(keys) == len(set(keys))
    for record in truth["truths"]:
        assert set(record) == {"key", "value", "unit", "table", "how", "note"}
        assert record["how"] in ("planted", "computed", "simulated")
        assert record["table"] in tables
        assert isinstance(record["value"], str) or np.isfinite(record["value"])
    kinds = {decision["kind"]: [] for decision in truth["decisions"]}
    for decision in truth["decisions"]:
        kinds[decision["kind"]].append(decision["money_per_year"])
    assert min(kinds["right"]) >= 0 > max(kinds["wrong"])


def test_an_unknown_line_or_fault_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"slug is 'bakeries'.*'fitness-trackers'"):
        make_line("bakeries")
    with pytest.raises(ParameterError, match=r"fault is 'typos'.*'duplicate ids'"):
        make_dirty({}, "typos")


@pytest.mark.parametrize("fault", FAULTS)
def test_dirty_variants_have_the_problem_they_promise(fault: str, tmp_path: Path, written: Path) -> None:
    spoiling = FAULTS[fault]
    slug = next(slug for slug in ("lab-analysers", *SLUGS) if spoiling.table in LINES[slug].drawers)
    clean = make_line(slug)
    before = {name: table.copy() for name, table in clean.items()}
    for name, table in make_dirty(clean, fault).items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    settings = (written / slug / "product_line.yaml").read_text("utf-8")
    (tmp_path / "product_line.yaml").write_text(settings, encoding="utf-8")
    found = [problem for problem in check_product_line(tmp_path) if problem.table == spoiling.table]
    assert spoiling.severity in {problem.severity for problem in found}
    if spoiling.severity == "error":
        with pytest.raises(DataError, match=spoiling.table):
            read_product_line(tmp_path)
    else:
        assert {problem.severity for problem in found} == {"warning"}
        line = read_product_line(tmp_path)
        named = {row for problem in found for row in problem.rows}
        assert len(line.tables[spoiling.table]) == line.rows_read[spoiling.table] - len(named)
        assert named or spoiling.column in {problem.column for problem in found}
    for name, table in clean.items():
        pd.testing.assert_frame_equal(table, before[name])


@pytest.mark.parametrize("slug", SLUGS)
def test_no_question_has_a_comma_before_its_end(committed: Path, slug: str) -> None:
    settings = yaml.safe_load((committed / slug / "product_line.yaml").read_text("utf-8"))
    questions = [entry["question"] for table in settings["codebook"].values() for entry in table.values()
                 if "question" in entry]  # fmt: skip
    assert len(questions) > 8
    assert not [question for question in questions if ",?" in question or ", ?" in question or ",," in question]
