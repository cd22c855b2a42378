"""Survey answers: what does a person with a known willingness to pay say and choose?

    choice            V = price scale · (stated value of the alternative - price);  outside option V = 0;
                      the alternative with the largest V + standard Gumbel noise is chosen
    four prices       expensive = value · noise; cheap and too cheap are shares of it, too expensive a multiple
    price ladder      would buy wherever the value is at least the price

Money in the line's currency. A person's value of an alternative is `base` plus, for each numeric attribute, taste ×
level, and for each text attribute the taste of the column `attribute=level` (0 for the first level).

Source: McFadden (1974), "Conditional logit analysis of qualitative choice behavior"; van Westendorp (1976), ESOMAR.
Assumes that people answer each question from the same value; the noise of the answers is independent between people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

OUTSIDE = "none"
LETTERS = "abcdefgh"


@dataclass(frozen=True, kw_only=True)
class ChoiceDesign:
    """What a choice task shows.

    Attributes
    ----------
    attributes : name -> levels, all numbers or all text; the first text level is the base.
    prices : price levels, in money.
    n_tasks, n_alternatives : tasks per person, and alternatives per task besides the outside option.
    price_scale : utility per unit of money; the larger, the more consistent the choices.
    """

    attributes: Mapping[str, tuple[float, ...] | tuple[str, ...]]
    prices: tuple[float, ...]
    n_tasks: int
    price_scale: float
    n_alternatives: int = 3

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the tastes besides `base`: numeric attributes, and `attribute=level` of the others."""
        return tuple(
            column
            for name, levels in self.attributes.items()
            for column in ((name,) if _is_numeric(levels) else tuple(f"{name}={level}" for level in levels[1:]))
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Choices:
    """Tasks and picks as arrays: `levels` name -> people × tasks × alternatives (level numbers, with `price`);
    `picks` people × tasks, the number of the picked alternative, n_alternatives for the outside option."""

    design: ChoiceDesign
    levels: Mapping[str, np.ndarray]
    picks: np.ndarray


def simulate_choices(tastes: pd.DataFrame, design: ChoiceDesign, random: np.random.Generator) -> Choices:
    """Draw a design for every person and let them choose.

    Parameters
    ----------
    tastes : one row per person, columns `base` and `design.columns`, on the scale on which people answer.
    """
    n = len(tastes)
    shape = (n, design.n_tasks, design.n_alternatives)
    levels = {name: _draw_levels(len(values), shape, random) for name, values in design.attributes.items()}
    levels["price"] = _draw_levels(len(design.prices), shape, random)
    value = np.broadcast_to(tastes["base"].to_numpy()[:, None, None], shape).copy()
    for column, part in _code(design, levels):
        value += tastes[column].to_numpy()[:, None, None] * part
    utility = np.zeros((n, design.n_tasks, design.n_alternatives + 1))
    utility[..., :-1] = design.price_scale * (value - np.asarray(design.prices)[levels["price"]])
    utility += random.gumbel(size=utility.shape)
    return Choices(design=design, levels=levels, picks=utility.argmax(axis=2))


def tabulate_choices(ids: pd.Series, choices: Choices) -> pd.DataFrame:
    """Write the tasks as the table choice_tasks: one row per alternative, the outside option last."""
    design = choices.design
    n, n_tasks, n_alternatives = len(ids), design.n_tasks, design.n_alternatives + 1
    outside = np.tile(np.arange(n_alternatives) == design.n_alternatives, n * n_tasks)
    names = np.array([*LETTERS[: design.n_alternatives], OUTSIDE])
    table = {
        "respondent_id": np.repeat(ids.to_numpy(), n_tasks * n_alternatives),
        "task": np.tile(np.repeat(np.arange(1, n_tasks + 1), n_alternatives), n),
        "alternative": np.tile(names, n * n_tasks),
    }
    for name in (*design.attributes, "price"):
        values = design.prices if name == "price" else design.attributes[name]
        numeric = _is_numeric(values)
        written = np.asarray(values, dtype=float if numeric else object)
        padded = np.pad(choices.levels[name], ((0, 0), (0, 0), (0, 1)))
        column = written[padded].reshape(-1)
        column[outside] = np.nan if numeric else None
        whole = numeric and all(float(value).is_integer() for value in values)
        table[name] = pd.array(column, dtype="Int64") if whole else column
    table["chosen"] = (choices.picks[..., None] == np.arange(n_alternatives)).astype(int).reshape(-1)
    return pd.DataFrame(table)


def code_choices(choices: Choices) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the design matrix of a pooled logit, the picks and the names of the columns.

    Returns
    -------
    tasks × alternatives × columns (the design's columns, the price, 1 for the outside option, which stands last),
    the number of the picked alternative per task, and the names of the columns.
    """
    design = choices.design
    parts = [*_code(design, choices.levels), ("price", np.asarray(design.prices)[choices.levels["price"]])]
    matrix = np.zeros((choices.picks.size, design.n_alternatives + 1, len(parts) + 1))
    for number, (_, part) in enumerate(parts):
        matrix[:, :-1, number] = part.reshape(-1, design.n_alternatives)
    matrix[:, -1, -1] = 1
    return matrix, choices.picks.reshape(-1), (*(name for name, _ in parts), OUTSIDE)


@dataclass(frozen=True, kw_only=True)
class PriceQuestions:
    """How the four price questions are answered: `step` is the coin in which people answer, `noise` the standard
    deviation of log(expensive / value), the pairs are the ranges of uniform factors."""

    step: float
    noise: float = 0.08
    cheap: tuple[float, float] = (0.55, 0.80)
    too_cheap: tuple[float, float] = (0.40, 0.75)
    too_expensive: tuple[float, float] = (1.15, 1.60)
    misordered: float = 0.03


def answer_price_questions(
    value: np.ndarray, questions: PriceQuestions, random: np.random.Generator, *, misordered: bool = True
) -> pd.DataFrame:
    """Return too_cheap, cheap, expensive, too_expensive and the purchase intents (1 to 5) of each person.

    Answers are strictly ordered, but for a small share of people who swap "cheap" and "expensive", as in every survey.
    """
    n = len(value)
    expensive = value * np.exp(questions.noise * random.standard_normal(n))
    cheap = expensive * random.uniform(*questions.cheap, n)
    too_cheap = cheap * random.uniform(*questions.too_cheap, n)
    too_expensive = expensive * random.uniform(*questions.too_expensive, n)
    answers = np.column_stack([too_cheap, cheap, expensive, too_expensive])
    coins = np.maximum(np.round(answers / questions.step), 1)
    for column in range(1, 4):
        coins[:, column] = np.maximum(coins[:, column], coins[:, column - 1] + 1)
    swapped = random.random(n) < questions.misordered
    if misordered:
        coins[swapped, 1], coins[swapped, 2] = coins[swapped, 2], coins[swapped, 1]
    table = pd.DataFrame(coins * questions.step, columns=["too_cheap", "cheap", "expensive", "too_expensive"])
    table["buy_cheap"] = random.choice([3, 4, 5], size=n, p=[0.15, 0.45, 0.40])
    table["buy_expensive"] = random.choice([1, 2, 3, 4], size=n, p=[0.20, 0.35, 0.35, 0.10])
    return table


def answer_price_ladder(ids: pd.Series, value: np.ndarray, prices: tuple[float, ...]) -> pd.DataFrame:
    """Return one row per person and price: would they buy at it?

    Examples
    --------
    >>> answer_price_ladder(pd.Series(["F1"]), np.array([10.0]), (8.0, 12.0)).would_buy.tolist()
    ['yes', 'no']
    """
    return pd.DataFrame(
        {
            "respondent_id": np.repeat(ids.to_numpy(), len(prices)),
            "price": np.tile(prices, len(ids)),
            "would_buy": np.where(value[:, None] >= np.asarray(prices), "yes", "no").reshape(-1),
        }
    )


def _is_numeric(levels: tuple[float, ...] | tuple[str, ...]) -> bool:
    return not isinstance(levels[0], str)


def _code(design: ChoiceDesign, levels: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Turn level numbers into the columns of the tastes: numbers as they are, text as 0/1 per level."""
    parts: list[tuple[str, np.ndarray]] = []
    for name, values in design.attributes.items():
        if _is_numeric(values):
            parts.append((name, np.asarray(values, dtype=float)[levels[name]]))
        else:
            parts += [
                (f"{name}={value}", (levels[name] == number) * 1.0) for number, value in enumerate(values) if number
            ]
    return parts


def _draw_levels(n_levels: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Draw levels with as little overlap within a task as there can be: differences are what a choice tells about."""
    orders = random.random((*shape[:-1], max(n_levels, shape[-1]))).argsort(axis=-1)[..., : shape[-1]]
    if n_levels >= shape[-1]:
        return orders
    spare = random.integers(0, n_levels, size=shape)
    return np.where(orders < n_levels, orders, spare)
