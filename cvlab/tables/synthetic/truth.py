"""truth.json: every planted truth that an analysis estimates, with its unit, its table and how it is known.

What is simulated comes from population_truth.json beside this module; see records.py for what a truth says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from cvlab.tables.synthetic import (
    competitors,
    fitness_trackers,
    lab_analysers,
    lab_worth,
    salon_software,
    salon_worth,
    tracker_worth,
)
from cvlab.tables.synthetic.behaviour import months_at_one_rate
from cvlab.tables.synthetic.decisions import measure_decisions
from cvlab.tables.synthetic.hygiene_truth import list_careless, list_hygiene_truths
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.population import POPULATION_SIZE, measure_population
from cvlab.tables.synthetic.price_truth import list_price_truths
from cvlab.tables.synthetic.records import COMPUTED, PLANTED, SIMULATED, Record, record, round_numbers

DEMOGRAPHICS = "age, income, region"
MONTHS_PER_YEAR = 12


def simulate_truth(line: SampleLine, *, seed: int, n: int = POPULATION_SIZE) -> dict[str, Any]:
    """Return what population_truth.json holds for a line: all that has to be simulated, to six digits."""
    measured = measure_population(line, seed=seed, n=n)
    decided = measure_decisions(line, line.draw_large(seed, n), line.draw_sample(seed))
    rounded: dict[str, Any] = round_numbers({**measured, **decided})
    return rounded


def write_population_truth(lines: Iterable[SampleLine], *, seed: int) -> str:
    """Return the text of population_truth.json; to be written again whenever something planted changes."""
    return (
        json.dumps({line.slug: simulate_truth(line, seed=seed) for line in lines}, indent=1, ensure_ascii=False) + "\n"
    )


def write_truth(line: SampleLine, measured: Mapping[str, Any], *, seed: int) -> dict[str, Any]:
    """Return the contents of a line's truth.json.

    Parameters
    ----------
    measured : what `read_population_truth` holds for the line.
    """
    own = {
        fitness_trackers.LINE.slug: _fitness_truths,
        lab_analysers.LINE.slug: _lab_truths,
        salon_software.LINE.slug: _salon_truths,
    }
    return {
        "line": line.slug,
        "seed": seed,
        "currency": line.settings["currency"],
        "truths": [
            *own[line.slug](measured),
            *list_price_truths(line, measured),
            *_offer_truths(line, measured),
            *list_hygiene_truths(line, seed=seed),
        ],
        "careless": list_careless(line, seed=seed),
        "decisions": measured["decisions"],
        "best_prices": measured["best_prices"],
    }


def _offer_truths(line: SampleLine, measured: Mapping[str, Any]) -> list[Record]:
    ladder, best = measured["ladder"], measured["best_ladder"]
    shares = [*ladder["shares"], ladder["nobody"]]
    names = [*(rung.name for rung in line.rungs), "none"]
    per_person = "per person and month at today's prices, real money"
    truths = [
        record(f"value_ladder.share.{name}", share, "share", "rung_values", SIMULATED, "at today's prices")
        for name, share in zip(names, shares, strict=True)
    ]
    truths += [
        record(f"value_ladder.{name}", ladder[name], "money", "rung_values", SIMULATED, per_person)
        for name in ("surplus", "revenue", "contribution")
    ]
    truths += [
        record(f"value_ladder.best_price.{rung.name}", price, "money", "rung_values", SIMULATED, "all rungs together")
        for rung, price in zip(line.rungs, best["prices"], strict=True)
    ]
    truths.append(
        record("value_ladder.best_contribution", best["contribution"], "money", "rung_values", SIMULATED, per_person)
    )
    table = "reservation_prices"
    for strategy, found in measured["bundles"].items():
        truths.append(
            record(f"value_ladder.bundles.{strategy}.profit", found["profit"], "money", table, SIMULATED, "per person")
        )
        offers = [*line.components, "bundle"] if strategy != "pure" else ["bundle"]
        truths += [
            record(f"value_ladder.bundles.{strategy}.price.{offer}", price, "money", table, SIMULATED)
            for offer, price in zip(offers, found["prices"], strict=False)
        ]
    truths += [
        record(f"value_ladder.bundles.unit_cost.{name}", cost, "money", table, PLANTED)
        for name, cost in line.bundle_costs.items()
    ]
    correlation = measured["reservation_correlation"]
    truths.append(record("value_ladder.bundles.correlation", correlation, "number", table, SIMULATED))
    return truths


def _fitness_truths(measured: Mapping[str, Any]) -> list[Record]:
    line, buying = fitness_trackers, fitness_trackers.PURCHASING
    device = line.device_moments()
    between = float(line.SHARES @ (device[0] - device[1]) ** 2) / device[2] ** 2
    correlation, spread = line.DEVICE_APP_CORRELATION, line.APP_SD
    app = correlation**2 * between + (line.APP_GROUP_SD / spread) ** 2
    repaired = measured["repaired_ladder"]["contribution"]
    truths = [
        record(f"segmentation.cluster_share.{name}", share, "share", "customers", PLANTED, "latent benefit cluster")
        for name, share in zip(line.CLUSTERS, line.SHARES, strict=True)
    ]
    truths += [
        record("segmentation.n_clusters", len(line.CLUSTERS), "count", "choice_tasks", PLANTED),
        record("segmentation.r2.demographics.worth", 0.0, "share", "reservation_prices", PLANTED, DEMOGRAPHICS),
        record("segmentation.r2.demographics.spend", 0.0, "share", "transactions", PLANTED, DEMOGRAPHICS),
        record("segmentation.r2.clusters.Pulse Two tracker", between, "share", "reservation_prices", COMPUTED),
        record("segmentation.r2.clusters.Move app, one year", app, "share", "reservation_prices", COMPUTED),
        record("value_ladder.bundles.planted_correlation", correlation, "number", "reservation_prices", PLANTED),
        record("value_ladder.rule_1_fails_for", "health", "text", "rung_values", PLANTED, "rung Train"),
        record("value_ladder.repaired.contribution", repaired, "money", "rung_values", SIMULATED,
               "if Train were worth to health what it is to athletes; today's prices"),
        record("point_of_value.early_win_hazard_ratio", line.EARLY_WIN_HAZARD_RATIO, "ratio", "contracts", PLANTED),
        record("point_of_value.churn_per_month_without_win", line.BASE_CHURN, "share", "contracts", PLANTED),
    ]  # fmt: skip
    for step, (means, _) in {"Train": line.TRAIN_STEP, "Coach": (line.COACH_STEP[0], 0)}.items():
        truths += [
            record(f"value_ladder.increment.{step}.{name}", mean, "money", "rung_values", PLANTED, "mean per month")
            for name, mean in zip(line.CLUSTERS, means, strict=True)
        ]
    truths += [
        record(f"lifetime_value.bg_nbd.{name}", value, "number", "transactions", PLANTED, "time in weeks")
        for name, value in {"r": buying.r, "alpha": buying.alpha, "a": buying.a, "b": buying.b}.items()
    ]
    truths += [
        record(f"point_of_value.early_win_share.{arm}", share, "share", "customers", PLANTED, "by random onboarding")
        for arm, share in line.EARLY_WIN_SHARE.items()
    ]
    truths += tracker_worth.list_worth_truths(reference_price=line.LINE.settings["reference_price"])
    truths += competitors.TRACKERS.list_truths()
    return truths


def _lab_truths(measured: Mapping[str, Any]) -> list[Record]:
    line, samples = lab_analysers, lab_worth.SAMPLES_PER_SHIFT
    truths = [
        record("segmentation.verdict", "not enough data", "text", "customers", PLANTED),
        record("point_of_value.slow_share", lab_worth.SLOW_SHARE, "share", "customers", PLANTED, "exact in the sample"),
        record(
            "point_of_value.realisation.slow", samples["slow"] / samples["expected"], "share", "transactions", PLANTED
        ),
        record("relationships.partner_share", line.PARTNER_SHARE, "share", "customers", PLANTED, "of yearly revenue"),
    ]
    truths += [
        record(f"lifetime_value.churn_per_year.{group}", churn, "share", "contracts", PLANTED)
        for group, churn in line.CHURN_PER_YEAR.items()
    ]
    settings = line.LINE.settings
    truths += lab_worth.list_worth_truths(
        reference_price=settings["reference_price"],
        rate_per_year=settings["discount_rate_per_year"],
        mean_size=float(np.exp(line.SIZE_SPREAD**2 / 2)),
    )
    return truths


def _salon_truths(measured: Mapping[str, Any]) -> list[Record]:
    line, staying = salon_software, salon_software.STAYING
    settings = line.LINE.settings
    discount = (1 + settings["discount_rate_per_year"]) ** (1 / MONTHS_PER_YEAR) - 1
    months = settings["horizon_years"] * MONTHS_PER_YEAR
    expected = staying.expected_months(discount_per_month=discount, months=months)
    one_rate = months_at_one_rate(staying.mean_retention, discount_per_month=discount, months=months)
    causes = measured["value_lost_by_cause"]
    two = float(np.sort(list(causes.values()))[-2:].sum())
    truths = [
        record("segmentation.verdict", "no natural structure", "text", "customers", PLANTED, "one continuum of chairs"),
        record("willingness_to_pay.elasticity.revealed", line.REVEALED_ELASTICITY, "ratio", "transactions", PLANTED),
        record("willingness_to_pay.elasticity.stated", line.STATED_ELASTICITY, "ratio", "price_ladder", PLANTED),
        record("willingness_to_pay.best_price.profit.real", measured["best_prices"]["reminder pack"], "money",
               "transactions", COMPUTED, f"at elasticity {line.REVEALED_ELASTICITY}; unit cost {line.PACK_COST:g}"),
        record("lifetime_value.churn_beta.a", staying.a, "number", "contracts", PLANTED, "churn per month ~ beta"),
        record("lifetime_value.churn_beta.b", staying.b, "number", "contracts", PLANTED, "churn per month ~ beta"),
        record("lifetime_value.mean_retention_per_month", staying.mean_retention, "share", "contracts", COMPUTED),
        record("lifetime_value.expected_months", expected, "months", "contracts", COMPUTED, "discounted"),
        record("lifetime_value.months_at_one_rate", one_rate, "months", "contracts", COMPUTED, "at mean retention"),
        record("lifetime_value.one_rate_to_truth", one_rate / expected, "ratio", "contracts", COMPUTED),
        record("point_of_value.early_win_hazard_ratio", 1.0, "ratio", "contracts", PLANTED, "no effect"),
        record("point_of_value.quiet_share", line.QUIET_SHARE, "share", "customers", PLANTED, "of those who leave"),
        record("point_of_value.two_causes_share", two, "share", "customers", SIMULATED,
               "of a year's contribution lost"),
    ]  # fmt: skip
    truths += [
        record(f"point_of_value.value_lost.{cause}", share, "share", "customers", SIMULATED)
        for cause, share in causes.items()
    ]
    truths += salon_worth.list_worth_truths(
        reference_price=settings["reference_price"],
        rate_per_year=settings["discount_rate_per_year"],
        shares=salon_worth.group_shares(mean_log_chairs=float(np.log(line.TYPICAL_CHAIRS)), spread=line.CHAIRS_SPREAD),
    )
    truths += competitors.SALONS.list_truths()
    return truths
