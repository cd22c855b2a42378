"""The line lab-analysers: 60 laboratories with service contracts, 25 of them asked.

    planted   30 % of the sites are slow: 5 samples per shift instead of 10, at 90 minutes instead of 45, so that they
              realise half of the throughput they expected, which carries 60 % of the economic value; worth grows with
              the square root of the laboratory's size; slow sites leave three times as often; one partner
              carries 40 % of the revenue; what this is in money: see lab_worth

Money in EUR per month where nothing else is said. Too few sites for clusters: the answer is "not enough data".
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from cvlab.tables.synthetic import questionnaires
from cvlab.tables.synthetic.behaviour import (
    OBSERVED_UNTIL,
    Moving,
    add_months,
    draw_spells,
    draw_start_dates,
    months_observed,
    price_spells,
)
from cvlab.tables.synthetic.lab_worth import (
    SAMPLES_PER_SHIFT,
    SLOW_SHARE,
    draw_cost_benefit,
    draw_value_drivers,
)
from cvlab.tables.synthetic.line import Rung, SampleLine
from cvlab.tables.synthetic.offers import choose_offers
from cvlab.tables.synthetic.streams import draw_ids, draw_surveyed, split_normal
from cvlab.tables.synthetic.surveys import LAB_ANALYSERS

# Worth to a laboratory of 400 samples a day: mean and spread, EUR per month (response: per hour of delay).
TASTES = {
    "base": (800.0, 150.0),
    "response_hours": (-6.0, 1.5),
    "remote_monitoring": (130.0, 45.0),
    "uptime_guarantee": (220.0, 80.0),
    "spare_parts=wear parts": (150.0, 50.0),
    "spare_parts=all parts": (320.0, 90.0),
}
# What else a laboratory may want of the contract, worth as in TASTES; asked about only as best and worst.
NEEDS = {"operator training": (90.0, 30.0), "reagents stored on site": (60.0, 20.0), "loan analyser": (180.0, 60.0)}
# What each rung has, in the terms of the choice tasks.
RUNG_CONTENTS = (
    {"response_hours": 48.0},
    LAB_ANALYSERS.reference,
    {"response_hours": 4.0, "remote_monitoring": 1.0, "uptime_guarantee": 1.0, "spare_parts=all parts": 1.0},
)
RUNGS = (
    Rung(name="Basic", price=480.0, unit_cost=120.0, features={"phone support": ("working days", 120.0)}),
    Rung(
        name="Plus",
        price=900.0,
        unit_cost=360.0,
        features={
            "phone support": ("working days", 120.0),
            "remote monitoring": ("daily", 60.0),
            "wear parts": ("included", 180.0),
        },
    ),
    Rung(
        name="Complete",
        price=1450.0,
        unit_cost=800.0,
        features={
            "phone support": ("working days", 120.0),
            "remote monitoring": ("daily", 60.0),
            "wear parts": ("included", 180.0),
            "uptime guarantee": ("98 per cent", 180.0),
            "all parts": ("included", 260.0),
        },
    ),
)
UNKNOWN = 0.4
TYPICAL_SAMPLES, SIZE_SPREAD = 400, 0.7
PARTNER_SHARE = 0.40
CHURN_PER_YEAR = {"expected": 0.06, "slow": 0.18}
MOVING = Moving(up=0.10, down=0.04, term_months=12, row_per_term=True)
MONTHS_PER_YEAR = 12
REAGENT_PRICE, REAGENT_COST, SAMPLES_PER_KIT, WORKDAYS = 185.0, 74.0, 500, 21
CONTROLS_PRICE, CONTROLS_COST = 96.0, 31.0
ANALYSER_LEASE = (1450.0, 260.0)
LEASE_SERVICE_CORRELATION = -0.3  # between sites of one size


def draw_population(random: np.random.Generator, n: int, n_surveyed: int) -> pd.DataFrame:
    """Draw laboratories with every latent trait; see the module for what is planted."""
    people = pd.DataFrame({"customer_id": draw_ids("L", n), "surveyed": draw_surveyed(random, n, n_surveyed)})
    people["region"] = random.choice(["Nordics", "Central", "South"], size=n, p=[0.3, 0.4, 0.3])
    people["site_type"] = random.choice(["hospital", "private laboratory", "university"], size=n, p=[0.5, 0.35, 0.15])
    size = np.exp(SIZE_SPREAD * random.standard_normal(n))
    people["samples_per_day"] = (TYPICAL_SAMPLES * size / 10).round().astype(int) * 10
    people["size"] = size
    # Planted exactly: 18 of the 60 sites of the sample are slow.
    people["slow"] = random.permutation(np.arange(n) < round(SLOW_SHARE * n))
    people["start_date"] = draw_start_dates(n, "2022-07", "2025-06", random)
    for name, (mean, spread) in TASTES.items():
        known, whole = split_normal(random, n, unknown=UNKNOWN)
        people[f"known {name}"] = known
        people[f"taste {name}"] = np.sqrt(size) * (mean + spread * whole)
    values = rung_values(people)
    people["lease"] = _draw_lease(values[:, 1] / np.sqrt(size), random)
    people["service"] = values[:, 1]
    prices, costs = np.array([rung.price for rung in RUNGS]), np.array([rung.unit_cost for rung in RUNGS])
    # Every site bought a contract with its analyser, if only the lowest.
    people["rung"] = np.maximum(choose_offers(values, prices, costs), 0)
    churn = np.where(people["slow"], CHURN_PER_YEAR["slow"], CHURN_PER_YEAR["expected"])
    people["contract_months"] = MONTHS_PER_YEAR * random.geometric(churn)
    order = random.permutation(n)
    revenue = (MONTHS_PER_YEAR * (prices[people["rung"]] + _kits_per_month(people) * REAGENT_PRICE))[order]
    people["partner"] = False
    people.loc[order[np.cumsum(revenue) <= PARTNER_SHARE * revenue.sum()], "partner"] = True
    for name, (mean, spread) in NEEDS.items():
        people[f"need {name}"] = np.sqrt(size) * (mean + spread * random.standard_normal(n))
    return people


def _kits_per_month(population: pd.DataFrame) -> np.ndarray:
    """Return how many reagent kits each site uses: slow sites run half of the samples they expected."""
    realised = np.where(population["slow"], SAMPLES_PER_SHIFT["slow"] / SAMPLES_PER_SHIFT["expected"], 1.0)
    kits: np.ndarray = population["samples_per_day"].to_numpy() * WORKDAYS / SAMPLES_PER_KIT * realised
    return kits


def _draw_lease(service: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw the worth of the analyser's lease, correlated with the worth of service at equal size."""
    weights = {"base": 1.0, **LAB_ANALYSERS.reference}
    centre = sum(weight * TASTES[name][0] for name, weight in weights.items())
    width = np.sqrt(sum((weight * TASTES[name][1]) ** 2 for name, weight in weights.items()))
    mean, spread = ANALYSER_LEASE
    own = np.sqrt(1 - LEASE_SERVICE_CORRELATION**2) * random.standard_normal(len(service))
    lease: np.ndarray = mean + spread * (LEASE_SERVICE_CORRELATION * (service - centre) / width + own)
    return lease


