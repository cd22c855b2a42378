"""The line fitness-trackers: 1,200 owners of a tracker, asked about its successor and a coaching app.

    planted   three benefit clusters (35/40/25 %) independent of age and income; stated values 1.25 × real;
              the rung Train adds about nothing for the cluster "health"; worth of device and app correlate -0.5;
              accessory purchases BG/NBD; an early win multiplies the churn hazard of the app by 0.7

Money in EUR. Values in the population are real, but in columns that start with "taste" or "need": those are as
stated.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.tables.synthetic import questionnaires
from cvlab.tables.synthetic.behaviour import (
    OBSERVED_UNTIL,
    Moving,
    Purchasing,
    draw_purchase_days,
    draw_spells,
    draw_start_dates,
    price_spells,
    rank_in_mixture,
)
from cvlab.tables.synthetic.competitors import TRACKERS
from cvlab.tables.synthetic.line import Rung, SampleLine
from cvlab.tables.synthetic.offers import choose_offers
from cvlab.tables.synthetic.streams import draw_ids, draw_surveyed, split_normal
from cvlab.tables.synthetic.surveys import FITNESS_TRACKERS
from cvlab.tables.synthetic.tracker_worth import draw_value_drivers

CLUSTERS, SHARES = ("athletes", "health", "style"), np.array([0.35, 0.40, 0.25])
STATED_PER_REAL = 1.25
# Real taste per cluster and its spread within clusters: EUR per attribute (battery: per day).
TASTES = {
    "base": ((50.0, 75.0, 75.0), 18.0),
    "gps": ((80.0, 5.0, 5.0), 7.0),
    "heart_alerts": ((5.0, 80.0, 5.0), 7.0),
    "battery_days": ((2.0, 2.0, 2.0), 0.6),
    "strap=textile": ((2.0, 2.0, 12.0), 4.0),
    "strap=metal": ((2.0, 2.0, 80.0), 7.0),
}
# What else people may want of a tracker, real worth as in TASTES; asked about only as best and worst.
NEEDS = {
    "water resistance": ((35.0, 15.0, 10.0), 8.0),
    "sleep report": ((10.0, 35.0, 10.0), 8.0),
    "slim case": ((5.0, 10.0, 40.0), 8.0),
}
DEVICE_APP_CORRELATION = -0.5
APP_MEAN, APP_SD, APP_GROUP_SD, APP_UNKNOWN = 7.0, 3.2, 2.0, 0.3  # EUR per month for the rung Move
TRAIN_STEP = ((6.0, -0.25, 3.5), (1.5, 0.5, 1.5))  # real worth per month of Train over Move: mean, spread
TRAIN_REPAIRED_HEALTH = 6.0
COACH_STEP = ((6.0, 9.0, 4.0), 3.0)
STEP_UNKNOWN = 0.4
MONTHS_PER_YEAR = 12
PURCHASING = Purchasing(r=1.4, alpha=9.0, a=0.6, b=9.0)
RATE_CENTRES, RATE_NOISE = np.array([0.0, -1.6, 2.2]), 0.5
BASE_CHURN, EARLY_WIN_HAZARD_RATIO = 0.075, 0.7
EARLY_WIN_SHARE = {"guided": 0.70, "standard": 0.25}
MOVING = Moving(up=0.012, down=0.006)
SKUS = {
    "sport strap": (24.0, 7.0),
    "charging dock": (29.0, 11.0),
    "screen guard": (12.0, 2.5),
    "metal strap": (59.0, 21.0),
}
SKU_ODDS = np.array([0.40, 0.15, 0.30, 0.15])
STARTER = ("Pulse One tracker", 69.0, 38.0)
RUNGS = (
    Rung(name="Move", price=6.99, unit_cost=0.80, features={"activity goals": ("weekly plan", 0.80)}),
    Rung(
        name="Train",
        price=11.99,
        unit_cost=1.70,
        features={"activity goals": ("weekly plan", 0.80), "training load": ("daily score", 0.90)},
    ),
    Rung(
        name="Coach",
        price=18.99,
        unit_cost=7.20,
        features={
            "activity goals": ("weekly plan", 0.80),
            "training load": ("daily score", 0.90),
            "personal coach": ("weekly call", 5.50),
        },
    ),
)


def draw_population(random: np.random.Generator, n: int, n_surveyed: int) -> pd.DataFrame:
    """Draw customers with every latent trait; see the module for what is planted."""
    people = pd.DataFrame({"customer_id": draw_ids("F", n), "surveyed": draw_surveyed(random, n, n_surveyed)})
    cluster = random.choice(3, size=n, p=SHARES)
    people["cluster"] = cluster
    people["age"] = random.integers(18, 76, n)
    people["income"] = (np.exp(random.normal(np.log(41_000), 0.45, n)) / 500).round().astype(int) * 500
    people["region"] = random.choice(["North", "South", "East", "West"], size=n, p=[0.3, 0.3, 0.2, 0.2])
    people["phone"] = random.choice(["android", "ios"], size=n, p=[0.55, 0.45])
    people["acquisition_channel"] = random.choice(["web shop", "retail", "referral"], size=n, p=[0.5, 0.35, 0.15])
    people["onboarding"] = random.choice(["guided", "standard"], size=n)
    tastes = {
        name: np.array(means)[cluster] + spread * random.standard_normal(n) for name, (means, spread) in TASTES.items()
    }
    for name, taste in tastes.items():
        people[f"taste {name}"] = STATED_PER_REAL * taste
    people["device"] = tastes["base"] + sum(
        weight * tastes[name] for name, weight in FITNESS_TRACKERS.reference.items()
    )
    _add_app(people, random)
    _add_behaviour(people, random)
    for name, (means, spread) in NEEDS.items():
        people[f"need {name}"] = STATED_PER_REAL * (np.array(means)[cluster] + spread * random.standard_normal(n))
    return people


def device_moments() -> tuple[np.ndarray, float, float]:
    """Return the mean worth of the reference device per cluster, over all people, and its standard deviation."""
    weights = {"base": 1.0, **FITNESS_TRACKERS.reference}
    means = np.sum([weight * np.array(TASTES[name][0]) for name, weight in weights.items()], axis=0)
    within = sum((weight * TASTES[name][1]) ** 2 for name, weight in weights.items())
    mean = float(SHARES @ means)
    return means, mean, float(np.sqrt(within + SHARES @ (means - mean) ** 2))


def app_effects() -> np.ndarray:
    """Return the part of each cluster's worth of the app that has nothing to do with its worth of the device.

    It is the one direction that is uncorrelated with the device over clusters, so that the correlation of the two
    worths is exactly the planted one.
    """
    means, _, _ = device_moments()
    direction = np.cross(np.ones(3), means) / SHARES
    direction *= np.sign(direction[1])
    return APP_GROUP_SD * direction / np.sqrt(SHARES @ direction**2)


def _add_app(people: pd.DataFrame, random: np.random.Generator) -> None:
    n, cluster = len(people), people["cluster"].to_numpy()
    _, mean, spread = device_moments()
    linked = DEVICE_APP_CORRELATION * APP_SD * (people["device"].to_numpy() - mean) / spread
    own = np.sqrt((1 - DEVICE_APP_CORRELATION**2) * APP_SD**2 - APP_GROUP_SD**2)
    people["known move"], noise = split_normal(random, n, unknown=APP_UNKNOWN)
    people["expected move"] = APP_MEAN + linked + app_effects()[cluster]
    people["value Move"] = people["expected move"] + own * noise
    people["known train"], train = split_normal(random, n, unknown=STEP_UNKNOWN)
    people["known coach"], coach = split_normal(random, n, unknown=STEP_UNKNOWN)
    people["noise train"], people["noise coach"] = train, coach
    people["app year"] = MONTHS_PER_YEAR * people["value Move"]


def rung_values(
    population: pd.DataFrame, random: np.random.Generator | None = None, *, repaired: bool = False
) -> np.ndarray:
    """Return people × rungs, EUR per month: the truth, or with `random` a calibrated posterior draw.

    `repaired` says what Train would be worth if it did for "health" what it does for "athletes".
    """
    n, cluster = len(population), population["cluster"].to_numpy()
    if random is None:
        move = population["value Move"].to_numpy()
        train_noise, coach_noise = population["noise train"].to_numpy(), population["noise coach"].to_numpy()
    else:
        own = np.sqrt((1 - DEVICE_APP_CORRELATION**2) * APP_SD**2 - APP_GROUP_SD**2)
        fresh = random.standard_normal((3, n))
        known = population[["known move", "known train", "known coach"]].to_numpy().T
        unknown = np.sqrt([[APP_UNKNOWN], [STEP_UNKNOWN], [STEP_UNKNOWN]])
        move_noise, train_noise, coach_noise = known + unknown * fresh
        move = population["expected move"].to_numpy() + own * move_noise
    means, spreads = np.array(TRAIN_STEP[0]), np.array(TRAIN_STEP[1])
    if repaired:
        means[1], spreads[1] = TRAIN_REPAIRED_HEALTH, spreads[0]
    train = move + means[cluster] + spreads[cluster] * train_noise
    coach = train + np.array(COACH_STEP[0])[cluster] + COACH_STEP[1] * coach_noise
    return np.column_stack([move, train, coach])


def _add_behaviour(people: pd.DataFrame, random: np.random.Generator) -> None:
    n, cluster = len(people), people["cluster"].to_numpy()
    people["start_date"] = draw_start_dates(n, "2024-07", "2025-09", random)
    rank = rank_in_mixture(cluster, SHARES, RATE_CENTRES / RATE_NOISE, random.standard_normal(n))
    people["rate"] = stats.gamma.ppf(rank, PURCHASING.r, scale=1 / PURCHASING.alpha)
    people["dropout"] = random.beta(PURCHASING.a, PURCHASING.b, n)
    prices, costs = np.array([(rung.price, rung.unit_cost) for rung in RUNGS]).T
    people["rung"] = choose_offers(rung_values(people), prices, costs)
    share = people["onboarding"].map(EARLY_WIN_SHARE).to_numpy(dtype=float)
    people["early_win"] = random.random(n) < share
    people["win_day"] = random.integers(2, 29, n)
    hazard = -np.log1p(-BASE_CHURN) * np.where(people["early_win"], EARLY_WIN_HAZARD_RATIO, 1.0)
    people["app_months"] = np.ceil(random.exponential(1 / hazard)).astype(int)


def draw_customers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table customers: start and declared characteristics."""
    columns = ["customer_id", "start_date", "acquisition_channel", "age", "income", "region", "phone", "onboarding"]
    return population[columns]


