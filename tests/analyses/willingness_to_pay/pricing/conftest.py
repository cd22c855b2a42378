"""Markets whose demand is known, for tests of pricing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

PRICES = np.array([18.0, 22.0, 27.0, 33.0, 40.0])


def sell(
    random: np.random.Generator,
    *,
    n: int = 600,
    elasticity: float = -1.8,
    prices: np.ndarray = PRICES,
    scale: float = 0.8,
) -> pd.DataFrame:
    """Offer each price once to each of n customers of different size; who buys nothing leaves no row."""
    customer = np.repeat(np.arange(n), len(prices))
    price = np.tile(prices, n)
    size = np.exp(random.normal(0, 0.6, n))[customer]
    quantity = random.poisson(scale * size * (price / 27) ** elasticity)
    sales = pd.DataFrame({"customer_id": customer, "price_paid": price, "quantity": quantity})
    return sales[sales["quantity"] > 0].reset_index(drop=True)


def ask_amounts(random: np.random.Generator, *, n: int = 600, spread: float = 0.3) -> pd.DataFrame:
    """Log-normal worth around 100."""
    return pd.DataFrame(
        {"respondent_id": np.arange(n), "amount": np.exp(random.normal(np.log(100), spread, n)).round(2)}
    )


def climb(amounts: pd.DataFrame, prices: tuple[float, ...]) -> pd.DataFrame:
    """Put a ladder of prices to people of known worth."""
    n = len(amounts)
    worth = np.repeat(amounts["amount"].to_numpy(), len(prices))
    price = np.tile(prices, n)
    return pd.DataFrame(
        {
            "respondent_id": np.repeat(amounts["respondent_id"].to_numpy(), len(prices)),
            "price": price,
            "would_buy": np.where(worth >= price, "yes", "no"),
        }
    )


def choose(random: np.random.Generator, *, n: int = 150, n_tasks: int = 8) -> pd.DataFrame:
    """Choices between two offers and none: utility = 3 + 1 · extra - 0.08 · price + Gumbel."""
    shape = (n, n_tasks, 2)
    price = random.choice([20.0, 30.0, 40.0, 50.0, 60.0], shape)
    extra = random.integers(0, 2, shape)
    utility = np.concatenate([3 + extra - 0.08 * price, np.zeros((n, n_tasks, 1))], axis=2)
    picked = (utility + random.gumbel(size=utility.shape)).argmax(axis=2)
    rows = np.indices((n, n_tasks, 3)).reshape(3, -1)
    person, task, offer = rows
    inside = np.minimum(offer, 1)
    return pd.DataFrame(
        {
            "respondent_id": person,
            "task": task,
            "alternative": np.array(["a", "b", "none"])[offer],
            "extra": np.where(offer < 2, extra[person, task, inside], 0),
            "price": np.where(offer < 2, price[person, task, inside], np.nan),
            "chosen": (picked[person, task] == offer).astype(int),
        }
    )


@pytest.fixture(scope="session")
def market() -> SimpleNamespace:
    """Give the markets above."""
    return SimpleNamespace(prices=PRICES, sell=sell, ask_amounts=ask_amounts, climb=climb, choose=choose)
