"""What truth.json says about willingness to pay: points, worths, buyers, best prices, bids, best and worst."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.records import PLANTED, SIMULATED, Record, record

CHAPTER = "willingness_to_pay"


def list_price_truths(line: SampleLine, measured: Mapping[str, Any]) -> list[Record]:
    """Return what is true of prices and choices.

    Parameters
    ----------
    measured : what `read_population_truth` holds for the line.
    """
    points = [
        record(
            f"willingness_to_pay.price_sensitivity.{name}", value, "money", "price_sensitivity", SIMULATED, "as stated"
        )
        for name, value in measured["price_points"].items()
    ]
    pooled = [
        record(
            f"willingness_to_pay.pooled.{name}",
            value,
            "money",
            "choice_tasks",
            SIMULATED,
            "as stated; what a conditional logit of everybody together converges to, base level first in the alphabet",
        )
        for name, value in measured["pooled_worth"].items()
    ]
    mean = [
        record(f"willingness_to_pay.mean_stated.{name}", value, "money", "choice_tasks", SIMULATED, "mean over people")
        for name, value in measured["mean_worth"].items()
    ]
    real = [
        record(
            f"willingness_to_pay.mean_real.{name}",
            value / line.stated_per_real,
            "money",
            "choice_tasks",
            SIMULATED,
            f"mean over people; stated is {line.stated_per_real} × real",
        )
        for name, value in measured["mean_worth"].items()
        if line.stated_per_real is not None
    ]
    buyers = [
        record(f"willingness_to_pay.buyers_at.{price}", share, "share", "price_ladder", SIMULATED, "as stated")
        for price, share in measured["buyers_at"].items()
    ]
    asked = [*_worth_truths(line, measured["worth"]), *_bid_truths(measured)]
    return [*points, *pooled, *mean, *real, *buyers, *asked, *_best_worst_truths(line, measured["best_worst"])]


def _worth_truths(line: SampleLine, measured: Mapping[str, Any]) -> list[Record]:
    """List worth, buyers and best prices of the product that the price questions are about, stated and real."""
    table = "price_ladder"
    truths = []
    if line.stated_per_real is not None:
        note = "everybody answers so many times what the product is worth to them"
        truths.append(
            record(f"{CHAPTER}.stated_per_real", line.stated_per_real, "ratio", "choice_tasks", PLANTED, note)
        )
        truths += [
            record(f"{CHAPTER}.real_buyers_at.{price}", share, "share", table, SIMULATED, "real worth")
            for price, share in measured["real"]["buyers_at"].items()
        ]
    cost = line.settings["unit_cost"]
    for scale, found in measured.items():
        about = "as stated" if scale == "stated" else "real worth"
        prices = {f"worth.{scale}.{name}": (found[name], f"over all people, {about}") for name in ("mean", "median")}
        for goal in ("revenue", "profit"):
            counted = about if goal == "revenue" else f"{about}; unit cost {cost:g}"
            best, asked = found["best_price"][goal], found["best_asked_price"][goal]
            prices[f"best_asked_price.{goal}.{scale}"] = asked, f"{counted}; of the prices asked"
            prices[f"best_price.{goal}.{scale}"] = best, f"{counted}; from the lowest to the highest price asked"
        earned = f"{about}; unit cost {cost:g}; from the lowest to the highest price asked"
        prices[f"best_profit.{scale}"] = found["best_profit"], f"per person at the best price, {earned}"
        for end, price in found["band"].items():
            prices[f"price_band.{scale}.{end}"] = price, f"{end}est price that earns 95 % of the best profit, {earned}"
        truths += [
            record(f"{CHAPTER}.{name}", value, "money", table, SIMULATED, note)
            for name, (value, note) in prices.items()
        ]
    return truths


def _bid_truths(measured: Mapping[str, Any]) -> list[Record]:
    bids, table, key = measured["bids"], "contingent_valuation", f"{CHAPTER}.contingent_valuation"
    converges = "as stated; what a log-logistic model of everybody together converges to"
    return [
        record(f"{key}.stated_median", measured["worth"]["stated"]["median"], "money", table, SIMULATED,
               "half of the people say that they would pay as much"),
        *(
            record(f"{key}.yes_at.{bid}", share, "share", table, SIMULATED, "as stated")
            for bid, share in bids["yes_at"].items()
        ),
        record(f"{key}.log_logistic.intercept", bids["intercept"], "number", table, SIMULATED, converges),
        record(f"{key}.log_logistic.log_bid", bids["log_bid"], "number", table, SIMULATED, converges),
        record(f"{key}.log_logistic.median", bids["median"], "money", table, SIMULATED, converges),
    ]  # fmt: skip


def _best_worst_truths(line: SampleLine, measured: Mapping[str, Any]) -> list[Record]:
    key = f"{CHAPTER}.best_worst"
    mean_note = "mean over people of an item's utility, mean 0 over items"
    pooled_note = "mean 0 over items; what a logit of best, then worst converges to for everybody together"
    first = max(measured["pooled"], key=measured["pooled"].__getitem__)
    truths = [
        record(f"{key}.first", first, "text", "best_worst", SIMULATED, "for everybody together"),
        *_item_truths(f"{key}.pooled", measured["pooled"], pooled_note),
        *_item_truths(f"{key}.mean", measured["mean"], mean_note),
    ]
    for cluster in line.clusters:
        note = f"within the cluster {cluster}"
        truths += _item_truths(f"{key}.pooled_in.{cluster}", measured["pooled_in"][cluster], f"{pooled_note}, {note}")
        truths += _item_truths(f"{key}.mean_in.{cluster}", measured["mean_in"][cluster], f"{mean_note}, {note}")
    return truths


def _item_truths(key: str, utilities: Mapping[str, float], note: str) -> list[Record]:
    return [
        record(f"{key}.{item}", utility, "number", "best_worst", SIMULATED, note) for item, utility in utilities.items()
    ]
