"""The planted truths: what was planted is there, in a large population and, where a formula says so, exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvlab.tables.synthetic import LINES, SEED, fitness_trackers, lab_analysers, lab_worth, make_line, salon_software
from cvlab.tables.synthetic.behaviour import draw_purchase_days, draw_spells, months_at_one_rate, months_observed
from cvlab.tables.synthetic.offers import choose_offers, measure_offers, search_bundles
from cvlab.tables.synthetic.population import (
    measure_best_worst,
    measure_bids,
    measure_price_points,
    read_population_truth,
)
from cvlab.tables.synthetic.streams import open_stream
from cvlab.tables.synthetic.survey_answers import PriceQuestions, answer_price_questions
from cvlab.tables.synthetic.truth import simulate_truth

N = 60_000


def _explained(groups: pd.Series, values: pd.Series) -> float:
    return float(1 - (values - values.groupby(groups).transform("mean")).var() / values.var())


def test_clusters_have_their_shares_and_no_demographics(trackers: pd.DataFrame) -> None:
    shares = trackers["cluster"].value_counts(normalize=True).sort_index()
    assert shares.to_numpy() == pytest.approx([0.35, 0.40, 0.25], abs=0.01)
    for column in ("age", "income", "region"):
        groups = trackers[column] if column == "region" else pd.qcut(trackers[column], 5)
        for worth in ("device", "app year", "rate"):
            assert _explained(groups, trackers[worth]) < 0.001, (column, worth)


def test_clusters_explain_worth_as_computed(trackers: pd.DataFrame) -> None:
    truths = {record["key"]: record["value"] for record in _truths("fitness-trackers")}
    for component, column in LINES["fitness-trackers"].components.items():
        expected = truths[f"segmentation.r2.clusters.{component}"]
        assert _explained(trackers["cluster"], trackers[column]) == pytest.approx(expected, abs=0.015)


def test_device_and_app_correlate_as_planted(trackers: pd.DataFrame) -> None:
    assert trackers["device"].corr(trackers["app year"]) == pytest.approx(-0.5, abs=0.015)


def test_the_dead_rung_adds_nothing_for_one_cluster(trackers: pd.DataFrame) -> None:
    values = fitness_trackers.rung_values(trackers)
    steps = pd.Series(values[:, 1] - values[:, 0]).groupby(trackers["cluster"]).mean()
    assert steps.to_numpy() == pytest.approx(fitness_trackers.TRAIN_STEP[0], abs=0.05)
    assert steps[1] < 0 < min(steps[0], steps[2])


def test_stated_worth_is_a_quarter_above_real(trackers: pd.DataFrame) -> None:
    stated = LINES["fitness-trackers"].stated_value(trackers)
    assert stated == pytest.approx(1.25 * trackers["device"].clip(lower=1 / 1.25).to_numpy())


def test_purchase_rates_are_gamma_although_clusters_differ(trackers: pd.DataFrame) -> None:
    buying = fitness_trackers.PURCHASING
    assert stats.kstest(trackers["rate"], stats.gamma(buying.r, scale=1 / buying.alpha).cdf).pvalue > 0.001
    assert stats.kstest(trackers["dropout"], stats.beta(buying.a, buying.b).cdf).pvalue > 0.001
    assert _explained(trackers["cluster"], trackers["rate"]) > 0.3


def test_purchases_come_at_their_rate_and_stop_at_dropout() -> None:
    n, random = 20_000, np.random.default_rng(0)
    who, _ = draw_purchase_days(np.full(n, 0.05), np.zeros(n), np.full(n, 700), random)
    assert len(who) / n == pytest.approx(5.0, rel=0.03)
    who, when = draw_purchase_days(np.full(n, 0.5), np.ones(n), np.full(n, 700), random)
    assert np.bincount(who).max() == 1
    assert when.min() >= 1
    assert when.max() <= 700


def test_an_early_win_lowers_the_hazard_as_planted(trackers: pd.DataFrame) -> None:
    """With constant hazards h and 0.7 h, log survival of those with a win is 0.7 of the others'."""
    for months in (3, 6, 12):
        stayed = (trackers["app_months"] > months).groupby(trackers["early_win"]).mean()
        assert np.log(stayed[True]) / np.log(stayed[False]) == pytest.approx(0.7, abs=0.03)
    wins = trackers.groupby("onboarding")["early_win"].mean()
    assert wins.to_dict() == pytest.approx(fitness_trackers.EARLY_WIN_SHARE, abs=0.01)


@pytest.mark.parametrize("slug", LINES)
def test_posterior_draws_have_the_distribution_of_the_truth(slug: str) -> None:
    """Else shares computed from draws would be biased against those of the people themselves."""
    line = LINES[slug]
    people = line.draw_large(3, N)
    truth, drawn = line.rung_values(people, None), line.rung_values(people, np.random.default_rng(4))
    assert not np.allclose(truth, drawn)
    for rung in range(truth.shape[1]):
        quantiles = np.linspace(0.05, 0.95, 7)
        expected = np.quantile(truth[:, rung], quantiles)
        assert np.quantile(drawn[:, rung], quantiles) == pytest.approx(expected, rel=0.03)
        assert 0.3 < np.corrcoef(truth[:, rung], drawn[:, rung])[0, 1] < 0.99