def draw_transactions(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table transactions: the tracker on the start date, then accessories by BG/NBD."""
    n = len(population)
    starts = population["start_date"].to_numpy().astype("datetime64[D]")
    days = (OBSERVED_UNTIL - starts).astype(int)
    who, when = draw_purchase_days(population["rate"].to_numpy(), population["dropout"].to_numpy(), days, random)
    names, listed, costs = list(SKUS), *np.array(list(SKUS.values())).T
    sku = random.choice(len(names), size=len(who), p=SKU_ODDS)
    discount = random.choice([0.0, 0.1, 0.2], size=len(who), p=[0.7, 0.2, 0.1])
    accessories = pd.DataFrame(
        {
            "position": who,
            "date": starts[who] + when,
            "sku": np.array(names)[sku],
            "quantity": 1 + (random.random(len(who)) < 0.08),
            "price_paid": (listed[sku] * (1 - discount)).round(2),
            "list_price": listed[sku],
            "unit_cost": costs[sku],
        }
    )
    name, price, cost = STARTER
    trackers = pd.DataFrame(
        {"position": np.arange(n), "date": starts, "sku": name, "quantity": 1, "price_paid": price, "list_price": price}
    ).assign(unit_cost=cost)
    table = pd.concat([trackers, accessories]).sort_values(["position", "date"], kind="stable", ignore_index=True)
    table.insert(0, "customer_id", population["customer_id"].to_numpy()[table.pop("position").to_numpy()])
    return table


def draw_contracts(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table contracts: the app's subscriptions, monthly, by self-selection at today's prices."""
    subscribers = population[population["rung"] >= 0]
    starts = subscribers["start_date"].to_numpy().astype("datetime64[D]")
    spells = draw_spells(
        subscribers["customer_id"].to_numpy(),
        starts,
        subscribers["rung"].to_numpy(),
        subscribers["app_months"].to_numpy(),
        n_rungs=len(RUNGS),
        moving=MOVING,
        random=random,
    )
    return price_spells(spells, RUNGS)


LINE = SampleLine(
    slug="fitness-trackers",
    n_customers=1200,
    n_surveyed=600,
    settings={
        "name": "Pulse fitness trackers",
        "currency": "EUR",
        "period": "2026-Q2",
        "discount_rate_per_year": 0.10,
        "horizon_years": 3,
        "reference_price": 109.0,
        "unit_cost": 88.0,
        "reference_product": "Corelife Band 4",
        "priced_product": "Pulse Two tracker",
        "price": 129.0,
        "component_costs": {"Pulse Two tracker": 88.0, "Move app, one year": 9.6},
        "component_prices": {"Pulse Two tracker": 129.0, "Move app, one year": 83.88},
        "smallest_group": 10,
        "audience": "shared",
        "sensitive": ["age", "income"],
        "number_format": "en",
        "collected_on": {
            "respondents": questionnaires.FITNESS_TRACKERS.answering.days[1],
            "value_survey": questionnaires.FITNESS_TRACKERS.answering.days[1],
            "choice_tasks": date(2025, 10, 15),
            "price_sensitivity": date(2025, 10, 15),
            "price_ladder": date(2025, 10, 15),
            "contingent_valuation": date(2025, 10, 15),
            "best_worst": date(2025, 10, 15),
            "rung_values": date(2026, 4, 20),
            "reservation_prices": date(2026, 4, 20),
            "value_drivers": date(2026, 5, 4),
            "propositions": date(2026, 5, 11),
            "rivals": date(2026, 5, 11),
        },
        "codebook": questionnaires.FITNESS_TRACKERS.codebook,
    },
    rungs=RUNGS,
    survey=FITNESS_TRACKERS,
    questionnaire=questionnaires.FITNESS_TRACKERS,
    draw_population=draw_population,
    rung_values=rung_values,
    own_tables={
        "customers": draw_customers,
        "transactions": draw_transactions,
        "contracts": draw_contracts,
        "value_drivers": draw_value_drivers,
        "propositions": TRACKERS.draw_propositions,
        "rivals": TRACKERS.draw_rivals,
    },
    n_draws=10,
    components={"Pulse Two tracker": "device", "Move app, one year": "app year"},
    bundle_costs={"Pulse Two tracker": 88.0, "Move app, one year": 9.6},
    bundle_prices={"Pulse Two tracker": 129.0, "Move app, one year": 83.88},
    about=(
        "1,200 owners of a tracker, 600 of them asked about its successor (price questions, price ladder, two bids, "
        "choice tasks, and which of eight features matter most and least) and a coaching app (rungs, per month). "
        "Prices of the tracker are per piece; price questions, ladder and bids are about one with GPS and a battery "
        "for 7 days. Survey answers run high: stated worth is 1.25 × real worth. "
        "Transactions, contracts, rung_values (calibrated) and reservation_prices (asked by auction) are real money. "
        "The first transaction of a customer is the tracker itself, all later ones are accessories. `onboarding` was "
        "drawn at random. value_drivers are what a tracker saves its owner in two years against the reference product, "
        "per piece; propositions and rivals were judged on a scale from 0 to 10. Of the other owners some "
        "answered by link, those with ios and in the North more often: they are in respondents and value_survey only."
    ),
    stated_per_real=STATED_PER_REAL,
    clusters=CLUSTERS,
)
