"""Amounts, answers, sales and tasks, and what is on show, for the tests of the explorers of willingness to pay."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pandas as pd

from cvlab.explorers.willingness_to_pay import OffersExplorer, PriceExplorer

PEOPLE = 300


def amounts_of(people: int = PEOPLE, *, seed: int = 1) -> pd.DataFrame:
    worth = np.random.default_rng(seed).lognormal(3.0, 0.4, people)
    return pd.DataFrame({"respondent_id": [f"P{number}" for number in range(people)], "amount": worth})


def ladder_of(amounts: pd.DataFrame, *, factor: float = 1.25) -> pd.DataFrame:
    asked = pd.DataFrame({"price": [12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 25.0, 28.0, 32.0, 36.0, 40.0]})
    table = amounts.merge(asked, how="cross")
    return table.assign(would_buy=factor * table["amount"] >= table["price"]).drop(columns="amount")


def sales_of(customers: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(3)
    charged = np.tile([16.0, 20.0, 25.0, 32.0], customers // 4)
    units = random.poisson(60 * charged**-1.5 * 4)
    sales = pd.DataFrame({"customer_id": np.arange(customers), "price_paid": charged, "quantity": units})
    return sales[sales["quantity"] > 0]


def answers_of(explorer: PriceExplorer | OffersExplorer) -> tuple[str, str, str]:
    return explorer.sentence.value, explorer.picture.value, explorer.numbers.value


def pictures_of(explorer: PriceExplorer | OffersExplorer) -> list[str]:
    encoded = re.findall(r"base64,([^\"]+)", explorer.picture.value)
    return [base64.b64decode(each).decode("utf-8") for each in encoded]


def visible_controls(explorer: PriceExplorer | OffersExplorer) -> tuple[list[Any], list[Any]]:
    column = explorer.children[1].children[0].children
    visible = [child for child in column if type(child).__name__ != "Accordion"]
    return visible, [control for child in column if child not in visible for control in child.children[0].children]


def draw_tasks(people: int = 60, *, outside: bool = True, seed: int = 5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        warm = random.normal(1.0, 0.5)
        for task in range(6):
            shown = [
                {
                    "alternative": name,
                    "strap": str(random.choice(["metal", "silicone", "textile"])),
                    "gps": int(random.integers(2)),
                    "days": int(random.choice([5, 7, 10])),
                    "price": float(random.choice([90, 110, 140, 170])),
                }
                for name in "abc"
            ]
            worth = [
                (each["strap"] == "metal") + warm * each["gps"] + 0.1 * each["days"] - 0.02 * each["price"]
                for each in shown
            ]
            if outside:
                shown.append({"alternative": "none"})
                worth.append(-1.0)
            picked = int(np.argmax(np.array(worth) + random.gumbel(size=len(worth))))
            rows += [
                {"respondent_id": f"P{person}", "task": task, **each, "chosen": int(position == picked)}
                for position, each in enumerate(shown)
            ]
    return pd.DataFrame(rows)


ATTRIBUTES: dict[str, Any] = {"attributes": ["strap", "gps", "days"], "price": "price", "outside": "none"}