def test_salons_are_one_continuum(salons: pd.DataFrame) -> None:
    assert stats.kstest((salons["log_chairs"] - np.log(4)) / 0.6, "norm").pvalue > 0.001
    assert np.corrcoef(salons["log_chairs"], np.log(salon_software.rung_values(salons)[:, 2]))[0, 1] > 0.8


def test_salons_stay_by_the_planted_beta(salons: pd.DataFrame) -> None:
    staying = salon_software.STAYING
    assert stats.kstest(salons["churn"], stats.beta(staying.a, staying.b).cdf).pvalue > 0.001
    survival = np.cumprod([(staying.b + t) / (staying.a + staying.b + t) for t in range(12)])
    assert (salons["months"] > 12).mean() == pytest.approx(survival[-1], abs=0.01)


def test_one_aggregate_rate_understates_by_about_thirty_percent() -> None:
    staying, discount = salon_software.STAYING, 1.10 ** (1 / 12) - 1
    truth = staying.expected_months(discount_per_month=discount, months=60)
    one_rate = months_at_one_rate(staying.mean_retention, discount_per_month=discount, months=60)
    assert one_rate / truth == pytest.approx(0.70, abs=0.01)


def test_answers_and_purchases_have_their_elasticities(salons: pd.DataFrame) -> None:
    line = LINES["salon-software"]
    prices = np.array(line.survey.ladder_prices)
    buyers = (line.stated_value(salons)[:, None] >= prices).mean(axis=0)
    assert np.polyfit(np.log(prices), np.log(buyers), 1)[0] == pytest.approx(-1.2, abs=0.03)
    sold = salon_software.draw_transactions(salons, np.random.default_rng(5)).groupby("list_price")["quantity"].sum()
    slope = np.polyfit(np.log(sold.index.to_numpy(dtype=float)), np.log(sold.to_numpy(dtype=float)), 1)[0]
    assert slope == pytest.approx(-1.8, abs=0.03)


def test_two_causes_carry_most_of_the_value_lost(salons: pd.DataFrame) -> None:
    causes = read_population_truth()["salon-software"]["value_lost_by_cause"]
    assert sum(sorted(causes.values())[-2:]) == pytest.approx(0.70, abs=0.02)
    assert salons["quiet"].mean() == pytest.approx(0.60, abs=0.01)


def test_early_wins_do_nothing_for_salons(salons: pd.DataFrame) -> None:
    quick = salons["win_day"] <= 30
    still = (salons["months"] > 6).groupby(quick).mean()
    assert still[True] == pytest.approx(still[False], abs=0.015)


def test_laboratories_have_their_planted_shares() -> None:
    people = LINES["lab-analysers"].draw_sample(SEED)
    assert people["slow"].sum() == 18
    tables = make_line("lab-analysers")
    bought = tables["transactions"].assign(money=lambda sold: sold["quantity"] * sold["price_paid"])
    revenue = bought.groupby("customer_id")["money"].sum().reindex(people["customer_id"]).fillna(0).to_numpy()
    assert revenue[people["partner"]].sum() / revenue.sum() == pytest.approx(lab_analysers.PARTNER_SHARE, abs=0.08)
    large = LINES["lab-analysers"].draw_large(1, 5_000)
    contracts = LINES["lab-analysers"].rung_prices[large["rung"]]
    kits = lab_analysers.REAGENT_PRICE * large["samples_per_day"] * lab_analysers.WORKDAYS
    kits = kits / lab_analysers.SAMPLES_PER_KIT * np.where(large["slow"], 0.5, 1.0)
    assert (contracts + kits)[large["partner"]].sum() / (contracts + kits).sum() == pytest.approx(0.40, abs=0.002)


def test_break_even_months_follow_from_the_planted_shares() -> None:
    """Investment pays in 14 months at the expected benefit; at slow sites the throughput part halves."""
    lab = lab_worth
    investment = lab.BREAK_EVEN_MONTHS["expected"] * (1 - lab.RUNNING_COST_SHARE)
    realised = lab.SAMPLES_PER_SHIFT["slow"] / lab.SAMPLES_PER_SHIFT["expected"]
    benefit = 1 - lab.THROUGHPUT_SHARE * (1 - realised)
    assert investment / (benefit - lab.RUNNING_COST_SHARE) == pytest.approx(lab.BREAK_EVEN_MONTHS["slow"])
    assert lab.MINUTES_PER_SAMPLE["expected"] / lab.MINUTES_PER_SAMPLE["slow"] == realised


def test_people_take_the_largest_surplus_and_ties_favour_the_seller() -> None:
    prices, costs = np.array([4.0, 7.0]), np.array([1.0, 2.0])
    values = np.array([[5.0, 9.0], [5.0, 8.0], [4.0, 6.0], [3.9, 6.9]])
    assert choose_offers(values, prices, costs).tolist() == [1, 1, 0, -1]
    measured = measure_offers(values, prices, costs)
    assert measured["shares"] == [0.25, 0.5]
    assert measured["contribution"] == pytest.approx((5 + 5 + 3) / 4)