def rung_values(population: pd.DataFrame, random: np.random.Generator | None = None) -> np.ndarray:
    """Return people × rungs, EUR per month: the truth, or with `random` a calibrated posterior draw."""
    root = np.sqrt(population["size"].to_numpy())
    tastes = {}
    for name, (mean, spread) in TASTES.items():
        if random is None:
            tastes[name] = population[f"taste {name}"].to_numpy()
        else:
            noise = population[f"known {name}"].to_numpy() + np.sqrt(UNKNOWN) * random.standard_normal(len(population))
            tastes[name] = root * (mean + spread * noise)
    values = [tastes["base"] + sum(weight * tastes[name] for name, weight in has.items()) for has in RUNG_CONTENTS]
    return np.column_stack(values)


def _ends(population: pd.DataFrame) -> np.ndarray:
    """Return the day each site left, NaT where it is still there."""
    starts = population["start_date"].to_numpy().astype("datetime64[D]")
    months = population["contract_months"].to_numpy()
    return np.where(months > months_observed(starts), np.datetime64("NaT"), add_months(starts, months))


def draw_customers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table customers: dates, end and declared characteristics."""
    table = population[["customer_id", "start_date"]].copy()
    ends = _ends(population)
    left = ~np.isnat(ends)
    reason = np.where(population["slow"], "too slow in practice", "moved to a rival")
    table["end_date"] = ends
    table["end_reason"] = pd.Series(reason, dtype="str").where(left)
    table["acquisition_channel"] = np.where(population["partner"], "Meditech partner", "own sales")
    table["account_id"] = "A" + population["customer_id"].str[1:]
    columns = ["region", "site_type", "samples_per_day"]
    return pd.concat([table, population[columns]], axis=1)


def draw_transactions(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table transactions: reagents by throughput and quality controls, monthly over the last 24 months."""
    starts = population["start_date"].to_numpy().astype("datetime64[D]")
    ends = np.where(np.isnat(_ends(population)), OBSERVED_UNTIL, _ends(population))
    kits = _kits_per_month(population)
    rows = []
    for month in range(24):
        day = np.datetime64("2024-07", "M") + month
        dates = day.astype("datetime64[D]") + random.integers(0, 28, len(population))
        active = (dates >= starts) & (dates < ends)
        discount = random.choice([0.0, 0.05], size=len(population), p=[0.8, 0.2])
        for sku, mean, price, cost in (
            ("reagent kit", kits, REAGENT_PRICE, REAGENT_COST),
            ("quality controls", kits / 6, CONTROLS_PRICE, CONTROLS_COST),
        ):
            quantity = random.poisson(mean)
            rows.append(
                pd.DataFrame(
                    {
                        "customer_id": population["customer_id"],
                        "date": dates,
                        "sku": sku,
                        "quantity": quantity,
                        "price_paid": (price * (1 - discount)).round(2),
                        "list_price": price,
                        "unit_cost": cost,
                    }
                )[active & (quantity > 0)]
            )
    return pd.concat(rows).sort_values(["customer_id", "date", "sku"], kind="stable", ignore_index=True)


