"""Statements about value: how far do people agree with each, on a scale from 1 to 7?

    agreement   centre of the dimension + effect of the person's group + what the person thinks of the dimension + shift
                of the statement + noise                                                [points of the scale, normal]
    score       agreement, rounded and kept from 1 to 7; 8 - that for a reversed statement
    mean score  of a dimension, reversed statements turned: exact, by the normal distribution function

What a person thinks of the four dimensions shares a common part, so that the dimensions correlate.

Source: domain of the report, four dimensions of customer value; Cronbach (1951), Psychometrika 16, for what several
statements on one dimension are good for.
Assumes that people leave statements out by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

LOWEST, HIGHEST = 1, 7
LABELS = (
    "strongly disagree",
    "disagree",
    "rather disagree",
    "neither",
    "rather agree",
    "agree",
    "strongly agree",
)
QUESTION = "How far do you agree with these statements?"
PERSON_SPREAD, COMMON, NOISE = 0.9, 0.3, 0.8  # COMMON: share of a person's variance that the dimensions share
DIMENSIONS = ("functional", "financial", "emotional", "social")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: its dimension, its wording, how much more or less people agree with it than with the dimension,
    whether agreeing means less value, and which share of people leaves it out."""

    dimension: str
    wording: str
    shift: float = 0.0
    reversed: bool = False
    skipped: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Battery:
    """The statements of a line.

    Attributes
    ----------
    items : name -> statement.
    centres : dimension -> mean agreement of a group without effects.
    by, effects : the characteristic that moves agreement; level -> dimension -> by how much.
    """

    items: Mapping[str, Statement]
    centres: Mapping[str, float]
    by: str
    effects: Mapping[str, Mapping[str, float]]

    def mean_scores(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Return dimension -> mean score of careful people, whose shares of the levels are given.

        Examples
        --------
        >>> items = {"a": Statement(dimension="social", wording="A."), "b": Statement(
        ...     dimension="social", wording="B.", reversed=True)}
        >>> battery = Battery(items=items, centres={"social": 4.0}, by="phone", effects={})
        >>> {name: round(score, 6) for name, score in battery.mean_scores({"ios": 1.0}).items()}
        {'social': 4.0}
        """
        limits = np.arange(LOWEST, HIGHEST) + 0.5
        spread = np.hypot(PERSON_SPREAD, NOISE)
        means = {}
        for dimension, centre in self.centres.items():
            asked = [item for item in self.items.values() if item.dimension == dimension]
            expected = [
                share
                * (LOWEST + stats.norm.sf(limits, centre + self.effect(level, dimension) + item.shift, spread).sum())
                for level, share in shares.items()
                for item in asked
            ]
            means[dimension] = float(np.sum(expected)) / len(asked)
        return means

    def effect(self, level: str, dimension: str) -> float:
        """Return by how much a level moves agreement on a dimension."""
        return self.effects.get(level, {}).get(dimension, 0.0)


def draw_value_survey(population: pd.DataFrame, battery: Battery, random: np.random.Generator) -> pd.DataFrame:
    """Draw the table value_survey from a population with who answers: one row per respondent and statement."""
    scores, given = _draw_scores(population, battery, random)
    answered = np.flatnonzero(population["answered"].to_numpy(dtype=bool))
    n, k = len(answered), len(battery.items)
    table = pd.DataFrame(
        {
            "respondent_id": np.repeat(population["customer_id"].to_numpy()[answered], k),
            "item": np.tile(list(battery.items), n),
            "dimension": np.tile([item.dimension for item in battery.items.values()], n),
            "score": pd.array(scores[answered].reshape(-1), dtype="Int64"),
            "reversed": np.tile(["yes" if item.reversed else "no" for item in battery.items.values()], n),
        }
    )
    table["score"] = table["score"].mask(~given[answered].reshape(-1))
    return table


def _draw_scores(
    population: pd.DataFrame, battery: Battery, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return people × statements: the scores as they are given, and whether they are."""
    n, items = len(population), tuple(battery.items.values())
    common = np.sqrt(COMMON) * random.standard_normal((n, 1))
    thought = PERSON_SPREAD * (common + np.sqrt(1 - COMMON) * random.standard_normal((n, len(battery.centres))))
    levels = population[battery.by].to_numpy()
    dimensions = list(battery.centres)
    agreement = np.empty((n, len(items)))
    for position, item in enumerate(items):
        moved = np.array([battery.effect(level, item.dimension) for level in levels])
        mean = battery.centres[item.dimension] + item.shift + moved
        agreement[:, position] = mean + thought[:, dimensions.index(item.dimension)]
    agreement += NOISE * random.standard_normal(agreement.shape)
    scores = np.clip(np.rint(agreement), LOWEST, HIGHEST).astype(int)
    turned = np.array([item.reversed for item in items])
    scores[:, turned] = LOWEST + HIGHEST - scores[:, turned]
    given = random.random(scores.shape) >= np.array([item.skipped for item in items])
    # Who clicks through hits the scale anywhere; a straight-liner keeps to one answer.
    anywhere = random.integers(LOWEST, HIGHEST + 1, scores.shape)
    one = random.integers(LOWEST + 2, HIGHEST + 1, (n, 1))
    hurried, straight = (population[rule].to_numpy(dtype=bool)[:, None] for rule in ("speeders", "straight liners"))
    scores = np.where(straight, one, np.where(hurried, anywhere, scores))
    given |= hurried | straight
    twin_of = population["twin_of"].to_numpy()
    again = twin_of >= 0
    scores[again], given[again] = scores[twin_of[again]], given[twin_of[again]]
    return scores, given
