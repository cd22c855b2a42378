"""Decisions: what does each action earn per year over the planted population, the right one and the tempting one?

    money per year = (what the line earns with the action) - (what it earns today), people choosing anew  [EUR per year]

Everything is computed from real worth and planted behaviour, none of it estimated, with the number of customers of the
sample. Costs of an action are planted and stated with it.

Assumes that the market is as large as the list of customers, that rivals do not answer, and that nobody waits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvlab.tables.synthetic import fitness_trackers, lab_analysers, salon_software
from cvlab.tables.synthetic.lab_worth import SAMPLES_PER_SHIFT
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.offers import contribution_of, measure_offers, search_bundles

MONTHS_PER_YEAR = 12
RIGHT, WRONG = "right", "wrong"
TRACKER_PRICES = np.arange(89.0, 220.0, 5.0)
VISIT_COST_PER_SITE, PARTNER_LOSS_PER_YEAR, SAVED_BY_SECOND_PARTNER, SECOND_PARTNER_COST = 9_000.0, 0.10, 0.6, 25_000.0
DISCOUNT = 0.10
REPAIRED_SHARE, EARLY_WIN_COST = 0.5, 15.0

Decision = dict[str, Any]


def measure_decisions(line: SampleLine, people: pd.DataFrame, sample: pd.DataFrame) -> dict[str, Any]:
    """Return `decisions` (action, kind, money_per_year, how) and `best_prices` of a line.

    Parameters
    ----------
    people : a large population, whose means stand for the market.
    sample : the customers of the sample, from whose answers a tempting action may take its prices.
    """
    measure = {
        fitness_trackers.LINE.slug: _decide_fitness_trackers,
        lab_analysers.LINE.slug: _decide_lab_analysers,
        salon_software.LINE.slug: _decide_salon_software,
    }
    return measure[line.slug](line, people, sample)


def _decision(action: str, kind: str, money: float, how: str) -> Decision:
    return {"action": action, "kind": kind, "money_per_year": round(money, 2), "how": how}


def _decide_fitness_trackers(line: SampleLine, people: pd.DataFrame, sample: pd.DataFrame) -> dict[str, Any]:
    scale = line.n_customers * MONTHS_PER_YEAR
    today = contribution_of(line.rung_values(people, None), line.rung_prices, line.rung_costs)
    repaired_values = fitness_trackers.rung_values(people, repaired=True)
    repaired = contribution_of(repaired_values, line.rung_prices, line.rung_costs)
    amounts = line.reservation_amounts(people)
    costs, prices = np.array(list(line.bundle_costs.values())), np.array(list(line.bundle_prices.values()))
    bundles = search_bundles(amounts[:20_000], costs, prices, steps=(5.0, 1.0))
    menu = np.hstack([amounts, amounts.sum(axis=1, keepdims=True)])
    mixed = contribution_of(menu, bundles["mixed"][0], np.append(costs, costs.sum()))
    apart = sum(contribution_of(amounts[:, [i]], prices[[i]], costs[[i]]) for i in range(2))
    best = max(TRACKER_PRICES, key=lambda price: _earned(amounts[:, 0], price, costs[0]))
    return {
        "decisions": [
            _decision(
                "repair the rung Train for the cluster that gets nothing from it",
                RIGHT,
                scale * (repaired - today),
                "contribution of the ladder at today's prices if Train were worth to health what it is to athletes",
            ),
            _decision(
                "sell tracker and app also as a bundle (mixed bundling)",
                RIGHT,
                line.n_customers * (mixed - apart),
                "profit at the best mixed prices minus profit of selling apart at today's prices",
            ),
            _decision(
                "target prices of the tracker by age and income",
                WRONG,
                _price_by_demographics(line, people, sample),
                "profit at the price that the answers of each age × income cell suggest, minus profit at today's price",
            ),
        ],
        "best_prices": {"Pulse Two tracker": float(best), "bundle (mixed)": bundles["mixed"][0].tolist()},
        "repaired_ladder": measure_offers(repaired_values, line.rung_prices, line.rung_costs),
    }


def _earned(worth: np.ndarray, price: float, cost: float) -> float:
    return float((worth >= price).mean() * (price - cost))


def _price_by_demographics(line: SampleLine, people: pd.DataFrame, sample: pd.DataFrame) -> float:
    """Set the price of each cell by what its people in the sample say, and sell to real people."""
    cost, today = line.bundle_costs["Pulse Two tracker"], line.bundle_prices["Pulse Two tracker"]
    asked = sample[sample["surveyed"]]
    ages, incomes = [0, 35, 55, 200], [0, 33_000, 50_000, 10**9]
    stated = pd.Series(line.stated_value(asked), index=asked.index)
    cells = [pd.cut(asked["age"], ages, labels=False), pd.cut(asked["income"], incomes, labels=False)]
    suggested = stated.groupby(cells).agg(
        lambda worth: max(TRACKER_PRICES, key=lambda price: _earned(worth.to_numpy(), price, cost))
    )
    where = pd.MultiIndex.from_arrays(
        [pd.cut(people["age"], ages, labels=False), pd.cut(people["income"], incomes, labels=False)]
    )
    prices = suggested.reindex(where).fillna(today).to_numpy()
    worth = people["device"].to_numpy()
    earned = ((worth >= prices) * (prices - cost)).mean()
    return float(line.n_customers * (earned - _earned(worth, today, cost)))


def _decide_lab_analysers(line: SampleLine, people: pd.DataFrame, sample: pd.DataFrame) -> dict[str, Any]:
    rung = people["rung"].to_numpy()
    service = MONTHS_PER_YEAR * (line.rung_prices - line.rung_costs)[rung]
    kits = people["samples_per_day"].to_numpy() * lab_analysers.WORKDAYS / lab_analysers.SAMPLES_PER_KIT
    reagents = MONTHS_PER_YEAR * kits * (lab_analysers.REAGENT_PRICE - lab_analysers.REAGENT_COST)
    slow = people["slow"].to_numpy()
    realised = np.where(slow, SAMPLES_PER_SHIFT["slow"] / SAMPLES_PER_SHIFT["expected"], 1)
    earned = service + reagents * realised
    churn = lab_analysers.CHURN_PER_YEAR
    stay = churn["slow"] - churn["expected"]
    visits = np.where(slow, stay * (service + reagents) + reagents * (1 - realised) - VISIT_COST_PER_SITE, 0.0)
    partner = people["partner"].to_numpy() * earned * PARTNER_LOSS_PER_YEAR * SAVED_BY_SECOND_PARTNER
    revenue = MONTHS_PER_YEAR * line.rung_prices[rung]
    n = line.n_customers
    return {
        "decisions": [
            _decision(
                "service visits at the slow sites",
                RIGHT,
                n * float(visits.mean()),
                f"reagents of the regained throughput and contribution of the sites kept (churn {churn['slow']} to "
                f"{churn['expected']} per year) minus {VISIT_COST_PER_SITE:,.0f} per slow site and year",
            ),
            _decision(
                "build up a second partner",
                RIGHT,
                n * float(partner.mean()) - SECOND_PARTNER_COST,
                f"contribution of the partner's accounts × {PARTNER_LOSS_PER_YEAR} risk of losing it per year × "
                f"{SAVED_BY_SECOND_PARTNER} saved, minus {SECOND_PARTNER_COST:,.0f} per year",
            ),
            _decision(
                "a discount on all service contracts",
                WRONG,
                -DISCOUNT * n * float(revenue.mean()),
                f"{DISCOUNT:.0%} of the contracts' revenue given away; throughput, the cause of leaving, stays",
            ),
        ],
        "best_prices": {},
    }


def _decide_salon_software(line: SampleLine, people: pd.DataFrame, sample: pd.DataFrame) -> dict[str, Any]:
    truth = salon_software
    size = np.exp(0.5 * (people["log_chairs"].to_numpy() - np.log(truth.TYPICAL_CHAIRS)))
    offers = MONTHS_PER_YEAR / truth.OFFER_EVERY_MONTHS
    packs = truth.PACKS_PER_OFFER * offers * line.n_customers * float(size.mean())

    def earned(price: float) -> float:
        return packs * (price / truth.PACK_PRICE) ** truth.REVEALED_ELASTICITY * (price - truth.PACK_COST)

    margin = (line.rung_prices - line.rung_costs)[people["rung"].to_numpy()]
    leaving = 1 - (1 - people["churn"].to_numpy()) ** MONTHS_PER_YEAR
    lost = MONTHS_PER_YEAR * margin * leaving
    by_cause = np.bincount(people["cause"].to_numpy(), lost, minlength=len(truth.CAUSES)) / lost.sum()
    two = np.argsort(by_cause)[::-1][:2]
    total = line.n_customers * float(lost.mean())
    return {
        "decisions": [
            _decision(
                f"repair the two causes {truth.CAUSES[two[0]]} and {truth.CAUSES[two[1]]}",
                RIGHT,
                REPAIRED_SHARE * float(by_cause[two].sum()) * total,
                f"a year's contribution of those who leave for them; repair keeps {REPAIRED_SHARE:.0%}",
            ),
            _decision("hold the price of the pack", RIGHT, 0.0, "today's price is the best at elasticity -1.8"),
            _decision(
                f"raise the price of the pack to {truth.PACK_PRICE_STATED_BEST:.0f}, as the survey suggests",
                WRONG,
                earned(truth.PACK_PRICE_STATED_BEST) - earned(truth.PACK_PRICE),
                "profit on packs at the best price for elasticity -1.2 minus profit at today's, at elasticity -1.8",
            ),
            _decision(
                "buy early wins",
                WRONG,
                -EARLY_WIN_COST * line.n_customers,
                f"{EARLY_WIN_COST:.0f} per salon; early wins do not change who stays",
            ),
        ],
        "best_prices": {"reminder pack": truth.PACK_COST / (1 + 1 / truth.REVEALED_ELASTICITY)},
        "value_lost_by_cause": dict(zip(truth.CAUSES, by_cause.tolist(), strict=True)),
    }
