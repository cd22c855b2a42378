"""The line salon-software: 2,000 subscriptions over 24 months, one continuum of salons by size.

    planted   no clusters: everything is smooth in the number of chairs (log-normal); churn per month beta-distributed,
              so that one aggregate rate understates lifetime value by about 30 %; add-on packs sell with a constant
              price elasticity of -1.8 in a randomised price experiment, while answers imply -1.2; early wins have no
              effect on staying; two of five causes carry 70 % of the value lost

Money in EUR. The add-on is a pack of 200 reminder messages.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from cvlab.tables.synthetic import questionnaires
from cvlab.tables.synthetic.behaviour import (
    Moving,
    Staying,
    add_months,
    draw_spells,
    draw_start_dates,
    months_observed,
    price_spells,
)
from cvlab.tables.synthetic.competitors import SALONS
from cvlab.tables.synthetic.line import Rung, SampleLine
from cvlab.tables.synthetic.offers import choose_offers
from cvlab.tables.synthetic.salon_worth import draw_cost_benefit, draw_value_drivers
from cvlab.tables.synthetic.streams import draw_ids, draw_surveyed, split_normal
from cvlab.tables.synthetic.surveys import SALON_SOFTWARE

REVEALED_ELASTICITY, STATED_ELASTICITY = -1.8, -1.2
PACK_COST, PACK_PRICE, PACK_PRICE_STATED_BEST = 12.0, 27.0, 72.0
LOWEST_WORTH, HIGHEST_WORTH = 10.0, 600.0  # of a pack, as stated; the tail beyond is cut
EXPERIMENT_PRICES = np.array([18.0, 22.0, 27.0, 33.0, 40.0])
PACKS_PER_OFFER, OFFER_EVERY_MONTHS = 1.6, 3  # bought by a salon of typical size at today's price
TYPICAL_CHAIRS, CHAIRS_SPREAD = 4.0, 0.6
SIZE_WORTH_CORRELATION, SIZE_CHURN_CORRELATION = 0.6, -0.3
STAYING = Staying(a=0.9, b=16.0)
# Extras of a pack beside its base, stated: mean and spread (messages: per message beyond none).
TASTES = {
    "messages": (0.03, 0.01),
    "two_way_replies": (8.0, 3.0),
    "channel=sms": (5.0, 2.0),
    "channel=whatsapp": (9.0, 3.0),
}
# Worth of each step at 4 chairs, and its power of the chairs.
RUNG_VALUES = {
    "Solo": (40.0, 0.35),
    "Team": (26.0, 0.75),
    "Studio": (27.0, 1.10),
}
VALUE_SPREAD, VALUE_UNKNOWN = 0.30, 0.3
RUNGS = (
    Rung(name="Solo", price=33.0, unit_cost=8.0, features={"online booking": ("one calendar", 8.0)}),
    Rung(
        name="Team",
        price=57.0,
        unit_cost=14.0,
        features={"online booking": ("one calendar", 8.0), "staff calendars": ("unlimited", 6.0)},
    ),
    Rung(
        name="Studio",
        price=92.0,
        unit_cost=25.0,
        features={
            "online booking": ("one calendar", 8.0),
            "staff calendars": ("unlimited", 6.0),
            "stock and payroll": ("included", 11.0),
        },
    ),
)
MOVING = Moving(up=0.010, down=0.005)
CAUSES = ("booking outages", "no payroll link", "price", "closed the salon", "changed software")
# Log odds of each cause against the last for a salon of typical size, and their slope in log chairs.
CAUSE_ODDS, CAUSE_SLOPES = np.array([1.45, 1.20, 0.25, 0.2, 0.0]), np.array([0.5, 0.9, -0.6, -0.4, 0.0])
QUIET_SHARE = 0.60
WIN_RATE_PER_DAY = 1 / 45  # early wins come at random while the salon stays, and change nothing
MONTHS_PER_YEAR = 12
TERMINAL = (14.0, 5.0)


def draw_population(random: np.random.Generator, n: int, n_surveyed: int) -> pd.DataFrame:
    """Draw salons with every latent trait; see the module for what is planted."""
    people = pd.DataFrame({"customer_id": draw_ids("S", n), "surveyed": draw_surveyed(random, n, n_surveyed)})
    size = random.standard_normal(n)
    people["log_chairs"] = np.log(TYPICAL_CHAIRS) + CHAIRS_SPREAD * size
    people["chairs"] = np.maximum(np.exp(people["log_chairs"]).round(), 1).astype(int)
    people["region"] = random.choice(["North", "South", "East", "West"], size=n, p=[0.25, 0.3, 0.2, 0.25])
    people["salon_type"] = random.choice(["hair", "beauty", "barber", "spa"], size=n, p=[0.5, 0.25, 0.15, 0.1])
    people["acquisition_channel"] = random.choice(["search", "referral", "trade fair"], size=n, p=[0.5, 0.3, 0.2])
    people["start_date"] = draw_start_dates(n, "2024-07", "2026-05", random)
    _add_pack(people, random, size)
    people["known value"], people["noise value"] = split_normal(random, n, unknown=VALUE_UNKNOWN)
    values = rung_values(people)
    prices, costs = np.array([rung.price for rung in RUNGS]), np.array([rung.unit_cost for rung in RUNGS])
    # Subscribers all took a rung: those who would take none today came by an offer of the lowest.
    people["rung"] = np.maximum(choose_offers(values, prices, costs), 0)
    people["booking"] = values[:, 0]
    people["staff calendars"], people["stock and payroll"] = np.diff(values, axis=1).T
    people["terminal"] = np.maximum(TERMINAL[0] + TERMINAL[1] * (0.5 * size + random.standard_normal(n)), 0)
    rank = stats.norm.cdf(_correlate(size, SIZE_CHURN_CORRELATION, random))
    people["churn"] = np.clip(stats.beta.ppf(rank, STAYING.a, STAYING.b), 1e-6, 1)
    people["months"] = np.minimum(random.geometric(people["churn"]), 10_000)
    odds = CAUSE_ODDS + CAUSE_SLOPES * CHAIRS_SPREAD * size[:, None]
    people["cause"] = (odds + random.gumbel(size=odds.shape)).argmax(axis=1)
    people["quiet"] = random.random(n) < QUIET_SHARE
    people["win_day"] = np.ceil(random.exponential(1 / WIN_RATE_PER_DAY, n))
    return people


def _correlate(size: np.ndarray, correlation: float, random: np.random.Generator) -> np.ndarray:
    return correlation * size + np.sqrt(1 - correlation**2) * random.standard_normal(len(size))


def _add_pack(people: pd.DataFrame, random: np.random.Generator, size: np.ndarray) -> None:
    """Worth of a pack ~ Pareto with the elasticity as its power, larger for larger salons."""
    above = stats.norm.sf(_correlate(size, SIZE_WORTH_CORRELATION, random))
    people["pack_need"] = 1 - above
    stated = np.minimum(LOWEST_WORTH * above ** (1 / STATED_ELASTICITY), HIGHEST_WORTH)
    for name, (mean, spread) in TASTES.items():
        people[f"taste {name}"] = mean + spread * random.standard_normal(len(people))
    extras = sum(weight * people[f"taste {name}"] for name, weight in SALON_SOFTWARE.reference.items())
    people["taste base"] = stated - extras


def rung_values(population: pd.DataFrame, random: np.random.Generator | None = None) -> np.ndarray:
    """Return people × rungs, EUR per month: the truth, or with `random` a calibrated posterior draw."""
    noise = population["noise value"].to_numpy()
    if random is not None:
        noise = population["known value"].to_numpy() + np.sqrt(VALUE_UNKNOWN) * random.standard_normal(len(population))
    relative = population["log_chairs"].to_numpy() - np.log(TYPICAL_CHAIRS)
    steps = [worth * np.exp(power * relative + VALUE_SPREAD * noise) for worth, power in RUNG_VALUES.values()]
    return np.cumsum(np.column_stack(steps), axis=1)


def _ends(population: pd.DataFrame) -> np.ndarray:
    """Return the day each salon left, NaT where it is still there."""
    starts = population["start_date"].to_numpy().astype("datetime64[D]")
    months = population["months"].to_numpy()
    gone = months <= months_observed(starts)
    ends = np.full(len(population), np.datetime64("NaT"), dtype="datetime64[D]")
    ends[gone] = add_months(starts[gone], months[gone])
    return ends


def draw_customers(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table customers: dates, end with its cause, and declared characteristics."""
    ends = _ends(population)
    cause = np.array(CAUSES, dtype=object)[population["cause"].to_numpy()]
    table = population[["customer_id", "start_date"]].copy()
    table["end_date"] = ends
    table["end_reason"] = pd.Series(cause, dtype="str").where(~np.isnat(ends))
    return pd.concat([table, population[["acquisition_channel", "chairs", "region", "salon_type"]]], axis=1)


