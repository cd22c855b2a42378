"""Who answers the sample surveys: planted rates and carelessness are there, and simple rules find the careless."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlab.errors import ParameterError
from cvlab.tables.synthetic import CARELESSNESS, LINES, SEED, make_careless, make_line, make_truth
from cvlab.tables.synthetic.answering import add_answering
from cvlab.tables.synthetic.statements import DIMENSIONS, draw_value_survey

SLUGS = tuple(LINES)
N = 30_000


def _find(tables: dict[str, pd.DataFrame]) -> dict[str, set[str]]:
    """Apply the simplest rules, written anew here: nothing of what planted the careless is used."""
    people = tables["respondents"].set_index("respondent_id")
    scores = tables["value_survey"].astype({"score": float})
    wide = scores.pivot_table(index="respondent_id", columns="item", values="score", dropna=False)
    constant = wide.max(axis=1) == wide.min(axis=1)
    varied = wide[~constant].fillna(0)
    found = {
        "speeders": set(people.index[people["seconds"] < people["seconds"].median() / 3]),
        "straight liners": set(wide.index[constant]),
        "duplicates": set(varied.index[varied.duplicated()]),
        "attention": set(),
    }
    if "attention_passed" in people:
        found["attention"] = set(people.index[people["attention_passed"].isin(["no", False])])
    return found


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("seed", [SEED, 7])
def test_simple_rules_find_the_careless(slug: str, seed: int) -> None:
    tables, planted = make_line(slug, seed=seed), make_truth(slug, seed=seed)["careless"]
    n = len(tables["respondents"])
    for rule, found in _find(tables).items():
        truth = set(planted[rule])
        assert len(truth) >= (0 if rule == "attention" and slug == "lab-analysers" else 1), rule
        assert len(found & truth) >= 0.95 * len(truth), rule
        assert len(found - truth) <= 0.02 * n, rule


@pytest.mark.parametrize("slug", SLUGS)
def test_truth_counts_and_names_the_careless(slug: str, checkout: Path) -> None:
    truth = json.loads((checkout / "data" / "sample" / slug / "truth.json").read_text("utf-8"))
    counts = {
        record["key"].removeprefix("survey.careless."): record["value"]
        for record in truth["truths"]
        if record["key"].startswith("survey.careless.")
    }
    assert counts == {rule: len(ids) for rule, ids in truth["careless"].items() if ids}
    asked = set(make_line(slug)["respondents"]["respondent_id"])
    assert {person for ids in truth["careless"].values() for person in ids} <= asked


@pytest.mark.parametrize("slug", SLUGS)
def test_customers_answer_at_the_planted_rates(slug: str) -> None:
    line = LINES[slug]
    answering, called = line.questionnaire.answering, line.n_surveyed / line.n_customers
    people = line.draw_population(np.random.default_rng(3), N, round(called * N))
    people = add_answering(people, answering, np.random.default_rng(4))
    assert answering.chances(people).max() <= 1
    for name, levels in answering.response.items():
        shares = people[name].value_counts(normalize=True)
        rates = people.groupby(name)["answered"].mean()
        for level, (share, _) in levels.items():
            assert shares[level] == pytest.approx(share, abs=0.012), (name, level)
        for level, rate in answering.rates(name, called=called).items():
            assert rates[level] == pytest.approx(rate, abs=0.025), (name, level)


@pytest.mark.parametrize("slug", SLUGS)
def test_mean_scores_are_those_computed(slug: str) -> None:
    line = LINES[slug]
    battery = line.questionnaire.battery
    people = line.draw_population(np.random.default_rng(5), N, N)
    nobody = dict.fromkeys(("speeders", "straight liners"), False)
    people = people.assign(answered=True, twin_of=-1, **nobody)
    table = draw_value_survey(people, battery, np.random.default_rng(6))
    turned = table["score"].mask(table["reversed"] == "yes", 8 - table["score"]).astype(float)
    means = turned.groupby(table["dimension"]).mean()
    expected = battery.mean_scores(people[battery.by].value_counts(normalize=True).to_dict())
    assert set(expected) == set(DIMENSIONS)
    for dimension, mean in expected.items():
        assert means[dimension] == pytest.approx(mean, abs=0.03), dimension
    skipped = table["score"].isna().groupby(table["item"]).mean()
    for name, item in battery.items.items():
        assert skipped[name] == pytest.approx(item.skipped, abs=0.006), name


@pytest.mark.parametrize("slug", SLUGS)
def test_weights_matter_by_more_than_chance(slug: str) -> None:
    truths = {record["key"]: record["value"] for record in make_truth(slug)["truths"]}
    gaps = [
        abs(truths[f"survey.mean_score.{dimension}"] - truths[f"survey.mean_score_unweighted.{dimension}"])
        for dimension in DIMENSIONS
    ]
    assert max(gaps) > 0.1
    assert sum(gap < 1e-6 for gap in gaps) >= 1


@pytest.mark.parametrize("how", CARELESSNESS)
def test_made_careless_people_are_found(how: str) -> None:
    clean = make_line("salon-software")
    before = {name: table.copy() for name, table in clean.items()}
    spoiled, ids = make_careless(clean, how)
    found = _find(spoiled)[how]
    assert len(ids) == pytest.approx(len(clean["respondents"]) / 10, abs=1)
    assert len(found & set(ids)) >= 0.95 * len(ids)
    for name, table in clean.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_an_unknown_carelessness_is_refused() -> None:
    with pytest.raises(ParameterError, match="how is 'haste': give one of 'speeders'"):
        make_careless({}, "haste")
