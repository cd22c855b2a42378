"""Who answers the survey of a sample line, and with how much care.

    version A   the customers drawn for the long survey (prices, choices); called until all of them had answered
    version B   everybody else got a link: P(answers) = product of one factor per level of a characteristic
    careless    speeders, straight-liners, people who fail the attention check, and people who answer twice; the same
                share of the respondents in every line, at least one of each

Both versions take equally long and hold the statements about value. Those who answer by link are not like the others,
so the statements must be weighted; worth and behaviour do not depend on what answering depends on. Careless people are
careless in the statements and in their time; their other answers are those of careful people.

Source: Meade & Craig (2012), Psychological Methods 17, for the kinds of carelessness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

# Shares of respondents. Names are those of the rules that find them.
CARELESS = {"speeders": 0.04, "straight liners": 0.03, "attention": 0.03, "duplicates": 0.01}
SECONDS_SPREAD = 0.3  # standard deviation of log seconds among those who read
SPEEDERS_TAKE = (0.08, 0.26)  # of the median; below a third, which 1 in 8,000 of those who read come to


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Who answers a line's survey.

    Attributes
    ----------
    characteristics : columns of the population that the survey asks for as well.
    response : characteristic -> level -> (share of customers, factor of the chance to answer by link).
    median_seconds : of careful people.
    days : first and last day of the survey.
    attention_check : whether there is one.
    """

    characteristics: tuple[str, ...]
    response: Mapping[str, Mapping[str, tuple[float, float]]]
    median_seconds: float
    days: tuple[date, date]
    attention_check: bool = True

    def chances(self, population: pd.DataFrame) -> np.ndarray:
        """Return each customer's chance to answer by link."""
        factors = [
            population[name].map({level: factor for level, (_, factor) in levels.items()}).to_numpy(dtype=float)
            for name, levels in self.response.items()
        ]
        chances: np.ndarray = np.prod(factors, axis=0)
        return chances

    def rates(self, characteristic: str, *, called: float) -> dict[str, float]:
        """Return level -> share of its customers who answer at all.

        Parameters
        ----------
        called : share of customers who were called.
        """
        others = np.prod(
            [
                sum(share * factor for share, factor in levels.values())
                for name, levels in self.response.items()
                if name != characteristic
            ]
        )
        return {
            level: called + (1 - called) * factor * float(others)
            for level, (_, factor) in self.response[characteristic].items()
        }


def add_answering(population: pd.DataFrame, answering: Answering, random: np.random.Generator) -> pd.DataFrame:
    """Return the population with who answers: `answered`, `speeders`, `straight liners`, `attention` (fails the check)
    and `twin_of`, the row whose answers somebody gave a second time, -1 for everybody else.
    """
    surveyed = population["surveyed"].to_numpy(dtype=bool)
    answered = surveyed | (random.random(len(population)) < answering.chances(population))
    order = random.permutation(np.flatnonzero(answered))
    counts = {rule: max(round(share * len(order)), 1) for rule, share in CARELESS.items()}
    fast, straight = counts["speeders"], counts["straight liners"]
    both = min(fast, straight) // 2
    careless = order[: fast - both + straight]
    failing = counts["attention"] if answering.attention_check else 0
    # Half of those who fail the check are careless otherwise too, the other half just did not see it.
    others = order[len(careless) :]
    found = {
        "speeders": order[:fast],
        "straight liners": careless[fast - both :],
        "attention": np.concatenate([careless[: failing // 2], others[: failing - failing // 2]]),
    }
    twins = others[failing:][~surveyed[others[failing:]]][: 2 * counts["duplicates"]]
    pairs = np.sort(twins[: len(twins) // 2 * 2].reshape(-1, 2), axis=1)
    twin_of = np.full(len(population), -1)
    twin_of[pairs[:, 1]] = pairs[:, 0]
    marks = {rule: np.isin(np.arange(len(population)), positions) for rule, positions in found.items()}
    return population.assign(answered=answered, **marks, twin_of=twin_of)


def draw_respondents(population: pd.DataFrame, answering: Answering, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table respondents from a population with who answers."""
    n = len(population)
    seconds = answering.median_seconds * np.exp(SECONDS_SPREAD * random.standard_normal(n))
    hurried = answering.median_seconds * random.uniform(*SPEEDERS_TAKE, n)
    seconds = np.where(population["speeders"], hurried, seconds)
    first, last = (np.datetime64(day, "D") for day in answering.days)
    started = first + random.integers(0, (last - first).astype(int) + 1, n)
    twin_of = population["twin_of"].to_numpy()
    started = np.where(twin_of < 0, started, started[twin_of])
    table = pd.DataFrame(
        {
            "respondent_id": population["customer_id"],
            "seconds": seconds.round().astype(int),
            "started_on": started.astype("datetime64[s]"),
        }
    )
    if answering.attention_check:
        table["attention_passed"] = np.where(population["attention"], "no", "yes")
    table = pd.concat([table, population[list(answering.characteristics)]], axis=1)
    return table[population["answered"].to_numpy(dtype=bool)].reset_index(drop=True)


def name_careless(population: pd.DataFrame) -> dict[str, list[str]]:
    """Return rule -> ids of those it should find; of two people with the same answers, the later one."""
    found = {
        "speeders": population["speeders"],
        "straight liners": population["straight liners"],
        "attention": population["attention"],
        "duplicates": population["twin_of"] >= 0,
    }
    return {rule: population.loc[mask, "customer_id"].tolist() for rule, mask in found.items()}