def draw_transactions(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table transactions: packs bought at randomised list prices, one offer per salon and quarter.

    Each salon sees the five prices in an order of its own, so that every price has the same exposure.
    """
    n = len(population)
    starts = population["start_date"].to_numpy().astype("datetime64[D]")
    months = np.minimum(population["months"].to_numpy(), months_observed(starts) + 1)
    # Balanced within each round of offers: equally many salons see each price.
    first = random.permutation(n) % len(EXPERIMENT_PRICES)
    stride = random.integers(1, len(EXPERIMENT_PRICES), n)
    size = np.exp(0.5 * (population["log_chairs"].to_numpy() - np.log(TYPICAL_CHAIRS)))
    rows = []
    for offer in range(int(months.max()) // OFFER_EVERY_MONTHS + 1):
        price = EXPERIMENT_PRICES[(first + stride * offer) % len(EXPERIMENT_PRICES)]
        quantity = random.poisson(PACKS_PER_OFFER * size * (price / PACK_PRICE) ** REVEALED_ELASTICITY)
        bought = (offer * OFFER_EVERY_MONTHS < months) & (quantity > 0)
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": population["customer_id"],
                    "date": add_months(starts, np.full(n, offer * OFFER_EVERY_MONTHS)),
                    "sku": "reminder pack",
                    "quantity": quantity,
                    "price_paid": price,
                    "list_price": price,
                    "unit_cost": PACK_COST,
                }
            )[bought]
        )
    return pd.concat(rows).sort_values(["customer_id", "date"], kind="stable", ignore_index=True)


def draw_contracts(population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table contracts: monthly subscriptions, one row per unbroken time on a rung."""
    spells = draw_spells(
        population["customer_id"].to_numpy(),
        population["start_date"].to_numpy().astype("datetime64[D]"),
        population["rung"].to_numpy(),
        population["months"].to_numpy(),
        n_rungs=len(RUNGS),
        moving=MOVING,
        random=random,
    )
    return price_spells(spells, RUNGS)


LINE = SampleLine(
    slug="salon-software",
    n_customers=2000,
    n_surveyed=500,
    settings={
        "name": "Lumio salon software",
        "currency": "EUR",
        "period": "2026-Q2",
        "discount_rate_per_year": 0.10,
        "horizon_years": 5,
        "reference_price": 25.0,
        "unit_cost": PACK_COST,
        "reference_product": "Message pack of Bookwise",
        "priced_product": "reminder pack",
        "price": PACK_PRICE,
        "component_costs": {"online booking": 8.0, "card terminal": 5.0},
        "component_prices": {"online booking": 33.0, "card terminal": 15.0},
        "price_experiment": True,
        "smallest_group": 10,
        "audience": "shared",
        "number_format": "en",
        "collected_on": {
            "respondents": questionnaires.SALON_SOFTWARE.answering.days[1],
            "value_survey": questionnaires.SALON_SOFTWARE.answering.days[1],
            "choice_tasks": date(2026, 5, 11),
            "price_sensitivity": date(2026, 5, 11),
            "price_ladder": date(2026, 5, 11),
            "contingent_valuation": date(2026, 5, 11),
            "best_worst": date(2026, 5, 11),
            "rung_values": date(2026, 5, 25),
            "reservation_prices": date(2026, 5, 25),
            "value_drivers": date(2026, 6, 8),
            "cost_benefit": date(2026, 6, 8),
            "propositions": date(2026, 6, 15),
            "rivals": date(2026, 6, 15),
        },
        "codebook": questionnaires.SALON_SOFTWARE.codebook,
    },
    rungs=RUNGS,
    survey=SALON_SOFTWARE,
    questionnaire=questionnaires.SALON_SOFTWARE,
    draw_population=draw_population,
    rung_values=rung_values,
    own_tables={
        "customers": draw_customers,
        "transactions": draw_transactions,
        "contracts": draw_contracts,
        "value_drivers": draw_value_drivers,
        "cost_benefit": draw_cost_benefit,
        "propositions": SALONS.draw_propositions,
        "rivals": SALONS.draw_rivals,
    },
    n_draws=10,
    components={"online booking": "booking", "card terminal": "terminal"},
    bundle_costs={"online booking": 8.0, "card terminal": 5.0},
    bundle_prices={"online booking": 33.0, "card terminal": 15.0},
    about=(
        "2,000 subscriptions over 24 months (contracts: one row per unbroken time on a rung), 500 of them asked about "
        "a pack of reminder messages (price questions, price ladder, one bid, choice tasks; prices are per pack, "
        "those asked about are of one with 200 messages by SMS) and which of eight parts of the software matter most "
        "and least. Packs were sold at randomised list "
        "prices, every salon being offered one per quarter; where none was bought, there is no row. Answers about "
        "packs react less to price than purchases do. Transactions, contracts, rung_values and reservation_prices are "
        "real money. value_drivers are those of a pack against the reference product's, per pack; cost_benefit is the "
        "subscription of a typical salon of each size against paper and telephone, per month; propositions and rivals "
        "were judged on a scale from 0 to 10. Of the other salons some answered by link, spas "
        "and those in the North more often: they are in respondents and value_survey only."
    ),
)
