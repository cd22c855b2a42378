"""On the sample lines every planted truth lies inside the 99.9 % interval of the analysis that estimates it."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from cvlab.analyses.common import wilson_interval
from cvlab.analyses.segmentation import (
    assign_segments,
    compare_groupings,
    estimate_clusters,
    summarise_choices,
    summarise_outcomes,
)
from cvlab.analyses.survey import estimate_weights, measure_exclusions, measure_response
from cvlab.analyses.value_ladder import check_ladder, measure_ladder
from cvlab.analyses.willingness_to_pay import estimate_choice, estimate_price_sensitivity
from cvlab.tables.product_line import ProductLine, read_product_line

LEVEL = 0.999
SAMPLES = Path(__file__).parents[1] / "data" / "sample"
LINES = ("fitness-trackers", "lab-analysers", "salon-software")


@cache
def read_line(name: str) -> ProductLine:
    return read_product_line(SAMPLES / name)


def read_truths(name: str, prefix: str) -> dict[str, float]:
    """Return what follows the prefix in the key → the truth."""
    truths = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))["truths"]
    return {truth["key"].removeprefix(prefix): truth["value"] for truth in truths if truth["key"].startswith(prefix)}


def find_misses(truths: dict[str, float], estimates: pd.DataFrame) -> Iterator[str]:
    """Name each truth that its interval does not hold; `estimates` has name → low, high."""
    for name, truth in truths.items():
        low, high = estimates.loc[name, ["low", "high"]]
        if not low <= truth <= high:
            yield f"{name}: {truth} is not in {low} to {high}"


@pytest.mark.parametrize("name", LINES)
def test_price_points(name: str) -> None:
    truths = read_truths(name, "willingness_to_pay.price_sensitivity.")
    result = estimate_price_sensitivity(read_line(name).price_sensitivity, n_boot=4000, level=LEVEL)
    assert set(truths) == set(result.table["point"])
    assert not list(find_misses(truths, result.table.set_index("point")))


@pytest.mark.parametrize("name", LINES)
def test_worth_of_attributes(name: str) -> None:
    line = read_line(name)
    truths = read_truths(name, "willingness_to_pay.pooled.")
    model = estimate_choice(
        line.choice_tasks, attributes=list(line.attributes), price="price", outside="none", level=LEVEL
    )
    table = model.willingness_to_pay().table.set_index("attribute")
    assert set(truths) == set(table.index)
    assert not list(find_misses(truths, table))


def test_needs_make_three_clusters_of_the_planted_sizes_on_fitness_trackers() -> None:
    clusters = estimate_clusters(summarise_choices(read_line("fitness-trackers").choice_tasks), n_clusters=3)
    planted = sorted(read_truths("fitness-trackers", "segmentation.cluster_share.").values(), reverse=True)
    for size, truth in zip(sorted(clusters.sizes, reverse=True), planted, strict=True):
        low, high = wilson_interval(size, int(clusters.sizes.sum()), level=LEVEL)
        assert low <= truth <= high
    again = estimate_clusters(summarise_choices(read_line("fitness-trackers").choice_tasks), n_clusters=3, seed=1)
    assert adjusted_rand_score(clusters.codes, again.codes) > 0.95


def test_age_and_income_explain_nothing_on_fitness_trackers_and_needs_do() -> None:
    line = read_line("fitness-trackers")
    groupings = {
        "age and income": assign_segments(line.customers, by=["age", "income"], sensitive=line.sensitive),
        "needs": estimate_clusters(summarise_choices(line.choice_tasks), n_clusters=3),
    }
    outcomes = summarise_outcomes(
        line.customers,
        transactions=line.transactions,
        reservation_prices=line.reservation_prices,
        after=line.middle_date,
    )
    table = compare_groupings(groupings, outcomes).table.set_index(["scheme", "outcome"])
    for outcome in ("spend", "willingness_to_pay"):
        assert table.loc[("age and income", outcome), "low"] <= 0.0
        assert table.loc[("age and income", outcome), "r2"] < 0.02
        assert table.loc[("needs", outcome), "low"] > 0.0


def test_the_dead_rung_fails_rule_1_for_its_cluster_alone() -> None:
    line = read_line("fitness-trackers")
    clusters = estimate_clusters(summarise_choices(line.choice_tasks), n_clusters=3)
    ladder = measure_ladder(line.rungs, line.rung_values, by=clusters)
    table = check_ladder(ladder, line.rung_features, as_of=line.last_date).table
    failed = table[(table["rule"] == 1) & (table["verdict"] == "fail")]
    assert failed["rung"].tolist() == ["Train"]
    # The cluster of health, the one that picks heart alerts, is the largest.
    assert failed["group"].tolist() == [clusters.sizes.idxmax()]
    assert "heart alerts" in clusters.sizes.idxmax()


def test_lab_analysers_have_not_enough_data_for_clusters() -> None:
    line = read_line("lab-analysers")
    clusters = estimate_clusters(summarise_choices(line.choice_tasks), n_clusters=3)
    assert np.isnan(clusters.headline.value)
    assert str(clusters.headline).startswith("Not enough data")
    assert clusters.trusted() is None


@pytest.mark.parametrize("name", LINES)
def test_statements_about_value_once_weighted(name: str) -> None:
    """What careful respondents say, weighted to the customers, is what all customers would say."""
    line = read_line(name)
    careless = measure_exclusions(line.tables)
    kept = careless.apply(line.tables)
    weights = estimate_weights(kept["respondents"], line.weighted_to).weights
    table = kept["value_survey"]
    turned = table["score"].mask(table["reversed"], 8 - table["score"])
    table = table.assign(turned=turned)
    scores = table.pivot_table(index="respondent_id", columns="dimension", values="turned")
    normal = stats.norm.ppf(0.5 + LEVEL / 2)
    for dimension, truth in read_truths(name, "survey.mean_score.").items():
        score = scores[dimension].dropna()
        weight = weights.reindex(score.index)
        mean = float((weight * score).sum() / weight.sum())
        error = float(np.sqrt((weight**2 * (score - mean) ** 2).sum()) / weight.sum())
        assert abs(mean - truth) <= normal * error, (dimension, mean, truth)


@pytest.mark.parametrize("name", LINES)
def test_careless_respondents(name: str) -> None:
    """Recall of at least .95 and false alarms of at most .02 of all respondents, rule by rule."""
    line = read_line(name)
    log = measure_exclusions(line.tables).log
    planted = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))["careless"]
    for rule, ids in planted.items():
        found, truth = set(log.loc[log["rule"] == rule, "respondent_id"]), set(ids)
        assert len(found & truth) >= 0.95 * len(truth), rule
        assert len(found - truth) <= 0.02 * len(line.respondents), rule


@pytest.mark.parametrize("name", LINES)
def test_response_by_group(name: str) -> None:
    line = read_line(name)
    table = measure_response(line.respondents, line.customers, level=LEVEL, smallest_group=2).table
    truths = read_truths(name, "survey.response.")
    assert truths
    for key, truth in truths.items():
        characteristic, level = key.split(".", 1)
        row = table[(table["characteristic"] == characteristic) & (table["level"] == level)].iloc[0]
        assert row["low"] <= truth <= row["high"], key