def draw_contracts(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table contracts: yearly service contracts; slow sites cost more to serve."""
    spells = draw_spells(
        population["customer_id"].to_numpy(),
        population["start_date"].to_numpy().astype("datetime64[D]"),
        population["rung"].to_numpy(),
        population["contract_months"].to_numpy(),
        n_rungs=len(RUNGS),
        moving=MOVING,
        random=random,
    )
    contracts = price_spells(spells, RUNGS)
    slow = contracts["customer_id"].map(population.set_index("customer_id")["slow"]).to_numpy()
    contracts["cost_to_serve_per_month"] = (contracts["cost_to_serve_per_month"] * np.where(slow, 1.2, 1.0)).round(2)
    return contracts


LINE = SampleLine(
    slug="lab-analysers",
    n_customers=60,
    n_surveyed=25,
    settings={
        "name": "Hemalux lab analysers",
        "currency": "EUR",
        "period": "2026-Q2",
        "discount_rate_per_year": 0.08,
        "horizon_years": 5,
        "reference_price": 790.0,
        "unit_cost": 360.0,
        "reference_product": "Service contract of Cytomat",
        "priced_product": "service Plus",
        "price": 900.0,
        "component_costs": {"analyser lease": 700.0, "service Plus": 360.0},
        "component_prices": {"analyser lease": 1350.0, "service Plus": 900.0},
        "smallest_group": 10,
        "audience": "internal",
        "number_format": "en",
        "collected_on": {
            "respondents": questionnaires.LAB_ANALYSERS.answering.days[1],
            "value_survey": questionnaires.LAB_ANALYSERS.answering.days[1],
            "choice_tasks": date(2026, 3, 16),
            "price_sensitivity": date(2026, 3, 16),
            "price_ladder": date(2026, 3, 16),
            "contingent_valuation": date(2026, 3, 16),
            "best_worst": date(2026, 3, 16),
            "rung_values": date(2026, 4, 27),
            "reservation_prices": date(2026, 4, 27),
            "value_drivers": date(2026, 5, 18),
            "cost_benefit": date(2026, 5, 18),
        },
        "codebook": questionnaires.LAB_ANALYSERS.codebook,
    },
    rungs=RUNGS,
    survey=LAB_ANALYSERS,
    questionnaire=questionnaires.LAB_ANALYSERS,
    draw_population=draw_population,
    rung_values=rung_values,
    own_tables={
        "customers": draw_customers,
        "transactions": draw_transactions,
        "contracts": draw_contracts,
        "value_drivers": draw_value_drivers,
        "cost_benefit": draw_cost_benefit,
    },
    n_draws=20,
    components={"analyser lease": "lease", "service Plus": "service"},
    bundle_costs={"analyser lease": 700.0, "service Plus": 360.0},
    bundle_prices={"analyser lease": 1350.0, "service Plus": 900.0},
    about=(
        "60 laboratories with analysers and yearly service contracts (one row per year), 25 of them asked about the "
        "contract (price questions, price ladder and two bids: one with an answer within 24 hours, remote monitoring "
        "and wear parts; choice tasks; and which of eight services matter most and least); money per month. Answers "
        "and real worth are on one scale. Transactions are reagents and controls. value_drivers are those of the "
        "contract Plus in a laboratory of 400 samples a day, per month, and what two accounts measured themselves; "
        "cost_benefit is buying an analyser with its contract against sending samples away, for each site over five "
        "years, slow sites beside those that run as specified (`expected`). Some of the other sites, few of them "
        "hospitals, answered by link: they are in respondents and value_survey only."
    ),
    stated_per_real=1.0,
)