def test_bundles_of_the_textbook() -> None:
    """Adams & Yellen's four people at zero cost: 320 apart, 400 together, 420 both (per four people)."""
    people = np.array([[10.0, 90.0], [40.0, 80.0], [80.0, 40.0], [90.0, 10.0]])
    found = search_bundles(people, np.zeros(2), np.array([60.0, 60.0]), steps=(10.0, 1.0))
    profits = {name: 4 * profit for name, (_, profit) in found.items()}
    assert profits == pytest.approx({"separate": 320, "pure": 400, "mixed": 420})


def test_mixed_bundling_wins_on_fitness_trackers() -> None:
    bundles = read_population_truth()["fitness-trackers"]["bundles"]
    assert bundles["mixed"]["profit"] > 1.03 * max(bundles["pure"]["profit"], bundles["separate"]["profit"])


def test_price_answers_are_ordered_but_for_the_planted_share() -> None:
    worth = np.random.default_rng(0).lognormal(3, 0.6, 50_000)
    answers = answer_price_questions(worth, PriceQuestions(step=1.0), np.random.default_rng(1))
    ordered = (answers["too_cheap"] < answers["cheap"]) & (answers["cheap"] < answers["expensive"])
    ordered &= answers["expensive"] < answers["too_expensive"]
    assert 1 - ordered.mean() == pytest.approx(0.03, abs=0.005)
    assert (answers["too_cheap"] > 0).all()


def test_contracts_of_monthly_terms_move_only_to_other_rungs() -> None:
    n = 2_000
    starts = np.full(n, np.datetime64("2024-07-15"))
    spells = draw_spells(
        np.arange(n).astype(str),
        starts,
        np.zeros(n, dtype=int),
        np.full(n, 10_000),
        n_rungs=3,
        moving=salon_software.MOVING,
        random=np.random.default_rng(0),
    )
    same = spells["customer_id"] == spells["customer_id"].shift()
    assert (spells["rung"].diff()[same].abs() == 1).all()
    assert spells["renewed"].isna().sum() == n
    observed = months_observed(starts)[0]
    moved = spells.groupby("customer_id").size().gt(1).mean()
    assert moved == pytest.approx(1 - 0.99**observed, abs=0.04)


def test_the_sample_is_a_fair_draw_of_its_clusters() -> None:
    people = LINES["fitness-trackers"].draw_sample(SEED)
    counts = people.loc[people["surveyed"], "cluster"].value_counts().sort_index()
    assert stats.chisquare(counts, 600 * fitness_trackers.SHARES).pvalue > 0.001


def test_measured_price_points_belong_to_the_lines_as_they_are() -> None:
    """A change of what is planted, without measuring again, shows here; the slow test measures everything."""
    for slug, line in LINES.items():
        points = measure_price_points(line, line.draw_large(21, N), seed=21)
        assert points == pytest.approx(read_population_truth()[slug]["price_points"], rel=0.02)
        ladder = measure_offers(line.rung_values(line.draw_large(22, N), None), line.rung_prices, line.rung_costs)
        truth = read_population_truth()[slug]
        assert ladder["shares"] == pytest.approx(truth["ladder"]["shares"], abs=0.01)
        people = line.draw_large(23, N)
        bids = measure_bids(line, line.stated_value(people))
        assert bids["yes_at"] == pytest.approx(truth["bids"]["yes_at"], abs=0.01)
        assert bids["median"] == pytest.approx(truth["bids"]["median"], rel=0.01)
        pooled = measure_best_worst(line, people.head(20_000), seed=23)["pooled"]
        assert pooled == pytest.approx(truth["best_worst"]["pooled"], abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("slug", LINES)
def test_population_truth_is_what_simulation_gives(slug: str) -> None:
    found = pd.json_normalize(simulate_truth(LINES[slug], seed=SEED)).iloc[0]
    expected = pd.json_normalize(read_population_truth()[slug]).iloc[0]
    assert set(found.index) == set(expected.index)
    for key in found.index:
        if isinstance(found[key], (float, int)):
            assert found[key] == pytest.approx(expected[key], rel=1e-4), key


def test_streams_differ_by_seed_and_name() -> None:
    draws = {open_stream(*names).random() for names in [(1, "a"), (2, "a"), (1, "b"), (1, "a", "b")]}
    assert len(draws) == 4


def test_accessories_follow_the_tracker() -> None:
    transactions = make_line("fitness-trackers")["transactions"]
    first = transactions.drop_duplicates("customer_id")
    assert (first["sku"] == fitness_trackers.STARTER[0]).all()
    assert (transactions["sku"] == fitness_trackers.STARTER[0]).sum() == len(first)


def _truths(slug: str) -> list[dict[str, object]]:
    from cvlab.tables.synthetic import make_truth

    truths: list[dict[str, object]] = make_truth(slug)["truths"]
    return truths
